/*
 * A plan as a script that tries it out on the database itself, beside its own
 * objects: all of it is to be undone when it has run.
 */
#ifndef SCHEMA_ENGINESCRIPT_H
#define SCHEMA_ENGINESCRIPT_H

#include <stdbool.h>

#include "schema/prefixed.h"
#include "util/buf.h"
#include "util/err.h"

struct enginescript {
	struct prefixed *schemas; /* borrowed */
	struct buf text;	  /* to run */
	/* a SELECT for afterwards, whose answer enginescript_check() takes */
	struct buf question;
	bool has_rows;
	const char *found; /* the table that notes what is wrong */
};

/*
 * Writes the script that defines schemas->from, with rows that are made up if
 * `rows`, and runs the steps that lead to schemas->to. The caller calls
 * enginescript_release(), after an error too.
 */
int enginescript_write(struct enginescript *self, struct prefixed *schemas,
		       bool rows, struct err *err) MUST_CHECK;
void enginescript_release(struct enginescript *self);

/*
 * D1_ERROR unless the answer says that all is as it is to be: the schema, and
 * every row. It begins at `answer`; what follows it does not count.
 */
int enginescript_check(const struct enginescript *self, const char *answer,
		       struct err *err) MUST_CHECK;

#endif
