/*
 * Two SQLite databases made by chance, and what is known of them: every row as
 * it was stored, and so every change from the one to the other.
 *
 * The second is a copy of the first with rows changed, removed and added; it
 * is written anew, so that declarations, the order of columns and rows and the
 * encoding may differ where that makes no difference.
 */
#ifndef PROPERTY_WORLD_H
#define PROPERTY_WORLD_H

#include <stdbool.h>
#include <stdint.h>

#include <sqlite3.h>

#include "diff/change.h"
#include "random.h"
#include "util/arena.h"

enum { WORLD_TABLES = 4, WORLD_KEY = 3 };

struct world_column {
	const char *name[2]; /* by side; another letter case on one */
	bool on[2];
	const char *declaration;
	enum flavour flavour;
	bool generated;
};

struct world_row {
	struct value *cells; /* by column, as stored */
	int64_t rowid;
};

struct world_rows {
	struct world_row *items;
	size_t count;
};

struct world_table {
	const char *name;
	size_t number;
	bool on[2];
	struct world_column *columns;
	size_t ncolumns;
	size_t key[WORLD_KEY];
	const char *collations[WORLD_KEY];
	size_t nkey;
	bool nullable; /* rows with NULL in the key have none */
	bool by_key;   /* it has no rowid to find a row by */
	bool alias;    /* the key is the rowid */
	struct world_rows rows[2];
};

struct world_traits {
	bool utf16; /* may have another encoding than UTF-8, as D1 never has */
	bool trackable; /* names are such that a snapshot can hold them */
};

struct world {
	struct random random;
	struct world_traits traits;
	struct arena arena;
	struct world_table tables[WORLD_TABLES];
	size_t ntables;
	sqlite3 *db[2];
	const char *paths[2];
};

/* A change that a comparison has to find. */
struct expected {
	const struct world_table *table;
	enum change_op op;
	const struct world_row *rows[2]; /* by OLD and NEW */
	bool keyed;
	uint64_t count;
	uint64_t before;
	bool seen;
};

struct expectations {
	struct expected *items;
	size_t count;
	size_t cap;
	int from; /* the side that is OLD */
};

/*
 * Makes the databases `dir`/old.sqlite and `dir`/new.sqlite. Ends the program
 * if that fails.
 */
void world_make(struct world *world, uint64_t seed, const char *dir,
		struct world_traits traits);
void world_release(struct world *world);

/* The changes from side `from` to the other; free(expectations->items). */
void world_expect(struct expectations *expectations, struct world *world,
		  int from);

/* True if the row has no NULL in its key, and the table one. */
bool row_is_keyed(const struct world_table *table, const struct world_row *row);

#endif
