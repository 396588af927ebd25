#include "config.h"

#include "apply/snapshot_writer.h"

#include <string.h>

#include "apply/remask.h"
#include "apply/shape.h"
#include "diff/compare.h"
#include "diff/rows.h"
#include "format/datafile.h"
#include "format/filename.h"
#include "schema/objects.h"
#include "source/fileorder.h"
#include "source/sorter.h"

enum {
	FLUSH = 256 * 1024, /* bytes that are written at once */
	MAX_TEXT = 1 << 30, /* of all definitions */
	MAX_NAME = 4096,
};

static const char data_folder[] = "data";

/* The writing of one table. */
struct table_writing {
	const struct snapshot_writing *writing;
	struct filesink *sink;
	struct arena arena;
	struct shape shape;
	struct comparison comparison;
	struct scan scan;
	struct cursor *cursor;
	struct buf prefix;
	struct buf text;
	uint64_t rows;
	uint64_t bytes;
};

static void tell(const struct snapshot_writing *writing,
		 const struct snapshot_file *file)
{
	if (writing->wrote)
		writing->wrote(writing->context, file);
}

/* ---- what of the table goes into its file ---- */

static int shape_file(struct table_writing *self, const struct table *table,
		      struct err *err)
{
	const struct snapshot_writing *writing = self->writing;
	const struct pair_rules *rules;

	if (writing->rules(writing->context, table->name, &rules, err) < 0)
		return err->code;
	return shape_make(&self->shape, table, rules, &self->arena, err);
}

static int check_names(const struct datafile_header *header, struct err *err)
{
	const char *bad = NULL;

	if (!filename_is_possible(header->table))
		bad = header->table;
	for (size_t i = 0; i < header->ncolumns && !bad; i++)
		if (!filename_is_possible(header->columns[i]))
			bad = header->columns[i];
	if (!bad)
		return 0;
	err_set(err, D1_EREFUSED,
		"table '%s' cannot be kept in a snapshot: the name '%s' holds "
		"control characters or is not UTF-8",
		header->table, bad);
	return err_hint(err, "rename it, or run: git d1 untrack '%s'",
			header->table);
}

/* Masks under a key that is drawn for one run would change with each. */
static int check_mask_key(const struct table_writing *self, struct err *err)
{
	if (self->shape.header.nmasked == 0 || self->shape.header.key_id[0])
		return 0;
	err_set(err, D1_EREFUSED,
		"table '%s' has masked columns, and there is no mask key",
		self->shape.pair.name);
	return err_hint(err,
			"set the key that the team shares: git config --global "
			"d1.maskKey SECRET, or GIT_D1_MASK_KEY; for the first "
			"one: openssl rand -hex 32");
}

/* ---- its rows ---- */

/*
 * Masks stand in the file, not values: rows that are ordered by their bytes
 * are sorted with the masks in them.
 */
static int open_rows(void *context, struct cursor **cursor, struct scan *scan,
		     struct err *err)
{
	const struct table_writing *self = context;
	const struct pair_side *side = &self->shape.pair.sides[NEW];
	struct cursor *rows;

	if (source_scan(self->writing->source, cursor, scan, err) < 0)
		return err_context(err, "%s", self->writing->label);
	if (side->nplain == 0)
		return 0;
	rows = *cursor;
	*cursor = NULL;
	if (mask_cursor(&rows, rows, self->shape.pair.mask_key,
			self->shape.pair.name, side->plain_names, side->plain,
			side->nplain, err) < 0)
		return err->code;
	if (scan->rows == SCAN_UNKEYED)
		return sorter_open(cursor, rows, scan, err);
	*cursor = rows;
	return 0;
}

static int open_cursor(struct table_writing *self, struct err *err)
{
	const struct fileorder_rows rows = { open_rows, self };

	if (self->shape.pair.natural &&
	    rows_check_unique(&self->comparison, &self->shape.pair, err) < 0)
		return err->code;
	rows_describe(&self->scan, &self->comparison, &self->shape.pair, NEW,
		      SCAN_KEYED);
	if (fileorder_open(&self->cursor, &rows, &self->scan, err) < 0)
		return err->code;
	if (self->shape.header.nmasked == 0 || !self->writing->before)
		return 0;
	return remask_cursor(&self->cursor, self->cursor, &self->shape.header,
			     self->scan.collations, self->writing->before, err);
}

static int flush(struct table_writing *self, struct err *err)
{
	if (buf_check(&self->text, "a row", err) < 0)
		return err->code;
	if (self->text.len > 0 && filesink_write(self->sink, self->text.data,
						 self->text.len, err) < 0)
		return err->code;
	self->bytes += self->text.len;
	buf_clear(&self->text);
	return 0;
}

static int write_rows(struct table_writing *self, struct err *err)
{
	const struct row *row;

	datafile_add_header(&self->text, &self->shape.header);
	datafile_add_prefix(&self->prefix, &self->shape.header);
	if (buf_check(&self->prefix, "a table's name", err) < 0)
		return err->code;
	while (cursor_next(self->cursor, &row, err) == 0 && row) {
		size_t before = self->text.len;

		datafile_add_row(&self->text, &self->prefix, row);
		self->rows++;
		if (self->text.len - before > DATAFILE_MAX_LINE)
			return err_set(err, D1_EREFUSED,
				       "row %llu of table '%s' is too long for "
				       "a snapshot: more than %d MiB",
				       (unsigned long long)self->rows,
				       self->shape.pair.name,
				       DATAFILE_MAX_LINE >> 20);
		if (self->text.len >= FLUSH && flush(self, err) < 0)
			return err->code;
	}
	return err->code ? err->code : flush(self, err);
}

static int add_path(struct buf *path, const char *table, struct err *err)
{
	buf_add_format(path, "%s/", data_folder);
	return filename_add(path, table, err);
}

static int write_file(struct table_writing *self, struct err *err)
{
	const struct snapshot_writing *writing = self->writing;
	enum file_news news;
	struct buf path;

	buf_init(&path, MAX_NAME);
	if (add_path(&path, self->shape.pair.name, err) < 0 ||
	    buf_check(&path, "a file name", err) < 0 ||
	    filesink_begin(self->sink, path.data, err) < 0 ||
	    write_rows(self, err) < 0 ||
	    filesink_end(self->sink, &news, err) < 0)
		goto out;
	tell(writing, &(struct snapshot_file){ .path = path.data,
					       .table = self->shape.pair.name,
					       .news = news,
					       .rows = self->rows,
					       .bytes = self->bytes });
out:
	buf_release(&path);
	return err->code;
}

static int write_table(const struct snapshot_writing *writing,
		       struct filesink *sink, const struct table *table,
		       struct err *err)
{
	struct table_writing self = {
		.writing = writing,
		.sink = sink,
		.comparison = {
			.sources = { writing->source, writing->source },
			.labels = { writing->label, writing->label },
		},
	};

	buf_init(&self.prefix, 1 << 20);
	buf_init(&self.text, (size_t)DATAFILE_MAX_LINE * 2);
	if (shape_file(&self, table, err) == 0 &&
	    check_names(&self.shape.header, err) == 0 &&
	    check_mask_key(&self, err) == 0 && open_cursor(&self, err) == 0)
		(void)!write_file(&self, err);
	cursor_close(self.cursor);
	buf_release(&self.prefix);
	buf_release(&self.text);
	arena_release(&self.arena);
	return err->code;
}

/* ---- the snapshot ---- */

static int write_text(const struct snapshot_writing *writing,
		      struct filesink *sink, const char *path,
		      const struct buf *text, struct err *err)
{
	enum file_news news;

	if (buf_check(text, "the schema", err) < 0 ||
	    filesink_begin(sink, path, err) < 0 ||
	    filesink_write(sink, text->data, text->len, err) < 0 ||
	    filesink_end(sink, &news, err) < 0)
		return err->code;
	tell(writing, &(struct snapshot_file){
			      .path = path, .news = news, .bytes = text->len });
	return 0;
}

static int write_definitions(const struct snapshot_writing *writing,
			     struct filesink *sink, bool *has_triggers,
			     struct err *err)
{
	struct objects objects = { .count = 0 };
	struct buf text;

	*has_triggers = false;
	buf_init(&text, MAX_TEXT);
	if (objects_read(&objects, writing->source, err) < 0)
		goto out;
	objects_add_schema(&text, &objects);
	if (write_text(writing, sink, "schema.sql", &text, err) < 0)
		goto out;
	buf_clear(&text);
	objects_add_triggers(&text, &objects);
	*has_triggers = text.len > 0 || text.failed;
	if (*has_triggers)
		(void)!write_text(writing, sink, "triggers.sql", &text, err);
out:
	objects_release(&objects);
	buf_release(&text);
	return err->code;
}

/* Which files there are, and which are to go. */
struct pruning {
	const struct snapshot_writing *writing;
	struct filesink *sink;
	const char *folder;
	bool has_triggers;
	struct buf path;
};

/* True for the file of a table that is tracked. */
static bool is_data_kept(const struct pruning *pruning, const char *path,
			 struct err *err)
{
	const struct schema *schema = pruning->writing->source->schema;
	bool kept = false;
	struct buf name;

	buf_init(&name, MAX_NAME);
	for (size_t i = 0; i < schema->ntables && !kept; i++) {
		const char *table = schema->tables[i].name;

		if (!pruning->writing->tracked(pruning->writing->context,
					       table))
			continue;
		buf_clear(&name);
		if (add_path(&name, table, err) < 0 ||
		    buf_check(&name, "a file name", err) < 0)
			break;
		kept = strcmp(name.data, path) == 0;
	}
	buf_release(&name);
	return kept;
}

/* At the top only triggers.sql may be there without need. */
static bool is_kept(const struct pruning *pruning, const char *path,
		    struct err *err)
{
	if (*pruning->folder)
		return is_data_kept(pruning, path, err);
	return pruning->has_triggers || strcmp(path, "triggers.sql") != 0;
}

static int prune_entry(void *context, const struct filetree_entry *entry,
		       struct err *err)
{
	struct pruning *pruning = context;

	/* those with a dot are the sink's, which are not in their place yet */
	if (entry->kind != FILETREE_FILE || entry->name[0] == '.')
		return 0;
	buf_clear(&pruning->path);
	buf_add_format(&pruning->path, "%s%s%s", pruning->folder,
		       *pruning->folder ? "/" : "", entry->name);
	if (buf_check(&pruning->path, "a file name", err) < 0 ||
	    is_kept(pruning, pruning->path.data, err) || err->code ||
	    filesink_remove(pruning->sink, pruning->path.data, err) < 0)
		return err->code;
	tell(pruning->writing,
	     &(struct snapshot_file){ .path = pruning->path.data,
				      .news = FILE_GONE });
	return 0;
}

static int prune(const struct snapshot_writing *writing, struct filesink *sink,
		 struct filetree *old, bool has_triggers, struct err *err)
{
	struct pruning pruning = { .writing = writing,
				   .sink = sink,
				   .has_triggers = has_triggers };

	buf_init(&pruning.path, MAX_NAME);
	pruning.folder = "";
	if (filetree_list(old, pruning.folder, prune_entry, &pruning, err) ==
	    0) {
		pruning.folder = data_folder;
		(void)!filetree_list(old, pruning.folder, prune_entry, &pruning,
				     err);
	}
	buf_release(&pruning.path);
	return err->code;
}

int snapshot_write(const struct snapshot_writing *writing,
		   struct filesink *sink, struct filetree *old, struct err *err)
{
	const struct schema *schema = writing->source->schema;
	bool has_triggers;

	if (write_definitions(writing, sink, &has_triggers, err) < 0)
		return err->code;
	for (size_t i = 0; i < schema->ntables; i++)
		if (writing->tracked(writing->context,
				     schema->tables[i].name) &&
		    write_table(writing, sink, &schema->tables[i], err) < 0)
			return err->code;
	return old ? prune(writing, sink, old, has_triggers, err) : 0;
}
