/*
 * The parts of what `git d1 status` says of one database. What cannot be found
 * out becomes a message in the report; errors are lack of memory.
 */
#ifndef CMD_STOCKTAKING_H
#define CMD_STOCKTAKING_H

#include "cmd/inventory.h"
#include "source/source.h"
#include "workspace/side.h"

/* One database while it is looked at. */
struct stocktaking {
	struct workspace *workspace;
	const struct inventory_options *options;
	struct arena *arena; /* of the report */
	struct status_database *entry;
	struct side sides[2];
	struct source *sources[2]; /* NULL: not reached */
};

/* A copy for the report; NULL stays NULL. */
int stocktaking_keep(const char **copy, struct arena *arena, const char *text,
		     struct err *err) MUST_CHECK;

/*
 * Makes an error a part of the report. Lack of memory stays one: the report
 * could not be trusted.
 */
int stocktaking_keep_error(const char **message, const char **hint,
			   struct arena *arena, const struct err *found,
			   struct err *err) MUST_CHECK;

/* Which migrations wait, on each side that was reached. */
int stocktaking_migrations(struct stocktaking *survey,
			   struct err *err) MUST_CHECK;

/* Whether a snapshot of the local side would be the one in the worktree. */
int stocktaking_snapshot(struct stocktaking *survey,
			 struct err *err) MUST_CHECK;

/* Writes of which nobody has seen what became. */
int stocktaking_pending(struct stocktaking *survey, struct err *err) MUST_CHECK;

#endif
