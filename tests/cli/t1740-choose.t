#!/bin/sh

test_description='git d1 apply -p and revert -p: rows of a patch are chosen'

. "$(dirname "$0")/lib.sh"

test_needs sqlite3

fresh () {
	rm -f x.sqlite* && cp a.sqlite x.sqlite
}

# choose ANSWERS [OPTION...]: applies p.patch to a fresh x.sqlite with these
# answers, one a word; what is written is in "stat".
choose () {
	fresh &&
	printf "%s\n" $1 >answers &&
	shift &&
	git-d1 apply -p --to ./x.sqlite "$@" p.patch <answers >actual &&
	git-d1 diff --numstat a.sqlite x.sqlite >stat
}

# asked: what was asked, without the hunks.
asked () {
	grep -o "([0-9]*/[0-9]*) [A-Z].*" actual | sed "s/? .*/?/" >questions
}

test_expect_success 'set up' '
	sqlite3 a.sqlite <<-\EOF &&
	CREATE TABLE bag(m);
	INSERT INTO bag VALUES('\''a'\''), ('\''a'\'');
	CREATE TABLE lines(ref TEXT PRIMARY KEY, name TEXT, note TEXT,
		size AS (length(name)));
	INSERT INTO lines(ref, name, note) VALUES
		('\''1'\'', '\''Eins'\'', '\''one
	and
	two
	three'\''), ('\''2'\'', '\''Zwei'\'', NULL), ('\''3'\'', '\''Drei'\'', x'\''00'\'');
	CREATE TABLE stops(id INTEGER PRIMARY KEY,
		line TEXT REFERENCES lines(ref) ON DELETE CASCADE);
	INSERT INTO stops VALUES(1, '\''2'\''), (2, '\''3'\'');
	EOF
	cp a.sqlite b.sqlite &&
	sqlite3 b.sqlite <<-\EOF &&
	PRAGMA foreign_keys = ON;
	INSERT INTO bag VALUES('\''a'\''), ('\''a'\'');
	UPDATE lines SET note = replace(note, '\''two'\'', '\''TWO'\'') WHERE ref = '\''1'\'';
	UPDATE lines SET name = '\''Deux'\'' WHERE ref = '\''2'\'';
	DELETE FROM lines WHERE ref = '\''3'\'';
	INSERT INTO lines(ref, name) VALUES('\''4'\'', '\''Vier'\'');
	EOF
	git-d1 diff a.sqlite b.sqlite -- bag lines >p.patch &&
	test "$(grep -c "^@@" p.patch)" = 5
'

test_expect_success 'hunks are shown, and asked for, as git add -p does it' '
	choose "n y n y n" &&
	cat >expect <<-\EOF &&
	diff --d1 bag
	--- ./x.sqlite
	+++ p.patch
	@@ + 2 rows, 2 before @@
	+m: '\''a'\''
	(1/1) Apply this hunk [y,n,q,a,d,?]? 
	diff --d1 lines
	key ref
	--- ./x.sqlite
	+++ p.patch
	@@ ~ ref='\''1'\''  name='\''Eins'\'' @@
	 note: text sha256 HASH..HASH
	 @@ -1,4 +1,4 @@
	 |one
	 |and
	 -two
	 +TWO
	 |three
	 \ no newline at end of text
	(1/4) Apply this hunk [y,n,q,a,d,j,J,g,/,?]? @@ ~ ref='\''2'\''  name='\''Zwei'\'' @@
	-name: '\''Zwei'\''
	+name: '\''Deux'\''
	(2/4) Apply this hunk [y,n,q,a,d,K,j,J,g,/,?]? @@ - ref='\''3'\'' @@
	-name: '\''Drei'\''
	-note: x'\''00'\''
	(3/4) Apply this hunk [y,n,q,a,d,K,j,J,g,/,?]? @@ + ref='\''4'\'' @@
	+name: '\''Vier'\''
	+note: NULL
	(4/4) Apply this hunk [y,n,q,a,d,K,g,/,?]? 
	lines: 0 inserted, 1 updated, 1 deleted
	stops: 0 inserted, 0 updated, 1 deleted by foreign keys
	EOF
	sed "s/[0-9a-f]\{64\}/HASH/g" actual >shown &&
	test_cmp expect shown &&
	printf "0\t1\t1\tlines\n0\t0\t1\tstops\n" >expect &&
	test_cmp expect stat &&
	git-d1 diff --exit-code b.sqlite x.sqlite --key="'\''1'\''" -- lines
'

test_expect_success 'a is for all of the table that follow, d for none' '
	choose "d a" &&
	printf "1\t2\t1\tlines\n0\t0\t1\tstops\n" >expect &&
	test_cmp expect stat &&
	choose "a y d" &&
	printf "2\t0\t0\tbag\n0\t1\t0\tlines\n" >expect &&
	test_cmp expect stat &&
	choose "y n a" &&
	printf "2\t0\t0\tbag\n1\t1\t1\tlines\n0\t0\t1\tstops\n" >expect &&
	test_cmp expect stat
'

test_expect_success 'q leaves the rest, and so does the end of the answers' '
	printf "2\t0\t0\tbag\n0\t1\t0\tlines\n" >expect &&
	choose "y y q y y" &&
	test_cmp expect stat &&
	choose "y y" &&
	test_cmp expect stat &&
	asked &&
	cat >expect <<-\EOF &&
	(1/1) Apply this hunk [y,n,q,a,d,?]?
	(1/4) Apply this hunk [y,n,q,a,d,j,J,g,/,?]?
	(2/4) Apply this hunk [y,n,q,a,d,K,j,J,g,/,?]?
	EOF
	test_cmp expect questions
'

test_expect_success 'who chooses nothing writes nothing' '
	fresh &&
	sha256sum x.sqlite >before &&
	git-d1 apply -p --to ./x.sqlite p.patch </dev/null >actual &&
	test "$(tail -n 1 actual)" = "no hunk was chosen; nothing was written" &&
	sha256sum -c --quiet before &&
	! ls x.sqlite-* &&
	choose "n d" &&
	test_must_be_empty stat
'

test_expect_success 'j and k go to undecided hunks, J and K to the next ones' '
	choose "n j j k y J n K k K y y" &&
	asked &&
	cat >expect <<-\EOF &&
	(1/1) Apply this hunk [y,n,q,a,d,?]?
	(1/4) Apply this hunk [y,n,q,a,d,j,J,g,/,?]?
	(2/4) Apply this hunk [y,n,q,a,d,k,K,j,J,g,/,?]?
	(3/4) Apply this hunk [y,n,q,a,d,k,K,j,J,g,/,?]?
	(2/4) Apply this hunk [y,n,q,a,d,k,K,j,J,g,/,?]?
	(3/4) Apply this hunk [y,n,q,a,d,k,K,j,J,g,/,?]?
	(4/4) Apply this hunk [y,n,q,a,d,k,K,g,/,?]?
	(1/4) Apply this hunk [y,n,q,a,d,j,J,g,/,?]?
	(1/4) Apply this hunk [y,n,q,a,d,j,J,g,/,?]?
	(1/4) Apply this hunk [y,n,q,a,d,j,J,g,/,?]?
	(1/4) Apply this hunk [y,n,q,a,d,j,J,g,/,?]?
	(3/4) Apply this hunk [y,n,q,a,d,K,J,g,/,?]?
	EOF
	test_cmp expect questions &&
	grep -c "No previous hunk" actual >count &&
	echo 3 >expect &&
	test_cmp expect count &&
	printf "0\t2\t1\tlines\n0\t0\t1\tstops\n" >expect &&
	test_cmp expect stat
'

test_expect_success 'a decision can be changed' '
	choose "n y J K y d" &&
	asked &&
	sed -n 2,6p questions >actual &&
	cat >expect <<-\EOF &&
	(1/4) Apply this hunk [y,n,q,a,d,j,J,g,/,?]?
	(2/4) Apply this hunk [y,n,q,a,d,K,j,J,g,/,?]?
	(3/4) Apply this hunk [y,n,q,a,d,k,K,j,J,g,/,?]?
	(2/4) Apply this hunk [y,n,q,a,d,K,j,J,g,/,?]?
	(3/4) Apply this hunk [y,n,q,a,d,K,j,J,g,/,?]?
	EOF
	test_cmp expect actual &&
	printf "0\t2\t0\tlines\n" >expect &&
	test_cmp expect stat &&
	choose "n y K n d" &&
	test_must_be_empty stat
'

test_expect_success 'g lists hunks and goes to one, / finds one' '
	choose "n y n g 4 /Zwei g9 gx /nothing /( g1 n d" &&
	cat >expect <<-\EOF &&
	+  1: @@ ~ ref='\''1'\''  name='\''Eins'\'' @@
	-  2: @@ ~ ref='\''2'\''  name='\''Zwei'\'' @@
	   3: @@ - ref='\''3'\'' @@
	   4: @@ + ref='\''4'\'' @@
	EOF
	grep -o "[-+ ] *[0-9]: .*" actual >list &&
	test_cmp expect list &&
	grep -o "go to which hunk? @@ + ref=.4.*" actual &&
	grep -o "Sorry, only 4 hunks available." actual &&
	grep -o "Invalid number: .x." actual &&
	grep -o "No hunk matches the given pattern" actual &&
	grep -o "Malformed search regexp: .*" actual &&
	asked &&
	sed "s/ .*//" questions | tr -d "\n" >order &&
	printf "%s" "(1/1)(1/4)(2/4)(3/4)(4/4)(2/4)(2/4)(2/4)(2/4)(2/4)(1/4)(3/4)" >expect &&
	test_cmp expect order &&
	test_must_be_empty stat
'

test_expect_success 'a search does not see colours' '
	git config --global color.ui always &&
	test_when_finished "git config --global --unset color.ui" &&
	choose "n /^.name:.*Vier y d" &&
	printf "1\t0\t0\tlines\n" >expect &&
	test_cmp expect stat
'

test_expect_success 'anything else is answered with help' '
	choose "Y ? d" &&
	sed -n "/^(1.4).*y - /,/^? -/p" actual >shown &&
	cat >expect <<-\EOF &&
	(1/4) Apply this hunk [y,n,q,a,d,j,J,g,/,?]? y - apply this hunk
	n - do not apply this hunk
	q - quit; do not apply this hunk or any of the remaining ones
	a - apply this hunk and all later hunks in the table
	d - do not apply this hunk or any of the later hunks in the table
	j - leave this hunk undecided, see next undecided hunk
	J - leave this hunk undecided, see next hunk
	g - select a hunk to go to
	/ - search for a hunk matching the given regex
	? - print help
	EOF
	test_cmp expect shown &&
	printf "2\t0\t0\tbag\n" >expect &&
	test_cmp expect stat &&
	choose "n j s d" &&
	grep "^[kK] -" actual >shown &&
	cat >expect <<-\EOF &&
	k - leave this hunk undecided, see previous undecided hunk
	K - leave this hunk undecided, see previous hunk
	EOF
	test_cmp expect shown
'

test_expect_success TERMINAL 'in colour at a terminal, as git has it' '
	fresh &&
	printf "%s\n" "n" "?" "k" "n" "d" >answers &&
	test_terminal "git-d1 apply -p --to ./x.sqlite p.patch <answers" >actual &&
	esc=$(printf "\033") &&
	grep -F "$esc[1;34m(1/4) Apply this hunk [y,n,q,a,d,j,J,g,/,?]?$esc[m $esc[1;31my - apply this hunk" actual &&
	grep -F "$esc[1;31mNo previous hunk$esc[m" actual &&
	grep -F "$esc[31m-name: " actual &&
	grep -F "$esc[1mdiff --d1 lines$esc[m" actual
'

test_expect_success '-R takes back what is chosen' '
	fresh &&
	cp b.sqlite x.sqlite &&
	printf "%s\n" n y a >answers &&
	git-d1 apply -p -R --to ./x.sqlite p.patch <answers >actual &&
	grep "^(1/1) Revert this hunk" actual &&
	grep "^@@ - 2 rows, 4 before @@" actual &&
	git-d1 diff --numstat b.sqlite x.sqlite >stat &&
	printf "1\t2\t1\tlines\n" >expect &&
	test_cmp expect stat &&
	git-d1 undo --to ./x.sqlite 2>err &&
	test "$(sed -n "s/.*: git d1 apply -p -R to .*/yes/p" err)" = yes &&
	git-d1 diff --exit-code b.sqlite x.sqlite
'

test_expect_success 'git d1 revert -p asks as well' '
	cp b.sqlite x.sqlite &&
	echo y | git-d1 revert -p --to ./x.sqlite ./p.patch >actual &&
	test_line actual "bag: 0 inserted, 0 updated, 2 deleted" &&
	git-d1 diff --numstat b.sqlite x.sqlite >stat &&
	printf "0\t0\t2\tbag\n" >expect &&
	test_cmp expect stat
'

test_expect_success 'what is there already is not asked for' '
	fresh &&
	sqlite3 x.sqlite "UPDATE lines SET name = '\''Deux'\'' WHERE ref = '\''2'\''" &&
	yes | git-d1 apply -p --to ./x.sqlite p.patch >actual &&
	asked &&
	sed "s/ .*//" questions | tr -d "\n" >order &&
	printf "%s" "(1/1)(1/3)(2/3)(3/3)" >expect &&
	test_cmp expect order &&
	git-d1 apply -p --to ./x.sqlite p.patch </dev/null >actual &&
	echo "already applied: ./x.sqlite is as p.patch leaves it" >expect &&
	test_cmp expect actual
'

test_expect_success 'a hunk that does not apply is named before any question' '
	fresh &&
	sqlite3 x.sqlite "UPDATE lines SET name = '\''Dos'\'' WHERE ref = '\''2'\''" &&
	sha256sum x.sqlite >before &&
	test_expect_exit 2 git-d1 apply -p --to ./x.sqlite p.patch </dev/null >actual &&
	test_must_be_empty actual &&
	test_line err "value differs: lines ref='\''2'\'': name is '\''Dos'\'', not '\''Zwei'\''" &&
	sha256sum -c --quiet before
'

test_expect_success '--3way merges before it asks' '
	fresh &&
	sqlite3 x.sqlite "UPDATE lines SET note = replace(note, '\''one'\'', '\''ONE'\'') WHERE ref = '\''1'\''" &&
	printf "%s\n" n y d | git-d1 apply -p -3 --base a.sqlite --to ./x.sqlite p.patch >actual &&
	test_line actual " |ONE" &&
	sqlite3 x.sqlite "SELECT note FROM lines WHERE ref = 1" >rows &&
	printf "%s\n" ONE and TWO three >expect &&
	test_cmp expect rows
'

ask_in_background () {
	{
		git-d1 apply -p --to ./x.sqlite p.patch <pipe >actual 2>err
		echo $? >code
	} &
}

test_expect_success 'nothing is locked meanwhile, and a row that changes stays' '
	fresh &&
	mkfifo pipe &&
	ask_in_background &&
	exec 7>pipe &&
	printf "%s\n" n y >&7 &&
	until grep -q "^(2/4)" actual
	do
		kill -0 $! && sleep 0.1 || return 1
	done &&
	sqlite3 x.sqlite "UPDATE lines SET note = '\''new'\'' WHERE ref = '\''1'\''" &&
	cp x.sqlite before.sqlite &&
	echo a >&7 &&
	exec 7>&- &&
	wait &&
	echo 2 >expect &&
	test_cmp expect code &&
	test_line err "value differs: lines ref='\''1'\'': note is '\''new'\'', not the text of sha256 $(grep -o "sha256 [0-9a-f]\{12\}" p.patch | head -n 1 | cut -c 8-)" &&
	git-d1 diff --exit-code before.sqlite x.sqlite
'

test_expect_success 'several patches, one after the other, until q' '
	fresh &&
	git-d1 diff a.sqlite b.sqlite -- bag >bag.patch &&
	git-d1 diff a.sqlite b.sqlite -- lines >lines.patch &&
	printf "%s\n" y y d | git-d1 apply -p --to ./x.sqlite bag.patch lines.patch >actual &&
	git-d1 diff --numstat a.sqlite x.sqlite >stat &&
	printf "2\t0\t0\tbag\n0\t1\t0\tlines\n" >expect &&
	test_cmp expect stat &&
	fresh &&
	printf "%s\n" y q | git-d1 apply -p --to ./x.sqlite lines.patch bag.patch >actual &&
	! grep "diff --d1 bag" actual
'

test_expect_success 'what cannot be asked is refused' '
	for option in --check --stat --reject
	do
		test_expect_exit 129 git-d1 apply -p $option p.patch &&
		test_line err "error: --patch cannot be used with --check, --stat or --reject" || return 1
	done &&
	for patch in "" - "p.patch -"
	do
		test_expect_exit 129 git-d1 apply -p $patch &&
		test_line err "error: --patch reads answers from standard input: the patch must be in a file" || return 1
	done &&
	test_expect_exit 129 git-d1 revert -p --check p.patch &&
	test_line err "error: --patch and --check exclude each other"
'

test_done
