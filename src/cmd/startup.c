#include "config.h"

#include "cmd/startup.h"

#include <fcntl.h>
#include <limits.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include <sqlite3.h>

/*
 * A file opened later must not become standard output or error, or a message
 * would be written into a database.
 */
static void open_standard_files(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

/* Memory may hold a token or a customer's rows; a core file would keep them. */
static void forbid_core_dumps(void)
{
	const struct rlimit none = { 0, 0 };

	setrlimit(RLIMIT_CORE, &none);
#ifdef __linux__
	/* The limit does not bind a core_pattern that is a program. */
	prctl(PR_SET_DUMPABLE, 0);
#endif
}

/*
 * A plan opens and closes private databases by the dozen: without this all of
 * their memory goes back to the kernel each time, and comes anew page by page.
 */
static void keep_memory(void)
{
#ifdef __GLIBC__
	mallopt(M_TOP_PAD, 1 << 20);
	mallopt(M_TRIM_THRESHOLD, 16 << 20);
#endif
}

/*
 * One thread uses SQLite, and nobody asks how much memory it has: locks and
 * counters are a tenth of the time that a plan takes.
 */
static void set_up_sqlite(void)
{
	(void)sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	/* pages one by one: a private database has few */
	(void)sqlite3_config(SQLITE_CONFIG_PAGECACHE, NULL, 0, 0);
}

void startup_process(void)
{
	keep_memory();
	set_up_sqlite();
	open_standard_files();
	forbid_core_dumps();
	signal(SIGPIPE, SIG_DFL);
}

int startup_change_directory(const char *path, struct err *err)
{
	if (chdir(path) < 0)
		return err_set_errno(err, "cannot change to '%s'", path);
	return 0;
}

/* Replaces a relative path in the environment by one that starts at `top`. */
static int make_absolute(const char *variable, const char *top, struct err *err)
{
	const char *path = getenv(variable);
	char absolute[2 * PATH_MAX];

	if (!path || path[0] == '/')
		return 0;
	snprintf(absolute, sizeof(absolute), "%s/%s", top, path);
	if (setenv(variable, absolute, 1) < 0)
		return err_set_errno(err, "cannot set %s", variable);
	return 0;
}

/* Keeps the repository that the environment names, whatever directory next. */
static int pin_repository(struct err *err)
{
	char top[PATH_MAX];

	if (!getenv("GIT_DIR"))
		return 0;
	/* Without GIT_WORK_TREE git takes the directory it is run in. */
	if (!getcwd(top, sizeof(top)) || setenv("GIT_WORK_TREE", top, 1) < 0)
		return err_set_errno(err, "cannot set GIT_WORK_TREE");
	if (make_absolute("GIT_DIR", top, err))
		return err->code;
	return make_absolute("GIT_INDEX_FILE", top, err);
}

int startup_follow_prefix(struct err *err)
{
	const char *prefix = getenv("GIT_PREFIX");

	/* Without .git here, or with nothing there, the prefix is stale. */
	if (!prefix || !*prefix || access(".git", F_OK) < 0 ||
	    access(prefix, F_OK) < 0)
		return 0;
	if (pin_repository(err) || startup_change_directory(prefix, err))
		return err_context(err, "cannot follow GIT_PREFIX");
	unsetenv("GIT_PREFIX");
	return 0;
}
