#include "config.h"

#include "apply/fileversions.h"

#include <stdlib.h>
#include <string.h>

#include "git/history.h"
#include "git/tree.h"

/* Walks on where the versions end that are known. */
struct walk {
	struct file_versions *versions;
	file_version_fn *use;
	void *context;
	bool stopped;
};

/* ---- the list ---- */

/* The place of the blob in by_blob, and whether it is there. */
static size_t find(const struct file_versions *versions, const char *blob,
		   bool *found)
{
	size_t from = 0, upto = versions->count;

	*found = false;
	while (from < upto) {
		size_t middle = from + (upto - from) / 2;
		size_t number = versions->by_blob[middle];
		int order = strcmp(versions->list[number].blob, blob);

		if (order == 0) {
			*found = true;
			return middle;
		}
		if (order < 0)
			from = middle + 1;
		else
			upto = middle;
	}
	return from;
}

static int grow(struct file_versions *versions, struct err *err)
{
	size_t cap = versions->cap ? versions->cap * 2 : 64;
	struct file_version *list =
		reallocarray(versions->list, cap, sizeof(*list));
	size_t *by_blob;

	if (!list)
		return err_set_nomem(err);
	versions->list = list;
	by_blob = reallocarray(versions->by_blob, cap, sizeof(*by_blob));
	if (!by_blob)
		return err_set_nomem(err);
	versions->by_blob = by_blob;
	versions->cap = cap;
	return 0;
}

/* Adds what the commit has at the path, if that is new. */
static int meet(struct file_versions *versions, const char *commit,
		bool *is_new, struct err *err)
{
	char blob[OBJECT_ID_SIZE];
	struct file_version *added;
	bool found;
	size_t place;

	*is_new = false;
	if (commit_path_id(versions->repository, blob, commit, versions->path,
			   err) < 0)
		return err->code;
	place = find(versions, blob, &found);
	if (found)
		return 0;
	if (versions->count == versions->cap && grow(versions, err) < 0)
		return err->code;
	memmove(versions->by_blob + place + 1, versions->by_blob + place,
		(versions->count - place) * sizeof(*versions->by_blob));
	versions->by_blob[place] = versions->count;
	added = &versions->list[versions->count++];
	memcpy(added->blob, blob, sizeof(blob));
	memcpy(added->commit, commit, OBJECT_ID_SIZE);
	*is_new = true;
	return 0;
}

int file_versions_init(struct file_versions *versions,
		       const struct repository *repository, const char *commit,
		       const char *path, bool alone, struct err *err)
{
	bool is_new;

	*versions = (struct file_versions){ .repository = repository,
					    .commit = commit,
					    .path = path,
					    .complete = alone };
	return alone ? meet(versions, commit, &is_new, err) : 0;
}

void file_versions_release(struct file_versions *versions)
{
	free(versions->list);
	free(versions->by_blob);
	*versions = (struct file_versions){ .list = NULL };
}

/* ---- walking ---- */

static int use_commit(void *context, const struct history_commit *commit,
		      bool *stop, struct err *err)
{
	struct walk *walk = context;
	struct file_versions *versions = walk->versions;
	bool is_new;

	if (meet(versions, commit->id, &is_new, err) < 0 || !is_new)
		return err->code;
	if (walk->use(walk->context, versions->count - 1, &walk->stopped, err) <
	    0)
		return err->code;
	*stop = walk->stopped;
	return 0;
}

int file_versions_each(struct file_versions *versions, file_version_fn *use,
		       void *context, struct err *err)
{
	struct walk walk = { .versions = versions,
			     .use = use,
			     .context = context };

	for (size_t i = 0; i < versions->count && !walk.stopped; i++)
		if (use(context, i, &walk.stopped, err) < 0)
			return err->code;
	if (walk.stopped || versions->complete)
		return 0;
	if (history_walk(versions->repository, versions->commit, versions->path,
			 use_commit, &walk, err) < 0)
		return err->code;
	versions->complete = !walk.stopped;
	return 0;
}
