/*
 * The contents that the migrations of a folder have had in the commits that
 * lead to one: what a file said when it was applied, if it says something else
 * now, or is gone.
 */
#ifndef MIGRATE_PASTFILES_H
#define MIGRATE_PASTFILES_H

#include <stddef.h>
#include <stdint.h>

#include "git/repository.h"
#include "util/arena.h"
#include "util/err.h"
#include "util/stream.h"

/* A content of a file, and the newest commit in a row that has it. */
struct pastversion {
	char blob[OBJECT_ID_SIZE];
	char commit[OBJECT_ID_SIZE];
	int64_t time; /* of that commit, seconds since 1970 */
	const struct pastversion *older; /* NULL: there is none */
};

struct pastfile {
	const char *name; /* below the folder */
	const struct pastversion *newest;
};

struct pastfiles {
	struct arena arena;
	const struct repository *repository;
	struct pastfile *files;
	size_t count;
};

/*
 * Reads the history of the folder (relative to the top) that leads to the
 * commit `id`. The repository is borrowed. The caller releases it, after an
 * error too.
 */
int pastfiles_read(struct pastfiles *versions,
		   const struct repository *repository, const char *id,
		   const char *folder, struct err *err) MUST_CHECK;
void pastfiles_release(struct pastfiles *versions);

/* The newest content of the file that was committed, NULL: none ever was. */
const struct pastversion *pastfiles_find(const struct pastfiles *versions,
					 const char *name);

/* Opens that content; `name` is what messages call it. */
int pastversion_open(struct stream **text, const struct pastfiles *versions,
		     const struct pastversion *version, const char *name,
		     struct err *err) MUST_CHECK;

#endif
