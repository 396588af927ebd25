/*
 * What writing rows needs to know of a database besides its schema: which
 * values must be unique, who refers to whom, and what fires.
 *
 * It is read through SELECTs that a SQLite file and D1 both answer.
 */
#ifndef APPLY_TARGET_H
#define APPLY_TARGET_H

#include <stdbool.h>
#include <stddef.h>

#include "source/source.h"
#include "util/arena.h"
#include "util/err.h"

/* Columns whose values no two rows share. */
struct target_unique {
	const char *const *columns; /* NULL: an expression */
	const char *const *collations;
	size_t ncolumns;
	bool opaque; /* it has an expression */
	struct target_unique *next;
};

/* What becomes of a child when its parent goes. */
enum target_action {
	ACTION_NONE, /* also RESTRICT: while foreign keys are deferred */
	ACTION_CASCADE,
	ACTION_SET_NULL,
	ACTION_SET_DEFAULT,
};

/* A foreign key. */
struct target_reference {
	const struct target_table *child;
	const struct target_table *parent; /* NULL: there is no such table */
	const char *const *from;	   /* columns of the child */
	const char *const *to;		   /* of the parent */
	size_t ncolumns;
	enum target_action on_update;
	enum target_action on_delete;
	struct target_reference *next;
};

struct target_trigger {
	const char *name;
	const char *sql;
	struct target_trigger *next;
};

struct target_table {
	const struct table *table; /* in the source's schema */
	/* for each of its columns: an insert may leave it out */
	const bool *defaults;
	bool rowid; /* has one, as table->rowid */
	struct target_unique *uniques;
	struct target_trigger *triggers; /* in the order they were made */
	/* all of sqlite_schema about it, as the engine writes it in JSON */
	const char *definition;
};

struct target {
	struct source *source;
	struct arena arena;
	struct target_table *tables; /* those of the schema, in its order */
	size_t ntables;
	struct target_reference *references;
};

/*
 * Reads it from a source that answers source_select(), which is borrowed. The
 * caller releases it, after an error too.
 */
int target_read(struct target *target, struct source *source,
		struct err *err) MUST_CHECK;
void target_release(struct target *target);

/* The table of that name (ASCII letter case ignored), or NULL. */
const struct target_table *target_table(const struct target *target,
					const char *name);

/* Under which collation the parent's column `i` of the reference is compared.
 */
enum collation target_collation(const struct target_reference *reference,
				size_t i);

/* True if a table's column of that name is among the `count` names. */
bool target_names(const char *const *names, size_t count, const char *name);

#endif
