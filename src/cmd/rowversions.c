#include "config.h"

#include "cmd/rowversions.h"

#include <stdlib.h>
#include <string.h>

#include "git/batch.h"
#include "git/tree.h"
#include "util/lines.h"

enum {
	/* Versions that are kept: as many as lines of history go side by side.
	 */
	KEPT = 64,
	HEADER_LINE = 2, /* of a data file: the one that names the columns */
	HEADER_LINES = 3,
	MAX_PATH = 1 << 16,
};

/* What one version of the files says of the row. */
struct version {
	char file[OBJECT_ID_SIZE]; /* "": there is none */
	char schema[OBJECT_ID_SIZE];
	bool known;
	struct row_digest row; /* "": it is not there */
};

struct row_versions {
	struct row_wanted wanted;
	const char *path;
	struct buf schema_path;
	struct blob_batch *batch;
	struct row_search search; /* fits this schema: */
	char schema[OBJECT_ID_SIZE];
	struct version kept[KEPT];
	size_t next; /* the one to give up */
};

/* ---- reading a version ---- */

/* Makes the search fit a file with this header, in the commit `id`. */
static int prepare(struct row_versions *self, const struct version *version,
		   const char *id, const char *header, size_t size,
		   struct err *err)
{
	const char *ready = self->search.header_text;

	if (ready && strlen(ready) == size &&
	    memcmp(ready, header, size) == 0 &&
	    strcmp(self->schema, version->schema) == 0)
		return 0;
	memcpy(self->schema, version->schema, sizeof(self->schema));
	return row_search_prepare(&self->search, &self->wanted, id, header,
				  size, err);
}

/* Looks for the row in the lines of the file. */
static int search_lines(struct row_versions *self, struct version *version,
			const char *id, struct lines *lines, struct err *err)
{
	static const char magic[] = DATALINE_MAGIC DATALINE_VERSION;
	const char *text;
	size_t size;
	bool found = false;

	while (!found && lines_next(lines, &text, &size, err) == 0 && text) {
		if (lines->number == 1 &&
		    (size != strlen(magic) || memcmp(text, magic, size) != 0))
			return 0;
		if (lines->number == HEADER_LINE &&
		    prepare(self, version, id, text, size, err) == 0 &&
		    !self->search.possible)
			return 0;
		if (err->code ||
		    (lines->number > HEADER_LINES &&
		     row_search_try(&self->search, text, size, &found,
				    &version->row, err) < 0))
			return err->code;
	}
	version->known = !err->code && lines->number >= HEADER_LINES;
	return err->code;
}

/* What cannot be read is not known: who compares it tells why. */
static int read_version(struct row_versions *self, struct version *version,
			const char *id, struct err *err)
{
	struct err unreadable = ERR_INIT;
	struct lines lines;
	struct stream *stream;

	version->known = !version->file[0];
	if (version->known)
		return 0;
	if (blob_batch_read(&stream, self->batch, version->file, &unreadable) ==
	    0) {
		lines_init(&lines, stream, DATAFILE_MAX_LINE);
		(void)!search_lines(self, version, id, &lines, &unreadable);
		lines_release(&lines);
	}
	return unreadable.code == D1_ENOMEM ? err_set_nomem(err) : 0;
}

/* ---- versions ---- */

static struct version *find_kept(struct row_versions *self,
				 const struct version *wanted)
{
	for (size_t i = 0; i < KEPT; i++) {
		struct version *version = &self->kept[i];

		if (version->known &&
		    strcmp(version->file, wanted->file) == 0 &&
		    strcmp(version->schema, wanted->schema) == 0)
			return version;
	}
	return NULL;
}

/* Finds the version that the commit holds; NULL is one without rows. */
static int look_up(struct row_versions *self, struct version *version,
		   const char *id, struct err *err)
{
	const struct repository *repository =
		self->wanted.comparison->repository;
	const struct version *kept;

	*version = (struct version){ .known = !id };
	if (!id)
		return 0;
	if (commit_path_id(repository, version->file, id, self->path, err) <
		    0 ||
	    commit_path_id(repository, version->schema, id,
			   self->schema_path.data, err) < 0)
		return err->code;
	kept = find_kept(self, version);
	if (kept) {
		*version = *kept;
		return 0;
	}
	if (read_version(self, version, id, err) < 0)
		return err->code;
	self->kept[self->next++ % KEPT] = *version;
	return 0;
}

static enum row_relation relate(const struct row_versions *self,
				const struct version *from,
				const struct version *to)
{
	bool same_schema = strcmp(from->schema, to->schema) == 0;
	bool in_both = from->row.hex[0] && to->row.hex[0];

	if (!from->known || !to->known || (in_both && !same_schema))
		return ROW_UNSURE;
	if (strcmp(from->row.hex, to->row.hex) == 0)
		return ROW_SAME;
	/* what differs may be a column that does not count */
	return self->search.ignores ? ROW_UNSURE : ROW_OTHER;
}

int row_versions_relate(struct row_versions *versions, const char *from,
			const char *to, enum row_relation *relation,
			struct err *err)
{
	struct version sides[2];

	*relation = ROW_UNSURE;
	if (look_up(versions, &sides[OLD], from, err) == 0 &&
	    look_up(versions, &sides[NEW], to, err) == 0)
		*relation = relate(versions, &sides[OLD], &sides[NEW]);
	return err->code;
}

int row_versions_open(struct row_versions **versions,
		      const struct row_wanted *wanted, const char *path,
		      struct err *err)
{
	struct row_versions *self = calloc(1, sizeof(*self));
	const char *folder = wanted->comparison->folder;

	if (!self)
		return err_set_nomem(err);
	self->wanted = *wanted;
	self->path = path;
	buf_init(&self->schema_path, MAX_PATH);
	buf_add_format(&self->schema_path, "%s%sschema.sql", folder,
		       *folder ? "/" : "");
	if (buf_check(&self->schema_path, "a path", err) < 0 ||
	    blob_batch_open(&self->batch, wanted->comparison->repository, err) <
		    0)
		row_versions_close(self);
	else
		*versions = self;
	return err->code;
}

void row_versions_close(struct row_versions *versions)
{
	if (!versions)
		return;
	row_search_release(&versions->search);
	blob_batch_close(versions->batch);
	buf_release(&versions->schema_path);
	free(versions);
}
