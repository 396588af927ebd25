#include "config.h"

#include "workspace/treecopy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format/filename.h"
#include "util/buf.h"
#include "util/stream.h"

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

int treecopy_definitions(struct filesink *sink, struct filetree *from,
			 struct err *err)
{
	const struct copy copy = { .sink = sink, .from = from };

	if (copy_file(&copy, "schema.sql", err) < 0)
		return err->code;
	if (copy_file(&copy, "triggers.sql", err) == D1_ENOTFOUND)
		err_clear(err);
	return err->code;
}

int treecopy_data(struct filesink *sink, struct filetree *from, struct err *err)
{
	struct copy copy = { .sink = sink, .from = from };

	return filetree_list(from, "data", copy_data, &copy, err);
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

int treecopy_tables(struct filesink *sink, struct filetree *from,
		    const char *const *tables, bool others, struct err *err)
{
	struct buf names;
	struct copy copy = {
		.sink = sink, .from = from, .names = &names, .others = others
	};

	buf_init(&names, 1 << 24);
	if (name_files(&names, tables, err) == 0)
		(void)!filetree_list(from, "data", copy_data, &copy, err);
	buf_release(&names);
	return err->code;
}
