#include "config.h"

#include "apply/checkedfile.h"

#include <stdlib.h>
#include <string.h>

#include "format/filename.h"

/* ---- a stream that says whether it failed ---- */

struct watched {
	struct stream stream;
	struct stream *inner;
	bool *failed;
};

static int watched_read(struct stream *stream, void *data, size_t size,
			size_t *got, struct err *err)
{
	struct watched *self = (struct watched *)stream;

	if (stream_read(self->inner, data, size, got, err) < 0)
		*self->failed = true;
	return err->code;
}

static void watched_close(struct stream *stream)
{
	struct watched *self = (struct watched *)stream;

	stream_close(self->inner);
	free(self);
}

/* Takes the stream, also if this fails. */
static int watch(struct stream **stream, bool *failed, struct err *err)
{
	struct watched *self = calloc(1, sizeof(*self));

	if (!self) {
		stream_close(*stream);
		*stream = NULL;
		return err_set_nomem(err);
	}
	self->stream.read = watched_read;
	self->stream.close = watched_close;
	self->inner = *stream;
	self->failed = failed;
	*stream = &self->stream;
	return 0;
}

/* ---- the file ---- */

/* Makes a problem of the error, unless the file could not be read. */
static int take(struct checkedfile *file, struct err *err)
{
	if (file->unreadable || err->code == D1_ENOMEM)
		return err->code;
	file->bad = true;
	if (file->problems)
		return problems_take(file->problems, err);
	err_clear(err);
	return 0;
}

static int fit(struct checkedfile *file,
	       const struct checkedschema *definitions, struct err *err)
{
	const struct datafile_header *header = datafile_header(file->rows);

	file->defined = checkedschema_table(definitions, header->table);
	if (!file->defined && !definitions->complete)
		return 0; /* what is wrong there was told */
	if (snapshotfile_fit(&file->file, &file->table, file->defined, header,
			     &file->arena, err) == 0)
		return 0;
	file->table.name = NULL;
	return take(file, err);
}

int checkedfile_open(struct checkedfile *file, struct filetree *tree,
		     const char *path, const struct checkedschema *definitions,
		     struct problems *problems, struct err *err)
{
	struct stream *stream;

	memset(file, 0, sizeof(*file));
	file->file.path = path;
	file->problems = problems;
	if (filetree_open(tree, path, &stream, err) < 0)
		return err->code == D1_ECONFLICT ? take(file, err) : err->code;
	if (watch(&stream, &file->unreadable, err) < 0)
		return err->code;
	if (datafile_open(&file->rows, stream, path, err) < 0)
		return take(file, err);
	return fit(file, definitions, err);
}

void checkedfile_close(struct checkedfile *file)
{
	datafile_close(file->rows);
	arena_release(&file->arena);
	memset(file, 0, sizeof(*file));
}

/*
 * Of the markers of a conflict the first is told, unless one stands without.
 */
static int pass_marker(struct checkedfile *file, struct err *err)
{
	size_t size;
	const char *text = datafile_text(file->rows, &size);
	char sign = text && size > 0 ? text[0] : '\0';
	bool inside = file->in_conflict;

	file->in_conflict = sign == '<' || (inside && sign != '>');
	if (inside && sign != '<') {
		err_clear(err);
		return 0;
	}
	return take(file, err);
}

int checkedfile_next(struct checkedfile *file, const struct row **row,
		     struct err *err)
{
	*row = NULL;
	while (file->rows && datafile_next(file->rows, row, err) < 0)
		if ((err->code == D1_ECONFLICT ? pass_marker(file, err)
					       : take(file, err)) < 0)
			break;
	return err->code;
}

/* ---- all files ---- */

struct listing {
	struct checkedfiles *files;
	struct problems *problems;
	bool no_folder; /* what is called `data` is none */
};

static struct listedfile *add_item(struct checkedfiles *files)
{
	if (files->count == files->cap) {
		size_t cap = files->cap ? files->cap * 2 : 64;
		struct listedfile *items =
			reallocarray(files->items, cap, sizeof(*items));

		if (!items)
			return NULL;
		files->items = items;
		files->cap = cap;
	}
	return &files->items[files->count++];
}

static int list_entry(void *context, const struct filetree_entry *entry,
		      struct err *err)
{
	struct listing *listing = context;
	struct checkedfiles *files = listing->files;
	struct listedfile *item;

	if (!filename_is_data(entry->name))
		return 0;
	item = add_item(files);
	if (!item)
		return err_set_nomem(err);
	item->path = arena_format(&files->arena, "data/%s", entry->name);
	if (!item->path)
		return err_set_nomem(err);
	problems_begin(listing->problems, item->path);
	item->is_file = !problems_add_kind(listing->problems, entry->kind);
	problems_end(listing->problems);
	return 0;
}

static int check_folder(void *context, const struct filetree_entry *entry,
			struct err *err)
{
	struct listing *listing = context;

	(void)err;
	if (strcmp(entry->name, "data") != 0 || entry->kind == FILETREE_FOLDER)
		return 0;
	listing->no_folder = true;
	problems_begin(listing->problems, "data");
	problems_add(listing->problems, 0,
		     "remove it, and write the snapshot anew: git d1 snapshot",
		     "not a folder");
	problems_end(listing->problems);
	return 0;
}

int checkedfiles_list(struct checkedfiles *files, struct filetree *tree,
		      struct problems *problems, struct err *err)
{
	struct listing listing = { .files = files, .problems = problems };

	*files = (struct checkedfiles){ .count = 0 };
	if (filetree_list(tree, "", check_folder, &listing, err) == 0 &&
	    !listing.no_folder)
		(void)!filetree_list(tree, "data", list_entry, &listing, err);
	if (err->code)
		checkedfiles_release(files);
	return err->code;
}

void checkedfiles_release(struct checkedfiles *files)
{
	free(files->items);
	arena_release(&files->arena);
	*files = (struct checkedfiles){ .count = 0 };
}
