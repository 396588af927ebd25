/*
 * An SQL script, statement by statement: a schema file, a migration, a dump.
 * The body of a trigger belongs to its statement, as SQLite's
 * sqlite3_complete() has it (https://www.sqlite.org/c3ref/complete.html).
 */
#ifndef FORMAT_SCRIPT_H
#define FORMAT_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/err.h"
#include "util/stream.h"

enum { SCRIPT_MAX_STATEMENT = 32 << 20 }; /* bytes */

struct script;

struct script_statement {
	const char *text; /* without blanks and comments before it, blanks
			     after it, and the `;`; a NUL follows it */
	size_t size;
	uint64_t line; /* where it begins, from 1 on */
	bool is_ended; /* by a `;` */
};

/* Takes the stream, also if this fails. `name` is borrowed, for messages. */
int script_open(struct script **script, struct stream *stream, const char *name,
		struct err *err) MUST_CHECK;

/* Frees the script and closes its stream; NULL is allowed. */
void script_close(struct script *script);

/*
 * Reads the next statement; text is NULL after the last one. It is valid until
 * the next call. A quote or comment that stays open, a trigger without END, a
 * NUL, or a statement that is too long is an error with file and line. What
 * follows the last `;` without one is a statement too.
 */
int script_next(struct script *script, struct script_statement *statement,
		struct err *err) MUST_CHECK;

/* The name given to script_open(). */
const char *script_name(const struct script *script);

/*
 * Says as a hint of the error in `err` which statement it is about, on one line
 * and cut if it is long. Returns the code in `err`.
 */
int script_hint(const char *statement, size_t size, struct err *err);

#endif
