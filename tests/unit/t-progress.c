/* The line that says how far work is, on a file in place of a terminal. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "util/process.h"
#include "util/progress.h"

static char written[65536];
static int kept_stderr;

/* Sends standard error into a file. */
static int catch_stderr(void **state)
{
	FILE *file = tmpfile();

	*state = file;
	kept_stderr = dup(STDERR_FILENO);
	return !file || dup2(fileno(file), STDERR_FILENO) < 0;
}

static int give_back(void **state)
{
	progress_start(PROGRESS_NEVER);
	dup2(kept_stderr, STDERR_FILENO);
	close(kept_stderr);
	unsetenv("COLUMNS");
	return fclose(*state);
}

/* What was written to it so far. */
static const char *output(void **state)
{
	ssize_t size = pread(fileno(*state), written, sizeof(written) - 1, 0);

	written[size > 0 ? size : 0] = '\0';
	return written;
}

/* How many lines there were; each draw begins and ends with CR. */
static int draws(const char *text)
{
	int count = 0;

	for (; *text; text++)
		count += *text == '\r';
	return count / 2;
}

/* The last row comes after that time, however busy the machine is. */
static void work_for(int64_t milliseconds)
{
	int64_t end = process_clock() + milliseconds;
	bool over = false;

	while (!over) {
		over = process_clock() >= end;
		progress_row();
	}
}

static void work_until_drawn(void **state, int count)
{
	while (draws(output(state)) < count)
		progress_row();
}

static void nothing_in_the_first_second(void **state)
{
	int64_t start = process_clock();

	progress_start(PROGRESS_ALWAYS);
	progress_begin("reading", NULL, 0);
	work_until_drawn(state, 1);
	assert_true(process_clock() - start >= 1000);
	progress_end();
}

static void ten_times_a_second_at_most(void **state)
{
	int64_t start = process_clock();

	progress_start(PROGRESS_ALWAYS);
	progress_begin("reading", NULL, 0);
	work_until_drawn(state, 10);
	assert_true(process_clock() - start >= 1000 + 9 * 100);
	progress_end();
	/* and one more, which takes the line away */
	assert_int_equal(draws(output(state)), 11);
}

static void what_was_not_shown_is_not_taken_away(void **state)
{
	progress_start(PROGRESS_ALWAYS);
	progress_begin("reading", NULL, 0);
	progress_end();
	assert_string_equal(output(state), "");
}

static void a_second_of_many_short_stages(void **state)
{
	progress_start(PROGRESS_ALWAYS);
	for (int i = 0; i < 6; i++) {
		progress_begin("writing", NULL, 0);
		work_for(250);
		progress_end();
	}
	assert_non_null(strstr(output(state), "\rwriting "));
}

static void the_outermost_stage_is_shown(void **state)
{
	progress_start(PROGRESS_ALWAYS);
	progress_begin("comparing", "tables", 4);
	progress_step();
	progress_begin("waiting", NULL, 0);
	progress_step();
	work_for(1300);
	progress_end();
	assert_non_null(
		strstr(output(state),
		       "\rcomparing [#####...............] 1/4 tables, "));
	assert_null(strstr(written, "waiting"));
	assert_int_not_equal(written[strlen(written) - 2], ' ');
	progress_end();
	/* blanks over all of it */
	assert_int_equal(output(state)[strlen(written) - 2], ' ');
}

static void a_narrow_terminal_gets_less(void **state)
{
	setenv("COLUMNS", "20", 1);
	progress_start(PROGRESS_ALWAYS);
	progress_begin("comparing", "tables", 4);
	work_for(1200);
	progress_end();
	assert_non_null(strstr(output(state), "\rcomparing 0/4 table\r"));
}

static void what_else_is_printed_comes_first(void **state)
{
	size_t size;

	progress_start(PROGRESS_ALWAYS);
	progress_begin("reading", NULL, 0);
	work_for(1200);
	size = strlen(output(state));
	progress_clear();
	assert_int_equal(output(state)[size], '\r');
	assert_int_equal(strspn(written + size + 1, " "),
			 strlen(written) - size - 2);
	progress_clear();
	assert_int_equal(draws(output(state)), draws(written));
	progress_end();
}

static void no_terminal_no_line(void **state)
{
	progress_start(PROGRESS_AUTO);
	progress_begin("reading", NULL, 0);
	work_for(1300);
	progress_end();
	assert_string_equal(output(state), "");
}

static void quiet_is_less_than_always(void **state)
{
	progress_start(PROGRESS_ALWAYS);
	progress_quiet();
	progress_begin("reading", NULL, 0);
	work_for(1300);
	progress_end();
	assert_string_not_equal(output(state), "");
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, catch_stderr, give_back)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nothing_in_the_first_second),
		TEST(ten_times_a_second_at_most),
		TEST(what_was_not_shown_is_not_taken_away),
		TEST(a_second_of_many_short_stages),
		TEST(the_outermost_stage_is_shown),
		TEST(a_narrow_terminal_gets_less),
		TEST(what_else_is_printed_comes_first),
		TEST(no_terminal_no_line),
		TEST(quiet_is_less_than_always),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
