#!/bin/sh

test_description='git d1 apply refuses a patch that no diff would write'

. "$(dirname "$0")/lib.sh"

test_needs sqlite3

# patch_of FILE TABLE KEY LINE...: a patch of one table; KEY may be empty.
patch_of () {
	{
		printf "%s\n" "diff --d1 $2" &&
		{ test -z "$3" || printf "%s\n" "key $3"; } &&
		printf "%s\n" "--- a" "+++ b"
	} >"$1" &&
	file=$1 &&
	shift 3 &&
	printf "%s\n" "$@" >>"$file"
}

# unharmed: x.sqlite is as it was to the byte, and neither a terminal's escape
# nor an entry of the journal is left.
unharmed () {
	cmp base.sqlite x.sqlite &&
	! LC_ALL=C grep "[[:cntrl:]]" err &&
	! ls .local/state/git-d1/*
}

# refused CODE MESSAGE PATCH...: nothing is written, and the first line is the
# message, also where it might be merged. Backwards, from what it would leave,
# it writes nothing either: what is as it found it has nothing to be taken back.
refused () {
	code=$1 message=$2 &&
	shift 2 &&
	cp base.sqlite x.sqlite &&
	rm -rf .local &&
	printf "%s\n" "$message" >expect &&
	for how in "" --3way
	do
		test_expect_exit "$code" \
			git-d1 apply $how --to ./x.sqlite "$@" >out &&
		unharmed &&
		test_must_be_empty out &&
		head -n 1 err >actual &&
		test_cmp expect actual || return 1
	done &&
	test $# = 1 || return 0
	for how in "" --3way
	do
		git-d1 revert $how --to ./x.sqlite "$1" >out 2>err
		case $? in
		0)
			echo "already applied: ./x.sqlite is as $1 found it" >expect &&
			test_cmp expect out ;;
		2 | 3 | 128)
			test_must_be_empty out &&
			grep "^\(error\|fatal\): " err >/dev/null ;;
		*)
			false ;;
		esac &&
		unharmed || return 1
	done
}

test_expect_success 'set up' '
	sqlite3 base.sqlite <<-\EOF
	CREATE TABLE t(id INTEGER PRIMARY KEY, v, g AS (v));
	INSERT INTO t(id, v) VALUES(1, 1), (2, 2);
	CREATE TABLE typed(id INTEGER PRIMARY KEY, i INT, t TEXT, r REAL);
	INSERT INTO typed VALUES(1, 1, '\''1'\'', 1.0);
	CREATE TABLE texts(k TEXT COLLATE NOCASE PRIMARY KEY, v);
	INSERT INTO texts VALUES('\''A'\'', 1);
	CREATE TABLE free(k PRIMARY KEY, v);
	INSERT INTO free VALUES(1, 1), (NULL, 2), (NULL, 2);
	CREATE TABLE log(a);
	INSERT INTO log VALUES(1), (1);
	CREATE TABLE strict(id INTEGER PRIMARY KEY, a ANY) STRICT;
	CREATE VIEW seen AS SELECT * FROM t;
	CREATE TABLE _cf_KV(key TEXT PRIMARY KEY, value);
	CREATE TABLE d1_migrations(id INTEGER PRIMARY KEY, name);
	CREATE TABLE "--help"(id INTEGER PRIMARY KEY AUTOINCREMENT, v);
	EOF
'

test_expect_success 'a value that the column would change' '
	patch_of p typed id "@@ ~ id=1 @@" "-i: 1" "+i: '\''12'\''" &&
	refused 3 "error: p:5: column '\''i'\'' of table '\''typed'\'' has the type INT and would make another value of this one" p &&
	patch_of p typed id "@@ ~ id=1 @@" "-t: '\''1'\''" "+t: 5" &&
	refused 3 "error: p:5: column '\''t'\'' of table '\''typed'\'' has the type TEXT and would make another value of this one" p &&
	patch_of p typed id "@@ ~ id=1 @@" "-r: 1.0" "+r: 5" &&
	refused 3 "error: p:5: column '\''r'\'' of table '\''typed'\'' has the type REAL and would make another value of this one" p &&
	patch_of p texts k "@@ + k=9 @@" "+v: 1" &&
	refused 3 "error: p:5: column '\''k'\'' of table '\''texts'\'' has the type TEXT and would make another value of this one" p &&
	patch_of p t id "@@ + id='\''abc'\'' @@" "+v: 1" &&
	refused 3 "error: p:5: column '\''id'\'' of table '\''t'\'' holds integers only, and this value is none" p &&
	patch_of p t "" "@@ + 1 row, 0 before @@" "+id: NULL" "+v: 1" &&
	refused 3 "error: p:4: column '\''id'\'' of table '\''t'\'' holds integers only, and this value is none" p
'

test_expect_success 'a value that it keeps' '
	cp base.sqlite x.sqlite &&
	patch_of p strict id "@@ + id=1 @@" "+a: '\''12'\''" &&
	git-d1 apply --to ./x.sqlite p &&
	patch_of p typed id "@@ ~ id=1 @@" "-i: 1" "+i: '\''1x'\''" &&
	git-d1 apply --to ./x.sqlite p &&
	sqlite3 x.sqlite "SELECT typeof(a), a FROM strict;
		SELECT typeof(i), i FROM typed" >actual &&
	printf "%s\n" "text|12" "text|1x" >expect &&
	test_cmp expect actual
'

test_expect_success 'an update of the key' '
	patch_of p t id "@@ ~ id=1 @@" "-id: 1" "+id: 7" &&
	refused 3 "error: p:5: the hunk gives the row another key, in column '\''id'\''" p &&
	patch_of p texts k "@@ ~ k='\''A'\'' @@" "-k: '\''A'\''" "+k: '\''a'\''" &&
	git-d1 apply --to ./x.sqlite p &&
	git-d1 apply -R --to ./x.sqlite p
'

# inserts: hunks that insert the ids on standard input.
inserts () {
	awk '{ print "@@ + id=" $0 " @@"; print "+v: 1" }'
}

test_expect_success 'a patch that was cut off between two lines' '
	bare="the hunk shows no value of its row, not even" &&
	patch_of p typed id "@@ - id=1 @@" &&
	refused 3 "error: p:5: $bare '\''i'\'': was the patch cut off?" p &&
	patch_of p typed id "@@ + id=5 @@" &&
	refused 3 "error: p:5: $bare '\''i'\'': was the patch cut off?" p &&
	patch_of p typed id "@@ + id=5 @@" "+i: 1" "+t: NULL" "+r: NULL" \
		"@@ + id=6 @@" "+i: 1" "+t: NULL" &&
	refused 128 "fatal: p:9: the hunk has 2 values of its row, and one before it has 3: was the patch cut off?" p &&
	git-d1 apply --recount --to ./x.sqlite p >actual &&
	echo "typed: 2 inserted, 0 updated, 0 deleted" >expect &&
	test_cmp expect actual
'

test_expect_success 'two hunks about one row, however far apart' '
	update="@@ ~ id=1 @@
	-v: 1
	+v: 3" &&
	update=$(echo "$update" | tr -d "\t") &&
	patch_of p t id "$update" "$update" &&
	refused 128 "fatal: p:8: a hunk about the same row as that of line 5" p &&
	patch_of p t id "$update" &&
	seq 10 12500 | inserts >>p &&
	cp p once &&
	printf "%s\n" "$update" >>p &&
	refused 128 "fatal: p:1: two hunks of table '\''t'\'' are about the same row: id=1" p &&
	git-d1 apply --to ./x.sqlite once &&
	patch_of p log "" "@@ - 1 row, 2 before @@" "-a: 1" \
		"@@ - 1 row, 2 before @@" "-a: 1" &&
	refused 128 "fatal: p:6: a hunk about the same row as that of line 4" p &&
	{
		patch_of p log "" "@@ - 1 row, 2 before @@" "-a: 1" &&
		seq 2500 -1 10 |
			awk "{ print \"@@ + 1 row, 0 before @@\\n+a: \" \$0 }" >>p &&
		cp p once &&
		printf "%s\n" "@@ + 1 row, 2 before @@" "+a: 1" >>p
	} &&
	refused 128 "fatal: p:4988: a hunk about the same row as that of line 4" p &&
	git-d1 apply --to ./x.sqlite once
'

test_expect_success 'hunks in another order' '
	cp base.sqlite x.sqlite &&
	patch_of p t id "@@ ~ id=2 @@" "-v: 2" "+v: 5" &&
	seq 12500 -1 10 | inserts >>p &&
	printf "%s\n" "@@ - id=1 @@" "-v: 1" >>p &&
	git-d1 apply --to ./x.sqlite p >actual &&
	echo "t: 12491 inserted, 1 updated, 1 deleted" >expect &&
	test_cmp expect actual &&
	git-d1 apply --to ./x.sqlite p >actual &&
	echo "already applied: ./x.sqlite is as p leaves it" >expect &&
	test_cmp expect actual
'

# shuffle_hunks PATCH: the same hunks, of which there are 90, in another order.
shuffle_hunks () {
	awk 'NR < 4 { print; next }
		/^@@/ { n++ }
		{ hunk[n] = hunk[n] $0 "\n" }
		END { for (i = 0; i < n; i++) printf "%s", hunk[1 + i * 37 % n] }' "$1"
}

test_expect_success 'rows without a key in another order' '
	sqlite3 rows.sqlite "CREATE TABLE log(a, b, g AS (b));
		INSERT INTO log SELECT value % 90, char(10, 39) || (value % 90)
			FROM generate_series(1, 300)" &&
	cp rows.sqlite x.sqlite && cp rows.sqlite y.sqlite &&
	sqlite3 y.sqlite "DELETE FROM log WHERE a % 3 = 0;
		DELETE FROM log WHERE rowid IN (SELECT max(rowid) FROM log
			WHERE a % 3 = 1 GROUP BY a);
		INSERT INTO log SELECT a, b FROM log WHERE a % 3 = 2" &&
	git-d1 diff ./x.sqlite ./y.sqlite >p &&
	shuffle_hunks p >q &&
	test "$(grep -c "^@@" q)" = 90 &&
	! test_cmp p q >differences &&
	git-d1 apply --to ./x.sqlite q >actual &&
	git-d1 apply --to ./x.sqlite p >again &&
	git-d1 diff --exit-code ./x.sqlite ./y.sqlite &&
	echo "log: 203 inserted, 0 updated, 129 deleted" >expect &&
	echo "already applied: ./x.sqlite is as p leaves it" >expect-again &&
	test_cmp expect-again again &&
	git-d1 apply -R --to ./x.sqlite q &&
	git-d1 diff --exit-code ./x.sqlite rows.sqlite &&
	sqlite3 x.sqlite "INSERT INTO log VALUES(4, char(10, 39) || 4)" &&
	cp x.sqlite before.sqlite &&
	test_expect_exit 2 git-d1 apply --to ./x.sqlite q &&
	cmp before.sqlite x.sqlite &&
	line=$(grep -n -B1 "^-a: 4\$" q | sed -n "s/-@@.*//p") &&
	echo "count differs: log, line $line of the patch: there are 5 such rows" >expect &&
	head -n 1 err >actual &&
	test_cmp expect actual &&
	test_expect_exit 6 git-d1 apply --reject --to ./x.sqlite q &&
	{ head -n 3 q && sed -n "$line p; $((line + 1)),/^@@/p" q | sed "\$d"; } >expect &&
	test_cmp expect q.rej
'

test_expect_success 'more rows than a database can hold' '
	patch_of p log "" "@@ + 1000000000000000000 rows, 0 before @@" "+a: 7" &&
	refused 3 "error: p:4: no database of D1 holds so many rows: 1000000000000000000 rows, 0 before, take more than 10 GB" p &&
	refused 3 "error: p:4: no database of D1 holds so many rows: 1000000000000000000 rows, 0 before, take more than 10 GB" -R p &&
	refused 3 "error: p:4: no database of D1 holds so many rows: 1000000000000000000 rows, 0 before, take more than 10 GB" --3way p &&
	patch_of p log "" "@@ + 1 row, 1789569706 before @@" "+a: 7" &&
	refused 3 "error: p:4: no database of D1 holds so many rows: 1 rows, 1789569706 before, take more than 10 GB" p &&
	patch_of p log "" "@@ - 1 row, 1789569707 before @@" "-a: 7" &&
	refused 3 "error: p:4: no database of D1 holds so many rows: 1 rows, 1789569707 before, take more than 10 GB" p &&
	patch_of p log "" "@@ - 1 row, 1789569706 before @@" "-a: 7" &&
	test_expect_exit 2 git-d1 apply --check --to ./x.sqlite p &&
	test_line err "count differs: log, line 4 of the patch: there are 0 such rows" &&
	patch_of p log "" "@@ + 2000000 rows, 0 before @@" "+a: '\''$(printf "%6000s" x)'\''" &&
	refused 3 "error: p:4: no database of D1 holds so many rows: 2000000 rows, 0 before, take more than 10 GB" p
'

test_expect_success 'a count of rows that have a key' '
	patch_of p free k "@@ - 1 row, 1 before @@" "-k: 1" "-v: 1" &&
	refused 128 "fatal: p:5: rows without NULL in the key are not counted: expected the key, as in '\''k=VALUE'\''" p &&
	patch_of p free k "@@ - 1 row, 2 before @@" "-k: NULL" "-v: 2" &&
	git-d1 apply --to ./x.sqlite p
'

test_expect_success 'an update that changes nothing writes nothing' '
	cp base.sqlite x.sqlite &&
	patch_of p t id "@@ ~ id=1 @@" "-v: 1" "+v: 1" &&
	git-d1 apply --to ./x.sqlite p >actual &&
	echo "already applied: ./x.sqlite is as p leaves it" >expect &&
	test_cmp expect actual &&
	cmp base.sqlite x.sqlite
'

test_expect_success 'what is no table of the database' '
	patch_of p seen id "@@ ~ id=1 @@" "-v: 1" "+v: 2" &&
	refused 3 "error: p:1: '\''seen'\'' is no table of ./x.sqlite whose rows can be written" p &&
	for table in sqlite_sequence sqlite_schema _cf_KV _CF_kv nowhere
	do
		patch_of p $table name "@@ ~ name='\''a'\'' @@" "-v: 1" "+v: 2" &&
		refused 3 "error: p:1: ./x.sqlite has no table '\''$table'\''" p ||
		return 1
	done &&
	patch_of p d1_migrations id "@@ + id=1 @@" "+name: '\''x'\''" &&
	refused 3 "error: p:1: table '\''d1_migrations'\'' is excluded" p
'

test_expect_success 'a table that is named like an option' '
	cp base.sqlite x.sqlite &&
	patch_of p "\"--help\"" id "@@ + id=1 @@" "+v: 1" &&
	git-d1 apply --to ./x.sqlite p >actual &&
	echo "\"--help\": 1 inserted, 0 updated, 0 deleted" >expect &&
	test_cmp expect actual
'

test_expect_success 'an empty file stays empty' '
	: >x.sqlite &&
	patch_of p t id "@@ + id=3 @@" "+v: 1" &&
	test_expect_exit 3 git-d1 apply --to ./x.sqlite p &&
	test_must_be_empty x.sqlite
'

test_expect_success 'a patch that was cut at any line' '
	cp base.sqlite x.sqlite && cp base.sqlite y.sqlite &&
	sqlite3 y.sqlite "UPDATE t SET v = 9; DELETE FROM log;
		INSERT INTO free VALUES(5, char(97, 10, 98));" &&
	git-d1 format-patch --stdout ./x.sqlite ./y.sqlite >whole &&
	lines=$(grep -n "^-- $" whole | cut -d : -f 1) &&
	for i in $(seq $((lines - 1)))
	do
		head -n $i whole >p &&
		test_must_fail git-d1 apply --to ./x.sqlite p 2>err &&
		grep "^[a-z]*: p[:]" err >/dev/null &&
		cmp base.sqlite x.sqlite || return 1
	done &&
	git-d1 apply --to ./x.sqlite whole
'

test_done
