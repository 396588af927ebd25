#!/bin/sh

test_description='git d1 diff: every kind of table, value and output, file against file'

. "$(dirname "$0")/lib.sh"

test_needs sqlite3

# pair NAME: makes the databases NAME-old and NAME-new of NAME.sql: what stands
# before the line "-- old" is for both, then comes what only the old one gets,
# and after "-- new" what only the new one gets.
pair () {
	for side in old new
	do
		rm -f "$1-$side" &&
		awk -v want=$side '
			/^-- (old|new)$/ { part = $2; next }
			part == "" || part == want' "$1.sql" >part.sql &&
		sqlite3 -bail "$1-$side" <part.sql || return 1
	done
}

# shows NAME [OPTION...]: the difference is what stands in NAME.diff.
shows () {
	name=$1 &&
	shift &&
	git-d1 diff "$@" ./$name-old ./$name-new >actual &&
	test_cmp $name.diff actual
}

# ---- values ----

cat >values.sql <<\EOF
CREATE TABLE hard(n INTEGER PRIMARY KEY, v);
INSERT INTO hard(v) VALUES (NULL), (''), (x''), (' '), ('0'), (0), (0.0),
	(-0.0), (x'30'), ('0.0'), (1), (1.0), ('1'), (0.1), ('0.1'),
	(9223372036854775807), (9223372036854775806),
	(-9223372036854775807 - 1), (-9223372036854775807),
	(9223372036854775808.0), (-9223372036854775808.0),
	(9007199254740993), (9007199254740992), (9007199254740992.0),
	(4.9406564584124654e-324), (-4.9406564584124654e-324),
	(2.2250738585072014e-308), (2.2250738585072009e-308),
	(1.7976931348623157e308), (9e999), (-9e999), (0.3), (0.1 + 0.2),
	('a'), ('A'), ('a '), (CAST(x'6100' AS TEXT)),
	(CAST(x'61006200' AS TEXT)), (CAST(x'610063' AS TEXT)), (x'6100'),
	(CAST(x'00' AS TEXT)), (CAST(x'ff' AS TEXT)), (CAST(x'fe' AS TEXT)),
	(CAST(x'efbfbd' AS TEXT)), (x'efbfbd'), (CAST(x'c080' AS TEXT)),
	(CAST(x'eda080edb080' AS TEXT)), (CAST(x'f0908080' AS TEXT)),
	(CAST(x'efbbbf61' AS TEXT)), (CAST(x'c3a9' AS TEXT)),
	(CAST(x'65cc81' AS TEXT)), ('NULL'), ('x''00'''), (x'00'),
	('\n'), (char(10)), (char(13)), (char(13, 10)), (char(9)), ('\t'),
	('it''s'), ('it''''s'), (char(8238)), (char(8232)),
	('replace(''\n'',''\n'',char(10))'), (x'0000'), (char(1)), (char(127));
CREATE TABLE t(k INTEGER PRIMARY KEY, v);
-- old
INSERT INTO t SELECT a.n * 1000 + b.n, a.v FROM hard a, hard b;
-- new
INSERT INTO t SELECT a.n * 1000 + b.n, b.v FROM hard a, hard b;
EOF

test_expect_success 'any two hard values differ, and none from itself' '
	pair values &&
	git-d1 diff --json=lines ./values-old ./values-new >out &&
	grep "\"table\":\"t\",\"op\":\"update\"" out |
	sed "s/.*\"key\":{\"k\":\"\([0-9]*\)\"}.*/\1/" >actual &&
	sqlite3 values-old "SELECT a.n * 1000 + b.n FROM hard a, hard b
		WHERE a.n <> b.n ORDER BY 1" >expect &&
	test $(wc -l <expect) -gt 4000 &&
	test_cmp expect actual &&
	test $(wc -l <out) = $(wc -l <expect)
'

# Also by an engine that knows nothing of git-d1.
test_expect_success 'what is shown is SQL that makes the same value' '
	{
		echo "CREATE TABLE shown(k, v); BEGIN;" &&
		git-d1 diff ./values-old ./values-new |
		sed -n -e "s/^@@ ~ k=\([0-9]*\).*/\1/; t key" \
			-e "s/^-v: //; t old" -e d \
			-e ":key" -e h -e d \
			-e ":old" -e "G; s/\(.*\)\n\(.*\)/INSERT INTO shown VALUES(\2, \1);/p" &&
		echo "COMMIT;"
	} >shown.sql &&
	cp values-old shown-old &&
	sqlite3 -bail shown-old <shown.sql &&
	test $(sqlite3 shown-old "SELECT count(*) FROM shown") -gt 3500 &&
	sqlite3 shown-old "SELECT k, quote(t.v), quote(shown.v)
		FROM t JOIN shown USING(k)
		WHERE typeof(t.v) <> typeof(shown.v) OR t.v IS NOT shown.v
		OR hex(t.v) <> hex(shown.v)" >out &&
	test_must_be_empty out
'

cat >big.sql <<\EOF
CREATE TABLE t(k INTEGER PRIMARY KEY, v);
INSERT INTO t VALUES(1, hex(zeroblob(100000))), (2, hex(zeroblob(100000))),
	(3, zeroblob(500000)), (4, zeroblob(500000)), (5, x''), (6, x'');
-- new
UPDATE t SET v = substr(v, 2) || '1' WHERE k = 2;
UPDATE t SET v = CAST(substr(v, 2) || x'01' AS BLOB) WHERE k = 4;
UPDATE t SET v = '' WHERE k = 6;
EOF

test_expect_success 'long values that differ in one byte, or not at all' '
	pair big &&
	git-d1 diff ./big-old ./big-new >out &&
	grep "^@@" out >actual &&
	printf "@@ ~ k=%d @@\n" 2 4 6 >expect &&
	test_cmp expect actual &&
	test $(wc -c <out) -gt 2400000
'

# ---- kinds of tables ----

cat >keys.sql <<\EOF
CREATE TABLE composite(lang TEXT, id INTEGER, title TEXT, n REAL,
	PRIMARY KEY(lang, id));
INSERT INTO composite VALUES('de', 7, 'Hallo', 1.0), ('de', 8, 'b', 2.0),
	('en', 7, 'x', 3.5), ('fr', 1, NULL, NULL),
	(NULL, 5, 'no key', 0), (NULL, 5, 'no key', 0);
CREATE TABLE descending(n INTEGER NOT NULL, v, PRIMARY KEY(n DESC));
INSERT INTO descending VALUES(1, 'a'), (2, 'b'), (3, 'c');
CREATE TABLE "desc quirk"(n INTEGER PRIMARY KEY DESC, v);
INSERT INTO "desc quirk" VALUES(1, 'a'), (NULL, 'b'), (NULL, 'b'), (-1, 'd');
CREATE TABLE mixed(a INTEGER NOT NULL, b TEXT NOT NULL, v,
	PRIMARY KEY(a DESC, b)) WITHOUT ROWID;
INSERT INTO mixed VALUES(1, 'a', 1), (1, 'b', 2), (2, 'a', 3), (3, 'z', 4);
CREATE TABLE nocase(name TEXT COLLATE NOCASE PRIMARY KEY NOT NULL, v);
INSERT INTO nocase VALUES('Abc', 1), ('x', 2);
CREATE TABLE number(n NOT NULL PRIMARY KEY, v);
INSERT INTO number VALUES(1, 'a'), (2.5, 'b'), ('1', 'c'), (x'31', 'd');
CREATE TABLE rtrim(name TEXT COLLATE RTRIM PRIMARY KEY NOT NULL, v);
INSERT INTO rtrim VALUES('Abc ', 1), ('x', 2);
CREATE TABLE strict(id INTEGER PRIMARY KEY, a ANY, i INTEGER) STRICT;
INSERT INTO strict VALUES(1, '1', 1), (2, 1, 1);
CREATE TABLE "unique"(code TEXT NOT NULL, v);
CREATE UNIQUE INDEX code ON "unique"(code COLLATE NOCASE);
INSERT INTO "unique" VALUES('a', 1), ('b', 2);
-- new
UPDATE composite SET title = 'Hello', n = 1.5 WHERE lang = 'de' AND id = 7;
DELETE FROM composite WHERE lang = 'en';
INSERT INTO composite VALUES('zz', 1, 'new', 9e999), (NULL, 6, 'other', 1);
DELETE FROM composite WHERE rowid = 5;
UPDATE descending SET v = 'B' WHERE n = 2;
INSERT INTO descending VALUES(0, 'z');
UPDATE "desc quirk" SET n = 2 WHERE v = 'a';
INSERT INTO "desc quirk" VALUES(NULL, 'b');
UPDATE mixed SET v = 30 WHERE v = 3;
INSERT INTO mixed VALUES(2, 'b', 9);
DELETE FROM mixed WHERE v = 1;
UPDATE nocase SET name = 'aBC' WHERE v = 1;
UPDATE number SET n = 1.0 WHERE v = 'a';
UPDATE number SET v = 'C' WHERE v = 'c';
UPDATE rtrim SET name = 'Abc' WHERE v = 1;
UPDATE strict SET a = 1 WHERE id = 1;
UPDATE strict SET a = 1.0 WHERE id = 2;
UPDATE "unique" SET code = 'A' WHERE v = 1;
INSERT INTO "unique" VALUES('B2', 3);
EOF
cat >keys.diff <<\EOF
diff --d1 composite
key lang, id
--- ./keys-old
+++ ./keys-new
@@ ~ lang='de' id=7  title='Hallo' @@
-title: 'Hallo'
+title: 'Hello'
-n: 1.0
+n: 1.5
@@ - lang='en' id=7 @@
-title: 'x'
-n: 3.5
@@ + lang='zz' id=1 @@
+title: 'new'
+n: 9e999
@@ - 1 row, 2 before @@
-lang: NULL
-id: 5
-title: 'no key'
-n: 0.0
@@ + 1 row, 0 before @@
+lang: NULL
+id: 6
+title: 'other'
+n: 1.0
diff --d1 "desc quirk"
key n
--- ./keys-old
+++ ./keys-new
@@ - n=1 @@
-v: 'a'
@@ + n=2 @@
+v: 'a'
@@ + 1 row, 2 before @@
+n: NULL
+v: 'b'
diff --d1 descending
key n
--- ./keys-old
+++ ./keys-new
@@ + n=0 @@
+v: 'z'
@@ ~ n=2 @@
-v: 'b'
+v: 'B'
diff --d1 mixed
key a, b
--- ./keys-old
+++ ./keys-new
@@ - a=1 b='a' @@
-v: 1
@@ ~ a=2 b='a' @@
-v: 3
+v: 30
@@ + a=2 b='b' @@
+v: 9
diff --d1 nocase
key name
--- ./keys-old
+++ ./keys-new
@@ ~ name='Abc' @@
-name: 'Abc'
+name: 'aBC'
diff --d1 number
key n
--- ./keys-old
+++ ./keys-new
@@ ~ n=1 @@
-n: 1
+n: 1.0
@@ ~ n='1' @@
-v: 'c'
+v: 'C'
diff --d1 rtrim
key name
--- ./keys-old
+++ ./keys-new
@@ ~ name='Abc ' @@
-name: 'Abc '
+name: 'Abc'
diff --d1 strict
key id
--- ./keys-old
+++ ./keys-new
@@ ~ id=1 @@
-a: '1'
+a: 1
@@ ~ id=2 @@
-a: 1
+a: 1.0
diff --d1 unique
key code
--- ./keys-old
+++ ./keys-new
@@ ~ code='a' @@
-code: 'a'
+code: 'A'
@@ + code='B2' @@
+v: 3
EOF

test_expect_success 'every kind of key' '
	pair keys &&
	shows keys
'

test_expect_success 'the same rows under keys declared in other directions' '
	sqlite3 keys-old .dump |
	sed -e "s/KEY(lang, id)/KEY(id DESC, lang)/" \
		-e "s/KEY(a DESC, b)) WITHOUT ROWID/KEY(b, a))/" \
		-e "s/KEY(n DESC)/KEY(n)/" >other.sql &&
	test_must_fail grep "n DESC" other.sql &&
	rm -f other &&
	sqlite3 -bail other <other.sql &&
	git-d1 diff --exit-code ./keys-old ./other
'

cat >keyless.sql <<\EOF
CREATE TABLE log(msg TEXT, level INTEGER);
INSERT INTO log VALUES('a', 1), ('a', 1), ('b', 2), ('c', 3), ('c', 3),
	('same', 1), ('same', 1), ('1', 1), ('x', '');
CREATE TABLE maybe(u TEXT UNIQUE, v);
INSERT INTO maybe VALUES('a', 1), (NULL, 2);
-- new
DELETE FROM log WHERE msg = 'b' OR rowid = 5;
INSERT INTO log VALUES('a', 1), ('a', 1), ('d', NULL), ('2', 1);
UPDATE log SET level = NULL WHERE msg = 'x';
UPDATE maybe SET v = 3 WHERE u = 'a';
EOF
cat >keyless.diff <<\EOF
diff --d1 log
--- ./keyless-old
+++ ./keyless-new
@@ + 1 row, 0 before @@
+msg: '2'
+level: 1
@@ + 2 rows, 2 before @@
+msg: 'a'
+level: 1
@@ - 1 row, 1 before @@
-msg: 'b'
-level: 2
@@ - 1 row, 2 before @@
-msg: 'c'
-level: 3
@@ + 1 row, 0 before @@
+msg: 'd'
+level: NULL
@@ - 1 row, 1 before @@
-msg: 'x'
-level: ''
@@ + 1 row, 0 before @@
+msg: 'x'
+level: NULL
diff --d1 maybe
--- ./keyless-old
+++ ./keyless-new
@@ - 1 row, 1 before @@
-u: 'a'
-v: 1
@@ + 1 row, 0 before @@
+u: 'a'
+v: 3
EOF

test_expect_success 'without a key, rows are counted' '
	pair keyless &&
	shows keyless
'

cat >sides.sql <<\EOF
CREATE TABLE b(id INTEGER PRIMARY KEY);
INSERT INTO b VALUES(1);
-- old
CREATE TABLE a(id INTEGER PRIMARY KEY, v);
INSERT INTO a VALUES(1, 'gone');
CREATE TABLE c(id INTEGER PRIMARY KEY, a, "only old" TEXT);
INSERT INTO c VALUES(1, 1, 'o'), (2, 2, 'o2'), (4, 4, 'x');
CREATE TABLE e(id INTEGER PRIMARY KEY);
CREATE TABLE Renamed(Id INTEGER PRIMARY KEY, Val);
INSERT INTO Renamed VALUES(1, 1);
-- new
CREATE TABLE c("only new" DEFAULT 5, a, id INTEGER PRIMARY KEY);
INSERT INTO c VALUES(5, 9, 1), (3, 3, 3), (6, 4, 4);
CREATE TABLE d(id INTEGER PRIMARY KEY, v);
INSERT INTO d VALUES(1, x'00ff');
CREATE TABLE f(v);
INSERT INTO f VALUES(1), (1);
CREATE TABLE renamed(ID INTEGER PRIMARY KEY, VAL);
INSERT INTO renamed VALUES(1, 2);
EOF
cat >sides.diff <<\EOF
diff --d1 a
deleted table
key id
--- ./sides-old
+++ /dev/null
@@ - id=1 @@
-v: 'gone'
diff --d1 c
columns - "only old"
columns + "only new"
key id
--- ./sides-old
+++ ./sides-new
@@ ~ id=1  "only old"='o' @@
-a: 1
+a: 9
@@ - id=2 @@
-a: 2
-"only old": 'o2'
@@ + id=3 @@
+"only new": 3
+a: 3
diff --d1 d
new table
key id
--- /dev/null
+++ ./sides-new
@@ + id=1 @@
+v: x'00ff'
diff --d1 e
deleted table
key id
--- ./sides-old
+++ /dev/null
diff --d1 f
new table
--- /dev/null
+++ ./sides-new
@@ + 2 rows, 0 before @@
+v: 1
diff --d1 renamed
key Id
--- ./sides-old
+++ ./sides-new
@@ ~ Id=1 @@
-Val: 1
+Val: 2
EOF

test_expect_success 'tables and columns of one side, and other letter case' '
	pair sides &&
	shows sides
'

test_expect_success 'these are differences, whatever is shown' '
	pair sides &&
	for option in "" --quiet --stat --name-only --name-status --json
	do
		for table in a c d e f renamed
		do
			test_expect_exit 1 git-d1 diff --exit-code $option \
				./sides-old ./sides-new -- $table >out || return 1
		done
	done &&
	git-d1 diff --name-status ./sides-old ./sides-new >actual &&
	printf "%s\t%s\n" D a M c A d D e A f M renamed >expect &&
	test_cmp expect actual &&
	git-d1 diff --name-only ./sides-old ./sides-new >actual &&
	printf "%s\n" a c d e f renamed >expect &&
	test_cmp expect actual &&
	test_expect_exit 1 git-d1 diff --quiet ./sides-old ./sides-new >out &&
	test_must_be_empty out
'

cat >derived.sql <<\EOF
CREATE TABLE docs(id INTEGER PRIMARY KEY, body TEXT);
CREATE VIEW a_view AS SELECT id FROM docs;
CREATE VIRTUAL TABLE contentless USING fts5(body, content='');
CREATE VIRTUAL TABLE external USING fts5(body, content='docs', content_rowid=id);
CREATE VIRTUAL TABLE own USING fts5(body);
INSERT INTO own VALUES('one'), ('two');
CREATE VIRTUAL TABLE places USING rtree(id, x0, x1);
INSERT INTO places VALUES(1, 0, 1), (2, 0, 2);
CREATE TABLE generated(id INTEGER PRIMARY KEY, price INTEGER,
	gross INTEGER AS (price * 2) VIRTUAL, text TEXT AS (price || 'x') STORED);
INSERT INTO generated(id, price) VALUES(1, 5), (2, 6);
CREATE TABLE sqliteX(id INTEGER PRIMARY KEY);
CREATE TABLE xcf_table(id INTEGER PRIMARY KEY);
CREATE TABLE _cf_KV(id INTEGER PRIMARY KEY);
CREATE TABLE d1_migrations(id INTEGER PRIMARY KEY AUTOINCREMENT);
CREATE TABLE _prisma_migrations(id);
-- new
DROP VIEW a_view;
CREATE VIEW a_view AS SELECT body FROM docs;
UPDATE own SET body = 'TWO' WHERE rowid = 2;
UPDATE places SET x1 = 3 WHERE id = 2;
UPDATE generated SET price = 7 WHERE id = 1;
INSERT INTO generated(id, price) VALUES(3, 1);
INSERT INTO sqliteX VALUES(1);
INSERT INTO xcf_table VALUES(1);
INSERT INTO _cf_KV VALUES(1);
INSERT INTO d1_migrations VALUES(1);
INSERT INTO _prisma_migrations VALUES(1);
EOF
cat >derived.diff <<\EOF
diff --d1 a_view
not compared: a view
--- ./derived-old
+++ ./derived-new
diff --d1 contentless
not compared: a full-text index without content
--- ./derived-old
+++ ./derived-new
diff --d1 external
not compared: a full-text index of another table's content
--- ./derived-old
+++ ./derived-new
diff --d1 generated
key id
--- ./derived-old
+++ ./derived-new
@@ ~ id=1  text='5x' @@
-price: 5
+price: 7
-gross: 10
+gross: 14
-text: '5x'
+text: '7x'
@@ + id=3 @@
+price: 1
diff --d1 own
key rowid
--- ./derived-old
+++ ./derived-new
@@ ~ rowid=2 @@
-body: 'two'
+body: 'TWO'
diff --d1 places
key rowid
--- ./derived-old
+++ ./derived-new
@@ ~ rowid=2 @@
-x1: 2.0
+x1: 3.0
diff --d1 sqliteX
key id
--- ./derived-old
+++ ./derived-new
@@ + id=1 @@
diff --d1 xcf_table
key id
--- ./derived-old
+++ ./derived-new
@@ + id=1 @@
EOF

test_expect_success 'virtual tables, views, generated columns, the engine'\''s own tables' '
	pair derived &&
	shows derived
'

cat >json.sql <<\EOF
CREATE TABLE notes(id INTEGER PRIMARY KEY, body TEXT,
	tag TEXT AS (json_extract(body, '$.tag')) STORED CHECK(tag <> ''));
CREATE INDEX notes_tag ON notes(body ->> '$.tag');
INSERT INTO notes(id, body) VALUES(1, '{"tag":"a"}'), (2, '{"tag":"b"}');
-- new
UPDATE notes SET body = '{"tag":"c"}' WHERE id = 2;
EOF
cat >json.diff <<\EOF
diff --d1 notes
key id
--- ./json-old
+++ ./json-new
@@ ~ id=2  body='{"tag":"b"}' @@
-body: '{"tag":"b"}'
+body: '{"tag":"c"}'
-tag: 'b'
+tag: 'c'
EOF

test_expect_success 'functions of JSON in columns and indexes' '
	pair json &&
	shows json
'

test_expect_success 'a derived object does not touch the exit code' '
	git-d1 diff --exit-code ./derived-old ./derived-new \
		-- a_view contentless external >out &&
	grep "not compared" out
'

test_expect_success 'a table excluded by default is compared when it is named' '
	test_expect_exit 1 git-d1 diff --quiet ./derived-old ./derived-new \
		-- d1_migrations
'

{
	echo 'CREATE TABLE wide(id INTEGER PRIMARY KEY'
	for i in $(seq 99)
	do
		echo ", c$i"
	done
	echo ');'
	echo 'INSERT INTO wide(id, c50) VALUES(1, 1), (2, 2);'
	echo '-- new'
	echo 'UPDATE wide SET c1 = 1, c99 = 1.0 WHERE id = 2;'
} >wide.sql
cat >wide.diff <<\EOF
diff --d1 wide
key id
--- ./wide-old
+++ ./wide-new
@@ ~ id=2 @@
-c1: NULL
+c1: 1
-c99: NULL
+c99: 1.0
EOF

test_expect_success 'a table of 100 columns' '
	pair wide &&
	shows wide
'

cat >names.sql <<\EOF
CREATE TABLE "-dash"(id INTEGER PRIMARY KEY);
CREATE TABLE "a b"("select" TEXT NOT NULL, "group" NOT NULL, "x: y" TEXT,
	"größe", "back\slash", PRIMARY KEY("select", "group"));
INSERT INTO "a b" VALUES('k', 1, 'a', 'b', 'c');
CREATE TABLE "it's"("""" INTEGER PRIMARY KEY, "rowid", "oid");
CREATE TABLE "new
line"("tab	" INTEGER PRIMARY KEY);
CREATE TABLE "table"(".x" INTEGER PRIMARY KEY, "1.a-b$" , "@");
CREATE TABLE "日本"("ключ" INTEGER PRIMARY KEY, "😀");
-- new
INSERT INTO "-dash" VALUES(1);
UPDATE "a b" SET "x: y" = 'A', "größe" = 'B', "back\slash" = 'C';
INSERT INTO "it's" VALUES(1, 2, 3);
INSERT INTO "new
line" VALUES(1);
INSERT INTO "table" VALUES(1, 2, 3);
INSERT INTO "日本" VALUES(1, 2);
EOF
cat >names.diff <<\EOF
diff --d1 "-dash"
key id
--- ./names-old
+++ ./names-new
@@ + id=1 @@
diff --d1 "a b"
key select, group
--- ./names-old
+++ ./names-new
@@ ~ select='k' group=1  "x: y"='a' @@
-"x: y": 'a'
+"x: y": 'A'
-größe: 'b'
+größe: 'B'
-"back\\slash": 'c'
+"back\\slash": 'C'
diff --d1 "it's"
key "\""
--- ./names-old
+++ ./names-new
@@ + "\""=1 @@
+rowid: 2
+oid: 3
diff --d1 "new\nline"
key "tab\t"
--- ./names-old
+++ ./names-new
@@ + "tab\t"=1 @@
diff --d1 table
key ".x"
--- ./names-old
+++ ./names-new
@@ + ".x"=1 @@
+1.a-b$: 2
+"@": 3
diff --d1 日本
key ключ
--- ./names-old
+++ ./names-new
@@ + ключ=1 @@
+😀: 2
EOF

test_expect_success 'names that need quoting, and names that do not' '
	pair names &&
	shows names
'

test_expect_success 'names in other outputs, and -z' '
	git-d1 diff --name-only ./names-old ./names-new >actual &&
	sed -n "s/^diff --d1 //p" names.diff >expect &&
	test_cmp expect actual &&
	git-d1 diff --numstat ./names-old ./names-new >actual &&
	test_line actual "1	0	0	\"new\\nline\"" &&
	printf "%s\0" "-dash" "a b" "it'\''s" "new${LF}line" table 日本 >expect &&
	git-d1 diff --name-only -z ./names-old ./names-new >actual &&
	cmp expect actual &&
	git-d1 diff --numstat -z ./names-old ./names-new -- "a b" >actual &&
	printf "0\t1\t0\ta b\0" >expect &&
	cmp expect actual &&
	git-d1 diff --name-status -z ./names-old ./names-new -- "a b" >actual &&
	printf "M\0a b\0" >expect &&
	cmp expect actual &&
	test_expect_exit 129 git-d1 diff -z ./names-old ./names-new
'

for encoding in UTF-16le UTF-16be
do
	test_expect_success "a file in $encoding holds the same rows" '
		for name in keys names derived
		do
			for side in old new
			do
				rm -f $name-$side.16 &&
				{
					echo "PRAGMA encoding='\''$encoding'\'';" &&
					awk -v want=$side "
						/^-- (old|new)\$/ { part = \$2; next }
						part == \"\" || part == want" \
						$name.sql
				} >part.sql &&
				sqlite3 -bail $name-$side.16 <part.sql &&
				git-d1 diff --exit-code ./$name-$side \
					./$name-$side.16 >out || return 1
			done &&
			git-d1 diff ./$name-old ./$name-new.16 |
			sed "s/^+++ \(.*\).16\$/+++ \1/" >actual &&
			test_cmp $name.diff actual || return 1
		done
	'
done

# ---- texts of several lines ----

cat >texts.sql <<\EOF
CREATE TABLE posts(id INTEGER PRIMARY KEY, body TEXT);
INSERT INTO posts VALUES
	(1, 'one' || char(10) || 'two' || char(10) || 'three' || char(10)),
	(2, 'a' || char(13,10) || 'b' || char(13,10)),
	(3, 'a' || char(13,10) || 'b' || char(13,10)),
	(4, 'plain'),
	(5, '1' || char(10) || '2' || char(10) || '3' || char(10) || '4' ||
		char(10) || '5' || char(10) || '6' || char(10) || '7'),
	(6, char(10)),
	(7, NULL),
	(8, 'x' || char(10) || char(0));
-- new
UPDATE posts SET body = replace(body, 'two', '\zwei ') WHERE id = 1;
UPDATE posts SET body = replace(body, 'b', 'B') WHERE id = 2;
UPDATE posts SET body = replace(body, char(13), '') WHERE id = 3;
UPDATE posts SET body = 'plain' || char(10) || char(8238) || 'rtl' WHERE id = 4;
UPDATE posts SET body = body || char(10) WHERE id = 5;
UPDATE posts SET body = '' WHERE id = 6;
UPDATE posts SET body = 'n' || char(10) WHERE id = 7;
UPDATE posts SET body = 'y' || char(10) || char(0) WHERE id = 8;
INSERT INTO posts VALUES(9, 'last' || char(10) || ' ' || char(10) || 'no end'),
	(10, 'w' || char(13,10) || '' || char(13,10)),
	(11, 'mixed' || char(13,10) || 'x' || char(10));
EOF
hash_of () {
	printf "$1" | openssl dgst -sha256 | sed 's/.* //'
}
cat >texts.diff <<EOF
diff --d1 posts
key id
--- ./texts-old
+++ ./texts-new
@@ ~ id=1 @@
 body: text sha256 $(hash_of 'one\ntwo\nthree\n')..$(hash_of 'one\n\\zwei \nthree\n')
 @@ -1,3 +1,3 @@
 |one
 -two
 +\\"\\\\zwei "
 |three
@@ ~ id=2 @@
 body: text crlf sha256 $(hash_of 'a\r\nb\r\n')..$(hash_of 'a\r\nB\r\n')
 @@ -1,2 +1,2 @@
 |a
 -b
 +B
@@ ~ id=3 @@
 body: text sha256 $(hash_of 'a\r\nb\r\n')..$(hash_of 'a\nb\n')
 @@ -1,2 +1,2 @@
 -\\"a\\r"
 -\\"b\\r"
 +a
 +b
@@ ~ id=4  body='plain' @@
 body: text sha256 $(hash_of 'plain')..$(hash_of 'plain\n\342\200\256rtl')
 @@ -1,1 +1,2 @@
 -plain
 \\ no newline at end of text
 +plain
 +\\"\\342\\200\\256rtl"
 \\ no newline at end of text
@@ ~ id=5 @@
 body: text sha256 $(hash_of '1\n2\n3\n4\n5\n6\n7')..$(hash_of '1\n2\n3\n4\n5\n6\n7\n')
 @@ -4,4 +4,4 @@
 |4
 |5
 |6
 -7
 \\ no newline at end of text
 +7
@@ ~ id=6 @@
-body: replace('\n','\n',char(10))
+body: ''
@@ ~ id=7 @@
-body: NULL
+body: replace('n\n','\n',char(10))
@@ ~ id=8 @@
-body: CAST(x'780a00' AS TEXT)
+body: CAST(x'790a00' AS TEXT)
@@ + id=9 @@
+body: text 3 sha256 $(hash_of 'last\n \nno end')
 +last
 +\\" "
 +no end
 \\ no newline at end of text
@@ + id=10 @@
+body: text crlf 2 sha256 $(hash_of 'w\r\n\r\n')
 +w
 +
@@ + id=11 @@
+body: text 2 sha256 $(hash_of 'mixed\r\nx\n')
 +\\"mixed\\r"
 +x
EOF

test_expect_success 'texts of several lines' '
	pair texts &&
	shows texts
'

test_expect_success '-U says how much is shown around a change' '
	git-d1 diff -U0 --key=1 ./texts-old ./texts-new >out &&
	grep "^ [@|+-]" out >actual &&
	sed -n -e "s/-1,3 +1,3/-2,1 +2,1/p" -e "/zwei/{x;p;x;p;}" -e h \
		texts.diff >expect &&
	test_cmp expect actual &&
	git-d1 diff --unified=1 --key=5 ./texts-old ./texts-new >out &&
	test_line out " @@ -6,2 +6,2 @@" &&
	test_expect_exit 129 git-d1 diff -Ux ./texts-old ./texts-new &&
	test_expect_exit 129 git-d1 diff -U-1 ./texts-old ./texts-new
'

# ---- outputs ----

cat >stat.expect <<\EOF
 composite    | 5 ++~--
 "desc quirk" | 3 ++-
 descending   | 2 +~
 mixed        | 3 +~-
 nocase       | 1 ~
 number       | 2 ~~
 rtrim        | 1 ~
 strict       | 2 ~~
 unique       | 2 +~
 9 tables changed, 7 insertions(+), 10 updates(~), 4 deletions(-)
EOF
cat >summary.expect <<\EOF
table   local_only  remote_only  local_newer  remote_newer  content_differs  identical
mixed            1            1            0             0                1          2
strict           0            0            0             0                2          0
EOF
cat >json.expect <<\EOF
{"version":1,"from":{"endpoint":"./keys-old"},"to":{"endpoint":"./keys-new"},"tables":[
{"name":"mixed","key":["a","b"],"in":"both","compared":true,"changes":[
{"op":"delete","key":{"a":"1","b":"'a'"},"old":{"a":"1","b":"'a'","v":"1"},"bucket":"remote_only"},
{"op":"update","key":{"a":"2","b":"'a'"},"old":{"v":"3"},"new":{"v":"30"},"bucket":"content_differs"},
{"op":"insert","key":{"a":"2","b":"'b'"},"new":{"a":"2","b":"'b'","v":"9"},"bucket":"local_only"}],"inserted":1,"deleted":1,"updated":1,"unchanged":2,"buckets":{"remote_only":1,"local_only":1,"remote_newer":0,"local_newer":0,"content_differs":1,"identical":2}}]}
EOF
cat >lines.expect <<\EOF
{"table":"log","op":"insert","key":{},"new":{"msg":"'2'","level":"1"},"bucket":"local_only","count":1,"before":0}
{"table":"log","op":"insert","key":{},"new":{"msg":"'a'","level":"1"},"bucket":"local_only","count":2,"before":2}
{"table":"log","op":"delete","key":{},"old":{"msg":"'b'","level":"2"},"bucket":"remote_only","count":1,"before":1}
EOF
cat >full.expect <<\EOF
@@ ~ lang='de' id=7  title='Hallo' @@
-n: 1.0
+n: 1.5
EOF

test_expect_success '--stat, --numstat, --shortstat' '
	git-d1 diff --stat ./keys-old ./keys-new >actual &&
	test_cmp stat.expect actual &&
	git-d1 diff --shortstat ./keys-old ./keys-new >actual &&
	tail -n 1 stat.expect >expect &&
	test_cmp expect actual &&
	git-d1 diff --numstat ./keys-old ./keys-new -- mixed "desc quirk" >actual &&
	printf "2\t0\t1\t\"desc quirk\"\n1\t1\t1\tmixed\n" >expect &&
	test_cmp expect actual
'

test_expect_success '--summary' '
	git-d1 diff --summary ./keys-old ./keys-new -- mixed strict >actual &&
	test_cmp summary.expect actual
'

test_expect_success '--json and --json=lines' '
	git-d1 diff --json ./keys-old ./keys-new -- mixed >actual &&
	test_cmp json.expect actual &&
	git-d1 diff --json=lines ./keyless-old ./keyless-new >out &&
	head -n 3 out >actual &&
	test_cmp lines.expect actual &&
	git-d1 diff --json ./keys-old ./keys-old >out &&
	test_must_fail grep "\"op\"" out &&
	grep "\"unchanged\":6" out
'

test_expect_success '--full-row shows what did not change as context' '
	git-d1 diff --full-row --key=2 ./wide-old ./wide-new >out &&
	test_line out " c50: 2" &&
	test $(grep -c "^ c" out) = 97
'

test_expect_success '-R swaps the sides' '
	git-d1 diff -R ./keys-old ./keys-new >actual &&
	git-d1 diff ./keys-new ./keys-old >expect &&
	test_cmp expect actual &&
	test_line actual "--- ./keys-new" &&
	test_line actual "@@ - a=2 b='\''b'\'' @@"
'

test_expect_success '--exit-code and --quiet' '
	git-d1 diff ./keys-old ./keys-new >out &&
	git-d1 diff --exit-code ./keys-old ./keys-old >out &&
	test_must_be_empty out &&
	test_expect_exit 1 git-d1 diff --exit-code ./keys-old ./keys-new >out &&
	test_cmp keys.diff out &&
	test_expect_exit 1 git-d1 diff --quiet ./keys-old ./keys-new >out &&
	test_must_be_empty out &&
	git-d1 diff --quiet ./keys-old ./keys-old >out &&
	test_must_be_empty out
'

test_expect_success 'one output at a time' '
	test_expect_exit 129 git-d1 diff --stat --json ./keys-old ./keys-new >out &&
	test_must_be_empty out
'

test_expect_success '--color=always colours, and nothing else changes' '
	git-d1 diff --color=always ./keys-old ./keys-new >colored &&
	esc=$(printf "\033") &&
	sed "s/$esc\[[0-9;]*m//g" colored >actual &&
	test_cmp keys.diff actual &&
	test_line colored "$esc[1mdiff --d1 composite$esc[m" &&
	test_line colored "$esc[31m-v: 3$esc[m" &&
	test_line colored "$esc[32m+v: 30$esc[m" &&
	git-d1 diff --color=always --no-color ./keys-old ./keys-new >actual &&
	test_cmp keys.diff actual
'

# ---- which rows ----

test_expect_success '-- TABLE...' '
	git-d1 diff --name-only ./keys-old ./keys-new -- NOCASE mixed >actual &&
	printf "%s\n" mixed nocase >expect &&
	test_cmp expect actual
'

test_expect_success '--where' '
	git-d1 diff --numstat --where="v > 2" ./keys-old ./keys-new \
		-- mixed >actual &&
	printf "1\t1\t0\tmixed\n" >expect &&
	test_cmp expect actual &&
	git-d1 diff --numstat --where="v = 3" ./keys-old ./keys-new \
		-- mixed >actual &&
	printf "0\t0\t1\tmixed\n" >expect &&
	test_cmp expect actual &&
	git-d1 diff --where="msg = '\'';'\'' OR msg = '\''(--'\''" \
		./keyless-old ./keyless-new -- log >actual &&
	test_must_be_empty actual
'

test_expect_success '--key' '
	git-d1 diff --key="2,a" ./keys-old ./keys-new -- mixed >out &&
	grep "^@@" out >actual &&
	echo "@@ ~ a=2 b='\''a'\'' @@" >expect &&
	test_cmp expect actual &&
	git-d1 diff --key="2,'\''b'\''" ./keys-old ./keys-new -- mixed >out &&
	test_line out "@@ + a=2 b='\''b'\'' @@" &&
	git-d1 diff --exit-code --key="3,z" ./keys-old ./keys-new -- mixed &&
	git-d1 diff --key=ABC ./keys-old ./keys-new -- nocase >out &&
	test_line out "@@ ~ name='\''Abc'\'' @@"
'

# ---- configuration ----

cat >natural.sql <<\EOF
CREATE TABLE lines(id INTEGER PRIMARY KEY, city TEXT, ref TEXT, color TEXT);
-- old
INSERT INTO lines VALUES(1, 'berlin', 'M44', 'red'), (2, 'berlin', 'N97', 'blue');
-- new
INSERT INTO lines VALUES(7, 'berlin', 'N97', 'blue'), (8, 'berlin', 'M44', 'green');
EOF
cat >natural.expect <<\EOF
diff --d1 shop/lines
key city, ref
--- ./natural-old
+++ shop/local
@@ ~ city='berlin' ref='M44'  color='red' @@
-color: 'red'
+color: 'green'
EOF

test_expect_success 'set up a project' '
	pair natural &&
	git init -q project &&
	make_wrangler_project project &&
	project=$(local_database project) &&
	cp natural-new "$project" &&
	cp natural-old project/
'

test_expect_success 'table.<name>.key: a natural key in place of an id' '
	git -C project config -f .d1config table.lines.key city,ref &&
	git-d1 -C project diff ./natural-old local >actual &&
	test_cmp natural.expect actual
'

test_expect_success 'a natural key that is not unique is refused' '
	test_when_finished "git -C project config -f .d1config table.lines.key city,ref" &&
	git -C project config -f .d1config table.lines.key city &&
	test_expect_exit 3 git-d1 -C project diff ./natural-old local >out &&
	test_must_be_empty out &&
	grep "^error: .*table '\''lines'\'' is not unique in .*city='\''berlin'\''" err &&
	grep "^hint: " err
'

test_expect_success 'a natural key of a column that is not there' '
	test_when_finished "git -C project config -f .d1config table.lines.key city,ref" &&
	git -C project config -f .d1config table.lines.key town &&
	test_expect_exit 129 git-d1 -C project diff ./natural-old local >out &&
	test_must_be_empty out &&
	grep "names the column '\''town'\''" err
'

test_expect_success 'a natural key may not hide what a child refers to' '
	test_when_finished "cp natural-new \"\$project\"" &&
	sqlite3 "$project" "CREATE TABLE stops(line REFERENCES lines(id))" &&
	test_expect_exit 3 git-d1 -C project diff ./natural-old local >out &&
	test_must_fail grep "diff --d1 shop/lines" out &&
	grep "stops" err &&
	grep "^hint: .*excludeTables" err
'

test_expect_success 'ignoreColumns, excludeTables and tables' '
	test_when_finished "rm project/.d1config" &&
	git -C project config -f .d1config table.lines.ignoreColumns "col*" &&
	git-d1 -C project diff --exit-code ./natural-old local &&
	git -C project config -f .d1config --unset table.lines.ignoreColumns &&
	test_expect_exit 1 git-d1 -C project diff --quiet ./natural-old local &&
	git -C project config -f .d1config d1.excludeTables "lin*" &&
	git-d1 -C project diff --exit-code ./natural-old local >out &&
	test_must_be_empty out &&
	test_expect_exit 1 git-d1 -C project diff --quiet ./natural-old local -- lines &&
	git -C project config -f .d1config d1.excludeTables "" &&
	git -C project config -f .d1config d1.tables "other" &&
	git-d1 -C project diff --exit-code ./natural-old local
'

test_expect_success 'a change of a masked column shows, its values do not' '
	test_when_finished "rm project/.d1config" &&
	git-d1 -C project diff ./natural-old local >plain &&
	git -C project config -f .d1config table.lines.maskColumns color &&
	git-d1 -C project diff ./natural-old local >out &&
	test_must_fail grep -w -e red -e blue -e green out &&
	sed "/^[-+ ]color: /s/: .*/: ?/" plain >expect &&
	grep "color: ?" expect &&
	sed "s/: .masked-[0-9a-f]\{64\}.$/: ?/" out >actual &&
	test_cmp expect actual
'

# ---- where ----

test_expect_success 'two files, outside any repository and without HOME' '
	mkdir alone &&
	cp keys-old keys-new alone/ &&
	(
		cd alone &&
		env -i PATH="$PATH" git-d1 diff ./keys-old ./keys-new
	) >actual &&
	test_cmp keys.diff actual &&
	(
		cd alone &&
		env -i PATH=/nonexistent "$TOP_BUILDDIR/git-d1" diff \
			keys-old keys-new
	) >actual &&
	sed "s,^\(---\|+++\) ./,\1 ," keys.diff >expect &&
	test_cmp expect actual
'

test_expect_success 'the files are not changed, and nothing is left beside them' '
	cksum alone/* >before &&
	chmod a-w alone alone/* &&
	test_when_finished "chmod u+w alone" &&
	git-d1 diff ./alone/keys-old ./alone/keys-new >out &&
	cksum alone/* >after &&
	test_cmp before after
'

test_expect_success 'rows that stand in the write-ahead log only are seen' '
	cp natural-new wal &&
	mkfifo hold &&
	{
		sqlite3 -bail wal <hold >wal.out &
	} &&
	exec 8>hold &&
	echo "PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0;
		UPDATE lines SET color = '\''wal'\'' WHERE id = 7;
		SELECT '\''done'\'';" >&8 &&
	until grep -q done wal.out
	do
		sleep 0.1
	done &&
	git-d1 diff ./natural-new ./wal >out &&
	exec 8>&- &&
	wait &&
	test_line out "+color: '\''wal'\''"
'

test_expect_success 'in GitHub Actions no value is a command' '
	sqlite3 commands-a "CREATE TABLE t(id INTEGER PRIMARY KEY, v);
		INSERT INTO t VALUES(1, char(10) || \"::error::x\" || char(10))" &&
	sqlite3 commands-b "CREATE TABLE t(id INTEGER PRIMARY KEY, v)" &&
	GITHUB_ACTIONS=true git-d1 diff commands-a commands-b | cat >out &&
	token=$(sed -n "1s/^::stop-commands::\([0-9a-f]\{32\}\)$/\1/p" out) &&
	test -n "$token" &&
	test "$(tail -n 1 out)" = "::$token::" &&
	git-d1 diff commands-a commands-b >expect &&
	sed "1d; \$d" out >actual &&
	test_cmp expect actual &&
	GITHUB_ACTIONS=true git-d1 diff commands-a commands-b >actual &&
	test_cmp expect actual
'

test_done
