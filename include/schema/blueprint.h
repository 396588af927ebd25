/*
 * All that a database defines, as the texts of its CREATE statements, to be
 * compared and planned with. It is read from a database that answers SQL, or
 * from texts, and needs no engine for that.
 *
 * Not in it: what the engine makes by itself (sqlite_%, _cf_%, indexes of
 * constraints), the shadow tables of virtual tables, and the ledgers of
 * migration tools with what hangs on them.
 */
#ifndef SCHEMA_BLUEPRINT_H
#define SCHEMA_BLUEPRINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "format/script.h"
#include "schema/namemap.h"
#include "schema/objects.h"
#include "schema/tabledef.h"
#include "schema/words.h"
#include "source/source.h"
#include "util/arena.h"
#include "util/buf.h"
#include "util/err.h"

struct blueprint_object {
	enum object_kind kind;
	const char *name;
	const char *table; /* what an index or trigger belongs to, else name */
	bool is_unique;	   /* an index */
	const char *sql;   /* as it was given, without `;` */
	size_t size;
	uint64_t line; /* where it begins in its file; 0: of a database */
	struct words words;
	size_t head;	      /* the word behind the name */
	struct tabledef *def; /* of a table that was taken apart, or NULL */
};

/* What a rehearsal made on the database itself (schema/scratchname.h). */
enum blueprint_scratch {
	BLUEPRINT_WITH_SCRATCH,
	BLUEPRINT_WITHOUT_SCRATCH,
	BLUEPRINT_SCRATCH_ONLY,
};

struct blueprint {
	struct arena arena;
	const char *label; /* what messages call it */
	struct blueprint_object *items;
	size_t count;
	size_t cap;
	struct namemap names;	 /* the places of tables, indexes, views */
	struct namemap triggers; /* the places of triggers */
	enum blueprint_scratch scratch;
};

/* Makes an empty one; `label` is borrowed. */
void blueprint_init(struct blueprint *blueprint, const char *label);
void blueprint_release(struct blueprint *blueprint);

/*
 * Adds all that the source's database defines; it must answer SQL. From then on
 * blueprint->scratch is BLUEPRINT_WITHOUT_SCRATCH.
 */
int blueprint_add_source(struct blueprint *blueprint, struct source *source,
			 struct err *err) MUST_CHECK;

/*
 * Adds what a text defines, which messages call `name`. An index or trigger
 * may stand before its table. Anything but CREATE, temporary objects, what is
 * defined twice, and what belongs to no table is refused with its line.
 */
int blueprint_add_text(struct blueprint *blueprint, const char *text,
		       size_t size, const char *name,
		       struct err *err) MUST_CHECK;

/* Adds one statement, which is copied. `line` is 0 where there is none. */
int blueprint_add(struct blueprint *blueprint, const char *sql, size_t size,
		  uint64_t line, struct err *err) MUST_CHECK;

/*
 * After the last one: leaves out what is not ours, as above, and what is not to
 * be in it by blueprint->scratch.
 */
int blueprint_finish(struct blueprint *blueprint, struct err *err) MUST_CHECK;

/* The object of that name, a trigger if `trigger`; NULL: there is none. */
struct blueprint_object *blueprint_find(const struct blueprint *blueprint,
					const char *name, bool trigger);

/* The same, if it is a table that is not virtual. */
struct blueprint_object *blueprint_table(const struct blueprint *blueprint,
					 const char *name);

/* What the table is made of, taken apart when it is asked for first. */
int blueprint_def(struct blueprint *blueprint, struct blueprint_object *table,
		  const struct tabledef **def, struct err *err) MUST_CHECK;

/* Puts the place of the object in the file before an error's message. */
int blueprint_place_error(const struct blueprint *blueprint,
			  const struct blueprint_object *object,
			  struct err *err);

#endif
