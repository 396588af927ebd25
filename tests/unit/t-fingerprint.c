/*
 * Fingerprints: the known vector, that the SELECT and the C side agree under
 * D1's limits whatever the rows hold, and that no change goes unseen.
 */
#include "config.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "diff/fingerprint_sql.h"
#include "source/statement.h"

enum {
	MAX_COLUMNS = 128,
	MAX_GROUPS = 64,
	MAX_STATEMENT = 100000,
	MAX_WEIGHT = (1 << 30) - 1,
};

#define INTEGER(number) \
	((struct value){ .type = VALUE_INTEGER, .integer = (number) })
#define REAL(number) ((struct value){ .type = VALUE_REAL, .real = (number) })
#define BYTES(kind, bytes) \
	((struct value){ \
		.type = (kind), .data = (bytes), .size = sizeof(bytes) - 1 })
#define TEXT(bytes) BYTES(VALUE_TEXT, bytes)
#define BLOB(bytes) BYTES(VALUE_BLOB, bytes)
#define NOTHING ((struct value){ .type = VALUE_NULL })

/* One table in memory, and how it is compared: by its first columns. */
struct fixture {
	sqlite3 *db;
	struct column columns[MAX_COLUMNS];
	char names[MAX_COLUMNS][8];
	enum fingerprint_form forms[MAX_COLUMNS];
	size_t positions[MAX_COLUMNS];
	enum collation collations[MAX_COLUMNS];
	struct table table;
	struct scan scan;
	struct value bounds[MAX_GROUPS * 2];
	struct fingerprint fingerprint;
	struct fingerprint_weights weights;
	struct err err;
};

static void execute(struct fixture *fixture, const char *sql)
{
	if (sqlite3_exec(fixture->db, sql, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(fixture->db));
}

/* What D1 sets in its engine. */
static void set_limits_of_d1(sqlite3 *db)
{
	sqlite3_limit(db, SQLITE_LIMIT_LENGTH, 4 << 20);
	sqlite3_limit(db, SQLITE_LIMIT_SQL_LENGTH, MAX_STATEMENT);
	sqlite3_limit(db, SQLITE_LIMIT_COLUMN, 100);
	sqlite3_limit(db, SQLITE_LIMIT_EXPR_DEPTH, 100);
	sqlite3_limit(db, SQLITE_LIMIT_COMPOUND_SELECT, 5);
	sqlite3_limit(db, SQLITE_LIMIT_VDBE_OP, 25000);
	sqlite3_limit(db, SQLITE_LIMIT_FUNCTION_ARG, 127);
}

/* Columns are named c0, c1, ... in the CREATE TABLE statement. */
static void open_fixture(struct fixture *fixture, const char *create,
			 size_t ncolumns, size_t nkey)
{
	*fixture = (struct fixture){ .err = ERR_INIT };
	assert_int_equal(sqlite3_open(":memory:", &fixture->db), SQLITE_OK);
	set_limits_of_d1(fixture->db);
	execute(fixture, create);
	for (size_t i = 0; i < ncolumns; i++) {
		snprintf(fixture->names[i], sizeof(fixture->names[i]), "c%u",
			 (unsigned)i % 1000);
		fixture->columns[i].name = fixture->names[i];
		fixture->positions[i] = i;
	}
	fixture->table = (struct table){ .name = "t",
					 .ncolumns = ncolumns,
					 .columns = fixture->columns };
	fixture->scan = (struct scan){
		.table = &fixture->table,
		.columns = fixture->positions,
		.ncolumns = ncolumns,
		.rows = SCAN_KEYED,
		.key = fixture->positions,
		.collations = fixture->collations,
		.nkey = nkey,
	};
	fixture->fingerprint = (struct fingerprint){
		.scan = &fixture->scan,
		.forms = fixture->forms,
		.bounds = fixture->bounds,
		.row_chunks = FINGERPRINT_ROW_CHUNKS,
		.key_chunks = FINGERPRINT_CHUNKS - FINGERPRINT_ROW_CHUNKS,
	};
	assert_int_equal(fingerprint_draw(&fixture->weights, &fixture->err), 0);
}

static void close_fixture(struct fixture *fixture)
{
	assert_int_equal(fixture->err.code, D1_OK);
	assert_int_equal(sqlite3_close(fixture->db), SQLITE_OK);
}

static struct cursor *open_cursor(struct fixture *fixture, const char *sql,
				  size_t ncells)
{
	sqlite3_stmt *statement = NULL;
	struct cursor *cursor = NULL;

	if (statement_prepare(&statement, fixture->db, sql, "t",
			      &fixture->err) < 0 ||
	    statement_cursor(&cursor, statement, ncells, "t", &fixture->err) <
		    0)
		fail_msg("%s: %s", fixture->err.message, sql);
	return cursor;
}

static const struct row *next_row(struct fixture *fixture,
				  struct cursor *cursor)
{
	const struct row *row = NULL;

	if (cursor_next(cursor, &row, &fixture->err) < 0)
		fail_msg("%s", fixture->err.message);
	return row;
}

static int compare_to_bound(const struct scan *scan, const struct row *row,
			    const struct value *bound)
{
	for (size_t i = 0; i < scan->nkey; i++) {
		int order = value_compare(&row->cells[scan->key[i]], &bound[i],
					  scan->collations[i]);

		if (order)
			return order;
	}
	return 0;
}

/* The group of the row, which has the cells of the scan. */
static size_t group_of(const struct fingerprint *fingerprint,
		       const struct row *row)
{
	const struct scan *scan = fingerprint->scan;
	size_t low = 0;
	size_t high = fingerprint->nbounds;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_to_bound(scan, row,
				     fingerprint->bounds +
					     middle * scan->nkey) <= 0)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

/* What C makes of the rows that the condition holds for. */
static void sum_in_c(struct fixture *fixture, struct fingerprint_sum *sums,
		     const char *condition)
{
	char sql[256];
	struct cursor *cursor;
	const struct row *row;

	snprintf(sql, sizeof(sql), "SELECT * FROM t WHERE %s", condition);
	cursor = open_cursor(fixture, sql, fixture->scan.ncolumns);
	memset(sums, 0, MAX_GROUPS * sizeof(*sums));
	while ((row = next_row(fixture, cursor)))
		fingerprint_add(&sums[group_of(&fixture->fingerprint, row)],
				&fixture->fingerprint, &fixture->weights, row);
	cursor_close(cursor);
}

/* What SQLite makes of them. */
static void sum_in_sql(struct fixture *fixture, struct fingerprint_sum *sums)
{
	struct cursor *cursor;
	const struct row *row;
	struct buf sql;
	size_t group;
	bool fits;

	buf_init(&sql, MAX_STATEMENT);
	assert_int_equal(fingerprint_sql(&sql, &fits, &fixture->fingerprint,
					 &fixture->weights, &fixture->err),
			 0);
	assert_true(fits);
	memset(sums, 0, MAX_GROUPS * sizeof(*sums));
	cursor = open_cursor(fixture, sql.data, 5);
	while ((row = next_row(fixture, cursor))) {
		struct fingerprint_sum sum;

		if (fingerprint_sql_read(&group, &sum, &fixture->fingerprint,
					 row, &fixture->err) < 0)
			fail_msg("%s", fixture->err.message);
		assert_int_equal(sums[group].rows, 0);
		sums[group] = sum;
	}
	cursor_close(cursor);
	buf_release(&sql);
}

/* Both sides agree on each group. Returns how many are known. */
static size_t expect_agreement(struct fixture *fixture, const char *condition)
{
	struct fingerprint_sum in_c[MAX_GROUPS];
	struct fingerprint_sum in_sql[MAX_GROUPS];
	size_t known = 0;

	sum_in_c(fixture, in_c, condition);
	sum_in_sql(fixture, in_sql);
	for (size_t g = 0; g <= fixture->fingerprint.nbounds; g++) {
		assert_int_equal(in_c[g].rows, in_sql[g].rows);
		assert_int_equal(in_c[g].unknown, in_sql[g].unknown);
		assert_int_equal(fingerprint_equal(&in_c[g], &in_sql[g]),
				 in_c[g].unknown == 0);
		known += in_c[g].unknown == 0 && in_c[g].rows > 0;
	}
	return known;
}

/* ---- the vector ---- */

static uint32_t draw(uint64_t *seed)
{
	*seed = (*seed * 1103515245 + 12345) % ((uint64_t)1 << 31);
	return (uint32_t)(*seed % ((uint64_t)1 << 30));
}

static void set_weights_of_vector(struct fingerprint_weights *weights)
{
	uint64_t seed = 1;

	for (int j = 0; j < 2; j++)
		for (int i = 0; i < 1 + 2 * 8; i++)
			weights->row[j][i] = draw(&seed);
	for (int j = 0; j < 2; j++)
		for (int i = 0; i < 4; i++)
			weights->key[j][i] = draw(&seed);
	assert_int_equal(weights->row[0][0], 29785766);
	assert_int_equal(weights->row[0][2], 662824084);
	assert_int_equal(weights->row[1][0], 314548695);
	assert_int_equal(weights->key[0][0], 554908916);
	assert_int_equal(weights->key[1][3], 995405759);
}

static void vector_has_its_numbers(void **state)
{
	struct fingerprint_sum sums[MAX_GROUPS];
	struct fixture fixture;

	(void)state;
	open_fixture(&fixture,
		     "CREATE TABLE t(c0 INTEGER PRIMARY KEY, c1 TEXT,"
		     " c2 REAL, c3 BLOB)",
		     4, 1);
	fixture.forms[0] = FINGERPRINT_INTEGER;
	fixture.forms[1] = FINGERPRINT_TEXT;
	fixture.fingerprint.row_chunks = 8;
	set_weights_of_vector(&fixture.weights);
	execute(&fixture, "INSERT INTO t VALUES(1,'a''b',0.5,NULL),"
			  "(2,'',-1.0,x'00ff'),(-7,NULL,1,x'')");
	sum_in_c(&fixture, sums, "true");
	assert_int_equal(sums[0].rows, 3);
	assert_int_equal(sums[0].unknown, 0);
	assert_int_equal(sums[0].sums[0], 4160129942);
	assert_int_equal(sums[0].sums[1], 4033885790);
	assert_int_equal(expect_agreement(&fixture, "true"), 1);
	close_fixture(&fixture);
}

/* ---- random tables ---- */

static uint64_t next_random(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

static struct value random_value(uint64_t *seed)
{
	static const struct value hard[] = {
		NOTHING,
		TEXT(""),
		BLOB(""),
		INTEGER(0),
		INTEGER(1),
		INTEGER(-1),
		INTEGER(INT64_MAX),
		INTEGER(INT64_MIN),
		INTEGER(9007199254740993),
		REAL(0.0),
		REAL(-0.0),
		REAL(1.0),
		REAL(-1.0),
		REAL(0.1),
		REAL(1.0 / 3),
		REAL(-1e-15),
		REAL(0x1p62 - 512),
		REAL(-0x1p62 + 512),
		REAL(0x1p-67),
		REAL(-0x1.fffffffffffffp-67),
		REAL(0x1.fffffffffffffp-1),
		REAL(INFINITY),
		REAL(-INFINITY),
		TEXT("0"),
		TEXT("1"),
		TEXT("-1"),
		TEXT("a"),
		TEXT("A"),
		TEXT("a "),
		TEXT("a\0b"),
		TEXT("\0"),
		TEXT("\xff\xfe"),
		TEXT("\xf0\x9f\x98\x80"),
		TEXT("it's \"q\" @ # ; --"),
		BLOB("\0"),
		BLOB("a"),
		BLOB("\xff\xff\xff\xff\xff\xff\xff\xff\xff"),
		/* what makes a row unknown stands last */
		REAL(0x1p62),
		REAL(-0x1p62),
		REAL(0x1.fffffffffffffp-68),
		REAL(5e-324),
		REAL(-2.2250738585072014e-308),
		REAL(1.7976931348623157e308),
	};
	static const char long_bytes[600] = "long";
	uint64_t number = next_random(seed);
	size_t rarely = number % 400 == 0 ? 0 : 6;

	if (number % 301 == 1)
		return BYTES(number % 2 ? VALUE_TEXT : VALUE_BLOB, long_bytes);
	if (number % 7 == 2)
		return INTEGER((int64_t)next_random(seed) >> number % 64);
	if (number % 7 == 3)
		return REAL(ldexp((double)next_random(seed) - 0x1p63,
				  -64 - (int)(number % 50)));
	return hard[next_random(seed) %
		    (sizeof(hard) / sizeof(hard[0]) - rarely)];
}

/* Inserts rows of random values; those that a key forbids are left out. */
static void insert_random(struct fixture *fixture, int rows, bool numbered,
			  uint64_t *seed)
{
	size_t ncolumns = fixture->scan.ncolumns;
	char sql[256] = "INSERT OR IGNORE INTO t VALUES(?";
	sqlite3_stmt *insert = NULL;

	for (size_t i = 1; i < ncolumns; i++)
		strncat(sql, ",?", sizeof(sql) - strlen(sql) - 1);
	strncat(sql, ")", sizeof(sql) - strlen(sql) - 1);
	assert_int_equal(sqlite3_prepare_v2(fixture->db, sql, -1, &insert,
					    NULL),
			 SQLITE_OK);
	for (int n = 0; n < rows; n++) {
		for (size_t i = 0; i < ncolumns; i++) {
			struct value value = random_value(seed);

			if (value.type == VALUE_REAL &&
			    fixture->forms[i] == FINGERPRINT_INTEGER && n % 100)
				value = INTEGER(n);
			if (numbered && i == 0)
				value = INTEGER(
					n < 2 ? INT64_MIN + n
					      : (int64_t)next_random(seed));
			assert_int_equal(statement_bind(insert, (int)i + 1,
							&value),
					 SQLITE_OK);
		}
		assert_int_equal(sqlite3_step(insert), SQLITE_DONE);
		sqlite3_reset(insert);
	}
	sqlite3_finalize(insert);
}

/*
 * Takes the key of each `step`th row, in the order of the statement, as a
 * bound. They stay valid until free_bounds().
 */
static void take_bounds(struct fixture *fixture, const char *sql, int step)
{
	size_t nkey = fixture->scan.nkey;
	struct cursor *cursor = open_cursor(fixture, sql, nkey);
	const struct row *row;

	for (int n = 1; (row = next_row(fixture, cursor)); n++) {
		if (n % step)
			continue;
		for (size_t i = 0; i < nkey; i++) {
			struct value *bound =
				&fixture->bounds[fixture->fingerprint.nbounds *
							 nkey +
						 i];

			*bound = row->cells[i];
			if (bound->type < VALUE_TEXT)
				continue;
			bound->data = malloc(bound->size + 1);
			assert_non_null(bound->data);
			if (bound->size)
				memcpy((char *)bound->data, row->cells[i].data,
				       bound->size);
		}
		fixture->fingerprint.nbounds++;
		assert_true(fixture->fingerprint.nbounds < MAX_GROUPS);
	}
	cursor_close(cursor);
}

static void free_bounds(struct fixture *fixture)
{
	for (size_t i = 0;
	     i < fixture->fingerprint.nbounds * fixture->scan.nkey; i++)
		if (fixture->bounds[i].type >= VALUE_TEXT)
			free((char *)fixture->bounds[i].data);
}

static void integer_keys_agree(void **state)
{
	uint64_t seed = 20261121;
	struct fixture fixture;
	size_t known = 0;

	(void)state;
	for (int round = 0; round < 4; round++) {
		open_fixture(&fixture,
			     "CREATE TABLE t(c0 INTEGER PRIMARY KEY, c1 TEXT,"
			     " c2 INTEGER, c3 REAL, c4, c5 NUMERIC, c6 BLOB)",
			     7, 1);
		fixture.forms[0] = FINGERPRINT_INTEGER;
		fixture.forms[1] = FINGERPRINT_TEXT;
		fixture.forms[2] = FINGERPRINT_INTEGER;
		if (round == 3) /* long rows are unknown */
			fixture.fingerprint.row_chunks = 21;
		insert_random(&fixture, 600, true, &seed);
		known += expect_agreement(&fixture, "true");
		take_bounds(&fixture, "SELECT c0 FROM t ORDER BY c0", 15);
		known += expect_agreement(&fixture, "true");
		free_bounds(&fixture);
		close_fixture(&fixture);
	}
	assert_true(known > 30);
}

static void composite_keys_agree(void **state)
{
	uint64_t seed = 20261122;
	struct fixture fixture;
	size_t known = 0;

	(void)state;
	for (int round = 0; round < 4; round++) {
		open_fixture(&fixture,
			     "CREATE TABLE t(c0 TEXT COLLATE NOCASE,"
			     " c1 COLLATE RTRIM, c2, c3 TEXT,"
			     " PRIMARY KEY(c0, c1))",
			     4, 2);
		fixture.forms[0] = FINGERPRINT_TEXT;
		fixture.collations[0] = COLLATION_NOCASE;
		fixture.collations[1] = COLLATION_RTRIM;
		fixture.scan.nullable = true;
		fixture.fingerprint.row_chunks = 66;
		fixture.fingerprint.key_chunks = round < 3 ? 32 : 2;
		insert_random(&fixture, 600, false, &seed);
		/* a bound may be no key, and of any type */
		take_bounds(&fixture,
			    "SELECT c0, c1 FROM t WHERE c0 NOT NULL"
			    " AND c1 NOT NULL AND typeof(c1)<>'real'"
			    " ORDER BY 1, 2",
			    13);
		known += expect_agreement(&fixture,
					  "c0 NOT NULL AND c1 NOT NULL");
		free_bounds(&fixture);
		close_fixture(&fixture);
	}
	assert_true(known > 30);
}

static void ranges_and_conditions_hold(void **state)
{
	const struct value after = INTEGER(-100), upto = INTEGER(150);
	struct fixture fixture;

	(void)state;
	open_fixture(&fixture, "CREATE TABLE t(c0 INTEGER PRIMARY KEY, c1)", 2,
		     1);
	fixture.forms[0] = FINGERPRINT_INTEGER;
	execute(&fixture,
		"WITH n(i) AS (VALUES(-500) UNION ALL SELECT i+1"
		" FROM n WHERE i<500) INSERT INTO t SELECT i, i%7 FROM n");
	fixture.bounds[0] = INTEGER(-50);
	fixture.bounds[1] = INTEGER(0);
	fixture.fingerprint.nbounds = 2;
	fixture.scan.ranges = &(struct key_range){ &after, &upto };
	fixture.scan.nranges = 1;
	fixture.scan.where = "c1 > 2 OR c1 = 0";
	assert_int_equal(expect_agreement(&fixture, "c0 > -100 AND c0 <= 150"
						    " AND (c1 > 2 OR c1 = 0)"),
			 3);
	close_fixture(&fixture);
}

/* Numbers decide by value, not by affinity: 2 and 2.0 are one bound. */
static void bounds_compare_as_values(void **state)
{
	struct fixture fixture;

	(void)state;
	open_fixture(&fixture, "CREATE TABLE t(c0 PRIMARY KEY, c1)", 2, 1);
	execute(&fixture,
		"INSERT INTO t VALUES(-9e999,1),(-0.0,2),"
		"(9223372036854775807,3),(9223372036854775808.0,4),('',5),"
		"('10',6),(10,7),(9e999,8),(x'',9),(x'ff',10),(2,11)");
	fixture.bounds[0] = REAL(-INFINITY);
	fixture.bounds[1] = REAL(0.0);
	fixture.bounds[2] = REAL(2.0);
	fixture.bounds[3] = INTEGER(INT64_MAX);
	fixture.bounds[4] = TEXT("");
	fixture.bounds[5] = TEXT("10");
	fixture.bounds[6] = BLOB("\xff");
	fixture.fingerprint.nbounds = 7;
	assert_int_equal(expect_agreement(&fixture, "true"), 6);
	close_fixture(&fixture);
}

/* ---- changes ---- */

/* A row of each kind that is changed below; ten rows a group. */
static const char rows_before[] =
	"WITH n(i) AS (VALUES(0) UNION ALL SELECT i+1 FROM n WHERE i<99)"
	" INSERT INTO t SELECT i, 'name '||i, 'text '||i, i, i/8.0 FROM n;"
	"UPDATE t SET c1=NULL, c2='', c3=1, c4=0.1 WHERE c0=15;"
	"UPDATE t SET c1='ab', c2='c', c3=9223372036854775807, c4=9e999"
	" WHERE c0=25;"
	"UPDATE t SET c1='x|', c2='y', c3=-0.0 WHERE c0=35;"
	"UPDATE t SET c1=CAST(x'610062' AS TEXT), c2=char(128512),"
	" c3='' WHERE c0=45;";

static const struct {
	const char *sql;
	unsigned groups; /* that must change: a bit each */
} changes[] = {
	{ "UPDATE t SET c1='' WHERE c0=15", 1 << 1 },
	{ "UPDATE t SET c2=NULL WHERE c0=15", 1 << 1 },
	{ "UPDATE t SET c3=1.0 WHERE c0=15", 1 << 1 },
	{ "UPDATE t SET c3='1' WHERE c0=15", 1 << 1 },
	{ "UPDATE t SET c3=x'31' WHERE c0=15", 1 << 1 },
	{ "UPDATE t SET c3=0 WHERE c0=15", 1 << 1 },
	{ "UPDATE t SET c4=0.1+1.3877787807814457e-17 WHERE c0=15", 1 << 1 },
	{ "UPDATE t SET c4=-0.1 WHERE c0=15", 1 << 1 },
	{ "UPDATE t SET c3=c3-1 WHERE c0=25", 1 << 2 },
	{ "UPDATE t SET c3=9223372036854775808.0 WHERE c0=25", 1 << 2 },
	{ "UPDATE t SET c4=-9e999 WHERE c0=25", 1 << 2 },
	{ "UPDATE t SET c4=1.7976931348623157e308 WHERE c0=25", 1 << 2 },
	{ "UPDATE t SET c1='a', c2='bc' WHERE c0=25", 1 << 2 },
	{ "UPDATE t SET c1=c2, c2=c1 WHERE c0=25", 1 << 2 },
	{ "UPDATE t SET c1='x', c2='|y' WHERE c0=35", 1 << 3 },
	{ "UPDATE t SET c3=0.0 WHERE c0=35", 1 << 3 },
	{ "UPDATE t SET c3=0 WHERE c0=35", 1 << 3 },
	{ "UPDATE t SET c1=CAST(x'610063' AS TEXT) WHERE c0=45", 1 << 4 },
	{ "UPDATE t SET c1='a' WHERE c0=45", 1 << 4 },
	{ "UPDATE t SET c2=char(128513) WHERE c0=45", 1 << 4 },
	{ "UPDATE t SET c2='?' WHERE c0=45", 1 << 4 },
	{ "UPDATE t SET c3=x'' WHERE c0=45", 1 << 4 },
	{ "UPDATE t SET c3=NULL WHERE c0=45", 1 << 4 },
	{ "UPDATE t SET c1='name '||(107-c0) WHERE c0 IN (53,54)", 1 << 5 },
	{ "UPDATE t SET c1='name '||(115-c0) WHERE c0 IN (53,62)",
	  1 << 5 | 1 << 6 },
	{ "DELETE FROM t WHERE c0=70", 1 << 7 },
	{ "DELETE FROM t WHERE c0 BETWEEN 70 AND 79", 1 << 7 },
	{ "INSERT INTO t VALUES(-1,NULL,NULL,NULL,NULL)", 1 },
	{ "INSERT INTO t VALUES(1000,NULL,NULL,NULL,NULL)", 1 << 9 },
	{ "UPDATE t SET c0=200 WHERE c0=85", 1 << 8 | 1 << 9 },
	{ "UPDATE t SET c0=-85 WHERE c0=5", 1 },
	{ "UPDATE t SET c3=-c3", 0x3ff },
};

static void expect_change(struct fixture *fixture, const char *sql,
			  unsigned groups)
{
	struct fingerprint_sum before[MAX_GROUPS];
	struct fingerprint_sum after[MAX_GROUPS];
	unsigned changed = 0;

	assert_int_equal(fingerprint_draw(&fixture->weights, &fixture->err), 0);
	sum_in_c(fixture, before, "true");
	execute(fixture, "BEGIN");
	execute(fixture, sql);
	sum_in_sql(fixture, after);
	execute(fixture, "ROLLBACK");
	for (unsigned g = 0; g <= fixture->fingerprint.nbounds; g++)
		if (!fingerprint_equal(&before[g], &after[g]))
			changed |= 1U << g;
	if (changed != groups)
		fail_msg("%s: groups %#x, not %#x", sql, changed, groups);
}

static void expect_changes(struct fixture *fixture)
{
	execute(fixture, rows_before);
	for (int i = 0; i < 9; i++)
		fixture->bounds[i] = INTEGER(i * 10 + 9);
	fixture->fingerprint.nbounds = 9;
	expect_change(fixture, "SELECT 1", 0);
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++)
		expect_change(fixture, changes[i].sql, changes[i].groups);
	close_fixture(fixture);
}

static void each_change_is_seen(void **state)
{
	struct fixture fixture;

	(void)state;
	open_fixture(&fixture,
		     "CREATE TABLE t(c0 INTEGER PRIMARY KEY,"
		     " c1 TEXT, c2 TEXT, c3, c4 REAL)",
		     5, 1);
	fixture.forms[0] = FINGERPRINT_INTEGER;
	fixture.forms[1] = fixture.forms[2] = FINGERPRINT_TEXT;
	expect_changes(&fixture);

	open_fixture(&fixture,
		     "CREATE TABLE t(c0 PRIMARY KEY,"
		     " c1 TEXT, c2 TEXT, c3, c4 REAL)",
		     5, 1);
	expect_changes(&fixture);
}

/* ---- limits ---- */

/* Of a row whose text has 8 bytes (7 if size < 100) more than its cell c1. */
static uint64_t count_unknown(struct fixture *fixture, int size)
{
	struct fingerprint_sum sums[MAX_GROUPS];
	char sql[128];

	snprintf(sql, sizeof(sql),
		 "DELETE FROM t; INSERT INTO t"
		 " VALUES(1, CAST(zeroblob(%d) AS TEXT))",
		 size);
	execute(fixture, sql);
	sum_in_sql(fixture, sums);
	assert_int_equal(sums[0].rows, 1);
	expect_agreement(fixture, "true");
	return sums[0].unknown;
}

static void rows_are_known_up_to_their_limit(void **state)
{
	struct fixture fixture;

	(void)state;
	open_fixture(&fixture, "CREATE TABLE t(c0 INTEGER PRIMARY KEY, c1)", 2,
		     1);
	fixture.forms[0] = FINGERPRINT_INTEGER;
	assert_int_equal(count_unknown(&fixture, 387 - 8), 0);
	assert_int_equal(count_unknown(&fixture, 387 - 7), 1);
	assert_int_equal(count_unknown(&fixture, 2000000), 1);
	fixture.fingerprint.row_chunks = 5; /* 22 bytes and a half */
	assert_int_equal(count_unknown(&fixture, 22 - 7), 0);
	assert_int_equal(count_unknown(&fixture, 22 - 6), 1);
	close_fixture(&fixture);
}

static void chunks_fit_the_rows(void **state)
{
	static const char bytes[500] = "";
	struct value cells[] = { TEXT("a"), TEXT("") };
	struct row row = { .cells = cells, .ncells = 2 };
	struct fixture fixture;
	struct fingerprint *fingerprint = &fixture.fingerprint;

	(void)state;
	open_fixture(&fixture, "CREATE TABLE t(c0 PRIMARY KEY, c1)", 2, 1);
	fingerprint->row_chunks = fingerprint->key_chunks = 1;
	fingerprint_fit_chunks(fingerprint, &row); /* t1:at0: */
	assert_int_equal(fingerprint->row_chunks, 2);
	assert_int_equal(fingerprint->key_chunks, 1);
	cells[1] = TEXT("ab");
	fingerprint_fit_chunks(fingerprint, &row);
	assert_int_equal(fingerprint->row_chunks, 2);
	cells[1] = TEXT("abc");
	fingerprint_fit_chunks(fingerprint, &row);
	assert_int_equal(fingerprint->row_chunks, 3);
	cells[1] = BYTES(VALUE_TEXT, bytes);
	fingerprint_fit_chunks(fingerprint, &row);
	assert_int_equal(fingerprint->row_chunks, FINGERPRINT_ROW_CHUNKS);
	assert_int_equal(fingerprint->key_chunks, 1);
	cells[0] = BYTES(VALUE_TEXT, bytes);
	cells[1] = NOTHING;
	fingerprint_fit_chunks(fingerprint, &row);
	assert_int_equal(fingerprint->row_chunks,
			 FINGERPRINT_CHUNKS - FINGERPRINT_KEY_CHUNKS);
	assert_int_equal(fingerprint->key_chunks, FINGERPRINT_KEY_CHUNKS);
	close_fixture(&fixture);
}

/* What the form of a column does not foresee is unknown, not overlooked. */
static void other_types_than_the_form_are_unknown(void **state)
{
	struct fixture fixture;

	(void)state;
	open_fixture(&fixture, "CREATE TABLE t(c0 PRIMARY KEY, c1, c2)", 3, 1);
	fixture.forms[0] = FINGERPRINT_INTEGER;
	fixture.forms[1] = FINGERPRINT_TEXT;
	fixture.forms[2] = FINGERPRINT_INTEGER;
	execute(&fixture,
		"INSERT INTO t VALUES(1,'a',1),(2,x'00','a'),"
		"(3,NULL,NULL),(4,1,1),(5,1.5,1),(6,'a',1.0),('a','a',1),"
		"(x'00','a',1),(1.5,'a',1)");
	for (int i = 0; i < 9; i++)
		fixture.bounds[i] = INTEGER(i + 1);
	fixture.bounds[6] = TEXT("");
	fixture.bounds[7] = BLOB("");
	fixture.fingerprint.nbounds = 8;
	/* 1.5 stands beside 2 */
	assert_int_equal(expect_agreement(&fixture, "true"), 2);
	close_fixture(&fixture);
}

/* The largest weights and chunks: nothing may pass 2^63. */
static void sums_do_not_overflow(void **state)
{
	struct fixture fixture;
	char sql[1024];
	char digits[700];

	(void)state;
	open_fixture(&fixture, "CREATE TABLE t(c0 PRIMARY KEY, c1)", 2, 1);
	for (int j = 0; j < 2; j++) {
		for (int i = 0; i < 1 + 2 * FINGERPRINT_ROW_CHUNKS; i++)
			fixture.weights.row[j][i] = MAX_WEIGHT;
		for (int i = 0; i < 1 + 2 * FINGERPRINT_KEY_CHUNKS; i++)
			fixture.weights.key[j][i] = MAX_WEIGHT;
	}
	memset(digits, 'f', sizeof(digits));
	snprintf(sql, sizeof(sql),
		 "WITH n(i) AS (VALUES(0) UNION ALL"
		 " SELECT i+1 FROM n WHERE i<99) INSERT INTO t"
		 " SELECT x'%.60s'||i, x'%.660s' FROM n",
		 digits, digits);
	execute(&fixture, sql);
	assert_int_equal(expect_agreement(&fixture, "true"), 1);
	close_fixture(&fixture);
}

static bool fits(struct fixture *fixture)
{
	sqlite3_stmt *statement = NULL;
	struct buf sql;
	bool fits;

	buf_init(&sql, 1 << 20);
	buf_add_string(&sql, "/**/");
	assert_int_equal(fingerprint_sql(&sql, &fits, &fixture->fingerprint,
					 &fixture->weights, &fixture->err),
			 0);
	if (fits)
		assert_int_equal(sqlite3_prepare_v2(fixture->db, sql.data + 4,
						    -1, &statement, NULL),
				 SQLITE_OK);
	else
		assert_string_equal(sql.data, "/**/");
	sqlite3_finalize(statement);
	buf_release(&sql);
	return fits;
}

static void open_wide(struct fixture *fixture, size_t ncolumns, size_t nkey)
{
	char sql[4096] = "CREATE TABLE t(c0";

	for (size_t i = 1; i < ncolumns; i++)
		snprintf(sql + strlen(sql), 8, ",c%u", (unsigned)i % 1000);
	snprintf(sql + strlen(sql), 8, ")");
	open_fixture(fixture, sql, ncolumns, nkey);
	fixture->scan.nullable = true;
}

static void limits_of_d1_are_kept(void **state)
{
	static struct value bounds[4000];
	static const struct {
		size_t columns, key, bounds;
	} cases[] = {
		{ 100, 1, 0 },	{ 100, 16, 0 }, { 32, 32, 8 },
		{ 5, 1, 1100 }, { 5, 3, 700 },	{ 5, 1, 40 },
	};
	struct fixture fixture;

	(void)state;
	for (size_t i = 0; i < sizeof(bounds) / sizeof(bounds[0]); i++)
		bounds[i] = INTEGER((int64_t)i);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		open_wide(&fixture, cases[i].columns, cases[i].key);
		fixture.fingerprint.bounds = bounds;
		for (fixture.fingerprint.nbounds = cases[i].bounds;
		     fits(&fixture); fixture.fingerprint.nbounds += 40)
			assert_true(fixture.fingerprint.nbounds < 4000);
		assert_true(fixture.fingerprint.nbounds > cases[i].bounds);
		close_fixture(&fixture);
	}
}

static void what_cannot_be_asked_does_not_fit(void **state)
{
	const struct value key = REAL(1e200);
	struct fixture fixture;

	(void)state;
	open_wide(&fixture, 2, 1);
	fixture.scan.ranges = &(struct key_range){ NULL, &key };
	fixture.scan.nranges = 1;
	assert_false(fits(&fixture));
	fixture.scan.nranges = 0;
	fixture.scan.only = &key;
	assert_false(fits(&fixture));
	fixture.scan.only = NULL;
	fixture.fingerprint.nbounds = 1;
	fixture.bounds[0] = REAL(5e-324);
	assert_false(fits(&fixture));
	fixture.bounds[0] = REAL(-1e-59);
	assert_true(fits(&fixture));
	fixture.scan.rows = SCAN_UNKEYED;
	assert_false(fits(&fixture));
	fixture.scan.rows = SCAN_KEYED;
	fixture.scan.nkey = 0;
	assert_false(fits(&fixture));
	close_fixture(&fixture);
	open_wide(&fixture, 66, 65);
	assert_false(fits(&fixture));
	close_fixture(&fixture);
	open_wide(&fixture, 2, 1);
	fixture.fingerprint.key_chunks++;
	assert_false(fits(&fixture));
	close_fixture(&fixture);
}

/* ---- the rest ---- */

static void foreign_answers_are_errors(void **state)
{
	static const struct value good[] = { TEXT("1"), TEXT("9"), TEXT("2"),
					     TEXT("34"),
					     TEXT("9223372036854775807") };
	static const struct value bad[] = {
		NOTHING,	INTEGER(1),
		REAL(1.0),	TEXT(""),
		TEXT("-1"),	TEXT("1.0"),
		TEXT("9.2e18"), TEXT(" 1"),
		BLOB("1"),	TEXT("10000000000000000000"),
	};
	struct fixture fixture;
	struct fingerprint_sum sum;
	struct value cells[5];
	struct row row = { .cells = cells, .ncells = 5 };
	size_t group;

	(void)state;
	open_wide(&fixture, 1, 1);
	fixture.fingerprint.nbounds = 1;
	memcpy(cells, good, sizeof(cells));
	assert_int_equal(fingerprint_sql_read(&group, &sum,
					      &fixture.fingerprint, &row,
					      &fixture.err),
			 0);
	assert_int_equal(group, 1);
	assert_int_equal(sum.rows, 9);
	assert_int_equal(sum.unknown, 2);
	assert_int_equal(sum.sums[0], 34);
	assert_int_equal(sum.sums[1], INT64_MAX);
	for (size_t i = 0; i < 5 * sizeof(bad) / sizeof(bad[0]); i++) {
		memcpy(cells, good, sizeof(cells));
		cells[i % 5] = bad[i / 5];
		assert_int_equal(fingerprint_sql_read(&group, &sum,
						      &fixture.fingerprint,
						      &row, &fixture.err),
				 D1_EUNREACHABLE);
		assert_string_equal(fixture.err.message,
				    "the answer is no "
				    "fingerprint of table 't'");
		err_clear(&fixture.err);
	}
	memcpy(cells, good, sizeof(cells));
	cells[0] = TEXT("2");
	assert_int_equal(fingerprint_sql_read(&group, &sum,
					      &fixture.fingerprint, &row,
					      &fixture.err),
			 D1_EUNREACHABLE);
	err_clear(&fixture.err);
	assert_int_equal(group, 1);
	close_fixture(&fixture);
}

static void weights_are_below_2_30_and_differ(void **state)
{
	struct fingerprint_weights one, other;
	struct err err = ERR_INIT;
	uint32_t all = 0;

	(void)state;
	assert_int_equal(fingerprint_draw(&one, &err), 0);
	assert_int_equal(fingerprint_draw(&other, &err), 0);
	assert_memory_not_equal(&one, &other, sizeof(one));
	for (int j = 0; j < 2; j++) {
		for (int i = 0; i < 1 + 2 * FINGERPRINT_ROW_CHUNKS; i++)
			all |= one.row[j][i];
		for (int i = 0; i < 1 + 2 * FINGERPRINT_KEY_CHUNKS; i++)
			all |= one.key[j][i];
	}
	assert_int_equal(all, MAX_WEIGHT);
}

static void forms_need_both_sides(void **state)
{
	(void)state;
	assert_int_equal(fingerprint_form_of(AFFINITY_TEXT, AFFINITY_TEXT),
			 FINGERPRINT_TEXT);
	assert_int_equal(fingerprint_form_of(AFFINITY_INTEGER,
					     AFFINITY_INTEGER),
			 FINGERPRINT_INTEGER);
	assert_int_equal(fingerprint_form_of(AFFINITY_TEXT, AFFINITY_BLOB),
			 FINGERPRINT_ANY);
	assert_int_equal(fingerprint_form_of(AFFINITY_INTEGER,
					     AFFINITY_NUMERIC),
			 FINGERPRINT_ANY);
	assert_int_equal(fingerprint_form_of(AFFINITY_REAL, AFFINITY_REAL),
			 FINGERPRINT_ANY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vector_has_its_numbers),
		cmocka_unit_test(integer_keys_agree),
		cmocka_unit_test(composite_keys_agree),
		cmocka_unit_test(ranges_and_conditions_hold),
		cmocka_unit_test(bounds_compare_as_values),
		cmocka_unit_test(each_change_is_seen),
		cmocka_unit_test(rows_are_known_up_to_their_limit),
		cmocka_unit_test(chunks_fit_the_rows),
		cmocka_unit_test(other_types_than_the_form_are_unknown),
		cmocka_unit_test(sums_do_not_overflow),
		cmocka_unit_test(limits_of_d1_are_kept),
		cmocka_unit_test(what_cannot_be_asked_does_not_fit),
		cmocka_unit_test(foreign_answers_are_errors),
		cmocka_unit_test(weights_are_below_2_30_and_differ),
		cmocka_unit_test(forms_need_both_sides),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
