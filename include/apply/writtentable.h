/* A table of a SQLite database whose rows are written. */
#ifndef APPLY_WRITTENTABLE_H
#define APPLY_WRITTENTABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sqlite3.h>

#include "apply/changes.h"
#include "util/arena.h"
#include "util/buf.h"
#include "util/err.h"

enum { WRITTEN_SQL = 1 << 24 /* bytes of a statement at most */ };

struct written_table {
	sqlite3 *db;
	const char *name; /* of the database, for messages */
	const struct changed_table *table;
	struct arena arena;
	const char **columns; /* all that can be written */
	size_t ncolumns;
	bool is_virtual;
	const char *rowid; /* a name that means it; NULL: there is none */
	uint64_t fired;	   /* rows that triggers changed, by the engine */
};

/*
 * Looks the table up; all is borrowed. D1_ENOTFOUND if there is none of that
 * name. The caller releases it, after an error too.
 */
int written_table_find(struct written_table *written, sqlite3 *db,
		       const char *name, const struct changed_table *table,
		       struct err *err) MUST_CHECK;
void written_table_release(struct written_table *written);

/* Appends its name, and the names of the rowid and of all columns. */
void written_table_add_name(struct buf *sql,
			    const struct written_table *written);
void written_table_add_columns(struct buf *sql,
			       const struct written_table *written);

/* Prepares a statement, or runs several, and releases their text. */
int written_table_prepare(sqlite3_stmt **statement,
			  const struct written_table *written, struct buf *sql,
			  struct err *err) MUST_CHECK;
int written_table_run(struct written_table *written, struct buf *sql,
		      struct err *err) MUST_CHECK;

/*
 * Runs a statement to its end and resets it; *count is how many rows it
 * changed itself. Returns SQLITE_DONE or the error.
 */
int written_table_step(struct written_table *written, sqlite3_stmt *statement,
		       int *count);

/* Puts the table, and the row by its key, before the error in `err`. */
int written_table_context(const struct written_table *written,
			  const struct row *row, struct err *err);

/* Records SQLite's error while the row was written. */
int written_table_error(const struct written_table *written, int rc,
			const struct row *row, struct err *err);

#endif
