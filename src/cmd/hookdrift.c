#include "config.h"

#include <stdint.h>
#include <string.h>

#include "cmd/hookpush.h"
#include "util/compiler.h"
#include "util/process.h"
#include "workspace/report.h"

enum { MAX_TEXT = 1 << 20 };

/* What the gate says of the remote. */
enum answer { ANSWER_FINE, ANSWER_DRIFT, ANSWER_NONE };

/* The first line of what the child said, without what it begins with. */
static void take_reason(struct err *err, const struct buf *said)
{
	static const char *const heads[] = { "error: ", "fatal: ",
					     " data: failed: " };
	const char *text = said->len > 0 ? said->data : "no answer";

	for (size_t i = 0; i < ARRAY_SIZE(heads); i++) {
		const char *found = strstr(text, heads[i]);

		if (found && found < text + strcspn(text, "\n"))
			text = found + strlen(heads[i]);
	}
	err_set(err, D1_EUNREACHABLE, "%.*s", (int)strcspn(text, "\n"), text);
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
			take_reason(reason, errors.len > 0 ? &errors : &output);
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

/* Rows that wait for their deploy are no drift. */
static int look_at(struct hook_run *run, const char *name, const char *id,
		   int64_t deadline, struct err *err)
{
	struct err problem = ERR_INIT, reason = ERR_INIT;
	enum answer answer;

	if (ask(run, &answer, name, id, deadline, &reason, err) < 0 ||
	    answer == ANSWER_FINE)
		return err->code;
	if (answer == ANSWER_DRIFT) {
		err_set(&problem, D1_ECONFLICT,
			"%s/remote holds rows that somebody changed there",
			name);
		err_hint(&problem,
			 "which: git d1 check --only=data --from=" SHORT_ID
			 " %s",
			 id, name);
	} else {
		err_set(&problem, D1_EUNREACHABLE,
			"%s/remote was not compared: %s", name, reason.message);
	}
	act(run, &problem);
	return 0;
}

int hook_push_ask_remote(struct hook_run *run, const char *id, struct err *err)
{
	struct project *project = &run->workspace.project;
	int64_t deadline = process_clock() + run->settings.timeout;

	for (size_t i = 0; hook_run_has_project(run) && i < project->count;
	     i++) {
		const struct database *database;

		if (project_at(&database, project, i, err) < 0 ||
		    (database && database->id &&
		     look_at(run, database->name, id, deadline, err) < 0))
			return err->code;
	}
	return 0;
}
