#include "config.h"

#include "util/glob.h"

#include <stddef.h>
#include <string.h>

/* Not tolower(): names do not depend on the locale. */
static unsigned char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (unsigned char)(c - 'A' + 'a')
				    : (unsigned char)c;
}

/* How many bytes the character at `text` takes; 1 if it is not UTF-8. */
static size_t character_size(const char *text)
{
	size_t size = 1;

	if ((lower(*text) & 0xc0) == 0xc0) {
		while ((lower(text[size]) & 0xc0) == 0x80)
			size++;
	}
	return size;
}

/*
 * Matches the set that starts after its '[' with `c`. Returns where the
 * pattern goes on, or NULL if the set is not closed.
 */
static const char *match_set(const char *set, char c, bool *matched)
{
	bool negated = *set == '!' || *set == '^';
	bool found = false;
	const char *p = set + negated;
	const char *first = p;

	for (; *p && (*p != ']' || p == first); p++) {
		unsigned char low, high;

		if (*p == '\\' && p[1])
			p++;
		low = high = lower(*p);
		if (p[1] == '-' && p[2] && p[2] != ']') {
			p += 2;
			high = lower(*p);
		}
		found = found || (low <= lower(c) && lower(c) <= high);
	}
	*matched = found != negated;
	return *p ? p + 1 : NULL;
}

/*
 * Matches one element of the pattern, not a '*', at `name`. Moves both on, or
 * returns false.
 */
static bool match_one(const char **pattern, const char **name)
{
	const char *p = *pattern;
	const char *after = NULL;
	bool matched = false;

	if (!**name)
		return false;
	if (*p == '[')
		after = match_set(p + 1, **name, &matched);
	if (after) {
		*name += 1;
		*pattern = after;
		return matched;
	}
	if (*p == '?') {
		*name += character_size(*name);
		*pattern = p + 1;
		return true;
	}
	if (*p == '\\' && p[1])
		p++;
	matched = *p && lower(*p) == lower(**name);
	*name += 1;
	*pattern = p + 1;
	return matched;
}

bool glob_match(const char *pattern, const char *name)
{
	const char *star = NULL, *retry = NULL;

	while (*pattern || *name) {
		if (*pattern == '*') {
			star = ++pattern;
			retry = name;
			continue;
		}
		if (*pattern && match_one(&pattern, &name))
			continue;
		/* Only the last '*' can take in one character more. */
		if (!star || !*retry)
			return false;
		retry += character_size(retry);
		name = retry;
		pattern = star;
	}
	return true;
}

bool glob_is_pattern(const char *pattern)
{
	return strpbrk(pattern, "*?[\\") != NULL;
}

void glob_add_name(struct buf *out, const char *name)
{
	for (; *name; name++) {
		if (strchr("*?[\\", *name))
			buf_add_char(out, '\\');
		buf_add_char(out, *name);
	}
}

bool name_equal(const char *a, const char *b)
{
	while (*a && lower(*a) == lower(*b)) {
		a++;
		b++;
	}
	return *a == *b;
}
