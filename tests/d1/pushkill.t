#!/bin/sh

test_description='git d1 push, pull and sync leave all or nothing when they are killed

They are killed while they wait for the reply to a call, which was carried out,
and before calls of the system that change a file.'

. "$(dirname "$0")/transfers.sh"

DIEAT=$TOP_BUILDDIR/tests/d1/dieat.so

# under a sanitizer nothing can be preloaded
if ! test "$(LD_PRELOAD=$DIEAT git-d1 version 2>&1)" = "$(git-d1 version)"
then
	skip_all='needs a program that can be preloaded'
	test_done
fi

database shop <<\EOD
CREATE TABLE t(id INTEGER PRIMARY KEY, a, b, updated_at);
CREATE TABLE bag(v);
INSERT INTO t VALUES(1, 1, 1, 0), (2, 1, 1, 0), (3, 1, 1, 0), (4, 1, 1, 0),
	(5, 1, 1, 0), (6, 1, 1, 0);
INSERT INTO bag VALUES('a'), ('a'), ('b');
--
PRAGMA journal_mode=WAL;
EOD

JOURNAL=.git/d1/journal

# entries STATE: those of the journal, the older one first.
entries () {
	ls $JOURNAL 2>/dev/null | sed -n "s/\.$1$//p"
}

# all SIDE: its rows.
all () {
	rows $1 shop "SELECT id || ' ' || a || b FROM t ORDER BY id" &&
	rows $1 shop "SELECT v FROM bag ORDER BY v"
}

# Each side has changes of its own since both were the same. The file stays the
# one that it is, and has a base. No commit of a second is that of the run before,
# which would be there already and be written by fewer calls.
seconds=1700000000
set_up () {
	seconds=$((seconds + 1000)) &&
	GIT_COMMITTER_DATE="$seconds +0000" &&
	export GIT_COMMITTER_DATE &&
	rm -rf $JOURNAL &&
	git update-ref "$base" $base_before &&
	same="DELETE FROM t; DELETE FROM bag;
		INSERT INTO t VALUES(1, 1, 1, 0), (2, 1, 1, 0), (3, 1, 1, 0),
			(4, 1, 1, 0), (5, 1, 1, 0), (6, 1, 1, 0);
		INSERT INTO bag VALUES('a'), ('a'), ('b');" &&
	edit "$same
		DELETE FROM t WHERE id = 1; INSERT INTO t VALUES(10, 1, 1, 0);
		UPDATE t SET a = 'L' WHERE id IN (2, 3);
		DELETE FROM bag WHERE v = 'b'; INSERT INTO bag VALUES('here')" &&
	standin_sql shop "$same
		DELETE FROM t WHERE id = 4; INSERT INTO t VALUES(11, 1, 1, 0);
		UPDATE t SET b = 'R' WHERE id IN (3, 5);
		INSERT INTO bag VALUES('there')"
}

test_expect_success 'set up' '
	git init -q . &&
	make_config &&
	start &&
	standin_env &&
	to_local shop &&
	git-d1 track shop/t shop/bag &&
	git-d1 sync shop &&
	base=$(git for-each-ref --format="%(refname)" refs/d1/base) &&
	base_before=$(git rev-parse "$base") &&
	set_up &&
	all local >local-before &&
	all remote >remote-before
'

# state SIDE: "before" or "after" the command.
state () {
	all $1 >is &&
	if cmp -s is $1-before
	then
		echo before
	else
		test_cmp $1-$command is && echo after
	fi
}

# What the next run of the command says of writes that were not seen to end; a
# remote database is written first.
expect_warnings () {
	for id in $1
	do
		side=local
		grep -q "^Name: shop/local" $JOURNAL/$id.pending || side=remote
		case $(state $side) in
		before) said="nothing of it was written" ;;
		after) said="it was carried out" ;;
		esac
		echo "warning: git d1 $command ($id) was not seen to end: $said"
	done
}

# was_killed: the command just was. Each side is as before or as after it, and
# the next run says which, and goes on to the end.
was_killed () {
	local_is=$(state local) && remote_is=$(state remote) &&
	case $command in
	push) test $local_is = before ;;
	pull) test $remote_is = before ;;
	sync) test $local_is = before || test $remote_is = after ;;
	esac &&
	pending=$(entries pending) &&
	echo "$local_is $remote_is${pending:+ pending}" >>seen-$command &&
	expect_warnings "$pending" >expect &&
	git-d1 $command shop >out 2>err &&
	grep ^warning err >actual || : &&
	test_cmp expect actual &&
	all local >is && test_cmp local-$command is &&
	all remote >is && test_cmp remote-$command is &&
	test -z "$(entries pending)" &&
	git rev-parse "$base^{tree}" >is && test_cmp base-$command is
}

# moments STEP: of the calls in the log, those around the writes in such steps,
# the last ones of them all, and now and then another one.
moments () {
	awk -v step=$1 '
		$1 == "rename" && !first { first = NR }
		$1 == "rename" { last = NR }
		END {
			for (at = 1; at <= NR; at++)
				if (at < first || at > last + 1) {
					if (at % 7 == 0)
						print at
				} else if (at > last - 2 || at % step == 0)
					print at
		}'
}

step=0
for command in push pull sync
do
	step=$((step + 1))
	test_expect_success "$command: what it does if nobody kills it" '
		set_up &&
		git-d1 $command shop &&
		set_up &&
		: >log-$command &&
		DIE_LOG=$PWD/log-$command LD_PRELOAD=$DIEAT \
			git-d1 $command shop &&
		all local >local-$command &&
		all remote >remote-$command &&
		git rev-parse "$base^{tree}" >base-$command
	'

	for at in $(moments $step <log-$command)
	do
		test_expect_success "$command, killed before call $at of the system" '
			set_up &&
			test_expect_exit 137 env DIE_AT=$at LD_PRELOAD=$DIEAT \
				git-d1 $command shop >out &&
			test_must_be_empty out &&
			was_killed
		'
	done
done

# kill_at SIGNAL REQUEST: once the server has carried that one out.
kill_at () {
	standin_fault "{\"kind\":\"hold\",\"skip\":$2,\"when\":\"after\"}" &&
	{
		git-d1 $command shop >out 2>err &
	} &&
	pid=$! &&
	standin_await_held $pid &&
	kill -$1 $pid &&
	case $1 in
	KILL) test_expect_code 137 wait $pid ;;
	TERM) test_expect_code 143 wait $pid ;;
	esac &&
	standin_drop
}

for command in push sync
do
	for request in 0 5 9 10 11 14
	do
		test_expect_success "$command, killed at request $request" '
			set_up &&
			kill_at KILL $request &&
			test_must_be_empty out &&
			was_killed
		'
	done
done

# The program sqlite3 would roll it back, so that it is not asked before.
test_expect_success 'pull, killed while it writes a file without a write-ahead log' '
	command=pull &&
	set_up &&
	edit "PRAGMA journal_mode=DELETE" &&
	: >log &&
	DIE_LOG=$PWD/log LD_PRELOAD=$DIEAT git-d1 pull shop &&
	last=$(grep -n rename log | tail -n 1 | cut -d : -f 1) &&
	set_up &&
	test_expect_code 137 env DIE_AT=$((last - 1)) LD_PRELOAD=$DIEAT \
		git-d1 pull shop &&
	test -s "$(local_file shop)-journal" &&
	id=$(entries pending) &&
	test_expect_exit 128 git-d1 pull --dry-run shop &&
	grep "was interrupted, and left a journal" err &&
	git-d1 pull shop 2>err &&
	test_line err "warning: git d1 pull ($id) was not seen to end: nothing of it was written" &&
	all local >is && test_cmp local-pull is &&
	edit "PRAGMA journal_mode=WAL"
'

test_expect_success 'at all moments that there are' '
	sort -u seen-push >actual &&
	printf "%s\n" "before after" "before after pending" "before before" \
		"before before pending" >expect &&
	test_cmp expect actual &&
	sort -u seen-pull >actual &&
	printf "%s\n" "after before" "after before pending" "before before" \
		"before before pending" >expect &&
	test_cmp expect actual &&
	sort -u seen-sync >actual &&
	printf "%s\n" "after after" "after after pending" "before after" \
		"before after pending" "before before" "before before pending" \
		>expect &&
	test_cmp expect actual
'

# ---- signals that it catches ----

# call WHICH NAME [AFTER]: the number in the log of the call of that name, after
# so many calls "rename": 1 is the first one, "last" the last one.
call () {
	awk -v which=$1 -v name=$2 -v after=${3-0} '
		renames >= after && $1 == name {
			found = NR
			if (which == 1)
				exit
		}
		$1 == "rename" { renames++ }
		END { print found }' log-$command
}

# interrupted MESSAGE: that was said by the command, of nothing else than the
# database that it writes.
interrupted () {
	grep -v "^writing shop/remote: " err >actual
	printf "%s\n" "error: interrupted: $1" >expect
	if test $# -gt 1
	then
		echo "hint: the next command that writes there says which (journal entry $(entries pending))" >>expect
	fi
	test_cmp expect actual
}

# interrupt AT: by SIGINT, before that call of the system.
interrupt () {
	set_up &&
	test -n "$1" &&
	test_expect_exit 130 env DIE_AT=$1 DIE_BY=2 LD_PRELOAD=$DIEAT \
		git-d1 $command shop >out
}

test_expect_success 'pull, interrupted: the state of the local file is said' '
	command=pull &&
	interrupt 1 &&
	interrupted "nothing was written to shop/local" &&
	was_killed &&
	interrupt $(call 1 pwrite 1) &&
	interrupted "shop/local is written as a whole, or not at all" next &&
	was_killed &&
	interrupt $(call last rename) &&
	interrupted "shop/local is written" &&
	was_killed &&
	interrupt $(call last unlink) &&
	interrupted "shop/local is written" &&
	was_killed
'

test_expect_success 'push, interrupted: the state of the remote database is said' '
	command=push &&
	for request in 0 5 9
	do
		set_up &&
		kill_at TERM $request &&
		interrupted "nothing was written to shop/remote" &&
		was_killed || return 1
	done &&
	set_up &&
	kill_at TERM 10 &&
	interrupted "it is not known whether shop/remote was written" next &&
	was_killed &&
	set_up &&
	kill_at TERM 14 &&
	interrupted "shop/remote is written" &&
	was_killed
'

test_expect_success 'sync, interrupted: the states of both are said' '
	command=sync &&
	interrupt 1 &&
	interrupted "nothing was written to shop/remote; nothing was written to shop/local" &&
	was_killed &&
	set_up &&
	kill_at TERM 10 &&
	interrupted "it is not known whether shop/remote was written; nothing was written to shop/local" next &&
	was_killed &&
	interrupt $(call 1 rename 1) &&
	interrupted "shop/remote is written; nothing was written to shop/local" &&
	was_killed &&
	interrupt $(call 1 pwrite 3) &&
	interrupted "shop/local is written as a whole, or not at all; shop/remote is written" next &&
	was_killed &&
	interrupt $(call last rename) &&
	interrupted "shop/local is written; shop/remote is written" &&
	was_killed
'

test_done
