#!/bin/sh

test_description='the stand-in answers as Cloudflare would'

. "$(dirname "$0")/setup.sh"
. "$STANDIN_SRCDIR/calls.sh"

# Values that a careless copy would change.
cat >nasty.sql <<'EOF'
CREATE TABLE nasty(id INTEGER PRIMARY KEY, v);
INSERT INTO nasty(v) VALUES
	(9223372036854775807), (-9223372036854775807 - 1), (9007199254740993),
	(0), (0.0), (-0.0), (1.0), (0.1), (4.9406564584124654e-324),
	(1.7976931348623157e308), (9e999), (-9e999),
	(NULL), (''), ('0'), (x''), (x'00ff'), (zeroblob(10000)),
	(CAST(x'610062' AS TEXT)), (CAST(x'61ff62' AS TEXT)), ('c\n' || char(10)),
	(CAST(x'efbbbf61' AS TEXT)), ('tëxt 😀');
EOF
NASTY="SELECT id, typeof(v), hex(v), v, atan2(v, -1) < 0 FROM nasty"

cat >splitter.sql <<'EOF'
SELECT ';', "a;b", `c;d`, [e;f]
	FROM (SELECT 1 AS "a;b", 2 AS `c;d`, 3 AS [e;f]);
-- a comment; with a semicolon
SELECT 'it''s; one' /* and ; another */;;
CREATE TABLE word(w TEXT, n INTEGER);
create trigger shout after insert on word when new.n is null begin
	update word set n = case when length(new.w) > 3 then (
		case new.w when 'END;' then 4 else 5 end) else 1 end;
	-- END;
	update word set w = upper(w);
end;
INSERT INTO word(w) VALUES('BEGIN; x');
SELECT w, n FROM word; ; /* nothing more */
EOF

test_expect_success 'start' '
	start --time-travel --log requests.jsonl
'

# Databases, accounts, credentials

test_expect_success 'list, by page and by name' '
	call GET "$DATABASES?page=2&per_page=1" &&
	status_is 200 &&
	is "[it.result.length, Object.keys(it.result[0]), it.result_info]" \
		"[1,[\"uuid\",\"name\",\"version\",\"created_at\"],{\"count\":1,\
\"page\":2,\"per_page\":1,\"total_count\":2}]" &&
	call GET "$DATABASES?name=shop" &&
	is "it.result.map(({ uuid }) => uuid)" "[\"$UUID\"]"
'

test_expect_success 'get, by uuid or name, with fields' '
	call GET $SHOP &&
	is "[it.result.name, it.result.num_tables, it.result.file_size > 0]" \
		"[\"shop\",0,true]" &&
	call GET "$DATABASES/stock?fields=uuid,name" &&
	is "it.result" "{\"uuid\":\"stock-uuid\",\"name\":\"stock\"}"
'

test_expect_success 'what is not there' '
	call GET $DATABASES/nosuch &&
	refused 404 7404 "could not be found" &&
	call POST $DATABASES/nosuch/raw &&
	refused 404 7404 "could not be found" &&
	call GET accounts/other/d1/database &&
	refused 403 7403 "not authorized to access this service" &&
	call GET nosuch/thing &&
	refused 404 7003 "Could not route to /nosuch/thing" &&
	call GET $SHOP/raw &&
	refused 405 10405 "not allowed"
'

test_expect_success 'credentials' '
	TOKEN=wrong call GET $DATABASES &&
	refused 403 10000 "Authentication error" &&
	TOKEN= call GET $DATABASES &&
	refused 403 10000 "Authentication error" &&
	TOKEN= call GET $DATABASES \
		--header "X-Auth-Email: dev@example.com" \
		--header "X-Auth-Key: dummy-key" &&
	status_is 200 &&
	TOKEN=wrong call GET user/tokens/verify &&
	refused 401 1000 "Invalid API Token" &&
	call GET user/tokens/verify &&
	is "it.result.status" active
'

test_expect_success 'accounts and memberships' '
	call GET accounts &&
	is "it.result.map(({ id }) => id)" "[\"acc123\"]" &&
	call GET memberships &&
	is "it.result[0].account.id" acc123
'

test_expect_success 'a read-only token reads' '
	TOKEN=read-only-token &&
	test_when_finished "unset TOKEN" &&
	raw <<-\EOF &&
	{"batch": [{"sql": "PRAGMA defer_foreign_keys=on"},
		{"sql": "WITH a AS (SELECT 1) SELECT * FROM a"},
		{"sql": "VALUES(1)"}, {"sql": "EXPLAIN CREATE TABLE never(a)"}]}
	EOF
	status_is 200 &&
	call GET $SHOP/time_travel/bookmark &&
	status_is 200
'

test_expect_success 'a read-only token does not write' '
	TOKEN=read-only-token &&
	test_when_finished "unset TOKEN" &&
	raw <<-\EOF &&
	{"sql": "SELECT 1; CREATE TABLE never(a)"}
	EOF
	refused 403 10000 "Authentication error" &&
	raw <<-\EOF &&
	{"sql": "WITH a AS (SELECT 1) INSERT INTO never SELECT * FROM a"}
	EOF
	refused 403 10000 "Authentication error" &&
	import_init 00000000000000000000000000000000 &&
	refused 403 10000 "Authentication error" &&
	call POST "$SHOP/time_travel/restore?bookmark=any" &&
	refused 403 10000 "Authentication error"
'

# /query and /raw

test_expect_success 'raw keeps columns as they are' '
	raw <<-\EOF &&
	{"sql": "SELECT 2 AS b, 1 AS a, 3 AS b; SELECT 1 AS none WHERE 0"}
	EOF
	status_is 200 &&
	is "[it.success, it.errors, it.messages]" "[true,[],[]]" &&
	is "it.result.map((one) => one.results)" \
		"[{\"columns\":[\"b\",\"a\",\"b\"],\"rows\":[[2,1,3]]},\
{\"columns\":[\"none\"],\"rows\":[]}]"
'

test_expect_success 'query makes objects, where the last name wins' '
	call POST $SHOP/query <<-\EOF &&
	{"sql": "SELECT 2 AS b, 1 AS a, 3 AS b"}
	EOF
	is "it.result[0].results" "[{\"b\":3,\"a\":1}]"
'

test_expect_success 'meta' '
	raw <<-\EOF &&
	{"sql": "CREATE TABLE counted(a); INSERT INTO counted VALUES(1),(2)"}
	EOF
	is "Object.keys(it.result[1].meta).sort().join(\" \")" \
		"changed_db changes duration last_row_id rows_read rows_written\
 served_by served_by_primary served_by_region size_after timings\
 total_attempts" &&
	is "it.result[1].meta.changes" 2 &&
	is "it.result[1].meta.rows_written" 2 &&
	is "typeof it.result[1].meta.timings.sql_duration_ms" number
'

test_expect_success 'a batch is one transaction' '
	bookmark >before &&
	raw <<-\EOF &&
	{"batch": [{"sql": "CREATE TABLE never(a UNIQUE)"},
		{"sql": "INSERT INTO never VALUES(1)"},
		{"sql": "INSERT INTO never VALUES(?)", "params": ["1"]},
		{"sql": "INSERT INTO never SELECT a FROM never"},
		{"sql": "SELECT 1"}]}
	EOF
	refused 400 7500 "UNIQUE constraint failed: never.a: SQLITE_CONSTRAINT" &&
	bookmark >after &&
	test_cmp before after &&
	rows_are shop "SELECT 1 FROM sqlite_schema WHERE name = \"never\"" \
		</dev/null
'

test_expect_success 'SQL errors' '
	echo "{\"sql\": \"selec\"}" | raw &&
	refused 400 7500 "near \"selec\": syntax error at offset 0: SQLITE_ERROR" &&
	echo "{\"sql\": \"BEGIN TRANSACTION\"}" | raw &&
	refused 400 7500 "To execute a transaction, please use"
'

test_expect_success 'foreign keys violated at the end: an internal error' '
	standin_sql shop "CREATE TABLE parent(id INTEGER PRIMARY KEY);
		CREATE TABLE child(p REFERENCES parent)" &&
	raw <<-\EOF &&
	{"batch": [{"sql": "PRAGMA defer_foreign_keys=on"},
		{"sql": "INSERT INTO child VALUES(1)"}]}
	EOF
	refused 500 7500 "internal error; reference = " &&
	echo "[0]" | rows_are shop "SELECT count(*) FROM child"
'

test_expect_success 'string parameters arrive exactly' '
	raw <<-\EOF &&
	{"sql": "SELECT hex(?1), typeof(?1), CAST(CAST(?2 AS INTEGER) AS TEXT)",
		"params": ["t\u00ebxt\u0000z", "-9223372036854775808"]}
	EOF
	is "it.result[0].results.rows[0]" \
		"[\"74C3AB7874007A\",\"text\",\"-9223372036854775808\"]"
'

test_expect_success 'other parameters are refused' '
	for value in 1 null true "[1]" "{}"
	do
		echo "{\"batch\": [{\"sql\": \"CREATE TABLE never(a)\"},
			{\"sql\": \"SELECT ?\", \"params\": [$value]}]}" | raw &&
		refused 400 7400 "Invalid input" || return 1
	done &&
	rows_are shop "SELECT 1 FROM sqlite_schema WHERE name = \"never\"" \
		</dev/null
'

test_expect_success 'bodies that make no sense are refused' '
	for body in "" "{" "[]" "{}" "{\"sql\":1}" "{\"batch\":[]}" \
		"{\"sql\":\"SELECT ?\",\"params\":\"a\"}"
	do
		echo "$body" | raw &&
		refused 400 7400 "Invalid input" || return 1
	done &&
	echo "{\"sql\": \" -- nothing\"}" | raw &&
	refused 400 7500 "did not contain a statement" &&
	echo "{\"sql\": \"SELECT 1; SELECT ?\", \"params\": [\"a\"]}" | raw &&
	refused 400 7500 "single statement"
'

# make_body WHAT SIZE: the body of a call at or above a limit.
make_body () {
	node -e '
		const sized = {
			sql: (n) => ({ sql: "SELECT 1 --".padEnd(n, "x") }),
			params: (n) => ({
				sql: `SELECT ?${n}`, params: Array(n).fill("x"),
			}),
			param: (n) => ({
				sql: "SELECT octet_length(?)", params: ["x".repeat(n)],
			}),
			columns: (n) => ({
				sql: `CREATE TABLE wide${n}(${
					Array.from({ length: n }, (_, i) => `c${i}`)})`,
			}),
			value: (n) => ({ sql: `SELECT zeroblob(${n})` }),
			slow: (n) => ({
				batch: [
					{ sql: "INSERT INTO kept VALUES(1)" },
					{
						sql: `WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL
							SELECT i + 1 FROM c WHERE i < ${n})
							SELECT max(i) FROM c`,
					},
				],
			}),
		};
		const [what, size] = process.argv.slice(1);
		console.log(JSON.stringify(sized[what](Number(size))));
	' "$1" "$2"
}

# limit WHAT MOST MESSAGE
limit () {
	make_body "$1" "$2" | raw &&
	status_is 200 &&
	make_body "$1" $(($2 + 1)) | raw &&
	refused 400 7500 "$3"
}

test_expect_success 'limits' '
	limit sql 100000 "statement too long: SQLITE_TOOBIG" &&
	limit params 100 "too many SQL variables" &&
	limit param 2000000 "string or blob too big: SQLITE_TOOBIG" &&
	limit value 2000000 "string or blob too big: SQLITE_TOOBIG" &&
	limit columns 100 "too many columns"
'

test_expect_success 'one text is cut as SQLite would cut it' '
	node -e "
		const text = require(\"fs\").readFileSync(\"splitter.sql\", \"utf8\");
		console.log(JSON.stringify({ sql: text }));
	" | raw &&
	status_is 200 &&
	is "it.result.length" 6 &&
	is "it.result.map(({ results: { rows } }) => rows)" \
		"[[[\";\",1,2,3]],[[\"it'\''s; one\"]],[],[],[],[[\"BEGIN; X\",5]]]"
'

# Bookmarks

test_expect_success 'the bookmark moves with changes only' '
	bookmark >before &&
	grep -E "^([0-9a-f]{8}-){3}[0-9a-f]{32}$" before &&
	standin_sql shop "SELECT * FROM counted" &&
	standin_sql shop "UPDATE counted SET a = 3 WHERE a = 9" &&
	standin_sql shop "CREATE TABLE IF NOT EXISTS counted(b)" &&
	standin_sql shop "DROP VIEW IF EXISTS no_view" &&
	standin_sql stock "CREATE TABLE elsewhere(a)" &&
	bookmark >after &&
	test_cmp before after &&
	for sql in "UPDATE counted SET a = a" "CREATE VIEW seen AS SELECT 1" \
		"DROP VIEW seen" "ALTER TABLE counted ADD COLUMN b"
	do
		standin_sql shop "$sql" &&
		bookmark >after &&
		cat before after | sort -C && ! test_cmp before after &&
		mv after before || return 1
	done
'

# Import

test_expect_success 'import' '
	bookmark >before &&
	import_file nasty.sql &&
	is "[it.result.success, it.result.type, it.result.status]" \
		"[true,\"import\",\"complete\"]" &&
	is "it.result.at_bookmark" "$(cat before)" &&
	is "[it.result.result.num_queries, it.result.result.meta.changes]" \
		"[2,23]" &&
	final=$(it it.result.result.final_bookmark) &&
	test "$final" = "$(bookmark)" &&
	test "$final" != "$(cat before)" &&
	echo "[23]" | rows_are shop "SELECT count(*) FROM nasty"
'

test_expect_success 'a finished import is forgotten' '
	import_poll "$(cat before)" &&
	status_is 200 &&
	is "it.result" "{\"success\":false,\
\"error\":\"Not currently importing anything.\"}"
'

test_expect_success 'a failed import changes nothing' '
	bookmark >before &&
	cat >fails.sql <<-\EOF &&
	CREATE TABLE never(a);
	DELETE FROM nasty;
	INSERT INTO parent VALUES(1), (1);
	EOF
	import_file fails.sql &&
	is "it.success" true &&
	is "[it.result.success, it.result.status, it.result.errors.length]" \
		"[false,\"error\",1]" &&
	is "it.result.error.slice(0, 36)" "UNIQUE constraint failed: parent.id:" &&
	bookmark >after &&
	test_cmp before after &&
	echo "[23]" | rows_are shop "SELECT count(*) FROM nasty"
'

test_expect_success 'init of a file already there starts the import' '
	standin_sql shop "DROP TABLE nasty" &&
	import_init $(md5_of nasty.sql) &&
	is "[it.result.status, \"upload_url\" in it.result]" "[\"active\",false]" &&
	import_poll "$(it it.result.at_bookmark)" &&
	is "it.result.status" complete
'

test_expect_success 'import cuts statements as SQLite would' '
	standin_sql shop "DROP TABLE word" &&
	import_file splitter.sql &&
	is "it.result.status" complete &&
	echo "[\"BEGIN; X\",5]" | rows_are shop "SELECT w, n FROM word"
'

test_expect_success 'import refuses what was not uploaded' '
	import_init nonsense &&
	refused 400 7400 "Invalid input" &&
	import_ingest 00000000000000000000000000000000 nosuch.sql &&
	is "it.result.success" false &&
	echo "{\"action\": \"dance\"}" | call POST $SHOP/import &&
	refused 400 7400 "Invalid input"
'

# put URL [CURL-OPTION...]
put () {
	curl --silent --noproxy '*' --upload-file nasty.sql --dump-header headers \
		--output reply --write-out '%{http_code}\n' "$@" >status
}

test_expect_success 'an upload needs its signature and nothing else' '
	import_init 00000000000000000000000000000000 &&
	url=$(it it.result.upload_url) &&
	put "${url}0" &&
	status_is 403 &&
	put "$url" --header "Authorization: Bearer dummy-token" &&
	status_is 400 &&
	put "$url" &&
	status_is 200 &&
	grep -i "^etag: \"$(md5_of nasty.sql)\"" headers &&
	import_ingest 00000000000000000000000000000000 \
		$UUID.00000000000000000000000000000000.sql &&
	is "it.result.success" false
'

# Export

# export_poll JSON-MEMBERS
export_poll () {
	echo "{\"output_format\":\"polling\"$1}" | call POST $SHOP/export
}

test_expect_success 'export' '
	export_poll ",\"dump_options\":{\"tables\":[\"word\",\"shout\"]}" &&
	is "[it.result.status, it.result.type]" "[\"active\",\"export\"]" &&
	export_poll ",\"current_bookmark\":\"$(it it.result.at_bookmark)\"" &&
	is "it.result.status" complete &&
	curl --silent --noproxy "*" "$(it it.result.result.signed_url)" >dump &&
	cat >expect <<-\EOF &&
	PRAGMA defer_foreign_keys=TRUE;
	CREATE TABLE word(w TEXT, n INTEGER);
	INSERT INTO "word" VALUES('\''BEGIN; X'\'',5);
	EOF
	head -n 3 dump >actual &&
	test_cmp expect actual &&
	grep "^CREATE TRIGGER shout" dump
'

test_expect_success 'export fails with a virtual table' '
	standin_sql shop "CREATE VIRTUAL TABLE found USING fts5(x)" &&
	test_when_finished "standin_sql shop \"DROP TABLE found\"" &&
	export_poll &&
	export_poll ",\"current_bookmark\":\"$(it it.result.at_bookmark)\"" &&
	is "[it.result.status, it.result.error]" "[\"error\",\"D1 Export error:\
 cannot export databases with Virtual Tables (fts5)\"]"
'

# Time Travel

# restore QUERY: from a bookmark or a timestamp
restore () {
	call POST "$SHOP/time_travel/restore?$1"
}

test_expect_success 'restore brings the exact state back' '
	bookmark >before &&
	standin_sql shop "$NASTY" >exact &&
	grep -c . exact >count && echo 23 >expect && test_cmp expect count &&
	standin_sql shop "UPDATE nasty SET v = id; DELETE FROM counted" &&
	standin_sql shop "DROP TABLE word; CREATE INDEX i ON nasty(v)" &&
	standin_sql stock "INSERT INTO elsewhere VALUES(1)" &&
	standin_sql shop "SELECT * FROM nasty" >changed &&
	bookmark >later &&
	restore "bookmark=$(cat before)" &&
	is "it.result.previous_bookmark" "$(cat later)" &&
	restored=$(it it.result.bookmark) &&
	test "$restored" = "$(bookmark)" &&
	test "$restored" != "$(cat before)" &&
	standin_sql shop "$NASTY" >actual &&
	test_cmp exact actual &&
	echo "[\"BEGIN; X\",5]" | rows_are shop "SELECT w, n FROM word" &&
	rows_are shop "SELECT 1 FROM sqlite_schema WHERE name = \"i\"" \
		</dev/null &&
	echo "[1]" | rows_are stock "SELECT * FROM elsewhere"
'

test_expect_success 'a restore can be undone, and undone again' '
	restore "bookmark=$(cat later)" &&
	standin_sql shop "SELECT * FROM nasty" >actual &&
	test_cmp changed actual &&
	restore "bookmark=$(it it.result.previous_bookmark)" &&
	standin_sql shop "$NASTY" >actual &&
	test_cmp exact actual
'

test_expect_success 'the database works on after a restore' '
	standin_sql shop "INSERT INTO nasty(v) VALUES(1)" &&
	echo "[24]" | rows_are shop "SELECT count(*) FROM nasty" &&
	echo "CREATE TABLE imported(a)" >more.sql &&
	import_file more.sql &&
	is "it.result.status" complete
'

test_expect_success 'bookmarks by time' '
	now=$(node -p "new Date().toISOString()") &&
	bookmark >before &&
	sleep 0.1 &&
	standin_sql shop "DELETE FROM nasty" &&
	call GET "$SHOP/time_travel/bookmark?timestamp=$now" &&
	is "it.result.bookmark" "$(cat before)" &&
	restore "timestamp=$now" &&
	echo "[24]" | rows_are shop "SELECT count(*) FROM nasty" &&
	call GET "$SHOP/time_travel/bookmark?timestamp=2020-01-01T00:00:00Z" &&
	refused 400 7500 "no history before" &&
	call GET "$SHOP/time_travel/bookmark?timestamp=yesterday" &&
	refused 400 7400 "Invalid input"
'

test_expect_success 'a restore needs a point that is there' '
	restore bookmark=00000000-00000000-00000000-0 &&
	refused 400 7500 "not in the history" &&
	restore "" &&
	refused 400 7400 "Invalid input"
'

# The log

test_expect_success 'the log tells all about a request' '
	standin_clear_log &&
	raw <<-\EOF &&
	{"sql": "SELECT count(*) FROM nasty"}
	EOF
	cp reply sent &&
	standin_log >reply &&
	is "[it.method, it.path, it.status, it.authorization, it.rows_read]" \
		"[\"POST\",\"/client/v4/$SHOP/raw\",200,\
\"Bearer dummy-token\",24]" &&
	is "it.request.trim()" "{\"sql\": \"SELECT count(*) FROM nasty\"}" &&
	is "it.reply" "$(cat sent)" &&
	is "[it.request_bytes, it.reply_bytes]" "[38,$(wc -c <sent | tr -d " ")]"
'

test_expect_success 'the log file has the same, and what was cleared' '
	standin_log >expect &&
	tail -n 1 requests.jsonl >actual &&
	test_cmp expect actual &&
	grep -F "Bearer wrong" requests.jsonl >lines &&
	grep -c . lines >count && echo 2 >expect && test_cmp expect count &&
	! grep __standin requests.jsonl
'

test_expect_success 'stop leaves nothing behind' '
	test -f .standin/ready &&
	standin_stop &&
	test ! -f .standin/ready
'

# Other ways to run

test_expect_success 'persisted databases lie where wrangler would look' '
	start --persist state &&
	standin_sql shop "CREATE TABLE kept(a)" &&
	restore "bookmark=$(bookmark)" &&
	refused 400 7500 "see --time-travel" &&
	standin_stop &&
	objects=state/v3/d1/miniflare-D1DatabaseObject &&
	id=f023adf8de81e80d62670e09f086149af129cccda34c51f26517069258c53e8c &&
	test -f $objects/$id.sqlite
'

OTHER=accounts/other/d1/database

test_expect_success 'another account and tokens, 401' '
	start --persist state --account other --token one --token two \
		--auth-status 401 --lenient-params --no-limits --time-limit 1 \
		--log-body 10 &&
	call GET $OTHER &&
	refused 401 10000 "Authentication error" &&
	TOKEN=two call GET $OTHER &&
	status_is 200
'

test_expect_success 'lenient parameters, no limits' '
	TOKEN=two call POST $OTHER/$UUID/raw <<-\EOF &&
	{"sql": "SELECT typeof(?), ?, ?", "params": [1, null, true]}
	EOF
	is "it.result[0].results.rows" "[[\"real\",null,1]]" &&
	make_body value 2000001 | TOKEN=two call POST $OTHER/$UUID/raw &&
	status_is 200
'

test_expect_success 'bodies are cut in the log' '
	standin_log | tail -n 1 >reply &&
	is "[it.request.length, it.reply.length]" "[10,10]"
'

test_expect_success 'a call that takes too long is rolled back' '
	make_body slow 30000000 | TOKEN=two call POST $OTHER/$UUID/raw &&
	refused 500 7500 "exceeded timeout" &&
	echo "[0]" | rows_are shop "SELECT count(*) FROM kept"
'

# trigger NAME BEGIN EXPRESSION: queries with a trigger among them
trigger () {
	echo "{\"sql\": \"CREATE TABLE on_$1(a);
		CREATE TRIGGER $1 AFTER INSERT ON on_$1 $2
			UPDATE on_$1 SET a = $3;
			DELETE FROM on_$1;
		END;
		SELECT 1\"}" | tr "\n\t" "  " | call POST $SHOP/query
}

test_expect_success 'the splitter of production fails as reported' '
	standin_stop &&
	start --splitter production --active-polls 2 &&
	trigger cases BEGIN "CASE WHEN a THEN 1 END" &&
	refused 400 7500 "incomplete input" &&
	trigger lowered begin "a + 1" &&
	refused 400 7500 "incomplete input" &&
	trigger good BEGIN "a + 1" &&
	status_is 200 &&
	is "it.result.length" 3
'

test_expect_success 'import is not cut by that splitter; it may take longer' '
	import_file splitter.sql &&
	is "it.result.status" active &&
	import_poll "$(it it.result.at_bookmark)" &&
	is "it.result.status" active &&
	import_poll "$(it it.result.at_bookmark)" &&
	is "it.result.status" complete
'

# Its life

test_expect_success 'a wrong command line' '
	for option in --nosuch --database=noid --splitter=better --time-limit=x \
		--fault={
	do
		test_expect_code 2 \
			node "$STANDIN_SRCDIR/server.mjs" "$option" 2>message &&
		grep "^usage: " message || return 1
	done
'

# Waits until a process is gone, or only waits to be reaped.
gone () {
	for i in $(test_seq 1 150)
	do
		case $(ps -o stat= -p "$1") in
		""|Z*) return 0 ;;
		esac
		sleep 0.2
	done
	return 1
}

command -v pgrep >/dev/null && test_set_prereq PROCPS

test_expect_success PROCPS 'the engine does not outlive a killed stand-in' '
	engine=$(pgrep -P $STANDIN_PID -f "workerd serve") &&
	kill -KILL $STANDIN_PID &&
	gone $engine
'

test_expect_success PROCPS 'the stand-in does not outlive its owner' '
	{ sleep 60 & } &&
	owner=$! &&
	start --owner-pid $owner &&
	engine=$(pgrep -P $STANDIN_PID -f "workerd serve") &&
	kill $owner &&
	gone $STANDIN_PID &&
	gone $engine &&
	test ! -f .standin/ready
'

test_done
