#include "config.h"

#include "diff/pair.h"

#include <fnmatch.h>
#include <string.h>
#include <strings.h>

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

/* ---- key ---- */

/*
 * The place in `b` of column `i` of key `a`, under the same collation, or
 * b->count.
 */
static size_t find_in_key(const struct table *a_table, const struct key *a,
			  size_t i, const struct table *b_table,
			  const struct key *b)
{
	const char *name = a_table->columns[a->columns[i]].name;
	size_t at = 0;

	while (at < b->count &&
	       (a->collations[i] != b->collations[at] ||
		strcasecmp(name, b_table->columns[b->columns[at]].name) != 0))
		at++;
	return at;
}

static bool same_key(const struct table *a_table, const struct key *a,
		     const struct table *b_table, const struct key *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (find_in_key(a_table, a, i, b_table, b) == b->count)
			return false;
	return true;
}

/* Negative if key `a` of the same table goes before `b`. */
static int compare_keys(const struct key *a, const struct key *b)
{
	if (a->count != b->count)
		return a->count < b->count ? -1 : 1;
	for (size_t i = 0; i < a->count; i++)
		if (a->columns[i] != b->columns[i])
			return a->columns[i] < b->columns[i] ? -1 : 1;
	return 0;
}

static const struct key *find_same_key(const struct table *a_table,
				       const struct key *a,
				       const struct table *b_table)
{
	for (size_t i = 0; i < b_table->nkeys; i++)
		if (same_key(a_table, a, b_table, &b_table->keys[i]))
			return &b_table->keys[i];
	return NULL;
}

static void choose_shared_key(struct pairing *pairing)
{
	const struct table *old_table = pairing->tables[OLD];
	const struct table *new_table = pairing->tables[NEW];
	const struct key *best = NULL;

	for (size_t i = 0; i < old_table->nkeys; i++) {
		const struct key *key = &old_table->keys[i];
		const struct key *other =
			find_same_key(old_table, key, new_table);

		if (!other)
			continue;
		if (key->primary && other->primary) {
			best = key;
			break;
		}
		if (!best || compare_keys(key, best) < 0)
			best = key;
	}
	if (!best)
		return;
	pairing->keys[OLD] = *best;
	pairing->keys[NEW] = *find_same_key(old_table, best, new_table);
}

/* The collation that the side's own index gives the column, else BINARY. */
static enum collation own_collation(const struct table *table, size_t column)
{
	for (size_t i = 0; i < table->nkeys; i++)
		if (table->keys[i].count == 1 &&
		    table->keys[i].columns[0] == column)
			return table->keys[i].collations[0];
	return COLLATION_BINARY;
}

/*
 * A column of the named key that only the other side has, as with a migration
 * that one side waits for: nothing to compare by yet.
 */
static bool lacks_column(struct pairing *pairing, int side, const char *name)
{
	const struct table *other = pairing->tables[!side];

	if (!other || table_column(other, name) == other->ncolumns)
		return false;
	pairing->pair->reason =
		arena_format(pairing->arena,
			     "only one side has the key column '%s'", name);
	pairing->pair->remedy = "migrate the other side, or change "
				"table.<name>.key in .d1config";
	return pairing->pair->reason != NULL;
}

/* The key that the user's rules name, on one side. */
static int choose_named_key(struct pairing *pairing, int side)
{
	const struct table *table = pairing->tables[side];
	const char *const *names = pairing->rules->key;
	struct key *key = &pairing->keys[side];
	enum collation *collations;
	size_t *columns;
	size_t count = 0;

	while (names[count])
		count++;
	columns = new_positions(pairing, count);
	collations = arena_array(pairing->arena, count, sizeof(*collations));
	if (!columns || !collations)
		return err_set_nomem(pairing->err);
	for (size_t i = 0; i < count; i++) {
		columns[i] = table_column(table, names[i]);
		for (size_t j = 0; j < i; j++)
			if (columns[j] == columns[i])
				return err_set(pairing->err, D1_EUSAGE,
					       "table.%s.key names the column "
					       "'%s' twice",
					       table->name, names[i]);
		if (columns[i] == table->ncolumns &&
		    lacks_column(pairing, side, names[i]))
			return 0;
		if (columns[i] == table->ncolumns) {
			err_set(pairing->err, D1_EUSAGE,
				"table.%s.key names "
				"the column '%s', which the table does not "
				"have",
				table->name, names[i]);
			return err_hint(pairing->err, "mend it in .d1config");
		}
		collations[i] = own_collation(table, columns[i]);
		if (!table->columns[columns[i]].not_null)
			key->nullable = true;
	}
	key->columns = columns;
	key->collations = collations;
	key->count = count;
	return 0;
}

static void describe_key(struct buf *out, const struct table *table)
{
	const struct key *key = table_primary_key(table);

	if (!key) {
		buf_add_string(out, "none");
		return;
	}
	for (size_t i = 0; i < key->count; i++) {
		buf_add_format(out, "%s%s", i > 0 ? ", " : "",
			       table->columns[key->columns[i]].name);
		if (key->collations[i] != COLLATION_BINARY)
			buf_add_format(out, " %s",
				       collation_name(key->collations[i]));
	}
}

static int refuse_keys(struct pairing *pairing)
{
	struct table_pair *pair = pairing->pair;
	struct buf reason;

	buf_init(&reason, 1 << 16);
	buf_add_string(&reason, "the sides disagree on the key: ");
	describe_key(&reason, pairing->tables[OLD]);
	buf_add_string(&reason, " against ");
	describe_key(&reason, pairing->tables[NEW]);
	pair->reason = buf_check(&reason, "a reason", pairing->err) < 0
			       ? NULL
			       : arena_string(pairing->arena, reason.data);
	pair->remedy = arena_format(pairing->arena,
				    "make the schemas alike, or name columns "
				    "that identify a row on both: git config "
				    "-f .d1config 'table.%s.key' COLUMN[,...]",
				    pair->name);
	buf_release(&reason);
	if (!pair->reason || !pair->remedy)
		return err_set_nomem(pairing->err);
	return 0;
}

static int choose_key(struct pairing *pairing)
{
	const struct table **tables = pairing->tables;
	int one = tables[OLD] ? OLD : NEW;

	if (pairing->rules->key && pairing->rules->key[0]) {
		pairing->pair->natural = true;
		for (int side = OLD; side <= NEW; side++)
			if (tables[side] && choose_named_key(pairing, side) < 0)
				return pairing->err->code;
	} else if (!tables[OLD] || !tables[NEW]) {
		const struct key *best = NULL;

		for (size_t i = 0; i < tables[one]->nkeys; i++) {
			const struct key *key = &tables[one]->keys[i];

			if (!best || compare_keys(key, best) < 0)
				best = key;
			if (key->primary) {
				best = key;
				break;
			}
		}
		if (best)
			pairing->keys[one] = *best;
	} else {
		choose_shared_key(pairing);
		if (pairing->keys[OLD].count == 0 &&
		    (table_primary_key(tables[OLD]) ||
		     table_primary_key(tables[NEW])))
			return refuse_keys(pairing);
	}
	return 0;
}

/* ---- columns ---- */

static bool is_key_column(const struct key *key, size_t column)
{
	for (size_t i = 0; i < key->count; i++)
		if (key->columns[i] == column)
			return true;
	return false;
}

static bool matches(const char *const *globs, const char *name)
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

static const char *unreadable_on(const struct table *table, const char *name)
{
	size_t column = table ? table_column(table, name) : 0;

	return table && column < table->ncolumns
		       ? table->columns[column].unreadable
		       : NULL;
}

/* True if the cell is to be read; notes what cannot be. */
static bool is_wanted(struct pairing *pairing, int side, size_t column,
		      struct buf *unreadable)
{
	const struct table *table = pairing->tables[side];
	const char *name = table->columns[column].name;
	const char *reason = unreadable_on(table, name);

	if (is_key_column(&pairing->keys[side], column))
		return true;
	if (matches(pairing->rules->ignore, name) ||
	    is_replaced(pairing, side, column))
		return false;
	if (!reason)
		reason = unreadable_on(pairing->tables[!side], name);
	if (matches(pairing->rules->mask, name))
		reason = "it is masked";
	if (!reason)
		return true;
	if (side == NEW || !pairing->tables[NEW] ||
	    table_column(pairing->tables[NEW], name) ==
		    pairing->tables[NEW]->ncolumns)
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

/* A key that were masked or ignored would still be shown: nothing is. */
static int refuse_hidden_key(struct pairing *pairing, int side)
{
	const struct table *table = pairing->tables[side];
	const struct key *key = &pairing->keys[side];
	struct table_pair *pair = pairing->pair;

	for (size_t i = 0; table && i < key->count; i++) {
		const char *name = table->columns[key->columns[i]].name;

		if (!matches(pairing->rules->mask, name) &&
		    !matches(pairing->rules->ignore, name))
			continue;
		pair->reason = arena_format(pairing->arena,
					    "its key column '%s' is masked or "
					    "ignored, which a key cannot be",
					    name);
		pair->remedy = "choose another key, exclude the table, or "
			       "leave the column out of maskColumns and "
			       "ignoreColumns";
		if (!pair->reason)
			return err_set_nomem(pairing->err);
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
		is_key_cell(pair, side, cell)))
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
	    is_key_cell(pairing->pair, side, self->label))
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
	if (choose_key(&pairing) < 0 || pair->reason)
		goto out;
	if (refuse_hidden_key(&pairing, OLD) < 0 ||
	    refuse_hidden_key(&pairing, NEW) < 0 || pair->reason)
		goto out;
	if (choose_columns(&pairing, OLD, &unreadable) < 0 ||
	    choose_columns(&pairing, NEW, &unreadable) < 0 ||
	    match_columns(&pairing) < 0 || place_key(&pairing) < 0)
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
