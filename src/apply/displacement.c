#include "config.h"

#include "apply/displacement.h"

#include <string.h>

#include "model/sql.h"
#include "model/sqltoken.h"
#include "util/glob.h"

enum { MAX_SQL = 1 << 16 };

/* True if a foreign key acts when rows of the table are deleted. */
static bool leads_anywhere(const struct plan *plan,
			   const struct plan_table *table)
{
	const struct target_reference *it = plan->target->references;

	while (it &&
	       (it->parent != table->target || it->on_delete == ACTION_NONE))
		it = it->next;
	return it != NULL;
}

/* A CHECK might refuse the value. */
static bool has_check(const struct table *table)
{
	const char *sql = table->sql ? table->sql : "";
	struct sqltokens tokens = { .at = sql, .left = strlen(sql) };
	struct sqltoken token;

	while (sqltoken_next(&token, &tokens))
		if (token.kind == SQLTOKEN_WORD && sqltoken_is(&token, "CHECK"))
			return true;
	return false;
}

/* The cell of that column among those written, else table->ncolumns. */
static size_t cell_of(const struct plan_entry *entry, const char *name)
{
	size_t cell = changed_table_cell(entry->table, name);

	return cell < entry->table->ncolumns &&
			       cell_set_has(&entry->written, cell)
		       ? cell
		       : entry->table->ncolumns;
}

/* Rows are found by it, or others follow it. */
static bool is_needed(const struct plan *plan, const struct plan_table *table,
		      const char *name)
{
	const struct key *key = table_primary_key(table->target->table);
	const struct target_reference *it;

	for (size_t i = 0; key && i < key->count; i++)
		if (name_equal(
			    table->target->table->columns[key->columns[i]].name,
			    name))
			return true;
	for (it = plan->target->references; it; it = it->next)
		if (it->parent == table->target &&
		    it->on_update != ACTION_NONE &&
		    target_names(it->to, it->ncolumns, name))
			return true;
	for (const struct plan_entry *entry = table->entries; entry;
	     entry = entry->next) {
		const struct changed_table *changed = entry->table;
		size_t cell = cell_of(entry, name);

		/* what is not among the changes could not be given back */
		if (cell == changed->ncolumns)
			return true;
		for (size_t i = 0; i < changed->nkey; i++)
			if (changed->key[i] == cell)
				return true;
	}
	return false;
}

/*
 * The place of a column of the index that can have NULL, else one that can
 * have any text; table->ncolumns if there is none.
 */
static size_t find_column(const struct plan *plan,
			  const struct plan_table *table,
			  const struct target_unique *unique)
{
	const struct table *known = table->target->table;
	size_t found = known->ncolumns;

	for (size_t i = 0; i < unique->ncolumns; i++) {
		const char *name = unique->columns[i];
		size_t column =
			name ? table_column(known, name) : known->ncolumns;

		if (column == known->ncolumns ||
		    known->columns[column].generated ||
		    is_needed(plan, table, name))
			continue;
		if (!known->columns[column].not_null)
			return column;
		if (known->columns[column].affinity == AFFINITY_TEXT)
			found = column;
	}
	return found;
}

/* The key of the changes, which rows keep. */
static bool is_key(const struct plan_table *table,
		   const struct target_unique *unique)
{
	const struct changed_table *changed = table->entries->table;

	for (size_t i = 0; i < changed->nkey; i++)
		if (!target_names(unique->columns, unique->ncolumns,
				  changed->columns[changed->key[i]]))
			return false;
	return changed->nkey == unique->ncolumns;
}

static void add_set(struct buf *set, const struct plan *plan,
		    const struct plan_table *table, const struct column *column)
{
	buf_add_string(set, set->len > 0 ? "," : "");
	sql_add_name(set, column->name);
	if (column->not_null)
		buf_add_format(set, "='git-d1 %s '||%s", plan->nonce,
			       table->target->table->rowid);
	else
		buf_add_string(set, "=NULL");
}

/* Appends what is set; false if an index has no column for it. */
static bool add_displacement(struct buf *set, const struct plan *plan,
			     const struct plan_table *table)
{
	const struct table *known = table->target->table;
	const struct target_unique *unique;

	for (unique = table->target->uniques; unique; unique = unique->next) {
		const struct column *column;
		size_t position;

		if (is_key(table, unique))
			continue;
		position = find_column(plan, table, unique);
		if (position == known->ncolumns)
			return false;
		column = &known->columns[position];
		add_set(set, plan, table, column);
		for (struct plan_entry *entry = table->entries; entry;
		     entry = entry->next)
			cell_set_add(&entry->displaced,
				     cell_of(entry, column->name));
	}
	return set->len > 0;
}

int displace_rows(struct plan *plan, struct plan_table *table, struct err *err)
{
	struct buf set;

	if (table->moves || !table->target->rowid ||
	    !leads_anywhere(plan, table) || has_check(table->target->table))
		return 0;
	buf_init(&set, MAX_SQL);
	if (add_displacement(&set, plan, table) &&
	    buf_check(&set, "a statement", err) == 0) {
		table->displacement = arena_string(&plan->arena, set.data);
		if (!table->displacement)
			err_set_nomem(err);
		table->displaced = table->parked;
		table->parked = 0;
	}
	buf_release(&set);
	return err->code;
}
