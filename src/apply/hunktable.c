#include "config.h"

#include "apply/hunktable.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "apply/defaults.h"
#include "apply/hunkcopy.h"
#include "model/literal.h"
#include "util/buf.h"
#include "util/glob.h"

/* ---- which table ---- */

static int find_table(struct hunk_table *self, const struct source *source,
		      const char *label, struct err *err)
{
	const struct patch_table *patch = self->patch;

	self->table = schema_table(source->schema, patch->name);
	if (!self->table) {
		err_set(err, D1_EREFUSED, "%s has no table '%s'", label,
			patch->name);
		return err_hint(err, "a patch holds rows: tables are made by "
				     "migrations");
	}
	if (self->table->kind != TABLE_PLAIN &&
	    self->table->kind != TABLE_VIRTUAL)
		return err_set(err, D1_EREFUSED,
			       "'%s' is no table of %s whose rows can be "
			       "written",
			       patch->name, label);
	if (self->table->reason)
		return err_set(err, D1_EREFUSED,
			       "table '%s' of %s cannot be read: %s",
			       patch->name, label, self->table->reason);
	return 0;
}

/* ---- its columns ---- */

/*
 * A surrogate id in whose place the user named a natural key, as
 * pair_tables() leaves it out: the patch lacks it then.
 */
static bool is_replaced(const struct hunk_table *self,
			const struct pair_rules *rules, size_t column)
{
	const struct key *primary = table_primary_key(self->table);

	if (!rules->key || self->patch->nkey == 0 || !primary ||
	    primary->count != 1 || primary->columns[0] != column)
		return false;
	for (size_t i = 0; i < self->patch->nkey; i++)
		if (name_equal(self->patch->key[i],
			       self->table->columns[column].name))
			return false;
	return true;
}

static int choose_columns(struct hunk_table *self,
			  const struct pair_rules *rules, struct err *err)
{
	const struct table *table = self->table;
	size_t *columns = arena_array(&self->arena, table->ncolumns + 1,
				      sizeof(*columns));
	const char **names =
		arena_array(&self->arena, table->ncolumns + 1, sizeof(*names));
	enum column_use *uses =
		arena_array(&self->arena, table->ncolumns + 1, sizeof(*uses));
	size_t count = 0;

	self->uses = arena_array(&self->arena, table->ncolumns + 1,
				 sizeof(*self->uses));
	if (!columns || !names || !uses || !self->uses)
		return err_set_nomem(err);
	for (size_t i = 0; i < table->ncolumns; i++) {
		const struct column *column = &table->columns[i];

		if (column->absent) {
			self->uses[i] = HUNK_COLUMN_GENERATED;
			continue;
		}
		if (column->unreadable || column->masked ||
		    is_replaced(self, rules, i) ||
		    pair_rules_match(rules->ignore, column->name) ||
		    pair_rules_match(rules->mask, column->name)) {
			self->uses[i] = HUNK_COLUMN_LEFT;
			continue;
		}
		self->uses[i] = column->generated ? HUNK_COLUMN_GENERATED
						  : HUNK_COLUMN_WRITTEN;
		uses[count] =
			column->generated ? COLUMN_GENERATED : COLUMN_WRITTEN;
		names[count] = column->name;
		columns[count++] = i;
	}
	self->scan.table = table;
	self->scan.columns = columns;
	self->scan.ncolumns = count;
	self->changed.name = table->name;
	self->changed.columns = names;
	self->changed.uses = uses;
	self->changed.ncolumns = count;
	self->changed.label = count;
	return 0;
}

static int compare_columns(const void *a, const void *b, void *table)
{
	const struct column *columns = ((const struct table *)table)->columns;

	return strcasecmp(columns[*(const size_t *)a].name,
			  columns[*(const size_t *)b].name);
}

/* Each cell of each hunk is looked up, and a table can be wide. */
static int sort_names(struct hunk_table *self, struct err *err)
{
	size_t count = self->table->ncolumns;
	size_t *by_name =
		arena_array(&self->arena, count + 1, sizeof(*by_name));

	self->cells =
		arena_array(&self->arena, count + 1, sizeof(*self->cells));
	if (!by_name || !self->cells)
		return err_set_nomem(err);
	for (size_t i = 0; i < count; i++) {
		by_name[i] = i;
		self->cells[i] = self->scan.ncolumns;
	}
	for (size_t i = 0; i < self->scan.ncolumns; i++)
		self->cells[self->scan.columns[i]] = i;
	qsort_r(by_name, count, sizeof(*by_name), compare_columns,
		(void *)self->table);
	self->by_name = by_name;
	return 0;
}

/* The column of that name, or the number of columns. */
static size_t find_column(const struct hunk_table *self, const char *name)
{
	size_t from = 0, upto = self->table->ncolumns;

	while (from < upto) {
		size_t middle = from + (upto - from) / 2;
		size_t column = self->by_name[middle];
		int order = strcasecmp(name, self->table->columns[column].name);

		if (order == 0)
			return column;
		if (order < 0)
			upto = middle;
		else
			from = middle + 1;
	}
	return self->table->ncolumns;
}

int hunk_table_cell(const struct hunk_table *self, const char *name,
		    size_t *cell, struct err *err)
{
	size_t column = find_column(self, name);

	*cell = self->scan.ncolumns;
	if (column == self->table->ncolumns) {
		err_set(err, D1_EREFUSED, "table '%s' has no column '%s'",
			self->table->name, name);
		return err_hint(err, "a patch holds rows: columns are made by "
				     "migrations");
	}
	*cell = self->cells[column];
	return 0;
}

/* ---- its key ---- */

/* True if an index keeps two rows from having the same key. */
static bool has_index(const struct hunk_table *self)
{
	for (size_t k = 0; k < self->table->nkeys; k++) {
		const struct key *key = &self->table->keys[k];
		size_t found = 0;

		if (key->count != self->scan.nkey)
			continue;
		for (size_t i = 0; i < self->scan.nkey; i++)
			for (size_t c = 0; c < key->count; c++)
				if (key->columns[c] ==
				    self->scan.columns[self->scan.key[i]])
					found++;
		if (found == key->count)
			return true;
	}
	return false;
}

static int check_key(struct hunk_table *self, struct source *source,
		     const char *label, struct err *err)
{
	struct buf key;

	self->is_enforced = self->scan.nkey > 0 && has_index(self);
	if (self->scan.nkey == 0 || self->is_enforced)
		return 0;
	buf_init(&key, 4096);
	if (source_find_duplicate(source, &self->scan, &key, err) == 0 &&
	    key.len > 0) {
		err_set(err, D1_EREFUSED,
			"two rows of table '%s' of %s have the key of the "
			"patch: %s",
			self->table->name, label, key.data);
		err_hint(err, "name columns that identify a row in .d1config "
			      "(table.<name>.key), and make the patch again");
	}
	buf_release(&key);
	return err->code;
}

/* The places of the patch's key among the cells, and its collations. */
static int choose_key(struct hunk_table *self, struct err *err)
{
	const struct patch_table *patch = self->patch;
	size_t *key = arena_array(&self->arena, patch->nkey + 1, sizeof(*key));
	size_t *columns =
		arena_array(&self->arena, patch->nkey + 1, sizeof(*columns));
	enum collation *collations =
		arena_array(&self->arena, patch->nkey + 1, sizeof(*collations));
	size_t *identity = arena_array(&self->arena, self->scan.ncolumns + 1,
				       sizeof(*identity));

	if (!key || !columns || !collations || !identity)
		return err_set_nomem(err);
	for (size_t i = 0; i < patch->nkey; i++) {
		if (hunk_table_cell(self, patch->key[i], &key[i], err) < 0)
			return err->code;
		if (key[i] == self->scan.ncolumns)
			return err_set(err, D1_EREFUSED,
				       "column '%s' of table '%s' is masked, "
				       "ignored or cannot be read, and the "
				       "patch finds rows by it",
				       patch->key[i], self->table->name);
		columns[i] = self->scan.columns[key[i]];
		if (!self->table->columns[columns[i]].not_null)
			self->scan.nullable = true;
	}
	for (size_t i = 0; i < self->scan.ncolumns; i++)
		if (self->changed.uses[i] == COLUMN_WRITTEN)
			identity[self->scan.nidentity++] = i;
	table_key_collations(self->table, columns, patch->nkey, collations);
	self->scan.rows = SCAN_KEYED;
	self->scan.key = key;
	self->scan.collations = collations;
	self->scan.nkey = patch->nkey;
	self->scan.identity = identity;
	self->changed.key = key;
	self->changed.collations = collations;
	self->changed.nkey = patch->nkey;
	return 0;
}

/* The cell that names rows to people, as pair_tables() chooses it. */
static void choose_label(struct hunk_table *self,
			 const struct pair_rules *rules)
{
	for (size_t i = 0; i < self->scan.ncolumns; i++) {
		const struct column *column =
			&self->table->columns[self->scan.columns[i]];
		bool fits = rules->label
				    ? name_equal(column->name, rules->label)
				    : column->affinity == AFFINITY_TEXT;

		for (size_t k = 0; fits && k < self->scan.nkey; k++)
			fits = self->scan.key[k] != i;
		if (!fits)
			continue;
		self->changed.label = i;
		return;
	}
}

/* ---- defaults ---- */

static int take_default(void *context, const char *name,
			const struct value *value, struct err *err)
{
	struct hunk_table *self = context;
	size_t cell;

	if (hunk_table_cell(self, name, &cell, err) < 0)
		return err->code;
	if (cell < self->scan.ncolumns)
		self->defaults[cell] = value;
	return 0;
}

static int read_defaults(struct hunk_table *self, struct err *err)
{
	self->defaults = arena_array(&self->arena, self->scan.ncolumns + 1,
				     sizeof(struct value *));
	if (!self->defaults)
		return err_set_nomem(err);
	return source_defaults(self->source, self->table->name, &self->arena,
			       take_default, self, err);
}

int hunk_table_default(struct hunk_table *self, size_t cell,
		       const struct value **value, struct err *err)
{
	const struct column *column =
		&self->table->columns[self->scan.columns[cell]];

	if (!self->defaults && read_defaults(self, err) < 0)
		return err->code;
	*value = self->defaults[cell];
	if (*value && ((*value)->type != VALUE_NULL || !column->not_null))
		return 0;
	return err_set(err, D1_EREFUSED,
		       "the patch lacks column '%s' of table '%s', which has "
		       "no default that could stand in",
		       column->name, self->table->name);
}

int hunk_table_find(struct hunk_table *self, const struct patch_table *patch,
		    struct source *source, const char *label,
		    const struct pair_rules *rules, struct err *err)
{
	memset(self, 0, sizeof(*self));
	self->source = source;
	self->patch = hunk_copy_table(&self->arena, patch);
	if (!self->patch)
		return err_set_nomem(err);
	if (find_table(self, source, label, err) < 0 ||
	    choose_columns(self, rules, err) < 0 || sort_names(self, err) < 0 ||
	    choose_key(self, err) < 0)
		return err->code;
	choose_label(self, rules);
	return check_key(self, source, label, err);
}

void hunk_table_release(struct hunk_table *self)
{
	arena_release(&self->arena);
}
