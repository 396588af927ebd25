#include "config.h"

#include "workspace/patchstat.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* The table whose hunks are read. */
struct patch_stat {
	patchstat_fn *use;
	void *context;
	char *name; /* NULL: there is none yet */
	struct table_counts counts;
};

/* Tells the counts of the table that ends. */
static int end_table(struct patch_stat *self, struct err *err)
{
	if (!self->name)
		return 0;
	(void)!self->use(self->context, self->name, &self->counts, err);
	free(self->name);
	self->name = NULL;
	return err->code;
}

static int begin_table(struct patch_stat *self, const struct patch_table *table,
		       struct err *err)
{
	if (end_table(self, err) < 0)
		return err->code;
	self->counts = (struct table_counts){ .inserted = 0 };
	self->name = strdup(table->name);
	return self->name ? 0 : err_set_nomem(err);
}

static void count_hunk(struct patch_stat *self, const struct patch_hunk *hunk)
{
	switch (hunk->op) {
	case PATCH_INSERT:
		self->counts.inserted += hunk->count;
		break;
	case PATCH_DELETE:
		self->counts.deleted += hunk->count;
		break;
	case PATCH_UPDATE:
		self->counts.updated++;
		break;
	}
}

static int read_all(struct patch_stat *self, struct patch *patch,
		    struct err *err)
{
	enum patch_event event;

	do {
		if (patch_next(patch, &event, err) < 0)
			return err->code;
		if (event == PATCH_TABLE &&
		    begin_table(self, patch_table(patch), err) < 0)
			return err->code;
		if (event == PATCH_HUNK)
			count_hunk(self, patch_hunk(patch));
	} while (event != PATCH_END);
	return end_table(self, err);
}

int patchstat_read(struct patch *patch, patchstat_fn *use, void *context,
		   struct err *err)
{
	struct patch_stat self = { .use = use, .context = context };

	(void)!read_all(&self, patch, err);
	free(self.name);
	return err->code;
}

/* Tells a renderer. */
static int render_counts(void *context, const char *name,
			 const struct table_counts *counts, struct err *err)
{
	const struct table table = { .name = name };
	const struct table_pair pair = {
		.name = name,
		.sides = { { .table = &table }, { .table = &table } },
	};
	struct change_sink *sink = context;

	if (sink->begin_table && sink->begin_table(sink, &pair, err) < 0)
		return err->code;
	if (sink->end_table)
		(void)!sink->end_table(sink, &pair, counts, err);
	return err->code;
}

int patchstat_write(struct patch *patch, const struct render_options *options,
		    struct err *err)
{
	struct renderer *renderer;

	if (stat_open(&renderer, STAT_GRAPH, options, err) < 0)
		return err->code;
	if (patchstat_read(patch, render_counts, &renderer->sink, err) == 0 &&
	    renderer->finish)
		(void)!renderer->finish(renderer, err);
	renderer->free(renderer);
	return err->code;
}
