#include "config.h"

#include "render/render.h"

#include <stdlib.h>

#include "model/name.h"

/* --name-only and --name-status; and --quiet, which does not even name. */
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
	char end = self->options.nul ? '\0' : '\n';
	struct buf line;
	int code;

	buf_init(&line, 1 << 20);
	if (self->status) {
		buf_add_char(&line, status_of(pair));
		buf_add_char(&line, self->options.nul ? '\0' : '\t');
	}
	if (self->options.nul)
		buf_add_string(&line, pair->name);
	else
		name_add(&line, pair->name);
	buf_add_char(&line, end);
	code = buf_check(&line, "a name", err);
	if (code == 0)
		fwrite(line.data, 1, line.len, self->options.out);
	buf_release(&line);
	return code < 0 ? code : SINK_NEXT_TABLE;
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
