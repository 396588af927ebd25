#include "config.h"

#include "git/repository.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <git2.h>

#include "git/library.h"
#include "util/path.h"

enum {
	GIT_TIMEOUT = 10000,  /* milliseconds to find a repository */
	MAX_ANSWER = 1 << 16, /* bytes */
};

/* True if the environment says where the repository, or a part of it, is. */
static bool is_overridden(void)
{
	static const char *const names[] = {
		"GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR",
		"GIT_OBJECT_DIRECTORY", "GIT_DISCOVERY_ACROSS_FILESYSTEM"
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (getenv(names[i]))
			return true;
	}
	return false;
}

/* A copy without the slash that libgit2 puts at the end; NULL stays NULL. */
static int copy_directory(char **copy, const char *path, struct err *err)
{
	size_t size = path ? strlen(path) : 0;

	if (!path)
		return 0;
	if (size > 1 && path[size - 1] == '/')
		size--;
	*copy = strndup(path, size);
	return *copy ? 0 : err_set_nomem(err);
}

static void trim_end(struct buf *text)
{
	while (text->len && text->data[text->len - 1] == '\n')
		buf_truncate(text, text->len - 1);
}

/* ---- git's word ---- */

/*
 * Takes git's answer apart: a line for the git directory, one for the common
 * one, one for the format of ids, and one for the worktree if there is one.
 */
static int read_answer(struct repository *repository, char *text, bool *sha256,
		       struct err *err)
{
	char *lines[4] = { NULL };

	for (size_t i = 0; i < ARRAY_SIZE(lines) && *text; i++) {
		lines[i] = text;
		text += strcspn(text, "\n");
		if (*text)
			*text++ = '\0';
	}
	if (*text || !lines[2] || *lines[0] != '/' || *lines[1] != '/')
		return err_set(err, D1_ERROR,
			       "git's answer about the repository is not "
			       "understood");
	*sha256 = !strcmp(lines[2], "sha256");
	if (copy_directory(&repository->git_dir, lines[0], err) < 0 ||
	    copy_directory(&repository->common_dir, lines[1], err) < 0)
		return err->code;
	return copy_directory(&repository->worktree, lines[3], err);
}

/* Git reads GIT_DIR and its kind as seen from where we are: NULL. */
static const char *where_to_run(const char *dir)
{
	return getenv("GIT_DIR") ? NULL : dir;
}

/*
 * Asks git for the repository around `dir`. The last question fails in a bare
 * repository, after the others were answered.
 */
static int ask_git(struct repository *repository, const char *dir, bool *sha256,
		   struct err *err)
{
	static const char *const argv[] = { "git",
					    "rev-parse",
					    "--path-format=absolute",
					    "--git-dir",
					    "--git-common-dir",
					    "--show-object-format",
					    "--show-toplevel",
					    NULL };
	static const char *const environment[] = { "LC_ALL=C", "LANGUAGE=C",
						   NULL };
	struct buf output, errors;
	struct child child = { .argv = argv,
			       .dir = where_to_run(dir),
			       .environment = environment,
			       .output = &output,
			       .errors = &errors,
			       .timeout = GIT_TIMEOUT };
	struct child_result result;

	buf_init(&output, MAX_ANSWER);
	buf_init(&errors, MAX_ANSWER);
	if (child_run(&child, &result, err) < 0)
		goto out;
	trim_end(&errors);
	if (output.len)
		(void)!read_answer(repository, output.data, sha256, err);
	else
		err_set(err,
			errors.len && strstr(errors.data,
					     "not a git repository")
				? D1_ENOTFOUND
				: D1_ERROR,
			"git cannot use the repository around '%s': %s", dir,
			errors.len ? errors.data : "no answer");
out:
	buf_release(&output);
	buf_release(&errors);
	return err->code;
}

/* ---- finding ---- */

/* Anything but a clear no is a yes. */
static bool may_have(const char *dir, const char *name)
{
	struct stat info;
	char *path;
	bool is_absent;

	if (asprintf(&path, "%s/%s", dir, name) < 0)
		return true;
	is_absent = lstat(path, &info) < 0 && errno == ENOENT;
	free(path);
	return !is_absent;
}

/*
 * True if none of the directories from `dir` up can have a repository, or be
 * one. libgit2 takes longer to start than a plan or a diff of small files.
 */
static bool is_nowhere(const char *dir)
{
	char *path = realpath(dir, NULL);
	bool nowhere = path != NULL;

	while (nowhere && *path) {
		nowhere = !may_have(path, ".git") && !may_have(path, "HEAD");
		*strrchr(path, '/') = '\0';
	}
	if (nowhere)
		nowhere = !may_have("", ".git") && !may_have("", "HEAD");
	free(path);
	return nowhere;
}

static int refuse_absence(const char *dir, struct err *err)
{
	return err_set(err, D1_ENOTFOUND,
		       "there is no git repository around '%s'", dir);
}

/* True if `code` of libgit2 means that there is no repository. */
static bool is_absence(int code)
{
	const git_error *error = git_error_last();

	/* an owner that is not trusted has this code, but another class */
	return code == GIT_ENOTFOUND &&
	       (!error || error->klass == GIT_ERROR_REPOSITORY);
}

/*
 * Finds out where the repository is. `handle` stays NULL where that is git's
 * answer, because libgit2 does not understand the environment or refuses.
 */
static int find(struct repository *repository, const char *dir, bool *sha256,
		struct err *err)
{
	git_repository *handle = NULL;
	int code;

	*sha256 = false;
	if (is_overridden()) {
		if (library_start(err) < 0)
			return err->code;
		return ask_git(repository, dir, sha256, err);
	}
	if (is_nowhere(dir))
		return refuse_absence(dir, err);
	if (library_start(err) < 0)
		return err->code;
	code = git_repository_open_ext(&handle, dir, 0,
				       getenv("GIT_CEILING_DIRECTORIES"));
	if (code && is_absence(code))
		return refuse_absence(dir, err);
	/* git may have been told not to trust bare ones (safe.bareRepository)
	 */
	if (code || git_repository_is_bare(handle)) {
		git_repository_free(handle);
		return ask_git(repository, dir, sha256, err);
	}
	repository->handle = handle;
	if (copy_directory(&repository->git_dir, git_repository_path(handle),
			   err) < 0 ||
	    copy_directory(&repository->common_dir,
			   git_repository_commondir(handle), err) < 0)
		return err->code;
	return copy_directory(&repository->worktree,
			      git_repository_workdir(handle), err);
}

static void release(struct repository *repository)
{
	git_repository_free(repository->handle);
	free(repository->worktree);
	free(repository->git_dir);
	free(repository->common_dir);
	free(repository->run_dir);
	*repository = (struct repository)REPOSITORY_INIT;
}

int repository_worktree(char **top, const char *dir, struct err *err)
{
	struct repository repository = REPOSITORY_INIT;
	bool sha256;

	*top = NULL;
	if (find(&repository, dir, &sha256, err) == D1_ENOTFOUND)
		err_clear(err);
	if (!err->code) {
		*top = repository.worktree;
		repository.worktree = NULL;
	}
	release(&repository);
	return err->code;
}

/* ---- opening ---- */

/*
 * Opens what git has found, and has no objection to: libgit2 knows less ways
 * to trust an owner, and would ask again.
 */
static int open_found(struct repository *repository, struct err *err)
{
	int checks = 1;
	int code;

	git_libgit2_opts(GIT_OPT_GET_OWNER_VALIDATION, &checks);
	git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
	code = git_repository_open_ext(&repository->handle, repository->git_dir,
				       GIT_REPOSITORY_OPEN_NO_SEARCH |
					       GIT_REPOSITORY_OPEN_NO_DOTGIT,
				       NULL);
	git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, checks);
	if (code)
		return library_error(err, "cannot read the repository '%s'",
				     repository->git_dir);
	return 0;
}

/* Adds the object directories that the environment names, as in a hook. */
static int add_objects(struct repository *repository, struct err *err)
{
	const char *main = getenv("GIT_OBJECT_DIRECTORY");
	const char *more = getenv("GIT_ALTERNATE_OBJECT_DIRECTORIES");
	git_odb *odb = NULL;

	if (git_repository_odb(&odb, repository->handle))
		return library_error(err, "cannot read the objects of '%s'",
				     repository->git_dir);
	if (main && git_odb_add_disk_alternate(odb, main))
		library_error(err, "cannot read the objects in '%s'", main);
	while (more && *more && !err->code) {
		size_t size = strcspn(more, ":");
		char *path = strndup(more, size);

		if (!path)
			err_set_nomem(err);
		else if (size && git_odb_add_disk_alternate(odb, path))
			library_error(err, "cannot read the objects in '%s'",
				      path);
		free(path);
		more += size;
		more += *more == ':';
	}
	git_odb_free(odb);
	return err->code;
}

int repository_open(struct repository *repository, const char *dir,
		    struct err *err)
{
	bool sha256;

	*repository = (struct repository)REPOSITORY_INIT;
	if (find(repository, dir, &sha256, err) < 0)
		goto out;
	if (sha256) {
		err_set(err, D1_ERROR,
			"'%s' is a SHA-256 repository, which libgit2 cannot "
			"read",
			repository->git_dir);
		err_hint(err, "what needs no commit and no index works: local, "
			      "remote, snapshot and paths");
		goto out;
	}
	if (!repository->handle && open_found(repository, err) < 0)
		goto out;
	if (add_objects(repository, err) < 0)
		goto out;
	if (where_to_run(dir)) {
		repository->run_dir = strdup(dir);
		if (!repository->run_dir)
			err_set_nomem(err);
	}
out:
	if (err->code)
		release(repository);
	return err->code;
}

void repository_close(struct repository *repository)
{
	release(repository);
}

/* ---- running git ---- */

void repository_prepare(const struct repository *repository,
			struct child *child)
{
	static const char *const environment[] = {
		"GIT_TERMINAL_PROMPT=0",
		"GIT_NO_REPLACE_OBJECTS=1",
		"GIT_LITERAL_PATHSPECS",
		"GIT_GLOB_PATHSPECS",
		"GIT_NOGLOB_PATHSPECS",
		"GIT_ICASE_PATHSPECS",
		NULL,
	};

	child->dir = repository->run_dir;
	child->environment = environment;
}

int repository_run(const struct repository *repository, const char *const *argv,
		   struct buf *output, struct err *err)
{
	struct buf errors;
	struct child child = { .argv = argv,
			       .output = output,
			       .errors = &errors };
	struct child_result result;

	buf_init(&errors, 1 << 20);
	repository_prepare(repository, &child);
	if (!child_run(&child, &result, err) && result.status != 0) {
		trim_end(&errors);
		err_set(err, D1_ERROR, "git %s: %s", argv[1],
			errors.len ? errors.data : "failed without a word");
	}
	buf_release(&errors);
	return err->code;
}

/* ---- revisions ---- */

int repository_shallow_file(char **path, const struct repository *repository,
			    struct err *err)
{
	const char *other = getenv("GIT_SHALLOW_FILE");

	*path = other && *other
			? strdup(other)
			: path_resolve(repository->common_dir, "shallow");
	return *path ? 0 : err_set_nomem(err);
}

bool repository_is_shallow(const struct repository *repository)
{
	struct err ignored = ERR_INIT;
	struct stat info;
	char *path;
	bool result;

	result = !repository_shallow_file(&path, repository, &ignored) &&
		 !stat(path, &info) && info.st_size > 0;
	free(path);
	return result;
}

/* True for digits of an id: all of them, or with `part` the first ones. */
static bool is_id(const char *text, bool part)
{
	size_t size = strspn(text, "0123456789abcdefABCDEF");

	if (text[size])
		return false;
	return part ? size < OBJECT_ID_SIZE - 1 : size == OBJECT_ID_SIZE - 1;
}

/* Passes on what git says of digits that begin several ids, or another's. */
static int refuse_digits(const char *revision, struct buf *errors,
			 struct err *err)
{
	static const char mark[] = "error: ";
	const char *text = errors->data;
	size_t size = text ? strcspn(text, "\n") : 0;

	if (!size || size + 1 >= errors->len || !is_id(revision, true))
		return 0;
	if (!strncmp(text, mark, strlen(mark))) {
		text += strlen(mark);
		size -= strlen(mark);
	}
	return err_set(err, D1_ERROR, "'%s' names no commit: %.*s", revision,
		       (int)size, text);
}

/*
 * Has git read a revision: libgit2 takes some for what git does not, and leaks
 * memory over others. *found is false if it names nothing.
 */
static int ask_for_object(const struct repository *repository, git_oid *id,
			  const char *revision, bool *found, struct err *err)
{
	const char *argv[] = { "git",	   "rev-parse",
			       "--verify", "--end-of-options",
			       NULL,	   NULL };
	struct child_result result;
	struct buf text, output, errors;
	struct child child = { .argv = argv,
			       .output = &output,
			       .errors = &errors };

	buf_init(&text, MAX_ANSWER);
	buf_init(&output, MAX_ANSWER);
	buf_init(&errors, MAX_ANSWER);
	/* the digits of a commit may be those of another object, too */
	buf_add_format(&text, "%s%s", revision,
		       is_id(revision, true) ? "^{commit}" : "");
	if (buf_check(&text, "the revision", err))
		goto out;
	argv[4] = text.data;
	repository_prepare(repository, &child);
	if (child_run(&child, &result, err) < 0)
		goto out;
	*found = result.status == 0 && output.len == OBJECT_ID_SIZE &&
		 !git_oid_fromstrn(id, output.data, OBJECT_ID_SIZE - 1);
	if (!*found)
		(void)!refuse_digits(revision, &errors, err);
out:
	buf_release(&text);
	buf_release(&output);
	buf_release(&errors);
	return err->code;
}

/* Says that the revision names no commit, and why that may be. */
static int refuse_revision(const struct repository *repository,
			   const char *revision, struct err *err)
{
	bool older = strpbrk(revision, "~^") || is_id(revision, false);

	if (older && repository_is_shallow(repository)) {
		err_set(err, D1_ENOTFOUND,
			"'%s' names no commit: the history of this shallow "
			"clone is cut off",
			revision);
		return err_hint(err, "get the rest with: git fetch "
				     "--unshallow");
	}
	if (git_repository_head_unborn(repository->handle) == 1 &&
	    !strncmp(revision, "HEAD", 4))
		return err_set(err, D1_ENOTFOUND,
			       "'%s' names no commit: this branch has none yet",
			       revision);
	return err_set(err, D1_ENOTFOUND, "'%s' names no commit", revision);
}

/* Says that what the revision names is gone. */
static int refuse_lost(const char *revision, const git_oid *oid,
		       struct err *err)
{
	char id[OBJECT_ID_SIZE];

	err_set(err, D1_ERROR, "'%s' is %s, which is not in this repository",
		revision, git_oid_tostr(id, sizeof(id), oid));
	return err_hint(err, "what else is missing is shown by: git fsck");
}

/*
 * Reads what can be nothing but the name of a ref, or an id, without git: a
 * process takes longer than most that is asked here.
 */
static bool read_plain(const struct repository *repository, git_oid *id,
		       const char *revision)
{
	if (is_id(revision, false))
		return git_oid_fromstr(id, revision) == 0;
	if (strcmp(revision, "HEAD") != 0 && strncmp(revision, "refs/", 5) != 0)
		return false;
	return git_reference_name_to_id(id, repository->handle, revision) == 0;
}

int repository_commit(const struct repository *repository,
		      char id[OBJECT_ID_SIZE], const char *revision,
		      struct err *err)
{
	git_object *object = NULL, *commit = NULL;
	bool found = true;
	git_oid oid;
	int code;

	*id = '\0';
	if (!read_plain(repository, &oid, revision))
		(void)!ask_for_object(repository, &oid, revision, &found, err);
	if (err->code)
		return err->code;
	code = found ? git_object_lookup(&object, repository->handle, &oid,
					 GIT_OBJECT_ANY)
		     : GIT_ENOTFOUND;
	if (found && code == GIT_ENOTFOUND && !is_id(revision, false))
		refuse_lost(revision, &oid, err);
	else if (!code && !git_object_peel(&commit, object, GIT_OBJECT_COMMIT))
		git_oid_tostr(id, OBJECT_ID_SIZE, git_object_id(commit));
	else
		refuse_revision(repository, revision, err);
	git_object_free(commit);
	git_object_free(object);
	return err->code;
}

int repository_ref(const struct repository *repository, char id[OBJECT_ID_SIZE],
		   const char *ref, struct err *err)
{
	git_object *object = NULL;
	git_oid oid;
	int code = git_reference_name_to_id(&oid, repository->handle, ref);

	*id = '\0';
	if (code == GIT_ENOTFOUND || code == GIT_EINVALIDSPEC)
		return 0;
	if (code)
		return library_error(err, "cannot read '%s'", ref);
	if (!git_object_lookup(&object, repository->handle, &oid,
			       GIT_OBJECT_ANY)) {
		git_object *commit = NULL;

		if (!git_object_peel(&commit, object, GIT_OBJECT_COMMIT))
			git_oid_tostr(id, OBJECT_ID_SIZE,
				      git_object_id(commit));
		git_object_free(commit);
	}
	git_object_free(object);
	return 0;
}
