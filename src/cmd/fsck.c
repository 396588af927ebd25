#include "config.h"

#include "cmd/table.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apply/snapshot_check.h"
#include "cmd/problems.h"
#include "cmd/report.h"
#include "cmd/tables.h"
#include "cmd/workspace.h"
#include "config/tablesettings.h"
#include "git/tree.h"
#include "util/jsonstring.h"
#include "util/path.h"

enum { MAX_CONFIG = 1 << 20, MAX_TEXT = 1 << 16 };

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
	uint64_t snapshots; /* that were shown */
	bool bad;	    /* something is wrong in one */
};

/* The check of one snapshot. */
struct fsck {
	struct fsck_call *call;
	struct side *side;
	struct d1config config; /* of a commit or the index */
	bool has_config;
	struct table_choice choice;
	struct buf shown;  /* what the snapshot is called */
	struct buf place;  /* the same before a path */
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
	buf_add_string(&text, fsck->call->snapshots > 1 ? ",\n" : "[\n");
	buf_add_string(&text, "{\"snapshot\":");
	jsonstring_add_bytes(&text, fsck->shown.data, fsck->shown.len);
	buf_add_string(&text, ",\"problems\":[");
	print_json(&text);
}

static void show_problem(void *context, const struct problem *problem)
{
	struct fsck *fsck = context;
	struct buf text;

	if (!fsck->call->options->json) {
		problems_print(fsck->place.data, problem);
		return;
	}
	begin_json(fsck);
	buf_init(&text, (size_t)8 * MAX_TEXT);
	buf_add_string(&text, fsck->problems++ > 0 ? ",\n" : "\n");
	problems_add_json(&text, fsck->place.data, problem);
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
			problems_sum_up(fsck->shown.data, findings->problems);
	} else if (!fsck->call->options->quiet) {
		buf_init(&text, (size_t)2 * MAX_TEXT);
		buf_add_format(&text,
			       "%s: %" PRIu64 " table%s, %" PRIu64
			       " row%s, all well",
			       fsck->shown.data, findings->tables,
			       findings->tables == 1 ? "" : "s", findings->rows,
			       findings->rows == 1 ? "" : "s");
		report_output(text.data ? text.data : "");
		buf_release(&text);
	}
}

/* ---- which rules hold ---- */

static int rules_of(void *context, const char *table,
		    const struct pair_rules **rules, struct err *err)
{
	struct fsck *fsck = context;

	return table_choice_rules(&fsck->choice, table, rules, err);
}

static bool is_tracked(void *context, const char *table)
{
	const struct fsck *fsck = context;

	return d1config_tracks_table(fsck->choice.config, fsck->choice.database,
				     table);
}

static int read_config(struct fsck *fsck, struct stream *stream,
		       struct err *err)
{
	struct buf text;

	buf_init(&text, MAX_CONFIG);
	if (stream_read_all(stream, &text, ".d1config", err) == 0) {
		fsck->has_config = true;
		(void)!d1config_read(&fsck->config, text.data, text.len,
				     ".d1config", &fsck->call->workspace.git,
				     err);
	}
	buf_release(&text);
	return err->code;
}

/*
 * The settings that were committed, or added, with the rows: older rows were
 * written by older rules. *stream is NULL if there are none.
 */
static int open_config(struct fsck *fsck, struct stream **stream,
		       struct err *err)
{
	const struct repository *repository;
	struct filetree *tree;
	bool is_index = fsck->side->endpoint.kind == ENDPOINT_INDEX;

	*stream = NULL;
	if (workspace_repository(&fsck->call->workspace, &repository, err) < 0)
		return err->code;
	if (is_index ? index_tree_open(&tree, repository, "", err) < 0
		     : commit_tree_open(&tree, repository, fsck->side->id, "",
					err) < 0)
		return err->code;
	if (filetree_open(tree, ".d1config", stream, err) == D1_ENOTFOUND)
		err_clear(err);
	filetree_close(tree);
	return err->code;
}

static int find_config(struct fsck *fsck, struct err *err)
{
	struct workspace *workspace = &fsck->call->workspace;
	struct stream *stream = NULL;

	if ((fsck->side->endpoint.kind == ENDPOINT_INDEX ||
	     fsck->side->endpoint.kind == ENDPOINT_REVISION) &&
	    open_config(fsck, &stream, err) < 0)
		return err->code;
	if (stream) {
		(void)!read_config(fsck, stream, err);
		stream_close(stream);
		fsck->choice.config = &fsck->config;
		return err->code;
	}
	return workspace_settings(workspace, &fsck->choice.config, err);
}

/* The database whose snapshot is in that folder, or NULL. */
static const struct database *database_at(struct workspace *workspace,
					  const char *folder)
{
	const struct project *project = &workspace->project;
	const struct database *found = NULL;
	struct err err = ERR_INIT;
	char *real = realpath(folder, NULL);

	if (!real || workspace_project(workspace, &err) < 0)
		goto out;
	for (size_t i = 0; i < project->count && !found; i++) {
		char *dir;

		if (project_snapshot_dir(&dir, project, &project->databases[i],
					 &err) < 0) {
			err_clear(&err);
			continue;
		}
		if (strcmp(dir, real) == 0)
			found = &project->databases[i];
		free(dir);
	}
out:
	free(real);
	return found;
}

/* Sets *known if the rules of the snapshot are known. */
static int find_rules(struct fsck *fsck, bool *known, struct err *err)
{
	static const struct option_words all = { NULL, 0 };
	struct workspace *workspace = &fsck->call->workspace;
	struct side *side = fsck->side;

	fsck->choice.named = &all;
	fsck->choice.database = side->name;
	*known = true;
	if (side->endpoint.kind == ENDPOINT_FILE) {
		const struct database *database =
			database_at(workspace, side->endpoint.path);

		*known = database != NULL;
		if (!database)
			return 0;
		fsck->choice.database = database->name;
	}
	if (workspace_git(workspace, err) < 0 ||
	    workspace_mask_key(workspace, &fsck->choice.mask_key, err) < 0)
		return err->code;
	return find_config(fsck, err);
}

/* ---- one snapshot ---- */

/* "d1/shop", ":d1/shop", "HEAD:d1/shop", or the path of a folder. */
static int name_snapshot(struct fsck *fsck, struct err *err)
{
	const struct side *side = fsck->side;
	const char *top = fsck->call->workspace.worktree;
	const char *path = side->folder;
	size_t size;

	if (side->endpoint.kind == ENDPOINT_FILE)
		path = side->endpoint.path;
	else if (side->endpoint.kind == ENDPOINT_SNAPSHOT && top &&
		 path_is_inside(top, path) && path[strlen(top)])
		path += strlen(top) + 1;
	size = strlen(path);
	while (size > 1 && path[size - 1] == '/')
		size--;
	if (side->endpoint.kind == ENDPOINT_REVISION)
		buf_add_string(&fsck->shown, side->endpoint.revision);
	if (side->endpoint.kind == ENDPOINT_REVISION ||
	    side->endpoint.kind == ENDPOINT_INDEX)
		buf_add_char(&fsck->shown, ':');
	buf_add(&fsck->shown, path, size);
	buf_add(&fsck->place, fsck->shown.data, fsck->shown.len);
	if (size > 0)
		buf_add_char(&fsck->place, '/');
	if (buf_check(&fsck->shown, "a path", err) < 0)
		return err->code;
	return buf_check(&fsck->place, "a path", err);
}

static int check_files(struct fsck *fsck, struct filetree *tree,
		       struct err *err)
{
	struct snapshot_checking checking = { .tree = tree,
					      .tell = show_problem,
					      .context = fsck };
	struct snapshot_findings findings;
	bool known;

	if (name_snapshot(fsck, err) < 0 || find_rules(fsck, &known, err) < 0)
		return err->code;
	if (known) {
		checking.rules = rules_of;
		checking.tracked = is_tracked;
	}
	fsck->call->snapshots++;
	if (snapshot_check(&checking, &findings, err) < 0)
		return err_context(err, "%s", fsck->shown.data);
	sum_up(fsck, &findings);
	fsck->call->bad = fsck->call->bad || findings.problems > 0;
	return 0;
}

static int check_side(struct fsck_call *call, struct side *side,
		      struct err *err)
{
	struct fsck fsck = { .call = call,
			     .side = side,
			     .config = D1CONFIG_INIT };
	struct filetree *tree;

	if (workspace_open_files(&call->workspace, side, &tree, err) < 0)
		return err->code;
	buf_init(&fsck.shown, MAX_TEXT);
	buf_init(&fsck.place, MAX_TEXT);
	(void)!check_files(&fsck, tree, err);
	filetree_close(tree);
	table_choice_release(&fsck.choice);
	if (fsck.has_config)
		d1config_release(&fsck.config);
	buf_release(&fsck.shown);
	buf_release(&fsck.place);
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
