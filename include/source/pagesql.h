/*
 * The statements that read a scan from D1, page by page.
 *
 * A page is
 *
 *	SELECT CASE WHEN width of the row > w THEN 'W' ELSE its text END, reals
 *	FROM t WHERE key > after ORDER BY key LIMIT n
 *
 * No row is passed over (never OFFSET), and a reply has at most n * w bytes: a
 * row that is wider than expected ends the page, and the next one begins with
 * it. (A running sum of sizes would end a page just as well, but D1 counts
 * three rows read for each then.)
 */
#ifndef SOURCE_PAGESQL_H
#define SOURCE_PAGESQL_H

#include "source/bound.h"
#include "source/rowtext.h"
#include "source/source.h"

struct pagesql {
	const struct scan *scan;
	struct arena arena;
	/* The cells of a row's text: first those of the page key. */
	struct rowtext_column *tokens;
	size_t ntokens;
	size_t nkey;
	enum collation *collations; /* of the page key */
	size_t nnatives;	    /* columns for reals after the text */
	size_t *token_of_cell;
	size_t big; /* see rowtext_add_sql() */
};

/*
 * Prepares the statements for a scan, which is borrowed. The page key is the
 * key of a keyed scan, else the rowid, else the primary key. If there is none
 * of them (nkey is 0: columns hide the rowid), rows have no order and no page
 * can follow another.
 */
int pagesql_init(struct pagesql *sql, const struct scan *scan,
		 struct err *err) MUST_CHECK;
void pagesql_release(struct pagesql *sql);

/* Leaves smaller cells out of the row's text; false if that was done before. */
bool pagesql_lower_big(struct pagesql *sql) MUST_CHECK;

/* Which rows; keys are values of the page key. */
struct pagesql_query {
	struct key_range range;
	const struct value *equal; /* the row of this key, or NULL */
	const struct value *only;  /* rows of these keys, if nonly is not 0 */
	size_t nonly;
	size_t limit; /* rows */
	size_t width; /* bytes of a row's cells; 0: any */
	bool hex;
};

/* A statement with its text and parameters. */
struct pagesql_statement {
	struct d1_statement statement;
	struct buf text;
	struct bound_params params;
	struct arena arena;
};

void pagesql_statement_init(struct pagesql_statement *statement);
void pagesql_statement_release(struct pagesql_statement *statement);

/*
 * How many of the `count` keys from `keys` on, at least one, a statement has
 * room for.
 */
size_t pagesql_room(const struct pagesql *sql, const struct value *keys,
		    size_t count);

int pagesql_write(struct pagesql_statement *statement,
		  const struct pagesql *sql, const struct pagesql_query *query,
		  struct err *err) MUST_CHECK;

/* The real in a cell, as the text p, m, z or r, and as a number. */
int pagesql_write_real(struct pagesql_statement *statement,
		       const struct pagesql *sql, size_t token,
		       const struct value *key, struct err *err) MUST_CHECK;

/* `size` bytes of a cell from byte `at` on, in hexadecimal. */
int pagesql_write_piece(struct pagesql_statement *statement,
			const struct pagesql *sql, size_t token,
			const struct value *key, size_t at, size_t size,
			struct err *err) MUST_CHECK;

#endif
