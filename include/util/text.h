/* Texts that are a pointer and a length, read from their beginning. */
#ifndef UTIL_TEXT_H
#define UTIL_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* True if the text begins with `word`. */
static inline bool text_begins(const char *text, size_t size, const char *word)
{
	size_t length = strlen(word);

	return size >= length && memcmp(text, word, length) == 0;
}

/* True if the text begins with `word`; then it is moved behind it. */
static inline bool text_take(const char **text, size_t *size, const char *word)
{
	size_t length = strlen(word);

	if (!text_begins(*text, *size, word))
		return false;
	*text += length;
	*size -= length;
	return true;
}

#endif
