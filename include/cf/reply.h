/*
 * What the statements of a call delivered: for each its columns, rows and cost.
 *
 *	[{"results":{"columns":["id"],"rows":[[1],[2]]},"success":true,
 *	  "meta":{"rows_read":2,...}},...]
 */
#ifndef CF_REPLY_H
#define CF_REPLY_H

#include <stddef.h>
#include <stdint.h>

#include "util/arena.h"
#include "util/buf.h"
#include "util/compiler.h"
#include "util/err.h"
#include "util/json.h"

enum d1_cell_type {
	D1_CELL_NULL,
	D1_CELL_NUMBER, /* its text, and `number` as a double */
	D1_CELL_STRING,
	D1_CELL_BYTES,	 /* a blob */
	D1_CELL_BOOLEAN, /* `number` is 0 or 1 */
};

/*
 * One value as the reply has it, which is less than what was stored: integers
 * beyond 2^53 were rounded, 1.0 became 1 and infinities null on the way.
 */
struct d1_cell {
	enum d1_cell_type type;
	double number;
	const char *data; /* number's text, string, bytes; no NUL after */
	size_t size;
};

struct d1_name {
	const char *data;
	size_t size;
};

/* What a statement cost; -1 where nothing is said. */
struct d1_meta {
	int64_t rows_read;
	int64_t rows_written;
	int64_t changes; /* with those of triggers and foreign keys */
	int64_t last_row_id;
	int64_t size_after;	/* of the database, bytes */
	int64_t total_attempts; /* more than 1: D1 repeated it by itself */
	double duration_ms;
	int served_by_primary; /* 1 or 0 */
	int changed_db;	       /* 1 or 0 */
};

/*
 * What one statement delivered. Some servers name no columns if there are no
 * rows (the Local Explorer of wrangler up to 4.116).
 */
struct d1_result {
	const struct d1_name *columns;
	size_t ncolumns;
	size_t nrows;
	struct d1_cell *cells; /* row after row, ncolumns each */
	struct d1_meta meta;
};

/* What became of the statements of a call. */
enum d1_fate {
	D1_NOT_DONE, /* none had an effect: not sent, or refused */
	D1_UNKNOWN,  /* they may have been carried out or not */
	D1_DONE,
};

/*
 * Also filled if the call failed: `fate` is set then, and `sql_error` is the
 * whole text of the engine's message if a statement failed (err has but its
 * beginning), else NULL. `results` is empty then.
 *
 * All pointers are valid until d1_reply_release().
 */
struct d1_reply {
	enum d1_fate fate;
	const char *sql_error;
	struct d1_result *results;
	size_t nresults;
	struct arena arena;
	struct buf body;
};

/* Makes an empty reply, which may be released. */
void d1_reply_init(struct d1_reply *reply);
void d1_reply_release(struct d1_reply *reply);

/* Frees the results and keeps what is known of the call. */
void d1_reply_clear(struct d1_reply *reply);

/* The cells of a row, result->ncolumns of them. */
const struct d1_cell *d1_result_row(const struct d1_result *result, size_t row);

/*
 * Reads the results of a /raw call into `reply`, where `json` stands in front
 * of the array and reads from reply->body and into reply->arena. A statement
 * without success or an unexpected form is D1_ERROR.
 */
int d1_reply_read(struct d1_reply *reply, struct json *json,
		  struct err *err) MUST_CHECK;

#endif
