#include "config.h"

#include "apply/sqlite.h"

#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "apply/file.h"
#include "apply/foreignkeys.h"
#include "apply/rowwriter.h"
#include "apply/triggers.h"
#include "migrate/run.h"
#include "model/sql.h"
#include "source/statement.h"
#include "util/glob.h"
#include "util/interrupt.h"

enum { MAX_SQL = 1 << 20 };

/* A list of names. */
struct name {
	const char *name;
	struct name *next;
};

struct sqlite_target {
	struct database_file file;
	struct held_triggers held;
	struct arena arena;
	struct name *written; /* tables that were announced */
	bool fires;	      /* all triggers do */
	bool guards;	      /* rows were read before */
	uint64_t fired;	      /* rows that they changed, by the engine */
	bool committed;
};

static int run(struct sqlite_target *target, const char *sql, struct err *err)
{
	sqlite3 *db = target->file.db;
	int rc = sqlite3_exec(db, sql, NULL, NULL, NULL);

	return rc == SQLITE_OK
		       ? 0
		       : database_file_error(db, rc, target->file.path, err);
}

/* ---- beginning and ending ---- */

int sqlite_target_begin(struct sqlite_target **target, const char *path,
			bool create, struct err *err)
{
	struct sqlite_target *self = calloc(1, sizeof(*self));

	*target = NULL;
	if (!self)
		return err_set_nomem(err);
	if (database_file_open(&self->file, path, create, err) < 0 ||
	    run(self, "BEGIN IMMEDIATE", err) < 0) {
		sqlite_target_close(self);
		return err->code;
	}
	*target = self;
	return 0;
}

sqlite3 *sqlite_target_database(struct sqlite_target *target)
{
	return target->file.db;
}

int sqlite_target_commit(struct sqlite_target *target, struct err *err)
{
	if (triggers_release(&target->held, target->file.db, err) < 0 ||
	    foreign_keys_check(target->file.db, err) < 0)
		return err->code;
	interrupt_writing();
	if (run(target, "COMMIT", err) < 0)
		return err->code;
	interrupt_written();
	target->committed = true;
	return 0;
}

void sqlite_target_close(struct sqlite_target *target)
{
	if (!target)
		return;
	if (target->file.db && !target->committed &&
	    !sqlite3_get_autocommit(target->file.db))
		sqlite3_exec(target->file.db, "ROLLBACK", NULL, NULL, NULL);
	triggers_forget(&target->held);
	database_file_close(&target->file, !target->committed);
	arena_release(&target->arena);
	free(target);
}

/* ---- definitions ---- */

int sqlite_target_run(struct sqlite_target *target, struct script *script,
		      enum execute_rights rights, struct err *err)
{
	sqlite3 *db = target->file.db;

	if (foreign_keys_note(db, err) < 0)
		return err->code;
	return migration_run(db, script, rights, err);
}

/* Names of objects, in an order in which they can be dropped. */
static const char droppable[] =
	"SELECT s.type, s.name FROM main.sqlite_schema s"
	" LEFT JOIN pragma_table_list l ON l.schema = 'main'"
	" AND l.name = s.name WHERE s.type IN ('table', 'view', 'trigger')"
	" AND coalesce(l.type, '') <> 'shadow'"
	" AND s.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
	" AND s.name NOT LIKE '\\_cf\\_%' ESCAPE '\\'"
	" ORDER BY s.type = 'trigger', s.type = 'view',"
	" s.sql LIKE 'CREATE VIRTUAL%', s.name";

/* Collects the statements, the one to be run first at the top. */
static int add_drop(struct sqlite_target *target, struct name **list,
		    const char *type, const char *name, struct err *err)
{
	struct name *added = arena_alloc(&target->arena, sizeof(*added));
	struct buf sql;

	buf_init(&sql, MAX_SQL);
	buf_add_format(&sql, "DROP %s main.", type);
	sql_add_name(&sql, name);
	if (buf_check(&sql, "a statement", err) == 0 && added)
		added->name = arena_copy(&target->arena, sql.data, sql.len);
	buf_release(&sql);
	if (err->code)
		return err->code;
	if (!added || !added->name)
		return err_set_nomem(err);
	added->next = *list;
	*list = added;
	return 0;
}

int sqlite_target_drop_all(struct sqlite_target *target, struct err *err)
{
	sqlite3 *db = target->file.db;
	sqlite3_stmt *select = NULL;
	struct name *list = NULL;
	int rc;

	if (statement_prepare(&select, db, droppable, target->file.path, err) <
	    0)
		return err->code;
	while ((rc = sqlite3_step(select)) == SQLITE_ROW)
		if (add_drop(target, &list,
			     (const char *)sqlite3_column_text(select, 0),
			     (const char *)sqlite3_column_text(select, 1),
			     err) < 0)
			break;
	if (!err->code && rc != SQLITE_DONE)
		statement_error(db, rc, target->file.path, err);
	sqlite3_finalize(select);
	for (; list && !err->code; list = list->next)
		(void)!run(target, list->name, err);
	/* there are no rows left whose keys could have been broken before */
	return err->code ? err->code : foreign_keys_forget(db, err);
}

/* ---- rows ---- */

int sqlite_target_is_empty(bool *empty, struct sqlite_target *target,
			   const char *table, struct err *err)
{
	sqlite3 *db = target->file.db;
	sqlite3_stmt *select = NULL;
	struct buf sql;
	int rc;

	buf_init(&sql, MAX_SQL);
	buf_add_string(&sql, "SELECT 1 FROM main.");
	sql_add_name(&sql, table);
	buf_add_string(&sql, " LIMIT 1");
	if (buf_check(&sql, "a statement", err) == 0 &&
	    statement_prepare(&select, db, sql.data, target->file.path, err) ==
		    0) {
		rc = sqlite3_step(select);
		*empty = rc == SQLITE_DONE;
		if (rc != SQLITE_DONE && rc != SQLITE_ROW)
			statement_error(db, rc, target->file.path, err);
	}
	sqlite3_finalize(select);
	buf_release(&sql);
	return err->code;
}

static bool is_written(void *context, const char *table)
{
	const struct sqlite_target *target = context;

	for (const struct name *name = target->written; name; name = name->next)
		if (name_equal(name->name, table))
			return true;
	return false;
}

int sqlite_target_announce(struct sqlite_target *target, const char *table,
			   struct err *err)
{
	struct name *name;

	if (is_written(target, table))
		return 0;
	name = arena_alloc(&target->arena, sizeof(*name));
	if (name)
		name->name = arena_string(&target->arena, table);
	if (!name || !name->name)
		return err_set_nomem(err);
	name->next = target->written;
	target->written = name;
	return 0;
}

static int begin_rows(struct sqlite_target *target, struct row_writer **writer,
		      const struct changed_table *table, struct err *err)
{
	sqlite3 *db = target->file.db;

	if (foreign_keys_note(db, err) < 0)
		return err->code;
	if (!target->fires && triggers_hold(&target->held, db, table->name,
					    is_written, target, err) < 0)
		return err->code;
	if (row_writer_open(writer, db, target->file.path, table, err) < 0)
		return err->code;
	if (target->fires)
		row_writer_let_fire(*writer);
	if (target->guards)
		row_writer_guard(*writer);
	return 0;
}

static bool is_ignored(const char *const *ignore, const char *column)
{
	for (size_t i = 0; ignore && ignore[i]; i++)
		if (glob_match(ignore[i], column))
			return true;
	return false;
}

/* The columns of a data file that are loaded. */
struct loaded {
	struct arena arena;
	struct changed_table table;
	size_t *places; /* of each column in the file */
	struct value *cells;
};

static int choose_columns(struct loaded *loaded,
			  const struct datafile_header *header,
			  const char *const *ignore, struct err *err)
{
	const char **columns = arena_array(&loaded->arena, header->ncolumns + 1,
					   sizeof(*columns));
	enum column_use *uses =
		arena_array(&loaded->arena, header->ncolumns + 1,
			    sizeof(*uses));
	size_t count = 0;

	loaded->places = arena_array(&loaded->arena, header->ncolumns + 1,
				     sizeof(*loaded->places));
	loaded->cells = arena_array(&loaded->arena, header->ncolumns + 1,
				    sizeof(*loaded->cells));
	if (!columns || !uses || !loaded->places || !loaded->cells)
		return err_set_nomem(err);
	for (size_t i = 0; i < header->ncolumns; i++) {
		if (is_ignored(ignore, header->columns[i]))
			continue;
		columns[count] = header->columns[i];
		for (size_t m = 0; m < header->nmasked; m++)
			if (header->masked[m] == i)
				uses[count] = COLUMN_INSERTED;
		loaded->places[count++] = i;
	}
	loaded->table = (struct changed_table){ .name = header->table,
						.columns = columns,
						.ncolumns = count,
						.uses = uses };
	return 0;
}

static int load_rows(struct row_writer *writer, struct datafile *file,
		     const struct loaded *loaded, uint64_t *rows,
		     struct err *err)
{
	const struct row row = { .cells = loaded->cells,
				 .ncells = loaded->table.ncolumns };
	const struct row_change change = { .op = CHANGE_INSERT,
					   .count = 1,
					   .new = &row };
	const struct row *read;

	while (datafile_next(file, &read, err) == 0 && read) {
		for (size_t i = 0; i < row.ncells; i++)
			loaded->cells[i] = read->cells[loaded->places[i]];
		if (row_writer_insert(writer, &change, err) < 0)
			return err_context(err, "%s:%llu", datafile_name(file),
					   (unsigned long long)datafile_line(
						   file));
		(*rows)++;
	}
	return err->code;
}

int sqlite_target_load(struct sqlite_target *target, struct datafile *file,
		       const char *const *ignore, uint64_t *rows,
		       struct err *err)
{
	struct loaded loaded = { .arena = ARENA_INIT };
	struct row_writer *writer = NULL;

	*rows = 0;
	if (choose_columns(&loaded, datafile_header(file), ignore, err) < 0 ||
	    begin_rows(target, &writer, &loaded.table, err) < 0)
		goto out;
	(void)!load_rows(writer, file, &loaded, rows, err);
out:
	row_writer_close(writer);
	arena_release(&loaded.arena);
	return err->code;
}

static int delete_row(void *context, const struct row_change *change,
		      struct err *err)
{
	return row_writer_delete(context, change, err);
}

static int update_row(void *context, const struct row_change *change,
		      struct err *err)
{
	return row_writer_update(context, change, err);
}

static int insert_row(void *context, const struct row_change *change,
		      struct err *err)
{
	return row_writer_insert(context, change, err);
}

static int apply_table(struct sqlite_target *target, struct changes *changes,
		       size_t table, struct err *err)
{
	struct row_writer *writer = NULL;

	if (begin_rows(target, &writer, changes_table(changes, table), err) < 0)
		return err->code;
	if (changes_each(changes, table, CHANGE_DELETE, delete_row, writer,
			 err) < 0 ||
	    row_writer_end_deletes(writer, err) < 0 ||
	    changes_each(changes, table, CHANGE_UPDATE, update_row, writer,
			 err) < 0 ||
	    row_writer_end_updates(writer, err) < 0)
		goto out;
	(void)!changes_each(changes, table, CHANGE_INSERT, insert_row, writer,
			    err);
	target->fired += row_writer_fired(writer);
out:
	row_writer_close(writer);
	return err->code;
}

static int check_row(void *context, const struct row_change *change,
		     struct err *err)
{
	return row_writer_check(context, change, err);
}

/* Once one is written, triggers may have changed the others. */
static int check_table(struct sqlite_target *target, struct changes *changes,
		       size_t table, struct err *err)
{
	struct row_writer *writer = NULL;

	if (row_writer_open(&writer, target->file.db, target->file.path,
			    changes_table(changes, table), err) == 0)
		(void)!changes_each_row(changes, table, check_row, writer, err);
	row_writer_close(writer);
	return err->code;
}

int sqlite_target_apply(struct sqlite_target *target, struct changes *changes,
			struct err *err)
{
	size_t count = changes_tables(changes);

	for (size_t i = 0; i < count; i++)
		if (!changes_table_is_empty(changes, i) &&
		    sqlite_target_announce(target,
					   changes_table(changes, i)->name,
					   err) < 0)
			return err->code;
	for (size_t i = 0; i < count; i++)
		if (target->guards && target->fires &&
		    !changes_table_is_empty(changes, i) &&
		    check_table(target, changes, i, err) < 0)
			return err->code;
	for (size_t i = 0; i < count; i++)
		if (!changes_table_is_empty(changes, i) &&
		    apply_table(target, changes, i, err) < 0)
			return err->code;
	return 0;
}

/* ---- triggers that fire ---- */

void sqlite_target_guard(struct sqlite_target *target, bool guards)
{
	target->guards = guards;
}

void sqlite_target_let_fire(struct sqlite_target *target)
{
	target->fires = true;
}

int sqlite_target_fired(struct sqlite_target *target, uint64_t *rows,
			bool *exact, struct err *err)
{
	sqlite3 *db = target->file.db;
	sqlite3_stmt *select = NULL;
	int rc;

	*rows = target->fired;
	if (statement_prepare(&select, db,
			      "SELECT 1 FROM main.sqlite_schema WHERE type = "
			      "'table' AND sql LIKE 'CREATE VIRTUAL%' LIMIT 1",
			      target->file.path, err) < 0)
		return err->code;
	rc = sqlite3_step(select);
	*exact = rc == SQLITE_DONE || target->fired == 0;
	if (rc != SQLITE_DONE && rc != SQLITE_ROW)
		statement_error(db, rc, target->file.path, err);
	sqlite3_finalize(select);
	return err->code;
}
