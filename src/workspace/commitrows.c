#include "config.h"

#include "workspace/commitrows.h"

#include <string.h>

#include "apply/threeway.h"
#include "diff/compare.h"
#include "model/name.h"
#include "workspace/comparing.h"
#include "workspace/report.h"
#include "workspace/tables.h"

/* A comparison under way. */
struct run {
	struct commit_rows *rows;
	struct source *snapshot;
	struct table_choice choice;
	struct arena arena; /* of the rules below */
	struct pair_rules rules;
};

/* The rules of the table, but that nothing is compared that is not written. */
static int find_rules(void *context, const char *table,
		      const struct pair_rules **rules, struct err *err)
{
	struct run *run = context;
	const struct table *committed =
		schema_table(run->snapshot->schema, table);
	const struct pair_rules *settings;

	if (table_choice_rules(&run->choice, table, &settings, err) < 0)
		return err->code;
	*rules = settings;
	if (!committed)
		return 0;
	arena_clear(&run->arena);
	*rules = &run->rules;
	return threeway_rules(&run->rules, settings, committed, &run->arena,
			      err);
}

static bool is_wanted(void *context, const char *table)
{
	struct run *run = context;

	return table_choice_wants(&run->choice, table) &&
	       schema_table(run->snapshot->schema, table);
}

static void warn_of_table(void *context, const char *table, const char *reason)
{
	(void)context;
	report_warning("table '%s' not compared: %s", table, reason);
}

static void warn_of_version(void *context, const char *commit,
			    const char *reason)
{
	(void)context;
	report_warning("%.12s: passed over: %s", commit, reason);
}

static int find_place(struct row_history_place *place, const struct run *run,
		      char base[OBJECT_ID_SIZE], struct err *err)
{
	const struct commit_rows *rows = run->rows;

	*place = (struct row_history_place){ .commit = rows->side->id,
					     .folder = rows->side->folder,
					     .notice = warn_of_version };
	if (workspace_repository(rows->workspace, &place->repository, err) <
		    0 ||
	    !rows->base)
		return err->code;
	place->commit = base;
	place->alone = true;
	return repository_commit(place->repository, base, rows->base, err);
}

static int compare(struct run *run, struct err *err)
{
	struct commit_rows *rows = run->rows;
	const struct comparison comparison = {
		.sources = { [OLD] = rows->target, [NEW] = run->snapshot },
		.labels = { [OLD] = rows->label, [NEW] = rows->side->label },
		.rules = find_rules,
		.wanted = is_wanted,
		.context = run,
		.notice = warn_of_table,
	};
	struct comparison_result result;
	struct row_history_place place;
	struct behind_sink sink;
	char base[OBJECT_ID_SIZE];

	if (find_place(&place, run, base, err) < 0)
		return err->code;
	behind_sink_init(&sink, &place, rows->changes);
	sink.tell = rows->tell;
	sink.context = rows->context;
	sink.explains = rows->explains;
	sink.explains_context = rows->explains_context;
	if (compare_sources(&comparison, &sink.sink, &result, err) == 0)
		(void)!comparing_refuse_gaps(&result, err);
	rows->counts = sink.counts;
	behind_sink_release(&sink);
	return err->code;
}

/* ---- describing ---- */

static void add_names(struct buf *out, const char *before,
		      const char *const *names)
{
	for (; names && *names; names++) {
		buf_add_string(out, before);
		name_add(out, *names);
		before = ", ";
	}
}

static void add_left_out(struct buf *out, const struct table *table,
			 const struct pair_rules *rules)
{
	const char *before = " but for ";

	for (size_t i = 0; i < table->ncolumns; i++) {
		const struct column *column = &table->columns[i];

		if (!pair_rules_match(rules->ignore, column->name) &&
		    !pair_rules_match(rules->mask, column->name) &&
		    !column->masked)
			continue;
		buf_add_string(out, before);
		name_add(out, column->name);
		before = ", ";
	}
}

static int describe(struct run *run, struct buf *out, struct err *err)
{
	const struct schema *schema = run->snapshot->schema;

	for (size_t i = 0; i < schema->ntables; i++) {
		const struct table *table = &schema->tables[i];
		const struct pair_rules *rules;

		if (!is_wanted(run, table->name))
			continue;
		if (find_rules(run, table->name, &rules, err) < 0)
			break;
		buf_add_string(out, "rows ");
		name_add(out, table->name);
		add_names(out, " by ", rules->key);
		add_left_out(out, table, rules);
		buf_add_char(out, '\n');
	}
	return err->code;
}

/* ---- both ---- */

/* Opens the snapshot, and does that with it; `out` may be NULL. */
static int run_on_snapshot(struct commit_rows *rows, struct buf *out,
			   struct err *err)
{
	static const struct option_words all = { .count = 0 };
	struct run run = { .rows = rows,
			   .choice = { .named = &all,
				       .database = rows->side->name } };

	if (workspace_settings(rows->workspace, &run.choice.config, err) == 0 &&
	    workspace_mask_key(rows->workspace, &run.choice.mask_key, err) ==
		    0 &&
	    workspace_open(rows->workspace, rows->side, &run.snapshot, err) ==
		    0)
		(void)!(out ? describe(&run, out, err) : compare(&run, err));
	source_close(run.snapshot);
	table_choice_release(&run.choice);
	arena_release(&run.arena);
	return err->code;
}

int commit_rows_compare(struct commit_rows *rows, struct err *err)
{
	return run_on_snapshot(rows, NULL, err);
}

int commit_rows_describe(struct commit_rows *rows, struct buf *out,
			 struct err *err)
{
	return run_on_snapshot(rows, out, err);
}
