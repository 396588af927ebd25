#include "config.h"

#include "cmd/transfer.h"

#include <string.h>

#include "apply/defaults.h"

/* ---- columns that the target does not have ---- */

/* Values that the target has no place for would be lost silently. */
static int refuse_gaps(const struct transfer *self, struct err *err)
{
	for (const struct transfer_gap *gap = self->gaps; gap;
	     gap = gap->next) {
		const struct changes *list = self->lists[!gap->side];

		for (size_t i = 0; list && i < changes_tables(list); i++) {
			if (strcmp(changes_table(list, i)->name, gap->table) !=
				    0 ||
			    changes_table_is_empty(list, i))
				continue;
			err_set(err, D1_EREFUSED,
				"table '%s' has no column '%s' in %s; nothing "
				"was written",
				gap->table, gap->column,
				self->sides[!gap->side].label);
			return err_hint(err,
					"run the migrations there first, or "
					"leave the column out: "
					"table.%s.ignoreColumns",
					gap->table);
		}
	}
	return 0;
}

/* ---- columns that nobody writes ---- */

/* A table of a list that rows are inserted into, and where. */
struct inserted {
	const struct transfer *transfer;
	int side;
	const struct changed_table *changed;
	const struct table *table;
};

/* True if an insert sets the column. */
static bool is_written(const struct inserted *self, const char *column)
{
	const struct changed_table *changed = self->changed;

	for (size_t i = 0; i < changed->ncolumns; i++)
		if (strcmp(changed->columns[i], column) == 0)
			return !changed->uses ||
			       changed->uses[i] == COLUMN_WRITTEN ||
			       (self->side == NEW &&
				changed->uses[i] == COLUMN_INSERTED);
	return false;
}

/* A default that is no constant is one all the same. */
static int refuse_lack(void *context, const char *column,
		       const struct value *value, struct err *err)
{
	const struct inserted *self = context;
	size_t place = table_column(self->table, column);

	if (place == self->table->ncolumns ||
	    !self->table->columns[place].not_null ||
	    self->table->columns[place].generated || !value ||
	    value->type != VALUE_NULL || is_written(self, column))
		return 0;
	err_set(err, D1_EREFUSED,
		"rows inserted into table '%s' of %s need a value for column "
		"'%s', which is not written; nothing was written",
		self->table->name, self->transfer->sides[self->side].label,
		column);
	return err_hint(err, "give the column a default, or see maskColumns "
			     "and ignoreColumns in .d1config");
}

static int refuse_lacks(const struct transfer *self, int side, struct err *err)
{
	struct changes *list = self->lists[side];

	for (size_t i = 0; list && i < changes_tables(list); i++) {
		struct inserted inserted = {
			.transfer = self,
			.side = side,
			.changed = changes_table(list, i),
		};
		struct arena arena = ARENA_INIT;

		inserted.table = schema_table(self->sources[side]->schema,
					      inserted.changed->name);
		if (!inserted.table ||
		    changes_count(list, i, CHANGE_INSERT) == 0 ||
		    inserted.table->ncolumns == inserted.changed->ncolumns)
			continue;
		(void)!source_defaults(self->sources[side],
				       inserted.table->name, &arena,
				       refuse_lack, &inserted, err);
		arena_release(&arena);
		if (err->code)
			return err->code;
	}
	return 0;
}

int transfer_check_columns(const struct transfer *self, struct err *err)
{
	if (refuse_gaps(self, err) < 0 || refuse_lacks(self, OLD, err) < 0)
		return err->code;
	return refuse_lacks(self, NEW, err);
}
