#!/bin/sh

test_description='real wrangler takes a database that git d1 restore made'

. "$(dirname "$0")/setup.sh"

# git-d1 itself lies in the build tree.
PATH=${TOP_BUILDDIR:-$STANDIN_SRCDIR/../..}:$PATH
GIT_CONFIG_NOSYSTEM=1
GIT_AUTHOR_NAME=test GIT_AUTHOR_EMAIL=test@example.com
GIT_COMMITTER_NAME=test GIT_COMMITTER_EMAIL=test@example.com
export PATH GIT_CONFIG_NOSYSTEM GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL
export GIT_COMMITTER_NAME GIT_COMMITTER_EMAIL

# query SQL: the rows as JSON, one object a line.
query () {
	wrangler d1 execute shop --local --json --command "$1" &&
	node -e '
		const text = require("fs").readFileSync("out", "utf8");
		for (const row of JSON.parse(text.slice(text.search(/^[[{]/m)))[0].results)
			console.log(JSON.stringify(row));
	'
}

test_expect_success 'a repository with migrations and a snapshot' '
	git init -q &&
	cat >wrangler.toml <<-\EOF &&
	name = "shop-worker"
	compatibility_date = "2026-04-01"

	[[d1_databases]]
	binding = "DB"
	database_name = "shop"
	database_id = "11111111-2222-3333-4444-555555555555"
	EOF
	mkdir -p migrations d1/shop/data &&
	cat >migrations/0001_lines.sql <<-\EOF &&
	CREATE TABLE lines(id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE);
	INSERT INTO lines(name) VALUES("a seed");
	EOF
	sed -i "s/\"/'\''/g" migrations/0001_lines.sql &&
	cat >migrations/0002_trigger.sql <<-\EOF &&
	CREATE TABLE log(what);
	CREATE TRIGGER noted AFTER INSERT ON lines BEGIN
		INSERT INTO log VALUES(CASE WHEN new.id > 0 THEN new.name END);
	END;
	EOF
	cat >d1/shop/schema.sql <<-\EOF &&
	CREATE TABLE "lines" ("id" INTEGER PRIMARY KEY AUTOINCREMENT, "name" TEXT UNIQUE);
	CREATE TABLE "log" ("what");
	EOF
	cat >d1/shop/data/lines.sql <<-\EOF &&
	-- git-d1 snapshot 1
	-- table "lines" (id, name) key id
	PRAGMA defer_foreign_keys=on;
	INSERT INTO "lines" VALUES(1,"M44");
	INSERT INTO "lines" VALUES(2,"N97");
	EOF
	sed -i "/VALUES/s/\"\([MN][0-9]*\)\"/'\''\1'\''/" d1/shop/data/lines.sql &&
	git add . && git commit -q -m first
'

test_expect_success 'wrangler reads what was restored' '
	git-d1 restore >actual &&
	cat >expect <<-\EOF &&
	applied 0001_lines.sql
	applied 0002_trigger.sql
	lines: 1 inserted, 1 updated, 0 deleted
	EOF
	test_cmp expect actual &&
	query "SELECT * FROM lines" >actual &&
	cat >expect <<-\EOF &&
	{"id":1,"name":"M44"}
	{"id":2,"name":"N97"}
	EOF
	test_cmp expect actual
'

test_expect_success 'to wrangler no migration is pending' '
	wrangler d1 migrations list shop --local &&
	grep "No migrations to apply" out &&
	wrangler d1 migrations apply shop --local &&
	grep "No migrations to apply" out
'

test_expect_success 'wrangler writes it, and restore keeps that' '
	query "INSERT INTO lines(name) VALUES('\''X'\'')" &&
	query "SELECT what FROM log" >actual &&
	echo "{\"what\":\"X\"}" >expect &&
	test_cmp expect actual &&
	sed -i "s/N97/N98/" d1/shop/data/lines.sql &&
	git-d1 restore snapshot >actual &&
	cat >expect <<-\EOF &&
	lines: 0 inserted, 1 updated, 0 deleted
	lines: 1 local change kept
	EOF
	test_cmp expect actual &&
	query "SELECT * FROM lines" >actual &&
	cat >expect <<-\EOF &&
	{"id":1,"name":"M44"}
	{"id":2,"name":"N98"}
	{"id":3,"name":"X"}
	EOF
	test_cmp expect actual
'

test_expect_success 'after migrations of wrangler the others are run' '
	echo "ALTER TABLE lines ADD COLUMN color TEXT;" >migrations/0003_color.sql &&
	wrangler d1 migrations apply shop --local &&
	echo "CREATE TABLE more(a);" >migrations/0004_more.sql &&
	git add . && git commit -q -m more &&
	git-d1 restore >actual &&
	cat >expect <<-\EOF &&
	applied 0004_more.sql
	lines: 1 local change kept
	EOF
	test_cmp expect actual &&
	wrangler d1 migrations list shop --local &&
	grep "No migrations to apply" out
'

test_done
