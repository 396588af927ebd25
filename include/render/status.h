/*
 * What `git d1 status` finds out about the databases of a project, and the
 * forms in which it is written. Of a secret it holds only where it is from.
 */
#ifndef RENDER_STATUS_H
#define RENDER_STATUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "config/project.h"
#include "diff/change.h"
#include "git/drivers.h"
#include "util/arena.h"
#include "util/err.h"

/* The sides of a database stand in arrays in the order of a comparison. */
enum { STATUS_REMOTE = OLD, STATUS_LOCAL = NEW };

enum status_side_state {
	SIDE_REACHED,
	SIDE_OFFLINE, /* nobody asked for it */
	SIDE_MISSING, /* no such file or database, or no id */
	SIDE_DENIED,  /* no token, or one without the permission */
	SIDE_UNREACHABLE,
	SIDE_FAILED,
};

struct status_side {
	enum status_side_state state;
	const char *message; /* what went wrong; NULL: nothing */
	const char *hint;    /* what to do about it, in lines; or NULL */
};

enum status_table_state {
	TABLE_COMPARED,
	TABLE_NOT_COMPARED, /* something is missed; `reason` may say why */
	TABLE_LISTED,	    /* shows rows of others: nothing is missed */
	TABLE_EXCLUDED,	    /* by the configuration; not even counted */
};

struct status_table {
	const char *name;
	enum status_table_state state;
	/* why it, or with TABLE_COMPARED some columns, are not compared */
	const char *reason;
	const char *hint; /* what to do about that; or NULL */
	bool there[2];
	bool counted[2];
	uint64_t rows[2];		/* if counted */
	uint64_t buckets[BUCKET_COUNT]; /* if compared */
	bool columns_differ;		/* if compared */
};

/* A migration: in the folder, or in a ledger, or both. */
struct status_migration {
	const char *name;
	bool has_file;
	bool applied[2]; /* if that side's ledger is known */
};

struct status_migrations {
	bool ledger_known[2];
	struct status_migration *items; /* as they run, then those lost */
	size_t count;
	const char *message; /* what is not known, or NULL */
	const char *hint;
};

/* The snapshot in the worktree, compared with the local database. */
enum status_snapshot_state {
	SNAPSHOT_NONE, /* and no table is tracked; or nobody looked */
	SNAPSHOT_MISSING,
	SNAPSHOT_CLEAN,
	SNAPSHOT_STALE,
	SNAPSHOT_FAILED, /* `message` says why */
};

struct status_snapshot {
	enum status_snapshot_state state;
	const char *path; /* of its folder, as git shows it */
	uint64_t files;	  /* that a new one would change */
	uint64_t rows;	  /* that differ */
	const char *message;
	const char *hint;
};

/* A write of which nobody has seen what became. */
struct status_pending {
	int side;
	const char *id;
	const char *command; /* or NULL */
};

/* A deploy to the remote side that was broken off. NULL: not known. */
struct status_deploy {
	const char *commit;
	const char *began; /* "2026-11-21T09:30:05Z" */
	const char *step;  /* where it ended; NULL: there is no such deploy */
	const char *bookmark; /* of before it */
};

struct status_database {
	const struct database *database;
	const char *labels[2]; /* endpoints: "shop/remote" */
	struct status_side sides[2];
	bool is_protected;
	const char *credentials; /* where the token is from, or NULL */
	const char *permission;	 /* that it was seen to have, or NULL */
	/* why tables of two reached sides were not compared, or NULL */
	const char *message;
	const char *hint;
	bool moved; /* it changed while it was read */
	struct status_migrations migrations;
	struct status_snapshot snapshot;
	struct status_pending *pending;
	size_t npending;
	struct status_deploy deploy;
	struct status_table *tables; /* sorted by name */
	size_t ntables;
};

/* What git does at one of its events. */
struct status_hook {
	const char *event; /* "pre-push" */
	const char *state; /* "installed", "absent", ... */
	bool runs;	   /* git runs git-d1 */
};

/* What points to a project is borrowed, all else is in the arena. */
struct status_report {
	struct arena arena;
	const char *config;		/* path of wrangler's configuration */
	const char *environment;	/* NULL: top level */
	const char *environment_origin; /* NULL: none was named */
	bool has_drivers;		/* known; not without a worktree */
	struct drivers drivers;
	struct status_hook *hooks;
	size_t nhooks; /* 0: not known; not without a worktree */
	struct status_database *databases;
	size_t count;
};

void status_report_release(struct status_report *report);

/* The words that programs read. */
const char *side_state_name(enum status_side_state state);
const char *table_state_name(enum status_table_state state);
const char *snapshot_state_name(enum status_snapshot_state state);
/* "applied", "pending"; NULL: not known, or nothing to be said. */
const char *migration_state_name(const struct status_migrations *migrations,
				 const struct status_migration *migration,
				 int side);

/* The buckets that are drift, in the order in which they are shown. */
enum { DRIFT_COUNT = BUCKET_COUNT - 1 };
extern const enum bucket drift_buckets[DRIFT_COUNT];

/* True if rows or columns of the table differ, or one side lacks it. */
bool status_table_drifted(const struct status_table *table);

/* Escape sequences, "" without colour. */
struct status_colors {
	const char *header;
	const char *good;
	const char *bad;
	const char *reset;
};

/*
 * Each writes the report to `out`. A write error is found by whoever owns the
 * stream, when it is flushed; D1_ENOMEM and a report that is too long are the
 * errors here.
 */
int status_write_text(FILE *out, const struct status_report *report,
		      const struct status_colors *colors,
		      struct err *err) MUST_CHECK;

/* --porcelain; with `nul` lines end with NUL, and nothing is quoted. */
int status_write_porcelain(FILE *out, const struct status_report *report,
			   bool nul, struct err *err) MUST_CHECK;

int status_write_json(FILE *out, const struct status_report *report,
		      struct err *err) MUST_CHECK;

#endif
