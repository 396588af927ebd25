/*
 * What foreign keys would do besides, found in a SQLite file; the remote
 * database answers the same questions in tests/d1/write.t.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "apply/effects.h"
#include "model/literal.h"
#include "sandbox.h"
#include "source/sqlite.h"

static const char schema[] =
	"CREATE TABLE p(id INTEGER PRIMARY KEY, code TEXT COLLATE NOCASE"
	" UNIQUE, r REAL UNIQUE);"
	"INSERT INTO p VALUES(1,'a',0.1),(2,'b',1e300),(3,'c',-5e-324);"
	"CREATE TABLE c(id INTEGER PRIMARY KEY, p INTEGER REFERENCES p"
	" ON DELETE CASCADE, code TEXT REFERENCES p(code) ON UPDATE CASCADE"
	" ON DELETE SET NULL, r REAL REFERENCES p(r) ON DELETE SET NULL);"
	"INSERT INTO c VALUES(1,1,'B',NULL),(2,2,'b',-5e-324),"
	"(3,2,'c',-5e-324),(4,NULL,'A',0.1);"
	"CREATE TABLE bag(c INTEGER REFERENCES c ON DELETE CASCADE, v);"
	"INSERT INTO bag VALUES(1,x'00'),(1,x'00'),(2,'x');";

static void execute(const char *sql)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open("old.sqlite", &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

/* The changes of p: row 1 goes, row 2 gets another code, row 3 goes, and its
 * code is that of a new row. */
static struct changes *make_changes(void)
{
	static const char *const names[] = { "id", "code", "r" };
	static const size_t key[] = { 0 };
	static const enum collation collations[] = { COLLATION_BINARY };
	const struct changed_table table = { .name = "p",
					     .columns = names,
					     .ncolumns = 3,
					     .key = key,
					     .collations = collations,
					     .nkey = 1 };
	static const struct value cells[5][3] = {
		{ { VALUE_INTEGER, { .integer = 1 } },
		  { VALUE_TEXT, { .data = "a", .size = 1 } },
		  { VALUE_REAL, { .real = 0.1 } } },
		{ { VALUE_INTEGER, { .integer = 2 } },
		  { VALUE_TEXT, { .data = "b", .size = 1 } },
		  { VALUE_REAL, { .real = 1e300 } } },
		{ { VALUE_INTEGER, { .integer = 2 } },
		  { VALUE_TEXT, { .data = "z", .size = 1 } },
		  { VALUE_REAL, { .real = 1e300 } } },
		{ { VALUE_INTEGER, { .integer = 3 } },
		  { VALUE_TEXT, { .data = "c", .size = 1 } },
		  { VALUE_REAL, { .real = -5e-324 } } },
		{ { VALUE_INTEGER, { .integer = 9 } },
		  { VALUE_TEXT, { .data = "C", .size = 1 } },
		  { VALUE_NULL, { .integer = 0 } } },
	};
	const struct row rows[5] = { { cells[0], 3 },
				     { cells[1], 3 },
				     { cells[2], 3 },
				     { cells[3], 3 },
				     { cells[4], 3 } };
	const struct row_change list[] = {
		{ CHANGE_DELETE, true, 1, 0, &rows[0], NULL, 0, 0 },
		{ CHANGE_UPDATE, true, 1, 0, &rows[1], &rows[2], 0, 0 },
		{ CHANGE_DELETE, true, 1, 0, &rows[3], NULL, 0, 0 },
		{ CHANGE_INSERT, true, 1, 0, NULL, &rows[4], 0, 0 },
	};
	struct changes *changes;
	struct err err = ERR_INIT;

	assert_int_equal(changes_open(&changes, &err), 0);
	assert_int_equal(changes_begin_table(changes, &table, &err), 0);
	for (size_t i = 0; i < ARRAY_SIZE(list); i++)
		assert_int_equal(changes_add(changes, &list[i], &err), 0);
	return changes;
}

static int describe(void *context, const struct row_change *change,
		    struct err *err)
{
	const struct row *rows[2] = { change->old, change->new };
	struct buf *text = context;

	(void)err;
	buf_add_format(text, " %d times %d:", (int)change->count, change->op);
	for (int side = 0; side < 2; side++)
		for (size_t i = 0; rows[side] && i < rows[side]->ncells; i++) {
			buf_add_string(text, i > 0 ? "," : side ? " > " : " ");
			literal_add(text, &rows[side]->cells[i]);
		}
	return 0;
}

static void test_all_that_follows_is_found(void **state)
{
	struct changes *changes = make_changes();
	struct changes *effects = NULL;
	struct source *source = NULL;
	struct err err = ERR_INIT;
	struct buf text;

	(void)state;
	execute(schema);
	buf_init(&text, 1 << 16);
	assert_int_equal(sqlite_open(&source, "old.sqlite", &err), 0);
	if (effects_find(&effects, changes, source, &err) < 0)
		fail_msg("%s", err.message);
	for (size_t i = 0; i < changes_tables(effects); i++) {
		buf_add_string(&text, changes_table(effects, i)->name);
		for (int op = CHANGE_INSERT; op <= CHANGE_UPDATE; op++)
			assert_int_equal(changes_each(effects, i, op, describe,
						      &text, &err),
					 0);
		buf_add_char(&text, '\n');
	}
	assert_string_equal(
		text.data,
		"c 1 times 2: 2,2,'b',-5e-324 > 2,2,'z',NULL 1 times 2: "
		"3,2,'c',-5e-324 > 3,2,'c',NULL 1 times 2: 4,NULL,'A',0.1 > "
		"4,NULL,NULL,NULL\n"
		"c 1 times 1: 1,1,'B',NULL\n"
		"bag 2 times 1: 1,x'00'\n");
	buf_release(&text);
	changes_close(effects);
	changes_close(changes);
	source_close(source);
}

/* Row 7 of c goes by itself, row 8 only because what it refers to goes. */
static void test_changed_rows_are_not_found_again(void **state)
{
	static const char *const names[] = { "id", "p" };
	static const size_t key[] = { 0 };
	static const enum collation collations[] = { COLLATION_BINARY };
	static const struct value cells[] = {
		{ VALUE_INTEGER, { .integer = 7 } },
		{ VALUE_INTEGER, { .integer = 1 } },
	};
	const struct row rows[] = { { cells, 2 }, { cells + 1, 1 } };
	struct changed_table table = { .columns = names,
				       .key = key,
				       .collations = collations,
				       .nkey = 1 };
	struct row_change change = {
		CHANGE_DELETE, true, 1, 0, NULL, NULL, 0, 0
	};
	struct changes *changes, *effects = NULL;
	struct source *source = NULL;
	struct err err = ERR_INIT;
	struct buf text;

	(void)state;
	execute("CREATE TABLE p(id INTEGER PRIMARY KEY);"
		"CREATE TABLE c(id INTEGER PRIMARY KEY, p INT REFERENCES p"
		" ON DELETE CASCADE);"
		"INSERT INTO p VALUES(1);"
		"INSERT INTO c VALUES(7, 1), (8, 1);");
	assert_int_equal(changes_open(&changes, &err), 0);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		table.name = i == 0 ? "c" : "p";
		table.ncolumns = rows[i].ncells;
		change.old = &rows[i];
		assert_int_equal(changes_begin_table(changes, &table, &err), 0);
		assert_int_equal(changes_add(changes, &change, &err), 0);
	}
	assert_int_equal(sqlite_open(&source, "old.sqlite", &err), 0);
	assert_int_equal(effects_find(&effects, changes, source, &err), 0);
	assert_int_equal(changes_tables(effects), 1);
	buf_init(&text, 1 << 10);
	assert_int_equal(changes_each_row(effects, 0, describe, &text, &err),
			 0);
	assert_string_equal(text.data, " 1 times 1: 8,1");
	buf_release(&text);
	changes_close(effects);
	changes_close(changes);
	source_close(source);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_all_that_follows_is_found,
						sandbox_enter, sandbox_leave),
		cmocka_unit_test_setup_teardown(
			test_changed_rows_are_not_found_again, sandbox_enter,
			sandbox_leave),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
