/*
 * Endpoints as they are written: `[DATABASE/]SIDE[@ENV]`, a git revision, or a
 * path, tried in this order.
 *
 *	local			the SQLite file of `wrangler dev`
 *	remote, preview		the database over REST, and its preview
 *	snapshot, index		the snapshot in the worktree, in git's index
 *	shop/remote@staging	of another database, in another environment
 *	HEAD, v1.2~3		the snapshot in a commit
 *	shop/HEAD		that of another database
 *	./shop.sqlite		a SQLite file, a dump, a snapshot's folder
 *	./fix.patch		the result of a patch: the other side's rows,
 *				once it is applied to them
 *
 * A revision is taken as a whole first: feature/x is a branch, if there is
 * one. `./local` is the file of that name, refs/heads/local the branch.
 */
#ifndef SOURCE_ENDPOINT_H
#define SOURCE_ENDPOINT_H

#include <stdbool.h>

#include "util/err.h"

enum endpoint_kind {
	ENDPOINT_LOCAL,
	ENDPOINT_REMOTE,
	ENDPOINT_PREVIEW,
	ENDPOINT_SNAPSHOT,
	ENDPOINT_INDEX,
	ENDPOINT_REVISION,
	ENDPOINT_FILE,
};

/* The parts of an endpoint's text. */
struct endpoint {
	enum endpoint_kind kind;
	char *database;	   /* NULL: the one there is */
	char *environment; /* NULL: the active one */
	char *revision;	   /* of a commit, else NULL */
	char *path;	   /* of a file or folder, else NULL */
};

/* Who knows the revisions. */
struct endpoint_revisions {
	/*
	 * *found tells whether `revision` names a commit, in which the
	 * database of that name may have a snapshot; NULL is any database.
	 */
	int (*find)(void *context, const char *database, const char *revision,
		    bool *found, struct err *err);
	/*
	 * True if what names a commit may be meant for a file as well: not in
	 * a bare repository and not inside of a git directory, as git has it.
	 */
	bool (*may_be_file)(void *context);
	void *context;
};

/*
 * Takes the text apart. What names neither a side nor a commit is a path,
 * which must exist: D1_ENOTFOUND says what an endpoint can be. What names a
 * commit and a path is D1_EUSAGE. `revisions` may be NULL: there are none. The
 * caller releases it, after an error too.
 */
int endpoint_parse(struct endpoint *endpoint, const char *text,
		   const struct endpoint_revisions *revisions,
		   struct err *err) MUST_CHECK;

/*
 * The same for a text that is of the form of a side, and is none: there is no
 * database of that name. feature/local may be a branch, db/local a file.
 */
int endpoint_parse_other(struct endpoint *endpoint, const char *text,
			 const struct endpoint_revisions *revisions,
			 struct err *err) MUST_CHECK;
void endpoint_release(struct endpoint *endpoint);

/* "local", "remote", ..., "index"; NULL for a commit and for a file. */
const char *endpoint_side(const struct endpoint *endpoint);

#endif
