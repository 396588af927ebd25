#include "config.h"

#include "workspace/record.h"

#include <errno.h>
#include <ftw.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "workspace/fileidentity.h"
#include "workspace/recordlinks.h"
#include "workspace/treecopy.h"

enum {
	MAX_AT_ONCE = 16 << 20, /* bytes of data files */
};

int record_ref(char ref[RECORD_REF_SIZE], const char *path, struct err *err)
{
	char digits[FILE_IDENTITY_SIZE];

	if (file_identity(digits, NULL, path, err) == 0)
		snprintf(ref, RECORD_REF_SIZE, "refs/d1/local/%s", digits);
	return err->code;
}

static int open_commit(struct filetree **tree,
		       const struct repository *repository, const char *ref,
		       struct err *err)
{
	char id[OBJECT_ID_SIZE];

	if (repository_commit(repository, id, ref, err) == D1_ENOTFOUND) {
		err_clear(err);
		return 0;
	}
	if (err->code)
		return err->code;
	return commit_tree_open(tree, repository, id, "", err);
}

/* ---- making ---- */

/* Data of the tables, and of the others as it is in the record so far. */
static int copy_tables(struct record *record, struct filetree *snapshot,
		       const char *const *tables, struct err *err)
{
	struct filetree *before = NULL;

	if (record_open(&before, record->repository, record->ref, err) == 0 &&
	    treecopy_definitions(record->sink, snapshot, err) == 0 &&
	    treecopy_tables(record->sink, snapshot, tables, false, err) == 0 &&
	    before)
		(void)!treecopy_tables(record->sink, before, tables, true, err);
	filetree_close(before);
	return err->code;
}

static int copy_all(struct record *record, struct filetree *snapshot,
		    const char *const *tables, struct err *err)
{
	if (tables)
		return copy_tables(record, snapshot, tables, err);
	if (treecopy_definitions(record->sink, snapshot, err) == 0)
		(void)!treecopy_data(record->sink, snapshot, err);
	return err->code;
}

static int make_objects(struct record *record, struct filetree *snapshot,
			const char *const *tables, struct err *err)
{
	if (tree_sink_open(&record->sink, record->repository, err) < 0 ||
	    copy_all(record, snapshot, tables, err) < 0)
		return err->code;
	return filesink_publish(record->sink, err);
}

int record_prepare(struct record *record, const struct repository *repository,
		   const char *path, struct filetree *snapshot,
		   const char *const *tables, struct err *err)
{
	memset(record, 0, sizeof(*record));
	record->repository = repository;
	if (record_ref(record->ref, path, err) < 0 ||
	    make_objects(record, snapshot, tables, err) < 0)
		return err_context(err, "cannot keep a record of '%s'", path);
	return 0;
}

int record_keep(struct record *record, const char *database, const char *reason,
		struct err *err)
{
	struct ref_update update = { .ref = record->ref,
				     .tree = tree_sink_id(record->sink),
				     .reason = reason };
	char *message = NULL;
	bool moved;

	if (asprintf(&message,
		     "Record what a local database was made like\n\n"
		     "D1-Name: %s\n",
		     database) < 0)
		return err_set_nomem(err);
	update.message = message;
	(void)!repository_update_ref(record->repository, &update, &moved, err);
	free(message);
	return err->code;
}

void record_release(struct record *record)
{
	filesink_close(record->sink);
	memset(record, 0, sizeof(*record));
}

/* ---- a commit that is made later ---- */

/* The folder of the files that are waiting; the caller frees it. */
static int waiting_folder(char **folder, const struct repository *repository,
			  const char *ref, struct err *err)
{
	if (asprintf(folder, "%s/d1/local/%s", repository->common_dir,
		     strrchr(ref, '/') + 1) >= 0)
		return 0;
	*folder = NULL;
	return err_set_nomem(err);
}

static int note_name(void *context, const struct filetree_entry *entry,
		     struct err *err)
{
	char **name = context;

	if (*name || entry->kind != FILETREE_FOLDER)
		return 0;
	*name = strdup(entry->name);
	return *name ? 0 : err_set_nomem(err);
}

/*
 * Opens the files that are waiting in the folder; *tree is NULL if there are
 * none. *name is that of their database, which the caller frees.
 */
static int open_waiting(struct filetree **tree, char **name, const char *folder,
			struct err *err)
{
	char *path = NULL;

	*tree = NULL;
	*name = NULL;
	if (directory_open(tree, folder, err) == D1_ENOTFOUND) {
		err_clear(err);
		return 0;
	}
	if (!err->code)
		(void)!filetree_list(*tree, "", note_name, name, err);
	filetree_close(*tree);
	*tree = NULL;
	if (err->code || !*name)
		return err->code;
	if (asprintf(&path, "%s/%s", folder, *name) < 0)
		return err_set_nomem(err);
	(void)!directory_open(tree, path, err);
	free(path);
	return err->code;
}

static int remove_one(const char *path, const struct stat *info, int kind,
		      struct FTW *walk)
{
	(void)info;
	(void)kind;
	(void)walk;
	return remove(path);
}

static int remove_waiting(const char *folder, struct err *err)
{
	if (nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS) < 0 &&
	    errno != ENOENT)
		return err_set_errno(err, "cannot remove '%s'", folder);
	return 0;
}

/* Makes the commit of what is waiting. */
static int settle(const struct repository *repository, const char *ref,
		  struct err *err)
{
	struct record record = { .repository = repository };
	struct filetree *files = NULL;
	char *folder = NULL, *name = NULL;
	bool same;

	snprintf(record.ref, sizeof(record.ref), "%s", ref);
	if (waiting_folder(&folder, repository, ref, err) == 0 &&
	    open_waiting(&files, &name, folder, err) == 0 && files &&
	    recordlinks_check(&same, folder, name, err) == 0 &&
	    (!same || (make_objects(&record, files, NULL, err) == 0 &&
		       record_keep(&record, name, "snapshot", err) == 0)))
		(void)!remove_waiting(folder, err);
	record_release(&record);
	filetree_close(files);
	free(name);
	free(folder);
	return err->code;
}

static int copy_to(const char *path, struct filetree *files, struct err *err)
{
	struct filesink *sink = NULL;

	if (directory_sink_open(&sink, path, false, err) == 0 &&
	    treecopy_definitions(sink, files, err) == 0 &&
	    treecopy_data(sink, files, err) == 0)
		(void)!filesink_publish(sink, err);
	filesink_close(sink);
	return err->code;
}

/*
 * Links or copies the files, which are in the folder `from`, to where they
 * wait, all at once, in the place of others.
 */
static int let_wait(const struct repository *repository, const char *ref,
		    const char *from, struct filetree *files, const char *name,
		    struct err *err)
{
	char *folder = NULL, *made = NULL, *path = NULL;
	bool linked;

	if (waiting_folder(&folder, repository, ref, err) < 0)
		goto out;
	if (asprintf(&made, "%s.new", folder) < 0 ||
	    asprintf(&path, "%s/%s", made, name) < 0) {
		err_set_nomem(err);
		goto out;
	}
	if (remove_waiting(made, err) < 0 ||
	    recordlinks_make(&linked, made, path, from, files, err) < 0 ||
	    (!linked && (remove_waiting(made, err) < 0 ||
			 copy_to(path, files, err) < 0)) ||
	    remove_waiting(folder, err) < 0)
		goto out;
	if (rename(made, folder) < 0)
		err_set_errno(err, "cannot make '%s'", folder);
out:
	free(path);
	free(made);
	free(folder);
	return err->code;
}

int record_open(struct filetree **tree, const struct repository *repository,
		const char *ref, struct err *err)
{
	*tree = NULL;
	if (settle(repository, ref, err) < 0)
		return err->code;
	return open_commit(tree, repository, ref, err);
}

int record_look(struct filetree **tree, const struct repository *repository,
		const char *ref, struct err *err)
{
	char *folder, *name;
	bool same;

	*tree = NULL;
	if (waiting_folder(&folder, repository, ref, err) < 0)
		return err->code;
	if (open_waiting(tree, &name, folder, err) == 0 && *tree &&
	    recordlinks_check(&same, folder, name, err) == 0 && !same) {
		filetree_close(*tree);
		*tree = NULL;
	}
	free(name);
	free(folder);
	if (err->code || *tree)
		return err->code;
	return open_commit(tree, repository, ref, err);
}

/* ---- a snapshot that was taken ---- */

struct sizes {
	const char *folder;
	uint64_t sum;
};

static int add_size(void *context, const struct filetree_entry *entry,
		    struct err *err)
{
	struct sizes *sizes = context;
	struct stat info;
	char *path;

	if (asprintf(&path, "%s/data/%s", sizes->folder, entry->name) < 0)
		return err_set_nomem(err);
	if (lstat(path, &info) == 0)
		sizes->sum += (uint64_t)info.st_size;
	free(path);
	return 0;
}

int record_take(const struct repository *repository, const char *path,
		const char *folder, const char *database, struct err *err)
{
	struct record record = { .repository = repository };
	struct sizes sizes = { .folder = folder };
	struct filetree *files = NULL;

	if (directory_open(&files, folder, err) < 0 ||
	    record_ref(record.ref, path, err) < 0 ||
	    filetree_list(files, "data", add_size, &sizes, err) < 0)
		goto out;
	if (sizes.sum > MAX_AT_ONCE)
		(void)!let_wait(repository, record.ref, folder, files, database,
				err);
	else if (settle(repository, record.ref, err) == 0 &&
		 make_objects(&record, files, NULL, err) == 0)
		(void)!record_keep(&record, database, "snapshot", err);
out:
	record_release(&record);
	filetree_close(files);
	return err_context(err, "cannot keep a record of '%s'", path);
}
