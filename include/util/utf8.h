/*
 * UTF-8, read strictly: no overlong forms, no surrogates, nothing above
 * U+10FFFF (RFC 3629). Text in a database may be none of that.
 */
#ifndef UTIL_UTF8_H
#define UTIL_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Reads one character from the `size` bytes at `text` into *codepoint and
 * returns how many bytes it takes, or 0 if they do not start with one.
 */
size_t utf8_decode(const char *text, size_t size, uint32_t *codepoint);

/* True if all of the bytes are UTF-8. NUL counts as a character. */
bool utf8_valid(const char *text, size_t size);

/*
 * True for characters that never reach an output raw, because they drive a
 * terminal or mislead a reader: C0 but TAB, DEL, C1, the bidirectional
 * controls (Unicode annex 9), U+2028, U+2029 and U+FEFF.
 */
bool utf8_is_unsafe(uint32_t codepoint);

/* How many bytes at the start are printable ASCII: U+0020 to U+007E. */
size_t utf8_printable(const char *text, size_t size);

/* True if the text is UTF-8 without any unsafe character. */
bool utf8_is_plain(const char *text, size_t size);

/*
 * How many columns a terminal needs for the text: one for each character that
 * starts one, two for the wide East Asian and emoji blocks, none for combining
 * marks. An invalid byte counts as one.
 */
size_t utf8_width(const char *text, size_t size);

#endif
