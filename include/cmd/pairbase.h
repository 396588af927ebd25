/*
 * The pair base: what one local file and one remote database last had in
 * common, the base of a three-way push, pull or sync. It is a commit with the
 * rows of tracked tables, as a snapshot has them, under refs/d1/base/<id>.
 *
 * The id belongs to this very file and this very database. A file that was
 * deleted and made again, another worktree and another clone have no base: rows
 * that are not in them were deleted by nobody.
 */
#ifndef CMD_PAIRBASE_H
#define CMD_PAIRBASE_H

#include <stdbool.h>
#include <stdint.h>

#include "apply/changes.h"
#include "git/commit.h"
#include "source/source.h"
#include "util/err.h"
#include "util/filesink.h"
#include "util/filetree.h"
#include "workspace/tables.h"

/* "refs/d1/base/" and 16 digits, and a NUL. */
enum { PAIRBASE_REF_SIZE = 30 };

struct pairbase {
	const struct repository *repository;
	const char *database_id; /* of the remote database */
	char *path;		 /* of the local one; NULL: it has no text */
	char ref[PAIRBASE_REF_SIZE];
	struct source *source; /* its rows; NULL: there is none */
	struct filesink *sink; /* the next one; NULL: it was not prepared */
	bool moved;	       /* the next one is in force, and another one */
};

/*
 * Finds the base of the file at `path`, which is there. One that names another
 * database is left out, with a warning. What is passed is borrowed; the caller
 * releases the base, after an error too.
 */
int pairbase_open(struct pairbase *base, const struct repository *repository,
		  const char *path, const char *database_id,
		  struct err *err) MUST_CHECK;
void pairbase_release(struct pairbase *base);

/* What the next base is made of. All of it is borrowed. */
struct pairbase_rows {
	struct source *local;  /* as it was compared */
	const char *label;     /* of that */
	struct changes *steps; /* what makes of its rows those in common */
	struct table_choice *choice;
	/* whether a table that was compared is tracked */
	bool (*tracked)(void *context, const char *table);
	void *context;
};

/*
 * Writes the objects of the next base: of the tables of `steps` that are
 * tracked. Others keep what they have. It is not in force yet.
 */
int pairbase_prepare(struct pairbase *base, struct pairbase_rows *rows,
		     struct err *err) MUST_CHECK;

/* Puts it in force, after all is written; `reason` is for the reflog. */
int pairbase_keep(struct pairbase *base, const char *reason,
		  struct err *err) MUST_CHECK;

/*
 * If that was the first one of this file, another may have been in its place:
 * forgets bases of files that are gone, or are others now, and that did not
 * move for `keep` seconds.
 */
int pairbase_prune(const struct pairbase *base, int64_t keep,
		   struct err *err) MUST_CHECK;

#endif
