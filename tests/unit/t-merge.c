/*
 * The three-way merge: exact cases, and random ones against a model that looks
 * each row up by itself. GIT_D1_TEST_SEED repeats a random run.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "diff/merge.h"
#include "model/literal.h"

/* ---- rows written as text: one a line, literals with commas between ---- */

struct text_cursor {
	struct cursor cursor;
	const char *at;
	struct value cells[16];
	struct row row;
	struct arena arena;
};

static int text_next(struct cursor *cursor, const struct row **row,
		     struct err *err)
{
	struct text_cursor *self = (struct text_cursor *)cursor;

	(void)err;
	*row = NULL;
	/* what was handed out before is gone, and must not be looked at */
	arena_release(&self->arena);
	memset(self->cells, 0xff, sizeof(self->cells));
	if (!*self->at)
		return 0;
	self->row.cells = self->cells;
	self->row.ncells = 0;
	for (;;) {
		size_t taken =
			literal_read(&self->cells[self->row.ncells++], self->at,
				     strlen(self->at), &self->arena);

		assert_true(taken > 0);
		self->at += taken;
		if (*self->at++ == '\n')
			break;
	}
	*row = &self->row;
	return 0;
}

static void text_close(struct cursor *cursor)
{
	struct text_cursor *self = (struct text_cursor *)cursor;

	arena_release(&self->arena);
	free(self);
}

static struct cursor *text_open(const char *rows)
{
	struct text_cursor *self = calloc(1, sizeof(*self));

	assert_non_null(self);
	self->cursor.next = text_next;
	self->cursor.close = text_close;
	self->at = rows;
	return &self->cursor;
}

/* ---- one merge, and what it told as text ---- */

struct table_side {
	const char *columns[8]; /* NULL ends them */
	const char *rows;	/* NULL: the side has no table */
};

struct test_case {
	struct table_side sides[MERGE_SIDES];
	const char *key[4]; /* NULL ends them */
	enum collation collation;
	/* by name of a column: its default; name NULL ends them */
	struct {
		const char *name;
		struct value value;
	} defaults[4];
};

static size_t list_length(const char *const *list)
{
	size_t length = 0;

	while (list[length])
		length++;
	return length;
}

static const struct value *find_default(void *context, const char *column)
{
	const struct test_case *test = context;

	for (size_t i = 0; test->defaults[i].name; i++)
		if (!strcmp(test->defaults[i].name, column))
			return &test->defaults[i].value;
	return NULL;
}

static void add_version(struct buf *out, const struct row *row, uint64_t count)
{
	if (!row->cells)
		buf_add_string(out, "gone");
	for (size_t i = 0; row->cells && i < row->ncells; i++) {
		buf_add_string(out, i > 0 ? "," : "");
		literal_add(out, &row->cells[i]);
	}
	if (count != 1 && row->cells)
		buf_add_format(out, " x%u", (unsigned int)count);
}

/*
 * "= row", "< row" (ours), "> row" (theirs), "+ row" (combined); a conflict as
 * "! base | ours | theirs".
 */
static int record(void *context, const struct merged_row *row, struct err *err)
{
	struct buf *out = context;

	(void)err;
	buf_add_format(out, "%c ", "=<>+!"[row->outcome]);
	if (row->outcome != MERGE_CONFLICT) {
		add_version(out, &row->result, row->count);
	} else {
		for (int side = 0; side < MERGE_SIDES; side++) {
			buf_add_string(out, side > 0 ? " | " : "");
			add_version(out, &row->versions[side],
				    row->counts[side]);
		}
	}
	buf_add_char(out, '\n');
	return 0;
}

static int run_merge(const struct test_case *test, struct buf *out,
		     struct merge_result *result, struct err *err)
{
	static const enum collation binary[4] = { COLLATION_BINARY };
	const enum collation collations[4] = { test->collation,
					       test->collation };
	struct arena arena = ARENA_INIT;
	struct merge merge = { .name = "t" };

	for (int side = 0; side < MERGE_SIDES; side++) {
		const struct table_side *table = &test->sides[side];
		struct merge_input *input = &merge.inputs[side];

		input->columns = table->columns;
		input->ncolumns = list_length(table->columns);
		input->cursor = table->rows ? text_open(table->rows) : NULL;
		input->missing = find_default;
		input->context = (void *)test;
	}
	merge.key = test->key;
	merge.nkey = list_length(test->key);
	merge.collations = test->collation ? collations : binary;
	if (merge_columns(&merge.columns, &merge.ncolumns, merge.inputs, &arena,
			  err) == 0)
		(void)!merge_rows(&merge, record, out, result, err);
	for (int side = 0; side < MERGE_SIDES; side++)
		cursor_close(merge.inputs[side].cursor);
	arena_release(&arena);
	return err->code;
}

static struct merge_result expect(const struct test_case *test,
				  const char *expected)
{
	struct err err = ERR_INIT;
	struct merge_result result;
	struct buf out;

	buf_init(&out, 1 << 20);
	buf_add_string(&out, "");
	assert_int_equal(run_merge(test, &out, &result, &err), 0);
	buf_add_char(&out, '\0');
	assert_string_equal(out.data, expected);
	buf_release(&out);
	return result;
}

static void expect_error(const struct test_case *test, const char *message)
{
	struct err err = ERR_INIT;
	struct merge_result result;
	struct buf out;

	buf_init(&out, 1 << 20);
	assert_int_equal(run_merge(test, &out, &result, &err), D1_ERROR);
	assert_string_equal(err.message, message);
	buf_release(&out);
}

#define ID_A_B \
	{ \
		"id", "a", "b" \
	}
#define SIDE(text) \
	{ \
		.columns = ID_A_B, .rows = text \
	}

static void cells_and_rows(void **state)
{
	const struct test_case test = {
		.sides = { SIDE("1,1,1\n2,1,1\n3,1,1\n4,1,1\n5,1,1\n6,1,1\n"
				"7,1,1\n8,1,1\n"),
			   SIDE("1,2,1\n2,2,1\n3,2,2\n4,2,1\n6,1,1\n7,2,1\n"
				"9,1,1\n10,1,1\n11,1,1\n"),
			   SIDE("1,1,1\n2,1,2\n3,3,2\n4,2,1\n5,1,1\n8,1,2\n"
				"10,1,1\n11,1,2\n12,1,1\n") },
		.key = { "id" },
	};
	struct merge_result result;

	(void)state;
	result = expect(&test, "< 1,2,1\n"
			       "+ 2,2,2\n"
			       "! 3,1,2 | 3,2,2 | 3,3,2\n"
			       "= 4,2,1\n"
			       "< gone\n"
			       "> gone\n"
			       "! 7,1,1 | 7,2,1 | gone\n"
			       "! 8,1,1 | gone | 8,1,2\n"
			       "< 9,1,1\n"
			       "= 10,1,1\n"
			       "! gone | 11,1,1 | 11,1,2\n"
			       "> 12,1,1\n");
	assert_int_equal(result.conflicts, 4);
	assert_int_equal(result.rows, 9);
	assert_int_equal(result.taken[MERGE_TAKE_OURS], 3);
	assert_int_equal(result.lost, 0);
}

static void both_deleted(void **state)
{
	const struct test_case test = {
		.sides = { SIDE("1,1,1\n2,1,1\n"), SIDE("2,1,1\n"),
			   SIDE("2,1,1\n") },
		.key = { "id" },
	};

	(void)state;
	expect(&test, "= gone\n= 2,1,1\n");
}

static void types_are_told_apart(void **state)
{
	const struct test_case test = {
		.sides = { SIDE("1,1,''\n2,0.0,'x'\n"),
			   SIDE("1,1.0,''\n2,0.0,'x'\n"),
			   SIDE("1,1,NULL\n2,-0.0,x'78'\n") },
		.key = { "id" },
	};

	(void)state;
	expect(&test, "+ 1,1.0,NULL\n> 2,-0.0,x'78'\n");
}

static void a_key_under_nocase(void **state)
{
	const struct test_case test = {
		.sides = { SIDE("'A',1,1\n'b',1,1\n"),
			   SIDE("'a',1,1\n'b',2,1\n'C',1,1\n"),
			   SIDE("'A',2,1\n'B',1,1\n'c',1,1\n") },
		.key = { "id" },
		.collation = COLLATION_NOCASE,
	};
	const struct test_case order = {
		.sides = { SIDE("'a',1,1\n'B',1,1\n"), SIDE(""), SIDE("") },
		.key = { "id" },
	};

	(void)state;
	expect(&test, "+ 'a',2,1\n"
		      "+ 'B',2,1\n"
		      "! gone | 'C',1,1 | 'c',1,1\n");
	expect_error(&order, "rows of table 't' in base are not in the order "
			     "of their key, at id='B'");
}

static void a_key_twice(void **state)
{
	const struct test_case test = {
		.sides = { SIDE(""), SIDE(""), SIDE("1,1,1\n1,1,1\n") },
		.key = { "id" },
	};

	(void)state;
	expect_error(&test,
		     "rows of table 't' in theirs have a key twice, at id=1");
}

static void columns_come_and_go(void **state)
{
	const struct test_case added = {
		.sides = { { { "id", "a" }, "1,1\n2,1\n3,1\n4,1\n" },
			   { { "id", "a", "n" },
			     "1,1,0\n2,1,7\n3,1,0\n4,1,7\n5,1,5\n" },
			   { { "id", "A" }, "1,2\n2,2\n6,1\n" } },
		.key = { "id" },
		.defaults = { { "n", { VALUE_INTEGER, { .integer = 0 } } } },
	};
	struct test_case unknown = added;
	const struct test_case dropped = {
		.sides = { SIDE("1,1,1\n2,1,1\n3,1,1\n"),
			   { { "id", "b" }, "1,2\n2,1\n3,1\n" },
			   SIDE("1,2,1\n2,1,2\n3,1,1\n4,1,1\n") },
		.key = { "id" },
	};
	struct merge_result result;

	(void)state;
	expect(&added, "> 1,2,0\n"
		       "+ 2,2,7\n"
		       "> gone\n"
		       "! 4,1,0 | 4,1,7 | gone\n"
		       "< 5,1,5\n"
		       "> 6,1,0\n");
	unknown.defaults[0].name = NULL;
	expect(&unknown, "> 1,2,0\n"
			 "> 2,2,7\n"
			 "> gone\n"
			 "> gone\n"
			 "< 5,1,5\n"
			 "! gone | gone | 6,1,NULL\n");
	result = expect(&dropped, "< 1,2\n> 2,2\n= 3,1\n> 4,1\n");
	assert_int_equal(result.lost, 1);
}

static void both_add_columns(void **state)
{
	const struct test_case test = {
		.sides = { { { "id" }, "1\n2\n3\n" },
			   { { "id", "n", "o" }, "1,0,1\n2,5,1\n3,5,1\n" },
			   { { "id", "t", "n" }, "1,2,7\n2,2,0\n3,2,6\n" } },
		.key = { "id" },
		.defaults = { { "n", { VALUE_INTEGER, { .integer = 0 } } } },
	};

	(void)state;
	expect(&test, "> 1,7,1,2\n"
		      "< 2,5,1,2\n"
		      "! 3,0,1,2 | 3,5,1,2 | 3,6,1,2\n");
}

static void no_base(void **state)
{
	const struct test_case test = {
		.sides = { { .rows = NULL },
			   SIDE("1,1,1\n2,1,1\n"),
			   SIDE("1,1,1\n2,2,1\n3,1,1\n") },
		.key = { "id" },
	};

	(void)state;
	expect(&test, "= 1,1,1\n! gone | 2,1,1 | 2,2,1\n> 3,1,1\n");
}

static void rows_without_a_key(void **state)
{
	const struct test_case test = {
		.sides = { { { "a" }, "'b'\n'c'\n'c'\n'd'\n'e'\n'e'\n'f'\n" },
			   { { "a" }, "'a'\n'b'\n'c'\n'd'\n'd'\n'f'\n'f'\n" },
			   { { "a" },
			     "'a'\n'b'\n'c'\n'd'\n'e'\n'e'\n'e'\n'f'\n'f'\n"
			     "'f'\n" } },
	};
	const struct test_case order = {
		.sides = { { { "a" }, "'b'\n'a'\n" },
			   { { "a" }, "" },
			   { { "a" }, "" } },
	};

	(void)state;
	expect(&test, "= 'a'\n"
		      "= 'b'\n"
		      "= 'c'\n"
		      "< 'd' x2\n"
		      "+ 'e'\n"
		      "+ 'f' x4\n");
	expect_error(&order, "rows of table 't' in base are not in the order "
			     "of their text");
}

static void columns_of_rows_without_a_key(void **state)
{
	struct test_case test = {
		.sides = { { { "a" }, "'b'\n'c'\n'd'\n" },
			   { { "a", "n" }, "'a',5\n'b',0\n'c',3\n'd',0\n" },
			   { { "a" }, "'b'\n'c'\n'e'\n" } },
		.defaults = { { "n", { VALUE_INTEGER, { .integer = 0 } } } },
	};

	(void)state;
	expect(&test, "< 'a',5\n"
		      "= 'b',0\n"
		      "< gone\n"
		      "< 'c',3\n"
		      "> gone\n"
		      "> 'e',0\n");
	test.defaults[0].name = NULL;
	expect(&test, "< 'a',5\n"
		      "< 'b',0\n"
		      "< gone\n"
		      "< 'c',3\n"
		      "< gone\n"
		      "< 'd',0\n"
		      "= gone\n"
		      "! gone | gone | 'e',NULL\n");
}

static void a_key_with_null(void **state)
{
	const struct test_case test = {
		.sides = { { { "k", "a" }, "NULL,1\nNULL,1\n1,1\n" },
			   { { "k", "a" }, "NULL,1\nNULL,1\nNULL,1\n1,2\n" },
			   { { "k", "a" }, "NULL,1\nNULL,1\nNULL,2\n" } },
		.key = { "k" },
	};

	(void)state;
	expect(&test, "< NULL,1 x3\n"
		      "> NULL,2\n"
		      "! 1,1 | 1,2 | gone\n");
}

static void no_key_column(void **state)
{
	const struct test_case test = {
		.sides = { { { "id", "a" }, "" },
			   { { "a" }, "" },
			   { { "id", "a" }, "" } },
		.key = { "id" },
	};

	(void)state;
	expect_error(&test, "table 't' has lost its key column 'id'");
}

static int refuse(void *context, const struct merged_row *row, struct err *err)
{
	(void)context;
	(void)row;
	return err_set(err, D1_EREFUSED, "enough");
}

static void who_is_told_ends_it(void **state)
{
	static const char *const columns[] = { "a" };
	struct merge merge = { .columns = columns, .ncolumns = 1, .name = "t" };
	struct merge_result result;
	struct err err = ERR_INIT;

	(void)state;
	for (int side = 0; side < MERGE_SIDES; side++)
		merge.inputs[side] =
			(struct merge_input){ .cursor = text_open("1\n2\n"),
					      .columns = columns,
					      .ncolumns = 1 };
	assert_int_equal(merge_rows(&merge, refuse, NULL, &result, &err),
			 D1_EREFUSED);
	for (int side = 0; side < MERGE_SIDES; side++)
		cursor_close(merge.inputs[side].cursor);
}

/* ---- random cases ---- */

enum { KEYS = 6, COLUMNS = 3, ABSENT = -1 };

/* A side as a table of numbers. */
struct model_side {
	bool has[COLUMNS]; /* columns */
	bool present[KEYS];
	int cells[KEYS][COLUMNS];
};

static const char *const column_names[COLUMNS] = { "x", "y", "z" };

static unsigned int seed;

static int choose(int below)
{
	return (int)((unsigned int)rand_r(&seed) % (unsigned int)below);
}

static void random_sides(struct model_side sides[MERGE_SIDES])
{
	struct model_side *base = &sides[MERGE_BASE];

	memset(sides, 0, MERGE_SIDES * sizeof(*sides));
	for (int c = 0; c < COLUMNS; c++)
		base->has[c] = choose(4) > 0;
	for (int k = 0; k < KEYS; k++) {
		base->present[k] = choose(3) > 0;
		for (int c = 0; c < COLUMNS; c++)
			base->cells[k][c] = choose(3);
	}
	for (int side = MERGE_OURS; side < MERGE_SIDES; side++) {
		sides[side] = *base;
		for (int c = 0; c < COLUMNS; c++)
			if (choose(5) == 0)
				sides[side].has[c] = !base->has[c];
		for (int k = 0; k < KEYS; k++) {
			if (choose(4) == 0)
				sides[side].present[k] = !base->present[k];
			for (int c = 0; c < COLUMNS; c++)
				if (choose(3) == 0)
					sides[side].cells[k][c] = choose(3);
		}
	}
}

/* What the side has in a cell, or ABSENT. */
static int model_cell(const struct model_side *side, int k, int c,
		      const int *defaults)
{
	return side->has[c] ? side->cells[k][c] : defaults[c];
}

static void model_add(struct buf *out, const bool *columns, const int *cells,
		      int k)
{
	buf_add_format(out, "%d", k);
	for (int c = 0; c < COLUMNS; c++)
		if (columns[c] && cells[c] == ABSENT)
			buf_add_string(out, ",NULL");
		else if (columns[c])
			buf_add_format(out, ",%d", cells[c]);
	buf_add_char(out, '\n');
}

/*
 * Appends what must become of row `k`: the line of the result, nothing if it
 * is gone, or "conflict k".
 */
static void model_merge(struct buf *out,
			const struct model_side sides[MERGE_SIDES],
			const bool *columns, const int *defaults, int k)
{
	const struct model_side *base = &sides[MERGE_BASE];
	const struct model_side *ours = &sides[MERGE_OURS];
	const struct model_side *theirs = &sides[MERGE_THEIRS];
	bool in_base = base->present[k];
	bool in_ours = ours->present[k], in_theirs = theirs->present[k];
	const struct model_side *one = in_ours ? ours : theirs;
	bool conflict = false, edited = false, unknown = false;
	int cells[COLUMNS] = { 0 };

	for (int c = 0; c < COLUMNS; c++) {
		int b = in_base ? model_cell(base, k, c, defaults) : ABSENT;
		int o = model_cell(ours, k, c, defaults);
		int t = model_cell(theirs, k, c, defaults);

		if (!columns[c])
			continue;
		if (in_ours && in_theirs) {
			cells[c] = !ours->has[c]      ? t
				   : !theirs->has[c]  ? o
				   : o == t || t == b ? o
						      : t;
			conflict |= ours->has[c] && theirs->has[c] && o != t &&
				    (b == ABSENT || (o != b && t != b));
		} else if (in_ours || in_theirs) {
			cells[c] = model_cell(one, k, c, defaults);
			unknown |= cells[c] == ABSENT;
			edited |= one->has[c] && b != ABSENT &&
				  one->cells[k][c] != b;
		}
	}
	if (in_ours != in_theirs && in_base) {
		if (!edited)
			return;
		conflict = true;
	}
	conflict |= in_ours != in_theirs && !in_base && unknown;
	if (conflict)
		buf_add_format(out, "conflict %d\n", k);
	else if (in_ours || in_theirs)
		model_add(out, columns, cells, k);
}

/* Writes the side as text_open() reads it, and its list of columns. */
static void write_side(struct table_side *table, struct buf *rows,
		       const struct model_side *side)
{
	size_t count = 0;

	buf_init(rows, 1 << 20);
	buf_add_string(rows, "");
	table->columns[count++] = "id";
	for (int c = 0; c < COLUMNS; c++)
		if (side->has[c])
			table->columns[count++] = column_names[c];
	table->columns[count] = NULL;
	for (int k = 0; k < KEYS; k++)
		if (side->present[k])
			model_add(rows, side->has, side->cells[k], k);
	buf_add_char(rows, '\0');
	table->rows = rows->data;
}

static int record_plain(void *context, const struct merged_row *row,
			struct err *err)
{
	struct buf *out = context;
	int side = MERGE_BASE;

	(void)err;
	if (row->outcome == MERGE_CONFLICT) {
		while (!row->versions[side].cells)
			side++;
		buf_add_string(out, "conflict ");
		literal_add(out, &row->versions[side].cells[0]);
		buf_add_char(out, '\n');
	} else if (row->result.cells) {
		add_version(out, &row->result, 1);
		buf_add_char(out, '\n');
	}
	return 0;
}

/* Merges with the columns in a fixed order, as the model has them. */
static void merge_plain(struct test_case *test, const bool *columns,
			struct buf *out, struct merge_result *result)
{
	static const enum collation collations[] = { COLLATION_BINARY };
	const char *names[COLUMNS + 1] = { "id" };
	struct merge merge = { .columns = names, .ncolumns = 1, .name = "t" };
	struct err err = ERR_INIT;

	for (int c = 0; c < COLUMNS; c++)
		if (columns[c])
			names[merge.ncolumns++] = column_names[c];
	for (int side = 0; side < MERGE_SIDES; side++) {
		struct merge_input *input = &merge.inputs[side];

		input->columns = test->sides[side].columns;
		input->ncolumns = list_length(input->columns);
		input->cursor = text_open(test->sides[side].rows);
		input->missing = find_default;
		input->context = test;
	}
	merge.key = test->key;
	merge.nkey = 1;
	merge.collations = collations;
	(void)!merge_rows(&merge, record_plain, out, result, &err);
	assert_string_equal(err.message, "");
	for (int side = 0; side < MERGE_SIDES; side++)
		cursor_close(merge.inputs[side].cursor);
}

static void check_random(unsigned int start)
{
	struct model_side sides[MERGE_SIDES];
	struct test_case test = { .key = { "id" } };
	struct merge_result result;
	struct buf rows[MERGE_SIDES], expected, actual;
	bool columns[COLUMNS];
	int defaults[COLUMNS];
	size_t ndefaults = 0;

	seed = start;
	random_sides(sides);
	for (int c = 0; c < COLUMNS; c++) {
		const bool *has[] = { &sides[0].has[c], &sides[1].has[c],
				      &sides[2].has[c] };

		columns[c] = *has[0] ? *has[1] && *has[2] : *has[1] || *has[2];
		defaults[c] = choose(2) ? ABSENT : choose(3);
		if (defaults[c] == ABSENT)
			continue;
		test.defaults[ndefaults].name = column_names[c];
		test.defaults[ndefaults++].value =
			(struct value){ VALUE_INTEGER,
					{ .integer = defaults[c] } };
	}
	buf_init(&expected, 1 << 20);
	buf_init(&actual, 1 << 20);
	for (int side = 0; side < MERGE_SIDES; side++)
		write_side(&test.sides[side], &rows[side], &sides[side]);
	for (int k = 0; k < KEYS; k++)
		model_merge(&expected, sides, columns, defaults, k);
	merge_plain(&test, columns, &actual, &result);
	buf_add_char(&expected, '\0');
	buf_add_char(&actual, '\0');
	if (strcmp(expected.data, actual.data) != 0)
		print_error("seed %u:\nbase\n%sours\n%stheirs\n%s", start,
			    rows[0].data, rows[1].data, rows[2].data);
	assert_string_equal(actual.data, expected.data);
	for (int side = 0; side < MERGE_SIDES; side++)
		buf_release(&rows[side]);
	buf_release(&expected);
	buf_release(&actual);
}

/* Rows of one small number each, counted. */
static void check_random_counts(unsigned int start)
{
	struct test_case test = { .key = { NULL } };
	struct buf rows[MERGE_SIDES], expected, actual;
	int counts[MERGE_SIDES][KEYS];
	struct err err = ERR_INIT;
	struct merge_result result;
	uint64_t total = 0;

	seed = start;
	buf_init(&expected, 1 << 20);
	buf_init(&actual, 1 << 20);
	for (int side = 0; side < MERGE_SIDES; side++) {
		buf_init(&rows[side], 1 << 20);
		for (int k = 0; k < KEYS; k++) {
			counts[side][k] = choose(3);
			for (int i = 0; i < counts[side][k]; i++)
				buf_add_format(&rows[side], "%d\n", k);
		}
		buf_add_char(&rows[side], '\0');
		test.sides[side].columns[0] = "a";
		test.sides[side].rows = rows[side].data;
	}
	for (int k = 0; k < KEYS; k++) {
		int b = counts[0][k], o = counts[1][k], t = counts[2][k];
		int n = o == t || t == b ? o : o == b ? t : o + t - b;

		if (n < 0)
			n = 0;
		if (!b && !o && !t)
			continue;
		total += (uint64_t)n;
		buf_add_format(&expected, "%c ",
			       o == t	? '='
			       : t == b ? '<'
			       : o == b ? '>'
					: '+');
		if (n == 0)
			buf_add_string(&expected, "gone\n");
		else if (n == 1)
			buf_add_format(&expected, "%d\n", k);
		else
			buf_add_format(&expected, "%d x%d\n", k, n);
	}
	buf_add_char(&expected, '\0');
	assert_int_equal(run_merge(&test, &actual, &result, &err), 0);
	buf_add_char(&actual, '\0');
	if (strcmp(expected.data, actual.data) != 0)
		print_error("seed %u\n", start);
	assert_string_equal(actual.data, expected.data);
	assert_int_equal(result.rows, total);
	for (int side = 0; side < MERGE_SIDES; side++)
		buf_release(&rows[side]);
	buf_release(&expected);
	buf_release(&actual);
}

/* The same rows each time, unless others are asked for. */
static unsigned int first_seed(void)
{
	const char *given = getenv("GIT_D1_TEST_SEED");

	return given ? (unsigned int)strtoul(given, NULL, 10) : 1;
}

static void random_rows(void **state)
{
	unsigned int start = first_seed();

	(void)state;
	for (unsigned int i = 0; i < 20000; i++)
		check_random(start + i);
}

static void random_counts(void **state)
{
	unsigned int start = first_seed();

	(void)state;
	for (unsigned int i = 0; i < 5000; i++)
		check_random_counts(start + i);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cells_and_rows),
		cmocka_unit_test(both_deleted),
		cmocka_unit_test(types_are_told_apart),
		cmocka_unit_test(a_key_under_nocase),
		cmocka_unit_test(a_key_twice),
		cmocka_unit_test(columns_come_and_go),
		cmocka_unit_test(both_add_columns),
		cmocka_unit_test(no_base),
		cmocka_unit_test(rows_without_a_key),
		cmocka_unit_test(columns_of_rows_without_a_key),
		cmocka_unit_test(a_key_with_null),
		cmocka_unit_test(no_key_column),
		cmocka_unit_test(who_is_told_ends_it),
		cmocka_unit_test(random_rows),
		cmocka_unit_test(random_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
