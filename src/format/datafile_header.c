#include "config.h"

#include "format/datafile.h"
#include "format/dataline.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "format/filename.h"
#include "model/name.h"
#include "model/sql.h"
#include "util/hex.h"
#include "util/text.h"

/* What is left to read of the line, and what names are read into. */
struct reader {
	const char *line;
	const char *text;
	size_t size;
	struct buf name;
	struct arena *arena;
	struct err *err;
};

/* A position among the columns, to find one by its name. */
struct place {
	const char *name;
	size_t position;
	bool key;
	bool masked;
};

static int compare_places(const void *a, const void *b)
{
	return strcasecmp(((const struct place *)a)->name,
			  ((const struct place *)b)->name);
}

static bool take(struct reader *reader, const char *expected)
{
	return text_take(&reader->text, &reader->size, expected);
}

/* Where the reader stands in the line, in bytes from 1 on. */
static size_t place_of(const struct reader *reader)
{
	return (size_t)(reader->text - reader->line) + 1;
}

static int refuse(struct reader *reader, const char *expected)
{
	return err_set(reader->err, D1_ERROR,
		       "the line of the table is malformed: no %s at byte %zu",
		       expected, place_of(reader));
}

static int expect(struct reader *reader, const char *expected, const char *what)
{
	return take(reader, expected) ? 0 : refuse(reader, what);
}

/* Takes what read() finds, as a name that a snapshot can hold. */
static const char *read_name(struct reader *reader,
			     size_t (*read)(struct buf *, const char *, size_t))
{
	char *name = NULL;
	size_t taken;

	buf_clear(&reader->name);
	taken = read(&reader->name, reader->text, reader->size);
	if (taken == 0) {
		refuse(reader, "name");
		return NULL;
	}
	name = arena_copy(reader->arena, reader->name.data, reader->name.len);
	if (!name) {
		err_set_nomem(reader->err);
		return NULL;
	}
	if (!filename_is_possible(name)) {
		err_set(reader->err, D1_ERROR,
			"a name with control characters or not in UTF-8, at byte %zu",
			place_of(reader));
		return NULL;
	}
	reader->text += taken;
	reader->size -= taken;
	return name;
}

/* A list has no more names than this. */
static size_t count_names(const struct reader *reader)
{
	size_t count = 1;

	for (size_t i = 0; i < reader->size && count < DATAFILE_MAX_COLUMNS;
	     i++)
		count += reader->text[i] == ',';
	return count;
}

static int read_columns(struct reader *reader, struct datafile_header *header)
{
	size_t max = count_names(reader);
	const char **columns =
		arena_array(reader->arena, max, sizeof(*columns));

	if (!columns)
		return err_set_nomem(reader->err);
	do {
		if (header->ncolumns == max)
			return err_set(reader->err, D1_ERROR,
				       "more than %d columns", (int)max);
		columns[header->ncolumns] = read_name(reader, name_read);
		if (!columns[header->ncolumns])
			return reader->err->code;
		header->ncolumns++;
	} while (take(reader, ", "));
	header->columns = columns;
	return 0;
}

/* The columns by name; the same name twice, to SQL, is an error. */
static int sort_columns(struct reader *reader,
			const struct datafile_header *header,
			struct place **sorted)
{
	struct place *places =
		arena_array(reader->arena, header->ncolumns, sizeof(*places));

	if (!places)
		return err_set_nomem(reader->err);
	for (size_t i = 0; i < header->ncolumns; i++) {
		places[i].name = header->columns[i];
		places[i].position = i;
	}
	qsort(places, header->ncolumns, sizeof(*places), compare_places);
	for (size_t i = 1; i < header->ncolumns; i++)
		if (compare_places(&places[i - 1], &places[i]) == 0)
			return err_set(reader->err, D1_ERROR,
				       "column '%s' stands twice",
				       places[i].name);
	*sorted = places;
	return 0;
}

/* Reads names of columns. `what` is "key" or "masked". */
static int read_positions(struct reader *reader,
			  const struct datafile_header *header,
			  struct place *places, const char *what,
			  const size_t **list, size_t *count)
{
	bool masked = *what == 'm';
	size_t *positions = arena_array(reader->arena, header->ncolumns,
					sizeof(*positions));

	if (!positions)
		return err_set_nomem(reader->err);
	do {
		struct place wanted = { .name = read_name(reader, name_read) };
		struct place *place;

		if (!wanted.name)
			return reader->err->code;
		place = bsearch(&wanted, places, header->ncolumns,
				sizeof(*places), compare_places);
		if (!place || strcmp(place->name, wanted.name) != 0)
			return err_set(reader->err, D1_ERROR,
				       "%s column '%s' is not among the "
				       "columns",
				       what, wanted.name);
		if (masked ? place->masked : place->key)
			return err_set(reader->err, D1_ERROR,
				       "%s column '%s' stands twice", what,
				       wanted.name);
		if (masked && place->key)
			return err_set(reader->err, D1_ERROR,
				       "key column '%s' is masked",
				       wanted.name);
		place->key |= !masked;
		place->masked |= masked;
		positions[(*count)++] = place->position;
	} while (take(reader, ", "));
	*list = positions;
	return 0;
}

static int read_key_id(struct reader *reader, struct datafile_header *header)
{
	size_t size = sizeof(header->key_id) - 1;

	if (expect(reader, " key ", "' key '") < 0)
		return reader->err->code;
	if (reader->size < size)
		return refuse(reader, "id of a mask key");
	for (size_t i = 0; i < size; i++)
		if (hex_digit(reader->text[i]) < 0 ||
		    (reader->text[i] >= 'A' && reader->text[i] <= 'F'))
			return refuse(reader, "id of a mask key");
	memcpy(header->key_id, reader->text, size);
	reader->text += size;
	reader->size -= size;
	return expect(reader, "]", "']'");
}

static int read_header(struct reader *reader, struct datafile_header *header)
{
	struct err *err = reader->err;
	struct place *places = NULL;

	if (expect(reader, "-- table ", "'-- table '") < 0)
		return err->code;
	header->table = read_name(reader, sql_read_name);
	if (!header->table || expect(reader, " (", "' ('") < 0 ||
	    read_columns(reader, header) < 0 ||
	    expect(reader, ")", "', ' or ')'") < 0 ||
	    sort_columns(reader, header, &places) < 0)
		return err->code;
	if (take(reader, " key ") &&
	    read_positions(reader, header, places, "key", &header->key,
			   &header->nkey) < 0)
		return err->code;
	if (take(reader, " [masked ") &&
	    (read_positions(reader, header, places, "masked", &header->masked,
			    &header->nmasked) < 0 ||
	     read_key_id(reader, header) < 0))
		return err->code;
	return reader->size > 0 ? refuse(reader, "end") : 0;
}

int dataline_read_header(struct datafile_header *header, const char *text,
			 size_t size, struct arena *arena, struct err *err)
{
	struct reader reader = { .line = text,
				 .text = text,
				 .size = size,
				 .arena = arena,
				 .err = err };

	*header = (struct datafile_header){ .table = NULL };
	buf_init(&reader.name, size);
	(void)!read_header(&reader, header);
	buf_release(&reader.name);
	return err->code;
}

size_t datafile_column(const struct datafile_header *header, const char *name)
{
	size_t at = 0;

	while (at < header->ncolumns &&
	       strcasecmp(header->columns[at], name) != 0)
		at++;
	return at;
}

bool datafile_is_masked(const struct datafile_header *header, size_t column)
{
	for (size_t i = 0; i < header->nmasked; i++)
		if (header->masked[i] == column)
			return true;
	return false;
}
