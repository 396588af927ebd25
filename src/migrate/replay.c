#include "config.h"

#include "migrate/replay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "migrate/ledger.h"
#include "migrate/run.h"
#include "model/sql.h"
#include "source/guard.h"
#include "source/sqlite.h"
#include "source/statement.h"

enum {
	MAX_TEXT = 1 << 28,  /* bytes of a migration */
	BUSY_TIMEOUT = 5000, /* milliseconds */
};

static const char replay_name[] = "the replay of the migrations";

struct replay {
	sqlite3 *db;
	const char *table;
	bool enforces; /* foreign keys */
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
	if (rc == SQLITE_OK)
		rc = guard_database(self->db);
	if (rc != SQLITE_OK)
		statement_error(self->db, rc, replay_name, err);
	if (err->code ||
	    run(self, "PRAGMA journal_mode=MEMORY;PRAGMA foreign_keys=OFF",
		err) < 0 ||
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

/* How a text is run. */
enum manner {
	AS_DEFINITIONS,
	AS_MIGRATION,
	WITHOUT_FOREIGN_KEYS,
};

static int run_script(struct replay *replay, struct script *script,
		      enum manner manner, struct err *err)
{
	switch (manner) {
	case AS_DEFINITIONS:
		return migration_run(replay->db, script, EXECUTE_DEFINITIONS,
				     err);
	case AS_MIGRATION:
		return migration_run(replay->db, script, EXECUTE_MIGRATION,
				     err);
	default:
		return execute_script(replay->db, script, EXECUTE_MIGRATION,
				      err);
	}
}

/* Runs a text, which messages call `label`; the ledger notes the `name`. */
static int run_text(struct replay *replay, const char *label, const char *name,
		    const struct buf *text, enum manner manner, struct err *err)
{
	struct script *script = NULL;
	struct stream *stream;

	if (stream_open_bytes(&stream, text->data ? text->data : "", text->len,
			      err) == 0 &&
	    script_open(&script, stream, label, err) == 0 &&
	    run(replay, "BEGIN", err) == 0) {
		if (run_script(replay, script, manner, err) == 0 &&
		    manner != AS_DEFINITIONS)
			(void)!ledger_record(replay->db, replay->table, name,
					     err);
		(void)!finish(replay, err);
	}
	script_close(script);
	return err->code;
}

/*
 * A migration may refer to rows that no migration has made, and are not here:
 * that is no matter of what it defines.
 */
static bool lacks_rows(const struct err *err)
{
	return err->code && strstr(err->message, "FOREIGN KEY") != NULL;
}

static int run_stream(struct replay *replay, const char *folder,
		      const char *path, struct stream *stream,
		      enum manner manner, struct err *err)
{
	char *label = NULL;
	struct buf text;

	buf_init(&text, MAX_TEXT);
	if (asprintf(&label, "%s/%s", folder, path) < 0) {
		label = NULL;
		err_set_nomem(err);
		goto out;
	}
	if (stream_read_all(stream, &text, label, err) < 0)
		goto out;
	(void)!run_text(replay, label, path, &text, manner, err);
	if (manner == AS_MIGRATION && !replay->enforces && lacks_rows(err)) {
		err_clear(err);
		(void)!run_text(replay, label, path, &text,
				WITHOUT_FOREIGN_KEYS, err);
	}
out:
	stream_close(stream);
	buf_release(&text);
	free(label);
	return err->code;
}

int replay_run(struct replay *replay, const char *folder, const char *name,
	       struct stream *text, struct err *err)
{
	return run_stream(replay, folder, name, text, AS_MIGRATION, err);
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
	return run_stream(replay, label, path, text, AS_DEFINITIONS, err);
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

void replay_enforce(struct replay *replay)
{
	replay->enforces = true;
}

int replay_drop_ledger(struct replay *replay, struct err *err)
{
	struct buf sql;

	buf_init(&sql, MAX_TEXT);
	buf_add_string(&sql, "DROP TABLE IF EXISTS main.");
	sql_add_name(&sql, replay->table);
	if (buf_check(&sql, "a statement", err) == 0)
		(void)!run(replay, sql.data, err);
	buf_release(&sql);
	return err->code;
}

static int copy_database(struct replay *replay, sqlite3 *from, const char *name,
			 struct err *err)
{
	sqlite3_backup *backup =
		sqlite3_backup_init(replay->db, "main", from, "main");
	int rc = backup ? sqlite3_backup_step(backup, -1)
			: sqlite3_errcode(replay->db);
	int finished = sqlite3_backup_finish(backup);

	if (rc != SQLITE_DONE)
		return statement_error(replay->db, rc, name, err);
	if (finished != SQLITE_OK)
		return statement_error(replay->db, finished, name, err);
	return ledger_create(replay->db, replay->table, err);
}

int replay_copy_file(struct replay *replay, const char *path, struct err *err)
{
	sqlite3 *from = NULL;
	int rc = sqlite3_open_v2(path, &from,
				 SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX,
				 NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_busy_timeout(from, BUSY_TIMEOUT);
	if (rc != SQLITE_OK)
		statement_error(from, rc, path, err);
	else
		(void)!copy_database(replay, from, path, err);
	sqlite3_close(from);
	return err->code;
}

int replay_copy(struct replay *replay, const struct replay *other,
		struct err *err)
{
	return copy_database(replay, other->db, replay_name, err);
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
