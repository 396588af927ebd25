#include "config.h"

#include "cmd/table.h"

#include <stdio.h>
#include <stdlib.h>

#include "config/tablesettings.h"
#include "git/commit.h"
#include "util/interrupt.h"
#include "workspace/report.h"
#include "workspace/snapshots.h"
#include "workspace/trackingref.h"

struct fetch_options {
	bool quiet;
	struct workspace_options workspace;
};

static const struct fetch_options fetch_defaults = { .quiet = false };

static const struct option_spec fetch_specs[] = {
	OPTION_FLAG('q', "quiet", struct fetch_options, quiet,
		    "do not say what was fetched"),
	WORKSPACE_PROGRESS(struct fetch_options, workspace.),
	WORKSPACE_OPTIONS(struct fetch_options, workspace.), OPTION_END
};

static const char *const fetch_usage[] = {
	"git d1 fetch [<options>] [<database>]", NULL
};

enum {
	MAX_NAME = 1 << 16,
	SHORT_ID = 10, /* digits of an id that is shown */
};

static int open_sink(void *context, struct filesink **sink, struct err *err)
{
	const struct repository *repository;

	if (workspace_repository(context, &repository, err) < 0)
		return err->code;
	return tree_sink_open(sink, repository, err);
}

static void tell(const struct side *side, const struct trackingref *tracking)
{
	printf("From %s (%s)\n", side->label, side->remote_id);
	if (*tracking->before)
		printf("   %.*s..%.*s  %s\n", SHORT_ID, tracking->before,
		       SHORT_ID, tracking->after, tracking->ref);
	else
		printf(" * [new snapshot]        %s\n", tracking->ref);
}

/* Commits the tree that was fetched to the tracking ref. */
static int update(const struct fetch_options *options,
		  const struct repository *repository, const struct side *side,
		  const char *tree, struct err *err)
{
	struct trackingref tracking;

	if (trackingref_update(&tracking, repository, side, tree,
			       "d1 fetch: snapshot", err) == 0 &&
	    tracking.moved && !options->quiet)
		tell(side, &tracking);
	free(tracking.ref);
	return err->code;
}

static int fetch_side(struct workspace *workspace,
		      const struct fetch_options *options, struct side *side,
		      struct err *err)
{
	const struct repository *repository;
	struct snapshot_target target = { .open = open_sink,
					  .context = workspace };
	struct filesink *sink = NULL;
	char label[256];

	if (workspace_repository(workspace, &repository, err) < 0)
		return err->code;
	snprintf(label, sizeof(label), "the tracking ref of %s", side->label);
	interrupt_begin(INTERRUPT_FILE, label, NULL);
	if (snapshots_take(workspace, side, &target, &sink, err) == 0)
		(void)!update(options, repository, side, tree_sink_id(sink),
			      err);
	interrupt_end();
	filesink_close(sink);
	return err->code;
}

static int fetch_run(const struct invocation *call, struct err *err)
{
	const struct fetch_options *options = call->options;
	struct workspace workspace;
	struct side side = { .label = NULL };
	struct buf endpoint;

	if (call->arguments.count > 1 || call->after.count > 0)
		return err_set(err, D1_EUSAGE,
			       "fetch takes the name of one database");
	workspace_init(&workspace, &options->workspace);
	if (options->quiet)
		progress_quiet();
	buf_init(&endpoint, MAX_NAME);
	if (call->arguments.count == 1)
		buf_add_format(&endpoint, "%s/", call->arguments.words[0]);
	buf_add_string(&endpoint, "remote");
	if (buf_check(&endpoint, "a database's name", err) < 0 ||
	    workspace_resolve(&workspace, &side, endpoint.data, err) < 0)
		goto out;
	if (!d1config_tracks_any(&workspace.project.d1config))
		report_hint("no table is tracked, so only definitions are "
			    "fetched; choose tables with: git d1 track "
			    "TABLE...");
	(void)!fetch_side(&workspace, options, &side, err);
out:
	side_release(&side);
	buf_release(&endpoint);
	workspace_release(&workspace);
	return err->code ? err->code : EXIT_FINE;
}

const struct command command_fetch = {
	.name = "fetch",
	.summary = "take a snapshot of the remote database into refs/d1/",
	.usage = fetch_usage,
	.specs = fetch_specs,
	.defaults = &fetch_defaults,
	.options_size = sizeof(fetch_defaults),
	.run = fetch_run,
};
