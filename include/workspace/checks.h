/*
 * The checks of the gate: what `git d1 check` finds out about a database, as
 * a commit has it and as production has it.
 *
 * Nothing is written anywhere but in private databases of our own, and reading
 * is all that a token has to allow.
 */
#ifndef WORKSPACE_CHECKS_H
#define WORKSPACE_CHECKS_H

#include <stdbool.h>

#include "apply/behind.h"
#include "render/gate.h"
#include "workspace/migrationview.h"
#include "workspace/workspace.h"

enum check {
	CHECK_SNAPSHOT,	  /* the files are well */
	CHECK_MIGRATIONS, /* pending, edited, missing, out of order */
	CHECK_SCHEMA,	  /* the live one is what the migrations make */
	CHECK_REHEARSAL,  /* what the pending ones would do to rows */
	CHECK_DATA,	  /* rows that wait, and rows that drifted */
	CHECK_TYPES,	  /* values of another class than their column's */
	CHECKS,
};

/* Their names, in that order; NULL ends the list. */
extern const char *const check_names[CHECKS + 1];

/* What is checked. Borrowed, but for what is its own. */
struct checking {
	struct workspace *workspace;
	const struct database *database;
	const char *revision; /* the commit: "HEAD" */
	const char *base;     /* a revision in place of its history; or NULL */
	bool offline;	      /* the commit's snapshot stands for production */
	bool show_values;     /* of rows that differ, besides their keys */
	bool losses_are_fine; /* of rows, by migrations */
	struct gate_report *report;
	struct changes *changes; /* takes what the commit brings; or NULL */
	/* knows more of rows than history does (apply/behind.h); or NULL */
	int (*explains)(void *context, const struct behind_row *row,
			bool *explains, struct err *err);
	void *explains_context;

	/* its own */
	char *snapshot; /* the commit's, as an endpoint */
	bool begun;	/* what follows is there, or why not */
	struct migration_view view;
	struct drift drift;
	struct err failure;	     /* why it cannot be read */
	struct behind_counts counts; /* of rows; zeros if they were not read */
	enum d1_error code; /* of the first check that could not be made */
};

/*
 * Makes a check, and adds it to the report. What keeps it from being made is
 * part of the report too; errors are those of memory.
 */
int checks_make(struct checking *checking, enum check check,
		struct err *err) MUST_CHECK;

void checks_release(struct checking *checking);

#endif
