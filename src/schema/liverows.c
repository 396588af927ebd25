#include "config.h"

#include "schema/liverows.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "model/sql.h"

enum { MAX_SQL = 1 << 26, LISTED = 3 };

/* ---- names ---- */

static bool is_renamed(const struct planner *planner, const char *table)
{
	const struct schemaplan *plan = planner->plan;

	for (size_t i = 0; i < plan->nrenamed; i++) {
		const struct schemaplan_renamed *renamed = &plan->renamed[i];

		if (strcasecmp(renamed->table ? renamed->table : renamed->to,
			       table) == 0)
			return true;
	}
	return false;
}

void liverows_add_table(struct buf *sql, const struct planner *planner,
			const char *table, const struct tabledef *def)
{
	if (!is_renamed(planner, table)) {
		sql_add_name(sql, table);
		return;
	}
	buf_add_string(sql, "(SELECT ");
	for (size_t i = 0; i < def->ncolumns; i++) {
		const char *name = def->columns[i].name;

		buf_add_string(sql, i ? ", " : "");
		sql_add_name(sql,
			     schemaplan_old_name(planner->plan, table, name));
		buf_add_string(sql, " AS ");
		sql_add_name(sql, name);
	}
	buf_add_string(sql, " FROM ");
	sql_add_name(sql, schemaplan_old_name(planner->plan, NULL, table));
	buf_add_char(sql, ')');
}

/* ---- counting ---- */

static int take_count(void *context, const struct row *row, struct err *err)
{
	uint64_t *count = context;

	(void)err;
	if (row->ncells == 1 && row->cells[0].type == VALUE_INTEGER)
		*count = (uint64_t)row->cells[0].integer;
	return 0;
}

int liverows_count(uint64_t *count, const struct planner *planner,
		   const char *table, struct err *err)
{
	struct buf sql;

	*count = 0;
	buf_init(&sql, MAX_SQL);
	buf_add_string(&sql, "SELECT count(*) AS n FROM ");
	sql_add_name(&sql, schemaplan_old_name(planner->plan, NULL, table));
	if (buf_check(&sql, "a question", err) == 0)
		(void)!source_select(planner->options->live, sql.data,
				     take_count, count, err);
	buf_release(&sql);
	return err->code;
}

/* ---- finding ---- */

static int take_row(void *context, const struct row *row, struct err *err)
{
	struct liverows *rows = context;
	size_t used = strlen(rows->first);
	const struct value *cell = &row->cells[0];

	(void)err;
	if (row->ncells != 1 || cell->type != VALUE_TEXT)
		return 0;
	snprintf(rows->first + used, sizeof(rows->first) - used, "%s%.*s",
		 rows->listed++ ? "; " : "",
		 cell->size > 100 ? 100 : (int)cell->size,
		 (const char *)cell->data);
	return 0;
}

/* The names are those of the database if `is_old`, else those of after. */
static void add_identity(struct buf *sql, const struct planner *planner,
			 const char *table, const struct tabledef *def,
			 bool is_old, bool has_rowid)
{
	const struct tabledef_constraint *key = tabledef_primary_key(def);

	if (!key && has_rowid) {
		buf_add_string(sql, "'rowid=' || rowid");
		return;
	}
	for (size_t i = 0; i < (key ? key->ncolumns : 1); i++) {
		const char *name = key ? key->columns[i] : def->columns[0].name;

		buf_add_string(sql, i ? " || ', ' || " : "");
		buf_add_char(sql, '\'');
		for (const char *at = name; *at; at++) {
			if (*at == '\'')
				buf_add_char(sql, '\'');
			buf_add_char(sql, *at);
		}
		buf_add_string(sql, "=' || quote(");
		if (is_old)
			name = schemaplan_old_name(planner->plan, table, name);
		sql_add_name(sql, name);
		buf_add_char(sql, ')');
	}
}

void liverows_add_identity(struct buf *sql, const struct planner *planner,
			   const char *table, const struct tabledef *def)
{
	add_identity(sql, planner, table, def, true, !def->without_rowid);
}

/* Appends what follows the columns of a SELECT. */
static void add_rest(struct buf *sql, const char *from, const char *where)
{
	buf_add_format(sql, " FROM %s WHERE %s", from, where);
}

int liverows_find_in(struct liverows *rows, struct planner *planner,
		     const char *from, const char *identity, const char *where,
		     struct err *err)
{
	struct source *live = planner->options->live;
	struct buf sql;

	*rows = (struct liverows){ .count = 0 };
	buf_init(&sql, MAX_SQL);
	buf_add_string(&sql, "SELECT count(*) AS n");
	add_rest(&sql, from, where);
	if (buf_check(&sql, "a question", err) == 0)
		(void)!source_select(live, sql.data, take_count, &rows->count,
				     err);
	if (!err->code && rows->count > 0) {
		buf_clear(&sql);
		buf_add_format(&sql, "SELECT %s AS row", identity);
		add_rest(&sql, from, where);
		buf_add_format(&sql, " LIMIT %d", LISTED);
		if (buf_check(&sql, "a question", err) == 0)
			(void)!source_select(live, sql.data, take_row, rows,
					     err);
	}
	buf_release(&sql);
	return err->code;
}

int liverows_find(struct liverows *rows, struct planner *planner,
		  const char *table, const struct tabledef *def,
		  const char *where, struct err *err)
{
	struct buf from, identity;

	buf_init(&from, MAX_SQL);
	buf_init(&identity, MAX_SQL);
	liverows_add_table(&from, planner, table, def);
	if (is_renamed(planner, table)) {
		buf_add_string(&from, " AS ");
		sql_add_name(&from, table);
	}
	add_identity(&identity, planner, table, def, false,
		     !def->without_rowid && !is_renamed(planner, table));
	if (buf_check(&from, "a question", err) == 0 &&
	    buf_check(&identity, "a question", err) == 0)
		(void)!liverows_find_in(rows, planner, from.data, identity.data,
					where, err);
	buf_release(&from);
	buf_release(&identity);
	return err->code;
}
