#include "config.h"

#include "model/affinity.h"

#include <ctype.h>
#include <math.h>
#include <string.h>
#include <strings.h>

#include "util/compiler.h"

enum affinity affinity_of_type(const char *type)
{
	/* the first rule that matches anywhere decides */
	static const struct {
		char part[5];
		enum affinity affinity;
	} rules[] = {
		{ "INT", AFFINITY_INTEGER }, { "CHAR", AFFINITY_TEXT },
		{ "CLOB", AFFINITY_TEXT },   { "TEXT", AFFINITY_TEXT },
		{ "BLOB", AFFINITY_BLOB },   { "REAL", AFFINITY_REAL },
		{ "FLOA", AFFINITY_REAL },   { "DOUB", AFFINITY_REAL },
	};
	size_t first = ARRAY_SIZE(rules);

	if (*type == '\0')
		return AFFINITY_BLOB;
	for (; *type; type++)
		for (size_t i = 0; i < first; i++)
			if ((*type & ~0x20) == rules[i].part[0] &&
			    strncasecmp(type, rules[i].part,
					strlen(rules[i].part)) == 0)
				first = i;
	return first < ARRAY_SIZE(rules) ? rules[first].affinity
					 : AFFINITY_NUMERIC;
}

bool affinity_is_numeric(enum affinity affinity)
{
	return affinity != AFFINITY_TEXT && affinity != AFFINITY_BLOB;
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
