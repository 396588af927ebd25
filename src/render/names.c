#include "config.h"

#include "render/render.h"

#include <stdlib.h>

#include "render/name.h"

/* --name-only and --name-status; and those that do not even name. */
struct names {
	struct renderer renderer;
	struct render_options options;
	bool status;
};

static struct names *names_of(struct change_sink *sink)
{
	return (struct names *)sink;
}

static bool schema_differs(const struct table_pair *pair)
{
	return !pair->reason &&
	       (!pair->sides[OLD].table || !pair->sides[NEW].table ||
		pair->sides[OLD].nonly || pair->sides[NEW].nonly);
}

static char status_of(const struct table_pair *pair)
{
	if (!pair->sides[OLD].table)
		return 'A';
	return pair->sides[NEW].table ? 'M' : 'D';
}

/* Names the table. One change is enough to know that it has some. */
static int name_table(struct names *self, const struct table_pair *pair,
		      struct err *err)
{
	const struct render_options *options = &self->options;
	const char *database =
		options->with_database ? options->database : NULL;
	char *name = name_shown_table(database, pair->name, options->nul);

	if (!name)
		return err_set_nomem(err);
	if (self->status)
		fprintf(options->out, "%c%c", status_of(pair),
			options->nul ? '\0' : '\t');
	fprintf(options->out, "%s%c", name, options->nul ? '\0' : '\n');
	free(name);
	return SINK_NEXT_TABLE;
}

static int names_begin_table(struct change_sink *sink,
			     const struct table_pair *pair, struct err *err)
{
	return schema_differs(pair) ? name_table(names_of(sink), pair, err)
				    : SINK_MORE;
}

static int names_change(struct change_sink *sink, const struct table_pair *pair,
			const struct change *change, struct err *err)
{
	(void)change;
	return name_table(names_of(sink), pair, err);
}

static int quiet_begin_table(struct change_sink *sink,
			     const struct table_pair *pair, struct err *err)
{
	(void)sink;
	(void)err;
	return schema_differs(pair) ? SINK_DONE : SINK_MORE;
}

static int quiet_change(struct change_sink *sink, const struct table_pair *pair,
			const struct change *change, struct err *err)
{
	(void)sink;
	(void)pair;
	(void)change;
	(void)err;
	return SINK_DONE;
}

static void names_free(struct renderer *renderer)
{
	free(renderer);
}

static int open_with(struct renderer **renderer, const struct change_sink *sink,
		     bool status, const struct render_options *options,
		     struct err *err)
{
	struct names *self = calloc(1, sizeof(*self));

	if (!self)
		return err_set_nomem(err);
	self->renderer = (struct renderer){ .sink = *sink, .free = names_free };
	self->options = *options;
	self->status = status;
	*renderer = &self->renderer;
	return 0;
}

int names_open(struct renderer **renderer, bool status,
	       const struct render_options *options, struct err *err)
{
	static const struct change_sink sink = {
		.begin_table = names_begin_table,
		.change = names_change,
	};

	return open_with(renderer, &sink, status, options, err);
}

int quiet_open(struct renderer **renderer, const struct render_options *options,
	       struct err *err)
{
	static const struct change_sink sink = {
		.begin_table = quiet_begin_table,
		.change = quiet_change,
	};

	return open_with(renderer, &sink, false, options, err);
}

int silent_open(struct renderer **renderer,
		const struct render_options *options, struct err *err)
{
	static const struct change_sink sink = { .change = NULL };

	return open_with(renderer, &sink, false, options, err);
}
