#include "config.h"

#include "apply/renumber.h"

#include <stdlib.h>
#include <string.h>

#include "apply/renumberkeys.h"
#include "apply/renumberrun.h"
#include "util/glob.h"

/* One table whose rows may clash. */
struct clashing {
	struct renumber *self;
	struct renumber_table *table;
	const struct table *base; /* the table there */
	size_t cell;		  /* that takes a new number */
	uint64_t renumbered;
	struct arena row;
};

/* ---- the base ---- */

static const struct table *find_base(const struct renumber *self,
				     const struct renumber_table *table)
{
	const struct renumbering *asked = &self->asked;
	const struct changed_table *layout = &table->layout;
	const struct table *base;

	if (table->place == SIZE_MAX || layout->nkey == 0 ||
	    (asked->based && !asked->based(asked->context, layout->name)))
		return NULL;
	base = schema_table(asked->base->schema, layout->name);
	for (size_t i = 0; base && i < layout->nkey; i++) {
		size_t column =
			table_column(base, layout->columns[layout->key[i]]);

		if (column == base->ncolumns ||
		    base->columns[column].unreadable)
			return NULL;
	}
	return base;
}

typedef int base_row_fn(struct clashing *clashing, const struct row *row,
			const bool *has, struct err *err);

/* Hands over the rows of the base, in the cells of the table. */
static int read_base(struct clashing *clashing, base_row_fn *use,
		     struct err *err)
{
	const struct changed_table *layout = &clashing->table->layout;
	const struct table *base = clashing->base;
	struct arena arena = ARENA_INIT;
	size_t count = layout->ncolumns + 1;
	size_t *columns = arena_array(&arena, count, sizeof(*columns));
	size_t *cells = arena_array(&arena, count, sizeof(*cells));
	size_t *key = arena_array(&arena, count, sizeof(*key));
	struct value *values = arena_array(&arena, count, sizeof(*values));
	bool *has = arena_array(&arena, count, sizeof(*has));
	struct scan scan = { .table = base,
			     .columns = columns,
			     .rows = SCAN_KEYED,
			     .key = key,
			     .collations = layout->collations,
			     .nkey = layout->nkey,
			     .nullable = true,
			     .identity = cells };
	const struct row whole = { .cells = values,
				   .ncells = layout->ncolumns };
	struct cursor *cursor = NULL;
	const struct row *row;

	if (!columns || !cells || !key || !values || !has) {
		err_set_nomem(err);
		goto out;
	}
	for (size_t i = 0; i < layout->ncolumns; i++) {
		size_t column = table_column(base, layout->columns[i]);

		if (column == base->ncolumns ||
		    base->columns[column].unreadable)
			continue;
		for (size_t k = 0; k < layout->nkey; k++)
			if (layout->key[k] == i)
				key[k] = scan.ncolumns;
		has[i] = true;
		cells[scan.ncolumns] = i;
		columns[scan.ncolumns++] = column;
	}
	if (source_scan(clashing->self->asked.base, &cursor, &scan, err) < 0)
		goto out;
	while (cursor_next(cursor, &row, err) == 0 && row) {
		for (size_t i = 0; i < scan.ncolumns; i++)
			values[cells[i]] = row->cells[i];
		if (use(clashing, &whole, has, err) < 0)
			break;
	}
out:
	cursor_close(cursor);
	arena_release(&arena);
	return err->code;
}

/* What both had in common is no clash; its numbers are not free. */
static int note_base(struct clashing *clashing, const struct row *row,
		     const bool *has, struct err *err)
{
	const struct value *number = &row->cells[clashing->cell];
	struct row_state state;
	bool found;

	(void)has;
	if (number->type == VALUE_INTEGER &&
	    number->integer > clashing->table->greatest)
		clashing->table->greatest = number->integer;
	return row_states_find(clashing->table->states, row, true, &state,
			       &found, err);
}

int renumber_note_base(struct renumber *self, struct renumber_table *table,
		       size_t cell, struct err *err)
{
	struct clashing clashing = { .self = self,
				     .table = table,
				     .base = find_base(self, table),
				     .cell = cell };

	if (!clashing.base)
		return 0;
	if (read_base(&clashing, note_base, err) < 0)
		return err->code;
	return row_states_note_base(table->states, err);
}

/* What has not changed since cannot mean a row that came since. */
static int check_base(struct clashing *clashing, const struct row *row,
		      const bool *has, struct err *err)
{
	const struct changed_table *layout = &clashing->table->layout;
	struct row_state state;
	bool found;

	if (row_states_find(clashing->table->states, row, false, &state, &found,
			    err) < 0)
		return err->code;
	if (!found || !state.rows[NEW])
		return 0;
	for (size_t i = 0; i < layout->ncolumns; i++)
		if (has[i] &&
		    !value_equal(&state.rows[NEW]->cells[i],
				 &state.wanted->cells[i]) &&
		    value_equal(&state.rows[NEW]->cells[i], &row->cells[i]))
			return err_set(
				err, D1_EREFUSED,
				"column '%s' of table '%s' refers, in a row "
				"that both had in common, to one that each "
				"side inserted since: nobody can tell which "
				"of them it means",
				layout->columns[i], layout->name);
	return 0;
}

/* ---- rows that clash ---- */

static int give_number(void *context, const struct row_state *state,
		       struct err *err)
{
	struct clashing *clashing = context;
	const struct value *held = &state->rows[NEW]->cells[clashing->cell];
	struct value *cells;
	struct row new, wanted;
	bool changed;

	/* SQLite allows other values in a column of integers */
	if (held->type != VALUE_INTEGER)
		return 0;
	if (clashing->table->greatest == INT64_MAX)
		return err_set(err, D1_EREFUSED,
			       "no number is free in column '%s' of table "
			       "'%s': the greatest that there can be is taken",
			       clashing->table->layout.columns[clashing->cell],
			       clashing->table->layout.name);
	arena_clear(&clashing->row);
	cells = arena_array(&clashing->row, state->wanted->ncells + 1,
			    sizeof(*cells));
	if (!cells)
		return err_set_nomem(err);
	if (row_copy(&new, state->rows[NEW], &clashing->row, err) < 0 ||
	    row_copy(&wanted, state->wanted, &clashing->row, err) < 0)
		return err->code;
	memcpy(cells, wanted.cells, wanted.ncells * sizeof(*cells));
	cells[clashing->cell].integer = ++clashing->table->greatest;
	wanted.cells = cells;
	clashing->renumbered++;
	return row_states_want(clashing->table->states, &new, &wanted, true,
			       &changed, err);
}

/* The cell that takes a new number; if there is none, *reason says why. */
static size_t choose_cell(const struct clashing *clashing, const char **reason)
{
	const struct renumber *self = clashing->self;
	const struct renumber_table *table = clashing->table;
	size_t cell = table->layout.key[0];

	*reason = NULL;
	if (table->table->kind != TABLE_PLAIN)
		*reason = "it is no ordinary table";
	else
		cell = renumberkeys_choose(&table->layout, table->table,
					   self->references, self->nreferences,
					   reason);
	return *reason ? table->layout.key[0] : cell;
}

/* Rows that keep their numbers are left to the reconciliation. */
static void tell_keeps(const struct clashing *clashing, const char *reason)
{
	const struct renumbering *asked = &clashing->self->asked;
	struct renumber_table *table = clashing->table;

	if (!table->told && asked->keeps)
		asked->keeps(asked->context, table->layout.name, reason);
	table->told = true;
}

static int give_numbers(struct clashing *clashing, struct err *err)
{
	struct renumber_table *table = clashing->table;
	const char *reason;
	bool any;

	if (row_states_any(table->states, ROW_STATES_UNKNOWN, &any, err) < 0 ||
	    !any)
		return err->code;
	clashing->cell = choose_cell(clashing, &reason);
	if (renumber_note_base(clashing->self, table, clashing->cell, err) <
		    0 ||
	    row_states_any(table->states, ROW_STATES_CLASHING, &any, err) < 0 ||
	    !any)
		return err->code;
	if (reason) {
		tell_keeps(clashing, reason);
		return 0;
	}
	if (renumberkeys_greatest(&table->greatest,
				  clashing->self->asked.sources,
				  table->layout.name,
				  table->layout.columns[clashing->cell],
				  err) < 0)
		return err->code;
	return row_states_each(table->states, ROW_STATES_CLASHING, give_number,
			       clashing, err);
}

/* Gives new numbers to rows of the table, and lets others follow. */
static int settle_table(struct renumber *self, struct renumber_table *table,
			uint64_t *renumbered, struct err *err)
{
	struct clashing clashing = { .self = self,
				     .table = table,
				     .base = find_base(self, table) };

	if (!clashing.base ||
	    (!table->states && changes_count(self->differences, table->place,
					     CHANGE_UPDATE) == 0))
		return 0;
	if (renumber_open_states(self, table, err) == 0)
		(void)!give_numbers(&clashing, err);
	arena_release(&clashing.row);
	*renumbered += clashing.renumbered;
	return err->code || clashing.renumbered == 0
		       ? err->code
		       : renumber_follow(self, err);
}

/* Parents first: a row whose key follows theirs clashes no more. */
static int settle_tables(struct renumber *self, uint64_t *all, struct err *err)
{
	uint64_t before;

	do {
		before = *all;
		for (size_t i = 0; i < self->ntables; i++)
			if (settle_table(self, self->order[i], all, err) < 0)
				return err->code;
	} while (*all > before);
	return 0;
}

static int check_references(struct renumber *self, struct err *err)
{
	for (size_t i = 0; i < self->ntables; i++) {
		struct clashing clashing = { .self = self,
					     .table = &self->tables[i] };
		bool any = false;

		clashing.base = find_base(self, clashing.table);
		if (!clashing.base || !clashing.table->states)
			continue;
		if (row_states_any(clashing.table->states, ROW_STATES_WANTED,
				   &any, err) < 0 ||
		    (any && read_base(&clashing, check_base, err) < 0))
			return err->code;
	}
	return 0;
}

/* ---- lists of changes ---- */

static struct renumber_table *find_states(const struct renumber *self,
					  const struct changed_table *changed)
{
	struct renumber_table *table = renumber_table(self, changed->name);

	return table && table->states ? table : NULL;
}

/* Which changes of a table are copied, and where. */
struct copying {
	struct changes *list;
	bool keyed; /* these, too */
};

static int copy_change(void *context, const struct row_change *change,
		       struct err *err)
{
	struct copying *copying = context;

	return change->keyed && !copying->keyed
		       ? 0
		       : changes_add(copying->list, change, err);
}

/* Copies the list; what becomes of rows that are known, `add` adds. */
static int
copy_list(struct renumber *self, struct changes *copy, struct changes *list,
	  int (*add)(struct row_states *states, struct changes *copy,
		     struct changes *list, size_t place, struct err *err),
	  struct err *err)
{
	for (size_t i = 0; i < changes_tables(list); i++) {
		const struct changed_table *changed = changes_table(list, i);
		struct renumber_table *table = find_states(self, changed);
		struct copying copying = { .list = copy, .keyed = !table };

		if (changes_begin_table(copy, changed, err) < 0 ||
		    (table && add(table->states, copy, list, i, err) < 0) ||
		    changes_each_row(list, i, copy_change, &copying, err) < 0)
			return err->code;
	}
	return 0;
}

static int add_differences(struct row_states *states, struct changes *copy,
			   struct changes *list, size_t place, struct err *err)
{
	(void)list;
	(void)place;
	return row_states_compare(states, copy, err);
}

static bool has_table(const struct changes *list, const char *name)
{
	for (size_t i = 0; list && i < changes_tables(list); i++)
		if (name_equal(changes_table(list, i)->name, name))
			return true;
	return false;
}

static int add_others(struct renumber *self, struct changes *copy,
		      const struct changes *list, struct err *err)
{
	for (size_t i = 0; i < self->ntables; i++) {
		struct renumber_table *table = &self->tables[i];

		if (!table->states || has_table(list, table->table->name))
			continue;
		if (changes_begin_table(copy, &table->layout, err) < 0 ||
		    row_states_compose(table->states, copy, NULL, 0, err) < 0)
			return err->code;
	}
	return 0;
}

int renumber_compose(struct renumber *renumber, struct changes **list, bool all,
		     struct err *err)
{
	struct changes *copy = NULL;

	if (changes_open(&copy, err) < 0 ||
	    (*list &&
	     copy_list(renumber, copy, *list, row_states_compose, err) < 0) ||
	    (all && add_others(renumber, copy, *list, err) < 0)) {
		changes_close(copy);
		return err->code;
	}
	changes_close(*list);
	*list = copy;
	return 0;
}

/* ---- all of it ---- */

/* The differences to NEW as it is to be. */
static int compare_again(struct renumber *self, struct changes **differences,
			 struct err *err)
{
	*differences = NULL;
	for (size_t i = 0; i < self->ntables; i++)
		if (self->tables[i].states &&
		    row_states_settle(self->tables[i].states, err) < 0)
			return err->code;
	if (renumber_take(self, err) < 0 || changes_open(differences, err) < 0)
		return err->code;
	changes_unite(*differences);
	return copy_list(self, *differences, self->differences, add_differences,
			 err);
}

static bool may_clash(const struct changes *differences)
{
	for (size_t i = 0; i < changes_tables(differences); i++)
		if (changes_count(differences, i, CHANGE_UPDATE) > 0)
			return true;
	return false;
}

int renumber_find(struct renumber **renumber, const struct renumbering *asked,
		  struct changes **differences, struct err *err)
{
	struct changes *to_be = NULL;
	struct renumber *self;
	uint64_t all = 0;

	*renumber = NULL;
	if (!may_clash(*differences))
		return 0;
	self = calloc(1, sizeof(*self));
	if (!self)
		return err_set_nomem(err);
	self->asked = *asked;
	self->differences = *differences;
	if (renumber_read_references(self, err) < 0 ||
	    settle_tables(self, &all, err) < 0 ||
	    (all > 0 && (check_references(self, err) < 0 ||
			 compare_again(self, &to_be, err) < 0)) ||
	    all == 0) {
		changes_close(to_be);
		self->differences = NULL;
		renumber_close(self);
		return err->code;
	}
	*differences = to_be;
	*renumber = self;
	return 0;
}

void renumber_close(struct renumber *renumber)
{
	if (!renumber)
		return;
	for (size_t i = 0; i < renumber->ntables; i++)
		row_states_close(renumber->tables[i].states);
	for (int side = OLD; side <= NEW; side++)
		target_release(&renumber->targets[side]);
	changes_close(renumber->differences);
	arena_release(&renumber->arena);
	free(renumber);
}

/* Which table the rows are of. */
struct telling {
	const struct changed_table *table;
	renumber_fn *use;
	void *context;
};

static int tell_row(void *context, const struct row_state *state,
		    struct err *err)
{
	const struct telling *telling = context;

	return telling->use(telling->context, telling->table, state->rows[NEW],
			    state->wanted, err);
}

int renumber_each(struct renumber *renumber, renumber_fn *use, void *context,
		  struct err *err)
{
	for (size_t i = 0; i < renumber->ntables; i++) {
		struct renumber_table *table = &renumber->tables[i];
		struct telling telling = { &table->layout, use, context };

		if (table->states &&
		    row_states_each(table->states, ROW_STATES_MOVED, tell_row,
				    &telling, err) < 0)
			return err->code;
	}
	return 0;
}
