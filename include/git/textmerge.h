/* A text merged line by line, as git merges one without a driver. */
#ifndef GIT_TEXTMERGE_H
#define GIT_TEXTMERGE_H

#include <stdbool.h>
#include <stddef.h>

#include "util/buf.h"
#include "util/err.h"

enum { TEXTMERGE_BASE, TEXTMERGE_OURS, TEXTMERGE_THEIRS, TEXTMERGE_SIDES };

struct textmerge {
	struct {
		const char *data;
		size_t size;
	} texts[TEXTMERGE_SIDES];
	const char *labels[TEXTMERGE_SIDES]; /* behind the markers */
	unsigned short marker_size;
	bool show_base; /* between the markers */
};

/* Appends the result. *clean is false if there are markers in it. */
int textmerge(struct buf *out, bool *clean, const struct textmerge *merge,
	      struct err *err) MUST_CHECK;

#endif
