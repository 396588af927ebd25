#include "config.h"

#include "source/source.h"

#include "util/progress.h"

int cursor_next(struct cursor *cursor, const struct row **row, struct err *err)
{
	/* a row that goes through several cursors is one row */
	static int depth;
	int code;

	depth++;
	code = cursor->next(cursor, row, err);
	if (--depth == 0)
		progress_row();
	return code;
}

void cursor_close(struct cursor *cursor)
{
	if (cursor)
		cursor->close(cursor);
}

int source_scan(struct source *source, struct cursor **cursor,
		const struct scan *scan, struct err *err)
{
	return source->ops->scan(source, cursor, scan, err);
}

bool source_is_remote(const struct source *source)
{
	return source->ops->remote;
}

int source_select(struct source *source, const char *sql, source_row_fn *use,
		  void *context, struct err *err)
{
	const struct source_query query = { sql, use, context };

	return source_select_all(source, &query, 1, err);
}

int source_select_all(struct source *source, const struct source_query *queries,
		      size_t count, struct err *err)
{
	if (!source->ops->select)
		return err_set(err, D1_ERROR, "a snapshot answers no SQL");
	return source->ops->select(source, queries, count, err);
}

int source_count(struct source *source, uint64_t *rows,
		 const struct table *const *tables, size_t ntables,
		 struct err *err)
{
	return source->ops->count(source, rows, tables, ntables, err);
}

int source_find_duplicate(struct source *source, const struct scan *scan,
			  struct buf *key, struct err *err)
{
	return source->ops->find_duplicate(source, scan, key, err);
}

int source_verify(struct source *source, bool *same, struct err *err)
{
	*same = true;
	if (!source->ops->verify)
		return 0;
	return source->ops->verify(source, same, err);
}

struct schema *source_take_schema(struct source *source)
{
	struct schema *schema = source->schema;

	source->schema = NULL;
	return schema;
}

void source_close(struct source *source)
{
	if (source)
		source->ops->close(source);
}
