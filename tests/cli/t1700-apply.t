#!/bin/sh

test_description='git d1 apply: a patch is applied as it is, or not at all'

. "$(dirname "$0")/lib.sh"

test_needs sqlite3

# fresh: x.sqlite is as the patch found its database.
fresh () {
	rm -f x.sqlite* && cp a.sqlite x.sqlite
}

# holds FILE: x.sqlite has the rows of that database.
holds () {
	git-d1 diff --exit-code x.sqlite "$1"
}

# untouched COMMAND...: the command fails with exit code 2 or 3, and leaves
# x.sqlite as it is, to the byte, and no entry in the journal.
untouched () {
	code=$1 &&
	shift &&
	sha256sum x.sqlite >before &&
	test_expect_exit "$code" "$@" &&
	sha256sum -c --quiet before &&
	! ls x.sqlite-* .local/state/git-d1/*.pending
}

test_expect_success 'set up' '
	sqlite3 a.sqlite <<-\EOF &&
	CREATE TABLE lines(city TEXT, ref TEXT, name TEXT, color TEXT,
		PRIMARY KEY(city, ref));
	INSERT INTO lines VALUES
		('\''berlin'\'', '\''M44'\'', '\''Metrotram'\'', '\''#b50b30'\''),
		('\''berlin'\'', '\''N97'\'', '\''Nachtbus'\'', NULL);
	CREATE TABLE log(m TEXT, level INT DEFAULT 1);
	INSERT INTO log VALUES('\''a'\'', 1), ('\''a'\'', 1), ('\''b'\'', 2);
	CREATE TABLE posts(id INTEGER PRIMARY KEY, body TEXT, size INT
		AS (length(body)));
	INSERT INTO posts(id, body) VALUES(1, '\''one
	two
	three
	four
	five
	'\'');
	EOF
	cp a.sqlite b.sqlite &&
	sqlite3 b.sqlite <<-\EOF &&
	UPDATE lines SET color = '\''#a5027d'\'' WHERE ref = '\''M44'\'';
	DELETE FROM lines WHERE ref = '\''N97'\'';
	INSERT INTO lines VALUES('\''berlin'\'', '\''X11'\'', '\''Dahlem'\'', '\''1'\'');
	INSERT INTO log VALUES('\''a'\'', 1);
	DELETE FROM log WHERE m = '\''b'\'';
	UPDATE posts SET body = replace(body, '\''two'\'', '\''TWO!'\'');
	EOF
	git-d1 diff a.sqlite b.sqlite >p.patch &&
	test "$(grep -c "^@@" p.patch)" = 6
'

test_expect_success 'a patch is applied, and said' '
	fresh &&
	git-d1 apply --to ./x.sqlite p.patch >actual 2>err &&
	cat >expect <<-\EOF &&
	lines: 1 inserted, 1 updated, 1 deleted
	log: 1 inserted, 0 updated, 1 deleted
	posts: 0 inserted, 1 updated, 0 deleted
	EOF
	test_cmp expect actual &&
	test_must_be_empty err &&
	holds b.sqlite
'

test_expect_success 'a second time it is there already' '
	sha256sum x.sqlite >before &&
	git-d1 apply --to ./x.sqlite p.patch >actual &&
	echo "already applied: ./x.sqlite is as p.patch leaves it" >expect &&
	test_cmp expect actual &&
	sha256sum -c --quiet before
'

test_expect_success '-R takes it back' '
	git-d1 apply -R --to ./x.sqlite p.patch >actual &&
	cat >expect <<-\EOF &&
	lines: 1 inserted, 1 updated, 1 deleted
	log: 1 inserted, 0 updated, 1 deleted
	posts: 0 inserted, 1 updated, 0 deleted
	EOF
	test_cmp expect actual &&
	holds a.sqlite &&
	git-d1 apply -R --to ./x.sqlite p.patch >actual &&
	echo "already applied: ./x.sqlite is as p.patch found it" >expect &&
	test_cmp expect actual
'

test_expect_success 'from standard input, also of a diff of the same file' '
	fresh &&
	git-d1 diff x.sqlite b.sqlite | git-d1 apply --to ./x.sqlite >actual &&
	test_line actual "posts: 0 inserted, 1 updated, 0 deleted" &&
	holds b.sqlite &&
	fresh &&
	git-d1 apply --to ./x.sqlite - <p.patch &&
	holds b.sqlite
'

test_expect_success '--check says so and writes nothing' '
	fresh &&
	sha256sum x.sqlite >before &&
	git-d1 apply --check --to ./x.sqlite p.patch >actual &&
	test_line actual "lines: 1 inserted, 1 updated, 1 deleted" &&
	sha256sum -c --quiet before
'

test_expect_success 'a part that is there already is left as it is' '
	fresh &&
	sqlite3 x.sqlite "DELETE FROM lines WHERE ref = '\''N97'\'';
		DELETE FROM log WHERE m = '\''b'\'';
		UPDATE lines SET color = '\''#a5027d'\''" &&
	git-d1 apply --to ./x.sqlite p.patch >actual &&
	cat >expect <<-\EOF &&
	lines: 1 inserted, 0 updated, 0 deleted
	log: 1 inserted, 0 updated, 0 deleted
	posts: 0 inserted, 1 updated, 0 deleted
	EOF
	test_cmp expect actual &&
	holds b.sqlite
'

test_expect_success 'what was changed meanwhile is named, and nothing written' '
	fresh &&
	sqlite3 x.sqlite "UPDATE lines SET color = 1 WHERE ref = '\''M44'\'';
		UPDATE lines SET name = NULL WHERE ref = '\''N97'\'';
		INSERT INTO lines VALUES('\''berlin'\'', '\''X11'\'', '\''D'\'', '\''1'\'');
		DELETE FROM log WHERE m = '\''a'\''; DELETE FROM posts;" &&
	untouched 2 git-d1 apply --to ./x.sqlite p.patch &&
	cat >expect <<-\EOF &&
	value differs: lines city='\''berlin'\'' ref='\''M44'\'': color is '\''1'\'', not '\''#b50b30'\''
	value differs: lines city='\''berlin'\'' ref='\''N97'\'': name is NULL, not '\''Nachtbus'\''
	row exists: lines city='\''berlin'\'' ref='\''X11'\'': name is '\''D'\'', not '\''Dahlem'\''
	count differs: log, line 17 of the patch: there are 0 such rows
	row missing: posts id=1
	error: p.patch: 5 of 6 hunks do not apply to ./x.sqlite; nothing was written
	hint: --reject applies the others, --3way merges what can be merged
	EOF
	test_cmp expect err
'

test_expect_success 'columns that the patch does not name may have changed' '
	fresh &&
	sqlite3 x.sqlite "UPDATE lines SET name = '\''new'\'' WHERE ref = '\''M44'\''" &&
	git-d1 apply --to ./x.sqlite p.patch &&
	test "$(sqlite3 x.sqlite "SELECT name, color FROM lines WHERE ref = '\''M44'\''")" = "new|#a5027d"
'

test_expect_success '--reject applies the others, and keeps the rest' '
	fresh &&
	sqlite3 x.sqlite "UPDATE lines SET color = 1 WHERE ref = '\''M44'\'';
		UPDATE posts SET body = '\''other'\''" &&
	test_expect_exit 6 git-d1 apply --reject --to ./x.sqlite p.patch >actual &&
	cat >expect <<-\EOF &&
	lines: 1 inserted, 0 updated, 1 deleted
	log: 1 inserted, 0 updated, 1 deleted
	EOF
	test_cmp expect actual &&
	test_line err "hint: the hunks that do not apply are in '\''p.patch.rej'\''" &&
	test_line err "error: p.patch: 2 of 6 hunks do not apply to ./x.sqlite" &&
	sed -n "1,7p" p.patch >expect &&
	sed -n "/^diff --d1 posts/,\$p" p.patch >>expect &&
	test_cmp expect p.patch.rej &&
	sqlite3 x.sqlite "UPDATE lines SET color = '\''#b50b30'\'' WHERE ref = '\''M44'\''" &&
	sqlite3 a.sqlite "SELECT body FROM posts" >body &&
	sqlite3 x.sqlite "UPDATE posts SET body = CAST(readfile('\''body'\'') AS TEXT)" &&
	sqlite3 x.sqlite "UPDATE posts SET body = substr(body, 1, length(body) - 1)" &&
	git-d1 apply --to ./x.sqlite p.patch.rej &&
	holds b.sqlite &&
	fresh &&
	sqlite3 x.sqlite "UPDATE posts SET body = '\''other'\''" &&
	test_expect_exit 6 git-d1 apply --reject --to ./x.sqlite p.patch &&
	test_line err "error: p.patch: 1 of 6 hunks does not apply to ./x.sqlite"
'

test_expect_success '--3way merges lines of a text, with a base' '
	fresh &&
	sqlite3 x.sqlite "UPDATE posts SET body = replace(body, '\''five'\'', '\''5'\'')" &&
	untouched 2 git-d1 apply --3way --to ./x.sqlite p.patch &&
	test_line err "hint: --base=<revision> names a snapshot with the rows as the patch found them, to merge texts with; --reject applies the others" &&
	git-d1 apply --3way --base ./a.sqlite --to ./x.sqlite p.patch >actual &&
	test_line actual "posts: 0 inserted, 1 updated, 0 deleted" &&
	printf "%s\n" one TWO! three four 5 "" >expect &&
	sqlite3 x.sqlite "SELECT body FROM posts" >actual &&
	test_cmp expect actual &&
	fresh &&
	sqlite3 x.sqlite "UPDATE posts SET body = replace(body, '\''two'\'', '\''2'\'')" &&
	untouched 2 git-d1 apply --3way --base ./a.sqlite --to ./x.sqlite p.patch &&
	test_line err "hint: --reject applies the others"
'

test_expect_success '--3way adds and takes rows that no key tells apart' '
	fresh &&
	sqlite3 x.sqlite "INSERT INTO log VALUES('\''a'\'', 1), ('\''a'\'', 1), ('\''b'\'', 2)" &&
	untouched 2 git-d1 apply --to ./x.sqlite p.patch &&
	git-d1 apply --3way --to ./x.sqlite p.patch &&
	printf "%s\n" a a a a a b >expect &&
	sqlite3 x.sqlite "SELECT m FROM log ORDER BY m" >actual &&
	test_cmp expect actual
'

test_expect_success 'the journal has the way back' '
	fresh &&
	rm -rf .local &&
	git-d1 apply --to ./x.sqlite p.patch &&
	ls .local/state/git-d1 >entries &&
	test "$(wc -l <entries)" = 1 &&
	entry=.local/state/git-d1/$(cat entries) &&
	test_line "$entry" "Target: file $(pwd -P)/x.sqlite" &&
	git-d1 apply --to ./x.sqlite "$entry" &&
	holds a.sqlite &&
	ls -l .local/state/git-d1 | grep "^-rw-------"
'

test_expect_success 'what a patch cannot do is refused' '
	fresh &&
	sed "s/diff --d1 log/diff --d1 nothing/" p.patch >q.patch &&
	untouched 3 git-d1 apply --to ./x.sqlite q.patch &&
	test_line err "error: q.patch:14: ./x.sqlite has no table '\''nothing'\''" &&
	sed "s/^\([-+]\)color/\1colour/" p.patch >q.patch &&
	untouched 3 git-d1 apply --to ./x.sqlite q.patch &&
	test_line err "error: q.patch:5: table '\''lines'\'' has no column '\''colour'\''" &&
	git config -f .d1config table.lines.ignoreColumns color &&
	untouched 3 git-d1 apply --to ./x.sqlite p.patch &&
	test_line err "error: p.patch:5: column '\''color'\'' of table '\''lines'\'' is masked, ignored or cannot be read: it is never written" &&
	git config -f .d1config --unset table.lines.ignoreColumns &&
	git config -f .d1config d1.excludeTables lo* &&
	untouched 3 git-d1 apply --to ./x.sqlite p.patch &&
	test_line err "error: p.patch:14: table '\''log'\'' is excluded" &&
	rm .d1config &&
	printf "%s\n" "diff --d1 posts" "key id" "--- a" "+++ b" "@@ ~ id=1 @@" \
		"-size: 24" "+size: 25" >q.patch &&
	untouched 3 git-d1 apply --to ./x.sqlite q.patch &&
	test_line err "error: q.patch:5: the hunk changes no column of table '\''posts'\'' that can be written"
'

test_expect_success 'two hunks about one row are none' '
	fresh &&
	{ sed -n 1,7p p.patch && sed -n 5,7p p.patch; } >q.patch &&
	untouched 128 git-d1 apply --to ./x.sqlite q.patch &&
	test_line err "fatal: q.patch:8: a hunk about the same row as that of line 5"
'

test_expect_success 'a column that the patch lacks gets its default' '
	sqlite3 wide.sqlite "CREATE TABLE t(id INTEGER PRIMARY KEY, a,
		b TEXT DEFAULT 7, c NOT NULL DEFAULT '\''c'\'', d AS (a));
		INSERT INTO t(id, a) VALUES(1, 1)" &&
	printf "%s\n" "diff --d1 t" "key id" "--- a" "+++ b" "@@ + id=2 @@" \
		"+a: 2" >q.patch &&
	git-d1 apply --to ./wide.sqlite q.patch &&
	echo "2|2|7|text|c|2" >expect &&
	sqlite3 wide.sqlite "SELECT id, a, b, typeof(b), c, d FROM t WHERE id = 2" >actual &&
	test_cmp expect actual &&
	sqlite3 wide.sqlite "ALTER TABLE t RENAME TO s; CREATE TABLE t(id INTEGER
		PRIMARY KEY, a, at NOT NULL DEFAULT CURRENT_TIMESTAMP)" &&
	test_expect_exit 3 git-d1 apply --to ./wide.sqlite q.patch &&
	test_line err "error: q.patch:5: the patch lacks column '\''at'\'' of table '\''t'\'', which has no default that could stand in"
'

test_expect_success 'a mail is checked, and an edited one wants --recount' '
	fresh &&
	git-d1 format-patch --stdout -m "Fix bus lines" ./a.sqlite ./b.sqlite >m.patch &&
	git-d1 apply --to ./x.sqlite m.patch &&
	holds b.sqlite &&
	git-d1 apply --to ./x.sqlite m.patch >actual &&
	test_line actual "already applied: ./x.sqlite is as m.patch leaves it" &&
	git-d1 apply -R --to ./x.sqlite m.patch &&
	holds a.sqlite &&
	sed "s/#a5027d/#000000/" m.patch >q.patch &&
	untouched 128 git-d1 apply --to ./x.sqlite q.patch &&
	test_line err "fatal: q.patch: the changes of table '\''lines'\'' are not those that the mail names" &&
	git-d1 apply --recount --to ./x.sqlite q.patch &&
	test "$(sqlite3 x.sqlite "SELECT color FROM lines WHERE ref = '\''M44'\''")" = "#000000"
'

test_expect_success 'what foreign keys do besides is listed, and taken back' '
	rm -f c.sqlite &&
	sqlite3 c.sqlite "CREATE TABLE p(id INTEGER PRIMARY KEY, n);
		CREATE TABLE c(id INTEGER PRIMARY KEY, p REFERENCES p(id)
			ON DELETE CASCADE);
		CREATE TABLE d(id INTEGER PRIMARY KEY, c REFERENCES c(id)
			ON DELETE SET NULL, v);
		CREATE TABLE e(p REFERENCES p(id) ON DELETE CASCADE);
		INSERT INTO p VALUES(1, 1), (2, 2); INSERT INTO c VALUES(1, 1), (2, 1), (3, 2);
		INSERT INTO d VALUES(1, 1, '\''x'\''), (2, 3, NULL); INSERT INTO e VALUES(1), (1), (2)" &&
	cp c.sqlite x.sqlite &&
	printf "%s\n" "diff --d1 p" "key id" "--- a" "+++ b" "@@ - id=1 @@" \
		"-n: 1" >q.patch &&
	rm -rf .local &&
	git-d1 apply --to ./x.sqlite q.patch >actual 2>err &&
	cat >expect <<-\EOF &&
	besides: c id=1 is deleted by a foreign key
	besides: c id=2 is deleted by a foreign key
	besides: d id=1 is changed by a foreign key
	besides: e: 2 rows are deleted by a foreign key
	EOF
	sort err >besides &&
	test_cmp expect besides &&
	cat >expect <<-\EOF &&
	c: 0 inserted, 0 updated, 2 deleted by foreign keys
	d: 0 inserted, 1 updated, 0 deleted by foreign keys
	e: 0 inserted, 0 updated, 2 deleted by foreign keys
	p: 0 inserted, 0 updated, 1 deleted
	EOF
	sort actual >counts &&
	test_cmp expect counts &&
	cp c.sqlite y.sqlite &&
	sqlite3 y.sqlite "PRAGMA foreign_keys=on; DELETE FROM p WHERE id = 1" &&
	holds y.sqlite &&
	git-d1 apply --to ./x.sqlite .local/state/git-d1/*.done &&
	holds c.sqlite
'

test_expect_success 'foreign keys that set defaults' '
	rm -f c.sqlite y.sqlite &&
	sqlite3 c.sqlite "CREATE TABLE p(a INT, b TEXT, PRIMARY KEY(a, b));
		CREATE TABLE c(id INTEGER PRIMARY KEY, a INT DEFAULT '\''9'\'',
			b TEXT DEFAULT 0, FOREIGN KEY(a, b) REFERENCES p
			ON DELETE SET DEFAULT);
		CREATE TABLE d(id INTEGER PRIMARY KEY, a INT, b, UNIQUE(a, b),
			FOREIGN KEY(a, b) REFERENCES p ON DELETE SET DEFAULT);
		INSERT INTO p VALUES(1, 1), (2, 2), (9, 0);
		INSERT INTO c VALUES(1, 1, 1), (2, 2, 2), (3, 1, 1), (4, 9, 0);
		INSERT INTO d VALUES(1, 1, '\''1'\''), (2, 2, '\''2'\'')" &&
	cp c.sqlite x.sqlite && cp c.sqlite y.sqlite &&
	printf "%s\n" "diff --d1 p" "key a, b" "--- a" "+++ b" \
		"@@ - a=1 b='\''1'\'' @@" >q.patch &&
	rm -rf .local &&
	git-d1 apply --to ./x.sqlite q.patch >actual 2>err &&
	cat >expect <<-\EOF &&
	besides: c id=1 is changed by a foreign key
	besides: c id=3 is changed by a foreign key
	besides: d id=1 is changed by a foreign key
	EOF
	sort err >besides &&
	test_cmp expect besides &&
	sqlite3 y.sqlite "PRAGMA foreign_keys=on; DELETE FROM p WHERE a = 1" &&
	holds y.sqlite &&
	sqlite3 x.sqlite "SELECT id, quote(a), quote(b) FROM c UNION ALL
		SELECT id, quote(a), quote(b) FROM d" >actual &&
	printf "%s\n" "1|9|'\''0'\''" "2|2|'\''2'\''" "3|9|'\''0'\''" "4|9|'\''0'\''" \
		"1|NULL|NULL" "2|2|'\''2'\''" >expect &&
	test_cmp expect actual &&
	git-d1 undo --to ./x.sqlite &&
	holds c.sqlite
'

test_expect_success 'defaults that are refused: no row has them, or none are known' '
	printf "%s\n" "diff --d1 p" "key a, b" "--- a" "+++ b" \
		"@@ - a=9 b='\''0'\'' @@" >q.patch &&
	cp x.sqlite before.sqlite &&
	test_expect_exit 2 git-d1 apply --to ./x.sqlite q.patch &&
	cmp before.sqlite x.sqlite &&
	test_must_fail sqlite3 y.sqlite "PRAGMA foreign_keys=on; DELETE FROM p WHERE a = 9" &&
	sqlite3 x.sqlite "CREATE TABLE e(id INTEGER PRIMARY KEY, a INT, b
			DEFAULT (lower('\''X'\'')), FOREIGN KEY(a, b) REFERENCES p
			ON DELETE SET DEFAULT);
		INSERT INTO e VALUES(1, 2, '\''2'\'')" &&
	cp x.sqlite before.sqlite &&
	printf "%s\n" "diff --d1 p" "key a, b" "--- a" "+++ b" \
		"@@ - a=2 b='\''2'\'' @@" >q.patch &&
	test_expect_exit 3 git-d1 apply --to ./x.sqlite q.patch &&
	cat >expect <<-\EOF &&
	error: a foreign key would set column '\''b'\'' of table '\''e'\'' to its default, which cannot be foreseen
	hint: change those rows too, or leave the others as they are
	EOF
	test_cmp expect err &&
	cmp before.sqlite x.sqlite
'

test_expect_success 'unique values are exchanged, children follow no parent' '
	rm -f u.sqlite v.sqlite &&
	sqlite3 u.sqlite "CREATE TABLE p(id INTEGER PRIMARY KEY, u TEXT UNIQUE);
		CREATE TABLE c(id INTEGER PRIMARY KEY, p REFERENCES p(id)
			ON DELETE CASCADE ON UPDATE CASCADE);
		INSERT INTO p VALUES(1, '\''a'\''), (2, '\''b'\''), (3, '\''c'\'');
		INSERT INTO c VALUES(1, 1), (2, 2), (3, 3)" &&
	cp u.sqlite v.sqlite &&
	sqlite3 v.sqlite "UPDATE p SET u = NULL; UPDATE p SET u = '\''b'\'' WHERE id = 1;
		UPDATE p SET u = '\''a'\'' WHERE id = 2; UPDATE c SET p = 2 WHERE id = 3;
		DELETE FROM p WHERE id = 3" &&
	git-d1 diff u.sqlite v.sqlite >q.patch &&
	cp u.sqlite x.sqlite &&
	git-d1 apply --to ./x.sqlite q.patch &&
	holds v.sqlite &&
	cp u.sqlite x.sqlite &&
	printf "%s\n" "diff --d1 p" "key id" "--- a" "+++ b" "@@ + id=4 @@" \
		"+u: '\''a'\''" >q.patch &&
	untouched 2 git-d1 apply --to ./x.sqlite q.patch &&
	test_line err "error: table '\''p'\'', row id=4: UNIQUE constraint failed: p.u"
'

test_expect_success 'the value that is neither is named, not one that is there' '
	rm -f x.sqlite &&
	sqlite3 x.sqlite "CREATE TABLE t(id INTEGER PRIMARY KEY, a, b, c);
		INSERT INTO t VALUES(1, 2, 7, 2), (2, 1, 2, 1)" &&
	printf "%s\n" "diff --d1 t" "key id" "--- a" "+++ b" "@@ ~ id=1 @@" \
		-a:\ 1 +a:\ 2 -b:\ 1 +b:\ 2 -c:\ 1 +c:\ 2 \
		"@@ ~ id=2 @@" -a:\ 1 +a:\ 2 -b:\ 1 +b:\ 2 >q.patch &&
	untouched 2 git-d1 apply --to ./x.sqlite q.patch &&
	test_line err "value differs: t id=1: b is 7, not 1" &&
	test_line err "value differs: t id=2: b is 2, not 1"
'

test_expect_success 'unique values that are generated are exchanged' '
	rm -f u.sqlite v.sqlite &&
	sqlite3 u.sqlite "CREATE TABLE t(id INTEGER PRIMARY KEY, n, w,
			s TEXT AS (n || '\''!'\'') STORED, UNIQUE(w, s));
		INSERT INTO t(id, n, w) VALUES(1, '\''a'\'', 1),
			(2, '\''b'\'', 1), (3, '\''c'\'', 1)" &&
	cp u.sqlite v.sqlite &&
	sqlite3 v.sqlite "UPDATE t SET n = '\''d'\'' WHERE id = 1;
		UPDATE t SET n = '\''a'\'' WHERE id = 2;
		UPDATE t SET n = '\''b'\'' WHERE id = 1" &&
	git-d1 diff u.sqlite v.sqlite >q.patch &&
	cp u.sqlite x.sqlite &&
	git-d1 apply --to ./x.sqlite q.patch &&
	holds v.sqlite &&
	git-d1 apply -R --to ./x.sqlite q.patch &&
	holds u.sqlite
'

# entries STATE: the names of the journal's entries in that state.
entries () {
	(cd .local/state/git-d1 && ls) | sed -n "s/\\.$1\$//p"
}

test_expect_success 'triggers fire if they are to, and what they did is counted' '
	rm -rf .local f.sqlite* &&
	sqlite3 f.sqlite "CREATE TABLE t(id INTEGER PRIMARY KEY, v);
		CREATE TABLE log(what, id);
		CREATE TRIGGER i AFTER INSERT ON t BEGIN
			INSERT INTO log VALUES('\''i'\'', new.id); END;
		CREATE TRIGGER u BEFORE UPDATE ON t BEGIN
			UPDATE log SET what = '\''u'\'' WHERE id = new.id; END;
		CREATE TRIGGER d AFTER DELETE ON t BEGIN
			DELETE FROM log WHERE id = old.id; END;
		INSERT INTO t VALUES(1, 1), (2, 2), (3, 3)" &&
	cp f.sqlite g.sqlite &&
	sqlite3 g.sqlite "UPDATE t SET v = 10 WHERE id = 1;
		DELETE FROM t WHERE id = 2; INSERT INTO t VALUES(4, 4)" &&
	git-d1 diff f.sqlite g.sqlite -- t >q.patch &&
	cp f.sqlite x.sqlite &&
	git-d1 apply --fire-triggers --to ./x.sqlite q.patch >actual 2>err &&
	test_must_be_empty err &&
	printf "%s\n" "t: 1 inserted, 1 updated, 1 deleted" \
		"triggers changed 3 more rows" >expect &&
	test_cmp expect actual &&
	holds g.sqlite &&
	git-d1 revert --fire-triggers --to ./x.sqlite q.patch >actual &&
	test_cmp expect actual &&
	git-d1 diff --exit-code x.sqlite f.sqlite -- t &&
	cp f.sqlite x.sqlite &&
	git-d1 apply --to ./x.sqlite q.patch >actual &&
	sed 1q expect >held &&
	test_cmp held actual &&
	test "$(sqlite3 x.sqlite "SELECT count(*) FROM log")" = 3
'

test_expect_success 'the way back is a copy of the file, which is private' '
	rm -rf .local &&
	cp f.sqlite x.sqlite &&
	sqlite3 x.sqlite "PRAGMA journal_mode=WAL" &&
	git-d1 apply --fire-triggers --to ./x.sqlite q.patch &&
	entry=$(entries done) &&
	test "$(entries copy)" = "$entry" &&
	(
		cd .local/state/git-d1 &&
		test "$(ls | wc -l)" = 2 &&
		test "$(stat -c %a "$entry.copy")" = 600 &&
		test_line "$entry.done" "Way-Back: copy" &&
		test "$(sed "1,/^\$/d" "$entry.done")" = ""
	) &&
	git-d1 diff --exit-code f.sqlite ".local/state/git-d1/$entry.copy" &&
	test "$(entries copy)" = "$entry" &&
	test_expect_exit 128 git-d1 apply --to ./x.sqlite ".local/state/git-d1/$entry.done"
'

test_expect_success 'what triggers forbid or did before is seen' '
	rm -rf .local &&
	cp f.sqlite x.sqlite &&
	sqlite3 x.sqlite "CREATE TRIGGER no BEFORE INSERT ON t BEGIN
		SELECT RAISE(ABORT, '\''no'\''); END" &&
	untouched 2 git-d1 apply --fire-triggers --to ./x.sqlite q.patch &&
	test_line err "error: table '\''t'\'', row id=4: no" &&
	test "$(ls .local/state/git-d1 | wc -l)" = 0 &&
	sqlite3 x.sqlite "DROP TRIGGER no;
		CREATE TRIGGER ignore BEFORE INSERT ON t BEGIN
		SELECT RAISE(IGNORE); END" &&
	untouched 2 git-d1 apply --fire-triggers --to ./x.sqlite q.patch &&
	test_line err "error: table '\''t'\'', row id=4: a trigger does not let it be inserted" &&
	sqlite3 x.sqlite "DROP TRIGGER ignore;
		CREATE TRIGGER more AFTER DELETE ON t BEGIN
		DELETE FROM t WHERE id = 1; END" &&
	git-d1 apply --fire-triggers --to ./x.sqlite q.patch >actual &&
	test_line actual "triggers changed 4 more rows" &&
	echo "3 4" >expect &&
	sqlite3 x.sqlite "SELECT group_concat(id, '\'' '\'') FROM t" >actual &&
	test_cmp expect actual
'

test_expect_success 'rows exchange no unique values while triggers fire' '
	rm -f u.sqlite v.sqlite &&
	sqlite3 u.sqlite "CREATE TABLE p(id INTEGER PRIMARY KEY, u UNIQUE);
		INSERT INTO p VALUES(1, 1), (2, 2)" &&
	cp u.sqlite v.sqlite &&
	sqlite3 v.sqlite "UPDATE p SET u = -u; UPDATE p SET u = 3 + u" &&
	git-d1 diff u.sqlite v.sqlite >s.patch &&
	cp u.sqlite x.sqlite &&
	untouched 2 git-d1 apply --fire-triggers --to ./x.sqlite s.patch &&
	test_line err "error: table '\''p'\'', row id=1: UNIQUE constraint failed: p.u" &&
	test_line err "hint: rows can exchange unique values only if no trigger fires"
'

test_expect_success 'what a full-text index counts makes the number a bound' '
	rm -f w.sqlite &&
	sqlite3 w.sqlite "CREATE TABLE t(id INTEGER PRIMARY KEY, v);
		CREATE VIRTUAL TABLE words USING fts5(v);
		CREATE TRIGGER i AFTER INSERT ON t BEGIN
			INSERT INTO words(rowid, v) VALUES(new.id, new.v); END" &&
	printf "%s\n" "diff --d1 t" "key id" "--- a" "+++ b" "@@ + id=1 @@" \
		"+v: '\''one'\''" >s.patch &&
	git-d1 apply --fire-triggers --to ./w.sqlite s.patch >actual &&
	grep "^triggers changed up to [0-9]* more rows$" actual &&
	test "$(sqlite3 w.sqlite "SELECT rowid FROM words('\''one'\'')")" = 1
'

test_expect_success 'a write in parts is for remote databases, without triggers' '
	cp f.sqlite x.sqlite &&
	untouched 129 git-d1 apply --in-parts --to ./x.sqlite q.patch &&
	test_line err "error: --in-parts is for remote databases: ./x.sqlite is always written at once" &&
	untouched 129 git-d1 revert --in-parts --fire-triggers --to ./x.sqlite q.patch &&
	test_line err "error: --in-parts and --fire-triggers exclude each other: a part of what triggers did could not be taken back"
'

test_expect_success 'a write with triggers that nobody has seen the end of' '
	rm -rf .local &&
	cp f.sqlite x.sqlite &&
	git-d1 apply --fire-triggers --to ./x.sqlite q.patch &&
	entry=$(entries done) &&
	mv .local/state/git-d1/$entry.done .local/state/git-d1/$entry.pending &&
	git-d1 apply --to ./x.sqlite q.patch >actual 2>err &&
	echo "warning: git d1 apply ($entry) was not seen to end, and has no rows that tell whether it was carried out" >expect &&
	test_cmp expect err &&
	test "$(entries done) $(entries copy)" = "$entry $entry"
'

# Each key that is looked for on its own costs a pass over 20,000 rows: 600 of
# them would take seconds.
test_expect_success 'a key that no index finds' '
	mkdir natural &&
	(
		cd natural &&
		git config -f .d1config table.t.key "k, n" &&
		sqlite3 old.sqlite "CREATE TABLE t(id INTEGER PRIMARY KEY, v,
				n INT, k TEXT COLLATE NOCASE, u UNIQUE);
			INSERT INTO t SELECT value, value, value % 3,
				'\''Key'\'' || (value / 3), value
				FROM generate_series(1, 20000)" &&
		cp old.sqlite new.sqlite &&
		sqlite3 new.sqlite "UPDATE t SET v = -v WHERE id % 50 = 7;
			UPDATE t SET u = 0 WHERE id = 19957;
			UPDATE t SET u = 19957 WHERE id = 19907;
			UPDATE t SET u = 19907 WHERE id = 19957;
			DELETE FROM t WHERE id % 100 = 2;
			INSERT INTO t SELECT value, value, 5, '\''new'\'' || value,
				value FROM generate_series(30001, 30100)" &&
		git-d1 diff ./old.sqlite ./new.sqlite >p &&
		test "$(grep -c "^@@" p)" = 700 &&
		cp old.sqlite x.sqlite &&
		git-d1 apply --to ./x.sqlite p >actual &&
		echo "t: 100 inserted, 400 updated, 200 deleted" >expect &&
		test_cmp expect actual &&
		sqlite3 x.sqlite "SELECT n, k, u, v FROM t ORDER BY k, n;
			PRAGMA integrity_check" >actual &&
		sqlite3 new.sqlite "SELECT n, k, u, v FROM t ORDER BY k, n;
			PRAGMA integrity_check" >expect &&
		test_cmp expect actual &&
		git-d1 apply --to ./x.sqlite p >actual &&
		echo "already applied: ./x.sqlite is as p leaves it" >expect &&
		test_cmp expect actual &&
		git-d1 apply -R --to ./x.sqlite p &&
		git-d1 diff --exit-code ./x.sqlite ./old.sqlite &&
		sqlite3 x.sqlite "UPDATE t SET v = 0 WHERE id = 19807" &&
		cp x.sqlite before.sqlite &&
		test_expect_exit 2 git-d1 apply --to ./x.sqlite p &&
		cmp before.sqlite x.sqlite &&
		head -n 1 err >actual &&
		echo "value differs: t k='\''Key6602'\'' n=1: v is 0, not 19807" >expect &&
		test_cmp expect actual
	)
'

test_expect_success 'the local database of a project, and its settings' '
	mkdir shop &&
	(
		cd shop &&
		git init -q . &&
		make_wrangler_project . "CREATE TABLE t(id INTEGER PRIMARY KEY, v);
			INSERT INTO t VALUES(1, 1), (2, 2);" &&
		cp "$(local_database .)" ../old.sqlite &&
		cp ../old.sqlite ../new.sqlite &&
		sqlite3 ../new.sqlite "UPDATE t SET v = 3 WHERE id = 1" &&
		git-d1 diff ../old.sqlite ../new.sqlite >../t.patch &&
		git d1 apply ../t.patch >actual &&
		echo "t: 0 inserted, 1 updated, 0 deleted" >expect &&
		test_cmp expect actual &&
		ls .git/d1/journal >entries &&
		test "$(wc -l <entries)" = 1 &&
		test_expect_exit 3 git d1 apply --to snapshot ../t.patch
	)
'

# of_database NAME: t.patch backwards, as if it were of that database.
of_database () {
	git-d1 diff ../new.sqlite ../old.sqlite |
		sed "s,^diff --d1 t,diff --d1 $1/t,"
}

test_expect_success 'a patch for another database' '
	(
		cd shop &&
		file=$(local_database .) &&
		of_database crm >crm.patch &&
		cp "$file" before.sqlite &&
		cat >expect <<-\EOF &&
		error: crm.patch:1: the patch is for database '\''crm'\'', and shop/local is another
		hint: if it is meant, name the database: --to shop/local
		EOF
		for how in "" --check --3way --reject "--to local"
		do
			test_expect_exit 3 git-d1 apply $how crm.patch >out &&
			test_must_be_empty out &&
			test_cmp expect err || return 1
		done &&
		git-d1 diff --exit-code local ./before.sqlite &&
		git-d1 apply --to shop/local crm.patch >actual &&
		echo "t: 0 inserted, 1 updated, 0 deleted" >expect &&
		test_cmp expect actual &&
		echo 1 >expect &&
		sqlite3 "$file" "SELECT v FROM t WHERE id = 1" >actual &&
		test_cmp expect actual &&
		git-d1 undo &&
		of_database shop >shop.patch &&
		git-d1 apply shop.patch &&
		test_expect_exit 3 git-d1 apply -R crm.patch &&
		git-d1 apply -R --to ./before.sqlite crm.patch &&
		! test -e crm.patch.rej
	)
'

test_expect_success 'the mail names the database, too' '
	(
		cd shop &&
		git-d1 format-patch --stdout ./../old.sqlite ./../new.sqlite >mail &&
		sed "s,^\(Subject: .*\),\1\nD1-Database: crm," mail >crm.mail &&
		grep "^D1-Database: crm$" crm.mail &&
		git-d1 apply mail &&
		cp "$(local_database .)" before.sqlite &&
		line=$(grep -n "^diff --d1" crm.mail | cut -d : -f 1) &&
		test_expect_exit 3 git-d1 apply -R crm.mail &&
		echo "error: crm.mail:$line: the patch is for database '\''crm'\'', and shop/local is another" >expect &&
		head -n 1 err >actual &&
		test_cmp expect actual &&
		git-d1 diff --exit-code local ./before.sqlite &&
		git-d1 apply -R --to shop/local crm.mail &&
		git-d1 diff --exit-code local ./../old.sqlite
	)
'

test_done
