#include "config.h"

#include "apply/target.h"

#include <string.h>

#include "util/glob.h"

#define PEOPLES_TABLES \
	"l.schema = 'main' AND l.type = 'table'" \
	" AND l.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'" \
	" AND l.name NOT LIKE '\\_cf\\_%' ESCAPE '\\'"

static const char select_defaults[] =
	"SELECT l.name AS owner, x.name AS col FROM pragma_table_list l"
	" JOIN pragma_table_xinfo(l.name) x WHERE " PEOPLES_TABLES
	" AND x.dflt_value IS NOT NULL";

static const char select_uniques[] =
	"SELECT l.name AS owner, i.seq AS number, x.name AS col, x.coll"
	" FROM pragma_table_list l JOIN pragma_index_list(l.name) i"
	" JOIN pragma_index_xinfo(i.name) x WHERE " PEOPLES_TABLES
	" AND i.\"unique\" AND x.key ORDER BY l.name, i.seq, x.seqno";

static const char select_rowids[] =
	"SELECT l.name AS owner, l.wr FROM pragma_table_list l"
	" WHERE " PEOPLES_TABLES;

static const char select_references[] =
	"SELECT l.name AS owner, f.id, f.\"table\" AS parent, f.\"from\" AS"
	" child_column, f.\"to\" AS parent_column, f.on_update, f.on_delete"
	" FROM pragma_table_list l JOIN pragma_foreign_key_list(l.name) f"
	" WHERE " PEOPLES_TABLES " ORDER BY l.name, f.id, f.seq";

static const char select_triggers[] =
	"SELECT tbl_name AS owner, name, sql FROM sqlite_schema"
	" WHERE type = 'trigger' AND sql IS NOT NULL"
	" AND tbl_name NOT LIKE '\\_cf\\_%' ESCAPE '\\' ORDER BY rowid";

static const char select_definitions[] =
	"SELECT owner, json_group_array(json_array(type,name,tbl_name,sql))"
	" AS text FROM (SELECT lower(tbl_name) AS owner,type,name,tbl_name,sql"
	" FROM sqlite_schema WHERE tbl_name NOT LIKE '\\_cf\\_%' ESCAPE '\\'"
	" ORDER BY lower(tbl_name),type,name) GROUP BY owner";

/* What rows of an answer are put into. */
struct reading {
	struct target *target;
	int64_t number; /* of the index or foreign key that is read */
	struct target_table *table;
	struct target_unique *unique;
	struct target_reference *reference;
	struct target_reference **end;
};

static struct target_table *find(const struct target *target, const char *name)
{
	for (size_t i = 0; i < target->ntables; i++)
		if (name_equal(target->tables[i].table->name, name))
			return &target->tables[i];
	return NULL;
}

const struct target_table *target_table(const struct target *target,
					const char *name)
{
	return find(target, name);
}

bool target_names(const char *const *names, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (names[i] && name_equal(names[i], name))
			return true;
	return false;
}

enum collation target_collation(const struct target_reference *reference,
				size_t i)
{
	enum collation collation = COLLATION_BINARY;
	const struct target_unique *unique;

	for (unique = reference->parent->uniques; unique; unique = unique->next)
		for (size_t c = 0; c < unique->ncolumns; c++)
			if (unique->columns[c] &&
			    name_equal(unique->columns[c], reference->to[i]) &&
			    collation_from_name(unique->collations[c],
						&collation))
				return collation;
	return collation;
}

/* ---- cells of answers ---- */

/* The text of a cell, in the arena; NULL for NULL or if memory ran out. */
static const char *text_of(struct reading *reading, const struct value *cell,
			   struct err *err)
{
	const char *copy;

	if (cell->type != VALUE_TEXT)
		return NULL;
	copy = arena_copy(&reading->target->arena, cell->data, cell->size);
	if (!copy)
		err_set_nomem(err);
	return copy;
}

/* The table that the first cell names; NULL if it is none of the schema. */
static struct target_table *owner_of(struct reading *reading,
				     const struct row *row, size_t ncells,
				     struct err *err)
{
	const char *name;

	if (row->ncells != ncells) {
		err_set(err, D1_ERROR,
			"the schema came with %zu columns instead of %zu",
			row->ncells, ncells);
		return NULL;
	}
	name = text_of(reading, &row->cells[0], err);
	return name ? find(reading->target, name) : NULL;
}

static int64_t number_of(const struct value *cell)
{
	return cell->type == VALUE_INTEGER ? cell->integer : 0;
}

/* Appends to a list of names, which the arena owns. */
static int add_name(const char *const **names, size_t count, const char *name,
		    struct arena *arena, struct err *err)
{
	const char **longer = arena_array(arena, count + 1, sizeof(*longer));

	if (!longer)
		return err_set_nomem(err);
	if (count > 0)
		memcpy(longer, *names, count * sizeof(*longer));
	longer[count] = name;
	*names = longer;
	return 0;
}

/* ---- answers ---- */

static int take_default(void *context, const struct row *row, struct err *err)
{
	struct reading *reading = context;
	struct target_table *table = owner_of(reading, row, 2, err);
	const char *name = text_of(reading, &row->cells[1], err);
	size_t column;

	if (!table || !name)
		return err->code;
	column = table_column(table->table, name);
	if (column < table->table->ncolumns)
		((bool *)table->defaults)[column] = true;
	return 0;
}

static int take_rowid(void *context, const struct row *row, struct err *err)
{
	struct target_table *table = owner_of(context, row, 2, err);

	if (table)
		table->rowid =
			table->table->rowid && number_of(&row->cells[1]) == 0;
	return err->code;
}

static int take_unique(void *context, const struct row *row, struct err *err)
{
	struct reading *reading = context;
	struct arena *arena = &reading->target->arena;
	struct target_table *table = owner_of(reading, row, 4, err);
	struct target_unique *unique = reading->unique;
	const char *name, *collation;

	if (!table)
		return err->code;
	if (!unique || table != reading->table ||
	    number_of(&row->cells[1]) != reading->number) {
		unique = arena_alloc(arena, sizeof(*unique));
		if (!unique)
			return err_set_nomem(err);
		unique->next = table->uniques;
		table->uniques = unique;
		reading->unique = unique;
		reading->table = table;
		reading->number = number_of(&row->cells[1]);
	}
	name = text_of(reading, &row->cells[2], err);
	collation = text_of(reading, &row->cells[3], err);
	unique->opaque = unique->opaque || !name;
	if (err->code ||
	    add_name(&unique->columns, unique->ncolumns, name, arena, err) <
		    0 ||
	    add_name(&unique->collations, unique->ncolumns,
		     collation ? collation : "BINARY", arena, err) < 0)
		return err->code;
	unique->ncolumns++;
	return 0;
}

static enum target_action action_of(const char *text)
{
	if (text && strcmp(text, "CASCADE") == 0)
		return ACTION_CASCADE;
	if (text && strcmp(text, "SET NULL") == 0)
		return ACTION_SET_NULL;
	if (text && strcmp(text, "SET DEFAULT") == 0)
		return ACTION_SET_DEFAULT;
	return ACTION_NONE;
}

/* A foreign key that names no columns means its parent's primary key. */
static const char *parent_column(const struct target_reference *reference,
				 const char *name)
{
	const struct key *key;

	if (name || !reference->parent)
		return name;
	key = table_primary_key(reference->parent->table);
	if (!key || reference->ncolumns >= key->count)
		return NULL;
	return reference->parent->table
		->columns[key->columns[reference->ncolumns]]
		.name;
}

static int begin_reference(struct reading *reading, const struct row *row,
			   struct target_table *table, struct err *err)
{
	struct target_reference *reference =
		arena_alloc(&reading->target->arena, sizeof(*reference));
	const char *parent = text_of(reading, &row->cells[2], err);

	if (!reference || !parent)
		return err->code ? err->code : err_set_nomem(err);
	reference->child = table;
	reference->parent = find(reading->target, parent);
	reference->on_update = action_of(text_of(reading, &row->cells[5], err));
	reference->on_delete = action_of(text_of(reading, &row->cells[6], err));
	*reading->end = reference;
	reading->end = &reference->next;
	reading->reference = reference;
	reading->table = table;
	reading->number = number_of(&row->cells[1]);
	return err->code;
}

static int take_reference(void *context, const struct row *row, struct err *err)
{
	struct reading *reading = context;
	struct arena *arena = &reading->target->arena;
	struct target_table *table = owner_of(reading, row, 7, err);
	struct target_reference *reference;
	const char *from, *to;

	if (!table)
		return err->code;
	if ((!reading->reference || table != reading->table ||
	     number_of(&row->cells[1]) != reading->number) &&
	    begin_reference(reading, row, table, err) < 0)
		return err->code;
	reference = reading->reference;
	from = text_of(reading, &row->cells[3], err);
	to = parent_column(reference, text_of(reading, &row->cells[4], err));
	/* a key that fits no parent can never be fulfilled, nor act */
	if (!to)
		reference->parent = NULL;
	if (err->code ||
	    add_name(&reference->from, reference->ncolumns, from, arena, err) <
		    0 ||
	    add_name(&reference->to, reference->ncolumns, to, arena, err) < 0)
		return err->code;
	reference->ncolumns++;
	return 0;
}

static int take_trigger(void *context, const struct row *row, struct err *err)
{
	struct reading *reading = context;
	struct target_table *table = owner_of(reading, row, 3, err);
	struct target_trigger *trigger, **end;

	if (!table)
		return err->code;
	trigger = arena_alloc(&reading->target->arena, sizeof(*trigger));
	if (!trigger)
		return err_set_nomem(err);
	trigger->name = text_of(reading, &row->cells[1], err);
	trigger->sql = text_of(reading, &row->cells[2], err);
	for (end = &table->triggers; *end; end = &(*end)->next)
		;
	*end = trigger;
	return err->code;
}

static int take_definition(void *context, const struct row *row,
			   struct err *err)
{
	struct reading *reading = context;
	struct target_table *table = owner_of(reading, row, 2, err);

	if (table)
		table->definition = text_of(reading, &row->cells[1], err);
	return err->code;
}

/* ---- all of it ---- */

/* The rowid under another name is unique, though no index says so. */
static int add_rowid_key(struct target *target, struct target_table *table,
			 struct err *err)
{
	const struct key *key = table_primary_key(table->table);
	struct target_unique *unique;
	const char *name;

	if (!key || key->count != 1 || !table->rowid)
		return 0;
	name = table->table->columns[key->columns[0]].name;
	for (unique = table->uniques; unique; unique = unique->next)
		if (unique->ncolumns == 1 &&
		    target_names(unique->columns, 1, name))
			return 0;
	unique = arena_alloc(&target->arena, sizeof(*unique));
	if (!unique)
		return err_set_nomem(err);
	if (add_name(&unique->columns, 0, name, &target->arena, err) < 0 ||
	    add_name(&unique->collations, 0, "BINARY", &target->arena, err) < 0)
		return err->code;
	unique->ncolumns = 1;
	unique->next = table->uniques;
	table->uniques = unique;
	return 0;
}

static int list_tables(struct target *target, struct err *err)
{
	const struct schema *schema = target->source->schema;

	target->tables = arena_array(&target->arena, schema->ntables + 1,
				     sizeof(*target->tables));
	if (!target->tables)
		return err_set_nomem(err);
	target->ntables = schema->ntables;
	for (size_t i = 0; i < schema->ntables; i++) {
		const struct table *table = &schema->tables[i];

		target->tables[i].table = table;
		target->tables[i].rowid = table->kind == TABLE_VIRTUAL;
		target->tables[i].defaults =
			arena_array(&target->arena, table->ncolumns + 1,
				    sizeof(bool));
		if (!target->tables[i].defaults)
			return err_set_nomem(err);
	}
	return 0;
}

int target_read(struct target *target, struct source *source, struct err *err)
{
	struct reading uniques = { .target = target };
	struct reading references = { .target = target,
				      .end = &target->references };
	struct reading others = { .target = target };
	const struct source_query queries[] = {
		{ select_rowids, take_rowid, &others },
		{ select_defaults, take_default, &others },
		{ select_uniques, take_unique, &uniques },
		{ select_references, take_reference, &references },
		{ select_triggers, take_trigger, &others },
		{ select_definitions, take_definition, &others },
	};

	*target = (struct target){ .source = source };
	if (list_tables(target, err) < 0 ||
	    source_select_all(source, queries, ARRAY_SIZE(queries), err) < 0)
		return err->code;
	for (size_t i = 0; i < target->ntables; i++)
		if (add_rowid_key(target, &target->tables[i], err) < 0)
			return err->code;
	return 0;
}

void target_release(struct target *target)
{
	arena_release(&target->arena);
}
