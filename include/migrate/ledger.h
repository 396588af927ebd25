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
 * Reads the ledger `table` of an open database. Where there is no such table,
 * nothing was applied. A table without a column `name` is another tool's:
 * D1_ERROR. The caller releases the ledger, after an error too.
 */
int ledger_read(struct ledger *ledger, struct sqlite3 *db, const char *table,
		struct err *err) MUST_CHECK;
/*
 * The same of a source, local or remote, by one SELECT; in no order. Its schema
 * tells whether the table is there.
 */
int ledger_select(struct ledger *ledger, struct source *source,
		  const char *table, struct err *err) MUST_CHECK;
void ledger_release(struct ledger *ledger);

bool ledger_has(const struct ledger *ledger, const char *name);

/* Makes the table if it is not there, word by word as wrangler does. */
int ledger_create(struct sqlite3 *db, const char *table,
		  struct err *err) MUST_CHECK;

/* Notes that a migration was applied now. */
int ledger_record(struct sqlite3 *db, const char *table, const char *name,
		  struct err *err) MUST_CHECK;

#endif
