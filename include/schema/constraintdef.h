/*
 * The constraints of a CREATE TABLE statement, one by one, and what reading
 * them has in common with reading columns.
 */
#ifndef SCHEMA_CONSTRAINTDEF_H
#define SCHEMA_CONSTRAINTDEF_H

#include <stdbool.h>
#include <stddef.h>

#include "schema/tabledef.h"
#include "util/arena.h"
#include "util/buf.h"
#include "util/err.h"

/* Where one reads. */
struct defreader {
	struct tabledef *def; /* its words and names are there */
	struct arena *arena;
	size_t at; /* the next word, up to `end` */
	size_t end;
	const char *name;   /* of the constraint that comes, or NULL */
	const char *column; /* that is read, NULL: none */
	size_t column_at;   /* the word of its name */
	size_t place;	    /* of the column in the table */
	struct tabledef_constraint *constraints; /* with room for all */
	size_t count;
};

/* ---- words ---- */

bool reader_is(const struct defreader *reader, const char *word);

/* Goes past the word, or the two words, if they come next. */
bool reader_take(struct defreader *reader, const char *word);
bool reader_take_two(struct defreader *reader, const char *first,
		     const char *second);

/* Says that what comes next cannot be understood. */
int reader_refuse(const struct defreader *self, struct err *err);

/* The size of the text from the word `from` up to the word before `to`. */
size_t reader_span(const struct words *words, size_t from, size_t to,
		   const char **text);

/* A copy in the arena; NULL after an error. */
const char *reader_spell(struct defreader *self, const struct buf *text,
			 struct err *err) MUST_CHECK;

/*
 * Appends the words from `from` to `to`, an expression on the columns, without
 * parentheses around all of it.
 */
void reader_add_expression(struct defreader *self, struct buf *out, size_t from,
			   size_t to);

/*
 * Goes past ON CONFLICT and what follows, and appends it; false: not there, or
 * it is what SQLite does without.
 */
bool reader_add_conflict(struct defreader *reader, struct buf *out);

/* ---- constraints ---- */

/*
 * Each reads what follows its first words (CONSTRAINT, PRIMARY KEY or UNIQUE,
 * CHECK, FOREIGN KEY, but REFERENCES itself), of reader->column if there is
 * one.
 */
int constraintdef_read_name(struct defreader *self, struct err *err) MUST_CHECK;
int constraintdef_read_key(struct defreader *self, enum tabledef_kind kind,
			   struct err *err) MUST_CHECK;
int constraintdef_read_check(struct defreader *self,
			     struct err *err) MUST_CHECK;
int constraintdef_read_foreign_key(struct defreader *self,
				   struct err *err) MUST_CHECK;

/* Reads the constraints of the table up to reader->end. */
int constraintdef_read_all(struct defreader *self, struct err *err) MUST_CHECK;

#endif
