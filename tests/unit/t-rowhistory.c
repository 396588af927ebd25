/*
 * Rows that differ, looked up in histories that git made. The sides are
 * snapshots in folders, the versions stand in commits of r.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sandbox.h"

#include "apply/rowhistory.h"
#include "diff/compare.h"
#include "fixture.h"
#include "model/literal.h"
#include "source/snapshot.h"

static const char lines_schema[] =
	"CREATE TABLE \"t\"(id INTEGER PRIMARY KEY, a TEXT, b TEXT);";
static const char lines_header[] = "t (id, a, b) key id";

/* What is asked, if not the history of HEAD about both sides of table t. */
struct question {
	const char *schema;
	const char *schemas[2]; /* of one side, if another */
	const char *header;
	const char *headers[2]; /* of one side, if another */
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
	struct buf text; /* the answers */
	unsigned seed;	 /* of a random history, else 0 */
} run;

static int enter(void **state)
{
	if (sandbox_enter(state))
		return -1;
	fixture_identity();
	shell("git init -q r");
	return 0;
}

/* ---- making histories ---- */

/* Writes a data file; `rows` are lists of literals with LF between them. */
static void write_data(const char *path, const char *header, const char *rows)
{
	struct buf text;

	buf_init(&text, 1 << 24);
	buf_add_format(&text,
		       "-- git-d1 snapshot 1\n-- table \"t\"%s\n"
		       "PRAGMA defer_foreign_keys=on;\n",
		       header + 1);
	while (*rows) {
		size_t size = strcspn(rows, "\n");

		buf_add_format(&text, "INSERT INTO \"t\" VALUES(%.*s);\n",
			       (int)size, rows);
		rows += size;
		rows += *rows == '\n';
	}
	sandbox_write(path, text.data);
	buf_release(&text);
}

/* Commits these rows on the branch that is checked out. */
static void commit_as(const char *header, const char *rows)
{
	write_data("r/d1/shop/data/t.sql", header, rows);
	sandbox_write("r/d1/shop/schema.sql", lines_schema);
	shell("cd r; git add .; git commit -q --allow-empty -m rows");
}

static void commit(const char *rows)
{
	commit_as(lines_header, rows);
}

/* ---- asking ---- */

static int find_rules(void *context, const char *table,
		      const struct pair_rules **rules, struct err *err)
{
	(void)context;
	(void)table;
	(void)err;
	*rules = &run.question->rules;
	return 0;
}

static bool want_all(void *context, const char *table)
{
	(void)context;
	(void)table;
	return true;
}

static void tell_notice(void *context, const char *commit, const char *reason)
{
	(void)context;
	assert_int_equal(strlen(commit), OBJECT_ID_SIZE - 1);
	/* without the commit, which has another id each time */
	buf_add_format(&run.text, "(%s)\n", strchr(reason, ':') + 1);
}

static int begin(struct change_sink *sink, const struct table_pair *pair,
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

static int ask_change(struct change_sink *sink, const struct table_pair *pair,
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

static void show_past(const struct row_answer *answer, int side)
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

static int end(struct change_sink *sink, const struct table_pair *pair,
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
	for (size_t i = 0; i < run.nkeys; i++) {
		struct row_answer answer;
		enum row_order order;

		if (row_history_answer(run.history, &answer, err) < 0)
			return err->code;
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

static struct source *open_folder(const char *folder)
{
	struct filetree *tree = NULL;
	struct source *source = NULL;
	struct err err = ERR_INIT;

	if (directory_open(&tree, sandbox_path(folder), &err) < 0 ||
	    snapshot_open(&source, tree, folder, &err) < 0)
		fail_msg("%s", err.message);
	return source;
}

/* Compares the sides as they lie in the folders old and new. */
static void look_up(const struct question *question, struct err *err)
{
	struct change_sink sink = { .begin_table = begin,
				    .change = ask_change,
				    .end_table = end };
	struct comparison comparison = {
		.sources = { open_folder("old"), open_folder("new") },
		.labels = { "old", "new" },
		.rules = find_rules,
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

static void write_sides(const struct question *question, const char *old_rows,
			const char *new_rows)
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
static void assert_answers(const struct question *question,
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

/* ---- one line of history ---- */

static void rows_are_found_in_their_versions(void **state)
{
	const struct question both = { .orders = true };

	(void)state;
	commit("1,'first','x'\n2,'kept','x'");
	commit("1,'second','x'\n2,'kept','x'");
	commit("1,'third','x'\n2,'kept','x'\n3,'new','x'");

	/* 0 is the third one */
	assert_answers(&both, "1,'first','x'", "1,'second','x'",
		       "1: =2 =1 old\n");
	assert_answers(&both, "1,'third','x'", "1,'first','x'",
		       "1: =0 =2 new\n");
	assert_answers(&both, "1,'second','x'", "1,'mine','x'",
		       "1: =1 changed old\n");
	assert_answers(&both, "1,'yours','x'", "1,'third','x'",
		       "1: changed =0 new\n");
	assert_answers(&both, "1,'yours','x'", "1,'mine','x'",
		       "1: changed changed conflict\n");
	/* never held on either side, and on one */
	assert_answers(&both, "9,'y','x'", "9,'m','x'",
		       "9: foreign foreign conflict\n");
	assert_answers(&both, "9,'y','x'", "", "9: foreign =0 new\n");
	assert_answers(&both, "", "9,'m','x'", "9: =0 foreign old\n");
	/* it was not there before its first commit */
	assert_answers(&both, "", "3,'new','x'", "3: =1 =0 old\n");
	assert_answers(&both, "2,'kept','x'", "", "2: =0 =before new\n");
	/* type and bytes count */
	assert_answers(&both, "1,'third','x'", "1,'third',x'78'",
		       "1: =0 changed old\n");
}

static void deleted_rows_have_versions_without_them(void **state)
{
	const struct question both = { .orders = true };

	(void)state;
	commit("1,'a','x'");
	commit("1,'b','x'\n2,'c','x'");
	commit("2,'c','x'");
	commit("1,'d','x'\n2,'c','x'");
	commit("2,'e','x'\n3,'f','x'");
	assert_answers(&both, "1,'a','x'\n2,'c','x'", "2,'c','x'",
		       "1: =4 =0 old\n");
	assert_answers(&both, "1,'d','x'", "", "1: =1 =0 old\n");
	assert_answers(&both, "1,'z','x'", "", "1: changed =0 new\n");
	assert_answers(&both, "", "1,'z','x'", "1: =0 changed old\n");

	/* inserted again: the deletion is older than the row of now */
	commit("1,'g','x'\n2,'e','x'");
	assert_answers(&both, "", "1,'g','x'", "1: =1 =0 old\n");
	assert_answers(&both, "1,'d','x'", "", "1: =2 =1 old\n");

	/* the table is not tracked for a while, and again */
	shell("cd r; git rm -q d1/shop/data/t.sql; git commit -q -m none");
	assert_answers(&both, "2,'e','x'", "", "2: =1 =0 old\n");
	commit("2,'h','x'");
	assert_answers(&both, "2,'e','x'", "", "2: =2 =1 old\n");
}

static void contents_that_come_back_are_one_version(void **state)
{
	const struct question both = { .orders = true };

	(void)state;
	commit("1,'a','x'");
	commit("1,'b','x'");
	commit("1,'a','x'");
	assert_answers(&both, "1,'a','x'", "1,'b','x'", "1: =0 =1 new\n");
	assert_answers(&both, "", "1,'b','x'", "1: =before =1 old\n");
}

static void one_side_can_be_asked_alone(void **state)
{
	const struct question one = { .only_old = true };

	(void)state;
	commit("1,'a','x'");
	commit("1,'b','x'\n2,'c','x'");
	assert_answers(&one, "1,'a','x'\n3,'d','x'", "1,'b','x'\n2,'c','x'",
		       "1: =1 -\n2: =before -\n3: foreign -\n");
	/* nothing is read for rows that are not there */
	shell("cd r; rm -f .git/objects/$(git rev-parse "
	      "HEAD:d1/shop/data/t.sql | sed 's,..,&/,')");
	assert_answers(&one, "", "1,'b','x'\n2,'c','x'",
		       "1: =before -\n2: =before -\n");
}

static void one_version_takes_the_place_of_history(void **state)
{
	const struct question base = { .alone = true,
				       .only_old = true,
				       .revision = "HEAD~1" };
	const struct question first = { .alone = true, .revision = "HEAD~2" };

	(void)state;
	shell("cd r; git commit -q --allow-empty -m nothing");
	commit("1,'a','x'\n3,'c','x'");
	commit("1,'b','x'");
	assert_answers(&base, "1,'a','x'\n2,'z','x'", "1,'b','x'",
		       "1: =0 -\n2: foreign -\n");
	assert_answers(&base, "1,'b','x'", "3,'c','x'\n4,'d','x'",
		       "1: changed -\n3: changed -\n4: =0 -\n");
	assert_answers(&first, "1,'a','x'", "", "1: foreign =0\n");
}

/* ---- lines side by side ---- */

static void merges_have_all_lines(void **state)
{
	const struct question both = { .orders = true };

	(void)state;
	commit("1,'a','x'\n2,'a','x'\n3,'a','x'");
	shell("cd r; git branch other");
	commit("1,'b','x'\n2,'b','x'\n3,'a','x'");
	shell("cd r; git checkout -q other");
	commit("1,'c','x'\n2,'a','x'\n3,'c','x'");
	shell("cd r; git checkout -q main;"
	      "git merge -q -s ours -m merge other");
	commit("1,'d','x'\n2,'b','x'\n3,'c','x'");

	assert_answers(&both, "1,'b','x'", "1,'d','x'", "1: =1 =0 old\n");
	assert_answers(&both, "1,'d','x'", "1,'c','x'", "1: =0 =2 new\n");
	assert_answers(&both, "1,'a','x'", "1,'c','x'", "1: =3 =2 old\n");
	/* neither leads to the other: =1 is the merge, which leads to both */
	assert_answers(&both, "1,'c','x'", "1,'b','x'", "1: =2 =1 old\n");
	shell("cd r; git branch -f third main~2; git checkout -q third");
	commit("1,'e','x'\n2,'b','x'\n3,'a','x'");
	shell("cd r; git merge -q -s ours -m merge other");
	commit("1,'f','x'\n2,'b','x'\n3,'a','x'");
	assert_answers(&both, "1,'c','x'", "1,'e','x'", "1: =2 =1 old\n");
	assert_answers(&both, "1,'c','x'", "1,'b','x'", "1: =2 =3 conflict\n");
}

/* ---- shallow and partial clones ---- */

static void a_shallow_clone_says_so(void **state)
{
	const struct question shallow = { .repository = "shallow",
					  .orders = true };
	const struct question one = { .repository = "shallow",
				      .only_old = true };
	const struct question base = { .repository = "shallow", .alone = true };

	(void)state;
	commit("1,'a','x'\n2,'k','x'\n9,'old','x'");
	commit("1,'b','x'\n2,'k','x'");
	commit("1,'c','x'\n2,'k','x'\n3,'n','x'");
	shell("git clone -q --depth 2 file://$PWD/r shallow");
	assert_answers(&shallow, "1,'b','x'", "1,'c','x'", "1: =1 =0 old\n");
	assert_answers(&shallow, "1,'a','x'", "1,'c','x'",
		       "1: short =0 conflict\n");
	assert_answers(&shallow, "9,'old','x'", "", "9: short =0 conflict\n");
	assert_answers(&shallow, "", "3,'n','x'", "3: =1 =0 old\n");
	/* that a row was not there once is known without looking */
	assert_answers(&one, "", "2,'k','x'", "2: =before -\n");
	assert_answers(&base, "1,'a','x'\n9,'old','x'", "",
		       "1: changed changed\n9: foreign =0\n");
	shell("cd shallow; git fetch -q --unshallow");
	assert_answers(&shallow, "1,'a','x'\n9,'old','x'", "1,'c','x'",
		       "1: =2 =0 old\n9: =2 =0 old\n");
}

static void a_partial_clone_fetches(void **state)
{
	const struct question both = { .repository = "partial" };

	(void)state;
	commit("1,'a','x'");
	commit("1,'b','x'");
	shell("git clone -q --bare --filter=blob:none file://$PWD/r partial");
	assert_answers(&both, "1,'a','x'", "1,'b','x'", "1: =1 =0\n");
}

/* ---- columns ---- */

static void columns_come_and_go(void **state)
{
	const struct question wide = {
		.schema = "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT, "
			  "b TEXT, c TEXT NOT NULL DEFAULT 'none', "
			  "d NUMERIC DEFAULT '07')",
		.header = "t (id, a, b, c, d) key id",
	};
	const struct question clock = {
		.schema = "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT, "
			  "b TEXT, c TEXT DEFAULT CURRENT_TIMESTAMP)",
		.header = "t (id, a, b, c) key id",
	};
	const struct question narrow = {
		.schema = "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT)",
		.header = "t (id, a) key id",
	};

	(void)state;
	commit("1,'a','x'");
	commit_as("t (id, a, b, c, d) key id", "1,'b','x','set',8");
	assert_answers(&wide, "1,'a','x','none',7", "1,'b','x','set',8",
		       "1: =1 =0\n");
	assert_answers(&wide, "1,'a','x','set',7", "1,'a','x','none',8",
		       "1: changed changed\n");
	/* what is no constant equals nothing; that it was there is known */
	assert_answers(&clock, "1,'a','x','2026-01-01'", "",
		       "1: changed =before\n");
	/* a column that is gone does not count */
	assert_answers(&narrow, "1,'a'", "1,'b'", "1: =1 =0\n");
	/* columns in another order */
	commit_as("t (d, c, b, a, id) key id", "9,'p','q','r',1");
	assert_answers(&wide, "1,'r','q','p',9", "", "1: =0 =before\n");
	/* a version of another key tells nothing */
	commit_as("t (a, b) key a", "'a','x'");
	assert_answers(&wide, "1,'r','q','p',9", "", "1: =1 =before\n");
}

static void ignored_and_generated_columns_do_not_count(void **state)
{
	static const char *const ignored[] = { "b", NULL };
	const struct question ignoring = { .rules.ignore = ignored };

	(void)state;
	commit("1,'a','x'");
	commit("1,'b','y'");
	assert_answers(&ignoring, "1,'a','other'", "1,'b','else'",
		       "1: =1 =0\n");
}

static void keys_are_found_under_their_collation(void **state)
{
	const struct question nocase = {
		.schema = "CREATE TABLE t(k TEXT COLLATE NOCASE PRIMARY KEY "
			  "NOT NULL, a TEXT)",
		.header = "t (k, a) key k",
		.orders = true,
	};
	const struct question number = {
		.schema = "CREATE TABLE t(k NOT NULL PRIMARY KEY, a TEXT)",
		.header = "t (k, a) key k",
	};

	(void)state;
	commit_as("t (k, a) key k", "'KEY','a'");
	commit_as("t (k, a) key k", "'Key','b'");
	commit_as("t (k, a) key k", "1.0,'c'\n9007199254740993,'d'");
	/* the row of another spelling is another version of it */
	assert_answers(&nocase, "'KEY','a'", "'Key','b'", "'KEY': =2 =1 old\n");
	assert_answers(&nocase, "'key','a'", "'KEY','c'",
		       "'key': changed changed conflict\n");
	assert_answers(&number, "1,'c'\n9007199254740992.0,'d'", "",
		       "1: changed =1\n9007199254740992.0: foreign =0\n");
}

/* ---- masks ---- */

#define MASK_A \
	"masked-" \
	"000000000000000000000000000000000000000000000000000000000000000a"
#define MASK_B \
	"masked-" \
	"00000000000b0000000000000000000000000000000000000000000000000000"

static void masks_are_compared_as_masks(void **state)
{
	static const char *const masked[] = { "b", NULL };
	static const char header[] = "t (id, a, b) key id [masked b key "
				     "%s]";
	char with_key[100];
	struct mask_key key;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(mask_key_set(&key, "a secret of 16 bytes", &err), 0);
	snprintf(with_key, sizeof(with_key), header, key.id);
	/* the mask of 'plain' in the column b, as a side would show it */
	commit_as(with_key, "1,'a','" MASK_A "'");
	commit_as(with_key, "1,'b','" MASK_B "'");
	commit("1,'c','plain'");
	{
		const struct question both = {
			.header = with_key,
			.rules = { .mask = masked, .mask_key = &key },
		};
		const struct question values = {
			.headers = { lines_header, lines_header },
			.rules = { .mask = masked, .mask_key = &key },
		};

		assert_answers(&both, "1,'a','" MASK_A "'",
			       "1,'b','" MASK_B "'", "1: =2 =1\n");
		/* a placeholder stands for the mask that begins so */
		assert_answers(&both, "1,'a','" MASK_B "'",
			       "1,'b','masked-00000000000b'",
			       "1: changed =1\n");
		/* what was no mask then is made one */
		assert_answers(&values, "1,'c','plain'", "1,'c','other'",
			       "1: =0 changed\n");
	}
	mask_key_release(&key);
}

/* ---- rows without a key ---- */

static void equal_rows_are_counted(void **state)
{
	const struct question both = {
		.schema = "CREATE TABLE t(a, b)",
		.header = "t (a, b)",
		.orders = true,
	};
	const struct question one = {
		.schema = "CREATE TABLE t(a, b)",
		.header = "t (a, b)",
		.only_old = true,
	};

	(void)state;
	commit_as("t (a, b)", "'a',1\n'a',1");
	commit_as("t (a, b)", "'a',1\n'a',1\n'a',1\n'b',1");
	commit_as("t (a, b)", "'a',1");
	assert_answers(&both, "'a',1\n'a',1", "'a',1", "'a': =2 =0 old\n");
	assert_answers(&both, "'a',1\n'a',1\n'a',1\n'a',1", "'a',1",
		       "'a': changed =0 new\n");
	assert_answers(&both, "'b',1\n'b',1", "'b',1", "'b': changed =1 new\n");
	assert_answers(&both, "", "'b',1", "'b': =0 =1 new\n");
	assert_answers(&both, "", "'c',1", "'c': =0 foreign old\n");
	assert_answers(&one, "'a',1\n'a',1\n'a',1\n'd',1", "'e',1",
		       "'a': =1 -\n'd': foreign -\n'e': =before -\n");
}

static void rows_with_null_in_the_key_are_counted(void **state)
{
	const struct question both = {
		.schema = "CREATE TABLE t(k TEXT PRIMARY KEY, a)",
		.header = "t (k, a) key k",
	};

	(void)state;
	commit_as("t (k, a) key k", "NULL,1\nNULL,1\n'k',1");
	commit_as("t (k, a) key k", "NULL,1\n'k',2");
	assert_answers(&both, "NULL,1\nNULL,1\n'k',1", "NULL,1\n'k',2",
		       "'k': =1 =0\nNULL: =1 =0\n");
}

/* Columns of one side alone tell equal rows apart for nobody else. */
static void a_count_may_come_in_parts(void **state)
{
	const struct question both = {
		.schemas = { "CREATE TABLE t(a)", "CREATE TABLE t(a, b)" },
		.headers = { "t (a)", "t (a, b)" },
	};

	(void)state;
	commit_as("t (a)", "'a'\n'a'\n'a'");
	commit_as("t (a)", "'a'\n'z'");
	assert_answers(&both, "'a'", "'a',1\n'a',2\n'a',3\n'z',1",
		       "'a': =0 =1\n'a': =0 =1\n'z': =1 =0\n");
}

/* ---- what cannot be read ---- */

static void a_broken_version_is_passed_over(void **state)
{
	const struct question both = { .orders = true };
	struct err err = ERR_INIT;

	(void)state;
	commit("1,'a','x'");
	sandbox_write("r/d1/shop/data/t.sql", "no data file\n");
	shell("cd r; git commit -q -a -m broken");
	commit("1,'b','x'");
	assert_answers(&both, "1,'a','x'", "1,'b','x'",
		       "(d1/shop/data/t.sql:1: no data file of a snapshot: its "
		       "first line is not '-- git-d1 snapshot 1')\n"
		       "1: =2 =0 old\n");

	/* one that git does not have is an error */
	shell("cd r; rm -f .git/objects/$(git rev-parse "
	      "HEAD~2:d1/shop/data/t.sql | sed 's,..,&/,')");
	look_up(&both, &err);
	assert_int_equal(err.code, D1_ERROR);
	assert_non_null(strstr(err.message, "git cat-file does not answer"));
	buf_release(&run.text);
}

/* ---- against a plain model ---- */

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

/* ---- size ---- */

static void asking_needs_no_memory_for_a_table(void **state)
{
	enum { ROWS = 150000, STEP = 3 };
	const struct question one = { .only_old = true };
	FILE *old, *new;
	long before;
	struct err err = ERR_INIT;

	(void)state;
	write_sides(&one, "", "");
	commit("");
	old = fopen("old/data/t.sql", "a");
	new = fopen("new/data/t.sql", "a");
	assert_true(old && new);
	for (int i = 0; i < ROWS; i++) {
		fprintf(old,
			"INSERT INTO \"t\" VALUES(%d,'a longer text',%s);\n", i,
			i % STEP ? "'x'" : "'changed'");
		fprintf(new, "INSERT INTO \"t\" VALUES(%d,'new','x');\n", i);
	}
	fclose(old);
	fclose(new);
	shell("cp old/data/t.sql r/d1/shop/data; cd r;"
	      "sed -i s/changed/x/ d1/shop/data/t.sql; git commit -qam old;"
	      "cp ../new/data/t.sql d1/shop/data; git commit -qam new");
	before = peak_memory();
	look_up(&one, &err);
	assert_string_equal(err.message, "");
	assert_int_equal(run.nkeys, ROWS);
	assert_memory_equal(run.text.data, "0: changed -\n1: =1 -\n2: =1 -\n",
			    29);
	buf_release(&run.text);
	/* three batches of 16 MiB at most, and what SQLite keeps */
	assert_in_range(peak_memory() - before, 0, 48 << 10);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, enter, sandbox_leave)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(rows_are_found_in_their_versions),
		TEST(deleted_rows_have_versions_without_them),
		TEST(contents_that_come_back_are_one_version),
		TEST(one_side_can_be_asked_alone),
		TEST(one_version_takes_the_place_of_history),
		TEST(merges_have_all_lines),
		TEST(a_shallow_clone_says_so),
		TEST(a_partial_clone_fetches),
		TEST(columns_come_and_go),
		TEST(ignored_and_generated_columns_do_not_count),
		TEST(keys_are_found_under_their_collation),
		TEST(masks_are_compared_as_masks),
		TEST(equal_rows_are_counted),
		TEST(rows_with_null_in_the_key_are_counted),
		TEST(a_count_may_come_in_parts),
		TEST(a_broken_version_is_passed_over),
		TEST(random_histories_are_as_the_model_says),
		TEST(asking_needs_no_memory_for_a_table),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
