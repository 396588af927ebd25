/*
 * A source: one place rows are read from, behind one interface.
 *
 * A source shows one state of its database: what its cursors deliver belongs
 * together (a SQLite file is read in one transaction), or the source says
 * that it does not (source_verify()).
 */
#ifndef SOURCE_SOURCE_H
#define SOURCE_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/row.h"
#include "model/schema.h"
#include "util/buf.h"
#include "util/err.h"

enum scan_rows {
	/* rows without NULL in the key, ascending by key */
	SCAN_KEYED,
	/* rows with NULL in the key, all if there is no key, by their bytes */
	SCAN_UNKEYED,
};

/* The keys in (after, upto]; NULL is no bound. */
struct key_range {
	const struct value *after;
	const struct value *upto;
};

/* Which rows of a table are wanted, what of them, and in which order. */
struct scan {
	const struct table *table;
	const size_t *columns; /* positions in the table of the cells wanted */
	size_t ncolumns;
	enum scan_rows rows;
	/* The key, as positions among the cells; none if nkey is 0. */
	const size_t *key;
	const enum collation *collations;
	size_t nkey;
	bool nullable; /* a row may hold NULL in the key */
	/* The cells whose bytes order SCAN_UNKEYED, as positions among them. */
	const size_t *identity;
	size_t nidentity;
	/* SCAN_UNKEYED: by the key, NULL first, and by bytes within that */
	bool by_key;
	/* An SQL expression that rows must fulfil, or NULL. */
	const char *where;
	/* The keys that are wanted, ascending, nkey values each; or NULL: all
	 */
	const struct value *only;
	size_t nonly;
	/* Keyed rows in these ranges of the key; all if nranges is 0. */
	const struct key_range *ranges; /* ascending, apart from each other */
	size_t nranges;
};

/*
 * Rows one by one. The row is valid until the next cursor_next() on the same
 * cursor, or until it is closed.
 */
struct cursor {
	int (*next)(struct cursor *cursor, const struct row **row,
		    struct err *err);
	void (*close)(struct cursor *cursor);
};

/* Delivers the next row, or NULL after the last one. */
int cursor_next(struct cursor *cursor, const struct row **row,
		struct err *err) MUST_CHECK;

/* Closes the cursor and frees it; NULL is allowed. */
void cursor_close(struct cursor *cursor);

/* A source's implementation embeds this struct as its first member. */
struct source {
	const struct source_ops *ops;
	struct schema *schema;
};

/* Called for each row of an answer. */
typedef int source_row_fn(void *context, const struct row *row,
			  struct err *err);

/* A SELECT, and who takes its rows. */
struct source_query {
	const char *sql;
	source_row_fn *row;
	void *context;
};

/* How many of them go together. */
enum { SOURCE_MAX_QUERIES = 8 };

struct source_ops {
	bool remote; /* see source_is_remote() */
	int (*scan)(struct source *source, struct cursor **cursor,
		    const struct scan *scan, struct err *err);
	/* see source_select_all(); NULL if there is no engine to ask */
	int (*select)(struct source *source, const struct source_query *queries,
		      size_t count, struct err *err);
	/* see source_count() */
	int (*count)(struct source *source, uint64_t *rows,
		     const struct table *const *tables, size_t ntables,
		     struct err *err);
	/* see source_find_duplicate() */
	int (*find_duplicate)(struct source *source, const struct scan *scan,
			      struct buf *key, struct err *err);
	/* see source_verify(); NULL if the state cannot have changed */
	int (*verify)(struct source *source, bool *same, struct err *err);
	void (*close)(struct source *source);
};

/*
 * Opens a cursor. The scan and what it points to stay valid while the cursor
 * is open. A remote source asks for the first rows and does not wait for them,
 * so that an expression that the engine refuses may show with the first row.
 */
int source_scan(struct source *source, struct cursor **cursor,
		const struct scan *scan, struct err *err) MUST_CHECK;

/*
 * True if rows come from afar, so that it pays to have the engine there work
 * out what is asked for, by source_select().
 */
bool source_is_remote(const struct source *source);

/*
 * Runs a SELECT and hands its rows to `use`. Numbers come as integers, so it
 * is for answers of texts and small integers. A snapshot has no engine, which
 * is an error.
 */
int source_select(struct source *source, const char *sql, source_row_fn *use,
		  void *context, struct err *err) MUST_CHECK;

/*
 * The same with at most SOURCE_MAX_QUERIES queries, one after the other, on one
 * state of the database. A remote one is called once.
 */
int source_select_all(struct source *source, const struct source_query *queries,
		      size_t count, struct err *err) MUST_CHECK;

/*
 * How many rows each of the tables holds, in rows[0] to rows[ntables - 1]. The
 * engine looks at each row for that, but sends none.
 */
int source_count(struct source *source, uint64_t *rows,
		 const struct table *const *tables, size_t ntables,
		 struct err *err) MUST_CHECK;

/*
 * Looks for two rows of a keyed scan with the same key, and appends that key
 * to `key` as text for a message; nothing if there are none. For a key that no
 * index enforces: a cursor would pass over a row that repeats one.
 */
int source_find_duplicate(struct source *source, const struct scan *scan,
			  struct buf *key, struct err *err) MUST_CHECK;

/*
 * After the last row: *same tells whether the database is still in the state
 * in which it was when the source was opened.
 */
int source_verify(struct source *source, bool *same,
		  struct err *err) MUST_CHECK;

/*
 * The schema of a source that is about to be closed, for those who need it
 * longer: schema_free() frees it.
 */
struct schema *source_take_schema(struct source *source);

/* Closes the source and frees it; its cursors are closed before. */
void source_close(struct source *source);

#endif
