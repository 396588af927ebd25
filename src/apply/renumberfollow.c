#include "config.h"

#include <string.h>

#include "apply/effecttuples.h"
#include "apply/referring.h"
#include "apply/renumberkeys.h"
#include "apply/renumberrun.h"
#include "util/buf.h"
#include "util/glob.h"

enum { MAX_SQL = 90000, LIST_SIZE = 50000 };

/* ---- values that are referred to ---- */

/* One look at all that refers to rows with other values. */
struct following {
	struct renumber *self;
	struct source *source;
	struct effect_tuples *tuples; /* by the number of the reference */
	struct renumber_table *table; /* at hand */
	size_t number;		      /* of the reference at hand */
	uint64_t found;		      /* rows that refer by it */
	bool rewrites;
	bool changed;
	struct arena row;
};

static bool is_same_tuple(const struct tuple *a, const struct tuple *b)
{
	for (size_t i = 0; i < a->count; i++)
		if (!value_equal(a->values[i], b->values[i]))
			return false;
	return true;
}

/* Nobody here works out what follows from a new number. */
static int check_generated(const struct following *following,
			   const struct target_reference *it, struct err *err)
{
	const struct table *table = following->table->table;

	for (size_t i = 0; i < it->ncolumns; i++)
		if (table->columns[table_column(table, it->to[i])].generated)
			return err_set(
				err, D1_EREFUSED,
				"column '%s' of table '%s', which "
				"'%s' refers to, is generated: its value "
				"under another number is not known",
				it->to[i], table->name, it->child->table->name);
	return 0;
}

static int note_row(void *context, const struct row_state *state,
		    struct err *err)
{
	struct following *following = context;
	const struct renumber *self = following->self;
	const struct renumber_table *table = following->table;

	for (size_t i = 0; i < self->nreferences; i++) {
		const struct target_reference *it = self->references[i];
		const struct value *values[2][REFERRING_MAX_COLUMNS];
		enum collation collations[REFERRING_MAX_COLUMNS];
		struct tuple held, wanted;

		if (!name_equal(it->parent->table->name, table->table->name))
			continue;
		if (check_generated(following, it, err) < 0)
			return err->code;
		referring_collations(collations, it);
		if (referring_tuple(&held, values[0], collations,
				    &table->layout, state->rows[NEW], it->to,
				    it->ncolumns) &&
		    referring_tuple(&wanted, values[1], collations,
				    &table->layout, state->wanted, it->to,
				    it->ncolumns) &&
		    !is_same_tuple(&held, &wanted) &&
		    effect_tuples_gone(following->tuples, i, &held, &wanted,
				       err) < 0)
			return err->code;
	}
	return 0;
}

static int note_tables(struct following *following, struct err *err)
{
	struct renumber *self = following->self;

	for (size_t i = 0; i < self->ntables; i++) {
		following->table = &self->tables[i];
		if (following->table->states &&
		    row_states_each(following->table->states, ROW_STATES_WANTED,
				    note_row, following, err) < 0)
			return err->code;
	}
	return 0;
}

/* ---- rows that refer ---- */

static int refuse_reference(const struct following *following, const char *why,
			    struct err *err)
{
	const struct target_reference *it =
		following->self->references[following->number];

	return err_set(err, D1_EREFUSED,
		       "rows of table '%s' refer to rows of '%s' that are to "
		       "have another number, and cannot be made to: %s",
		       it->child->table->name, it->parent->table->name, why);
}

/* Sets the cells of the row that refer to what has another value now. */
static int rewrite_cells(struct following *following, size_t number,
			 const struct row *row, struct value *cells, bool *set,
			 struct err *err)
{
	const struct target_reference *it = following->self->references[number];
	const struct value *values[REFERRING_MAX_COLUMNS];
	enum collation collations[REFERRING_MAX_COLUMNS];
	const struct value *now = NULL;
	struct tuple tuple;
	bool found = false;

	referring_collations(collations, it);
	if (referring_tuple(&tuple, values, collations,
			    &following->table->layout, row, it->from,
			    it->ncolumns) &&
	    effect_tuples_find(following->tuples, &found, &now, number, &tuple,
			       &following->row, err) < 0)
		return err->code;
	if (!found && number == following->number)
		return refuse_reference(following,
					"they have values of another type",
					err);
	for (size_t i = 0; found && now && i < it->ncolumns; i++) {
		size_t cell = (size_t)(values[i] - row->cells);

		if (value_compare(values[i], &now[i], collations[i]) == 0)
			continue;
		if (values[i]->type != now[i].type)
			return refuse_reference(
				following, "they have values of another type",
				err);
		if (set[cell] && !value_equal(&cells[cell], &now[i]))
			return refuse_reference(
				following,
				"one column refers to two rows whose numbers "
				"differ now",
				err);
		cells[cell] = now[i];
		set[cell] = true;
	}
	return 0;
}

/* A row with another key leaves nothing behind, or stays. */
static int check_move(const struct following *following, const bool *set,
		      struct err *err)
{
	const struct changed_table *layout = &following->table->layout;
	const char *reason = NULL;

	for (size_t i = 0; i < layout->ncolumns; i++)
		if (set[i] && layout->uses && layout->uses[i] != COLUMN_WRITTEN)
			reason = "they would be written to a masked column";
	for (size_t i = 0; i < layout->nkey && !reason; i++)
		if (layout->uses &&
		    layout->uses[layout->key[i]] == COLUMN_GENERATED)
			reason = "their key is generated";
		else if (set[layout->key[i]])
			reason = renumberkeys_refusal(layout,
						      following->table->table);
	return reason ? refuse_reference(following, reason, err) : 0;
}

static int rewrite(struct following *following, const struct row *row,
		   struct err *err)
{
	const struct renumber *self = following->self;
	struct renumber_table *table = following->table;
	struct row wanted = { .ncells = row->ncells };
	struct row_state state;
	struct value *cells;
	bool found, changed;
	bool *set;

	arena_clear(&following->row);
	cells = arena_array(&following->row, row->ncells + 1, sizeof(*cells));
	set = arena_array(&following->row, row->ncells + 1, sizeof(*set));
	if (!cells || !set)
		return err_set_nomem(err);
	wanted.cells = cells;
	if (row_states_find(table->states, row, false, &state, &found, err) < 0)
		return err->code;
	/* it may have a new number itself */
	memcpy(cells, found && state.wanted ? state.wanted->cells : row->cells,
	       row->ncells * sizeof(*cells));
	for (size_t i = 0; i < self->nreferences; i++)
		if (name_equal(self->references[i]->child->table->name,
			       table->table->name) &&
		    rewrite_cells(following, i, row, cells, set, err) < 0)
			return err->code;
	if (check_move(following, set, err) < 0 ||
	    row_states_want(table->states, row, &wanted,
			    table->place != SIZE_MAX, &changed, err) < 0)
		return err->code;
	following->changed = following->changed || changed;
	return 0;
}

/* ---- reading them ---- */

static int look_at_row(struct following *following, enum scan_rows rows,
		       const struct row *row, struct err *err)
{
	following->found++;
	if (!following->rewrites)
		return 0;
	if (rows == SCAN_UNKEYED)
		return refuse_reference(following, "they have no key", err);
	return rewrite(following, row, err);
}

static size_t find_column(const struct table *table, const char *name)
{
	size_t column = table ? table_column(table, name) : 0;

	return table && column < table->ncolumns ? column : SIZE_MAX;
}

static int read_rows(struct following *following, enum scan_rows rows,
		     const char *where, struct err *err)
{
	const struct changed_table *layout = &following->table->layout;
	struct scan scan = {
		.table = schema_table(following->source->schema,
				      following->table->table->name),
		.ncolumns = layout->ncolumns,
		.rows = rows,
		.key = layout->key,
		.collations = layout->collations,
		.nkey = layout->nkey,
		.nullable = true,
		.nidentity = layout->ncolumns,
		.where = where,
	};
	struct arena arena = ARENA_INIT;
	size_t *columns =
		arena_array(&arena, layout->ncolumns + 1, sizeof(*columns));
	size_t *identity =
		arena_array(&arena, layout->ncolumns + 1, sizeof(*identity));
	struct cursor *cursor = NULL;
	const struct row *row;

	scan.columns = columns;
	scan.identity = identity;
	if (!columns || !identity) {
		err_set_nomem(err);
		goto out;
	}
	for (size_t i = 0; i < layout->ncolumns; i++) {
		columns[i] = find_column(scan.table, layout->columns[i]);
		identity[i] = i;
		if (columns[i] == SIZE_MAX)
			err_set(err, D1_ECONFLICT,
				"table '%s' of %s was changed meanwhile; "
				"nothing was written",
				layout->name,
				following->self->asked.labels[NEW]);
	}
	if (err->code ||
	    source_scan(following->source, &cursor, &scan, err) < 0)
		goto out;
	while (cursor_next(cursor, &row, err) == 0 && row)
		if (look_at_row(following, rows, row, err) < 0)
			break;
out:
	cursor_close(cursor);
	arena_release(&arena);
	return err->code;
}

/* A column that is left out cannot be written. */
static int check_columns(const struct following *following, struct err *err)
{
	const struct changed_table *layout = &following->table->layout;
	const struct target_reference *it =
		following->self->references[following->number];

	for (size_t i = 0; i < it->ncolumns; i++)
		if (changed_table_cell(layout, it->from[i]) == layout->ncolumns)
			return refuse_reference(following,
						"they have a column that is "
						"not compared",
						err);
	return 0;
}

/* Reads the rows that refer to the values of a list, many at a time. */
static int follow_reference(struct following *following, struct err *err)
{
	const struct target_reference *it =
		following->self->references[following->number];
	struct buf where;
	size_t before;

	following->found = 0;
	following->table =
		renumber_table(following->self, it->child->table->name);
	buf_init(&where, MAX_SQL);
	for (;;) {
		buf_clear(&where);
		referring_add_condition(&where, it);
		before = where.len;
		if (effect_tuples_list(following->tuples, following->number,
				       LIST_SIZE, &where, err) < 0 ||
		    where.len == before)
			break;
		buf_add_char(&where, ')');
		if (buf_check(&where, "a condition", err) < 0 ||
		    check_columns(following, err) < 0 ||
		    renumber_open_states(following->self, following->table,
					 err) < 0)
			break;
		if (following->table->layout.nkey > 0 &&
		    read_rows(following, SCAN_KEYED, where.data, err) < 0)
			break;
		if (read_rows(following, SCAN_UNKEYED, where.data, err) < 0)
			break;
	}
	buf_release(&where);
	return err->code;
}

/* One look at all references, some of which may lead to others. */
static int look(struct following *following, struct err *err)
{
	struct renumber *self = following->self;

	following->changed = false;
	if (effect_tuples_open(&following->tuples, err) < 0 ||
	    note_tables(following, err) < 0)
		goto out;
	for (size_t i = 0; i < self->nreferences; i++) {
		following->number = i;
		if (follow_reference(following, err) < 0)
			goto out;
		if (following->rewrites)
			self->referring[i] = following->found;
		else if (self->referring[i] != following->found)
			following->changed = true;
	}
out:
	effect_tuples_close(following->tuples);
	arena_release(&following->row);
	return err->code;
}

int renumber_follow(struct renumber *self, struct err *err)
{
	struct following following = { .self = self,
				       .source = self->asked.sources[NEW],
				       .rewrites = true };

	do {
		if (look(&following, err) < 0)
			return err->code;
	} while (following.changed);
	return 0;
}

int renumber_check(struct renumber *renumber, struct source *locked,
		   struct err *err)
{
	struct following following = { .self = renumber, .source = locked };

	if (look(&following, err) == 0 && following.changed)
		err_set(err, D1_ECONFLICT,
			"rows of %s were changed meanwhile that refer to rows "
			"with new numbers; nothing was written",
			renumber->asked.labels[NEW]);
	return err->code;
}
