#include "config.h"

#include "workspace/migrating.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "apply/d1migration.h"
#include "apply/sqlite.h"
#include "migrate/run.h"
#include "schema/objectcompare.h"
#include "source/sqlite.h"
#include "workspace/consent.h"
#include "workspace/report.h"

enum { MAX_SQL = 1 << 16 };

/* ---- beginning and ending ---- */

static int find_path(struct migrating *self, struct err *err)
{
	const struct migration_view *view = self->view;

	switch (view->side.endpoint.kind) {
	case ENDPOINT_LOCAL:
		if (side_check_local(view->workspace, view->database, err) < 0)
			return err->code;
		self->path = strdup(view->database->local_path);
		return self->path ? 0 : err_set_nomem(err);
	case ENDPOINT_FILE:
		self->path = realpath(view->side.endpoint.path, NULL);
		return self->path ? 0
				  : err_set_errno(err, "cannot open '%s'",
						  view->side.label);
	case ENDPOINT_REMOTE:
	case ENDPOINT_PREVIEW:
		return 0;
	default:
		return err_set(err, D1_EREFUSED,
			       "migrations are applied to a database, and '%s' "
			       "is none that can be written",
			       view->side.label);
	}
}

int migrating_begin(struct migrating *self, struct migration_view *view,
		    const char *command, struct err *err)
{
	*self = (struct migrating){
		.view = view,
		.consented = self->consented,
		.backup = { .workspace = view->workspace,
			    .side = &view->side,
			    .command = command },
	};
	if (find_path(self, err) < 0 ||
	    backup_open(&self->backup, view->source, err) < 0)
		return err->code;
	if (!self->path)
		return self->consented ? 0
				       : consent_target(view->workspace,
							&view->side, NULL, err);
	/* its reader would be in the way of a file without a log */
	source_close(view->source);
	view->source = NULL;
	return 0;
}

int migrating_settle(struct migrating *self, struct err *err)
{
	return backup_settle(&self->backup, self->written, err);
}

void migrating_end(struct migrating *self)
{
	backup_close(&self->backup);
	free(self->path);
}

static int open_script(struct script **script, char **label,
		       const struct migrating *self, const char *name,
		       struct err *err)
{
	const struct migration_view *view = self->view;
	struct stream *text;

	*script = NULL;
	if (asprintf(label, "%s/%s", view->revision.migrations_label, name) <
	    0) {
		*label = NULL;
		return err_set_nomem(err);
	}
	if (filetree_open(view->files, name, &text, err) < 0)
		return err_context(err, "%s", view->revision.migrations_label);
	return script_open(script, text, *label, err);
}

/* ---- a file ---- */

/*
 * Reads the ledger and what is defined once more, in the target's transaction.
 */
static int look_at_file(struct migrating *self, sqlite3 *db, struct err *err)
{
	struct migration_view *view = self->view;

	if (sqlite_wrap(&view->source, db, SQLITE_HANDLE_BORROWED,
			view->side.label, err) < 0)
		return err->code;
	(void)!migration_view_read(view, err);
	source_close(view->source);
	view->source = NULL;
	return err->code;
}

static int run_on_file(struct migrating *self, struct sqlite_target *target,
		       struct script *script, const char *name, bool *done,
		       struct err *err)
{
	sqlite3 *db = sqlite_target_database(target);
	const char *table = self->view->database->migrations_table;

	if (look_at_file(self, db, err) < 0)
		return err->code;
	*done = !ledger_has(&self->view->ledger, name);
	if (!*done)
		return 0;
	if (backup_take(&self->backup, self->path, err) < 0 ||
	    ledger_create(db, table, err) < 0 ||
	    migration_run(db, script, EXECUTE_MIGRATION, err) < 0 ||
	    ledger_record(db, table, name, err) < 0)
		return err->code;
	return sqlite_target_commit(target, err);
}

static int migrate_file(struct migrating *self, struct script *script,
			const char *name, bool *done, struct err *err)
{
	struct sqlite_target *target;

	if (sqlite_target_begin(&target, self->path, self->view->is_absent,
				err) < 0)
		return err->code;
	(void)!run_on_file(self, target, script, name, done, err);
	sqlite_target_close(target);
	return err->code;
}

/* ---- a remote database ---- */

static int look_at_remote(struct migrating *self, struct err *err)
{
	struct migration_view *view = self->view;

	source_close(view->source);
	view->source = NULL;
	if (workspace_open(view->workspace, &view->side, &view->source, err) <
	    0)
		return err->code;
	return migration_view_read(view, err);
}

/*
 * It failed, or nobody said how it ended: the ledger tells, which is written
 * with the migration or not at all. `err` is what happened; it is cleared if
 * the migration is applied.
 */
static int settle_remote(struct migrating *self, const char *name,
			 enum d1_fate fate, bool *done, struct err *err)
{
	struct err unseen = ERR_INIT;

	if (look_at_remote(self, &unseen) < 0) {
		if (fate == D1_UNKNOWN) {
			self->written = true;
			self->unknown = true;
			err_context(err,
				    "it is not known whether %s was applied",
				    name);
		}
		return err->code;
	}
	if (!ledger_has(&self->view->ledger, name))
		return fate == D1_UNKNOWN
			       ? err_context(err,
					     "%s was not applied (if a foreign "
					     "key is unfulfilled at its end, "
					     "D1 says no more than this)",
					     name)
			       : err->code;
	*done = fate != D1_NOT_DONE;
	err_clear(err);
	return 0;
}

static int migrate_remote(struct migrating *self, struct script *script,
			  const char *name, bool *done, struct err *err)
{
	const struct migration_view *view = self->view;
	struct d1_migration migration = {
		.client = view->side.client,
		.database_id = view->side.remote_id,
		.can_import =
			workspace_account(view->workspace, view->side.client),
		.ledger = view->database->migrations_table,
		.name = name,
		.script = script,
	};
	enum d1_fate fate;

	if (backup_take(&self->backup, NULL, err) < 0)
		return err->code;
	migration.bookmark = self->backup.bookmark;
	*done = true;
	if (d1_migrate(&fate, &migration, err) < 0)
		(void)!settle_remote(self, name, fate, done, err);
	return err->code;
}

int migrating_run(struct migrating *self, const char *name, bool *done,
		  struct err *err)
{
	struct script *script = NULL;
	char *label = NULL;

	*done = false;
	if (open_script(&script, &label, self, name, err) == 0)
		(void)!(self->path ? migrate_file(self, script, name, done, err)
				   : migrate_remote(self, script, name, done,
						    err));
	if (!err->code && *done)
		self->written = true;
	script_close(script);
	free(label);
	return err->code;
}

/* ---- noting without running ---- */

/* What was read when it was decided what to note. */
struct known {
	struct ledger ledger;
	struct objects live;
};

/* Moves it out of the view, which reads it anew. */
static void keep_known(struct known *known, struct migration_view *view)
{
	known->ledger = view->ledger;
	known->live = view->live;
	memset(&view->ledger, 0, sizeof(view->ledger));
	memset(&view->live, 0, sizeof(view->live));
}

static void release_known(struct known *known)
{
	ledger_release(&known->ledger);
	objects_release(&known->live);
}

static int refuse_difference(void *context, const struct object *one,
			     const struct object *other, struct err *err)
{
	(void)context;
	(void)one;
	(void)other;
	return err_set(err, D1_ECONFLICT,
		       "the schema changed meanwhile; nothing was written");
}

static int check_known(const struct known *known,
		       const struct migration_view *view, struct err *err)
{
	const struct ledger *ledger = &view->ledger;
	bool same = ledger->count == known->ledger.count;

	for (size_t i = 0; same && i < ledger->count; i++)
		same = strcmp(ledger->names[i], known->ledger.names[i]) == 0;
	if (!same)
		return err_set(err, D1_ECONFLICT,
			       "migrations were applied meanwhile; nothing was "
			       "written");
	return objects_compare(&known->live, &view->live,
			       view->database->migrations_table,
			       refuse_difference, NULL, err);
}

/* True if the ledger's row of migration `i` is to come, or to go. */
static bool changes_row(const struct migration_view *view, size_t i,
			size_t count)
{
	return ledger_has(&view->ledger, view->migrations.names[i]) !=
	       (i < count);
}

static int note_in_file(struct migrating *self, const struct known *known,
			size_t count, struct sqlite_target *target,
			struct err *err)
{
	struct migration_view *view = self->view;
	const char *table = view->database->migrations_table;
	sqlite3 *db = sqlite_target_database(target);

	if (look_at_file(self, db, err) < 0 ||
	    check_known(known, view, err) < 0 ||
	    backup_take(&self->backup, self->path, err) < 0 ||
	    ledger_create(db, table, err) < 0)
		return err->code;
	for (size_t i = 0; i < view->migrations.count; i++) {
		const char *name = view->migrations.names[i];

		if (!changes_row(view, i, count))
			continue;
		if ((i < count ? ledger_record(db, table, name, err)
			       : ledger_remove(db, table, name, err)) < 0)
			return err->code;
	}
	return sqlite_target_commit(target, err);
}

/* The rows of the ledger as statements of one call. */
static int send_notes(struct migrating *self, size_t count, struct err *err)
{
	const struct migration_view *view = self->view;
	const struct migrations *migrations = &view->migrations;
	const char *table = view->database->migrations_table;
	struct d1_statement *statements =
		calloc(migrations->count + 1, sizeof(*statements));
	struct d1_param *params =
		calloc(migrations->count + 1, sizeof(*params));
	struct buf sql[3]; /* to make the table, to add, to remove */
	struct d1_reply reply;
	size_t n = 1;

	d1_reply_init(&reply);
	for (size_t i = 0; i < ARRAY_SIZE(sql); i++)
		buf_init(&sql[i], MAX_SQL);
	ledger_add_creation(&sql[0], table);
	ledger_add_record(&sql[1], table);
	ledger_add_removal(&sql[2], table);
	for (size_t i = 0; i < ARRAY_SIZE(sql); i++)
		if (buf_check(&sql[i], "a statement", err) < 0)
			goto out;
	if (!statements || !params) {
		err_set_nomem(err);
		goto out;
	}
	statements[0] = (struct d1_statement){ .sql = sql[0].data,
					       .sql_size = sql[0].len };
	for (size_t i = 0; i < migrations->count; i++) {
		const struct buf *text = &sql[i < count ? 1 : 2];

		if (!changes_row(view, i, count))
			continue;
		params[n] = (struct d1_param){ migrations->names[i],
					       strlen(migrations->names[i]) };
		statements[n] = (struct d1_statement){ .sql = text->data,
						       .sql_size = text->len,
						       .params = &params[n],
						       .nparams = 1 };
		n++;
	}
	self->written = true;
	if (d1_raw(&reply, view->side.client, view->side.remote_id, statements,
		   n, D1_WRITE, err) < 0)
		self->written = reply.fate != D1_NOT_DONE;
out:
	d1_reply_release(&reply);
	for (size_t i = 0; i < ARRAY_SIZE(sql); i++)
		buf_release(&sql[i]);
	free(statements);
	free(params);
	return err->code;
}

static int note_in_remote(struct migrating *self, const struct known *known,
			  size_t count, struct err *err)
{
	if (backup_take(&self->backup, NULL, err) < 0 ||
	    look_at_remote(self, err) < 0 ||
	    check_known(known, self->view, err) < 0)
		return err->code;
	return send_notes(self, count, err);
}

int migrating_note(struct migrating *self, size_t count, struct err *err)
{
	struct sqlite_target *target = NULL;
	struct known known;

	keep_known(&known, self->view);
	if (!self->path) {
		(void)!note_in_remote(self, &known, count, err);
	} else if (sqlite_target_begin(&target, self->path, false, err) == 0) {
		self->written =
			note_in_file(self, &known, count, target, err) == 0;
		sqlite_target_close(target);
	}
	release_known(&known);
	return err->code;
}
