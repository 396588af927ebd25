/*
 * Rows that differ, looked up in histories that git made; the versions stand in
 * commits of r.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sandbox.h"

#include "apply/rowidentity.h"
#include "fixture.h"
#include "rowlookup.h"

static int enter(void **state)
{
	if (sandbox_enter(state))
		return -1;
	fixture_identity();
	shell("git init -q r");
	return 0;
}

/* ---- making histories ---- */

static void commit(const char *rows)
{
	commit_as(lines_header, rows);
}

/* ---- one line of history ---- */

static void rows_are_found_in_their_versions(void **state)
{
	const struct question both = { .orders = true };

	(void)state;
	commit("1,'first','x'\n2,'kept','x'");
	commit("1,'second','x'\n2,'kept','x'");
	commit("1,'third','x'\n2,'kept','x'\n3,'new','x'");

	/* 0 is the third one */
	assert_answers(&both, "1,'first','x'", "1,'second','x'",
		       "1: =2 =1 old\n");
	assert_answers(&both, "1,'third','x'", "1,'first','x'",
		       "1: =0 =2 new\n");
	assert_answers(&both, "1,'second','x'", "1,'mine','x'",
		       "1: =1 changed old\n");
	assert_answers(&both, "1,'yours','x'", "1,'third','x'",
		       "1: changed =0 new\n");
	assert_answers(&both, "1,'yours','x'", "1,'mine','x'",
		       "1: changed changed conflict\n");
	/* never held on either side, and on one */
	assert_answers(&both, "9,'y','x'", "9,'m','x'",
		       "9: foreign foreign conflict\n");
	assert_answers(&both, "9,'y','x'", "", "9: foreign =0 new\n");
	assert_answers(&both, "", "9,'m','x'", "9: =0 foreign old\n");
	/* it was not there before its first commit */
	assert_answers(&both, "", "3,'new','x'", "3: =1 =0 old\n");
	assert_answers(&both, "2,'kept','x'", "", "2: =0 =before new\n");
	/* type and bytes count */
	assert_answers(&both, "1,'third','x'", "1,'third',x'78'",
		       "1: =0 changed old\n");
}

static void deleted_rows_have_versions_without_them(void **state)
{
	const struct question both = { .orders = true };

	(void)state;
	commit("1,'a','x'");
	commit("1,'b','x'\n2,'c','x'");
	commit("2,'c','x'");
	commit("1,'d','x'\n2,'c','x'");
	commit("2,'e','x'\n3,'f','x'");
	assert_answers(&both, "1,'a','x'\n2,'c','x'", "2,'c','x'",
		       "1: =4 =0 old\n");
	assert_answers(&both, "1,'d','x'", "", "1: =1 =0 old\n");
	assert_answers(&both, "1,'z','x'", "", "1: changed =0 new\n");
	assert_answers(&both, "", "1,'z','x'", "1: =0 changed old\n");

	/* inserted again: the deletion is older than the row of now */
	commit("1,'g','x'\n2,'e','x'");
	assert_answers(&both, "", "1,'g','x'", "1: =1 =0 old\n");
	assert_answers(&both, "1,'d','x'", "", "1: =2 =1 old\n");

	/* the table is not tracked for a while, and again */
	shell("cd r; git rm -q d1/shop/data/t.sql; git commit -q -m none");
	assert_answers(&both, "2,'e','x'", "", "2: =1 =0 old\n");
	commit("2,'h','x'");
	assert_answers(&both, "2,'e','x'", "", "2: =2 =1 old\n");
}

static void contents_that_come_back_are_one_version(void **state)
{
	const struct question both = { .orders = true };

	(void)state;
	commit("1,'a','x'");
	commit("1,'b','x'");
	commit("1,'a','x'");
	assert_answers(&both, "1,'a','x'", "1,'b','x'", "1: =0 =1 new\n");
	assert_answers(&both, "", "1,'b','x'", "1: =before =1 old\n");
}

static void one_side_can_be_asked_alone(void **state)
{
	const struct question one = { .only_old = true };

	(void)state;
	commit("1,'a','x'");
	commit("1,'b','x'\n2,'c','x'");
	assert_answers(&one, "1,'a','x'\n3,'d','x'", "1,'b','x'\n2,'c','x'",
		       "1: =1 -\n2: =before -\n3: foreign -\n");
	/* nothing is read for rows that are not there */
	shell("cd r; rm -f .git/objects/$(git rev-parse "
	      "HEAD:d1/shop/data/t.sql | sed 's,..,&/,')");
	assert_answers(&one, "", "1,'b','x'\n2,'c','x'",
		       "1: =before -\n2: =before -\n");
}

static void one_version_takes_the_place_of_history(void **state)
{
	const struct question base = { .alone = true,
				       .only_old = true,
				       .revision = "HEAD~1" };
	const struct question first = { .alone = true, .revision = "HEAD~2" };

	(void)state;
	shell("cd r; git commit -q --allow-empty -m nothing");
	commit("1,'a','x'\n3,'c','x'");
	commit("1,'b','x'");
	assert_answers(&base, "1,'a','x'\n2,'z','x'", "1,'b','x'",
		       "1: =0 -\n2: foreign -\n");
	assert_answers(&base, "1,'b','x'", "3,'c','x'\n4,'d','x'",
		       "1: changed -\n3: changed -\n4: =0 -\n");
	assert_answers(&first, "1,'a','x'", "", "1: foreign =0\n");
}

/* ---- lines side by side ---- */

static void merges_have_all_lines(void **state)
{
	const struct question both = { .orders = true };

	(void)state;
	commit("1,'a','x'\n2,'a','x'\n3,'a','x'");
	shell("cd r; git branch other");
	commit("1,'b','x'\n2,'b','x'\n3,'a','x'");
	shell("cd r; git checkout -q other");
	commit("1,'c','x'\n2,'a','x'\n3,'c','x'");
	shell("cd r; git checkout -q main;"
	      "git merge -q -s ours -m merge other");
	commit("1,'d','x'\n2,'b','x'\n3,'c','x'");

	assert_answers(&both, "1,'b','x'", "1,'d','x'", "1: =1 =0 old\n");
	assert_answers(&both, "1,'d','x'", "1,'c','x'", "1: =0 =2 new\n");
	assert_answers(&both, "1,'a','x'", "1,'c','x'", "1: =3 =2 old\n");
	/* neither leads to the other: =1 is the merge, which leads to both */
	assert_answers(&both, "1,'c','x'", "1,'b','x'", "1: =2 =1 old\n");
	shell("cd r; git branch -f third main~2; git checkout -q third");
	commit("1,'e','x'\n2,'b','x'\n3,'a','x'");
	shell("cd r; git merge -q -s ours -m merge other");
	commit("1,'f','x'\n2,'b','x'\n3,'a','x'");
	assert_answers(&both, "1,'c','x'", "1,'e','x'", "1: =2 =1 old\n");
	assert_answers(&both, "1,'c','x'", "1,'b','x'", "1: =2 =3 conflict\n");
}

/* ---- shallow and partial clones ---- */

static void a_shallow_clone_says_so(void **state)
{
	const struct question shallow = { .repository = "shallow",
					  .orders = true };
	const struct question one = { .repository = "shallow",
				      .only_old = true };
	const struct question base = { .repository = "shallow", .alone = true };

	(void)state;
	commit("1,'a','x'\n2,'k','x'\n9,'old','x'");
	commit("1,'b','x'\n2,'k','x'");
	commit("1,'c','x'\n2,'k','x'\n3,'n','x'");
	shell("git clone -q --depth 2 file://$PWD/r shallow");
	assert_answers(&shallow, "1,'b','x'", "1,'c','x'", "1: =1 =0 old\n");
	assert_answers(&shallow, "1,'a','x'", "1,'c','x'",
		       "1: short =0 conflict\n");
	assert_answers(&shallow, "9,'old','x'", "", "9: short =0 conflict\n");
	assert_answers(&shallow, "", "3,'n','x'", "3: =1 =0 old\n");
	/* that a row was not there once is known without looking */
	assert_answers(&one, "", "2,'k','x'", "2: =before -\n");
	assert_answers(&base, "1,'a','x'\n9,'old','x'", "",
		       "1: changed changed\n9: foreign =0\n");
	shell("cd shallow; git fetch -q --unshallow");
	assert_answers(&shallow, "1,'a','x'\n9,'old','x'", "1,'c','x'",
		       "1: =2 =0 old\n9: =2 =0 old\n");
}

static void a_partial_clone_fetches(void **state)
{
	const struct question both = { .repository = "partial" };

	(void)state;
	commit("1,'a','x'");
	commit("1,'b','x'");
	shell("git clone -q --bare --filter=blob:none file://$PWD/r partial");
	assert_answers(&both, "1,'a','x'", "1,'b','x'", "1: =1 =0\n");
}

/* ---- columns ---- */

static void columns_come_and_go(void **state)
{
	const struct question wide = {
		.schema = "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT, "
			  "b TEXT, c TEXT NOT NULL DEFAULT 'none', "
			  "d NUMERIC DEFAULT '07')",
		.header = "t (id, a, b, c, d) key id",
	};
	const struct question clock = {
		.schema = "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT, "
			  "b TEXT, c TEXT DEFAULT CURRENT_TIMESTAMP)",
		.header = "t (id, a, b, c) key id",
	};
	const struct question narrow = {
		.schema = "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT)",
		.header = "t (id, a) key id",
	};

	(void)state;
	commit("1,'a','x'");
	commit_as("t (id, a, b, c, d) key id", "1,'b','x','set',8");
	assert_answers(&wide, "1,'a','x','none',7", "1,'b','x','set',8",
		       "1: =1 =0\n");
	assert_answers(&wide, "1,'a','x','set',7", "1,'a','x','none',8",
		       "1: changed changed\n");
	/* what is no constant equals nothing; that it was there is known */
	assert_answers(&clock, "1,'a','x','2026-01-01'", "",
		       "1: changed =before\n");
	assert_answers(&clock, "1,'a','x',NULL", "", "1: changed =before\n");
	/* a column that is gone does not count */
	assert_answers(&narrow, "1,'a'", "1,'b'", "1: =1 =0\n");
	/* columns in another order */
	commit_as("t (d, c, b, a, id) key id", "9,'p','q','r',1");
	assert_answers(&wide, "1,'r','q','p',9", "", "1: =0 =before\n");
	/* a version of another key tells nothing */
	commit_as("t (a, b) key a", "'a','x'");
	assert_answers(&wide, "1,'r','q','p',9", "", "1: =1 =before\n");
}

static void ignored_columns_do_not_count(void **state)
{
	static const char *const ignored[] = { "b", NULL };
	const struct question ignoring = { .rules.ignore = ignored };

	(void)state;
	commit("1,'a','x'");
	commit("1,'b','y'");
	assert_answers(&ignoring, "1,'a','other'", "1,'b','else'",
		       "1: =1 =0\n");
}

static void generated_columns_do_not_count(void **state)
{
	/* which of them is right is not for history to say */
	const struct question both = {
		.databases = {
			"CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT, "
			"g AS (a || 1)); INSERT INTO t VALUES(1, 'a'), (2, 'c')",
			"CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT, "
			"g AS (a || 2)); INSERT INTO t VALUES(1, 'b'), (2, 'c')",
		},
		.orders = true,
	};

	(void)state;
	commit("1,'a','x'");
	commit("1,'b','y'\n2,'c','x'");
	assert_answers(&both, "", "", "1: =1 =0 old\n2: =0 =0 alike\n");
}

static void keys_are_found_under_their_collation(void **state)
{
	const struct question nocase = {
		.schema = "CREATE TABLE t(k TEXT COLLATE NOCASE PRIMARY KEY "
			  "NOT NULL, a TEXT)",
		.header = "t (k, a) key k",
		.orders = true,
	};
	const struct question number = {
		.schema = "CREATE TABLE t(k NOT NULL PRIMARY KEY, a TEXT)",
		.header = "t (k, a) key k",
	};

	(void)state;
	commit_as("t (k, a) key k", "'KEY','a'");
	commit_as("t (k, a) key k", "'Key','b'");
	commit_as("t (k, a) key k", "1.0,'c'\n9007199254740993,'d'");
	/* the row of another spelling is another version of it */
	assert_answers(&nocase, "'KEY','a'", "'Key','b'", "'KEY': =2 =1 old\n");
	assert_answers(&nocase, "'key','a'", "'KEY','c'",
		       "'key': changed changed conflict\n");
	assert_answers(&number, "1,'c'\n9007199254740992.0,'d'", "",
		       "1: changed =1\n9007199254740992.0: foreign =0\n");
}

static void add_identity(struct buf *out, const struct value *key,
			 enum collation collation)
{
	static const size_t first[] = { 0 };
	const struct table_pair pair = { .nkey = 1, .collations = &collation };
	const struct row_identity identity = { .pair = &pair,
					       .ncells = 1,
					       .key = first };

	assert_true(row_identity_has_key(&identity, key));
	row_identity_add(&identity, out, key);
}

#define TEXT(bytes) \
	{ \
		.type = VALUE_TEXT, .data = (bytes), .size = sizeof(bytes) - 1 \
	}

/* Keys have the same bytes if, and only if, they are equal. */
static void keys_that_are_equal_have_equal_bytes(void **state)
{
	static const struct value values[] = {
		{ .type = VALUE_INTEGER, .integer = 0 },
		{ .type = VALUE_INTEGER, .integer = 1 },
		{ .type = VALUE_INTEGER, .integer = INT64_MAX },
		{ .type = VALUE_INTEGER, .integer = INT64_MIN },
		{ .type = VALUE_INTEGER, .integer = 9007199254740993 },
		{ .type = VALUE_REAL, .real = 0.0 },
		{ .type = VALUE_REAL, .real = -0.0 },
		{ .type = VALUE_REAL, .real = 1.0 },
		{ .type = VALUE_REAL, .real = 1.5 },
		{ .type = VALUE_REAL, .real = 9007199254740992.0 },
		{ .type = VALUE_REAL, .real = 9223372036854775808.0 },
		{ .type = VALUE_REAL, .real = -9223372036854775808.0 },
		{ .type = VALUE_REAL, .real = 1e300 * 1e300 },
		TEXT(""),
		TEXT(" "),
		TEXT("a"),
		TEXT("A"),
		TEXT("a "),
		TEXT("A  "),
		TEXT("a\0"),
		TEXT("a\0b"),
		TEXT("A\0c"),
		TEXT("a\0b "),
		TEXT("\303\204"),
		TEXT("\303\244"),
		TEXT("1"),
		{ .type = VALUE_BLOB, .data = "a", .size = 1 },
		{ .type = VALUE_BLOB, .data = "A", .size = 1 },
		{ .type = VALUE_BLOB },
	};
	struct buf bytes[2];

	(void)state;
	buf_init(&bytes[0], 1 << 10);
	buf_init(&bytes[1], 1 << 10);
	for (int c = COLLATION_BINARY; c <= COLLATION_RTRIM; c++)
		for (size_t i = 0; i < ARRAY_SIZE(values) * ARRAY_SIZE(values);
		     i++) {
			const struct value *a = &values[i / ARRAY_SIZE(values)];
			const struct value *b = &values[i % ARRAY_SIZE(values)];

			buf_clear(&bytes[0]);
			buf_clear(&bytes[1]);
			add_identity(&bytes[0], a, (enum collation)c);
			add_identity(&bytes[1], b, (enum collation)c);
			assert_int_equal(value_compare(a, b,
						       (enum collation)c) == 0,
					 bytes[0].len == bytes[1].len &&
						 memcmp(bytes[0].data,
							bytes[1].data,
							bytes[0].len) == 0);
		}
	buf_release(&bytes[0]);
	buf_release(&bytes[1]);
}

/* ---- masks ---- */

#define MASK_A \
	"masked-" \
	"000000000000000000000000000000000000000000000000000000000000000a"
#define MASK_B \
	"masked-" \
	"00000000000b0000000000000000000000000000000000000000000000000000"

static void masks_are_compared_as_masks(void **state)
{
	static const char *const masked[] = { "b", NULL };
	static const char header[] = "t (id, a, b) key id [masked b key "
				     "%s]";
	char with_key[100];
	struct mask_key key;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(mask_key_set(&key, "a secret of 16 bytes", &err), 0);
	snprintf(with_key, sizeof(with_key), header, key.id);
	/* the mask of 'plain' in the column b, as a side would show it */
	commit_as(with_key, "1,'a','" MASK_A "'");
	commit_as(with_key, "1,'b','" MASK_B "'");
	commit("1,'c','plain'");
	{
		const struct question both = {
			.header = with_key,
			.rules = { .mask = masked, .mask_key = &key },
		};
		const struct question values = {
			.headers = { lines_header, lines_header },
			.rules = { .mask = masked, .mask_key = &key },
		};

		assert_answers(&both, "1,'a','" MASK_A "'",
			       "1,'b','" MASK_B "'", "1: =2 =1\n");
		/* a placeholder stands for the mask that begins so */
		assert_answers(&both, "1,'a','" MASK_B "'",
			       "1,'b','masked-00000000000b'",
			       "1: changed =1\n");
		/* what was no mask then is made one */
		assert_answers(&values, "1,'c','plain'", "1,'c','other'",
			       "1: =0 changed\n");
	}
	mask_key_release(&key);
}

/* ---- rows without a key ---- */

static void equal_rows_are_counted(void **state)
{
	const struct question both = {
		.schema = "CREATE TABLE t(a, b)",
		.header = "t (a, b)",
		.orders = true,
	};
	const struct question one = {
		.schema = "CREATE TABLE t(a, b)",
		.header = "t (a, b)",
		.only_old = true,
	};

	(void)state;
	commit_as("t (a, b)", "'a',1\n'a',1");
	commit_as("t (a, b)", "'a',1\n'a',1\n'a',1\n'b',1");
	commit_as("t (a, b)", "'a',1");
	assert_answers(&both, "'a',1\n'a',1", "'a',1", "'a': =2 =0 old\n");
	assert_answers(&both, "'a',1\n'a',1\n'a',1\n'a',1", "'a',1",
		       "'a': changed =0 new\n");
	assert_answers(&both, "'b',1\n'b',1", "'b',1", "'b': changed =1 new\n");
	assert_answers(&both, "", "'b',1", "'b': =0 =1 new\n");
	assert_answers(&both, "", "'c',1", "'c': =0 foreign old\n");
	assert_answers(&one, "'a',1\n'a',1\n'a',1\n'd',1", "'e',1",
		       "'a': =1 -\n'd': foreign -\n'e': =before -\n");
}

/* A version that cannot be read as such rows has no count. */
static void a_count_needs_all_cells(void **state)
{
	const struct question clock = {
		.schema = "CREATE TABLE t(a, b DEFAULT CURRENT_TIMESTAMP)",
		.header = "t (a, b)",
	};

	(void)state;
	commit_as("t (a, b)", "'a',NULL");
	commit_as("t (a)", "'a'\n'a'");
	assert_answers(&clock, "'a',NULL\n'a',NULL", "'a',NULL",
		       "'a': changed =1\n");
}

static void rows_with_null_in_the_key_are_counted(void **state)
{
	const struct question both = {
		.schema = "CREATE TABLE t(k TEXT PRIMARY KEY, a)",
		.header = "t (k, a) key k",
	};

	(void)state;
	commit_as("t (k, a) key k", "NULL,1\nNULL,1\n'k',1");
	commit_as("t (k, a) key k", "NULL,1\n'k',2");
	assert_answers(&both, "NULL,1\nNULL,1\n'k',1", "NULL,1\n'k',2",
		       "'k': =1 =0\nNULL: =1 =0\n");
}

/* Columns of one side alone tell equal rows apart for nobody else. */
static void a_count_may_come_in_parts(void **state)
{
	const struct question both = {
		.schemas = { "CREATE TABLE t(a)", "CREATE TABLE t(a, b)" },
		.headers = { "t (a)", "t (a, b)" },
	};

	(void)state;
	commit_as("t (a)", "'a'\n'a'\n'a'");
	commit_as("t (a)", "'a'\n'z'");
	assert_answers(&both, "'a'", "'a',1\n'a',2\n'a',3\n'z',1",
		       "'a': =0 =1\n'a': =0 =1\n'z': =1 =0\n");
}

/* ---- what cannot be read ---- */

static void a_broken_version_is_passed_over(void **state)
{
	const struct question both = { .orders = true };
	struct err err = ERR_INIT;

	(void)state;
	commit("1,'a','x'");
	sandbox_write("r/d1/shop/data/t.sql", "no data file\n");
	shell("cd r; git commit -q -a -m broken");
	commit("1,'b','x'");
	assert_answers(&both, "1,'a','x'", "1,'b','x'",
		       "(d1/shop/data/t.sql:1: no data file of a snapshot: its "
		       "first line is not '-- git-d1 snapshot 1')\n"
		       "1: =2 =0 old\n");

	/* nor is a folder a file */
	shell("cd r; git rm -q d1/shop/data/t.sql;"
	      "mkdir -p d1/shop/data/t.sql; echo x >d1/shop/data/t.sql/x;"
	      "git add .; git commit -q -m folder; git rm -q -r d1/shop/data;"
	      "git commit -q -m none");
	assert_answers(&both, "", "1,'b','x'",
		       "(d1/shop/data/t.sql: a tree stands where a file should "
		       "be)\n1: =0 =2 new\n");
	shell("cd r; git reset -q --hard HEAD~2");

	/* one that git does not have is an error */
	shell("cd r; rm -f .git/objects/$(git rev-parse "
	      "HEAD~2:d1/shop/data/t.sql | sed 's,..,&/,')");
	look_up(&both, &err);
	assert_int_equal(err.code, D1_ERROR);
	assert_non_null(strstr(err.message, "git cat-file does not answer"));
	buf_release(&run.text);
}

/* ---- size ---- */

/* Appends a row for each number, whose text is of the version it says. */
static void write_many(const char *path, int rows, int (*version)(int number))
{
	FILE *file;

	write_data(path, lines_header, "");
	file = fopen(sandbox_path(path), "a");
	assert_non_null(file);
	for (int i = 0; i < rows; i++)
		fprintf(file,
			"INSERT INTO \"t\" VALUES(%d,'a longer text',%d);\n", i,
			version(i));
	fclose(file);
}

enum { MANY = 150000, HALF = MANY / 2 };

static int newest(int number)
{
	(void)number;
	return 0;
}

static int middle(int number)
{
	(void)number;
	return 1;
}

static int oldest(int number)
{
	(void)number;
	return 2;
}

/* Of the first half all are of the version in the middle, then of any. */
static int of_any(int number)
{
	return number < HALF ? 1 : 1 + number % 3;
}

static void asking_needs_no_memory_for_a_table(void **state)
{
	const struct question one = { .only_old = true };
	long before;
	struct err err = ERR_INIT;

	(void)state;
	write_sides(&one, "", "");
	write_many("r/d1/shop/data/t.sql", MANY, oldest);
	shell("cd r; git add .; git commit -qm oldest");
	write_many("r/d1/shop/data/t.sql", MANY, middle);
	shell("cd r; git commit -qam middle");
	write_many("r/d1/shop/data/t.sql", MANY, newest);
	shell("cd r; git commit -qam newest");
	write_many("new/data/t.sql", MANY, newest);
	write_many("old/data/t.sql", MANY, of_any);
	before = peak_memory();
	look_up(&one, &err);
	assert_string_equal(err.message, "");
	buf_release(&run.text);
	assert_int_equal(run.nkeys, MANY);
	assert_int_equal(run.found[0], 0);
	assert_int_equal(run.found[1], HALF + HALF / 3);
	assert_int_equal(run.found[2], HALF / 3);
	assert_int_equal(run.changed, HALF / 3);
#ifdef __SANITIZE_ADDRESS__
	before = peak_memory(); /* what was freed is kept for a while */
#endif
	/* a batch of 16 MiB, and what SQLite keeps */
	assert_in_range(peak_memory() - before, 0, 48 << 10);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, enter, sandbox_leave)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(rows_are_found_in_their_versions),
		TEST(deleted_rows_have_versions_without_them),
		TEST(contents_that_come_back_are_one_version),
		TEST(one_side_can_be_asked_alone),
		TEST(one_version_takes_the_place_of_history),
		TEST(merges_have_all_lines),
		TEST(a_shallow_clone_says_so),
		TEST(a_partial_clone_fetches),
		TEST(columns_come_and_go),
		TEST(ignored_columns_do_not_count),
		TEST(generated_columns_do_not_count),
		TEST(keys_are_found_under_their_collation),
		TEST(keys_that_are_equal_have_equal_bytes),
		TEST(masks_are_compared_as_masks),
		TEST(equal_rows_are_counted),
		TEST(a_count_needs_all_cells),
		TEST(rows_with_null_in_the_key_are_counted),
		TEST(a_count_may_come_in_parts),
		TEST(a_broken_version_is_passed_over),
		TEST(asking_needs_no_memory_for_a_table),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
