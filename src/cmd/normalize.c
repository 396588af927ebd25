#include "config.h"

#include "cmd/normalize.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "apply/snapshot_order.h"
#include "render/name.h"
#include "util/buf.h"
#include "workspace/problems.h"
#include "workspace/snapshots.h"

enum { MAX_TEXT = 1 << 16 };

/* One snapshot. */
struct normalizing {
	const char *shown; /* its folder from the top of the worktree */
	struct buf place;  /* the same before a path */
	uint64_t changed;  /* files */
	bool quiet;
};

static void show_file(void *context, const struct ordered_file *file)
{
	struct normalizing *self = context;
	struct buf path, line;

	self->changed++;
	if (self->quiet)
		return;
	buf_init(&path, MAX_TEXT);
	buf_init(&line, (size_t)4 * MAX_TEXT);
	buf_add_format(&path, "%s%s", self->place.data, file->path);
	name_add_text(&line, path.data ? path.data : file->path);
	printf("M\t%s", line.data ? line.data : "");
	if (file->dropped > 0)
		printf(" (%" PRIu64 " repeated row%s dropped)", file->dropped,
		       file->dropped == 1 ? "" : "s");
	putchar('\n');
	buf_release(&path);
	buf_release(&line);
}

static void show_problem(void *context, const struct problem *problem)
{
	const struct normalizing *self = context;

	problems_print(self->place.data, problem);
}

static void sum_up(const struct normalizing *self, uint64_t problems)
{
	if (self->quiet)
		return;
	if (problems > 0)
		problems_sum_up(self->shown, problems);
	else if (self->changed > 0)
		printf("%s: %" PRIu64 " file%s put in order\n", self->shown,
		       self->changed, self->changed == 1 ? "" : "s");
	else
		printf("%s is in order\n", self->shown);
}

static int order(struct normalizing *self, struct filetree *tree,
		 struct filesink *sink, bool *left, struct err *err)
{
	const struct snapshot_ordering ordering = { .tree = tree,
						    .sink = sink,
						    .wrote = show_file,
						    .tell = show_problem,
						    .context = self };
	uint64_t problems;

	if (snapshot_order(&ordering, &problems, err) < 0)
		return err_context(err, "%s", self->shown);
	if (filesink_publish(sink, err) < 0)
		return err->code;
	sum_up(self, problems);
	*left = *left || problems > 0;
	return 0;
}

static int normalize_files(struct workspace *workspace, const char *folder,
			   bool quiet, bool *left, struct err *err)
{
	struct normalizing self = { .quiet = quiet };
	struct filetree *tree = NULL;
	struct filesink *sink = NULL;

	self.shown = snapshots_shown_path(workspace, folder);
	buf_init(&self.place, MAX_TEXT);
	buf_add_format(&self.place, "%s/", self.shown);
	if (buf_check(&self.place, "a path", err) == 0 &&
	    directory_open(&tree, folder, err) == 0 &&
	    directory_sink_open(&sink, folder, false, err) == 0)
		(void)!order(&self, tree, sink, left, err);
	filesink_close(sink);
	filetree_close(tree);
	buf_release(&self.place);
	return err->code;
}

/* One database of several may have no snapshot. */
int normalize_run(struct workspace *workspace, bool quiet, bool *left,
		  struct err *err)
{
	const struct project *project = &workspace->project;
	size_t found = 0;

	if (workspace_project(workspace, err) < 0)
		return err->code;
	for (size_t i = 0; i < project->count && !err->code; i++) {
		char *folder;

		if (project_snapshot_dir(&folder, project,
					 &project->databases[i], err) < 0)
			return err->code;
		if (normalize_files(workspace, folder, quiet, left, err) == 0)
			found++;
		else if (err->code == D1_ENOTFOUND)
			err_clear(err);
		free(folder);
	}
	if (!err->code && found == 0) {
		err_set(err, D1_ENOTFOUND, "the worktree holds no snapshot");
		err_hint(err, "write it with: git d1 snapshot");
	}
	return err->code;
}
