#include "config.h"

#include "cmd/hooksnapshot.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/overwriting.h"
#include "cmd/snapshotfiles.h"
#include "util/file.h"
#include "util/path.h"
#include "workspace/report.h"
#include "workspace/snapshots.h"

enum { MAX_OUTPUT = 1 << 20 };

/* The snapshot of one database. */
struct refresh {
	struct hook_run *run;
	const struct database *database;
	char *folder;	   /* absolute */
	const char *shown; /* from the top of the worktree */
};

/*
 * `git commit -- PATH` commits another index than the one that stays: git calls
 * it next-index-<pid>.lock. That of `commit -a` is called index.lock.
 */
static bool is_partial(void)
{
	const char *index = getenv("GIT_INDEX_FILE");

	return index && strncmp(path_basename(index), "next-index-", 11) == 0;
}

static void skip(const struct refresh *self, const char *why)
{
	report_warning("%s is committed as it is, without what is new in the "
		       "local database: %s",
		       self->shown, why);
}

/* Takes the snapshot, or finds out with `check` whether it would change. */
static int take(struct refresh *self, bool check, bool *changed,
		struct err *err)
{
	const struct snapshot_taking options = { .quiet = true,
						 .check = check };
	struct side side = { .endpoint = { .kind = ENDPOINT_LOCAL },
			     .database = self->database };

	*changed = false;
	if (asprintf(&side.label, "%s/local", self->database->name) < 0) {
		side.label = NULL;
		return err_set_nomem(err);
	}
	(void)!snapshot_files_take(&self->run->workspace, &side, &options,
				   changed, err);
	side_release(&side);
	return err->code;
}

/* ---- whether it may be ---- */

struct walk {
	struct overwriting *overwriting;
	const char *below;
};

static int note_file(void *context, const struct filetree_entry *entry,
		     struct err *err)
{
	struct walk *walk = context;
	char *path = NULL;

	if (entry->kind == FILETREE_FOLDER)
		return 0;
	if (asprintf(&path, "%s%s", walk->below, entry->name) < 0)
		return err_set_nomem(err);
	overwriting_note(walk->overwriting, path);
	free(path);
	return 0;
}

static int note_files(struct overwriting *overwriting, struct err *err)
{
	static const char *const folders[] = { "", "data" };
	static const char *const below[] = { "", "data/" };

	for (int i = 0; i < 2; i++) {
		struct walk walk = { overwriting, below[i] };

		if (filetree_list(overwriting->files, folders[i], note_file,
				  &walk, err) < 0 ||
		    filetree_list(overwriting->record, folders[i], note_file,
				  &walk, err) < 0)
			return err->code;
	}
	return 0;
}

/*
 * The files in the worktree must be what the local database was made of: a
 * snapshot then changes in them what was changed in the database, no more. Or
 * they are what it holds, wherever they came from.
 */
static int check_record(struct refresh *self, bool *fine, struct err *err)
{
	struct overwriting overwriting;
	struct filetree *files = NULL;

	*fine = true;
	if (directory_open(&files, self->folder, err) == D1_ENOTFOUND) {
		err_clear(err); /* the first snapshot */
		return 0;
	}
	if (err->code)
		return err->code;
	overwriting_begin(&overwriting, &self->run->workspace, files,
			  self->database->local_path);
	if (!overwriting.record)
		*fine = false;
	else if (note_files(&overwriting, err) == 0)
		*fine = overwriting.count == 0;
	overwriting_release(&overwriting);
	filetree_close(files);
	return err->code;
}

/* Runs `git diff --quiet`, for the index (against HEAD) or the worktree. */
static int differs(struct refresh *self, bool staged, bool *result,
		   struct err *err)
{
	const char *const argv[] = {
		"git",	   "diff",
		"--quiet", staged ? "--cached" : "--no-ext-diff",
		"--",	   self->shown,
		NULL
	};
	struct child_result ended = { .status = -1 };
	struct child child = { .argv = argv };
	struct buf output;

	buf_init(&output, MAX_OUTPUT);
	repository_prepare(self->run->repository, &child);
	child.output = &output;
	child.dir = self->run->repository->worktree;
	if (child_run(&child, &ended, err) == 0 && ended.status > 1)
		err_set(err, D1_ERROR, "git diff failed");
	*result = ended.status == 1;
	buf_release(&output);
	return err->code;
}

static int may_be_done(struct refresh *self, bool *may, struct err *err)
{
	bool of_record, unstaged, staged, changed;

	*may = false;
	if (check_record(self, &of_record, err) < 0 ||
	    (!of_record && take(self, true, &changed, err) < 0))
		return err->code;
	if (!of_record && changed) {
		skip(self, "its files hold rows that this database never had; "
			   "git d1 restore brings them into it");
		return 0;
	}
	if (differs(self, false, &unstaged, err) < 0 ||
	    differs(self, true, &staged, err) < 0)
		return err->code;
	*may = !(staged && unstaged);
	if (!*may)
		skip(self, "other changes of it are staged than the worktree "
			   "has");
	return 0;
}

/* ---- doing it ---- */

static int stage(const struct refresh *self, struct err *err)
{
	const char *const argv[] = { "git", "add",	 "--all",
				     "--",  self->shown, NULL };
	struct child_result ended = { .status = -1 };
	struct child child = { .argv = argv };
	struct buf errors;

	buf_init(&errors, MAX_OUTPUT);
	repository_prepare(self->run->repository, &child);
	child.errors = &errors;
	child.dir = self->run->repository->worktree;
	if (child_run(&child, &ended, err) == 0 && ended.status != 0)
		err_set(err, D1_ERROR, "git add %s: %s", self->shown,
			errors.data ? errors.data : "it does not say why");
	buf_release(&errors);
	return err->code;
}

static int take_and_stage(struct refresh *self, struct err *err)
{
	bool changed;

	if (take(self, false, &changed, err) == 0 &&
	    directory_exists(self->folder) && stage(self, err) == 0 && changed)
		report_hint("the snapshot in %s was brought up to date, and "
			    "is committed",
			    self->shown);
	return err->code;
}

/* Where there is nothing new nothing is left out. */
static int refuse_partial(struct refresh *self, struct err *err)
{
	bool changed;

	if (take(self, true, &changed, err) == 0 && changed)
		skip(self, "only the paths that were named are committed");
	return err->code;
}

static int refresh(struct hook_run *run, const struct database *database,
		   void *context, struct err *err)
{
	struct refresh self = { .run = run, .database = database };
	bool may;

	(void)context;
	if (project_snapshot_dir(&self.folder, &run->workspace.project,
				 database, err) < 0)
		return err->code;
	self.shown = snapshots_shown_path(&run->workspace, self.folder);
	if (is_partial())
		(void)!refuse_partial(&self, err);
	else if (may_be_done(&self, &may, err) == 0 && may)
		(void)!take_and_stage(&self, err);
	free(self.folder);
	return err->code;
}

static bool tracks_any(const struct project *project)
{
	for (size_t i = 0; i < project->d1config.table_count; i++)
		if (project->d1config.table_sections[i].has_track &&
		    project->d1config.table_sections[i].track)
			return true;
	return false;
}

int hook_snapshot_refresh(struct hook_run *run, struct err *err)
{
	struct project *project = &run->workspace.project;
	size_t there;

	if (!hook_run_has_project(run) || !run->repository->worktree ||
	    !tracks_any(project))
		return 0;
	if (hook_run_lock(run, err) < 0)
		return err->code;
	return hook_run_each_local(run, refresh, NULL, &there, err);
}
