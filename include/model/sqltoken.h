/*
 * The words of SQL, as SQLite's own tokenizer cuts them
 * (https://www.sqlite.org/lang_expr.html, https://www.sqlite.org/syntax.html).
 */
#ifndef MODEL_SQLTOKEN_H
#define MODEL_SQLTOKEN_H

#include <stddef.h>

enum sqltoken_kind {
	SQLTOKEN_SPACE,
	SQLTOKEN_COMMENT, /* to the end of the line, or of all if open */
	SQLTOKEN_WORD,	  /* a keyword or a bare name */
	SQLTOKEN_NAME,	  /* "a", [a] or `a` */
	SQLTOKEN_STRING,  /* 'a' */
	SQLTOKEN_BLOB,	  /* x'00' */
	SQLTOKEN_NUMBER,
	SQLTOKEN_PARAMETER, /* ?1 :a @a $a */
	SQLTOKEN_SYMBOL,    /* ( ) , ; . and operators */
	SQLTOKEN_OPEN,	    /* a quote that is not closed: all the rest */
	SQLTOKEN_ILLEGAL,   /* one byte that begins no word */
};

/*
 * Tells the kind of the word at the start of the `size` bytes at `sql`, and
 * returns how many bytes it takes: at least 1, if `size` is not 0.
 */
size_t sqltoken_read(enum sqltoken_kind *kind, const char *sql, size_t size);

#endif
