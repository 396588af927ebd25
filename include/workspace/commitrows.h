/*
 * The rows of a commit's snapshot against a database: which ones the commit
 * brings, and which ones somebody changed there (apply/behind.h). It is what a
 * deploy writes, and what the gate says before.
 */
#ifndef WORKSPACE_COMMITROWS_H
#define WORKSPACE_COMMITROWS_H

#include "apply/behind.h"
#include "util/buf.h"
#include "workspace/workspace.h"

struct commit_rows {
	/* what is compared; borrowed */
	struct workspace *workspace;
	struct side *side;     /* the snapshot in a commit */
	struct source *target; /* the database */
	const char *label;     /* of the database: "shop/remote" */
	const char *base;      /* a revision in place of the history; or NULL */
	struct changes *changes; /* takes what the commit brings */
	/* is told of each row that differs; NULL: nobody */
	int (*tell)(void *context, const struct behind_row *row,
		    struct err *err);
	void *context;
	/* knows more than history does (apply/behind.h); NULL: nobody */
	int (*explains)(void *context, const struct behind_row *row,
			bool *explains, struct err *err);
	void *explains_context;
	/* what came out */
	struct behind_counts counts;
};

/*
 * Compares the tables of the snapshot, by the rules of the project, masked and
 * ignored columns left out. D1_ENOTFOUND if the commit has no snapshot;
 * D1_ERROR if a table cannot be compared.
 */
int commit_rows_compare(struct commit_rows *rows, struct err *err) MUST_CHECK;

/*
 * Appends what the settings of the project make of that: a line for each table
 * of the snapshot that is compared, "rows product by city, name but for stock",
 * with the key if it is a setting, and the columns that are left out.
 */
int commit_rows_describe(struct commit_rows *rows, struct buf *out,
			 struct err *err) MUST_CHECK;

#endif
