/*
 * A plan: the statements that take a database from one schema to another and
 * keep its rows, for one transaction with foreign keys enforced.
 */
#ifndef SCHEMA_SCHEMAPLAN_H
#define SCHEMA_SCHEMAPLAN_H

#include <stdbool.h>
#include <stddef.h>

#include "schema/renames.h"
#include "util/arena.h"
#include "util/err.h"

struct blueprint;
struct namemap;
struct source;

/* What a step does, and nothing besides. */
enum schemaplan_effect {
	STEP_CHANGES,
	STEP_PARKS, /* renames a table away */
	STEP_DROPS_INDEX,
	STEP_HELPS, /* makes what is gone at the end */
	STEP_FINDS, /* makes or drops an index that is there for a while */
};

struct schemaplan_step {
	const char *sql;  /* one statement, without `;` */
	const char *note; /* what it is for */
	/* "t" or "t.a", as one names it to consent; several with commas */
	const char *object;
	const char *lost; /* what is gone after it, NULL: nothing */
	/* what may go wrong if wrangler runs it, and the way out; NULL */
	const char *trouble;
	const char *way_out;
	size_t subject; /* of the planner (schema/planner.h) */
	enum schemaplan_effect effect;
};

struct schemaplan {
	struct arena arena;
	struct schemaplan_step *steps;
	size_t count;
	size_t cap;
	const char **remarks; /* what a person should know before */
	size_t nremarks;
	size_t remarks_cap;
	struct schemaplan_renamed *renamed;
	size_t nrenamed;
};

/* What a step renamed: the table by its new name, the rest by old and new. */
struct schemaplan_renamed {
	const char *table; /* of a column; NULL: a table */
	const char *from;
	const char *to;
};

struct planner;

/* Tries out what is planned so far, which must be all; D1_EREFUSED: it fails.
 */
typedef int schemaplan_rehearse_fn(void *context, struct planner *planner,
				   struct err *err);

struct schemaplan_options {
	const struct renames *renames; /* NULL: none */
	/*
	 * What may be dropped though it looks as if it were renamed, or though
	 * something else gets its name.
	 */
	const char *const *drops;
	size_t ndrops;
	/* The database whose schema is `from`, to look at rows; or NULL. */
	struct source *live;
	/* Tries the plan out; NULL: in a private database in memory. */
	schemaplan_rehearse_fn *rehearse;
	void *rehearse_context;
	/* Just these tables are set aside, as somebody chose; NULL: choose. */
	const struct namemap *set_aside;
	/* The statements are to be such that wrangler cuts them right. */
	bool for_wrangler;
	/* A plan that was refused nothing is made once more: nothing is. */
	bool is_repeated;
};

/*
 * Makes the plan that leads from one schema to another, and rehearses it with
 * rows that are made up. It is empty if both are the
 * same. What cannot be done without guessing or losing children is
 * D1_EREFUSED, and says what to do. Both blueprints may be completed by it.
 * The caller calls schemaplan_release(), after an error too.
 */
int schemaplan_make(struct schemaplan *plan, struct blueprint *from,
		    struct blueprint *to,
		    const struct schemaplan_options *options,
		    struct err *err) MUST_CHECK;
void schemaplan_release(struct schemaplan *plan);

/* ---- for those who make it ---- */

/* The strings are borrowed: they are best in plan->arena. */
int schemaplan_add(struct schemaplan *plan, const struct schemaplan_step *step,
		   struct err *err) MUST_CHECK;
int schemaplan_remark(struct schemaplan *plan, const char *remark,
		      struct err *err) MUST_CHECK;

/*
 * What a table, or a column of `table`, was called before the plan renamed it,
 * if it did. What is dropped is called so in messages.
 */
const char *schemaplan_old_name(const struct schemaplan *plan,
				const char *table, const char *name);

/* True if a name, "t" or "t.a", is one of the list. */
bool schemaplan_is_named(const char *const *names, size_t count,
			 const char *table, const char *column);

#endif
