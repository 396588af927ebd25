#include "config.h"

#include "hooks/shim.h"

#include <stdlib.h>
#include <string.h>

#include "hooks/shimfile.h"
#include "util/compiler.h"

enum { MAX_SHIM = 1 << 16 };

/* The line of the file that `require` decides. */
static const char optional[] = "require=no\n", required[] = "require=yes\n";

/*
 * Texts that older versions wrote. Before hooks/shim is changed, what it is now
 * comes here, and the number in its second line counts up.
 */
static const char *const past_texts[] = { NULL };

void shim_add(struct buf *out, bool require)
{
	for (const char *const *line = shim; *line; line++)
		buf_add_string(out, require && strcmp(*line, optional) == 0
					    ? required
					    : *line);
}

void shim_add_command(struct buf *out, enum hook_event event, bool require)
{
	const char *name = hook_event_name(event);

	buf_add_format(out,
		       "run() { if command -v git-d1 >/dev/null 2>&1; "
		       "then git-d1 hook %s \"$@\"; "
		       "else echo >&2 \"git-d1 is not in PATH: %s did "
		       "nothing\"; %s; fi; }; run",
		       name, name,
		       require && hook_event_blocks(event) ? "false" : "true");
}

static void trim(const char **text, size_t *size)
{
	static const char blanks[] = " \t\r\n";

	while (*size > 0 && memchr(blanks, **text, sizeof(blanks) - 1)) {
		(*text)++;
		(*size)--;
	}
	while (*size > 0 &&
	       memchr(blanks, (*text)[*size - 1], sizeof(blanks) - 1))
		(*size)--;
}

static bool is_same(const char *text, size_t size, const char *other,
		    size_t other_size)
{
	trim(&other, &other_size);
	return size == other_size && memcmp(text, other, size) == 0;
}

bool shim_is_ours(const char *text, size_t size)
{
	bool ours = false;
	struct buf now;

	trim(&text, &size);
	if (size == 0)
		return true;
	buf_init(&now, MAX_SHIM);
	for (int require = 0; require <= 1 && !ours; require++) {
		buf_clear(&now);
		shim_add(&now, require != 0);
		ours = !now.failed && is_same(text, size, now.data, now.len);
	}
	buf_release(&now);
	for (const char *const *past = past_texts; *past && !ours; past++)
		ours = is_same(text, size, *past, strlen(*past));
	return ours;
}

/* In a comment nothing runs. */
static bool is_in_comment(const char *text, const char *at)
{
	while (at > text && at[-1] != '\n')
		at--;
	at += strspn(at, " \t");
	return *at == '#';
}

static bool is_name(const char *at, size_t left, const char *name)
{
	static const char more[] = "abcdefghijklmnopqrstuvwxyz0123456789-_";
	size_t size = strlen(name);

	return left >= size && memcmp(at, name, size) == 0 &&
	       (left == size || !memchr(more, at[size], sizeof(more) - 1));
}

bool shim_is_called(const char *text, size_t size, enum hook_event event)
{
	const char *name = hook_event_name(event);
	const char *const forms[] = { "git d1 hook ", "git-d1 hook " };

	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		const char *at = text;
		size_t left = size;

		while ((at = memmem(at, left, forms[i], strlen(forms[i])))) {
			bool runs = !is_in_comment(text, at);

			at += strlen(forms[i]);
			left = size - (size_t)(at - text);
			if (runs && is_name(at, left, name))
				return true;
		}
	}
	return false;
}
