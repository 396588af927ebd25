/*
 * The sides of a command: what an endpoint's text means here, and opening it.
 */
#ifndef WORKSPACE_SIDE_H
#define WORKSPACE_SIDE_H

#include <stdbool.h>

#include "config/project.h"
#include "git/repository.h"
#include "source/endpoint.h"
#include "source/source.h"
#include "util/filetree.h"

struct d1_client;
struct workspace;

/* An endpoint that was resolved: what it is called, and what it reads. */
struct side {
	struct endpoint endpoint;
	/* NULL: a file, or a snapshot where there is no project */
	const struct database *database;
	char *name;		  /* the logical name; NULL: a file */
	char *label;		  /* "shop/remote", or the path */
	struct d1_client *client; /* NULL: not a remote */
	const char *remote_id;	  /* NULL: not a remote */
	char *folder;		  /* of a snapshot: in the tree, else NULL */
	char id[OBJECT_ID_SIZE];  /* of a commit, else "" */
};

/*
 * Finds out what an endpoint's text means here. Opens nothing. The caller
 * releases it, after an error too.
 *
 * Which database a snapshot is of where the text does not say: the one of the
 * wrangler configuration; without a configuration, as in a bare repository,
 * the only one of which there is a snapshot.
 */
int workspace_resolve(struct workspace *workspace, struct side *side,
		      const char *text, struct err *err) MUST_CHECK;

/*
 * The same for two sides: where one text names a database, the other side is
 * of that one too, unless it names another.
 */
int workspace_resolve_both(struct workspace *workspace, struct side sides[2],
			   const char *const texts[2],
			   struct err *err) MUST_CHECK;
void side_release(struct side *side);

/* True if the side is the local database of wrangler, and is not there yet. */
bool side_is_absent(const struct side *side);

/* True if the side is the path of a patch: the result of it. */
bool side_is_patch(const struct side *side);

/*
 * D1_EREFUSED if it is: a patch has no rows of its own that could be written.
 */
int side_refuse_patch(const struct side *side, struct err *err) MUST_CHECK;

/*
 * True if the side is a snapshot that is there: its schema.sql, that is. What
 * cannot be read is none.
 */
bool side_has_snapshot(struct workspace *workspace, const struct side *side);

/*
 * "shop" of refs/d1/shop/remote, or of what is reached from it, as
 * refs/d1/shop/remote~1. The caller frees it; NULL if the revision is none of
 * these, or memory ran out.
 */
char *side_database_of_ref(const char *revision);

/*
 * True if what stands where a database is to be named is an endpoint, and no
 * bare name: "remote", "shop/local", "./shop.sqlite".
 */
bool side_is_endpoint(const char *word);

/*
 * The endpoint of the remote database that a word names, in *endpoint, which
 * the caller frees: "shop/remote" of "shop", "remote" of NULL; an endpoint
 * stays what it is.
 */
int side_remote_endpoint(char **endpoint, const char *word,
			 struct err *err) MUST_CHECK;

/*
 * What the journal calls the database, in *target, which the caller frees:
 * "file <absolute path>" or "remote <id>". D1_EREFUSED if the side is none.
 */
int side_target(char **target, const struct side *side,
		struct err *err) MUST_CHECK;

/*
 * Before the local database is made or written: what a clone brings along must
 * not lead out of the worktree. D1_EREFUSED if it does.
 */
int side_check_local(const struct workspace *workspace,
		     const struct database *database,
		     struct err *err) MUST_CHECK;

/*
 * The file that is written when the side is, in *path, which the caller frees;
 * NULL for a remote database, and for what is none. D1_EREFUSED as above.
 */
int side_file_path(char **path, const struct workspace *workspace,
		   const struct side *side, struct err *err) MUST_CHECK;

/* Opens what the side reads. The side stays valid while the source is open. */
int workspace_open(struct workspace *workspace, struct side *side,
		   struct source **source, struct err *err) MUST_CHECK;

/*
 * Opens the files of a side that is a snapshot, or the path of a folder: all
 * that is there, whether it is well or not. D1_ENOTFOUND if there is nothing,
 * D1_EUSAGE for a side that has no files. side->folder is then where they are.
 */
int workspace_open_files(struct workspace *workspace, struct side *side,
			 struct filetree **tree, struct err *err) MUST_CHECK;

#endif
