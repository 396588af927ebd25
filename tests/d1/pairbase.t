#!/bin/sh

test_description='what a local and a remote database last had in common'

. "$(dirname "$0")/transfers.sh"

database pair <<\EOF
CREATE TABLE t(id INTEGER PRIMARY KEY, a, b, updated_at);
CREATE TABLE bag(v);
INSERT INTO t VALUES(1, 1, 1, 0), (2, 1, 1, 0), (3, 1, 1, 0), (4, 1, 1, 0),
	(5, 1, 1, 0), (6, 1, 1, 0);
INSERT INTO bag VALUES('a'), ('a'), ('b');
--
EOF

test_expect_success 'set up' '
	git init -q . &&
	make_config &&
	start --time-travel &&
	standin_env &&
	to_local pair
'

# base_of: the ref of the pair base; there is one only.
base_of () {
	git for-each-ref --format="%(refname)" refs/d1/base
}

# pair SIDE: all rows of the database "pair" there.
pair () {
	rows $1 pair "SELECT id || a || b FROM t ORDER BY id" | xargs
}

# moved_with REF: the tracking ref holds what the remote database does.
fetched () {
	git-d1 fetch pair >out &&
	test_must_be_empty out &&
	git-d1 diff --exit-code refs/d1/pair/remote pair/remote
}

test_expect_success 'tables that are not tracked have no base' '
	git-d1 track pair/bag &&
	git-d1 push pair -- t >out 2>err &&
	says "already up to date" &&
	! grep ^hint err &&
	git for-each-ref refs/d1 >refs &&
	test_must_be_empty refs
'

test_expect_success 'the first push is two-way, says so, and leaves a base' '
	git-d1 track pair/t &&
	edit "UPDATE t SET a = '\''x'\'', updated_at = 5 WHERE id = 1" &&
	git-d1 push pair >out 2>err &&
	says "t: 0 inserted, 1 updated, 0 deleted" &&
	test_line err "hint: no push or pull of this local database is known: without a base, rows that differ are told by their times" &&
	test "$(git log --format=%s "$(base_of)")" = "Record what both sides have in common" &&
	git log -1 --format=%B "$(base_of)" | grep "^D1-Database: id-pair$" &&
	test "$(git log --format=%s refs/d1/pair/remote)" = "Snapshot of pair/remote" &&
	git-d1 diff --exit-code "$(base_of)" pair/local &&
	fetched
'

test_expect_success 'what changed here is pushed, deletions too; the rest is left' '
	edit "DELETE FROM t WHERE id = 2; INSERT INTO t VALUES(10, 1, 1, 0);
		UPDATE t SET a = '\''L'\'' WHERE id IN (3, 4);
		INSERT INTO bag VALUES('\''here'\'')" &&
	query pair "UPDATE t SET b = '\''R'\'' WHERE id IN (4, 5);
		DELETE FROM t WHERE id = 6; INSERT INTO t VALUES(11, 1, 1, 0);
		INSERT INTO bag VALUES('\''there'\'')" &&
	git-d1 push pair >out 2>err &&
	says "bag: 1 inserted, 0 updated, 0 deleted" \
		"t: 1 inserted, 2 updated, 1 deleted" \
		"5 rows newer on the remote: git d1 pull" &&
	test "$(pair remote)" = "1x1 3L1 4LR 51R 1011 1111" &&
	fetched &&
	git-d1 push pair >out &&
	says "5 rows newer on the remote: git d1 pull" &&
	git-d1 pull pair >out &&
	says "bag: 1 inserted, 0 updated, 0 deleted" \
		"t: 1 inserted, 2 updated, 1 deleted" &&
	test "$(pair local)" = "1x1 3L1 4LR 51R 1011 1111" &&
	git-d1 diff --exit-code pair/remote pair/local &&
	git-d1 diff --exit-code "$(base_of)" pair/local &&
	git-d1 pull pair >out &&
	says "already up to date" &&
	fetched
'

test_expect_success 'fetch, a plain edit, a slice and a part of the tables move it no further' '
	base=$(git rev-parse "$(base_of)") &&
	query pair "UPDATE t SET a = '\''f'\'' WHERE id = 10; INSERT INTO bag VALUES('\''f'\'')" &&
	git-d1 fetch pair &&
	test "$(git rev-parse "$(base_of)")" = $base &&
	edit "UPDATE t SET b = '\''e'\'' WHERE id = 10" &&
	git-d1 pull --where "v = '\''f'\''" pair -- bag >out &&
	says "bag: 1 inserted, 0 updated, 0 deleted" &&
	edit "DELETE FROM bag WHERE v = '\''f'\''" &&
	test "$(git rev-parse "$(base_of)")" = $base &&
	git-d1 pull pair -- bag >out &&
	says "bag: 1 inserted, 0 updated, 0 deleted" &&
	test "$(git rev-parse "$(base_of)")" != $base &&
	git diff --name-only $base "$(base_of)" >names &&
	echo data/bag.sql >expect &&
	test_cmp expect names &&
	git-d1 push pair >out &&
	says "t: 0 inserted, 1 updated, 0 deleted" \
		"1 row newer on the remote: git d1 pull" &&
	test "$(rows remote pair "SELECT a || b FROM t WHERE id = 10")" = fe &&
	git-d1 pull pair
'

test_expect_success 'rewind does not move it: what went back is newer on the remote' '
	bookmark=$(curl --silent --noproxy "*" \
		--header "Authorization: Bearer dummy-token" \
		"$(standin_url)/accounts/acc123/d1/database/id-pair/time_travel/bookmark" |
		sed "s/.*\"bookmark\":\"\([^\"]*\)\".*/\1/") &&
	edit "UPDATE t SET a = '\''w'\'' WHERE id = 1" &&
	git-d1 push pair &&
	git-d1 rewind pair/remote $bookmark &&
	git-d1 push pair >out &&
	says "1 row newer on the remote: git d1 pull" &&
	git-d1 pull pair >out &&
	says "t: 0 inserted, 1 updated, 0 deleted" &&
	test "$(rows local pair "SELECT a FROM t WHERE id = 1")" = x
'

test_expect_success 'a local file that was made again has no base: nothing is deleted' '
	pair remote >before &&
	cp "$(local_file pair)" kept.sqlite &&
	file=$(local_file pair) &&
	rm "$file"* &&
	sqlite3 "$file" "CREATE TABLE t(id INTEGER PRIMARY KEY, a, b, updated_at);
		CREATE TABLE bag(v)" &&
	git-d1 push pair >out 2>err &&
	says "12 rows only on the remote, left there (--delete deletes them)" &&
	grep "^hint: no push or pull of this local database is known" err &&
	pair remote >after &&
	test_cmp before after &&
	git-d1 pull pair >out &&
	git-d1 diff --exit-code pair/remote pair/local
'

# as PERSON COMMAND...: runs it in that clone.
as () {
	person=$1 &&
	shift &&
	(cd $person && "$@")
}

# clone PERSON: another clone, with the rows of the remote database.
clone () {
	git clone -q . $1 2>/dev/null &&
	echo "{\"d1_databases\":[{\"binding\":\"B_pair\",\"database_name\":\"pair\",\"database_id\":\"id-pair\"}]}" >$1/wrangler.jsonc &&
	mkdir -p "$(dirname "$1/$(local_file pair)")" &&
	cp kept.sqlite "$1/$(local_file pair)" &&
	as $1 git-d1 pull --delete --conflict=remote-wins pair &&
	as $1 git-d1 diff --exit-code pair/remote pair/local
}

test_expect_success 'two push without a pull, and again: nothing is reverted' '
	git add .d1config && git commit -q -m tracked &&
	clone ann && clone ben &&
	as ann edit "UPDATE t SET a = '\''ann'\'' WHERE id = 3; DELETE FROM t WHERE id = 4" &&
	as ben edit "UPDATE t SET b = '\''ben'\'' WHERE id = 3; INSERT INTO t VALUES(20, 2, 0, 0)" &&
	as ann git-d1 push pair &&
	as ben git-d1 push pair >out &&
	says "t: 1 inserted, 1 updated, 0 deleted" \
		"2 rows newer on the remote: git d1 pull" &&
	pair remote >merged &&
	echo "1x1 3annben 51R 10fe 1111 2020" >want &&
	test_cmp want merged &&
	as ann git-d1 push pair >out &&
	says "2 rows newer on the remote: git d1 pull" &&
	as ben git-d1 push pair >out &&
	says "2 rows newer on the remote: git d1 pull" &&
	pair remote >actual &&
	test_cmp merged actual &&
	as ann git-d1 pull pair && as ben git-d1 pull pair &&
	as ann pair local >actual && test_cmp merged actual &&
	as ben pair local >actual && test_cmp merged actual
'

test_expect_success 'a base of another database is not used' '
	ref=$(as ben base_of) &&
	tree=$(git -C ben rev-parse "$ref^{tree}") &&
	other=$(printf "%s\n" "x" "" "D1-Database: id-other" | git -C ben commit-tree $tree) &&
	git -C ben update-ref $ref $other &&
	as ben git-d1 pull pair >out 2>err &&
	grep "is of another database (id-other): it is not used" err
'

test_expect_success 'an old commit that is restored is pushed as what changed here' '
	as ann git-d1 snapshot pair/local && as ann git add d1 &&
	as ann git commit -q -m v1 &&
	as ann edit "UPDATE t SET a = '\''later'\'' WHERE id = 5" &&
	as ann git-d1 push pair &&
	as ann git-d1 snapshot pair/local &&
	as ann git commit -q -a -m v2 &&
	as ann git-d1 restore HEAD~1 &&
	as ann git-d1 push pair >out &&
	says "t: 0 inserted, 1 updated, 0 deleted" &&
	test "$(rows remote pair "SELECT a FROM t WHERE id = 5")" = 1
'

# other_clone PERSON REVISION: a clone whose local database is made from it.
other_clone () {
	git clone -q . $1 2>/dev/null &&
	cp ann/wrangler.jsonc $1 &&
	as $1 git-d1 restore $2 >out
}

test_expect_success 'without a base, history tells who is behind' '
	git-d1 pull pair &&
	git-d1 snapshot pair/local && git add d1 && git commit -q -m v1 && git tag v1 &&
	edit "UPDATE t SET a = '\''two'\'' WHERE id = 1; DELETE FROM t WHERE id = 3;
		INSERT INTO t VALUES(30, 3, 3, 0); INSERT INTO bag VALUES('\''two'\'')" &&
	git-d1 snapshot pair/local && git commit -q -a -m v2 && git tag v2 &&
	git-d1 push pair &&
	pair remote >before &&
	other_clone cid v1 &&
	as cid git-d1 push pair >out 2>err &&
	says "4 rows newer on the remote: git d1 pull" &&
	test_line err "hint: no pair base: took the history of HEAD for 2 tables" &&
	pair remote >after && test_cmp before after &&
	rm -rf cid && other_clone cid v1 &&
	as cid git-d1 pull pair >out &&
	says "bag: 1 inserted, 0 updated, 0 deleted" \
		"t: 1 inserted, 1 updated, 1 deleted" &&
	as cid git-d1 diff --exit-code pair/remote pair/local
'

test_expect_success 'a remote database that is behind is written, deletions too' '
	query pair "UPDATE t SET a = '\''x'\'' WHERE id = 1; DELETE FROM t WHERE id = 30;
		INSERT INTO t VALUES(3, '\''ann'\'', '\''ben'\'', 0);
		UPDATE t SET a = '\''drift'\'' WHERE id = 5; INSERT INTO t VALUES(99, 9, 9, 9)" &&
	other_clone dan v2 &&
	as dan git-d1 push pair >out &&
	says "t: 1 inserted, 1 updated, 1 deleted" \
		"1 row newer on the remote: git d1 pull" \
		"1 row only on the remote, left there (--delete deletes them)" &&
	test "$(pair remote)" = "1two1 5driftR 10fe 1111 2020 3033 9999" &&
	as dan edit "UPDATE t SET a = '\''mine'\'' WHERE id = 5" &&
	test_expect_exit 2 as dan git-d1 push pair >out &&
	grep "^conflict: t id=5: a" out
'

# ann's write is held up, so that ben's comes first.
test_expect_success 'two clones push at once: one wins, the other is told the rows' '
	for person in ann ben
	do
		as $person git-d1 pull --conflict=remote-wins pair &&
		as $person git-d1 push pair ||
			return 1
	done &&
	as ann edit "UPDATE t SET a = '\''A'\'' WHERE id IN (10, 11)" &&
	as ben edit "UPDATE t SET a = '\''B'\'' WHERE id IN (10, 20)" &&
	pair remote >before &&
	standin_fault "{\"kind\":\"hold\",\"request\":\"defer_foreign_keys\"}" &&
	{
		as ann git-d1 push pair >ann.out 2>ann.err &
	} &&
	pid=$! &&
	standin_await_held $pid &&
	as ben git-d1 push pair >out &&
	says "t: 0 inserted, 2 updated, 0 deleted" &&
	standin_release &&
	test_expect_code 2 wait $pid &&
	test_must_be_empty ann.out &&
	grep "table '\''t'\'', row id=10: value differs" ann.err &&
	sed "s/10f/10B/; s/202/20B/" before >wanted &&
	pair remote >actual &&
	test_cmp wanted actual &&
	! ls ann/.git/d1/journal/*.pending &&
	test_expect_exit 2 as ann git-d1 push pair >out &&
	says "conflict: t id=10: a '\''A'\'' in pair/local, '\''B'\'' in pair/remote" &&
	as ann git-d1 push --conflict=remote-wins pair >out &&
	says "t: 0 inserted, 1 updated, 0 deleted" \
		"2 rows newer on the remote: git d1 pull" &&
	sed "s/111/11A/" wanted >merged &&
	pair remote >actual &&
	test_cmp merged actual &&
	as ann git-d1 pull --conflict=remote-wins pair &&
	as ben git-d1 pull pair &&
	as ann pair local >actual && test_cmp merged actual &&
	as ben pair local >actual && test_cmp merged actual
'

# anew: the local file of ann is deleted and made again.
anew () {
	file=ann/$(local_file pair) &&
	cp "$file" anew.sqlite && rm "$file"* && cp anew.sqlite "$file" &&
	as ann git-d1 pull pair
}

# age REF: its commit was made long ago.
age () {
	git -C ann log -1 --format=%B "$1" >message &&
	old=$(GIT_COMMITTER_DATE="2020-01-01T00:00:00Z" \
		git -C ann commit-tree -F ../message "$1^{tree}") &&
	git -C ann update-ref "$1" $old
}

test_expect_success 'a base whose file is no more is forgotten in the end' '
	first=$(as ann base_of) &&
	test "$(git -C ann log -1 --format="%(trailers:key=D1-Local,valueonly)" $first | head -n 1)" = "$(realpath "ann/$(local_file pair)")" &&
	git -C ann worktree add -q ../tree &&
	cp ann/wrangler.jsonc tree &&
	mkdir -p "$(dirname "tree/$(local_file pair)")" &&
	cp "ann/$(local_file pair)" "tree/$(local_file pair)" &&
	as tree git-d1 pull pair &&
	tree=$(as ann base_of | grep -v $first) &&
	age $tree &&
	anew &&
	as ann base_of >refs &&
	grep $first refs && grep $tree refs &&
	test $(wc -l <refs) = 3 &&
	age $first &&
	anew && as ann git-d1 push pair &&
	as ann base_of >refs &&
	! grep $first refs && grep $tree refs &&
	test $(wc -l <refs) = 3 &&
	rm "tree/$(local_file pair)"* &&
	anew &&
	as ann base_of >refs &&
	! grep $tree refs &&
	test $(wc -l <refs) = 3
'

test_done
