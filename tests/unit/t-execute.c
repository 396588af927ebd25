/* Running SQL of a repository: what works, and what must not. */
#include "config.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "sandbox.h"
#include "source/execute.h"

static sqlite3 *db;

static int setup(void **state)
{
	if (sandbox_enter(state))
		return -1;
	return sqlite3_open("db.sqlite", &db) == SQLITE_OK ? 0 : -1;
}

static int teardown(void **state)
{
	sqlite3_close(db);
	return sandbox_leave(state);
}

static void run(const char *sql, enum execute_rights rights, struct err *err)
{
	struct stream *stream;
	struct script *script;

	err_clear(err);
	assert_int_equal(stream_open_bytes(&stream, sql, strlen(sql), err), 0);
	assert_int_equal(script_open(&script, stream, "schema.sql", err), 0);
	(void)!execute_script_within(db, script, rights, 2000, err);
	script_close(script);
}

static void works(const char *sql, enum execute_rights rights)
{
	struct err err = ERR_INIT;

	run(sql, rights, &err);
	assert_string_equal(err.message, "");
	assert_int_equal(err.code, 0);
}

static void fails(const char *sql, enum execute_rights rights,
		  enum d1_error code, const char *message)
{
	struct err err = ERR_INIT;

	run(sql, rights, &err);
	assert_string_equal(err.message, message);
	assert_int_equal(err.code, code);
}

/* The first cell of a query, as text. */
static const char *ask(const char *sql)
{
	static char answer[1000];
	sqlite3_stmt *statement;

	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL),
			 SQLITE_OK);
	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	snprintf(answer, sizeof(answer), "%s",
		 sqlite3_column_text(statement, 0)
			 ? (const char *)sqlite3_column_text(statement, 0)
			 : "NULL");
	sqlite3_finalize(statement);
	return answer;
}

/* Nothing is in the directory but the database. */
static void check_directory(void)
{
	DIR *directory = opendir(".");
	struct dirent *entry;

	assert_non_null(directory);
	while ((entry = readdir(directory)))
		if (entry->d_name[0] != '.')
			assert_int_equal(strncmp(entry->d_name, "db.sqlite", 9),
					 0);
	closedir(directory);
}

static void definitions_define(void **state)
{
	(void)state;
	works("PRAGMA defer_foreign_keys=on;\n"
	      "CREATE TABLE p(id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT "
	      "CHECK(length(a) < 9), b TEXT AS (concat(a, 'x')) STORED) STRICT;\n"
	      "CREATE TABLE IF NOT EXISTS main.c(p REFERENCES p(id)) ;\n"
	      "CREATE UNIQUE INDEX i ON p(lower(a)) WHERE a IS NOT NULL;\n"
	      "CREATE VIEW v AS WITH RECURSIVE n(x) AS (SELECT 1 UNION SELECT "
	      "x + 1 FROM n) SELECT x FROM n LIMIT 3;\n"
	      "CREATE VIRTUAL TABLE f USING fts5(a, content='');\n"
	      "CREATE VIRTUAL TABLE g USING fts5(a, prefix='2 3');\n"
	      "CREATE VIRTUAL TABLE h USING fts4(a);\n"
	      "CREATE VIRTUAL TABLE r USING rtree(id, x0, x1);\n"
	      "CREATE TRIGGER t AFTER INSERT ON p BEGIN\n"
	      "  SELECT CASE WHEN new.a = 'x' THEN raise(ABORT, 'no') END;\n"
	      "  INSERT INTO c VALUES(new.id);\n"
	      "END",
	      EXECUTE_DEFINITIONS);
	works("INSERT INTO p(a) VALUES('y')", EXECUTE_MIGRATION);
	assert_string_equal(ask("SELECT b FROM p"), "yx");
	assert_string_equal(ask("SELECT p FROM c"), "1");
	assert_string_equal(ask("SELECT sum(x) FROM v"), "6");
	assert_string_equal(ask("PRAGMA integrity_check"), "ok");
}

static void migrations_change(void **state)
{
	(void)state;
	works("CREATE TABLE a(id INTEGER PRIMARY KEY, b CHECK(b <> 'x'), c);"
	      "INSERT INTO a VALUES(1,'u',3),(2,'v',4) RETURNING id;"
	      "CREATE VIEW v AS SELECT b FROM a;"
	      "CREATE TABLE gone(x);"
	      "CREATE VIRTUAL TABLE f USING fts5(b);"
	      "INSERT INTO f SELECT b FROM a;",
	      EXECUTE_MIGRATION);
	works("ALTER TABLE a RENAME COLUMN b TO bb;"
	      "ALTER TABLE a ADD COLUMN d INT NOT NULL DEFAULT 7 CHECK(d > 0);"
	      "ALTER TABLE a DROP COLUMN c;"
	      "ALTER TABLE a RENAME TO aa;"
	      "CREATE INDEX i ON aa(bb); REINDEX i; ANALYZE; DROP INDEX i;"
	      "DROP TABLE gone; DROP TABLE f;"
	      "REPLACE INTO aa VALUES(2, 'w', 8);"
	      "WITH n AS (SELECT 5 AS id) INSERT INTO aa(id) SELECT id FROM n;"
	      "UPDATE aa SET bb = 'z' WHERE id = 1;"
	      "DELETE FROM aa WHERE id = 5;"
	      "CREATE TABLE copy AS SELECT * FROM aa;"
	      "SELECT * FROM pragma_table_info('aa');"
	      "PRAGMA foreign_keys = on; PRAGMA table_info(aa); VALUES(1);"
	      "PRAGMA foreign_key_check; PRAGMA Quick_Check; PRAGMA optimize;"
	      "EXPLAIN SELECT 1; EXPLAIN QUERY PLAN SELECT * FROM aa;",
	      EXECUTE_MIGRATION);
	assert_string_equal(ask("SELECT group_concat(id || bb || d) FROM copy"),
			    "1z7,2w8");
	assert_string_equal(ask("SELECT group_concat(name) FROM sqlite_schema "
				"WHERE name NOT LIKE 'sqlite_%'"),
			    "aa,v,copy");
	assert_string_equal(ask("SELECT bb FROM v"), "z");
}

/* As the sqlite3 shell has it. */
static void readfile(sqlite3_context *context, int count,
		     sqlite3_value **values)
{
	(void)context;
	(void)count;
	(void)values;
	fail_msg("a file was read");
}

/* Neither right gives these; all leave things as they are. */
static void what_reaches_out_is_refused(void **state)
{
	static const struct {
		const char *sql, *what;
	} hostile[] = {
		{ "ATTACH 'x.sqlite' AS x", "ATTACH" },
		{ "/* a */ attach 'x.sqlite' AS x", "attach" },
		{ "DETACH main", "DETACH" },
		{ "VACUUM", "VACUUM" },
		{ "VACUUM INTO 'x.sqlite'", "VACUUM" },
		{ "PRAGMA writable_schema=ON", "PRAGMA writable_schema" },
		{ "PRAGMA main.writable_schema=1", "PRAGMA writable_schema" },
		{ "PRAGMA journal_mode=OFF", "PRAGMA journal_mode" },
		{ "PRAGMA temp_store_directory='.'",
		  "PRAGMA temp_store_directory" },
		{ "PRAGMA page_size=512", "PRAGMA page_size" },
		{ "PRAGMA user_version", "PRAGMA user_version" },
		{ "CREATE TEMP TRIGGER x AFTER INSERT ON t BEGIN SELECT 1; END",
		  "the temporary object x" },
		{ "CREATE TEMP TABLE x(a)", "the temporary object x" },
		{ "CREATE TABLE temp.x(a)", "the database temp" },
		{ "CREATE TEMP VIEW x AS SELECT 1", "the temporary object x" },
		{ "CREATE TABLE _CF_KV(a)", "the table _CF_KV" },
		{ "CREATE VIRTUAL TABLE x USING dbstat", "the module dbstat" },
		{ "CREATE TABLE x(a AS (load_extension('x')))",
		  "the function load_extension" },
		{ "CREATE TABLE x(a CHECK(readfile('/etc/passwd')))",
		  "the function readfile" },
		{ "CREATE INDEX x ON t(load_extension(a))",
		  "the function load_extension" },
	};

	(void)state;
	sqlite3_create_function(db, "readfile", 1,
				SQLITE_UTF8 | SQLITE_DETERMINISTIC, NULL,
				readfile, NULL, NULL);
	works("CREATE TABLE t(a)", EXECUTE_DEFINITIONS);
	for (size_t i = 0; i < ARRAY_SIZE(hostile); i++) {
		char message[200];

		snprintf(message, sizeof(message),
			 "schema.sql:1: %s is not allowed in this file",
			 hostile[i].what);
		fails(hostile[i].sql, EXECUTE_DEFINITIONS, D1_EREFUSED,
		      message);
		fails(hostile[i].sql, EXECUTE_MIGRATION, D1_EREFUSED, message);
	}
	assert_string_equal(ask("SELECT count(*) FROM sqlite_schema"), "1");
	assert_string_equal(ask("SELECT count(*) FROM sqlite_temp_schema"),
			    "0");
	check_directory();
}

static void migrations_cannot_reach_out_either(void **state)
{
	static const struct {
		const char *sql, *what;
	} hostile[] = {
		{ "SELECT load_extension('x')", "the function load_extension" },
		{ "SELECT fts3_tokenizer('simple')",
		  "the function fts3_tokenizer" },
		{ "SELECT * FROM pragma_user_version", "PRAGMA user_version" },
		{ "SELECT * FROM pragma_database_list",
		  "PRAGMA database_list" },
		{ "INSERT INTO _cf_KV VALUES(1)", "the table _cf_KV" },
		{ "SELECT * FROM _cf_KV", "the table _cf_KV" },
		{ "DROP TABLE _cf_KV", "the table _cf_KV" },
		{ "ALTER TABLE _cf_KV RENAME TO x", "the table _cf_KV" },
	};

	(void)state;
	assert_int_equal(sqlite3_exec(db, "CREATE TABLE _cf_KV(a)", NULL, NULL,
				      NULL),
			 SQLITE_OK);
	for (size_t i = 0; i < ARRAY_SIZE(hostile); i++) {
		char message[200];

		snprintf(message, sizeof(message),
			 "schema.sql:1: %s is not allowed in this file",
			 hostile[i].what);
		fails(hostile[i].sql, EXECUTE_MIGRATION, D1_EREFUSED, message);
	}
	fails("\nINSERT INTO sqlite_schema VALUES(1,2,3,4,5)",
	      EXECUTE_MIGRATION, D1_ERROR,
	      "schema.sql:2: table sqlite_master may not be modified");
	fails("UPDATE sqlite_master SET sql = ''", EXECUTE_MIGRATION, D1_ERROR,
	      "schema.sql:1: table sqlite_master may not be modified");
	assert_string_equal(ask("SELECT count(*) FROM sqlite_schema"), "1");
	check_directory();
}

static void definitions_bring_no_rows(void **state)
{
	static const char *const words[] = { "INSERT", "UPDATE", "DELETE",
					     "SELECT", "DROP",	 "ALTER",
					     "WITH",   "EXPLAIN" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		char sql[100], message[100];

		snprintf(sql, sizeof(sql),
			 "CREATE TABLE IF NOT EXISTS t(a);\n"
			 "%s x",
			 words[i]);
		snprintf(message, sizeof(message),
			 "schema.sql:2: %s is not allowed in this file",
			 words[i]);
		fails(sql, EXECUTE_DEFINITIONS, D1_EREFUSED, message);
	}
	fails("CREATE TABLE x AS SELECT 1", EXECUTE_DEFINITIONS, D1_EREFUSED,
	      "schema.sql:1: CREATE TABLE ... AS is not allowed in this file");
	fails("PRAGMA foreign_keys=off", EXECUTE_DEFINITIONS, D1_EREFUSED,
	      "schema.sql:1: PRAGMA foreign_keys is not allowed in this file");
	assert_string_equal(ask("SELECT count(*) FROM sqlite_schema"), "1");
}

static void transactions_are_the_callers(void **state)
{
	static const char *const words[] = {
		"BEGIN", "COMMIT", "END", "ROLLBACK", "SAVEPOINT", "release"
	};
	struct err err = ERR_INIT;

	(void)state;
	sqlite3_exec(db, "BEGIN", NULL, NULL, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		char sql[100], message[100];

		snprintf(sql, sizeof(sql), "\n%s x", words[i]);
		snprintf(message, sizeof(message),
			 "schema.sql:2: %s is not allowed in this file",
			 words[i]);
		run(sql, EXECUTE_MIGRATION, &err);
		assert_string_equal(err.message, message);
		assert_string_equal(err.hint,
				    "D1 refuses BEGIN, COMMIT and SAVEPOINT "
				    "too: remove them, all of the file is one "
				    "transaction anyway");
	}
	assert_false(sqlite3_get_autocommit(db));
	works("CREATE TABLE t(a);", EXECUTE_MIGRATION);
	sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	assert_string_equal(ask("SELECT count(*) FROM sqlite_schema"), "0");
}

static void errors_say_where(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	fails("CREATE TABLE a(x);\n\nCREATE TABLE b(\n\tx INT,\n\ty z w !\n);",
	      EXECUTE_DEFINITIONS, D1_ERROR,
	      "schema.sql:5: unrecognized token: \"!\"");
	fails("\nCREATE TABLE a(x)", EXECUTE_DEFINITIONS, D1_ERROR,
	      "schema.sql:2: table a already exists");
	fails("-- c\n\nx y", EXECUTE_MIGRATION, D1_EREFUSED,
	      "schema.sql:3: x is not allowed in this file");
	fails("-- c\n\n(SELECT 1)", EXECUTE_MIGRATION, D1_ERROR,
	      "schema.sql:3: near \"(\": syntax error");
	fails("CREATE TABLE c(x UNIQUE);\nINSERT INTO c VALUES\n(1),\n(1);",
	      EXECUTE_MIGRATION, D1_ERROR,
	      "schema.sql:2: UNIQUE constraint failed: c.x");
	fails("SELECT 1;\nSELECT 'a", EXECUTE_MIGRATION, D1_ERROR,
	      "schema.sql:2: a quote that is not closed");
	run("CREATE TABLE d(a,\nb AS (jsonb_no(a)))", EXECUTE_DEFINITIONS,
	    &err);
	assert_string_equal(err.message,
			    "schema.sql:2: no such function: jsonb_no");
	assert_non_null(strstr(err.hint, sqlite3_libversion()));
	assert_non_null(strstr(err.hint, "lacks the function 'jsonb_no'"));
}

static void nothing_runs_forever(void **state)
{
	static const char endless[] =
		"WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM "
		"n) SELECT count(*) FROM n";
	struct stream *stream;
	struct script *script;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(stream_open_bytes(&stream, endless,
					   sizeof(endless) - 1, &err),
			 0);
	assert_int_equal(script_open(&script, stream, "m.sql", &err), 0);
	assert_int_equal(execute_script_within(db, script, EXECUTE_MIGRATION,
					       50, &err),
			 D1_ERROR);
	assert_string_equal(err.message,
			    "m.sql:1: stopped: not done after 0.050 seconds");
	script_close(script);
}

static void expressions_have_a_depth(void **state)
{
	char sql[600] = "CREATE TABLE t(a CHECK(";

	(void)state;
	for (int i = 0; i < 120; i++)
		strcat(sql, "a+");
	strcat(sql, "a))");
	fails(sql, EXECUTE_DEFINITIONS, D1_ERROR,
	      "schema.sql:1: Expression tree is too large (maximum depth 100)");
	fails("SELECT zeroblob(100000000)", EXECUTE_MIGRATION, D1_ERROR,
	      "schema.sql:1: string or blob too big");
}

static void the_connection_is_as_before(void **state)
{
	int defensive;

	(void)state;
	sqlite3_exec(db, "PRAGMA foreign_keys=on; PRAGMA recursive_triggers=on",
		     NULL, NULL, NULL);
	works("PRAGMA foreign_keys=off; PRAGMA ignore_check_constraints=on;"
	      "PRAGMA legacy_alter_table=on; PRAGMA recursive_triggers=off;"
	      "PRAGMA reverse_unordered_selects=1; "
	      "PRAGMA case_sensitive_like=1;"
	      "CREATE TABLE t(a CHECK(a > 1)); INSERT INTO t VALUES(1);",
	      EXECUTE_MIGRATION);
	assert_string_equal(ask("PRAGMA foreign_keys"), "1");
	assert_string_equal(ask("PRAGMA recursive_triggers"), "1");
	assert_string_equal(ask("PRAGMA ignore_check_constraints"), "0");
	assert_string_equal(ask("PRAGMA legacy_alter_table"), "0");
	assert_string_equal(ask("PRAGMA reverse_unordered_selects"), "0");
	assert_string_equal(ask("SELECT 'a' LIKE 'A'"), "1");
	assert_string_equal(ask("SELECT a FROM t"), "1");
	sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, -1, &defensive);
	assert_int_equal(defensive, 0);
	assert_int_equal(sqlite3_limit(db, SQLITE_LIMIT_EXPR_DEPTH, -1), 1000);
	assert_int_equal(sqlite3_exec(db, "ATTACH ':memory:' AS x", NULL, NULL,
				      NULL),
			 SQLITE_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
		TEST(definitions_define),
		TEST(migrations_change),
		TEST(what_reaches_out_is_refused),
		TEST(migrations_cannot_reach_out_either),
		TEST(definitions_bring_no_rows),
		TEST(transactions_are_the_callers),
		TEST(errors_say_where),
		TEST(nothing_runs_forever),
		TEST(expressions_have_a_depth),
		TEST(the_connection_is_as_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
