/*
 * Masks: that they are the HMACs that openssl computes, what stays as it is,
 * and what counts as equal. Each expected text is the output of
 *
 *	printf '<table>\0<column>\0<literal>' |
 *		openssl dgst -sha256 -hmac 0123456789abcdef
 *
 * and the id of the key that of the same command over 'git-d1 mask key'.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "diff/mask.h"

#define INTEGER(number) \
	((struct value){ .type = VALUE_INTEGER, .integer = (number) })
#define REAL(number) ((struct value){ .type = VALUE_REAL, .real = (number) })
#define BYTES(kind, bytes) \
	((struct value){ \
		.type = (kind), .data = (bytes), .size = sizeof(bytes) - 1 })
#define TEXT(bytes) BYTES(VALUE_TEXT, bytes)
#define BLOB(bytes) BYTES(VALUE_BLOB, bytes)
#define NOTHING ((struct value){ .type = VALUE_NULL })

static const char secret[] = "0123456789abcdef";

/* A cursor over rows in memory that counts how often one is closed. */
struct listed {
	struct cursor cursor;
	const struct row *rows;
	size_t count;
	size_t at;
	unsigned closed;
	bool broken; /* the row after the last one is an error */
};

static int listed_next(struct cursor *cursor, const struct row **row,
		       struct err *err)
{
	struct listed *self = (struct listed *)cursor;

	*row = NULL;
	if (self->at < self->count)
		*row = &self->rows[self->at++];
	else if (self->broken)
		return err_set(err, D1_ERROR, "broken");
	return 0;
}

static void listed_close(struct cursor *cursor)
{
	((struct listed *)cursor)->closed++;
}

#define LISTED(list, number) \
	{ \
		.cursor = { .next = listed_next, .close = listed_close }, \
		.rows = (list), .count = (number) \
	}

/* Expects a value to be masked as the text; NULL: to stay as it is. */
static void expect_mask(const char *table, const char *column,
			struct value value, const char *digits)
{
	const struct row row = { .cells = &value, .ncells = 1 };
	struct listed listed = LISTED(&row, 1);
	struct cursor *cursor = NULL;
	struct err err = ERR_INIT;
	struct mask_key key;
	const struct row *masked;
	size_t first = 0;

	assert_int_equal(mask_key_set(&key, secret, &err), 0);
	assert_int_equal(mask_cursor(&cursor, &listed.cursor, &key, table,
				     &column, &first, 1, &err),
			 0);
	assert_int_equal(cursor_next(cursor, &masked, &err), 0);
	assert_int_equal(masked->ncells, 1);
	if (digits) {
		assert_int_equal(masked->cells[0].type, VALUE_TEXT);
		assert_int_equal(masked->cells[0].size, MASK_TEXT_SIZE);
		assert_memory_equal(masked->cells[0].data, "masked-", 7);
		assert_memory_equal(masked->cells[0].data + 7, digits, 64);
		assert_true(mask_is_mask(&masked->cells[0]));
	} else {
		assert_true(value_equal(&masked->cells[0], &value));
	}
	assert_int_equal(cursor_next(cursor, &masked, &err), 0);
	assert_null(masked);
	cursor_close(cursor);
	assert_int_equal(listed.closed, 1);
	mask_key_release(&key);
}

static void keys_have_ids(void **state)
{
	struct err err = ERR_INIT;
	struct mask_key key;

	(void)state;
	assert_int_equal(mask_key_set(&key, secret, &err), 0);
	assert_string_equal(key.id, "cd3344b6");
	mask_key_release(&key);
	assert_null(key.bytes);
	assert_int_equal(key.size, 0);
	assert_string_equal(key.id, "");

	assert_int_equal(mask_key_set(&key, "0123456789abcde", &err),
			 D1_EUSAGE);
	assert_null(strstr(err.message, "0123"));
	assert_int_equal(key.size, 0);
	mask_key_release(&key);
}

static void drawn_keys_differ_and_have_no_id(void **state)
{
	struct err err = ERR_INIT;
	struct mask_key one, other;

	(void)state;
	assert_int_equal(mask_key_draw(&one, &err), 0);
	assert_int_equal(mask_key_draw(&other, &err), 0);
	assert_string_equal(one.id, "");
	assert_true(one.size >= 32);
	assert_memory_not_equal(one.bytes, other.bytes, one.size);
	mask_key_release(&one);
	mask_key_release(&other);
}

static void masks_are_those_of_openssl(void **state)
{
	(void)state;
	expect_mask("users", "email", TEXT("ann@example.com"),
		    "0157568a9ec691a42883a9d6b9a084d3"
		    "d155e21e0edc2fe679099e71ea858457");
	/* values of other types that look alike */
	expect_mask("users", "n", INTEGER(1),
		    "8318a577f8bcf26c20d2c7ce5ffdb6d9"
		    "79ae894cf070cb91fdf93bd5a0cd10a6");
	expect_mask("users", "n", TEXT("1"),
		    "6be4c66d58bf6806f2b0fe93f347f03d"
		    "fce9f8c4cd648c5092106944e74056f4");
	expect_mask("users", "n", REAL(1.0),
		    "bdfb4d49bd8cd6eb1d6f975bced1852e"
		    "ec5029cf272afdb5fb8cbde44e0bbf72");
	expect_mask("users", "n", BLOB("1"),
		    "bf3fb26e8e33540181c56b728898088f"
		    "c1889672eeeaa082ec695f1c368ada7d");
	expect_mask("users", "n", TEXT(""),
		    "6ed54ae8de68ea858ad1241798a68096"
		    "e9569ddd97641c402fd2b30899b133a6");
	/* the same value in another column, and in another table */
	expect_mask("users", "m", INTEGER(1),
		    "f3f4abc6c8b4a60d315a8552eaa9769c"
		    "051ee1deea0e0809be384b8c14613057");
	expect_mask("people", "n", INTEGER(1),
		    "c1f3ffafc3b01bf9ed4ec3eb58719338"
		    "87199b55ff4d2aca5eea2ba2bcd4f512");
	/* names in other letters */
	expect_mask("Users", "EMAIL", TEXT("ann@example.com"),
		    "0157568a9ec691a42883a9d6b9a084d3"
		    "d155e21e0edc2fe679099e71ea858457");
}

static const char mask[] = "masked-0157568a9ec691a42883a9d6b9a084d3"
			   "d155e21e0edc2fe679099e71ea858457";

static void null_masks_and_placeholders_stay(void **state)
{
	(void)state;
	expect_mask("users", "email", NOTHING, NULL);
	expect_mask("users", "email", TEXT("masked-0157568a9ec6"), NULL);
	expect_mask("users", "email", TEXT(mask), NULL);
}

static void only_these_are_masks(void **state)
{
	const struct value placeholder = TEXT("masked-0157568a9ec6");
	const struct value whole = TEXT(mask);
	const struct value none[] = {
		TEXT("masked-0157568a9ec"),
		TEXT("masked-0157568a9ec69"),
		TEXT("masked-0157568a9ecG"),
		TEXT("masked-0157568A9EC6"),
		TEXT("Masked-0157568a9ec6"),
		TEXT("masked_0157568a9ec6"),
		TEXT("masked-0157568a9ec\0"),
		BLOB("masked-0157568a9ec6"),
		TEXT(""),
		NOTHING,
		INTEGER(7),
	};

	(void)state;
	assert_true(mask_is_placeholder(&placeholder));
	assert_false(mask_is_mask(&placeholder));
	assert_true(mask_is_mask(&whole));
	assert_false(mask_is_placeholder(&whole));
	for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++) {
		assert_false(mask_is_placeholder(&none[i]));
		assert_false(mask_is_mask(&none[i]));
		assert_false(mask_matches(&none[i], &whole));
		assert_false(mask_matches(&placeholder, &none[i]));
	}
}

static void placeholders_match_their_masks(void **state)
{
	const struct value whole = TEXT(mask);
	const struct value own = TEXT("masked-0157568a9ec6");
	const struct value other = TEXT("masked-0157568a9ec7");

	(void)state;
	assert_true(mask_matches(&whole, &own));
	assert_true(mask_matches(&own, &whole));
	assert_false(mask_matches(&whole, &other));
	assert_false(mask_matches(&other, &whole));
	/* which value_equal() is there for */
	assert_false(mask_matches(&own, &own));
	assert_false(mask_matches(&whole, &whole));
}

static void other_cells_are_left_alone(void **state)
{
	const struct value cells[] = { TEXT("ann@example.com"), INTEGER(1),
				       TEXT("ann@example.com") };
	const struct row rows[] = { { cells, 3 }, { cells, 3 } };
	const char *const columns[] = { "email", "n" };
	const size_t masked[] = { 2, 1 };
	struct listed listed = LISTED(rows, 2);
	struct cursor *cursor = NULL;
	struct err err = ERR_INIT;
	struct mask_key key;
	const struct row *row;

	(void)state;
	listed.broken = true;
	assert_int_equal(mask_key_set(&key, secret, &err), 0);
	assert_int_equal(mask_cursor(&cursor, &listed.cursor, &key, "users",
				     columns, masked, 2, &err),
			 0);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(cursor_next(cursor, &row, &err), 0);
		assert_true(value_equal(&row->cells[0], &cells[0]));
		assert_memory_equal(row->cells[1].data, "masked-8318a577f8bc",
				    MASK_PLACEHOLDER_SIZE);
		assert_memory_equal(row->cells[2].data, mask, MASK_TEXT_SIZE);
	}
	assert_int_equal(cursor_next(cursor, &row, &err), D1_ERROR);
	assert_string_equal(err.message, "broken");
	assert_null(row);
	cursor_close(cursor);
	mask_key_release(&key);
}

static void without_a_key_nothing_is_read(void **state)
{
	const char *const column = "email";
	const struct mask_key none = { .size = 0 };
	struct listed listed = LISTED(NULL, 0);
	struct cursor *cursor = NULL;
	struct err err = ERR_INIT;
	size_t first = 0;

	(void)state;
	assert_int_equal(mask_cursor(&cursor, &listed.cursor, &none, "users",
				     &column, &first, 1, &err),
			 D1_EREFUSED);
	assert_int_equal(listed.closed, 1);
	assert_null(cursor);
}

static void placeholders_stand_behind_the_cells(void **state)
{
	const struct value cells[] = { TEXT(mask), INTEGER(1), NOTHING,
				       TEXT("masked-0157568a9ec6") };
	const struct value expected[] = { cells[0], cells[1],  cells[2],
					  cells[3], cells[3],  cells[3],
					  NOTHING,  INTEGER(1) };
	const struct row one = { cells, 4 };
	const size_t wanted[] = { 3, 0, 2, 1 };
	struct listed listed = LISTED(&one, 1);
	struct cursor *cursor = NULL;
	struct err err = ERR_INIT;
	const struct row *row;

	(void)state;
	assert_int_equal(mask_placeholders(&cursor, &listed.cursor, wanted, 4,
					   &err),
			 0);
	assert_int_equal(cursor_next(cursor, &row, &err), 0);
	assert_int_equal(row->ncells, 8);
	for (size_t i = 0; i < 8; i++)
		assert_true(value_equal(&row->cells[i], &expected[i]));
	cursor_close(cursor);
	assert_int_equal(listed.closed, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_have_ids),
		cmocka_unit_test(drawn_keys_differ_and_have_no_id),
		cmocka_unit_test(masks_are_those_of_openssl),
		cmocka_unit_test(null_masks_and_placeholders_stay),
		cmocka_unit_test(only_these_are_masks),
		cmocka_unit_test(placeholders_match_their_masks),
		cmocka_unit_test(other_cells_are_left_alone),
		cmocka_unit_test(without_a_key_nothing_is_read),
		cmocka_unit_test(placeholders_stand_behind_the_cells),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
