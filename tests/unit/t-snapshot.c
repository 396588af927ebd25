/* Snapshots as sources, against files that are written by hand. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "sandbox.h"
#include "scanned.h"
#include "source/snapshot.h"
#include "util/buf.h"

/* A data file: what its header says of the table, and its rows. */
#define DATA(table, rows) \
	"-- git-d1 snapshot 1\n-- table " table \
	"\nPRAGMA defer_foreign_keys=on;\n" rows

static const char schema[] =
	"CREATE TABLE lines(\n\tcity TEXT COLLATE NOCASE,\n\tref INTEGER,\n"
	"\tname TEXT,\n\tup TEXT AS (upper(name)),\n"
	"\tsecret TEXT NOT NULL UNIQUE,\n\tPRIMARY KEY(city, ref)\n);\n"
	"CREATE TABLE log(level INTEGER, message TEXT);\n"
	"CREATE TABLE people(id INTEGER PRIMARY KEY, email TEXT, age INTEGER);\n"
	"CREATE TABLE untracked(a);\n"
	"CREATE VIRTUAL TABLE ft USING fts5(title);\n";

static struct source *try_open(struct err *err)
{
	struct source *source = NULL;
	struct filetree *tree;

	if (directory_open(&tree, "snap", err) == 0)
		(void)!snapshot_open(&source, tree, "shop/HEAD", err);
	return source;
}

static struct source *open_snapshot(void)
{
	struct err err = ERR_INIT;
	struct source *source = try_open(&err);

	assert_string_equal(err.message, "");
	return source;
}

static void fails(enum d1_error code, const char *message)
{
	struct err err = ERR_INIT;

	assert_null(try_open(&err));
	assert_string_equal(err.message, message);
	assert_int_equal(err.code, code);
}

static int setup(void **state)
{
	if (sandbox_enter(state))
		return -1;
	sandbox_write("snap/schema.sql", schema);
	sandbox_write("snap/data/lines.sql",
		      DATA("\"lines\" (city, ref, name) key city, ref",
			   "INSERT INTO \"lines\"(\"city\",\"ref\",\"name\") "
			   "VALUES(NULL,1,'n');\n"
			   "INSERT INTO \"lines\"(\"city\",\"ref\",\"name\") "
			   "VALUES('Aa',1,'x');\n"
			   "INSERT INTO \"lines\"(\"city\",\"ref\",\"name\") "
			   "VALUES('aA',2,'y');\n"
			   "INSERT INTO \"lines\"(\"city\",\"ref\",\"name\") "
			   "VALUES('B',NULL,NULL);\n"
			   "INSERT INTO \"lines\"(\"city\",\"ref\",\"name\") "
			   "VALUES('b',1,'a');\n"));
	sandbox_write("snap/data/log.sql",
		      DATA("\"log\" (level, message)",
			   "INSERT INTO \"log\" VALUES(1,'a');\n"
			   "INSERT INTO \"log\" VALUES(1,'a');\n"
			   "INSERT INTO \"log\" VALUES(10,'b');\n"
			   "INSERT INTO \"log\" VALUES(2,NULL);\n"));
	sandbox_write("snap/data/people.sql",
		      DATA("\"people\" (id, email, age) key id "
			   "[masked email key 1f2e3d4c]",
			   ""));
	sandbox_write("snap/data/ft.sql",
		      DATA("\"ft\" (rowid, title) key rowid",
			   "INSERT INTO \"ft\"(\"rowid\",\"title\") "
			   "VALUES(1,'one two');\n"
			   "INSERT INTO \"ft\"(\"rowid\",\"title\") "
			   "VALUES(7,'three');\n"));
	sandbox_write("snap/data/.hidden.sql", "nothing");
	sandbox_write("snap/data/README", "nothing");
	return 0;
}

static void its_schema(void **state)
{
	struct source *source = open_snapshot();
	const struct schema *found = source->schema;
	const struct table *lines = table_of(source, "lines");
	const struct table *people = table_of(source, "people");

	(void)state;
	assert_true(found->partial);
	assert_int_equal(found->ntables, 4);
	assert_string_equal(found->tables[0].name, "ft");
	assert_string_equal(found->tables[3].name, "people");
	assert_int_equal(lines->ncolumns, 5);
	assert_null(lines->columns[2].unreadable);
	assert_false(lines->columns[2].absent);
	assert_true(lines->columns[3].absent);
	assert_string_equal(lines->columns[4].unreadable,
			    "the snapshot leaves it out");
	assert_null(lines->mask_key_id);
	assert_false(people->columns[0].masked);
	assert_true(people->columns[1].masked);
	assert_string_equal(people->mask_key_id, "1f2e3d4c");
	source_close(source);
}

static void rows_in_the_order_of_the_file(void **state)
{
	static const struct asking by_key = { .key = { "city", "ref" },
					      .nullable = true };
	static const struct asking without = { .key = { "city", "ref" },
					       .rows = SCAN_UNKEYED,
					       .nullable = true };
	static const struct asking unordered = { .rows = SCAN_UNKEYED };
	static const struct asking some = { .columns = { "name", "ref",
							 "city" },
					    .key = { "city", "ref" },
					    .nullable = true };
	static const struct asking by_rowid = { .key = { "rowid" } };
	struct source *source = open_snapshot();

	(void)state;
	assert_rows(source, "lines", &by_key,
		    "'Aa',1,'x'\n'aA',2,'y'\n'b',1,'a'\n");
	assert_rows(source, "lines", &without, "'B',NULL,NULL\nNULL,1,'n'\n");
	assert_rows(source, "lines", &unordered,
		    "'Aa',1,'x'\n'B',NULL,NULL\n'aA',2,'y'\n'b',1,'a'\n"
		    "NULL,1,'n'\n");
	assert_rows(source, "lines", &some,
		    "'x',1,'Aa'\n'y',2,'aA'\n'a',1,'b'\n");
	assert_rows(source, "log", &unordered,
		    "1,'a'\n1,'a'\n10,'b'\n2,NULL\n");
	assert_rows(source, "ft", &by_rowid, "1,'one two'\n7,'three'\n");
	assert_rows(source, "people", &unordered, "");
	source_close(source);
}

static void rows_with_some_keys(void **state)
{
	static const struct value only[] = {
		{ .type = VALUE_TEXT, .data = "AA", .size = 2 },
		{ .type = VALUE_INTEGER, .integer = 2 },
	};
	static const struct value below[] = {
		{ .type = VALUE_TEXT, .data = "aa", .size = 2 },
		{ .type = VALUE_INTEGER, .integer = 1 },
	};
	static const struct value end[] = {
		{ .type = VALUE_TEXT, .data = "b", .size = 1 },
		{ .type = VALUE_INTEGER, .integer = 0 },
	};
	static const struct key_range ranges[] = { { NULL, below },
						   { end, NULL } };
	static const struct key_range middle = { below, end };
	static const struct asking one = { .key = { "city", "ref" },
					   .nullable = true,
					   .only = only };
	static const struct asking two = { .key = { "city", "ref" },
					   .nullable = true,
					   .ranges = ranges,
					   .nranges = 2 };
	static const struct asking between = { .key = { "city", "ref" },
					       .nullable = true,
					       .ranges = &middle,
					       .nranges = 1 };
	struct source *source = open_snapshot();

	(void)state;
	assert_rows(source, "lines", &one, "'aA',2,'y'\n");
	assert_rows(source, "lines", &two, "'Aa',1,'x'\n'b',1,'a'\n");
	assert_rows(source, "lines", &between, "'aA',2,'y'\n");
	source_close(source);
}

/* What the order of a file does not answer comes from a database. */
static void rows_in_other_orders(void **state)
{
	static const struct asking by_name = { .key = { "name" },
					       .nullable = true };
	static const struct asking where = { .key = { "city", "ref" },
					     .nullable = true,
					     .where = "city = 'AA' AND "
						      "name > 'x'" };
	static const struct asking inner = {
		.rows = SCAN_UNKEYED,
		.where = "level IN (SELECT ref FROM lines)"
	};
	static const struct asking match = { .key = { "rowid" },
					     .where = "ft MATCH 'two'" };
	struct source *source = open_snapshot();

	(void)state;
	assert_rows(source, "lines", &by_name,
		    "'b',1,'a'\nNULL,1,'n'\n'Aa',1,'x'\n'aA',2,'y'\n");
	assert_rows(source, "lines", &where, "'aA',2,'y'\n");
	assert_rows(source, "log", &inner, "1,'a'\n1,'a'\n2,NULL\n");
	assert_rows(source, "ft", &match, "1,'one two'\n");
	source_close(source);
}

/* A condition on what is not there would choose other rows than elsewhere. */
static void conditions_on_what_is_not_there(void **state)
{
	static const struct {
		const char *table;
		const char *where;
		const char *message;
	} cases[] = {
		{ "lines", "secret = 1",
		  "the condition reads column 'secret', whose values are not "
		  "in the snapshot" },
		{ "lines", "up = 'X'",
		  "the condition reads column 'up', whose values are not in "
		  "the snapshot" },
		{ "people", "email = 'x'",
		  "the condition reads column 'email', whose values are not in "
		  "the snapshot" },
		{ "people", "id IN (SELECT a FROM untracked)",
		  "the condition reads 'untracked', which is not in the "
		  "snapshot" },
		{ "people", "nosuch = 1", "no such column: nosuch" },
	};
	struct source *source = open_snapshot();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct asking asking = { .rows = SCAN_UNKEYED,
					 .where = cases[i].where };

		assert_refused(source, cases[i].table, &asking,
			       cases[i].message);
	}
	source_close(source);
}

static void counts_and_duplicates(void **state)
{
	struct source *source = open_snapshot();
	const struct table *tables[] = { table_of(source, "lines"),
					 table_of(source, "people") };
	const size_t columns[] = { 0 }, key[] = { 0 };
	const enum collation collations[] = { COLLATION_BINARY };
	const struct scan scan = { .table = table_of(source, "log"),
				   .columns = columns,
				   .ncolumns = 1,
				   .key = key,
				   .collations = collations,
				   .nkey = 1 };
	struct err err = ERR_INIT;
	uint64_t rows[2];
	struct buf text;

	(void)state;
	assert_int_equal(source_count(source, rows, tables, 2, &err), 0);
	assert_int_equal(rows[0], 5);
	assert_int_equal(rows[1], 0);
	buf_init(&text, 1000);
	assert_int_equal(source_find_duplicate(source, &scan, &text, &err), 0);
	assert_string_equal(text.data, "level=1");
	buf_release(&text);
	source_close(source);
}

static void broken_rows(void **state)
{
	static const struct asking unordered = { .rows = SCAN_UNKEYED };
	static const struct asking loaded = { .rows = SCAN_UNKEYED,
					      .where = "1" };
	struct source *source;

	(void)state;
	sandbox_write("snap/data/log.sql",
		      DATA("\"log\" (level, message)",
			   "INSERT INTO \"log\" VALUES(1,'a');\n"
			   "INSERT INTO \"log\" VALUES(1);\n"));
	source = open_snapshot();
	assert_refused(source, "log", &unordered,
		       "data/log.sql:5: 1 value for 2 columns");
	source_close(source);

	sandbox_write("snap/data/people.sql",
		      DATA("\"people\" (id, email, age) key id",
			   "INSERT INTO \"people\" VALUES(1,'a',1);\n"
			   "INSERT INTO \"people\" VALUES(1,'b',1);\n"));
	source = open_snapshot();
	assert_refused(source, "people", &loaded,
		       "data/people.sql:5: UNIQUE constraint failed: "
		       "people.id");
	source_close(source);
}

static void files_that_do_not_fit(void **state)
{
	(void)state;
	sandbox_write("snap/data/lines.sql", DATA("\"lines\" (city, xyz)", ""));
	fails(D1_ERROR, "shop/HEAD: data/lines.sql:2: table 'lines' has no "
			"column 'xyz' in schema.sql");
	sandbox_write("snap/data/lines.sql", DATA("\"lines\" (city, up)", ""));
	fails(D1_ERROR, "shop/HEAD: data/lines.sql:2: column 'up' is "
			"generated, and has no values to store");
	sandbox_write("snap/data/lines.sql", DATA("\"nosuch\" (city)", ""));
	fails(D1_ERROR, "shop/HEAD: data/lines.sql:2: schema.sql has no table "
			"'nosuch'");
	sandbox_write("snap/data/lines.sql", DATA("\"log\" (level)", ""));
	fails(D1_ERROR, "shop/HEAD: data/lines.sql:2: the file of table 'log' "
			"must be called 'log.sql'");
	sandbox_write("snap/data/lines.sql", "-- git-d1 snapshot 2\n");
	fails(D1_ERROR,
	      "shop/HEAD: data/lines.sql:1: a snapshot of version '2': "
	      "this version of git-d1 knows version 1 only");
	sandbox_write("snap/schema.sql", "CREATE TABLE log(\n\ta,,\n\tb\n);\n");
	fails(D1_ERROR, "shop/HEAD: schema.sql:2: near \",\": syntax error");
	sandbox_write("snap/schema.sql", "DROP TABLE log;\n");
	fails(D1_EREFUSED,
	      "shop/HEAD: schema.sql:1: DROP is not allowed in this file");
	unlink("snap/schema.sql");
	fails(D1_ENOTFOUND, "shop/HEAD: 'snap/schema.sql' does not exist");
}

static void symbolic_links_are_refused(void **state)
{
	(void)state;
	unlink("snap/data/lines.sql");
	assert_int_equal(symlink("/etc/passwd", "snap/data/lines.sql"), 0);
	fails(D1_EREFUSED, "shop/HEAD: 'snap/data/lines.sql' is a symbolic "
			   "link");
}

/* Files of an engine with functions that the linked SQLite lacks. */
static void functions_of_newer_engines(void **state)
{
	static const struct asking where = { .key = { "a" }, .where = "a > 1" };
	static const struct asking stub = { .key = { "a" },
					    .where = "b IS NULL" };
	struct source *source;

	(void)state;
	sandbox_write("snap/schema.sql",
		      "CREATE TABLE t(a INTEGER PRIMARY KEY,\n"
		      "\tb AS (new_one(a)), c AS (newer(a)) STORED NOT NULL,\n"
		      "\tCHECK(newest(a)));\n"
		      "CREATE INDEX i ON t(yet_another(a));\n");
	sandbox_write("snap/data/lines.sql", "");
	unlink("snap/data/lines.sql");
	unlink("snap/data/log.sql");
	unlink("snap/data/people.sql");
	unlink("snap/data/ft.sql");
	sandbox_write("snap/data/t.sql",
		      DATA("\"t\" (a) key a",
			   "INSERT INTO \"t\"(\"a\") VALUES(1);\n"
			   "INSERT INTO \"t\"(\"a\") VALUES(2);\n"));
	source = open_snapshot();
	assert_null(table_of(source, "t")->columns[1].unreadable);
	assert_true(table_of(source, "t")->columns[1].absent);
	assert_rows(source, "t", &where, "2\n");
	assert_refused(source, "t", &stub, "no such function: new_one");
	source_close(source);
}

int main(void)
{
#define TEST(function) \
	cmocka_unit_test_setup_teardown(function, setup, sandbox_leave)
	const struct CMUnitTest tests[] = {
		TEST(its_schema),
		TEST(rows_in_the_order_of_the_file),
		TEST(rows_with_some_keys),
		TEST(rows_in_other_orders),
		TEST(conditions_on_what_is_not_there),
		TEST(counts_and_duplicates),
		TEST(broken_rows),
		TEST(files_that_do_not_fit),
		TEST(symbolic_links_are_refused),
		TEST(functions_of_newer_engines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
