#include "config.h"

#include "cmd/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "render/migrations.h"
#include "workspace/actions.h"
#include "workspace/migrationview.h"
#include "workspace/report.h"

enum { PORCELAIN_NONE = -1, PORCELAIN_V1, MAX_TEXT = 1 << 16 };

struct migrations_status_options {
	bool offline, json, nul, exit_code;
	int porcelain;
	struct workspace_options workspace;
};

static const char *const porcelain_words[] = { "v1", NULL };

static const struct migrations_status_options status_defaults = {
	.porcelain = PORCELAIN_NONE,
	.workspace = { .never_ask = true },
};

static const struct option_spec status_specs[] = {
	OPTION_FLAG(0, "offline", struct migrations_status_options, offline,
		    "do not use the network"),
	OPTION_FLAG(0, "exit-code", struct migrations_status_options, exit_code,
		    "exit with 1 if something is pending or has drifted"),
	OPTION_CHOICE_OPTIONAL(0, "porcelain", struct migrations_status_options,
			       porcelain, "version", porcelain_words,
			       PORCELAIN_V1, "write a form for programs"),
	OPTION_FLAG(0, "json", struct migrations_status_options, json,
		    "write one JSON document"),
	OPTION_FLAG('z', NULL, struct migrations_status_options, nul,
		    "end lines with NUL, and do not quote names"),
	WORKSPACE_OPTIONS(struct migrations_status_options, workspace.),
	OPTION_END
};

static const char *const status_usage[] = {
	"git d1 migrations status [<options>] [<endpoint>...]", NULL
};

/* One endpoint. */
struct look {
	struct migration_view view;
	struct drift drift;
	struct err failure;
	bool is_named; /* on the command line: a failure is one */
	struct look *next;
};

struct status {
	const struct migrations_status_options *options;
	struct workspace workspace;
	struct arena arena;
	struct look *first;
	struct look **end;
	size_t count;
};

/* ---- looking ---- */

static bool is_remote(const struct side *side)
{
	return side->endpoint.kind == ENDPOINT_REMOTE ||
	       side->endpoint.kind == ENDPOINT_PREVIEW;
}

static int look_at(struct status *status, struct look *look,
		   const char *endpoint, struct err *err)
{
	struct drift_question question;

	if (migration_view_find(&look->view, &status->workspace, endpoint,
				err) < 0)
		return err->code;
	if (status->options->offline && is_remote(&look->view.side))
		return err_set(err, D1_EUNREACHABLE,
			       "not asked, because of --offline");
	if (migration_view_open(&look->view, err) < 0)
		return err->code;
	migration_view_question(&question, &look->view);
	return drift_find(&look->drift, &question, err);
}

/*
 * A remote that was not asked for by name, and is out of reach, is a part of
 * the answer; so is one that --offline keeps from being asked.
 */
static bool is_answer(const struct status *status, const struct look *look)
{
	return look->failure.code != D1_ENOMEM && look->view.side.label &&
	       is_remote(&look->view.side) &&
	       (!look->is_named || status->options->offline);
}

static int add_look(struct status *status, const char *endpoint, bool is_named,
		    struct err *err)
{
	struct look *look = arena_alloc(&status->arena, sizeof(*look));

	if (!look)
		return err_set_nomem(err);
	look->is_named = is_named;
	*status->end = look;
	status->end = &look->next;
	status->count++;
	if (look_at(status, look, endpoint, &look->failure) < 0 &&
	    !is_answer(status, look))
		*err = look->failure;
	return err->code;
}

/* The local database and the remote one. A remote needs an id to be one. */
static int add_both(struct status *status, const struct database *database,
		    struct err *err)
{
	static const char *const sides[] = { "local", "remote" };

	for (size_t i = 0; i < ARRAY_SIZE(sides); i++) {
		char *endpoint;

		if (i > 0 && !database->id)
			continue;
		endpoint = arena_format(&status->arena, "%s/%s%s%s",
					database->name, sides[i],
					database->environment ? "@" : "",
					database->environment
						? database->environment
						: "");
		if (!endpoint)
			return err_set_nomem(err);
		if (add_look(status, endpoint, false, err) < 0)
			return err->code;
	}
	return 0;
}

static int add_all(struct status *status, struct err *err)
{
	struct project *project = &status->workspace.project;

	for (size_t i = 0; i < project->count; i++) {
		const struct database *database;

		if (project_at(&database, project, i, err) < 0 ||
		    (database && add_both(status, database, err) < 0))
			return err->code;
	}
	return 0;
}

static int add_word(struct status *status, const char *word, struct err *err)
{
	const struct database *database;
	struct err unknown = ERR_INIT;

	if (side_is_endpoint(word) ||
	    project_find(&database, &status->workspace.project, word, NULL,
			 &unknown) < 0)
		return add_look(status, word, true, err);
	return add_both(status, database, err);
}

static int collect(struct status *status, const struct option_words *words,
		   struct err *err)
{
	if (workspace_project(&status->workspace, err) < 0)
		return err->code;
	if (words->count == 0)
		return add_all(status, err);
	for (size_t i = 0; i < words->count; i++)
		if (add_word(status, words->words[i], err) < 0)
			return err->code;
	return 0;
}

/* ---- showing ---- */

static void describe(struct migrations_entry *entry, const struct look *look)
{
	const struct migration_view *view = &look->view;

	*entry = (struct migrations_entry){
		.label = view->side.label,
		.is_absent = view->is_absent,
		.migrations = &view->migrations,
		.ledger = view->is_snapshot ? NULL : &view->ledger,
		.drift = &look->drift,
	};
	if (!look->failure.code)
		return;
	entry->message = look->failure.message;
	if (*look->failure.hint)
		entry->hint = look->failure.hint;
}

static int write_entries(const struct status *status,
			 const struct migrations_entry *entries,
			 struct err *err)
{
	const struct migrations_status_options *options = status->options;
	struct actions_guard guard;

	if (options->json)
		return migrations_write_json(stdout, entries, status->count,
					     err);
	if (options->porcelain != PORCELAIN_NONE)
		return migrations_write_porcelain(stdout, entries,
						  status->count, options->nul,
						  err);
	if (actions_guard_begin(&guard, stdout, err) < 0)
		return err->code;
	(void)!migrations_write_text(stdout, entries, status->count, err);
	actions_guard_end(&guard, stdout);
	return err->code;
}

/* Returns the exit code, or the error. */
static int show(struct status *status, struct err *err)
{
	struct migrations_entry *entries =
		arena_array(&status->arena, status->count + 1,
			    sizeof(*entries));
	bool drifted = false;
	size_t count = 0;

	if (!entries)
		return err_set_nomem(err);
	for (const struct look *look = status->first; look; look = look->next) {
		describe(&entries[count], look);
		drifted = drifted || migrations_entry_drifted(&entries[count]);
		count++;
	}
	if (write_entries(status, entries, err) < 0)
		return err->code;
	return status->options->exit_code && drifted ? EXIT_DIFFERENT
						     : EXIT_FINE;
}

/* ---- the run ---- */

static int check_call(const struct invocation *call, struct err *err)
{
	const struct migrations_status_options *options = call->options;

	if (call->after.count > 0)
		return err_set(err, D1_EUSAGE,
			       "migrations are of a database: no tables can be "
			       "given");
	if (options->json && options->porcelain != PORCELAIN_NONE)
		return err_set(err, D1_EUSAGE,
			       "only one of --porcelain and --json can be "
			       "given");
	if (options->nul && options->porcelain == PORCELAIN_NONE)
		return err_set(err, D1_EUSAGE, "-z needs --porcelain");
	return 0;
}

static int status_run(const struct invocation *call, struct err *err)
{
	struct status status = { .options = call->options };
	int result;

	status.end = &status.first;
	workspace_init(&status.workspace, &status.options->workspace);
	if (check_call(call, err) < 0 ||
	    collect(&status, &call->arguments, err) < 0)
		result = err->code;
	else
		result = show(&status, err);
	for (struct look *look = status.first; look; look = look->next) {
		drift_release(&look->drift);
		migration_view_release(&look->view);
	}
	arena_release(&status.arena);
	workspace_release(&status.workspace);
	return result;
}

const struct command command_migrations_status = {
	.name = "status",
	.summary = "show which migrations are applied, and what drifted",
	.usage = status_usage,
	.specs = status_specs,
	.defaults = &status_defaults,
	.options_size = sizeof(status_defaults),
	.run = status_run,
};
