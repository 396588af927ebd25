#include "config.h"

#include "apply/shape.h"

#include <stdio.h>

static int describe_file(struct shape *shape, const struct table *table,
			 struct arena *arena, struct err *err)
{
	struct column *columns =
		arena_array(arena, table->ncolumns ? table->ncolumns : 1,
			    sizeof(*columns));

	if (!columns)
		return err_set_nomem(err);
	for (size_t i = 0; i < table->ncolumns; i++) {
		columns[i] = table->columns[i];
		columns[i].absent = columns[i].generated;
		columns[i].unreadable = NULL;
	}
	shape->as_file = *table;
	shape->as_file.columns = columns;
	return 0;
}

static int pair_with_file(struct shape *shape, const struct table *table,
			  const struct pair_rules *rules, struct arena *arena,
			  struct err *err)
{
	const struct table_pair *pair = &shape->pair;

	if (describe_file(shape, table, arena, err) < 0 ||
	    pair_tables(&shape->pair, &shape->as_file, table, rules, arena,
			err) < 0)
		return err->code;
	if (!pair->reason)
		return 0;
	err_set(err, D1_EREFUSED, "table '%s' cannot be kept in a snapshot: %s",
		table->name, pair->reason);
	if (pair->remedy)
		err_hint(err, "%s", pair->remedy);
	return err->code;
}

bool shape_lists_columns(const struct table *table, size_t ncolumns)
{
	if (table->kind == TABLE_VIRTUAL)
		return true; /* the rowid is among those written */
	for (size_t i = 0; i < table->ncolumns; i++)
		if (table->columns[i].generated)
			return true;
	return ncolumns != table->ncolumns;
}

static int fill_masks(struct shape *shape, struct arena *arena, struct err *err)
{
	const struct pair_side *side = &shape->pair.sides[NEW];
	struct datafile_header *header = &shape->header;
	size_t *masked =
		arena_array(arena, side->ncolumns + 1, sizeof(*masked));

	if (!masked)
		return err_set_nomem(err);
	for (size_t i = 0; i < side->ncolumns; i++)
		if (side->masked[i])
			masked[header->nmasked++] = i;
	header->masked = masked;
	if (header->nmasked > 0)
		snprintf(header->key_id, sizeof(header->key_id), "%s",
			 side->nplain > 0 ? shape->pair.mask_key->id
					  : side->table->mask_key_id);
	return 0;
}

int shape_make(struct shape *shape, const struct table *table,
	       const struct pair_rules *rules, struct arena *arena,
	       struct err *err)
{
	const struct pair_side *side = &shape->pair.sides[NEW];
	struct datafile_header *header = &shape->header;
	const char **columns;

	*shape = (struct shape){ .header = { .nkey = 0 } };
	if (pair_with_file(shape, table, rules, arena, err) < 0)
		return err->code;
	columns = arena_array(arena, side->ncolumns + 1, sizeof(*columns));
	if (!columns)
		return err_set_nomem(err);
	for (size_t i = 0; i < side->ncolumns; i++)
		columns[i] = table->columns[side->columns[i]].name;
	header->table = table->name;
	header->columns = columns;
	header->ncolumns = side->ncolumns;
	header->key = side->key;
	header->nkey = shape->pair.nkey;
	header->explicit_columns = shape_lists_columns(table, side->ncolumns);
	return fill_masks(shape, arena, err);
}
