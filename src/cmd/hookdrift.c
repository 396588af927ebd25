#include "config.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "cmd/hookpush.h"
#include "util/compiler.h"
#include "util/process.h"
#include "workspace/report.h"

enum { MAX_TEXT = 1 << 20 };

/* What the gate says of the remote. */
enum answer { ANSWER_FINE, ANSWER_DRIFT, ANSWER_NONE };

/*
 * The first line of what the child said, without what it begins with. D1_ERROR
 * if that is a matter of this database alone.
 */
static void take_reason(struct err *err, const struct buf *said, int status)
{
	static const char *const heads[] = { "error: ", "fatal: ",
					     " data: failed: " };
	const char *text = said->len > 0 ? said->data : "no answer";

	for (size_t i = 0; i < ARRAY_SIZE(heads); i++) {
		const char *found = strstr(text, heads[i]);

		if (found && found < text + strcspn(text, "\n"))
			text = found + strlen(heads[i]);
	}
	err_set(err,
		status == EXIT_AUTH || status == EXIT_UNREACHABLE
			? D1_EUNREACHABLE
			: D1_ERROR,
		"%.*s", (int)strcspn(text, "\n"), text);
}

/*
 * Has `git d1 check` compare rows: a process of its own can be ended at the
 * deadline, whatever it waits for. `reason` takes why there is no answer.
 */
static int ask(struct hook_run *run, enum answer *answer, const char *name,
	       const char *id, int64_t deadline, struct err *reason,
	       struct err *err)
{
	/* nobody is asked for a password, and this is no step of a pipeline */
	static const char *const environment[] = {
		"GIT_TERMINAL_PROMPT=0", "GIT_ASKPASS=true",
		"SSH_ASKPASS=true",	 "GITHUB_ACTIONS",
		"GITHUB_STEP_SUMMARY",	 NULL
	};
	int64_t left = deadline - process_clock();
	struct child_result result = { .status = -1 };
	const char *config = run->settings.config;
	const char *from = arena_format(&run->arena, "--from=%s", id);
	const char *const argv[] = { "git-d1",
				     "check",
				     "--only=data",
				     "--pending=ok",
				     from,
				     config ? "--config" : "--no-color",
				     config ? config : "--no-color",
				     name,
				     NULL };
	struct buf output, errors;
	struct child child = { .argv = argv,
			       .environment = environment,
			       .output = &output,
			       .errors = &errors,
			       .timeout = left > 1 ? (int)left : 1 };

	*answer = ANSWER_NONE;
	buf_init(&output, MAX_TEXT);
	buf_init(&errors, MAX_TEXT);
	if (!from) {
		err_set_nomem(err);
	} else if (child_run(&child, &result, reason) == 0) {
		if (result.status == 0)
			*answer = ANSWER_FINE;
		else if (result.status == 1)
			*answer = ANSWER_DRIFT;
		else
			take_reason(reason, errors.len > 0 ? &errors : &output,
				    result.status);
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
		"%s/remote holds rows that somebody changed there", name);
	err_hint(&problem,
		 "which: git d1 check --only=data --from=" SHORT_ID " %s", id,
		 name);
	act(run, &problem);
}

/* What one does not answer, another will not. */
static void tell_silence(struct hook_run *run, const char *name, size_t others,
			 const struct err *reason)
{
	struct err problem = ERR_INIT;
	char more[64] = "";

	if (others > 0)
		snprintf(more, sizeof(more), ", nor %zu other%s", others,
			 others == 1 ? "" : "s");
	err_set(&problem, D1_EUNREACHABLE, "%s/remote was not compared%s: %s",
		name, more, reason->message);
	act(run, &problem);
}

static int count_remotes(struct project *project, size_t from, size_t *count,
			 struct err *err)
{
	*count = 0;
	for (size_t i = from; i < project->count; i++) {
		const struct database *database;

		if (project_at(&database, project, i, err) < 0)
			return err->code;
		*count += database && database->id;
	}
	return 0;
}

/* Rows that wait for their deploy are no drift. */
int hook_push_ask_remote(struct hook_run *run, const char *id, struct err *err)
{
	struct project *project = &run->workspace.project;
	int64_t deadline = process_clock() + run->settings.timeout;

	for (size_t i = 0; hook_run_has_project(run) && i < project->count;
	     i++) {
		const struct database *database;
		struct err reason = ERR_INIT;
		enum answer answer;
		size_t others;

		if (project_at(&database, project, i, err) < 0)
			return err->code;
		if (!database || !database->id)
			continue;
		if (ask(run, &answer, database->name, id, deadline, &reason,
			err) < 0 ||
		    count_remotes(project, i + 1, &others, err) < 0)
			return err->code;
		if (answer == ANSWER_DRIFT)
			tell_drift(run, database->name, id);
		if (answer != ANSWER_NONE)
			continue;
		others = reason.code == D1_ERROR ? 0 : others;
		tell_silence(run, database->name, others, &reason);
		if (others > 0)
			break;
	}
	return 0;
}
