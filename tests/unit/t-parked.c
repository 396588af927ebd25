/* Definitions after tables were renamed away: as SQLite itself has them. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "schema/parked.h"
#include "schema/words.h"
#include "util/compiler.h"

enum { MAX_SQL = 1 << 16 };

static struct arena arena;

/* What is left of a definition if spelling does not count. */
static char *spell(const char *sql, size_t size)
{
	const struct words_names names = { .all = true };
	struct err err = ERR_INIT;
	struct words words;
	struct buf out;
	char *text;

	assert_int_equal(words_read(&words, &arena, sql, size, &err), 0);
	buf_init(&out, MAX_SQL);
	words_add(&out, &words, 0, words.count, &names);
	assert_false(out.failed);
	text = arena_copy(&arena, out.data, out.len);
	assert_non_null(text);
	buf_release(&out);
	return text;
}

static void run(sqlite3 *db, const char *sql)
{
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
}

/* Every table that is not called stays_%, in the order of the schema. */
static void park_all(struct planner *planner, sqlite3 *db)
{
	struct blueprint *from = planner->from;

	planner->old = arena_array(&arena, from->count, sizeof(*planner->old));
	assert_non_null(planner->old);
	for (size_t i = 0; i < from->count; i++) {
		char *sql;

		if (from->items[i].kind != OBJECT_TABLE ||
		    strncmp(from->items[i].name, "stays_", 6) == 0)
			continue;
		planner->old[i].scratch = arena_format(&arena, "git_d1_%zu", i);
		assert_non_null(planner->old[i].scratch);
		sql = sqlite3_mprintf("ALTER TABLE \"%w\" RENAME TO \"%w\"",
				      from->items[i].name,
				      planner->old[i].scratch);
		run(db, sql);
		sqlite3_free(sql);
	}
}

/* The definition that SQLite has of the object at that place. */
static char *ask_sqlite(sqlite3 *db, const struct planner *planner,
			size_t place)
{
	const char *name = planner->old[place].scratch;
	sqlite3_stmt *statement;
	char *text;

	name = name ? name : planner->from->items[place].name;
	assert_int_equal(sqlite3_prepare_v2(db,
					    "SELECT sql FROM sqlite_schema "
					    "WHERE name = ?1 COLLATE NOCASE",
					    -1, &statement, NULL),
			 SQLITE_OK);
	sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	text = spell((const char *)sqlite3_column_text(statement, 0),
		     (size_t)sqlite3_column_bytes(statement, 0));
	sqlite3_finalize(statement);
	return text;
}

static void check_schema(const char *schema)
{
	struct err err = ERR_INIT;
	struct blueprint from;
	struct planner planner = { .from = &from };
	sqlite3 *db;

	blueprint_init(&from, "a schema");
	assert_int_equal(blueprint_add_text(&from, schema, strlen(schema),
					    "a schema", &err),
			 0);
	assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
	run(db, "PRAGMA foreign_keys=ON");
	run(db, schema);
	park_all(&planner, db);
	for (size_t i = 0; i < from.count; i++) {
		struct buf out;

		buf_init(&out, MAX_SQL);
		assert_int_equal(parked_add_definition(&out, &planner, NULL, i,
						       &arena, &err),
				 0);
		assert_string_equal(spell(out.data, out.len),
				    ask_sqlite(db, &planner, i));
		buf_release(&out);
	}
	sqlite3_close(db);
	blueprint_release(&from);
	arena_release(&arena);
}

static void references_follow(void **state)
{
	(void)state;
	check_schema("CREATE TABLE p(id INTEGER PRIMARY KEY, p TEXT);"
		     "CREATE TABLE c(id INTEGER PRIMARY KEY,"
		     " p REFERENCES p(id) ON DELETE CASCADE,"
		     " c REFERENCES c, s REFERENCES stays_here(id),"
		     " FOREIGN KEY(p) REFERENCES P(id));"
		     "CREATE TABLE stays_here(id INTEGER PRIMARY KEY,"
		     " c REFERENCES \"c\"(id));"
		     "CREATE INDEX stays_index ON stays_here(c)");
}

static void names_in_all_quotes_follow(void **state)
{
	(void)state;
	check_schema("CREATE TABLE \"a \"\"b\"(id INTEGER PRIMARY KEY);"
		     "CREATE TABLE [c d](a REFERENCES [a \"b](id));"
		     "CREATE TABLE `e\n`(a REFERENCES `c d`, "
		     " b REFERENCES 'a \"b'(id));"
		     "CREATE INDEX \"on\" ON [c d] (a);"
		     "CREATE INDEX 'i' ON \"e\n\"(b)");
}

static void columns_with_a_table_follow(void **state)
{
	(void)state;
	check_schema("CREATE TABLE t(t INTEGER PRIMARY KEY, u TEXT,"
		     " v AS (u || t), w TEXT DEFAULT 't' CHECK(\"T\".w <> 'u'),"
		     " CHECK(t.t > 0 AND t.u <> 't.u'));"
		     "CREATE TABLE u(t, u DEFAULT 'u', UNIQUE(t, u),"
		     " CHECK(u.u IS NOT u.t));"
		     "CREATE INDEX i ON t(u) WHERE t.u > 't';"
		     "CREATE UNIQUE INDEX u_t ON u(t, u || t)"
		     " WHERE u IS NOT NULL");
}

static void comments_and_options_stay(void **state)
{
	(void)state;
	check_schema("CREATE TABLE t /* t */ (a TEXT PRIMARY KEY -- t.a\n,"
		     " b TEXT REFERENCES /* t */ t(a)) WITHOUT ROWID, STRICT;"
		     "CREATE INDEX t_b /* ON t */ ON t(b DESC)");
}

/* Whether the index that is the last of a schema can be done without. */
static bool is_spared(const char *schema)
{
	struct err err = ERR_INIT;
	struct blueprint from;
	struct planner planner = { .from = &from };
	bool spared;

	blueprint_init(&from, "a schema");
	assert_int_equal(blueprint_add_text(&from, schema, strlen(schema),
					    "a schema", &err),
			 0);
	planner.old = arena_array(&arena, from.count, sizeof(*planner.old));
	assert_non_null(planner.old);
	planner.old[from.count - 1].drop = true;
	assert_int_equal(parked_spares_index(&spared, &planner, from.count - 1,
					     &err),
			 0);
	planner.old[from.count - 1].drop = false;
	if (spared) {
		bool kept;

		assert_int_equal(parked_spares_index(&kept, &planner,
						     from.count - 1, &err),
				 0);
		assert_false(kept);
	}
	blueprint_release(&from);
	arena_release(&arena);
	return spared;
}

#define TABLE "CREATE TABLE t(a, \"b c\", d AS (a || 1));"

static void plain_indexes_are_spared(void **state)
{
	(void)state;
	assert_true(is_spared(TABLE "CREATE INDEX i ON t(a)"));
	assert_true(is_spared(TABLE "CREATE INDEX i ON [T] (A DESC, [b c])"));
	assert_true(is_spared(TABLE "CREATE INDEX i ON t(\"b c\" ASC,a)"));
}

static void indexes_that_say_more_stay(void **state)
{
	(void)state;
	assert_false(is_spared(TABLE "CREATE UNIQUE INDEX i ON t(a)"));
	assert_false(is_spared(TABLE "CREATE INDEX i ON t(a) WHERE a > 1"));
	assert_false(is_spared(TABLE "CREATE INDEX i ON t(a || 1)"));
	assert_false(is_spared(TABLE "CREATE INDEX i ON t(abs(a))"));
	assert_false(is_spared(TABLE "CREATE INDEX i ON t(a COLLATE mine)"));
	assert_false(is_spared(TABLE "CREATE INDEX i ON t(d)"));
	assert_false(is_spared(TABLE "CREATE INDEX i ON t('a')"));
	assert_false(is_spared(TABLE "CREATE INDEX i ON t(a, none)"));
	assert_false(is_spared(TABLE "CREATE INDEX i ON t(a"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(references_follow),
		cmocka_unit_test(names_in_all_quotes_follow),
		cmocka_unit_test(columns_with_a_table_follow),
		cmocka_unit_test(comments_and_options_stay),
		cmocka_unit_test(plain_indexes_are_spared),
		cmocka_unit_test(indexes_that_say_more_stay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
