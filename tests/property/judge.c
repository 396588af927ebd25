#include "config.h"

#include "judge.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "model/literal.h"
#include "util/buf.h"

static const char *const ops[] = { [CHANGE_INSERT] = "insert",
				   [CHANGE_DELETE] = "delete",
				   [CHANGE_UPDATE] = "update" };

static void print_value(const char *name, const struct value *value)
{
	struct buf text;

	buf_init(&text, 1 << 24);
	literal_add(&text, value);
	printf("#     %s: %.200s\n", name, text.len ? text.data : "");
	buf_release(&text);
}

/* True if the column's cell differs between the rows of an update. */
static bool is_told(const struct expected *expected, size_t column, int side,
		    int from)
{
	const struct world_column *own = &expected->table->columns[column];

	if (expected->op != CHANGE_UPDATE)
		return own->on[side == OLD ? from : !from];
	return own->on[OLD] && own->on[NEW] &&
	       !same_bits(&expected->rows[OLD]->cells[column],
			  &expected->rows[NEW]->cells[column]);
}

static const struct observed_cell *find(const struct observed_cell *cells,
					size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(cells[i].name, name) == 0)
			return &cells[i];
	return NULL;
}

static bool cells_fit(const struct expected *expected,
		      const struct observed *observed, int side, int from)
{
	const struct world_row *row = expected->rows[side];
	const struct world_table *table = expected->table;
	int place = side == OLD ? from : !from;
	size_t count = 0;

	if (!row)
		return observed->ncells[side] == 0;
	for (size_t i = 0; i < table->ncolumns; i++) {
		const struct observed_cell *cell;

		if (!is_told(expected, i, side, from))
			continue;
		count++;
		cell = find(observed->cells[side], observed->ncells[side],
			    table->columns[i].name[place]);
		if (!cell || !same_bits(&cell->value, &row->cells[i]))
			return false;
	}
	return count == observed->ncells[side];
}

static bool key_fits(const struct expected *expected,
		     const struct observed *observed, int from)
{
	const struct world_table *table = expected->table;
	int side = expected->rows[OLD] ? OLD : NEW;
	int place = side == OLD ? from : !from;

	if (observed->nkey != (expected->keyed ? table->nkey : 0))
		return false;
	for (size_t i = 0; i < observed->nkey; i++) {
		size_t column = table->key[i];
		const struct observed_cell *cell =
			find(observed->key, observed->nkey,
			     table->columns[column].name[place]);

		if (!cell || !same_bits(&cell->value,
					&expected->rows[side]->cells[column]))
			return false;
	}
	return true;
}

bool judge_take(struct expectations *expectations,
		const struct observed *observed)
{
	for (size_t i = 0; i < expectations->count; i++) {
		struct expected *expected = &expectations->items[i];

		if (expected->seen || expected->op != observed->op ||
		    expected->keyed != observed->keyed ||
		    expected->count != observed->count ||
		    expected->before != observed->before ||
		    strcmp(expected->table->name, observed->table) != 0 ||
		    !key_fits(expected, observed, expectations->from) ||
		    !cells_fit(expected, observed, OLD, expectations->from) ||
		    !cells_fit(expected, observed, NEW, expectations->from))
			continue;
		expected->seen = true;
		return true;
	}
	printf("# not a change: %s in %s, %" PRIu64 " times, %" PRIu64
	       " before\n",
	       ops[observed->op], observed->table, observed->count,
	       observed->before);
	for (size_t i = 0; i < observed->nkey; i++)
		print_value(observed->key[i].name, &observed->key[i].value);
	for (int side = OLD; side <= NEW; side++) {
		printf("#   %s:\n", side == OLD ? "old" : "new");
		for (size_t i = 0; i < observed->ncells[side]; i++)
			print_value(observed->cells[side][i].name,
				    &observed->cells[side][i].value);
	}
	return false;
}

bool judge_end(const struct expectations *expectations)
{
	bool all = true;

	for (size_t i = 0; i < expectations->count; i++) {
		const struct expected *expected = &expectations->items[i];
		const struct world_table *table = expected->table;

		if (expected->seen)
			continue;
		all = false;
		printf("# not found: %s in %s, %" PRIu64 " times, %" PRIu64
		       " before\n",
		       ops[expected->op], table->name, expected->count,
		       expected->before);
		for (int side = OLD; side <= NEW; side++) {
			printf("#   %s:\n", side == OLD ? "old" : "new");
			for (size_t c = 0;
			     expected->rows[side] && c < table->ncolumns; c++)
				print_value(table->columns[c].name[OLD],
					    &expected->rows[side]->cells[c]);
		}
	}
	return all;
}
