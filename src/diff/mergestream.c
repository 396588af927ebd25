#include "config.h"

#include "diff/mergestream.h"

#include <string.h>

#include "model/literal.h"
#include "util/glob.h"

size_t merge_find_column(const char *const *columns, size_t ncolumns,
			 const char *name)
{
	for (size_t i = 0; i < ncolumns; i++)
		if (name_equal(columns[i], name))
			return i;
	return MERGE_LACKS;
}

/* Finds the columns of the result in those of the side. */
static int map_columns(struct merge_stream *stream, struct arena *arena,
		       struct err *err)
{
	const struct merge_input *input = stream->input;
	const struct merge *merge = stream->merge;
	size_t *all = arena_array(arena, merge->ncolumns, sizeof(*all));

	stream->cells =
		arena_array(arena, merge->ncolumns, sizeof(*stream->cells));
	stream->known =
		arena_array(arena, merge->ncolumns, sizeof(*stream->known));
	stream->values =
		arena_array(arena, merge->ncolumns, sizeof(*stream->values));
	if (!all || !stream->cells || !stream->known || !stream->values)
		return err_set_nomem(err);
	for (size_t i = 0; i < merge->ncolumns; i++) {
		const char *name = merge->columns[i];
		const struct value *value = NULL;

		all[i] = i;
		stream->cells[i] = merge_find_column(input->columns,
						     input->ncolumns, name);
		if (stream->cells[i] == MERGE_LACKS && input->missing)
			value = input->missing(input->context, name);
		if (value)
			stream->values[i] = *value;
		stream->known[i] = value || stream->cells[i] != MERGE_LACKS;
	}
	stream->all = all;
	return 0;
}

int merge_stream_open(struct merge_stream *stream, const struct merge *merge,
		      enum merge_side side, const struct key_order *order,
		      struct arena *arena, struct err *err)
{
	static const char *const labels[] = { "base", "ours", "theirs" };

	memset(stream, 0, sizeof(*stream));
	stream->input = &merge->inputs[side];
	stream->merge = merge;
	stream->label =
		stream->input->label ? stream->input->label : labels[side];
	stream->order = *order;
	buf_init(&stream->line, SIZE_MAX / 4);
	buf_init(&stream->previous_line, SIZE_MAX / 4);
	if (key_mark_init(&stream->previous, order->count, arena, err) < 0 ||
	    map_columns(stream, arena, err) < 0)
		return err->code;
	for (size_t i = 0; i < order->count && stream->input->cursor; i++)
		if (stream->cells[order->cells[i]] == MERGE_LACKS)
			return err_set(err, D1_ERROR,
				       "%s of table '%s' lack the key column "
				       "'%s'",
				       stream->label, merge->name,
				       merge->columns[order->cells[i]]);
	stream->projected.cells = stream->values;
	stream->projected.ncells = merge->ncolumns;
	return merge_stream_next(stream, err);
}

void merge_stream_release(struct merge_stream *stream)
{
	key_mark_release(&stream->previous);
	buf_release(&stream->line);
	buf_release(&stream->previous_line);
}

/* ---- order ---- */

static int compare_lines(const struct buf *a, const struct buf *b)
{
	size_t common = a->len < b->len ? a->len : b->len;
	int order = common ? memcmp(a->data, b->data, common) : 0;

	return order ? order : (a->len > b->len) - (a->len < b->len);
}

static int refuse(const struct merge_stream *stream, const char *what,
		  struct err *err)
{
	struct buf key;

	buf_init(&key, 1024);
	for (size_t i = 0; i < stream->order.count; i++) {
		size_t cell = stream->order.cells[i];

		buf_add_format(&key, "%s%s=", i > 0 ? " " : ", at ",
			       stream->merge->columns[cell]);
		literal_add(&key, &stream->projected.cells[cell]);
	}
	err_set(err, D1_ERROR, "rows of table '%s' in %s %s%s",
		stream->merge->name, stream->label, what,
		key.failed || !key.data ? "" : key.data);
	buf_release(&key);
	return err->code;
}

static int check_order(struct merge_stream *stream, struct err *err)
{
	int order = key_mark_compare(&stream->previous, &stream->order,
				     &stream->projected);

	if (order == 0 && stream->identified)
		return refuse(stream, "have a key twice", err);
	if (order == 0)
		order = compare_lines(&stream->previous_line, &stream->line);
	if (order > 0)
		return refuse(stream,
			      stream->order.count
				      ? "are not in the order of their key"
				      : "are not in the order of their text",
			      err);
	stream->again = order == 0;
	return 0;
}

int merge_stream_compare(const struct merge_stream *a,
			 const struct merge_stream *b)
{
	int order;

	if (!a->row || !b->row)
		return !a->row - !b->row;
	order = key_compare(&a->order, &a->projected, &b->projected);
	if (order == 0 && !a->identified)
		order = compare_lines(&a->line, &b->line);
	return order;
}

/* ---- rows ---- */

/* Looks at the row ahead: what identifies it, and its text if nothing does. */
static int identify(struct merge_stream *stream, struct err *err)
{
	struct buf swap = stream->previous_line;

	stream->previous_line = stream->line;
	stream->line = swap;
	buf_clear(&stream->line);
	stream->identified = stream->order.count > 0;
	for (size_t i = 0; i < stream->order.count; i++)
		if (stream->values[stream->order.cells[i]].type == VALUE_NULL)
			stream->identified = false;
	if (stream->identified)
		return 0;
	row_add_line(&stream->line, &stream->projected, stream->all,
		     stream->projected.ncells);
	return buf_check(&stream->line, "a row", err);
}

int merge_stream_next(struct merge_stream *stream, struct err *err)
{
	stream->again = false;
	if (stream->row && key_mark_set(&stream->previous, &stream->order,
					&stream->projected, err) < 0)
		return err->code;
	stream->row = NULL;
	if (!stream->input->cursor)
		return 0;
	if (cursor_next(stream->input->cursor, &stream->row, err) < 0) {
		stream->row = NULL;
		return stream->input->label
			       ? err_context(err, "%s", stream->label)
			       : err->code;
	}
	if (!stream->row)
		return 0;
	for (size_t i = 0; i < stream->projected.ncells; i++)
		if (stream->cells[i] != MERGE_LACKS)
			stream->values[i] =
				stream->row->cells[stream->cells[i]];
	if (identify(stream, err) < 0)
		return err->code;
	return stream->previous.set ? check_order(stream, err) : 0;
}
