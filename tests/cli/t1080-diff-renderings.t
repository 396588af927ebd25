#!/bin/sh

test_description='renderings of a difference for people who review it'

. "$(dirname "$0")/lib.sh"

test_needs sqlite3

cat >old.sql <<'EOF'
CREATE TABLE lines(city TEXT, ref TEXT, name TEXT, color TEXT, active,
	PRIMARY KEY(city, ref));
INSERT INTO lines VALUES('berlin','M44','Metrotram','red and white',1),
	('berlin','N97','Nachtbus','black',1);
CREATE TABLE log(level, msg);
INSERT INTO log VALUES(1,'start'),(1,'start');
CREATE TABLE posts(id INTEGER PRIMARY KEY, title TEXT, body TEXT);
INSERT INTO posts VALUES(7,'Hallo','one
two words
three
four
'),(8,'Ende','a
b'),(9,'Weg','x');
EOF
cat >new.sql <<'EOF'
UPDATE lines SET color = 'red or white', active = 0 WHERE ref = 'M44';
DELETE FROM lines WHERE ref = 'N97';
INSERT INTO lines VALUES('berlin','X11','Dahlem',NULL,1.5);
DELETE FROM log WHERE rowid = 1;
UPDATE posts SET body = 'one
two new words
four

' WHERE id = 7;
UPDATE posts SET body = 'a
c
' WHERE id = 8;
UPDATE posts SET body = x'00' WHERE id = 9;
EOF

test_expect_success 'two databases' '
	sqlite3 a.db <old.sql &&
	cp a.db b.db &&
	sqlite3 b.db <new.sql
'

# ---- word diff ----

cat >words <<'EOF'
diff --d1 lines
key city, ref
--- a.db
+++ b.db
@@ ~ city='berlin' ref='M44'  name='Metrotram' @@
 color: 'red [-and-]{+or+} white'
 active: [-1-]{+0+}
@@ - city='berlin' ref='N97' @@
-name: 'Nachtbus'
-color: 'black'
-active: 1
@@ + city='berlin' ref='X11' @@
+name: 'Dahlem'
+color: NULL
+active: 1.5
diff --d1 log
--- a.db
+++ b.db
@@ - 1 row, 2 before @@
-level: 1
-msg: 'start'
diff --d1 posts
key id
--- a.db
+++ b.db
@@ ~ id=7  title='Hallo' @@
 body: text sha256 HASH..HASH
 @@ -1,4 +1,4 @@
 |one
 |two {+new +}words
 |[-three-]
 |four
 |{++}
@@ ~ id=8  title='Ende' @@
 body: text sha256 HASH..HASH
 @@ -1,2 +1,2 @@
 |a
 |[-b-]{+c+}
 \ no newline at end of the old text
@@ ~ id=9  title='Weg' @@
 body: [-'x'-]{+x'00'+}
EOF

test_expect_success 'words that changed' '
	git-d1 diff --word-diff a.db b.db >out &&
	sed "s/[0-9a-f]\{64\}/HASH/g" out >actual &&
	test_cmp words actual &&
	git-d1 diff --word-diff=plain a.db b.db >actual &&
	test_cmp out actual &&
	git-d1 diff a.db b.db >expect &&
	git-d1 diff --word-diff=none a.db b.db >actual &&
	test_cmp expect actual
'

test_expect_success 'words in colour' '
	git init -q . &&
	git-d1 diff --word-diff=color a.db b.db -- lines >out &&
	sed -e "s/$(printf "\033")\[31m/<old>/g" \
		-e "s/$(printf "\033")\[32m/<new>/g" \
		-e "s/$(printf "\033")\[m/<>/g" out |
		grep -e color: -e active: | head -2 >actual &&
	cat >expect <<-\EOF &&
	 color: '\''red <old>and<><new>or<> white'\''
	 active: <old>1<><new>0<>
	EOF
	test_cmp expect actual &&
	test_expect_exit 129 git-d1 diff --word-diff=color --no-color \
		a.db b.db >out &&
	test_must_be_empty out &&
	test_line err "error: --word-diff=color shows nothing without colour"
'

test_expect_success 'only one form can be wanted' '
	for other in --json --html --markdown --stat
	do
		test_expect_exit 129 git-d1 diff --word-diff $other \
			a.db b.db >out &&
		test_must_be_empty out &&
		grep "^error: only one of " err || return 1
	done
'

# ---- redact ----

cat >redacted <<'EOF'
diff --d1 lines
redacted
key city, ref
--- a.db
+++ b.db
@@ ~ city='berlin' ref='M44' @@
-color: redacted
+color: redacted
-active: redacted
+active: redacted
@@ - city='berlin' ref='N97' @@
-name: redacted
-color: redacted
-active: redacted
@@ + city='berlin' ref='X11' @@
+name: redacted
+color: redacted
+active: redacted
diff --d1 log
redacted
--- a.db
+++ b.db
@@ - 1 row, 2 before @@
-level: redacted
-msg: redacted
diff --d1 posts
redacted
key id
--- a.db
+++ b.db
@@ ~ id=7 @@
-body: redacted
+body: redacted
@@ ~ id=8 @@
-body: redacted
+body: redacted
@@ ~ id=9 @@
-body: redacted
+body: redacted
EOF

test_expect_success 'a redacted patch has keys and names only' '
	git-d1 diff --redact a.db b.db >actual &&
	test_cmp redacted actual &&
	git-d1 diff --redact --word-diff a.db b.db -- posts >out &&
	grep "^ body: " out | sort -u >actual &&
	echo " body: [-redacted-]{+redacted+}" >expect &&
	test_cmp expect actual &&
	git-d1 diff --redact --full-row a.db b.db -- posts >out &&
	test_line out " title: redacted"
'

test_expect_success 'redacted JSON says that it is' '
	git-d1 diff --redact --json a.db b.db -- posts >out &&
	head -1 out >actual &&
	printf "%s\n" "{\"version\":1,\"redacted\":true,\"from\":{\"endpoint\":\"a.db\"},\"to\":{\"endpoint\":\"b.db\"},\"tables\":[" >expect &&
	test_cmp expect actual &&
	git-d1 diff --redact --json=lines a.db b.db -- lines >actual &&
	cat >expect <<-\EOF &&
	{"table":"lines","op":"update","key":{"city":"'\''berlin'\''","ref":"'\''M44'\''"},"old":{"color":"redacted","active":"redacted"},"new":{"color":"redacted","active":"redacted"},"bucket":"content_differs","redacted":true}
	{"table":"lines","op":"delete","key":{"city":"'\''berlin'\''","ref":"'\''N97'\''"},"old":{"city":"'\''berlin'\''","ref":"'\''N97'\''","name":"redacted","color":"redacted","active":"redacted"},"bucket":"remote_only","redacted":true}
	{"table":"lines","op":"insert","key":{"city":"'\''berlin'\''","ref":"'\''X11'\''"},"new":{"city":"'\''berlin'\''","ref":"'\''X11'\''","name":"redacted","color":"redacted","active":"redacted"},"bucket":"local_only","redacted":true}
	EOF
	test_cmp expect actual
'

test_expect_success 'numbers and names are as ever' '
	for form in --stat --numstat --shortstat --name-only --name-status \
		--summary
	do
		git-d1 diff $form a.db b.db >expect &&
		git-d1 diff $form --redact a.db b.db >actual &&
		test_cmp expect actual || return 1
	done
'

# What a form says of rows: a page without its own style and script.
said () {
	git-d1 diff "$@" sa.db sb.db |
	sed -e '/Content-Security-Policy/d' -e '/<style>/,/<\/style>/d' \
		-e '/<script>/,/<\/script>/d'
}

test_expect_success 'no form of a redacted difference tells of a value' '
	sqlite3 sa.db "CREATE TABLE t(k TEXT PRIMARY KEY COLLATE NOCASE,
		label TEXT, n, text TEXT);
		INSERT INTO t VALUES(printf(\"key\"), printf(\"Secret\"), 4711,
			printf(\"Secret\") || char(10) || 1);
		INSERT INTO t VALUES(NULL, printf(\"Secret\"), 4711, NULL);
		INSERT INTO t VALUES(printf(\"other\"), printf(\"Secret\"),
			NULL, printf(\"Secret\") || char(10) || 1);
		CREATE TABLE nk(n, m);
		INSERT INTO nk VALUES(4711, printf(\"Secret\"))" &&
	cp sa.db sb.db &&
	sqlite3 sb.db "UPDATE t SET n = 4712, k = upper(k),
		text = text || printf(\"Secret\") WHERE k = printf(\"key\");
		DELETE FROM t WHERE k IS NULL OR k = printf(\"other\");
		UPDATE nk SET n = 4712" &&
	for form in "" --word-diff --full-row --json --json=lines --markdown \
		--html
	do
		said $form >plain &&
		grep Secret plain >/dev/null &&
		said $form --redact >out &&
		grep -i redacted out >/dev/null &&
		test_must_fail grep -i -e secret -e 471 -e sha256 -e NULL \
			-e "text [0-9]" -e "crlf" -e bytes out || return 1
	done &&
	git-d1 diff --redact sa.db sb.db >out &&
	test_line out "@@ ~ k='\''key'\'' @@" &&
	test_line out "-k: '\''key'\''" &&
	test_line out "+k: '\''KEY'\''" &&
	git-d1 diff sa.db sb.db >out &&
	grep "sha256" out
'

# ---- Markdown ----

test_expect_success 'a comment for a pull request' '
	git-d1 diff a.db b.db -- lines >lines &&
	git-d1 diff a.db b.db -- log >log &&
	{
		cat <<-\EOF &&
		### `a.db` to `b.db`

		| table | + | ~ | - |
		|:--|--:|--:|--:|
		| `lines` | 1 | 1 | 1 |
		| `log` | 0 | 0 | 1 |

		<details>
		<summary><code>lines</code>: 3 changes</summary>

		```diff
		EOF
		cat lines &&
		cat <<-\EOF &&
		```

		</details>

		<details>
		<summary><code>log</code>: 1 change</summary>

		```diff
		EOF
		cat log &&
		cat <<-\EOF
		```

		</details>
		EOF
	} >expect &&
	git-d1 diff --markdown a.db b.db -- lines log >actual &&
	test_cmp expect actual &&
	git-d1 diff --markdown --redact a.db b.db -- log >out &&
	test_line out "Values are redacted." &&
	test_line out "redacted" &&
	git-d1 diff --markdown a.db a.db >actual &&
	printf "### \`a.db\` to \`a.db\`\n\nNo row differs.\n" >expect &&
	test_cmp expect actual
'

test_expect_success 'a comment has a heading for each database' '
	make_wrangler_project project "CREATE TABLE t(id INTEGER PRIMARY KEY, n);
		INSERT INTO t VALUES(1, 1)" &&
	(
		cd project &&
		sqlite3 other.db "CREATE TABLE t(id INTEGER PRIMARY KEY, n)" &&
		git-d1 diff --markdown other.db local -- t >out &&
		head -4 out >../actual
	) &&
	printf "### \`shop\`\n\nFrom \`other.db\` to \`shop/local\`\n\n" >expect &&
	test_cmp expect actual
'

test_expect_success 'databases of hostile names and values' '
	make_hostile_databases ha.db hb.db
'

test_expect_success 'values stand inside fences, and end none' '
	git-d1 diff --markdown=10000000 ha.db hb.db >out &&
	awk "
		!fence && /^\`\`\`/ {
			match(\$0, /^\`+/)
			fence = RLENGTH
			next
		}
		fence && /^\`+\$/ && length(\$0) >= fence {
			fence = 0
			next
		}
		!fence { print }" out >outside &&
	cat >expect <<-\EOF &&
	### `ha.db` to `hb.db`

	| table | + | ~ | - |
	|:--|--:|--:|--:|
	| `"<img src=x onerror=alert(1)>"` | 0 | 1 | 0 |
	| `"a\174b\140c\140 @user"` | 1 | 0 | 0 |
	| `"esc\033[31m\342\200\256x"` | 1 | 0 | 0 |
	| `v` | 8 | 7 | 0 |

	<details>
	<summary><code>&#34;&#60;img src=x onerror=alert(1)&#62;&#34;</code>: 1 change</summary>


	</details>

	<details>
	<summary><code>&#34;a\174b\140c\140 @user&#34;</code>: 1 change</summary>


	</details>

	<details>
	<summary><code>&#34;esc\033[31m\342\200\256x&#34;</code>: 1 change</summary>


	</details>

	<details>
	<summary><code>v</code>: 15 changes</summary>


	</details>
	EOF
	test_cmp expect outside &&
	grep "^\`\`\`\`\`\`diff\$" out &&
	test_must_fail grep -a "$(printf "[\001-\010\013-\037\177]")" out
'

test_expect_success 'rows are whole, and those that are left out are counted' '
	sqlite3 many.db "CREATE TABLE n(id INTEGER PRIMARY KEY);
		CREATE TABLE t(id INTEGER PRIMARY KEY, v);
		CREATE TABLE u(id INTEGER PRIMARY KEY, v);
		CREATE TABLE w(v)" &&
	cp many.db none.db &&
	sqlite3 many.db "WITH RECURSIVE c(i) AS (VALUES(1) UNION ALL
			SELECT i + 1 FROM c WHERE i < 3000)
		INSERT INTO t SELECT i, printf(\"value %d\", i) FROM c;
		INSERT INTO u VALUES(1, hex(zeroblob(100000)));
		INSERT INTO w VALUES(1), (1)" &&
	git-d1 diff --markdown none.db many.db >out &&
	test $(wc -c <out) -le 65536 &&
	test $(wc -c <out) -gt 62000 &&
	shown=$(grep -c "^@@ + id=" out) &&
	test_line out "$((3000 - shown)) more left out: the text was too long." &&
	tail -1 out >actual &&
	echo "**Left out** to stay within 65536 bytes: $((3000 - shown)) changes of \`t\`, 1 change of \`u\`, 2 changes of \`w\`" >expect &&
	test_cmp expect actual &&
	grep -B 2 "^\`\`\`\$" out >actual &&
	printf "%s\n" "@@ + id=$shown @@" "+v: '\''value $shown'\''" "\`\`\`" >expect &&
	test_cmp expect actual
'

test_expect_success 'a smaller comment' '
	git-d1 diff --markdown=4096 none.db many.db >out &&
	test $(wc -c <out) -le 4096 &&
	grep "^\*\*Left out\*\* to stay within 4096 bytes: " out &&
	test "$(grep -c "^\`\`\`" out)" = 2 &&
	for size in 4095 0 x
	do
		test_expect_exit 129 git-d1 diff --markdown=$size none.db \
			many.db >out &&
		test_must_be_empty out || return 1
	done
'

test_expect_success 'more tables than a comment holds' '
	long=$(printf "%0100d" 0) &&
	for i in $(seq 100 399)
	do
		echo "CREATE TABLE t${long}_$i(id INTEGER PRIMARY KEY);"
	done >tables.sql &&
	sed "s/CREATE TABLE \([a-z0-9_]*\).*/INSERT INTO \1 VALUES(1);/" \
		tables.sql >rows.sql &&
	sqlite3 ta.db <tables.sql &&
	cp ta.db tb.db &&
	sqlite3 tb.db <rows.sql &&
	git-d1 diff --markdown=8192 ta.db tb.db >out &&
	test $(wc -c <out) -le 8192 &&
	test $(wc -c <out) -gt 7000 &&
	tail -1 out | grep "^\*\*Left out\*\* .* other tables\$" &&
	tail -1 out | grep -o "[0-9]* change" |
		awk "{ sum += \$1 } END { print sum }" >actual &&
	echo $((300 - $(grep -c "^@@" out || :))) >expect &&
	test_cmp expect actual
'

# ---- HTML ----

test_expect_success 'a page' '
	git-d1 diff --html a.db b.db -- lines >page &&
	sed -n "/^<main>/,/^<\/main>/p" page >actual &&
	cat >expect <<-\EOF &&
	<main>
	<section class="database">
	<h2><code>a.db</code> to <code>b.db</code></h2>
	<table class="summary"><thead><tr><th scope="col">Table</th><th scope="col">inserted</th><th scope="col">updated</th><th scope="col">deleted</th></tr></thead>
	<tbody>
	<tr><th scope="row"><a href="#t1">lines</a></th><td>1</td><td>1</td><td>1</td></tr>
	</tbody></table>
	<details class="table" id="t1" open><summary><h3>lines</h3><span class="counts"><span class="inserted" title="inserted">+1</span><span class="updated" title="updated">~1</span><span class="deleted" title="deleted">−1</span></span></summary>
	<p class="about">Key: <code>city</code>, <code>ref</code></p>
	<table class="changes">
	<tbody class="change update" data-op="update"><tr class="head"><th colspan="3" scope="rowgroup"><button type="button" class="fold" aria-expanded="true" aria-label="Updated row">~</button><span class="key">city=&#39;berlin&#39; ref=&#39;M44&#39;</span><span class="label">name=&#39;Metrotram&#39;</span></th></tr>
	<tr><th scope="row">color</th><td class="old">&#39;red <del>and</del> white&#39;</td><td class="new">&#39;red <ins>or</ins> white&#39;</td></tr>
	<tr><th scope="row">active</th><td class="old">1</td><td class="new">0</td></tr>
	</tbody>
	<tbody class="change delete" data-op="delete"><tr class="head"><th colspan="3" scope="rowgroup"><button type="button" class="fold" aria-expanded="true" aria-label="Deleted row">−</button><span class="key">city=&#39;berlin&#39; ref=&#39;N97&#39;</span></th></tr>
	<tr><th scope="row">name</th><td colspan="2" class="old">&#39;Nachtbus&#39;</td></tr>
	<tr><th scope="row">color</th><td colspan="2" class="old">&#39;black&#39;</td></tr>
	<tr><th scope="row">active</th><td colspan="2" class="old">1</td></tr>
	</tbody>
	<tbody class="change insert" data-op="insert"><tr class="head"><th colspan="3" scope="rowgroup"><button type="button" class="fold" aria-expanded="true" aria-label="Inserted row">+</button><span class="key">city=&#39;berlin&#39; ref=&#39;X11&#39;</span></th></tr>
	<tr><th scope="row">name</th><td colspan="2" class="new">&#39;Dahlem&#39;</td></tr>
	<tr><th scope="row">color</th><td colspan="2" class="new">NULL</td></tr>
	<tr><th scope="row">active</th><td colspan="2" class="new">1.5</td></tr>
	</tbody>
	</table></details>
	</section>
	</main>
	EOF
	test_cmp expect actual
'

test_expect_success 'a text is shown line by line' '
	git-d1 diff --html a.db b.db -- posts >page &&
	grep "<th scope=\"row\">body" page | head -2 |
		sed "s/<div/\n&/g; s/<\/td>/\n&/" >actual &&
	cat >expect <<-\EOF &&
	<tr><th scope="row">body</th><td colspan="2" class="text">
	<div class="hunk">@@ -1,4 +1,4 @@</div>
	<div class="pair"><code data-n="1">one</code><code data-n="1">one</code></div>
	<div class="pair"><code class="old" data-n="2">two words</code><code class="new" data-n="2">two <ins>new </ins>words</code></div>
	<div class="pair"><code class="old" data-n="3">three</code><code></code></div>
	<div class="pair"><code data-n="4">four</code><code data-n="3">four</code></div>
	<div class="pair"><code></code><code class="new" data-n="4"></code></div>
	</td></tr>
	<tr><th scope="row">body</th><td colspan="2" class="text">
	<div class="hunk">@@ -1,2 +1,2 @@</div>
	<div class="pair"><code data-n="1">a</code><code data-n="1">a</code></div>
	<div class="pair"><code class="old" data-n="2"><del>b</del></code><code class="new" data-n="2"><ins>c</ins></code></div>
	<div class="end">no newline at end of the old text</div>
	</td></tr>
	EOF
	test_cmp expect actual
'

# inside TAG: what stands between the tags, byte by byte.
inside () {
	sed -n "/^<$1>/,/^<\/$1>/p" page | sed -e "1s/^<$1>//" -e "\$d"
}

test_expect_success 'the policy names the style and the script of the page' '
	for tag in style script
	do
		inside $tag >text &&
		test -s text &&
		hash=$(openssl dgst -sha256 -binary text | openssl base64) &&
		grep -F "$tag-src '\''sha256-$hash'\''" page || return 1
	done &&
	inside style >text &&
	test_cmp "$TOP_SRCDIR/src/render/html.css" text &&
	inside script >text &&
	test_cmp "$TOP_SRCDIR/src/render/html.js" text &&
	grep -c "<script" page >actual &&
	echo 1 >expect &&
	test_cmp expect actual &&
	test_must_fail grep -e "http://" -e "https://" -e "src=" page
'

test_expect_success 'nothing in a page is made of a value' '
	git-d1 diff --html ha.db hb.db >page &&
	sed -n "/^<main>/,/^<\/main>/p" page |
		grep -o "<[a-z0-9]*" | sort -u | tr -d "\n" >actual &&
	printf "%s" "<" "<a" "<button" "<code" "<del" "<details" "<div" "<h2" \
		"<h3" "<ins" "<main" "<p" "<section" "<span" "<summary" \
		"<table" "<tbody" "<td" "<th" "<thead" "<tr" >expect &&
	test_cmp expect actual &&
	test_must_fail grep -a "$(printf "[\001-\010\013-\037\177]")" page &&
	test_must_fail grep -e "$(printf "\342\200\256")" \
		-e "$(printf "\342\201\246")" page &&
	test_must_fail grep "##\[" page &&
	iconv -f UTF-8 -t UTF-8 page >/dev/null &&
	grep "CAST(x&#39;ff3c623e&#39; AS TEXT)" page &&
	grep "x&#39;3c623e&#39;" page &&
	grep "u{202E}" page
'

test_expect_success 'an error leaves no half of a document' '
	echo "not a database" >broken.db &&
	test_must_fail git-d1 diff --html a.db broken.db >out &&
	test_must_be_empty out &&
	test_must_fail git-d1 diff --markdown a.db broken.db >out &&
	test_must_be_empty out
'

test_expect_success 'what is not compared is named' '
	sqlite3 va.db "CREATE TABLE t(id INTEGER PRIMARY KEY);
		CREATE TABLE s(a PRIMARY KEY, b)" &&
	sqlite3 vb.db "CREATE TABLE t(id INTEGER PRIMARY KEY);
		CREATE TABLE s(b PRIMARY KEY, a)" &&
	test_expect_exit 128 git-d1 diff --markdown va.db vb.db >out &&
	grep "^- .s., not compared: .*disagree on the key" out &&
	test_expect_exit 128 git-d1 diff --html va.db vb.db >out &&
	grep "<p class=\"note\">Not compared: .*disagree on the key" out
'

# ---- commits ----

test_expect_success 'commits are shown in one page, one comment' '
	make_wrangler_project history "CREATE TABLE t(id INTEGER PRIMARY KEY, n);
		INSERT INTO t VALUES(1, 1)" &&
	(
		cd history &&
		git init -q . &&
		echo .wrangler >.gitignore &&
		git-d1 init >/dev/null 2>&1 &&
		git-d1 track t >/dev/null 2>&1 &&
		git-d1 snapshot >/dev/null &&
		test_tick && git add -A && git commit -q -m one &&
		sqlite3 "$(local_database .)" "UPDATE t SET n = 2" &&
		git-d1 snapshot >/dev/null &&
		test_tick && git add -A && git commit -q -m two &&
		git-d1 log --html -- t >page &&
		grep -c "<!DOCTYPE" page >actual && echo 1 >expect &&
		test_cmp expect actual &&
		grep -c "<section" page >actual && echo 2 >expect &&
		test_cmp expect actual &&
		test_line page "<details class=\"table\" id=\"t2\" open><summary><h3>t</h3><span class=\"counts\"><span class=\"inserted\" title=\"inserted\">+1</span></span></summary>" &&
		git-d1 log --markdown -- t >out &&
		grep "^### \|^From\|^| .t" out >actual &&
		two=$(git rev-parse --short=7 HEAD) &&
		one=$(git rev-parse --short=7 HEAD^) &&
		cat >expect <<-EOF &&
		### \`shop\`
		From \`shop/$one\` to \`shop/$two\`
		| \`t\` | 0 | 1 | 0 |
		### \`shop\`
		From \`/dev/null\` to \`shop/$one\`
		| \`t\` | 1 | 0 | 0 |
		EOF
		test_cmp expect actual &&
		git-d1 show --markdown >out &&
		head -1 out >actual && echo "### \`shop\`" >expect &&
		test_cmp expect actual
	)
'

test_done
