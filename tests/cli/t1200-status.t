#!/bin/sh

test_description='git d1 status: what is there, reachable, and different'

. "$(dirname "$0")/lib.sh"

STANDIN_SRCDIR=$TOP_SRCDIR/tests/d1
. "$STANDIN_SRCDIR/standin.sh"

test_needs sqlite3

SCHEMA="CREATE TABLE lines(id INTEGER PRIMARY KEY, city TEXT, updated_at INT);
	CREATE TABLE users(id INTEGER PRIMARY KEY, name TEXT);
	CREATE TABLE \"od\"\"d\"(a, b);
	CREATE TABLE d1_migrations(id INTEGER PRIMARY KEY, name TEXT);
	CREATE VIEW names AS SELECT name FROM users;"

test_expect_success 'a project' '
	make_wrangler_project shop "$SCHEMA
		CREATE TABLE fresh(id INTEGER PRIMARY KEY);
		INSERT INTO lines VALUES(1,'\''Oslo'\'',100),(2,'\''Rome'\'',300),
			(3,'\''Bonn'\'',100),(4,'\''Kyiv'\'',NULL);
		INSERT INTO users VALUES(1,'\''ada'\''),(2,'\''bob'\'');
		INSERT INTO \"od\"\"d\" VALUES(1,2),(1,2);" &&
	top=$(cd shop && pwd -P) &&
	file=$(local_database "$top")
'

test_expect_success 'the command line is checked' '
	test_expect_exit 129 git-d1 -C shop status a b &&
	test_line err "error: status takes the name of one database" &&
	test_expect_exit 129 git-d1 -C shop status -- lines &&
	test_expect_exit 129 git-d1 -C shop status -z &&
	test_line err "error: -z needs --porcelain" &&
	test_expect_exit 129 git-d1 -C shop status --json --porcelain &&
	test_expect_exit 129 git-d1 -C shop status --porcelain=v9 &&
	test_expect_exit 129 git-d1 -C shop status --porcelain=
'

test_expect_success 'failures of the configuration are errors' '
	mkdir empty &&
	test_expect_exit 128 git-d1 -C empty status &&
	grep "^fatal: no wrangler.json" err &&
	echo "{}" >empty/wrangler.json &&
	test_expect_exit 128 git-d1 -C empty status &&
	grep "^fatal: .*has no d1_databases" err &&
	test_expect_exit 128 git-d1 -C shop status nowhere &&
	grep "^fatal: no database .nowhere." err &&
	test_expect_exit 128 git-d1 -C shop status --env nowhere
'

test_expect_success 'the local part, offline' '
	cat >expected <<-EOF &&
	Configuration $top/wrangler.jsonc
	Environment (top level)

	Database shop
	  binding        DB
	  database_name  shop
	  database_id    $TEST_DATABASE_ID
	  local          $file
	  remote         not asked, because of --offline

	  table    local
	  fresh        0
	  lines        4
	  names        -
	  "od\"d"      2
	  users        2

	  excluded: d1_migrations
	EOF
	git-d1 -C shop status --offline >actual 2>err &&
	test_must_be_empty err &&
	test_cmp expected actual
'

test_expect_success 'a database is found by each of its names' '
	git-d1 -C shop status --offline DB >actual &&
	test_cmp expected actual &&
	git-d1 -C shop status --offline shop >actual &&
	test_cmp expected actual
'

test_expect_success 'without a token: the local part, and what to do' '
	CLOUDFLARE_ACCOUNT_ID=acc123 git-d1 -C shop status >actual 2>err &&
	test_must_be_empty err &&
	test_line actual \
		"  remote         not reached: no Cloudflare API token found" &&
	grep "^  (set CLOUDFLARE_API_TOKEN, run" actual &&
	test_line actual "  lines        4"
'

test_expect_success 'nobody is asked, even on a terminal' '
	CLOUDFLARE_ACCOUNT_ID=acc123 GIT_TERMINAL_PROMPT=1 \
		timeout 120 script -qec "git-d1 -C shop status --no-color" \
		/dev/null </dev/null >actual &&
	grep "no Cloudflare API token found" actual &&
	! grep -i "password for" actual
'

test_expect_success 'no local file' '
	mkdir bare &&
	cp shop/wrangler.jsonc bare &&
	git-d1 -C bare status --offline >actual &&
	test_line actual "                 does not exist" &&
	grep "^  (there is no local database yet: run" actual &&
	! grep "^  table" actual &&
	line local missing >expected &&
	git-d1 -C bare status --offline --porcelain >out &&
	grep "^local" out >actual &&
	test_cmp expected actual
'

test_expect_success 'a local file that is no database' '
	mkdir broken &&
	cp shop/wrangler.jsonc broken &&
	broken_file=$(local_database broken) &&
	mkdir -p "$(dirname "$broken_file")" &&
	echo "this is not a database, however one looks at it" >"$broken_file" &&
	git-d1 -C broken status --offline --porcelain >actual &&
	line local error >expected &&
	grep "^local" actual >shown &&
	test_cmp expected shown &&
	grep "^message	.*is not a SQLite database" actual
'

test_expect_success 'an entry without an id has no remote' '
	mkdir noid &&
	echo "{\"d1_databases\":[{\"binding\":\"DB\"}]}" >noid/wrangler.json &&
	git-d1 -C noid status --porcelain >actual &&
	line remote missing >expected &&
	grep "^remote" actual >shown &&
	test_cmp expected shown &&
	grep "^message	binding .DB. in .* has no database_id" actual
'

# ---- with a remote ----

if standin_installed
then
	test_set_prereq STANDIN
fi

fill_remote () {
	remote_file=$(local_database remote | sed "s,/.wrangler/state,,") &&
	mkdir -p "$(dirname "$remote_file")" &&
	sqlite3 "$remote_file" "$SCHEMA
		CREATE TABLE gone(id INTEGER PRIMARY KEY, n);
		INSERT INTO gone VALUES(1,1),(2,2),(3,3);
		INSERT INTO lines VALUES(1,'Oslo',100),(2,'Roma',200),
			(3,'Köln',200),(4,'Kiev',NULL),(5,'Lima',NULL);
		INSERT INTO users VALUES(1,'ada'),(2,'bob');
		INSERT INTO \"od\"\"d\" VALUES(1,2),(3,4);"
}

test_expect_success STANDIN 'a remote' '
	fill_remote &&
	standin_start --database "shop=$TEST_DATABASE_ID" --persist remote \
		--token "$SECRET" &&
	standin_env &&
	CLOUDFLARE_API_TOKEN=$SECRET
'

test_expect_success STANDIN 'drift by bucket' '
	cat >expected <<-EOF &&
	  remote         reachable
	  credentials    environment variable CLOUDFLARE_API_TOKEN
	  permission     D1 Read

	  table    local  remote  drift
	  fresh        0       -  no such remote table
	  gone         -       3  no such local table, 3 remote_only
	  lines        4       5  1 remote_only, 1 local_newer, 1 remote_newer, 1 content_differs
	  names        -       -  not compared: a view
	  "od\"d"      2       2  1 local_only, 1 remote_only
	  users        2       2  same

	  excluded: d1_migrations

	  (use "git d1 diff shop/remote shop/local" to see the rows)
	EOF
	git-d1 -C shop status >out 2>err &&
	test_must_be_empty err &&
	sed -n "/^  remote /,\$p" out >actual &&
	test_cmp expected actual
'

test_expect_success STANDIN 'nothing but reading was asked for' '
	standin_log | sed -e "s/.*\"request\"://" -e "s/\"reply\".*//" >requests &&
	grep -o -E "sql[^A-Za-z ]+[A-Za-z]+" requests |
		sed "s/.*[^A-Za-z]//" | sort -u >actual &&
	echo SELECT >expected &&
	test_cmp expected actual
'

test_expect_success STANDIN 'the porcelain format' '
	{
		line "# git-d1 status v1" &&
		line config "$top/wrangler.jsonc" &&
		line database shop &&
		line binding DB &&
		line database-name shop &&
		line database-id $TEST_DATABASE_ID &&
		line local ok &&
		line path "$file" &&
		line remote ok &&
		line credentials "environment variable CLOUDFLARE_API_TOKEN" &&
		line permission "D1 Read" &&
		line table excluded - - - - - - - - d1_migrations &&
		line table compared 0 - 0 0 0 0 0 same fresh &&
		line table compared - 3 0 3 0 0 0 same gone &&
		line table compared 4 5 0 1 1 1 1 same lines &&
		line table derived - - - - - - - - names &&
		line table compared 2 2 1 1 0 0 0 same "\"od\\\"d\"" &&
		line table compared 2 2 0 0 0 0 0 same users
	} >expected &&
	git -C shop -c color.d1=always d1 status --porcelain >actual &&
	test_cmp expected actual &&
	git-d1 -C shop status --porcelain=v1 -z >actual.nul &&
	tr "\\0" "\\n" <actual.nul >actual &&
	sed "s/\"od.*/od\"d/" expected >expected.plain &&
	test_cmp expected.plain actual
'

test_expect_success STANDIN 'one JSON document' '
	git-d1 -C shop status --json >actual.json &&
	sqlite3 :memory: "
		CREATE TABLE j(d);
		INSERT INTO j VALUES(CAST(readfile('\''actual.json'\'') AS TEXT));
		SELECT d->>'\''version'\'', d->>'\''databases[0].local.state'\'',
			d->>'\''databases[0].remote.permission'\'',
			d->>'\''databases[0].moved'\'' FROM j;
		SELECT t.value->>'\''name'\'', t.value->>'\''state'\'',
			t.value->>'\''rows.local'\'',
			t.value->>'\''rows.remote'\'',
			t.value->>'\''buckets.identical'\'',
			t.value->>'\''buckets.remote_newer'\''
			FROM j, json_each(d, '\''$.databases[0].tables'\'') t
			WHERE t.value->>'\''name'\'' NOT IN ('\''fresh'\'');" >actual &&
	cat >expected <<-\EOF &&
	1|ok|D1 Read|0
	d1_migrations|excluded||||
	gone|compared||3|0|0
	lines|compared|4|5|1|1
	names|derived||||
	od"d|compared|2|2|1|0
	users|compared|2|2|2|0
	EOF
	test_cmp expected actual
'

test_expect_success STANDIN 'colours are those of git status' '
	git -C shop -c color.status.changed=magenta d1 status --color \
		>out &&
	esc=$(printf "\\033") &&
	test_line out "$esc[1mDatabase shop$esc[m" &&
	test_line out "  remote         $esc[32mreachable$esc[m" &&
	grep -F "$esc[35m1 local_only, 1 remote_only$esc[m" out &&
	git-d1 -C shop status >out &&
	! grep "$esc" out
'

test_expect_success STANDIN 'rows are counted without a comparison' '
	standin_clear_log &&
	git-d1 -C shop status --no-drift >out &&
	grep "^  lines  *4  *5  not compared$" out &&
	grep "^  gone  *-  *3  not compared$" out &&
	test_line out "  not compared: because of --no-drift" &&
	standin_log >log &&
	test "$(grep -c "count(\*)" log)" = 1
'

test_expect_success STANDIN 'without a local file the remote is counted' '
	git-d1 -C bare status >out &&
	grep "^  table  *remote$" out &&
	grep "^  lines  *5$" out
'

test_expect_success STANDIN 'other columns are drift, too' '
	make_wrangler_project columns "$SCHEMA
		ALTER TABLE users ADD email TEXT;
		INSERT INTO users(id,name) VALUES(1,'\''ada'\''),(2,'\''bob'\'');" &&
	git-d1 -C columns status >out &&
	grep "^  users  *2  *2  columns differ$" out &&
	git-d1 -C columns status --porcelain >out &&
	line table compared 2 2 0 0 0 0 0 differ users >expected &&
	grep "users$" out >actual &&
	test_cmp expected actual
'

test_expect_success STANDIN 'what cannot be compared is said, and counted' '
	git config -f shop/.d1config table.users.key nowhere &&
	test_when_finished "rm shop/.d1config" &&
	git-d1 -C shop status >out &&
	grep "^  not compared: .*nowhere" out &&
	grep "^  users  *2  *2  not compared$" out &&
	grep "^  lines  *4  *5  " out
'

test_expect_success STANDIN 'a remote that moves meanwhile' '
	standin_fault "{\"kind\":\"sql\",\"when\":\"after\",\"path\":\"/raw$\",\"database\":\"shop\",\"sql\":\"UPDATE gone SET n = n + 1 WHERE id = 1\"}" &&
	git-d1 -C shop status >out &&
	standin_no_faults &&
	grep "^  The database changed while it was read" out
'

test_expect_success STANDIN 'a missing permission is named' '
	standin_fault "{\"kind\":\"forbidden-permission\",\"times\":9}" &&
	git-d1 -C shop status >out &&
	standin_no_faults &&
	grep "^  remote  *not reached: shop/remote: .*permission .D1 Read." out &&
	grep "^  (give the token the permission Account / D1 / Read" out &&
	grep "^  lines  *4$" out
'

test_expect_success STANDIN 'more tables than are counted in one call' '
	tables=$(seq -f "many%g" 1 60) &&
	for table in $tables
	do
		echo "CREATE TABLE $table(a); INSERT INTO $table VALUES(1);"
	done >many.sql &&
	standin_sql shop "$(cat many.sql)" &&
	standin_sql shop "INSERT INTO many60 VALUES(2), (3)" &&
	standin_clear_log &&
	git-d1 -C shop status --no-drift --porcelain >out &&
	grep -c "many[0-9]*$" out >actual &&
	echo 60 >expected &&
	test_cmp expected actual &&
	line table not-compared - 1 - - - - - - many59 >expected &&
	line table not-compared - 3 - - - - - - many60 >>expected &&
	grep -e many59 -e many60 out >actual &&
	test_cmp expected actual &&
	standin_log >log &&
	test "$(grep -c "count(\*)" log)" = 2
'

test_expect_success STANDIN 'a database that the account does not have' '
	sed s/11111111/99999999/ shop/wrangler.jsonc >bare/wrangler.jsonc &&
	git-d1 -C bare status --porcelain >out &&
	line remote missing >expected &&
	grep ^remote out >actual &&
	test_cmp expected actual
'

test_expect_success STANDIN 'two databases, of which one is asked for' '
	mkdir two &&
	cat >two/wrangler.json <<-EOF &&
	{"d1_databases": [
		{"binding": "A", "database_name": "shop",
		 "database_id": "$TEST_DATABASE_ID"},
		{"binding": "B", "database_name": "log", "database_id": "b"}]}
	EOF
	git-d1 -C two status --offline --porcelain >out &&
	printf "database\\t%s\\n" shop log >expected &&
	grep ^database out | grep -v -e -name -e -id >actual &&
	test_cmp expected actual &&
	git-d1 -C two status --porcelain A >out &&
	grep -F "$(line remote ok)" out &&
	! grep "log$" out
'

test_expect_success STANDIN 'no secret, wherever it is from' '
	unset CLOUDFLARE_API_TOKEN &&
	everything () {
		for form in --no-color --porcelain --json
		do
			GIT_TRACE=1 GIT_TRACE_CURL=1 \
				git-d1 -C shop status $form || return 1
		done >out 2>&1 &&
		no_secret out &&
		grep -F -e "$1" out
	} &&
	CLOUDFLARE_API_TOKEN=$SECRET &&
	export CLOUDFLARE_API_TOKEN &&
	everything "environment variable CLOUDFLARE_API_TOKEN" &&
	unset CLOUDFLARE_API_TOKEN &&
	echo "CLOUDFLARE_API_TOKEN=$SECRET" >shop/.env &&
	everything "	.env" &&
	rm shop/.env &&
	echo "http://acc123:$SECRET@127.0.0.1%3a$STANDIN_PORT" >"$HOME/store" &&
	git config --global credential.helper "store --file=\"$HOME/store\"" &&
	everything "git credential" &&
	git config --global --unset credential.helper &&
	login=$HOME/.config/.wrangler/config/default.toml &&
	mkdir -p "$(dirname "$login")" &&
	cat >"$login" <<-EOF &&
	oauth_token = "$SECRET"
	expiration_time = "2999-01-01T00:00:00.000Z"
	EOF
	everything "wrangler login" &&
	rm "$login"
'

test_expect_success STANDIN 'a token that is refused is not shown' '
	CLOUDFLARE_API_TOKEN=$SECRET &&
	export CLOUDFLARE_API_TOKEN &&
	standin_fault "{\"kind\":\"unauthorized\",\"times\":9}" &&
	git-d1 -C shop status --porcelain >out 2>&1 &&
	standin_no_faults &&
	no_secret out &&
	grep -F "$(line remote denied)" out &&
	grep -F "$(line credentials "environment variable")" out
'

test_expect_success STANDIN 'a server that is gone' '
	{ standin_stop || :; } &&
	git-d1 -C shop status --porcelain >out 2>err &&
	grep -F "$(line remote unreachable)" out &&
	grep "lines$" out
'

test_done
