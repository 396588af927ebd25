#!/bin/sh

test_description='what new numbers are given to, what not, and what interferes'

. "$(dirname "$0")/transfers.sh"

database shop </dev/null

# begin SQL: both sides have just that, and it is in common.
begin () {
	rm -f "$(local_file shop)"* &&
	mkdir -p "$(dirname "$(local_file shop)")" &&
	edit "PRAGMA journal_mode = WAL; $1" >/dev/null &&
	query shop "PRAGMA defer_foreign_keys = on; DROP TABLE IF EXISTS d;
		DROP TABLE IF EXISTS c; DROP TABLE IF EXISTS b;
		DROP TABLE IF EXISTS a; $1" &&
	git-d1 sync shop >/dev/null 2>&1
}

# whole SIDE: all rows of a, b and c there, as far as there are such tables.
whole () {
	for table in a b c
	do
		echo $table: &&
		if test "$(rows $1 shop "SELECT count(*) FROM sqlite_schema
			WHERE name = '$table'")" = 1
		then
			rows $1 shop "SELECT * FROM $table ORDER BY 1"
		fi || return 1
	done
}

# as_it_was: nothing was written since keep_rows.
keep_rows () {
	whole local >before-local && whole remote >before-remote
}

as_it_was () {
	whole local >actual && test_cmp before-local actual &&
	whole remote >actual && test_cmp before-remote actual &&
	! ls .git/d1/journal/*.pending
}

# now SIDE LINE...: the rows there.
now () {
	whole $1 >actual &&
	shift &&
	printf "%s\n" "$@" >expect &&
	test_cmp expect actual
}

test_expect_success 'set up' '
	git init -q . &&
	make_config &&
	start &&
	standin_env &&
	for table in a b c
	do
		git-d1 track shop/$table || return 1
	done
'

test_expect_success 'without a base nobody knows what came since' '
	begin "CREATE TABLE a(id INTEGER PRIMARY KEY, v)" &&
	cp "$(local_file shop)" copy && rm "$(local_file shop)" &&
	mv copy "$(local_file shop)" &&
	for command in push pull sync
	do
		test_expect_exit 3 git-d1 $command --renumber shop &&
		test_line err "error: --renumber needs to know what shop/local and shop/remote had in common: without that, rows under one key may be one row that was changed" &&
		test_line err "hint: --base=<revision> names a snapshot; for tracked tables every push, pull and sync leaves one" ||
			return 1
	done
'

test_expect_success '--base tells it as well' '
	edit "INSERT INTO a VALUES(1, 1)" &&
	query shop "INSERT INTO a VALUES(1, 2)" &&
	mkdir empty && sqlite3 empty.sqlite "CREATE TABLE a(id INTEGER PRIMARY KEY, v)" &&
	git-d1 push --renumber --base ./empty.sqlite shop &&
	now remote a: 1,2 2,1 b: c: &&
	now local a: 1,2 2,1 b: c:
'

test_expect_success 'a row that both had is no new one' '
	begin "CREATE TABLE a(id INTEGER PRIMARY KEY, v);
		INSERT INTO a VALUES(1, 1)" &&
	edit "UPDATE a SET v = 2" &&
	query shop "UPDATE a SET v = 3" &&
	keep_rows &&
	test_expect_exit 2 git-d1 sync --renumber shop >out &&
	says "conflict: a id=1: v 2 in shop/local, 3 in shop/remote" &&
	as_it_was
'

test_expect_success 'rows that are alike are one' '
	begin "CREATE TABLE a(id INTEGER PRIMARY KEY, v);
		CREATE TABLE b(id INTEGER PRIMARY KEY, a INTEGER REFERENCES a)" &&
	edit "INSERT INTO a VALUES(1, 1); INSERT INTO b VALUES(1, 1)" &&
	query shop "INSERT INTO a VALUES(1, 1); INSERT INTO b VALUES(1, 1)" &&
	git-d1 sync --renumber shop >out 2>err &&
	says "already up to date"
'

test_expect_success 'numbers that AUTOINCREMENT gave out are not given again' '
	begin "CREATE TABLE a(id INTEGER PRIMARY KEY AUTOINCREMENT, v)" &&
	edit "INSERT INTO a VALUES(30, 1); DELETE FROM a; INSERT INTO a VALUES(2, 1)" &&
	query shop "INSERT INTO a VALUES(20, 2); DELETE FROM a; INSERT INTO a VALUES(2, 2)" &&
	git-d1 push --renumber shop &&
	now remote a: 2,2 31,1 b: c: &&
	now local a: 2,2 31,1 b: c: &&
	query shop "DELETE FROM a; INSERT INTO a(v) VALUES(3)" &&
	now remote a: 32,3 b: c:
'

test_expect_success 'nor those that the base has, and both deleted' '
	begin "CREATE TABLE a(id INTEGER PRIMARY KEY, v); INSERT INTO a VALUES(9, 9)" &&
	edit "DELETE FROM a; INSERT INTO a VALUES(2, 1)" &&
	query shop "DELETE FROM a; INSERT INTO a VALUES(2, 2)" &&
	git-d1 sync --renumber shop &&
	now remote a: 2,2 10,1 b: c: &&
	now local a: 2,2 10,1 b: c:
'

test_expect_success 'no number is left' '
	begin "CREATE TABLE a(id INTEGER PRIMARY KEY, v)" &&
	edit "INSERT INTO a VALUES(2, 1)" &&
	query shop "INSERT INTO a VALUES(2, 2), (9223372036854775807, 3)" &&
	keep_rows &&
	test_expect_exit 3 git-d1 push --renumber shop &&
	test_line err "error: no number is free in column '\''id'\'' of table '\''a'\'': the greatest that there can be is taken" &&
	as_it_was
'

# keeps SCHEMA REASON: rows of table a stay conflicts.
keeps () {
	begin "$1" &&
	edit "$2" &&
	query shop "$3" &&
	keep_rows &&
	test_expect_exit 2 git-d1 push --renumber shop >out &&
	grep "^conflict: a " out &&
	test_line err "warning: rows of table 'a' keep their numbers: $4" &&
	as_it_was
}

test_expect_success 'keys that are no numbers, or several' '
	keeps "CREATE TABLE a(id TEXT PRIMARY KEY NOT NULL, v)" \
		"INSERT INTO a VALUES(1, 1)" "INSERT INTO a VALUES(1, 2)" \
		"its key has no integer column but those that refer to other rows" &&
	keeps "CREATE TABLE a(y INTEGER, n INTEGER, v, PRIMARY KEY(y, n)) WITHOUT ROWID" \
		"INSERT INTO a VALUES(1, 1, 1)" "INSERT INTO a VALUES(1, 1, 2)" \
		"its key has several integer columns, and it is not known which of them numbers rows" &&
	keeps "CREATE TABLE b(id INTEGER PRIMARY KEY);
		CREATE TABLE a(b INTEGER PRIMARY KEY REFERENCES b, v);
		INSERT INTO b VALUES(1)" \
		"INSERT INTO a VALUES(1, 1)" "INSERT INTO a VALUES(1, 2)" \
		"its key has no integer column but those that refer to other rows" &&
	keeps "CREATE TABLE a(code INTEGER NOT NULL UNIQUE, v)" \
		"INSERT INTO a VALUES(1, 1)" "INSERT INTO a VALUES(1, 2)" \
		"rows are told apart by other columns than those of its primary key"
'

test_expect_success 'a policy decides about those' '
	git-d1 push --renumber --conflict=local-wins shop >out 2>err &&
	now remote a: 1,1 b: c: &&
	now local a: 1,1 b: c:
'

test_expect_success 'columns that are masked or ignored would be lost' '
	git config -f .d1config table.a.maskColumns mail &&
	git config -f .d1config table.a.ignoreColumns seen &&
	git config d1.maskKey 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f &&
	keeps "CREATE TABLE a(id INTEGER PRIMARY KEY, v, mail)" \
		"INSERT INTO a VALUES(1, 1, '\''l'\'')" \
		"INSERT INTO a VALUES(1, 2, '\''r'\'')" \
		"it has columns that are not compared, which a row under another number would lose" &&
	keeps "CREATE TABLE a(id INTEGER PRIMARY KEY, v, seen)" \
		"INSERT INTO a VALUES(1, 1, 5)" "INSERT INTO a VALUES(1, 2, 6)" \
		"it has columns that are not compared, which a row under another number would lose" &&
	test_expect_exit 2 git-d1 pull --renumber shop &&
	as_it_was
'

test_expect_success 'but references in their rows follow' '
	begin "CREATE TABLE b(id INTEGER PRIMARY KEY, v);
		CREATE TABLE a(id INTEGER PRIMARY KEY, b INTEGER REFERENCES b, mail, seen);
		INSERT INTO a VALUES(1, NULL, 0, 0)" &&
	edit "INSERT INTO b VALUES(1, 1); UPDATE a SET b = 1, mail = '\''l'\'', seen = 5" &&
	query shop "INSERT INTO b VALUES(1, 2); UPDATE a SET mail = '\''r'\'', seen = 6" &&
	git-d1 sync --renumber shop &&
	now local a: 1,2,l,5 b: 1,2 2,1 c: &&
	now remote a: 1,2,r,6 b: 1,2 2,1 c: &&
	git config -f .d1config --remove-section table.a
'

# refuses SCHEMA LOCAL REMOTE REASON: it is an error, and nothing is written.
refuses () {
	begin "$1" &&
	edit "$2" &&
	query shop "$3" &&
	keep_rows &&
	for command in push pull sync
	do
		test_expect_exit 3 git-d1 $command --renumber shop >out &&
		test_must_be_empty out &&
		test_line err "error: $4" || return 1
	done &&
	as_it_was
}

cannot="rows of table 'b' refer to rows of 'a' that are to have another number, and cannot be made to"

test_expect_success 'references that cannot follow' '
	refuses "CREATE TABLE a(id INTEGER PRIMARY KEY, v);
		CREATE TABLE b(a INTEGER REFERENCES a, v)" \
		"INSERT INTO a VALUES(1, 1); INSERT INTO b VALUES(1, 1)" \
		"INSERT INTO a VALUES(1, 2)" \
		"$cannot: they have no key" &&
	refuses "CREATE TABLE a(id INTEGER PRIMARY KEY, v);
		CREATE TABLE b(id INTEGER PRIMARY KEY, a TEXT REFERENCES a)" \
		"INSERT INTO a VALUES(1, 1); INSERT INTO b VALUES(1, 1)" \
		"INSERT INTO a VALUES(1, 2)" \
		"$cannot: they have values of another type" &&
	refuses "CREATE TABLE a(id INTEGER PRIMARY KEY, v);
		CREATE TABLE c(id INTEGER PRIMARY KEY, v);
		CREATE TABLE b(id INTEGER PRIMARY KEY, x INTEGER REFERENCES a
			REFERENCES c)" \
		"INSERT INTO a VALUES(1, 1); INSERT INTO c VALUES(1, 1), (2, 1);
			INSERT INTO b VALUES(1, 1)" \
		"INSERT INTO a VALUES(1, 2); INSERT INTO c VALUES(1, 2)" \
		"rows of table '\''b'\'' refer to rows of '\''c'\'' that are to have another number, and cannot be made to: one column refers to two rows whose numbers differ now" &&
	refuses "CREATE TABLE a(id INTEGER PRIMARY KEY, v,
			code TEXT AS ('\''c'\'' || id) STORED UNIQUE);
		CREATE TABLE b(id INTEGER PRIMARY KEY, a TEXT REFERENCES a(code))" \
		"INSERT INTO a(id, v) VALUES(1, 1); INSERT INTO b VALUES(1, '\''c1'\'')" \
		"INSERT INTO a(id, v) VALUES(1, 2)" \
		"column '\''code'\'' of table '\''a'\'', which '\''b'\'' refers to, is generated: its value under another number is not known" &&
	git config -f .d1config table.b.ignoreColumns a &&
	refuses "CREATE TABLE a(id INTEGER PRIMARY KEY, v);
		CREATE TABLE b(id INTEGER PRIMARY KEY, a INTEGER REFERENCES a)" \
		"INSERT INTO a VALUES(1, 1); INSERT INTO b VALUES(1, 1)" \
		"INSERT INTO a VALUES(1, 2)" \
		"$cannot: they have a column that is not compared" &&
	git config -f .d1config --remove-section table.b
'

test_expect_success 'a row in common that means either' '
	schema="CREATE TABLE a(id INTEGER PRIMARY KEY, v);
		CREATE TABLE b(id INTEGER PRIMARY KEY, a INTEGER REFERENCES a)" &&
	begin "$schema" &&
	sqlite3 base.sqlite "$schema; INSERT INTO b VALUES(1, 1)" &&
	edit "INSERT INTO a VALUES(1, 1); INSERT INTO b VALUES(1, 1)" &&
	query shop "INSERT INTO a VALUES(1, 2); INSERT INTO b VALUES(1, 1)" &&
	keep_rows &&
	test_expect_exit 3 git-d1 push --renumber --base ./base.sqlite shop >out &&
	test_line err "error: column '\''a'\'' of table '\''b'\'' refers, in a row that both had in common, to one that each side inserted since: nobody can tell which of them it means" &&
	as_it_was
'

test_expect_success 'both made one row refer to theirs: that is a conflict' '
	begin "$schema; INSERT INTO b VALUES(1, NULL)" &&
	edit "INSERT INTO a VALUES(1, 1); UPDATE b SET a = 1" &&
	query shop "INSERT INTO a VALUES(1, 2); UPDATE b SET a = 1" &&
	keep_rows &&
	test_expect_exit 2 git-d1 sync --renumber shop >out &&
	says "conflict: b id=1: a 2 in shop/local, 1 in shop/remote" &&
	as_it_was &&
	git-d1 sync --renumber --conflict=local-wins shop &&
	now local a: 1,2 2,1 b: 1,2 c: &&
	now remote a: 1,2 2,1 b: 1,2 c:
'

test_expect_success 'tables that are not named follow here' '
	begin "$schema" &&
	edit "INSERT INTO a VALUES(1, 1); INSERT INTO b VALUES(1, 1), (2, 1)" &&
	query shop "INSERT INTO a VALUES(1, 2); INSERT INTO b VALUES(1, 1)" &&
	git-d1 push --renumber shop -- a >out 2>err &&
	says "a: 1 inserted, 1 updated, 0 deleted" \
		"b: 0 inserted, 2 updated, 0 deleted" \
		"a: 1 inserted, 0 updated, 0 deleted" &&
	now local a: 1,2 2,1 b: 1,2 2,2 c: &&
	now remote a: 1,2 2,1 b: 1,1 c: &&
	git-d1 push --renumber shop &&
	now local a: 1,2 2,1 b: 1,1 2,2 3,2 c: &&
	now remote a: 1,2 2,1 b: 1,1 2,2 3,2 c:
'

test_expect_success 'so do tables that are not tracked, and those left out' '
	git-d1 untrack shop/b &&
	git config -f .d1config d1.excludeTables d &&
	begin "$schema;
		CREATE TABLE d(id INTEGER PRIMARY KEY, a INTEGER REFERENCES a)" &&
	edit "INSERT INTO a VALUES(1, 1); INSERT INTO b VALUES(2, 1); INSERT INTO d VALUES(1, 1)" &&
	query shop "INSERT INTO a VALUES(1, 2)" &&
	git-d1 push --renumber shop &&
	now local a: 1,2 2,1 b: 2,2 c: &&
	now remote a: 1,2 2,1 b: 2,2 c: &&
	has local shop "SELECT * FROM d" 1,2 &&
	has remote shop "SELECT * FROM d" &&
	git config -f .d1config --unset d1.excludeTables &&
	git-d1 track shop/b
'

test_expect_success 'rows that the remote ones refer to come along' '
	begin "$schema" &&
	edit "INSERT INTO a VALUES(1, 1); INSERT INTO b VALUES(1, 1)" &&
	query shop "INSERT INTO a VALUES(1, 2), (7, 7), (8, 8); INSERT INTO b VALUES(1, 7), (2, 8)" &&
	git-d1 push --renumber shop >out 2>err &&
	now local a: 1,2 7,7 9,1 b: 1,7 3,9 c: &&
	now remote a: 1,2 7,7 8,8 9,1 b: 1,7 2,8 3,9 c: &&
	tail -n 1 out >last &&
	echo "2 rows newer on the remote: git d1 pull" >expect &&
	test_cmp expect last &&
	git-d1 pull shop && git-d1 diff --exit-code shop/remote shop/local
'

test_expect_success 'a full-text index follows, other triggers do not fire' '
	begin "CREATE TABLE a(id INTEGER PRIMARY KEY, v);
		CREATE TABLE b(id INTEGER PRIMARY KEY, v);
		CREATE VIRTUAL TABLE d USING fts5(v, content=a, content_rowid=id);
		CREATE TRIGGER i AFTER INSERT ON a BEGIN INSERT INTO d(rowid, v) VALUES (new.id, new.v); END;
		CREATE TRIGGER x AFTER DELETE ON a BEGIN INSERT INTO d(d, rowid, v) VALUES ('\''delete'\'', old.id, old.v); END;
		CREATE TRIGGER u AFTER UPDATE ON a BEGIN INSERT INTO d(d, rowid, v) VALUES ('\''delete'\'', old.id, old.v); INSERT INTO d(rowid, v) VALUES (new.id, new.v); END;
		CREATE TRIGGER l AFTER UPDATE ON a BEGIN INSERT INTO b(v) VALUES(old.id); END" &&
	edit "INSERT INTO a VALUES(1, '\''here'\'')" &&
	query shop "INSERT INTO a VALUES(1, '\''there'\'')" &&
	git-d1 push --renumber shop &&
	now local a: 1,there 2,here b: c: &&
	now remote a: 1,there 2,here b: c: &&
	for side in local remote
	do
		has $side shop "SELECT rowid FROM d('\''here'\'')" 2 &&
		has $side shop "SELECT rowid FROM d('\''there'\'')" 1 || return 1
	done &&
	edit "INSERT INTO d(d) VALUES('\''integrity-check'\'')"
'

# ---- what interferes ----

clash () {
	begin "$schema" &&
	edit "INSERT INTO a VALUES(1, 1); INSERT INTO b VALUES(1, 1)" &&
	query shop "INSERT INTO a VALUES(1, 2); INSERT INTO b VALUES(1, 1)" &&
	keep_rows
}

test_expect_success 'a limit that is exceeded keeps both from being written' '
	begin "$schema; CREATE TABLE c(id INTEGER PRIMARY KEY, v);
		WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1
			FROM n WHERE n < 120) INSERT INTO c SELECT n, 0 FROM n" &&
	edit "INSERT INTO a VALUES(1, 1); UPDATE c SET v = 1" &&
	query shop "INSERT INTO a VALUES(1, 2)" &&
	keep_rows &&
	test_expect_exit 3 git-d1 push --renumber shop >out &&
	test_must_be_empty out &&
	test_line err "error: 120 rows would be updated or deleted; nothing was written" &&
	as_it_was &&
	git-d1 push --renumber --yes=120 shop &&
	git-d1 diff --exit-code shop/remote shop/local
'

test_expect_success 'a number that somebody takes meanwhile: the next run gives another' '
	clash &&
	standin_fault "{\"kind\":\"sql\",\"database\":\"shop\",
		\"sql\":\"INSERT INTO a VALUES(2, 3)\",
		\"path\":\"/raw$\",\"request\":\"defer_foreign_keys\"}" &&
	test_expect_exit 6 git-d1 push --renumber shop >out &&
	grep "^error: shop/local is written, but shop/remote is not: " err &&
	test_line err "hint: run the same command again to write the rest" &&
	now local a: 1,2 2,1 b: 1,1 2,2 c: &&
	now remote a: 1,2 2,3 b: 1,1 c: &&
	git-d1 push --renumber shop &&
	now local a: 1,2 2,3 3,1 b: 1,1 2,3 c: &&
	now remote a: 1,2 2,3 3,1 b: 1,1 2,3 c:
'

test_expect_success 'what was written then can be taken back' '
	clash &&
	standin_fault "{\"kind\":\"sql\",\"database\":\"shop\",
		\"sql\":\"INSERT INTO a VALUES(2, 3)\",
		\"path\":\"/raw$\",\"request\":\"defer_foreign_keys\"}" &&
	test_expect_exit 6 git-d1 push --renumber shop &&
	sed -n "s/^hint: or take back what is written: git d1/git-d1/p" err >undo &&
	sh ./undo &&
	whole local >actual && test_cmp before-local actual
'

# unheard N: all calls from N before the remote write on are cut after they are
# carried out.
unheard () {
	clash &&
	standin_clear_log &&
	git-d1 push --renumber shop &&
	call=$(standin_log | grep -n "defer_foreign_keys" | sed "s/:.*//;q") &&
	clash &&
	standin_fault "{\"kind\":\"drop\",\"when\":\"after\",\"times\":0,
		\"skip\":$((call - 1 - $1))}" &&
	test_expect_exit 6 git-d1 push --renumber --json shop >out &&
	standin_no_faults
}

test_expect_success 'a remote write of which nobody knows: the local one is told' '
	unheard 0 &&
	grep "^error: shop/local is written; shop/remote: the changes may be written or not, and cannot be looked at: cannot reach " err &&
	grep "\"result\":\"unplanned\"" out &&
	grep "\"endpoint\":" out >actual &&
	test $(grep -c "\"tables\":" actual) = 1 &&
	grep "^{\"endpoint\":\"shop/local\",\"tables\"" actual &&
	git-d1 push --renumber shop &&
	now local a: 1,2 2,1 b: 1,1 2,2 c: &&
	now remote a: 1,2 2,1 b: 1,1 2,2 c:
'

test_expect_success 'a remote database that is gone before it is written' '
	unheard 1 &&
	grep "^error: shop/local is written, but shop/remote is not: cannot reach " err &&
	test_line err "hint: run the same command again to write the rest" &&
	git-d1 push --renumber shop &&
	now remote a: 1,2 2,1 b: 1,1 2,2 c:
'

# push_meanwhile CODE SQL: a push ends with that code; the SQL is run here while
# it waits for a reply.
push_meanwhile () {
	{
		git-d1 push --renumber shop >out 2>err &
	} &&
	pid=$! &&
	standin_await_held $pid &&
	edit "$2" &&
	standin_release &&
	test_expect_code $1 wait $pid
}

test_expect_success 'a row that comes to refer to a renumbered one stops all' '
	clash &&
	standin_fault "{\"kind\":\"hold\",\"path\":\"/query|/raw\",
		\"request\":\"sqlite_sequence\"}" &&
	push_meanwhile 2 "INSERT INTO b VALUES(7, 1)" &&
	test_line err "error: rows of shop/local were changed meanwhile that refer to rows with new numbers; nothing was written" &&
	whole remote >actual && test_cmp before-remote actual &&
	now local a: 1,1 b: 1,1 7,1 c: &&
	git-d1 push --renumber shop &&
	now local a: 1,2 2,1 b: 1,1 7,2 8,2 c: &&
	now remote a: 1,2 2,1 b: 1,1 7,2 8,2 c:
'

# killed_at CALL: while it waits for the reply to that one. Whatever was written,
# the next run leaves both sides with every row once.
killed_at () {
	clash &&
	standin_fault "{\"kind\":\"hold\",\"skip\":$1,\"when\":\"after\"}" &&
	killed_when_held git-d1 push --renumber shop &&
	git-d1 push --renumber shop &&
	now local a: 1,2 2,1 b: 1,1 2,2 c: &&
	now remote a: 1,2 2,1 b: 1,1 2,2 c:
}

test_expect_success 'killed at any call, the next run leaves each row once' '
	clash &&
	standin_clear_log &&
	git-d1 push --renumber shop &&
	standin_log >log &&
	calls=$(wc -l <log) &&
	echo "$calls calls" >&2 &&
	for call in 0 $((calls - 7)) $((calls - 5)) $((calls - 4)) \
		$((calls - 3)) $((calls - 2))
	do
		killed_at $call || return 1
	done
'

test_done
