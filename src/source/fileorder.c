#include "config.h"

#include "source/fileorder.h"

#include <stdlib.h>

/*
 * Rows with NULL in the key, which identifies none of them, come in a stream
 * of their own: there are hardly ever any, and the others need no sorting.
 */
enum { KEYED, UNKEYED, STREAMS };

struct fileorder {
	struct cursor cursor;
	struct scan scans[STREAMS];
	struct cursor *streams[STREAMS];
	const struct row *heads[STREAMS]; /* NULL after the last one */
	int last; /* the stream that delivered the last row */
};

/* True if the row without a complete key goes before the other. */
static bool goes_first(const struct fileorder *self)
{
	const struct scan *scan = &self->scans[UNKEYED];
	int order = 0;

	if (!self->heads[KEYED] || !self->heads[UNKEYED])
		return self->heads[UNKEYED] != NULL;
	for (size_t i = 0; i < scan->nkey && order == 0; i++)
		order = value_compare(
			&self->heads[UNKEYED]->cells[scan->key[i]],
			&self->heads[KEYED]->cells[scan->key[i]],
			scan->collations[i]);
	return order < 0;
}

static int advance(struct fileorder *self, int stream, struct err *err)
{
	return cursor_next(self->streams[stream], &self->heads[stream], err);
}

static int fileorder_next(struct cursor *cursor, const struct row **row,
			  struct err *err)
{
	struct fileorder *self = (struct fileorder *)cursor;

	*row = NULL;
	if (self->last == STREAMS) {
		if (advance(self, KEYED, err) < 0 ||
		    advance(self, UNKEYED, err) < 0)
			return err->code;
	} else if (advance(self, self->last, err) < 0) {
		return err->code;
	}
	self->last = goes_first(self) ? UNKEYED : KEYED;
	*row = self->heads[self->last];
	return 0;
}

static void fileorder_close(struct cursor *cursor)
{
	struct fileorder *self = (struct fileorder *)cursor;

	cursor_close(self->streams[KEYED]);
	cursor_close(self->streams[UNKEYED]);
	free(self);
}

/* A stream of a kind, opened with a scan of its own. */
static int open_stream(struct fileorder *self, int stream,
		       const struct fileorder_rows *rows,
		       const struct scan *scan, struct err *err)
{
	self->scans[stream] = *scan;
	self->scans[stream].rows = stream == KEYED ? SCAN_KEYED : SCAN_UNKEYED;
	self->scans[stream].by_key = stream == UNKEYED && scan->nkey > 0;
	return rows->open(rows->context, &self->streams[stream],
			  &self->scans[stream], err);
}

static int next_of_one(struct cursor *cursor, const struct row **row,
		       struct err *err)
{
	struct fileorder *self = (struct fileorder *)cursor;

	return cursor_next(self->streams[self->last], row, err);
}

int fileorder_open(struct cursor **cursor, const struct fileorder_rows *rows,
		   const struct scan *scan, struct err *err)
{
	struct fileorder *self = calloc(1, sizeof(*self));
	bool keyed = scan->nkey > 0;
	bool unkeyed = scan->nkey == 0 || scan->nullable;

	if (!self)
		return err_set_nomem(err);
	self->cursor.close = fileorder_close;
	self->cursor.next = keyed && unkeyed ? fileorder_next : next_of_one;
	self->last = keyed && unkeyed ? STREAMS : keyed ? KEYED : UNKEYED;
	if ((keyed && open_stream(self, KEYED, rows, scan, err) < 0) ||
	    (unkeyed && open_stream(self, UNKEYED, rows, scan, err) < 0)) {
		fileorder_close(&self->cursor);
		return err->code;
	}
	*cursor = &self->cursor;
	return 0;
}
