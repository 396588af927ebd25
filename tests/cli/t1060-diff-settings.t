#!/bin/sh

test_description='settings in .d1config hold for every comparison, or say so'

. "$(dirname "$0")/lib.sh"

test_needs sqlite3

test_expect_success 'two files in a worktree' '
	git init -q . &&
	sqlite3 a.db "CREATE TABLE u(id INTEGER PRIMARY KEY, ssn, n);
		INSERT INTO u VALUES(1, 111, 1);
		CREATE TABLE e(email TEXT PRIMARY KEY, n);
		INSERT INTO e VALUES(char(120), 1)" &&
	cp a.db b.db &&
	sqlite3 b.db "UPDATE u SET ssn = 333, n = 2; UPDATE e SET n = 2"
'

# mask TABLE COLUMN LITERAL: what stands in the place of the value.
MASK_KEY=0123456789abcdef
mask () {
	printf "masked-%s" "$(printf "%s\0%s\0%s" "$@" |
		hmac 30313233343536373839616263646566)"
}

test_expect_success 'a mask hides values of two plain files' '
	git config -f .d1config table.u.maskColumns "SS?" &&
	git config -f .d1config d1.excludeTables e &&
	cat >expect <<-EOF &&
	diff --d1 u
	key id
	--- a.db
	+++ b.db
	@@ ~ id=1 @@
	-ssn: '\''$(mask u ssn 111)'\''
	+ssn: '\''$(mask u ssn 333)'\''
	-n: 1
	+n: 2
	EOF
	GIT_D1_MASK_KEY=$MASK_KEY git-d1 diff a.db b.db >actual 2>err &&
	test_cmp expect actual &&
	test_must_be_empty err &&
	git -c d1.maskKey=$MASK_KEY d1 diff a.db b.db >actual &&
	test_cmp expect actual
'

# Every way of showing a difference: text, JSON, numbers, names.
every_output () {
	for format in "" --full-row --no-abbrev --json --json=lines --stat \
		--numstat --shortstat --name-only --name-status --summary \
		--word-diff --markdown --html --redact
	do
		echo "== $format" &&
		git-d1 diff $format "$@" || return 1
	done
}

test_expect_success 'no output holds a masked value, with a key or without' '
	sqlite3 ma.db "CREATE TABLE u(id INTEGER PRIMARY KEY, ssn TEXT, n);
		INSERT INTO u VALUES(1, printf(\"Secret-One\"), 1),
		(2, printf(\"Secret-Two\"), 1), (3, NULL, 1),
		(4, printf(\"Secret%cFour\", 10), 1);
		CREATE TABLE nk(ssn TEXT, n);
		INSERT INTO nk VALUES(printf(\"Secret-K\"), 1),
		(printf(\"Secret-K\"), 1), (printf(\"Secret-L\"), 2)" &&
	cp ma.db mb.db &&
	sqlite3 mb.db "UPDATE u SET ssn = printf(\"Secret-New\") WHERE id = 1;
		UPDATE u SET n = 2 WHERE id = 2;
		UPDATE u SET ssn = printf(\"Secret%cMore\", 10) WHERE id = 4;
		INSERT INTO u VALUES(5, printf(\"Secret-In\"), 1);
		DELETE FROM u WHERE id = 3; ALTER TABLE u ADD ssm TEXT;
		UPDATE u SET ssm = printf(\"Secret-Only\");
		INSERT INTO nk VALUES(printf(\"Secret-K\"), 1);
		DELETE FROM nk WHERE n = 2;
		CREATE TABLE neu(id INTEGER PRIMARY KEY, ssn);
		INSERT INTO neu VALUES(1, printf(\"Secret-Neu\"))" &&
	test_when_finished "git config -f .d1config --remove-section \"table.*\"" &&
	git config -f .d1config "table.*.maskColumns" "ss?" &&
	every_output ma.db mb.db >out &&
	GIT_D1_MASK_KEY=$MASK_KEY every_output ma.db mb.db >keyed &&
	test_must_fail grep -i secret out keyed &&
	grep "masked-" out &&
	grep "$(mask nk ssn "'\''Secret-L'\''")" keyed &&
	grep "$(mask neu ssn "'\''Secret-Neu'\''")" keyed &&
	tr ",[]{}" "\\n" <out | sed "s/masked-[0-9a-f]*/?/g" |
		sort >expect &&
	tr ",[]{}" "\\n" <keyed | sed "s/masked-[0-9a-f]*/?/g" |
		sort >actual &&
	test_cmp expect actual
'

test_expect_success 'the numbers are those without a mask' '
	for format in --numstat --summary
	do
		git-d1 diff $format ma.db mb.db \
			>expect 2>&1 &&
		GIT_D1_MASK_KEY=$MASK_KEY git \
			-c "d1.table.*.maskColumns=ss?" d1 diff $format \
			ma.db mb.db >actual 2>&1 &&
		test_cmp expect actual || return 1
	done
'

test_expect_success 'a masked column is no label' '
	git -c "d1.table.u.maskColumns=ss?" -c d1.table.u.label=ssn \
		d1 diff ma.db mb.db -- u >out &&
	test_line out "@@ ~ id=2 @@" &&
	test_must_fail grep "^@@.*ssn" out
'

test_expect_success 'a terminal shows the beginnings of masks' '
	GIT_D1_MASK_KEY=$MASK_KEY git-d1 diff a.db b.db >whole &&
	if test_have_prereq TERMINAL
	then
		test_terminal "GIT_D1_MASK_KEY=$MASK_KEY git-d1 diff --no-pager a.db b.db" >out &&
		grep "masked-" out &&
		test_must_fail grep -e 111 -e 333 out
	fi
'

test_expect_success 'placeholders are equal to their masks' '
	cp ma.db mp.db &&
	sqlite3 mp.db "UPDATE u SET ssn =
		printf(\"$(mask u ssn "'\''Secret-Two'\''" | cut -c1-19)\")
		WHERE id = 2;
		UPDATE nk SET ssn =
		printf(\"$(mask nk ssn "'\''Secret-K'\''" | cut -c1-19)\")
		WHERE n = 1 AND rowid = 1;
		UPDATE nk SET ssn = printf(\"$(mask nk ssn "'\''Secret-L'\''")\")
		WHERE n = 2" &&
	for sides in "ma.db mp.db" "mp.db ma.db"
	do
		GIT_D1_MASK_KEY=$MASK_KEY git -c "d1.table.*.maskColumns=ss?" \
			d1 diff --exit-code $sides || return 1
	done &&
	sqlite3 mp.db "UPDATE u SET n = 5 WHERE id = 2;
		UPDATE u SET ssn = printf(\"masked-000000000000\") WHERE id = 1" &&
	GIT_D1_MASK_KEY=$MASK_KEY git -c "d1.table.*.maskColumns=ss?" \
		d1 diff mp.db ma.db >actual &&
	cat >expect <<-EOF &&
	diff --d1 u
	key id
	--- mp.db
	+++ ma.db
	@@ ~ id=1 @@
	-ssn: '\''masked-000000000000'\''
	+ssn: '\''$(mask u ssn "'\''Secret-One'\''")'\''
	@@ ~ id=2 @@
	-n: 5
	+n: 1
	EOF
	test_cmp expect actual
'

test_expect_success 'a mask key is no part of .d1config' '
	test_when_finished "git config -f .d1config --unset d1.maskKey" &&
	git config -f .d1config d1.maskKey fedcba9876543210 &&
	git-d1 diff a.db b.db >out 2>err &&
	grep "^warning: ignored .d1.maskkey. in ..d1config.: a secret" err &&
	test_must_fail grep fedcba err &&
	GIT_D1_MASK_KEY=$MASK_KEY git-d1 diff a.db b.db >out 2>err &&
	grep "$(mask u ssn 111)" out
'

test_expect_success 'a mask key that can be guessed is refused' '
	GIT_D1_MASK_KEY=0123456789abcde test_expect_exit 129 \
		git-d1 diff a.db b.db >out &&
	test_must_be_empty out &&
	test_line err "error: environment variable GIT_D1_MASK_KEY: a mask key has at least 16 bytes" &&
	grep "^hint: .*openssl rand" err &&
	test_must_fail grep 0123 err &&
	test_expect_exit 129 git -c d1.maskKey=short d1 diff a.db b.db &&
	grep "^error: d1.maskKey in git.s configuration: " err &&
	GIT_D1_MASK_KEY= git -c d1.maskKey=$MASK_KEY d1 diff a.db b.db >out &&
	grep "$(mask u ssn 111)" out
'

test_expect_success 'a key can be neither masked nor ignored' '
	test_when_finished "git config -f .d1config --unset table.e.maskColumns &&
		git config -f .d1config d1.excludeTables e" &&
	git config -f .d1config table.e.maskColumns email &&
	git config -f .d1config --unset d1.excludeTables &&
	test_expect_exit 128 git-d1 diff a.db b.db -- e >out &&
	grep "^not compared: its key column .email. is masked" out &&
	test_must_fail grep "x" out
'

test_expect_success 'a mistyped column is pointed out' '
	test_when_finished "git config -f .d1config --remove-section table.e" &&
	git config -f .d1config table.e.maskColumns emial &&
	git config -f .d1config table.e.label nmae &&
	git-d1 diff --stat a.db b.db -- e 2>err &&
	grep "^warning: table.e.maskColumns names the column .emial." err &&
	grep "^warning: table.e.label names the column .nmae." err
'

test_expect_success 'a column named twice in a key' '
	test_when_finished "git config -f .d1config --unset table.u.key" &&
	git config -f .d1config table.u.key id,n,ID &&
	test_expect_exit 129 git-d1 diff a.db b.db -- u >out &&
	test_must_be_empty out &&
	grep "names the column .ID. twice" err
'

test_expect_success 'a key column that one side waits for' '
	test_when_finished "git config -f .d1config --unset table.u.key" &&
	git config -f .d1config table.u.key code &&
	cp b.db c.db &&
	sqlite3 c.db "ALTER TABLE u ADD COLUMN code; UPDATE u SET code = 1" &&
	test_expect_exit 128 git-d1 diff a.db c.db -- u >out &&
	grep "^not compared: only one side has the key column .code." out &&
	test_expect_exit 129 git-d1 diff a.db b.db -- u
'

test_expect_success '--config brings the .d1config of its own worktree' '
	make_wrangler_project project "CREATE TABLE u(id INTEGER PRIMARY KEY,
		ssn); INSERT INTO u VALUES(1, 111)" &&
	mkdir elsewhere &&
	git init -q elsewhere &&
	git-d1 -C elsewhere diff --config ../project/wrangler.jsonc \
		local ../b.db -- u >out &&
	grep "^-ssn: .masked-[0-9a-f]*.$" out &&
	sed "s/masked-[0-9a-f]*//g" out >rest &&
	test_must_fail grep -e 111 -e 333 rest
'

test_expect_success 'the database of one side counts for the other' '
	cat >two <<-EOF &&
	{ "d1_databases": [
		{ "binding": "DB", "database_name": "shop",
			"database_id": "$TEST_DATABASE_ID" },
		{ "binding": "LOGS", "database_name": "logs",
			"database_id": "logs-id" } ] }
	EOF
	mv two project/wrangler.jsonc &&
	test_expect_exit 128 git-d1 -C project diff logs/local &&
	grep "logs/local" err &&
	git-d1 -C project diff --exit-code shop/local
'

test_expect_success 'a key is the text that is written, in a column of text' '
	sqlite3 k1.db "CREATE TABLE t(a TEXT PRIMARY KEY, x);
		INSERT INTO t VALUES(printf(\"007\"), 1), (7, 1)" &&
	cp k1.db k2.db &&
	sqlite3 k2.db "UPDATE t SET x = 2" &&
	git-d1 diff --key=007 k1.db k2.db >out &&
	test_line out "@@ ~ a='\''007'\'' @@" &&
	test $(grep -c "^@@" out) = 1 &&
	git-d1 diff --key="'\''7'\''" k1.db k2.db >out &&
	test_line out "@@ ~ a='\''7'\'' @@" &&
	git-d1 diff --key=8 k1.db k2.db >out 2>err &&
	test_must_be_empty out &&
	grep "^warning: no side has a row with the key 8" err
'

test_expect_success 'two files inside a repository that git refuses' '
	git init -q broken &&
	cp k1.db k2.db broken &&
	git -C broken config core.repositoryFormatVersion 99 &&
	test_expect_code 1 git-d1 -C broken diff --exit-code --numstat \
		k1.db k2.db >out 2>err &&
	printf "0\t2\t0\tt\n" >expect &&
	test_cmp expect out &&
	grep "^warning: the settings in .d1config are not known" err
'

test_expect_success 'columns of one side show in each output' '
	sqlite3 ca.db "CREATE TABLE t(id INTEGER PRIMARY KEY)" &&
	sqlite3 cb.db "CREATE TABLE t(id INTEGER PRIMARY KEY, y)" &&
	test_expect_code 1 git-d1 diff --exit-code --stat ca.db cb.db >out &&
	test_line out " t | 0 (columns differ)" &&
	test_expect_code 1 git-d1 diff --exit-code --numstat ca.db cb.db >out &&
	test_line out "$(printf "0\t0\t0\tt")" &&
	test_expect_code 1 git-d1 diff --exit-code --json ca.db cb.db >out &&
	grep "\"columns_to\":\[\"y\"\]" out
'

test_expect_success 'what a reason holds cannot drive a terminal' '
	sqlite3 ta.db "CREATE TABLE t(\"x$(printf "\033")[31mEVIL\" TEXT
		PRIMARY KEY)" &&
	sqlite3 tb.db "CREATE TABLE t(other TEXT PRIMARY KEY)" &&
	for format in --stat --summary --json ""
	do
		test_expect_exit 128 git-d1 diff $format ta.db tb.db >out &&
		cat out err >both &&
		grep EVIL both &&
		test_must_fail grep "$(printf "\033")" both || return 1
	done
'

test_expect_success 'in GitHub Actions no message is a command' '
	GITHUB_ACTIONS=true test_expect_exit 129 git-d1 diff ta.db tb.db \
		-- "##[error]x" &&
	test_must_fail grep "##\[" err &&
	grep "error.x" err
'

test_expect_success 'without a token the snapshot in HEAD is pointed to' '
	make_wrangler_project tracked "CREATE TABLE u(id INTEGER PRIMARY KEY,
		n); INSERT INTO u VALUES(1, 1); CREATE TABLE v(id INTEGER
		PRIMARY KEY); CREATE TABLE w(id INTEGER PRIMARY KEY)" &&
	(
		cd tracked &&
		git init -q . &&
		test_expect_exit 4 git d1 diff &&
		test_must_fail grep "git d1 diff HEAD" err &&
		mkdir -p d1/shop/data &&
		echo "CREATE TABLE u(id INTEGER PRIMARY KEY, n);" \
			>d1/shop/schema.sql &&
		printf "%s\n" "-- git-d1 snapshot 1" \
			"-- table \"u\" (id, n) key id" \
			"PRAGMA defer_foreign_keys=on;" \
			"INSERT INTO \"u\" VALUES(1,2);" >d1/shop/data/u.sql &&
		git add d1 && test_tick && git commit -q -m snapshot &&
		test_expect_exit 4 git d1 diff >out &&
		test_must_be_empty out &&
		test_line err "hint: without a token, \`git d1 diff HEAD\` compares the snapshot in HEAD with the local database" &&
		test_expect_exit 4 env \
			CLOUDFLARE_ACCOUNT_ID=0123456789abcdef0123456789abcdef \
			git d1 diff >out &&
		grep "token" err &&
		grep "^hint: without a token, .git d1 diff HEAD. compares" err &&
		test_expect_exit 4 git d1 diff remote local &&
		test_must_fail grep "git d1 diff HEAD" err
	)
'

test_expect_success 'tables that a snapshot lacks are counted in one line' '
	(
		cd tracked &&
		git d1 diff HEAD >out 2>err &&
		cat >expect <<-\EOF &&
		diff --d1 shop/u
		key id
		--- shop/HEAD
		+++ shop/local
		@@ ~ id=1 @@
		-n: 2
		+n: 1
		EOF
		test_cmp expect out &&
		echo "hint: 2 tables are not in the snapshot shop/HEAD and were not compared: v, w" \
			>expect &&
		test_cmp expect err &&
		git d1 diff local HEAD --stat >out 2>err &&
		test_cmp expect err &&
		git -c advice.d1Untracked=false d1 diff HEAD >out 2>err &&
		test_must_be_empty err &&
		test_expect_exit 1 git d1 diff --quiet HEAD &&
		test_must_be_empty err &&
		git d1 diff HEAD -- u >out 2>err &&
		test_must_be_empty err &&
		test_expect_exit 129 git d1 diff HEAD -- v &&
		test_line err "error: table '\''v'\'' is not in the snapshot shop/HEAD" &&
		test_line err "hint: to have it in snapshots from now on: git d1 track v" &&
		test_expect_exit 128 git -c advice.d1Untracked=perhaps d1 diff HEAD \
			>out
	)
'

test_done
