#include "config.h"

#include "apply/snapshot_check.h"

#include <string.h>
#include <strings.h>

#include <sqlite3.h>

#include "apply/celltext.h"
#include "apply/checkedfile.h"
#include "apply/checkedschema.h"
#include "apply/headcheck.h"
#include "apply/parents.h"
#include "apply/roworder.h"
#include "apply/shape.h"
#include "model/literal.h"

static const char normalise[] = "run: git d1 snapshot --normalize";

/* The checking of a whole snapshot. */
struct check {
	const struct snapshot_checking *checking;
	struct problems problems;
	struct checkedschema definitions;
	struct checkedfiles files;
	struct parents parents;
	struct snapshot_findings *findings;
};

/* That of one file. */
struct file_check {
	struct check *check;
	struct checkedfile file;
	struct arena arena;
	struct roworder order;
	struct snapshotfile_load *load; /* NULL: rows are not loaded */
	struct value *cells;		/* of a row with masks, as loaded */
	bool ordered;			/* a row out of order was not seen */
	bool whole;			/* all rows could be read and loaded */
	uint64_t rows;
	uint64_t last; /* the line of the last row */
};

static struct problems *problems_of(struct file_check *self)
{
	return &self->check->problems;
}

static uint64_t line_of(const struct file_check *self)
{
	return datafile_line(self->file.rows);
}

/* ---- the head ---- */

static int check_shape(struct file_check *self, struct err *err)
{
	const struct snapshot_checking *checking = self->check->checking;
	const struct pair_rules *rules;
	struct shape shape;

	if (!checking->rules)
		return 0;
	if (checking->rules(checking->context, self->file.table.name, &rules,
			    err) < 0)
		return err->code;
	if (shape_make(&shape, self->file.defined, rules, &self->arena, err) <
	    0) {
		err_context(err, "%s:%d", self->file.file.path, HEADCHECK_LINE);
		return problems_take(problems_of(self), err);
	}
	headcheck(datafile_header(self->file.rows), &shape, problems_of(self));
	return 0;
}

static int check_head(struct file_check *self, struct err *err)
{
	const struct datafile_header *header = datafile_header(self->file.rows);

	if (!datafile_is_canonical(self->file.rows))
		problems_add(problems_of(self), HEADCHECK_LINE, normalise,
			     "the head is not written as git-d1 writes it");
	if (!self->file.table.name)
		return 0;
	if (roworder_init(&self->order, header->key,
			  self->file.file.layout.key.collations, header->nkey,
			  &self->arena, err) < 0)
		return err->code;
	return check_shape(self, err);
}

/* ---- a row by itself ---- */

/* Columns of STRICT tables may be ANY, which keeps all. */
static bool is_any(const struct column *column)
{
	return strcasecmp(column->type, "ANY") == 0;
}

static void check_types(struct file_check *self, const struct row *row)
{
	const struct table *table = &self->file.table;

	if (table->kind != TABLE_PLAIN)
		return;
	for (size_t i = 0; i < row->ncells; i++) {
		const struct column *column =
			&table->columns[self->file.file.layout.columns[i]];
		struct celltext text;

		if (column->masked || is_any(column) ||
		    affinity_keeps(column->affinity, &row->cells[i]))
			continue;
		problems_add(problems_of(self), line_of(self), NULL,
			     "%s: a column of type %s does not hold that value",
			     celltext(&text, row,
				      datafile_header(self->file.rows)->columns,
				      &i, 1),
			     column->type);
	}
}

/* All rows of a file have the list of columns, or none: the first one tells. */
static void check_list(struct file_check *self)
{
	const struct datafile_header *header = datafile_header(self->file.rows);
	bool lists = shape_lists_columns(&self->file.table, header->ncolumns);

	if (header->explicit_columns != lists)
		problems_add(problems_of(self), line_of(self), normalise,
			     "the rows are to have %s list of columns",
			     lists ? "a" : "no");
}

/* ---- a row among the others ---- */

static int check_place(struct file_check *self, const struct row *row,
		       enum row_place *place, struct err *err)
{
	const struct datafile_header *header = datafile_header(self->file.rows);
	struct problems *problems = problems_of(self);
	struct celltext text;
	size_t size;
	const char *line = datafile_text(self->file.rows, &size);

	if (roworder_next(&self->order, row, line, size, place, err) < 0)
		return err->code;
	if (*place == ROW_BEFORE && self->ordered) {
		problems_add(problems, line_of(self), normalise,
			     "rows out of order");
		self->ordered = false;
	} else if (*place == ROW_REPEATED) {
		problems_add(problems, line_of(self), normalise,
			     "the row of line %llu stands here again",
			     (unsigned long long)self->last);
	} else if (*place == ROW_SAME_KEY) {
		celltext(&text, row, header->columns, header->key,
			 header->nkey);
		problems_add(problems, line_of(self),
			     "keep one of the two lines",
			     "the key %s stands in line %llu already",
			     text.text, (unsigned long long)self->last);
	}
	return 0;
}

/* ---- what the table takes ---- */

static bool has_all_values(const struct checkedfile *file)
{
	for (size_t i = 0; i < file->table.ncolumns; i++)
		if (file->table.columns[i].masked ||
		    file->table.columns[i].unreadable)
			return false;
	return true;
}

static int open_load(struct file_check *self, struct err *err)
{
	struct scratch *scratch = self->check->definitions.scratch;
	size_t ncells = self->file.file.layout.ncolumns;
	struct sqlite3 *db = scratch_handle(scratch);

	if (self->check->checking->quick || !self->file.table.name ||
	    self->file.table.kind != TABLE_PLAIN)
		return 0;
	self->cells =
		arena_array(&self->arena, ncells + 1, sizeof(*self->cells));
	if (!self->cells)
		return err_set_nomem(err);
	/* a CHECK may look at what is not there */
	sqlite3_exec(db,
		     has_all_values(&self->file)
			     ? "PRAGMA ignore_check_constraints=OFF"
			     : "PRAGMA ignore_check_constraints=ON",
		     NULL, NULL, NULL);
	return snapshotfile_load_open(&self->load, &self->file.file,
				      &self->file.table, scratch, err);
}

/* A mask in place of a number: a STRICT table would not take it. */
static void replace_masks(struct file_check *self, const struct row *row)
{
	memcpy(self->cells, row->cells, row->ncells * sizeof(*self->cells));
	for (size_t i = 0; i < row->ncells; i++) {
		const struct column *column =
			&self->file.table
				 .columns[self->file.file.layout.columns[i]];
		struct value *cell = &self->cells[i];

		if (!column->masked || cell->type == VALUE_NULL ||
		    column->affinity == AFFINITY_TEXT || is_any(column))
			continue;
		cell->type = VALUE_INTEGER;
		cell->integer = (int64_t)line_of(self);
		if (column->affinity != AFFINITY_BLOB)
			continue;
		cell->type = VALUE_BLOB;
		cell->data = row->cells[i].data;
		cell->size = row->cells[i].size;
	}
}

static int load_row(struct file_check *self, const struct row *row,
		    struct err *err)
{
	sqlite3 *db = scratch_handle(self->check->definitions.scratch);
	const struct row loaded = { self->cells, row->ncells };
	int rc;

	replace_masks(self, row);
	if (snapshotfile_load_row(self->load, &loaded, line_of(self), err) == 0)
		return 0;
	rc = sqlite3_extended_errcode(db);
	if ((rc & 0xff) != SQLITE_CONSTRAINT && (rc & 0xff) != SQLITE_MISMATCH)
		return err->code;
	if (rc != SQLITE_CONSTRAINT_UNIQUE &&
	    rc != SQLITE_CONSTRAINT_PRIMARYKEY && rc != SQLITE_CONSTRAINT_ROWID)
		self->whole = false;
	problems_add(problems_of(self), line_of(self), NULL,
		     "the table does not take the row: %s", err->message);
	err_clear(err);
	return 0;
}

/* ---- a file ---- */

static int check_row(struct file_check *self, const struct row *row,
		     struct err *err)
{
	enum row_place place = ROW_AFTER;

	if (!datafile_is_canonical(self->file.rows))
		problems_add(problems_of(self), line_of(self), normalise,
			     "the row is not written as git-d1 writes it");
	if (!self->file.table.name)
		return 0;
	if (self->rows == 1)
		check_list(self);
	check_types(self, row);
	if (self->file.in_conflict) {
		self->whole = false;
		return 0;
	}
	if (check_place(self, row, &place, err) < 0)
		return err->code;
	self->last = line_of(self);
	if (!self->load || place == ROW_REPEATED || place == ROW_SAME_KEY)
		return 0;
	return load_row(self, row, err);
}

static int check_rows(struct file_check *self, struct err *err)
{
	const struct row *row;

	while (checkedfile_next(&self->file, &row, err) == 0 && row) {
		self->rows++;
		if (check_row(self, row, err) < 0)
			break;
	}
	return err->code;
}

static int finish_file(struct file_check *self, struct err *err)
{
	struct snapshot_findings *findings = self->check->findings;

	findings->tables++;
	findings->rows += self->rows;
	if (!self->load || !self->whole || self->file.bad)
		return 0;
	return parents_add(&self->check->parents, &self->file, err);
}

static int check_file(struct check *check, const char *path, struct err *err)
{
	struct file_check self = { .check = check,
				   .ordered = true,
				   .whole = true };

	problems_begin(&check->problems, path);
	if (checkedfile_open(&self.file, check->checking->tree, path,
			     &check->definitions, &check->problems, err) < 0 ||
	    !self.file.rows)
		goto out;
	if (check_head(&self, err) == 0 && open_load(&self, err) == 0 &&
	    check_rows(&self, err) == 0)
		(void)!finish_file(&self, err);
out:
	problems_end(&check->problems);
	snapshotfile_load_close(self.load);
	roworder_release(&self.order);
	checkedfile_close(&self.file);
	arena_release(&self.arena);
	return err->code;
}

/* ---- between files ---- */

/* The file is read again, whose own problems were told. */
static int check_references(struct check *check, const char *path,
			    struct err *err)
{
	struct checkedfile file;

	problems_begin(&check->problems, path);
	if (checkedfile_open(&file, check->checking->tree, path,
			     &check->definitions, NULL, err) == 0 &&
	    file.table.name)
		(void)!parents_check(&check->parents, &file,
				     &check->definitions, &check->problems,
				     err);
	problems_end(&check->problems);
	checkedfile_close(&file);
	return err->code;
}

/* ---- the snapshot ---- */

static int run(struct check *check, struct err *err)
{
	struct filetree *tree = check->checking->tree;

	if (checkedschema_load(&check->definitions, tree, &check->problems,
			       err) < 0 ||
	    checkedschema_check(&check->definitions, &check->problems, err) <
		    0 ||
	    checkedfiles_list(&check->files, tree, &check->problems, err) < 0)
		return err->code;
	for (size_t i = 0; i < check->files.count; i++)
		if (check_file(check, check->files.paths[i], err) < 0)
			return err->code;
	if (check->parents.count == 0)
		return 0;
	for (size_t i = 0; i < check->files.count; i++)
		if (check_references(check, check->files.paths[i], err) < 0)
			return err->code;
	return 0;
}

int snapshot_check(const struct snapshot_checking *checking,
		   struct snapshot_findings *findings, struct err *err)
{
	struct check check = { .checking = checking,
			       .problems = { .tell = checking->tell,
					     .context = checking->context },
			       .findings = findings };

	*findings = (struct snapshot_findings){ .rows = 0 };
	(void)!run(&check, err);
	findings->problems = check.problems.count;
	parents_release(&check.parents);
	checkedfiles_release(&check.files);
	checkedschema_release(&check.definitions);
	return err->code;
}
