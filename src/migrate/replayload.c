#include "config.h"

#include "migrate/replay.h"

#include <string.h>

#include <sqlite3.h>

#include "model/sql.h"
#include "source/sqlite.h"
#include "source/statement.h"
#include "util/arena.h"

enum { MAX_SQL = 1 << 20 };

static const char loaded_name[] = "the rows that migrations are tried on";

/* A table on its way into the replay. */
struct load {
	sqlite3 *db;
	struct source *source;
	const struct table *from;
	const struct table *to;
	struct arena arena;
	size_t *columns; /* of `from`, that both have */
	size_t ncolumns;
};

static int run(sqlite3 *db, const char *sql, struct err *err)
{
	int rc = sqlite3_exec(db, sql, NULL, NULL, NULL);

	return rc == SQLITE_OK ? 0 : statement_error(db, rc, loaded_name, err);
}

static int choose_columns(struct load *self, struct err *err)
{
	const struct table *from = self->from;

	self->columns = arena_array(&self->arena, from->ncolumns + 1,
				    sizeof(*self->columns));
	if (!self->columns)
		return err_set_nomem(err);
	for (size_t i = 0; i < from->ncolumns; i++) {
		const struct column *column = &from->columns[i];
		size_t there = table_column(self->to, column->name);

		if (!column->generated && !column->unreadable &&
		    there < self->to->ncolumns &&
		    !self->to->columns[there].generated)
			self->columns[self->ncolumns++] = i;
	}
	return 0;
}

/* True if the table wants a value that the source does not have. */
static bool is_lacking(const struct load *self, const struct column *column)
{
	if (!column->not_null || column->generated)
		return false;
	for (size_t i = 0; i < self->ncolumns; i++)
		if (strcmp(self->from->columns[self->columns[i]].name,
			   column->name) == 0)
			return false;
	return true;
}

/* INSERT INTO "t"("a","b","c") VALUES(?,?,'') */
static void add_insert(struct buf *sql, const struct load *self)
{
	const struct table *to = self->to;
	size_t lacking = 0;

	buf_add_string(sql, "INSERT INTO main.");
	sql_add_name(sql, to->name);
	for (size_t i = 0; i < self->ncolumns; i++) {
		buf_add_char(sql, i > 0 ? ',' : '(');
		sql_add_name(sql, self->from->columns[self->columns[i]].name);
	}
	for (size_t i = 0; i < to->ncolumns; i++) {
		if (!is_lacking(self, &to->columns[i]))
			continue;
		buf_add_char(sql, ',');
		sql_add_name(sql, to->columns[i].name);
		lacking++;
	}
	buf_add_string(sql, ") VALUES(?");
	for (size_t i = 1; i < self->ncolumns; i++)
		buf_add_string(sql, ",?");
	for (size_t i = 0; i < lacking; i++)
		buf_add_string(sql, ",''");
	buf_add_char(sql, ')');
}

static int insert_rows(struct load *self, sqlite3_stmt *insert,
		       struct cursor *cursor, struct err *err)
{
	const struct row *row;

	while (cursor_next(cursor, &row, err) == 0 && row) {
		int rc = SQLITE_OK;

		for (size_t i = 0; i < row->ncells && rc == SQLITE_OK; i++)
			rc = statement_bind(insert, (int)i + 1, &row->cells[i]);
		if (rc == SQLITE_OK)
			rc = sqlite3_step(insert);
		if (rc != SQLITE_DONE)
			return statement_error(self->db, rc, loaded_name, err);
		sqlite3_reset(insert);
	}
	return err->code;
}

static int load_rows(struct load *self, struct err *err)
{
	const struct scan scan = { .table = self->from,
				   .columns = self->columns,
				   .ncolumns = self->ncolumns,
				   .rows = SCAN_UNKEYED };
	struct cursor *cursor = NULL;
	sqlite3_stmt *insert = NULL;
	struct buf sql;
	int rc;

	buf_init(&sql, MAX_SQL);
	buf_add_string(&sql, "DELETE FROM main.");
	sql_add_name(&sql, self->to->name);
	if (buf_check(&sql, "a statement", err) < 0 ||
	    run(self->db, sql.data, err) < 0)
		goto out;
	buf_clear(&sql);
	add_insert(&sql, self);
	if (buf_check(&sql, "a statement", err) < 0)
		goto out;
	rc = sqlite3_prepare_v2(self->db, sql.data, -1, &insert, NULL);
	if (rc != SQLITE_OK)
		statement_error(self->db, rc, loaded_name, err);
	else if (source_scan(self->source, &cursor, &scan, err) == 0)
		(void)!insert_rows(self, insert, cursor, err);
out:
	cursor_close(cursor);
	sqlite3_finalize(insert);
	buf_release(&sql);
	return err->code;
}

static int load_table(sqlite3 *db, struct source *source,
		      const struct table *from, const struct table *to,
		      struct err *err)
{
	struct load self = {
		.db = db, .source = source, .from = from, .to = to
	};

	if (from->kind != TABLE_PLAIN || to->kind != TABLE_PLAIN)
		return 0;
	if (choose_columns(&self, err) == 0 && self.ncolumns > 0 &&
	    load_rows(&self, err) < 0)
		err_context(err, "table '%s'", to->name);
	arena_release(&self.arena);
	return err->code;
}

static int load_all(sqlite3 *db, struct source *source, struct err *err)
{
	const struct schema *schema = source->schema;
	struct source *here;

	if (sqlite_wrap(&here, db, SQLITE_HANDLE_BORROWED, loaded_name, err) <
	    0)
		return err->code;
	for (size_t i = 0; i < schema->ntables && !err->code; i++) {
		const struct table *from = &schema->tables[i];
		const struct table *to = schema_table(here->schema, from->name);

		if (to)
			(void)!load_table(db, source, from, to, err);
	}
	source_close(here);
	return err->code;
}

int replay_load(struct replay *replay, struct source *source, struct err *err)
{
	sqlite3 *db = replay_database(replay);

	sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
	if (run(db, "PRAGMA ignore_check_constraints=ON;BEGIN", err) == 0 &&
	    load_all(db, source, err) == 0)
		(void)!run(db, "COMMIT", err);
	if (!sqlite3_get_autocommit(db))
		sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	sqlite3_exec(db, "PRAGMA ignore_check_constraints=OFF", NULL, NULL,
		     NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 1, NULL);
	return err->code;
}
