#include "config.h"

#include "cmd/restoration.h"

#include <stdlib.h>
#include <string.h>

#include "apply/definitions.h"
#include "cmd/losses.h"
#include "source/snapshot.h"
#include "source/sqlite.h"
#include "util/glob.h"
#include "workspace/report.h"
#include "workspace/spool.h"

enum { MAX_LINE = 1 << 16 };

/* ---- opening ---- */

static int open_snapshot(struct restoration *self, struct err *err)
{
	const struct revision *revision = self->revision;
	struct filetree *tree = NULL;

	if (revision_open_snapshot(&tree, revision, err) == 0 &&
	    snapshot_open(&self->snapshot, tree, revision->snapshot_label,
			  err) == 0)
		return 0;
	if (err->code == D1_ENOTFOUND) {
		err_clear(err);
		err_set(err, D1_ENOTFOUND, "there is no snapshot of '%s' in %s",
			self->database->name, revision->snapshot_label);
		err_hint(err, "`git d1 snapshot` makes one");
	}
	return err->code;
}

/* self->base stays NULL if nothing is known of what was there before. */
static int open_before(struct restoration *self, struct err *err)
{
	struct filetree *tree = NULL;

	if (!self->before)
		return 0;
	if (revision_open_snapshot(&tree, self->before, err) == 0)
		(void)!snapshot_open(&self->base, tree,
				     self->before->snapshot_label, err);
	else if (err->code == D1_ENOTFOUND)
		err_clear(err);
	return err->code;
}

static int open_record(struct restoration *self, struct err *err)
{
	char ref[RECORD_REF_SIZE];
	struct filetree *tree;

	if (record_ref(ref, self->path, err) < 0 ||
	    record_open(&tree, self->repository, ref, err) < 0 || !tree)
		return err->code;
	if (snapshot_open(&self->base, tree, ref, err) < 0) {
		err_context(err, "the record of the last restore");
		err_hint(err, "forget it: git update-ref -d %s", ref);
	}
	return err->code;
}

static int open_base(struct restoration *self, struct err *err)
{
	if (!self->repository || self->force)
		return 0;
	if (self->before_counts && open_before(self, err) < 0)
		return err->code;
	if (self->base || open_record(self, err) < 0 || self->base)
		return err->code;
	if (open_before(self, err) == 0)
		self->assumed = self->base;
	return err->code;
}

static int wrap_database(struct restoration *self, struct err *err)
{
	source_close(self->ours);
	self->ours = NULL;
	return sqlite_wrap(&self->ours, sqlite_target_database(self->target),
			   SQLITE_HANDLE_BORROWED, self->label, err);
}

int restoration_begin(struct restoration *self, struct err *err)
{
	self->choice = (struct table_choice){
		.config = &self->project->d1config,
		.database = self->database->name,
		.named = self->tables,
	};
	if (spool_open(&self->listing, err) < 0 ||
	    open_snapshot(self, err) < 0 ||
	    revision_list_migrations(&self->migrations, &self->migration_files,
				     self->revision, self->project,
				     self->database, err) < 0 ||
	    sqlite_target_begin(&self->target, self->path, true, err) < 0 ||
	    open_base(self, err) < 0 || wrap_database(self, err) < 0 ||
	    ledger_read(&self->ledger, self->ours,
			self->database->migrations_table, err) < 0 ||
	    (self->backup && backup_open(self->backup, self->ours, err) < 0))
		return err->code;
	return changes_open(&self->changes, err);
}

/* Of what was not kept there is no way back. */
static void settle_backup(struct restoration *self)
{
	struct err err = ERR_INIT;

	if (!self->backup)
		return;
	if (backup_settle(self->backup, self->written, &err) < 0)
		report_warning_err(&err);
	backup_close(self->backup);
}

void restoration_end(struct restoration *self)
{
	struct err err = ERR_INIT;

	changes_close(self->changes);
	source_close(self->ours);
	source_close(self->base);
	source_close(self->snapshot);
	sqlite_target_close(self->target);
	ledger_release(&self->ledger);
	migrations_release(&self->migrations);
	filetree_close(self->migration_files);
	record_release(&self->record);
	table_choice_release(&self->choice);
	(void)!spool_close(self->listing, &err);
	settle_backup(self);
	arena_release(&self->arena);
}

/* ---- tables ---- */

bool restoration_wants(struct restoration *self, const struct table *table)
{
	return table->kind != TABLE_DERIVED &&
	       table_choice_wants(&self->choice, table->name);
}

/* The database holds no tables, and no migration is noted in it. */
static bool is_empty(const struct restoration *self)
{
	const struct schema *schema = self->ours->schema;

	for (size_t i = 0; i < schema->ntables; i++)
		if (!name_equal(schema->tables[i].name,
				self->database->migrations_table))
			return false;
	return self->ledger.count == 0;
}

static int migrate(struct restoration *self, size_t i, struct err *err)
{
	self->applied++;
	return definitions_migrate(self->target, self->migration_files,
				   self->revision->migrations_label,
				   self->migrations.names[i],
				   self->database->migrations_table, err);
}

/* Rows that are missing afterwards were deleted by nobody: none is kept so. */
static int make_tables(struct restoration *self, struct err *err)
{
	struct filetree *tree = NULL;

	self->made = true;
	if (self->migrations.count == 0) {
		if (revision_open_snapshot(&tree, self->revision, err) == 0)
			(void)!definitions_make(self->target, tree,
						self->revision->snapshot_label,
						err);
		filetree_close(tree);
		return err->code;
	}
	if (ledger_create(sqlite_target_database(self->target),
			  self->database->migrations_table, err) < 0)
		return err->code;
	for (size_t i = 0; i < self->migrations.count; i++)
		if (migrate(self, i, err) < 0)
			return err->code;
	return 0;
}

/* The first table or column that the snapshot has and the database lacks. */
static bool find_lack(struct restoration *self, struct buf *what)
{
	const struct schema *schema = self->snapshot->schema;

	for (size_t i = 0; i < schema->ntables; i++) {
		const struct table *theirs = &schema->tables[i];
		const struct table *ours =
			schema_table(self->ours->schema, theirs->name);

		if (!restoration_wants(self, theirs))
			continue;
		if (!ours) {
			buf_add_format(what, "table '%s'", theirs->name);
			return true;
		}
		for (size_t c = 0; c < theirs->ncolumns; c++) {
			const struct column *column = &theirs->columns[c];

			if (column->unreadable || column->generated ||
			    table_column(ours, column->name) < ours->ncolumns)
				continue;
			buf_add_format(what, "column '%s' of table '%s'",
				       column->name, theirs->name);
			return true;
		}
	}
	return false;
}

/* After all was done that can be done, the snapshot's tables must be there. */
static int check_tables(struct restoration *self, struct err *err)
{
	struct buf what;

	buf_init(&what, MAX_LINE);
	if (find_lack(self, &what)) {
		err_set(err, D1_ERROR,
			"%s has no %s, which the snapshot in %s has",
			self->label, what.data ? what.data : "",
			self->revision->snapshot_label);
		err_hint(err,
			 "the migrations in %s do not lead to the "
			 "snapshot's schema.sql",
			 self->revision->migrations_label);
	}
	buf_release(&what);
	return err->code;
}

/* Rows do not tell what becomes of definitions. */
static int copy_before(struct restoration *self, struct err *err)
{
	return self->backup ? backup_take(self->backup, self->path, err) : 0;
}

static int make_anew(struct restoration *self, struct err *err)
{
	const struct losses losses = {
		.ours = self->ours,
		.snapshot = self->snapshot,
		.labels = { self->label, self->revision->name },
		.choice = &self->choice,
		.all_tables = true,
		.ledger = self->database->migrations_table,
		.out = self->listing
	};

	if (losses_list(&losses, err) < 0 || copy_before(self, err) < 0)
		return err->code;
	self->applied = 0;
	if (sqlite_target_drop_all(self->target, err) < 0 ||
	    make_tables(self, err) < 0 || wrap_database(self, err) < 0)
		return err->code;
	return check_tables(self, err);
}

/* Migrations that the database has and the revision lacks. */
static int check_ledger(const struct restoration *self, bool *strange,
			struct err *err)
{
	struct buf names;
	size_t count = 0;

	buf_init(&names, 1000);
	for (size_t i = 0; i < self->ledger.count; i++) {
		if (migrations_have(&self->migrations, self->ledger.names[i]))
			continue;
		buf_add_string(&names, count++ > 0 ? ", " : "");
		buf_add_string(&names, self->ledger.names[i]);
	}
	*strange = count > 0;
	if (count > 0 && !self->force) {
		err_set(err, D1_EREFUSED,
			"%s has %zu migration%s that %s lacks: %s%s",
			self->label, count, count == 1 ? "" : "s",
			self->revision->name, names.data ? names.data : "",
			names.failed ? ", ..." : "");
		err_hint(err,
			 "--force drops all tables of %s and makes the "
			 "database anew",
			 self->label);
	}
	buf_release(&names);
	return err->code;
}

/* How many rows each table of a schema has; 0 for one that cannot be read. */
static int count_rows(struct restoration *self, struct source *source,
		      uint64_t **counts, struct err *err)
{
	const struct schema *schema = source->schema;

	*counts = arena_array(&self->arena, schema->ntables + 1,
			      sizeof(**counts));
	if (!*counts)
		return err_set_nomem(err);
	for (size_t i = 0; i < schema->ntables; i++) {
		const struct table *table = &schema->tables[i];

		if ((table->kind == TABLE_PLAIN ||
		     table->kind == TABLE_VIRTUAL) &&
		    source_count(source, &(*counts)[i], &table, 1, err) < 0)
			return err->code;
	}
	return 0;
}

/*
 * A migration that makes a table anew deletes the rows that refer to it, under
 * D1's rules. That would look as if somebody had deleted them here.
 */
static int check_vanished(struct restoration *self, const struct schema *before,
			  const uint64_t *counts, struct err *err)
{
	uint64_t *now;

	if (count_rows(self, self->ours, &now, err) < 0 || self->force)
		return err->code;
	for (size_t i = 0; i < before->ntables; i++) {
		const char *name = before->tables[i].name;
		const struct table *table =
			schema_table(self->ours->schema, name);
		uint64_t left;

		if (!table)
			continue;
		left = now[table - self->ours->schema->tables];
		if (left >= counts[i])
			continue;
		err_set(err, D1_EREFUSED,
			"the migrations that %s lacks would delete %llu row%s "
			"of table '%s'; nothing was written",
			self->label, (unsigned long long)(counts[i] - left),
			counts[i] - left == 1 ? "" : "s", name);
		return err_hint(err,
				"if that is what they are for, run `wrangler "
				"d1 migrations apply --local` first\n"
				"--force runs them, and takes all rows of %s",
				self->revision->name);
	}
	return 0;
}

/* Runs those migrations, and sees that no rows go with them. */
static int migrate_rows(struct restoration *self, struct err *err)
{
	const struct migrations *migrations = &self->migrations;
	struct source *before = self->ours;
	uint64_t *counts;

	if (count_rows(self, before, &counts, err) < 0 ||
	    copy_before(self, err) < 0)
		return err->code;
	for (size_t i = 0; i < migrations->count; i++)
		if (!ledger_has(&self->ledger, migrations->names[i]) &&
		    migrate(self, i, err) < 0)
			return err->code;
	self->ours = NULL;
	if (wrap_database(self, err) == 0)
		(void)!check_vanished(self, before->schema, counts, err);
	source_close(before);
	return err->code;
}

/* Runs the migrations that the ledger lacks. */
static int run_pending(struct restoration *self, struct err *err)
{
	const struct migrations *migrations = &self->migrations;
	size_t pending = 0;

	for (size_t i = 0; i < migrations->count; i++)
		pending += !ledger_has(&self->ledger, migrations->names[i]);
	if (pending == 0)
		return 0;
	if (self->ledger.count == 0) {
		/* it was made by other means: they would meet their tables */
		report_warning("%s has tables, but no migration is noted in "
			       "'%s': none of the %zu in %s is run",
			       self->label, self->database->migrations_table,
			       pending, self->revision->migrations_label);
		return 0;
	}
	return migrate_rows(self, err);
}

/* Refuses a database whose tables are others, or makes it anew. */
static int require_tables(struct restoration *self, struct err *err)
{
	struct buf what;
	bool lacks;

	buf_init(&what, MAX_LINE);
	lacks = find_lack(self, &what);
	if (lacks && !self->force) {
		err_set(err, D1_EREFUSED, "%s has no %s, which %s has",
			self->label, what.data ? what.data : "",
			self->revision->name);
		err_hint(err,
			 "--force drops all tables of %s and makes the "
			 "database anew",
			 self->label);
	}
	buf_release(&what);
	if (err->code || !lacks)
		return err->code;
	return make_anew(self, err);
}

int restoration_define(struct restoration *self, struct err *err)
{
	const struct schema *schemas[2] = { self->snapshot->schema,
					    self->snapshot->schema };
	const char *labels[2] = { self->revision->snapshot_label,
				  self->revision->snapshot_label };
	bool strange = false;

	if (table_choice_check(&self->choice, schemas, labels, err) < 0)
		return err->code;
	self->was_empty = is_empty(self);
	if (self->was_empty) {
		if (make_tables(self, err) < 0 || wrap_database(self, err) < 0)
			return err->code;
		return check_tables(self, err);
	}
	if (check_ledger(self, &strange, err) < 0)
		return err->code;
	if (strange)
		return make_anew(self, err);
	if (run_pending(self, err) < 0)
		return err->code;
	return require_tables(self, err);
}
