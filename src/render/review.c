#include "config.h"

#include "render/render.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "git/textdiff.h"
#include "model/literal.h"
#include "model/name.h"
#include "render/abbrev.h"
#include "render/linetext.h"
#include "render/name.h"
#include "render/rowkey.h"
#include "render/worddiff.h"
#include "util/quote.h"
#include "util/sha256.h"

enum {
	MAX_HUNK = 1 << 30, /* bytes of one change's text */
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
	if (self->options.redact) {
		add_meta(self, "redacted");
		end_meta(self);
	}
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
		/* a table that is not there is git's word for such a file */
		const char *label = pair->sides[side].table
					    ? self->options.labels[side]
					    : "/dev/null";

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

static void add_text_line(struct review *self, char sign, const char *text,
			  size_t size, bool newline)
{
	const char *color = color_of(self, sign);

	buf_add_format(&self->out, "%s %c", color, sign);
	linetext_add(&self->out, text, size);
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
	bool crlf = linetext_is_crlf(value, value);

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
	bool crlf = linetext_is_crlf(old_value, new_value);
	struct buf texts[2];
	int code;

	buf_init(&texts[OLD], MAX_HUNK);
	buf_init(&texts[NEW], MAX_HUNK);
	buf_add_format(&self->out, "text %ssha256 ", crlf ? "crlf " : "");
	add_hash(self, old_value);
	buf_add_string(&self->out, "..");
	add_hash(self, new_value);
	end_line(self, self->options.colors.context);
	if (crlf) {
		linetext_add_without_cr(&texts[OLD], old_value);
		linetext_add_without_cr(&texts[NEW], new_value);
	} else {
		buf_add(&texts[OLD], old_value->data, old_value->size);
		buf_add(&texts[NEW], new_value->data, new_value->size);
	}
	if (buf_check(&texts[OLD], "a text", self->err) < 0 ||
	    buf_check(&texts[NEW], "a text", self->err) < 0)
		goto out;
	if (self->options.word_diff != WORD_DIFF_NONE)
		code = worddiff_add_lines(&self->out, &self->options, texts,
					  self->err);
	else
		code = textdiff(texts[OLD].data, texts[OLD].len,
				texts[NEW].data, texts[NEW].len,
				self->options.context, &sink, self->err);
	if (code < 0)
		err_context(self->err, "the lines of a text");
out:
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

static void add_changed_cell(struct review *self, const char *name,
			     const struct value *old_value,
			     const struct value *new_value)
{
	bool by_lines = linetext_differs(old_value, new_value);
	bool by_words = self->options.word_diff != WORD_DIFF_NONE;

	if (by_lines) {
		begin_cell(self, ' ', name);
		add_changed_text(self, old_value, new_value);
	} else if (by_words) {
		begin_cell(self, ' ', name);
		(void)!worddiff_add_literals(&self->out, &self->options,
					     old_value, new_value, self->err);
		buf_add_char(&self->out, '\n');
	} else {
		add_cell(self, '-', name, old_value, new_value);
		add_cell(self, '+', name, new_value, old_value);
	}
}

/* --redact: no length, no hash and no NULL tells of the value. */
static void add_hidden_cell(struct review *self, char sign, const char *name)
{
	begin_cell(self, sign, name);
	buf_add_string(&self->out, redacted_value);
	end_line(self, color_of(self, sign));
}

static void add_hidden_update(struct review *self, const char *name, bool equal)
{
	const size_t size = strlen(redacted_value);

	if (equal) {
		add_hidden_cell(self, ' ', name);
	} else if (self->options.word_diff == WORD_DIFF_NONE) {
		add_hidden_cell(self, '-', name);
		add_hidden_cell(self, '+', name);
	} else {
		begin_cell(self, ' ', name);
		worddiff_add_marked(&self->out, &self->options, TEXTDIFF_OLD,
				    redacted_value, size);
		worddiff_add_marked(&self->out, &self->options, TEXTDIFF_NEW,
				    redacted_value, size);
		buf_add_char(&self->out, '\n');
	}
}

/* ---- hunks ---- */

static bool shows_label(const struct review *self,
			const struct table_pair *pair, const struct row *row)
{
	const struct pair_side *side = &pair->sides[OLD];

	return !self->options.redact && label_is_shown(side, row);
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
	bool label =
		change->op == CHANGE_UPDATE && shows_label(self, pair, row);

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
	return (label && pair->sides[side].label == cell) ||
	       row_key_has(pair, side, cell, change);
}

/* An inserted or deleted row: every stored cell that its key does not show. */
static void add_whole_row(struct review *self, const struct table_pair *pair,
			  const struct change *change, int side)
{
	char sign = side == NEW ? '+' : '-';

	add_hunk_head(self, pair, change, side);
	for (size_t cell = 0; cell < pair->sides[side].ncolumns; cell++) {
		const struct column *column = pair_column(pair, side, cell);

		if (column->generated ||
		    is_in_head(pair, side, cell, change, false))
			continue;
		if (self->options.redact)
			add_hidden_cell(self, sign, column->name);
		else
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
		bool equal = pair_cells_equal(pair, change->rows, i);
		bool hidden = self->options.redact &&
			      !row_key_has(pair, OLD, cell, change);

		if (equal && (!self->options.full_row ||
			      is_in_head(pair, OLD, cell, change, label)))
			continue;
		if (hidden)
			add_hidden_update(self, name, equal);
		else if (equal)
			add_cell(self, ' ', name, old_value, NULL);
		else
			add_changed_cell(self, name, old_value, new_value);
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
