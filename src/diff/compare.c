#include "config.h"

#include "diff/compare.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "diff/keyed.h"
#include "diff/multiset.h"
#include "diff/rows.h"
#include "model/timestamp.h"
#include "util/progress.h"

/*
 * Tables whose rows are asked for ahead of their turn, so that waiting for a
 * remote side overlaps with comparing.
 */
enum { AHEAD = 4 };

/* One table under comparison. */
struct table_run {
	const struct comparison *comparison;
	struct table_pair pair;
	struct arena arena; /* of the pair */
	struct keyed keyed; /* open if the pair has a key */
	struct err opening; /* why its rows could not be asked for */
	/* rows without a key, from start_table() on */
	struct multiset_side unkeyed[2];
	struct scan scans[2];
	struct table_counts counts;
	/* while it is compared */
	struct change_sink *sink;
	struct comparison_result *result;
};

/* The tables of both sides, one after another, and those asked for ahead. */
struct walk {
	const struct comparison *comparison;
	const struct schema *schemas[2];
	size_t at[2];
	int partial;		       /* see compare_partial_side() */
	struct table_run *runs[AHEAD]; /* the next one first */
	size_t nruns;
};

/* ---- telling ---- */

static bool read_time(const struct table_pair *pair, int side,
		      const struct row *row, int64_t *microseconds)
{
	const struct pair_side *self = &pair->sides[side];

	return self->timestamp < self->ncolumns &&
	       timestamp_read(&row->cells[self->timestamp], microseconds);
}

static enum bucket classify(const struct table_pair *pair,
			    const struct change *change)
{
	int64_t old_time, new_time;

	if (change->op == CHANGE_INSERT)
		return BUCKET_NEW_ONLY;
	if (change->op == CHANGE_DELETE)
		return BUCKET_OLD_ONLY;
	if (!read_time(pair, OLD, change->rows[OLD], &old_time) ||
	    !read_time(pair, NEW, change->rows[NEW], &new_time) ||
	    old_time == new_time)
		return BUCKET_CONTENT_DIFFERS;
	return old_time > new_time ? BUCKET_OLD_NEWER : BUCKET_NEW_NEWER;
}

static int tell(struct table_run *run, struct change *change, struct err *err)
{
	change->bucket = classify(&run->pair, change);
	run->counts.buckets[change->bucket] += change->count;
	run->result->differences += change->count;
	switch (change->op) {
	case CHANGE_INSERT:
		run->counts.inserted += change->count;
		break;
	case CHANGE_DELETE:
		run->counts.deleted += change->count;
		break;
	case CHANGE_UPDATE:
		run->counts.updated += change->count;
		break;
	}
	if (!run->sink->change)
		return SINK_MORE;
	return run->sink->change(run->sink, &run->pair, change, err);
}

/* ---- one table ---- */

static int tell_change(void *context, struct change *change, struct err *err)
{
	return tell(context, change, err);
}

static void count_unchanged(struct table_run *run, uint64_t count)
{
	run->counts.unchanged += count;
	run->result->unchanged += count;
	run->counts.buckets[BUCKET_IDENTICAL] += count;
}

/* True if the table may have rows that no key tells apart. */
static bool has_unkeyed_rows(const struct table_run *run)
{
	const struct pair_side *sides = run->pair.sides;

	return !run->comparison->only &&
	       (run->pair.nkey == 0 || sides[OLD].nullable ||
		sides[NEW].nullable);
}

static int open_unkeyed(struct table_run *run, struct err *err)
{
	for (int side = OLD; side <= NEW; side++) {
		run->unkeyed[side].identity = run->pair.sides[side].identity;
		run->unkeyed[side].label = run->comparison->labels[side];
		if (rows_open(&run->unkeyed[side].cursor, &run->scans[side],
			      run->comparison, &run->pair, side, SCAN_UNKEYED,
			      err) < 0)
			return err->code;
	}
	return 0;
}

static int compare_unkeyed(struct table_run *run, struct err *err)
{
	uint64_t unchanged = 0;
	int answer = multiset_compare(run->unkeyed, run->pair.ncommon,
				      tell_change, run, &unchanged, err);

	count_unchanged(run, unchanged);
	return answer;
}

static int compare_keyed(struct table_run *run, struct err *err)
{
	uint64_t unchanged;
	int answer =
		keyed_compare(&run->keyed, tell_change, run, &unchanged, err);

	count_unchanged(run, unchanged);
	return answer;
}

static int compare_table(struct table_run *run, struct err *err)
{
	int answer = SINK_MORE;

	if (run->pair.nkey > 0)
		answer = compare_keyed(run, err);
	if (answer == SINK_MORE && has_unkeyed_rows(run))
		answer = compare_unkeyed(run, err);
	return answer;
}

static void note_not_compared(struct comparison_result *result,
			      const struct table_pair *pair)
{
	if (pair->derived)
		return;
	if (result->not_compared++ == 0)
		snprintf(result->remedy, sizeof(result->remedy), "%s: %s%s%s",
			 pair->name, pair->reason, pair->remedy ? "\n" : "",
			 pair->remedy ? pair->remedy : "");
}

/* Counts what shows before any row is read: a sink may want none of them. */
static void count_table(const struct comparison *comparison,
			struct comparison_result *result,
			const struct table_pair *pair)
{
	const char *reason = pair->reason ? pair->reason : pair->unreadable;

	if (reason && !pair->derived && comparison->notice)
		comparison->notice(comparison->context, pair->name, reason);
	if (pair->reason) {
		note_not_compared(result, pair);
		return;
	}
	result->compared++;
	result->schema_differences +=
		!pair->sides[OLD].table || !pair->sides[NEW].table ||
		pair->sides[OLD].nonly || pair->sides[NEW].nonly;
}

/*
 * A table whose rows cannot be read is one that was not compared, unless the
 * failure is of a kind that the next table would meet too.
 */
static int refuse_table(struct table_run *run, struct err *err)
{
	if (err->code != D1_ERROR)
		return err_context(err, "table '%s'", run->pair.name);
	if (run->comparison->where)
		err_hint(err,
			 "the expression of --where must fit each table that "
			 "is compared: name some after --");
	run->pair.reason = arena_string(&run->arena, err->message);
	run->pair.remedy =
		err->hint[0] ? arena_string(&run->arena, err->hint) : NULL;
	if (!run->pair.reason || (err->hint[0] && !run->pair.remedy)) {
		err_clear(err);
		return err_set_nomem(err);
	}
	err_clear(err);
	return 0;
}

/* Reads the first rows. What cannot be read is told before anything else is. */
static int start_table(struct table_run *run, struct err *err)
{
	int code = 0;

	if (run->pair.reason)
		return 0;
	if (run->opening.code) {
		*err = run->opening;
		code = err->code;
	} else if (run->pair.nkey > 0) {
		code = keyed_start(&run->keyed, err);
	}
	if (code == 0 && has_unkeyed_rows(run))
		code = open_unkeyed(run, err);
	return code < 0 ? refuse_table(run, err) : 0;
}

static int run_table(struct table_run *run, struct change_sink *sink,
		     struct comparison_result *result, struct err *err)
{
	const struct table_pair *pair = &run->pair;
	int answer = start_table(run, err);
	int end = SINK_MORE;

	run->sink = sink;
	run->result = result;
	if (answer < 0)
		return answer;
	count_table(run->comparison, result, pair);
	if (sink->begin_table)
		answer = sink->begin_table(sink, pair, err);
	if (answer == SINK_MORE && !pair->reason) {
		answer = compare_table(run, err);
		if (answer < 0)
			return err_context(err, "table '%s'", pair->name);
	}
	if (answer < 0)
		return answer;
	if (sink->end_table)
		end = sink->end_table(sink, pair, &run->counts, err);
	return end != SINK_MORE	     ? end
	       : answer == SINK_DONE ? SINK_DONE
				     : SINK_MORE;
}

/* ---- tables ahead of their turn ---- */

/* The table of that name, in another letter case if there is no exact one. */
static const struct table *find_other(const struct schema *schema,
				      const struct schema *own,
				      const char *name)
{
	const struct table *table = schema_table(schema, name);

	if (table)
		return table;
	for (size_t i = 0; i < schema->ntables; i++) {
		table = &schema->tables[i];
		if (strcasecmp(table->name, name) == 0 &&
		    !schema_table(own, table->name))
			return table;
	}
	return NULL;
}

/* The wanted key must be one that a row of the table can have. */
static int check_only(const struct comparison *comparison,
		      const struct table_pair *pair, struct err *err)
{
	if (!comparison->only)
		return 0;
	if (pair->nkey == 0)
		return err_set(err, D1_EUSAGE, "table '%s' has no key",
			       pair->name);
	if (comparison->nonly != pair->nkey)
		return err_set(
			err, D1_EUSAGE,
			"the key of table '%s' has %zu column%s, not %zu",
			pair->name, pair->nkey, pair->nkey == 1 ? "" : "s",
			comparison->nonly);
	for (size_t i = 0; i < pair->nkey; i++)
		if (comparison->only[i].type == VALUE_NULL)
			return err_set(err, D1_EUSAGE,
				       "a key of table '%s' that holds NULL "
				       "identifies no row; the text is 'NULL', "
				       "in quotes",
				       pair->name);
	return 0;
}

/*
 * A natural key may not hide a column that a compared child table refers to:
 * the child's rows would point to numbers that mean something else.
 */
static int check_references(const struct comparison *comparison,
			    const struct table_pair *pair, struct err *err)
{
	for (int side = OLD; side <= NEW; side++) {
		const struct pair_side *self = &pair->sides[side];
		const struct schema *schema = comparison->sources[side]->schema;

		for (size_t i = 0; self->table && i < schema->nreferences;
		     i++) {
			const struct reference *reference =
				&schema->references[i];

			if (strcasecmp(reference->parent, pair->name) != 0 ||
			    pair_has_column(pair, side, reference->column) ||
			    !comparison->wanted(comparison->context,
						reference->child))
				continue;
			err_set(err, D1_EREFUSED,
				"table.%s.key leaves out a "
				"column that table '%s' refers to",
				pair->name, reference->child);
			return err_hint(err,
					"exclude '%s' (d1.excludeTables), "
					"or remove the setting",
					reference->child);
		}
	}
	return 0;
}

/* The wanted key, for this table: its text where the column holds text. */
static int choose_only(struct table_run *run, struct err *err)
{
	const struct comparison *comparison = run->comparison;
	struct table_pair *pair = &run->pair;
	int named = pair_named_side(pair);
	struct value *only;

	if (!comparison->only)
		return 0;
	only = arena_array(&run->arena, pair->nkey, sizeof(*only));
	if (!only)
		return err_set_nomem(err);
	for (size_t i = 0; i < pair->nkey; i++) {
		size_t cell = pair->sides[named].key[i];
		bool text = pair_column(pair, named, cell)->affinity ==
			    AFFINITY_TEXT;

		only[i] = text ? comparison->only_text[i] : comparison->only[i];
	}
	pair->only = only;
	return 0;
}

static void free_run(struct table_run *run)
{
	if (!run)
		return;
	keyed_close(&run->keyed);
	cursor_close(run->unkeyed[OLD].cursor);
	cursor_close(run->unkeyed[NEW].cursor);
	arena_release(&run->arena);
	free(run);
}

/* Pairs two tables and asks for their rows. */
static int open_run(struct table_run **run, const struct comparison *comparison,
		    const struct table *const tables[2], struct err *err)
{
	const struct table *any = tables[NEW] ? tables[NEW] : tables[OLD];
	struct table_run *made = calloc(1, sizeof(*made));
	const struct pair_rules *rules;
	struct table_pair *pair;

	if (!made)
		return err_set_nomem(err);
	made->comparison = comparison;
	pair = &made->pair;
	if (comparison->rules(comparison->context, any->name, &rules, err) <
		    0 ||
	    pair_tables(pair, tables[OLD], tables[NEW], rules, &made->arena,
			err) < 0)
		goto fail;
	if (pair->natural && !pair->reason &&
	    check_references(comparison, pair, err) < 0)
		goto fail;
	if (!pair->reason && (check_only(comparison, pair, err) < 0 ||
			      choose_only(made, err) < 0))
		goto fail;
	if (pair->natural && !pair->reason && !pair->only &&
	    rows_check_unique(comparison, pair, &made->opening) < 0) {
		if (made->opening.code != D1_ERROR) {
			*err = made->opening;
			goto fail;
		}
	} else if (!pair->reason && pair->nkey > 0 &&
		   keyed_open(&made->keyed, comparison, pair, &made->opening) <
			   0)
		keyed_close(&made->keyed); /* told when its turn comes */
	*run = made;
	return 0;
fail:
	free_run(made);
	return err->code;
}

/* The next tables of the walk; both NULL at the end. */
static void next_tables(struct walk *walk, const struct table *tables[2])
{
	const struct schema *const *schemas = walk->schemas;
	size_t *at = walk->at;

	while (at[OLD] < schemas[OLD]->ntables ||
	       at[NEW] < schemas[NEW]->ntables) {
		int side = NEW;

		for (int s = OLD; s <= NEW; s++)
			tables[s] = at[s] < schemas[s]->ntables
					    ? &schemas[s]->tables[at[s]]
					    : NULL;
		if (!tables[NEW] ||
		    (tables[OLD] &&
		     strcmp(tables[OLD]->name, tables[NEW]->name) < 0))
			side = OLD;
		at[side]++;
		tables[!side] = find_other(schemas[!side], schemas[side],
					   tables[side]->name);
		if (side == OLD && tables[NEW])
			continue; /* comes under its new name */
		if (side != walk->partial && walk->partial >= 0 &&
		    !tables[!side])
			continue; /* counted already */
		if (walk->comparison->wanted(walk->comparison->context,
					     tables[side]->name))
			return;
	}
	tables[OLD] = NULL;
	tables[NEW] = NULL;
}

/* Asks for rows of tables that come next, as far ahead as it pays. */
static int look_ahead(struct walk *walk, struct err *err)
{
	const struct comparison *comparison = walk->comparison;
	bool remote = source_is_remote(comparison->sources[OLD]) ||
		      source_is_remote(comparison->sources[NEW]);
	size_t ahead = remote ? AHEAD : 1;

	while (walk->nruns < ahead) {
		const struct table *tables[2];

		next_tables(walk, tables);
		if (!tables[OLD] && !tables[NEW])
			return 0;
		if (open_run(&walk->runs[walk->nruns], comparison, tables,
			     err) < 0)
			return err->code;
		walk->nruns++;
	}
	return 0;
}

/* ---- tables that a partial side does not have ---- */

int compare_partial_side(const struct schema *const schemas[2])
{
	if (schemas[OLD]->partial == schemas[NEW]->partial)
		return -1;
	return schemas[OLD]->partial ? OLD : NEW;
}

/* Appends the name, or "..." for it and all that follow. */
static void add_untracked(struct comparison_result *result, const char *name)
{
	static const char cut[] = "...";
	char *names = result->untracked_names;
	size_t used = strlen(names);
	size_t room = sizeof(result->untracked_names) - used;
	bool is_cut = used >= strlen(cut) &&
		      strcmp(names + used - strlen(cut), cut) == 0;

	result->untracked++;
	if (is_cut)
		return;
	if (2 + strlen(name) + 2 + sizeof(cut) > room)
		name = cut;
	snprintf(names + used, room, "%s%s", used ? ", " : "", name);
}

static void count_untracked(const struct walk *walk,
			    struct comparison_result *result)
{
	const struct comparison *comparison = walk->comparison;
	const struct schema *partial, *whole;

	if (walk->partial < 0)
		return;
	partial = walk->schemas[walk->partial];
	whole = walk->schemas[!walk->partial];
	for (size_t i = 0; i < whole->ntables; i++) {
		const struct table *table = &whole->tables[i];

		if (table->kind != TABLE_DERIVED &&
		    comparison->wanted(comparison->context, table->name) &&
		    !find_other(partial, whole, table->name))
			add_untracked(result, table->name);
	}
}

/* How many tables, or pairs of them, there are to be compared. */
static uint64_t count_tables(const struct walk *walk)
{
	struct walk ahead = *walk;
	const struct table *tables[2];
	uint64_t count = 0;

	for (;; count++) {
		next_tables(&ahead, tables);
		if (!tables[OLD] && !tables[NEW])
			return count;
	}
}

int compare_sources(const struct comparison *comparison,
		    struct change_sink *sink, struct comparison_result *result,
		    struct err *err)
{
	struct walk walk = {
		.comparison = comparison,
		.schemas = { comparison->sources[OLD]->schema,
			     comparison->sources[NEW]->schema },
	};
	int answer = SINK_MORE;

	memset(result, 0, sizeof(*result));
	walk.partial = compare_partial_side(walk.schemas);
	count_untracked(&walk, result);
	progress_begin("comparing", "tables", count_tables(&walk));
	while (answer == SINK_MORE && look_ahead(&walk, err) == 0 &&
	       walk.nruns > 0) {
		struct table_run *run = walk.runs[0];

		walk.nruns--;
		memmove(walk.runs, walk.runs + 1,
			walk.nruns * sizeof(*walk.runs));
		answer = run_table(run, sink, result, err);
		free_run(run);
		progress_step();
	}
	for (size_t i = 0; i < walk.nruns; i++)
		free_run(walk.runs[i]);
	progress_end();
	return err->code;
}
