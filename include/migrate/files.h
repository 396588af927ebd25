/*
 * The migrations in a folder, in the order in which wrangler runs them.
 *
 * A migration's name is its path below the folder, "0001_init.sql", or
 * "0001_init/migration.sql" with a pattern that says so: it is what stands in
 * the ledger. They are sorted by the number at the start of each part of the
 * path, those without a number last, else by their bytes, as wrangler sorts
 * them since 4.98; with numbers of equal length that is the order of bytes,
 * which it used before.
 */
#ifndef MIGRATE_FILES_H
#define MIGRATE_FILES_H

#include <stdbool.h>
#include <stddef.h>

#include "util/arena.h"
#include "util/err.h"
#include "util/filetree.h"

struct migrations {
	struct arena arena;
	const char **names;
	size_t count;
};

/*
 * Lists the migrations in the tree, whose top is the folder. `pattern` is a
 * glob of paths below it, with `*`, `?`, `[a-z]` within a part and `**` for
 * any number of parts; NULL is "*.sql". Names that begin with a dot are found
 * by a pattern that has the dot. The caller releases the list, after an error
 * too.
 */
int migrations_list(struct migrations *migrations, struct filetree *tree,
		    const char *pattern, struct err *err) MUST_CHECK;
void migrations_release(struct migrations *migrations);

/* True if there is a migration of that name. */
bool migrations_have(const struct migrations *migrations, const char *name);

/*
 * What wrangler's setting `migrations_pattern`, seen from the folder of its
 * configuration, means below the folder `dir`: in *relative, which the caller
 * frees. `config_dir` and `dir` are absolute. NULL stays NULL. A pattern that
 * leads elsewhere is refused, as wrangler refuses it.
 */
int migrations_pattern(char **relative, const char *config_dir, const char *dir,
		       const char *pattern, struct err *err) MUST_CHECK;

/* Negative, 0 or positive, as the first runs before the second. */
int migrations_compare(const char *one, const char *other);

/*
 * True if both begin with the same number, whatever zeros are before it: two
 * people took it. Files of one folder share its number.
 */
bool migrations_same_number(const char *one, const char *other);

#endif
