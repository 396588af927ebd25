#include "config.h"

#include "cf/reply.h"

#include <stdlib.h>

#include "cf/fields.h"

void d1_reply_init(struct d1_reply *reply)
{
	*reply = (struct d1_reply){ .fate = D1_NOT_DONE };
	buf_init(&reply->body, 0);
}

void d1_reply_clear(struct d1_reply *reply)
{
	for (size_t i = 0; i < reply->nresults; i++)
		free(reply->results[i].cells);
	free(reply->results);
	reply->results = NULL;
	reply->nresults = 0;
}

void d1_reply_release(struct d1_reply *reply)
{
	d1_reply_clear(reply);
	arena_release(&reply->arena);
	buf_release(&reply->body);
	d1_reply_init(reply);
}

const struct d1_cell *d1_result_row(const struct d1_result *result, size_t row)
{
	return result->cells + row * result->ncolumns;
}

/* An array on the heap that doubles when it is full. */
struct growing {
	void *items;
	size_t count;
	size_t room;
};

/* The next free place of `size` bytes; NULL if out of memory. */
static void *grow(struct growing *array, size_t size)
{
	if (array->count == array->room) {
		size_t room = array->room ? array->room * 2 : 16;
		void *items = reallocarray(array->items, room, size);

		if (!items)
			return NULL;
		array->items = items;
		array->room = room;
	}
	return (char *)array->items + array->count++ * size;
}

static int expect(struct json *json, struct json_token *token,
		  enum json_type type, const char *what, struct err *err)
{
	if (json_next(json, token, err))
		return err->code;
	if (token->type != type)
		return err_set(err, D1_ERROR, "unexpected reply: %s is missing",
			       what);
	return 0;
}

/* Reads an array of numbers, the reader behind its '[', as the bytes. */
static int read_bytes(struct json *json, struct d1_cell *cell,
		      struct arena *arena, struct err *err)
{
	struct json counting = *json;
	struct json_token token;
	unsigned char *bytes;
	size_t count = 0;

	while (!json_next(&counting, &token, err) && token.type == JSON_NUMBER)
		count++;
	if (err->code)
		return err->code;
	bytes = arena_alloc(arena, count ? count : 1);
	if (!bytes)
		return err_set_nomem(err);
	for (size_t i = 0; i < count; i++) {
		int64_t byte;

		if (json_next(json, &token, err))
			return err->code;
		if (!json_int64(&byte, &token) || byte < 0 || byte > 255)
			return err_set(err, D1_ERROR,
				       "unexpected reply: no byte of a blob");
		bytes[i] = (unsigned char)byte;
	}
	cell->type = D1_CELL_BYTES;
	cell->data = (const char *)bytes;
	cell->size = count;
	return expect(json, &token, JSON_ARRAY_END, "the end of a blob", err);
}

static int read_cell(struct json *json, const struct json_token *token,
		     struct d1_cell *cell, struct arena *arena, struct err *err)
{
	*cell = (struct d1_cell){ .data = token->data, .size = token->size };
	switch (token->type) {
	case JSON_STRING:
		cell->type = D1_CELL_STRING;
		return 0;
	case JSON_NUMBER:
		cell->type = D1_CELL_NUMBER;
		return json_double(&cell->number, token, err);
	case JSON_NULL:
		cell->type = D1_CELL_NULL;
		return 0;
	case JSON_TRUE:
	case JSON_FALSE:
		cell->type = D1_CELL_BOOLEAN;
		cell->number = token->type == JSON_TRUE;
		return 0;
	case JSON_ARRAY:
		return read_bytes(json, cell, arena, err);
	default:
		return err_set(err, D1_ERROR,
			       "unexpected reply: an object as a value");
	}
}

/* Appends the cells of a row, the reader behind its '['. */
static int read_row(struct json *json, struct growing *cells,
		    struct arena *arena, struct err *err)
{
	for (;;) {
		struct json_token token;
		struct d1_cell *cell;

		if (json_next(json, &token, err))
			return err->code;
		if (token.type == JSON_ARRAY_END)
			return 0;
		cell = grow(cells, sizeof(*cell));
		if (!cell)
			return err_set_nomem(err);
		if (read_cell(json, &token, cell, arena, err))
			return err->code;
	}
}

static int read_rows(struct json *json, struct d1_result *result,
		     struct arena *arena, struct err *err)
{
	struct growing cells = { NULL, 0, 0 };
	struct json_token token;
	size_t width = 0;

	if (expect(json, &token, JSON_ARRAY, "the array of rows", err))
		goto out;
	while (!json_next(json, &token, err) && token.type == JSON_ARRAY) {
		size_t count = cells.count;

		if (read_row(json, &cells, arena, err))
			goto out;
		count = cells.count - count;
		if (result->nrows++ == 0)
			width = count;
		if (count != width) {
			err_set(err, D1_ERROR,
				"unexpected reply: row %zu has"
				" %zu values, not %zu",
				result->nrows, count, width);
			goto out;
		}
	}
	if (!err->code && token.type != JSON_ARRAY_END)
		err_set(err, D1_ERROR, "unexpected reply: a row is no array");
	/* the columns may come later: their number is checked at the end */
	if (result->nrows)
		result->ncolumns = width;
out:
	result->cells = cells.items;
	return err->code;
}

static int read_columns(struct json *json, struct growing *names,
			struct err *err)
{
	struct json_token token;

	if (expect(json, &token, JSON_ARRAY, "the array of columns", err))
		return err->code;
	for (;;) {
		struct d1_name *name;

		if (json_next(json, &token, err))
			return err->code;
		if (token.type == JSON_ARRAY_END)
			return 0;
		name = grow(names, sizeof(*name));
		if (!name)
			return err_set_nomem(err);
		if (token.type != JSON_STRING)
			return err_set(err, D1_ERROR,
				       "unexpected reply: the"
				       " name of a column is no text");
		*name = (struct d1_name){ token.data, token.size };
	}
}

/* Moves the names into the arena and compares their number with the rows'. */
static int keep_columns(struct d1_result *result, const struct growing *names,
			struct arena *arena, struct err *err)
{
	if (result->nrows && result->ncolumns != names->count)
		return err_set(err, D1_ERROR,
			       "unexpected reply: %zu columns,"
			       " but %zu values in a row",
			       names->count, result->ncolumns);
	result->ncolumns = names->count;
	result->columns = (const struct d1_name *)arena_copy(
		arena, names->items, names->count * sizeof(struct d1_name));
	return result->columns ? 0 : err_set_nomem(err);
}

static int read_table_members(struct json *json, struct d1_result *result,
			      struct growing *names, struct arena *arena,
			      struct err *err)
{
	for (;;) {
		struct json_token token;

		if (json_next(json, &token, err))
			return err->code;
		if (token.type == JSON_OBJECT_END)
			return 0;
		if (json_is(&token, "rows") && !result->cells) {
			if (read_rows(json, result, arena, err))
				return err->code;
		} else if (json_is(&token, "columns") && !names->count) {
			if (read_columns(json, names, err))
				return err->code;
		} else if (json_next(json, &token, err) ||
			   json_skip(json, &token, err)) {
			return err->code;
		}
	}
}

/* Reads {"columns":[...],"rows":[[...]...]}, the members in any order. */
static int read_table(struct json *json, struct d1_result *result,
		      struct arena *arena, struct err *err)
{
	struct growing names = { NULL, 0, 0 };
	struct json_token token;
	int rc;

	rc = expect(json, &token, JSON_OBJECT, "the object with rows", err);
	if (!rc)
		rc = read_table_members(json, result, &names, arena, err);
	if (!rc)
		rc = keep_columns(result, &names, arena, err);
	free(names.items);
	return rc;
}

static int read_meta(struct json *json, struct d1_meta *meta,
		     struct arena *arena, struct err *err)
{
	static const struct field fields[] = {
#define META(name, type) { #name, type, offsetof(struct d1_meta, name) }
		META(rows_read, FIELD_INTEGER),
		META(rows_written, FIELD_INTEGER),
		META(changes, FIELD_INTEGER),
		META(last_row_id, FIELD_INTEGER),
		META(size_after, FIELD_INTEGER),
		META(total_attempts, FIELD_INTEGER),
		META(served_by_primary, FIELD_FLAG),
		META(changed_db, FIELD_FLAG),
#undef META
		{ "duration", FIELD_REAL,
		  offsetof(struct d1_meta, duration_ms) },
	};
	struct json_token token;

	if (json_next(json, &token, err))
		return err->code;
	return fields_read(json, &token, fields, ARRAY_SIZE(fields), meta,
			   arena, err);
}

struct outcome {
	int success;
	const char *error;
};

/* Reads a member that is neither rows nor cost. */
static int read_outcome(struct json *json, const struct json_token *key,
			struct outcome *outcome, struct arena *arena,
			struct err *err)
{
	struct json_token value;

	if (json_next(json, &value, err) || json_skip(json, &value, err))
		return err->code;
	if (json_is(key, "success"))
		outcome->success = value.type == JSON_TRUE;
	if (json_is(key, "error") && value.type == JSON_STRING) {
		outcome->error = arena_copy(arena, value.data, value.size);
		if (!outcome->error)
			return err_set_nomem(err);
	}
	return 0;
}

/* Reads what one statement delivered, the reader behind its '{'. */
static int read_result(struct json *json, struct d1_result *result,
		       struct arena *arena, struct err *err)
{
	struct outcome outcome = { 0, "no reason given" };

	for (;;) {
		struct json_token key;
		int rc;

		if (json_next(json, &key, err))
			return err->code;
		if (key.type == JSON_OBJECT_END)
			break;
		if (json_is(&key, "results"))
			rc = read_table(json, result, arena, err);
		else if (json_is(&key, "meta"))
			rc = read_meta(json, &result->meta, arena, err);
		else
			rc = read_outcome(json, &key, &outcome, arena, err);
		if (rc)
			return rc;
	}
	if (!outcome.success)
		return err_set(err, D1_ERROR, "a statement failed: %s",
			       outcome.error);
	return 0;
}

int d1_reply_read(struct d1_reply *reply, struct json *json, struct err *err)
{
	static const struct d1_result empty = {
		.meta = { -1, -1, -1, -1, -1, -1, -1, -1, -1 },
	};
	struct growing results = { NULL, 0, 0 };
	struct json_token token;

	if (expect(json, &token, JSON_ARRAY, "the array of results", err))
		return err->code;
	for (;;) {
		struct d1_result *result;

		if (json_next(json, &token, err))
			return err->code;
		if (token.type == JSON_ARRAY_END)
			return 0;
		if (token.type != JSON_OBJECT)
			return err_set(err, D1_ERROR,
				       "unexpected reply: a result is no"
				       " object");
		result = grow(&results, sizeof(*result));
		if (!result)
			return err_set_nomem(err);
		*result = empty;
		/* at once, so that a failure frees what was read */
		reply->results = results.items;
		reply->nresults = results.count;
		if (read_result(json, result, &reply->arena, err))
			return err->code;
	}
}
