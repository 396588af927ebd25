#!/bin/sh

test_description='git d1 migrations and wrangler on the same databases'

. "$(dirname "$0")/setup.sh"
. "$STANDIN_SRCDIR/commands.sh"

GIT_AUTHOR_NAME=test GIT_AUTHOR_EMAIL=test@example.com
GIT_COMMITTER_NAME=test GIT_COMMITTER_EMAIL=test@example.com
export GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL
export GIT_COMMITTER_NAME GIT_COMMITTER_EMAIL

UUID=11111111-2222-3333-4444-555555555555
TURNS=22222222-3333-4444-5555-666666666666

# same_pending WHERE [DATABASE]: wrangler (--local or --remote) and git-d1 name
# the same migrations as pending, one a line in "pending".
same_pending () {
	wrangler d1 migrations list ${2:-shop} --$1 &&
	sed -n "s/.* \([0-9][^ ]*\.sql\) .*/\1/p" out >expect &&
	git-d1 migrations status --porcelain $1 |
		sed -n "s/^migration	pending	once	//p" >pending &&
	test_cmp expect pending
}

columns () {
	standin_sql shop "SELECT name FROM pragma_table_info('$1')" | tr -d '\n'
}

test_expect_success 'a project with migrations' '
	git init -q &&
	cat >wrangler.toml <<-EOF &&
	name = "shop-worker"
	compatibility_date = "2026-04-01"

	[[d1_databases]]
	binding = "DB"
	database_name = "shop"
	database_id = "$UUID"
	EOF
	mkdir migrations &&
	cat >migrations/0001_lines.sql <<-\EOF &&
	CREATE TABLE lines(id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT);
	INSERT INTO lines(name) VALUES("a; seed");
	EOF
	sed -i "s/\"/'\''/g" migrations/0001_lines.sql &&
	cat >migrations/0002_color.sql <<-\EOF &&
	-- the last one of wrangler
	ALTER TABLE lines ADD COLUMN color TEXT;
	EOF
	standin_start --database shop=$UUID --database turns=$TURNS --time-travel \
		--splitter production &&
	standin_env
'

test_expect_success 'nothing is written to see what is pending' '
	git-d1 migrations status remote >actual &&
	is actual "shop/remote: 0 applied, 2 pending, as the migrations make it" \
		"  0001_lines.sql is not applied" "  0002_color.sql is not applied" \
		"    (git d1 migrations apply shop/remote)" &&
	standin_sql shop "SELECT name FROM sqlite_schema WHERE name LIKE '\''d1%'\''" >actual &&
	test_must_be_empty actual &&
	same_pending local
'

test_expect_success 'wrangler applies; git-d1 sees it, and goes on' '
	wrangler d1 migrations apply shop --remote &&
	wrangler d1 migrations apply shop --local &&
	git-d1 migrations status >actual &&
	is actual "shop/local: 2 applied, 0 pending, as the migrations make it" \
		"shop/remote: 2 applied, 0 pending, as the migrations make it" &&
	cat >migrations/0003_log.sql <<-\EOF &&
	CREATE TABLE log(what);
	create trigger noted after insert on lines begin
		insert into log values(case when new.id > 0 then new.name end);
		insert into log values("b;");
	end;
	INSERT INTO lines(name) VALUES("fired");
	EOF
	sed -i "s/\"/'\''/g" migrations/0003_log.sql &&
	echo "CREATE INDEX by_name ON lines(name) -- no semicolon" \
		>migrations/0004_index.sql &&
	same_pending remote &&
	is pending 0003_log.sql 0004_index.sql &&
	same_pending local &&
	git-d1 migrations apply shop/remote >actual 2>err &&
	is actual "applied 0003_log.sql" "applied 0004_index.sql" &&
	grep "^writing shop/remote: database shop, id $UUID" err &&
	standin_sql shop "SELECT what FROM log" >actual &&
	is actual "[\"fired\"]" "[\"b;\"]" &&
	standin_sql shop "SELECT id, name FROM d1_migrations" >actual &&
	is actual "[1,\"0001_lines.sql\"]" "[2,\"0002_color.sql\"]" \
		"[3,\"0003_log.sql\"]" "[4,\"0004_index.sql\"]" &&
	git-d1 migrations apply >actual &&
	is actual "applied 0003_log.sql" "applied 0004_index.sql" &&
	same_pending remote &&
	test_must_be_empty pending &&
	same_pending local &&
	git-d1 migrations status --exit-code
'

test_expect_success 'the remote wants its name' '
	echo "ALTER TABLE lines ADD COLUMN zone" >migrations/0005_zone.sql &&
	fails 3 git-d1 migrations apply remote </dev/null &&
	test "$(columns lines)" = "[\"id\"][\"name\"][\"color\"]" &&
	git-d1 migrations apply shop/remote &&
	test "$(columns lines)" = "[\"id\"][\"name\"][\"color\"][\"zone\"]" &&
	git-d1 migrations apply shop/remote >actual &&
	is actual "nothing to apply"
'

test_expect_success 'a failing migration leaves the remote as it was' '
	standin_sql shop "INSERT INTO lines(id, name) VALUES(77, '\''hers'\'')" &&
	cat >migrations/0006_bad.sql <<-\EOF &&
	CREATE TABLE more(id INTEGER PRIMARY KEY);
	UPDATE lines SET zone = 1;

	INSERT INTO lines(id)
		VALUES(76), (77);
	DROP TABLE log;
	EOF
	fails 128 git-d1 migrations apply shop/remote &&
	tail -n 3 err >actual &&
	is actual "fatal: migrations/0006_bad.sql:4: UNIQUE constraint failed: lines.id: SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_PRIMARYKEY)" \
		"hint: the statement is: INSERT INTO lines(id) VALUES(76), (77)" \
		"hint: nothing was applied" &&
	standin_sql shop "SELECT count(*), count(zone) FROM lines" >actual &&
	is actual "[3,0]" &&
	standin_sql shop "SELECT count(*) FROM sqlite_schema
		WHERE name IN ('\''log'\'', '\''more'\'')" >actual &&
	is actual "[1]" &&
	rm migrations/0006_bad.sql
'

test_expect_success 'the line of a syntax error, also in an import' '
	cat >migrations/0006_typo.sql <<-\EOF &&
	CREATE TABLE t6(a);
	CREATE TRIGGER t6t AFTER INSERT ON t6 BEGIN SELECT 1; END;
	CREATE VIEW v6 AS
		SELECT a,
		FROM t6;
	EOF
	fails 128 git-d1 migrations apply shop/remote &&
	grep "^fatal: migrations/0006_typo.sql:5: near \"FROM\": syntax error" err &&
	grep "^hint: the statement is: CREATE VIEW v6 AS SELECT a, FROM t6" err &&
	standin_sql shop "SELECT count(*) FROM sqlite_schema WHERE name LIKE '\''t6%'\''" >actual &&
	is actual "[0]" &&
	rm migrations/0006_typo.sql
'

test_expect_success 'foreign keys that are unfulfilled at the end' '
	cat >migrations/0006_keys.sql <<-\EOF &&
	PRAGMA defer_foreign_keys = on;
	CREATE TABLE stop(id INTEGER PRIMARY KEY, line REFERENCES lines(id));
	INSERT INTO stop VALUES(1, 4711);
	EOF
	! git-d1 migrations apply shop/remote >out 2>err &&
	cat err && grep 0006_keys.sql err &&
	standin_sql shop "SELECT count(*) FROM sqlite_schema WHERE name = '\''stop'\''" >actual &&
	is actual "[0]" &&
	sed -i s/4711/77/ migrations/0006_keys.sql &&
	git-d1 migrations apply shop/remote
'

test_expect_success 'a lost reply is answered by looking' '
	echo "INSERT INTO lines(name) VALUES(8)" >migrations/0007_row.sql &&
	standin_fault "{\"kind\":\"drop\",\"when\":\"after\",\"path\":\"/raw\",\"request\":\"INSERT INTO lines\"}" &&
	git-d1 migrations apply shop/remote >actual &&
	is actual "applied 0007_row.sql" &&
	standin_sql shop "SELECT count(*) FROM lines WHERE name = '\''8'\''" >actual &&
	is actual "[1]"
'

test_expect_success 'an empty draft is what wrangler creates' '
	wrangler d1 migrations create shop "by hand" &&
	sed "s/20[-0-9T:.]*Z/TIME/" migrations/0008_by_hand.sql >expect &&
	rm migrations/0008_by_hand.sql &&
	git-d1 migrations draft --from shop/remote "by hand" >actual &&
	sed "s/20[-0-9T:.]*Z/TIME/" migrations/0008_by_hand.sql >actual &&
	test_cmp expect actual &&
	rm migrations/0008_by_hand.sql
'

test_expect_success 'somebody else applies it meanwhile' '
	echo "ALTER TABLE stop ADD COLUMN extra" >migrations/0007_stop.sql &&
	standin_fault "{\"kind\":\"sql\",\"when\":\"before\",\"path\":\"/raw\",\"request\":\"ADD COLUMN extra\",\"database\":\"shop\",\"sql\":\"ALTER TABLE stop ADD COLUMN extra; INSERT INTO d1_migrations(name) VALUES (\\u00270007_stop.sql\\u0027)\"}" &&
	git-d1 migrations apply shop/remote >actual &&
	is actual "applied 0007_stop.sql, by somebody else just now" &&
	standin_sql shop "SELECT count(*) FROM d1_migrations
		WHERE name = '\''0007_stop.sql'\''" >actual &&
	is actual "[1]" &&
	git-d1 migrations status --exit-code shop/remote
'

test_expect_success 'what D1 would not take is refused before anything is sent' '
	{
		echo "CREATE TABLE t8(a);" &&
		printf "INSERT INTO t8 VALUES(\"%0100000d\")" 0 | tr "\"" "'\''"
	} >migrations/0008_long.sql &&
	standin_clear_log >/dev/null &&
	fails 3 git-d1 migrations apply shop/remote &&
	grep "^error: migrations/0008_long.sql:2: the statement has 100025 bytes" err &&
	standin_log >log &&
	! grep "CREATE TABLE t8" log &&
	rm migrations/0008_long.sql
'

test_expect_success 'a dry run has the rows that were fetched' '
	git config -f .d1config table.lines.track true &&
	git config -f .d1config table.stop.track true &&
	git-d1 fetch shop &&
	echo "DELETE FROM stop" >migrations/0008_gone.sql &&
	git-d1 migrations apply --dry-run shop/remote >actual 2>err &&
	cat err &&
	is actual "would apply 0008_gone.sql" "stop: 1 of 1 rows would vanish: id=1" &&
	grep "with the rows of shop/refs/d1/shop/remote" err &&
	standin_sql shop "SELECT count(*) FROM stop" >actual &&
	is actual "[1]" &&
	rm migrations/0008_gone.sql
'

test_expect_success 'a baseline, which wrangler takes for its own' '
	standin_sql shop "SELECT name FROM d1_migrations" >before &&
	standin_sql shop "DELETE FROM d1_migrations" &&
	fails 3 git-d1 migrations baseline --to 0004 shop/remote &&
	fails 3 git-d1 migrations baseline --to 0007_stop remote </dev/null &&
	git-d1 migrations baseline --to 0007_stop shop/remote &&
	standin_sql shop "SELECT name FROM d1_migrations" >actual &&
	test_cmp before actual &&
	standin_sql shop "DROP TABLE d1_migrations" &&
	git-d1 migrations baseline --to 0007_stop shop/remote >out &&
	test $(wc -l <out) = 8 &&
	standin_sql shop "SELECT name FROM d1_migrations" >actual &&
	test_cmp before actual
'

test_expect_success 'the way back is the bookmark' '
	standin_sql shop "SELECT name FROM d1_migrations" >before &&
	echo "DROP TABLE log; DELETE FROM stop; DELETE FROM lines" >migrations/0008_drop.sql &&
	git-d1 migrations apply shop/remote &&
	fails 3 git-d1 undo shop/remote &&
	back=$(sed -n "s/.*\(git d1 rewind .*\)/\1/p" err) &&
	test -n "$back" &&
	git-d1 ${back#git d1 } &&
	standin_sql shop "SELECT name FROM d1_migrations" >actual &&
	test_cmp before actual &&
	same_pending remote &&
	is pending 0008_drop.sql
'

# on WHERE SQL: its one column, one row a line.
on () {
	case $1 in
	local) sqlite3 "$(find .wrangler -name '*.sqlite' ! -name metadata.sqlite)" "$2" ;;
	remote) standin_sql turns "$2" | sed -e 's/^\["*//' -e 's/"*\]$//' ;;
	esac
}

test_expect_success 'git-d1 and wrangler in turns, git-d1 first' '
	mkdir turns && cd turns &&
	sed -e "s/\"shop\"/\"turns\"/" -e "s/$UUID/$TURNS/" ../wrangler.toml \
		>wrangler.toml &&
	mkdir migrations &&
	for n in 1 2 3 4
	do
		echo "CREATE TABLE t$n(a); INSERT INTO t$n VALUES($n);" \
			>migrations/000${n}_t$n.sql || return 1
	done &&
	for where in remote local
	do
		mkdir kept && mv migrations/000[234]* kept &&
		same_pending $where turns && is pending 0001_t1.sql &&
		git-d1 migrations apply turns/$where >actual &&
		is actual "applied 0001_t1.sql" &&
		same_pending $where turns && test_must_be_empty pending &&
		mv kept/0002* migrations &&
		same_pending $where turns && is pending 0002_t2.sql &&
		wrangler d1 migrations apply turns --$where &&
		same_pending $where turns && test_must_be_empty pending &&
		git-d1 migrations apply turns/$where >actual &&
		is actual "nothing to apply" &&
		mv kept/000[34]* migrations && rmdir kept &&
		same_pending $where turns &&
		is pending 0003_t3.sql 0004_t4.sql &&
		on $where "CREATE TABLE t3(a)" &&
		git-d1 migrations baseline --to 0003 turns/$where &&
		same_pending $where turns && is pending 0004_t4.sql &&
		wrangler d1 migrations apply turns --$where &&
		same_pending $where turns && test_must_be_empty pending ||
		return 1
	done &&
	standin_sql turns "SELECT id, name FROM d1_migrations" >actual &&
	is actual "[1,\"0001_t1.sql\"]" "[2,\"0002_t2.sql\"]" \
		"[3,\"0003_t3.sql\"]" "[4,\"0004_t4.sql\"]" &&
	standin_sql turns "SELECT count(*) FROM sqlite_schema
		WHERE name IN ('\''t1'\'', '\''t2'\'', '\''t3'\'', '\''t4'\'')" >actual &&
	is actual "[4]" &&
	cd ..
'

# failing LINE TEXT STATEMENT: of three migrations the second one, which is
# standard input, fails in that line, with that text of the engine and that
# statement as a hint, locally and on D1. What it did before is undone, the
# third one is not begun, the first one stays.
failing () {
	cat >migrations/0002_bad.sql
	for where in remote local
	do
		on $where "DELETE FROM d1_migrations; DROP TABLE IF EXISTS good"
		fails 128 git-d1 migrations apply turns/$where &&
		is out "applied 0001_good.sql" &&
		grep -F -e "fatal: turns/migrations/0002_bad.sql:$1: $2" err &&
		grep -F -x -e "hint: the statement is: $3" err || return 1
		{
			on $where "SELECT name FROM sqlite_schema
				WHERE type = 'table' AND name GLOB '[a-ce-z]*'
				AND name NOT LIKE 'sqlite%' ORDER BY name" &&
			on $where "SELECT a FROM good" &&
			on $where "SELECT name FROM d1_migrations"
		} >found
		is found good 1 0001_good.sql || return 1
	done
}

test_expect_success 'a failing migration: file, line, statement, and no trace' '
	cd "$SHARNESS_TRASH_DIRECTORY/turns" && rm migrations/* &&
	echo "CREATE TABLE good(a NOT NULL); INSERT INTO good VALUES(1);" \
		>migrations/0001_good.sql &&
	echo "CREATE TABLE later(a);" >migrations/0003_later.sql &&
	for where in remote local
	do
		for n in 1 2 3 4
		do
			on $where "DROP TABLE IF EXISTS t$n" || return 1
		done
	done &&
	# the second of three statements
	failing 2 "NOT NULL constraint failed: good.a" \
		"INSERT INTO good VALUES(NULL)" <<-\EOF &&
	UPDATE good SET a = 2; CREATE TABLE bad(a);
	INSERT INTO good VALUES(NULL);
	CREATE TABLE worse(a);
	EOF
	# within a statement of several lines, behind comments
	failing 9 "near \"good\": syntax error" \
		"CREATE VIEW bad AS SELECT a FORM good" <<-\EOF &&
	-- a comment; with a semicolon
	UPDATE good SET a = 2;
	/* another
	   one; */

	-- of the view
	CREATE VIEW bad AS
		SELECT a
		FORM good;
	CREATE TABLE worse(a);
	EOF
	# the body of a trigger that is made
	failing 4 "near \"VALUS\": syntax error" \
		"CREATE TRIGGER bad AFTER INSERT ON good BEGIN UPDATE good SET a = 3; INSERT INTO good VALUS(1); END" <<-\EOF &&
	UPDATE good SET a = 2;
	CREATE TRIGGER bad AFTER INSERT ON good BEGIN
		UPDATE good SET a = 3;
		INSERT INTO good VALUS(1);
	END;
	CREATE TABLE worse(a);
	EOF
	# the body of one that fires
	failing 5 "NOT NULL constraint failed: good.a" \
		"INSERT INTO good VALUES(4)" <<-\EOF &&
	UPDATE good SET a = 2;
	CREATE TRIGGER bad AFTER INSERT ON good BEGIN
		UPDATE good SET a = NULL;
	END;
	INSERT INTO good VALUES(4);
	CREATE TABLE worse(a);
	EOF
	# as an editor of Windows writes it
	{
		printf "\357\273\277UPDATE good SET a = 2;\r\n\r\n" &&
		printf "CREATE TABLE bad(\r\n\ta INT,\r\n\tb INT,,\r\n\tc INT\r\n);\r\n" &&
		printf "CREATE TABLE worse(a);\r\n"
	} >windows.sql &&
	failing 5 "near \",\": syntax error" \
		"CREATE TABLE bad( a INT, b INT,, c INT )" <windows.sql &&
	printf "\357\273\277UPDATE good SET a = 2;\r\nINSERT INTO good\r\nVALUES(NULL);\r\n" |
	failing 2 "NOT NULL constraint failed: good.a" \
		"INSERT INTO good VALUES(NULL)" &&
	cd ..
'

test_expect_success 'stop the stand-in' '
	standin_stop
'

test_done
