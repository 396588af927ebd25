#!/bin/sh

test_description='git d1 deploy --undo-on-failure: rows of all kinds, bit for bit

And what is said if the way back fails, too.'

. "$(dirname "$0")/../cli/lib.sh"
. "$TOP_SRCDIR/tests/d1/deploys.sh"

hard_database
names=
empty_database shop

# "hard" before and after the change, without its virtual table and view.
sed -n "/^--\$/q;/words\|CREATE VIEW/!p" hard.sql | sqlite3 old.sqlite
sed "/^--\$/d;/words\|CREATE VIEW/d" hard.sql | sqlite3 new.sqlite

# A command that fails, after it has forgotten the log and set faults.
cat >fail <<\EOF
#!/bin/sh
control () {
	curl --silent --noproxy "*" "$@" >/dev/null
}
base=http://127.0.0.1:$STANDIN_PORT/__standin
control --request DELETE "$base/log"
test -z "$1" || control --data-binary "$1" "$base/faults"
exit 1
EOF
chmod +x fail

# rows_of NAME: those of a state, in no order of their own, since hidden rowids
# may be others; without what SQLite keeps for itself.
rows_of () {
	sed "/^INSERT INTO sqlite_sequence/d" "$1.dump" | sort
}

# taken_back: the last deploy left rows as they were.
taken_back () {
	state now &&
	rows_of before >expect &&
	rows_of now >actual &&
	test_cmp expect actual &&
	git d1 diff --exit-code shop/remote ./before.sqlite
}

test_expect_success 'set up' '
	make_project --time-travel &&
	STANDIN_PORT=$STANDIN_PORT && export STANDIN_PORT &&
	sqlite3 old.sqlite .schema | sed "/sqlite_sequence/d" \
		>migrations/0001_hard.sql &&
	git d1 init &&
	for table in hard composite folded trimmed down bag tight auto
	do
		git config -f .d1config table.$table.track true || return 1
	done &&
	git d1 snapshot ./old.sqlite &&
	commit_all first &&
	deploy 0 shop --no-limit &&
	state before &&
	bookmark >start &&
	git d1 snapshot ./new.sqlite &&
	commit_all second
'

test_expect_success 'rows of all kinds' '
	deploy 128 shop --no-limit --undo-on-failure -- false &&
	test_line err "what was written is taken back: shop/remote is as it was" &&
	test_line out "data: written" &&
	taken_back
'

# The number of calls from the command on to the one that takes rows back.
calls () {
	standin_log | grep -n "defer_foreign_keys" | sed "s/:.*//;q"
}

test_expect_success 'the way back is cut off before it' '
	deploy 128 shop --no-limit --undo-on-failure -- ./fail &&
	taken_back &&
	calls=$(calls) &&
	test "$calls" -gt 3 &&
	deploy 6 shop --no-limit --undo-on-failure -- ./fail \
		"{\"kind\":\"drop\",\"times\":0}" &&
	standin_no_faults &&
	grep "^warning: it is not taken back: .* cannot reach" err &&
	back=$(sed -n "s/^to go back: //p" err) &&
	$back --no-limit &&
	taken_back
'

test_expect_success 'and in the middle of it' '
	deploy 6 shop --no-limit --undo-on-failure -- ./fail \
		"[{\"kind\":\"drop\",\"when\":\"after\",\"times\":0,
		\"skip\":$((calls - 1))}]" &&
	standin_no_faults &&
	grep "^warning: it is not known whether it was taken back: " err &&
	taken_back &&
	back=$(sed -n "s/^to go back: //p" err) &&
	$back --no-limit 2>err &&
	grep "^warning: .* was not seen to end: it was carried out" err &&
	taken_back &&
	deploy 0 shop --no-limit &&
	git d1 verify shop
'

test_expect_success 'Time Travel back, whose reply is lost' '
	echo "CREATE TABLE late(id INTEGER PRIMARY KEY);" \
		>migrations/0002_late.sql &&
	cp new.sqlite newer.sqlite &&
	sqlite3 newer.sqlite <migrations/0002_late.sql &&
	git d1 snapshot ./newer.sqlite &&
	commit_all third &&
	state before &&
	deploy 128 shop --no-limit --undo-on-failure -- ./fail \
		"{\"kind\":\"drop\",\"when\":\"after\",\"path\":\"restore\"}" &&
	test_line err "what was written is taken back: shop/remote is as it was" &&
	is_as before &&
	deploy 6 shop --no-limit --undo-on-failure -- ./fail \
		"[{\"kind\":\"drop\",\"when\":\"after\",\"path\":\"restore\"},
		{\"kind\":\"drop\",\"path\":\"bookmark\",\"times\":0,\"skip\":1}]" &&
	standin_no_faults &&
	grep "^warning: it is not known whether it was taken back: " err &&
	is_as before
'

test_done
