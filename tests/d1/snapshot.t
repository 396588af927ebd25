#!/bin/sh

test_description='real wrangler loads the files of a snapshot

What is not tried, because it cannot work: a statement of more than 100,000
bytes, which D1 refuses (a row whose line is longer), and R-Tree tables, which
D1 does not have.'

. "$(dirname "$0")/setup.sh"

# git-d1 itself lies in the build tree.
PATH=${TOP_BUILDDIR:-$STANDIN_SRCDIR/../..}:$PATH
GIT_CONFIG_NOSYSTEM=1
export PATH GIT_CONFIG_NOSYSTEM

if ! command -v sqlite3 >/dev/null
then
	skip_all='needs the sqlite3 program'
	test_done
fi

# load FILE...: all of them as one file.
load () {
	cat "$@" >all.sql &&
	wrangler d1 execute shop --local --yes --file all.sql
}

cat >source.sql <<\EOF
CREATE TABLE hard(n INTEGER PRIMARY KEY, v);
INSERT INTO hard(v) VALUES (NULL), (''), (x''), (' '), ('0'), (0), (0.0),
	(-0.0), (x'30'), ('0.0'), (1), (1.0), ('1'), (0.1), ('0.1'),
	(9223372036854775807), (-9223372036854775807 - 1),
	(9223372036854775808.0), (-9223372036854775808.0),
	(9007199254740993), (9007199254740992.0),
	(4.9406564584124654e-324), (2.2250738585072009e-308),
	(1.7976931348623157e308), (9e999), (-9e999), (0.3), (0.1 + 0.2),
	('a'), ('A'), ('a '), (CAST(x'6100' AS TEXT)),
	(CAST(x'610063' AS TEXT)), (CAST(x'00' AS TEXT)),
	(CAST(x'ff' AS TEXT)), (CAST(x'efbfbd' AS TEXT)),
	(CAST(x'eda080edb080' AS TEXT)), (CAST(x'efbbbf61' AS TEXT)),
	('NULL'), ('x''00'''), (x'00'), ('\n'), (char(10)), (char(13)),
	(char(13, 10)), (char(9)), ('it''s'), ('it''''s'), (char(8238)),
	(char(8232)), ('replace(''\n'',''\n'',char(10))'), (char(1)),
	(char(127)), ('a' || char(10) || 'b\nc'), (');'), ('); DROP TABLE t'),
	('line one' || char(10) || 'line two' || char(10)), ('-- no comment'),
	('/* none'), ('*/'), ('"'), ('`'), ('['), ('BEGIN; END;'), ('$1 ?1 :a'),
	('begin transaction'), (char(1, 2, 3, 4, 5, 6, 7, 8, 11)),
	(zeroblob(40000)), (printf('%.*c', 90000, 'x')), ('日本語 😀');
CREATE TABLE nullable(a TEXT, b INT, v, PRIMARY KEY(a, b));
INSERT INTO nullable VALUES ('b', 2, 1), ('b', NULL, 2), (NULL, 9, 4),
	(NULL, NULL, 5), (NULL, NULL, 5);
CREATE TABLE "odd ""name"", [x]%é; --"("a ""b""" INTEGER PRIMARY KEY, "c;d", "ö" TEXT);
INSERT INTO "odd ""name"", [x]%é; --" VALUES (1, 'c', 'ö');
CREATE TABLE computed(id INTEGER PRIMARY KEY AUTOINCREMENT, a INT,
	twice AS (a * 2), b TEXT DEFAULT (';'), both TEXT AS (a || b) STORED);
INSERT INTO computed(a, b) VALUES (1, 'x'), (2, 'y');
CREATE TABLE child(id INTEGER PRIMARY KEY, parent INT REFERENCES node(id)
	ON DELETE CASCADE);
CREATE TABLE node(id INTEGER PRIMARY KEY, next INT REFERENCES node(id));
INSERT INTO node VALUES (1, 2), (2, 1);
INSERT INTO child VALUES (1, 2), (2, NULL);
CREATE VIRTUAL TABLE pages USING fts5(title, body);
INSERT INTO pages(rowid, title, body) VALUES (7, 'one', 'text'), (3, 'two', 'it''s');
CREATE TABLE empty(id INTEGER PRIMARY KEY, v);
CREATE TABLE strict(id INT PRIMARY KEY NOT NULL, r REAL, a ANY) STRICT, WITHOUT ROWID;
INSERT INTO strict VALUES (2, 1, '1'), (1, 2.5, 1);
CREATE INDEX child_parent ON child(parent) WHERE parent IS NOT NULL;
CREATE VIEW upper_view AS SELECT upper(v) AS v, '; -- ' AS t FROM hard;
CREATE TABLE audit(id INTEGER PRIMARY KEY, what TEXT);
CREATE TRIGGER node_insert AFTER INSERT ON node BEGIN
	INSERT INTO audit(what) VALUES ('insert; ' || new.id);
	UPDATE audit SET what = CASE WHEN what IS NULL THEN 'x' ELSE what END;
END;
EOF

test_expect_success 'a snapshot of all kinds of tables' '
	git init -q &&
	cat >wrangler.toml <<-\EOF &&
	name = "shop-worker"
	compatibility_date = "2026-04-01"

	[[d1_databases]]
	binding = "DB"
	database_name = "shop"
	database_id = "11111111-2222-3333-4444-555555555555"
	EOF
	sqlite3 -bail source.sqlite <source.sql &&
	for table in hard nullable computed child node pages empty strict audit
	do
		git config -f .d1config table.$table.track true || return 1
	done &&
	git config -f .d1config "table.odd \"name\", [x]%é; --.track" true &&
	git-d1 snapshot ./source.sqlite >out &&
	grep "12 files changed, 8[0-9] rows of 10 tables" out
'

test_expect_success 'wrangler d1 execute --file takes all files, in their order' '
	load d1/shop/schema.sql d1/shop/data/*.sql d1/shop/triggers.sql
'

test_expect_success 'what it made is what was kept, byte for byte' '
	git-d1 diff --exit-code ./source.sqlite local >differences &&
	git-d1 diff --exit-code snapshot local >differences &&
	git-d1 snapshot --check >actual &&
	echo "d1/shop is up to date" >expect &&
	test_cmp expect actual
'

test_expect_success 'no trigger fired while rows were loaded' '
	wrangler d1 execute shop --local --json \
		--command "SELECT count(*) AS n FROM audit" &&
	grep "\"n\": 0" out
'

test_expect_success 'loaded once more it fails, and nothing changes' '
	test_must_fail load d1/shop/data/node.sql d1/shop/data/nullable.sql &&
	git-d1 diff --exit-code ./source.sqlite local >differences
'

# Each call is a transaction, at whose end foreign keys have to hold.
test_expect_success 'file by file it goes where parents come first' '
	rm -rf .wrangler &&
	load d1/shop/schema.sql &&
	test_must_fail load d1/shop/data/child.sql &&
	grep "FOREIGN KEY constraint failed" out err &&
	load d1/shop/data/node.sql &&
	load d1/shop/data/child.sql &&
	git-d1 diff --exit-code snapshot local -- node child
'

test_done
