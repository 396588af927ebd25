/*
 * Writing a statement of SQL anew, word by word, with blanks where they are
 * needed for reading: what the parts of schema/normalise.h share.
 */
#ifndef SCHEMA_NORMALTEXT_H
#define SCHEMA_NORMALTEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "model/sqltoken.h"
#include "util/buf.h"

/* Parentheses in each other; what is deeper is left as it is. */
enum { NORMALTEXT_DEPTH = 200 };

enum normaltext_layout {
	LAYOUT_LINE,
	LAYOUT_TABLE,
	LAYOUT_TRIGGER,
	LAYOUT_VIRTUAL, /* arguments of the module come */
};

struct normaltext {
	struct buf *out;
	struct sqltokens tokens; /* still to be written */
	struct sqltoken last;	 /* written; its size is 0 at the beginning */
	struct sqltoken before;	 /* the one before that */
	bool last_is_sign;	 /* which belongs to what follows */
	const char *line;	 /* break to come before the next word */
	bool in_comment;	 /* which ends with the line */
	const char *end;	 /* of the statement, comments included */
	enum normaltext_layout layout;
	bool is_resolved; /* SQLite looks all names up when it is made */
	bool in_block;	  /* columns of a table, or body of a trigger */
	size_t depth;
	bool in_list[NORMALTEXT_DEPTH + 1]; /* by depth: what a SELECT gives */
};

/* True for one of the words, which end with NULL. */
bool normaltext_is_any(const struct sqltoken *token, const char *const *words);

/* True for what can be a name: a bare word, a quoted one, and 'a'. */
bool normaltext_is_name(const struct sqltoken *token);

/* Writes a word, with what stands between it and the one before. */
void normaltext_add_word(struct normaltext *self, const struct sqltoken *token);

/* Words as they stand, from the first to the last. */
void normaltext_add_raw(struct normaltext *self, const struct sqltoken *first,
			const struct sqltoken *last);

/* The comments from here on, without the blanks around them. */
void normaltext_add_comments(struct normaltext *self, const char *at,
			     const char *end);

#endif
