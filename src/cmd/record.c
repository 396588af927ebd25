#include "config.h"

#include "cmd/record.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "format/filename.h"
#include "util/buf.h"
#include "util/sha256.h"

enum { ID_DIGITS = 16 };

/*
 * Device, inode, and when it was made where the file system knows that: a file
 * that takes the place of a deleted one often gets its inode.
 */
static int add_identity(struct buf *text, const char *path)
{
	struct statx info;

	if (statx(AT_FDCWD, path, 0, STATX_INO | STATX_BTIME, &info) < 0)
		return -1;
	buf_add_format(text, "%u:%u", info.stx_dev_major, info.stx_dev_minor);
	buf_add_char(text, '\0');
	buf_add_format(text, "%llu", (unsigned long long)info.stx_ino);
	buf_add_char(text, '\0');
	if (info.stx_mask & STATX_BTIME)
		buf_add_format(text, "%lld.%u",
			       (long long)info.stx_btime.tv_sec,
			       info.stx_btime.tv_nsec);
	return 0;
}

int record_ref(char ref[RECORD_REF_SIZE], const char *path, struct err *err)
{
	char *real = realpath(path, NULL);
	char digest[SHA256_HEX_SIZE];
	struct buf text;

	buf_init(&text, PATH_MAX + 64);
	if (real)
		buf_add(&text, real, strlen(real) + 1);
	if (!real || add_identity(&text, real) < 0) {
		err_set_errno(err, "cannot look at '%s'", path);
		goto out;
	}
	if (buf_check(&text, "a path", err) == 0 &&
	    sha256_hex(digest, text.data, text.len, err) == 0)
		snprintf(ref, RECORD_REF_SIZE, "refs/d1/local/%.*s", ID_DIGITS,
			 digest);
out:
	buf_release(&text);
	free(real);
	return err->code;
}

int record_open(struct filetree **tree, const struct repository *repository,
		const char *ref, struct err *err)
{
	char id[OBJECT_ID_SIZE];

	*tree = NULL;
	if (repository_commit(repository, id, ref, err) == D1_ENOTFOUND) {
		err_clear(err);
		return 0;
	}
	if (err->code)
		return err->code;
	return commit_tree_open(tree, repository, id, "", err);
}

/* ---- copying files ---- */

/* A copy of the data files of one tree. */
struct copy {
	struct filesink *sink;
	struct filetree *from;
	const struct buf *names; /* of files, each with a NUL; NULL: all */
	bool others;		 /* those that are not among the names */
};

static int copy_file(const struct copy *copy, const char *path, struct err *err)
{
	struct stream *stream = NULL;
	enum file_news news;
	char block[65536];
	size_t got;

	if (filetree_open(copy->from, path, &stream, err) < 0 ||
	    filesink_begin(copy->sink, path, err) < 0)
		goto out;
	while (stream_read(stream, block, sizeof(block), &got, err) == 0 &&
	       got > 0)
		if (filesink_write(copy->sink, block, got, err) < 0)
			break;
	if (!err->code)
		(void)!filesink_end(copy->sink, &news, err);
out:
	stream_close(stream);
	return err->code;
}

static bool is_chosen(const struct copy *copy, const char *name)
{
	const struct buf *names = copy->names;

	if (!names)
		return true;
	for (size_t at = 0; at < names->len; at += strlen(names->data + at) + 1)
		if (strcmp(names->data + at, name) == 0)
			return !copy->others;
	return copy->others;
}

static int copy_data(void *context, const struct filetree_entry *entry,
		     struct err *err)
{
	struct copy *copy = context;
	char *path = NULL;

	if (entry->kind != FILETREE_FILE || !is_chosen(copy, entry->name))
		return 0;
	if (asprintf(&path, "data/%s", entry->name) < 0)
		return err_set_nomem(err);
	(void)!copy_file(copy, path, err);
	free(path);
	return err->code;
}

static int copy_definitions(const struct copy *copy, struct err *err)
{
	if (copy_file(copy, "schema.sql", err) < 0)
		return err->code;
	if (copy_file(copy, "triggers.sql", err) == D1_ENOTFOUND)
		err_clear(err);
	return err->code;
}

static int name_files(struct buf *names, const char *const *tables,
		      struct err *err)
{
	for (; *tables; tables++) {
		if (filename_add(names, *tables, err) < 0)
			return err->code;
		buf_add_char(names, '\0');
	}
	return buf_check(names, "a list of tables", err);
}

/* ---- making ---- */

static int copy_all(struct record *record, struct filetree *snapshot,
		    const char *const *tables, struct err *err)
{
	struct copy copy = { .sink = record->sink, .from = snapshot };
	struct filetree *before = NULL;
	struct buf names;

	buf_init(&names, 1 << 24);
	if (tables) {
		copy.names = &names;
		if (name_files(&names, tables, err) < 0 ||
		    record_open(&before, record->repository, record->ref, err) <
			    0)
			goto out;
	}
	if (copy_definitions(&copy, err) < 0 ||
	    filetree_list(snapshot, "data", copy_data, &copy, err) < 0)
		goto out;
	if (before) {
		copy.from = before;
		copy.others = true;
		(void)!filetree_list(before, "data", copy_data, &copy, err);
	}
out:
	filetree_close(before);
	buf_release(&names);
	return err->code;
}

int record_prepare(struct record *record, const struct repository *repository,
		   const char *path, struct filetree *snapshot,
		   const char *const *tables, struct err *err)
{
	memset(record, 0, sizeof(*record));
	record->repository = repository;
	if (record_ref(record->ref, path, err) < 0 ||
	    tree_sink_open(&record->sink, repository, err) < 0 ||
	    copy_all(record, snapshot, tables, err) < 0 ||
	    filesink_publish(record->sink, err) < 0)
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

int record_take(const struct repository *repository, const char *path,
		const char *folder, const char *database, struct err *err)
{
	struct filetree *files = NULL;
	struct record record = { .sink = NULL };

	if (directory_open(&files, folder, err) == 0 &&
	    record_prepare(&record, repository, path, files, NULL, err) == 0)
		(void)!record_keep(&record, database, "snapshot", err);
	record_release(&record);
	filetree_close(files);
	return err->code;
}
