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
#include "apply/rowload.h"
#include "apply/roworder.h"
#include "apply/shape.h"
#include "format/filename.h"

enum { MAX_PATH = 4096 };

static const char normalise[] = "run: git d1 snapshot --normalize";
static const char edit[] =
	"edit the row, or write the snapshot anew: git d1 snapshot";

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
	struct problems *problems; /* of what is not about loading */
	struct checkedfile file;
	struct arena arena;
	struct roworder order;
	struct rowload *load; /* NULL: rows are not loaded */
	bool ordered;	      /* a row out of order was not seen */
	bool whole;	      /* all rows could be read and loaded */
	uint64_t rows;
	uint64_t last; /* the line of the last row */
};

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
		return problems_take(self->problems, err);
	}
	headcheck(datafile_header(self->file.rows), &shape, self->problems);
	return 0;
}

static int check_head(struct file_check *self, struct err *err)
{
	const struct datafile_header *header = datafile_header(self->file.rows);

	if (!datafile_is_canonical(self->file.rows))
		problems_add(self->problems, HEADCHECK_LINE, normalise,
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

/* What is wrong with the value in that column, or NULL. */
static const char *find_fault(const struct table *table, size_t position,
			      const struct value *value)
{
	const struct column *column = &table->columns[position];
	const struct key *primary = table_primary_key(table);
	/* NULL would become a number of SQLite's own choice there */
	bool is_rowid =
		primary && primary->rowid && primary->columns[0] == position;

	if (value->type == VALUE_NULL)
		return column->not_null || is_rowid ? "the column takes no NULL"
						    : NULL;
	if (is_rowid && value->type != VALUE_INTEGER)
		return "the column takes integers only";
	/* a column of a STRICT table may be ANY, which keeps all */
	if (column->masked || affinity_keeps(column->affinity, value) ||
	    strcasecmp(column->type, "ANY") == 0)
		return NULL;
	return "the column would store another value";
}

/* Tells of values that their columns do not take; *taken if there are none. */
static void check_values(struct file_check *self, const struct row *row,
			 bool *taken)
{
	const struct table *table = &self->file.table;
	const char *const *names = datafile_header(self->file.rows)->columns;

	*taken = true;
	for (size_t i = 0; i < row->ncells && table->kind == TABLE_PLAIN; i++) {
		size_t position = self->file.file.layout.columns[i];
		const char *fault = find_fault(table, position, &row->cells[i]);
		struct celltext text;

		if (!fault)
			continue;
		*taken = false;
		problems_add(self->problems, line_of(self), edit, "%s: %s",
			     celltext(&text, row, names, &i, 1), fault);
	}
}

/* All rows of a file have the list of columns, or none: the first one tells. */
static void check_list(struct file_check *self)
{
	const struct datafile_header *header = datafile_header(self->file.rows);
	bool lists = shape_lists_columns(&self->file.table, header->ncolumns);

	if (header->explicit_columns != lists)
		problems_add(self->problems, line_of(self), normalise,
			     "the rows are to have %s list of columns",
			     lists ? "a" : "no");
}

/* ---- a row among the others ---- */

static int check_place(struct file_check *self, const struct row *row,
		       enum row_place *place, struct err *err)
{
	const struct datafile_header *header = datafile_header(self->file.rows);
	struct celltext text;
	size_t size;
	const char *line = datafile_text(self->file.rows, &size);

	if (roworder_next(&self->order, row, line, size, place, err) < 0)
		return err->code;
	if (*place == ROW_BEFORE && self->ordered) {
		problems_add(self->problems, line_of(self), normalise,
			     "rows out of order");
		self->ordered = false;
	} else if (*place == ROW_REPEATED) {
		problems_add(self->problems, line_of(self), normalise,
			     "the row of line %llu stands here again",
			     (unsigned long long)self->last);
	} else if (*place == ROW_SAME_KEY) {
		celltext(&text, row, header->columns, header->key,
			 header->nkey);
		problems_add(self->problems, line_of(self),
			     "keep one of the two lines",
			     "the key %s stands in line %llu already",
			     text.text, (unsigned long long)self->last);
	}
	return 0;
}

/* ---- what the table takes ---- */

static bool may_load(const struct file_check *self)
{
	return !self->check->checking->quick && self->file.table.name &&
	       self->file.table.kind == TABLE_PLAIN;
}

static int open_load(struct file_check *self, bool needed, struct err *err)
{
	const struct checkedschema *definitions = &self->check->definitions;

	if (!may_load(self))
		return 0;
	if (!needed &&
	    rowload_is_needed(&needed, &self->file, definitions, err) < 0)
		return err->code;
	return needed ? rowload_open(&self->load, &self->file, definitions, err)
		      : 0;
}

/* What is wrong with a row's values was told if they are not `taken`. */
static int load_row(struct file_check *self, const struct row *row, bool taken,
		    struct err *err)
{
	enum rowload_verdict verdict;
	const char *reason;

	if (rowload_add(self->load, row, line_of(self), &verdict, &reason,
			err) < 0)
		return err->code;
	if (verdict == ROWLOAD_UNFIT || verdict == ROWLOAD_REFUSED)
		self->whole = false;
	if (verdict != ROWLOAD_TAKEN && (verdict != ROWLOAD_UNFIT || taken))
		problems_add(&self->check->problems, line_of(self),
			     verdict == ROWLOAD_REPEATED
				     ? "keep one of the two rows"
				     : edit,
			     "the table does not take the row: %s", reason);
	return 0;
}

/* ---- a file ---- */

static int check_row(struct file_check *self, const struct row *row,
		     struct err *err)
{
	enum row_place place = ROW_AFTER;
	bool taken;

	if (!datafile_is_canonical(self->file.rows))
		problems_add(self->problems, line_of(self), normalise,
			     "the row is not written as git-d1 writes it");
	if (!self->file.table.name)
		return 0;
	if (self->rows == 1)
		check_list(self);
	check_values(self, row, &taken);
	if (self->file.in_conflict) {
		self->whole = false;
		return 0;
	}
	if (check_place(self, row, &place, err) < 0)
		return err->code;
	self->last = line_of(self);
	if (!self->load || place == ROW_REPEATED || place == ROW_SAME_KEY)
		return 0;
	return load_row(self, row, taken, err);
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

static int check_file(struct file_check *self, const char *path, bool load,
		      struct err *err)
{
	struct check *check = self->check;

	self->ordered = self->whole = true;
	if (checkedfile_open(&self->file, check->checking->tree, path,
			     &check->definitions, self->problems, err) < 0 ||
	    !self->file.rows)
		return err->code;
	if (check_head(self, err) == 0 && open_load(self, load, err) == 0)
		(void)!check_rows(self, err);
	return err->code;
}

static void release_file(struct file_check *self)
{
	rowload_close(self->load);
	roworder_release(&self->order);
	checkedfile_close(&self->file);
	arena_release(&self->arena);
}

static void ignore(void *context, const struct problem *problem)
{
	(void)context;
	(void)problem;
}

/*
 * Where rows are out of order, that a key stands twice is only seen when all
 * are loaded. Nothing else is told again.
 */
static int check_keys(struct check *check, const char *path, struct err *err)
{
	struct problems told = { .tell = ignore, .path = path };
	struct file_check self = { .check = check, .problems = &told };

	(void)!check_file(&self, path, true, err);
	release_file(&self);
	return err->code;
}

static int check_path(struct check *check, const char *path, struct err *err)
{
	struct snapshot_findings *findings = check->findings;
	struct file_check self = { .check = check,
				   .problems = &check->problems };
	bool again = false;

	problems_begin(&check->problems, path);
	if (check_file(&self, path, false, err) < 0 || !self.file.rows)
		goto out;
	findings->tables++;
	findings->rows += self.rows;
	if (self.load && self.whole && !self.file.bad)
		(void)!parents_add(&check->parents, &self.file, err);
	again = !self.ordered && !self.load && may_load(&self) &&
		self.file.file.layout.key.count > 0;
out:
	release_file(&self);
	if (again && !err->code)
		(void)!check_keys(check, path, err);
	problems_end(&check->problems);
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

static bool has_file(const struct checkedfiles *files, const char *path)
{
	for (size_t i = 0; i < files->count; i++)
		if (strcmp(files->items[i].path, path) == 0)
			return true;
	return false;
}

/* Tells of the table if it is to have a file and has none. */
static int check_tracked(struct check *check, const struct table *table,
			 struct err *err)
{
	const struct snapshot_checking *checking = check->checking;
	struct buf path;

	if ((table->kind != TABLE_PLAIN && table->kind != TABLE_VIRTUAL) ||
	    !checking->tracked(checking->context, table->name))
		return 0;
	buf_init(&path, MAX_PATH);
	buf_add_string(&path, "data/");
	if (filename_add(&path, table->name, err) == 0 &&
	    buf_check(&path, "a file name", err) == 0 &&
	    !has_file(&check->files, path.data)) {
		problems_begin(&check->problems, path.data);
		problems_add(&check->problems, 0,
			     "write the snapshot: git d1 snapshot",
			     "the file of table '%s', which is tracked, is "
			     "missing",
			     table->name);
		problems_end(&check->problems);
	}
	buf_release(&path);
	return err->code;
}

/* ---- the snapshot ---- */

static int run(struct check *check, struct err *err)
{
	struct filetree *tree = check->checking->tree;
	const struct checkedfiles *files = &check->files;
	const struct schema *schema;

	if (checkedschema_load(&check->definitions, tree, &check->problems,
			       err) < 0 ||
	    checkedschema_check(&check->definitions, &check->problems, err) <
		    0 ||
	    checkedfiles_list(&check->files, tree, &check->problems, err) < 0)
		return err->code;
	for (size_t i = 0; i < files->count; i++)
		if (files->items[i].is_file &&
		    check_path(check, files->items[i].path, err) < 0)
			return err->code;
	schema = check->definitions.database->schema;
	for (size_t i = 0; i < schema->ntables && check->checking->tracked; i++)
		if (check_tracked(check, &schema->tables[i], err) < 0)
			return err->code;
	if (check->parents.count == 0)
		return 0;
	for (size_t i = 0; i < files->count; i++)
		if (files->items[i].is_file &&
		    check_references(check, files->items[i].path, err) < 0)
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
