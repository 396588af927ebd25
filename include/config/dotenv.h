/*
 * The .env files of a directory, as wrangler reads them.
 */
#ifndef CONFIG_DOTENV_H
#define CONFIG_DOTENV_H

#include <stddef.h>

#include "util/err.h"

struct dotenv_entry {
	char *name;
	char *value;
	const char *file; /* the name of the file that set it */
};

struct dotenv {
	struct dotenv_entry *entries; /* in the order they first appeared */
	size_t count;
	char *files[4]; /* names of the files looked for */
};

#define DOTENV_INIT \
	{ \
		.entries = NULL \
	}

/* Overwrites the values, which may be secrets, and frees them. */
void dotenv_release(struct dotenv *dotenv);

/*
 * Reads .env, .env.local, and, unless `environment` is NULL,
 * .env.<environment> and .env.<environment>.local in `dir`; what stands in a
 * later one wins. A file that is missing or cannot be read is passed over, as
 * wrangler does. References ($NAME, ${NAME:-default}) are replaced, first from
 * the process environment, then from what was read before.
 */
int dotenv_load(struct dotenv *dotenv, const char *dir, const char *environment,
		struct err *err) MUST_CHECK;

/*
 * Adds the variables in `text` to those that are there. `file` is borrowed as
 * long as `dotenv` lives. References are not replaced.
 */
int dotenv_parse(struct dotenv *dotenv, const char *text, size_t size,
		 const char *file, struct err *err) MUST_CHECK;

/* Replaces the references in all values. */
int dotenv_expand(struct dotenv *dotenv, struct err *err) MUST_CHECK;

/*
 * The variable, or NULL. The process environment does not count here: a
 * variable that is set there and not empty beats this one.
 */
const struct dotenv_entry *dotenv_get(const struct dotenv *dotenv,
				      const char *name);

#endif
