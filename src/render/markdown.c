#include "config.h"

#include "render/render.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "render/markdowncode.h"

enum {
	MAX_PIECE = 1 << 30, /* bytes of one change's text */
	CLOSING = 1200,	     /* bytes kept free for what was left out */
};

/* Where a row ends in the text of a table, and how many changes are before. */
struct row_end {
	size_t at;
	uint64_t changes;
};

/* What is known of a table that differs or was not compared. */
struct table_note {
	struct buf name; /* as it is shown, within backticks */
	struct buf reason;
	struct buf text; /* its part of the review text, as far as kept */
	struct row_end *rows;
	size_t nrows;
	size_t cap;
	bool is_full; /* nothing more is kept */
	bool columns; /* the sides have different ones, or one no table */
	struct table_counts counts;
	uint64_t shown; /* changes, when all is written */
	bool listed;	/* in the summary */
	struct table_note *next;
};

/* One comparison. */
struct section {
	struct buf head;
	bool redacted;
	struct table_note *first;
	struct table_note **last;
	struct section *next;
};

struct markdown {
	struct document document;
	size_t max;
	size_t kept; /* bytes of all texts */
	struct section *first;
	struct section **last;
};

struct markdown_renderer {
	struct renderer renderer;
	struct markdown *markdown;
	struct section *section;
	struct table_note *table; /* the one that is compared */
	struct renderer *review;
	FILE *stream; /* of the review, into `text` */
	char *text;
	size_t size;
};

/* ---- taking changes ---- */

static struct markdown_renderer *renderer_of(struct change_sink *sink)
{
	return (struct markdown_renderer *)sink;
}

static int note_table(struct markdown_renderer *self,
		      const struct table_pair *pair, struct err *err)
{
	struct table_note *table = calloc(1, sizeof(*table));
	const char *reason = pair->reason ? pair->reason : pair->unreadable;

	if (!table)
		return err_set_nomem(err);
	table->columns = !pair->reason &&
			 (!pair->sides[OLD].table || !pair->sides[NEW].table ||
			  pair->sides[OLD].nonly || pair->sides[NEW].nonly);
	buf_init(&table->name, MAX_PIECE);
	buf_init(&table->reason, MAX_PIECE);
	buf_init(&table->text, self->markdown->max);
	self->table = table;
	*self->section->last = table;
	self->section->last = &table->next;
	markdown_add_name(&table->name, pair->name);
	if (reason)
		markdown_add_text(&table->reason, reason);
	if (buf_check(&table->name, "the name of a table", err) == 0)
		(void)!buf_check(&table->reason, "a reason", err);
	return err->code;
}

static int note_row(struct table_note *table, uint64_t changes, struct err *err)
{
	if (table->nrows == table->cap) {
		size_t cap = table->cap ? table->cap * 2 : 16;
		struct row_end *rows =
			reallocarray(table->rows, cap, sizeof(*rows));

		if (!rows)
			return err_set_nomem(err);
		table->rows = rows;
		table->cap = cap;
	}
	table->rows[table->nrows++] = (struct row_end){
		.at = table->text.len,
		.changes = changes,
	};
	return 0;
}

/* Moves what the review wrote to the table, if there is room for it. */
static int keep(struct markdown_renderer *self, uint64_t changes,
		struct err *err)
{
	struct markdown *markdown = self->markdown;
	struct table_note *table = self->table;
	uint64_t before =
		table->nrows > 0 ? table->rows[table->nrows - 1].changes : 0;
	size_t size;

	if (fflush(self->stream) == EOF)
		return err_set_nomem(err);
	size = (size_t)ftello(self->stream);
	rewind(self->stream);
	if (size == 0)
		return 0;
	if (size > markdown->max - markdown->kept) {
		table->is_full = true;
		return 0;
	}
	buf_add(&table->text, self->text, size);
	markdown->kept += size;
	if (buf_check(&table->text, "the text of a table", err) < 0)
		return err->code;
	return note_row(table, before + changes, err);
}

static int markdown_begin_table(struct change_sink *sink,
				const struct table_pair *pair, struct err *err)
{
	struct markdown_renderer *self = renderer_of(sink);

	if (note_table(self, pair, err) < 0 ||
	    self->review->sink.begin_table(&self->review->sink, pair, err) < 0)
		return err->code;
	return keep(self, 0, err);
}

static int markdown_change(struct change_sink *sink,
			   const struct table_pair *pair,
			   const struct change *change, struct err *err)
{
	struct markdown_renderer *self = renderer_of(sink);

	if (self->table->is_full)
		return SINK_MORE;
	if (self->review->sink.change(&self->review->sink, pair, change, err) <
	    0)
		return err->code;
	return keep(self, change->count, err);
}

static int markdown_end_table(struct change_sink *sink,
			      const struct table_pair *pair,
			      const struct table_counts *counts,
			      struct err *err)
{
	struct markdown_renderer *self = renderer_of(sink);

	(void)pair;
	(void)err;
	self->table->counts = *counts;
	return SINK_MORE;
}

static void renderer_free(struct renderer *renderer)
{
	struct markdown_renderer *self = (struct markdown_renderer *)renderer;

	if (self->review)
		self->review->free(self->review);
	if (self->stream)
		(void)fclose(self->stream);
	free(self->text);
	free(self);
}

static int add_section(struct markdown *self,
		       const struct render_options *options, struct err *err)
{
	struct section *section = calloc(1, sizeof(*section));
	struct buf *head;

	if (!section)
		return err_set_nomem(err);
	*self->last = section;
	self->last = &section->next;
	section->last = &section->first;
	section->redacted = options->redact;
	head = &section->head;
	buf_init(head, MAX_PIECE);
	buf_add_string(head, "### ");
	if (options->database) {
		markdown_add_name(head, options->database);
		buf_add_string(head, "\n\nFrom ");
	}
	markdown_add_text(head, options->labels[OLD]);
	buf_add_string(head, " to ");
	markdown_add_text(head, options->labels[NEW]);
	buf_add_string(head, "\n\n");
	return buf_check(head, "the name of a database", err);
}

static int markdown_begin(struct document *document, struct renderer **renderer,
			  const struct render_options *options, struct err *err)
{
	struct markdown *self = (struct markdown *)document;
	struct markdown_renderer *made = calloc(1, sizeof(*made));
	struct render_options review = *options;
	struct section **section = self->last;

	if (!made)
		return err_set_nomem(err);
	*made = (struct markdown_renderer){
		.renderer = { .sink = { .begin_table = markdown_begin_table,
					.change = markdown_change,
					.end_table = markdown_end_table },
			      .free = renderer_free },
		.markdown = self,
	};
	made->stream = open_memstream(&made->text, &made->size);
	if (!made->stream) {
		err_set_errno(err, "cannot write to memory");
		goto fail;
	}
	if (add_section(self, options, err) < 0)
		goto fail;
	made->section = *section;
	review.out = made->stream;
	review.abbrev = false;
	review.colors =
		(struct render_colors){ "", "", "", "", "", "", "", "" };
	if (review_open(&made->review, &review, err) < 0)
		goto fail;
	*renderer = &made->renderer;
	return 0;
fail:
	renderer_free(&made->renderer);
	return err->code;
}

/* ---- writing ---- */

/* What is written, and what was left out. */
struct writer {
	struct markdown_page page;
	uint64_t unnamed; /* tables that were not compared */
};

static uint64_t changes_of(const struct table_note *table)
{
	return table->counts.inserted + table->counts.updated +
	       table->counts.deleted;
}

static bool differs(const struct table_note *table)
{
	return table->columns || changes_of(table) > 0;
}

static void put_rows(struct writer *writer, const struct section *section)
{
	struct buf piece;

	buf_init(&piece, MAX_PIECE);
	buf_add_string(&piece, "| table | + | ~ | - |\n"
			       "|:--|--:|--:|--:|\n");
	if (!markdown_put(&writer->page, &piece))
		return;
	for (struct table_note *table = section->first; table;
	     table = table->next) {
		if (!differs(table))
			continue;
		buf_add_format(&piece,
			       "| %s | %" PRIu64 " | %" PRIu64 " | %" PRIu64
			       " |\n",
			       table->name.data, table->counts.inserted,
			       table->counts.updated, table->counts.deleted);
		table->listed = markdown_put(&writer->page, &piece);
	}
	buf_release(&piece);
}

/* The head of a section, and the numbers of its tables. */
static void put_summary(struct writer *writer, const struct section *section)
{
	bool any = false;
	struct buf piece;

	buf_init(&piece, MAX_PIECE);
	buf_add(&piece, section->head.data, section->head.len);
	if (section->redacted)
		buf_add_string(&piece, "Values are redacted.\n\n");
	for (const struct table_note *table = section->first; table;
	     table = table->next)
		any = any || differs(table);
	if (!any)
		buf_add_string(&piece, "No row differs.\n");
	if (markdown_put(&writer->page, &piece) && any)
		put_rows(writer, section);
	buf_release(&piece);
}

static void put_reasons(struct writer *writer, const struct section *section)
{
	bool any = false;
	struct buf piece;

	buf_init(&piece, MAX_PIECE);
	for (const struct table_note *table = section->first; table;
	     table = table->next) {
		if (table->reason.len == 0)
			continue;
		buf_add_format(&piece, "%s- %s, not compared: %s\n",
			       any ? "" : "\n", table->name.data,
			       table->reason.data);
		if (markdown_put(&writer->page, &piece))
			any = true;
		else
			writer->unnamed++;
	}
	buf_release(&piece);
}

static void add_count(struct buf *out, uint64_t changes)
{
	buf_add_format(out, "%" PRIu64 " change%s", changes,
		       changes == 1 ? "" : "s");
}

/* The fold of a table with its first `nrows` pieces of text. */
static void add_fold(struct buf *out, const struct table_note *table,
		     size_t nrows)
{
	const struct row_end *end = &table->rows[nrows - 1];
	uint64_t all = changes_of(table);

	buf_add_string(out, "\n<details>\n<summary>");
	markdown_add_html(out, &table->name);
	buf_add_string(out, ": ");
	if (all == 0)
		buf_add_string(out, "the table itself");
	else
		add_count(out, all);
	buf_add_string(out, "</summary>\n\n");
	markdown_add_fenced(out, "diff", table->text.data, end->at);
	if (end->changes < all)
		buf_add_format(out,
			       "\n%" PRIu64
			       " more left out: the text was too long.\n",
			       all - end->changes);
	buf_add_string(out, "\n</details>\n");
}

/* Writes as many rows of the table as there is room for. */
static void put_fold(struct writer *writer, struct table_note *table)
{
	struct buf piece;

	buf_init(&piece, MAX_PIECE);
	for (size_t from = 0, to = table->nrows; to > 0;) {
		/* the most rows that fit are at least `from`, at most `to` */
		size_t middle = from + (to - from + 1) / 2;

		buf_clear(&piece);
		add_fold(&piece, table, middle);
		if (piece.failed || piece.len > writer->page.room)
			to = middle - 1;
		else
			from = middle;
		if (from < to)
			continue;
		if (from == 0)
			break;
		/* a head without a row says nothing, if there are rows */
		if (table->rows[from - 1].changes == 0 && changes_of(table) > 0)
			break;
		buf_clear(&piece);
		add_fold(&piece, table, from);
		if (markdown_put(&writer->page, &piece))
			table->shown = table->rows[from - 1].changes;
		break;
	}
	buf_release(&piece);
}

/* Says which changes are not in the text. There is always room for that. */
static void add_closing(struct buf *out, const struct markdown *self)
{
	const size_t start = out->len;
	uint64_t tables = 0;
	uint64_t changes = 0;
	bool any = false;

	for (const struct section *section = self->first; section;
	     section = section->next) {
		for (const struct table_note *table = section->first; table;
		     table = table->next) {
			uint64_t missing = changes_of(table) - table->shown;

			if (missing == 0)
				continue;
			if (out->len - start + table->name.len >
			    CLOSING - 400) {
				tables++;
				changes += missing;
				continue;
			}
			buf_add_string(out,
				       any ? ", " : "\n**Left out** to stay ");
			if (!any)
				buf_add_format(out,
					       "within %zu bytes: ", self->max);
			any = true;
			add_count(out, missing);
			buf_add_format(out, " of %s", table->name.data);
		}
	}
	if (tables > 0)
		buf_add_format(out,
			       ", %" PRIu64 " change%s of %" PRIu64
			       " other table%s",
			       changes, changes == 1 ? "" : "s", tables,
			       tables == 1 ? "" : "s");
	if (any)
		buf_add_string(out, "\n");
}

static int markdown_finish(struct document *document, FILE *out,
			   struct err *err)
{
	struct markdown *self = (struct markdown *)document;
	struct writer writer = { .page.room = self->max - CLOSING };

	buf_init(&writer.page.text, self->max);
	for (struct section *section = self->first; section;
	     section = section->next) {
		struct buf blank;

		put_summary(&writer, section);
		put_reasons(&writer, section);
		buf_init(&blank, 1);
		if (section->next)
			buf_add_char(&blank, '\n');
		markdown_put(&writer.page, &blank);
		buf_release(&blank);
	}
	for (struct section *section = self->first; section;
	     section = section->next)
		for (struct table_note *table = section->first; table;
		     table = table->next)
			if (table->listed && table->nrows > 0)
				put_fold(&writer, table);
	add_closing(&writer.page.text, self);
	if (writer.unnamed > 0)
		buf_add_format(&writer.page.text,
			       "\n**Not compared** and not named: %" PRIu64
			       " more\n",
			       writer.unnamed);
	if (buf_check(&writer.page.text, "the Markdown", err) == 0 &&
	    writer.page.text.len > 0)
		fwrite(writer.page.text.data, 1, writer.page.text.len, out);
	buf_release(&writer.page.text);
	return err->code;
}

static void free_section(struct section *section)
{
	while (section->first) {
		struct table_note *table = section->first;

		section->first = table->next;
		buf_release(&table->name);
		buf_release(&table->reason);
		buf_release(&table->text);
		free(table->rows);
		free(table);
	}
	buf_release(&section->head);
	free(section);
}

static void markdown_free(struct document *document)
{
	struct markdown *self = (struct markdown *)document;

	while (self->first) {
		struct section *section = self->first;

		self->first = section->next;
		free_section(section);
	}
	free(self);
}

int markdown_open(struct document **document, size_t max, struct err *err)
{
	struct markdown *self = calloc(1, sizeof(*self));

	if (!self)
		return err_set_nomem(err);
	self->document = (struct document){ .open = markdown_begin,
					    .finish = markdown_finish,
					    .free = markdown_free };
	self->max = max;
	self->last = &self->first;
	*document = &self->document;
	return 0;
}
