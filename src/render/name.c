#include "config.h"

#include "render/name.h"

#include <string.h>

#include "model/name.h"
#include "util/quote.h"
#include "util/utf8.h"

void name_add_text(struct buf *out, const char *text)
{
	size_t size = strlen(text);

	if (utf8_is_plain(text, size) && !strchr(text, '\t') && *text != '"')
		buf_add(out, text, size);
	else
		quote_add(out, text, size);
}

void name_add_table(struct buf *out, const char *database, const char *table)
{
	if (database) {
		name_add(out, database);
		buf_add_char(out, '/');
	}
	name_add(out, table);
}

char *name_shown_table(const char *database, const char *table, bool raw)
{
	struct buf name;
	char *shown;

	buf_init(&name, 1 << 20);
	if (raw)
		buf_add_format(&name, "%s%s%s", database ? database : "",
			       database ? "/" : "", table);
	else
		name_add_table(&name, database, table);
	shown = buf_take(&name);
	buf_release(&name);
	return shown;
}

char *name_shown_reason(const char *reason)
{
	struct buf text;
	char *shown;

	buf_init(&text, 1 << 20);
	quote_add_escaped(&text, reason, strlen(reason));
	shown = buf_take(&text);
	buf_release(&text);
	return shown;
}

const char *bucket_name(enum bucket bucket, int local_side)
{
	static const char *const names[BUCKET_COUNT] = {
		[BUCKET_OLD_ONLY] = "remote_only",
		[BUCKET_NEW_ONLY] = "local_only",
		[BUCKET_OLD_NEWER] = "remote_newer",
		[BUCKET_NEW_NEWER] = "local_newer",
		[BUCKET_CONTENT_DIFFERS] = "content_differs",
		[BUCKET_IDENTICAL] = "identical",
	};
	static const enum bucket opposite[BUCKET_COUNT] = {
		[BUCKET_OLD_ONLY] = BUCKET_NEW_ONLY,
		[BUCKET_NEW_ONLY] = BUCKET_OLD_ONLY,
		[BUCKET_OLD_NEWER] = BUCKET_NEW_NEWER,
		[BUCKET_NEW_NEWER] = BUCKET_OLD_NEWER,
		[BUCKET_CONTENT_DIFFERS] = BUCKET_CONTENT_DIFFERS,
		[BUCKET_IDENTICAL] = BUCKET_IDENTICAL,
	};

	return names[local_side == NEW ? bucket : opposite[bucket]];
}
