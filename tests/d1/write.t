#!/bin/sh

test_description='changes of rows are written to D1 exactly, guarded, all or nothing

PROPERTY_REMOTE_SEEDS is how many random pairs are written, PROPERTY_FIRST the
first seed.'

. "$(dirname "$0")/../cli/lib.sh"

STANDIN_SRCDIR=$TOP_SRCDIR/tests/d1
. "$STANDIN_SRCDIR/standin.sh"
. "$STANDIN_SRCDIR/pairs.sh"
. "$STANDIN_SRCDIR/writes.sh"

writes_skip
test -z "$skip_all" || test_done

first=${PROPERTY_FIRST:-1}
last=$((first + ${PROPERTY_REMOTE_SEEDS:-24} - 1))

# state NAME: prints what must not change if nothing is written.
state () {
	git-d1 diff --json=lines $1/remote ./$1.sqlite &&
	curl --silent --noproxy '*' \
		--header 'Authorization: Bearer dummy-token' \
		"$(standin_url)/accounts/acc123/d1/database/id-$1/time_travel/bookmark"
}

hard_database

# Deleted rows are guarded in every cell.
database gone <<\EOF
CREATE TABLE t(n INTEGER PRIMARY KEY, v, i INTEGER, r REAL, b BLOB);
INSERT INTO t(v) VALUES (NULL), (''), (x''), ('0'), (0), (0.0), (-0.0), (1),
	(1.0), ('1'), (0.1), (9223372036854775807), (-9223372036854775807 - 1),
	(4.9406564584124654e-324), (9e999), (-9e999), (CAST(x'61006200' AS TEXT)),
	(CAST(x'ff' AS TEXT)), (x'00ff'), (hex(zeroblob(100000))),
	(zeroblob(300000));
UPDATE t SET i = v, r = v, b = v;
--
DELETE FROM t;
EOF

# Unique values that rows exchange, hand on, or take from rows that go.
database swap <<\EOF
CREATE TABLE texts(id INTEGER PRIMARY KEY, u TEXT UNIQUE NOT NULL, v);
INSERT INTO texts VALUES(1,'a',1),(2,'b',2),(3,'c',3),(4,'d',4),(5,'e',5);
CREATE TABLE nulls(id INTEGER PRIMARY KEY, u INTEGER UNIQUE, v);
INSERT INTO nulls VALUES(1,1,1),(2,2,2),(3,NULL,3);
CREATE TABLE whole(id TEXT PRIMARY KEY NOT NULL, u INTEGER NOT NULL UNIQUE);
INSERT INTO whole VALUES('x',1),('y',2);
CREATE TABLE pairs(id INTEGER PRIMARY KEY, a TEXT NOT NULL, b INTEGER NOT NULL,
	UNIQUE(a, b));
INSERT INTO pairs VALUES(1,'a',1),(2,'a',2),(3,'b',1);
CREATE TABLE checked(id INTEGER PRIMARY KEY,
	u TEXT NOT NULL UNIQUE CHECK(u IN ('a','b','c')));
INSERT INTO checked VALUES(1,'a'),(2,'b'),(3,'c');
CREATE TABLE tight(id INTEGER PRIMARY KEY, u INT NOT NULL UNIQUE,
	f TEXT COLLATE NOCASE UNIQUE) STRICT;
INSERT INTO tight VALUES(1,1,'A'),(2,2,'b');
CREATE TABLE flat(k TEXT PRIMARY KEY, u UNIQUE, v) WITHOUT ROWID;
INSERT INTO flat VALUES('x',1,x'00'),('y',2.5,-0.0),('z','t',NULL);
CREATE TABLE hidden(code TEXT NOT NULL, u UNIQUE, keep);
CREATE UNIQUE INDEX hidden_code ON hidden(code);
INSERT INTO hidden(rowid,code,u,keep) VALUES(50,'a',1,9e999),(60,'b',2,-0.0);
CREATE TABLE part(id INTEGER PRIMARY KEY, u, on_ INTEGER);
CREATE UNIQUE INDEX part_u ON part(u) WHERE on_;
CREATE UNIQUE INDEX part_e ON part(lower(u), id % 2);
INSERT INTO part VALUES(1,'a',1),(2,'b',1),(3,'b',0);
--
UPDATE texts SET u = u || '!' WHERE id < 4;
UPDATE texts SET u = 'b', v = 9 WHERE id = 1;
UPDATE texts SET u = 'a' WHERE id = 2;
DELETE FROM texts WHERE id IN (4, 5);
UPDATE texts SET u = 'd' WHERE id = 3;
INSERT INTO texts VALUES(6,'c',6),(7,'e',7);
UPDATE nulls SET u = NULL; UPDATE nulls SET u = 3 - id WHERE id < 3;
UPDATE whole SET u = -u; UPDATE whole SET u = 3 + u;
UPDATE pairs SET b = -b; UPDATE pairs SET b = 2 WHERE id = 1;
UPDATE pairs SET b = 1 WHERE id = 2; UPDATE pairs SET b = 1 WHERE id = 3;
DELETE FROM checked; INSERT INTO checked VALUES(1,'b'),(2,'c'),(3,'a');
DELETE FROM tight; INSERT INTO tight VALUES(1,2,'B'),(2,1,'a');
DELETE FROM flat; INSERT INTO flat VALUES('x',2.5,x'00'),('y',1,-0.0),
	('z','t',1);
UPDATE hidden SET u = NULL; UPDATE hidden SET u = 2 WHERE code = 'a';
UPDATE hidden SET u = 1 WHERE code = 'b';
DELETE FROM part; INSERT INTO part VALUES(1,'b',1),(2,'a',1),(3,'x',0);
EOF

# An INTEGER PRIMARY KEY that is not the key of the comparison.
database pk <<\EOF
CREATE TABLE t(id INTEGER PRIMARY KEY AUTOINCREMENT, code TEXT UNIQUE NOT NULL,
	v);
INSERT INTO t VALUES(1,'a',1),(2,'b',2),(3,'c',3);
--
DELETE FROM t;
INSERT INTO t(code, v) VALUES('a',2),('b',2),('d',4);
EOF

# Foreign keys with every action: parents change, children end as they are.
database family <<\EOF
CREATE TABLE p(id INTEGER PRIMARY KEY, code TEXT UNIQUE, v);
INSERT INTO p VALUES(1,'a',1),(2,'b',2),(3,'c',3),(4,'d',4);
CREATE TABLE casc(id INTEGER PRIMARY KEY,
	c TEXT REFERENCES p(code) ON UPDATE CASCADE ON DELETE CASCADE, v);
INSERT INTO casc VALUES(1,'a',1),(2,'b',2),(3,'c',3),(4,'a',x'00');
CREATE TABLE nulls(id INTEGER PRIMARY KEY,
	c TEXT REFERENCES p(code) ON UPDATE SET NULL ON DELETE SET NULL);
INSERT INTO nulls VALUES(1,'a'),(2,'b'),(3,'c'),(4,NULL);
CREATE TABLE defs(id INTEGER PRIMARY KEY, c TEXT DEFAULT 'd'
	REFERENCES p(code) ON UPDATE SET DEFAULT ON DELETE SET DEFAULT);
INSERT INTO defs VALUES(1,'a'),(2,'b'),(3,'d');
CREATE TABLE strict_(id INTEGER PRIMARY KEY,
	c TEXT REFERENCES p(code) ON UPDATE RESTRICT ON DELETE RESTRICT);
INSERT INTO strict_ VALUES(1,'a'),(2,'b');
CREATE TABLE none(id INTEGER PRIMARY KEY, c TEXT REFERENCES p(code));
INSERT INTO none VALUES(1,'b');
CREATE TABLE grand(id INTEGER PRIMARY KEY,
	k INTEGER REFERENCES casc ON DELETE CASCADE, v);
INSERT INTO grand VALUES(10,1,-0.0),(11,4,'x'),(12,2,'y');
CREATE TABLE line(p INTEGER, n INTEGER, v, PRIMARY KEY(p, n),
	FOREIGN KEY(p) REFERENCES p(id) ON DELETE CASCADE) WITHOUT ROWID;
INSERT INTO line VALUES(1,1,'l'),(1,2,'m'),(2,1,'n'),(4,1,'o');
--
PRAGMA foreign_keys=off;
UPDATE p SET code = NULL; UPDATE p SET code = 'b' WHERE id = 1;
UPDATE p SET code = 'a' WHERE id = 2; UPDATE p SET code = 'c' WHERE id = 3;
DELETE FROM p WHERE id = 4; INSERT INTO p VALUES(5,'d',5);
UPDATE casc SET v = 9 WHERE id = 1;
UPDATE casc SET c = 'd' WHERE id = 3;
UPDATE nulls SET c = 'd' WHERE id = 3;
UPDATE grand SET v = 'z' WHERE id = 12;
DELETE FROM line WHERE p = 4; INSERT INTO line VALUES(5,1,'o');
EOF

# Parents exchange values; their many children are not touched for that.
database users <<\EOF
CREATE TABLE users(id INTEGER PRIMARY KEY, mail TEXT NOT NULL UNIQUE,
	number INTEGER, team TEXT, UNIQUE(team, number));
INSERT INTO users VALUES(1,'a',1,'x'),(2,'b',2,'x'),(3,'c',3,'x'),(4,'d',4,'x');
CREATE TABLE posts(id INTEGER PRIMARY KEY, author INTEGER
	REFERENCES users ON DELETE CASCADE, v);
INSERT INTO posts VALUES(1,1,1),(2,2,2),(3,3,3),(4,4,4);
--
PRAGMA foreign_keys=off;
UPDATE users SET mail = mail || '!', number = -number;
UPDATE users SET mail = 'b', number = 1 WHERE id = 1;
UPDATE users SET mail = 'a', number = 3 WHERE id = 2;
UPDATE users SET mail = 'c', number = 2 WHERE id = 3;
DELETE FROM users WHERE id = 4; DELETE FROM posts WHERE id = 4;
INSERT INTO users VALUES(5,'d',4,'x');
EOF

# A chain turned round, its old root gone, and a circle of two tables.
database chain <<\EOF
CREATE TABLE self(id INTEGER PRIMARY KEY,
	up INTEGER REFERENCES self(id) ON DELETE CASCADE ON UPDATE CASCADE);
INSERT INTO self VALUES(1,NULL),(2,1),(3,2),(4,3),(10,NULL),(11,10),(12,11);
CREATE TABLE named(name TEXT PRIMARY KEY NOT NULL, n INTEGER UNIQUE,
	boss INTEGER REFERENCES named(n) ON DELETE SET NULL ON UPDATE CASCADE);
INSERT INTO named VALUES('a',1,NULL),('b',2,1),('c',3,2),('d',4,1);
CREATE TABLE x(id INTEGER PRIMARY KEY, y INTEGER REFERENCES y(id)
	ON DELETE CASCADE);
CREATE TABLE y(id INTEGER PRIMARY KEY, x INTEGER REFERENCES x(id)
	ON DELETE CASCADE);
INSERT INTO x VALUES(1,1),(2,2),(3,NULL);
INSERT INTO y VALUES(1,1),(2,2),(3,3);
--
PRAGMA foreign_keys=off;
DELETE FROM self WHERE id IN (1, 10, 11, 12);
UPDATE self SET up = 3 WHERE id = 2; UPDATE self SET up = 4 WHERE id = 3;
UPDATE self SET up = NULL WHERE id = 4;
INSERT INTO self VALUES(20,21),(21,22),(22,20);
UPDATE named SET n = n + 100; UPDATE named SET n = 2 WHERE name = 'a';
UPDATE named SET n = 1 WHERE name = 'b'; UPDATE named SET n = n - 100
	WHERE name IN ('c', 'd');
DELETE FROM x WHERE id IN (1, 2); DELETE FROM y WHERE id IN (1, 2);
INSERT INTO x VALUES(7,8); INSERT INTO y VALUES(8,7);
EOF

# What foreign keys would do besides.
database effects <<\EOF
CREATE TABLE p(id INTEGER PRIMARY KEY, code TEXT COLLATE NOCASE UNIQUE);
INSERT INTO p VALUES(1,'a'),(2,'b'),(3,'c'),(4,'d');
CREATE TABLE casc(id INTEGER PRIMARY KEY,
	p INTEGER REFERENCES p ON DELETE CASCADE, v);
INSERT INTO casc VALUES(1,1,x'00'),(2,1,-0.0),(3,2,1);
CREATE TABLE grand(a TEXT, k INTEGER REFERENCES casc(id) ON DELETE CASCADE);
INSERT INTO grand VALUES('x',1),('x',1),('y',3);
CREATE TABLE follows(id INTEGER PRIMARY KEY,
	c TEXT REFERENCES p(code) ON UPDATE CASCADE ON DELETE SET NULL);
INSERT INTO follows VALUES(1,'A'),(2,'B'),(3,'c'),(4,'d');
--
PRAGMA foreign_keys=off;
DELETE FROM p WHERE id = 1; UPDATE p SET code = 'z' WHERE id = 2;
UPDATE p SET id = 30 WHERE id = 3;
EOF

# Triggers: an index, which is kept, and others, which are held.
database shots <<\EOF
CREATE TABLE docs(id INTEGER PRIMARY KEY, body TEXT, u INTEGER UNIQUE);
CREATE VIRTUAL TABLE docs_index USING fts5(body, content=docs, content_rowid=id);
CREATE TRIGGER docs_in AFTER INSERT ON docs BEGIN
	INSERT INTO docs_index(rowid, body) VALUES(new.id, new.body);
END;
CREATE TRIGGER docs_out AFTER DELETE ON docs BEGIN
	INSERT INTO docs_index(docs_index, rowid, body)
		VALUES('delete', old.id, old.body);
END;
CREATE TRIGGER docs_up AFTER UPDATE ON docs BEGIN
	INSERT INTO docs_index(docs_index, rowid, body)
		VALUES('delete', old.id, old.body);
	INSERT INTO docs_index(rowid, body) VALUES(new.id, new.body);
END;
INSERT INTO docs VALUES(1,'one red',1),(2,'two blue',2),(3,'three',3);
CREATE TABLE log(what);
CREATE TABLE plain(id INTEGER PRIMARY KEY, v);
CREATE TRIGGER plain_c AFTER UPDATE ON plain BEGIN
	INSERT INTO log VALUES('c');
END;
CREATE TRIGGER plain_a AFTER UPDATE ON plain BEGIN
	INSERT INTO log VALUES('a');
END;
CREATE TRIGGER plain_b AFTER UPDATE ON plain BEGIN
	INSERT INTO log VALUES('b');
END;
INSERT INTO plain VALUES(1,1),(2,2);
--
UPDATE docs SET u = -u; UPDATE docs SET u = 2, body = 'uno green' WHERE id = 1;
UPDATE docs SET u = 1 WHERE id = 2; DELETE FROM docs WHERE id = 3;
INSERT INTO docs VALUES(4,'four',4);
UPDATE plain SET v = 9; DELETE FROM log;
EOF

# Texts that D1's way of cutting statements apart does not get right.
database odd <<\EOF
CREATE TABLE log(what);
CREATE TABLE t(id INTEGER PRIMARY KEY, v);
INSERT INTO t VALUES(1,1),(2,'it''s; BEGIN "x"');
create trigger lower_ after update on t begin
	insert into log values('lower');
end;
CREATE TRIGGER cases AFTER UPDATE ON t BEGIN
	INSERT INTO log VALUES(CASE WHEN new.v > 1 THEN 'case' END);
END;
--
UPDATE t SET v = CAST(x'0d0a003b' AS TEXT); DELETE FROM log;
EOF
database crlf <<\EOF
CREATE TABLE log(what);
CREATE TABLE t(id INTEGER PRIMARY KEY, v);
INSERT INTO t VALUES(1,1);
--
UPDATE t SET v = 2;
EOF
for file in crlf.sqlite "$(local_database remote id-crlf)"
do
	sqlite3 "$file" "$(printf "CREATE TRIGGER shot AFTER UPDATE ON t BEGIN\r
			INSERT INTO log VALUES('x');\r\nEND;")"
done
database fires <<\EOF
CREATE TABLE log(what);
CREATE TABLE t(id INTEGER PRIMARY KEY, v, n INTEGER DEFAULT 0);
INSERT INTO t VALUES(1,1,0),(2,2,0);
CREATE TRIGGER counts AFTER UPDATE OF v ON t BEGIN
	UPDATE t SET n = n + 1 WHERE id = new.id AND id = 1;
	INSERT INTO log VALUES('x');
END;
--
UPDATE t SET n = 5; UPDATE t SET v = 9, n = 5; UPDATE t SET n = 5;
DELETE FROM log;
EOF

# Values that fit into no parameter beside others.
database big <<\EOF
CREATE TABLE big(id INTEGER PRIMARY KEY, t TEXT, b BLOB);
INSERT INTO big VALUES(1,hex(zeroblob(450000)),zeroblob(900000)),
	(2,replace(hex(zeroblob(100000)),'00',char(1)||'é'),x'01'),
	(3,'short',NULL);
--
UPDATE big SET t = replace(t,'00','ab'), b = CAST(substr(b,1,899990)||x'00ff'
	AS BLOB) WHERE id = 1;
UPDATE big SET t = replace(t,'é','日本') WHERE id = 2;
INSERT INTO big VALUES(4,CAST(substr(zeroblob(600000),1) AS TEXT),
	zeroblob(1300000)),
	(5,CAST(zeroblob(300000)||x'ff' AS TEXT),NULL);
EOF
database one <<\EOF
CREATE TABLE big(id INTEGER PRIMARY KEY, t TEXT, b BLOB);
INSERT INTO big VALUES(1,hex(zeroblob(150000)),zeroblob(600000));
--
UPDATE big SET t = replace(t,'00','ab'), b = zeroblob(700000) || x'01';
UPDATE big SET b = CAST(b AS BLOB);
EOF
database toobig <<\EOF
CREATE TABLE big(id INTEGER PRIMARY KEY, name TEXT, body TEXT);
--
INSERT INTO big VALUES(7,'x',replace(hex(zeroblob(1000001)),'00','ab'));
EOF
database needs <<\EOF
CREATE TABLE t(id INTEGER PRIMARY KEY, must TEXT NOT NULL, v);
--
INSERT INTO t VALUES(1,'x',1);
EOF

# Many rows, of which most change.
database many <<\EOF
CREATE TABLE many(id INTEGER PRIMARY KEY, a TEXT, b REAL, c, d INTEGER);
CREATE INDEX many_a ON many(a);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
INSERT INTO many SELECT i, hex(i * 7919) || 'padding padding padding', i / 7.0,
	NULL, i FROM n;
--
UPDATE many SET a = a || 'x', d = -d WHERE id % 3 > 0;
DELETE FROM many WHERE id % 3 = 0;
INSERT INTO many SELECT id + 200000, a, b, c, d FROM many WHERE id <= 50000;
EOF
database some <<\EOF
CREATE TABLE some(id INTEGER PRIMARY KEY, v TEXT, u);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
INSERT INTO some SELECT i, 'value ' || i, i FROM n;
--
UPDATE some SET v = v || '!';
EOF

# Rows that somebody else writes meanwhile.
for name in clash dangling fault lost
do
	database $name <<\EOF
CREATE TABLE p(id INTEGER PRIMARY KEY, u TEXT UNIQUE, v);
INSERT INTO p VALUES(1,'a',1),(2,'b',2),(3,'c',3),(4,'d',4);
CREATE TABLE c(id INTEGER PRIMARY KEY, p INTEGER REFERENCES p);
INSERT INTO c VALUES(1,1);
CREATE TABLE bag(a);
INSERT INTO bag VALUES('x'), ('x');
--
UPDATE p SET v = 20 WHERE id = 2; DELETE FROM p WHERE id = 3;
INSERT INTO p VALUES(5,'e',5);
INSERT INTO c VALUES(2,4);
DELETE FROM bag WHERE rowid = 1;
EOF
done
sqlite3 "$(local_database remote id-dangling)" \
	"INSERT INTO c VALUES(99,12345)"
sqlite3 dangling.sqlite "INSERT INTO c VALUES(99,12345)"

for seed in $(seq $first $last)
do
	random_database $seed
done

test_expect_success 'set up' '
	make_config &&
	start &&
	standin_env
'

# ---- exact ----

test_expect_success 'hard values, tables of every kind' '
	writes hard <<-\EOF
	auto: 1 inserted, 0 updated, 1 deleted
	bag: 4 inserted, 0 updated, 3 deleted
	composite: 2 inserted, 1 updated, 0 deleted
	down: 0 inserted, 1 updated, 1 deleted
	folded: 1 inserted, 1 updated, 0 deleted
	hard: 42 inserted, 42 updated, 0 deleted
	made: 1 inserted, 1 updated, 0 deleted
	select "it'\''s": 0 inserted, 1 updated, 1 deleted
	tight: 0 inserted, 1 updated, 0 deleted
	trimmed: 0 inserted, 1 updated, 0 deleted
	words: 1 inserted, 1 updated, 1 deleted
	done as call
	EOF
'

test_expect_success 'deletes are guarded in every cell' '
	writes gone <<-\EOF
	t: 0 inserted, 0 updated, 21 deleted
	done as call
	EOF
'

test_expect_success 'unique values change hands' '
	writes swap <<-\EOF &&
	checked: 0 inserted, 3 updated, 0 deleted
	flat: 0 inserted, 3 updated, 0 deleted
	hidden: 0 inserted, 2 updated, 0 deleted
	nulls: 0 inserted, 2 updated, 0 deleted
	pairs: 0 inserted, 2 updated, 0 deleted
	part: 0 inserted, 3 updated, 0 deleted
	texts: 2 inserted, 3 updated, 2 deleted
	tight: 0 inserted, 2 updated, 0 deleted
	whole: 0 inserted, 2 updated, 0 deleted
	done as call
	EOF
	standin_sql swap "SELECT rowid, code FROM hidden ORDER BY rowid" >actual &&
	cat >expect <<-\EOF &&
	[50,"a"]
	[60,"b"]
	EOF
	test_cmp expect actual
'

test_expect_success 'a key of the user, in place of the primary key' '
	write pk --key=t:code &&
	standin_sql pk "SELECT id, code, v FROM t ORDER BY code" >actual &&
	cat >expect <<-\EOF &&
	[1,"a",2]
	[2,"b",2]
	[4,"d",4]
	EOF
	test_cmp expect actual
'

test_expect_success 'foreign keys act on no row that is not to change' '
	writes family <<-\EOF
	casc: 0 inserted, 2 updated, 0 deleted
	grand: 0 inserted, 1 updated, 0 deleted
	line: 1 inserted, 0 updated, 1 deleted
	nulls: 0 inserted, 1 updated, 0 deleted
	p: 1 inserted, 2 updated, 1 deleted
	done as call
	EOF
'

test_expect_success 'children stay where they are if their parents step aside' '
	standin_clear_log &&
	writes users <<-\EOF &&
	posts: 0 inserted, 0 updated, 1 deleted
	users: 1 inserted, 3 updated, 1 deleted
	done as call
	EOF
	standin_log >log &&
	grep "git-d1 guard" log &&
	test_must_fail grep -e git_d1_parked -e git_d1_waiting log
'

test_expect_success 'references within a table and in a circle' '
	writes chain <<-\EOF
	named: 0 inserted, 2 updated, 0 deleted
	self: 3 inserted, 3 updated, 4 deleted
	x: 1 inserted, 0 updated, 2 deleted
	y: 1 inserted, 0 updated, 2 deleted
	done as call
	EOF
'

test_expect_success 'what foreign keys would do is known beforehand' '
	write effects --effects &&
	cat >expect <<-\EOF &&
	effects:
	casc: 0 inserted, 0 updated, 2 deleted
	follows: 0 inserted, 2 updated, 0 deleted
	grand: 0 inserted, 0 updated, 2 deleted
	changes:
	p: 1 inserted, 1 updated, 2 deleted
	done as call
	EOF
	test_cmp expect out &&
	standin_sql effects "SELECT * FROM casc, grand, follows" >actual &&
	cat >expect <<-\EOF &&
	[3,2,1,"y",3,1,null]
	[3,2,1,"y",3,2,"z"]
	[3,2,1,"y",3,3,"c"]
	[3,2,1,"y",3,4,"d"]
	EOF
	test_cmp expect actual
'

test_expect_success 'triggers are held, but for those that keep an index' '
	writes shots <<-\EOF &&
	docs: 1 inserted, 2 updated, 1 deleted
	plain: 0 inserted, 2 updated, 0 deleted
	done as call
	EOF
	standin_sql shots "SELECT rowid FROM docs_index WHERE docs_index MATCH
		'\''green OR blue OR four'\'' ORDER BY rowid" >actual &&
	printf "[%d]\n" 1 2 4 >expect &&
	test_cmp expect actual &&
	standin_sql shots "INSERT INTO docs_index(docs_index)
		VALUES('\''integrity-check'\'')" &&
	standin_sql shots "UPDATE plain SET v = 1 WHERE id = 1" &&
	standin_sql shots "SELECT group_concat(what, '\'''\'') FROM log" >actual &&
	echo "[\"bac\"]" >expect &&
	test_cmp expect actual
'

test_expect_success 'triggers that a call does not carry go by import' '
	writes odd <<-\EOF &&
	t: 0 inserted, 2 updated, 0 deleted
	done as import
	EOF
	writes crlf <<-\EOF &&
	t: 0 inserted, 1 updated, 0 deleted
	done as import
	EOF
	standin_sql odd "UPDATE t SET v = 5" &&
	standin_sql odd "SELECT what FROM log" >actual &&
	printf "[\"%s\"]\n" case lower case lower >expect &&
	test_cmp expect actual &&
	sqlite3 "$(local_database remote id-crlf)" "SELECT sql FROM sqlite_schema
		WHERE type = '\''trigger'\''" >actual &&
	sqlite3 crlf.sqlite "SELECT sql FROM sqlite_schema
		WHERE type = '\''trigger'\''" >expect &&
	cmp expect actual
'

test_expect_success 'triggers fire if they are to, and what they did is told' '
	write fires --fire-triggers &&
	cat >expect <<-\EOF &&
	t: 0 inserted, 2 updated, 0 deleted
	done as call
	different 1
	table '\''t'\'', row id=1
	EOF
	test_cmp expect out &&
	standin_sql fires "SELECT count(*) FROM log" >actual &&
	echo "[2]" >expect &&
	test_cmp expect actual
'

test_expect_success 'big values' '
	writes big <<-\EOF &&
	big: 2 inserted, 2 updated, 0 deleted
	done as import
	EOF
	writes one <<-\EOF
	big: 0 inserted, 1 updated, 0 deleted
	done as call
	EOF
'

test_expect_success '150,000 changes' '
	writes many --max-body=1000000 <<-\EOF
	many: 33334 inserted, 66667 updated, 33333 deleted
	done as import
	EOF
'

# ---- limits ----

test_expect_success 'several calls, if it must be' '
	writes some --no-import --in-parts --max-body=50000 <<-\EOF
	some: 0 inserted, 2000 updated, 0 deleted
	0 of 2
	1 of 2
	2 of 2
	done as parts
	parts 2
	EOF
'

test_expect_success 'what D1 does not take is refused before anything is sent' '
	state toobig >before &&
	standin_clear_log &&
	test_expect_code 4 write toobig &&
	cat >expect <<-\EOF &&
	fatal: table '\''big'\'', row id=7: column '\''body'\'' has 2000002 bytes, D1 takes at most 2000000
	EOF
	grep ^fatal err >actual &&
	test_cmp expect actual &&
	standin_log >log &&
	test_must_fail grep INSERT log &&
	state toobig >after &&
	cmp before after
'

test_expect_success 'a row without a column that must have a value is refused' '
	test_expect_code 4 write needs --ignore=t:must &&
	grep "column '\''must'\'' must have a value" err
'

test_expect_success 'too much for one call, and no import' '
	test_expect_code 4 write lost --no-import --max-body=3000 &&
	grep "do not fit into one call of 3000 bytes" err
'

# ---- conflicts ----

rows () {
	standin_sql $1 "SELECT 'p', * FROM p ORDER BY id" &&
	standin_sql $1 "SELECT 'c', * FROM c ORDER BY id" &&
	standin_sql $1 "SELECT 'bag', * FROM bag ORDER BY rowid"
}

# conflicts SQL BACK MESSAGE: with that change nothing is written, and the
# message says why. BACK takes the change back.
conflicts () {
	meanwhile clash "$1" &&
	test_expect_code 3 write clash &&
	grep "^not done as call" out &&
	echo "fatal: $3" >expect &&
	grep ^fatal err >actual &&
	test_cmp expect actual &&
	standin_sql clash "$2" &&
	rows clash >after &&
	cmp before after
}

test_expect_success 'a row that changed meanwhile is named, and nothing written' '
	rows clash >before &&
	conflicts "UPDATE p SET v = 21 WHERE id = 2" \
		"UPDATE p SET v = 2 WHERE id = 2" \
		"1 row changed meanwhile: table '\''p'\'', row id=2: value differs: v is 21, not 2" &&
	conflicts "DELETE FROM p WHERE id = 2" \
		"INSERT INTO p VALUES(2,'\''b'\'',2)" \
		"1 row changed meanwhile: table '\''p'\'', row id=2: row missing" &&
	conflicts "UPDATE p SET u = '\''C'\'' WHERE id = 3" \
		"UPDATE p SET u = '\''c'\'' WHERE id = 3" \
		"1 row changed meanwhile: table '\''p'\'', row id=3: value differs: u is '\''C'\'', not '\''c'\''" &&
	conflicts "INSERT INTO p VALUES(5,NULL,NULL)" \
		"DELETE FROM p WHERE id = 5" \
		"1 row changed meanwhile: table '\''p'\'', row id=5: row exists" &&
	conflicts "DELETE FROM bag" \
		"INSERT INTO bag VALUES('\''x'\''),('\''x'\'')" \
		"1 row changed meanwhile: table '\''bag'\'', row a='\''x'\'': not so many of it as there were" &&
	conflicts "INSERT INTO bag VALUES('\''x'\'')" \
		"DELETE FROM bag WHERE rowid = 3" \
		"1 row changed meanwhile: table '\''bag'\'', row a='\''x'\'': not so many of it as there were"
'

test_expect_success 'constraints, foreign keys, definitions' '
	conflicts "INSERT INTO p VALUES(6,'\''e'\'',NULL)" \
		"DELETE FROM p WHERE id = 6" \
		"the rows contradict a constraint: UNIQUE constraint failed: p.u" &&
	conflicts "DELETE FROM p WHERE id = 4" \
		"INSERT INTO p VALUES(4,'\''d'\'',4)" \
		"foreign keys would refer to no row: c row 2 to p" &&
	conflicts "CREATE INDEX p_v ON p(v)" "DROP INDEX p_v" \
		"the definition of a table changed meanwhile"
'

test_expect_success 'a write that fails leaves the bookmark as it is' '
	standin_sql clash "UPDATE p SET v = v" &&
	state clash >before &&
	standin_sql clash "CREATE TRIGGER no BEFORE INSERT ON c BEGIN
		SELECT RAISE(ABORT, '\''no'\''); END" &&
	state clash >before &&
	test_expect_code 3 write clash --fire-triggers &&
	state clash >after &&
	cmp before after
'

test_expect_success 'foreign keys that pointed nowhere before are no matter' '
	write dangling && is_written dangling &&
	rows dangling | grep 99 >actual &&
	echo "[\"c\",99,12345]" >expect &&
	test_cmp expect actual
'

# ---- faults ----

# Each goes to the call that writes.
fault () {
	standin_fault "{\"kind\":\"$1\",\"path\":\"/raw$\",
		\"request\":\"defer_foreign_keys\"$2}"
}

# nothing_done FAULT MORE CODE: it says so, and that is true.
nothing_done () {
	fault "$1" "$2" &&
	test_expect_code $3 write fault &&
	grep "^not done as call" out &&
	standin_no_faults &&
	state fault >after &&
	cmp before after
}

test_expect_success 'a call that was not carried out' '
	state fault >before &&
	nothing_done drop "" 6 &&
	nothing_done rate-limited "" 6 &&
	nothing_done overloaded "" 6 &&
	nothing_done internal-error "" 6 &&
	nothing_done gateway-timeout "" 6 &&
	nothing_done unauthorized "" 5 &&
	nothing_done empty "" 6 &&
	nothing_done html "" 6
'

# all_done FAULT MORE [OPTION]: the reply is lost, what was done is seen.
all_done () {
	fault "$1" "$2" &&
	write lost $3 &&
	sed -n "s/ as call$//p" out >actual &&
	echo "done" >expect &&
	test_cmp expect actual &&
	is_written lost &&
	standin_sql lost "DELETE FROM c WHERE id = 2;
		DELETE FROM p WHERE id = 5; UPDATE p SET v = 2 WHERE id = 2;
		INSERT INTO p VALUES(3,'c',3);
		INSERT INTO bag VALUES('x')" >/dev/null
}

test_expect_success 'a call that was carried out, and whose reply is lost' '
	all_done drop ",\"when\":\"after\"" &&
	all_done internal-error ",\"when\":\"after\"" &&
	all_done gateway-timeout ",\"when\":\"after\"" &&
	all_done cut "" &&
	all_done half-json "" &&
	all_done hold ",\"when\":\"after\"" --timeout=10000 &&
	standin_drop
'

test_expect_success 'somebody else writes after a lost reply: nobody can say' '
	standin_fault "[{\"kind\":\"sql\",\"database\":\"lost\",
		\"sql\":\"UPDATE p SET v = 77 WHERE id = 2\",\"when\":\"after\",
		\"path\":\"/raw$\",\"request\":\"defer_foreign_keys\"},
		{\"kind\":\"drop\",\"when\":\"after\",
		\"path\":\"/raw$\",\"request\":\"defer_foreign_keys\"}]" &&
	test_expect_code 6 write lost &&
	grep "^unknown as call" out &&
	grep "may be written or not" err
'

test_expect_success 'an import that fails, or whose end is not told' '
	state odd >before &&
	standin_sql odd "UPDATE t SET v = 5" &&
	standin_fault "{\"kind\":\"drop\",\"path\":\"/import$\",
		\"request\":\"ingest\"}" &&
	test_expect_code 6 write odd &&
	grep "^not done as import" out &&
	standin_no_faults &&
	standin_fault "{\"kind\":\"drop\",\"path\":\"/import$\",
		\"request\":\"ingest\",\"when\":\"after\"}" &&
	write odd &&
	grep "^done as import" out &&
	is_written odd &&
	standin_sql odd "UPDATE t SET v = 5" &&
	standin_fault "[{\"kind\":\"drop\",\"path\":\"/import$\",
		\"request\":\"poll\",\"when\":\"after\"},
		{\"kind\":\"rate-limited\",\"path\":\"/import$\",
		\"request\":\"init\"},
		{\"kind\":\"drop\",\"method\":\"PUT\",\"when\":\"after\"}]" &&
	write odd &&
	grep "^done as import" out &&
	is_written odd &&
	standin_sql odd "UPDATE t SET v = 5 WHERE id = 1" &&
	standin_fault "{\"kind\":\"sql\",\"database\":\"odd\",\"path\":\"/import$\",
		\"request\":\"ingest\",\"sql\":\"UPDATE t SET v = 6 WHERE id = 1\"}" &&
	test_expect_code 3 write odd &&
	grep "^not done as import" out &&
	grep "changed meanwhile: .*table '\''t'\'', row id=1: value differs" err &&
	standin_sql odd "SELECT count(*) FROM sqlite_schema
		WHERE type = '\''trigger'\''" >actual &&
	echo "[2]" >expect &&
	test_cmp expect actual
'

# ---- random pairs ----

for seed in $(seq $first $last)
do
	test_expect_success "seed $seed" '
		write seed$seed &&
		write seed$seed &&
		echo "not done as call" >expect &&
		test_cmp expect out
	'
done

# ---- the end ----

test_expect_success 'end' '
	standin_stop
'

test_done
