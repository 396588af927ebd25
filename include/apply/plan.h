/*
 * The plan of a write to D1: which statements, in which order, make the rows
 * what the changes say, whatever foreign keys, unique indexes and triggers do.
 *
 * The order: foreign keys wait for the end; triggers are held; rows that stand
 * in the way of others are parked; table by table, parents first, rows are
 * updated and inserted, and deleted where that touches no other table; the
 * other deletes, children first; then triggers come back and foreign keys are
 * checked. Each statement is guarded: if rows are not as the changes say, the
 * call fails, and as it is one transaction nothing is written.
 *
 * Displaced: a row whose unique value another one is to get has NULL or a value
 * that is nobody's meanwhile, where its columns allow that.
 *
 * Parked: a row whose unique value another row is to get, or whose value that
 * others refer to is to change, waits in a table of its own; so do those rows
 * that refer to it by a foreign key that would act, which come back as they
 * were. So no foreign key acts but on rows that the changes name.
 */
#ifndef APPLY_PLAN_H
#define APPLY_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "apply/changes.h"
#include "apply/step.h"
#include "apply/target.h"
#include "util/arena.h"
#include "util/buf.h"

enum { PLAN_GROUPS = 16 };

/* What cells besides the key would take if statements carried them. */
struct plan_load {
	uint64_t rows;
	uint64_t bytes[2]; /* of old cells, and of new ones */
};

/* A set of cells. */
struct cell_set {
	uint64_t bits[2];
};

/* A table of one of the lists of changes. */
struct plan_entry {
	struct changes *changes;
	size_t place; /* among its tables */
	size_t number;
	const struct changed_table *table;
	struct plan_table *owner;
	struct cell_set written; /* cells that inserts and updates set */
	/* those that displaced rows lose and are given back */
	struct cell_set displaced;
	/* sets of columns that updates change; the last may be more than one */
	struct cell_set groups[PLAN_GROUPS];
	struct plan_load group_loads[PLAN_GROUPS];
	size_t ngroups;
	struct plan_load row_load; /* of what is inserted and deleted */
	bool more_groups;	   /* the last is for all others */
	bool unkeyed;	 /* some changes are found by all their cells */
	bool unenforced; /* no index keeps its key from being there twice */
	struct plan_entry *next;
};

/* A table that is written, or whose rows wait while others are. */
struct plan_table {
	const struct target_table *target;
	size_t number;
	char *name; /* quoted */
	char *own;  /* the quoted name of the table of its parked rows */
	char *stay; /* of rows that wait only because their parents do */
	/* quoted columns that tell its rows apart, and those of a parked one */
	const char *identity[2];
	const char *const *keys[2];
	size_t nkeys[2];
	struct plan_entry *entries;
	uint64_t parked; /* how many rows of the changes */
	/*
	 * How many rows of the changes step aside where they are, since
	 * parking them would move rows of other tables; and what is set then.
	 */
	uint64_t displaced;
	const char *displacement;
	bool moves; /* values that others refer to, and act on, change */
	bool stays; /* rows of it may have to wait for parents */
	bool refers_to_itself; /* with an action */
	bool deletes_last;
	bool loose_deletes;	 /* one may cause another */
	struct plan_table *next; /* parents first */
	struct plan_table *previous;
	/* private to the ordering */
	int state;
	const struct target_trigger **held; /* NULL-terminated; NULL: none */
};

struct plan_options {
	bool fire_triggers;
	bool always_digests; /* also where cells take less than a digest */
	/* of foreign keys that point nowhere already: JSON; NULL: none */
	const char *dangling;
};

struct plan {
	const struct target *target;
	struct plan_options options;
	struct arena arena;
	struct plan_table *first, *last;
	struct plan_entry **entries; /* by their number */
	size_t nentries;
	struct parking *parking; /* which changes are of parked rows */
	char nonce[17];
	bool odd_trigger; /* a held one that a batch may not carry */
	bool staged;	  /* by plan_write(): values were sent in pieces */
	uint64_t known;	  /* by plan_write(): rows copied for guards */
};

/*
 * Makes the plan for the changes in all lists. All is borrowed until
 * plan_release(), which is called after an error too. What D1 would not take
 * is D1_EREFUSED, which names table, key and column.
 */
int plan_make(struct plan *plan, const struct target *target,
	      struct changes *const *lists, size_t nlists,
	      const struct plan_options *options, struct err *err) MUST_CHECK;
void plan_release(struct plan *plan);

/* Hands all steps to the sink, in their order; may be called again. */
int plan_write(struct plan *plan, struct step_sink *sink,
	       struct err *err) MUST_CHECK;

/*
 * True if rows are better told by a digest of their cells than by the cells:
 * as long as these are few and short they take less, and are sooner compared.
 */
bool plan_wants_digest(const struct plan *plan, const struct plan_load *load,
		       int side);

bool cell_set_has(const struct cell_set *set, size_t cell);
void cell_set_add(struct cell_set *set, size_t cell);

#endif
