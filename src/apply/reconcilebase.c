#include "config.h"

#include <string.h>

#include "apply/defaults.h"
#include "apply/reconcilerun.h"
#include "util/glob.h"

static bool is_key(const struct changed_table *table, size_t cell)
{
	for (size_t i = 0; i < table->nkey; i++)
		if (table->key[i] == cell)
			return true;
	return false;
}

/* Masked columns are no part of it, nor what follows from others. */
static bool is_merged(const struct changed_table *table, size_t cell)
{
	return !table->uses || table->uses[cell] == COLUMN_WRITTEN ||
	       is_key(table, cell);
}

int reconcile_choose_columns(struct reconcile_run *run, struct err *err)
{
	const struct changed_table *table = run->table;
	size_t most = table->ncolumns + 1;

	run->merged = arena_array(&run->arena, most, sizeof(*run->merged));
	run->places = arena_array(&run->arena, most, sizeof(*run->places));
	run->missing = arena_array(&run->arena, most, sizeof(*run->missing));
	run->names = arena_array(&run->arena, most, sizeof(*run->names));
	run->kept = arena_array(&run->arena, most, sizeof(*run->kept));
	run->base_cells =
		arena_array(&run->arena, most, sizeof(*run->base_cells));
	for (int side = OLD; side <= NEW; side++)
		run->cells[side] =
			arena_array(&run->arena, most, sizeof(struct value));
	run->conflicts =
		arena_array(&run->arena, most, sizeof(*run->conflicts));
	if (!run->merged || !run->places || !run->missing || !run->names ||
	    !run->kept || !run->base_cells || !run->cells[OLD] ||
	    !run->cells[NEW] || !run->conflicts)
		return err_set_nomem(err);
	for (size_t i = 0; i < table->ncolumns; i++) {
		if (!is_merged(table, i))
			continue;
		run->places[run->nmerged] = i;
		run->merged[run->nmerged++] = table->columns[i];
	}
	return 0;
}

/* Describes the rows of the base; *usable is false if it lacks the key. */
int reconcile_describe_base(struct reconcile_run *run, const struct table *base,
			    bool *usable, struct err *err)
{
	const struct changed_table *table = run->table;
	struct scan *scan = &run->scan;
	size_t *columns =
		arena_array(&run->arena, run->nmerged + 1, sizeof(*columns));
	size_t *key = arena_array(&run->arena, table->nkey + 1, sizeof(*key));
	size_t *identity =
		arena_array(&run->arena, run->nmerged + 1, sizeof(*identity));
	size_t nkey = 0;

	if (!columns || !key || !identity)
		return err_set_nomem(err);
	for (size_t i = 0; i < run->nmerged; i++) {
		size_t place = table_column(base, run->merged[i]);

		run->base_cells[i] = SIZE_MAX;
		if (place == base->ncolumns || base->columns[place].unreadable)
			continue;
		for (size_t k = 0; k < table->nkey; k++)
			if (table->key[k] == run->places[i]) {
				key[k] = scan->ncolumns;
				nkey++;
			}
		identity[scan->nidentity++] = scan->ncolumns;
		run->base_cells[i] = scan->ncolumns;
		run->names[scan->ncolumns] = run->merged[i];
		columns[scan->ncolumns++] = place;
	}
	scan->table = base;
	scan->columns = columns;
	scan->key = key;
	scan->collations = table->collations;
	scan->nkey = table->nkey;
	scan->nullable = true;
	scan->identity = identity;
	*usable = nkey == table->nkey;
	return 0;
}

static int take_default(void *context, const char *column,
			const struct value *value, struct err *err)
{
	struct reconcile_run *run = context;
	const struct table *base = run->scan.table;

	(void)err;
	for (size_t i = 0; i < run->nmerged; i++)
		if (name_equal(run->merged[i], column) &&
		    table_column(base, column) == base->ncolumns)
			run->missing[i] = value;
	return 0;
}

/* Finds out what a row of the base has in columns that it lacks. */
int reconcile_find_missing(struct reconcile_run *run, struct err *err)
{
	if (run->scan.ncolumns == run->nmerged)
		return 0;
	return source_defaults(run->self->definitions, run->table->name,
			       &run->arena, take_default, run, err);
}
