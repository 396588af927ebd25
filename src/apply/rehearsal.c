#include "config.h"

#include "apply/rehearsal.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "apply/celltext.h"
#include "config/tablesettings.h"
#include "diff/compare.h"
#include "source/sqlite.h"

static const char before_name[] = "the rows before";
static const char after_name[] = "the rows afterwards";

struct rehearsing {
	struct change_sink sink;
	struct rehearsal *rehearsal;
	const struct rehearsal_question *question;
	struct rehearsed_table table; /* the one that is compared */
};

static struct rehearsing *self_of(struct change_sink *sink)
{
	return (struct rehearsing *)sink;
}

/* ---- what is compared ---- */

static bool is_wanted(void *context, const char *table)
{
	const struct rehearsing *self = context;

	return !d1config_is_ledger(table) &&
	       strcasecmp(table, self->question->ledger) != 0;
}

/* The keys that the tables have are the keys that count. */
static int find_rules(void *context, const char *name,
		      const struct pair_rules **rules, struct err *err)
{
	static const struct pair_rules none = { .key = NULL };

	(void)context;
	(void)name;
	(void)err;
	*rules = &none;
	return 0;
}

/* ---- what is found ---- */

static const char *keep(struct rehearsing *self, const char *text,
			struct err *err)
{
	const char *copy = arena_string(&self->rehearsal->arena, text);

	if (!copy)
		err_set_nomem(err);
	return copy;
}

/* The names of columns that only the old side has. */
static int note_lost(struct rehearsing *self, const struct table_pair *pair,
		     struct err *err)
{
	const struct pair_side *old = &pair->sides[OLD];
	struct arena *arena = &self->rehearsal->arena;

	for (size_t i = 0; i < old->nonly; i++) {
		const char *name = pair_column(pair, OLD, old->only[i])->name;

		self->table.lost =
			self->table.lost ? arena_format(arena, "%s, %s",
							self->table.lost, name)
					 : arena_string(arena, name);
		if (!self->table.lost)
			return err_set_nomem(err);
	}
	return 0;
}

static int begin_table(struct change_sink *sink, const struct table_pair *pair,
		       struct err *err)
{
	struct rehearsing *self = self_of(sink);

	self->table = (struct rehearsed_table){
		.is_gone = !pair->sides[NEW].table,
		.is_new = !pair->sides[OLD].table,
	};
	self->table.name = keep(self, pair->name, err);
	if (pair->reason && !pair->derived)
		self->table.uncompared = keep(self, pair->reason, err);
	if (err->code)
		return err->code;
	if (pair->sides[OLD].table && pair->sides[NEW].table &&
	    note_lost(self, pair, err) < 0)
		return err->code;
	return SINK_MORE;
}

static int show_row(struct rehearsing *self, const struct table_pair *pair,
		    const struct row *row, struct err *err)
{
	const struct pair_side *old = &pair->sides[OLD];
	const size_t *cells = old->key;
	size_t count = pair->nkey;
	struct arena arena = ARENA_INIT;
	const char **names =
		arena_array(&arena, old->ncolumns + 1, sizeof(*names));
	size_t *all = arena_array(&arena, old->ncolumns + 1, sizeof(*all));
	struct celltext text;

	if (!names || !all) {
		arena_release(&arena);
		return err_set_nomem(err);
	}
	for (size_t i = 0; i < old->ncolumns; i++) {
		names[i] = pair_column(pair, OLD, i)->name;
		all[i] = i;
	}
	if (count == 0) {
		cells = all;
		count = old->ncolumns;
	}
	self->table.shown[self->table.nshown++] =
		keep(self, celltext(&text, row, names, cells, count), err);
	arena_release(&arena);
	return err->code;
}

static int take_change(struct change_sink *sink, const struct table_pair *pair,
		       const struct change *change, struct err *err)
{
	struct rehearsing *self = self_of(sink);

	if (change->op == CHANGE_INSERT || self->table.is_gone ||
	    self->table.nshown == REHEARSAL_SHOWN)
		return SINK_MORE;
	return show_row(self, pair, change->rows[OLD], err) < 0 ? err->code
								: SINK_MORE;
}

static bool is_told(const struct rehearsed_table *table)
{
	return table->vanished || table->changed || table->added ||
	       table->is_gone || table->uncompared || table->lost;
}

static int end_table(struct change_sink *sink, const struct table_pair *pair,
		     const struct table_counts *counts, struct err *err)
{
	struct rehearsing *self = self_of(sink);
	struct rehearsal *rehearsal = self->rehearsal;

	if (pair->derived)
		return SINK_MORE;
	self->table.rows =
		counts->deleted + counts->updated + counts->unchanged;
	self->table.vanished = counts->deleted;
	self->table.changed = counts->updated;
	self->table.added = counts->inserted;
	if (!is_told(&self->table))
		return SINK_MORE;
	if (rehearsal->count == rehearsal->cap) {
		size_t cap = rehearsal->cap ? rehearsal->cap * 2 : 16;
		struct rehearsed_table *tables =
			reallocarray(rehearsal->tables, cap, sizeof(*tables));

		if (!tables)
			return err_set_nomem(err);
		rehearsal->tables = tables;
		rehearsal->cap = cap;
	}
	rehearsal->tables[rehearsal->count++] = self->table;
	return SINK_MORE;
}

/* ---- all of it ---- */

static int compare(struct rehearsing *self, const struct replay *after,
		   struct err *err)
{
	const struct replay *const replays[2] = { self->question->before,
						  after };
	struct comparison comparison = {
		.labels = { before_name, after_name },
		.rules = find_rules,
		.wanted = is_wanted,
		.context = self,
	};
	struct comparison_result result;

	for (int side = OLD; side <= NEW; side++)
		if (sqlite_wrap(&comparison.sources[side],
				replay_database(replays[side]),
				SQLITE_HANDLE_BORROWED, comparison.labels[side],
				err) < 0)
			goto out;
	(void)!compare_sources(&comparison, &self->sink, &result, err);
out:
	for (int side = OLD; side <= NEW; side++)
		source_close(comparison.sources[side]);
	return err->code;
}

int rehearse(struct rehearsal *rehearsal,
	     const struct rehearsal_question *question, struct err *err)
{
	struct rehearsing self = {
		.sink = { .begin_table = begin_table,
			  .change = take_change,
			  .end_table = end_table },
		.rehearsal = rehearsal,
		.question = question,
	};
	struct replay *after;

	memset(rehearsal, 0, sizeof(*rehearsal));
	if (replay_open(&after, question->ledger, err) < 0 ||
	    replay_copy(after, question->before, err) < 0)
		goto out;
	replay_enforce(after);
	for (size_t i = 0; i < question->count; i++)
		if (replay_file(after, question->files, question->folder,
				question->names[i], err) < 0)
			goto out;
	(void)!compare(&self, after, err);
out:
	replay_close(after);
	return err->code;
}

void rehearsal_release(struct rehearsal *rehearsal)
{
	free(rehearsal->tables);
	arena_release(&rehearsal->arena);
	memset(rehearsal, 0, sizeof(*rehearsal));
}

bool rehearsed_table_suffers(const struct rehearsed_table *table)
{
	return table->vanished > 0 || table->changed > 0 || table->is_gone ||
	       table->uncompared || table->lost;
}
