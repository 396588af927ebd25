#!/bin/sh

test_description='replies that no D1 would send end with an error, not a crash'

. "$(dirname "$0")/lib.sh"

STANDIN_SRCDIR=$TOP_SRCDIR/tests/d1
. "$STANDIN_SRCDIR/standin.sh"

test_needs sqlite3 engine

# reply ROWS [SKIP [TIMES]]: the page of table t is these rows of JSON; the
# first /raw call, the catalogue, is a real one.
reply () {
	body="{\\\"result\\\":[{\\\"results\\\":{\\\"columns\\\":[\\\"d1_e\\\",\\\"d1_r0\\\"],\\\"rows\\\":$1},\\\"success\\\":true,\\\"meta\\\":{}}],\\\"success\\\":true,\\\"errors\\\":[],\\\"messages\\\":[]}"
	standin_fault "{\"kind\":\"reply\",\"path\":\"/raw\$\",\"status\":200,
		\"skip\":${2-1},\"times\":${3-0},
		\"headers\":{\"content-type\":\"application/json\"},
		\"body\":\"$body\"}"
}

many_rows () {
	awk 'BEGIN {
		for (i = 1; i <= 1500; i++)
			printf("%s[\\\"i%d;n\\\",null]", (i > 1 ? "," : ""), i)
	}'
}

# refused TABLE: the comparison of the table ends with an error that says so.
refused () {
	test_expect_exit 128 timeout 60 git-d1 diff --exit-code -- "$1" >out &&
	standin_no_faults &&
	test_must_fail grep "^@@" out &&
	cat out err >both &&
	grep -E "cannot be read|more rows|not asked for|unexpected reply" both
}

test_expect_success 'a project and its remote' '
	make_wrangler_project . "
		CREATE TABLE t(id INTEGER PRIMARY KEY, v);
		INSERT INTO t VALUES(1, 1);
		CREATE TABLE k(a TEXT PRIMARY KEY, v)" &&
	mkdir remote &&
	cp -r .wrangler/state/v3 remote &&
	standin_start --database shop=$TEST_DATABASE_ID --persist "$PWD/remote" &&
	standin_env &&
	git-d1 diff --exit-code
'

test_expect_success 'what is no row at all' '
	reply "[[\\\"hello\\\",null]]" && refused t &&
	reply "[[7,null]]" && refused t &&
	reply "[[\\\"i1;\\\"]]" && refused t &&
	reply "[[\\\"i1;i\\\",null]]" && refused t &&
	reply "[[\\\"i99999999999999999999;n\\\",null]]" && refused t &&
	reply "[[\\\"i1;t9:a\\\",null]]" && refused t
'

test_expect_success 'hexadecimal that is none' '
	reply "[[\\\"i1;b1:zz\\\",null]]" && refused t
'

test_expect_success 'a real without its number' '
	reply "[[\\\"i1;r\\\",null]]" && refused t
'

test_expect_success 'a row that is always too wide' '
	reply "[[\\\"W\\\",null]]" && refused t
'

test_expect_success 'a big cell that nobody could store' '
	reply "[[\\\"i1;B99999999999;\\\",null]]" && refused t
'

test_expect_success 'a key that is left out' '
	reply "[[\\\"T5;i1;\\\",null],[\\\"W\\\",null]]" && refused k
'

test_expect_success 'more rows than were asked for' '
	reply "[$(many_rows)]" && refused t
'

test_expect_success 'a row read again that is not in hexadecimal' '
	reply "[[\\\"i1;t3:\\\\ufffd\\\",null]]" 1 1 &&
	long=$(printf %5000s "" | tr " " A) &&
	reply "[[\\\"i1;t5000:$long\\\",null]]" 1 0 && refused t
'

test_expect_success 'end' '
	standin_stop
'

test_done
