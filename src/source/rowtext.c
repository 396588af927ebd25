#include "config.h"

#include "source/rowtext.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "util/hex.h"

/* ---- writing SQL ---- */

/* Text or a blob; `tag` says which, and how. */
static void add_bytes_form(struct buf *sql, const struct rowtext_column *column,
			   char tag, size_t big)
{
	const char *c = column->sql;
	size_t limit = tag == 't' ? big : big / 2;

	if (!column->whole)
		buf_add_format(sql,
			       "CASE WHEN octet_length(%s)>%zu THEN "
			       "'%c'||octet_length(%s)||';' ELSE ",
			       c, limit, tag == 'b' ? 'B' : 'T', c);
	buf_add_format(sql,
		       tag == 't' ? "'%c'||octet_length(%s)||':'||%s"
				  : "'%c'||octet_length(%s)||':'||hex(%s)",
		       tag, c, c);
	if (!column->whole)
		buf_add_string(sql, " END");
}

/*
 * A real as integers: a + b/2^60 + c/2^120, which is exact for 0 and between
 * 2^-67 and 2^62. Decimal text is not, in some versions of SQLite.
 */
static void add_split_form(struct buf *sql, const char *c)
{
	static const char two60[] = "1152921504606846976";
	struct buf rest;

	buf_init(&rest, 1 << 16);
	buf_add_format(&rest, "((%s-CAST(%s AS INTEGER))*%s)", c, c, two60);
	if (rest.failed) {
		sql->failed = true;
		return;
	}
	buf_add_format(sql,
		       "WHEN %s<>0 AND (%s>=4611686018427387904 OR "
		       "%s<=-4611686018427387904 OR (%s*%s<0.0078125 AND "
		       "%s*%s>-0.0078125)) THEN 'R' ELSE ",
		       c, c, c, c, two60, c, two60);
	buf_add_format(sql,
		       "'f'||CAST(%s AS INTEGER)||','||"
		       "CAST(%s AS INTEGER)||','||"
		       "CAST((%s-CAST(%s AS INTEGER))*%s AS INTEGER)||';'",
		       c, rest.data, rest.data, rest.data, two60);
	buf_release(&rest);
}

static void add_real_form(struct buf *sql, const struct rowtext_column *column)
{
	const char *c = column->sql;

	if (column->native < 0 && !column->split) {
		buf_add_string(sql, "'R'");
		return;
	}
	buf_add_format(sql,
		       "CASE WHEN %s=9e999 THEN 'p' WHEN %s=-9e999 THEN "
		       "'m' ",
		       c, c);
	/* a column of REAL affinity stores 0.0 for -0.0 */
	if (column->affinity != AFFINITY_REAL)
		buf_add_format(sql, "WHEN %s=0 AND atan2(%s,-1)<0 THEN 'z' ", c,
			       c);
	if (column->native >= 0)
		buf_add_string(sql, "ELSE 'r'");
	else
		add_split_form(sql, c);
	buf_add_string(sql, " END");
}

static void add_cell(struct buf *sql, const struct rowtext_column *column,
		     size_t big, bool hex)
{
	const char *c = column->sql;

	if (column->integer) {
		buf_add_format(sql, "'i'||%s||';'", c);
		return;
	}
	buf_add_format(sql, "CASE typeof(%s) WHEN 'null' THEN 'n' ", c);
	/* text affinity turns numbers into text when they are stored */
	if (column->affinity != AFFINITY_TEXT)
		buf_add_format(sql, "WHEN 'integer' THEN 'i'||%s||';' ", c);
	buf_add_string(sql, "WHEN 'text' THEN ");
	add_bytes_form(sql, column, hex ? 'x' : 't', big);
	buf_add_string(sql, " WHEN 'blob' THEN ");
	add_bytes_form(sql, column, 'b', big);
	if (column->affinity != AFFINITY_TEXT) {
		buf_add_string(sql, " ELSE ");
		add_real_form(sql, column);
	}
	buf_add_string(sql, " END");
}

/*
 * D1 takes expressions of a depth below 100, and each operator of a chain is
 * one deeper: so a long chain is one of shorter ones.
 */
static void add_operator(struct buf *sql, size_t i, const char *operator)
{
	enum { CHAIN = 10 };

	if (i > 0 && i % CHAIN == 0)
		buf_add_char(sql, ')');
	if (i > 0)
		buf_add_string(sql, operator);
	if (i % CHAIN == 0)
		buf_add_char(sql, '(');
}

void rowtext_add_sql(struct buf *sql, const struct rowtext_column *columns,
		     size_t count, size_t big, bool hex)
{
	for (size_t i = 0; i < count; i++) {
		add_operator(sql, i, "||");
		add_cell(sql, &columns[i], big, hex);
	}
	buf_add_char(sql, ')');
}

void rowtext_add_width(struct buf *sql, const struct rowtext_column *columns,
		       size_t count)
{
	for (size_t i = 0; i < count; i++) {
		add_operator(sql, i, "+");
		if (columns[i].integer)
			buf_add_char(sql, '8');
		else
			buf_add_format(sql, "ifnull(octet_length(%s),0)",
				       columns[i].sql);
	}
	buf_add_char(sql, ')');
}

/* ---- reading rows ---- */

bool rowtext_unhex(char **bytes, const char *hex, size_t size,
		   struct arena *arena, struct err *err)
{
	*bytes = arena_alloc(arena, size / 2 + 1);
	if (!*bytes) {
		err_set_nomem(err);
		return false;
	}
	return hex_decode(*bytes, hex, size);
}

/* Reads "<digits><end>"; false if that does not stand here. */
static bool read_number(struct rowtext_reader *reader, char end,
			int64_t *number)
{
	bool negative = reader->at < reader->end && *reader->at == '-';
	const char *at = reader->at + negative;
	uint64_t value = 0;
	const char *digits = at;

	for (; at < reader->end && *at >= '0' && *at <= '9'; at++)
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(*at - '0'),
					   &value))
			return false;
	if (at == digits || at == reader->end || *at != end ||
	    value > (uint64_t)INT64_MAX + negative)
		return false;
	*number = negative ? (int64_t)-value : (int64_t)value;
	reader->at = at + 1;
	return true;
}

/* Reads "<size>:<bytes>", or with `hex` two digits a byte. */
static bool read_bytes(struct rowtext_reader *reader, struct value *value,
		       bool hex, struct err *err)
{
	int64_t size;
	size_t length;
	char *bytes;

	if (!read_number(reader, ':', &size) || size < 0 ||
	    (uint64_t)size > SIZE_MAX / 2)
		return false;
	length = (size_t)size * (hex ? 2 : 1);
	if (length > (size_t)(reader->end - reader->at))
		return false;
	value->data = reader->at;
	value->size = (size_t)size;
	reader->at += length;
	if (!hex)
		return true;
	if (!rowtext_unhex(&bytes, value->data, length, reader->arena, err))
		return false;
	value->data = bytes;
	return true;
}

static bool read_split(struct rowtext_reader *reader, double *real)
{
	int64_t whole, high, low;

	if (!read_number(reader, ',', &whole) ||
	    !read_number(reader, ',', &high) || !read_number(reader, ';', &low))
		return false;
	/* both sums are exact: each is a difference of two doubles again */
	*real = (double)whole +
		((double)high * 0x1p-60 + (double)low * 0x1p-120);
	return true;
}

/* A real in a column of its own. */
static bool read_native(const struct rowtext_reader *reader,
			const struct rowtext_column *column, double *real)
{
	if (column->native < 0)
		return false;
	*real = reader->natives[column->native];
	return isfinite(*real);
}

/* Text or a blob that was left out: its size. */
static bool read_big(struct rowtext_reader *reader, struct value *value)
{
	int64_t size;

	if (!read_number(reader, ';', &size) || size < 0 || size > ROWTEXT_MOST)
		return false;
	value->data = NULL;
	value->size = (size_t)size;
	return true;
}

static bool read_cell(struct rowtext_reader *reader,
		      const struct rowtext_column *column, struct value *value,
		      enum rowtext_gap *gap, struct err *err)
{
	char tag = *reader->at++;

	*value = (struct value){ .type = VALUE_REAL };
	switch (tag) {
	case 'n':
		value->type = VALUE_NULL;
		return true;
	case 'i':
		value->type = VALUE_INTEGER;
		return read_number(reader, ';', &value->integer);
	case 't':
	case 'x':
		value->type = VALUE_TEXT;
		/* who asks for x may not keep the text that t points into */
		if (tag == 't' && reader->hex)
			return false;
		return read_bytes(reader, value, tag == 'x', err);
	case 'b':
		value->type = VALUE_BLOB;
		return read_bytes(reader, value, true, err);
	case 'r':
		return read_native(reader, column, &value->real);
	case 'f':
		return read_split(reader, &value->real);
	case 'p':
		value->real = (double)INFINITY;
		return true;
	case 'm':
		value->real = -(double)INFINITY;
		return true;
	case 'z':
		value->real = -0.0;
		return true;
	case 'R':
		*gap = GAP_REAL;
		return !column->whole;
	case 'T':
	case 'B':
		*gap = GAP_BIG;
		value->type = tag == 'T' ? VALUE_TEXT : VALUE_BLOB;
		return !column->whole && read_big(reader, value);
	default:
		return false;
	}
}

void rowtext_begin(struct rowtext_reader *reader, const char *text, size_t size,
		   const double *natives, bool hex, struct arena *arena)
{
	*reader = (struct rowtext_reader){
		.at = text,
		.end = text + size,
		.replaced = memmem(text, size, "\xef\xbf\xbd", 3),
		.natives = natives,
		.hex = hex,
		.arena = arena,
	};
}

bool rowtext_next(struct rowtext_reader *reader,
		  const struct rowtext_column *column, struct value *value,
		  enum rowtext_gap *gap, struct err *err)
{
	*gap = GAP_NONE;
	if (reader->at < reader->end &&
	    read_cell(reader, column, value, gap, err))
		/* what begins at or after a replaced byte cannot be trusted */
		return !reader->replaced || reader->at <= reader->replaced;
	if (!reader->replaced)
		err_set(err, D1_ERROR,
			"D1 answered with a row that cannot be "
			"read");
	return false;
}
