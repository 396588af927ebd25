/*
 * What a push does to migrations that others may have applied already. wrangler
 * knows a migration by its name alone: an edited one is not run again, and a
 * renamed one is.
 */
#ifndef HOOKS_MIGRATIONCHECK_H
#define HOOKS_MIGRATIONCHECK_H

#include "git/repository.h"
#include "util/err.h"

enum migration_trouble {
	MIGRATION_EDITED,    /* theirs has it with other contents */
	MIGRATION_RENAMED,   /* theirs, and both before, have it as `other`,
				which ours has no more */
	MIGRATION_COLLIDING, /* theirs has `other` with the same number */
};

struct migration_finding {
	enum migration_trouble trouble;
	const char *name;
	const char *other; /* NULL: none */
	/* with MIGRATION_COLLIDING: a name with a number that nobody has */
	const char *proposal;
};

/* What is compared. All of it is borrowed. */
struct migration_check {
	const struct repository *repository;
	const char *ours;    /* id of the commit that is pushed */
	const char *theirs;  /* of the one that the remote has */
	const char *base;    /* what both had before; NULL: unknown */
	const char *dir;     /* of the migrations, from the top of the tree */
	const char *pattern; /* as in migrate/files.h */
	int (*tell)(void *context, const struct migration_finding *finding,
		    struct err *err);
	void *context;
};

/*
 * Tells what ours has done. What theirs alone has done is not told: the push
 * does not carry it.
 */
int migration_check_run(const struct migration_check *check,
			struct err *err) MUST_CHECK;

#endif
