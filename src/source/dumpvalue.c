#include "config.h"

#include "source/dumpvalue.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/literal.h"
#include "util/buf.h"
#include "util/hex.h"

enum {
	MAX_DEPTH = 64, /* of calls in calls */
	MAX_SHOWN = 40, /* bytes of what is refused */
};

struct reader {
	struct sqltokens *tokens;
	struct arena *arena;
	struct err *err;
	unsigned int depth;
};

static bool read_value(struct reader *reader, struct value *value);

/* ---- tokens ---- */

static bool refuse(struct reader *reader, const struct sqltoken *token)
{
	int size = token->size > MAX_SHOWN ? MAX_SHOWN : (int)token->size;

	if (size == 0)
		err_set(reader->err, D1_ERROR, "the row ends in the middle");
	else
		err_set(reader->err, D1_ERROR, "no value of a dump: '%.*s'",
			size, token->text);
	return false;
}

static bool expect(struct reader *reader, const char *word)
{
	struct sqltoken token;

	sqltoken_next(&token, reader->tokens);
	return sqltoken_is(&token, word) || refuse(reader, &token);
}

/* Takes the token if it is the word. */
static bool take(struct reader *reader, const char *word)
{
	struct sqltokens tokens = *reader->tokens;
	struct sqltoken token;

	if (!sqltoken_next(&token, &tokens) || !sqltoken_is(&token, word))
		return false;
	*reader->tokens = tokens;
	return true;
}

/* ---- bytes ---- */

/* Makes the value of what was put together, and frees that. */
static bool finish(struct reader *reader, struct value *value,
		   enum value_type type, struct buf *bytes)
{
	char *data = NULL;

	if (buf_check(bytes, "a value", reader->err) == 0) {
		data = arena_copy(reader->arena, bytes->data ? bytes->data : "",
				  bytes->len);
		if (!data)
			err_set_nomem(reader->err);
	}
	*value = (struct value){ .type = type };
	value->data = data;
	value->size = bytes->len;
	buf_release(bytes);
	return data != NULL;
}

/* As SQLite writes it: also a surrogate by itself. */
static void add_character(struct buf *out, uint32_t code)
{
	if (code > 0x10ffff)
		code = 0xfffd;
	if (code < 0x80) {
		buf_add_char(out, (char)code);
		return;
	}
	if (code < 0x800) {
		buf_add_char(out, (char)(0xc0 | code >> 6));
	} else {
		if (code < 0x10000) {
			buf_add_char(out, (char)(0xe0 | code >> 12));
		} else {
			buf_add_char(out, (char)(0xf0 | code >> 18));
			buf_add_char(out, (char)(0x80 | (code >> 12 & 0x3f)));
		}
		buf_add_char(out, (char)(0x80 | (code >> 6 & 0x3f)));
	}
	buf_add_char(out, (char)(0x80 | (code & 0x3f)));
}

static bool read_string(struct reader *reader, struct value *value,
			const struct sqltoken *token)
{
	struct buf text;

	buf_init(&text, DUMPVALUE_MAX_SIZE);
	sqltoken_add_name(&text, token);
	return finish(reader, value, VALUE_TEXT, &text);
}

static bool read_blob(struct reader *reader, struct value *value,
		      const struct sqltoken *token)
{
	size_t digits = token->size - 3; /* without x'' */
	char *bytes = arena_alloc(reader->arena, digits / 2 + 1);

	if (!bytes) {
		err_set_nomem(reader->err);
		return false;
	}
	if (!hex_decode(bytes, token->text + 2, digits))
		return refuse(reader, token);
	*value = (struct value){ .type = VALUE_BLOB };
	value->data = bytes;
	value->size = digits / 2;
	return true;
}

/* ---- numbers ---- */

static bool is_integer(const struct sqltoken *token)
{
	for (size_t i = 0; i < token->size; i++)
		if (token->text[i] < '0' || token->text[i] > '9')
			return false;
	return true;
}

/* What does not fit 64 bits is a real, as SQLite has it. */
static bool set_number(struct value *value, const struct sqltoken *token,
		       const char *text, bool negative)
{
	char *end;

	if (is_integer(token)) {
		unsigned long long magnitude;

		errno = 0;
		magnitude = strtoull(text, &end, 10);
		if (errno == 0 &&
		    magnitude <= (unsigned long long)INT64_MAX + negative) {
			value->type = VALUE_INTEGER;
			value->integer =
				(int64_t)(negative ? 0 - magnitude : magnitude);
			return true;
		}
	}
	/* strtod() would take names and hexadecimal as well */
	if (strspn(text, "0123456789.eE+-") != token->size)
		return false;
	value->type = VALUE_REAL;
	value->real = strtod(text, &end);
	if (negative)
		value->real = -value->real;
	return *end == '\0';
}

static bool read_number(struct reader *reader, struct value *value,
			const struct sqltoken *token, bool negative)
{
	/* the token's own end may be that of the statement */
	char *text = arena_copy(reader->arena, token->text, token->size);

	if (!text) {
		err_set_nomem(reader->err);
		return false;
	}
	return set_number(value, token, text, negative) ||
	       refuse(reader, token);
}

static bool read_signed(struct reader *reader, struct value *value,
			bool negative)
{
	struct sqltoken token;

	if (!sqltoken_next(&token, reader->tokens) ||
	    token.kind != SQLTOKEN_NUMBER)
		return refuse(reader, &token);
	return read_number(reader, value, &token, negative);
}

/* ---- calls ---- */

static bool read_text(struct reader *reader, struct value *value)
{
	if (!read_value(reader, value))
		return false;
	if (value->type == VALUE_TEXT)
		return true;
	err_set(reader->err, D1_ERROR, "a call that needs text has none");
	return false;
}

static void replace_all(struct buf *out, const struct value *text,
			const struct value *old, const struct value *new)
{
	const char *at = text->data;
	const char *end = at + text->size;

	while (old->size > 0 && at < end) {
		const char *found =
			memmem(at, (size_t)(end - at), old->data, old->size);

		if (!found)
			break;
		buf_add(out, at, (size_t)(found - at));
		buf_add(out, new->data, new->size);
		at = found + old->size;
	}
	buf_add(out, at, (size_t)(end - at));
}

static bool call_replace(struct reader *reader, struct value *value)
{
	struct value text, old, new;
	struct buf out;

	if (!read_text(reader, &text) || !expect(reader, ",") ||
	    !read_text(reader, &old) || !expect(reader, ",") ||
	    !read_text(reader, &new) || !expect(reader, ")"))
		return false;
	buf_init(&out, DUMPVALUE_MAX_SIZE);
	replace_all(&out, &text, &old, &new);
	return finish(reader, value, VALUE_TEXT, &out);
}

static bool call_char(struct reader *reader, struct value *value)
{
	struct value code = { .type = VALUE_NULL };
	struct buf out;

	buf_init(&out, DUMPVALUE_MAX_SIZE);
	do {
		if (!read_signed(reader, &code, false) ||
		    code.type != VALUE_INTEGER) {
			err_set(reader->err, D1_ERROR,
				"char() takes whole numbers");
			goto fail;
		}
		add_character(&out, code.integer > 0x10ffff
					    ? 0xfffd
					    : (uint32_t)code.integer);
	} while (take(reader, ","));
	if (expect(reader, ")"))
		return finish(reader, value, VALUE_TEXT, &out);
fail:
	buf_release(&out);
	return false;
}

/* \XXXX, \+XXXXXX, \uXXXX, \UXXXXXXXX; 0 if it is none of them */
static size_t read_escape(const char *text, size_t size, uint32_t *code)
{
	size_t digits = 4;
	size_t at = 1;

	if (size < 2)
		return 0;
	if (strchr("+uU", text[1]) && text[1]) {
		digits = text[1] == '+' ? 6 : text[1] == 'U' ? 8 : 4;
		at = 2;
	}
	if (size < at + digits)
		return 0;
	*code = 0;
	for (size_t i = at; i < at + digits; i++) {
		int digit = hex_digit(text[i]);

		if (digit < 0)
			return 0;
		*code = *code << 4 | (uint32_t)digit;
	}
	return at + digits;
}

static bool add_unescaped(struct buf *out, const struct value *text)
{
	for (size_t at = 0; at < text->size;) {
		const char *from = text->data + at;
		size_t left = text->size - at;
		const char *slash = memchr(from, '\\', left);
		size_t plain = slash ? (size_t)(slash - from) : left;
		uint32_t code;
		size_t size;

		buf_add(out, from, plain);
		at += plain;
		if (!slash)
			break;
		if (left - plain > 1 && slash[1] == '\\') {
			buf_add_char(out, '\\');
			at += 2;
			continue;
		}
		size = read_escape(slash, left - plain, &code);
		if (size == 0)
			return false;
		add_character(out, code);
		at += size;
	}
	return true;
}

static bool call_unistr(struct reader *reader, struct value *value)
{
	struct value text;
	struct buf out;

	if (!read_text(reader, &text) || !expect(reader, ")"))
		return false;
	buf_init(&out, DUMPVALUE_MAX_SIZE);
	if (add_unescaped(&out, &text))
		return finish(reader, value, VALUE_TEXT, &out);
	buf_release(&out);
	err_set(reader->err, D1_ERROR, "unistr() with an escape that is none");
	return false;
}

static bool call_cast(struct reader *reader, struct value *value)
{
	struct sqltoken type;

	if (!read_value(reader, value) || !expect(reader, "AS"))
		return false;
	sqltoken_next(&type, reader->tokens);
	if ((value->type != VALUE_BLOB && value->type != VALUE_TEXT) ||
	    !(sqltoken_is(&type, "TEXT") || sqltoken_is(&type, "BLOB")))
		return refuse(reader, &type);
	value->type = sqltoken_is(&type, "TEXT") ? VALUE_TEXT : VALUE_BLOB;
	return expect(reader, ")");
}

static bool read_word(struct reader *reader, struct value *value,
		      const struct sqltoken *token)
{
	static const struct {
		const char *name;
		bool (*call)(struct reader *, struct value *);
	} calls[] = { { "replace", call_replace },
		      { "char", call_char },
		      { "unistr", call_unistr },
		      { "cast", call_cast } };
	bool read = false;
	size_t at = 0;

	if (sqltoken_is(token, "NULL")) {
		value->type = VALUE_NULL;
		return true;
	}
	while (at < ARRAY_SIZE(calls) && !sqltoken_is(token, calls[at].name))
		at++;
	if (at == ARRAY_SIZE(calls) || reader->depth == MAX_DEPTH)
		return refuse(reader, token);
	if (!expect(reader, "("))
		return false;
	reader->depth++;
	read = calls[at].call(reader, value);
	reader->depth--;
	return read;
}

static bool read_value(struct reader *reader, struct value *value)
{
	struct sqltoken token;

	sqltoken_next(&token, reader->tokens);
	switch (token.kind) {
	case SQLTOKEN_STRING:
		return read_string(reader, value, &token);
	case SQLTOKEN_BLOB:
		return read_blob(reader, value, &token);
	case SQLTOKEN_NUMBER:
		return read_number(reader, value, &token, false);
	case SQLTOKEN_WORD:
		return read_word(reader, value, &token);
	default:
		if (sqltoken_is(&token, "-") || sqltoken_is(&token, "+"))
			return read_signed(reader, value, *token.text == '-');
		return refuse(reader, &token);
	}
}

/* The common case: a literal as git-d1 writes them, and the next comma. */
static bool read_literal(struct value *value, struct sqltokens *tokens,
			 struct arena *arena)
{
	size_t size =
		literal_read_borrowed(value, tokens->at, tokens->left, arena);

	if (size == 0 || size == tokens->left ||
	    (tokens->at[size] != ',' && tokens->at[size] != ')'))
		return false;
	tokens->at += size;
	tokens->left -= size;
	return true;
}

int dumpvalue_read(struct value *value, struct sqltokens *tokens,
		   struct arena *arena, struct err *err)
{
	struct reader reader = { tokens, arena, err, 0 };

	if (!read_literal(value, tokens, arena))
		(void)read_value(&reader, value);
	return err->code;
}
