/* Folders as trees of files. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sandbox.h"

#include "fixture.h"

static struct filetree *open_folder(const char *path)
{
	struct filetree *tree = NULL;
	struct err err = ERR_INIT;

	if (directory_open(&tree, sandbox_path(path), &err) < 0)
		fail_msg("%s", err.message);
	return tree;
}

static void files_and_folders_are_listed_in_byte_order(void **state)
{
	struct filetree *tree;

	(void)state;
	shell("mkdir -p d/a d/empty; echo 1 >d/a/x; echo 2 >d/a.sql;"
	      "echo 3 >d/a-b; echo 4 >d/Z; ln -s a d/link; mkfifo d/fifo;"
	      "printf 5 >'d/\303\244'");
	tree = open_folder("d");
	assert_listing(tree, "",
		       "Z? a/? a-b? a.sql? empty/? fifo@? link@? \303\244? ");
	assert_listing(tree, "a", "x? ");
	assert_listing(tree, "",
		       "Z? a/? a-b? a.sql? empty/? fifo@? link@? "
		       "\303\244? ");
	assert_listing(tree, "empty", "");
	assert_listing(tree, "absent", "");
	assert_listing(tree, "absent/too", "");
	assert_listing(tree, "Z", "");
	assert_contents(tree, "a/x", "1\n");
	assert_contents(tree, "a.sql", "2\n");
	filetree_close(tree);
}

static void nothing_but_files_is_opened(void **state)
{
	struct filetree *tree;

	(void)state;
	shell("mkdir -p d/a; mkfifo d/fifo; echo 1 >d/file");
	tree = open_folder("d");
	char *actual = contents(tree, "a");
	assert_non_null(strstr(actual, "-1: "));
	assert_non_null(strstr(actual, "/d/a' is not a regular file"));
	free(actual);
	actual = contents(tree, "fifo");
	assert_non_null(strstr(actual, "/d/fifo' is not a regular file"));
	free(actual);
	actual = contents(tree, "gone");
	assert_non_null(strstr(actual, "-8: "));
	assert_non_null(strstr(actual, "/d/gone' does not exist"));
	free(actual);
	actual = contents(tree, "file/below");
	assert_non_null(strstr(actual, "-8: "));
	free(actual);
	filetree_close(tree);
}

static void no_path_leads_out(void **state)
{
	static const char *const paths[] = {
		"../secret", "/etc/passwd", "a/../../secret",
		"a//x",	     "./a/x",	    "a/",
		""
	};
	struct filetree *tree;

	(void)state;
	shell("mkdir -p d/a; echo 1 >d/a/x; echo secret >secret");
	tree = open_folder("d");
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		char expected[200];

		snprintf(expected, sizeof(expected),
			 "-4: '%s' is not a path inside a snapshot", paths[i]);
		assert_contents(tree, paths[i], expected);
		if (*paths[i])
			assert_listing(tree, paths[i], expected);
	}
	filetree_close(tree);
}

static void links_are_not_followed(void **state)
{
	struct filetree *tree;
	struct err err = ERR_INIT;
	char expected[5000];

	(void)state;
	shell("mkdir -p d/a real; echo 1 >real/x; ln -s ../real d/folder;"
	      "ln -s ../real/x d/file; ln -s nowhere d/broken; ln -s d top");
	tree = open_folder("d");
	snprintf(expected, sizeof(expected), "-4: '%s' is a symbolic link",
		 sandbox_path("d/folder"));
	assert_contents(tree, "folder/x", expected);
	assert_listing(tree, "folder", expected);
	snprintf(expected, sizeof(expected), "-4: '%s' is a symbolic link",
		 sandbox_path("d/file"));
	assert_contents(tree, "file", expected);
	snprintf(expected, sizeof(expected), "-4: '%s' is a symbolic link",
		 sandbox_path("d/broken"));
	assert_contents(tree, "broken", expected);
	filetree_close(tree);
	assert_int_equal(directory_open(&tree, sandbox_path("top"), &err),
			 D1_EREFUSED);
	err_clear(&err);
	assert_int_equal(directory_open(&tree, sandbox_path("top/"), &err),
			 D1_EREFUSED);
	err_clear(&err);
	assert_int_equal(directory_open(&tree, sandbox_path("gone"), &err),
			 D1_ENOTFOUND);
	err_clear(&err);
	assert_int_equal(directory_open(&tree, sandbox_path("real/x"), &err),
			 D1_ENOTFOUND);
}

int main(void)
{
#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, sandbox_enter, sandbox_leave)
	const struct CMUnitTest tests[] = {
		TEST(files_and_folders_are_listed_in_byte_order),
		TEST(nothing_but_files_is_opened),
		TEST(no_path_leads_out),
		TEST(links_are_not_followed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
