#include "config.h"

#include "apply/hunkdigest.h"

#include <stdlib.h>
#include <string.h>

#include "util/compiler.h"

int hunk_digest_begin(struct hunk_digest *self, const struct hunk_table *table,
		      bool recount, struct err *err)
{
	memset(self, 0, sizeof(*self));
	if (recount || !table->patch->summary)
		return 0;
	self->wanted = true;
	return change_digest_begin(&self->digest, err);
}

void hunk_digest_release(struct hunk_digest *self)
{
	change_digest_release(&self->digest);
	free(self->cells[OLD]);
	free(self->cells[NEW]);
	free(self->key);
	memset(self, 0, sizeof(*self));
}

void hunk_digest_give_up(struct hunk_digest *self)
{
	self->wanted = false;
}

/* Room for the cells of a hunk; what was there is lost. */
static int reserve(struct hunk_digest *self, size_t count, struct err *err)
{
	struct change_cell **arrays[] = { &self->cells[OLD], &self->cells[NEW],
					  &self->key };

	if (count <= self->cap)
		return 0;
	self->cap = 0;
	for (size_t i = 0; i < ARRAY_SIZE(arrays); i++) {
		free(*arrays[i]);
		*arrays[i] = calloc(count, sizeof(**arrays[i]));
		if (!*arrays[i])
			return err_set_nomem(err);
	}
	self->cap = count;
	return 0;
}

/* Both sides of a text of which one is stored in the row. */
static int rebuild(struct hunk_digest *self, const struct hunk_row *hunk,
		   const struct patch_cell *cell, const struct row *row,
		   int side, struct value *sides[2], struct arena *arena,
		   struct err *err)
{
	const struct value *stored;
	size_t place;

	for (int i = OLD; i <= NEW; i++) {
		sides[i] = arena_alloc(arena, sizeof(*sides[i]));
		if (!sides[i])
			return err_set_nomem(err);
	}
	if (hunk_table_cell(hunk->table, cell->name, &place, err) < 0)
		return err->code;
	if (place == hunk->table->scan.ncolumns) {
		hunk_digest_give_up(self);
		return 0;
	}
	stored = &row->cells[place];
	*sides[side] = *stored;
	return hunk_row_text(sides[!side], cell->text, side, stored, arena,
			     err);
}

static int add_update(struct hunk_digest *self, struct change_text *text,
		      const struct hunk_row *hunk, const struct row *row,
		      int side, struct arena *arena, struct err *err)
{
	for (size_t i = 0; i < hunk->hunk->ncells; i++) {
		const struct patch_cell *cell = &hunk->hunk->cells[i];
		struct value *built[2] = { NULL, NULL };

		if (cell->is_context)
			continue;
		if (cell->text &&
		    rebuild(self, hunk, cell, row, side, built, arena, err) < 0)
			return err->code;
		for (int s = OLD; s <= NEW; s++)
			self->cells[s][text->ncells[s]++] =
				(struct change_cell){
					cell->name,
					built[s] ? built[s] : cell->values[s]
				};
	}
	return 0;
}

static void add_whole(struct hunk_digest *self, struct change_text *text,
		      const struct hunk_row *hunk, int side)
{
	for (size_t i = 0; i < text->nkey; i++)
		self->cells[side][text->ncells[side]++] = self->key[i];
	for (size_t i = 0; i < hunk->hunk->ncells; i++) {
		const struct patch_cell *cell = &hunk->hunk->cells[i];

		self->cells[side][text->ncells[side]++] =
			(struct change_cell){ cell->name, cell->values[side] };
	}
}

int hunk_digest_add(struct hunk_digest *self, const struct hunk_row *hunk,
		    const struct row *row, int side, struct arena *arena,
		    struct err *err)
{
	static const enum change_op ops[] = { [PATCH_INSERT] = CHANGE_INSERT,
					      [PATCH_DELETE] = CHANGE_DELETE,
					      [PATCH_UPDATE] = CHANGE_UPDATE };
	const struct patch_hunk *of = hunk->hunk;
	struct change_text text = { .table = hunk->table->patch->name,
				    .op = ops[of->op],
				    .keyed = of->key,
				    .count = of->count,
				    .before = of->before };

	if (!self->wanted)
		return 0;
	if (reserve(self, hunk->table->scan.nkey + of->ncells, err) < 0)
		return err->code;
	for (size_t i = 0; of->key && i < hunk->table->scan.nkey; i++)
		self->key[text.nkey++] =
			(struct change_cell){ of->key[i].name,
					      &of->key[i].value };
	if (of->op != PATCH_UPDATE)
		add_whole(self, &text, hunk,
			  of->op == PATCH_INSERT ? NEW : OLD);
	else if (add_update(self, &text, hunk, row, side, arena, err) < 0)
		return err->code;
	text.key = self->key;
	text.cells[OLD] = self->cells[OLD];
	text.cells[NEW] = self->cells[NEW];
	return change_digest_add(&self->digest, &text, err);
}

int hunk_digest_check(struct hunk_digest *self, const struct hunk_table *table,
		      struct err *err)
{
	char sha256[SHA256_HEX_SIZE];

	if (!self->wanted ||
	    change_digest_end(&self->digest, sha256, err) < 0 ||
	    strcmp(sha256, table->patch->summary->sha256) == 0)
		return err->code;
	err_set(err, D1_ERROR,
		"the changes of table '%s' are not those that the mail names",
		table->patch->name);
	return err_hint(err, "get the patch again; or, if it was edited on "
			     "purpose, use --recount");
}
