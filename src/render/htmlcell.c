#include "config.h"

#include "render/htmlcell.h"

#include <string.h>

#include "git/textdiff.h"
#include "model/literal.h"
#include "render/linetext.h"
#include "render/rowkey.h"
#include "render/worddiff.h"

enum { MAX_PIECE = 1 << 30 }; /* bytes of one value */

void html_add(struct buf *out, const char *text, size_t size)
{
	size_t done = 0;

	/* `#` because `##[` is a command in a log of GitHub Actions */
	for (size_t i = 0; i < size; i++) {
		if (!text[i] || !strchr("&<>\"'#", text[i]))
			continue;
		buf_add(out, text + done, i - done);
		buf_add_format(out, "&#%d;", text[i]);
		done = i + 1;
	}
	if (size > done)
		buf_add(out, text + done, size - done);
}

void html_add_literal(struct buf *out, const struct value *value)
{
	struct buf literal;

	buf_init(&literal, MAX_PIECE);
	literal_add(&literal, value);
	out->failed = out->failed || literal.failed;
	html_add(out, literal.data, literal.len);
	buf_release(&literal);
}

static void begin_cell(struct buf *out, const char *mark, bool alone)
{
	buf_add_string(out, alone ? "<td colspan=\"2\"" : "<td");
	if (mark)
		buf_add_format(out, " class=\"%s\"", mark);
	buf_add_char(out, '>');
}

void html_add_hidden(struct buf *out, const char *mark, bool alone)
{
	begin_cell(out, mark, alone);
	buf_add_format(out, "<span class=\"redacted\">%s</span></td>",
		       redacted_value);
}

/* ---- one value ---- */

static void add_line(struct buf *out, const char *mark, size_t number,
		     const char *text, size_t size)
{
	struct buf shown;

	buf_init(&shown, MAX_PIECE);
	linetext_add(&shown, text, size);
	out->failed = out->failed || shown.failed;
	buf_add_string(out, "<code");
	if (mark)
		buf_add_format(out, " class=\"%s\"", mark);
	buf_add_format(out, " data-n=\"%zu\">", number);
	html_add(out, shown.data, shown.len);
	buf_add_string(out, "</code>");
	buf_release(&shown);
}

static void add_end_note(struct buf *out, const char *which)
{
	buf_add_format(out,
		       "<div class=\"end\">no newline at end of %stext"
		       "</div>",
		       which);
}

static void add_crlf_note(struct buf *out)
{
	buf_add_string(out, "<div class=\"hunk\">lines end with CR LF</div>");
}

static void add_whole_lines(struct buf *out, const char *mark,
			    const struct value *value)
{
	const char *at = value->data;
	const char *end = value->data + value->size;
	bool crlf = linetext_is_crlf(value, value);

	buf_add_format(out, "<td colspan=\"2\" class=\"text %s\">", mark);
	if (crlf)
		add_crlf_note(out);
	for (size_t number = 1; at < end; number++) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		const char *stop = newline ? newline : end;

		add_line(out, NULL, number, at,
			 (size_t)(stop - at) - (crlf && newline));
		if (!newline)
			add_end_note(out, "");
		at = stop + 1;
	}
	buf_add_string(out, "</td>");
}

void html_add_whole(struct buf *out, const char *mark,
		    const struct value *value)
{
	if (mark && value_has_lines(value)) {
		add_whole_lines(out, mark, value);
		return;
	}
	begin_cell(out, mark, true);
	html_add_literal(out, value);
	buf_add_string(out, "</td>");
}

/* ---- words ---- */

/* Both sides of a comparison of words, with marks around what differs. */
struct words {
	struct buf sides[2];
	bool open[2];
};

static void set_mark(struct words *self, int side, bool open)
{
	static const char *const tags[2][2] = { { "</del>", "<del>" },
						{ "</ins>", "<ins>" } };

	if (self->open[side] != open)
		buf_add_string(&self->sides[side], tags[side][open]);
	self->open[side] = open;
}

static void take_word(void *context, enum textdiff_origin origin,
		      const char *text, size_t size)
{
	struct words *self = context;

	for (int side = 0; side < 2; side++) {
		if (origin == (side ? TEXTDIFF_OLD : TEXTDIFF_NEW))
			continue;
		set_mark(self, side, origin != TEXTDIFF_CONTEXT);
		html_add(&self->sides[side], text, size);
	}
}

static int compare_words(struct words *self, const struct buf texts[2],
			 struct err *err)
{
	const struct worddiff_sink sink = { take_word, self };

	if (worddiff(texts[0].data, texts[0].len, texts[1].data, texts[1].len,
		     &sink, err) == 0) {
		set_mark(self, 0, false);
		set_mark(self, 1, false);
	}
	return err->code;
}

static void words_init(struct words *self)
{
	for (int side = 0; side < 2; side++) {
		buf_init(&self->sides[side], MAX_PIECE);
		self->open[side] = false;
	}
}

static void words_release(struct words *self)
{
	buf_release(&self->sides[0]);
	buf_release(&self->sides[1]);
}

static void add_words(struct buf *out, const struct words *self, int side)
{
	out->failed = out->failed || self->sides[side].failed;
	buf_add(out, self->sides[side].data, self->sides[side].len);
}

static void add_changed_literals(struct buf *out,
				 const struct value *const values[2],
				 struct err *err)
{
	static const char *const marks[2] = { "old", "new" };
	bool by_words =
		values[0]->type == VALUE_TEXT && values[1]->type == VALUE_TEXT;
	struct buf literals[2];
	struct words words;

	words_init(&words);
	for (int side = 0; side < 2; side++) {
		buf_init(&literals[side], MAX_PIECE);
		literal_add(&literals[side], values[side]);
		(void)!buf_check(&literals[side], "a value", err);
	}
	if (by_words && !err->code)
		(void)!compare_words(&words, literals, err);
	for (int side = 0; side < 2; side++) {
		begin_cell(out, marks[side], false);
		if (by_words)
			add_words(out, &words, side);
		else
			html_add(out, literals[side].data, literals[side].len);
		buf_add_string(out, "</td>");
		buf_release(&literals[side]);
	}
	words_release(&words);
}

/* ---- lines ---- */

/* Lines that stand for each other, until one that both texts have. */
struct lines {
	struct buf *out;
	struct buf run[2]; /* as shown, each with a newline */
	size_t at[2];	   /* the number of the next line */
	bool newline[2];   /* of the last line of each */
	struct err *err;
};

/* Takes the first line off `*at`. False if there is none. */
static bool next_line(struct buf *line, const char **at, const char *end)
{
	const char *stop;

	buf_clear(line);
	if (*at == end)
		return false;
	stop = memchr(*at, '\n', (size_t)(end - *at));
	buf_add(line, *at, (size_t)(stop - *at));
	*at = stop + 1;
	return true;
}

static void add_pair(struct lines *self, const struct buf lines[2],
		     const bool there[2])
{
	static const char *const marks[2] = { "old", "new" };
	struct words words;

	words_init(&words);
	if (there[0] && there[1])
		(void)!compare_words(&words, lines, self->err);
	buf_add_string(self->out, "<div class=\"pair\">");
	for (int side = 0; side < 2; side++) {
		if (!there[side]) {
			buf_add_string(self->out, "<code></code>");
			continue;
		}
		buf_add_format(self->out, "<code class=\"%s\" data-n=\"%zu\">",
			       marks[side], self->at[side]++);
		if (there[!side])
			add_words(self->out, &words, side);
		else
			html_add(self->out, lines[side].data, lines[side].len);
		buf_add_string(self->out, "</code>");
	}
	buf_add_string(self->out, "</div>");
	words_release(&words);
}

static void end_run(struct lines *self)
{
	const char *at[2] = { self->run[0].data, self->run[1].data };
	struct buf lines[2];
	bool there[2];

	for (int side = 0; side < 2; side++)
		buf_init(&lines[side], MAX_PIECE);
	for (;;) {
		for (int side = 0; side < 2; side++)
			there[side] = at[side] &&
				      next_line(&lines[side], &at[side],
						self->run[side].data +
							self->run[side].len);
		if (!there[0] && !there[1])
			break;
		add_pair(self, lines, there);
	}
	if (!self->newline[0])
		add_end_note(self->out, "the old ");
	if (!self->newline[1])
		add_end_note(self->out, "the new ");
	for (int side = 0; side < 2; side++) {
		buf_release(&lines[side]);
		buf_clear(&self->run[side]);
		self->newline[side] = true;
	}
}

static void begin_hunk(void *context, const struct textdiff_hunk *hunk)
{
	struct lines *self = context;

	end_run(self);
	self->at[0] = hunk->old_start + (hunk->old_count == 0);
	self->at[1] = hunk->new_start + (hunk->new_count == 0);
	buf_add_format(self->out,
		       "<div class=\"hunk\">@@ -%zu,%zu +%zu,%zu @@</div>",
		       hunk->old_start, hunk->old_count, hunk->new_start,
		       hunk->new_count);
}

static void take_line(void *context, const struct textdiff_line *line)
{
	struct lines *self = context;
	int side = line->origin == TEXTDIFF_NEW;

	if (line->origin == TEXTDIFF_CONTEXT) {
		end_run(self);
		buf_add_string(self->out, "<div class=\"pair\">");
		for (side = 0; side < 2; side++)
			add_line(self->out, NULL, self->at[side]++, line->text,
				 line->size);
		buf_add_string(self->out, "</div>");
		if (!line->newline)
			add_end_note(self->out, "");
		return;
	}
	linetext_add(&self->run[side], line->text, line->size);
	buf_add_char(&self->run[side], '\n');
	self->newline[side] = line->newline;
}

static void add_changed_lines(struct buf *out,
			      const struct value *const values[2],
			      unsigned context, struct err *err)
{
	struct lines lines = { .out = out,
			       .newline = { true, true },
			       .err = err };
	const struct textdiff_sink sink = { .hunk = begin_hunk,
					    .line = take_line,
					    .context = &lines };
	bool crlf = linetext_is_crlf(values[0], values[1]);
	struct buf texts[2];

	buf_add_string(out, "<td colspan=\"2\" class=\"text\">");
	if (crlf)
		add_crlf_note(out);
	for (int side = 0; side < 2; side++) {
		buf_init(&lines.run[side], MAX_PIECE);
		buf_init(&texts[side], MAX_PIECE);
		if (crlf)
			linetext_add_without_cr(&texts[side], values[side]);
		else
			buf_add(&texts[side], values[side]->data,
				values[side]->size);
		(void)!buf_check(&texts[side], "a text", err);
	}
	if (!err->code && textdiff(texts[0].data, texts[0].len, texts[1].data,
				   texts[1].len, context, &sink, err) == 0)
		end_run(&lines);
	for (int side = 0; side < 2; side++) {
		(void)!buf_check(&lines.run[side], "the lines of a text", err);
		buf_release(&lines.run[side]);
		buf_release(&texts[side]);
	}
	buf_add_string(out, "</td>");
}

void html_add_changed(struct buf *out, const struct value *const values[2],
		      unsigned context, struct err *err)
{
	if (linetext_differs(values[0], values[1]))
		add_changed_lines(out, values, context, err);
	else
		add_changed_literals(out, values, err);
}
