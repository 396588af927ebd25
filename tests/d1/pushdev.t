#!/bin/sh

test_description='push and pull while a real wrangler dev writes the same local file'

. "$(dirname "$0")/transfers.sh"
. "$STANDIN_SRCDIR/dev.sh"

database shop <<\EOD
CREATE TABLE t(id INTEGER PRIMARY KEY, v);
INSERT INTO t SELECT value, 'old' FROM generate_series(1, 200);
--
PRAGMA journal_mode=WAL;
EOD

cat >index.mjs <<\EOD
// Inserts the row whose number is the path, if there is none; the others stay as
// they are.
export default {
	async fetch(request, { B_shop }) {
		const id = Number(new URL(request.url).pathname.slice(1));
		try {
			await B_shop.prepare("INSERT INTO t VALUES(?, 'dev')"
				+ ' ON CONFLICT DO NOTHING').bind(id).run();
		} catch (error) {
			return new Response(error.message, { status: 503 });
		}
		const { results } = await B_shop
			.prepare('PRAGMA quick_check').all();
		return new Response(results[0].quick_check);
	},
};
EOD

# insert ID: lets the Worker insert a row. Its engine does not wait for a lock,
# as that of git-d1 does, not even to read; so it asks again, also if the row was
# inserted and only then a lock was met. A lock that the engine meets between two
# statements is an "internal error" for the Worker.
insert () {
	for try in $(seq 1 400)
	do
		curl --silent --noproxy "*" --max-time 60 \
			"http://127.0.0.1:$PORT/$1" >reply
		case $(cat reply) in
		ok)
			echo $1 $try >>inserted
			return 0
			;;
		*SQLITE_BUSY*|*"internal error; reference = "*)
			sleep 0.02
			;;
		*)
			echo $1 "$(cat reply)" >>inserted
			return 1
			;;
		esac
	done
	echo $1 busy >>inserted
	return 1
}

test_expect_success 'both hold the same, and wrangler dev runs' '
	git init -q . &&
	make_config &&
	start &&
	to_local shop &&
	start_wrangler . &&
	standin_env &&
	git-d1 track shop/t 2>err &&
	git-d1 sync shop &&
	insert 1000
'

# Until there is a file "enough".
keep_inserting () {
	number=1000
	until test -f enough
	do
		number=$((number + 1))
		insert $number || return 1
	done
}

# Waits until it has inserted some more rows.
more () {
	wanted=$(($(wc -l <inserted) + 3))
	until test "$(wc -l <inserted)" -ge $wanted
	do
		kill -0 $writer && sleep 0.1 || return 1
	done
}

move () {
	for round in 1 2 3
	do
		more &&
		query shop "UPDATE t SET v = 'remote $round'
			WHERE id <= 200 AND id % 40 = $round;
			INSERT INTO t VALUES(2000 + $round, 'remote')" &&
		git-d1 pull shop &&
		more &&
		git-d1 push shop || return 1
	done
}

test_expect_success 'rows move both ways while it writes' '
	{
		keep_inserting 3>&- 4>&- 5>&- 6>&- &
	} &&
	writer=$! &&
	if move
	then
		: >moved
	fi &&
	: >enough &&
	wait $writer &&
	test -f moved
'

# True if the log of wrangler has a lock for each internal error. (It may get a
# line a moment after the Worker has answered.)
only_locks () {
	for try in $(seq 1 50)
	do
		sed -n "s/.*: internal error; reference = //p" wrangler.out |
			sort -u >internal
		grep "failed: .* database is locked: SQLITE_BUSY" wrangler.out >busy
		test "$(wc -l <internal)" -gt "$(wc -l <busy)" || return 0
		sleep 0.1
	done
	return 1
}

test_expect_success 'it wrote all that while, and nothing is amiss' '
	test_line inserted "1000 1" &&
	! grep -v "^[0-9]* [0-9]*$" inserted &&
	test $(wc -l <inserted) -gt 10 &&
	echo "# $(wc -l <inserted) rows, $(grep -c -v " 1$" inserted) asked for again" &&
	! grep -i "corrupt\|malformed\|uncaught\|disk i/o" wrangler.out &&
	only_locks &&
	rm inserted &&
	insert 3000 &&
	echo "3000 1" >expect &&
	test_cmp expect inserted
'

test_expect_success 'all rows of either are on both sides then' '
	git-d1 sync shop &&
	git-d1 diff --exit-code shop/remote shop/local &&
	has local shop "SELECT count(*) FROM t WHERE v LIKE '\''remote%'\''" 18 &&
	has local shop "SELECT id FROM t WHERE id > 2000 AND id < 3000" \
		2001 2002 2003 &&
	has remote shop "SELECT count(*) - max(id) + 1000 FROM t
		WHERE v = '\''dev'\'' AND id < 2000" 1 &&
	has remote shop "SELECT v FROM t WHERE id = 3000" dev
'

test_expect_success 'stop' '
	stop_wrangler &&
	standin_stop
'

test_done
