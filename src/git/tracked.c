#include "config.h"

#include "git/tracked.h"

#include <string.h>

#include "util/buf.h"
#include "util/child.h"

enum { MAX_ANSWER = 64 * 1024 };

int tracked_find(enum tracked *tracked, const char *dir, const char *file,
		 struct err *err)
{
	const char *const argv[] = { "git",	 "--literal-pathspecs",
				     "ls-files", "--error-unmatch",
				     "--",	 file,
				     NULL };
	const char *const environment[] = { "LC_ALL=C", NULL };
	struct child_result ended;
	struct buf output, errors;
	struct child child = {
		.argv = argv,
		.dir = dir,
		.environment = environment,
		.outside_repository = true,
		.output = &output,
		.errors = &errors,
	};
	int result;

	buf_init(&output, MAX_ANSWER);
	buf_init(&errors, MAX_ANSWER);
	result = child_run(&child, &ended, err);
	*tracked = TRACKED_UNKNOWN;
	if (result == D1_ENOTFOUND) {
		/* No git, no repository that anyone could push. */
		err_clear(err);
		result = 0;
		*tracked = TRACKED_NO;
	} else if (!result && ended.status == 0) {
		*tracked = TRACKED_YES;
	} else if (!result && (ended.status == 1 ||
			       (errors.data &&
				strstr(errors.data, "not a git repository")))) {
		*tracked = TRACKED_NO;
	}
	buf_release(&output);
	buf_release(&errors);
	return result;
}
