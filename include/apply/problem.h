/*
 * What is wrong with the files of a snapshot, told one by one: a person mends
 * all of it at once. Of one file so many are told as a person reads.
 */
#ifndef APPLY_PROBLEM_H
#define APPLY_PROBLEM_H

#include <stdbool.h>
#include <stdint.h>

#include "util/compiler.h"
#include "util/err.h"
#include "util/filetree.h"

enum { PROBLEMS_TOLD = 100 }; /* of one file */

struct problem {
	const char *path;    /* of the file, below the snapshot's folder */
	uint64_t line;	     /* from 1 on; 0: the file as a whole */
	const char *message; /* in the style of util/err.h */
	const char *remedy;  /* what to do about it, or NULL */
};

struct problems {
	void (*tell)(void *context, const struct problem *problem);
	void *context;
	uint64_t count; /* of all files, told or not */

	const char *path; /* of the file that is looked at; borrowed */
	uint64_t of_file;
};

/* What follows is about the file `path`; problems_end() closes it. */
void problems_begin(struct problems *problems, const char *path);

/* Says how many problems of the file were not told. */
void problems_end(struct problems *problems);

/* `remedy` may be NULL. */
void problems_add(struct problems *problems, uint64_t line, const char *remedy,
		  const char *format, ...) PRINTF_LIKE(4, 5);

/*
 * Tells the error in `err` and clears it; the path and the line before its
 * message become those of the problem, its hint the remedy; without one that
 * is to edit the file. If memory ran out, that stays an error,
 * which is returned.
 */
int problems_take(struct problems *problems, struct err *err) MUST_CHECK;

/* True for what is no file, which is a problem that is told. */
bool problems_add_kind(struct problems *problems, enum filetree_kind kind);

#endif
