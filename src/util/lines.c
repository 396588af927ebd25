#include "config.h"

#include "util/lines.h"

#include <stdlib.h>
#include <string.h>

enum { START_SIZE = 256 * 1024 };

void lines_init(struct lines *lines, struct stream *stream, size_t max)
{
	*lines = (struct lines){ .stream = stream, .max = max };
}

void lines_release(struct lines *lines)
{
	stream_close(lines->stream);
	free(lines->data);
	*lines = (struct lines){ .stream = NULL };
}

/* Makes room behind the bytes that wait, which are a part of one line. */
static int make_room(struct lines *lines, struct err *err)
{
	size_t waiting = lines->end - lines->start;
	size_t capacity = lines->capacity ? lines->capacity * 2 : START_SIZE;
	char *data;

	if (waiting > lines->max && !lines->overlong) {
		lines->overlong = true;
		return err_set(err, D1_ERROR, "a line of more than %zu bytes",
			       lines->max);
	}
	if (lines->overlong)
		lines->start = lines->searched = lines->end = waiting = 0;
	if (lines->start > 0) {
		memmove(lines->data, lines->data + lines->start, waiting);
		lines->searched -= lines->start;
		lines->start = 0;
		lines->end = waiting;
	}
	if (waiting < lines->capacity)
		return 0;
	if (capacity > lines->max + 1)
		capacity = lines->max + 1;
	data = realloc(lines->data, capacity);
	if (!data)
		return err_set_nomem(err);
	lines->data = data;
	lines->capacity = capacity;
	return 0;
}

static int read_more(struct lines *lines, struct err *err)
{
	size_t got;

	if (make_room(lines, err) < 0)
		return err->code;
	if (stream_read(lines->stream, lines->data + lines->end,
			lines->capacity - lines->end, &got, err) < 0)
		return err->code;
	lines->end += got;
	lines->ended = got == 0;
	return 0;
}

/* Finds the next LF; NULL at the end. */
static int find_end(struct lines *lines, const char **line_end, struct err *err)
{
	*line_end = NULL;
	for (;;) {
		if (lines->searched < lines->end)
			*line_end = memchr(lines->data + lines->searched, '\n',
					   lines->end - lines->searched);
		if (*line_end || lines->ended)
			return 0;
		lines->searched = lines->end;
		if (read_more(lines, err) < 0)
			return err->code;
	}
}

/* Passes over the rest of a line that is too long. */
static int pass_over(struct lines *lines, struct err *err)
{
	const char *line_end;

	if (find_end(lines, &line_end, err) < 0)
		return err->code;
	lines->start =
		line_end ? (size_t)(line_end + 1 - lines->data) : lines->end;
	lines->searched = lines->start;
	lines->overlong = false;
	return 0;
}

int lines_next(struct lines *lines, const char **text, size_t *size,
	       struct err *err)
{
	const char *line_end;

	*text = NULL;
	*size = 0;
	if (lines->overlong && pass_over(lines, err) < 0)
		return err->code;
	lines->number++;
	if (find_end(lines, &line_end, err) < 0)
		return err->code;
	lines->complete = line_end;
	if (!line_end && lines->start == lines->end) {
		lines->number--;
		return 0;
	}
	*text = lines->data + lines->start;
	*size = (size_t)((line_end ? line_end : lines->data + lines->end) -
			 *text);
	lines->start += *size + (line_end ? 1 : 0);
	lines->searched = lines->start;
	return 0;
}
