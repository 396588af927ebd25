/*
 * Finding the rows of a table of a SQLite database that are written, one by
 * one, by their key. Where no index has the key, each search goes through the
 * table; so when that has been done often, the rowid of each key is noted.
 */
#ifndef APPLY_ROWSEEK_H
#define APPLY_ROWSEEK_H

#include <stdbool.h>
#include <stdint.h>

#include <sqlite3.h>

#include "apply/writtentable.h"
#include "model/row.h"
#include "util/buf.h"
#include "util/err.h"

struct row_seek {
	struct written_table *written; /* borrowed */
	/* rows that were gone through to find others */
	uint64_t passed;
	bool has_places; /* git_d1_places has where each key is */
};

void row_seek_init(struct row_seek *seek, struct written_table *written);
void row_seek_release(struct row_seek *seek);

/* " WHERE key = ?first AND ...", by the collations that enforce it. */
void row_seek_add_where(struct buf *sql, const struct row_seek *seek,
			size_t first);

/* Binds the key of the row to that. Returns SQLite's code. */
int row_seek_bind(sqlite3_stmt *statement, const struct row_seek *seek,
		  size_t first, const struct row *row);

/*
 * Runs a statement with such a condition. Returns SQLite's code; *count tells
 * how many rows it changed.
 */
int row_seek_step(struct row_seek *seek, sqlite3_stmt *statement, int *count);

/* True if it pays to note the places. */
bool row_seek_is_slow(const struct row_seek *seek);

/*
 * Notes the rowid of each key outside memory. Conditions that were made before
 * are to be made anew. A row that is written is changed once, so that where it
 * is then does not matter.
 */
int row_seek_note_places(struct row_seek *seek, struct err *err) MUST_CHECK;

#endif
