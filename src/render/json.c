#include "config.h"

#include "render/render.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "diff/changejson.h"
#include "render/name.h"
#include "render/rowkey.h"
#include "util/jsonstring.h"

enum { MAX_CHANGE = 1 << 30 }; /* bytes of one change */

struct json_output {
	struct renderer renderer;
	struct render_options options;
	bool lines; /* one change a line, nothing around them */
	bool any_table;
	bool any_change; /* in this table */
	struct buf out;
	struct changejson json;
};

static struct json_output *json_of(struct change_sink *sink)
{
	return (struct json_output *)sink;
}

static int flush(struct json_output *self, struct err *err)
{
	int code = buf_check(&self->out, "the text of a change", err);

	if (code == 0)
		fwrite(self->out.data, 1, self->out.len, self->options.out);
	buf_clear(&self->out);
	return code;
}

static void add_text(struct json_output *self, const char *text)
{
	jsonstring_add_bytes(&self->out, text, strlen(text));
}

static int json_change(struct change_sink *sink, const struct table_pair *pair,
		       const struct change *change, struct err *err)
{
	struct json_output *self = json_of(sink);
	struct change_text text;

	if (changejson_describe(&self->json, &text, pair, change, false, err) <
	    0)
		return err->code;
	text.bucket = bucket_name(change->bucket, self->options.local_side);
	text.hidden = self->options.redact ? redacted_value : NULL;
	if (self->lines && self->options.with_database)
		text.database = self->options.database;
	if (self->lines)
		text.table = pair->name;
	else
		buf_add_string(&self->out, self->any_change ? ",\n" : "\n");
	self->any_change = true;
	changejson_add(&self->json, &self->out, &text);
	if (self->lines)
		buf_add_char(&self->out, '\n');
	return flush(self, err);
}

static void add_head(struct json_output *self)
{
	static const char *const names[2] = { "from", "to" };

	buf_add_string(&self->out, "{\"version\":1");
	if (self->options.redact)
		buf_add_string(&self->out, ",\"redacted\":true");
	for (int side = OLD; side <= NEW; side++) {
		buf_add_format(&self->out,
			       ",\"%s\":{\"endpoint\":", names[side]);
		add_text(self, self->options.labels[side]);
		if (self->options.database) {
			buf_add_string(&self->out, ",\"database\":");
			add_text(self, self->options.database);
		}
		buf_add_char(&self->out, '}');
	}
	buf_add_string(&self->out, ",\"tables\":[");
}

/* Columns that one side has alone. */
static void add_columns(struct json_output *self, const struct table_pair *pair,
			int side, const char *member)
{
	const struct pair_side *own = &pair->sides[side];

	if (own->nonly == 0)
		return;
	buf_add_format(&self->out, ",\"%s\":[", member);
	for (size_t i = 0; i < own->nonly; i++) {
		buf_add_string(&self->out, i > 0 ? "," : "");
		add_text(self, pair_column(pair, side, own->only[i])->name);
	}
	buf_add_char(&self->out, ']');
}

static int json_begin_table(struct change_sink *sink,
			    const struct table_pair *pair, struct err *err)
{
	struct json_output *self = json_of(sink);
	const struct pair_side *named = &pair->sides[pair_named_side(pair)];

	if (!self->any_table)
		add_head(self);
	else
		buf_add_char(&self->out, ',');
	self->any_table = true;
	self->any_change = false;
	buf_add_string(&self->out, "\n{\"name\":");
	add_text(self, pair->name);
	buf_add_string(&self->out, ",\"key\":[");
	for (size_t i = 0; i < pair->nkey; i++) {
		buf_add_string(&self->out, i > 0 ? "," : "");
		add_text(self,
			 pair_column(pair, pair_named_side(pair), named->key[i])
				 ->name);
	}
	buf_add_format(&self->out, "],\"in\":\"%s\"",
		       !pair->sides[OLD].table	 ? "to"
		       : !pair->sides[NEW].table ? "from"
						 : "both");
	add_columns(self, pair, OLD, "columns_from");
	add_columns(self, pair, NEW, "columns_to");
	buf_add_format(&self->out, ",\"compared\":%s",
		       pair->reason ? "false" : "true");
	if (pair->reason || pair->unreadable) {
		buf_add_string(&self->out, ",\"reason\":");
		add_text(self, pair->reason ? pair->reason : pair->unreadable);
	}
	buf_add_string(&self->out, ",\"changes\":[");
	return flush(self, err);
}

static int json_end_table(struct change_sink *sink,
			  const struct table_pair *pair,
			  const struct table_counts *counts, struct err *err)
{
	struct json_output *self = json_of(sink);

	(void)pair;
	buf_add_format(&self->out,
		       "],\"inserted\":%" PRIu64 ",\"deleted\":%" PRIu64
		       ",\"updated\":%" PRIu64 ",\"unchanged\":%" PRIu64
		       ",\"buckets\":{",
		       counts->inserted, counts->deleted, counts->updated,
		       counts->unchanged);
	for (int bucket = 0; bucket < BUCKET_COUNT; bucket++)
		buf_add_format(&self->out, "%s\"%s\":%" PRIu64,
			       bucket > 0 ? "," : "",
			       bucket_name((enum bucket)bucket,
					   self->options.local_side),
			       counts->buckets[bucket]);
	buf_add_string(&self->out, "}}");
	return flush(self, err);
}

static int json_finish(struct renderer *renderer, struct err *err)
{
	struct json_output *self = (struct json_output *)renderer;

	if (!self->any_table)
		add_head(self);
	buf_add_string(&self->out, "]}\n");
	return flush(self, err);
}

static void json_free(struct renderer *renderer)
{
	struct json_output *self = (struct json_output *)renderer;

	buf_release(&self->out);
	changejson_release(&self->json);
	free(self);
}

int json_open(struct renderer **renderer, bool lines,
	      const struct render_options *options, struct err *err)
{
	struct json_output *self = calloc(1, sizeof(*self));

	if (!self)
		return err_set_nomem(err);
	self->renderer.sink.change = json_change;
	self->renderer.free = json_free;
	if (!lines) {
		self->renderer.sink.begin_table = json_begin_table;
		self->renderer.sink.end_table = json_end_table;
		self->renderer.finish = json_finish;
	}
	self->options = *options;
	self->lines = lines;
	buf_init(&self->out, MAX_CHANGE);
	changejson_init(&self->json);
	*renderer = &self->renderer;
	return 0;
}
