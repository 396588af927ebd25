/*
 * An arena: memory that is handed out piece by piece and freed all at once.
 *
 * A pointer from an arena is valid until arena_clear() or arena_release().
 */
#ifndef UTIL_ARENA_H
#define UTIL_ARENA_H

#include <stddef.h>

#include "util/compiler.h"

struct arena_block;

struct arena {
	struct arena_block *blocks; /* newest first */
};

#define ARENA_INIT \
	{ \
		.blocks = NULL \
	}

/* Zeroed memory, aligned for any type; NULL if out of memory. */
void *arena_alloc(struct arena *arena, size_t size) MUST_CHECK;

/* arena_alloc() of `count` times `size` bytes; NULL if that overflows. */
void *arena_array(struct arena *arena, size_t count, size_t size) MUST_CHECK;

/* A copy of the bytes and a NUL after them; NULL if out of memory. */
char *arena_copy(struct arena *arena, const void *data, size_t size) MUST_CHECK;
char *arena_string(struct arena *arena, const char *string) MUST_CHECK;
char *arena_format(struct arena *arena, const char *format, ...)
	PRINTF_LIKE(2, 3) MUST_CHECK;

/* Frees all that was handed out, but keeps one block for what comes next. */
void arena_clear(struct arena *arena);

/* Frees everything. The arena is empty afterwards and usable again. */
void arena_release(struct arena *arena);

#endif
