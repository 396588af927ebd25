#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "apply/threeway.h"
#include "cmd/losses.h"
#include "cmd/restoration.h"
#include "model/name.h"
#include "source/snapshot.h"
#include "workspace/conflictlist.h"

enum { MAX_LISTED = 20, MAX_LINE = 1 << 16 };

/* ---- rows in the way ---- */

/* What is listed of one table. */
struct trouble {
	FILE *out;
	const char *labels[2]; /* of the database and the snapshot */
	uint64_t told;
};

static int list_trouble(void *context, const struct threeway_row *row,
			struct err *err)
{
	struct trouble *trouble = context;
	const char *word =
		row->trouble == THREEWAY_CONFLICT ? "conflict" : "differs";

	/* each conflict is named; without a base all rows may be in the way */
	if (row->trouble == THREEWAY_DIFFERS && trouble->told++ >= MAX_LISTED)
		return 0;
	return conflictlist_write(trouble->out, word, &row->conflict,
				  trouble->labels, err);
}

static int list_rest(const struct restored_table *table,
		     const struct trouble *trouble, struct err *err)
{
	struct buf line;

	if (trouble->told <= MAX_LISTED)
		return 0;
	buf_init(&line, MAX_LINE);
	buf_add_string(&line, "differs: ");
	name_add(&line, table->name);
	buf_add_format(&line, ": %llu more rows\n",
		       (unsigned long long)(trouble->told - MAX_LISTED));
	if (buf_check(&line, "a line", err) == 0)
		fwrite(line.data, 1, line.len, trouble->out);
	buf_release(&line);
	return err->code;
}

static int refuse_trouble(const struct restoration *self, struct err *err)
{
	uint64_t rows = 0;

	for (size_t i = 0; i < self->nrestored; i++)
		rows += self->restored[i].trouble;
	if (rows == 0)
		return 0;
	if (self->base) {
		err_set(err, D1_ECONFLICT,
			"%llu row%s changed both in %s and in %s, differently; "
			"nothing was written",
			(unsigned long long)rows, rows == 1 ? "" : "s",
			self->label, self->revision->name);
		return err_hint(err, "--force takes all rows of %s",
				self->revision->name);
	}
	err_set(err, D1_EREFUSED,
		"%llu row%s of %s and %s differ, and it is not known which of "
		"them changed; nothing was written",
		(unsigned long long)rows, rows == 1 ? "" : "s", self->label,
		self->revision->name);
	return err_hint(err,
			"no snapshot was restored into this file before, or "
			"taken from it\n--force takes all rows of %s",
			self->revision->name);
}

/* ---- planning ---- */

/*
 * A table without rows is loaded, which is faster; but if a snapshot was
 * restored into it before, it was emptied by somebody, and so it stays.
 */
static int choose_way(struct restoration *self, struct restored_table *table,
		      struct err *err)
{
	bool empty = false;

	if (self->base && !self->assumed &&
	    schema_table(self->base->schema, table->name))
		return 0;
	if (sqlite_target_is_empty(&empty, self->target, table->name, err) < 0)
		return err->code;
	table->loaded = empty;
	return 0;
}

static int plan_table(struct restoration *self, struct restored_table *table,
		      struct err *err)
{
	struct trouble trouble = {
		.out = self->listing,
		.labels = { self->label, self->revision->name },
	};
	const struct threeway threeway = {
		.ours = self->ours,
		.theirs = self->snapshot,
		.base = self->base,
		.labels = { self->label, self->revision->name },
		/* what migrations put into a table gives way */
		.theirs_win = self->force || self->made,
		.masks_win = self->made,
		.changes = self->changes,
		.trouble = list_trouble,
		.context = &trouble,
	};
	const struct pair_rules *rules;
	struct threeway_counts counts;

	if (choose_way(self, table, err) < 0 || table->loaded)
		return err->code;
	table->compared = true;
	table->changes = changes_tables(self->changes);
	if (table_choice_rules(&self->choice, table->name, &rules, err) < 0 ||
	    threeway_table(&threeway, table->name, rules, &counts, err) < 0)
		return err->code;
	table->kept = counts.kept;
	table->trouble = counts.trouble;
	return list_rest(table, &trouble, err);
}

/* With --force rows are lost; they are shown before that. */
static int list_losses(struct restoration *self, struct err *err)
{
	const struct losses losses = { .ours = self->ours,
				       .snapshot = self->snapshot,
				       .labels = { self->label,
						   self->revision->name },
				       .choice = &self->choice,
				       .out = self->listing };

	return self->force && !self->made ? losses_list(&losses, err) : 0;
}

int restoration_plan(struct restoration *self, struct err *err)
{
	const struct schema *schema = self->snapshot->schema;

	self->restored = arena_array(&self->arena, schema->ntables + 1,
				     sizeof(*self->restored));
	if (!self->restored)
		return err_set_nomem(err);
	for (size_t i = 0; i < schema->ntables; i++) {
		const struct table *table = &schema->tables[i];

		if (!restoration_wants(self, table))
			continue;
		self->restored[self->nrestored].name = table->name;
		if (sqlite_target_announce(self->target, table->name, err) <
			    0 ||
		    plan_table(self, &self->restored[self->nrestored++], err) <
			    0)
			return err->code;
	}
	if (refuse_trouble(self, err) < 0)
		return err->code;
	return list_losses(self, err);
}

bool restoration_is_empty(const struct restoration *self)
{
	for (size_t i = 0; i < self->nrestored; i++)
		if (self->restored[i].rows > 0)
			return false;
	return !self->made && self->applied == 0 &&
	       changes_are_empty(self->changes);
}

/* ---- writing ---- */

static int load(struct restoration *self, struct restored_table *table,
		struct err *err)
{
	const struct pair_rules *rules;
	struct datafile *file = NULL;

	if (table_choice_rules(&self->choice, table->name, &rules, err) < 0 ||
	    snapshot_open_table(&file, self->snapshot,
				schema_table(self->snapshot->schema,
					     table->name),
				err) < 0)
		return err->code;
	(void)!sqlite_target_load(self->target, file, rules->ignore,
				  &table->rows, err);
	datafile_close(file);
	return err_context(err, "%s", self->revision->snapshot_label);
}

/* Deletions from it would lose cells that no snapshot holds. */
static bool is_whole(const struct restoration *self, size_t i)
{
	const struct changed_table *table = changes_table(self->changes, i);
	const struct table *ours =
		schema_table(self->ours->schema, table->name);

	if (changes_count(self->changes, i, CHANGE_DELETE) == 0)
		return true;
	for (size_t c = 0; c < table->ncolumns; c++)
		if (table->uses && table->uses[c] != COLUMN_WRITTEN)
			return false;
	return ours && table->ncolumns == ours->ncolumns;
}

static bool loads_any(const struct restoration *self)
{
	for (size_t i = 0; i < self->nrestored; i++)
		if (self->restored[i].loaded)
			return true;
	return false;
}

/* True if a patch of the changes takes all of it back. */
static bool is_reversible(const struct restoration *self)
{
	for (size_t i = 0; i < changes_tables(self->changes); i++)
		if (!is_whole(self, i))
			return false;
	return !loads_any(self);
}

static int keep_way_back(struct restoration *self, struct err *err)
{
	if (!self->backup || self->was_empty ||
	    (changes_are_empty(self->changes) && !loads_any(self)))
		return 0;
	return is_reversible(self)
		       ? backup_take_rows(self->backup, self->changes, err)
		       : backup_take(self->backup, self->path, err);
}

int restoration_write(struct restoration *self, struct err *err)
{
	if (keep_way_back(self, err) < 0)
		return err->code;
	for (size_t i = 0; i < self->nrestored; i++)
		if (self->restored[i].loaded &&
		    load(self, &self->restored[i], err) < 0)
			return err->code;
	return sqlite_target_apply(self->target, self->changes, err);
}

static int prepare_record(struct restoration *self, struct err *err)
{
	const char **names =
		arena_array(&self->arena, self->nrestored + 1, sizeof(*names));
	struct filetree *tree = NULL;

	if (!names)
		return err_set_nomem(err);
	for (size_t i = 0; i < self->nrestored; i++)
		names[i] = self->restored[i].name;
	if (revision_open_snapshot(&tree, self->revision, err) == 0)
		(void)!record_prepare(&self->record, self->repository,
				      self->path, tree,
				      self->tables->count > 0 ? names : NULL,
				      err);
	filetree_close(tree);
	return err->code;
}

/* Whether the rows that stay were changed here is only assumed without one. */
static bool is_certain(const struct restoration *self)
{
	for (size_t i = 0; i < self->nrestored; i++)
		if (self->assumed && self->restored[i].kept > 0)
			return false;
	return true;
}

int restoration_keep(struct restoration *self, struct err *err)
{
	bool record = self->repository && is_certain(self);
	char *reason;

	if (record && prepare_record(self, err) < 0)
		return err->code;
	self->written = !restoration_is_empty(self);
	if (self->written && sqlite_target_commit(self->target, err) < 0) {
		self->written = false;
		return err->code;
	}
	if (!record)
		return 0;
	reason =
		arena_format(&self->arena, "restore: %s", self->revision->name);
	if (!reason)
		return err_set_nomem(err);
	if (record_keep(&self->record, self->database->name, reason, err) == 0)
		return 0;
	/* the rows are written: only the next restore knows less */
	err_context(err, "%s is restored, but that could not be noted",
		    self->label);
	err->code = D1_EUNPLANNED;
	return err->code;
}
