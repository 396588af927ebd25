#include "config.h"

#include "source/bound.h"

#include <inttypes.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "model/number.h"
#include "util/utf8.h"

/* Adds a parameter and returns what SQL calls it: ?<number>. 0: an error. */
static size_t add_param(struct bound_params *params, const char *data,
			size_t size, struct err *err)
{
	if (!data) {
		err_set_nomem(err);
		return 0;
	}
	if (params->count == D1_MAX_PARAMS) {
		err_set(err, D1_EREFUSED,
			"a key needs more than %d "
			"parameters, which D1 does not take",
			D1_MAX_PARAMS);
		return 0;
	}
	params->params[params->count++] =
		(struct d1_param){ .data = data, .size = size };
	return params->count;
}

static int add_integer(struct buf *sql, struct bound_params *params,
		       int64_t integer, struct err *err)
{
	char *text = arena_format(params->arena, "%" PRId64, integer);
	size_t number = add_param(params, text, text ? strlen(text) : 0, err);

	if (number == 0)
		return err->code;
	/* a bare CAST loses the index bound of a row value */
	buf_add_format(sql, "+CAST(?%zu AS INTEGER)", number);
	return 0;
}

/* mantissa * 2^exponent: engines read decimal text inexactly */
static int add_real(struct buf *sql, struct bound_params *params, double real,
		    struct err *err)
{
	int64_t mantissa;
	int exponent;

	if (isinf(real)) {
		buf_add_string(sql, real > 0 ? "9e999" : "-9e999");
		return 0;
	}
	number_split(real, &mantissa, &exponent);
	buf_add_char(sql, '(');
	if (add_integer(sql, params, mantissa, err) < 0)
		return err->code;
	buf_add_string(sql, "*pow(2.0,");
	if (add_integer(sql, params, exponent, err) < 0)
		return err->code;
	buf_add_string(sql, "))");
	return 0;
}

static int add_hex(struct buf *sql, struct bound_params *params,
		   const struct value *value, struct err *err)
{
	struct buf hex;
	char *text = NULL;
	size_t number;
	size_t size;

	buf_init(&hex, SIZE_MAX / 4);
	buf_add_hex(&hex, value->data, value->size);
	size = hex.len;
	if (!hex.failed)
		text = arena_copy(params->arena, hex.data, hex.len);
	buf_release(&hex);
	number = add_param(params, text, size, err);
	if (number == 0)
		return err->code;
	if (value->type == VALUE_TEXT)
		buf_add_format(sql, "CAST(unhex(?%zu) AS TEXT)", number);
	else
		buf_add_format(sql, "unhex(?%zu)", number);
	return 0;
}

int bound_add(struct buf *sql, struct bound_params *params,
	      const struct value *value, struct err *err)
{
	size_t number;

	switch (value->type) {
	case VALUE_NULL:
		buf_add_string(sql, "NULL");
		return 0;
	case VALUE_INTEGER:
		return add_integer(sql, params, value->integer, err);
	case VALUE_REAL:
		return add_real(sql, params, value->real, err);
	case VALUE_BLOB:
		return add_hex(sql, params, value, err);
	case VALUE_TEXT:
		break;
	}
	if (!utf8_valid(value->data, value->size) ||
	    memchr(value->data, '\0', value->size))
		return add_hex(sql, params, value, err);
	number = add_param(params, value->size ? value->data : "", value->size,
			   err);
	if (number == 0)
		return err->code;
	buf_add_format(sql, "?%zu", number);
	return 0;
}
