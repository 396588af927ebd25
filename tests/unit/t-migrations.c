/* The migrations of a folder, and wrangler's ledger. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "migrate/files.h"
#include "migrate/ledger.h"
#include "migrate/nextname.h"
#include "sandbox.h"
#include "source/sqlite.h"

/* The names that a pattern finds in the folder "m", with blanks between. */
static void expect_names(const char *pattern, const char *expected)
{
	struct migrations migrations;
	struct filetree *tree = NULL;
	struct err err = ERR_INIT;
	char names[1024] = "";

	assert_int_equal(directory_open(&tree, "m", &err), 0);
	assert_int_equal(migrations_list(&migrations, tree, pattern, &err), 0);
	for (size_t i = 0; i < migrations.count; i++) {
		strncat(names, i > 0 ? " " : "", sizeof(names) - 1);
		strncat(names, migrations.names[i], sizeof(names) - 1);
		assert_true(migrations_have(&migrations, migrations.names[i]));
	}
	assert_string_equal(names, expected);
	assert_false(migrations_have(&migrations, "nothing"));
	migrations_release(&migrations);
	filetree_close(tree);
}

static void names_are_ordered_as_wrangler_does(void **state)
{
	(void)state;
	sandbox_write("m/10_c.sql", "");
	sandbox_write("m/9_b.sql", "");
	sandbox_write("m/0001_a.sql", "");
	sandbox_write("m/1-z.sql", "");
	sandbox_write("m/init.sql", "");
	sandbox_write("m/Extra.sql", "");
	sandbox_write("m/.hidden.sql", "");
	sandbox_write("m/0002_note.txt", "");
	sandbox_write("m/0003_deep/migration.sql", "");
	expect_names(NULL, "0001_a.sql 1-z.sql 9_b.sql 10_c.sql Extra.sql "
			   "init.sql");
	expect_names("*/migration.sql", "0003_deep/migration.sql");
	expect_names("**/*.sql", "0001_a.sql 1-z.sql 0003_deep/migration.sql "
				 "9_b.sql 10_c.sql Extra.sql init.sql");
	expect_names("[0-9]*.sql", "0001_a.sql 1-z.sql 9_b.sql 10_c.sql");
	expect_names("none/*.sql", "");
}

static void order_of_paths(void **state)
{
	static const char *const ordered[] = {
		"-1_a.sql", "0_a.sql", "1/b.sql", "1/10.sql", "a.sql",
	};

	(void)state;
	assert_true(migrations_compare("2_a/x.sql", "10_a/x.sql") < 0);
	assert_true(migrations_compare("2_a/x.sql", "2_a/y.sql") < 0);
	assert_true(migrations_compare("2_a", "2_a/y.sql") < 0);
	assert_true(migrations_compare("a", "1") > 0);
	assert_true(migrations_compare("1_a", "01_a") > 0);
	assert_int_equal(migrations_compare("1_a", "1_a"), 0);
	assert_true(migrations_same_number("0002_a.sql", "0002_b.sql"));
	assert_true(migrations_same_number("2_a.sql", "0002_b.sql"));
	assert_true(migrations_same_number("0_a.sql", "0000_b.sql"));
	assert_true(migrations_same_number("1_a/x.sql", "1_b/x.sql"));
	assert_false(migrations_same_number("1_a/x.sql", "1_a/y.sql"));
	assert_false(migrations_same_number("2_a.sql", "20_b.sql"));
	assert_false(migrations_same_number("a.sql", "b.sql"));
	/* more digits than a number holds are no number */
	assert_true(migrations_compare("a.sql", "1_a.sql") > 0);
	for (size_t i = 0; i < 5; i++)
		for (size_t j = 0; j < 5; j++) {
			int order = migrations_compare(ordered[i], ordered[j]);

			if (i == 2 && j == 3)
				assert_true(order > 0); /* 10 before none */
			else if (i == 3 && j == 2)
				assert_true(order < 0);
			else
				assert_int_equal((order > 0) - (order < 0),
						 (i > j) - (i < j));
		}
}

static void a_pattern_leads_into_the_folder(void **state)
{
	struct err err = ERR_INIT;
	struct migrations migrations;
	struct filetree *tree = NULL;
	char *relative = NULL;

	(void)state;
	assert_int_equal(migrations_pattern(&relative, "/p", "/p/m",
					    "./m/*/x.sql", &err),
			 0);
	assert_string_equal(relative, "*/x.sql");
	free(relative);
	assert_int_equal(migrations_pattern(&relative, "/p", "/p/m", NULL,
					    &err),
			 0);
	assert_null(relative);
	assert_int_equal(migrations_pattern(&relative, "/p", "/p", "m/*.sql",
					    &err),
			 0);
	assert_string_equal(relative, "m/*.sql");
	free(relative);
	assert_int_equal(migrations_pattern(&relative, "/p", "/p/m",
					    "other/*.sql", &err),
			 D1_ERROR);
	assert_null(relative);
	err_clear(&err);

	/* what would be read otherwise than by wrangler is refused */
	sandbox_write("m/1.sql", "");
	assert_int_equal(directory_open(&tree, "m", &err), 0);
	assert_int_equal(migrations_list(&migrations, tree, "{1,2}.sql", &err),
			 D1_ERROR);
	migrations_release(&migrations);
	filetree_close(tree);
}

/* ---- the ledger ---- */

static char *one_text(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *statement;
	char *text;

	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), 0);
	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	text = strdup((const char *)sqlite3_column_text(statement, 0));
	sqlite3_finalize(statement);
	return text;
}

static void read_ledger(struct ledger *ledger, sqlite3 *db, const char *table,
			int code)
{
	struct err err = ERR_INIT;
	struct source *source;

	assert_int_equal(sqlite_wrap(&source, db, SQLITE_HANDLE_BORROWED, "it",
				     &err),
			 0);
	assert_int_equal(ledger_read(ledger, source, table, &err), code);
	if (code)
		assert_string_equal(err.message,
				    "the table 'my ledger' is not wrangler's: "
				    "it has no column 'name'");
	source_close(source);
}

static void the_ledger_is_wranglers(void **state)
{
	static const char table[] = "d1_migrations";
	struct err err = ERR_INIT;
	struct ledger ledger;
	sqlite3 *db;
	char *text;

	(void)state;
	assert_int_equal(sqlite3_open(":memory:", &db), 0);
	read_ledger(&ledger, db, table, 0);
	assert_false(ledger.exists);
	assert_int_equal(ledger.count, 0);
	ledger_release(&ledger);

	assert_int_equal(ledger_create(db, table, &err), 0);
	assert_int_equal(ledger_create(db, table, &err), 0);
	assert_int_equal(ledger_record(db, table, "0001_it's.sql", &err), 0);
	assert_int_equal(ledger_record(db, table, "0002_b.sql", &err), 0);
	read_ledger(&ledger, db, table, 0);
	assert_true(ledger.exists);
	assert_int_equal(ledger.count, 2);
	assert_string_equal(ledger.names[0], "0001_it's.sql");
	assert_true(ledger_has(&ledger, "0002_b.sql"));
	assert_false(ledger_has(&ledger, "0002_B.sql"));
	ledger_release(&ledger);
	text = one_text(db, "SELECT sql FROM sqlite_schema "
			    "WHERE name = 'd1_migrations'");
	assert_string_equal(text,
			    "CREATE TABLE \"d1_migrations\"(\n"
			    "\t\tid         INTEGER PRIMARY KEY AUTOINCREMENT,"
			    "\n\t\tname       TEXT UNIQUE,\n"
			    "\t\tapplied_at TIMESTAMP DEFAULT "
			    "CURRENT_TIMESTAMP NOT NULL\n)");
	free(text);
	text = one_text(db, "SELECT group_concat(id||name||"
			    "(applied_at GLOB '20*-*-* *:*:*')) "
			    "FROM d1_migrations");
	assert_string_equal(text, "10001_it's.sql1,20002_b.sql1");
	free(text);
	sqlite3_close(db);
}

static void another_tools_ledger_is_an_error(void **state)
{
	struct ledger ledger;
	sqlite3 *db;

	(void)state;
	assert_int_equal(sqlite3_open(":memory:", &db), 0);
	assert_int_equal(sqlite3_exec(db,
				      "CREATE TABLE \"my ledger\"(id, hash)",
				      NULL, NULL, NULL),
			 0);
	read_ledger(&ledger, db, "my ledger", D1_ERROR);
	ledger_release(&ledger);
	sqlite3_close(db);
}

/* The name for a migration after these, or the code of the error. */
static char *next_name(const char *const *names, size_t count,
		       const char *pattern, const char *subject)
{
	static char text[256];
	struct migrations migrations = { .names = (const char **)names,
					 .count = count };
	struct err err = ERR_INIT;
	struct buf name;

	buf_init(&name, 200);
	if (migrations_next_name(&name, &migrations, pattern, subject, &err) <
	    0)
		snprintf(text, sizeof(text), "%d", err.code);
	else
		snprintf(text, sizeof(text), "%s", name.data);
	buf_release(&name);
	return text;
}

static void the_next_name_is_wranglers(void **state)
{
	static const char *const names[] = { "0007_a.sql", "0012_b.sql",
					     "init.sql",
					     "20261121093005000000_x.sql" };
	static const char *const folders[] = { "0002_x/migration.sql" };

	(void)state;
	assert_string_equal(next_name(names, 0, NULL, "init"), "0001_init.sql");
	assert_string_equal(next_name(names, 4, NULL, "add  a b"),
			    "0013_add__a_b.sql");
	assert_string_equal(next_name(folders, 1, "*/migration.sql", "y"),
			    "0003_y/migration.sql");
	assert_string_equal(next_name(folders, 1, "**/*.sql", "y"),
			    "0003_y.sql");
	assert_string_equal(next_name(folders, 1, "one/*.sql", "y"),
			    "one/0003_y.sql");
	assert_int_equal(strtol(next_name(folders, 1, "*/*.sql", "y"), NULL,
				10),
			 D1_ERROR);
	assert_int_equal(strtol(next_name(folders, 1, "init.sql", "y"), NULL,
				10),
			 D1_ERROR);
	assert_int_equal(strtol(next_name(names, 1, NULL, "a/b"), NULL, 10),
			 D1_EUSAGE);
	assert_int_equal(strtol(next_name(names, 1, NULL, "a\nb"), NULL, 10),
			 D1_EUSAGE);
	assert_int_equal(strtol(next_name(names, 1, NULL, ""), NULL, 10),
			 D1_EUSAGE);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, sandbox_enter, sandbox_leave)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(names_are_ordered_as_wrangler_does),
		TEST(order_of_paths),
		TEST(a_pattern_leads_into_the_folder),
		TEST(the_ledger_is_wranglers),
		TEST(another_tools_ledger_is_an_error),
		TEST(the_next_name_is_wranglers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
