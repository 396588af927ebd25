#include "config.h"

#include "source/endpoint.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util/compiler.h"

static const char *const sides[] = {
	[ENDPOINT_LOCAL] = "local",	[ENDPOINT_REMOTE] = "remote",
	[ENDPOINT_PREVIEW] = "preview", [ENDPOINT_SNAPSHOT] = "snapshot",
	[ENDPOINT_INDEX] = "index",
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

/* A part of the text, as a string of its own; NULL if memory ran out. */
static char *copy(const char *text, size_t size, struct err *err)
{
	char *part = strndup(text, size);

	if (!part)
		err_set_nomem(err);
	return part;
}

/* ./local and /tmp/remote are paths */
static bool is_path(const char *text)
{
	return text[0] == '/' || strcmp(text, ".") == 0 ||
	       strcmp(text, "..") == 0 || strncmp(text, "./", 2) == 0 ||
	       strncmp(text, "../", 3) == 0;
}

/* Takes `[DATABASE/]SIDE[@ENV]` apart. False if it is not of that form. */
static bool read_side(struct endpoint *endpoint, const char *text,
		      struct err *err)
{
	const char *slash = strrchr(text, '/');
	const char *side = slash ? slash + 1 : text;
	const char *at = strchr(side, '@');
	size_t size = at ? (size_t)(at - side) : strlen(side);

	/* no database has a slash in its name: refs/d1/shop/remote is a ref */
	if (slash == text || (slash && strchr(text, '/') != slash) ||
	    !find_side(&endpoint->kind, side, size))
		return false;
	if (slash)
		endpoint->database = copy(text, (size_t)(slash - text), err);
	if (at)
		endpoint->environment = copy(at + 1, strlen(at + 1), err);
	return true;
}

/*
 * Takes `[DATABASE/]REVISION` apart, the whole text being a revision first.
 * *found is false if it names no commit.
 */
static int read_revision(struct endpoint *endpoint, const char *text,
			 const struct endpoint_revisions *revisions,
			 bool *found, struct err *err)
{
	const char *slash = strchr(text, '/');

	*found = false;
	if (!revisions || !*text)
		return 0;
	endpoint->kind = ENDPOINT_REVISION;
	if (revisions->find(revisions->context, NULL, text, found, err) < 0)
		return err->code;
	if (*found) {
		endpoint->revision = copy(text, strlen(text), err);
		return err->code;
	}
	if (!slash || !slash[1])
		return 0;
	endpoint->database = copy(text, (size_t)(slash - text), err);
	if (endpoint->database &&
	    revisions->find(revisions->context, endpoint->database, slash + 1,
			    found, err) == 0 &&
	    *found)
		endpoint->revision = copy(slash + 1, strlen(slash + 1), err);
	if (!*found) {
		free(endpoint->database);
		endpoint->database = NULL;
	}
	return err->code;
}

static int refuse(const char *text, struct err *err)
{
	err_set(err, D1_ENOTFOUND,
		"'%s' is neither an endpoint nor a revision nor a file", text);
	return err_hint(err,
			"an endpoint is local, remote, preview, snapshot or "
			"index, with DATABASE/ before it and @ENV after it "
			"where needed, a revision of git, or the path of a "
			"SQLite file, a dump, a snapshot or a patch; tables "
			"stand after --");
}

int endpoint_parse(struct endpoint *endpoint, const char *text,
		   const struct endpoint_revisions *revisions, struct err *err)
{
	memset(endpoint, 0, sizeof(*endpoint));
	if (!is_path(text) && read_side(endpoint, text, err))
		return err->code;
	return endpoint_parse_other(endpoint, text, revisions, err);
}

int endpoint_parse_other(struct endpoint *endpoint, const char *text,
			 const struct endpoint_revisions *revisions,
			 struct err *err)
{
	bool found = false;
	bool exists;

	memset(endpoint, 0, sizeof(*endpoint));
	if (!is_path(text) &&
	    read_revision(endpoint, text, revisions, &found, err) < 0)
		return err->code;
	exists = access(text, F_OK) == 0;
	if (found && exists && revisions->may_be_file(revisions->context)) {
		err_set(err, D1_EUSAGE,
			"ambiguous argument '%s': both revision and filename",
			text);
		return err_hint(err,
				"write './%s' for the file; 'refs/heads/%s' or "
				"'refs/tags/%s' for the revision",
				text, text, text);
	}
	if (found)
		return 0;
	if (!exists)
		return refuse(text, err);
	endpoint->kind = ENDPOINT_FILE;
	endpoint->path = copy(text, strlen(text), err);
	return err->code;
}

void endpoint_release(struct endpoint *endpoint)
{
	free(endpoint->database);
	free(endpoint->environment);
	free(endpoint->revision);
	free(endpoint->path);
	memset(endpoint, 0, sizeof(*endpoint));
}

const char *endpoint_side(const struct endpoint *endpoint)
{
	return endpoint->kind < ARRAY_SIZE(sides) ? sides[endpoint->kind]
						  : NULL;
}
