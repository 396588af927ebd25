/*
 * A private SQLite database outside memory, gone when it is closed: for rows
 * that came as text and are asked for in ways that a text does not answer.
 *
 * What is defined in it comes out of a repository and has no power: triggers
 * never fire, foreign keys and CHECK are not enforced. UNIQUE is.
 *
 * A function that the linked SQLite lacks does not keep a definition out: a
 * stub stands in for it, which fails when a value is asked for. While rows are
 * loaded and indexes are filled it yields NULL, or where the table takes no
 * NULL a number that it has not yielded before: a stored column that is
 * generated with it holds nothing of worth.
 */
#ifndef SOURCE_SCRATCH_H
#define SOURCE_SCRATCH_H

#include <stddef.h>

#include "format/script.h"
#include "model/row.h"
#include "util/err.h"

struct scratch;
struct sqlite3;

/* Opens an empty one. scratch_close() takes NULL, too. */
int scratch_open(struct scratch **scratch, struct err *err) MUST_CHECK;
void scratch_close(struct scratch *scratch);

/*
 * Opens an empty one in memory that takes rows as D1 does: CHECK is enforced,
 * and so are foreign keys from the first COMMIT on that follows
 * SQLITE_DBCONFIG_ENABLE_FKEY; no transaction has begun. Triggers fire. It
 * keeps no journal: after a statement that failed halfway through several rows
 * it can only be closed.
 */
int scratch_open_enforced(struct scratch **scratch, struct err *err) MUST_CHECK;

/* Its handle, which it closes itself. */
struct sqlite3 *scratch_handle(const struct scratch *scratch);

/* ---- definitions ---- */

/*
 * Runs one statement with EXECUTE_DEFINITIONS (source/execute.h), of which a
 * database takes EXECUTE_MAX_DEFINITIONS; `name` is what its file is called in
 * messages.
 */
int scratch_define(struct scratch *scratch,
		   const struct script_statement *statement, const char *name,
		   struct err *err) MUST_CHECK;

/*
 * Puts a virtual table into the catalogue without making its shadow tables,
 * as `.dump` restores one: they come next. scratch_finish() opens it.
 */
int scratch_add_virtual(struct scratch *scratch, const char *table,
			const char *sql, struct err *err) MUST_CHECK;

/*
 * After the last definition and row: reads the catalogue anew, forgets the
 * stubs, so that a column that needs one is seen to be unreadable, and gives
 * the handle to the caller, who closes it; NULL after an error. The scratch
 * database is taken.
 */
int scratch_finish(struct scratch *scratch, struct sqlite3 **db,
		   struct err *err) MUST_CHECK;

/* ---- rows ---- */

struct scratch_insert;

/*
 * Prepares an INSERT into the columns of the table, all it has (but generated
 * ones) if `ncolumns` is 0. The number of cells of each row must fit.
 */
int scratch_insert_open(struct scratch_insert **insert, struct scratch *scratch,
			const char *table, const char *const *columns,
			size_t ncolumns, struct err *err) MUST_CHECK;
int scratch_insert_row(struct scratch_insert *insert, const struct row *row,
		       struct err *err) MUST_CHECK;
void scratch_insert_close(struct scratch_insert *insert);

#endif
