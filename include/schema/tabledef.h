/*
 * A CREATE TABLE statement, taken apart: columns and constraints, each with
 * the text it stands in and with one spelling for all that mean the same.
 *
 * Spellings are for comparing only. Constraints are the same wherever they
 * stand: `a INT UNIQUE` has the constraint of `UNIQUE(a)`. A constraint's name
 * is no part of it.
 */
#ifndef SCHEMA_TABLEDEF_H
#define SCHEMA_TABLEDEF_H

#include <stdbool.h>
#include <stddef.h>

#include "model/affinity.h"
#include "schema/words.h"
#include "util/arena.h"
#include "util/err.h"

/* What a column holds where an INSERT does not say. */
enum tabledef_default {
	DEFAULT_NONE,
	DEFAULT_NULL,
	DEFAULT_CONSTANT,
	DEFAULT_EXPRESSION, /* also CURRENT_TIME and its kind */
};

struct tabledef_column {
	const char *name;
	const char *text; /* the whole definition, as it stands */
	size_t size;
	const char *type;     /* its spelling, "" for none */
	const char *collate;  /* "collate nocase", or "" */
	const char *spelling; /* of all but the name and the constraints */
	enum tabledef_default default_kind;
	const char *default_text; /* an SQL expression; NULL: no default */
	const char *generated;	  /* the spelling of the expression, or NULL */
	const char *generated_text; /* as it stands, in parentheses */
	bool stored;		    /* a generated column that is stored */
	bool not_null;
};

enum tabledef_kind {
	CONSTRAINT_PRIMARY_KEY,
	CONSTRAINT_UNIQUE,
	CONSTRAINT_CHECK,
	CONSTRAINT_FOREIGN_KEY,
};

struct tabledef_constraint {
	enum tabledef_kind kind;
	const char *spelling;
	const char *name; /* NULL: none */
	size_t column;	  /* the one it stands with, SIZE_MAX: none */
	/* of a key or a foreign key: its columns */
	const char *const *columns;
	size_t ncolumns;
	/* of a foreign key */
	const char *parent;
	const char *const *parent_columns; /* as many, or none */
	size_t nparent_columns;
	const char *on_delete; /* spelling, "" for NO ACTION */
	const char *on_update; /* the same */
	/* of a CHECK: the expression, as it stands, without parentheses */
	const char *text;
	size_t size;
	bool descending; /* PRIMARY KEY DESC, with its column */
};

struct tabledef {
	struct words words;
	const struct tabledef_column *columns;
	size_t ncolumns;
	const struct tabledef_constraint *constraints; /* by kind, spelling */
	size_t nconstraints;
	struct namemap names; /* the place of each column */
	bool strict;
	bool without_rowid;
	bool autoincrement;
	bool has_conflict; /* ON CONFLICT is somewhere, also of NOT NULL */
	size_t alias;	   /* the column that is the rowid, SIZE_MAX: none */
};

/*
 * Takes a statement apart that was read into words. D1_ERROR says what cannot
 * be understood. All is in the arena and points into the statement, but for the
 * map: the caller calls tabledef_release(), after an error too.
 */
int tabledef_read(struct tabledef *def, struct arena *arena,
		  const struct words *words, struct err *err) MUST_CHECK;
void tabledef_release(struct tabledef *def);

/* The place of the column, or def->ncolumns. */
size_t tabledef_column(const struct tabledef *def, const char *name);

/*
 * What its type makes of values that are stored. ANY leaves them as they are in
 * a STRICT table only (https://www.sqlite.org/stricttables.html).
 */
enum affinity tabledef_affinity(const struct tabledef *def,
				const struct tabledef_column *column);

/* The primary key, or NULL. */
const struct tabledef_constraint *
tabledef_primary_key(const struct tabledef *def);

/* True for a foreign key to that table. */
bool tabledef_refers_to(const struct tabledef_constraint *constraint,
			const char *table);

/*
 * The columns of the parent that the foreign key refers to: those of its
 * primary key if none are named, and none if it has no such key.
 */
const char *const *tabledef_referred(const struct tabledef_constraint *key,
				     const struct tabledef *parent,
				     size_t *count);

/* True if the columns, in any order, are a key by a constraint. */
bool tabledef_has_key(const struct tabledef *def, const char *const *columns,
		      size_t count);

/* A name that reads the rowid, and is no column; NULL: there is none. */
const char *tabledef_rowid_name(const struct tabledef *def);

/* True if the column is one of the constraint's. */
bool tabledef_has_column(const struct tabledef_constraint *constraint,
			 const char *column);

#endif
