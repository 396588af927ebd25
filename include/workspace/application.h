/*
 * Writing rows to a database, local or remote, in one transaction. What is to
 * be written comes from a patch (application_match()), as for `git d1 apply`,
 * or was found by comparing databases, as for `git d1 push`: then it is in
 * `changes` before application_begin(), or after it, and application_foresee()
 * comes next.
 */
#ifndef WORKSPACE_APPLICATION_H
#define WORKSPACE_APPLICATION_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "apply/changes.h"
#include "apply/d1.h"
#include "apply/hunks.h"
#include "apply/journal.h"
#include "apply/sqlite.h"
#include "workspace/consent.h"
#include "workspace/side.h"
#include "workspace/tables.h"
#include "workspace/workspace.h"

/* How rows are written, if not as usual. */
struct application_manner {
	bool fire_triggers;
	bool in_parts;
	/* no option: a server with other limits than D1's, for tests */
	bool no_import;
	size_t max_body; /* bytes of a call; 0: D1_MAX_BODY */
};

/* The options that fill it. `member` is the struct within `structure`. */
#define APPLICATION_IN_PARTS(structure, member) \
	OPTION_FLAG(0, "in-parts", structure, member in_parts, \
		    "write to a remote database in several calls, if it must " \
		    "be")
#define APPLICATION_MANNER(structure, member) \
	OPTION_FLAG(0, "fire-triggers", structure, member fire_triggers, \
		    "let all triggers fire, and say what they changed"), \
		APPLICATION_IN_PARTS(structure, member)

struct application {
	/* what is asked for; borrowed */
	struct workspace *workspace;
	struct side *side;   /* the database that is written */
	const char *command; /* for the journal */
	/* "git d1 push", which takes the name of a database; else NULL */
	const char *named;
	const char *undoes; /* the journal's entry; NULL: none */
	struct consent_options consent;
	struct application_manner manner;
	bool check;	/* nothing is written: no consent is needed */
	bool look;	/* nor from here: no lock is needed */
	bool compared;	/* the changes were found before it began */
	bool consented; /* to this target, a moment ago */
	bool deploys;	/* a protected database is written, too */
	/* of a patch, for application_match() */
	bool reverse;
	bool is_own; /* the patch is the side's, whatever it names */
	bool merge;  /* --3way */
	bool whole;  /* the command has no --reject */
	unsigned int patch_flags;
	const char *patch_name; /* what messages call the patch */
	const char *base; /* the revision to merge with; NULL: the patch's */
	FILE *rejects;	  /* takes the hunks that fail; NULL: none may fail */
	/* what is open; NULL: it is not */
	struct table_choice choice;
	int64_t keep;	 /* seconds that entries of the journal are kept */
	char *path;	 /* of the file that is written */
	char *target_id; /* what the journal calls the database */
	struct sqlite_target *target; /* the same; NULL: a remote database */
	struct source *source;
	struct side base_side;
	struct source *base_source;
	struct changes *changes; /* taken, if it is set before it begins */
	struct changes *effects; /* what foreign keys do besides */
	struct journal *journal;
	uint64_t rejected; /* line of the last table in the rejects */
	/* what came out */
	FILE *listing; /* hunks that do not apply, and effects, as text */
	struct hunk_counts counts;
	char id[JOURNAL_ID_SIZE];  /* of the journal's entry; "": none */
	struct d1_written written; /* of a remote database */
	int64_t fired;	  /* rows that triggers changed; -1: not known */
	bool fired_exact; /* it may be fewer if not */
	bool lacks_base;  /* there is none to merge with */
};

/*
 * Opens the database: a local one is locked from here on, but with `look`.
 * D1_EUSAGE if it does not allow the manner. The caller ends with
 * application_end(), after an error too.
 */
int application_begin(struct application *self, struct err *err) MUST_CHECK;

/*
 * Says what became of earlier writes to the database, which is open as
 * `source`: application_begin() does, but there may be nothing to begin.
 */
int application_look_back(struct application *self, struct source *source,
			  struct err *err) MUST_CHECK;

/*
 * Reads the patch, whose stream is taken, and finds out what is to be done.
 * D1_ECONFLICT, with the hunks in the listing, if some do not apply and there
 * is no place for rejects.
 */
int application_match(struct application *self, struct stream *patch,
		      struct err *err) MUST_CHECK;

/*
 * Finds out what foreign keys do besides what is in the changes, and lists it.
 */
int application_foresee(struct application *self, struct err *err) MUST_CHECK;

/* True if there is nothing to write. */
bool application_is_empty(const struct application *self);

/* What it costs to write that to a remote database. */
int application_estimate(struct application *self, struct d1_cost *cost,
			 struct err *err) MUST_CHECK;

/*
 * D1_EREFUSED if limits of ours or of D1 forbid the write to a remote database,
 * as application_write() finds out, too.
 */
int application_rehearse(struct application *self, struct err *err) MUST_CHECK;

/*
 * Writes the rows, the journal first. D1_EUNPLANNED if they were written and
 * are something else now, unless triggers fired.
 */
int application_write(struct application *self, struct err *err) MUST_CHECK;

/*
 * Writes changes of this database as a patch that can be applied to it. `flags`
 * is of enum replay_flag.
 */
int application_write_patch(const struct application *self,
			    struct changes *const *lists, size_t nlists,
			    unsigned flags, FILE *out,
			    struct err *err) MUST_CHECK;

/* Undoes what was not kept, and closes everything. */
void application_end(struct application *self);

#endif
