#!/bin/sh

test_description='hooks in what git does besides: several databases, other indexes'

. "$(dirname "$0")/lib.sh"

if ! test_have_prereq SQLITE3
then
	skip_all='needs sqlite3'
	test_done
fi

LOG_ID=22222222-2222-4333-8444-555555555555
SHOP=d1/shop/data/lines.sql
LOG=d1/LOG/data/events.sql

# go DIR: to that clone.
go () {
	test_tick && cd "$SHARNESS_TRASH_DIRECTORY/$1" || return
}

# shop SQL, log SQL: in the local databases.
shop () {
	sqlite3 "$(local_database .)" "$1"
}
log () {
	sqlite3 "$(local_database . $LOG_ID)" "$1"
}

# save SUBJECT: what the local databases hold is committed and pushed.
save () {
	git d1 snapshot -q && git commit -q -a -m "$1" && git push -q --no-verify
}

# same: the clone that we are in is where ann's is.
same () {
	git fetch -q && git checkout -q -f main &&
	GIT_D1_HOOKS=0 git reset -q --hard origin/main &&
	git d1 restore --force --to shop/local >/dev/null &&
	git d1 restore --force --to LOG/local >/dev/null
}

# color [REF]: of a line.
color () {
	shop "SELECT color FROM lines WHERE ref = '${1-M1}'"
}

test_expect_success 'set up: two clones, two databases' '
	git init -q --bare origin.git && git clone -q origin.git ann 2>err &&
	make_wrangler_project ann "CREATE TABLE lines(ref TEXT PRIMARY KEY NOT
		NULL, color TEXT); INSERT INTO lines VALUES('\''M1'\'',
		'\''red'\''), ('\''M2'\'', '\''blue'\'')" &&
	go ann &&
	cat >wrangler.jsonc <<-EOF &&
	{"d1_databases": [
	{"binding": "DB", "database_name": "shop",
	 "database_id": "$TEST_DATABASE_ID", "migrations_dir": "m/shop"},
	{"binding": "LOG", "database_name": "log book",
	 "database_id": "$LOG_ID", "migrations_dir": "m/log"}]}
	EOF
	log "PRAGMA journal_mode=wal; CREATE TABLE events(id INTEGER PRIMARY
		KEY, what TEXT); INSERT INTO events VALUES(1, '\''a'\''),
		(2, '\''b'\'')" >/dev/null &&
	git d1 init >/dev/null && git d1 track lines events >/dev/null &&
	echo .wrangler/ >.gitignore && git d1 snapshot -q && git add -A &&
	git commit -q -m start && git push -q -u origin HEAD && git tag start &&
	git clone -q ../origin.git ../ben && go ben &&
	git d1 init >/dev/null && same && git d1 hooks install >/dev/null &&
	test "$(color)" = red && test "$(log "SELECT count(*) FROM events")" = 2
'

test_expect_success 'the hint names the databases that it is about' '
	go ann && shop "UPDATE lines SET color = '\''c1'\''" && save c1 && go ben &&
	git pull -q 2>../err &&
	echo "hint: snapshot changed: 1 table, 2 rows; run git d1 restore --to shop/local" \
		>../expect &&
	test_cmp ../expect ../err &&
	sed "s/.*; run //" ../err >../command && sh ../command &&
	test "$(color)" = c1 &&
	go ann && shop "UPDATE lines SET color = '\''c2'\''" &&
	log "UPDATE events SET what = '\''c2'\'' WHERE id = 1" && save c2 &&
	go ben && git pull -q 2>../err &&
	echo "hint: snapshot changed: 2 tables, 3 rows; run git d1 restore --to shop/local && git d1 restore --to LOG/local" \
		>../expect &&
	test_cmp ../expect ../err &&
	sed "s/.*; run //" ../err >../command && sh ../command &&
	test "$(color) $(log "SELECT what FROM events WHERE id = 1")" = "c2 c2" &&
	go ann && mkdir -p m/log &&
	echo "CREATE TABLE more(x);" >m/log/0001_more.sql && git add m &&
	git commit -q -m more && git push -q && go ben && git pull -q 2>../err &&
	test_line ../err "hint: 1 migration changed; run git d1 migrations apply LOG" &&
	go ann && git rm -q -r m && git commit -q -m "no more" && git push -q
'

test_expect_success 'd1.autoPull: a conflict in one does not stop the other' '
	go ben && same && git config d1.autoPull true &&
	go ann && shop "UPDATE lines SET color = '\''c3'\''" &&
	log "UPDATE events SET what = '\''c3'\''" && save c3 && go ben &&
	log "UPDATE events SET what = '\''mine'\'' WHERE id = 2" &&
	shop "UPDATE lines SET ref = '\''M3'\'' WHERE ref = '\''M2'\''" &&
	log .dump >../before &&
	shop "UPDATE lines SET ref = '\''M2'\'' WHERE ref = '\''M3'\''" &&
	git pull -q 2>../err &&
	cat >../expect <<-\EOF &&
	shop/local: 2 updated
	conflict: events id=2: what '\''c3'\'' in HEAD, '\''mine'\'' in LOG/local
	warning: LOG/local stays as it is: 1 row changed both in LOG/local and in HEAD, differently; nothing was written
	hint: when these rows are settled there: git d1 restore --to LOG/local
	hint: to take all rows of HEAD: git d1 restore --to LOG/local --force
	EOF
	test_cmp ../expect ../err &&
	log .dump >../after && test_cmp ../before ../after &&
	git d1 restore --to LOG/local --force >/dev/null &&
	test "$(log "SELECT DISTINCT what FROM events")" = c3
'

test_expect_success 'many conflicts: some, and where the others are' '
	go ben && same && go ann &&
	log "WITH RECURSIVE n(i) AS (SELECT 10 UNION ALL SELECT i + 1 FROM n
		WHERE i < 39) INSERT INTO events SELECT i, '\''n'\'' FROM n" &&
	save many && go ben && git pull -q 2>../err && go ann &&
	log "UPDATE events SET what = '\''theirs'\'' WHERE id >= 10" &&
	save theirs && go ben &&
	log "UPDATE events SET what = '\''ours'\'' WHERE id >= 10" &&
	git pull -q 2>../err &&
	test "$(grep -c "^conflict: " ../err)" = 20 &&
	test_line ../err "hint: 10 more: git d1 restore --to LOG/local --dry-run" &&
	test_expect_exit 2 git d1 restore --to LOG/local --dry-run >../out &&
	test "$(grep -c "^conflict: " ../out)" = 30
'

test_expect_success 'd1.autoSnapshot: both; a push that lacks one names it' '
	go ben && same && git config d1.autoSnapshot true &&
	shop "UPDATE lines SET color = '\''s'\''" &&
	log "UPDATE events SET what = '\''s'\'' WHERE id = 1" &&
	git commit -q --allow-empty -m both 2>../err &&
	git show --format= --name-only >../actual &&
	printf "%s\n" $LOG $SHOP >../expect && test_cmp ../expect ../actual &&
	git config --unset d1.autoSnapshot &&
	log "UPDATE events SET what = '\''late'\'' WHERE id = 1" &&
	test_must_fail git push -q 2>../err &&
	test_line ../err "error: LOG/local holds 1 row that HEAD does not (events)" &&
	sed -n "s/^hint: take them into a commit: //p" ../err >../command &&
	GIT_EDITOR="echo late >" sh ../command >/dev/null &&
	git push -q 2>../err && git d1 diff --exit-code LOG/HEAD LOG/local
'

test_expect_success 'no network: one line for all databases' '
	go ben && git pull -q && shop "UPDATE lines SET color = '\''net'\''" &&
	git d1 snapshot -q && git commit -q -a -m net &&
	git config d1.apiBaseUrl http://127.0.0.1:1/client/v4 &&
	git config d1.prePush.remote warn && git config d1.prePush.timeout 2 &&
	CLOUDFLARE_API_TOKEN=made-up CLOUDFLARE_ACCOUNT_ID=a \
		git push --dry-run 2>../err &&
	grep "^warning:" ../err >../actual && test "$(wc -l <../actual)" = 1 &&
	grep "^warning: shop/remote was not compared, nor 1 other: " ../actual &&
	git config d1.prePush.remote block &&
	test_must_fail env CLOUDFLARE_API_TOKEN=made-up \
		CLOUDFLARE_ACCOUNT_ID=a git push 2>../err &&
	grep "^error: shop/remote was not compared, nor 1 other: " ../err &&
	git config --unset d1.prePush.remote && git push -q
'

test_expect_success 'pushes of many refs at once are blocked as a whole' '
	go ben && git branch fine && git tag fine-tag && git push -q origin fine &&
	sed -i "s/'\''net'\''/net/" $SHOP && git commit -q -n -a -m bad &&
	git tag -a -m bad bad-tag && git ls-remote origin >../before &&
	for arguments in --mirror --all --tags "--atomic origin main fine" \
		"--follow-tags origin main" "-u origin +main" "origin @" \
		"origin main:refs/notes/x" "origin bad-tag:refs/custom/x" \
		"--prune origin refs/heads/*" "origin :fine main" \
		"--force-with-lease origin main"
	do
		test_must_fail git push -q $arguments 2>../err &&
		test "$(grep -c "^error: the snapshot of shop that is pushed" \
			../err)" = 1 || return
	done &&
	git ls-remote origin >../after && test_cmp ../before ../after &&
	git reset -q --hard HEAD~1 && git tag -d bad-tag &&
	git push -q --mirror 2>../err && ! grep -e error: -e warning: ../err
'

test_expect_success 'what moves HEAD without a hook leaves the database' '
	go ann && git fetch -q && git reset -q --hard origin/main && same &&
	go ben && same && git config d1.autoSnapshot true &&
	git config d1.autoPull true && git checkout -q -b side &&
	shop "UPDATE lines SET color = '\''side'\'' WHERE ref = '\''M1'\''" &&
	git commit -q --allow-empty -m side && git checkout -q main &&
	test "$(color)" = net && shop "UPDATE lines SET color = '\''own'\'' WHERE
		ref = '\''M2'\''" && shop .dump >../before &&
	git cherry-pick side >/dev/null 2>../err && git reset -q --hard HEAD~1 &&
	git format-patch -q -1 --stdout side >../patch && git am -q ../patch &&
	git revert --no-edit HEAD >/dev/null 2>&1 && git fetch -q &&
	git reset -q --hard HEAD~2 && echo x >x && git stash -q -u &&
	shop .dump >../after && test_cmp ../before ../after
'

test_expect_success 'a merge that stops, and is given up or finished' '
	git checkout -q side 2>/dev/null && echo side >file && git add file &&
	git commit -q -n -m file && git checkout -q main 2>../err &&
	test "$(color) $(color M2)" = "net own" && echo main >file &&
	git add file && git commit -q -m file 2>../err &&
	git show HEAD:$SHOP | grep own && shop .dump >../before &&
	test_must_fail git merge side >/dev/null 2>../err && git merge --abort &&
	shop .dump >../after && test_cmp ../before ../after &&
	git diff --exit-code HEAD &&
	test_must_fail git merge side >/dev/null 2>&1 &&
	echo both >file && git add file && git commit -q -m merged 2>../err &&
	grep "^warning: d1/shop is committed as it is, .*git d1 restore" ../err &&
	git show HEAD:$SHOP >../merged && grep side ../merged &&
	grep own ../merged && git d1 restore --to shop/local >/dev/null &&
	test "$(color) $(color M2)" = "side own" &&
	git d1 diff --exit-code shop/HEAD shop/local
'

test_expect_success 'a linked worktree with a database of its own' '
	git worktree add -q ../linked side~2 2>/dev/null && (
		go linked && git d1 restore --to shop/local >/dev/null &&
		shop "UPDATE lines SET color = '\''kept'\'' WHERE ref = '\''M2'\''" &&
		git checkout -q -b linked && git merge -q side 2>../err &&
		grep "^shop/local: 1 updated, 1 local change kept" ../err &&
		test "$(color) $(color M2)" = "side kept" &&
		git commit -q --allow-empty -m linked 2>../err &&
		git show HEAD:$SHOP | grep kept && git diff --exit-code HEAD
	) &&
	test "$(color M2)" = own && git worktree remove --force ../linked
'

test_expect_success 'GIT_DIR, GIT_WORK_TREE and GIT_INDEX_FILE of the user' '
	go ben && shop "UPDATE lines SET color = '\''env'\'' WHERE ref = '\''M1'\''" &&
	( cd .. && GIT_DIR=ben/.git GIT_WORK_TREE=ben \
		git commit -q --allow-empty -m env 2>err ) &&
	git show HEAD:$SHOP | grep env && git diff --exit-code HEAD &&
	shop "UPDATE lines SET color = '\''index'\'' WHERE ref = '\''M1'\''" &&
	cp .git/index ../index && cp .git/index ../index.before &&
	GIT_INDEX_FILE="$PWD/../index" git commit -q --allow-empty -m index &&
	git show HEAD:$SHOP | grep index && test_cmp ../index.before .git/index &&
	git read-tree HEAD && git diff --exit-code HEAD
'

test_expect_success 'git gc at the same time' '
	go ann && git pull -q && git d1 restore --force --to shop/local >/dev/null &&
	go ben && same && shop "UPDATE lines SET color = '\''kept'\'' WHERE ref =
		'\''M2'\''" &&
	for i in 1 2 3
	do
		go ann && shop "UPDATE lines SET color = '\''gc$i'\'' WHERE ref =
			'\''M1'\''" && save gc$i && go ben &&
		git fetch -q && { git gc -q 2>/dev/null & } &&
		git merge -q --ff-only FETCH_HEAD 2>../err && wait &&
		test "$(color) $(color M2)" = "gc$i kept" || return
	done &&
	git fsck --connectivity-only >/dev/null 2>&1
'

test_expect_success 'a project in a submodule' '
	git init -q ../super && go super &&
	git -c protocol.file.allow=always submodule --quiet add ../origin.git \
		sub && git commit -q -m sub && cd sub && git checkout -q main &&
	git d1 restore --to shop/local >/dev/null &&
	git d1 hooks install >/dev/null && git config d1.autoSnapshot true &&
	shop "UPDATE lines SET color = '\''sub'\''" &&
	git commit -q --allow-empty -m sub && git show HEAD:$SHOP | grep sub &&
	git diff --exit-code HEAD && test -z "$(git -C .. status --porcelain -uno --ignore-submodules)" &&
	sed -i "s/'\''sub'\''/sub/" $SHOP &&
	test_must_fail git commit -q -a -m bad 2>../../err &&
	grep "^error: the snapshot of shop" ../../err &&
	test_must_fail git -C .. submodule foreach \
		"git commit -q -a -m bad" 2>../../err &&
	grep "^error: the snapshot of shop" ../../err
'

test_done
