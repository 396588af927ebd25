/*
 * The tables of one database, as far as comparing and writing rows needs them.
 *
 * Everything a schema points to lives in its arena and is valid until
 * schema_free(). Tables are sorted by the bytes of their names. Tables of the
 * engine itself (sqlite_%, _cf_%) and shadow tables of virtual tables are not
 * in it.
 */
#ifndef MODEL_SCHEMA_H
#define MODEL_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>

#include "model/affinity.h"
#include "model/value.h"
#include "util/arena.h"

struct column {
	const char *name;
	const char *type; /* as declared, "" if it is not */
	enum affinity affinity;
	bool not_null;
	bool generated;		/* compared, never written */
	bool rowid;		/* the rowid of a virtual table, shown as one */
	const char *unreadable; /* why it cannot be read here, or NULL */
	bool absent; /* derived, and not held here: nothing to compare */
	bool masked; /* its values are masks already (diff/mask.h) */
};

/* Columns that identify a row: a primary key or a UNIQUE index. */
struct key {
	const size_t *columns;		  /* positions in the table */
	const enum collation *collations; /* of the index that enforces it */
	size_t count;
	bool primary;
	bool nullable; /* may hold NULL, and then is no identity */
	bool rowid;    /* INTEGER PRIMARY KEY: no index enforces it */
};

enum table_kind {
	TABLE_PLAIN,
	TABLE_VIRTUAL, /* owns its rows: FTS5 with content, R-Tree */
	TABLE_DERIVED, /* shows rows of others: view, other FTS5 */
	TABLE_UNKNOWN, /* cannot be read here */
};

struct table {
	const char *name;
	enum table_kind kind;
	const char *reason; /* why it cannot be compared, NULL if it can */
	struct column *columns;
	size_t ncolumns;
	const struct key *keys; /* the primary key first, if there is one */
	size_t nkeys;
	const char *rowid;	 /* a name that reads the rowid, or NULL */
	const char *sql;	 /* the CREATE statement, NULL if it has none */
	const char *mask_key_id; /* of masked columns; NULL if none is */
};

/* A column of a parent table that a foreign key of a child refers to. */
struct reference {
	const char *child;
	const char *parent;
	const char *column; /* "": the parent's primary key */
};

struct schema {
	struct arena arena;
	const struct table *tables;
	size_t ntables;
	const struct reference *references;
	size_t nreferences;
	bool partial; /* a snapshot: other tables may exist, untold */
};

/* The table of exactly that name, or NULL. */
const struct table *schema_table(const struct schema *schema, const char *name);

/* The table that SQLite means by that name: in any letter case (ASCII). */
const struct table *schema_find_table(const struct schema *schema,
				      const char *name);

/* The position of the column of that name (ASCII letter case ignored, as SQL
 * does), or table->ncolumns. */
size_t table_column(const struct table *table, const char *name);

/* The primary key, or NULL. */
const struct key *table_primary_key(const struct table *table);

/*
 * The collations under which `count` columns are a key, in `collations`: those
 * of the key of the table that has just these columns, whatever their order,
 * else those of each column's own key, else BINARY.
 */
void table_key_collations(const struct table *table, const size_t *columns,
			  size_t count, enum collation *collations);

/* Frees the schema and all in it; NULL is allowed. */
void schema_free(struct schema *schema);

#endif
