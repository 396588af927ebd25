#include "config.h"

#include "apply/changes.h"

#include <string.h>

static struct changes_sink *sink_of(struct change_sink *sink)
{
	return (struct changes_sink *)sink;
}

/* The cell among the common ones, for one among those that were read. */
static size_t common_place(const struct table_pair *pair, int side, size_t cell)
{
	size_t place = 0;

	while (place < pair->ncommon && pair->sides[side].common[place] != cell)
		place++;
	return place;
}

/* True if the common cell is masked on one side: nobody updates it. */
static bool is_masked(const struct table_pair *pair, size_t i)
{
	for (int side = OLD; side <= NEW; side++) {
		const struct pair_side *self = &pair->sides[side];

		if (self->masked && self->masked[self->common[i]])
			return true;
	}
	return false;
}

/* True if there is something to write: no mask is written over a value. */
static bool is_written(const struct table_pair *pair,
		       const struct change *change)
{
	if (!change->rows[OLD] || !change->rows[NEW])
		return true;
	for (size_t i = 0; i < pair->ncommon; i++)
		if (!is_masked(pair, i) &&
		    !pair_cells_equal(pair, change->rows, i))
			return true;
	return false;
}

static int begin_table(struct change_sink *sink, const struct table_pair *pair,
		       struct err *err)
{
	struct changes_sink *self = sink_of(sink);
	struct changed_table table = { .name = pair->name,
				       .ncolumns = pair->ncommon,
				       .collations = pair->collations,
				       .nkey = pair->nkey };
	const char **columns;
	enum column_use *uses;
	size_t *key;

	/* no rows can be written where there is no table */
	if (pair->reason || !pair->sides[OLD].table || !pair->sides[NEW].table)
		return SINK_NEXT_TABLE;
	arena_clear(&self->arena);
	columns =
		arena_array(&self->arena, pair->ncommon + 1, sizeof(*columns));
	key = arena_array(&self->arena, pair->nkey + 1, sizeof(*key));
	for (int side = OLD; side <= NEW; side++) {
		self->cells[side] = arena_array(&self->arena, pair->ncommon + 1,
						sizeof(struct value));
		if (!self->cells[side])
			return err_set_nomem(err);
	}
	uses = arena_array(&self->arena, pair->ncommon + 1, sizeof(*uses));
	if (!columns || !key || !uses)
		return err_set_nomem(err);
	for (size_t i = 0; i < pair->ncommon; i++) {
		const struct column *column =
			pair_column(pair, OLD, pair->sides[OLD].common[i]);

		columns[i] = column->name;
		uses[i] = column->generated    ? COLUMN_GENERATED
			  : is_masked(pair, i) ? COLUMN_INSERTED
					       : COLUMN_WRITTEN;
	}
	for (size_t i = 0; i < pair->nkey; i++)
		key[i] = common_place(pair, OLD, pair->sides[OLD].key[i]);
	table.columns = columns;
	table.uses = uses;
	table.key = key;
	table.label = common_place(pair, OLD, pair->sides[OLD].label);
	if (pair->sides[OLD].timestamp < pair->sides[OLD].ncolumns)
		table.timestamp =
			pair_column(pair, OLD, pair->sides[OLD].timestamp)
				->name;
	return changes_begin_table(self->changes, &table, err);
}

static int add_change(struct change_sink *sink, const struct table_pair *pair,
		      const struct change *change, struct err *err)
{
	struct changes_sink *self = sink_of(sink);
	struct row rows[2];
	struct row_change kept = { .op = change->op,
				   .keyed = change->keyed,
				   .count = change->count,
				   .before = change->before,
				   .bucket = change->bucket };

	if (!is_written(pair, change))
		return SINK_MORE;
	for (int side = OLD; side <= NEW; side++) {
		if (!change->rows[side])
			continue;
		for (size_t i = 0; i < pair->ncommon; i++)
			self->cells[side][i] =
				change->rows[side]
					->cells[pair->sides[side].common[i]];
		rows[side].cells = self->cells[side];
		rows[side].ncells = pair->ncommon;
	}
	kept.old = change->rows[OLD] ? &rows[OLD] : NULL;
	kept.new = change->rows[NEW] ? &rows[NEW] : NULL;
	return changes_add(self->changes, &kept, err);
}

void changes_sink_init(struct changes_sink *sink, struct changes *changes)
{
	memset(sink, 0, sizeof(*sink));
	sink->sink.begin_table = begin_table;
	sink->sink.change = add_change;
	sink->changes = changes;
}

void changes_sink_release(struct changes_sink *sink)
{
	arena_release(&sink->arena);
}
