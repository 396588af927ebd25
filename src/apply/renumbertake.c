#include "config.h"

#include "apply/effecttuples.h"
#include "apply/referring.h"
#include "apply/renumberrun.h"
#include "util/glob.h"

/* One look at what rows that are taken over refer to. */
struct taking {
	struct renumber *self;
	struct effect_tuples *tuples; /* by the number of the reference */
	bool *refers;		      /* is there any of it? */
	struct renumber_table *table; /* at hand */
	size_t number;		      /* of the reference at hand */
	bool any;
	struct arena arena;
};

static bool get_tuple(struct tuple *tuple, const struct value **values,
		      enum collation *collations, const struct taking *taking,
		      size_t number, const struct row *row, bool is_child)
{
	const struct target_reference *it = taking->self->references[number];

	referring_collations(collations, it);
	return referring_tuple(tuple, values, collations,
			       &taking->table->layout, row,
			       is_child ? it->from : it->to, it->ncolumns);
}

static int note_row(void *context, const struct row_state *state,
		    struct err *err)
{
	struct taking *taking = context;
	const struct renumber *self = taking->self;

	for (size_t i = 0; i < self->nreferences; i++) {
		const struct value *values[REFERRING_MAX_COLUMNS];
		enum collation collations[REFERRING_MAX_COLUMNS];
		struct tuple tuple;

		if (!name_equal(self->references[i]->child->table->name,
				taking->table->table->name) ||
		    !get_tuple(&tuple, values, collations, taking, i,
			       state->rows[OLD], true))
			continue;
		taking->refers[i] = true;
		if (effect_tuples_gone(taking->tuples, i, &tuple, NULL, err) <
		    0)
			return err->code;
	}
	return 0;
}

static int take_row(void *context, const struct row_state *state,
		    struct err *err)
{
	struct taking *taking = context;
	const struct value *values[REFERRING_MAX_COLUMNS];
	enum collation collations[REFERRING_MAX_COLUMNS];
	const struct value *now;
	struct tuple tuple;
	bool found = false;

	if (get_tuple(&tuple, values, collations, taking, taking->number,
		      state->rows[OLD], false) &&
	    effect_tuples_find(taking->tuples, &found, &now, taking->number,
			       &tuple, &taking->arena, err) < 0)
		return err->code;
	if (!found)
		return 0;
	taking->any = true;
	return row_states_take(taking->table->states, state->rows[OLD], err);
}

static int prepare_parent(struct taking *taking, struct err *err)
{
	struct renumber_table *table = taking->table;

	if (table->states)
		return 0;
	if (renumber_open_states(taking->self, table, err) < 0)
		return err->code;
	return row_states_settle(table->states, err);
}

/* Of the rows that the reference points to, those that OLD alone has. */
static int take_parents(struct taking *taking, struct err *err)
{
	struct renumber_table *table = renumber_table(
		taking->self,
		taking->self->references[taking->number]->parent->table->name);
	bool any;

	taking->table = table;
	if (table->place == SIZE_MAX || table->layout.nkey == 0)
		return 0;
	if (prepare_parent(taking, err) < 0 ||
	    row_states_any(table->states, ROW_STATES_ABSENT, &any, err) < 0 ||
	    !any ||
	    renumber_note_base(taking->self, table, table->layout.key[0], err) <
		    0)
		return err->code;
	return row_states_each(table->states, ROW_STATES_ABSENT, take_row,
			       taking, err);
}

static int look(struct taking *taking, struct err *err)
{
	struct renumber *self = taking->self;

	taking->any = false;
	taking->refers = arena_array(&taking->arena, self->nreferences + 1,
				     sizeof(*taking->refers));
	if (!taking->refers)
		return err_set_nomem(err);
	if (effect_tuples_open(&taking->tuples, err) < 0)
		return err->code;
	for (size_t i = 0; i < self->ntables; i++) {
		taking->table = &self->tables[i];
		if (taking->table->states &&
		    row_states_each(taking->table->states, ROW_STATES_TAKEN,
				    note_row, taking, err) < 0)
			return err->code;
	}
	for (size_t i = 0; i < self->nreferences; i++) {
		taking->number = i;
		if (taking->refers[i] && take_parents(taking, err) < 0)
			return err->code;
	}
	return 0;
}

int renumber_take(struct renumber *self, struct err *err)
{
	struct taking taking = { .self = self };

	do {
		(void)!look(&taking, err);
		effect_tuples_close(taking.tuples);
		taking.tuples = NULL;
		arena_release(&taking.arena);
	} while (!err->code && taking.any);
	return err->code;
}
