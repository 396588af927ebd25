#!/bin/sh

test_description='hooks: a push asks D1, and a pull goes into the state of wrangler'

. "$(dirname "$0")/../cli/lib.sh"

STANDIN_SRCDIR=$TOP_SRCDIR/tests/d1
. "$STANDIN_SRCDIR/standin.sh"
. "$STANDIN_SRCDIR/pairs.sh"

pairs_skip
test -z "$skip_all" || test_done

FILE=d1/shop/data/lines.sql
WRANGLER_LOG_PATH=$HOME/wrangler-logs
WRANGLER_REGISTRY_PATH=$HOME/wrangler-registry
WRANGLER_SEND_METRICS=false
export WRANGLER_LOG_PATH WRANGLER_REGISTRY_PATH WRANGLER_SEND_METRICS

database shop <<\EOF
CREATE TABLE lines(ref TEXT NOT NULL PRIMARY KEY, name TEXT, color TEXT);
CREATE TABLE visits(id INTEGER PRIMARY KEY, who TEXT);
INSERT INTO lines VALUES('M1', 'one', 'red'), ('M2', 'two', 'blue');
INSERT INTO visits VALUES(1, 'ann');
--
EOF

# in_clone DIR
in_clone () {
	test_tick && cd "$SHARNESS_TRASH_DIRECTORY/$1" || return
}

# wrangler ARGUMENT...: the real one; it knows nothing of the stand-in.
wrangler () (
	unset CLOUDFLARE_API_BASE_URL CLOUDFLARE_API_TOKEN &&
	CI=1 "$STANDIN_SRCDIR/node_modules/.bin/wrangler" "$@" </dev/null
)

# local_sql SQL: run by wrangler in its local state; its answer is JSON.
local_sql () {
	wrangler d1 execute shop --local --yes --json --command "$1"
}

# row: what wrangler says of M1.
row () {
	local_sql "SELECT * FROM lines WHERE ref = 'M1'" |
	sed -n -e 's/^ *"\(name\|color\)": *"\(.*\)",*$/\2/p'
}

test_expect_success 'set up' '
	make_config && start && standin_env &&
	git init -q --bare origin.git && git clone -q origin.git ann 2>err &&
	cp wrangler.jsonc ann/ && in_clone ann &&
	local_sql "CREATE TABLE lines(ref TEXT NOT NULL PRIMARY KEY, name TEXT,
		color TEXT)" >/dev/null &&
	local_sql "INSERT INTO lines VALUES('\''M1'\'', '\''one'\'',
		'\''red'\''), ('\''M2'\'', '\''two'\'', '\''blue'\'')" \
		>/dev/null &&
	git d1 init >/dev/null && git d1 track lines &&
	printf "%s\n" .wrangler/ >.gitignore &&
	git d1 snapshot -q && git add -A && git commit -q -m start &&
	git push -q -u origin HEAD && git d1 hooks install >/dev/null &&
	git diff --exit-code HEAD
'

test_expect_success 'a remote that is as the remote branch: its rows wait' '
	local_sql "UPDATE lines SET name = '\''uno'\'' WHERE ref = '\''M1'\''" \
		>/dev/null &&
	git d1 snapshot -q && git commit -q -a -m uno &&
	git config d1.prePush.remote block &&
	git config d1.prePush.timeout 30 &&
	standin_clear_log &&
	git push --dry-run 2>../err && ! grep -e error: -e warning: ../err &&
	standin_log | grep -q raw
'

test_expect_success 'a remote that is as what is pushed' '
	standin_sql shop "UPDATE lines SET name = '\''uno'\'' WHERE ref = '\''M1'\''" &&
	git push --dry-run 2>../err && ! grep -e error: -e warning: ../err
'

test_expect_success 'rows of tables that are not tracked are nobody'\''s drift' '
	standin_sql shop "INSERT INTO visits VALUES(2, '\''ben'\'')" &&
	git push --dry-run 2>../err && ! grep -e error: -e warning: ../err
'

test_expect_success 'a remote that somebody changed' '
	standin_sql shop "UPDATE lines SET color = '\''pink'\'' WHERE ref = '\''M2'\''" &&
	test_must_fail git push 2>../err &&
	test_line ../err "error: shop/remote holds rows that somebody changed there" &&
	test_line ../err "hint: which: git d1 check --only=data --from=$(git rev-parse --short=10 HEAD) shop" &&
	test_expect_exit 1 git d1 check --only=data \
		--from="$(git rev-parse --short=10 HEAD)" shop >../out &&
	grep "M2" ../out &&
	git config d1.prePush.remote warn &&
	git push --dry-run 2>../err &&
	grep "^warning: shop/remote holds rows" ../err &&
	git config d1.prePush.remote off && standin_clear_log &&
	git push -q && ! standin_log | grep -q raw
'

test_expect_success 'a pull goes into the state of wrangler' '
	git clone -q ../origin.git ../ben && in_clone ben &&
	git d1 init >/dev/null &&
	local_sql "CREATE TABLE lines(ref TEXT NOT NULL PRIMARY KEY, name TEXT,
		color TEXT)" >/dev/null &&
	git d1 restore >/dev/null &&
	git d1 hooks install >/dev/null && git config d1.autoPull true &&
	local_sql "UPDATE lines SET color = '\''mine'\'' WHERE ref = '\''M1'\''" \
		>/dev/null &&
	in_clone ann &&
	local_sql "UPDATE lines SET name = '\''eins'\'' WHERE ref = '\''M1'\''" \
		>/dev/null &&
	git d1 snapshot -q && git commit -q -a -m eins && git push -q &&
	in_clone ben && git pull -q 2>../err &&
	echo "shop/local: 1 updated, 1 local change kept" >../expect &&
	test_cmp ../expect ../err &&
	row >../actual && printf "%s\n" eins mine >../expect &&
	test_cmp ../expect ../actual
'

test_done
