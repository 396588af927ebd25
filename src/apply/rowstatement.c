#include "config.h"

#include "apply/rowstatement.h"

#include <stdio.h>

#include "apply/jsoncell.h"
#include "apply/rowdigest.h"
#include "apply/target.h"
#include "model/sql.h"
#include "util/glob.h"

enum { SHOWN = 20, MAX_NAME = 1 << 16, MAX_SQL = 1 << 20 };

/* The rows of the JSON; no table of a user is likely to be called that. */
#define ROWS "git_d1_v"

/* The place in the JSON row of a statement's cell. */
static size_t place_of(const struct rowstatement *statement, size_t cell)
{
	return cell + (statement->counted ? 1 : 0);
}

static void add_column(struct buf *sql, const struct rowstatement *statement,
		       size_t cell)
{
	sql_add_name(sql, statement->columns[statement->cells[cell].cell]);
}

/* ---- the rows ---- */

static void add_rows(struct buf *before, struct buf *after,
		     const struct rowstatement *statement,
		     const unsigned int *forms, const char *stage)
{
	size_t places = place_of(statement, statement->ncells);
	unsigned int all = 0;

	for (size_t i = 0; i < places; i++)
		all |= forms[i];
	buf_add_string(before, "WITH " ROWS "(i");
	for (size_t i = 0; i < places; i++)
		buf_add_format(before, ",x%zu", i);
	/* together, old and new big values would be too long for a row */
	buf_add_format(before, ") AS %sMATERIALIZED (SELECT j.key",
		       all & CELL_STAGED ? "NOT " : "");
	for (size_t i = 0; i < places; i++) {
		buf_add_char(before, ',');
		jsoncell_add_decode(before, i, forms[i], stage);
	}
	buf_add_string(before, " FROM json_each(");
	buf_add_string(after, ") j) ");
}

/* ---- conditions ---- */

/* A condition on cell `i`: it finds the row, or it must be the same. */
static void add_condition(struct buf *sql, const struct rowstatement *statement,
			  size_t i, bool same, const unsigned int *forms)
{
	size_t place = place_of(statement, i);
	struct buf column;
	char x[64];

	buf_init(&column, MAX_NAME);
	buf_add_string(&column, statement->table);
	buf_add_char(&column, '.');
	add_column(&column, statement, i);
	snprintf(x, sizeof(x), ROWS ".x%zu", place);
	if (column.failed)
		sql->failed = true;
	else if (same)
		jsoncell_add_same(sql, column.data, x, forms[place]);
	else
		buf_add_format(sql, "%s=%s", column.data, x);
	buf_release(&column);
}

/* The conditions of `count` places, as a tree: a chain would be too deep. */
static void add_tree(struct buf *sql, const struct rowstatement *statement,
		     const size_t *places, size_t count,
		     const unsigned int *forms)
{
	if (count == 1) {
		add_condition(sql, statement, *places, true, forms);
		return;
	}
	buf_add_char(sql, '(');
	add_tree(sql, statement, places, count / 2, forms);
	buf_add_string(sql, " AND ");
	add_tree(sql, statement, places + count / 2, count - count / 2, forms);
	buf_add_char(sql, ')');
}

/*
 * The row is found by its key, through an index; bytes and types of the key
 * and of the other old cells are compared besides.
 */
static void add_match(struct buf *sql, const struct rowstatement *statement,
		      bool exactly, const unsigned int *forms)
{
	size_t same[ROWSTATEMENT_CELLS];
	size_t nsame = 0;
	bool any = false;

	for (size_t i = 0; i < statement->ncells; i++) {
		const struct rowcell *cell = &statement->cells[i];

		if (cell->key) {
			buf_add_string(sql, any ? " AND " : "");
			add_condition(sql, statement, i, false, forms);
			any = true;
		}
		if (!cell->set)
			same[nsame++] = i;
	}
	if (!exactly || nsame == 0)
		return;
	buf_add_string(sql, any ? " AND " : "");
	add_tree(sql, statement, same, nsame, forms);
}

/*
 * A row without a key: `+` takes the affinity away, so that SQLite can make an
 * index of the rows by itself.
 */
static void add_whole_match(struct buf *sql,
			    const struct rowstatement *statement,
			    const unsigned int *forms)
{
	size_t same[ROWSTATEMENT_CELLS];

	for (size_t i = 0; i < statement->ncells; i++) {
		same[i] = i;
		if (i > 7)
			continue;
		buf_add_format(sql, "+%s.", statement->table);
		add_column(sql, statement, i);
		buf_add_format(sql, " IS " ROWS ".x%zu AND ",
			       place_of(statement, i));
	}
	add_tree(sql, statement, same, statement->ncells, forms);
}

/* The condition that the rows with these keys are as the digest has them. */
static void add_digest(struct buf *sql, const struct rowstatement *statement,
		       const unsigned int *forms)
{
	struct buf rows;

	buf_init(&rows, MAX_SQL);
	buf_add_string(&rows, "SELECT " ROWS ".i AS g");
	row_digest_add_columns(&rows, statement->digest, statement->table);
	buf_add_format(&rows, " FROM " ROWS " CROSS JOIN %s ON ",
		       statement->table);
	add_match(&rows, statement, true, forms);
	if (rows.failed)
		sql->failed = true;
	else
		row_digest_add_sql(sql, statement->digest, rows.data);
	buf_release(&rows);
}

static void add_and_digest(struct buf *sql,
			   const struct rowstatement *statement,
			   const unsigned int *forms)
{
	if (!statement->digest)
		return;
	buf_add_string(sql, " AND ");
	add_digest(sql, statement, forms);
}

/* ---- statements ---- */

static void add_insert(struct buf *before, struct buf *after,
		       const struct rowstatement *statement,
		       const unsigned int *forms, const char *stage)
{
	/* whatever the table says of conflicts, no other row may go */
	buf_add_format(before, "INSERT OR ABORT INTO %s(", statement->table);
	for (size_t i = 0; i < statement->ncells; i++) {
		buf_add_string(before, i > 0 ? "," : "");
		add_column(before, statement, i);
	}
	buf_add_string(before, ") SELECT ");
	for (size_t i = 0; i < statement->ncells; i++) {
		buf_add_string(before, i > 0 ? "," : "");
		jsoncell_add_decode(before, i, forms[i], stage);
	}
	buf_add_string(before, " FROM json_each(");
	buf_add_string(after, ") j");
}

static bool sets(const struct rowstatement *statement, const char *column)
{
	for (size_t i = 0; i < statement->ncells; i++) {
		const struct rowcell *cell = &statement->cells[i];

		if (cell->set &&
		    name_equal(statement->columns[cell->cell], column))
			return true;
	}
	return false;
}

static void add_kept(struct buf *after, const struct rowstatement *statement)
{
	const struct table *kept = statement->kept;

	for (size_t i = 0; kept && i < kept->ncolumns; i++) {
		const struct column *column = &kept->columns[i];

		if (column->rowid || sets(statement, column->name))
			continue;
		buf_add_char(after, ',');
		sql_add_name(after, column->name);
		buf_add_format(after, "=%s.", statement->table);
		sql_add_name(after, column->name);
	}
}

static void add_update(struct buf *after, const struct rowstatement *statement,
		       const unsigned int *forms)
{
	bool any = false;

	buf_add_format(after, "UPDATE OR ABORT %s SET ", statement->table);
	for (size_t i = 0; i < statement->ncells; i++) {
		if (!statement->cells[i].set)
			continue;
		buf_add_string(after, any ? "," : "");
		add_column(after, statement, i);
		buf_add_format(after, "=" ROWS ".x%zu", place_of(statement, i));
		any = true;
	}
	add_kept(after, statement);
	buf_add_string(after, " FROM " ROWS " WHERE ");
	add_match(after, statement, true, forms);
	add_and_digest(after, statement, forms);
}

/* The columns that tell rows of the table apart, with its name or without. */
static void add_identity(struct buf *sql, const struct rowstatement *statement,
			 bool qualified)
{
	for (size_t i = 0; i < statement->nidentity; i++) {
		buf_add_string(sql, i > 0 ? "," : "");
		if (qualified)
			buf_add_format(sql, "%s.", statement->table);
		buf_add_string(sql, statement->identity[i]);
	}
}

/* " WHERE (its identity) IN (that of the rows that match)" */
static void add_where_match(struct buf *after,
			    const struct rowstatement *statement,
			    const unsigned int *forms)
{
	buf_add_string(after, " WHERE (");
	add_identity(after, statement, false);
	buf_add_string(after, ") IN (SELECT ");
	add_identity(after, statement, true);
	buf_add_format(after, " FROM " ROWS " CROSS JOIN %s ON ",
		       statement->table);
	if (statement->counted)
		add_whole_match(after, statement, forms);
	else
		add_match(after, statement, true, forms);
	buf_add_char(after, ')');
	add_and_digest(after, statement, forms);
}

static void add_counted_delete(struct buf *after,
			       const struct rowstatement *statement,
			       const unsigned int *forms)
{
	const char *table = statement->table;
	const char *rowid = statement->identity[0];

	buf_add_format(after,
		       "DELETE FROM %s WHERE %s IN (SELECT r FROM (SELECT "
		       "%s.%s AS r," ROWS ".x0 AS x0,row_number() OVER"
		       " (PARTITION BY " ROWS ".i ORDER BY %s.%s) AS n,"
		       "count(*) OVER (PARTITION BY " ROWS ".i) AS total"
		       " FROM %s CROSS JOIN " ROWS " ON ",
		       table, rowid, table, rowid, table, rowid, table);
	add_whole_match(after, statement, forms);
	buf_add_string(after,
		       ") WHERE n<=x0->>0 AND (x0->>1=0 OR x0->>1=total))");
}

static void add_copy(struct buf *after, const struct rowstatement *statement,
		     const unsigned int *forms)
{
	buf_add_format(after, "INSERT INTO %s SELECT %s FROM %s",
		       statement->into, statement->copied, statement->table);
	add_where_match(after, statement, forms);
}

/* Its planner may make an index of the child: it is asked once for all rows. */
static void add_referred(struct buf *after,
			 const struct rowstatement *statement,
			 const unsigned int *forms)
{
	const struct target_reference *reference = statement->reference;

	buf_add_format(after,
		       "SELECT " ROWS ".i FROM " ROWS " CROSS JOIN %s ON ",
		       statement->table);
	add_match(after, statement, false, forms);
	buf_add_string(after, " CROSS JOIN ");
	sql_add_name(after, reference->child->table->name);
	buf_add_string(after, " AS git_d1_child ON ");
	for (size_t i = 0; i < reference->ncolumns; i++) {
		buf_add_format(after, "%s%s.", i > 0 ? " AND " : "",
			       statement->table);
		sql_add_name(after, reference->to[i]);
		buf_add_string(after, "=git_d1_child.");
		sql_add_name(after, reference->from[i]);
	}
	buf_add_format(after, " LIMIT %d", SHOWN);
}

static void add_question(struct buf *after,
			 const struct rowstatement *statement,
			 const unsigned int *forms)
{
	if (statement->kind == ROWS_REFERRED) {
		add_referred(after, statement, forms);
		return;
	}
	if (statement->kind == ROWS_FEWER) {
		buf_add_format(after,
			       "SELECT " ROWS ".i FROM " ROWS " WHERE (SELECT "
			       "CASE WHEN %d AND " ROWS ".x0->>1>0 THEN "
			       "count(*)<>" ROWS ".x0->>1 ELSE count(*)<" ROWS
			       ".x0->>0 END FROM %s WHERE ",
			       statement->exact, statement->table);
		add_whole_match(after, statement, forms);
	} else {
		buf_add_format(after,
			       "SELECT " ROWS ".i FROM " ROWS
			       " WHERE %s EXISTS(SELECT 1 FROM %s WHERE ",
			       statement->kind == ROWS_MISSING ? "NOT" : "",
			       statement->table);
		add_match(after, statement, statement->kind == ROWS_MISSING,
			  forms);
	}
	buf_add_format(after, ") LIMIT %d", SHOWN);
}

static void add_guard(struct buf *before, struct buf *after,
		      const struct rowstatement *statement,
		      const unsigned int *forms, const char *stage)
{
	add_rows(before, after, statement, forms, stage);
	if (statement->kind == ROWS_SAME) {
		buf_add_string(after, "SELECT CASE WHEN ");
		add_digest(after, statement, forms);
		buf_add_format(after,
			       " THEN 1 ELSE json_extract('{}','%s') END",
			       statement->guard);
		return;
	}
	buf_truncate(after, after->len - 1);
	buf_add_string(after, ",git_d1_bad(i) AS (");
	add_question(after, statement, forms);
	buf_add_format(after,
		       ") SELECT CASE WHEN NOT EXISTS(SELECT 1 FROM git_d1_bad)"
		       " THEN 1 ELSE json_extract('{}','%s: '||"
		       "(SELECT group_concat(i) FROM git_d1_bad)) END",
		       statement->guard);
}

void rowstatement_add(struct buf *before, struct buf *after,
		      const struct rowstatement *statement,
		      const unsigned int *forms, const char *stage)
{
	if (statement->guard) {
		add_guard(before, after, statement, forms, stage);
		return;
	}
	if (statement->kind == ROWS_INSERT) {
		add_insert(before, after, statement, forms, stage);
		return;
	}
	add_rows(before, after, statement, forms, stage);
	switch (statement->kind) {
	case ROWS_UPDATE:
		add_update(after, statement, forms);
		break;
	case ROWS_COPY:
		add_copy(after, statement, forms);
		break;
	case ROWS_SET:
		buf_add_format(after, "UPDATE OR ABORT %s SET %s",
			       statement->table, statement->set);
		add_where_match(after, statement, forms);
		break;
	case ROWS_DELETE:
		buf_add_format(after, "DELETE FROM %s", statement->table);
		add_where_match(after, statement, forms);
		break;
	case ROWS_SAME:
		buf_add_string(after, "SELECT ifnull(");
		add_digest(after, statement, forms);
		buf_add_string(after, ",0)");
		break;
	case ROWS_DELETE_COUNTED:
		add_counted_delete(after, statement, forms);
		break;
	default:
		add_question(after, statement, forms);
		break;
	}
}
