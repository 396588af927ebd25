/*
 * A deploy: bringing a remote database to what a commit has, step by step.
 *
 * All that can be refused is refused before the first write. What is done stays
 * done if a later step fails, and the same deploy again goes on from there.
 */
#ifndef CMD_DEPLOYING_H
#define CMD_DEPLOYING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "apply/changes.h"
#include "apply/deployrecord.h"
#include "apply/priorrows.h"
#include "render/gate.h"
#include "util/buf.h"
#include "util/err.h"
#include "util/option.h"
#include "util/sha256.h"
#include "workspace/application.h"
#include "workspace/checks.h"
#include "workspace/consent.h"
#include "workspace/migrating.h"
#include "workspace/side.h"
#include "workspace/workspace.h"

enum deploy_step {
	DEPLOY_CHECK,
	DEPLOY_BOOKMARK,
	DEPLOY_MIGRATIONS,
	DEPLOY_DATA,
	DEPLOY_VERIFY,
	DEPLOY_COMMAND,
	DEPLOY_STEPS,
};

enum deploy_state {
	DEPLOY_WAITING, /* not begun */
	DEPLOY_DONE,
	DEPLOY_NOTHING, /* there was nothing to do */
	DEPLOY_FAILED,
};

/* What the command line says. */
struct deploy_options {
	const char *from; /* a revision */
	const char *base;
	bool plan;
	const char *expected; /* a plan's digest; NULL: any */
	bool json;
	bool undo;
	bool undo_on_failure;
	int losses; /* of enum gating_tolerance */
	struct consent_options consent;
	struct workspace_options workspace;
};

struct deployment {
	/* what is asked for; borrowed */
	const struct deploy_options *options;
	const char *database;		    /* NULL: it was not named */
	const struct option_words *command; /* none: no such step */
	struct workspace *workspace;
	/* what is open */
	struct side side; /* as the command line names it */
	struct gate_report report;
	struct checking checking; /* its view is of the database */
	struct side commit_side;  /* the commit's snapshot */
	bool has_snapshot;
	/* what is to be done */
	char commit[OBJECT_ID_SIZE];
	const char **pending; /* migrations; of the view */
	size_t npending;
	struct changes *changes; /* of rows, before the migrations */
	struct changes *effects; /* what foreign keys do besides */
	FILE *plan;		 /* as text */
	char digest[SHA256_HEX_SIZE];
	char effects_digest[SHA256_HEX_SIZE];
	/* how far it came */
	enum deploy_state steps[DEPLOY_STEPS];
	char *bookmark; /* before the first write; NULL: no Time Travel */
	char *left_at;	/* that our last write left; NULL: nothing written */
	struct deploy_record *record; /* NULL: not open */
	struct prior_rows *prior; /* before the migrations; NULL: none ran */
	struct buf texts;	  /* of the migrations */
	struct migrating migrating;
	size_t applied; /* migrations */
	struct application application;
	bool goes_on; /* one that was broken off */
	bool notes;   /* it notes what it does */
	bool alone;   /* nobody wrote from the check to the migrations */
	bool wrote_rows;
	bool is_unknown;    /* nobody knows what became of a write */
	int command_status; /* -1: it did not end by itself */
	bool taken_back;
	bool back_is_unknown; /* nobody knows whether it was taken back */
};

/*
 * Finds out what is to be done, and whether it may be. D1_ECONFLICT if rows
 * were changed in production, D1_EREFUSED for what else a check found, too
 * many rows, or another plan than the expected one. Nothing is written.
 */
int deploying_prepare(struct deployment *self, struct err *err) MUST_CHECK;

/* Writes the plan, and in its last line the digest of all lines before. */
int deploying_print_plan(struct deployment *self, struct err *err) MUST_CHECK;

/*
 * Does it. If a step fails, what was written stays, but with --undo-on-failure;
 * no error then says that nothing was written, if something was.
 */
int deploying_run(struct deployment *self, struct err *err) MUST_CHECK;

void deploying_end(struct deployment *self);

/* ---- parts of it ---- */

/* The bookmark of now, freed by the caller; NULL without Time Travel. */
int deploying_read_bookmark(char **bookmark, const struct deployment *self,
			    struct err *err) MUST_CHECK;

/* Looks for a deploy that was broken off, and says so. */
int deploying_recall(struct deployment *self, struct err *err) MUST_CHECK;

/* Before rows are checked: lets the record explain what is as no commit has. */
int deploying_recall_rows(struct deployment *self, struct err *err) MUST_CHECK;

/* Notes what is to be done, before any of it is; then how far it came. */
int deploying_note(struct deployment *self, struct err *err) MUST_CHECK;
int deploying_note_step(struct deployment *self, enum deploy_step step,
			struct err *err) MUST_CHECK;
int deploying_note_left(struct deployment *self, struct err *err) MUST_CHECK;

/* Nothing is left to go on with. */
int deploying_forget(struct deployment *self, struct err *err) MUST_CHECK;

/* Fills `texts`. */
int deploying_read_migrations(struct deployment *self,
			      struct err *err) MUST_CHECK;

/* Fills `plan` and the digests. */
int deploying_make_plan(struct deployment *self, struct err *err) MUST_CHECK;

/* A digest of what foreign keys do besides, by which it is known again. */
int deploying_hash_effects(char digest[SHA256_HEX_SIZE],
			   struct deployment *self, struct changes *effects,
			   struct err *err) MUST_CHECK;

/* How far a deploy that failed came, and the ways on and back. */
void deploying_report(const struct deployment *self);

/* The outcome, or the plan, as one JSON document; `failure` may be NULL. */
int deploying_write_json(struct deployment *self, const struct err *failure,
			 struct err *err) MUST_CHECK;

/*
 * Takes back what was written: rows by the inverse patch, migrations by Time
 * Travel, if nobody wrote since; D1_ECONFLICT if somebody did.
 */
int deploying_take_back(struct deployment *self, struct err *err) MUST_CHECK;

/* "check", "bookmark", ... */
const char *deploying_step_name(enum deploy_step step);

/* True if something was written, and is there still. */
bool deploying_has_written(const struct deployment *deployment);

#endif
