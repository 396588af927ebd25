#include "config.h"

#include "diff/pairkey.h"

#include <strings.h>

#include "util/buf.h"

/* What choosing works with. */
struct choice {
	struct key *keys;
	struct table_pair *pair;
	const struct table *const *tables;
	const struct pair_rules *rules;
	struct arena *arena;
	struct err *err;
};

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

/*
 * Why the side cannot read the key, or NULL. *name is the column that it is
 * about.
 */
static const char *missing_in_key(const struct table *table,
				  const struct key *key, const char **name)
{
	for (size_t i = 0; i < key->count; i++) {
		const struct column *column = &table->columns[key->columns[i]];

		*name = column->name;
		if (column->unreadable)
			return column->unreadable;
		if (column->absent)
			return "its values are derived, and not held here";
	}
	return NULL;
}

static bool is_held(const struct table *table, const struct key *key)
{
	const char *name;

	return missing_in_key(table, key, &name) == NULL;
}

static void choose_shared_key(struct choice *choice)
{
	const struct table *old_table = choice->tables[OLD];
	const struct table *new_table = choice->tables[NEW];
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
		if (is_held(old_table, key) && is_held(new_table, other) &&
		    (!best || compare_keys(key, best) < 0))
			best = key;
	}
	if (!best)
		return;
	choice->keys[OLD] = *best;
	choice->keys[NEW] = *find_same_key(old_table, best, new_table);
}

/*
 * A column of the named key that only the other side has, as with a migration
 * that one side waits for: nothing to compare by yet.
 */
static bool lacks_column(struct choice *choice, int side, const char *name)
{
	const struct table *other = choice->tables[!side];

	if (!other || table_column(other, name) == other->ncolumns)
		return false;
	choice->pair->reason =
		arena_format(choice->arena,
			     "only one side has the key column '%s'", name);
	choice->pair->remedy = "migrate the other side, or change "
			       "table.<name>.key in .d1config";
	return choice->pair->reason != NULL;
}

/* The key that the user's rules name, on one side. */
static int choose_named_key(struct choice *choice, int side)
{
	const struct table *table = choice->tables[side];
	const char *const *names = choice->rules->key;
	struct key *key = &choice->keys[side];
	enum collation *collations;
	size_t *columns;
	size_t count = 0;

	while (names[count])
		count++;
	columns = arena_array(choice->arena, count, sizeof(*columns));
	collations = arena_array(choice->arena, count, sizeof(*collations));
	if (!columns || !collations)
		return err_set_nomem(choice->err);
	for (size_t i = 0; i < count; i++) {
		columns[i] = table_column(table, names[i]);
		for (size_t j = 0; j < i; j++)
			if (columns[j] == columns[i])
				return err_set(choice->err, D1_EUSAGE,
					       "table.%s.key names the column "
					       "'%s' twice",
					       table->name, names[i]);
		if (columns[i] == table->ncolumns &&
		    lacks_column(choice, side, names[i]))
			return 0;
		if (columns[i] == table->ncolumns) {
			err_set(choice->err, D1_EUSAGE,
				"table.%s.key names "
				"the column '%s', which the table does not "
				"have",
				table->name, names[i]);
			return err_hint(choice->err, "mend it in .d1config");
		}
		if (!table->columns[columns[i]].not_null)
			key->nullable = true;
	}
	table_key_collations(table, columns, count, collations);
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

static int refuse_keys(struct choice *choice)
{
	struct table_pair *pair = choice->pair;
	struct buf reason;

	buf_init(&reason, 1 << 16);
	buf_add_string(&reason, "the sides disagree on the key: ");
	describe_key(&reason, choice->tables[OLD]);
	buf_add_string(&reason, " against ");
	describe_key(&reason, choice->tables[NEW]);
	pair->reason = buf_check(&reason, "a reason", choice->err) < 0
			       ? NULL
			       : arena_string(choice->arena, reason.data);
	pair->remedy = arena_format(choice->arena,
				    "make the schemas alike, or name columns "
				    "that identify a row on both: git config "
				    "-f .d1config 'table.%s.key' COLUMN[,...]",
				    pair->name);
	buf_release(&reason);
	if (!pair->reason || !pair->remedy)
		return err_set_nomem(choice->err);
	return 0;
}

/* A table that one side has alone. */
static void choose_own_key(struct choice *choice, int side)
{
	const struct table *table = choice->tables[side];
	const struct key *best = table_primary_key(table);

	for (size_t i = 0; i < table->nkeys; i++) {
		const struct key *key = &table->keys[i];

		if (best && best->primary)
			break;
		if (is_held(table, key) &&
		    (!best || compare_keys(key, best) < 0))
			best = key;
	}
	if (best)
		choice->keys[side] = *best;
}

static int choose_key(struct choice *choice)
{
	const struct table *const *tables = choice->tables;

	if (choice->rules->key && choice->rules->key[0]) {
		choice->pair->natural = true;
		for (int side = OLD; side <= NEW; side++)
			if (tables[side] && choose_named_key(choice, side) < 0)
				return choice->err->code;
	} else if (!tables[OLD] || !tables[NEW]) {
		choose_own_key(choice, tables[OLD] ? OLD : NEW);
	} else {
		choose_shared_key(choice);
		if (choice->keys[OLD].count == 0 &&
		    (table_primary_key(tables[OLD]) ||
		     table_primary_key(tables[NEW])))
			return refuse_keys(choice);
	}
	return 0;
}

/* A key that were masked or ignored would still be shown: nothing is. */
static int refuse_hidden_key(struct choice *choice, int side)
{
	const struct table *table = choice->tables[side];
	const struct key *key = &choice->keys[side];
	struct table_pair *pair = choice->pair;

	for (size_t i = 0; table && i < key->count; i++) {
		const struct column *column = &table->columns[key->columns[i]];

		if (!column->masked &&
		    !pair_rules_match(choice->rules->mask, column->name) &&
		    !pair_rules_match(choice->rules->ignore, column->name))
			continue;
		pair->reason = arena_format(choice->arena,
					    "its key column '%s' is masked or "
					    "ignored, which a key cannot be",
					    column->name);
		pair->remedy = "choose another key, exclude the table, or "
			       "leave the column out of maskColumns and "
			       "ignoreColumns";
		if (!pair->reason)
			return err_set_nomem(choice->err);
	}
	return 0;
}

static int refuse_missing_key(struct choice *choice, int side)
{
	const struct table *table = choice->tables[side];
	struct table_pair *pair = choice->pair;
	const char *name = NULL;
	const char *reason =
		table ? missing_in_key(table, &choice->keys[side], &name)
		      : NULL;

	if (!reason || pair->reason)
		return 0;
	pair->reason = arena_format(choice->arena, "its key column '%s': %s",
				    name, reason);
	return pair->reason ? 0 : err_set_nomem(choice->err);
}

int pairkey_choose(struct key keys[2], struct table_pair *pair,
		   const struct table *const tables[2],
		   const struct pair_rules *rules, struct arena *arena,
		   struct err *err)
{
	struct choice choice = {
		.keys = keys,
		.pair = pair,
		.tables = tables,
		.rules = rules,
		.arena = arena,
		.err = err,
	};

	if (choose_key(&choice) < 0 || pair->reason)
		return err->code;
	for (int side = OLD; side <= NEW; side++)
		if (refuse_hidden_key(&choice, side) < 0 ||
		    refuse_missing_key(&choice, side) < 0)
			return err->code;
	return 0;
}

bool pairkey_has_column(const struct key *key, size_t column)
{
	for (size_t i = 0; i < key->count; i++)
		if (key->columns[i] == column)
			return true;
	return false;
}
