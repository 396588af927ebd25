/*
 * The SELECT behind a scan: one writer for every engine, so that the same rows
 * come in the same order from each.
 */
#ifndef SOURCE_SELECT_H
#define SOURCE_SELECT_H

#include "source/source.h"
#include "util/buf.h"

/* The table's name, quoted. */
void select_add_table(struct buf *sql, const struct table *table);

/* The name that reads a column: its own, or that of the rowid. */
void select_add_column(struct buf *sql, const struct table *table,
		       size_t column);

/*
 * Appends " WHERE ..." for what the scan says of the rows, except its bounds
 * and key values, which each engine binds in its own way: those follow with
 * select_add_condition(). *any tells whether there is a WHERE already.
 */
void select_add_where(struct buf *sql, const struct scan *scan, bool *any);

/* Appends " WHERE " the first time, " AND " afterwards. */
void select_add_condition(struct buf *sql, bool *any);

/*
 * The name of the collation that orders key column `i`; `binary` names the one
 * that compares bytes.
 */
const char *select_collation(const struct scan *scan, size_t i,
			     const char *binary);

/* Appends " ORDER BY ..." for a keyed scan. */
void select_add_order(struct buf *sql, const struct scan *scan,
		      const char *binary);

/*
 * Appends a SELECT of one text: the first key that several rows of a keyed
 * scan have, as it is shown to people.
 */
void select_add_duplicate(struct buf *sql, const struct scan *scan,
			  const char *binary);

/*
 * Refuses a text that is not one SQL expression, as far as its shape tells:
 * open quotes or parentheses; outside quotes a `;`, a comment or a parameter.
 */
int select_check_expression(const char *expression, struct err *err) MUST_CHECK;

#endif
