/* Many blobs from one git. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sandbox.h"

#include "fixture.h"
#include "git/batch.h"
#include "git/tree.h"

static struct repository repository;
static struct blob_batch *batch;

static int enter(void **state)
{
	struct err err = ERR_INIT;

	if (sandbox_enter(state))
		return -1;
	fixture_identity();
	shell("git init -q r; cd r; printf one >a; : >empty; "
	      "printf 'x\\0y\\n' >nul; yes 'a long line' | head -c 5000000 >big;"
	      "git add .; git commit -q -m files");
	if (repository_open(&repository, sandbox_path("r"), &err) < 0 ||
	    blob_batch_open(&batch, &repository, &err) < 0)
		fail_msg("%s", err.message);
	return 0;
}

static int leave(void **state)
{
	blob_batch_close(batch);
	repository_close(&repository);
	return sandbox_leave(state);
}

static void find(char id[OBJECT_ID_SIZE], const char *path)
{
	char head[OBJECT_ID_SIZE];
	struct err err = ERR_INIT;

	assert_int_equal(repository_commit(&repository, head, "HEAD", &err), 0);
	assert_int_equal(commit_path_id(&repository, id, head, path, &err), 0);
}

static struct stream *start(const char *path)
{
	char id[OBJECT_ID_SIZE];
	struct stream *stream = NULL;
	struct err err = ERR_INIT;

	find(id, path);
	if (blob_batch_read(&stream, batch, id, &err) < 0)
		fail_msg("%s", err.message);
	return stream;
}

/* Reads at most `most` bytes, `piece` at a time, and closes the stream. */
static size_t read_some(char *data, struct stream *stream, size_t most,
			size_t piece)
{
	struct err err = ERR_INIT;
	size_t total = 0, got = 1;

	while (total < most && got > 0) {
		size_t size = most - total < piece ? most - total : piece;

		assert_int_equal(stream_read(stream, data + total, size, &got,
					     &err),
				 0);
		total += got;
	}
	stream_close(stream);
	return total;
}

static void blobs_come_one_after_another(void **state)
{
	static char data[6000000];

	(void)state;
	assert_int_equal(read_some(data, start("a"), 100, 100), 3);
	assert_memory_equal(data, "one", 3);
	assert_int_equal(read_some(data, start("empty"), 100, 100), 0);
	assert_int_equal(read_some(data, start("nul"), 100, 1), 4);
	assert_memory_equal(data, "x\0y\n", 4);
	assert_int_equal(read_some(data, start("big"), sizeof(data), 100000),
			 5000000);
	assert_memory_equal(data, "a long line\na long", 18);
	assert_int_equal(read_some(data, start("a"), 100, 100), 3);
}

static void what_is_not_read_is_passed_over(void **state)
{
	char data[100];

	(void)state;
	assert_int_equal(read_some(data, start("big"), 3, 3), 3);
	stream_close(start("big"));
	assert_int_equal(read_some(data, start("a"), 2, 2), 2);
	assert_int_equal(read_some(data, start("nul"), 100, 100), 4);
	assert_memory_equal(data, "x\0y\n", 4);
}

static void what_is_missing_ends_it(void **state)
{
	static const char missing[] =
		"0123456789012345678901234567890123456789";
	char id[OBJECT_ID_SIZE];
	struct stream *stream;
	struct err err = ERR_INIT;

	(void)state;
	assert_true(blob_batch_is_usable(batch));
	assert_int_equal(blob_batch_read(&stream, batch, missing, &err),
			 D1_ERROR);
	assert_false(blob_batch_is_usable(batch));
	err_clear(&err);
	find(id, "a");
	assert_int_equal(blob_batch_read(&stream, batch, id, &err), D1_ERROR);
}

static void what_is_no_blob_is_passed_over(void **state)
{
	char id[OBJECT_ID_SIZE], data[100];
	struct stream *stream;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(repository_commit(&repository, id, "HEAD", &err), 0);
	assert_int_equal(blob_batch_read(&stream, batch, id, &err), D1_ERROR);
	assert_string_equal(err.message,
			    "a commit stands where a file should be");
	assert_true(blob_batch_is_usable(batch));
	assert_int_equal(read_some(data, start("nul"), 100, 100), 4);
	assert_memory_equal(data, "x\0y\n", 4);
}

static void a_git_that_ends_is_an_error(void **state)
{
	char id[OBJECT_ID_SIZE];
	struct stream *stream;
	struct err err = ERR_INIT;

	(void)state;
	blob_batch_close(batch);
	batch = NULL;
	find(id, "a");
	shell("mkdir bin; printf '#!/bin/sh\\nexit 1\\n' >bin/git; "
	      "chmod +x bin/git");
	setenv("PATH", sandbox_path("bin"), 1);
	assert_int_equal(blob_batch_open(&batch, &repository, &err), 0);
	usleep(100000); /* so that nobody reads the question */
	assert_int_equal(blob_batch_read(&stream, batch, id, &err), D1_ERROR);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, enter, leave)
	const struct CMUnitTest tests[] = {
		TEST(blobs_come_one_after_another),
		TEST(what_is_not_read_is_passed_over),
		TEST(what_is_missing_ends_it),
		TEST(what_is_no_blob_is_passed_over),
		TEST(a_git_that_ends_is_an_error),
	};
#undef TEST

	return cmocka_run_group_tests(tests, NULL, NULL);
}
