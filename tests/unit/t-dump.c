/* SQL dumps as sources: what is read, exactly, and what is refused. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "sandbox.h"
#include "util/buf.h"

#include "fixture.h"
#include "scanned.h"
#include "source/dump.h"
#include "source/sqlite.h"

static const struct asking unordered = { .rows = SCAN_UNKEYED };

static struct source *open_dump(const char *text)
{
	struct source *source = NULL;
	struct err err = ERR_INIT;

	sandbox_write("dump.sql", text);
	if (dump_open(&source, "dump.sql", &err) < 0)
		fail_msg("%s", err.message);
	return source;
}

static void fails(const char *text, enum d1_error code, const char *message)
{
	struct source *source = NULL;
	struct err err = ERR_INIT;

	sandbox_write("dump.sql", text);
	(void)!dump_open(&source, "dump.sql", &err);
	assert_string_equal(err.message, message);
	assert_int_equal(err.code, code);
}

/* The values of one row, as a dump writes them, are read as `expected`. */
static void reads(const char *values, const char *expected)
{
	struct source *source;
	char text[4096];

	snprintf(text, sizeof(text),
		 "CREATE TABLE t(a, b, c);\nINSERT INTO t VALUES(%s);\n",
		 values);
	source = open_dump(text);
	assert_rows(source, "t", &unordered, expected);
	source_close(source);
}

static void values_are_exact(void **state)
{
	(void)state;
	reads("1,-2,NULL", "1,-2,NULL\n");
	reads("9223372036854775807,-9223372036854775808,9223372036854775808",
	      "9223372036854775807,-9223372036854775808,9.223372036854776e18\n");
	reads("1.0,-0.0,0.1", "1.0,-0.0,0.1\n");
	reads("1.0e+10,1e5,1.5E-3", "10000000000.0,100000.0,0.0015\n");
	reads("9e999,-9.0e+999,1e999", "9e999,-9e999,9e999\n");
	reads("0.1000000000000000055511,+5,- 5", "0.1,5,-5\n");
	reads("4.9406564584124654418e-324,1.7976931348623157081e+308,.5",
	      "5e-324,1.7976931348623157e308,0.5\n");
	reads("X'00FF','it''s',''", "x'00ff','it''s',''\n");
	reads("CAST(X'6100' AS TEXT),CAST(x'ff' AS TEXT),CAST('a' AS BLOB)",
	      "CAST(x'6100' AS TEXT),CAST(x'ff' AS TEXT),x'61'\n");
	reads("replace('a\\nb','\\n',char(10)),"
	      "replace(replace('\\r\\n','\\r',char(13)),'\\n',char(10)),"
	      "replace('a\\012b\\n','\\012',char(10))",
	      "replace('a\\nb','\\n',char(10)),"
	      "replace(replace('\\r\\n','\\n',char(10)),'\\r',char(13)),"
	      "CAST(x'610a625c6e' AS TEXT)\n");
	reads("unistr('a\\u000ab'),unistr('\\\\\\U0001f600'),"
	      "unistr('\\+01F600\\00e9')",
	      "replace('a\\nb','\\n',char(10)),'\\\360\237\230\200',"
	      "'\360\237\230\200\303\251'\n");
	reads("char(72,228,8364,128512), /* and */ 'x' -- a remark\n, 1",
	      "'H\303\244\342\202\254\360\237\230\200','x',1\n");
	reads("'a\nb','\t','\r'", "replace('a\\nb','\\n',char(10)),'\t',"
				  "replace('\\r','\\r',char(13))\n");
}

static void rows_and_names_in_any_form(void **state)
{
	struct source *source = open_dump(
		"\357\273\277PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\n"
		"CREATE TABLE \"a \"\"b\"(x INTEGER PRIMARY KEY, y, z);\n"
		"INSERT INTO \"a \"\"b\" VALUES(1,2,3),(2,NULL,NULL);\n"
		"insert into [a \"b](\"y\",[x],`z`) values (6, 3, 'z');\n"
		"INSERT INTO `a \"b`(x) VALUES(4);\n"
		"ANALYZE sqlite_schema;\n"
		"INSERT INTO sqlite_stat1 VALUES('t',NULL,'2');\n"
		"DELETE FROM sqlite_sequence;\n"
		"INSERT INTO sqlite_sequence VALUES('t',2);\n"
		"CREATE TABLE _cf_KV(k);\nINSERT INTO _cf_KV VALUES(1);\n"
		"CREATE INDEX i ON \"a \"\"b\"(y);\nCOMMIT;\n");
	const struct asking by_key = { .key = { "x" } };

	(void)state;
	assert_int_equal(source->schema->ntables, 1);
	assert_rows(source, "a \"b", &by_key,
		    "1,2,3\n2,NULL,NULL\n3,6,'z'\n4,NULL,NULL\n");
	source_close(source);
}

static void definitions_of_newer_engines(void **state)
{
	struct source *source = open_dump(
		"CREATE TABLE t(a INTEGER PRIMARY KEY, b AS (new_one(a)),\n"
		"	c AS (newer(a, 1)) STORED, d AS (a + 1),\n"
		"	e AS (concat(a, 'x')), CHECK(newest(a) > 0));\n"
		"INSERT INTO t VALUES(1),(2);\n"
		"CREATE TABLE u(a);\nINSERT INTO u VALUES(1),(2);\n"
		"CREATE UNIQUE INDEX i ON u(yet_another(a));\n"
		"CREATE UNIQUE INDEX j ON u(a + 1) WHERE another(a);\n"
		"INSERT INTO u VALUES(2);\n"
		"INSERT INTO t VALUES(3);\n"
		"CREATE TABLE v(a, b AS (newer(a)) STORED NOT NULL UNIQUE,\n"
		"	c NOT NULL, d AS (a + 1) STORED);\n"
		"INSERT INTO v VALUES(1, 2),(1, 3);\n");
	const struct table *table = table_of(source, "t");
	const struct asking by_key = { .key = { "a" } };

	(void)state;
	assert_string_equal(table->columns[1].unreadable,
			    "unknown function: new_one()");
	assert_null(table->columns[3].unreadable);
	assert_string_equal(table->columns[2].unreadable,
			    "unknown function: newer()");
	assert_rows(source, "t", &by_key, "1,2,'1x'\n2,3,'2x'\n3,4,'3x'\n");
	assert_rows(source, "u", &unordered, "1\n2\n2\n");
	assert_rows(source, "v", &unordered, "1,2\n1,3\n");
	assert_string_equal(table_of(source, "v")->columns[3].unreadable,
			    "unknown function: newer()");
	source_close(source);
	fails("CREATE TABLE v(a AS (newer(b)) NOT NULL, b NOT NULL);\n"
	      "INSERT INTO v VALUES(1);\nINSERT INTO v VALUES(NULL);\n",
	      D1_ERROR, "dump.sql:3: NOT NULL constraint failed: v.b");
}

static void triggers_and_references_do_nothing(void **state)
{
	struct source *source =
		open_dump("CREATE TABLE p(id INTEGER PRIMARY KEY);\n"
			  "CREATE TABLE t(a REFERENCES p(id), CHECK(a > 5));\n"
			  "CREATE TRIGGER g AFTER INSERT ON t BEGIN\n"
			  "	INSERT INTO p VALUES(new.a); END;\n"
			  "INSERT INTO t VALUES(1);\n");

	(void)state;
	assert_rows(source, "t", &unordered, "1\n");
	assert_rows(source, "p", &unordered, "");
	source_close(source);
}

static void what_is_no_dump(void **state)
{
	(void)state;
	fails("CREATE TABLE t(a);\n.shell echo PWNED >x\n", D1_EREFUSED,
	      "dump.sql:2: '.shell' is no statement of a dump");
	fails("CREATE TABLE t(a);\n\nATTACH 'x' AS y;\n", D1_EREFUSED,
	      "dump.sql:3: 'ATTACH' is no statement of a dump");
	fails("PRAGMA journal_mode=WAL;\n", D1_EREFUSED,
	      "dump.sql:1: 'PRAGMA' is no statement of a dump");
	fails("CREATE TABLE t(a);\nDELETE FROM t;\n", D1_EREFUSED,
	      "dump.sql:2: 'DELETE' is no statement of a dump");
	fails("DELETE FROM sqlite_sequence WHERE 1;\n", D1_EREFUSED,
	      "dump.sql:1: 'DELETE' is no statement of a dump");
	fails("CREATE TABLE t(a);\nINSERT INTO t SELECT 1;\n", D1_ERROR,
	      "dump.sql:2: an INSERT is no list of values at 'SELECT'");
	fails("CREATE TABLE t(a);\nINSERT INTO t VALUES(Infinity);\n", D1_ERROR,
	      "dump.sql:2: no value of a dump: 'Infinity'");
	fails("CREATE TABLE t(a);\nINSERT INTO t VALUES(load_extension('x'));",
	      D1_ERROR, "dump.sql:2: no value of a dump: 'load_extension'");
	fails("CREATE TABLE t(a);\nINSERT INTO t VALUES(1,2);\n", D1_ERROR,
	      "dump.sql:2: table t has 1 columns but 2 values were supplied");
	fails("INSERT INTO t VALUES(1);\n", D1_ERROR,
	      "dump.sql:1: no such table: t");
	fails("CREATE TABLE t(a PRIMARY KEY);\nINSERT INTO t VALUES(1);\n"
	      "INSERT INTO t VALUES(1);\n",
	      D1_ERROR, "dump.sql:3: UNIQUE constraint failed: t.a");
	fails("CREATE TABLE t(a);\nINSERT INTO t VALUES(1),(\n", D1_ERROR,
	      "dump.sql:2: the row ends in the middle");
	fails("CREATE TABLE t(a);\nROLLBACK; -- due to errors\n", D1_ERROR,
	      "dump.sql:2: the dump takes itself back: its writer met errors");
	fails("CREATE TABLE t AS SELECT 1;\n", D1_EREFUSED,
	      "dump.sql:1: CREATE TABLE ... AS is not allowed in this file");
	fails("INSERT INTO sqlite_schema VALUES('table','t','t',0,"
	      "'CREATE TABLE t(a)');\n",
	      D1_EREFUSED,
	      "dump.sql:1: a row of the catalogue that is no virtual table");
	assert_int_equal(access("x", F_OK), -1);
}

/* All that sqlite3 writes comes back as it was, virtual tables included. */
static void the_dump_of_sqlite3(void **state)
{
	static const char *const tables[] = { "f", "q", "r", "t", "w" };
	struct source *dump = NULL, *database = NULL;
	struct err err = ERR_INIT;

	(void)state;
	if (system("command -v sqlite3 >/dev/null") != 0)
		skip();
	shell("cat >in.sql <<-'EOF'\n"
	      "CREATE TABLE t(id INTEGER PRIMARY KEY AUTOINCREMENT, a, b);\n"
	      "INSERT INTO t(a, b) VALUES(1, 1.5), ('x', x'00'), (NULL, '');\n"
	      "INSERT INTO t(a) VALUES(char(97, 10, 98)), (char(13, 10, 39)),\n"
	      "	('a\\nb' || char(10)), (9e999), (-9e999), (0.1 + 0.2),\n"
	      "	(1e300 * 1e-310), (9007199254740993), (1e22);\n"
	      "CREATE TABLE \"q\"(\"a b\" TEXT COLLATE NOCASE, \"c\"\"d\");\n"
	      "INSERT INTO q VALUES('A', 1), ('a', 1), ('A', 1);\n"
	      "CREATE TABLE w(k TEXT PRIMARY KEY, v REAL) WITHOUT ROWID;\n"
	      "INSERT INTO w VALUES('z', 1), ('y', 2.25);\n"
	      "CREATE VIRTUAL TABLE f USING fts5(title, body);\n"
	      "INSERT INTO f VALUES('one', 'a b'), ('two', char(10));\n"
	      "CREATE VIRTUAL TABLE r USING rtree(id, x0, x1);\n"
	      "INSERT INTO r VALUES(1, 0, 1.5), (2, -1, 1);\n"
	      "CREATE VIEW v AS SELECT * FROM t;\n"
	      "CREATE TRIGGER g AFTER INSERT ON t BEGIN\n"
	      "	DELETE FROM q; END;\n"
	      "ANALYZE;\n"
	      "EOF\n"
	      "sqlite3 db.sqlite <in.sql && sqlite3 db.sqlite .dump >dump.sql");
	if (dump_open(&dump, "dump.sql", &err) < 0 ||
	    sqlite_open(&database, "db.sqlite", &err) < 0)
		fail_msg("%s", err.message);
	assert_int_equal(dump->schema->ntables, database->schema->ntables);
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
		struct buf rows;

		buf_init(&rows, 1 << 20);
		assert_int_equal(ask_source(&rows, database, tables[i],
					    &unordered, &err),
				 0);
		assert_true(rows.len > 0);
		assert_rows(dump, tables[i], &unordered, rows.data);
		buf_release(&rows);
	}
	source_close(dump);
	source_close(database);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(values_are_exact, sandbox_enter,
						sandbox_leave),
		cmocka_unit_test_setup_teardown(rows_and_names_in_any_form,
						sandbox_enter, sandbox_leave),
		cmocka_unit_test_setup_teardown(definitions_of_newer_engines,
						sandbox_enter, sandbox_leave),
		cmocka_unit_test_setup_teardown(
			triggers_and_references_do_nothing, sandbox_enter,
			sandbox_leave),
		cmocka_unit_test_setup_teardown(what_is_no_dump, sandbox_enter,
						sandbox_leave),
		cmocka_unit_test_setup_teardown(the_dump_of_sqlite3,
						sandbox_enter, sandbox_leave),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
