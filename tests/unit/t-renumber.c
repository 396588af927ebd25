/*
 * Random pairs of databases whose rows got the same numbers: after they were
 * renumbered, reconciled and written, both hold every row of either side once,
 * and each reference means the row that it meant.
 *
 * A row is known by what it means: a text that is its own, and what the rows
 * mean that it refers to. Rows under one number have the same text on both
 * sides, mostly, so that they often are alike but for whom they mean.
 *
 * RENUMBER_SEEDS is how many pairs are tried, RENUMBER_FIRST the first seed.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "apply/effects.h"
#include "apply/reconcile.h"
#include "apply/renumber.h"
#include "apply/sqlite.h"
#include "diff/compare.h"
#include "sandbox.h"
#include "source/sqlite.h"
#include "util/buf.h"
#include "util/compiler.h"

enum { SEEDS = 25, MAX_SQL = 1 << 20 };

static const char schema[] =
	"CREATE TABLE users(id INTEGER PRIMARY KEY, v TEXT UNIQUE NOT NULL);"
	"CREATE TABLE teams(id INTEGER PRIMARY KEY AUTOINCREMENT, v,"
	" owner INTEGER REFERENCES users ON UPDATE SET NULL);"
	"CREATE TABLE posts(id INTEGER PRIMARY KEY, v,"
	" author INTEGER NOT NULL REFERENCES users(id) ON DELETE CASCADE,"
	" parent INTEGER REFERENCES posts(id) ON DELETE CASCADE,"
	" team INTEGER REFERENCES teams ON UPDATE CASCADE);"
	"CREATE TABLE items(post INTEGER REFERENCES posts ON DELETE CASCADE,"
	" n INTEGER, v, PRIMARY KEY(post, n)) WITHOUT ROWID;"
	"CREATE TABLE notes(post INTEGER NOT NULL, n INTEGER NOT NULL,"
	" lang TEXT COLLATE NOCASE NOT NULL, v, PRIMARY KEY(lang, n, post),"
	" FOREIGN KEY(post, n) REFERENCES items(post, n) ON UPDATE CASCADE);"
	"CREATE TABLE profiles(user INTEGER PRIMARY KEY REFERENCES users, v);"
	"CREATE TABLE likes(post INTEGER NOT NULL REFERENCES posts,"
	" user INTEGER NOT NULL REFERENCES users, PRIMARY KEY(post, user));"
	"CREATE TABLE fired(v);"
	"CREATE TRIGGER fires AFTER UPDATE ON posts BEGIN"
	" INSERT INTO fired VALUES(old.id); END;"
	"INSERT INTO users VALUES(1,'B1'),(2,'B2'),(9,'B9');"
	"INSERT INTO teams VALUES(1,'B1',1);"
	"INSERT INTO posts VALUES(1,'B1',1,NULL,1),(2,'B2',2,1,NULL),"
	"(3,'B3',1,NULL,NULL),(4,'B4',1,NULL,NULL);"
	"INSERT INTO items VALUES(1,1,'B1');"
	"INSERT INTO notes VALUES(1,1,'de','B1');"
	"INSERT INTO likes VALUES(1,1);";

/* What rows mean; those of the base do not say to others what they refer to. */
static const char meanings[] =
	"WITH RECURSIVE u(id, name) AS (SELECT id, v FROM users),"
	"t(id, name) AS (SELECT t.id, CASE WHEN t.v LIKE 'B%' THEN t.v ELSE"
	" t.v || '(' || u.name || ')' END FROM teams t"
	" LEFT JOIN u ON u.id = t.owner),"
	"own(id, parent, name) AS (SELECT p.id, p.parent, p.v || '(' || u.name"
	" || ' ' || ifnull(t.name, '-') || ')' FROM posts p"
	" LEFT JOIN u ON u.id = p.author LEFT JOIN t ON t.id = p.team"
	" WHERE p.v NOT LIKE 'B%'),"
	"p(id, name) AS (SELECT id, name FROM own WHERE parent IS NULL"
	" UNION ALL SELECT id, v FROM posts WHERE v LIKE 'B%'"
	" UNION ALL SELECT own.id, own.name || '<' || p.name FROM own"
	" JOIN p ON p.id = own.parent),"
	"i(post, n, name) AS (SELECT i.post, i.n, i.v || '(' || p.name || ')'"
	" FROM items i LEFT JOIN p ON p.id = i.post),"
	"meant(owner, name) AS ("
	"SELECT NULL, 'user ' || name FROM u"
	" UNION ALL SELECT NULL, 'team ' || name FROM t"
	" UNION ALL SELECT NULL, 'post ' || name FROM p WHERE name NOT LIKE 'B%'"
	" UNION ALL SELECT posts.id % 2, 'post ' || p.name || '(' || ifnull("
	"t.name, '-') || ' ' || ifnull(q.name, '-') || ')' FROM posts"
	" JOIN p ON p.id = posts.id LEFT JOIN t ON t.id = posts.team"
	" LEFT JOIN p q ON q.id = posts.parent WHERE posts.v LIKE 'B%'"
	" UNION ALL SELECT NULL, 'item ' || name FROM i"
	" UNION ALL SELECT NULL, 'note ' || x.v || ' ' || lang || '(' || i.name"
	" || ')' FROM notes x LEFT JOIN i ON i.post = x.post AND i.n = x.n"
	" UNION ALL SELECT NULL, 'profile ' || x.v || '(' || u.name || ')'"
	" FROM profiles x LEFT JOIN u ON u.id = x.user"
	" UNION ALL SELECT NULL, 'like ' || p.name || ' ' || u.name"
	" FROM likes x LEFT JOIN p ON p.id = x.post"
	" LEFT JOIN u ON u.id = x.user"
	" UNION ALL SELECT NULL, 'fired ' || v FROM fired) ";

/* ---- chance ---- */

static uint64_t chance;

static unsigned below(unsigned count)
{
	chance = chance * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(chance >> 33) % count;
}

/* ---- databases ---- */

static void execute(const char *path, const char *sql)
{
	char *message = NULL;
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	sqlite3_exec(db, sql, NULL, NULL, &message);
	if (message)
		fail_msg("%s: %s: %s", path, message, sql);
	sqlite3_close(db);
}

static void copy_file(const char *from, const char *to)
{
	char buffer[65536];
	FILE *in = fopen(from, "rb");
	FILE *out = fopen(to, "wb");
	size_t count;

	assert_non_null(in);
	assert_non_null(out);
	while ((count = fread(buffer, 1, sizeof(buffer), in)) > 0)
		assert_int_equal(fwrite(buffer, 1, count, out), count);
	fclose(in);
	assert_int_equal(fclose(out), 0);
}

/* "n7" of both sides, or something else of each. */
static void add_text(struct buf *sql, unsigned id, char side)
{
	buf_add_format(sql, "'n%u", id);
	if (below(4) == 0)
		buf_add_char(sql, side);
	buf_add_char(sql, '\'');
}

/* A number of a row that is there: `old` of the base, `new` after `first`. */
static unsigned pick(unsigned old, unsigned first, unsigned count)
{
	unsigned n = below(old + count);

	return n < old ? n + 1 : first + n - old;
}

/* What one side inserted and changed. */
static void write_side(const char *path, char side)
{
	unsigned users = below(4), teams = below(3), posts = below(6);
	struct buf sql;

	buf_init(&sql, MAX_SQL);
	buf_add_string(&sql, "PRAGMA foreign_keys = on; BEGIN;"
			     "DROP TRIGGER fires;");
	for (unsigned i = 0; i < users; i++) {
		buf_add_format(&sql, "INSERT INTO users VALUES(%u, ", 3 + i);
		/* a shared one is one row; others are not alike */
		if (below(3) == 0)
			buf_add_format(&sql, "'shared %u');", i);
		else
			buf_add_format(&sql, "'%c%u');", side, i);
		if (below(2) == 0) {
			/* its key tells two of a shared user not apart */
			buf_add_format(&sql,
				       "INSERT INTO profiles "
				       "VALUES(%u, 'n%u');",
				       3 + i, i);
		}
	}
	for (unsigned i = 0; i < teams; i++) {
		buf_add_format(&sql, "INSERT INTO teams VALUES(%u, ", 2 + i);
		add_text(&sql, 2 + i, side);
		buf_add_format(&sql, ", %u);", pick(2, 3, users));
	}
	for (unsigned i = 0; i < posts; i++) {
		unsigned id = 5 + i;

		buf_add_format(&sql, "INSERT INTO posts VALUES(%u, ", id);
		add_text(&sql, id, side);
		buf_add_format(&sql, ", %u, ", pick(2, 3, users));
		if (i == 0 || below(3) == 0)
			buf_add_string(&sql, "NULL");
		else
			buf_add_format(&sql, "%u", pick(4, 5, i));
		buf_add_format(&sql, ", %u);", pick(1, 2, teams));
		for (unsigned n = 1; n < 3; n++) {
			if (below(2) == 0)
				continue;
			buf_add_format(&sql, "INSERT INTO items VALUES(%u, %u,",
				       id, n);
			add_text(&sql, 10 * id + n, side);
			buf_add_string(&sql, ");");
			if (below(2) == 0)
				continue;
			buf_add_format(&sql,
				       "INSERT INTO notes VALUES(%u, %u, "
				       "'%s', 'n%u');",
				       id, n, (id + n) % 2 ? "en" : "EN", n);
		}
		buf_add_format(&sql,
			       "INSERT OR IGNORE INTO likes VALUES(%u, %u);"
			       "INSERT OR IGNORE INTO likes VALUES(%u, %u);",
			       id, pick(2, 3, users), pick(4, 5, i + 1),
			       pick(2, 3, users));
	}
	/* of the base each side changes its own, and both delete one */
	if (below(2) == 0)
		buf_add_format(&sql,
			       "UPDATE posts SET team = %u WHERE id = %u;",
			       pick(1, 2, teams), side == 'L' ? 2 : 3);
	if (posts > 0 && below(2) == 0)
		buf_add_format(&sql,
			       "UPDATE posts SET parent = 5 WHERE id = %u;",
			       side == 'L' ? 4 : 3);
	if (below(3) == 0)
		buf_add_string(&sql, "INSERT INTO items VALUES(1, 2, 'n12');");
	buf_add_string(&sql, "DELETE FROM users WHERE id = 9;"
			     "CREATE TRIGGER fires AFTER UPDATE ON posts BEGIN"
			     " INSERT INTO fired VALUES(old.id); END; COMMIT");
	assert_false(sql.failed);
	execute(path, sql.data);
	buf_release(&sql);
}

/* ---- what they mean ---- */

static char *ask(const char *path, const char *sql)
{
	sqlite3_stmt *statement;
	struct buf text;
	sqlite3 *db;

	buf_init(&text, MAX_SQL);
	buf_add_string(&text, "");
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sqlite3_errmsg(db), sql);
	while (sqlite3_step(statement) == SQLITE_ROW) {
		const char *line =
			(const char *)sqlite3_column_text(statement, 0);

		buf_add_format(&text, "%s\n", line ? line : "NULL");
	}
	sqlite3_finalize(statement);
	sqlite3_close(db);
	return text.data;
}

static char *meaning_of(const char *path)
{
	char sql[8192];

	snprintf(sql, sizeof(sql), "%s SELECT name FROM meant ORDER BY 1",
		 meanings);
	return ask(path, sql);
}

/* Keeps in `rows.sqlite` what the rows of a side mean. */
static void keep_meaning(const char *path, int side)
{
	char sql[8192];

	snprintf(sql, sizeof(sql),
		 "ATTACH 'rows.sqlite' AS kept;"
		 "CREATE TABLE IF NOT EXISTS kept.r(side, owner, name);"
		 "INSERT INTO kept.r %s SELECT %d, owner, name FROM meant",
		 meanings, side);
	execute(path, sql);
}

/* Every row of either side once; of what one alone may change, its version. */
static char *expected_meaning(void)
{
	return ask("rows.sqlite",
		   "SELECT name FROM (SELECT name FROM r WHERE owner IS NULL"
		   " UNION SELECT name FROM r WHERE owner = 1 - side)"
		   " ORDER BY 1");
}

static void expect_meaning(const char *path, const char *expected)
{
	char *found = meaning_of(path);

	assert_string_equal(found, expected);
	free(found);
}

/* ---- moving rows ---- */

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

static bool want_all(void *context, const char *table)
{
	(void)context;
	(void)table;
	return true;
}

static int count_conflict(void *context, const struct row_conflict *conflict,
			  struct err *err)
{
	(void)context;
	(void)err;
	print_error("conflict in %s\n", conflict->table->name);
	return 0;
}

static struct changes *compare(struct source *const sources[2])
{
	const struct comparison comparison = {
		.sources = { sources[OLD], sources[NEW] },
		.labels = { "remote", "local" },
		.rules = no_rules,
		.wanted = want_all,
	};
	struct comparison_result result = { .compared = 0 };
	struct changes *changes = NULL;
	struct changes_sink sink;
	struct err err = ERR_INIT;

	assert_int_equal(changes_open(&changes, &err), 0);
	changes_unite(changes);
	changes_sink_init(&sink, changes);
	if (compare_sources(&comparison, &sink.sink, &result, &err) < 0)
		fail_msg("%s", err.message);
	changes_sink_release(&sink);
	return changes;
}

static void apply(const char *path, struct changes *changes,
		  struct renumber *renumber)
{
	struct sqlite_target *target = NULL;
	struct changes *effects = NULL;
	struct source *source = NULL;
	struct err err = ERR_INIT;

	if (sqlite_target_begin(&target, path, false, &err) < 0 ||
	    sqlite_wrap(&source, sqlite_target_database(target),
			SQLITE_HANDLE_BORROWED, path, &err) < 0 ||
	    (renumber && renumber_check(renumber, source, &err) < 0) ||
	    effects_find(&effects, changes, source, &err) < 0)
		fail_msg("%s", err.message);
	assert_true(changes_are_empty(effects));
	sqlite_target_guard(target, true);
	if (sqlite_target_apply(target, changes, &err) < 0 ||
	    sqlite_target_commit(target, &err) < 0)
		fail_msg("%s: %s", path, err.message);
	changes_close(effects);
	source_close(source);
	sqlite_target_close(target);
}

static void move(bool writes_remote, bool writes_local)
{
	struct renumbering asked = { .labels = { "remote", "local" } };
	struct reconciliation reconciliation = {
		.labels = { "remote", "local" }, .conflict = count_conflict
	};
	struct changes *lists[2] = { NULL, NULL };
	struct schema *schemas[2];
	struct changes *differences;
	struct renumber *renumber;
	struct source *base = NULL;
	struct err err = ERR_INIT;

	if (sqlite_open(&asked.sources[OLD], "remote.sqlite", &err) < 0 ||
	    sqlite_open(&asked.sources[NEW], "local.sqlite", &err) < 0 ||
	    sqlite_open(&base, "base.sqlite", &err) < 0)
		fail_msg("%s", err.message);
	asked.base = base;
	differences = compare(asked.sources);
	if (renumber_find(&renumber, &asked, &differences, &err) < 0)
		fail_msg("%s", err.message);
	reconciliation.differences = differences;
	reconciliation.definitions = asked.sources[OLD];
	reconciliation.base = base;
	for (int side = OLD; side <= NEW; side++)
		if (side == OLD ? writes_remote : writes_local) {
			assert_int_equal(changes_open(&lists[side], &err), 0);
			reconciliation.writes[side] = lists[side];
		}
	if (reconcile(&reconciliation, &err) < 0 ||
	    (renumber &&
	     renumber_compose(renumber, &lists[NEW], true, &err) < 0))
		fail_msg("%s", err.message);
	assert_int_equal(reconciliation.counts.conflicts, 0);
	/* who reads a file keeps others from writing it */
	for (int side = OLD; side <= NEW; side++) {
		schemas[side] = source_take_schema(asked.sources[side]);
		source_close(asked.sources[side]);
	}
	if (lists[NEW])
		apply("local.sqlite", lists[NEW], renumber);
	if (lists[OLD])
		apply("remote.sqlite", lists[OLD], NULL);
	renumber_close(renumber);
	for (int side = OLD; side <= NEW; side++) {
		changes_close(lists[side]);
		schema_free(schemas[side]);
	}
	changes_close(differences);
	source_close(base);
}

/* ---- pairs ---- */

/* Nobody outside learns of another number: what the remote side had stays. */
static void expect_numbers(void)
{
	static const char *const tables[] = { "users", "teams",	   "items",
					      "notes", "profiles", "likes" };

	for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
		char sql[256];

		snprintf(sql, sizeof(sql),
			 "ATTACH 'before.sqlite' AS b;"
			 "CREATE TEMP TABLE none(n CHECK(n = 0));"
			 "INSERT INTO none SELECT count(*) FROM (SELECT * FROM"
			 " b.%s EXCEPT SELECT * FROM main.%s)",
			 tables[i], tables[i]);
		execute("remote.sqlite", sql);
	}
}

static void try_pair(unsigned seed, bool writes_remote, bool writes_local)
{
	char *expected;

	chance = seed;
	remove("rows.sqlite");
	remove("base.sqlite");
	execute("base.sqlite", schema);
	copy_file("base.sqlite", "local.sqlite");
	copy_file("base.sqlite", "remote.sqlite");
	write_side("local.sqlite", 'L');
	write_side("remote.sqlite", 'R');
	copy_file("remote.sqlite", "before.sqlite");
	keep_meaning("local.sqlite", 1);
	keep_meaning("remote.sqlite", 0);
	expected = expected_meaning();
	move(writes_remote, writes_local);
	expect_numbers();
	if (writes_remote)
		expect_meaning("remote.sqlite", expected);
	if (writes_local)
		expect_meaning("local.sqlite", expected);
	/* what was left goes without any new number */
	move(!writes_remote, !writes_local);
	expect_meaning("remote.sqlite", expected);
	expect_meaning("local.sqlite", expected);
	free(expected);
}

static unsigned number_of(const char *name, unsigned fallback)
{
	const char *text = getenv(name);

	return text ? (unsigned)strtoul(text, NULL, 10) : fallback;
}

static void try_pairs(bool writes_remote, bool writes_local)
{
	unsigned first = number_of("RENUMBER_FIRST", 1);
	unsigned count = number_of("RENUMBER_SEEDS", SEEDS);

	for (unsigned seed = first; seed < first + count; seed++) {
		print_message("seed %u\n", seed);
		try_pair(seed, writes_remote, writes_local);
	}
}

static void test_push(void **state)
{
	(void)state;
	try_pairs(true, false);
}

static void test_pull(void **state)
{
	(void)state;
	try_pairs(false, true);
}

static void test_sync(void **state)
{
	(void)state;
	try_pairs(true, true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_push),
		cmocka_unit_test(test_pull),
		cmocka_unit_test(test_sync),
	};

	return cmocka_run_group_tests(tests, sandbox_enter, sandbox_leave);
}
