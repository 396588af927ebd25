#include "config.h"

#include "cmd/deploying.h"

#include <stdio.h>
#include <string.h>

#include "workspace/rewinding.h"
#include "workspace/spool.h"

static const char command_name[] = "git d1 deploy --undo-on-failure";

/* ---- rows ---- */

/* Takes what the journal's entry is about back. */
static int undo_rows(struct application *back, struct journal *journal,
		     const struct journal_entry *entry, struct err *err)
{
	struct stream *patch;

	if (application_begin(back, err) < 0 ||
	    journal_read(journal, entry, &patch, err) < 0 ||
	    application_match(back, patch, err) < 0)
		return err->code;
	return application_is_empty(back) ? 0 : application_write(back, err);
}

static int undo_entry(struct deployment *self, struct journal *journal,
		      const struct journal_entry *entry, struct err *err)
{
	char name[sizeof("the undo of ") + JOURNAL_ID_SIZE];
	struct application back = { .workspace = self->workspace,
				    .side = &self->checking.view.side,
				    .command = command_name,
				    .undoes = entry->id,
				    .patch_name = name,
				    .is_own = true,
				    .whole = true,
				    .consented = true,
				    .consent = { .no_limit = true } };

	snprintf(name, sizeof(name), "the undo of %s", entry->id);
	(void)!undo_rows(&back, journal, entry, err);
	self->back_is_unknown =
		err->code && *back.id && back.written.fate == D1_UNKNOWN;
	if (err->code == D1_ECONFLICT) {
		struct err ignored = ERR_INIT;

		(void)!spool_show(back.listing, stderr, &ignored);
	}
	application_end(&back);
	return err->code;
}

static int take_rows_back(struct deployment *self, struct err *err)
{
	const struct application *application = &self->application;
	const struct journal_entry *entry = NULL;
	struct journal_entries entries;

	if (journal_list(application->journal, application->target_id, &entries,
			 err) == 0) {
		for (size_t i = 0; i < entries.count; i++)
			if (strcmp(entries.items[i].id, application->id) == 0)
				entry = &entries.items[i];
		if (entry)
			(void)!undo_entry(self, application->journal, entry,
					  err);
		else
			err_set(err, D1_ENOTFOUND,
				"the journal has no entry '%s'",
				application->id);
	}
	journal_entries_release(&entries);
	return err->code;
}

/* ---- migrations, and rows with them ---- */

static int rewind_all(struct deployment *self, struct err *err)
{
	const struct backup *backup = &self->migrating.backup;
	struct rewinding rewinding = { .workspace = self->workspace,
				       .command = command_name,
				       .database =
					       self->checking.view.side.label,
				       .point = backup->bookmark,
				       .expected = self->left_at,
				       .deploys = true,
				       .consented = true,
				       .out = stderr };

	if (!self->left_at)
		return err_set(err, D1_ECONFLICT,
			       "it is not known who wrote last");
	(void)!rewinding_run(&rewinding, err);
	self->back_is_unknown = rewinding.unknown;
	if (err->code ||
	    journal_resolve(backup->journal, backup->id, JOURNAL_UNDONE, err) <
		    0 ||
	    !self->wrote_rows)
		return err->code;
	return journal_resolve(backup->journal, self->application.id,
			       JOURNAL_UNDONE, err);
}

int deploying_take_back(struct deployment *self, struct err *err)
{
	if (self->is_unknown)
		return err_set(err, D1_ERROR,
			       "it is not known what was written");
	if ((self->migrating.written ? rewind_all(self, err)
				     : take_rows_back(self, err)) == 0)
		self->taken_back = true;
	return err->code;
}
