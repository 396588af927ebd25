#!/bin/sh

test_description='no row that nobody has seen goes along with a deleted one'

. "$(dirname "$0")/../cli/lib.sh"

STANDIN_SRCDIR=$TOP_SRCDIR/tests/d1
. "$STANDIN_SRCDIR/standin.sh"
. "$STANDIN_SRCDIR/pairs.sh"
. "$STANDIN_SRCDIR/writes.sh"

writes_skip
test -z "$skip_all" || test_done

# A table that refers to itself: a branch of a tree goes.
database tree <<\EOF
CREATE TABLE node(id INTEGER PRIMARY KEY, up INTEGER REFERENCES node(id)
	ON DELETE CASCADE, v);
INSERT INTO node VALUES(1, NULL, 'root'), (2, 1, 'a'), (3, 1, 'b'), (4, 2, 'aa'),
	(5, 4, 'aaa'), (6, 3, 'ba'), (7, 2, 'moves');
--
UPDATE node SET up = 6 WHERE id = 7;
DELETE FROM node WHERE id IN (2, 4, 5);
EOF

# The same with SET NULL, of a table without a rowid.
database lean <<\EOF
CREATE TABLE node(id TEXT COLLATE NOCASE PRIMARY KEY, up TEXT COLLATE NOCASE
	REFERENCES node(id) ON DELETE SET NULL) WITHOUT ROWID;
INSERT INTO node VALUES('A', NULL), ('b', 'a'), ('c', 'B');
--
DELETE FROM node WHERE id IN ('b', 'c');
EOF

# Two tables that refer to each other, and one that refers to one of them.
database circle <<\EOF
CREATE TABLE hen(id INTEGER PRIMARY KEY, egg INTEGER REFERENCES egg
	ON DELETE CASCADE);
CREATE TABLE egg(id INTEGER PRIMARY KEY, hen INTEGER REFERENCES hen
	ON DELETE CASCADE);
CREATE TABLE nest(id INTEGER PRIMARY KEY, egg INTEGER REFERENCES egg
	ON DELETE SET NULL);
INSERT INTO hen VALUES(1, NULL), (2, NULL), (3, NULL);
INSERT INTO egg VALUES(1, 1), (2, 2), (3, 3);
UPDATE hen SET egg = id;
INSERT INTO nest VALUES(1, 1), (2, 2);
--
DELETE FROM hen WHERE id = 1;
DELETE FROM egg WHERE id = 1;
UPDATE nest SET egg = NULL WHERE id = 1;
EOF

# Rows that are told apart by no key, and others refer to.
database loose <<\EOF
CREATE TABLE p(k TEXT PRIMARY KEY, u INTEGER UNIQUE, v);
CREATE TABLE c(id INTEGER PRIMARY KEY, u INTEGER REFERENCES p(u)
	ON DELETE CASCADE);
INSERT INTO p VALUES(NULL, 1, 'x'), (NULL, 2, 'y'), ('k', 3, 'z');
INSERT INTO c VALUES(1, 1), (2, 2);
--
DELETE FROM c WHERE id = 1;
DELETE FROM p WHERE u = 1;
EOF

# Rows that step aside: their unique values are handed on.
database aside <<\EOF
CREATE TABLE p(id INTEGER PRIMARY KEY, u TEXT UNIQUE, v);
CREATE TABLE c(id INTEGER PRIMARY KEY, p INTEGER REFERENCES p ON DELETE CASCADE);
INSERT INTO p VALUES(1, 'a', 1), (2, 'b', 2), (3, 'c', 3);
INSERT INTO c VALUES(1, 1), (2, 2), (3, 3);
--
DELETE FROM c WHERE id = 1;
DELETE FROM p WHERE id = 1;
UPDATE p SET u = 'a' WHERE id = 2;
UPDATE p SET u = 'b' WHERE id = 3;
EOF

# The table itself says that another row may go.
database replace <<\EOF
CREATE TABLE p(id INTEGER PRIMARY KEY, u TEXT UNIQUE ON CONFLICT REPLACE,
	w TEXT UNIQUE ON CONFLICT IGNORE);
CREATE TABLE c(id INTEGER PRIMARY KEY, p INTEGER REFERENCES p ON DELETE CASCADE);
INSERT INTO p VALUES(1, 'a', 'a'), (2, 'b', 'b');
INSERT INTO c VALUES(1, 1);
--
INSERT INTO p VALUES(3, 'c', 'c');
UPDATE p SET u = 'd' WHERE id = 2;
EOF

# The same of rows that are parked: their unique values are handed on.
database swap <<\EOF
CREATE TABLE p(id INTEGER PRIMARY KEY, u TEXT UNIQUE ON CONFLICT REPLACE);
INSERT INTO p VALUES(1, 'a'), (2, 'b'), (3, 'c');
--
UPDATE p SET u = 'd' WHERE id = 2;
UPDATE p SET u = 'b' WHERE id = 1;
EOF

# Triggers fire, or are held.
for name in fires plain
do
	database $name <<\EOF
CREATE TABLE log(what);
CREATE TABLE p(id INTEGER PRIMARY KEY, v);
CREATE TABLE c(id INTEGER PRIMARY KEY, p INTEGER REFERENCES p ON DELETE CASCADE);
INSERT INTO p VALUES(1, 1), (2, 2), (3, 3);
INSERT INTO c VALUES(1, 1), (2, 2);
CREATE TRIGGER gone AFTER DELETE ON p BEGIN
	INSERT INTO log VALUES('gone ' || OLD.id); END;
--
DROP TRIGGER gone;
DELETE FROM c WHERE id = 1;
DELETE FROM p WHERE id = 1;
UPDATE p SET v = 30 WHERE id = 3;
CREATE TRIGGER gone AFTER DELETE ON p BEGIN
	INSERT INTO log VALUES('gone ' || OLD.id); END;
EOF
done

test_expect_success 'set up' '
	make_config &&
	start &&
	standin_env
'

# refuses NAME SQL BACK MESSAGE [OPTION...]: with that change of somebody else
# nothing is written, and the message says why. BACK takes the change back.
refuses () {
	refused=$1 sql=$2 back=$3 message=$4
	shift 4
	meanwhile $refused "$sql" &&
	test_expect_code 3 write $refused --effects "$@" &&
	echo "fatal: $message" >expect &&
	grep ^fatal err >actual &&
	test_cmp expect actual &&
	test "$(standin_faults_left)" = "[]" &&
	standin_sql $refused "$back" >out &&
	grep . out &&
	standin_sql $refused "SELECT name FROM sqlite_schema
		WHERE name LIKE 'git_d1%'" >left &&
	test_must_be_empty left
}

CAME='rows that refer to deleted ones were written meanwhile'

test_expect_success 'a table that refers to itself' '
	refuses tree "INSERT INTO node VALUES(9,4,8)" \
		"DELETE FROM node WHERE id = 9 RETURNING *" \
		"$CAME: table '\''node'\'', row id=9" &&
	refuses tree "UPDATE node SET up = 5 WHERE id = 6" \
		"UPDATE node SET up = 3 WHERE id = 6 RETURNING *" \
		"$CAME: table '\''node'\'', row id=6" &&
	refuses lean "INSERT INTO node VALUES('\''D'\'','\''C'\'')" \
		"DELETE FROM node WHERE id = '\''d'\'' RETURNING *" \
		"$CAME: table '\''node'\'', row id='\''D'\''"
'

test_expect_success 'tables that refer to each other' '
	refuses circle "INSERT INTO egg VALUES(9,1)" \
		"DELETE FROM egg WHERE id = 9 RETURNING *" \
		"$CAME: table '\''egg'\'', row id=9" &&
	refuses circle "INSERT INTO hen VALUES(9,1),(8,1)" \
		"DELETE FROM hen WHERE id > 7 RETURNING *" \
		"$CAME: table '\''hen'\'', row id=8; table '\''hen'\'', row id=9" &&
	refuses circle "INSERT INTO nest VALUES(9,1)" \
		"DELETE FROM nest WHERE id = 9 RETURNING *" \
		"$CAME: table '\''nest'\'', row id=9"
'

test_expect_success 'rows without a key' '
	refuses loose "INSERT INTO c VALUES(9,1)" \
		"DELETE FROM c WHERE id = 9 RETURNING *" \
		"$CAME: table '\''c'\'', row id=9"
'

test_expect_success 'rows that step aside' '
	refuses aside "INSERT INTO c VALUES(9,1)" \
		"DELETE FROM c WHERE id = 9 RETURNING *" \
		"$CAME: table '\''c'\'', row id=9"
'

test_expect_success 'triggers that fire, and others' '
	refuses fires "INSERT INTO c VALUES(9,1)" \
		"DELETE FROM c WHERE id = 9 RETURNING *" \
		"$CAME: table '\''c'\'', row id=9" --fire-triggers &&
	refuses plain "INSERT INTO c VALUES(9,1)" \
		"DELETE FROM c WHERE id = 9 RETURNING *" \
		"$CAME: table '\''c'\'', row id=9"
'

test_expect_success 'a table does not replace or leave out rows by itself' '
	refuses replace "INSERT INTO p VALUES(9,'\''c'\'','\''x'\'')" \
		"DELETE FROM p WHERE id = 9 RETURNING *" \
		"the rows contradict a constraint: UNIQUE constraint failed: p.u" &&
	refuses replace "UPDATE p SET u = '\''d'\'' WHERE id = 1" \
		"UPDATE p SET u = '\''a'\'' WHERE id = 1 RETURNING *" \
		"the rows contradict a constraint: UNIQUE constraint failed: p.u" &&
	refuses replace "INSERT INTO p VALUES(9,'\''x'\'','\''c'\'')" \
		"DELETE FROM p WHERE id = 9 RETURNING *" \
		"the rows contradict a constraint: UNIQUE constraint failed: p.w" &&
	refuses swap "UPDATE p SET u = '\''d'\'' WHERE id = 3" \
		"UPDATE p SET u = '\''c'\'' WHERE id = 3 RETURNING *" \
		"the rows contradict a constraint: UNIQUE constraint failed: p.u" &&
	standin_sql replace "SELECT * FROM c" >actual &&
	echo "[1,1]" >expect &&
	test_cmp expect actual
'

test_expect_success 'without such a row all of it is written' '
	for name in tree lean circle loose aside replace swap plain
	do
		write $name --effects &&
		grep "^done as call" out &&
		is_written $name || return 1
	done &&
	write fires --effects --fire-triggers &&
	cat >expect <<-\EOF &&
	changes:
	c: 0 inserted, 0 updated, 1 deleted
	p: 0 inserted, 1 updated, 1 deleted
	done as call
	EOF
	sed "/^effects/d" out >actual &&
	test_cmp expect actual &&
	standin_sql fires "SELECT * FROM log" >actual &&
	echo "[\"gone 1\"]" >expect &&
	test_cmp expect actual
'

test_expect_success 'end' '
	standin_stop
'

test_done
