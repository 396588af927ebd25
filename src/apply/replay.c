#include "config.h"

#include "apply/replay.h"

#include "util/arena.h"

/* One table while it is told. */
struct replay {
	struct change_sink *sink;
	bool inverse;
	int answer; /* the sink's last */
	struct arena arena;
	struct table table;
	struct table_pair pair;
	struct table_counts counts;
};

static int make_table(struct replay *self, const struct changed_table *changed,
		      struct err *err)
{
	struct column *columns =
		arena_array(&self->arena, changed->ncolumns + 1,
			    sizeof(*columns));

	if (!columns)
		return err_set_nomem(err);
	for (size_t i = 0; i < changed->ncolumns; i++) {
		columns[i].name = changed->columns[i];
		columns[i].type = "";
		columns[i].generated =
			changed->uses && changed->uses[i] == COLUMN_GENERATED;
		columns[i].masked =
			changed->uses && changed->uses[i] == COLUMN_INSERTED;
	}
	self->table.name = changed->name;
	self->table.kind = TABLE_PLAIN;
	self->table.columns = columns;
	self->table.ncolumns = changed->ncolumns;
	return 0;
}

/* Both sides have the columns of the changes, and no others. */
static int make_pair(struct replay *self, const struct changed_table *changed,
		     struct err *err)
{
	size_t *cells = arena_array(&self->arena, changed->ncolumns + 1,
				    sizeof(*cells));
	bool *masked = arena_array(&self->arena, changed->ncolumns + 1,
				   sizeof(*masked));

	if (!cells || !masked)
		return err_set_nomem(err);
	for (size_t i = 0; i < changed->ncolumns; i++) {
		cells[i] = i;
		masked[i] = self->table.columns[i].masked;
	}
	self->pair = (struct table_pair){ .name = changed->name,
					  .collations = changed->collations,
					  .nkey = changed->nkey,
					  .ncommon = changed->ncolumns };
	for (int side = OLD; side <= NEW; side++)
		self->pair.sides[side] =
			(struct pair_side){ .table = &self->table,
					    .columns = cells,
					    .ncolumns = changed->ncolumns,
					    .key = changed->key,
					    .common = cells,
					    .timestamp = changed->ncolumns,
					    .label = changed->label,
					    .masked = masked,
					    .identity = cells };
	return 0;
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
	struct change change = {
		.op = self->inverse ? inverse[kept->op] : kept->op,
		.rows = { self->inverse ? kept->new : kept->old,
			  self->inverse ? kept->old : kept->new },
		.keyed = kept->keyed,
		.count = kept->count,
		.before = kept->before,
	};

	if (self->answer != SINK_MORE)
		return 0;
	change.bucket = buckets[change.op];
	if (self->inverse && !kept->keyed)
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

static int replay_table(struct replay *self, struct changes *changes,
			size_t table, struct err *err)
{
	const struct changed_table *changed = changes_table(changes, table);
	struct change_sink *sink = self->sink;
	int end = SINK_MORE;

	arena_clear(&self->arena);
	self->counts = (struct table_counts){ .inserted = 0 };
	if (make_table(self, changed, err) < 0 ||
	    make_pair(self, changed, err) < 0)
		return err->code;
	if (sink->begin_table)
		self->answer = sink->begin_table(sink, &self->pair, err);
	if (self->answer == SINK_MORE &&
	    changes_each_row(changes, table, tell, self, err) < 0)
		return err->code;
	if (self->answer < 0)
		return err->code;
	if (sink->end_table)
		end = sink->end_table(sink, &self->pair, &self->counts, err);
	self->answer = self->answer == SINK_DONE ? SINK_DONE : end;
	return err->code;
}

int changes_replay(struct changes *changes, bool inverse,
		   struct change_sink *sink, struct err *err)
{
	struct replay self = { .sink = sink, .inverse = inverse };

	for (size_t i = 0; i < changes_tables(changes); i++) {
		if (changes_table_is_empty(changes, i))
			continue;
		if (replay_table(&self, changes, i, err) < 0 ||
		    self.answer != SINK_MORE)
			break;
	}
	arena_release(&self.arena);
	return err->code;
}
