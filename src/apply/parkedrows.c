#include "config.h"

#include "apply/parkedrows.h"

#include <strings.h>

#include "model/sql.h"
#include "util/arena.h"

enum { MAX_SQL = 1 << 20, D1_COLUMNS = 100 };

#define ROWID "git_d1_rowid"

/* The rowid is no column of the table, and has to be kept besides. */
static bool keeps_rowid(const struct plan_table *table)
{
	const struct target_table *target = table->target;
	const struct key *key = table_primary_key(target->table);

	return target->rowid &&
	       !(key && key->count == 1 &&
		 strcasecmp(target->table->columns[key->columns[0]].type,
			    "INTEGER") == 0);
}

void parkedrows_add_columns(struct buf *sql, const struct plan_table *table)
{
	const struct table *known = table->target->table;

	if (keeps_rowid(table))
		buf_add_format(sql, "%s,", known->rowid);
	for (size_t i = 0; i < known->ncolumns; i++) {
		buf_add_string(sql, i > 0 ? "," : "");
		sql_add_name(sql, known->columns[i].name);
	}
}

/* The columns among a parked row's that tell it apart where it came from. */
static void add_identity(struct buf *sql, const struct plan_table *table)
{
	const struct table *known = table->target->table;
	const struct key *key = table_primary_key(known);

	if (keeps_rowid(table)) {
		buf_add_string(sql, ROWID);
		return;
	}
	for (size_t i = 0; i < key->count; i++) {
		buf_add_string(sql, i > 0 ? "," : "");
		sql_add_name(sql, known->columns[key->columns[i]].name);
	}
}

static void add_keys(struct buf *sql, const struct plan_table *table,
		     const char *prefix)
{
	for (size_t i = 0; i < table->nkeys[0]; i++)
		buf_add_format(sql, "%s%s%s", i > 0 ? "," : "", prefix,
			       table->keys[0][i]);
}

static int send(struct step_sink *sink, struct buf *sql, struct err *err)
{
	if (buf_check(sql, "a statement", err) == 0)
		(void)!step_take(sink, sql->data, err);
	buf_clear(sql);
	return err->code;
}

/* ---- tables ---- */

/* Columns without a type take every value as it is. */
static int make_table(const struct plan_table *table, const char *name,
		      struct step_sink *sink, struct buf *sql, struct err *err)
{
	const struct table *known = table->target->table;

	if (known->ncolumns + keeps_rowid(table) > D1_COLUMNS ||
	    table->nkeys[1] == 0)
		return err_set(err, D1_EREFUSED,
			       "rows of table '%s' exchange unique or "
			       "referenced values, and it has too many columns",
			       known->name);
	buf_add_format(sql, "CREATE TABLE %s(", name);
	if (keeps_rowid(table))
		buf_add_string(sql, ROWID ",");
	for (size_t i = 0; i < known->ncolumns; i++) {
		buf_add_string(sql, i > 0 ? "," : "");
		sql_add_name(sql, known->columns[i].name);
	}
	buf_add_char(sql, ')');
	return send(sink, sql, err);
}

int parkedrows_make(const struct plan *plan, struct step_sink *sink,
		    struct err *err)
{
	const struct plan_table *table;
	struct buf sql;

	buf_init(&sql, MAX_SQL);
	for (table = plan->first; table && !err->code; table = table->next) {
		if (table->parked > 0 &&
		    make_table(table, table->own, sink, &sql, err) < 0)
			break;
		if (table->stays &&
		    make_table(table, table->stay, sink, &sql, err) < 0)
			break;
	}
	buf_release(&sql);
	return err->code;
}

/* ---- who refers to them ---- */

void parkedrows_add_reference(struct buf *sql,
			      const struct target_reference *reference,
			      const char *child, const char *parent)
{
	for (size_t i = 0; i < reference->ncolumns; i++) {
		enum collation collation = target_collation(reference, i);

		buf_add_string(sql, i > 0 ? " AND " : "");
		buf_add_format(sql, "%s.", child);
		sql_add_name(sql, reference->from[i]);
		buf_add_format(sql, "=%s.", parent);
		sql_add_name(sql, reference->to[i]);
		if (collation != COLLATION_BINARY)
			buf_add_format(sql, " COLLATE %s",
				       collation_name(collation));
	}
}

/* Copies rows of the child that refer to rows that `parent` holds. */
static int copy_children(const struct plan_table *child,
			 const struct target_reference *reference,
			 const char *parent, struct step_sink *sink,
			 struct buf *sql, struct err *err)
{
	buf_add_format(sql, "INSERT INTO %s SELECT ", child->stay);
	parkedrows_add_columns(sql, child);
	buf_add_format(sql, " FROM %s WHERE (", child->name);
	add_keys(sql, child, "");
	buf_add_string(sql, ") IN (SELECT ");
	add_keys(sql, child, "c.");
	buf_add_format(sql, " FROM %s p JOIN %s c ON ", parent, child->name);
	parkedrows_add_reference(sql, reference, "c", "p");
	buf_add_string(sql, ")");
	for (int i = 0; i < 2; i++) {
		if (i == 0 && child->parked == 0)
			continue;
		buf_add_string(sql, " AND (");
		add_keys(sql, child, "");
		buf_add_string(sql, ") NOT IN (SELECT ");
		add_identity(sql, child);
		buf_add_format(sql, " FROM %s)", i ? child->stay : child->own);
	}
	return send(sink, sql, err);
}

/* Adds the rows that refer to those in `into`, and to those, of one table. */
static int copy_descendants(const struct plan *plan,
			    const struct plan_table *table, const char *into,
			    struct step_sink *sink, struct buf *sql,
			    struct err *err)
{
	const struct target_reference *it;
	bool any = false;

	buf_add_format(sql, "INSERT INTO %s SELECT ", into);
	parkedrows_add_columns(sql, table);
	buf_add_format(sql, " FROM %s WHERE (", table->name);
	add_keys(sql, table, "");
	buf_add_string(sql, ") IN (WITH RECURSIVE git_d1_tree(");
	for (size_t i = 0; i < table->nkeys[0]; i++)
		buf_add_format(sql, "%sk%zu", i > 0 ? "," : "", i);
	buf_add_string(sql, ") AS (SELECT ");
	add_identity(sql, table);
	buf_add_format(sql, " FROM %s UNION SELECT ", into);
	add_keys(sql, table, "c.");
	buf_add_format(sql, " FROM git_d1_tree t JOIN %s p ON ", table->name);
	for (size_t i = 0; i < table->nkeys[0]; i++)
		buf_add_format(sql, "%sp.%s=t.k%zu", i > 0 ? " AND " : "",
			       table->keys[0][i], i);
	buf_add_format(sql, " JOIN %s c ON ", table->name);
	for (it = plan->target->references; it; it = it->next) {
		if (it->parent != table->target || it->child != table->target ||
		    it->on_delete == ACTION_NONE)
			continue;
		buf_add_string(sql, any ? " OR (" : "(");
		parkedrows_add_reference(sql, it, "c", "p");
		buf_add_char(sql, ')');
		any = true;
	}
	buf_add_string(sql, ") SELECT * FROM git_d1_tree) AND (");
	add_keys(sql, table, "");
	buf_add_string(sql, ") NOT IN (SELECT ");
	add_identity(sql, table);
	buf_add_format(sql, " FROM %s)", into);
	return send(sink, sql, err);
}

static const struct plan_table *parent_of(const struct plan *plan,
					  const struct target_reference *it)
{
	const struct plan_table *table = plan->first;

	while (table && table->target != it->parent)
		table = table->next;
	return table;
}

/* Copies the rows of a table that refer to others that go. */
static int copy_waiting(const struct plan *plan, const struct plan_table *table,
			struct step_sink *sink, struct buf *sql,
			struct err *err)
{
	const struct target_reference *it;

	for (it = plan->target->references; it; it = it->next) {
		const struct plan_table *parent = parent_of(plan, it);

		if (it->child != table->target || !parent || parent == table ||
		    it->on_delete == ACTION_NONE)
			continue;
		if (parent->parked > 0 &&
		    copy_children(table, it, parent->own, sink, sql, err) < 0)
			return err->code;
		if (parent->stays &&
		    copy_children(table, it, parent->stay, sink, sql, err) < 0)
			return err->code;
	}
	if (!table->refers_to_itself)
		return 0;
	return copy_descendants(plan, table, table->stay, sink, sql, err);
}

/* ---- going and coming back ---- */

static int delete_copied(const struct plan_table *table, const char *copy,
			 struct step_sink *sink, struct buf *sql,
			 struct err *err)
{
	buf_add_format(sql, "DELETE FROM %s WHERE (", table->name);
	add_keys(sql, table, "");
	buf_add_string(sql, ") IN (SELECT ");
	add_identity(sql, table);
	buf_add_format(sql, " FROM %s)", copy);
	return send(sink, sql, err);
}

int parkedrows_leave(const struct plan *plan, struct step_sink *sink,
		     struct err *err)
{
	const struct plan_table *table;
	struct buf sql;

	buf_init(&sql, MAX_SQL);
	for (table = plan->first; table && !err->code; table = table->next) {
		if (table->parked > 0 && table->refers_to_itself &&
		    copy_descendants(plan, table, table->own, sink, &sql, err) <
			    0)
			break;
		if (table->stays)
			(void)!copy_waiting(plan, table, sink, &sql, err);
	}
	for (table = plan->last; table && !err->code; table = table->previous) {
		if (table->stays &&
		    delete_copied(table, table->stay, sink, &sql, err) < 0)
			break;
		if (table->parked > 0)
			(void)!delete_copied(table, table->own, sink, &sql,
					     err);
	}
	buf_release(&sql);
	return err->code;
}

static int bring_back(const struct plan_table *table, const char *copy,
		      struct step_sink *sink, struct err *err)
{
	const struct table *known = table->target->table;
	struct buf columns, sql;

	buf_init(&columns, MAX_SQL);
	buf_init(&sql, MAX_SQL);
	for (size_t i = 0; i < known->ncolumns; i++) {
		if (known->columns[i].generated)
			continue;
		buf_add_string(&columns, columns.len > 0 ? "," : "");
		sql_add_name(&columns, known->columns[i].name);
	}
	if (buf_check(&columns, "a statement", err) < 0)
		goto out;
	/* as rowstatement.c says of conflicts */
	buf_add_format(&sql, "INSERT OR ABORT INTO %s(", table->name);
	if (keeps_rowid(table))
		buf_add_format(&sql, "%s,", known->rowid);
	buf_add_format(&sql, "%s) SELECT ", columns.data);
	if (keeps_rowid(table))
		buf_add_string(&sql, ROWID ",");
	buf_add_format(&sql, "%s FROM %s", columns.data, copy);
	if (send(sink, &sql, err) == 0)
		(void)!step_format(sink, err, "DROP TABLE %s", copy);
out:
	buf_release(&columns);
	buf_release(&sql);
	return err->code;
}

int parkedrows_return_waiting(const struct plan_table *table,
			      struct step_sink *sink, struct err *err)
{
	return table->stays ? bring_back(table, table->stay, sink, err) : 0;
}

int parkedrows_return_own(const struct plan_table *table,
			  struct step_sink *sink, struct err *err)
{
	return table->parked > 0 ? bring_back(table, table->own, sink, err) : 0;
}
