#include "config.h"

#include "hooks/installation.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hooks/shim.h"
#include "util/file.h"
#include "util/replacement.h"

enum {
	MAX_HOOK = 1 << 20, /* bytes of a hook; a larger one is not ours */
	MAX_LINE = 1 << 12,
	SHOWN_LINES = 5, /* of another hook */
};

static const char backup_suffix[] = ".git-d1-backup";

const char *hook_state_name(enum hook_state state)
{
	static const char *const names[] = {
		[HOOK_ABSENT] = "absent",
		[HOOK_INSTALLED] = "installed",
		[HOOK_CONFIGURED] = "configured",
		[HOOK_CALLED] = "called",
		[HOOK_FOREIGN] = "foreign",
		[HOOK_SHADOWED] = "shadowed",
		[HOOK_OFF] = "off",
		[HOOK_LINK] = "link",
	};

	return names[state];
}

bool hook_state_runs(enum hook_state state)
{
	return state == HOOK_INSTALLED || state == HOOK_CONFIGURED ||
	       state == HOOK_CALLED;
}

/* ---- one file ---- */

enum file_owner {
	FILE_ABSENT,
	FILE_OURS,
	FILE_FOREIGN,
	FILE_LINK,
	FILE_ODD, /* a folder, a pipe */
};

struct hook_file {
	char *path;
	char *backup;
	enum file_owner owner;
	bool executable;
	struct buf text;
};

static void file_close(struct hook_file *file)
{
	free(file->path);
	free(file->backup);
	buf_release(&file->text);
}

/* Looks at the file for the event in the folder. */
static int file_look(struct hook_file *file, const char *dir,
		     enum hook_event event, struct err *err)
{
	struct err unreadable = ERR_INIT;
	struct stat info;

	memset(file, 0, sizeof(*file));
	buf_init(&file->text, MAX_HOOK);
	if (asprintf(&file->path, "%s/%s", dir, hook_event_name(event)) < 0) {
		file->path = NULL;
		return err_set_nomem(err);
	}
	if (asprintf(&file->backup, "%s%s", file->path, backup_suffix) < 0) {
		file->backup = NULL;
		return err_set_nomem(err);
	}
	if (lstat(file->path, &info) < 0) {
		if (errno == ENOENT || errno == ENOTDIR)
			return 0;
		return err_set_errno(err, "cannot look at '%s'", file->path);
	}
	file->owner = S_ISLNK(info.st_mode)   ? FILE_LINK
		      : S_ISREG(info.st_mode) ? FILE_FOREIGN
					      : FILE_ODD;
	if (file->owner == FILE_ODD)
		return 0;
	file->executable = access(file->path, X_OK) == 0;
	if (file_read(&file->text, file->path, 0, &unreadable) < 0)
		buf_clear(&file->text);
	else if (file->owner != FILE_LINK &&
		 shim_is_ours(file->text.data ? file->text.data : "",
			      file->text.len))
		file->owner = FILE_OURS;
	return 0;
}

/* ---- commands in git's configuration ---- */

static void add_key(struct buf *key, enum hook_event event, const char *name)
{
	buf_add_format(key, "hook.git-d1-%s.%s", hook_event_name(event), name);
}

static const char *configured(const struct git_config *git,
			      enum hook_event event, const char *name)
{
	const char *value = NULL;
	struct buf key;

	buf_init(&key, MAX_LINE);
	add_key(&key, event, name);
	if (!key.failed)
		value = git_config_get(git, key.data);
	buf_release(&key);
	return value;
}

static bool is_enabled(const struct git_config *git, enum hook_event event)
{
	const char *value = configured(git, event, "enabled");
	bool enabled;

	return !value || !git_config_read_bool(&enabled, value) || enabled;
}

/* ---- looking ---- */

static enum hook_state state_of_file(const struct hook_file *file,
				     enum hook_event event)
{
	switch (file->owner) {
	case FILE_OURS:
		return file->executable && file->text.len > 0 ? HOOK_INSTALLED
							      : HOOK_OFF;
	case FILE_LINK:
	case FILE_FOREIGN:
		if (file->executable && file->text.len > 0 &&
		    shim_is_called(file->text.data, file->text.len, event))
			return HOOK_CALLED;
		return file->owner == FILE_LINK ? HOOK_LINK : HOOK_FOREIGN;
	case FILE_ODD:
		return HOOK_FOREIGN;
	case FILE_ABSENT:
		break;
	}
	return HOOK_ABSENT;
}

/* A manager's file names the events; its own hook is somebody else's. */
static int ask_managers(bool *calls, const struct hook_place *place,
			enum hook_event event, struct err *err)
{
	*calls = false;
	for (int i = 0; place->worktree && i < HOOK_MANAGERS && !*calls; i++)
		if (hook_manager_calls((enum hook_manager)i, place->worktree,
				       event, calls, err) < 0)
			return err->code;
	return 0;
}

static int look_at_managers(struct hook_look *look,
			    const struct hook_place *place,
			    enum hook_event event, struct err *err)
{
	bool calls;

	if (ask_managers(&calls, place, event, err) == 0 && calls)
		look->state = HOOK_CALLED;
	return err->code;
}

/* Where git would look if it were not told to look elsewhere. */
static int look_behind(struct hook_look *look, const struct hook_place *place,
		       enum hook_event event, struct err *err)
{
	struct hook_file file;

	if (file_look(&file, place->default_dir, event, err) == 0 &&
	    file.owner == FILE_OURS && file.text.len > 0) {
		look->state = HOOK_SHADOWED;
		free(look->path);
		look->path = file.path;
		file.path = NULL;
	}
	file_close(&file);
	return err->code;
}

static int look_at(struct hook_look *look, const struct hook_place *place,
		   const struct git_config *git, enum hook_event event,
		   struct err *err)
{
	bool has_command =
		place->has_commands && configured(git, event, "command");
	struct hook_file file;

	if (file_look(&file, place->dir, event, err) == 0) {
		look->state = state_of_file(&file, event);
		if (look->state != HOOK_ABSENT) {
			look->path = file.path;
			file.path = NULL;
		}
	}
	file_close(&file);
	if (err->code)
		return err->code;
	if (has_command && is_enabled(git, event)) {
		look->state = HOOK_CONFIGURED;
		return 0;
	}
	if ((look->state == HOOK_ABSENT || look->state == HOOK_FOREIGN) &&
	    look_at_managers(look, place, event, err) < 0)
		return err->code;
	if (look->state == HOOK_ABSENT && has_command)
		look->state = HOOK_OFF;
	if (look->state == HOOK_ABSENT && place->setting)
		return look_behind(look, place, event, err);
	return 0;
}

int hooks_look(struct hook_looks *looks, const struct hook_place *place,
	       const struct git_config *git, struct err *err)
{
	memset(looks, 0, sizeof(*looks));
	for (int i = 0; i < HOOK_EVENTS; i++)
		if (look_at(&looks->events[i], place, git, (enum hook_event)i,
			    err) < 0)
			return err->code;
	return 0;
}

void hook_looks_release(struct hook_looks *looks)
{
	for (int i = 0; i < HOOK_EVENTS; i++)
		free(looks->events[i].path);
	memset(looks, 0, sizeof(*looks));
}

/* ---- installing ---- */

static void add_beginning(struct buf *out, const struct buf *text)
{
	const char *at = text->data;
	const char *end = at + text->len;

	for (int i = 0; i < SHOWN_LINES && at < end; i++) {
		size_t size = strcspn(at, "\n");

		buf_add_char(out, '\n');
		buf_add(out, at, size < 100 ? size : 100);
		at += size + 1;
	}
	if (at < end)
		buf_add_string(out, "\n...");
}

/* What is added to a file that is written anew is lost. */
static bool hint_at_manager(const struct hook_place *place,
			    const struct hook_file *file, struct err *err)
{
	for (int i = 0; place->worktree && i < HOOK_MANAGERS; i++) {
		enum hook_manager manager = (enum hook_manager)i;

		if (file->text.len == 0 ||
		    !hook_manager_wrote(manager, place->worktree,
					file->text.data, file->text.len))
			continue;
		err_hint(err,
			 "it is one of %s, which is used here; the lines for "
			 "%s: git d1 hooks print",
			 hook_manager_name(manager),
			 hook_manager_file(manager, place->worktree));
		return true;
	}
	return false;
}

static int refuse_foreign(const struct hook_place *place,
			  const struct hook_file *file, enum hook_event event,
			  struct err *err)
{
	const char *name = hook_event_name(event);
	struct buf text;

	buf_init(&text, MAX_LINE);
	if (file->text.len > 0)
		add_beginning(&text, &file->text);
	err_set(err, D1_EREFUSED,
		"'%s' is another hook; nothing was written. It begins:%s",
		file->path, text.data ? text.data : "");
	buf_release(&text);
	if (hint_at_manager(place, file, err))
		return err->code;
	return err_hint(err,
			"keep it, and add the line: git d1 hook %s \"$@\"\n"
			"or put git-d1's in its place, which keeps it as "
			"%s%s: git d1 hooks install --force",
			name, name, backup_suffix);
}

static int check_backup(const struct hook_file *file, struct err *err)
{
	struct stat info;

	if (lstat(file->backup, &info) < 0)
		return 0;
	return err_set(err, D1_EREFUSED,
		       "'%s' is another hook, and '%s' is there already and is "
		       "not overwritten; nothing was written",
		       file->path, file->backup);
}

static int check_foreign(const struct hook_installation *self,
			 const struct hook_file *file, enum hook_event event,
			 struct err *err)
{
	bool calls = state_of_file(file, event) == HOOK_CALLED;

	if (self->force)
		return check_backup(file, err);
	if (!calls && ask_managers(&calls, self->place, event, err) < 0)
		return err->code;
	return calls ? 0 : refuse_foreign(self->place, file, event, err);
}

static int check_file(const struct hook_installation *self,
		      enum hook_event event, struct err *err)
{
	struct hook_file file;

	if (file_look(&file, self->place->dir, event, err) < 0)
		goto out;
	if (file.owner == FILE_LINK || file.owner == FILE_ODD)
		err_set(err, D1_EREFUSED, "'%s' is %s; nothing was written",
			file.path,
			file.owner == FILE_LINK ? "a symbolic link"
						: "no file");
	else if (file.owner == FILE_FOREIGN)
		(void)!check_foreign(self, &file, event, err);
out:
	file_close(&file);
	return err->code;
}

int hook_install_check(const struct hook_installation *self,
		       enum hook_event event, struct err *err)
{
	if (self->place->has_commands)
		return 0;
	if (hook_place_check(self->place, self->shared_ok, err) < 0)
		return err->code;
	return check_file(self, event, err);
}

static int make_folder(const char *dir, struct err *err)
{
	if (mkdir(dir, 0777) < 0 && errno != EEXIST)
		return err_set_errno(err, "cannot make '%s'", dir);
	return 0;
}

/* link() takes the name only if nobody has it, which rename() would not. */
static int back_up(const struct hook_file *file, struct err *err)
{
	if (link(file->path, file->backup) == 0)
		return 0;
	if (errno == EEXIST)
		return check_backup(file, err);
	return err_set_errno(err, "cannot keep '%s' as '%s'", file->path,
			     file->backup);
}

static int write_file(const struct hook_file *file, const struct buf *text,
		      struct err *err)
{
	enum { MODE = 0755 };
	struct replacement *hook = NULL;

	if (replacement_create(&hook, file->path, err) == 0 &&
	    replacement_write(hook, text->data, text->len, err) == 0) {
		replacement_set_mode(hook, MODE);
		(void)!replacement_publish(hook, err);
	}
	replacement_close(hook);
	return err->code;
}

static bool is_text(const struct hook_file *file, const struct buf *text)
{
	return file->executable && file->text.len == text->len &&
	       memcmp(file->text.data, text->data, text->len) == 0;
}

static int install_file(const struct hook_installation *self,
			enum hook_event event, enum hook_news *news,
			struct err *err)
{
	struct hook_file file;
	struct buf text;

	buf_init(&text, MAX_HOOK);
	shim_add(&text, self->require);
	if (file_look(&file, self->place->dir, event, err) < 0 ||
	    buf_check(&text, "a hook", err) < 0 ||
	    make_folder(self->place->dir, err) < 0)
		goto out;
	if (file.owner == FILE_FOREIGN && !self->force) {
		*news = HOOK_LEFT; /* it calls git-d1 */
		goto out;
	}
	*news = file.owner == FILE_ABSENT ? HOOK_WRITTEN
		: file.owner == FILE_OURS ? HOOK_UPDATED
					  : HOOK_REPLACED;
	if (is_text(&file, &text))
		*news = HOOK_KEPT;
	else if (*news != HOOK_REPLACED || back_up(&file, err) == 0)
		(void)!write_file(&file, &text, err);
out:
	file_close(&file);
	buf_release(&text);
	return err->code;
}

static int set_value(const struct hook_installation *self,
		     enum hook_event event, const char *name, const char *value,
		     struct err *err)
{
	const char *argv[] = { "git", "config", "--local", "--replace-all",
			       NULL,  value,	NULL };
	struct buf key;
	int status = 0;

	buf_init(&key, MAX_LINE);
	add_key(&key, event, name);
	if (buf_check(&key, "a key", err) == 0) {
		argv[4] = key.data;
		if (hook_place_run(self->place, argv, NULL, &status, err) ==
			    0 &&
		    status != 0)
			err_set(err, D1_ERROR, "git cannot set %s", key.data);
	}
	buf_release(&key);
	return err->code;
}

/* Removes a file of ours from the folder. */
static int remove_from(const char *dir, enum hook_event event,
		       enum hook_news *news, struct err *err)
{
	struct hook_file file;

	*news = HOOK_KEPT;
	if (file_look(&file, dir, event, err) < 0 || file.owner == FILE_ABSENT)
		goto out;
	*news = HOOK_LEFT;
	if (file.owner != FILE_OURS)
		goto out;
	*news = HOOK_REMOVED;
	if (access(file.backup, F_OK) == 0) {
		*news = HOOK_RESTORED;
		if (rename(file.backup, file.path) < 0)
			err_set_errno(err, "cannot put '%s' back", file.path);
	} else if (unlink(file.path) < 0) {
		err_set_errno(err, "cannot remove '%s'", file.path);
	}
out:
	file_close(&file);
	return err->code;
}

/* One that core.hooksPath hides now is ours as well. */
static int remove_files(const struct hook_installation *self,
			enum hook_event event, enum hook_news *news,
			struct err *err)
{
	const struct hook_place *place = self->place;
	enum hook_news hidden;

	*news = HOOK_KEPT;
	if (!hook_place_is_tracked(place) &&
	    remove_from(place->dir, event, news, err) < 0)
		return err->code;
	if (strcmp(place->dir, place->default_dir) == 0)
		return 0;
	if (remove_from(place->default_dir, event, &hidden, err) == 0 &&
	    *news == HOOK_KEPT && hidden != HOOK_LEFT)
		*news = hidden;
	return err->code;
}

static int install_command(const struct hook_installation *self,
			   enum hook_event event, enum hook_news *news,
			   struct err *err)
{
	const char *now = configured(self->git, event, "command");
	const char *at = configured(self->git, event, "event");
	const char *name = hook_event_name(event);
	enum hook_news old_file;
	struct buf command;

	buf_init(&command, MAX_LINE);
	shim_add_command(&command, event, self->require);
	if (buf_check(&command, "a command", err) < 0)
		goto out;
	*news = now ? HOOK_UPDATED : HOOK_WRITTEN;
	if (now && strcmp(now, command.data) == 0 && at &&
	    strcmp(at, name) == 0)
		*news = HOOK_KEPT;
	else if (set_value(self, event, "command", command.data, err) < 0 ||
		 set_value(self, event, "event", name, err) < 0)
		goto out;
	(void)!remove_files(self, event, &old_file, err);
out:
	buf_release(&command);
	return err->code;
}

int hook_install(const struct hook_installation *self, enum hook_event event,
		 enum hook_news *news, struct err *err)
{
	return self->place->has_commands
		       ? install_command(self, event, news, err)
		       : install_file(self, event, news, err);
}

/* ---- removing ---- */

static int remove_command(const struct hook_installation *self,
			  enum hook_event event, enum hook_news *news,
			  struct err *err)
{
	const char *argv[] = { "git", "config", "--local", "--remove-section",
			       NULL,  NULL };
	char *section = NULL;
	int status;

	if (!configured(self->git, event, "command"))
		return 0;
	if (asprintf(&section, "hook.git-d1-%s", hook_event_name(event)) < 0)
		return err_set_nomem(err);
	argv[4] = section;
	if (hook_place_run(self->place, argv, NULL, &status, err) == 0 &&
	    status == 0)
		*news = HOOK_REMOVED;
	free(section);
	return err->code;
}

int hook_uninstall(const struct hook_installation *self, enum hook_event event,
		   enum hook_news *news, struct err *err)
{
	enum hook_news of_file;

	*news = HOOK_KEPT;
	if (remove_command(self, event, news, err) < 0 ||
	    remove_files(self, event, &of_file, err) < 0)
		return err->code;
	if (*news == HOOK_KEPT || of_file == HOOK_RESTORED)
		*news = of_file;
	return 0;
}
