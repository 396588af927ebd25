#include "config.h"

#include "apply/effects.h"

#include <string.h>

#include "apply/defaults.h"
#include "apply/effecttuples.h"
#include "apply/referring.h"
#include "apply/target.h"
#include "util/arena.h"
#include "util/glob.h"

enum {
	MAX_SQL = 90000,
	LIST_SIZE = 50000,
	MAX_ROUNDS = 1000,
};

/* A table as effects on its rows are kept. */
struct layout {
	const struct target_table *target;
	struct changed_table table;
	const struct value **defaults; /* NULL: they were not asked for */
	struct layout *next;
};

struct finder {
	struct changes *changes;
	struct changes *effects;
	struct target target;
	struct effect_tuples *tuples;
	struct arena arena;
	struct layout *layouts;
	struct arena row; /* of the row at hand */
};

/* Rows of one table that are looked through. */
struct pass {
	struct finder *finder;
	const struct changed_table *table;
	const struct target_table *target;
	struct layout *layout;
	bool begun; /* the table of effects */
	/* rows without a key that are equal, and what becomes of them */
	struct arena arena;
	struct row rows[2];
	uint64_t equal;
	bool goes;
};

/* ---- tuples ---- */

static bool is_same_tuple(const struct tuple *a, const struct tuple *b)
{
	for (size_t i = 0; i < a->count; i++)
		if (value_compare(a->values[i], b->values[i],
				  a->collations[i]) != 0)
			return false;
	return true;
}

static bool acts(const struct target_reference *reference)
{
	return reference->on_delete != ACTION_NONE ||
	       reference->on_update != ACTION_NONE;
}

/* True if a change of the table's rows may matter to an action. */
static bool takes_part(const struct finder *finder,
		       const struct target_table *table)
{
	for (const struct target_reference *it = finder->target.references; it;
	     it = it->next)
		if ((it->parent == table || it->child == table) && acts(it))
			return true;
	return false;
}

/* Notes what the change does to the value that the reference points to. */
static int note_reference(struct pass *pass, size_t number,
			  const struct target_reference *reference,
			  const struct row_change *change, struct err *err)
{
	struct effect_tuples *tuples = pass->finder->tuples;
	const struct value *values[2][REFERRING_MAX_COLUMNS];
	enum collation collations[REFERRING_MAX_COLUMNS];
	struct tuple old, new;
	bool has_old, has_new;

	if (reference->ncolumns > REFERRING_MAX_COLUMNS)
		return 0;
	referring_collations(collations, reference);
	has_old = change->old &&
		  referring_tuple(&old, values[0], collations, pass->table,
				  change->old, reference->to,
				  reference->ncolumns);
	has_new = change->new &&referring_tuple(&new, values[1], collations,
						pass->table, change->new,
						reference->to,
						reference->ncolumns);
	if (has_old && has_new && is_same_tuple(&old, &new))
		return 0;
	if (has_new && effect_tuples_there(tuples, number, &new, err) < 0)
		return err->code;
	if (!has_old)
		return 0;
	return effect_tuples_gone(tuples, number, &old, has_new ? &new : NULL,
				  err);
}

/* Notes that the row has a fate of its own. */
static int know_row(struct pass *pass, const struct row *row, bool *known,
		    struct err *err)
{
	const struct changed_table *table = pass->table;
	const struct value *values[REFERRING_MAX_COLUMNS];
	enum collation collations[REFERRING_MAX_COLUMNS];
	struct tuple key = { .values = values, .collations = collations };

	*known = false;
	if (table->nkey == 0 || table->nkey > REFERRING_MAX_COLUMNS)
		return 0;
	key.count = table->nkey;
	for (size_t i = 0; i < table->nkey; i++) {
		values[i] = &row->cells[table->key[i]];
		collations[i] = COLLATION_BINARY;
	}
	return effect_tuples_know(pass->finder->tuples, known, table->name,
				  &key, err);
}

static int note_change(void *context, const struct row_change *change,
		       struct err *err)
{
	struct pass *pass = context;
	size_t number = 0;
	bool known;

	if (change->keyed && change->old &&
	    know_row(pass, change->old, &known, err) < 0)
		return err->code;
	for (const struct target_reference *it =
		     pass->finder->target.references;
	     it; it = it->next, number++)
		if (it->parent == pass->target && acts(it) &&
		    note_reference(pass, number, it, change, err) < 0)
			return err->code;
	return 0;
}

/* Notes all changes of a list from table `first` on. */
static int note_changes(struct finder *finder, struct changes *changes,
			size_t first, struct err *err)
{
	for (size_t i = first; i < changes_tables(changes); i++) {
		struct pass pass = { .finder = finder,
				     .table = changes_table(changes, i) };

		pass.target = target_table(&finder->target, pass.table->name);
		if (!pass.target || !takes_part(finder, pass.target))
			continue;
		for (int op = CHANGE_INSERT; op <= CHANGE_UPDATE; op++)
			if (changes_each(changes, i, op, note_change, &pass,
					 err) < 0)
				return err->code;
	}
	return 0;
}

/* ---- layouts ---- */

static const struct changed_table *find_changed(const struct finder *finder,
						const char *name)
{
	for (size_t i = 0; i < changes_tables(finder->changes); i++)
		if (name_equal(changes_table(finder->changes, i)->name, name))
			return changes_table(finder->changes, i);
	return NULL;
}

/* The key that the changes use, else the table's own. */
static int set_key(struct layout *layout, struct finder *finder,
		   struct err *err)
{
	const struct table *table = layout->target->table;
	const struct changed_table *changed = find_changed(finder, table->name);
	size_t count = changed		  ? changed->nkey
		       : table->nkeys > 0 ? table->keys[0].count
					  : 0;
	size_t *key = arena_array(&finder->arena, count + 1, sizeof(*key));
	enum collation *collations =
		arena_array(&finder->arena, count + 1, sizeof(*collations));

	if (!key || !collations)
		return err_set_nomem(err);
	for (size_t i = 0; i < count; i++) {
		key[i] = changed ? table_column(
					   table,
					   changed->columns[changed->key[i]])
				 : table->keys[0].columns[i];
		collations[i] = changed ? changed->collations[i]
					: table->keys[0].collations[i];
	}
	layout->table.key = key;
	layout->table.collations = collations;
	layout->table.nkey = count;
	return 0;
}

static struct layout *find_layout(struct finder *finder,
				  const struct target_table *target,
				  struct err *err)
{
	const struct table *table = target->table;
	struct layout *layout = finder->layouts;
	enum column_use *uses;
	const char **columns;

	while (layout && layout->target != target)
		layout = layout->next;
	if (layout)
		return layout;
	layout = arena_alloc(&finder->arena, sizeof(*layout));
	columns = arena_array(&finder->arena, table->ncolumns + 1,
			      sizeof(*columns));
	uses = arena_array(&finder->arena, table->ncolumns + 1, sizeof(*uses));
	if (!layout || !columns || !uses) {
		err_set_nomem(err);
		return NULL;
	}
	for (size_t i = 0; i < table->ncolumns; i++) {
		columns[i] = table->columns[i].name;
		uses[i] = table->columns[i].generated ? COLUMN_GENERATED
						      : COLUMN_WRITTEN;
	}
	layout->target = target;
	layout->table = (struct changed_table){ .name = table->name,
						.columns = columns,
						.ncolumns = table->ncolumns,
						.uses = uses };
	if (set_key(layout, finder, err) < 0)
		return NULL;
	layout->next = finder->layouts;
	finder->layouts = layout;
	return layout;
}

/* ---- rows that refer ---- */

/* What one reference does to a row. */
struct act {
	bool any;
	bool deletes;
};

static int keep_default(void *context, const char *name,
			const struct value *value, struct err *err)
{
	struct layout *layout = context;
	const struct table *table = layout->target->table;
	size_t column = table_column(table, name);

	if (column < table->ncolumns)
		layout->defaults[column] = value;
	return err->code;
}

/* The default of the column; D1_EREFUSED for what is made when it is set. */
static int get_default(struct value *value, struct pass *pass, size_t column,
		       struct err *err)
{
	const struct table *table = pass->target->table;
	struct finder *finder = pass->finder;
	struct layout *layout = pass->layout;

	if (!layout->defaults) {
		layout->defaults =
			arena_array(&finder->arena, table->ncolumns + 1,
				    sizeof(*layout->defaults));
		if (!layout->defaults)
			return err_set_nomem(err);
		if (source_defaults(finder->target.source, table->name,
				    &finder->arena, keep_default, layout,
				    err) < 0)
			return err->code;
	}
	if (layout->defaults[column]) {
		*value = *layout->defaults[column];
		return 0;
	}
	err_set(err, D1_EREFUSED,
		"a foreign key would set column '%s' of table '%s' to its "
		"default, which cannot be foreseen",
		table->columns[column].name, table->name);
	return err_hint(err, "change those rows too, or leave the others as "
			     "they are");
}

/* Applies the reference's action to the cells of the row that refers. */
static int act_on(struct pass *pass, size_t number,
		  const struct target_reference *reference,
		  const struct row *row, struct value *cells, struct act *act,
		  struct err *err)
{
	const struct value *values[REFERRING_MAX_COLUMNS];
	enum collation collations[REFERRING_MAX_COLUMNS];
	const struct value *now;
	enum target_action action;
	struct tuple tuple;
	bool found;

	if (reference->ncolumns > REFERRING_MAX_COLUMNS)
		return 0;
	referring_collations(collations, reference);
	if (!referring_tuple(&tuple, values, collations, pass->table, row,
			     reference->from, reference->ncolumns))
		return 0;
	if (effect_tuples_find(pass->finder->tuples, &found, &now, number,
			       &tuple, &pass->finder->row, err) < 0 ||
	    !found)
		return err->code;
	action = now ? reference->on_update : reference->on_delete;
	if (action == ACTION_NONE)
		return 0;
	if (action == ACTION_CASCADE && !now) {
		act->any = true;
		act->deletes = true;
		return 0;
	}
	for (size_t i = 0; i < reference->ncolumns; i++) {
		size_t cell = (size_t)(values[i] - row->cells);

		if (action == ACTION_SET_DEFAULT &&
		    get_default(&cells[cell], pass, cell, err) < 0)
			return err->code;
		if (action == ACTION_CASCADE)
			cells[cell] = now[i];
		else if (action == ACTION_SET_NULL)
			cells[cell] = (struct value){ .type = VALUE_NULL };
		/* a default may be what is there already */
		if (!value_equal(&cells[cell], &row->cells[cell]))
			act->any = true;
	}
	return 0;
}

static bool has_key(const struct changed_table *table, const struct row *row)
{
	for (size_t i = 0; i < table->nkey; i++)
		if (row->cells[table->key[i]].type == VALUE_NULL)
			return false;
	return table->nkey > 0;
}

static int begin_effects(struct pass *pass, struct err *err)
{
	if (!pass->begun &&
	    changes_begin_table(pass->finder->effects, pass->table, err) < 0)
		return err->code;
	pass->begun = true;
	return 0;
}

/* Adds the equal rows without a key that were found so far. */
static int add_equal(struct pass *pass, struct err *err)
{
	struct row_change change = { .op = CHANGE_DELETE,
				     .count = pass->equal,
				     .before = pass->equal,
				     .old = &pass->rows[OLD] };

	if (pass->equal == 0)
		return 0;
	if (begin_effects(pass, err) < 0 ||
	    changes_add(pass->finder->effects, &change, err) < 0)
		return err->code;
	change.op = CHANGE_INSERT;
	change.before = 0;
	change.old = NULL;
	change.new = &pass->rows[NEW];
	if (!pass->goes && changes_add(pass->finder->effects, &change, err) < 0)
		return err->code;
	pass->equal = 0;
	arena_clear(&pass->arena);
	return 0;
}

/* Rows without a key come in an order in which equal ones are neighbours. */
static int add_unkeyed(struct pass *pass, const struct row *row,
		       const struct row *new, struct err *err)
{
	if (pass->equal > 0 && row_equal(row, &pass->rows[OLD])) {
		pass->equal++;
		return 0;
	}
	if (add_equal(pass, err) < 0 ||
	    row_copy(&pass->rows[OLD], row, &pass->arena, err) < 0 ||
	    (new &&row_copy(&pass->rows[NEW], new, &pass->arena, err) < 0))
		return err->code;
	pass->equal = 1;
	pass->goes = !new;
	return 0;
}

static int add_effect(struct pass *pass, const struct row *row,
		      const struct value *cells, bool deletes, struct err *err)
{
	const struct row new = { .cells = cells, .ncells = row->ncells };
	const struct row_change change = {
		.op = deletes ? CHANGE_DELETE : CHANGE_UPDATE,
		.keyed = true,
		.count = 1,
		.old = row,
		.new = deletes ? NULL : &new,
	};

	if (!has_key(pass->table, row))
		return add_unkeyed(pass, row, change.new, err);
	if (begin_effects(pass, err) < 0)
		return err->code;
	return changes_add(pass->finder->effects, &change, err);
}

static int look_at_row(struct pass *pass, const struct row *row,
		       struct err *err)
{
	struct finder *finder = pass->finder;
	struct act act = { .any = false };
	struct value *cells;
	size_t number = 0;
	bool known;

	if (know_row(pass, row, &known, err) < 0 || known)
		return err->code;
	arena_clear(&finder->row);
	cells = arena_array(&finder->row, row->ncells + 1, sizeof(*cells));
	if (!cells)
		return err_set_nomem(err);
	memcpy(cells, row->cells, row->ncells * sizeof(*cells));
	for (const struct target_reference *it = finder->target.references; it;
	     it = it->next, number++)
		if (it->child == pass->target && it->parent &&
		    act_on(pass, number, it, row, cells, &act, err) < 0)
			return err->code;
	return act.any ? add_effect(pass, row, cells, act.deletes, err) : 0;
}

static int read_rows(struct pass *pass, enum scan_rows rows, const char *where,
		     struct err *err)
{
	const struct changed_table *table = pass->table;
	size_t *columns = arena_array(&pass->finder->arena, table->ncolumns + 1,
				      sizeof(*columns));
	const struct scan scan = {
		.table = pass->target->table,
		.columns = columns,
		.ncolumns = table->ncolumns,
		.rows = rows,
		.key = table->key,
		.collations = table->collations,
		.nkey = table->nkey,
		.nullable = true,
		.identity = columns,
		.nidentity = table->ncolumns,
		.where = where,
	};
	struct cursor *cursor = NULL;
	const struct row *row;

	if (!columns)
		return err_set_nomem(err);
	for (size_t i = 0; i < table->ncolumns; i++)
		columns[i] = i;
	if (source_scan(pass->finder->target.source, &cursor, &scan, err) < 0)
		return err->code;
	while (cursor_next(cursor, &row, err) == 0 && row)
		if (look_at_row(pass, row, err) < 0)
			break;
	cursor_close(cursor);
	return err->code ? err->code : add_equal(pass, err);
}

/* Looks through the rows that refer to values that are gone. */
static int follow(struct finder *finder, size_t number,
		  const struct target_reference *reference, struct err *err)
{
	struct pass pass = { .finder = finder, .target = reference->child };
	struct buf where;
	size_t before;

	pass.layout = find_layout(finder, reference->child, err);
	if (!pass.layout)
		return err->code;
	pass.table = &pass.layout->table;
	buf_init(&where, MAX_SQL);
	do {
		buf_clear(&where);
		referring_add_condition(&where, reference);
		before = where.len;
		if (effect_tuples_list(finder->tuples, number, LIST_SIZE,
				       &where, err) < 0 ||
		    where.len == before)
			break;
		buf_add_char(&where, ')');
		if (buf_check(&where, "a condition", err) < 0)
			break;
		if (pass.table->nkey > 0 &&
		    read_rows(&pass, SCAN_KEYED, where.data, err) < 0)
			break;
		if (read_rows(&pass, SCAN_UNKEYED, where.data, err) < 0)
			break;
	} while (true);
	buf_release(&where);
	arena_release(&pass.arena);
	return err->code;
}

static int follow_all(struct finder *finder, struct err *err)
{
	size_t number = 0;

	for (const struct target_reference *it = finder->target.references; it;
	     it = it->next, number++)
		if (it->parent && it->ncolumns <= REFERRING_MAX_COLUMNS &&
		    acts(it) && follow(finder, number, it, err) < 0)
			return err->code;
	return 0;
}

/* ---- all of it ---- */

int effects_find(struct changes **effects, struct changes *changes,
		 struct source *target, struct err *err)
{
	struct finder finder = { .changes = changes };
	size_t first = 0;

	*effects = NULL;
	if (target_read(&finder.target, target, err) < 0 ||
	    changes_open(&finder.effects, err) < 0 ||
	    effect_tuples_open(&finder.tuples, err) < 0 ||
	    note_changes(&finder, changes, 0, err) < 0)
		goto out;
	for (int round = 0; round < MAX_ROUNDS; round++) {
		if (follow_all(&finder, err) < 0)
			goto out;
		if (changes_tables(finder.effects) == first)
			break;
		if (note_changes(&finder, finder.effects, first, err) < 0)
			goto out;
		first = changes_tables(finder.effects);
	}
	*effects = finder.effects;
	finder.effects = NULL;
out:
	changes_close(finder.effects);
	effect_tuples_close(finder.tuples);
	arena_release(&finder.row);
	arena_release(&finder.arena);
	target_release(&finder.target);
	return err->code;
}
