/*
 * The normal form of definitions: exact texts, and that SQLite makes the same
 * of it, for each construct of its grammar.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "schema/normalise.h"

static void check(const char *sql, const char *expected)
{
	struct buf once, twice;

	buf_init(&once, 1 << 20);
	buf_init(&twice, 1 << 20);
	normalise_add(&once, sql, strlen(sql));
	buf_add(&once, "", 0);
	assert_string_equal(once.data, expected);
	normalise_add(&twice, once.data, once.len);
	buf_add(&twice, "", 0);
	assert_string_equal(twice.data, expected);
	buf_release(&once);
	buf_release(&twice);
}

static void tables_stand_in_lines(void **state)
{
	(void)state;
	check("create table if not exists t ( id integer primary key , -- id\n"
	      " name text not null default 'x' , x decimal( 10 , 2 ), "
	      "check ( length( name )<10 ) , foreign key(x) references [p]( "
	      "`a``b` ) on delete cascade ) without  rowid,strict ; ",
	      "CREATE TABLE t(\n"
	      "\tid integer primary key,\n"
	      "\tname text not null default 'x',\n"
	      "\tx decimal(10, 2),\n"
	      "\tcheck(length(name) < 10),\n"
	      "\tforeign key(x) references \"p\"(\"a`b\") on delete cascade\n"
	      ") without rowid, strict");
	check("CREATE TABLE \"a\"\n(\"x\" INT)",
	      "CREATE TABLE \"a\"(\n\t\"x\" INT\n)");
	check("CREATE TABLE `a`([x]/**/INT)",
	      "CREATE TABLE \"a\"(\n\t\"x\" INT\n)");
	check("CREATE TEMP TABLE main.t(a)",
	      "CREATE TEMP TABLE main.t(\n\ta\n)");
	check("CREATE TABLE t AS SELECT a+b, (a) AS c FROM u",
	      "CREATE TABLE t AS SELECT a+b, (a) AS c FROM u");
	check("CREATE TABLE t(a)--", "CREATE TABLE t(\n\ta\n)");
	check("CREATE TABLE t(a 'x\n--y' DEFAULT '\n', [b\nc])",
	      "CREATE TABLE t(\n\ta 'x\n--y' DEFAULT '\n',\n\t\"b\nc\"\n)");
}

static void expressions_have_blanks(void **state)
{
	(void)state;
	check("SELECT - -1 AS a,a-- b\n- -b AS b,-~+c AS c,(-1)-1 AS d,a*-1 "
	      "AS e",
	      "SELECT - -1 AS a, a - -b AS b, - ~ +c AS c, (-1) - 1 AS d, "
	      "a * -1 AS e");
	check("SELECT x ''", "SELECT x ''");
	check("CREATE INDEX i ON t(1e5,1.e3,.5,x'0A',0x1f,a.b,a .5)",
	      "CREATE INDEX i ON t(1e5, 1.e3, .5, x'0A', 0x1f, a.b, a .5)");
	check("CREATE INDEX i ON t(a->>'b'->c||d<<2)WHERE a IN(1,2)AND NOT(b)",
	      "CREATE INDEX i ON t(a ->> 'b' -> c || d << 2) WHERE a IN (1, 2) "
	      "AND NOT (b)");
	check("CREATE INDEX i ON t(a / /**/ * b)",
	      "CREATE INDEX i ON t(a / * b)");
	check("CREATE INDEX i ON t(\"a\" 'b''' `c\"`, count ( * ),a . b.*)",
	      "CREATE INDEX i ON t(\"a\" 'b''' \"c\"\"\", count(*), a.b.*)");
}

static void triggers_have_lines(void **state)
{
	(void)state;
	check("create trigger if not exists x after insert on t when new.a>1 "
	      "begin select case when(1)then raise( abort , 'x;\n' ) end ; "
	      "insert into t select a+b from c; end;",
	      "CREATE TRIGGER x after insert on t when new.a > 1 begin\n"
	      "\tselect case when (1) then raise(abort, 'x;\n') end;\n"
	      "\tinsert into t select a + b from c;\n"
	      "end");
	check("CREATE TRIGGER begin DELETE ON end BEGIN SELECT end; END",
	      "CREATE TRIGGER begin DELETE ON end BEGIN\n"
	      "\tSELECT end;\n"
	      "END");
}

static void columns_keep_their_names(void **state)
{
	(void)state;
	check("CREATE VIEW v AS SELECT a+b, a + 1  AS x,[a],t . [b], t.*,max"
	      "(a)m,count( * )/* c */, (a ), 1-1 AS y FROM t",
	      "CREATE VIEW v AS SELECT a+b, a + 1 AS x, [a], t.\"b\", t.*, "
	      "max(a) m, count( * )/* c */, (a ), 1 - 1 AS y FROM t");
	check("CREATE VIEW v AS SELECT  DISTINCT a+b,a IS DISTINCT FROM b,c+d "
	      "FROM t GROUP BY a+b",
	      "CREATE VIEW v AS SELECT DISTINCT a+b, a IS DISTINCT FROM b, c+d "
	      "FROM t GROUP BY a + b");
	check("CREATE VIEW v AS SELECT (SELECT a+b FROM t) AS a FROM (SELECT "
	      "a+b FROM t) WHERE EXISTS(SELECT a+b) UNION SELECT a+b",
	      "CREATE VIEW v AS SELECT (SELECT a+b FROM t) AS a FROM (SELECT "
	      "a+b FROM t) WHERE EXISTS(SELECT a + b) UNION SELECT a + b");
	check("CREATE VIEW v AS SELECT a -- c\n+b, CASE x WHEN 1 THEN 2  END",
	      "CREATE VIEW v AS SELECT a -- c\n+b, "
	      "CASE x WHEN 1 THEN 2  END");
}

static void names_do_not_become_texts(void **state)
{
	(void)state;
	check("CREATE VIEW [v] AS SELECT [a], [t].`a`, b AS `c` FROM [t] JOIN "
	      "`u` ON [a] = `b` WHERE f([a])",
	      "CREATE VIEW \"v\" AS SELECT [a], \"t\".\"a\", b AS \"c\" FROM "
	      "\"t\" JOIN \"u\" ON [a] = `b` WHERE f([a])");
	check("CREATE TRIGGER [g] AFTER UPDATE OF [a] ON [t] WHEN [a] BEGIN "
	      "UPDATE [t] SET [a]=new.[a]+[b]; INSERT INTO `t`(`a`) SELECT 1 "
	      "FROM [t] JOIN u ON [a]; END",
	      "CREATE TRIGGER \"g\" AFTER UPDATE OF [a] ON \"t\" WHEN [a] "
	      "BEGIN\n"
	      "\tUPDATE \"t\" SET [a] = new.\"a\" + [b];\n"
	      "\tINSERT INTO \"t\"(`a`) SELECT 1 FROM \"t\" JOIN u ON [a];\n"
	      "END");
	check("CREATE INDEX [i] ON [t](`a`,f([b]))",
	      "CREATE INDEX \"i\" ON \"t\"(\"a\", f(\"b\"))");
}

static void comments_can_be_names(void **state)
{
	(void)state;
	check("CREATE VIEW v AS SELECT a+b -- c\n /* d */  -- e\n , c+d -- f\n"
	      "FROM t -- g",
	      "CREATE VIEW v AS SELECT a+b -- c\n /* d */  -- e\n, c+d -- f\n"
	      "FROM t");
	check("CREATE VIEW v AS SELECT (SELECT  a+b -- c\n), 1+1 /* d */ ; -- e",
	      "CREATE VIEW v AS SELECT (SELECT  a+b -- c\n), 1+1 /* d */");
	check("CREATE VIEW v AS SELECT 1+1 -- c",
	      "CREATE VIEW v AS SELECT 1+1 -- c\n");
	check("CREATE VIEW v AS SELECT 1+1 /* c",
	      "CREATE VIEW v AS SELECT 1+1");
	check("CREATE VIEW v AS SELECT 1+1 -- c\n;;/* d */",
	      "CREATE VIEW v AS SELECT 1+1 -- c\n");
}

static void some_texts_stay(void **state)
{
	(void)state;
	check("create virtual table f using fts5( a , b  UNINDEXED,(c , d) e, "
	      "tokenize = 'porter  ascii' , content=[x y]) ",
	      "CREATE VIRTUAL TABLE f using fts5(a, b  UNINDEXED, (c , d) e, "
	      "tokenize = 'porter  ascii', content=[x y])");
	check("CREATE VIRTUAL TABLE f USING x", "CREATE VIRTUAL TABLE f USING "
						"x");
	check("CREATE TABLE t(a  INT /* REAL */ BIG, b)",
	      "CREATE TABLE t(a  INT /* REAL */ BIG, b)");
	check("CREATE TABLE t(a  [INT], b)", "CREATE TABLE t(a  [INT], b)");
	check("CREATE TABLE t(a  BIG( 1 -- INT\n), b)",
	      "CREATE TABLE t(a  BIG( 1 -- INT\n), b)");
	check("CREATE TABLE t(a /* 1 */ INT /* 2 */ NOT NULL, b -- 3\n)",
	      "CREATE TABLE t(\n\ta INT NOT NULL,\n\tb\n)");
	check(" SELECT   'open ", "SELECT   'open ");
	check("-- c\nSELECT  \\ ;;", "SELECT  \\");
	check("", "");
	check(" ;; -- c", "");
}

static void what_is_deep_stays(void **state)
{
	char sql[3000] = "SELECT ";

	(void)state;
	for (size_t i = 0; i < 1000; i++)
		strcat(sql, "( ");
	check(sql, (sql[strlen(sql) - 1] = '\0', sql));
}

/* ---- SQLite's opinion ---- */

static const char *const definitions[] = {
	"CREATE TABLE p(a INTEGER PRIMARY KEY, b TEXT, c UNIQUE)",
	"CREATE TABLE IF NOT EXISTS t1(id INTEGER PRIMARY KEY AUTOINCREMENT)",
	"create table t2 ( a int , b text not null default '' , c real )",
	"CREATE TABLE [t 3]([a b] INT, `c``d` TEXT, \"e\"\"f\" BLOB, [g\"h])",
	"CREATE TABLE 'it''s'('x' INT, y 'VAR  CHAR'(10))",
	"CREATE TABLE \"line\nbreak\"(\"a\nb\" DEFAULT '-- no\ncomment')",
	"CREATE TABLE t6(a DOUBLE   PRECISION, b VARCHAR ( 10 ) , c\n"
	"DECIMAL(10 , 2), d unsigned big int, e, f [INT], g `TEXT`)",
	"CREATE TABLE t7(a DEFAULT - 1, b DEFAULT +.5, c DEFAULT 1.e3, d "
	"DEFAULT x'00ff', e DEFAULT NULL, f DEFAULT current_timestamp, g "
	"DEFAULT ( 1 - -1 ), h DEFAULT TRUE, i DEFAULT (datetime( 'now' )), j "
	"DEFAULT word, k DEFAULT \"quoted\", l DEFAULT [br])",
	"CREATE TABLE t8(a, b, PRIMARY KEY(b DESC, a COLLATE nocase)) WITHOUT "
	"ROWID",
	"CREATE TABLE t9(a TEXT PRIMARY KEY ON CONFLICT REPLACE, b UNIQUE ON "
	"CONFLICT IGNORE, c NOT NULL ON CONFLICT FAIL) WITHOUT  ROWID",
	"CREATE TABLE t10(a INT, b TEXT, c ANY, d BLOB, e REAL)STRICT",
	"CREATE TABLE t11(a INT CHECK(a>0 AND a<>-1), b CONSTRAINT named CHECK "
	"( b IN(1,2)OR b IS NULL ), CHECK(a||b<>'x--y'), CONSTRAINT c2 "
	"CHECK(a BETWEEN 1 AND 2))",
	"CREATE TABLE t12(a REFERENCES p, b REFERENCES p(a) ON DELETE CASCADE "
	"ON UPDATE SET NULL MATCH FULL NOT DEFERRABLE INITIALLY DEFERRED, c "
	"REFERENCES [p]([a]) DEFERRABLE INITIALLY DEFERRED)",
	"CREATE TABLE t13(a,b,CONSTRAINT fk FOREIGN KEY(a)REFERENCES p(c)ON "
	"DELETE SET DEFAULT,FOREIGN KEY (b) REFERENCES p ON DELETE NO ACTION)",
	"CREATE TABLE t14(a INT, b INT GENERATED ALWAYS AS(a*2)STORED, c AS "
	"( a - -1 ) VIRTUAL, d TEXT AS (a||'--'||b) NOT NULL)",
	"CREATE TABLE t15(a INT, -- the a\n b TEXT /* the b */ NOT NULL, /* * / "
	"*/ c -- last\n) -- end",
	"CREATE TABLE t16(a COLLATE nocase, b TEXT COLLATE [rtrim] UNIQUE)",
	"CREATE TABLE t17(a,b,c,UNIQUE(a,b)ON CONFLICT ROLLBACK,UNIQUE(c "
	"COLLATE nocase DESC))",
	"CREATE TABLE t18(a INT /* REAL */ BIG, b INT -- TEXT\n GENERATED "
	"ALWAYS AS (a))",
	"CREATE TABLE t19(\"select\" INT, [from], `where`, key, desc_, "
	"\"a-b\", \"a.b\")",
	"CREATE TABLE t20(a CHECK(a->>'$.x'>1), b CHECK(b NOT LIKE '%x' ESCAPE "
	"'\\'), c CHECK(c GLOB '[a-z]*'), d CHECK(NOT(d)))",
	"CREATE TABLE t21(a CHECK(CASE WHEN a THEN -1 ELSE +1 END=1), b "
	"CHECK(CAST(b AS TEXT)=b), c CHECK(c IS NOT NULL), d CHECK(d NOTNULL))",
	"CREATE TABLE t22(a INTEGER CONSTRAINT x PRIMARY KEY CONSTRAINT y NOT "
	"NULL CONSTRAINT z UNIQUE)",
	"CREATE TABLE t23(a CHECK(a IN(SELECT_ , b)), SELECT_, b)",
	"CREATE TABLE t24(\xc3\xa9t\xc3\xa9 TEXT, \"\xe2\x82\xac\" INT, "
	"[\xf0\x9f\x98\x80])",
	"CREATE TABLE t25(a DEFAULT 0x1F, b DEFAULT 1e+5, c DEFAULT 9E-3)",
	"CREATE TABLE t26(a, b CHECK(b=x''), c CHECK(c<>''''), d "
	"CHECK(d<>\"a\"))",
	"CREATE TABLE t27(a INT,b INT,c INT,CHECK(a<<2>>1&3|4<>~b%2/c))",
	"CREATE TABLE t28(a INT CHECK((a,a) < (1,2)), b CHECK(b IS NOT TRUE))",
	"CREATE TABLE t29(rowid TEXT, oid, _rowid_)",
	"CREATE TABLE\tt30\r\n(\r\n\ta\tINT\r\n,\tb\r\n)\r\n",
	"CREATE TABLE t31(a PRIMARY KEY ASC, b)",
	"CREATE TABLE t32(a, CONSTRAINT x UNIQUE(a) CONSTRAINT y CHECK(a))",
	"CREATE TABLE begin(end, temp, view, trigger, before, action)",
	"CREATE TABLE self(id INTEGER PRIMARY KEY, up REFERENCES self(id))",
	/* indexes */
	"CREATE INDEX i1 ON t2(a)",
	"CREATE UNIQUE INDEX IF NOT EXISTS i2 ON t2 ( b COLLATE NOCASE DESC , "
	"a ASC )",
	"create unique index [i 3] on [t 3]([a b]) where `c``d`is not null",
	"CREATE INDEX i4 ON t2(lower( b ), a+ -1, - - a, length(b)||'--')",
	"CREATE INDEX i5 ON t2(a) WHERE a>1 AND b NOT IN('x','y''z') -- end",
	"CREATE INDEX i6 ON t11(a/* c */,b)",
	"CREATE INDEX i7 ON t2(json_extract(b,'$.a'),b->'c',c)",
	"CREATE INDEX \"i\"\"8\" ON t24(\xc3\xa9t\xc3\xa9)",
	/* views */
	"CREATE VIEW v1 AS SELECT a, b FROM t2",
	"CREATE VIEW v2(x, \"y z\") AS SELECT a+1, b||'x' FROM t2",
	"CREATE VIEW v3 AS SELECT a+1,a + 1,  a  +  1 AS [q],b  as r from t2",
	"CREATE VIEW v4 AS SELECT \"a+1\", `a + 1`, [q] FROM v3",
	"CREATE VIEW v5 AS WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT "
	"n+1 FROM c WHERE n<10), d AS MATERIALIZED (SELECT n*2 FROM c) SELECT "
	"n, \"n*2\" FROM c JOIN d ON d.\"n*2\"=c.n",
	"CREATE VIEW v6 AS SELECT sum(a) OVER (PARTITION BY b ORDER BY c ROWS "
	"BETWEEN 1 PRECEDING AND CURRENT ROW) , row_number()OVER w AS rn, "
	"count( * )FILTER(WHERE a>1)over w FROM t2 WINDOW w AS(ORDER BY a)",
	"CREATE VIEW v7 AS SELECT CASE WHEN a THEN 1\n  ELSE 2 END, CAST( a AS "
	"TEXT ), (a), -a, + a, NOT a, a IS NULL, a isnull FROM t2",
	"CREATE VIEW v8 AS SELECT count(*), max( a )m, min(a)AS \"n\", 'lit  "
	"eral', 1.50, NULL, x'AB', current_date FROM t2",
	"CREATE VIEW v9 AS SELECT (SELECT max(a)+1 FROM t2), EXISTS(SELECT "
	"1+1) , a IN(SELECT a+1 FROM t2) FROM t2",
	"CREATE VIEW v10 AS SELECT * FROM (SELECT a+b, b FROM t2) AS s, t1 "
	"LEFT JOIN t10 USING(b) WHERE s.b=1",
	"CREATE VIEW v11 AS SELECT a-1 FROM t2 UNION ALL SELECT a  -  2 FROM "
	"t2 EXCEPT SELECT 3 INTERSECT SELECT 4 ORDER BY 1 LIMIT 10 OFFSET -1",
	"CREATE VIEW v12 AS VALUES(1,2),(3,- 4)",
	"CREATE VIEW v13 AS SELECT DISTINCT a IS DISTINCT FROM b, a IS NOT "
	"DISTINCT FROM c, b FROM t2 GROUP BY a,b HAVING count(*)>1",
	"CREATE VIEW v14 AS SELECT ALL a  + b -- what is a name?\n, a/*x*/+b "
	"FROM t2",
	"CREATE VIEW v15 AS SELECT t2 . a, [t2].[b], main.t2.c, t2.*, rowid "
	"FROM t2",
	"CREATE VIEW [v 16] AS SELECT ( SELECT a+b FROM t2 ) AS s, (SELECT "
	"a+c FROM t2)FROM (SELECT  1+1 , 2 ) ORDER BY \"1+1\" NULLS LAST",
	"CREATE VIEW v17 AS SELECT value, key FROM json_each('[1,2]') WHERE "
	"key>-1",
	"CREATE VIEW v18 AS SELECT a COLLATE  nocase, b collate rtrim  z FROM "
	"t2",
	"CREATE VIEW v19 AS SELECT group_concat( b , '-' ), a b, t2.a  c, 1 "
	"\"d\", 'x' 'y' FROM t2 INDEXED BY i1 WHERE a=1",
	"CREATE VIEW v20 AS SELECT a AS x,b FROM t2 NATURAL JOIN t10 CROSS "
	"JOIN (t1) WHERE (a,b) IN (VALUES (1,2)) OR a IN t29 AND b LIKE 'x' "
	"/* end */",
	"CREATE VIEW v21 AS SELECT a+1 -- one\n /* two */ -- three\n, b+1 /* 4 "
	"*/, a  AS c -- five\n, (SELECT 1) -- six\nFROM t2",
	"CREATE VIEW v22 AS SELECT 1+1, 2+2 -- seven",
	/* triggers */
	"CREATE TRIGGER g1 AFTER INSERT ON t2 BEGIN DELETE FROM t1; END",
	"create trigger if not exists g2 before update of a,b on t2 for each "
	"row when old.a<>new.a and - -1=1 begin\r\n select case when new.a<0 "
	"then raise(abort,'no; end;')end;\r\n -- c; end;\r\n update t1 set "
	"id=id-1;\r\nend",
	"CREATE TRIGGER [g 3] INSTEAD OF DELETE ON v1 BEGIN INSERT OR REPLACE "
	"INTO t2(a,b) SELECT a+1, b FROM v3 WHERE \"a+1\">1; SELECT "
	"RAISE(IGNORE) WHERE 1; END",
	"CREATE TRIGGER g4 INSERT ON begin BEGIN UPDATE begin SET (end,temp)="
	"(SELECT 1,2) WHERE end=new.end; END;",
	"CREATE TRIGGER g5 AFTER DELETE ON t2 WHEN (SELECT count(*) FROM t1)>1 "
	"BEGIN INSERT INTO t1 SELECT \"1+1\" FROM (SELECT 1+1) WHERE 1 ON "
	"CONFLICT(id)DO UPDATE SET id=excluded.id+1 WHERE id<>-1; END",
	"CREATE TRIGGER g6 AFTER UPDATE ON t2 BEGIN UPDATE t2 SET a=s.\"a+1\" "
	"FROM (SELECT a+1 FROM t2) AS s; SELECT 'a\n;\nb' , CASE 1 WHEN 1 THEN "
	"CASE WHEN 2 THEN 3 END END; INSERT INTO t1 VALUES(- 1); END",
	/* virtual tables */
	"CREATE VIRTUAL TABLE f1 USING fts5( title , body  UNINDEXED, "
	"tokenize = 'porter  unicode61' , prefix='2  3')",
	"create virtual table f2 using FTS5(a, [b c], \"d\"\"e\", `f`, "
	"content=t2, content_rowid='a')",
	"CREATE VIRTUAL TABLE f3 USING fts4(a, b, tokenize=unicode61 "
	"\"tokenchars=-.\")",
	"CREATE VIRTUAL TABLE IF NOT EXISTS r1 USING rtree(id,\n  x0, x1,\n\t"
	"y0, y1 , +extra TEXT)",
	"CREATE VIRTUAL TABLE f4 USING fts5vocab(f1, 'row')",
};

/* A type or a default value, as it would be inside of a definition. */
static void add_normal(struct buf *out, const char *text)
{
	struct buf sql;

	buf_init(&sql, 1 << 20);
	buf_add_format(&sql, "CREATE INDEX i ON %s", text);
	normalise_add(out, sql.data, sql.len);
	buf_release(&sql);
}

/* Runs a query and appends its rows, with texts normalised if told. */
static void add_rows(struct buf *out, sqlite3 *db, const char *sql,
		     const char *name, bool normal)
{
	sqlite3_stmt *statement;

	if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sqlite3_errmsg(db), sql);
	if (name)
		sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
	while (sqlite3_step(statement) == SQLITE_ROW) {
		for (int i = 0; i < sqlite3_column_count(statement); i++) {
			const char *text =
				(const char *)sqlite3_column_text(statement, i);
			bool is_text = normal && text &&
				       (i == 2 || i == 4); /* type, default */

			buf_add_char(out, '|');
			if (is_text)
				add_normal(out, text);
			else
				buf_add_string(out, text ? text : "NULL");
		}
		buf_add_char(out, '\n');
	}
	if (sqlite3_finalize(statement) != SQLITE_OK)
		fail_msg("%s: %s, %s", sqlite3_errmsg(db), sql, name);
}

/* All that pragmas say of a database. */
static void add_catalogue(struct buf *out, sqlite3 *db)
{
	sqlite3_stmt *names;

	add_rows(out, db,
		 "SELECT type, name, tbl_name FROM sqlite_schema WHERE sql IS "
		 "NOT NULL ORDER BY rowid",
		 NULL, false);
	add_rows(out, db,
		 "SELECT name, type, ncol, wr, strict FROM pragma_table_list "
		 "ORDER BY name",
		 NULL, false);
	assert_int_equal(sqlite3_prepare_v2(db,
					    "SELECT name FROM sqlite_schema "
					    "ORDER BY rowid",
					    -1, &names, NULL),
			 0);
	while (sqlite3_step(names) == SQLITE_ROW) {
		const char *name = (const char *)sqlite3_column_text(names, 0);

		buf_add_string(out, name);
		buf_add_char(out, '\n');
		add_rows(out, db, "SELECT * FROM pragma_table_xinfo(?)", name,
			 true);
		add_rows(out, db, "SELECT * FROM pragma_index_list(?)", name,
			 false);
		add_rows(out, db, "SELECT * FROM pragma_index_xinfo(?)", name,
			 false);
		add_rows(out, db, "SELECT * FROM pragma_foreign_key_list(?)",
			 name, false);
	}
	assert_int_equal(sqlite3_finalize(names), 0);
}

static sqlite3 *open_memory(void)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
	return db;
}

static void run(sqlite3 *db, const char *sql)
{
	char *message = NULL;

	if (sqlite3_exec(db, sql, NULL, NULL, &message) != SQLITE_OK)
		fail_msg("%s: %s", message, sql);
}

/* Appends the normal form of each definition, and runs it if there is a db. */
static void copy(struct buf *all, sqlite3 *from, sqlite3 *to)
{
	static const char select[] =
		"SELECT s.sql FROM sqlite_schema s WHERE s.sql IS NOT NULL AND "
		"s.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND s.tbl_name NOT IN "
		"(SELECT l.name FROM pragma_table_list l WHERE l.type = "
		"'shadow') ORDER BY s.rowid";
	sqlite3_stmt *statement;
	struct buf sql;

	buf_init(&sql, 1 << 20);
	assert_int_equal(sqlite3_prepare_v2(from, select, -1, &statement, NULL),
			 0);
	while (sqlite3_step(statement) == SQLITE_ROW) {
		buf_clear(&sql);
		normalise_add(&sql,
			      (const char *)sqlite3_column_text(statement, 0),
			      (size_t)sqlite3_column_bytes(statement, 0));
		assert_false(sql.failed);
		if (to)
			run(to, sql.data);
		buf_add(all, sql.data, sql.len);
		buf_add_string(all, ";\n");
	}
	assert_int_equal(sqlite3_finalize(statement), 0);
	buf_release(&sql);
}

/* Line by line, so that a failure shows which. Changes the texts. */
static void check_lines(struct buf *a, struct buf *b)
{
	char *a_rest = a->data;
	char *b_rest = b->data;
	char *line;

	while ((line = strsep(&a_rest, "\n")))
		assert_string_equal(line, strsep(&b_rest, "\n"));
	assert_null(b_rest);
}

static void sqlite_makes_the_same(void **state)
{
	struct buf texts[2], catalogues[2];
	sqlite3 *from = open_memory();
	sqlite3 *to = open_memory();

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		buf_init(&texts[i], 1 << 20);
		buf_init(&catalogues[i], 1 << 20);
	}
	for (size_t i = 0; i < ARRAY_SIZE(definitions); i++)
		run(from, definitions[i]);
	copy(&texts[0], from, to);
	copy(&texts[1], to, NULL);
	check_lines(&texts[1], &texts[0]);
	add_catalogue(&catalogues[0], from);
	add_catalogue(&catalogues[1], to);
	check_lines(&catalogues[1], &catalogues[0]);
	for (size_t i = 0; i < 2; i++) {
		buf_release(&texts[i]);
		buf_release(&catalogues[i]);
	}
	sqlite3_close(from);
	sqlite3_close(to);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tables_stand_in_lines),
		cmocka_unit_test(expressions_have_blanks),
		cmocka_unit_test(triggers_have_lines),
		cmocka_unit_test(columns_keep_their_names),
		cmocka_unit_test(names_do_not_become_texts),
		cmocka_unit_test(comments_can_be_names),
		cmocka_unit_test(some_texts_stay),
		cmocka_unit_test(what_is_deep_stays),
		cmocka_unit_test(sqlite_makes_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
