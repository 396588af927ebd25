#include "config.h"

#include "cmd/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hooks/installation.h"
#include "hooks/shim.h"
#include "render/name.h"
#include "util/path.h"
#include "util/similar.h"
#include "workspace/report.h"
#include "workspace/workspace.h"

enum { MAX_OUTPUT = 1 << 20 };

/* ---- what the subcommands share ---- */

/* A call while it runs. */
struct hooks_call {
	struct workspace workspace;
	struct hook_place place;
	bool events[HOOK_EVENTS]; /* those that are asked for */
};

static int refuse_event(const char *word, struct err *err)
{
	struct similar similar;

	similar_init(&similar, word);
	for (int i = 0; i < HOOK_EVENTS; i++)
		similar_offer(&similar, hook_event_name((enum hook_event)i));
	err_set(err, D1_EUSAGE, "git-d1 has no hook '%s'", word);
	if (similar.best)
		return err_hint(err, "the closest one is '%s'", similar.best);
	return err_hint(err, "it has pre-commit, pre-push, post-merge, "
			     "post-checkout and post-rewrite");
}

static int read_events(bool events[HOOK_EVENTS],
		       const struct invocation *invocation, struct err *err)
{
	const struct option_words *words = &invocation->arguments;

	if (invocation->after.count > 0)
		return err_set(err, D1_EUSAGE, "nothing can follow --");
	for (int i = 0; i < HOOK_EVENTS; i++)
		events[i] = words->count == 0;
	for (size_t i = 0; i < words->count; i++) {
		enum hook_event event;

		if (!hook_event_find(&event, words->words[i]))
			return refuse_event(words->words[i], err);
		events[event] = true;
	}
	return 0;
}

static int call_begin(struct hooks_call *call,
		      const struct invocation *invocation, struct err *err)
{
	static const struct workspace_options none = { .config = NULL };

	memset(call, 0, sizeof(*call));
	workspace_init(&call->workspace, &none);
	if (read_events(call->events, invocation, err) < 0 ||
	    workspace_git(&call->workspace, err) < 0)
		return err->code;
	return hook_place_find(&call->place, call->workspace.dir, err);
}

static void call_end(struct hooks_call *call)
{
	hook_place_release(&call->place);
	workspace_release(&call->workspace);
}

static int print(struct buf *out, struct err *err)
{
	if (buf_check(out, "the output", err) == 0 && out->len > 0)
		fwrite(out->data, 1, out->len, stdout);
	buf_release(out);
	return err->code;
}

/* The path as it is seen from here. */
static void add_path(struct buf *out, const struct hooks_call *call,
		     const char *path)
{
	char *shown = path_relative(call->workspace.dir, path);

	name_add_text(out, shown ? shown : path);
	free(shown);
}

static void add_file(struct buf *out, const struct hooks_call *call,
		     enum hook_event event)
{
	char *path = path_resolve(call->place.dir, hook_event_name(event));

	if (path)
		add_path(out, call, path);
	free(path);
}

/* ---- install ---- */

struct install_options {
	bool force, global_ok, manual;
};

static const struct install_options install_defaults = { .force = false };

static const struct option_spec install_specs[] = {
	OPTION_FLAG('f', "force", struct install_options, force,
		    "take the place of other hooks, and keep these beside"),
	OPTION_FLAG(0, "global-ok", struct install_options, global_ok,
		    "also where core.hooksPath is for all repositories"),
	OPTION_FLAG(0, "manual", struct install_options, manual,
		    "write nothing, print what to write"),
	OPTION_END
};

static const char *const install_usage[] = {
	"git d1 hooks install [<options>] [<event>...]", NULL
};

static int print_manual(const struct hooks_call *call, bool require,
			struct err *err)
{
	struct buf out;

	buf_init(&out, MAX_OUTPUT);
	buf_add_string(&out, "# an executable file with these lines is each "
			     "of:\n");
	for (int i = 0; i < HOOK_EVENTS; i++) {
		if (!call->events[i])
			continue;
		buf_add_string(&out, "#\t");
		add_file(&out, call, (enum hook_event)i);
		buf_add_char(&out, '\n');
	}
	shim_add(&out, require);
	return print(&out, err);
}

static const char *const install_words[] = {
	[HOOK_KEPT] = "found",	    [HOOK_WRITTEN] = "installed",
	[HOOK_UPDATED] = "updated", [HOOK_REPLACED] = "installed",
	[HOOK_REMOVED] = "removed", [HOOK_RESTORED] = "removed",
	[HOOK_LEFT] = "left as is",
};

static void tell(struct buf *out, const struct hooks_call *call,
		 enum hook_event event, enum hook_news news, bool is_command)
{
	buf_add_format(out, "%s ", install_words[news]);
	if (is_command)
		buf_add_format(out, "hook.git-d1-%s", hook_event_name(event));
	else
		add_file(out, call, event);
	if (news == HOOK_LEFT)
		buf_add_string(out, ": another hook");
	if (news == HOOK_REPLACED)
		buf_add_format(out, ", the other hook is %s.git-d1-backup now",
			       hook_event_name(event));
	buf_add_char(out, '\n');
}

static void tell_removed(struct buf *out, enum hook_event event,
			 enum hook_news news)
{
	buf_add_format(out, "%s %s%s\n", install_words[news],
		       hook_event_name(event),
		       news == HOOK_LEFT ? ": another hook"
		       : news == HOOK_RESTORED
			       ? ", the hook from before is back"
			       : "");
}

/*
 * Git runs hooks at the top of the worktree, from where a configuration of
 * wrangler further down is not seen.
 */
static int note_config(struct hooks_call *call, struct err *err)
{
	const char *top = call->place.worktree;
	const char *argv[] = { "git", "config", "--local", "d1.hooks.config",
			       NULL,  NULL };
	struct err none = ERR_INIT;
	const char *path;
	int status;

	if (!top || workspace_project(&call->workspace, &none) < 0)
		return 0;
	path = call->workspace.project.wrangler.path;
	if (!path_is_inside(top, path) || !strchr(path + strlen(top) + 1, '/'))
		return 0;
	argv[4] = path + strlen(top) + 1;
	if (hook_place_run(&call->place, argv, NULL, &status, err) == 0)
		printf("set d1.hooks.config = %s\n", argv[4]);
	return err->code;
}

/* Either all that is asked for is installed, or nothing. */
static int install(struct hooks_call *call,
		   const struct hook_installation *installation,
		   struct err *err)
{
	const struct hook_place *place = &call->place;
	struct buf out;

	for (int i = 0; i < HOOK_EVENTS; i++)
		if (call->events[i] &&
		    hook_install_check(installation, (enum hook_event)i, err) <
			    0)
			return err->code;
	buf_init(&out, MAX_OUTPUT);
	for (int i = 0; i < HOOK_EVENTS; i++) {
		enum hook_event event = (enum hook_event)i;
		enum hook_news news;

		if (!call->events[i])
			continue;
		if (hook_install(installation, event, &news, err) < 0)
			break;
		tell(&out, call, event, news, place->has_commands);
	}
	if (err->code) {
		buf_release(&out);
		return err->code;
	}
	if (place->is_linked && !place->has_commands)
		report_hint("all worktrees of the repository have these hooks");
	if (print(&out, err) < 0)
		return err->code;
	return note_config(call, err);
}

static int install_run(const struct invocation *invocation, struct err *err)
{
	const struct install_options *options = invocation->options;
	struct hooks_call call;
	struct hook_installation installation = {
		.place = &call.place,
		.git = &call.workspace.git,
		.force = options->force,
		.shared_ok = options->global_ok,
	};

	if (call_begin(&call, invocation, err) == 0 &&
	    git_config_bool(&call.workspace.git, "d1.hooks.require",
			    &installation.require, err) == 0)
		(void)!(options->manual
				? print_manual(&call, installation.require, err)
				: install(&call, &installation, err));
	call_end(&call);
	return err->code;
}

/* ---- uninstall ---- */

static const char *const uninstall_usage[] = {
	"git d1 hooks uninstall [<event>...]", NULL
};

static const struct option_spec no_specs[] = { OPTION_END };

static int uninstall_run(const struct invocation *invocation, struct err *err)
{
	struct hooks_call call;
	struct hook_installation installation = { .place = &call.place,
						  .git = &call.workspace.git };
	struct buf out;

	buf_init(&out, MAX_OUTPUT);
	if (call_begin(&call, invocation, err) < 0)
		goto out;
	for (int i = 0; i < HOOK_EVENTS; i++) {
		enum hook_news news;

		if (!call.events[i])
			continue;
		if (hook_uninstall(&installation, (enum hook_event)i, &news,
				   err) < 0)
			break;
		if (news != HOOK_KEPT)
			tell_removed(&out, (enum hook_event)i, news);
	}
	if (out.len == 0 && !err->code)
		buf_add_string(&out, "no hooks of git-d1 are installed\n");
	(void)!print(&out, err);
out:
	buf_release(&out);
	call_end(&call);
	return err->code;
}

/* ---- status ---- */

static const char *const status_usage[] = { "git d1 hooks status [<event>...]",
					    NULL };

static void add_remarks(struct buf *out, const struct hooks_call *call,
			bool enabled)
{
	const struct hook_place *place = &call->place;

	if (!enabled)
		buf_add_string(out, "off: d1.hooks is false\n");
	if (place->setting) {
		buf_add_string(out, "core.hooksPath is ");
		name_add_text(out, place->setting);
		buf_add_format(out, " (%s, ", place->scope);
		name_add_text(out, place->origin);
		buf_add_string(out, ")\n");
	}
	for (int i = 0; place->worktree && i < HOOK_MANAGERS; i++) {
		enum hook_manager manager = (enum hook_manager)i;
		const char *file = hook_manager_file(manager, place->worktree);

		if (file)
			buf_add_format(out,
				       "%s is used here (%s): git d1 hooks "
				       "print\n",
				       hook_manager_name(manager), file);
	}
}

static int add_states(struct buf *out, const struct hooks_call *call,
		      struct err *err)
{
	struct hook_looks looks;

	if (hooks_look(&looks, &call->place, &call->workspace.git, err) < 0)
		goto out;
	for (int i = 0; i < HOOK_EVENTS; i++) {
		const struct hook_look *look = &looks.events[i];

		if (!call->events[i])
			continue;
		buf_add_format(out, "%-14s%s",
			       hook_event_name((enum hook_event)i),
			       hook_state_name(look->state));
		if (look->path) {
			buf_add_char(out, ' ');
			add_path(out, call, look->path);
		}
		buf_add_char(out, '\n');
	}
out:
	hook_looks_release(&looks);
	return err->code;
}

static int status_run(const struct invocation *invocation, struct err *err)
{
	struct hooks_call call;
	bool enabled = true;
	struct buf out;

	buf_init(&out, MAX_OUTPUT);
	if (call_begin(&call, invocation, err) == 0 &&
	    git_config_bool(&call.workspace.git, "d1.hooks", &enabled, err) ==
		    0 &&
	    add_states(&out, &call, err) == 0) {
		add_remarks(&out, &call, enabled);
		(void)!print(&out, err);
	}
	buf_release(&out);
	call_end(&call);
	return err->code;
}

/* ---- print ---- */

static const char *const print_usage[] = { "git d1 hooks print [<event>...]",
					   NULL };

static int print_run(const struct invocation *invocation, struct err *err)
{
	bool events[HOOK_EVENTS] = { false };
	struct buf out;

	if (read_events(events, invocation, err) < 0)
		return err->code;
	buf_init(&out, MAX_OUTPUT);
	for (int i = 0; i < HOOK_MANAGERS; i++) {
		hook_manager_add(&out, (enum hook_manager)i, events);
		buf_add_char(&out, '\n');
	}
	buf_add_string(&out, "# any other hook\n");
	for (int i = 0; i < HOOK_EVENTS; i++)
		if (events[i])
			buf_add_format(&out, "git d1 hook %s \"$@\"\n",
				       hook_event_name((enum hook_event)i));
	return print(&out, err);
}

/* ---- the commands ---- */

static const struct command install_command = {
	.name = "install",
	.summary = "install git-d1's hooks",
	.usage = install_usage,
	.specs = install_specs,
	.defaults = &install_defaults,
	.options_size = sizeof(install_defaults),
	.run = install_run,
};

static const struct command print_command = {
	.name = "print",
	.summary = "print lines for other hooks and their managers",
	.usage = print_usage,
	.specs = no_specs,
	.run = print_run,
};

static const struct command status_command = {
	.name = "status",
	.summary = "show which hooks there are",
	.usage = status_usage,
	.specs = no_specs,
	.run = status_run,
};

static const struct command uninstall_command = {
	.name = "uninstall",
	.summary = "remove git-d1's hooks",
	.usage = uninstall_usage,
	.specs = no_specs,
	.run = uninstall_run,
};

static const struct command *const hooks_subcommands[] = {
	&install_command, &print_command, &status_command, &uninstall_command,
	NULL
};

const struct command command_hooks = {
	.name = "hooks",
	.summary = "install and remove git's hooks for d1",
	.subcommands = hooks_subcommands,
};
