#include "config.h"

#include "workspace/application.h"

#include <stdlib.h>

#include "apply/replay.h"
#include "util/compiler.h"
#include "workspace/backup.h"

/* ---- patches ---- */

int application_write_patch(const struct application *self,
			    struct changes *const *lists, size_t nlists,
			    unsigned flags, FILE *out, struct err *err)
{
	return backup_write_patch(self->side, lists, nlists, flags, out, err);
}

/* ---- the way back ---- */

/* The patch that takes the write back. */
static int write_inverse(const struct application *self, FILE *out,
			 struct err *err)
{
	struct changes *const lists[] = { self->changes, self->effects };

	return application_write_patch(self, lists, ARRAY_SIZE(lists),
				       REPLAY_INVERSE, out, err);
}

static int write_way_back(const struct application *self,
			  enum journal_way_back way, FILE *patch,
			  struct err *err)
{
	switch (way) {
	case JOURNAL_PATCH:
		return write_inverse(self, patch, err);
	case JOURNAL_COPY:
		/* rows do not tell what triggers do */
		return backup_copy_file(self->journal, self->path, err);
	default:
		return 0;
	}
}

static enum journal_way_back choose_way_back(const struct application *self)
{
	if (!self->manner.fire_triggers)
		return JOURNAL_PATCH;
	return self->target ? JOURNAL_COPY : JOURNAL_BOOKMARK;
}

/* *bookmark is NULL where there is no Time Travel, as in the Local Explorer. */
static int find_bookmark(const struct application *self, char **bookmark,
			 struct err *err)
{
	*bookmark = NULL;
	if (!self->target &&
	    d1_bookmark(bookmark, self->side->client, self->side->remote_id,
			err) < 0 &&
	    err->code == D1_ENOTFOUND)
		err_clear(err);
	if (!err->code && !*bookmark && !self->target &&
	    self->manner.fire_triggers)
		err_set(err, D1_EREFUSED,
			"%s has no Time Travel: what triggers do could not be "
			"taken back",
			self->side->label);
	return err->code;
}

static int write_journal(struct application *self, struct err *err)
{
	struct journal_note note = { .command = self->command,
				     .target = self->target_id,
				     .name = self->side->label,
				     .undoes = self->undoes,
				     .in_parts = self->manner.in_parts,
				     .way_back = choose_way_back(self) };
	char *bookmark;
	FILE *patch;

	if (find_bookmark(self, &bookmark, err) < 0)
		return err->code;
	note.bookmark = bookmark;
	if (journal_begin(self->journal, &note, &patch, err) == 0 &&
	    write_way_back(self, note.way_back, patch, err) == 0)
		(void)!journal_keep(self->journal, self->id, err);
	free(bookmark);
	return err->code;
}

/* Nothing was written: the entry says so by not being there. */
static void forget_entry(struct application *self)
{
	struct err ignored = ERR_INIT;

	if (*self->id)
		(void)!journal_forget(self->journal, self->id, &ignored);
	*self->id = '\0';
}

/* ---- a file ---- */

/* They were found in the transaction. */
static int apply_effects(struct application *self, struct err *err)
{
	sqlite_target_guard(self->target, false);
	return sqlite_target_apply(self->target, self->effects, err);
}

static int write_file(struct application *self, struct err *err)
{
	uint64_t fired = 0;

	if (self->manner.fire_triggers)
		sqlite_target_let_fire(self->target);
	sqlite_target_guard(self->target, self->compared);
	if (sqlite_target_apply(self->target, self->changes, err) < 0 ||
	    apply_effects(self, err) < 0 ||
	    sqlite_target_fired(self->target, &fired, &self->fired_exact, err) <
		    0 ||
	    sqlite_target_commit(self->target, err) < 0)
		forget_entry(self);
	self->fired = (int64_t)fired;
	return err->code;
}

/* ---- a remote database ---- */

static int note_parts(void *context, uint64_t parts, uint64_t all_parts,
		      struct err *err)
{
	struct application *self = context;

	return journal_note_parts(self->journal, parts, all_parts, err);
}

/* Some parts were written, and others were not, or nobody knows. */
static void end_in_the_middle(struct application *self, struct err *err)
{
	const struct d1_written *written = &self->written;
	struct err ignored = ERR_INIT;

	if (written->fate == D1_NOT_DONE)
		(void)!journal_resolve(self->journal, self->id, JOURNAL_DONE,
				       &ignored);
	err_hint(err,
		 "run the same command again to write the rest\n"
		 "or take back what is written: git d1 undo %s %s",
		 self->side->label, self->id);
}

static struct d1_write describe_write(struct application *self,
				      struct changes *const *lists,
				      size_t nlists)
{
	return (struct d1_write){
		.source = self->source,
		.client = self->side->client,
		.database_id = self->side->remote_id,
		.lists = lists,
		.nlists = nlists,
		.fire_triggers = self->manner.fire_triggers,
		.can_import =
			!self->manner.no_import &&
			workspace_account(self->workspace, self->side->client),
		.max_body = self->manner.max_body,
		.in_parts = self->manner.in_parts,
		.part = note_parts,
		.context = self,
	};
}

int application_estimate(struct application *self, struct d1_cost *cost,
			 struct err *err)
{
	struct changes *const lists[] = { self->changes, self->effects };
	const struct d1_write write =
		describe_write(self, lists, ARRAY_SIZE(lists));

	return d1_estimate(cost, &write, err);
}

int application_rehearse(struct application *self, struct err *err)
{
	struct changes *const lists[] = { self->changes, self->effects };
	struct d1_cost cost;

	if (self->target ||
	    consent_rows(&self->consent, lists, ARRAY_SIZE(lists), self->source,
			 err) < 0)
		return err->code;
	return application_estimate(self, &cost, err);
}

static int write_remote(struct application *self, struct err *err)
{
	struct changes *const lists[] = { self->changes, self->effects };
	const struct d1_write write =
		describe_write(self, lists, ARRAY_SIZE(lists));
	const struct d1_written *written = &self->written;
	int code = d1_write(&self->written, &write, err);

	self->fired = written->fired;
	self->fired_exact = written->fired_exact;
	if (code == 0)
		return 0;
	if (written->parts == 0 && written->fate == D1_NOT_DONE)
		forget_entry(self);
	else if (written->way == DELIVERED_IN_PARTS && written->fate != D1_DONE)
		end_in_the_middle(self, err);
	return err->code;
}

/* Rows that are not as they were written were written by somebody else, too. */
static int check_written(const struct application *self, struct err *err)
{
	const struct d1_written *written = &self->written;

	if (written->different == 0 || self->manner.fire_triggers)
		return 0;
	return err_set(err, D1_EUNPLANNED,
		       "written, but %llu row%s of %s changed since: %s",
		       (unsigned long long)written->different,
		       written->different == 1 ? "" : "s", self->side->label,
		       written->differences.data ? written->differences.data
						 : "");
}

int application_write(struct application *self, struct err *err)
{
	struct changes *const lists[] = { self->changes, self->effects };

	if (!self->target &&
	    consent_rows(&self->consent, lists, ARRAY_SIZE(lists), self->source,
			 err) < 0)
		return err->code;
	if (write_journal(self, err) < 0 ||
	    (self->target ? write_file(self, err) : write_remote(self, err)) <
		    0)
		return err->code;
	if (journal_resolve(self->journal, self->id, JOURNAL_DONE, err) < 0)
		return err->code;
	backup_prune(self->journal, self->keep);
	return check_written(self, err);
}
