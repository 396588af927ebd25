#include "config.h"

#include "cf/statement.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "util/utf8.h"

/* The second character of a two-character escape, or 0. */
static char short_escape(unsigned char c)
{
	switch (c) {
	case '"':
	case '\\':
		return (char)c;
	case '\b':
		return 'b';
	case '\f':
		return 'f';
	case '\n':
		return 'n';
	case '\r':
		return 'r';
	case '\t':
		return 't';
	default:
		return 0;
	}
}

static bool needs_escape(unsigned char c)
{
	return c < 0x20 || c == '"' || c == '\\';
}

static void add_escape(struct buf *out, unsigned char c)
{
	char letter = short_escape(c);

	if (letter)
		buf_add_format(out, "\\%c", letter);
	else
		buf_add_format(out, "\\u%04x", c);
}

static void add_string(struct buf *out, const char *text, size_t size)
{
	size_t done = 0;

	buf_add_char(out, '"');
	for (size_t i = 0; i < size; i++) {
		unsigned char c = (unsigned char)text[i];

		if (!needs_escape(c))
			continue;
		buf_add(out, text + done, i - done);
		add_escape(out, c);
		done = i + 1;
	}
	buf_add(out, text + done, size - done);
	buf_add_char(out, '"');
}

static size_t string_size(const char *text, size_t size)
{
	size_t total = size + 2;

	for (size_t i = 0; i < size; i++) {
		unsigned char c = (unsigned char)text[i];

		if (needs_escape(c))
			total += short_escape(c) ? 1 : 5;
	}
	return total;
}

static const char batch_start[] = "{\"batch\":[";
static const char batch_end[] = "]}";
static const char sql_start[] = "{\"sql\":";
static const char params_start[] = ",\"params\":[";
static const char params_end[] = "]}";

size_t statements_size(const struct d1_statement *statements, size_t count)
{
	size_t total = strlen(batch_start) + strlen(batch_end);

	for (size_t i = 0; i < count; i++) {
		const struct d1_statement *it = &statements[i];

		total += strlen(sql_start) + string_size(it->sql, it->sql_size);
		total += strlen(params_start) + strlen(params_end);
		for (size_t j = 0; j < it->nparams; j++)
			total += string_size(it->params[j].data,
					     it->params[j].size);
		/* commas: between parameters, between statements */
		total += (it->nparams ? it->nparams - 1 : 0) + (i > 0);
	}
	return total;
}

static int check_params(const struct d1_statement *statement, size_t number,
			struct err *err)
{
	for (size_t i = 0; i < statement->nparams; i++) {
		const struct d1_param *param = &statement->params[i];

		if (param->size > D1_MAX_VALUE)
			return err_set(err, D1_EREFUSED,
				       "parameter %zu of statement %zu has %zu"
				       " bytes, D1 takes at most %d",
				       i + 1, number, param->size,
				       D1_MAX_VALUE);
		if (!utf8_valid(param->data, param->size))
			return err_set(err, D1_ERROR,
				       "parameter %zu of statement %zu is not"
				       " valid UTF-8",
				       i + 1, number);
	}
	return 0;
}

static bool is_blank(const struct d1_statement *statement)
{
	for (size_t i = 0; i < statement->sql_size; i++)
		if (!isspace((unsigned char)statement->sql[i]))
			return false;
	return true;
}

static int check_statement(const struct d1_statement *statement, size_t number,
			   struct err *err)
{
	if (is_blank(statement))
		return err_set(err, D1_EREFUSED, "statement %zu is empty",
			       number);
	if (statement->sql_size > D1_MAX_SQL)
		return err_set(err, D1_EREFUSED,
			       "statement %zu has %zu bytes, D1 takes at most"
			       " %d",
			       number, statement->sql_size, D1_MAX_SQL);
	if (memchr(statement->sql, '\0', statement->sql_size))
		return err_set(err, D1_EREFUSED,
			       "statement %zu holds a NUL character", number);
	if (!utf8_valid(statement->sql, statement->sql_size))
		return err_set(err, D1_ERROR,
			       "statement %zu is not valid UTF-8", number);
	if (statement->nparams > D1_MAX_PARAMS)
		return err_set(err, D1_EREFUSED,
			       "statement %zu has %zu parameters, D1 takes at"
			       " most %d",
			       number, statement->nparams, D1_MAX_PARAMS);
	return check_params(statement, number, err);
}

static void add_statement(struct buf *body,
			  const struct d1_statement *statement)
{
	buf_add_string(body, sql_start);
	add_string(body, statement->sql, statement->sql_size);
	buf_add_string(body, params_start);
	for (size_t i = 0; i < statement->nparams; i++) {
		if (i > 0)
			buf_add_char(body, ',');
		add_string(body, statement->params[i].data,
			   statement->params[i].size);
	}
	buf_add_string(body, params_end);
}

int statements_write(struct buf *body, const struct d1_statement *statements,
		     size_t count, struct err *err)
{
	size_t size;

	if (!count)
		return err_set(err, D1_EREFUSED, "a call without statements");
	for (size_t i = 0; i < count; i++)
		if (check_statement(&statements[i], i + 1, err))
			return err->code;
	size = statements_size(statements, count);
	if (size > body->max - body->len) {
		err_set(err, D1_EREFUSED,
			"the call has %zu bytes, at most %zu are sent to D1"
			" at once",
			size, body->max);
		return err_hint(err, "do it in smaller parts");
	}
	buf_add_string(body, batch_start);
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			buf_add_char(body, ',');
		add_statement(body, &statements[i]);
	}
	buf_add_string(body, batch_end);
	return buf_check(body, "the call", err);
}
