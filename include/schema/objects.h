/*
 * All that a database defines: tables, indexes, views, triggers, as the text
 * of their CREATE statements in normal form (schema/normalise.h), in an order
 * in which they can be made.
 *
 * Not in it: what the engine makes by itself (sqlite_%, _cf_%, indexes of
 * constraints), the shadow tables of virtual tables, and the ledgers of
 * migration tools (d1_migrations, sqlfu_migrations, __drizzle_migrations,
 * _prisma_migrations) with what hangs on them.
 */
#ifndef SCHEMA_OBJECTS_H
#define SCHEMA_OBJECTS_H

#include <stddef.h>

#include "source/source.h"
#include "util/arena.h"
#include "util/buf.h"
#include "util/err.h"

enum object_kind {
	OBJECT_TABLE,
	OBJECT_VIRTUAL_TABLE,
	OBJECT_INDEX,
	OBJECT_VIEW,
	OBJECT_TRIGGER,
};

/* All strings belong to the struct objects. */
struct object {
	enum object_kind kind;
	const char *name;
	const char *table; /* what an index or trigger belongs to, else name */
	const char *sql;   /* normalised, no `;` */
};

/*
 * Tables with their indexes after each, parents before children, else by name;
 * then views, each after those it mentions, else by name; then triggers by
 * their table, those of a table in the order in which they were made (which is
 * the reverse of the order in which they fire). In a circle of tables or views
 * the first by name comes first. Names are in the order of their bytes, ASCII
 * letter case ignored. But for the triggers of one table, the order in which
 * things were made does not matter.
 */
struct objects {
	struct arena arena;
	struct object *items;
	size_t count;
};

/*
 * Reads what the source's database defines. It must be one that answers SQL
 * (source_select()). The caller calls objects_release(), also after an error.
 */
int objects_read(struct objects *objects, struct source *source,
		 struct err *err) MUST_CHECK;
void objects_release(struct objects *objects);

/* The texts of schema.sql (all but triggers) and of triggers.sql. */
void objects_add_schema(struct buf *out, const struct objects *objects);
void objects_add_triggers(struct buf *out, const struct objects *objects);

#endif
