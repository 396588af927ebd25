/*
 * Random changes written as a patch (render/review.c) and read back
 * (format/patch.h): every change is the same, bit for bit.
 *
 * Some come from the pairs of databases of world.h; others are made here, with
 * harder names, and texts of many lines that differ in a few of them.
 *
 * PROPERTY_SEEDS is how many there are of each kind, PROPERTY_FIRST the first
 * seed.
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

#include <cmocka.h>

#include "diff/changejson.h"
#include "diff/compare.h"
#include "format/patch.h"
#include "render/render.h"
#include "source/sqlite.h"
#include "util/compiler.h"
#include "world.h"

enum { SEEDS = 60, MAX_CHANGES = 4096, MAX_COLUMNS = 8 };

static void must(bool truth, const char *what)
{
	if (!truth) {
		printf("# %s\n", what);
		fflush(stdout);
		abort();
	}
}

/* ---- what was written ---- */

struct written_cell {
	const char *name;
	struct value values[2];
};

struct written_change {
	char sha256[SHA256_HEX_SIZE];
	struct written_cell *cells; /* that an update changes */
	size_t ncells;
	const char *json;
};

/* Keeps what is told, and hands it on to the renderer. */
struct recorder {
	struct change_sink sink;
	struct renderer *review;
	struct arena arena;
	struct changejson json;
	struct written_change changes[MAX_CHANGES];
	size_t count;
	size_t read; /* that came back */
	size_t tables;
	size_t texts; /* that were shown line by line */
};

static struct value copy_value(struct recorder *recorder,
			       const struct value *value)
{
	struct value copy = *value;

	if (value->type == VALUE_TEXT || value->type == VALUE_BLOB) {
		copy.data =
			arena_copy(&recorder->arena,
				   value->size ? value->data : "", value->size);
		must(copy.data, "out of memory");
	}
	return copy;
}

/* The hash of one change: equal if and only if the changes are. */
static void digest(char hex[SHA256_HEX_SIZE], const struct change_text *text)
{
	struct change_digest digest;
	struct err err = ERR_INIT;

	if (change_digest_begin(&digest, &err) < 0 ||
	    change_digest_add(&digest, text, &err) < 0 ||
	    change_digest_end(&digest, hex, &err) < 0)
		must(false, err.message);
	change_digest_release(&digest);
}

static const char *show(struct recorder *recorder,
			const struct change_text *text)
{
	struct buf out;
	const char *copy;

	buf_init(&out, 1 << 26);
	changejson_add(&recorder->json, &out, text);
	copy = arena_copy(&recorder->arena, out.data, out.len);
	buf_release(&out);
	return copy;
}

static void record(struct recorder *recorder, const struct table_pair *pair,
		   const struct change *change)
{
	struct written_change *written = &recorder->changes[recorder->count++];
	struct change_text text;
	struct err err = ERR_INIT;

	must(recorder->count < MAX_CHANGES, "too many changes");
	if (changejson_describe(&recorder->json, &text, pair, change, true,
				&err) < 0)
		must(false, err.message);
	text.table = pair->name;
	digest(written->sha256, &text);
	written->json = show(recorder, &text);
	written->ncells = 0;
	if (change->op != CHANGE_UPDATE)
		return;
	must(text.ncells[OLD] == text.ncells[NEW], "cells of an update");
	written->ncells = text.ncells[OLD];
	written->cells = arena_array(&recorder->arena, written->ncells + 1,
				     sizeof(*written->cells));
	must(written->cells, "out of memory");
	for (size_t i = 0; i < written->ncells; i++) {
		written->cells[i].name =
			arena_string(&recorder->arena, text.cells[OLD][i].name);
		for (int side = OLD; side <= NEW; side++)
			written->cells[i].values[side] =
				copy_value(recorder, text.cells[side][i].value);
	}
}

static int record_table(struct change_sink *sink, const struct table_pair *pair,
			struct err *err)
{
	struct recorder *recorder = (struct recorder *)sink;
	struct change_sink *review = &recorder->review->sink;

	return review->begin_table(review, pair, err);
}

static int record_change(struct change_sink *sink,
			 const struct table_pair *pair,
			 const struct change *change, struct err *err)
{
	struct recorder *recorder = (struct recorder *)sink;
	struct change_sink *review = &recorder->review->sink;

	record(recorder, pair, change);
	return review->change(review, pair, change, err);
}

/* ---- what is read ---- */

static const struct written_cell *find_cell(const struct written_change *change,
					    const char *name)
{
	for (size_t i = 0; i < change->ncells; i++)
		if (strcmp(change->cells[i].name, name) == 0)
			return &change->cells[i];
	must(false, "a text of a column that did not change");
	return NULL;
}

/* Applies the lines both ways, and to a text that is another. */
static void check_text(const struct patch_text *text,
		       const struct written_cell *cell)
{
	for (int from = OLD; from <= NEW; from++) {
		const struct value *value = &cell->values[from];
		const struct value *other = &cell->values[!from];
		struct err err = ERR_INIT;
		struct buf out;

		buf_init(&out, 1 << 26);
		if (patch_text_apply(&out, text, from, value->data, value->size,
				     &err) < 0)
			must(false, err.message);
		must(out.len == other->size &&
			     memcmp(out.data, other->data, out.len) == 0,
		     "another text");
		must(patch_text_apply(&out, text, from, value->data,
				      value->size - 1, &err) == D1_ECONFLICT,
		     "a text that is not the old one");
		buf_release(&out);
	}
}

/* Adds a cell that was read to both sides of a change. */
static void take_cell(struct recorder *recorder, struct change_text *text,
		      struct change_cell *cells[2],
		      const struct patch_cell *cell,
		      const struct written_change *written)
{
	const struct written_cell *known = NULL;

	if (cell->is_context)
		return;
	if (cell->text) {
		known = find_cell(written, cell->name);
		check_text(cell->text, known);
		recorder->texts++;
	}
	for (int side = OLD; side <= NEW; side++) {
		const struct value *value =
			known ? &known->values[side] : cell->values[side];

		if (value)
			cells[side][text->ncells[side]++] =
				(struct change_cell){ cell->name, value };
	}
}

static void check_hunk(struct recorder *recorder,
		       const struct patch_table *table,
		       const struct patch_hunk *hunk)
{
	static const enum change_op ops[] = {
		[PATCH_INSERT] = CHANGE_INSERT,
		[PATCH_DELETE] = CHANGE_DELETE,
		[PATCH_UPDATE] = CHANGE_UPDATE,
	};
	const struct written_change *written =
		&recorder->changes[recorder->read++];
	size_t most = table->nkey + hunk->ncells + 1;
	struct change_cell *key = calloc(most, sizeof(*key));
	struct change_cell *cells[2] = { calloc(most, sizeof(*key)),
					 calloc(most, sizeof(*key)) };
	struct change_text text = { .table = table->name,
				    .op = ops[hunk->op],
				    .keyed = hunk->key,
				    .count = hunk->count,
				    .before = hunk->before,
				    .key = key,
				    .cells = { cells[OLD], cells[NEW] } };
	char hex[SHA256_HEX_SIZE];

	must(recorder->read <= recorder->count, "more changes than written");
	for (size_t i = 0; hunk->key && i < table->nkey; i++) {
		int side = hunk->op == PATCH_INSERT ? NEW : OLD;

		key[text.nkey++] = (struct change_cell){ hunk->key[i].name,
							 &hunk->key[i].value };
		if (hunk->op != PATCH_UPDATE)
			cells[side][text.ncells[side]++] = key[i];
	}
	for (size_t i = 0; i < hunk->ncells; i++)
		take_cell(recorder, &text, cells, &hunk->cells[i], written);
	digest(hex, &text);
	if (strcmp(hex, written->sha256) != 0) {
		printf("# written: %s\n# read:    %s\n# %.*s\n", written->json,
		       show(recorder, &text), (int)hunk->size, hunk->text);
		must(false, "another change");
	}
	free(key);
	free(cells[OLD]);
	free(cells[NEW]);
}

/* Reads the text, in which tables and hunks together are all of it. */
static void read_back(struct recorder *recorder, const char *text, size_t size)
{
	struct err err = ERR_INIT;
	enum patch_event event;
	struct stream *stream;
	struct patch *patch = NULL;
	size_t at = 0;

	if (size == 0)
		return;
	must(stream_open_bytes(&stream, text, size, &err) == 0 &&
		     patch_open(&patch, stream, "written", 0, &err) == 0,
	     "out of memory");
	do {
		const char *part = NULL;
		size_t length = 0;

		if (patch_next(patch, &event, &err) < 0) {
			printf("%s\n", text);
			must(false, err.message);
		}
		if (event == PATCH_TABLE) {
			part = patch_table(patch)->text;
			length = patch_table(patch)->size;
			recorder->tables++;
		} else if (event == PATCH_HUNK) {
			part = patch_hunk(patch)->text;
			length = patch_hunk(patch)->size;
			check_hunk(recorder, patch_table(patch),
				   patch_hunk(patch));
		}
		must(length <= size - at &&
			     (!length || memcmp(part, text + at, length) == 0),
		     "the text of a table or a hunk");
		at += length;
	} while (event != PATCH_END);
	must(at == size && recorder->read == recorder->count,
	     "fewer changes than written");
	patch_close(patch);
}

/* ---- both ---- */

struct trip {
	struct recorder *recorder;
	FILE *out;
	char *text;
	size_t size;
};

static void begin_trip(struct trip *trip, struct random *random)
{
	static const char *const databases[] = { "shop", NULL,	 "a b/c",
						 "",	 "a\nb", "b\xc3\xa4r" };
	static const char *const labels[] = { "shop/remote", "x y ", "a\\b",
					      "a\nb", "\xff.sqlite" };
	struct err err = ERR_INIT;
	struct render_options options = {
		.database =
			databases[random_below(random, ARRAY_SIZE(databases))],
		.colors = { "", "", "", "", "", "", "", "" },
		.context = (unsigned)random_below(random, 4),
		.full_row = random_once_in(random, 4),
	};

	trip->recorder = calloc(1, sizeof(*trip->recorder));
	must(trip->recorder, "out of memory");
	trip->out = open_memstream(&trip->text, &trip->size);
	options.out = trip->out;
	for (int side = OLD; side <= NEW; side++)
		options.labels[side] =
			labels[random_below(random, ARRAY_SIZE(labels))];
	must(review_open(&trip->recorder->review, &options, &err) == 0,
	     "out of memory");
	changejson_init(&trip->recorder->json);
	trip->recorder->sink = (struct change_sink){
		.begin_table = record_table,
		.change = record_change,
	};
}

/* Returns how many texts were shown line by line. */
static size_t end_trip(struct trip *trip)
{
	size_t texts;

	fclose(trip->out);
	read_back(trip->recorder, trip->text, trip->size);
	texts = trip->recorder->texts;
	trip->recorder->review->free(trip->recorder->review);
	changejson_release(&trip->recorder->json);
	arena_release(&trip->recorder->arena);
	free(trip->recorder);
	free(trip->text);
	return texts;
}

static uint64_t number_from(const char *variable, uint64_t otherwise)
{
	const char *text = getenv(variable);

	return text && *text ? strtoull(text, NULL, 10) : otherwise;
}

/* ---- databases ---- */

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

static void compare(struct world *world, struct change_sink *sink)
{
	struct comparison comparison = { .labels = { "old", "new" },
					 .rules = no_rules,
					 .wanted = every_table };
	struct comparison_result result;
	struct err err = ERR_INIT;

	for (int side = OLD; side <= NEW; side++)
		if (sqlite_open(&comparison.sources[side], world->paths[side],
				&err) < 0)
			must(false, err.message);
	if (compare_sources(&comparison, sink, &result, &err) < 0)
		must(false, err.message);
	source_close(comparison.sources[OLD]);
	source_close(comparison.sources[NEW]);
}

static void databases_come_back(void **state)
{
	const char *base = getenv("TMPDIR");
	uint64_t first = number_from("PROPERTY_FIRST", 1);
	uint64_t seeds = number_from("PROPERTY_SEEDS", SEEDS);
	char dir[4096];

	(void)state;
	snprintf(dir, sizeof(dir), "%s/git-d1-patchtrip-XXXXXX",
		 base ? base : "/tmp");
	assert_non_null(mkdtemp(dir));
	for (uint64_t seed = first; seed < first + seeds; seed++) {
		struct world world;
		struct trip trip;

		world_make(&world, seed, dir,
			   (struct world_traits){ .utf16 = true });
		begin_trip(&trip, &world.random);
		compare(&world, &trip.recorder->sink);
		(void)end_trip(&trip);
		world_release(&world);
	}
	assert_int_equal(rmdir(dir), 0);
}

/* ---- harder ones ---- */

static const char *random_name(struct random *random)
{
	static const char *const names[] = {
		"a",
		"a b",
		" a",
		"a ",
		"",
		"\"",
		"\\",
		"a=b",
		"=",
		" @@",
		"@@ ",
		"a\nb",
		"\n",
		"\r",
		"\t",
		"a/b",
		"-",
		"-- ",
		"--",
		"+a",
		"|",
		"text",
		"key",
		"a, b",
		"a: b",
		": ",
		"1",
		"1 row",
		"ä",
		"\xff",
		"\xe2\x80\xae",
		"\xef\xbb\xbf",
		"diff --d1",
		"From x",
		"\x1b[m",
		"new table",
		"sha256",
		"日本",
		"a.b-c$d",
		"#",
	};

	return names[random_below(random, ARRAY_SIZE(names))];
}

#define LINE(string) \
	{ \
		string, sizeof(string) - 1 \
	}

static void add_random_line(struct random *random, struct buf *out)
{
	static const struct {
		const char *bytes;
		size_t size;
	} lines[] = {
		LINE(""),
		LINE("a"),
		LINE("b"),
		LINE("a "),
		LINE("\ta\t"),
		LINE(" "),
		LINE("\\"),
		LINE("\\\"a\""),
		LINE("\\ no newline at end of text"),
		LINE("|"),
		LINE("-"),
		LINE("+"),
		LINE("-- "),
		LINE("@@"),
		LINE(" @@ -1,1 +1,1 @@"),
		LINE("@@ ~ id=1 @@"),
		LINE("diff --d1 x/y"),
		LINE("From a Mon Sep 17 00:00:00 2001"),
		LINE("a\rb"),
		LINE("a\r"),
		LINE("\r"),
		LINE("\x1b[31m"),
		LINE("\xe2\x80\xae"),
		LINE("\xef\xbb\xbf"),
		LINE("ä日"),
		LINE("'\"`"),
		LINE("\x7f\x01"),
	};
	size_t at = random_below(random, ARRAY_SIZE(lines));

	buf_add(out, lines[at].bytes, lines[at].size);
}

/* A text of some lines, each ended alike or not. */
static void add_random_lines(struct random *random, struct buf *out, bool crlf)
{
	size_t count = random_below(random, 12);

	for (size_t i = 0; i < count; i++) {
		add_random_line(random, out);
		if (i + 1 < count || !random_once_in(random, 3))
			buf_add_string(out, crlf && !random_once_in(random, 40)
						    ? "\r\n"
						    : "\n");
	}
	if (random_once_in(random, 40))
		buf_add_char(out, '\0');
	if (random_once_in(random, 40))
		buf_add_char(out, '\xff');
	if (random_once_in(random, 40))
		for (int i = 0; i < 3000; i++)
			buf_add_string(out, "long");
}

/* Two texts, the second of which is often nearly the first. */
static void random_texts(struct random *random, struct value values[2],
			 struct arena *arena)
{
	bool crlf = random_once_in(random, 3);
	struct buf old_text, new_text;

	buf_init(&old_text, 1 << 20);
	buf_init(&new_text, 1 << 20);
	add_random_lines(random, &old_text, crlf);
	if (random_once_in(random, 5)) {
		add_random_lines(random, &new_text, crlf);
	} else {
		size_t cut =
			old_text.len ? random_below(random, old_text.len) : 0;
		size_t skip = random_below(random, 4);

		buf_add(&new_text, old_text.data, cut);
		add_random_line(random, &new_text);
		if (random_once_in(random, 2))
			buf_add_string(&new_text, crlf ? "\r\n" : "\n");
		if (cut + skip < old_text.len)
			buf_add(&new_text, old_text.data + cut + skip,
				old_text.len - cut - skip);
	}
	for (int side = OLD; side <= NEW; side++) {
		const struct buf *text = side == OLD ? &old_text : &new_text;

		values[side].type = VALUE_TEXT;
		values[side].size = text->len;
		values[side].data =
			arena_copy(arena, text->len ? text->data : "",
				   text->len);
		must(values[side].data, "out of memory");
	}
	buf_release(&old_text);
	buf_release(&new_text);
}

static void random_values(struct random *random, struct value values[2],
			  struct arena *arena)
{
	if (!random_once_in(random, 3)) {
		random_texts(random, values, arena);
	} else {
		values[OLD] = random_value(random, FLAVOUR_ANY, arena);
		values[NEW] =
			random_once_in(random, 2)
				? random_value(random, FLAVOUR_ANY, arena)
				: random_neighbour(random, &values[OLD], arena);
	}
	if (random_once_in(random, 4))
		values[NEW] = values[OLD];
}

/* A table with columns of any name, none of them twice. */
struct made_table {
	struct table table;
	struct column columns[MAX_COLUMNS];
	struct key key;
	size_t key_columns[MAX_COLUMNS];
	enum collation collations[MAX_COLUMNS];
};

static void make_table(struct made_table *made, struct random *random)
{
	struct table *table = &made->table;
	size_t wanted = 1 + random_below(random, MAX_COLUMNS);

	memset(made, 0, sizeof(*made));
	table->name = random_name(random);
	table->columns = made->columns;
	while (table->ncolumns < wanted) {
		const char *name = random_name(random);

		if (table_column(table, name) < table->ncolumns)
			continue;
		made->columns[table->ncolumns++] = (struct column){
			.name = name,
			.type = "",
			.affinity = AFFINITY_TEXT,
		};
	}
	made->key.count = random_below(random, wanted + 1);
	if (made->key.count > 3)
		made->key.count = 3;
	for (size_t i = 0; i < made->key.count; i++)
		made->key_columns[i] = made->key.count - 1 - i;
	made->key.columns = made->key_columns;
	made->key.collations = made->collations;
	made->key.primary = true;
	table->keys = &made->key;
	table->nkeys = made->key.count > 0;
}

/* The same table; its last column may be missing or generated. */
static void make_other(struct made_table *other, const struct made_table *made,
		       struct random *random)
{
	*other = *made;
	other->table.columns = other->columns;
	other->key.columns = other->key_columns;
	other->key.collations = other->collations;
	other->table.keys = &other->key;
	if (made->table.ncolumns > made->key.count && random_once_in(random, 4))
		other->table.ncolumns--;
}

static bool holds_null(const struct table_pair *pair, int side,
		       const struct row *row)
{
	for (size_t i = 0; i < pair->nkey; i++)
		if (row->cells[pair->sides[side].key[i]].type == VALUE_NULL)
			return true;
	return pair->nkey == 0;
}

static void make_change(struct random *random, const struct table_pair *pair,
			struct change_sink *sink)
{
	struct value cells[2][MAX_COLUMNS];
	struct row rows[2];
	struct change change = { .op = (enum change_op)random_below(random, 3),
				 .keyed = true,
				 .count = 1 };
	struct arena arena = ARENA_INIT;
	struct err err = ERR_INIT;
	bool differs = false;

	if (!pair->sides[OLD].table || !pair->sides[NEW].table)
		change.op =
			pair->sides[NEW].table ? CHANGE_INSERT : CHANGE_DELETE;
	for (size_t i = 0; i < MAX_COLUMNS; i++) {
		struct value values[2];

		random_values(random, values, &arena);
		cells[OLD][i] = values[OLD];
		cells[NEW][i] = values[NEW];
	}
	for (int side = OLD; side <= NEW; side++) {
		rows[side] =
			(struct row){ cells[side], pair->sides[side].ncolumns };
		if (change.op == CHANGE_UPDATE ||
		    (change.op == CHANGE_INSERT) == (side == NEW)) {
			change.rows[side] = &rows[side];
			if (holds_null(pair, side, &rows[side]))
				change.keyed = false;
		}
	}
	if (change.op == CHANGE_UPDATE)
		for (size_t i = 0; i < pair->ncommon; i++)
			differs = differs ||
				  !pair_cells_equal(pair, change.rows, i);
	if (!change.keyed) {
		change.count = 1 + random_below(random, 3);
		change.before = change.count + random_below(random, 3);
	}
	if (change.op != CHANGE_UPDATE || (differs && change.keyed))
		must(sink->change(sink, pair, &change, &err) == 0, err.message);
	arena_release(&arena);
}

static size_t make_changes(struct random *random, struct trip *trip)
{
	static const char *const masks[] = { "a", "text", NULL };
	const struct pair_rules rules = {
		.mask = random_once_in(random, 3) ? masks : NULL,
		.mask_key = NULL,
	};
	struct made_table tables[2];
	struct table_pair pair;
	struct arena arena = ARENA_INIT;
	struct err err = ERR_INIT;
	struct change_sink *sink = &trip->recorder->sink;
	size_t alone = random_below(random, 8);

	make_table(&tables[OLD], random);
	make_other(&tables[NEW], &tables[OLD], random);
	for (size_t i = tables[OLD].key.count; i < MAX_COLUMNS; i++) {
		bool generated = random_once_in(random, 6);

		tables[OLD].columns[i].generated = generated;
		tables[NEW].columns[i].generated = generated;
	}
	if (pair_tables(&pair, alone == 0 ? NULL : &tables[OLD].table,
			alone == 1 ? NULL : &tables[NEW].table, &rules, &arena,
			&err) < 0)
		must(false, err.message);
	must(sink->begin_table(sink, &pair, &err) == 0, err.message);
	for (int i = 0; i < 8 && !pair.reason; i++)
		make_change(random, &pair, sink);
	arena_release(&arena);
	return 0;
}

static void hard_changes_come_back(void **state)
{
	uint64_t first = number_from("PROPERTY_FIRST", 1);
	uint64_t seeds = number_from("PROPERTY_SEEDS", SEEDS) * 20;
	size_t texts = 0;

	(void)state;
	for (uint64_t seed = first; seed < first + seeds; seed++) {
		struct random random = { .state = seed };
		struct trip trip;

		begin_trip(&trip, &random);
		make_changes(&random, &trip);
		texts += end_trip(&trip);
	}
	assert_true(texts > seeds / 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(databases_come_back),
		cmocka_unit_test(hard_changes_come_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
