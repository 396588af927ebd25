/*
 * dieat.so, to be preloaded (LD_PRELOAD): git-d1 dies before one of its calls
 * that change a file. The programs that it runs live.
 *
 * Environment: DIE_AT, the number of the call, from 1 on (0: none); DIE_BY, the
 * number of the signal (9); DIE_LOG, a file that gets the names of the calls, a
 * line each.
 */
#include "config.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static atomic_long calls;

static bool is_meant(void)
{
	return strcmp(program_invocation_short_name, "git-d1") == 0;
}

static long number_of(const char *variable, long otherwise)
{
	const char *text = getenv(variable);

	return text ? strtol(text, NULL, 10) : otherwise;
}

/* Appends to the log by calls that are not counted. */
static void note(const char *name)
{
	const char *path = getenv("DIE_LOG");
	int fd = path ? open(path, O_WRONLY | O_CREAT | O_APPEND, 0666) : -1;

	if (fd < 0)
		return;
	dprintf(fd, "%s\n", name);
	close(fd);
}

static void count_call(const char *name)
{
	if (!is_meant())
		return;
	note(name);
	if (++calls == number_of("DIE_AT", 0))
		raise((int)number_of("DIE_BY", SIGKILL));
}

static void count_call_of(const char *name, int fd)
{
	struct stat info;

	if (fd > STDERR_FILENO && fstat(fd, &info) == 0 &&
	    S_ISREG(info.st_mode))
		count_call(name);
}

/* Whoever runs the tests may ignore the signal, as shells do for a job. */
__attribute__((constructor)) static void heed_signal(void)
{
	int number = (int)number_of("DIE_BY", SIGKILL);

	if (number != SIGKILL)
		signal(number, SIG_DFL);
}

/* ---- in the place of the C library's ---- */

/*
 * By a descriptor, which counts if it is that of a file; and by a path.
 * NOLINTBEGIN(bugprone-macro-parentheses): these are types and lists.
 */
#define INSTEAD(type, name, parameters, arguments, count) \
	type name parameters \
	{ \
		type(*own) parameters; \
\
		*(void **)&own = dlsym(RTLD_NEXT, #name); \
		count; \
		return own arguments; \
	}

INSTEAD(ssize_t, write, (int fd, const void *data, size_t size),
	(fd, data, size), count_call_of("write", fd))
INSTEAD(ssize_t, pwrite64,
	(int fd, const void *data, size_t size, off64_t offset),
	(fd, data, size, offset), count_call_of("pwrite", fd))
INSTEAD(int, ftruncate64, (int fd, off64_t size), (fd, size),
	count_call_of("ftruncate", fd))
INSTEAD(int, fsync, (int fd), (fd), count_call("fsync"))
INSTEAD(int, fdatasync, (int fd), (fd), count_call("fdatasync"))
INSTEAD(int, rename, (const char *from, const char *to), (from, to),
	count_call("rename"))
INSTEAD(int, link, (const char *from, const char *to), (from, to),
	count_call("link"))
INSTEAD(int, unlink, (const char *path), (path), count_call("unlink"))
/* NOLINTEND(bugprone-macro-parentheses) */
