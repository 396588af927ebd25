#!/bin/sh

test_description='git d1 migrations: status, apply, baseline'

. "$(dirname "$0")/lib.sh"

test_needs sqlite3

LEDGER='CREATE TABLE "d1_migrations"(
		id         INTEGER PRIMARY KEY AUTOINCREMENT,
		name       TEXT UNIQUE,
		applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL
)'

# The local database, of all projects here.
FILE=$(local_database .)

# go DIR: to that project, wherever the test before has ended.
go () {
	cd "$SHARNESS_TRASH_DIRECTORY/$1" || return
}

# migration NAME SQL: a migration of the project.
migration () {
	mkdir -p migrations && printf "%s\n" "$2" >"migrations/$1"
}

commit () {
	git add -A migrations && test_tick && git commit -q -m "$1"
}

# shop DIR: a project with three migrations, of which wrangler has applied two.
shop () {
	go . && rm -rf "$1" && make_wrangler_project "$1" "$LEDGER;
		CREATE TABLE lines(id INTEGER PRIMARY KEY, name TEXT);
		CREATE VIEW names AS SELECT name FROM lines;
		INSERT INTO d1_migrations(name)
			VALUES('0001_lines.sql'), ('0002_names.sql')" &&
	go "$1" && git init -q &&
	migration 0001_lines.sql \
		"CREATE TABLE lines(id INTEGER PRIMARY KEY, name TEXT);" &&
	migration 0002_names.sql \
		"create view Names as select name from lines;" &&
	migration 0002_names.sql \
		"CREATE VIEW  names AS SELECT name FROM lines; -- done" &&
	migration 0003_color.sql "ALTER TABLE lines ADD COLUMN color TEXT;" &&
	commit first
}

rows () {
	sqlite3 "$FILE" "$1"
}

# schema_is_after FILE COUNT: and so it is said, and that the ledger notes so
# many migrations, with the command that mends it.
schema_is_after () {
	git-d1 migrations status local >actual &&
	tail -n 2 actual >last &&
	cat >expect <<-EOF &&
	  the schema is that after $1, though the ledger notes $2 migrations
	    (git d1 migrations baseline --to $1 shop/local)
	EOF
	test_cmp expect last
}

# expect_status: what is said of the local database is standard input.
expect_status () {
	cat >expect &&
	git-d1 migrations status local >actual &&
	test_cmp expect actual
}

test_expect_success 'status: pending, and the schema is right' '
	shop status &&
	sha256sum "$FILE" >before &&
	expect_status <<-\EOF &&
	shop/local: 2 applied, 1 pending, as the migrations make it
	  0003_color.sql is not applied
	    (git d1 migrations apply shop/local)
	EOF
	test_expect_code 1 git-d1 migrations status --exit-code local &&
	sha256sum -c before
'

test_expect_success 'status: a database that is not there has nothing' '
	shop absent &&
	rm -r .wrangler &&
	expect_status <<-\EOF &&
	shop/local: 0 applied, 3 pending, no database yet
	  0001_lines.sql is not applied
	  0002_names.sql is not applied
	  0003_color.sql is not applied
	    (git d1 migrations apply shop/local)
	EOF
	test_expect_code 1 test -e .wrangler
'

test_expect_success 'status: the remote that was not named may be out of reach' '
	shop reach &&
	git-d1 migrations status >actual &&
	cat >expect <<-\EOF &&
	shop/local: 2 applied, 1 pending, as the migrations make it
	  0003_color.sql is not applied
	    (git d1 migrations apply shop/local)
	shop/remote: not looked at: the Cloudflare account id is not known
	    (set account_id in the wrangler configuration, or CLOUDFLARE_ACCOUNT_ID)
	EOF
	test_cmp expect actual &&
	git-d1 migrations status --offline shop >actual &&
	sed -n 4p actual >last &&
	echo "shop/remote: not looked at: not asked, because of --offline" >expect &&
	test_cmp expect last &&
	test_expect_exit 4 git-d1 migrations status remote
'

test_expect_success 'status: all is well' '
	shop well &&
	rm migrations/0003_color.sql && commit second &&
	git-d1 migrations status --exit-code local >actual &&
	echo "shop/local: 2 applied, 0 pending, as the migrations make it" >expect &&
	test_cmp expect actual
'

test_expect_success 'status: out of order, and a number that is taken twice' '
	shop order &&
	git mv migrations/0003_color.sql migrations/0001_color.sql &&
	expect_status <<-\EOF
	shop/local: 2 applied, 1 pending
	  0001_color.sql is not applied
	    (git d1 migrations apply shop/local)
	  0001_color.sql comes before 0002_names.sql, which is applied
	    (git mv migrations/0001_color.sql migrations/0003_color.sql)
	  numbers that are taken twice: 0001_color.sql, 0001_lines.sql
	EOF
'

test_expect_success 'status: an applied file was deleted; its text is known' '
	shop deleted &&
	first=$(git rev-parse HEAD) &&
	git rm -q migrations/0002_names.sql && commit second &&
	expect_status <<-EOF
	shop/local: 2 applied, 1 pending
	  0003_color.sql is not applied
	    (git d1 migrations apply shop/local)
	  0002_names.sql is applied, and its file was deleted
	    (git checkout $first -- migrations/0002_names.sql)
	EOF
'

test_expect_success 'status: an applied file was renamed' '
	shop renamed &&
	git mv migrations/0002_names.sql migrations/0004_names.sql &&
	commit second &&
	expect_status <<-\EOF
	shop/local: 2 applied, 2 pending
	  0003_color.sql is not applied
	    (git d1 migrations apply shop/local)
	  0004_names.sql is not applied, but the same text is, as 0002_names.sql
	  0002_names.sql is applied, and its file is 0004_names.sql now
	    (git mv migrations/0004_names.sql migrations/0002_names.sql)
	EOF
'

test_expect_success 'status: a renamed file gets one advice, not two' '
	shop renamed-back &&
	git mv migrations/0002_names.sql migrations/0001_names.sql &&
	commit second &&
	expect_status <<-\EOF
	shop/local: 2 applied, 2 pending
	  0001_names.sql is not applied, but the same text is, as 0002_names.sql
	    (git mv migrations/0001_names.sql migrations/0002_names.sql)
	  0003_color.sql is not applied
	    (git d1 migrations apply shop/local)
	  0002_names.sql is applied, and its file is 0001_names.sql now
	    (git mv migrations/0001_names.sql migrations/0002_names.sql)
	  numbers that are taken twice: 0001_lines.sql, 0001_names.sql
	EOF
'

test_expect_success 'status: what was applied by somebody else is not here' '
	shop foreign &&
	rows "INSERT INTO d1_migrations(name) VALUES('\''0009_x.sql'\'')" &&
	expect_status <<-\EOF
	shop/local: 3 applied, 1 pending
	  0003_color.sql is not applied
	    (git d1 migrations apply shop/local)
	  0003_color.sql comes before 0009_x.sql, which is applied
	    (git mv migrations/0003_color.sql migrations/0010_color.sql)
	  0009_x.sql is applied, and in no commit
	    (git log --all --oneline -- migrations/0009_x.sql)
	  the schema is not compared: '\''0009_x.sql'\'' is applied, and there is no such file to replay
	EOF
'

test_expect_success 'status: edited after it was applied, and proved' '
	shop edited &&
	first=$(git rev-parse HEAD) &&
	migration 0001_lines.sql "CREATE TABLE lines(id INTEGER PRIMARY KEY,
		name TEXT NOT NULL);" &&
	commit second &&
	expect_status <<-EOF &&
	shop/local: 2 applied, 1 pending
	  0003_color.sql is not applied
	    (git d1 migrations apply shop/local)
	  0001_lines.sql was edited after it was applied: the schema is that of commit $(echo $first | cut -c 1-10)
	    (git checkout $first -- migrations/0001_lines.sql)
	EOF
	git checkout -q $first -- migrations/0001_lines.sql &&
	migration 0001_lines.sql "-- the lines of all cities
		CREATE TABLE lines(id INTEGER PRIMARY KEY, name TEXT);" &&
	git-d1 migrations status local >actual &&
	sed -n 1p actual >line &&
	echo "shop/local: 2 applied, 1 pending, as the migrations make it" >expect &&
	test_cmp expect line
'

test_expect_success 'status: two were edited' '
	shop both &&
	first=$(git rev-parse HEAD) &&
	migration 0001_lines.sql "CREATE TABLE lines(id INTEGER PRIMARY KEY,
		name TEXT NOT NULL);" &&
	migration 0002_names.sql "CREATE VIEW names AS SELECT id, name FROM lines" &&
	commit second &&
	git-d1 migrations status local >actual &&
	grep -c "edited after it was applied: the schema is that of commit $(echo $first | cut -c 1-10)" actual >count &&
	echo 2 >expect &&
	test_cmp expect count
'

test_expect_success 'status: objects that were made, changed and dropped by hand' '
	shop objects &&
	rows "DROP VIEW names; CREATE INDEX by_name ON lines(name);
		ALTER TABLE lines ADD COLUMN extra" &&
	git-d1 migrations status --porcelain local >actual &&
	grep -A1 "^drift.schema" actual | grep -v "^--" >schema &&
	tr "\t" "|" <schema >actual &&
	cat >expect <<-\EOF &&
	drift|schema|by_name
	detail|is in the database, and no migration makes this index
	drift|schema|lines
	detail|is not as the migrations make this table
	drift|schema|names
	detail|is missing in the database, and the migrations make this view
	EOF
	test_cmp expect actual
'

test_expect_success 'status: another spelling is no drift' '
	shop spelling &&
	rows "DROP VIEW names; DROP TABLE lines;
		create table [Lines] (id integer primary key, /* of all */ \"name\" text);
		create view Names as select lines.name from lines" &&
	git-d1 migrations status local >actual &&
	sed -n 1p actual >line &&
	echo "shop/local: 2 applied, 1 pending, as the migrations make it" >expect &&
	test_cmp expect line &&
	rows "DROP VIEW names; CREATE VIEW names AS SELECT upper(name) FROM lines" &&
	git-d1 migrations status local >actual &&
	grep "names is not as the migrations make this view" actual
'

test_expect_success 'status: a ledger that says too little' '
	shop ledger &&
	rows "DROP TABLE d1_migrations" &&
	schema_is_after 0002_names.sql 0
'

test_expect_success 'status: a ledger that says too much' '
	shop much &&
	rows "DROP VIEW names" &&
	schema_is_after 0001_lines.sql 2 &&
	rows "DROP TABLE lines" &&
	git-d1 migrations status local >actual &&
	grep -c "is missing in the database, and the migrations make" actual >count &&
	echo 2 >expect &&
	test_cmp expect count
'

test_expect_success 'status: a table of another tool is no ledger' '
	shop other &&
	rows "DROP TABLE d1_migrations;
		CREATE TABLE d1_migrations(id INTEGER, hash TEXT)" &&
	test_expect_exit 128 git-d1 migrations status local &&
	test_line err "fatal: shop/local: the table '\''d1_migrations'\'' is not wrangler'\''s: it has no column '\''name'\''"
'

test_expect_success 'status: another table as configured is no drift' '
	shop configured &&
	sed "s/\"DB\",/\"DB\", \"migrations_table\": \"my steps\",/" \
		wrangler.jsonc >new && mv new wrangler.jsonc &&
	rows "ALTER TABLE d1_migrations RENAME TO [my steps]" &&
	git-d1 migrations status local >actual &&
	sed -n 1p actual >line &&
	echo "shop/local: 2 applied, 1 pending, as the migrations make it" >expect &&
	test_cmp expect line
'

test_expect_success 'status: a snapshot is compared without any database' '
	shop snapshot &&
	mkdir -p d1/shop &&
	cat >d1/shop/schema.sql <<-\EOF &&
	CREATE TABLE lines(id INTEGER PRIMARY KEY, name TEXT);
	CREATE VIEW names AS SELECT name FROM lines;
	EOF
	git add d1 && git commit -q -m snapshot && rm -r .wrangler &&
	git-d1 migrations status HEAD >actual &&
	cat >expect <<-\EOF &&
	shop/HEAD: not as the migrations make it
	  0003_color.sql is not in the snapshot'\''s schema
	    (git d1 migrations apply shop && git d1 snapshot shop/local)
	EOF
	test_cmp expect actual &&
	sed "s/name TEXT/&, color TEXT/" d1/shop/schema.sql >new &&
	mv new d1/shop/schema.sql &&
	git-d1 migrations status --exit-code snapshot >actual &&
	echo "shop/snapshot: as the migrations make it" >expect &&
	test_cmp expect actual &&
	test_expect_code 1 git-d1 migrations status --exit-code HEAD
'

test_expect_success 'status: as JSON' '
	shop json &&
	git-d1 migrations status --json local >actual &&
	cat >expect <<-\EOF &&
	{"version":1,"endpoints":[
	{"endpoint":"shop/local","message":null,"hint":null,"migrations":[
	{"state":"applied","number_taken_twice":false,"name":"0001_lines.sql"},
	{"state":"applied","number_taken_twice":false,"name":"0002_names.sql"},
	{"state":"pending","number_taken_twice":false,"name":"0003_color.sql"}],
	"drift":[
	{"kind":"pending","name":"0003_color.sql","detail":"is not applied","remedy":"git d1 migrations apply shop/local"}],"not_compared":null}]}
	EOF
	test_cmp expect actual
'

test_expect_success 'status: rows that no migration made are no reason to fail' '
	shop foreignkey &&
	migration 0003_color.sql "CREATE TABLE stop(line REFERENCES lines(id));
		INSERT INTO stop VALUES(5);" &&
	rows "INSERT INTO lines(id) VALUES(5)" &&
	git-d1 migrations apply &&
	git-d1 migrations status --exit-code local
'

test_expect_success 'status: a migration that cannot be replayed is said' '
	shop broken &&
	migration 0002_names.sql "CREATE VIEW names AS SELEC 1;" &&
	rm -rf .git && git init -q &&
	git-d1 migrations status local >actual &&
	tail -n 1 actual >last &&
	echo "  the schema is not compared: migrations/0002_names.sql:1: near \"SELEC\": syntax error" >expect &&
	test_cmp expect last &&
	test_expect_code 1 git-d1 migrations status --exit-code local
'

# one_line COLUMN... FROM ...: what the local database answers, in one line.
one_line () {
	rows "SELECT $1" | tr "\n" " "
}

test_expect_success 'apply: pending ones, as wrangler notes them' '
	shop apply &&
	git-d1 migrations apply >actual &&
	echo "applied 0003_color.sql" >expect &&
	test_cmp expect actual &&
	rows "SELECT id, name, applied_at GLOB '\''20*-*-* *:*:*'\'' FROM d1_migrations" >actual &&
	cat >expect <<-\EOF &&
	1|0001_lines.sql|1
	2|0002_names.sql|1
	3|0003_color.sql|1
	EOF
	test_cmp expect actual &&
	rows "SELECT name FROM pragma_table_info('\''lines'\'')" | tail -n 1 >actual &&
	echo color >expect &&
	test_cmp expect actual &&
	git-d1 migrations apply local >actual &&
	echo "nothing to apply" >expect &&
	test_cmp expect actual &&
	git-d1 migrations status --exit-code local
'

test_expect_success 'apply: the way back is a copy' '
	go apply &&
	git-d1 undo --list shop/local >actual &&
	test $(grep -c "git d1 migrations apply to shop/local" actual) = 1 &&
	test_expect_exit 3 git-d1 undo shop &&
	copy=$(sed -n "s/^hint: .* as a copy: //p" err) &&
	sqlite3 "$copy" "SELECT count(*) FROM d1_migrations;
		SELECT count(*) FROM pragma_table_info('\''lines'\'')" >actual &&
	printf "2\n2\n" >expect &&
	test_cmp expect actual
'

test_expect_success 'apply: makes the database as wrangler does' '
	shop fresh &&
	rm -r .wrangler &&
	git-d1 migrations apply shop >actual &&
	cat >expect <<-\EOF &&
	applied 0001_lines.sql
	applied 0002_names.sql
	applied 0003_color.sql
	EOF
	test_cmp expect actual &&
	rows "SELECT sql FROM sqlite_schema WHERE name = '\''d1_migrations'\''" >actual &&
	echo "$LEDGER" >expect &&
	test_cmp expect actual &&
	test "$(rows "PRAGMA journal_mode; PRAGMA page_size" | tr "\n" " ")" = "wal 4096 "
'

test_expect_success 'apply: a failing one leaves the database as it was' '
	shop failing &&
	migration 0004_seed.sql "CREATE TABLE seed(id INTEGER PRIMARY KEY);
INSERT INTO seed VALUES(1);

INSERT INTO seed
	SELECT 1;" &&
	migration 0005_never.sql "CREATE TABLE never(a);" &&
	test_expect_exit 128 git-d1 migrations apply >actual &&
	echo "applied 0003_color.sql" >expect &&
	test_cmp expect actual &&
	cat >expect <<-\EOF &&
	fatal: migrations/0004_seed.sql:4: UNIQUE constraint failed: seed.id
	hint: the statement is: INSERT INTO seed SELECT 1
	hint: nothing of this migration was applied; before it: 0003_color.sql
	EOF
	test_cmp expect err &&
	test "$(one_line "name FROM sqlite_schema WHERE name IN ('\''seed'\'', '\''never'\'')")" = "" &&
	test "$(one_line "count(*) FROM d1_migrations")" = "3 " &&
	git-d1 undo --list >before &&
	test_expect_exit 128 git-d1 migrations apply &&
	tail -n 1 err >last &&
	echo "hint: nothing was applied" >expect &&
	test_cmp expect last &&
	git-d1 undo --list >after &&
	test_cmp before after
'

test_expect_success 'apply: a file that was to be made is not, if the first fails' '
	shop unmade &&
	rm -r .wrangler &&
	migration 0001_lines.sql "CREATE TABLE lines(id, id);" &&
	test_expect_exit 128 git-d1 migrations apply &&
	test_expect_code 1 test -e .wrangler &&
	git-d1 undo --list >actual &&
	test_must_be_empty actual
'

test_expect_success 'apply: foreign keys hold, whatever a file asks for' '
	shop keys &&
	migration 0004_keys.sql "CREATE TABLE stop(id INTEGER PRIMARY KEY,
		line INTEGER REFERENCES lines(id) ON DELETE CASCADE);
		INSERT INTO lines(id) VALUES(1); INSERT INTO stop VALUES(7, 1);" &&
	git-d1 migrations apply &&
	migration 0005_dangling.sql "PRAGMA foreign_keys=OFF;
PRAGMA defer_foreign_keys=ON;
INSERT INTO stop VALUES(8, 2);" &&
	test_expect_exit 128 git-d1 migrations apply &&
	test_line err "fatal: migrations/0005_dangling.sql: FOREIGN KEY constraint failed at its end" &&
	test "$(one_line "id FROM stop")" = "7 " &&
	migration 0005_dangling.sql "PRAGMA foreign_keys=OFF; DELETE FROM lines;" &&
	git-d1 migrations apply &&
	test "$(one_line "id FROM stop")" = ""
'

test_expect_success 'apply: a trigger is one statement, BEGIN is refused' '
	shop trigger &&
	migration 0004_log.sql "CREATE TABLE log(what);
create trigger noted after insert on lines begin
	insert into log values(case when new.id > 1 then '\''a;b'\'' else '\''end;'\'' end);
	insert into log values('\''c'\'');
end;
INSERT INTO lines(id) VALUES(1);" &&
	git-d1 migrations apply &&
	test "$(one_line "what FROM log")" = "end; c " &&
	migration 0005_begin.sql "BEGIN; CREATE TABLE t(a); COMMIT;" &&
	test_expect_exit 3 git-d1 migrations apply &&
	test_line err "error: migrations/0005_begin.sql:1: BEGIN is not allowed in this file"
'

test_expect_success 'apply: two at once: each migration runs once' '
	shop twice &&
	migration 0004_row.sql "INSERT INTO lines(id) VALUES(1);" &&
	migration 0005_row.sql "INSERT INTO lines(id) VALUES(2);" &&
	{
		{ git-d1 migrations apply >one 2>&1; echo $? >one.code; } &
		git-d1 migrations apply >two 2>&1
		echo $? >two.code
		wait
	} &&
	cat one two >&2 &&
	test "$(cat one.code two.code | tr "\n" " ")" = "0 0 " &&
	test "$(one_line "count(*) FROM d1_migrations")" = "5 " &&
	test "$(one_line "id FROM lines")" = "1 2 "
'

test_expect_success 'apply: a table that another tool made' '
	shop tool &&
	rows "DROP TABLE d1_migrations; DROP VIEW names; DROP TABLE lines;
		CREATE TABLE d1_migrations(id TEXT PRIMARY KEY NOT NULL,
			name TEXT NOT NULL, applied_at TEXT NOT NULL)" &&
	test_expect_exit 128 git-d1 migrations apply &&
	cat >expect <<-\EOF &&
	fatal: the migration cannot be noted in '\''d1_migrations'\'': NOT NULL constraint failed: d1_migrations.id
	hint: if another tool made that table, set migrations_table to another name
	hint: nothing was applied
	EOF
	test_cmp expect err &&
	test "$(one_line "name FROM sqlite_schema WHERE name = '\''lines'\''")" = ""
'

test_expect_success 'apply: what was renamed is not run again' '
	shop again &&
	git mv migrations/0002_names.sql migrations/0004_names.sql &&
	commit second &&
	test_expect_exit 3 git-d1 migrations apply &&
	cat >expect <<-\EOF &&
	error: '\''0004_names.sql'\'' is applied to shop/local as '\''0002_names.sql'\'', and would run a second time
	hint: give it its name back: git mv migrations/0004_names.sql migrations/0002_names.sql
	EOF
	test_cmp expect err &&
	test "$(one_line "count(*) FROM d1_migrations")" = "2 "
'

test_expect_success 'apply: to a file, and not to a snapshot' '
	shop file &&
	sqlite3 other.sqlite "CREATE TABLE lines(id INTEGER PRIMARY KEY, name TEXT)" &&
	migration 0001_lines.sql "CREATE TABLE IF NOT EXISTS lines(id, name);" &&
	git-d1 migrations apply ./other.sqlite >actual &&
	sqlite3 other.sqlite "SELECT count(*) FROM d1_migrations" >count &&
	echo 3 >expect &&
	test_cmp expect count &&
	test_expect_exit 3 git-d1 migrations apply snapshot &&
	test_expect_exit 3 git-d1 migrations apply HEAD
'

test_expect_success 'apply: files in folders, as migrations_pattern finds them' '
	shop pattern &&
	sed "s,\"DB\"\,,\"DB\"\, \"migrations_dir\": \"./drizzle\"\, \"migrations_pattern\": \"./drizzle/*/migration.sql\"\,," \
		wrangler.jsonc >new && mv new wrangler.jsonc &&
	mkdir -p drizzle/0001_a drizzle/0002_b && rm -r .wrangler &&
	echo "CREATE TABLE a(id)" >drizzle/0001_a/migration.sql &&
	echo "ALTER TABLE a ADD b" >drizzle/0002_b/migration.sql &&
	git-d1 migrations apply >actual &&
	cat >expect <<-\EOF &&
	applied 0001_a/migration.sql
	applied 0002_b/migration.sql
	EOF
	test_cmp expect actual
'

test_expect_success 'baseline: notes what is in the schema already' '
	shop baseline &&
	rows "DROP TABLE d1_migrations" &&
	git-d1 migrations baseline --dry-run >actual &&
	cat >expect <<-\EOF &&
	applied: 0001_lines.sql
	applied: 0002_names.sql
	EOF
	test_cmp expect actual &&
	test "$(one_line "count(*) FROM sqlite_schema WHERE name = '\''d1_migrations'\''")" = "0 " &&
	git-d1 migrations baseline >actual &&
	test_cmp expect actual &&
	test "$(one_line "name FROM d1_migrations ORDER BY id")" = "0001_lines.sql 0002_names.sql " &&
	test "$(rows "SELECT sql FROM sqlite_schema WHERE name = '\''d1_migrations'\''")" = "$LEDGER" &&
	git-d1 migrations baseline >actual &&
	echo "nothing to note" >expect &&
	test_cmp expect actual &&
	git-d1 migrations apply &&
	git-d1 migrations status --exit-code local
'

test_expect_success 'baseline: refuses what is not so' '
	shop untrue &&
	rows "DELETE FROM d1_migrations" &&
	test_expect_exit 3 git-d1 migrations baseline --to 0003_color.sql &&
	cat >expect <<-\EOF &&
	error: the schema of shop/local is not that after 0003_color.sql
	hint: it is that after 0002_names.sql
	EOF
	test_cmp expect err &&
	test_expect_exit 3 git-d1 migrations baseline --to 0001 &&
	test_line err "error: the schema of shop/local is not that after 0001_lines.sql" &&
	test_expect_exit 129 git-d1 migrations baseline --to 000 &&
	test_expect_exit 129 git-d1 migrations baseline --to 0007 &&
	rows "CREATE TABLE extra(a)" &&
	test_expect_exit 3 git-d1 migrations baseline &&
	cat >expect <<-\EOF &&
	error: the schema of shop/local is not that after any of the migrations
	hint: git d1 migrations status shop/local shows what differs
	EOF
	test_cmp expect err &&
	test "$(one_line "count(*) FROM d1_migrations")" = "0 "
'

test_expect_success 'baseline: how far the rows are must be said' '
	shop rows &&
	migration 0002_seed.sql "INSERT INTO lines(id) VALUES(1);" &&
	migration 0003_color.sql "UPDATE lines SET name = '\''a'\'';" &&
	rows "DELETE FROM d1_migrations" &&
	test_expect_exit 3 git-d1 migrations baseline &&
	cat >expect <<-\EOF &&
	error: the schema of shop/local is that after 0002_names.sql, and also that after 0003_color.sql
	hint: --to says how far the rows are
	EOF
	test_cmp expect err &&
	git-d1 migrations baseline --to 0002_seed.sql &&
	test "$(one_line "name FROM d1_migrations ORDER BY id")" = "0001_lines.sql 0002_names.sql 0002_seed.sql "
'

test_expect_success 'baseline: takes back what is noted too much' '
	shop toomuch &&
	rows "DROP VIEW names; INSERT INTO d1_migrations(name) VALUES('\''foreign.sql'\'')" &&
	git-d1 migrations baseline >actual &&
	echo "not applied: 0002_names.sql" >expect &&
	test_cmp expect actual &&
	test "$(one_line "name FROM d1_migrations ORDER BY id")" = "0001_lines.sql foreign.sql " &&
	git-d1 undo --list >actual &&
	grep "git d1 migrations baseline to shop/local" actual
'

# family DIR: a parent whose rows a rebuild takes with its children.
family () {
	shop "$1" && rm migrations/0003_color.sql &&
	migration 0003_stop.sql "CREATE TABLE stop(id INTEGER PRIMARY KEY,
		line INTEGER REFERENCES lines(id) ON DELETE CASCADE, note);
		CREATE TABLE log(what);" &&
	git-d1 migrations apply &&
	rows "INSERT INTO lines VALUES(1, 'a'), (2, 'b');
		INSERT INTO stop VALUES(5, 1, 'x'), (6, 1, 'y'), (7, 2, 'z');
		INSERT INTO log VALUES('a'), ('b')" &&
	migration 0004_rebuild.sql "PRAGMA foreign_keys=OFF;
DROP VIEW names;
CREATE TABLE new_lines(id INTEGER PRIMARY KEY, name TEXT NOT NULL);
INSERT INTO new_lines SELECT id, name FROM lines;
DROP TABLE lines;
ALTER TABLE new_lines RENAME TO lines;" &&
	commit family
}

test_expect_success 'dry run: rows that a rebuild would take away are named' '
	family cascade &&
	sha256sum "$FILE" >before &&
	git-d1 migrations apply --dry-run >actual 2>err &&
	cat >expect <<-\EOF &&
	would apply 0004_rebuild.sql
	stop: 3 of 3 rows would vanish: id=5, id=6, id=7
	EOF
	test_cmp expect actual &&
	echo "hint: nothing was written: this was tried in a private database, with the rows of shop/local" >expect &&
	test_cmp expect err &&
	sha256sum -c before &&
	git-d1 migrations apply &&
	test "$(one_line "count(*) FROM stop")" = "0 "
'

test_expect_success 'dry run: rows that change, tables and columns that go' '
	family changes &&
	migration 0004_rebuild.sql "UPDATE stop SET note = upper(note) WHERE id > 5;
		DELETE FROM stop WHERE id = 5;
		DROP TABLE log; ALTER TABLE lines ADD COLUMN color;
		DROP VIEW names; ALTER TABLE lines DROP COLUMN name;
		INSERT INTO lines(id) VALUES(3);" &&
	git-d1 migrations apply --dry-run >actual &&
	cat >expect <<-\EOF &&
	would apply 0004_rebuild.sql
	lines: values would be gone: name
	lines: 1 row would be new
	log: the table would be gone, with 2 rows
	stop: 1 of 3 rows would vanish, 2 would change: id=5, id=6, id=7
	EOF
	test_cmp expect actual &&
	migration 0004_rebuild.sql "CREATE TABLE more(a);" &&
	git-d1 migrations apply --dry-run >actual &&
	cat >expect <<-\EOF &&
	would apply 0004_rebuild.sql
	no row would vanish or change
	EOF
	test_cmp expect actual
'

test_expect_success 'dry run: a constraint that rows violate' '
	family constraint &&
	migration 0004_rebuild.sql "CREATE TABLE more(a);
CREATE UNIQUE INDEX one_each
	ON stop(line);" &&
	test_expect_exit 128 git-d1 migrations apply --dry-run &&
	cat >expect <<-\EOF &&
	fatal: with shop/local: migrations/0004_rebuild.sql:2: UNIQUE constraint failed: stop.line
	hint: the statement is: CREATE UNIQUE INDEX one_each ON stop(line)
	EOF
	test_cmp expect err &&
	migration 0004_rebuild.sql "INSERT INTO stop VALUES(9, 77, NULL);" &&
	test_expect_exit 128 git-d1 migrations apply --dry-run &&
	test_line err "fatal: with shop/local: migrations/0004_rebuild.sql:1: FOREIGN KEY constraint failed"
'

test_expect_success 'dry run: on the rows of a snapshot' '
	family rehearsed &&
	git-d1 track lines stop &&
	git-d1 snapshot &&
	rm -r .wrangler &&
	git-d1 migrations apply --dry-run >actual 2>err &&
	test_line actual "no row would vanish or change" &&
	grep "with no rows" err &&
	mkdir -p "$(dirname "$FILE")" &&
	rows "$LEDGER; INSERT INTO d1_migrations(name) VALUES('\''0001_lines.sql'\''),
		('\''0002_names.sql'\''), ('\''0003_stop.sql'\'')" &&
	git-d1 migrations apply --dry-run --rows snapshot >actual 2>err &&
	cat >expect <<-\EOF &&
	would apply 0004_rebuild.sql
	stop: 3 of 3 rows would vanish: id=5, id=6, id=7
	EOF
	test_cmp expect actual &&
	grep "with the rows of shop/snapshot" err
'

# drafted FILE: the migration without its first line, which has the time.
drafted () {
	head -n 1 "migrations/$1" | grep -E "^-- Migration number: ${1%%_*} 	 20[0-9-]+T[0-9:]+\\.[0-9]{3}Z$" >&2 &&
	sed 1d "migrations/$1"
}

test_expect_success 'draft: what was changed in the local database' '
	shop draft &&
	git-d1 migrations apply &&
	rows "CREATE INDEX by_name ON lines(name);
		ALTER TABLE lines ADD COLUMN zone INTEGER" &&
	git-d1 migrations draft "add zones" >actual &&
	echo migrations/0004_add_zones.sql >expect &&
	test_cmp expect actual &&
	drafted 0004_add_zones.sql >sql &&
	grep -v "^--" sql >actual &&
	cat >expect <<-\EOF &&
	ALTER TABLE "lines" ADD COLUMN zone INTEGER;
	CREATE INDEX by_name ON lines(name);
	EOF
	test_cmp expect actual &&
	git-d1 migrations baseline >actual &&
	echo "applied: 0004_add_zones.sql" >expect &&
	test_cmp expect actual &&
	git-d1 migrations status --exit-code local
'

test_expect_success 'draft: nothing differs' '
	go draft &&
	git-d1 migrations draft --dry-run more >actual &&
	test $(wc -l <actual) = 1 &&
	git-d1 migrations draft more >actual 2>err &&
	echo migrations/0005_more.sql >expect &&
	test_cmp expect actual &&
	drafted 0005_more.sql >actual &&
	test_must_be_empty actual &&
	test_line err "hint: nothing differs: the migration is empty"
'

test_expect_success 'draft: what is pending is not to be undone' '
	shop behind &&
	test_expect_exit 3 git-d1 migrations draft more &&
	test_line err "error: 0003_color.sql is not applied to shop/local" &&
	ls migrations >actual &&
	test $(wc -l <actual) = 3
'

test_expect_success 'draft: from a file of definitions' '
	shop definitions &&
	cat >wanted.sql <<-\EOF &&
	CREATE TABLE lines(id INTEGER PRIMARY KEY, title TEXT); -- @renamed
	EOF
	test_expect_exit 3 git-d1 migrations draft --from ./wanted.sql less &&
	cat >wanted.sql <<-\EOF &&
	CREATE TABLE lines(id INTEGER PRIMARY KEY,
		title TEXT, -- @renamed from=name
		color TEXT);
	CREATE VIEW names AS SELECT title FROM lines;
	CREATE TABLE stop(id INTEGER PRIMARY KEY);
	EOF
	git-d1 migrations draft --from ./wanted.sql titles >actual &&
	git-d1 migrations apply &&
	git-d1 schema diff --exit-code local ./wanted.sql &&
	git-d1 migrations status --exit-code local
'

test_expect_success 'draft: another ledger is no part of a schema' '
	shop named &&
	sed "s/\"DB\",/\"DB\", \"migrations_table\": \"my steps\",/" \
		wrangler.jsonc >new && mv new wrangler.jsonc &&
	rows "ALTER TABLE d1_migrations RENAME TO [my steps]" &&
	git-d1 migrations apply &&
	git-d1 migrations draft --dry-run nothing >actual &&
	test $(wc -l <actual) = 1 &&
	rows "DROP TABLE [my steps]" &&
	git-d1 migrations draft --dry-run nothing >actual &&
	test $(wc -l <actual) = 1
'

test_expect_success 'draft: names, and folders of a pattern' '
	shop names &&
	git-d1 migrations apply &&
	test_expect_exit 129 git-d1 migrations draft a/b &&
	test_expect_exit 129 git-d1 migrations draft "" &&
	sed "s,\"DB\"\,,\"DB\"\, \"migrations_dir\": \"./drizzle\"\, \"migrations_pattern\": \"./drizzle/*/migration.sql\"\,," \
		wrangler.jsonc >new && mv new wrangler.jsonc &&
	mkdir -p drizzle/0011_a && rm -r .wrangler &&
	echo "CREATE TABLE a(id)" >drizzle/0011_a/migration.sql &&
	git-d1 migrations apply &&
	git-d1 migrations draft next >actual &&
	echo drizzle/0012_next/migration.sql >expect &&
	test_cmp expect actual &&
	test -f drizzle/0012_next/migration.sql
'

test_expect_success 'a project without a folder of migrations' '
	shop folder &&
	first=$(git rev-parse HEAD) &&
	rm -r migrations &&
	expect_status <<-EOF &&
	shop/local: 2 applied, 0 pending
	  0001_lines.sql is applied, and its file was deleted
	    (git checkout $first -- migrations/0001_lines.sql)
	  0002_names.sql is applied, and its file was deleted
	    (git checkout $first -- migrations/0002_names.sql)
	EOF
	test_expect_exit 128 git-d1 migrations apply &&
	test_line err "fatal: there is no folder '\''migrations'\''" &&
	rows "DROP TABLE d1_migrations" &&
	git-d1 migrations draft init >actual &&
	echo migrations/0001_init.sql >expect &&
	test_cmp expect actual &&
	git-d1 migrations baseline >actual &&
	echo "applied: 0001_init.sql" >expect &&
	test_cmp expect actual &&
	git-d1 migrations status --exit-code local
'

test_expect_success 'status: lines that end with NUL' '
	shop nul &&
	git-d1 migrations status --porcelain local >expect &&
	git-d1 migrations status --porcelain -z local | tr "\000" "\n" >actual &&
	test_cmp expect actual &&
	test_expect_exit 129 git-d1 migrations status -z local
'

test_done
