#include "config.h"

#include "cmd/deploying.h"

#include <string.h>

#include "render/name.h"
#include "util/buf.h"
#include "util/filetree.h"
#include "util/quote.h"
#include "util/stream.h"
#include "workspace/actions.h"
#include "workspace/commitrows.h"
#include "workspace/effectlist.h"
#include "workspace/spool.h"

enum { MAX_TEXT = 1 << 20, BLOCK = 1 << 16 };

static int hash_stream(char digest[SHA256_HEX_SIZE], struct stream *stream,
		       struct err *err)
{
	struct sha256 sha256 = { .context = NULL };
	char block[BLOCK];
	size_t got = 1;

	if (sha256_begin(&sha256, err) < 0)
		return err->code;
	while (got > 0 &&
	       stream_read(stream, block, sizeof(block), &got, err) == 0)
		if (sha256_add(&sha256, block, got, err) < 0)
			break;
	if (!err->code)
		(void)!sha256_end(&sha256, digest, err);
	sha256_release(&sha256);
	return err->code;
}

static int add_migration(struct buf *out, const struct deployment *self,
			 const char *name, struct err *err)
{
	char digest[SHA256_HEX_SIZE];
	struct stream *text;

	if (filetree_open(self->checking.view.files, name, &text, err) < 0)
		return err->code;
	if (hash_stream(digest, text, err) == 0) {
		buf_add_string(out, "migration ");
		name_add_text(out, name);
		buf_add_format(out, " sha256:%s\n", digest);
	}
	stream_close(text);
	return err->code;
}

/* What decides about rows that are seen only after the migrations. */
static int add_later_rows(struct buf *out, struct deployment *self,
			  struct err *err)
{
	struct commit_rows rows = { .workspace = self->workspace,
				    .side = &self->commit_side };
	const struct repository *repository;
	char base[OBJECT_ID_SIZE];

	if (self->npending == 0 || !self->has_snapshot)
		return 0;
	if (self->options->base) {
		if (workspace_repository(self->workspace, &repository, err) <
			    0 ||
		    repository_commit(repository, base, self->options->base,
				      err) < 0)
			return err->code;
		buf_add_format(out, "base %s\n", base);
	}
	return commit_rows_describe(&rows, out, err);
}

/* No revision, label or bookmark: they differ for the same deploy. */
static int add_head(struct buf *out, struct deployment *self, struct err *err)
{
	buf_add_string(out, "git-d1 deploy plan 1\ndatabase ");
	name_add_text(out, self->checking.view.side.remote_id);
	buf_add_format(out, "\ncommit %s\n", self->commit);
	for (size_t i = 0; i < self->npending; i++)
		if (add_migration(out, self, self->pending[i], err) < 0)
			return err->code;
	return add_later_rows(out, self, err);
}

static void add_end(struct buf *out, const struct deployment *self)
{
	const struct option_words *command = self->command;

	if (command->count > 0)
		buf_add_string(out, "command");
	for (size_t i = 0; i < command->count; i++) {
		buf_add_char(out, ' ');
		quote_add_shell(out, command->words[i]);
	}
	if (command->count > 0)
		buf_add_char(out, '\n');
	if (self->options->undo_on_failure)
		buf_add_string(out, "undo on failure\n");
}

static int write_text(FILE *out, struct buf *text, struct err *err)
{
	if (buf_check(text, "the plan", err) == 0)
		fwrite(text->data, 1, text->len, out);
	buf_clear(text);
	return err->code;
}

static int write_patch(struct deployment *self, struct changes *changes,
		       FILE *out, struct err *err)
{
	struct changes *const lists[] = { changes };
	const struct application application = {
		.side = &self->checking.view.side
	};

	return application_write_patch(&application, lists, ARRAY_SIZE(lists),
				       0, out, err);
}

static int hash_spool(char digest[SHA256_HEX_SIZE], FILE *spool,
		      struct err *err)
{
	struct stream *stream;

	if (spool_read(&stream, spool, "the plan", err) < 0)
		return err->code;
	(void)!hash_stream(digest, stream, err);
	stream_close(stream);
	return err->code;
}

/* With their values, but where a migration may give them other columns. */
int deploying_hash_effects(char digest[SHA256_HEX_SIZE],
			   struct deployment *self, struct changes *effects,
			   struct err *err)
{
	struct err ignored = ERR_INIT;
	FILE *spool = NULL;

	if (spool_open(&spool, err) == 0 &&
	    (self->npending == 0 ? write_patch(self, effects, spool, err)
				 : effectlist_write(spool, effects, err)) == 0)
		(void)!hash_spool(digest, spool, err);
	(void)!spool_close(spool, &ignored);
	return err->code;
}

/* The list is of the first ones of many, without their values. */
static int write_effects(struct deployment *self, struct err *err)
{
	char *digest = self->effects_digest;

	if (deploying_hash_effects(digest, self, self->effects, err) < 0 ||
	    changes_are_empty(self->effects))
		return err->code;
	if (effectlist_write(self->plan, self->effects, err) == 0)
		fprintf(self->plan, "besides sha256:%s\n", digest);
	return err->code;
}

static int write_rows(struct deployment *self, struct err *err)
{
	if (write_patch(self, self->changes, self->plan, err) < 0)
		return err->code;
	return write_effects(self, err);
}

int deploying_make_plan(struct deployment *self, struct err *err)
{
	struct buf text;

	if (spool_open(&self->plan, err) < 0)
		return err->code;
	buf_init(&text, MAX_TEXT);
	if (add_head(&text, self, err) == 0 &&
	    write_text(self->plan, &text, err) == 0 &&
	    write_rows(self, err) == 0) {
		add_end(&text, self);
		if (text.len == 0 || write_text(self->plan, &text, err) == 0)
			(void)!hash_spool(self->digest, self->plan, err);
	}
	buf_release(&text);
	return err->code;
}

int deploying_print_plan(struct deployment *self, struct err *err)
{
	struct actions_guard guard = { "" };

	if (actions_guard_begin(&guard, stdout, err) < 0)
		return err->code;
	(void)!spool_copy(self->plan, stdout, err);
	actions_guard_end(&guard, stdout);
	if (!err->code)
		printf("digest sha256:%s\n", self->digest);
	return err->code;
}
