/*
 * A row, looked for by its key in the lines of a data file: without a database,
 * and without reading the values of lines that cannot be the one.
 */
#ifndef CMD_ROWSEARCH_H
#define CMD_ROWSEARCH_H

#include <stdbool.h>

#include "format/dataline.h"
#include "util/arena.h"
#include "util/sha256.h"
#include "workspace/commits.h"

/* What is looked for. All of it is borrowed. */
struct row_wanted {
	const struct commit_comparison *comparison; /* with a key */
	const char *table;
};

/* How the row is found in files of one header under one schema. */
struct row_search {
	struct arena arena;
	bool possible; /* the key is one of the table's */
	bool ignores;  /* columns, which do not count in a comparison */
	const char *header_text; /* NULL: nothing was prepared */
	struct datafile_header header;
	struct dataline_prefix prefix;
	bool has_prefix;
	struct value *cells; /* of the line that is read */
	/* the key: positions in the file, what they hold, and how they equal */
	size_t nkey;
	size_t *places;
	struct value *values;
	enum collation *collations;
	/* one of these stands in the line, or a bracket does; empty: any */
	struct buf needles[2];
};

/* What a version of the table says of the row: "" if it is not there. */
struct row_digest {
	char hex[SHA256_HEX_SIZE];
};

/*
 * Finds out how the row is found in a file whose second line is the `size`
 * bytes at `header`, in the commit `id`. A row that is not to be found so is no
 * error: search->possible is false then. The caller releases the search, after
 * an error too.
 */
int row_search_prepare(struct row_search *search,
		       const struct row_wanted *wanted, const char *id,
		       const char *header, size_t size,
		       struct err *err) MUST_CHECK;
void row_search_release(struct row_search *search);

/*
 * Looks at a row's line. *found tells whether it is the row, of which *digest
 * is what header and line make then: equal ones, equal rows.
 */
int row_search_try(struct row_search *search, const char *text, size_t size,
		   bool *found, struct row_digest *digest,
		   struct err *err) MUST_CHECK;

#endif
