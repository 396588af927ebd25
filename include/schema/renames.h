/*
 * What people say was renamed: nothing is guessed. In the text of a schema it
 * is a comment, beside a column or before it, before a table or beside its
 * parenthesis:
 *
 *	-- @renamed from=users
 *	CREATE TABLE people(
 *		id INTEGER PRIMARY KEY,
 *		name TEXT -- @renamed from=full_name
 *	);
 *
 * On a command line it is `users=people` and `people.full_name=name`.
 */
#ifndef SCHEMA_RENAMES_H
#define SCHEMA_RENAMES_H

#include <stddef.h>
#include <stdint.h>

#include "util/arena.h"
#include "util/err.h"

struct rename {
	const char *table; /* of a column; NULL: a table was renamed */
	const char *from;
	const char *to;
};

struct renames {
	struct arena arena;
	struct rename *items;
	size_t count;
	size_t cap;
};

void renames_release(struct renames *renames);

/* Adds what the comments of a schema's text say. */
int renames_add_text(struct renames *renames, const char *text, size_t size,
		     struct err *err) MUST_CHECK;

/* Adds `old=new` or `table.old=new`, names in double quotes if need be. */
int renames_add_option(struct renames *renames, const char *option,
		       struct err *err) MUST_CHECK;

#endif
