#include "config.h"

#include "cmd/table.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diff/mergefile.h"
#include "git/config.h"
#include "git/textmerge.h"
#include "model/literal.h"
#include "model/name.h"
#include "render/abbrev.h"
#include "render/name.h"
#include "source/definition.h"
#include "util/file.h"
#include "util/filetree.h"
#include "workspace/conflicts.h"
#include "workspace/report.h"

enum {
	LINES = 20,	     /* of conflicts that are told one by one */
	MAX_LINE = 1 << 12,  /* bytes of such a line */
	MAX_TEXT = 1 << 30,  /* bytes of a file that is merged as text */
	MAX_MARKER = 1 << 10 /* bytes of a conflict marker */
};

struct driver_options {
	bool keep_base;
};

static const struct driver_options driver_defaults = { .keep_base = false };

static const struct option_spec driver_specs[] = {
	OPTION_FLAG(0, "keep-base", struct driver_options, keep_base,
		    "leave what is in conflict as in the base"),
	OPTION_END
};

static const char *const driver_usage[] = {
	"git d1 merge-driver [--keep-base] <base> <ours> <theirs> <marker-size> <path> "
	"[<label> <label> <label>]",
	NULL
};

/* A run of the driver. */
struct driver {
	struct mergefile files;
	const char *path; /* of the file in the worktree */
	struct buf shown; /* the same, in one line that can be read */
	uint64_t conflicts;
	struct buf lines; /* about the first of them, with LF */
};

/* ---- what it is called with ---- */

/* An older git leaves %S, %X and %Y as they are. */
static const char *label_of(const char *word, const char *label)
{
	return word[0] == '\0' || (word[0] == '%' && strlen(word) == 2) ? label
									: word;
}

static int read_marker_size(size_t *size, const char *text, struct err *err)
{
	char *end;
	unsigned long number;

	errno = 0;
	number = strtoul(text, &end, 10);
	if (errno || end == text || *end || number == 0 || number > MAX_MARKER)
		return err_set(err, D1_EUSAGE,
			       "'%s' is no size of a conflict marker", text);
	*size = number;
	return 0;
}

static int read_arguments(struct driver *driver,
			  const struct option_words *arguments, struct err *err)
{
	static const char *const names[] = { "base", "ours", "theirs" };
	struct mergefile *files = &driver->files;

	if (arguments->count != 5 && arguments->count != 8)
		return err_set(err, D1_EUSAGE,
			       "merge-driver takes what git gives it: "
			       "%%O %%A %%B %%L %%P, and perhaps %%S %%X %%Y");
	for (int side = 0; side < MERGE_SIDES; side++) {
		files->paths[side] = arguments->words[side];
		files->names[side] = names[side];
		files->labels[side] = names[side];
		if (arguments->count == 8)
			files->labels[side] =
				label_of(arguments->words[5 + side],
					 names[side]);
	}
	driver->path = arguments->words[4];
	name_add_text(&driver->shown, driver->path);
	if (buf_check(&driver->shown, "a path", err) < 0)
		return err->code;
	return read_marker_size(&files->marker_size, arguments->words[3], err);
}

static int read_style(struct driver *driver, struct err *err)
{
	struct git_config git;
	const char *style;

	git_config_init(&git);
	if (git_config_load(&git, NULL, err) == 0) {
		style = git_config_get(&git, "merge.conflictStyle");
		driver->files.show_base = style && (!strcmp(style, "diff3") ||
						    !strcmp(style, "zdiff3"));
	}
	git_config_release(&git);
	return err->code;
}

/* ---- the order of the key ---- */

/* The schema beside the data, in the worktree: ours, while git merges. */
static int open_in_worktree(struct stream **schema, const char *folder,
			    struct err *err)
{
	struct filetree *tree;

	if (directory_open(&tree, *folder ? folder : ".", err) < 0)
		return err->code;
	(void)!filetree_open(tree, "schema.sql", schema, err);
	filetree_close(tree);
	return err->code;
}

/* The same in HEAD: for a sparse checkout, or a merge without a worktree. */
static int open_in_head(struct stream **schema, const char *folder,
			struct buf *name, struct err *err)
{
	const char *argv[] = { "git", "cat-file", "blob", NULL, NULL };
	const struct child child = { .argv = argv };

	buf_add_format(name, "HEAD:%s%sschema.sql", folder, *folder ? "/" : "");
	if (buf_check(name, "a path", err) < 0)
		return err->code;
	argv[3] = name->data;
	return stream_open_child(schema, &child, err);
}

/* The folder of the snapshot: <folder>/data/<table>.sql is the file. */
static char *snapshot_folder(const char *path)
{
	const char *end = strrchr(path, '/');

	while (end && end > path && end[-1] != '/')
		end--;
	return strndup(path, end && end > path ? (size_t)(end - path - 1) : 0);
}

/*
 * A data file does not tell collations, but the schema beside it does. Without
 * one the key is taken as BINARY: if that is wrong, the files are not in order,
 * and the merge refuses them.
 */
static int find_collations(void *context, enum collation *collations,
			   const char *table, const char *const *key,
			   size_t nkey, struct err *err)
{
	const struct driver *driver = context;
	struct err missing = ERR_INIT;
	char *folder = snapshot_folder(driver->path);
	struct stream *schema;
	struct buf name;
	bool found = false;

	if (!folder)
		return err_set_nomem(err);
	buf_init(&name, 1 << 16);
	for (int place = 0; place < 2 && !found; place++) {
		err_clear(&missing);
		if ((place == 0 ? open_in_worktree(&schema, folder, &missing)
				: open_in_head(&schema, folder, &name,
					       &missing)) == 0)
			(void)!definition_collate(collations, &found, schema,
						  "schema.sql", table, key,
						  nkey, &missing);
	}
	if (missing.code == D1_ENOMEM)
		err_set_nomem(err);
	buf_release(&name);
	free(folder);
	return err->code;
}

/* ---- what is said of conflicts ---- */

static void add_literal(struct buf *line, const struct value *value,
			const struct value *other)
{
	size_t start = line->len;

	literal_add(line, value);
	abbrev_literal(line, start, value, other);
}

/* "color: 'a' against 'b', name: ..."; the names alone if a side is gone. */
static void add_cells(struct buf *line, const struct datafile_header *header,
		      const struct merged_row *row)
{
	const struct value *ours = row->versions[MERGE_OURS].cells;
	const struct value *theirs = row->versions[MERGE_THEIRS].cells;
	bool first = true;

	for (size_t i = 0; i < header->ncolumns; i++) {
		if (!row->conflicts[i])
			continue;
		buf_add_string(line, first ? "" : ", ");
		name_add(line, header->columns[i]);
		first = false;
		if (!ours || !theirs)
			continue;
		buf_add_string(line, ": ");
		add_literal(line, &ours[i], &theirs[i]);
		buf_add_string(line, " against ");
		add_literal(line, &theirs[i], &ours[i]);
	}
}

static void add_conflict(struct buf *line, const struct datafile_header *header,
			 const struct merged_row *row)
{
	bool in_base = row->versions[MERGE_BASE].cells;
	bool in_ours = row->versions[MERGE_OURS].cells;
	bool in_theirs = row->versions[MERGE_THEIRS].cells;
	int side = in_ours ? MERGE_OURS : MERGE_THEIRS;

	conflict_add_label(line, header, &row->versions[side]);
	buf_add_string(line, ": ");
	if (!in_ours || !in_theirs)
		buf_add_format(line,
			       in_base ? "deleted by %s, which %s changed: "
				       : "not in %s, and %s does not know: ",
			       in_ours ? "theirs" : "ours",
			       in_ours ? "ours" : "theirs");
	add_cells(line, header, row);
}

static void tell_conflict(void *context, const struct datafile_header *header,
			  const struct merged_row *row)
{
	struct driver *driver = context;
	struct buf line;

	if (++driver->conflicts > LINES)
		return;
	buf_init(&line, MAX_LINE);
	buf_add_format(&line, "CONFLICT (d1): %s: ", driver->shown.data);
	add_conflict(&line, header, row);
	/* what is too long for a line ends where it got too long */
	buf_add(&driver->lines, line.data, line.len);
	buf_add_char(&driver->lines, '\n');
	buf_release(&line);
}

static void show_conflicts(struct driver *driver)
{
	char *line = driver->lines.data;

	for (uint64_t i = 0; i < driver->conflicts && i < LINES; i++) {
		char *end = strchr(line, '\n');

		*end = '\0';
		report_line(line);
		line = end + 1;
	}
	if (driver->conflicts > LINES) {
		struct buf more;

		buf_init(&more, MAX_LINE);
		buf_add_format(&more, "CONFLICT (d1): %s: and %" PRIu64 " more",
			       driver->shown.data, driver->conflicts - LINES);
		if (!more.failed)
			report_line(more.data);
		buf_release(&more);
	}
}

/* ---- merging ---- */

static int merge_rows_of(struct driver *driver, struct merge_result *result,
			 struct err *err)
{
	struct replacement *out;

	if (replacement_open(&out, driver->files.paths[MERGE_OURS], err) < 0)
		return err->code;
	if (mergefile_run(&driver->files, out, result, err) == 0)
		(void)!replacement_publish(out, err);
	replacement_close(out);
	return err->code;
}

/*
 * Merges lines, for files that cannot be merged by rows. The result is never
 * taken for a merge that went well.
 */
static int merge_as_text(struct driver *driver, bool *clean, struct err *err)
{
	const struct mergefile *files = &driver->files;
	struct textmerge merge = {
		.marker_size = (unsigned short)files->marker_size,
		.show_base = files->show_base,
	};
	struct replacement *out = NULL;
	struct buf texts[MERGE_SIDES], merged;

	buf_init(&merged, MAX_TEXT);
	for (int side = 0; side < MERGE_SIDES; side++)
		buf_init(&texts[side], MAX_TEXT);
	for (int side = 0; side < MERGE_SIDES; side++) {
		if (file_read(&texts[side], files->paths[side], 0, err) < 0)
			goto out;
		merge.texts[side].data = texts[side].data;
		merge.texts[side].size = texts[side].len;
		merge.labels[side] = files->labels[side];
	}
	if (textmerge(&merged, clean, &merge, err) < 0 ||
	    replacement_open(&out, files->paths[MERGE_OURS], err) < 0 ||
	    replacement_write(out, merged.data, merged.len, err) < 0)
		goto out;
	(void)!replacement_publish(out, err);
out:
	replacement_close(out);
	for (int side = 0; side < MERGE_SIDES; side++)
		buf_release(&texts[side]);
	buf_release(&merged);
	return err->code;
}

/* The base in the place of ours. */
static int take_base(struct driver *driver, struct err *err)
{
	const char *const *paths = driver->files.paths;
	struct replacement *out = NULL;
	struct buf base;

	buf_init(&base, MAX_TEXT);
	if (file_read(&base, paths[MERGE_BASE], 0, err) == 0 &&
	    replacement_open(&out, paths[MERGE_OURS], err) == 0 &&
	    replacement_write(out, base.data, base.len, err) == 0)
		(void)!replacement_publish(out, err);
	replacement_close(out);
	buf_release(&base);
	return err->code;
}

static int fall_back(struct driver *driver, struct err *why, struct err *err)
{
	bool clean = false;

	if (driver->files.keep_base)
		return take_base(driver, err);
	if (why->code == D1_ENOMEM || merge_as_text(driver, &clean, err) < 0) {
		if (!err->code)
			*err = *why;
		return err_context(err, "%s", driver->path);
	}
	err_context(why, "%s: merged as text, and not by rows", driver->path);
	if (clean)
		err_hint(why, "look at all of '%s' before 'git add'",
			 driver->path);
	report_warning_err(why);
	return EXIT_DIFFERENT;
}

static int merge(struct driver *driver, struct err *err)
{
	struct merge_result result = { .lost = 0 };
	struct err why = ERR_INIT;

	if (merge_rows_of(driver, &result, &why) < 0)
		return fall_back(driver, &why, err);
	if (driver->files.keep_base)
		return EXIT_FINE;
	if (result.lost > 0)
		report_warning("%s: %" PRIu64 " row%s changed in a column that "
			       "the other side dropped or masks anew; that is "
			       "gone",
			       driver->path, result.lost,
			       result.lost == 1 ? " was" : "s were");
	show_conflicts(driver);
	if (result.conflicts == 0)
		return EXIT_FINE;
	report_hint("edit '%s', or see 'git d1 resolve -h'", driver->path);
	return EXIT_DIFFERENT;
}

/*
 * With --keep-base it merges two bases into the base of a criss-cross merge:
 * markers in there would be taken for rows.
 *
 * Git takes 1 for a conflict, and for a failure only what is above 128.
 */
static int driver_run(const struct invocation *call, struct err *err)
{
	struct driver driver = {
		.files = { .collate = find_collations,
			   .conflict = tell_conflict,
			   .context = &driver },
	};
	const struct driver_options *options = call->options;
	int result;

	driver.files.keep_base = options->keep_base;
	buf_init(&driver.shown, MAX_LINE / 2);
	buf_init(&driver.lines, (LINES + 1) * (size_t)(MAX_LINE + 1));
	result = read_arguments(&driver, &call->arguments, err);
	if (result == 0)
		result = read_style(&driver, err);
	if (result == 0)
		result = merge(&driver, err);
	buf_release(&driver.lines);
	buf_release(&driver.shown);
	if (result < 0 && result != D1_EUSAGE) {
		report_error(err);
		err_clear(err);
		return EXIT_USAGE;
	}
	return result;
}

const struct command command_merge_driver = {
	.name = "merge-driver",
	.summary = "merge a data file, for git",
	.usage = driver_usage,
	.specs = driver_specs,
	.defaults = &driver_defaults,
	.options_size = sizeof(driver_defaults),
	.flags = COMMAND_RUN_BY_GIT,
	.run = driver_run,
};
