/*
 * Changes that were kept are told as the comparison told them, and their
 * inverse as the comparison the other way round tells it.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "apply/replay.h"
#include "diff/compare.h"
#include "render/render.h"
#include "sandbox.h"
#include "source/sqlite.h"

static const char *const labels[2] = { "a.sqlite", "b.sqlite" };

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

static int no_rules(void *context, const char *table,
		    const struct pair_rules **rules, struct err *err)
{
	static const struct pair_rules none = { .label = "name" };

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

/* Compares from the first file to the second, or with `back` the other way. */
static void compare(struct change_sink *sink, int back)
{
	struct comparison comparison = { .labels = { labels[back],
						     labels[!back] },
					 .rules = no_rules,
					 .wanted = want_all };
	struct comparison_result result;
	struct err err = ERR_INIT;

	for (int side = OLD; side <= NEW; side++)
		assert_int_equal(sqlite_open(&comparison.sources[side],
					     comparison.labels[side], &err),
				 0);
	if (compare_sources(&comparison, sink, &result, &err) < 0)
		fail_msg("%s", err.message);
	for (int side = OLD; side <= NEW; side++)
		source_close(comparison.sources[side]);
}

/* A review text that goes to memory. */
struct page {
	char *text;
	size_t size;
	FILE *file;
	struct renderer *renderer;
};

static void page_open(struct page *page, int back)
{
	struct render_options options = {
		.labels = { labels[back], labels[!back] },
		.colors = { "", "", "", "", "", "", "", "" },
		.context = 3,
	};
	struct err err = ERR_INIT;

	page->file = open_memstream(&page->text, &page->size);
	assert_non_null(page->file);
	options.out = page->file;
	assert_int_equal(review_open(&page->renderer, &options, &err), 0);
}

static char *page_text(struct page *page)
{
	page->renderer->free(page->renderer);
	fclose(page->file);
	return page->text;
}

static void replays_as_compared(struct changes *changes, int back)
{
	struct page compared, replayed;
	struct err err = ERR_INIT;

	page_open(&compared, back);
	compare(&compared.renderer->sink, back);
	page_open(&replayed, back);
	if (changes_replay(&changes, 1, back ? REPLAY_INVERSE : 0,
			   &replayed.renderer->sink, &err) < 0)
		fail_msg("%s", err.message);
	assert_string_not_equal(page_text(&compared), "");
	assert_string_equal(page_text(&replayed), compared.text);
	free(compared.text);
	free(replayed.text);
}

static void both_ways_the_text_is_the_same(void **state)
{
	struct changes *changes = NULL;
	struct changes_sink sink;
	struct err err = ERR_INIT;

	(void)state;
	execute("a.sqlite",
		"CREATE TABLE bag(a, b);"
		"INSERT INTO bag VALUES(1, 2), (1, 2), (1, 2), (3, NULL);"
		"CREATE TABLE same(id INTEGER PRIMARY KEY);"
		"CREATE TABLE town(id INTEGER PRIMARY KEY, name TEXT, v,"
		" twice AS (v * 2));"
		"INSERT INTO town VALUES(1, 'Ulm', 1.0), (2, 'Kiel', x'00'),"
		" (3, 'Bonn', 'one' || char(10) || 'two');"
		"CREATE TABLE word(w TEXT COLLATE NOCASE PRIMARY KEY, n);"
		"INSERT INTO word VALUES('a', 1), (NULL, 1);");
	execute("b.sqlite",
		"CREATE TABLE bag(a, b);"
		"INSERT INTO bag VALUES(1, 2), (3, NULL), (3, NULL), (4, '');"
		"CREATE TABLE same(id INTEGER PRIMARY KEY);"
		"CREATE TABLE town(id INTEGER PRIMARY KEY, name TEXT, v,"
		" twice AS (v * 2));"
		"INSERT INTO town VALUES(2, 'Kiel', -0.0), (3, 'Bonn',"
		" 'one' || char(10) || 'three'), (4, 'Trier', NULL);"
		"CREATE TABLE word(w TEXT COLLATE NOCASE PRIMARY KEY, n);"
		"INSERT INTO word VALUES('A', 1), (NULL, 2);");
	assert_int_equal(changes_open(&changes, &err), 0);
	changes_sink_init(&sink, changes);
	compare(&sink.sink, 0);
	changes_sink_release(&sink);
	replays_as_compared(changes, 0);
	replays_as_compared(changes, 1);
	changes_close(changes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(both_ways_the_text_is_the_same,
						sandbox_enter, sandbox_leave),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
