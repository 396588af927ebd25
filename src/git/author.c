#include "config.h"

#include "git/author.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/buf.h"
#include "util/child.h"

enum { MAX_IDENT = 1 << 16, MAX_ERRORS = 1 << 16 };

/*
 * Takes "A U Thor <author@example.com> 1700000000 +0100" apart. False if it is
 * not that.
 */
static bool parse(struct author *author, char *ident)
{
	char *email = strchr(ident, '<');
	char *close = strrchr(ident, '>');
	char *end;
	long zone;

	if (!email || !close || close < email)
		return false;
	author->time = strtoll(close + 1, &end, 10);
	if (end == close + 1 || *end != ' ')
		return false;
	zone = strtol(end, NULL, 10);
	author->offset = (int)(zone / 100 * 60 + zone % 100);
	*close = '\0';
	*email++ = '\0';
	for (size_t size = strlen(ident); size > 0 && ident[size - 1] == ' ';)
		ident[--size] = '\0';
	author->name = strdup(ident);
	author->email = strdup(email);
	return true;
}

static int run(struct buf *ident, const char *dir, struct err *err)
{
	static const char *const argv[] = { "git", "var", "GIT_AUTHOR_IDENT",
					    NULL };
	const char *epoch = getenv("SOURCE_DATE_EPOCH");
	const char *date = getenv("GIT_AUTHOR_DATE");
	char setting[64];
	const char *const environment[] = {
		"LC_ALL=C",
		epoch && *epoch && (!date || !*date) ? setting : NULL, NULL
	};
	struct child_result result;
	struct buf errors;
	struct child child = { .argv = argv,
			       .dir = dir,
			       .environment = environment,
			       .output = ident,
			       .errors = &errors };

	snprintf(setting, sizeof(setting), "GIT_AUTHOR_DATE=@%.32s +0000",
		 epoch ? epoch : "");
	buf_init(&errors, MAX_ERRORS);
	if (child_run(&child, &result, err) == 0 && result.status != 0) {
		err_set(err, D1_ERROR, "git does not know who writes: %.*s",
			(int)strcspn(errors.len ? errors.data : "", "\n"),
			errors.len ? errors.data : "");
		err_hint(err, "git config --global user.name \"Your Name\"\n"
			      "git config --global user.email you@example.com");
	}
	buf_release(&errors);
	return err->code;
}

int author_find(struct author *author, const char *dir, struct err *err)
{
	struct buf ident;

	memset(author, 0, sizeof(*author));
	buf_init(&ident, MAX_IDENT);
	if (run(&ident, dir, err) < 0)
		goto out;
	if (ident.len == 0 || !parse(author, ident.data))
		err_set(err, D1_ERROR,
			"`git var GIT_AUTHOR_IDENT` says nothing that can be "
			"read");
	else if (!author->name || !author->email)
		err_set_nomem(err);
out:
	buf_release(&ident);
	return err->code;
}

void author_release(struct author *author)
{
	free(author->name);
	free(author->email);
	memset(author, 0, sizeof(*author));
}
