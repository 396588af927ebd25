-- Values and names that want to be something else: script, markup, the end of
-- a fence, a mention, a command of a terminal or of a log.
CREATE TABLE v(id INTEGER PRIMARY KEY, value);
INSERT INTO v VALUES
	(1, '</script><script>document.title="pwned"</script>'),
	(2, '<img src=x onerror="document.title=''pwned''">'),
	(3, 'a ````` run'),
	(4, ']]> --> </td></table></details>'),
	(5, '@everyone #12 www.example.com me@example.com'),
	(6, char(27) || '[31mred' || char(7)),
	(7, 'a' || char(8238) || 'b' || char(8294)),
	(8, 'nul' || char(0) || 'nul'),
	(9, CAST(x'ff3c623e' AS TEXT)),
	(10, replace(hex(zeroblob(50000)), '0', '<&')),
	(11, x'3c623e'),
	(12, '</textarea><b>
```
</code></td><script>document.title="pwned"</script>
' || char(8238) || 'x' || char(27) || '
'),
	(13, '##[add-mask]x ::error::y'),
	(14, '{{constructor}} ${x} `+alert(1)+`'),
	(15, '-->' || char(10) || '<!--'),
	(16, 'tail ');
CREATE TABLE "<img src=x onerror=alert(1)>"("</script><script>alert(1)" TEXT
	PRIMARY KEY, "`a`|b" TEXT, "@user #1" TEXT);
INSERT INTO "<img src=x onerror=alert(1)>" VALUES('<b>','x','y');
CREATE TABLE "a|b`c` @user"(id INTEGER PRIMARY KEY);
INSERT INTO "a|b`c` @user" VALUES(1);
