/*
 * Moving rows between a local and a remote database: what `git d1 push`, `pull`
 * and `sync` do. Both are compared once; what is written where is decided by
 * what they had in common, or by their buckets (apply/reconcile.h).
 */
#ifndef CMD_TRANSFER_H
#define CMD_TRANSFER_H

#include <stdbool.h>
#include <stdio.h>

#include "apply/reconcile.h"
#include "apply/renumber.h"
#include "apply/rowhistory.h"
#include "cmd/command.h"
#include "cmd/pairbase.h"
#include "diff/compare.h"
#include "render/render.h"
#include "util/option.h"
#include "workspace/application.h"
#include "workspace/consent.h"
#include "workspace/side.h"
#include "workspace/tables.h"
#include "workspace/trackingref.h"
#include "workspace/workspace.h"

/* What the command line says. */
struct transfer_options {
	const char *from; /* push: a revision in place of the local database */
	const char *base;
	bool no_base;
	int conflict; /* enum conflict_policy; -1: as configured */
	bool deletes;
	bool renumber;
	bool dry_run;
	bool patch;
	bool json;
	const char *where;
	struct consent_options consent;
	struct application_manner manner;
	struct workspace_options workspace;
};

#define TRANSFER_DEFAULTS \
	{ \
		.conflict = -1, .consent = {.yes = -1 } \
	}

extern const char *const transfer_conflict_words[];

/* The options that all of them have. */
#define TRANSFER_OPTIONS \
	OPTION_STRING(0, "base", struct transfer_options, base, "revision", \
		      "what both sides had in common, for three-way"), \
		OPTION_FLAG(0, "no-base", struct transfer_options, no_base, \
			    "decide by buckets, whatever both sides had in " \
			    "common"), \
		OPTION_CHOICE(0, "conflict", struct transfer_options, \
			      conflict, "policy", transfer_conflict_words, \
			      "abort, local-wins, remote-wins or " \
			      "newer-wins"), \
		OPTION_FLAG(0, "renumber", struct transfer_options, renumber, \
			    "give local rows new numbers where both sides " \
			    "inserted others under the same"), \
		OPTION_STRING(0, "where", struct transfer_options, where, \
			      "expr", "only rows for which <expr> is true"), \
		OPTION_FLAG('p', "patch", struct transfer_options, patch, \
			    "show each row, and ask whether to write it"), \
		OPTION_FLAG('n', "dry-run", struct transfer_options, dry_run, \
			    "only show what would be written"), \
		OPTION_FLAG(0, "json", struct transfer_options, json, \
			    "print what was written and what was not as " \
			    "JSON"), \
		CONSENT_OPTIONS(struct transfer_options, consent.), \
		APPLICATION_MANNER(struct transfer_options, manner.), \
		WORKSPACE_OPTIONS(struct transfer_options, workspace.), \
		WORKSPACE_PROGRESS(struct transfer_options, workspace.)

#define TRANSFER_DELETE \
	OPTION_FLAG(0, "delete", struct transfer_options, deletes, \
		    "delete rows that only the target has")

/* A column that one side alone has. */
struct transfer_gap {
	const char *table;
	const char *column;
	int side; /* that has it */
	struct transfer_gap *next;
};

/* How many rows of each bucket a table has. */
struct transfer_buckets {
	const char *table;
	uint64_t counts[BUCKET_COUNT];
	struct transfer_buckets *next;
};

/* What a remote write costs, as far as it is known beforehand. */
struct transfer_cost {
	uint64_t rows_written; /* with indexes, at most */
	uint64_t rows_read;    /* about */
	struct d1_cost sent;
};

/* What history is asked about the table under comparison, and what came out. */
struct transfer_history {
	struct row_history *rows; /* NULL: nothing was asked so far */
	struct arena arena;	  /* of the pair */
	struct table_pair pair;	  /* the table's, without masked cells */
	bool masked;		  /* they were left out */
	/* of all tables */
	uint64_t tables;    /* of which history knew rows that differ */
	uint64_t too_short; /* rows of which a longer one might know */
};

/* The sides: OLD is the remote database, NEW the local one or a revision. */
struct transfer {
	/* what is asked for */
	const struct invocation *call;
	const struct transfer_options *options;
	bool writes[2];	     /* is that side written? */
	const char *command; /* "git d1 push" */
	bool again; /* it was run a moment ago: what it said is known */
	/* what is open; NULL: it is not */
	struct workspace workspace;
	struct side sides[2];
	struct side base_side;	   /* of --base */
	struct source *named_base; /* likewise */
	struct source *base;	   /* that one, or the pair's; borrowed */
	struct pairbase pair;
	bool has_pair; /* the sides are a pair, and may have one */
	/* the commit whose history stands in for a base, where there is none */
	struct side head_side;
	struct source *head; /* its snapshot; NULL: none stands in */
	struct transfer_history history;
	struct filesink *tracking; /* the snapshot of the remote side then */
	struct changes *common;	   /* see struct reconciliation */
	struct changes *remote_after;
	struct source *sources[2]; /* the target's is the application's own */
	struct application applications[2];
	struct table_choice choice;
	struct arena arena;		  /* of gaps and buckets */
	struct arena rules_arena;	  /* of the rules below */
	struct pair_rules rules;	  /* of the table last asked for */
	struct transfer_gap *gaps;	  /* of tables that differ */
	struct transfer_buckets *buckets; /* of the tables compared, in order */
	struct transfer_buckets **last_bucket; /* where the next one goes */
	size_t lacking[2]; /* tables that only the other side has */
	struct changes *differences;
	struct renumber *renumber; /* rows with new numbers; NULL: none */
	struct schema *schema;	   /* of the local side, which it needs */
	struct changes *lists[2];  /* what is to be written */
	FILE *listing;		   /* conflicts, as text or JSON */
	bool inserted;		   /* some are of rows that both inserted */
	/* what came out */
	struct transfer_cost cost;   /* of what is shown */
	struct trackingref reported; /* of the tracking ref; it may lack one */
	bool decided;		     /* it is known what is to be written */
	bool written[2];	     /* that side was, or is shown */
	bool look_again;	     /* what was chosen is written */
	struct comparison_result compared;
	struct reconciliation reconciliation;
};

/*
 * Runs the command, of which `writes` says which sides it writes: OLD is the
 * remote database, NEW the local one.
 */
int transfer_run(const struct invocation *call, bool writes_remote,
		 bool writes_local, struct err *err) MUST_CHECK;

/* ---- parts of it ---- */

/*
 * Opens the sides and compares them; again if the remote database changed
 * meanwhile.
 */
int transfer_compare(struct transfer *self, struct err *err) MUST_CHECK;

/* Finds what both sides had in common, if anything tells. */
int transfer_open_base(struct transfer *self, struct err *err) MUST_CHECK;

/*
 * Opens what stands in for a base: tables that are tracked, and in the snapshot
 * of HEAD, have a history that tells which side is behind.
 */
int transfer_open_history(struct transfer *self, struct err *err) MUST_CHECK;

/* Asks the history about a difference that was just kept, if it has one. */
int transfer_ask_history(struct transfer *self, const struct table_pair *pair,
			 const struct change *change,
			 struct err *err) MUST_CHECK;

/* Takes its answers for the last table of the differences. */
int transfer_judge(struct transfer *self, struct err *err) MUST_CHECK;

/* Forgets all of it; it is asked again from the start. */
void transfer_reset_history(struct transfer *self);

/* Says what is used in the place of a base, and what is lacking. */
void transfer_tell_base(const struct transfer *self);

/* For struct reconciliation: whether the base counts for a table. */
bool transfer_is_based(void *transfer, const char *table);

/* True if a table that was compared is tracked: others have no base. */
bool transfer_has_tracked(const struct transfer *transfer);

/* False if what is written leaves both refs as they are. */
bool transfer_may_move_refs(const struct transfer *transfer);

/*
 * What a signal says from here on, of the side that is written next; the other
 * one is written already, or not.
 */
void transfer_announce(const struct transfer *self, int side,
		       bool other_written);

/*
 * Writes what was decided, and says what came of it; *any becomes true if there
 * was something. D1_EUNPLANNED if one side was written, and the other was not.
 */
int transfer_write(struct transfer *self, bool *any,
		   struct err *err) MUST_CHECK;

/*
 * Writes the objects of the next pair base and tracking ref, before anything
 * else is written. What fails is a warning: only the next run knows less.
 */
void transfer_prepare_refs(struct transfer *self);

/* Moves the refs, after all was written. */
void transfer_move_refs(struct transfer *self);

/* D1_EREFUSED if nothing tells which rows came since. */
int transfer_check_renumber(const struct transfer *self,
			    struct err *err) MUST_CHECK;

/*
 * Gives local rows new numbers that are in the way of remote ones, and says
 * which. The differences are to the local rows as they are to be from here on.
 */
int transfer_renumber(struct transfer *self, struct err *err) MUST_CHECK;

/* Puts what was decided in terms of the local rows as they are. */
int transfer_compose(struct transfer *self, struct err *err) MUST_CHECK;

/*
 * D1_EREFUSED if a column that is to be written is not there, or one that rows
 * must have a value in is not to be written.
 */
int transfer_check_columns(const struct transfer *self,
			   struct err *err) MUST_CHECK;

/*
 * Asks about each row that would be written; what is not wanted is in no list
 * then. The local database is closed meanwhile.
 */
int transfer_choose(struct transfer *self, struct err *err) MUST_CHECK;

/* How rows that are written to a side are shown. */
void transfer_describe(const struct transfer *self, int side,
		       struct render_options *render);

/* Prints what would be written, and what that costs. */
int transfer_show(struct transfer *self, struct err *err) MUST_CHECK;

/* Prints what stays different, and why. */
int transfer_print_left(const struct transfer *self,
			struct err *err) MUST_CHECK;

/* ---- --json ---- */

/* Lists the conflict, to be printed with the rest. */
int transfer_list_json(struct transfer *self,
		       const struct row_conflict *conflict,
		       struct err *err) MUST_CHECK;

/* Prints what came out; `ended` is how it ended. */
int transfer_print_json(struct transfer *self, const struct err *ended,
			struct err *err) MUST_CHECK;

#endif
