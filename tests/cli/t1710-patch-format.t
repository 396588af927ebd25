#!/bin/sh

test_description='git d1 format-patch: mails that carry rows'

. "$(dirname "$0")/lib.sh"

READPATCH=$TOP_BUILDDIR/tests/property/readpatch

test_needs sqlite3 property/readpatch

if command -v jq >/dev/null
then
	test_set_prereq JQ
fi

GIT_AUTHOR_DATE='1700000000 +0130'
export GIT_AUTHOR_DATE

message='Fix bus lines

They stop elsewhere now.'

# hash TEXT: what a patch tells of a text.
hash () {
	printf %b "$1" | sha256sum | cut -c 1-64
}

# same_rows FILE: the patch in it holds the same as the one in "mail".
same_rows () {
	"$READPATCH" mail | grep -v ^mail >expected_rows &&
	"$READPATCH" "$1" | grep -v ^mail >actual_rows &&
	test_cmp expected_rows actual_rows
}

test_expect_success 'set up' '
	sqlite3 old.sqlite "
		CREATE TABLE lines(city TEXT, ref TEXT, name TEXT, color TEXT,
			PRIMARY KEY(city, ref));
		INSERT INTO lines VALUES(
			'\''berlin'\'', '\''M44'\'', '\''Metro'\'', '\''red'\''),
			('\''berlin'\'', '\''N97'\'', '\''Night'\'', NULL);
		CREATE TABLE log(\"x: y\", upper AS (upper(\"x: y\")));
		INSERT INTO log VALUES('\''a'\''), ('\''a'\'');
		CREATE TABLE posts(id INTEGER PRIMARY KEY, body TEXT);
		INSERT INTO posts VALUES(1,
			'\''one'\'' || char(10) || '\''two'\'' || char(10));
	" &&
	cp old.sqlite new.sqlite &&
	sqlite3 new.sqlite "
		UPDATE lines SET color = x'\''00ff'\'' WHERE ref = '\''M44'\'';
		DELETE FROM lines WHERE ref = '\''N97'\'';
		INSERT INTO lines VALUES('\''bergen'\'', '\''1 @@'\'', '\''Zoë'\'', 1.5);
		INSERT INTO log VALUES('\''a'\''), ('\''a'\'');
		UPDATE posts SET body = '\''one  '\'' || char(10) ||
			'\''\\two'\'' || char(13) || char(10) || '\''-- '\'';
		INSERT INTO posts VALUES(2, '\''a'\'' || char(10) || char(10));
	"
'

test_expect_success 'a patch is a mail' '
	cat >expected <<-EOF &&
	From 0000000000000000000000000000000000000000 Mon Sep 17 00:00:00 2001
	From: git-d1 test <author@example.com>
	Date: Tue, 14 Nov 2023 23:43:20 +0130
	Subject: [D1 PATCH] Fix bus lines
	D1-Table: lines +1 ~1 -1 sha256:X
	D1-Table: log +2 ~0 -0 sha256:X
	D1-Table: posts +1 ~1 -0 sha256:X
	MIME-Version: 1.0
	Content-Type: text/plain; charset=UTF-8
	Content-Transfer-Encoding: 8bit

	They stop elsewhere now.
	---
	 lines | 3 +~-
	 log   | 2 ++
	 posts | 2 +~
	 3 tables changed, 4 insertions(+), 2 updates(~), 1 deletion(-)

	diff --d1 lines
	key city, ref
	--- old.sqlite
	+++ new.sqlite
	@@ + city='\''bergen'\'' ref='\''1 @@'\'' @@
	+name: '\''Zoë'\''
	+color: '\''1.5'\''
	@@ ~ city='\''berlin'\'' ref='\''M44'\''  name='\''Metro'\'' @@
	-color: '\''red'\''
	+color: x'\''00ff'\''
	@@ - city='\''berlin'\'' ref='\''N97'\'' @@
	-name: '\''Night'\''
	-color: NULL
	diff --d1 log
	--- old.sqlite
	+++ new.sqlite
	@@ + 2 rows, 2 before @@
	+"x: y": '\''a'\''
	diff --d1 posts
	key id
	--- old.sqlite
	+++ new.sqlite
	@@ ~ id=1 @@
	 body: text sha256 $(hash "one\ntwo\n")..$(hash "one  \n\\\\two\r\n-- ")
	 @@ -1,2 +1,3 @@
	 -one
	 -two
	 +\\"one  "
	 +\\"\\\\two\\r"
	 +\\"-- "
	 \\ no newline at end of text
	@@ + id=2 @@
	+body: text 2 sha256 $(hash "a\n\n")
	 +a
	 +
	-- 
	0.1.0

	EOF
	git-d1 format-patch --stdout -m "$message" old.sqlite new.sqlite >mail &&
	sed "s/sha256:.*/sha256:X/" mail >actual &&
	test_cmp expected actual
'

test_expect_success 'it reads back' '
	"$READPATCH" mail >read &&
	grep "^mail database=- base=- tables=3$" read &&
	grep -c -e ^insert -e ^update -e ^delete read >count &&
	echo 6 >expected &&
	test_cmp expected count
'

test_expect_success JQ 'the hashes are those of --json=lines' '
	for table in lines posts
	do
		sum=$(git-d1 diff --json=lines old.sqlite new.sqlite -- $table |
			jq -cS "del(.bucket)" | sha256sum | cut -c 1-64) &&
		grep "^D1-Table: $table .* sha256:$sum$" mail || return 1
	done
'

test_expect_success 'the same rows make the same bytes' '
	git-d1 format-patch --stdout -m "$message" old.sqlite new.sqlite >again &&
	test_cmp mail again &&
	(
		unset GIT_AUTHOR_DATE &&
		SOURCE_DATE_EPOCH=1700000000 &&
		export SOURCE_DATE_EPOCH &&
		git-d1 format-patch --stdout old.sqlite new.sqlite
	) >mail2 &&
	test_line mail2 "Date: Tue, 14 Nov 2023 22:13:20 +0000" &&
	test_line mail2 "Subject: [D1 PATCH] Change lines, log, posts"
'

# ---- what survives ----

test_expect_success 'it survives git mailinfo' '
	git mailinfo message rows.patch <mail >info &&
	test_line info "Subject: Fix bus lines" &&
	test_line message "They stop elsewhere now." &&
	same_rows rows.patch
'

test_expect_success 'it survives being encoded and decoded' '
	{
		sed "/^Content-Transfer-Encoding/,\$d" mail &&
		echo "Content-Transfer-Encoding: base64" && echo &&
		sed "1,/^\$/d" mail | base64
	} >base64 &&
	test_expect_exit 1 "$READPATCH" base64 &&
	grep "Content-Transfer-Encoding is .base64" err &&
	grep "git mailinfo message.txt rows.patch" err &&
	git mailinfo message rows.patch <base64 >info &&
	same_rows rows.patch
'

test_expect_success 'it survives other line ends, and blanks that get lost' '
	sed "s/\$/\r/" mail >crlf &&
	same_rows crlf &&
	sed "s/ *\$//" mail >stripped &&
	same_rows stripped &&
	sed -n "/^diff --d1/,/^-- \$/p" mail >pasted &&
	same_rows pasted
'

test_expect_success 'it survives git am of code in the same mail' '
	{
		sed "/^diff --d1/,\$d" mail &&
		printf "%s\n" "diff --git a/x b/x" "new file mode 100644" \
			"--- /dev/null" "+++ b/x" "@@ -0,0 +1 @@" "+x" &&
		sed -n "/^diff --d1/,\$p" mail
	} >both &&
	same_rows both
'

test_expect_success 'mails in one mbox are read one after another' '
	cat mail mail2 >mbox &&
	"$READPATCH" mbox >read &&
	grep -c "^mail" read >count &&
	echo 2 >expected &&
	test_cmp expected count
'

test_expect_success 'what was cut off or edited is found' '
	sed "/^+name: /d" mail >cut &&
	"$READPATCH" cut &&
	sed "/^@@ - /,/^-color/d" mail >edited &&
	test_expect_exit 1 "$READPATCH" edited &&
	grep "^error: edited:[0-9]*: table .lines. has 0 rows that are deleted" \
		err &&
	grep "^hint: .*--recount" err &&
	"$READPATCH" --recount edited &&
	sed "/^-- \$/,\$d" mail >unsigned &&
	test_expect_exit 1 "$READPATCH" unsigned &&
	grep "expected .-- . at the end of the mail" err &&
	sed "s/^ +a\$/ +b/" mail >changed &&
	test_expect_exit 1 "$READPATCH" changed &&
	grep "these lines do not make the text" err
'

# ---- files ----

test_expect_success 'a file gets the name that git gives it' '
	git init -q named &&
	(
		cd named &&
		for subject in "Fix bus lines" "  .a/b..c: (d)!  " "Zoë" "..." \
			"A subject that is much longer than file names of git are allowed to be"
		do
			git commit -q --allow-empty -m root &&
			echo "$subject" >file && git add file &&
			git commit -q -m "$subject" &&
			git format-patch -q -1 -o ../git &&
			git-d1 format-patch -o ../d1 -m "$subject" \
				../old.sqlite ../new.sqlite || exit 1
		done
	) >printed &&
	ls git >expected &&
	ls d1 >actual &&
	test_cmp expected actual &&
	test_line printed ../d1/0001-Fix-bus-lines.patch
'

test_expect_success 'a file is written anew, and its folder made' '
	rm -rf deep &&
	git-d1 format-patch -o deep/er/ -m x old.sqlite new.sqlite >out &&
	echo deep/er/0001-x.patch >expected &&
	test_cmp expected out &&
	echo other >deep/er/0001-x.patch &&
	git-d1 format-patch -o deep/er -m x old.sqlite new.sqlite >out &&
	test_cmp expected out &&
	git-d1 format-patch --stdout -m x old.sqlite new.sqlite >out &&
	test_cmp out deep/er/0001-x.patch &&
	ls -A deep/er >out &&
	echo 0001-x.patch >expected &&
	test_cmp expected out
'

test_expect_success 'names and subjects beyond ASCII are encoded' '
	sqlite3 ä.sqlite "CREATE TABLE \"t ä\"(a)" &&
	cp ä.sqlite b.sqlite &&
	sqlite3 b.sqlite "INSERT INTO \"t ä\" VALUES(1)" &&
	GIT_AUTHOR_NAME="Zoë" git-d1 format-patch --stdout -m "Für alle" \
		ä.sqlite b.sqlite >mail8 &&
	test_line mail8 "From: =?UTF-8?q?Zo=C3=AB?= <author@example.com>" &&
	test_line mail8 "Subject: [D1 PATCH] =?UTF-8?q?F=C3=BCr=20alle?=" &&
	grep "^D1-Table: \"t .303.244\" +1 ~0 -0 " mail8 &&
	"$READPATCH" mail8 &&
	git mailinfo message rows.patch <mail8 >info &&
	test_line info "Author: Zoë" &&
	test_line info "Subject: Für alle" &&
	GIT_AUTHOR_NAME="A. \"U\" Thor" git-d1 format-patch --stdout \
		ä.sqlite b.sqlite >mail8 &&
	git mailinfo message rows.patch <mail8 >info &&
	test_line info "Author: A. \"U\" Thor"
'

test_expect_success 'the snapshot and its commit are named' '
	make_wrangler_project shop "
		CREATE TABLE t(id INTEGER PRIMARY KEY, n);
		INSERT INTO t VALUES(1, 1)" &&
	git init -q shop &&
	(
		cd shop &&
		git-d1 init >/dev/null &&
		git-d1 track t >/dev/null &&
		git-d1 snapshot >/dev/null &&
		git add -A && git commit -q -m one &&
		sqlite3 "$(local_database .)" "UPDATE t SET n = 2" &&
		git-d1 format-patch --stdout HEAD local >../revision &&
		git-d1 format-patch --stdout snapshot local >../snapshot &&
		git rev-parse HEAD >../head
	) &&
	for mail in revision snapshot
	do
		test_line $mail "D1-Database: shop" &&
		test_line $mail "D1-Base: $(cat head)" &&
		test_line $mail "Subject: [D1 PATCH] Change t in shop" &&
		"$READPATCH" $mail || return 1
	done
'

# ---- what is not written ----

test_expect_success 'where nothing differs nothing is written' '
	mkdir empty &&
	git-d1 format-patch -o empty/x old.sqlite old.sqlite >out 2>err &&
	test_must_be_empty out &&
	echo "nothing to write: old.sqlite and old.sqlite do not differ" \
		>expected &&
	test_cmp expected err &&
	test_must_fail ls empty/x
'

test_expect_success 'a message that would be taken for the patch is refused' '
	for line in --- "diff --d1 t" "From x" "-- " "--- a"
	do
		test_expect_exit 129 git-d1 format-patch --stdout -m "x

$line" old.sqlite new.sqlite >out &&
		test_must_be_empty out || return 1
	done &&
	test_expect_exit 129 git-d1 format-patch --stdout -m " " \
		old.sqlite new.sqlite >out &&
	test_must_be_empty out
'

test_expect_success 'a table that cannot be compared stops all of it' '
	sqlite3 p.sqlite "CREATE TABLE t(a INTEGER PRIMARY KEY, b UNIQUE)" &&
	sqlite3 q.sqlite "CREATE TABLE t(a, b TEXT PRIMARY KEY)" &&
	test_expect_exit 128 git-d1 format-patch -o never p.sqlite q.sqlite \
		>out &&
	grep "1 table could not be compared, and no patch was written" err &&
	test_must_be_empty out &&
	test_must_fail ls never
'

test_expect_success 'what is too long to be read is not written' '
	sqlite3 p.sqlite "CREATE TABLE long(a INTEGER PRIMARY KEY, b)" &&
	cp p.sqlite r.sqlite &&
	sqlite3 r.sqlite "INSERT INTO long VALUES(1, zeroblob(40000000))" &&
	test_expect_exit 128 git-d1 format-patch -o never p.sqlite r.sqlite \
		-- long >out &&
	grep "no patch was written, since it cannot be read" err &&
	grep "a line of more than 67108864 bytes" err &&
	test_must_be_empty out &&
	test_must_fail ls never
'

test_expect_success 'nobody to write for is said' '
	(
		unset GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL &&
		git config --global user.useConfigOnly true &&
		test_expect_exit 128 git-d1 format-patch -o never old.sqlite \
			new.sqlite
	) &&
	grep "git does not know who writes" err &&
	test_must_fail ls never
'

test_done
