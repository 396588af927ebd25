/*
 * Fuzz target for the rows of a dump (source/insertion.h).
 *
 * Any bytes: an INSERT that is taken has the rows that SQLite makes of the
 * same text, or there is an error. SQLite may refuse what is taken: a column
 * count, a limit, a function that it lacks.
 *
 * Seeds are in tests/fuzz/corpus/insertion.
 */
#include "config.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "source/insertion.h"
#include "util/buf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* SQLite before 3.43 rounds some decimals twice. */
static int is_near(double a, double b)
{
	return a == b || fabs(a - b) <= fabs(a) * 1e-14;
}

static int is_same(const struct value *cell, sqlite3_value *value)
{
	switch (cell->type) {
	case VALUE_NULL:
		return sqlite3_value_type(value) == SQLITE_NULL;
	case VALUE_INTEGER:
		return sqlite3_value_type(value) == SQLITE_INTEGER &&
		       sqlite3_value_int64(value) == cell->integer;
	case VALUE_REAL:
		return sqlite3_value_type(value) == SQLITE_FLOAT &&
		       is_near(cell->real, sqlite3_value_double(value));
	case VALUE_TEXT:
	case VALUE_BLOB:
		break;
	}
	return sqlite3_value_type(value) ==
		       (cell->type == VALUE_TEXT ? SQLITE_TEXT : SQLITE_BLOB) &&
	       (size_t)sqlite3_value_bytes(value) == cell->size &&
	       (cell->size == 0 ||
		memcmp(sqlite3_value_blob(value), cell->data, cell->size) == 0);
}

/* Prepares "VALUES(...)", which begins where the names end; or NULL. */
static sqlite3_stmt *prepare(sqlite3 *db, const struct sqltokens *rows)
{
	sqlite3_stmt *statement = NULL;
	struct buf sql;

	buf_init(&sql, rows->left + 16);
	buf_add_string(&sql, "VALUES(");
	buf_add(&sql, rows->at, rows->left);
	if (sql.failed || memchr(sql.data, '\0', sql.len) ||
	    sqlite3_prepare_v2(db, sql.data, (int)sql.len, &statement, NULL) !=
		    SQLITE_OK)
		statement = NULL;
	buf_release(&sql);
	return statement;
}

static void check_row(const struct row *row, sqlite3_stmt **expected)
{
	if (!*expected)
		return;
	if (sqlite3_step(*expected) != SQLITE_ROW) {
		sqlite3_finalize(*expected);
		*expected = NULL;
		return;
	}
	for (size_t i = 0; i < row->ncells; i++)
		if (!is_same(&row->cells[i],
			     sqlite3_column_value(*expected, (int)i)))
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct insertion insertion;
	struct err err = ERR_INIT;
	const struct row *row;
	sqlite3_stmt *expected;
	sqlite3 *db;

	if (sqlite3_open(":memory:", &db) != SQLITE_OK)
		abort();
	insertion_init(&insertion);
	if (insertion_begin(&insertion, (const char *)data, size, &err) == 0) {
		expected = prepare(db, &insertion.tokens);
		while (insertion_next(&insertion, &row, &err) == 0 && row)
			check_row(row, &expected);
		sqlite3_finalize(expected);
	}
	if (err.code && !err.message[0])
		abort();
	insertion_release(&insertion);
	sqlite3_close(db);
	return 0;
}
