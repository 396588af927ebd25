#include "config.h"

#include "cmd/migrating.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "apply/d1migration.h"
#include "apply/sqlite.h"
#include "cmd/consent.h"
#include "cmd/report.h"
#include "migrate/run.h"
#include "source/sqlite.h"

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
		.backup = { .workspace = view->workspace,
			    .side = &view->side,
			    .command = command },
	};
	if (find_path(self, err) < 0 ||
	    backup_open(&self->backup, view->source, err) < 0)
		return err->code;
	if (!self->path)
		return consent_target(view->workspace, &view->side, err);
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

/* *noted tells whether the open target's ledger has the migration. */
static int look_at_file(const struct migrating *self, sqlite3 *db,
			const char *name, bool *noted, struct err *err)
{
	struct ledger ledger = { .count = 0 };
	struct source *source;

	if (sqlite_wrap(&source, db, SQLITE_HANDLE_BORROWED,
			self->view->side.label, err) < 0)
		return err->code;
	if (ledger_read(&ledger, source, self->view->database->migrations_table,
			err) == 0)
		*noted = ledger_has(&ledger, name);
	ledger_release(&ledger);
	source_close(source);
	return err->code;
}

static int run_on_file(struct migrating *self, struct sqlite_target *target,
		       struct script *script, const char *name, bool *done,
		       struct err *err)
{
	sqlite3 *db = sqlite_target_database(target);
	const char *table = self->view->database->migrations_table;
	bool noted = false;

	if (look_at_file(self, db, name, &noted, err) < 0)
		return err->code;
	*done = !noted;
	if (noted)
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

/* Reads the remote's ledger once more. */
static int look_at_remote(struct migrating *self, const char *name, bool *noted,
			  struct err *err)
{
	struct migration_view *view = self->view;

	source_close(view->source);
	view->source = NULL;
	if (workspace_open(view->workspace, &view->side, &view->source, err) <
		    0 ||
	    migration_view_read(view, err) < 0)
		return err->code;
	*noted = ledger_has(&view->ledger, name);
	return 0;
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
	bool noted = false;

	if (look_at_remote(self, name, &noted, &unseen) < 0) {
		if (fate == D1_UNKNOWN) {
			self->written = true;
			self->unknown = true;
			err_context(err,
				    "it is not known whether %s was applied",
				    name);
		}
		return err->code;
	}
	if (!noted)
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
