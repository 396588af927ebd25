/* Fingerprints from a SQLite that can only be sent a SELECT: D1. */
#ifndef DIFF_FINGERPRINT_SQL_H
#define DIFF_FINGERPRINT_SQL_H

#include <stdbool.h>
#include <stddef.h>

#include "diff/fingerprint.h"
#include "model/row.h"
#include "util/buf.h"
#include "util/compiler.h"
#include "util/err.h"

/*
 * Appends the SELECT of the groups' fingerprints: a row for each group that
 * has rows, in their order. It has no parameters, and no byte of a value is in
 * it but as a number or in hexadecimal.
 *
 * *fits is false, and nothing is appended, if the SELECT would pass a limit of
 * D1 (length, columns, steps), if D1 might misread a real among its bounds, or
 * if the scan is none whose rows fall into groups. Fewer bounds may fit; else
 * the rows must be fetched.
 *
 * It passes over the rows once, without need of an index, at 50,000 to 120,000
 * a second; that D1's 30 seconds are enough is up to the caller. D1 counts two
 * rows read for each, because grouping sorts.
 */
int fingerprint_sql(struct buf *sql, bool *fits,
		    const struct fingerprint *fingerprint,
		    const struct fingerprint_weights *weights,
		    struct err *err) MUST_CHECK;

/*
 * Reads a row of the answer: five texts. An answer that cannot be one of this
 * SELECT is an error.
 */
int fingerprint_sql_read(size_t *group, struct fingerprint_sum *sum,
			 const struct fingerprint *fingerprint,
			 const struct row *answer, struct err *err) MUST_CHECK;

#endif
