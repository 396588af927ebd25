#!/bin/sh

test_description='git d1 restore: a snapshot into the local database'

. "$(dirname "$0")/lib.sh"

test_needs sqlite3
test "$(id -u)" = 0 || test_set_prereq NOT_ROOT

# The local database, of all projects here.
FILE=.wrangler/state/v3/d1/miniflare-D1DatabaseObject
FILE=$FILE/$(basename "$(local_database x)")

# data NAME HEADER: a data file of the snapshot in the project, of the rows on
# standard input, one a line: "1,'Oslo'".
data () {
	mkdir -p d1/shop/data &&
	{
		echo "-- git-d1 snapshot 1" &&
		echo "-- table \"$1\" $2" &&
		echo "PRAGMA defer_foreign_keys=on;" &&
		sed "s/.*/INSERT INTO \"$1\" VALUES(&);/"
	} >"d1/shop/data/$1.sql"
}

# go DIR: to that project, wherever the test before has ended.
go () {
	cd "$SHARNESS_TRASH_DIRECTORY/$1" || return
}

# shop DIR: a project with a snapshot of two tables, committed as v1.
shop () {
	go . && mkdir "$1" && (
		cd "$1" &&
		git init -q &&
		cat >wrangler.json <<-EOT &&
		{"d1_databases": [{"binding": "DB", "database_name": "shop",
		 "database_id": "$TEST_DATABASE_ID"}]}
		EOT
		mkdir -p d1/shop &&
		cat >d1/shop/schema.sql <<-\EOT &&
		CREATE TABLE "cities" ("id" INTEGER PRIMARY KEY, "name" TEXT);
		CREATE TABLE "lines" ("city" INTEGER REFERENCES "cities" ("id") ON DELETE CASCADE, "ref" TEXT NOT NULL UNIQUE, "color" TEXT, PRIMARY KEY ("city", "ref"));
		CREATE TABLE "seen" ("what" TEXT);
		EOT
		cat >d1/shop/triggers.sql <<-\EOT &&
		CREATE TRIGGER "noted" AFTER INSERT ON "lines" BEGIN
			INSERT INTO "seen" VALUES (new."ref");
		END;
		EOT
		printf "%s\n" "1,'Oslo'" "2,'Rome'" |
		data cities "(id, name) key id" &&
		printf "%s\n" "1,'L1','red'" "1,'L2',NULL" "2,'M9','blue'" |
		data lines "(city, ref, color) key city, ref" &&
		git add . && test_tick && git commit -q -m v1 && git tag v1
	)
}

# rows SQL: rows of the local database.
rows () {
	sqlite3 "$FILE" "$1"
}

nothing_made () {
	test_path_is_missing .wrangler
}

test_path_is_missing () {
	test -e "$1" || return 0
	echo >&2 "$1 exists"
	return 1
}

test_expect_success 'a database is made from schema.sql' '
	shop fresh &&
	go fresh &&
	git-d1 restore >actual &&
	cat >expect <<-\EOF &&
	cities: 2 inserted, 0 updated, 0 deleted
	lines: 3 inserted, 0 updated, 0 deleted
	EOF
	test_cmp expect actual &&
	rows "SELECT * FROM cities; SELECT * FROM lines" >actual &&
	cat >expect <<-\EOF &&
	1|Oslo
	2|Rome
	1|L1|red
	1|L2|
	2|M9|blue
	EOF
	test_cmp expect actual &&
	test "$(rows "SELECT count(*) FROM seen")" = 0 &&
	test "$(rows "SELECT name FROM sqlite_schema WHERE type = '\''trigger'\''")" = noted &&
	test "$(rows "PRAGMA journal_mode")" = wal &&
	test "$(rows "PRAGMA page_size")" = 4096
'

test_expect_success 'a second time there is nothing to do' '
	go fresh &&
	sha256sum "$FILE" >before &&
	git-d1 restore >actual &&
	echo "already as in HEAD" >expect &&
	test_cmp expect actual &&
	sha256sum -c before
'

test_expect_success 'rows are merged three ways' '
	go fresh &&
	rows "UPDATE lines SET color = '\''pink'\'' WHERE ref = '\''L1'\'';
		INSERT INTO lines VALUES(2, '\''N1'\'', '\''mine'\''); DELETE FROM seen" &&
	printf "%s\n" "1,'\''Oslo'\''" "2,'\''Roma'\''" "3,'\''Wien'\''" |
	data cities "(id, name) key id" &&
	printf "%s\n" "1,'\''L1'\'','\''red'\''" "2,'\''M9'\'','\''cyan'\''" |
	data lines "(city, ref, color) key city, ref" &&
	git commit -q -a -m v2 && git tag v2 &&
	git-d1 restore --dry-run >actual &&
	cat >expect <<-\EOF &&
	cities: 1 inserted, 1 updated, 0 deleted
	lines: 0 inserted, 1 updated, 1 deleted
	lines: 2 local changes kept
	EOF
	test_cmp expect actual &&
	test "$(rows "SELECT count(*) FROM cities")" = 2 &&
	git-d1 restore >actual &&
	test_cmp expect actual &&
	rows "SELECT * FROM cities; SELECT * FROM lines; SELECT * FROM seen" >actual &&
	cat >expect <<-\EOF &&
	1|Oslo
	2|Roma
	3|Wien
	1|L1|pink
	2|M9|cyan
	2|N1|mine
	EOF
	test_cmp expect actual
'

test_expect_success 'local changes stay, commit after commit' '
	go fresh &&
	git-d1 restore v1 >actual &&
	cat >expect <<-\EOF &&
	cities: 0 inserted, 1 updated, 1 deleted
	lines: 1 inserted, 1 updated, 0 deleted
	lines: 2 local changes kept
	EOF
	test_cmp expect actual &&
	git-d1 restore v2 >/dev/null &&
	rows "SELECT * FROM lines" >actual &&
	cat >expect <<-\EOF &&
	1|L1|pink
	2|M9|cyan
	2|N1|mine
	EOF
	test_cmp expect actual
'

test_expect_success 'a conflict is named, and nothing is written' '
	go fresh &&
	rows "DELETE FROM lines WHERE ref = '\''M9'\'';
		UPDATE cities SET name = '\''Oslo!'\'' WHERE id = 1" &&
	printf "%s\n" "1,'\''Oslo?'\''" "2,'\''Rome'\''" "3,'\''Wien'\''" |
	data cities "(id, name) key id" &&
	printf "%s\n" "1,'\''L1'\'','\''green'\''" "2,'\''M9'\'','\''gold'\''" |
	data lines "(city, ref, color) key city, ref" &&
	sha256sum "$FILE" >before &&
	git for-each-ref refs/d1 >refs &&
	test_expect_exit 2 git-d1 restore snapshot >actual &&
	cat >expect <<-\EOF &&
	conflict: cities id=1: name '\''Oslo?'\'' in snapshot, '\''Oslo!'\'' in shop/local
	conflict: lines city=1, ref='\''L1'\'': color '\''green'\'' in snapshot, '\''pink'\'' in shop/local
	conflict: lines city=2, ref='\''M9'\'': in snapshot, not in shop/local
	EOF
	test_cmp expect actual &&
	test_line err "error: 3 rows changed both in shop/local and in snapshot, differently; nothing was written" &&
	test_line err "hint: --force takes all rows of snapshot" &&
	sha256sum -c before &&
	git for-each-ref refs/d1 >actual &&
	test_cmp refs actual
'

test_expect_success '--force shows what is lost' '
	go fresh &&
	git-d1 restore --force snapshot >actual &&
	cat >expect <<-\EOF &&
	diff --d1 shop/cities
	key id
	--- shop/local
	+++ snapshot
	@@ ~ id=1  name='\''Oslo!'\'' @@
	-name: '\''Oslo!'\''
	+name: '\''Oslo?'\''
	@@ ~ id=2  name='\''Roma'\'' @@
	-name: '\''Roma'\''
	+name: '\''Rome'\''
	diff --d1 shop/lines
	key city, ref
	--- shop/local
	+++ snapshot
	@@ ~ city=1 ref='\''L1'\''  color='\''pink'\'' @@
	-color: '\''pink'\''
	+color: '\''green'\''
	@@ - city=2 ref='\''N1'\'' @@
	-color: '\''mine'\''
	cities: 0 inserted, 2 updated, 0 deleted
	lines: 1 inserted, 1 updated, 1 deleted
	EOF
	test_cmp expect actual &&
	git-d1 restore snapshot >actual &&
	echo "already as in snapshot" >expect &&
	test_cmp expect actual
'

test_expect_success 'tables can be named' '
	go fresh &&
	git-d1 restore --force v1 -- cities >/dev/null &&
	rows "SELECT name FROM cities WHERE id < 3; SELECT color FROM lines WHERE ref = '\''L1'\''" >actual &&
	printf "%s\n" Oslo Rome green >expect &&
	test_cmp expect actual &&
	: the record of the other table is that of the worktree still &&
	git checkout -q v2 -- d1 &&
	test_expect_exit 129 git-d1 restore -- nothing &&
	test_line err "error: no side has a table '\''nothing'\''" &&
	git-d1 restore v1 >actual &&
	cat >expect <<-\EOF &&
	lines: 1 inserted, 2 updated, 0 deleted
	EOF
	test_cmp expect actual
'

test_expect_success 'without a record rows that differ are not touched' '
	shop unknown &&
	go unknown &&
	git-d1 restore >/dev/null &&
	cp "$FILE" copy && mv copy "$FILE" &&
	rows "UPDATE lines SET color = '\''mine'\'' WHERE ref = '\''L1'\''; DELETE FROM lines WHERE ref = '\''L2'\''; DELETE FROM cities WHERE 1" &&
	rows "INSERT INTO cities VALUES(1, '\''Oslo'\''), (2, '\''Rome'\'')" &&
	test_expect_exit 3 git-d1 restore >actual &&
	cat >expect <<-\EOF &&
	differs: lines city=1, ref='\''L1'\'': color '\''red'\'' in HEAD, '\''mine'\'' in shop/local
	differs: lines city=1, ref='\''L2'\'': in HEAD, not in shop/local
	EOF
	test_cmp expect actual &&
	test_line err "error: 2 rows of shop/local and HEAD differ, and it is not known which of them changed; nothing was written" &&
	rows "DELETE FROM lines" &&
	: a table without rows has nothing to lose &&
	git-d1 restore >actual &&
	echo "lines: 3 inserted, 0 updated, 0 deleted" >expect &&
	test_cmp expect actual
'

test_expect_success 'many rows that differ are counted' '
	shop many &&
	go many &&
	seq 30 | sed "s/.*/&,'\''city'\''/" | data cities "(id, name) key id" &&
	git commit -q -a -m many &&
	git-d1 restore >/dev/null &&
	cp "$FILE" copy && mv copy "$FILE" &&
	rows "UPDATE cities SET name = '\''town'\''" &&
	test_expect_exit 3 git-d1 restore >actual &&
	test "$(grep -c "^differs: cities id=" actual)" = 20 &&
	test_line actual "differs: cities: 10 more rows"
'

test_expect_success 'a remote database is refused' '
	go fresh &&
	test_expect_exit 3 git-d1 restore --to remote &&
	test_line err "error: restore writes local databases, and '\''remote'\'' is none" &&
	test_expect_exit 129 git-d1 restore HEAD HEAD &&
	test_expect_exit 128 git-d1 restore nonsense
'

test_expect_success 'into another file' '
	go fresh &&
	git-d1 restore --to ./new/v1.sqlite v1 >actual &&
	cat >expect <<-\EOF &&
	cities: 2 inserted, 0 updated, 0 deleted
	lines: 3 inserted, 0 updated, 0 deleted
	EOF
	test_cmp expect actual &&
	test "$(sqlite3 new/v1.sqlite "SELECT count(*) FROM lines")" = 3 &&
	test_expect_exit 128 git-d1 restore --to nowhere v1 &&
	test_path_is_missing nowhere &&
	echo text >text.sqlite &&
	test_expect_exit 128 git-d1 restore --to text.sqlite v1 &&
	test "$(cat text.sqlite)" = text
'

test_expect_success 'there is no snapshot' '
	shop none &&
	go none &&
	git rm -q -r d1 && git commit -q -m none &&
	test_expect_exit 128 git-d1 restore &&
	test_line err "fatal: there is no snapshot of '\''shop'\'' in HEAD:d1/shop" &&
	nothing_made &&
	test_expect_exit 128 git-d1 restore snapshot &&
	nothing_made
'

# ---- migrations ----

test_expect_success 'a database is made by migrations' '
	shop migrated &&
	go migrated &&
	mkdir migrations &&
	cat >migrations/0001_init.sql <<-\EOF &&
	CREATE TABLE cities(id INTEGER PRIMARY KEY, name TEXT);
	INSERT INTO cities VALUES(1, '\''seed'\''), (9, '\''seed'\'');
	CREATE TABLE lines(city INTEGER REFERENCES cities(id) ON DELETE CASCADE,
		ref TEXT NOT NULL UNIQUE, color TEXT, PRIMARY KEY(city, ref));
	CREATE TABLE seen(what TEXT);
	EOF
	cat >migrations/0002_seen.sql <<-\EOF &&
	CREATE TRIGGER noted AFTER INSERT ON lines BEGIN
		INSERT INTO seen VALUES(new.ref); END;
	INSERT INTO seen VALUES('\''a migration'\'');
	EOF
	git add . && git commit -q -m migrations && git tag m2 &&
	git-d1 restore >actual &&
	cat >expect <<-\EOF &&
	applied 0001_init.sql
	applied 0002_seen.sql
	cities: 1 inserted, 1 updated, 1 deleted
	lines: 3 inserted, 0 updated, 0 deleted
	EOF
	test_cmp expect actual &&
	rows "SELECT id, name FROM d1_migrations; SELECT * FROM cities; SELECT * FROM seen" >actual &&
	cat >expect <<-\EOF &&
	1|0001_init.sql
	2|0002_seen.sql
	1|Oslo
	2|Rome
	a migration
	EOF
	test_cmp expect actual
'

test_expect_success 'migrations that are pending are run first' '
	go migrated &&
	rows "UPDATE lines SET color = '\''mine'\'' WHERE ref = '\''L1'\''" &&
	echo "ALTER TABLE lines ADD COLUMN n INTEGER NOT NULL DEFAULT 5;" >migrations/0003_n.sql &&
	sed -i "s/\"color\" TEXT,/& \"n\" INTEGER NOT NULL DEFAULT 5,/" d1/shop/schema.sql &&
	printf "%s\n" "1,'\''L1'\'','\''red'\'',7" "1,'\''L2'\'',NULL,5" "2,'\''M9'\'','\''blue'\'',6" |
	data lines "(city, ref, color, n) key city, ref" &&
	git add . && git commit -q -m n && git tag m3 &&
	git-d1 restore >actual &&
	cat >expect <<-\EOF &&
	applied 0003_n.sql
	lines: 0 inserted, 2 updated, 0 deleted
	lines: 1 local change kept
	EOF
	test_cmp expect actual &&
	rows "SELECT * FROM lines" >actual &&
	cat >expect <<-\EOF &&
	1|L1|mine|7
	1|L2||5
	2|M9|blue|6
	EOF
	test_cmp expect actual
'

test_expect_success 'migrations that the commit lacks stop it' '
	go migrated &&
	sha256sum "$FILE" >before &&
	test_expect_exit 3 git-d1 restore m2 &&
	test_line err "error: shop/local has 1 migration that m2 lacks: 0003_n.sql" &&
	test_line err "hint: --force drops all tables of shop/local and makes the database anew" &&
	sha256sum -c before &&
	rows "CREATE TABLE mine(a); INSERT INTO mine VALUES(1), (2)" &&
	inode=$(stat -c %i "$FILE") &&
	git-d1 restore --force m2 >actual &&
	cat >expect <<-\EOF &&
	diff --d1 shop/lines
	columns - n
	key city, ref
	--- shop/local
	+++ m2
	@@ ~ city=1 ref='\''L1'\''  color='\''mine'\'' @@
	-color: '\''mine'\''
	+color: '\''red'\''
	lines: the values of n, in no file of m2
	mine: 2 rows, in no file of m2
	seen: 1 row, in no file of m2
	applied 0001_init.sql
	applied 0002_seen.sql
	cities: 1 inserted, 1 updated, 1 deleted
	lines: 3 inserted, 0 updated, 0 deleted
	EOF
	test_cmp expect actual &&
	test "$inode" = "$(stat -c %i "$FILE")" &&
	rows "SELECT name FROM sqlite_schema WHERE name = '\''mine'\''" >actual &&
	test_must_be_empty actual &&
	test "$(rows "SELECT group_concat(name) FROM d1_migrations")" = 0001_init.sql,0002_seen.sql
'

test_expect_success 'a migration that fails leaves nothing' '
	go migrated &&
	printf "%s\n" "CREATE TABLE more(a);" "INSERT INTO nowhere VALUES(1);" >migrations/0004_bad.sql &&
	sha256sum "$FILE" >before &&
	test_expect_exit 128 git-d1 restore snapshot &&
	grep "^fatal: migrations/0004_bad.sql:2: no such table: nowhere" err &&
	sha256sum -c before &&
	rm -rf .wrangler &&
	test_expect_exit 128 git-d1 restore snapshot &&
	nothing_made &&
	rm migrations/0004_bad.sql
'

# (The file system likes to give a new file the inode of the last one.)
test_expect_success 'a database that was deleted is made again, and again' '
	go migrated &&
	for _ in 1 2 3 4 5
	do
		rm -rf .wrangler &&
		git-d1 restore >/dev/null &&
		test "$(rows "SELECT count(*) FROM lines")" = 3 || return 1
	done
'

test_expect_success 'a database of which all tables were dropped is made again' '
	go migrated &&
	rows "PRAGMA foreign_keys=off; SELECT '\''DROP TABLE \"'\'' || name || '\''\";'\''
		FROM sqlite_schema WHERE type = '\''table'\''
		AND name NOT LIKE '\''sqlite_%'\''" >drop &&
	rows "PRAGMA foreign_keys=off; $(cat drop)" &&
	git-d1 restore >/dev/null &&
	test "$(rows "SELECT count(*) FROM lines")" = 3
'

test_expect_success 'migrations are run under the rules of D1' '
	go migrated &&
	rm -rf .wrangler &&
	git-d1 restore >/dev/null &&
	cat >migrations/0005_rebuild.sql <<-\EOF &&
	PRAGMA foreign_keys=OFF;
	CREATE TABLE cities_new(id INTEGER PRIMARY KEY, name TEXT);
	INSERT INTO cities_new SELECT * FROM cities;
	DROP TABLE cities;
	ALTER TABLE cities_new RENAME TO cities;
	EOF
	test_expect_exit 3 git-d1 restore snapshot &&
	test_line err "error: the migrations that shop/local lacks would delete 3 rows of table '\''lines'\''; nothing was written" &&
	test "$(rows "SELECT count(*) FROM lines")" = 3 &&
	git-d1 restore --force snapshot >actual &&
	test_line actual "applied 0005_rebuild.sql" &&
	test_line actual "lines: 3 inserted, 0 updated, 0 deleted" &&
	test "$(rows "SELECT count(*) FROM lines")" = 3 &&
	cat >migrations/0006_dangling.sql <<-\EOF &&
	PRAGMA defer_foreign_keys=on;
	INSERT INTO lines VALUES(77, '\''Z'\'', NULL, 1);
	EOF
	test_expect_exit 128 git-d1 restore snapshot &&
	test_line err "fatal: migrations/0006_dangling.sql: FOREIGN KEY constraint failed at its end" &&
	cat >migrations/0006_dangling.sql <<-\EOF &&
	PRAGMA defer_foreign_keys=on;
	INSERT INTO lines VALUES(77, '\''Z'\'', NULL, 1);
	INSERT INTO cities VALUES(77, '\''Z'\'');
	EOF
	git-d1 restore snapshot >actual &&
	test_line actual "applied 0006_dangling.sql" &&
	rows "SELECT id FROM cities" >actual &&
	printf "%s\n" 1 2 77 >expect &&
	test_cmp expect actual &&
	rm migrations/000[56]*
'

test_expect_success 'tables that no migration noted are not made again' '
	shop other &&
	go other &&
	git-d1 restore >/dev/null &&
	cp -r ../migrated/migrations . &&
	git add . && git commit -q -m migrations &&
	git-d1 restore >actual 2>err &&
	echo "already as in HEAD" >expect &&
	test_cmp expect actual &&
	test_line err "warning: shop/local has tables, but no migration is noted in '\''d1_migrations'\'': none of the 3 in HEAD:migrations is run"
'

test_expect_success 'a table that is not there stops it' '
	go other &&
	git rm -q -r migrations &&
	echo "CREATE TABLE \"more\" (\"id\" INTEGER PRIMARY KEY);" >>d1/shop/schema.sql &&
	echo 1 | data more "(id) key id" &&
	git add . && git commit -q -m more &&
	test_expect_exit 3 git-d1 restore &&
	test_line err "error: shop/local has no table '\''more'\'', which HEAD has" &&
	git-d1 restore --force >actual &&
	test_line actual "more: 1 inserted, 0 updated, 0 deleted" &&
	test "$(rows "SELECT count(*) FROM more")" = 1
'

# ---- what must not happen ----

test_expect_success 'a hostile schema.sql is refused' '
	shop hostile &&
	go hostile &&
	for sql in "ATTACH '\''stolen.sqlite'\'' AS s" \
		"CREATE TABLE x AS SELECT 1" \
		"VACUUM INTO '\''stolen.sqlite'\''" \
		"PRAGMA journal_mode=DELETE" \
		"INSERT INTO cities VALUES(5, '\''x'\'')" \
		"COMMIT" \
		"CREATE TEMP TABLE x(a)" \
		"DROP TABLE cities"
	do
		git checkout -q v1 -- d1 &&
		echo "$sql;" >>d1/shop/schema.sql &&
		test_expect_exit 3 git-d1 restore snapshot &&
		grep "^error: d1/shop: schema.sql:4: .* is not allowed in this file" err &&
		nothing_made &&
		test_path_is_missing stolen.sqlite ||
		return 1
	done
'

test_expect_success 'a hundred thousand definitions are refused' '
	shop crowded &&
	go crowded &&
	awk "BEGIN { for (i = 0; i < 100000; i++)
		print \"CREATE VIEW v\" i \" AS SELECT 1;\" }" </dev/null \
		>>d1/shop/schema.sql &&
	test_expect_exit 3 git-d1 restore snapshot &&
	test_line err "error: d1/shop: schema.sql: more than 10000 definitions" &&
	nothing_made
'

test_expect_success 'a damaged data file is refused' '
	go hostile &&
	git checkout -q v1 -- d1 &&
	git-d1 restore >/dev/null &&
	rows "DELETE FROM lines; DELETE FROM cities" &&
	git update-ref -d "$(git for-each-ref --format="%(refname)" refs/d1)" &&
	echo "INSERT INTO \"lines\" VALUES(3,'\''X'\'',(SELECT 1));" >>d1/shop/data/lines.sql &&
	test_expect_exit 128 git-d1 restore snapshot &&
	grep "data/lines.sql:7: " err &&
	test "$(rows "SELECT count(*) FROM cities")" = 0
'

test_expect_success 'rows that contradict a constraint are not written' '
	shop broken &&
	go broken &&
	printf "%s\n" "1,'\''L1'\'',NULL" "7,'\''L7'\'',NULL" |
	data lines "(city, ref, color) key city, ref" &&
	test_expect_exit 2 git-d1 restore snapshot &&
	test_line err "error: 1 foreign key would refer to no row: '\''lines'\'' row 2 to '\''cities'\''" &&
	nothing_made &&
	printf "%s\n" "1,'\''L1'\'',NULL" "2,'\''L1'\'',NULL" |
	data lines "(city, ref, color) key city, ref" &&
	test_expect_exit 2 git-d1 restore snapshot &&
	grep "UNIQUE constraint failed: lines.ref" err &&
	nothing_made
'

test_expect_success 'what an index or a check computes has a limit' '
	shop bloated &&
	go bloated &&
	printf "CREATE TABLE lines(id INTEGER PRIMARY KEY);\n" \
		>d1/shop/schema.sql &&
	rm -f d1/shop/triggers.sql d1/shop/data/cities.sql &&
	echo 1 | data lines "(id) key id" &&
	echo "CREATE INDEX i ON lines(hex(zeroblob(90000000)));" \
		>>d1/shop/schema.sql &&
	test_expect_exit 128 git-d1 restore snapshot &&
	grep "string or blob too big" err &&
	nothing_made &&
	cat >d1/shop/schema.sql <<-\EOF &&
	CREATE TABLE lines(
		id INTEGER PRIMARY KEY,
		CHECK(length(hex(zeroblob(90000000))) > 1)
	);
	EOF
	test_expect_exit 128 git-d1 restore snapshot &&
	grep "string or blob too big" err &&
	test_must_fail git-d1 fsck >out 2>err &&
	grep "string or blob too big" out err
'

test_expect_success 'a folder that leads elsewhere is refused' '
	shop linked &&
	go linked &&
	mkdir ../elsewhere && ln -s ../elsewhere .wrangler &&
	test_expect_exit 3 git-d1 restore &&
	test -z "$(ls ../elsewhere)"
'

test_expect_success 'a database that is being written is waited for' '
	shop busy &&
	go busy &&
	git-d1 restore >/dev/null &&
	mkfifo hold &&
	{ sqlite3 "$FILE" "PRAGMA busy_timeout=0" "BEGIN IMMEDIATE" ".shell cat hold" "COMMIT" >/dev/null & } &&
	writer=$! &&
	exec 7>hold &&
	{ git-d1 restore 2>err || status=$?; } &&
	exec 7>&- &&
	wait $writer &&
	test $status = 128 &&
	grep "is locked by another program" err &&
	git-d1 restore
'

test_expect_success NOT_ROOT 'a file that cannot be written' '
	shop readonly &&
	go readonly &&
	git-d1 restore >/dev/null &&
	rows "DELETE FROM lines; PRAGMA wal_checkpoint(TRUNCATE)" &&
	chmod a-w "$FILE" &&
	test_expect_exit 128 git-d1 restore &&
	grep "^fatal: cannot write the database" err &&
	chmod u+w "$FILE"
'

test_expect_success 'killed in the middle, it is as before or as after' '
	shop killed &&
	go killed &&
	seq 20000 | sed "s/.*/&,'\''city &'\''/" | data cities "(id, name) key id" &&
	git commit -q -a -m many &&
	git-d1 restore >/dev/null &&
	seq 20000 | sed "s/.*/&,'\''town &'\''/" | data cities "(id, name) key id" &&
	for delay in 0.02 0.04 0.06 0.08 0.1 0.15 0.2 0.3
	do
		{ git-d1 restore snapshot >/dev/null 2>&1 & } &&
		sleep $delay &&
		{ kill -9 $! 2>/dev/null || :; } &&
		{ wait $! 2>/dev/null || :; } &&
		rows "SELECT DISTINCT substr(name, 1, 4) FROM cities" >actual &&
		test "$(wc -l <actual)" = 1 &&
		test "$(rows "PRAGMA quick_check")" = ok ||
		return 1
	done &&
	git-d1 restore snapshot >/dev/null &&
	git-d1 restore HEAD >/dev/null &&
	test "$(rows "SELECT DISTINCT substr(name, 1, 4) FROM cities")" = city
'

# ---- columns that are not restored ----

test_expect_success 'ignored and masked columns' '
	shop columns &&
	go columns &&
	cat >d1/shop/schema.sql <<-\EOF &&
	CREATE TABLE "users" ("id" INTEGER PRIMARY KEY, "name" TEXT, "email" TEXT NOT NULL, "seen" INTEGER DEFAULT 3);
	EOF
	rm d1/shop/triggers.sql d1/shop/data/* &&
	mask="masked-$(printf "%064d" 7)" &&
	printf "%s\n" "1,'\''ada'\'','\''$mask'\''" "2,'\''bob'\'','\''$mask'\''" |
	data users "(id, name, email) key id [masked email key 1f2e3d4c]" &&
	sed -i "s/INSERT INTO \"users\" VALUES/INSERT INTO \"users\"(\"id\",\"name\",\"email\") VALUES/" d1/shop/data/users.sql &&
	cat >.d1config <<-\EOF &&
	[table "users"]
		ignoreColumns = seen
		maskColumns = email
	EOF
	git add -A . && git commit -q -m users &&
	git-d1 restore >/dev/null &&
	rows "SELECT * FROM users" >actual &&
	cat >expect <<-\EOF &&
	1|ada|masked-000000000000|3
	2|bob|masked-000000000000|3
	EOF
	test_cmp expect actual &&
	rows "UPDATE users SET email = '\''ada@example.com'\'', seen = 9 WHERE id = 1" &&
	sed -i "s/ada/Ada/" d1/shop/data/users.sql &&
	sed "s/VALUES(2,'\''bob'\''/VALUES(3,'\''eve'\''/" d1/shop/data/users.sql | tail -n 1 >>d1/shop/data/users.sql &&
	git-d1 restore snapshot >actual &&
	echo "users: 1 inserted, 1 updated, 0 deleted" >expect &&
	test_cmp expect actual &&
	rows "SELECT * FROM users" >actual &&
	cat >expect <<-\EOF &&
	1|Ada|ada@example.com|9
	2|bob|masked-000000000000|3
	3|eve|masked-000000000000|3
	EOF
	test_cmp expect actual
'

test_expect_success 'placeholders replace what migrations put into masked columns' '
	shop seeded &&
	go seeded &&
	rm -rf d1/shop/triggers.sql d1/shop/data/* migrations &&
	cat >d1/shop/schema.sql <<-\EOF &&
	CREATE TABLE "users" ("id" INTEGER PRIMARY KEY, "email" TEXT);
	CREATE TABLE "bag" ("m" INTEGER, "email" TEXT);
	EOF
	mkdir migrations &&
	cat d1/shop/schema.sql - >migrations/0001_all.sql <<-\EOF &&
	INSERT INTO users VALUES(1, '\''root@example.com'\''), (2, NULL),
		(9, '\''gone@example.com'\'');
	INSERT INTO bag VALUES(1, '\''root@example.com'\'');
	EOF
	mask="masked-$(printf "%064d" 7)" &&
	printf "%s\n" "1,'\''$mask'\''" "2,'\''$mask'\''" "3,NULL" |
	data users "(id, email) key id [masked email key 1f2e3d4c]" &&
	printf "%s\n" "1,'\''$mask'\''" "1,'\''$mask'\''" |
	data bag "(m, email) [masked email key 1f2e3d4c]" &&
	cat >.d1config <<-\EOF &&
	[table "users"]
		maskColumns = email
	[table "bag"]
		maskColumns = email
	EOF
	git add -A . && git commit -q -m seeded &&
	git-d1 restore >actual &&
	test_line actual "users: 1 inserted, 2 updated, 1 deleted" &&
	rows "SELECT * FROM users; SELECT * FROM bag" >actual &&
	cat >expect <<-\EOF &&
	1|masked-000000000000
	2|masked-000000000000
	3|
	1|masked-000000000000
	1|masked-000000000000
	EOF
	test_cmp expect actual &&
	rows "UPDATE users SET email = '\''mine@example.com'\'' WHERE id = 1" &&
	git-d1 restore >actual &&
	echo "already as in HEAD" >expect &&
	test_cmp expect actual
'

test_expect_success 'a clone hears once that its drivers are not registered' '
	shop upstream &&
	go upstream &&
	git-d1 restore 2>err &&
	test_must_be_empty err &&
	git-d1 init >/dev/null 2>&1 &&
	git add .gitattributes && git commit -q -m attributes &&
	go . &&
	git clone -q upstream downstream &&
	go downstream &&
	git-d1 restore --dry-run 2>err &&
	echo "hint: nothing was written, because of --dry-run" >expect &&
	test_cmp expect err &&
	git-d1 restore >/dev/null 2>err &&
	echo "hint: git does not know the drivers of this repository yet, and merges data files as any text: git d1 init registers them" >expect &&
	test_cmp expect err &&
	git-d1 restore >/dev/null 2>err &&
	test_must_be_empty err &&
	rm -r .wrangler &&
	git-d1 init >/dev/null 2>&1 &&
	git-d1 restore >/dev/null 2>err &&
	test_must_be_empty err
'

test_expect_success 'without a repository there is the worktree only' '
	shop plain &&
	go plain &&
	rm -rf .git &&
	test_expect_exit 128 git-d1 restore &&
	test_line err "fatal: '\''HEAD'\'' cannot be read: this is no git repository" &&
	git-d1 restore snapshot >actual &&
	test_line actual "lines: 3 inserted, 0 updated, 0 deleted" &&
	rows "UPDATE lines SET color = 1" &&
	test_expect_exit 3 git-d1 restore snapshot
'

# entries: what the journal has, newest first.
entries () {
	git-d1 undo --list | sed -n "s/^    //p"
}

test_expect_success 'the journal takes rows back' '
	shop journal && go journal &&
	git-d1 restore >/dev/null &&
	git-d1 undo --list >actual && test_must_be_empty actual &&
	rows "UPDATE lines SET color = '\''own'\'' WHERE ref = '\''M9'\''" &&
	rows "SELECT * FROM cities; SELECT * FROM lines" >before &&
	printf "%s\n" "1,'\''Oslo'\''" "2,'\''Roma'\''" "3,'\''Bern'\''" |
	data cities "(id, name) key id" &&
	printf "%s\n" "1,'\''L1'\'','\''pink'\''" "1,'\''L2'\'',NULL" \
		"2,'\''M9'\'','\''grey'\''" "3,'\''B1'\'',NULL" |
	data lines "(city, ref, color) key city, ref" &&
	test_expect_exit 2 git-d1 restore snapshot >/dev/null &&
	entries >actual && test_must_be_empty actual &&
	sed -i "s/grey/blue/" d1/shop/data/lines.sql &&
	git-d1 restore --dry-run snapshot >/dev/null &&
	entries >actual && test_must_be_empty actual &&
	git-d1 restore snapshot >/dev/null &&
	entries >actual &&
	cat >expect <<-\EOF &&
	git d1 restore to shop/local
	cities: 1 inserted, 1 updated, 0 deleted
	lines: 1 inserted, 1 updated, 0 deleted
	EOF
	test_cmp expect actual &&
	git-d1 restore snapshot >/dev/null && entries >actual &&
	test_cmp expect actual &&
	git-d1 undo >/dev/null &&
	rows "SELECT * FROM cities; SELECT * FROM lines" >after &&
	test_cmp before after
'

test_expect_success 'what a patch of rows does not take back is copied' '
	shop copied && go copied &&
	git-d1 restore >/dev/null &&
	rows "ALTER TABLE cities ADD note TEXT; UPDATE cities SET note = 1" &&
	git config -f .d1config table.cities.ignoreColumns note &&
	echo "1,'\''Oslo'\''" | data cities "(id, name) key id" &&
	printf "%s\n" "1,'\''L1'\'','\''red'\''" "1,'\''L2'\'',NULL" |
	data lines "(city, ref, color) key city, ref" &&
	rows .dump >before && git-d1 restore snapshot >/dev/null &&
	test_expect_exit 3 git-d1 undo 2>err &&
	copy=$(sed -n "s/.* as a copy: //p" err) &&
	sqlite3 "$copy" .dump >actual && test_cmp before actual &&
	rows .dump >before && rows "CREATE TABLE d1_migrations(id INTEGER
		PRIMARY KEY, name TEXT, applied_at TEXT);
		INSERT INTO d1_migrations(name) VALUES('\''0009.sql'\'')" &&
	rows .dump >before && git-d1 restore --force >/dev/null &&
	test_expect_exit 3 git-d1 undo 2>err &&
	copy=$(sed -n "s/.* as a copy: //p" err) &&
	sqlite3 "$copy" .dump >actual && test_cmp before actual
'

test_done
