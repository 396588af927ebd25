/*
 * Fuzz target for files with conflicts (format/conflictfile.h).
 *
 * Any bytes: what is read without an error is, line by line, what was given;
 * markers stand where a part begins or a conflict ends, and nowhere else.
 *
 * Seeds are in tests/fuzz/corpus/conflictfile.
 */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "format/conflictfile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool truth)
{
	if (!truth)
		abort();
}

/* Checks that the line may follow one in the part and conflict before. */
static void check_line(const struct conflict_line *line,
		       const struct conflict_line *before)
{
	expect((line->part == CONFLICT_NONE) == (line->conflict == 0));
	expect(line->number == before->number + 1);
	if (line->conflict > 0 && line->conflict == before->conflict)
		expect(line->is_marker || line->part == before->part);
	if (line->is_marker)
		expect(conflict_marker_size(line->text, line->size) >= 7);
	else if (line->part == CONFLICT_NONE)
		expect(!conflict_marker_size(line->text, line->size));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct conflict_line line = { .number = 0 }, before = line;
	struct conflictfile *file;
	struct stream *stream;
	struct err err = ERR_INIT;
	size_t at = 0;

	expect(stream_open_bytes(&stream, data, size, &err) == 0);
	expect(conflictfile_open(&file, stream, "fuzz", &err) == 0);
	while (conflictfile_next(file, &line, &err) == 0 && line.text) {
		check_line(&line, &before);
		expect(line.size + line.complete <= size - at);
		expect(memcmp(line.text, data + at, line.size) == 0);
		at += line.size;
		if (line.complete)
			expect(data[at++] == '\n');
		before = line;
	}
	expect(err.code || at == size);
	conflictfile_close(file);
	return 0;
}
