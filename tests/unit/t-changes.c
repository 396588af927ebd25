/* Kept changes come out in the order in which they were added. */
#include "config.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "apply/changes.h"
#include "util/buf.h"

/* Adds a change of the kind whose one cell is the number. */
static void add(struct changes *changes, enum change_op op, int64_t number)
{
	const struct value cell = { .type = VALUE_INTEGER, .integer = number };
	const struct row row = { .cells = &cell, .ncells = 1 };
	const struct row_change change = {
		.op = op,
		.keyed = true,
		.count = 1,
		.old = op == CHANGE_INSERT ? NULL : &row,
		.new = op == CHANGE_DELETE ? NULL : &row,
	};
	struct err err = ERR_INIT;

	assert_int_equal(changes_add(changes, &change, &err), 0);
}

static int list(void *context, const struct row_change *change, struct err *err)
{
	const struct row *row = change->old ? change->old : change->new;

	(void)err;
	buf_add_format(context, " %d:%" PRId64, (int)change->op,
		       row->cells[0].integer);
	return 0;
}

static void all_kinds_come_in_their_order(void **state)
{
	static const char *const columns[] = { "id" };
	static const size_t key[] = { 0 };
	static const enum collation collations[] = { COLLATION_BINARY };
	const struct changed_table table = { .name = "t",
					     .columns = columns,
					     .ncolumns = 1,
					     .key = key,
					     .collations = collations,
					     .nkey = 1,
					     .label = 1 };
	struct changes *changes;
	struct err err = ERR_INIT;
	struct buf text;

	(void)state;
	buf_init(&text, 1 << 10);
	assert_int_equal(changes_open(&changes, &err), 0);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(changes_begin_table(changes, &table, &err), 0);
		add(changes, CHANGE_UPDATE, 7);
		add(changes, CHANGE_DELETE, 3);
		add(changes, CHANGE_INSERT, 5 + i);
		add(changes, CHANGE_UPDATE, 1);
		add(changes, CHANGE_INSERT, 2);
	}
	assert_int_equal(changes_each_row(changes, 1, list, &text, &err), 0);
	assert_string_equal(text.data, " 2:7 1:3 0:6 2:1 0:2");
	buf_clear(&text);
	assert_int_equal(changes_each(changes, 0, CHANGE_INSERT, list, &text,
				      &err),
			 0);
	assert_string_equal(text.data, " 0:5 0:2");
	buf_release(&text);
	changes_close(changes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_kinds_come_in_their_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
