#include "config.h"

#include "cmd/setupattributes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "git/attributes.h"
#include "git/drivers.h"
#include "util/file.h"
#include "util/path.h"
#include "workspace/report.h"

enum { MAX_FILE = 1 << 20, MAX_LINE = 1 << 16 };

/* Adds "<snapshot path><pattern> <attributes>", if it is not there. */
static int add_attributes(struct setup *setup, struct buf *text,
			  const char *folder, const char *pattern,
			  const char *attributes, struct err *err)
{
	struct buf line;

	buf_init(&line, MAX_LINE);
	attributes_add_pattern(&line, folder, pattern);
	buf_add_format(&line, " %s", attributes);
	if (buf_check(&line, "a line of .gitattributes", err) < 0)
		goto out;
	if (attributes_have(text->data, text->len, line.data)) {
		buf_add_format(&setup->told, "found in .gitattributes: %s\n",
			       line.data);
	} else {
		attributes_add(text, line.data);
		buf_add_format(&setup->told, "%s to .gitattributes: %s\n",
			       setup->dry_run ? "would add" : "added",
			       line.data);
	}
out:
	buf_release(&line);
	return err->code;
}

/* The folder of all snapshots as .gitattributes names it; "" is the top. */
static int find_folder(const struct setup *setup, char **folder,
		       struct err *err)
{
	const struct workspace *workspace = &setup->workspace;
	char *path = path_resolve(workspace->worktree,
				  workspace->project.d1config.snapshot_path);

	*folder = NULL;
	if (!path)
		return err_set_nomem(err);
	if (path_check_inside(workspace->worktree, path, "snapshotPath", err) ==
	    0) {
		*folder = path_relative(workspace->worktree, path);
		if (!*folder)
			err_set_nomem(err);
		else if (strcmp(*folder, ".") == 0)
			**folder = '\0';
	}
	free(path);
	return err->code;
}

/*
 * Each line adds to those above it. At the top of a repository there is more
 * than snapshots, so there only their files are named.
 */
static int add_lines(struct setup *setup, struct buf *text, const char *folder,
		     struct err *err)
{
	static const char data[] = "-text diff=d1 merge=d1";

	if (!*folder) {
		if (add_attributes(setup, text, "", "*/schema.sql", "-text",
				   err) < 0 ||
		    add_attributes(setup, text, "", "*/triggers.sql", "-text",
				   err) < 0 ||
		    add_attributes(setup, text, "", "*/data/*.sql", data, err) <
			    0)
			return err->code;
	} else if (add_attributes(setup, text, folder, "/**", "-text", err) <
			   0 ||
		   add_attributes(setup, text, folder, "/*/data/*.sql", data,
				  err) < 0) {
		return err->code;
	}
	return add_attributes(setup, text, "", "*.sqlite", "diff=d1db", err);
}

int setup_write_attributes(struct setup *setup, struct err *err)
{
	char *path = path_resolve(setup->workspace.worktree, ".gitattributes");
	struct err missing = ERR_INIT;
	char *folder = NULL;
	struct buf text;
	size_t before;

	buf_init(&text, MAX_FILE);
	if (!path) {
		err_set_nomem(err);
		goto out;
	}
	if (file_read(&text, path, FILE_NO_SYMLINK, &missing) < 0 &&
	    missing.code != D1_ENOTFOUND) {
		*err = missing;
		goto out;
	}
	before = text.len;
	if (find_folder(setup, &folder, err) < 0 ||
	    add_lines(setup, &text, folder, err) < 0 ||
	    buf_check(&text, ".gitattributes", err) < 0)
		goto out;
	if (text.len > before && !setup->dry_run &&
	    setup_write_file(path, &text, err) < 0)
		goto out;
	(void)!setup_tell(setup, err);
out:
	free(folder);
	free(path);
	buf_release(&text);
	return err->code;
}

int setup_check_attributes(const struct setup *setup, struct err *err)
{
	const struct workspace *workspace = &setup->workspace;
	struct drivers drivers;
	char *folder = NULL, *data = NULL;

	if (setup->dry_run || find_folder(setup, &folder, err) < 0)
		return err->code;
	if (asprintf(&data, "%s%sany/data", folder, *folder ? "/" : "") < 0) {
		data = NULL;
		err_set_nomem(err);
	} else if (drivers_look(&drivers, &setup->git, workspace->worktree,
				data, err) == 0 &&
		   drivers.attributes != DRIVER_READY) {
		report_warning("git does not give the files the attributes "
			       "that .gitattributes says");
		report_hint("see what overrules them: git check-attr -a %s/"
			    "table.sql database.sqlite",
			    data);
	}
	free(folder);
	free(data);
	return err->code;
}
