#include "config.h"

#include "cmd/hookmove.h"

#include <stdlib.h>
#include <string.h>

#include "util/file.h"
#include "util/path.h"

enum { MAX_INPUT = 1 << 24 };

static int follow(struct hook_move *move, struct err *err)
{
	struct hook_run *run = move->run;
	bool same = false;

	if (*move->before &&
	    hook_run_same(run, move->before, move->now, &same, err) < 0)
		return err->code;
	if (same)
		return 0;
	return run->settings.auto_pull && hook_run_has_project(run)
		       ? hook_carry(move, err)
		       : hook_hint(move, err);
}

/* ---- the events ---- */

/* The commit that a ref or an id names; "" if there is none, as for zeros. */
static void find_commit(const struct hook_move *move, char id[OBJECT_ID_SIZE],
			const char *revision)
{
	struct err none = ERR_INIT;

	*id = '\0';
	if (revision[strspn(revision, "0")] &&
	    repository_commit(move->run->repository, id, revision, &none) < 0)
		*id = '\0';
}

static int open_move(struct hook_move *move, struct hook_run *run,
		     enum hook_event event, struct err *err)
{
	*move = (struct hook_move){ .run = run, .event = event };
	if (hook_run_open(run, err) < 0)
		return err->code;
	return repository_ref(run->repository, move->now, "HEAD", err);
}

/* What git gives as arguments, the pre-commit framework puts into variables. */
static const char *argument(const struct hook_run *run, size_t place,
			    const char *variable)
{
	const char *value = run->arguments.count > place
				    ? run->arguments.words[place]
				    : getenv(variable);

	return value ? value : "";
}

/* The argument tells that a merge was squashed: HEAD has not moved. */
int hook_post_merge(struct hook_run *run, struct err *err)
{
	const char *squashed = argument(run, 0, "PRE_COMMIT_IS_SQUASH_MERGE");
	struct hook_move move;

	if (strcmp(squashed, "1") == 0)
		return 0;
	if (open_move(&move, run, HOOK_POST_MERGE, err) < 0 || !*move.now)
		return err->code;
	find_commit(&move, move.before, "ORIG_HEAD");
	return follow(&move, err);
}

/* True if the list of a rebase names commits that are still to be picked. */
static bool has_work(const struct buf *todo)
{
	for (const char *at = todo->data; at && *at;) {
		size_t size = strcspn(at, "\n");

		if (size > 0 && *at != '#' && strncmp(at, "noop", 4) != 0)
			return true;
		at += size + (at[size] == '\n');
	}
	return false;
}

/*
 * In the middle of a rebase, which ends with post-rewrite; but not if it has
 * only moved on to what others did.
 */
static bool is_rebasing(const struct repository *repository)
{
	char *path = path_resolve(repository->git_dir,
				  "rebase-merge/git-rebase-todo");
	struct err none = ERR_INIT;
	struct buf todo;
	bool rebasing;

	buf_init(&todo, MAX_INPUT);
	rebasing = path && file_read(&todo, path, 0, &none) == 0 &&
		   has_work(&todo);
	buf_release(&todo);
	free(path);
	return rebasing;
}

int hook_post_checkout(struct hook_run *run, struct err *err)
{
	const char *before = argument(run, 0, "PRE_COMMIT_FROM_REF");
	const char *now = argument(run, 1, "PRE_COMMIT_TO_REF");
	const char *moved = argument(run, 2, "PRE_COMMIT_CHECKOUT_TYPE");
	struct hook_move move;

	if (strcmp(moved, "1") != 0 || strcmp(before, now) == 0)
		return 0;
	if (open_move(&move, run, HOOK_POST_CHECKOUT, err) < 0 || !*move.now ||
	    is_rebasing(run->repository))
		return err->code;
	find_commit(&move, move.before, before);
	return follow(&move, err);
}

/* The last line is of the commit that is HEAD now: "<before> <now> [..]". */
static int read_rewritten(struct hook_move *move, struct err *err)
{
	struct buf input;
	const char *last;

	buf_init(&input, MAX_INPUT);
	if (hook_read_input(&input, err) < 0 || input.len == 0)
		goto out;
	last = input.data;
	for (const char *at = last; *at; at++)
		if (*at == '\n' && at[1])
			last = at + 1;
	if (strcspn(last, " ") == OBJECT_ID_SIZE - 1 &&
	    strncmp(last + OBJECT_ID_SIZE, move->now, OBJECT_ID_SIZE - 1) ==
		    0) {
		char id[OBJECT_ID_SIZE];

		memcpy(id, last, OBJECT_ID_SIZE - 1);
		id[OBJECT_ID_SIZE - 1] = '\0';
		find_commit(move, move->before, id);
	}
out:
	buf_release(&input);
	return err->code;
}

int hook_post_rewrite(struct hook_run *run, struct err *err)
{
	struct hook_move move;

	if (open_move(&move, run, HOOK_POST_REWRITE, err) < 0 || !*move.now ||
	    read_rewritten(&move, err) < 0)
		return err->code;
	if (!*move.before)
		find_commit(&move, move.before, "ORIG_HEAD");
	return follow(&move, err);
}
