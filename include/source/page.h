/*
 * A page of rows from D1: the rows of a reply made into values.
 *
 * What the rows' texts cannot carry (source/rowtext.h) is asked for again, by
 * the key of the row. Private to the reading of pages (source/pages.h).
 */
#ifndef SOURCE_PAGE_H
#define SOURCE_PAGE_H

#include "cf/d1.h"
#include "source/pagesql.h"

/* A cell that the row's text left out. */
struct page_gap {
	size_t row;
	size_t token;
	enum rowtext_gap kind;
};

struct page_gaps {
	struct page_gap *items;
	size_t count;
	size_t cap;
};

/* Values point into the reply or the arena, until page_clear(). */
struct page {
	struct d1_client *client;
	const char *database_id;
	const struct pagesql *sql;
	/* the keys by which the rows that are added were asked for, if any */
	const struct value *only;
	size_t nonly;
	struct d1_reply reply;
	struct arena arena;
	struct value *values; /* row after row, sql->ntokens each */
	size_t nrows;
	uint64_t bytes; /* of the texts of all rows */
	size_t *lossy;	/* rows whose text holds U+FFFD */
	size_t nlossy;
	struct page_gaps gaps;
	double *natives;
};

/* All pointers are borrowed. The caller releases it, after an error too. */
int page_init(struct page *page, struct d1_client *client,
	      const char *database_id, const struct pagesql *sql,
	      struct err *err) MUST_CHECK;
void page_release(struct page *page);

/* Empties the page for another reply, which the caller puts into it. */
void page_clear(struct page *page);

/* Makes room for all rows of the reply. */
int page_reserve(struct page *page, struct err *err) MUST_CHECK;

/*
 * Adds row `n` of a result. `after` is the key of the row before, NULL if there
 * is none: it finds the row if its own key cannot be told.
 */
int page_add_row(struct page *page, const struct d1_result *result, size_t n,
		 const struct value *after, struct err *err) MUST_CHECK;

/* True if rows were added that must be mended before they are used. */
bool page_needs_mending(const struct page *page);

/* Asks for what the rows' texts could not carry. */
int page_mend(struct page *page, struct err *err) MUST_CHECK;

/* The values of a row: first those of the page key. */
struct value *page_row(const struct page *page, size_t row);

/* How many bytes the cells of the widest row have. */
size_t page_widest(const struct page *page);

#endif
