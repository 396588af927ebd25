#!/bin/sh

test_description='git d1 diff with the result of a patch as one side'

. "$(dirname "$0")/lib.sh"

test_needs sqlite3

# as_compared FROM TO [OPTION...]: a.sqlite or b.sqlite against the patch shows
# what the two files show, but for the name of the patch.
as_compared () {
	from=$1 to=$2 &&
	shift 2 &&
	git-d1 diff "$from" "$to" "$@" >actual &&
	git-d1 diff "$(file_of "$from")" "$(file_of "$to")" "$@" |
		sed "s/$(file_of "$from")/$from/g; s/$(file_of "$to")/$to/g" \
			>expect &&
	test_cmp expect actual
}

# file_of SIDE: p.patch is what makes a.sqlite like b.sqlite.
file_of () {
	case $1 in
	p.patch)	echo b.sqlite ;;
	*)		echo "$1" ;;
	esac
}

test_expect_success 'set up' '
	sqlite3 a.sqlite <<-\EOF &&
	CREATE TABLE bag(m TEXT, level INT);
	INSERT INTO bag VALUES('\''a'\'', 1), ('\''a'\'', 1), ('\''b'\'', 2);
	CREATE TABLE lines(city TEXT, ref TEXT, name TEXT, color TEXT,
		km INT, PRIMARY KEY(city, ref));
	INSERT INTO lines VALUES
		('\''berlin'\'', '\''M44'\'', '\''Metrotram'\'', '\''#b50b30'\'', 9),
		('\''berlin'\'', '\''N97'\'', '\''Nachtbus'\'', NULL, 8),
		('\''ulm'\'', '\''1'\'', '\''Eins'\'', NULL, 7);
	CREATE TABLE posts(id INTEGER PRIMARY KEY, body TEXT, size INT
		AS (length(body)));
	INSERT INTO posts(id, body) VALUES(1, '\''one
	two
	three
	four
	five
	six
	'\''), (2, '\''x'\'');
	EOF
	cp a.sqlite b.sqlite &&
	sqlite3 b.sqlite <<-\EOF &&
	UPDATE lines SET color = '\''#a5027d'\'' WHERE ref = '\''M44'\'';
	DELETE FROM lines WHERE ref = '\''N97'\'';
	INSERT INTO lines VALUES('\''berlin'\'', '\''X11'\'', '\''Dahlem'\'', '\''1'\'', 6);
	INSERT INTO bag VALUES('\''a'\'', 1), ('\''c'\'', NULL);
	DELETE FROM bag WHERE m = '\''b'\'';
	UPDATE posts SET body = replace(body, '\''two'\'', '\''TWO!'\'');
	INSERT INTO posts(id, body) VALUES(3, '\''three'\'');
	EOF
	git-d1 diff a.sqlite b.sqlite >p.patch &&
	test "$(grep -c "^@@" p.patch)" = 8
'

test_expect_success 'what a patch would change is what it says' '
	git-d1 diff a.sqlite p.patch >actual &&
	sed "s/^+++ b.sqlite/+++ p.patch/; /^[-+]size/d" p.patch >expect &&
	test_cmp expect actual
'

test_expect_success 'as the old side it is what is to be taken back' '
	as_compared p.patch a.sqlite -- bag lines &&
	git-d1 diff -R a.sqlite p.patch -- bag lines >again &&
	test_cmp actual again
'

for option in --stat --numstat --shortstat --name-only --name-status \
	--word-diff --word-diff=color --redact --json=lines -U0 --html
do
	test_expect_success "$option shows what two files show" '
		as_compared a.sqlite p.patch $option -- bag lines &&
		test -s actual &&
		as_compared p.patch a.sqlite $option -- bag lines
	'
done

test_expect_success 'in colour, and as Markdown' '
	as_compared a.sqlite p.patch --color=always -- bag lines &&
	grep "$(printf "\033")\[32m+color" actual &&
	git-d1 diff --markdown a.sqlite p.patch >actual &&
	test_line actual "### \`a.sqlite\` to \`p.patch\`" &&
	test_line actual "| \`lines\` | 1 | 1 | 1 |"
'

test_expect_success '--full-row shows the other cells of the row' '
	git-d1 diff --full-row a.sqlite p.patch -- lines >actual &&
	cat >expect <<-\EOF &&
	diff --d1 lines
	key city, ref
	--- a.sqlite
	+++ p.patch
	@@ ~ city='\''berlin'\'' ref='\''M44'\''  name='\''Metrotram'\'' @@
	-color: '\''#b50b30'\''
	+color: '\''#a5027d'\''
	 km: 9
	@@ - city='\''berlin'\'' ref='\''N97'\'' @@
	-name: '\''Nachtbus'\''
	-color: NULL
	-km: 8
	@@ + city='\''berlin'\'' ref='\''X11'\'' @@
	+name: '\''Dahlem'\''
	+color: '\''1'\''
	+km: 6
	EOF
	test_cmp expect actual
'

test_expect_success '--summary and --json count the rows of the patch alone' '
	git-d1 diff --summary a.sqlite p.patch -- lines >actual &&
	cat >expect <<-\EOF &&
	table  local_only  remote_only  local_newer  remote_newer  content_differs  identical
	lines           1            1            0             0                1          0
	EOF
	test_cmp expect actual &&
	git-d1 diff --json a.sqlite p.patch -- lines >actual &&
	grep -F "\"from\":{\"endpoint\":\"a.sqlite\"},\"to\":{\"endpoint\":\"p.patch\"}" actual &&
	grep -F "\"inserted\":1,\"deleted\":1,\"updated\":1,\"unchanged\":0" actual &&
	git-d1 diff --json a.sqlite p.patch -- posts >actual &&
	grep -F "\"new\":{\"id\":\"3\",\"body\":\"'\''three'\''\"}" actual
'

test_expect_success 'a patch that was applied already makes no difference' '
	git-d1 diff --exit-code b.sqlite p.patch >actual &&
	git-d1 diff --exit-code p.patch b.sqlite >>actual &&
	test_must_be_empty actual &&
	test_expect_exit 1 git-d1 diff --quiet a.sqlite p.patch &&
	test_expect_exit 1 git-d1 diff --quiet p.patch a.sqlite
'

test_expect_success 'rows that the patch does not name are not compared' '
	cp b.sqlite other.sqlite &&
	sqlite3 other.sqlite "DELETE FROM lines WHERE city = '\''ulm'\'';
		UPDATE lines SET name = '\''Tram'\'' WHERE ref = '\''M44'\'';
		CREATE TABLE more(a); DELETE FROM posts WHERE id = 2" &&
	git-d1 diff --exit-code other.sqlite p.patch
'

test_expect_success 'what was applied in part is shown for the rest' '
	cp a.sqlite part.sqlite &&
	sqlite3 part.sqlite "DELETE FROM lines WHERE ref = '\''N97'\'';
		INSERT INTO bag VALUES('\''a'\'', 1)" &&
	git-d1 diff --numstat part.sqlite p.patch >actual &&
	cat >expect <<-\EOF &&
	1	0	1	bag
	1	1	0	lines
	1	1	0	posts
	EOF
	test_cmp expect actual
'

test_expect_success 'rows that are neither before nor after are named' '
	cp a.sqlite moved.sqlite &&
	sqlite3 moved.sqlite "UPDATE lines SET color = '\''red'\'' WHERE ref = '\''M44'\'';
		UPDATE posts SET body = '\''other'\'' WHERE id = 1;
		DELETE FROM bag WHERE m = '\''a'\''" &&
	for sides in "moved.sqlite p.patch" "p.patch moved.sqlite"
	do
		test_expect_exit 2 git-d1 diff --stat $sides >actual &&
		test_must_be_empty actual &&
		cat >expect <<-\EOF &&
		count differs: bag, line 4 of the patch: there are 0 such rows
		value differs: lines city='\''berlin'\'' ref='\''M44'\'': color is '\''red'\'', not '\''#b50b30'\''
		value differs: posts id=1: body is '\''other'\'', not the text of sha256 HASH
		error: p.patch: 3 of 8 hunks do not apply to moved.sqlite
		hint: the rows were changed since: there is no result of the patch to compare with
		EOF
		sed "s/sha256 [0-9a-f]*/sha256 HASH/" err >actual &&
		test_cmp expect actual || return 1
	done
'

test_expect_success 'a table that is not named may be in conflict, or missing' '
	cp a.sqlite less.sqlite &&
	sqlite3 less.sqlite "DROP TABLE posts; DELETE FROM bag" &&
	test_expect_exit 3 git-d1 diff less.sqlite p.patch >actual &&
	test_must_be_empty actual &&
	grep "^error: p.patch:[0-9]*: less.sqlite has no table .posts.\$" err &&
	test_expect_exit 2 git-d1 diff less.sqlite p.patch -- lines bag >actual &&
	test_must_be_empty actual &&
	git-d1 diff --numstat less.sqlite p.patch -- lines >actual &&
	printf "1\t1\t1\tlines\n" >expect &&
	test_cmp expect actual &&
	test_expect_exit 129 git-d1 diff less.sqlite p.patch -- nowhere &&
	test_line err "error: no side has a table '\''nowhere'\''"
'

test_expect_success 'a mail, also one with a long message' '
	git-d1 format-patch --stdout -m "$(printf "A long story\n\n" &&
		seq 3000)" a.sqlite b.sqlite >mail.patch &&
	git-d1 diff --numstat a.sqlite mail.patch >actual &&
	git-d1 diff --numstat a.sqlite b.sqlite >expect &&
	test_cmp expect actual
'

test_expect_success 'a patch can be written anew on top of what is there' '
	git-d1 format-patch --stdout part.sqlite p.patch >new.patch 2>err &&
	cp part.sqlite x.sqlite &&
	git-d1 apply --to ./x.sqlite new.patch &&
	git-d1 diff --exit-code x.sqlite b.sqlite
'

test_expect_success 'a dump and a folder with a snapshot are databases too' '
	sqlite3 a.sqlite .dump >a.sql &&
	as_compared a.sql p.patch --numstat &&
	mkdir project &&
	(
		cd project &&
		git init -q . &&
		make_wrangler_project . &&
		cp ../a.sqlite "$(local_database .)" &&
		git-d1 init >/dev/null 2>&1 &&
		git-d1 track --all >/dev/null 2>&1 &&
		git-d1 snapshot -q &&
		for side in local snapshot d1/shop
		do
			git-d1 diff $side ../p.patch >actual &&
			grep -v "^---\|^+++\|^diff" actual >shown &&
			grep -v "^---\|^+++\|^diff\|^[-+]size" ../p.patch >expect &&
			test_cmp expect shown || return 1
		done &&
		git-d1 diff ../p.patch >actual &&
		test_line actual "--- ../p.patch" &&
		test_line actual "+++ shop/local" &&
		test_line actual "@@ - city='\''berlin'\'' ref='\''X11'\'' @@"
	)
'

test_expect_success 'a patch for another database is refused, unless it is meant' '
	sed "s|^diff --d1 |&crm/|" p.patch >crm.patch &&
	(
		cd project &&
		test_expect_exit 3 git-d1 diff local ../crm.patch >actual &&
		test_must_be_empty actual &&
		test_line err "error: ../crm.patch:1: the patch is for database '\''crm'\'', and shop/local is another" &&
		git-d1 diff --numstat shop/local ../crm.patch >actual &&
		git-d1 diff --numstat local ../p.patch >expect &&
		test_cmp expect actual
	) &&
	git-d1 diff --numstat a.sqlite crm.patch
'

test_expect_success 'masked and ignored columns stay out of it' '
	cp a.sqlite m.sqlite &&
	cat >.d1config <<-\EOF &&
	[table "lines"]
		maskColumns = color
	EOF
	test_when_finished "rm .d1config" &&
	test_expect_exit 3 git-d1 diff m.sqlite p.patch &&
	test_line err "error: p.patch:17: column '\''color'\'' of table '\''lines'\'' is masked, ignored or cannot be read: it is never written"
'

test_expect_success 'columns that the database has got since stay as they are' '
	cp a.sqlite new.sqlite &&
	sqlite3 new.sqlite "ALTER TABLE lines ADD COLUMN seats INT DEFAULT 4" &&
	git-d1 diff new.sqlite p.patch -- lines >actual &&
	cat >expect <<-\EOF &&
	diff --d1 lines
	key city, ref
	--- new.sqlite
	+++ p.patch
	@@ ~ city='\''berlin'\'' ref='\''M44'\''  name='\''Metrotram'\'' @@
	-color: '\''#b50b30'\''
	+color: '\''#a5027d'\''
	@@ - city='\''berlin'\'' ref='\''N97'\'' @@
	-name: '\''Nachtbus'\''
	-color: NULL
	-km: 8
	-seats: 4
	@@ + city='\''berlin'\'' ref='\''X11'\'' @@
	+name: '\''Dahlem'\''
	+color: '\''1'\''
	+km: 6
	+seats: 4
	EOF
	test_cmp expect actual
'

test_expect_success 'a patch that lacks its values, or its end, is refused' '
	git-d1 diff --redact a.sqlite b.sqlite >redacted.patch &&
	test_expect_exit 3 git-d1 diff a.sqlite redacted.patch >actual &&
	test_must_be_empty actual &&
	test_line err "error: redacted.patch:1: values of table '\''bag'\'' were left out (--redact): it cannot be applied" &&
	head -n 20 p.patch >cut.patch &&
	sed "\$d" mail.patch | sed "/^-- \$/,\$d" >open.patch &&
	test_expect_exit 128 git-d1 diff a.sqlite open.patch >actual &&
	test_must_be_empty actual &&
	printf "diff --d1 lines\nkey city, ref\n--- a\n+++ b\n@@ ~ city=" >cut.patch &&
	test_expect_exit 128 git-d1 diff a.sqlite cut.patch >actual &&
	test_must_be_empty actual &&
	grep "^fatal: cut.patch:5: " err
'

test_expect_success 'an escape sequence in a patch does not get out' '
	printf "diff --d1 lines\nkey city, ref\n--- a\n+++ b\n@@ - city='\''\033[31m'\'' ref='\''x'\'' @@\n" >esc.patch &&
	test_expect_exit 128 git-d1 diff a.sqlite esc.patch >actual &&
	test_must_be_empty actual &&
	! grep "$(printf "\033")" err
'

test_expect_success 'two patches have no rows in common' '
	test_expect_exit 129 git-d1 diff p.patch mail.patch &&
	test_line err "error: '\''p.patch'\'' and '\''mail.patch'\'' are both patches: they have no rows in common that could be compared" &&
	for option in --where=1 --key=1
	do
		test_expect_exit 129 git-d1 diff $option a.sqlite p.patch &&
		test_line err "error: --where and --key cannot be used with a patch: the rows that it names are compared" || return 1
	done
'

test_expect_success 'nobody writes into a patch' '
	sha256sum p.patch >before &&
	test_expect_exit 3 git-d1 apply --to ./p.patch mail.patch &&
	test_line err "error: '\''./p.patch'\'' is a patch, and no database that can be written" &&
	test_expect_exit 3 git-d1 revert --to ./p.patch ./mail.patch &&
	test_line err "error: '\''./p.patch'\'' is a patch, and no database that can be written" &&
	(
		cd project &&
		git add -A . &&
		git commit -q -m one &&
		test_expect_exit 3 git-d1 restore --to ../p.patch &&
		test_line err "error: '\''../p.patch'\'' is a patch, and no database that can be written"
	) &&
	sha256sum -c --quiet before
'

test_done
