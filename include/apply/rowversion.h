/*
 * The rows of an older version of a table's data file, as they count today
 * (apply/rowidentity.h): a column that the version lacks holds what its DEFAULT
 * says now, one that it has besides is passed over. Of a column that is masked
 * today, but was not then, the masks are made, if there is a key for that.
 */
#ifndef APPLY_ROWVERSION_H
#define APPLY_ROWVERSION_H

#include <stdbool.h>

#include "apply/rowidentity.h"
#include "source/source.h"
#include "util/stream.h"

/* How versions are read; they are read one after another. */
struct row_version_reader {
	const struct row_identity *identity;
	struct arena arena;
	/* of each cell, once a version lacked one; NULL: no constant */
	const struct value **defaults;
};

/* The identity is borrowed. The caller releases the reader. */
void row_version_reader_init(struct row_version_reader *reader,
			     const struct row_identity *identity);
void row_version_reader_release(struct row_version_reader *reader);

/* What a version tells. */
enum row_version_use {
	ROW_VERSION_NOTHING, /* it does not have the columns of the key */
	ROW_VERSION_KEYS,    /* not all that a row held: no row equals it */
	ROW_VERSION_ROWS,
};

/*
 * Opens the version in the stream, which is taken, also if this fails. Rows
 * have the cells that count. `name` is what messages call it; it and the
 * reader are borrowed. *rows is NULL for ROW_VERSION_NOTHING.
 */
int row_version_open(struct cursor **rows, enum row_version_use *use,
		     struct row_version_reader *reader, struct stream *stream,
		     const char *name, struct err *err) MUST_CHECK;

#endif
