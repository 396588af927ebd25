#include "config.h"

#include "migrate/nextname.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

void migrations_raise(unsigned long long *highest, const char *name)
{
	unsigned long long number = 0;

	/* one that is too long is no number */
	if (strspn(name, "0123456789") < 19)
		number = strtoull(name, NULL, 10);
	if (number > *highest)
		*highest = number;
}

static int check_subject(const char *subject, struct err *err)
{
	bool fits = *subject != '\0';

	for (const char *at = subject; *at; at++)
		if (*at == '/' || *at == '\\' || (unsigned char)*at < ' ' ||
		    *at == '\x7f')
			fits = false;
	return fits ? 0
		    : err_set(err, D1_EUSAGE,
			      "'%s' cannot be a part of a file name", subject);
}

static int refuse_pattern(const char *pattern, struct err *err)
{
	err_set(err, D1_ERROR,
		"migrations_pattern '%s' leaves open what a new migration is "
		"called",
		pattern);
	return err_hint(err, "write the file by hand");
}

static void add_numbered(struct buf *name, const struct migrations *migrations,
			 const char *subject)
{
	unsigned long long highest = 0;

	for (size_t i = 0; i < migrations->count; i++)
		migrations_raise(&highest, migrations->names[i]);
	buf_add_format(name, "%04llu_", highest + 1);
	for (; *subject; subject++)
		buf_add_char(name, *subject == ' ' ? '_' : *subject);
}

int migrations_next_name(struct buf *name, const struct migrations *migrations,
			 const char *pattern, const char *subject,
			 struct err *err)
{
	const char *at = pattern ? pattern : "*.sql";
	bool numbered = false;

	if (check_subject(subject, err) < 0)
		return err->code;
	/* any number of folders may be none */
	while (strncmp(at, "**/", 3) == 0)
		at += 3;
	for (; *at; at++) {
		if (strchr("?[]", *at) || (*at == '*' && numbered))
			return refuse_pattern(pattern, err);
		if (*at != '*') {
			buf_add_char(name, *at);
			continue;
		}
		add_numbered(name, migrations, subject);
		numbered = true;
	}
	if (!numbered)
		return refuse_pattern(pattern, err);
	return buf_check(name, "a file name", err);
}
