#include "config.h"

#include "cmd/overwriting.h"

#include <string.h>

#include "git/tree.h"
#include "workspace/record.h"
#include "workspace/report.h"
#include "workspace/snapshots.h"

enum { MAX_LIST = 1 << 24 };

/* ---- conflicts ---- */

/* A file of the index that has no one id has several: it is in conflict. */
static int refuse_conflict(void *context, const struct filetree_entry *entry,
			   struct err *err)
{
	const char *folder = context;

	if (entry->kind != FILETREE_FILE || entry->id)
		return 0;
	err_set(err, D1_ECONFLICT,
		"'%s/%s' is in conflict: a snapshot would undo the merge",
		folder, entry->name);
	return err_hint(err, "settle it ('git d1 resolve' does), git add it, "
			     "and take it over: git d1 restore snapshot");
}

static int check_folder(struct filetree *tree, const char *shown,
			const char *part, struct err *err)
{
	struct buf name;

	buf_init(&name, 1 << 16);
	buf_add_format(&name, "%s%s%s", shown, *part ? "/" : "", part);
	if (buf_check(&name, "a path", err) == 0)
		(void)!filetree_list(tree, part, refuse_conflict, name.data,
				     err);
	buf_release(&name);
	return err->code;
}

int overwriting_check(struct workspace *workspace, const char *folder,
		      struct err *err)
{
	const char *shown = snapshots_shown_path(workspace, folder);
	const struct repository *repository;
	struct filetree *tree;

	if (workspace_repository(workspace, &repository, err) == D1_ENOTFOUND) {
		err_clear(err);
		return 0;
	}
	if (err->code || *shown == '/')
		return err->code;
	if (index_tree_open(&tree, repository, shown, err) < 0)
		return err->code;
	if (check_folder(tree, shown, "", err) == 0)
		(void)!check_folder(tree, shown, "data", err);
	filetree_close(tree);
	return err->code;
}

/* ---- rows that the database never had ---- */

void overwriting_begin(struct overwriting *overwriting,
		       struct workspace *workspace, struct filetree *files,
		       const char *path)
{
	const struct repository *repository;
	char ref[RECORD_REF_SIZE];
	struct err unknown = ERR_INIT;

	*overwriting = (struct overwriting){ .files = files };
	buf_init(&overwriting->strange, MAX_LIST);
	if (path && files &&
	    workspace_repository(workspace, &repository, &unknown) == 0 &&
	    record_ref(ref, path, &unknown) == 0)
		(void)!record_look(&overwriting->record, repository, ref,
				   &unknown);
}

/* Fills the block, unless the stream ends before. */
static int read_block(struct stream *stream, char *block, size_t size,
		      size_t *filled, struct err *err)
{
	size_t got;

	*filled = 0;
	do {
		if (stream_read(stream, block + *filled, size - *filled, &got,
				err) < 0)
			return err->code;
		*filled += got;
	} while (got > 0 && *filled < size);
	return 0;
}

static bool are_equal(struct filetree *a, struct filetree *b, const char *path,
		      struct err *err)
{
	struct filetree *const trees[2] = { a, b };
	struct stream *streams[2] = { NULL, NULL };
	char blocks[2][32768];
	size_t sizes[2] = { 1, 1 };
	bool equal = true;

	for (int i = 0; i < 2; i++)
		if (filetree_open(trees[i], path, &streams[i], err) < 0)
			equal = false;
	while (equal && sizes[0] > 0) {
		for (int i = 0; i < 2 && equal; i++)
			if (read_block(streams[i], blocks[i], sizeof(blocks[i]),
				       &sizes[i], err) < 0)
				equal = false;
		equal = equal && sizes[0] == sizes[1] &&
			memcmp(blocks[0], blocks[1], sizes[0]) == 0;
	}
	stream_close(streams[0]);
	stream_close(streams[1]);
	return equal;
}

void overwriting_note(struct overwriting *overwriting, const char *path)
{
	struct err err = ERR_INIT; /* what cannot be read is another file */

	if (!overwriting->record ||
	    are_equal(overwriting->files, overwriting->record, path, &err))
		return;
	overwriting->count++;
	buf_add_format(&overwriting->strange, "%s\n", path);
}

void overwriting_clear(struct overwriting *overwriting)
{
	buf_clear(&overwriting->strange);
	overwriting->count = 0;
}

void overwriting_warn(const struct overwriting *overwriting, const char *shown)
{
	const char *at = overwriting->strange.data;

	if (overwriting->count == 0 || overwriting->strange.failed)
		return;
	while (*at) {
		size_t size = strcspn(at, "\n");

		report_warning(
			"%s/%.*s held changes that the local database, "
			"by its record, never had; they are not in it now",
			shown, (int)size, at);
		at += size + (at[size] == '\n');
	}
	report_hint("if they are wanted: git checkout -- '%s' && git d1 "
		    "restore; after a merge, a pull or a checkout restore "
		    "comes before snapshot",
		    shown);
}

void overwriting_release(struct overwriting *overwriting)
{
	filetree_close(overwriting->record);
	buf_release(&overwriting->strange);
	*overwriting = (struct overwriting){ .files = NULL };
}
