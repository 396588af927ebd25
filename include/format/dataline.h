/*
 * The lines of a data file (format/datafile.h), one by one, and why a line is
 * none of them. Messages are without file and line.
 */
#ifndef FORMAT_DATALINE_H
#define FORMAT_DATALINE_H

#include <stdbool.h>
#include <stddef.h>

#include "format/datafile.h"

#define DATALINE_MAGIC "-- git-d1 snapshot "
#define DATALINE_VERSION "1"
#define DATALINE_PRAGMA "PRAGMA defer_foreign_keys=on;"

/* What stands before the values of a row. */
struct dataline_prefix {
	struct buf plain;  /* INSERT INTO "t" VALUES( */
	struct buf listed; /* INSERT INTO "t"("a","b") VALUES( */
};

int dataline_prefix_init(struct dataline_prefix *prefix,
			 const struct datafile_header *header,
			 struct err *err) MUST_CHECK;
void dataline_prefix_release(struct dataline_prefix *prefix);

/* The one that the line begins with, or NULL. */
const struct buf *dataline_find_prefix(const struct dataline_prefix *prefix,
				       const char *text, size_t size);

/*
 * Reads the values of a row, and the `);` after them, from the rest of its
 * line into `cells`, one for each column; they are in the arena, or are a part
 * of `text`. False if it is no such line.
 */
bool dataline_read_values(const struct datafile_header *header,
			  struct value *cells, const char *text, size_t size,
			  struct arena *arena) MUST_CHECK;

/*
 * Reads the line that names table and columns into *header; all of it is in
 * the arena.
 */
int dataline_read_header(struct datafile_header *header, const char *text,
			 size_t size, struct arena *arena,
			 struct err *err) MUST_CHECK;

/* ---- why a line is refused; each sets an error and returns its code ---- */

/*
 * What may be wrong with any line: a conflict marker, a NUL, CR LF. Returns 0
 * if it is none of that.
 */
int dataline_refuse_any(const char *text, size_t size, struct err *err);

/* A first line that is not DATALINE_MAGIC and DATALINE_VERSION. */
int dataline_refuse_magic(const char *text, size_t size, struct err *err);

/* A line without the prefix of a row; `used` is that of the rows before. */
int dataline_refuse_prefix(const struct datafile_header *header,
			   const struct dataline_prefix *prefix,
			   const struct buf *used, const char *text,
			   size_t size, struct err *err);

/* What dataline_read_values() did not take, with the same arguments. */
int dataline_refuse_values(const struct datafile_header *header,
			   struct value *cells, const char *text, size_t size,
			   struct arena *arena, struct err *err);

#endif
