#include "config.h"

#include "apply/snapshot_order.h"

#include <stdlib.h>

#include "apply/celltext.h"
#include "apply/checkedfile.h"
#include "apply/checkedschema.h"
#include "apply/roworder.h"
#include "apply/shape.h"
#include "source/sorter.h"

enum {
	FLUSH = 256 * 1024, /* bytes that are written at once */
	FIRST_ROW = 4,	    /* its line */
};

/* The ordering of all files. */
struct run {
	const struct snapshot_ordering *ordering;
	struct problems problems;
	struct checkedschema definitions;
	struct checkedfiles files;
};

/* That of one file. */
struct file_run {
	struct run *run;
	const char *path;
	struct checkedfile file;
	struct arena arena;
	struct datafile_header header; /* as it is to be */
	struct roworder order;
	struct buf prefix;
	struct buf text;
	uint64_t line;
	uint64_t last; /* the line of the last row that stays */
	struct ordered_file result;
};

static int open_file(struct file_run *self, struct problems *problems,
		     struct err *err)
{
	return checkedfile_open(&self->file, self->run->ordering->tree,
				self->path, &self->run->definitions, problems,
				err);
}

static int begin_order(struct file_run *self, struct err *err)
{
	const struct datafile_header *header = datafile_header(self->file.rows);

	roworder_release(&self->order);
	return roworder_init(&self->order, header->key,
			     self->file.file.layout.key.collations,
			     header->nkey, &self->arena, err);
}

/* ---- does the file need it ---- */

/* Two rows with one key are told when the file is written, the same or not. */
static int examine_rows(struct file_run *self, bool *wanted, struct err *err)
{
	const struct datafile_header *header = datafile_header(self->file.rows);
	bool lists = shape_lists_columns(&self->file.table, header->ncolumns);
	const struct row *row;

	if (!datafile_is_canonical(self->file.rows))
		*wanted = true;
	while (checkedfile_next(&self->file, &row, err) == 0 && row) {
		enum row_place place;
		size_t size;
		const char *text = datafile_text(self->file.rows, &size);

		if (roworder_next(&self->order, row, text, size, &place, err) <
		    0)
			break;
		if (place != ROW_AFTER || header->explicit_columns != lists ||
		    !datafile_is_canonical(self->file.rows))
			*wanted = true;
	}
	return err->code;
}

/* Sets *wanted if the file is to be written, *fit if it can be. */
static int examine(struct file_run *self, bool *wanted, bool *fit,
		   struct err *err)
{
	*wanted = *fit = false;
	if (open_file(self, &self->run->problems, err) < 0 ||
	    !self->file.table.name)
		goto out;
	if (begin_order(self, err) == 0 && examine_rows(self, wanted, err) == 0)
		*fit = !self->file.bad;
out:
	checkedfile_close(&self->file);
	return err->code;
}

/* ---- the rows in order ---- */

struct file_cursor {
	struct cursor cursor;
	struct checkedfile *file;
};

static int next_of_file(struct cursor *cursor, const struct row **row,
			struct err *err)
{
	struct file_cursor *self = (struct file_cursor *)cursor;

	return checkedfile_next(self->file, row, err);
}

static void close_of_file(struct cursor *cursor)
{
	free(cursor);
}

/* What the sorter is to know of the rows. */
static int describe(struct file_run *self, struct scan *scan, struct err *err)
{
	const struct datafile_header *header = datafile_header(self->file.rows);
	size_t *all = arena_array(&self->arena, header->ncolumns, sizeof(*all));

	if (!all)
		return err_set_nomem(err);
	for (size_t i = 0; i < header->ncolumns; i++)
		all[i] = i;
	*scan = (struct scan){
		.table = &self->file.table,
		.columns = self->file.file.layout.columns,
		.ncolumns = header->ncolumns,
		.rows = SCAN_UNKEYED,
		.key = header->key,
		.collations = self->file.file.layout.key.collations,
		.nkey = header->nkey,
		.identity = all,
		.nidentity = header->ncolumns,
		.by_key = header->nkey > 0,
	};
	return 0;
}

static int sort(struct file_run *self, struct cursor **sorted, struct err *err)
{
	struct file_cursor *unsorted = calloc(1, sizeof(*unsorted));
	struct scan scan;

	if (!unsorted)
		return err_set_nomem(err);
	unsorted->cursor.next = next_of_file;
	unsorted->cursor.close = close_of_file;
	unsorted->file = &self->file;
	if (describe(self, &scan, err) < 0) {
		free(unsorted);
		return err->code;
	}
	return sorter_open(sorted, &unsorted->cursor, &scan, err);
}

/* ---- writing ---- */

static int flush(struct file_run *self, struct err *err)
{
	if (buf_check(&self->text, "a row", err) < 0)
		return err->code;
	if (self->text.len > 0 &&
	    filesink_write(self->run->ordering->sink, self->text.data,
			   self->text.len, err) < 0)
		return err->code;
	buf_clear(&self->text);
	return 0;
}

static void tell_same_key(struct file_run *self, const struct row *row)
{
	struct celltext text;

	problems_add(&self->run->problems, self->line,
		     "keep one of the two lines",
		     "the key %s stands in line %llu already",
		     celltext(&text, row, self->header.columns,
			      self->header.key, self->header.nkey),
		     (unsigned long long)self->last);
}

static int write_row(struct file_run *self, const struct row *row,
		     struct err *err)
{
	size_t start = self->text.len;
	enum row_place place;

	datafile_add_row(&self->text, &self->prefix, row);
	if (buf_check(&self->text, "a row", err) < 0 ||
	    roworder_next(&self->order, row, self->text.data + start,
			  self->text.len - start, &place, err) < 0)
		return err->code;
	if (place == ROW_REPEATED) {
		buf_truncate(&self->text, start);
		self->result.dropped++;
		return 0;
	}
	if (place == ROW_SAME_KEY)
		tell_same_key(self, row);
	self->last = self->line++;
	self->result.rows++;
	return self->text.len >= FLUSH ? flush(self, err) : 0;
}

static int write_rows(struct file_run *self, struct cursor *rows,
		      struct err *err)
{
	const struct row *row;

	self->header = *datafile_header(self->file.rows);
	self->header.explicit_columns =
		shape_lists_columns(&self->file.table, self->header.ncolumns);
	self->line = FIRST_ROW;
	datafile_add_prefix(&self->prefix, &self->header);
	datafile_add_header(&self->text, &self->header);
	if (buf_check(&self->prefix, "a table's name", err) < 0)
		return err->code;
	while (cursor_next(rows, &row, err) == 0 && row)
		if (write_row(self, row, err) < 0)
			break;
	return err->code ? err->code : flush(self, err);
}

static int write_file(struct file_run *self, struct err *err)
{
	struct filesink *sink = self->run->ordering->sink;
	struct cursor *rows = NULL;
	enum file_news news;

	if (open_file(self, NULL, err) < 0)
		goto out;
	if (self->file.table.name &&
	    (begin_order(self, err) < 0 || sort(self, &rows, err) < 0))
		goto out;
	if (!rows || self->file.bad) {
		err_set(err, D1_ECONFLICT,
			"'%s' was changed by another program while it was read",
			self->path);
		goto out;
	}
	if (filesink_begin(sink, self->path, err) == 0 &&
	    write_rows(self, rows, err) == 0 &&
	    filesink_end(sink, &news, err) == 0 && news != FILE_SAME)
		self->run->ordering->wrote(self->run->ordering->context,
					   &self->result);
out:
	cursor_close(rows);
	checkedfile_close(&self->file);
	return err->code;
}

static int order_file(struct run *run, const char *path, struct err *err)
{
	struct file_run self = { .run = run, .path = path };
	bool wanted, fit;

	self.result.path = path;
	buf_init(&self.prefix, 1 << 20);
	buf_init(&self.text, (size_t)DATAFILE_MAX_LINE * 2);
	problems_begin(&run->problems, path);
	if (examine(&self, &wanted, &fit, err) == 0 && wanted && fit)
		(void)!write_file(&self, err);
	problems_end(&run->problems);
	roworder_release(&self.order);
	buf_release(&self.prefix);
	buf_release(&self.text);
	arena_release(&self.arena);
	return err->code;
}

static int order_files(struct run *run, struct err *err)
{
	struct filetree *tree = run->ordering->tree;

	if (checkedschema_load(&run->definitions, tree, &run->problems, err) <
		    0 ||
	    checkedfiles_list(&run->files, tree, &run->problems, err) < 0)
		return err->code;
	for (size_t i = 0; i < run->files.count; i++)
		if (run->files.items[i].is_file &&
		    order_file(run, run->files.items[i].path, err) < 0)
			return err->code;
	return 0;
}

int snapshot_order(const struct snapshot_ordering *ordering, uint64_t *problems,
		   struct err *err)
{
	struct run run = { .ordering = ordering,
			   .problems = { .tell = ordering->tell,
					 .context = ordering->context } };

	(void)!order_files(&run, err);
	*problems = run.problems.count;
	checkedfiles_release(&run.files);
	checkedschema_release(&run.definitions);
	return err->code;
}
