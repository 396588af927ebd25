/*
 * A text file in which a merge has left conflicts, line by line:
 *
 *	<<<<<<< ours
 *	...
 *	||||||| base (only in some styles)
 *	...
 *	=======
 *	...
 *	>>>>>>> theirs
 *
 * A marker is longer where git was told so (conflict-marker-size); those of one
 * conflict are of one length. No line of a data file begins like one.
 */
#ifndef FORMAT_CONFLICTFILE_H
#define FORMAT_CONFLICTFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/err.h"
#include "util/stream.h"

/* Where a line stands. */
enum conflict_part {
	CONFLICT_NONE,
	CONFLICT_OURS,
	CONFLICT_BASE,
	CONFLICT_THEIRS,
};

struct conflict_line {
	enum conflict_part part;
	bool is_marker;	   /* the first one belongs to OURS, the one at the
			      end to THEIRS, others to what begins there */
	uint64_t conflict; /* which one, from 1 on; 0 outside of them */
	uint64_t number;   /* of the line, from 1 on */
	const char *text;  /* without its LF; NULL after the last line */
	size_t size;
	bool complete; /* it has an LF: only the last one may not */
};

struct conflictfile;

/* Takes the stream, also if this fails. `name` is borrowed, for messages. */
int conflictfile_open(struct conflictfile **file, struct stream *stream,
		      const char *name, struct err *err) MUST_CHECK;

/* NULL is allowed. */
void conflictfile_close(struct conflictfile *file);

/*
 * Reads the next line, which is valid until the next call. Markers that do not
 * belong together are an error with file and line.
 */
int conflictfile_next(struct conflictfile *file, struct conflict_line *line,
		      struct err *err) MUST_CHECK;

/*
 * How many signs a conflict marker begins with; 0 if the line is none. The text
 * is without its LF.
 */
size_t conflict_marker_size(const char *text, size_t size);

#endif
