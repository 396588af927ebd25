#include "config.h"

#include "config/jsonc.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_DEPTH = 100 };

/*
 * The pass before the parser. It blanks out comments and trailing commas byte
 * by byte, so that every offset stays what it was.
 */
struct pass {
	char *text;
	size_t size;
	size_t at;
	char last;	  /* the token before, by its first byte */
	bool is_trailing; /* it is a comma that may be a trailing one */
	size_t comma;	  /* where that comma is */
	int depth;
	const char *name;
};

static int fail_at(const struct pass *pass, size_t offset, const char *message,
		   struct err *err)
{
	size_t line = 1, column = 1;

	for (size_t i = 0; i < offset && i < pass->size; i++) {
		column++;
		if (pass->text[i] == '\n') {
			line++;
			column = 1;
		}
	}
	return err_set(err, D1_ERROR, "'%s' line %zu, column %zu: %s",
		       pass->name, line, column, message);
}

static void blank(struct pass *pass, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++) {
		if (pass->text[i] != '\n' && pass->text[i] != '\r')
			pass->text[i] = ' ';
	}
}

/* Skips the string that starts here. */
static int skip_string(struct pass *pass, struct err *err)
{
	const char *text = pass->text;
	size_t start = pass->at;

	for (pass->at++; pass->at < pass->size; pass->at++) {
		unsigned char c = (unsigned char)text[pass->at];

		if (c == '"') {
			pass->at++;
			return 0;
		}
		if (c < ' ')
			return fail_at(pass, start,
				       c == '\n' ? "string is not closed"
						 : "control character in a "
						   "string",
				       err);
		if (c != '\\')
			continue;
		/* The parser would cut the string there. */
		if (pass->size - pass->at >= 6 &&
		    !memcmp(text + pass->at, "\\u0000", 6))
			return fail_at(pass, pass->at, "NUL in a string", err);
		pass->at++;
	}
	return fail_at(pass, start, "string is not closed", err);
}

/* Blanks the comment that starts here. */
static int skip_comment(struct pass *pass, struct err *err)
{
	size_t start = pass->at;
	const char *end;

	if (pass->text[start + 1] == '/') {
		end = memchr(pass->text + start, '\n', pass->size - start);
		pass->at = end ? (size_t)(end - pass->text) : pass->size;
	} else {
		end = memmem(pass->text + start + 2, pass->size - start - 2,
			     "*/", 2);
		if (!end)
			return fail_at(pass, start, "comment is not closed",
				       err);
		pass->at = (size_t)(end - pass->text) + 2;
	}
	blank(pass, start, pass->at);
	return 0;
}

/* Takes note of a byte outside strings, comments and white space. */
static int note_token(struct pass *pass, struct err *err)
{
	char c = pass->text[pass->at];

	if ((c == '}' || c == ']') && pass->is_trailing)
		blank(pass, pass->comma, pass->comma + 1);
	/* A comma only trails what is not itself a comma or a beginning. */
	pass->is_trailing =
		c == ',' && pass->last && !strchr("[{,:", pass->last);
	pass->last = c;
	if (c == '{' || c == '[') {
		if (++pass->depth > MAX_DEPTH)
			return fail_at(pass, pass->at, "nested too deeply",
				       err);
	} else if (c == '}' || c == ']') {
		pass->depth--;
	} else if (c == ',') {
		pass->comma = pass->at;
	} else if (c == '\0') {
		return fail_at(pass, pass->at, "unexpected NUL", err);
	}
	if (c == '"')
		return skip_string(pass, err);
	pass->at++;
	return 0;
}

static int strip(struct pass *pass, struct err *err)
{
	int result = 0;

	if (pass->size >= 3 && !memcmp(pass->text, "\xef\xbb\xbf", 3))
		blank(pass, 0, 3);
	while (!result && pass->at < pass->size) {
		char c = pass->text[pass->at];
		/* A NUL follows the last byte. */
		char next = pass->text[pass->at + 1];

		if (c == ' ' || c == '\t' || c == '\n' || c == '\r')
			pass->at++;
		else if (c == '/' && (next == '/' || next == '*'))
			result = skip_comment(pass, err);
		else
			result = note_token(pass, err);
	}
	return result;
}

int jsonc_parse(cJSON **root, const char *text, size_t size, const char *name,
		struct err *err)
{
	struct pass pass = { .size = size, .name = name };
	const char *end = NULL;
	int result;

	*root = NULL;
	pass.text = malloc(size + 1);
	if (!pass.text)
		return err_set_nomem(err);
	memcpy(pass.text, text, size);
	pass.text[size] = '\0';
	result = strip(&pass, err);
	if (result)
		goto out;
	if (strspn(pass.text, " \t\r\n") == size) {
		result = err_set(err, D1_ERROR, "'%s' is empty", name);
		goto out;
	}
	*root = cJSON_ParseWithLengthOpts(pass.text, size + 1, &end, 1);
	if (!*root)
		result = fail_at(&pass, end ? (size_t)(end - pass.text) : 0,
				 "not valid JSON", err);
out:
	/* The text may hold a token. */
	explicit_bzero(pass.text, size);
	free(pass.text);
	return result;
}

const cJSON *jsonc_member(const cJSON *object, const char *name)
{
	const cJSON *found = NULL;
	const cJSON *member;

	if (!cJSON_IsObject(object))
		return NULL;
	cJSON_ArrayForEach(member, object)
	{
		if (!strcmp(member->string, name))
			found = member;
	}
	return found;
}
