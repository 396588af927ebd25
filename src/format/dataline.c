#include "config.h"

#include "format/dataline.h"

#include <string.h>

#include "format/conflictfile.h"
#include "model/literal.h"
#include "model/masktext.h"
#include "util/quote.h"

enum { EXCERPT_SIZE = 40 };

/* ---- rows ---- */

int dataline_prefix_init(struct dataline_prefix *prefix,
			 const struct datafile_header *header, struct err *err)
{
	struct datafile_header copy = *header;

	buf_init(&prefix->plain, SIZE_MAX);
	buf_init(&prefix->listed, SIZE_MAX);
	copy.explicit_columns = false;
	datafile_add_prefix(&prefix->plain, &copy);
	copy.explicit_columns = true;
	datafile_add_prefix(&prefix->listed, &copy);
	if (buf_check(&prefix->plain, "the start of a row", err) < 0)
		return err->code;
	return buf_check(&prefix->listed, "the start of a row", err);
}

void dataline_prefix_release(struct dataline_prefix *prefix)
{
	buf_release(&prefix->plain);
	buf_release(&prefix->listed);
}

static bool begins_with(const char *text, size_t size, const char *start,
			size_t length)
{
	return size >= length && memcmp(text, start, length) == 0;
}

#define BEGINS_WITH(text, size, start) \
	begins_with(text, size, start, sizeof(start) - 1)

const struct buf *dataline_find_prefix(const struct dataline_prefix *prefix,
				       const char *text, size_t size)
{
	const struct buf *plain = &prefix->plain;
	const struct buf *listed = &prefix->listed;

	if (begins_with(text, size, plain->data, plain->len))
		return plain;
	if (begins_with(text, size, listed->data, listed->len))
		return listed;
	return NULL;
}

static bool is_masked(const struct value *value)
{
	return value->type == VALUE_NULL || mask_is_mask(value) ||
	       mask_is_placeholder(value);
}

bool dataline_read_values(const struct datafile_header *header,
			  struct value *cells, const char *text, size_t size,
			  struct arena *arena)
{
	size_t at = 0;

	for (size_t i = 0; i < header->ncolumns; i++) {
		size_t taken;

		if (i > 0 && (at == size || text[at++] != ','))
			return false;
		taken = literal_read_borrowed(&cells[i], text + at, size - at,
					      arena);
		if (taken == 0)
			return false;
		at += taken;
	}
	if (size - at != 2 || memcmp(text + at, ");", 2) != 0)
		return false;
	for (size_t i = 0; i < header->nmasked; i++)
		if (!is_masked(&cells[header->masked[i]]))
			return false;
	return true;
}

int datafile_read_line(const struct datafile_header *header, const char *text,
		       size_t size, struct row *row, struct arena *arena,
		       struct err *err)
{
	struct dataline_prefix prefix;
	const struct buf *found;
	struct value *cells;

	if (dataline_prefix_init(&prefix, header, err) < 0)
		goto out;
	cells = arena_array(arena, header->ncolumns, sizeof(*cells));
	if (!cells) {
		err_set_nomem(err);
		goto out;
	}
	found = dataline_find_prefix(&prefix, text, size);
	if (!found) {
		dataline_refuse_prefix(header, &prefix, NULL, text, size, err);
		goto out;
	}
	if (!dataline_read_values(header, cells, text + found->len,
				  size - found->len, arena)) {
		dataline_refuse_values(header, cells, text + found->len,
				       size - found->len, arena, err);
		goto out;
	}
	row->cells = cells;
	row->ncells = header->ncolumns;
out:
	dataline_prefix_release(&prefix);
	return err->code;
}

/* ---- what else a line may be ---- */

/* The start of the bytes as one readable line, in the struct. */
struct excerpt {
	struct buf text;
};

static const char *excerpt(struct excerpt *excerpt, const char *text,
			   size_t size)
{
	size_t length = size < EXCERPT_SIZE ? size : EXCERPT_SIZE;

	/* no character is cut through */
	while (length < size && length > 0 &&
	       ((unsigned char)text[length] & 0xc0) == 0x80)
		length--;
	buf_init(&excerpt->text, (size_t)8 * EXCERPT_SIZE);
	quote_add_escaped(&excerpt->text, text, length);
	buf_add_string(&excerpt->text, length < size ? "..." : "");
	return excerpt->text.data ? excerpt->text.data : "";
}

int dataline_refuse_any(const char *text, size_t size, struct err *err)
{
	if (conflict_marker_size(text, size) > 0) {
		err_set(err, D1_ECONFLICT, "a conflict of a merge stands here");
		return err_hint(err, "'git d1 resolve' settles it; or edit the "
				     "file: keep one row, and no marker");
	}
	if (size > 0 && memchr(text, '\0', size))
		return err_set(err, D1_ERROR, "the line holds a NUL byte");
	if (size > 0 && text[size - 1] == '\r') {
		err_set(err, D1_ERROR,
			"the line ends in CR LF: line endings were converted");
		return err_hint(err, "let .gitattributes have '-text' for "
				     "snapshots, as 'git d1 init' writes it, "
				     "and check the file out again");
	}
	return 0;
}

int dataline_refuse_magic(const char *text, size_t size, struct err *err)
{
	struct excerpt shown;
	size_t magic = sizeof(DATALINE_MAGIC) - 1;

	if (BEGINS_WITH(text, size, "version https://git-lfs")) {
		err_set(err, D1_ERROR,
			"a Git LFS pointer stands in place of the rows");
		return err_hint(err, "'git lfs pull' gets them; a snapshot is "
				     "better kept in git itself");
	}
	if (BEGINS_WITH(text, size, "\xef\xbb\xbf")) {
		err_set(err, D1_ERROR,
			"the file begins with a byte order mark");
		return err_hint(err, "an editor has added it: save the file "
				     "as UTF-8 without one");
	}
	if (!BEGINS_WITH(text, size, DATALINE_MAGIC))
		return err_set(err, D1_ERROR,
			       "no data file of a snapshot: its first line is "
			       "not '" DATALINE_MAGIC DATALINE_VERSION "'");
	err_set(err, D1_ERROR,
		"a snapshot of version '%s': this version of git-d1 knows "
		"version " DATALINE_VERSION " only",
		excerpt(&shown, text + magic, size - magic));
	buf_release(&shown.text);
	return err_hint(err, "a newer git-d1 has written it: update git-d1");
}

/* A line that inserts something else, by its first bytes. */
static int refuse_insert(const struct datafile_header *header,
			 const struct dataline_prefix *prefix, const char *text,
			 size_t size, struct err *err)
{
	size_t table = prefix->plain.len - (sizeof(" VALUES(") - 1);

	if (!begins_with(text, size, prefix->plain.data, table) ||
	    (size > table && text[table] == '"'))
		return err_set(err, D1_ERROR, "not a row of table '%s'",
			       header->table);
	if (size > table && text[table] == '(')
		return err_set(err, D1_ERROR,
			       "the row's list of columns is not that of the "
			       "header");
	return err_set(err, D1_ERROR,
		       "' VALUES(' does not follow the table's name");
}

int dataline_refuse_prefix(const struct datafile_header *header,
			   const struct dataline_prefix *prefix,
			   const struct buf *used, const char *text,
			   size_t size, struct err *err)
{
	const struct buf *found = dataline_find_prefix(prefix, text, size);
	struct excerpt shown;

	if (dataline_refuse_any(text, size, err) < 0)
		return err->code;
	if (size == 0)
		return err_set(err, D1_ERROR, "a blank line");
	if (BEGINS_WITH(text, size, "--") || BEGINS_WITH(text, size, "/*"))
		return err_set(err, D1_ERROR, "a comment among the rows");
	if (found && used)
		return err_set(
			err, D1_ERROR,
			"the row has %s list of columns, the rows before "
			"it have %s",
			found == &prefix->listed ? "a" : "no",
			found == &prefix->listed ? "none" : "one");
	if (BEGINS_WITH(text, size, "INSERT INTO "))
		return refuse_insert(header, prefix, text, size, err);
	err_set(err, D1_ERROR, "not a row of table '%s': %s", header->table,
		excerpt(&shown, text, size));
	buf_release(&shown.text);
	return err->code;
}

static int refuse_value(const struct datafile_header *header, size_t column,
			const char *text, size_t size, struct err *err)
{
	struct excerpt shown;

	err_set(err, D1_ERROR, "column '%s' has no value that can be read: %s",
		header->columns[column], excerpt(&shown, text, size));
	buf_release(&shown.text);
	return err->code;
}

static int refuse_unmasked(const struct datafile_header *header,
			   const struct value *cells, struct err *err)
{
	for (size_t i = 0; i < header->nmasked; i++) {
		size_t column = header->masked[i];

		if (!is_masked(&cells[column]))
			return err_set(err, D1_ERROR,
				       "column '%s' is not masked",
				       header->columns[column]);
	}
	return err_set_nomem(err);
}

/* What follows `count` values that could be read. */
static int refuse_end(const struct datafile_header *header,
		      const struct value *cells, size_t count, const char *text,
		      size_t size, struct err *err)
{
	struct excerpt shown;

	if (size == 0 || (text[0] == ')' && size == 1))
		return err_set(err, D1_ERROR, "the row does not end in ');'");
	if (text[0] == ')' && count != header->ncolumns)
		return err_set(err, D1_ERROR, "%zu value%s for %zu column%s",
			       count, count == 1 ? "" : "s", header->ncolumns,
			       header->ncolumns == 1 ? "" : "s");
	if (size == 2 && memcmp(text, ");", 2) == 0)
		return refuse_unmasked(header, cells, err);
	err_set(err, D1_ERROR, "the row does not end in ');' but goes on: %s",
		excerpt(&shown, text, size));
	buf_release(&shown.text);
	return err->code;
}

int dataline_refuse_values(const struct datafile_header *header,
			   struct value *cells, const char *text, size_t size,
			   struct arena *arena, struct err *err)
{
	size_t count = 0;
	size_t start = 0;
	size_t at = 0;

	if (dataline_refuse_any(text, size, err) < 0)
		return err->code;
	while (at < size && (count > 0 || text[0] != ')')) {
		struct value value;
		size_t taken = literal_read_borrowed(&value, text + at,
						     size - at, arena);

		start = at;
		at += taken;
		if (taken == 0 ||
		    (at < size && text[at] != ',' && text[at] != ')')) {
			at = start;
			break;
		}
		if (count < header->ncolumns)
			cells[count] = value;
		count++;
		if (at == size || text[at] == ')')
			break;
		at++;
	}
	if (at == start && count < header->ncolumns && at < size &&
	    text[at] != ')')
		return refuse_value(header, count, text + at, size - at, err);
	return refuse_end(header, cells, count, text + at, size - at, err);
}
