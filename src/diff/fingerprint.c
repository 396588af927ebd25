#include "config.h"

#include "diff/fingerprint.h"

enum {
	HALF_BITS = ROWCODE_HALF_BITS,
	HALF_MASK = ROWCODE_HALF_MASK,
	MAX_CODE = FINGERPRINT_ROW_CHUNKS * ROWCODE_CHUNK_NIBBLES / 2 + 1,
};

enum fingerprint_form fingerprint_form_of(enum affinity one,
					  enum affinity other)
{
	if (one == AFFINITY_TEXT && other == AFFINITY_TEXT)
		return FINGERPRINT_TEXT;
	if (one == AFFINITY_INTEGER && other == AFFINITY_INTEGER)
		return FINGERPRINT_INTEGER;
	return FINGERPRINT_ANY;
}

int fingerprint_draw(struct fingerprint_weights *weights, struct err *err)
{
	return rowcode_draw((uint32_t *)weights,
			    sizeof(*weights) / sizeof(uint32_t), err);
}

bool fingerprint_equal(const struct fingerprint_sum *a,
		       const struct fingerprint_sum *b)
{
	return a->unknown == 0 && b->unknown == 0 && a->rows == b->rows &&
	       a->sums[0] == b->sums[0] && a->sums[1] == b->sums[1];
}

bool fingerprint_has_integer_key(const struct fingerprint *fingerprint)
{
	const struct scan *scan = fingerprint->scan;

	return scan->nkey == 1 &&
	       fingerprint->forms[scan->key[0]] == FINGERPRINT_INTEGER;
}

/* ---- the code of a row ---- */

/* The code of a row or of its key. */
struct text {
	struct rowcode code;
	unsigned char bytes[MAX_CODE];
};

static void make_row_text(struct text *text,
			  const struct fingerprint *fingerprint,
			  const struct row *row, size_t chunks)
{
	text->code = (struct rowcode){ .bytes = text->bytes,
				       .limit = rowcode_limit(chunks) };
	for (size_t i = 0; i < fingerprint->scan->ncolumns; i++)
		rowcode_add(&text->code, &row->cells[i], fingerprint->forms[i]);
}

static void make_key_text(struct text *text,
			  const struct fingerprint *fingerprint,
			  const struct row *row, size_t chunks)
{
	const struct scan *scan = fingerprint->scan;

	text->code = (struct rowcode){ .bytes = text->bytes,
				       .limit = rowcode_limit(chunks) };
	for (size_t i = 0; i < scan->nkey; i++)
		rowcode_add(&text->code, &row->cells[scan->key[i]],
			    fingerprint->forms[scan->key[i]]);
}

static void raise_to(size_t *chunks, size_t needed, size_t most)
{
	if (needed > most)
		needed = most;
	if (*chunks < needed)
		*chunks = needed;
}

void fingerprint_fit_chunks(struct fingerprint *fingerprint,
			    const struct row *row)
{
	struct text text;

	make_row_text(&text, fingerprint, row, FINGERPRINT_ROW_CHUNKS);
	raise_to(&fingerprint->row_chunks, rowcode_chunks(&text.code),
		 FINGERPRINT_ROW_CHUNKS);
	if (!fingerprint_has_integer_key(fingerprint)) {
		make_key_text(&text, fingerprint, row, FINGERPRINT_KEY_CHUNKS);
		raise_to(&fingerprint->key_chunks, rowcode_chunks(&text.code),
			 FINGERPRINT_KEY_CHUNKS);
	}
	if (fingerprint->row_chunks >
	    FINGERPRINT_CHUNKS - fingerprint->key_chunks)
		fingerprint->row_chunks =
			FINGERPRINT_CHUNKS - fingerprint->key_chunks;
}

/* ---- the hashes ---- */

static uint64_t hash_integer(int64_t integer, const uint32_t *weights,
			     uint32_t prime)
{
	uint64_t key = (uint64_t)integer;

	return (weights[0] + (key & HALF_MASK) * weights[1] +
		((key >> HALF_BITS) & HALF_MASK) * weights[2] +
		(key >> (2 * HALF_BITS)) * weights[3]) %
	       prime;
}

void fingerprint_add(struct fingerprint_sum *sum,
		     const struct fingerprint *fingerprint,
		     const struct fingerprint_weights *weights,
		     const struct row *row)
{
	const struct value *key = &row->cells[fingerprint->scan->key[0]];
	bool integer_key = fingerprint_has_integer_key(fingerprint);
	struct text row_text, key_text;
	bool unknown;

	make_row_text(&row_text, fingerprint, row, fingerprint->row_chunks);
	make_key_text(&key_text, fingerprint, row, fingerprint->key_chunks);
	unknown = row_text.code.unknown ||
		  rowcode_chunks(&row_text.code) > fingerprint->row_chunks;
	if (integer_key)
		unknown |= key->type != VALUE_INTEGER;
	else
		unknown |= rowcode_chunks(&key_text.code) >
			   fingerprint->key_chunks;
	sum->rows++;
	sum->unknown += unknown;
	for (int j = 0; j < 2 && !unknown; j++) {
		uint32_t prime = rowcode_primes[j];
		uint64_t factor =
			integer_key ? hash_integer(key->integer,
						   weights->key[j], prime)
				    : rowcode_hash(&key_text.code,
						   fingerprint->key_chunks,
						   weights->key[j], prime);
		uint64_t hash =
			rowcode_hash(&row_text.code, fingerprint->row_chunks,
				     weights->row[j], prime);

		sum->sums[j] +=
			factor * factor % prime * factor % prime * hash % prime;
	}
}
