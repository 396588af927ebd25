#include "config.h"

#include "diff/rowcode.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

enum {
	HALF_BITS = ROWCODE_HALF_BITS,
	HALF_MASK = ROWCODE_HALF_MASK,
	CHUNK_NIBBLES = ROWCODE_CHUNK_NIBBLES,
	CHUNK_DIGITS = 2 * CHUNK_NIBBLES,
	/* 7 * 2^60 < 2^63: more products must be reduced before */
	PRODUCTS = 7,
	MAX_INTEGER = 24, /* bytes of an integer's code */
	MAX_REAL = 72,	  /* bytes of a real's code */
};

const uint32_t rowcode_primes[2] = { 2147483647, 2147483629 };

/* 2^62, and the reals below which not all bits are in the split. */
static const double real_end = 0x1p62;
static const double real_start = 0x1p-67;

/* ---- in C ---- */

static void code_add(struct rowcode *code, const void *data, size_t size)
{
	size_t room = code->limit - code->size;
	size_t kept = size < room ? size : room;

	if (kept > 0)
		memcpy(code->bytes + code->size, data, kept);
	code->size += kept;
}

static void code_add_string(struct rowcode *code, const char *string)
{
	code_add(code, string, strlen(string));
}

static void add_integer(struct rowcode *code, int64_t integer)
{
	char digits[MAX_INTEGER];

	snprintf(digits, sizeof(digits), "i%" PRId64 ";", integer);
	code_add_string(code, digits);
}

/*
 * The conversions cut towards 0, as SQLite's CAST does, and every product is
 * exact: a power of two times what has bits to spare.
 */
static void add_finite(struct rowcode *code, double real)
{
	char digits[MAX_REAL];
	double rest = (real - (double)(int64_t)real) * 0x1p60;

	snprintf(digits, sizeof(digits),
		 "r%" PRId64 ",%" PRId64 ",%" PRId64 ";", (int64_t)real,
		 (int64_t)rest,
		 (int64_t)((rest - (double)(int64_t)rest) * 0x1p60));
	code_add_string(code, digits);
}

static void add_real(struct rowcode *code, double real)
{
	if (real == 0 && signbit(real))
		code_add_string(code, "r-0;");
	else if (isinf(real))
		code_add_string(code, real > 0 ? "r+;" : "r-;");
	else if (real == 0 ||
		 (fabs(real) >= real_start && fabs(real) < real_end))
		add_finite(code, real);
	else
		code->unknown = true;
}

static void add_bytes(struct rowcode *code, char tag, const struct value *value)
{
	char head[MAX_INTEGER];

	snprintf(head, sizeof(head), "%c%zu:", tag, value->size);
	code_add_string(code, head);
	code_add(code, value->data, value->size);
}

void rowcode_add(struct rowcode *code, const struct value *value,
		 enum fingerprint_form form)
{
	switch (value->type) {
	case VALUE_NULL:
		code_add_string(code, "n");
		break;
	case VALUE_INTEGER:
		if (form == FINGERPRINT_TEXT)
			code->unknown = true;
		else
			add_integer(code, value->integer);
		break;
	case VALUE_REAL:
		if (form == FINGERPRINT_ANY)
			add_real(code, value->real);
		else
			code->unknown = true;
		break;
	case VALUE_TEXT:
		add_bytes(code, 't', value);
		break;
	case VALUE_BLOB:
		add_bytes(code, 'b', value);
		break;
	}
}

size_t rowcode_chunks(const struct rowcode *code)
{
	return (2 * code->size + CHUNK_NIBBLES - 1) / CHUNK_NIBBLES;
}

size_t rowcode_limit(size_t chunks)
{
	return chunks * CHUNK_NIBBLES / 2 + 1;
}

int rowcode_draw(uint32_t *weights, size_t count, struct err *err)
{
	unsigned char *bytes = (unsigned char *)weights;
	size_t drawn = 0;

	while (drawn < count * sizeof(*weights)) {
		ssize_t more = getrandom(bytes + drawn,
					 count * sizeof(*weights) - drawn, 0);

		if (more < 0 && errno != EINTR)
			return err_set_errno(err, "cannot read random numbers");
		if (more > 0)
			drawn += (size_t)more;
	}
	for (size_t i = 0; i < count; i++)
		weights[i] &= HALF_MASK;
	return 0;
}

/* The number whose digits are hex(hex()) of the chunk's half bytes. */
static uint64_t read_chunk(const struct rowcode *code, size_t chunk)
{
	size_t end = (chunk + 1) * CHUNK_NIBBLES;
	uint64_t number = 0;

	if (end > 2 * code->size)
		end = 2 * code->size;
	for (size_t i = chunk * CHUNK_NIBBLES; i < end; i++) {
		unsigned byte = code->bytes[i / 2];
		unsigned nibble = i % 2 ? byte & 15 : byte >> 4;

		/* '0' is 30 in hexadecimal, 'A' is 41 */
		number = number * 100 +
			 (nibble < 10 ? 30 + nibble : 41 + nibble - 10);
	}
	return number;
}

/* Chunks after the end of the text are 0 and add nothing. */
uint64_t rowcode_hash(const struct rowcode *code, size_t stride,
		      const uint32_t *weights, uint32_t prime)
{
	const uint32_t *low = weights + 1;
	const uint32_t *high = low + stride;
	uint64_t hash = weights[0];

	for (size_t i = 0; i < stride && i < rowcode_chunks(code); i++) {
		uint64_t chunk = read_chunk(code, i);

		hash += (chunk & HALF_MASK) * low[i] % prime;
		hash += (chunk >> HALF_BITS) * high[i] % prime;
	}
	return hash % prime;
}

/* ---- in SQL ---- */

/*
 * The code of a cell: @ is the cell, # how many bytes of it are needed. Where
 * no branch of a CASE holds it is NULL, and then so is the text of its row;
 * hex() makes '' of that, the digits of no row. The substr() of an empty blob
 * is NULL, too. Nothing but atan2() tells -0.0 from 0.0 alike in all versions.
 */
#define CODE_OF_OTHERS \
	"CASE typeof(@) WHEN 'null' THEN 'n'" \
	" WHEN 'text' THEN 't'||length(CAST(@ AS BLOB))||':'" \
	"||ifnull(substr(CAST(@ AS BLOB),1,#),'')" \
	" WHEN 'blob' THEN 'b'||length(@)||':'||ifnull(substr(@,1,#),'')"
#define CODE_OF_INTEGER " WHEN 'integer' THEN 'i'||@||';'"
#define WHOLE "CAST(@ AS INTEGER)"
#define REST "((@-" WHOLE ")*(1<<60))"
#define WHOLE_REST "CAST(" REST " AS INTEGER)"
#define LAST_REST "CAST((" REST "-" WHOLE_REST ")*(1<<60) AS INTEGER)"
#define CODE_OF_REAL \
	" WHEN 'real' THEN CASE" \
	" WHEN @=0 THEN iif(atan2(@,-1)<0,'r-0;','r0,0,0;')" \
	" WHEN @=9e999 THEN 'r+;' WHEN @=-9e999 THEN 'r-;'" \
	" WHEN @<(1<<62) AND @>-(1<<62)" \
	" AND (@*(1<<60)>=0.0078125 OR @*(1<<60)<=-0.0078125)" \
	" THEN 'r'||" WHOLE "||','||" WHOLE_REST "||','||" LAST_REST \
	"||';' END"

static const char *const codes[] = {
	[FINGERPRINT_ANY] = CODE_OF_OTHERS CODE_OF_INTEGER CODE_OF_REAL " END",
	[FINGERPRINT_TEXT] = CODE_OF_OTHERS " END",
	[FINGERPRINT_INTEGER] = CODE_OF_OTHERS CODE_OF_INTEGER " END",
};

/* The code of a cell, which the SELECT calls q<cell>. */
static void add_code(struct buf *sql, const char *code, size_t cell,
		     size_t limit)
{
	for (; *code; code++) {
		if (*code == '@')
			buf_add_format(sql, "q%zu", cell);
		else if (*code == '#')
			buf_add_format(sql, "%zu", limit);
		else
			buf_add_char(sql, *code);
	}
}

/*
 * The text of `count` cells: those at `cells`, or if that is NULL the first
 * ones. A chain of || would be too deep for D1, so it is a balanced tree.
 */
static void add_text(struct buf *sql, const enum fingerprint_form *forms,
		     const size_t *cells, size_t first, size_t count,
		     size_t limit)
{
	size_t half = count / 2;

	if (count == 1) {
		size_t cell = cells ? cells[first] : first;

		add_code(sql, codes[forms[cell]], cell, limit);
		return;
	}
	buf_add_char(sql, '(');
	add_text(sql, forms, cells, first, half, limit);
	buf_add_string(sql, "||");
	add_text(sql, forms, cells, first + half, count - half, limit);
	buf_add_char(sql, ')');
}

void rowcode_sql_add(struct buf *sql, const enum fingerprint_form *forms,
		     const size_t *cells, size_t count, size_t limit)
{
	add_text(sql, forms, cells, 0, count, limit);
}

/* The chunks of the digits in column `digits`, as columns c0, c1, ... */
void rowcode_sql_add_chunks(struct buf *sql, char digits, char column,
			    size_t chunks)
{
	for (size_t i = 0; i < chunks; i++)
		buf_add_format(sql,
			       ",CAST(substr(%c,%zu,%d) AS INTEGER)"
			       " AS %c%zu",
			       digits, 1 + CHUNK_DIGITS * i, CHUNK_DIGITS,
			       column, i);
}

/* rowcode_hash() of the chunks in columns c0, c1, ... */
void rowcode_sql_add_hash(struct buf *sql, char column, size_t chunks,
			  size_t stride, const uint32_t *weights,
			  uint32_t prime)
{
	const uint32_t *low = weights + 1;
	const uint32_t *high = low + stride;

	buf_add_format(sql, "(%" PRIu32, weights[0]);
	for (size_t i = 0; i < 2 * chunks; i++) {
		buf_add_string(sql, i % PRODUCTS == 0 ? "+(" : "+");
		if (i < chunks)
			buf_add_format(sql, "(%c%zu&%d)*%" PRIu32, column, i,
				       HALF_MASK, low[i]);
		else
			buf_add_format(sql, "(%c%zu>>%d)*%" PRIu32, column,
				       i - chunks, HALF_BITS, high[i - chunks]);
		if (i % PRODUCTS == PRODUCTS - 1 || i == 2 * chunks - 1)
			buf_add_format(sql, ")%%%" PRIu32, prime);
	}
	buf_add_format(sql, ")%%%" PRIu32, prime);
}
