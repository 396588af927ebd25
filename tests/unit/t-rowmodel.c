/*
 * Rows that differ, looked up in random histories, against a plain model of
 * what commits hold.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sandbox.h"

#include "fixture.h"
#include "rowlookup.h"

enum { COMMITS = 14, KEYS = 5 };

/* What a commit holds; values are small numbers, and the default of b is 7. */
struct model_commit {
	int parents[2]; /* -1: none */
	bool file;
	bool has_b;
	bool there[KEYS];
	int a[KEYS], b[KEYS];
};

struct model {
	bool keyless; /* the table has the columns a and b only */
	struct model_commit commits[COMMITS];
	bool leads[COMMITS][COMMITS]; /* [a][b]: a is b, or an ancestor */
	/* versions by their number */
	int versions[COMMITS];
	int nversions;
};

/* A row of a side; there is none if a is -1. */
struct model_row {
	int a, b;
};

static unsigned next_random(unsigned *seed)
{
	*seed = *seed * 1103515245 + 12345;
	return *seed >> 16 & 0x7fff;
}

static void add_file(struct buf *out, const struct model_commit *commit,
		     bool keyless)
{
	const char *b = commit->has_b ? ", b" : "";

	buf_add_string(out, "-- git-d1 snapshot 1\n-- table \"t\" ");
	if (keyless)
		buf_add_format(out, "(a%s)\n", b);
	else
		buf_add_format(out, "(id, a%s) key id\n", b);
	buf_add_string(out, "PRAGMA defer_foreign_keys=on;\n");
	for (int k = 0; k < KEYS; k++) {
		if (!commit->there[k])
			continue;
		buf_add_string(out, "INSERT INTO \"t\" VALUES(");
		if (!keyless)
			buf_add_format(out, "%d,", k);
		buf_add_format(out, "%d", commit->a[k]);
		if (commit->has_b)
			buf_add_format(out, ",%d", commit->b[k]);
		buf_add_string(out, ");\n");
	}
}

static bool same_file(const struct model *model, int x, int y)
{
	const struct model_commit *commits = model->commits;
	struct buf texts[2];
	bool same;

	if (!commits[x].file || !commits[y].file)
		return commits[x].file == commits[y].file;
	buf_init(&texts[0], 1 << 16);
	buf_init(&texts[1], 1 << 16);
	add_file(&texts[0], &commits[x], model->keyless);
	add_file(&texts[1], &commits[y], model->keyless);
	same = strcmp(texts[0].data, texts[1].data) == 0;
	buf_release(&texts[0]);
	buf_release(&texts[1]);
	return same;
}

/* True if git tells of the commit: its file is not that of each parent. */
static bool touches(const struct model *model, int c)
{
	const struct model_commit *commit = &model->commits[c];

	if (commit->parents[0] < 0)
		return commit->file;
	for (int p = 0; p < 2; p++)
		if (commit->parents[p] >= 0 &&
		    !same_file(model, c, commit->parents[p]))
			return true;
	return false;
}

static void change_rows(struct model_commit *commit, unsigned *seed)
{
	unsigned kind = next_random(seed) % 12;

	if (kind == 0)
		commit->file = !commit->file;
	else if (kind == 1)
		commit->has_b = !commit->has_b;
	for (int k = 0; k < KEYS; k++) {
		if (next_random(seed) % 3)
			continue;
		commit->there[k] = next_random(seed) % 3;
		commit->a[k] = (int)(next_random(seed) % 3);
		commit->b[k] = 6 + (int)(next_random(seed) % 2);
	}
}

static void make_commit(struct model *model, int c, unsigned *seed)
{
	struct model_commit *commit = &model->commits[c];
	bool merges = c > 2 && next_random(seed) % 3 == 0;
	int first = c - 1;

	if (c > 1 && next_random(seed) % 3 == 0)
		first = (int)(next_random(seed) % (unsigned)c);
	*commit = c ? model->commits[first]
		    : (struct model_commit){ .file = true, .has_b = true };
	commit->parents[0] = first;
	commit->parents[1] = -1;
	if (merges) {
		int second = (int)(next_random(seed) % (unsigned)c);

		if (second != first)
			commit->parents[1] = second;
		if (next_random(seed) % 2)
			change_rows(commit, seed);
	} else {
		change_rows(commit, seed);
	}
	for (int older = 0; older <= c; older++) {
		model->leads[older][c] = older == c;
		for (int p = 0; p < 2; p++)
			if (commit->parents[p] >= 0 &&
			    model->leads[older][commit->parents[p]])
				model->leads[older][c] = true;
	}
}

static void make_model(struct model *model, unsigned *seed)
{
	int tip = COMMITS - 1;

	memset(model, 0, sizeof(*model));
	model->keyless = next_random(seed) % 3 == 0;
	for (int c = 0; c < COMMITS; c++)
		make_commit(model, c, seed);
	for (int c = tip; c >= 0; c--) {
		bool is_new = model->leads[c][tip] && touches(model, c);

		for (int v = 0; v < model->nversions; v++)
			is_new = is_new &&
				 !same_file(model, c, model->versions[v]);
		if (is_new)
			model->versions[model->nversions++] = c;
	}
}

/* Makes the commits in git, each some minutes after the one before. */
static void import_model(const struct model *model, const char *name)
{
	struct buf stream, file;
	char script[200];

	buf_init(&stream, 1 << 20);
	buf_init(&file, 1 << 16);
	for (int c = 0; c < COMMITS; c++) {
		const struct model_commit *commit = &model->commits[c];

		buf_add_format(&stream,
			       "commit refs/heads/c%d\nmark :%d\n"
			       "committer A <a@example.com> %d +0000\ndata 0\n",
			       c, c + 1, 1700000000 + c * 100);
		if (commit->parents[0] >= 0)
			buf_add_format(&stream, "from :%d\n",
				       commit->parents[0] + 1);
		if (commit->parents[1] >= 0)
			buf_add_format(&stream, "merge :%d\n",
				       commit->parents[1] + 1);
		buf_add_string(&stream, "deleteall\nM 644 inline other\n"
					"data 0\n");
		if (!commit->file)
			continue;
		buf_clear(&file);
		add_file(&file, commit, model->keyless);
		buf_add_format(&stream,
			       "M 644 inline d1/shop/data/t.sql\ndata %zu\n"
			       "%s\n",
			       file.len, file.data);
	}
	sandbox_write("stream", stream.data);
	snprintf(script, sizeof(script),
		 "git init -q --bare %s; git -C %s fast-import --quiet <stream",
		 name, name);
	shell(script);
	buf_release(&stream);
	buf_release(&file);
}

/* The row as a version has it. */
static struct model_row row_of(const struct model_commit *commit, int key)
{
	struct model_row row = { -1, -1 };

	if (!commit->file || !commit->there[key])
		return row;
	row.a = commit->a[key];
	row.b = commit->has_b ? commit->b[key] : 7;
	return row;
}

static bool same_row(struct model_row x, struct model_row y)
{
	return x.a == y.a && (x.a < 0 || x.b == y.b);
}

/* The number of the newest version, or nversions: before all; -1: none. */
static int find_version(const struct model *model, int key,
			struct model_row row, bool *held)
{
	int found = -1;

	*held = false;
	for (int v = 0; v < model->nversions; v++) {
		struct model_row version =
			row_of(&model->commits[model->versions[v]], key);

		*held = *held || version.a >= 0;
		if (found < 0 && same_row(version, row))
			found = v;
	}
	return found < 0 && row.a < 0 ? model->nversions : found;
}

/* The same for `count` rows like this one. */
static int find_count(const struct model *model, struct model_row row,
		      int count, bool *held)
{
	int found = -1;

	*held = false;
	for (int v = 0; v < model->nversions; v++) {
		int there = 0;

		for (int k = 0; k < KEYS; k++)
			there += same_row(
				row_of(&model->commits[model->versions[v]], k),
				row);
		*held = *held || there > 0;
		if (found < 0 && there == count)
			found = v;
	}
	return found < 0 && count == 0 ? model->nversions : found;
}

static const char *find_order(const struct model *model, const int found[2])
{
	int older = found[OLD] > found[NEW] ? OLD : NEW;

	if (found[OLD] < 0 || found[NEW] < 0)
		return found[OLD] >= 0	 ? "old"
		       : found[NEW] >= 0 ? "new"
					 : "conflict";
	if (found[older] < model->nversions &&
	    !model->leads[model->versions[found[older]]]
			 [model->versions[found[!older]]])
		return "conflict";
	return older == OLD ? "old" : "new";
}

static void expect_past(struct buf *out, const struct model *model, int found,
			bool held)
{
	if (found == model->nversions)
		buf_add_string(out, " =before");
	else if (found >= 0)
		buf_add_format(out, " =%d", found);
	else
		buf_add_format(out, " %s", held ? "changed" : "foreign");
}

static struct model_row random_row(unsigned *seed)
{
	struct model_row row = { (int)(next_random(seed) % 4) - 1,
				 6 + (int)(next_random(seed) % 2) };

	return row;
}

static void add_row(struct buf *out, int key, struct model_row row)
{
	if (row.a >= 0)
		buf_add_format(out, "%d,%d,%d\n", key, row.a, row.b);
}

/* Makes rows with keys for both sides, and what is to be said of them. */
static void make_keyed(struct buf rows[2], struct buf *expected,
		       const struct model *model, unsigned *seed)
{
	for (int k = 0; k < KEYS; k++) {
		const struct model_row pair[2] = { random_row(seed),
						   random_row(seed) };
		int found[2];

		add_row(&rows[OLD], k, pair[OLD]);
		add_row(&rows[NEW], k, pair[NEW]);
		if (same_row(pair[OLD], pair[NEW]))
			continue;
		buf_add_format(expected, "%d:", k);
		for (int side = OLD; side <= NEW; side++) {
			bool held;

			found[side] = find_version(model, k, pair[side], &held);
			expect_past(expected, model, found[side], held);
		}
		buf_add_format(expected, " %s\n", find_order(model, found));
	}
}

static void make_keyless(struct buf rows[2], struct buf *expected,
			 const struct model *model, unsigned *seed)
{
	for (int i = 0; i < 6; i++) {
		const struct model_row row = { i / 2, 6 + i % 2 };
		int counts[2], found[2];

		for (int side = OLD; side <= NEW; side++) {
			counts[side] = (int)(next_random(seed) % 3);
			for (int n = 0; n < counts[side]; n++)
				buf_add_format(&rows[side], "%d,%d\n", row.a,
					       row.b);
		}
		if (counts[OLD] == counts[NEW])
			continue;
		buf_add_format(expected, "%d:", row.a);
		for (int side = OLD; side <= NEW; side++) {
			bool held;

			found[side] =
				find_count(model, row, counts[side], &held);
			expect_past(expected, model, found[side], held);
		}
		buf_add_format(expected, " %s\n", find_order(model, found));
	}
}

static void try_sides(const struct model *model, const char *repository,
		      unsigned *seed)
{
	struct question question = {
		.schema = "CREATE TABLE t(id INTEGER PRIMARY KEY, a, "
			  "b DEFAULT 7)",
		.repository = repository,
		.revision = "c13",
		.orders = true,
	};
	struct buf rows[2], expected;

	buf_init(&rows[OLD], 1 << 16);
	buf_init(&rows[NEW], 1 << 16);
	buf_init(&expected, 1 << 16);
	buf_add_string(&rows[OLD], "");
	buf_add_string(&rows[NEW], "");
	buf_add_string(&expected, "");
	if (model->keyless) {
		question.schema = "CREATE TABLE t(a, b DEFAULT 7)";
		question.header = "t (a, b)";
		make_keyless(rows, &expected, model, seed);
	} else {
		make_keyed(rows, &expected, model, seed);
	}
	assert_answers(&question, rows[OLD].data, rows[NEW].data,
		       expected.data);
	buf_release(&rows[OLD]);
	buf_release(&rows[NEW]);
	buf_release(&expected);
}

/* PROPERTY_FIRST and PROPERTY_SEEDS ask for others than usual. */
static unsigned from_environment(const char *name, unsigned usual)
{
	const char *text = getenv(name);

	return text ? (unsigned)strtoul(text, NULL, 10) : usual;
}

static void random_histories_are_as_the_model_says(void **state)
{
	unsigned first = from_environment("PROPERTY_FIRST", 1);
	unsigned rounds = from_environment("PROPERTY_SEEDS", 25);
	struct model *model = calloc(1, sizeof(*model));

	(void)state;
	assert_non_null(model);
	for (unsigned seed = first; seed < first + rounds; seed++) {
		unsigned random = seed * 2654435761U;
		char name[32];

		snprintf(name, sizeof(name), "m%u", seed);
		run.seed = seed;
		make_model(model, &random);
		import_model(model, name);
		for (int i = 0; i < 4; i++)
			try_sides(model, name, &random);
	}
	run.seed = 0;
	free(model);
}

static int enter(void **state)
{
	if (sandbox_enter(state))
		return -1;
	fixture_identity();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			random_histories_are_as_the_model_says, enter,
			sandbox_leave),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
