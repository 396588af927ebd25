# Shell functions to run a real `wrangler dev`. POSIX sh; to be sourced after
# lib.sh and standin.sh. It has the last word at the end of the test.

WRANGLER_SEND_METRICS=false
WRANGLER_HIDE_BANNER=true
WRANGLER_LOG_PATH=$HOME/wrangler-logs
WRANGLER_REGISTRY_PATH=$HOME/wrangler-registry
CLOUDFLARE_CF_FETCH_ENABLED=false
CI=1
NO_COLOR=1
export WRANGLER_SEND_METRICS WRANGLER_HIDE_BANNER WRANGLER_LOG_PATH
export WRANGLER_REGISTRY_PATH CLOUDFLARE_CF_FETCH_ENABLED CI NO_COLOR

# start_wrangler DIR: runs `wrangler dev` there, with the Worker index.mjs, in a
# session of its own, whose number is its process id; waits until it is ready,
# and sets PORT. Its output goes to wrangler.out. The descriptors 3 to 6 are
# sharness's own.
start_wrangler () {
	(
		cd "$1" &&
		exec setsid "$STANDIN_SRCDIR/node_modules/.bin/wrangler" dev \
			index.mjs --compatibility-date 2025-01-01 \
			--ip 127.0.0.1 --port 0 --inspector-port 0
	) </dev/null >wrangler.out 2>&1 3>&- 4>&- 5>&- 6>&- &
	WRANGLER=$!
	wrangler_tries=0
	until grep "Ready on" wrangler.out
	do
		wrangler_tries=$((wrangler_tries + 1))
		test $wrangler_tries -lt 1200 &&
		kill -0 "$WRANGLER" &&
		sleep 0.1 || return 1
	done
	PORT=$(sed -n "s/.*Ready on http:..[^:]*:\([0-9]*\).*/\1/p" \
		wrangler.out)
}

# Ends wrangler and workerd with it, which a mere SIGTERM does not.
stop_wrangler () {
	test -z "$WRANGLER" || kill -9 "-$WRANGLER"
	WRANGLER=
}
# Also if a test fails or is interrupted, unlike what "cleanup" does.
trap 'code=$?; stop_wrangler; (exit $code); die' EXIT
