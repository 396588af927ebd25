#include "config.h"

#include "random.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/compiler.h"

/* splitmix64, https://prng.di.unimi.it/splitmix64.c describes it */
uint64_t random_next(struct random *random)
{
	uint64_t z = random->state += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

size_t random_below(struct random *random, size_t limit)
{
	return (size_t)(random_next(random) % limit);
}

bool random_once_in(struct random *random, size_t times)
{
	return random_below(random, times) == 0;
}

/* ---- making values ---- */

static char *allocate(struct arena *arena, size_t size)
{
	char *bytes = arena_alloc(arena, size + 1);

	if (!bytes)
		abort();
	return bytes;
}

static struct value make_bytes(enum value_type type, const char *data,
			       size_t size, struct arena *arena)
{
	struct value value = { .type = type };
	char *copy = allocate(arena, size);

	memcpy(copy, data, size);
	value.data = copy;
	value.size = size;
	return value;
}

static struct value make_integer(int64_t integer)
{
	struct value value = { .type = VALUE_INTEGER };

	value.integer = integer;
	return value;
}

static struct value make_real(double real)
{
	struct value value = { .type = VALUE_REAL };

	value.real = real;
	return value;
}

static struct value hard_integer(struct random *random)
{
	static const int64_t integers[] = {
		INT64_MIN,
		INT64_MIN + 1,
		INT64_MAX,
		INT64_MAX - 1,
		0,
		1,
		-1,
		9007199254740991,
		9007199254740992,
		9007199254740993,
		-9007199254740993,
		4294967296,
		2147483648,
		1700000000000,
	};

	return make_integer(
		integers[random_below(random, ARRAY_SIZE(integers))]);
}

static struct value hard_real(struct random *random)
{
	static const double reals[] = {
		0.0,
		-0.0,
		0.0,
		-0.0,
		0.0,
		-0.0,
		1.0,
		-1.0,
		0.1,
		0.30000000000000004,
		0.3,
		1e15,
		1e22,
		1e300,
		5e-324,
		-5e-324,
		2.2250738585072014e-308,
		2.2250738585072009e-308,
		1.7976931348623157e308,
		9007199254740992.0,
		9007199254740994.0,
		9223372036854775808.0,
		-9223372036854775808.0,
		4611686018427387904.0,
		1e-20,
		0.0000152587890625,
		123456.789,
		(double)INFINITY,
		-(double)INFINITY,
	};
	uint64_t bits = random_next(random);
	double real;

	memcpy(&real, &bits, sizeof(real));
	if (random_once_in(random, 4) && !isnan(real))
		return make_real(real);
	return make_real(reals[random_below(random, ARRAY_SIZE(reals))]);
}

#define PIECE(string) \
	{ \
		string, sizeof(string) - 1 \
	}

static const struct {
	const char *bytes;
	size_t size;
} pieces[] = {
	PIECE("a"),
	PIECE("A"),
	PIECE("b"),
	PIECE("Ä"),
	PIECE("ä"),
	PIECE(" "),
	PIECE("0"),
	PIECE("1"),
	PIECE("'"),
	PIECE("\""),
	PIECE("\\"),
	PIECE("\n"),
	PIECE("\r\n"),
	PIECE("\r"),
	PIECE("\t"),
	PIECE("\\n"),
	PIECE("\0"),
	PIECE("\x01"),
	PIECE("\x7f"),
	PIECE(";--"),
	PIECE("|"),
	PIECE("\xff"),
	PIECE("\xc3"),
	PIECE("\xed\xa0\x80\xed\xb0\x80"),
	PIECE("\xed\xa0\x80"),
	PIECE("\xef\xbb\xbf"),
	PIECE("\xef\xbf\xbd"),
	PIECE("\xe2\x80\xae"),
	PIECE("\xf0\x9f\x98\x80"),
	PIECE("NULL"),
	PIECE("t3:"),
	PIECE("\xc0\x80"),
	PIECE("\xf4\x90\x80\x80"),
};

static struct value random_text(struct random *random, struct arena *arena)
{
	size_t count = random_below(random, 6);
	char bytes[128];
	size_t size = 0;

	while (count-- > 0) {
		size_t piece = random_below(random, ARRAY_SIZE(pieces));

		memcpy(bytes + size, pieces[piece].bytes, pieces[piece].size);
		size += pieces[piece].size;
	}
	return make_bytes(VALUE_TEXT, bytes, size, arena);
}

static struct value hard_text(struct random *random, struct arena *arena)
{
	static const char *const texts[] = {
		"",
		"0",
		"1",
		"1.0",
		"NULL",
		"-0.0",
		"9223372036854775807",
		"x'00'",
		"a",
		"A",
		"a ",
		"one\ntwo\n",
		"one\ntwo",
		"one\r\ntwo\r\n",
		"one\r\ntwo\n",
		"\\back\n",
		"blank \nx",
		"2024-02-29T12:00:00Z",
		"\xef\xbf\xbd",
		"\xef\xbb\xbf-bom",
	};
	const char *text = texts[random_below(random, ARRAY_SIZE(texts))];

	return make_bytes(VALUE_TEXT, text, strlen(text), arena);
}

static struct value random_blob(struct random *random, struct arena *arena)
{
	char bytes[24];
	size_t size = random_below(random, sizeof(bytes));

	for (size_t i = 0; i < size; i++)
		bytes[i] = (char)random_next(random);
	return make_bytes(VALUE_BLOB, bytes, size, arena);
}

/* 200 KB of text or 500 KB of a blob, which D1 sends in pieces. */
static struct value big_value(struct random *random, struct arena *arena)
{
	bool text = random_once_in(random, 2);
	struct value value = { .type = text ? VALUE_TEXT : VALUE_BLOB };
	char *bytes;

	random->big--;
	value.size = text ? 200000 : 500000;
	bytes = allocate(arena, value.size);
	for (size_t i = 0; i < value.size; i++)
		bytes[i] = (char)(text ? 'a' + random_below(random, 26)
				       : random_below(random, 256));
	value.data = bytes;
	return value;
}

struct value random_value(struct random *random, enum flavour flavour,
			  struct arena *arena)
{
	if (random->big > 0 && random_once_in(random, 50))
		return big_value(random, arena);
	if (flavour == FLAVOUR_INTEGER && !random_once_in(random, 5))
		return random_once_in(random, 3)
			       ? hard_integer(random)
			       : make_integer(
					 (int64_t)random_below(random, 100));
	if (flavour == FLAVOUR_TEXT && !random_once_in(random, 5))
		return random_once_in(random, 2) ? hard_text(random, arena)
						 : random_text(random, arena);
	switch (random_below(random, 7)) {
	case 0:
		return hard_integer(random);
	case 1:
	case 2:
		return hard_real(random);
	case 3:
		return hard_text(random, arena);
	case 4:
		return random_text(random, arena);
	case 5:
		return random_blob(random, arena);
	default:
		return (struct value){ .type = VALUE_NULL };
	}
}

struct value random_key_value(struct random *random, enum flavour flavour,
			      struct arena *arena)
{
	static const char *const words[] = { "a",  "A",	 "b", "B ", "b", "c ",
					     "ab", "aB", "z", "",   " ", "ä" };

	const char *word = words[random_below(random, ARRAY_SIZE(words))];

	if (random_once_in(random, 4) || flavour == FLAVOUR_ANY)
		return random_value(random, flavour, arena);
	if (flavour == FLAVOUR_INTEGER)
		return make_integer((int64_t)random_below(random, 30) - 5);
	return make_bytes(VALUE_TEXT, word, strlen(word), arena);
}

/* ---- neighbours ---- */

static struct value change_text(struct random *random,
				const struct value *value, struct arena *arena)
{
	struct value changed = { .type = VALUE_TEXT };
	char *bytes = allocate(arena, value->size + 1);
	size_t at = random_below(random, value->size + 1);

	memcpy(bytes, value->data, value->size);
	changed.data = bytes;
	changed.size = value->size;
	switch (random_below(random, 5)) {
	case 0:
		bytes[changed.size++] = ' ';
		break;
	case 1:
		bytes[changed.size++] = '\0';
		break;
	case 2:
		bytes[changed.size++] = '\n';
		break;
	case 3:
		changed.type = VALUE_BLOB;
		break;
	default:
		if (at < changed.size)
			bytes[at] ^= 0x20;
		break;
	}
	return changed;
}

struct value random_neighbour(struct random *random, const struct value *value,
			      struct arena *arena)
{
	char digits[32];

	switch (value->type) {
	case VALUE_NULL:
		return make_bytes(VALUE_TEXT, "", 0, arena);
	case VALUE_INTEGER:
		if (random_once_in(random, 2))
			return make_real((double)value->integer);
		if (random_once_in(random, 2) && value->integer < INT64_MAX)
			return make_integer(value->integer + 1);
		snprintf(digits, sizeof(digits), "%lld",
			 (long long)value->integer);
		return make_bytes(VALUE_TEXT, digits, strlen(digits), arena);
	case VALUE_REAL:
		/* 0.0 and -0.0, which compare as equal */
		if (fpclassify(value->real) == FP_ZERO &&
		    !random_once_in(random, 4))
			return make_real(-value->real);
		if (random_once_in(random, 2) &&
		    fabs(value->real) < 9007199254740992.0)
			return make_integer((int64_t)value->real);
		if (random_once_in(random, 2))
			return make_real(-value->real);
		return make_real(nextafter(value->real, 0));
	case VALUE_TEXT:
		return change_text(random, value, arena);
	case VALUE_BLOB:
		return make_bytes(VALUE_TEXT, value->data, value->size, arena);
	}
	abort();
}

bool same_bits(const struct value *a, const struct value *b)
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
