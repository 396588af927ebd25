/*
 * Which rows of a database are behind a commit, and which somebody changed.
 * The database is the snapshot in the folder old, the commit's is in new.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sandbox.h"

#include "apply/behind.h"
#include "apply/celltext.h"
#include "fixture.h"
#include "model/literal.h"
#include "snapshots.h"

static const char schema[] =
	"CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT, b TEXT);";
static const char header[] = "t (id, a, b) key id";

static struct {
	struct pair_rules rules;
	const char *repository; /* NULL: r */
	bool alone;
	const char *revision; /* NULL: HEAD */
	struct behind_counts counts;
	struct buf text;
} run;

static int enter(void **state)
{
	if (sandbox_enter(state))
		return -1;
	memset(&run, 0, sizeof(run));
	fixture_identity();
	shell("git init -q r");
	return 0;
}

static int tell_row(void *context, const struct behind_row *row,
		    struct err *err)
{
	static const char *const states[] = {
		[BEHIND_PENDING] = "pending",
		[BEHIND_DRIFT] = "drift",
		[BEHIND_TOO_SHORT] = "too short",
		[BEHIND_OWN] = "own",
	};
	static const size_t first[] = { 0 };
	const struct row_change *change = row->change;
	struct celltext cells;

	(void)err;
	assert_ptr_equal(context, &run);
	buf_add_format(&run.text, "%s %s %s%s\n", row->table->name,
		       celltext(&cells, change->new ? change->new : change->old,
				row->table->columns, first, 1),
		       states[row->state], row->commit ? " committed" : "");
	return 0;
}

static int show_change(void *context, const struct row_change *change,
		       struct err *err)
{
	static const char marks[] = { [CHANGE_INSERT] = '+',
				      [CHANGE_DELETE] = '-',
				      [CHANGE_UPDATE] = '~' };
	static const size_t all[] = { 0, 1, 2 };
	const struct row *row = change->new ? change->new : change->old;

	(void)context;
	(void)err;
	buf_add_format(&run.text, "%c ", marks[change->op]);
	row_add_line(&run.text, row, all, row->ncells);
	if (!change->keyed)
		buf_add_format(&run.text, " %d of %d", (int)change->count,
			       (int)change->before);
	buf_add_char(&run.text, '\n');
	return 0;
}

/* Compares the folders, and shows rows, changes and counts. */
static int decide(struct err *err)
{
	struct repository repository = REPOSITORY_INIT;
	struct row_history_place place = { .repository = &repository,
					   .folder = "d1/shop",
					   .alone = run.alone };
	struct comparison comparison = {
		.sources = { open_folder("old"), open_folder("new") },
		.labels = { "shop/remote", "HEAD" },
		.rules = find_rules,
		.context = &run.rules,
		.wanted = want_all,
	};
	struct comparison_result result;
	struct behind_sink sink;
	struct changes *changes;
	char commit[OBJECT_ID_SIZE];

	buf_init(&run.text, 1 << 20);
	buf_add_string(&run.text, "");
	assert_int_equal(changes_open(&changes, err), 0);
	place.commit = commit;
	behind_sink_init(&sink, &place, changes);
	sink.tell = tell_row;
	sink.context = &run;
	if (repository_open(&repository,
			    sandbox_path(run.repository ? run.repository : "r"),
			    err) == 0 &&
	    repository_commit(&repository, commit,
			      run.revision ? run.revision : "HEAD", err) == 0)
		(void)!compare_sources(&comparison, &sink.sink, &result, err);
	for (size_t i = 0; i < changes_tables(changes); i++)
		(void)!changes_each_row(changes, i, show_change, NULL, err);
	run.counts = sink.counts;
	behind_sink_release(&sink);
	changes_close(changes);
	repository_close(&repository);
	source_close(comparison.sources[OLD]);
	source_close(comparison.sources[NEW]);
	return err->code;
}

static void write_side(const char *side, const char *schema_text,
		       const char *header_text, const char *rows)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/schema.sql", side);
	sandbox_write(path, schema_text);
	snprintf(path, sizeof(path), "%s/data/t.sql", side);
	write_data(path, header_text, rows);
}

static void assert_decided(const char *remote, const char *head,
			   const char *expected)
{
	struct err err = ERR_INIT;

	write_side("old", schema, header, remote);
	write_side("new", schema, header, head);
	(void)!decide(&err);
	assert_string_equal(err.message, "");
	assert_string_equal(run.text.data, expected);
	buf_release(&run.text);
}

static void assert_counts(uint64_t pending, uint64_t drift, uint64_t too_short,
			  uint64_t own)
{
	assert_int_equal(run.counts.rows[BEHIND_PENDING], pending);
	assert_int_equal(run.counts.rows[BEHIND_DRIFT], drift);
	assert_int_equal(run.counts.rows[BEHIND_TOO_SHORT], too_short);
	assert_int_equal(run.counts.rows[BEHIND_OWN], own);
}

static const char tip[] = "1,'b','x'\n2,'b','x'\n4,'n','x'";

static void make_history(void)
{
	commit_as(header, "1,'a','x'\n2,'a','x'\n3,'a','x'");
	commit_as(header, tip);
}

static void a_first_deploy_inserts_all(void **state)
{
	(void)state;
	make_history();
	assert_decided("", tip,
		       "t id=1 pending\nt id=2 pending\nt id=4 pending\n"
		       "+ 1,'b','x');\n+ 2,'b','x');\n+ 4,'n','x');\n");
	assert_counts(3, 0, 0, 0);
	assert_decided(tip, tip, "");
	assert_counts(0, 0, 0, 0);
}

static void rows_that_are_behind_are_written(void **state)
{
	(void)state;
	make_history();
	assert_decided("1,'a','x'\n2,'a','x'\n3,'a','x'", tip,
		       "t id=1 pending committed\nt id=2 pending committed\n"
		       "t id=3 pending committed\nt id=4 pending\n"
		       "~ 1,'b','x');\n~ 2,'b','x');\n- 3,'a','x');\n"
		       "+ 4,'n','x');\n");
	assert_counts(4, 0, 0, 0);
}

static void what_somebody_changed_is_told(void **state)
{
	(void)state;
	make_history();
	assert_decided("1,'hand','x'\n2,'a','x'\n3,'hand','x'\n4,'n','x'\n"
		       "8,'own','x'\n9,'own','x'",
		       tip,
		       "t id=1 drift\nt id=2 pending committed\nt id=3 drift\n"
		       "t id=8 own\nt id=9 own\n~ 2,'b','x');\n");
	assert_counts(1, 2, 0, 2);
}

static void a_base_takes_the_place_of_history(void **state)
{
	(void)state;
	make_history();
	run.alone = true;
	run.revision = "HEAD~1";
	/* of the base: 1; gone since: 2; made on both sides: 4 */
	assert_decided("1,'a','x'\n4,'own','x'\n9,'own','x'", tip,
		       "t id=1 pending committed\nt id=2 drift\n"
		       "t id=4 drift\nt id=9 own\n~ 1,'b','x');\n");
	assert_counts(1, 2, 0, 1);
	assert_decided("1,'b','x'\n2,'a','x'", tip,
		       "t id=2 pending committed\nt id=4 pending committed\n"
		       "~ 2,'b','x');\n+ 4,'n','x');\n");
}

static void a_shallow_clone_is_too_short(void **state)
{
	(void)state;
	make_history();
	shell("git clone -q --depth 1 file://$PWD/r shallow");
	run.repository = "shallow";
	assert_decided("1,'a','x'\n3,'a','x'\n9,'own','x'", tip,
		       "t id=1 too short\nt id=2 pending\n"
		       "t id=3 too short\nt id=4 pending\n"
		       "t id=9 too short\n"
		       "+ 2,'b','x');\n+ 4,'n','x');\n");
	assert_counts(2, 0, 3, 0);
}

static void rows_without_a_key_are_counted(void **state)
{
	static const char keyless[] = "CREATE TABLE t(a, b);";
	struct err err = ERR_INIT;

	(void)state;
	commit_as("t (a, b)", "'a',1\n'a',1\n'b',1");
	commit_as("t (a, b)", "'a',1\n'a',1\n'a',1\n'a',1");
	write_side("old", keyless, "t (a, b)",
		   "'a',1\n'a',1\n'b',1\n'c',1\n'c',1");
	write_side("new", keyless, "t (a, b)", "'a',1\n'a',1\n'a',1\n'a',1");
	assert_int_equal(decide(&err), 0);
	assert_string_equal(run.text.data,
			    "t a='a' pending committed\n"
			    "t a='b' pending committed\n"
			    "t a='c' own\n"
			    "+ 'a',1); 2 of 2\n- 'b',1); 1 of 1\n");
	assert_counts(3, 0, 0, 2);
	buf_release(&run.text);

	/* three is a number that no commit had */
	write_side("old", keyless, "t (a, b)", "'a',1\n'a',1\n'a',1");
	assert_int_equal(decide(&err), 0);
	assert_string_equal(run.text.data, "t a='a' drift\n");
	assert_counts(0, 1, 0, 0);
	buf_release(&run.text);
}

/* A column that the database has alone makes several changes of one. */
static void equal_rows_are_one_question(void **state)
{
	static const char keyless[] = "CREATE TABLE t(a, b);";
	static const char wider[] = "CREATE TABLE t(a, b, c);";
	struct err err = ERR_INIT;

	(void)state;
	commit_as("t (a, b)", "1,'a'\n1,'a'");
	commit_as("t (a, b)", "2,'b'");
	write_side("old", wider, "t (a, b, c)",
		   "1,'a',1\n1,'a',2\n5,'e',1\n5,'e',2\n9,'z',1");
	write_side("new", keyless, "t (a, b)", "2,'b'");
	(void)!decide(&err);
	assert_string_equal(err.message, "");
	assert_string_equal(run.text.data,
			    "t a=1 pending committed\nt a=2 pending\n"
			    "t a=5 own\nt a=9 own\n"
			    "- 1,'a'); 2 of 2\n+ 2,'b'); 1 of 0\n");
	assert_counts(3, 0, 0, 3);
	buf_release(&run.text);
}

static void tables_wait_for_their_migration(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	make_history();
	write_side("new", schema, header, tip);
	sandbox_write("old/schema.sql", "");
	shell("rm -rf old/data");
	assert_int_equal(decide(&err), 0);
	assert_string_equal(run.text.data, "");
	assert_counts(0, 0, 0, 0);
	assert_int_equal(run.counts.lacking, 1);
	buf_release(&run.text);
}

static void masks_are_not_written(void **state)
{
	static const char *const masked[] = { "b", NULL };
	struct mask_key key;
	struct err err = ERR_INIT;

	(void)state;
	make_history();
	assert_int_equal(mask_key_set(&key, "a secret of 16 bytes", &err), 0);
	run.rules.mask = masked;
	run.rules.mask_key = &key;
	write_side("old", schema, header, "1,'a','x'");
	write_side("new", schema, header, tip);
	assert_int_equal(decide(&err), D1_ERROR);
	assert_string_equal(err.message,
			    "column 'b' of table 't' is masked: the snapshot "
			    "does not have its values");
	buf_release(&run.text);
	mask_key_release(&key);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, enter, sandbox_leave)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_first_deploy_inserts_all),
		TEST(rows_that_are_behind_are_written),
		TEST(what_somebody_changed_is_told),
		TEST(a_base_takes_the_place_of_history),
		TEST(a_shallow_clone_is_too_short),
		TEST(rows_without_a_key_are_counted),
		TEST(equal_rows_are_one_question),
		TEST(tables_wait_for_their_migration),
		TEST(masks_are_not_written),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
