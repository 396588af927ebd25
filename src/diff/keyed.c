#include "config.h"

#include "diff/keyed.h"

#include <string.h>

#include "diff/rows.h"
#include "model/literal.h"

static struct key_order key_order(const struct keyed *keyed, int side)
{
	return (struct key_order){
		.cells = keyed->sides[side].scan.key,
		.collations = keyed->pair->collations,
		.count = keyed->pair->nkey,
	};
}

static void add_key(struct buf *out, const struct keyed *keyed, int side)
{
	const struct keyed_side *rows = &keyed->sides[side];

	for (size_t i = 0; i < keyed->pair->nkey; i++) {
		buf_add_format(out, "%s%s=", i > 0 ? " " : "",
			       pair_column(keyed->pair, side, rows->scan.key[i])
				       ->name);
		literal_add(out, &rows->row->cells[rows->scan.key[i]]);
	}
}

/* Says that the order does not hold. */
static int refuse_order(const struct keyed *keyed, int side, struct err *err)
{
	const char *label = keyed->comparison->labels[side];
	struct buf key;

	buf_init(&key, 4096);
	add_key(&key, keyed, side);
	if (key.failed)
		buf_clear(&key);
	err_set(err, D1_ERROR,
		"rows of table '%s' in %s are not in the order "
		"of their key, at %s",
		keyed->pair->name, label, key.data ? key.data : "a long key");
	err_hint(err, "an index is damaged: run PRAGMA integrity_check, then "
		      "REINDEX");
	buf_release(&key);
	return err->code;
}

/* Moves to the next row of one side and checks that the order holds. */
static int advance(struct keyed *keyed, int side, struct err *err)
{
	struct keyed_side *rows = &keyed->sides[side];
	const struct key_order order = key_order(keyed, side);

	if (rows->row &&
	    key_mark_set(&rows->previous, &order, rows->row, err) < 0)
		return err->code;
	if (cursor_next(rows->cursor, &rows->row, err) < 0) {
		rows->row = NULL;
		return err_context(err, "%s", keyed->comparison->labels[side]);
	}
	if (rows->row && rows->previous.set &&
	    key_mark_compare(&rows->previous, &order, rows->row) >= 0)
		return refuse_order(keyed, side, err);
	return 0;
}

static int compare_keys(const struct keyed *keyed)
{
	const struct row *old_row = keyed->sides[OLD].row;
	const struct row *new_row = keyed->sides[NEW].row;

	if (!old_row || !new_row)
		return old_row ? -1 : 1;
	for (size_t i = 0; i < keyed->pair->nkey; i++) {
		int order = value_compare(
			&old_row->cells[keyed->sides[OLD].scan.key[i]],
			&new_row->cells[keyed->sides[NEW].scan.key[i]],
			keyed->pair->collations[i]);

		if (order)
			return order;
	}
	return 0;
}

static bool rows_equal(const struct table_pair *pair, const struct row *old_row,
		       const struct row *new_row)
{
	const struct row *const rows[2] = { old_row, new_row };

	for (size_t i = 0; i < pair->ncommon; i++)
		if (!pair_cells_equal(pair, rows, i))
			return false;
	return true;
}

static int open_side(struct keyed *keyed, int side, struct err *err)
{
	struct keyed_side *self = &keyed->sides[side];

	if (key_mark_init(&self->previous, keyed->pair->nkey,
			  &keyed->ranges.arena, err) < 0)
		return err->code;
	self->scan.ranges = keyed->ranges.items;
	self->scan.nranges = keyed->ranges.count;
	return rows_open(&self->cursor, &self->scan, keyed->comparison,
			 keyed->pair, side, SCAN_KEYED, err);
}

int keyed_open(struct keyed *keyed, const struct comparison *comparison,
	       const struct table_pair *pair, struct err *err)
{
	memset(keyed, 0, sizeof(*keyed));
	keyed->comparison = comparison;
	keyed->pair = pair;
	if (ranges_find(&keyed->ranges, comparison, pair, err) < 0 ||
	    keyed->ranges.count == 0)
		return err->code;
	if (open_side(keyed, OLD, err) < 0)
		return err->code;
	return open_side(keyed, NEW, err);
}

void keyed_close(struct keyed *keyed)
{
	for (int side = OLD; side <= NEW; side++) {
		cursor_close(keyed->sides[side].cursor);
		key_mark_release(&keyed->sides[side].previous);
	}
	ranges_release(&keyed->ranges);
	memset(keyed, 0, sizeof(*keyed));
}

int keyed_start(struct keyed *keyed, struct err *err)
{
	if (keyed->ranges.count == 0)
		return 0;
	if (advance(keyed, OLD, err) < 0)
		return err->code;
	return advance(keyed, NEW, err);
}

int keyed_compare(struct keyed *keyed, keyed_tell_fn *tell, void *context,
		  uint64_t *unchanged, struct err *err)
{
	const struct keyed_side *old_side = &keyed->sides[OLD];
	const struct keyed_side *new_side = &keyed->sides[NEW];

	*unchanged = keyed->ranges.equal_rows;
	while (old_side->row || new_side->row) {
		int order = compare_keys(keyed);
		int answer = SINK_MORE;

		if (order == 0 &&
		    rows_equal(keyed->pair, old_side->row, new_side->row)) {
			++*unchanged;
		} else {
			struct change change = {
				.op = order < 0	  ? CHANGE_DELETE
				      : order > 0 ? CHANGE_INSERT
						  : CHANGE_UPDATE,
				.rows = { order <= 0 ? old_side->row : NULL,
					  order >= 0 ? new_side->row : NULL },
				.keyed = true,
				.count = 1,
			};

			answer = tell(context, &change, err);
		}
		if (answer != SINK_MORE)
			return answer;
		if ((order <= 0 && advance(keyed, OLD, err) < 0) ||
		    (order >= 0 && advance(keyed, NEW, err) < 0))
			return err->code;
	}
	return SINK_MORE;
}
