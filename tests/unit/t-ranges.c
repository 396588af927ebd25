/*
 * Which ranges of a large table are fetched from afar, how often the far side
 * is asked for that, and that the outcome is the same in each way.
 */
#include "config.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "diff/ranges.h"
#include "source/sqlite.h"

/* ---- a database that is far away ---- */

struct far {
	struct source source;
	struct source *inner;
	unsigned calls;	  /* of source_select_all() */
	unsigned queries; /* in them */
	unsigned rows;	  /* that were fetched */
};

struct far_cursor {
	struct cursor cursor;
	struct cursor *inner;
	struct far *far;
};

static int far_next(struct cursor *cursor, const struct row **row,
		    struct err *err)
{
	struct far_cursor *self = (struct far_cursor *)cursor;
	int code = cursor_next(self->inner, row, err);

	self->far->rows += code == 0 && *row;
	return code;
}

static void far_close_cursor(struct cursor *cursor)
{
	cursor_close(((struct far_cursor *)cursor)->inner);
	free(cursor);
}

static int far_scan(struct source *source, struct cursor **cursor,
		    const struct scan *scan, struct err *err)
{
	struct far_cursor *made = calloc(1, sizeof(*made));

	assert_non_null(made);
	made->cursor.next = far_next;
	made->cursor.close = far_close_cursor;
	made->far = (struct far *)source;
	*cursor = &made->cursor;
	return source_scan(made->far->inner, &made->inner, scan, err);
}

static int far_select(struct source *source, const struct source_query *queries,
		      size_t count, struct err *err)
{
	struct far *far = (struct far *)source;

	far->calls++;
	far->queries += (unsigned)count;
	return source_select_all(far->inner, queries, count, err);
}

static int far_find_duplicate(struct source *source, const struct scan *scan,
			      struct buf *key, struct err *err)
{
	return source_find_duplicate(((struct far *)source)->inner, scan, key,
				     err);
}

static const struct source_ops far_ops = { .remote = true,
					   .scan = far_scan,
					   .select = far_select,
					   .find_duplicate =
						   far_find_duplicate };

/* ---- two databases ---- */

struct fixture {
	sqlite3 *db[2];
	struct source *sources[2];
	struct far far;
	struct pair_rules rules;
	uint64_t changes[3]; /* by enum change_op */
	struct comparison_result result;
	struct err err;
};

static void PRINTF_LIKE(2, 3) execute(sqlite3 *db, const char *format, ...)
{
	char sql[1000];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(sql, sizeof(sql), format, arguments);
	va_end(arguments);
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
}

/* Two equal tables of so many rows, of 6 MB. */
static struct fixture *open_fixture(const char *key, unsigned rows)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	for (int side = OLD; side <= NEW; side++) {
		assert_int_equal(sqlite3_open(":memory:", &fixture->db[side]),
				 SQLITE_OK);
		execute(fixture->db[side],
			"CREATE TABLE t(%s, n, padding TEXT)", key);
		execute(fixture->db[side],
			"WITH i(n) AS (VALUES(0) UNION ALL SELECT n+1 FROM i"
			" WHERE n+1<%u) INSERT INTO t SELECT printf('%%06d',n),"
			" n, printf('%%0*d',6000000/%u,n) FROM i",
			rows, rows);
	}
	return fixture;
}

static void close_fixture(struct fixture *fixture)
{
	for (int side = OLD; side <= NEW; side++)
		assert_int_equal(sqlite3_close(fixture->db[side]), SQLITE_OK);
	free(fixture);
}

static int give_rules(void *context, const char *table,
		      const struct pair_rules **rules, struct err *err)
{
	(void)table;
	(void)err;
	*rules = &((struct fixture *)context)->rules;
	return 0;
}

static bool is_wanted(void *context, const char *table)
{
	(void)context;
	(void)table;
	return true;
}

struct counter {
	struct change_sink sink;
	struct fixture *fixture;
};

static int count_change(struct change_sink *sink, const struct table_pair *pair,
			const struct change *change, struct err *err)
{
	(void)pair;
	(void)err;
	((struct counter *)sink)->fixture->changes[change->op]++;
	return SINK_MORE;
}

static int begin_table(struct change_sink *sink, const struct table_pair *pair,
		       struct err *err)
{
	(void)sink;
	(void)err;
	assert_null(pair->reason);
	return SINK_MORE;
}

/* Compares the two; the old one is far away, if `remote` says so. */
static void compare(struct fixture *fixture, bool remote)
{
	struct comparison comparison = {
		.labels = { "a", "b" },
		.rules = give_rules,
		.wanted = is_wanted,
		.context = fixture,
	};
	struct counter counter = { .sink = { .begin_table = begin_table,
					     .change = count_change },
				   .fixture = fixture };

	memset(fixture->changes, 0, sizeof(fixture->changes));
	for (int side = OLD; side <= NEW; side++) {
		assert_int_equal(sqlite_wrap(&fixture->sources[side],
					     fixture->db[side],
					     SQLITE_HANDLE_BORROWED, "t",
					     &fixture->err),
				 0);
		comparison.sources[side] = fixture->sources[side];
	}
	fixture->far = (struct far){
		.source = { &far_ops, fixture->sources[OLD]->schema },
		.inner = fixture->sources[OLD],
	};
	if (remote)
		comparison.sources[OLD] = &fixture->far.source;
	if (compare_sources(&comparison, &counter.sink, &fixture->result,
			    &fixture->err) < 0)
		fail_msg("%s", fixture->err.message);
	for (int side = OLD; side <= NEW; side++)
		source_close(fixture->sources[side]);
}

/* The far side is asked so often, and hands out so many rows. */
static void expect(struct fixture *fixture, unsigned calls, unsigned queries,
		   unsigned rows)
{
	uint64_t changes[3], unchanged;

	compare(fixture, false);
	memcpy(changes, fixture->changes, sizeof(changes));
	unchanged = fixture->result.unchanged;
	compare(fixture, true);
	assert_memory_equal(fixture->changes, changes, sizeof(changes));
	assert_int_equal(fixture->result.unchanged, unchanged);
	assert_int_equal(fixture->far.calls, calls);
	assert_int_equal(fixture->far.queries, queries);
	assert_int_equal(fixture->far.rows, rows);
}

/* ---- tests ---- */

/* 938 groups of 64 rows, 800 of them a statement */
enum { ROWS = 60000, GROUP = 64 };

static void one_group_is_fetched(void **state)
{
	struct fixture *fixture = open_fixture("k TEXT PRIMARY KEY", ROWS);

	(void)state;
	expect(fixture, 2, 8 + 2, 0);
	execute(fixture->db[NEW], "UPDATE t SET padding=padding||'x'"
				  " WHERE n=30000");
	expect(fixture, 2, 8 + 2, GROUP);
	assert_int_equal(fixture->changes[CHANGE_UPDATE], 1);
	close_fixture(fixture);
}

static void all_rows_are_fetched_where_each_probe_differs(void **state)
{
	struct fixture *fixture = open_fixture("k TEXT PRIMARY KEY", ROWS);

	(void)state;
	execute(fixture->db[NEW], "UPDATE t SET n=n+1");
	expect(fixture, 1, 8, ROWS);
	assert_int_equal(fixture->changes[CHANGE_UPDATE], ROWS);
	execute(fixture->db[OLD], "DELETE FROM t");
	expect(fixture, 1, 8, 0);
	assert_int_equal(fixture->changes[CHANGE_INSERT], ROWS);
	close_fixture(fixture);
}

/* What differs in one part of a table differs in some of the probes only. */
static void a_part_that_differs_is_found(void **state)
{
	struct fixture *fixture = open_fixture("k TEXT PRIMARY KEY", ROWS);

	(void)state;
	execute(fixture->db[NEW], "UPDATE t SET n=-n WHERE n < 25600 AND n>0");
	execute(fixture->db[OLD], "DELETE FROM t WHERE n >= 59950");
	expect(fixture, 2, 8 + 2, 25600 + 46);
	assert_int_equal(fixture->changes[CHANGE_UPDATE], 25599);
	assert_int_equal(fixture->changes[CHANGE_INSERT], 50);
	/* seven of eight probes */
	execute(fixture->db[NEW], "UPDATE t SET n=-n WHERE n < 55000 AND n>0");
	expect(fixture, 2, 8 + 2, ROWS - 50);
	close_fixture(fixture);
}

/* A probe must not cost a call more, nor scans of the whole table. */
static void not_all_tables_are_probed(void **state)
{
	static const char *const key[] = { "k", NULL };
	struct fixture *fixture = open_fixture("k TEXT PRIMARY KEY", 51000);

	(void)state;
	execute(fixture->db[NEW], "UPDATE t SET n=n+1");
	expect(fixture, 1, 1, 51000);
	close_fixture(fixture);
	fixture = open_fixture("k TEXT", ROWS);
	fixture->rules.key = key;
	execute(fixture->db[NEW], "UPDATE t SET n=n+1");
	expect(fixture, 1, 2, ROWS);
	close_fixture(fixture);
}

/* 400,000 rows a call: eight statements of 51,200 are more. */
static void calls_have_a_limit(void **state)
{
	struct fixture *fixture = open_fixture("k TEXT PRIMARY KEY", 405000);

	(void)state;
	execute(fixture->db[NEW], "UPDATE t SET n=-1 WHERE n IN (7,404999)");
	expect(fixture, 3, 8 + 7 + 1, GROUP + 8);
	assert_int_equal(fixture->changes[CHANGE_UPDATE], 2);
	close_fixture(fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_group_is_fetched),
		cmocka_unit_test(all_rows_are_fetched_where_each_probe_differs),
		cmocka_unit_test(a_part_that_differs_is_found),
		cmocka_unit_test(not_all_tables_are_probed),
		cmocka_unit_test(calls_have_a_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
