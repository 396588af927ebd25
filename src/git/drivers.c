#include "config.h"

#include "git/drivers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/child.h"

enum { GIT_TIMEOUT = 10000 }; /* milliseconds */

#define MERGE_DRIVER "merge.d1.driver"
#define TEXTCONV "diff.d1db.textconv"

/*
 * Where git-d1 is not found (a GUI, another machine that shares the clone), git
 * takes the shell's exit code for a conflict, and leaves ours in the file
 * without a mark of theirs (git 2.39): lines are merged instead.
 *
 * diff.d1db.cachetextconv is not among them: git would keep what the driver
 * printed as objects, and go on showing a column that was masked since.
 */
const struct driver_setting driver_settings[DRIVER_SETTINGS] = {
	{ "merge.d1.name", "git-d1: rows by key and cell" },
	{ MERGE_DRIVER, "if command -v git-d1 >/dev/null; "
			"then git-d1 merge-driver %O %A %B %L %P; "
			"else git merge-file --marker-size=%L %A %O %B; fi" },
	{ "merge.d1.recursive", "d1-base" },
	{ "merge.d1-base.name", "git-d1: rows of several bases" },
	{ "merge.d1-base.driver",
	  "if command -v git-d1 >/dev/null; "
	  "then git-d1 merge-driver --keep-base %O %A %B %L %P; "
	  "else cat %O >%A; fi" },
	{ "diff.d1.xfuncname", "^-- (table .*)$" },
	{ TEXTCONV, "git-d1 textconv" },
	{ "diff.d1db.binary", "true" },
	{ "diff.d1db.xfuncname", "^-- (table .*)$" },
};

const char *driver_state_name(enum driver_state state)
{
	static const char *const names[] = {
		[DRIVER_READY] = "ok",
		[DRIVER_MISSING] = "missing",
		[DRIVER_OTHER] = "other",
	};

	return names[state];
}

enum driver_state driver_setting_state(const struct driver_setting *setting,
				       const struct git_config *git)
{
	const char *value = git_config_get(git, setting->key);

	if (!value)
		return DRIVER_MISSING;
	return strcmp(value, setting->value) == 0 ? DRIVER_READY : DRIVER_OTHER;
}

static enum driver_state state_of(const char *key, const struct git_config *git)
{
	size_t i = 0;

	while (strcmp(driver_settings[i].key, key) != 0)
		i++;
	return driver_setting_state(&driver_settings[i], git);
}

/* Runs git in `dir`; what it writes goes to `output`. */
static int run_git(const char *const *argv, const char *dir, struct buf *output,
		   struct err *err)
{
	static const char *const environment[] = { "LC_ALL=C", NULL };
	struct buf errors;
	struct child child = {
		.argv = argv,
		.dir = dir,
		.environment = environment,
		.output = output,
		.errors = &errors,
		.timeout = GIT_TIMEOUT,
	};
	struct child_result result;

	buf_init(&errors, 1 << 16);
	if (child_run(&child, &result, err) == 0 && result.status != 0)
		err_set(err, D1_ERROR, "git %s failed: %s", argv[1],
			errors.len ? errors.data : "it does not say why");
	buf_release(&errors);
	return err->code;
}

int driver_setting_write(const struct driver_setting *setting, const char *dir,
			 struct err *err)
{
	const char *const argv[] = { "git",	   "config",
				     "--local",	   "--replace-all",
				     setting->key, setting->value,
				     NULL };
	struct buf output;

	buf_init(&output, 1 << 16);
	if (run_git(argv, dir, &output, err) < 0)
		err_context(err, "cannot set %s", setting->key);
	buf_release(&output);
	return err->code;
}

/* Finds it among git's records, "path NUL name NUL value NUL". */
static bool attribute_is(const struct buf *records, const char *path,
			 const char *name, const char *value)
{
	const char *fields[3];
	size_t at = 0;

	while (at < records->len) {
		for (int i = 0; i < 3; i++) {
			fields[i] = records->data + at;
			at += at < records->len ? strlen(fields[i]) + 1 : 0;
		}
		if (strcmp(fields[0], path) == 0 &&
		    strcmp(fields[1], name) == 0)
			return strcmp(fields[2], value) == 0;
	}
	return false;
}

static int look_at_attributes(enum driver_state *state, const char *top,
			      const char *folder, struct err *err)
{
	static const char database[] = "database.sqlite";
	char *file = NULL;
	struct buf records;

	buf_init(&records, 1 << 20);
	if (asprintf(&file, "%s/table.sql", folder) < 0) {
		file = NULL;
		err_set_nomem(err);
	} else {
		const char *const argv[] = { "git",  "check-attr", "-z",
					     "text", "diff",	   "merge",
					     "--",   file,	   database,
					     NULL };

		if (run_git(argv, top, &records, err) == 0 &&
		    attribute_is(&records, file, "text", "unset") &&
		    attribute_is(&records, file, "diff", "d1") &&
		    attribute_is(&records, file, "merge", "d1") &&
		    attribute_is(&records, database, "diff", "d1db"))
			*state = DRIVER_READY;
	}
	free(file);
	buf_release(&records);
	return err->code;
}

int drivers_look(struct drivers *drivers, const struct git_config *git,
		 const char *top, const char *folder, struct err *err)
{
	drivers->merge = state_of(MERGE_DRIVER, git);
	drivers->textconv = state_of(TEXTCONV, git);
	drivers->attributes = DRIVER_MISSING;
	return look_at_attributes(&drivers->attributes, top, folder, err);
}
