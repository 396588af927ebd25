#include "config.h"

#include "cmd/deploying.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "workspace/deploys.h"
#include "workspace/report.h"

enum { MAX_LINE = 1 << 16, MAX_MIGRATIONS = 1 << 28 };

/* ---- one that was broken off ---- */

static void report_left(const struct deployment *self)
{
	const struct deploy_record *record = self->record;
	const char *commit = deploy_record_note(record, DEPLOY_NOTE_COMMIT);
	const char *began = deploy_record_note(record, DEPLOY_NOTE_BEGAN);
	const char *bookmark = deploy_record_note(record, DEPLOY_NOTE_BOOKMARK);
	struct buf line;

	buf_init(&line, MAX_LINE);
	buf_add_format(&line,
		       "a deploy of %.12s to %s, begun at %s, was broken off "
		       "at: %s",
		       commit ? commit : "?", self->side.label,
		       began ? began : "?",
		       deploy_record_note(record, DEPLOY_NOTE_STEP));
	if (!line.failed)
		report_line(line.data);
	buf_clear(&line);
	buf_add_string(&line, "this one goes on from there");
	if (bookmark)
		buf_add_format(&line,
			       "; to go back to before it with all that others "
			       "wrote since: git d1 deploy --undo %s %s",
			       self->side.label, bookmark);
	if (!line.failed)
		report_line(line.data);
	buf_release(&line);
}

int deploying_recall(struct deployment *self, struct err *err)
{
	bool writes = !self->options->plan;
	char *target = NULL;

	if (side_target(&target, &self->side, err) == 0)
		(void)!deploys_open(&self->record, self->workspace, target,
				    writes, err);
	free(target);
	if (!err->code && self->record && deploy_record_is_busy(self->record))
		report_warning("a deploy to %s is under way here",
			       self->side.label);
	if (err->code || !self->record || !deploy_record_is_there(self->record))
		return err->code;
	self->goes_on = true;
	report_left(self);
	return prior_rows_open(&self->prior,
			       deploy_record_database(self->record), err);
}

/* What the migrations left is what is there, if nobody wrote since. */
int deploying_recall_rows(struct deployment *self, struct err *err)
{
	const char *left;
	char *now = NULL;

	if (!self->goes_on)
		return 0;
	self->checking.explains = prior_rows_explain;
	self->checking.explains_context = self->prior;
	left = deploy_record_note(self->record, DEPLOY_NOTE_LEFT);
	if (!left || !self->checking.view.side.client)
		return 0;
	if (deploying_read_bookmark(&now, self, err) == 0 && now &&
	    strcmp(now, left) == 0)
		prior_rows_trust(self->prior, NULL);
	free(now);
	return err->code;
}

/* ---- this one ---- */

static int note_beginning(struct deployment *self, struct err *err)
{
	struct deploy_record *record = self->record;
	time_t now = time(NULL);
	char date[32] = "";
	struct tm tm;

	if (self->goes_on)
		return 0;
	if (gmtime_r(&now, &tm))
		strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%SZ", &tm);
	if (deploy_record_set(record, DEPLOY_NOTE_BEGAN, date, err) < 0)
		return err->code;
	return deploy_record_set(record, DEPLOY_NOTE_BOOKMARK, self->bookmark,
				 err);
}

/* Rows may be unlike any commit's between a migration and its rows. */
static int keep_prior(struct deployment *self, struct err *err)
{
	if (self->npending == 0)
		return 0;
	if (!self->prior &&
	    prior_rows_open(&self->prior, deploy_record_database(self->record),
			    err) < 0)
		return err->code;
	return prior_rows_keep(self->prior, self->checking.view.source->schema,
			       self->changes, err);
}

static bool has_much_to_do(const struct deployment *self)
{
	return self->npending > 0 || !changes_are_empty(self->changes) ||
	       self->command->count > 0;
}

int deploying_note(struct deployment *self, struct err *err)
{
	struct deploy_record *record = self->record;
	const char *first = deploying_step_name(
		self->npending > 0 ? DEPLOY_MIGRATIONS : DEPLOY_DATA);

	if (!record || !has_much_to_do(self))
		return 0;
	if (deploy_record_begin(record, err) < 0)
		return err->code;
	self->notes = true;
	if (deploy_record_set(record, DEPLOY_NOTE_COMMIT, self->commit, err) <
		    0 ||
	    deploy_record_set(record, DEPLOY_NOTE_PLAN, self->digest, err) <
		    0 ||
	    deploy_record_set(record, DEPLOY_NOTE_STEP, first, err) < 0 ||
	    note_beginning(self, err) < 0 || keep_prior(self, err) < 0)
		return err->code;
	return deploy_record_keep(record, err);
}

/* Once the rows are there, nothing explains what somebody does to them. */
int deploying_note_step(struct deployment *self, enum deploy_step step,
			struct err *err)
{
	if (!self->notes || (step == DEPLOY_VERIFY && self->prior &&
			     prior_rows_forget(self->prior, err) < 0))
		return err->code;
	return deploy_record_set(self->record, DEPLOY_NOTE_STEP,
				 deploying_step_name(step), err);
}

int deploying_note_left(struct deployment *self, struct err *err)
{
	return self->notes ? deploy_record_set(self->record, DEPLOY_NOTE_LEFT,
					       self->left_at, err)
			   : 0;
}

int deploying_forget(struct deployment *self, struct err *err)
{
	if (!self->record || (!self->notes && !self->goes_on))
		return 0;
	self->notes = false;
	self->goes_on = false;
	prior_rows_close(self->prior);
	self->prior = NULL;
	return deploy_record_forget(self->record, err);
}

/* ---- what the migrations may have done ---- */

int deploying_read_migrations(struct deployment *self, struct err *err)
{
	buf_init(&self->texts, MAX_MIGRATIONS);
	for (size_t i = 0; i < self->npending; i++) {
		struct stream *text;

		if (filetree_open(self->checking.view.files, self->pending[i],
				  &text, err) < 0)
			return err->code;
		(void)!stream_read_all(text, &self->texts, self->pending[i],
				       err);
		stream_close(text);
		/* text ends at a NUL, and SQL has none */
		buf_add_char(&self->texts, '\n');
	}
	return buf_check(&self->texts, "the migrations", err);
}
