#include "config.h"

#include "git/library.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <git2.h>

enum {
	/* Packs are read through windows of this many bytes, */
	WINDOW_SIZE = 8 << 20,
	/* of which so many bytes are held at once. */
	WINDOW_LIMIT = 64 << 20,

	/* An object is tried to be written so often. */
	TRY_LIMIT = 10,
};

int library_start(struct err *err)
{
	/* These say nothing about how objects and refs are read. */
	static const char *extensions[] = { "partialclone", "preciousobjects",
					    "relativeworktrees",
					    "worktreeconfig" };
	static bool started;

	if (started)
		return 0;
	if (git_libgit2_init() < 0)
		return err_set(err, D1_ERROR, "cannot start libgit2");
	git_libgit2_opts(GIT_OPT_SET_EXTENSIONS, extensions,
			 ARRAY_SIZE(extensions));
	git_libgit2_opts(GIT_OPT_SET_MWINDOW_SIZE, (size_t)WINDOW_SIZE);
	git_libgit2_opts(GIT_OPT_SET_MWINDOW_MAPPED_LIMIT,
			 (size_t)WINDOW_LIMIT);
	started = true;
	return 0;
}

int library_error(struct err *err, const char *format, ...)
{
	const git_error *error = git_error_last();
	char message[sizeof(err->message)];
	va_list args;

	if (error && error->klass == GIT_ERROR_NOMEMORY)
		return err_set_nomem(err);
	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	return err_set(err, D1_ERROR, "%s: %s", message,
		       error ? error->message : "unknown error");
}

bool library_again(int code, unsigned int *tries)
{
	const git_error *error = git_error_last();

	return code && error && error->klass == GIT_ERROR_OS &&
	       strstr(error->message, strerror(ENOENT)) && ++*tries < TRY_LIMIT;
}
