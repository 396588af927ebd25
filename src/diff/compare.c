#include "config.h"

#include "diff/compare.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "diff/multiset.h"
#include "diff/ranges.h"
#include "model/literal.h"
#include "model/timestamp.h"

/* A stream of rows of one side in key order, one row ahead. */
struct side_rows {
	struct cursor *cursor;
	const struct row *row;		/* NULL after the last one */
	const size_t *key;
	/* the key of the row before, to see that the order holds */
	struct value *previous;
	struct buf bytes;
	bool started;
};

/* One table under comparison. */
struct table_run {
	const struct comparison *comparison;
	const struct table_pair *pair;
	struct change_sink *sink;
	struct table_counts counts;
	struct comparison_result *result;
	struct side_rows rows[2];
	struct arena *arena;
};

/* ---- rows in key order ---- */

/* Remembers the key of the row; its bytes move into the side's own buffer. */
static int remember_key(struct side_rows *side, size_t nkey, struct err *err)
{
	size_t used = 0;

	buf_clear(&side->bytes);
	for (size_t i = 0; i < nkey; i++) {
		const struct value *cell = &side->row->cells[side->key[i]];

		side->previous[i] = *cell;
		if (cell->type == VALUE_TEXT || cell->type == VALUE_BLOB)
			buf_add(&side->bytes, cell->data, cell->size);
	}
	if (buf_check(&side->bytes, "a key", err) < 0)
		return err->code;
	for (size_t i = 0; i < nkey; i++) {
		struct value *value = &side->previous[i];

		if (value->type == VALUE_TEXT || value->type == VALUE_BLOB) {
			value->data = side->bytes.data + used;
			used += value->size;
		}
	}
	side->started = true;
	return 0;
}

static void add_key(struct buf *out, const struct table_run *run, int side)
{
	const struct side_rows *rows = &run->rows[side];

	for (size_t i = 0; i < run->pair->nkey; i++) {
		buf_add_format(out, "%s%s=", i > 0 ? " " : "",
			       pair_column(run->pair, side,
					   rows->key[i])->name);
		literal_add(out, &rows->row->cells[rows->key[i]]);
	}
}

/* Says that a key came twice, or that the order does not hold. */
static int refuse_order(const struct table_run *run, int side, int order,
			struct err *err)
{
	const char *label = run->comparison->labels[side];
	struct buf key;

	buf_init(&key, 4096);
	add_key(&key, run, side);
	if (key.failed)
		buf_clear(&key);
	if (order == 0 && run->pair->natural) {
		err_set(err, D1_EREFUSED, "the key that the configuration "
			"names for table '%s' is not unique in %s: two rows "
			"have %s", run->pair->name, label,
			key.data ? key.data : "it");
		err_hint(err, "choose columns that identify a row: "
			 "table.%s.key in .d1config", run->pair->name);
	} else {
		err_set(err, D1_ERROR, "rows of table '%s' in %s are not in "
			"the order of their key, at %s", run->pair->name,
			label, key.data ? key.data : "a long key");
		err_hint(err, "an index is damaged: run PRAGMA "
			 "integrity_check, then REINDEX");
	}
	buf_release(&key);
	return err->code;
}

/* Moves to the next row of one side and checks that the order holds. */
static int advance(struct table_run *run, int side, struct err *err)
{
	struct side_rows *rows = &run->rows[side];
	const struct table_pair *pair = run->pair;

	if (rows->row && remember_key(rows, pair->nkey, err) < 0)
		return err->code;
	if (cursor_next(rows->cursor, &rows->row, err) < 0) {
		rows->row = NULL;
		return err->code;
	}
	if (!rows->row || !rows->started)
		return 0;
	for (size_t i = 0; i < pair->nkey; i++) {
		int order = value_compare(&rows->previous[i],
					  &rows->row->cells[rows->key[i]],
					  pair->collations[i]);

		if (order < 0)
			return 0;
		if (order > 0)
			return refuse_order(run, side, order, err);
	}
	return refuse_order(run, side, 0, err);
}

static int compare_keys(const struct table_run *run)
{
	const struct row *old_row = run->rows[OLD].row;
	const struct row *new_row = run->rows[NEW].row;

	if (!old_row || !new_row)
		return old_row ? -1 : 1;
	for (size_t i = 0; i < run->pair->nkey; i++) {
		int order = value_compare(
			&old_row->cells[run->rows[OLD].key[i]],
			&new_row->cells[run->rows[NEW].key[i]],
			run->pair->collations[i]);

		if (order)
			return order;
	}
	return 0;
}

static bool rows_equal(const struct table_pair *pair,
		       const struct row *old_row, const struct row *new_row)
{
	const size_t *old_cells = pair->sides[OLD].common;
	const size_t *new_cells = pair->sides[NEW].common;

	for (size_t i = 0; i < pair->ncommon; i++)
		if (!value_equal(&old_row->cells[old_cells[i]],
				 &new_row->cells[new_cells[i]]))
			return false;
	return true;
}

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
	change->bucket = classify(run->pair, change);
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
	return run->sink->change(run->sink, run->pair, change, err);
}

static void count_unchanged(struct table_run *run, uint64_t count)
{
	run->counts.unchanged += count;
	run->counts.buckets[BUCKET_IDENTICAL] += count;
}

/* ---- one table ---- */

static void fill_scan(struct scan *scan, const struct table_run *run, int side,
		      enum scan_rows rows)
{
	const struct table_pair *pair = run->pair;
	const struct pair_side *self = &pair->sides[side];

	*scan = (struct scan){
		.table = self->table,
		.columns = self->columns,
		.ncolumns = self->ncolumns,
		.rows = rows,
		.key = self->key,
		.collations = pair->collations,
		.nkey = pair->nkey,
		.nullable = self->nullable,
		.mixed = self->mixed,
		.identity = self->common,
		.nidentity = pair->ncommon,
		.where = run->comparison->where,
		.only = run->comparison->only,
	};
}

/* What a side without the table delivers. */
static int next_of_nothing(struct cursor *cursor, const struct row **row,
			   struct err *err)
{
	(void)cursor;
	(void)err;
	*row = NULL;
	return 0;
}

static void close_nothing(struct cursor *cursor)
{
	(void)cursor;
}

static struct cursor nothing = { .next = next_of_nothing,
				 .close = close_nothing };

static int open_side(struct table_run *run, int side, struct cursor **cursor,
		     const struct scan *scan, struct err *err)
{
	*cursor = &nothing;
	if (!scan->table)
		return 0;
	if (source_scan(run->comparison->sources[side], cursor, scan,
			err) < 0) {
		*cursor = &nothing;
		return err_context(err, "table '%s' in %s", run->pair->name,
				   run->comparison->labels[side]);
	}
	return 0;
}

/* Merges what stands in both streams. Returns a sink's answer or an error. */
static int merge_keyed(struct table_run *run, struct err *err)
{
	struct side_rows *old_side = &run->rows[OLD];
	struct side_rows *new_side = &run->rows[NEW];

	if (advance(run, OLD, err) < 0 || advance(run, NEW, err) < 0)
		return err->code;
	while (old_side->row || new_side->row) {
		int order = compare_keys(run);
		int answer = SINK_MORE;

		if (order == 0 && rows_equal(run->pair, old_side->row,
					     new_side->row)) {
			count_unchanged(run, 1);
		} else {
			struct change change = {
				.op = order < 0 ? CHANGE_DELETE
				      : order > 0 ? CHANGE_INSERT
						  : CHANGE_UPDATE,
				.rows = { order <= 0 ? old_side->row : NULL,
					  order >= 0 ? new_side->row : NULL },
				.keyed = true,
				.count = 1,
			};

			answer = tell(run, &change, err);
		}
		if (answer != SINK_MORE)
			return answer;
		if ((order <= 0 && advance(run, OLD, err) < 0) ||
		    (order >= 0 && advance(run, NEW, err) < 0))
			return err->code;
	}
	return SINK_MORE;
}

static int compare_ranges(struct table_run *run,
			  const struct key_ranges *ranges, struct err *err)
{
	struct scan scans[2];
	int answer = D1_ERROR;

	for (int side = OLD; side <= NEW; side++) {
		struct side_rows *rows = &run->rows[side];

		memset(rows, 0, sizeof(*rows));
		buf_init(&rows->bytes, SIZE_MAX / 4);
		rows->cursor = &nothing;
		rows->key = run->pair->sides[side].key;
		rows->previous = arena_array(run->arena, run->pair->nkey,
					     sizeof(*rows->previous));
		if (!rows->previous)
			err_set_nomem(err);
	}
	for (int side = OLD; side <= NEW && !err->code; side++) {
		fill_scan(&scans[side], run, side, SCAN_KEYED);
		scans[side].ranges = ranges->items;
		scans[side].nranges = ranges->count;
		open_side(run, side, &run->rows[side].cursor, &scans[side],
			  err);
	}
	answer = err->code ? err->code : merge_keyed(run, err);
	for (int side = OLD; side <= NEW; side++) {
		cursor_close(run->rows[side].cursor);
		buf_release(&run->rows[side].bytes);
	}
	return answer;
}

static int compare_keyed(struct table_run *run, struct err *err)
{
	struct key_ranges ranges;
	int answer = ranges_find(&ranges, run->comparison, run->pair, err);

	if (answer == 0) {
		count_unchanged(run, ranges.equal_rows);
		if (ranges.count > 0)
			answer = compare_ranges(run, &ranges, err);
	}
	ranges_release(&ranges);
	return answer;
}

static int tell_group(void *context, struct change *change, struct err *err)
{
	return tell(context, change, err);
}

static int compare_unkeyed(struct table_run *run, struct err *err)
{
	struct multiset_side sides[2];
	struct scan scans[2];
	uint64_t unchanged = 0;
	int answer = D1_ERROR;

	for (int side = OLD; side <= NEW; side++) {
		sides[side].identity = run->pair->sides[side].common;
		sides[side].cursor = &nothing;
	}
	for (int side = OLD; side <= NEW && !err->code; side++) {
		fill_scan(&scans[side], run, side, SCAN_UNKEYED);
		if (run->pair->nkey > 0 && !run->pair->sides[side].nullable)
			continue;
		open_side(run, side, &sides[side].cursor, &scans[side], err);
	}
	answer = err->code ? err->code
			   : multiset_compare(sides, run->pair->ncommon,
					      tell_group, run, &unchanged, err);
	count_unchanged(run, unchanged);
	for (int side = OLD; side <= NEW; side++)
		cursor_close(sides[side].cursor);
	return answer;
}

static int compare_table(struct table_run *run, struct err *err)
{
	const struct table_pair *pair = run->pair;
	const struct pair_side *sides = pair->sides;
	int answer = SINK_MORE;

	if (pair->nkey > 0)
		answer = compare_keyed(run, err);
	if (answer == SINK_MORE && !run->comparison->only &&
	    (pair->nkey == 0 || sides[OLD].nullable || sides[NEW].nullable))
		answer = compare_unkeyed(run, err);
	return answer;
}

/* ---- all tables ---- */

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

static bool key_count_fits(const struct comparison *comparison,
			   const struct table_pair *pair, struct err *err)
{
	if (!comparison->only || comparison->nonly == pair->nkey)
		return true;
	if (pair->nkey == 0)
		err_set(err, D1_EUSAGE, "table '%s' has no key", pair->name);
	else
		err_set(err, D1_EUSAGE, "the key of table '%s' has %zu "
			"column%s, not %zu", pair->name, pair->nkey,
			pair->nkey == 1 ? "" : "s", comparison->nonly);
	return false;
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

static int run_pair(const struct comparison *comparison,
		    const struct table_pair *pair, struct change_sink *sink,
		    struct comparison_result *result, struct arena *arena,
		    struct err *err)
{
	struct table_run run = { .comparison = comparison, .pair = pair,
				 .sink = sink, .result = result,
				 .arena = arena };
	int answer = SINK_MORE;
	int end = SINK_MORE;

	if (!pair->reason && !key_count_fits(comparison, pair, err))
		return err->code;
	if (sink->begin_table)
		answer = sink->begin_table(sink, pair, err);
	if (answer != SINK_MORE)
		return answer;
	if (pair->reason) {
		note_not_compared(result, pair);
	} else {
		result->compared++;
		result->schema_differences +=
			!pair->sides[OLD].table || !pair->sides[NEW].table ||
			pair->sides[OLD].nonly || pair->sides[NEW].nonly;
		answer = compare_table(&run, err);
	}
	if (answer < 0)
		return answer;
	if (sink->end_table)
		end = sink->end_table(sink, pair, &run.counts, err);
	return end != SINK_MORE ? end : answer == SINK_DONE ? SINK_DONE
							    : SINK_MORE;
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
			err_set(err, D1_EREFUSED, "table.%s.key leaves out a "
				"column that table '%s' refers to", pair->name,
				reference->child);
			return err_hint(err, "exclude '%s' (d1.excludeTables), "
					"or remove the setting",
					reference->child);
		}
	}
	return 0;
}

static int compare_tables(const struct comparison *comparison,
			  const struct table *const tables[2],
			  struct change_sink *sink,
			  struct comparison_result *result,
			  struct arena *arena, struct err *err)
{
	const struct table *any = tables[NEW] ? tables[NEW] : tables[OLD];
	const struct pair_rules *rules;
	struct table_pair pair;

	if (comparison->rules(comparison->context, any->name, &rules,
			      err) < 0 ||
	    pair_tables(&pair, tables[OLD], tables[NEW], rules, arena, err) < 0)
		return err->code;
	if (pair.natural && check_references(comparison, &pair, err) < 0)
		return err->code;
	return run_pair(comparison, &pair, sink, result, arena, err);
}

int compare_sources(const struct comparison *comparison,
		    struct change_sink *sink, struct comparison_result *result,
		    struct err *err)
{
	const struct schema *schemas[2] = { comparison->sources[OLD]->schema,
					    comparison->sources[NEW]->schema };
	struct arena arena = ARENA_INIT;
	size_t at[2] = { 0, 0 };
	int answer = SINK_MORE;

	memset(result, 0, sizeof(*result));
	while (answer == SINK_MORE && (at[OLD] < schemas[OLD]->ntables ||
				       at[NEW] < schemas[NEW]->ntables)) {
		const struct table *tables[2];
		int side = NEW;

		for (int s = OLD; s <= NEW; s++)
			tables[s] = at[s] < schemas[s]->ntables
				? &schemas[s]->tables[at[s]] : NULL;
		if (!tables[NEW] || (tables[OLD] && strcmp(tables[OLD]->name,
						tables[NEW]->name) < 0))
			side = OLD;
		at[side]++;
		tables[!side] = find_other(schemas[!side], schemas[side],
					   tables[side]->name);
		if (side == OLD && tables[NEW])
			continue;	/* comes under its new name */
		if (!comparison->wanted(comparison->context,
					tables[side]->name))
			continue;
		arena_clear(&arena);
		answer = compare_tables(comparison, tables, sink, result,
					&arena, err);
	}
	arena_release(&arena);
	return answer < 0 ? answer : 0;
}
