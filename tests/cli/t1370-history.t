#!/bin/sh

test_description='git d1 show, log and blame: what git keeps tells of rows'

. "$(dirname "$0")/lib.sh"

TRASH=$SHARNESS_TRASH_DIRECTORY

# file DATABASE TABLE COLUMNS: a data file, with a row for each line of input.
file () {
	mkdir -p "d1/$1/data" &&
	{
		echo "-- git-d1 snapshot 1" &&
		echo "-- table \"$2\" $3" &&
		echo "PRAGMA defer_foreign_keys=on;" &&
		sed "s/.*/INSERT INTO \"$2\" VALUES(&);/"
	} >"d1/$1/data/$2.sql"
}

# save NAME [TEXT]: a commit of everything, and a tag on it.
save () {
	test_tick &&
	git add -A &&
	git commit -q --allow-empty -m "${2-$1}" &&
	git tag "$1"
}

# named: puts the names of tags in the place of the ids of their commits.
named () {
	git for-each-ref --format='%(objectname) %(refname:short)' refs/tags |
	while read -r id name
	do
		echo "s/$id/<$name>/g" &&
		echo "s/^^$(echo "$id" | cut -c 1-9)/^<$name>/" &&
		echo "s/$(echo "$id" | cut -c 1-10)/<$name>/g" &&
		echo "s/$(echo "$id" | cut -c 1-7)/<$name>/g"
	done >"$TRASH/names.sed" &&
	echo "s/Not Committed Yet ....-..-../Not Committed Yet <today>/" \
		>>"$TRASH/names.sed" &&
	sed -f "$TRASH/names.sed"
}

# told COMMAND...: the output is the file "expect" beside the repositories, and
# nothing is said besides.
told () {
	"$@" >"$TRASH/out" \
		2>"$TRASH/err" &&
	test_must_be_empty "$TRASH/err" &&
	named <"$TRASH/out" \
		>"$TRASH/actual" &&
	test_cmp "$TRASH/expect" \
		"$TRASH/actual"
}

# titles COMMAND...: the same for the titles of the commits that a log shows,
# as one line.
titles () {
	wanted=$1 &&
	shift &&
	"$@" >log.out &&
	test "$(sed -n "/^Date:/{n;n;s/^    //p}" log.out | tr "\n" " ")" = "$wanted " &&
	return 0
	cat >&2 log.out
	return 1
}

# One database, then a second one; a commit without rows, a column that is new,
# rows with every kind of key, and a table without one.
schema () {
	mkdir -p d1/shop &&
	cat >d1/shop/schema.sql <<-EOF
	CREATE TABLE "bag"(level INT, text TEXT);
	CREATE TABLE "codes"(code TEXT PRIMARY KEY NOT NULL, v INT);
	CREATE TABLE "lines"(city TEXT, ref TEXT, n INT, PRIMARY KEY(city, ref));
	CREATE TABLE "users"(id INTEGER PRIMARY KEY, name TEXT, note TEXT$1);
	EOF
}

root () {
	schema "" &&
	file shop users "(id, name, note) key id" <<-\EOF &&
	-3,'Minus',NULL
	1,'Ada','one'
	2,'Bob',NULL
	EOF
	file shop lines "(city, ref, n) key city, ref" <<-\EOF &&
	'berlin',NULL,0
	'berlin','M44',1
	EOF
	file shop bag "(level, text)" <<-\EOF &&
	1,'a'
	1,'a'
	EOF
	file shop codes "(code, v) key code" <<-\EOF
	'--all',1
	'007',1
	'it''s, two',1
	'日本 語',1
	EOF
}

change () {
	file shop users "(id, name, note) key id" <<-\EOF &&
	-3,'Minus','x'
	1,'Ada L','one'
	4,'Cyd',replace('a\nb','\n',char(10))
	EOF
	file shop lines "(city, ref, n) key city, ref" <<-\EOF &&
	'berlin',NULL,5
	'berlin','M44',2
	EOF
	file shop codes "(code, v) key code" <<-\EOF
	'--all',2
	'007',2
	'it''s, two',2
	'日本 語',2
	EOF
}

column () {
	schema ", age INT" &&
	file shop users "(id, name, note, age) key id" <<-\EOF
	-3,'Minus','x',NULL
	1,'Ada L','one',36
	4,'Cyd',replace('a\nb\nc','\n',char(10)),NULL
	EOF
}

both () {
	file shop bag "(level, text)" <<-\EOF &&
	1,'a'
	2,'b'
	EOF
	mkdir -p d1/logs &&
	echo "CREATE TABLE hits(id INTEGER PRIMARY KEY, n INT);" \
		>d1/logs/schema.sql &&
	file logs hits "(id, n) key id" <<-\EOF
	1,10
	EOF
}

test_expect_success 'set up a history' '
	git init -q shop &&
	cd shop &&
	echo "*.out" >.git/info/exclude &&
	save empty &&
	root && save root "Begin

Two lines, and an empty one before them.
The other line." &&
	change && save change &&
	echo "no snapshot" >README && save readme &&
	column && save column &&
	both && save both &&
	git tag -a -m "a tag of its own" annotated change
'

# ---- show ----

cat >"$TRASH/expect" <<\EOF
commit <root>
Author: git-d1 test <author@example.com>
Date:   Tue Nov 14 22:15:20 2023 +0000

    Begin

    Two lines, and an empty one before them.
    The other line.

diff --d1 shop/bag
new table
--- /dev/null
+++ shop/<root>
@@ + 2 rows, 0 before @@
+level: 1
+text: 'a'
diff --d1 shop/codes
new table
key code
--- /dev/null
+++ shop/<root>
@@ + code='--all' @@
+v: 1
@@ + code='007' @@
+v: 1
@@ + code='it''s, two' @@
+v: 1
@@ + code='日本 語' @@
+v: 1
diff --d1 shop/lines
new table
key city, ref
--- /dev/null
+++ shop/<root>
@@ + city='berlin' ref='M44' @@
+n: 1
@@ + 1 row, 0 before @@
+city: 'berlin'
+ref: NULL
+n: 0
diff --d1 shop/users
new table
key id
--- /dev/null
+++ shop/<root>
@@ + id=-3 @@
+name: 'Minus'
+note: NULL
@@ + id=1 @@
+name: 'Ada'
+note: 'one'
@@ + id=2 @@
+name: 'Bob'
+note: NULL
EOF
test_expect_success 'show of a first commit' '
	told git d1 show root
'

cat >"$TRASH/expect" <<\EOF
commit <change>
Author: git-d1 test <author@example.com>
Date:   Tue Nov 14 22:16:20 2023 +0000

    change

diff --d1 shop/codes
key code
--- shop/<root>
+++ shop/<change>
@@ ~ code='--all' @@
-v: 1
+v: 2
@@ ~ code='007' @@
-v: 1
+v: 2
@@ ~ code='it''s, two' @@
-v: 1
+v: 2
@@ ~ code='日本 語' @@
-v: 1
+v: 2
diff --d1 shop/lines
key city, ref
--- shop/<root>
+++ shop/<change>
@@ ~ city='berlin' ref='M44' @@
-n: 1
+n: 2
@@ - 1 row, 1 before @@
-city: 'berlin'
-ref: NULL
-n: 0
@@ + 1 row, 0 before @@
+city: 'berlin'
+ref: NULL
+n: 5
diff --d1 shop/users
key id
--- shop/<root>
+++ shop/<change>
@@ ~ id=-3  name='Minus' @@
-note: NULL
+note: 'x'
@@ ~ id=1  name='Ada' @@
-name: 'Ada'
+name: 'Ada L'
@@ - id=2 @@
-name: 'Bob'
-note: NULL
@@ + id=4 @@
+name: 'Cyd'
+note: text 2 sha256 7e18f737311b2dc3b2f269dd78396b0351f14fb66efa879f768cb23181883c78
 +a
 +b
 \ no newline at end of text
EOF
test_expect_success 'show of rows that were inserted, changed and deleted' '
	told git d1 show change
'

test_expect_success 'show of an annotated tag is that of its commit' '
	told git d1 show annotated
'

cat >"$TRASH/expect" <<\EOF
commit <column>
Author: git-d1 test <author@example.com>
Date:   Tue Nov 14 22:18:20 2023 +0000

    column

diff --d1 shop/users
columns + age
key id
--- shop/<readme>
+++ shop/<column>
@@ ~ id=4  name='Cyd' @@
 note: text sha256 7e18f737311b2dc3b2f269dd78396b0351f14fb66efa879f768cb23181883c78..ea7fb08b7a2dc4619ffb7c7bb38d95a2047935fa165d71b12efd3852a2e6d0cc
 @@ -1,2 +1,3 @@
 |a
 -b
 \ no newline at end of text
 +b
 +c
 \ no newline at end of text
EOF
test_expect_success 'show of a column that is new' '
	told git d1 show column
'

cat >"$TRASH/expect" <<\EOF
commit <both>
Author: git-d1 test <author@example.com>
Date:   Tue Nov 14 22:19:20 2023 +0000

    both

diff --d1 logs/hits
new table
key id
--- /dev/null
+++ logs/<both>
@@ + id=1 @@
+n: 10
diff --d1 shop/bag
--- shop/<column>
+++ shop/<both>
@@ - 1 row, 2 before @@
-level: 1
-text: 'a'
@@ + 1 row, 0 before @@
+level: 2
+text: 'b'
EOF
test_expect_success 'show of two databases' '
	told git d1 show
'

cat >"$TRASH/expect" <<\EOF
commit <both>
Author: git-d1 test <author@example.com>
Date:   Tue Nov 14 22:19:20 2023 +0000

    both

diff --d1 logs/hits
new table
key id
--- /dev/null
+++ logs/<both>
@@ + id=1 @@
+n: 10
EOF
test_expect_success 'show of one table, in any letter case' '
	told git d1 show both -- HITS
'

cat >"$TRASH/expect" <<\EOF
commit <readme>
Author: git-d1 test <author@example.com>
Date:   Tue Nov 14 22:17:20 2023 +0000

    readme
EOF
test_expect_success 'show of a commit that touched no snapshot' '
	told git d1 show readme
'

cat >"$TRASH/expect" <<\EOF
commit <empty>
Author: git-d1 test <author@example.com>
Date:   Tue Nov 14 22:14:20 2023 +0000

    empty
EOF
test_expect_success 'show of a commit that holds no snapshot says so' '
	git d1 show empty >out.out 2>err.out &&
	named <out.out >actual.out &&
	test_cmp ../expect actual.out &&
	echo "hint: the commit holds no snapshot: git d1 snapshot makes one" \
		>expect.out &&
	test_cmp expect.out err.out
'

test_expect_success 'show of what is not there' '
	test_expect_exit 129 git d1 show both -- users nope >out.out &&
	test_must_be_empty out.out &&
	test_line err "error: neither '\''both'\'' nor its parent has a table '\''nope'\'' in a snapshot" &&
	test_expect_exit 128 git d1 show nope >out.out &&
	test_must_be_empty out.out &&
	test_line err "fatal: '\''nope'\'' names no commit" &&
	test_expect_exit 129 git d1 show root change &&
	test_line err "error: show takes one commit; tables stand after --" &&
	test_expect_exit 129 git d1 show --stat --numstat &&
	rm err
'

cat >"$TRASH/expect" <<\EOF
commit <change>
Author: git-d1 test <author@example.com>
Date:   Tue Nov 14 22:16:20 2023 +0000

    change

 codes | 4 ~~~~
 lines | 3 +~-
 users | 4 +~~-
 3 tables changed, 2 insertions(+), 7 updates(~), 2 deletions(-)
EOF
test_expect_success 'show --stat' '
	told git d1 show --stat change
'

cat >"$TRASH/expect" <<\EOF
commit <change>
Author: git-d1 test <author@example.com>
Date:   Tue Nov 14 22:16:20 2023 +0000

    change

0	4	0	codes
1	1	1	lines
1	2	1	users
EOF
test_expect_success 'show --numstat' '
	told git d1 show --numstat change
'

cat >"$TRASH/expect" <<\EOF
commit <both>
Author: git-d1 test <author@example.com>
Date:   Tue Nov 14 22:19:20 2023 +0000

    both

 1 table changed, 1 insertion(+)
 1 table changed, 1 insertion(+), 1 deletion(-)
EOF
test_expect_success 'show --shortstat' '
	told git d1 show --shortstat both
'

cat >"$TRASH/expect" <<\EOF
commit <both>
Author: git-d1 test <author@example.com>
Date:   Tue Nov 14 22:19:20 2023 +0000

    both

logs/hits
shop/bag
EOF
test_expect_success 'show --name-only' '
	told git d1 show --name-only both
'

cat >"$TRASH/expect" <<\EOF
commit <both>
Author: git-d1 test <author@example.com>
Date:   Tue Nov 14 22:19:20 2023 +0000

    both

A	logs/hits
M	shop/bag
EOF
test_expect_success 'show --name-status' '
	told git d1 show --name-status both
'

test_expect_success 'show -z' '
	git d1 show -z --name-only both -- hits bag >out.out &&
	git d1 show --name-only both -- hits bag >expect.out &&
	tr "\0" "\n" <out.out >actual.out &&
	test_cmp expect.out actual.out &&
	! test_cmp out.out actual.out >/dev/null
'

cat >"$TRASH/expect" <<\EOF
commit <change>
Author: git-d1 test <author@example.com>
Date:   Tue Nov 14 22:16:20 2023 +0000

    change

table  local_only  remote_only  local_newer  remote_newer  content_differs  identical
users           1            1            0             0                2          0
EOF
test_expect_success 'show --summary' '
	told git d1 show --summary change -- users
'

cat >"$TRASH/expect" <<\EOF
{"version":1,"from":{"endpoint":"logs/<column>","database":"logs"},"to":{"endpoint":"logs/<both>","database":"logs"},"tables":[
{"name":"hits","key":["id"],"in":"to","compared":true,"changes":[
{"op":"insert","key":{"id":"1"},"new":{"id":"1","n":"10"},"bucket":"local_only"}],"inserted":1,"deleted":0,"updated":0,"unchanged":0,"buckets":{"remote_only":0,"local_only":1,"remote_newer":0,"local_newer":0,"content_differs":0,"identical":0}}]}
{"version":1,"from":{"endpoint":"shop/<column>","database":"shop"},"to":{"endpoint":"shop/<both>","database":"shop"},"tables":[
{"name":"bag","key":[],"in":"both","compared":true,"changes":[
{"op":"delete","key":{},"old":{"level":"1","text":"'a'"},"bucket":"remote_only","count":1,"before":2},
{"op":"insert","key":{},"new":{"level":"2","text":"'b'"},"bucket":"local_only","count":1,"before":0}],"inserted":1,"deleted":1,"updated":0,"unchanged":1,"buckets":{"remote_only":1,"local_only":1,"remote_newer":0,"local_newer":0,"content_differs":0,"identical":1}},
{"name":"codes","key":["code"],"in":"both","compared":true,"changes":[],"inserted":0,"deleted":0,"updated":0,"unchanged":4,"buckets":{"remote_only":0,"local_only":0,"remote_newer":0,"local_newer":0,"content_differs":0,"identical":4}},
{"name":"lines","key":["city","ref"],"in":"both","compared":true,"changes":[],"inserted":0,"deleted":0,"updated":0,"unchanged":2,"buckets":{"remote_only":0,"local_only":0,"remote_newer":0,"local_newer":0,"content_differs":0,"identical":2}},
{"name":"users","key":["id"],"in":"both","compared":true,"changes":[],"inserted":0,"deleted":0,"updated":0,"unchanged":3,"buckets":{"remote_only":0,"local_only":0,"remote_newer":0,"local_newer":0,"content_differs":0,"identical":3}}]}
EOF
test_expect_success 'show --json' '
	told git d1 show --json both
'

cat >"$TRASH/expect" <<\EOF
{"table":"users","op":"update","key":{"id":"-3"},"old":{"note":"NULL"},"new":{"note":"'x'"},"bucket":"content_differs"}
{"table":"users","op":"update","key":{"id":"1"},"old":{"name":"'Ada'"},"new":{"name":"'Ada L'"},"bucket":"content_differs"}
{"table":"users","op":"delete","key":{"id":"2"},"old":{"id":"2","name":"'Bob'","note":"NULL"},"bucket":"remote_only"}
{"table":"users","op":"insert","key":{"id":"4"},"new":{"id":"4","name":"'Cyd'","note":"replace('a\\nb','\\n',char(10))"},"bucket":"local_only"}
EOF
test_expect_success 'show --json=lines' '
	told git d1 show --json=lines change -- users
'

cat >"$TRASH/expect" <<\EOF
commit <column>
Author: git-d1 test <author@example.com>
Date:   Tue Nov 14 22:18:20 2023 +0000

    column

diff --d1 shop/users
columns + age
key id
--- shop/<readme>
+++ shop/<column>
@@ ~ id=4  name='Cyd' @@
 note: text sha256 7e18f737311b2dc3b2f269dd78396b0351f14fb66efa879f768cb23181883c78..ea7fb08b7a2dc4619ffb7c7bb38d95a2047935fa165d71b12efd3852a2e6d0cc
 @@ -2,1 +2,2 @@
 -b
 \ no newline at end of text
 +b
 +c
 \ no newline at end of text
EOF
test_expect_success 'show --full-row and -U' '
	told git d1 show --full-row -U0 column -- users
'

test_expect_success 'show --no-abbrev, and what a terminal shortens' '
	git d1 show --no-abbrev column >out.out &&
	git d1 show column >expect.out &&
	test_cmp expect.out out.out &&
	grep "sha256 [0-9a-f]\{64\}" out.out &&
	if test_have_prereq TERMINAL
	then
		test_terminal "git d1 show --no-pager --no-color column" \
			>out.out &&
		grep "sha256 [0-9a-f]\{12\}[.][.]" out.out &&
		test_terminal "git d1 show --no-pager --no-color --no-abbrev \
			column" | tr -d "\r" >out.out &&
		test_cmp expect.out out.out
	fi
'

cat >"$TRASH/expect" <<\EOF
~[33mcommit <change>~[m
Author: git-d1 test <author@example.com>
Date:   Tue Nov 14 22:16:20 2023 +0000

    change

~[1mdiff --d1 shop/users~[m
~[1mkey id~[m
~[1m--- shop/<root>~[m
~[1m+++ shop/<change>~[m
~[36m@@ ~ id=-3  ~[mname='Minus'~[36m @@~[m
~[31m-note: NULL~[m
~[32m+note: 'x'~[m
~[36m@@ ~ id=1  ~[mname='Ada'~[36m @@~[m
~[31m-name: 'Ada'~[m
~[32m+name: 'Ada L'~[m
~[36m@@ - id=2 @@~[m
~[31m-name: 'Bob'~[m
~[31m-note: NULL~[m
~[36m@@ + id=4 @@~[m
~[32m+name: 'Cyd'~[m
~[32m+note: text 2 sha256 7e18f737311b2dc3b2f269dd78396b0351f14fb66efa879f768cb23181883c78~[m
~[32m +a~[m
~[32m +b~[m
 \ no newline at end of text
EOF
test_expect_success 'show --color' '
	git d1 show --color=always change -- users >raw.out &&
	tr "\033" "~" <raw.out | named >actual.out &&
	test_cmp ../expect actual.out &&
	git -c color.ui=always d1 show change -- users >out.out &&
	test_cmp raw.out out.out &&
	git -c color.d1=always -c color.ui=never d1 show change -- users >out.out &&
	test_cmp raw.out out.out &&
	git -c color.ui=always d1 show --no-color change -- users >out.out &&
	git d1 show change -- users >expect.out &&
	test_cmp expect.out out.out &&
	git -c color.diff.commit="red bold" d1 show --color=always change >out.out &&
	head -n 1 out.out | tr "\033" "~" >actual.out &&
	grep "^~\[1;31mcommit " actual.out
'

cat >"$TRASH/expect" <<\EOF
commit <change>
Author: git-d1 test <author@example.com>
Date:   Tue Nov 14 22:16:20 2023 +0000

    change

diff --d1 shop/users
key id
--- shop/<root>
+++ shop/<change>
@@ ~ id=-3  name='Minus' @@
 note: [-NULL-]{+'x'+}
@@ ~ id=1  name='Ada' @@
 name: 'Ada{+ L+}'
@@ - id=2 @@
-name: 'Bob'
-note: NULL
@@ + id=4 @@
+name: 'Cyd'
+note: text 2 sha256 7e18f737311b2dc3b2f269dd78396b0351f14fb66efa879f768cb23181883c78
 +a
 +b
 \ no newline at end of text
EOF
test_expect_success 'show --word-diff' '
	told git d1 show --word-diff change -- users
'

cat >"$TRASH/expect" <<\EOF
commit <change>
Author: git-d1 test <author@example.com>
Date:   Tue Nov 14 22:16:20 2023 +0000

    change

diff --d1 shop/users
redacted
key id
--- shop/<root>
+++ shop/<change>
@@ ~ id=-3 @@
-note: redacted
+note: redacted
@@ ~ id=1 @@
-name: redacted
+name: redacted
@@ - id=2 @@
-name: redacted
-note: redacted
@@ + id=4 @@
+name: redacted
+note: redacted
EOF
test_expect_success 'show --redact' '
	told git d1 show --redact change -- users
'

cat >"$TRASH/expect" <<\EOF
### `logs`

From `logs/<column>` to `logs/<both>`

| table | + | ~ | - |
|:--|--:|--:|--:|
| `hits` | 1 | 0 | 0 |

### `shop`

From `shop/<column>` to `shop/<both>`

| table | + | ~ | - |
|:--|--:|--:|--:|
| `bag` | 1 | 0 | 1 |

<details>
<summary><code>hits</code>: 1 change</summary>

```diff
diff --d1 logs/hits
new table
key id
--- /dev/null
+++ logs/<both>
@@ + id=1 @@
+n: 10
```

</details>

<details>
<summary><code>bag</code>: 2 changes</summary>

```diff
diff --d1 shop/bag
--- shop/<column>
+++ shop/<both>
@@ - 1 row, 2 before @@
-level: 1
-text: 'a'
@@ + 1 row, 0 before @@
+level: 2
+text: 'b'
```

</details>
EOF
test_expect_success 'show --markdown of two databases' '
	told git d1 show --markdown both
'

test_expect_success 'show and log --html are one page' '
	git d1 show --html both >out.out &&
	test "$(grep -c -i "<!doctype html>" out.out)" = 1 &&
	grep hits out.out &&
	grep bag out.out &&
	test_must_fail grep "^commit " out.out &&
	git d1 log --html -- users >out.out &&
	test "$(grep -c -i "<!doctype html>" out.out)" = 1 &&
	grep users out.out &&
	test_must_fail grep "^commit " out.out
'

cat >"$TRASH/expect" <<\EOF
### `shop`

From `shop/<readme>` to `shop/<column>`

| table | + | ~ | - |
|:--|--:|--:|--:|
| `users` | 0 | 0 | 0 |

### `shop`

From `shop/<root>` to `shop/<change>`

| table | + | ~ | - |
|:--|--:|--:|--:|
| `users` | 0 | 1 | 0 |

### `shop`

From `shop/<empty>` to `shop/<root>`

| table | + | ~ | - |
|:--|--:|--:|--:|
| `users` | 1 | 0 | 0 |

<details>
<summary><code>users</code>: the table itself</summary>

```diff
diff --d1 shop/users
columns + age
key id
--- shop/<readme>
+++ shop/<column>
```

</details>

<details>
<summary><code>users</code>: 1 change</summary>

```diff
diff --d1 shop/users
key id
--- shop/<root>
+++ shop/<change>
@@ ~ id=1  name='Ada' @@
-name: 'Ada'
+name: 'Ada L'
```

</details>

<details>
<summary><code>users</code>: 1 change</summary>

```diff
diff --d1 shop/users
new table
key id
--- /dev/null
+++ shop/<root>
@@ + id=1 @@
+name: 'Ada'
+note: 'one'
```

</details>
EOF
test_expect_success 'log --markdown is one comment' '
	told git d1 log --markdown -- users 1
'

# ---- log ----

cat >"$TRASH/expect" <<\EOF
commit <column>
Author: git-d1 test <author@example.com>
Date:   Tue Nov 14 22:18:20 2023 +0000

    column

commit <change>
Author: git-d1 test <author@example.com>
Date:   Tue Nov 14 22:16:20 2023 +0000

    change

commit <root>
Author: git-d1 test <author@example.com>
Date:   Tue Nov 14 22:15:20 2023 +0000

    Begin

    Two lines, and an empty one before them.
    The other line.
EOF
test_expect_success 'log of a table' '
	told git d1 log -- users
'

cat >"$TRASH/expect" <<\EOF
<column> column
<change> change
<root> Begin
EOF
test_expect_success 'log of a table as one line each' '
	told git d1 log --oneline -- users
'

cat >"$TRASH/expect" <<\EOF
commit <column>
Author: git-d1 test <author@example.com>
Date:   Tue Nov 14 22:18:20 2023 +0000

    column

diff --d1 shop/users
columns + age
key id
--- shop/<readme>
+++ shop/<column>

commit <change>
Author: git-d1 test <author@example.com>
Date:   Tue Nov 14 22:16:20 2023 +0000

    change

diff --d1 shop/users
key id
--- shop/<root>
+++ shop/<change>
@@ ~ id=1  name='Ada' @@
-name: 'Ada'
+name: 'Ada L'

commit <root>
Author: git-d1 test <author@example.com>
Date:   Tue Nov 14 22:15:20 2023 +0000

    Begin

    Two lines, and an empty one before them.
    The other line.

diff --d1 shop/users
new table
key id
--- /dev/null
+++ shop/<root>
@@ + id=1 @@
+name: 'Ada'
+note: 'one'
EOF
test_expect_success 'log of a row: what was done to it' '
	told git d1 log -- users 1
'

cat >"$TRASH/expect" <<\EOF
<change> change
diff --d1 shop/users
key id
--- shop/<root>
+++ shop/<change>
@@ - id=2 @@
-name: 'Bob'
-note: NULL
<root> Begin
diff --d1 shop/users
new table
key id
--- /dev/null
+++ shop/<root>
@@ + id=2 @@
+name: 'Bob'
+note: NULL
EOF
test_expect_success 'log of a row with its insertion and deletion' '
	told git d1 log --oneline -- users 2
'

cat >"$TRASH/expect" <<\EOF
<change> change
 users | 1 ~
 1 table changed, 1 update(~)
<root> Begin
 users | 1 +
 1 table changed, 1 insertion(+)
EOF
test_expect_success 'log of a negative key' '
	told git d1 log --oneline --stat change -- users -3
'

cat >"$TRASH/expect" <<\EOF
<change> change
diff --d1 shop/lines
key city, ref
--- shop/<root>
+++ shop/<change>
@@ ~ city='berlin' ref='M44' @@
-n: 1
+n: 2
<root> Begin
diff --d1 shop/lines
new table
key city, ref
--- /dev/null
+++ shop/<root>
@@ + city='berlin' ref='M44' @@
+n: 1
EOF
test_expect_success 'log of a key of several columns' '
	told git d1 log --oneline -- shop/lines berlin,M44
'

test_expect_success 'log of texts as keys' '
	for key in 007 "'\''007'\''" "'\''it'\'''\''s, two'\''" "日本 語" --all
	do
		titles "change Begin" git d1 log -- codes "$key" || return 1
	done &&
	git d1 log -- codes 7 >out.out 2>err.out &&
	test_must_be_empty out.out &&
	echo "warning: no commit up to '\''HEAD'\'' has a row of table '\''codes'\'' with that key" \
		>expect.out &&
	test_cmp expect.out err.out
'

test_expect_success 'log of a key that the table cannot have' '
	test_expect_exit 129 git d1 log -- lines berlin &&
	test_line err "error: the key of table '\''lines'\'' has 2 columns, not 1" &&
	test_expect_exit 129 git d1 log -- users 1,2 &&
	test_line err "error: the key of table '\''users'\'' has 1 column, not 2" &&
	test_expect_exit 129 git d1 log -- bag 1 &&
	test_line err "error: table '\''bag'\'' has no key" &&
	test_expect_exit 129 git d1 log -- lines berlin,NULL &&
	test_line err "error: a key of table '\''lines'\'' that holds NULL identifies no row; the text is '\''NULL'\'', in quotes" &&
	rm err
'

cat >"$TRASH/expect" <<\EOF
<both> both
diff --d1 shop/bag
--- shop/<column>
+++ shop/<both>
@@ - 1 row, 2 before @@
-level: 1
-text: 'a'
@@ + 1 row, 0 before @@
+level: 2
+text: 'b'
<root> Begin
diff --d1 shop/bag
new table
--- /dev/null
+++ shop/<root>
@@ + 2 rows, 0 before @@
+level: 1
+text: 'a'
EOF
test_expect_success 'log of a table without a key' '
	told git d1 log --oneline -p -- bag
'

test_expect_success 'log of what is not there' '
	test_expect_exit 129 git d1 log -- nope >out.out &&
	test_line err "error: table '\''nope'\'' may be in the snapshots of several databases: logs, shop" &&
	test_line err "hint: name the one you mean: logs/nope" &&
	test_expect_exit 129 git d1 log -- shop/nope >out.out &&
	test_must_be_empty out.out &&
	test_line err "error: no commit up to '\''HEAD'\'' has a table '\''nope'\'' in the snapshot of shop" &&
	test_line err "hint: the tables in '\''HEAD'\'' are: bag, codes, lines, users" &&
	test_expect_exit 129 git d1 log change -- shop/hits &&
	test_line err "error: no commit up to '\''change'\'' has a table '\''hits'\'' in the snapshot of shop" &&
	test_expect_exit 128 git d1 log empty -- users &&
	test_line err "fatal: '\''empty'\'' holds no snapshot" &&
	test_expect_exit 129 git d1 log users &&
	test_line err "error: log takes a revision, and after -- a table and a key" &&
	test_line err "hint: as in: git d1 log -- users 42" &&
	test_expect_exit 129 git d1 log -- users 1 2 &&
	test_expect_exit 129 git d1 log -n -1 -- users &&
	rm err
'

test_expect_success 'log -n' '
	titles column git d1 log -n 1 -- users &&
	titles "column change" git d1 log --max-count=2 -- users &&
	titles "change Begin" git d1 log -n 9 column~1 -- users 1 &&
	git d1 log -n 0 -- users >out.out &&
	test_must_be_empty out.out
'

cat >"$TRASH/expect" <<\EOF
== --stat
<column> column
 users | 1 ~ (columns differ)
 1 table changed, 1 update(~)
<change> change
 users | 4 +~~-
 1 table changed, 1 insertion(+), 2 updates(~), 1 deletion(-)
== --numstat
<column> column
0	1	0	users
<change> change
1	2	1	users
== --shortstat
<column> column
 1 table changed, 1 update(~)
<change> change
 1 table changed, 1 insertion(+), 2 updates(~), 1 deletion(-)
== --name-only
<column> column
users
<change> change
users
== --name-status
<column> column
M	users
<change> change
M	users
== --summary
<column> column
table  local_only  remote_only  local_newer  remote_newer  content_differs  identical
users           0            0            0             0                1          2
<change> change
table  local_only  remote_only  local_newer  remote_newer  content_differs  identical
users           1            1            0             0                2          0
== --json
{"version":1,"from":{"endpoint":"shop/<readme>","database":"shop"},"to":{"endpoint":"shop/<column>","database":"shop"},"tables":[
{"name":"users","key":["id"],"in":"both","columns_to":["age"],"compared":true,"changes":[
{"op":"update","key":{"id":"4"},"old":{"note":"replace('a\\nb','\\n',char(10))"},"new":{"note":"replace('a\\nb\\nc','\\n',char(10))"},"bucket":"content_differs"}],"inserted":0,"deleted":0,"updated":1,"unchanged":2,"buckets":{"remote_only":0,"local_only":0,"remote_newer":0,"local_newer":0,"content_differs":1,"identical":2}}]}
{"version":1,"from":{"endpoint":"shop/<root>","database":"shop"},"to":{"endpoint":"shop/<change>","database":"shop"},"tables":[
{"name":"users","key":["id"],"in":"both","compared":true,"changes":[
{"op":"update","key":{"id":"-3"},"old":{"note":"NULL"},"new":{"note":"'x'"},"bucket":"content_differs"},
{"op":"update","key":{"id":"1"},"old":{"name":"'Ada'"},"new":{"name":"'Ada L'"},"bucket":"content_differs"},
{"op":"delete","key":{"id":"2"},"old":{"id":"2","name":"'Bob'","note":"NULL"},"bucket":"remote_only"},
{"op":"insert","key":{"id":"4"},"new":{"id":"4","name":"'Cyd'","note":"replace('a\\nb','\\n',char(10))"},"bucket":"local_only"}],"inserted":1,"deleted":1,"updated":2,"unchanged":0,"buckets":{"remote_only":1,"local_only":1,"remote_newer":0,"local_newer":0,"content_differs":2,"identical":0}}]}
== --json=lines
{"table":"users","op":"update","key":{"id":"4"},"old":{"note":"replace('a\\nb','\\n',char(10))"},"new":{"note":"replace('a\\nb\\nc','\\n',char(10))"},"bucket":"content_differs"}
{"table":"users","op":"update","key":{"id":"-3"},"old":{"note":"NULL"},"new":{"note":"'x'"},"bucket":"content_differs"}
{"table":"users","op":"update","key":{"id":"1"},"old":{"name":"'Ada'"},"new":{"name":"'Ada L'"},"bucket":"content_differs"}
{"table":"users","op":"delete","key":{"id":"2"},"old":{"id":"2","name":"'Bob'","note":"NULL"},"bucket":"remote_only"}
{"table":"users","op":"insert","key":{"id":"4"},"new":{"id":"4","name":"'Cyd'","note":"replace('a\\nb','\\n',char(10))"},"bucket":"local_only"}
EOF
test_expect_success 'log in each way to show a difference' '
	for format in --stat --numstat --shortstat --name-only --name-status \
		--summary --json --json=lines
	do
		echo "== $format" &&
		git d1 log --oneline -n 2 $format -- users || return 1
	done >out.out &&
	named <out.out >actual.out &&
	test_cmp ../expect actual.out
'

# ---- blame ----

cat >"$TRASH/expect" <<\EOF
<column> (git-d1 test     2023-11-14) (-3,'Minus','x',NULL)
<column> (git-d1 test     2023-11-14) (1,'Ada L','one',36)
<column> (git-d1 test     2023-11-14) (4,'Cyd',replace('a\nb\nc','\n',char(10)),NULL)
EOF
test_expect_success 'blame' '
	told git d1 blame users
'

cat >"$TRASH/expect" <<\EOF
<change> (git-d1 test     2023-11-14) (-3,'Minus','x')
<change> (git-d1 test     2023-11-14) (1,'Ada L','one')
<change> (git-d1 test     2023-11-14) (4,'Cyd',replace('a\nb','\n',char(10)))
EOF
test_expect_success 'blame of an older version, in any letter case' '
	told git d1 blame change Users
'

cat >"$TRASH/expect" <<\EOF
<column> (git-d1 test     2023-11-14) (1,'Ada L','one',36)
0000000000 (Not Committed Yet <today>) (4,'Cyd',replace('a\nb\nc','\n',char(10)),7)
EOF
test_expect_success 'blame of rows that only moved, and of the worktree' '
	test_when_finished "git checkout -q -- d1" &&
	column &&
	sed -i -e "4d" -e "s/NULL);/7);/" d1/shop/data/users.sql &&
	told git d1 blame users
'

test_expect_success 'blame of what is not there' '
	test_expect_exit 129 git d1 blame shop/nope >out.out &&
	test_must_be_empty out.out &&
	test_line err "error: no commit up to '\''HEAD'\'' has a table '\''nope'\'' in the snapshot of shop" &&
	test_line err "hint: the tables in '\''HEAD'\'' are: bag, codes, lines, users" &&
	test_expect_exit 129 git d1 blame &&
	test_line err "error: name the table to blame" &&
	test_expect_exit 128 git d1 blame nope users &&
	test_line err "fatal: '\''nope'\'' names no commit" &&
	rm err
'

# ---- what becomes of rows ----

# users N...: the table of users with these rows, in a database of its own.
users () {
	mkdir -p d1/shop &&
	echo "CREATE TABLE users(id INTEGER PRIMARY KEY, n TEXT);" \
		>d1/shop/schema.sql &&
	printf "%s\n" "$@" | sed "/^$/d" | file shop users "(id, n) key id"
}

cat >"$TRASH/expect" <<\EOF
<back> back
diff --d1 shop/users
new table
key id
--- /dev/null
+++ shop/<back>
@@ + id=1 @@
+n: 'a'
<gone> gone
diff --d1 shop/users
deleted table
key id
--- shop/<again>
+++ /dev/null
@@ - id=1 @@
-n: 'a'
<again> again
diff --d1 shop/users
key id
--- shop/<other>
+++ shop/<again>
@@ + id=1 @@
+n: 'a'
<without> without
diff --d1 shop/users
key id
--- shop/<two>
+++ shop/<without>
@@ - id=1 @@
-n: 'a'
<made> made
diff --d1 shop/users
new table
key id
--- /dev/null
+++ shop/<made>
@@ + id=1 @@
+n: 'a'
EOF
test_expect_success 'log of a row that was deleted and inserted again' '
	git init -q "$TRASH/again" &&
	cd "$TRASH/again" &&
	users "1,'\''a'\''" && save made &&
	users "1,'\''a'\''" "2,'\''b'\''" && save two &&
	users "2,'\''b'\''" && save without &&
	users "2,'\''c'\''" && save other &&
	users "1,'\''a'\''" "2,'\''c'\''" && save again &&
	git rm -q -r d1 && save gone &&
	users "1,'\''a'\''" && save back &&
	told git d1 log --oneline -- users 1
'

test_expect_success 'log of a row that was never there while its table was' '
	git d1 log -- users 9 >out 2>err &&
	test_must_be_empty out &&
	echo "warning: no commit up to '\''HEAD'\'' has a row of table '\''users'\'' with that key" \
		>expect &&
	test_cmp expect err &&
	rm out err expect
'

cat >"$TRASH/expect" <<\EOF
== 1
<main1> main1
diff --d1 shop/users
key id
--- shop/<base>
+++ shop/<main1>
@@ ~ id=1  n='a' @@
-n: 'a'
+n: 'main'
<base> base
diff --d1 shop/users
new table
key id
--- /dev/null
+++ shop/<base>
@@ + id=1 @@
+n: 'a'
== 2
<side2> side2
diff --d1 shop/users
key id
--- shop/<base>
+++ shop/<side2>
@@ ~ id=2  n='a' @@
-n: 'a'
+n: 'side'
<base> base
diff --d1 shop/users
new table
key id
--- /dev/null
+++ shop/<base>
@@ + id=2 @@
+n: 'a'
== 3
<merged> merged
diff --d1 shop/users
key id
--- shop/<main3>
+++ shop/<merged>
@@ ~ id=3  n='main' @@
-n: 'main'
+n: 'both'
<main3> main3
diff --d1 shop/users
key id
--- shop/<main1>
+++ shop/<main3>
@@ ~ id=3  n='a' @@
-n: 'a'
+n: 'main'
<side3> side3
diff --d1 shop/users
key id
--- shop/<side2>
+++ shop/<side3>
@@ ~ id=3  n='a' @@
-n: 'a'
+n: 'side'
<base> base
diff --d1 shop/users
new table
key id
--- /dev/null
+++ shop/<base>
@@ + id=3 @@
+n: 'a'
EOF
test_expect_success 'log across merges: what a parent had is nothing new' '
	git init -q "$TRASH/merges" &&
	cd "$TRASH/merges" &&
	users "1,'\''a'\''" "2,'\''a'\''" "3,'\''a'\''" && save base &&
	git checkout -q -b side &&
	users "1,'\''a'\''" "2,'\''side'\''" "3,'\''a'\''" && save side2 &&
	users "1,'\''a'\''" "2,'\''side'\''" "3,'\''side'\''" && save side3 &&
	git checkout -q main &&
	users "1,'\''main'\''" "2,'\''a'\''" "3,'\''a'\''" && save main1 &&
	users "1,'\''main'\''" "2,'\''a'\''" "3,'\''main'\''" && save main3 &&
	test_tick &&
	test_might_fail git merge -q -s ours --no-commit side &&
	users "1,'\''main'\''" "2,'\''side'\''" "3,'\''both'\''" && save merged &&
	for key in 1 2 3
	do
		echo "== $key" &&
		git d1 log --oneline -- users $key || return 1
	done >"$TRASH/log" &&
	named <"$TRASH/log" >"$TRASH/actual" &&
	test_cmp "$TRASH/expect" "$TRASH/actual"
'

cat >"$TRASH/expect" <<\EOF
commit <merged>
Merge: <main3> <side3>
Author: git-d1 test <author@example.com>
Date:   Tue Nov 14 22:33:20 2023 +0000

    merged

diff --d1 shop/users
key id
--- shop/<main3>
+++ shop/<merged>
@@ ~ id=2  n='a' @@
-n: 'a'
+n: 'side'
@@ ~ id=3  n='main' @@
-n: 'main'
+n: 'both'
EOF
test_expect_success 'show of a merge is seen from its first parent' '
	told git d1 show merged
'

cat >"$TRASH/expect" <<\EOF
<merged> merged
<main3> main3
<main1> main1
<side3> side3
<side2> side2
<base> base
EOF
test_expect_success 'log of the table has the merge that made something new' '
	told git d1 log --oneline -- users
'

test_expect_success 'a merge that took the file of a parent is left out' '
	git checkout -q -b taken main3 &&
	test_tick &&
	git merge -q -s ours -m taken side &&
	titles "main3 main1 side3 side2 base" git d1 log -- users &&
	git d1 log --oneline -- users 2 >log.out &&
	test_must_fail grep taken log.out &&
	rm log.out &&
	git checkout -q main
'

cat >"$TRASH/expect" <<\EOF
<main1> (git-d1 test     2023-11-14) (1,'main')
<side2> (git-d1 test     2023-11-14) (2,'side')
<merged> (git-d1 test     2023-11-14) (3,'both')
EOF
test_expect_success 'blame across a merge' '
	told git d1 blame users
'

cat >"$TRASH/expect" <<\EOF
== store
<later> later
 users | 1 ~
 1 table changed, 1 update(~)
<rename> rename
 users | 1 +
 1 table changed, 1 insertion(+)
== shop
<rename> rename
 users | 1 -
 1 table changed, 1 deletion(-)
<change> change
 users | 1 ~
 1 table changed, 1 update(~)
<made> made
 users | 1 +
 1 table changed, 1 insertion(+)
== show
commit <rename>
Author: git-d1 test <author@example.com>
Date:   Tue Nov 14 22:37:20 2023 +0000

    rename

D	shop/users
A	store/users
== blame
<later> (git-d1 test     2023-11-14) (1,'c')
<change> (git-d1 test     2023-11-14) (1,'b')
EOF
test_expect_success 'a database that got another name' '
	git init -q "$TRASH/renamed" &&
	cd "$TRASH/renamed" &&
	users "1,'\''a'\''" && save made &&
	users "1,'\''b'\''" && save change &&
	git mv d1/shop d1/store && save rename &&
	sed -i "s/'\''b'\''/'\''c'\''/" d1/store/data/users.sql && save later &&
	{
		echo "== store" && git d1 log --oneline --stat -- users 1 &&
		echo "== shop" && git d1 log --oneline --stat -- shop/users 1 &&
		echo "== show" && git d1 show --name-status rename &&
		echo "== blame" && git d1 blame users &&
		git d1 blame change users
	} >"$TRASH/log" &&
	named <"$TRASH/log" >"$TRASH/actual" &&
	test_cmp "$TRASH/expect" "$TRASH/actual"
'

cat >"$TRASH/expect" <<\EOF
== people
<rename> rename
diff --d1 shop/people
new table
key id
--- /dev/null
+++ shop/<rename>
@@ + id=1 @@
+n: 'a'
== users
<rename> rename
diff --d1 shop/users
deleted table
key id
--- shop/<made>
+++ /dev/null
@@ - id=1 @@
-n: 'a'
<made> made
diff --d1 shop/users
new table
key id
--- /dev/null
+++ shop/<made>
@@ + id=1 @@
+n: 'a'
EOF
test_expect_success 'a table that got another name' '
	git init -q "$TRASH/table" &&
	cd "$TRASH/table" &&
	users "1,'\''a'\''" && save made &&
	rm d1/shop/data/users.sql &&
	echo "CREATE TABLE people(id INTEGER PRIMARY KEY, n TEXT);" \
		>d1/shop/schema.sql &&
	echo "1,'\''a'\''" | file shop people "(id, n) key id" && save rename &&
	{
		echo "== people" && git d1 log --oneline -- people 1 &&
		echo "== users" && git d1 log --oneline -- users 1
	} >"$TRASH/log" &&
	named <"$TRASH/log" >"$TRASH/actual" &&
	test_cmp "$TRASH/expect" "$TRASH/actual"
'

cat >"$TRASH/expect" <<\EOF
<last> last
diff --d1 shop/users
key id, n
--- shop/<pair>
+++ shop/<last>
@@ - id=1 n='b' @@
<pair> pair
diff --d1 shop/users
not compared: the sides disagree on the key: id against id, n
--- shop/<made>
+++ shop/<pair>
warning: <made>: the key of table 'users' has 1 column, not 2
fatal: 1 table could not be compared
hint: users: the sides disagree on the key: id against id, n
hint: make the schemas alike, or name columns that identify a row on both: git config -f .d1config 'table.users.key' COLUMN[,...]
EOF
test_expect_success 'a table that got a key of another kind' '
	git init -q "$TRASH/key" &&
	cd "$TRASH/key" &&
	users "1,'\''a'\''" && save made &&
	echo "CREATE TABLE users(id INT, n TEXT, PRIMARY KEY(id, n));" \
		>d1/shop/schema.sql &&
	echo "1,'\''b'\''" | file shop users "(id, n) key id, n" && save pair &&
	echo "1,'\''c'\''" | file shop users "(id, n) key id, n" && save last &&
	test_expect_code 128 git d1 log --oneline -- users 1,b >"$TRASH/log" \
		2>"$TRASH/err" &&
	cat "$TRASH/err" >>"$TRASH/log" &&
	named <"$TRASH/log" >"$TRASH/actual" &&
	test_cmp "$TRASH/expect" "$TRASH/actual"
'

cat >"$TRASH/expect" <<\EOF
<mended> mended
diff --d1 shop/users
key id
--- shop/<worse>
+++ shop/<mended>
@@ ~ id=1  n='b' @@
-n: 'b'
+n: 'c'
<worse> worse
<broken> broken
<made> made
diff --d1 shop/users
new table
key id
--- /dev/null
+++ shop/<made>
@@ + id=1 @@
+n: 'a'
warning: <mended>: table 'users': shop/<worse>: data/users.sql:5: a conflict of a merge stands here
hint: 'git d1 resolve' settles it; or edit the file: keep one row, and no marker
warning: <worse>: table 'users': shop/<broken>: data/users.sql:4: a conflict of a merge stands here
hint: 'git d1 resolve' settles it; or edit the file: keep one row, and no marker
warning: <broken>: table 'users': shop/<broken>: data/users.sql:4: a conflict of a merge stands here
hint: 'git d1 resolve' settles it; or edit the file: keep one row, and no marker
fatal: not all commits could be read
error: table 'users': shop/<broken>: data/users.sql:4: a conflict of a merge stands here
hint: 'git d1 resolve' settles it; or edit the file: keep one row, and no marker
EOF
test_expect_success 'a commit whose files are broken does not hide the others' '
	git init -q "$TRASH/broken" &&
	cd "$TRASH/broken" &&
	users "1,'\''a'\''" && save made &&
	users "<<<<<<< ours" && save broken &&
	users "1,'\''b'\''" &&
	echo "<<<<<<< ours" >>d1/shop/data/users.sql && save worse &&
	users "1,'\''c'\''" && save mended &&
	test_expect_code 128 git d1 log --oneline -- users 1 >"$TRASH/log" \
		2>"$TRASH/err" &&
	cat "$TRASH/err" >>"$TRASH/log" &&
	test_expect_exit 2 git d1 show broken >/dev/null &&
	cat err >>"$TRASH/log" && rm err &&
	named <"$TRASH/log" >"$TRASH/actual" &&
	test_cmp "$TRASH/expect" "$TRASH/actual"
'

cat >"$TRASH/expect" <<\EOF
== ignored
<moved> moved
diff --d1 shop/users
key id
--- shop/<change>
+++ shop/<moved>
@@ - id=1 @@
<made> made
diff --d1 shop/users
new table
key id
--- /dev/null
+++ shop/<made>
@@ + id=1 @@
== key
<change> change
diff --d1 shop/users
key n
--- shop/<made>
+++ shop/<change>
@@ + n='b' @@
EOF
test_expect_success 'columns that do not count, and keys of the configuration' '
	git init -q "$TRASH/config" &&
	cd "$TRASH/config" &&
	users "1,'\''a'\''" && save made &&
	users "1,'\''b'\''" && save change &&
	users "2,'\''b'\''" && save moved &&
	git config -f .d1config table.users.ignoreColumns n &&
	{
		echo "== ignored" && git d1 log --oneline -- users 1 &&
		rm .d1config &&
		git config -f .d1config table.users.key n &&
		echo "== key" && git d1 log --oneline -- users b
	} >"$TRASH/log" &&
	named <"$TRASH/log" >"$TRASH/actual" &&
	test_cmp "$TRASH/expect" "$TRASH/actual"
'

cat >"$TRASH/expect" <<\EOF
<change> change
diff --d1 shop/users
key id
--- shop/<made>
+++ shop/<change>
@@ ~ id=1 @@
-n: 'masked-0000000000000000000000000000000000000000000000000000000000000007'
+n: 'masked-0000000000000000000000000000000000000000000000000000000000000008'
<made> made
diff --d1 shop/users
new table
key id
--- /dev/null
+++ shop/<made>
@@ + id=1 @@
+n: 'masked-0000000000000000000000000000000000000000000000000000000000000007'
<change> (git-d1 test     2023-11-14) (1,'masked-0000000000000000000000000000000000000000000000000000000000000008')
EOF
test_expect_success 'masks are shown and nothing else' '
	git init -q "$TRASH/masked" &&
	cd "$TRASH/masked" &&
	mask=$(printf "%064d" 7) &&
	mkdir -p d1/shop &&
	echo "CREATE TABLE users(id INTEGER PRIMARY KEY, n TEXT);" \
		>d1/shop/schema.sql &&
	echo "1,'\''masked-$mask'\''" |
		file shop users "(id, n) key id [masked n key 1f2e3d4c]" &&
	save made &&
	mask=$(printf "%064d" 8) &&
	echo "1,'\''masked-$mask'\''" |
		file shop users "(id, n) key id [masked n key 1f2e3d4c]" &&
	save change &&
	{
		git d1 log --oneline -- users 1 &&
		git d1 blame users
	} >"$TRASH/log" &&
	named <"$TRASH/log" >"$TRASH/actual" &&
	test_cmp "$TRASH/expect" "$TRASH/actual"
'

# ---- where it is run ----

cat >"$TRASH/expect" <<\EOF
commit <again>
Author: git-d1 test <author@example.com>
Date:   Tue Nov 14 22:24:20 2023 +0000

    again

diff --d1 shop/users
key id
--- shop/<other>
+++ shop/<again>
@@ + id=1 @@
+n: 'a'
<back> back
 users | 1 +
 1 table changed, 1 insertion(+)
<gone> gone
 users | 1 -
 1 table changed, 1 deletion(-)
<again> again
 users | 1 +
 1 table changed, 1 insertion(+)
<without> without
 users | 1 -
 1 table changed, 1 deletion(-)
<made> made
 users | 1 +
 1 table changed, 1 insertion(+)
<back> (git-d1 test     2023-11-14) (1,'a')
<other> (git-d1 test     2023-11-14) (2,'c')
EOF
test_expect_success 'in a bare repository' '
	git clone -q --bare "$TRASH/again" "$TRASH/bare.git" &&
	cd "$TRASH/bare.git" &&
	{
		git d1 show again &&
		git d1 log --oneline --stat -- users 1 &&
		git d1 blame users &&
		git d1 blame other shop/users
	} >"$TRASH/log" &&
	named <"$TRASH/log" >"$TRASH/actual" &&
	test_cmp "$TRASH/expect" "$TRASH/actual"
'

test_expect_success 'in a linked worktree, and from a subdirectory' '
	cd "$TRASH/again" &&
	git worktree add -q "$TRASH/linked" again &&
	for command in "show" "log again -- users 1" "log -- users" \
		"blame users" "blame again users"
	do
		( cd "$TRASH/linked" && git d1 $command ) >"$TRASH/expect" &&
		test -s "$TRASH/expect" &&
		( cd "$TRASH/linked/d1/shop/data" && git d1 $command ) \
			>"$TRASH/actual" &&
		test_cmp "$TRASH/expect" "$TRASH/actual" &&
		( cd "$TRASH/linked" && mkdir -p below &&
			git-d1 -C below $command ) >"$TRASH/actual" &&
		test_cmp "$TRASH/expect" "$TRASH/actual" || return 1
	done &&
	( cd "$TRASH/linked" && git d1 log --oneline -- users 1 ) >actual &&
	git d1 log --oneline again -- users 1 >expect &&
	test_cmp expect actual &&
	rm expect actual
'

test_expect_success 'whatever the wrangler configuration says' '
	cd "$TRASH/linked" &&
	git d1 log -- users >"$TRASH/expect" &&
	for config in "not json" "{ \"d1_databases\": [] }" \
		"{ \"d1_databases\": [ { \"binding\": \"DB\",
			\"database_name\": \"other\" } ] }"
	do
		echo "$config" >wrangler.json &&
		git d1 log -- users >"$TRASH/actual" &&
		test_cmp "$TRASH/expect" "$TRASH/actual" || return 1
	done &&
	rm wrangler.json
'

cat >"$TRASH/expect" <<\EOF
<merged> merged
diff --d1 shop/users
key id
--- shop/<main3>
+++ shop/<merged>
@@ ~ id=3  n='main' @@
-n: 'main'
+n: 'both'
<main3> main3
diff --d1 shop/users
key id
--- shop/<main1>
+++ shop/<main3>
@@ ~ id=3  n='a' @@
-n: 'a'
+n: 'main'
<main1> main1
diff --d1 shop/users
new table
key id
--- /dev/null
+++ shop/<main1>
@@ + id=3 @@
+n: 'a'
warning: the history is cut off at <main1>: what was there before shows as new; to see more: git fetch --unshallow
<side3> side3
diff --d1 shop/users
key id
--- shop/<side2>
+++ shop/<side3>
@@ ~ id=3  n='a' @@
-n: 'a'
+n: 'side'
<side2> side2
diff --d1 shop/users
new table
key id
--- /dev/null
+++ shop/<side2>
@@ + id=3 @@
+n: 'a'
warning: the history is cut off at <side2>: what was there before shows as new; to see more: git fetch --unshallow
== show
warning: the history is cut off here: all rows are shown as new; to see more: git fetch --unshallow
commit <main1>
Author: git-d1 test <author@example.com>
Date:   Tue Nov 14 22:30:20 2023 +0000

    main1

diff --d1 shop/users
new table
key id
--- /dev/null
+++ shop/<main1>
@@ + id=1 @@
+n: 'main'
@@ + id=2 @@
+n: 'a'
@@ + id=3 @@
+n: 'a'
== blame
^<main1> (git-d1 test     2023-11-14) (1,'main')
^<side2> (git-d1 test     2023-11-14) (2,'side')
<merged> (git-d1 test     2023-11-14) (3,'both')
warning: the history of this clone is cut off at the commits marked ^: to see more: git fetch --unshallow
EOF
test_expect_success 'in a shallow clone the end is said' '
	git clone -q --depth 3 "file://$TRASH/merges" "$TRASH/shallow" &&
	cd "$TRASH/shallow" &&
	{
		git d1 log --oneline -- users 3 2>&1 &&
		echo "== show" &&
		git d1 show HEAD~2 2>&1 &&
		echo "== blame" &&
		git d1 blame users 2>&1
	} >"$TRASH/log" &&
	( cd "$TRASH/merges" && named ) <"$TRASH/log" >"$TRASH/actual" &&
	test_cmp "$TRASH/expect" "$TRASH/actual"
'

test_expect_success 'a SHA-256 repository cannot be read, and that is said' '
	git init -q --object-format=sha256 "$TRASH/sha256" &&
	cd "$TRASH/sha256" &&
	users "1,'\''a'\''" && save made &&
	for command in show "log -- users" "blame users"
	do
		test_expect_exit 128 git d1 $command >out &&
		test_must_be_empty out &&
		grep "^fatal: .* is a SHA-256 repository, which libgit2 cannot read" err ||
		return 1
	done
'

test_expect_success 'outside a repository, and without a commit' '
	mkdir "$TRASH/nothing" &&
	cd "$TRASH/nothing" &&
	for command in show "log -- users" "blame users"
	do
		test_expect_exit 128 git d1 $command >out &&
		test_must_be_empty out &&
		grep "^fatal: there is no git repository around" err || return 1
	done &&
	git init -q . &&
	for command in show "log -- users" "blame users"
	do
		test_expect_exit 128 git d1 $command >out &&
		test_must_be_empty out &&
		test_line err "fatal: '\''HEAD'\'' names no commit: this branch has none yet" ||
		return 1
	done
'

cat >"$TRASH/expect" <<\EOF
commit <second>
Author: git-d1 test <author@example.com>
Date:   Tue Nov 14 22:56:20 2023 +0000

    second

diff --d1 shop/users
key id
--- shop/<first>
+++ shop/<second>
@@ ~ id=1  n='a' @@
-n: 'a'
+n: 'b'
<second> second
diff --d1 shop/users
key id
--- shop/<first>
+++ shop/<second>
@@ ~ id=1  n='a' @@
-n: 'a'
+n: 'b'
<first> first
diff --d1 shop/users
new table
key id
--- /dev/null
+++ shop/<first>
@@ + id=1 @@
+n: 'a'
<second> (git-d1 test     2023-11-14) (1,'b')
EOF
test_expect_success 'what git d1 fetch saw is history, too' '
	git init -q "$TRASH/fetched" &&
	cd "$TRASH/fetched" &&
	save other &&
	users "1,'\''a'\''" && git add d1 &&
	tree=$(git rev-parse $(git write-tree):d1/shop) &&
	test_tick &&
	first=$(echo first | git commit-tree $tree) && git tag first $first &&
	users "1,'\''b'\''" && git add d1 &&
	tree=$(git rev-parse $(git write-tree):d1/shop) &&
	test_tick &&
	second=$(echo second | git commit-tree -p $first $tree) &&
	git tag second $second &&
	git update-ref refs/d1/shop/remote $second &&
	{
		git d1 show refs/d1/shop/remote &&
		git d1 log --oneline refs/d1/shop/remote -- users 1 &&
		git d1 blame refs/d1/shop/remote users
	} >"$TRASH/log" &&
	named <"$TRASH/log" >"$TRASH/actual" &&
	test_cmp "$TRASH/expect" "$TRASH/actual"
'

# ---- how it is shown ----

test_expect_success TERMINAL 'a terminal gets a pager, and --no-pager none' '
	cd "$TRASH/again" &&
	for command in "show again" "log -- users" "blame users"
	do
		test_terminal "GIT_PAGER=\"sed s/^/paged:/\" git d1 $command" |
			tr -d "\r" >out &&
		git d1 $command | sed "s/^/paged:/" >expect &&
		sed "s/$(printf "\033")\[[0-9;]*m//g" out >actual &&
		test_cmp expect actual &&
		test_terminal "GIT_PAGER=false git d1 ${command%% *} \
			--no-pager ${command#* }" | tr -d "\r" |
			sed "s/$(printf "\033")\[[0-9;]*m//g" >actual &&
		git d1 $command >expect &&
		test_cmp expect actual || return 1
	done &&
	rm out expect actual
'

test_expect_success 'a reader that goes away ends it without a word' '
	cd "$TRASH/again" &&
	git d1 log -- users 1 >expect &&
	for command in "show made" "log -- users 1" "blame users"
	do
		for lines in 0 1
		do
			{
				code=0
				git-d1 $command 2>err || code=$?
				echo $code >code
			} | head -n $lines >out &&
			test_must_be_empty err &&
			code=$(cat code) &&
			{ test "$code" = 0 || test "$code" = 141; } || return 1
		done
	done &&
	rm expect err code out
'

cat >"$TRASH/expect" <<\EOF
commit <made>
Author: Eve\033[31m <author@example.com>
Date:   Tue Nov 14 22:57:20 2023 +0000

    title\033[2J

    body\033[2J

diff --d1 shop/users
new table
key id
--- /dev/null
+++ shop/<made>
@@ + id=1 @@
+n: replace('\u{1B}[31mred','\u{1B}',char(27))
<made> title\033[2J
diff --d1 shop/users
new table
key id
--- /dev/null
+++ shop/<made>
@@ + id=1 @@
+n: replace('\u{1B}[31mred','\u{1B}',char(27))
0000000000 (Not Committed Yet <today>) (1,\033[31m)
EOF
test_expect_success 'nothing that somebody wrote drives a terminal' '
	git init -q "$TRASH/escape" &&
	cd "$TRASH/escape" &&
	esc=$(printf "\033") &&
	mkdir -p d1/shop &&
	echo "CREATE TABLE users(id INTEGER PRIMARY KEY, n TEXT);" \
		>d1/shop/schema.sql &&
	echo "1,replace('\''\u{1B}[31mred'\'','\''\u{1B}'\'',char(27))" |
		file shop users "(id, n) key id" &&
	git config user.name "Eve$esc[31m" &&
	test_tick && git add d1 &&
	GIT_AUTHOR_NAME="Eve$esc[31m" git commit -q \
		-m "title$esc[2J" -m "body$esc[2J" && git tag made &&
	echo "1,$esc[31m" | file shop users "(id, n) key id" &&
	{
		git d1 show made &&
		git d1 log --oneline -- users 1 &&
		git d1 blame users
	} >"$TRASH/log" &&
	! grep "$esc" "$TRASH/log" &&
	named <"$TRASH/log" >"$TRASH/actual" &&
	test_cmp "$TRASH/expect" "$TRASH/actual" &&
	test_expect_exit 129 git d1 log -- "users$esc[31m" &&
	! grep "$esc" err &&
	rm err
'

cat >"$TRASH/expect" <<\EOF
<latin> (Jörg            2023-11-15) (1,'b')
^<made> (Proper Name     2023-11-14) (1,'a')
EOF
test_expect_success 'names and zones as git log has them' '
	git init -q "$TRASH/people" &&
	cd "$TRASH/people" &&
	echo "Proper Name <proper@example.com> <old@example.com>" >.mailmap &&
	users "1,'\''a'\''" && git add -A && test_tick &&
	GIT_AUTHOR_EMAIL=old@example.com GIT_AUTHOR_DATE="1700000000 -0330" \
		git commit -q -m "Sch\303\266n" &&
	git tag made &&
	users "1,'\''b'\''" && git add -A && test_tick &&
	printf "Gr\374n\n\nund \344hnlich\n" >"$TRASH/message" &&
	GIT_AUTHOR_NAME="$(printf "J\366rg")" GIT_AUTHOR_DATE="1700000000 +1245" \
		git -c i18n.commitEncoding=ISO-8859-1 commit -q -F "$TRASH/message" &&
	git tag latin &&
	git -c i18n.logOutputEncoding=UTF-8 log >"$TRASH/expect.git" &&
	git d1 log -- users >"$TRASH/actual" &&
	sed "s/^    $//" "$TRASH/expect.git" >"$TRASH/expect.log" &&
	test_cmp "$TRASH/expect.log" "$TRASH/actual" &&
	git d1 blame users >"$TRASH/log" &&
	git d1 blame made users >>"$TRASH/log" &&
	named <"$TRASH/log" >"$TRASH/actual" &&
	test_cmp "$TRASH/expect" "$TRASH/actual"
'

test_expect_success 'in GitHub Actions no value is a command' '
	cd "$TRASH/again" &&
	GITHUB_ACTIONS=true git d1 log -- users 1 | cat >out &&
	head -n 1 out | grep "^::stop-commands::[0-9a-f]*$" &&
	tail -n 1 out | grep "^::[0-9a-f]*::$" &&
	GITHUB_ACTIONS=true git d1 show made | cat >out &&
	head -n 1 out | grep "^::stop-commands::[0-9a-f]*$" &&
	GITHUB_ACTIONS=true git d1 blame users | cat >out &&
	head -n 1 out | grep "^::stop-commands::[0-9a-f]*$" &&
	tail -n 1 out | grep "^::[0-9a-f]*::$" &&
	rm out
'

test_done
