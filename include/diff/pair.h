/*
 * A table on two sides, and how its rows are told apart and compared.
 *
 * Key choice, in this order:
 *   1. the columns that the user's rules name;
 *   2. the primary key, where both sides have the same one;
 *   3. a primary key or UNIQUE index that both sides have, with all columns
 *      NOT NULL: fewest columns first, then smallest positions;
 *   4. none: rows are compared as a multiset.
 * "The same" is the same columns under the same collations, in any order. Two
 * sides with primary keys that have nothing in common are not compared: rows
 * of one could not be found on the other.
 *
 *   CREATE TABLE t(id INTEGER PRIMARY KEY, n)          key id
 *   CREATE TABLE t(a, b, PRIMARY KEY(b, a))            key b, a
 *   CREATE TABLE t(u TEXT NOT NULL UNIQUE, n)          key u
 *   CREATE TABLE t(u TEXT UNIQUE, n)                   no key: u may be NULL
 *   t(id INTEGER PRIMARY KEY, u UNIQUE NOT NULL) against
 *   t(uuid TEXT PRIMARY KEY, u UNIQUE NOT NULL)        key u
 */
#ifndef DIFF_PAIR_H
#define DIFF_PAIR_H

#include <stdbool.h>
#include <stddef.h>

#include "diff/mask.h"
#include "model/row.h"
#include "model/schema.h"
#include "util/arena.h"
#include "util/err.h"

/* What the user's configuration says of a table. */
struct pair_rules {
	const char *const *key;	   /* column names, NULL-terminated */
	const char *const *ignore; /* globs of columns, NULL-terminated */
	const char *const *mask;   /* likewise: compared as masks */
	const char *label;	   /* column, or NULL */
	const char *timestamp;	   /* column, or NULL for "updated_at" */
	/*
	 * The key of masks; it outlives the pair. NULL: there is none, and a
	 * table that needs one is not compared.
	 */
	const struct mask_key *mask_key;
};

/* True if one of the globs, which may be NULL, matches the column's name. */
bool pair_rules_match(const char *const *globs, const char *name);

/* One side of a pair. Positions of cells count in `columns`. */
struct pair_side {
	const struct table *table; /* NULL: the side lacks the table */
	const size_t *columns;	   /* positions in the table, as read */
	size_t ncolumns;
	const size_t *key;    /* cells of the key */
	const size_t *common; /* cells that both sides have; all if
				 the other side lacks the table */
	const size_t *only;   /* cells that only this side has */
	size_t nonly;
	bool nullable;	    /* see struct key */
	size_t timestamp;   /* cell, or ncolumns if there is none */
	size_t label;	    /* likewise */
	const bool *masked; /* for each cell: a mask is in its value's place */
	/* those of the masked cells that the source delivers as values */
	const size_t *plain;
	const char *const *plain_names;
	size_t nplain;
	/*
	 * What tells rows without a key apart: the common cells, but for each
	 * masked one the placeholder of its mask, which the rows have behind
	 * their other cells then, as cell ncolumns and following.
	 */
	const size_t *identity;
	const size_t *shortened; /* the cells whose placeholders these are */
	size_t nshortened;
};

enum { OLD, NEW };

struct table_pair {
	const char *name;
	const char *reason; /* why it is not compared, or NULL */
	const char *remedy; /* what to do about that, or NULL */
	bool derived;	    /* nothing is missed by not comparing it */
	struct pair_side sides[2];
	const enum collation *collations; /* of the key */
	size_t nkey;
	size_t ncommon;
	bool natural; /* the key is the user's choice, not enforced */
	/* the key that alone is wanted, or NULL; set by the comparison */
	const struct value *only;
	/* names of columns that could not be compared, or NULL, with reasons */
	const char *unreadable;
	const struct mask_key *mask_key; /* of the rules */
};

/*
 * Pairs two tables; one of them may be NULL. A column is masked if the rules
 * say so or if one side holds it as masks. Where one side holds masks and the
 * other values, the key must be the one of the masks; where both hold masks,
 * their keys must be one; else the table is not compared. What the pair points
 * to lives in `arena`; the tables are borrowed. Rules that name a column that
 * neither side has are D1_EUSAGE.
 */
int pair_tables(struct table_pair *pair, const struct table *old_table,
		const struct table *new_table, const struct pair_rules *rules,
		struct arena *arena, struct err *err) MUST_CHECK;

/*
 * True if the side's rows are read with the column of that name; "" stands for
 * its primary key.
 */
bool pair_has_column(const struct table_pair *pair, int side, const char *name);

/*
 * True if the rows are equal in the common cell `i`: in type and bytes, or as
 * a mask and a placeholder of it.
 */
bool pair_cells_equal(const struct table_pair *pair,
		      const struct row *const rows[2], size_t i);

/* The column behind a cell of one side. */
const struct column *pair_column(const struct table_pair *pair, int side,
				 size_t cell);

/* The side whose table names things: the old one, if it has the table. */
int pair_named_side(const struct table_pair *pair);

#endif
