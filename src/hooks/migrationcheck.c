#include "config.h"

#include "hooks/migrationcheck.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "git/tree.h"
#include "migrate/files.h"
#include "util/arena.h"

/* A run of the check. */
struct run {
	const struct migration_check *check;
	struct arena arena;
	struct migrations ours, theirs;
};

static int list(struct migrations *migrations, const struct run *run,
		const char *commit, struct err *err)
{
	const struct migration_check *check = run->check;
	struct filetree *tree;

	if (commit_tree_open(&tree, check->repository, commit, check->dir,
			     err) < 0)
		return err->code;
	(void)!migrations_list(migrations, tree, check->pattern, err);
	filetree_close(tree);
	return err->code;
}

/* The id of the migration in the commit, "" if it is not there. */
static int find(struct run *run, char id[OBJECT_ID_SIZE], const char *commit,
		const char *name, struct err *err)
{
	char *path = *run->check->dir ? arena_format(&run->arena, "%s/%s",
						     run->check->dir, name)
				      : arena_string(&run->arena, name);

	*id = '\0';
	if (!path)
		return err_set_nomem(err);
	return commit ? commit_path_id(run->check->repository, id, commit, path,
				       err)
		      : 0;
}

static int tell(const struct run *run, enum migration_trouble trouble,
		const char *name, const char *other, const char *proposal,
		struct err *err)
{
	const struct migration_finding finding = { trouble, name, other,
						   proposal };

	return run->check->tell(run->check->context, &finding, err);
}

/* ---- contents ---- */

static int check_contents(struct run *run, const char *name, struct err *err)
{
	const struct migration_check *check = run->check;
	char ours[OBJECT_ID_SIZE], theirs[OBJECT_ID_SIZE], base[OBJECT_ID_SIZE];

	if (find(run, ours, check->ours, name, err) < 0 ||
	    find(run, theirs, check->theirs, name, err) < 0 ||
	    find(run, base, check->base, name, err) < 0 ||
	    strcmp(ours, theirs) == 0 || strcmp(ours, base) == 0)
		return err->code;
	return tell(run, MIGRATION_EDITED, name, NULL, NULL, err);
}

/* ---- numbers ---- */

static unsigned long long highest(const struct migrations *migrations)
{
	unsigned long long most = 0;

	for (size_t i = 0; i < migrations->count; i++) {
		unsigned long long number =
			strtoull(migrations->names[i], NULL, 10);

		most = number > most ? number : most;
	}
	return most;
}

/* The same name with the next number that is free on both sides. */
static const char *propose(struct run *run, const char *name)
{
	unsigned long long most = highest(&run->ours);
	unsigned long long other = highest(&run->theirs);
	int width = (int)strspn(name, "0123456789");

	return arena_format(&run->arena, "%0*llu%s", width,
			    (other > most ? other : most) + 1, name + width);
}

/*
 * The name under which both had a migration of these contents that ours lacks
 * now, in *other; NULL: there is none. A ledger knows names alone.
 */
static int find_original(struct run *run, const char **other, const char *id,
			 struct err *err)
{
	const struct migration_check *check = run->check;

	*other = NULL;
	for (size_t i = 0; i < run->theirs.count && !*other; i++) {
		const char *name = run->theirs.names[i];
		char theirs[OBJECT_ID_SIZE], base[OBJECT_ID_SIZE];

		if (migrations_have(&run->ours, name))
			continue;
		if (find(run, theirs, check->theirs, name, err) < 0 ||
		    find(run, base, check->base, name, err) < 0)
			return err->code;
		if (*base && strcmp(theirs, id) == 0)
			*other = name;
	}
	return 0;
}

static int tell_collision(struct run *run, const char *name, const char *other,
			  struct err *err)
{
	const char *proposal = propose(run, name);

	if (!proposal)
		return err_set_nomem(err);
	return tell(run, MIGRATION_COLLIDING, name, other, proposal, err);
}

static int check_new(struct run *run, const char *name, struct err *err)
{
	const struct migration_check *check = run->check;
	char base[OBJECT_ID_SIZE], ours[OBJECT_ID_SIZE];
	const char *original;

	if (find(run, base, check->base, name, err) < 0 || *base)
		return err->code; /* it is theirs that lacks it */
	if (find(run, ours, check->ours, name, err) < 0 ||
	    find_original(run, &original, ours, err) < 0)
		return err->code;
	if (original)
		return tell(run, MIGRATION_RENAMED, name, original, NULL, err);
	for (size_t i = 0; i < run->theirs.count; i++)
		if (migrations_same_number(name, run->theirs.names[i]))
			return tell_collision(run, name, run->theirs.names[i],
					      err);
	return 0;
}

int migration_check_run(const struct migration_check *check, struct err *err)
{
	struct run run = { .check = check };

	if (list(&run.ours, &run, check->ours, err) < 0 ||
	    list(&run.theirs, &run, check->theirs, err) < 0)
		goto out;
	for (size_t i = 0; i < run.ours.count && !err->code; i++) {
		const char *name = run.ours.names[i];

		if (migrations_have(&run.theirs, name))
			(void)!check_contents(&run, name, err);
		else
			(void)!check_new(&run, name, err);
	}
out:
	migrations_release(&run.ours);
	migrations_release(&run.theirs);
	arena_release(&run.arena);
	return err->code;
}
