#include "config.h"

#include "diff/rows.h"

#include "source/sorter.h"

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

void rows_describe(struct scan *scan, const struct comparison *comparison,
		   const struct table_pair *pair, int side, enum scan_rows rows)
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
	scan->identity = self->common;
	scan->nidentity = pair->ncommon;
	scan->where = comparison->where;
	scan->only = pair->only;
	scan->nonly = pair->only ? 1 : 0;
}

/*
 * Puts placeholders behind the cells, and the rows into the order of their
 * identity with these: masks have another order than the values had, and that
 * of a file which holds masks is not to be trusted with placeholders.
 */
static int order_masks(struct cursor **cursor, const struct scan *scan,
		       const struct pair_side *self, struct err *err)
{
	struct scan order = *scan;
	struct cursor *unsorted = *cursor;

	*cursor = NULL;
	if (mask_placeholders(&unsorted, unsorted, self->shortened,
			      self->nshortened, err) < 0)
		return err->code;
	order.ncolumns = self->ncolumns + self->nshortened;
	order.identity = self->identity;
	return sorter_open(cursor, unsorted, &order, err);
}

static int open_masked(struct cursor **cursor, struct source *source,
		       const struct scan *scan, const struct table_pair *pair,
		       const struct pair_side *self, struct err *err)
{
	if (source_scan(source, cursor, scan, err) < 0)
		return err->code;
	if (self->nplain > 0 &&
	    mask_cursor(cursor, *cursor, pair->mask_key, self->table->name,
			self->plain_names, self->plain, self->nplain,
			err) < 0) {
		*cursor = NULL;
		return err->code;
	}
	if (scan->rows == SCAN_UNKEYED && self->nshortened > 0)
		return order_masks(cursor, scan, self, err);
	return 0;
}

int rows_open(struct cursor **cursor, struct scan *scan,
	      const struct comparison *comparison,
	      const struct table_pair *pair, int side, enum scan_rows rows,
	      struct err *err)
{
	rows_describe(scan, comparison, pair, side, rows);
	if (!scan->table) {
		*cursor = &nothing;
		return 0;
	}
	*cursor = NULL;
	if (open_masked(cursor, comparison->sources[side], scan, pair,
			&pair->sides[side], err) < 0)
		return err_context(err, "%s", comparison->labels[side]);
	return 0;
}

int rows_check_unique(const struct comparison *comparison,
		      const struct table_pair *pair, struct err *err)
{
	for (int side = OLD; side <= NEW; side++) {
		struct scan scan = { .table = NULL };
		struct buf key;

		rows_describe(&scan, comparison, pair, side, SCAN_KEYED);
		if (!scan.table)
			continue;
		buf_init(&key, 4096);
		if (source_find_duplicate(comparison->sources[side], &scan,
					  &key, err) == 0 &&
		    (key.len > 0 || key.failed)) {
			err_set(err, D1_EREFUSED,
				"the key that the "
				"configuration names for table '%s' is not "
				"unique in %s: several rows have %s",
				pair->name, comparison->labels[side],
				key.failed ? "the same" : key.data);
			err_hint(err,
				 "choose columns that identify a row: "
				 "table.%s.key in .d1config",
				 pair->name);
		}
		buf_release(&key);
		if (err->code)
			return err->code;
	}
	return 0;
}
