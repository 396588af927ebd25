/* Files of a snapshot that wait as links: no change of them goes unseen. */
#include "config.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "sandbox.h"
#include "util/directory.h"
#include "workspace/recordlinks.h"

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT, 0666);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(close(fd), 0);
}

/* A snapshot that was written just now. */
static void write_snapshot(void)
{
	assert_int_equal(mkdir("shop", 0777), 0);
	assert_int_equal(mkdir("shop/data", 0777), 0);
	write_file("shop/schema.sql", "CREATE TABLE t(a);\n");
	write_file("shop/data/t.sql", "INSERT INTO t VALUES(1);\n");
}

static void remove_folder(const char *path)
{
	assert_int_equal(nftw(path, sandbox_unlink, 8, FTW_DEPTH | FTW_PHYS),
			 0);
}

/* Links it to made/shop; returns whether that could be. */
static bool make_links(void)
{
	struct filetree *files = NULL;
	struct err err = ERR_INIT;
	bool done = false;

	assert_int_equal(directory_open(&files, "shop", &err), 0);
	assert_int_equal(recordlinks_make(&done, "made", "made/shop", "shop",
					  files, &err),
			 0);
	filetree_close(files);
	return done;
}

static bool is_same(void)
{
	struct err err = ERR_INIT;
	bool same = false;

	assert_int_equal(recordlinks_check(&same, "made", "shop", &err), 0);
	return same;
}

static void what_stays_is_the_same(void **state)
{
	(void)state;
	write_snapshot();
	assert_true(make_links());
	assert_true(is_same());
}

static void a_change_at_once_is_seen(void **state)
{
	(void)state;
	for (int i = 0; i < 20; i++) {
		write_snapshot();
		assert_true(make_links());
		write_file("shop/data/t.sql", "INSERT INTO t VALUES(2);\n");
		assert_false(is_same());
		remove_folder("shop");
		remove_folder("made");
	}
}

static void a_time_to_come_is_not_waited_for(void **state)
{
	const struct timespec times[] = { { .tv_nsec = UTIME_NOW },
					  { .tv_sec = 1L << 32 } };

	(void)state;
	write_snapshot();
	assert_int_equal(utimensat(AT_FDCWD, "shop/data/t.sql", times, 0), 0);
	assert_false(make_links());
}

int main(void)
{
#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, sandbox_enter, sandbox_leave)
	const struct CMUnitTest tests[] = {
		TEST(what_stays_is_the_same),
		TEST(a_change_at_once_is_seen),
		TEST(a_time_to_come_is_not_waited_for),
	};
#undef TEST

	return cmocka_run_group_tests(tests, NULL, NULL);
}
