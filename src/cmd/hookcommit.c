#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/hookrun.h"
#include "cmd/hooksnapshot.h"
#include "git/tree.h"
#include "workspace/problems.h"
#include "workspace/report.h"
#include "workspace/sidecheck.h"

enum { SHOWN = 5, MAX_LINE = 1 << 16, MAX_PROBLEMS = 1 << 24 };

/* The snapshot of one database, as it is about to be committed. */
struct staged {
	struct hook_run *run;
	const char *name;
	const char *folder;	   /* from the top */
	char head[OBJECT_ID_SIZE]; /* "": there is no commit yet */
	struct arena arena;
	const char **changed; /* files below the folder */
	size_t count, cap;
};

/* ---- what is committed ---- */

struct walk {
	struct staged *staged;
	struct filetree *tree;
	const char *below; /* "" or "data/" */
};

static int add_changed(struct staged *self, const char *path, struct err *err)
{
	if (self->count == self->cap) {
		size_t cap = self->cap ? self->cap * 2 : 16;
		const char **list =
			reallocarray(self->changed, cap, sizeof(*list));

		if (!list)
			return err_set_nomem(err);
		self->changed = list;
		self->cap = cap;
	}
	self->changed[self->count++] = path;
	return 0;
}

static int compare_file(void *context, const struct filetree_entry *entry,
			struct err *err)
{
	const struct walk *walk = context;
	struct staged *self = walk->staged;
	char *path, *full;
	char before[OBJECT_ID_SIZE] = "";

	if (entry->kind == FILETREE_FOLDER)
		return 0;
	path = arena_format(&self->arena, "%s%s", walk->below, entry->name);
	full = path ? arena_format(&self->arena, "%s/%s", self->folder, path)
		    : NULL;
	if (!full)
		return err_set_nomem(err);
	if (*self->head && commit_path_id(self->run->repository, before,
					  self->head, full, err) < 0)
		return err->code;
	if (entry->id && strcmp(entry->id, before) == 0)
		return 0;
	return add_changed(self, path, err);
}

/* Files that are gone from the index, but were in HEAD. */
static int note_gone(void *context, const struct filetree_entry *entry,
		     struct err *err)
{
	const struct walk *walk = context;
	struct stream *stream = NULL;
	struct err none = ERR_INIT;
	char *path;

	if (entry->kind == FILETREE_FOLDER)
		return 0;
	path = arena_format(&walk->staged->arena, "%s%s", walk->below,
			    entry->name);
	if (!path)
		return err_set_nomem(err);
	if (filetree_open(walk->tree, path, &stream, &none) == D1_ENOTFOUND)
		(void)!add_changed(walk->staged, path, err);
	stream_close(stream);
	return err->code;
}

static int walk_both(struct staged *self, struct filetree *index,
		     struct filetree *head, struct err *err)
{
	static const char *const folders[] = { "", "data" };
	static const char *const below[] = { "", "data/" };

	for (int i = 0; i < 2; i++) {
		struct walk walk = { self, index, below[i] };

		if (filetree_list(index, folders[i], compare_file, &walk, err) <
			    0 ||
		    (head && filetree_list(head, folders[i], note_gone, &walk,
					   err) < 0))
			return err->code;
	}
	return 0;
}

static int find_changed(struct staged *self, struct err *err)
{
	const struct repository *repository = self->run->repository;
	struct filetree *index = NULL, *head = NULL;

	if (index_tree_open(&index, repository, self->folder, err) == 0 &&
	    (!*self->head || commit_tree_open(&head, repository, self->head,
					      self->folder, err) == 0))
		(void)!walk_both(self, index, head, err);
	filetree_close(index);
	filetree_close(head);
	return err->code;
}

static bool is_changed(const struct staged *self, const char *path)
{
	for (size_t i = 0; i < self->count; i++)
		if (strcmp(self->changed[i], path) == 0)
			return true;
	return false;
}

/* ---- checking ---- */

/* Problems of a side, as lines; those of HEAD are no news. */
struct found {
	const struct staged *staged;
	const struct buf *known; /* lines that are not told again; NULL: none */
	struct buf lines;
	uint64_t count;
};

static bool is_line_of(const struct buf *lines, const char *line)
{
	const char *at = lines && lines->data ? lines->data : "";
	size_t size = strlen(line);

	while (*at) {
		size_t length = strcspn(at, "\n");

		if (length == size && memcmp(at, line, size) == 0)
			return true;
		at += length + (at[length] == '\n');
	}
	return false;
}

static void note_problem(void *context, const struct side_check *check,
			 const struct problem *problem)
{
	struct found *found = context;
	struct buf line;

	(void)check;
	buf_init(&line, MAX_LINE);
	problems_add_line(&line, "", problem);
	if (line.data && (is_changed(found->staged, problem->path) ||
			  !is_line_of(found->known, line.data))) {
		found->count++;
		buf_add_format(&found->lines, "%s\n", line.data);
	}
	buf_release(&line);
}

static int check_side(struct found *found, const char *endpoint,
		      struct err *err)
{
	const struct staged *staged = found->staged;
	struct workspace *workspace = &staged->run->workspace;
	struct side side = { .endpoint = { .kind = ENDPOINT_INDEX } };
	struct side_check check = SIDE_CHECK_INIT(workspace, &side);
	struct snapshot_findings findings;
	const char *text = arena_format(&staged->run->arena, "%s/%s",
					staged->name, endpoint);

	check.tell = note_problem;
	check.context = found;
	if (!text)
		err_set_nomem(err);
	else if (workspace_resolve(workspace, &side, text, err) == 0)
		(void)!side_check_run(&check, &findings, err);
	side_check_release(&check);
	side_release(&side);
	return err->code;
}

static void show(const struct staged *self, const struct found *found)
{
	const char *at = found->lines.data;
	struct err problem = ERR_INIT;
	struct buf line;

	for (int i = 0; i < SHOWN && at && *at; i++) {
		size_t size = strcspn(at, "\n");

		buf_init(&line, MAX_LINE);
		buf_add_format(&line, ":%s/%.*s", self->folder, (int)size, at);
		report_line(line.data ? line.data : at);
		buf_release(&line);
		at += size + (at[size] == '\n');
	}
	err_set(&problem, D1_ECONFLICT,
		"the snapshot of %s that is committed has %llu problem%s",
		self->name, (unsigned long long)found->count,
		found->count == 1 ? "" : "s");
	err_hint(&problem,
		 "all of them: git d1 fsck %s/index\n"
		 "what needs no decision is mended by: git d1 snapshot "
		 "--normalize && git add -- '%s'",
		 self->name, self->folder);
	hook_run_block(self->run, &problem);
}

/*
 * A problem in a file that stays as it is may come from another one that does
 * not, such as a row that is gone; one that HEAD has as well is no reason to
 * stop this commit.
 */
static int check_staged(struct staged *self, struct err *err)
{
	struct found now = { .staged = self }, before = { .staged = self };
	struct err unreadable = ERR_INIT;

	buf_init(&now.lines, MAX_PROBLEMS);
	buf_init(&before.lines, MAX_PROBLEMS);
	if (check_side(&now, "index", err) < 0 || now.count == 0)
		goto out;
	if (*self->head && check_side(&before, self->head, &unreadable) == 0 &&
	    before.count > 0) {
		buf_clear(&now.lines);
		now.count = 0;
		now.known = &before.lines;
		if (check_side(&now, "index", err) < 0)
			goto out;
	}
	if (now.count > 0)
		show(self, &now);
out:
	buf_release(&now.lines);
	buf_release(&before.lines);
	return err->code;
}

static int check_one(struct hook_run *run, const char *name, const char *head,
		     struct err *err)
{
	struct staged self = { .run = run, .name = name };
	char *folder = arena_format(&run->arena, "%s/%s", run->folder, name);

	if (!folder)
		return err_set_nomem(err);
	self.folder = folder;
	snprintf(self.head, sizeof(self.head), "%s", head);
	if (find_changed(&self, err) == 0 && self.count > 0)
		(void)!check_staged(&self, err);
	arena_release(&self.arena);
	free(self.changed);
	return err->code;
}

/* ---- the event ---- */

int hook_pre_commit(struct hook_run *run, struct err *err)
{
	struct hook_names names = { .count = 0 };
	struct filetree *index = NULL;
	char head[OBJECT_ID_SIZE];

	if (hook_run_open(run, err) < 0 ||
	    (run->settings.auto_snapshot &&
	     hook_snapshot_refresh(run, err) < 0) ||
	    repository_ref(run->repository, head, "HEAD", err) < 0 ||
	    index_tree_open(&index, run->repository, run->folder, err) < 0 ||
	    hook_run_snapshots(run, &names, index, err) < 0)
		goto out;
	for (size_t i = 0; i < names.count && !err->code; i++)
		(void)!check_one(run, names.list[i], head, err);
	if (run->blocked)
		report_hint("git commit --no-verify commits it all the same");
out:
	filetree_close(index);
	return err->code;
}
