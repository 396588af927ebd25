/*
 * What is known while a plan is made (schema/schemaplan.h), shared by those who
 * find out what is to be done and those who write the statements.
 */
#ifndef SCHEMA_PLANNER_H
#define SCHEMA_PLANNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "schema/blueprint.h"
#include "schema/family.h"
#include "schema/schemaplan.h"
#include "schema/tabledef.h"
#include "util/arena.h"
#include "util/err.h"

enum table_action {
	TABLE_KEEP,
	TABLE_ALTER,   /* by columns that are dropped or added at the end */
	TABLE_REBUILD, /* renamed away or set aside, made anew, copied */
	TABLE_COPY,    /* the same, only because a parent is rebuilt */
	TABLE_DROP,
};

/* An object that there is. Its place is that in the blueprint `from`. */
struct planned {
	size_t match; /* the one it becomes, SIZE_MAX: none */
	bool differs;
	bool drop; /* an index, view, trigger, virtual table: dropped first */
	enum table_action action;
	const char *why;	/* it is rebuilt; NULL: for its parent's sake */
	bool drops_columns;	/* if it is altered */
	bool is_set_aside;	/* if it is made anew: by schema/setaside.h */
	const size_t *detached; /* its columns that schema/detach.h changes */
	size_t ndetached;
	const char *scratch; /* the name it is parked under, or NULL */
};

struct planner {
	struct blueprint *from;
	struct blueprint *to;
	const struct schemaplan_options *options;
	struct family family; /* of `from` */
	struct planned *old;
	/* of `to`: what it was, SIZE_MAX: nothing; and what is made */
	size_t *origin;
	bool *create;
	struct schemaplan *plan;
	struct arena *arena; /* the plan's */
	size_t first_step;   /* of the plan, after what renames */
	bool renames_away;   /* what is rebuilt: nothing is set aside */
};

/*
 * What a step is about: the place in `from`, or behind those the place in
 * `to` of what is new; SUBJECT_ALL is all there is.
 */
#define SUBJECT_ALL SIZE_MAX
size_t planner_subject(const struct planner *self, size_t to_place);

/* ---- who finds out ---- */

/* Finds what matches, and what differs. */
int planner_match(struct planner *self, struct err *err) MUST_CHECK;

/* Chooses an action for each table that differs or that hangs on one. */
int planner_choose_tables(struct planner *self, struct err *err) MUST_CHECK;

/* Chooses which indexes, views and triggers are dropped and made (again). */
int planner_choose_others(struct planner *self, struct err *err) MUST_CHECK;

/* Refuses what cannot be done, or not without saying what is meant. */
int planner_refuse(struct planner *self, struct err *err) MUST_CHECK;

/* ---- who writes ---- */

int planner_write(struct planner *self, struct err *err) MUST_CHECK;

/* True if the table is renamed away, or set aside, and made anew. */
bool planner_is_remade(const struct planned *planned);

/* The name that the table is renamed to at first; NULL: it is not. */
const char *planner_parked_name(const struct planned *planned);

/* The definitions of a table before and after. */
int planner_defs(struct planner *self, size_t place, const struct tabledef **a,
		 const struct tabledef **b, struct err *err) MUST_CHECK;

/* Adds a step with what is in `sql`, which is emptied. */
int planner_add(struct planner *self, struct buf *sql,
		const struct schemaplan_step *step, struct err *err) MUST_CHECK;

/* Adds the statement that makes an object of `to`. */
int planner_add_create(struct planner *self,
		       const struct blueprint_object *object,
		       struct err *err) MUST_CHECK;

/* Writes the statements that fill the tables that are made anew. */
int rebuild_rename_away(struct planner *self, size_t place,
			struct err *err) MUST_CHECK;
int rebuild_copy(struct planner *self, size_t place,
		 struct err *err) MUST_CHECK;
int rebuild_drop_old(struct planner *self, size_t place,
		     struct err *err) MUST_CHECK;

/* Remarks on what copying the table means for its rows. */
int rebuild_remark(struct planner *self, size_t place,
		   struct err *err) MUST_CHECK;

/* Writes what gives the next id of a table another name. */
int rebuild_rename_sequence(struct planner *self, size_t place,
			    const char *from, const char *to,
			    struct err *err) MUST_CHECK;

/* Virtual tables that change: rows are parked, the table is made anew. */
int virtualchange_write(struct planner *planner, size_t place,
			struct err *err) MUST_CHECK;

/* Fills the indexes of virtual tables over tables that were made anew. */
int virtualchange_refill(struct planner *planner, struct err *err) MUST_CHECK;

/* A name that no object of either side has, for one that is parked. */
const char *planner_scratch_name(struct planner *self, const char *name,
				 struct err *err) MUST_CHECK;

/* What ALTER TABLE can do for a table, if its action is TABLE_ALTER. */
struct tablechange {
	const char *why; /* NULL: it can; else why not */
	size_t *dropped; /* columns before */
	size_t ndropped;
	size_t *added; /* columns after */
	size_t nadded;
};

int tablechange_find(struct tablechange *change, const struct tabledef *a,
		     const struct tabledef *b, struct arena *arena,
		     struct err *err) MUST_CHECK;

#endif
