#include "config.h"

#include "cmd/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util/lines.h"
#include "util/replacement.h"
#include "util/terminal.h"
#include "workspace/applying.h"
#include "workspace/patchstat.h"
#include "workspace/report.h"
#include "workspace/spool.h"
#include "workspace/workspace.h"

struct apply_options {
	const char *to;
	const char *base;
	bool check, stat, patch, reverse, reject, recount, merge;
	struct consent_options consent;
	struct application_manner manner;
	struct workspace_options workspace;
};

static const struct apply_options apply_defaults = {
	.to = "local",
	.consent = { .yes = -1 },
};

static const struct option_spec apply_specs[] = {
	OPTION_STRING(0, "to", struct apply_options, to, "endpoint",
		      "apply to this database, not to local"),
	OPTION_FLAG(0, "check", struct apply_options, check,
		    "only say whether it applies"),
	OPTION_FLAG(0, "stat", struct apply_options, stat,
		    "only show how many rows of which tables change"),
	OPTION_FLAG('p', "patch", struct apply_options, patch,
		    "show each hunk, and ask whether to apply it"),
	OPTION_FLAG('R', "reverse", struct apply_options, reverse,
		    "take the changes back"),
	OPTION_FLAG('3', "3way", struct apply_options, merge,
		    "merge hunks into rows that were changed meanwhile"),
	OPTION_STRING(0, "base", struct apply_options, base, "revision",
		      "a snapshot that the patch was made from, for --3way"),
	OPTION_FLAG(0, "reject", struct apply_options, reject,
		    "apply what applies, and leave the rest in <patch>.rej"),
	OPTION_FLAG(0, "recount", struct apply_options, recount,
		    "do not check the numbers of rows: the patch was edited"),
	CONSENT_OPTIONS(struct apply_options, consent.),
	APPLICATION_MANNER(struct apply_options, manner.),
	WORKSPACE_PROGRESS(struct apply_options, workspace.),
	WORKSPACE_OPTIONS(struct apply_options, workspace.),
	OPTION_END
};

static const char *const apply_usage[] = {
	"git d1 apply [<options>] [<patch>...]", NULL
};

/* A call of the command while it runs. */
struct apply {
	const struct apply_options *options;
	struct workspace workspace;
	struct side side;
	bool quit; /* no more hunks are to be chosen */
};

/* ---- rejects ---- */

/* Leaves the hunks that failed in "<patch>.rej". */
static int keep_rejects(const char *patch, FILE *rejects, struct err *err)
{
	struct replacement *file = NULL;
	char block[65536];
	char *path = NULL;
	size_t size;

	if (fflush(rejects) == EOF || fseeko(rejects, 0, SEEK_SET) < 0)
		return err_set_errno(err, "cannot write a temporary file");
	if (asprintf(&path, "%s.rej", patch) < 0)
		return err_set_nomem(err);
	if (replacement_create(&file, path, err) < 0)
		goto out;
	while ((size = fread(block, 1, sizeof(block), rejects)) > 0)
		if (replacement_write(file, block, size, err) < 0)
			goto out;
	if (ferror(rejects))
		err_set_errno(err, "cannot read a temporary file");
	else if (replacement_publish(file, err) == 0)
		report_hint("the hunks that do not apply are in '%s'", path);
out:
	replacement_close(file);
	free(path);
	return err->code;
}

/* ---- the run ---- */

/* Copies standard input up to a line that no patch has. */
static int copy_input(FILE *spool, struct err *err)
{
	struct stream *input;
	struct lines lines;
	const char *line;
	size_t size;

	if (stream_take_fd(&input, dup(STDIN_FILENO), "standard input", err) <
	    0)
		return err->code;
	lines_init(&lines, input, PATCH_MAX_LINE);
	while (lines_next(&lines, &line, &size, err) == 0 && line) {
		fwrite(line, 1, size, spool);
		if (lines.complete)
			putc('\n', spool);
	}
	if (err->code)
		err_context(err, "standard input:%llu",
			    (unsigned long long)lines.number);
	lines_release(&lines);
	return err->code;
}

/*
 * Standard input is read to its end first: it may be slow, and the database is
 * locked while a patch is read.
 */
static int read_input(struct stream **stream, struct err *err)
{
	FILE *spool = NULL;

	*stream = NULL;
	if (spool_open(&spool, err) < 0)
		return err->code;
	if (copy_input(spool, err) == 0)
		(void)!spool_read(stream, spool, "standard input", err);
	if (spool_close(spool, err) < 0) {
		stream_close(*stream);
		*stream = NULL;
	}
	return err->code;
}

static int open_patch(struct stream **stream, const char *name, struct err *err)
{
	return strcmp(name, "-") == 0 ? read_input(stream, err)
				      : stream_open_file(stream, name, 0, err);
}

/* What the journal calls it. */
static const char *command_line(const struct apply_options *options)
{
	if (options->patch)
		return options->reverse ? "git d1 apply -p -R"
					: "git d1 apply -p";
	return options->reverse ? "git d1 apply -R" : "git d1 apply";
}

static int apply_patch(struct apply *apply, const char *name, FILE *rejects,
		       struct err *err)
{
	const struct apply_options *options = apply->options;
	struct application application = {
		.workspace = &apply->workspace,
		.side = &apply->side,
		.command = command_line(options),
		.patch_name = strcmp(name, "-") == 0 ? "standard input" : name,
		.patch_flags = options->recount ? PATCH_RECOUNT : 0,
		.reverse = options->reverse,
		.merge = options->merge,
		.base = options->base,
		.check = options->check,
		.consent = options->consent,
		.manner = options->manner,
		.rejects = rejects,
	};
	struct stream *patch;

	if (open_patch(&patch, name, err) < 0)
		return err->code;
	if (options->patch)
		(void)!applying_choose(&application, patch, &apply->quit, err);
	else if (applying_run(&application, patch, err) == 0 &&
		 application.counts.failed > 0) {
		if (!options->check)
			(void)!keep_rejects(name, rejects, err);
		if (!err->code)
			err_set(err, D1_EUNPLANNED,
				"%s: %llu of %llu hunk%s %s not apply to %s",
				name,
				(unsigned long long)application.counts.failed,
				(unsigned long long)application.counts.hunks,
				application.counts.hunks == 1 ? "" : "s",
				application.counts.failed == 1 ? "does" : "do",
				apply->side.label);
	}
	application_end(&application);
	return err->code;
}

static int show_stat(const struct apply *apply, const char *name,
		     struct err *err)
{
	const struct render_options options = {
		.out = stdout,
		.colors = { "", "", "", "", "", "", "", "" },
		.width = (unsigned)terminal_width(),
	};
	struct patch *patch = NULL;
	struct stream *stream;

	if (open_patch(&stream, name, err) < 0)
		return err->code;
	if (patch_open(&patch, stream, name,
		       apply->options->recount ? PATCH_RECOUNT : 0, err) == 0)
		(void)!patchstat_write(patch, &options, err);
	patch_close(patch);
	return err->code;
}

static int apply_file(struct apply *apply, const char *name, struct err *err)
{
	FILE *rejects = NULL;

	if (apply->options->stat)
		return show_stat(apply, name, err);
	if (!apply->options->reject)
		return apply_patch(apply, name, NULL, err);
	if (strcmp(name, "-") == 0)
		return err_set(err, D1_EUSAGE,
			       "--reject needs a patch in a file");
	if (spool_open(&rejects, err) == 0)
		(void)!apply_patch(apply, name, rejects, err);
	return spool_close(rejects, err);
}

static int apply_all(struct apply *apply, const struct option_words *patches,
		     struct err *err)
{
	if (patches->count == 0)
		return apply_file(apply, "-", err);
	for (size_t i = 0; i < patches->count && !apply->quit; i++)
		if (apply_file(apply, patches->words[i], err) < 0)
			return err->code;
	return 0;
}

static bool is_input_read(const struct option_words *patches)
{
	for (size_t i = 0; i < patches->count; i++)
		if (strcmp(patches->words[i], "-") == 0)
			return true;
	return patches->count == 0;
}

static int check_options(const struct apply_options *options,
			 const struct option_words *patches, struct err *err)
{
	if (!options->patch)
		return 0;
	if (options->check || options->stat || options->reject)
		return err_set(err, D1_EUSAGE,
			       "--patch cannot be used with --check, --stat or "
			       "--reject");
	if (is_input_read(patches))
		return err_set(err, D1_EUSAGE,
			       "--patch reads answers from standard input: the "
			       "patch must be in a file");
	return 0;
}

static int apply_run(const struct invocation *call, struct err *err)
{
	struct apply apply = { .options = call->options };

	if (check_options(apply.options, &call->arguments, err) < 0)
		return err->code;
	workspace_init(&apply.workspace, &apply.options->workspace);
	if (apply.options->stat ||
	    workspace_resolve(&apply.workspace, &apply.side, apply.options->to,
			      err) == 0)
		(void)!apply_all(&apply, &call->arguments, err);
	side_release(&apply.side);
	workspace_release(&apply.workspace);
	return err->code;
}

const struct command command_apply = {
	.name = "apply",
	.summary = "apply a patch of rows to a database",
	.usage = apply_usage,
	.specs = apply_specs,
	.defaults = &apply_defaults,
	.options_size = sizeof(apply_defaults),
	.run = apply_run,
};
