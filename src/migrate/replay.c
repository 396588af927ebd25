#include "config.h"

#include "migrate/replay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "migrate/ledger.h"
#include "migrate/run.h"
#include "source/sqlite.h"
#include "source/statement.h"

static const char replay_name[] = "the replay of the migrations";

struct replay {
	sqlite3 *db;
	const char *table;
};

static int run(struct replay *replay, const char *sql, struct err *err)
{
	int rc = sqlite3_exec(replay->db, sql, NULL, NULL, NULL);

	return rc == SQLITE_OK
		       ? 0
		       : statement_error(replay->db, rc, replay_name, err);
}

int replay_open(struct replay **replay, const char *table, struct err *err)
{
	/* no file that others see, and on disk what memory does not hold */
	static const char private[] = "";
	struct replay *self = calloc(1, sizeof(*self));
	int rc;

	*replay = NULL;
	if (!self)
		return err_set_nomem(err);
	self->table = table;
	rc = sqlite3_open_v2(private, &self->db,
			     SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
				     SQLITE_OPEN_NOMUTEX,
			     NULL);
	if (rc != SQLITE_OK)
		statement_error(self->db, rc, replay_name, err);
	if (err->code || run(self, "PRAGMA journal_mode=MEMORY", err) < 0 ||
	    ledger_create(self->db, table, err) < 0) {
		replay_close(self);
		return err->code;
	}
	*replay = self;
	return 0;
}

void replay_close(struct replay *replay)
{
	if (!replay)
		return;
	sqlite3_close(replay->db);
	free(replay);
}

sqlite3 *replay_database(const struct replay *replay)
{
	return replay->db;
}

/* Ends the transaction, if a statement has not done so. */
static int finish(struct replay *replay, struct err *err)
{
	if (!err->code)
		return run(replay, "COMMIT", err);
	if (!sqlite3_get_autocommit(replay->db))
		sqlite3_exec(replay->db, "ROLLBACK", NULL, NULL, NULL);
	return err->code;
}

/* Runs a text; `migration` is what the ledger notes, NULL for none. */
static int run_text(struct replay *replay, const char *folder, const char *path,
		    const char *migration, struct stream *text, struct err *err)
{
	enum execute_rights rights =
		migration ? EXECUTE_MIGRATION : EXECUTE_DEFINITIONS;
	struct script *script = NULL;
	char *label = NULL;

	if (asprintf(&label, "%s/%s", folder, path) < 0) {
		stream_close(text);
		return err_set_nomem(err);
	}
	if (script_open(&script, text, label, err) == 0 &&
	    run(replay, "BEGIN", err) == 0) {
		if (migration_run(replay->db, script, rights, err) == 0 &&
		    migration)
			(void)!ledger_record(replay->db, replay->table,
					     migration, err);
		(void)!finish(replay, err);
	}
	script_close(script);
	free(label);
	return err->code;
}

int replay_run(struct replay *replay, const char *folder, const char *name,
	       struct stream *text, struct err *err)
{
	return run_text(replay, folder, name, name, text, err);
}

int replay_file(struct replay *replay, struct filetree *files,
		const char *folder, const char *name, struct err *err)
{
	struct stream *text;

	if (filetree_open(files, name, &text, err) < 0)
		return err_context(err, "%s", folder);
	return replay_run(replay, folder, name, text, err);
}

static int define(struct replay *replay, struct filetree *snapshot,
		  const char *label, const char *path, struct err *err)
{
	struct stream *text;

	if (filetree_open(snapshot, path, &text, err) < 0)
		return err->code;
	return run_text(replay, label, path, NULL, text, err);
}

int replay_snapshot(struct replay *replay, struct filetree *snapshot,
		    const char *label, struct err *err)
{
	if (define(replay, snapshot, label, "schema.sql", err) < 0)
		return err->code;
	if (define(replay, snapshot, label, "triggers.sql", err) ==
	    D1_ENOTFOUND)
		err_clear(err);
	return err->code;
}

int replay_objects(struct replay *replay, struct objects *objects,
		   struct err *err)
{
	struct source *source;

	memset(objects, 0, sizeof(*objects));
	if (sqlite_wrap(&source, replay->db, SQLITE_HANDLE_BORROWED,
			replay_name, err) < 0)
		return err->code;
	(void)!objects_read(objects, source, err);
	source_close(source);
	return err->code;
}
