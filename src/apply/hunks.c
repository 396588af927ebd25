#include "config.h"

#include "apply/hunks.h"

#include <stdlib.h>
#include <string.h>

#include "apply/hunkcheck.h"
#include "apply/hunkcopy.h"
#include "apply/hunkdigest.h"
#include "apply/hunkmerge.h"
#include "apply/unkeyedhunks.h"
#include "util/compiler.h"

enum {
	BATCH_HUNKS = 10000,   /* that are looked up at once */
	BATCH_BYTES = 4 << 20, /* of their text */
	FEW_HUNKS = 16,	       /* that may each cost a pass over the table */
};

/* A hunk that waits for its row. */
struct waiting {
	const struct patch_hunk *hunk;
	const struct value *key;
};

struct matching {
	const struct hunks *hunks;
	struct hunk_counts *counts;
	struct patch *patch;
	struct hunk_table table;
	struct hunk_digest digest;
	bool in_table;
	bool has_changes; /* the table was begun among the changes */
	struct value *after;
	struct arena row_arena; /* of the row that is judged */
	struct source *base;	/* if it was looked for; may be none */
	bool has_base;
	/* hunks with a key */
	struct arena arena;
	struct waiting waiting[BATCH_HUNKS];
	size_t nwaiting;
	size_t bytes;
	struct arena last_arena;
	struct value *last_key; /* the greatest so far; NULL: there is none */
	bool is_unordered;	/* hunks came that belong before others */
	struct unkeyed_hunks *unkeyed; /* hunks without; NULL: none so far */
};

/* ---- what comes of a hunk ---- */

static int add_change(struct matching *self, const struct row_change *change,
		      struct err *err)
{
	struct changes *changes = self->hunks->changes;

	if (hunk_check_stored(&self->table, change, &self->row_arena, err) < 0)
		return err->code;
	if (!self->has_changes &&
	    changes_begin_table(changes, &self->table.changed, err) < 0)
		return err->code;
	self->has_changes = true;
	self->counts->applies += change->count;
	return changes_add(changes, change, err);
}

static int fail(struct matching *self, const struct patch_hunk *hunk,
		const struct hunk_verdict *verdict, uint64_t found,
		struct err *err)
{
	const struct hunk_failure failure = { .table = self->table.patch,
					      .hunk = hunk,
					      .verdict = *verdict,
					      .found = found };

	hunk_digest_give_up(&self->digest);
	self->counts->failed++;
	return self->hunks->failed(self->hunks->failed_context, &failure, err);
}

/* What the hunk lacks of a row that is inserted is the columns' default. */
static int fill_defaults(struct matching *self, const struct hunk_row *hunk,
			 struct err *err)
{
	struct hunk_table *table = &self->table;
	bool *has = arena_array(&self->row_arena, table->scan.ncolumns + 1,
				sizeof(*has));
	bool complete;

	if (!has)
		return err_set_nomem(err);
	if (hunk_row_cells(hunk, self->after, has, &complete, err) < 0 ||
	    complete)
		return err->code;
	for (size_t i = 0; i < table->scan.ncolumns; i++) {
		const struct value *value;

		if (has[i] || table->changed.uses[i] != COLUMN_WRITTEN)
			continue;
		if (hunk_table_default(table, i, &value, err) < 0)
			return err->code;
		self->after[i] = *value;
	}
	return 0;
}

static int locate(const struct matching *self, const struct patch_hunk *hunk,
		  struct err *err)
{
	return err_context(err, "%s:%llu", self->hunks->name,
			   (unsigned long long)hunk->line);
}

/* ---- merging ---- */

static int find_base(struct matching *self, struct err *err)
{
	const struct hunks *hunks = self->hunks;
	const struct patch_mail *mail = patch_mail(self->patch);

	if (self->has_base)
		return 0;
	self->has_base = true;
	return hunks->open_base(hunks->base_context, mail ? mail->base : NULL,
				&self->base, err);
}

/* Merges the hunk into its row, which is not as it expects. */
static int merge(struct matching *self, const struct hunk_row *hunk,
		 const struct row *row, bool *merged, struct err *err)
{
	const struct row after = { .cells = self->after,
				   .ncells = self->table.scan.ncolumns };
	const struct row_change change = { .op = CHANGE_UPDATE,
					   .keyed = true,
					   .count = 1,
					   .old = row,
					   .new = &after };
	bool same = true;

	*merged = false;
	if (!self->hunks->merge)
		return 0;
	hunk_digest_give_up(&self->digest);
	if (find_base(self, err) < 0 ||
	    hunk_merge(hunk, row, self->base, self->after, &self->row_arena,
		       merged, err) < 0 ||
	    !*merged)
		return err->code;
	for (size_t i = 0; i < after.ncells && same; i++)
		same = value_equal(&row->cells[i], &self->after[i]);
	if (same) {
		self->counts->applied++;
		return 0;
	}
	self->counts->merged++;
	return add_change(self, &change, err);
}

/* ---- rows with a key ---- */

static int judge(struct matching *self, const struct patch_hunk *hunk,
		 const struct row *row, struct err *err)
{
	static const enum change_op ops[] = { [PATCH_INSERT] = CHANGE_INSERT,
					      [PATCH_DELETE] = CHANGE_DELETE,
					      [PATCH_UPDATE] = CHANGE_UPDATE };
	const struct row after = { .cells = self->after,
				   .ncells = self->table.scan.ncolumns };
	struct row_change change = { .keyed = true, .count = 1, .old = row };
	struct hunk_verdict verdict;
	struct hunk_row judged;
	bool merged;

	arena_clear(&self->row_arena);
	hunk_row_init(&judged, &self->table, hunk, self->hunks->reverse);
	if (hunk_row_judge(&judged, row, self->after, &self->row_arena,
			   &verdict, err) < 0)
		return locate(self, hunk, err);
	if (verdict.state == HUNK_APPLIES || verdict.state == HUNK_APPLIED) {
		int side = verdict.state == HUNK_APPLIES ? judged.from
							 : !judged.from;

		if (hunk_digest_add(&self->digest, &judged, row, side,
				    &self->row_arena, err) < 0)
			return locate(self, hunk, err);
	}
	if (verdict.state == HUNK_APPLIED) {
		self->counts->applied++;
		return 0;
	}
	if (verdict.state != HUNK_APPLIES) {
		if (merge(self, &judged, row, &merged, err) < 0)
			return locate(self, hunk, err);
		return merged ? 0
			      : fail(self, hunk, &verdict, row ? 1 : 0, err);
	}
	if (judged.op == PATCH_INSERT && fill_defaults(self, &judged, err) < 0)
		return locate(self, hunk, err);
	change.op = ops[judged.op];
	change.new = judged.op == PATCH_DELETE ? NULL : &after;
	if (add_change(self, &change, err) < 0)
		return locate(self, hunk, err);
	return 0;
}

/* The order of a row's key against one that is wanted. */
static int compare_key(const struct scan *scan, const struct row *row,
		       const struct value *key)
{
	int order = 0;

	for (size_t i = 0; i < scan->nkey && order == 0; i++)
		order = value_compare(&row->cells[scan->key[i]], &key[i],
				      scan->collations[i]);
	return order;
}

static int compare_keys(const struct scan *scan, const struct value *a,
			const struct value *b)
{
	int order = 0;

	for (size_t i = 0; i < scan->nkey && order == 0; i++)
		order = value_compare(&a[i], &b[i], scan->collations[i]);
	return order;
}

static int compare_waiting(const void *a, const void *b, void *scan)
{
	return compare_keys(scan, ((const struct waiting *)a)->key,
			    ((const struct waiting *)b)->key);
}

/* Notes whether the batch, whose keys are in order, comes after the last. */
static int note_order(struct matching *self, const struct value *keys,
		      struct err *err)
{
	const struct scan *scan = &self->table.scan;
	const struct value *greatest = &keys[(self->nwaiting - 1) * scan->nkey];

	if (self->last_key && compare_keys(scan, self->last_key, keys) >= 0)
		self->is_unordered = true;
	if (self->last_key && compare_keys(scan, self->last_key, greatest) >= 0)
		return 0;
	arena_clear(&self->last_arena);
	self->last_key = arena_array(&self->last_arena, scan->nkey,
				     sizeof(*self->last_key));
	for (size_t i = 0; self->last_key && i < scan->nkey; i++)
		if (!value_copy(&self->last_key[i], &greatest[i],
				&self->last_arena))
			self->last_key = NULL;
	return self->last_key ? 0 : err_set_nomem(err);
}

/* Puts the batch into the order of keys, and the keys into one array. */
static struct value *sort_batch(struct matching *self, struct err *err)
{
	struct scan *scan = &self->table.scan;
	struct value *keys =
		arena_array(&self->arena, self->nwaiting * scan->nkey,
			    sizeof(*keys));

	if (!keys) {
		err_set_nomem(err);
		return NULL;
	}
	qsort_r(self->waiting, self->nwaiting, sizeof(*self->waiting),
		compare_waiting, scan);
	for (size_t i = 0; i < self->nwaiting; i++) {
		const struct waiting *waiting = &self->waiting[i];

		if (i > 0 &&
		    compare_keys(scan, waiting[-1].key, waiting->key) == 0) {
			err_set(err, D1_ERROR,
				"a hunk about the same row as that of line "
				"%llu",
				(unsigned long long)waiting[-1].hunk->line);
			locate(self, waiting->hunk, err);
			return NULL;
		}
		memcpy(&keys[i * scan->nkey], waiting->key,
		       scan->nkey * sizeof(*keys));
	}
	return keys;
}

/* Reads the rows of the batch, and judges each of its hunks. */
static int judge_batch(struct matching *self, struct cursor *rows,
		       struct err *err)
{
	const struct scan *scan = &self->table.scan;
	size_t next = 0;

	for (;;) {
		const struct row *row;
		int order = -1;

		if (cursor_next(rows, &row, err) < 0)
			return err->code;
		while (next < self->nwaiting) {
			const struct waiting *waiting = &self->waiting[next];

			order = row ? compare_key(scan, row, waiting->key) : 1;
			if (order < 0)
				break; /* not wanted */
			if (judge(self, waiting->hunk, order == 0 ? row : NULL,
				  err) < 0)
				return err->code;
			next++;
			if (order == 0)
				break;
		}
		if (!row)
			return 0;
	}
}

/*
 * True if one pass over the table, in the order of its keys, costs less than
 * one for each key. A remote engine looks for all of them in one.
 */
static bool wants_all_rows(const struct matching *self)
{
	return self->nwaiting > FEW_HUNKS && !self->table.is_enforced &&
	       !source_is_remote(self->hunks->source);
}

static int end_batch(struct matching *self, struct err *err)
{
	struct scan scan = self->table.scan;
	struct cursor *rows = NULL;
	struct value *keys;

	if (self->nwaiting == 0)
		return 0;
	keys = sort_batch(self, err);
	if (!wants_all_rows(self)) {
		scan.only = keys;
		scan.nonly = self->nwaiting;
	}
	if (keys && note_order(self, keys, err) == 0 &&
	    source_scan(self->hunks->source, &rows, &scan, err) == 0)
		(void)!judge_batch(self, rows, err);
	cursor_close(rows);
	arena_clear(&self->arena);
	self->nwaiting = 0;
	self->bytes = 0;
	return err->code;
}

static int wait_for_row(struct matching *self, const struct patch_hunk *hunk,
			struct err *err)
{
	struct waiting *waiting = &self->waiting[self->nwaiting];
	size_t nkey = self->table.scan.nkey;
	struct value *key = arena_array(&self->arena, nkey + 1, sizeof(*key));

	if (!self->hunks->recount &&
	    hunk_check_bare(&self->table, hunk, err) < 0)
		return locate(self, hunk, err);
	waiting->hunk = hunk_copy(&self->arena, hunk, nkey);
	if (!waiting->hunk || !key)
		return err_set_nomem(err);
	for (size_t i = 0; i < nkey; i++)
		key[i] = waiting->hunk->key[i].value;
	waiting->key = key;
	self->nwaiting++;
	self->bytes += hunk->size;
	if (self->nwaiting == BATCH_HUNKS || self->bytes >= BATCH_BYTES)
		return end_batch(self, err);
	return 0;
}

/* ---- rows without a key ---- */

/* What becomes of rows of which there are hunk->found. */
static int judge_count(struct matching *self, const struct unkeyed_hunk *kept,
		       struct err *err)
{
	const struct patch_hunk *hunk = &kept->hunk;
	bool inserts = (hunk->op == PATCH_INSERT) != self->hunks->reverse;
	uint64_t changed = hunk->op == PATCH_INSERT
				   ? hunk->before + hunk->count
				   : hunk->before - hunk->count;
	uint64_t before = self->hunks->reverse ? changed : hunk->before;
	uint64_t after = self->hunks->reverse ? hunk->before : changed;
	struct hunk_verdict verdict = { .state = HUNK_DIFFERS };
	struct row_change change = { .op = inserts ? CHANGE_INSERT
						   : CHANGE_DELETE,
				     .count = hunk->count,
				     .before = kept->found,
				     .old = inserts ? NULL : &kept->row,
				     .new = inserts ? &kept->row : NULL };

	if (kept->found == before)
		return add_change(self, &change, err);
	if (kept->found == after) {
		self->counts->applied += hunk->count;
		return 0;
	}
	hunk_digest_give_up(&self->digest);
	if (self->hunks->merge && (inserts || kept->found >= hunk->count)) {
		self->counts->merged += hunk->count;
		return add_change(self, &change, err);
	}
	return fail(self, hunk, &verdict, kept->found, err);
}

static int judge_unkeyed(void *context, const struct unkeyed_hunk *hunk,
			 struct err *err)
{
	struct matching *self = context;

	arena_clear(&self->row_arena);
	if (judge_count(self, hunk, err) < 0)
		return locate(self, &hunk->hunk, err);
	return 0;
}

/* Keeps the hunk until the rows of its table are counted. */
static int keep_unkeyed(struct matching *self, const struct patch_hunk *hunk,
			struct err *err)
{
	const struct row row = { .cells = self->after,
				 .ncells = self->table.scan.ncolumns };
	struct hunk_row judged;
	bool complete;

	hunk_row_init(&judged, &self->table, hunk, self->hunks->reverse);
	if (hunk_row_cells(&judged, self->after, NULL, &complete, err) < 0)
		return locate(self, hunk, err);
	if (!complete) {
		err_set(err, D1_EREFUSED,
			"the rows have no key, and the patch lacks columns of "
			"table '%s'",
			self->table.table->name);
		return locate(self, hunk, err);
	}
	if (!self->unkeyed &&
	    unkeyed_hunks_open(&self->unkeyed, &self->table.scan, err) < 0)
		return err->code;
	if (hunk_check_count(hunk, &row, err) < 0 ||
	    unkeyed_hunks_add(self->unkeyed, hunk, &row, err) < 0 ||
	    hunk_digest_add(&self->digest, &judged, NULL, judged.from,
			    &self->row_arena, err) < 0)
		return locate(self, hunk, err);
	return 0;
}

static int end_unkeyed(struct matching *self, struct err *err)
{
	return self->unkeyed
		       ? unkeyed_hunks_count(self->unkeyed, self->hunks->source,
					     judge_unkeyed, self, err)
		       : 0;
}

/* ---- the patch ---- */

/* All hunks of the table are judged: do they fit together? */
static int check_table(struct matching *self, struct err *err)
{
	struct changes *changes = self->hunks->changes;
	size_t place = changes_tables(changes) - 1;

	if (self->is_unordered && self->has_changes &&
	    hunk_check_twice(changes, place, err) < 0)
		return err_context(err, "%s:%llu", self->hunks->name,
				   (unsigned long long)self->table.patch->line);
	if (hunk_digest_check(&self->digest, &self->table, err) < 0)
		return err_context(err, "%s", self->hunks->name);
	return 0;
}

static int end_table(struct matching *self, struct err *err)
{
	if (!err->code && self->in_table && end_batch(self, err) == 0 &&
	    end_unkeyed(self, err) == 0)
		(void)!check_table(self, err);
	hunk_digest_release(&self->digest);
	unkeyed_hunks_close(self->unkeyed);
	self->unkeyed = NULL;
	if (self->in_table)
		hunk_table_release(&self->table);
	free(self->after);
	self->after = NULL;
	self->in_table = false;
	self->has_changes = false;
	self->is_unordered = false;
	self->last_key = NULL;
	arena_clear(&self->last_arena);
	return err->code;
}

/* The patch may name a database, in the head of a mail and of each table. */
static int check_database(const struct matching *self,
			  const struct patch_table *table, struct err *err)
{
	const struct hunks *hunks = self->hunks;
	const struct patch_mail *mail = patch_mail(self->patch);
	const char *const named[] = { table->database,
				      mail ? mail->database : NULL };

	for (size_t i = 0; i < ARRAY_SIZE(named) && hunks->database; i++) {
		if (!named[i] || strcmp(named[i], hunks->database) == 0)
			continue;
		err_set(err, D1_EREFUSED,
			"the patch is for database '%s', and %s is another",
			named[i], hunks->label);
		return err_hint(err,
				"if it is meant, name the database: "
				"--to %s",
				hunks->label);
	}
	return 0;
}

/* A table of which rows are to be found; only then it has to be there. */
static int begin_table(struct matching *self, struct err *err)
{
	const struct patch_table *patch = patch_table(self->patch);
	const struct pair_rules *rules;

	if (check_database(self, patch, err) < 0)
		goto fail;
	if (patch->is_redacted) {
		err_set(err, D1_EREFUSED,
			"values of table '%s' were left out (--redact): it "
			"cannot be applied",
			patch->name);
		goto fail;
	}
	if (!self->hunks->wanted(self->hunks->context, patch->name)) {
		err_set(err, D1_EREFUSED, "table '%s' is excluded",
			patch->name);
		err_hint(err, "d1.excludeTables or d1.tables in .d1config");
		goto fail;
	}
	if (self->hunks->rules(self->hunks->context, patch->name, &rules, err) <
	    0)
		return err->code;
	self->in_table = true;
	if (hunk_table_find(&self->table, patch, self->hunks->source,
			    self->hunks->label, rules, err) < 0)
		goto fail;
	self->after =
		calloc(self->table.scan.ncolumns + 1, sizeof(*self->after));
	if (!self->after)
		return err_set_nomem(err);
	return hunk_digest_begin(&self->digest, &self->table,
				 self->hunks->recount, err);
fail:
	return err_context(err, "%s:%llu", self->hunks->name,
			   (unsigned long long)patch->line);
}

static int take_hunk(struct matching *self, struct err *err)
{
	const struct patch_hunk *hunk = patch_hunk(self->patch);
	const struct hunks *hunks = self->hunks;

	if (hunks->skipped &&
	    hunks->skipped(hunks->context, patch_table(self->patch)->name))
		return 0;
	if (!self->in_table && begin_table(self, err) < 0)
		return err->code;
	self->counts->hunks++;
	if (hunk->key)
		return wait_for_row(self, hunk, err);
	/* rows with a key come first */
	if (end_batch(self, err) < 0)
		return err->code;
	return keep_unkeyed(self, hunk, err);
}

int hunks_match(const struct hunks *hunks, struct patch *patch,
		struct hunk_counts *counts, struct err *err)
{
	struct matching *self = calloc(1, sizeof(*self));
	enum patch_event event = PATCH_HUNK;

	memset(counts, 0, sizeof(*counts));
	if (!self)
		return err_set_nomem(err);
	self->hunks = hunks;
	self->counts = counts;
	self->patch = patch;
	while (!err->code && event != PATCH_END) {
		if (patch_next(patch, &event, err) < 0)
			break;
		if (event == PATCH_HUNK)
			(void)!take_hunk(self, err);
		else
			(void)!end_table(self, err);
	}
	(void)!end_table(self, err);
	arena_release(&self->arena);
	arena_release(&self->row_arena);
	arena_release(&self->last_arena);
	free(self);
	return err->code;
}
