#!/bin/sh

test_description='git d1 undo: writes are taken back from the journal'

. "$(dirname "$0")/lib.sh"

test_needs sqlite3

TZ=UTC-1
export TZ
JOURNAL=.git/d1/journal

sql () {
	sqlite3 "$(local_database .)" "$1"
}

# rows: those of the local database.
rows () {
	sql "SELECT * FROM products; SELECT * FROM lines"
}

# is NAME: the rows are as they were when `rows` was written to that file.
is () {
	rows >actual &&
	test_cmp "$1" actual
}

# newest STATE: the id of the newest entry in that state.
newest () {
	ls $JOURNAL | sed -n "s/\.$1\$//p" | tail -n 1
}

# states: of all entries, oldest first.
states () {
	ls $JOURNAL | sed "s/.*\.//"
}

test_expect_success 'set up' '
	git init -q . &&
	make_wrangler_project . "CREATE TABLE products(id INTEGER PRIMARY KEY,
			name TEXT, price REAL);
		CREATE TABLE lines(id INTEGER PRIMARY KEY,
			product REFERENCES products(id) ON DELETE CASCADE);
		INSERT INTO products VALUES(1, '\''Pot'\'', 1.5),
			(2, '\''Mug'\'', 8), (3, '\''Jug'\'', 5);
		INSERT INTO lines VALUES(7, 1), (8, 2), (9, 2)" &&
	rows >zero &&
	cp "$(local_database .)" new.sqlite &&
	sqlite3 new.sqlite "UPDATE products SET price = 2 WHERE id = 1;
		INSERT INTO products VALUES(4, '\''Sieve'\'', 3.25)" &&
	git-d1 diff shop/local ./new.sqlite >one.patch &&
	printf "%s\n" "diff --d1 products" "key id" "--- a" "+++ b" \
		"@@ - id=2 @@" "-name: '\''Mug'\''" "-price: 8.0" >two.patch
'

test_expect_success 'an empty journal' '
	git-d1 undo --list >actual &&
	test_must_be_empty actual &&
	test_expect_exit 128 git-d1 undo >actual &&
	test_must_be_empty actual &&
	test_line err "fatal: the journal has no write that can be undone" &&
	test_expect_exit 128 git-d1 undo 20261121T093005Z-8f3a61c2 &&
	test_line err "fatal: the journal has no entry '\''20261121T093005Z-8f3a61c2'\''"
'

test_expect_success 'the list says what was written' '
	git-d1 apply one.patch &&
	rows >one &&
	git-d1 apply two.patch 2>/dev/null &&
	rows >two &&
	first=$(ls $JOURNAL | sed -n "1s/\..*//p") &&
	second=$(newest done) &&
	git-d1 undo --list >list &&
	stamp="[0-9]*-[0-9][0-9]-[0-9][0-9] [0-9:]* +0100" &&
	sed "s/, $stamp\$/, DATE/" list >actual &&
	cat >expect <<-EOF &&
	$second done, DATE
	    git d1 apply to shop/local
	    lines: 0 inserted, 0 updated, 2 deleted
	    products: 0 inserted, 0 updated, 1 deleted
	$first done, DATE
	    git d1 apply to shop/local
	    products: 1 inserted, 1 updated, 0 deleted
	EOF
	test_cmp expect actual &&
	git-d1 undo -l shop >actual &&
	test_cmp list actual &&
	git-d1 undo --list --to shop/local >actual &&
	test_cmp list actual &&
	git-d1 undo --list --to ./new.sqlite >actual &&
	test_must_be_empty actual
'

test_expect_success '--check writes nothing' '
	states >before &&
	git-d1 undo --check >actual &&
	printf "%s\n" "lines: 2 inserted, 0 updated, 0 deleted" \
		"products: 1 inserted, 0 updated, 0 deleted" >expect &&
	test_cmp expect actual &&
	is two &&
	states >after &&
	test_cmp before after
'

test_expect_success 'the newest is undone, with what a foreign key did' '
	git-d1 undo shop >actual 2>err &&
	test_cmp expect actual &&
	echo "undoing $second: git d1 apply to shop/local" >expect &&
	test_cmp expect err &&
	is one &&
	printf "%s\n" done undone done >expect &&
	states >actual &&
	test_cmp expect actual &&
	undo=$(newest done) &&
	grep -x "Command: git d1 undo $second" $JOURNAL/$undo.done &&
	grep -x "Undoes: $second" $JOURNAL/$undo.done
'

test_expect_success 'undo of an undo is redo, and can be undone' '
	git-d1 undo >actual 2>err &&
	echo "undoing $undo: git d1 undo $second to shop/local" >expect &&
	test_line err "$(cat expect)" &&
	is two &&
	printf "%s\n" done done undone done >expect &&
	states >actual &&
	test_cmp expect actual &&
	git-d1 undo &&
	is one &&
	printf "%s\n" done undone done undone done >expect &&
	states >actual &&
	test_cmp expect actual
'

test_expect_success 'one by its id, or the beginning of it' '
	git-d1 undo shop $first &&
	is zero &&
	test_expect_exit 128 git-d1 undo $first &&
	test_line err "fatal: $first was undone already" &&
	redo=$(newest done) &&
	git-d1 undo shop $redo &&
	is one &&
	git-d1 undo $(echo $first | cut -c 1-24) &&
	is zero &&
	test_expect_exit 129 git-d1 undo 20 30 &&
	test_line err "error: '\''30'\'' is no id of the journal" &&
	test_expect_exit 129 git-d1 undo --to shop/local shop &&
	test_expect_exit 129 git-d1 undo --list $first &&
	test_expect_exit 129 git-d1 undo shop -- products &&
	test_expect_exit 129 git-d1 undo $(echo $first | cut -c 1-9)
'

test_expect_success 'rows changed since are named, and nothing is written' '
	git-d1 apply one.patch &&
	id=$(newest done) &&
	sql "UPDATE products SET price = 3 WHERE id = 1" &&
	rows >changed &&
	states >before &&
	test_expect_exit 2 git-d1 undo >actual &&
	test_must_be_empty actual &&
	cat >expect <<-EOF &&
	undoing $id: git d1 apply to shop/local
	value differs: products id=1: price is 3.0, not 2.0
	error: the undo of $id: 1 of 2 hunks does not apply to shop/local; nothing was written
	hint: --3way merges what can be merged
	EOF
	test_cmp expect err &&
	is changed &&
	states >after &&
	test_cmp before after
'

test_expect_success '--3way merges into rows that were changed since' '
	sql "UPDATE products SET price = 2, name = '\''Kettle'\'' WHERE id = 1" &&
	git-d1 undo --3way >actual &&
	echo "products: 0 inserted, 1 updated, 1 deleted" >expect &&
	test_cmp expect actual &&
	sql "SELECT name, price FROM products WHERE id IN (1, 4)" >actual &&
	echo "Kettle|1.5" >expect &&
	test_cmp expect actual &&
	git-d1 undo &&
	sql "UPDATE products SET name = '\''Pot'\'' WHERE id = 1" &&
	is one
'

test_expect_success 'what was put back already counts as undone' '
	rm -r $JOURNAL &&
	git-d1 apply two.patch &&
	id=$(newest done) &&
	sql "INSERT INTO products VALUES(2, '\''Mug'\'', 8);
		INSERT INTO lines VALUES(8, 2), (9, 2)" &&
	git-d1 undo --check &&
	newest done >actual &&
	echo $id >expect &&
	test_cmp expect actual &&
	git-d1 undo >actual &&
	echo "already applied: shop/local is as the undo of $id leaves it" >expect &&
	test_cmp expect actual &&
	states >actual &&
	echo undone >expect &&
	test_cmp expect actual
'

test_expect_success 'a write that nobody has seen the end of' '
	rm -r $JOURNAL &&
	git-d1 apply two.patch &&
	id=$(newest done) &&
	mv $JOURNAL/$id.done $JOURNAL/$id.pending &&
	git-d1 undo >actual 2>err &&
	test_line err "warning: git d1 apply ($id) was not seen to end: it was carried out" &&
	is one &&
	printf "%s\n" undone done >expect &&
	states >actual &&
	test_cmp expect actual &&
	undo=$(newest done) &&
	mv $JOURNAL/$undo.done $JOURNAL/$undo.pending &&
	mv $JOURNAL/$id.undone $JOURNAL/$id.done &&
	git-d1 apply --check one.patch 2>err &&
	test_line err "warning: git d1 undo $id ($undo) was not seen to end: it was carried out" &&
	states >actual &&
	test_cmp expect actual &&
	rm $JOURNAL/$id.undone &&
	mv $JOURNAL/$undo.done $JOURNAL/$undo.pending &&
	sql "DELETE FROM products WHERE id = 2; DELETE FROM lines WHERE id > 7" &&
	git-d1 undo >actual 2>err &&
	test_line err "warning: git d1 undo $id ($undo) was not seen to end: nothing of it was written" &&
	is two &&
	states >actual &&
	test_must_be_empty actual
'

test_expect_success 'each database has its own' '
	rm -r $JOURNAL &&
	git-d1 undo --list &&
	sql "INSERT INTO products VALUES(2, '\''Mug'\'', 8);
		INSERT INTO lines VALUES(8, 2), (9, 2)" &&
	git-d1 apply two.patch &&
	sqlite3 new.sqlite "SELECT * FROM products" >before &&
	git-d1 apply --to ./new.sqlite two.patch &&
	other=$(newest done) &&
	git-d1 undo &&
	is one &&
	mkdir -p sub &&
	(cd sub && git-d1 undo $other --config ../wrangler.jsonc) &&
	sqlite3 new.sqlite "SELECT * FROM products" >after &&
	test_cmp before after &&
	git-d1 undo --to ./new.sqlite &&
	sqlite3 new.sqlite "SELECT count(*) FROM products" >actual &&
	echo 3 >expect &&
	test_cmp expect actual &&
	test_expect_exit 128 git-d1 undo shop $other &&
	test_line err "fatal: the journal has no entry '\''$other'\'' of that database" &&
	test_expect_exit 128 git-d1 undo nothing
'

test_expect_success 'another worktree has its own local database' '
	rm -r $JOURNAL &&
	git add wrangler.jsonc &&
	git commit -q -m config &&
	git-d1 apply two.patch &&
	id=$(newest done) &&
	git worktree add -q other &&
	cp -r .wrangler other &&
	(
		cd other &&
		test_expect_exit 128 git-d1 undo &&
		git-d1 undo --list >../actual
	) &&
	grep -q "^$id done" actual &&
	(cd other && git-d1 undo $id) &&
	is one
'

test_expect_success 'old entries are forgotten, pending ones never' '
	rm -r $JOURNAL &&
	mkdir -p $JOURNAL &&
	old=$(date -u -d "31 days ago" +%Y%m%dT%H%M%SZ) &&
	young=$(date -u -d "29 days ago" +%Y%m%dT%H%M%SZ) &&
	for stamp in $old $young
	do
		for state in done undone tmp pending
		do
			echo "D1-Journal: 1" >$JOURNAL/$stamp-0000000${#state}.$state || return 1
		done
	done &&
	echo kept >$JOURNAL/README &&
	git-d1 apply two.patch &&
	id=$(newest done) &&
	printf "%s\n" $young-00000003.tmp $young-00000004.done \
		$young-00000006.undone $young-00000007.pending \
		$old-00000007.pending $id.done README | sort >expect &&
	ls $JOURNAL | sort >actual &&
	test_cmp expect actual &&
	sleep 1 &&
	git -c d1.undoKeep=0 -c alias.d1='\''!git-d1'\'' d1 undo &&
	undo=$(newest done) &&
	printf "%s\n" $young-00000007.pending $old-00000007.pending \
		$undo.done README | sort >expect &&
	ls $JOURNAL | sort >actual &&
	test_cmp expect actual &&
	is one &&
	git config d1.undoKeep -1 &&
	test_expect_exit 128 git-d1 undo &&
	test_line err "fatal: d1.undoKeep is no number of days" &&
	is one &&
	git config --unset d1.undoKeep
'

test_expect_success 'an entry without rows is not undone' '
	rm -r $JOURNAL &&
	mkdir -p $JOURNAL &&
	printf "%s\n" "D1-Journal: 1" "Command: git d1 rewind" \
		"Target: file $(local_database "$PWD")" "Name: shop/local" \
		"Bookmark: 00000001-2" "Way-Back: bookmark" "" >$JOURNAL/20261121T093005Z-8f3a61c2.done &&
	test_expect_exit 3 git-d1 undo &&
	test_line err "error: 20261121T093005Z-8f3a61c2 (git d1 rewind) has no rows that could be put back" &&
	test_line err "hint: Time Travel goes back to before it: git d1 rewind shop/local 00000001-2"
'

test_expect_success 'what triggers did is not undone, and the copy is named' '
	rm -r $JOURNAL &&
	rows >before &&
	sql "CREATE TRIGGER more AFTER DELETE ON products BEGIN
		DELETE FROM products WHERE id = 3; END" &&
	git-d1 apply --fire-triggers --to local two.patch &&
	rows >fired &&
	id=$(newest done) &&
	git-d1 undo --list >list &&
	sed "s/ done, .*/ done/" list >actual &&
	printf "%s\n" "$id done" "    git d1 apply to shop/local" >expect &&
	test_cmp expect actual &&
	test_expect_exit 3 git-d1 undo &&
	test_line err "error: $id (git d1 apply) has no rows that could be put back" &&
	copy=$(sed -n "s/^hint: the file from before it is there as a copy: //p" err) &&
	is fired &&
	sqlite3 "$copy" "SELECT * FROM products; SELECT * FROM lines" >actual &&
	test_cmp before actual
'

test_expect_success 'a local database is not written in parts' '
	rm -r $JOURNAL &&
	sql "DROP TRIGGER more" &&
	git-d1 apply -R --to local one.patch &&
	rows >reverted &&
	test_expect_exit 129 git-d1 undo --in-parts &&
	test_line err "error: --in-parts is for remote databases: shop/local is always written at once" &&
	is reverted
'

test_expect_success 'a local database is not rewound' '
	test_expect_exit 3 git-d1 rewind local 2020-01-01 &&
	test_line err "error: Time Travel is a service of Cloudflare, and '\''shop/local'\'' is not there" &&
	test_expect_exit 3 git-d1 rewind shop/local 2020-01-01 &&
	test_expect_exit 3 git-d1 rewind ./new.sqlite 2020-01-01 &&
	test_expect_exit 129 git-d1 rewind &&
	test_line err "error: a bookmark or a time is wanted"
'

test_expect_success 'outside a repository' '
	mkdir ../outside.$$ &&
	(
		cd ../outside.$$ &&
		sqlite3 a.sqlite "CREATE TABLE products(id INTEGER PRIMARY KEY, name, price);
			INSERT INTO products VALUES(2, '\''Mug'\'', 8.0)" &&
		git-d1 apply --to ./a.sqlite ../"$(basename "$OLDPWD")"/two.patch &&
		git-d1 undo --to ./a.sqlite &&
		sqlite3 a.sqlite "SELECT * FROM products" >actual &&
		echo "2|Mug|8.0" >expect &&
		test_cmp expect actual
	) &&
	rm -r ../outside.$$
'

test_done
