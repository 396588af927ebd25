/*
 * What a database defines, in an order that can be made and that does not
 * depend on the order in which it was made.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "sandbox.h"
#include "schema/objects.h"
#include "source/execute.h"
#include "source/sqlite.h"

/* Runs statements on a database file that they make. */
static void make(const char *path, const char *const *statements, size_t count)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	for (size_t i = 0; i < count; i++)
		if (sqlite3_exec(db, statements[i], NULL, NULL, NULL) !=
		    SQLITE_OK)
			fail_msg("%s: %s", statements[i], sqlite3_errmsg(db));
	sqlite3_close(db);
}

/* The texts of schema.sql and triggers.sql, with --- between them. */
static void read_texts(struct buf *out, const char *path)
{
	struct source *source;
	struct objects objects;
	struct err err = ERR_INIT;

	assert_int_equal(sqlite_open(&source, path, &err), 0);
	assert_false(source_is_remote(source));
	if (objects_read(&objects, source, &err) < 0)
		fail_msg("%s", err.message);
	objects_add_schema(out, &objects);
	buf_add_string(out, "---\n");
	objects_add_triggers(out, &objects);
	objects_release(&objects);
	source_close(source);
}

static void check(const char *const *statements, size_t count,
		  const char *expected)
{
	struct buf out;

	buf_init(&out, 1 << 20);
	unlink("x.sqlite");
	make("x.sqlite", statements, count);
	read_texts(&out, "x.sqlite");
	assert_string_equal(out.data, expected);
	buf_release(&out);
}

#define CHECK(statements, expected) \
	check(statements, ARRAY_SIZE(statements), expected)

static void engines_things_are_left_out(void **state)
{
	static const char *const statements[] = {
		"CREATE TABLE _cf_KV(a)",
		"CREATE TABLE _CF_METADATA(a)",
		"CREATE INDEX cf ON _cf_KV(a)",
		"CREATE TABLE xcfx(a INTEGER PRIMARY KEY AUTOINCREMENT, b "
		"UNIQUE)",
		"CREATE TABLE d1_migrations(id, name)",
		"CREATE INDEX m ON d1_migrations(name)",
		"CREATE TRIGGER mt AFTER INSERT ON d1_migrations BEGIN SELECT "
		"1; END",
		"CREATE TABLE __Drizzle_Migrations(a)",
		"CREATE TABLE _prisma_migrations(a)",
		"CREATE TABLE sqlfu_migrations(a)",
		"CREATE TABLE sqliteXfoo(a)",
		"CREATE VIRTUAL TABLE ft USING fts5(a, b)",
		"CREATE VIRTUAL TABLE rt USING rtree(id, a, b)",
		"INSERT INTO xcfx(b) VALUES(1)",
		"ANALYZE",
	};

	(void)state;
	CHECK(statements, "CREATE VIRTUAL TABLE ft USING fts5(a, b);\n"
			  "CREATE VIRTUAL TABLE rt USING rtree(id, a, b);\n"
			  "CREATE TABLE sqliteXfoo(\n\ta\n);\n"
			  "CREATE TABLE xcfx(\n"
			  "\ta INTEGER PRIMARY KEY AUTOINCREMENT,\n"
			  "\tb UNIQUE\n"
			  ");\n"
			  "---\n");
}

static void what_is_needed_comes_first(void **state)
{
	static const char *const statements[] = {
		"CREATE TABLE a(z REFERENCES Z(id), y REFERENCES y)",
		"CREATE TABLE z(id INTEGER PRIMARY KEY)",
		"CREATE TABLE y(x REFERENCES \"X\", self REFERENCES y)",
		"CREATE TABLE x(a REFERENCES gone)",
		"CREATE TABLE B(a)",
		"CREATE TABLE c(a)",
		"CREATE INDEX z_2 ON z(id)",
		"CREATE INDEX a_1 ON z(id)",
		"CREATE UNIQUE INDEX i ON B(a)",
		"CREATE VIEW v3 AS SELECT 1 AS one",
		"CREATE VIEW v1 AS SELECT * FROM [V2]",
		"CREATE VIEW v2 AS SELECT * FROM \"v3\", c",
		"CREATE VIEW v0 AS SELECT 'v1' AS text",
		"CREATE VIEW v4 AS SELECT v0.* FROM v0",
		"CREATE TRIGGER t2 AFTER INSERT ON c BEGIN SELECT 1; END",
		"CREATE TRIGGER t3 INSTEAD OF INSERT ON v1 BEGIN SELECT 1; END",
		"CREATE TRIGGER t1 AFTER INSERT ON c BEGIN SELECT 2; END",
		"CREATE TRIGGER t9 AFTER INSERT ON B BEGIN SELECT 1; END",
	};

	(void)state;
	CHECK(statements,
	      "CREATE TABLE B(\n\ta\n);\n"
	      "CREATE UNIQUE INDEX i ON B(a);\n"
	      "CREATE TABLE c(\n\ta\n);\n"
	      "CREATE TABLE x(\n\ta REFERENCES gone\n);\n"
	      "CREATE TABLE y(\n"
	      "\tx REFERENCES \"X\",\n"
	      "\tself REFERENCES y\n"
	      ");\n"
	      "CREATE TABLE z(\n\tid INTEGER PRIMARY KEY\n);\n"
	      "CREATE INDEX a_1 ON z(id);\n"
	      "CREATE INDEX z_2 ON z(id);\n"
	      "CREATE TABLE a(\n"
	      "\tz REFERENCES Z(id),\n"
	      "\ty REFERENCES y\n"
	      ");\n"
	      "CREATE VIEW v3 AS SELECT 1 AS one;\n"
	      "CREATE VIEW v2 AS SELECT * FROM \"v3\", c;\n"
	      "CREATE VIEW v1 AS SELECT * FROM \"V2\";\n"
	      "CREATE VIEW v0 AS SELECT 'v1' AS text;\n"
	      "CREATE VIEW v4 AS SELECT v0.* FROM v0;\n"
	      "---\n"
	      "CREATE TRIGGER t9 AFTER INSERT ON B BEGIN\n\tSELECT 1;\nEND;\n"
	      "CREATE TRIGGER t2 AFTER INSERT ON c BEGIN\n\tSELECT 1;\nEND;\n"
	      "CREATE TRIGGER t1 AFTER INSERT ON c BEGIN\n\tSELECT 2;\nEND;\n"
	      "CREATE TRIGGER t3 INSTEAD OF INSERT ON v1 BEGIN\n\tSELECT 1;\n"
	      "END;\n");
}

/* `a` hangs on the circle of m and n, which hangs on the one of x, y, z. */
static void circles_begin_with_the_first_name(void **state)
{
	static const char *const statements[] = {
		"CREATE TABLE a(m REFERENCES m)",
		"CREATE TABLE n(m REFERENCES m)",
		"CREATE TABLE m(n REFERENCES n, x REFERENCES x)",
		"CREATE TABLE z(x REFERENCES x)",
		"CREATE TABLE y(z REFERENCES z)",
		"CREATE TABLE x(y REFERENCES y)",
		"CREATE VIEW w AS SELECT 1 AS v",
		"CREATE VIEW v AS SELECT 1 AS w",
	};

	(void)state;
	CHECK(statements, "CREATE TABLE x(\n\ty REFERENCES y\n);\n"
			  "CREATE TABLE z(\n\tx REFERENCES x\n);\n"
			  "CREATE TABLE y(\n\tz REFERENCES z\n);\n"
			  "CREATE TABLE m(\n"
			  "\tn REFERENCES n,\n"
			  "\tx REFERENCES x\n"
			  ");\n"
			  "CREATE TABLE a(\n\tm REFERENCES m\n);\n"
			  "CREATE TABLE n(\n\tm REFERENCES m\n);\n"
			  "CREATE VIEW v AS SELECT 1 AS w;\n"
			  "CREATE VIEW w AS SELECT 1 AS v;\n"
			  "---\n");
}

/* Runs the text with few rights, as from a snapshot. */
static void load(const char *path, const char *text, size_t size)
{
	struct err err = ERR_INIT;
	struct stream *stream;
	struct script *script;
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(stream_open_bytes(&stream, text, size, &err), 0);
	assert_int_equal(script_open(&script, stream, "schema.sql", &err), 0);
	if (execute_script(db, script, EXECUTE_DEFINITIONS, &err) < 0)
		fail_msg("%s", err.message);
	script_close(script);
	sqlite3_close(db);
}

/* Made in any order, and made again of their own texts, they are the same. */
static void order_of_making_does_not_matter(void **state)
{
	static const char *const statements[] = {
		"CREATE TABLE a(id INTEGER PRIMARY KEY, b REFERENCES b, t)",
		"CREATE TABLE b(id INTEGER PRIMARY KEY, c REFERENCES c)",
		"CREATE TABLE c(id INTEGER PRIMARY KEY, b REFERENCES b)",
		"CREATE TABLE D(id INTEGER PRIMARY KEY) -- comment",
		"CREATE VIRTUAL TABLE f USING fts5(t, content=a)",
		"CREATE VIEW v1 AS SELECT a+1 -- name\nFROM v2",
		"CREATE VIEW v2 AS SELECT 1 -- a",
		"CREATE VIEW v3 AS SELECT * FROM v1, v2",
	};
	static const char *const others[] = {
		"CREATE INDEX i1 ON a(b)",
		"CREATE INDEX i2 ON a(t) WHERE b > - -1",
		("CREATE TRIGGER t1 AFTER INSERT ON a BEGIN INSERT INTO f(rowid,"
		 "t) VALUES(new.id, 'x;\n--'); END"),
		"CREATE TRIGGER t2 AFTER INSERT ON a BEGIN SELECT 1; END",
	};
	const size_t count = ARRAY_SIZE(statements);
	struct buf first, again;

	(void)state;
	buf_init(&first, 1 << 20);
	buf_init(&again, 1 << 20);
	for (size_t turn = 0; turn < count; turn++) {
		const char *all[ARRAY_SIZE(statements) + ARRAY_SIZE(others)];
		char *triggers;
		char path[32];

		for (size_t i = 0; i < count; i++)
			all[i] = statements[turn % 2 ? (turn + i) % count
						     : (turn + count - i) %
							       count];
		memcpy(all + count, others, sizeof(others));
		snprintf(path, sizeof(path), "%zu.sqlite", turn);
		make(path, all, ARRAY_SIZE(all));
		buf_clear(&again);
		read_texts(turn ? &again : &first, path);
		if (turn)
			assert_string_equal(again.data, first.data);
		triggers = strstr(first.data, "---\n");
		snprintf(path, sizeof(path), "copy%zu.sqlite", turn);
		load(path, first.data, (size_t)(triggers - first.data));
		load(path, triggers + 4, strlen(triggers + 4));
		buf_clear(&again);
		read_texts(&again, path);
		assert_string_equal(again.data, first.data);
	}
	buf_release(&first);
	buf_release(&again);
}

static void many_are_ordered_in_time(void **state)
{
	enum { COUNT = 2000 };
	struct buf sql, out;
	char expected[100];
	char *at;

	(void)state;
	buf_init(&sql, 1 << 22);
	buf_init(&out, 1 << 22);
	buf_add_string(&sql, "BEGIN;");
	for (int i = 0; i < COUNT; i++)
		buf_add_format(&sql, "CREATE TABLE t%d(a REFERENCES t%d);", i,
			       i + 1);
	buf_add_string(&sql, "COMMIT");
	make("many.sqlite", (const char *const *)&sql.data, 1);
	read_texts(&out, "many.sqlite");
	at = out.data;
	for (int i = COUNT - 1; i >= 0; i--) {
		size_t length = (size_t)
			snprintf(expected, sizeof(expected),
				 "CREATE TABLE t%d(\n\ta REFERENCES t%d\n);\n",
				 i, i + 1);

		assert_memory_equal(at, expected, length);
		at += length;
	}
	assert_string_equal(at, "---\n");
	buf_release(&sql);
	buf_release(&out);
}

static void an_empty_database_has_none(void **state)
{
	(void)state;
	check(NULL, 0, "---\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(test) \
	cmocka_unit_test_setup_teardown(test, sandbox_enter, sandbox_leave)
		TEST(engines_things_are_left_out),
		TEST(what_is_needed_comes_first),
		TEST(circles_begin_with_the_first_name),
		TEST(order_of_making_does_not_matter),
		TEST(many_are_ordered_in_time),
		TEST(an_empty_database_has_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
