#include "config.h"

#include "source/endpoint.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util/compiler.h"

static const char *const sides[] = {
	[ENDPOINT_LOCAL] = "local",
	[ENDPOINT_REMOTE] = "remote",
	[ENDPOINT_PREVIEW] = "preview",
};

/* True if the `size` bytes name a side. */
static bool find_side(enum endpoint_kind *kind, const char *text, size_t size)
{
	for (size_t i = 0; i < ARRAY_SIZE(sides); i++) {
		if (strlen(sides[i]) == size &&
		    memcmp(sides[i], text, size) == 0) {
			*kind = (enum endpoint_kind)i;
			return true;
		}
	}
	return false;
}

/* Takes `[DATABASE/]SIDE[@ENV]` apart. False if it is not of that form. */
static bool split(struct endpoint *endpoint, const char *text, struct err *err)
{
	const char *slash = strrchr(text, '/');
	const char *side = slash ? slash + 1 : text;
	const char *at = strchr(side, '@');
	size_t size = at ? (size_t)(at - side) : strlen(side);

	if (!find_side(&endpoint->kind, side, size))
		return false;
	/* ./local and /tmp/remote are paths */
	if (slash && (text[0] == '.' || text[0] == '/'))
		return false;
	if (slash) {
		endpoint->database = strndup(text, (size_t)(slash - text));
		if (!endpoint->database)
			err_set_nomem(err);
	}
	if (at) {
		endpoint->environment = strdup(at + 1);
		if (!endpoint->environment)
			err_set_nomem(err);
	}
	return true;
}

int endpoint_parse(struct endpoint *endpoint, const char *text, struct err *err)
{
	memset(endpoint, 0, sizeof(*endpoint));
	if (split(endpoint, text, err))
		return err->code;
	if (access(text, F_OK) < 0) {
		err_set(err, D1_ENOTFOUND,
			"'%s' is neither an endpoint nor a "
			"file",
			text);
		return err_hint(
			err,
			"an endpoint is local, remote or preview, "
			"with DATABASE/ before it and @ENV after it "
			"where needed, or the path of a SQLite file; tables "
			"stand after --");
	}
	endpoint->kind = ENDPOINT_FILE;
	endpoint->path = strdup(text);
	return endpoint->path ? 0 : err_set_nomem(err);
}

void endpoint_release(struct endpoint *endpoint)
{
	free(endpoint->database);
	free(endpoint->environment);
	free(endpoint->path);
	memset(endpoint, 0, sizeof(*endpoint));
}

const char *endpoint_side(const struct endpoint *endpoint)
{
	return endpoint->kind == ENDPOINT_FILE ? NULL : sides[endpoint->kind];
}
