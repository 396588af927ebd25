#include "config.h"

#include "util/json.h"

#include <float.h>
#include <stdlib.h>
#include <string.h>

#include "util/hex.h"

/* What may stand at the reader's place. */
enum expected {
	EXPECT_VALUE,
	EXPECT_FIRST, /* the first of a container, or its end */
	EXPECT_MORE,  /* a comma or the end of the container */
	EXPECT_NOTHING,
};

/* Bytes at which a string cannot just be copied on. */
static const bool is_special[256] = {
	[0x00 ... 0x1f] = true,
	['"'] = true,
	['\\'] = true,
};

void json_init(struct json *json, const char *data, size_t size,
	       struct arena *arena)
{
	if (!data)
		data = "";
	*json = (struct json){
		.start = data,
		.at = data,
		.end = data + size,
		.arena = arena,
		.expected = EXPECT_VALUE,
	};
}

static int fail(const struct json *json, const char *what, struct err *err)
{
	if (json->at == json->end)
		what = "the text ends too early";
	return err_set(err, D1_ERROR, "invalid JSON at byte %zu: %s",
		       (size_t)(json->at - json->start), what);
}

static void skip_space(struct json *json)
{
	while (json->at < json->end && (*json->at == ' ' || *json->at == '\n' ||
					*json->at == '\r' || *json->at == '\t'))
		json->at++;
}

static bool take(struct json *json, char c)
{
	if (json->at == json->end || *json->at != c)
		return false;
	json->at++;
	return true;
}

static bool in_object(const struct json *json)
{
	return json->objects >> (json->depth - 1) & 1;
}

/* What comes after a complete value. */
static void value_done(struct json *json)
{
	json->expected = json->depth ? EXPECT_MORE : EXPECT_NOTHING;
}

/* Steps over one escape, the reader at its backslash. */
static int scan_escape(struct json *json, struct err *err)
{
	json->at++;
	if (json->at < json->end && *json->at != '\0' &&
	    strchr("\"\\/bfnrt", *json->at)) {
		json->at++;
		return 0;
	}
	if (!take(json, 'u'))
		return fail(json, "unknown escape", err);
	for (int i = 0; i < 4; i++, json->at++)
		if (json->at == json->end || hex_digit(*json->at) < 0)
			return fail(json, "four hex digits expected", err);
	return 0;
}

/* Steps over a string to behind its closing quote; *raw are the bytes inside */
static int scan_string(struct json *json, struct json_token *raw, bool *escaped,
		       struct err *err)
{
	if (!take(json, '"'))
		return fail(json, "a string expected", err);
	raw->data = json->at;
	for (;;) {
		const char *at = json->at;

		while (at < json->end && !is_special[(unsigned char)*at])
			at++;
		json->at = at;
		if (take(json, '"'))
			break;
		if (at == json->end || *at != '\\')
			return fail(json, "control character in a string", err);
		*escaped = true;
		if (scan_escape(json, err))
			return err->code;
	}
	raw->size = (size_t)(json->at - 1 - raw->data);
	return 0;
}

/* The value of four hex digits that scan_escape() has checked. */
static uint32_t read_unit(const char *digits)
{
	uint32_t unit = 0;

	for (int i = 0; i < 4; i++)
		unit = unit << 4 | (uint32_t)hex_digit(digits[i]);
	return unit;
}

static char *put_utf8(char *out, uint32_t c)
{
	if (c < 0x80) {
		*out++ = (char)c;
		return out;
	}
	if (c < 0x800) {
		*out++ = (char)(0xc0 | c >> 6);
	} else {
		if (c < 0x10000) {
			*out++ = (char)(0xe0 | c >> 12);
		} else {
			*out++ = (char)(0xf0 | c >> 18);
			*out++ = (char)(0x80 | (c >> 12 & 0x3f));
		}
		*out++ = (char)(0x80 | (c >> 6 & 0x3f));
	}
	*out++ = (char)(0x80 | (c & 0x3f));
	return out;
}

/*
 * Decodes the \u escape whose digits start at `in`, together with the second
 * half of a surrogate pair; returns where the text goes on.
 */
static const char *decode_unit(const char *in, const char *end, char **out)
{
	uint32_t c = read_unit(in);

	in += 4;
	if (c >= 0xd800 && c < 0xdc00 && end - in >= 6 && in[0] == '\\' &&
	    in[1] == 'u') {
		uint32_t low = read_unit(in + 2);

		if (low >= 0xdc00 && low < 0xe000) {
			c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
			in += 6;
		}
	}
	if (c >= 0xd800 && c < 0xe000)
		c = 0xfffd;
	*out = put_utf8(*out, c);
	return in;
}

/* Replaces the escapes of a scanned string. It never gets longer by that. */
static int decode_string(struct json *json, struct json_token *token,
			 struct err *err)
{
	const char *in = token->data;
	const char *end = in + token->size;
	char *start = arena_alloc(json->arena, token->size);
	char *out = start;

	if (!start)
		return err_set_nomem(err);
	while (in < end) {
		const char *next = memchr(in, '\\', (size_t)(end - in));
		size_t plain = (size_t)((next ? next : end) - in);

		memcpy(out, in, plain);
		out += plain;
		in += plain;
		if (!next)
			break;
		in += 2;
		switch (in[-1]) {
		case 'b':
			*out++ = '\b';
			break;
		case 'f':
			*out++ = '\f';
			break;
		case 'n':
			*out++ = '\n';
			break;
		case 'r':
			*out++ = '\r';
			break;
		case 't':
			*out++ = '\t';
			break;
		case 'u':
			in = decode_unit(in, end, &out);
			break;
		default:
			*out++ = in[-1];
			break;
		}
	}
	token->data = start;
	token->size = (size_t)(out - start);
	return 0;
}

static bool scan_digits(struct json *json)
{
	const char *first = json->at;

	while (json->at < json->end && *json->at >= '0' && *json->at <= '9')
		json->at++;
	return json->at > first;
}

static int scan_number(struct json *json, struct json_token *token,
		       struct err *err)
{
	token->type = JSON_NUMBER;
	token->data = json->at;
	(void)take(json, '-');
	if (!take(json, '0') && !scan_digits(json))
		return fail(json, "a value expected", err);
	if (take(json, '.') && !scan_digits(json))
		return fail(json, "a digit expected", err);
	if (take(json, 'e') || take(json, 'E')) {
		if (!take(json, '+'))
			(void)take(json, '-');
		if (!scan_digits(json))
			return fail(json, "a digit expected", err);
	}
	token->size = (size_t)(json->at - token->data);
	value_done(json);
	return 0;
}

static int scan_word(struct json *json, struct json_token *token,
		     enum json_type type, const char *word, struct err *err)
{
	for (; *word; word++)
		if (!take(json, *word))
			return fail(json, "a value expected", err);
	token->type = type;
	value_done(json);
	return 0;
}

static int open_container(struct json *json, struct json_token *token,
			  enum json_type type, struct err *err)
{
	uint64_t bit;

	if (json->depth == JSON_MAX_DEPTH)
		return fail(json, "nested too deeply", err);
	bit = (uint64_t)1 << json->depth;
	if (type == JSON_OBJECT)
		json->objects |= bit;
	else
		json->objects &= ~bit;
	json->depth++;
	json->at++;
	json->expected = EXPECT_FIRST;
	token->type = type;
	return 0;
}

static int scan_value(struct json *json, struct json_token *token, bool decode,
		      struct err *err)
{
	bool escaped = false;

	switch (json->at < json->end ? *json->at : '\0') {
	case '"':
		token->type = JSON_STRING;
		if (scan_string(json, token, &escaped, err))
			return err->code;
		value_done(json);
		return escaped && decode ? decode_string(json, token, err) : 0;
	case '{':
		return open_container(json, token, JSON_OBJECT, err);
	case '[':
		return open_container(json, token, JSON_ARRAY, err);
	case 't':
		return scan_word(json, token, JSON_TRUE, "true", err);
	case 'f':
		return scan_word(json, token, JSON_FALSE, "false", err);
	case 'n':
		return scan_word(json, token, JSON_NULL, "null", err);
	default:
		return scan_number(json, token, err);
	}
}

static int scan_key(struct json *json, struct json_token *token, bool decode,
		    struct err *err)
{
	bool escaped = false;

	token->type = JSON_KEY;
	if (scan_string(json, token, &escaped, err))
		return err->code;
	skip_space(json);
	if (!take(json, ':'))
		return fail(json, "':' expected", err);
	json->expected = EXPECT_VALUE;
	return escaped && decode ? decode_string(json, token, err) : 0;
}

static bool close_container(struct json *json, struct json_token *token)
{
	bool object = in_object(json);

	if (!take(json, object ? '}' : ']'))
		return false;
	token->type = object ? JSON_OBJECT_END : JSON_ARRAY_END;
	json->depth--;
	value_done(json);
	return true;
}

static int next(struct json *json, struct json_token *token, bool decode,
		struct err *err)
{
	*token = (struct json_token){ .type = JSON_END };
	skip_space(json);
	switch (json->expected) {
	case EXPECT_NOTHING:
		if (json->at < json->end)
			return fail(json, "text after the document", err);
		return 0;
	case EXPECT_VALUE:
		return scan_value(json, token, decode, err);
	case EXPECT_MORE:
		if (close_container(json, token))
			return 0;
		if (!take(json, ','))
			return fail(json,
				    in_object(json) ? "',' or '}' expected"
						    : "',' or ']' expected",
				    err);
		skip_space(json);
		break;
	default:
		if (close_container(json, token))
			return 0;
		break;
	}
	return in_object(json) ? scan_key(json, token, decode, err)
			       : scan_value(json, token, decode, err);
}

int json_next(struct json *json, struct json_token *token, struct err *err)
{
	return next(json, token, true, err);
}

int json_skip(struct json *json, const struct json_token *first,
	      struct err *err)
{
	unsigned int outside = json->depth - 1;
	struct json_token token;

	if (first->type != JSON_OBJECT && first->type != JSON_ARRAY)
		return 0;
	while (json->depth > outside)
		if (next(json, &token, false, err))
			return err->code;
	return 0;
}

bool json_is(const struct json_token *token, const char *string)
{
	return token->size == strlen(string) &&
	       memcmp(token->data, string, token->size) == 0;
}

/*
 * A decimal of at most 2^53 scaled by a power of ten of at most 10^22 is exact
 * after one rounding, because both are doubles (Clinger's fast path). This
 * covers what prices, coordinates and counts look like.
 */
static bool fast_double(double *number, const char *text, size_t size)
{
	static const double powers[] = {
		1e0,  1e1,  1e2,  1e3,	1e4,  1e5,  1e6,  1e7,
		1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
		1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
	};
	uint64_t digits = 0;
	size_t scale = 0;
	bool negative = *text == '-';
	bool fraction = false;

	if (size > 18 || FLT_EVAL_METHOD != 0)
		return false;
	for (size_t i = negative; i < size; i++) {
		if (text[i] == '.') {
			fraction = true;
			continue;
		}
		if (text[i] < '0' || text[i] > '9')
			return false;
		digits = digits * 10 + (uint64_t)(text[i] - '0');
		scale += fraction;
	}
	if (digits > (uint64_t)1 << 53)
		return false;
	*number = (double)digits / powers[scale];
	if (negative)
		*number = -*number;
	return true;
}

int json_double(double *number, const struct json_token *token, struct err *err)
{
	char small[64];
	char *copy = small;

	if (fast_double(number, token->data, token->size))
		return 0;
	if (token->size >= sizeof(small)) {
		copy = malloc(token->size + 1);
		if (!copy)
			return err_set_nomem(err);
	}
	memcpy(copy, token->data, token->size);
	copy[token->size] = '\0';
	*number = strtod(copy, NULL);
	if (copy != small)
		free(copy);
	return 0;
}

bool json_int64(int64_t *number, const struct json_token *token)
{
	bool negative = token->type == JSON_NUMBER && *token->data == '-';
	int64_t value = 0;

	if (token->type != JSON_NUMBER)
		return false;
	for (size_t i = negative; i < token->size; i++) {
		int digit = token->data[i] - '0';

		if (digit < 0 || digit > 9 ||
		    __builtin_mul_overflow(value, 10, &value) ||
		    __builtin_sub_overflow(value, digit, &value))
			return false;
	}
	/* Negative values reach one further, so the digits were subtracted. */
	if (!negative && __builtin_sub_overflow(0, value, &value))
		return false;
	*number = value;
	return true;
}
