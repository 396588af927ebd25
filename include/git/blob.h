/* The contents of a file among git's objects. */
#ifndef GIT_BLOB_H
#define GIT_BLOB_H

#include "git/repository.h"
#include "util/stream.h"

/*
 * Opens the blob with this id (40 digits); `name` is what messages call it.
 * Memory does not grow with its size. A blob that is not here is asked of git,
 * which fetches it in a partial clone. The repository stays open meanwhile.
 */
int blob_open(struct stream **stream, const struct repository *repository,
	      const char *id, const char *name, struct err *err) MUST_CHECK;

#endif
