#include "config.h"

#include "model/value.h"

#include <string.h>
#include <strings.h>

#include "util/compiler.h"
#include "util/utf8.h"

static const char *const names[] = {
	[COLLATION_BINARY] = "BINARY",
	[COLLATION_NOCASE] = "NOCASE",
	[COLLATION_RTRIM] = "RTRIM",
};

bool collation_from_name(const char *name, enum collation *collation)
{
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (strcasecmp(name, names[i]) == 0) {
			*collation = (enum collation)i;
			return true;
		}
	}
	return false;
}

const char *collation_name(enum collation collation)
{
	return names[collation];
}

bool value_equal(const struct value *a, const struct value *b)
{
	if (a->type != b->type)
		return false;
	switch (a->type) {
	case VALUE_NULL:
		return true;
	case VALUE_INTEGER:
		return a->integer == b->integer;
	case VALUE_REAL:
		return memcmp(&a->real, &b->real, sizeof(a->real)) == 0;
	case VALUE_TEXT:
	case VALUE_BLOB:
		break;
	}
	return a->size == b->size &&
	       (a->size == 0 || memcmp(a->data, b->data, a->size) == 0);
}

bool value_copy(struct value *copy, const struct value *value,
		struct arena *arena)
{
	*copy = *value;
	if (value->type != VALUE_TEXT && value->type != VALUE_BLOB)
		return true;
	copy->data = arena_copy(arena, value->data, value->size);
	return copy->data;
}

int value_copy_text(struct value *copy, const struct buf *text,
		    struct arena *arena, struct err *err)
{
	if (buf_check(text, "a text", err) < 0)
		return err->code;
	copy->type = VALUE_TEXT;
	copy->size = text->len;
	copy->data = arena_copy(arena, text->data, text->len);
	return copy->data ? 0 : err_set_nomem(err);
}

static int compare_integers(int64_t a, int64_t b)
{
	return a < b ? -1 : a > b;
}

static int compare_reals(double a, double b)
{
	return a < b ? -1 : a > b;
}

/* Exact, without rounding the integer to a double. */
static int compare_integer_real(int64_t integer, double real)
{
	int64_t whole;

	if (real < -9223372036854775808.0)
		return 1;
	if (real >= 9223372036854775808.0)
		return -1;
	whole = (int64_t)real;
	if (integer != whole)
		return integer < whole ? -1 : 1;
	return compare_reals((double)whole, real);
}

static int compare_numbers(const struct value *a, const struct value *b)
{
	if (a->type == VALUE_INTEGER && b->type == VALUE_INTEGER)
		return compare_integers(a->integer, b->integer);
	if (a->type == VALUE_REAL && b->type == VALUE_REAL)
		return compare_reals(a->real, b->real);
	if (a->type == VALUE_INTEGER)
		return compare_integer_real(a->integer, b->real);
	return -compare_integer_real(b->integer, a->real);
}

static int compare_sizes(size_t a, size_t b)
{
	return a < b ? -1 : a > b;
}

static int compare_bytes(const char *a, size_t a_size, const char *b,
			 size_t b_size)
{
	size_t common = a_size < b_size ? a_size : b_size;
	int order = common ? memcmp(a, b, common) : 0;

	return order ? order : compare_sizes(a_size, b_size);
}

static unsigned char fold(char c)
{
	return c >= 'A' && c <= 'Z' ? (unsigned char)(c - 'A' + 'a')
				    : (unsigned char)c;
}

/*
 * As SQLite's NOCASE: ASCII letters only; the comparison of the bytes stops at
 * a NUL that both have, and then the lengths decide.
 */
static int compare_nocase(const struct value *a, const struct value *b)
{
	size_t common = a->size < b->size ? a->size : b->size;

	for (size_t i = 0; i < common; i++) {
		int order = fold(a->data[i]) - fold(b->data[i]);

		if (order)
			return order;
		if (a->data[i] == '\0')
			break;
	}
	return compare_sizes(a->size, b->size);
}

static size_t size_without_blanks(const struct value *value)
{
	size_t size = value->size;

	while (size > 0 && value->data[size - 1] == ' ')
		size--;
	return size;
}

static int compare_texts(const struct value *a, const struct value *b,
			 enum collation collation)
{
	switch (collation) {
	case COLLATION_NOCASE:
		return compare_nocase(a, b);
	case COLLATION_RTRIM:
		return compare_bytes(a->data, size_without_blanks(a), b->data,
				     size_without_blanks(b));
	case COLLATION_BINARY:
		break;
	}
	return compare_bytes(a->data, a->size, b->data, b->size);
}

/* Integers and reals are one class of SQLite's order. */
static int order_class(enum value_type type)
{
	return type == VALUE_REAL ? VALUE_INTEGER : (int)type;
}

int value_compare(const struct value *a, const struct value *b,
		  enum collation collation)
{
	int a_class = order_class(a->type);
	int b_class = order_class(b->type);

	if (a_class != b_class)
		return a_class < b_class ? -1 : 1;
	switch (a->type) {
	case VALUE_NULL:
		return 0;
	case VALUE_INTEGER:
	case VALUE_REAL:
		return compare_numbers(a, b);
	case VALUE_TEXT:
		return compare_texts(a, b, collation);
	case VALUE_BLOB:
		break;
	}
	return compare_bytes(a->data, a->size, b->data, b->size);
}

bool value_has_lines(const struct value *value)
{
	return value->type == VALUE_TEXT && value->size > 0 &&
	       memchr(value->data, '\n', value->size) &&
	       !memchr(value->data, '\0', value->size) &&
	       utf8_valid(value->data, value->size);
}
