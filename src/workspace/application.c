#include "config.h"

#include "workspace/application.h"

#include <stdlib.h>
#include <string.h>

#include "apply/effects.h"
#include "source/sqlite.h"
#include "util/compiler.h"
#include "workspace/backup.h"
#include "workspace/effectlist.h"
#include "workspace/hunklist.h"
#include "workspace/pending.h"
#include "workspace/spool.h"

/* ---- opening ---- */

static int open_file(struct application *self, struct err *err)
{
	const struct side *side = self->side;

	if (side_refuse_patch(side, err) < 0)
		return err->code;
	if (self->look)
		return workspace_open(self->workspace, self->side,
				      &self->source, err);
	if (side->endpoint.kind == ENDPOINT_LOCAL)
		self->path = strdup(side->database->local_path);
	else
		self->path = realpath(side->endpoint.path, NULL);
	if (!self->path)
		return err_set_errno(err, "cannot open '%s'", side->label);
	if (sqlite_target_begin(&self->target, self->path, false, err) < 0)
		return err->code;
	return sqlite_wrap(&self->source, sqlite_target_database(self->target),
			   SQLITE_HANDLE_BORROWED, side->label, err);
}

static int open_remote(struct application *self, struct err *err)
{
	if (workspace_open(self->workspace, self->side, &self->source, err) < 0)
		return err->code;
	if (self->check || self->consented)
		return 0;
	return self->deploys
		       ? consent_deploy(self->workspace, self->side,
					self->side->endpoint.database, err)
		       : consent_target(self->workspace, self->side,
					self->named, err);
}

static int open_database(struct application *self, struct err *err)
{
	switch (self->side->endpoint.kind) {
	case ENDPOINT_LOCAL:
	case ENDPOINT_FILE:
		return open_file(self, err);
	case ENDPOINT_REMOTE:
	case ENDPOINT_PREVIEW:
		return open_remote(self, err);
	default:
		return err_set(err, D1_EREFUSED,
			       "rows are written to a database, and '%s' is "
			       "none that can be written",
			       self->side->label);
	}
}

static int choose_tables(struct application *self, struct err *err)
{
	static const struct option_words all = { .count = 0 };

	self->choice.named = &all;
	self->choice.database = self->side->name;
	return workspace_settings(self->workspace, &self->choice.config, err);
}

static bool is_remote(const struct application *self)
{
	return self->side->endpoint.kind == ENDPOINT_REMOTE ||
	       self->side->endpoint.kind == ENDPOINT_PREVIEW;
}

static int check_manner(const struct application *self, struct err *err)
{
	if (self->manner.in_parts && self->manner.fire_triggers)
		return err_set(err, D1_EUSAGE,
			       "--in-parts and --fire-triggers exclude each "
			       "other: a part of what triggers did could not "
			       "be taken back");
	if (self->manner.in_parts && !is_remote(self))
		return err_set(err, D1_EUSAGE,
			       "--in-parts is for remote databases: %s is "
			       "always written at once",
			       self->side->label);
	return 0;
}

int application_begin(struct application *self, struct err *err)
{
	if (check_manner(self, err) < 0)
		return err->code;
	if (spool_open(&self->listing, err) < 0 ||
	    backup_read_keep(self->workspace, &self->keep, err) < 0 ||
	    choose_tables(self, err) < 0 ||
	    workspace_journal(self->workspace, &self->journal, err) < 0 ||
	    (!self->changes && changes_open(&self->changes, err) < 0))
		return err->code;
	if (open_database(self, err) < 0 ||
	    side_target(&self->target_id, self->side, err) < 0)
		return err->code;
	return pending_resolve(self->journal, self->target_id, self->source,
			       &self->choice, err);
}

int application_look_back(struct application *self, struct source *source,
			  struct err *err)
{
	struct journal *journal = NULL;
	char *target = NULL;

	if (choose_tables(self, err) == 0 &&
	    workspace_journal(self->workspace, &journal, err) == 0 &&
	    side_target(&target, self->side, err) == 0)
		(void)!pending_resolve(journal, target, source, &self->choice,
				       err);
	journal_close(journal);
	free(target);
	return err->code;
}

void application_end(struct application *self)
{
	struct err ignored = ERR_INIT;

	source_close(self->base_source);
	side_release(&self->base_side);
	source_close(self->source);
	sqlite_target_close(self->target);
	changes_close(self->effects);
	changes_close(self->changes);
	journal_close(self->journal);
	table_choice_release(&self->choice);
	d1_written_release(&self->written);
	(void)!spool_close(self->listing, &ignored);
	free(self->target_id);
	free(self->path);
}

/* ---- matching ---- */

/* Who names the database on the command line means it. */
static const char *expected_database(const struct application *self)
{
	return self->is_own || self->side->endpoint.database ? NULL
							     : self->side->name;
}

static int list_failure(void *context, const struct hunk_failure *failure,
			struct err *err)
{
	struct application *self = context;

	if (self->rejects)
		hunklist_reject(self->rejects, &self->rejected, failure);
	return hunklist_explain(self->listing, failure, err);
}

/* The snapshot of the revision that the patch names, or the command line. */
static int open_base(void *context, const char *revision, struct source **base,
		     struct err *err)
{
	struct application *self = context;

	*base = NULL;
	if (self->base)
		revision = self->base;
	if (!revision) {
		self->lacks_base = true;
		return 0;
	}
	if (workspace_resolve(self->workspace, &self->base_side, revision,
			      err) == 0)
		(void)!workspace_open(self->workspace, &self->base_side,
				      &self->base_source, err);
	*base = self->base_source;
	return err_context(err, "the base of the patch, '%s'", revision);
}

static int refuse_failures(const struct application *self, struct err *err)
{
	unsigned long long failed = self->counts.failed;

	if (failed == 0 || self->rejects)
		return 0;
	err_set(err, D1_ECONFLICT,
		"%s: %llu of %llu hunk%s %s not apply to %s; nothing was "
		"written",
		self->patch_name, failed,
		(unsigned long long)self->counts.hunks,
		self->counts.hunks == 1 ? "" : "s", failed == 1 ? "does" : "do",
		self->side->label);
	if (!self->whole && self->lacks_base)
		return err_hint(err, "--base=<revision> names a snapshot with "
				     "the rows as the patch found them, to "
				     "merge texts with; --reject applies the "
				     "others");
	if (!self->whole)
		return err_hint(err, "--reject applies the others%s",
				self->merge
					? ""
					: ", --3way merges what can be merged");
	return self->merge ? err->code
			   : err_hint(err, "--3way merges what can be merged");
}

int application_match(struct application *self, struct stream *patch,
		      struct err *err)
{
	const struct hunks hunks = {
		.name = self->patch_name,
		.source = self->source,
		.label = self->side->label,
		.database = expected_database(self),
		.changes = self->changes,
		.reverse = self->reverse,
		.recount = self->patch_flags & PATCH_RECOUNT,
		.merge = self->merge,
		.open_base = open_base,
		.base_context = self,
		.wanted = table_choice_wants,
		.rules = table_choice_rules,
		.context = &self->choice,
		.failed = list_failure,
		.failed_context = self,
	};
	struct patch *reader = NULL;

	if (patch_open(&reader, patch, self->patch_name, self->patch_flags,
		       err) == 0 &&
	    hunks_match(&hunks, reader, &self->counts, err) == 0 &&
	    refuse_failures(self, err) == 0)
		(void)!application_foresee(self, err);
	patch_close(reader);
	return err->code;
}

int application_foresee(struct application *self, struct err *err)
{
	if (effects_find(&self->effects, self->changes, self->source, err) == 0)
		(void)!effectlist_write(self->listing, self->effects, err);
	return err->code;
}

bool application_is_empty(const struct application *self)
{
	return changes_are_empty(self->changes);
}
