#include "config.h"

#include "git/repository.h"

#include <stdlib.h>
#include <string.h>

#include <git2.h>

#include "util/child.h"

enum { GIT_TIMEOUT = 10000 }; /* milliseconds */

/* A copy without the slash that libgit2 puts at the end. */
static int copy_directory(char **copy, const char *path, struct err *err)
{
	size_t size = strlen(path);

	if (size > 1 && path[size - 1] == '/')
		size--;
	*copy = strndup(path, size);
	return *copy ? 0 : err_set_nomem(err);
}

/* Takes git's word for a repository that libgit2 cannot open. */
static int ask_git(char **top, const char *dir, struct err *err)
{
	static const char *const argv[] = { "git", "rev-parse",
					    "--show-toplevel", NULL };
	struct buf output, errors;
	struct child child = { .argv = argv,
			       .dir = dir,
			       .output = &output,
			       .errors = &errors,
			       .timeout = GIT_TIMEOUT };
	struct child_result result;

	buf_init(&output, 1 << 16);
	buf_init(&errors, 1 << 16);
	if (child_run(&child, &result, err) < 0)
		goto out;
	while (output.len && output.data[output.len - 1] == '\n')
		buf_truncate(&output, output.len - 1);
	while (errors.len && errors.data[errors.len - 1] == '\n')
		buf_truncate(&errors, errors.len - 1);
	if (result.status == 0 && output.len)
		copy_directory(top, output.data, err);
	else if (result.status != 0)
		err_set(err, D1_ERROR,
			"git cannot use the repository around "
			"'%s': %s",
			dir, errors.len ? errors.data : "");
out:
	buf_release(&output);
	buf_release(&errors);
	return err->code;
}

int repository_worktree(char **top, const char *dir, struct err *err)
{
	git_repository *repository = NULL;
	const char *workdir;
	int code;

	*top = NULL;
	if (git_libgit2_init() < 0)
		return err_set(err, D1_ERROR, "cannot start libgit2");
	if (getenv("GIT_DIR"))
		code = git_repository_open_ext(&repository, NULL,
					       GIT_REPOSITORY_OPEN_FROM_ENV,
					       NULL);
	else
		code = git_repository_open_ext(
			&repository, dir, 0, getenv("GIT_CEILING_DIRECTORIES"));
	if (code == 0) {
		workdir = git_repository_workdir(repository);
		if (workdir)
			copy_directory(top, workdir, err);
	} else if (code != GIT_ENOTFOUND) {
		ask_git(top, dir, err);
	}
	git_repository_free(repository);
	git_libgit2_shutdown();
	return err->code;
}
