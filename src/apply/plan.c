#include "config.h"

#include "apply/plan.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

#include "apply/displacement.h"
#include "apply/firing.h"
#include "apply/parking.h"
#include "apply/survey.h"
#include "cf/statement.h"
#include "model/sql.h"

enum { MAX_COLUMNS = 120, MAX_NAME = 1 << 16 };

/* States of a table while the order is found. */
enum { UNSEEN, UNDER_WAY, PLACED };

/* ---- tables ---- */

/* The name as SQL has it, in the plan's arena. */
static char *quoted(struct plan *plan, const char *name, struct err *err)
{
	char *copy = NULL;
	struct buf text;

	buf_init(&text, MAX_NAME);
	sql_add_name(&text, name);
	if (!text.failed)
		copy = arena_string(&plan->arena, text.data);
	buf_release(&text);
	if (!copy)
		err_set_nomem(err);
	return copy;
}

static struct plan_table *find_table(const struct plan *plan,
				     const struct target_table *target)
{
	struct plan_table *table = plan->first;

	while (table && table->target != target)
		table = table->next;
	return table;
}

/* A name that means the rowid and is no column's; NULL if all are taken. */
static const char *rowid_name(const struct table *table)
{
	static const char *const names[] = { "rowid", "_rowid_", "oid" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (table_column(table, names[i]) == table->ncolumns)
			return names[i];
	return NULL;
}

/* Parked rows are in a table with a rowid of its own. */
static int set_identity(struct plan *plan, struct plan_table *table,
			struct err *err)
{
	const struct table *known = table->target->table;
	const struct key *key = table_primary_key(known);
	const char **names;

	table->identity[1] = rowid_name(known);
	table->keys[1] = &table->identity[1];
	table->nkeys[1] = table->identity[1] ? 1 : 0;
	if (table->target->rowid) {
		table->identity[0] = known->rowid;
		table->keys[0] = &table->identity[0];
		table->nkeys[0] = 1;
		return 0;
	}
	if (!key)
		return err_set(err, D1_EREFUSED,
			       "the rows of table '%s' cannot be told apart: "
			       "columns hide its rowid",
			       known->name);
	names = arena_array(&plan->arena, key->count, sizeof(*names));
	if (!names)
		return err_set_nomem(err);
	for (size_t i = 0; i < key->count; i++)
		names[i] =
			quoted(plan, known->columns[key->columns[i]].name, err);
	table->keys[0] = names;
	table->nkeys[0] = key->count;
	return err->code;
}

static struct plan_table *
add_table(struct plan *plan, const struct target_table *target, struct err *err)
{
	struct plan_table *table = find_table(plan, target);
	size_t number = plan->last ? plan->last->number + 1 : 0;

	if (table)
		return table;
	table = arena_alloc(&plan->arena, sizeof(*table));
	if (!table) {
		err_set_nomem(err);
		return NULL;
	}
	table->target = target;
	table->number = number;
	table->name = quoted(plan, target->table->name, err);
	table->own = arena_format(&plan->arena, "git_d1_parked_%s_%zu",
				  plan->nonce, number);
	table->stay = arena_format(&plan->arena, "git_d1_waiting_%s_%zu",
				   plan->nonce, number);
	if (!table->own || !table->stay)
		err_set_nomem(err);
	if (err->code || set_identity(plan, table, err) < 0)
		return NULL;
	table->previous = plan->last;
	if (plan->last)
		plan->last->next = table;
	else
		plan->first = table;
	plan->last = table;
	return table;
}

/* ---- entries ---- */

static bool is_rowid_alias(const struct target_table *target, size_t column)
{
	const struct key *key = table_primary_key(target->table);

	return target->rowid && key && key->count == 1 &&
	       key->columns[0] == column &&
	       strcasecmp(target->table->columns[column].type, "INTEGER") == 0;
}

static bool is_written_column(const struct plan_entry *entry, const char *name)
{
	size_t cell = changed_table_cell(entry->table, name);

	return cell < entry->table->ncolumns &&
	       cell_set_has(&entry->written, cell);
}

/* A row cannot be inserted without a column that has to have a value. */
static int check_inserts(const struct plan_entry *entry,
			 const struct target_table *target, struct err *err)
{
	if (changes_count(entry->changes, entry->place, CHANGE_INSERT) == 0)
		return 0;
	for (size_t i = 0; i < target->table->ncolumns; i++) {
		const struct column *column = &target->table->columns[i];

		if (!column->not_null || column->generated || column->rowid ||
		    target->defaults[i] || is_rowid_alias(target, i) ||
		    is_written_column(entry, column->name))
			continue;
		err_set(err, D1_EREFUSED,
			"rows cannot be inserted into table '%s': column '%s' "
			"must have a value, and it is masked, ignored or "
			"missing here",
			target->table->name, column->name);
		return err_hint(err, "give the column a default, or compare it "
				     "too");
	}
	return 0;
}

/* True if an index keeps two rows from having the key. */
static bool is_enforced(const struct plan_entry *entry,
			const struct target_table *target)
{
	const struct changed_table *table = entry->table;
	const struct target_unique *unique;

	if (target->table->kind == TABLE_VIRTUAL)
		return true;
	for (unique = target->uniques; unique; unique = unique->next) {
		size_t found = 0;

		for (size_t i = 0; i < table->nkey; i++)
			if (target_names(unique->columns, unique->ncolumns,
					 table->columns[table->key[i]]))
				found++;
		if (found == unique->ncolumns && found == table->nkey)
			return true;
	}
	return false;
}

static int fill_entry(struct plan_entry *entry,
		      const struct target_table *target, struct err *err)
{
	const struct changed_table *table = entry->table;

	if (table->ncolumns > MAX_COLUMNS)
		return err_set(err, D1_EREFUSED,
			       "table '%s' has more columns than D1 takes",
			       table->name);
	for (size_t i = 0; i < table->ncolumns; i++) {
		size_t column = table_column(target->table, table->columns[i]);

		if (column == target->table->ncolumns)
			return err_set(err, D1_EREFUSED,
				       "table '%s' of the target has no column "
				       "'%s'",
				       table->name, table->columns[i]);
		if (!target->table->columns[column].generated &&
		    (!table->uses || table->uses[i] == COLUMN_WRITTEN))
			cell_set_add(&entry->written, i);
	}
	entry->unenforced = table->nkey > 0 && !is_enforced(entry, target);
	return check_inserts(entry, target, err);
}

static int add_entry(struct plan *plan, struct changes *changes, size_t place,
		     struct err *err)
{
	const struct changed_table *table = changes_table(changes, place);
	const struct target_table *target =
		target_table(plan->target, table->name);
	struct plan_entry *entry, **end;

	if (!target || (target->table->kind != TABLE_PLAIN &&
			target->table->kind != TABLE_VIRTUAL))
		return err_set(err, D1_ENOTFOUND,
			       "the target has no table '%s' to write to",
			       table->name);
	entry = arena_alloc(&plan->arena, sizeof(*entry));
	if (!entry)
		return err_set_nomem(err);
	entry->changes = changes;
	entry->place = place;
	entry->table = table;
	entry->number = plan->nentries;
	entry->owner = add_table(plan, target, err);
	if (!entry->owner || fill_entry(entry, target, err) < 0)
		return err->code;
	for (end = &entry->owner->entries; *end; end = &(*end)->next)
		;
	*end = entry;
	plan->entries[plan->nentries++] = entry;
	return 0;
}

static bool has_changes(const struct changes *changes, size_t place)
{
	for (int op = CHANGE_INSERT; op <= CHANGE_UPDATE; op++)
		if (changes_count(changes, place, op) > 0)
			return true;
	return false;
}

static int add_entries(struct plan *plan, struct changes *const *lists,
		       size_t nlists, struct err *err)
{
	size_t most = 0;

	for (size_t i = 0; i < nlists; i++)
		most += changes_tables(lists[i]);
	plan->entries =
		arena_array(&plan->arena, most + 1, sizeof(*plan->entries));
	if (!plan->entries)
		return err_set_nomem(err);
	for (size_t i = 0; i < nlists; i++)
		for (size_t t = 0; t < changes_tables(lists[i]); t++)
			if (has_changes(lists[i], t) &&
			    add_entry(plan, lists[i], t, err) < 0)
				return err->code;
	return 0;
}

/* ---- who acts on whom ---- */

/* True if deleting rows of `parent` may lead to rows of `child`. */
static bool leads_to(const struct plan *plan, const struct target_table *parent,
		     const struct target_table *child, size_t depth)
{
	const struct target_reference *it;

	if (depth == 0)
		return false;
	for (it = plan->target->references; it; it = it->next)
		if (it->parent == parent && it->on_delete != ACTION_NONE &&
		    (it->child == child ||
		     (it->child != parent &&
		      leads_to(plan, it->child, child, depth - 1))))
			return true;
	return false;
}

enum { MAX_DEPTH = 12 };

static void find_actions(struct plan *plan)
{
	const struct target_reference *it;

	for (struct plan_table *table = plan->first; table;
	     table = table->next) {
		for (it = plan->target->references; it; it = it->next) {
			if (it->parent != table->target ||
			    it->on_delete == ACTION_NONE)
				continue;
			if (it->child == table->target)
				table->refers_to_itself = true;
			if (find_table(plan, it->child))
				table->deletes_last = true;
		}
		table->loose_deletes =
			leads_to(plan, table->target, table->target, MAX_DEPTH);
	}
}

/* The children of a table wait while rows of it are parked. */
static int add_children(struct plan *plan, const struct plan_table *table,
			bool *any, struct err *err)
{
	const struct target_reference *it;

	for (it = plan->target->references; it; it = it->next) {
		struct plan_table *child;

		if (it->parent != table->target ||
		    it->on_delete == ACTION_NONE || it->child == table->target)
			continue;
		child = add_table(plan, it->child, err);
		if (!child)
			return err->code;
		*any = *any || !child->stays;
		child->stays = true;
		if (leads_to(plan, child->target, child->target, 1))
			child->refers_to_itself = true;
	}
	return 0;
}

/* Tables whose rows wait while rows of their parents are parked. */
static int add_waiting(struct plan *plan, struct err *err)
{
	bool any;

	do {
		any = false;
		for (struct plan_table *table = plan->first; table;
		     table = table->next) {
			if (table->parked == 0 && !table->stays)
				continue;
			if (table->loose_deletes && !table->refers_to_itself)
				return err_set(err, D1_EREFUSED,
					       "rows of table '%s' exchange "
					       "unique or referenced values, "
					       "and foreign keys lead from it "
					       "in a circle of tables",
					       table->target->table->name);
			if (add_children(plan, table, &any, err) < 0)
				return err->code;
		}
	} while (any);
	return 0;
}

/* ---- order ---- */

static void append(struct plan_table **first, struct plan_table **last,
		   struct plan_table *table)
{
	table->previous = *last;
	table->next = NULL;
	if (*last)
		(*last)->next = table;
	else
		*first = table;
	*last = table;
}

/* Places a table after those it refers to. */
static void place(struct plan *plan, struct plan_table *const *tables,
		  size_t count, struct plan_table *table,
		  struct plan_table **first, struct plan_table **last)
{
	const struct target_reference *it;

	if (table->state != UNSEEN)
		return;
	table->state = UNDER_WAY;
	for (it = plan->target->references; it; it = it->next) {
		if (it->child != table->target)
			continue;
		for (size_t i = 0; i < count; i++)
			if (tables[i]->target == it->parent)
				place(plan, tables, count, tables[i], first,
				      last);
	}
	table->state = PLACED;
	append(first, last, table);
}

static int order(struct plan *plan, struct err *err)
{
	struct plan_table *first = NULL, *last = NULL;
	struct plan_table **tables;
	size_t count = 0;

	for (struct plan_table *it = plan->first; it; it = it->next)
		count++;
	tables = arena_array(&plan->arena, count + 1,
			     sizeof(struct plan_table *));
	if (!tables)
		return err_set_nomem(err);
	count = 0;
	for (struct plan_table *it = plan->first; it; it = it->next)
		tables[count++] = it;
	for (size_t i = 0; i < count; i++)
		place(plan, tables, count, tables[i], &first, &last);
	plan->first = first;
	plan->last = last;
	return 0;
}

/* ---- all of it ---- */

static int make_nonce(struct plan *plan, struct err *err)
{
	uint64_t random;

	if (getrandom(&random, sizeof(random), 0) != sizeof(random))
		return err_set_errno(err, "no random number can be had");
	snprintf(plan->nonce, sizeof(plan->nonce), "%016" PRIx64, random);
	return 0;
}

static int survey(struct plan *plan, struct err *err)
{
	for (struct plan_table *table = plan->first; table;
	     table = table->next) {
		if (survey_table(plan, table, err) < 0)
			return err->code;
		if (table->parked > 0 && displace_rows(plan, table, err) < 0)
			return err->code;
		/* which of them refer to the parked ones only D1 can tell */
		if (table->parked > 0 && table->refers_to_itself &&
		    survey_park_all(plan, table, err) < 0)
			return err->code;
		if (table->parked + table->displaced > 0 &&
		    plan->options.fire_triggers)
			return err_set(err, D1_EREFUSED,
				       "rows of table '%s' exchange unique or "
				       "referenced values, which would fire "
				       "triggers for no change",
				       table->target->table->name);
	}
	return 0;
}

int plan_make(struct plan *plan, const struct target *target,
	      struct changes *const *lists, size_t nlists,
	      const struct plan_options *options, struct err *err)
{
	*plan = (struct plan){ .target = target, .options = *options };
	if (make_nonce(plan, err) < 0 ||
	    parking_open(&plan->parking, err) < 0 ||
	    add_entries(plan, lists, nlists, err) < 0)
		return err->code;
	find_actions(plan);
	if (survey(plan, err) < 0 || add_waiting(plan, err) < 0 ||
	    order(plan, err) < 0)
		return err->code;
	return firing_find(plan, err);
}

bool plan_wants_digest(const struct plan *plan, const struct plan_load *load,
		       int side)
{
	/* of a digest; and of a row that is not worth its time */
	enum { DIGEST = 24000, SHORT_ROW = 12 };

	return plan->options.always_digests ||
	       load->bytes[side] > DIGEST + SHORT_ROW * load->rows;
}

void plan_release(struct plan *plan)
{
	parking_close(plan->parking);
	arena_release(&plan->arena);
	*plan = (struct plan){ .parking = NULL };
}
