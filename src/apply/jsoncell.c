#include "config.h"

#include "apply/jsoncell.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "model/number.h"
#include "util/jsonstring.h"
#include "util/utf8.h"

enum {
	BEYOND = 2000, /* an exponent that no real has */
	SAFE_DIGITS = 15,
};

/*
 * True for a decimal that every engine reads as the double next to it: its
 * digits are a double, and so few places after the point leave it far enough
 * from the middle between two doubles.
 */
static bool is_safe_decimal(const char *text)
{
	size_t digits = 0, places = 0;
	bool point = false;

	for (text += *text == '-'; *text; text++) {
		if (*text == '.') {
			point = true;
			continue;
		}
		if (*text < '0' || *text > '9')
			return false;
		digits += digits > 0 || *text != '0';
		places += point;
	}
	return point && digits <= SAFE_DIGITS && places <= SAFE_DIGITS;
}

/* True if the real was added as a number of JSON. */
static bool add_decimal(struct buf *json, const struct value *value)
{
	char text[NUMBER_MAX_SIZE];

	if (value->real == 0 && signbit(value->real))
		return false;
	(void)!number_write(text, value);
	if (!is_safe_decimal(text))
		return false;
	buf_add_string(json, text);
	return true;
}

/* m * 2^e: engines read decimal text inexactly, and lose the sign of zero. */
static void add_real(struct buf *json, double real)
{
	int64_t mantissa;
	int exponent;

	if (isinf(real) || real == 0) {
		buf_add_format(json, "[\"r\",%d,%d]", signbit(real) ? -1 : 1,
			       isinf(real) ? BEYOND : -BEYOND);
		return;
	}
	number_split(real, &mantissa, &exponent);
	buf_add_format(json, "[\"r\",%" PRId64 ",%d]", mantissa, exponent);
}

static void add_hex(struct buf *json, char letter, const struct value *value)
{
	buf_add_format(json, "[\"%c\",\"", letter);
	buf_add_hex(json, value->data, value->size);
	buf_add_string(json, "\"]");
}

static void add_text(struct buf *json, const char *text, size_t size,
		     bool literal)
{
	if (literal)
		jsonstring_add_literal(json, text, size);
	else if (memchr(text, '\'', size))
		jsonstring_add(json, text, size);
	else
		jsonstring_add_single(json, text, size);
}

void jsoncell_add(struct buf *json, const struct value *value, bool literal,
		  unsigned int *forms)
{
	const char *text = value->size ? value->data : "";

	switch (value->type) {
	case VALUE_NULL:
		buf_add_string(json, "null");
		return;
	case VALUE_INTEGER:
		buf_add_format(json, "%" PRId64, value->integer);
		return;
	case VALUE_REAL:
		if (value->real == 0)
			*forms |= CELL_ZERO;
		if (add_decimal(json, value))
			return;
		add_real(json, value->real);
		break;
	case VALUE_TEXT:
		/* older engines end a JSON string at a NUL */
		if (!utf8_valid(text, value->size) ||
		    memchr(text, '\0', value->size)) {
			add_hex(json, 'x', value);
			break;
		}
		add_text(json, text, value->size, literal);
		return;
	case VALUE_BLOB:
		add_hex(json, 'b', value);
		break;
	}
	*forms |= CELL_SPECIAL;
}

void jsoncell_add_staged(struct buf *json, const struct value *value,
			 uint64_t n, unsigned int *forms)
{
	*forms |= CELL_STAGED;
	buf_add_format(json, "[\"%c\",%" PRIu64 "]",
		       value->type == VALUE_TEXT ? 't' : 'c', n);
}

static void add_pieces(struct buf *sql, size_t n, const char *stage)
{
	buf_add_format(sql,
		       "(SELECT group_concat(v,'' ORDER BY n) FROM %s"
		       " WHERE c=j.value->>'$[%zu][1]')",
		       stage, n);
}

void jsoncell_add_decode(struct buf *sql, size_t n, unsigned int forms,
			 const char *stage)
{
	if (!(forms & (CELL_SPECIAL | CELL_STAGED))) {
		buf_add_format(sql, "(j.value->>%zu)", n);
		return;
	}
	buf_add_format(sql,
		       "(CASE json_type(j.value,'$[%zu]') WHEN 'array' THEN"
		       " CASE j.value->>'$[%zu][0]' WHEN 'b' THEN"
		       " unhex(j.value->>'$[%zu][1]') WHEN 'x' THEN"
		       " CAST(unhex(j.value->>'$[%zu][1]') AS TEXT)",
		       n, n, n, n);
	if (forms & CELL_STAGED) {
		buf_add_string(sql, " WHEN 't' THEN CAST(");
		add_pieces(sql, n, stage);
		buf_add_string(sql, " AS TEXT) WHEN 'c' THEN CAST(");
		add_pieces(sql, n, stage);
		buf_add_string(sql, " AS BLOB)");
	}
	buf_add_format(sql,
		       " ELSE (j.value->>'$[%zu][1]')*"
		       "pow(2.0,j.value->>'$[%zu][2]') END"
		       " ELSE j.value->>%zu END)",
		       n, n, n);
}

void jsoncell_add_same(struct buf *sql, const char *a, const char *x,
		       unsigned int forms)
{
	buf_add_format(sql,
		       "(typeof(%s)=typeof(%s) AND %s IS %s COLLATE BINARY", a,
		       x, a, x);
	/* both zeros are equal to each other; nothing else tells them apart */
	if (forms & CELL_ZERO)
		buf_add_format(sql,
			       " AND (typeof(%s)<>'real' OR %s<>0 OR"
			       " (atan2(%s,-1)<0)=(atan2(%s,-1)<0))",
			       a, a, a, x);
	buf_add_char(sql, ')');
}
