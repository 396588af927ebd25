/* What the commands that make a plan for a schema share. */
#ifndef WORKSPACE_SCHEMACHANGE_H
#define WORKSPACE_SCHEMACHANGE_H

#include "schema/schemaplan.h"
#include "util/buf.h"
#include "util/err.h"
#include "util/option.h"
#include "workspace/enginerehearsal.h"
#include "workspace/schemaside.h"

struct schemachange_options {
	struct option_list renames;
	struct option_list destructive;
	bool for_wrangler; /* it may be wrangler who runs the statements */
};

#define SCHEMACHANGE_OPTIONS(structure, member) \
	OPTION_LIST(0, "rename", structure, member renames, "old=new", \
		    "this table, or table.old=new column, is renamed"), \
		OPTION_LIST(0, "allow-destructive", structure, \
			    member destructive, "name", \
			    "this table, or table.column, may be lost")

/* Adds what --rename says to what is there. */
int schemachange_add_renames(struct renames *renames,
			     const struct schemachange_options *options,
			     struct err *err) MUST_CHECK;

/* Where a plan is rehearsed. */
enum schemachange_scratch {
	SCHEMACHANGE_MEMORY, /* in a private database */
	SCHEMACHANGE_PREFIX, /* on the database itself, with other names */
};
extern const char *const schemachange_scratch_words[];

#define SCHEMACHANGE_SCRATCH_OPTION(structure, member) \
	OPTION_CHOICE(0, "scratch", structure, member, "strategy", \
		      schemachange_scratch_words, \
		      "rehearse in memory, or with prefix on the database")

/*
 * Makes the plan that takes one side to the other. On the database itself it is
 * rehearsed only if `engine` is not NULL; where that is a remote one, the user
 * was asked about it then.
 */
int schemachange_plan(struct schemaplan *plan, struct schemaside *from,
		      struct schemaside *to, const struct renames *renames,
		      const struct schemachange_options *options,
		      struct enginerehearsal *engine,
		      struct err *err) MUST_CHECK;

/* Appends the statements of the plan, with a comment before each. */
void schemachange_add_sql(struct buf *out, const struct schemaplan *plan);

/* Warns on standard error of what may go wrong if wrangler runs them. */
void schemachange_warn(const struct schemaplan *plan);

/* Appends the plan as JSON. */
void schemachange_add_json(struct buf *out, const struct schemaplan *plan);

#endif
