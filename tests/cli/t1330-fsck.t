#!/bin/sh

test_description='git d1 fsck tells what is wrong with the files of a snapshot,
and git d1 snapshot --normalize mends what needs no decision'

. "$(dirname "$0")/lib.sh"

if ! test_have_prereq SQLITE3
then
	skip_all='needs the sqlite3 program'
	test_done
fi

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
CONFLICT='a conflict of a merge stands here: '\''git d1 resolve'\'' settles it; or edit the file: keep one row, and no marker'

# restore: the files as they were committed.
restore () {
	git reset -q --hard start && git clean -q -f -d d1
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
	all_well &&
	problems 0 -q </dev/null &&
	echo "HEAD:d1/shop: 6 tables, 19 rows, all well" | problems 0 HEAD &&
	echo ":d1/shop: 6 tables, 19 rows, all well" | problems 0 index &&
	echo "d1/shop: 6 tables, 19 rows, all well" | problems 0 snapshot &&
	echo "d1/shop: 6 tables, 19 rows, all well" | problems 0 ./d1/shop/
'

test_expect_success 'what holds no files' '
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
	sed -i -e "4{p}" $DATA/log.sql &&
	echo "d1/shop: 6 tables, 20 rows, all well" | problems 0 &&
	echo "d1/shop is in order" | mends 0 &&
	restore
'

test_expect_success 'two rows with one key, side by side and far away' '
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
	test_cmp before $DATA/lines.sql &&
	git merge --abort
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
	echo "d1/shop is in order" | mends 0 &&
	git checkout -q -B main start
'

# ---- lines ----

test_expect_success 'lines that are no rows' '
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
	sed "s/\$/: edit the file, or write the snapshot anew: git d1 snapshot/" \
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
	test_cmp before $DATA/lines.sql &&
	restore
'

test_done
