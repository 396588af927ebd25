#!/bin/sh

test_description='rows move both ways at once'

. "$(dirname "$0")/transfers.sh"

database shop <<\EOF
CREATE TABLE t(id INTEGER PRIMARY KEY, a, b, updated_at);
CREATE TABLE bag(v);
INSERT INTO t VALUES(1, 1, 1, 0), (2, 1, 1, 0), (3, 1, 1, 0), (4, 1, 1, 0),
	(5, 1, 1, 0), (6, 1, 1, 0);
INSERT INTO bag VALUES('a'), ('a'), ('b');
--
EOF

# t SIDE, bag SIDE: all rows there.
t () {
	rows $1 shop "SELECT id || a || b FROM t ORDER BY id" | xargs
}

bag () {
	rows $1 shop "SELECT v FROM bag ORDER BY v" | xargs
}

# start_again: both hold what they did at the beginning, and have no base.
start_again () {
	to_local shop &&
	query shop "DELETE FROM t; DELETE FROM bag;
		INSERT INTO t VALUES(1, 1, 1, 0), (2, 1, 1, 0), (3, 1, 1, 0),
			(4, 1, 1, 0), (5, 1, 1, 0), (6, 1, 1, 0);
		INSERT INTO bag VALUES('a'), ('a'), ('b')"
}

# same: both sides hold the same.
same () {
	git-d1 diff --exit-code shop/remote shop/local
}

test_expect_success 'set up' '
	git init -q . &&
	make_config &&
	start &&
	standin_env &&
	to_local shop
'

test_expect_success 'nothing to do' '
	git-d1 sync shop >out &&
	says "already up to date"
'

# two_way: rows of each bucket.
two_way () {
	start_again &&
	edit "DELETE FROM t WHERE id = 1; INSERT INTO t VALUES(10, 1, 1, 0);
		UPDATE t SET a = 'L', updated_at = 9 WHERE id = 2;
		UPDATE t SET a = 'L', updated_at = 8 WHERE id = 3;
		INSERT INTO bag VALUES('here')" &&
	query shop "UPDATE t SET a = 'R', updated_at = 8 WHERE id = 2;
		UPDATE t SET a = 'R', updated_at = 9 WHERE id = 3;
		DELETE FROM t WHERE id = 4; DELETE FROM bag WHERE v = 'b'"
}

while read policy two three
do
	test_expect_success "without a base: $policy" '
		two_way &&
		git-d1 sync --conflict=$policy shop >out &&
		test "$(t remote)" = "111 2${two}1 3${three}1 411 511 611 1011" &&
		test "$(bag remote)" = "a a b here" &&
		same
	'
done <<\EOF
abort L R
local-wins L L
remote-wins R R
newer-wins L R
EOF

test_expect_success 'without a base: what no time tells is a conflict' '
	two_way &&
	edit "UPDATE t SET b = '\''L'\'' WHERE id = 5" &&
	t local >local-before && t remote >remote-before &&
	test_expect_exit 2 git-d1 sync shop >out &&
	says "conflict: t id=5: b '\''L'\'' in shop/local, 1 in shop/remote" &&
	test_expect_exit 2 git-d1 sync --conflict=newer-wins shop &&
	t local >local-after && t remote >remote-after &&
	test_cmp local-before local-after && test_cmp remote-before remote-after &&
	git-d1 sync --conflict=remote-wins shop -- t &&
	test "$(rows local shop "SELECT b FROM t WHERE id = 5")" = 1
'

test_expect_success 'a dry run shows both writes' '
	two_way &&
	git-d1 sync --dry-run shop >out 2>err &&
	grep "^+++ shop" out >actual &&
	printf "%s\n" "+++ shop/local" "+++ shop/local" "+++ shop/remote" >expect &&
	test_cmp expect actual &&
	grep "rows written, with indexes" err &&
	test "$(bag remote)" = "a a" &&
	test "$(bag local)" = "a a b here"
'

# three_way: rows that either side changed since both were the same.
three_way () {
	start_again &&
	git-d1 sync shop &&
	edit "DELETE FROM t WHERE id = 1; INSERT INTO t VALUES(10, 1, 1, 0);
		UPDATE t SET a = 'L' WHERE id IN (2, 3);
		DELETE FROM bag WHERE v = 'b'; INSERT INTO bag VALUES('here')" &&
	query shop "DELETE FROM t WHERE id = 4; INSERT INTO t VALUES(11, 1, 1, 0);
		UPDATE t SET b = 'R' WHERE id IN (3, 5);
		INSERT INTO bag VALUES('there')"
}

test_expect_success 'with a base: each side gets what the other changed' '
	git-d1 track shop/t shop/bag &&
	three_way &&
	git-d1 sync shop >out 2>err &&
	says "bag: 1 inserted, 0 updated, 1 deleted" \
		"t: 1 inserted, 2 updated, 1 deleted" \
		"bag: 1 inserted, 0 updated, 0 deleted" \
		"t: 1 inserted, 2 updated, 1 deleted" &&
	test "$(t local)" = "2L1 3LR 51R 611 1011 1111" &&
	test "$(bag local)" = "a a here there" &&
	same &&
	git-d1 sync shop >out &&
	says "already up to date" &&
	git-d1 fetch shop >out &&
	test_must_be_empty out
'

test_expect_success 'with a base: a policy decides the cells in conflict' '
	for policy in local remote
	do
		three_way &&
		edit "UPDATE t SET a = '\''l'\'', b = '\''l'\'' WHERE id = 5" &&
		test_expect_exit 2 git-d1 sync shop >out &&
		says "conflict: t id=5: b '\''l'\'' in shop/local, '\''R'\'' in shop/remote" &&
		git-d1 sync --conflict=$policy-wins shop &&
		same &&
		rows local shop "SELECT a || b FROM t WHERE id = 5" >row-$policy ||
			return 1
	done &&
	echo ll >expect && test_cmp expect row-local &&
	echo lR >expect && test_cmp expect row-remote
'

test_expect_success 'the second write fails: it is said, and the next run goes on' '
	three_way &&
	edit "CREATE UNIQUE INDEX one ON t(updated_at) WHERE id > 10" &&
	query shop "INSERT INTO t VALUES(12, 1, 1, 0)" &&
	test_expect_exit 6 git-d1 sync shop >out &&
	grep "^error: shop/remote is written, but shop/local is not: " err &&
	test_line err "hint: run the same command again to write the rest" &&
	test "$(t remote)" = "2L1 3LR 51R 611 1011 1111 1211" &&
	edit "DROP INDEX one" &&
	git-d1 sync shop >out &&
	says "bag: 1 inserted, 0 updated, 0 deleted" \
		"t: 2 inserted, 2 updated, 1 deleted" &&
	same
'

if grep -q : /proc/locks 2>/dev/null
then
	test_set_prereq LOCKS
fi

# held NAME COMMAND...: runs it while a program of that name holds the local
# file; its process is then in "pid".
held () {
	cp "$(command -v sqlite3)" "$1" &&
	mkfifo hold &&
	{
		"./$1" "$(local_file shop)" "BEGIN IMMEDIATE" ".shell cat hold" &
	} &&
	pid=$! &&
	shift &&
	exec 9>hold &&
	{
		"$@" || status=$?
	} &&
	exec 9>&- &&
	wait $pid &&
	rm hold
}

test_expect_success LOCKS 'who holds the local file is said, with a write-ahead log and without' '
	three_way &&
	t local >before &&
	held other test_expect_exit 128 git-d1 pull shop &&
	grep "is locked by another program" err &&
	test_line err "hint: process $pid (other) holds it: try again when it is done, or end it" &&
	edit "PRAGMA journal_mode=WAL" &&
	held workerd test_expect_exit 6 git-d1 sync shop &&
	test_line err "hint: \`wrangler dev\` (workerd, process $pid) holds it: try again when its request is done, or end it" &&
	test_line err "hint: run the same command again to write the rest" &&
	t local >after && test_cmp before after &&
	git-d1 sync shop &&
	same
'

test_done
