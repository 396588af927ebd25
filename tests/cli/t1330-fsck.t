#!/bin/sh

test_description='git d1 fsck tells what is wrong with the files of a snapshot,
and git d1 snapshot --normalize mends what needs no decision'

. "$(dirname "$0")/lib.sh"

test_needs sqlite3

cat >tables.sql <<\EOF
CREATE TABLE kinds(id INTEGER PRIMARY KEY, name TEXT NOT NULL);
INSERT INTO kinds VALUES (1, 'tram'), (2, 'bus'), (3, 'ferry');
CREATE TABLE lines(city TEXT NOT NULL, ref TEXT NOT NULL, name TEXT,
	kind INT REFERENCES kinds(id), PRIMARY KEY(city, ref));
INSERT INTO lines VALUES ('berlin', 'M10', 'Tram', 1),
	('berlin', 'M44', 'Bus', 2), ('bonn', '61', 'Tram', 1),
	('bonn', '66', NULL, NULL);
CREATE TABLE log(level INT, text TEXT);
INSERT INTO log VALUES (1, 'one'), (1, 'one'), (2, 'two');
CREATE TABLE stops(id INTEGER PRIMARY KEY, code TEXT UNIQUE,
	depth INT CHECK(depth > 0), size REAL, line TEXT);
INSERT INTO stops VALUES (1, 'a', 1, 1.5, NULL), (2, 'b', 2, NULL, NULL),
	(3, NULL, NULL, 2.0, NULL);
CREATE TABLE tree(id INTEGER PRIMARY KEY, up INT REFERENCES tree(id));
INSERT INTO tree VALUES (1, NULL), (2, 1), (3, 4), (4, 2);
CREATE TABLE typed(id INT PRIMARY KEY NOT NULL, r REAL, b BLOB, a ANY) STRICT;
INSERT INTO typed VALUES (1, 1.0, x'00', '1'), (2, NULL, NULL, 1);
CREATE TRIGGER tell AFTER INSERT ON lines BEGIN
	INSERT INTO log VALUES (3, new.name);
END;
EOF

DATA=d1/shop/data
Q=\'
EDIT='edit the file, or write the snapshot anew: git d1 snapshot'
ANEW='write the snapshot anew: git d1 snapshot'
ROW='edit the row, or write the snapshot anew: git d1 snapshot'
CONFLICT='a conflict of a merge stands here: '\''git d1 resolve'\'' settles it; or edit the file: keep one row, and no marker'

# A program with sanitizers wants all addresses there are.
if (ulimit -v 196608 && git-d1 version) >/dev/null 2>&1
then
	test_set_prereq SMALL
fi

# restore: the files as they were committed.
restore () {
	git checkout -q -f -B main start && git clean -q -f -d d1 &&
	rm -f $DATA/pipe.sql
}

# problems CODE [ARGUMENTS...]: fsck ends with that code and prints what
# standard input says, and nothing on standard error.
problems () {
	cat >expect &&
	code=$1 &&
	shift &&
	test_expect_exit "$code" git d1 fsck "$@" >actual &&
	test_cmp expect actual &&
	test_must_be_empty err
}

# mends CODE: the same for `snapshot --normalize`.
mends () {
	cat >expect &&
	test_expect_exit "$1" git d1 snapshot --normalize >actual &&
	test_cmp expect actual &&
	test_must_be_empty err
}

# all_well: nothing is wrong, and nothing differs from what was committed.
all_well () {
	echo "d1/shop: 6 tables, 19 rows, all well" | problems 0 &&
	git diff --exit-code start -- d1
}

test_expect_success 'set up' '
	git init -q . &&
	make_wrangler_project . &&
	printf "%s\n" "/*" "!/d1" "!/.d1config" "!/.gitattributes" \
		"!/.gitignore" >.gitignore &&
	sqlite3 "$(local_database .)" <tables.sql &&
	git d1 init >/dev/null &&
	git d1 track --all >/dev/null &&
	git d1 snapshot >/dev/null &&
	git add -A && test_tick && git commit -q -m start && git tag start
'

test_expect_success 'a snapshot that is well' '
	restore &&
	all_well &&
	problems 0 -q </dev/null &&
	echo "HEAD:d1/shop: 6 tables, 19 rows, all well" | problems 0 HEAD &&
	echo ":d1/shop: 6 tables, 19 rows, all well" | problems 0 index &&
	echo "d1/shop: 6 tables, 19 rows, all well" | problems 0 snapshot &&
	echo "./d1/shop: 6 tables, 19 rows, all well" | problems 0 ./d1/shop/
'

test_expect_success 'what holds no files' '
	restore &&
	test_expect_exit 129 git d1 fsck remote &&
	grep "has no files" err &&
	test_expect_exit 129 git d1 fsck HEAD index &&
	test_expect_exit 128 git d1 fsck nonsense &&
	mkdir none &&
	test_expect_exit 128 git d1 fsck ./none &&
	grep "fatal: ./none: there is no snapshot" err
'

# ---- rows among the others ----

test_expect_success 'rows out of order: told once in a file, and mended' '
	restore &&
	sed -i -e "4{h;d}" -e "6{G}" $DATA/lines.sql &&
	sed -i -e "5{h;d}" -e "6{G}" $DATA/stops.sql &&
	problems 1 <<-\EOF &&
	d1/shop/data/lines.sql:6: rows out of order: run: git d1 snapshot --normalize
	d1/shop/data/stops.sql:6: rows out of order: run: git d1 snapshot --normalize
	d1/shop: 2 problems
	EOF
	printf "M\t%s\n" $DATA/lines.sql $DATA/stops.sql >expect &&
	echo "d1/shop: 2 files put in order" >>expect &&
	cp expect want &&
	mends 0 <want &&
	all_well
'

test_expect_success 'a row that stands there twice' '
	restore &&
	sed -i -e "4{p}" $DATA/lines.sql &&
	problems 1 <<-\EOF &&
	d1/shop/data/lines.sql:5: the row of line 4 stands here again: run: git d1 snapshot --normalize
	d1/shop: 1 problem
	EOF
	printf "M\t$DATA/lines.sql (1 repeated row dropped)\n" >want &&
	echo "d1/shop: 1 file put in order" >>want &&
	mends 0 <want &&
	all_well
'

test_expect_success 'without a key rows may be alike' '
	restore &&
	sed -i -e "4{p}" $DATA/log.sql &&
	echo "d1/shop: 6 tables, 20 rows, all well" | problems 0 &&
	echo "d1/shop is in order" | mends 0
'

test_expect_success 'two rows with one key, side by side and far away' '
	restore &&
	echo "INSERT INTO \"lines\" VALUES('\''berlin'\'','\''M10'\'',NULL,NULL);" \
		>>$DATA/lines.sql &&
	sed -i -e "4{p;s/tram/TRAM/}" $DATA/kinds.sql &&
	problems 1 <<-\EOF &&
	d1/shop/data/kinds.sql:5: the key id=1 stands in line 4 already: keep one of the two lines
	d1/shop/data/lines.sql:8: rows out of order: run: git d1 snapshot --normalize
	d1/shop/data/lines.sql:8: the table does not take the row: UNIQUE constraint failed: lines.city, lines.ref: keep one of the two rows
	d1/shop: 3 problems
	EOF
	cat >want <<-EOF &&
	d1/shop/data/kinds.sql:5: the key id=1 stands in line 4 already: keep one of the two lines
	M	d1/shop/data/kinds.sql
	d1/shop/data/lines.sql:5: the key city=${Q}berlin${Q} ref=${Q}M10${Q} stands in line 4 already: keep one of the two lines
	M	d1/shop/data/lines.sql
	d1/shop: 2 problems
	EOF
	mends 1 <want &&
	grep -v "^M" want | mends 1 &&
	sed -n -e 4p -e 5p $DATA/lines.sql >actual &&
	cat >expect <<-EOF &&
	INSERT INTO "lines" VALUES(${Q}berlin${Q},${Q}M10${Q},${Q}Tram${Q},1);
	INSERT INTO "lines" VALUES(${Q}berlin${Q},${Q}M10${Q},NULL,NULL);
	EOF
	test_cmp expect actual &&
	sed -i -e 5d $DATA/lines.sql &&
	sed -i -e 4d $DATA/kinds.sql &&
	all_well
'

# ---- merges of lines ----

# The project as a clone that knows no merge driver.
forget_driver () {
	git config --remove-section merge.d1
}

# branches OURS THEIRS: two branches from the start, each edits the files with
# the shell function of that name.
branches () {
	for side in "$@"
	do
		git checkout -q -B $side start && $side && git add -A &&
		git commit -q -m $side || return 1
	done &&
	git checkout -q $1
}

ours () {
	sed -i -e "4s/Tram/our/" $DATA/lines.sql
}
theirs () {
	sed -i -e "4s/Tram/their/" $DATA/lines.sql
}

test_expect_success 'a text merge that leaves a conflict' '
	restore &&
	forget_driver &&
	branches ours theirs &&
	test_must_fail git merge theirs &&
	problems 1 <<-EOF &&
	d1/shop/data/lines.sql:4: $CONFLICT
	d1/shop: 1 problem
	EOF
	cp $DATA/lines.sql before &&
	mends 1 <<-EOF &&
	d1/shop/data/lines.sql:4: $CONFLICT
	d1/shop: 1 problem
	EOF
	test_cmp before $DATA/lines.sql
'

added_first () {
	sed -i -e "3a INSERT INTO \"lines\" VALUES(${Q}aachen${Q},${Q}1${Q},${Q}x${Q},9);" \
		-e "5d" $DATA/lines.sql
}
added_last () {
	sed -i -e "\$a INSERT INTO \"lines\" VALUES(${Q}aachen${Q},${Q}1${Q},${Q}y${Q},2);" \
		$DATA/lines.sql
}

test_expect_success 'a text merge without a conflict that is wrong all the same' '
	restore &&
	branches added_first added_last &&
	git merge -q -m merge added_last &&
	problems 1 <<-EOF &&
	d1/shop/data/lines.sql:8: rows out of order: run: git d1 snapshot --normalize
	d1/shop/data/lines.sql:8: the table does not take the row: UNIQUE constraint failed: lines.city, lines.ref: keep one of the two rows
	d1/shop/data/lines.sql:4: kind=9 refers to no row of table ${Q}kinds${Q}: remove the row, or bring back the one that it refers to
	d1/shop: 3 problems
	EOF
	restore
'

more () {
	echo "INSERT INTO \"lines\" VALUES(${Q}bonn${Q},${Q}67${Q},NULL,2);" \
		>>$DATA/lines.sql
}
even_more () {
	cat >>$DATA/lines.sql <<-EOF
	INSERT INTO "lines" VALUES(${Q}bonn${Q},${Q}65${Q},NULL,3);
	INSERT INTO "lines" VALUES(${Q}bonn${Q},${Q}67${Q},NULL,2);
	EOF
}

test_expect_success 'merge=union: both orders' '
	restore &&
	branches more even_more &&
	echo "d1/*/data/*.sql merge=union" >>.gitattributes &&
	git commit -q -a -m union &&
	git merge -q -m merge even_more &&
	problems 1 <<-\EOF &&
	d1/shop/data/lines.sql:8: rows out of order: run: git d1 snapshot --normalize
	d1/shop: 1 problem
	EOF
	printf "M\t$DATA/lines.sql\nd1/shop: 1 file put in order\n" >want &&
	mends 0 <want &&
	echo "d1/shop: 6 tables, 21 rows, all well" | problems 0 &&
	echo "d1/shop is in order" | mends 0
'

# ---- lines ----

test_expect_success 'lines that are no rows' '
	restore &&
	cat >more <<-EOF &&
	INSERT INTO "lines" VALUES(${Q}c${Q},${Q}1${Q},${Q}too few${Q});
	INSERT INTO "lines" VALUES(${Q}c${Q},${Q}2${Q},${Q}too many${Q},1,1);
	INSERT INTO "stops" VALUES(${Q}c${Q},${Q}3${Q},NULL,1);
	INSERT INTO "lines" VALUES(${Q}c${Q},${Q}4${Q},nil,1);
	-- a comment

	INSERT INTO "lines"("city","ref","name","kind") VALUES(${Q}c${Q},${Q}5${Q},NULL,1);
	DROP TABLE lines;
	>>>>>>> theirs
	INSERT INTO "lines" VALUES(${Q}c${Q}, ${Q}6${Q},NULL,1);
	INSERT INTO "lines" VALUES(${Q}c${Q},${Q}7${Q},NULL,01);
	INSERT INTO "lines" VALUES(${Q}c${Q},${Q}8${Q},NULL,\033[2J);
	INSERT INTO "lines" VALUES(${Q}c${Q},${Q}9${Q},NULL,1)
	EOF
	printf "$(cat more)\nINSERT" >>$DATA/lines.sql &&
	cp $DATA/lines.sql before &&
	echo "d1/shop/data/lines.sql:16: $CONFLICT" >marker &&
	sed "s/\$/: $EDIT/" \
		>want <<-EOF &&
	d1/shop/data/lines.sql:8: 3 values for 4 columns
	d1/shop/data/lines.sql:9: 5 values for 4 columns
	d1/shop/data/lines.sql:10: not a row of table ${Q}lines${Q}
	d1/shop/data/lines.sql:11: column ${Q}name${Q} has no value that can be read: nil,1);
	d1/shop/data/lines.sql:12: a comment among the rows
	d1/shop/data/lines.sql:13: a blank line
	d1/shop/data/lines.sql:14: the row has a list of columns, the rows before it have none
	d1/shop/data/lines.sql:15: not a row of table ${Q}lines${Q}: DROP TABLE lines;
	d1/shop/data/lines.sql:17: column ${Q}ref${Q} has no value that can be read:  ${Q}6${Q},NULL,1);
	d1/shop/data/lines.sql:18: column ${Q}kind${Q} has no value that can be read: 01);
	d1/shop/data/lines.sql:19: column ${Q}kind${Q} has no value that can be read: \\033[2J);
	d1/shop/data/lines.sql:20: the row does not end in ${Q});${Q}
	d1/shop/data/lines.sql:21: the last line does not end in LF: the file was cut off or edited
	EOF
	sed -i -e "8r marker" want &&
	echo "d1/shop: 14 problems" >>want &&
	test_expect_exit 1 git d1 fsck >actual &&
	test_cmp want actual &&
	mends 1 <actual &&
	test_cmp before $DATA/lines.sql
'

test_expect_success 'line ends that were converted, no final one, an empty file' '
	restore &&
	sed -i -e "s/\$/\r/" $DATA/kinds.sql &&
	sed -i -e "5s/\$/\r/" $DATA/lines.sql &&
	printf "%s" "$(cat $DATA/log.sql)" >log && cp log $DATA/log.sql &&
	>$DATA/stops.sql &&
	head -n 2 $DATA/tree.sql >tree && cp tree $DATA/tree.sql &&
	sed -i -e "1s/1\$/2/" $DATA/typed.sql &&
	cat >want <<-EOF &&
	d1/shop/data/kinds.sql:1: the line ends in CR LF: line endings were converted: let .gitattributes have ${Q}-text${Q} for snapshots, as ${Q}git d1 init${Q} writes it, and check the file out again
	d1/shop/data/lines.sql:5: the line ends in CR LF: line endings were converted: let .gitattributes have ${Q}-text${Q} for snapshots, as ${Q}git d1 init${Q} writes it, and check the file out again
	d1/shop/data/log.sql:6: the last line does not end in LF: the file was cut off or edited: $EDIT
	d1/shop/data/stops.sql:1: the file is empty: $EDIT
	d1/shop/data/tree.sql:2: the file ends in its header: $EDIT
	d1/shop/data/typed.sql:1: a snapshot of version ${Q}2${Q}: this version of git-d1 knows version 1 only: a newer git-d1 has written it: update git-d1
	d1/shop: 6 problems
	EOF
	problems 1 <want &&
	mends 1 <want
'

test_expect_success 'a row, a head that are not in the one form' '
	restore &&
	sed -i -e "4s/1,/ 1,/;5s/${Q}bus${Q}/CAST(x${Q}627573${Q} AS TEXT)/" \
		$DATA/kinds.sql &&
	sed -i -e "2s/\"log\" (level, /\"log\" (\"level\", /" $DATA/log.sql &&
	sed -i -e "s/^\(INSERT INTO \"tree\"\) VALUES/\1(\"id\",\"up\") VALUES/" \
		$DATA/tree.sql &&
	cat >want <<-EOF &&
	d1/shop/data/kinds.sql:4: column ${Q}id${Q} has no value that can be read:  1,${Q}tram${Q});: $EDIT
	d1/shop/data/kinds.sql:5: the row is not written as git-d1 writes it: run: git d1 snapshot --normalize
	d1/shop/data/log.sql:2: the head is not written as git-d1 writes it: run: git d1 snapshot --normalize
	d1/shop/data/tree.sql:4: the rows are to have no list of columns: run: git d1 snapshot --normalize
	d1/shop: 4 problems
	EOF
	problems 1 <want &&
	sed -i -e "4s/ 1,/1,/" $DATA/kinds.sql &&
	{
		printf "M\t$DATA/%s.sql\n" kinds log tree &&
		echo "d1/shop: 3 files put in order"
	} >want &&
	mends 0 <want &&
	all_well
'

test_expect_success SMALL 'a line of a gigabyte takes no memory, the next is read' '
	restore &&
	{
		sed -n 1,4p $DATA/lines.sql &&
		head -c 1000000000 /dev/zero | tr "\0" x && echo &&
		sed -n 6,7p $DATA/lines.sql &&
		echo tail
	} >long && mv long $DATA/lines.sql &&
	cat >want <<-EOF &&
	d1/shop/data/lines.sql:5: a line of more than 33554432 bytes: $EDIT
	d1/shop/data/lines.sql:8: not a row of table ${Q}lines${Q}: tail: $EDIT
	d1/shop: 2 problems
	EOF
	(
		ulimit -v 262144 &&
		problems 1 <want
	)
'

test_expect_success 'of a file a hundred problems are told' '
	restore &&
	sed -n 4p $DATA/lines.sql >row &&
	for i in $(seq 150)
	do
		cat row
	done >>$DATA/lines.sql &&
	test_expect_exit 1 git d1 fsck >actual &&
	test $(wc -l <actual) = 102 &&
	cat >expect <<-\EOF &&
	d1/shop/data/lines.sql: 51 more problems
	d1/shop: 151 problems
	EOF
	tail -n 2 actual >last &&
	test_cmp expect last
'

# ---- heads and files ----

test_expect_success 'heads that do not fit' '
	restore &&
	sed -i -e "2s/, kind) key/) key/;s/,[^,]*);\$/);/" $DATA/lines.sql &&
	sed -i -e "2s/key id/key name/" $DATA/kinds.sql &&
	sed -i -e "2s/level, text/text, level/" $DATA/log.sql &&
	sed -i -e "2s/, up)/, down)/" $DATA/tree.sql &&
	cp $DATA/typed.sql $DATA/other.sql &&
	sed -e "2s/typed/gone/" $DATA/typed.sql >$DATA/gone.sql &&
	cat >want <<-EOF &&
	d1/shop/data/gone.sql:2: schema.sql has no table ${Q}gone${Q}: remove the file, or $ANEW
	d1/shop/data/gone.sql:4: not a row of table ${Q}gone${Q}: $EDIT
	d1/shop/data/gone.sql:5: not a row of table ${Q}gone${Q}: $EDIT
	d1/shop/data/kinds.sql:2: the key is name here, and id by schema.sql: $ANEW
	d1/shop/data/kinds.sql:5: rows out of order: run: git d1 snapshot --normalize
	d1/shop/data/lines.sql:2: column ${Q}kind${Q} of the table is missing: $ANEW
	d1/shop/data/lines.sql:4: the rows are to have a list of columns: run: git d1 snapshot --normalize
	d1/shop/data/log.sql:2: the columns have other names or another order than in schema.sql: $ANEW
	d1/shop/data/log.sql:4: text=1: the column would store another value: $ROW
	d1/shop/data/log.sql:5: text=1: the column would store another value: $ROW
	d1/shop/data/log.sql:6: text=2: the column would store another value: $ROW
	d1/shop/data/other.sql:2: the file of table ${Q}typed${Q} must be called ${Q}typed.sql${Q}: $EDIT
	d1/shop/data/tree.sql:2: table ${Q}tree${Q} has no column ${Q}down${Q} in schema.sql: $EDIT
	d1/shop: 13 problems
	EOF
	problems 1 <want
'

test_expect_success 'no files' '
	restore &&
	mkdir $DATA/folder.sql &&
	rm $DATA/kinds.sql && ln -s lines.sql $DATA/kinds.sql &&
	rm $DATA/log.sql && mkdir $DATA/log.sql &&
	rm $DATA/tree.sql &&
	mkfifo $DATA/pipe.sql &&
	>$DATA/notes.txt &&
	cat >want <<-EOF &&
	d1/shop/data/folder.sql: a folder, not a file: remove it, and $ANEW
	d1/shop/data/kinds.sql: a symbolic link or a device, not a file: remove it, and $ANEW
	d1/shop/data/log.sql: a folder, not a file: remove it, and $ANEW
	d1/shop/data/pipe.sql: a symbolic link or a device, not a file: remove it, and $ANEW
	d1/shop/data/tree.sql: the file of table ${Q}tree${Q}, which is tracked, is missing: write the snapshot: git d1 snapshot
	d1/shop: 5 problems
	EOF
	problems 1 <want &&
	grep -v "tree" want >want.mend &&
	sed -i -e "s/5 problems/4 problems/" want.mend &&
	mends 1 <want.mend
'

# ---- what tables take ----

row () {
	echo "INSERT INTO \"$1\" VALUES($2);" >>"$DATA/$1.sql"
}

test_expect_success 'rows that their tables do not take' '
	restore &&
	row kinds "NULL,${Q}x${Q}" &&
	row kinds "${Q}9${Q},NULL" &&
	row log "1.0,9" &&
	row log "${Q} 12 ${Q},x${Q}00${Q}" &&
	row stops "4,${Q}a${Q},0,3,NULL" &&
	row stops "5,${Q}b${Q},NULL,0.5,NULL" &&
	row stops "6,NULL,0,NULL,NULL" &&
	row typed "${Q}x${Q},1.5,NULL,NULL" &&
	row typed "3,${Q}x${Q},1,NULL" &&
	cat >want <<-EOF &&
	d1/shop/data/kinds.sql:7: id=NULL: the column takes no NULL: $ROW
	d1/shop/data/kinds.sql:7: rows out of order: run: git d1 snapshot --normalize
	d1/shop/data/kinds.sql:8: id=${Q}9${Q}: the column takes integers only: $ROW
	d1/shop/data/kinds.sql:8: name=NULL: the column takes no NULL: $ROW
	d1/shop/data/log.sql:7: level=1.0: the column would store another value: $ROW
	d1/shop/data/log.sql:7: text=9: the column would store another value: $ROW
	d1/shop/data/log.sql:7: rows out of order: run: git d1 snapshot --normalize
	d1/shop/data/log.sql:8: level=${Q} 12 ${Q}: the column would store another value: $ROW
	d1/shop/data/stops.sql:7: size=3: the column would store another value: $ROW
	d1/shop/data/stops.sql:7: the table does not take the row: CHECK constraint failed: depth > 0: $ROW
	d1/shop/data/stops.sql:8: the table does not take the row: UNIQUE constraint failed: stops.code: keep one of the two rows
	d1/shop/data/stops.sql:9: the table does not take the row: CHECK constraint failed: depth > 0: $ROW
	d1/shop/data/typed.sql:6: the table does not take the row: cannot store TEXT value in INT column typed.id: $ROW
	d1/shop/data/typed.sql:7: rows out of order: run: git d1 snapshot --normalize
	d1/shop/data/typed.sql:7: the table does not take the row: cannot store TEXT value in REAL column typed.r: $ROW
	d1/shop: 15 problems
	EOF
	problems 1 <want
'

BACK='remove the row, or bring back the one that it refers to'

test_expect_success 'foreign keys that refer to no row' '
	restore &&
	sed -i -e 6d $DATA/kinds.sql &&
	sed -i -e "4s/,1);/,3);/;5s/,2);/,3);/" $DATA/lines.sql &&
	sed -i -e "6s/4/9/" $DATA/tree.sql &&
	cat >want <<-EOF &&
	d1/shop/data/lines.sql:4: kind=3 refers to no row of table ${Q}kinds${Q}: $BACK
	d1/shop/data/lines.sql:5: kind=3 refers to no row of table ${Q}kinds${Q}: $BACK
	d1/shop/data/tree.sql:6: up=9 refers to no row of table ${Q}tree${Q}: $BACK
	d1/shop: 3 problems
	EOF
	problems 1 <want &&
	rm $DATA/kinds.sql &&
	cat >want <<-EOF &&
	d1/shop/data/kinds.sql: the file of table ${Q}kinds${Q}, which is tracked, is missing: write the snapshot: git d1 snapshot
	d1/shop/data/tree.sql:6: up=9 refers to no row of table ${Q}tree${Q}: $BACK
	d1/shop: 2 problems
	EOF
	problems 1 <want
'

# ---- definitions ----

SCHEMA=d1/shop/schema.sql

test_expect_success 'definitions that cannot be loaded, or are none' '
	restore &&
	lines=$(wc -l <$SCHEMA) &&
	printf "SELECT 1;\nATTACH ${Q}x${Q} AS y; CREATE TABL z(a);\n" >>$SCHEMA &&
	cat >want <<-EOF &&
	$SCHEMA:$((lines + 1)): SELECT is not allowed in this file: $EDIT
	$SCHEMA:$((lines + 2)): ATTACH is not allowed in this file: $EDIT
	$SCHEMA:$((lines + 2)): near "TABL": syntax error: $EDIT
	d1/shop: 3 problems
	EOF
	problems 1 <want &&
	mends 1 <want
'

test_expect_success 'definitions in another form' '
	restore &&
	sed -i -e "1i -- a comment" $SCHEMA &&
	echo "CREATE TABLE x(y);" >>d1/shop/triggers.sql &&
	lines=$(wc -l <d1/shop/triggers.sql) &&
	cat >want <<-EOF &&
	$SCHEMA:1: not in the form in which git-d1 writes it: $ANEW
	d1/shop/triggers.sql:$lines: not in the form in which git-d1 writes it: $ANEW
	d1/shop: 2 problems
	EOF
	problems 1 <want
'

test_expect_success 'a conflict in the definitions, no definitions' '
	restore &&
	sed -i -e "3i <<<<<<< ours" -e "4i =======" -e "5i >>>>>>> theirs" \
		$SCHEMA &&
	cat >want <<-EOF &&
	$SCHEMA:3: a conflict of a merge stands here: $EDIT
	d1/shop: 1 problem
	EOF
	problems 1 <want &&
	rm $SCHEMA && rm -r $DATA && >$DATA &&
	ln -s triggers.sql $SCHEMA &&
	cat >want <<-EOF &&
	$SCHEMA: a symbolic link or a device, not a file: remove it, and $ANEW
	d1/shop/data: not a folder: remove it, and $ANEW
	d1/shop: 2 problems
	EOF
	problems 1 <want &&
	rm $SCHEMA d1/shop/triggers.sql &&
	cat >want <<-EOF &&
	$SCHEMA: the file is missing: $ANEW
	d1/shop/data: not a folder: remove it, and $ANEW
	d1/shop: 2 problems
	EOF
	problems 1 <want &&
	rm $DATA &&
	test_expect_exit 128 git d1 fsck &&
	grep "there is no .*/d1/shop/schema.sql" err
'

# ---- settings ----

test_expect_success 'columns to be left out and to be masked' '
	restore &&
	git config -f .d1config --add table.log.ignoreColumns level &&
	git config -f .d1config --add table.kinds.maskColumns name &&
	cat >want <<-EOF &&
	d1/shop/data/kinds.sql:2: column ${Q}name${Q} is to be masked, and its values stand here in plain: $ANEW
	d1/shop/data/log.sql:2: column ${Q}level${Q} is to be left out, by ignoreColumns or the key in .d1config: $ANEW
	d1/shop: 2 problems
	EOF
	problems 1 <want &&
	echo "HEAD:d1/shop: 6 tables, 19 rows, all well" | problems 0 HEAD &&
	git add .d1config &&
	sed -e "s/^d1/:d1/" want >index.want &&
	problems 1 index <index.want
'

test_expect_success 'a snapshot with masks, and a value in plain in it' '
	restore &&
	git config -f .d1config --add table.log.ignoreColumns level &&
	git config -f .d1config --add table.kinds.maskColumns name &&
	GIT_D1_MASK_KEY=$(printf %064d 7) git d1 snapshot >/dev/null &&
	echo "d1/shop: 6 tables, 19 rows, all well" | problems 0 &&
	sed -i -e "5s/${Q}masked-.*${Q}/${Q}bus${Q}/" $DATA/kinds.sql &&
	cat >want <<-EOF &&
	d1/shop/data/kinds.sql:5: column ${Q}name${Q} is not masked: $EDIT
	d1/shop: 1 problem
	EOF
	problems 1 <want &&
	git checkout -q .d1config &&
	cat >want <<-EOF &&
	d1/shop/data/kinds.sql:2: column ${Q}name${Q} is masked, and .d1config does not say so: name it in maskColumns, or $ANEW
	d1/shop/data/kinds.sql:5: column ${Q}name${Q} is not masked: $EDIT
	d1/shop/data/log.sql:2: column ${Q}level${Q} of the table is missing: $ANEW
	d1/shop: 3 problems
	EOF
	problems 1 <want
'

# ---- other places ----

test_expect_success 'a bare repository, the index, an older commit' '
	restore &&
	sed -i -e "4{p}" $DATA/lines.sql &&
	git add -A &&
	cat >want <<-EOF &&
	:d1/shop/data/lines.sql:5: the row of line 4 stands here again: run: git d1 snapshot --normalize
	:d1/shop: 1 problem
	EOF
	problems 1 index <want &&
	git commit -q -m twice && git tag -f twice &&
	restore &&
	all_well &&
	sed -e "s/^/twice/" want >twice.want &&
	problems 1 twice <twice.want &&
	rm -rf bare.git && git clone -q --bare . bare.git &&
	(
		cd bare.git &&
		echo "HEAD:d1/shop: 6 tables, 19 rows, all well" |
			problems 0 HEAD &&
		problems 1 twice <../twice.want
	)
'

test_expect_success 'a folder that is no snapshot of the project' '
	restore &&
	rm -rf other && cp -R d1/shop other &&
	rm other/data/kinds.sql &&
	echo "./other: 5 tables, 16 rows, all well" | problems 0 ./other
'

test_expect_success 'JSON' '
	restore &&
	cat >expect <<-\EOF &&
	[
	{"snapshot":"d1/shop","problems":[],"count":0,"tables":6,"rows":19}
	]
	EOF
	git d1 fsck --json >actual &&
	test_cmp expect actual &&
	sed -i -e "4{p}" -e "7s/NULL,NULL/x\"y/" $DATA/lines.sql &&
	rm $DATA/tree.sql &&
	cat >expect <<-\EOF &&
	[
	{"snapshot":"d1/shop","problems":[
	{"file":"d1/shop/data/lines.sql","line":5,"message":"the row of line 4 stands here again","remedy":"run: git d1 snapshot --normalize"},
	{"file":"d1/shop/data/lines.sql","line":8,"message":"column Qname$ has no value that can be read: x\"y);","remedy":"edit the file, or write the snapshot anew: git d1 snapshot"},
	{"file":"d1/shop/data/tree.sql","line":null,"message":"the file of table Qtree$, which is tracked, is missing","remedy":"write the snapshot: git d1 snapshot"}
	],"count":3,"tables":5,"rows":15}
	]
	EOF
	test_expect_exit 1 git d1 fsck --json >out &&
	sed -e "s/${Q}\([a-z]*\)${Q}/Q\1\$/g" out >actual &&
	test_cmp expect actual
'

# ---- what is mended ----

test_expect_success 'what is in order is not touched' '
	restore &&
	sed -i -e "4{h;d}" -e "6{G}" $DATA/lines.sql &&
	touch -d "2020-01-01 00:00" $DATA/kinds.sql &&
	stat -c "%i %Y" $DATA/kinds.sql d1/shop/schema.sql >expect &&
	git d1 snapshot --normalize -q >out &&
	test_must_be_empty out &&
	stat -c "%i %Y" $DATA/kinds.sql d1/shop/schema.sql >actual &&
	test_cmp expect actual &&
	all_well
'

test_expect_success 'what cannot be published leaves all files as they were' '
	restore &&
	sed -i -e "4{h;d}" -e "6{G}" $DATA/lines.sql &&
	for i in $(seq 300 -1 1)
	do
		row log "$i,${Q}some text${Q}" || return 1
	done &&
	rm -rf copy && cp -R d1 copy &&
	(
		ulimit -f 8 &&
		trap "" XFSZ &&
		test_expect_exit 128 git d1 snapshot --normalize
	) &&
	diff -r copy d1
'

test_expect_success SMALL 'many rows in little memory' '
	restore &&
	sqlite3 "$(local_database .)" "DELETE FROM log; INSERT INTO kinds
		WITH n(i) AS (SELECT 4 UNION ALL SELECT i + 1 FROM n
			WHERE i < 200000)
		SELECT i, printf(${Q}%0120d${Q}, i) FROM n" &&
	git d1 snapshot -q &&
	cp $DATA/kinds.sql kept &&
	sed -n 1,3p kept >$DATA/kinds.sql &&
	sed 1,3d kept | sort -R >>$DATA/kinds.sql &&
	(
		ulimit -v 196608 &&
		test_expect_exit 1 git d1 fsck >out &&
		git d1 snapshot --normalize -q
	) &&
	cmp kept $DATA/kinds.sql
'

test_done
