/*
 * The versions of a file in the history of a commit: its contents, each of them
 * once, from the newest on. That the file is not there is a version, too.
 */
#ifndef APPLY_FILEVERSIONS_H
#define APPLY_FILEVERSIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "git/repository.h"
#include "util/err.h"

struct file_version {
	char blob[OBJECT_ID_SIZE];   /* "": there is no file */
	char commit[OBJECT_ID_SIZE]; /* the newest with this version */
};

struct file_versions {
	const struct repository *repository;
	const char *commit; /* id */
	const char *path;   /* from the top of the tree */
	/* those that were met so far */
	struct file_version *list;
	size_t count;
	size_t cap;
	size_t *by_blob; /* the same in the order of their blobs */
	bool complete;
};

/*
 * `alone` is the version of the commit only, without its history. All is
 * borrowed. The caller releases the versions.
 */
int file_versions_init(struct file_versions *versions,
		       const struct repository *repository, const char *commit,
		       const char *path, bool alone,
		       struct err *err) MUST_CHECK;
void file_versions_release(struct file_versions *versions);

/*
 * Is told of a version by its number, from 0 on, which counts in `list`.
 * Setting *stop ends it, as an error does.
 */
typedef int file_version_fn(void *context, size_t number, bool *stop,
			    struct err *err);

/*
 * Hands the versions to `use`: first those that were met before, then more of
 * them as git finds them.
 */
int file_versions_each(struct file_versions *versions, file_version_fn *use,
		       void *context, struct err *err) MUST_CHECK;

#endif
