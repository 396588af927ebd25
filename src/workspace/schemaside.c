#include "config.h"

#include "workspace/schemaside.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "model/sqltoken.h"
#include "util/file.h"
#include "util/filetree.h"
#include "workspace/sidefolder.h"

enum { MAX_TEXT = 256 << 20 };

static const char database_head[] = "SQLite format 3";

/* ---- texts ---- */

static int read_file(struct schemaside *self, struct filetree *tree,
		     const char *path, bool needed, struct err *err)
{
	const char *label = self->side.label;
	struct stream *stream;
	struct buf text;
	char name[4096];

	if (filetree_open(tree, path, &stream, err) < 0) {
		if (!needed && err->code == D1_ENOTFOUND)
			err_clear(err);
		return err->code;
	}
	snprintf(name, sizeof(name), "%s:%s", label, path);
	buf_init(&text, MAX_TEXT);
	if (stream_read_all(stream, &text, path, err) == 0)
		(void)!blueprint_add_text(&self->blueprint,
					  text.data ? text.data : "", text.len,
					  name, err);
	stream_close(stream);
	buf_release(&text);
	return err->code;
}

static int read_snapshot(struct workspace *workspace, struct schemaside *self,
			 struct err *err)
{
	struct filetree *tree;

	if (workspace_open_files(workspace, &self->side, &tree, err) < 0)
		return err->code;
	if (read_file(self, tree, "schema.sql", true, err) == 0)
		(void)!read_file(self, tree, "triggers.sql", false, err);
	filetree_close(tree);
	return err->code;
}

/* True if the file is a database; what cannot be read is none. */
static bool is_database(const char *path)
{
	char head[sizeof(database_head)];
	struct err ignored = ERR_INIT;
	bool found = false;
	int fd;

	if (file_open(&fd, path, 0, &ignored) < 0)
		return false;
	if (read(fd, head, sizeof(head)) == (ssize_t)sizeof(head))
		found = memcmp(head, database_head, sizeof(head)) == 0;
	close(fd);
	return found;
}

/* Text that begins as `wrangler d1 export` and `.dump` write it. */
static bool is_dump(const struct buf *text)
{
	struct sqltokens tokens = { text->data, text->len };
	struct sqltoken first;

	return sqltoken_next(&first, &tokens) &&
	       (sqltoken_is(&first, "PRAGMA") || sqltoken_is(&first, "BEGIN"));
}

static int read_database(struct workspace *workspace, struct schemaside *self,
			 struct err *err)
{
	if (workspace_open(workspace, &self->side, &self->source, err) < 0)
		return err->code;
	return blueprint_add_source(&self->blueprint, self->source, err);
}

static int read_text(struct workspace *workspace, struct schemaside *self,
		     struct renames *renames, struct err *err)
{
	const char *path = self->side.endpoint.path;
	struct buf text;

	buf_init(&text, MAX_TEXT);
	if (file_read(&text, path, 0, err) == 0 && text.data) {
		if (is_dump(&text))
			(void)!read_database(workspace, self, err);
		else if (blueprint_add_text(&self->blueprint, text.data,
					    text.len, path, err) == 0 &&
			 renames)
			(void)!renames_add_text(renames, text.data, text.len,
						err);
	}
	buf_release(&text);
	return err->code;
}

/* ---- all ---- */

static int read_any(struct workspace *workspace, struct schemaside *self,
		    struct renames *renames, struct err *err)
{
	const struct endpoint *endpoint = &self->side.endpoint;
	bool file = endpoint->kind == ENDPOINT_FILE;

	self->is_absent = self->may_be_absent && side_is_absent(&self->side);
	if (self->is_absent)
		return 0;
	if (side_is_snapshot(&self->side) ||
	    (file && directory_exists(endpoint->path)))
		return read_snapshot(workspace, self, err);
	if (file && !is_database(endpoint->path))
		return read_text(workspace, self, renames, err);
	return read_database(workspace, self, err);
}

int schemaside_read(struct workspace *workspace, struct schemaside *self,
		    struct renames *renames, struct err *err)
{
	blueprint_init(&self->blueprint, self->side.label);
	if (read_any(workspace, self, renames, err) < 0)
		return err->code;
	return blueprint_finish(&self->blueprint, err);
}

int schemaside_open_both(struct workspace *workspace,
			 struct schemaside sides[2], const char *const texts[2],
			 struct renames *renames, struct err *err)
{
	struct side resolved[2];

	(void)!workspace_resolve_both(workspace, resolved, texts, err);
	for (int i = 0; i < 2; i++)
		sides[i].side = resolved[i];
	for (int i = 0; i < 2 && !err->code; i++)
		(void)!schemaside_read(workspace, &sides[i],
				       i == 1 ? renames : NULL, err);
	return err->code;
}

void schemaside_close(struct schemaside *self)
{
	source_close(self->source);
	blueprint_release(&self->blueprint);
	side_release(&self->side);
}
