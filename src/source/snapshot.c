#include "config.h"

#include "source/snapshot.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "format/filename.h"
#include "source/condition.h"
#include "source/filerows.h"
#include "source/scratch.h"
#include "source/snapshotfile.h"
#include "source/sqlite.h"
#include "util/arena.h"

static const char schema_path[] = "schema.sql";
static const char data_folder[] = "data";

struct snapshot {
	struct source source;
	struct filetree *tree;
	char *name;
	struct scratch *scratch;
	/* over the scratch database; its schema is all that is defined */
	struct source *database;
	struct snapshotfile *files; /* of each table of our schema */
	struct arena arena;	    /* of the files' names */
};

static struct snapshot *snapshot_of(struct source *source)
{
	return (struct snapshot *)source;
}

static struct snapshotfile *file_of(const struct snapshot *self,
				    const struct table *table)
{
	return &self->files[table - self->source.schema->tables];
}

static int open_file(struct datafile **rows, struct snapshot *self,
		     const struct snapshotfile *file, struct err *err)
{
	struct stream *stream;

	if (filetree_open(self->tree, file->path, &stream, err) < 0)
		return err->code;
	return datafile_open(rows, stream, file->path, err);
}

/* ---- what the files do not answer ---- */

static int load_table(struct snapshot *self, const struct table *table,
		      struct err *err)
{
	struct snapshotfile *file = file_of(self, table);
	struct datafile *rows;

	if (file->loaded)
		return 0;
	if (open_file(&rows, self, file, err) < 0)
		return err->code;
	if (snapshotfile_load(file, table, rows, self->scratch, err) == 0)
		file->loaded = true;
	datafile_close(rows);
	return err->code;
}

/* True if the values of the column are not in the file as they were. */
static bool is_lost(const struct column *column)
{
	return column->unreadable || column->masked;
}

/* A generated column may be made of columns whose values are lost. */
static bool loses_generated(const struct table *table)
{
	for (size_t i = 0; i < table->ncolumns; i++)
		if (is_lost(&table->columns[i]))
			return true;
	return false;
}

/* Notes the tables that a condition reads; it may read nothing that is lost. */
static int use_column(void *context, const char *table_name,
		      const char *column_name, struct err *err)
{
	struct snapshot *self = context;
	const struct table *table =
		schema_table(self->source.schema, table_name);
	const struct column *column;
	size_t at;

	if (!table)
		return err_set(err, D1_ERROR,
			       "the condition reads '%s', which is not in the "
			       "snapshot",
			       table_name);
	file_of(self, table)->needed = true;
	at = table_column(table, column_name);
	if (at == table->ncolumns)
		return 0;
	column = &table->columns[at];
	if (is_lost(column) || (column->generated && loses_generated(table)))
		return err_set(err, D1_ERROR,
			       "the condition reads column '%s', whose values "
			       "are not in the snapshot",
			       column->name);
	return 0;
}

/* Puts into the scratch database what the scan reads there. */
static int load_for(struct snapshot *self, const struct scan *scan,
		    struct err *err)
{
	const struct schema *schema = self->source.schema;

	if (scan->where &&
	    condition_check(scratch_handle(self->scratch), scan->table,
			    scan->where, use_column, self, err) < 0)
		return err->code;
	file_of(self, scan->table)->needed = true;
	for (size_t i = 0; i < schema->ntables; i++)
		if (self->files[i].needed &&
		    load_table(self, &schema->tables[i], err) < 0)
			return err->code;
	return 0;
}

/* ---- the source ---- */

static int snapshot_scan(struct source *source, struct cursor **cursor,
			 const struct scan *scan, struct err *err)
{
	struct snapshot *self = snapshot_of(source);
	const struct snapshotfile *file = file_of(self, scan->table);
	struct datafile *rows;

	if (!filerows_answers(&file->layout, scan))
		return load_for(self, scan, err) < 0
			       ? err->code
			       : source_scan(self->database, cursor, scan, err);
	if (open_file(&rows, self, file, err) < 0)
		return err->code;
	return filerows_scan(cursor, rows, &file->layout, scan, err);
}

static int count_rows(struct snapshot *self, uint64_t *rows,
		      const struct table *table, struct err *err)
{
	struct datafile *file;
	bool more;

	*rows = 0;
	if (open_file(&file, self, file_of(self, table), err) < 0)
		return err->code;
	while (datafile_skip(file, &more, err) == 0 && more)
		++*rows;
	datafile_close(file);
	return err->code;
}

static int snapshot_count(struct source *source, uint64_t *rows,
			  const struct table *const *tables, size_t ntables,
			  struct err *err)
{
	struct snapshot *self = snapshot_of(source);

	for (size_t i = 0; i < ntables; i++)
		if (count_rows(self, &rows[i], tables[i], err) < 0)
			return err->code;
	return 0;
}

static int snapshot_find_duplicate(struct source *source,
				   const struct scan *scan, struct buf *key,
				   struct err *err)
{
	struct snapshot *self = snapshot_of(source);

	if (load_for(self, scan, err) < 0)
		return err->code;
	return source_find_duplicate(self->database, scan, key, err);
}

static void snapshot_close(struct source *source)
{
	struct snapshot *self = snapshot_of(source);

	schema_free(source->schema);
	source_close(self->database);
	scratch_close(self->scratch);
	filetree_close(self->tree);
	arena_release(&self->arena);
	free(self->files);
	free(self->name);
	free(self);
}

/* ---- opening ---- */

static int define_all(struct scratch *scratch, struct script *script,
		      struct err *err)
{
	struct script_statement statement;

	do {
		if (script_next(script, &statement, err) < 0)
			return err->code;
	} while (statement.text &&
		 scratch_define(scratch, &statement, script_name(script),
				err) == 0);
	return err->code;
}

static int read_definitions(struct snapshot *self, struct err *err)
{
	struct stream *stream = NULL;
	struct script *script = NULL;

	if (filetree_open(self->tree, schema_path, &stream, err) < 0)
		return err->code;
	if (script_open(&script, stream, schema_path, err) < 0)
		return err->code;
	if (scratch_open(&self->scratch, err) == 0 &&
	    define_all(self->scratch, script, err) == 0)
		(void)!sqlite_wrap(&self->database,
				   scratch_handle(self->scratch),
				   SQLITE_HANDLE_BORROWED, self->name, err);
	script_close(script);
	return err->code;
}

/* The data files while their folder is listed. */
struct listing {
	struct snapshot *snapshot;
	size_t count;
	size_t cap;
};

/* A file that bears the folder's name must not look like no tables at all. */
static int check_folder(void *context, const struct filetree_entry *entry,
			struct err *err)
{
	(void)context;
	if (strcmp(entry->name, data_folder) != 0 ||
	    entry->kind == FILETREE_FOLDER)
		return 0;
	return err_set(err, D1_ERROR, "'%s' is not a folder", data_folder);
}

static int list_file(void *context, const struct filetree_entry *entry,
		     struct err *err)
{
	struct listing *listing = context;
	struct snapshot *self = listing->snapshot;
	struct snapshotfile *file;

	if (!filename_is_data(entry->name))
		return 0;
	if (listing->count == listing->cap) {
		size_t cap = listing->cap ? listing->cap * 2 : 16;

		file = reallocarray(self->files, cap, sizeof(*file));
		if (!file)
			return err_set_nomem(err);
		self->files = file;
		listing->cap = cap;
	}
	file = &self->files[listing->count++];
	memset(file, 0, sizeof(*file));
	file->path =
		arena_format(&self->arena, "%s/%s", data_folder, entry->name);
	return file->path ? 0 : err_set_nomem(err);
}

/* A table of the snapshot, beside its file. */
struct tracked {
	struct table table;
	struct snapshotfile file;
};

static int compare_tables(const void *a, const void *b)
{
	return strcmp(((const struct tracked *)a)->table.name,
		      ((const struct tracked *)b)->table.name);
}

static int read_header(struct snapshot *self, struct tracked *tracked,
		       struct err *err)
{
	const struct datafile_header *header;
	struct datafile *rows;

	if (open_file(&rows, self, &tracked->file, err) < 0)
		return err->code;
	header = datafile_header(rows);
	(void)!snapshotfile_fit(&tracked->file, &tracked->table,
				schema_table(self->database->schema,
					     header->table),
				header, &self->source.schema->arena, err);
	datafile_close(rows);
	return err->code;
}

/* Files come in the order of their names, tables in that of theirs. */
static int read_headers(struct snapshot *self, size_t count, struct err *err)
{
	struct schema *schema = self->source.schema;
	struct table *tables =
		arena_array(&schema->arena, count + 1, sizeof(*tables));
	struct tracked *tracked = calloc(count + 1, sizeof(*tracked));

	if (!tables || !tracked) {
		err_set_nomem(err);
		goto out;
	}
	for (size_t i = 0; i < count; i++) {
		tracked[i].file = self->files[i];
		if (read_header(self, &tracked[i], err) < 0)
			goto out;
	}
	qsort(tracked, count, sizeof(*tracked), compare_tables);
	for (size_t i = 0; i < count; i++) {
		tables[i] = tracked[i].table;
		self->files[i] = tracked[i].file;
	}
	schema->tables = tables;
	schema->ntables = count;
	schema->references = self->database->schema->references;
	schema->nreferences = self->database->schema->nreferences;
	schema->partial = true;
out:
	free(tracked);
	return err->code;
}

static int read_snapshot(struct snapshot *self, struct err *err)
{
	struct listing listing = { .snapshot = self };

	self->source.schema = calloc(1, sizeof(*self->source.schema));
	if (!self->name || !self->source.schema)
		return err_set_nomem(err);
	if (read_definitions(self, err) < 0 ||
	    filetree_list(self->tree, data_folder, list_file, &listing, err) <
		    0 ||
	    filetree_list(self->tree, "", check_folder, NULL, err) < 0)
		return err->code;
	return read_headers(self, listing.count, err);
}

int snapshot_open(struct source **source, struct filetree *tree,
		  const char *name, struct err *err)
{
	static const struct source_ops ops = { .scan = snapshot_scan,
					       .find_duplicate =
						       snapshot_find_duplicate,
					       .count = snapshot_count,
					       .close = snapshot_close };
	struct snapshot *self = calloc(1, sizeof(*self));

	if (!self) {
		filetree_close(tree);
		return err_set_nomem(err);
	}
	self->source.ops = &ops;
	self->tree = tree;
	self->name = strdup(name);
	if (read_snapshot(self, err) < 0) {
		snapshot_close(&self->source);
		return err_context(err, "%s", name);
	}
	*source = &self->source;
	return 0;
}

int snapshot_open_table(struct datafile **file, struct source *source,
			const struct table *table, struct err *err)
{
	struct snapshot *self = snapshot_of(source);

	return open_file(file, self, file_of(self, table), err);
}
