#include "config.h"

#include "util/path.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

/* Appends the components of `path` to the `length` bytes at `out`. */
static size_t append_components(char *out, size_t length, const char *path)
{
	while (*path) {
		size_t size = strcspn(path, "/");

		if (size == 2 && !memcmp(path, "..", 2)) {
			while (length && out[--length] != '/')
				;
		} else if (size && !(size == 1 && *path == '.')) {
			out[length++] = '/';
			memcpy(out + length, path, size);
			length += size;
		}
		path += size;
		path += *path == '/';
	}
	return length;
}

char *path_resolve(const char *dir, const char *path)
{
	char *out = malloc(strlen(dir) + strlen(path) + 3);
	size_t length = 0;

	if (!out)
		return NULL;
	if (*path != '/')
		length = append_components(out, length, dir);
	length = append_components(out, length, path);
	if (!length)
		out[length++] = '/';
	out[length] = '\0';
	return out;
}

char *path_dirname(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash || slash == path)
		return strdup("/");
	return strndup(path, (size_t)(slash - path));
}

const char *path_basename(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* How much of both is the same, in whole components. */
static size_t common_length(const char *a, const char *b)
{
	size_t common = 0, at = 0;

	for (; a[at] && a[at] == b[at]; at++)
		if (a[at] == '/')
			common = at;
	if ((!a[at] || a[at] == '/') && (!b[at] || b[at] == '/'))
		common = at;
	return common;
}

char *path_relative(const char *dir, const char *path)
{
	static const char up[] = "../";
	size_t common, ups = 0, size = 0;
	char *out;

	dir += !strcmp(dir, "/"); /* the only one that ends in a slash */
	common = common_length(dir, path);
	for (const char *rest = dir + common; *rest; rest++)
		ups += *rest == '/';
	path += common + (path[common] == '/');
	out = malloc(ups * strlen(up) + strlen(path) + 2);
	if (!out)
		return NULL;
	for (; ups > 0; ups--, size += strlen(up))
		memcpy(out + size, up, strlen(up));
	memcpy(out + size, path, strlen(path) + 1);
	size += strlen(path);
	if (size == 0)
		memcpy(out, ".", 2);
	else if (out[size - 1] == '/')
		out[size - 1] = '\0';
	return out;
}

bool path_is_inside(const char *dir, const char *path)
{
	size_t length = strlen(dir);

	if (!strcmp(dir, "/"))
		return *path == '/';
	return !strncmp(dir, path, length) &&
	       (path[length] == '/' || path[length] == '\0');
}

/* Checks the component that ends at `end`, of a path below the worktree. */
static int check_component(const char *path, const char *start, const char *end,
			   const char *what, struct err *err)
{
	char *prefix = strndup(path, (size_t)(end - path));
	struct stat info;
	int result = 0;

	if (!prefix)
		return err_set_nomem(err);
	if (end - start == 4 && !strncasecmp(start, ".git", 4))
		result = err_set(err, D1_EREFUSED,
				 "%s '%s' is inside a .git directory", what,
				 path);
	else if (lstat(prefix, &info)) {
		if (errno != ENOENT && errno != ENOTDIR)
			result = err_set_errno(err, "cannot look at '%s'",
					       prefix);
	} else if (S_ISLNK(info.st_mode)) {
		result = err_set(err, D1_EREFUSED,
				 "%s '%s' passes the symbolic link '%s'", what,
				 path, prefix);
	}
	free(prefix);
	return result;
}

int path_check_inside(const char *top, const char *path, const char *what,
		      struct err *err)
{
	const char *start, *end;
	int result = 0;

	if (!path_is_inside(top, path)) {
		result = err_set(err, D1_EREFUSED,
				 "%s '%s' is outside the worktree '%s'", what,
				 path, top);
	}
	for (start = path + strlen(top); !result && *start; start = end) {
		start += strspn(start, "/");
		end = start + strcspn(start, "/");
		if (end > start)
			result = check_component(path, start, end, what, err);
	}
	return result;
}
