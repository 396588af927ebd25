#!/bin/sh

test_description='the stand-in goes wrong when asked to, and only then'

. "$(dirname "$0")/setup.sh"
. "$STANDIN_SRCDIR/calls.sh"

# A request that writes, so that it shows if the engine ran.
insert () {
	echo '{"sql": "INSERT INTO seen VALUES(1)"}' |
	call POST $SHOP/raw --dump-header headers "$@"
}

seen () {
	echo "[$1]" | rows_are shop 'SELECT count(*) FROM seen'
}

# meets FAULT STATUS TEXT: one insert is answered with that status and a body
# that has TEXT in it, before the engine ran; the next one is fine.
meets () {
	standin_sql shop 'DELETE FROM seen' &&
	standin_fault "$1" &&
	insert &&
	status_is "$2" &&
	grep -F -e "$3" reply &&
	seen 0 &&
	insert &&
	status_is 200 &&
	seen 1
}

header_is () {
	tr -d '\r' <headers >headers.lf &&
	grep -i -x -F -e "$1" headers.lf
}

milliseconds () {
	node -p 'Date.now()'
}

test_expect_success 'start' '
	start --log requests.jsonl &&
	standin_sql shop "CREATE TABLE seen(a)"
'

test_expect_success 'replies of an overloaded or broken service' '
	meets "{\"kind\":\"rate-limited\",\"retry_after\":7}" 429 \
		"\"code\":971" &&
	meets "{\"kind\":\"overloaded\"}" 429 "D1 DB is overloaded" &&
	meets "{\"kind\":\"internal-error\"}" 500 "internal error; reference = " &&
	meets "{\"kind\":\"gateway-timeout\"}" 504 "<html>" &&
	meets "{\"kind\":\"html\"}" 200 "<html>" &&
	meets "{\"kind\":\"challenge\"}" 403 "<html>"
'

test_expect_success 'replies about permissions' '
	meets "{\"kind\":\"unauthorized\"}" 401 "\"code\":10000" &&
	meets "{\"kind\":\"forbidden\"}" 403 "\"Authentication error\"" &&
	meets "{\"kind\":\"forbidden-permission\"}" 403 "permission" &&
	meets "{\"kind\":\"no-account\"}" 403 "\"code\":7403" &&
	meets "{\"kind\":\"no-database\"}" 404 "\"code\":7404"
'

test_expect_success 'headers of such replies' '
	standin_fault "{\"kind\":\"rate-limited\",\"retry_after\":7}" &&
	insert &&
	header_is "retry-after: 7" &&
	standin_fault "{\"kind\":\"challenge\"}" &&
	insert &&
	header_is "cf-mitigated: challenge"
'

test_expect_success 'bodies that are no JSON' '
	standin_fault "[{\"kind\":\"empty\"}, {\"kind\":\"garbage\"},
		{\"kind\":\"half-json\"}]" &&
	insert && status_is 200 && test_must_be_empty reply &&
	insert && status_is 200 && test -s reply && test_must_fail it 1 &&
	insert && status_is 200 && grep "^{\"result\":" reply &&
	test_must_fail it 1
'

test_expect_success 'a huge body' '
	standin_fault "{\"kind\":\"huge\",\"bytes\":5000000}" &&
	insert &&
	is "it.result.length" 5000000
'

test_expect_success 'a redirect, to a URL or with the path kept' '
	standin_fault "[{\"kind\":\"redirect\",\"location\":\"127.0.0.1:9\"},
		{\"kind\":\"redirect\",\"location\":\"https://other.example/x\",
		\"status\":307}]" &&
	insert &&
	status_is 302 &&
	header_is "location: http://127.0.0.1:9/client/v4/$SHOP/raw" &&
	insert &&
	status_is 307 &&
	header_is "location: https://other.example/x"
'

test_expect_success 'any reply' '
	standin_fault "{\"kind\":\"reply\",\"status\":418,
		\"headers\":{\"x-kind\":\"teapot\"},\"body\":{\"short\":true}}" &&
	insert &&
	status_is 418 &&
	header_is "x-kind: teapot" &&
	is "it" "{\"short\":true}"
'

test_expect_success 'a connection dropped before the engine ran' '
	standin_sql shop "DELETE FROM seen" &&
	standin_fault "{\"kind\":\"drop\"}" &&
	test_expect_code 52 insert &&
	seen 0
'

test_expect_success 'a lost reply: dropped after the engine ran' '
	standin_fault "{\"kind\":\"drop\",\"when\":\"after\"}" &&
	test_expect_code 52 insert &&
	seen 1 &&
	standin_log | tail -n 1 >reply &&
	is "[it.status, it.reply_bytes, it.faults]" "[null,0,[\"drop\"]]"
'

test_expect_success 'an error after the engine ran' '
	standin_fault "{\"kind\":\"internal-error\",\"when\":\"after\"}" &&
	insert &&
	refused 500 7500 "internal error" &&
	seen 2
'

test_expect_success 'a body cut short' '
	standin_fault "{\"kind\":\"cut\"}" &&
	test_expect_code 18 insert &&
	test -s reply &&
	test_must_fail it 1 &&
	seen 3
'

test_expect_success 'slow replies' '
	standin_fault "[{\"kind\":\"slow\",\"ms\":300},
		{\"kind\":\"stall\",\"ms\":300}]" &&
	started=$(milliseconds) &&
	insert && status_is 200 && seen 4 &&
	test $(($(milliseconds) - started)) -ge 600 &&
	is "it.success" true
'

# insert_in_background: its exit code goes to "code".
insert_in_background () {
	{
		insert
		echo $? >code
	} >/dev/null 2>&1 3>&- 4>&- 5>&- 6>&- &
}

test_expect_success 'a request that is held, before the engine ran or after' '
	standin_sql shop "DELETE FROM seen" &&
	standin_fault "[{\"kind\":\"hold\"}, {\"kind\":\"hold\",\"when\":\"after\"}]" &&
	insert_in_background &&
	standin_await_held $! &&
	seen 0 &&
	standin_clear_log &&
	standin_release &&
	seen 1 &&
	standin_log >log &&
	grep "\"faults\":\[\"hold\"]" log &&
	wait $! && echo 0 >expect && test_cmp expect code &&
	insert_in_background &&
	standin_await_held $! &&
	seen 2 &&
	standin_release &&
	wait $! && test_cmp expect code && status_is 200
'

test_expect_success 'a request that is held, and then dropped' '
	standin_fault "[{\"kind\":\"hold\"}, {\"kind\":\"hold\",\"when\":\"after\"}]" &&
	insert_in_background &&
	standin_await_held $! &&
	standin_drop &&
	wait $! && echo 52 >expect && test_cmp expect code &&
	seen 2 &&
	insert_in_background &&
	standin_await_held $! &&
	standin_drop &&
	wait $! && test_cmp expect code &&
	seen 3 &&
	test_must_fail standin_await_held $! &&
	standin_sql shop "DELETE FROM seen WHERE rowid > 1"
'

test_expect_success 'another writer, before or after' '
	standin_sql shop "DELETE FROM seen" &&
	standin_fault "[{\"kind\":\"sql\",\"database\":\"shop\",
			\"sql\":\"INSERT INTO seen VALUES(2), (3)\"},
		{\"kind\":\"sql\",\"database\":\"shop\",\"when\":\"after\",
			\"skip\":1,\"sql\":\"DELETE FROM seen WHERE a = 1\"}]" &&
	insert &&
	echo "[\"2 3 1\"]" |
	rows_are shop "SELECT group_concat(a, char(32)) FROM seen" &&
	insert &&
	echo "[\"2 3\"]" |
	rows_are shop "SELECT group_concat(a, char(32)) FROM seen"
'

test_expect_success 'only matching requests meet a fault' '
	standin_fault "{\"kind\":\"forbidden\",\"method\":\"GET\",
		\"path\":\"bookmark\$\"}" &&
	insert && status_is 200 &&
	call GET $SHOP && status_is 200 &&
	call GET $SHOP/time_travel/bookmark && status_is 403 &&
	call GET $SHOP/time_travel/bookmark && status_is 200
'

test_expect_success 'requests can be told by their body' '
	standin_fault "{\"kind\":\"forbidden\",\"request\":\"VALUES.1\"}" &&
	echo "{\"sql\": \"VALUES(2)\"}" | raw && status_is 200 &&
	echo "{\"sql\": \"VALUES(1)\"}" | raw && status_is 403
'

test_expect_success 'skip, times, and one fault after the other' '
	standin_fault "[{\"kind\":\"unauthorized\",\"skip\":1,\"times\":2},
		{\"kind\":\"no-database\"}]" &&
	insert && status_is 404 &&
	insert && status_is 401 &&
	insert && status_is 401 &&
	insert && status_is 200
'

test_expect_success 'what is left can be seen and forgotten' '
	standin_fault "{\"kind\":\"forbidden\",\"times\":0}" &&
	insert && status_is 403 &&
	insert && status_is 403 &&
	standin_faults_left >reply &&
	is "it" "[{\"kind\":\"forbidden\",\"times\":0,\"skip\":0}]" &&
	standin_no_faults &&
	standin_faults_left >reply &&
	is "it" "[]" &&
	insert && status_is 200
'

test_expect_success 'tests themselves meet no fault and stand in no log' '
	standin_clear_log &&
	standin_fault "{\"kind\":\"drop\",\"times\":0}" &&
	test_when_finished standin_no_faults &&
	echo "[1,\"a\"]" | rows_are shop "SELECT 1, char(97)" &&
	test_must_fail standin_sql shop "selec" >message &&
	grep "syntax error" message &&
	test_must_fail standin_sql nosuch "SELECT 1" &&
	standin_log >log &&
	test_must_be_empty log
'

test_expect_success 'faults that make no sense are refused' '
	for fault in "{\"kind\":\"flood\"}" "{\"kind\":\"drop\",\"path\":\"(\"}" \
		"{\"kind\":\"drop\",\"tiems\":2}" "{\"kind\":\"redirect\"}" \
		"{\"kind\":\"drop\",\"when\":\"later\"}" "{\"kind\":\"sql\"}" "{"
	do
		test_must_fail standin_fault "$fault" || return 1
	done &&
	insert && status_is 200
'

test_expect_success 'another writer that fails is told' '
	standin_fault "{\"kind\":\"sql\",\"database\":\"shop\",
		\"sql\":\"selec\"}" &&
	insert &&
	status_is 500 &&
	grep "stand-in: near \"selec\": syntax error" reply &&
	insert && status_is 200
'

test_expect_success 'faults and latency from the command line' '
	standin_stop &&
	start --latency 200 --fault "{\"kind\":\"forbidden\"}" &&
	started=$(milliseconds) &&
	call GET $SHOP && status_is 403 &&
	call GET $SHOP && status_is 200 &&
	test $(($(milliseconds) - started)) -ge 400 &&
	standin_stop
'

test_done
