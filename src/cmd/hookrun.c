#include "config.h"

#include "cmd/hookrun.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "git/tree.h"
#include "util/file.h"
#include "util/path.h"
#include "util/quote.h"
#include "workspace/report.h"
#include "workspace/sidefolder.h"

enum {
	PAUSE = 20 * 1000 * 1000, /* nanoseconds between looks at the lock */
	PAUSES = 500,		  /* ten seconds */
	MAX_LINE = 1 << 16,
};

bool hook_run_has_project(const struct hook_run *run)
{
	return run->workspace.has_project;
}

int hook_run_each_local(struct hook_run *run, hook_local_fn *use, void *context,
			size_t *there, struct err *err)
{
	struct project *project = &run->workspace.project;

	*there = 0;
	for (size_t i = 0; hook_run_has_project(run) && i < project->count;
	     i++) {
		const struct database *database;

		if (project_at(&database, project, i, err) < 0)
			return err->code;
		if (!database || !file_exists(database->local_path))
			continue;
		(*there)++;
		if (use(run, database, context, err) < 0)
			return err->code;
	}
	return 0;
}

const char *hook_run_restore(struct hook_run *run,
			     const struct database *database)
{
	const char *local =
		database ? arena_format(&run->arena, "%s/local", database->name)
			 : "";
	const char *command = NULL;
	struct buf line;

	buf_init(&line, MAX_LINE);
	buf_add_string(&line, "git d1 restore");
	if (local && *local && run->workspace.project.count > 1) {
		buf_add_string(&line, " --to ");
		quote_add_shell(&line, local);
	}
	if (local && !line.failed)
		command = arena_string(&run->arena, line.data);
	buf_release(&line);
	return command;
}

int hook_run_migrations(struct hook_run *run, const char **dir,
			const struct database *database, struct err *err)
{
	const char *top = run->workspace.project.options.worktree;
	const char *path = database->migrations_dir;

	*dir = NULL;
	if (!top || !path_is_inside(top, path) || !path[strlen(top)])
		return 0;
	*dir = arena_string(&run->arena, path + strlen(top) + 1);
	return *dir ? 0 : err_set_nomem(err);
}

static int add_path(struct hook_run *run, const char *path, struct err *err)
{
	for (size_t i = 0; i < run->npaths; i++)
		if (strcmp(run->paths[i], path) == 0)
			return 0;
	if (!path)
		return err_set_nomem(err);
	run->paths[run->npaths++] = path;
	return 0;
}

static int find_paths(struct hook_run *run, struct err *err)
{
	const struct project *project = &run->workspace.project;
	const struct d1config *settings;
	size_t count = hook_run_has_project(run) ? project->count : 0;
	char *folder;

	if (workspace_settings(&run->workspace, &settings, err) < 0)
		return err->code;
	folder = side_folder_in_tree(settings, ".");
	run->folder = folder ? arena_string(&run->arena, folder) : NULL;
	free(folder);
	run->paths = arena_array(&run->arena, count + 2, sizeof(*run->paths));
	if (!run->folder || !run->paths)
		return err_set_nomem(err);
	if (add_path(run, run->folder, err) < 0 ||
	    add_path(run, ".d1config", err) < 0)
		return err->code;
	for (size_t i = 0; i < count; i++) {
		const char *dir;

		if (hook_run_migrations(run, &dir, &project->databases[i],
					err) < 0 ||
		    (dir && add_path(run, dir, err) < 0))
			return err->code;
	}
	return 0;
}

int hook_run_open(struct hook_run *run, struct err *err)
{
	if (workspace_repository(&run->workspace, &run->repository, err) < 0)
		return err->code;
	if (workspace_project(&run->workspace, err) == D1_ENOTFOUND)
		err_clear(err);
	return err->code ? err->code : find_paths(run, err);
}

/* The file stays: one that is removed could be locked by two. */
static int open_lock(struct hook_run *run, struct err *err)
{
	const char *dir =
		arena_format(&run->arena, "%s/d1", run->repository->common_dir);
	const char *path =
		dir ? arena_format(&run->arena, "%s/hooks.lock", dir) : NULL;

	if (!path)
		return err_set_nomem(err);
	if (mkdir(dir, 0777) < 0 && errno != EEXIST)
		return err_set_errno(err, "cannot make '%s'", dir);
	run->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
	if (run->lock < 0)
		return err_set_errno(err, "cannot open '%s'", path);
	return 0;
}

int hook_run_lock(struct hook_run *run, struct err *err)
{
	const struct timespec pause = { .tv_nsec = PAUSE };

	if (open_lock(run, err) < 0)
		return err->code;
	for (int i = 0; i < PAUSES; i++) {
		if (flock(run->lock, LOCK_EX | LOCK_NB) == 0)
			return 0;
		nanosleep(&pause, NULL);
	}
	return err_set(err, D1_ERROR,
		       "another hook of this repository is still at work");
}

void hook_run_end(struct hook_run *run)
{
	if (run->lock >= 0)
		close(run->lock);
	arena_release(&run->arena);
	workspace_release(&run->workspace);
}

int hook_run_any(struct hook_run *run, const char *id, bool *any,
		 struct err *err)
{
	char found[OBJECT_ID_SIZE];

	*any = false;
	for (size_t i = 0; i < run->npaths && !*any; i++) {
		if (commit_path_id(run->repository, found, id, run->paths[i],
				   err) < 0)
			return err->code;
		*any = *found != '\0';
	}
	return 0;
}

int hook_run_same(struct hook_run *run, const char *one, const char *other,
		  bool *same, struct err *err)
{
	char ids[2][OBJECT_ID_SIZE];

	*same = true;
	for (size_t i = 0; i < run->npaths && *same; i++) {
		if (commit_path_id(run->repository, ids[0], one, run->paths[i],
				   err) < 0 ||
		    commit_path_id(run->repository, ids[1], other,
				   run->paths[i], err) < 0)
			return err->code;
		*same = strcmp(ids[0], ids[1]) == 0;
	}
	return 0;
}

/* ---- snapshots ---- */

/* The folders of a tree while they are listed. */
struct listing {
	struct hook_run *run;
	struct hook_names *names;
	struct filetree *tree;
	size_t cap;
	bool has_files; /* the folder that is looked at */
};

static int find_files(void *context, const struct filetree_entry *entry,
		      struct err *err)
{
	struct listing *listing = context;

	(void)err;
	if (strcmp(entry->name, "schema.sql") == 0 ||
	    (strcmp(entry->name, "data") == 0 &&
	     entry->kind == FILETREE_FOLDER))
		listing->has_files = true;
	return 0;
}

static int add_folder(void *context, const struct filetree_entry *entry,
		      struct err *err)
{
	struct listing *listing = context;
	struct hook_names *names = listing->names;
	struct arena *arena = &listing->run->arena;

	listing->has_files = false;
	if (entry->kind != FILETREE_FOLDER ||
	    filetree_list(listing->tree, entry->name, find_files, listing,
			  err) < 0 ||
	    !listing->has_files)
		return err->code;
	if (names->count == listing->cap) {
		size_t cap = listing->cap ? listing->cap * 2 : 8;
		const char **list = arena_array(arena, cap, sizeof(*list));

		if (!list)
			return err_set_nomem(err);
		if (names->count > 0)
			memcpy(list, names->list, names->count * sizeof(*list));
		names->list = list;
		listing->cap = cap;
	}
	names->list[names->count] = arena_string(arena, entry->name);
	return names->list[names->count++] ? 0 : err_set_nomem(err);
}

int hook_run_snapshots(struct hook_run *run, struct hook_names *names,
		       struct filetree *tree, struct err *err)
{
	struct listing listing = { .run = run, .names = names, .tree = tree };

	*names = (struct hook_names){ .count = 0 };
	return filetree_list(tree, "", add_folder, &listing, err);
}

/* ---- what git is told, and tells ---- */

void hook_run_block(struct hook_run *run, const struct err *problem)
{
	report_error(problem);
	run->blocked = true;
}

int hook_read_input(struct buf *input, struct err *err)
{
	char block[16384];
	ssize_t got;

	do {
		got = read(STDIN_FILENO, block, sizeof(block));
		if (got > 0)
			buf_add(input, block, (size_t)got);
	} while (got > 0 || (got < 0 && errno == EINTR));
	if (got < 0)
		return err_set_errno(err, "cannot read standard input");
	return buf_check(input, "standard input", err);
}
