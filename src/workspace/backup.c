#include "config.h"

#include "workspace/backup.h"

#include <stdlib.h>
#include <time.h>

#include "apply/filecopy.h"
#include "apply/replay.h"
#include "render/render.h"
#include "workspace/pending.h"
#include "workspace/report.h"

enum { UNDO_KEEP = 30, MAX_UNDO_KEEP = 1000000, SECONDS_PER_DAY = 86400 };

int backup_read_keep(struct workspace *workspace, int64_t *keep,
		     struct err *err)
{
	int64_t days = UNDO_KEEP;

	if (workspace_git(workspace, err) < 0 ||
	    git_config_integer(&workspace->git, "d1.undoKeep", &days, err) < 0)
		return err->code;
	if (days < 0 || days > MAX_UNDO_KEEP)
		return err_set(err, D1_ERROR,
			       "d1.undoKeep is no number of days");
	*keep = days * SECONDS_PER_DAY;
	return 0;
}

void backup_prune(struct journal *journal, int64_t keep)
{
	struct err err = ERR_INIT;

	if (journal_prune(journal, (int64_t)time(NULL) - keep, &err) < 0)
		report_warning_err(&err);
}

int backup_copy_file(struct journal *journal, const char *path, struct err *err)
{
	char *copy;

	if (journal_begin_copy(journal, &copy, err) < 0)
		return err->code;
	if (file_copy_database(path, copy, err) < 0)
		err_context(err, "a copy of the database for the journal");
	free(copy);
	return err->code;
}

static int resolve_pending(struct backup *backup, struct source *source,
			   struct err *err)
{
	static const struct option_words all = { .count = 0 };
	struct table_choice choice = { .named = &all,
				       .database = backup->side->name };

	if (workspace_settings(backup->workspace, &choice.config, err) == 0)
		(void)!pending_resolve(backup->journal, backup->target, source,
				       &choice, err);
	table_choice_release(&choice);
	return err->code;
}

int backup_open(struct backup *backup, struct source *source, struct err *err)
{
	if (backup_read_keep(backup->workspace, &backup->keep, err) < 0 ||
	    workspace_journal(backup->workspace, &backup->journal, err) < 0 ||
	    side_target(&backup->target, backup->side, err) < 0)
		return err->code;
	return source ? resolve_pending(backup, source, err) : 0;
}

void backup_close(struct backup *backup)
{
	journal_close(backup->journal);
	free(backup->target);
	free(backup->bookmark);
}

static int read_bookmark(struct backup *backup, struct err *err)
{
	const struct side *side = backup->side;

	if (d1_bookmark(&backup->bookmark, side->client, side->remote_id, err) <
		    0 &&
	    err->code == D1_ENOTFOUND) {
		err_clear(err);
		err_set(err, D1_EREFUSED,
			"%s has no Time Travel: this could not be taken back",
			side->label);
	}
	return err->code;
}

static int begin(struct backup *backup, enum journal_way_back way, FILE **patch,
		 struct err *err)
{
	const struct journal_note note = { .command = backup->command,
					   .target = backup->target,
					   .name = backup->side->label,
					   .bookmark = backup->bookmark,
					   .way_back = way };

	return journal_begin(backup->journal, &note, patch, err);
}

int backup_take(struct backup *backup, const char *path, struct err *err)
{
	enum journal_way_back way = path ? JOURNAL_COPY : JOURNAL_BOOKMARK;
	FILE *patch;

	if (*backup->id || (!path && read_bookmark(backup, err) < 0))
		return err->code;
	if (begin(backup, way, &patch, err) < 0 ||
	    (path && backup_copy_file(backup->journal, path, err) < 0))
		return err->code;
	return journal_keep(backup->journal, backup->id, err);
}

int backup_write_patch(const struct side *side, struct changes *const *lists,
		       size_t nlists, unsigned flags, FILE *out,
		       struct err *err)
{
	const struct render_options options = {
		.out = out,
		.database = side->name,
		.labels = { side->label, side->label },
		.colors = { "", "", "", "", "", "", "", "" },
		.context = 3,
	};
	struct renderer *review = NULL;

	if (review_open(&review, &options, err) < 0)
		return err->code;
	(void)!changes_replay(lists, nlists, REPLAY_WRITTEN | flags,
			      &review->sink, err);
	review->free(review);
	return err->code;
}

int backup_take_rows(struct backup *backup, struct changes *changes,
		     struct err *err)
{
	FILE *patch;

	if (*backup->id)
		return 0;
	if (begin(backup, JOURNAL_PATCH, &patch, err) < 0 ||
	    backup_write_patch(backup->side, &changes, 1, REPLAY_INVERSE, patch,
			       err) < 0)
		return err->code;
	return journal_keep(backup->journal, backup->id, err);
}

int backup_settle(struct backup *backup, bool written, struct err *err)
{
	if (!*backup->id)
		return 0;
	if (!written)
		return journal_forget(backup->journal, backup->id, err);
	if (journal_resolve(backup->journal, backup->id, JOURNAL_DONE, err) < 0)
		return err->code;
	backup_prune(backup->journal, backup->keep);
	return 0;
}
