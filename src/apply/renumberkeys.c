#include "config.h"

#include "apply/renumberkeys.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/sql.h"
#include "source/exactsql.h"
#include "util/buf.h"
#include "util/glob.h"

enum { MAX_SQL = 1 << 16 };

/* ---- which column ---- */

static bool refers(const struct target_reference *const *references,
		   size_t count, const char *table, const char *column)
{
	for (size_t i = 0; i < count; i++)
		if (name_equal(references[i]->child->table->name, table) &&
		    target_names(references[i]->from, references[i]->ncolumns,
				 column))
			return true;
	return false;
}

static bool is_primary(const struct changed_table *changed,
		       const struct table *table)
{
	const struct key *key = table_primary_key(table);

	if (!key || key->count != changed->nkey)
		return false;
	for (size_t i = 0; i < key->count; i++) {
		const char *name = table->columns[key->columns[i]].name;
		bool found = false;

		for (size_t k = 0; k < changed->nkey; k++)
			found = found ||
				name_equal(changed->columns[changed->key[k]],
					   name);
		if (!found)
			return false;
	}
	return true;
}

size_t renumberkeys_choose(const struct changed_table *changed,
			   const struct table *table,
			   const struct target_reference *const *references,
			   size_t nreferences, const char **reason)
{
	size_t chosen = changed->ncolumns;

	*reason = renumberkeys_refusal(changed, table);
	if (!*reason && !is_primary(changed, table))
		*reason = "rows are told apart by other columns than those of "
			  "its primary key";
	for (size_t i = 0; i < changed->nkey && !*reason; i++) {
		const char *name = changed->columns[changed->key[i]];
		size_t column = table_column(table, name);

		if (table->columns[column].affinity != AFFINITY_INTEGER ||
		    refers(references, nreferences, table->name, name))
			continue;
		if (chosen < changed->ncolumns)
			*reason = "its key has several integer columns, and "
				  "it is not known which of them numbers rows";
		chosen = changed->key[i];
	}
	if (!*reason && chosen == changed->ncolumns)
		*reason = "its key has no integer column but those that refer "
			  "to other rows";
	return *reason ? changed->ncolumns : chosen;
}

const char *renumberkeys_refusal(const struct changed_table *changed,
				 const struct table *table)
{
	for (size_t i = 0; i < table->ncolumns; i++) {
		const struct column *column = &table->columns[i];
		size_t cell = changed_table_cell(changed, column->name);

		if (cell == changed->ncolumns) {
			if (column->generated)
				continue;
			return "it has columns that are not compared, which a "
			       "row under another number would lose";
		}
		if (changed->uses && changed->uses[cell] != COLUMN_WRITTEN)
			return column->generated
				       ? "its key has a generated column"
				       : "it has masked columns, which a row "
					 "under another number would lose";
	}
	return NULL;
}

/* ---- which number ---- */

/* Takes an integer as text, the greatest of a column. */
static int take_greatest(void *context, const struct row *row, struct err *err)
{
	int64_t *greatest = context;
	const struct value *cell = &row->cells[0];
	char text[24];
	long long number;

	if (cell->type != VALUE_TEXT || cell->size >= sizeof(text))
		return 0; /* NULL: there is none */
	memcpy(text, cell->data, cell->size);
	text[cell->size] = '\0';
	errno = 0;
	number = strtoll(text, NULL, 10);
	if (errno)
		return err_set(err, D1_ERROR, "'%s' is no number", text);
	if (number > *greatest)
		*greatest = number;
	return 0;
}

static int take_count(void *context, const struct row *row, struct err *err)
{
	(void)err;
	*(int64_t *)context =
		row->cells[0].type == VALUE_INTEGER ? row->cells[0].integer : 0;
	return 0;
}

static void add_text(struct buf *sql, const char *text)
{
	const struct value value = { .type = VALUE_TEXT,
				     .data = text,
				     .size = strlen(text) };

	exact_sql_add(sql, &value);
}

/* All numbers come before all texts; an index finds the last of them. */
static int ask_rows(int64_t *greatest, struct source *source, const char *table,
		    const char *column, struct err *err)
{
	struct buf sql;

	buf_init(&sql, MAX_SQL);
	buf_add_string(&sql, "SELECT CAST(CAST(");
	sql_add_name(&sql, column);
	buf_add_string(&sql, " AS INTEGER) AS TEXT) AS n FROM ");
	sql_add_name(&sql, table);
	buf_add_string(&sql, " WHERE ");
	sql_add_name(&sql, column);
	buf_add_string(&sql, " < '' ORDER BY ");
	sql_add_name(&sql, column);
	buf_add_string(&sql, " DESC LIMIT 1");
	if (buf_check(&sql, "a statement", err) == 0)
		(void)!source_select(source, sql.data, take_greatest, greatest,
				     err);
	buf_release(&sql);
	return err->code;
}

/* AUTOINCREMENT promises that a number is not given out twice. */
static int ask_sequence(int64_t *greatest, struct source *source,
			const char *table, struct err *err)
{
	int64_t count = 0;
	struct buf sql;

	if (source_select(source,
			  "SELECT count(*) AS n FROM sqlite_schema "
			  "WHERE name = 'sqlite_sequence'",
			  take_count, &count, err) < 0 ||
	    count == 0)
		return err->code;
	buf_init(&sql, MAX_SQL);
	buf_add_string(&sql, "SELECT CAST(max(CAST(seq AS INTEGER)) AS TEXT) "
			     "AS n FROM sqlite_sequence WHERE name = ");
	add_text(&sql, table);
	buf_add_string(&sql, " COLLATE NOCASE");
	if (buf_check(&sql, "a statement", err) == 0)
		(void)!source_select(source, sql.data, take_greatest, greatest,
				     err);
	buf_release(&sql);
	return err->code;
}

int renumberkeys_greatest(int64_t *greatest, struct source *const sources[2],
			  const char *table, const char *column,
			  struct err *err)
{
	for (int side = OLD; side <= NEW; side++)
		if (ask_rows(greatest, sources[side], table, column, err) < 0 ||
		    ask_sequence(greatest, sources[side], table, err) < 0)
			return err->code;
	return 0;
}
