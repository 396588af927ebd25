#include "config.h"

#include "cmd/table.h"

#include <inttypes.h>
#include <stdio.h>

#include "util/jsonstring.h"
#include "workspace/problems.h"
#include "workspace/report.h"
#include "workspace/sidecheck.h"

enum { MAX_TEXT = 1 << 16 };

struct fsck_options {
	bool quiet, json;
	struct workspace_options workspace;
};

static const struct fsck_options fsck_defaults = { .quiet = false };

static const struct option_spec fsck_specs[] = {
	OPTION_FLAG('q', "quiet", struct fsck_options, quiet,
		    "print nothing but problems"),
	OPTION_FLAG(0, "json", struct fsck_options, json,
		    "write one JSON document"),
	WORKSPACE_OPTIONS(struct fsck_options, workspace.), OPTION_END
};

static const char *const fsck_usage[] = {
	"git d1 fsck [<options>] [<endpoint>]", NULL
};

/* A call of the command while it runs. */
struct fsck_call {
	struct workspace workspace;
	const struct fsck_options *options;
	uint64_t snapshots; /* in the JSON document */
	bool bad;	    /* something is wrong in one */
};

/* The check of one snapshot. */
struct fsck {
	struct fsck_call *call;
	struct side_check check;
	uint64_t problems; /* that were shown */
	bool begun;	   /* its object in the JSON document is open */
};

/* ---- output ---- */

static void print_json(struct buf *text)
{
	fwrite(text->data, 1, text->len, stdout);
	buf_release(text);
}

static void begin_json(struct fsck *fsck)
{
	struct buf text;

	if (fsck->begun)
		return;
	fsck->begun = true;
	buf_init(&text, (size_t)8 * MAX_TEXT);
	buf_add_string(&text, fsck->call->snapshots++ > 0 ? ",\n" : "[\n");
	buf_add_string(&text, "{\"snapshot\":");
	jsonstring_add_bytes(&text, fsck->check.shown.data,
			     fsck->check.shown.len);
	buf_add_string(&text, ",\"problems\":[");
	print_json(&text);
}

static void show_problem(void *context, const struct side_check *check,
			 const struct problem *problem)
{
	struct fsck *fsck = context;
	struct buf text;

	if (!fsck->call->options->json) {
		problems_print(check->place.data, problem);
		return;
	}
	begin_json(fsck);
	buf_init(&text, (size_t)8 * MAX_TEXT);
	buf_add_string(&text, fsck->problems++ > 0 ? ",\n" : "\n");
	problems_add_json(&text, check->place.data, problem);
	print_json(&text);
}

static void sum_up(struct fsck *fsck, const struct snapshot_findings *findings)
{
	struct buf text;

	if (fsck->call->options->json) {
		begin_json(fsck);
		printf("%s],\"count\":%" PRIu64 ",\"tables\":%" PRIu64
		       ",\"rows\":%" PRIu64 "}",
		       fsck->problems > 0 ? "\n" : "", findings->problems,
		       findings->tables, findings->rows);
	} else if (findings->problems > 0) {
		if (!fsck->call->options->quiet)
			problems_sum_up(fsck->check.shown.data,
					findings->problems);
	} else if (!fsck->call->options->quiet) {
		buf_init(&text, (size_t)2 * MAX_TEXT);
		buf_add_format(&text,
			       "%s: %" PRIu64 " table%s, %" PRIu64
			       " row%s, all well",
			       fsck->check.shown.data, findings->tables,
			       findings->tables == 1 ? "" : "s", findings->rows,
			       findings->rows == 1 ? "" : "s");
		report_output(text.data ? text.data : "");
		buf_release(&text);
	}
}

/* ---- one snapshot ---- */

static int check_side(struct fsck_call *call, struct side *side,
		      struct err *err)
{
	struct fsck fsck = {
		.call = call,
		.check = SIDE_CHECK_INIT(&call->workspace, side),
	};
	struct snapshot_findings findings;

	fsck.check.tell = show_problem;
	fsck.check.context = &fsck;
	if (side_check_run(&fsck.check, &findings, err) == 0) {
		sum_up(&fsck, &findings);
		call->bad = call->bad || findings.problems > 0;
	}
	side_check_release(&fsck.check);
	return err->code;
}

static int check_endpoint(struct fsck_call *call, const char *endpoint,
			  struct err *err)
{
	struct side side;

	if (workspace_resolve(&call->workspace, &side, endpoint, err) == 0)
		(void)!check_side(call, &side, err);
	side_release(&side);
	return err->code;
}

/* ---- all snapshots of the worktree ---- */

/* A database of several may have no snapshot. */
static int check_each(struct fsck_call *call, struct err *err)
{
	const struct project *project = &call->workspace.project;
	struct err missing = ERR_INIT;
	struct buf endpoint;
	size_t checked = 0;

	buf_init(&endpoint, MAX_TEXT);
	for (size_t i = 0; i < project->count && !err->code; i++) {
		buf_clear(&endpoint);
		buf_add_format(&endpoint, "%s/snapshot",
			       project->databases[i].name);
		if (buf_check(&endpoint, "a database's name", err) < 0)
			break;
		if (check_endpoint(call, endpoint.data, err) == 0) {
			checked++;
		} else if (err->code == D1_ENOTFOUND) {
			missing = *err;
			err_clear(err);
		}
	}
	buf_release(&endpoint);
	if (!err->code && checked == 0)
		*err = missing;
	return err->code;
}

static int check_all(struct fsck_call *call, struct err *err)
{
	if (workspace_project(&call->workspace, err) == D1_ENOTFOUND)
		err_clear(err); /* there may be a snapshot all the same */
	if (err->code)
		return err->code;
	return call->workspace.has_project && call->workspace.project.count > 1
		       ? check_each(call, err)
		       : check_endpoint(call, "snapshot", err);
}

static int fsck_run(const struct invocation *invocation, struct err *err)
{
	struct fsck_call call = { .options = invocation->options };

	if (invocation->arguments.count > 1 || invocation->after.count > 0)
		return err_set(err, D1_EUSAGE,
			       "fsck takes one endpoint at most");
	workspace_init(&call.workspace, &call.options->workspace);
	if (invocation->arguments.count == 1)
		(void)!check_endpoint(&call, invocation->arguments.words[0],
				      err);
	else
		(void)!check_all(&call, err);
	workspace_release(&call.workspace);
	if (err->code)
		return err->code;
	if (call.options->json)
		puts("\n]");
	return call.bad ? EXIT_DIFFERENT : EXIT_FINE;
}

const struct command command_fsck = {
	.name = "fsck",
	.summary = "check the files of a snapshot",
	.usage = fsck_usage,
	.specs = fsck_specs,
	.defaults = &fsck_defaults,
	.options_size = sizeof(fsck_defaults),
	.run = fsck_run,
};
