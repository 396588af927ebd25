/*
 * How a database and the migrations in git have come apart.
 *
 * What counts is the live schema, not the ledger: the migrations that the
 * ledger notes are replayed, in its order, and must lead to what is there. The
 * ledger has no checksums, so a migration counts as edited if with a content
 * that was committed before, and only with that, the replay leads there.
 */
#ifndef MIGRATE_DRIFT_H
#define MIGRATE_DRIFT_H

#include <stdbool.h>
#include <stddef.h>

#include "migrate/files.h"
#include "migrate/ledger.h"
#include "migrate/pastfiles.h"
#include "schema/objects.h"
#include "util/arena.h"
#include "util/err.h"
#include "util/filetree.h"

enum drift_kind {
	DRIFT_PENDING,	    /* not applied */
	DRIFT_OUT_OF_ORDER, /* not applied, and one after it is */
	DRIFT_MISSING,	    /* applied, and not among the files */
	DRIFT_EDITED,	    /* changed after it was applied */
	DRIFT_SCHEMA,	    /* the live schema is another */
};

/* All strings are in the arena of the struct drift. */
struct drift_finding {
	enum drift_kind kind;
	/* a migration; DRIFT_SCHEMA: an object, or NULL for all of them */
	const char *name;
	const char *detail; /* what is wrong, as the end of a sentence */
	const char *remedy; /* the command that mends it */
	/* DRIFT_PENDING: the same text is applied under this name, whose file
	 * is gone; or NULL */
	const char *original;
};

/* What a database is compared with. All is borrowed. */
struct drift_question {
	const char *label;	    /* of the database: "shop/local" */
	const char *database;	    /* its name alone: "shop" */
	const struct objects *live; /* what it defines */
	/* NULL: a snapshot, which has none, so that any state of the
	 * migrations is right for it */
	const struct ledger *ledger;
	const char *ledger_table;
	const struct migrations *migrations;
	struct filetree *files; /* NULL: there is no folder */
	const char *folder;	/* what messages call it: "migrations" */
	/* NULL: there is no history */
	const struct repository *repository;
	const char *commit; /* the one whose history counts */
	const char *path;   /* of the folder, below the top of the commit */
};

/*
 * The live schema is that after so many of the migrations, in their order: -1
 * if it is none of these. Between the first such place and the last one there
 * may be migrations that only change rows.
 */
struct drift_place {
	long long first, last;
};

struct drift {
	struct arena arena;
	struct drift_finding *findings; /* by kind, then as they run */
	size_t count;
	/* the schema could not be compared, and why; NULL: it was */
	const char *uncompared;
	struct drift_place place; /* not looked for if all is well */
};

/*
 * Finds out. What cannot be replayed is no error, but drift->uncompared. The
 * caller releases the drift, after an error too.
 */
int drift_find(struct drift *drift, const struct drift_question *question,
	       struct err *err) MUST_CHECK;
void drift_release(struct drift *drift);

/*
 * Looks for the live schema after each of the first `most` migrations. D1_ERROR
 * if it is nowhere, and one of them cannot be replayed.
 */
int drift_match(struct drift_place *place,
		const struct drift_question *question, size_t most,
		struct err *err) MUST_CHECK;

/* "pending", "out-of-order", "edited", "missing", "schema" */
const char *drift_kind_name(enum drift_kind kind);

/*
 * True if another migration begins with the same number: two people took it.
 * (Wrangler runs both.)
 */
bool drift_collides(const struct migrations *migrations, size_t i);

#endif
