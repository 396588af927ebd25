/*
 * The words of SQL, as SQLite's own tokenizer cuts them
 * (https://www.sqlite.org/lang_expr.html, https://www.sqlite.org/syntax.html).
 */
#ifndef MODEL_SQLTOKEN_H
#define MODEL_SQLTOKEN_H

#include <stdbool.h>
#include <stddef.h>

#include "util/buf.h"

enum sqltoken_kind {
	SQLTOKEN_SPACE,	    /* blanks, or a byte order mark */
	SQLTOKEN_COMMENT,   /* to the end of the line, or of all if open */
	SQLTOKEN_WORD,	    /* a keyword or a bare name */
	SQLTOKEN_NAME,	    /* "a", [a] or `a` */
	SQLTOKEN_STRING,    /* 'a' */
	SQLTOKEN_BLOB,	    /* x'00' */
	SQLTOKEN_NUMBER,    /* with the letters that follow it at once */
	SQLTOKEN_PARAMETER, /* ?1 :a @a $a */
	SQLTOKEN_SYMBOL,    /* ( ) , ; . and operators */
	SQLTOKEN_OPEN,	    /* a quote that is not closed: all the rest */
	SQLTOKEN_ILLEGAL,   /* what begins no word, and blobs that are none */
};

/*
 * Tells the kind of the word at the start of the `size` bytes at `sql`, and
 * returns how many bytes it takes: at least 1, if `size` is not 0. It depends
 * on no more than SQLTOKEN_AHEAD bytes after it.
 */
size_t sqltoken_read(enum sqltoken_kind *kind, const char *sql, size_t size);

enum { SQLTOKEN_AHEAD = 4 };

/* A word where it stands. */
struct sqltoken {
	enum sqltoken_kind kind;
	const char *text;
	size_t size;
};

/* What is still to be read of a text. */
struct sqltokens {
	const char *at;
	size_t left;
};

/* Reads the next word that is no blank and no comment; false at the end. */
bool sqltoken_next(struct sqltoken *token, struct sqltokens *tokens);

/*
 * True for this bare word (ASCII letter case ignored) or symbol. Most differ in
 * their first letter, or in a bit that is its case.
 */
bool sqltoken_is_whole(const struct sqltoken *token, const char *word);
static inline bool sqltoken_is(const struct sqltoken *token, const char *word)
{
	return token->size > 0 && (token->text[0] | 0x20) == (word[0] | 0x20) &&
	       sqltoken_is_whole(token, word);
}

/* True if what follows the text at once would belong to a comment. */
bool sqltoken_ends_in_comment(const char *sql, size_t size);

/* Appends what stands between the quotes of a name or a text, else all. */
void sqltoken_add_name(struct buf *out, const struct sqltoken *token);

#endif
