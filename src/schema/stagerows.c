#include "config.h"

#include "schema/stagerows.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "schema/madeup.h"
#include "util/buf.h"

enum {
	MAX_BYTES = 64 << 20,
	MOST_ROWS = MADEUP_ROWS + 1, /* more are one row too many as well */
};

struct cells {
	const char *data;
	size_t size;
};

static void add_cell(struct buf *out, sqlite3_stmt *statement, int column)
{
	int type = sqlite3_column_type(statement, column);
	int64_t integer;
	double real;
	const void *data;
	size_t size;

	buf_add_char(out, (char)type);
	switch (type) {
	case SQLITE_INTEGER:
		integer = sqlite3_column_int64(statement, column);
		buf_add(out, &integer, sizeof(integer));
		break;
	case SQLITE_FLOAT:
		real = sqlite3_column_double(statement, column);
		buf_add(out, &real, sizeof(real));
		break;
	case SQLITE_TEXT:
	case SQLITE_BLOB:
		data = sqlite3_column_blob(statement, column);
		size = (size_t)sqlite3_column_bytes(statement, column);
		buf_add(out, &size, sizeof(size));
		buf_add(out, data, size);
		break;
	default:
		break;
	}
}

/* Appends row after row, and notes where each ends; false after an error. */
static bool read_rows(struct buf *out, size_t *ends, size_t *count,
		      sqlite3_stmt *statement)
{
	int rc;

	*count = 0;
	while ((rc = sqlite3_step(statement)) == SQLITE_ROW &&
	       *count < MOST_ROWS) {
		for (int i = 0; i < sqlite3_column_count(statement); i++)
			add_cell(out, statement, i);
		ends[(*count)++] = out->len;
	}
	return rc == SQLITE_DONE || rc == SQLITE_ROW;
}

static int compare_cells(const void *a, const void *b)
{
	const struct cells *left = a, *right = b;
	size_t least = left->size < right->size ? left->size : right->size;
	int order = memcmp(left->data, right->data, least);

	if (order != 0 || left->size == right->size)
		return order;
	return left->size < right->size ? -1 : 1;
}

/* What the rows hold, in an order of their own; NULL for lack of memory. */
static const char *sort_rows(const struct buf *read, const size_t *ends,
			     size_t count, struct arena *arena)
{
	char *data = arena_alloc(arena, read->len + 1);
	struct cells rows[MOST_ROWS];
	size_t start = 0;

	if (!data || read->len == 0)
		return data;
	for (size_t i = 0; i < count; i++) {
		rows[i] = (struct cells){ read->data + start, ends[i] - start };
		start = ends[i];
	}
	qsort(rows, count, sizeof(*rows), compare_cells);
	start = 0;
	for (size_t i = 0; i < count; i++) {
		memcpy(data + start, rows[i].data, rows[i].size);
		start += rows[i].size;
	}
	return data;
}

int stagerows_read(struct stagerows *rows, struct sqlite3 *db, const char *sql,
		   struct arena *arena, struct err *err)
{
	sqlite3_stmt *statement = NULL;
	size_t ends[MOST_ROWS], count;
	struct buf read;

	*rows = (struct stagerows){ NULL, 0 };
	buf_init(&read, MAX_BYTES);
	if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK &&
	    read_rows(&read, ends, &count, statement) &&
	    buf_check(&read, "the rows of the rehearsal", err) == 0) {
		rows->data = sort_rows(&read, ends, count, arena);
		rows->size = read.len;
		if (!rows->data)
			err_set_nomem(err);
	}
	sqlite3_finalize(statement);
	buf_release(&read);
	return err->code;
}

bool stagerows_are_same(const struct stagerows *a, const struct stagerows *b)
{
	return a->data && b->data && a->size == b->size &&
	       memcmp(a->data, b->data, a->size) == 0;
}
