#!/bin/sh

test_description='git d1 textconv: SQLite files in git diff and git log'

. "$(dirname "$0")/lib.sh"

test_needs sqlite3

# replace_sql SQL: writes the file shop.sqlite anew.
replace_sql () {
	rm -f shop.sqlite &&
	sqlite3 shop.sqlite "$1"
}

SCHEMA="CREATE TABLE users(id INTEGER PRIMARY KEY, email TEXT, name TEXT);
	CREATE INDEX by_name ON users(name);
	CREATE TABLE log(level, \"x y\");"

test_expect_success 'a repository with a database' '
	git init -q repo &&
	cd repo &&
	cat >wrangler.json <<-\EOF &&
	{ "d1_databases": [ { "binding": "DB", "database_name": "shop",
		"database_id": "1" } ] }
	EOF
	echo .wrangler >.gitignore &&
	git-d1 init >out 2>../err &&
	test_must_be_empty ../err &&
	rm out &&
	replace_sql "$SCHEMA
		INSERT INTO users VALUES(2,'\''b@example.com'\'','\''Bob'\''),
			(1,NULL,'\''Ada'\'');
		INSERT INTO log VALUES(2,1.5),(1,x'\''00ff'\''),(1,x'\''00ff'\'');" &&
	git add -A &&
	test_tick &&
	git commit -q -m one
'

test_expect_success 'definitions, then rows in the order of the key' '
	cat >expected <<-\EOF &&
	CREATE TABLE log(level, "x y");
	CREATE INDEX by_name ON users(name);
	CREATE TABLE users(id INTEGER PRIMARY KEY, email TEXT, name TEXT);
	-- table "log" (level, "x y")
	INSERT INTO "log" VALUES(1,x'\''00ff'\'');
	INSERT INTO "log" VALUES(1,x'\''00ff'\'');
	INSERT INTO "log" VALUES(2,1.5);
	-- table "users" (id, email, name) key id
	INSERT INTO "users" VALUES(1,NULL,'\''Ada'\'');
	INSERT INTO "users" VALUES(2,'\''b@example.com'\'','\''Bob'\'');
	EOF
	git-d1 textconv shop.sqlite >actual 2>../err &&
	test_cmp expected actual &&
	test_must_be_empty ../err &&
	cp shop.sqlite ../before &&
	git-d1 textconv -- shop.sqlite >actual &&
	test_cmp expected actual &&
	cmp shop.sqlite ../before &&
	ls shop.sqlite* >files &&
	echo shop.sqlite >expected &&
	test_cmp expected files &&
	rm -f files expected actual
'

test_expect_success 'git diff shows rows' '
	sqlite3 shop.sqlite "UPDATE users SET name = '\''Ada L.'\'' WHERE id = 1;
		DELETE FROM users WHERE id = 2; INSERT INTO log VALUES(3, '\''new
	line'\'')" &&
	git diff >../out 2>../err &&
	test_must_be_empty ../err &&
	sed -n "/^@@/,\$p" ../out >../actual &&
	cat >../expected <<-\EOF &&
	@@ -5,6 +5,6 @@ CREATE TABLE users(id INTEGER PRIMARY KEY, email TEXT, name TEXT);
	 INSERT INTO "log" VALUES(1,x'\''00ff'\'');
	 INSERT INTO "log" VALUES(1,x'\''00ff'\'');
	 INSERT INTO "log" VALUES(2,1.5);
	+INSERT INTO "log" VALUES(3,replace('\''new\n	line'\'','\''\n'\'',char(10)));
	 -- table "users" (id, email, name) key id
	-INSERT INTO "users" VALUES(1,NULL,'\''Ada'\'');
	-INSERT INTO "users" VALUES(2,'\''b@example.com'\'','\''Bob'\'');
	+INSERT INTO "users" VALUES(1,NULL,'\''Ada L.'\'');
	EOF
	sed "s/^@@.*/@@/" ../actual >../actual.rows &&
	sed "s/^@@.*/@@/" ../expected >../expected.rows &&
	test_cmp ../expected.rows ../actual.rows
'

test_expect_success 'a file that was only vacuumed shows no rows' '
	git commit -q -a -m two &&
	sqlite3 shop.sqlite "PRAGMA page_size=8192; VACUUM" &&
	! git diff --quiet --no-textconv &&
	git diff >../out &&
	! grep "^[-+]" ../out &&
	git checkout -q shop.sqlite
'

test_expect_success 'git log -p goes past a file that is none' '
	echo "this is no database" >shop.sqlite &&
	test_tick &&
	git commit -q -a -m broken &&
	dd if=/dev/zero of=shop.sqlite bs=512 count=3 2>/dev/null &&
	test_tick &&
	git commit -q -a -m zeros &&
	replace_sql "$SCHEMA" &&
	test_tick &&
	git commit -q -a -m three &&
	blob=$(git rev-parse HEAD~2:shop.sqlite) &&
	git log -p --format="commit %s" -- shop.sqlite >../out 2>../err &&
	test_must_be_empty ../err &&
	grep "^commit" ../out >../actual &&
	printf "commit %s\n" three zeros broken two one >../expected &&
	test_cmp ../expected ../actual &&
	test_line ../out "+(not a database: cannot read the schema: '\''shop.sqlite'\'' is not a SQLite database; 20 bytes, blob $blob)" &&
	git show HEAD~3 >../out &&
	grep "^+INSERT INTO \"users\" VALUES(1,NULL,.Ada L\\..);" ../out
'

test_expect_success 'two files that are none do not look alike' '
	echo aaaa >a.sqlite &&
	echo bbbb >b.sqlite &&
	git-d1 textconv a.sqlite >../a 2>../err &&
	git-d1 textconv b.sqlite >../b &&
	test_must_be_empty ../err &&
	! cmp ../a ../b &&
	rm a.sqlite b.sqlite
'

test_expect_success 'what is damaged in the middle is shown as far as it goes' '
	replace_sql "CREATE TABLE a(id INTEGER PRIMARY KEY, t);
		CREATE TABLE b(id INTEGER PRIMARY KEY);
		INSERT INTO b VALUES(7);
		WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n
			WHERE i < 300)
		INSERT INTO a SELECT i, hex(zeroblob(100)) FROM n;" &&
	pages=$(($(wc -c <shop.sqlite) / 4096)) &&
	head -c 4096 /dev/zero | tr "\0" "\377" |
		dd of=shop.sqlite bs=4096 seek=$((pages - 3)) conv=notrunc \
			iflag=fullblock 2>/dev/null &&
	git-d1 textconv shop.sqlite >../out 2>../err &&
	test_must_be_empty ../err &&
	grep "^INSERT INTO \"a\" VALUES(1," ../out &&
	grep "^(not readable from here on: the database .shop.sqlite. is damaged: .*; [0-9]* bytes, blob [0-9a-f]*)\$" ../out &&
	test_line ../out "INSERT INTO \"b\" VALUES(7);" &&
	! grep "VALUES(300," ../out
'

test_expect_success 'files of other kinds are no failure' '
	>empty.sqlite &&
	mkdir folder.sqlite &&
	mkfifo pipe.sqlite &&
	echo "(a database without tables)" >../expected &&
	git-d1 textconv empty.sqlite >../actual &&
	test_cmp ../expected ../actual &&
	for file in folder.sqlite pipe.sqlite /dev/null missing.sqlite
	do
		git-d1 textconv $file >../actual </dev/null &&
		grep "^(not a database: .*)\$" ../actual || return 1
	done &&
	rm -r empty.sqlite folder.sqlite pipe.sqlite &&
	test_expect_exit 129 git-d1 textconv 2>../out &&
	test_expect_exit 129 git-d1 textconv a b 2>../out &&
	rm -f err
'

test_expect_success 'masked columns are not shown, of whatever database' '
	replace_sql "$SCHEMA
		INSERT INTO users VALUES(1,'\''secret@example.com'\'','\''Ada'\''),
			(2,NULL,'\''hidden'\'');" &&
	cat >.d1config <<-\EOF &&
	[table "other/USERS"]
		maskColumns = EM*
	[table "u*"]
		ignoreColumns = name
	[d1]
		excludeTables = shop/log
	EOF
	cat >../expected <<-\EOF &&
	CREATE TABLE log(level, "x y");
	CREATE INDEX by_name ON users(name);
	CREATE TABLE users(id INTEGER PRIMARY KEY, email TEXT, name TEXT);
	-- table "log" is not shown: the configuration leaves it out
	-- table "users" (id, email) key id [masked email]
	INSERT INTO "users"("id","email") VALUES(1,'\''masked'\'');
	INSERT INTO "users"("id","email") VALUES(2,NULL);
	EOF
	git-d1 textconv shop.sqlite >../actual &&
	test_cmp ../expected ../actual &&
	git diff >../out &&
	! grep -e secret -e hidden ../out
'

test_expect_success 'a key can be masked and ignored here' '
	replace_sql "CREATE TABLE s(token TEXT PRIMARY KEY, n);
		INSERT INTO s VALUES('\''bbb-secret'\'',1),('\''aaa-secret'\'',2),
			(NULL,3);" &&
	printf "[table \"s\"]\n\tmaskColumns = token\n" >.d1config &&
	git-d1 textconv shop.sqlite >../actual &&
	cat >../expected <<-\EOF &&
	CREATE TABLE s(token TEXT PRIMARY KEY, n);
	-- table "s" (token, n) key token [masked token]
	INSERT INTO "s" VALUES('\''masked'\'',2);
	INSERT INTO "s" VALUES('\''masked'\'',1);
	INSERT INTO "s" VALUES(NULL,3);
	EOF
	test_cmp ../expected ../actual &&
	printf "[table \"s\"]\n\tignoreColumns = token\n" >.d1config &&
	git-d1 textconv shop.sqlite >../actual &&
	cat >../expected <<-\EOF &&
	CREATE TABLE s(token TEXT PRIMARY KEY, n);
	-- table "s" (n) key token
	INSERT INTO "s"("n") VALUES(2);
	INSERT INTO "s"("n") VALUES(1);
	INSERT INTO "s"("n") VALUES(3);
	EOF
	test_cmp ../expected ../actual &&
	printf "[table \"s\"]\n\tignoreColumns = *\n" >.d1config &&
	git-d1 textconv shop.sqlite >../actual &&
	test_line ../actual "-- table \"s\" is not shown: no column of it is"
'

test_expect_success 'what is masked is not guessed if it is not known' '
	printf "[table \"s\"\n" >.d1config &&
	git-d1 textconv shop.sqlite >../actual &&
	grep "^(not shown: .*\\.d1config.* line 2 is not in the syntax of git config; " ../actual &&
	! grep secret ../actual &&
	rm .d1config &&
	git clone -q --bare . ../bare.git &&
	cp shop.sqlite ../bare.git &&
	(cd ../bare.git && git-d1 textconv shop.sqlite >../actual 2>../err) &&
	grep "^(not shown: without a worktree it is not known what .d1config masks; " ../actual &&
	! grep secret ../actual
'

test_expect_success 'outside of a repository all is shown' '
	mkdir ../outside &&
	cp shop.sqlite ../outside &&
	(cd ../outside && git-d1 textconv shop.sqlite >../actual) &&
	test_line ../actual "INSERT INTO \"s\" VALUES('\''aaa-secret'\'',2);"
'

test_expect_success 'tables of all kinds, and generated columns' '
	replace_sql "
		CREATE TABLE g(a INTEGER PRIMARY KEY, b AS (a + 1), c);
		INSERT INTO g(a, c) VALUES(1, 2);
		CREATE VIRTUAL TABLE docs USING fts5(body);
		INSERT INTO docs VALUES('\''hello'\'');
		CREATE VIRTUAL TABLE found USING fts5(body, content=docs);
		CREATE VIEW v AS SELECT 1 AS one;
		CREATE TRIGGER t AFTER INSERT ON g BEGIN
			SELECT 1;
		END;
		CREATE TABLE n(k TEXT COLLATE NOCASE PRIMARY KEY) WITHOUT ROWID;
		INSERT INTO n VALUES('\''b'\''),('\''A'\''),('\''C'\'');
		CREATE TABLE _cf_KV(key, value);
		CREATE TABLE d1_migrations(id INTEGER PRIMARY KEY, name);
		INSERT INTO d1_migrations VALUES(1,'\''0001.sql'\'');" &&
	cat >../expected <<-\EOF &&
	CREATE TABLE d1_migrations(id INTEGER PRIMARY KEY, name);
	CREATE VIRTUAL TABLE docs USING fts5(body);
	CREATE VIRTUAL TABLE found USING fts5(body, content=docs);
	CREATE TABLE g(a INTEGER PRIMARY KEY, b AS (a + 1), c);
	CREATE TRIGGER t AFTER INSERT ON g BEGIN
				SELECT 1;
			END;
	CREATE TABLE n(k TEXT COLLATE NOCASE PRIMARY KEY) WITHOUT ROWID;
	CREATE VIEW v AS SELECT 1 AS one;
	-- table "d1_migrations" (id, name) key id
	INSERT INTO "d1_migrations" VALUES(1,'\''0001.sql'\'');
	-- table "docs" (rowid, body) key rowid
	INSERT INTO "docs"("rowid","body") VALUES(1,'\''hello'\'');
	-- table "g" (a, c) key a
	INSERT INTO "g"("a","c") VALUES(1,2);
	-- table "n" (k) key k
	INSERT INTO "n" VALUES('\''A'\'');
	INSERT INTO "n" VALUES('\''b'\'');
	INSERT INTO "n" VALUES('\''C'\'');
	EOF
	git-d1 textconv shop.sqlite >../out &&
	sed "s/^\t*//" ../out >../actual &&
	sed "s/^\t*//" ../expected >../expected.flat &&
	test_cmp ../expected.flat ../actual
'

test_expect_success 'nothing in a file drives the terminal' '
	escape=$(printf "\033[31m") &&
	replace_sql "CREATE TABLE \"t$escape\"(\"c$escape\" DEFAULT '\''$escape'\'');
		INSERT INTO \"t$escape\" VALUES('\''$escape'\'');" &&
	git-d1 textconv shop.sqlite >../actual &&
	! grep "$(printf "\033")" ../actual &&
	cat >../expected <<-\EOF &&
	CREATE TABLE "t\033[31m"("c\033[31m" DEFAULT '\''\033[31m'\'');
	-- table "t\033[31m" ("c\033[31m")
	INSERT INTO "t\033[31m" VALUES(replace('\''\u{1B}[31m'\'','\''\u{1B}'\'',char(27)));
	EOF
	test_cmp ../expected ../actual
'

test_expect_success 'a log beside a file of the worktree is read' '
	rm -f shop.sqlite* &&
	{
		echo "PRAGMA journal_mode=WAL; CREATE TABLE w(a);" &&
		echo "INSERT INTO w VALUES(1);" &&
		echo ".shell git-d1 textconv shop.sqlite >../actual"
	} | sqlite3 shop.sqlite >../out &&
	test_line ../actual "INSERT INTO \"w\" VALUES(1);"
'

test_expect_success 'memory does not grow with the table' '
	replace_sql "CREATE TABLE big(id INTEGER PRIMARY KEY, t);
		WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n
			WHERE i < 50000)
		INSERT INTO big SELECT i, hex(zeroblob(1500)) FROM n;" &&
	git-d1 textconv shop.sqlite >../expected &&
	test "$(wc -l <../expected)" = 50002 &&
	test "$(wc -c <../expected)" -gt 150000000 &&
	# what sanitizers reserve is more than that
	if (ulimit -v 120000 && git-d1 version) >/dev/null 2>&1
	then
		(ulimit -v 120000 && git-d1 textconv shop.sqlite) >../actual &&
		cmp ../expected ../actual
	fi &&
	rm -f ../expected ../actual shop.sqlite
'

test_done
