#include "config.h"

#include "diff/fingerprint_sql.h"

#include <inttypes.h>
#include <math.h>

#include "model/literal.h"
#include "source/select.h"

enum {
	HALF_BITS = ROWCODE_HALF_BITS,
	HALF_MASK = ROWCODE_HALF_MASK,
	CHUNK_DIGITS = 2 * ROWCODE_CHUNK_NIBBLES,
	ANSWER_CELLS = 5,
	MAX_DIGITS = 19, /* of a number below 2^63 */
};

/* Limits of D1. */
enum {
	D1_STATEMENT = 100000,
	D1_COLUMNS = 100,
	/* of 25,000 it reaches 21,504: its array of steps doubles from 42 */
	D1_STEPS = 21504,
	/* an expression may be 100 deep; a key's comparison is one a column */
	MAX_KEY = 64,
};

/* Outside, SQLite 3.47 rounds some decimals to the wrong double. */
static const double exact_real_start = 1e-60;
static const double exact_real_end = 1e100;

/*
 * The digits of rowcode_sql_add(). No cell, and not the whole, is longer than
 * needed to see that it is too long: the digits of a long row would pass the
 * limit of a value. As a blob, they let substr() find its place without
 * counting characters.
 */
static void add_digits(struct buf *sql, const struct fingerprint *fingerprint,
		       const size_t *cells, size_t count, size_t chunks)
{
	size_t limit = rowcode_limit(chunks);

	buf_add_string(sql, "CAST(hex(hex(substr(CAST(");
	rowcode_sql_add(sql, fingerprint->forms, cells, count, limit);
	buf_add_format(sql, " AS BLOB),1,%zu))) AS BLOB)", limit);
}

/* hash_integer() of column k */
static void add_integer_hash(struct buf *sql, const uint32_t *weights,
			     uint32_t prime)
{
	buf_add_format(sql,
		       "(%" PRIu32 "+(k&%d)*%" PRIu32 "+((k>>%d)&%d)*%" PRIu32
		       "+((k>>%d)&15)*%" PRIu32 ")%%%" PRIu32,
		       weights[0], HALF_MASK, weights[1], HALF_BITS, HALF_MASK,
		       weights[2], 2 * HALF_BITS, weights[3], prime);
}

/*
 * A value as a bound. The + takes the affinity from the CAST, so that only
 * that of the key counts, as it does for a bound parameter.
 */
static void add_bound_value(struct buf *sql, const struct value *value)
{
	if (value->type != VALUE_TEXT) {
		literal_add(sql, value);
		return;
	}
	buf_add_string(sql, "+CAST(x'");
	buf_add_hex(sql, value->data, value->size);
	buf_add_string(sql, "' AS TEXT)");
}

static void add_bound(struct buf *sql, const struct scan *scan,
		      const struct value *bound)
{
	for (size_t i = 0; i < scan->nkey; i++) {
		buf_add_char(sql, i > 0 ? ',' : '(');
		add_bound_value(sql, &bound[i]);
	}
	buf_add_char(sql, ')');
}

/* (q0,q1)<=(...), under the collations of the key */
static void add_upto_bound(struct buf *sql, const struct scan *scan,
			   const struct value *bound)
{
	for (size_t i = 0; i < scan->nkey; i++)
		buf_add_format(sql, "%cq%zu COLLATE %s", i > 0 ? ',' : '(',
			       scan->key[i],
			       collation_name(scan->collations[i]));
	buf_add_string(sql, ")<=");
	add_bound(sql, scan, bound);
}

/*
 * The group: a binary search among the bounds `low` to before `high`. Unlike a
 * join with the ranges it needs no index, and no row can be in none of them.
 */
static void add_group(struct buf *sql, const struct fingerprint *fingerprint,
		      size_t low, size_t high)
{
	const struct scan *scan = fingerprint->scan;
	size_t middle = low + (high - low) / 2;

	if (low == high) {
		buf_add_format(sql, "%zu", low);
		return;
	}
	buf_add_string(sql, "CASE WHEN ");
	add_upto_bound(sql, scan, fingerprint->bounds + middle * scan->nkey);
	buf_add_string(sql, " THEN ");
	add_group(sql, fingerprint, low, middle);
	buf_add_string(sql, " ELSE ");
	add_group(sql, fingerprint, middle + 1, high);
	buf_add_string(sql, " END");
}

/* The one range that is looked at. */
static struct key_range range_of(const struct scan *scan)
{
	return scan->nranges ? scan->ranges[0]
			     : (struct key_range){ NULL, NULL };
}

/* An end of the range, in the terms of source_scan(). */
static void add_end(struct buf *sql, const struct scan *scan, bool *any,
		    const char *operator, const struct value * bound)
{
	if (!bound)
		return;
	select_add_condition(sql, any);
	for (size_t i = 0; i < scan->nkey; i++) {
		buf_add_char(sql, i > 0 ? ',' : '(');
		select_add_column(sql, scan->table,
				  scan->columns[scan->key[i]]);
		buf_add_format(sql, " COLLATE %s",
			       select_collation(scan, i, "BINARY"));
	}
	buf_add_format(sql, ")%s", operator);
	add_bound(sql, scan, bound);
}

/* The rows, their cells as q0, q1, ...: short, and no name of the user's. */
static void add_rows(struct buf *sql, const struct scan *scan)
{
	bool any;

	for (size_t i = 0; i < scan->ncolumns; i++) {
		buf_add_string(sql, i > 0 ? "," : "SELECT ");
		select_add_column(sql, scan->table, scan->columns[i]);
		buf_add_format(sql, " AS q%zu", i);
	}
	buf_add_string(sql, " FROM ");
	select_add_table(sql, scan->table);
	select_add_where(sql, scan, &any);
	add_end(sql, scan, &any, ">", range_of(scan).after);
	add_end(sql, scan, &any, "<=", range_of(scan).upto);
}

/* Of each row: its group g, digits z, and its key k or the key's digits y. */
static void add_texts(struct buf *sql, const struct fingerprint *fingerprint)
{
	const struct scan *scan = fingerprint->scan;

	buf_add_string(sql, "SELECT ");
	add_group(sql, fingerprint, 0, fingerprint->nbounds);
	if (fingerprint_has_integer_key(fingerprint)) {
		buf_add_format(sql, " AS g,q%zu AS k,", scan->key[0]);
	} else {
		buf_add_string(sql, " AS g,");
		add_digits(sql, fingerprint, scan->key, scan->nkey,
			   fingerprint->key_chunks);
		buf_add_string(sql, " AS y,");
	}
	add_digits(sql, fingerprint, NULL, scan->ncolumns,
		   fingerprint->row_chunks);
	buf_add_string(sql, " AS z FROM (");
	add_rows(sql, scan);
	buf_add_string(sql, ") LIMIT -1");
}

/*
 * Of each row: g, u if it is unknown, chunks c0, c1, ..., and k or the key's
 * chunks d0, d1, ...
 */
static void add_numbers(struct buf *sql, const struct fingerprint *fingerprint)
{
	buf_add_format(sql, "SELECT g,length(z) NOT BETWEEN 1 AND %zu OR ",
		       CHUNK_DIGITS * fingerprint->row_chunks);
	if (fingerprint_has_integer_key(fingerprint)) {
		buf_add_string(sql, "typeof(k)<>'integer' AS u,k");
	} else {
		buf_add_format(sql, "length(y)>%zu AS u",
			       CHUNK_DIGITS * fingerprint->key_chunks);
		rowcode_sql_add_chunks(sql, 'y', 'd', fingerprint->key_chunks);
	}
	rowcode_sql_add_chunks(sql, 'z', 'c', fingerprint->row_chunks);
	buf_add_string(sql, " FROM (");
	add_texts(sql, fingerprint);
	buf_add_string(sql, ") LIMIT -1");
}

/* Of each row: g, u, the hashes a0, a1 of the key and h0, h1 of the row. */
static void add_hashes(struct buf *sql, const struct fingerprint *fingerprint,
		       const struct fingerprint_weights *weights)
{
	buf_add_string(sql, "SELECT g,u");
	for (int j = 0; j < 2; j++) {
		uint32_t prime = rowcode_primes[j];

		buf_add_char(sql, ',');
		if (fingerprint_has_integer_key(fingerprint))
			add_integer_hash(sql, weights->key[j], prime);
		else
			rowcode_sql_add_hash(sql, 'd', fingerprint->key_chunks,
					     fingerprint->key_chunks,
					     weights->key[j], prime);
		buf_add_format(sql, " AS a%d,", j);
		rowcode_sql_add_hash(sql, 'c', fingerprint->row_chunks,
				     fingerprint->row_chunks, weights->row[j],
				     prime);
		buf_add_format(sql, " AS h%d", j);
	}
	buf_add_string(sql, " FROM (");
	add_numbers(sql, fingerprint);
	buf_add_string(sql, ") LIMIT -1");
}

/*
 * LIMIT -1 on each level keeps SQLite from merging it into the next one, where
 * each use of a column would compute it again. A sum is NULL if no row of the
 * group has a text. All answers are texts, because a number of JSON may be
 * rounded.
 */
static void add_select(struct buf *sql, const struct fingerprint *fingerprint,
		       const struct fingerprint_weights *weights)
{
	buf_add_string(sql, "SELECT CAST(g AS TEXT),CAST(count(*) AS TEXT),"
			    "CAST(sum(u) AS TEXT)");
	for (int j = 0; j < 2; j++) {
		uint32_t prime = rowcode_primes[j];

		buf_add_format(sql,
			       ",CAST(ifnull(sum(a%d*a%d%%%" PRIu32
			       "*a%d%%%" PRIu32 "*h%d%%%" PRIu32
			       "),0) AS TEXT)",
			       j, j, prime, j, prime, j, prime);
	}
	buf_add_string(sql, " FROM (");
	add_hashes(sql, fingerprint, weights);
	buf_add_string(sql, ") GROUP BY g ORDER BY g");
}

/* True unless an engine of D1 may read another number than was written. */
static bool is_exact_in_sql(const struct value *value)
{
	return value->type != VALUE_REAL || value->real == 0 ||
	       isinf(value->real) ||
	       (fabs(value->real) >= exact_real_start &&
		fabs(value->real) <= exact_real_end);
}

static bool are_exact_in_sql(const struct value *values, size_t count)
{
	for (size_t i = 0; values && i < count; i++)
		if (!is_exact_in_sql(&values[i]))
			return false;
	return true;
}

/* No less than the steps of SQLite's program, as 3.40 and 3.47 have them. */
static size_t estimate_steps(const struct fingerprint *fingerprint)
{
	const struct scan *scan = fingerprint->scan;

	return 300 + 32 * (fingerprint->row_chunks + fingerprint->key_chunks) +
	       95 * (scan->ncolumns + scan->nkey) +
	       fingerprint->nbounds * (7 * scan->nkey + 1);
}

static bool is_possible(const struct fingerprint *fingerprint)
{
	const struct scan *scan = fingerprint->scan;

	return scan->rows == SCAN_KEYED && !scan->only && scan->nkey > 0 &&
	       scan->nkey <= MAX_KEY && scan->ncolumns <= D1_COLUMNS &&
	       fingerprint->row_chunks <= FINGERPRINT_ROW_CHUNKS &&
	       fingerprint->key_chunks <= FINGERPRINT_KEY_CHUNKS &&
	       fingerprint->row_chunks + fingerprint->key_chunks <=
		       FINGERPRINT_CHUNKS &&
	       fingerprint->nbounds < D1_STATEMENT &&
	       estimate_steps(fingerprint) <= D1_STEPS &&
	       are_exact_in_sql(range_of(scan).after, scan->nkey) &&
	       are_exact_in_sql(range_of(scan).upto, scan->nkey) &&
	       are_exact_in_sql(fingerprint->bounds,
				fingerprint->nbounds * scan->nkey);
}

int fingerprint_sql(struct buf *sql, bool *fits,
		    const struct fingerprint *fingerprint,
		    const struct fingerprint_weights *weights, struct err *err)
{
	size_t start = sql->len;

	*fits = false;
	if (!is_possible(fingerprint))
		return 0;
	add_select(sql, fingerprint, weights);
	if (buf_check(sql, "a statement", err) < 0)
		return err->code;
	*fits = sql->len - start <= D1_STATEMENT;
	if (!*fits)
		buf_truncate(sql, start);
	return 0;
}

/* ---- the answer ---- */

/* A decimal number and nothing else: sums that passed 2^63 would show. */
static bool read_number(uint64_t *number, const struct value *value)
{
	*number = 0;
	if (value->type != VALUE_TEXT || value->size == 0 ||
	    value->size > MAX_DIGITS)
		return false;
	for (size_t i = 0; i < value->size; i++) {
		if (value->data[i] < '0' || value->data[i] > '9')
			return false;
		*number = *number * 10 + (uint64_t)(value->data[i] - '0');
	}
	return true;
}

int fingerprint_sql_read(size_t *group, struct fingerprint_sum *sum,
			 const struct fingerprint *fingerprint,
			 const struct row *answer, struct err *err)
{
	struct fingerprint_sum read;
	uint64_t number;

	if (answer->ncells != ANSWER_CELLS ||
	    !read_number(&number, &answer->cells[0]) ||
	    number > fingerprint->nbounds ||
	    !read_number(&read.rows, &answer->cells[1]) ||
	    !read_number(&read.unknown, &answer->cells[2]) ||
	    !read_number(&read.sums[0], &answer->cells[3]) ||
	    !read_number(&read.sums[1], &answer->cells[4]))
		return err_set(err, D1_EUNREACHABLE,
			       "the answer is no fingerprint of table '%s'",
			       fingerprint->scan->table->name);
	*group = (size_t)number;
	*sum = read;
	return 0;
}
