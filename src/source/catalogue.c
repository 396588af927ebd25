#include "config.h"

#include "source/catalogue.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cf/statement.h"
#include "source/virtual.h"
#include "util/buf.h"

/* What a database may hold besides tables that people made. */
#define OWN_TABLES \
	"l.schema = 'main' AND l.type <> 'shadow'" \
	" AND l.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'" \
	" AND l.name NOT LIKE '\\_cf\\_%' ESCAPE '\\'"

/* Names of columns are unique: some servers drop a column that repeats one. */
static const char select_tables[] =
	"SELECT l.name, l.type, s.sql, l.wr, l.strict"
	" FROM pragma_table_list l"
	" LEFT JOIN sqlite_schema s ON s.name = l.name"
	" AND s.type IN ('table', 'view')"
	" WHERE " OWN_TABLES " ORDER BY l.name";

#define SELECT_COLUMNS \
	"SELECT l.name AS owner, x.name, x.type, x.\"notnull\", x.pk, x.hidden" \
	" FROM pragma_table_list l JOIN pragma_table_xinfo(l.name) x" \
	" WHERE " OWN_TABLES " AND x.hidden <> 1"

/*
 * A view that reads a table which is gone would fail them all, and so would a
 * virtual table whose module the engine lacks.
 */
static const char select_columns[] =
	SELECT_COLUMNS " AND l.type NOT IN ('view', 'virtual')"
		       " ORDER BY l.name, x.cid";

static const char select_keys[] =
	"SELECT l.name, i.seq, i.origin, x.cid, x.coll"
	" FROM pragma_table_list l JOIN pragma_index_list(l.name) i"
	" JOIN pragma_index_xinfo(i.name) x WHERE " OWN_TABLES
	" AND l.type = 'table' AND i.\"unique\" AND NOT i.partial AND x.key"
	" ORDER BY l.name, i.origin <> 'pk', i.seq, x.seqno";

/* A foreign key that names no columns of its parent means its primary key. */
static const char select_references[] =
	"SELECT l.name, f.\"table\", coalesce(f.\"to\", '')"
	" FROM pragma_table_list l JOIN pragma_foreign_key_list(l.name) f"
	" WHERE " OWN_TABLES
	" AND l.type = 'table' ORDER BY l.name, f.id, f.seq";

/* One row of each answer, with its text in the schema's arena. */
struct table_record {
	const char *name;
	const char *type;
	const char *sql;
	bool without_rowid;
	bool strict;
};

struct column_record {
	const char *table;
	const char *name;
	const char *type;
	bool not_null;
	int64_t key_place; /* from 1, 0 if not in the primary key */
	bool generated;
};

struct key_record {
	const char *table;
	int64_t index;
	bool primary;
	int64_t column; /* negative: an expression or the rowid */
	const char *collation;
};

/* The records of one answer. */
struct records {
	struct arena *arena;
	char *items;
	size_t count;
	size_t cap;
};

/* Everything that was read, and what is left of it while it is put together. */
struct catalogue {
	const struct catalogue_engine *engine;
	struct records tables;
	struct records columns;
	struct records virtual_columns; /* of one virtual table */
	struct records keys;
	struct records references;
	size_t next_column;
	size_t next_key;
};

/* ---- reading ---- */

static void *add_record(struct records *records, size_t size, struct err *err)
{
	if (records->count == records->cap) {
		size_t cap = records->cap ? records->cap * 2 : 64;
		char *items = reallocarray(records->items, cap, size);

		if (!items) {
			err_set_nomem(err);
			return NULL;
		}
		records->items = items;
		records->cap = cap;
	}
	return memset(records->items + records->count++ * size, 0, size);
}

/* Copies a text cell; "" for anything else. */
static const char *copy_text(struct records *records, const struct value *cell,
			     struct err *err)
{
	bool text = cell->type == VALUE_TEXT;
	const char *copy = arena_copy(records->arena, text ? cell->data : "",
				      text ? cell->size : 0);

	if (!copy)
		err_set_nomem(err);
	return copy;
}

/* A server that is none of D1's may answer anything. */
static bool has_cells(const struct row *row, size_t count, struct err *err)
{
	if (row->ncells == count)
		return true;
	err_set(err, D1_ERROR,
		"the schema came with %zu columns instead of "
		"%zu",
		row->ncells, count);
	return false;
}

static int64_t integer_of(const struct value *cell, struct err *err)
{
	if (cell->type == VALUE_INTEGER)
		return cell->integer;
	err_set(err, D1_ERROR,
		"the schema cannot be read: a number in it is none");
	return 0;
}

static int add_table(void *context, const struct row *row, struct err *err)
{
	struct records *records = context;
	struct table_record *table = add_record(records, sizeof(*table), err);

	if (!table || !has_cells(row, 5, err))
		return err->code;
	table->name = copy_text(records, &row->cells[0], err);
	table->type = copy_text(records, &row->cells[1], err);
	if (row->cells[2].type != VALUE_NULL)
		table->sql = copy_text(records, &row->cells[2], err);
	table->without_rowid = integer_of(&row->cells[3], err) != 0;
	table->strict = integer_of(&row->cells[4], err) != 0;
	return err->code;
}

static int add_column(void *context, const struct row *row, struct err *err)
{
	struct records *records = context;
	struct column_record *column =
		add_record(records, sizeof(*column), err);

	if (!column || !has_cells(row, 6, err))
		return err->code;
	column->table = copy_text(records, &row->cells[0], err);
	column->name = copy_text(records, &row->cells[1], err);
	column->type = copy_text(records, &row->cells[2], err);
	column->not_null = integer_of(&row->cells[3], err) != 0;
	column->key_place = integer_of(&row->cells[4], err);
	column->generated = integer_of(&row->cells[5], err) != 0;
	return err->code;
}

static int add_key(void *context, const struct row *row, struct err *err)
{
	struct records *records = context;
	struct key_record *key = add_record(records, sizeof(*key), err);
	const char *origin;

	if (!key || !has_cells(row, 5, err))
		return err->code;
	key->table = copy_text(records, &row->cells[0], err);
	key->index = integer_of(&row->cells[1], err);
	origin = copy_text(records, &row->cells[2], err);
	key->primary = origin && strcmp(origin, "pk") == 0;
	key->column = integer_of(&row->cells[3], err);
	key->collation = copy_text(records, &row->cells[4], err);
	return err->code;
}

static int add_reference(void *context, const struct row *row, struct err *err)
{
	struct records *records = context;
	struct reference *reference =
		add_record(records, sizeof(*reference), err);

	if (!reference || !has_cells(row, 3, err))
		return err->code;
	reference->child = copy_text(records, &row->cells[0], err);
	reference->parent = copy_text(records, &row->cells[1], err);
	reference->column = copy_text(records, &row->cells[2], err);
	return err->code;
}

/* ---- virtual tables ---- */

/* A name as a value: statements of the catalogue have no parameters. */
static void add_literal(struct buf *sql, const char *name)
{
	buf_add_char(sql, '\'');
	for (const char *at = name; *at; at++) {
		if (*at == '\'')
			buf_add_char(sql, '\'');
		buf_add_char(sql, *at);
	}
	buf_add_char(sql, '\'');
}

static int select_virtual_columns(struct catalogue *catalogue,
				  const char *table, struct err *err)
{
	struct source_query query = { NULL, add_column,
				      &catalogue->virtual_columns };
	struct buf sql;

	buf_init(&sql, D1_MAX_SQL);
	buf_add_string(&sql, SELECT_COLUMNS " AND l.name = ");
	add_literal(&sql, table);
	buf_add_string(&sql, " ORDER BY x.cid");
	if (buf_check(&sql, "a statement", err) == 0) {
		query.sql = sql.data;
		(void)!catalogue->engine->select(catalogue->engine->engine,
						 &query, 1, err);
	}
	buf_release(&sql);
	return err->code;
}

/* The columns of a virtual table. What its module refuses is not known. */
static int read_virtual(struct table *table, struct catalogue *catalogue,
			struct arena *arena, struct err *err)
{
	struct records *columns = &catalogue->virtual_columns;
	struct err own = ERR_INIT;

	columns->count = 0;
	if (select_virtual_columns(catalogue, table->name, &own) == 0)
		return 0;
	if (own.code != D1_ERROR) {
		*err = own;
		return err->code;
	}
	columns->count = 0;
	table->kind = TABLE_UNKNOWN;
	table->reason = arena_string(arena, own.message);
	return table->reason ? 0 : err_set_nomem(err);
}

/* ---- putting together ---- */

static const char *rowid_name(struct column *columns, size_t count)
{
	static const char *const names[] = { "rowid", "_rowid_", "oid" };
	const struct table table = { .columns = columns, .ncolumns = count };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (table_column(&table, names[i]) == count)
			return names[i];
	return NULL;
}

/*
 * The records of one table among the columns. All answers name the tables in
 * one order, whatever it is: in a UTF-16 file it is not that of our bytes.
 */
static const struct column_record *columns_of(struct catalogue *catalogue,
					      const char *table, size_t *count)
{
	const struct column_record *records =
		(const void *)catalogue->columns.items;
	size_t total = catalogue->columns.count;
	size_t first = catalogue->next_column;
	size_t end = first;

	while (end < total && strcmp(records[end].table, table) == 0)
		end++;
	catalogue->next_column = end;
	*count = end - first;
	return records + first;
}

/* In a STRICT table ANY keeps every value; elsewhere it is like NUMERIC. */
static enum affinity affinity_of(const char *type, bool strict)
{
	return strict && strcasecmp(type, "ANY") == 0 ? AFFINITY_BLOB
						      : affinity_of_type(type);
}

static int build_columns(struct table *table, bool strict,
			 const struct column_record *records, size_t count,
			 struct arena *arena, struct err *err)
{
	size_t rowid = table->kind == TABLE_VIRTUAL;
	struct column *columns =
		arena_array(arena, count + 1, sizeof(*columns));

	if (!columns)
		return err_set_nomem(err);
	if (rowid)
		columns[0] = (struct column){ .name = "rowid",
					      .type = "INTEGER",
					      .affinity = AFFINITY_INTEGER,
					      .not_null = true,
					      .rowid = true };
	for (size_t i = 0; i < count; i++)
		columns[rowid + i] = (struct column){
			.name = records[i].name,
			.type = records[i].type,
			.affinity = affinity_of(records[i].type, strict),
			.not_null = records[i].not_null,
			.generated = records[i].generated,
		};
	table->rowid = rowid_name(columns + rowid, count);
	if (rowid && !table->rowid) {
		table->kind = TABLE_UNKNOWN;
		table->reason = "a virtual table whose columns hide its rowid";
		rowid = 0;
		columns++;
	}
	table->columns = columns;
	table->ncolumns = rowid + count;
	return 0;
}

static int set_key(struct key *key, size_t count, struct arena *arena,
		   size_t **columns, enum collation **collations,
		   struct err *err)
{
	*columns = arena_array(arena, count, sizeof(**columns));
	*collations = arena_array(arena, count, sizeof(**collations));
	if (!*columns || !*collations)
		return err_set_nomem(err);
	*key = (struct key){ .columns = *columns,
			     .collations = *collations,
			     .count = count };
	return 0;
}

/* A primary key that no index enforces: the rowid under another name. */
static int build_rowid_key(struct key *key, size_t column, struct arena *arena,
			   struct err *err)
{
	enum collation *collations;
	size_t *columns;

	if (set_key(key, 1, arena, &columns, &collations, err) < 0)
		return err->code;
	columns[0] = column;
	key->primary = key->rowid = true;
	return 0;
}

/*
 * The key of an index, of `count` records. A UNIQUE index on an expression, or
 * under a collation that only its own program knows, identifies nothing here.
 */
static int build_index_key(const struct table *table,
			   const struct key_record *records, size_t count,
			   struct key *key, bool *usable, struct arena *arena,
			   struct err *err)
{
	enum collation *collations;
	size_t *columns;

	*usable = true;
	if (set_key(key, count, arena, &columns, &collations, err) < 0)
		return err->code;
	key->primary = records[0].primary;
	for (size_t i = 0; i < count; i++) {
		if (records[i].column < 0 ||
		    (uint64_t)records[i].column >= table->ncolumns ||
		    !collation_from_name(records[i].collation,
					 &collations[i])) {
			*usable = false;
			return 0;
		}
		columns[i] = (size_t)records[i].column;
		if (!table->columns[columns[i]].not_null)
			key->nullable = true;
	}
	*usable = key->primary || !key->nullable;
	return 0;
}

/* The column that is the primary key by itself, or table->ncolumns. */
static size_t rowid_column(const struct table *table,
			   const struct column_record *records)
{
	size_t column = table->ncolumns;

	if (table->kind == TABLE_VIRTUAL)
		return 0;
	for (size_t i = 0; i < table->ncolumns; i++)
		if (records[i].key_place > 0)
			column = i;
	return column;
}

static int build_keys(struct table *table, struct catalogue *catalogue,
		      const struct column_record *columns, struct arena *arena,
		      struct err *err)
{
	const struct key_record *records = (const void *)catalogue->keys.items;
	size_t total = catalogue->keys.count;
	size_t at = catalogue->next_key;
	size_t most = 1;
	struct key *keys;

	for (size_t i = at;
	     i < total && strcmp(records[i].table, table->name) == 0; i++)
		most++;
	keys = arena_array(arena, most, sizeof(*keys));
	if (!keys)
		return err_set_nomem(err);
	table->keys = keys;
	if (most == 1 || !records[at].primary) {
		size_t column = rowid_column(table, columns);

		if (column < table->ncolumns &&
		    build_rowid_key(&keys[table->nkeys++], column, arena, err) <
			    0)
			return err->code;
	}
	for (size_t last = at + most - 1; at < last;) {
		size_t end = at;
		bool usable;

		while (end < last && records[end].index == records[at].index)
			end++;
		if (build_index_key(table, records + at, end - at,
				    &keys[table->nkeys], &usable, arena,
				    err) < 0)
			return err->code;
		table->nkeys += usable;
		at = end;
	}
	catalogue->next_key = at;
	return 0;
}

static int build_table(struct table *table, const struct table_record *record,
		       struct catalogue *catalogue, struct arena *arena,
		       struct err *err)
{
	const struct column_record *columns;
	size_t ncolumns;

	table->name = record->name;
	table->sql = record->sql;
	table->kind = TABLE_PLAIN;
	if (strcmp(record->type, "view") == 0) {
		table->kind = TABLE_DERIVED;
		table->reason = "a view";
	} else if (strcmp(record->type, "virtual") == 0) {
		virtual_classify(table);
	}
	if (table->kind == TABLE_VIRTUAL) {
		if (read_virtual(table, catalogue, arena, err) < 0)
			return err->code;
		columns = (const void *)catalogue->virtual_columns.items;
		ncolumns = catalogue->virtual_columns.count;
	} else {
		columns = columns_of(catalogue, record->name, &ncolumns);
	}
	if (build_columns(table, record->strict, columns, ncolumns, arena,
			  err) < 0)
		return err->code;
	if (record->without_rowid)
		table->rowid = NULL;
	return build_keys(table, catalogue, columns, arena, err);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(((const struct table *)a)->name,
		      ((const struct table *)b)->name);
}

static int build_schema(struct schema *schema, struct catalogue *catalogue,
			struct err *err)
{
	const struct table_record *records =
		(const void *)catalogue->tables.items;
	size_t count = catalogue->tables.count;
	struct reference *references;
	struct table *tables =
		arena_array(&schema->arena, count ? count : 1, sizeof(*tables));

	if (!tables)
		return err_set_nomem(err);
	for (size_t i = 0; i < count; i++)
		if (build_table(&tables[i], &records[i], catalogue,
				&schema->arena, err) < 0)
			return err->code;
	qsort(tables, count, sizeof(*tables), compare_names);
	schema->tables = tables;
	schema->ntables = count;
	count = catalogue->references.count;
	references = arena_array(&schema->arena, count ? count : 1,
				 sizeof(*references));
	if (!references)
		return err_set_nomem(err);
	if (count)
		memcpy(references, catalogue->references.items,
		       count * sizeof(*references));
	schema->references = references;
	schema->nreferences = count;
	return 0;
}

int catalogue_read(struct schema **schema,
		   const struct catalogue_engine *engine, struct err *err)
{
	struct schema *made = calloc(1, sizeof(*made));
	struct catalogue catalogue = { .engine = engine };
	struct records *const records[] = {
		&catalogue.tables,	    &catalogue.columns,
		&catalogue.virtual_columns, &catalogue.keys,
		&catalogue.references,
	};
	const struct source_query queries[] = {
		{ select_tables, add_table, &catalogue.tables },
		{ select_columns, add_column, &catalogue.columns },
		{ select_keys, add_key, &catalogue.keys },
		{ select_references, add_reference, &catalogue.references },
	};

	*schema = NULL;
	if (!made)
		return err_set_nomem(err);
	for (size_t i = 0; i < ARRAY_SIZE(records); i++)
		records[i]->arena = &made->arena;
	if (engine->select(engine->engine, queries, ARRAY_SIZE(queries), err) <
	    0)
		goto out;
	if (build_schema(made, &catalogue, err) == 0) {
		*schema = made;
		made = NULL;
	}
out:
	for (size_t i = 0; i < ARRAY_SIZE(records); i++)
		free(records[i]->items);
	schema_free(made);
	return err->code;
}
