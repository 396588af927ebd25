#include "config.h"

#include "apply/replay.h"

#include <stdlib.h>
#include <string.h>

#include "util/arena.h"

/* One table while it is told. */
struct replay {
	struct change_sink *sink;
	unsigned flags;
	int answer; /* the sink's last */
	struct arena arena;
	struct table table;
	struct table_pair pair;
	struct table_counts counts;
	size_t *map; /* where the cells of a row that is told are in a list's */
	struct value *cells[2];
};

static bool is_key(const struct changed_table *changed, size_t cell)
{
	for (size_t i = 0; i < changed->nkey; i++)
		if (changed->key[i] == cell)
			return true;
	return false;
}

static int make_table(struct replay *self, const struct changed_table *changed,
		      struct err *err)
{
	struct column *columns =
		arena_array(&self->arena, changed->ncolumns + 1,
			    sizeof(*columns));
	size_t count = 0;

	self->map = arena_array(&self->arena, changed->ncolumns + 1,
				sizeof(*self->map));
	if (!columns || !self->map)
		return err_set_nomem(err);
	for (size_t i = 0; i < changed->ncolumns; i++) {
		bool generated =
			changed->uses && changed->uses[i] == COLUMN_GENERATED;

		if (generated && (self->flags & REPLAY_WRITTEN) &&
		    !is_key(changed, i))
			continue;
		columns[count].name = changed->columns[i];
		columns[count].type = "";
		columns[count].generated = generated;
		columns[count].masked =
			changed->uses && changed->uses[i] == COLUMN_INSERTED;
		self->map[count++] = i;
	}
	self->table.name = changed->name;
	self->table.kind = TABLE_PLAIN;
	self->table.columns = columns;
	self->table.ncolumns = count;
	return 0;
}

/* Where the cell of a list is in a row that is told; ncolumns: nowhere. */
static size_t told_cell(const struct replay *self, size_t cell)
{
	size_t place = 0;

	while (place < self->table.ncolumns && self->map[place] != cell)
		place++;
	return place;
}

/* Both sides have the columns that are told, and no others. */
static int make_pair(struct replay *self, const struct changed_table *changed,
		     struct err *err)
{
	size_t count = self->table.ncolumns;
	size_t *cells = arena_array(&self->arena, count + 1, sizeof(*cells));
	size_t *key =
		arena_array(&self->arena, changed->nkey + 1, sizeof(*key));
	bool *masked = arena_array(&self->arena, count + 1, sizeof(*masked));

	if (!cells || !key || !masked)
		return err_set_nomem(err);
	for (size_t i = 0; i < count; i++) {
		cells[i] = i;
		masked[i] = self->table.columns[i].masked;
	}
	for (size_t i = 0; i < changed->nkey; i++)
		key[i] = told_cell(self, changed->key[i]);
	self->pair = (struct table_pair){ .name = changed->name,
					  .collations = changed->collations,
					  .nkey = changed->nkey,
					  .ncommon = count };
	for (int side = OLD; side <= NEW; side++) {
		self->pair.sides[side] =
			(struct pair_side){ .table = &self->table,
					    .columns = cells,
					    .ncolumns = count,
					    .key = key,
					    .common = cells,
					    .timestamp = count,
					    .label = told_cell(self,
							       changed->label),
					    .masked = masked,
					    .identity = cells };
		self->cells[side] = arena_array(&self->arena, count + 1,
						sizeof(struct value));
		if (!self->cells[side])
			return err_set_nomem(err);
	}
	return 0;
}

/* The row in the cells of the table that is told. */
static const struct row *mapped(struct replay *self, int side,
				const struct row *row, struct row *copy)
{
	if (!row)
		return NULL;
	for (size_t i = 0; i < self->table.ncolumns; i++)
		self->cells[side][i] = row->cells[self->map[i]];
	copy->cells = self->cells[side];
	copy->ncells = self->table.ncolumns;
	return copy;
}

static int tell(void *context, const struct row_change *kept, struct err *err)
{
	static const enum change_op inverse[] = {
		[CHANGE_INSERT] = CHANGE_DELETE,
		[CHANGE_DELETE] = CHANGE_INSERT,
		[CHANGE_UPDATE] = CHANGE_UPDATE,
	};
	static const enum bucket buckets[] = {
		[CHANGE_INSERT] = BUCKET_NEW_ONLY,
		[CHANGE_DELETE] = BUCKET_OLD_ONLY,
		[CHANGE_UPDATE] = BUCKET_CONTENT_DIFFERS,
	};
	struct replay *self = context;
	bool back = self->flags & REPLAY_INVERSE;
	struct row copies[2];
	const struct row *old = mapped(self, OLD, kept->old, &copies[OLD]);
	const struct row *new = mapped(self, NEW, kept->new, &copies[NEW]);
	struct change change = {
		.op = back ? inverse[kept->op] : kept->op,
		.rows = { back ? new : old, back ? old : new },
		.keyed = kept->keyed,
		.count = kept->count,
		.before = kept->before,
	};

	if (self->answer != SINK_MORE)
		return 0;
	change.bucket = buckets[change.op];
	if (back && !kept->keyed)
		change.before = kept->op == CHANGE_INSERT
					? kept->before + kept->count
					: kept->before - kept->count;
	self->counts.buckets[change.bucket] += change.count;
	if (change.op == CHANGE_INSERT)
		self->counts.inserted += change.count;
	else if (change.op == CHANGE_DELETE)
		self->counts.deleted += change.count;
	else
		self->counts.updated++;
	if (self->sink->change)
		self->answer = self->sink->change(self->sink, &self->pair,
						  &change, err);
	return err->code;
}

/* ---- tables of several lists ---- */

/* A table with changes, in one of the lists. */
struct replay_entry {
	struct changes *changes;
	size_t list;
	size_t place;
	const struct changed_table *table;
};

static int compare_entries(const void *a, const void *b)
{
	const struct replay_entry *one = a, *other = b;
	int order = strcmp(one->table->name, other->table->name);

	return order ? order
		     : (one->list > other->list) - (one->list < other->list);
}

/* Collects them, in the order in which they are told. */
static struct replay_entry *list_entries(struct changes *const *lists,
					 size_t nlists, size_t *count,
					 struct err *err)
{
	struct replay_entry *entries;
	size_t all = 0;

	*count = 0;
	for (size_t l = 0; l < nlists; l++)
		all += changes_tables(lists[l]);
	entries = calloc(all + 1, sizeof(*entries));
	if (!entries) {
		err_set_nomem(err);
		return NULL;
	}
	for (size_t l = 0; l < nlists; l++)
		for (size_t t = 0; t < changes_tables(lists[l]); t++)
			if (!changes_table_is_empty(lists[l], t))
				entries[(*count)++] = (struct replay_entry){
					.changes = lists[l],
					.list = l,
					.place = t,
					.table = changes_table(lists[l], t)
				};
	qsort(entries, *count, sizeof(*entries), compare_entries);
	return entries;
}

/* Where the cells of the first entry's table are in that of this one. */
static int map_cells(struct replay *self, const struct changed_table *table,
		     struct err *err)
{
	size_t count = self->table.ncolumns;

	for (size_t i = 0; i < count; i++) {
		size_t cell = 0;

		while (cell < table->ncolumns &&
		       strcmp(table->columns[cell],
			      self->table.columns[i].name) != 0)
			cell++;
		if (cell == table->ncolumns)
			return err_set(err, D1_ERROR,
				       "the changes of table '%s' lack column "
				       "'%s'",
				       table->name,
				       self->table.columns[i].name);
		self->map[i] = cell;
	}
	return 0;
}

/* Tells the first entry, and those after it that are of the same table. */
static int replay_table(struct replay *self, const struct replay_entry *entries,
			size_t count, struct err *err)
{
	struct change_sink *sink = self->sink;
	int end = SINK_MORE;

	arena_clear(&self->arena);
	self->counts = (struct table_counts){ .inserted = 0 };
	if (make_table(self, entries->table, err) < 0 ||
	    make_pair(self, entries->table, err) < 0)
		return err->code;
	if (sink->begin_table)
		self->answer = sink->begin_table(sink, &self->pair, err);
	for (size_t i = 0; i < count && self->answer == SINK_MORE; i++)
		if ((i > 0 && map_cells(self, entries[i].table, err) < 0) ||
		    changes_each_row(entries[i].changes, entries[i].place, tell,
				     self, err) < 0)
			return err->code;
	if (self->answer < 0)
		return err->code;
	if (sink->end_table)
		end = sink->end_table(sink, &self->pair, &self->counts, err);
	self->answer = self->answer == SINK_DONE ? SINK_DONE : end;
	return err->code;
}

int changes_replay(struct changes *const *lists, size_t nlists, unsigned flags,
		   struct change_sink *sink, struct err *err)
{
	struct replay self = { .sink = sink, .flags = flags };
	size_t count, same;
	struct replay_entry *entries = list_entries(lists, nlists, &count, err);

	for (size_t i = 0; entries && i < count; i += same) {
		same = 1;
		while (i + same < count && strcmp(entries[i + same].table->name,
						  entries[i].table->name) == 0)
			same++;
		if (replay_table(&self, &entries[i], same, err) < 0 ||
		    self.answer != SINK_MORE)
			break;
	}
	free(entries);
	arena_release(&self.arena);
	return err->code;
}
