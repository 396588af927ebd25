#!/bin/sh

test_description='push and pull: what needs no remote database'

. "$(dirname "$0")/lib.sh"

test_needs sqlite3

test_expect_success 'set up' '
	git init -q . &&
	make_wrangler_project . "CREATE TABLE t(id INTEGER PRIMARY KEY, v);
		INSERT INTO t VALUES(1, 1)"
'

for command in push pull sync
do
	test_expect_success "$command: options that exclude each other" '
		test_expect_exit 129 git d1 $command --base HEAD --no-base shop &&
		test_line err "error: --base and --no-base exclude each other" &&
		test_expect_exit 129 git d1 $command --where "1; DROP" shop &&
		test_expect_exit 129 git d1 $command --conflict=mine shop &&
		test_expect_exit 129 git d1 $command shop other &&
		test_line err "error: one database can be named; tables stand after --" &&
		test_expect_exit 129 git d1 $command shop/local &&
		test_line err "error: '\''shop/local'\'' is no remote database"
	'

	test_expect_success "$command: what new numbers do not go with" '
		while read option rest
		do
			test_expect_exit 129 git d1 $command --renumber $option \
				shop </dev/null &&
			test_line err "error: --renumber and ${option%=*} exclude each other: $rest" ||
				return 1
		done <<-\EOF
		--no-base nothing would tell which rows came since
		--where=1 all that refers to a row has to follow it
		--patch all that refers to a row has to follow it
		--fire-triggers they would take a new number for a new row
		EOF
	'

	test_expect_success "$command: without a token" '
		test_expect_exit 4 git d1 $command shop </dev/null >out &&
		test_must_be_empty out
	'

	test_expect_success "$command: a database that is not configured" '
		test_expect_exit 128 git d1 $command store
	'
done

test_expect_success 'what is not looked at is not deleted' '
	for command in push pull
	do
		test_expect_exit 129 git d1 $command --delete --where 1 shop &&
		test_line err "error: --delete and --where exclude each other: rows that are not looked at would seem to be gone" ||
			return 1
	done &&
	test_expect_exit 129 git d1 sync --delete shop &&
	test_expect_exit 129 git d1 pull --in-parts shop &&
	test_expect_exit 129 git d1 push --renumber --from HEAD shop &&
	test_line err "error: --renumber and --from exclude each other: a commit stays what it is"
'

test_expect_success 'only push takes a revision' '
	test_expect_exit 129 git d1 sync --from HEAD shop &&
	test_expect_exit 129 git d1 pull --from HEAD shop &&
	test_expect_exit 128 git d1 push --from v7 shop
'

test_expect_success 'without a local database' '
	rm -rf .wrangler &&
	test_expect_exit 128 git d1 pull shop &&
	grep "hint: there is no local database yet" err &&
	test_expect_exit 128 git d1 push shop &&
	grep "hint: there is no local database yet" err
'

test_done
