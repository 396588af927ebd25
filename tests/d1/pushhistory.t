#!/bin/sh

test_description='push and pull of tracked tables without a pair base'

. "$(dirname "$0")/transfers.sh"

database pair <<\EOD
CREATE TABLE t(id INTEGER PRIMARY KEY, a, updated_at);
CREATE TABLE bag(v);
CREATE TABLE loose(id INTEGER PRIMARY KEY, a);
INSERT INTO t VALUES(1, 'one', 9), (2, 'two', 9), (3, 'three', 9);
INSERT INTO bag VALUES('x'), ('x'), ('y');
INSERT INTO loose VALUES(1, 'l');
--
EOD

# pair SIDE: all rows of the tracked tables, there.
pair () {
	rows $1 pair "SELECT id || a FROM t ORDER BY id" | xargs echo &&
	rows $1 pair "SELECT v FROM bag ORDER BY v" | xargs echo
}

# holds SIDE T BAG: these are the rows there.
holds () {
	pair $1 >actual &&
	printf "%s\n" "$2" "$3" >expect &&
	test_cmp expect actual
}

# commit TAG: the local database, as it is.
commit () {
	git-d1 snapshot pair/local && git add d1 && git commit -q -m $1 && git tag $1
}

# forget: no push or pull is known any more.
forget () {
	git for-each-ref --format="delete %(refname)" refs/d1 | git update-ref --stdin
}

# remote_is TAG: the remote database holds what that commit does.
remote_is () {
	git-d1 push --no-base --delete --no-limit --conflict=local-wins --from $1 pair &&
	forget
}

# local_is TAG: so does the local one.
local_is () {
	git-d1 restore --force $1 &&
	forget
}

# used N: the hint of that many tables.
used () {
	echo "hint: no pair base: took the history of HEAD for $1" >expect &&
	grep "^hint: no pair base" err >actual &&
	test_cmp expect actual
}

test_expect_success 'set up three versions' '
	git init -q . &&
	make_config &&
	start --time-travel &&
	standin_env &&
	to_local pair &&
	git-d1 track pair/t pair/bag &&
	git add .d1config &&
	commit v1 &&
	edit "UPDATE t SET a = '\''TWO'\'', updated_at = 1 WHERE id = 2;
		DELETE FROM t WHERE id = 3; INSERT INTO t VALUES(4, '\''four'\'', 1);
		DELETE FROM bag WHERE rowid = 1; INSERT INTO bag VALUES('\''z'\'')" &&
	commit v2 &&
	edit "UPDATE t SET a = '\''Two'\'', updated_at = 0 WHERE id = 2" &&
	commit v3
'

test_expect_success 'what was committed since is pushed, against the times, deletions too' '
	git-d1 push pair >out 2>err &&
	says "bag: 1 inserted, 0 updated, 1 deleted" \
		"t: 1 inserted, 1 updated, 1 deleted" &&
	used "2 tables" &&
	holds remote "1one 2Two 4four" "x y z" &&
	git-d1 diff --exit-code pair/remote pair/local
'

test_expect_success 'a dry run shows the same' '
	remote_is v1 &&
	git-d1 push --dry-run pair >out 2>err &&
	used "2 tables" &&
	git-d1 diff pair/remote pair/local -- t bag >expect &&
	test_cmp expect out &&
	holds remote "1one 2two 3three" "x x y"
'

test_expect_success 'an old commit that is restored takes nothing back' '
	remote_is v3 &&
	local_is v1 &&
	git-d1 push pair >out 2>err &&
	says "5 rows newer on the remote: git d1 pull" &&
	used "2 tables" &&
	holds remote "1one 2Two 4four" "x y z" &&
	git-d1 push pair >out 2>err &&
	says "5 rows newer on the remote: git d1 pull" &&
	! grep hint: err &&
	holds remote "1one 2Two 4four" "x y z" &&
	git-d1 pull pair >out &&
	says "bag: 1 inserted, 0 updated, 1 deleted" \
		"t: 1 inserted, 1 updated, 1 deleted" &&
	holds local "1one 2Two 4four" "x y z"
'

test_expect_success 'nor with --delete or --conflict, but with --no-base' '
	local_is v1 &&
	git-d1 push --delete --conflict=local-wins pair >out &&
	says "5 rows newer on the remote: git d1 pull" &&
	forget &&
	git-d1 push --no-base --delete --conflict=local-wins pair &&
	holds remote "1one 2two 3three" "x x y" &&
	remote_is v3
'

test_expect_success 'it is pulled without a base' '
	local_is v1 &&
	git-d1 pull pair >out 2>err &&
	says "bag: 1 inserted, 0 updated, 1 deleted" \
		"t: 1 inserted, 1 updated, 1 deleted" &&
	used "2 tables" &&
	holds local "1one 2Two 4four" "x y z" &&
	local_is v3 && remote_is v1 &&
	git-d1 pull pair >out 2>err &&
	says "5 rows newer here: git d1 push" &&
	holds local "1one 2Two 4four" "x y z" &&
	git-d1 push pair &&
	holds remote "1one 2Two 4four" "x y z"
'

test_expect_success 'sync takes each row from where it is newer' '
	local_is v3 && remote_is v1 &&
	edit "INSERT INTO t VALUES(20, '\''here'\'', 0)" &&
	query pair "INSERT INTO t VALUES(10, '\''there'\'', 0);
		UPDATE t SET a = '\''edited'\'', updated_at = 0 WHERE id = 1" &&
	git-d1 sync pair >out 2>err &&
	used "2 tables" &&
	holds remote "1edited 2Two 4four 10there 20here" "x y z" &&
	holds local "1edited 2Two 4four 10there 20here" "x y z" &&
	edit "DELETE FROM t WHERE id > 9; UPDATE t SET a = '\''one'\'', updated_at = 9 WHERE id = 1" &&
	git-d1 push pair &&
	holds remote "1one 2Two 4four" "x y z"
'

test_expect_success 'what both changed is as if there was no history' '
	forget &&
	edit "UPDATE t SET a = '\''here'\'', updated_at = 5 WHERE id = 1" &&
	query pair "UPDATE t SET a = '\''there'\'', updated_at = 6 WHERE id = 1" &&
	test_expect_exit 2 git-d1 push pair >out &&
	test_line err "error: 1 row differs in pair/local and pair/remote, and it is not known which is to stay; nothing was written" &&
	git-d1 push --conflict=newer-wins pair >out &&
	says "1 row newer on the remote: git d1 pull" &&
	git-d1 pull --conflict=newer-wins --no-base pair >out &&
	holds local "1there 2Two 4four" "x y z" &&
	local_is v3 && remote_is v3
'

test_expect_success 'rows that were never committed are one side'\''s alone' '
	query pair "INSERT INTO t VALUES(10, '\''there'\'', 0)" &&
	edit "INSERT INTO t VALUES(20, '\''here'\'', 0)" &&
	git-d1 push pair >out 2>err &&
	says "t: 1 inserted, 0 updated, 0 deleted" \
		"1 row only on the remote, left there (--delete deletes them)" &&
	! grep "pair base" err &&
	forget &&
	git-d1 push --delete pair >out &&
	says "t: 0 inserted, 0 updated, 1 deleted" &&
	edit "DELETE FROM t WHERE id = 20" &&
	git-d1 push pair &&
	holds remote "1one 2Two 4four" "x y z"
'

test_expect_success 'a local file that was made again deletes nothing' '
	file=$(local_file pair) &&
	rm "$file"* &&
	sqlite3 "$file" "CREATE TABLE t(id INTEGER PRIMARY KEY, a, updated_at);
		CREATE TABLE bag(v); CREATE TABLE loose(id INTEGER PRIMARY KEY, a)" &&
	git-d1 push pair >out 2>err &&
	says "6 rows newer on the remote: git d1 pull" \
		"1 row only on the remote, left there (--delete deletes them)" &&
	used "2 tables" &&
	holds remote "1one 2Two 4four" "x y z" &&
	git-d1 pull pair &&
	git-d1 diff --exit-code pair/remote pair/local
'

test_expect_success 'nor does a second clone whose database is empty' '
	git clone -q . second 2>/dev/null &&
	cp wrangler.jsonc second &&
	file=second/$(local_file pair) &&
	mkdir -p "$(dirname "$file")" &&
	sqlite3 "$file" "CREATE TABLE t(id INTEGER PRIMARY KEY, a, updated_at); CREATE TABLE bag(v)" &&
	(cd second && git-d1 push pair) >out 2>err &&
	says "6 rows newer on the remote: git d1 pull" &&
	holds remote "1one 2Two 4four" "x y z" &&
	(cd second && git-d1 pull pair) &&
	(cd second && holds local "1one 2Two 4four" "x y z")
'

test_expect_success 'a rewind is behind, and fetch moves nothing' '
	bookmark=$(curl --silent --noproxy "*" \
		--header "Authorization: Bearer dummy-token" \
		"$(standin_url)/accounts/acc123/d1/database/id-pair/time_travel/bookmark" |
		sed "s/.*\"bookmark\":\"\([^\"]*\)\".*/\1/") &&
	edit "UPDATE t SET a = '\''2'\'' WHERE id = 2" && commit v4 &&
	git-d1 push pair &&
	git-d1 rewind pair/remote $bookmark &&
	forget &&
	git-d1 fetch pair &&
	git-d1 push pair >out 2>err &&
	says "t: 0 inserted, 1 updated, 0 deleted" &&
	used "1 table" &&
	holds remote "1one 22 4four" "x y z"
'

test_expect_success 'the first push fills an empty database' '
	query pair "DELETE FROM t; DELETE FROM bag" &&
	forget &&
	git-d1 push pair >out 2>err &&
	says "bag: 3 inserted, 0 updated, 0 deleted" \
		"t: 3 inserted, 0 updated, 0 deleted" &&
	holds remote "1one 22 4four" "x y z"
'

test_expect_success 'what is pushed from a revision is told by policies alone' '
	forget &&
	git-d1 push --conflict=local-wins --delete --from v1 pair >out 2>err &&
	says "bag: 1 inserted, 0 updated, 1 deleted" \
		"t: 1 inserted, 1 updated, 1 deleted" &&
	! grep "pair base" err &&
	remote_is v4
'

test_expect_success 'absence tells nothing where rows were left out' '
	remote_is v4 && local_is v4 &&
	query pair "UPDATE t SET a = '\''away'\'' WHERE id = 4" &&
	git-d1 pull --where "a <> '\''away'\''" pair -- t >out 2>err &&
	says "1 row only here, left there" &&
	holds local "1one 22 4four" "x y z" &&
	git-d1 pull --where "id = 4" pair -- t >out 2>err &&
	says "t: 0 inserted, 1 updated, 0 deleted" &&
	holds local "1one 22 4away" "x y z"
'

test_expect_success 'a history that is too short is said' '
	remote_is v1 && local_is v4 &&
	git clone -q --depth 1 "file://$PWD" short 2>/dev/null &&
	cp wrangler.jsonc short &&
	file=short/$(local_file pair) &&
	mkdir -p "$(dirname "$file")" &&
	cp "$(local_file pair)" "$file" &&
	test_expect_exit 2 git-d1 -C short push pair &&
	test_line err "hint: 3 rows may be an older version that is not in this shallow clone, and are told by their times: git fetch --unshallow" &&
	(cd short && git fetch -q --unshallow && git-d1 push pair) &&
	holds remote "1one 22 4four" "x y z"
'

test_expect_success 'untracked tables have no history' '
	edit "UPDATE loose SET a = '\''here'\''" &&
	forget &&
	test_expect_exit 2 git-d1 push pair &&
	! grep "pair base" err &&
	grep "^hint: no push or pull of this local database is known" err
'

test_done
