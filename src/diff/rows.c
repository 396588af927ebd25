#include "config.h"

#include "diff/rows.h"

static int next_of_nothing(struct cursor *cursor, const struct row **row,
			   struct err *err)
{
	(void)cursor;
	(void)err;
	*row = NULL;
	return 0;
}

static void close_nothing(struct cursor *cursor)
{
	(void)cursor;
}

/* What a side without the table delivers. */
static struct cursor nothing = { .next = next_of_nothing,
				 .close = close_nothing };

int rows_open(struct cursor **cursor, struct scan *scan,
	      const struct comparison *comparison,
	      const struct table_pair *pair, int side, enum scan_rows rows,
	      struct err *err)
{
	const struct pair_side *self = &pair->sides[side];

	scan->table = self->table;
	scan->columns = self->columns;
	scan->ncolumns = self->ncolumns;
	scan->rows = rows;
	scan->key = self->key;
	scan->collations = pair->collations;
	scan->nkey = pair->nkey;
	scan->nullable = self->nullable;
	scan->mixed = self->mixed;
	scan->identity = self->common;
	scan->nidentity = pair->ncommon;
	scan->where = comparison->where;
	scan->only = comparison->only;
	if (!self->table) {
		*cursor = &nothing;
		return 0;
	}
	if (source_scan(comparison->sources[side], cursor, scan, err) < 0)
		return err_context(err, "%s", comparison->labels[side]);
	return 0;
}
