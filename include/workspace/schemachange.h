/* What the commands that make a plan for a schema share. */
#ifndef WORKSPACE_SCHEMACHANGE_H
#define WORKSPACE_SCHEMACHANGE_H

#include "schema/schemaplan.h"
#include "util/buf.h"
#include "util/err.h"
#include "util/option.h"
#include "workspace/schemaside.h"

struct schemachange_options {
	struct option_list renames;
	struct option_list destructive;
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

/* Makes the plan that takes one side to the other. */
int schemachange_plan(struct schemaplan *plan, struct schemaside *from,
		      struct schemaside *to, const struct renames *renames,
		      const struct schemachange_options *options,
		      struct err *err) MUST_CHECK;

/* Appends the statements of the plan, with a comment before each. */
void schemachange_add_sql(struct buf *out, const struct schemaplan *plan);

/* Appends the plan as JSON. */
void schemachange_add_json(struct buf *out, const struct schemaplan *plan);

#endif
