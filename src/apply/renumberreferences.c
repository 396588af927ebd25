#include "config.h"

#include "apply/referring.h"
#include "apply/renumberrun.h"
#include "util/glob.h"

/* ---- tables ---- */

struct renumber_table *renumber_table(const struct renumber *self,
				      const char *name)
{
	for (size_t i = 0; i < self->ntables; i++)
		if (name_equal(self->tables[i].table->name, name))
			return &self->tables[i];
	return NULL;
}

/* Of a table that is not compared: all that can be written. */
static int lay_out(struct renumber *self, struct renumber_table *table,
		   struct err *err)
{
	const struct table *own = table->table;
	const struct key *key = own->nkeys > 0 ? &own->keys[0] : NULL;
	size_t nkey = key ? key->count : 0;
	struct changed_table *layout = &table->layout;
	const char **columns =
		arena_array(&self->arena, own->ncolumns + 1, sizeof(*columns));
	size_t *cells = arena_array(&self->arena, nkey + 1, sizeof(*cells));

	if (!columns || !cells)
		return err_set_nomem(err);
	layout->name = own->name;
	for (size_t i = 0; i < own->ncolumns; i++)
		if (!own->columns[i].generated)
			columns[layout->ncolumns++] = own->columns[i].name;
	layout->columns = columns;
	layout->label = layout->ncolumns;
	for (size_t i = 0; i < nkey; i++) {
		cells[i] =
			changed_table_cell(layout,
					   own->columns[key->columns[i]].name);
		if (cells[i] == layout->ncolumns)
			return 0; /* a generated one: as if there were no key */
	}
	layout->key = cells;
	layout->collations = key ? key->collations : NULL;
	layout->nkey = nkey;
	return 0;
}

static int list_tables(struct renumber *self, struct err *err)
{
	const struct schema *schema = self->asked.sources[NEW]->schema;
	size_t count = schema->ntables + 1;

	self->tables = arena_array(&self->arena, count, sizeof(*self->tables));
	self->order = arena_array(&self->arena, count, sizeof(*self->order));
	if (!self->tables || !self->order)
		return err_set_nomem(err);
	for (size_t i = 0; i < schema->ntables; i++) {
		self->tables[i].table = &schema->tables[i];
		self->tables[i].place = SIZE_MAX;
	}
	self->ntables = schema->ntables;
	for (size_t i = 0; i < changes_tables(self->differences); i++) {
		const struct changed_table *changed =
			changes_table(self->differences, i);
		struct renumber_table *table =
			renumber_table(self, changed->name);

		if (!table)
			continue;
		table->place = i;
		table->layout = *changed;
	}
	for (size_t i = 0; i < self->ntables; i++)
		if (self->tables[i].place == SIZE_MAX &&
		    lay_out(self, &self->tables[i], err) < 0)
			return err->code;
	return 0;
}

int renumber_open_states(struct renumber *self, struct renumber_table *table,
			 struct err *err)
{
	if (table->states || table->layout.nkey == 0)
		return 0;
	if (row_states_open(&table->states, &table->layout, err) == 0 &&
	    table->place != SIZE_MAX)
		(void)!row_states_load(table->states, self->differences,
				       table->place, err);
	return err->code;
}

/* ---- foreign keys ---- */

static bool has_columns(const struct table *table, const char *const *names,
			size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!names[i] ||
		    table_column(table, names[i]) == table->ncolumns)
			return false;
	return true;
}

static bool is_alike(const struct target_reference *a,
		     const struct target_reference *b)
{
	if (a->ncolumns != b->ncolumns ||
	    !name_equal(a->child->table->name, b->child->table->name) ||
	    !name_equal(a->parent->table->name, b->parent->table->name))
		return false;
	for (size_t i = 0; i < a->ncolumns; i++)
		if (!name_equal(a->from[i], b->from[i]) ||
		    !name_equal(a->to[i], b->to[i]))
			return false;
	return true;
}

/* What the other side alone declares holds here, too: rows will go there. */
static void add_references(struct renumber *self, const struct target *target)
{
	for (const struct target_reference *it = target->references; it;
	     it = it->next) {
		const struct renumber_table *child, *parent;
		bool known = false;

		if (!it->parent || it->ncolumns > REFERRING_MAX_COLUMNS)
			continue;
		child = renumber_table(self, it->child->table->name);
		parent = renumber_table(self, it->parent->table->name);
		if (!child || !parent ||
		    !has_columns(child->table, it->from, it->ncolumns) ||
		    !has_columns(parent->table, it->to, it->ncolumns))
			continue;
		for (size_t i = 0; i < self->nreferences; i++)
			known = known || is_alike(self->references[i], it);
		if (!known)
			self->references[self->nreferences++] = it;
	}
}

/* After those that it refers to; in a circle somewhere. */
static void order_table(struct renumber *self, struct renumber_table *table,
			size_t *count)
{
	if (table->ordered)
		return;
	table->ordered = true;
	for (size_t i = 0; i < self->nreferences; i++)
		if (name_equal(self->references[i]->child->table->name,
			       table->table->name))
			order_table(self,
				    renumber_table(self, self->references[i]
								 ->parent->table
								 ->name),
				    count);
	self->order[(*count)++] = table;
}

int renumber_read_references(struct renumber *self, struct err *err)
{
	size_t most = 1;
	size_t count = 0;

	if (list_tables(self, err) < 0)
		return err->code;
	for (int side = OLD; side <= NEW; side++) {
		if (target_read(&self->targets[side], self->asked.sources[side],
				err) < 0)
			return err->code;
		for (const struct target_reference *it =
			     self->targets[side].references;
		     it; it = it->next)
			most++;
	}
	self->references =
		arena_array(&self->arena, most, sizeof(*self->references));
	self->referring =
		arena_array(&self->arena, most, sizeof(*self->referring));
	if (!self->references || !self->referring)
		return err_set_nomem(err);
	add_references(self, &self->targets[NEW]);
	add_references(self, &self->targets[OLD]);
	for (size_t i = 0; i < self->ntables; i++)
		order_table(self, &self->tables[i], &count);
	return 0;
}
