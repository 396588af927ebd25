#!/bin/sh

test_description='reading D1 through the Local Explorer of a real wrangler dev'

. "$(dirname "$0")/lib.sh"

STANDIN_SRCDIR=$TOP_SRCDIR/tests/d1
. "$STANDIN_SRCDIR/standin.sh"

if ! standin_installed
then
	skip_all='needs "npm ci --prefix tests/d1"'
	test_done
fi

ID=$TEST_DATABASE_ID
WRANGLER_SEND_METRICS=false
WRANGLER_HIDE_BANNER=true
WRANGLER_LOG_PATH=$HOME/wrangler-logs
WRANGLER_REGISTRY_PATH=$HOME/wrangler-registry
CLOUDFLARE_CF_FETCH_ENABLED=false
CI=1
NO_COLOR=1
export WRANGLER_SEND_METRICS WRANGLER_HIDE_BANNER WRANGLER_LOG_PATH
export WRANGLER_REGISTRY_PATH CLOUDFLARE_CF_FETCH_ENABLED CI NO_COLOR

# Runs `wrangler dev` in a directory, in a session of its own, whose number is
# its process id. The descriptors 3 to 6 are sharness's own.
start_wrangler () {
	(
		cd "$1" &&
		exec setsid "$STANDIN_SRCDIR/node_modules/.bin/wrangler" dev \
			index.mjs --ip 127.0.0.1 --port 0 --inspector-port 0
	) </dev/null >wrangler.out 2>&1 3>&- 4>&- 5>&- 6>&- &
	WRANGLER=$!
}

# Ends wrangler and workerd with it, which a mere SIGTERM does not.
stop_wrangler () {
	test -z "$WRANGLER" || kill -9 "-$WRANGLER"
}
# Also if a test fails or is interrupted, unlike what "cleanup" does.
trap 'stop_wrangler; die' EXIT

# The reader that is linked with git-d1's own client.
read_explorer () {
	"$TOP_BUILDDIR/tests/d1/readexplorer" "http://127.0.0.1:$PORT" \
		"$ID" "$1"
}

cat >hard.sql <<'EOF'
CREATE TABLE vals(id INTEGER PRIMARY KEY, v);
INSERT INTO vals VALUES(1, 9223372036854775807), (2, 1.0), (3, -0.0),
	(4, 5e-324), (5, 9e999), (6, CAST(x'61006200' AS TEXT)), (7, NULL),
	(8, char(65533)), (9, x'00ff'), (10, 0.1), (11, CAST(x'ff' AS TEXT)),
	(12, replace(hex(zeroblob(200000)), '00', char(228)));
CREATE TABLE lines(city TEXT, ref TEXT COLLATE NOCASE, n,
	PRIMARY KEY(city, ref)) WITHOUT ROWID;
INSERT INTO lines VALUES('berlin', 'M44', 1);
CREATE TABLE nokey(a, b);
INSERT INTO nokey VALUES(1, 2), (1, 2), (3, NULL);
CREATE TABLE empty(id INTEGER PRIMARY KEY);
EOF

test_expect_success SQLITE3 'a project with hard values, and wrangler dev' '
	make_wrangler_project shop "$(cat hard.sql)" &&
	cp "$(local_database shop)" copy.sqlite &&
	echo "export default { fetch() { return new Response(\"\"); } };" \
		>shop/index.mjs &&
	start_wrangler shop &&
	tries=0 &&
	until grep "Ready on" wrangler.out
	do
		tries=$((tries + 1)) &&
		test $tries -lt 300 &&
		kill -0 "$WRANGLER" &&
		sleep 0.1 || return 1
	done &&
	PORT=$(sed -n "s/.*Ready on http:..[^:]*:\([0-9]*\).*/\1/p" \
		wrangler.out)
'

test_expect_success SQLITE3 'every value is read exactly' '
	echo "compared 4, not compared 0" >expect &&
	read_explorer copy.sqlite >actual &&
	test_cmp expect actual
'

test_expect_success SQLITE3 'differences are found' '
	sqlite3 copy.sqlite "
		UPDATE vals SET v = 1 WHERE id = 2;
		INSERT INTO nokey VALUES(1, 2);
		DELETE FROM lines" &&
	cat >expect <<-\EOF &&
	0	0	1	lines
	1	0	0	nokey
	0	1	0	vals
	compared 4, not compared 0
	EOF
	read_explorer copy.sqlite >actual &&
	test_cmp expect actual
'

test_done
