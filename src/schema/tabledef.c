#include "config.h"

#include "schema/tabledef.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "schema/columndef.h"

/* ---- the frame of the statement ---- */

/* The place of the parenthesis that opens the columns, or the end. */
static size_t find_columns(const struct words *words)
{
	size_t at = 0;

	while (at < words->count && !words_is(words, at, "("))
		at++;
	return at;
}

/* The end of the column or constraint that begins at `at`. */
static size_t find_end(const struct words *words, size_t at)
{
	while (at < words->count && !words_is(words, at, ",") &&
	       !words_is(words, at, ")"))
		at = words_is(words, at, "(") ? words_close(words, at) : at + 1;
	return at;
}

static bool begins_constraint(const struct words *words, size_t at)
{
	static const char *const all[] = { "CONSTRAINT", "PRIMARY", "UNIQUE",
					   "CHECK", "FOREIGN" };

	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		if (words_is(words, at, all[i]))
			return true;
	return false;
}

static int read_options(struct tabledef *def, size_t at, struct err *err)
{
	const struct words *words = &def->words;

	for (; at < words->count; at++) {
		if (words_is(words, at, "STRICT"))
			def->strict = true;
		else if (words_is(words, at, "WITHOUT") &&
			 words_is(words, at + 1, "ROWID"))
			def->without_rowid = ++at > 0;
		else if (!words_is(words, at, ",") && !words_is(words, at, ";"))
			return err_set(err, D1_ERROR,
				       "the option '%.*s' of the table is not "
				       "known",
				       (int)words->items[at].size,
				       words->items[at].text);
	}
	return 0;
}

/* ---- columns and constraints ---- */

/* True for the words of which each constraint takes one or two. */
static bool names_constraint(const struct words *words, size_t at)
{
	static const char *const all[] = { "PRIMARY", "UNIQUE", "CHECK",
					   "FOREIGN", "REFERENCES" };

	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		if (words_is(words, at, all[i]))
			return true;
	return false;
}

/* Counts them, so that there is room for all. */
static void count_parts(const struct words *words, size_t at, size_t *columns,
			size_t *constraints)
{
	*columns = *constraints = 0;
	while (at < words->count && !words_is(words, at, ")")) {
		if (!begins_constraint(words, at))
			(*columns)++;
		for (size_t end = find_end(words, at); at < end; at++)
			*constraints += names_constraint(words, at);
		at += words_is(words, at, ",");
	}
}

static int name_columns(struct tabledef *def, struct tabledef_column *columns,
			size_t at, struct arena *arena, struct err *err)
{
	const struct words *words = &def->words;

	while (at < words->count && !words_is(words, at, ")")) {
		if (!begins_constraint(words, at)) {
			struct tabledef_column *column =
				&columns[def->ncolumns];

			if (!words_is_name(words, at))
				return err_set(err, D1_ERROR,
					       "a column has no name");
			column->name = words_name(words, at, arena);
			if (!column->name)
				return err_set_nomem(err);
			if (namemap_add(&def->names, column->name,
					def->ncolumns, err) < 0)
				return err->code;
			def->ncolumns++;
		}
		at = find_end(words, at);
		at += words_is(words, at, ",");
	}
	return 0;
}

static int read_parts(struct tabledef *def, struct defreader *reader,
		      struct tabledef_column *columns, size_t at,
		      struct err *err)
{
	const struct words *words = &def->words;
	size_t column = 0;

	while (at < words->count && !words_is(words, at, ")")) {
		size_t end = find_end(words, at);

		reader->at = at;
		reader->end = end;
		if (begins_constraint(words, at)) {
			if (constraintdef_read_all(reader, err) < 0)
				return err->code;
		} else if (columndef_read(reader, &columns[column], column,
					  err) < 0) {
			return err_context(err, "column '%s'",
					   columns[column].name);
		} else {
			column++;
		}
		at = end + words_is(words, end, ",");
	}
	return 0;
}

static int compare_constraints(const void *a, const void *b)
{
	const struct tabledef_constraint *left = a;
	const struct tabledef_constraint *right = b;

	if (left->kind != right->kind)
		return left->kind < right->kind ? -1 : 1;
	return strcmp(left->spelling, right->spelling);
}

/* INTEGER PRIMARY KEY is the rowid, but not with DESC beside its column. */
static size_t find_alias(const struct tabledef *def)
{
	const struct tabledef_constraint *key = tabledef_primary_key(def);
	size_t column;

	if (!key || key->ncolumns != 1 || def->without_rowid || key->descending)
		return SIZE_MAX;
	column = tabledef_column(def, key->columns[0]);
	if (column == def->ncolumns ||
	    strcmp(def->columns[column].type, "integer") != 0)
		return SIZE_MAX;
	return column;
}

static int read_table(struct tabledef *def, struct arena *arena,
		      struct err *err)
{
	struct defreader reader = { .def = def, .arena = arena };
	size_t open = find_columns(&def->words);
	struct tabledef_column *columns;
	size_t ncolumns, room;

	if (open == def->words.count || !def->words.whole)
		return err_set(err, D1_ERROR, "it has no columns");
	count_parts(&def->words, open + 1, &ncolumns, &room);
	columns = arena_array(arena, ncolumns + 1, sizeof(*columns));
	reader.constraints =
		arena_array(arena, room + 1, sizeof(*reader.constraints));
	if (!columns || !reader.constraints)
		return err_set_nomem(err);
	if (name_columns(def, columns, open + 1, arena, err) < 0 ||
	    read_parts(def, &reader, columns, open + 1, err) < 0 ||
	    read_options(def, words_close(&def->words, open), err) < 0)
		return err->code;
	if (reader.count > 1)
		qsort(reader.constraints, reader.count,
		      sizeof(*reader.constraints), compare_constraints);
	def->columns = columns;
	def->constraints = reader.constraints;
	def->nconstraints = reader.count;
	def->alias = find_alias(def);
	return 0;
}

int tabledef_read(struct tabledef *def, struct arena *arena,
		  const struct words *words, struct err *err)
{
	*def = (struct tabledef){ .words = *words, .alias = SIZE_MAX };
	return read_table(def, arena, err);
}

void tabledef_release(struct tabledef *def)
{
	namemap_release(&def->names);
}

/* ---- looking up ---- */

size_t tabledef_column(const struct tabledef *def, const char *name)
{
	size_t place = def->ncolumns;

	(void)namemap_find(&def->names, name, &place);
	return place;
}

enum affinity tabledef_affinity(const struct tabledef *def,
				const struct tabledef_column *column)
{
	return def->strict && strcmp(column->type, "any") == 0
		       ? AFFINITY_BLOB
		       : affinity_of_type(column->type);
}

const struct tabledef_constraint *
tabledef_primary_key(const struct tabledef *def)
{
	return def->nconstraints > 0 && def->constraints[0].kind ==
						CONSTRAINT_PRIMARY_KEY
		       ? &def->constraints[0]
		       : NULL;
}

bool tabledef_refers_to(const struct tabledef_constraint *constraint,
			const char *table)
{
	return constraint->kind == CONSTRAINT_FOREIGN_KEY &&
	       strcasecmp(constraint->parent, table) == 0;
}

const char *const *tabledef_referred(const struct tabledef_constraint *key,
				     const struct tabledef *parent,
				     size_t *count)
{
	const struct tabledef_constraint *primary;

	*count = key->nparent_columns;
	if (*count > 0)
		return key->parent_columns;
	primary = tabledef_primary_key(parent);
	*count = primary ? primary->ncolumns : 0;
	return primary ? primary->columns : NULL;
}

bool tabledef_has_key(const struct tabledef *def, const char *const *columns,
		      size_t count)
{
	for (size_t i = 0; i < def->nconstraints; i++) {
		const struct tabledef_constraint *key = &def->constraints[i];
		size_t found = 0;

		if ((key->kind != CONSTRAINT_PRIMARY_KEY &&
		     key->kind != CONSTRAINT_UNIQUE) ||
		    key->ncolumns != count)
			continue;
		while (found < count &&
		       tabledef_has_column(key, columns[found]))
			found++;
		if (found == count)
			return true;
	}
	return false;
}

const char *tabledef_rowid_name(const struct tabledef *def)
{
	static const char *const names[] = { "rowid", "_rowid_", "oid" };

	if (def->without_rowid)
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (tabledef_column(def, names[i]) == def->ncolumns)
			return names[i];
	return NULL;
}

bool tabledef_has_column(const struct tabledef_constraint *constraint,
			 const char *column)
{
	for (size_t i = 0; i < constraint->ncolumns; i++)
		if (strcasecmp(constraint->columns[i], column) == 0)
			return true;
	return false;
}
