#include "config.h"

#include "cmd/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/setupattributes.h"
#include "cmd/setupsmuggler.h"
#include "git/drivers.h"
#include "model/name.h"
#include "render/name.h"
#include "util/child.h"
#include "util/path.h"
#include "workspace/report.h"

enum { MAX_FILE = 1 << 20, MAX_LINE = 1 << 16, GIT_TIMEOUT = 10000 };

struct init_options {
	bool dry_run, force;
	const char *smuggler;
	struct workspace_options workspace;
};

static const struct init_options init_defaults = { .dry_run = false };

static const struct option_spec init_specs[] = {
	OPTION_FLAG('n', "dry-run", struct init_options, dry_run,
		    "only say what would be done"),
	OPTION_FLAG('f', "force", struct init_options, force,
		    "overwrite settings of git that have another value"),
	OPTION_STRING(0, "from-smuggler", struct init_options, smuggler, "file",
		      "take over the settings of Smuggler in its config.toml"),
	OPTION_STRING(0, "config", struct init_options, workspace.config,
		      "file", "read this wrangler configuration"),
	OPTION_STRING(0, "persist-to", struct init_options,
		      workspace.persist_to, "directory",
		      "where wrangler keeps its local state"),
	OPTION_END
};

static const char *const init_usage[] = { "git d1 init [<options>]", NULL };

/* ---- where ---- */

/* Why there is no worktree: the answer of git says which of the reasons. */
static int refuse_place(const struct workspace *workspace, struct err *err)
{
	static const char *const argv[] = { "git", "rev-parse", "--git-dir",
					    NULL };
	struct buf output, errors;
	struct child child = { .argv = argv,
			       .dir = workspace->dir,
			       .output = &output,
			       .errors = &errors,
			       .timeout = GIT_TIMEOUT };
	struct child_result result;

	buf_init(&output, MAX_LINE);
	buf_init(&errors, MAX_LINE);
	if (child_run(&child, &result, err) < 0)
		goto out;
	if (result.status == 0) {
		err_set(err, D1_ERROR,
			"there is no worktree here: the repository "
			"is bare, or this is inside its .git directory");
		err_hint(err, "run it where the files of the project are");
	} else {
		err_set(err, D1_ERROR, "'%s' is not in a git repository",
			workspace->dir);
		err_hint(err, "'git init' makes one");
	}
out:
	buf_release(&output);
	buf_release(&errors);
	return err->code;
}

/* ---- databases ---- */

/* The entries with one binding, in all environments. */
struct binding {
	const char *name;
	const struct database *first; /* NULL: its logical name is refused */
	const char *fit_name;	      /* to be its logical name then */
	struct buf environments;
};

struct bindings {
	struct binding *items;
	size_t count;
};

/* The binding as a logical name: letters, digits, `_` and `-`. */
static char *make_fit_name(struct arena *arena, const char *binding)
{
	static const char fit[] = "abcdefghijklmnopqrstuvwxyz"
				  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
	char *name = arena_string(arena, binding);

	for (char *at = name; at && *at; at++)
		if (!strchr(fit, *at) && (at == name || *at != '-'))
			*at = '_';
	return name;
}

static struct binding *find_binding(struct bindings *bindings, const char *name)
{
	size_t i = 0;

	while (i < bindings->count &&
	       strcmp(bindings->items[i].name, name) != 0)
		i++;
	if (i == bindings->count) {
		bindings->items[bindings->count++].name = name;
		buf_init(&bindings->items[i].environments, MAX_LINE);
	}
	return &bindings->items[i];
}

/* A name that is refused needs another one, which .d1config gives it. */
static int add_entry(struct setup *setup, struct bindings *bindings,
		     const char *name, const char *environment, struct err *err)
{
	struct binding *binding = find_binding(bindings, name);
	const struct database *found = NULL;
	struct err refused = ERR_INIT;

	buf_add_string(&binding->environments,
		       binding->environments.len ? ", " : "");
	buf_add_string(&binding->environments,
		       environment ? "env " : "top level");
	if (environment)
		name_add(&binding->environments, environment);
	if (project_find(&found, &setup->workspace.project, name,
			 environment ? environment : "", &refused) < 0) {
		if (refused.code != D1_EREFUSED) {
			*err = refused;
			return err->code;
		}
		if (setup->workspace.project.d1config.path)
			report_warning_err(&refused);
	}
	if (!binding->first)
		binding->first = found;
	binding->fit_name = make_fit_name(&setup->arena, name);
	return binding->fit_name ? 0 : err_set_nomem(err);
}

static int find_bindings(struct setup *setup, struct bindings *bindings,
			 struct err *err)
{
	struct project *project = &setup->workspace.project;
	const struct database *none;
	size_t total = 0;

	for (size_t i = 0; i < project->wrangler.count; i++)
		total += project->wrangler.environments[i].count;
	if (total == 0)
		return project_find(&none, project, NULL, NULL, err);
	bindings->items =
		arena_array(&setup->arena, total, sizeof(*bindings->items));
	if (!bindings->items)
		return err_set_nomem(err);
	for (size_t i = 0; i < project->wrangler.count; i++) {
		const struct wrangler_environment *environment =
			&project->wrangler.environments[i];

		for (size_t j = 0; j < environment->count; j++)
			if (add_entry(setup, bindings,
				      environment->databases[j].binding,
				      environment->name, err) < 0)
				return err->code;
	}
	return 0;
}

static int tell_bindings(struct setup *setup, const struct bindings *bindings,
			 struct err *err)
{
	const struct workspace *workspace = &setup->workspace;
	struct buf *line = &setup->told;
	char *config =
		path_relative(workspace->dir, workspace->project.wrangler.path);

	if (!config)
		return err_set_nomem(err);
	for (size_t i = 0; i < bindings->count; i++) {
		const struct binding *binding = &bindings->items[i];

		buf_add_string(line, "found database ");
		name_add(line, binding->first ? binding->first->name
					      : binding->fit_name);
		buf_add_string(line, " in ");
		name_add_text(line, config);
		buf_add_string(line, ": binding ");
		name_add(line, binding->name);
		buf_add_format(line, ", %s\n", binding->environments.data);
	}
	free(config);
	return setup_tell(setup, err);
}

/* ---- .d1config ---- */

static const char d1config_head[] =
	"# How git-d1 treats the databases of this project, in the syntax of "
	"git config.\n"
	"# See git-d1(1). Rows come into git only of tables that are "
	"tracked:\n"
	"#\n"
	"#\tgit d1 track lines\n"
	"#\tgit config -f .d1config --add table.users.maskColumns email\n"
	"#\tgit config -f .d1config database.DB@production.protected true\n";

static void add_name_section(struct buf *text, const struct binding *binding)
{
	buf_add_string(text, "\n[database \"");
	for (const char *at = binding->name; *at; at++) {
		if (*at == '"' || *at == '\\')
			buf_add_char(text, '\\');
		buf_add_char(text, *at);
	}
	buf_add_format(text, "\"]\n\tname = %s\n", binding->fit_name);
}

/* What is there, here or beside the wrangler configuration, is the user's. */
static int keep_d1config(struct setup *setup, struct err *err)
{
	const struct workspace *workspace = &setup->workspace;
	char *path =
		path_relative(workspace->dir, workspace->project.d1config.path);

	if (!path)
		return err_set_nomem(err);
	setup_add_told(setup, "found", path);
	free(path);
	return setup_tell(setup, err);
}

static int write_d1config(struct setup *setup, const struct bindings *bindings,
			  struct err *err)
{
	const struct workspace *workspace = &setup->workspace;
	bool dry_run = setup->dry_run;
	char *path = path_resolve(workspace->worktree, ".d1config");
	struct buf text;

	buf_init(&text, MAX_FILE);
	buf_add_string(&text, d1config_head);
	for (size_t i = 0; i < bindings->count; i++)
		if (!bindings->items[i].first)
			add_name_section(&text, &bindings->items[i]);
	setup_add_told(setup, dry_run ? "would write" : "wrote", ".d1config");
	if (!path)
		err_set_nomem(err);
	else if (buf_check(&text, ".d1config", err) == 0 &&
		 (dry_run || setup_write_file(path, &text, err) == 0))
		(void)!setup_tell(setup, err);
	free(path);
	buf_release(&text);
	return err->code;
}

/* ---- git's configuration ---- */

static int write_settings(struct setup *setup, struct err *err)
{
	if (git_config_load(&setup->git, setup->workspace.worktree, err) < 0)
		return err->code;
	for (size_t i = 0; i < DRIVER_SETTINGS; i++)
		if (setup_set(setup, &driver_settings[i], err) < 0)
			return err->code;
	return 0;
}

/* ---- what to look after ---- */

/* Git runs the drivers, and has to find the program. */
static int check_program(struct err *err)
{
	struct err missing = ERR_INIT;
	char *path = NULL;

	if (child_find(&path, "git-d1", &missing) < 0) {
		if (missing.code != D1_ENOTFOUND) {
			*err = missing;
			return err->code;
		}
		report_warning("git-d1 is not in PATH, where git looks for "
			       "the drivers");
	}
	free(path);
	return 0;
}

/* What a .gitignore would say of wrangler's state; it is inside the top. */
static const char *ignored_name(const char *state)
{
	const char *found = strstr(state, ".wrangler/");

	return found && (found == state || found[-1] == '/') ? ".wrangler/"
							     : state;
}

/* The local database holds rows that nobody chose to put into git. */
static int check_ignored(const struct setup *setup, struct err *err)
{
	const struct workspace *workspace = &setup->workspace;
	const char *persist_dir = workspace->project.persist_dir;
	const char *top = workspace->worktree;
	char *state = path_relative(top, persist_dir);
	char *file = path_resolve(persist_dir, "v3/d1/database.sqlite");
	const char *const argv[] = { "git", "check-ignore", "-q",
				     "--",  file,	    NULL };
	struct buf errors;
	struct child child = { .argv = argv,
			       .dir = top,
			       .errors = &errors,
			       .timeout = GIT_TIMEOUT };
	struct child_result result;

	buf_init(&errors, MAX_LINE);
	if (!state || !file) {
		err_set_nomem(err);
	} else if (path_is_inside(top, persist_dir) &&
		   child_run(&child, &result, err) == 0 && result.status == 1) {
		report_warning("git does not ignore '%s': the local database "
			       "could be committed",
			       state);
		report_hint("add the line '%s' to .gitignore",
			    ignored_name(state));
	}
	buf_release(&errors);
	free(state);
	free(file);
	return err->code;
}

static void tell_next(const struct setup *setup)
{
	const struct d1config *config = &setup->workspace.project.d1config;

	for (size_t i = 0; i < config->table_count; i++)
		if (config->table_sections[i].has_track &&
		    config->table_sections[i].track)
			return;
	puts("no table is tracked yet: git d1 track TABLE...");
}

/* ---- the command ---- */

static int set_up(struct setup *setup, const struct smuggler_config *smuggler,
		  struct err *err)
{
	struct bindings bindings = { .count = 0 };

	if (find_bindings(setup, &bindings, err) < 0 ||
	    tell_bindings(setup, &bindings, err) < 0 ||
	    (setup->workspace.project.d1config.path
		     ? keep_d1config(setup, err)
		     : write_d1config(setup, &bindings, err)) < 0 ||
	    setup_write_attributes(setup, err) < 0 ||
	    write_settings(setup, err) < 0 ||
	    (smuggler && setup_take_over(setup, smuggler, err) < 0) ||
	    setup_check_attributes(setup, err) < 0 || check_program(err) < 0 ||
	    check_ignored(setup, err) < 0)
		goto out;
	tell_next(setup);
out:
	for (size_t i = 0; i < bindings.count; i++)
		buf_release(&bindings.items[i].environments);
	return err->code;
}

static int init_run(const struct invocation *call, struct err *err)
{
	const struct init_options *options = call->options;
	struct setup setup = { .dry_run = options->dry_run,
			       .force = options->force };
	struct smuggler_config smuggler = SMUGGLER_CONFIG_INIT;
	struct workspace *workspace = &setup.workspace;

	if (call->arguments.count > 0 || call->separated)
		return err_set(err, D1_EUSAGE, "init takes no arguments");
	workspace_init(workspace, &options->workspace);
	git_config_init(&setup.git);
	buf_init(&setup.told, MAX_FILE);
	(void)!workspace_project(workspace, err);
	/* without a repository, a project would not help */
	if (!workspace->worktree && (!err->code || err->code == D1_ENOTFOUND)) {
		err_clear(err);
		refuse_place(workspace, err);
	}
	/* a file that is wrong leaves all as it was */
	if (!err->code &&
	    (!options->smuggler ||
	     smuggler_config_load(&smuggler, options->smuggler, err) == 0))
		(void)!set_up(&setup, options->smuggler ? &smuggler : NULL,
			      err);
	smuggler_config_release(&smuggler);
	buf_release(&setup.told);
	git_config_release(&setup.git);
	workspace_release(workspace);
	arena_release(&setup.arena);
	return err->code;
}

const struct command command_init = {
	.name = "init",
	.summary = "set up a repository, or a clone of it, for git d1",
	.usage = init_usage,
	.specs = init_specs,
	.defaults = &init_defaults,
	.options_size = sizeof(init_defaults),
	.run = init_run,
};
