#include "config.h"

#include "format/patchhunk.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "format/patchhead.h"
#include "format/patchline.h"
#include "model/literal.h"
#include "util/text.h"

struct hunk_reader {
	struct patch_hunk *hunk;
	const struct patch_table *table;
	struct arena *arena;
	struct patch_lines lines;
	struct buf scratch;
	struct patch_cell *cells;
	/* an old value whose new one comes next, or NULL */
	struct patch_cell *half;
};

static void *allocate(struct hunk_reader *reader, size_t count, size_t size,
		      struct err *err)
{
	void *memory = arena_array(reader->arena, count ? count : 1, size);

	if (!memory)
		err_set_nomem(err);
	return memory;
}

/* ---- the head ---- */

/* Reads `city='berlin'`. False, without an error, if it is not that. */
static bool read_named(struct hunk_reader *reader, struct patch_named *named,
		       const char **text, size_t *size, struct err *err)
{
	size_t taken;

	if (!patch_read_name(&named->name, text, size, &reader->scratch,
			     reader->arena, err) ||
	    !text_take(text, size, "="))
		return false;
	taken = literal_read_borrowed(&named->value, *text, *size,
				      reader->arena);
	*text += taken;
	*size -= taken;
	return taken > 0;
}

static int read_key(struct hunk_reader *reader, const char **text, size_t *size,
		    struct err *err)
{
	const struct patch_table *table = reader->table;
	const char *name = reader->lines.name;
	const uint64_t line = reader->hunk->line;
	struct patch_named *key =
		allocate(reader, table->nkey, sizeof(*key), err);

	if (!key)
		return err->code;
	for (size_t i = 0; i < table->nkey; i++) {
		if ((i > 0 && !text_take(text, size, " ")) ||
		    !read_named(reader, &key[i], text, size, err) ||
		    strcasecmp(key[i].name, table->key[i]) != 0)
			return err->code ? err->code
					 : patch_refuse(name, line, err,
							"expected the key: "
							"%s=VALUE",
							table->key[i]);
		if (key[i].value.type == VALUE_NULL)
			return patch_refuse(name, line, err,
					    "NULL in the key: such a row is "
					    "told apart by all of its values");
	}
	reader->hunk->key = key;
	reader->hunk->count = 1;
	return 0;
}

/* Reads `2 rows, 1 before`. False if it is not that. */
static bool read_counts(struct patch_hunk *hunk, const char **text,
			size_t *size)
{
	const char *at = *text;
	size_t left = *size;
	size_t taken = patch_read_number(&hunk->count, at, left);

	at += taken;
	left -= taken;
	if (taken == 0 || !text_take(&at, &left, " row"))
		return false;
	(void)!text_take(&at, &left, "s");
	if (!text_take(&at, &left, ", "))
		return false;
	taken = patch_read_number(&hunk->before, at, left);
	at += taken;
	left -= taken;
	if (taken == 0 || !text_take(&at, &left, " before"))
		return false;
	*text = at;
	*size = left;
	return true;
}

static int check_counts(const struct hunk_reader *reader, struct err *err)
{
	const struct patch_hunk *hunk = reader->hunk;
	const char *name = reader->lines.name;
	uint64_t sum;

	if (hunk->op == PATCH_UPDATE)
		return patch_refuse(name, hunk->line, err,
				    "an update without a key: a row that no "
				    "key tells apart is deleted and inserted");
	if (hunk->count == 0)
		return patch_refuse(name, hunk->line, err,
				    "expected one row at least");
	if (hunk->op == PATCH_DELETE && hunk->count > hunk->before)
		return patch_refuse(name, hunk->line, err,
				    "%" PRIu64 " rows cannot be deleted of "
				    "%" PRIu64,
				    hunk->count, hunk->before);
	if (__builtin_add_overflow(hunk->count, hunk->before, &sum) ||
	    sum > INT64_MAX)
		return patch_refuse(name, hunk->line, err,
				    "more rows than a table can have");
	return 0;
}

static int read_label(struct hunk_reader *reader, const char **text,
		      size_t *size, struct err *err)
{
	struct patch_named *label;

	if (!text_take(text, size, "  "))
		return 0;
	label = allocate(reader, 1, sizeof(*label), err);
	if (!label)
		return err->code;
	if (!read_named(reader, label, text, size, err))
		return err->code ? err->code
				 : patch_refuse(reader->lines.name,
						reader->hunk->line, err,
						"expected NAME=VALUE after two "
						"blanks");
	reader->hunk->label = label;
	return 0;
}

static int read_op(struct hunk_reader *reader, const char **text, size_t *size,
		   struct err *err)
{
	struct patch_hunk *hunk = reader->hunk;

	if (text_take(text, size, "@@ + "))
		hunk->op = PATCH_INSERT;
	else if (text_take(text, size, "@@ - "))
		hunk->op = PATCH_DELETE;
	else if (text_take(text, size, "@@ ~ "))
		hunk->op = PATCH_UPDATE;
	else
		return patch_refuse(reader->lines.name, hunk->line, err,
				    "expected '@@ + ', '@@ - ' or '@@ ~ '");
	if ((hunk->op != PATCH_INSERT && reader->table->is_new) ||
	    (hunk->op != PATCH_DELETE && reader->table->is_deleted))
		return patch_refuse(reader->lines.name, hunk->line, err,
				    reader->table->is_new
					    ? "a new table has inserted rows "
					      "only"
					    : "a deleted table has deleted "
					      "rows only");
	return 0;
}

static int read_head(struct hunk_reader *reader, struct err *err)
{
	struct patch_hunk *hunk = reader->hunk;
	const char *text;
	size_t size;

	(void)!patch_take_line(&reader->lines, &text, &size);
	if (read_op(reader, &text, &size, err) < 0)
		return err->code;
	if (read_counts(hunk, &text, &size)) {
		if (check_counts(reader, err) < 0)
			return err->code;
	} else if (reader->table->nkey == 0) {
		return patch_refuse(reader->lines.name, hunk->line, err,
				    "expected numbers, as in '2 rows, 1 "
				    "before': the table has no key");
	} else if (read_key(reader, &text, &size, err) < 0) {
		return err->code;
	}
	if (read_label(reader, &text, &size, err) < 0)
		return err->code;
	if (!text_take(&text, &size, " @@") || size > 0)
		return patch_refuse(reader->lines.name, hunk->line, err,
				    "expected ' @@' at the end of the line");
	return 0;
}

/* ---- values ---- */

static int read_literal(struct hunk_reader *reader, struct patch_cell *cell,
			int side, const char *text, size_t size,
			struct err *err)
{
	const char *rest = text;
	size_t left = size;
	struct value *value;

	if (reader->table->is_redacted &&
	    text_take(&rest, &left, PATCH_REDACTED) && left == 0) {
		cell->is_redacted = true;
		return 0;
	}
	value = allocate(reader, 1, sizeof(*value), err);
	if (!value)
		return err->code;
	if (size == 0 ||
	    literal_read_borrowed(value, text, size, reader->arena) != size)
		return patch_refuse(reader->lines.name, cell->line, err,
				    "expected a value: NULL, 42, 1.0, 'text' "
				    "or x'00ff', and nothing after it");
	cell->values[side] = value;
	return 0;
}

/* Puts the lines of a whole text together, in `scratch`. */
static int join_lines(struct hunk_reader *reader, char sign, uint64_t count,
		      bool crlf, struct err *err)
{
	struct patch_lines block = reader->lines;
	struct patch_text_line line;

	block.end = block.at + patch_text_size(&block);
	buf_clear(&reader->scratch);
	for (uint64_t i = 0; i < count; i++) {
		if (patch_read_text_line(&block, &line, err) < 0)
			return err_hint(err, "line %" PRIu64 " of %" PRIu64,
					i + 1, count);
		if (line.sign != sign)
			return patch_refuse(block.name, line.line, err,
					    "expected ' %c': all lines of this "
					    "text have that sign",
					    sign);
		if (!line.newline && i + 1 < count)
			return patch_refuse(block.name, line.line, err,
					    "only the last line can have no "
					    "newline");
		if (patch_add_content(&reader->scratch, &block, &line, err) < 0)
			return err->code;
		if (line.newline)
			buf_add_string(&reader->scratch, crlf ? "\r\n" : "\n");
	}
	if (block.at < block.end)
		return patch_refuse(block.name, block.line, err,
				    "more lines than the %" PRIu64
				    " of the text",
				    count);
	reader->lines.at = block.at;
	reader->lines.line = block.line;
	return buf_check(&reader->scratch, "a text", err);
}

/* Reads `2 sha256 <64 hex>` and two lines. */
static int read_whole_text(struct hunk_reader *reader, struct patch_cell *cell,
			   int side, bool crlf, const char *text, size_t size,
			   struct err *err)
{
	struct buf *bytes = &reader->scratch;
	char told[SHA256_HEX_SIZE], hex[SHA256_HEX_SIZE];
	struct value *value;
	uint64_t count;
	size_t taken = patch_read_number(&count, text, size);

	text += taken;
	size -= taken;
	if (taken == 0 || count == 0 || !text_take(&text, &size, " sha256 ") ||
	    patch_read_sha256(told, text, size) != size || size == 0)
		return patch_refuse(reader->lines.name, cell->line, err,
				    "expected a number of lines and a hash: "
				    "'text 2 sha256 <64 digits>'");
	if (join_lines(reader, side == PATCH_OLD ? '-' : '+', count, crlf,
		       err) < 0 ||
	    sha256_hex(hex, bytes->data, bytes->len, err) < 0)
		return err->code;
	if (strcmp(hex, told) != 0)
		return patch_refuse(reader->lines.name, cell->line, err,
				    "these lines do not make the text whose "
				    "hash stands there: theirs is %s",
				    hex);
	value = allocate(reader, 1, sizeof(*value), err);
	if (!value)
		return err->code;
	value->type = VALUE_TEXT;
	value->size = bytes->len;
	value->data = arena_copy(reader->arena, bytes->data, bytes->len);
	if (!value->data)
		return err_set_nomem(err);
	cell->values[side] = value;
	return 0;
}

/* Reads `sha256 <64 hex>..<64 hex>` and the lines that change. */
static int read_changed_text(struct hunk_reader *reader,
			     struct patch_cell *cell, bool crlf,
			     const char *text, size_t size, struct err *err)
{
	struct patch_text *changed = allocate(reader, 1, sizeof(*changed), err);
	size_t taken;

	if (!changed)
		return err->code;
	if (!text_take(&text, &size, "sha256 "))
		goto fail;
	taken = patch_read_sha256(changed->sha256[PATCH_OLD], text, size);
	text += taken;
	size -= taken;
	if (taken == 0 || !text_take(&text, &size, "..") ||
	    patch_read_sha256(changed->sha256[PATCH_NEW], text, size) != size ||
	    size == 0)
		goto fail;
	changed->crlf = crlf;
	changed->lines = reader->lines.at;
	changed->size = patch_text_size(&reader->lines);
	changed->line = reader->lines.line;
	if (patch_text_check(changed, reader->lines.name, err) < 0)
		return err->code;
	while (reader->lines.at < changed->lines + changed->size)
		(void)!patch_take_line(&reader->lines, &text, &size);
	cell->text = changed;
	return 0;
fail:
	return patch_refuse(reader->lines.name, cell->line, err,
			    "expected the hashes of the old and the new text: "
			    "'text sha256 <64 digits>..<64 digits>'");
}

/* ---- cells ---- */

/* Reads the value of a cell that begins with `sign`. */
static int read_value(struct hunk_reader *reader, struct patch_cell *cell,
		      char sign, const char *text, size_t size, struct err *err)
{
	int side = sign == '+' ? PATCH_NEW : PATCH_OLD;
	bool crlf;

	if (!text_take(&text, &size, "text ")) {
		if (read_literal(reader, cell, side, text, size, err) < 0)
			return err->code;
		if (sign == ' ') {
			cell->is_context = true;
			cell->values[PATCH_NEW] = cell->values[PATCH_OLD];
		}
		return 0;
	}
	crlf = text_take(&text, &size, "crlf ");
	if (sign == ' ')
		return read_changed_text(reader, cell, crlf, text, size, err);
	return read_whole_text(reader, cell, side, crlf, text, size, err);
}

/* Checks that a cell with that sign may stand here. */
static int check_sign(const struct hunk_reader *reader, char sign,
		      const char *name, uint64_t line, struct err *err)
{
	static const char *const expected[] = {
		[PATCH_INSERT] = "a column of an inserted row begins with '+'",
		[PATCH_DELETE] = "a column of a deleted row begins with '-'",
		[PATCH_UPDATE] = "a new value follows its old one",
	};
	enum patch_op op = reader->hunk->op;

	if (reader->half &&
	    (sign != '+' || strcmp(name, reader->half->name) != 0))
		return patch_refuse(reader->lines.name, line, err,
				    "expected the new value of column '%s', "
				    "with '+'",
				    reader->half->name);
	if ((op == PATCH_INSERT && sign != '+') ||
	    (op == PATCH_DELETE && sign != '-') ||
	    (op == PATCH_UPDATE && sign == '+' && !reader->half))
		return patch_refuse(reader->lines.name, line, err, "%s",
				    expected[op]);
	return 0;
}

static int read_cell(struct hunk_reader *reader, struct err *err)
{
	const uint64_t line = reader->lines.line;
	struct patch_cell *cell = reader->half;
	const char *text, *name;
	size_t size;
	char sign;

	(void)!patch_take_line(&reader->lines, &text, &size);
	sign = *text++;
	size--;
	if (!patch_read_name(&name, &text, &size, &reader->scratch,
			     reader->arena, err) ||
	    !text_take(&text, &size, ": "))
		return err->code ? err->code
				 : patch_refuse(reader->lines.name, line, err,
						"expected a column and its "
						"value: '%cNAME: VALUE'",
						sign);
	if (check_sign(reader, sign, name, line, err) < 0)
		return err->code;
	if (!cell) {
		cell = &reader->cells[reader->hunk->ncells++];
		cell->name = name;
		cell->line = line;
	}
	reader->half =
		reader->hunk->op == PATCH_UPDATE && sign == '-' ? cell : NULL;
	return read_value(reader, cell, sign, text, size, err);
}

/* How many lines begin a cell, at most. */
static size_t count_cells(struct patch_lines lines)
{
	size_t count = 0;
	const char *text;
	size_t size;

	while (lines.at < lines.end) {
		lines.at += patch_text_size(&lines);
		count += patch_take_line(&lines, &text, &size);
	}
	return count;
}

static int read_cells(struct hunk_reader *reader, struct err *err)
{
	size_t most = count_cells(reader->lines);

	if (most > 2 * (size_t)PATCH_MAX_CELLS)
		return patch_refuse(reader->lines.name, reader->hunk->line, err,
				    "more columns than a table can have");
	reader->cells = allocate(reader, most, sizeof(*reader->cells), err);
	if (!reader->cells)
		return err->code;
	reader->hunk->cells = reader->cells;
	while (reader->lines.at < reader->lines.end)
		if (read_cell(reader, err) < 0)
			return err->code;
	if (reader->half)
		return patch_refuse(reader->lines.name, reader->lines.line, err,
				    "expected the new value of column '%s', "
				    "with '+'",
				    reader->half->name);
	return 0;
}

/* ---- what cannot be ---- */

/* The value that the head shows of the column, or NULL. */
static const struct value *find_in_key(const struct hunk_reader *reader,
				       const char *name)
{
	const struct patch_hunk *hunk = reader->hunk;

	for (size_t i = 0; hunk->key && i < reader->table->nkey; i++)
		if (strcasecmp(hunk->key[i].name, name) == 0)
			return &hunk->key[i].value;
	return NULL;
}

static int check_key_cell(const struct hunk_reader *reader,
			  const struct patch_cell *cell, struct err *err)
{
	const struct value *key = find_in_key(reader, cell->name);

	if (!key)
		return 0;
	if (reader->hunk->op != PATCH_UPDATE)
		return patch_refuse(reader->lines.name, cell->line, err,
				    "column '%s' is part of the key and stands "
				    "in the line with '@@' already",
				    cell->name);
	if (cell->values[PATCH_OLD] &&
	    !value_equal(cell->values[PATCH_OLD], key))
		return patch_refuse(reader->lines.name, cell->line, err,
				    "the old value of '%s' is not the one in "
				    "the line with '@@'",
				    cell->name);
	return 0;
}

static int check_names(struct hunk_reader *reader, struct err *err)
{
	const struct patch_hunk *hunk = reader->hunk;
	const char **names =
		allocate(reader, hunk->ncells, sizeof(*names), err);
	const char *twice;

	if (!names)
		return err->code;
	for (size_t i = 0; i < hunk->ncells; i++) {
		if (check_key_cell(reader, &hunk->cells[i], err) < 0)
			return err->code;
		names[i] = hunk->cells[i].name;
	}
	if (patch_find_twice(&twice, names, hunk->ncells, err) < 0)
		return err->code;
	if (twice)
		return patch_refuse(reader->lines.name, hunk->line, err,
				    "column '%s' stands there twice", twice);
	return 0;
}

/* Rows are counted only where no key tells them apart. */
static int check_counted(const struct hunk_reader *reader, struct err *err)
{
	const struct patch_hunk *hunk = reader->hunk;
	const struct patch_table *table = reader->table;
	int side = hunk->op == PATCH_INSERT ? PATCH_NEW : PATCH_OLD;

	if (hunk->key || table->nkey == 0)
		return 0;
	for (size_t i = 0; i < hunk->ncells; i++) {
		const struct patch_cell *cell = &hunk->cells[i];
		const struct value *value = cell->values[side];

		for (size_t k = 0; k < table->nkey; k++)
			if (strcasecmp(cell->name, table->key[k]) == 0 &&
			    (!value || value->type == VALUE_NULL))
				return 0;
	}
	return patch_refuse(reader->lines.name, hunk->line, err,
			    "rows without NULL in the key are not counted: "
			    "expected the key, as in '%s=VALUE'",
			    table->key[0]);
}

static int check_hunk(struct hunk_reader *reader, struct err *err)
{
	const struct patch_hunk *hunk = reader->hunk;
	bool changes = false;

	for (size_t i = 0; i < hunk->ncells; i++)
		changes = changes || !hunk->cells[i].is_context;
	if (hunk->op == PATCH_UPDATE && !changes)
		return patch_refuse(reader->lines.name, hunk->line, err,
				    "an update that changes no column");
	if (check_counted(reader, err) < 0)
		return err->code;
	return check_names(reader, err);
}

int patch_hunk_read(struct patch_hunk *hunk, const struct patch_table *table,
		    const char *name, struct arena *arena, struct err *err)
{
	struct hunk_reader reader = {
		.hunk = hunk,
		.table = table,
		.arena = arena,
		.lines = { .at = hunk->text,
			   .end = hunk->text + hunk->size,
			   .line = hunk->line,
			   .name = name },
	};

	buf_init(&reader.scratch, 2 * (size_t)PATCH_MAX_HUNK);
	if (read_head(&reader, err) == 0 && read_cells(&reader, err) == 0)
		(void)!check_hunk(&reader, err);
	buf_release(&reader.scratch);
	return err->code;
}
