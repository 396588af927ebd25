/*
 * Writing rows of one table of a SQLite database, with foreign keys off and
 * triggers held, or firing.
 *
 * Rows may exchange the values of a unique index: an update that cannot be
 * made yet waits, its row taken out of the table, until the others are made.
 */
#ifndef APPLY_ROWWRITER_H
#define APPLY_ROWWRITER_H

#include <stdint.h>

#include "apply/changes.h"
#include "util/err.h"

struct sqlite3;
struct row_writer;

/*
 * Prepares for a table of an open database, which messages call `name`. All
 * is borrowed. D1_ENOTFOUND if there is no such table.
 */
int row_writer_open(struct row_writer **writer, struct sqlite3 *db,
		    const char *name, const struct changed_table *table,
		    struct err *err) MUST_CHECK;
void row_writer_close(struct row_writer *writer);

/*
 * Says that rows may have changed since they were read: one that is to be
 * deleted or updated must be as it was, or it is D1_ECONFLICT. Not checked
 * while triggers fire, which may have changed it: see row_writer_check().
 */
void row_writer_guard(struct row_writer *writer);

/*
 * D1_ECONFLICT if a row that is to be deleted or updated, and has a key, is not
 * as it was. With triggers that fire, all are checked before the first is
 * written.
 */
int row_writer_check(struct row_writer *writer, const struct row_change *change,
		     struct err *err) MUST_CHECK;

/*
 * Says that triggers fire. A row that they changed or deleted before its turn
 * is no conflict then. Rows cannot exchange unique values: a trigger would see
 * a row deleted and inserted that was updated.
 */
void row_writer_let_fire(struct row_writer *writer);

/*
 * How many rows were changed besides those that were written, by the engine,
 * which counts rows of a virtual table's own tables too.
 */
uint64_t row_writer_fired(const struct row_writer *writer);

/*
 * Write one change. First all deletes and then row_writer_end_deletes(), then
 * all updates and row_writer_end_updates(), then inserts. D1_ECONFLICT, which
 * names the row, if it is not there exactly once, or if a constraint forbids
 * what is to be.
 */
int row_writer_delete(struct row_writer *writer,
		      const struct row_change *change,
		      struct err *err) MUST_CHECK;
int row_writer_end_deletes(struct row_writer *writer,
			   struct err *err) MUST_CHECK;
int row_writer_update(struct row_writer *writer,
		      const struct row_change *change,
		      struct err *err) MUST_CHECK;
int row_writer_end_updates(struct row_writer *writer,
			   struct err *err) MUST_CHECK;

/* A mask in a cell that only inserts write is shortened to its placeholder. */
int row_writer_insert(struct row_writer *writer,
		      const struct row_change *change,
		      struct err *err) MUST_CHECK;

#endif
