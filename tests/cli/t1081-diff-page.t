#!/bin/sh

test_description='a page of git d1 diff --html in a browser'

. "$(dirname "$0")/lib.sh"

test_needs sqlite3
for CHROMIUM in chromium chromium-browser google-chrome
do
	command -v $CHROMIUM >/dev/null && break
	CHROMIUM=
done
if test -z "$CHROMIUM"
then
	skip_all='needs chromium'
	test_done
fi
if ! command -v node >/dev/null
then
	skip_all='needs node'
	test_done
fi

# look PAGE FOLDER: what a browser shows of the page. It is no child of a
# terminal, and has a home, because it writes there.
look () {
	node "$TOP_SRCDIR/tests/cli/page.mjs" $CHROMIUM "$1" "$2"
}

cat >expect <<'EOF'
title: ha.db to hb.db
scripts: 1
elements: a body button code dd del details dialog div dl dt h1 h2 h3 head header html input ins kbd main meta option p script section select span style summary table tbody td th thead title tr
handlers: 0
addresses: 0
requests: the page
violations: none
changes: 19
/ goes to: text
changes with the text: 1
counted: 1 change
tables then: 1
a letter there is a letter: NEEDLEj
changes again: 19
without insertions: 8
pressed: false
of one table: 1
j: "</script><script>alert(1)"='<b>'
j: id=1
j: id=1
k: id=1
focus: true
o: change insert current folded
expanded: false
o again: change insert current
O: false
j goes to the next table: id=1
?: true
closed: true
light background: 255,255,255
light colours: many
light contrast: enough
dark background: 20,23,26
dark colours: many
dark contrast: enough
a script that is put in: does not run
violations then: told
EOF

test_expect_success 'only what is ours runs, and it works' '
	make_hostile_databases ha.db hb.db &&
	sqlite3 hb.db "INSERT INTO v VALUES(100, printf(\"a needle\"))" &&
	git-d1 diff --html ha.db hb.db >page.html &&
	look page.html browser >actual &&
	test_cmp expect actual
'

test_expect_success 'ten thousand changes' '
	sqlite3 old.db "CREATE TABLE t(id INTEGER PRIMARY KEY, a, b, c);
		WITH RECURSIVE c(i) AS (VALUES(1) UNION ALL
			SELECT i + 1 FROM c WHERE i < 10000)
		INSERT INTO t SELECT i, printf(\"name %d\", i), i * 2,
			hex(i) FROM c" &&
	cp old.db new.db &&
	sqlite3 new.db "UPDATE t SET a = a || printf(\" changed\"), b = b + 1;
		UPDATE t SET c = printf(\"needle\") WHERE id % 1000 = 0" &&
	git-d1 diff --html old.db new.db >large.html &&
	PAGE_TIMES=1 look large.html large >actual &&
	cat >expect <<-\EOF &&
	changes with the text: 10
	changes: 10000
	loaded within 10 s: true
	filtered within 5 s: true
	EOF
	test_cmp expect actual
'

test_done
