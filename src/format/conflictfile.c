#include "config.h"

#include "format/conflictfile.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "format/datafile.h"
#include "util/lines.h"

enum { MARKER_SIZE = 7 }; /* git's own, and the least */

struct conflictfile {
	struct lines lines;
	const char *name;
	enum conflict_part part; /* of the next line */
	size_t marker_size;	 /* of the conflict we are in */
	uint64_t conflicts;	 /* that have begun */
	uint64_t began;		 /* the line where the last one did */
};

size_t conflict_marker_size(const char *text, size_t size)
{
	size_t length = 0;

	if (size == 0 || !text[0] || !strchr("<|=>", text[0]))
		return 0;
	while (length < size && text[length] == text[0])
		length++;
	if (length < MARKER_SIZE ||
	    (length < size && text[length] != ' ' && text[length] != '\r'))
		return 0;
	return length;
}

int conflictfile_open(struct conflictfile **file, struct stream *stream,
		      const char *name, struct err *err)
{
	struct conflictfile *self = calloc(1, sizeof(*self));

	*file = self;
	if (!self) {
		stream_close(stream);
		return err_set_nomem(err);
	}
	lines_init(&self->lines, stream, DATAFILE_MAX_LINE);
	self->name = name;
	return 0;
}

void conflictfile_close(struct conflictfile *file)
{
	if (!file)
		return;
	lines_release(&file->lines);
	free(file);
}

static int refuse(const struct conflictfile *self, uint64_t line,
		  const char *why, struct err *err)
{
	return err_set(err, D1_ERROR, "%s:%" PRIu64 ": %s", self->name, line,
		       why);
}

/*
 * A conflict within another one, which is a base that was merged itself, has
 * longer markers: they are lines like others.
 */
static bool is_own_marker(const struct conflictfile *self, size_t size)
{
	return self->part == CONFLICT_NONE ? size > 0
					   : size == self->marker_size;
}

static int take_marker(struct conflictfile *self, struct conflict_line *line,
		       size_t size, struct err *err)
{
	const enum conflict_part part = self->part;
	const char sign = line->text[0];

	line->is_marker = true;
	if (sign == '<' && part == CONFLICT_NONE) {
		self->marker_size = size;
		self->conflicts++;
		self->began = line->number;
		self->part = CONFLICT_OURS;
	} else if (sign == '|' && part == CONFLICT_OURS) {
		self->part = CONFLICT_BASE;
	} else if (sign == '=' &&
		   (part == CONFLICT_OURS || part == CONFLICT_BASE)) {
		self->part = CONFLICT_THEIRS;
	} else if (sign == '>' && part == CONFLICT_THEIRS) {
		self->part = CONFLICT_NONE;
		line->part = part;
		line->conflict = self->conflicts;
		return 0;
	} else {
		return refuse(self, line->number,
			      "a conflict marker that does not belong here",
			      err);
	}
	line->part = self->part;
	line->conflict = self->conflicts;
	return 0;
}

int conflictfile_next(struct conflictfile *file, struct conflict_line *line,
		      struct err *err)
{
	const char *text;
	size_t size, marker;

	memset(line, 0, sizeof(*line));
	if (lines_next(&file->lines, &text, &size, err) < 0)
		return err_context(err, "%s:%" PRIu64, file->name,
				   file->lines.number);
	if (!text && file->part != CONFLICT_NONE)
		return refuse(file, file->began,
			      "the conflict that begins here has no end", err);
	if (!text)
		return 0;
	line->text = text;
	line->size = size;
	line->complete = file->lines.complete;
	line->number = file->lines.number;
	marker = conflict_marker_size(text, size);
	if (is_own_marker(file, marker))
		return take_marker(file, line, marker, err);
	line->part = file->part;
	line->conflict = file->part ? file->conflicts : 0;
	return 0;
}
