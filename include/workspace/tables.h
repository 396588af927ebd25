/*
 * Which tables of two databases are compared, and by which rules: what the
 * configuration says, and the tables named on the command line.
 */
#ifndef WORKSPACE_TABLES_H
#define WORKSPACE_TABLES_H

#include "config/d1config.h"
#include "diff/compare.h"
#include "util/buf.h"
#include "util/option.h"

struct table_choice {
	const struct d1config *config; /* of the project, or by itself */
	const char *database;	       /* logical name, NULL without project */
	const struct option_words *named; /* empty: all */
	const struct mask_key *mask_key;  /* for the rules; NULL: none */
	struct arena arena;		  /* of the rules below */
	struct pair_rules rules;	  /* of the table last asked for */
};

void table_choice_release(struct table_choice *choice);

/* Appends the names of the tables for a message, the first ones of many. */
void table_list_add(struct buf *list, const struct schema *schema);

/*
 * Checks that each named table is there on one side at least, and in the
 * snapshot if one side alone is one (compare_partial_side()). D1_EUSAGE, with
 * the tables that are there or what to do, if not. `labels` name the sides.
 */
int table_choice_check(const struct table_choice *choice,
		       const struct schema *const schemas[2],
		       const char *const labels[2], struct err *err) MUST_CHECK;

/*
 * Warns of settings for a table that name a column which it has on no side: a
 * mistyped mask would mask nothing.
 */
void table_choice_warn(const struct table_choice *choice,
		       const struct schema *old_schema,
		       const struct schema *new_schema);

/* For struct comparison; `context` is the struct table_choice. */
bool table_choice_wants(void *context, const char *table);
int table_choice_rules(void *context, const char *table,
		       const struct pair_rules **rules,
		       struct err *err) MUST_CHECK;

#endif
