/* The versions of all that a fault may be due to. */
#ifndef CMD_VERSIONS_H
#define CMD_VERSIONS_H

#include "util/compiler.h"
#include "util/err.h"

enum { VERSION_SIZE = 128 };

struct version {
	const char *name;
	char text[VERSION_SIZE];
};

/* One each: git-d1, git, the libraries and the operating system. */
enum { VERSION_COUNT = 9 };

/*
 * The libraries tell of themselves, as they are at run time; libcurl is
 * loaded and git is run, and both may be missing.
 */
int versions_find(struct version versions[VERSION_COUNT],
		  struct err *err) MUST_CHECK;

#endif
