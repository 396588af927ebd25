#include "config.h"

#include "source/sqlite.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sqlite3.h>

#include "source/catalogue.h"
#include "source/guard.h"
#include "source/select.h"
#include "source/sorter.h"
#include "source/statement.h"

enum {
	BUSY_TIMEOUT = 5000, /* milliseconds */
	MAX_SQL = 1 << 20,
};

/* Compares bytes of UTF-8, also in a UTF-16 file, where BINARY does not. */
static const char binary_of_utf16[] = "d1_binary";

struct sqlite_source {
	struct source source;
	sqlite3 *db;
	enum sqlite_handle handle;
	char *path;	    /* or the name of a database that has none */
	const char *binary; /* the collation that compares bytes of UTF-8 */
};

static struct sqlite_source *sqlite_of(struct source *source)
{
	return (struct sqlite_source *)source;
}

static int compare_binary(void *context, int a_size, const void *a, int b_size,
			  const void *b)
{
	int common = a_size < b_size ? a_size : b_size;
	int order = common > 0 ? memcmp(a, b, (size_t)common) : 0;

	(void)context;
	return order ? order : a_size - b_size;
}

static bool is_utf16(sqlite3 *db)
{
	sqlite3_stmt *statement = NULL;
	bool utf16 = false;

	if (sqlite3_prepare_v2(db, "PRAGMA encoding", -1, &statement, NULL) ==
		    SQLITE_OK &&
	    sqlite3_step(statement) == SQLITE_ROW)
		utf16 = strcmp((const char *)sqlite3_column_text(statement, 0),
			       "UTF-8") != 0;
	sqlite3_finalize(statement);
	return utf16;
}

/* ---- scanning ---- */

static void add_bounds(struct buf *sql, const struct scan *scan,
		       const struct key_range *range, const char *binary,
		       bool *any)
{
	const struct {
		const struct value *values;
		const char *operator;
	} bounds[] = {
		{ scan->only, "=" },
		{ range->after, ">" },
		{ range->upto, "<=" },
	};

	for (size_t b = 0; b < ARRAY_SIZE(bounds); b++) {
		if (!bounds[b].values)
			continue;
		select_add_condition(sql, any);
		buf_add_char(sql, '(');
		for (size_t i = 0; i < scan->nkey; i++) {
			buf_add_string(sql, i > 0 ? ", " : "");
			select_add_column(sql, scan->table,
					  scan->columns[scan->key[i]]);
		}
		/* a collation on the left would hide the index */
		buf_add_format(sql, ") %s (", bounds[b].operator);
		for (size_t i = 0; i < scan->nkey; i++)
			buf_add_format(sql, "%s? COLLATE %s", i > 0 ? ", " : "",
				       select_collation(scan, i, binary));
		buf_add_char(sql, ')');
	}
}

static int bind_bounds(sqlite3_stmt *statement, const struct scan *scan,
		       const struct key_range *range)
{
	const struct value *const bounds[] = { scan->only, range->after,
					       range->upto };
	int parameter = 1;

	for (size_t b = 0; b < ARRAY_SIZE(bounds); b++) {
		for (size_t i = 0; bounds[b] && i < scan->nkey; i++) {
			int rc = statement_bind(statement, parameter++,
						&bounds[b][i]);

			if (rc != SQLITE_OK)
				return rc;
		}
	}
	return SQLITE_OK;
}

static void add_select(struct buf *sql, const struct scan *scan)
{
	buf_add_string(sql, "SELECT ");
	for (size_t i = 0; i < scan->ncolumns; i++) {
		buf_add_string(sql, i > 0 ? ", " : "");
		select_add_column(sql, scan->table, scan->columns[i]);
	}
	if (scan->ncolumns == 0)
		buf_add_string(sql, "NULL");
	buf_add_string(sql, " FROM main.");
}

/* Prepares the statement for one range of the scan, or for its first key. */
static int scan_range(struct sqlite_source *self, sqlite3_stmt **statement,
		      const struct scan *scan, const struct key_range *range,
		      struct err *err)
{
	struct buf sql;
	bool any;
	int rc;

	buf_init(&sql, MAX_SQL);
	add_select(&sql, scan);
	select_add_table(&sql, scan->table);
	select_add_where(&sql, scan, &any);
	add_bounds(&sql, scan, range, self->binary, &any);
	select_add_order(&sql, scan, self->binary);
	if (buf_check(&sql, "a statement", err) < 0 ||
	    statement_prepare(statement, self->db, sql.data, self->path, err) <
		    0)
		goto out;
	rc = bind_bounds(*statement, scan, range);
	if (rc != SQLITE_OK) {
		statement_error(self->db, rc, self->path, err);
		sqlite3_finalize(*statement);
	}
out:
	buf_release(&sql);
	return err->code;
}

static int open_range(struct sqlite_source *self, struct cursor **cursor,
		      const struct scan *scan, const struct key_range *range,
		      struct err *err)
{
	sqlite3_stmt *statement;

	if (scan_range(self, &statement, scan, range, err) < 0)
		return err->code;
	return statement_cursor(cursor, statement, scan->ncolumns, self->path,
				err);
}

/* Rows of several ranges, one range after another. */
struct ranges_cursor {
	struct cursor cursor;
	struct sqlite_source *source;
	const struct scan *scan;
	size_t next;	     /* the range that comes after this */
	struct cursor *rows; /* of this range; NULL before the first */
};

static int ranges_next(struct cursor *cursor, const struct row **row,
		       struct err *err)
{
	struct ranges_cursor *self = (struct ranges_cursor *)cursor;

	*row = NULL;
	for (;;) {
		if (self->rows &&
		    (cursor_next(self->rows, row, err) < 0 || *row))
			return err->code;
		if (self->next == self->scan->nranges)
			return 0;
		cursor_close(self->rows);
		self->rows = NULL;
		if (open_range(self->source, &self->rows, self->scan,
			       &self->scan->ranges[self->next++], err) < 0)
			return err->code;
	}
}

static void ranges_close(struct cursor *cursor)
{
	cursor_close(((struct ranges_cursor *)cursor)->rows);
	free(cursor);
}

static int scan_ranges(struct sqlite_source *self, struct cursor **cursor,
		       const struct scan *scan, struct err *err)
{
	struct ranges_cursor *ranges = calloc(1, sizeof(*ranges));

	if (!ranges)
		return err_set_nomem(err);
	ranges->cursor.next = ranges_next;
	ranges->cursor.close = ranges_close;
	ranges->source = self;
	ranges->scan = scan;
	*cursor = &ranges->cursor;
	return 0;
}

/* Rows of several keys: one statement, asked again with each of them. */
struct keys_cursor {
	struct cursor cursor;
	struct sqlite_source *source;
	const struct scan *scan;
	size_t next; /* the key that comes after this */
	sqlite3_stmt *statement;
	struct cursor *rows; /* of the statement, which belongs to it */
};

static int keys_next(struct cursor *cursor, const struct row **row,
		     struct err *err)
{
	struct keys_cursor *self = (struct keys_cursor *)cursor;
	const struct scan *scan = self->scan;

	for (;;) {
		if (cursor_next(self->rows, row, err) < 0 || *row ||
		    self->next == scan->nonly)
			return err->code;
		sqlite3_reset(self->statement);
		for (size_t i = 0; i < scan->nkey; i++) {
			const struct value *value =
				&scan->only[self->next * scan->nkey + i];
			int rc = statement_bind(self->statement, (int)i + 1,
						value);

			if (rc != SQLITE_OK)
				return statement_error(self->source->db, rc,
						       self->source->path, err);
		}
		self->next++;
	}
}

static void keys_close(struct cursor *cursor)
{
	cursor_close(((struct keys_cursor *)cursor)->rows);
	free(cursor);
}

static int scan_keys(struct sqlite_source *self, struct cursor **cursor,
		     const struct scan *scan, struct err *err)
{
	static const struct key_range all = { NULL, NULL };
	struct keys_cursor *keys = calloc(1, sizeof(*keys));

	if (!keys)
		return err_set_nomem(err);
	if (scan_range(self, &keys->statement, scan, &all, err) < 0 ||
	    statement_cursor(&keys->rows, keys->statement, scan->ncolumns,
			     self->path, err) < 0) {
		free(keys);
		return err->code;
	}
	keys->cursor.next = keys_next;
	keys->cursor.close = keys_close;
	keys->source = self;
	keys->scan = scan;
	keys->next = 1; /* the first is bound */
	*cursor = &keys->cursor;
	return 0;
}

static int sqlite_scan(struct source *source, struct cursor **cursor,
		       const struct scan *scan, struct err *err)
{
	static const struct key_range all = { NULL, NULL };
	struct sqlite_source *self = sqlite_of(source);
	struct cursor *rows;

	if (scan->nranges > 1)
		return scan_ranges(self, cursor, scan, err);
	if (scan->nonly > 1)
		return scan_keys(self, cursor, scan, err);
	if (open_range(self, &rows, scan, scan->nranges ? scan->ranges : &all,
		       err) < 0)
		return err->code;
	if (scan->rows == SCAN_UNKEYED)
		return sorter_open(cursor, rows, scan, err);
	*cursor = rows;
	return 0;
}

/* ---- counting ---- */

static int count_table(struct sqlite_source *self, uint64_t *rows,
		       const char *sql, struct err *err)
{
	sqlite3_stmt *statement = NULL;
	struct cursor *cursor = NULL;
	const struct row *row = NULL;

	if (statement_prepare(&statement, self->db, sql, self->path, err) < 0 ||
	    statement_cursor(&cursor, statement, 1, self->path, err) < 0)
		return err->code;
	if (cursor_next(cursor, &row, err) == 0)
		*rows = row ? (uint64_t)row->cells[0].integer : 0;
	cursor_close(cursor);
	return err->code;
}

static int sqlite_count(struct source *source, uint64_t *rows,
			const struct table *const *tables, size_t ntables,
			struct err *err)
{
	struct buf sql;

	buf_init(&sql, MAX_SQL);
	for (size_t i = 0; i < ntables; i++) {
		buf_clear(&sql);
		buf_add_string(&sql, "SELECT count(*) FROM main.");
		select_add_table(&sql, tables[i]);
		if (buf_check(&sql, "a statement", err) < 0 ||
		    count_table(sqlite_of(source), &rows[i], sql.data, err) < 0)
			break;
	}
	buf_release(&sql);
	return err->code;
}

static int sqlite_find_duplicate(struct source *source, const struct scan *scan,
				 struct buf *key, struct err *err)
{
	struct sqlite_source *self = sqlite_of(source);
	sqlite3_stmt *statement = NULL;
	struct buf sql;
	int rc;

	buf_init(&sql, MAX_SQL);
	select_add_duplicate(&sql, scan, self->binary);
	if (buf_check(&sql, "a statement", err) < 0 ||
	    statement_prepare(&statement, self->db, sql.data, self->path, err) <
		    0)
		goto out;
	rc = sqlite3_step(statement);
	if (rc == SQLITE_ROW)
		buf_add(key, sqlite3_column_blob(statement, 0),
			(size_t)sqlite3_column_bytes(statement, 0));
	else if (rc != SQLITE_DONE)
		statement_error(self->db, rc, self->path, err);
out:
	sqlite3_finalize(statement);
	buf_release(&sql);
	return err->code;
}

static void sqlite_close(struct source *source)
{
	struct sqlite_source *self = sqlite_of(source);

	schema_free(source->schema);
	if (self->handle == SQLITE_HANDLE_TAKEN)
		sqlite3_close(self->db);
	free(self->path);
	free(self);
}

/* ---- opening ---- */

static int select_rows(struct sqlite_source *self,
		       const struct source_query *query, struct err *err)
{
	sqlite3_stmt *statement = NULL;
	struct cursor *cursor = NULL;
	const struct row *row;

	if (statement_prepare(&statement, self->db, query->sql, self->path,
			      err) < 0)
		return err->code;
	if (statement_cursor(&cursor, statement,
			     (size_t)sqlite3_column_count(statement),
			     self->path, err) < 0)
		return err->code;
	while (cursor_next(cursor, &row, err) == 0 && row)
		if (query->row(query->context, row, err) < 0)
			break;
	cursor_close(cursor);
	return err->code;
}

static int select_all(void *engine, const struct source_query *queries,
		      size_t count, struct err *err)
{
	for (size_t i = 0; i < count; i++)
		if (select_rows(engine, &queries[i], err) < 0)
			return err->code;
	return 0;
}

static int sqlite_select(struct source *source,
			 const struct source_query *queries, size_t count,
			 struct err *err)
{
	return select_all(sqlite_of(source), queries, count, err);
}

/*
 * Finds the generated columns that this SQLite cannot compute, because they
 * use a function it lacks.
 */
static int find_unreadable(struct sqlite_source *self, struct err *err)
{
	struct schema *schema = self->source.schema;
	struct buf sql;

	buf_init(&sql, MAX_SQL);
	for (size_t t = 0; t < schema->ntables; t++) {
		const struct table *table = &schema->tables[t];

		for (size_t c = 0; c < table->ncolumns; c++) {
			struct column *column = &table->columns[c];
			sqlite3_stmt *statement = NULL;

			if (!column->generated)
				continue;
			buf_clear(&sql);
			buf_add_string(&sql, "SELECT ");
			select_add_column(&sql, table, c);
			buf_add_string(&sql, " FROM main.");
			select_add_table(&sql, table);
			if (buf_check(&sql, "a statement", err) < 0)
				goto out;
			if (sqlite3_prepare_v2(self->db, sql.data, -1,
					       &statement, NULL) != SQLITE_OK)
				column->unreadable =
					arena_string(&schema->arena,
						     sqlite3_errmsg(self->db));
			sqlite3_finalize(statement);
		}
	}
out:
	buf_release(&sql);
	return err->code;
}

/*
 * How to open the file so that nothing is left beside it. Who only reads a
 * file in WAL mode makes a log and its index where there are none, and may not
 * remove them; who may write removes them again
 * (https://www.sqlite.org/wal.html, section 5). Where there is a log, it is
 * left as it is.
 */
static int open_flags(const char *path)
{
	enum { READ_VERSION = 19, WAL = 2 }; /* of the file's header */
	char header[READ_VERSION + 1] = "";
	char *log = NULL;
	FILE *file = fopen(path, "rbe");
	bool creates_log;

	if (!file)
		return SQLITE_OPEN_READONLY;
	creates_log =
		fread(header, 1, sizeof(header), file) == sizeof(header) &&
		header[READ_VERSION] == WAL &&
		asprintf(&log, "%s-wal", path) >= 0 && access(log, F_OK) < 0;
	free(log);
	fclose(file);
	return creates_log ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY;
}

static int check_file(const char *path, struct err *err)
{
	struct stat info;

	if (stat(path, &info) < 0) {
		if (errno == ENOENT || errno == ENOTDIR)
			return err_set(err, D1_ENOTFOUND,
				       "the database file '%s' does not exist",
				       path);
		return err_set_errno(err, "cannot open '%s'", path);
	}
	if (!S_ISREG(info.st_mode))
		return err_set(err, D1_ERROR, "'%s' is not a regular file",
			       path);
	return 0;
}

/* Settings that keep a file of unknown origin from doing more than be read. */
static int secure(sqlite3 *db)
{
	int rc = guard_database(db);

	if (rc == SQLITE_OK)
		rc = sqlite3_exec(db,
				  "PRAGMA cell_size_check=ON;"
				  "PRAGMA query_only=ON;"
				  "PRAGMA mmap_size=0; BEGIN",
				  NULL, NULL, NULL);
	return rc;
}

static int read_schema(struct sqlite_source *self, struct err *err)
{
	struct catalogue_engine engine = { .select = select_all,
					   .engine = self };
	int rc = SQLITE_OK;

	self->binary = "BINARY";
	if (is_utf16(self->db)) {
		self->binary = binary_of_utf16;
		rc = sqlite3_create_collation_v2(self->db, self->binary,
						 SQLITE_UTF8, NULL,
						 compare_binary, NULL);
	}
	if (rc != SQLITE_OK)
		return statement_error(self->db, rc, self->path, err);
	if (catalogue_read(&self->source.schema, &engine, err) == 0)
		(void)!find_unreadable(self, err);
	return err_context(err, "cannot read the schema");
}

int sqlite_wrap(struct source **source, sqlite3 *db, enum sqlite_handle handle,
		const char *name, struct err *err)
{
	static const struct source_ops ops = { .scan = sqlite_scan,
					       .select = sqlite_select,
					       .find_duplicate =
						       sqlite_find_duplicate,
					       .count = sqlite_count,
					       .close = sqlite_close };
	struct sqlite_source *self = calloc(1, sizeof(*self));

	if (!self) {
		if (handle == SQLITE_HANDLE_TAKEN)
			sqlite3_close(db);
		return err_set_nomem(err);
	}
	self->source.ops = &ops;
	self->db = db;
	self->handle = handle;
	self->path = strdup(name);
	if (!self->path)
		err_set_nomem(err);
	else
		(void)!read_schema(self, err);
	if (err->code)
		sqlite_close(&self->source);
	else
		*source = &self->source;
	return err->code;
}

int sqlite_open(struct source **source, const char *path, struct err *err)
{
	sqlite3 *db = NULL;
	int rc;

	if (check_file(path, err) < 0)
		return err->code;
	rc = sqlite3_open_v2(path, &db, open_flags(path) | SQLITE_OPEN_NOMUTEX,
			     NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_busy_timeout(db, BUSY_TIMEOUT);
	if (rc == SQLITE_OK)
		rc = secure(db);
	if (rc != SQLITE_OK) {
		statement_error(db, rc, path, err);
		sqlite3_close(db);
		return err->code;
	}
	return sqlite_wrap(source, db, SQLITE_HANDLE_TAKEN, path, err);
}
