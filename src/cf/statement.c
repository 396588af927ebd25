#include "config.h"

#include "cf/statement.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "util/jsonstring.h"
#include "util/utf8.h"

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

		total += strlen(sql_start) +
			 jsonstring_size(it->sql, it->sql_size);
		total += strlen(params_start) + strlen(params_end);
		for (size_t j = 0; j < it->nparams; j++)
			total += jsonstring_size(it->params[j].data,
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
	jsonstring_add(body, statement->sql, statement->sql_size);
	buf_add_string(body, params_start);
	for (size_t i = 0; i < statement->nparams; i++) {
		if (i > 0)
			buf_add_char(body, ',');
		jsonstring_add(body, statement->params[i].data,
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
