#!/bin/sh

test_description='git d1 migrations: status, apply, baseline'

. "$(dirname "$0")/lib.sh"

if ! test_have_prereq SQLITE3
then
	skip_all='needs sqlite3'
	test_done
fi

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

test_expect_success 'status: a ledger that says too little' '
	shop ledger &&
	rows "DROP TABLE d1_migrations" &&
	git-d1 migrations status local >actual &&
	tail -n 2 actual >last &&
	cat >expect <<-\EOF &&
	  the schema is that after 0002_names.sql, though the ledger notes 0 migrations
	    (git d1 migrations baseline --to 0002_names.sql shop/local)
	EOF
	test_cmp expect last
'

test_expect_success 'status: a ledger that says too much' '
	shop much &&
	rows "DROP VIEW names" &&
	git-d1 migrations status local >actual &&
	tail -n 2 actual >last &&
	cat >expect <<-\EOF &&
	  the schema is that after 0001_lines.sql, though the ledger notes 2 migrations
	    (git d1 migrations baseline --to 0001_lines.sql shop/local)
	EOF
	test_cmp expect last &&
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
	    (git d1 snapshot)
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

test_done
