#include "config.h"

#include "diff/changejson.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "model/literal.h"
#include "util/jsonstring.h"

enum { MAX_CHANGE = 1 << 30 }; /* bytes of one change */

static const char *const ops[] = { [CHANGE_INSERT] = "insert",
				   [CHANGE_DELETE] = "delete",
				   [CHANGE_UPDATE] = "update" };

/* True if a change of that kind tells of the side. */
static bool has_side(enum change_op op, int side)
{
	return op == CHANGE_UPDATE || (op == CHANGE_INSERT) == (side == NEW);
}

void changejson_init(struct changejson *json)
{
	memset(json, 0, sizeof(*json));
	buf_init(&json->literal, MAX_CHANGE);
}

void changejson_release(struct changejson *json)
{
	buf_release(&json->literal);
	free(json->cells);
	changejson_init(json);
}

/* Makes room for `count` cells; what was there is lost. */
static int reserve(struct change_cell **cells, size_t *cap, size_t count,
		   struct err *err)
{
	if (count <= *cap)
		return 0;
	free(*cells);
	*cells = calloc(count, sizeof(**cells));
	*cap = *cells ? count : 0;
	return *cells ? 0 : err_set_nomem(err);
}

/* ---- describing ---- */

static struct change_cell cell_of(const struct table_pair *pair, int side,
				  size_t cell, const struct row *row)
{
	return (struct change_cell){ pair_column(pair, side, cell)->name,
				     &row->cells[cell] };
}

/* The cells of a row that one side has; returns how many. */
static size_t take_row(struct change_cell *cells, const struct table_pair *pair,
		       int side, const struct row *row, bool stored)
{
	size_t count = 0;

	for (size_t i = 0; i < pair->sides[side].ncolumns; i++)
		if (!stored || !pair_column(pair, side, i)->generated)
			cells[count++] = cell_of(pair, side, i, row);
	return count;
}

/* The cells of one side that an update changes; returns how many. */
static size_t take_changed(struct change_cell *cells,
			   const struct table_pair *pair,
			   const struct row *const rows[2], int side,
			   bool stored)
{
	size_t count = 0;

	for (size_t i = 0; i < pair->ncommon; i++) {
		struct change_cell *cell = &cells[count];

		if (pair_cells_equal(pair, rows, i))
			continue;
		*cell = cell_of(pair, side, pair->sides[side].common[i],
				rows[side]);
		if (stored)
			cell->name = pair_column(pair, OLD,
						 pair->sides[OLD].common[i])
					     ->name;
		count++;
	}
	return count;
}

int changejson_describe(struct changejson *json, struct change_text *text,
			const struct table_pair *pair,
			const struct change *change, bool stored,
			struct err *err)
{
	const struct row *const *rows = change->rows;
	size_t most = pair->nkey + pair->sides[OLD].ncolumns +
		      pair->sides[NEW].ncolumns;
	int named = rows[OLD] ? OLD : NEW;
	struct change_cell *cells;

	if (reserve(&json->cells, &json->cap, most, err) < 0)
		return err->code;
	cells = json->cells;
	*text = (struct change_text){ .op = change->op,
				      .keyed = change->keyed,
				      .count = change->count,
				      .before = change->before,
				      .key = cells };
	for (size_t i = 0; change->keyed && i < pair->nkey; i++)
		cells[text->nkey++] =
			cell_of(pair, named, pair->sides[named].key[i],
				rows[named]);
	cells += text->nkey;
	for (int side = OLD; side <= NEW; side++) {
		if (!rows[side])
			continue;
		text->cells[side] = cells;
		text->ncells[side] =
			change->op == CHANGE_UPDATE
				? take_changed(cells, pair, rows, side, stored)
				: take_row(cells, pair, side, rows[side],
					   stored);
		cells += text->ncells[side];
	}
	return 0;
}

/* ---- writing ---- */

static void add_string(struct buf *out, const char *text)
{
	jsonstring_add_bytes(out, text, strlen(text));
}

static void add_value(struct changejson *json, struct buf *out,
		      const struct value *value)
{
	buf_clear(&json->literal);
	literal_add(&json->literal, value);
	if (json->literal.failed)
		out->failed = true;
	else
		jsonstring_add(out, json->literal.data, json->literal.len);
}

static bool is_in_key(const struct change_text *text, const char *name)
{
	for (size_t i = 0; i < text->nkey; i++)
		if (strcasecmp(text->key[i].name, name) == 0)
			return true;
	return false;
}

static void add_cells(struct changejson *json, struct buf *out,
		      const struct change_text *text,
		      const struct change_cell *cells, size_t count)
{
	buf_add_char(out, '{');
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			buf_add_char(out, ',');
		add_string(out, cells[i].name);
		buf_add_char(out, ':');
		if (text->hidden && !is_in_key(text, cells[i].name))
			add_string(out, text->hidden);
		else
			add_value(json, out, cells[i].value);
	}
	buf_add_char(out, '}');
}

void changejson_add_cells(struct changejson *json, struct buf *out,
			  const struct change_cell *cells, size_t count)
{
	static const struct change_text shown = { .hidden = NULL };

	add_cells(json, out, &shown, cells, count);
}

static void add_side(struct changejson *json, struct buf *out,
		     const struct change_text *text, int side)
{
	if (!has_side(text->op, side))
		return;
	buf_add_string(out, side == OLD ? ",\"old\":" : ",\"new\":");
	add_cells(json, out, text, text->cells[side], text->ncells[side]);
}

void changejson_add(struct changejson *json, struct buf *out,
		    const struct change_text *text)
{
	buf_add_char(out, '{');
	if (text->database) {
		buf_add_string(out, "\"database\":");
		add_string(out, text->database);
		buf_add_char(out, ',');
	}
	if (text->table) {
		buf_add_string(out, "\"table\":");
		add_string(out, text->table);
		buf_add_char(out, ',');
	}
	buf_add_format(out, "\"op\":\"%s\",\"key\":", ops[text->op]);
	add_cells(json, out, text, text->key, text->nkey);
	add_side(json, out, text, OLD);
	add_side(json, out, text, NEW);
	if (text->bucket)
		buf_add_format(out, ",\"bucket\":\"%s\"", text->bucket);
	if (!text->keyed)
		buf_add_format(out,
			       ",\"count\":%" PRIu64 ",\"before\":%" PRIu64,
			       text->count, text->before);
	if (text->hidden && text->table)
		buf_add_string(out, ",\"redacted\":true");
	buf_add_char(out, '}');
}

/* ---- the hash ---- */

static int compare_names(const void *a, const void *b)
{
	return strcmp(((const struct change_cell *)a)->name,
		      ((const struct change_cell *)b)->name);
}

/* Copies the cells to `to` in the order of their names. */
static const struct change_cell *
sort(struct change_cell *to, const struct change_cell *cells, size_t count)
{
	if (count > 0) {
		memcpy(to, cells, count * sizeof(*cells));
		qsort(to, count, sizeof(*to), compare_names);
	}
	return to;
}

int changejson_hash_row(struct changejson *json, char hex[SHA256_HEX_SIZE],
			struct change_cell *cells, size_t count,
			struct err *err)
{
	struct buf text;

	buf_init(&text, MAX_CHANGE);
	if (count > 0)
		qsort(cells, count, sizeof(*cells), compare_names);
	changejson_add_cells(json, &text, cells, count);
	if (buf_check(&text, "the text of a row", err) == 0)
		(void)!sha256_hex(hex, text.data, text.len, err);
	buf_release(&text);
	return err->code;
}

/* The same members as changejson_add(), in the order of their names. */
static void add_line(struct change_digest *digest,
		     const struct change_text *text)
{
	struct buf *out = &digest->line;

	buf_add_char(out, '{');
	if (!text->keyed)
		buf_add_format(out,
			       "\"before\":%" PRIu64 ",\"count\":%" PRIu64 ",",
			       text->before, text->count);
	buf_add_string(out, "\"key\":");
	add_cells(&digest->json, out, text, text->key, text->nkey);
	add_side(&digest->json, out, text, NEW);
	add_side(&digest->json, out, text, OLD);
	buf_add_format(out, ",\"op\":\"%s\",\"table\":", ops[text->op]);
	add_string(out, text->table);
	buf_add_string(out, "}\n");
}

int change_digest_begin(struct change_digest *digest, struct err *err)
{
	memset(digest, 0, sizeof(*digest));
	changejson_init(&digest->json);
	buf_init(&digest->line, MAX_CHANGE);
	return sha256_begin(&digest->sha256, err);
}

int change_digest_add(struct change_digest *digest,
		      const struct change_text *text, struct err *err)
{
	struct change_text sorted = *text;
	size_t count = text->nkey + text->ncells[OLD] + text->ncells[NEW];
	struct change_cell *to;

	if (reserve(&digest->sorted, &digest->cap, count, err) < 0)
		return err->code;
	to = digest->sorted;
	sorted.key = sort(to, text->key, text->nkey);
	to += text->nkey;
	for (int side = OLD; side <= NEW; side++) {
		sorted.cells[side] =
			sort(to, text->cells[side], text->ncells[side]);
		to += text->ncells[side];
	}
	buf_clear(&digest->line);
	add_line(digest, &sorted);
	if (buf_check(&digest->line, "the text of a change", err) < 0)
		return err->code;
	return sha256_add(&digest->sha256, digest->line.data, digest->line.len,
			  err);
}

int change_digest_end(struct change_digest *digest, char hex[SHA256_HEX_SIZE],
		      struct err *err)
{
	return sha256_end(&digest->sha256, hex, err);
}

void change_digest_release(struct change_digest *digest)
{
	sha256_release(&digest->sha256);
	changejson_release(&digest->json);
	buf_release(&digest->line);
	free(digest->sorted);
	digest->sorted = NULL;
	digest->cap = 0;
}
