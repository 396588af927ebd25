/* The lines of a patch before the hunks of a table (format/patch.h). */
#ifndef FORMAT_PATCHHEAD_H
#define FORMAT_PATCHHEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "format/patch.h"
#include "util/arena.h"

#define PATCH_TABLE_WORD "diff --d1 "

/* The head of a table while it is read. Names and file are borrowed. */
struct patch_head {
	const char *name; /* of the patch */
	struct arena *arena;
	struct patch_table *table;
	struct buf scratch;
	unsigned seen; /* which lines there were */
	bool complete; /* this was the last one */
};

/* What stands in `table` is forgotten. The caller releases it. */
void patch_head_init(struct patch_head *head, struct patch_table *table,
		     struct arena *arena, const char *name);
void patch_head_release(struct patch_head *head);

/* Reads the next line. */
int patch_head_read(struct patch_head *head, const char *text, size_t size,
		    uint64_t line, struct err *err) MUST_CHECK;

/*
 * Reads a name at the start of the text into *name, in the arena, and moves
 * the text behind it. False, without an error, if there is none.
 */
bool patch_read_name(const char **name, const char **text, size_t *size,
		     struct buf *scratch, struct arena *arena,
		     struct err *err) MUST_CHECK;

/*
 * The first name that stands there twice, as SQL tells columns apart, in
 * *twice; NULL if there is none.
 */
int patch_find_twice(const char **twice, const char *const *names, size_t count,
		     struct err *err) MUST_CHECK;

#endif
