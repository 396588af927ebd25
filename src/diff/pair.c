#include "config.h"

#include "diff/pair.h"

#include <fnmatch.h>
#include <string.h>
#include <strings.h>

#include "diff/pairkey.h"
#include "util/buf.h"

static const char default_timestamp[] = "updated_at";

/* What pairing works with: the two tables, and where results live. */
struct pairing {
	struct table_pair *pair;
	const struct table *tables[2];
	const struct pair_rules *rules;
	struct arena *arena;
	struct err *err;
	/* the keys that were chosen, as columns of each table */
	struct key keys[2];
};

static size_t *new_positions(struct pairing *pairing, size_t count)
{
	size_t *positions = arena_array(pairing->arena, count ? count : 1,
					sizeof(*positions));

	if (!positions)
		err_set_nomem(pairing->err);
	return positions;
}

/* ---- columns ---- */

bool pair_rules_match(const char *const *globs, const char *name)
{
	for (size_t i = 0; globs && globs[i]; i++)
		if (fnmatch(globs[i], name, FNM_CASEFOLD) == 0)
			return true;
	return false;
}

/* A surrogate id in whose place the user named a natural key. */
static bool is_replaced(const struct pairing *pairing, int side, size_t column)
{
	const struct key *primary = table_primary_key(pairing->tables[side]);

	return pairing->pair->natural && primary && primary->count == 1 &&
	       primary->columns[0] == column;
}

/* The column of that name on one side, or NULL. */
static const struct column *column_on(const struct pairing *pairing, int side,
				      const char *name)
{
	const struct table *table = pairing->tables[side];
	size_t at = table ? table_column(table, name) : 0;

	return table && at < table->ncolumns ? &table->columns[at] : NULL;
}

/* True if the cell is to be read; notes what cannot be. */
static bool is_wanted(struct pairing *pairing, int side, size_t at,
		      struct buf *unreadable)
{
	const struct column *column = &pairing->tables[side]->columns[at];
	const char *name = column->name;
	const struct column *other = column_on(pairing, !side, name);
	const char *reason = column->unreadable;

	if (pairkey_has_column(&pairing->keys[side], at))
		return true;
	if (pair_rules_match(pairing->rules->ignore, name) ||
	    is_replaced(pairing, side, at))
		return false;
	if (column->absent || (other && other->absent))
		return false;
	if (!reason && other)
		reason = other->unreadable;
	if (!reason)
		return true;
	if (side == NEW || !other)
		buf_add_format(unreadable, "%scolumn %s: %s",
			       unreadable->len ? "; " : "", name, reason);
	return false;
}

static int choose_columns(struct pairing *pairing, int side,
			  struct buf *unreadable)
{
	const struct table *table = pairing->tables[side];
	struct pair_side *result = &pairing->pair->sides[side];
	size_t *columns;

	if (!table)
		return 0;
	columns = new_positions(pairing, table->ncolumns);
	if (!columns)
		return pairing->err->code;
	for (size_t i = 0; i < table->ncolumns; i++)
		if (is_wanted(pairing, side, i, unreadable))
			columns[result->ncolumns++] = i;
	result->table = table;
	result->columns = columns;
	return 0;
}

/* The cell of that name on one side, or its ncolumns. */
static size_t find_cell(const struct pair_side *side, const char *name)
{
	size_t cell = 0;

	while (cell < side->ncolumns &&
	       strcasecmp(side->table->columns[side->columns[cell]].name,
			  name) != 0)
		cell++;
	return cell;
}

/* A table that only one side has: its rows are told apart by all they hold. */
static int take_all_columns(struct pairing *pairing, int side)
{
	struct pair_side *self = &pairing->pair->sides[side];
	size_t *cells = new_positions(pairing, self->ncolumns);

	if (!cells)
		return pairing->err->code;
	for (size_t cell = 0; cell < self->ncolumns; cell++)
		cells[cell] = cell;
	self->common = cells;
	self->only = cells;
	pairing->pair->ncommon = self->ncolumns;
	return 0;
}

/* Finds the cells that both sides have, and those that one has alone. */
static int match_columns(struct pairing *pairing)
{
	struct table_pair *pair = pairing->pair;
	size_t *common[2], *only[2];

	if (!pairing->tables[OLD])
		return take_all_columns(pairing, NEW);
	if (!pairing->tables[NEW])
		return take_all_columns(pairing, OLD);

	for (int side = OLD; side <= NEW; side++) {
		common[side] =
			new_positions(pairing, pair->sides[OLD].ncolumns);
		only[side] = new_positions(pairing, pair->sides[side].ncolumns);
		if (!common[side] || !only[side])
			return pairing->err->code;
		pair->sides[side].common = common[side];
		pair->sides[side].only = only[side];
	}
	for (int side = OLD; side <= NEW; side++) {
		struct pair_side *self = &pair->sides[side];
		const struct pair_side *other = &pair->sides[!side];

		for (size_t cell = 0; cell < self->ncolumns; cell++) {
			const char *name = pair_column(pair, side, cell)->name;
			size_t match = find_cell(other, name);

			if (match == other->ncolumns) {
				only[side][self->nonly++] = cell;
			} else if (side == OLD) {
				common[OLD][pair->ncommon] = cell;
				common[NEW][pair->ncommon++] = match;
			}
		}
	}
	return 0;
}

/* Turns the chosen keys into cells, in the order of the naming side. */
static int place_key(struct pairing *pairing)
{
	struct table_pair *pair = pairing->pair;
	int named = pair_named_side(pair);
	const struct key *key = &pairing->keys[named];

	pair->nkey = key->count;
	pair->collations = key->collations;
	for (int side = OLD; side <= NEW; side++) {
		struct pair_side *self = &pair->sides[side];
		size_t *cells;

		if (!self->table)
			continue;
		cells = new_positions(pairing, key->count);
		if (!cells)
			return pairing->err->code;
		for (size_t i = 0; i < key->count; i++)
			cells[i] = find_cell(self,
					     pairing->tables[named]
						     ->columns[key->columns[i]]
						     .name);
		self->key = cells;
		self->nullable = pairing->keys[side].nullable;
	}
	return 0;
}

/* ---- masks ---- */

/* True if no value of that column may be seen. */
static bool is_hidden(const struct pairing *pairing, const char *name)
{
	const struct column *old_column = column_on(pairing, OLD, name);
	const struct column *new_column = column_on(pairing, NEW, name);

	return pair_rules_match(pairing->rules->mask, name) ||
	       (old_column && old_column->masked) ||
	       (new_column && new_column->masked);
}

static int choose_masks(struct pairing *pairing, int side)
{
	struct pair_side *self = &pairing->pair->sides[side];
	size_t *plain = new_positions(pairing, self->ncolumns);
	bool *masked = arena_array(pairing->arena, self->ncolumns + 1,
				   sizeof(*masked));
	const char **names =
		arena_array(pairing->arena, self->ncolumns + 1, sizeof(*names));

	if (!plain || !masked || !names)
		return err_set_nomem(pairing->err);
	for (size_t cell = 0; cell < self->ncolumns; cell++) {
		const struct column *column =
			pair_column(pairing->pair, side, cell);

		masked[cell] = is_hidden(pairing, column->name);
		if (!masked[cell] || column->masked)
			continue;
		plain[self->nplain] = cell;
		names[self->nplain++] = column->name;
	}
	self->masked = masked;
	self->plain = plain;
	self->plain_names = names;
	return 0;
}

static int choose_identity(struct pairing *pairing, int side)
{
	struct pair_side *self = &pairing->pair->sides[side];
	size_t ncommon = pairing->pair->ncommon;
	size_t *identity = new_positions(pairing, ncommon);
	size_t *shortened = new_positions(pairing, ncommon);

	if (!identity || !shortened)
		return pairing->err->code;
	for (size_t i = 0; i < ncommon; i++) {
		size_t cell = self->common[i];

		identity[i] = cell;
		if (!self->masked[cell])
			continue;
		identity[i] = self->ncolumns + self->nshortened;
		shortened[self->nshortened++] = cell;
	}
	self->identity = identity;
	self->shortened = shortened;
	return 0;
}

/* The id of the key of what a side holds as masks. */
static const char *id_of_masks(const struct table *table)
{
	return table->mask_key_id ? table->mask_key_id : "unknown";
}

static int refuse_masks(struct pairing *pairing, const char *column,
			const char *const ids[2])
{
	const char *held = ids[OLD] ? ids[OLD] : ids[NEW];
	const struct mask_key *key = pairing->rules->mask_key;
	bool has_id = key && *key->id;
	struct table_pair *pair = pairing->pair;

	if (ids[OLD] && ids[NEW]) {
		pair->reason = arena_format(
			pairing->arena,
			"column '%s' is masked under the key %s on one side "
			"and %s on the other",
			column, ids[OLD], ids[NEW]);
		pair->remedy = "write the older snapshot anew, under the key "
			       "of your team";
	} else {
		pair->reason = arena_format(
			pairing->arena,
			"column '%s' is masked under the key %s, and %s%s",
			column, held,
			has_id ? "d1.maskKey is the key "
			       : "there is no mask key here",
			has_id ? key->id : "");
		pair->remedy = arena_format(
			pairing->arena,
			"set d1.maskKey in git's configuration, or "
			"GIT_D1_MASK_KEY, to the key of your team, which has "
			"the id %s%s",
			held,
			pair_rules_match(pairing->rules->mask, column)
				? ""
				: "; or write the snapshot anew, because "
				  "maskColumns does not name the column now");
	}
	if (!pair->reason || !pair->remedy)
		return err_set_nomem(pairing->err);
	return 0;
}

/* Masks can only be compared with masks under the same key. */
static int check_mask_keys(struct pairing *pairing)
{
	const struct mask_key *key = pairing->rules->mask_key;
	const struct table_pair *pair = pairing->pair;

	for (size_t i = 0; i < pair->ncommon && !pair->reason; i++) {
		const char *ids[2] = { NULL, NULL };
		const char *name = NULL;
		bool fits;

		for (int side = OLD; side <= NEW; side++) {
			const struct pair_side *self = &pair->sides[side];
			const struct column *column;

			if (!self->table)
				return 0;
			column = pair_column(pair, side, self->common[i]);
			name = column->name;
			if (column->masked)
				ids[side] = id_of_masks(self->table);
		}
		if (!ids[OLD] && !ids[NEW])
			continue;
		if (ids[OLD] && ids[NEW])
			fits = strcmp(ids[OLD], ids[NEW]) == 0;
		else
			fits = key && strcmp(key->id, ids[OLD] ? ids[OLD]
							       : ids[NEW]) == 0;
		if (!fits && refuse_masks(pairing, name, ids) < 0)
			return pairing->err->code;
	}
	return 0;
}

/* Chooses the cells that are masked, and checks that they can be. */
static int place_masks(struct pairing *pairing)
{
	struct table_pair *pair = pairing->pair;

	pair->mask_key = pairing->rules->mask_key;
	for (int side = OLD; side <= NEW; side++) {
		const struct pair_side *self = &pair->sides[side];

		if (!self->table)
			continue;
		if (choose_masks(pairing, side) < 0 ||
		    choose_identity(pairing, side) < 0)
			return pairing->err->code;
		if (self->nplain > 0 &&
		    (!pair->mask_key || pair->mask_key->size == 0))
			pair->reason = "a column of it is masked, and there is "
				       "no mask key";
	}
	return check_mask_keys(pairing);
}

bool pair_cells_equal(const struct table_pair *pair,
		      const struct row *const rows[2], size_t i)
{
	size_t old_cell = pair->sides[OLD].common[i];
	size_t new_cell = pair->sides[NEW].common[i];
	const struct value *old_value = &rows[OLD]->cells[old_cell];
	const struct value *new_value = &rows[NEW]->cells[new_cell];

	return value_equal(old_value, new_value) ||
	       (pair->sides[OLD].masked[old_cell] &&
		mask_matches(old_value, new_value));
}

/* ---- label and time ---- */

static bool is_key_cell(const struct table_pair *pair, int side, size_t cell)
{
	for (size_t i = 0; i < pair->nkey; i++)
		if (pair->sides[side].key[i] == cell)
			return true;
	return false;
}

static size_t first_text_cell(const struct table_pair *pair, int side)
{
	const struct pair_side *self = &pair->sides[side];
	size_t cell = 0;

	while (cell < self->ncolumns &&
	       (pair_column(pair, side, cell)->affinity != AFFINITY_TEXT ||
		self->masked[cell] || is_key_cell(pair, side, cell)))
		cell++;
	return cell;
}

static void choose_context(struct pairing *pairing, int side)
{
	const struct pair_rules *rules = pairing->rules;
	struct pair_side *self = &pairing->pair->sides[side];
	const char *timestamp =
		rules->timestamp ? rules->timestamp : default_timestamp;

	if (!self->table)
		return;
	self->timestamp = find_cell(self, timestamp);
	self->label = rules->label ? find_cell(self, rules->label)
				   : first_text_cell(pairing->pair, side);
	if (self->label < self->ncolumns &&
	    (self->masked[self->label] ||
	     is_key_cell(pairing->pair, side, self->label)))
		self->label = self->ncolumns;
}

/* ---- the pair ---- */

/* True if the tables cannot be compared at all. Sets reason and derived. */
static bool refuse_kinds(struct pairing *pairing)
{
	const struct table *old_table = pairing->tables[OLD];
	const struct table *new_table = pairing->tables[NEW];
	const struct table *any = old_table ? old_table : new_table;
	struct table_pair *pair = pairing->pair;
	bool old_derived = !old_table || old_table->kind == TABLE_DERIVED;
	bool new_derived = !new_table || new_table->kind == TABLE_DERIVED;

	if (old_derived && new_derived) {
		pair->derived = true;
		pair->reason = any->reason;
	} else if (old_table && new_table && old_derived != new_derived) {
		pair->reason = "a table on one side only; on the other its "
			       "rows are derived";
	} else if (old_table && old_table->kind == TABLE_UNKNOWN) {
		pair->reason = old_table->reason;
	} else if (new_table && new_table->kind == TABLE_UNKNOWN) {
		pair->reason = new_table->reason;
	}
	return pair->reason != NULL;
}

int pair_tables(struct table_pair *pair, const struct table *old_table,
		const struct table *new_table, const struct pair_rules *rules,
		struct arena *arena, struct err *err)
{
	struct pairing pairing = {
		.pair = pair,
		.tables = { old_table, new_table },
		.rules = rules,
		.arena = arena,
		.err = err,
	};
	struct buf unreadable;

	memset(pair, 0, sizeof(*pair));
	pair->name = new_table ? new_table->name : old_table->name;
	pair->sides[OLD].table = old_table;
	pair->sides[NEW].table = new_table;
	if (refuse_kinds(&pairing))
		return 0;
	buf_init(&unreadable, 1 << 16);
	if (pairkey_choose(pairing.keys, pair, pairing.tables, rules, arena,
			   err) < 0 ||
	    pair->reason)
		goto out;
	if (choose_columns(&pairing, OLD, &unreadable) < 0 ||
	    choose_columns(&pairing, NEW, &unreadable) < 0 ||
	    match_columns(&pairing) < 0 || place_key(&pairing) < 0 ||
	    place_masks(&pairing) < 0)
		goto out;
	choose_context(&pairing, OLD);
	choose_context(&pairing, NEW);
	if (buf_check(&unreadable, "what is not compared", err) == 0 &&
	    unreadable.len) {
		pair->unreadable = arena_string(arena, unreadable.data);
		if (!pair->unreadable)
			err_set_nomem(err);
	}
out:
	buf_release(&unreadable);
	return err->code;
}

bool pair_has_column(const struct table_pair *pair, int side, const char *name)
{
	const struct pair_side *self = &pair->sides[side];
	const struct key *primary = table_primary_key(self->table);

	if (*name)
		return find_cell(self, name) < self->ncolumns;
	for (size_t i = 0; primary && i < primary->count; i++)
		if (find_cell(self,
			      self->table->columns[primary->columns[i]].name) ==
		    self->ncolumns)
			return false;
	return true;
}

const struct column *pair_column(const struct table_pair *pair, int side,
				 size_t cell)
{
	const struct pair_side *self = &pair->sides[side];

	return &self->table->columns[self->columns[cell]];
}

int pair_named_side(const struct table_pair *pair)
{
	return pair->sides[OLD].table ? OLD : NEW;
}
