#include "config.h"

#include "hooks/place.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "hooks/manager.h"
#include "util/child.h"
#include "util/file.h"
#include "util/path.h"

enum {
	GIT_TIMEOUT = 10000, /* milliseconds */
	MAX_ANSWER = 1 << 20,
	/* the first git that runs commands of its configuration: 2.54 */
	MAJOR = 2,
	MINOR = 54,
};

int hook_place_run(const struct hook_place *place, const char *const *argv,
		   struct buf *output, int *status, struct err *err)
{
	static const char *const environment[] = { "LC_ALL=C", NULL };
	struct buf errors, dropped;
	struct child child = { .argv = argv,
			       .dir = place->run_dir,
			       .environment = environment,
			       .output = output ? output : &dropped,
			       .errors = &errors,
			       .timeout = GIT_TIMEOUT };
	struct child_result result = { .status = -1 };

	buf_init(&errors, MAX_ANSWER);
	buf_init(&dropped, MAX_ANSWER);
	(void)!child_run(&child, &result, err);
	*status = result.status;
	if (!err->code && result.status != 0 && errors.len > 0)
		err_set(err, D1_ERROR, "git %s failed: %s", argv[1],
			errors.data);
	buf_release(&errors);
	buf_release(&dropped);
	return err->code;
}

/* ---- finding ---- */

/* "git version 2.39.5 (Apple Git-154)", "git version 2.54.0.windows.1" */
static int ask_version(struct hook_place *place, struct err *err)
{
	static const char *const argv[] = { "git", "version", NULL };
	static const char head[] = "git version ";
	struct buf output;
	int status;

	buf_init(&output, MAX_ANSWER);
	if (hook_place_run(place, argv, &output, &status, err) == 0 &&
	    status == 0 && output.len > strlen(head)) {
		char *end;
		long major = strtol(output.data + strlen(head), &end, 10);
		long minor = *end == '.' ? strtol(end + 1, NULL, 10) : 0;

		place->has_commands =
			major > MAJOR || (major == MAJOR && minor >= MINOR);
	}
	buf_release(&output);
	return err->code;
}

/* The answer is "scope NUL origin NUL value NUL". */
static int ask_setting(struct hook_place *place, struct err *err)
{
	static const char *const argv[] = { "git",
					    "config",
					    "--null",
					    "--show-scope",
					    "--show-origin",
					    "--type=path",
					    "core.hooksPath",
					    NULL };
	char **const fields[] = { &place->scope, &place->origin,
				  &place->setting };
	struct buf output;
	int status;

	buf_init(&output, MAX_ANSWER);
	if (hook_place_run(place, argv, &output, &status, err) == 0 &&
	    status == 0) {
		const char *at = output.data;
		const char *end = at + output.len;

		for (size_t i = 0; i < 3 && at < end; i++) {
			*fields[i] = strdup(at);
			if (!*fields[i])
				err_set_nomem(err);
			at += strlen(at) + 1;
		}
	}
	buf_release(&output);
	return err->code;
}

/*
 * As `git rev-parse --git-path hooks` says it, but with symbolic links to be
 * seen. Of an empty path git makes that of the root folder.
 */
static int find_folder(struct hook_place *place, struct err *err)
{
	const char *setting = place->setting;

	if (!setting)
		place->dir = strdup(place->default_dir);
	else
		place->dir =
			path_resolve(place->run_dir, *setting ? setting : "/");
	return place->dir ? 0 : err_set_nomem(err);
}

static int copy_where(struct hook_place *place,
		      const struct repository *repository, struct err *err)
{
	const char *top = repository->worktree;

	place->is_linked =
		strcmp(repository->git_dir, repository->common_dir) != 0;
	place->common_dir = strdup(repository->common_dir);
	place->default_dir = path_resolve(repository->common_dir, "hooks");
	place->worktree = top ? strdup(top) : NULL;
	place->run_dir = strdup(top ? top : repository->git_dir);
	if (!place->common_dir || !place->default_dir || !place->run_dir ||
	    (top && !place->worktree))
		return err_set_nomem(err);
	return 0;
}

int hook_place_find(struct hook_place *place, const char *dir, struct err *err)
{
	struct repository repository = REPOSITORY_INIT;

	*place = (struct hook_place)HOOK_PLACE_INIT;
	if (repository_open(&repository, dir, err) == 0 &&
	    copy_where(place, &repository, err) == 0 &&
	    ask_version(place, err) == 0 && ask_setting(place, err) == 0)
		(void)!find_folder(place, err);
	repository_close(&repository);
	return err->code;
}

void hook_place_release(struct hook_place *place)
{
	free(place->dir);
	free(place->default_dir);
	free(place->worktree);
	free(place->common_dir);
	free(place->run_dir);
	free(place->setting);
	free(place->scope);
	free(place->origin);
	*place = (struct hook_place)HOOK_PLACE_INIT;
}

/* ---- whose it is ---- */

static bool is_link(const char *path)
{
	struct stat info;

	return lstat(path, &info) == 0 && S_ISLNK(info.st_mode);
}

static bool is_between(const char *dir, const char *top, const char *common)
{
	return path_is_inside(top, dir) && !path_is_inside(common, dir);
}

/*
 * A tool makes its own anew each time it is installed. A symbolic link on the
 * way is of the worktree, too, wherever it leads.
 */
bool hook_place_is_tracked(const struct hook_place *place)
{
	char *real = realpath(place->dir, NULL);
	char *top = place->worktree ? realpath(place->worktree, NULL) : NULL;
	char *common = realpath(place->common_dir, NULL);
	bool inside =
		top && common &&
		(is_between(place->dir, place->worktree, place->common_dir) ||
		 is_between(real ? real : place->dir, top, common));

	free(real);
	free(top);
	free(common);
	return inside;
}

static bool is_own_setting(const struct hook_place *place)
{
	return strcmp(place->scope, "local") == 0 ||
	       strcmp(place->scope, "worktree") == 0;
}

static int refuse_worktree(const struct hook_place *place, struct err *err)
{
	err_set(err, D1_EREFUSED,
		"the hooks are in '%s', inside the worktree: they are tracked, "
		"or belong to another tool; nothing was written",
		place->dir);
	for (int i = 0; i < HOOK_MANAGERS; i++)
		if (hook_manager_file((enum hook_manager)i, place->worktree))
			return err_hint(err,
					"%s is used here; the lines for it: "
					"git d1 hooks print",
					hook_manager_name(
						(enum hook_manager)i));
	return err_hint(err,
			"the line to add to a hook there: git d1 hook EVENT "
			"\"$@\" (git d1 hooks print)");
}

int hook_place_check(const struct hook_place *place, bool shared_ok,
		     struct err *err)
{
	if (hook_place_is_tracked(place))
		return refuse_worktree(place, err);
	if (is_link(place->dir)) {
		err_set(err, D1_EREFUSED,
			"'%s' is a symbolic link; nothing was written",
			place->dir);
		return err_hint(err, "what to write by hand: git d1 hooks "
				     "install --manual");
	}
	if (!place->setting)
		return 0;
	if (!*place->setting) {
		err_set(err, D1_EREFUSED,
			"core.hooksPath (%s) is empty: git runs no hooks",
			place->origin);
		return err_hint(err, "git config --unset core.hooksPath");
	}
	if (!is_own_setting(place) && !shared_ok) {
		err_set(err, D1_EREFUSED,
			"core.hooksPath is '%s' for all repositories (%s "
			"setting in %s); nothing was written",
			place->setting, place->scope, place->origin);
		return err_hint(err,
				"to install for all of them: git d1 hooks "
				"install --global-ok\n"
				"what to write by hand: git d1 hooks install "
				"--manual");
	}
	if (!directory_exists(place->dir)) {
		err_set(err, D1_EREFUSED,
			"core.hooksPath (%s) names '%s', which is not there: "
			"git runs no hooks at all",
			place->origin, place->dir);
		return err_hint(err, "make the folder, or: git config --unset "
				     "core.hooksPath");
	}
	return 0;
}
