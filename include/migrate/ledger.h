/*
 * The table in which wrangler keeps which migrations were applied, as wrangler
 * makes and reads it: `d1_migrations`, unless the configuration names another.
 */
#ifndef MIGRATE_LEDGER_H
#define MIGRATE_LEDGER_H

#include <stdbool.h>
#include <stddef.h>

#include "source/source.h"
#include "util/arena.h"
#include "util/buf.h"
#include "util/err.h"

struct sqlite3;

/* The names in the ledger, in the order in which they were applied. */
struct ledger {
	struct arena arena;
	const char **names;
	size_t count;
	bool exists; /* the table is there */
};

/*
 * Reads the ledger `table` of a database that answers source_select(). Where
 * its schema has no such table, nothing was applied. A table without columns
 * `id` and `name` is another tool's: D1_ERROR. The caller releases the ledger,
 * after an error too.
 */
int ledger_read(struct ledger *ledger, struct source *source, const char *table,
		struct err *err) MUST_CHECK;
void ledger_release(struct ledger *ledger);

bool ledger_has(const struct ledger *ledger, const char *name);

/* ---- writing it ---- */

/*
 * The statements of wrangler: the table as it makes it, if it is not there, and
 * a row for the migration whose name is bound as ?1; and one that removes it.
 */
void ledger_add_creation(struct buf *sql, const char *table);
void ledger_add_record(struct buf *sql, const char *table);
void ledger_add_removal(struct buf *sql, const char *table);

/* Makes the table if it is not there, word by word as wrangler does. */
int ledger_create(struct sqlite3 *db, const char *table,
		  struct err *err) MUST_CHECK;

/* Notes that a migration was applied now. */
int ledger_record(struct sqlite3 *db, const char *table, const char *name,
		  struct err *err) MUST_CHECK;

/* Notes that it was not. */
int ledger_remove(struct sqlite3 *db, const char *table, const char *name,
		  struct err *err) MUST_CHECK;

#endif
