#include "config.h"

#include "workspace/hunktexts.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "apply/replay.h"
#include "workspace/spool.h"

enum { FIRST_HUNKS = 64 };

/* ---- making ---- */

static struct hunk_texts *texts_of(struct change_sink *sink)
{
	return (struct hunk_texts *)((char *)sink -
				     offsetof(struct hunk_texts, sink));
}

static int begin_table(struct change_sink *sink, const struct table_pair *pair,
		       struct err *err)
{
	struct hunk_texts *self = texts_of(sink);
	struct change_sink *review = &self->review->sink;
	struct hunk_group *groups =
		reallocarray(self->groups, self->ngroups + 1, sizeof(*groups));

	if (!groups)
		return err_set_nomem(err);
	self->groups = groups;
	groups[self->ngroups++] = (struct hunk_group){ .first = self->count };
	return review->begin_table(review, pair, err);
}

/* Room for one hunk more, and the place where the last one ends. */
static int reserve(struct hunk_texts *self, struct err *err)
{
	size_t cap = self->cap ? 2 * self->cap : FIRST_HUNKS;
	off_t *starts;
	bool *wanted;

	if (self->count + 1 < self->cap)
		return 0;
	starts = reallocarray(self->starts, cap, sizeof(*starts));
	if (!starts)
		return err_set_nomem(err);
	self->starts = starts;
	wanted = reallocarray(self->wanted, cap, sizeof(*wanted));
	if (!wanted)
		return err_set_nomem(err);
	self->wanted = wanted;
	self->cap = cap;
	return 0;
}

static int take_change(struct change_sink *sink, const struct table_pair *pair,
		       const struct change *change, struct err *err)
{
	struct hunk_texts *self = texts_of(sink);
	struct change_sink *review = &self->review->sink;

	if (reserve(self, err) < 0)
		return err->code;
	self->starts[self->count] = ftello(self->file);
	self->wanted[self->count++] = false;
	self->groups[self->ngroups - 1].count++;
	if (review->change(review, pair, change, err) < 0)
		return err->code;
	self->starts[self->count] = ftello(self->file);
	return 0;
}

int hunk_texts_make(struct hunk_texts *self, struct changes *changes,
		    const struct render_options *render, struct err *err)
{
	struct render_options options = *render;

	memset(self, 0, sizeof(*self));
	self->sink.begin_table = begin_table;
	self->sink.change = take_change;
	if (spool_open(&self->file, err) < 0)
		return err->code;
	options.out = self->file;
	if (review_open(&self->review, &options, err) < 0)
		return err->code;
	(void)!changes_replay(&changes, 1, REPLAY_WRITTEN, &self->sink, err);
	self->review->free(self->review);
	self->review = NULL;
	if (!err->code && (fflush(self->file) == EOF || ferror(self->file)))
		err_set_errno(err, "cannot write a temporary file");
	return err->code;
}

void hunk_texts_release(struct hunk_texts *self)
{
	struct err ignored = ERR_INIT;

	(void)!spool_close(self->file, &ignored);
	free(self->groups);
	free(self->starts);
	free(self->wanted);
	memset(self, 0, sizeof(*self));
}

/* ---- reading ---- */

/* Appends the bytes from `start` to `end`. */
static int read_part(struct buf *out, const struct hunk_texts *self,
		     off_t start, off_t end, struct err *err)
{
	char block[65536];

	while (start < end) {
		size_t left = (size_t)(end - start);
		ssize_t got = pread(fileno(self->file), block,
				    left < sizeof(block) ? left : sizeof(block),
				    start);

		if (got <= 0)
			return err_set_errno(err,
					     "cannot read a temporary file");
		buf_add(out, block, (size_t)got);
		start += got;
	}
	return buf_check(out, "a hunk", err);
}

static const char *skip_color(const char *text)
{
	return *text == '\033' ? text + strcspn(text, "m") + 1 : text;
}

/* How long the lines before the first "@@" are. */
static size_t head_length(const char *text)
{
	const char *line = text;

	while (*line && strncmp(skip_color(line), "@@ ", 3) != 0) {
		const char *end = strchr(line, '\n');

		line = end ? end + 1 : line + strlen(line);
	}
	return (size_t)(line - text);
}

static bool is_first(const struct hunk_texts *self, size_t hunk)
{
	for (size_t i = 0; i < self->ngroups; i++)
		if (self->groups[i].first == hunk)
			return true;
	return false;
}

int hunk_texts_add_head(struct buf *out, const struct hunk_texts *self,
			const struct hunk_group *group, struct err *err)
{
	size_t before = out->len;

	if (read_part(out, self, self->starts[group->first],
		      self->starts[group->first + 1], err) < 0)
		return err->code;
	buf_truncate(out, before + head_length(out->data + before));
	return 0;
}

int hunk_texts_add(struct buf *out, const struct hunk_texts *self, size_t hunk,
		   struct err *err)
{
	size_t before = out->len;
	size_t head;

	if (read_part(out, self, self->starts[hunk], self->starts[hunk + 1],
		      err) < 0 ||
	    !is_first(self, hunk))
		return err->code;
	head = head_length(out->data + before);
	memmove(out->data + before, out->data + before + head,
		out->len - before - head);
	buf_truncate(out, out->len - head);
	return 0;
}

void hunk_texts_strip(struct buf *text)
{
	const char *from = text->data;
	char *to = text->data;
	const char *end = text->data + text->len;

	while (from < end) {
		const char *next = skip_color(from);

		if (next == from)
			*to++ = *from++;
		else
			from = next;
	}
	buf_truncate(text, (size_t)(to - text->data));
}

/* ---- choosing ---- */

/* Lets through what is wanted. */
struct picker {
	struct change_sink sink;
	struct changes_sink kept;
	const struct hunk_texts *texts;
	size_t next;
};

static int pick_table(struct change_sink *sink, const struct table_pair *pair,
		      struct err *err)
{
	struct change_sink *kept = &((struct picker *)sink)->kept.sink;

	return kept->begin_table(kept, pair, err);
}

static int pick_change(struct change_sink *sink, const struct table_pair *pair,
		       const struct change *change, struct err *err)
{
	struct picker *self = (struct picker *)sink;

	if (!self->texts->wanted[self->next++])
		return 0;
	return self->kept.sink.change(&self->kept.sink, pair, change, err);
}

int hunk_texts_pick(const struct hunk_texts *texts, struct changes *changes,
		    struct changes *chosen, struct err *err)
{
	struct picker picker = { .sink = { .begin_table = pick_table,
					   .change = pick_change },
				 .texts = texts };

	changes_sink_init(&picker.kept, chosen);
	(void)!changes_replay(&changes, 1, 0, &picker.sink, err);
	changes_sink_release(&picker.kept);
	return err->code;
}
