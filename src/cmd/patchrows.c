#include "config.h"

#include "cmd/patchrows.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/patchmail.h"
#include "diff/changejson.h"
#include "model/name.h"
#include "workspace/spool.h"

enum {
	MAX_FIELDS = 16 << 20, /* bytes, see PATCH_MAX_MAIL */
	STAT_WIDTH = 72,       /* as git's in a mail */
};

/* Hands each change to both renderers, and to the hash of its table. */
struct collector {
	struct renderer renderer;
	struct patch_rows *rows;
	struct renderer *review;
	struct renderer *stat;
	struct changejson json;
	struct change_digest digest;
};

int patch_rows_init(struct patch_rows *rows, struct err *err)
{
	memset(rows, 0, sizeof(*rows));
	buf_init(&rows->fields, MAX_FIELDS);
	buf_init(&rows->names, MAX_FIELDS);
	if (spool_open(&rows->text, err) < 0)
		return err->code;
	return spool_open(&rows->stat, err);
}

int patch_rows_release(struct patch_rows *rows, struct err *err)
{
	(void)!spool_close(rows->text, err);
	(void)!spool_close(rows->stat, err);
	rows->text = NULL;
	rows->stat = NULL;
	buf_release(&rows->fields);
	buf_release(&rows->names);
	return err->code;
}

static int begin_table(struct change_sink *sink, const struct table_pair *pair,
		       struct err *err)
{
	struct collector *self = (struct collector *)sink;
	struct change_sink *review = &self->review->sink;

	change_digest_release(&self->digest);
	if (change_digest_begin(&self->digest, err) < 0)
		return err->code;
	return review->begin_table(review, pair, err);
}

static int take_change(struct change_sink *sink, const struct table_pair *pair,
		       const struct change *change, struct err *err)
{
	struct collector *self = (struct collector *)sink;
	struct change_sink *review = &self->review->sink;
	struct change_text text;

	if (changejson_describe(&self->json, &text, pair, change, true, err) <
	    0)
		return err->code;
	text.table = pair->name;
	if (change_digest_add(&self->digest, &text, err) < 0)
		return err->code;
	return review->change(review, pair, change, err);
}

static int add_field(struct collector *self, const struct table_pair *pair,
		     const struct table_counts *counts, struct err *err)
{
	struct buf *fields = &self->rows->fields;
	char hex[SHA256_HEX_SIZE];

	if (change_digest_end(&self->digest, hex, err) < 0)
		return err->code;
	buf_add_string(fields, "D1-Table: ");
	patchmail_add_name(fields, pair->name);
	buf_add_format(fields,
		       " +%" PRIu64 " ~%" PRIu64 " -%" PRIu64 " sha256:%s\n",
		       counts->inserted, counts->updated, counts->deleted, hex);
	if (self->rows->tables > 0)
		buf_add_string(&self->rows->names, ", ");
	name_add(&self->rows->names, pair->name);
	if (buf_check(fields, "the header of the mail", err) < 0)
		return err->code;
	return buf_check(&self->rows->names, "the names of tables", err);
}

static int end_table(struct change_sink *sink, const struct table_pair *pair,
		     const struct table_counts *counts, struct err *err)
{
	struct collector *self = (struct collector *)sink;
	struct change_sink *stat = &self->stat->sink;
	uint64_t rows = counts->inserted + counts->updated + counts->deleted;

	if (rows > 0) {
		if (add_field(self, pair, counts, err) < 0)
			return err->code;
		self->rows->tables++;
		self->rows->rows += rows;
	}
	return stat->end_table(stat, pair, counts, err);
}

static int finish(struct renderer *renderer, struct err *err)
{
	struct collector *self = (struct collector *)renderer;

	return self->stat->finish(self->stat, err);
}

static void free_collector(struct renderer *renderer)
{
	struct collector *self = (struct collector *)renderer;

	if (self->review)
		self->review->free(self->review);
	if (self->stat)
		self->stat->free(self->stat);
	changejson_release(&self->json);
	change_digest_release(&self->digest);
	free(self);
}

int patch_rows_open(struct renderer **renderer,
		    const struct render_options *options, void *context,
		    struct err *err)
{
	struct patch_rows *rows = context;
	struct render_options stat = *options;
	struct collector *self = calloc(1, sizeof(*self));

	if (!self)
		return err_set_nomem(err);
	self->renderer = (struct renderer){
		.sink = { .begin_table = begin_table,
			  .change = take_change,
			  .end_table = end_table },
		.finish = finish,
		.free = free_collector,
	};
	self->rows = rows;
	changejson_init(&self->json);
	stat.out = rows->stat;
	stat.width = STAT_WIDTH;
	if (review_open(&self->review, options, err) < 0 ||
	    stat_open(&self->stat, STAT_GRAPH, &stat, err) < 0) {
		free_collector(&self->renderer);
		return err->code;
	}
	*renderer = &self->renderer;
	return 0;
}
