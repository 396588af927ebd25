#include "config.h"

#include "schema/scratchname.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

const char scratchname_prefix[] = "git_d1_scratch_";

/* of the prefix, the digest and its `_` */
enum { PREFIX = sizeof(scratchname_prefix) - 1, DIGEST = 12 };
enum { HEAD = PREFIX + DIGEST + 1 };

/* FNV-1a, of a name in lower case: Users and users are one. */
static uint64_t digest(const char *name)
{
	uint64_t hash = 0xcbf29ce484222325U;

	for (; *name; name++) {
		unsigned char byte = (unsigned char)*name;

		if (byte >= 'A' && byte <= 'Z')
			byte += 'a' - 'A';
		hash = (hash ^ byte) * 0x100000001b3U;
	}
	return (hash ^ (hash >> 48)) & 0xffffffffffff;
}

char *scratchname_make(struct arena *arena, const char *name)
{
	return arena_format(arena, "%s%012" PRIx64 "_%s", scratchname_prefix,
			    digest(name), name);
}

bool scratchname_is(const char *name)
{
	char head[HEAD + 1];

	if (strlen(name) <= HEAD ||
	    strncasecmp(name, scratchname_prefix, PREFIX) != 0)
		return false;
	snprintf(head, sizeof(head), "%s%012" PRIx64 "_", scratchname_prefix,
		 digest(name + HEAD));
	return strncasecmp(name, head, HEAD) == 0;
}

const char *scratchname_park(struct arena *arena, const char *object,
			     const char *parked)
{
	return scratchname_is(object) ? scratchname_make(arena, parked)
				      : parked;
}

void scratchname_add_plain(struct buf *out, const char *text)
{
	while (*text) {
		const char *found = strstr(text, scratchname_prefix);
		size_t size = found ? (size_t)(found - text) : strlen(text);

		buf_add(out, text, size);
		text += size;
		if (!found)
			return;
		if (strspn(text + PREFIX, "0123456789abcdef") == DIGEST &&
		    text[HEAD - 1] == '_') {
			text += HEAD;
		} else {
			/* what only begins like one stays */
			buf_add(out, text, PREFIX);
			text += PREFIX;
		}
	}
}
