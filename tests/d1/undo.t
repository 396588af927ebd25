#!/bin/sh

test_description='writes to D1 are taken back: by undo, and by Time Travel'

. "$(dirname "$0")/../cli/lib.sh"

STANDIN_SRCDIR=$TOP_SRCDIR/tests/d1
. "$STANDIN_SRCDIR/standin.sh"
. "$STANDIN_SRCDIR/pairs.sh"

pairs_skip
test -z "$skip_all" || test_done

JOURNAL=.git/d1/journal

hard_database

database shop <<\EOF
CREATE TABLE city(id INTEGER PRIMARY KEY, name TEXT UNIQUE, note);
CREATE TABLE line(id INTEGER PRIMARY KEY, city INT REFERENCES city(id)
	ON DELETE CASCADE, ref TEXT);
INSERT INTO city VALUES(1, 'Ulm', NULL), (2, 'Kiel', 'x'), (3, 'Bonn', 'y');
INSERT INTO line VALUES(1, 1, 'a'), (2, 2, 'b'), (3, 2, 'c'), (4, 3, 'd');
--
UPDATE city SET name = 'Trier' WHERE id = 1;
INSERT INTO city VALUES(4, 'Ulm', 'z');
DELETE FROM line WHERE city = 2;
DELETE FROM city WHERE id = 2;
EOF

database many <<\EOF
CREATE TABLE many(id INTEGER PRIMARY KEY, v);
INSERT INTO many SELECT value, value FROM generate_series(1, 200);
--
UPDATE many SET v = 0 WHERE id < 102;
EOF

# state: all rows of the remote database.
state () {
	standin_sql shop "SELECT * FROM city ORDER BY id" &&
	standin_sql shop "SELECT * FROM line ORDER BY id"
}

# is NAME: they are as they were when `state` was written to that file.
is () {
	state >actual &&
	test_cmp "$1" actual
}

bookmark () {
	curl --silent --noproxy "*" \
		--header "Authorization: Bearer dummy-token" \
		"$(standin_url)/accounts/acc123/d1/database/id-shop/time_travel/bookmark$1" |
	sed "s/.*\"bookmark\":\"\([^\"]*\)\".*/\1/"
}

# newest STATE: the id of the newest entry in that state.
newest () {
	ls $JOURNAL | sed -n "s/\.$1\$//p" | tail -n 1
}

states () {
	ls $JOURNAL | sed "s/.*\.//"
}

# sent PATTERN: a request to such a path was made since the log was cleared.
sent () {
	standin_log | grep -q "\"path\":\"[^\"]*$1"
}

test_expect_success 'set up' '
	git init -q . &&
	make_config &&
	start --time-travel &&
	standin_env
'

test_expect_success 'every hard value and kind of table' '
	cp "$(local_database remote id-hard)" hard-old.sqlite &&
	git-d1 diff hard/remote ./hard.sqlite >hard.patch &&
	git-d1 apply --no-limit --to hard/remote hard.patch &&
	git-d1 undo --no-limit hard &&
	git-d1 diff --exit-code hard/remote ./hard-old.sqlite &&
	git-d1 undo --no-limit hard &&
	git-d1 diff --exit-code hard/remote ./hard.sqlite
'

test_expect_success 'the database is said, and must be named' '
	state >zero &&
	git-d1 diff shop/remote ./shop.sqlite >p.patch &&
	git-d1 apply --to shop/remote p.patch &&
	state >one &&
	id=$(newest done) &&
	standin_clear_log &&
	test_expect_exit 3 git-d1 undo $id </dev/null &&
	test_line err "error: a remote database is written only if its name is given" &&
	echo "{\"d1_databases\":[{\"binding\":\"DB\",\"database_name\":\"shop\",\"database_id\":\"id-shop\"}]}" >only.json &&
	for endpoint in "" remote "--to remote"
	do
		test_expect_exit 3 git-d1 undo --config only.json $endpoint </dev/null &&
		test_line err "error: a remote database is written only if its name is given" || return 1
	done &&
	git config -f .d1config database.B_shop.protected true &&
	test_expect_exit 3 git-d1 undo shop &&
	test_line err "error: shop/remote is protected" &&
	rm .d1config &&
	is one &&
	git-d1 undo shop $id >out 2>err &&
	printf "%s\n" "city: 1 inserted, 1 updated, 1 deleted" \
		"line: 2 inserted, 0 updated, 0 deleted" >expect &&
	test_cmp expect out &&
	printf "%s\n" "undoing $id: git d1 apply to shop/remote" \
		"writing shop/remote: database shop, id id-shop, account acc123, environment (top level)" >expect &&
	test_cmp expect err &&
	is zero &&
	ls $JOURNAL/$id.undone &&
	git-d1 undo shop/remote &&
	is one &&
	git-d1 undo --to shop/remote &&
	git-d1 undo shop &&
	is one
'

test_expect_success 'the list shows all sides, with bookmarks' '
	git-d1 undo --list shop >list &&
	grep "^    git d1 undo .* to shop/remote, at [0-9a-f]*-" list &&
	git-d1 undo --list many >list &&
	test_must_be_empty list
'

test_expect_success 'a row that was changed since' '
	standin_sql shop "UPDATE city SET note = 5 WHERE id = 4" &&
	state >changed &&
	test_expect_exit 2 git-d1 undo shop >out &&
	test_must_be_empty out &&
	test_line err "value differs: city id=4: note is 5, not '\''z'\''" &&
	is changed &&
	standin_sql shop "UPDATE city SET note = '\''z'\'' WHERE id = 4"
'

test_expect_success 'a row that is changed meanwhile' '
	states >before &&
	standin_fault "{\"kind\":\"sql\",\"database\":\"shop\",
		\"sql\":\"UPDATE city SET note = 5 WHERE id = 4\",
		\"path\":\"/raw$\",\"request\":\"defer_foreign_keys\"}" &&
	test_expect_exit 2 git-d1 undo shop >out &&
	test_must_be_empty out &&
	is changed &&
	states >after &&
	test_cmp before after &&
	standin_sql shop "UPDATE city SET note = '\''z'\'' WHERE id = 4"
'

# cut WHEN PATH [REQUEST]: the connection breaks before or after it is done.
cut () {
	standin_fault "{\"kind\":\"drop\",\"when\":\"$1\",\"path\":\"$2\",
		\"request\":\"${3-}\"}"
}

test_expect_success 'a connection that is cut' '
	cut before "/raw$" defer_foreign_keys &&
	test_expect_exit 5 git-d1 undo shop &&
	is one &&
	states >after &&
	test_cmp before after &&
	cut after "/raw$" defer_foreign_keys &&
	git-d1 undo shop &&
	is zero
'

test_expect_success 'many rows want to be confirmed' '
	git-d1 diff many/remote ./many.sqlite >many.patch &&
	git-d1 apply --no-limit --to many/remote many.patch &&
	test_expect_exit 3 git-d1 undo many &&
	test_line err "hint: --yes=101 if that is right" &&
	git-d1 undo --yes=101 many >out &&
	echo "many: 0 inserted, 101 updated, 0 deleted" >expect &&
	test_cmp expect out
'

test_expect_success 'what a rewind would lose is shown' '
	rm -r $JOURNAL &&
	then=$(bookmark) &&
	git-d1 apply --to shop/remote p.patch &&
	id=$(newest done) &&
	now=$(bookmark) &&
	standin_clear_log &&
	git-d1 rewind --dry-run shop $then >out 2>err &&
	test_must_be_empty err &&
	date=$(git-d1 undo --list | sed -n "1s/.*done, //p") &&
	stamp=$(echo $id | sed "s/\(....\)\(..\)\(..\)T\(..\)\(..\)\(..\)Z.*/\1-\2-\3T\4:\5:\6Z/") &&
	cat >expect <<-EOF &&
	shop/remote
	    from $now, now
	    to   $then, $stamp
	All that was written since is lost, rows and schema, by whomever.
	The journal here has 1 write of that:
	$id done, $date
	    git d1 apply to shop/remote, at $then
	    city: 1 inserted, 1 updated, 1 deleted
	    line: 0 inserted, 0 updated, 2 deleted
	D1 does not tell what others wrote.
	EOF
	test_cmp expect out &&
	! sent restore &&
	is one
'

test_expect_success 'a snapshot that was fetched before tells more' '
	git config -f .d1config table.city.track true &&
	sleep 1 &&
	git-d1 fetch shop &&
	sleep 1 &&
	git-d1 apply -R --to shop/remote p.patch &&
	git-d1 fetch shop &&
	at=$(sed -n "s/^Bookmark: //p" $JOURNAL/$(newest done).done) &&
	git-d1 rewind -n shop $at >out &&
	tail -n 2 out >actual &&
	stamp=$(TZ=UTC git log -1 --date=format-local:%Y-%m-%dT%H:%M:%SZ --format=%cd refs/d1/shop/remote~1) &&
	cat >expect <<-EOF &&
	A snapshot was fetched at $stamp. How its tables differ from now:
	    git d1 diff shop/remote refs/d1/shop/remote~1
	EOF
	test_cmp expect actual &&
	eval "$(sed -n "\$s/^ *git d1/git-d1/p" out)" >diff &&
	grep "^@@ - id=2" diff &&
	git-d1 rewind -n shop $then >out &&
	! grep "snapshot" out &&
	git-d1 apply --to shop/remote p.patch &&
	rm .d1config
'

test_expect_success 'a rewind wants the name, too' '
	standin_clear_log &&
	test_expect_exit 3 git-d1 rewind --config only.json $then </dev/null &&
	test_line err "error: a remote database is written only if its name is given" &&
	git config -f .d1config database.B_shop.protected true &&
	test_expect_exit 3 git-d1 rewind shop $then &&
	test_line err "error: shop/remote is protected" &&
	rm .d1config &&
	! sent restore &&
	is one
'

test_expect_success 'what a commit protects is not freed by an edit' '
	test_when_finished "git update-ref -d HEAD" &&
	git config -f .d1config database.B_shop.protected true &&
	git add .d1config && git commit -q -m protect &&
	git config -f .d1config database.B_shop.protected false &&
	git config d1.database.B_shop.protected false &&
	standin_clear_log &&
	test_expect_exit 3 git-d1 rewind shop $then &&
	test_line err "error: shop/remote is protected" &&
	git config --unset d1.database.B_shop.protected &&
	git rm -q --cached .d1config && rm .d1config &&
	test_expect_exit 3 git-d1 rewind shop $then &&
	! sent restore &&
	is one &&
	git-d1 env >out &&
	grep -c "^ *protected *yes$" out >count &&
	test "$(cat count)" = 1 &&
	git-d1 status --json shop >out &&
	grep "\"protected\":true" out &&
	git commit -q -m free &&
	git-d1 env >out &&
	grep "^ *protected *no$" out
'

test_expect_success 'there and back' '
	now=$(bookmark) &&
	standin_sql shop "CREATE TABLE extra(x)" &&
	now=$(bookmark) &&
	git-d1 rewind shop $then >out 2>err &&
	printf "%s\n" "shop/remote is as it was at $then" \
		"The way back: git d1 rewind shop/remote $now" >expect &&
	test_cmp expect out &&
	test_line err "writing shop/remote: database shop, id id-shop, account acc123, environment (top level)" &&
	is zero &&
	standin_sql shop "SELECT name FROM sqlite_schema WHERE name = '\''extra'\''" >actual &&
	test_must_be_empty actual &&
	id=$(newest done) &&
	grep -x "Bookmark: $now" $JOURNAL/$id.done &&
	test_expect_exit 3 git-d1 undo shop &&
	test_line err "hint: Time Travel goes back to before it: git d1 rewind shop/remote $now" &&
	is zero &&
	eval "$(sed -n "s/.*: git d1/git-d1/p" out)" &&
	is one &&
	standin_sql shop "SELECT * FROM extra" &&
	here=$(bookmark) &&
	git-d1 rewind shop $here >out &&
	echo "shop/remote is at $here already" >expect &&
	test_cmp expect out
'

test_expect_success 'by a time' '
	sleep 1 &&
	time=$(date -u +%Y-%m-%dT%H:%M:%SZ) &&
	sleep 1 &&
	standin_sql shop "DELETE FROM city" &&
	now=$(bookmark) &&
	git-d1 rewind --dry-run shop $time >out &&
	printf "%s\n" "shop/remote" "    from $now, now" \
		"    to   $here, $time" >expect &&
	head -n 3 out >actual &&
	test_cmp expect actual &&
	git-d1 rewind shop "$(date -u -d $time "+%Y-%m-%d %H:%M:%S")" &&
	is one &&
	standin_clear_log &&
	test_expect_exit 129 git-d1 rewind shop 2999-01-01 &&
	test_line err "error: '\''2999-01-01'\'' is in the future" &&
	test_expect_exit 129 git-d1 rewind shop yesterday &&
	test_line err "error: '\''yesterday'\'' is neither a bookmark nor a time" &&
	test_expect_exit 129 git-d1 rewind shop ffffffff-00000000-00000000-00000000000000000000000000000000 &&
	test_expect_exit 128 git-d1 rewind shop 2020-01-01 &&
	grep "no history before" err &&
	! sent restore &&
	is one
'

test_expect_success 'a bookmark that is no more' '
	states >before &&
	test_expect_exit 128 git-d1 rewind shop 00000001-00000000-00000000-00000000000000000000000000000000 &&
	grep "is not in the history" err &&
	is one &&
	states >after &&
	test_cmp before after
'

test_expect_success 'a rewind whose reply is lost' '
	now=$(bookmark) &&
	cut before /restore &&
	test_expect_exit 5 git-d1 rewind shop $then >out &&
	test_must_be_empty out &&
	grep "^error: shop/remote is as it was: its bookmark is the same: " err &&
	is one &&
	states >after &&
	test_cmp before after &&
	cut after /restore &&
	git-d1 rewind shop $then >out 2>err &&
	test_line err "warning: the bookmark of shop/remote moved: it was restored, unless somebody else wrote just now" &&
	printf "%s\n" "shop/remote is as it was at $then" \
		"The way back: git d1 rewind shop/remote $now" >expect &&
	test_cmp expect out &&
	is zero &&
	standin_fault "[{\"kind\":\"drop\",\"when\":\"after\",\"path\":\"/restore\"},
		{\"kind\":\"drop\",\"path\":\"/bookmark\",\"skip\":1,\"times\":20}]" &&
	test_expect_exit 5 git-d1 rewind shop $now >out &&
	test_must_be_empty out &&
	grep "^error: it is not known whether shop/remote was restored: " err &&
	standin_no_faults &&
	is one &&
	id=$(newest pending) &&
	git-d1 apply --check --to shop/remote p.patch >out 2>err &&
	test_line err "warning: git d1 rewind ($id) was not seen to end, and has no rows that tell whether it was carried out" &&
	ls $JOURNAL/$id.done
'

test_expect_success 'somebody who writes meanwhile' '
	standin_fault "{\"kind\":\"sql\",\"database\":\"shop\",
		\"sql\":\"UPDATE city SET note = 5 WHERE id = 4\",
		\"path\":\"/restore\"}" &&
	git-d1 rewind shop $then >out 2>err &&
	is zero &&
	test_line err "warning: shop/remote was written meanwhile, which is lost, too" &&
	eval "$(sed -n "s/.*: git d1/git-d1/p" out)" &&
	is changed
'

test_expect_success 'no token is shown or kept' '
	! grep -r "dummy-token" .git out err
'

test_done
