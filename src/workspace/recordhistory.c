#include "config.h"

#include "workspace/recordhistory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_OBJECTS = 1 << 28 /* bytes of a list of ids and paths */ };

int record_is_of(bool *is, const char *ref, const struct revision *commit,
		 struct err *err)
{
	const struct repository *repository = commit->repository;
	char record[OBJECT_ID_SIZE], ids[2][OBJECT_ID_SIZE];
	char *path = NULL;

	*is = false;
	if (repository_ref(repository, record, ref, err) < 0 || !*record)
		return err->code;
	if (asprintf(&path, "%s/data", commit->snapshot) < 0)
		return err_set_nomem(err);
	if (commit_path_id(repository, ids[0], record, "data", err) == 0 &&
	    commit_path_id(repository, ids[1], commit->id, path, err) == 0)
		*is = strcmp(ids[0], ids[1]) == 0;
	free(path);
	return err->code;
}

/* ---- all that was committed ---- */

struct search {
	const struct revision *commit;
	struct buf objects; /* that git keeps below its folder, once asked */
	bool asked;
	bool all_found;
};

/* Neither a stash nor what git-d1 keeps for itself is a commit of somebody. */
static int list_objects(struct search *search, struct err *err)
{
	const struct revision *commit = search->commit;
	const char *const argv[] = { "git",
				     "rev-list",
				     "--objects",
				     "--exclude=refs/d1/*",
				     "--exclude=refs/stash",
				     "--all",
				     commit->id,
				     "--",
				     commit->snapshot,
				     NULL };

	search->asked = true;
	return repository_run(commit->repository, argv, &search->objects, err);
}

/* A line of the list begins with the id. */
static bool is_listed(const struct buf *objects, const char *id)
{
	size_t size = strlen(id);

	for (const char *at = objects->data; at && *at;) {
		if (strncmp(at, id, size) == 0)
			return true;
		at += strcspn(at, "\n");
		at += *at == '\n';
	}
	return false;
}

static int look_for_file(void *context, const struct filetree_entry *entry,
			 struct err *err)
{
	struct search *search = context;
	const struct revision *commit = search->commit;
	char id[OBJECT_ID_SIZE];
	char *path;

	if (!search->all_found || entry->kind == FILETREE_FOLDER || !entry->id)
		return 0;
	if (asprintf(&path, "%s/data/%s", commit->snapshot, entry->name) < 0)
		return err_set_nomem(err);
	if (commit_path_id(commit->repository, id, commit->id, path, err) ==
		    0 &&
	    strcmp(id, entry->id) != 0 &&
	    (search->asked || list_objects(search, err) == 0))
		search->all_found = is_listed(&search->objects, entry->id);
	free(path);
	return err->code;
}

int record_is_committed(bool *is, const char *ref,
			const struct revision *commit, struct err *err)
{
	struct search search = { .commit = commit, .all_found = true };
	struct filetree *record = NULL;

	buf_init(&search.objects, MAX_OBJECTS);
	if (record_open(&record, commit->repository, ref, err) == 0 && record)
		(void)!filetree_list(record, "data", look_for_file, &search,
				     err);
	*is = search.all_found;
	filetree_close(record);
	buf_release(&search.objects);
	return err->code;
}
