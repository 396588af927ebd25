#include "config.h"

#include "apply/hunkrow.h"

#include <string.h>

#include "util/sha256.h"

enum { MAX_TEXT = 1 << 30 /* bytes of a value at most: SQLite's limit */ };

void hunk_row_init(struct hunk_row *self, const struct hunk_table *table,
		   const struct patch_hunk *hunk, bool reverse)
{
	static const enum patch_op inverse[] = {
		[PATCH_INSERT] = PATCH_DELETE,
		[PATCH_DELETE] = PATCH_INSERT,
		[PATCH_UPDATE] = PATCH_UPDATE,
	};

	self->table = table;
	self->hunk = hunk;
	self->from = reverse ? PATCH_NEW : PATCH_OLD;
	self->op = reverse ? inverse[hunk->op] : hunk->op;
}

/* ---- one cell ---- */

/* How the stored value relates to a cell of the hunk. */
struct relation {
	bool is_before;
	bool is_after;
	struct value after;
};

int hunk_row_text(struct value *made, const struct patch_text *text, int from,
		  const struct value *found, struct arena *arena,
		  struct err *err)
{
	struct buf changed;

	buf_init(&changed, MAX_TEXT);
	if (patch_text_apply(&changed, text, from, found->data, found->size,
			     err) == 0)
		(void)!value_copy_text(made, &changed, arena, err);
	buf_release(&changed);
	return err->code;
}

/* A text of which the patch has the hash, and the lines that change. */
static int relate_text(struct relation *relation, const struct patch_text *text,
		       int from, const struct value *found, struct arena *arena,
		       struct err *err)
{
	char sha256[SHA256_HEX_SIZE];

	if (found->type != VALUE_TEXT)
		return 0;
	if (sha256_hex(sha256, found->data, found->size, err) < 0)
		return err->code;
	relation->is_before = strcmp(sha256, text->sha256[from]) == 0;
	relation->is_after = strcmp(sha256, text->sha256[!from]) == 0;
	if (!relation->is_before) {
		relation->after = *found;
		return 0;
	}
	return hunk_row_text(&relation->after, text, from, found, arena, err);
}

static int relate(struct relation *relation, const struct patch_cell *cell,
		  int from, const struct value *found, struct arena *arena,
		  struct err *err)
{
	memset(relation, 0, sizeof(*relation));
	if (cell->text)
		return relate_text(relation, cell->text, from, found, arena,
				   err);
	relation->is_before = value_equal(found, cell->values[from]);
	relation->is_after = value_equal(found, cell->values[!from]);
	relation->after = *cell->values[!from];
	return 0;
}

/* ---- updates ---- */

static int has_cell(const struct hunk_row *self, size_t wanted, bool *has,
		    struct err *err)
{
	*has = false;
	for (size_t i = 0; i < self->hunk->ncells && !*has; i++) {
		size_t cell;

		if (hunk_table_cell(self->table, self->hunk->cells[i].name,
				    &cell, err) < 0)
			return err->code;
		*has = cell == wanted;
	}
	return 0;
}

static void differ(struct hunk_verdict *verdict, const char *column,
		   const struct value *expected, const char *sha256,
		   const struct value *found)
{
	if (verdict->column)
		return;
	verdict->column = column;
	verdict->expected = expected;
	verdict->sha256 = sha256;
	verdict->found = found;
}

/* A key that is equal only to its collation is another row's. */
static int judge_key(const struct hunk_row *self, const struct row *row,
		     struct hunk_verdict *verdict, struct err *err)
{
	for (size_t i = 0; i < self->table->scan.nkey; i++) {
		const struct patch_named *key = &self->hunk->key[i];
		size_t cell = self->table->scan.key[i];
		bool listed = false;

		if (value_equal(&row->cells[cell], &key->value))
			continue;
		if (self->op == PATCH_UPDATE &&
		    has_cell(self, cell, &listed, err) < 0)
			return err->code;
		if (!listed)
			differ(verdict, key->name, &key->value, NULL,
			       &row->cells[cell]);
	}
	return 0;
}

/* A cell that is not read: it must not be one that is to be written. */
static int pass_unread(const struct patch_cell *cell,
		       const struct hunk_table *table, struct err *err)
{
	size_t column = table_column(table->table, cell->name);

	if (cell->is_context || table->uses[column] == HUNK_COLUMN_GENERATED)
		return 0;
	return err_set(
		err, D1_EREFUSED,
		"column '%s' of table '%s' is masked, ignored or cannot be "
		"read: it is never written",
		cell->name, table->table->name);
}

/* A row stays the one that its key finds. */
static int check_new_key(const struct hunk_row *self, const struct row *row,
			 const struct value *after, struct err *err)
{
	const struct scan *scan = &self->table->scan;

	for (size_t i = 0; i < scan->nkey; i++) {
		size_t cell = scan->key[i];

		if (value_compare(&after[cell], &row->cells[cell],
				  scan->collations[i]) == 0)
			continue;
		err_set(err, D1_EREFUSED,
			"the hunk gives the row another key, in column '%s'",
			self->hunk->key[i].name);
		return err_hint(err, "a patch deletes such a row and inserts "
				     "it");
	}
	return 0;
}

static int judge_update(const struct hunk_row *self, const struct row *row,
			struct value *after, struct arena *arena,
			struct hunk_verdict *verdict, struct err *err)
{
	const struct hunk_table *table = self->table;
	bool is_before = true, is_after = true, is_neither = false;
	bool writes = false;

	for (size_t i = 0; i < self->hunk->ncells; i++) {
		const struct patch_cell *cell = &self->hunk->cells[i];
		struct relation relation;
		size_t place;

		if (hunk_table_cell(table, cell->name, &place, err) < 0)
			return err->code;
		if (place == table->scan.ncolumns) {
			if (pass_unread(cell, table, err) < 0)
				return err->code;
			continue;
		}
		if (table->changed.uses[place] == COLUMN_GENERATED)
			continue; /* it follows from the others */
		writes = writes || !cell->is_context;
		if (relate(&relation, cell, self->from, &row->cells[place],
			   arena, err) < 0)
			return err->code;
		is_before = is_before && relation.is_before;
		is_after = is_after && relation.is_after;
		after[place] = relation.after;
		if (relation.is_before)
			continue;
		/* what is neither tells more than what is as after already */
		if (!relation.is_after && !is_neither)
			verdict->column = NULL;
		is_neither = is_neither || !relation.is_after;
		differ(verdict, cell->name, cell->values[self->from],
		       cell->text ? cell->text->sha256[self->from] : NULL,
		       &row->cells[place]);
	}
	if (!writes)
		return err_set(err, D1_EREFUSED,
			       "the hunk changes no column of table '%s' that "
			       "can be written",
			       table->table->name);
	if (check_new_key(self, row, after, err) < 0)
		return err->code;
	if (is_after)
		verdict->state = HUNK_APPLIED;
	else
		verdict->state = is_before ? HUNK_APPLIES : HUNK_DIFFERS;
	return 0;
}

/* ---- whole rows ---- */

int hunk_row_cells(const struct hunk_row *self, struct value *cells, bool *has,
		   bool *complete, struct err *err)
{
	const struct hunk_table *table = self->table;
	int side = self->hunk->op == PATCH_INSERT ? PATCH_NEW : PATCH_OLD;
	size_t found = 0;

	for (size_t i = 0; i < table->scan.ncolumns; i++) {
		cells[i].type = VALUE_NULL;
		if (has)
			has[i] = false;
	}
	for (size_t i = 0; self->hunk->key && i < table->scan.nkey; i++) {
		cells[table->scan.key[i]] = self->hunk->key[i].value;
		if (has)
			has[table->scan.key[i]] = true;
		found++;
	}
	for (size_t i = 0; i < self->hunk->ncells; i++) {
		const struct patch_cell *cell = &self->hunk->cells[i];
		size_t place;

		if (hunk_table_cell(table, cell->name, &place, err) < 0)
			return err->code;
		if (place == table->scan.ncolumns ||
		    table->changed.uses[place] == COLUMN_GENERATED)
			continue;
		cells[place] = *cell->values[side];
		if (has)
			has[place] = true;
		found++;
	}
	*complete = found == table->scan.nidentity;
	return 0;
}

/* Compares the cells that the hunk has with those of the row. */
static int judge_whole(const struct hunk_row *self, const struct row *row,
		       struct hunk_verdict *verdict, struct err *err)
{
	int side = self->hunk->op == PATCH_INSERT ? PATCH_NEW : PATCH_OLD;

	for (size_t i = 0; i < self->hunk->ncells; i++) {
		const struct patch_cell *cell = &self->hunk->cells[i];
		size_t place;

		if (hunk_table_cell(self->table, cell->name, &place, err) < 0)
			return err->code;
		if (place < self->table->scan.ncolumns &&
		    self->table->changed.uses[place] != COLUMN_GENERATED &&
		    !value_equal(&row->cells[place], cell->values[side]))
			differ(verdict, cell->name, cell->values[side], NULL,
			       &row->cells[place]);
	}
	return 0;
}

int hunk_row_judge(const struct hunk_row *self, const struct row *row,
		   struct value *after, struct arena *arena,
		   struct hunk_verdict *verdict, struct err *err)
{
	bool complete;

	memset(verdict, 0, sizeof(*verdict));
	if (self->op == PATCH_INSERT && !row) {
		verdict->state = HUNK_APPLIES;
		return hunk_row_cells(self, after, NULL, &complete, err);
	}
	if (!row) {
		verdict->state = self->op == PATCH_DELETE ? HUNK_APPLIED
							  : HUNK_ROW_MISSING;
		return 0;
	}
	memcpy(after, row->cells, self->table->scan.ncolumns * sizeof(*after));
	if (judge_key(self, row, verdict, err) < 0)
		return err->code;
	if (verdict->column) {
		verdict->state = self->op == PATCH_INSERT ? HUNK_ROW_EXISTS
							  : HUNK_DIFFERS;
		return 0;
	}
	if (self->op == PATCH_UPDATE)
		return judge_update(self, row, after, arena, verdict, err);
	if (judge_whole(self, row, verdict, err) < 0)
		return err->code;
	if (self->op == PATCH_INSERT)
		verdict->state =
			verdict->column ? HUNK_ROW_EXISTS : HUNK_APPLIED;
	else
		verdict->state = verdict->column ? HUNK_DIFFERS : HUNK_APPLIES;
	return 0;
}
