#include "config.h"

#include "render/render.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "render/name.h"
#include "util/utf8.h"

struct summary_line {
	char *name;
	char *reason; /* NULL if the table was compared */
	uint64_t buckets[BUCKET_COUNT];
};

/* Lines are kept until the widths of their columns are known. */
struct summary {
	struct renderer renderer;
	struct render_options options;
	struct summary_line *lines;
	size_t nlines;
	size_t cap;
};

/* The bucket of a column; the local side's stand first. */
static enum bucket bucket_at(const struct summary *self, size_t column)
{
	static const enum bucket order[2][BUCKET_COUNT] = {
		[OLD] = { BUCKET_OLD_ONLY, BUCKET_NEW_ONLY, BUCKET_OLD_NEWER,
			  BUCKET_NEW_NEWER, BUCKET_CONTENT_DIFFERS,
			  BUCKET_IDENTICAL },
		[NEW] = { BUCKET_NEW_ONLY, BUCKET_OLD_ONLY, BUCKET_NEW_NEWER,
			  BUCKET_OLD_NEWER, BUCKET_CONTENT_DIFFERS,
			  BUCKET_IDENTICAL },
	};

	return order[self->options.local_side][column];
}

static struct summary_line *add_line(struct summary *self)
{
	if (self->nlines == self->cap) {
		size_t cap = self->cap ? self->cap * 2 : 16;
		struct summary_line *lines =
			reallocarray(self->lines, cap, sizeof(*lines));

		if (!lines)
			return NULL;
		self->lines = lines;
		self->cap = cap;
	}
	return memset(&self->lines[self->nlines++], 0, sizeof(*self->lines));
}

static int summary_end_table(struct change_sink *sink,
			     const struct table_pair *pair,
			     const struct table_counts *counts, struct err *err)
{
	struct summary *self = (struct summary *)sink;
	struct summary_line *line = add_line(self);
	const struct render_options *options = &self->options;

	if (!line)
		return err_set_nomem(err);
	line->name = name_shown_table(options->with_database ? options->database
							     : NULL,
				      pair->name, false);
	line->reason = pair->reason ? name_shown_reason(pair->reason) : NULL;
	memcpy(line->buckets, counts->buckets, sizeof(line->buckets));
	if (!line->name || (pair->reason && !line->reason))
		return err_set_nomem(err);
	return SINK_MORE;
}

static void print_line(struct summary *self, const char *name, size_t width,
		       const uint64_t buckets[BUCKET_COUNT])
{
	FILE *out = self->options.out;

	fprintf(out, "%s%*s", name,
		(int)(width - utf8_width(name, strlen(name))), "");
	for (size_t i = 0; i < BUCKET_COUNT; i++) {
		enum bucket bucket = bucket_at(self, i);
		const char *title =
			bucket_name(bucket, self->options.local_side);

		fprintf(out, "  %*" PRIu64, (int)strlen(title),
			buckets[bucket]);
	}
	fputc('\n', out);
}

static int summary_finish(struct renderer *renderer, struct err *err)
{
	struct summary *self = (struct summary *)renderer;
	FILE *out = self->options.out;
	size_t width = strlen("table");

	(void)err;
	for (size_t i = 0; i < self->nlines; i++) {
		const char *name = self->lines[i].name;
		size_t own = utf8_width(name, strlen(name));

		width = own > width ? own : width;
	}
	fprintf(out, "%-*s", (int)width, "table");
	for (size_t i = 0; i < BUCKET_COUNT; i++)
		fprintf(out, "  %s",
			bucket_name(bucket_at(self, i),
				    self->options.local_side));
	fputc('\n', out);
	for (size_t i = 0; i < self->nlines; i++) {
		const struct summary_line *line = &self->lines[i];

		if (line->reason)
			fprintf(out, "%s%*s  not compared: %s\n", line->name,
				(int)(width - utf8_width(line->name,
							 strlen(line->name))),
				"", line->reason);
		else
			print_line(self, line->name, width, line->buckets);
	}
	return 0;
}

static void summary_free(struct renderer *renderer)
{
	struct summary *self = (struct summary *)renderer;

	for (size_t i = 0; i < self->nlines; i++) {
		free(self->lines[i].name);
		free(self->lines[i].reason);
	}
	free(self->lines);
	free(self);
}

int summary_open(struct renderer **renderer,
		 const struct render_options *options, struct err *err)
{
	struct summary *self = calloc(1, sizeof(*self));

	if (!self)
		return err_set_nomem(err);
	self->renderer = (struct renderer){
		.sink = { .end_table = summary_end_table },
		.finish = summary_finish,
		.free = summary_free,
	};
	self->options = *options;
	*renderer = &self->renderer;
	return 0;
}
