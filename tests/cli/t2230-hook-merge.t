#!/bin/sh

test_description='what arrives with a pull or a checkout, in two clones'

. "$(dirname "$0")/lib.sh"

test_needs sqlite3

ID=$TEST_DATABASE_ID
FILE=d1/shop/data/lines.sql

# in_clone DIR: to it; the next commit is a minute later.
in_clone () {
	test_tick && cd "$SHARNESS_TRASH_DIRECTORY/$1" || return
}

# rows SQL: in the local database of the clone that we are in.
rows () {
	sqlite3 "$(local_database . $ID)" "$1"
}

# change SQL: ann changes rows, and pushes them.
change () {
	in_clone ann && git pull -q --no-rebase --no-edit 2>../err &&
	git d1 restore --force >/dev/null && rows "$1" &&
	git d1 snapshot -q && git add -A && git commit -q -m "$1" &&
	git push -q && in_clone ben
}

# name REF: of the line, in the local database.
name () {
	rows "SELECT name FROM lines WHERE ref = '$1'"
}

# same_again: ben is where ann is, without edits.
same_again () {
	in_clone ben && git rebase --abort 2>/dev/null
	git merge --abort 2>/dev/null
	git fetch -q && git checkout -q -f main &&
	git reset -q --hard origin/main &&
	git d1 restore --force >/dev/null
}

test_expect_success 'set up: two clones, each with a local database' '
	git init -q --bare origin.git &&
	git clone -q origin.git ann 2>err && make_wrangler_project ann &&
	in_clone ann && mkdir migrations &&
	cat >migrations/0001_lines.sql <<-\EOF &&
	CREATE TABLE lines(ref TEXT NOT NULL PRIMARY KEY, name TEXT, color TEXT);
	EOF
	rows "$(cat migrations/0001_lines.sql)
		CREATE TABLE d1_migrations(id INTEGER PRIMARY KEY
			AUTOINCREMENT, name TEXT UNIQUE, applied_at TIMESTAMP
			DEFAULT CURRENT_TIMESTAMP NOT NULL);
		INSERT INTO d1_migrations(name) VALUES
			('\''0001_lines.sql'\'');
		INSERT INTO lines VALUES('\''M1'\'', '\''one'\'', '\''red'\''),
			('\''M2'\'', '\''two'\'', '\''blue'\''),
			('\''M4'\'', '\''four'\'', NULL)" &&
	git d1 init >/dev/null && git d1 track lines &&
	printf "%s\n" .wrangler/ >.gitignore &&
	git d1 snapshot -q && git add -A && git commit -q -m start &&
	git push -q -u origin HEAD &&
	git clone -q ../origin.git ../ben && in_clone ben &&
	git d1 init >/dev/null && git d1 restore >/dev/null &&
	git d1 hooks install >/dev/null && test "$(name M1)" = one
'

test_expect_success 'without d1.autoPull: one line, and nothing is written' '
	change "UPDATE lines SET color = '\''green'\'' WHERE ref = '\''M1'\'';
		INSERT INTO lines VALUES('\''M5'\'', NULL, NULL)" &&
	git pull -q 2>../err &&
	echo "hint: snapshot changed: 1 table, 2 rows; run git d1 restore" \
		>../expect &&
	test_cmp ../expect ../err &&
	test "$(rows "SELECT count(*) FROM lines")" = 3 &&
	git pull -q 2>../err && ! test -s ../err
'

test_expect_success '.d1config cannot turn it on' '
	change "UPDATE lines SET color = '\''grey'\'' WHERE ref = '\''M1'\''" &&
	git config -f .d1config d1.autoPull true && git pull -q 2>../err &&
	grep "^hint: snapshot changed" ../err &&
	test "$(rows "SELECT count(*) FROM lines")" = 3 &&
	git checkout -q .d1config
'

test_expect_success 'd1.autoPull: a change arrives, and a local edit stays' '
	same_again && git config d1.autoPull true &&
	change "UPDATE lines SET color = '\''pink'\'' WHERE ref = '\''M1'\'';
		DELETE FROM lines WHERE ref = '\''M4'\''" &&
	rows "UPDATE lines SET name = '\''uno'\'' WHERE ref = '\''M1'\'';
		UPDATE lines SET name = '\''due'\'' WHERE ref = '\''M2'\''" &&
	git pull -q 2>../err &&
	echo "shop/local: 1 updated, 1 deleted, 2 local changes kept" \
		>../expect &&
	test_cmp ../expect ../err &&
	cat >../expect <<-\EOF &&
	M1|uno|pink
	M2|due|blue
	M5||
	EOF
	rows "SELECT * FROM lines ORDER BY ref" >../actual &&
	test_cmp ../expect ../actual &&
	git pull -q 2>../err && ! test -s ../err
'

test_expect_success 'the journal takes it back, and the edits stay' '
	git d1 undo --list >../list && head -n 2 ../list >../actual &&
	grep " done, " ../actual &&
	test_line ../actual "    git d1 hook post-merge to shop/local" &&
	rows .dump >../pulled && git d1 undo >/dev/null 2>&1 &&
	cat >../expect <<-\EOF &&
	M1|uno|grey
	M2|due|blue
	M4|four|
	M5||
	EOF
	rows "SELECT * FROM lines ORDER BY ref" >../actual &&
	test_cmp ../expect ../actual &&
	git d1 undo >/dev/null 2>&1 && rows .dump >../again &&
	test_cmp ../pulled ../again
'

test_expect_success 'again, with the edits of before still there' '
	change "UPDATE lines SET color = '\''teal'\'' WHERE ref = '\''M1'\''" &&
	git pull -q 2>../err &&
	rows "SELECT * FROM lines WHERE ref = '\''M1'\''" >../actual &&
	echo "M1|uno|teal" >../expect && test_cmp ../expect ../actual
'

# carry_at_once COUNT: so many hooks bring the same change at the same time.
carry_at_once () {
	jobs=
	for i in $(test_seq 1 $1)
	do
		git d1 hook post-checkout HEAD~1 HEAD 1 >../out$i 2>../err$i &
		jobs="$jobs $!"
	done
	for job in $jobs
	do
		wait $job || return
	done
}

test_expect_success 'several hooks at once' '
	same_again &&
	change "UPDATE lines SET color = '\''many'\'' WHERE ref = '\''M1'\''" &&
	rows "UPDATE lines SET name = '\''edit'\'' WHERE ref = '\''M2'\''" &&
	GIT_D1_HOOKS=0 git pull -q && carry_at_once 6 &&
	rows "SELECT * FROM lines WHERE ref < '\''M3'\'' ORDER BY 1" >../actual &&
	grep "^M1|.*|many" ../actual && grep "^M2|edit" ../actual &&
	cat ../err? >../err && test "$(grep -c "1 updated" ../err)" = 1 &&
	git d1 restore >../out && test_line ../out "lines: 1 local change kept"
'

test_expect_success 'a conflict leaves the database alone, and is named' '
	same_again &&
	change "UPDATE lines SET color = '\''gold'\'' WHERE ref = '\''M1'\'';
		UPDATE lines SET color = '\''gold'\'' WHERE ref = '\''M2'\''" &&
	rows "UPDATE lines SET color = '\''mine'\'' WHERE ref = '\''M1'\''" &&
	rows .dump >../before && git pull -q 2>../err &&
	rows .dump >../after && test_cmp ../before ../after &&
	test "$(git rev-parse HEAD)" = "$(git rev-parse origin/main)" &&
	grep "^conflict: lines ref=.M1.: color" ../err &&
	grep "^warning: shop/local stays as it is: 1 row changed both" ../err
'

test_expect_success 'rows that were taken into a snapshot, and set aside' '
	same_again &&
	change "UPDATE lines SET color = '\''ink'\'' WHERE ref = '\''M1'\''" &&
	rows "UPDATE lines SET name = '\''mine'\'' WHERE ref = '\''M2'\''" &&
	git d1 snapshot -q && git pull -q --rebase --autostash 2>../err &&
	grep "^shop/local: 1 updated, 1 local change kept" ../err &&
	test "$(name M2)" = mine && grep mine $FILE &&
	test "$(rows "SELECT color FROM lines WHERE ref = '\''M1'\''")" = ink &&
	git d1 snapshot -q 2>../err && ! test -s ../err &&
	git diff --name-only >../actual && echo $FILE >../expect &&
	test_cmp ../expect ../actual
'

test_expect_success 'what could not be carried comes with the next pull' '
	same_again &&
	change "UPDATE lines SET color = '\''c1'\''" &&
	rows "UPDATE lines SET color = '\''mine'\'' WHERE ref = '\''M1'\''" &&
	git pull -q 2>../err && grep "^warning: shop/local stays" ../err &&
	test_line ../err "hint: to take all rows of HEAD: git d1 restore --force" &&
	rows "UPDATE lines SET color = '\''c1'\'' WHERE ref = '\''M1'\''" &&
	change "UPDATE lines SET name = '\''c2'\'' WHERE ref = '\''M1'\''" &&
	git pull -q 2>../err && git d1 diff --exit-code HEAD local
'

test_expect_success 'pull with a true merge' '
	same_again &&
	change "UPDATE lines SET name = '\''M-1'\'' WHERE ref = '\''M1'\''" &&
	rows "UPDATE lines SET name = '\''M-2'\'' WHERE ref = '\''M2'\''" &&
	git d1 snapshot -q && git commit -q -a -m mine &&
	rows "UPDATE lines SET name = '\''M-5'\'' WHERE ref = '\''M5'\''" &&
	git pull -q --no-rebase --no-edit 2>../err &&
	test "$(name M1) $(name M2) $(name M5)" = "M-1 M-2 M-5" &&
	git show HEAD:$FILE | grep M-1 && git show HEAD:$FILE | grep M-2
'

test_expect_success 'pull --rebase with commits of our own' '
	same_again &&
	change "UPDATE lines SET name = '\''a1'\'' WHERE ref = '\''M1'\''" &&
	rows "UPDATE lines SET name = '\''b2'\'' WHERE ref = '\''M2'\''" &&
	git d1 snapshot -q && git commit -q -a -m mine &&
	echo x >x && git add x && git commit -q -m x &&
	rows "UPDATE lines SET name = '\''b5'\'' WHERE ref = '\''M5'\''" &&
	git pull -q --rebase 2>../err &&
	test "$(name M1) $(name M2) $(name M5)" = "a1 b2 b5" &&
	test "$(grep -c "^shop/local: 1 updated" ../err)" = 1 &&
	! grep -e warning -e deleted ../err
'

test_expect_success 'pull --rebase that fast-forwards' '
	same_again &&
	change "UPDATE lines SET name = '\''ff'\'' WHERE ref = '\''M1'\''" &&
	git pull -q --rebase 2>../err && test "$(name M1)" = ff
'

test_expect_success 'a rebase with nothing of our own' '
	same_again &&
	change "UPDATE lines SET name = '\''r1'\'' WHERE ref = '\''M1'\''" &&
	git fetch -q && git rebase -q origin/main 2>../err &&
	test "$(name M1)" = r1 &&
	change "UPDATE lines SET name = '\''r2'\'' WHERE ref = '\''M1'\''" &&
	rows "UPDATE lines SET name = '\''r2'\'' WHERE ref = '\''M1'\''" &&
	git d1 snapshot -q && git commit -q -a -m "the same" &&
	git fetch -q && git rebase -q origin/main 2>../err &&
	test "$(name M1)" = r2 && git d1 diff --exit-code HEAD local
'

test_expect_success 'a rebase with git am' '
	same_again &&
	change "UPDATE lines SET name = '\''a3'\'' WHERE ref = '\''M1'\''" &&
	rows "UPDATE lines SET name = '\''b3'\'' WHERE ref = '\''M2'\''" &&
	git d1 snapshot -q && git commit -q -a -m mine &&
	git fetch -q && git rebase -q --apply origin/main 2>../err &&
	test "$(name M1) $(name M2)" = "a3 b3"
'

test_expect_success 'a rebase that stops, and goes on' '
	same_again &&
	change "UPDATE lines SET name = '\''a7'\'' WHERE ref = '\''M1'\''" &&
	rows "UPDATE lines SET name = '\''b7'\'' WHERE ref = '\''M1'\''" &&
	git d1 snapshot -q && git commit -q -a -m mine &&
	test_must_fail git pull -q --rebase 2>../err &&
	test "$(name M1)" = b7 &&
	git d1 resolve --theirs lines M1 >/dev/null && git add -A &&
	GIT_EDITOR=true git rebase --continue 2>../err >/dev/null &&
	test "$(name M1)" = b7 && git d1 diff --exit-code HEAD local
'

test_expect_success 'merge --squash says nothing yet, the commit is ours' '
	same_again && git checkout -q -b side &&
	sed -i "s/'\''M2'\'','\''[^,]*'\''/'\''M2'\'','\''side'\''/" $FILE &&
	git commit -q -a -m side && git d1 restore --force >/dev/null &&
	git checkout -q main 2>../err && test "$(name M2)" != side &&
	git merge -q --squash side >/dev/null 2>../err &&
	! grep shop/local ../err && test "$(name M2)" != side &&
	git reset -q --hard
'

test_expect_success 'switching branches, to and fro' '
	rows "UPDATE lines SET name = '\''kept'\'' WHERE ref = '\''M5'\''" &&
	git switch -q side 2>../err &&
	test "$(name M2) $(name M5)" = "side kept" &&
	git switch -q main && test "$(name M2)" != side &&
	test "$(name M5)" = kept &&
	git switch -q -c same 2>../err && ! test -s ../err &&
	git switch -q main && git branch -q -d same
'

test_expect_success 'a checkout of files, and of a commit without rows' '
	git checkout -q side -- $FILE 2>../err && ! test -s ../err &&
	test "$(name M2)" != side && git reset -q --hard &&
	echo y >y && git add y && git commit -q -m y 2>../err &&
	git checkout -q HEAD~1 2>../err && ! test -s ../err &&
	git checkout -q main
'

test_expect_success 'an amended commit' '
	same_again && cp $FILE ../before.sql && echo z >z && git add z &&
	git commit -q -m z && git commit -q --amend -m "other words" 2>../err &&
	! test -s ../err &&
	sed -i "s/'\''M2'\'','\''[^,]*'\''/'\''M2'\'','\''amended'\''/" $FILE &&
	git commit -q -a --amend -m "other rows" 2>../err &&
	test "$(name M2)" = amended
'

test_expect_success 'rows that came from the database are no news for it' '
	same_again && git config --unset d1.autoPull && cp $FILE ../before.sql &&
	rows "UPDATE lines SET color = '\''w'\'' WHERE ref = '\''M2'\''" &&
	git d1 snapshot -q && git commit -q -a -m w &&
	rows "UPDATE lines SET color = '\''v'\'' WHERE ref = '\''M2'\''" &&
	git d1 snapshot -q && git commit -q -a --amend -m v 2>../err &&
	! test -s ../err && git config d1.autoPull true
'

test_expect_success 'a migration arrives with its rows' '
	same_again && in_clone ann && git pull -q &&
	echo "ALTER TABLE lines ADD COLUMN depot TEXT;" \
		>migrations/0002_depot.sql &&
	rows "$(cat migrations/0002_depot.sql)
		INSERT INTO d1_migrations(name) VALUES
			('\''0002_depot.sql'\'');
		UPDATE lines SET depot = '\''north'\'' WHERE ref = '\''M1'\''" &&
	git d1 snapshot -q && git add -A && git commit -q -m depot &&
	git push -q && in_clone ben &&
	rows "UPDATE lines SET color = '\''own'\'' WHERE ref = '\''M5'\''" &&
	git pull -q 2>../err &&
	test "$(rows "SELECT depot FROM lines WHERE ref = '\''M1'\''")" = north &&
	test "$(rows "SELECT color FROM lines WHERE ref = '\''M5'\''")" = own &&
	test "$(rows "SELECT count(*) FROM d1_migrations")" = 2
'

test_expect_success 'a migration arrives alone: the hint' '
	same_again && git config --unset d1.autoPull && in_clone ann &&
	echo "CREATE TABLE other(x);" >migrations/0003_other.sql &&
	git add -A && git commit -q -m other && git push -q && in_clone ben &&
	git pull -q 2>../err &&
	test_line ../err \
		"hint: 1 migration changed; run git d1 migrations apply" &&
	git config d1.autoPull true
'

test_expect_success 'back to a commit that lacks a migration: nothing is lost' '
	same_again && rows .dump >../before &&
	git checkout -q HEAD~2 2>../err &&
	rows .dump >../after && test_cmp ../before ../after &&
	grep "^warning: shop/local stays as it is: shop/local has" ../err &&
	git checkout -q main
'

test_expect_success 'a database without a record, made by other means' '
	same_again && file=$(local_database . $ID) &&
	cp "$file" ../copy && rm "$file"* && mv ../copy "$file" &&
	rows "UPDATE lines SET name = '\''seed'\'' WHERE ref = '\''M2'\'';
		DELETE FROM lines WHERE ref = '\''M5'\''" &&
	change "UPDATE lines SET color = '\''last'\'' WHERE ref = '\''M1'\''" &&
	git pull -q 2>../err &&
	test "$(name M2)" = seed &&
	test "$(rows "SELECT color FROM lines WHERE ref = '\''M1'\''")" = last &&
	test "$(rows "SELECT count(*) FROM lines WHERE ref = '\''M5'\''")" = 0 &&
	test_expect_exit 3 git d1 restore >../out &&
	change "UPDATE lines SET color = '\''more'\'' WHERE ref = '\''M1'\''" &&
	git pull -q 2>../err &&
	test "$(rows "SELECT color FROM lines WHERE ref = '\''M1'\''")" = more &&
	test "$(name M2)" = seed
'

test_expect_success 'a database that is not there is not made' '
	same_again && change "UPDATE lines SET color = '\''new'\''" &&
	file=$(local_database . $ID) && rm "$file"* &&
	git pull -q 2>../err &&
	grep "^hint: snapshot changed: 1 table" ../err && ! test -e "$file"
'

test_expect_success 'a clone, and a new worktree' '
	same_again && git worktree add -q ../linked HEAD~1 2>../err &&
	! test -s ../err &&
	( cd ../linked && git checkout -q --detach main 2>../err &&
		grep "^hint: snapshot changed" ../err ) &&
	git worktree remove ../linked &&
	mkdir -p ../template && cp -r .git/hooks ../template/ &&
	git clone -q --template=../template ../origin.git ../third 2>../err &&
	test -x ../third/.git/hooks/post-checkout && ! test -s ../err
'

test_expect_success 'the hooks never fail, whatever is broken' '
	same_again && cp wrangler.jsonc ../config &&
	echo "{" >wrangler.jsonc && git commit -q -n -a -m broken 2>../err &&
	git checkout -q HEAD~1 2>../err && git checkout -q main 2>../err &&
	grep "^warning: git d1 hook post-checkout did not do its work" ../err &&
	git d1 hook post-checkout 1 2 1 2>../err &&
	git d1 hook post-merge 0 2>../err &&
	echo garbage | git d1 hook post-rewrite rebase 2>../err &&
	git reset -q --hard HEAD~1
'

test_expect_success 'another program holds the database: a line, and no harm' '
	same_again && change "UPDATE lines SET color = '\''late'\''" &&
	rows .dump >../before &&
	sqlite3 "$(local_database . $ID)" ".timeout 1000" "BEGIN IMMEDIATE" \
		".shell git pull -q 2>../err" ROLLBACK &&
	rows .dump >../after && test_cmp ../before ../after &&
	grep "^warning: shop/local stays as it is" ../err
'

test_done
