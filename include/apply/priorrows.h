/*
 * What was known of a database before its migrations: which columns it had, and
 * which of its rows were behind a commit. A migration may give such a row
 * values that no commit has; it is behind still. One that somebody else changed
 * meanwhile is not.
 */
#ifndef APPLY_PRIORROWS_H
#define APPLY_PRIORROWS_H

#include <stdbool.h>

#include "apply/behind.h"
#include "apply/changes.h"
#include "model/schema.h"
#include "util/err.h"

struct prior_rows;
struct sqlite3;

/*
 * Opens it in that database, which has a table `entries` of one BLOB and is
 * borrowed; it may be from before migrations that were broken off.
 */
int prior_rows_open(struct prior_rows **prior, struct sqlite3 *db,
		    struct err *err) MUST_CHECK;

/* NULL is allowed. */
void prior_rows_close(struct prior_rows *prior);

/*
 * Keeps the columns of the schema, unless some were kept before, and the keys
 * and cells of the rows in the changes.
 */
int prior_rows_keep(struct prior_rows *prior, const struct schema *schema,
		    struct changes *changes, struct err *err) MUST_CHECK;

/* The rows are as the commit has them: nothing is explained any more. */
int prior_rows_forget(struct prior_rows *prior, struct err *err) MUST_CHECK;

/*
 * Nobody but the migrations wrote since: they may have changed columns that
 * stand in the text, which is theirs and is borrowed; all of them if it is
 * NULL.
 */
void prior_rows_trust(struct prior_rows *prior, const char *text);

/* That was said too early. */
void prior_rows_distrust(struct prior_rows *prior);

/*
 * *explains is true if nobody but the migrations can have made the row what it
 * is: it differs in columns that were not there, or it was behind and each
 * other cell is as it was, or is one that the migrations may have changed. For
 * behind_sink.explains.
 */
int prior_rows_explain(void *prior, const struct behind_row *row,
		       bool *explains, struct err *err) MUST_CHECK;

#endif
