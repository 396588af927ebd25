#include "config.h"

#include "diff/fingerprint.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

enum {
	HALF_BITS = FINGERPRINT_HALF_BITS,
	HALF_MASK = FINGERPRINT_HALF_MASK,
	CHUNK_NIBBLES = 9,
	MAX_TEXT = FINGERPRINT_ROW_CHUNKS * CHUNK_NIBBLES / 2 + 1,
	MAX_INTEGER = 24, /* bytes of an integer's code */
	MAX_REAL = 72,	  /* bytes of a real's code */
};

const uint32_t fingerprint_primes[2] = { 2147483647, 2147483629 };

/* 2^62, and the reals below which not all bits are in the split. */
static const double real_end = 0x1p62;
static const double real_start = 0x1p-67;

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
	unsigned char *bytes = (unsigned char *)weights;
	size_t drawn = 0;

	while (drawn < sizeof(*weights)) {
		ssize_t more =
			getrandom(bytes + drawn, sizeof(*weights) - drawn, 0);

		if (more < 0 && errno != EINTR)
			return err_set_errno(err, "cannot read random numbers");
		if (more > 0)
			drawn += (size_t)more;
	}
	for (int j = 0; j < 2; j++) {
		for (size_t i = 0; i < ARRAY_SIZE(weights->row[j]); i++)
			weights->row[j][i] &= HALF_MASK;
		for (size_t i = 0; i < ARRAY_SIZE(weights->key[j]); i++)
			weights->key[j][i] &= HALF_MASK;
	}
	return 0;
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

size_t fingerprint_text_limit(size_t chunks)
{
	return chunks * CHUNK_NIBBLES / 2 + 1;
}

/* ---- the text of a row ---- */

struct text {
	unsigned char bytes[MAX_TEXT];
	size_t size;
	size_t limit; /* what is beyond is not kept */
	bool unknown; /* a cell has no code */
};

static void text_add(struct text *text, const void *data, size_t size)
{
	size_t room = text->limit - text->size;
	size_t kept = size < room ? size : room;

	if (kept > 0)
		memcpy(text->bytes + text->size, data, kept);
	text->size += kept;
}

static void text_add_string(struct text *text, const char *string)
{
	text_add(text, string, strlen(string));
}

static void add_integer(struct text *text, int64_t integer)
{
	char code[MAX_INTEGER];

	snprintf(code, sizeof(code), "i%" PRId64 ";", integer);
	text_add_string(text, code);
}

/*
 * The conversions cut towards 0, as SQLite's CAST does, and every product is
 * exact: a power of two times what has bits to spare.
 */
static void add_finite(struct text *text, double real)
{
	char code[MAX_REAL];
	double rest = (real - (double)(int64_t)real) * 0x1p60;

	snprintf(code, sizeof(code), "r%" PRId64 ",%" PRId64 ",%" PRId64 ";",
		 (int64_t)real, (int64_t)rest,
		 (int64_t)((rest - (double)(int64_t)rest) * 0x1p60));
	text_add_string(text, code);
}

static void add_real(struct text *text, double real)
{
	if (real == 0 && signbit(real))
		text_add_string(text, "r-0;");
	else if (isinf(real))
		text_add_string(text, real > 0 ? "r+;" : "r-;");
	else if (real == 0 ||
		 (fabs(real) >= real_start && fabs(real) < real_end))
		add_finite(text, real);
	else
		text->unknown = true;
}

static void add_bytes(struct text *text, char tag, const struct value *value)
{
	char head[MAX_INTEGER];

	snprintf(head, sizeof(head), "%c%zu:", tag, value->size);
	text_add_string(text, head);
	text_add(text, value->data, value->size);
}

static void add_value(struct text *text, const struct value *value,
		      enum fingerprint_form form)
{
	switch (value->type) {
	case VALUE_NULL:
		text_add_string(text, "n");
		break;
	case VALUE_INTEGER:
		if (form == FINGERPRINT_TEXT)
			text->unknown = true;
		else
			add_integer(text, value->integer);
		break;
	case VALUE_REAL:
		if (form == FINGERPRINT_ANY)
			add_real(text, value->real);
		else
			text->unknown = true;
		break;
	case VALUE_TEXT:
		add_bytes(text, 't', value);
		break;
	case VALUE_BLOB:
		add_bytes(text, 'b', value);
		break;
	}
}

static void make_row_text(struct text *text,
			  const struct fingerprint *fingerprint,
			  const struct row *row, size_t chunks)
{
	*text = (struct text){ .limit = fingerprint_text_limit(chunks) };
	for (size_t i = 0; i < fingerprint->scan->ncolumns; i++)
		add_value(text, &row->cells[i], fingerprint->forms[i]);
}

static void make_key_text(struct text *text,
			  const struct fingerprint *fingerprint,
			  const struct row *row, size_t chunks)
{
	const struct scan *scan = fingerprint->scan;

	*text = (struct text){ .limit = fingerprint_text_limit(chunks) };
	for (size_t i = 0; i < scan->nkey; i++)
		add_value(text, &row->cells[scan->key[i]],
			  fingerprint->forms[scan->key[i]]);
}

static size_t count_chunks(const struct text *text)
{
	return (2 * text->size + CHUNK_NIBBLES - 1) / CHUNK_NIBBLES;
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
	raise_to(&fingerprint->row_chunks, count_chunks(&text),
		 FINGERPRINT_ROW_CHUNKS);
	if (!fingerprint_has_integer_key(fingerprint)) {
		make_key_text(&text, fingerprint, row, FINGERPRINT_KEY_CHUNKS);
		raise_to(&fingerprint->key_chunks, count_chunks(&text),
			 FINGERPRINT_KEY_CHUNKS);
	}
	if (fingerprint->row_chunks >
	    FINGERPRINT_CHUNKS - fingerprint->key_chunks)
		fingerprint->row_chunks =
			FINGERPRINT_CHUNKS - fingerprint->key_chunks;
}

/* ---- the hashes ---- */

/* The number whose digits are hex(hex()) of the chunk's half bytes. */
static uint64_t read_chunk(const struct text *text, size_t chunk)
{
	size_t end = (chunk + 1) * CHUNK_NIBBLES;
	uint64_t number = 0;

	if (end > 2 * text->size)
		end = 2 * text->size;
	for (size_t i = chunk * CHUNK_NIBBLES; i < end; i++) {
		unsigned byte = text->bytes[i / 2];
		unsigned nibble = i % 2 ? byte & 15 : byte >> 4;

		/* '0' is 30 in hexadecimal, 'A' is 41 */
		number = number * 100 +
			 (nibble < 10 ? 30 + nibble : 41 + nibble - 10);
	}
	return number;
}

/* Chunks after the end of the text are 0 and add nothing. */
static uint64_t hash_text(const struct text *text, size_t chunks,
			  const uint32_t *weights, uint32_t prime)
{
	const uint32_t *low = weights + 1;
	const uint32_t *high = low + chunks;
	uint64_t hash = weights[0];

	for (size_t i = 0; i < chunks && i < count_chunks(text); i++) {
		uint64_t chunk = read_chunk(text, i);

		hash += (chunk & HALF_MASK) * low[i] % prime;
		hash += (chunk >> HALF_BITS) * high[i] % prime;
	}
	return hash % prime;
}

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
	unknown = row_text.unknown ||
		  count_chunks(&row_text) > fingerprint->row_chunks;
	if (integer_key)
		unknown |= key->type != VALUE_INTEGER;
	else
		unknown |= count_chunks(&key_text) > fingerprint->key_chunks;
	sum->rows++;
	sum->unknown += unknown;
	for (int j = 0; j < 2 && !unknown; j++) {
		uint32_t prime = fingerprint_primes[j];
		uint64_t factor =
			integer_key
				? hash_integer(key->integer, weights->key[j],
					       prime)
				: hash_text(&key_text, fingerprint->key_chunks,
					    weights->key[j], prime);
		uint64_t hash = hash_text(&row_text, fingerprint->row_chunks,
					  weights->row[j], prime);

		sum->sums[j] +=
			factor * factor % prime * factor % prime * hash % prime;
	}
}
