#include "config.h"

#include "migrate/files.h"

#include <fnmatch.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "util/path.h"

static const char default_pattern[] = "*.sql";

enum { MAX_PARTS = 32 };

/* One listing on its way through the folders. */
struct walk {
	struct migrations *migrations;
	struct filetree *tree;
	const char *pattern;
	const char *folder; /* "" for the top */
	size_t cap;
};

/* ---- order ---- */

/*
 * What JavaScript's parseInt() makes of a part of a path up to its first `_`;
 * NAN without a number.
 */
static double leading_number(const char *part, size_t size)
{
	double number = 0;
	bool negative;
	size_t at = 0;
	size_t digits;

	while (at < size && strchr(" \t\n\v\f\r", part[at]))
		at++;
	negative = at < size && part[at] == '-';
	if (at < size && (part[at] == '-' || part[at] == '+'))
		at++;
	digits = at;
	for (; at < size && part[at] >= '0' && part[at] <= '9'; at++)
		number = number * 10 + (part[at] - '0');
	if (at == digits || !isfinite(number))
		return NAN;
	return negative ? -number : number;
}

static int compare_parts(const char *one, size_t one_size, const char *other,
			 size_t other_size)
{
	double a = leading_number(one, one_size);
	double b = leading_number(other, other_size);
	size_t common = one_size < other_size ? one_size : other_size;
	int order;

	if (!isnan(a) && !isnan(b) && a != b)
		return a < b ? -1 : 1;
	if (isnan(a) != isnan(b))
		return isnan(b) ? -1 : 1;
	order = memcmp(one, other, common);
	if (order)
		return order;
	return one_size < other_size ? -1 : one_size > other_size;
}

int migrations_compare(const char *one, const char *other)
{
	for (;;) {
		size_t a = strcspn(one, "/");
		size_t b = strcspn(other, "/");
		int order = compare_parts(one, a, other, b);

		if (order)
			return order;
		if (!one[a] || !other[b])
			return (one[a] != '\0') - (other[b] != '\0');
		one += a + 1;
		other += b + 1;
	}
}

static int compare_names(const void *one, const void *other)
{
	return migrations_compare(*(const char *const *)one,
				  *(const char *const *)other);
}

/* ---- patterns ---- */

static size_t split(const char **parts, size_t *sizes, const char *path)
{
	size_t count = 0;

	for (;;) {
		size_t size = strcspn(path, "/");

		if (count == MAX_PARTS)
			return MAX_PARTS + 1;
		parts[count] = path;
		sizes[count++] = size;
		if (!path[size])
			return count;
		path += size + 1;
	}
}

static bool match_part(const char *pattern, size_t pattern_size,
		       const char *part, size_t size)
{
	char *glob = strndup(pattern, pattern_size);
	char *name = strndup(part, size);
	bool match = glob && name && fnmatch(glob, name, FNM_PERIOD) == 0;

	free(glob);
	free(name);
	return match;
}

/*
 * Matches parts of a path against parts of a pattern. With `partial` it is
 * enough that a path below this one may match.
 */
static bool match_parts(const char *const *pattern, const size_t *pattern_sizes,
			size_t npattern, const char *const *parts,
			const size_t *sizes, size_t nparts, bool partial)
{
	if (nparts == 0)
		return partial || npattern == 0;
	if (npattern == 0)
		return false;
	if (pattern_sizes[0] == 2 && memcmp(pattern[0], "**", 2) == 0) {
		if (match_parts(pattern + 1, pattern_sizes + 1, npattern - 1,
				parts, sizes, nparts, partial))
			return true;
		return parts[0][0] != '.' &&
		       match_parts(pattern, pattern_sizes, npattern, parts + 1,
				   sizes + 1, nparts - 1, partial);
	}
	return match_part(pattern[0], pattern_sizes[0], parts[0], sizes[0]) &&
	       match_parts(pattern + 1, pattern_sizes + 1, npattern - 1,
			   parts + 1, sizes + 1, nparts - 1, partial);
}

static bool match_path(const char *pattern, const char *path, bool partial)
{
	const char *globs[MAX_PARTS], *parts[MAX_PARTS];
	size_t glob_sizes[MAX_PARTS], sizes[MAX_PARTS];
	size_t nglobs = split(globs, glob_sizes, pattern);
	size_t nparts = split(parts, sizes, path);

	return nglobs <= MAX_PARTS && nparts <= MAX_PARTS &&
	       match_parts(globs, glob_sizes, nglobs, parts, sizes, nparts,
			   partial);
}

/* Wrangler's globs know more than is understood here: that must not be lost. */
static int check_pattern(const char *pattern, struct err *err)
{
	const char *parts[MAX_PARTS];
	size_t sizes[MAX_PARTS];

	if (strpbrk(pattern, "{}()!\\") ||
	    split(parts, sizes, pattern) > MAX_PARTS) {
		err_set(err, D1_ERROR,
			"migrations_pattern '%s' is not understood", pattern);
		return err_hint(err, "only *, ?, [...] and ** stand for other "
				     "characters here");
	}
	return 0;
}

/* ---- listing ---- */

static int add_name(struct walk *walk, const char *path, struct err *err)
{
	struct migrations *migrations = walk->migrations;

	if (migrations->count == walk->cap) {
		size_t cap = walk->cap ? walk->cap * 2 : 64;
		const char **names =
			reallocarray(migrations->names, cap, sizeof(*names));

		if (!names)
			return err_set_nomem(err);
		migrations->names = names;
		walk->cap = cap;
	}
	migrations->names[migrations->count++] = path;
	return 0;
}

static int list_entry(void *context, const struct filetree_entry *entry,
		      struct err *err)
{
	struct walk *walk = context;
	struct walk below;
	char *path =
		arena_format(&walk->migrations->arena, "%s%s%s", walk->folder,
			     *walk->folder ? "/" : "", entry->name);

	if (!path)
		return err_set_nomem(err);
	if (entry->kind != FILETREE_FOLDER)
		/* one that is no file is refused when it is opened */
		return match_path(walk->pattern, path, false)
			       ? add_name(walk, path, err)
			       : 0;
	if (!match_path(walk->pattern, path, true))
		return 0;
	below = *walk;
	below.folder = path;
	(void)!filetree_list(walk->tree, path, list_entry, &below, err);
	walk->cap = below.cap;
	return err->code;
}

int migrations_list(struct migrations *migrations, struct filetree *tree,
		    const char *pattern, struct err *err)
{
	struct walk walk = { .migrations = migrations,
			     .tree = tree,
			     .pattern = pattern ? pattern : default_pattern,
			     .folder = "" };

	memset(migrations, 0, sizeof(*migrations));
	if (check_pattern(walk.pattern, err) < 0 ||
	    filetree_list(tree, "", list_entry, &walk, err) < 0)
		return err->code;
	if (migrations->count > 0)
		qsort(migrations->names, migrations->count,
		      sizeof(*migrations->names), compare_names);
	return 0;
}

void migrations_release(struct migrations *migrations)
{
	free(migrations->names);
	arena_release(&migrations->arena);
	memset(migrations, 0, sizeof(*migrations));
}

bool migrations_have(const struct migrations *migrations, const char *name)
{
	for (size_t i = 0; i < migrations->count; i++)
		if (strcmp(migrations->names[i], name) == 0)
			return true;
	return false;
}

int migrations_pattern(char **relative, const char *config_dir, const char *dir,
		       const char *pattern, struct err *err)
{
	size_t skip = strcmp(dir, "/") == 0 ? 1 : strlen(dir) + 1;
	char *path;

	*relative = NULL;
	if (!pattern)
		return 0;
	path = path_resolve(config_dir, pattern);
	if (!path)
		return err_set_nomem(err);
	if (!path_is_inside(dir, path) || strlen(path) <= skip) {
		err_set(err, D1_ERROR,
			"migrations_pattern '%s' does not begin with "
			"migrations_dir",
			pattern);
		err_hint(err, "wrangler wants both to be set, and the pattern "
			      "to lead into the folder");
		goto out;
	}
	*relative = strdup(path + skip);
	if (!*relative)
		err_set_nomem(err);
out:
	free(path);
	return err->code;
}

/* The digits that a name begins with, without zeros before them. */
static const char *number_of(const char *name, size_t *size)
{
	size_t zeros = strspn(name, "0");

	*size = strspn(name + zeros, "0123456789");
	if (*size == 0 && zeros > 0) {
		*size = 1;
		return name;
	}
	return name + zeros;
}

bool migrations_same_number(const char *name, const char *other)
{
	size_t sizes[2];
	const char *numbers[2] = { number_of(name, &sizes[0]),
				   number_of(other, &sizes[1]) };
	size_t folder = strcspn(name, "/");

	if (name[folder] && strncmp(name, other, folder + 1) == 0)
		return false;
	return sizes[0] > 0 && sizes[0] == sizes[1] &&
	       memcmp(numbers[0], numbers[1], sizes[0]) == 0;
}
