#include "config.h"

#include <stdint.h>
#include <string.h>

#include "cmd/hookpush.h"
#include "cmd/report.h"
#include "cmd/sidefolder.h"
#include "util/compiler.h"
#include "util/process.h"

enum { MAX_TEXT = 1 << 20 };

/* What a comparison with the remote came to. */
enum answer { ANSWER_SAME, ANSWER_DIFFERS, ANSWER_NONE };

/* The first line of what the child said, without what it begins with. */
static void take_reason(struct err *err, const struct buf *errors)
{
	const char *text = errors->len > 0 ? errors->data : "no answer";
	static const char *const heads[] = { "error: ", "fatal: " };

	for (size_t i = 0; i < ARRAY_SIZE(heads); i++)
		if (strncmp(text, heads[i], strlen(heads[i])) == 0)
			text += strlen(heads[i]);
	err_set(err, D1_EUNREACHABLE, "%.*s", (int)strcspn(text, "\n"), text);
}

/*
 * Compares the tables of the commit's snapshot with the remote. A process of
 * its own does that, which can be ended at the deadline, whatever it waits for.
 * `reason` takes why there is no answer.
 */
static int ask(struct hook_run *run, enum answer *answer, const char *name,
	       const char *id, int64_t deadline, struct err *reason,
	       struct err *err)
{
	/* (nobody is asked for a password) */
	static const char *const environment[] = { "GIT_TERMINAL_PROMPT=0",
						   "GIT_ASKPASS=true",
						   "SSH_ASKPASS=true", NULL };
	int64_t left = deadline - process_clock();
	struct child_result result = { .status = -1 };
	const char *config = run->settings.config;
	const char *const argv[] = {
		"git-d1",
		"diff",
		"--exit-code",
		config ? "--config" : "--no-color",
		config ? config : "--no-color",
		"--shortstat",
		arena_format(&run->arena, "%s/%s", name, id),
		arena_format(&run->arena, "%s/remote", name),
		NULL
	};
	struct buf output, errors;
	struct child child = { .argv = argv,
			       .environment = environment,
			       .output = &output,
			       .errors = &errors,
			       .timeout = left > 1 ? (int)left : 1 };

	*answer = ANSWER_NONE;
	buf_init(&output, MAX_TEXT);
	buf_init(&errors, MAX_TEXT);
	if (!argv[6] || !argv[7]) {
		err_set_nomem(err);
	} else if (child_run(&child, &result, reason) == 0) {
		if (result.status == 0)
			*answer = ANSWER_SAME;
		else if (result.status == 1)
			*answer = ANSWER_DIFFERS;
		else
			take_reason(reason, &errors);
	} else if (process_clock() >= deadline) {
		err_clear(reason);
		err_set(reason, D1_EUNREACHABLE, "no answer within %d seconds",
			run->settings.timeout / 1000);
	}
	buf_release(&output);
	buf_release(&errors);
	return err->code;
}

static void act(struct hook_run *run, struct err *problem)
{
	if (run->settings.remote == HOOK_POLICY_BLOCK)
		hook_run_block(run, problem);
	else
		report_warning_err(problem);
}

static void tell_drift(struct hook_run *run, const char *name, const char *id)
{
	struct err problem = ERR_INIT;

	err_set(&problem, D1_ECONFLICT,
		"%s/remote holds rows that neither this push nor the remote "
		"branch knows",
		name);
	err_hint(&problem, "see them: git d1 diff %s/" SHORT_ID " remote", name,
		 id);
	act(run, &problem);
}

static void tell_silence(struct hook_run *run, const char *name,
			 const struct err *reason)
{
	struct err problem = ERR_INIT;

	err_set(&problem, D1_EUNREACHABLE, "%s/remote was not compared: %s",
		name, reason->message);
	act(run, &problem);
}

/* Rows that wait for their deploy are no drift, in either direction. */
static int look_at(struct hook_run *run, const struct database *database,
		   const struct pushed_commit *commit, int64_t deadline,
		   struct err *err)
{
	const char *ids[] = { commit->id, commit->theirs };
	enum answer answer = ANSWER_DIFFERS;
	struct err reason = ERR_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(ids) && answer == ANSWER_DIFFERS; i++)
		if (*ids[i] && ask(run, &answer, database->name, ids[i],
				   deadline, &reason, err) < 0)
			return err->code;
	if (answer == ANSWER_DIFFERS)
		tell_drift(run, database->name, commit->id);
	else if (answer == ANSWER_NONE)
		tell_silence(run, database->name, &reason);
	return 0;
}

static bool has_snapshot(struct hook_run *run, const struct database *database,
			 const struct pushed_commit *commit)
{
	const char *text =
		arena_format(&run->arena, "%s/%s", database->name, commit->id);
	struct err none = ERR_INIT;
	struct side side;
	bool found = false;

	if (!text)
		return false;
	if (workspace_resolve(&run->workspace, &side, text, &none) == 0)
		found = side_has_snapshot(&run->workspace, &side);
	side_release(&side);
	return found;
}

int hook_push_ask_remote(struct hook_run *run,
			 const struct pushed_commit *commit, struct err *err)
{
	struct project *project = &run->workspace.project;
	int64_t deadline = process_clock() + run->settings.timeout;

	for (size_t i = 0; hook_run_has_project(run) && i < project->count; i++)
		if (project->databases[i].id &&
		    has_snapshot(run, &project->databases[i], commit) &&
		    look_at(run, &project->databases[i], commit, deadline,
			    err) < 0)
			return err->code;
	return 0;
}
