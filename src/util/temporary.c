#include "config.h"

#include "util/temporary.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TRIES = 100, DIGITS = 16 };

static const char prefix[] = ".git-d1-";

bool temporary_make(int *fd, char name[TEMPORARY_SIZE], int dir)
{
	uint64_t number;

	for (int i = 0; i < TRIES; i++) {
		if (getrandom(&number, sizeof(number), 0) != sizeof(number))
			break;
		snprintf(name, TEMPORARY_SIZE, "%s%0*" PRIx64, prefix, DIGITS,
			 number);
		*fd = openat(dir, name,
			     O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW |
				     O_CLOEXEC,
			     0666);
		if (*fd >= 0)
			return true;
		if (errno != EEXIST)
			break;
	}
	*name = '\0';
	return false;
}

static bool is_temporary(const char *name)
{
	size_t length = sizeof(prefix) - 1;

	return strncmp(name, prefix, length) == 0 &&
	       strlen(name) == length + DIGITS &&
	       strspn(name + length, "0123456789abcdef") == DIGITS;
}

/* Removes them from the folder, and from those in it if `deep`. */
static void sweep(int dir, bool deep)
{
	/* a descriptor of its own, for fdopendir() takes it and its place */
	int own = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *entries = own < 0 ? NULL : fdopendir(own);
	const struct dirent *entry;

	if (!entries) {
		if (own >= 0)
			close(own);
		return;
	}
	while ((entry = readdir(entries))) {
		struct stat info;
		int below;

		if (fstatat(own, entry->d_name, &info, AT_SYMLINK_NOFOLLOW))
			continue;
		if (S_ISREG(info.st_mode) && is_temporary(entry->d_name))
			unlinkat(own, entry->d_name, 0);
		if (!deep || !S_ISDIR(info.st_mode) || entry->d_name[0] == '.')
			continue;
		below = openat(own, entry->d_name,
			       O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (below >= 0) {
			sweep(below, false);
			close(below);
		}
	}
	closedir(entries);
}

/* Where folders cannot be locked, nothing is removed. */
void temporary_begin(int top)
{
	if (flock(top, LOCK_EX | LOCK_NB) == 0)
		sweep(top, true);
	/* waits only for one that sweeps */
	while (flock(top, LOCK_SH) != 0 && errno == EINTR)
		;
}
