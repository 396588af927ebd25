/* Rows while they are renumbered (apply/renumber.h), and what refers to them.
 */
#ifndef APPLY_RENUMBERRUN_H
#define APPLY_RENUMBERRUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "apply/renumber.h"
#include "apply/rowstates.h"
#include "apply/target.h"
#include "util/arena.h"

/* A table of NEW. */
struct renumber_table {
	const struct table *table;
	size_t place; /* among the differences; SIZE_MAX: it is not compared */
	struct changed_table layout; /* what the cells of its rows are */
	struct row_states *states;   /* NULL: none of its rows is touched */
	int64_t greatest; /* number that is taken, as far as it was asked for */
	bool told;	  /* that its rows keep their numbers */
	bool ordered;
};

struct renumber {
	struct renumbering asked;
	struct changes *differences; /* as they were found */
	struct target targets[2];
	struct arena arena;
	struct renumber_table *tables;
	struct renumber_table **order; /* parents before their children */
	size_t ntables;
	/* foreign keys that either side declares, between tables of NEW */
	const struct target_reference **references;
	size_t nreferences;
	/* for each: rows of NEW that refer by it to rows that are to change */
	uint64_t *referring;
};

/* Reads who refers to whom, and orders the tables. */
int renumber_read_references(struct renumber *self, struct err *err) MUST_CHECK;

/* The table of that name, or NULL. */
struct renumber_table *renumber_table(const struct renumber *self,
				      const char *name);

/* Makes room for states of its rows, if they have a key, with those that
 * differ. */
int renumber_open_states(struct renumber *self, struct renumber_table *table,
			 struct err *err) MUST_CHECK;

/*
 * Notes which of the known rows both had in common, and raises table->greatest
 * to what the base has in that cell. Nothing is noted if there is no base.
 */
int renumber_note_base(struct renumber *self, struct renumber_table *table,
		       size_t cell, struct err *err) MUST_CHECK;

/*
 * When all else is settled: rows that NEW takes over from OLD, since they have
 * their number back, may refer to others that OLD alone has. They come along.
 */
int renumber_take(struct renumber *self, struct err *err) MUST_CHECK;

/* Makes all that refers to rows with other values refer to these. */
int renumber_follow(struct renumber *self, struct err *err) MUST_CHECK;

#endif
