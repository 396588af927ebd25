/* How problems of files (apply/problem.h) are shown. */
#ifndef WORKSPACE_PROBLEMS_H
#define WORKSPACE_PROBLEMS_H

#include "apply/problem.h"
#include "util/buf.h"

/*
 * Appends the problem in one line: `d1/shop/data/lines.sql:17: MESSAGE:
 * REMEDY`. `place` is what stands before the path, with its `/` or `:`.
 */
void problems_add_line(struct buf *out, const char *place,
		       const struct problem *problem);

/* Prints that line. */
void problems_print(const char *place, const struct problem *problem);

/* "1 problem", "2 problems", after `shown` and a colon, as the last line. */
void problems_sum_up(const char *shown, uint64_t count);

/* Appends the problem as a JSON object. */
void problems_add_json(struct buf *out, const char *place,
		       const struct problem *problem);

#endif
