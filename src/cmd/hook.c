#include "config.h"

#include "cmd/table.h"

#include <string.h>

#include "cmd/hookrun.h"
#include "hooks/event.h"
#include "workspace/report.h"

static const char *const hook_usage[] = { "git d1 hook <event> [<argument>...]",
					  NULL };

static const struct option_spec hook_specs[] = { OPTION_END };

typedef int event_fn(struct hook_run *run, struct err *err);

static event_fn *const events[HOOK_EVENTS] = {
	[HOOK_PRE_COMMIT] = hook_pre_commit,
	[HOOK_PRE_PUSH] = hook_pre_push,
	[HOOK_POST_MERGE] = hook_post_merge,
	[HOOK_POST_CHECKOUT] = hook_post_checkout,
	[HOOK_POST_REWRITE] = hook_post_rewrite,
};

static int run_event(enum hook_event event, struct hook_run *run,
		     struct err *err)
{
	struct workspace *workspace = &run->workspace;

	if (workspace_git(workspace, err) < 0 ||
	    hook_settings_read(&run->settings, &workspace->git, err) < 0 ||
	    !run->settings.enabled)
		return err->code;
	workspace->options.config = run->settings.config;
	return events[event](run, err);
}

/*
 * What went wrong in the hook itself is no reason to stop git: it is said, and
 * `git d1 fsck` or CI finds what the hook did not.
 */
static void report_failure(const char *name, struct err *err)
{
	err_context(err, "git d1 hook %s did not do its work", name);
	report_warning_err(err);
	err_clear(err);
}

static int hook_run(const struct invocation *call, struct err *err)
{
	static const struct workspace_options options = { .never_ask = true };
	const char *name =
		call->arguments.count > 0 ? call->arguments.words[0] : NULL;
	struct hook_run run = { .lock = -1, .arena = ARENA_INIT };
	enum hook_event event;

	if (!name)
		return err_set(err, D1_EUSAGE, "no event given");
	/* a hook that a newer git-d1 has installed */
	if (!hook_event_find(&event, name) || !hooks_wanted())
		return EXIT_FINE;
	run.arguments.words = call->arguments.words + 1;
	run.arguments.count = call->arguments.count - 1;
	workspace_init(&run.workspace, &options);
	if (run_event(event, &run, err) < 0)
		report_failure(name, err);
	hook_run_end(&run);
	return run.blocked && hook_event_blocks(event) ? EXIT_DIFFERENT
						       : EXIT_FINE;
}

const struct command command_hook = {
	.name = "hook",
	.summary = "do what git-d1 does at an event of git",
	.usage = hook_usage,
	.specs = hook_specs,
	.flags = COMMAND_RUN_BY_GIT,
	.run = hook_run,
};
