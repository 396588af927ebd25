#include "config.h"

#include "render/worddiff.h"

#include <limits.h>
#include <string.h>

#include "model/literal.h"
#include "render/abbrev.h"
#include "render/linetext.h"

enum { MAX_WORDS = 1 << 30 }; /* bytes of the texts that are compared */

/* Stands for a line break among words, each of which has a line of its own. */
static const char line_break = '\x01';

/* ---- comparing ---- */

static bool is_word(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	       (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80 ||
	       (c && strchr("_.#@%:+-\\", c));
}

/* How many bytes the first word, run of blanks or other character takes. */
static size_t word_length(const char *text, size_t size)
{
	size_t length = 1;

	if (is_word(text[0]))
		while (length < size && is_word(text[length]))
			length++;
	else if (text[0] == ' ')
		while (length < size && text[length] == ' ')
			length++;
	return length;
}

static void add_words(struct buf *out, const char *text, size_t size)
{
	while (size > 0) {
		size_t length = word_length(text, size);

		if (text[0] == '\n')
			buf_add_char(out, line_break);
		else
			buf_add(out, text, length);
		buf_add_char(out, '\n');
		text += length;
		size -= length;
	}
}

static void ignore_hunk(void *context, const struct textdiff_hunk *hunk)
{
	(void)context;
	(void)hunk;
}

static void take_word(void *context, const struct textdiff_line *line)
{
	const struct worddiff_sink *sink = context;
	bool breaks = line->size == 1 && line->text[0] == line_break;

	sink->word(sink->context, line->origin, breaks ? "\n" : line->text,
		   line->size);
}

int worddiff(const char *old_text, size_t old_size, const char *new_text,
	     size_t new_size, const struct worddiff_sink *sink, struct err *err)
{
	const struct textdiff_sink words = { .hunk = ignore_hunk,
					     .line = take_word,
					     .context = (void *)sink };
	struct buf texts[2];

	buf_init(&texts[0], MAX_WORDS);
	buf_init(&texts[1], MAX_WORDS);
	add_words(&texts[0], old_text, old_size);
	add_words(&texts[1], new_text, new_size);
	if (buf_check(&texts[0], "a text", err) < 0 ||
	    buf_check(&texts[1], "a text", err) < 0)
		goto out;
	if (texts[0].len == texts[1].len &&
	    memcmp(texts[0].data ? texts[0].data : "",
		   texts[1].data ? texts[1].data : "", texts[0].len) == 0) {
		for (size_t at = 0; at < old_size;) {
			size_t length =
				word_length(old_text + at, old_size - at);

			sink->word(sink->context, TEXTDIFF_CONTEXT,
				   old_text + at, length);
			at += length;
		}
		goto out;
	}
	(void)!textdiff(texts[0].data, texts[0].len, texts[1].data,
			texts[1].len, INT_MAX / 4, &words, err);
out:
	buf_release(&texts[0]);
	buf_release(&texts[1]);
	return err->code;
}

/* ---- marking ---- */

struct marking {
	struct buf *out;
	const struct render_options *options;
	const char *prefix; /* of each line after the first */
	enum textdiff_origin origin;
	bool at_start; /* of a line that is not written yet */
};

static const char *color_of(const struct marking *self,
			    enum textdiff_origin origin)
{
	const struct render_colors *colors = &self->options->colors;

	return origin == TEXTDIFF_OLD	? colors->old_text
	       : origin == TEXTDIFF_NEW ? colors->new_text
					: colors->context;
}

static void begin_mark(struct marking *self, enum textdiff_origin origin)
{
	self->origin = origin;
	buf_add_string(self->out, color_of(self, origin));
	if (self->options->word_diff == WORD_DIFF_PLAIN)
		buf_add_string(self->out, origin == TEXTDIFF_OLD   ? "[-"
					  : origin == TEXTDIFF_NEW ? "{+"
								   : "");
}

static void end_mark(struct marking *self)
{
	if (self->options->word_diff == WORD_DIFF_PLAIN)
		buf_add_string(self->out, self->origin == TEXTDIFF_OLD	 ? "-]"
					  : self->origin == TEXTDIFF_NEW ? "+}"
									 : "");
	if (*color_of(self, self->origin))
		buf_add_string(self->out, self->options->colors.reset);
	self->origin = TEXTDIFF_CONTEXT;
}

static void mark_word(void *context, enum textdiff_origin origin,
		      const char *text, size_t size)
{
	struct marking *self = context;

	if (size == 1 && text[0] == '\n') {
		if (self->at_start)
			buf_add_string(self->out, self->prefix);
		else
			end_mark(self);
		buf_add_char(self->out, '\n');
		self->at_start = true;
		return;
	}
	if (self->at_start) {
		buf_add_string(self->out, self->prefix);
		begin_mark(self, origin);
	} else if (origin != self->origin) {
		end_mark(self);
		begin_mark(self, origin);
	}
	self->at_start = false;
	buf_add(self->out, text, size);
}

void worddiff_add_marked(struct buf *out, const struct render_options *options,
			 enum textdiff_origin origin, const char *text,
			 size_t size)
{
	struct marking marking = { .out = out, .options = options };

	begin_mark(&marking, origin);
	buf_add(out, text, size);
	end_mark(&marking);
}

/* ---- cells ---- */

int worddiff_add_literals(struct buf *out, const struct render_options *options,
			  const struct value *old_value,
			  const struct value *new_value, struct err *err)
{
	struct marking marking = {
		.out = out, .options = options, .prefix = "", .at_start = true
	};
	const struct worddiff_sink sink = { mark_word, &marking };
	struct buf literals[2];

	buf_init(&literals[0], MAX_WORDS);
	buf_init(&literals[1], MAX_WORDS);
	literal_add(&literals[0], old_value);
	literal_add(&literals[1], new_value);
	if (buf_check(&literals[0], "a value", err) < 0 ||
	    buf_check(&literals[1], "a value", err) < 0)
		goto out;
	if (old_value->type != VALUE_TEXT || new_value->type != VALUE_TEXT) {
		if (options->abbrev) {
			abbrev_literal(&literals[0], 0, old_value, new_value);
			abbrev_literal(&literals[1], 0, new_value, old_value);
		}
		worddiff_add_marked(out, options, TEXTDIFF_OLD,
				    literals[0].data, literals[0].len);
		worddiff_add_marked(out, options, TEXTDIFF_NEW,
				    literals[1].data, literals[1].len);
	} else if (worddiff(literals[0].data, literals[0].len, literals[1].data,
			    literals[1].len, &sink, err) == 0) {
		end_mark(&marking);
	}
out:
	buf_release(&literals[0]);
	buf_release(&literals[1]);
	return err->code;
}

/* ---- lines ---- */

/* Lines that stand for each other, until one that both texts have. */
struct lines {
	struct marking marking;
	struct buf run[2];
	size_t count[2];
	bool newline[2]; /* of the last line of each */
	struct err *err;
};

static void add_end_note(struct buf *out, const char *which)
{
	buf_add_format(out, " \\ no newline at end of %stext\n", which);
}

/* Lines without counterparts are marked one by one, so that none is lost. */
static void add_one_sided(struct lines *self, int side)
{
	const struct buf *run = &self->run[side];
	const char *at = run->data;
	const char *end = run->data + run->len;

	while (at < end) {
		const char *stop = memchr(at, '\n', (size_t)(end - at));

		buf_add_string(self->marking.out, self->marking.prefix);
		worddiff_add_marked(self->marking.out, self->marking.options,
				    side ? TEXTDIFF_NEW : TEXTDIFF_OLD, at,
				    (size_t)(stop - at));
		buf_add_char(self->marking.out, '\n');
		at = stop + 1;
	}
}

static void add_both(struct lines *self)
{
	const struct worddiff_sink sink = { mark_word, &self->marking };

	self->marking.at_start = true;
	/* the last line break is written below */
	if (worddiff(self->run[0].data, self->run[0].len - 1, self->run[1].data,
		     self->run[1].len - 1, &sink, self->err) < 0)
		return;
	mark_word(&self->marking, TEXTDIFF_CONTEXT, "\n", 1);
}

static void end_run(struct lines *self)
{
	if (self->count[0] && self->count[1])
		add_both(self);
	else if (self->count[0] || self->count[1])
		add_one_sided(self, self->count[1] > 0);
	if (!self->newline[0] && !self->newline[1])
		add_end_note(self->marking.out, "");
	else if (!self->newline[0])
		add_end_note(self->marking.out, "the old ");
	else if (!self->newline[1])
		add_end_note(self->marking.out, "the new ");
	for (int side = 0; side < 2; side++) {
		buf_clear(&self->run[side]);
		self->count[side] = 0;
		self->newline[side] = true;
	}
}

static void begin_hunk(void *context, const struct textdiff_hunk *hunk)
{
	struct lines *self = context;
	const struct render_colors *colors = &self->marking.options->colors;

	end_run(self);
	buf_add_format(self->marking.out, "%s @@ -%zu,%zu +%zu,%zu @@%s\n",
		       colors->frag, hunk->old_start, hunk->old_count,
		       hunk->new_start, hunk->new_count,
		       *colors->frag ? colors->reset : "");
}

static void take_line(void *context, const struct textdiff_line *line)
{
	struct lines *self = context;
	int side = line->origin == TEXTDIFF_NEW;

	if (line->origin == TEXTDIFF_CONTEXT) {
		end_run(self);
		self->marking.at_start = false;
		buf_add_string(self->marking.out, self->marking.prefix);
		begin_mark(&self->marking, TEXTDIFF_CONTEXT);
		linetext_add(self->marking.out, line->text, line->size);
		end_mark(&self->marking);
		buf_add_char(self->marking.out, '\n');
		if (!line->newline)
			add_end_note(self->marking.out, "");
		return;
	}
	linetext_add(&self->run[side], line->text, line->size);
	buf_add_char(&self->run[side], '\n');
	self->count[side]++;
	self->newline[side] = line->newline;
}

int worddiff_add_lines(struct buf *out, const struct render_options *options,
		       const struct buf texts[2], struct err *err)
{
	struct lines lines = {
		.marking = { .out = out, .options = options, .prefix = " |" },
		.newline = { true, true },
		.err = err,
	};
	const struct textdiff_sink sink = { .hunk = begin_hunk,
					    .line = take_line,
					    .context = &lines };

	buf_init(&lines.run[0], MAX_WORDS);
	buf_init(&lines.run[1], MAX_WORDS);
	if (textdiff(texts[0].data, texts[0].len, texts[1].data, texts[1].len,
		     options->context, &sink, err) == 0)
		end_run(&lines);
	for (int side = 0; side < 2; side++) {
		(void)!buf_check(&lines.run[side], "the lines of a text", err);
		buf_release(&lines.run[side]);
	}
	return err->code;
}
