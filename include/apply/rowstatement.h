/*
 * Statements that carry many rows each: inserts, guarded
 * updates and deletes, and questions about rows.
 */
#ifndef APPLY_ROWSTATEMENT_H
#define APPLY_ROWSTATEMENT_H

#include <stdbool.h>
#include <stddef.h>

#include "apply/changes.h"
#include "util/buf.h"

enum {
	/* D1 takes 100 columns; old and new value of each, and a count */
	ROWSTATEMENT_CELLS = 256,
};

enum rowstatement_kind {
	/* Inserts the rows. */
	ROWS_INSERT,
	/* Updates rows that are as the old cells say. */
	ROWS_UPDATE,
	/* Deletes rows that are as the cells say. */
	ROWS_DELETE,
	/* The same for as many equal rows as the first cell says. */
	ROWS_DELETE_COUNTED,
	/* Copies rows that have the key into another table. */
	ROWS_COPY,
	/* Sets columns of rows that have the key to what the text says. */
	ROWS_SET,
	/* Selects the places of rows that are not there like that. */
	ROWS_MISSING,
	/* Selects 1 if the rows are there as the digest has them. */
	ROWS_SAME,
	/* Selects the places of rows whose key is there. */
	ROWS_PRESENT,
	/* Selects the places of rows of which there are fewer than counted, or
	 * not so many as there were. */
	ROWS_FEWER,
	/* Selects the places of rows that rows of another table refer to. */
	ROWS_REFERRED,
};

/* One cell of the JSON row. */
struct rowcell {
	size_t cell; /* of the changed table */
	int side;    /* OLD or NEW: which row it is taken from */
	bool key;    /* the row is found by it */
	bool set;    /* it is what is to be */
};

struct row_digest;
struct target_reference;

struct rowstatement {
	enum rowstatement_kind kind;
	const char *table;	     /* that is written or asked, quoted */
	const char *const *identity; /* quoted columns that tell rows apart */
	size_t nidentity;
	const char *const *columns; /* names, by the cell */
	/* the first of the JSON row is how many, of how many; 0: any number */
	bool counted;
	bool exact; /* ROWS_FEWER: also if there are more than there were */
	struct rowcell cells[ROWSTATEMENT_CELLS];
	size_t ncells;
	/*
	 * Of further cells of the rows, which must be as it has them; NULL:
	 * none. Of updates, deletes and ROWS_SAME.
	 */
	struct row_digest *digest;
	const char *into;   /* ROWS_COPY: the table */
	const char *copied; /* and the columns for it */
	const char *set;    /* ROWS_SET: what stands after SET */
	const struct target_reference
		*reference; /* ROWS_REFERRED: through it */
	/*
	 * ROWS_UPDATE: a virtual table, whose other columns are set to what
	 * they hold; or NULL. The FTS5 of newer engines makes a text of a blob
	 * that an UPDATE does not name.
	 */
	const struct table *kept;
	/*
	 * The questions: NULL selects at most 20 places. Else the call fails if
	 * there is one, with this text before them in the message.
	 */
	const char *guard;
};

/*
 * Appends what stands before and after the JSON. forms[i] tells what occurs in
 * its place i (apply/jsoncell.h); `stage` is quoted.
 */
void rowstatement_add(struct buf *before, struct buf *after,
		      const struct rowstatement *statement,
		      const unsigned int *forms, const char *stage);

#endif
