#!/bin/sh

test_description='how far long work is: one line, on a terminal only'

. "$(dirname "$0")/lib.sh"

STANDIN_SRCDIR=$TOP_SRCDIR/tests/d1
. "$STANDIN_SRCDIR/standin.sh"

test_needs sqlite3 engine

# lines FILE: what a terminal would have shown, one state of the line in each.
lines () {
	tr '\r' '\n' <"$1" | sed 's/ *$//' | grep -v '^$'
}

# On a terminal of that many columns.
on_terminal () {
	TERM=xterm script -qec "stty cols $1; $2" /dev/null </dev/null
}

SCHEMA="CREATE TABLE lines(id INTEGER PRIMARY KEY, city TEXT);
	CREATE TABLE users(id INTEGER PRIMARY KEY, name TEXT);
	INSERT INTO lines VALUES(1,'Oslo'),(2,'Rome');
	INSERT INTO users VALUES(1,'ada');"

test_expect_success 'a remote whose replies take their time' '
	make_wrangler_project shop "$SCHEMA" &&
	git init -q shop &&
	remote_file=$(local_database remote | sed "s,/.wrangler/state,,") &&
	mkdir -p "$(dirname "$remote_file")" &&
	sqlite3 "$remote_file" "$SCHEMA" &&
	git-d1 -C shop track lines users &&
	standin_start --database "shop=$TEST_DATABASE_ID" --persist remote \
		--latency 500 &&
	standin_env
'

test_expect_success 'without a terminal there is no line' '
	git-d1 -C shop diff --stat >out 2>err &&
	test_must_be_empty err &&
	test_must_be_empty out
'

test_expect_success 'unless it is asked for: tables, rows, bytes, requests' '
	git-d1 -C shop diff --stat --progress >out 2>err &&
	lines err >shown &&
	grep -x -E "comparing \[[#.]{20}\] [0-2]/2 tables(, [0-9]+ rows?)?, [0-9.]+ KiB, [0-9]+ requests?" shown &&
	! grep -v -E "^(comparing|waiting for the server) " shown &&
	test_must_be_empty out
'

test_expect_success 'the line goes when the work is done' '
	tr "\r" "\n" <err | tail -n 2 | head -n 1 | grep -x " *" &&
	test "$(tail -c 1 err | od -An -c | tr -d " ")" = "\\r"
'

if test_have_prereq TERMINAL
then
	test_set_prereq LINE
fi

test_expect_success LINE 'a terminal shows it, and what is printed stays whole' '
	sqlite3 "$(local_database shop)" "UPDATE lines SET city = '\''Bonn'\''
		WHERE id = 2" &&
	on_terminal 100 "git-d1 -C shop diff --no-pager --no-color" >all &&
	lines all >shown &&
	grep "^comparing " shown &&
	grep -v -E "^(comparing|waiting for the server) " shown >actual &&
	git-d1 -C shop diff >expected &&
	test_cmp expected actual
'

# in_time: a terminal shows no line in the first second, and then ten a second at
# most; their number is in "count".
in_time () {
	start=$(date +%s%N) &&
	on_terminal 100 "git-d1 -C shop diff --stat --no-pager" >all &&
	end=$(date +%s%N) &&
	lines all >shown &&
	{ grep -c -E "^(comparing|waiting for)" shown >count || :; } &&
	tenths=$(((end - start) / 100000000)) &&
	most=$((tenths < 10 ? 0 : tenths - 9)) &&
	echo "$(cat count) lines in $tenths tenths of a second" &&
	test "$(cat count)" -le $most
}

test_expect_success LINE 'not before a second, nor more than ten times a second' '
	in_time &&
	test "$(cat count)" -gt 3 &&
	standin_stop &&
	standin_start --database "shop=$TEST_DATABASE_ID" --persist remote &&
	standin_env &&
	in_time &&
	standin_stop &&
	standin_start --database "shop=$TEST_DATABASE_ID" --persist remote \
		--latency 500 &&
	standin_env
'

test_expect_success LINE 'it fits into a narrow terminal' '
	on_terminal 24 "git-d1 -C shop diff --stat --progress >out" >all &&
	lines all >shown &&
	grep "^comparing [0-2]/2" shown &&
	! grep "#" shown &&
	! grep ".\{24\}" shown &&
	! tr "\r" "\n" <all | grep ".\{24\}"
'

test_expect_success LINE 'no line if it is not wanted' '
	on_terminal 100 "git-d1 -C shop diff --stat --no-pager --no-progress" \
		>all &&
	! grep -e comparing -e waiting all &&
	{ on_terminal 100 "git-d1 -C shop diff --quiet" >all || :; } &&
	! grep -e comparing -e waiting all &&
	on_terminal 100 "git-d1 -C shop fetch -q" >all &&
	! grep -e comparing -e waiting -e reading all &&
	TERM=dumb script -qec "git-d1 -C shop diff --stat --no-pager" \
		/dev/null </dev/null >all &&
	! grep -e comparing -e waiting all
'

test_expect_success LINE 'warnings and errors stand on lines of their own' '
	git config -f shop/.d1config table.users.key nowhere &&
	test_when_finished "git config -f shop/.d1config --unset table.users.key" &&
	{
		on_terminal 100 "git-d1 -C shop diff --stat --no-pager --progress" \
			>all || :
	} &&
	tr "\r" "\n" <all >shown &&
	grep "^waiting for the server " shown &&
	grep "^error: table.users.key names the column" shown &&
	grep "^hint: mend it in .d1config" shown
'

test_expect_success 'snapshot, fetch, status and apply have it' '
	git-d1 -C shop snapshot --progress shop/remote >out 2>err &&
	lines err | grep -E "^reading \[[#.]{20}\] [0-2]/2 tables, .* requests?" &&
	git-d1 -C shop fetch --progress >out 2>err &&
	lines err | grep -E "^(reading|waiting) .* requests?" &&
	git-d1 -C shop status --progress >out 2>err &&
	lines err | grep -E "^comparing .* requests?" &&
	git-d1 -C shop diff >fix.patch &&
	git-d1 -C shop apply --progress --to shop/remote ../fix.patch \
		>out 2>err &&
	lines err | grep "^matching .* requests" &&
	lines err | grep "^writing .* requests" &&
	echo "lines: 0 inserted, 1 updated, 0 deleted" >expected &&
	test_cmp expected out
'

test_expect_success 'push has it while it compares and while it writes' '
	sqlite3 "$(local_database shop)" "UPDATE lines SET city = '\''Kiel'\''
		WHERE id = 1" &&
	git-d1 -C shop push --progress --no-limit --conflict=local-wins shop \
		>out 2>err &&
	lines err >shown &&
	grep -E "^comparing \[[#.]{20}\] [0-2]/2 tables, .* requests?" shown &&
	grep -E "^writing .* requests" shown &&
	grep -v -E "^(comparing|waiting for the server|deciding|noting|writing) " shown >others &&
	test_line others "hint: no push or pull of this local database is known: without a base, rows that differ are told by their times" &&
	test $(wc -l <others) = 1 &&
	echo "lines: 0 inserted, 1 updated, 0 deleted" >expected &&
	test_cmp expected out &&
	git-d1 -C shop pull shop >out 2>err &&
	test_must_be_empty err &&
	echo "already up to date" >expected &&
	test_cmp expected out
'

test_expect_success LINE 'so has pull, on a terminal' '
	on_terminal 100 "git-d1 -C shop pull shop" >all &&
	lines all >shown &&
	grep "^comparing " shown &&
	test_line shown "already up to date" &&
	test "$(lines all | tail -n 1)" = "already up to date"
'

test_expect_success 'a warning in the midst of it finds the line gone' '
	standin_fault "{\"kind\":\"rate-limited\",\"retry_after\":2,\"skip\":3}" &&
	git-d1 -C shop diff --stat --progress >out 2>err &&
	standin_no_faults &&
	tr "\r" "\n" <err | grep -B 1 "^warning: .* waiting [12] s" >shown &&
	grep -x " *" shown
'

test_expect_success 'stop' '
	standin_stop
'

test_done
