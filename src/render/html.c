#include "config.h"

#include "render/render.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "model/name.h"
#include "render/htmlcell.h"
#include "render/htmlframe.h"
#include "render/name.h"
#include "render/rowkey.h"
#include "util/quote.h"

enum { MAX_PIECE = 1 << 30 }; /* bytes of one change */

#define MINUS "\xe2\x88\x92" /* U+2212 */

/*
 * What has to stand before changes, but can only be written when they are all
 * known: the head of a database or a table, and where in the body it belongs.
 */
struct head {
	bool is_table;
	off_t at;
	struct buf html;  /* of a table its name, of a database the head */
	struct buf notes; /* what else stands under it */
	bool differs;
	struct table_counts counts;
	struct head *next;
};

struct page {
	struct document document;
	FILE *body;
	struct buf title;
	struct head *first;
	struct head **last;
};

struct page_renderer {
	struct renderer renderer;
	struct render_options options;
	struct page *page;
	struct head *table;
	struct buf out;
};

/* ---- pieces ---- */

static void add_name(struct buf *out, const char *name)
{
	struct buf shown;

	buf_init(&shown, MAX_PIECE);
	name_add(&shown, name);
	out->failed = out->failed || shown.failed;
	html_add(out, shown.data, shown.len);
	buf_release(&shown);
}

static void add_text(struct buf *out, const char *text)
{
	struct buf shown;

	buf_init(&shown, MAX_PIECE);
	quote_add_escaped(&shown, text, strlen(text));
	out->failed = out->failed || shown.failed;
	html_add(out, shown.data, shown.len);
	buf_release(&shown);
}

static void add_names(struct buf *out, const struct table_pair *pair, int side,
		      const size_t *cells, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		buf_add_string(out, i > 0 ? ", <code>" : "<code>");
		add_name(out, pair_column(pair, side, cells[i])->name);
		buf_add_string(out, "</code>");
	}
}

static int write_out(struct page_renderer *self, struct err *err)
{
	if (buf_check(&self->out, "the text of a change", err) == 0 &&
	    self->out.len > 0 &&
	    fwrite(self->out.data, 1, self->out.len, self->page->body) !=
		    self->out.len)
		err_set_errno(err, "cannot write a temporary file");
	buf_clear(&self->out);
	return err->code;
}

/* ---- changes ---- */

static struct page_renderer *renderer_of(struct change_sink *sink)
{
	return (struct page_renderer *)sink;
}

static void begin_cell(struct buf *out, const char *name)
{
	buf_add_string(out, "<tr><th scope=\"row\">");
	add_name(out, name);
	buf_add_string(out, "</th>");
}

static void add_key(struct buf *out, const struct table_pair *pair,
		    const struct change *change, int side)
{
	const struct pair_side *from = &pair->sides[side];

	buf_add_string(out, "<span class=\"key\">");
	for (size_t i = 0; change->keyed && i < pair->nkey; i++) {
		buf_add_string(out, i > 0 ? " " : "");
		add_name(out, pair_column(pair, side, from->key[i])->name);
		buf_add_char(out, '=');
		html_add_literal(out, &change->rows[side]->cells[from->key[i]]);
	}
	if (!change->keyed)
		buf_add_format(out, "%" PRIu64 " row%s, %" PRIu64 " before",
			       change->count, change->count == 1 ? "" : "s",
			       change->before);
	buf_add_string(out, "</span>");
}

/* The head of a change. Returns whether there is a label in it. */
static bool add_change_head(struct page_renderer *self,
			    const struct table_pair *pair,
			    const struct change *change, int side)
{
	static const struct {
		const char *name;
		const char *spoken;
		const char *sign;
	} ops[] = {
		[CHANGE_INSERT] = { "insert", "Inserted row", "+" },
		[CHANGE_DELETE] = { "delete", "Deleted row", MINUS },
		[CHANGE_UPDATE] = { "update", "Updated row", "~" },
	};
	const struct row *row = change->rows[side];
	size_t cell = pair->sides[side].label;
	bool label = change->op == CHANGE_UPDATE && !self->options.redact &&
		     label_is_shown(&pair->sides[side], row);

	buf_add_format(&self->out,
		       "<tbody class=\"change %s\" data-op=\"%s\">"
		       "<tr class=\"head\"><th colspan=\"3\" "
		       "scope=\"rowgroup\"><button type=\"button\" "
		       "class=\"fold\" aria-expanded=\"true\" "
		       "aria-label=\"%s\">%s</button>",
		       ops[change->op].name, ops[change->op].name,
		       ops[change->op].spoken, ops[change->op].sign);
	add_key(&self->out, pair, change, side);
	if (label) {
		buf_add_string(&self->out, "<span class=\"label\">");
		add_name(&self->out, pair_column(pair, side, cell)->name);
		buf_add_char(&self->out, '=');
		html_add_literal(&self->out, &row->cells[cell]);
		buf_add_string(&self->out, "</span>");
	}
	buf_add_string(&self->out, "</th></tr>\n");
	return label;
}

static void add_whole_row(struct page_renderer *self,
			  const struct table_pair *pair,
			  const struct change *change, int side)
{
	const char *mark = side == NEW ? "new" : "old";

	add_change_head(self, pair, change, side);
	for (size_t cell = 0; cell < pair->sides[side].ncolumns; cell++) {
		const struct column *column = pair_column(pair, side, cell);

		if (column->generated || row_key_has(pair, side, cell, change))
			continue;
		begin_cell(&self->out, column->name);
		if (self->options.redact)
			html_add_hidden(&self->out, mark, true);
		else
			html_add_whole(&self->out, mark,
				       &change->rows[side]->cells[cell]);
		buf_add_string(&self->out, "</tr>\n");
	}
}

static void add_update(struct page_renderer *self,
		       const struct table_pair *pair,
		       const struct change *change, struct err *err)
{
	bool label = add_change_head(self, pair, change, OLD);

	for (size_t i = 0; i < pair->ncommon; i++) {
		size_t cell = pair->sides[OLD].common[i];
		const struct value *const values[2] = {
			&change->rows[OLD]->cells[cell],
			&change->rows[NEW]->cells[pair->sides[NEW].common[i]],
		};
		bool equal = pair_cells_equal(pair, change->rows, i);
		bool is_key = row_key_has(pair, OLD, cell, change);

		if (equal && (!self->options.full_row || is_key ||
			      (label && pair->sides[OLD].label == cell)))
			continue;
		begin_cell(&self->out, pair_column(pair, OLD, cell)->name);
		if (self->options.redact && !is_key) {
			html_add_hidden(&self->out, equal ? NULL : "old",
					equal);
			if (!equal)
				html_add_hidden(&self->out, "new", false);
		} else if (equal) {
			html_add_whole(&self->out, NULL, values[OLD]);
		} else {
			html_add_changed(&self->out, values,
					 self->options.context, err);
		}
		buf_add_string(&self->out, "</tr>\n");
	}
}

static int page_change(struct change_sink *sink, const struct table_pair *pair,
		       const struct change *change, struct err *err)
{
	struct page_renderer *self = renderer_of(sink);

	if (change->op == CHANGE_UPDATE)
		add_update(self, pair, change, err);
	else
		add_whole_row(self, pair, change,
			      change->op == CHANGE_INSERT ? NEW : OLD);
	buf_add_string(&self->out, "</tbody>\n");
	return err->code ? err->code : write_out(self, err);
}

/* ---- tables ---- */

/* Notes that a head belongs where the body ends now. NULL on error. */
static struct head *note_head(struct page *self, bool is_table, struct err *err)
{
	struct head *head = calloc(1, sizeof(*head));

	if (!head) {
		err_set_nomem(err);
		return NULL;
	}
	head->is_table = is_table;
	head->at = ftello(self->body);
	buf_init(&head->html, MAX_PIECE);
	buf_init(&head->notes, MAX_PIECE);
	*self->last = head;
	self->last = &head->next;
	return head;
}

static void add_one_sided(struct buf *out, const struct table_pair *pair)
{
	static const char *const notes[2] = {
		"Columns only in the old table: ",
		"Columns only in the new table: ",
	};

	for (int side = OLD; side <= NEW; side++) {
		const struct pair_side *only = &pair->sides[side];

		if (only->nonly == 0)
			continue;
		buf_add_format(out, "<p class=\"about\">%s", notes[side]);
		add_names(out, pair, side, only->only, only->nonly);
		buf_add_string(out, "</p>\n");
	}
}

static void add_notes(struct buf *out, const struct table_pair *pair)
{
	const char *reason = pair->reason ? pair->reason : pair->unreadable;
	int named = pair_named_side(pair);

	if (!pair->sides[OLD].table || !pair->sides[NEW].table)
		buf_add_format(out, "<p class=\"about\">%s table</p>\n",
			       pair->sides[NEW].table ? "New" : "Deleted");
	add_one_sided(out, pair);
	if (pair->nkey > 0) {
		buf_add_string(out, "<p class=\"about\">Key: ");
		add_names(out, pair, named, pair->sides[named].key, pair->nkey);
		buf_add_string(out, "</p>\n");
	}
	if (reason) {
		buf_add_string(out, "<p class=\"note\">Not compared: ");
		add_text(out, reason);
		buf_add_string(out, "</p>\n");
	}
}

static int page_begin_table(struct change_sink *sink,
			    const struct table_pair *pair, struct err *err)
{
	struct page_renderer *self = renderer_of(sink);

	self->table = note_head(self->page, true, err);
	if (!self->table)
		return err->code;
	self->table->differs = pair->reason || pair->unreadable ||
			       !pair->sides[OLD].table ||
			       !pair->sides[NEW].table ||
			       pair->sides[OLD].nonly || pair->sides[NEW].nonly;
	add_name(&self->table->html, pair->name);
	add_notes(&self->table->notes, pair);
	if (buf_check(&self->table->html, "the name of a table", err) == 0)
		(void)!buf_check(&self->table->notes, "the names of columns",
				 err);
	return err->code;
}

static int page_end_table(struct change_sink *sink,
			  const struct table_pair *pair,
			  const struct table_counts *counts, struct err *err)
{
	struct head *table = renderer_of(sink)->table;

	(void)pair;
	(void)err;
	table->counts = *counts;
	table->differs = table->differs || counts->inserted ||
			 counts->deleted || counts->updated;
	return SINK_MORE;
}

static void renderer_free(struct renderer *renderer)
{
	struct page_renderer *self = (struct page_renderer *)renderer;

	buf_release(&self->out);
	free(self);
}

/* ---- databases ---- */

static int note_database(struct page *self,
			 const struct render_options *options, struct err *err)
{
	struct head *head = note_head(self, false, err);
	bool first = self->first == head;

	if (!head)
		return err->code;
	buf_add_string(&head->html, "<h2>");
	if (options->database) {
		add_name(&head->html, options->database);
		buf_add_string(&head->html, "</h2>\n<p class=\"sides\">From ");
	}
	buf_add_string(&head->html, "<code>");
	add_text(&head->html, options->labels[OLD]);
	buf_add_string(&head->html, "</code> to <code>");
	add_text(&head->html, options->labels[NEW]);
	buf_add_string(&head->html, "</code>");
	buf_add_string(&head->html, options->database ? "</p>\n" : "</h2>\n");
	if (options->redact)
		buf_add_string(&head->html, "<p class=\"note\">Values are "
					    "redacted.</p>\n");
	if (first) {
		add_text(&self->title, options->labels[OLD]);
		buf_add_string(&self->title, " to ");
		add_text(&self->title, options->labels[NEW]);
	}
	if (buf_check(&head->html, "the name of a database", err) == 0)
		(void)!buf_check(&self->title, "a label", err);
	return err->code;
}

static int page_begin(struct document *document, struct renderer **renderer,
		      const struct render_options *options, struct err *err)
{
	struct page *self = (struct page *)document;
	struct page_renderer *made;

	if (note_database(self, options, err) < 0)
		return err->code;
	made = calloc(1, sizeof(*made));
	if (!made)
		return err_set_nomem(err);
	made->renderer = (struct renderer){
		.sink = { .begin_table = page_begin_table,
			  .change = page_change,
			  .end_table = page_end_table },
		.free = renderer_free,
	};
	made->options = *options;
	made->page = self;
	buf_init(&made->out, MAX_PIECE);
	*renderer = &made->renderer;
	return 0;
}

/* ---- writing ---- */

static void write_kind(FILE *out, const char *name, const char *spoken,
		       const char *sign, uint64_t count)
{
	fprintf(out,
		"<button type=\"button\" class=\"%s\" data-op=\"%s\" "
		"aria-pressed=\"true\" title=\"%s\" aria-label=\"%s, "
		"%" PRIu64 "\"><span class=\"sign\">%s</span> %" PRIu64
		"</button>\n",
		name, name, spoken, spoken, count, sign, count);
}

static void write_bar(const struct page *self, FILE *out)
{
	struct table_counts total = { .inserted = 0 };
	uint64_t number = 0;

	for (const struct head *head = self->first; head; head = head->next) {
		total.inserted += head->counts.inserted;
		total.updated += head->counts.updated;
		total.deleted += head->counts.deleted;
	}
	fputs("<header><div class=\"bar\"><h1>Row changes</h1>\n"
	      "<div id=\"tools\" role=\"search\" hidden>\n"
	      "<input type=\"search\" id=\"text\" placeholder=\"Filter\" "
	      "aria-label=\"Show only changes that hold this text\" "
	      "autocomplete=\"off\" spellcheck=\"false\">\n"
	      "<div class=\"ops\" role=\"group\" "
	      "aria-label=\"Kinds of changes\">\n",
	      out);
	write_kind(out, "insert", "Inserted rows", "+", total.inserted);
	write_kind(out, "update", "Updated rows", "~", total.updated);
	write_kind(out, "delete", "Deleted rows", MINUS, total.deleted);
	fputs("</div>\n<select id=\"table\" aria-label=\"Table\">"
	      "<option value=\"\">All tables</option>",
	      out);
	for (const struct head *head = self->first; head; head = head->next)
		if (head->is_table && head->differs)
			fprintf(out,
				"<option value=\"t%" PRIu64 "\">%s</option>",
				++number, head->html.data);
	number = total.inserted + total.updated + total.deleted;
	fprintf(out,
		"</select>\n<span id=\"count\" role=\"status\">%" PRIu64
		" change%s</span>\n",
		number, number == 1 ? "" : "s");
	fputs("<button type=\"button\" id=\"help-open\" "
	      "aria-label=\"Keys\" title=\"Keys\">?</button>\n"
	      "</div></div></header>\n<main>\n",
	      out);
}

static void write_count(FILE *out, uint64_t count)
{
	fprintf(out,
		count ? "<td>%" PRIu64 "</td>"
		      : "<td class=\"zero\">%" PRIu64 "</td>",
		count);
}

/* The numbers of the tables of one database, which follow its head. */
static void write_summary(FILE *out, const struct head *head, uint64_t number)
{
	bool any = false;

	for (; head && head->is_table; head = head->next) {
		if (!head->differs)
			continue;
		if (!any)
			fputs("<table class=\"summary\"><thead><tr><th "
			      "scope=\"col\">Table</th><th scope=\"col\">"
			      "inserted</th><th scope=\"col\">updated</th>"
			      "<th scope=\"col\">deleted</th></tr></thead>\n"
			      "<tbody>\n",
			      out);
		any = true;
		fprintf(out,
			"<tr><th scope=\"row\"><a href=\"#t%" PRIu64
			"\">%s</a></th>",
			++number, head->html.data);
		write_count(out, head->counts.inserted);
		write_count(out, head->counts.updated);
		write_count(out, head->counts.deleted);
		fputs("</tr>\n", out);
	}
	fputs(any ? "</tbody></table>\n" : "<p>No row differs.</p>\n", out);
}

static void write_table_head(FILE *out, const struct head *head,
			     uint64_t number)
{
	fprintf(out,
		"<details class=\"table\" id=\"t%" PRIu64 "\" open>"
		"<summary><h3>%s</h3><span class=\"counts\">",
		number, head->html.data);
	if (head->counts.inserted)
		fprintf(out,
			"<span class=\"inserted\" title=\"inserted\">+%" PRIu64
			"</span>",
			head->counts.inserted);
	if (head->counts.updated)
		fprintf(out,
			"<span class=\"updated\" title=\"updated\">~%" PRIu64
			"</span>",
			head->counts.updated);
	if (head->counts.deleted)
		fprintf(out,
			"<span class=\"deleted\" "
			"title=\"deleted\">" MINUS "%" PRIu64 "</span>",
			head->counts.deleted);
	fputs("</span></summary>\n", out);
	if (head->notes.len > 0)
		fwrite(head->notes.data, 1, head->notes.len, out);
	fputs("<table class=\"changes\">\n", out);
}

/* Copies the body from where it is up to `end`. */
static int copy_body(struct page *self, off_t end, FILE *out, struct err *err)
{
	char block[65536];
	off_t left = end - ftello(self->body);

	while (left > 0) {
		size_t size = left < (off_t)sizeof(block) ? (size_t)left
							  : sizeof(block);

		if (fread(block, 1, size, self->body) != size)
			return err_set_errno(err,
					     "cannot read a temporary file");
		fwrite(block, 1, size, out);
		left -= (off_t)size;
	}
	return 0;
}

static int write_main(struct page *self, FILE *out, struct err *err)
{
	off_t end = ftello(self->body);
	uint64_t number = 0;

	if (fflush(self->body) == EOF || ferror(self->body) ||
	    fseeko(self->body, 0, SEEK_SET) < 0)
		return err_set_errno(err, "cannot write a temporary file");
	for (const struct head *head = self->first; head; head = head->next) {
		off_t stop = head->next ? head->next->at : end;

		if (!head->is_table) {
			fputs("<section class=\"database\">\n", out);
			fwrite(head->html.data, 1, head->html.len, out);
			write_summary(out, head->next, number);
		} else if (head->differs) {
			write_table_head(out, head, ++number);
			if (copy_body(self, stop, out, err) < 0)
				return err->code;
			fputs("</table></details>\n", out);
		}
		if (!head->next || !head->next->is_table)
			fputs("</section>\n", out);
	}
	return 0;
}

static int page_finish(struct document *document, FILE *out, struct err *err)
{
	struct page *self = (struct page *)document;

	if (htmlframe_write_begin(out, self->title.data, err) < 0)
		return err->code;
	write_bar(self, out);
	if (write_main(self, out, err) == 0)
		htmlframe_write_end(out);
	return err->code;
}

static void page_free(struct document *document)
{
	struct page *self = (struct page *)document;

	while (self->first) {
		struct head *head = self->first;

		self->first = head->next;
		buf_release(&head->html);
		buf_release(&head->notes);
		free(head);
	}
	(void)fclose(self->body);
	buf_release(&self->title);
	free(self);
}

int html_open(struct document **document, struct err *err)
{
	struct page *self = calloc(1, sizeof(*self));

	if (!self)
		return err_set_nomem(err);
	self->document = (struct document){ .open = page_begin,
					    .finish = page_finish,
					    .free = page_free };
	self->last = &self->first;
	buf_init(&self->title, MAX_PIECE);
	self->body = tmpfile();
	if (!self->body) {
		free(self);
		return err_set_errno(err, "cannot make a temporary file");
	}
	*document = &self->document;
	return 0;
}
