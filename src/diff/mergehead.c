#include "config.h"

#include "diff/mergehead.h"

#include <string.h>

#include "diff/mergestream.h"
#include "util/glob.h"

struct making {
	struct mergehead *head;
	const struct datafile_header *const *headers;
	const char **names[MERGE_SIDES]; /* as head->names */
	struct arena *arena;
	struct err *err;
};

/* ---- the table and its key ---- */

static int merge_table(struct making *making)
{
	const struct datafile_header *base = making->headers[MERGE_BASE];
	const char *ours = making->headers[MERGE_OURS]->table;
	const char *theirs = making->headers[MERGE_THEIRS]->table;

	making->head->header.table = ours;
	if (strcmp(ours, theirs) == 0 || (base && !strcmp(theirs, base->table)))
		return 0;
	making->head->header.table = theirs;
	if (base && strcmp(ours, base->table) == 0)
		return 0;
	return err_set(making->err, D1_ERROR,
		       "it is table '%s' in ours and table '%s' in theirs",
		       ours, theirs);
}

static bool same_key(const struct datafile_header *a,
		     const struct datafile_header *b)
{
	if (a->nkey != b->nkey)
		return false;
	for (size_t i = 0; i < a->nkey; i++)
		if (!name_equal(a->columns[a->key[i]], b->columns[b->key[i]]))
			return false;
	return true;
}

static int merge_key(struct making *making)
{
	const struct datafile_header *ours = making->headers[MERGE_OURS];
	struct datafile_header *result = &making->head->header;
	const char **names =
		arena_array(making->arena, ours->nkey, sizeof(*names));
	size_t *key = arena_array(making->arena, ours->nkey, sizeof(*key));

	if (!names || !key)
		return err_set_nomem(making->err);
	for (int side = 0; side < MERGE_SIDES; side++)
		if (making->headers[side] &&
		    !same_key(making->headers[side], ours))
			return err_set(making->err, D1_ERROR,
				       "the key of table '%s' is not the same "
				       "on all sides",
				       ours->table);
	for (size_t i = 0; i < ours->nkey; i++) {
		names[i] = ours->columns[ours->key[i]];
		key[i] = merge_find_column(result->columns, result->ncolumns,
					   names[i]);
	}
	making->head->key = names;
	result->key = key;
	result->nkey = ours->nkey;
	return 0;
}

/* ---- masks ---- */

/* The id of the key that masks the column, "" if none does. */
static const char *mask_of(const struct datafile_header *header, size_t column)
{
	for (size_t i = 0; i < header->nmasked; i++)
		if (header->masked[i] == column)
			return header->key_id;
	return "";
}

/*
 * The mask of a column on each side, NULL where there is no such column, and
 * where it stands there.
 */
struct masks {
	const char *ids[MERGE_SIDES];
	size_t places[MERGE_SIDES];
};

static void find_masks(struct masks *masks, const struct making *making,
		       const char *name)
{
	for (int side = 0; side < MERGE_SIDES; side++) {
		const struct datafile_header *header = making->headers[side];

		masks->ids[side] = NULL;
		masks->places[side] =
			header ? merge_find_column(header->columns,
						   header->ncolumns, name)
			       : MERGE_LACKS;
		if (masks->places[side] != MERGE_LACKS)
			masks->ids[side] = mask_of(header, masks->places[side]);
	}
}

/* The mask that the result has; NULL if the sides do not agree. */
static const char *choose_mask(const struct masks *masks)
{
	const char *base = masks->ids[MERGE_BASE];
	const char *ours = masks->ids[MERGE_OURS];
	const char *theirs = masks->ids[MERGE_THEIRS];

	if (!ours || !theirs)
		return ours ? ours : theirs;
	if (strcmp(ours, theirs) == 0 || (base && strcmp(theirs, base) == 0))
		return ours;
	return base && strcmp(ours, base) == 0 ? theirs : NULL;
}

/*
 * Gives a column another name on the sides that mask it in another way: one
 * that no column can have.
 */
static int rename_column(struct making *making, const struct masks *masks,
			 const char *name, const char *chosen)
{
	for (int side = 0; side < MERGE_SIDES; side++) {
		char *other;

		if (!masks->ids[side] || strcmp(masks->ids[side], chosen) == 0)
			continue;
		other = arena_format(making->arena, "%s\n", name);
		if (!other)
			return err_set_nomem(making->err);
		making->names[side][masks->places[side]] = other;
	}
	return 0;
}

static int merge_mask(struct making *making, size_t column, size_t *masked)
{
	struct datafile_header *result = &making->head->header;
	const char *name = result->columns[column];
	struct masks masks;
	const char *chosen;

	find_masks(&masks, making, name);
	chosen = choose_mask(&masks);
	if (!chosen)
		return err_set(making->err, D1_ERROR,
			       "ours and theirs mask column '%s' of table "
			       "'%s' differently",
			       name, result->table);
	if (rename_column(making, &masks, name, chosen) < 0)
		return making->err->code;
	if (!*chosen)
		return 0;
	if (*result->key_id && strcmp(result->key_id, chosen) != 0)
		return err_set(making->err, D1_ERROR,
			       "columns of table '%s' are masked with the "
			       "keys %s and %s",
			       result->table, result->key_id, chosen);
	memcpy(result->key_id, chosen, strlen(chosen) + 1);
	masked[result->nmasked++] = column;
	return 0;
}

static int merge_masks(struct making *making)
{
	struct datafile_header *result = &making->head->header;
	size_t *masked =
		arena_array(making->arena, result->ncolumns, sizeof(*masked));

	if (!masked)
		return err_set_nomem(making->err);
	for (size_t i = 0; i < result->ncolumns; i++)
		if (merge_mask(making, i, masked) < 0)
			return making->err->code;
	result->masked = masked;
	return 0;
}

/* ---- columns ---- */

static int merge_names(struct making *making)
{
	const struct datafile_header *base = making->headers[MERGE_BASE];
	struct datafile_header *result = &making->head->header;
	struct merge_input inputs[MERGE_SIDES] = { { .ncolumns = 0 } };
	bool *added;

	for (int side = 0; side < MERGE_SIDES; side++) {
		const struct datafile_header *header = making->headers[side];
		const char **names;

		if (!header)
			continue;
		inputs[side].columns = header->columns;
		inputs[side].ncolumns = header->ncolumns;
		names = arena_array(making->arena, header->ncolumns,
				    sizeof(*names));
		if (!names)
			return err_set_nomem(making->err);
		memcpy(names, header->columns,
		       header->ncolumns * sizeof(*names));
		making->names[side] = names;
		making->head->names[side] = names;
	}
	if (merge_columns(&result->columns, &result->ncolumns, inputs,
			  making->arena, making->err) < 0)
		return making->err->code;
	added = arena_array(making->arena, result->ncolumns, sizeof(*added));
	if (!added)
		return err_set_nomem(making->err);
	for (size_t i = 0; i < result->ncolumns; i++)
		added[i] = !base ||
			   merge_find_column(base->columns, base->ncolumns,
					     result->columns[i]) == MERGE_LACKS;
	making->head->added = added;
	return 0;
}

int mergehead_make(struct mergehead *head,
		   const struct datafile_header *const headers[MERGE_SIDES],
		   struct arena *arena, struct err *err)
{
	struct making making = {
		.head = head,
		.headers = headers,
		.arena = arena,
		.err = err,
	};

	memset(head, 0, sizeof(*head));
	if (merge_names(&making) < 0)
		return err->code;
	if (head->header.ncolumns == 0)
		return err_set(err, D1_ERROR, "no column of table '%s' is left",
			       headers[MERGE_OURS]->table);
	if (merge_table(&making) < 0 || merge_key(&making) < 0)
		return err->code;
	return merge_masks(&making);
}
