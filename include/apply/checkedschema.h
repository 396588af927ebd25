/*
 * What schema.sql and triggers.sql of a snapshot define, made in a private
 * database (source/scratch.h), and what is wrong with these files.
 */
#ifndef APPLY_CHECKEDSCHEMA_H
#define APPLY_CHECKEDSCHEMA_H

#include <stdbool.h>

#include "apply/problem.h"
#include "source/scratch.h"
#include "source/source.h"
#include "util/buf.h"
#include "util/err.h"
#include "util/filetree.h"

/* One of the files. */
struct definition_file {
	const char *path;
	struct buf text;
	enum filetree_kind kind;
	bool found; /* there is something of that name */
};

struct checkedschema {
	struct definition_file schema, triggers;
	struct scratch *scratch;
	struct source *database; /* over the scratch database */
	bool complete;		 /* all statements could be run */
};

/*
 * Reads both files and runs them. A statement that cannot be run is a problem;
 * an error is only what keeps the files from being read. D1_ENOTFOUND if the
 * tree holds nothing of a snapshot. The tree is borrowed during the call.
 */
int checkedschema_load(struct checkedschema *definitions, struct filetree *tree,
		       struct problems *problems, struct err *err) MUST_CHECK;

/*
 * Tells if the files are not what git-d1 writes for what they define; nothing
 * if not all of it could be run.
 */
int checkedschema_check(const struct checkedschema *definitions,
			struct problems *problems, struct err *err) MUST_CHECK;
void checkedschema_release(struct checkedschema *definitions);

/* The table of that name, or NULL. */
const struct table *checkedschema_table(const struct checkedschema *definitions,
					const char *name);

#endif
