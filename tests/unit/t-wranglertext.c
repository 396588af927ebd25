/*
 * How wrangler cuts statements, and how they are written so that it cuts them
 * right: exact texts. The verdicts are those of wrangler 4.86 and 4.125.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "format/wranglercut.h"
#include "schema/wranglertext.h"

static enum wranglercut cut_of(const char *sql)
{
	struct err err = ERR_INIT;
	enum wranglercut cut;

	assert_int_equal(wranglercut_check(&cut, sql, strlen(sql), &err), 0);
	return cut;
}

/* Wrangler does that to the statement, which is rewritten to the other one. */
static struct wranglertext rewrite(const char *sql, enum wranglercut cut,
				   const char *expected)
{
	struct err err = ERR_INIT;
	struct wranglertext left;
	struct buf out;

	assert_int_equal(cut_of(sql), cut);
	if (cut != WRANGLERCUT_RIGHT)
		assert_false(wranglercut_is_plain(sql, strlen(sql)));
	buf_init(&out, 1 << 20);
	assert_int_equal(wranglertext_add(&out, &left, sql, strlen(sql), &err),
			 0);
	assert_string_equal(out.data, expected);
	buf_release(&out);
	return left;
}

/* It is right after that, and nothing is left to be said. */
static void mended(const char *sql, enum wranglercut cut, const char *expected)
{
	struct wranglertext left = rewrite(sql, cut, expected);

	assert_int_equal(cut_of(expected), WRANGLERCUT_RIGHT);
	assert_false(left.is_joined);
	assert_null(left.trouble);
	assert_null(left.way_out);
}

static void right(const char *sql)
{
	mended(sql, WRANGLERCUT_RIGHT, sql);
}

#define TRIGGER "CREATE TRIGGER r AFTER INSERT ON t "

static void what_is_right_stays(void **state)
{
	(void)state;
	right("");
	right("CREATE TABLE t(a, b CHECK (case when b then 1 end))");
	right("CREATE VIEW v AS SELECT CASE WHEN a THEN 1 END FROM t");
	right("CREATE VIEW v AS SELECT (case a when 1 then 2 end) AS b FROM t");
	right("CREATE INDEX i ON t(a) -- case \n");
	right("INSERT INTO t VALUES(' BEGIN ', ' case ;', '--', '/*')");
	right("CREATE TABLE begin(end)");
	right("CREATE TABLE t(a -- it's a case ; begin\n)");
	right("CREATE TABLE t(a /* it's; */ INT)");
	right(TRIGGER "BEGIN\n\tSELECT 1;\nEND");
	right(TRIGGER "BEGIN SELECT 1;SELECT 2; END -- end");
	right(TRIGGER "WHEN new.end > new.begin BEGIN SELECT 1; END");
}

static void keywords_are_spelled_out(void **state)
{
	(void)state;
	mended(TRIGGER "begin\n\tselect 1;\nend", WRANGLERCUT_JOINED,
	       TRIGGER "BEGIN\n\tselect 1;\nEND");
	/* so D1 itself wants it */
	mended(TRIGGER "begin\n\tSELECT 1;\nEND", WRANGLERCUT_RIGHT,
	       TRIGGER "BEGIN\n\tSELECT 1;\nEND");
	mended(TRIGGER "BEGIN\r\nSELECT 1;\r\nEND", WRANGLERCUT_RIGHT,
	       TRIGGER "BEGIN \r\nSELECT 1;\r\nEND");
	mended(TRIGGER "BEGIN SELECT 1;END", WRANGLERCUT_JOINED,
	       TRIGGER "BEGIN SELECT 1; END");
	mended(TRIGGER "BEGIN/* a */SELECT 1; END/* b */", WRANGLERCUT_WRONG,
	       TRIGGER "BEGIN  /* a */ SELECT 1; END /* b */");
	mended(TRIGGER "BEGIN /* a */ SELECT 1; END", WRANGLERCUT_JOINED,
	       TRIGGER "BEGIN  /* a */ SELECT 1; END");
	mended(TRIGGER "BEGIN SELECT 1; END--", WRANGLERCUT_JOINED,
	       TRIGGER "BEGIN SELECT 1; END --");
	mended("CREATE TABLE t(a, b AS (\n\tcase when a then 1 end\n))",
	       WRANGLERCUT_JOINED,
	       "CREATE TABLE t(a, b AS (\n\tCASE when a then 1 END\n))");
	mended("CREATE VIEW v AS SELECT max( CASE WHEN a THEN 1 END) AS m "
	       "FROM t",
	       WRANGLERCUT_JOINED,
	       "CREATE VIEW v AS SELECT max( CASE WHEN a THEN 1 END ) AS m "
	       "FROM t");
	mended(TRIGGER "BEGIN SELECT (case a when 1 then 2 END ); END",
	       WRANGLERCUT_WRONG,
	       TRIGGER "BEGIN SELECT ( CASE a when 1 then 2 END ); END");
	/* the outer one alone */
	mended("UPDATE t SET a = case when b then (CASE c WHEN 1 THEN 2 END) "
	       "end",
	       WRANGLERCUT_JOINED,
	       "UPDATE t SET a = CASE when b then (CASE c WHEN 1 THEN 2 END) "
	       "END");
}

static void names_are_quoted(void **state)
{
	(void)state;
	mended("CREATE TABLE t(id, begin TEXT, end TEXT)", WRANGLERCUT_JOINED,
	       "CREATE TABLE t(id, \"begin\" TEXT, \"end\" TEXT)");
	mended("ALTER TABLE t ADD COLUMN begin INT", WRANGLERCUT_JOINED,
	       "ALTER TABLE t ADD COLUMN \"begin\" INT");
	mended("CREATE VIEW v AS SELECT begin FROM t", WRANGLERCUT_JOINED,
	       "CREATE VIEW v AS SELECT \"begin\" FROM t");
	mended(TRIGGER "BEGIN UPDATE t SET End = 1; SELECT 1; END",
	       WRANGLERCUT_WRONG,
	       TRIGGER "BEGIN UPDATE t SET \"End\" = 1; SELECT 1; END");
	mended("CREATE TRIGGER begin AFTER UPDATE OF end ON begin WHEN "
	       "CASE end WHEN new.end THEN end END begin SELECT end FROM t; "
	       "end",
	       WRANGLERCUT_WRONG,
	       "CREATE TRIGGER \"begin\" AFTER UPDATE OF \"end\" ON \"begin\" "
	       "WHEN CASE \"end\" WHEN new.end THEN \"end\" END BEGIN SELECT "
	       "\"end\" FROM t; END");
	/* names that were apart stay so */
	mended("CREATE VIEW v AS SELECT 1 AS x FROM \"t\"[a;b]",
	       WRANGLERCUT_WRONG,
	       "CREATE VIEW v AS SELECT 1 AS x FROM \"t\" \"a;b\"");
	mended("CREATE TABLE t([a;b], [it's] INT)", WRANGLERCUT_WRONG,
	       "CREATE TABLE t(\"a;b\", \"it's\" INT)");
	mended("CREATE VIEW v AS SELECT 1 AS a$b", WRANGLERCUT_JOINED,
	       "CREATE VIEW v AS SELECT 1 AS \"a$b\"");
}

static void comments_get_blanks(void **state)
{
	(void)state;
	mended("CREATE/**/TABLE t(a INT/*b*/NOT/*c*/ NULL)", WRANGLERCUT_WRONG,
	       "CREATE/**/ TABLE t(a INT/*b*/ NOT/*c*/ NULL)");
	mended("SELECT 1-/**/-1, 'a'/**/'b'", WRANGLERCUT_WRONG,
	       "SELECT 1-/**/ -1, 'a'/**/ 'b'");
}

/* A type and a column of a view without AS are what their text is. */
static void some_words_must_stay(void **state)
{
	struct wranglertext left;
	const char *view;

	(void)state;
	view = "CREATE VIEW v AS SELECT case when a then 1 end, b FROM t";
	left = rewrite(view, WRANGLERCUT_JOINED, view);
	assert_true(left.is_joined);
	assert_null(left.trouble);
	view = "CREATE VIEW v AS SELECT DISTINCT b, a/**/IS/**/NULL FROM t";
	left = rewrite(view, WRANGLERCUT_WRONG, view);
	assert_false(left.is_joined);
	assert_string_equal(left.trouble,
			    "wrangler before 4.137 cuts this in the wrong "
			    "place");
	assert_string_equal(left.way_out,
			    "give what it computes a name with AS, or apply it "
			    "with git d1 migrations apply");
	view = "CREATE TABLE t(a begin , b)";
	left = rewrite(view, WRANGLERCUT_JOINED, view);
	assert_true(left.is_joined);
	/* what is no SQL */
	rewrite("CREATE VIEW v AS SELECT case ", WRANGLERCUT_JOINED,
		"CREATE VIEW v AS SELECT case ");
	rewrite(TRIGGER "BEGIN SELECT 1", WRANGLERCUT_JOINED,
		TRIGGER "BEGIN SELECT 1");
}

static void some_things_are_told(void **state)
{
	struct wranglertext left;
	const char *sql;

	(void)state;
	sql = TRIGGER "BEGIN SELECT CASE WHEN 1 THEN 2 END; END";
	left = rewrite(sql, WRANGLERCUT_RIGHT, sql);
	assert_non_null(strstr(left.trouble, "the END of the CASE"));
	assert_non_null(strstr(left.way_out, "parentheses"));
	sql = "CREATE TABLE t(a DEFAULT 'BEGIN TRANSACTION')";
	left = rewrite(sql, WRANGLERCUT_RIGHT, sql);
	assert_non_null(strstr(left.trouble, "BEGIN TRANSACTION"));
	right(TRIGGER "BEGIN SELECT (CASE WHEN 1 THEN 2 END); END");
	right("CREATE TABLE t(a DEFAULT 'begin transaction')");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_right_stays),
		cmocka_unit_test(keywords_are_spelled_out),
		cmocka_unit_test(names_are_quoted),
		cmocka_unit_test(comments_get_blanks),
		cmocka_unit_test(some_words_must_stay),
		cmocka_unit_test(some_things_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
