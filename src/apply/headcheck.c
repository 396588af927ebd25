#include "config.h"

#include "apply/headcheck.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "model/name.h"
#include "util/buf.h"

enum { MAX_NAMES = DATAFILE_MAX_LINE };

static const char write_anew[] = "write the snapshot anew: git d1 snapshot";

/* Columns that are to be in the file, and as they are. */
static bool check_expected(const struct datafile_header *header,
			   const struct datafile_header *expected,
			   struct problems *problems)
{
	bool found = false;

	for (size_t i = 0; i < expected->ncolumns; i++) {
		const char *name = expected->columns[i];
		size_t at = datafile_column(header, name);

		if (at == header->ncolumns)
			problems_add(problems, HEADCHECK_LINE, write_anew,
				     "column '%s' of the table is missing",
				     name);
		else if (datafile_is_masked(expected, i) &&
			 !datafile_is_masked(header, at))
			problems_add(problems, HEADCHECK_LINE, write_anew,
				     "column '%s' is to be masked, and its "
				     "values stand here in plain",
				     name);
		else if (datafile_is_masked(header, at) &&
			 !datafile_is_masked(expected, i))
			problems_add(problems, HEADCHECK_LINE,
				     "name it in maskColumns, or write the "
				     "snapshot anew: git d1 snapshot",
				     "column '%s' is masked, and .d1config "
				     "does not say so",
				     name);
		else
			continue;
		found = true;
	}
	return found;
}

static bool check_left_out(const struct datafile_header *header,
			   const struct datafile_header *expected,
			   struct problems *problems)
{
	bool found = false;

	for (size_t i = 0; i < header->ncolumns; i++) {
		const char *name = header->columns[i];

		if (datafile_column(expected, name) < expected->ncolumns)
			continue;
		problems_add(problems, HEADCHECK_LINE, write_anew,
			     "column '%s' is to be left out, by ignoreColumns "
			     "or the key in .d1config",
			     name);
		found = true;
	}
	return found;
}

static void add_key(struct buf *out, const struct datafile_header *header)
{
	if (header->nkey == 0)
		buf_add_string(out, "none");
	for (size_t i = 0; i < header->nkey; i++) {
		buf_add_string(out, i > 0 ? ", " : "");
		name_add(out, header->columns[header->key[i]]);
	}
}

static void check_key(const struct datafile_header *header,
		      const struct shape *shape, struct problems *problems)
{
	struct buf here, expected;

	buf_init(&here, MAX_NAMES);
	buf_init(&expected, MAX_NAMES);
	add_key(&here, header);
	add_key(&expected, &shape->header);
	if (header->nkey != shape->header.nkey ||
	    (!here.failed && !expected.failed &&
	     strcasecmp(here.data, expected.data) != 0))
		problems_add(problems, HEADCHECK_LINE, write_anew,
			     "the key is %s here, and %s by %s",
			     here.data ? here.data : "another",
			     expected.data ? expected.data : "another",
			     shape->pair.natural ? ".d1config" : "schema.sql");
	buf_release(&here);
	buf_release(&expected);
}

/* The same columns: are they called the same, and in the same order? */
static void check_names(const struct datafile_header *header,
			const struct datafile_header *expected,
			struct problems *problems)
{
	for (size_t i = 0; i < header->ncolumns; i++)
		if (strcmp(header->columns[i], expected->columns[i]) != 0) {
			problems_add(problems, HEADCHECK_LINE, write_anew,
				     "the columns have other names or another "
				     "order than in schema.sql");
			break;
		}
}

void headcheck(const struct datafile_header *header, const struct shape *shape,
	       struct problems *problems)
{
	bool found = check_expected(header, &shape->header, problems);

	if (check_left_out(header, &shape->header, problems) || found)
		return;
	check_names(header, &shape->header, problems);
	check_key(header, shape, problems);
}
