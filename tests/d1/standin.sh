# Shell functions to run the stand-in from a test. POSIX sh; to be sourced.
#
# Set STANDIN_SRCDIR to the directory of this file before sourcing it.
#
#   standin_installed           true if "npm ci" has been done here
#   standin_start [OPTION...]   start one, options as of server.mjs
#   standin_stop                end it
#   standin_url                 print the base of the API
#   standin_env                 let git-d1 and wrangler use it: export its URL,
#                               account and token
#   standin_fault JSON          set a fault, or a list of them
#   standin_faults_left         print those still to happen
#   standin_no_faults           forget them
#   standin_await_held [PID]    wait until a fault "hold" keeps a request
#                               waiting; fails if that process ends before
#   standin_release             let such requests go on, until they are answered
#   standin_drop                close their connections instead
#   standin_log                 print the requests, one JSON object a line
#   standin_clear_log
#   standin_sql DATABASE SQL    run SQL (name or uuid) without faults and log;
#                               print the rows, one JSON array a line
#
# One stand-in runs at a time, with its files in STANDIN_STATE (default:
# .standin below the current directory). For a second one call the functions in
# a subshell with another STANDIN_STATE.

STANDIN_STATE=${STANDIN_STATE:-$PWD/.standin}

standin_installed () {
	test -d "$STANDIN_SRCDIR/node_modules/wrangler"
}

# The descriptors 3 to 6 are sharness's own: a server that held them would keep
# the reader of the test's output waiting.
standin_start () {
	mkdir -p "$STANDIN_STATE" || return
	rm -f "$STANDIN_STATE/ready"
	"${NODE:-node}" "$STANDIN_SRCDIR/server.mjs" \
		--ready-file "$STANDIN_STATE/ready" --owner-pid $$ "$@" \
		</dev/null >"$STANDIN_STATE/output" 2>&1 3>&- 4>&- 5>&- 6>&- &
	STANDIN_PID=$!
	until test -f "$STANDIN_STATE/ready"
	do
		if ! kill -0 "$STANDIN_PID" 2>/dev/null
		then
			cat "$STANDIN_STATE/output" >&2
			return 1
		fi
		sleep 0.1
	done
	STANDIN_PORT=$(sed -n 's/^PORT=//p' "$STANDIN_STATE/ready")
}

standin_stop () {
	kill "$STANDIN_PID" && wait "$STANDIN_PID"
}

standin_url () {
	echo "http://127.0.0.1:$STANDIN_PORT/client/v4"
}

standin_env () {
	CLOUDFLARE_API_BASE_URL=$(standin_url)
	CLOUDFLARE_ACCOUNT_ID=acc123
	CLOUDFLARE_API_TOKEN=dummy-token
	export CLOUDFLARE_API_BASE_URL CLOUDFLARE_ACCOUNT_ID CLOUDFLARE_API_TOKEN
}

standin_fault () {
	standin_control_ POST faults --data-binary "$1" >/dev/null
}

standin_faults_left () {
	standin_control_ GET faults
}

standin_no_faults () {
	standin_control_ DELETE faults >/dev/null
}

standin_await_held () {
	while test "$(standin_control_ GET held)" = "[]"
	do
		if test $# -gt 0 && ! kill -0 "$1" 2>/dev/null
		then
			echo >&2 "process $1 ended before a request was held up"
			return 1
		fi
		sleep 0.05
	done
}

# killed_when_held COMMAND...: it ends by SIGKILL while a request is held; what it
# prints is in "out" and "err". The request goes no further.
killed_when_held () {
	{
		"$@" >out 2>err &
	} &&
	standin_held_pid=$! &&
	if ! standin_await_held $standin_held_pid
	then
		cat out err >&2
		return 1
	fi &&
	kill -KILL $standin_held_pid &&
	test_expect_code 137 wait $standin_held_pid &&
	standin_drop
}

standin_release () {
	standin_control_ DELETE held >/dev/null
}

standin_drop () {
	standin_control_ DELETE "held?drop" >/dev/null
}

standin_log () {
	standin_control_ GET log
}

standin_clear_log () {
	standin_control_ DELETE log
}

standin_sql () {
	standin_control_ POST "sql?database=$1" --data-binary "$2"
}

# standin_control_ METHOD WHAT [CURL-OPTION...]: prints the reply, and fails if
# it is an error.
standin_control_ () {
	standin_method_=$1
	standin_what_=$2
	shift 2
	curl --silent --show-error --fail-with-body --noproxy '*' \
		--request "$standin_method_" "$@" \
		"http://127.0.0.1:$STANDIN_PORT/__standin/$standin_what_"
}
