#include "config.h"

#include "model/affinity.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

#include "util/compiler.h"

enum affinity affinity_of_type(const char *type)
{
	/* the first rule that matches decides */
	static const struct {
		const char *part;
		enum affinity affinity;
	} rules[] = {
		{ "INT", AFFINITY_INTEGER }, { "CHAR", AFFINITY_TEXT },
		{ "CLOB", AFFINITY_TEXT },   { "TEXT", AFFINITY_TEXT },
		{ "BLOB", AFFINITY_BLOB },   { "REAL", AFFINITY_REAL },
		{ "FLOA", AFFINITY_REAL },   { "DOUB", AFFINITY_REAL },
	};

	if (*type == '\0')
		return AFFINITY_BLOB;
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
		if (strcasestr(type, rules[i].part))
			return rules[i].affinity;
	return AFFINITY_NUMERIC;
}

static size_t pass_digits(const char **at, const char *end)
{
	const char *start = *at;

	while (*at < end && isdigit((unsigned char)**at))
		++*at;
	return (size_t)(*at - start);
}

/* True for a text that SQLite takes for a number: " 12", "-.5e3". */
static bool is_number(const struct value *text)
{
	const char *at = text->data;
	const char *end = at + text->size;
	size_t digits;

	if (text->size == 0)
		return false;
	while (at < end && isspace((unsigned char)*at))
		at++;
	at += at < end && (*at == '-' || *at == '+');
	digits = pass_digits(&at, end);
	if (at < end && *at == '.') {
		at++;
		digits += pass_digits(&at, end);
	}
	if (digits > 0 && at < end && (*at == 'e' || *at == 'E')) {
		at++;
		at += at < end && (*at == '-' || *at == '+');
		digits = pass_digits(&at, end);
	}
	while (at < end && isspace((unsigned char)*at))
		at++;
	return digits > 0 && at == end;
}

bool affinity_keeps(enum affinity affinity, const struct value *value)
{
	const double limit = 9223372036854775808.0;

	if (affinity == AFFINITY_BLOB)
		return true;
	switch (value->type) {
	case VALUE_INTEGER:
		return affinity != AFFINITY_TEXT && affinity != AFFINITY_REAL;
	case VALUE_REAL:
		return affinity == AFFINITY_REAL ||
		       (affinity != AFFINITY_TEXT &&
			(trunc(value->real) != value->real ||
			 value->real <= -limit || value->real >= limit));
	case VALUE_TEXT:
		return affinity == AFFINITY_TEXT || !is_number(value);
	default:
		return true;
	}
}
