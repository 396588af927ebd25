#!/bin/sh

test_description='two people, each with a clone and a local database'

. "$(dirname "$0")/lib.sh"

test_needs sqlite3

FILE=d1/shop/data/lines.sql

# in_clone DIR: to it; the next commit is a minute later.
in_clone () {
	test_tick && cd "$SHARNESS_TRASH_DIRECTORY/$1" || return
}

# rows SQL: rows of the local database of the clone that we are in.
rows () {
	sqlite3 "$(local_database . $ID)" "$1"
}

# all_rows: of the table.
all_rows () {
	rows "SELECT * FROM lines ORDER BY city, ref"
}

# save MESSAGE: what the local database holds goes into a commit.
save () {
	test_tick && git d1 snapshot -q && git add -A &&
	git commit -q -m "$1"
}

# pull: with a merge commit where there is need of one.
pull () {
	test_tick && git pull -q --no-rebase --no-edit
}

# as_in_head: no row is any different.
as_in_head () {
	git d1 diff --exit-code HEAD local &&
	git d1 snapshot --check >/dev/null &&
	git diff --exit-code HEAD &&
	git d1 fsck >/dev/null
}

ID=$TEST_DATABASE_ID

test_expect_success 'set up: one makes the project, and pushes it' '
	git init -q --bare origin.git &&
	git clone -q origin.git ann 2>err &&
	make_wrangler_project ann &&
	in_clone ann &&
	rows "
		CREATE TABLE cities(id INTEGER PRIMARY KEY, name TEXT);
		CREATE TABLE lines(city INTEGER REFERENCES cities(id),
			ref TEXT NOT NULL, name TEXT, color TEXT,
			PRIMARY KEY(city, ref));
		CREATE TRIGGER noted AFTER UPDATE ON lines BEGIN
			INSERT INTO log VALUES(new.ref);
		END;
		CREATE TABLE log(what);
		INSERT INTO cities VALUES(1, '\''Berlin'\''), (2, '\''Wien'\'');
		INSERT INTO lines VALUES
			(1, '\''M1'\'', '\''one'\'', '\''red'\''),
			(1, '\''M2'\'', '\''two'\'', '\''blue'\''),
			(1, '\''M4'\'', '\''four'\'', NULL),
			(2, '\''D'\'', '\''dee'\'', '\''green'\''),
			(2, '\''O'\'', NULL, '\''pink'\'');" &&
	git d1 init >/dev/null &&
	printf "%s\n" .wrangler/ /err >.gitignore &&
	git d1 track cities lines &&
	save start &&
	git push -q -u origin HEAD
'

test_expect_success 'the other has a database right after the clone' '
	in_clone . && git clone -q origin.git ben &&
	in_clone ann && all_rows >../expect &&
	in_clone ben &&
	git d1 init >/dev/null &&
	git d1 restore >../out &&
	test_line ../out "lines: 5 inserted, 0 updated, 0 deleted" &&
	all_rows >../actual &&
	test_cmp ../expect ../actual &&
	test "$(rows "SELECT count(*) FROM log")" = 0 &&
	as_in_head &&
	git status --porcelain >../actual &&
	test_must_be_empty ../actual
'

test_expect_success 'different cells of one row: both sides have both' '
	in_clone ann &&
	rows "UPDATE lines SET color = '\''gray'\'' WHERE ref = '\''M2'\''" &&
	save "gray line" && git push -q &&
	in_clone ben &&
	rows "UPDATE lines SET name = '\''TWO'\'' WHERE ref = '\''M2'\'';
		INSERT INTO lines VALUES(1, '\''M3'\'', '\''new'\'', NULL)" &&
	save "a better name" &&
	rows "UPDATE lines SET name = '\''mine'\'' WHERE ref = '\''O'\''" &&
	pull &&
	git d1 restore >../out &&
	cat >../expect <<-\EOF &&
	lines: 0 inserted, 1 updated, 0 deleted
	lines: 1 local change kept
	EOF
	test_cmp ../expect ../out &&
	all_rows >../actual &&
	cat >../expect <<-\EOF &&
	1|M1|one|red
	1|M2|TWO|gray
	1|M3|new|
	1|M4|four|
	2|D|dee|green
	2|O|mine|pink
	EOF
	test_cmp ../expect ../actual &&
	git push -q &&
	in_clone ann && pull && git d1 restore >../out &&
	echo "lines: 1 inserted, 1 updated, 0 deleted" >../expect &&
	test_cmp ../expect ../out &&
	as_in_head &&
	test "$(rows "SELECT name, color FROM lines WHERE ref = '\''M2'\''")" = "TWO|gray"
'

test_expect_success 'the same edit on both sides is none to merge' '
	in_clone ben && save mine && git push -q &&
	in_clone ann &&
	rows "UPDATE lines SET name = '\''mine'\'' WHERE ref = '\''O'\'';
		DELETE FROM lines WHERE ref = '\''M4'\''" &&
	save "the same, and one less" && pull &&
	git d1 restore >../out &&
	echo "already as in HEAD" >../expect &&
	test_cmp ../expect ../out &&
	git push -q &&
	in_clone ben && pull && git d1 restore >../out &&
	echo "lines: 0 inserted, 0 updated, 1 deleted" >../expect &&
	test_cmp ../expect ../out &&
	as_in_head
'

test_expect_success 'the same cell: a conflict, and nothing is restored' '
	in_clone ann &&
	rows "UPDATE lines SET color = '\''black'\'' WHERE ref = '\''M1'\'';
		UPDATE lines SET name = '\''ann'\'' WHERE ref = '\''D'\''" &&
	save "black" && git push -q &&
	in_clone ben &&
	rows "UPDATE lines SET color = '\''white'\'' WHERE ref = '\''M1'\'';
		UPDATE lines SET color = '\''ben'\'' WHERE ref = '\''D'\''" &&
	save "white" &&
	test_must_fail git pull -q --no-rebase 2>../err &&
	grep "^[<=>]" $FILE | cut -c 1-7 >../actual &&
	printf "%s\n" "<<<<<<<" "=======" ">>>>>>>" >../expect &&
	test_cmp ../expect ../actual &&
	all_rows >../before &&
	test_must_fail git d1 restore snapshot 2>../err &&
	grep "conflict" ../err &&
	git d1 restore >../out &&
	echo "already as in HEAD" >../expect &&
	test_cmp ../expect ../out &&
	test_must_fail git d1 snapshot --check >../out 2>&1 &&
	all_rows >../after &&
	test_cmp ../before ../after
'

test_expect_success 'resolved, it is committed and restored' '
	in_clone ben &&
	git d1 resolve --theirs lines "1,M1" &&
	! grep "^[<=>]" $FILE &&
	git d1 fsck >../out &&
	git add -A && git commit -q --no-edit &&
	git d1 restore >../out &&
	echo "lines: 0 inserted, 2 updated, 0 deleted" >../expect &&
	test_cmp ../expect ../out &&
	rows "SELECT * FROM lines WHERE ref IN ('\''M1'\'', '\''D'\'')" >../actual &&
	printf "%s\n" "1|M1|one|black" "2|D|ann|ben" >../expect &&
	test_cmp ../expect ../actual &&
	as_in_head && git push -q &&
	in_clone ann && pull && git d1 restore >../out &&
	as_in_head &&
	rows "SELECT * FROM lines WHERE ref IN ('\''M1'\'', '\''D'\'')" >../actual &&
	test_cmp ../expect ../actual
'

test_expect_success 'a row deleted here and edited there is a conflict' '
	in_clone ann &&
	rows "DELETE FROM lines WHERE ref = '\''O'\''" &&
	save "no O" && git push -q &&
	in_clone ben &&
	rows "UPDATE lines SET color = '\''rose'\'' WHERE ref = '\''O'\''" &&
	save "a rose" &&
	test_must_fail git pull -q --no-rebase 2>../err &&
	git d1 resolve --ours lines "2,O" &&
	git add -A && git commit -q --no-edit &&
	git d1 restore >../out &&
	echo "already as in HEAD" >../expect &&
	test_cmp ../expect ../out &&
	git push -q &&
	in_clone ann && pull && git d1 restore >../out &&
	echo "lines: 1 inserted, 0 updated, 0 deleted" >../expect &&
	test_cmp ../expect ../out &&
	as_in_head
'

test_expect_success 'a local edit against a pulled one is a conflict of restore' '
	in_clone ann &&
	rows "UPDATE lines SET color = '\''ann'\'' WHERE ref = '\''M3'\''" &&
	save "M3 of ann" && git push -q &&
	in_clone ben &&
	rows "UPDATE lines SET color = '\''ben'\'' WHERE ref = '\''M3'\''" &&
	pull &&
	test_expect_exit 2 git d1 restore >../out &&
	echo "conflict: lines city=1, ref='\''M3'\'': color '\''ann'\'' in HEAD, '\''ben'\'' in shop/local" >../expect &&
	test_cmp ../expect ../out &&
	test "$(rows "SELECT color FROM lines WHERE ref = '\''M3'\''")" = ben &&
	git d1 restore --force >../out &&
	as_in_head &&
	test "$(rows "SELECT color FROM lines WHERE ref = '\''M3'\''")" = ann
'

test_expect_success 'a rebase merges by cells as well' '
	in_clone ann &&
	rows "UPDATE lines SET color = '\''r1'\'' WHERE ref = '\''M1'\''" &&
	save "rebase 1" && git push -q &&
	in_clone ben &&
	rows "UPDATE lines SET name = '\''r2'\'' WHERE ref = '\''M1'\''" &&
	save "rebase 2" &&
	git pull -q --rebase && git d1 restore >../out &&
	echo "lines: 0 inserted, 1 updated, 0 deleted" >../expect &&
	test_cmp ../expect ../out &&
	as_in_head && git push -q &&
	in_clone ann && pull && git d1 restore >../out && as_in_head &&
	test "$(rows "SELECT name, color FROM lines WHERE ref = '\''M1'\''")" = "r2|r1"
'

test_expect_success 'a criss-cross merge' '
	in_clone ann &&
	rows "UPDATE lines SET name = '\''x1'\'' WHERE ref = '\''M1'\''" &&
	save "x1" && git branch -f cross-ann && git push -q origin cross-ann &&
	in_clone ben &&
	rows "UPDATE lines SET color = '\''x2'\'' WHERE ref = '\''M1'\'';
		UPDATE lines SET color = '\''x3'\'' WHERE ref = '\''M2'\''" &&
	save "x2" && git branch -f cross-ben && git push -q origin cross-ben &&
	git fetch -q && git merge -q --no-edit origin/cross-ann &&
	git d1 restore >../out &&
	rows "UPDATE lines SET color = '\''x4'\'' WHERE ref = '\''M1'\''" &&
	save "x4" && git push -q &&
	in_clone ann &&
	git fetch -q && git merge -q --no-edit origin/cross-ben &&
	git d1 restore >../out &&
	rows "UPDATE lines SET name = '\''x5'\'' WHERE ref = '\''M1'\''" &&
	save "x5" &&
	test $(git merge-base --all HEAD @{upstream} | wc -l) = 2 &&
	pull && git d1 restore >../out &&
	echo "lines: 0 inserted, 1 updated, 0 deleted" >../expect &&
	test_cmp ../expect ../out &&
	rows "SELECT * FROM lines WHERE ref IN ('\''M1'\'', '\''M2'\'')" >../actual &&
	printf "%s\n" "1|M1|x5|x4" "1|M2|TWO|x3" >../expect &&
	test_cmp ../expect ../actual &&
	as_in_head && git push -q &&
	in_clone ben && pull && git d1 restore >../out && as_in_head &&
	rows "SELECT * FROM lines WHERE ref IN ('\''M1'\'', '\''M2'\'')" >../actual &&
	test_cmp ../expect ../actual
'

# What was taken back on one side alone stays taken back.
test_expect_success 'a revert on one side of a criss-cross merge' '
	in_clone ann &&
	rows "UPDATE lines SET name = '\''z1'\'' WHERE ref = '\''M1'\''" &&
	save "z1" && git branch -f cross-ann && git push -q -f origin cross-ann &&
	in_clone ben &&
	rows "UPDATE lines SET color = '\''z2'\'' WHERE ref = '\''M1'\''" &&
	save "z2" && git branch -f cross-ben && git push -q -f origin cross-ben &&
	git fetch -q && git merge -q --no-edit origin/cross-ann &&
	git d1 restore >../out && git push -q &&
	in_clone ann &&
	git fetch -q && git merge -q --no-edit origin/cross-ben &&
	git d1 restore >../out &&
	rows "UPDATE lines SET name = '\''x5'\'' WHERE ref = '\''M1'\''" &&
	save "not z1" && pull && git d1 restore >../out &&
	echo "already as in HEAD" >../expect &&
	test_cmp ../expect ../out &&
	test "$(rows "SELECT name, color FROM lines WHERE ref = '\''M1'\''")" = "x5|z2" &&
	git push -q &&
	in_clone ben && pull && git d1 restore >../out && as_in_head
'

test_expect_success 'a criss-cross merge with a conflict in the virtual base' '
	in_clone ann &&
	rows "UPDATE lines SET name = '\''y1'\'' WHERE ref = '\''M1'\''" &&
	save "y1" && git branch -f cross-ann && git push -q -f origin cross-ann &&
	in_clone ben &&
	rows "UPDATE lines SET name = '\''y2'\'' WHERE ref = '\''M1'\''" &&
	save "y2" && git branch -f cross-ben && git push -q -f origin cross-ben &&
	git fetch -q &&
	test_must_fail git merge -q --no-edit origin/cross-ann &&
	git d1 resolve --ours lines && git add -A && git commit -q --no-edit &&
	git d1 restore >../out && git push -q &&
	in_clone ann &&
	git fetch -q &&
	test_must_fail git merge -q --no-edit origin/cross-ben &&
	git d1 resolve --ours lines && git add -A && git commit -q --no-edit &&
	git d1 restore >../out &&
	test $(git merge-base --all HEAD @{upstream} | wc -l) = 2 &&
	test_must_fail git pull -q --no-rebase --no-edit &&
	grep -c "^<<<<<<<" $FILE >../actual &&
	echo 1 >../expect && test_cmp ../expect ../actual &&
	git d1 resolve --theirs lines && git add -A && git commit -q --no-edit &&
	git d1 restore >../out && as_in_head && git push -q &&
	in_clone ben && pull && git d1 restore >../out && as_in_head &&
	test "$(rows "SELECT name FROM lines WHERE ref = '\''M1'\''")" = y2
'

test_expect_success 'a table gets a column here, and a row changes there' '
	in_clone ann &&
	rows "ALTER TABLE lines ADD COLUMN stops INTEGER;
		UPDATE lines SET stops = 7 WHERE ref = '\''M1'\''" &&
	save "stops" && git push -q &&
	in_clone ben &&
	rows "UPDATE lines SET color = '\''c1'\'' WHERE ref = '\''M1'\''" &&
	save "c1" &&
	pull &&
	test_expect_exit 3 git d1 restore >../out &&
	rows "ALTER TABLE lines ADD COLUMN stops INTEGER" &&
	git d1 restore >../out &&
	as_in_head && git push -q &&
	test "$(rows "SELECT color, stops FROM lines WHERE ref = '\''M1'\''")" = "c1|7" &&
	in_clone ann && pull && git d1 restore >../out && as_in_head &&
	test "$(rows "SELECT color, stops FROM lines WHERE ref = '\''M1'\''")" = "c1|7"
'

# Git finds out which file was renamed; the driver is told of its old rows.
test_expect_success 'the snapshot of a database that is called otherwise' '
	in_clone ann &&
	sed "s/\"shop\"/\"store\"/" wrangler.jsonc >../config &&
	cp ../config wrangler.jsonc &&
	git mv d1/shop d1/store &&
	rows "UPDATE lines SET name = '\''n1'\'' WHERE ref = '\''M2'\''" &&
	save "store" && git push -q &&
	test "$(git d1 diff --exit-code HEAD local)" = "" &&
	in_clone ben &&
	rows "UPDATE lines SET color = '\''n2'\'' WHERE ref = '\''M2'\'';
		INSERT INTO lines VALUES(2, '\''N'\'', NULL, NULL, NULL)" &&
	save "still shop" &&
	pull &&
	! test -e d1/shop &&
	git d1 restore >../out &&
	echo "lines: 0 inserted, 1 updated, 0 deleted" >../expect &&
	test_cmp ../expect ../out &&
	as_in_head && git push -q &&
	in_clone ann && pull && git d1 restore >../out && as_in_head &&
	test "$(rows "SELECT name, color FROM lines WHERE ref = '\''M2'\''")" = "n1|n2" &&
	test "$(rows "SELECT count(*) FROM lines WHERE ref = '\''N'\''")" = 1
'

test_expect_success 'a table that is called otherwise: no edit gets lost unseen' '
	in_clone ann &&
	rows "ALTER TABLE lines RENAME TO routes" &&
	git config -f .d1config --rename-section table.lines table.routes &&
	save "routes" && git push -q &&
	in_clone ben &&
	rows "UPDATE lines SET color = '\''t1'\'' WHERE ref = '\''M1'\''" &&
	save "t1" &&
	test_must_fail git pull -q --no-rebase --no-edit >../out 2>&1 &&
	grep -e "CONFLICT\|conflict" ../out &&
	git diff --name-only --diff-filter=U >../actual &&
	grep "d1/store/data/" ../actual &&
	git merge --abort
'

test_done
