#include "config.h"

#include "schema/keptrows.h"

#include <stdint.h>
#include <string.h>

#include "model/sql.h"

/* That many columns D1 gives at most. */
enum { MAX_COLUMNS = 100 };

static bool has_rowid(const struct tabledef *def)
{
	return !def->without_rowid &&
	       tabledef_column(def, "rowid") == def->ncolumns;
}

static bool is_kept(const struct tabledef_column *a,
		    const struct tabledef_column *b)
{
	return !a->generated && !b->generated &&
	       strcmp(a->type, b->type) == 0 && a->not_null == b->not_null;
}

/* A column, with the place that it had as the name of the result. */
static void add_literal(struct buf *sql, const char *column, size_t place)
{
	buf_add_string(sql, "quote(");
	sql_add_name(sql, column);
	buf_add_format(sql, ") AS \"%zu\"", place);
}

void keptrows_add_select(struct buf *sql, enum keptrows_form form,
			 const char *table, const struct tabledef *a,
			 const struct tabledef *b)
{
	bool rowid = has_rowid(a) && has_rowid(b) &&
		     a->ncolumns < MAX_COLUMNS &&
		     (a->alias == SIZE_MAX) == (b->alias == SIZE_MAX);
	size_t count = rowid;

	buf_add_string(sql, rowid ? "SELECT rowid AS \"0\"" : "SELECT ");
	for (size_t i = 0; i < a->ncolumns; i++) {
		size_t match = tabledef_column(b, a->columns[i].name);

		if (match == b->ncolumns ||
		    !is_kept(&a->columns[i], &b->columns[match]))
			continue;
		if (count++ > 0)
			buf_add_string(sql, ", ");
		if (form == KEPTROWS_LITERALS)
			add_literal(sql, a->columns[i].name, i + 1);
		else
			sql_add_name(sql, a->columns[i].name);
	}
	if (count == 0)
		buf_add_string(sql, "0 AS \"0\"");
	buf_add_string(sql, " FROM ");
	sql_add_name(sql, table);
}
