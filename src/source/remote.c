#include "config.h"

#include "source/remote.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "source/catalogue.h"
#include "source/pages.h"
#include "source/select.h"
#include "source/sorter.h"

enum {
	MAX_COUNTS = 50, /* tables counted in one call */
};

struct remote_source {
	struct source source;
	struct d1_client *client;
	const char *database_id;
	const char *name;
	char *bookmark; /* NULL: the server has none */
};

static struct remote_source *remote_of(struct source *source)
{
	return (struct remote_source *)source;
}

static int remote_scan(struct source *source, struct cursor **cursor,
		       const struct scan *scan, struct err *err)
{
	struct remote_source *self = remote_of(source);
	struct cursor *rows;

	if (pages_open(&rows, self->client, self->database_id, scan, err) < 0)
		return err->code;
	if (scan->rows == SCAN_UNKEYED)
		return sorter_open(cursor, rows, scan, err);
	*cursor = rows;
	return 0;
}

/* ---- counting ---- */

/* A server may answer any number: not all of them are integers of C. */
static bool is_count(const struct d1_cell *cell)
{
	return cell->type == D1_CELL_NUMBER && cell->number >= 0 &&
	       cell->number < 0x1p63;
}

static int take_counts(uint64_t *rows, const struct d1_reply *reply,
		       struct err *err)
{
	for (size_t i = 0; i < reply->nresults; i++) {
		const struct d1_result *result = &reply->results[i];

		if (result->nrows != 1 || result->ncolumns != 1 ||
		    !is_count(&result->cells[0]))
			return err_set(err, D1_EUNREACHABLE,
				       "the server does not answer count(*) "
				       "with one number");
		rows[i] = (uint64_t)result->cells[0].number;
	}
	return 0;
}

/* Counts at most MAX_COUNTS tables in one call. */
static int count_some(struct remote_source *self, uint64_t *rows,
		      const struct table *const *tables, size_t ntables,
		      struct err *err)
{
	struct d1_statement statements[MAX_COUNTS] = { { .sql = NULL } };
	size_t ends[MAX_COUNTS];
	struct d1_reply reply;
	struct buf sql;

	d1_reply_init(&reply);
	buf_init(&sql, MAX_COUNTS * (size_t)D1_MAX_SQL);
	for (size_t i = 0; i < ntables; i++) {
		buf_add_string(&sql, "SELECT count(*) FROM ");
		select_add_table(&sql, tables[i]);
		ends[i] = sql.len;
	}
	if (buf_check(&sql, "a statement", err) < 0)
		goto out;
	for (size_t i = 0; i < ntables; i++) {
		size_t start = i > 0 ? ends[i - 1] : 0;

		statements[i].sql = sql.data + start;
		statements[i].sql_size = ends[i] - start;
	}
	if (d1_raw(&reply, self->client, self->database_id, statements, ntables,
		   D1_READ, err) == 0)
		(void)!take_counts(rows, &reply, err);
out:
	d1_reply_release(&reply);
	buf_release(&sql);
	return err->code;
}

static int remote_count(struct source *source, uint64_t *rows,
			const struct table *const *tables, size_t ntables,
			struct err *err)
{
	for (size_t i = 0; i < ntables; i += MAX_COUNTS) {
		size_t left = ntables - i;

		if (count_some(remote_of(source), rows + i, tables + i,
			       left < MAX_COUNTS ? left : MAX_COUNTS, err) < 0)
			return err->code;
	}
	return 0;
}

/* The current bookmark; NULL where there is no Time Travel. */
static int read_bookmark(char **bookmark, struct remote_source *self,
			 struct err *err)
{
	struct err own = ERR_INIT;

	*bookmark = NULL;
	if (d1_bookmark(bookmark, self->client, self->database_id, &own) < 0 &&
	    own.code != D1_ENOTFOUND)
		*err = own;
	return err->code;
}

static int remote_verify(struct source *source, bool *same, struct err *err)
{
	struct remote_source *self = remote_of(source);
	char *bookmark;

	if (!self->bookmark)
		return 0;
	if (read_bookmark(&bookmark, self, err) < 0)
		return err->code;
	*same = bookmark && strcmp(bookmark, self->bookmark) == 0;
	free(bookmark);
	return 0;
}

static void remote_close(struct source *source)
{
	struct remote_source *self = remote_of(source);

	schema_free(source->schema);
	free(self->bookmark);
	free(self);
}

/* ---- catalogue ---- */

static void read_cell(struct value *value, const struct d1_cell *cell)
{
	*value = (struct value){ .type = VALUE_NULL };
	if (cell->type == D1_CELL_STRING) {
		value->type = VALUE_TEXT;
		value->data = cell->data;
		value->size = cell->size;
	} else if (cell->type == D1_CELL_NUMBER) {
		value->type = VALUE_REAL;
		value->real = cell->number;
		if (cell->number >= -0x1p63 && cell->number < 0x1p63 &&
		    cell->number == trunc(cell->number)) {
			value->type = VALUE_INTEGER;
			value->integer = (int64_t)cell->number;
		}
	}
}

static int take_result(const struct d1_result *result,
		       const struct source_query *query, struct err *err)
{
	struct value *cells = calloc(result->ncolumns + 1, sizeof(*cells));
	const struct row row = { .cells = cells, .ncells = result->ncolumns };

	if (!cells)
		return err_set_nomem(err);
	for (size_t i = 0; i < result->nrows && !err->code; i++) {
		const struct d1_cell *from = d1_result_row(result, i);

		for (size_t c = 0; c < result->ncolumns; c++)
			read_cell(&cells[c], &from[c]);
		if (query->row(query->context, &row, err) < 0)
			break;
	}
	free(cells);
	return err->code;
}

/* Takes statements to D1 and their rows back. */
static int select_all(void *engine, const struct source_query *queries,
		      size_t count, struct err *err)
{
	struct remote_source *self = engine;
	struct d1_statement statements[SOURCE_MAX_QUERIES] = {
		{ .sql = NULL }
	};
	struct d1_reply reply;

	if (count > SOURCE_MAX_QUERIES)
		return err_set(err, D1_ERROR, "too many queries");
	for (size_t i = 0; i < count; i++)
		statements[i] = (struct d1_statement){
			.sql = queries[i].sql,
			.sql_size = strlen(queries[i].sql),
		};
	if (d1_raw(&reply, self->client, self->database_id, statements, count,
		   D1_READ, err) < 0)
		goto out;
	for (size_t i = 0; i < count && !err->code; i++)
		if (take_result(&reply.results[i], &queries[i], err) < 0)
			break;
out:
	d1_reply_release(&reply);
	return err->code;
}

static int remote_select(struct source *source,
			 const struct source_query *queries, size_t count,
			 struct err *err)
{
	return select_all(remote_of(source), queries, count, err);
}

static int take_text(void *context, const struct row *row, struct err *err)
{
	if (row->ncells == 1 && row->cells[0].type == VALUE_TEXT)
		buf_add(context, row->cells[0].data, row->cells[0].size);
	return err->code;
}

static int remote_find_duplicate(struct source *source, const struct scan *scan,
				 struct buf *key, struct err *err)
{
	struct buf sql;

	buf_init(&sql, D1_MAX_SQL);
	select_add_duplicate(&sql, scan, "BINARY");
	if (buf_check(&sql, "a statement", err) == 0)
		(void)!source_select(source, sql.data, take_text, key, err);
	buf_release(&sql);
	return err->code;
}

int remote_open(struct source **source, struct d1_client *client,
		const char *database_id, const char *name, struct err *err)
{
	static const struct source_ops ops = { .remote = true,
					       .scan = remote_scan,
					       .select = remote_select,
					       .find_duplicate =
						       remote_find_duplicate,
					       .count = remote_count,
					       .verify = remote_verify,
					       .close = remote_close };
	struct catalogue_engine engine = { .select = select_all };
	struct remote_source *self = calloc(1, sizeof(*self));

	if (!self)
		return err_set_nomem(err);
	self->source.ops = &ops;
	self->client = client;
	self->database_id = database_id;
	self->name = name;
	engine.engine = self;
	if (read_bookmark(&self->bookmark, self, err) < 0 ||
	    catalogue_read(&self->source.schema, &engine, err) < 0) {
		err_context(err, "%s", name);
		remote_close(&self->source);
		return err->code;
	}
	*source = &self->source;
	return 0;
}
