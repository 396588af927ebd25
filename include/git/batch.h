/*
 * Many blobs, one after another, from one `git cat-file --batch`. Versions of
 * a file are packed as differences from each other: git remembers what it has
 * unpacked, where libgit2 begins anew with each version of more than 1 MiB.
 */
#ifndef GIT_BATCH_H
#define GIT_BATCH_H

#include <stdbool.h>

#include "git/repository.h"
#include "util/err.h"
#include "util/stream.h"

struct blob_batch;

/* Starts git. The repository stays open while the batch is. */
int blob_batch_open(struct blob_batch **batch,
		    const struct repository *repository,
		    struct err *err) MUST_CHECK;

/*
 * Opens the blob `id`. The stream is to be closed before the next one is
 * opened; what was not read of it is passed over then. After an error the batch
 * gives no more blobs, unless `id` is there, but not the id of a blob.
 */
int blob_batch_read(struct stream **stream, struct blob_batch *batch,
		    const char *id, struct err *err) MUST_CHECK;

/* False after an error of git's, which may have shown in a stream first. */
bool blob_batch_is_usable(const struct blob_batch *batch);

/* Ends git. NULL is allowed. */
void blob_batch_close(struct blob_batch *batch);

#endif
