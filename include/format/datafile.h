/*
 * A data file of a snapshot: the rows of one table, one a line.
 *
 *	-- git-d1 snapshot 1
 *	-- table "lines" (city, ref, name, color) key city, ref
 *	PRAGMA defer_foreign_keys=on;
 *	INSERT INTO "lines" VALUES('berlin','M44',NULL,'#b50b30');
 *
 * The second line names the columns that are in the file, those of the key,
 * and after that, if there are masks, `[masked email, phone key 1f2e3d4c]`.
 * Names are written as in patches (model/name.h), the table's as in SQL.
 *
 * It is valid SQL, but is never run: the reader knows this grammar and no
 * more. Anything else is an error that begins with the file's name and the
 * number of the line.
 */
#ifndef FORMAT_DATAFILE_H
#define FORMAT_DATAFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/row.h"
#include "util/arena.h"
#include "util/buf.h"
#include "util/err.h"
#include "util/stream.h"

enum {
	/* Bytes of a line, LF not counted; D1's rows have 2 MB at most. */
	DATAFILE_MAX_LINE = 32 << 20,
	/* Columns of a table: what SQLite can be built for. */
	DATAFILE_MAX_COLUMNS = 32767,
	/* Hexadecimal digits that identify a mask key. */
	MASK_KEY_ID_SIZE = 9,
};

/*
 * At least one column; names as filename_is_possible() has them, no two the
 * same to SQL; no position twice in `key` or `masked`, or in both.
 */
struct datafile_header {
	const char *table;
	const char *const
		*columns; /* those in the file, in the table's order */
	size_t ncolumns;
	const size_t *key; /* positions among the columns; none if nkey is 0 */
	size_t nkey;
	const size_t *masked; /* likewise */
	size_t nmasked;
	char key_id[MASK_KEY_ID_SIZE]; /* "" without masks */
	bool explicit_columns; /* INSERT INTO "t"("a","b") VALUES(...) */
};

/*
 * The position of the column of that name, in any letter case, or
 * header->ncolumns.
 */
size_t datafile_column(const struct datafile_header *header, const char *name);

/* True if the column at that position is masked. */
bool datafile_is_masked(const struct datafile_header *header, size_t column);

/* ---- writing ---- */

/* Appends the first three lines. */
void datafile_add_header(struct buf *out, const struct datafile_header *header);

/* Appends what stands before the values of each row. */
void datafile_add_prefix(struct buf *out, const struct datafile_header *header);

/*
 * Appends a row's line: the prefix, the literals of the cells in the order of
 * the columns, `);` and LF.
 */
void datafile_add_row(struct buf *out, const struct buf *prefix,
		      const struct row *row);

/* ---- reading ---- */

struct datafile;

/*
 * Reads the header from the stream, which is taken, also if this fails. `name`
 * is what the file is called in messages.
 */
int datafile_open(struct datafile **file, struct stream *stream,
		  const char *name, struct err *err) MUST_CHECK;

/* NULL is allowed. */
void datafile_close(struct datafile *file);

/* What messages call it; valid until the file is closed. */
const char *datafile_name(const struct datafile *file);

/* Valid until the file is closed. explicit_columns is known after a row. */
const struct datafile_header *datafile_header(const struct datafile *file);

/*
 * Reads the next row, NULL after the last one; it is valid until the next
 * call. A line that is a conflict marker of a merge is D1_ECONFLICT, any other
 * that is no row D1_ERROR, and both name file and line. A row whose masked
 * columns hold anything but NULL, a mask or a placeholder (model/masktext.h) is
 * such a line. After such an error the next call goes on with the line after
 * it.
 */
int datafile_next(struct datafile *file, const struct row **row,
		  struct err *err) MUST_CHECK;

/*
 * Passes over the next row without reading its values; *more is false after
 * the last one. A line that does not look like a row is an error.
 */
int datafile_skip(struct datafile *file, bool *more,
		  struct err *err) MUST_CHECK;

/* The line of the row last read, from 1 on, and its text without the LF. */
uint64_t datafile_line(const struct datafile *file);
const char *datafile_text(const struct datafile *file, size_t *size);

/*
 * True if the row last read, or before the first one the header, has the very
 * bytes that it is written with. False also if memory runs out.
 */
bool datafile_is_canonical(struct datafile *file);

/*
 * Reads one row's line, without its LF, from memory. It may have a list of
 * columns or none. The cells are in the arena, or are a part of `text`. Errors
 * are those of datafile_next(), without file and line.
 */
int datafile_read_line(const struct datafile_header *header, const char *text,
		       size_t size, struct row *row, struct arena *arena,
		       struct err *err) MUST_CHECK;

#endif
