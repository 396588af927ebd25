#!/bin/sh

test_description='plans for schemas on the engine of D1'

. "$(dirname "$0")/setup.sh"
. "$STANDIN_SRCDIR/commands.sh"

UUID=11111111-2222-3333-4444-555555555555
CASES=$STANDIN_SRCDIR/../schema/cases.sql

rows () {
	standin_sql shop "$1" | tr -d '\n'
}

# Each case of the file in a folder of its own: before, after, rows, marks.
split_cases () {
	awk '
		/^%case / { dir = "cases/" $2; system("mkdir -p " dir); file = dir "/marks"; next }
		!dir { next }
		/^%(before|after|rows)$/ { file = dir "/" substr($0, 2); next }
		/^%wanted$/ { file = dir "/wanted"; next }
		/^%/ { print substr($0, 2) >>(dir "/marks"); next }
		{ print >>file }' "$CASES"
}

# Makes the database empty, but for what is not the schema's.
reset () {
	git-d1 schema plan shop/remote empty.sql >reset.sql &&
	if test -s reset.sql
	then
		standin_sql shop "$(cat reset.sql)" >/dev/null
	fi
}

# How many rows each table has that is there before and after; how an index of
# texts keeps its own is not looked at.
counts () {
	names=$(standin_sql shop "SELECT ifnull(group_concat(name, ' '), '') FROM (
		SELECT name FROM sqlite_schema WHERE type = 'table' AND
		sql NOT LIKE 'CREATE VIRTUAL%' AND name NOT LIKE
		'sqlite\_%' ESCAPE '\' AND name NOT LIKE '\_cf%' ESCAPE '\'
		AND name GLOB '[a-z0-9_]*' AND instr(name, ' ') = 0
		AND NOT EXISTS (SELECT 1 FROM sqlite_schema AS v WHERE
		v.sql LIKE 'CREATE VIRTUAL%' AND
		sqlite_schema.name GLOB v.name || '_*')
		ORDER BY 1)" | tr -d '[]"')
	for name in $names
	do
		echo "$name $(rows "SELECT count(*) FROM $name")"
	done
}

# catalogue: all that is defined, and how many rows there are.
catalogue () {
	standin_sql shop "SELECT name, sql FROM sqlite_schema ORDER BY rowid" &&
	standin_sql shop "SELECT * FROM sqlite_sequence"
	counts
}

# rehearse_there ARGUMENT...: the plan, tried out on D1 itself, is that of
# plan.sql, and nothing stays of the rehearsal.
rehearse_there () {
	# SQLite alters nothing beside what is broken
	case "$*" in
	*/broken-*) return 0 ;;
	esac
	catalogue >was 2>/dev/null
	git-d1 schema plan --scratch=prefix "$@" >plan2.sql 2>err || return 1
	catalogue >is 2>/dev/null
	test_cmp plan.sql plan2.sql && test_cmp was is
}

# try_case NAME: applies its plan on D1, and looks at what came of it.
try_case () {
	dir=cases/$1
	set --
	while read -r mark value
	do
		case "$mark" in
		rename) set -- "$@" --rename "$value" ;;
		allow) set -- "$@" --allow-destructive "$value" ;;
		esac
	done <"$dir/marks"
	reset &&
	# foreign keys are always enforced here
	cat "$dir/before" "$dir/rows" |
		sed "s/PRAGMA foreign_keys=OFF/PRAGMA defer_foreign_keys=on/" \
		>load.sql &&
	standin_sql shop "$(cat load.sql)" >/dev/null &&
	counts >before &&
	git-d1 schema plan "$@" shop/remote "$dir/after" >plan.sql &&
	rehearse_there "$@" shop/remote "$dir/after" &&
	standin_sql shop "$(cat plan.sql)" >out || return 1
	counts >after
	LC_ALL=C sort before >a && LC_ALL=C sort after >b
	# tables that are in both, by name
	LC_ALL=C join a b | while read -r name old new
	do
		test "$old" = "$new" || echo "$name had $old and has $new"
	done >lost
	case "$*" in
	*--rename*) ;;
	*) test_must_be_empty lost || return 1 ;;
	esac
	git-d1 schema diff --exit-code shop/remote "$dir/after" || return 1
	sed -n "s/^check //p" "$dir/marks" >checks
	while read -r sql
	do
		test "$(rows "$sql")" = "[1]" || return 1
	done <checks
}

test_expect_success 'a remote database' '
	git init -q &&
	cat >wrangler.toml <<-EOF &&
	name = "shop-worker"
	compatibility_date = "2026-04-01"

	[[d1_databases]]
	binding = "DB"
	database_name = "shop"
	database_id = "$UUID"
	EOF
	: >empty.sql &&
	standin_start --database shop=$UUID --time-travel \
		--splitter production &&
	standin_env
'

test_expect_success 'sync: children of a rebuilt parent stay' '
	standin_sql shop "
	CREATE TABLE p(id INTEGER PRIMARY KEY AUTOINCREMENT, n TEXT);
	CREATE TABLE c(id INTEGER PRIMARY KEY, p INT REFERENCES p ON DELETE CASCADE);
	CREATE TABLE d(c INT REFERENCES c ON DELETE CASCADE);
	INSERT INTO p VALUES(1,'\''a'\''),(2,'\''b'\''),(90,'\''x'\'');
	DELETE FROM p WHERE id = 90;
	INSERT INTO c VALUES(10,1),(11,2);
	INSERT INTO d VALUES(10),(11),(11)" &&
	cat >want.sql <<-\EOF &&
	CREATE TABLE p(id INTEGER PRIMARY KEY AUTOINCREMENT, n TEXT NOT NULL);
	CREATE TABLE c(id INTEGER PRIMARY KEY, p INT REFERENCES p ON DELETE CASCADE);
	CREATE TABLE d(c INT REFERENCES c ON DELETE CASCADE);
	EOF
	fails 3 git-d1 schema sync --to remote want.sql </dev/null &&
	git-d1 schema sync --to shop/remote want.sql >out 2>err &&
	grep "^writing shop/remote: database shop, id $UUID" err &&
	test "$(rows "SELECT group_concat(c) FROM d")" = "[\"10,11,11\"]" &&
	test "$(rows "SELECT seq FROM sqlite_sequence")" = "[90]" &&
	git-d1 schema diff --exit-code shop/remote want.sql &&
	git-d1 schema sync --to shop/remote want.sql >out &&
	is out "already as it is to be" &&
	git-d1 undo --list shop >out &&
	grep "git d1 schema sync to shop/remote" out
'

test_expect_success 'sync: triggers go where they are not cut apart' '
	cat >>want.sql <<-\EOF &&
	CREATE TABLE log(n INT);
	create trigger g after insert on p begin
		insert into log values(case when new.id > 0 then new.id end);
		insert into log values(0);
	end;
	EOF
	git-d1 schema sync --to shop/remote want.sql &&
	git-d1 schema diff --exit-code shop/remote want.sql &&
	standin_sql shop "INSERT INTO p(n) VALUES('\''z'\'')" &&
	test "$(rows "SELECT n FROM log")" = "[91][0]"
'

test_expect_success 'sync: what is lost must be named, and is left else' '
	sed "/TABLE log/d; /trigger/,/^end/d" want.sql >less.sql &&
	fails 3 git-d1 schema sync --to shop/remote less.sql &&
	is err "error: this would lose all 2 rows of '\''log'\''" \
		"hint: if that is meant: --allow-destructive=log" &&
	git-d1 schema sync --dry-run --to shop/remote less.sql >out &&
	grep "^DROP TABLE \"log\";" out &&
	git-d1 schema diff --exit-code shop/remote want.sql &&
	git-d1 schema sync --allow-destructive=log --to shop/remote less.sql &&
	git-d1 schema diff --exit-code shop/remote less.sql
'

test_expect_success 'sync: rows in the way are found before anything runs' '
	standin_sql shop "INSERT INTO d VALUES(NULL)" &&
	sed "s/TABLE d(c INT/TABLE d(c INT NOT NULL/" less.sql >strict.sql &&
	standin_clear_log &&
	fails 3 git-d1 schema sync --to shop/remote strict.sql &&
	grep "column .c. becomes NOT NULL, and is NULL in 1 row of table .d." err &&
	git-d1 schema diff --exit-code shop/remote less.sql
'

test_expect_success 'sync: an import keeps children as well' '
	standin_sql shop "DELETE FROM d WHERE c IS NULL" &&
	cat >imported.sql <<-\EOF &&
	CREATE TABLE p(id INTEGER PRIMARY KEY AUTOINCREMENT, n TEXT NOT NULL CHECK(n <> ""));
	CREATE TABLE c(id INTEGER PRIMARY KEY, p INT REFERENCES p ON DELETE CASCADE);
	CREATE TABLE d(c INT REFERENCES c ON DELETE CASCADE);
	CREATE TRIGGER h AFTER DELETE ON p BEGIN
		UPDATE p SET n = "left" WHERE id = old.id;
	END;
	EOF
	sed -i "s/\"/'\''/g" imported.sql &&
	standin_clear_log &&
	git-d1 schema sync --to shop/remote imported.sql &&
	standin_log >log &&
	grep "/import" log &&
	git-d1 schema diff --exit-code shop/remote imported.sql &&
	test "$(rows "SELECT group_concat(c) FROM d")" = "[\"10,11,11\"]" &&
	test "$(rows "SELECT count(*) FROM p")" = "[3]"
'

test_expect_success 'sync: a schema that somebody changes meanwhile' '
	sed "s/TABLE d(c INT/TABLE d(c INT NOT NULL/" imported.sql >strict.sql &&
	standin_fault "{\"kind\":\"sql\",\"database\":\"shop\",
		\"sql\":\"ALTER TABLE d ADD COLUMN late\",
		\"path\":\"/raw$\",\"request\":\"defer_foreign_keys\"}" &&
	fails 2 git-d1 schema sync --to shop/remote strict.sql &&
	grep "error: the schema has changed meanwhile; nothing was written" err &&
	test "$(rows "SELECT group_concat(name) FROM pragma_table_info('\''d'\'')")" = "[\"c,late\"]" &&
	standin_sql shop "ALTER TABLE d DROP COLUMN late" &&
	git-d1 schema diff --exit-code shop/remote imported.sql
'

test_expect_success 'sync: a lost reply is answered by looking' '
	standin_fault "{\"kind\":\"drop\",\"when\":\"after\",\"path\":\"/raw$\",
		\"request\":\"defer_foreign_keys\"}" &&
	git-d1 schema sync --to shop/remote strict.sql &&
	git-d1 schema diff --exit-code shop/remote strict.sql &&
	test "$(rows "SELECT group_concat(c) FROM d")" = "[\"10,11,11\"]" &&
	standin_fault "{\"kind\":\"drop\",\"when\":\"before\",\"path\":\"/raw$\",
		\"request\":\"defer_foreign_keys\"}" &&
	test_must_fail git-d1 schema sync --to shop/remote imported.sql &&
	git-d1 schema diff --exit-code shop/remote strict.sql
'

# Where in the history of the database it is.
bookmark () {
	curl -sS --fail -H "Authorization: Bearer dummy-token" \
		"$(standin_url)/accounts/acc123/d1/database/$UUID/time_travel/bookmark"
}

test_expect_success 'scratch: what only the engine of D1 reads' '
	cp strict.sql newer.sql &&
	echo "CREATE VIEW v AS SELECT group_concat(n ORDER BY n) AS l FROM p;" \
		>>newer.sql &&
	bookmark >was &&
	fails 3 git-d1 schema sync --to shop/remote newer.sql &&
	grep "^error: newer.sql:[0-9]*: near \"ORDER\": syntax error" err &&
	grep "^hint: .*with --scratch=prefix the database itself" err &&
	git-d1 schema plan --scratch=prefix shop/remote newer.sql >plan.sql 2>err &&
	grep "^writing shop/remote: database shop, id $UUID" err &&
	grep "^CREATE VIEW v" plan.sql &&
	bookmark >is &&
	test_cmp was is &&
	git-d1 schema sync --scratch=prefix --to shop/remote newer.sql \
		>out 2>err &&
	is out "shop/remote: 1 statement" &&
	test "$(grep -c "^writing shop/remote" err)" = 1 &&
	git-d1 schema diff --exit-code shop/remote newer.sql &&
	test "$(rows "SELECT l FROM v")" = "[\"a,b,z\"]"
'

test_expect_success 'scratch: what is there already is read by it, too' '
	sed "s/n TEXT NOT NULL/n VARCHAR NOT NULL/" newer.sql >next.sql &&
	fails 3 git-d1 schema plan shop/remote next.sql &&
	grep "^error: shop/remote: v:1: near \"ORDER\": syntax error" err &&
	grep "^hint: .*with --scratch=prefix the database itself" err &&
	standin_clear_log &&
	git-d1 schema plan --scratch=prefix shop/remote next.sql >plan.sql &&
	standin_log >log &&
	# with a trigger it goes where nothing is cut apart
	grep "/import" log &&
	test "$(rows "SELECT count(*) FROM sqlite_schema WHERE name LIKE '\''git%'\''")" = "[0]" &&
	grep "^CREATE VIEW v" plan.sql &&
	git-d1 schema sync --scratch=prefix --to shop/remote next.sql &&
	git-d1 schema diff --exit-code shop/remote next.sql &&
	test "$(rows "SELECT l FROM v")" = "[\"a,b,z\"]"
'

test_expect_success 'scratch: what the engine refuses, and what is in the way' '
	cp next.sql wrong.sql &&
	echo "CREATE VIEW w AS SELECT group_concat(n ORDER BY) FROM p;" >>wrong.sql &&
	catalogue >was &&
	fails 3 git-d1 schema plan --scratch=prefix shop/remote wrong.sql &&
	grep "^error: rehearsed on shop/remote: near \")\": syntax error" err &&
	! grep git_d1_scratch err &&
	catalogue >is &&
	test_cmp was is
'

test_expect_success 'scratch: who was not named, or is protected, is not asked' '
	standin_clear_log &&
	fails 3 git-d1 schema plan --scratch=prefix remote want.sql </dev/null &&
	grep "error: a remote database is written only if its name is given" err &&
	git config -f .d1config database.DB.protected true &&
	fails 3 git-d1 schema plan --scratch=prefix shop/remote want.sql &&
	grep "error: shop/remote is protected" err &&
	rm .d1config &&
	standin_log >log &&
	! grep "git_d1_scratch_[0-9a-f]" log
'

test_expect_success 'scratch: what is left of one is dropped by the next' '
	catalogue >was &&
	standin_sql shop "
	CREATE TABLE git_d1_scratch_ed4c8602a60c_p(id INTEGER PRIMARY KEY);
	CREATE TABLE git_d1_scratch_de4c86014091_c(p INT REFERENCES git_d1_scratch_ed4c8602a60c_p);
	INSERT INTO git_d1_scratch_ed4c8602a60c_p VALUES(1);
	INSERT INTO git_d1_scratch_de4c86014091_c VALUES(1)" &&
	git-d1 schema diff --exit-code shop/remote next.sql &&
	git-d1 schema plan --scratch=prefix shop/remote want.sql >out 2>err &&
	grep "^warning: shop/remote: dropped what an earlier rehearsal left there" err &&
	catalogue >is &&
	test_cmp was is
'

test_expect_success 'scratch: a connection that breaks leaves nothing' '
	for when in before after
	do
		standin_fault "{\"kind\":\"drop\",\"when\":\"$when\",
			\"path\":\"/import$\",\"request\":\"ingest\"}" &&
		# at its worst it says that it cannot tell
		{
			git-d1 schema plan --scratch=prefix shop/remote want.sql \
				>out 2>err ||
			! test -s out
		} &&
		catalogue >is &&
		test_cmp was is || return 1
	done &&
	standin_sql shop "DROP VIEW v"
'

split_cases
for dir in cases/*/
do
	name=$(basename "$dir")
	touch "$dir/marks" "$dir/rows"
	# what is refused, what is empty, and what needs no rows to be seen
	if grep -q -e "^refused" -e "^empty" "$dir/marks" ||
		! test -s "$dir/rows"
	then
		continue
	fi
	# D1 takes no row for a table whose parent is not there
	if test "$name" = parent-that-does-not-exist
	then
		: >"$dir/rows"
		sed -i "/^check /d" "$dir/marks"
	fi
	test_expect_success "case $name" "try_case $name"
done

test_expect_success 'stop' 'standin_stop'

test_done
