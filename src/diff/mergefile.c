#include "config.h"

#include "diff/mergefile.h"

#include <stdlib.h>
#include <string.h>

#include "diff/mergedefault.h"
#include "diff/mergehead.h"
#include "diff/mergestream.h"
#include "source/sorter.h"
#include "util/quote.h"

/* How the rows of a file begin: with the names of the columns? */
enum listing { LISTING_UNKNOWN, LISTING_NONE, LISTING_COLUMNS };

/* The rows of a data file as a cursor. */
struct file_rows {
	struct cursor cursor;
	struct datafile *file; /* borrowed: its head outlives the rows */
	enum listing *listing; /* is set by the first row; may be NULL */
};

struct run {
	const struct mergefile *files;
	struct mergehead head;
	struct merge merge;
	struct merge_defaults defaults;
	struct datafile *inputs[MERGE_SIDES]; /* NULL: no common ancestor */
	struct cursor *cursors[MERGE_SIDES];
	struct scan sorts[MERGE_SIDES];
	enum listing listings[MERGE_SIDES];
	struct replacement *out;
	bool began; /* rows are being written */
	struct buf prefix;
	struct buf text;
	struct arena arena;
};

/* ---- rows ---- */

static int rows_next(struct cursor *cursor, const struct row **row,
		     struct err *err)
{
	struct file_rows *self = (struct file_rows *)cursor;

	if (datafile_next(self->file, row, err) < 0)
		return err->code;
	if (*row && self->listing)
		*self->listing = datafile_header(self->file)->explicit_columns
					 ? LISTING_COLUMNS
					 : LISTING_NONE;
	return 0;
}

static void rows_close(struct cursor *cursor)
{
	free((struct file_rows *)cursor);
}

/* *file is NULL if the file is empty. */
static int open_file(struct datafile **file, const struct mergefile *files,
		     int side, struct err *err)
{
	struct stream *stream;
	char byte;
	size_t got;

	*file = NULL;
	if (stream_open_file(&stream, files->paths[side], 0, err) < 0)
		return err->code;
	if (side == MERGE_BASE) {
		int result = stream_read(stream, &byte, 1, &got, err);

		stream_close(stream);
		if (result < 0 || got == 0)
			return err->code;
		if (stream_open_file(&stream, files->paths[side], 0, err) < 0)
			return err->code;
	}
	return datafile_open(file, stream, files->names[side], err);
}

static int make_rows(struct cursor **cursor, struct datafile *file,
		     enum listing *listing, struct err *err)
{
	struct file_rows *rows = calloc(1, sizeof(*rows));

	if (!rows)
		return err_set_nomem(err);
	rows->cursor.next = rows_next;
	rows->cursor.close = rows_close;
	rows->file = file;
	rows->listing = listing;
	*cursor = &rows->cursor;
	return 0;
}

/*
 * Lists the cells of the side in the order of the result. True if rows that are
 * ordered by their text are so in the columns of the result as well: what is
 * left of a row is its beginning.
 */
static int list_cells(struct run *run, int side, bool *ordered, struct err *err)
{
	const struct merge_input *input = &run->merge.inputs[side];
	struct scan *sort = &run->sorts[side];
	size_t *cells =
		arena_array(&run->arena, run->merge.ncolumns, sizeof(*cells));
	size_t count = 0;

	if (!cells)
		return err_set_nomem(err);
	*ordered = true;
	for (size_t i = 0; i < run->merge.ncolumns; i++) {
		size_t at = merge_find_column(input->columns, input->ncolumns,
					      run->merge.columns[i]);

		if (at == MERGE_LACKS)
			continue;
		*ordered = *ordered && at == count;
		cells[count++] = at;
	}
	sort->ncolumns = input->ncolumns;
	sort->identity = cells;
	sort->nidentity = count;
	return 0;
}

/* Opens the rows of a side in the order that the merge wants. */
static int open_rows(struct run *run, int side, struct err *err)
{
	struct cursor *rows = NULL;
	bool ordered = false;

	if (make_rows(&rows, run->inputs[side], &run->listings[side], err) < 0)
		return err->code;
	run->cursors[side] = rows;
	if (list_cells(run, side, &ordered, err) < 0)
		return err->code;
	if (!ordered && run->merge.nkey == 0) {
		run->cursors[side] = NULL;
		if (sorter_open(&run->cursors[side], rows, &run->sorts[side],
				err) < 0)
			return err->code;
	}
	run->merge.inputs[side].cursor = run->cursors[side];
	return 0;
}

/* ---- defaults of added columns ---- */

static bool has_added(const struct run *run, int side)
{
	const struct merge_input *input = &run->merge.inputs[side];

	for (size_t i = 0; i < run->merge.ncolumns; i++)
		if (run->head.added[i] &&
		    merge_find_column(input->columns, input->ncolumns,
				      run->merge.columns[i]) != MERGE_LACKS)
			return true;
	return false;
}

static int look_at_side(struct run *run, int side, struct err *err)
{
	const int sides[2] = { MERGE_BASE, side };
	struct datafile *files[2] = { NULL };
	struct cursor *cursors[2] = { NULL };

	for (int i = 0; i < 2 && !err->code; i++) {
		if (open_file(&files[i], run->files, sides[i], err) == 0 &&
		    !files[i])
			err_set(err, D1_ERROR, "%s: the file is empty now",
				run->files->names[sides[i]]);
		if (files[i])
			(void)!make_rows(&cursors[i], files[i], NULL, err);
	}
	if (!err->code)
		(void)!merge_defaults_look(&run->defaults, side,
					   run->head.added, cursors[0],
					   cursors[1], err);
	for (int i = 0; i < 2; i++) {
		cursor_close(cursors[i]);
		datafile_close(files[i]);
	}
	return err->code;
}

/* Without a common ancestor nothing tells a default. */
static int find_defaults(struct run *run, struct err *err)
{
	if (merge_defaults_init(&run->defaults, &run->merge, err) < 0)
		return err->code;
	for (int side = MERGE_OURS; side < MERGE_SIDES; side++)
		if (run->inputs[MERGE_BASE] && has_added(run, side) &&
		    look_at_side(run, side, err) < 0)
			return err->code;
	return 0;
}

/* ---- writing ---- */

static int write_text(struct run *run, struct err *err)
{
	if (buf_check(&run->text, "a row", err) < 0)
		return err->code;
	return replacement_write(run->out, run->text.data, run->text.len, err);
}

/* A side without rows does not tell how they would begin. */
static bool choose_listing(const enum listing listings[MERGE_SIDES])
{
	enum listing ours = listings[MERGE_OURS];
	enum listing theirs = listings[MERGE_THEIRS];

	if (ours == theirs || theirs == LISTING_UNKNOWN ||
	    theirs == listings[MERGE_BASE])
		return ours == LISTING_COLUMNS;
	return theirs == LISTING_COLUMNS;
}

static void add_marker(struct run *run, char sign, const char *label)
{
	for (size_t i = 0; i < run->files->marker_size; i++)
		buf_add_char(&run->text, sign);
	if (label) {
		buf_add_char(&run->text, ' ');
		quote_add_escaped(&run->text, label, strlen(label));
	}
	buf_add_char(&run->text, '\n');
}

/* Writes the marker, and after it the row as one side has it. */
static int write_part(struct run *run, char sign, enum merge_side side,
		      const char *label, const struct merged_row *row,
		      struct err *err)
{
	const struct row *version = &row->versions[side];

	buf_clear(&run->text);
	add_marker(run, sign, label);
	if (write_text(run, err) < 0)
		return err->code;
	buf_clear(&run->text);
	if (version->cells)
		datafile_add_row(&run->text, &run->prefix, version);
	for (uint64_t i = 0; version->cells && i < row->counts[side]; i++)
		if (write_text(run, err) < 0)
			return err->code;
	return 0;
}

static int write_conflict(struct run *run, const struct merged_row *row,
			  struct err *err)
{
	const struct mergefile *files = run->files;
	const char *const *labels = files->labels;

	files->conflict(files->context, &run->head.header, row);
	if (write_part(run, '<', MERGE_OURS, labels[MERGE_OURS], row, err) < 0)
		return err->code;
	if (files->show_base &&
	    write_part(run, '|', MERGE_BASE, labels[MERGE_BASE], row, err) < 0)
		return err->code;
	if (write_part(run, '=', MERGE_THEIRS, NULL, row, err) < 0)
		return err->code;
	buf_clear(&run->text);
	add_marker(run, '>', labels[MERGE_THEIRS]);
	return write_text(run, err);
}

/* A row `count` times; without cells it is gone. */
static int write_rows(struct run *run, const struct row *row, uint64_t count,
		      struct err *err)
{
	if (!row->cells)
		return 0;
	buf_clear(&run->text);
	datafile_add_row(&run->text, &run->prefix, row);
	for (uint64_t i = 0; i < count; i++)
		if (write_text(run, err) < 0)
			return err->code;
	return 0;
}

static int write_row(void *context, const struct merged_row *row,
		     struct err *err)
{
	struct run *run = context;

	if (!run->began) {
		run->began = true;
		run->head.header.explicit_columns =
			choose_listing(run->listings);
		datafile_add_prefix(&run->prefix, &run->head.header);
		if (buf_check(&run->prefix, "a row", err) < 0)
			return err->code;
	}
	if (row->outcome != MERGE_CONFLICT)
		return write_rows(run, &row->result, row->count, err);
	if (run->files->keep_base)
		return write_rows(run, &row->versions[MERGE_BASE],
				  row->counts[MERGE_BASE], err);
	return write_conflict(run, row, err);
}

/* ---- the merge ---- */

static int open_inputs(struct run *run, struct err *err)
{
	const struct datafile_header *headers[MERGE_SIDES] = { NULL };
	struct merge *merge = &run->merge;

	for (int side = 0; side < MERGE_SIDES; side++) {
		if (open_file(&run->inputs[side], run->files, side, err) < 0)
			return err->code;
		if (run->inputs[side])
			headers[side] = datafile_header(run->inputs[side]);
	}
	if (mergehead_make(&run->head, headers, &run->arena, err) < 0)
		return err->code;
	for (int side = 0; side < MERGE_SIDES; side++) {
		if (!headers[side])
			continue;
		merge->inputs[side].columns = run->head.names[side];
		merge->inputs[side].ncolumns = headers[side]->ncolumns;
	}
	merge->name = run->head.header.table;
	merge->columns = run->head.header.columns;
	merge->ncolumns = run->head.header.ncolumns;
	merge->key = run->head.key;
	merge->nkey = run->head.header.nkey;
	return 0;
}

static int find_collations(struct run *run, struct err *err)
{
	const struct mergefile *files = run->files;
	enum collation *collations =
		arena_array(&run->arena, run->merge.nkey, sizeof(*collations));

	if (!collations)
		return err_set_nomem(err);
	run->merge.collations = collations;
	if (run->merge.nkey == 0)
		return 0;
	return files->collate(files->context, collations, run->merge.name,
			      run->merge.key, run->merge.nkey, err);
}

static int merge_inputs(struct run *run, struct merge_result *result,
			struct err *err)
{
	for (int side = 0; side < MERGE_SIDES; side++) {
		run->merge.inputs[side].missing = merge_defaults_find;
		run->merge.inputs[side].context = &run->defaults;
		if (run->inputs[side] && open_rows(run, side, err) < 0)
			return err->code;
	}
	datafile_add_header(&run->text, &run->head.header);
	if (write_text(run, err) < 0)
		return err->code;
	return merge_rows(&run->merge, write_row, run, result, err);
}

static void release_run(struct run *run)
{
	for (int side = 0; side < MERGE_SIDES; side++) {
		cursor_close(run->cursors[side]);
		datafile_close(run->inputs[side]);
	}
	merge_defaults_release(&run->defaults);
	buf_release(&run->prefix);
	buf_release(&run->text);
	arena_release(&run->arena);
}

int mergefile_run(const struct mergefile *files, struct replacement *out,
		  struct merge_result *result, struct err *err)
{
	struct run run = { .files = files, .out = out };

	buf_init(&run.prefix, DATAFILE_MAX_LINE);
	buf_init(&run.text, 2 * (size_t)DATAFILE_MAX_LINE);
	if (open_inputs(&run, err) == 0 && find_collations(&run, err) == 0 &&
	    find_defaults(&run, err) == 0)
		(void)!merge_inputs(&run, result, err);
	release_run(&run);
	return err->code;
}
