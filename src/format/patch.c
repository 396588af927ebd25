#include "config.h"

#include "format/patch.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "format/patchhead.h"
#include "format/patchhunk.h"
#include "format/patchline.h"
#include "format/patchmail.h"
#include "util/arena.h"
#include "util/hex.h"
#include "util/lines.h"
#include "util/text.h"
#include "util/utf8.h"

/* What the next line is. */
enum place {
	PLACE_START,   /* the first of all: a mail's header, perhaps */
	PLACE_OUTSIDE, /* passed over, up to a table or another mail */
	PLACE_TABLE,   /* of a table, after its head */
	PLACE_END,
};

/* How lines end. */
enum line_end {
	LINE_END_UNKNOWN,
	LINE_END_LF,
	LINE_END_CRLF,
};

struct patch {
	struct lines lines;
	const char *name;
	unsigned flags;
	enum place place;
	enum line_end line_end; /* of the tables, since the last mail */
	/* the line that is next; NULL at the end */
	const char *line;
	size_t size;
	bool any_table;
	bool is_signed; /* `-- ` came after the last table */

	struct patch_mail mail;
	struct arena mail_arena;
	bool *seen; /* tables that the mail tells of */
	size_t next_summary;

	struct patch_table table;
	struct arena table_arena;
	struct buf table_text;
	uint64_t counts[3]; /* rows, by enum patch_op */
	/*
	 * Cells of the inserts and of the deletes, those with a key and those
	 * without, and one more; 0: there was none yet.
	 */
	size_t whole_cells[2][2];

	struct patch_hunk hunk;
	struct arena hunk_arena;
	struct buf hunk_text;
};

int patch_open(struct patch **patch, struct stream *stream, const char *name,
	       unsigned flags, struct err *err)
{
	struct patch *self = calloc(1, sizeof(*self));

	*patch = self;
	if (!self) {
		stream_close(stream);
		return err_set_nomem(err);
	}
	lines_init(&self->lines, stream, PATCH_MAX_LINE);
	self->name = name;
	self->flags = flags;
	buf_init(&self->table_text, PATCH_MAX_HUNK);
	buf_init(&self->hunk_text, PATCH_MAX_HUNK);
	return 0;
}

void patch_close(struct patch *patch)
{
	if (!patch)
		return;
	lines_release(&patch->lines);
	arena_release(&patch->mail_arena);
	arena_release(&patch->table_arena);
	arena_release(&patch->hunk_arena);
	buf_release(&patch->table_text);
	buf_release(&patch->hunk_text);
	free(patch->seen);
	free(patch);
}

const struct patch_mail *patch_mail(const struct patch *patch)
{
	return &patch->mail;
}

const struct patch_table *patch_table(const struct patch *patch)
{
	return &patch->table;
}

const struct patch_hunk *patch_hunk(const struct patch *patch)
{
	return &patch->hunk;
}

/* ---- lines ---- */

static int advance(struct patch *self, struct err *err)
{
	if (lines_next(&self->lines, &self->line, &self->size, err) < 0)
		return err_context(err, "%s:%" PRIu64, self->name,
				   self->lines.number);
	return 0;
}

static int refuse(const struct patch *self, struct err *err, const char *why)
{
	return patch_refuse(self->name, self->lines.number, err, "%s", why);
}

/* The size of the line without a CR at its end. */
static size_t bare_size(const struct patch *self)
{
	return self->size -
	       (self->size > 0 && self->line[self->size - 1] == '\r');
}

static bool begins_with(const struct patch *self, const char *word)
{
	return self->line && text_begins(self->line, self->size, word);
}

static bool is_line(const struct patch *self, const char *text)
{
	return self->line && bare_size(self) == strlen(text) &&
	       begins_with(self, text);
}

/* What CI writes after an output with values: `::<32 digits>::`. */
static bool is_actions_line(const struct patch *self)
{
	char bytes[16];

	return bare_size(self) == 36 && begins_with(self, "::") &&
	       hex_decode(bytes, self->line + 2, 32) &&
	       memcmp(self->line + 34, "::", 2) == 0;
}

/* The line that ends a mail; its blank may get lost. */
static bool is_signature(const struct patch *self)
{
	return is_line(self, "-- ") || is_line(self, "--");
}

/* True if the line cannot be of a table: another thing begins. */
static bool is_outside(const struct patch *self)
{
	return begins_with(self, "diff --git ") || is_signature(self) ||
	       patch_is_mbox_line(self->line, bare_size(self)) ||
	       is_actions_line(self);
}

/*
 * Takes the line's end off, and checks that it is the same for all lines and
 * that nothing in the line is hidden.
 */
static int check_line(struct patch *self, struct err *err)
{
	bool crlf = self->size > 0 && self->line[self->size - 1] == '\r';

	if (!self->lines.complete) {
		refuse(self, err, "the line has no end: the patch is cut off");
		return err_hint(err, "if an editor or a form took the newline "
				     "at the end away, add it");
	}
	if (self->line_end == LINE_END_UNKNOWN)
		self->line_end = crlf ? LINE_END_CRLF : LINE_END_LF;
	if (crlf && self->line_end == LINE_END_LF)
		return refuse(self, err,
			      "a CR at the end of the line, and none at the "
			      "ends of those before");
	if (!crlf && self->line_end == LINE_END_CRLF)
		return refuse(self, err,
			      "no CR at the end of the line, and one at the "
			      "ends of those before");
	self->size -= crlf;
	if (!utf8_is_plain(self->line, self->size))
		return refuse(self, err,
			      "a control character, or bytes that are not "
			      "UTF-8: what is no plain text is escaped in a "
			      "patch");
	return 0;
}

/* Keeps the line, with LF, and goes on to the next. */
static int keep_line(struct patch *self, struct buf *out, struct err *err)
{
	buf_add(out, self->line, self->size);
	buf_add_char(out, '\n');
	if (buf_check(out, "a hunk", err) < 0)
		return err_context(err, "%s:%" PRIu64, self->name,
				   self->lines.number);
	return advance(self, err);
}

/* ---- mails ---- */

/* The mail is over: all that it tells of must have come. */
static int end_mail(struct patch *self, struct err *err)
{
	const struct patch_mail *mail = &self->mail;

	for (size_t i = 0; i < mail->ntables; i++) {
		if (self->seen[i] || (self->flags & PATCH_RECOUNT))
			continue;
		patch_refuse(self->name, mail->line, err,
			     "the header of the mail tells of table '%s', and "
			     "the patch does not have it",
			     mail->tables[i].table);
		return err_hint(err, "it is cut off, or was edited: --recount "
				     "takes it as it is");
	}
	if (mail->ntables == 0 || self->is_signed ||
	    (self->flags & PATCH_RECOUNT))
		return 0;
	patch_refuse(self->name, self->lines.number, err,
		     "expected '-- ' at the end of the mail");
	return err_hint(err, "it is cut off, or was edited: --recount takes it "
			     "as it is");
}

/*
 * Reads the header that begins here, if it is one. *event is PATCH_MAIL then,
 * and left alone else.
 */
static int read_mail(struct patch *self, enum patch_event *event,
		     struct err *err)
{
	struct patch_mail_reader reader;
	bool mbox = patch_is_mbox_line(self->line, bare_size(self));
	const uint64_t line = self->lines.number;

	if (end_mail(self, err) < 0)
		return err->code;
	arena_clear(&self->mail_arena);
	patch_mail_init(&reader, &self->mail, &self->mail_arena, self->name);
	self->mail.line = line;
	self->line_end = LINE_END_UNKNOWN;
	self->table.name = NULL;
	self->next_summary = 0;
	if (mbox && advance(self, err) < 0)
		goto out;
	for (bool any = false;
	     self->line && patch_is_field(self->line, bare_size(self), any);
	     any = true)
		if (patch_mail_read(&reader, self->line, bare_size(self),
				    self->lines.number, err) < 0 ||
		    advance(self, err) < 0)
			goto out;
	if (patch_mail_end(&reader, err) < 0)
		goto out;
	free(self->seen);
	self->seen = calloc(self->mail.ntables + 1, sizeof(*self->seen));
	if (!self->seen)
		err_set_nomem(err);
	if (mbox || reader.is_mail)
		*event = PATCH_MAIL;
out:
	patch_mail_release(&reader);
	return err->code;
}

/* What the mail tells of the table, or NULL; each is found once. */
static const struct patch_summary *find_summary(struct patch *self,
						const char *table)
{
	const struct patch_mail *mail = &self->mail;

	for (size_t i = 0; i < mail->ntables; i++) {
		size_t at = (self->next_summary + i) % mail->ntables;

		if (self->seen[at] ||
		    strcmp(mail->tables[at].table, table) != 0)
			continue;
		self->seen[at] = true;
		self->next_summary = at + 1;
		return &mail->tables[at];
	}
	return NULL;
}

/* ---- tables ---- */

static int check_count(const struct patch *self, enum patch_op op,
		       uint64_t told, const char *what, struct err *err)
{
	const struct patch_table *table = &self->table;

	if (self->counts[op] == told)
		return 0;
	patch_refuse(self->name, table->line, err,
		     "table '%s' has %" PRIu64 " rows that are %s, and the "
		     "header of the mail tells of %" PRIu64,
		     table->name, self->counts[op], what, told);
	return err_hint(err, "it is cut off, or was edited: --recount takes it "
			     "as it is");
}

/* The table is over: it must have as many rows as its mail tells. */
static int end_table(struct patch *self, struct err *err)
{
	const struct patch_summary *told = self->table.summary;

	if (!told || (self->flags & PATCH_RECOUNT))
		return 0;
	if (check_count(self, PATCH_INSERT, told->inserted, "inserted", err) <
		    0 ||
	    check_count(self, PATCH_UPDATE, told->updated, "updated", err) <
		    0 ||
	    check_count(self, PATCH_DELETE, told->deleted, "deleted", err) < 0)
		return err->code;
	return 0;
}

/* Tables come in the order of their names, and so each of them once. */
static int check_order(const struct patch *self,
		       const struct patch_table *before, struct err *err)
{
	const struct patch_table *table = &self->table;
	const char *database = table->database ? table->database : "";
	int order = strcmp(database, before->database ? before->database : "");

	if (order == 0)
		order = strcmp(table->name, before->name);
	if (order > 0)
		return 0;
	if (order == 0)
		return patch_refuse(self->name, table->line, err,
				    "table '%s' comes for the second time",
				    table->name);
	return patch_refuse(self->name, table->line, err,
			    "table '%s' comes after '%s': tables stand in the "
			    "order of their names, each once",
			    table->name, before->name);
}

/* The table before is kept until its name was compared with the next one's. */
static int read_table(struct patch *self, struct err *err)
{
	struct arena arena = ARENA_INIT;
	struct patch_table before = self->table;
	struct patch_table *table = &self->table;
	struct patch_head head;

	patch_head_init(&head, table, &arena, self->name);
	buf_clear(&self->table_text);
	while (!head.complete) {
		if (!self->line) {
			refuse(self, err,
			       "the patch is cut off in the head of a table");
			break;
		}
		if (check_line(self, err) < 0 ||
		    patch_head_read(&head, self->line, self->size,
				    self->lines.number, err) < 0 ||
		    keep_line(self, &self->table_text, err) < 0)
			break;
	}
	patch_head_release(&head);
	if (!err->code && before.name)
		(void)!check_order(self, &before, err);
	arena_release(&self->table_arena);
	self->table_arena = arena;
	table->text = self->table_text.data;
	table->size = self->table_text.len;
	memset(self->counts, 0, sizeof(self->counts));
	memset(self->whole_cells, 0, sizeof(self->whole_cells));
	if (!err->code)
		table->summary = find_summary(self, table->name);
	self->any_table = true;
	self->is_signed = false;
	self->place = PLACE_TABLE;
	return err->code;
}

/* ---- hunks ---- */

static bool is_of_hunk(const struct patch *self)
{
	return self->line && self->size > 0 && strchr(" -+", self->line[0]) &&
	       self->line[0] && !is_outside(self);
}

static int count_hunk(struct patch *self, struct err *err)
{
	const struct patch_hunk *hunk = &self->hunk;

	if (self->mail.ntables > 0 && !self->table.summary &&
	    !(self->flags & PATCH_RECOUNT)) {
		patch_refuse(self->name, self->table.line, err,
			     "the header of the mail does not tell of table "
			     "'%s'",
			     self->table.name);
		return err_hint(err, "if the patch was edited, --recount takes "
				     "it as it is");
	}
	if (__builtin_add_overflow(self->counts[hunk->op], hunk->count,
				   &self->counts[hunk->op]))
		return patch_refuse(self->name, hunk->line, err,
				    "more rows than a table can have");
	return 0;
}

/*
 * All inserts of a table have the same columns, and so have all deletes: one
 * that has not was cut off, or edited.
 */
static int check_whole(struct patch *self, struct err *err)
{
	const struct patch_hunk *hunk = &self->hunk;
	size_t *cells;

	if (hunk->op == PATCH_UPDATE || (self->flags & PATCH_RECOUNT))
		return 0;
	cells = &self->whole_cells[hunk->op == PATCH_DELETE][!hunk->key];
	if (*cells == 0)
		*cells = hunk->ncells + 1;
	if (*cells == hunk->ncells + 1)
		return 0;
	patch_refuse(self->name, hunk->line, err,
		     "the hunk has %zu values of its row, and one before it "
		     "has %zu: was the patch cut off?",
		     hunk->ncells, *cells - 1);
	return err_hint(err, "if it was edited, --recount takes it as it is");
}

static int read_hunk(struct patch *self, struct err *err)
{
	struct patch_hunk *hunk = &self->hunk;

	*hunk = (struct patch_hunk){ .line = self->lines.number };
	arena_clear(&self->hunk_arena);
	buf_clear(&self->hunk_text);
	do {
		if (check_line(self, err) < 0 ||
		    keep_line(self, &self->hunk_text, err) < 0)
			return err->code;
	} while (is_of_hunk(self));
	hunk->text = self->hunk_text.data;
	hunk->size = self->hunk_text.len;
	if (patch_hunk_read(hunk, &self->table, self->name, &self->hunk_arena,
			    err) < 0)
		return err->code;
	if (check_whole(self, err) < 0)
		return err->code;
	return count_hunk(self, err);
}

/* ---- what comes next ---- */

/* Passes over lines up to a table, a mail or the end. */
static int pass_over(struct patch *self, enum patch_event *event,
		     struct err *err)
{
	bool start = self->place == PLACE_START;

	if (start && advance(self, err) < 0)
		return err->code;
	self->place = PLACE_OUTSIDE;
	for (; self->line; start = false) {
		if (begins_with(self, PATCH_TABLE_WORD)) {
			*event = PATCH_TABLE;
			return read_table(self, err);
		}
		if (patch_is_mbox_line(self->line, bare_size(self)) ||
		    (start &&
		     patch_is_field(self->line, bare_size(self), false))) {
			if (read_mail(self, event, err) < 0 ||
			    *event == PATCH_MAIL)
				return err->code;
			continue;
		}
		self->is_signed = self->is_signed || is_signature(self);
		if (advance(self, err) < 0)
			return err->code;
	}
	self->place = PLACE_END;
	return 0;
}

/* Passes over empty lines after a table; *any tells of one. */
static int pass_blank(struct patch *self, bool *any, struct err *err)
{
	*any = false;
	while (is_line(self, "")) {
		*any = true;
		if (advance(self, err) < 0)
			return err->code;
	}
	return 0;
}

/* Reads on after the head or a hunk of a table. */
static int go_on(struct patch *self, enum patch_event *event, struct err *err)
{
	bool blank;

	if (begins_with(self, "@@ ")) {
		*event = PATCH_HUNK;
		return read_hunk(self, err);
	}
	if (pass_blank(self, &blank, err) < 0 || end_table(self, err) < 0)
		return err->code;
	if (!self->line) {
		self->place = PLACE_END;
		return 0;
	}
	if (begins_with(self, PATCH_TABLE_WORD)) {
		*event = PATCH_TABLE;
		return read_table(self, err);
	}
	if (is_outside(self))
		return pass_over(self, event, err);
	return refuse(self, err,
		      blank ? "expected 'diff --d1', '-- ' or the end after "
			      "an empty line"
			    : "expected '@@ ', 'diff --d1 ' or the end of the "
			      "patch");
}

static int end_patch(struct patch *self, struct err *err)
{
	if (end_mail(self, err) < 0)
		return err->code;
	if (self->any_table)
		return 0;
	err_set(err, D1_ERROR,
		"%s: not a patch of rows: no line begins with "
		"'" PATCH_TABLE_WORD "'",
		self->name);
	return err_hint(err, "`git d1 diff` and `git d1 format-patch` write "
			     "one");
}

int patch_next(struct patch *patch, enum patch_event *event, struct err *err)
{
	*event = PATCH_END;
	if (patch->place == PLACE_TABLE)
		(void)!go_on(patch, event, err);
	else if (patch->place != PLACE_END)
		(void)!pass_over(patch, event, err);
	if (!err->code && *event == PATCH_END)
		(void)!end_patch(patch, err);
	return err->code;
}
