/* Strings in JSON documents that are written. */
#ifndef UTIL_JSONSTRING_H
#define UTIL_JSONSTRING_H

#include <stddef.h>

#include "util/buf.h"

/*
 * Appends the UTF-8 text as a JSON string with its quotes (RFC 8259, section
 * 7): only what must be escaped is.
 */
void jsonstring_add(struct buf *out, const char *text, size_t size);

/*
 * The same between single quotes, as JSON5 has it; there is none in the text.
 */
void jsonstring_add_single(struct buf *out, const char *text, size_t size);

/*
 * The same as part of an SQL literal between single quotes: those of the text
 * are doubled.
 */
void jsonstring_add_literal(struct buf *out, const char *text, size_t size);

/*
 * The same in printable ASCII without single quotes, so that it can stand in an
 * SQL text as it is.
 */
void jsonstring_add_ascii(struct buf *out, const char *text, size_t size);

/*
 * Appends a JSON document in such characters: others only stand in its strings.
 */
void jsonstring_add_document_ascii(struct buf *out, const char *json,
				   size_t size);

/*
 * jsonstring_add() for bytes of any kind, since JSON wants UTF-8: if they are
 * not, the text has them escaped as quote_add_escaped() does.
 */
void jsonstring_add_bytes(struct buf *out, const char *bytes, size_t size);

/*
 * Appends `,"name":` and the bytes of the C string `text` as
 * jsonstring_add_bytes() does; null if it is NULL.
 */
void jsonstring_add_member(struct buf *out, const char *name, const char *text);

/* How many bytes jsonstring_add() appends. */
size_t jsonstring_size(const char *text, size_t size);

#endif
