/*
 * Changes of rows, kept outside memory: they are found while a database is
 * read, and written when it was read to the end.
 */
#ifndef APPLY_CHANGES_H
#define APPLY_CHANGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "diff/change.h"
#include "model/row.h"
#include "source/source.h"
#include "util/arena.h"
#include "util/err.h"

struct changes;

/* When a column is written. */
enum column_use {
	COLUMN_WRITTEN,
	COLUMN_INSERTED,  /* by inserts only: it is masked */
	COLUMN_GENERATED, /* by nobody: it follows from others */
};

/* A table, and what the cells of its rows are. */
struct changed_table {
	const char *name;
	const char *const *columns; /* names, of each cell */
	size_t ncolumns;
	const enum column_use *uses; /* of each cell; NULL: all are written */
	const size_t *key;	     /* cells of the key; none if nkey is 0 */
	const enum collation *collations;
	size_t nkey;
	size_t label; /* cell that names rows to people; ncolumns: none */
	/* the column that tells when a row was changed; NULL: none, or it is
	 * no matter */
	const char *timestamp;
};

/* The cell of the column of that name, or table->ncolumns. */
size_t changed_table_cell(const struct changed_table *table, const char *name);

/* Which side of a difference is behind the other: nobody changed it since. */
enum row_lag { LAG_UNKNOWN, LAG_OLD, LAG_NEW };

/* What is to become of a row. */
struct row_change {
	enum change_op op;
	bool keyed;	 /* found by its key, else by all its cells */
	uint64_t count;	 /* equal rows; 1 if it is keyed */
	uint64_t before; /* not keyed: equal rows that are there before */
	/* the row as the target holds it, and as it is to be; NULL: no row */
	const struct row *old;
	const struct row *new;
	/* of a difference between two databases; else it says nothing */
	enum bucket bucket;
	enum row_lag lag; /* found by changes_judge() */
};

int changes_open(struct changes **changes, struct err *err) MUST_CHECK;

/* Forgets all changes; NULL is allowed. */
void changes_close(struct changes *changes);

/* Begins a table, which is copied. What is added then belongs to it. */
int changes_begin_table(struct changes *changes,
			const struct changed_table *table,
			struct err *err) MUST_CHECK;

int changes_add(struct changes *changes, const struct row_change *change,
		struct err *err) MUST_CHECK;

/*
 * From here on a change that is like the one before, and not keyed, only adds
 * to its count: a comparison tells apart what only cells of one side do.
 */
void changes_unite(struct changes *changes);

/* The tables that were begun, in that order. */
size_t changes_tables(const struct changes *changes);
const struct changed_table *changes_table(const struct changes *changes,
					  size_t table);

/* How many rows of the table are to be inserted, deleted or updated. */
uint64_t changes_count(const struct changes *changes, size_t table,
		       enum change_op op);

/* True if there is no change of the table, or no change at all. */
bool changes_table_is_empty(const struct changes *changes, size_t table);
bool changes_are_empty(const struct changes *changes);

typedef int row_change_fn(void *context, const struct row_change *change,
			  struct err *err);

/*
 * Hands the changes of one kind to `use`, in the order in which they were
 * added; each is borrowed for the call. An error of `use` ends it. It does not
 * add to these changes.
 */
int changes_each(struct changes *changes, size_t table, enum change_op op,
		 row_change_fn *use, void *context, struct err *err) MUST_CHECK;

/* The same with the changes of all kinds. */
int changes_each_row(struct changes *changes, size_t table, row_change_fn *use,
		     void *context, struct err *err) MUST_CHECK;

/* Says which side is behind, in *lag. */
typedef int row_judge_fn(void *context, const struct row_change *change,
			 enum row_lag *lag, struct err *err);

/* Asks `judge` about all changes of the table, in their order, and keeps it. */
int changes_judge(struct changes *changes, size_t table, row_judge_fn *judge,
		  void *context, struct err *err) MUST_CHECK;

/* The rows that a side holds in a table, as far as they are in changes. */
struct changes_rows {
	struct cursor cursor;
	/* of the row that was delivered last */
	enum bucket bucket;
};

/*
 * Opens the rows of one side, OLD or NEW, of the keyed changes of a table, or
 * of the others: in the order in which they were added, and rows without a key
 * as often as the side has them, which may be not at all. The changes are
 * united, and none is added while it is open. The caller closes its cursor.
 */
int changes_open_rows(struct changes *changes, size_t table, int side,
		      bool keyed, struct changes_rows **rows,
		      struct err *err) MUST_CHECK;

/*
 * Keeps what a comparison finds, as changes that make the OLD side like the
 * NEW one. Columns that one side has alone stay out of it, and so do rows that
 * differ in masked columns alone.
 */
struct changes_sink {
	struct change_sink sink;
	struct changes *changes;
	struct arena arena; /* of the table under comparison */
	struct value *cells[2];
};

/* The caller releases the sink; `changes` is borrowed. */
void changes_sink_init(struct changes_sink *sink, struct changes *changes);
void changes_sink_release(struct changes_sink *sink);

#endif
