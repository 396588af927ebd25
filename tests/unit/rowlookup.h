/*
 * Asks the histories of repositories about the rows in which two sides differ,
 * for tests. The sides are snapshots in the folders old and new, or databases.
 * Needs sandbox.h and fixture.h.
 */
#ifndef ROWLOOKUP_H
#define ROWLOOKUP_H

#include <sqlite3.h>

#include "apply/rowhistory.h"
#include "diff/compare.h"
#include "model/literal.h"
#include "snapshots.h"
#include "source/sqlite.h"

static const char lines_schema[] =
	"CREATE TABLE \"t\"(id INTEGER PRIMARY KEY, a TEXT, b TEXT);";
static const char lines_header[] = "t (id, a, b) key id";

/* What is asked, if not the history of HEAD about both sides of table t. */
struct question {
	const char *schema;
	const char *schemas[2]; /* of one side, if another */
	const char *header;
	const char *headers[2]; /* of one side, if another */
	/* makes the sides as databases, in place of what was written */
	const char *databases[2];
	const char *repository; /* "r" */
	const char *revision;
	const char *folder; /* "d1/shop" */
	bool alone;
	bool only_old;
	bool orders; /* tell which side is behind, too */
	struct pair_rules rules;
};

static struct {
	const struct question *question;
	struct repository repository;
	char commit[OBJECT_ID_SIZE];
	struct row_history *history;
	char keys[64][64];
	size_t nkeys;
	struct buf text; /* the answers about the first keys */
	size_t found[4]; /* how many rows equal each version */
	size_t changed;	 /* how many equal none, of the side OLD */
	unsigned seed;	 /* of a random history, else 0 */
} run;

static inline void tell_notice(void *context, const char *commit,
			       const char *reason)
{
	(void)context;
	assert_int_equal(strlen(commit), OBJECT_ID_SIZE - 1);
	/* without the commit, which has another id each time */
	buf_add_format(&run.text, "(%s)\n", strchr(reason, ':') + 1);
}

static inline int begin(struct change_sink *sink, const struct table_pair *pair,
			struct err *err)
{
	const struct question *question = run.question;
	const struct row_history_place place = {
		.repository = &run.repository,
		.commit = run.commit,
		.folder = question->folder ? question->folder : "d1/shop",
		.table = pair->name,
		.alone = question->alone,
		.asked = { true, !question->only_old },
		.notice = tell_notice,
	};

	(void)sink;
	assert_null(pair->reason);
	return row_history_open(&run.history, &place, pair, err);
}

static inline int ask_change(struct change_sink *sink,
			     const struct table_pair *pair,
			     const struct change *change, struct err *err)
{
	int side = change->rows[OLD] ? OLD : NEW;
	struct buf key;

	(void)sink;
	if (run.nkeys < ARRAY_SIZE(run.keys)) {
		buf_init(&key, 1 << 16);
		literal_add(
			&key,
			&change->rows[side]->cells
				 [pair->nkey ? pair->sides[side].key[0]
					     : pair->sides[side].common[0]]);
		snprintf(run.keys[run.nkeys], sizeof(run.keys[0]), "%.60s",
			 key.data);
		buf_release(&key);
	}
	run.nkeys++;
	return row_history_ask(run.history, change, err);
}

static inline void show_past(const struct row_answer *answer, int side)
{
	static const char *const pasts[] = {
		[ROW_NOT_ASKED] = "-",	   [ROW_COMMITTED] = "=",
		[ROW_CHANGED] = "changed", [ROW_FOREIGN] = "foreign",
		[ROW_TOO_SHORT] = "short",
	};

	buf_add_format(&run.text, " %s", pasts[answer->past[side]]);
	if (answer->past[side] != ROW_COMMITTED)
		return;
	if (row_history_commit(run.history, answer->versions[side]))
		buf_add_format(&run.text, "%zu", answer->versions[side]);
	else
		buf_add_string(&run.text, "before");
}

static inline int end(struct change_sink *sink, const struct table_pair *pair,
		      const struct table_counts *counts, struct err *err)
{
	static const char *const orders[] = {
		[ROW_ORDER_NONE] = "conflict",
		[ROW_ORDER_ALIKE] = "alike",
		[ROW_ORDER_OLD_BEHIND] = "old",
		[ROW_ORDER_NEW_BEHIND] = "new",
	};

	(void)sink;
	(void)pair;
	(void)counts;
	memset(run.found, 0, sizeof(run.found));
	run.changed = 0;
	for (size_t i = 0; i < run.nkeys; i++) {
		struct row_answer answer;
		enum row_order order;

		if (row_history_answer(run.history, &answer, err) < 0)
			return err->code;
		run.changed += answer.past[OLD] == ROW_CHANGED;
		if (answer.versions[OLD] < ARRAY_SIZE(run.found))
			run.found[answer.versions[OLD]]++;
		if (i >= ARRAY_SIZE(run.keys))
			continue;
		buf_add_format(&run.text, "%s:", run.keys[i]);
		show_past(&answer, OLD);
		show_past(&answer, NEW);
		if (run.question->orders) {
			if (row_history_order(run.history, &answer, &order,
					      err) < 0)
				return err->code;
			buf_add_format(&run.text, " %s", orders[order]);
		}
		buf_add_char(&run.text, '\n');
	}
	return 0;
}

static inline struct source *open_database(const char *sql)
{
	struct source *source = NULL;
	struct err err = ERR_INIT;
	sqlite3 *db;

	assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite_wrap(&source, db, SQLITE_HANDLE_TAKEN,
				     "a database", &err),
			 0);
	return source;
}

static inline struct source *open_side(const struct question *question,
				       int side)
{
	if (question->databases[side])
		return open_database(question->databases[side]);
	return open_folder(side == OLD ? "old" : "new");
}

/* Compares the sides, which are in the folders old and new if not said. */
static inline void look_up(const struct question *question, struct err *err)
{
	struct change_sink sink = { .begin_table = begin,
				    .change = ask_change,
				    .end_table = end };
	struct comparison comparison = {
		.sources = { open_side(question, OLD),
			     open_side(question, NEW) },
		.labels = { "old", "new" },
		.rules = find_rules,
		.context = (void *)&question->rules,
		.wanted = want_all,
	};
	struct comparison_result result;

	run.question = question;
	run.nkeys = 0;
	run.history = NULL;
	run.repository = (struct repository)REPOSITORY_INIT;
	buf_init(&run.text, 1 << 24);
	buf_add_string(&run.text, "");
	if (repository_open(&run.repository,
			    sandbox_path(question->repository
						 ? question->repository
						 : "r"),
			    err) == 0 &&
	    repository_commit(&run.repository, run.commit,
			      question->revision ? question->revision : "HEAD",
			      err) == 0)
		(void)!compare_sources(&comparison, &sink, &result, err);
	row_history_close(run.history);
	repository_close(&run.repository);
	source_close(comparison.sources[OLD]);
	source_close(comparison.sources[NEW]);
}

static inline void write_sides(const struct question *question,
			       const char *old_rows, const char *new_rows)
{
	const char *schema = question->schema ? question->schema : lines_schema;
	const char *const rows[2] = { old_rows, new_rows };

	for (int side = OLD; side <= NEW; side++) {
		const char *header = question->headers[side];
		char path[64];

		if (!header)
			header = question->header ? question->header
						  : lines_header;
		snprintf(path, sizeof(path), "%s/data/t.sql",
			 side == OLD ? "old" : "new");
		write_data(path, header, rows[side]);
		snprintf(path, sizeof(path), "%s/schema.sql",
			 side == OLD ? "old" : "new");
		sandbox_write(path, question->schemas[side]
					    ? question->schemas[side]
					    : schema);
	}
}

/* The answers about sides with these rows must be these. */
static inline void assert_answers(const struct question *question,
				  const char *old_rows, const char *new_rows,
				  const char *expected)
{
	struct err err = ERR_INIT;

	write_sides(question, old_rows, new_rows);
	look_up(question, &err);
	if (run.seed && strcmp(run.text.data, expected) != 0)
		print_error("PROPERTY_FIRST=%u\n", run.seed);
	assert_string_equal(err.message, "");
	assert_string_equal(run.text.data, expected);
	buf_release(&run.text);
}

#endif
