#include "config.h"

#include "migrate/driftreplay.h"

#include <stdlib.h>
#include <string.h>

#include "migrate/replay.h"

enum { MAX_FILE = 1 << 28 /* bytes of a migration that is compared */ };

int driftreplay_init(struct driftreplay *self,
		     const struct drift_question *question, struct err *err)
{
	*self = (struct driftreplay){
		.question = question,
		.count = question->ledger ? question->ledger->count : 0,
	};
	self->replaced = calloc(self->count + 1, sizeof(struct pastversion *));
	return self->replaced ? 0 : err_set_nomem(err);
}

void driftreplay_release(struct driftreplay *self)
{
	free(self->replaced);
	self->replaced = NULL;
}

void driftreplay_replace(struct driftreplay *self, size_t i,
			 const struct pastversion *version)
{
	self->replaced[i] = version;
}

/* ---- running ---- */

static int run_file(const struct driftreplay *self, struct replay *replay,
		    const char *name, struct err *err)
{
	return replay_file(replay, self->question->files,
			   self->question->folder, name, err);
}

static int run_version(const struct driftreplay *self, struct replay *replay,
		       const char *name, const struct pastversion *version,
		       struct err *err)
{
	struct stream *text;

	if (pastversion_open(&text, self->versions, version, name, err) < 0)
		return err->code;
	return replay_run(replay, self->question->folder, name, text, err);
}

/* One that is gone from the folder is run as it was committed last. */
static int run_applied(const struct driftreplay *self, struct replay *replay,
		       size_t i, struct err *err)
{
	const char *name = self->question->ledger->names[i];
	const struct pastversion *version = self->replaced[i];

	if (!version && migrations_have(self->question->migrations, name))
		return run_file(self, replay, name, err);
	if (!version && self->versions)
		version = pastfiles_find(self->versions, name);
	if (version)
		return run_version(self, replay, name, version, err);
	return err_set(err, D1_ENOTFOUND,
		       "'%s' is applied, and there is no such file to replay",
		       name);
}

static int stop_at_difference(void *context, const struct object *one,
			      const struct object *other, struct err *err)
{
	bool *same = context;

	(void)one;
	(void)other;
	*same = false;
	/* the rest does not matter */
	return err_set(err, D1_ECONFLICT, "they differ");
}

static int is_live(const struct driftreplay *self, struct replay *replay,
		   bool *same, struct err *err)
{
	const struct drift_question *question = self->question;
	struct objects objects;
	struct err different = ERR_INIT;

	*same = true;
	if (replay_objects(replay, &objects, err) == 0 &&
	    objects_compare(question->live, &objects, question->ledger_table,
			    stop_at_difference, same, &different) < 0 &&
	    *same)
		*err = different;
	objects_release(&objects);
	return err->code;
}

static int run_all_applied(const struct driftreplay *self,
			   struct replay *replay, struct err *err)
{
	for (size_t i = 0; i < self->count; i++)
		if (run_applied(self, replay, i, err) < 0)
			return err->code;
	return 0;
}

int driftreplay_applied(struct driftreplay *self, bool *same, struct err *err)
{
	struct replay *replay;

	*same = false;
	if (replay_open(&replay, self->question->ledger_table, err) == 0 &&
	    run_all_applied(self, replay, err) == 0)
		(void)!is_live(self, replay, same, err);
	replay_close(replay);
	return err->code;
}

int driftreplay_match(struct driftreplay *self, struct drift_place *place,
		      size_t most, struct err *err)
{
	const struct migrations *migrations = self->question->migrations;
	struct err failed = ERR_INIT;
	struct replay *replay;

	*place = (struct drift_place){ .first = -1, .last = -1 };
	if (replay_open(&replay, self->question->ledger_table, err) < 0)
		return err->code;
	for (size_t i = 0;; i++) {
		bool same;

		if (is_live(self, replay, &same, err) < 0)
			break;
		if (same && place->first < 0)
			place->first = (long long)i;
		if (same)
			place->last = (long long)i;
		if (i == most ||
		    run_file(self, replay, migrations->names[i], &failed) < 0)
			break;
	}
	replay_close(replay);
	if (place->last < 0 && failed.code && !err->code)
		*err = failed;
	return err->code;
}

int driftreplay_differences(struct driftreplay *self,
			    objects_difference_fn *use, void *context,
			    struct err *err)
{
	const struct drift_question *question = self->question;
	struct replay *replay;
	struct objects objects = { .count = 0 };

	if (replay_open(&replay, question->ledger_table, err) < 0)
		return err->code;
	if (question->ledger) {
		(void)!run_all_applied(self, replay, err);
	} else {
		for (size_t i = 0; i < question->migrations->count; i++)
			if (run_file(self, replay,
				     question->migrations->names[i], err) < 0)
				break;
	}
	if (!err->code && replay_objects(replay, &objects, err) == 0)
		(void)!objects_compare(question->live, &objects,
				       question->ledger_table, use, context,
				       err);
	objects_release(&objects);
	replay_close(replay);
	return err->code;
}

/* ---- contents ---- */

static int read_text(struct stream *text, struct buf *out, struct err *err)
{
	(void)!stream_read_all(text, out, "a migration", err);
	stream_close(text);
	return err->code;
}

int driftreplay_is_version(const struct driftreplay *self, bool *same,
			   const char *name, const struct pastversion *version,
			   struct err *err)
{
	struct buf one, other;
	struct stream *text;

	*same = false;
	buf_init(&one, MAX_FILE);
	buf_init(&other, MAX_FILE);
	if (filetree_open(self->question->files, name, &text, err) == 0 &&
	    read_text(text, &one, err) == 0 &&
	    pastversion_open(&text, self->versions, version, name, err) == 0 &&
	    read_text(text, &other, err) == 0)
		*same = one.len == other.len &&
			(one.len == 0 ||
			 memcmp(one.data, other.data, one.len) == 0);
	buf_release(&one);
	buf_release(&other);
	return err->code;
}
