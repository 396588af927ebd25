% Cases for the schema planner, read by t-cases.c. A line with a mark begins
% with a percent sign: case NAME; before, rows, after: SQL follows;
% wanted: the same as after, in the order that SQLite wants; refused
% TEXT: so it must say; rename OLD=NEW and allow NAME: options; has TEXT and
% lacks TEXT: what a statement holds; check SELECT: must give 1 afterwards;
% converts: values may change; empty: nothing is to be done.

%case parent-with-cascade-becomes-not-null
%before
CREATE TABLE p(id INTEGER PRIMARY KEY, n TEXT);
CREATE TABLE c(id INTEGER PRIMARY KEY, p INT REFERENCES p(id) ON DELETE CASCADE);
%rows
INSERT INTO p VALUES(1,'a'),(2,'b');
INSERT INTO c VALUES(10,1),(11,2),(12,NULL);
%after
CREATE TABLE p(id INTEGER PRIMARY KEY, n TEXT NOT NULL);
CREATE TABLE c(id INTEGER PRIMARY KEY, p INT REFERENCES p(id) ON DELETE CASCADE);
%check SELECT count(*) = 3 FROM c

%case four-generations-with-cascade
%before
CREATE TABLE a(id INTEGER PRIMARY KEY, v TEXT);
CREATE TABLE b(id INTEGER PRIMARY KEY, a INT REFERENCES a(id) ON DELETE CASCADE);
CREATE TABLE c(id INTEGER PRIMARY KEY, b INT REFERENCES b ON DELETE CASCADE);
CREATE TABLE d(id INTEGER PRIMARY KEY, c INT REFERENCES c ON DELETE SET NULL);
%rows
INSERT INTO a VALUES(1,'x'); INSERT INTO b VALUES(1,1),(2,1);
INSERT INTO c VALUES(1,1),(2,2); INSERT INTO d VALUES(1,1),(2,2),(3,NULL);
%after
CREATE TABLE a(id INTEGER PRIMARY KEY, v TEXT CHECK(v <> ''));
CREATE TABLE b(id INTEGER PRIMARY KEY, a INT REFERENCES a(id) ON DELETE CASCADE);
CREATE TABLE c(id INTEGER PRIMARY KEY, b INT REFERENCES b ON DELETE CASCADE);
CREATE TABLE d(id INTEGER PRIMARY KEY, c INT REFERENCES c ON DELETE SET NULL);
%check SELECT count(*) = 2 FROM d WHERE c IS NOT NULL

%case table-that-refers-to-itself
%before
CREATE TABLE t(id INTEGER PRIMARY KEY, up INT REFERENCES t(id) ON DELETE CASCADE, v INT);
%rows
INSERT INTO t VALUES(1,NULL,1),(2,1,2),(3,2,3),(4,4,4);
%after
CREATE TABLE t(id INTEGER PRIMARY KEY, up INT REFERENCES t(id) ON DELETE CASCADE, v TEXT);
%converts
%check SELECT count(*) = 4 FROM t

%case two-tables-in-a-circle
%before
CREATE TABLE a(id INTEGER PRIMARY KEY, b INT REFERENCES b(id) ON DELETE CASCADE, x INT);
CREATE TABLE b(id INTEGER PRIMARY KEY, a INT REFERENCES a(id) ON DELETE CASCADE);
%rows
PRAGMA foreign_keys=OFF;
INSERT INTO a VALUES(1,1,7),(2,2,8); INSERT INTO b VALUES(1,2),(2,1);
%after
CREATE TABLE a(id INTEGER PRIMARY KEY, b INT REFERENCES b(id) ON DELETE CASCADE, x INT NOT NULL);
CREATE TABLE b(id INTEGER PRIMARY KEY, a INT REFERENCES a(id) ON DELETE CASCADE);
%check SELECT (SELECT count(*) FROM a) = 2 AND (SELECT count(*) FROM b) = 2

%case parent-with-plain-foreign-key
%before
CREATE TABLE p(id INTEGER PRIMARY KEY, n INT);
CREATE TABLE c(p INT REFERENCES p);
%after
CREATE TABLE p(id INTEGER PRIMARY KEY, n TEXT);
CREATE TABLE c(p INT REFERENCES p);
%converts

%case parent-with-restrict
%before
CREATE TABLE p(id INTEGER PRIMARY KEY, n INT DEFAULT 1);
CREATE TABLE c(p INT REFERENCES p ON DELETE RESTRICT ON UPDATE RESTRICT);
%after
CREATE TABLE p(id INTEGER PRIMARY KEY, n INT DEFAULT 2);
CREATE TABLE c(p INT REFERENCES p ON DELETE RESTRICT ON UPDATE RESTRICT);

%case key-of-parent-is-a-unique-index
%before
CREATE TABLE p(id INTEGER PRIMARY KEY, code TEXT, n INT);
CREATE UNIQUE INDEX p_code ON p(code);
CREATE TABLE c(code TEXT REFERENCES p(code) ON DELETE SET NULL);
%rows
INSERT INTO p VALUES(1,'x',1),(2,'y',2); INSERT INTO c VALUES('x'),('y'),(NULL);
%after
CREATE TABLE p(id INTEGER PRIMARY KEY, code TEXT, n INT NOT NULL);
CREATE UNIQUE INDEX p_code ON p(code);
CREATE TABLE c(code TEXT REFERENCES p(code) ON DELETE SET NULL);
%check SELECT count(*) = 2 FROM c WHERE code IS NOT NULL

%case foreign-key-of-two-columns
%before
CREATE TABLE p(a INT, b INT, v INT, PRIMARY KEY(a, b));
CREATE TABLE c(x INT, y INT, FOREIGN KEY(x, y) REFERENCES p(a, b) ON DELETE CASCADE);
%rows
INSERT INTO p VALUES(1,2,3); INSERT INTO c VALUES(1,2),(NULL,2);
%after
CREATE TABLE p(a INT, b INT, v INT, PRIMARY KEY(b, a));
CREATE TABLE c(x INT, y INT, FOREIGN KEY(y, x) REFERENCES p(b, a) ON DELETE CASCADE);

%case check-added
%before
CREATE TABLE t(a INT);
%after
CREATE TABLE t(a INT CHECK(a IS NULL OR a < 1000));

%case check-of-the-table-changed-in-a-literal
%before
CREATE TABLE t(a TEXT, CHECK(a <> 'x  y'));
%after
CREATE TABLE t(a TEXT, CHECK(a <> 'x y'));

%case generated-becomes-stored
%before
CREATE TABLE t(a INT, b INT AS (a + 1) VIRTUAL);
%after
CREATE TABLE t(a INT, b INT AS (a + 1) STORED);

%case generated-becomes-plain
%before
CREATE TABLE t(a INT, b INT AS (a + 1) STORED);
%after
CREATE TABLE t(a INT, b INT);
%check SELECT count(*) = 0 FROM t WHERE b <> a + 1

%case virtual-column-is-added-in-place
%before
CREATE TABLE t(a INT);
%after
CREATE TABLE t(a INT, b INT AS (a + 1));
%has ADD COLUMN b INT AS (a + 1)
%lacks RENAME

%case strict-removed
%before
CREATE TABLE t(a INT, b ANY) STRICT;
%after
CREATE TABLE t(a INT, b ANY);
%converts

%case without-rowid-and-strict-added
%before
CREATE TABLE t(k TEXT PRIMARY KEY NOT NULL, v INT);
%after
CREATE TABLE t(k TEXT PRIMARY KEY NOT NULL, v INT) STRICT, WITHOUT ROWID;

%case options-in-another-order
%before
CREATE TABLE t(k TEXT PRIMARY KEY, v INT) WITHOUT ROWID, STRICT;
%after
CREATE TABLE t(k TEXT PRIMARY KEY, v INT) STRICT, WITHOUT ROWID;
%empty

%case autoincrement-keeps-its-next-id
%before
CREATE TABLE t(id INTEGER PRIMARY KEY AUTOINCREMENT, v INT);
%rows
INSERT INTO t VALUES(50,1); DELETE FROM t; INSERT INTO t VALUES(2,5);
%after
CREATE TABLE t(id INTEGER PRIMARY KEY AUTOINCREMENT, v INT NOT NULL);
%check SELECT seq = 50 FROM sqlite_sequence WHERE name = 't'

%case autoincrement-of-an-empty-table
%before
CREATE TABLE t(id INTEGER PRIMARY KEY AUTOINCREMENT, v INT);
%rows
INSERT INTO t VALUES(50,1); DELETE FROM t;
%after
CREATE TABLE t(id INTEGER PRIMARY KEY AUTOINCREMENT, v INT NOT NULL);
%check SELECT seq = 50 FROM sqlite_sequence WHERE name = 't'

%case autoincrement-of-a-child
%before
CREATE TABLE p(id INTEGER PRIMARY KEY, v INT);
CREATE TABLE c(id INTEGER PRIMARY KEY AUTOINCREMENT, p INT REFERENCES p ON DELETE CASCADE);
%rows
INSERT INTO p VALUES(1,1); INSERT INTO c VALUES(90,1),(3,1); DELETE FROM c WHERE id = 90;
%after
CREATE TABLE p(id INTEGER PRIMARY KEY, v INT NOT NULL);
CREATE TABLE c(id INTEGER PRIMARY KEY AUTOINCREMENT, p INT REFERENCES p ON DELETE CASCADE);
%check SELECT seq = 90 FROM sqlite_sequence WHERE name = 'c'

%case autoincrement-of-a-renamed-table
%rename t=u
%before
CREATE TABLE t(id INTEGER PRIMARY KEY AUTOINCREMENT, v INT);
%rows
INSERT INTO t VALUES(50,1); DELETE FROM t;
%after
CREATE TABLE u(id INTEGER PRIMARY KEY AUTOINCREMENT, v INT NOT NULL);
%check SELECT seq = 50 FROM sqlite_sequence WHERE name = 'u'

%case rowids-are-kept
%before
CREATE TABLE t(a TEXT, b INT);
%rows
INSERT INTO t(rowid, a) VALUES(7,'x'),(-3,'y'),(9223372036854775807,'z');
%after
CREATE TABLE t(a TEXT, b TEXT);
%check SELECT sum(rowid = 7 AND a = 'x') + sum(rowid = -3) = 2 FROM t

%case a-column-is-called-rowid
%before
CREATE TABLE t(rowid TEXT, b INT);
%rows
INSERT INTO t(oid, rowid, b) VALUES(7,'x',1),(12,'y',2);
%after
CREATE TABLE t(rowid TEXT, b TEXT);
%converts
%check SELECT count(*) = 2 FROM t WHERE oid IN (7, 12)

%case integer-primary-key-shows-the-rowid
%before
CREATE TABLE t(a TEXT);
%rows
INSERT INTO t(rowid, a) VALUES(7,'x'),(9,'y');
%after
CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT);
%check SELECT group_concat(id) = '7,9' FROM t

%case column-becomes-the-rowid
%before
CREATE TABLE t(id INTEGER, a TEXT);
%rows
INSERT INTO t VALUES(7,'x'),(9,'y');
%after
CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT);
%has NULL is no key
%check SELECT group_concat(id) = '7,9' FROM t

%case new-column-in-the-key-is-refused
%refused is in the primary key
%before
CREATE TABLE t(a TEXT PRIMARY KEY);
%after
CREATE TABLE t(a TEXT, k TEXT, PRIMARY KEY(a, k));

%case new-not-null-column-is-refused
%refused NOT NULL without a default
%refused give it a DEFAULT
%before
CREATE TABLE t(a INT);
%after
CREATE TABLE t(a INT, b INT NOT NULL);

%case not-null-with-default-null-is-refused
%refused NOT NULL without a default
%before
CREATE TABLE t(a INT);
%after
CREATE TABLE t(a INT, b INT NOT NULL DEFAULT NULL);

%case not-null-fills-nulls-with-the-default
%before
CREATE TABLE t(id INTEGER PRIMARY KEY, a INT);
%rows
INSERT INTO t VALUES(1,5),(2,NULL);
%after
CREATE TABLE t(id INTEGER PRIMARY KEY, a INT NOT NULL DEFAULT 7);
%converts
%check SELECT group_concat(a) = '5,7' FROM t

%case not-null-fills-nulls-with-an-expression
%before
CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT);
%rows
INSERT INTO t VALUES(1,'x'),(2,NULL);
%after
CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT NOT NULL DEFAULT (lower('AB')));
%converts
%check SELECT group_concat(a) = 'x,ab' FROM t

%case default-in-parentheses-needs-a-rebuild
%before
CREATE TABLE t(a INT);
%after
CREATE TABLE t(a INT, b TEXT DEFAULT (datetime('now')));
%has RENAME

%case constant-default-in-parentheses
%before
CREATE TABLE t(a INT);
%after
CREATE TABLE t(a INT, b INT DEFAULT (-5), c TEXT DEFAULT ('x'';y'));
%lacks RENAME

%case column-with-check-collation-and-reference
%before
CREATE TABLE p(id INTEGER PRIMARY KEY);
CREATE TABLE t(a INT);
%after
CREATE TABLE p(id INTEGER PRIMARY KEY);
CREATE TABLE t(a INT, b TEXT COLLATE NOCASE CHECK(b <> 'no, (never)'), p INT REFERENCES p(id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED);
%lacks RENAME

%case new-column-with-reference-and-default
%before
CREATE TABLE p(id INTEGER PRIMARY KEY);
CREATE TABLE t(a INT);
%rows
INSERT INTO p VALUES(1); INSERT INTO t VALUES(4);
%after
CREATE TABLE p(id INTEGER PRIMARY KEY);
CREATE TABLE t(a INT, p INT DEFAULT 1 REFERENCES p(id));
%has RENAME
%check SELECT p = 1 FROM t

%case new-unique-column
%before
CREATE TABLE t(a INT);
%after
CREATE TABLE t(a INT, b INT UNIQUE);

%case default-with-line-breaks
%before
CREATE TABLE t(a INT);
%after
CREATE TABLE t(a INT, b TEXT NOT NULL DEFAULT 'one
  two; -- no comment

three');
%lacks RENAME
%check SELECT count(*) = 3 FROM t WHERE b = 'one' || char(10) || '  two; -- no comment' || char(10) || char(10) || 'three'

%case trigger-with-line-breaks-and-case
%before
CREATE TABLE t(a INT);
CREATE TABLE l(m TEXT);
%after
CREATE TABLE t(a INT);
CREATE TABLE l(m TEXT);
CREATE TRIGGER g AFTER INSERT ON t BEGIN
  INSERT INTO l VALUES(CASE WHEN new.a > 1 THEN 'many;
   of them' ELSE 'END; one' END);
END;

%case column-of-an-expression-index-goes
%before
CREATE TABLE t(a TEXT, b TEXT);
CREATE INDEX i ON t(lower(b)) WHERE b IS NOT NULL;
%after
CREATE TABLE t(a TEXT);
%has DROP COLUMN
%lacks RENAME

%case column-with-its-own-check-goes
%before
CREATE TABLE t(a TEXT, b INT CHECK(b > 0), c INT);
%after
CREATE TABLE t(a TEXT, c INT);
%has DROP COLUMN

%case column-with-a-reference-goes
%before
CREATE TABLE p(id INTEGER PRIMARY KEY);
CREATE TABLE t(a TEXT, p INT REFERENCES p(id) ON DELETE CASCADE);
%after
CREATE TABLE p(id INTEGER PRIMARY KEY);
CREATE TABLE t(a TEXT);

%case column-of-a-check-of-the-table-goes
%before
CREATE TABLE t(a INT, b INT, CHECK(a < b OR b < 100));
%after
CREATE TABLE t(a INT);

%case column-of-a-unique-constraint-goes
%before
CREATE TABLE t(a INT, b INT UNIQUE);
%after
CREATE TABLE t(a INT);

%case column-that-a-view-shows-goes
%before
CREATE TABLE t(a INT, b INT);
CREATE VIEW v AS SELECT a, b FROM t;
CREATE VIEW w AS SELECT a FROM v;
%after
CREATE TABLE t(a INT);
CREATE VIEW v AS SELECT a FROM t;
CREATE VIEW w AS SELECT a FROM v;
%has DROP COLUMN

%case column-that-a-trigger-of-another-table-uses-goes
%before
CREATE TABLE t(a INT, b INT);
CREATE TABLE u(x INT);
CREATE TRIGGER g AFTER INSERT ON u BEGIN UPDATE t SET b = new.x; END;
%after
CREATE TABLE t(a INT);
CREATE TABLE u(x INT);
CREATE TRIGGER g AFTER INSERT ON u BEGIN UPDATE t SET a = new.x; END;

%case drop-and-add-and-drop
%before
CREATE TABLE t(a INT, b TEXT, c INT, d TEXT);
%after
CREATE TABLE t(a INT, c INT, e REAL, f BLOB);
%has ADD COLUMN e REAL
%lacks RENAME

%case trigger-elsewhere-mentions-a-rebuilt-table
%before
CREATE TABLE a(x INT);
CREATE TABLE b(y INT);
CREATE TRIGGER g AFTER DELETE ON b WHEN EXISTS(SELECT 1 FROM a) BEGIN DELETE FROM a WHERE x = old.y; END;
%after
CREATE TABLE a(x TEXT);
CREATE TABLE b(y INT);
CREATE TRIGGER g AFTER DELETE ON b WHEN EXISTS(SELECT 1 FROM a) BEGIN DELETE FROM a WHERE x = old.y; END;
%converts

%case triggers-stay-in-their-order
%before
CREATE TABLE a(x INT);
CREATE TABLE b(y INT);
CREATE TRIGGER g1 AFTER INSERT ON b BEGIN INSERT INTO a VALUES(1); END;
CREATE TRIGGER g2 AFTER INSERT ON b BEGIN UPDATE b SET y = y + 1; END;
CREATE TRIGGER g3 AFTER INSERT ON b BEGIN UPDATE b SET y = y * 2; END;
%after
CREATE TABLE a(x INT NOT NULL);
CREATE TABLE b(y INT);
CREATE TRIGGER g1 AFTER INSERT ON b BEGIN INSERT INTO a VALUES(1); END;
CREATE TRIGGER g2 AFTER INSERT ON b BEGIN UPDATE b SET y = y + 1; END;
CREATE TRIGGER g3 AFTER INSERT ON b BEGIN UPDATE b SET y = y * 2; END;
%check SELECT group_concat(name) = 'g1,g2,g3' FROM (SELECT name FROM sqlite_schema WHERE type = 'trigger' ORDER BY rowid)

%case copying-fires-no-trigger
%before
CREATE TABLE a(id INTEGER PRIMARY KEY, x INT);
CREATE TABLE log(n INT);
CREATE TRIGGER g AFTER INSERT ON a BEGIN INSERT INTO log VALUES(new.id); END;
CREATE TRIGGER h BEFORE DELETE ON a BEGIN INSERT INTO log VALUES(-old.id); END;
%rows
INSERT INTO a VALUES(1,1),(2,2); DELETE FROM log;
%after
CREATE TABLE a(id INTEGER PRIMARY KEY, x INT CHECK(x > 0));
CREATE TABLE log(n INT);
CREATE TRIGGER g AFTER INSERT ON a BEGIN INSERT INTO log VALUES(new.id); END;
CREATE TRIGGER h BEFORE DELETE ON a BEGIN INSERT INTO log VALUES(-old.id); END;
%check SELECT count(*) = 0 FROM log

%case trigger-instead-of-on-a-view-over-a-rebuilt-table
%before
CREATE TABLE t(a INT);
CREATE VIEW v AS SELECT a FROM t;
CREATE TRIGGER g INSTEAD OF INSERT ON v BEGIN INSERT INTO t VALUES(new.a); END;
%after
CREATE TABLE t(a TEXT);
CREATE VIEW v AS SELECT a FROM t;
CREATE TRIGGER g INSTEAD OF INSERT ON v BEGIN INSERT INTO t VALUES(new.a); END;
%converts

%case user-table-with-a-name-like-ours
%before
CREATE TABLE git_d1_x(a INT);
CREATE TABLE sqliteXfoo(a INT);
CREATE TABLE t(a INT);
%after
CREATE TABLE git_d1_x(a INT);
CREATE TABLE sqliteXfoo(a INT, b INT);
CREATE TABLE t(a TEXT);
%converts

%case ledgers-are-left-alone
%before
CREATE TABLE t(a INT);
CREATE TABLE d1_migrations(id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL);
CREATE TABLE Sqlfu_Migrations(id TEXT);
%after
CREATE TABLE t(a INT);
%empty

%case unique-on-conflict-replace
%before
CREATE TABLE t(a INT UNIQUE, b INT);
%after
CREATE TABLE t(a INT UNIQUE ON CONFLICT REPLACE, b INT);
%has INSERT OR ABORT

%case primary-key-descending
%before
CREATE TABLE t(a TEXT, b INT, PRIMARY KEY(a));
%after
CREATE TABLE t(a TEXT, b INT, PRIMARY KEY(a DESC));

%case integer-primary-key-desc-is-no-rowid
%before
CREATE TABLE t(a INTEGER PRIMARY KEY, b INT);
%after
CREATE TABLE t(a INTEGER PRIMARY KEY DESC, b INT);

%case unique-with-collation
%before
CREATE TABLE t(a TEXT, UNIQUE(a));
%after
CREATE TABLE t(a TEXT, UNIQUE(a COLLATE NOCASE));

%case deferrable-removed
%before
CREATE TABLE p(id INTEGER PRIMARY KEY);
CREATE TABLE c(p INT REFERENCES p DEFERRABLE INITIALLY DEFERRED);
%after
CREATE TABLE p(id INTEGER PRIMARY KEY);
CREATE TABLE c(p INT REFERENCES p);

%case collation-of-a-column
%before
CREATE TABLE t(a TEXT, b INT);
CREATE INDEX i ON t(a);
%after
CREATE TABLE t(a TEXT COLLATE NOCASE, b INT);
CREATE INDEX i ON t(a);

%case index-changes-its-collation
%before
CREATE TABLE t(a TEXT);
CREATE INDEX i ON t(a);
%after
CREATE TABLE t(a TEXT);
CREATE INDEX i ON t(a COLLATE NOCASE);
%has DROP INDEX

%case index-becomes-unique
%before
CREATE TABLE t(a TEXT);
CREATE INDEX i ON t(a);
%after
CREATE TABLE t(a TEXT);
CREATE UNIQUE INDEX i ON t(a);

%case index-moves-to-another-table
%before
CREATE TABLE t(a TEXT);
CREATE TABLE u(a TEXT);
CREATE INDEX i ON t(a);
%after
CREATE TABLE t(a TEXT);
CREATE TABLE u(a TEXT);
CREATE INDEX i ON u(a);

%case asc-is-nothing
%before
CREATE TABLE t(a TEXT, b INT);
CREATE INDEX i ON t(a, b DESC);
%after
CREATE TABLE t(a TEXT, b INT);
CREATE INDEX i ON t(a ASC, b DESC);
%empty

%case constraint-becomes-an-index
%before
CREATE TABLE t(a TEXT UNIQUE);
%after
CREATE TABLE t(a TEXT);
CREATE UNIQUE INDEX i ON t(a);

%case constraint-stands-elsewhere
%before
CREATE TABLE t(a TEXT, b INT NOT NULL DEFAULT 1, UNIQUE(a), CHECK(b > 0), CONSTRAINT k PRIMARY KEY(b));
%after
CREATE TABLE t(a TEXT UNIQUE, b INT DEFAULT 1 NOT NULL CHECK(b > 0) PRIMARY KEY);
%empty

%case spelling-is-nothing
%before
create table `T` ( [a b] text /* x */ not  null default 'A' , "c" Int );
create view V as select (c), t.c as d from t where (c > 1);
create trigger g after insert on t for each row begin select 1; end;
%after
CREATE TABLE t(
	"A B" TEXT NOT NULL DEFAULT 'A', -- a comment
	c INT
);
CREATE VIEW v AS SELECT c, c AS d FROM "T" WHERE c > 1;
CREATE TRIGGER G AFTER INSERT ON T BEGIN SELECT 1; END;
%empty

%case literal-in-double-quotes-is-no-name
%before
CREATE TABLE t(a TEXT CHECK(a <> 'Abc'));
CREATE VIEW v AS SELECT a FROM t WHERE a = 'Abc';
%after
CREATE TABLE t(a TEXT CHECK(a <> 'abc'));
CREATE VIEW v AS SELECT a FROM t WHERE a = 'abc';

%case cosmetic-spellings-of-a-table
%before
CREATE TABLE p(id INTEGER PRIMARY KEY);
CREATE TABLE t(x INT, a TEXT DEFAULT "x" COLLATE BINARY, b INT DEFAULT TRUE,
	c REAL DEFAULT (((+1E2))), d BLOB DEFAULT X'AB', e INT DEFAULT NULL,
	f INT NOT NULL ON CONFLICT ABORT DEFAULT (- 1), g TEXT DEFAULT [b c],
	h INT REFERENCES p MATCH FULL ON DELETE NO ACTION NOT DEFERRABLE INITIALLY DEFERRED,
	i INT AS ((x + 1)), CHECK (((x == 1) OR x ISNULL OR x != 0xFF)),
	CHECK (a NOTNULL), UNIQUE(a ASC, b) ON CONFLICT ABORT);
%rows
INSERT INTO t(x) VALUES(1);
%after
CREATE TABLE p(id INTEGER PRIMARY KEY);
CREATE TABLE t(x INT, a TEXT DEFAULT 'x', b INT DEFAULT 1,
	c REAL DEFAULT 1e2, d BLOB DEFAULT x'ab', e INT,
	f INT NOT NULL DEFAULT -1, g TEXT DEFAULT 'b c',
	h INT REFERENCES p DEFERRABLE INITIALLY IMMEDIATE,
	i INT GENERATED ALWAYS AS (x + 1) VIRTUAL,
	CHECK ((x = 1) OR x IS NULL OR x <> 0XFF),
	CHECK (a IS NOT NULL), UNIQUE(a, b));
%empty

%case letter-case-of-a-default-without-quotes
%before
CREATE TABLE t(a INT, b TEXT DEFAULT Abc);
%rows
INSERT INTO t(a) VALUES(1);
%after
CREATE TABLE t(a INT, b TEXT DEFAULT ABC);
%check SELECT b = 'Abc' FROM t

%case letter-case-of-a-default-in-brackets
%before
CREATE TABLE t(a INT, b TEXT DEFAULT [Abc]);
%after
CREATE TABLE t(a INT, b TEXT DEFAULT [ABC]);

%case default-in-quotes-that-is-no-truth
%before
CREATE TABLE t(a INT, b DEFAULT "true");
%after
CREATE TABLE t(a INT, b DEFAULT true);

%case default-that-is-called-as-a-column-is
%before
CREATE TABLE t(a TEXT, b TEXT);
%rows
INSERT INTO t VALUES('of a', NULL);
%after
CREATE TABLE t(a TEXT, b TEXT NOT NULL DEFAULT "a");
%converts
%check SELECT b = 'a' FROM t

%case default-without-quotes-is-added-in-place
%before
CREATE TABLE t(a TEXT);
%rows
INSERT INTO t VALUES('of a');
%after
CREATE TABLE t(a TEXT, b TEXT NOT NULL DEFAULT a);
%lacks INSERT INTO
%check SELECT b = 'a' FROM t

%case deferred-at-first
%before
CREATE TABLE p(id INTEGER PRIMARY KEY);
CREATE TABLE c(p INT REFERENCES p DEFERRABLE INITIALLY IMMEDIATE);
%after
CREATE TABLE p(id INTEGER PRIMARY KEY);
CREATE TABLE c(p INT REFERENCES p DEFERRABLE INITIALLY DEFERRED);

%case parentheses-that-count-in-a-check
%before
CREATE TABLE t(a INT, b INT, CHECK ((a = 1) OR (b = 1) AND a));
%after
CREATE TABLE t(a INT, b INT, CHECK ((a = 1 OR b = 1) AND (a)));

%case parentheses-that-count-in-a-view
%before
CREATE TABLE t(a INT, b INT);
CREATE VIEW v AS SELECT a FROM t WHERE a * (b + 1) > 2;
%after
CREATE TABLE t(a INT, b INT);
CREATE VIEW v AS SELECT a FROM t WHERE a * b + 1 > 2;
%has DROP VIEW

%case view-chain-over-a-rebuilt-table
%before
CREATE TABLE t(a INT);
CREATE VIEW b AS SELECT a FROM t;
CREATE VIEW a AS SELECT a FROM b;
CREATE VIEW c AS SELECT a.a FROM a JOIN b;
%after
CREATE TABLE t(a INT NOT NULL);
CREATE VIEW b AS SELECT a FROM t;
CREATE VIEW a AS SELECT a FROM b;
CREATE VIEW c AS SELECT a.a FROM a JOIN b;

%case broken-view-elsewhere
%before
CREATE TABLE t(a INT, b INT);
CREATE TABLE u(x INT);
CREATE VIEW broken AS SELECT missing FROM gone;
%after
CREATE TABLE t(a INT);
CREATE TABLE u(x TEXT);
CREATE VIEW broken AS SELECT missing FROM gone;
%converts

%case broken-trigger-elsewhere
%before
CREATE TABLE t(a INT, b INT);
CREATE TABLE u(x INT);
CREATE TRIGGER broken AFTER INSERT ON u BEGIN INSERT INTO gone VALUES(1); UPDATE lost SET a = 1; END;
%after
CREATE TABLE t(a INT NOT NULL, b INT);
CREATE TABLE u(x INT);
CREATE TRIGGER broken AFTER INSERT ON u BEGIN INSERT INTO gone VALUES(1); UPDATE lost SET a = 1; END;

%case column-renamed-by-a-comment
%rename t.name=title
%before
CREATE TABLE t(id INTEGER PRIMARY KEY, name TEXT, x INT);
CREATE INDEX i ON t(name);
CREATE VIEW v AS SELECT name FROM t;
%after
CREATE TABLE t(
	id INTEGER PRIMARY KEY,
	title TEXT, -- @renamed from=name
	x INT
);
CREATE INDEX i ON t(title);
CREATE VIEW v AS SELECT title FROM t;
%has RENAME COLUMN "name" TO "title"

%case column-renamed-and-rebuilt
%rename t.name=title
%before
CREATE TABLE t(id INTEGER PRIMARY KEY, name TEXT, x INT);
%after
CREATE TABLE t(id INTEGER PRIMARY KEY, title TEXT NOT NULL, x INT);

%case column-of-a-parent-key-renamed
%rename p.id=key
%before
CREATE TABLE p(id INTEGER PRIMARY KEY);
CREATE TABLE c(p INT REFERENCES p(id) ON DELETE CASCADE);
%after
CREATE TABLE p("key" INTEGER PRIMARY KEY);
CREATE TABLE c(p INT REFERENCES p("key") ON DELETE CASCADE);

%case table-renamed-by-a-comment
%rename users=people
%before
CREATE TABLE users(id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE posts(id INTEGER PRIMARY KEY, author INT REFERENCES users(id) ON DELETE CASCADE);
CREATE INDEX u ON users(name);
CREATE TRIGGER g AFTER INSERT ON users BEGIN SELECT 1; END;
%after
-- @renamed from=users
CREATE TABLE people(id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE posts(id INTEGER PRIMARY KEY, author INT REFERENCES people(id) ON DELETE CASCADE);
CREATE INDEX u ON people(name);
CREATE TRIGGER g AFTER INSERT ON people BEGIN SELECT 1; END;

%case table-and-column-renamed
%rename users=people
%rename users.name=title
%before
CREATE TABLE users(id INTEGER PRIMARY KEY, name TEXT);
%after
CREATE TABLE people( -- @renamed from=users
	id INTEGER PRIMARY KEY,
	-- @renamed from=name
	title TEXT
);

%case rename-that-is-done-already
%before
CREATE TABLE people(id INTEGER PRIMARY KEY, title TEXT);
%after
-- @renamed from=users
CREATE TABLE people(id INTEGER PRIMARY KEY, title TEXT -- @renamed from=name
);
%empty

%case rename-with-both-names
%refused both 'users' and 'people' are there
%before
CREATE TABLE users(id INTEGER PRIMARY KEY, v INT);
CREATE TABLE people(id INTEGER PRIMARY KEY, v INT);
%after
-- @renamed from=users
CREATE TABLE people(id INTEGER PRIMARY KEY, v INT, w INT);

%case tables-swapped
%rename a=b
%rename b=a
%before
CREATE TABLE a(x INT);
CREATE TABLE b(y TEXT);
%after
CREATE TABLE b(x INT);
CREATE TABLE a(y TEXT);

%case columns-swapped-in-a-circle
%rename t.a=b
%rename t.b=c
%rename t.c=a
%before
CREATE TABLE t(a INT, b TEXT, c REAL);
%after
CREATE TABLE t(b INT, c TEXT, a REAL);

%case letter-case-of-a-table-by-a-hint
%rename Person=person
%before
CREATE TABLE Person(Id INTEGER PRIMARY KEY);
%after
CREATE TABLE person(Id INTEGER PRIMARY KEY);
%check SELECT count(*) = 1 FROM sqlite_schema WHERE name = 'person'

%case letter-case-of-a-column-by-a-hint
%rename t.Id=id
%before
CREATE TABLE t(Id INTEGER PRIMARY KEY);
%after
CREATE TABLE t(id INTEGER PRIMARY KEY);
%check SELECT count(*) = 1 FROM pragma_table_info('t') WHERE name = 'id'

%case looks-like-a-renamed-column
%refused looks like a rename
%refused --rename t.name=title
%refused --allow-destructive t.name
%before
CREATE TABLE t(id INTEGER PRIMARY KEY, name TEXT);
%after
CREATE TABLE t(id INTEGER PRIMARY KEY, title TEXT);

%case column-dropped-on-purpose
%allow t.name
%before
CREATE TABLE t(id INTEGER PRIMARY KEY, name TEXT);
%after
CREATE TABLE t(id INTEGER PRIMARY KEY, title TEXT);
%has DROP COLUMN "name"

%case looks-like-a-renamed-table
%refused looks like a rename
%before
CREATE TABLE users(id INTEGER PRIMARY KEY, name TEXT);
%after
CREATE TABLE people(id INTEGER PRIMARY KEY, name TEXT);

%case table-dropped-on-purpose
%allow users
%before
CREATE TABLE users(id INTEGER PRIMARY KEY, name TEXT);
%after
CREATE TABLE people(id INTEGER PRIMARY KEY, name TEXT);

%case parent-and-children-dropped
%before
CREATE TABLE a(id INTEGER PRIMARY KEY);
CREATE TABLE b(id INTEGER PRIMARY KEY, a INT REFERENCES a);
CREATE TABLE z(id INTEGER PRIMARY KEY, b INT REFERENCES b);
%after
CREATE TABLE other(x INT, y INT, w INT);

%case parent-dropped-and-reference-removed
%before
CREATE TABLE p(id INTEGER PRIMARY KEY, v INT);
CREATE TABLE c(id INTEGER PRIMARY KEY, p INT REFERENCES p ON DELETE CASCADE);
%rows
INSERT INTO p VALUES(1,1); INSERT INTO c VALUES(5,1);
%after
CREATE TABLE c(id INTEGER PRIMARY KEY, p INT);
%check SELECT p = 1 FROM c

%case parent-dropped-and-reference-left
%refused still refers to it
%before
CREATE TABLE p(id INTEGER PRIMARY KEY, v INT);
CREATE TABLE c(id INTEGER PRIMARY KEY, p INT REFERENCES p ON DELETE CASCADE);
%after
CREATE TABLE c(id INTEGER PRIMARY KEY, p INT REFERENCES p ON DELETE CASCADE);

%case full-text-index-with-other-arguments
%before
CREATE VIRTUAL TABLE f USING fts5(a, b);
%rows
INSERT INTO f(rowid, a, b) VALUES(3,'hello world','x'),(9,'bye','y');
%after
CREATE VIRTUAL TABLE f USING fts5(a, b, tokenize = 'porter ascii');
%check SELECT count(*) = 1 FROM f WHERE f MATCH 'worlds' AND rowid = 3

%case full-text-index-over-a-rebuilt-table
%before
CREATE TABLE t(a TEXT, n INT);
CREATE VIRTUAL TABLE f USING fts5(a, content='t');
CREATE TRIGGER g AFTER INSERT ON t BEGIN INSERT INTO f(rowid, a) VALUES(new.rowid, new.a); END;
CREATE TRIGGER h AFTER DELETE ON t BEGIN INSERT INTO f(f, rowid, a) VALUES('delete', old.rowid, old.a); END;
%rows
INSERT INTO t(rowid, a) VALUES(3,'hello world'),(9,'bye');
%after
CREATE TABLE t(a TEXT, n INT CHECK(n > 0));
CREATE VIRTUAL TABLE f USING fts5(a, content='t');
CREATE TRIGGER g AFTER INSERT ON t BEGIN INSERT INTO f(rowid, a) VALUES(new.rowid, new.a); END;
CREATE TRIGGER h AFTER DELETE ON t BEGIN INSERT INTO f(f, rowid, a) VALUES('delete', old.rowid, old.a); END;
%check SELECT count(*) = 1 FROM f WHERE f MATCH 'world' AND rowid = 3

%case full-text-index-is-new
%before
CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT);
%rows
INSERT INTO t VALUES(3,'hello world');
%after
CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT);
CREATE VIRTUAL TABLE f USING fts5(a, content='t', content_rowid='id');
%check SELECT count(*) = 1 FROM f WHERE f MATCH 'hello'

%case fts4-is-refused
%refused no module 'fts4'
%before
CREATE TABLE t(a INT);
%after
CREATE TABLE t(a INT);
CREATE VIRTUAL TABLE f USING fts4(a);

%case rows-in-a-schema-are-refused
%refused after.sql:2
%before
CREATE TABLE t(a INT);
%after
CREATE TABLE t(a INT);
INSERT INTO t VALUES(1);

%case temporary-tables-are-refused
%refused temporary
%before
%after
CREATE TEMP TABLE t(a INT);

%case names-of-the-engine-are-refused
%refused _cf_
%before
%after
CREATE TABLE _cf_KV(a INT);

%case long-patterns-are-refused
%refused pattern
%before
%after
CREATE TABLE t(a TEXT CHECK(a LIKE '0123456789012345678901234567890123456789012345678901'));

%case index-before-its-table
%before
%after
CREATE INDEX i ON t(a);
CREATE TABLE t(a INT);
%wanted
CREATE TABLE t(a INT);
CREATE INDEX i ON t(a);

%case table-becomes-a-view
%before
CREATE TABLE t(a INT);
CREATE TABLE v(a INT);
%after
CREATE TABLE t(a INT);
CREATE VIEW v AS SELECT a FROM t;

%case view-becomes-a-table-and-back
%before
CREATE VIEW v AS SELECT 1 AS a;
CREATE TABLE w(a INT, b INT);
%after
CREATE TABLE v(a INT);
CREATE VIEW w AS SELECT a FROM v;

%case names-that-need-quotes
%before
CREATE TABLE "my table"("the ""id""" INTEGER PRIMARY KEY, "select" TEXT, "a.b" INT);
CREATE INDEX "an index" ON "my table"("select");
%after
CREATE TABLE "my table"("the ""id""" INTEGER PRIMARY KEY, "select" TEXT NOT NULL, "a.b" INT, "x'y" INT);
CREATE INDEX "an index" ON "my table"("select");

%case one-hundred-and-one-columns
%refused 101 columns
%before
%after
CREATE TABLE t(c0,c1,c2,c3,c4,c5,c6,c7,c8,c9,c10,c11,c12,c13,c14,c15,c16,c17,c18,c19,c20,c21,c22,c23,c24,c25,c26,c27,c28,c29,c30,c31,c32,c33,c34,c35,c36,c37,c38,c39,c40,c41,c42,c43,c44,c45,c46,c47,c48,c49,c50,c51,c52,c53,c54,c55,c56,c57,c58,c59,c60,c61,c62,c63,c64,c65,c66,c67,c68,c69,c70,c71,c72,c73,c74,c75,c76,c77,c78,c79,c80,c81,c82,c83,c84,c85,c86,c87,c88,c89,c90,c91,c92,c93,c94,c95,c96,c97,c98,c99,c100);

%case parent-dropped-with-the-column-that-refers-to-it
%before
CREATE TABLE p(id INTEGER PRIMARY KEY, v INT);
CREATE TABLE c(id INTEGER PRIMARY KEY, p INT REFERENCES p ON DELETE CASCADE, q TEXT);
CREATE TABLE g(c INT REFERENCES c ON DELETE CASCADE);
%rows
INSERT INTO p VALUES(1,1); INSERT INTO c VALUES(5,1,'q'); INSERT INTO g VALUES(5);
%after
CREATE TABLE c(id INTEGER PRIMARY KEY, q TEXT);
CREATE TABLE g(c INT REFERENCES c ON DELETE CASCADE);
%check SELECT (SELECT q FROM c) = 'q' AND (SELECT count(*) FROM g) = 1

%case one-of-two-columns-that-refer-to-a-dropped-parent-goes
%refused still refers to it
%before
CREATE TABLE p(id INTEGER PRIMARY KEY, v INT);
CREATE TABLE c(id INTEGER PRIMARY KEY, p INT REFERENCES p, q INT REFERENCES P, r TEXT);
%after
CREATE TABLE c(id INTEGER PRIMARY KEY, q INT REFERENCES P, r TEXT);

%case table-renamed-by-a-comment-behind-it
%rename old=new_t
%before
CREATE TABLE old(a INT);
CREATE TABLE l(m INT);
CREATE TRIGGER g AFTER INSERT ON l BEGIN UPDATE old SET a = new.m; END;
%after
CREATE TABLE new_t(a INT); -- @renamed from=old
CREATE TABLE l(m INT);
CREATE TRIGGER g AFTER INSERT ON l BEGIN UPDATE new_t SET a = new.m; END;

%case functions-of-json-in-a-table
%before
CREATE TABLE t(j TEXT, n INT AS (json_extract(j, '$.n')) STORED CHECK(n > 0));
CREATE INDEX i ON t(j ->> '$.n') WHERE json_valid(j);
%rows
INSERT INTO t VALUES('{"n":4}');
%after
CREATE TABLE t(j TEXT NOT NULL, n INT AS (json_extract(j, '$.n')) STORED CHECK(n > 0));
CREATE INDEX i ON t(j ->> '$.n') WHERE json_valid(j);
%check SELECT n = 4 FROM t

%case view-with-a-trigger-shows-a-renamed-column
%rename t.a=b
%before
CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT);
CREATE VIEW v AS SELECT t.* FROM t;
CREATE TRIGGER g INSTEAD OF DELETE ON v BEGIN SELECT old.id; END;
%after
CREATE TABLE t(id INTEGER PRIMARY KEY, b TEXT);
CREATE VIEW v AS SELECT t.* FROM t;
CREATE TRIGGER g INSTEAD OF DELETE ON v BEGIN SELECT old.id; END;

%case triggers-stay-in-their-order-after-a-rename
%rename a=c
%before
CREATE TABLE a(x INT);
CREATE TABLE b(y INT);
CREATE TRIGGER g1 AFTER INSERT ON b BEGIN INSERT INTO a VALUES(1); END;
CREATE TRIGGER g2 AFTER INSERT ON b BEGIN UPDATE b SET y = y + 1; END;
%after
CREATE TABLE c(x INT);
CREATE TABLE b(y INT);
CREATE TRIGGER g1 AFTER INSERT ON b BEGIN INSERT INTO c VALUES(1); END;
CREATE TRIGGER g2 AFTER INSERT ON b BEGIN UPDATE b SET y = y + 1; END;
%check SELECT group_concat(name) = 'g1,g2' FROM (SELECT name FROM sqlite_schema WHERE type = 'trigger' ORDER BY rowid)

%case rename-that-is-done-and-whose-old-name-is-used-again
%before
CREATE TABLE people(id INTEGER PRIMARY KEY, title TEXT, name TEXT);
CREATE TABLE users(x INT, y INT);
%after
-- @renamed from=users
CREATE TABLE people(id INTEGER PRIMARY KEY,
	-- @renamed from=name
	title TEXT, name TEXT);
CREATE TABLE users(x INT, y INT);
%empty

%case rows-that-conflict-roll-nothing-back
%before
CREATE TABLE t(a INT, b INT UNIQUE ON CONFLICT ROLLBACK AS (a IS NULL));
%after
CREATE TABLE t(a INT NOT NULL, b INT UNIQUE ON CONFLICT ROLLBACK AS (a IS NULL));

%case new-unique-column-with-a-default
%refused UNIQUE, and its default is the same for all rows
%before
CREATE TABLE t(a INT);
%after
CREATE TABLE t(a INT, b INT UNIQUE DEFAULT 7);

%case table-without-rowid-whose-key-does-not-come-first
%before
CREATE TABLE t(a INT NOT NULL, b INT, c INT, PRIMARY KEY(c DESC, b)) WITHOUT ROWID;
%rows
INSERT INTO t VALUES(1,2,3),(4,5,6);
%after
CREATE TABLE t(a INT NOT NULL, b INT, c INT CHECK(c > 0), PRIMARY KEY(c DESC, b)) WITHOUT ROWID;
%check SELECT group_concat(a) = '4,1' FROM t

%case not-null-that-ignores-conflicts-drops-no-row
%before
CREATE TABLE t(id INTEGER PRIMARY KEY, a INT, b INT DEFAULT 1);
%rows
INSERT INTO t VALUES(1,1,1),(2,2,2);
%after
CREATE TABLE t(id INTEGER PRIMARY KEY, a INT NOT NULL ON CONFLICT IGNORE, b INT DEFAULT 2);
%has INSERT OR ABORT

%case full-text-index-becomes-a-table
%before
CREATE VIRTUAL TABLE f USING fts5(a);
CREATE TABLE t(b INT);
%after
CREATE TABLE f(x INT, y INT);
CREATE TABLE t(b TEXT);

%case full-text-index-stays-as-its-rows-do
%before
CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT, n INT);
CREATE VIRTUAL TABLE f USING fts5(a, content='t', content_rowid='id');
%rows
INSERT INTO t VALUES(3,'hello world',1);
INSERT INTO f(rowid, a) VALUES(3,'hello world');
%after
CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT, n INT NOT NULL);
CREATE VIRTUAL TABLE f USING fts5(a, content='t', content_rowid='id');
%lacks rebuild
%check SELECT count(*) = 1 FROM f WHERE f MATCH 'world' AND rowid = 3

%case full-text-index-is-made-again-where-its-rows-change
%before
CREATE TABLE t(id INTEGER PRIMARY KEY, a, n INT);
CREATE VIRTUAL TABLE f USING fts5(a, content='t', content_rowid='id');
%rows
INSERT INTO t VALUES(3,NULL,1);
%after
CREATE TABLE t(id INTEGER PRIMARY KEY, a NOT NULL DEFAULT 'hello', n INT);
CREATE VIRTUAL TABLE f USING fts5(a, content='t', content_rowid='id');
%converts
%check SELECT count(*) = 1 FROM f WHERE f MATCH 'hello' AND rowid = 3

%case table-gives-its-name-to-a-unique-index
%before
CREATE TABLE a(x INT);
CREATE TABLE b(x INT);
CREATE VIEW v AS SELECT x FROM b;
%after
CREATE TABLE a(x INT, y INT, z INT);
CREATE UNIQUE INDEX b ON a(x);
CREATE VIEW v AS SELECT x FROM a;

%case broken-view-elsewhere-keeps-from-renaming
%refused error in view broken
%rename u=w
%before
CREATE TABLE t(a INT);
CREATE TABLE u(x INT);
CREATE VIEW broken AS SELECT missing FROM t;
%after
CREATE TABLE t(a INT);
CREATE TABLE w(x INT);
CREATE VIEW broken AS SELECT missing FROM t;

%case table-gets-the-name-of-one-that-is-dropped
%before
CREATE TABLE users(id INTEGER PRIMARY KEY, n TEXT);
CREATE INDEX users_n ON users(n);
CREATE TABLE people(id INTEGER PRIMARY KEY, old TEXT);
CREATE INDEX people_old ON people(old);
CREATE VIEW v AS SELECT old FROM people;
CREATE TRIGGER g AFTER INSERT ON people BEGIN DELETE FROM users WHERE id = 99; END;
%rows
INSERT INTO users VALUES(1,'a'),(2,'b');
INSERT INTO people VALUES(7,'x');
%rename users=people
%allow people
%after
CREATE TABLE people(id INTEGER PRIMARY KEY, n TEXT);
CREATE INDEX users_n ON people(n);
CREATE VIEW v AS SELECT n FROM people;
%check SELECT group_concat(n) = 'a,b' FROM people

%case table-gets-the-name-of-one-that-is-dropped-with-no-consent
%before
CREATE TABLE users(id INTEGER PRIMARY KEY, n TEXT);
CREATE TABLE people(id INTEGER PRIMARY KEY, old TEXT);
%rename users=people
%after
CREATE TABLE people(id INTEGER PRIMARY KEY, n TEXT);
%refused both 'users' and 'people' are there

%case table-gets-the-name-of-one-that-is-dropped-and-its-own-is-used-again
%before
CREATE TABLE users(id INTEGER PRIMARY KEY, n TEXT);
CREATE TABLE people(id INTEGER PRIMARY KEY, old TEXT);
%rename users=people
%allow people
%after
CREATE TABLE people(id INTEGER PRIMARY KEY, n TEXT);
CREATE TABLE users(id INTEGER PRIMARY KEY, other TEXT);
%refused which is which after the rename cannot be told

%case children-of-both-when-a-table-takes-a-dropped-name
%before
CREATE TABLE users(id INTEGER PRIMARY KEY, n TEXT, boss INT REFERENCES users(id) ON DELETE CASCADE);
CREATE TABLE people(id INTEGER PRIMARY KEY, old TEXT);
CREATE TABLE u(id INTEGER PRIMARY KEY, user INT REFERENCES users(id) ON DELETE CASCADE);
CREATE TABLE p(id INTEGER PRIMARY KEY, person INT REFERENCES people(id) ON DELETE CASCADE);
CREATE TABLE pp(id INTEGER PRIMARY KEY, p INT REFERENCES p(id) ON DELETE CASCADE);
%rows
INSERT INTO users VALUES(1,'a',NULL),(2,'b',1),(7,'c',2);
INSERT INTO people VALUES(7,'x');
INSERT INTO u VALUES(1,2),(2,7);
INSERT INTO p VALUES(1,7);
INSERT INTO pp VALUES(5,1);
%rename users=people
%allow people
%after
CREATE TABLE people(id INTEGER PRIMARY KEY, n TEXT, boss INT REFERENCES people(id) ON DELETE CASCADE);
CREATE TABLE u(id INTEGER PRIMARY KEY, user INT REFERENCES people(id) ON DELETE CASCADE);
CREATE TABLE p(id INTEGER PRIMARY KEY, person INT REFERENCES people(id) ON DELETE CASCADE);
CREATE TABLE pp(id INTEGER PRIMARY KEY, p INT REFERENCES p(id) ON DELETE CASCADE);
%check SELECT count(*) = 3 FROM people
%check SELECT count(*) = 2 FROM u
%check SELECT count(*) = 1 FROM p
%check SELECT count(*) = 1 FROM pp

%case children-lose-the-reference-when-a-table-takes-a-dropped-name
%before
CREATE TABLE a(id INTEGER PRIMARY KEY, v INT);
CREATE TABLE b(id INTEGER PRIMARY KEY AUTOINCREMENT, v INT, c INT REFERENCES c(id));
CREATE TABLE c(id INTEGER PRIMARY KEY, b INT REFERENCES b(id) ON DELETE CASCADE);
%rename a=b
%allow b
%after
CREATE TABLE b(id INTEGER PRIMARY KEY, v TEXT);
CREATE TABLE c(id INTEGER PRIMARY KEY, b INT);
%converts
%check SELECT count(*) = 3 FROM c

%case a-chain-that-ends-on-a-dropped-name
%before
CREATE TABLE a(id INTEGER PRIMARY KEY, v INT);
CREATE TABLE b(id INTEGER PRIMARY KEY, w INT REFERENCES a(id));
CREATE TABLE c(id INTEGER PRIMARY KEY, x INT REFERENCES b(id));
%rename a=b
%rename b=c
%allow c
%after
CREATE TABLE b(id INTEGER PRIMARY KEY, v INT);
CREATE TABLE c(id INTEGER PRIMARY KEY, w INT REFERENCES b(id));

%case table-gets-the-name-of-a-view
%before
CREATE TABLE a(id INTEGER PRIMARY KEY, v INT);
CREATE VIEW b AS SELECT v FROM a;
CREATE VIEW c AS SELECT v FROM b;
%rename a=b
%after
CREATE TABLE b(id INTEGER PRIMARY KEY, v INT);
CREATE VIEW c AS SELECT v FROM b;

%case table-gets-the-name-of-an-index
%before
CREATE TABLE a(id INTEGER PRIMARY KEY, v INT);
CREATE INDEX b ON a(v);
%rename a=b
%after
CREATE TABLE b(id INTEGER PRIMARY KEY, v INT);

%case column-gets-the-name-of-one-that-is-dropped
%before
CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT, b TEXT);
CREATE INDEX i ON t(b);
%rows
INSERT INTO t VALUES(1,'x','y');
%rename t.a=b
%allow t.b
%after
CREATE TABLE t(id INTEGER PRIMARY KEY, b TEXT);
CREATE INDEX i ON t(b);
%check SELECT b = 'x' FROM t

%case column-gets-the-name-of-one-that-is-dropped-with-a-key
%before
CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT, b TEXT UNIQUE);
%rows
INSERT INTO t VALUES(1,'x','y');
%rename t.a=b
%allow t.b
%after
CREATE TABLE t(id INTEGER PRIMARY KEY, b TEXT UNIQUE);
%check SELECT b = 'x' FROM t

%case column-gets-the-name-of-one-that-is-dropped-with-no-consent
%before
CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT, b TEXT);
%rename t.a=b
%after
CREATE TABLE t(id INTEGER PRIMARY KEY, b TEXT);
%refused both 'a' and 'b' are there in table 't'

%case circle-of-three-with-two-keys-on-a-column
%before
CREATE TABLE a(id INTEGER PRIMARY KEY, x INT REFERENCES b(id) ON DELETE SET NULL REFERENCES c(id) ON DELETE SET NULL, v INT);
CREATE TABLE b(id INTEGER PRIMARY KEY, x INT REFERENCES a(id) ON DELETE SET NULL REFERENCES c(id) ON DELETE SET NULL);
CREATE TABLE c(id INTEGER PRIMARY KEY, x INT REFERENCES a(id) ON DELETE SET NULL REFERENCES b(id) ON DELETE SET NULL);
%rows
PRAGMA foreign_keys=OFF;
INSERT INTO a VALUES(1,1,7),(2,2,8); INSERT INTO b VALUES(1,2),(2,1); INSERT INTO c VALUES(1,2),(2,NULL);
%after
CREATE TABLE a(id INTEGER PRIMARY KEY, x INT REFERENCES b(id) ON DELETE SET NULL REFERENCES c(id) ON DELETE SET NULL, v INT NOT NULL);
CREATE TABLE b(id INTEGER PRIMARY KEY, x INT REFERENCES a(id) ON DELETE SET NULL REFERENCES c(id) ON DELETE SET NULL);
CREATE TABLE c(id INTEGER PRIMARY KEY, x INT REFERENCES a(id) ON DELETE SET NULL REFERENCES b(id) ON DELETE SET NULL);
%check SELECT (SELECT count(x) FROM a) = 2 AND (SELECT count(x) FROM b) = 2 AND (SELECT count(x) FROM c) = 1

%case circle-of-three-with-cascades
%before
CREATE TABLE a(id INTEGER PRIMARY KEY, x INT REFERENCES b ON DELETE CASCADE, y INT REFERENCES c ON DELETE CASCADE);
CREATE TABLE b(id INTEGER PRIMARY KEY, x INT REFERENCES a ON DELETE CASCADE, y INT REFERENCES c ON DELETE CASCADE);
CREATE TABLE c(id INTEGER PRIMARY KEY, x INT REFERENCES a ON DELETE CASCADE, y INT REFERENCES b ON DELETE CASCADE, v INT);
%rows
PRAGMA foreign_keys=OFF;
INSERT INTO a VALUES(1,1,1); INSERT INTO b VALUES(1,1,1); INSERT INTO c VALUES(1,1,1,1);
%after
CREATE TABLE a(id INTEGER PRIMARY KEY, x INT REFERENCES b ON DELETE CASCADE, y INT REFERENCES c ON DELETE CASCADE);
CREATE TABLE b(id INTEGER PRIMARY KEY, x INT REFERENCES a ON DELETE CASCADE, y INT REFERENCES c ON DELETE CASCADE);
CREATE TABLE c(id INTEGER PRIMARY KEY, x INT REFERENCES a ON DELETE CASCADE, y INT REFERENCES b ON DELETE CASCADE, v TEXT);
%converts
%check SELECT (SELECT count(*) FROM a) = 1 AND (SELECT count(*) FROM b) = 1 AND (SELECT count(*) FROM c) = 1

%case circle-with-a-table-that-refers-to-itself
%before
CREATE TABLE b(id INTEGER PRIMARY KEY, a INT REFERENCES a(id));
CREATE TABLE a(id INTEGER PRIMARY KEY, up INT REFERENCES a(id) ON DELETE CASCADE, x INT REFERENCES b(id), v INT);
%rows
PRAGMA foreign_keys=OFF;
INSERT INTO a VALUES(1,1,1,1),(2,1,1,1); INSERT INTO b VALUES(1,1);
%after
CREATE TABLE b(id INTEGER PRIMARY KEY, a INT REFERENCES a(id));
CREATE TABLE a(id INTEGER PRIMARY KEY, up INT REFERENCES a(id) ON DELETE CASCADE, x INT REFERENCES b(id), v INT NOT NULL);
%check SELECT (SELECT count(*) FROM a) = 2 AND (SELECT count(*) FROM b) = 1

%case circle-that-is-dropped
%before
CREATE TABLE a(id INTEGER PRIMARY KEY, k TEXT, x INT REFERENCES b(id) ON DELETE SET NULL REFERENCES c(id) ON DELETE SET NULL, UNIQUE(id, k));
CREATE TABLE b(id INTEGER PRIMARY KEY, x INT REFERENCES a(id) ON DELETE SET NULL REFERENCES c(id) ON DELETE SET NULL);
CREATE TABLE c(id INTEGER PRIMARY KEY, k TEXT, x INT REFERENCES a(id) ON DELETE CASCADE REFERENCES b(id) ON DELETE CASCADE, FOREIGN KEY(id, k) REFERENCES a(id, k));
CREATE TABLE t(a);
%after
CREATE TABLE t(a);

%case simple-circle-needs-no-more-tables
%before
CREATE TABLE a(id INTEGER PRIMARY KEY, x INT REFERENCES b ON DELETE CASCADE, y INT REFERENCES c ON DELETE SET NULL, v INT);
CREATE TABLE b(id INTEGER PRIMARY KEY, x INT REFERENCES a ON DELETE CASCADE);
CREATE TABLE c(id INTEGER PRIMARY KEY);
%after
CREATE TABLE a(id INTEGER PRIMARY KEY, x INT REFERENCES b ON DELETE CASCADE, y INT REFERENCES c ON DELETE SET NULL, v INT NOT NULL);
CREATE TABLE b(id INTEGER PRIMARY KEY, x INT REFERENCES a ON DELETE CASCADE);
CREATE TABLE c(id INTEGER PRIMARY KEY);
%lacks git_d1_key

%case parent-that-does-not-exist
%before
CREATE TABLE p(id INTEGER PRIMARY KEY);
CREATE TABLE c(id INTEGER PRIMARY KEY, n INT REFERENCES nowhere(k) REFERENCES p ON DELETE CASCADE, v INT);
CREATE TABLE c2(id INTEGER PRIMARY KEY, n INT REFERENCES absent ON DELETE CASCADE, v INT, w TEXT);
CREATE TABLE d(id INTEGER PRIMARY KEY, c2 INT REFERENCES c2(id) ON DELETE CASCADE);
%rows
PRAGMA foreign_keys=OFF;
INSERT INTO p VALUES(1);
INSERT INTO c2 VALUES(1,NULL,7,'x'),(2,NULL,8,'y'); INSERT INTO d VALUES(1,1),(2,2);
%after
CREATE TABLE p(id INTEGER PRIMARY KEY);
CREATE TABLE c(id INTEGER PRIMARY KEY, n INT REFERENCES p ON DELETE CASCADE, v INT);
CREATE TABLE c2(id INTEGER PRIMARY KEY, n INT REFERENCES absent ON DELETE CASCADE, v INT NOT NULL, w TEXT);
CREATE TABLE d(id INTEGER PRIMARY KEY, c2 INT REFERENCES c2(id) ON DELETE CASCADE);
%check SELECT count(*) = 2 FROM c2
%check SELECT count(*) = 2 FROM d

%case two-parents-that-do-not-exist
%before
CREATE TABLE c(id INTEGER PRIMARY KEY, n INT REFERENCES nowhere ON DELETE CASCADE, m INT REFERENCES absent, v INT);
%after
CREATE TABLE c(id INTEGER PRIMARY KEY, n INT REFERENCES nowhere ON DELETE CASCADE, m INT REFERENCES absent, v INT NOT NULL);
%refused table 'c' refers to 'nowhere' and to 'absent', which do not exist

%case two-parents-that-do-not-exist-with-no-action
%before
CREATE TABLE c(id INTEGER PRIMARY KEY, n INT REFERENCES nowhere(a), m INT REFERENCES absent(b), v INT, FOREIGN KEY(n, m) REFERENCES nowhere(x, a));
%after
CREATE TABLE c(id INTEGER PRIMARY KEY, n INT REFERENCES nowhere(a), m INT REFERENCES absent(b), v INT NOT NULL, FOREIGN KEY(n, m) REFERENCES nowhere(x, a));

%case parent-that-is-a-view
%before
CREATE TABLE t(a);
CREATE VIEW v AS SELECT a FROM t;
CREATE TABLE c(id INTEGER PRIMARY KEY, n INT REFERENCES v(a), x INT);
%after
CREATE TABLE t(a);
CREATE VIEW v AS SELECT a FROM t;
CREATE TABLE c(id INTEGER PRIMARY KEY, n INT REFERENCES v(a), x INT NOT NULL);
%refused table 'c' has to be made anew and refers to 'v', which is no table that can be referred to

%case children-with-plain-references-stay
%before
CREATE TABLE p(id INTEGER PRIMARY KEY AUTOINCREMENT, n TEXT);
CREATE TABLE c(id INTEGER PRIMARY KEY, p INT REFERENCES p, v TEXT);
CREATE INDEX c_p ON c(p);
CREATE TABLE d(id INTEGER PRIMARY KEY, c INT REFERENCES c(id) ON DELETE CASCADE);
%rows
INSERT INTO p VALUES(7,'a'),(9,'b'); DELETE FROM p WHERE id = 9; INSERT INTO p VALUES(3,'c');
INSERT INTO c VALUES(1,7,'x'),(2,3,'y'),(3,NULL,'z'),(4,7,'x');
INSERT INTO d VALUES(1,1),(2,4);
%after
CREATE TABLE p(id INTEGER PRIMARY KEY AUTOINCREMENT, n TEXT NOT NULL);
CREATE TABLE c(id INTEGER PRIMARY KEY, p INT REFERENCES p, v TEXT);
CREATE INDEX c_p ON c(p);
CREATE TABLE d(id INTEGER PRIMARY KEY, c INT REFERENCES c(id) ON DELETE CASCADE);
%has AS SELECT * FROM "p"
%lacks CREATE TABLE c
%lacks CREATE TABLE d
%lacks CREATE INDEX
%check SELECT (SELECT group_concat(id || ifnull(p, '') || v) FROM c) = '17x,23y,3z,47x' AND (SELECT count(*) FROM d) = 2
%check SELECT seq = 9 AND (SELECT count(*) FROM sqlite_sequence) = 1 FROM sqlite_sequence

%case children-with-plain-references-and-no-index
%before
CREATE TABLE p(k TEXT, l TEXT, n INT, PRIMARY KEY(k, l));
CREATE TABLE q(a INT UNIQUE COLLATE NOCASE, b);
CREATE TABLE c(id INTEGER PRIMARY KEY, k TEXT, l TEXT, q INT REFERENCES q(a), q2 INT REFERENCES q(a), FOREIGN KEY(l, k) REFERENCES p(l, k) DEFERRABLE INITIALLY DEFERRED);
%rows
INSERT INTO p(rowid, k, l, n) VALUES(40,'a','x',1),(30,'b','y',2),(-2,'c','z',3);
INSERT INTO q(rowid, a) VALUES(5,1),(4,2);
INSERT INTO c VALUES(1,'a','x',1,2),(2,'b','y',2,1),(3,'a',NULL,1,1),(4,'c','z',NULL,NULL);
%after
CREATE TABLE p(k TEXT, l TEXT, n INT CHECK(n > 0), PRIMARY KEY(k, l));
CREATE TABLE q(a INT UNIQUE COLLATE NOCASE, b CHECK(b IS NULL));
CREATE TABLE c(id INTEGER PRIMARY KEY, k TEXT, l TEXT, q INT REFERENCES q(a), q2 INT REFERENCES q(a), FOREIGN KEY(l, k) REFERENCES p(l, k) DEFERRABLE INITIALLY DEFERRED);
%has AS SELECT rowid AS "rowid", * FROM "p"
%has ON "c"("l")
%has ON "c"("q" collate nocase)
%has ON "c"("q2" collate nocase)
%has DROP INDEX
%lacks CREATE TABLE c
%check SELECT group_concat(rowid || k) = '-2c,30b,40a' FROM (SELECT rowid, k FROM p ORDER BY rowid)
%check SELECT (SELECT count(*) FROM c) = 4 AND (SELECT group_concat(rowid) FROM (SELECT rowid FROM q ORDER BY rowid)) = '4,5'

%case children-that-are-rebuilt-too
%before
CREATE TABLE p(id INTEGER PRIMARY KEY, n TEXT);
CREATE TABLE c(id INTEGER PRIMARY KEY, p INT REFERENCES p, v TEXT);
CREATE TABLE d(id INTEGER PRIMARY KEY, c INT REFERENCES c);
%rows
INSERT INTO p VALUES(1,'a'); INSERT INTO c VALUES(1,1,'x'),(2,1,'y');
INSERT INTO d VALUES(1,1),(2,2),(3,2);
%after
CREATE TABLE p(id INTEGER PRIMARY KEY, n TEXT NOT NULL);
CREATE TABLE c(id INTEGER PRIMARY KEY, p INT REFERENCES p, v TEXT NOT NULL);
CREATE TABLE d(id INTEGER PRIMARY KEY, c INT REFERENCES c);
%has ALTER TABLE "p" RENAME
%has AS SELECT * FROM "c"
%lacks CREATE TABLE d
%check SELECT (SELECT count(*) FROM c) = 2 AND (SELECT count(*) FROM d) = 3

%case children-of-a-key-that-changes-its-type
%before
CREATE TABLE p(id TEXT PRIMARY KEY, n TEXT);
CREATE TABLE c(id INTEGER PRIMARY KEY, p REFERENCES p);
%rows
INSERT INTO p VALUES('a','a'); INSERT INTO c VALUES(1,'a'),(2,'a');
%after
CREATE TABLE p(id BLOB PRIMARY KEY, n TEXT);
CREATE TABLE c(id INTEGER PRIMARY KEY, p REFERENCES p);
%has ALTER TABLE "p" RENAME
%check SELECT count(*) = 2 FROM c

%case children-of-a-key-that-is-an-index
%before
CREATE TABLE p(id INTEGER PRIMARY KEY, k TEXT, n TEXT);
CREATE UNIQUE INDEX p_k ON p(k);
CREATE TABLE c(id INTEGER PRIMARY KEY, p REFERENCES p(k));
%rows
INSERT INTO p VALUES(1,'a','a'); INSERT INTO c VALUES(1,'a'),(2,'a');
%after
CREATE TABLE p(id INTEGER PRIMARY KEY, k TEXT, n TEXT NOT NULL);
CREATE UNIQUE INDEX p_k ON p(k);
CREATE TABLE c(id INTEGER PRIMARY KEY, p REFERENCES p(k));
%has ALTER TABLE "p" RENAME
%check SELECT count(*) = 2 FROM c

%case child-with-a-plain-reference-and-one-that-acts-upon-updates
%before
CREATE TABLE p(id INTEGER PRIMARY KEY, n TEXT);
CREATE TABLE q(id INTEGER PRIMARY KEY, n TEXT);
CREATE TABLE c(id INTEGER PRIMARY KEY, p REFERENCES p, q REFERENCES q ON DELETE SET NULL ON UPDATE SET NULL);
%rows
INSERT INTO p VALUES(1,'a'); INSERT INTO q VALUES(1,'a');
INSERT INTO c VALUES(1,1,1),(2,1,1);
%after
CREATE TABLE p(id INTEGER PRIMARY KEY, n TEXT NOT NULL);
CREATE TABLE q(id INTEGER PRIMARY KEY, n TEXT NOT NULL);
CREATE TABLE c(id INTEGER PRIMARY KEY, p REFERENCES p, q REFERENCES q ON DELETE SET NULL ON UPDATE SET NULL);
%has ALTER TABLE "p" RENAME
%has CREATE TABLE c
%check SELECT count(*) = 2 FROM c WHERE q = 1

%case children-stay-whatever-acts-upon-deletes
%before
CREATE TABLE p(id INTEGER PRIMARY KEY AUTOINCREMENT, n TEXT);
CREATE TABLE q(id INTEGER PRIMARY KEY, n TEXT);
CREATE TABLE a(id INTEGER PRIMARY KEY, p INT REFERENCES p ON DELETE CASCADE, q INT REFERENCES q);
CREATE TABLE b(id INTEGER PRIMARY KEY, p INT REFERENCES p ON DELETE SET NULL, a INT REFERENCES a ON DELETE CASCADE ON UPDATE CASCADE);
CREATE TABLE c(id INTEGER PRIMARY KEY, p INT NOT NULL DEFAULT 9 REFERENCES p ON DELETE SET DEFAULT, q INT REFERENCES q ON DELETE CASCADE);
CREATE TABLE d(id INTEGER PRIMARY KEY, p INT REFERENCES p ON DELETE RESTRICT);
CREATE TRIGGER deleted AFTER DELETE ON a BEGIN SELECT raise(ABORT, 'a row of a is deleted'); END;
CREATE TRIGGER changed AFTER UPDATE ON p BEGIN SELECT raise(ABORT, 'a row of p is changed'); END;
%rows
INSERT INTO p VALUES(-9223372036854775808,'a'),(-1,'a'),(0,'a'),(1,'a'),(9,'a'),(9223372036854775807,'a');
INSERT INTO q VALUES(1,'a');
INSERT INTO a SELECT row_number() OVER (), id, 1 FROM p; INSERT INTO b SELECT id, p, id FROM a;
INSERT INTO c SELECT id, p, 1 FROM a; INSERT INTO d SELECT id, p FROM a;
%after
CREATE TABLE p(id INTEGER PRIMARY KEY AUTOINCREMENT, n TEXT NOT NULL);
CREATE TABLE q(id INTEGER PRIMARY KEY, n TEXT NOT NULL);
CREATE TABLE a(id INTEGER PRIMARY KEY, p INT REFERENCES p ON DELETE CASCADE, q INT REFERENCES q);
CREATE TABLE b(id INTEGER PRIMARY KEY, p INT REFERENCES p ON DELETE SET NULL, a INT REFERENCES a ON DELETE CASCADE ON UPDATE CASCADE);
CREATE TABLE c(id INTEGER PRIMARY KEY, p INT NOT NULL DEFAULT 9 REFERENCES p ON DELETE SET DEFAULT, q INT REFERENCES q ON DELETE CASCADE);
CREATE TABLE d(id INTEGER PRIMARY KEY, p INT REFERENCES p ON DELETE RESTRICT);
CREATE TRIGGER deleted AFTER DELETE ON a BEGIN SELECT raise(ABORT, 'a row of a is deleted'); END;
CREATE TRIGGER changed AFTER UPDATE ON p BEGIN SELECT raise(ABORT, 'a row of p is changed'); END;
%lacks RENAME
%lacks CREATE TABLE a
%check SELECT count(*) = 6 FROM a JOIN p ON p.id = a.p
%check SELECT count(*) = 6 FROM b JOIN p ON p.id = b.p JOIN a ON a.id = b.a
%check SELECT count(*) = 6 AND sum(p = 9) = 1 FROM c JOIN p ON p.id = c.p
%check SELECT count(*) = 6 FROM d JOIN p ON p.id = d.p

%case other-children-stay-where-one-is-rebuilt-too
%before
CREATE TABLE p(id INTEGER PRIMARY KEY, n TEXT);
CREATE TABLE a(id INTEGER PRIMARY KEY, p INT REFERENCES p ON DELETE CASCADE, n TEXT);
CREATE INDEX a_p ON a(p);
CREATE TABLE b(id INTEGER PRIMARY KEY, p INT REFERENCES p ON DELETE SET NULL);
CREATE TABLE g(id INTEGER PRIMARY KEY, p INT REFERENCES p, a INT REFERENCES a);
%rows
INSERT INTO p VALUES(1,'a'),(2,'b'); INSERT INTO a VALUES(1,1,'c'),(2,2,'d'); INSERT INTO b VALUES(1,1),(2,2);
INSERT INTO g VALUES(1,1,1),(2,2,2);
%after
CREATE TABLE p(id INTEGER PRIMARY KEY, n TEXT NOT NULL);
CREATE TABLE a(id INTEGER PRIMARY KEY, p INT REFERENCES p ON DELETE CASCADE, n TEXT NOT NULL);
CREATE INDEX a_p ON a(p);
CREATE TABLE b(id INTEGER PRIMARY KEY, p INT REFERENCES p ON DELETE SET NULL);
CREATE TABLE g(id INTEGER PRIMARY KEY, p INT REFERENCES p, a INT REFERENCES a);
%lacks RENAME
%lacks CREATE TABLE b
%lacks CREATE TABLE g
%check SELECT group_concat(p) = '1,2' FROM a
%check SELECT group_concat(p) = '1,2' FROM b
%check SELECT group_concat(a) = '1,2' FROM g

%case other-children-stay-where-one-is-renamed-away
%before
CREATE TABLE p(id INTEGER PRIMARY KEY, n TEXT);
CREATE TABLE a(p INT REFERENCES p ON DELETE CASCADE, n TEXT);
CREATE TABLE b(id INTEGER PRIMARY KEY, p INT REFERENCES p ON DELETE SET NULL);
%rows
INSERT INTO p VALUES(1,'a'),(2,'b'); INSERT INTO a VALUES(1,'c'),(2,'d'); INSERT INTO b VALUES(1,1),(2,2);
%after
CREATE TABLE p(id INTEGER PRIMARY KEY, n TEXT NOT NULL);
CREATE TABLE a(p INT REFERENCES p ON DELETE CASCADE, n TEXT NOT NULL);
CREATE TABLE b(id INTEGER PRIMARY KEY, p INT REFERENCES p ON DELETE SET NULL);
%has ALTER TABLE "a" RENAME
%lacks ALTER TABLE "p" RENAME
%lacks CREATE TABLE b
%check SELECT group_concat(p) = '1,2' FROM a
%check SELECT group_concat(p) = '1,2' FROM b

%case tables-of-a-circle-are-renamed-away
%before
CREATE TABLE p(id INTEGER PRIMARY KEY, a INT REFERENCES a ON DELETE SET NULL, n TEXT);
CREATE TABLE a(id INTEGER PRIMARY KEY, p INT REFERENCES p ON DELETE CASCADE, n TEXT);
CREATE TABLE b(id INTEGER PRIMARY KEY, p INT REFERENCES p ON DELETE SET NULL, a INT REFERENCES a ON DELETE SET NULL);
%rows
INSERT INTO p VALUES(1,NULL,'a'); INSERT INTO a VALUES(1,1,'c'); UPDATE p SET a = 1; INSERT INTO b VALUES(1,1,1);
%after
CREATE TABLE p(id INTEGER PRIMARY KEY, a INT REFERENCES a ON DELETE SET NULL, n TEXT NOT NULL);
CREATE TABLE a(id INTEGER PRIMARY KEY, p INT REFERENCES p ON DELETE CASCADE, n TEXT NOT NULL);
CREATE TABLE b(id INTEGER PRIMARY KEY, p INT REFERENCES p ON DELETE SET NULL, a INT REFERENCES a ON DELETE SET NULL);
%lacks AS SELECT
%check SELECT count(*) = 1 FROM b JOIN p ON p.id = b.p JOIN a ON a.id = b.a AND a.p = p.id AND p.a = a.id

%case renamed-away-if-a-new-definition-would-be-read-too-early
%before
CREATE TABLE a(id INTEGER PRIMARY KEY, n TEXT);
CREATE TABLE k(a INT REFERENCES a);
CREATE TABLE p(id INTEGER PRIMARY KEY, n TEXT);
CREATE TABLE c(id INTEGER PRIMARY KEY, p INT REFERENCES p ON DELETE CASCADE);
%rows
INSERT INTO a VALUES(1,'a'); INSERT INTO k VALUES(1); INSERT INTO p VALUES(1,'a'); INSERT INTO c VALUES(1,1),(2,1),(3,1);
%after
CREATE TABLE fresh(id INTEGER PRIMARY KEY);
CREATE TABLE a(id INTEGER PRIMARY KEY, n TEXT NOT NULL, c INT REFERENCES c ON DELETE CASCADE, f INT REFERENCES fresh ON DELETE CASCADE);
CREATE TABLE k(a INT REFERENCES a);
CREATE TABLE p(id INTEGER PRIMARY KEY, n TEXT NOT NULL);
CREATE TABLE c(id INTEGER PRIMARY KEY, p INT REFERENCES p ON DELETE CASCADE);
%lacks AS SELECT
%has RENAME
%check SELECT count(*) = 3 FROM c JOIN p ON p.id = c.p
%check SELECT count(*) = 1 FROM k JOIN a ON a.id = k.a

%case children-stay-of-keys-of-all-kinds
%before
CREATE TABLE t(id TEXT PRIMARY KEY NOT NULL COLLATE NOCASE, n TEXT) WITHOUT ROWID;
CREATE TABLE u(id PRIMARY KEY, n TEXT);
CREATE TABLE k(x TEXT, y REAL, n TEXT, UNIQUE(y, x));
CREATE TABLE s(id INT PRIMARY KEY, n TEXT) STRICT;
CREATE TABLE v(id UUID PRIMARY KEY, n TEXT);
CREATE TABLE a(t REFERENCES t(id) ON DELETE CASCADE, u REFERENCES u ON DELETE CASCADE, x, y, s INT REFERENCES s ON DELETE CASCADE, v UUID REFERENCES v ON DELETE RESTRICT, FOREIGN KEY(x, y) REFERENCES k(x, y) ON DELETE CASCADE);
CREATE INDEX a_t ON a(t);
%rows
INSERT INTO t VALUES('a','n'),('B','n'),(x'41','n'),('','n');
INSERT INTO u VALUES(1,'n'),('1','n'),(1.5,'n'),(x'31','n'),(NULL,'n');
INSERT INTO k VALUES('x',0.5,'n'),(NULL,1.5,'n'); INSERT INTO s VALUES(5,'n'),(-5,'n');
INSERT INTO v VALUES('7c9e6679-7425','n'),(12,'n'),(0.25,'n');
INSERT INTO a(t, u, x, y, s, v) VALUES('A',1,'x',0.5,5,'7c9e6679-7425'),('b','1','x',0.5,-5,12),(x'41',1.5,NULL,1.5,NULL,0.25),('',x'31','x',0.5,5,NULL);
%after
CREATE TABLE t(id TEXT PRIMARY KEY NOT NULL COLLATE NOCASE, n TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE u(id PRIMARY KEY, n TEXT NOT NULL);
CREATE TABLE k(x TEXT, y REAL, n TEXT NOT NULL, UNIQUE(y, x));
CREATE TABLE s(id INT PRIMARY KEY, n TEXT NOT NULL) STRICT;
CREATE TABLE v(id UUID PRIMARY KEY, n TEXT NOT NULL);
CREATE TABLE a(t REFERENCES t(id) ON DELETE CASCADE, u REFERENCES u ON DELETE CASCADE, x, y, s INT REFERENCES s ON DELETE CASCADE, v UUID REFERENCES v ON DELETE RESTRICT, FOREIGN KEY(x, y) REFERENCES k(x, y) ON DELETE CASCADE);
CREATE INDEX a_t ON a(t);
%has ON "a"("t" collate nocase)
%has ON "a"("u")
%has ON "a"("x")
%lacks RENAME
%lacks CREATE TABLE a
%check SELECT count(*) = 4 FROM a

%case children-are-found-by-one-column-in-several-ways
%before
CREATE TABLE p(id TEXT PRIMARY KEY COLLATE NOCASE, n TEXT);
CREATE TABLE q(id TEXT PRIMARY KEY, n TEXT);
CREATE TABLE r(id TEXT PRIMARY KEY COLLATE RTRIM, n TEXT);
CREATE TABLE c(k TEXT REFERENCES p REFERENCES q REFERENCES r);
%rows
INSERT INTO p VALUES('A','a'); INSERT INTO q VALUES('a','a'); INSERT INTO r VALUES('a ','a'); INSERT INTO c VALUES('a');
%after
CREATE TABLE p(id TEXT PRIMARY KEY COLLATE NOCASE, n TEXT NOT NULL);
CREATE TABLE q(id TEXT PRIMARY KEY, n TEXT NOT NULL);
CREATE TABLE r(id TEXT PRIMARY KEY COLLATE RTRIM, n TEXT NOT NULL);
CREATE TABLE c(k TEXT REFERENCES p REFERENCES q REFERENCES r);
%has ON "c"("k" collate nocase)
%has ON "c"("k" collate rtrim)
%has ON "c"("k")
%lacks RENAME
%check SELECT count(*) = 1 FROM c

%case children-are-copied-if-no-index-would-find-them
%before
CREATE TABLE p(id INTEGER PRIMARY KEY, n TEXT);
CREATE TABLE c(p TEXT REFERENCES p);
CREATE TABLE q(id TEXT PRIMARY KEY, n TEXT);
CREATE TABLE d(q INT REFERENCES q);
CREATE TABLE r(id INTEGER PRIMARY KEY, n TEXT);
CREATE TABLE e(r REFERENCES r);
%rows
INSERT INTO p VALUES(1,'a'); INSERT INTO c VALUES('1'); INSERT INTO q VALUES('1','a'); INSERT INTO d VALUES(1);
INSERT INTO r VALUES(1,'a'); INSERT INTO e VALUES(1);
%after
CREATE TABLE p(id INTEGER PRIMARY KEY, n TEXT NOT NULL);
CREATE TABLE c(p TEXT REFERENCES p);
CREATE TABLE q(id TEXT PRIMARY KEY, n TEXT NOT NULL);
CREATE TABLE d(q INT REFERENCES q);
CREATE TABLE r(id INTEGER PRIMARY KEY, n TEXT NOT NULL);
CREATE TABLE e(r REFERENCES r);
%has CREATE TABLE c
%lacks CREATE TABLE d
%has CREATE TABLE e
%check SELECT (SELECT count(*) FROM c) + (SELECT count(*) FROM d) + (SELECT count(*) FROM e) = 3

%case children-are-copied-if-a-rule-holds-for-the-key
%before
CREATE TABLE p(id INTEGER PRIMARY KEY CHECK(id < 100), n TEXT);
CREATE TABLE q(id TEXT PRIMARY KEY, n TEXT, CHECK(length("id") = 1));
CREATE TABLE r(id INTEGER PRIMARY KEY, n TEXT, CHECK(_rowid_ < 100));
CREATE TABLE g(id TEXT PRIMARY KEY, n TEXT, j AS (json_extract(id, '$')) STORED);
CREATE TABLE f(id TEXT PRIMARY KEY REFERENCES q, n TEXT);
CREATE TABLE a(p INT REFERENCES p ON DELETE CASCADE);
CREATE TABLE b(q INT REFERENCES q ON DELETE CASCADE);
CREATE TABLE c(r INT REFERENCES r ON DELETE CASCADE);
CREATE TABLE d(g INT REFERENCES g ON DELETE CASCADE);
CREATE TABLE e(f INT REFERENCES f ON DELETE CASCADE);
%rows
INSERT INTO p VALUES(1,'a'); INSERT INTO q VALUES('1','a'); INSERT INTO r VALUES(1,'a');
INSERT INTO g VALUES('1','a'); INSERT INTO f VALUES('1','a');
INSERT INTO a VALUES(1); INSERT INTO b VALUES('1'); INSERT INTO c VALUES(1); INSERT INTO d VALUES('1'); INSERT INTO e VALUES('1');
%after
CREATE TABLE p(id INTEGER PRIMARY KEY CHECK(id < 100), n TEXT NOT NULL);
CREATE TABLE q(id TEXT PRIMARY KEY, n TEXT NOT NULL, CHECK(length("id") = 1));
CREATE TABLE r(id INTEGER PRIMARY KEY, n TEXT NOT NULL, CHECK(_rowid_ < 100));
CREATE TABLE g(id TEXT PRIMARY KEY, n TEXT NOT NULL, j AS (json_extract(id, '$')) STORED);
CREATE TABLE f(id TEXT PRIMARY KEY REFERENCES q, n TEXT NOT NULL);
CREATE TABLE a(p INT REFERENCES p ON DELETE CASCADE);
CREATE TABLE b(q INT REFERENCES q ON DELETE CASCADE);
CREATE TABLE c(r INT REFERENCES r ON DELETE CASCADE);
CREATE TABLE d(g INT REFERENCES g ON DELETE CASCADE);
CREATE TABLE e(f INT REFERENCES f ON DELETE CASCADE);
%lacks AS SELECT
%check SELECT (SELECT count(*) FROM a) + (SELECT count(*) FROM b) + (SELECT count(*) FROM c) + (SELECT count(*) FROM d) + (SELECT count(*) FROM e) = 5

%case children-are-copied-if-one-refers-to-nothing-further-down
%before
CREATE TABLE p(id INTEGER PRIMARY KEY, n TEXT);
CREATE TABLE a(id INTEGER PRIMARY KEY, p INT REFERENCES p ON DELETE CASCADE);
CREATE TABLE b(id INTEGER PRIMARY KEY, a INT REFERENCES a ON DELETE CASCADE, gone INT REFERENCES gone);
%rows
INSERT INTO p VALUES(1,'a'); INSERT INTO a VALUES(1,1);
%after
CREATE TABLE p(id INTEGER PRIMARY KEY, n TEXT NOT NULL);
CREATE TABLE a(id INTEGER PRIMARY KEY, p INT REFERENCES p ON DELETE CASCADE);
CREATE TABLE b(id INTEGER PRIMARY KEY, a INT REFERENCES a ON DELETE CASCADE, gone INT REFERENCES gone);
%lacks AS SELECT
%check SELECT count(*) = 1 FROM a

%case children-stay-though-an-index-further-down-changes
%before
CREATE TABLE p(id INTEGER PRIMARY KEY, n TEXT);
CREATE TABLE q(id INTEGER PRIMARY KEY, code TEXT, n TEXT);
CREATE UNIQUE INDEX q_code ON q(code);
CREATE TABLE a(id INTEGER PRIMARY KEY, p INT REFERENCES p ON DELETE CASCADE);
CREATE TABLE b(id INTEGER PRIMARY KEY, a INT REFERENCES a ON DELETE CASCADE, q TEXT REFERENCES q(code));
%rows
INSERT INTO p VALUES(1,'a'); INSERT INTO q VALUES(1,'c','a'); INSERT INTO a VALUES(1,1); INSERT INTO b VALUES(1,1,'c');
%after
CREATE TABLE p(id INTEGER PRIMARY KEY, n TEXT NOT NULL);
CREATE TABLE q(id INTEGER PRIMARY KEY, code TEXT, n TEXT NOT NULL);
CREATE UNIQUE INDEX q_code ON q(code);
CREATE TABLE a(id INTEGER PRIMARY KEY, p INT REFERENCES p ON DELETE CASCADE);
CREATE TABLE b(id INTEGER PRIMARY KEY, a INT REFERENCES a ON DELETE CASCADE, q TEXT REFERENCES q(code));
%check SELECT count(*) = 1 FROM b

%case child-whose-column-refers-to-two-parents
%before
CREATE TABLE p(id INTEGER PRIMARY KEY, n TEXT);
CREATE TABLE q(id INTEGER PRIMARY KEY, n TEXT);
CREATE TABLE c(id INTEGER PRIMARY KEY, a INT REFERENCES p REFERENCES q);
%rows
INSERT INTO p VALUES(1,'a'),(2,'b'); INSERT INTO q VALUES(1,'a'),(2,'b');
INSERT INTO c VALUES(1,1),(2,2),(3,1);
%after
CREATE TABLE p(id INTEGER PRIMARY KEY, n TEXT NOT NULL);
CREATE TABLE q(id INTEGER PRIMARY KEY, n TEXT NOT NULL);
CREATE TABLE c(id INTEGER PRIMARY KEY, a INT REFERENCES p REFERENCES q);
%has ON "c"("a")
%lacks CREATE TABLE c
%check SELECT group_concat(a) = '1,2,1' FROM c
