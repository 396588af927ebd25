#!/bin/sh

test_description='git d1 deploy: what Cloudflare, a token and a network can do

Each fault, before anything is written and after the migrations are: how the
deploy ends, what it leaves, and that it goes on afterwards.'

. "$(dirname "$0")/../cli/lib.sh"
. "$TOP_SRCDIR/tests/d1/deploys.sh"

empty_database shop

# fault KIND PATTERN: from the next such call on.
fault () {
	standin_fault "{\"kind\":\"$1\",\"times\":0,\"request\":\"$2\"}"
}

# goes_on: when the fault is gone the same deploy does what is left; then
# production is as it was before.
goes_on () {
	standin_no_faults &&
	deploy 0 shop -- touch ran &&
	rm ran &&
	git d1 verify shop &&
	git d1 deploy --undo shop "$(cat start)" &&
	is_as start
}

test_expect_success 'set up' '
	make_project --time-travel &&
	echo "CREATE TABLE product(id INTEGER PRIMARY KEY, name TEXT);" \
		>migrations/0001_init.sql &&
	git d1 init &&
	git config -f .d1config table.product.track true &&
	build "INSERT INTO product VALUES(1, '\''a'\''), (2, '\''b'\'')" &&
	commit_all first &&
	deploy 0 shop &&
	bookmark >start &&
	state start &&
	echo "CREATE TABLE late(id INTEGER PRIMARY KEY);" \
		>migrations/0002_late.sql &&
	build "INSERT INTO product VALUES(1, '\''A'\''), (2, '\''b'\'')" &&
	commit_all second
'

# A fault, the exit code, and the beginning of the message.
cat >table <<\EOF
forbidden-permission	4	the API token is not valid, or lacks the permission "D1 Edit"
unauthorized	4	'127.0.0.1:PORT' does not accept the API token
rate-limited	5	'127.0.0.1:PORT' limits the number of requests
overloaded	5	D1 is overloaded
EOF

sed "s/	/ /;s/	/ /" table >lines
while read -r kind ends message
do
	test_expect_success "$kind: at a migration" '
		fault $kind "CREATE TABLE late" &&
		deploy $ends shop -- touch ran &&
		! test -e ran &&
		sed "s/:$STANDIN_PORT/:PORT/" err >said &&
		grep -F "error: $message" said &&
		test_line err "nothing was written" &&
		test_line err "  migrations: failed, 0 of 1 applied" &&
		is_as start &&
		goes_on
	'
	test_expect_success "$kind: at the rows, after a migration" '
		fault $kind "UPDATE .*product.*json" &&
		deploy $ends shop -- touch ran &&
		! test -e ran &&
		sed "s/:$STANDIN_PORT/:PORT/" err >said &&
		grep -F "error: no row was written: $message" said &&
		! grep "nothing was written" err &&
		test_line err "  migrations: done, 1 of 1 applied" &&
		test_line err "  data: failed" &&
		grep "^to go back with all that others wrote since: git d1 deploy --undo shop/remote " err &&
		goes_on
	'
	test_expect_success "$kind: at the rows, and back" '
		fault $kind "UPDATE .*product.*json" &&
		deploy $ends shop --undo-on-failure &&
		test_line err "what was written is taken back: shop/remote is as it was" &&
		is_as start &&
		goes_on
	'
done <lines

test_expect_success 'a token that expires for all calls' '
	standin_fault "{\"kind\":\"unauthorized\",\"times\":0,\"skip\":0,
		\"request\":\"UPDATE .*product.*json\"}" &&
	standin_fault "{\"kind\":\"unauthorized\",\"times\":0,\"path\":\"restore\"}" &&
	deploy 4 shop --undo-on-failure &&
	grep "^warning: it is not taken back: " err &&
	test_line err "  migrations: done, 1 of 1 applied" &&
	goes_on
'

test_expect_success 'no network: before, and from a migration on' '
	standin_fault "{\"kind\":\"drop\",\"times\":0}" &&
	deploy 5 shop &&
	standin_no_faults &&
	standin_fault "[{\"kind\":\"drop\",\"when\":\"after\",
		\"request\":\"CREATE TABLE late\"}]" &&
	deploy 0 shop -- true &&
	test_line out "migrations: applied 0002_late.sql" &&
	goes_on
'

test_expect_success 'nobody knows whether a migration was applied' '
	cat >dead <<-EOF &&
	#!/bin/sh
	exit 0
	EOF
	standin_clear_log &&
	deploy 0 shop &&
	calls=$(standin_log | grep -n "CREATE TABLE late" | sed "s/:.*//;q") &&
	goes_on &&
	standin_fault "{\"kind\":\"drop\",\"when\":\"after\",\"times\":0,
		\"skip\":$((calls - 1))}" &&
	test_expect_exit 5 git d1 deploy shop --undo-on-failure >out &&
	standin_no_faults &&
	test_line err "it is not known whether the last write was done" &&
	grep "^warning: it is not taken back: it is not known what was written" err &&
	remote "SELECT name FROM d1_migrations WHERE id = 2" >actual &&
	echo "[\"0002_late.sql\"]" >expect &&
	test_cmp expect actual &&
	goes_on
'

test_done
