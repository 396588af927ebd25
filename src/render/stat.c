#include "config.h"

#include "render/render.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "render/name.h"
#include "util/utf8.h"

/* What --stat shows of one table; its graph wants the largest count first. */
struct stat_line {
	char *name;
	bool columns; /* the sides have different ones */
	char *reason; /* NULL if it was compared */
	struct table_counts counts;
};

struct stat {
	struct renderer renderer;
	struct render_options options;
	enum stat_format format;
	struct stat_line *lines;
	size_t nlines;
	size_t cap;
	struct table_counts total;
	uint64_t tables; /* changed ones */
};

static struct stat *stat_of(struct change_sink *sink)
{
	return (struct stat *)sink;
}

static uint64_t changed_rows(const struct table_counts *counts)
{
	return counts->inserted + counts->updated + counts->deleted;
}

static char *shown_name(const struct stat *self, const struct table_pair *pair)
{
	const struct render_options *options = &self->options;

	return name_shown_table(options->with_database ? options->database
						       : NULL,
				pair->name,
				options->nul && self->format == STAT_NUMBERS);
}

static int keep_line(struct stat *self, const struct table_pair *pair,
		     const struct table_counts *counts, struct err *err)
{
	struct stat_line *line;

	if (self->nlines == self->cap) {
		size_t cap = self->cap ? self->cap * 2 : 16;
		struct stat_line *lines =
			reallocarray(self->lines, cap, sizeof(*lines));

		if (!lines)
			return err_set_nomem(err);
		self->lines = lines;
		self->cap = cap;
	}
	line = &self->lines[self->nlines];
	line->counts = *counts;
	line->columns = pair->sides[OLD].nonly || pair->sides[NEW].nonly;
	line->name = shown_name(self, pair);
	line->reason = pair->reason ? name_shown_reason(pair->reason) : NULL;
	self->nlines++;
	if (!line->name || (pair->reason && !line->reason))
		return err_set_nomem(err);
	return 0;
}

static int print_numbers(struct stat *self, const struct table_pair *pair,
			 const struct table_counts *counts, struct err *err)
{
	char *name = shown_name(self, pair);

	if (!name)
		return err_set_nomem(err);
	fprintf(self->options.out,
		"%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%s%c", counts->inserted,
		counts->updated, counts->deleted, name,
		self->options.nul ? '\0' : '\n');
	free(name);
	return SINK_MORE;
}

static int stat_end_table(struct change_sink *sink,
			  const struct table_pair *pair,
			  const struct table_counts *counts, struct err *err)
{
	struct stat *self = stat_of(sink);
	bool one_sided = !pair->sides[OLD].table || !pair->sides[NEW].table ||
			 pair->sides[OLD].nonly || pair->sides[NEW].nonly;

	if (!pair->reason && !one_sided && changed_rows(counts) == 0)
		return SINK_MORE;
	if (!pair->reason) {
		self->tables++;
		self->total.inserted += counts->inserted;
		self->total.updated += counts->updated;
		self->total.deleted += counts->deleted;
	}
	if (self->format == STAT_NUMBERS && !pair->reason)
		return print_numbers(self, pair, counts, err);
	if (self->format == STAT_GRAPH)
		return keep_line(self, pair, counts, err);
	return SINK_MORE;
}

/* ---- the graph ---- */

static int digits_of(uint64_t number)
{
	int digits = 1;

	while (number >= 10) {
		number /= 10;
		digits++;
	}
	return digits;
}

/* How many of `room` signs `count` of `most` changes get; one at least. */
static uint64_t scale(uint64_t count, uint64_t most, uint64_t room)
{
	uint64_t signs;

	if (count == 0 || most <= room)
		return count;
	signs = (uint64_t)((double)count / (double)most * (double)room);
	return signs ? signs : 1;
}

static void print_signs(struct stat *self, char sign, const char *color,
			uint64_t count)
{
	FILE *out = self->options.out;

	if (count == 0)
		return;
	fputs(color, out);
	while (count-- > 0)
		fputc(sign, out);
	if (*color)
		fputs(self->options.colors.reset, out);
}

static void print_line(struct stat *self, const struct stat_line *line,
		       size_t name_width, int digits, uint64_t most)
{
	const struct render_colors *colors = &self->options.colors;
	const struct table_counts *counts = &line->counts;
	FILE *out = self->options.out;
	size_t used = name_width + (size_t)digits + 5;
	uint64_t room = self->options.width > used + 10
				? self->options.width - used
				: 10;

	fprintf(out, " %s%*s | ", line->name,
		(int)(name_width - utf8_width(line->name, strlen(line->name))),
		"");
	if (line->reason) {
		fprintf(out, "not compared: %s\n", line->reason);
		return;
	}
	fprintf(out, "%*" PRIu64 "%s", digits, changed_rows(counts),
		changed_rows(counts) > 0 ? " " : "");
	print_signs(self, '+', colors->new_text,
		    scale(counts->inserted, most, room));
	print_signs(self, '~', colors->func,
		    scale(counts->updated, most, room));
	print_signs(self, '-', colors->old_text,
		    scale(counts->deleted, most, room));
	fputs(line->columns ? " (columns differ)\n" : "\n", out);
}

static void print_graph(struct stat *self)
{
	size_t name_width = 0;
	uint64_t most = 0;

	for (size_t i = 0; i < self->nlines; i++) {
		const char *name = self->lines[i].name;
		uint64_t rows = changed_rows(&self->lines[i].counts);
		size_t width = utf8_width(name, strlen(name));

		name_width = width > name_width ? width : name_width;
		most = rows > most ? rows : most;
	}
	for (size_t i = 0; i < self->nlines; i++)
		print_line(self, &self->lines[i], name_width, digits_of(most),
			   most);
}

static void print_count(FILE *out, uint64_t count, const char *what,
			const char *sign)
{
	if (count > 0)
		fprintf(out, ", %" PRIu64 " %s%s(%s)", count, what,
			count == 1 ? "" : "s", sign);
}

static int stat_finish(struct renderer *renderer, struct err *err)
{
	struct stat *self = (struct stat *)renderer;
	FILE *out = self->options.out;

	(void)err;
	if (self->format == STAT_NUMBERS)
		return 0;
	print_graph(self);
	if (self->tables == 0)
		return 0;
	fprintf(out, " %" PRIu64 " table%s changed", self->tables,
		self->tables == 1 ? "" : "s");
	print_count(out, self->total.inserted, "insertion", "+");
	print_count(out, self->total.updated, "update", "~");
	print_count(out, self->total.deleted, "deletion", "-");
	fputc('\n', out);
	return 0;
}

static void stat_free(struct renderer *renderer)
{
	struct stat *self = (struct stat *)renderer;

	for (size_t i = 0; i < self->nlines; i++) {
		free(self->lines[i].name);
		free(self->lines[i].reason);
	}
	free(self->lines);
	free(self);
}

int stat_open(struct renderer **renderer, enum stat_format format,
	      const struct render_options *options, struct err *err)
{
	struct stat *self = calloc(1, sizeof(*self));

	if (!self)
		return err_set_nomem(err);
	self->renderer = (struct renderer){
		.sink = { .end_table = stat_end_table },
		.finish = stat_finish,
		.free = stat_free,
	};
	self->options = *options;
	self->format = format;
	*renderer = &self->renderer;
	return 0;
}
