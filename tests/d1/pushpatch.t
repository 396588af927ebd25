#!/bin/sh

test_description='choosing rows to push and to pull'

. "$(dirname "$0")/transfers.sh"

database pair <<\EOD
CREATE TABLE t(id INTEGER PRIMARY KEY, a, b, mail TEXT);
CREATE TABLE bag(v);
INSERT INTO t VALUES(1, 1, 1, 'a@x'), (2, 1, 1, 'b@x'), (3, 1, 1, 'c@x'),
	(4, 1, 1, 'd@x');
INSERT INTO bag VALUES('x'), ('x'), ('y');
--
EOD

# holds SIDE T BAG: these are the rows there.
holds () {
	{
		rows $1 pair "SELECT id || a || b FROM t ORDER BY id" | xargs echo &&
		rows $1 pair "SELECT v FROM bag ORDER BY v" | xargs echo
	} >actual &&
	printf "%s\n" "$2" "$3" >expect &&
	test_cmp expect actual
}

# answers LINE...: what is said.
answers () {
	printf "%s\n" "$@"
}

# told LINE...: the output ends so, after the questions.
told () {
	printf "%s\n" "$@" >expect &&
	tail -n $# out >actual &&
	test_cmp expect actual
}

# base: the rows in common.
base () {
	git-d1 diff "$(git for-each-ref --format="%(refname)" refs/d1/base)" "$@"
}

test_expect_success 'set up' '
	git init -q . &&
	make_config &&
	start --time-travel &&
	standin_env &&
	to_local pair &&
	GIT_D1_MASK_KEY="a secret of 16 bytes" && export GIT_D1_MASK_KEY &&
	git-d1 track pair/t pair/bag &&
	git-d1 push pair
'

test_expect_success 'what is chosen is pushed, and the rest the next time' '
	edit "UPDATE t SET a = 2 WHERE id IN (1, 2); DELETE FROM t WHERE id IN (3, 4);
		DELETE FROM bag WHERE v = '\''y'\''; INSERT INTO bag VALUES('\''z'\'')" &&
	answers n y y n y n | git-d1 push -p pair >out 2>err &&
	grep "^(1/2) Push this hunk" out &&
	told "bag: 1 inserted, 0 updated, 0 deleted" \
		"t: 0 inserted, 1 updated, 1 deleted" \
		"3 rows newer here: git d1 push" &&
	holds remote "121 211 411" "x x y z" &&
	git-d1 push --dry-run pair >out &&
	git-d1 diff pair/remote pair/local >expect &&
	test_cmp expect out &&
	git-d1 pull pair >out &&
	says "3 rows newer here: git d1 push" &&
	git-d1 push pair >out &&
	says "bag: 0 inserted, 0 updated, 1 deleted" \
		"t: 0 inserted, 1 updated, 1 deleted" &&
	holds remote "121 221" "x x z" &&
	base --exit-code pair/local
'

test_expect_success 'nothing chosen, nothing written' '
	edit "UPDATE t SET a = 3 WHERE id = 1" &&
	for answer in n q
	do
		answers $answer | git-d1 push -p pair >out &&
		told "no row was chosen; nothing was written" || return 1
	done &&
	git-d1 push -p pair </dev/null >out &&
	told "no row was chosen; nothing was written" &&
	holds remote "121 221" "x x z" &&
	answers a | git-d1 push -p pair &&
	git-d1 push -p pair >out </dev/null &&
	says "already up to date"
'

test_expect_success 'without a base, what is not chosen is in none' '
	git update-ref -d "$(git for-each-ref --format="%(refname)" refs/d1/base)" &&
	edit "INSERT INTO t VALUES(5, 1, 1, NULL), (6, 1, 1, NULL)" &&
	answers y n | git-d1 push -p pair >out &&
	told "t: 1 inserted, 0 updated, 0 deleted" "1 row only here, left there" &&
	holds remote "131 221 511" "x x z" &&
	git-d1 pull --delete pair >out &&
	says "1 row newer here: git d1 push" &&
	git-d1 push pair &&
	holds remote "131 221 511 611" "x x z"
'

test_expect_success 'pull asks too, and updates leave masked columns alone' '
	git config -f .d1config table.t.maskColumns mail &&
	query pair "UPDATE t SET b = 7, mail = '\''new@x'\'' WHERE id IN (1, 2);
		INSERT INTO t VALUES(8, 1, 1, '\''h@x'\''), (9, 1, 1, '\''i@x'\'');
		DELETE FROM t WHERE id = 6" &&
	git-d1 track pair/t >out &&
	answers y n n y n | git-d1 pull -p pair >out 2>err &&
	grep "^(1/5) Pull this hunk" out &&
	told "t: 1 inserted, 1 updated, 0 deleted" "3 rows newer on the remote: git d1 pull" &&
	rows local pair "SELECT id, a, b, mail LIKE '\''masked-%'\'', mail FROM t
		ORDER BY id" >actual &&
	sed "s/masked-.*/masked/" actual >masked &&
	printf "%s\n" "1,3,7,0,a@x" "2,2,1,0,b@x" "5,1,1,," "6,1,1,," \
		"8,1,1,1,masked" >expect &&
	test_cmp expect masked &&
	git-d1 push pair >out &&
	says "3 rows newer on the remote: git d1 pull" &&
	git-d1 pull pair >out &&
	says "t: 1 inserted, 1 updated, 1 deleted"
'

# asking COMMAND...: runs it in the background, up to its first question; then
# `reply` answers it, and `ended` is its exit code.
asking () {
	rm -f answers asked && mkfifo answers &&
	{ "$@" <answers >asked 2>err & } && pid=$! &&
	exec 8>answers &&
	until grep "this hunk" asked >hunk 2>&1
	do
		kill -0 $pid && sleep 0.1 || {
			cat asked err >&2
			return 1
		}
	done
}

reply () {
	answers "$@" >&8 &&
	exec 8>&-
}

ended () {
	code=0
	wait $pid || code=$?
	test $code = $1
}

test_expect_success 'nothing is locked meanwhile, and what changes then is not lost' '
	edit "UPDATE t SET a = 10 WHERE id IN (1, 2)" &&
	asking git-d1 push -p pair &&
	edit "UPDATE t SET a = 11 WHERE id = 5" &&
	reply y n &&
	ended 0 &&
	tail -n 2 asked >actual &&
	printf "%s\n" "t: 0 inserted, 1 updated, 0 deleted" \
		"2 rows newer here: git d1 push" >expect &&
	test_cmp expect actual &&
	git-d1 push pair >out &&
	says "t: 0 inserted, 2 updated, 0 deleted" &&
	holds remote "1107 2107 5111 811 911" "x x z"
'

test_expect_success 'a row that was changed meanwhile stops all' '
	edit "UPDATE t SET a = 20 WHERE id IN (1, 2)" &&
	asking git-d1 push -p pair &&
	query pair "UPDATE t SET a = 99 WHERE id = 1" &&
	reply y y &&
	ended 2 &&
	holds remote "1997 2107 5111 811 911" "x x z" &&
	query pair "UPDATE t SET a = 10 WHERE id = 1" &&
	git-d1 push pair &&
	query pair "UPDATE t SET a = 30 WHERE id IN (1, 2)" &&
	asking git-d1 pull -p pair &&
	edit "UPDATE t SET a = 98 WHERE id = 1" &&
	reply y y &&
	ended 2 &&
	holds local "1987 2207 5111 811 911" "x x z" &&
	edit "UPDATE t SET a = 20 WHERE id = 1" &&
	git-d1 pull pair
'

test_expect_success 'sync asks for both sides' '
	edit "UPDATE t SET a = 41 WHERE id IN (1, 2)" &&
	query pair "UPDATE t SET a = 42 WHERE id IN (8, 9)" &&
	answers y n n y | git-d1 sync -p pair >out &&
	told "1 row newer on the remote: git d1 pull" "1 row newer here: git d1 push" &&
	holds remote "1417 2307 5111 8421 9421" "x x z" &&
	holds local "1417 2417 5111 811 9421" "x x z"
'

test_expect_success 'a dry run asks nothing' '
	test_expect_exit 129 git-d1 push -p -n pair &&
	test_line err "error: --patch and --dry-run exclude each other"
'

test_done
