#include "config.h"

#include "util/lockholder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* How often a lock is looked for. */
enum { LOOKS = 10 };

/* A file that may be locked. */
struct locked_file {
	unsigned int major, minor;
	unsigned long long inode;
};

static bool identify(struct locked_file *file, const char *path)
{
	struct stat info;

	if (stat(path, &info) < 0)
		return false;
	file->major = major(info.st_dev);
	file->minor = minor(info.st_dev);
	file->inode = info.st_ino;
	return true;
}

/* A line of the kernel's list; false if it is another file's, or our own. */
static bool is_lock_on(const struct locked_file *file, const char *line,
		       char type[16], long *pid)
{
	struct locked_file found;

	/* "15: POSIX  ADVISORY  WRITE 24971 fe:00:11034870 120 120" */
	return sscanf(line, "%*u: POSIX %*15s %15s %ld %x:%x:%llu", type, pid,
		      &found.major, &found.minor, &found.inode) == 5 &&
	       found.major == file->major && found.minor == file->minor &&
	       found.inode == file->inode && *pid > 0 && *pid != getpid();
}

/* The process with a lock for writing, or else, if `readers`, with any. */
static long look(const struct locked_file *file, bool readers)
{
	FILE *list = fopen("/proc/locks", "re");
	char *line = NULL;
	size_t size = 0;
	long found = 0;

	while (list && getline(&line, &size, list) >= 0) {
		char type[16];
		long pid;

		if (!is_lock_on(file, line, type, &pid))
			continue;
		if (strcmp(type, "WRITE") == 0) {
			found = pid;
			break;
		}
		if (readers)
			found = pid;
	}
	free(line);
	if (list)
		fclose(list);
	return found;
}

/*
 * The list is read in parts, and a line may pass from the next one to that
 * which was read when others unlock their files: it is there the next time.
 */
static long find_pid(const struct locked_file *file, bool readers)
{
	long found = 0;

	for (int i = 0; !found && i < LOOKS; i++)
		found = look(file, readers);
	return found;
}

static bool read_name(struct lock_holder *holder)
{
	char path[64];
	FILE *file;
	size_t len;

	snprintf(path, sizeof(path), "/proc/%ld/comm", holder->pid);
	file = fopen(path, "re");
	if (!file)
		return false;
	len = fread(holder->name, 1, sizeof(holder->name) - 1, file);
	fclose(file);
	holder->name[len] = '\0';
	holder->name[strcspn(holder->name, "\n")] = '\0';
	for (char *at = holder->name; *at; at++)
		if (*at < ' ' || *at > '~')
			*at = '?';
	return *holder->name != '\0';
}

bool lock_holder_find(struct lock_holder *holder, const char *path)
{
	struct locked_file file;
	char *index;
	bool has_index;

	/* with a write-ahead log, writers lock its index, and all read here */
	if (asprintf(&index, "%s-shm", path) < 0)
		return false;
	has_index = identify(&file, index);
	holder->pid = has_index ? find_pid(&file, false) : 0;
	free(index);
	if (holder->pid == 0 && identify(&file, path))
		holder->pid = find_pid(&file, !has_index);
	return holder->pid > 0 && read_name(holder);
}
