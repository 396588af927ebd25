/* Streams: files, memory, and what children write. */
#include "config.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include "sandbox.h"

#include "fixture.h"
#include "util/file.h"

enum { MEGABYTE = 1024 * 1024 };

/* Starts a shell script. */
static int open_script(struct stream **stream, const char *script,
		       struct err *err)
{
	const char *const argv[] = { "sh", "-c", script, NULL };
	const struct child child = { .argv = argv };

	return stream_open_child(stream, &child, err);
}

/* All that the script writes; *err tells how it ended. */
static void run_script(struct buf *text, const char *script, struct err *err)
{
	struct stream *stream = NULL;

	buf_init(text, 1 << 20);
	buf_add_string(text, "");
	err_clear(err);
	if (open_script(&stream, script, err) < 0)
		fail_msg("%s", err->message);
	(void)!read_stream(text, stream, err);
}

static void files_and_memory_are_read(void **state)
{
	struct stream *stream = NULL;
	struct err err = ERR_INIT;
	struct buf text;
	int fd;

	(void)state;
	sandbox_write("file", "some text\n");
	buf_init(&text, 1000);
	assert_int_equal(stream_open_file(&stream, "file", 0, &err), 0);
	assert_int_equal(read_stream(&text, stream, &err), 0);
	assert_int_equal(stream_open_bytes(&stream, "a\0b", 3, &err), 0);
	assert_int_equal(read_stream(&text, stream, &err), 0);
	assert_int_equal(file_open(&fd, "file", 0, &err), 0);
	assert_int_equal(lseek(fd, 5, SEEK_SET), 5);
	assert_int_equal(stream_take_fd(&stream, fd, "file", &err), 0);
	assert_int_equal(read_stream(&text, stream, &err), 0);
	assert_int_equal(text.len, 18);
	assert_memory_equal(text.data, "some text\na\0btext\n", 18);
	buf_release(&text);
	assert_int_equal(stream_open_file(&stream, "gone", 0, &err),
			 D1_ENOTFOUND);
	assert_string_equal(err.message, "'gone' does not exist");
}

static void a_child_is_read_while_it_runs(void **state)
{
	struct stream *stream = NULL;
	struct err err = ERR_INIT;
	char piece[100];
	size_t got;

	(void)state;
	shell("mkfifo go");
	assert_int_equal(open_script(&stream, "echo first; read x <go; echo $x",
				     &err),
			 0);
	assert_int_equal(stream_read(stream, piece, sizeof(piece), &got, &err),
			 0);
	assert_int_equal(got, 6);
	assert_memory_equal(piece, "first\n", 6);
	shell("echo second >go");
	assert_int_equal(stream_read(stream, piece, sizeof(piece), &got, &err),
			 0);
	assert_int_equal(got, 7);
	assert_memory_equal(piece, "second\n", 7);
	assert_int_equal(stream_read(stream, piece, sizeof(piece), &got, &err),
			 0);
	assert_int_equal(got, 0);
	assert_int_equal(stream_read(stream, piece, sizeof(piece), &got, &err),
			 0);
	assert_int_equal(got, 0);
	stream_close(stream);
}

static void a_child_has_no_input(void **state)
{
	struct err err = ERR_INIT;
	struct buf text;

	(void)state;
	run_script(&text, "cat; echo end", &err);
	assert_int_equal(err.code, 0);
	assert_string_equal(text.data, "end\n");
	buf_release(&text);
}

static void a_failed_child_is_an_error_with_its_words(void **state)
{
	struct err err = ERR_INIT;
	struct buf text;

	(void)state;
	run_script(&text, "echo out; echo why >&2; echo so >&2; exit 3", &err);
	assert_int_equal(err.code, D1_ERROR);
	assert_string_equal(err.message, "sh: why\nso");
	assert_string_equal(text.data, "out\n");
	buf_release(&text);
	run_script(&text, "exit 3", &err);
	assert_string_equal(err.message, "'sh' ended with status 3");
	buf_release(&text);
	run_script(&text, "kill -9 $$", &err);
	assert_string_equal(err.message, "'sh' was ended by signal 9");
	buf_release(&text);
	run_script(&text, "echo warning >&2", &err);
	assert_int_equal(err.code, 0);
	buf_release(&text);
	run_script(&text, "exec >&-; sleep 0.05; echo late >&2; exit 1", &err);
	assert_string_equal(err.message, "sh: late");
	buf_release(&text);
}

static void long_complaints_block_nobody(void **state)
{
	struct err err = ERR_INIT;
	struct buf text;

	(void)state;
	run_script(&text,
		   "head -c 1000000 /dev/zero | tr '\\0' x >&2; echo out;"
		   "exec >&-; head -c 1000000 /dev/zero | tr '\\0' y >&2;"
		   "exit 1",
		   &err);
	assert_int_equal(err.code, D1_ERROR);
	assert_memory_equal(err.message, "sh: xxxxxxxx", 12);
	assert_string_equal(text.data, "out\n");
	buf_release(&text);
}

static void what_a_child_leaves_behind_is_not_waited_for(void **state)
{
	struct timespec before, after;
	struct err err = ERR_INIT;
	struct buf text;

	(void)state;
	clock_gettime(CLOCK_MONOTONIC, &before);
	run_script(&text,
		   "sh -c 'echo $$ >pid; exec sleep 600' >/dev/null &"
		   "while ! test -s pid; do sleep 0.01; done; echo done",
		   &err);
	clock_gettime(CLOCK_MONOTONIC, &after);
	shell("kill $(cat pid)");
	assert_int_equal(err.code, 0);
	assert_string_equal(text.data, "done\n");
	assert_in_range(after.tv_sec - before.tv_sec, 0, 300);
	buf_release(&text);
}

static void closing_ends_the_child(void **state)
{
	struct stream *stream = NULL;
	struct err err = ERR_INIT;
	char piece[100], script[200];
	size_t got;

	(void)state;
	assert_int_equal(open_script(&stream, "echo $$; exec sleep 600", &err),
			 0);
	assert_int_equal(stream_read(stream, piece, sizeof(piece), &got, &err),
			 0);
	piece[got - 1] = '\0';
	stream_close(stream);
	snprintf(script, sizeof(script), "! kill -0 %s 2>/dev/null", piece);
	shell(script);

	/* one that does not want to */
	assert_int_equal(open_script(&stream,
				     "trap '' TERM; while :; do echo x; done",
				     &err),
			 0);
	assert_int_equal(stream_read(stream, piece, sizeof(piece), &got, &err),
			 0);
	stream_close(stream);
}

static void what_cannot_run_is_an_error(void **state)
{
	const char *const argv[] = { "no-such-program", NULL };
	const char *const shell_argv[] = { "sh", "-c", "pwd", NULL };
	struct child child = { .argv = argv };
	struct stream *stream = NULL;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(stream_open_child(&stream, &child, &err),
			 D1_ENOTFOUND);
	child.argv = shell_argv;
	child.dir = "nowhere";
	err_clear(&err);
	assert_int_equal(stream_open_child(&stream, &child, &err), D1_ERROR);
}

static void memory_stays_flat(void **state)
{
	static char piece[65536];
	struct stream *stream = NULL;
	struct err err = ERR_INIT;
	size_t got, total = 0;
	long before;

	(void)state;
	assert_int_equal(open_script(&stream, "head -c 104857600 /dev/zero",
				     &err),
			 0);
	before = peak_memory();
	do {
		assert_int_equal(stream_read(stream, piece, sizeof(piece), &got,
					     &err),
				 0);
		total += got;
	} while (got);
	stream_close(stream);
	assert_int_equal(total, 100 * MEGABYTE);
	assert_in_range(peak_memory() - before, 0, 1024);
}

int main(void)
{
#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, sandbox_enter, sandbox_leave)
	const struct CMUnitTest tests[] = {
		TEST(files_and_memory_are_read),
		TEST(a_child_is_read_while_it_runs),
		TEST(a_child_has_no_input),
		TEST(a_failed_child_is_an_error_with_its_words),
		TEST(long_complaints_block_nobody),
		TEST(what_a_child_leaves_behind_is_not_waited_for),
		TEST(closing_ends_the_child),
		TEST(what_cannot_run_is_an_error),
		TEST(memory_stays_flat),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
