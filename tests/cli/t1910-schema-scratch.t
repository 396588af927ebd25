#!/bin/sh

test_description='git d1 schema: rehearsing on the database itself'

. "$(dirname "$0")/lib.sh"

if ! test_have_prereq SQLITE3
then
	skip_all='needs sqlite3'
	test_done
fi

git init -q

# The names that a rehearsal gives to p, c, v, g and ft.
P=git_d1_scratch_ed4c8602a60c_p
C=git_d1_scratch_de4c86014091_c
V=git_d1_scratch_eb4c8602a96a_v
G=git_d1_scratch_da4c86014645_g
FT=git_d1_scratch_5007b541cb6f_ft

# unchanged COMMAND...: leaves the database as it is, whatever its exit code.
unchanged () {
	sqlite3 db.sqlite .dump >before.dump
	"$@"
	unchanged_code=$?
	sqlite3 db.sqlite .dump >after.dump
	test_cmp before.dump after.dump || return 1
	return $unchanged_code
}

# as_in_memory OPTION...: both strategies print the same plan.
as_in_memory () {
	git-d1 schema plan "$@" ./db.sqlite want.sql >memory &&
	test -s memory &&
	GIT_TRACE=$PWD/trace unchanged \
		git-d1 schema plan --scratch=prefix "$@" ./db.sqlite want.sql \
		>prefix &&
	test_cmp memory prefix &&
	# with rows
	! grep "rehearsal with rows" trace
}

make_db () {
	rm -f db.sqlite trace &&
	sqlite3 db.sqlite
}

test_expect_success 'the same plan, and a database that is as it was' '
	make_db <<-\EOF &&
	CREATE TABLE p(id INTEGER PRIMARY KEY AUTOINCREMENT, n TEXT);
	CREATE TABLE c(id INTEGER PRIMARY KEY, p INT REFERENCES P ON DELETE CASCADE,
		t TEXT DEFAULT '\''p'\'');
	CREATE UNIQUE INDEX i ON p(n, id);
	CREATE VIEW v AS SELECT P.n, c.t FROM p JOIN c ON c.p = p.id;
	CREATE TRIGGER g AFTER INSERT ON p BEGIN
		INSERT INTO c(p) VALUES(new.id);
	END;
	CREATE VIRTUAL TABLE ft USING fts5(n, content='\''p'\'', content_rowid=id);
	INSERT INTO p VALUES(7, '\''a'\'');
	EOF
	cat >want.sql <<-\EOF &&
	CREATE TABLE p(id INTEGER PRIMARY KEY AUTOINCREMENT, n TEXT NOT NULL);
	CREATE TABLE c(id INTEGER PRIMARY KEY, p INT REFERENCES p ON DELETE CASCADE,
		t TEXT DEFAULT '\''p'\'', "a ""b" INT DEFAULT 1);
	CREATE UNIQUE INDEX i ON p(n DESC, id);
	CREATE VIEW v AS SELECT p.n FROM p JOIN c ON c.p = p.id;
	CREATE TRIGGER g AFTER INSERT ON p BEGIN
		INSERT INTO c(p) VALUES(new.id);
	END;
	CREATE VIRTUAL TABLE ft USING fts5(n, content='\''p'\'', content_rowid=id);
	CREATE TABLE new(x REFERENCES p, y AS (x || '\''new'\''));
	EOF
	as_in_memory
'

test_expect_success 'words of SQL for names, and names in quotes' '
	make_db <<-\EOF &&
	CREATE TABLE "order"(id INTEGER PRIMARY KEY, "group" TEXT NOT NULL,
		key INT, CHECK ("group" <> '\''order'\''));
	CREATE TABLE key("order" INT REFERENCES "order"(id) ON DELETE SET NULL,
		text TEXT, count INT);
	CREATE TABLE text(a TEXT, key INTEGER PRIMARY KEY);
	CREATE TABLE count(n INT UNIQUE);
	CREATE TABLE '\''it '\'''\''s'\''([a b] TEXT);
	CREATE VIEW [the view] AS SELECT count(*) AS n FROM key ORDER BY 1;
	CREATE INDEX [by key] ON key([order], text);
	EOF
	sqlite3 db.sqlite "SELECT sql || '\'';'\'' FROM sqlite_schema
		WHERE sql IS NOT NULL" >want.sql &&
	sed -i -e "s/key INT, CHECK/key TEXT, CHECK/" -e "s/text TEXT,/text INT,/" \
		-e "s/a TEXT, key/a TEXT NOT NULL, key/" -e "s/n INT/n INTEGER/" \
		-e "s/a b. TEXT/a b] INT/" -e "s/(\*)/(text)/" want.sql &&
	as_in_memory &&
	grep "INSERT INTO \"order\"" memory &&
	grep "INSERT INTO \"it .s\"" memory
'

test_expect_success 'what is renamed' '
	make_db <<-\EOF &&
	CREATE TABLE a(id INTEGER PRIMARY KEY, x TEXT);
	CREATE TABLE b(id INTEGER PRIMARY KEY, a INT REFERENCES a);
	CREATE VIEW v AS SELECT x FROM a;
	EOF
	cat >want.sql <<-\EOF &&
	CREATE TABLE b(id INTEGER PRIMARY KEY, y TEXT NOT NULL DEFAULT '\'''\'');
	CREATE TABLE a(id INTEGER PRIMARY KEY, a INT REFERENCES b);
	CREATE VIEW v AS SELECT y FROM b;
	EOF
	as_in_memory --rename a=b --rename b=a --rename b.x=y
'

test_expect_success 'what is renamed and takes the name of what is lost' '
	make_db <<-\EOF &&
	CREATE TABLE a(id INTEGER PRIMARY KEY, x TEXT);
	CREATE TABLE b(id INTEGER PRIMARY KEY, y TEXT);
	CREATE TABLE c(b INT REFERENCES b ON DELETE CASCADE);
	EOF
	cat >want.sql <<-\EOF &&
	CREATE TABLE b(id INTEGER PRIMARY KEY, x TEXT);
	CREATE TABLE c(b INT REFERENCES b ON DELETE CASCADE);
	EOF
	as_in_memory --rename a=b --allow-destructive b
'

test_expect_success 'parents that do not exist, and circles' '
	make_db <<-\EOF &&
	CREATE TABLE x(id INTEGER PRIMARY KEY, r INT REFERENCES y(id) ON DELETE SET NULL REFERENCES z(id) ON DELETE SET NULL, v INT);
	CREATE TABLE y(id INTEGER PRIMARY KEY, r INT REFERENCES x(id) ON DELETE SET NULL ON UPDATE CASCADE REFERENCES z(id) ON DELETE SET NULL);
	CREATE TABLE z(id INTEGER PRIMARY KEY, r INT REFERENCES x(id) ON DELETE SET NULL REFERENCES y(id) ON DELETE SET NULL);
	EOF
	sqlite3 db.sqlite .schema | sed "s/v INT/v INT DEFAULT 3/" >want.sql &&
	as_in_memory &&
	grep "(\"id\", UNIQUE(\"id\"));" prefix &&
	# no row can be put into such a table
	sqlite3 db.sqlite "CREATE TABLE c(id INTEGER PRIMARY KEY, n INT REFERENCES absent ON DELETE CASCADE, v INT)" &&
	sqlite3 db.sqlite .schema | sed "s/v INT/v INT DEFAULT 3/" >want.sql &&
	git-d1 schema plan ./db.sqlite want.sql >memory &&
	unchanged git-d1 schema plan --scratch=prefix ./db.sqlite want.sql >prefix &&
	test_cmp memory prefix &&
	grep "^CREATE TABLE \"absent\"(git_d1_key_0, PRIMARY KEY(git_d1_key_0))" prefix &&
	grep "^DROP TABLE \"absent\"" prefix
'

test_expect_success 'rows that are made up and break a new rule: without them' '
	make_db <<-\EOF &&
	CREATE TABLE t(a TEXT, b INT);
	EOF
	echo "CREATE TABLE t(a TEXT CHECK (json_valid(a)), b INT);" >want.sql &&
	git-d1 schema plan ./db.sqlite want.sql >memory &&
	unchanged git-d1 schema plan --scratch=prefix ./db.sqlite want.sql >out &&
	test_cmp memory out
'

test_expect_success 'sync rehearses so too' '
	git-d1 schema sync --scratch=prefix --to ./db.sqlite want.sql >out &&
	echo "./db.sqlite: 5 statements" >expect &&
	test_cmp expect out &&
	git-d1 schema diff --exit-code ./db.sqlite want.sql
'

test_expect_success 'what the engine refuses' '
	echo "CREATE VIEW v AS SELECT group_concat(a ORDER BY a) FROM t;" >>want.sql &&
	test_expect_exit 3 git-d1 schema plan ./db.sqlite want.sql >out &&
	test_must_be_empty out &&
	grep "^error: want.sql:2: near \"ORDER\": syntax error" err &&
	grep "^hint: .*with --scratch=prefix the database itself rehearses it$" err &&
	unchanged test_expect_exit 3 \
		git-d1 schema sync --scratch=prefix --to ./db.sqlite want.sql >out &&
	test_line err "error: rehearsed on ./db.sqlite: near \"ORDER\": syntax error" &&
	test_must_be_empty out
'

test_expect_success 'no option is offered that does not help' '
	echo "CREATE TABLE t(a TEXT);" >one.sql &&
	test_expect_exit 3 git-d1 schema plan one.sql want.sql >out &&
	grep "near \"ORDER\": syntax error" err &&
	! grep "scratch" err &&
	test_expect_exit 3 git-d1 schema plan --scratch=prefix one.sql want.sql &&
	test_line err "error: '\''one.sql'\'' is no database on which a plan could be rehearsed" &&
	test_line err "hint: --scratch=memory needs none"
'

test_expect_success 'a broken view of the database' '
	make_db <<-\EOF &&
	CREATE TABLE t(a TEXT);
	CREATE VIEW broken AS SELECT * FROM gone;
	EOF
	printf "CREATE TABLE t(a INT);\nCREATE VIEW broken AS SELECT * FROM gone;\n" \
		>want.sql &&
	unchanged test_expect_exit 3 \
		git-d1 schema plan --scratch=prefix ./db.sqlite want.sql >out &&
	grep "^error: rehearsed on ./db.sqlite: error in view broken" err &&
	grep "^hint: .*use --scratch=memory$" err
'

test_expect_success 'a file that somebody else writes, or that nobody may' '
	echo "CREATE TABLE t(a INT);" >want.sql &&
	make_db <<-\EOF &&
	CREATE TABLE t(a TEXT);
	EOF
	mkfifo go &&
	{ sqlite3 db.sqlite <go >locked & } &&
	exec 9>go &&
	echo "BEGIN IMMEDIATE; SELECT 1;" >&9 &&
	until test -s locked
	do
		sleep 0.1
	done &&
	test_must_fail git-d1 schema plan --scratch=prefix ./db.sqlite want.sql 2>err &&
	exec 9>&- &&
	wait &&
	grep "locked" err &&
	unchanged git-d1 schema plan --scratch=prefix ./db.sqlite want.sql >out &&
	test -s out
'

test_expect_success 'what only looks like ours is the database'\''s own' '
	make_db <<-\EOF &&
	CREATE TABLE p(a TEXT);
	CREATE TABLE git_d1_scratch_p(a TEXT);
	CREATE TABLE git_d1_scratch_000000000000_p(a TEXT);
	CREATE TABLE git_d1_scratch_ed4c8602a60d_p(a TEXT);
	CREATE TABLE git_d1_scratch_ed4c8602a60c_(a TEXT);
	INSERT INTO git_d1_scratch_p VALUES(1);
	EOF
	sqlite3 db.sqlite "SELECT sql || '\'';'\'' FROM sqlite_schema" |
		sed "s/TABLE p(a TEXT/TABLE p(a INT/" >want.sql &&
	as_in_memory &&
	git-d1 schema diff ./db.sqlite want.sql >out &&
	printf "changed table p\n  -a TEXT\n  +a INT\n" >expect &&
	test_cmp expect out
'

test_expect_success 'what an earlier one left behind is dropped, and nothing else' '
	sqlite3 db.sqlite .dump >clean.dump &&
	sqlite3 db.sqlite "
	CREATE TABLE $P(id INTEGER PRIMARY KEY, a TEXT);
	CREATE TABLE $C(p INT REFERENCES $P ON DELETE RESTRICT);
	CREATE VIEW $V AS SELECT * FROM $P;
	CREATE INDEX ${P}_i ON $P(a);
	CREATE TRIGGER $G AFTER DELETE ON $P BEGIN
		DELETE FROM git_d1_scratch_p;
	END;
	CREATE VIRTUAL TABLE $FT USING fts5(a);
	INSERT INTO $P VALUES(1, 2);
	INSERT INTO $C VALUES(1);" &&
	# until then it is not looked at
	git-d1 schema diff ./db.sqlite want.sql >out &&
	test_cmp expect out &&
	git-d1 schema plan --scratch=prefix ./db.sqlite want.sql >out 2>err &&
	test_cmp memory out &&
	test_line err "warning: ./db.sqlite: dropped what an earlier rehearsal left there" &&
	sqlite3 db.sqlite .dump >after.dump &&
	test_cmp clean.dump after.dump &&
	git-d1 schema plan --scratch=prefix ./db.sqlite want.sql >out 2>err &&
	test_must_be_empty err
'

test_expect_success 'one that is killed leaves nothing' '
	make_db <<-\EOF &&
	PRAGMA journal_mode=WAL;
	CREATE TABLE t(a TEXT,
		b AS (length(replace(hex(zeroblob(20000000)), '\''0'\'', '\''11'\''))) STORED);
	INSERT INTO t VALUES('\''x'\'');
	EOF
	sqlite3 db.sqlite .dump >before.dump &&
	sed -n "/CREATE/,/;/p" before.dump | sed "s/a TEXT/a TEXT NOT NULL/" >want.sql &&
	for signal in TERM KILL
	do
		git-d1 schema plan --scratch=prefix ./db.sqlite want.sql >out &
		pid=$!
		sleep 0.4
		kill -$signal $pid
		wait $pid
		sqlite3 db.sqlite .dump >after.dump &&
		test_cmp before.dump after.dump || return 1
	done &&
	git-d1 schema diff ./db.sqlite want.sql >out &&
	grep "NOT NULL" out
'

test_done
