#include "config.h"

#include "cmd/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "config/tablesettings.h"
#include "format/datafile.h"
#include "model/name.h"
#include "model/sql.h"
#include "render/name.h"
#include "source/sqlite.h"
#include "util/child.h"
#include "util/glob.h"
#include "util/path.h"
#include "util/quote.h"
#include "util/utf8.h"
#include "workspace/workspace.h"

enum { MAX_LINE = 1 << 30, MAX_TEXT = 1 << 24, GIT_TIMEOUT = 10000 };

static const struct option_spec textconv_specs[] = { OPTION_END };

static const char *const textconv_usage[] = { "git d1 textconv <file>", NULL };

/* A file that is printed. */
struct textconv {
	const char *path;
	const struct d1config *config;
	struct source *source;
	struct buf line;
};

/* Prints the line that was put together. */
static int flush_line(struct textconv *self, struct err *err)
{
	if (buf_check(&self->line, "a row", err) == 0 && self->line.len)
		fwrite(self->line.data, 1, self->line.len, stdout);
	buf_clear(&self->line);
	return err->code;
}

/* Appends text of the file's own; what must not reach a terminal is escaped. */
static void add_shown(struct buf *out, const char *text, size_t size)
{
	if (utf8_is_plain(text, size))
		buf_add(out, text, size);
	else
		quote_add_escaped(out, text, size);
}

/* -- table "users" */
static void add_title(struct buf *out, const struct table *table)
{
	struct buf name;

	buf_init(&name, MAX_TEXT);
	sql_add_name(&name, table->name);
	buf_add_string(out, "-- table ");
	if (!name.failed)
		add_shown(out, name.data, name.len);
	buf_release(&name);
}

/* ---- what may be shown ---- */

/*
 * True if one of the names means the table. Nobody knows which database the
 * file is of, so what is said of any counts.
 */
static bool means_table(const char *name, const char *table)
{
	const char *slash = strchr(name, '/');

	return name_equal(name, table) || glob_match(name, table) ||
	       (slash &&
		(name_equal(slash + 1, table) || glob_match(slash + 1, table)));
}

static bool list_means_table(const struct name_list *list, const char *table)
{
	for (size_t i = 0; i < list->count; i++)
		if (means_table(list->names[i], table))
			return true;
	return false;
}

/* The ledgers of migrations are shown: they are a part of what the file is. */
static bool is_left_out(const struct textconv *self, const char *table)
{
	const struct d1config *config = self->config;

	return list_means_table(&config->exclude_tables, table) ||
	       (config->tables.count > 0 &&
		!list_means_table(&config->tables, table) &&
		!d1config_is_ledger(table));
}

enum display { SHOWN, MASKED, LEFT_OUT };

static enum display display_of(const struct textconv *self,
			       const struct table *table, size_t position)
{
	const struct column *column = &table->columns[position];
	enum display display = SHOWN;

	if (column->generated || column->unreadable)
		return LEFT_OUT;
	for (size_t i = 0; i < self->config->table_count; i++) {
		const struct d1config_table *section =
			&self->config->table_sections[i];

		if (!means_table(section->name, table->name))
			continue;
		if (name_list_match(&section->mask_columns, column->name))
			return MASKED;
		if (name_list_match(&section->ignore_columns, column->name))
			display = LEFT_OUT;
	}
	return display;
}

/* ---- definitions ---- */

/* A statement in its lines. */
static void add_statement(struct buf *out, const struct value *sql)
{
	const char *text = sql->data;
	size_t size = sql->size;

	while (size > 0) {
		const char *end = memchr(text, '\n', size);
		size_t length = end ? (size_t)(end - text) : size;

		add_shown(out, text, length);
		if (end)
			buf_add_char(out, '\n');
		length += end != NULL;
		text += length;
		size -= length;
	}
	buf_add_string(out, ";\n");
}

/* True if the object belongs to a table that people made. */
static bool is_own(const struct textconv *self, const struct value *table)
{
	const struct schema *schema = self->source->schema;

	for (size_t i = 0; i < schema->ntables; i++)
		if (strlen(schema->tables[i].name) == table->size &&
		    memcmp(schema->tables[i].name, table->data, table->size) ==
			    0)
			return true;
	return false;
}

/*
 * The definitions, those of a table together. They are read as rows: of all
 * objects SQLite keeps the table they belong to, their kind, name and text.
 */
static int print_definitions(struct textconv *self, struct err *err)
{
	enum { TABLE, KIND, NAME, SQL, FIELDS };
	static struct column columns[FIELDS] = {
		{ .name = "tbl_name" },
		{ .name = "type" },
		{ .name = "name" },
		{ .name = "sql" },
	};
	static const struct table table = { .name = "sqlite_schema",
					    .columns = columns,
					    .ncolumns = FIELDS };
	static const size_t all[FIELDS] = { TABLE, KIND, NAME, SQL };
	static const struct scan scan = { .table = &table,
					  .columns = all,
					  .ncolumns = FIELDS,
					  .rows = SCAN_UNKEYED,
					  .identity = all,
					  .nidentity = FIELDS };
	struct cursor *cursor = NULL;
	const struct row *row;

	if (source_scan(self->source, &cursor, &scan, err) < 0)
		return err->code;
	while (cursor_next(cursor, &row, err) == 0 && row) {
		/* (an index that a constraint made has no text) */
		if (row->cells[TABLE].type != VALUE_TEXT ||
		    row->cells[SQL].type != VALUE_TEXT ||
		    !is_own(self, &row->cells[TABLE]))
			continue;
		add_statement(&self->line, &row->cells[SQL]);
		if (flush_line(self, err) < 0)
			break;
	}
	cursor_close(cursor);
	return err->code;
}

/* ---- rows ---- */

/* What is read of a table, and what of that is printed. */
struct layout {
	struct arena arena;
	const struct table *table;
	size_t *columns; /* of the cells that are read */
	bool *masked;	 /* by cell */
	size_t ncells;
	size_t nshown; /* the first of them; the others are for the order */
	size_t *identity;
	size_t *key; /* cells */
	size_t nkey;
	const struct key *primary; /* NULL: none */
	bool explicit_columns;
};

static void add_cell(struct layout *layout, size_t column, bool masked)
{
	layout->columns[layout->ncells] = column;
	layout->masked[layout->ncells] = masked;
	layout->identity[layout->ncells] = layout->ncells;
	layout->ncells++;
}

static size_t find_cell(const struct layout *layout, size_t column)
{
	size_t cell = 0;

	while (cell < layout->ncells && layout->columns[cell] != column)
		cell++;
	return cell;
}

static int lay_out(struct layout *layout, const struct textconv *self,
		   const struct table *table, struct err *err)
{
	size_t most = table->ncolumns + 1;

	layout->table = table;
	layout->primary = table_primary_key(table);
	layout->columns = arena_array(&layout->arena, most, sizeof(size_t));
	layout->masked = arena_array(&layout->arena, most, sizeof(bool));
	layout->identity = arena_array(&layout->arena, most, sizeof(size_t));
	layout->key = arena_array(&layout->arena, most, sizeof(size_t));
	if (!layout->columns || !layout->masked || !layout->identity ||
	    !layout->key)
		return err_set_nomem(err);
	for (size_t i = 0; i < table->ncolumns; i++) {
		enum display display = display_of(self, table, i);

		if (display == LEFT_OUT)
			layout->explicit_columns = true;
		else
			add_cell(layout, i, display == MASKED);
		if (table->columns[i].rowid)
			layout->explicit_columns = true;
	}
	layout->nshown = layout->ncells;
	for (size_t i = 0; layout->primary && i < layout->primary->count; i++) {
		size_t column = layout->primary->columns[i];

		if (find_cell(layout, column) == layout->ncells)
			add_cell(layout, column, true);
		layout->key[layout->nkey++] = find_cell(layout, column);
	}
	return 0;
}

static const char *cell_name(const struct layout *layout, size_t cell)
{
	return layout->table->columns[layout->columns[cell]].name;
}

/* -- table "users" (id, email) key id [masked email] */
static void add_header(struct buf *out, const struct layout *layout)
{
	bool any = false;

	add_title(out, layout->table);
	for (size_t i = 0; i < layout->nshown; i++) {
		buf_add_string(out, i > 0 ? ", " : " (");
		name_add(out, cell_name(layout, i));
	}
	buf_add_char(out, ')');
	for (size_t i = 0; i < layout->nkey; i++) {
		buf_add_string(out, i > 0 ? ", " : " key ");
		name_add(out, cell_name(layout, layout->key[i]));
	}
	for (size_t i = 0; i < layout->nshown; i++) {
		if (!layout->masked[i])
			continue;
		buf_add_string(out, any ? ", " : " [masked ");
		name_add(out, cell_name(layout, i));
		any = true;
	}
	buf_add_string(out, any ? "]\n" : "\n");
}

static int make_prefix(struct buf *prefix, struct layout *layout,
		       struct err *err)
{
	struct datafile_header header = {
		.table = layout->table->name,
		.ncolumns = layout->nshown,
		.explicit_columns = layout->explicit_columns,
	};
	const char **names =
		arena_array(&layout->arena, layout->nshown + 1, sizeof(*names));
	struct buf plain;

	if (!names)
		return err_set_nomem(err);
	for (size_t i = 0; i < layout->nshown; i++)
		names[i] = cell_name(layout, i);
	header.columns = names;
	buf_init(&plain, MAX_TEXT);
	datafile_add_prefix(&plain, &header);
	if (buf_check(&plain, "a row", err) == 0) {
		add_shown(prefix, plain.data, plain.len);
		(void)!buf_check(prefix, "a row", err);
	}
	buf_release(&plain);
	return err->code;
}

static int print_row(struct textconv *self, const struct layout *layout,
		     const struct buf *prefix, const struct row *row,
		     struct value *cells, struct err *err)
{
	static const char masked[] = "masked";
	const struct row shown = { .cells = cells, .ncells = layout->nshown };

	for (size_t i = 0; i < layout->nshown; i++) {
		cells[i] = row->cells[i];
		if (!layout->masked[i] || cells[i].type == VALUE_NULL)
			continue;
		cells[i].type = VALUE_TEXT;
		cells[i].data = masked;
		cells[i].size = strlen(masked);
	}
	datafile_add_row(&self->line, prefix, &shown);
	return flush_line(self, err);
}

static int print_scan(struct textconv *self, struct layout *layout,
		      const struct buf *prefix, enum scan_rows rows,
		      struct err *err)
{
	const struct key *primary = layout->primary;
	const struct scan scan = {
		.table = layout->table,
		.columns = layout->columns,
		.ncolumns = layout->ncells,
		.rows = rows,
		.key = layout->key,
		.nkey = layout->nkey,
		.collations = primary ? primary->collations : NULL,
		.nullable = primary && primary->nullable,
		.identity = layout->identity,
		.nidentity = layout->ncells,
	};
	struct cursor *cursor = NULL;
	const struct row *row;
	struct value *cells =
		arena_array(&layout->arena, layout->nshown + 1, sizeof(*cells));

	if (!cells)
		return err_set_nomem(err);
	if (source_scan(self->source, &cursor, &scan, err) < 0)
		return err->code;
	while (cursor_next(cursor, &row, err) == 0 && row)
		if (print_row(self, layout, prefix, row, cells, err) < 0)
			break;
	cursor_close(cursor);
	return err->code;
}

static int print_rows(struct textconv *self, struct layout *layout,
		      struct err *err)
{
	struct buf prefix;

	buf_init(&prefix, MAX_TEXT);
	if (make_prefix(&prefix, layout, err) < 0 ||
	    (layout->nkey > 0 &&
	     print_scan(self, layout, &prefix, SCAN_KEYED, err) < 0))
		goto out;
	if (layout->nkey == 0 || layout->primary->nullable)
		(void)!print_scan(self, layout, &prefix, SCAN_UNKEYED, err);
out:
	buf_release(&prefix);
	return err->code;
}

/* ---- problems ---- */

/*
 * Appends the message without the path, which is another for each side of a
 * difference, and has its name already.
 */
static void add_message(struct buf *out, const struct textconv *self,
			const char *message)
{
	const char *found = strstr(message, self->path);
	struct buf text;

	buf_init(&text, MAX_TEXT);
	if (found) {
		buf_add(&text, message, (size_t)(found - message));
		buf_add_string(&text, path_basename(self->path));
		buf_add_string(&text, found + strlen(self->path));
	} else {
		buf_add_string(&text, message);
	}
	if (!text.failed)
		name_add_text(out, text.data);
	buf_release(&text);
}

/* What git would call the file, so that two of them do not look alike. */
static void add_identity(struct buf *out, const struct textconv *self)
{
	const char *const argv[] = { "git", "hash-object", "--no-filters",
				     "--",  self->path,	   NULL };
	struct buf output, errors;
	struct child child = { .argv = argv,
			       .output = &output,
			       .errors = &errors,
			       .timeout = GIT_TIMEOUT };
	struct child_result result;
	struct err ignored = ERR_INIT;
	struct stat info;

	if (stat(self->path, &info) == 0)
		buf_add_format(out, "; %lld bytes", (long long)info.st_size);
	buf_init(&output, 4096);
	buf_init(&errors, 4096);
	if (child_run(&child, &result, &ignored) == 0 && result.status == 0 &&
	    output.len > 0)
		buf_add_format(out, ", blob %.*s",
			       (int)strcspn(output.data, "\n"), output.data);
	buf_release(&output);
	buf_release(&errors);
}

/* "(not a database: ...)": it is not the reader's fault, nor git's. */
static int print_problem(struct textconv *self, const char *what,
			 const struct err *problem, struct err *err)
{
	if (problem->code == D1_ENOMEM)
		return err_set_nomem(err);
	buf_clear(&self->line);
	buf_add_format(&self->line, "(%s: ", what);
	add_message(&self->line, self, problem->message);
	add_identity(&self->line, self);
	buf_add_string(&self->line, ")\n");
	return flush_line(self, err);
}

/* ---- the file ---- */

static int print_table(struct textconv *self, const struct table *table,
		       struct err *err)
{
	struct layout layout = { .ncells = 0 };
	struct err problem = ERR_INIT;
	const char *reason = table->reason;

	if (is_left_out(self, table->name))
		reason = "the configuration leaves it out";
	if (reason) {
		/* a view has no rows of its own: its definition is all */
		if (table->kind == TABLE_DERIVED)
			return 0;
		add_title(&self->line, table);
		buf_add_string(&self->line, " is not shown: ");
		name_add_text(&self->line, reason);
		buf_add_char(&self->line, '\n');
		return flush_line(self, err);
	}
	if (lay_out(&layout, self, table, err) < 0)
		goto out;
	if (layout.nshown == 0) {
		add_title(&self->line, table);
		buf_add_string(&self->line, " is not shown: no column of it "
					    "is\n");
		(void)!flush_line(self, err);
		goto out;
	}
	add_header(&self->line, &layout);
	if (flush_line(self, err) == 0 &&
	    print_rows(self, &layout, &problem) < 0)
		(void)!print_problem(self, "not readable from here on",
				     &problem, err);
out:
	arena_release(&layout.arena);
	return err->code;
}

static int print_database(struct textconv *self, struct err *err)
{
	struct err problem = ERR_INIT;
	const struct schema *schema;

	if (sqlite_open(&self->source, self->path, &problem) < 0)
		return print_problem(self, "not a database", &problem, err);
	schema = self->source->schema;
	if (schema->ntables == 0)
		puts("(a database without tables)");
	if (print_definitions(self, &problem) < 0 &&
	    print_problem(self, "not readable from here on", &problem, err) < 0)
		return err->code;
	for (size_t i = 0; i < schema->ntables; i++)
		if (print_table(self, &schema->tables[i], err) < 0)
			return err->code;
	return 0;
}

/*
 * In a bare repository no .d1config is at hand, and what it masks would be
 * shown. Outside of any there is none to ask for.
 */
static int check_place(const struct workspace *workspace, struct err *err)
{
	static const char *const argv[] = { "git", "rev-parse", "--git-dir",
					    NULL };
	struct buf output, errors;
	struct child child = { .argv = argv,
			       .output = &output,
			       .errors = &errors,
			       .timeout = GIT_TIMEOUT };
	struct child_result result;

	if (workspace->worktree)
		return 0;
	buf_init(&output, 1 << 16);
	buf_init(&errors, 1 << 16);
	if (child_run(&child, &result, err) == 0 && result.status == 0)
		err_set(err, D1_EREFUSED,
			"without a worktree it is not known what .d1config "
			"masks");
	buf_release(&output);
	buf_release(&errors);
	return err->code;
}

static int textconv_run(const struct invocation *call, struct err *err)
{
	static const struct workspace_options options = { .config = NULL };
	struct err problem = ERR_INIT;
	struct textconv self = { .path = NULL };
	struct workspace workspace;

	if (call->arguments.count + call->after.count != 1)
		return err_set(err, D1_EUSAGE, "textconv takes one file");
	self.path = call->arguments.count > 0 ? call->arguments.words[0]
					      : call->after.words[0];
	buf_init(&self.line, MAX_LINE);
	workspace_init(&workspace, &options);
	if (workspace_settings(&workspace, &self.config, &problem) < 0 ||
	    check_place(&workspace, &problem) < 0)
		(void)!print_problem(&self, "not shown", &problem, err);
	else
		(void)!print_database(&self, err);
	source_close(self.source);
	workspace_release(&workspace);
	buf_release(&self.line);
	return err->code;
}

const struct command command_textconv = {
	.name = "textconv",
	.summary = "print a SQLite file as text for git diff",
	.usage = textconv_usage,
	.specs = textconv_specs,
	.defaults = NULL,
	.options_size = 0,
	.flags = COMMAND_RUN_BY_GIT,
	.run = textconv_run,
};
