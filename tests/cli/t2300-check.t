#!/bin/sh

test_description='git d1 check, the gate: what a commit holds, without a network'

. "$(dirname "$0")/lib.sh"

test_needs sqlite3

# check CODE [ARGUMENTS...]: ends with that code and prints what standard input
# says, and nothing on standard error.
check () {
	cat >expect &&
	code=$1 &&
	shift &&
	test_expect_exit "$code" git d1 check "$@" >actual &&
	test_cmp expect actual
}

# commit_all SUBJECT
commit_all () {
	git add -A && git commit -q -m "$1"
}

ANEW='git d1 migrations apply shop && git d1 snapshot shop/local && git add d1/shop && git commit'
EDIT='edit the file, or write the snapshot anew: git d1 snapshot'

test_expect_success 'there must be a commit' '
	make_wrangler_project project &&
	cd project &&
	echo .wrangler >.gitignore &&
	git init -q &&
	test_expect_exit 128 git d1 check --offline &&
	grep "^fatal: .HEAD. names no commit" err
'

test_expect_success 'where there is no snapshot, its checks are skipped' '
	commit_all first &&
	check 0 --offline <<-\EOF
	shop snapshot: skipped: '\''HEAD'\'' holds no snapshot of shop: there is no '\''d1/shop/schema.sql'\'' in it
	    -> git d1 track
	shop migrations: skipped: '\''HEAD'\'' holds no snapshot of shop: there is no '\''d1/shop/schema.sql'\'' in it
	    -> write one with `git d1 snapshot`, and commit it with `git add d1/shop` and `git commit`
	shop schema: skipped: '\''HEAD'\'' holds no snapshot of shop: there is no '\''d1/shop/schema.sql'\'' in it
	    -> write one with `git d1 snapshot`, and commit it with `git add d1/shop` and `git commit`
	shop rehearsal: skipped: '\''HEAD'\'' holds no snapshot of shop: there is no '\''d1/shop/schema.sql'\'' in it
	    -> write one with `git d1 snapshot`, and commit it with `git add d1/shop` and `git commit`
	shop data: skipped: production is not asked, because of --offline
	shop types: skipped: '\''HEAD'\'' holds no snapshot of shop: there is no '\''d1/shop/schema.sql'\'' in it
	    -> write one with `git d1 snapshot`, and commit it with `git add d1/shop` and `git commit`
	fine
	EOF
'

test_expect_success 'all is well' '
	mkdir migrations &&
	echo "CREATE TABLE t(id INTEGER PRIMARY KEY, name TEXT);" \
		>migrations/0001_init.sql &&
	{
		cat migrations/0001_init.sql &&
		echo "INSERT INTO t VALUES(1, '\''a'\'')"
	} | sqlite3 "$(local_database .)" &&
	git d1 init &&
	git d1 track t &&
	git d1 snapshot &&
	commit_all snapshot &&
	check 0 --offline <<-\EOF &&
	shop snapshot: fine
	shop migrations: fine
	shop schema: fine
	shop rehearsal: skipped: the snapshot lacks no migration
	shop data: skipped: production is not asked, because of --offline
	shop types: fine
	fine
	EOF
	check 0 --offline --only=schema shop <<-\EOF
	shop schema: fine
	fine
	EOF
'

test_expect_success 'all that is wrong is told, each with what mends it' '
	echo "ALTER TABLE t ADD x;" >migrations/0002_x.sql &&
	echo "ALTER TABLE t ADD y;" >migrations/0002_y.sql &&
	echo garbage >>d1/shop/data/t.sql &&
	commit_all wrong &&
	git tag wrong &&
	check 1 --offline <<-EOF
	shop snapshot: blocked
	  fault: d1/shop/data/t.sql:5: not a row of table '\''t'\'': garbage
	    -> $EDIT
	shop migrations: blocked
	  fault: migrations/0002_x.sql: 0002_x.sql is not in the snapshot'\''s schema
	    -> $ANEW
	  fault: migrations/0002_y.sql: 0002_y.sql is not in the snapshot'\''s schema
	    -> $ANEW
	  fault: migrations/0002_x.sql: 0002_x.sql has the number of another one
	    -> give it a number of its own, with git mv
	  fault: migrations/0002_y.sql: 0002_y.sql has the number of another one
	    -> give it a number of its own, with git mv
	shop schema: fine
	shop rehearsal: blocked
	  fault: the rehearsal cannot begin: table '\''t'\'': data/t.sql:5: not a row of table '\''t'\'': garbage
	shop data: skipped: production is not asked, because of --offline
	shop types: failed: data/t.sql:5: not a row of table '\''t'\'': garbage
	blocked: 1 check could not be made, 6 faults; next: $EDIT
	EOF
'

test_expect_success 'the commit counts, not the worktree' '
	git reset -q --hard HEAD~1 &&
	check 0 --offline --only=migrations <<-\EOF &&
	shop migrations: fine
	fine
	EOF
	test_expect_exit 1 git d1 check --offline --from=wrong --only=snapshot,migrations \
		>actual &&
	test_line actual "shop snapshot: blocked" &&
	grep -c "^  fault: " actual >count &&
	echo 5 >expect && test_cmp expect count
'

test_expect_success 'what the snapshot lacks is tried on its rows' '
	printf "%s\n" "ALTER TABLE t ADD x;" >migrations/0002_x.sql &&
	printf "%s\n" "DELETE FROM t WHERE id = 1;" >migrations/0003_y.sql &&
	commit_all pending &&
	check 1 --offline --only=rehearsal <<-\EOF &&
	shop rehearsal: blocked
	  fault: t: 1 of 1 rows would vanish: id=1
	    -> keep these rows in the migration; if they may go: --losses=ok
	blocked: 1 fault; next: keep these rows in the migration; if they may go: --losses=ok
	EOF
	check 0 --offline --only=rehearsal --losses=ok <<-\EOF &&
	shop rehearsal: fine
	  warning: t: 1 of 1 rows would vanish: id=1
	fine: 1 warning
	EOF
	echo "ALTER TABLE nowhere ADD x;" >migrations/0003_y.sql &&
	commit_all bad &&
	check 1 --offline --only=rehearsal <<-\EOF &&
	shop rehearsal: blocked
	  fault: with shop/HEAD: HEAD:migrations/0003_y.sql:1: no such table: nowhere
	    -> the statement is: ALTER TABLE nowhere ADD x
	blocked: 1 fault; next: the statement is: ALTER TABLE nowhere ADD x
	EOF
	git reset -q --hard HEAD~2
'

test_expect_success 'a file that wrangler would not run as it stands is a warning' '
	cat >migrations/0002_x.sql <<-\EOF &&
	-- there is no BEGIN TRANSACTION on D1
	CREATE TABLE u(a, end INT/**/NOT NULL);
	CREATE TRIGGER fine AFTER INSERT ON t BEGIN
		UPDATE t SET name = case new.id when 1 then name end;
	END;

	CREATE TRIGGER apart AFTER INSERT ON t BEGIN
		UPDATE u SET END = 1;
	END;
	CREATE VIEW v AS SELECT case when a then 1 end, a FROM u; -- fine, too
	CREATE INDEX i ON u(a) -- the last
	EOF
	commit_all astray &&
	test_expect_exit 1 git d1 check --offline --only=migrations >actual &&
	sed -n "/^  warning/,/->/p" actual >warnings &&
	cat >expect <<-\EOF &&
	  warning: migrations/0002_x.sql:2: wrangler before 4.137 cuts this statement in the wrong place
	    -> write CASE, BEGIN and END in capitals with blanks around them, and names like these in double quotes
	  warning: migrations/0002_x.sql:7: wrangler before 4.137 cuts this statement in the wrong place
	    -> write CASE, BEGIN and END in capitals with blanks around them, and names like these in double quotes
	  warning: migrations/0002_x.sql:11: the last statement has no '\'';'\'' behind it, and wrangler puts one of its own there
	    -> end it with '\'';'\''
	  warning: migrations/0002_x.sql:1: wrangler takes BEGIN TRANSACTION for a statement, also in a comment or a text
	    -> write these words in another way
	EOF
	test_cmp expect warnings &&
	git reset -q --hard HEAD~1
'

test_expect_success 'the command of the last line mends it' '
	git checkout -q -b mended &&
	cat >migrations/0002_x.sql <<-\EOF &&
	ALTER TABLE t ADD x;
	CREATE TABLE u(id INTEGER PRIMARY KEY);
	EOF
	sqlite3 "$(local_database .)" "CREATE TABLE d1_migrations(id INTEGER
		PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, applied_at
		TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL);
		INSERT INTO d1_migrations(name) VALUES('\''0001_init.sql'\'')" &&
	git config -f .d1config table.u.track true && commit_all column &&
	test_expect_exit 1 git d1 check --offline >actual &&
	tail -n 1 actual | sed "s/.*; next: //" >command &&
	echo "$ANEW" >expect && test_cmp expect command &&
	GIT_EDITOR="echo mended >" sh command >/dev/null &&
	check 0 --offline --only=snapshot,migrations,schema,rehearsal <<-\EOF
	shop snapshot: fine
	shop migrations: fine
	shop schema: fine
	shop rehearsal: skipped: the snapshot lacks no migration
	fine
	EOF
'

test_expect_success 'what a branch adds is tried on the rows it comes from' '
	check 0 --offline --only=rehearsal --base=main <<-\EOF &&
	shop rehearsal: fine
	fine
	EOF
	echo "DELETE FROM t;" >>migrations/0002_x.sql && commit_all lossy &&
	check 1 --offline --only=rehearsal --base=main <<-\EOF &&
	shop rehearsal: blocked
	  fault: t: 1 of 1 rows would vanish: id=1
	    -> keep these rows in the migration; if they may go: --losses=ok
	blocked: 1 fault; next: keep these rows in the migration; if they may go: --losses=ok
	EOF
	test_expect_exit 128 git d1 check --offline --base=nowhere &&
	grep "^fatal: .nowhere. names no commit" err &&
	git checkout -q -f main && rm -f command &&
	rm -r "$(dirname "$(local_database .)")" && git d1 restore >/dev/null
'

test_expect_success 'definitions that no migration makes' '
	echo "CREATE TABLE \"extra\" (a);" >>d1/shop/schema.sql &&
	commit_all extra &&
	test_expect_exit 1 git d1 check --offline --only=schema >actual &&
	grep "^  fault: extra .*no migration makes this table" actual &&
	git reset -q --hard HEAD~1
'

test_expect_success 'values that the type of their column does not suggest' '
	sqlite3 "$(local_database .)" "UPDATE t SET name = x'\''00'\''" &&
	git d1 snapshot &&
	commit_all blob &&
	check 0 --offline --only=types <<-\EOF &&
	shop types: fine
	  warning: t.name: 1 value of class blob in a column of type TEXT
	fine: 1 warning
	EOF
	check 0 --offline --only=types --show-values <<-\EOF &&
	shop types: fine
	  warning: t.name: 1 value of class blob in a column of type TEXT
	    x'\''00'\''
	fine: 1 warning
	EOF
	printf "t.name: 1 value of class blob in a column of type TEXT\n  x'\''00'\''\n" \
		>expected &&
	for endpoint in snapshot HEAD local
	do
		git d1 schema lint $endpoint >actual &&
		test_cmp expected actual || return 1
	done &&
	git reset -q --hard HEAD~1
'

test_expect_success 'reports for services' '
	git checkout -q wrong &&
	test_expect_exit 1 git d1 check --offline --json --junit=../junit.xml \
		--markdown=../comment.md --code-quality=../quality.json \
		>../check.json &&
	grep "\"verdict\":\"blocked\",\"database\":\"shop\",\"name\":\"snapshot\"" \
		../check.json &&
	grep "<testsuite name=\"git d1 check\" tests=\"6\" failures=\"3\" errors=\"1\" skipped=\"1\">" \
		../junit.xml &&
	grep "^| .shop. migrations | blocked |" ../comment.md &&
	grep "\"check_name\":\"git-d1/migrations\"" ../quality.json &&
	git checkout -q main
'

test_expect_success 'annotations and the summary in GitHub Actions' '
	echo before >summary.md &&
	test_expect_exit 1 env GITHUB_ACTIONS=true \
		GITHUB_STEP_SUMMARY="$PWD/summary.md" \
		git d1 check --offline --from=wrong --only=snapshot >actual &&
	head -n 1 actual >first &&
	echo "::error title=git d1 check shop snapshot,file=d1/shop/data/t.sql,line=5::fault: not a row of table '\''t'\'': garbage%0A-> $EDIT" \
		>expect &&
	test_cmp expect first &&
	test_line summary.md before &&
	test_line summary.md "### git d1 check" &&
	rm summary.md
'

test_expect_success 'what other steps wrote counts in the limit of a summary' '
	for used in 1047000 1048000
	do
		head -c $used /dev/zero | tr "\0" "x" >summary.md &&
		test_expect_exit 1 env GITHUB_ACTIONS=true \
			GITHUB_STEP_SUMMARY="$PWD/summary.md" \
			git d1 check --offline --from=wrong >actual &&
		size=$(wc -c <summary.md) && test $size -le 1048576 || return
		test $used = 1048000 || test $size -gt $used || return
	done &&
	rm summary.md
'

test_expect_success 'a report that cannot be written is an error' '
	test_expect_exit 128 git d1 check --offline --junit=none/x.xml \
		>actual &&
	grep "^fatal: cannot write .none/x.xml.: " err
'

test_expect_success 'without a token the remote cannot be checked' '
	test_expect_exit 4 git d1 check --only=migrations >actual &&
	test_line actual \
		"shop migrations: failed: the Cloudflare account id is not known"
'

test_expect_success 'wrong usage' '
	test_expect_exit 129 git d1 check --only=schema,nonsense &&
	test_line err "error: there is no check '\''nonsense'\''" &&
	test_expect_exit 129 git d1 check -- t &&
	test_expect_exit 128 git d1 check nowhere
'

test_done
