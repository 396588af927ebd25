/*
 * What was known of a database before its migrations: which columns it had, and
 * which of its rows were behind a commit. A migration may give such a row
 * values that no commit has; it is behind still.
 */
#ifndef APPLY_PRIORROWS_H
#define APPLY_PRIORROWS_H

#include <stdbool.h>

#include "apply/behind.h"
#include "apply/changes.h"
#include "model/schema.h"
#include "util/err.h"

struct prior_rows;

/*
 * Keeps, outside memory, the columns of the schema and the keys of the rows in
 * the changes.
 */
int prior_rows_open(struct prior_rows **prior, const struct schema *schema,
		    struct changes *changes, struct err *err) MUST_CHECK;

/* NULL is allowed. */
void prior_rows_close(struct prior_rows *prior);

/*
 * *explains is true if the row was behind before, or differs in columns alone
 * that were not there, so that nobody but the migrations can have set them. For
 * behind_sink.explains.
 */
int prior_rows_explain(void *prior, const struct behind_row *row,
		       bool *explains, struct err *err) MUST_CHECK;

#endif
