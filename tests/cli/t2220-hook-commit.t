#!/bin/sh

test_description='what a commit is checked for, and snapshots that follow'

. "$(dirname "$0")/lib.sh"

test_needs sqlite3

ID=$TEST_DATABASE_ID
FILE=d1/shop/data/lines.sql
STOPS=d1/shop/data/stops.sql

# rows SQL: run in the local database of the project that we are in.
rows () {
	sqlite3 "$(local_database . $ID)" "$1"
}

# back: everything as it was.
back () {
	git checkout -q -f main && git reset -q --hard start &&
	git clean -q -f && git d1 restore --force >/dev/null &&
	git d1 snapshot -q && git config --unset d1.autoSnapshot
	git diff --exit-code HEAD
}

# blocked COMMAND...: the hook stops it, and err tells why.
blocked () {
	head=$(git rev-parse HEAD) &&
	test_must_fail "$@" 2>err &&
	grep "^error: the snapshot of shop that is committed has" err &&
	grep "^hint: git commit --no-verify" err &&
	test "$head" = "$(git rev-parse HEAD)"
}

# fine COMMAND...: there is a new commit, and no word of the hook.
fine () {
	head=$(git rev-parse HEAD) &&
	"$@" 2>err || { cat err; return 1; }
	! test -s err && test "$head" != "$(git rev-parse HEAD)"
}

test_expect_success 'set up' '
	make_wrangler_project shop && cd shop && git init -q &&
	rows "CREATE TABLE lines(ref TEXT NOT NULL PRIMARY KEY, name TEXT);
		CREATE TABLE stops(id INTEGER PRIMARY KEY,
			line TEXT REFERENCES lines(ref));
		INSERT INTO lines VALUES('\''M1'\'', '\''one'\''),
			('\''M2'\'', '\''two'\'');
		INSERT INTO stops VALUES(1, '\''M1'\''), (2, '\''M2'\'')" &&
	git d1 init >/dev/null && git d1 track lines stops &&
	printf "%s\n" .wrangler/ err >.gitignore &&
	git d1 hooks install pre-commit >/dev/null
'

test_expect_success 'the first commit' '
	git d1 snapshot -q && cp $FILE ../good &&
	sed -i "s/'\''two'\''/two/" $FILE && git add -A &&
	test_must_fail git commit -q -m first 2>err &&
	cat >../expect <<-\EOF &&
	:d1/shop/data/lines.sql:5: column '\''name'\'' has no value that can be read: two);: edit the file, or write the snapshot anew: git d1 snapshot
	error: the snapshot of shop that is committed has 1 problem
	hint: all of them: git d1 fsck shop/index
	hint: what needs no decision is mended by: git d1 snapshot --normalize && git add -- '\''d1/shop'\''
	hint: git commit --no-verify commits it all the same
	EOF
	test_cmp ../expect err &&
	test_must_fail git rev-parse -q --verify HEAD &&
	mv ../good $FILE && git add -A && git commit -q -m first 2>err &&
	! test -s err && git tag start
'

test_expect_success 'a commit without rows, and one with good rows' '
	back && echo a >a && git add a && fine git commit -q -m a &&
	rows "INSERT INTO lines VALUES('\''M3'\'', NULL)" &&
	git d1 snapshot -q && fine git commit -q -a -m M3
'

test_expect_success 'what is added counts, not what is in the worktree' '
	back && cp $FILE ../good && sed -i "s/'\''two'\''/two/" $FILE &&
	git add $FILE && cp ../good $FILE &&
	blocked git commit -q -m bad &&
	sed -i "s/'\''two'\''/two/" $FILE && git reset -q &&
	echo a >a && git add a && fine git commit -q -m a
'

test_expect_success 'commit -a, and a partial commit, have another index' '
	back && sed -i "s/'\''two'\''/two/" $FILE &&
	blocked git commit -q -a -m bad &&
	blocked git commit -q -m bad -- $FILE &&
	echo a >a && git add a $FILE &&
	fine git commit -q -m a -- a &&
	blocked git commit -q -m bad &&
	blocked git commit -q --amend -m bad
'

test_expect_success 'what lets it through' '
	fine git commit -q -n -m bad &&
	git reset -q --soft HEAD~1 &&
	fine env GIT_D1_HOOKS=0 git commit -q -m bad &&
	git reset -q --soft HEAD~1 &&
	fine git -c d1.hooks=false commit -q -m bad
'

test_expect_success 'what is bad in HEAD already does not stop others' '
	test_expect_exit 1 git d1 fsck HEAD && echo b >b && git add b &&
	fine git commit -q -m b &&
	sed -i "\$d" $STOPS && fine git commit -q -a -m "one stop less" &&
	sed -i "s/'\''one'\''/one/" $FILE && blocked git commit -q -a -m more
'

test_expect_success 'a row that others refer to' '
	back && sed -i "/M2/d" $FILE && blocked git commit -q -a -m "no M2" &&
	grep "^:$STOPS" err &&
	sed -i "/M2/d" $STOPS && fine git commit -q -a -m "no M2"
'

test_expect_success 'rows without their definitions, and files of others' '
	back && git rm -q d1/shop/schema.sql && blocked git commit -q -m rm &&
	grep "^:d1/shop/schema.sql: the file is missing" err &&
	git reset -q --hard && mkdir -p d1/notes && echo x >d1/notes/x.sql &&
	git add d1/notes && fine git commit -q -m notes &&
	git rm -q -r d1/shop && fine git commit -q -m "no snapshot"
'

test_expect_success 'rows without the mask that is asked for' '
	back && git config -f .d1config table.lines.maskColumns name &&
	git add .d1config &&
	sed -i "s/'\''two'\''/'\''zwei'\''/" $FILE &&
	blocked git commit -q -a -m mask && grep mask err
'

test_expect_success 'from a folder, in a linked worktree, in a terminal' '
	back && mkdir -p sub && sed -i "s/'\''two'\''/two/" $FILE &&
	( cd sub && test_must_fail git commit -q -a -m bad ) &&
	git stash -q && git worktree add -q ../linked &&
	( cd ../linked && sed -i "s/'\''two'\''/two/" $FILE &&
		blocked git commit -q -a -m bad ) &&
	git worktree remove --force ../linked && git stash drop -q
'

test_expect_success TERMINAL 'in a terminal nobody is asked' '
	back && sed -i "s/'\''two'\''/two/" $FILE &&
	test_expect_exit 1 test_terminal "git commit -q -a -m bad" >out &&
	grep "has 1 problem" out
'

test_expect_success 'd1.autoSnapshot: off unless it is set' '
	back && rows "UPDATE lines SET name = '\''uno'\'' WHERE ref = '\''M1'\''" &&
	git config -f .d1config d1.autoSnapshot true &&
	git commit -q -a -m a 2>err && ! grep uno $FILE
'

test_expect_success 'd1.autoSnapshot: a commit holds the local rows' '
	back && git config d1.autoSnapshot true &&
	rows "UPDATE lines SET name = '\''uno'\'' WHERE ref = '\''M1'\''" &&
	echo a >a && git add a && git commit -q -m a 2>err &&
	test_line err "hint: the snapshot in d1/shop was brought up to date, and is committed" &&
	git show --name-only --format= >../actual &&
	printf "%s\n" a $FILE >../expect && test_cmp ../expect ../actual &&
	git diff --exit-code HEAD && git d1 diff --exit-code HEAD local &&
	echo b >a && fine git commit -q -a -m b
'

test_expect_success 'd1.autoSnapshot: commit -a, and from a linked worktree' '
	rows "UPDATE lines SET name = '\''due'\'' WHERE ref = '\''M2'\''" &&
	echo c >a && git commit -q -a -m c 2>err &&
	git show HEAD:$FILE | grep due && git diff --exit-code HEAD &&
	test -z "$(git status --porcelain)"
'

test_expect_success 'd1.autoSnapshot: a snapshot that was not added is' '
	back && git config d1.autoSnapshot true &&
	rows "UPDATE lines SET name = '\''uno'\'' WHERE ref = '\''M1'\''" &&
	git d1 snapshot -q && echo a >a && git add a && git commit -q -m a &&
	git diff --exit-code HEAD && git show HEAD:$FILE | grep uno
'

test_expect_success 'd1.autoSnapshot: nothing in a partial commit, and a line' '
	back && git config d1.autoSnapshot true &&
	rows "UPDATE lines SET name = '\''uno'\'' WHERE ref = '\''M1'\''" &&
	echo b >>.gitignore &&
	git commit -q -m partial -- .gitignore 2>err &&
	cat >../expect <<-\EOF &&
	warning: d1/shop is committed as it is, without what is new in the local database: only the paths that were named are committed
	EOF
	test_cmp ../expect err &&
	git diff --exit-code HEAD -- d1 &&
	! git show HEAD:$FILE | grep uno
'

test_expect_success 'd1.autoSnapshot: no word where there is nothing new' '
	back && git config d1.autoSnapshot true && echo c >>.gitignore &&
	fine git commit -q -m partial -- .gitignore &&
	rows "UPDATE lines SET name = '\''uno'\'' WHERE ref = '\''M1'\''" &&
	sed -i "s/'\''one'\''/'\''uno'\''/" $FILE &&
	fine git commit -q -a -m "the same, by hand" &&
	rows "UPDATE lines SET name = '\''ein'\'' WHERE ref = '\''M1'\''" &&
	git commit -q --allow-empty -m ein 2>err &&
	git show HEAD:$FILE | grep ein && git diff --exit-code HEAD
'

test_expect_success 'd1.autoSnapshot never undoes what others did' '
	back && git config d1.autoSnapshot true &&
	sed -i "s/'\''two'\''/'\''zwei'\''/" $FILE &&
	git commit -q -n -a -m "as if it was pulled" &&
	rows "UPDATE lines SET name = '\''uno'\'' WHERE ref = '\''M1'\''" &&
	echo a >a && git add a && git commit -q -m a 2>err &&
	grep "^warning: d1/shop is committed as it is, .*rows that this" err &&
	git show HEAD:$FILE | grep zwei && ! git show HEAD:$FILE | grep uno &&
	git d1 restore >/dev/null && echo b >a && git commit -q -a -m b &&
	git show HEAD:$FILE >../actual && grep zwei ../actual &&
	grep uno ../actual
'

test_expect_success 'd1.autoSnapshot keeps what was chosen to be staged' '
	back && git config d1.autoSnapshot true &&
	rows "UPDATE lines SET name = '\''uno'\'' WHERE ref = '\''M1'\''" &&
	git d1 snapshot -q && cp $FILE ../now && git add $FILE &&
	rows "UPDATE lines SET name = '\''due'\'' WHERE ref = '\''M2'\''" &&
	git d1 snapshot -q && git commit -q -m "the first only" 2>err &&
	grep "^warning: .*other changes of it are staged" err &&
	git show HEAD:$FILE >../actual && test_cmp ../now ../actual
'

test_expect_success 'd1.autoSnapshot: a database without a record' '
	back && git config d1.autoSnapshot true &&
	file=$(local_database . $ID) && cp "$file" ../copy &&
	rm "$file"* && mv ../copy "$file" &&
	rows "UPDATE lines SET name = '\''uno'\'' WHERE ref = '\''M1'\''" &&
	echo a >a && git add a && git commit -q -m a 2>err &&
	grep "^warning: d1/shop is committed as it is" err &&
	! git show HEAD:$FILE | grep uno
'

test_done
