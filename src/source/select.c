#include "config.h"

#include "source/select.h"

#include <string.h>

#include "model/sql.h"

void select_add_table(struct buf *sql, const struct table *table)
{
	sql_add_name(sql, table->name);
}

void select_add_column(struct buf *sql, const struct table *table,
		       size_t column)
{
	if (table->columns[column].rowid)
		buf_add_string(sql, table->rowid);
	else
		sql_add_name(sql, table->columns[column].name);
}

void select_add_condition(struct buf *sql, bool *any)
{
	buf_add_string(sql, *any ? " AND " : " WHERE ");
	*any = true;
}

const char *select_collation(const struct scan *scan, size_t i,
			     const char *binary)
{
	enum collation collation = scan->collations[i];

	return collation == COLLATION_BINARY ? binary
					     : collation_name(collation);
}

/* (a IS NULL OR b IS NULL), or its opposite */
static void add_nulls(struct buf *sql, const struct scan *scan, bool wanted)
{
	buf_add_char(sql, '(');
	for (size_t i = 0; i < scan->nkey; i++) {
		if (i > 0)
			buf_add_string(sql, wanted ? " OR " : " AND ");
		select_add_column(sql, scan->table,
				  scan->columns[scan->key[i]]);
		buf_add_string(sql, wanted ? " IS NULL" : " IS NOT NULL");
	}
	buf_add_char(sql, ')');
}

void select_add_where(struct buf *sql, const struct scan *scan, bool *any)
{
	*any = false;
	if (scan->nkey > 0 && scan->rows == SCAN_UNKEYED) {
		select_add_condition(sql, any);
		add_nulls(sql, scan, true);
	} else if (scan->nkey > 0 && scan->nullable) {
		select_add_condition(sql, any);
		add_nulls(sql, scan, false);
	}
	if (scan->where) {
		select_add_condition(sql, any);
		buf_add_format(sql, "(%s)", scan->where);
	}
}

void select_add_order(struct buf *sql, const struct scan *scan,
		      const char *binary)
{
	if (scan->rows != SCAN_KEYED)
		return;
	for (size_t i = 0; i < scan->nkey; i++) {
		buf_add_string(sql, i > 0 ? ", " : " ORDER BY ");
		select_add_column(sql, scan->table,
				  scan->columns[scan->key[i]]);
		buf_add_format(sql, " COLLATE %s",
			       select_collation(scan, i, binary));
	}
}

/* 'city='||quote("city")||' ref='||quote("ref"), with names as SQL texts */
static void add_shown_key(struct buf *sql, const struct scan *scan)
{
	for (size_t i = 0; i < scan->nkey; i++) {
		size_t column = scan->columns[scan->key[i]];

		buf_add_string(sql, i > 0 ? "||' '||'" : "'");
		for (const char *c = scan->table->columns[column].name; *c;
		     c++) {
			if (*c == '\'')
				buf_add_char(sql, '\'');
			buf_add_char(sql, *c);
		}
		buf_add_string(sql, "='||quote(");
		select_add_column(sql, scan->table, column);
		buf_add_char(sql, ')');
	}
}

void select_add_duplicate(struct buf *sql, const struct scan *scan,
			  const char *binary)
{
	bool any;

	buf_add_string(sql, "SELECT ");
	add_shown_key(sql, scan);
	buf_add_string(sql, " FROM ");
	select_add_table(sql, scan->table);
	select_add_where(sql, scan, &any);
	for (size_t i = 0; i < scan->nkey; i++) {
		buf_add_string(sql, i > 0 ? ", " : " GROUP BY ");
		select_add_column(sql, scan->table,
				  scan->columns[scan->key[i]]);
		buf_add_format(sql, " COLLATE %s",
			       select_collation(scan, i, binary));
	}
	buf_add_string(sql, " HAVING count(*)>1 LIMIT 1");
}

/* The end of the quoted text that starts here, or NULL if it stays open. */
static const char *end_of_quote(const char *text)
{
	char quote = *text == '[' ? ']' : *text;
	const char *end = strchr(text + 1, quote);

	/* a doubled quote ends one text and begins the next: the same */
	return end ? end + 1 : NULL;
}

int select_check_expression(const char *expression, struct err *err)
{
	int depth = 0;

	for (const char *at = expression; *at;) {
		if (strchr("'\"`[", *at)) {
			at = end_of_quote(at);
			if (!at)
				return err_set(err, D1_EUSAGE,
					       "a quote stays open in '%s'",
					       expression);
			continue;
		}
		depth += *at == '(' ? 1 : *at == ')' ? -1 : 0;
		if (depth < 0 || strchr(";?:@", *at) ||
		    strncmp(at, "--", 2) == 0 || strncmp(at, "/*", 2) == 0)
			return err_set(err, D1_EUSAGE,
				       "'%s' is not one SQL expression",
				       expression);
		at++;
	}
	if (depth != 0 || expression[strspn(expression, " \t\n")] == '\0')
		return err_set(err, D1_EUSAGE, "'%s' is not one SQL expression",
			       expression);
	return 0;
}
