/*
 * Comparing with a side that holds a part of what there is: tables that are
 * not in it, columns that are not, and values of which it has masks. The sides
 * are lists in memory.
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

#include "diff/compare.h"
#include "model/literal.h"
#include "source/sorter.h"
#include "util/compiler.h"

enum { MAX_TABLES = 64, MAX_CELLS = 4 };

#define INTEGER(number) \
	{ \
		.type = VALUE_INTEGER, .integer = (number) \
	}
#define TEXT(bytes) \
	{ \
		.type = VALUE_TEXT, .data = (bytes), .size = sizeof(bytes) - 1 \
	}
#define NOTHING \
	{ \
		.type = VALUE_NULL \
	}

typedef const struct value row_cells[MAX_CELLS];

/* ---- a source that is a list ---- */

struct fake {
	struct source source;
	struct schema schema;
	struct table tables[MAX_TABLES];
	row_cells *rows[MAX_TABLES]; /* by table */
	size_t nrows[MAX_TABLES];
	unsigned selects; /* how often source_select() was called */
};

struct fake_cursor {
	struct cursor cursor;
	const struct scan *scan;
	row_cells *rows;
	size_t nrows;
	size_t at;
	struct value cells[MAX_CELLS];
	struct row row;
};

static bool has_null_key(const struct scan *scan, row_cells *row)
{
	for (size_t i = 0; i < scan->nkey; i++)
		if ((*row)[scan->columns[scan->key[i]]].type == VALUE_NULL)
			return true;
	return scan->nkey == 0;
}

static int fake_next(struct cursor *cursor, const struct row **row,
		     struct err *err)
{
	struct fake_cursor *self = (struct fake_cursor *)cursor;
	const struct scan *scan = self->scan;

	(void)err;
	*row = NULL;
	while (self->at < self->nrows) {
		row_cells *next = &self->rows[self->at++];

		if (has_null_key(scan, next) != (scan->rows == SCAN_UNKEYED))
			continue;
		for (size_t i = 0; i < scan->ncolumns; i++)
			self->cells[i] = (*next)[scan->columns[i]];
		self->row = (struct row){ self->cells, scan->ncolumns };
		*row = &self->row;
		break;
	}
	return 0;
}

static void fake_cursor_close(struct cursor *cursor)
{
	free(cursor);
}

static int fake_scan(struct source *source, struct cursor **cursor,
		     const struct scan *scan, struct err *err)
{
	struct fake *fake = (struct fake *)source;
	size_t table = (size_t)(scan->table - fake->tables);
	struct fake_cursor *made = calloc(1, sizeof(*made));

	assert_non_null(made);
	for (size_t i = 0; i < scan->ncolumns; i++) {
		const struct column *column =
			&scan->table->columns[scan->columns[i]];

		/* what is not there must not be asked for */
		assert_false(column->absent);
		assert_null(column->unreadable);
	}
	made->cursor = (struct cursor){ .next = fake_next,
					.close = fake_cursor_close };
	made->scan = scan;
	made->rows = fake->rows[table];
	made->nrows = fake->nrows[table];
	*cursor = &made->cursor;
	if (scan->rows == SCAN_UNKEYED)
		return sorter_open(cursor, *cursor, scan, err);
	return 0;
}

static int fake_select(struct source *source,
		       const struct source_query *queries, size_t count,
		       struct err *err)
{
	(void)queries;
	(void)count;
	((struct fake *)source)->selects++;
	return err_set(err, D1_ERROR, "no engine here");
}

static const struct source_ops near_ops = { .scan = fake_scan };
static const struct source_ops far_ops = { .remote = true,
					   .scan = fake_scan,
					   .select = fake_select };

static void fake_init(struct fake *fake, bool partial)
{
	*fake = (struct fake){
		.source = { .ops = &near_ops, .schema = &fake->schema },
		.schema = { .tables = fake->tables, .partial = partial },
	};
}

/* Adds a table; they come in the order of their names. */
static struct table *add_table(struct fake *fake, const char *name,
			       struct column *columns, size_t ncolumns,
			       const struct key *key, row_cells *rows,
			       size_t nrows)
{
	size_t at = fake->schema.ntables++;

	fake->tables[at] = (struct table){ .name = name,
					   .columns = columns,
					   .ncolumns = ncolumns,
					   .keys = key,
					   .nkeys = key ? 1 : 0 };
	fake->rows[at] = rows;
	fake->nrows[at] = nrows;
	return &fake->tables[at];
}

static const size_t first_column[] = { 0 };
static const size_t second_column[] = { 1 };
static const enum collation binary[] = { COLLATION_BINARY };
static const struct key first_key = { .columns = first_column,
				      .collations = binary,
				      .count = 1,
				      .primary = true };
static const struct key second_key = { .columns = second_column,
				       .collations = binary,
				       .count = 1 };

/* ---- what is told ---- */

struct recorder {
	struct change_sink sink;
	struct buf text;
};

static int record_table(struct change_sink *sink, const struct table_pair *pair,
			struct err *err)
{
	struct buf *text = &((struct recorder *)sink)->text;

	(void)err;
	buf_add_format(text, "%s:", pair->name);
	if (!pair->sides[OLD].table || !pair->sides[NEW].table)
		buf_add_string(text, pair->sides[OLD].table ? " gone" : " new");
	if (pair->reason)
		buf_add_format(text, " not compared: %s", pair->reason);
	if (pair->unreadable)
		buf_add_format(text, " but %s", pair->unreadable);
	buf_add_char(text, '\n');
	return SINK_MORE;
}

static void add_cell(struct buf *text, const struct table_pair *pair, int side,
		     size_t cell, const struct row *row)
{
	buf_add_format(text, " %s=", pair_column(pair, side, cell)->name);
	literal_add(text, &row->cells[cell]);
}

static int record_change(struct change_sink *sink,
			 const struct table_pair *pair,
			 const struct change *change, struct err *err)
{
	struct buf *text = &((struct recorder *)sink)->text;

	(void)err;
	for (int side = OLD; side <= NEW; side++) {
		const struct pair_side *self = &pair->sides[side];
		const struct row *row = change->rows[side];

		if (!row)
			continue;
		buf_add_string(text, side == OLD ? "-" : "+");
		if (change->op != CHANGE_UPDATE)
			buf_add_format(text, "%d",
				       change->keyed ? 1 : (int)change->count);
		for (size_t i = 0;
		     change->op != CHANGE_UPDATE && i < self->ncolumns; i++)
			add_cell(text, pair, side, i, row);
		for (size_t i = 0;
		     change->op == CHANGE_UPDATE && i < pair->ncommon; i++)
			if (!pair_cells_equal(pair, change->rows, i))
				add_cell(text, pair, side, self->common[i],
					 row);
		buf_add_char(text, '\n');
	}
	return SINK_MORE;
}

/* ---- a comparison ---- */

struct run {
	struct fake sides[2];
	struct pair_rules rules;
	struct comparison_result result;
	struct recorder recorder;
	struct mask_key key;
	struct err err;
};

static int give_rules(void *context, const char *table,
		      const struct pair_rules **rules, struct err *err)
{
	(void)table;
	(void)err;
	*rules = &((struct run *)context)->rules;
	return 0;
}

static bool is_wanted(void *context, const char *table)
{
	(void)context;
	return strcmp(table, "excluded") != 0;
}

/* The first is OLD and live, the second NEW and a snapshot. */
static struct run *begin(void)
{
	struct run *run = calloc(1, sizeof(*run));

	assert_non_null(run);
	fake_init(&run->sides[OLD], false);
	fake_init(&run->sides[NEW], true);
	buf_init(&run->recorder.text, 1 << 20);
	run->recorder.sink = (struct change_sink){
		.begin_table = record_table,
		.change = record_change,
	};
	assert_int_equal(mask_key_set(&run->key, "0123456789abcdef", &run->err),
			 0);
	run->rules.mask_key = &run->key;
	return run;
}

/* Compares from one side to the other, and expects what is told of it. */
static void expect(struct run *run, int from, const char *expected)
{
	const struct comparison comparison = {
		.sources = { &run->sides[from].source,
			     &run->sides[!from].source },
		.labels = { "a", "b" },
		.rules = give_rules,
		.wanted = is_wanted,
		.context = run,
	};
	struct buf *text = &run->recorder.text;

	buf_clear(text);
	buf_add_string(text, "");
	if (compare_sources(&comparison, &run->recorder.sink, &run->result,
			    &run->err) < 0)
		fail_msg("%s", run->err.message);
	assert_int_equal(buf_check(text, "text", &run->err), 0);
	assert_string_equal(text->data ? text->data : "", expected);
}

static void end(struct run *run)
{
	buf_release(&run->recorder.text);
	mask_key_release(&run->key);
	free(run);
}

/* ---- tables that a snapshot lacks ---- */

static struct column plain_columns[] = {
	{ .name = "id", .affinity = AFFINITY_INTEGER },
	{ .name = "name", .affinity = AFFINITY_TEXT },
	{ .name = "n", .affinity = AFFINITY_INTEGER },
};

static void add_plain(struct fake *fake, const char *name, row_cells *rows,
		      size_t nrows)
{
	add_table(fake, name, plain_columns, 3, &first_key, rows, nrows);
}

static row_cells one_row[] = { { INTEGER(1), TEXT("x"), INTEGER(7) } };
static row_cells other_row[] = { { INTEGER(1), TEXT("y"), INTEGER(7) } };

static void only_tables_of_the_snapshot(void **state)
{
	struct run *run = begin();

	(void)state;
	add_plain(&run->sides[OLD], "Lines", one_row, 1);
	add_plain(&run->sides[OLD], "audit", one_row, 1);
	add_plain(&run->sides[OLD], "excluded", one_row, 1);
	add_plain(&run->sides[OLD], "users", one_row, 1);
	add_table(&run->sides[OLD], "view", plain_columns, 3, NULL, NULL, 0)
		->kind = TABLE_DERIVED;
	add_plain(&run->sides[OLD], "x", one_row, 1);
	add_plain(&run->sides[NEW], "left", one_row, 1);
	add_plain(&run->sides[NEW], "lines", other_row, 1);
	add_plain(&run->sides[NEW], "x", one_row, 1);

	expect(run, OLD,
	       "left: new\n+1 id=1 name='x' n=7\n"
	       "lines:\n- name='x'\n+ name='y'\n"
	       "x:\n");
	assert_int_equal(run->result.compared, 3);
	assert_int_equal(run->result.not_compared, 0);
	assert_int_equal(run->result.schema_differences, 1);
	assert_int_equal(run->result.untracked, 2);
	assert_string_equal(run->result.untracked_names, "audit, users");

	expect(run, NEW,
	       "Lines:\n- name='y'\n+ name='x'\n"
	       "left: gone\n-1 id=1 name='x' n=7\n"
	       "x:\n");
	assert_int_equal(run->result.untracked, 2);
	end(run);
}

static void two_snapshots_are_compared_as_they_are(void **state)
{
	struct run *run = begin();

	(void)state;
	run->sides[OLD].schema.partial = true;
	add_plain(&run->sides[OLD], "a", one_row, 1);
	add_plain(&run->sides[NEW], "b", one_row, 1);
	expect(run, OLD,
	       "a: gone\n-1 id=1 name='x' n=7\n"
	       "b: new\n+1 id=1 name='x' n=7\n");
	assert_int_equal(run->result.untracked, 0);
	assert_string_equal(run->result.untracked_names, "");
	end(run);
}

static void many_untracked_tables_are_counted(void **state)
{
	static char names[MAX_TABLES][40];
	struct run *run = begin();
	const char *listed = run->result.untracked_names;

	(void)state;
	for (int i = 0; i < MAX_TABLES; i++) {
		snprintf(names[i], sizeof(names[i]),
			 "table_with_a_long_name_%02d", i);
		add_plain(&run->sides[OLD], names[i], one_row, 1);
	}
	expect(run, OLD, "");
	assert_int_equal(run->result.untracked, MAX_TABLES);
	assert_true(strlen(listed) > 400);
	assert_string_equal(listed + strlen(listed) - 7, "17, ...");
	end(run);
}

/* ---- columns that a snapshot lacks ---- */

static void derived_columns_are_left_out_without_a_word(void **state)
{
	struct column live[] = {
		{ .name = "id", .affinity = AFFINITY_INTEGER },
		{ .name = "Total", .generated = true },
		{ .name = "n", .affinity = AFFINITY_INTEGER },
	};
	struct column held[] = {
		{ .name = "id", .affinity = AFFINITY_INTEGER },
		{ .name = "total", .generated = true, .absent = true },
		{ .name = "n", .affinity = AFFINITY_INTEGER },
		{ .name = "more", .generated = true, .absent = true },
	};
	row_cells rows[] = { { INTEGER(1), INTEGER(14), INTEGER(7) } };
	row_cells other[] = { { INTEGER(1), NOTHING, INTEGER(8) } };
	struct run *run = begin();

	(void)state;
	add_table(&run->sides[OLD], "t", live, 3, &first_key, rows, 1);
	add_table(&run->sides[NEW], "t", held, 4, &first_key, other, 1);
	expect(run, OLD, "t:\n- n=7\n+ n=8\n");
	assert_int_equal(run->result.schema_differences, 0);
	expect(run, NEW, "t:\n- n=8\n+ n=7\n");
	end(run);
}

static void columns_that_the_file_lacks_are_named(void **state)
{
	struct column held[] = {
		plain_columns[0],
		{ .name = "name", .unreadable = "the file does not have it" },
		plain_columns[2],
	};
	struct run *run = begin();

	(void)state;
	add_plain(&run->sides[OLD], "t", one_row, 1);
	add_table(&run->sides[NEW], "t", held, 3, &first_key, other_row, 1);
	expect(run, OLD, "t: but column name: the file does not have it\n");
	expect(run, NEW, "t: but column name: the file does not have it\n");
	end(run);
}

static void a_key_that_is_not_held(void **state)
{
	struct column held[] = { plain_columns[0], plain_columns[1],
				 plain_columns[2] };
	struct run *run = begin();

	(void)state;
	/* a UNIQUE index over what is derived: there is no key then */
	held[1].absent = true;
	add_table(&run->sides[OLD], "t", plain_columns, 3, &second_key, one_row,
		  1);
	add_table(&run->sides[NEW], "t", held, 3, &second_key, other_row, 1);
	expect(run, OLD, "t:\n");
	assert_int_equal(run->result.unchanged, 1);

	/* but no other key takes the place of a primary one */
	held[1].absent = false;
	held[0].unreadable = "the file does not have it";
	run->sides[OLD].tables[0].keys = &first_key;
	run->sides[NEW].tables[0].keys = &first_key;
	expect(run, OLD,
	       "t: not compared: its key column 'id': the file does not have "
	       "it\n");
	assert_int_equal(run->result.not_compared, 1);
	end(run);
}

/* ---- masks ---- */

/* printf 't\0name\0'\''x'\''' | openssl dgst -sha256 -hmac 0123456789abcdef */
#define MASK_OF_X \
	"masked-7952ed9045524521ad856bf04664f902" \
	"6fa2e832b0c1b2f638b17932d05496f7"
#define MASK_OF_Y \
	"masked-2e6e325e0a86c15183550211dc19c6d3" \
	"8529f9c1244c83d051987566334f4a28"
#define SHORT_X "masked-7952ed904552"

static const char *const mask_name[] = { "n?me", NULL };

/* The columns of a snapshot that masks `name`. */
static struct column masked_columns[] = {
	{ .name = "id", .affinity = AFFINITY_INTEGER },
	{ .name = "name", .affinity = AFFINITY_TEXT, .masked = true },
	{ .name = "n", .affinity = AFFINITY_INTEGER },
};

static row_cells masked_row[] = { { INTEGER(1), TEXT(MASK_OF_X), INTEGER(7) } };

/* A live side with 'x' and a snapshot with its mask. */
static struct run *begin_masked(void)
{
	struct run *run = begin();

	run->rules.mask = mask_name;
	add_plain(&run->sides[OLD], "t", one_row, 1);
	add_table(&run->sides[NEW], "T", masked_columns, 3, &first_key,
		  masked_row, 1)
		->mask_key_id = run->key.id;
	return run;
}

static void a_value_equals_its_mask(void **state)
{
	struct run *run = begin_masked();

	(void)state;
	expect(run, OLD, "T:\n");
	assert_int_equal(run->result.unchanged, 1);
	expect(run, NEW, "t:\n");
	run->sides[OLD].rows[0] = other_row;
	expect(run, OLD,
	       "T:\n- name='" MASK_OF_Y "'\n+ name='" MASK_OF_X "'\n");
	/* the masks of the snapshot count, whatever the rules say now */
	run->rules.mask = NULL;
	expect(run, OLD,
	       "T:\n- name='" MASK_OF_Y "'\n+ name='" MASK_OF_X "'\n");
	end(run);
}

static void a_placeholder_equals_its_mask(void **state)
{
	row_cells placeholder[] = {
		{ INTEGER(1), TEXT(SHORT_X), INTEGER(8) },
		{ INTEGER(2), TEXT(SHORT_X), INTEGER(7) },
	};
	row_cells masks[] = {
		{ INTEGER(1), TEXT(MASK_OF_X), INTEGER(7) },
		{ INTEGER(2), TEXT(MASK_OF_Y), INTEGER(7) },
	};
	struct run *run = begin_masked();

	(void)state;
	run->sides[OLD].rows[0] = placeholder;
	run->sides[NEW].rows[0] = masks;
	run->sides[OLD].nrows[0] = 2;
	run->sides[NEW].nrows[0] = 2;
	expect(run, OLD,
	       "T:\n- n=8\n+ n=7\n"
	       "- name='" SHORT_X "'\n+ name='" MASK_OF_Y "'\n");
	/* only where there are masks */
	run->rules.mask = NULL;
	run->sides[NEW].tables[0].columns = plain_columns;
	expect(run, OLD,
	       "T:\n- name='" SHORT_X "' n=8\n+ name='" MASK_OF_X "' n=7\n"
	       "- name='" SHORT_X "'\n+ name='" MASK_OF_Y "'\n");
	end(run);
}

static void masks_need_their_key(void **state)
{
	struct run *run = begin_masked();

	(void)state;
	run->sides[NEW].tables[0].mask_key_id = "1f2e3d4c";
	expect(run, OLD,
	       "T: not compared: column 'name' is masked under the key "
	       "1f2e3d4c, and d1.maskKey is the key cd3344b6\n");
	assert_int_equal(run->result.not_compared, 1);
	assert_non_null(strstr(run->result.remedy, "set d1.maskKey"));
	assert_non_null(strstr(run->result.remedy, "1f2e3d4c"));
	assert_null(strstr(run->result.remedy, "anew"));

	/* a key that is drawn is none */
	mask_key_release(&run->key);
	assert_int_equal(mask_key_draw(&run->key, &run->err), 0);
	expect(run, NEW,
	       "t: not compared: column 'name' is masked under the key "
	       "1f2e3d4c, and there is no mask key here\n");
	run->rules.mask_key = NULL;
	expect(run, NEW,
	       "t: not compared: a column of it is masked, and there is no "
	       "mask key\n");
	end(run);
}

static void masks_that_are_not_asked_for_any_more(void **state)
{
	struct run *run = begin_masked();

	(void)state;
	run->rules.mask = NULL;
	run->sides[NEW].tables[0].mask_key_id = "1f2e3d4c";
	expect(run, OLD,
	       "T: not compared: column 'name' is masked under the key "
	       "1f2e3d4c, and d1.maskKey is the key cd3344b6\n");
	assert_non_null(strstr(run->result.remedy, "write the snapshot anew"));
	end(run);
}

static void two_snapshots_need_one_key_and_not_to_have_it(void **state)
{
	struct run *run = begin_masked();

	(void)state;
	fake_init(&run->sides[OLD], true);
	add_table(&run->sides[OLD], "t", masked_columns, 3, &first_key,
		  masked_row, 1)
		->mask_key_id = "1f2e3d4c";
	run->sides[NEW].tables[0].mask_key_id = "1f2e3d4c";
	run->rules.mask_key = NULL;
	expect(run, OLD, "T:\n");
	assert_int_equal(run->result.unchanged, 1);
	run->sides[NEW].tables[0].mask_key_id = "00000000";
	expect(run, OLD,
	       "T: not compared: column 'name' is masked under the key "
	       "1f2e3d4c on one side and 00000000 on the other\n");
	end(run);
}

static void plain_values_of_a_file_are_masked(void **state)
{
	struct run *run = begin_masked();

	(void)state;
	run->sides[NEW].tables[0].columns = plain_columns;
	run->sides[NEW].tables[0].mask_key_id = NULL;
	run->sides[NEW].rows[0] = other_row;
	expect(run, OLD,
	       "T:\n- name='" MASK_OF_X "'\n+ name='" MASK_OF_Y "'\n");
	/* against a snapshot that has masks, too */
	fake_init(&run->sides[OLD], true);
	add_table(&run->sides[OLD], "t", masked_columns, 3, &first_key,
		  masked_row, 1)
		->mask_key_id = run->key.id;
	expect(run, OLD,
	       "T:\n- name='" MASK_OF_X "'\n+ name='" MASK_OF_Y "'\n");
	end(run);
}

static void tables_of_one_side_are_masked(void **state)
{
	struct run *run = begin();

	(void)state;
	run->rules.mask = mask_name;
	run->sides[NEW].schema.partial = false;
	add_plain(&run->sides[OLD], "t", one_row, 1);
	add_table(&run->sides[NEW], "u", masked_columns, 3, &first_key,
		  masked_row, 1)
		->mask_key_id = "1f2e3d4c";
	expect(run, OLD,
	       "t: gone\n-1 id=1 name='" MASK_OF_X "' n=7\n"
	       "u: new\n+1 id=1 name='" MASK_OF_X "' n=7\n");
	end(run);
}

static void rows_without_a_key(void **state)
{
	row_cells live[] = {
		{ INTEGER(1), TEXT("x"), INTEGER(7) },
		{ INTEGER(1), TEXT("y"), INTEGER(7) },
		{ INTEGER(1), TEXT(SHORT_X), INTEGER(7) },
		{ INTEGER(1), NOTHING, INTEGER(7) },
		{ INTEGER(1), TEXT("x"), INTEGER(6) },
	};
	row_cells masks[] = {
		{ INTEGER(1), TEXT(SHORT_X), INTEGER(7) },
		{ INTEGER(1), TEXT(MASK_OF_X), INTEGER(6) },
		{ INTEGER(1), NOTHING, INTEGER(7) },
		{ INTEGER(1), TEXT(MASK_OF_X), INTEGER(7) },
		{ INTEGER(1), TEXT(MASK_OF_X), INTEGER(7) },
	};
	struct run *run = begin_masked();

	(void)state;
	run->sides[OLD].tables[0].nkeys = 0;
	run->sides[NEW].tables[0].nkeys = 0;
	run->sides[OLD].rows[0] = live;
	run->sides[NEW].rows[0] = masks;
	run->sides[OLD].nrows[0] = 5;
	run->sides[NEW].nrows[0] = 5;
	expect(run, OLD,
	       "T:\n-1 id=1 name='" MASK_OF_Y "' n=7\n"
	       "+1 id=1 name='" MASK_OF_X "' n=7\n");
	assert_int_equal(run->result.unchanged, 4);
	end(run);
}

static void a_masked_column_is_neither_key_nor_label(void **state)
{
	struct arena arena = ARENA_INIT;
	struct run *run = begin_masked();
	const struct table *old_table = &run->sides[OLD].tables[0];
	struct table *new_table = &run->sides[NEW].tables[0];
	struct table_pair pair;

	(void)state;
	assert_int_equal(pair_tables(&pair, old_table, new_table, &run->rules,
				     &arena, &run->err),
			 0);
	assert_int_equal(pair.sides[OLD].label, 3);
	assert_int_equal(pair.sides[NEW].label, 3);
	run->rules.label = "name";
	assert_int_equal(pair_tables(&pair, old_table, new_table, &run->rules,
				     &arena, &run->err),
			 0);
	assert_int_equal(pair.sides[OLD].label, 3);

	run->rules.mask = NULL;
	run->sides[OLD].tables[0].keys = &second_key;
	new_table->keys = &second_key;
	expect(run, OLD,
	       "T: not compared: its key column 'name' is masked or ignored, "
	       "which a key cannot be\n");
	arena_release(&arena);
	end(run);
}

/* Fingerprints of values say nothing of masks. */
static void no_fingerprints_over_masks(void **state)
{
	enum { ROWS = 20001 };
	static const char long_text[256] = "";
	struct value(*rows)[MAX_CELLS] = calloc(ROWS, sizeof(*rows));
	struct run *run = begin_masked();

	(void)state;
	assert_non_null(rows);
	for (size_t i = 0; i < ROWS; i++) {
		rows[i][0] = (struct value)INTEGER((int64_t)i);
		rows[i][1] = (struct value){ .type = VALUE_TEXT,
					     .data = long_text,
					     .size = sizeof(long_text) };
		rows[i][2] = (struct value)INTEGER(1);
	}
	run->sides[OLD].source.ops = &far_ops;
	for (int side = OLD; side <= NEW; side++) {
		run->sides[side].rows[0] = (row_cells *)rows;
		run->sides[side].nrows[0] = ROWS;
	}
	run->sides[NEW].tables[0].columns = plain_columns;
	expect(run, OLD, "T:\n");
	assert_int_equal(run->result.unchanged, ROWS);
	assert_int_equal(run->sides[OLD].selects, 1);

	run->sides[NEW].tables[0].columns = masked_columns;
	for (size_t i = 0; i < ROWS; i++)
		rows[i][1] = (struct value)TEXT(MASK_OF_X);
	expect(run, OLD, "T:\n");
	assert_int_equal(run->result.unchanged, ROWS);
	assert_int_equal(run->sides[OLD].selects, 1);
	free(rows);
	end(run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_tables_of_the_snapshot),
		cmocka_unit_test(two_snapshots_are_compared_as_they_are),
		cmocka_unit_test(many_untracked_tables_are_counted),
		cmocka_unit_test(derived_columns_are_left_out_without_a_word),
		cmocka_unit_test(columns_that_the_file_lacks_are_named),
		cmocka_unit_test(a_key_that_is_not_held),
		cmocka_unit_test(a_value_equals_its_mask),
		cmocka_unit_test(a_placeholder_equals_its_mask),
		cmocka_unit_test(masks_need_their_key),
		cmocka_unit_test(masks_that_are_not_asked_for_any_more),
		cmocka_unit_test(two_snapshots_need_one_key_and_not_to_have_it),
		cmocka_unit_test(plain_values_of_a_file_are_masked),
		cmocka_unit_test(tables_of_one_side_are_masked),
		cmocka_unit_test(rows_without_a_key),
		cmocka_unit_test(a_masked_column_is_neither_key_nor_label),
		cmocka_unit_test(no_fingerprints_over_masks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
