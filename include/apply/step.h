/*
 * A step of a plan: one statement for D1, with at most one JSON text of rows,
 * and who takes the steps.
 */
#ifndef APPLY_STEP_H
#define APPLY_STEP_H

#include <stdbool.h>
#include <stddef.h>

#include "util/compiler.h"
#include "util/err.h"

/* The statement is `before`, the JSON as a parameter or literal, `after`. */
struct step {
	const char *before;
	const char *json; /* NULL: there is none, nor an `after` */
	size_t size;
	const char *after;
};

/* What takes steps embeds this as its first member. */
struct step_sink {
	/* Copies the step; an error ends the plan. */
	int (*take)(struct step_sink *sink, const struct step *step,
		    struct err *err);
	bool literal;	 /* the JSON becomes one, between single quotes */
	size_t chunk;	 /* bytes of JSON after which a statement is full */
	size_t most;	 /* bytes of JSON that a row may have */
	bool whole_rows; /* a longer one is D1_EREFUSED, not sent in pieces */
	size_t most_all; /* of a statement, SQL and JSON; 0: of SQL alone */
};

/* A step without rows. */
int step_take(struct step_sink *sink, const char *sql,
	      struct err *err) MUST_CHECK;

/* A step without rows whose text is printed. */
int step_format(struct step_sink *sink, struct err *err, const char *format,
		...) PRINTF_LIKE(3, 4) MUST_CHECK;

#endif
