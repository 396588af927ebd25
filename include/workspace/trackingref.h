/* The tracking ref of a database: what its remote side held when last seen. */
#ifndef WORKSPACE_TRACKINGREF_H
#define WORKSPACE_TRACKINGREF_H

#include <stdbool.h>

#include "git/commit.h"
#include "util/err.h"
#include "workspace/side.h"

/* What became of it. */
struct trackingref {
	char *ref; /* "refs/d1/shop/remote"; the caller frees it */
	char before[OBJECT_ID_SIZE]; /* "": there was none */
	char after[OBJECT_ID_SIZE];
	bool moved;
};

/*
 * Commits the tree of a snapshot of that side, a remote one, on top of the ref,
 * unless it has that tree already. `reason` is for the reflog.
 */
int trackingref_update(struct trackingref *tracking,
		       const struct repository *repository,
		       const struct side *side, const char *tree,
		       const char *reason, struct err *err) MUST_CHECK;

#endif
