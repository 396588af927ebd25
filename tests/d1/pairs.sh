# Shell functions for tests that bring remote databases from one state to
# another. POSIX sh; to be sourced after lib.sh and standin.sh.

PROPERTY=$TOP_BUILDDIR/tests/property/t-property

# Sets skip_all if something is lacking.
pairs_skip () {
	if ! test_have_prereq SQLITE3
	then
		skip_all='needs the sqlite3 program'
	elif ! test -x "$PROPERTY"
	then
		skip_all='needs t-property, which make check builds'
	elif ! standin_installed
	then
		skip_all='needs "npm ci --prefix tests/d1"'
	fi
}

names=

# database NAME: the remote one of that name holds what the SQL on standard
# input says before a line "--"; NAME.sqlite has what follows, too.
database () {
	names="$names $1" &&
	file=$(local_database remote id-$1) &&
	mkdir -p "$(dirname "$file")" &&
	cat >$1.sql &&
	sed '/^--$/,$d' $1.sql | sqlite3 -bail "$file" &&
	sed '/^--$/d' $1.sql | sqlite3 -bail $1.sqlite
}

# random_database SEED: the same for a pair made by chance.
random_database () {
	names="$names seed$1" &&
	file=$(local_database remote id-seed$1) &&
	mkdir -p pair &&
	"$PROPERTY" --write $1 pair &&
	mv pair/old.sqlite "$file" &&
	mv pair/new.sqlite seed$1.sqlite
}

make_config () {
	{
		echo '{ "name": "worker", "d1_databases": [' &&
		for name in $names
		do
			echo "{ \"binding\": \"B_$name\"," \
				"\"database_name\": \"$name\"," \
				"\"database_id\": \"id-$name\" },"
		done &&
		echo '] }'
	} >wrangler.jsonc
}

# start [OPTION...]: the stand-in with all of them, and options as of server.mjs.
start () {
	for name in $names
	do
		set -- "$@" --database $name=id-$name
	done
	standin_start --persist remote/.wrangler/state --splitter production "$@"
}

# hard_database: "hard" has values that a careless writer would change, in
# columns of all affinities, and
# tables of all kinds.
hard_database () {
	database hard <<\EOF
CREATE TABLE hard(n INTEGER PRIMARY KEY, v, i INTEGER, r REAL, t TEXT, b BLOB,
	m NUMERIC);
INSERT INTO hard(v) VALUES (NULL), (''), (x''), ('0'), (0), (0.0), (-0.0), (1),
	(1.0), ('1'), (0.1), (9223372036854775807), (-9223372036854775807 - 1),
	(9007199254740993), (4.9406564584124654e-324),
	(2.2250738585072009e-308), (1.7976931348623157e308), (9e999), (-9e999),
	(0.1 + 0.2), ('a '), (CAST(x'6100' AS TEXT)),
	(CAST(x'61006200' AS TEXT)), (CAST(x'00' AS TEXT)),
	(CAST(x'ff' AS TEXT)), (CAST(x'61c3' AS TEXT)),
	(CAST(x'efbfbd' AS TEXT)), (CAST(x'c080' AS TEXT)),
	(CAST(x'eda080edb080' AS TEXT)), (CAST(x'efbbbf61' AS TEXT)),
	(CAST(x'f09f9880' AS TEXT)), (x'00ff'), (char(10)), (char(13, 10)),
	('a' || char(10) || 'b'), (char(8238)), (char(8232)), ('it''s'),
	('"?1;\u0041'), (hex(zeroblob(100000))), (zeroblob(500000)),
	(zeroblob(0));
UPDATE hard SET i = v, r = v, t = v, b = v, m = v WHERE n NOT IN (40, 41);
UPDATE hard SET t = v WHERE n = 40;
UPDATE hard SET b = v WHERE n = 41;
CREATE TABLE composite(a TEXT, b INTEGER, v, PRIMARY KEY(a, b));
INSERT INTO composite VALUES('a', 1, 1), ('b', 1, 2), ('a', 2, 3),
	(NULL, 1, 4), (NULL, 1, 4);
CREATE TABLE folded(k TEXT COLLATE NOCASE PRIMARY KEY NOT NULL, v);
INSERT INTO folded VALUES('a', 1), ('B', 2), ('c', 3), ('É', 4), ('_', 5);
CREATE TABLE trimmed(k TEXT COLLATE RTRIM PRIMARY KEY NOT NULL, v);
INSERT INTO trimmed VALUES('a ', 1), ('b', 2);
CREATE TABLE down(a INTEGER NOT NULL, b TEXT NOT NULL, v,
	PRIMARY KEY(a DESC, b)) WITHOUT ROWID;
INSERT INTO down VALUES(1, 'x', 1), (1, 'y', 2), (2, 'x', 3), (-5, '', 4);
CREATE TABLE bag(a, b);
INSERT INTO bag VALUES(1, 'a'), (1, 'a'), (1.0, 'a'), (NULL, x'00'),
	(-0.0, 1), (0.0, 1), ('A', NULL), ('a', NULL);
CREATE TABLE "select ""it's"""("a b" TEXT PRIMARY KEY NOT NULL, "日本", "rowid");
INSERT INTO "select ""it's""" VALUES('k', 1, 2), ('l', NULL, NULL);
CREATE TABLE made(id INTEGER PRIMARY KEY, n INTEGER, d INTEGER AS (n * 2),
	s TEXT AS (n || 'x') STORED);
INSERT INTO made(id, n) VALUES(1, 1), (2, 2);
CREATE TABLE tight(id INTEGER PRIMARY KEY, a ANY, r REAL, b BLOB) STRICT;
INSERT INTO tight VALUES(1, '1', 1, x'00'), (2, 1, 2.5, NULL);
CREATE TABLE auto(id INTEGER PRIMARY KEY AUTOINCREMENT, v);
INSERT INTO auto(v) VALUES(1), (2), (3);
CREATE VIRTUAL TABLE words USING fts5(body);
INSERT INTO words VALUES('one'), ('two'), ('three');
CREATE VIEW seen AS SELECT 1;
--
CREATE TEMP TABLE before AS SELECT * FROM hard;
UPDATE hard SET (v, i, r, t, b, m) = (SELECT v, i, r, t, b, m FROM before
	WHERE before.n = hard.n % (SELECT max(n) FROM hard) + 1);
INSERT INTO hard SELECT n + 100, v, i, r, t, b, m FROM before;
UPDATE composite SET v = 1.0 WHERE a = 'a' AND b = 1;
INSERT INTO composite VALUES(NULL, 1, 4), ('', 0, '');
UPDATE folded SET k = 'A' WHERE k = 'a';
INSERT INTO folded VALUES('é', 6);
UPDATE trimmed SET k = 'a' WHERE v = 1;
DELETE FROM down WHERE v = 2;
UPDATE down SET v = 33 WHERE v = 3;
DELETE FROM bag WHERE rowid = 1;
DELETE FROM bag WHERE a = 'A' OR atan2(a, -1) < 0;
INSERT INTO bag VALUES(1.0, 'a'), (7, 7), (7, 7), (7, 7);
UPDATE "select ""it's""" SET "日本" = 1.0 WHERE "a b" = 'k';
DELETE FROM "select ""it's""" WHERE "a b" = 'l';
UPDATE made SET n = 3 WHERE id = 2;
INSERT INTO made(id, n) VALUES(9, 9);
UPDATE tight SET a = 1, b = x'ff' WHERE id = 1;
DELETE FROM auto WHERE id = 2;
INSERT INTO auto VALUES(100, 'x');
UPDATE words SET body = 'zwei' WHERE rowid = 2;
DELETE FROM words WHERE rowid = 1;
INSERT INTO words(rowid, body) VALUES(77, 'drei');
EOF
}
