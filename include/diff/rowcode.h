/*
 * The code of a row's cells, and hashes of it: in C, and as SQL for a SQLite
 * that can only be sent statements (D1), which has no hash of its own.
 *
 * A row's code is one for each of its cells, one after another; no two rows
 * have the same:
 *
 *   NULL      n
 *   integer   i<decimal>;
 *   text      t<bytes>:<the bytes>
 *   blob      b<bytes>:<the bytes>
 *   real      r<a>,<b>,<d>; the whole part a, and two times 60 bits after it
 *             r-0; is -0.0, r+; and r-; are the infinities
 *
 * The code is cut into chunks of nine half bytes, of which a multilinear hash
 * is taken modulo a prime, under weights that nobody could know when the rows
 * were written. Codes that differ have the same hash with a probability of
 * 2^-30.
 */
#ifndef DIFF_ROWCODE_H
#define DIFF_ROWCODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/value.h"
#include "util/buf.h"
#include "util/compiler.h"
#include "util/err.h"

enum {
	ROWCODE_CHUNK_NIBBLES = 9,
	/* A chunk, and a weight, is hashed in halves of 30 bits. */
	ROWCODE_HALF_BITS = 30,
	ROWCODE_HALF_MASK = (1 << ROWCODE_HALF_BITS) - 1,
};

/* What hashes are taken modulo: below 2^31. */
extern const uint32_t rowcode_primes[2];

/* What a column is taken to hold: the less, the cheaper. */
enum fingerprint_form {
	FINGERPRINT_ANY,
	FINGERPRINT_TEXT,    /* no number: one makes its row unknown */
	FINGERPRINT_INTEGER, /* no real: one makes its row unknown */
};

struct rowcode {
	unsigned char *bytes; /* the caller's, with room for `limit` */
	size_t size;
	size_t limit; /* what is beyond is not kept */
	/* A cell has no code: it does not fit its form, or is a real that is
	 * not 0 and outside 2^-67 <= |x| < 2^62. */
	bool unknown;
};

void rowcode_add(struct rowcode *code, const struct value *value,
		 enum fingerprint_form form);

size_t rowcode_chunks(const struct rowcode *code);

/*
 * How many bytes of a code are looked at: one more than that many chunks hold,
 * so that a code that is too long is seen to be.
 */
size_t rowcode_limit(size_t chunks);

/* Draws weights, below 2^30, from the system's random source. */
int rowcode_draw(uint32_t *weights, size_t count, struct err *err) MUST_CHECK;

/*
 * The hash of the first chunks, at most `stride`. weights: the constant, then
 * for each of `stride` chunks that of the low half, then of the high halves.
 */
uint64_t rowcode_hash(const struct rowcode *code, size_t stride,
		      const uint32_t *weights, uint32_t prime);

/*
 * Appends the code of `count` cells, which a SELECT calls q0, q1, ...: those
 * at `cells`, or if that is NULL the first ones. Of a text or blob `limit`
 * bytes are taken at most. It is NULL if a cell has no code.
 */
void rowcode_sql_add(struct buf *sql, const enum fingerprint_form *forms,
		     const size_t *cells, size_t count, size_t limit);

/*
 * Appends ",... AS c0,... AS c1" of the chunks, `column` being c, of the digits
 * hex(hex(code)), which a SELECT calls `digits` and which are a blob.
 */
void rowcode_sql_add_chunks(struct buf *sql, char digits, char column,
			    size_t chunks);

/* Appends rowcode_hash() of the chunks, which a SELECT calls c0, c1, ... */
void rowcode_sql_add_hash(struct buf *sql, char column, size_t chunks,
			  size_t stride, const uint32_t *weights,
			  uint32_t prime);

#endif
