#!/bin/sh

test_description='git d1 diff with bad input: a message, a next step, no difference'

. "$(dirname "$0")/lib.sh"

test_needs sqlite3
test "$(id -u)" = 0 || test_set_prereq NOTROOT

# fails CODE TEXT HINT ARGUMENT...: git d1 diff ends with that code, the one
# line of its message holds TEXT and one of its hints HINT ("": there is none),
# and nothing stands on its standard output.
fails () {
	want=$1 text=$2 hint=$3 &&
	shift 3 &&
	test_expect_exit $want git-d1 diff "$@" >out </dev/null &&
	test_must_be_empty out &&
	grep -e "^fatal: " -e "^error: " err >messages &&
	test "$(wc -l <messages)" = 1 &&
	grep -F -e "$text" messages &&
	if test -n "$hint"
	then
		grep "^hint: " err >hints &&
		grep -F -e "$hint" hints
	fi
}

cat >wrangler-two.jsonc <<\EOF
{
	"d1_databases": [
		{ "binding": "DB", "database_name": "shop",
			"database_id": "11111111-2222-4333-8444-555555555555" },
		{ "binding": "LOGS", "database_name": "logs",
			"database_id": "22222222-2222-4333-8444-555555555555" }
	],
	"env": { "staging": { "d1_databases": [
		{ "binding": "DB", "database_name": "shop-staging" } ] } }
}
EOF

test_expect_success 'set up' '
	make_wrangler_project one "CREATE TABLE t(id INTEGER PRIMARY KEY, v);
		INSERT INTO t VALUES(1, 2)" &&
	mkdir two bare &&
	cp wrangler-two.jsonc two/wrangler.jsonc &&
	sqlite3 good "CREATE TABLE t(id INTEGER PRIMARY KEY, v);
		CREATE TABLE pairs(a, b, PRIMARY KEY(a, b));
		INSERT INTO t VALUES(1, 2)"
'

# ---- the command line ----

test_expect_success 'three endpoints' '
	fails 129 "at most two endpoints" "see '\''git d1 diff -h'\''" \
		./good ./good ./good
'

test_expect_success 'an endpoint that is none' '
	fails 128 "'\''nosuch'\'' is neither an endpoint nor a revision nor a" \
		"an endpoint is local, remote" ./good nosuch &&
	fails 128 "'\'''\'' is neither an endpoint nor a revision nor a file" \
		"an endpoint is local, remote" "" ./good &&
	fails 128 "'\''LOCAL'\'' is neither" "an endpoint is local" LOCAL ./good
'

test_expect_success 'a table that no side has' '
	fails 129 "no side has a table '\''nope'\''" "the tables are: pairs, t" \
		./good ./good -- t nope
'

test_expect_success '--where that is not one expression' '
	for where in "v; DROP TABLE t" "v = '\''" "(v" "v)" "" "  " "v -- x" \
		"v /* x"
	do
		fails 129 "" "see '\''git d1 diff -h'\''" \
			--where="$where" ./good ./good || return 1
	done
'

test_expect_success '--where that the engine refuses' '
	for where in "nosuch = 1" "v = = 1" "nosuch(v)"
	do
		test_expect_exit 128 git-d1 diff --where="$where" \
			./good ./good -- t >out &&
		grep "^not compared: ./good: " out &&
		test_line err "fatal: 1 table could not be compared" &&
		grep "^hint: t: ./good: " err || return 1
	done
'

test_expect_success '--key of another arity' '
	fails 129 "the key of table '\''t'\'' has 1 column, not 2" \
		"see '\''git d1 diff -h'\''" --key=1,2 ./good ./good -- t &&
	fails 129 "the key of table '\''pairs'\'' has 2 columns, not 1" "" \
		--key=1 ./good ./good -- pairs
'

test_expect_success '--key of a table without one' '
	sqlite3 keyless "CREATE TABLE t(v)" &&
	fails 129 "table '\''t'\'' has no key" "" --key=1 ./keyless ./keyless
'

# ---- the project ----

test_expect_success 'no wrangler configuration' '
	fails 128 "no wrangler.json, wrangler.jsonc or wrangler.toml" \
		"--config" &&
	fails 128 "no wrangler.json, wrangler.jsonc or wrangler.toml" \
		"--config" local ./good
'

test_expect_success 'several databases and none named' '
	(
		cd two &&
		fails 128 "has several databases" \
			"shop (binding DB), logs (binding LOGS)" &&
		fails 128 "has several databases" \
			"shop (binding DB), logs (binding LOGS)" local ../good
	)
'

test_expect_success 'a database or environment that is not there' '
	(
		cd two &&
		fails 128 "no database '\''nosuch'\''" "shop (binding DB)" \
			nosuch/local ../good &&
		fails 128 "no environment '\''nope'\''" "staging" \
			shop/remote@nope ../good &&
		fails 128 "no environment '\''nope'\''" "staging" --env=nope \
			shop/local ../good
	)
'

test_expect_success 'a database without an id' '
	(
		cd two &&
		fails 128 "has no database_id" "wrangler d1 list" \
			shop/remote@staging ../good
	)
'

test_expect_success 'a wrangler configuration without databases, or broken' '
	echo "{}" >bare/wrangler.jsonc &&
	(
		cd bare &&
		fails 128 "has no d1_databases" "wrangler d1 create"
	) &&
	echo "{ \"d1_databases\": [" >bare/wrangler.jsonc &&
	(
		cd bare &&
		fails 128 "wrangler.jsonc'\'' line " ""
	) &&
	fails 128 "nosuch.json'\'' does not exist" "" --config=nosuch.json
'

test_expect_success 'a local file that does not exist yet' '
	(
		cd two &&
		fails 128 "shop/local: the database file" "wrangler dev" \
			shop/local ../good &&
		fails 128 "shop/local: the database file" \
			"wrangler d1 migrations apply shop --local" \
			../good shop/local &&
		! test -e .wrangler
	)
'

# ---- files ----

test_expect_success 'a file that is not a database' '
	echo "this is just some text, a little longer than a header would be," \
		"which is a hundred bytes and not fewer than that" >text &&
	fails 128 "'\''./text'\'' is neither a SQLite database nor a SQL dump" \
		"check the path" ./text ./good &&
	fails 128 "'\''./text'\'' is neither a SQLite database nor a SQL dump" \
		"check the path" --quiet ./good ./text &&
	head -c 4096 /dev/zero >zeros &&
	fails 128 "'\''./zeros'\'' is not a SQLite database" "check the path" \
		./zeros ./good
'

test_expect_success 'an empty file is an empty database, as SQLite has it' '
	: >empty &&
	git-d1 diff --name-status ./good ./empty >actual &&
	printf "D\t%s\n" pairs t >expect &&
	test_cmp expect actual
'

test_expect_success 'a directory, a FIFO, a device' '
	mkdir directory &&
	mkfifo fifo &&
	fails 128 "the folder '\''./directory'\'' holds no snapshot" "" \
		./directory ./good &&
	fails 128 "'\''./fifo'\'' is not a regular file" "" ./good ./fifo &&
	fails 128 "'\''/dev/null'\'' is not a regular file" "" /dev/null ./good
'

test_expect_success NOTROOT 'a file that may not be read' '
	cp good secret &&
	chmod 000 secret &&
	fails 128 "'\''./secret'\''" "permissions" ./secret ./good
'

test_expect_success 'a link that leads nowhere' '
	ln -s gone dangling &&
	fails 128 "dangling" "" ./dangling ./good
'

# rows of 100 bytes on many pages
cat >many.sql <<\EOF
CREATE TABLE t(id INTEGER PRIMARY KEY, v);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
INSERT INTO t SELECT i, printf('%0100d', i) FROM n;
EOF

test_expect_success 'a file cut in the middle' '
	sqlite3 many <many.sql &&
	head -c 100000 many >cut &&
	for option in --quiet --stat --json --summary ""
	do
		test_expect_exit 128 git-d1 diff $option ./many ./cut >out &&
		grep "the database '\''./cut'\'' is damaged" err &&
		grep "^hint: .*integrity_check" err || return 1
	done &&
	fails 128 "is damaged" "integrity_check" --quiet ./cut ./cut
'

test_expect_success 'a file with damaged pages' '
	cp many damaged &&
	dd if=/dev/zero of=damaged bs=4096 seek=20 count=30 conv=notrunc &&
	fails 128 "the database '\''./damaged'\'' is damaged" "integrity_check" \
		--quiet ./many ./damaged &&
	fails 128 "the database '\''./damaged'\'' is damaged" "integrity_check" \
		--stat ./damaged ./many
'

test_expect_success 'a schema that cannot be read' '
	sqlite3 broken "CREATE TABLE t(a); PRAGMA writable_schema = ON;
		UPDATE sqlite_schema SET sql = '\''CREATE TABLE t(a'\''" &&
	fails 128 "'\''./broken'\''" "integrity_check" ./good ./broken
'

test_expect_success 'a view that is broken does not hide the tables' '
	cp good view &&
	sqlite3 view "CREATE VIEW w AS SELECT nosuch FROM gone" &&
	git-d1 diff --exit-code ./view ./view &&
	git-d1 diff --exit-code ./good ./view >out &&
	grep "not compared: a view" out
'

# hold_lock FILE: another program locks the database, until release_lock.
hold_lock () {
	mkfifo hold &&
	{
		sqlite3 "$1" <hold >held &
	} &&
	exec 8>hold &&
	echo "BEGIN EXCLUSIVE; SELECT 'done';" >&8 &&
	until grep -q "done" held
	do
		sleep 0.1
	done
}

release_lock () {
	exec 8>&-
	wait
}

test_expect_success 'a database that another program has locked' '
	cp good locked &&
	test_when_finished release_lock &&
	hold_lock locked &&
	fails 128 "the database '\''./locked'\'' is locked by another program" \
		"again when it is done" ./good ./locked
'

# ---- keys ----

test_expect_success 'sides that disagree on the key' '
	sqlite3 k1 "CREATE TABLE t(a TEXT PRIMARY KEY, b);
		CREATE TABLE u(id INTEGER PRIMARY KEY)" &&
	sqlite3 k2 "CREATE TABLE t(a TEXT, b INTEGER PRIMARY KEY);
		CREATE TABLE u(id INTEGER PRIMARY KEY); INSERT INTO u VALUES(1)" &&
	test_expect_exit 128 git-d1 diff ./k1 ./k2 >out &&
	test_line out "not compared: the sides disagree on the key: a against b" &&
	test_line out "@@ + id=1 @@" &&
	test_line err "fatal: 1 table could not be compared" &&
	grep "^hint: .*git config -f .d1config '\''table.t.key'\''" err
'

test_expect_success 'this is no empty difference in any output' '
	for option in --stat --summary --json
	do
		test_expect_exit 128 git-d1 diff $option ./k1 ./k2 -- t >out &&
		grep -e "not compared: the sides disagree" \
			-e "\"compared\":false,\"reason\":\"the sides disagree" \
			out || return 1
	done &&
	for option in --quiet --name-only --numstat --json=lines --exit-code
	do
		test_expect_exit 128 git-d1 diff $option ./k1 ./k2 -- t >out &&
		test_line err "fatal: 1 table could not be compared" || return 1
	done
'

test_expect_success 'the collation is part of the key' '
	sqlite3 k3 "CREATE TABLE t(a TEXT COLLATE NOCASE PRIMARY KEY, b)" &&
	test_expect_exit 128 git-d1 diff ./k1 ./k3 -- t >out &&
	test_line out "not compared: the sides disagree on the key: a against a NOCASE"
'

test_expect_success 'a table against a view' '
	sqlite3 k4 "CREATE VIEW t AS SELECT 1 AS a, 2 AS b" &&
	test_expect_exit 128 git-d1 diff ./k1 ./k4 -- t >out &&
	grep "not compared: a table on one side only" out &&
	test_line err "fatal: 1 table could not be compared"
'

# ---- the remote side ----

test_expect_success 'no account, no token' '
	(
		cd one &&
		fails 4 "account id is not known" "CLOUDFLARE_ACCOUNT_ID" &&
		CLOUDFLARE_ACCOUNT_ID=acc123 &&
		export CLOUDFLARE_ACCOUNT_ID &&
		fails 4 "no Cloudflare API token found" "CLOUDFLARE_API_TOKEN"
	)
'

test_expect_success 'a host that cannot be reached' '
	(
		cd one &&
		CLOUDFLARE_ACCOUNT_ID=acc123 &&
		CLOUDFLARE_API_TOKEN=dummy-token &&
		CLOUDFLARE_API_BASE_URL=http://127.0.0.1:9/client/v4 &&
		export CLOUDFLARE_ACCOUNT_ID CLOUDFLARE_API_TOKEN \
			CLOUDFLARE_API_BASE_URL &&
		fails 5 "cannot reach '\''127.0.0.1:9'\''" "server is running" &&
		CLOUDFLARE_API_BASE_URL=http://example.com/client/v4 &&
		fails 3 "must begin with https://" ""
	)
'

test_done
