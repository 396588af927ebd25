/*
 * Git's configuration, read by git itself: libgit2 knows neither `git -c`, nor
 * GIT_CONFIG_COUNT, nor GIT_CONFIG_GLOBAL, nor `git config --worktree`.
 *
 * A key is written as in git's manuals, "d1.apiBaseUrl", "d1.table.users.key":
 * what stands before the first dot and after the last is matched in any letter
 * case, what is between (the subsection) exactly.
 */
#ifndef GIT_CONFIG_H
#define GIT_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/buf.h"
#include "util/err.h"

struct git_config_entry {
	const char *key;   /* section and variable in lower case */
	const char *value; /* NULL: a key without "=", which means true */
	size_t place;	   /* order of reading: the last one wins */
};

/* Sorted by key, the values of one key in the order they were read. */
struct git_config {
	struct git_config_entry *entries;
	size_t count;
	struct buf text; /* what the entries point into */
};

/* An empty one. */
void git_config_init(struct git_config *config);
void git_config_release(struct git_config *config);

/*
 * Reads what git-d1 has a use for: the sections d1, color and pager, and some
 * keys of advice, core, diff, hook, merge. `dir` is where git is run, NULL for
 * here. Works outside a repository; a machine without git has no
 * configuration. A configuration that git cannot read is an error.
 */
int git_config_load(struct git_config *config, const char *dir,
		    struct err *err) MUST_CHECK;

/*
 * Reads the text of a file in git's syntax, without following includes. `name`
 * is what the file is called in messages.
 */
int git_config_parse(struct git_config *config, const char *text, size_t size,
		     const char *name, struct err *err) MUST_CHECK;

/*
 * Sets the key to one value in the file at `path`, or takes it out if `value`
 * is NULL; comments stay. The file is made if it is not there.
 */
int git_config_file_set(const char *path, const char *key, const char *value,
			struct err *err) MUST_CHECK;

/* The last value of the key; NULL if there is none, or no "=". */
const char *git_config_get(const struct git_config *config, const char *key);

/*
 * All values of the key: their number, and the first of them, which the others
 * follow, in *first.
 */
size_t git_config_all(const struct git_config *config, const char *key,
		      const struct git_config_entry **first);

/*
 * The last value of the key by git's rules for a truth value. Leaves *value
 * alone if the key is not set. An error names the key.
 */
int git_config_bool(const struct git_config *config, const char *key,
		    bool *value, struct err *err) MUST_CHECK;

/* The same for a number; it may end in k, m or g. */
int git_config_integer(const struct git_config *config, const char *key,
		       int64_t *value, struct err *err) MUST_CHECK;

/* Reads one value by git's rules. NULL is true. False if it is none. */
bool git_config_read_bool(bool *result, const char *value) MUST_CHECK;

#endif
