#include "config.h"

#include "cmd/table.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/file.h"
#include "workspace/applying.h"
#include "workspace/commits.h"
#include "workspace/report.h"
#include "workspace/sidefolder.h"
#include "workspace/spool.h"

struct revert_options {
	const char *to;
	long long mainline;
	bool check, patch, merge;
	struct consent_options consent;
	struct application_manner manner;
	struct workspace_options workspace;
};

static const struct revert_options revert_defaults = {
	.to = "local",
	.consent = { .yes = -1 },
};

static const struct option_spec revert_specs[] = {
	OPTION_STRING(0, "to", struct revert_options, to, "endpoint",
		      "revert in this database, not in local"),
	OPTION_FLAG(0, "check", struct revert_options, check,
		    "only say whether it can be reverted"),
	OPTION_FLAG('p', "patch", struct revert_options, patch,
		    "show each hunk, and ask whether to revert it"),
	OPTION_FLAG('3', "3way", struct revert_options, merge,
		    "merge into rows that were changed since"),
	OPTION_NUMBER('m', "mainline", struct revert_options, mainline, "n", 1,
		      INT_MAX, "revert a merge, to its parent number <n>"),
	CONSENT_OPTIONS(struct revert_options, consent.),
	APPLICATION_MANNER(struct revert_options, manner.),
	WORKSPACE_PROGRESS(struct revert_options, workspace.),
	WORKSPACE_OPTIONS(struct revert_options, workspace.),
	OPTION_END
};

static const char *const revert_usage[] = {
	"git d1 revert [<options>] (<patch> | <commit>)", NULL
};

/* A call of the command while it runs. */
struct revert {
	const struct revert_options *options;
	const char *argument;
	struct workspace workspace;
	struct side side;
	const struct repository *repository; /* NULL: there is none */
	char ids[2][OBJECT_ID_SIZE];	     /* parent and commit; "": none */
};

/* ---- which commit ---- */

/* Finds the commit of "<argument><suffix>"; *id is "" if there is none. */
static int find_commit(const struct revert *revert, char id[OBJECT_ID_SIZE],
		       const char *suffix, struct err *err)
{
	char *revision;

	id[0] = '\0';
	if (asprintf(&revision, "%s%s", revert->argument, suffix) < 0)
		return err_set_nomem(err);
	if (repository_commit(revert->repository, id, revision, err) ==
	    D1_ENOTFOUND) {
		id[0] = '\0';
		err_clear(err);
	}
	free(revision);
	return err->code;
}

/* The parent to which the commit is reverted. */
static int find_parent(struct revert *revert, struct err *err)
{
	long long mainline = revert->options->mainline;
	char second[OBJECT_ID_SIZE], suffix[32];

	if (find_commit(revert, second, "^2", err) < 0)
		return err->code;
	if (*second && mainline == 0) {
		err_set(err, D1_EUSAGE, "'%s' is a merge", revert->argument);
		return err_hint(err, "-m 1 reverts it to its first parent");
	}
	if (!*second && mainline > 0)
		return err_set(err, D1_EUSAGE,
			       "'%s' is no merge, and -m was "
			       "given",
			       revert->argument);
	snprintf(suffix, sizeof(suffix), "^%lld", mainline ? mainline : 1);
	if (find_commit(revert, revert->ids[OLD], suffix, err) < 0)
		return err->code;
	if (!revert->ids[OLD][0] && mainline > 0)
		return err_set(err, D1_EUSAGE,
			       "'%s' has no parent number "
			       "%lld",
			       revert->argument, mainline);
	return 0;
}

/* Finds out whether the argument is a commit; *is_commit is false for a file.
 */
static int find_subject(struct revert *revert, bool *is_commit, struct err *err)
{
	bool is_file = file_exists(revert->argument);

	*is_commit = false;
	if (workspace_repository(&revert->workspace, &revert->repository, err) <
	    0) {
		if (err->code != D1_ENOTFOUND)
			return err->code;
		err_clear(err);
		revert->repository = NULL;
	} else if (find_commit(revert, revert->ids[NEW], "", err) < 0) {
		return err->code;
	}
	*is_commit = revert->ids[NEW][0] != '\0';
	if (*is_commit && is_file) {
		err_set(err, D1_EUSAGE,
			"ambiguous argument '%s': both revision and filename",
			revert->argument);
		return err_hint(err, "write './%s' for the file",
				revert->argument);
	}
	if (!*is_commit && !is_file)
		return err_set(err, D1_ENOTFOUND,
			       "'%s' is neither a commit nor a patch",
			       revert->argument);
	return *is_commit ? find_parent(revert, err) : 0;
}

/* ---- what it did ---- */

/* Writes the rows that the commit changed as a patch. */
static int write_patch(struct revert *revert, FILE *out, struct err *err)
{
	const struct view_options as_patch = { .context = 3,
					       .color = COLOR_NEVER,
					       .no_abbrev = true };
	const struct option_words all = { .count = 0 };
	const struct d1config *settings;
	struct view view;
	struct comparison_result result;
	struct commit_comparison comparison = {
		.workspace = &revert->workspace,
		.repository = revert->repository,
		.database = revert->side.name,
		.view = &view,
		.tables = &all,
	};
	char *folder;

	if (workspace_settings(&revert->workspace, &settings, err) < 0 ||
	    view_prepare(&view, &as_patch, &revert->workspace, err) < 0)
		return err->code;
	if (!revert->side.name) {
		err_set(err, D1_EUSAGE,
			"it is not known of which database "
			"'%s' is",
			revert->side.label);
		return err_hint(err, "make a patch of the commit: git d1 "
				     "format-patch, then apply -R");
	}
	folder = side_folder_in_tree(settings, revert->side.name);
	if (!folder)
		return err_set_nomem(err);
	comparison.folder = folder;
	if (commits_compare(&comparison,
			    revert->ids[OLD][0] ? revert->ids[OLD] : NULL,
			    revert->ids[NEW], out, &result, err) == 0)
		(void)!comparing_refuse_gaps(&result, err);
	free(folder);
	return err->code;
}

/* The patch of a commit; *stream is NULL if it changed no row. */
static int open_commit(struct revert *revert, struct stream **stream,
		       struct err *err)
{
	FILE *spool = NULL;

	*stream = NULL;
	if (spool_open(&spool, err) == 0 &&
	    write_patch(revert, spool, err) == 0 && ftello(spool) > 0)
		(void)!spool_read(stream, spool, revert->argument, err);
	if (spool_close(spool, err) < 0) {
		stream_close(*stream);
		*stream = NULL;
	}
	return err->code;
}

/* ---- the run ---- */

static int run(struct revert *revert, struct err *err)
{
	const struct revert_options *options = revert->options;
	struct application application = {
		.workspace = &revert->workspace,
		.side = &revert->side,
		.command =
			options->patch ? "git d1 revert -p" : "git d1 revert",
		.patch_name = revert->argument,
		.reverse = true,
		.whole = true,
		.merge = options->merge,
		.check = options->check,
		.consent = options->consent,
		.manner = options->manner,
	};
	struct stream *patch;
	bool is_commit, quit;

	if (find_subject(revert, &is_commit, err) < 0)
		return err->code;
	if (is_commit) {
		application.base = revert->ids[NEW];
		if (open_commit(revert, &patch, err) < 0)
			return err->code;
	} else if (stream_open_file(&patch, revert->argument, 0, err) < 0) {
		return err->code;
	}
	if (!patch) {
		printf("%s changes no row of %s\n", revert->argument,
		       revert->side.name);
		return 0;
	}
	if (options->patch)
		(void)!applying_choose(&application, patch, &quit, err);
	else
		(void)!applying_run(&application, patch, err);
	application_end(&application);
	return err->code;
}

static int revert_run(const struct invocation *call, struct err *err)
{
	struct revert revert = { .options = call->options };

	if (call->arguments.count != 1)
		return err_set(err, D1_EUSAGE, "one patch or commit is wanted");
	if (revert.options->patch && revert.options->check)
		return err_set(err, D1_EUSAGE,
			       "--patch and --check exclude each other");
	revert.argument = call->arguments.words[0];
	workspace_init(&revert.workspace, &revert.options->workspace);
	if (workspace_resolve(&revert.workspace, &revert.side,
			      revert.options->to, err) == 0)
		(void)!run(&revert, err);
	side_release(&revert.side);
	workspace_release(&revert.workspace);
	return err->code;
}

const struct command command_revert = {
	.name = "revert",
	.summary = "take the rows of a patch or commit back",
	.usage = revert_usage,
	.specs = revert_specs,
	.defaults = &revert_defaults,
	.options_size = sizeof(revert_defaults),
	.run = revert_run,
};
