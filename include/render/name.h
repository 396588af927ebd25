/*
 * How names and paths are shown, and which word a side gets. A name alone is
 * written by model/name.h.
 */
#ifndef RENDER_NAME_H
#define RENDER_NAME_H

#include <stdbool.h>
#include <stddef.h>

#include "diff/change.h"
#include "util/buf.h"

/*
 * Appends a path or a message as it is, if all of it can be read and it does
 * not begin with a quote; else quoted as git quotes.
 */
void name_add_text(struct buf *out, const char *text);

/* "shop/lines", or the bare table name if there is no database. */
void name_add_table(struct buf *out, const char *database, const char *table);

/*
 * What a list shows for a table, to be freed by the caller; NULL if out of
 * memory. `raw` is the name as it is.
 */
char *name_shown_table(const char *database, const char *table, bool raw);

/*
 * What is shown for a reason, which may hold names and a server's words: the
 * text with everything unsafe escaped, to be freed by the caller; NULL if out
 * of memory.
 */
char *name_shown_reason(const char *reason);

/* "local_only", "content_differs" and so on. */
const char *bucket_name(enum bucket bucket, int local_side);

#endif
