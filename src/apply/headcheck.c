#include "config.h"

#include "apply/headcheck.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "model/name.h"
#include "util/buf.h"

enum { MAX_NAMES = 800 }; /* bytes of names in a message */

static const char write_anew[] = "write the snapshot anew: git d1 snapshot";

/* The position of the column, or ncolumns. */
static size_t find_column(const struct datafile_header *header,
			  const char *name)
{
	size_t at = 0;

	while (at < header->ncolumns &&
	       strcasecmp(header->columns[at], name) != 0)
		at++;
	return at;
}

static bool has_position(const size_t *positions, size_t count, size_t at)
{
	for (size_t i = 0; i < count; i++)
		if (positions[i] == at)
			return true;
	return false;
}

static bool is_masked(const struct datafile_header *header, size_t at)
{
	return has_position(header->masked, header->nmasked, at);
}

/* ---- columns ---- */

static bool check_missing(const struct datafile_header *header,
			  const struct datafile_header *expected,
			  struct problems *problems)
{
	bool found = false;

	for (size_t i = 0; i < expected->ncolumns; i++) {
		const char *name = expected->columns[i];

		if (find_column(header, name) < header->ncolumns)
			continue;
		problems_add(problems, HEADCHECK_LINE, write_anew,
			     "column '%s' of the table is missing", name);
		found = true;
	}
	return found;
}

static bool check_left_out(const struct datafile_header *header,
			   const struct shape *shape, struct problems *problems)
{
	bool found = false;

	for (size_t i = 0; i < header->ncolumns; i++) {
		const char *name = header->columns[i];

		if (find_column(&shape->header, name) < shape->header.ncolumns)
			continue;
		problems_add(problems, HEADCHECK_LINE, write_anew,
			     "column '%s' is to be left out, by ignoreColumns "
			     "or the key in .d1config",
			     name);
		found = true;
	}
	return found;
}

static bool same_columns(const struct datafile_header *a,
			 const struct datafile_header *b)
{
	for (size_t i = 0; i < a->ncolumns; i++)
		if (strcmp(a->columns[i], b->columns[i]) != 0)
			return false;
	return true;
}

static void check_columns(const struct datafile_header *header,
			  const struct shape *shape, struct problems *problems)
{
	bool missing = check_missing(header, &shape->header, problems);

	if (check_left_out(header, shape, problems) || missing)
		return;
	if (!same_columns(header, &shape->header))
		problems_add(problems, HEADCHECK_LINE, write_anew,
			     "the columns have other names or another order "
			     "than in schema.sql");
}

/* ---- key ---- */

static bool same_key(const struct datafile_header *a,
		     const struct datafile_header *b)
{
	if (a->nkey != b->nkey)
		return false;
	for (size_t i = 0; i < a->nkey; i++)
		if (strcasecmp(a->columns[a->key[i]], b->columns[b->key[i]]) !=
		    0)
			return false;
	return true;
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

	if (same_key(header, &shape->header))
		return;
	buf_init(&here, MAX_NAMES);
	buf_init(&expected, MAX_NAMES);
	add_key(&here, header);
	add_key(&expected, &shape->header);
	problems_add(problems, HEADCHECK_LINE, write_anew,
		     "the key is %s here, and %s by %s",
		     here.data ? here.data : "another",
		     expected.data ? expected.data : "another",
		     shape->pair.natural ? ".d1config" : "schema.sql");
	buf_release(&here);
	buf_release(&expected);
}

/* ---- masks ---- */

static void check_masks(const struct datafile_header *header,
			const struct datafile_header *expected,
			struct problems *problems)
{
	for (size_t i = 0; i < header->ncolumns; i++) {
		const char *name = header->columns[i];
		size_t at = find_column(expected, name);

		if (at == expected->ncolumns ||
		    is_masked(header, i) == is_masked(expected, at))
			continue;
		if (is_masked(header, i))
			problems_add(problems, HEADCHECK_LINE,
				     "name it in maskColumns, or write the "
				     "snapshot anew: git d1 snapshot",
				     "column '%s' is masked, and .d1config "
				     "does not say so",
				     name);
		else
			problems_add(problems, HEADCHECK_LINE, write_anew,
				     "column '%s' is to be masked, and its "
				     "values stand here in plain",
				     name);
	}
}

void headcheck(const struct datafile_header *header, const struct shape *shape,
	       struct problems *problems)
{
	check_columns(header, shape, problems);
	check_key(header, shape, problems);
	check_masks(header, &shape->header, problems);
}
