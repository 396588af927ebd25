#include "config.h"

#include "git/commit.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <git2.h>

#include "git/library.h"

/* Who commits if git does not know. */
#define COMMITTER_NAME "git-d1"
#define COMMITTER_EMAIL "git-d1@localhost"

/*
 * What the ref points to, in *commit, which the caller frees; NULL if there is
 * no such ref.
 */
static int read_ref(git_commit **commit, const struct repository *repository,
		    const char *ref, struct err *err)
{
	git_oid id;
	int code = git_reference_name_to_id(&id, repository->handle, ref);

	*commit = NULL;
	if (code == GIT_ENOTFOUND)
		return 0;
	if (!code)
		code = git_commit_lookup(commit, repository->handle, &id);
	return code ? library_error(err, "cannot read '%s'", ref) : 0;
}

/* Who commits now, in *signature, which the caller frees. */
static int find_committer(git_signature **signature,
			  const struct repository *repository, struct err *err)
{
	static const char *const argv[] = { "git", "var", "GIT_COMMITTER_IDENT",
					    NULL };
	struct err unknown = ERR_INIT;
	struct buf ident;

	buf_init(&ident, 1 << 16);
	*signature = NULL;
	if (!repository_run(repository, argv, &ident, &unknown) && ident.len) {
		buf_truncate(&ident, ident.len - 1); /* the newline */
		if (git_signature_from_buffer(signature, ident.data))
			*signature = NULL;
	}
	buf_release(&ident);
	if (!*signature &&
	    git_signature_now(signature, COMMITTER_NAME, COMMITTER_EMAIL))
		return library_error(err, "cannot tell who commits");
	return 0;
}

/*
 * Writes a commit as an object; returns what libgit2 returns. Its own function
 * for that (1.5) says that all went well also if nothing could be written.
 */
static int write_commit(git_oid *id, const struct repository *repository,
			const git_buf *content)
{
	unsigned int tries = 0;
	git_odb *objects;
	int code = git_repository_odb(&objects, repository->handle);

	if (code)
		return code;
	do {
		code = git_odb_write(id, objects, content->ptr, content->size,
				     GIT_OBJECT_COMMIT);
	} while (library_again(code, &tries));
	git_odb_free(objects);
	return code;
}

/* Makes the commit, with its id in `id`. */
static int make_commit(char id[OBJECT_ID_SIZE],
		       const struct repository *repository,
		       const struct ref_update *update, git_commit *parent,
		       struct err *err)
{
	const git_commit *parents[] = { parent };
	git_buf content = GIT_BUF_INIT;
	git_signature *who = NULL;
	git_tree *tree = NULL;
	git_oid oid;

	if (find_committer(&who, repository, err) < 0)
		return err->code;
	if (git_oid_fromstr(&oid, update->tree) ||
	    git_tree_lookup(&tree, repository->handle, &oid) ||
	    git_commit_create_buffer(&content, repository->handle, who, who,
				     NULL, update->message, tree,
				     parent ? 1 : 0, parents) ||
	    write_commit(&oid, repository, &content))
		library_error(err, "cannot make a commit for '%s'",
			      update->ref);
	else
		git_oid_tostr(id, OBJECT_ID_SIZE, &oid);
	git_buf_dispose(&content);
	git_tree_free(tree);
	git_signature_free(who);
	return err->code;
}

/* True if the ref's commit says what the update would say. */
static bool is_current(const git_commit *commit,
		       const struct ref_update *update)
{
	char tree[OBJECT_ID_SIZE];

	if (!commit)
		return false;
	git_oid_tostr(tree, sizeof(tree), git_commit_tree_id(commit));
	return !strcmp(tree, update->tree) &&
	       !strcmp(git_commit_message_raw(commit), update->message);
}

/* Turns the failure of `git update-ref` into a conflict, if it was one. */
static int explain_failure(const struct repository *repository,
			   const struct ref_update *update,
			   const git_commit *old, struct err *err)
{
	struct err ignored = ERR_INIT;
	git_commit *now = NULL;
	bool same;

	if (read_ref(&now, repository, update->ref, &ignored) < 0)
		return err->code;
	same = (!now && !old) ||
	       (now && old &&
		git_oid_equal(git_commit_id(now), git_commit_id(old)));
	git_commit_free(now);
	if (same)
		return err->code;
	err_clear(err);
	return err_set(err, D1_ECONFLICT, "'%s' was moved by somebody else",
		       update->ref);
}

/* Moves the ref from the commit `old` (NULL: there is none) to `id`. */
static int move_ref(const struct repository *repository,
		    const struct ref_update *update, const git_commit *old,
		    const char *id, struct err *err)
{
	char expected[OBJECT_ID_SIZE] =
		"0000000000000000000000000000000000000000";
	const char *const argv[] = {
		"git",	      "update-ref",
		"--no-deref", "--create-reflog",
		"-m",	      *update->reason ? update->reason : "d1",
		update->ref,  id,
		expected,     NULL
	};
	struct buf output;

	if (old)
		git_oid_tostr(expected, sizeof(expected), git_commit_id(old));
	buf_init(&output, 1 << 16);
	if (repository_run(repository, argv, &output, err) < 0)
		explain_failure(repository, update, old, err);
	buf_release(&output);
	return err->code;
}

int repository_update_ref(const struct repository *repository,
			  const struct ref_update *update, bool *moved,
			  struct err *err)
{
	char id[OBJECT_ID_SIZE];
	git_commit *old = NULL;
	int valid = 0;

	*moved = false;
	if (strncmp(update->ref, "refs/d1/", strlen("refs/d1/")) != 0)
		return err_set(err, D1_EREFUSED,
			       "'%s' is no ref of git-d1's own", update->ref);
	if (git_reference_name_is_valid(&valid, update->ref) || !valid)
		return err_set(err, D1_ERROR, "git takes no ref called '%s'",
			       update->ref);
	if (read_ref(&old, repository, update->ref, err) < 0)
		return err->code;
	if (!is_current(old, update) &&
	    !make_commit(id, repository, update, old, err) &&
	    !move_ref(repository, update, old, id, err))
		*moved = true;
	git_commit_free(old);
	return err->code;
}

/* ---- all refs ---- */

/* False if it is none that commits are found by. */
static bool describe_ref(struct own_ref *own,
			 const struct repository *repository, const char *name)
{
	struct err ignored = ERR_INIT;
	git_commit *commit = NULL;

	if (read_ref(&commit, repository, name, &ignored) < 0 || !commit)
		return false;
	own->name = name;
	own->time = git_commit_time(commit);
	git_oid_tostr(own->id, sizeof(own->id), git_commit_id(commit));
	git_commit_free(commit);
	return true;
}

int repository_each_ref(const struct repository *repository, const char *folder,
			own_ref_fn *use, void *context, struct err *err)
{
	git_strarray names = { .strings = NULL };
	struct own_ref own;

	if (git_reference_list(&names, repository->handle))
		return library_error(err, "cannot list the refs");
	for (size_t i = 0; i < names.count && !err->code; i++)
		if (strncmp(names.strings[i], folder, strlen(folder)) == 0 &&
		    describe_ref(&own, repository, names.strings[i]))
			(void)!use(context, &own, err);
	git_strarray_dispose(&names);
	return err->code;
}

int repository_forget_ref(const struct repository *repository,
			  const struct own_ref *ref, struct err *err)
{
	const char *const argv[] = { "git", "update-ref", "--no-deref",
				     "-d",  ref->name,	  ref->id,
				     NULL };
	struct buf output;

	buf_init(&output, 1 << 16);
	(void)!repository_run(repository, argv, &output, err);
	buf_release(&output);
	return err->code;
}

/* ---- messages ---- */

int commit_trailer(char **value, const struct repository *repository,
		   const char *id, const char *name, struct err *err)
{
	git_message_trailer_array trailers = { .trailers = NULL };
	const char *found = NULL;
	git_commit *commit = NULL;
	git_oid oid;

	*value = NULL;
	if (git_oid_fromstr(&oid, id) ||
	    git_commit_lookup(&commit, repository->handle, &oid) ||
	    git_message_trailers(&trailers, git_commit_message(commit))) {
		library_error(err, "cannot read the commit '%s'", id);
		goto out;
	}
	for (size_t i = 0; i < trailers.count; i++) {
		if (!strcasecmp(trailers.trailers[i].key, name))
			found = trailers.trailers[i].value;
	}
	if (found && !(*value = strdup(found)))
		err_set_nomem(err);
out:
	git_message_trailer_array_free(&trailers);
	git_commit_free(commit);
	return err->code;
}
