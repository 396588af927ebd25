/*
 * The words of one statement, without blanks and comments, and one spelling
 * for all that mean the same.
 */
#ifndef SCHEMA_WORDS_H
#define SCHEMA_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "model/sqltoken.h"
#include "schema/namemap.h"
#include "util/arena.h"
#include "util/buf.h"
#include "util/err.h"

struct words {
	const struct sqltoken *items;
	size_t count;
	bool whole; /* false: something in it is no word of SQL */
};

/*
 * Which names in double quotes are names: SQLite takes others for texts. With
 * neither it is not known, and each stays as it stands.
 */
struct words_names {
	bool all;		   /* all of them */
	const struct namemap *map; /* else those that are in it; or NULL */
};

/* Reads the words of the text, which is borrowed as long as they are used. */
int words_read(struct words *words, struct arena *arena, const char *sql,
	       size_t size, struct err *err) MUST_CHECK;

/* True if that word is there, as sqltoken_is() has it. */
bool words_is(const struct words *words, size_t at, const char *word);

/* The place behind the parenthesis that closes the one at `at`, or the end. */
size_t words_close(const struct words *words, size_t at);

/*
 * Leaves out parentheses around all of the words from *from up to, not
 * including, *to.
 */
void words_strip(const struct words *words, size_t *from, size_t *to);

/* True for what can be a name: a bare word, a quoted one, and 'a'. */
bool words_is_name(const struct words *words, size_t at);

/* The name there without its quotes; NULL if memory ran out. */
char *words_name(const struct words *words, size_t at,
		 struct arena *arena) MUST_CHECK;

/*
 * Appends the words from `from` up to, not including, `to`, a blank between
 * two: bare words in lower case, names without quotes where they need none, and
 * in lower case. What is in double quotes and no name by `names` is a text.
 * Texts stay as they are.
 */
void words_add(struct buf *out, const struct words *words, size_t from,
	       size_t to, const struct words_names *names);

/* The same of a table: a name behind DEFAULT is a text, and stays. */
void words_add_table(struct buf *out, const struct words *words, size_t from,
		     size_t to, const struct words_names *names);

/* True if one of the words is one of the names, quoted or not. */
bool words_mention(const struct words *words, const struct namemap *names);

#endif
