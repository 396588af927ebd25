#include "config.h"

#include "cmd/transfer.h"

#include <string.h>

#include "apply/file.h"
#include "apply/threeway.h"
#include "workspace/comparing.h"
#include "workspace/report.h"

/* ---- opening ---- */

/* It is locked when it is known what to write, which may be nothing. */
static int open_local(struct transfer *self, struct err *err)
{
	const struct side *side = &self->sides[NEW];

	if (self->writes[NEW] && !self->options->dry_run &&
	    side->endpoint.kind == ENDPOINT_LOCAL &&
	    database_file_recover(side->database->local_path, err) < 0)
		return err->code;
	if (workspace_open(&self->workspace, &self->sides[NEW],
			   &self->sources[NEW], err) < 0)
		return err->code;
	return self->writes[NEW]
		       ? application_look_back(&self->applications[NEW],
					       self->sources[NEW], err)
		       : 0;
}

static int open_remote(struct transfer *self, struct err *err)
{
	struct application *application = &self->applications[OLD];

	if (!self->writes[OLD])
		return workspace_open(&self->workspace, &self->sides[OLD],
				      &self->sources[OLD], err);
	if (application_begin(application, err) == 0)
		self->sources[OLD] = application->source;
	return err->code;
}

/* Its rows of before are no good any more. */
static int open_remote_again(struct transfer *self, struct err *err)
{
	struct source *source;

	if (workspace_open(&self->workspace, &self->sides[OLD], &source, err) <
	    0)
		return err->code;
	source_close(self->sources[OLD]);
	self->sources[OLD] = source;
	if (self->writes[OLD])
		self->applications[OLD].source = source;
	return 0;
}

static int choose_tables(struct transfer *self, struct err *err)
{
	self->choice.named = &self->call->after;
	self->choice.database = self->sides[OLD].name;
	if (workspace_settings(&self->workspace, &self->choice.config, err) < 0)
		return err->code;
	return workspace_mask_key(&self->workspace, &self->choice.mask_key,
				  err);
}

static int check_tables(struct transfer *self, struct err *err)
{
	const struct schema *const schemas[2] = { self->sources[OLD]->schema,
						  self->sources[NEW]->schema };
	const char *const labels[2] = { self->sides[OLD].label,
					self->sides[NEW].label };

	if (table_choice_check(&self->choice, schemas, labels, err) < 0)
		return err->code;
	if (!self->again)
		table_choice_warn(&self->choice, schemas[OLD], schemas[NEW]);
	return 0;
}

/* ---- the rules ---- */

/* True if rows of the table can be told apart without their masked cells. */
static bool has_key(const struct transfer *self, const char *table,
		    const struct pair_rules *rules)
{
	for (int side = OLD; side <= NEW; side++) {
		const struct table *found =
			schema_table(self->sources[side]->schema, table);

		if (found && found->nkeys == 0 && !rules->key)
			return false;
	}
	return true;
}

/*
 * Columns that nobody writes are not compared: generated ones, and masked
 * ones. But a row that is inserted into a local database has placeholders in
 * the place of masks.
 */
static int rules_of(void *context, const char *table,
		    const struct pair_rules **rules, struct err *err)
{
	struct transfer *self = context;
	const char *const *placeholders = NULL;
	const struct pair_rules *full;

	if (table_choice_rules(&self->choice, table, &full, err) < 0)
		return err->code;
	arena_clear(&self->rules_arena);
	self->rules = *full;
	if (self->writes[NEW] && has_key(self, table, full)) {
		placeholders = full->mask;
		self->rules.mask = NULL;
	}
	for (int side = OLD; side <= NEW; side++) {
		const struct table *found =
			schema_table(self->sources[side]->schema, table);
		const struct pair_rules before = self->rules;

		if (found && threeway_rules(&self->rules, &before, found,
					    &self->rules_arena, err) < 0)
			return err->code;
	}
	self->rules.mask = placeholders;
	*rules = &self->rules;
	return 0;
}

/* ---- what differs ---- */

/* Keeps the differences, and notes what the schemas do not share. */
struct transfer_sink {
	struct changes_sink changes;
	int (*begin_table)(struct change_sink *sink,
			   const struct table_pair *pair, struct err *err);
	int (*change)(struct change_sink *sink, const struct table_pair *pair,
		      const struct change *change, struct err *err);
	struct transfer *transfer;
};

/* How many rows differ in the table that is compared. */
static uint64_t count_kept(const struct changes *changes)
{
	size_t table = changes_tables(changes) - 1;

	return changes_count(changes, table, CHANGE_INSERT) +
	       changes_count(changes, table, CHANGE_UPDATE) +
	       changes_count(changes, table, CHANGE_DELETE);
}

/* What is kept has a history, perhaps; what differs in masks alone is not. */
static int add_change(struct change_sink *sink, const struct table_pair *pair,
		      const struct change *change, struct err *err)
{
	struct transfer_sink *self = (struct transfer_sink *)sink;
	uint64_t before = count_kept(self->transfer->differences);
	int answer = self->change(sink, pair, change, err);

	if (answer != SINK_MORE ||
	    count_kept(self->transfer->differences) == before)
		return answer;
	return transfer_ask_history(self->transfer, pair, change, err);
}

static int note_buckets(struct transfer *self, const char *table,
			const struct table_counts *counts, struct err *err)
{
	struct transfer_buckets *noted =
		arena_alloc(&self->arena, sizeof(*noted));

	if (!noted)
		return err_set_nomem(err);
	noted->table = arena_string(&self->arena, table);
	memcpy(noted->counts, counts->buckets, sizeof(noted->counts));
	noted->next = NULL;
	*self->last_bucket = noted;
	self->last_bucket = &noted->next;
	return noted->table ? 0 : err_set_nomem(err);
}

static int end_table(struct change_sink *sink, const struct table_pair *pair,
		     const struct table_counts *counts, struct err *err)
{
	struct transfer *self = ((struct transfer_sink *)sink)->transfer;

	if (note_buckets(self, pair->name, counts, err) < 0)
		return err->code;
	return transfer_judge(self, err);
}

static int note_gap(struct transfer *self, const struct table_pair *pair,
		    int side, size_t cell, struct err *err)
{
	struct transfer_gap *gap = arena_alloc(&self->arena, sizeof(*gap));

	if (!gap)
		return err_set_nomem(err);
	gap->table = arena_string(&self->arena, pair->name);
	gap->column =
		arena_string(&self->arena, pair_column(pair, side, cell)->name);
	gap->side = side;
	gap->next = self->gaps;
	self->gaps = gap;
	return gap->table && gap->column ? 0 : err_set_nomem(err);
}

/* Rows are moved, not definitions: they stay where they are. */
static void note_lack(struct transfer *self, const struct table_pair *pair,
		      int side)
{
	if (!self->writes[side])
		return;
	self->lacking[side]++;
	if (!self->again)
		report_warning("table '%s' is not in %s: its rows are left out",
			       pair->name, self->sides[side].label);
}

static int begin_table(struct change_sink *sink, const struct table_pair *pair,
		       struct err *err)
{
	struct transfer_sink *self = (struct transfer_sink *)sink;
	struct transfer *transfer = self->transfer;

	for (int side = OLD; side <= NEW && !pair->reason; side++) {
		const struct pair_side *own = &pair->sides[side];

		if (!own->table) {
			if (!pair->derived)
				note_lack(transfer, pair, side);
			continue;
		}
		if (own->nonly > 0 && pair->sides[!side].table &&
		    note_gap(transfer, pair, side, own->only[0], err) < 0)
			return err->code;
	}
	return self->begin_table(sink, pair, err);
}

static void warn_of_table(void *context, const char *table, const char *reason)
{
	const struct transfer *self = context;

	if (!self->again)
		report_warning("table '%s' not compared: %s", table, reason);
}

static bool wants(void *context, const char *table)
{
	struct transfer *self = context;

	return table_choice_wants(&self->choice, table);
}

static int compare_once(struct transfer *self, bool *same, struct err *err)
{
	const struct comparison comparison = {
		.sources = { self->sources[OLD], self->sources[NEW] },
		.labels = { self->sides[OLD].label, self->sides[NEW].label },
		.rules = rules_of,
		.wanted = wants,
		.context = self,
		.where = self->options->where,
		.notice = warn_of_table,
	};
	struct transfer_sink sink = { .transfer = self };

	changes_close(self->differences);
	transfer_reset_history(self);
	self->differences = NULL;
	self->gaps = NULL;
	memset(self->lacking, 0, sizeof(self->lacking));
	self->buckets = NULL;
	self->last_bucket = &self->buckets;
	if (changes_open(&self->differences, err) < 0)
		return err->code;
	changes_unite(self->differences);
	changes_sink_init(&sink.changes, self->differences);
	sink.begin_table = sink.changes.sink.begin_table;
	sink.changes.sink.begin_table = begin_table;
	sink.change = sink.changes.sink.change;
	sink.changes.sink.change = add_change;
	sink.changes.sink.end_table = end_table;
	if (compare_sources(&comparison, &sink.changes.sink, &self->compared,
			    err) == 0)
		(void)!source_verify(self->sources[OLD], same, err);
	changes_sink_release(&sink.changes);
	return err->code;
}

/* What a snapshot does not speak of stays as it is. */
static void tell_untracked(const struct transfer *self)
{
	const struct comparison_result *result = &self->compared;

	if (result->untracked > 0 && !self->again)
		report_hint("%llu table%s not in the snapshot and %s left as "
			    "%s: %s",
			    (unsigned long long)result->untracked,
			    result->untracked == 1 ? " is" : "s are",
			    result->untracked == 1 ? "is" : "are",
			    result->untracked == 1 ? "it is" : "they are",
			    result->untracked_names);
}

int transfer_compare(struct transfer *self, struct err *err)
{
	bool same = false;

	/* what is at hand is opened first: its errors cost no request */
	if (choose_tables(self, err) < 0 || open_local(self, err) < 0 ||
	    open_remote(self, err) < 0 || check_tables(self, err) < 0 ||
	    compare_once(self, &same, err) < 0)
		return err->code;
	if (!same && (open_remote_again(self, err) < 0 ||
		      compare_once(self, &same, err) < 0))
		return err->code;
	if (!same)
		report_warning("%s changed while it was read, twice",
			       self->sides[OLD].label);
	tell_untracked(self);
	return comparing_refuse_gaps(&self->compared, err);
}
