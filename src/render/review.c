#include "config.h"

#include "render/render.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "git/textdiff.h"
#include "model/literal.h"
#include "model/name.h"
#include "render/abbrev.h"
#include "render/name.h"
#include "util/quote.h"
#include "util/sha256.h"
#include "util/utf8.h"

enum {
	MAX_HUNK = 1 << 30, /* bytes of one change's text */
	MAX_LABEL = 40,	    /* characters */
	ABBREV_HASH = 12,   /* digits */
};

struct review {
	struct renderer renderer;
	struct render_options options;
	struct buf out;
	bool in_table;	 /* the head of the table was written */
	struct err *err; /* of the call that is under way */
};

static struct review *review_of(struct change_sink *sink)
{
	return (struct review *)sink;
}

/* ---- pieces ---- */

/* Ends a line that began with `color`. */
static void end_line(struct review *self, const char *color)
{
	if (*color)
		buf_add_string(&self->out, self->options.colors.reset);
	buf_add_char(&self->out, '\n');
}

static void add_names(struct review *self, const struct table_pair *pair,
		      int side, const size_t *cells, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		buf_add_string(&self->out, i > 0 ? ", " : "");
		name_add(&self->out, pair_column(pair, side, cells[i])->name);
	}
}

static int flush(struct review *self, struct err *err)
{
	int code = buf_check(&self->out, "the text of a change", err);

	if (code == 0 && self->out.len > 0)
		fwrite(self->out.data, 1, self->out.len, self->options.out);
	buf_clear(&self->out);
	return code;
}

/* ---- head of a table ---- */

static void add_meta(struct review *self, const char *text)
{
	buf_add_format(&self->out, "%s%s", self->options.colors.meta, text);
}

static void end_meta(struct review *self)
{
	end_line(self, self->options.colors.meta);
}

static void add_column_notes(struct review *self, const struct table_pair *pair)
{
	static const char *const notes[2] = { "columns - ", "columns + " };

	for (int side = OLD; side <= NEW; side++) {
		const struct pair_side *only = &pair->sides[side];

		if (only->nonly == 0)
			continue;
		add_meta(self, notes[side]);
		add_names(self, pair, side, only->only, only->nonly);
		end_meta(self);
	}
}

static void add_head(struct review *self, const struct table_pair *pair)
{
	static const char *const files[2] = { "--- ", "+++ " };
	int named = pair_named_side(pair);

	add_meta(self, "diff --d1 ");
	name_add_table(&self->out, self->options.database, pair->name);
	end_meta(self);
	if (!pair->sides[OLD].table || !pair->sides[NEW].table) {
		add_meta(self, pair->sides[NEW].table ? "new table"
						      : "deleted table");
		end_meta(self);
	}
	add_column_notes(self, pair);
	if (pair->reason || pair->unreadable) {
		const char *text =
			pair->reason ? pair->reason : pair->unreadable;

		add_meta(self, "not compared: ");
		quote_add_escaped(&self->out, text, strlen(text));
		end_meta(self);
	}
	if (pair->nkey > 0) {
		add_meta(self, "key ");
		add_names(self, pair, named, pair->sides[named].key,
			  pair->nkey);
		end_meta(self);
	}
	for (int side = OLD; side <= NEW; side++) {
		const char *label = self->options.labels[side];

		add_meta(self, files[side]);
		quote_add_escaped(&self->out, label, strlen(label));
		end_meta(self);
	}
	self->in_table = true;
}

/* ---- lines of a text ---- */

static const char *color_of(const struct review *self, char sign)
{
	return sign == '-'   ? self->options.colors.old_text
	       : sign == '+' ? self->options.colors.new_text
			     : self->options.colors.context;
}

/* True if a line of a text may stand as it is. */
static bool is_raw_line(const char *text, size_t size)
{
	if (size == 0)
		return true;
	return text[0] != '\\' && text[size - 1] != ' ' &&
	       text[size - 1] != '\t' && utf8_is_plain(text, size);
}

static void add_text_line(struct review *self, char sign, const char *text,
			  size_t size, bool newline)
{
	const char *color = color_of(self, sign);

	buf_add_format(&self->out, "%s %c", color, sign);
	if (is_raw_line(text, size)) {
		buf_add(&self->out, text, size);
	} else {
		buf_add_char(&self->out, '\\');
		quote_add(&self->out, text, size);
	}
	end_line(self, color);
	if (!newline)
		buf_add_string(&self->out, " \\ no newline at end of text\n");
}

static void add_hash(struct review *self, const struct value *value)
{
	char hex[SHA256_HEX_SIZE];

	if (sha256_hex(hex, value->data, value->size, self->err) < 0)
		return;
	buf_add(&self->out, hex,
		self->options.abbrev ? ABBREV_HASH : SHA256_HEX_SIZE - 1);
}

/* True if each line break of the text is CR LF, and there is one. */
static bool is_crlf(const struct value *value)
{
	const char *at = value->data;
	const char *end = value->data + value->size;
	bool any = false;

	while ((at = memchr(at, '\n', (size_t)(end - at)))) {
		if (at == value->data || at[-1] != '\r')
			return false;
		any = true;
		at++;
	}
	return any;
}

/* True if the text has no line break that is not CR LF. */
static bool allows_crlf(const struct value *value)
{
	return is_crlf(value) || !memchr(value->data, '\n', value->size);
}

/* Appends the text with each CR LF made LF. */
static void add_without_cr(struct buf *out, const struct value *value)
{
	for (size_t i = 0; i < value->size; i++)
		if (value->data[i] != '\r' || i + 1 == value->size ||
		    value->data[i + 1] != '\n')
			buf_add_char(out, value->data[i]);
}

static size_t count_lines(const struct value *value)
{
	size_t count = 0;

	for (size_t i = 0; i < value->size; i++)
		count += value->data[i] == '\n';
	return count + (value->data[value->size - 1] != '\n');
}

/* A whole text: "+body: text 2 sha256 ..." and its lines. */
static void add_whole_text(struct review *self, char sign,
			   const struct value *value)
{
	const char *at = value->data;
	const char *end = value->data + value->size;
	bool crlf = is_crlf(value);

	buf_add_format(&self->out, "text %s%zu sha256 ", crlf ? "crlf " : "",
		       count_lines(value));
	add_hash(self, value);
	end_line(self, color_of(self, sign));
	while (at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		const char *stop = newline ? newline : end;

		add_text_line(self, sign, at,
			      (size_t)(stop - at) - (crlf && newline),
			      newline != NULL);
		at = stop + 1;
	}
}

static void add_thunk(void *context, const struct textdiff_hunk *hunk)
{
	struct review *self = context;
	const char *color = self->options.colors.frag;

	buf_add_format(&self->out, "%s @@ -%zu,%zu +%zu,%zu @@", color,
		       hunk->old_start, hunk->old_count, hunk->new_start,
		       hunk->new_count);
	end_line(self, color);
}

static void add_diff_line(void *context, const struct textdiff_line *line)
{
	static const char signs[] = {
		[TEXTDIFF_CONTEXT] = '|',
		[TEXTDIFF_OLD] = '-',
		[TEXTDIFF_NEW] = '+',
	};

	add_text_line(context, signs[line->origin], line->text, line->size,
		      line->newline);
}

/* A changed text: " body: text sha256 ..", and the lines that differ. */
static void add_changed_text(struct review *self, const struct value *old_value,
			     const struct value *new_value)
{
	const struct textdiff_sink sink = { .hunk = add_thunk,
					    .line = add_diff_line,
					    .context = self };
	bool crlf = allows_crlf(old_value) && allows_crlf(new_value) &&
		    (is_crlf(old_value) || is_crlf(new_value));
	struct buf texts[2];

	buf_init(&texts[OLD], MAX_HUNK);
	buf_init(&texts[NEW], MAX_HUNK);
	buf_add_format(&self->out, "text %ssha256 ", crlf ? "crlf " : "");
	add_hash(self, old_value);
	buf_add_string(&self->out, "..");
	add_hash(self, new_value);
	end_line(self, self->options.colors.context);
	if (crlf) {
		add_without_cr(&texts[OLD], old_value);
		add_without_cr(&texts[NEW], new_value);
	} else {
		buf_add(&texts[OLD], old_value->data, old_value->size);
		buf_add(&texts[NEW], new_value->data, new_value->size);
	}
	if (buf_check(&texts[OLD], "a text", self->err) == 0 &&
	    buf_check(&texts[NEW], "a text", self->err) == 0 &&
	    textdiff(texts[OLD].data, texts[OLD].len, texts[NEW].data,
		     texts[NEW].len, self->options.context, &sink,
		     self->err) < 0)
		err_context(self->err, "the lines of a text");
	buf_release(&texts[OLD]);
	buf_release(&texts[NEW]);
}

/* ---- cells ---- */

static void begin_cell(struct review *self, char sign, const char *name)
{
	buf_add_format(&self->out, "%s%c", color_of(self, sign), sign);
	name_add(&self->out, name);
	buf_add_string(&self->out, ": ");
}

/* One cell of a row; `other` is what it is compared with, or NULL. */
static void add_cell(struct review *self, char sign, const char *name,
		     const struct value *value, const struct value *other)
{
	size_t start;

	begin_cell(self, sign, name);
	if (!other && sign != ' ' && value_has_lines(value)) {
		add_whole_text(self, sign, value);
		return;
	}
	start = self->out.len;
	literal_add(&self->out, value);
	if (self->options.abbrev)
		abbrev_literal(&self->out, start, value, other);
	end_line(self, color_of(self, sign));
}

static bool is_nonempty_text(const struct value *value)
{
	return value->type == VALUE_TEXT && value->size > 0 &&
	       !memchr(value->data, '\0', value->size) &&
	       utf8_valid(value->data, value->size);
}

static bool differ_by_lines(const struct value *a, const struct value *b)
{
	return is_nonempty_text(a) && is_nonempty_text(b) &&
	       (value_has_lines(a) || value_has_lines(b));
}

static void add_changed_cell(struct review *self, const char *name,
			     const struct value *old_value,
			     const struct value *new_value)
{
	if (differ_by_lines(old_value, new_value)) {
		begin_cell(self, ' ', name);
		add_changed_text(self, old_value, new_value);
	} else {
		add_cell(self, '-', name, old_value, new_value);
		add_cell(self, '+', name, new_value, old_value);
	}
}

/* ---- hunks ---- */

static bool shows_label(const struct table_pair *pair, const struct row *row)
{
	const struct pair_side *self = &pair->sides[OLD];
	const struct value *value;
	size_t characters = 0;

	if (self->label == self->ncolumns)
		return false;
	value = &row->cells[self->label];
	if (!literal_is_plain_text(value))
		return false;
	for (size_t i = 0; i < value->size; i++)
		characters += ((unsigned char)value->data[i] & 0xc0) != 0x80;
	return characters <= MAX_LABEL;
}

static void add_named_literal(struct review *self, const char *name,
			      const struct value *value)
{
	name_add(&self->out, name);
	buf_add_char(&self->out, '=');
	literal_add(&self->out, value);
}

static void add_label(struct review *self, const struct table_pair *pair,
		      const struct row *row)
{
	const struct render_colors *colors = &self->options.colors;
	size_t cell = pair->sides[OLD].label;

	buf_add_format(&self->out, "  %s%s", *colors->frag ? colors->reset : "",
		       colors->func);
	add_named_literal(self, pair_column(pair, OLD, cell)->name,
			  &row->cells[cell]);
	buf_add_format(&self->out, "%s%s", *colors->func ? colors->reset : "",
		       colors->frag);
}

/*
 * The head of a hunk. An update has a label, since the row's other columns do
 * not stand under it. Returns whether it does.
 */
static bool add_hunk_head(struct review *self, const struct table_pair *pair,
			  const struct change *change, int side)
{
	static const char signs[] = { [CHANGE_INSERT] = '+',
				      [CHANGE_DELETE] = '-',
				      [CHANGE_UPDATE] = '~' };
	const struct render_colors *colors = &self->options.colors;
	const struct pair_side *from = &pair->sides[side];
	const struct row *row = change->rows[side];
	bool label = change->op == CHANGE_UPDATE && shows_label(pair, row);

	buf_add_format(&self->out, "%s@@ %c", colors->frag, signs[change->op]);
	for (size_t i = 0; change->keyed && i < pair->nkey; i++) {
		buf_add_char(&self->out, ' ');
		add_named_literal(self,
				  pair_column(pair, side, from->key[i])->name,
				  &row->cells[from->key[i]]);
	}
	if (!change->keyed)
		buf_add_format(&self->out,
			       " %" PRIu64 " row%s, %" PRIu64 " before",
			       change->count, change->count == 1 ? "" : "s",
			       change->before);
	if (label)
		add_label(self, pair, row);
	buf_add_string(&self->out, " @@");
	end_line(self, colors->frag);
	return label;
}

static bool is_in_head(const struct table_pair *pair, int side, size_t cell,
		       const struct change *change, bool label)
{
	if (label && pair->sides[side].label == cell)
		return true;
	for (size_t i = 0; change->keyed && i < pair->nkey; i++)
		if (pair->sides[side].key[i] == cell)
			return true;
	return false;
}

/* An inserted or deleted row: every stored cell that its key does not show. */
static void add_whole_row(struct review *self, const struct table_pair *pair,
			  const struct change *change, int side)
{
	char sign = side == NEW ? '+' : '-';

	add_hunk_head(self, pair, change, side);
	for (size_t cell = 0; cell < pair->sides[side].ncolumns; cell++) {
		const struct column *column = pair_column(pair, side, cell);

		if (!column->generated &&
		    !is_in_head(pair, side, cell, change, false))
			add_cell(self, sign, column->name,
				 &change->rows[side]->cells[cell], NULL);
	}
}

static void add_update(struct review *self, const struct table_pair *pair,
		       const struct change *change)
{
	bool label = add_hunk_head(self, pair, change, OLD);

	for (size_t i = 0; i < pair->ncommon; i++) {
		size_t cell = pair->sides[OLD].common[i];
		const char *name = pair_column(pair, OLD, cell)->name;
		const struct value *old_value = &change->rows[OLD]->cells[cell];
		const struct value *new_value =
			&change->rows[NEW]->cells[pair->sides[NEW].common[i]];

		if (!pair_cells_equal(pair, change->rows, i))
			add_changed_cell(self, name, old_value, new_value);
		else if (self->options.full_row &&
			 !is_in_head(pair, OLD, cell, change, label))
			add_cell(self, ' ', name, old_value, NULL);
	}
}

/* ---- the sink ---- */

static int review_begin_table(struct change_sink *sink,
			      const struct table_pair *pair, struct err *err)
{
	struct review *self = review_of(sink);

	self->in_table = false;
	if (pair->reason || pair->unreadable || !pair->sides[OLD].table ||
	    !pair->sides[NEW].table || pair->sides[OLD].nonly ||
	    pair->sides[NEW].nonly)
		add_head(self, pair);
	return flush(self, err);
}

static int review_change(struct change_sink *sink,
			 const struct table_pair *pair,
			 const struct change *change, struct err *err)
{
	struct review *self = review_of(sink);

	self->err = err;
	if (!self->in_table)
		add_head(self, pair);
	if (change->op == CHANGE_UPDATE)
		add_update(self, pair, change);
	else
		add_whole_row(self, pair, change,
			      change->op == CHANGE_INSERT ? NEW : OLD);
	if (err->code)
		return err->code;
	return flush(self, err);
}

static void review_free(struct renderer *renderer)
{
	struct review *self = (struct review *)renderer;

	buf_release(&self->out);
	free(self);
}

int review_open(struct renderer **renderer,
		const struct render_options *options, struct err *err)
{
	struct review *self = calloc(1, sizeof(*self));

	if (!self)
		return err_set_nomem(err);
	self->renderer = (struct renderer){
		.sink = { .begin_table = review_begin_table,
			  .change = review_change },
		.free = review_free,
	};
	self->options = *options;
	buf_init(&self->out, MAX_HUNK);
	*renderer = &self->renderer;
	return 0;
}
