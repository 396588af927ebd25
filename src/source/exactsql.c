#include "config.h"

#include "source/exactsql.h"

#include <inttypes.h>
#include <math.h>

#include "model/literal.h"
#include "model/number.h"

enum { MAX_NUMBER = 48 /* bytes */ };

size_t exact_sql_size(const struct value *value)
{
	if (value->type != VALUE_TEXT && value->type != VALUE_BLOB)
		return MAX_NUMBER;
	return 2 * value->size + sizeof("CAST(x'' AS TEXT)");
}

/* Engines read decimal text inexactly. */
static void add_real(struct buf *sql, double real)
{
	int64_t mantissa;
	int exponent;

	number_split(real, &mantissa, &exponent);
	buf_add_format(sql, "(%" PRId64 "*pow(2.0,%d))", mantissa, exponent);
}

void exact_sql_add(struct buf *sql, const struct value *value)
{
	switch (value->type) {
	case VALUE_TEXT:
		buf_add_string(sql, "CAST(x'");
		buf_add_hex(sql, value->data, value->size);
		buf_add_string(sql, "' AS TEXT)");
		return;
	case VALUE_REAL:
		if (isinf(value->real) || value->real == 0)
			break;
		add_real(sql, value->real);
		return;
	default:
		break;
	}
	literal_add(sql, value);
}
