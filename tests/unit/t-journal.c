/* The journal: entries are whole, private, and found again. */
#include "config.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "sandbox.h"

#include "apply/journal.h"
#include "fixture.h"
#include "util/compiler.h"

static const char target[] = "remote 11111111-2222-4333-8444-555555555555";

static struct journal *open_journal(void)
{
	struct journal *journal = NULL;
	struct err err = ERR_INIT;

	assert_int_equal(journal_open(&journal, "state/d1/journal", &err), 0);
	return journal;
}

static void keep(struct journal *journal, const char *of, const char *patch,
		 char id[JOURNAL_ID_SIZE])
{
	const struct journal_note note = { .command = "git d1 apply x.patch",
					   .target = of,
					   .name = "shop/remote",
					   .plan = "0123",
					   .bookmark = "00000001-2" };
	struct err err = ERR_INIT;
	FILE *file;

	if (journal_begin(journal, &note, &file, &err) < 0)
		fail_msg("%s", err.message);
	fputs(patch, file);
	if (journal_keep(journal, id, &err) < 0)
		fail_msg("%s", err.message);
}

static void an_entry_is_found_again(void **state)
{
	struct journal *journal = open_journal();
	struct journal_entries entries;
	struct err err = ERR_INIT;
	struct stream *stream = NULL;
	struct buf text;
	char id[JOURNAL_ID_SIZE];

	(void)state;
	keep(journal, target, "diff --d1 shop/lines\n", id);
	journal_close(journal);
	journal = open_journal();
	assert_int_equal(journal_list(journal, target, &entries, &err), 0);
	assert_int_equal(entries.count, 1);
	assert_string_equal(entries.items[0].id, id);
	assert_int_equal(entries.items[0].state, JOURNAL_PENDING);
	assert_in_range(entries.items[0].time, time(NULL) - 60, time(NULL));
	assert_string_equal(entries.items[0].note.command,
			    "git d1 apply x.patch");
	assert_string_equal(entries.items[0].note.name, "shop/remote");
	assert_string_equal(entries.items[0].note.plan, "0123");
	assert_string_equal(entries.items[0].note.bookmark, "00000001-2");
	assert_int_equal(journal_read(journal, entries.items, &stream, &err),
			 0);
	buf_init(&text, 4096);
	assert_int_equal(read_stream(&text, stream, &err), 0);
	assert_non_null(strstr(text.data, "\n\ndiff --d1 shop/lines\n"));
	buf_release(&text);
	journal_entries_release(&entries);
	journal_close(journal);
}

/* It would be another line of the head, or the end of it. */
static void a_line_break_is_refused(void **state)
{
	const struct journal_note notes[] = {
		{ .command = "git d1 push", .target = "file /a\nUndoes: b" },
		{ .command = "git d1 push", .target = target, .name = "\n" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(notes); i++) {
		struct journal *journal = open_journal();
		struct journal_entries entries;
		struct err err = ERR_INIT;
		FILE *file;

		assert_int_equal(journal_begin(journal, &notes[i], &file, &err),
				 D1_EREFUSED);
		assert_non_null(strstr(err.message, "it has a line break"));
		assert_null(file);
		journal_close(journal);
		err_clear(&err);
		journal = open_journal();
		assert_int_equal(journal_list(journal, NULL, &entries, &err),
				 0);
		assert_int_equal(entries.count, 0);
		journal_entries_release(&entries);
		journal_close(journal);
		assert_int_equal(rmdir("state/d1/journal"), 0);
	}
}

/* Whoever can take it on leaves it again. */
static bool is_free(const char *id)
{
	struct journal *journal = open_journal();
	bool taken = journal_take_on(journal, id);

	journal_close(journal);
	return taken;
}

static void a_write_is_under_way_while_its_journal_is_open(void **state)
{
	struct journal *journal = open_journal();
	char first[JOURNAL_ID_SIZE], second[JOURNAL_ID_SIZE];

	(void)state;
	keep(journal, target, "", first);
	assert_false(is_free(first));
	keep(journal, target, "", second);
	assert_true(is_free(first));
	assert_false(is_free(second));
	journal_close(journal);
	assert_true(is_free(second));
	assert_false(is_free("20261121T093005Z-00000001"));
}

static void one_alone_says_what_became_of_a_write(void **state)
{
	struct journal *journal = open_journal();
	char first[JOURNAL_ID_SIZE], second[JOURNAL_ID_SIZE];
	struct err err = ERR_INIT;

	(void)state;
	keep(journal, target, "", first);
	keep(journal, target, "", second);
	journal_close(journal);
	journal = open_journal();
	assert_true(journal_take_on(journal, first));
	assert_false(is_free(first));
	assert_true(journal_take_on(journal, second));
	assert_true(is_free(first));
	assert_int_equal(journal_resolve(journal, second, JOURNAL_DONE, &err),
			 0);
	assert_false(is_free(second));
	assert_true(journal_take_on(journal, first));
	journal_leave(journal);
	assert_true(is_free(first));
	journal_close(journal);
}

/* As those do that run at the same time. */
static void an_entry_may_change_while_it_is_looked_for(void **state)
{
	struct journal *journal = open_journal();
	struct journal_entries entries;
	struct err err = ERR_INIT;
	struct stream *stream = NULL;
	char id[JOURNAL_ID_SIZE], pending[128], done[128];
	pid_t self = getpid(), other;

	(void)state;
	keep(journal, target, "", id);
	assert_int_equal(journal_list(journal, target, &entries, &err), 0);
	assert_int_equal(entries.count, 1);
	assert_int_equal(journal_resolve(journal, id, JOURNAL_DONE, &err), 0);
	assert_int_equal(journal_read(journal, entries.items, &stream, &err),
			 0);
	stream_close(stream);
	assert_int_equal(journal_forget(journal, id, &err), 0);
	assert_int_equal(journal_read(journal, entries.items, &stream, &err),
			 D1_ENOTFOUND);
	err_clear(&err);
	journal_entries_release(&entries);

	keep(journal, target, "", id);
	snprintf(pending, sizeof(pending), "state/d1/journal/%s.pending", id);
	snprintf(done, sizeof(done), "state/d1/journal/%s.done", id);
	/* a folder that is read meanwhile may show both */
	assert_int_equal(link(pending, done), 0);
	assert_int_equal(journal_list(journal, target, &entries, &err), 0);
	assert_int_equal(entries.count, 1);
	assert_int_equal(entries.items[0].state, JOURNAL_DONE);
	journal_entries_release(&entries);
	assert_int_equal(unlink(done), 0);

	other = fork();
	if (other == 0) {
		while (getppid() == self && rename(pending, done) == 0 &&
		       rename(done, "away") == 0)
			(void)!rename("away", pending);
		_exit(0);
	}
	for (int i = 0; i < 2000; i++) {
		if (journal_list(journal, NULL, &entries, &err) < 0)
			print_error("%s\n", err.message);
		assert_int_equal(err.code, 0);
		assert_in_range(entries.count, 0, 1);
		journal_entries_release(&entries);
	}
	kill(other, SIGKILL);
	waitpid(other, NULL, 0);
	journal_close(journal);
}

static void only_its_owner_may_read_it(void **state)
{
	struct journal *journal = open_journal();
	char id[JOURNAL_ID_SIZE], path[128];
	struct stat info;

	(void)state;
	umask(0);
	keep(journal, target, "", id);
	snprintf(path, sizeof(path), "state/d1/journal/%s.pending", id);
	assert_int_equal(stat(path, &info), 0);
	assert_int_equal(info.st_mode & 07777, 0600);
	assert_int_equal(stat("state/d1/journal", &info), 0);
	assert_int_equal(info.st_mode & 07777, 0700);
	journal_close(journal);
}

static void expect_state(struct journal *journal, size_t count,
			 enum journal_state expected)
{
	struct journal_entries entries;
	struct err err = ERR_INIT;

	assert_int_equal(journal_list(journal, NULL, &entries, &err), 0);
	assert_int_equal(entries.count, count);
	if (count > 0)
		assert_int_equal(entries.items[0].state, expected);
	journal_entries_release(&entries);
}

static void its_state_changes(void **state)
{
	struct journal *journal = open_journal();
	struct err err = ERR_INIT;
	char id[JOURNAL_ID_SIZE];

	(void)state;
	expect_state(journal, 0, JOURNAL_PENDING);
	keep(journal, target, "", id);
	assert_int_equal(journal_resolve(journal, id, JOURNAL_DONE, &err), 0);
	expect_state(journal, 1, JOURNAL_DONE);
	assert_int_equal(journal_resolve(journal, id, JOURNAL_DONE, &err), 0);
	assert_int_equal(journal_resolve(journal, id, JOURNAL_UNDONE, &err), 0);
	expect_state(journal, 1, JOURNAL_UNDONE);
	assert_int_equal(journal_forget(journal, id, &err), 0);
	expect_state(journal, 0, JOURNAL_PENDING);
	assert_int_equal(journal_resolve(journal, id, JOURNAL_DONE, &err),
			 D1_ENOTFOUND);
	journal_close(journal);
}

/* The only entry. */
static struct journal_note read_note(struct journal *journal,
				     struct journal_entries *entries)
{
	struct err err = ERR_INIT;

	assert_int_equal(journal_list(journal, NULL, entries, &err), 0);
	assert_int_equal(entries->count, 1);
	return entries->items[0].note;
}

static void parts_are_noted_in_place(void **state)
{
	const struct journal_note note = { .target = target, .in_parts = true };
	struct journal *journal = open_journal();
	struct journal_entries entries;
	struct journal_note read;
	struct err err = ERR_INIT;
	struct stream *stream;
	struct buf text;
	char id[JOURNAL_ID_SIZE];
	FILE *file;

	(void)state;
	assert_int_equal(journal_begin(journal, &note, &file, &err), 0);
	fputs("diff --d1 t\n", file);
	assert_int_equal(journal_keep(journal, id, &err), 0);
	read = read_note(journal, &entries);
	assert_true(read.in_parts && read.parts == 0 && read.all_parts == 0);
	journal_entries_release(&entries);
	assert_int_equal(journal_note_parts(journal, 7, 4000000000, &err), 0);
	read = read_note(journal, &entries);
	assert_true(read.in_parts && read.parts == 7);
	assert_true(read.all_parts == 4000000000);
	assert_int_equal(journal_read(journal, entries.items, &stream, &err),
			 0);
	buf_init(&text, 4096);
	assert_int_equal(read_stream(&text, stream, &err), 0);
	assert_non_null(strstr(text.data, "\nParts: 0000000007 of 4000000000\n"
					  "\ndiff --d1 t\n"));
	buf_release(&text);
	journal_entries_release(&entries);
	journal_close(journal);
}

static void begin_copy(struct journal *journal, char **path)
{
	const struct journal_note note = { .target = target,
					   .way_back = JOURNAL_COPY };
	struct err err = ERR_INIT;
	FILE *file;

	assert_int_equal(journal_begin(journal, &note, &file, &err), 0);
	assert_int_equal(journal_begin_copy(journal, path, &err), 0);
}

static void a_copy_goes_with_its_entry(void **state)
{
	struct journal *journal = open_journal();
	struct journal_entries entries;
	struct err err = ERR_INIT;
	struct stat info;
	char id[JOURNAL_ID_SIZE];
	char *path, *found;

	(void)state;
	umask(0);
	begin_copy(journal, &path);
	assert_int_equal(stat(path, &info), 0);
	assert_int_equal(info.st_mode & 07777, 0600);
	assert_int_equal(journal_keep(journal, id, &err), 0);
	assert_int_equal(read_note(journal, &entries).way_back, JOURNAL_COPY);
	journal_entries_release(&entries);
	assert_int_equal(journal_copy_path(journal, id, &found, &err), 0);
	assert_string_equal(found, path);
	free(found);
	assert_int_equal(journal_forget(journal, id, &err), 0);
	assert_int_equal(access(path, F_OK), -1);
	free(path);
	begin_copy(journal, &path);
	journal_close(journal);
	assert_int_equal(access(path, F_OK), -1);
	free(path);
	assert_int_equal(rmdir("state/d1/journal"), 0);
}

static void what_was_not_kept_is_no_entry(void **state)
{
	const struct journal_note note = { .target = target };
	struct journal *journal = open_journal();
	struct err err = ERR_INIT;
	FILE *file;

	(void)state;
	assert_int_equal(journal_begin(journal, &note, &file, &err), 0);
	fputs("half", file);
	fflush(file);
	expect_state(journal, 0, JOURNAL_PENDING);
	journal_close(journal);
	assert_int_equal(rmdir("state/d1/journal"), 0);
}

static void others_are_passed_over(void **state)
{
	struct journal *journal = open_journal();
	struct journal_entries entries;
	struct err err = ERR_INIT;
	char ids[2][JOURNAL_ID_SIZE];

	(void)state;
	keep(journal, "file /a", "", ids[0]);
	keep(journal, target, "", ids[1]);
	sandbox_write("state/d1/journal/README", "");
	sandbox_write("state/d1/journal/20261121T093005Z-8f3a61c2.other", "");
	sandbox_write("state/d1/journal/20261121T093005Z-8f3a61c2", "");
	sandbox_write("state/d1/journal/x0261121T093005Z-8f3a61c2.done", "");
	assert_int_equal(journal_list(journal, target, &entries, &err), 0);
	assert_int_equal(entries.count, 1);
	assert_string_equal(entries.items[0].id, ids[1]);
	journal_entries_release(&entries);
	journal_close(journal);
}

/* Keeps an entry that takes back another, and says that it is done. */
static void undo(struct journal *journal, const char *undone,
		 char id[JOURNAL_ID_SIZE])
{
	const struct journal_note note = { .target = target, .undoes = undone };
	struct err err = ERR_INIT;
	FILE *file;

	if (journal_begin(journal, &note, &file, &err) < 0 ||
	    journal_keep(journal, id, &err) < 0 ||
	    journal_resolve(journal, id, JOURNAL_DONE, &err) < 0)
		fail_msg("%s", err.message);
}

/* `expected` has a letter for each entry, oldest first. */
static void expect_states(struct journal *journal, const char *expected)
{
	struct journal_entries entries;
	struct err err = ERR_INIT;
	char states[16] = "";

	assert_int_equal(journal_list(journal, NULL, &entries, &err), 0);
	assert_in_range(entries.count, 0, sizeof(states) - 1);
	for (size_t i = 0; i < entries.count; i++)
		states[i] = "pdu"[entries.items[i].state];
	assert_string_equal(states, expected);
	journal_entries_release(&entries);
}

static void what_is_undone_is_done_again(void **state)
{
	struct journal *journal = open_journal();
	struct err err = ERR_INIT;
	char ids[4][JOURNAL_ID_SIZE];

	(void)state;
	undo(journal, NULL, ids[0]);
	undo(journal, ids[0], ids[1]);
	expect_states(journal, "ud");
	undo(journal, ids[1], ids[2]);
	expect_states(journal, "dud");
	undo(journal, ids[2], ids[3]);
	expect_states(journal, "udud");
	assert_int_equal(journal_resolve(journal, ids[3], JOURNAL_UNDONE, &err),
			 0);
	expect_states(journal, "dudu");
	/* one between was forgotten */
	assert_int_equal(journal_forget(journal, ids[1], &err), 0);
	assert_int_equal(journal_resolve(journal, ids[3], JOURNAL_DONE, &err),
			 0);
	expect_states(journal, "dud");
	journal_close(journal);
}

static void a_part_of_an_undo_undoes_nothing(void **state)
{
	struct journal *journal = open_journal();
	struct journal_note note = { .target = target, .in_parts = true };
	struct err err = ERR_INIT;
	char undone[JOURNAL_ID_SIZE], id[JOURNAL_ID_SIZE];
	FILE *file;

	(void)state;
	undo(journal, NULL, undone);
	note.undoes = undone;
	assert_int_equal(journal_begin(journal, &note, &file, &err), 0);
	assert_int_equal(journal_keep(journal, id, &err), 0);
	assert_int_equal(journal_note_parts(journal, 1, 2, &err), 0);
	assert_int_equal(journal_resolve(journal, id, JOURNAL_DONE, &err), 0);
	expect_states(journal, "dd");
	assert_int_equal(journal_begin(journal, &note, &file, &err), 0);
	assert_int_equal(journal_keep(journal, id, &err), 0);
	assert_int_equal(journal_note_parts(journal, 2, 2, &err), 0);
	assert_int_equal(journal_resolve(journal, id, JOURNAL_DONE, &err), 0);
	expect_states(journal, "udd");
	journal_close(journal);
}

static void what_files_say_of_undoing_ends(void **state)
{
	struct journal *journal = open_journal();
	struct err err = ERR_INIT;
	char id[JOURNAL_ID_SIZE];

	(void)state;
	undo(journal, NULL, id);
	journal_close(journal);
	sandbox_write("state/d1/journal/20260101T000000Z-00000001.pending",
		      "D1-Journal: 1\n"
		      "Undoes: 20260101T000000Z-00000001\n\n");
	sandbox_write("state/d1/journal/20260101T000000Z-00000002.pending",
		      "D1-Journal: 1\nUndoes: ../../../../00000000000\n\n");
	sandbox_write("state/d1/journal/20260101T000000Z-00000003.pending",
		      "D1-Journal: 1\n"
		      "Undoes: 20270101T000000Z-00000003\n\n");
	journal = open_journal();
	assert_int_equal(journal_resolve(journal, "20260101T000000Z-00000001",
					 JOURNAL_DONE, &err),
			 0);
	assert_int_equal(journal_resolve(journal, "20260101T000000Z-00000002",
					 JOURNAL_DONE, &err),
			 0);
	assert_int_equal(journal_resolve(journal, "20260101T000000Z-00000003",
					 JOURNAL_UNDONE, &err),
			 0);
	expect_states(journal, "ddud");
	journal_close(journal);
}

static void entries_of_one_second_are_in_order(void **state)
{
	struct journal *journal = open_journal();
	char ids[20][JOURNAL_ID_SIZE];

	(void)state;
	for (int i = 0; i < 20; i++) {
		undo(journal, NULL, ids[i]);
		if (i > 0)
			assert_true(strcmp(ids[i - 1], ids[i]) < 0);
	}
	journal_close(journal);
}

/* However long the write took, and however short entries are kept. */
static void what_was_just_written_is_not_forgotten(void **state)
{
	struct journal *journal = open_journal();
	struct err err = ERR_INIT;
	char ids[2][JOURNAL_ID_SIZE];

	(void)state;
	for (int i = 0; i < 2; i++) {
		keep(journal, target, "", ids[i]);
		assert_int_equal(journal_resolve(journal, ids[i], JOURNAL_DONE,
						 &err),
				 0);
	}
	assert_int_equal(journal_prune(journal, INT64_MAX, &err), 0);
	expect_states(journal, "d");
	journal_close(journal);
}

static void old_entries_are_forgotten(void **state)
{
	struct journal *journal = open_journal();
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(journal_prune(journal, 0, &err), 0);
	keep(journal, target, "", (char[JOURNAL_ID_SIZE]){ "" });
#define OLD "state/d1/journal/20260101T000000Z-0000000"
	sandbox_write(OLD "1.pending", "D1-Journal: 1\n\n");
	sandbox_write(OLD "2.done", "D1-Journal: 1\n\n");
	sandbox_write(OLD "3.undone", "D1-Journal: 1\n\n");
	sandbox_write(OLD "4.tmp", "D1-Journal: 1\n\n");
	sandbox_write(OLD "5.tmp.other", "");
	sandbox_write(OLD "1.copy", "");
	sandbox_write(OLD "2.copy", "");
	sandbox_write(OLD "6.copy", "");
	sandbox_write("state/d1/journal/a.tmp", "");
	/* 2026-01-01 00:00:00 is not before itself */
	assert_int_equal(journal_prune(journal, 1767225600, &err), 0);
	expect_states(journal, "pdup");
	assert_int_equal(access(OLD "4.tmp", F_OK), 0);
	assert_int_equal(access(OLD "2.copy", F_OK), 0);
	assert_int_equal(journal_prune(journal, 1767225601, &err), 0);
	expect_states(journal, "pp");
	assert_int_equal(access(OLD "4.tmp", F_OK), -1);
	assert_int_equal(access(OLD "5.tmp.other", F_OK), 0);
	/* that of an entry that is pending stays */
	assert_int_equal(access(OLD "1.copy", F_OK), 0);
	assert_int_equal(access(OLD "2.copy", F_OK), -1);
	assert_int_equal(access(OLD "6.copy", F_OK), -1);
	assert_int_equal(access("state/d1/journal/a.tmp", F_OK), 0);
#undef OLD
	journal_close(journal);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(an_entry_is_found_again,
						sandbox_enter, sandbox_leave),
		cmocka_unit_test_setup_teardown(a_line_break_is_refused,
						sandbox_enter, sandbox_leave),
		cmocka_unit_test_setup_teardown(
			a_write_is_under_way_while_its_journal_is_open,
			sandbox_enter, sandbox_leave),
		cmocka_unit_test_setup_teardown(
			one_alone_says_what_became_of_a_write, sandbox_enter,
			sandbox_leave),
		cmocka_unit_test_setup_teardown(
			an_entry_may_change_while_it_is_looked_for,
			sandbox_enter, sandbox_leave),
		cmocka_unit_test_setup_teardown(only_its_owner_may_read_it,
						sandbox_enter, sandbox_leave),
		cmocka_unit_test_setup_teardown(its_state_changes,
						sandbox_enter, sandbox_leave),
		cmocka_unit_test_setup_teardown(parts_are_noted_in_place,
						sandbox_enter, sandbox_leave),
		cmocka_unit_test_setup_teardown(a_copy_goes_with_its_entry,
						sandbox_enter, sandbox_leave),
		cmocka_unit_test_setup_teardown(what_was_not_kept_is_no_entry,
						sandbox_enter, sandbox_leave),
		cmocka_unit_test_setup_teardown(others_are_passed_over,
						sandbox_enter, sandbox_leave),
		cmocka_unit_test_setup_teardown(what_is_undone_is_done_again,
						sandbox_enter, sandbox_leave),
		cmocka_unit_test_setup_teardown(
			a_part_of_an_undo_undoes_nothing, sandbox_enter,
			sandbox_leave),
		cmocka_unit_test_setup_teardown(what_files_say_of_undoing_ends,
						sandbox_enter, sandbox_leave),
		cmocka_unit_test_setup_teardown(
			entries_of_one_second_are_in_order, sandbox_enter,
			sandbox_leave),
		cmocka_unit_test_setup_teardown(
			what_was_just_written_is_not_forgotten, sandbox_enter,
			sandbox_leave),
		cmocka_unit_test_setup_teardown(old_entries_are_forgotten,
						sandbox_enter, sandbox_leave),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
