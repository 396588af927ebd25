#include "config.h"

#include "workspace/tracking.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/tablesettings.h"
#include "render/name.h"
#include "source/sqlite.h"
#include "util/file.h"
#include "util/glob.h"
#include "util/path.h"
#include "util/replacement.h"

enum { MAX_NAME = 1 << 16, MAX_CONFIG = 1 << 20 };

/* ---- opening ---- */

static int find_path(struct tracking *tracking, struct err *err)
{
	const struct workspace *workspace = &tracking->workspace;
	const struct project *project = &workspace->project;
	const char *dir = workspace->worktree ? workspace->worktree
					      : project->wrangler.dir;

	tracking->path = project->d1config.path
				 ? strdup(project->d1config.path)
				 : path_resolve(dir, ".d1config");
	tracking->shown_path =
		tracking->path ? path_relative(workspace->dir, tracking->path)
			       : NULL;
	return tracking->shown_path ? 0 : err_set_nomem(err);
}

static int load_config(struct tracking *tracking, struct err *err)
{
	return d1config_load(&tracking->config, tracking->path,
			     &tracking->workspace.git, err);
}

static int open_local(struct tracking_database *entry, struct err *err)
{
	struct err missing = ERR_INIT;

	if (!file_exists(entry->database->local_path))
		return 0;
	if (sqlite_open(&entry->local, entry->database->local_path, &missing) <
		    0 &&
	    missing.code != D1_ENOTFOUND)
		*err = missing;
	return err->code;
}

/* Entries of the configuration that stand for the same database count once. */
static int open_databases(struct tracking *tracking, struct err *err)
{
	struct project *project = &tracking->workspace.project;

	tracking->databases = arena_array(&tracking->arena, project->count + 1,
					  sizeof(*tracking->databases));
	if (!tracking->databases)
		return err_set_nomem(err);
	for (size_t i = 0; i < project->count; i++) {
		const struct database *found;

		if (project_at(&found, project, i, err) < 0)
			return err->code;
		if (!found)
			continue;
		tracking->databases[tracking->count].database = found;
		if (open_local(&tracking->databases[tracking->count++], err) <
		    0)
			return err->code;
	}
	if (tracking->count == 0) {
		const struct database *none;

		return project_find(&none, project, NULL, NULL, err);
	}
	return 0;
}

int tracking_open(struct tracking *tracking,
		  const struct workspace_options *options, struct err *err)
{
	memset(tracking, 0, sizeof(*tracking));
	workspace_init(&tracking->workspace, options);
	if (workspace_project(&tracking->workspace, err) < 0 ||
	    find_path(tracking, err) < 0 || load_config(tracking, err) < 0)
		return err->code;
	return open_databases(tracking, err);
}

void tracking_close(struct tracking *tracking)
{
	for (size_t i = 0; i < tracking->count; i++)
		source_close(tracking->databases[i].local);
	d1config_release(&tracking->config);
	free(tracking->path);
	free(tracking->shown_path);
	workspace_release(&tracking->workspace);
	arena_release(&tracking->arena);
}

/* ---- names ---- */

int tracking_find_database(struct tracking *tracking,
			   struct tracking_database **found, const char *name,
			   struct err *err)
{
	const struct database *database;

	*found = NULL;
	if (project_find(&database, &tracking->workspace.project, name, NULL,
			 err) < 0)
		return err->code;
	for (size_t i = 0; i < tracking->count; i++)
		if (strcmp(tracking->databases[i].database->name,
			   database->name) == 0)
			*found = &tracking->databases[i];
	return *found ? 0
		      : err_set(err, D1_ENOTFOUND, "no database '%s'", name);
}

const struct table *tracking_table(const struct tracking_database *database,
				   const char *name)
{
	const struct schema *schema =
		database->local ? database->local->schema : NULL;

	for (size_t i = 0; schema && i < schema->ntables; i++)
		if (name_equal(schema->tables[i].name, name))
			return &schema->tables[i];
	return NULL;
}

static bool any_has_table(const struct tracking *tracking, const char *name)
{
	for (size_t i = 0; i < tracking->count; i++)
		if (tracking_table(&tracking->databases[i], name))
			return true;
	return false;
}

int tracking_split(struct tracking *tracking, struct tracking_database **found,
		   const char **table, const char *text, struct err *err)
{
	const char *slash = strchr(text, '/');
	struct err unknown = ERR_INIT;
	const char *name;

	*found = NULL;
	*table = text;
	if (!slash)
		return 0;
	name = arena_copy(&tracking->arena, text, (size_t)(slash - text));
	if (!name)
		return err_set_nomem(err);
	if (tracking_find_database(tracking, found, name, &unknown) == 0)
		*table = slash + 1;
	else if (unknown.code != D1_ENOTFOUND || !any_has_table(tracking, text))
		*err = unknown;
	return err->code;
}

void tracking_add_name(struct buf *out, const struct tracking *tracking,
		       const struct tracking_database *database,
		       const char *table)
{
	name_add_table(out,
		       tracking->count > 1 ? database->database->name : NULL,
		       table);
}

/* ---- settings ---- */

int tracking_settings(struct tracking *tracking,
		      struct table_settings *settings,
		      const struct tracking_database *database,
		      const char *table, struct err *err)
{
	return d1config_table(settings, &tracking->config,
			      database->database->name, table, &tracking->arena,
			      err);
}

int tracking_section(struct tracking *tracking, const char **section,
		     const struct tracking_database *database,
		     const char *table, bool qualified, struct err *err)
{
	const struct d1config *config = &tracking->config;
	struct buf name;

	buf_init(&name, MAX_NAME);
	/* what stands before the slash is taken as it is */
	if (qualified)
		buf_add_format(&name, "%s/", database->database->name);
	glob_add_name(&name, table);
	if (buf_check(&name, "a name", err) == 0) {
		*section = arena_string(&tracking->arena, name.data);
		if (!*section)
			err_set_nomem(err);
	}
	for (size_t i = 0; !err->code && i < config->table_count; i++)
		if (name_equal(config->table_sections[i].name, *section)) {
			/* (that of the configuration is read anew) */
			*section = arena_string(&tracking->arena,
						config->table_sections[i].name);
			if (!*section)
				err_set_nomem(err);
			break;
		}
	buf_release(&name);
	return err->code;
}

/* A file that may not be written must not be replaced by a new one. */
static int check_writable(const struct tracking *tracking, struct err *err)
{
	if (access(tracking->path, W_OK) < 0 && errno != ENOENT)
		return err_set_errno(err, "cannot write '%s'",
				     tracking->shown_path);
	return 0;
}

/* Sets it without a look at what the file has then. */
static int set(struct tracking *tracking, const char *section,
	       const char *value, struct err *err)
{
	const char *key =
		arena_format(&tracking->arena, "table.%s.track", section);

	if (!key)
		return err_set_nomem(err);
	if (check_writable(tracking, err) < 0)
		return err->code;
	if (git_config_file_set(tracking->path, key, value, err) < 0)
		return err_context(err, "cannot change '%s'",
				   tracking->shown_path);
	return 0;
}

int tracking_set(struct tracking *tracking, const char *section,
		 const char *value, struct err *err)
{
	if (set(tracking, section, value, err) < 0)
		return err->code;
	return load_config(tracking, err);
}

/* ---- many settings ---- */

static bool has_section(const struct tracking *tracking, const char *section)
{
	const struct d1config *config = &tracking->config;

	for (size_t i = 0; i < config->table_count; i++)
		if (strcmp(config->table_sections[i].name, section) == 0)
			return true;
	return false;
}

/* As git writes it: [table "say \"x\""]. */
static void add_section(struct buf *text, const char *section)
{
	buf_add_string(text, "[table \"");
	for (; *section; section++) {
		if (strchr("\"\\", *section))
			buf_add_char(text, '\\');
		buf_add_char(text, *section);
	}
	buf_add_string(text, "\"]\n\ttrack = true\n");
}

/* What was there ends with its line: a backslash would take the next one. */
static void end_lines(struct buf *text)
{
	if (text->len > 0 && text->data[text->len - 1] != '\n')
		buf_add_char(text, '\n');
	if (text->len > 1 && text->data[text->len - 2] == '\\')
		buf_add_char(text, '\n');
}

static int write_config(const struct tracking *tracking, const struct buf *text,
			struct err *err)
{
	struct replacement *file = NULL;

	if (buf_check(text, tracking->shown_path, err) == 0 &&
	    check_writable(tracking, err) == 0 &&
	    replacement_create(&file, tracking->path, err) == 0 &&
	    replacement_write(file, text->data, text->len, err) == 0)
		(void)!replacement_publish(file, err);
	replacement_close(file);
	return err_context(err, "cannot change '%s'", tracking->shown_path);
}

int tracking_set_all(struct tracking *tracking, const char *const *sections,
		     size_t count, struct err *err)
{
	struct buf text;
	size_t added = 0;

	buf_init(&text, MAX_CONFIG);
	for (size_t i = 0; i < count && !err->code; i++)
		if (has_section(tracking, sections[i]))
			(void)!set(tracking, sections[i], "true", err);
	if (!err->code && file_exists(tracking->path) &&
	    file_read(&text, tracking->path, 0, err) == 0)
		end_lines(&text);
	for (size_t i = 0; i < count && !err->code; i++)
		if (!has_section(tracking, sections[i])) {
			add_section(&text, sections[i]);
			added++;
		}
	if (!err->code && added > 0)
		(void)!write_config(tracking, &text, err);
	buf_release(&text);
	return err->code ? err->code : load_config(tracking, err);
}
