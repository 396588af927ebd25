/*
 * Writing a SQLite file: after the changes that a comparison found, another
 * comparison finds none, whatever the rows and the tables are.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "apply/sqlite.h"
#include "diff/compare.h"
#include "sandbox.h"
#include "source/sqlite.h"

/* ---- databases ---- */

static void execute(const char *path, const char *sql)
{
	sqlite3 *db;
	char *message = NULL;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	sqlite3_exec(db, sql, NULL, NULL, &message);
	if (message)
		fail_msg("%s: %s: %s", path, message, sql);
	sqlite3_close(db);
}

/* The first column of all rows, with a blank after each. */
static char *ask(const char *path, const char *sql)
{
	static char answer[8192];
	sqlite3_stmt *statement;
	sqlite3 *db;

	answer[0] = '\0';
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sqlite3_errmsg(db), sql);
	while (sqlite3_step(statement) == SQLITE_ROW) {
		const char *text =
			(const char *)sqlite3_column_text(statement, 0);

		strncat(answer, text ? text : "NULL",
			sizeof(answer) - strlen(answer) - 2);
		strcat(answer, " ");
	}
	sqlite3_finalize(statement);
	sqlite3_close(db);
	return answer;
}

#define expect(sql, answer) assert_string_equal(ask("old.sqlite", sql), answer)

static int no_rules(void *context, const char *table,
		    const struct pair_rules **rules, struct err *err)
{
	static const struct pair_rules none;

	(void)context;
	(void)table;
	(void)err;
	*rules = &none;
	return 0;
}

static bool want_rows(void *context, const char *table)
{
	(void)context;
	return strcmp(table, "log") != 0;
}

static void compare(struct change_sink *sink, struct comparison_result *result)
{
	struct comparison comparison = { .labels = { "old", "new" },
					 .rules = no_rules,
					 .wanted = want_rows };
	struct err err = ERR_INIT;

	memset(result, 0, sizeof(*result));
	assert_int_equal(sqlite_open(&comparison.sources[OLD], "old.sqlite",
				     &err),
			 0);
	assert_int_equal(sqlite_open(&comparison.sources[NEW], "new.sqlite",
				     &err),
			 0);
	if (compare_sources(&comparison, sink, result, &err) < 0)
		fail_msg("%s", err.message);
	source_close(comparison.sources[OLD]);
	source_close(comparison.sources[NEW]);
}

static struct changes *find_changes(void)
{
	struct comparison_result result;
	struct changes *changes = NULL;
	struct changes_sink sink;
	struct err err = ERR_INIT;

	assert_int_equal(changes_open(&changes, &err), 0);
	changes_sink_init(&sink, changes);
	compare(&sink.sink, &result);
	changes_sink_release(&sink);
	return changes;
}

/* Writes the changes into old.sqlite. Returns what that came to. */
static int write_changes(struct changes *changes, struct err *err)
{
	struct sqlite_target *target = NULL;

	if (sqlite_target_begin(&target, "old.sqlite", false, err) == 0 &&
	    sqlite_target_apply(target, changes, err) == 0)
		(void)!sqlite_target_commit(target, err);
	sqlite_target_close(target);
	return err->code;
}

/* Makes old.sqlite like new.sqlite, and sees that it is. */
static void make_equal(void)
{
	static struct change_sink none;
	struct comparison_result result;
	struct changes *changes = find_changes();
	struct err err = ERR_INIT;

	if (write_changes(changes, &err) < 0)
		fail_msg("%s", err.message);
	changes_close(changes);
	compare(&none, &result);
	assert_int_equal(result.differences, 0);
	assert_string_equal(ask("old.sqlite", "PRAGMA integrity_check"), "ok ");
	assert_string_equal(ask("old.sqlite", "PRAGMA foreign_key_check"), "");
}

/* ---- rows that somebody else changes meanwhile ---- */

static const char guarded[] = "CREATE TABLE t(id INTEGER PRIMARY KEY, v, w);"
			      "CREATE TABLE u(id INTEGER PRIMARY KEY, v);";

/*
 * Changes old.sqlite after the comparison, writes with guards, and returns the
 * message; NULL if it was written.
 */
static const char *write_guarded(const char *meanwhile, bool fires)
{
	static struct err err;
	struct changes *changes = find_changes();
	struct sqlite_target *target = NULL;

	err_clear(&err);
	execute("old.sqlite", meanwhile);
	assert_int_equal(sqlite_target_begin(&target, "old.sqlite", false,
					     &err),
			 0);
	sqlite_target_guard(target, true);
	if (fires)
		sqlite_target_let_fire(target);
	if (sqlite_target_apply(target, changes, &err) == 0)
		(void)!sqlite_target_commit(target, &err);
	sqlite_target_close(target);
	changes_close(changes);
	assert_true(!err.code || err.code == D1_ECONFLICT);
	return err.code ? err.message : NULL;
}

static void guards_tell_zeros_apart(void **state)
{
	(void)state;
	for (int fires = 0; fires < 2; fires++) {
		const char *message;

		remove("old.sqlite");
		remove("new.sqlite");
		execute("old.sqlite", guarded);
		execute("old.sqlite",
			"INSERT INTO t VALUES(1, 0.0, 1), (2, -0.0, 1),"
			" (3, 0.0, 1)");
		execute("new.sqlite", guarded);
		execute("new.sqlite", "INSERT INTO t VALUES(1, 0.0, 2),"
				      " (2, -0.0, 2)");
		message = write_guarded("UPDATE t SET v = -0.0 WHERE id = 1",
					fires);
		assert_non_null(message);
		assert_non_null(strstr(message, "table 't', row id=1: it was "
						"changed meanwhile"));
		execute("old.sqlite", "UPDATE t SET v = 0.0 WHERE id = 1");
		message = write_guarded("UPDATE t SET v = 0.0 WHERE id = 2",
					fires);
		assert_non_null(message);
		assert_non_null(strstr(message, "row id=2"));
		execute("old.sqlite", "UPDATE t SET v = -0.0 WHERE id = 2");
		message = write_guarded("UPDATE t SET v = -0.0 WHERE id = 3",
					fires);
		assert_non_null(message);
		assert_non_null(strstr(message, "row id=3"));
		expect("SELECT group_concat(w, '') FROM t", "111 ");
		execute("old.sqlite", "UPDATE t SET v = 0.0 WHERE id = 3");
		assert_null(write_guarded("SELECT 1", fires));
		expect("SELECT group_concat(w, '') FROM t", "22 ");
	}
}

/* What triggers change in rows that are yet to be written is no conflict. */
static void guards_hold_while_triggers_fire(void **state)
{
	static const char trigger[] =
		"CREATE TRIGGER a AFTER UPDATE ON t BEGIN"
		" UPDATE t SET v = 'fired' WHERE id = NEW.id + 1;"
		" UPDATE u SET v = 'fired'; END;";

	(void)state;
	execute("old.sqlite", guarded);
	execute("old.sqlite", trigger);
	execute("old.sqlite", "INSERT INTO t VALUES(1, 1, 1), (2, 2, 2);"
			      "INSERT INTO u VALUES(1, 1), (2, 2)");
	execute("new.sqlite", guarded);
	execute("new.sqlite", trigger);
	execute("new.sqlite", "INSERT INTO t VALUES(1, 1, 10), (2, 2, 20);"
			      "INSERT INTO u VALUES(1, 10)");
	assert_non_null(
		strstr(write_guarded("UPDATE t SET w = 3 WHERE id = 2", true),
		       "row id=2: it was changed meanwhile"));
	execute("old.sqlite", "DROP TRIGGER a; UPDATE t SET w = 2, v = 2"
			      " WHERE id = 2");
	execute("old.sqlite", trigger);
	assert_non_null(
		strstr(write_guarded("UPDATE u SET v = 3 WHERE id = 2", true),
		       "row id=2: it was changed meanwhile"));
	expect("SELECT w FROM t", "1 2 ");
	assert_non_null(
		strstr(write_guarded("DELETE FROM u WHERE id = 1", true),
		       "row id=1: it was changed meanwhile"));
	execute("old.sqlite", "INSERT INTO u VALUES(1, 1)");
	assert_null(write_guarded("SELECT 1", true));
	expect("SELECT w FROM t", "10 20 ");
	expect("SELECT id FROM u", "1 ");
}

/* ---- random rows ---- */

static uint32_t seed;

static uint32_t draw(uint32_t below)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % below;
}

/*
 * Tables whose rows are hard to write one after another; {} stands for the
 * rows of either side.
 */
static const char tables[] =
	"CREATE TABLE plain(id INTEGER PRIMARY KEY, u TEXT UNIQUE, v, w);"
	"CREATE UNIQUE INDEX some ON plain(v) WHERE w > 2;"
	"CREATE UNIQUE INDEX computed ON plain(v + 10 * w);"
	"CREATE TABLE lean(a TEXT COLLATE NOCASE, b INT, c UNIQUE, d,"
	" PRIMARY KEY(a, b DESC)) WITHOUT ROWID;"
	"CREATE TABLE bag(a, b);"
	"CREATE TABLE holes(k TEXT PRIMARY KEY, v, UNIQUE(v) ON CONFLICT "
	"REPLACE);"
	"CREATE TABLE made(id INTEGER PRIMARY KEY AUTOINCREMENT, a,"
	" g AS (a || 'x') STORED UNIQUE, CHECK(a <> 'bad'));"
	"CREATE TABLE hen(id INTEGER PRIMARY KEY, egg REFERENCES egg"
	" ON DELETE CASCADE ON UPDATE CASCADE);"
	"CREATE TABLE egg(id INTEGER PRIMARY KEY, hen REFERENCES hen"
	" ON DELETE SET NULL);"
	"CREATE TABLE log(what);"
	"CREATE TRIGGER t1 AFTER INSERT ON plain BEGIN INSERT INTO log "
	"VALUES('i'); END;"
	"CREATE TRIGGER t2 AFTER UPDATE ON plain BEGIN INSERT INTO log "
	"VALUES('u'); END;"
	"CREATE TRIGGER t3 BEFORE DELETE ON plain BEGIN SELECT RAISE(ABORT,"
	" 'no'); END;"
	"CREATE TRIGGER t4 AFTER DELETE ON holes BEGIN DELETE FROM bag; END;";

static void add_rows(const char *path)
{
	char sql[1024];
	sqlite3 *db;
	static const char *const keys[] = { "NULL", "'a'", "'b'", "'B'",
					    "'c'",  "'d'", "'e'", "5" };

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	sqlite3_exec(db, "PRAGMA synchronous=OFF; BEGIN", NULL, NULL, NULL);
	for (unsigned int i = 0; i < 60; i++) {
		unsigned int a = draw(8), b = draw(8), c = draw(5), d = draw(6);

		snprintf(
			sql, sizeof(sql),
			"INSERT OR IGNORE INTO plain VALUES(%u, 'u%u', %u, %u);"
			"INSERT OR IGNORE INTO lean VALUES('%c', %u, %u, %u);"
			"INSERT INTO bag VALUES(%u, '%u');"
			"INSERT OR IGNORE INTO holes VALUES(%s, %u);"
			"INSERT OR IGNORE INTO made VALUES(%u, %u);"
			"INSERT OR IGNORE INTO hen VALUES(%u, %u);"
			"INSERT OR IGNORE INTO egg VALUES(%u, %u);",
			a, b, c, d, "aAbBcCdD"[a], c, b, d, a, b, keys[a], b, a,
			b, a, b, b, a);
		assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), 0);
	}
	assert_int_equal(
		sqlite3_exec(db,
			     "DELETE FROM bag WHERE rowid % 3 = 0;"
			     "UPDATE hen SET egg = NULL WHERE egg NOT IN "
			     "(SELECT id FROM egg);"
			     "UPDATE egg SET hen = NULL WHERE hen NOT IN "
			     "(SELECT id FROM hen);"
			     "DELETE FROM log; COMMIT",
			     NULL, NULL, NULL),
		0);
	sqlite3_close(db);
}

static void random_rows(void **state)
{
	(void)state;
	for (uint32_t turn = 1; turn <= 60; turn++) {
		seed = turn * 7919;
		remove("old.sqlite");
		remove("new.sqlite");
		execute("old.sqlite", tables);
		execute("new.sqlite", tables);
		add_rows("old.sqlite");
		add_rows("new.sqlite");
		make_equal();
		expect("SELECT count(*) FROM log", "0 ");
		expect("SELECT name FROM sqlite_schema WHERE type = 'trigger' "
		       "ORDER BY rowid",
		       "t1 t2 t3 t4 ");
	}
}

/* ---- what stays as it is ---- */

static void setup(const char *both, const char *old_rows, const char *new_rows)
{
	execute("old.sqlite", both);
	execute("new.sqlite", both);
	execute("old.sqlite", old_rows);
	execute("new.sqlite", new_rows);
}

static void rowids_and_unseen_columns_stay(void **state)
{
	(void)state;
	setup("CREATE TABLE t(k TEXT PRIMARY KEY, u UNIQUE)",
	      "ALTER TABLE t ADD COLUMN mine;"
	      "INSERT INTO t(rowid, k, u, mine) VALUES(7, 'a', 1, 'ma'),"
	      "(8, 'b', 2, 'mb'), (9, 'c', 3, 'mc'), (10, 'd', 4, 'md')",
	      "INSERT INTO t(rowid, k, u) VALUES(1, 'a', 2), (2, 'b', 3),"
	      "(3, 'c', 1), (4, 'e', 4)");
	make_equal();
	expect("SELECT rowid||k||u||coalesce(mine, '-') FROM t ORDER BY k",
	       "7a2ma 8b3mb 9c1mc 10e4- ");
}

static void an_exact_number_of_equal_rows_goes(void **state)
{
	(void)state;
	setup("CREATE TABLE t(a, b)",
	      "INSERT INTO t VALUES(1, 'x'), (1, 'x'), (1, 'x'), (1.0, 'x'),"
	      "('1', 'x'), (x'31', 'x'), (NULL, 'x'), (0.0, 1), (-0.0, 1)",
	      "INSERT INTO t VALUES(1, 'x'), (-0.0, 1), (NULL, 'x'), (2, 2),"
	      "(2, 2)");
	make_equal();
	expect("SELECT typeof(a) FROM t ORDER BY rowid",
	       "integer null real integer integer ");
}

static void triggers_keep_their_order(void **state)
{
	(void)state;
	setup("CREATE TABLE t(id INTEGER PRIMARY KEY, a); CREATE TABLE log(w);"
	      "CREATE TRIGGER c AFTER UPDATE ON t BEGIN INSERT INTO log "
	      "VALUES('c'); END;"
	      "CREATE TRIGGER a AFTER UPDATE ON t BEGIN INSERT INTO log "
	      "VALUES('a'); END;"
	      "CREATE TRIGGER b AFTER UPDATE ON t BEGIN INSERT INTO log "
	      "VALUES('b'); END;",
	      "INSERT INTO t VALUES(1, 1)", "INSERT INTO t VALUES(1, 2)");
	make_equal();
	expect("SELECT w FROM log", "");
	execute("old.sqlite", "UPDATE t SET a = 3");
	execute("new.sqlite", "UPDATE t SET a = 3");
	assert_string_equal(ask("old.sqlite", "SELECT w FROM log"), "b a c ");
	assert_string_equal(ask("new.sqlite", "SELECT w FROM log"), "b a c ");
}

static void an_index_of_another_table_is_kept(void **state)
{
	(void)state;
	setup("CREATE TABLE t(id INTEGER PRIMARY KEY, body); "
	      "CREATE TABLE log(w);"
	      "CREATE VIRTUAL TABLE f USING fts5(body, content='t',"
	      " content_rowid='id');"
	      "CREATE TRIGGER ai AFTER INSERT ON t BEGIN INSERT INTO "
	      "f(rowid, body) VALUES(new.id, new.body); END;"
	      "CREATE TRIGGER ad AFTER DELETE ON t BEGIN INSERT INTO "
	      "f(f, rowid, body) VALUES('delete', old.id, old.body); END;"
	      "CREATE TRIGGER au AFTER UPDATE ON t BEGIN INSERT INTO "
	      "f(f, rowid, body) VALUES('delete', old.id, old.body);"
	      " INSERT INTO f(rowid, body) VALUES(new.id, new.body); END;"
	      "CREATE TRIGGER zz AFTER UPDATE ON t BEGIN INSERT INTO log "
	      "VALUES('zz'); END;",
	      "INSERT INTO t VALUES(1, 'apple'), (2, 'pear'), (3, 'plum')",
	      "INSERT INTO t VALUES(1, 'apple'), (2, 'quince'), (4, 'fig')");
	make_equal();
	expect("SELECT rowid FROM f WHERE f MATCH 'quince OR fig OR apple' "
	       "ORDER BY rowid",
	       "1 2 4 ");
	expect("SELECT rowid FROM f WHERE f MATCH 'pear OR plum'", "");
	execute("old.sqlite", "INSERT INTO f(f) VALUES('integrity-check')");
	expect("SELECT count(*) FROM log", "0 ");
	expect("SELECT name FROM sqlite_schema WHERE type = 'trigger' ORDER BY "
	       "rowid",
	       "ai ad au zz ");
}

static void a_virtual_table_that_is_written_is_not_written_twice(void **state)
{
	(void)state;
	setup("CREATE TABLE t(id INTEGER PRIMARY KEY, body);"
	      "CREATE VIRTUAL TABLE f USING fts5(body);"
	      "CREATE TRIGGER ai AFTER INSERT ON t BEGIN INSERT INTO "
	      "f(rowid, body) VALUES(new.id, new.body); END;",
	      "INSERT INTO t VALUES(1, 'apple')",
	      "INSERT INTO t VALUES(1, 'apple'), (2, 'pear')");
	make_equal();
	expect("SELECT rowid||body FROM f", "1apple 2pear ");
}

/* ---- what is refused ---- */

/* Writing fails with the message, and the file is as before. */
static void expect_failure(enum d1_error code, const char *message)
{
	struct changes *changes = find_changes();
	struct err err = ERR_INIT;

	assert_int_equal(write_changes(changes, &err), code);
	assert_string_equal(err.message, message);
	changes_close(changes);
}

static void a_foreign_key_to_no_row_is_a_conflict(void **state)
{
	(void)state;
	setup("CREATE TABLE p(id INTEGER PRIMARY KEY);"
	      "CREATE TABLE c(id INTEGER PRIMARY KEY, p REFERENCES p);",
	      "INSERT INTO p VALUES(1), (2); INSERT INTO c VALUES(1, 1), "
	      "(5, 9)",
	      "INSERT INTO p VALUES(2); INSERT INTO c VALUES(1, 1), (5, 9)");
	expect_failure(D1_ECONFLICT, "1 foreign key would refer to no row: "
				     "'c' row 1 to 'p'");
	expect("SELECT id FROM p", "1 2 ");
}

static void foreign_keys_that_were_broken_before_do_not_matter(void **state)
{
	(void)state;
	setup("CREATE TABLE p(id INTEGER PRIMARY KEY);"
	      "CREATE TABLE c(a, b, p REFERENCES p, PRIMARY KEY(a, b)) "
	      "WITHOUT ROWID;"
	      "CREATE TABLE odd(x REFERENCES c(b));",
	      "INSERT INTO c VALUES(1, 1, 5), (1, 2, 6)",
	      "INSERT INTO p VALUES(7); INSERT INTO c VALUES(1, 1, 5), "
	      "(2, 2, 7)");
	execute("new.sqlite", "DELETE FROM c WHERE a = 1");
	execute("new.sqlite", "INSERT INTO c VALUES(1, 1, 5)");
	{
		struct changes *changes = find_changes();
		struct err err = ERR_INIT;

		assert_int_equal(write_changes(changes, &err), 0);
		changes_close(changes);
	}
	expect("SELECT a||b||p FROM c", "115 227 ");
}

static void constraints_are_on(void **state)
{
	(void)state;
	execute("new.sqlite", "CREATE TABLE t(id INTEGER PRIMARY KEY, a);"
			      "INSERT INTO t VALUES(1, 5), (2, -1)");
	execute("old.sqlite", "CREATE TABLE t(id INTEGER PRIMARY KEY, "
			      "a CHECK(a > 0)); INSERT INTO t VALUES(2, 1)");
	expect_failure(D1_ECONFLICT, "table 't', row id=2: CHECK constraint "
				     "failed: a > 0");
	expect("SELECT id||a FROM t", "21 ");
	remove("old.sqlite");
	execute("old.sqlite", "CREATE TABLE t(id INTEGER PRIMARY KEY, "
			      "a UNIQUE); INSERT INTO t VALUES(2, 1)");
	execute("new.sqlite", "UPDATE t SET a = 5");
	expect_failure(D1_ECONFLICT, "table 't', row id=1: UNIQUE constraint "
				     "failed: t.a");
	expect("SELECT id||a FROM t", "21 ");
}

static void a_row_that_moved_is_a_conflict(void **state)
{
	struct changes *changes;
	struct err err = ERR_INIT;

	(void)state;
	setup("CREATE TABLE t(id INTEGER PRIMARY KEY, a); CREATE TABLE b(x)",
	      "INSERT INTO t VALUES(1, 1), (2, 2); INSERT INTO b VALUES(1)",
	      "INSERT INTO t VALUES(1, 5)");
	changes = find_changes();
	execute("old.sqlite", "DELETE FROM t WHERE id = 2");
	assert_int_equal(write_changes(changes, &err), D1_ECONFLICT);
	assert_string_equal(err.message,
			    "table 't', row id=2: it is not there any more");
	err_clear(&err);
	execute("old.sqlite", "INSERT INTO t VALUES(2, 3)");
	execute("old.sqlite", "DELETE FROM b");
	assert_int_equal(write_changes(changes, &err), D1_ECONFLICT);
	assert_string_equal(err.message, "table 'b': a row that is to be "
					 "deleted is not there any more");
	expect("SELECT id||a FROM t", "11 23 ");
	changes_close(changes);
}

/* ---- files ---- */

static void a_new_file_is_as_wrangler_makes_it(void **state)
{
	struct sqlite_target *target = NULL;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(sqlite_target_begin(&target, "a/b/new.sqlite", false,
					     &err),
			 D1_ENOTFOUND);
	err_clear(&err);
	/* undone: neither file nor folders */
	assert_int_equal(sqlite_target_begin(&target, "a/b/new.sqlite", true,
					     &err),
			 0);
	sqlite_target_close(target);
	assert_int_equal(access("a", F_OK), -1);

	assert_int_equal(sqlite_target_begin(&target, "a/b/new.sqlite", true,
					     &err),
			 0);
	assert_int_equal(sqlite3_exec(sqlite_target_database(target),
				      "CREATE TABLE t(a)", NULL, NULL, NULL),
			 0);
	assert_int_equal(sqlite_target_commit(target, &err), 0);
	sqlite_target_close(target);
	assert_string_equal(ask("a/b/new.sqlite", "PRAGMA journal_mode"),
			    "wal ");
	assert_string_equal(ask("a/b/new.sqlite", "PRAGMA page_size"), "4096 ");
	assert_string_equal(ask("a/b/new.sqlite", "PRAGMA encoding"), "UTF-8 ");
	assert_string_equal(ask("a/b/new.sqlite",
				"SELECT name FROM sqlite_schema"),
			    "t ");
}

static void everything_can_be_dropped(void **state)
{
	struct sqlite_target *target = NULL;
	struct err err = ERR_INIT;

	(void)state;
	execute("old.sqlite",
		"CREATE TABLE a(x REFERENCES b); CREATE TABLE b(id INTEGER "
		"PRIMARY KEY AUTOINCREMENT); INSERT INTO b VALUES(1); "
		"INSERT INTO a VALUES(1);"
		"CREATE TABLE _cf_KV(k); CREATE TABLE d1_migrations(name);"
		"CREATE VIEW v AS SELECT * FROM gone; CREATE VIEW w AS SELECT "
		"* FROM v; CREATE VIRTUAL TABLE f USING fts5(x);"
		"CREATE VIRTUAL TABLE r USING rtree(id, a, b);"
		"CREATE TRIGGER t AFTER INSERT ON a BEGIN DELETE FROM b; END;"
		"CREATE INDEX i ON a(x)");
	assert_int_equal(sqlite_target_begin(&target, "old.sqlite", false,
					     &err),
			 0);
	if (sqlite_target_drop_all(target, &err) < 0)
		fail_msg("%s", err.message);
	assert_int_equal(sqlite_target_commit(target, &err), 0);
	sqlite_target_close(target);
	expect("SELECT name FROM sqlite_schema ORDER BY name",
	       "_cf_KV sqlite_sequence ");
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, sandbox_enter, sandbox_leave)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(guards_tell_zeros_apart),
		TEST(guards_hold_while_triggers_fire),
		TEST(random_rows),
		TEST(rowids_and_unseen_columns_stay),
		TEST(an_exact_number_of_equal_rows_goes),
		TEST(triggers_keep_their_order),
		TEST(an_index_of_another_table_is_kept),
		TEST(a_virtual_table_that_is_written_is_not_written_twice),
		TEST(a_foreign_key_to_no_row_is_a_conflict),
		TEST(foreign_keys_that_were_broken_before_do_not_matter),
		TEST(constraints_are_on),
		TEST(a_row_that_moved_is_a_conflict),
		TEST(a_new_file_is_as_wrangler_makes_it),
		TEST(everything_can_be_dropped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
