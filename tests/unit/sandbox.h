/*
 * A temporary directory for one test, which is also its HOME and its current
 * directory, and an environment without anything of git or Cloudflare.
 */
#ifndef SANDBOX_H
#define SANDBOX_H

#include <assert.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

extern char **environ;

static char sandbox_dir[4096];

static inline int sandbox_unlink(const char *path, const struct stat *info,
				 int type, struct FTW *place)
{
	(void)info;
	(void)type;
	(void)place;
	return remove(path);
}

/* Removes the variables whose name begins with the prefix. */
static inline void sandbox_unset(const char *prefix)
{
	size_t length = strlen(prefix);

	for (char **entry = environ; *entry;) {
		char name[256];

		if (strncmp(*entry, prefix, length)) {
			entry++;
			continue;
		}
		snprintf(name, sizeof(name), "%.*s", (int)strcspn(*entry, "="),
			 *entry);
		unsetenv(name);
		entry = environ;
	}
}

/* The setup function of a test. */
static inline int sandbox_enter(void **state)
{
	const char *base = getenv("TMPDIR");
	char template[4096];

	(void)state;
	snprintf(template, sizeof(template), "%s/git-d1-test-XXXXXX",
		 base ? base : "/tmp");
	if (!mkdtemp(template) || !realpath(template, sandbox_dir))
		return -1;
	sandbox_unset("GIT_");
	sandbox_unset("CLOUDFLARE_");
	sandbox_unset("CF_");
	sandbox_unset("WRANGLER_");
	sandbox_unset("XDG_");
	setenv("HOME", sandbox_dir, 1);
	setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
	setenv("GIT_CEILING_DIRECTORIES", sandbox_dir, 1);
	setenv("GIT_TERMINAL_PROMPT", "0", 1);
	setenv("LC_ALL", "C", 1);
	return chdir(sandbox_dir);
}

/* The teardown function of a test. */
static inline int sandbox_leave(void **state)
{
	(void)state;
	if (chdir("/"))
		return -1;
	return nftw(sandbox_dir, sandbox_unlink, 16, FTW_DEPTH | FTW_PHYS);
}

/* Absolute path of a file in the sandbox; valid until the fourth call after. */
static inline const char *sandbox_path(const char *relative)
{
	static char paths[4][8192];
	static unsigned int turn;
	char *path = paths[turn++ % 4];

	snprintf(path, sizeof(paths[0]), "%s/%s", sandbox_dir, relative);
	return path;
}

/* Writes a file below the sandbox, and the directories above it. */
static inline void sandbox_write(const char *relative, const char *text)
{
	char path[8192];
	FILE *file;

	snprintf(path, sizeof(path), "%s", sandbox_path(relative));
	for (char *slash = strchr(path + strlen(sandbox_dir) + 1, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(path, 0777);
		*slash = '/';
	}
	file = fopen(path, "w");
	assert(file);
	fputs(text, file);
	fclose(file);
}

#endif
