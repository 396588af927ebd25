#include "config.h"

#include "hooks/manager.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hooks/shim.h"
#include "util/compiler.h"
#include "util/file.h"

enum { MAX_FILE = 1 << 20 };

const char *hook_manager_name(enum hook_manager manager)
{
	static const char *const names[HOOK_MANAGERS] = {
		[MANAGER_HUSKY] = "husky",
		[MANAGER_LEFTHOOK] = "lefthook",
		[MANAGER_PRE_COMMIT] = "pre-commit",
	};

	return names[manager];
}

static bool is_there(const char *top, const char *name)
{
	char *path = NULL;
	bool found;

	if (asprintf(&path, "%s/%s", top, name) < 0)
		return false;
	found = file_exists(path) || directory_exists(path);
	free(path);
	return found;
}

const char *hook_manager_file(enum hook_manager manager, const char *top)
{
	static const char *const files[HOOK_MANAGERS][9] = {
		[MANAGER_HUSKY] = { ".husky" },
		[MANAGER_LEFTHOOK] = { "lefthook.yml", "lefthook.yaml",
				       ".lefthook.yml", ".lefthook.yaml",
				       ".config/lefthook.yml",
				       ".config/lefthook.yaml", "lefthook.toml",
				       "lefthook.json" },
		[MANAGER_PRE_COMMIT] = { ".pre-commit-config.yaml",
					 ".pre-commit-config.yml" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(files[0]) && files[manager][i]; i++)
		if (is_there(top, files[manager][i]))
			return files[manager][i];
	return NULL;
}

bool hook_manager_wrote(enum hook_manager manager, const char *top,
			const char *text, size_t size)
{
	const char *name = hook_manager_name(manager);

	return hook_manager_file(manager, top) &&
	       memmem(text, size, name, strlen(name));
}

int hook_manager_calls(enum hook_manager manager, const char *top,
		       enum hook_event event, bool *called, struct err *err)
{
	const char *file = hook_manager_file(manager, top);
	struct err unreadable = ERR_INIT;
	char *path = NULL;
	struct buf text;

	*called = false;
	if (!file)
		return 0;
	if ((manager == MANAGER_HUSKY
		     ? asprintf(&path, "%s/%s/%s", top, file,
				hook_event_name(event))
		     : asprintf(&path, "%s/%s", top, file)) < 0)
		return err_set_nomem(err);
	buf_init(&text, MAX_FILE);
	if (file_read(&text, path, 0, &unreadable) == 0 && text.len > 0)
		*called = shim_is_called(text.data, text.len, event);
	buf_release(&text);
	free(path);
	return 0;
}

/* ---- ready lines ---- */

static void add_husky(struct buf *out, enum hook_event event)
{
	const char *name = hook_event_name(event);

	buf_add_format(out,
		       "# .husky/%s\n"
		       "git d1 hook %s \"$@\"\n",
		       name, name);
}

/* Of the templates, {1} is the first argument of git, {0} all of them. */
static void add_lefthook(struct buf *out, enum hook_event event)
{
	const char *name = hook_event_name(event);
	bool has_input = event == HOOK_PRE_PUSH || event == HOOK_POST_REWRITE;

	buf_add_format(out,
		       "%s:\n"
		       "  commands:\n"
		       "    git-d1:\n"
		       "      run: git d1 hook %s%s\n",
		       name, name, event == HOOK_PRE_COMMIT ? "" : " {0}");
	if (has_input)
		buf_add_string(out, "      use_stdin: true\n");
}

static void add_pre_commit(struct buf *out, enum hook_event event)
{
	const char *name = hook_event_name(event);

	buf_add_format(out,
		       "      - id: git-d1-%s\n"
		       "        name: git-d1 %s\n"
		       "        entry: git d1 hook %s\n"
		       "        language: system\n"
		       "        stages: [%s]\n"
		       "        always_run: true\n"
		       "        pass_filenames: false\n",
		       name, name, name, name);
}

void hook_manager_add(struct buf *out, enum hook_manager manager,
		      const bool events[HOOK_EVENTS])
{
	if (manager == MANAGER_LEFTHOOK)
		buf_add_string(out, "# lefthook.yml\n");
	if (manager == MANAGER_PRE_COMMIT)
		buf_add_string(out, "# .pre-commit-config.yaml\n"
				    "repos:\n"
				    "  - repo: local\n"
				    "    hooks:\n");
	for (int i = 0; i < HOOK_EVENTS; i++) {
		enum hook_event event = (enum hook_event)i;

		if (!events[i])
			continue;
		if (manager == MANAGER_HUSKY)
			add_husky(out, event);
		else if (manager == MANAGER_LEFTHOOK)
			add_lefthook(out, event);
		else
			add_pre_commit(out, event);
	}
}
