/*
 * Random pairs of databases with known changes: a comparison finds all of
 * them, and nothing else.
 *
 *	t-property			compares many pairs in this process
 *	t-property --write SEED DIR	leaves a pair as DIR/old.sqlite and
 *					DIR/new.sqlite, for D1 to read
 *	t-property --check SEED FILE	checks the output of
 *					`git d1 diff --json=lines` for that pair
 *	t-property --copies SEED DIR	leaves a database as DIR/first.sqlite
 *					for a snapshot, with its copies
 *(copy.h): DIR/second.sqlite, and DIR/clean.sqlite, which can be dumped, of
 *which DIR/utf16.sqlite is a copy
 *
 * PROPERTY_SEEDS is how many pairs are compared, PROPERTY_FIRST the first seed.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cjson/cJSON.h>
#include <cmocka.h>

#include "copy.h"
#include "diff/compare.h"
#include "judge.h"
#include "model/literal.h"
#include "source/sqlite.h"
#include "util/compiler.h"
#include "world.h"

enum { SEEDS = 250 };

/* ---- in this process ---- */

/* Takes what a comparison tells, and has it judged. */
struct court {
	struct change_sink sink;
	struct expectations *expectations;
	bool fair;
};

static struct observed_cell observe(const struct table_pair *pair, int side,
				    size_t cell, const struct row *row)
{
	return (struct observed_cell){
		.name = pair_column(pair, side, cell)->name,
		.value = row->cells[cell],
	};
}

static void observe_update(struct observed *observed,
			   const struct table_pair *pair,
			   const struct change *change)
{
	for (size_t i = 0; i < pair->ncommon; i++) {
		struct observed_cell cells[2];

		for (int side = OLD; side <= NEW; side++)
			cells[side] =
				observe(pair, side, pair->sides[side].common[i],
					change->rows[side]);
		if (same_bits(&cells[OLD].value, &cells[NEW].value))
			continue;
		for (int side = OLD; side <= NEW; side++)
			observed->cells[side][observed->ncells[side]++] =
				cells[side];
	}
}

static int take_change(struct change_sink *sink, const struct table_pair *pair,
		       const struct change *change, struct err *err)
{
	struct court *court = (struct court *)sink;
	int named = change->rows[OLD] ? OLD : NEW;
	struct observed observed = { .table = pair->name,
				     .op = change->op,
				     .keyed = change->keyed,
				     .count = change->count,
				     .before = change->before };

	(void)err;
	if (change->keyed)
		observed.nkey = pair->nkey;
	for (size_t i = 0; i < observed.nkey; i++)
		observed.key[i] =
			observe(pair, named, pair->sides[named].key[i],
				change->rows[named]);
	if (change->op == CHANGE_UPDATE)
		observe_update(&observed, pair, change);
	else
		for (size_t i = 0; i < pair->sides[named].ncolumns; i++)
			observed.cells[named][observed.ncells[named]++] =
				observe(pair, named, i, change->rows[named]);
	if (!judge_take(court->expectations, &observed))
		court->fair = false;
	return SINK_MORE;
}

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

static bool every_table(void *context, const char *table)
{
	(void)context;
	(void)table;
	return true;
}

/* Compares side `from` of the world with the other. */
static bool compares(struct world *world, int from)
{
	struct expectations expectations;
	struct court court = { .sink = { .change = take_change },
			       .expectations = &expectations,
			       .fair = true };
	struct comparison comparison = { .labels = { "old", "new" },
					 .rules = no_rules,
					 .wanted = every_table };
	struct comparison_result result = { .compared = 0 };
	struct err err = ERR_INIT;

	world_expect(&expectations, world, from);
	for (int side = OLD; side <= NEW; side++) {
		const char *path = world->paths[side == OLD ? from : !from];

		if (!err.code &&
		    sqlite_open(&comparison.sources[side], path, &err) < 0)
			comparison.sources[side] = NULL;
	}
	if (!err.code &&
	    compare_sources(&comparison, &court.sink, &result, &err) == 0 &&
	    (!judge_end(&expectations) || result.not_compared > 0))
		court.fair = false;
	if (err.code)
		printf("# %s\n", err.message);
	for (int side = OLD; side <= NEW; side++)
		if (comparison.sources[side])
			source_close(comparison.sources[side]);
	free(expectations.items);
	return court.fair && !err.code;
}

/* Every value survives being written as a literal and read again. */
static bool literals_are_exact(const struct world *world)
{
	const struct world_rows *rows = world->tables[0].rows;
	struct arena arena = ARENA_INIT;
	bool exact = true;

	for (size_t i = 0; i < rows->count; i++) {
		for (size_t c = 0; c < world->tables[0].ncolumns; c++) {
			const struct value *value = &rows->items[i].cells[c];
			struct value back;
			struct buf text;

			buf_init(&text, 1 << 24);
			literal_add(&text, value);
			exact = exact && !text.failed &&
				literal_read(&back, text.data, text.len,
					     &arena) == text.len &&
				same_bits(value, &back);
			buf_release(&text);
		}
	}
	arena_release(&arena);
	return exact;
}

static uint64_t number_from(const char *variable, uint64_t otherwise)
{
	const char *text = getenv(variable);

	return text && *text ? strtoull(text, NULL, 10) : otherwise;
}

static void random_databases_differ_as_known(void **state)
{
	const char *base = getenv("TMPDIR");
	uint64_t first = number_from("PROPERTY_FIRST", 1);
	uint64_t seeds = number_from("PROPERTY_SEEDS", SEEDS);
	char dir[4096];
	bool fair = true;

	(void)state;
	snprintf(dir, sizeof(dir), "%s/git-d1-property-XXXXXX",
		 base ? base : "/tmp");
	assert_non_null(mkdtemp(dir));
	for (uint64_t seed = first; seed < first + seeds && fair; seed++) {
		struct world world;

		world_make(&world, seed, dir,
			   (struct world_traits){ .utf16 = true });
		fair = literals_are_exact(&world) && compares(&world, OLD) &&
		       compares(&world, NEW);
		if (!fair)
			printf("# seed %llu: PROPERTY_FIRST=%llu "
			       "PROPERTY_SEEDS=1\n",
			       (unsigned long long)seed,
			       (unsigned long long)seed);
		world_release(&world);
	}
	assert_int_equal(rmdir(dir), 0);
	assert_true(fair);
}

/* ---- the output of the program ---- */

static bool read_cells(struct observed_cell *cells, size_t *count,
		       const cJSON *object, struct arena *arena)
{
	const cJSON *member;

	cJSON_ArrayForEach(member, object)
	{
		struct observed_cell *cell = &cells[(*count)++];
		size_t size;

		if (*count > OBSERVED_CELLS || !cJSON_IsString(member))
			return false;
		size = strlen(member->valuestring);
		cell->name = member->string;
		if (literal_read(&cell->value, member->valuestring, size,
				 arena) != size)
			return false;
	}
	return true;
}

static bool read_op(enum change_op *op, const cJSON *json)
{
	static const char *const ops[] = { [CHANGE_INSERT] = "insert",
					   [CHANGE_DELETE] = "delete",
					   [CHANGE_UPDATE] = "update" };

	for (size_t i = 0; i < ARRAY_SIZE(ops); i++) {
		*op = (enum change_op)i;
		if (cJSON_IsString(json) &&
		    strcmp(json->valuestring, ops[i]) == 0)
			return true;
	}
	return false;
}

static bool judge_line(struct expectations *expectations, const char *line)
{
	static struct observed observed;
	struct observed_cell key[OBSERVED_CELLS];
	cJSON *json = cJSON_Parse(line);
	const cJSON *table = cJSON_GetObjectItemCaseSensitive(json, "table");
	const cJSON *count = cJSON_GetObjectItemCaseSensitive(json, "count");
	struct arena arena = ARENA_INIT;
	bool fair = false;

	memset(&observed, 0, sizeof(observed));
	observed.keyed = !count;
	observed.count = count ? (uint64_t)count->valuedouble : 1;
	observed.before =
		count ? (uint64_t)cJSON_GetObjectItemCaseSensitive(json,
								   "before")
				->valuedouble
		      : 0;
	if (cJSON_IsString(table) &&
	    read_op(&observed.op,
		    cJSON_GetObjectItemCaseSensitive(json, "op")) &&
	    read_cells(key, &observed.nkey,
		       cJSON_GetObjectItemCaseSensitive(json, "key"), &arena) &&
	    observed.nkey <= WORLD_KEY &&
	    read_cells(observed.cells[OLD], &observed.ncells[OLD],
		       cJSON_GetObjectItemCaseSensitive(json, "old"), &arena) &&
	    read_cells(observed.cells[NEW], &observed.ncells[NEW],
		       cJSON_GetObjectItemCaseSensitive(json, "new"), &arena)) {
		memcpy(observed.key, key, observed.nkey * sizeof(*key));
		observed.table = table->valuestring;
		fair = judge_take(expectations, &observed);
	} else {
		printf("# not a change: %s\n", line);
	}
	arena_release(&arena);
	cJSON_Delete(json);
	return fair;
}

static bool judge_file(struct world *world, FILE *file)
{
	struct expectations expectations;
	char *line = NULL;
	size_t cap = 0;
	bool fair = true;

	world_expect(&expectations, world, OLD);
	while (getline(&line, &cap, file) > 0)
		fair = judge_line(&expectations, line) && fair;
	fair = judge_end(&expectations) && fair;
	free(line);
	free(expectations.items);
	return fair;
}

static int check_file(const char *seed, const char *path)
{
	char dir[] = "property-XXXXXX";
	FILE *file = fopen(path, "r");
	struct world world;
	bool fair;

	if (!file || !mkdtemp(dir)) {
		perror(path);
		return 2;
	}
	world_make(&world, strtoull(seed, NULL, 10), dir,
		   (struct world_traits){ .utf16 = false });
	fair = judge_file(&world, file);
	world_release(&world);
	rmdir(dir);
	fclose(file);
	return !fair;
}

static int write_databases(const char *seed, const char *dir)
{
	struct world world;

	world_make(&world, strtoull(seed, NULL, 10), dir,
		   (struct world_traits){ .utf16 = false });
	arena_release(&world.arena);
	return 0;
}

/* Every second seed takes the second database of the pair. */
static int write_copies(const char *seed, const char *dir)
{
	static const char *const files[][2] = {
		{ "first", "second" },
		{ "first", "clean" },
		{ "clean", "utf16" },
	};
	uint64_t number = strtoull(seed, NULL, 10);
	struct arena arena = ARENA_INIT;
	struct world world;
	const char *first = arena_format(&arena, "%s/first.sqlite", dir);

	world_make(&world, number, dir,
		   (struct world_traits){ .trackable = true });
	if (!first || rename(world.paths[number % 2], first) < 0)
		abort();
	unlink(world.paths[!(number % 2)]);
	copy_add_objects(&world.random, first);
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		copy_make(&world.random,
			  arena_format(&arena, "%s/%s.sqlite", dir,
				       files[i][0]),
			  arena_format(&arena, "%s/%s.sqlite", dir,
				       files[i][1]),
			  &(struct copy_traits){ .clean = i > 0,
						 .utf16 = i == 2 });
	puts(copy_is_loadable(first) ? "loadable" : "not loadable");
	arena_release(&arena);
	arena_release(&world.arena);
	return 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_databases_differ_as_known),
	};

	if (argc == 4 && strcmp(argv[1], "--write") == 0)
		return write_databases(argv[2], argv[3]);
	if (argc == 4 && strcmp(argv[1], "--copies") == 0)
		return write_copies(argv[2], argv[3]);
	if (argc == 4 && strcmp(argv[1], "--check") == 0)
		return check_file(argv[2], argv[3]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
