/*
 * What git tells a pre-push hook on standard input, a line for each ref:
 *
 *	<local ref> SP <local id> SP <remote ref> SP <remote id> LF
 *
 * An id of zeros, however many, is no object: a ref that is deleted has none
 * here, one that is new has none there. The local ref may be anything that
 * names a commit, "HEAD" or "HEAD~1".
 */
#ifndef HOOKS_PUSH_H
#define HOOKS_PUSH_H

#include <stddef.h>

#include "util/arena.h"
#include "util/err.h"

struct push_ref {
	const char *local_ref;
	const char *local_id;
	const char *remote_ref;
	const char *remote_id; /* NULL: the ref is new */
};

/* Those that are not deleted. */
struct push {
	struct arena arena;
	struct push_ref *refs;
	size_t count;
};

/*
 * Reads the lines. A line that is not of that form is D1_ERROR. The caller
 * releases it, after an error too.
 */
int push_read(struct push *push, const char *text, size_t size,
	      struct err *err) MUST_CHECK;
void push_release(struct push *push);

#endif
