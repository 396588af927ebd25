/* Folders as trees of files, to read and to write. */
#include "config.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "sandbox.h"

#include "fixture.h"
#include "util/file.h"
#include "util/filesink.h"

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

/* ---- writing ---- */

static struct filesink *open_sink(const char *path, bool dry)
{
	struct filesink *sink = NULL;
	struct err err = ERR_INIT;

	if (directory_sink_open(&sink, sandbox_path(path), dry, &err) < 0)
		fail_msg("%s", err.message);
	return sink;
}

/* Writes a file in pieces of `piece` bytes. */
static void put_bytes(struct filesink *sink, const char *path, const char *data,
		      size_t size, size_t piece, enum file_news expected)
{
	struct err err = ERR_INIT;
	enum file_news news = FILE_GONE;

	(void)!filesink_begin(sink, path, &err);
	while (!err.code && size) {
		size_t part = size < piece ? size : piece;

		(void)!filesink_write(sink, data, part, &err);
		data += part;
		size -= part;
	}
	if (!err.code)
		(void)!filesink_end(sink, &news, &err);
	if (err.code)
		fail_msg("%s", err.message);
	assert_int_equal(news, expected);
}

static void put(struct filesink *sink, const char *path, const char *text,
		enum file_news expected)
{
	put_bytes(sink, path, text, strlen(text), 3, expected);
}

static void publish(struct filesink *sink)
{
	struct err err = ERR_INIT;

	if (filesink_publish(sink, &err) < 0)
		fail_msg("%s", err.message);
	filesink_close(sink);
}

/* The file has these bytes. */
static void assert_file(const char *path, const char *data, size_t size)
{
	struct err err = ERR_INIT;
	struct buf text;

	buf_init(&text, 10 << 20);
	if (file_read(&text, sandbox_path(path), 0, &err) < 0)
		fail_msg("%s", err.message);
	assert_int_equal(text.len, size);
	if (size)
		assert_memory_equal(text.data, data, size);
	buf_release(&text);
}

/* Everything in the sandbox but what the fixture made, one path a line. */
#define assert_paths(expected) \
	do { \
		shell("find . -mindepth 1 -path ./paths -prune -o -print | " \
		      "sort >paths"); \
		assert_file("paths", expected, strlen(expected)); \
	} while (0)

static void what_is_new_appears_when_it_is_published(void **state)
{
	struct filesink *sink;
	struct stat info;

	(void)state;
	umask(027);
	sink = open_sink("a/b/d1/", false);
	assert_paths("");
	put(sink, "schema.sql", "schema\n", FILE_NEW);
	put(sink, "data/t.sql", "rows\n", FILE_NEW);
	put(sink, "data/empty", "", FILE_NEW);
	put(sink, "x/y/z", "deep\n", FILE_NEW);
	assert_int_not_equal(access(sandbox_path("a/b/d1/schema.sql"), F_OK),
			     0);
	publish(sink);
	assert_paths("./a\n./a/b\n./a/b/d1\n./a/b/d1/data\n"
		     "./a/b/d1/data/empty\n./a/b/d1/data/t.sql\n"
		     "./a/b/d1/schema.sql\n./a/b/d1/x\n./a/b/d1/x/y\n"
		     "./a/b/d1/x/y/z\n");
	assert_file("a/b/d1/schema.sql", "schema\n", 7);
	assert_file("a/b/d1/data/t.sql", "rows\n", 5);
	assert_file("a/b/d1/data/empty", "", 0);
	assert_file("a/b/d1/x/y/z", "deep\n", 5);
	assert_int_equal(stat(sandbox_path("a/b/d1/x/y/z"), &info), 0);
	assert_int_equal(info.st_mode & 0777, 0640);
	umask(022);
}

static void what_is_not_published_leaves_nothing_behind(void **state)
{
	struct filesink *sink;
	struct err err = ERR_INIT;

	(void)state;
	shell("mkdir -p a/data; echo old >a/data/t.sql; echo gone >a/gone");
	sink = open_sink("a", false);
	put(sink, "data/t.sql", "new\n", FILE_CHANGED);
	put(sink, "more/x/y", "new\n", FILE_NEW);
	assert_int_equal(filesink_remove(sink, "gone", &err), 0);
	assert_int_equal(filesink_begin(sink, "half", &err), 0);
	assert_int_equal(filesink_write(sink, "h", 1, &err), 0);
	filesink_close(sink);
	assert_paths("./a\n./a/data\n./a/data/t.sql\n./a/gone\n");
	assert_file("a/data/t.sql", "old\n", 4);
	sink = open_sink("b/c", false);
	put(sink, "t", "new\n", FILE_NEW);
	filesink_close(sink);
	assert_paths("./a\n./a/data\n./a/data/t.sql\n./a/gone\n");
}

static void an_unfinished_file_is_not_published(void **state)
{
	struct filesink *sink;
	struct err err = ERR_INIT;

	(void)state;
	shell("mkdir a; echo old >a/half; ln -s x a/link");
	sink = open_sink("a", false);
	put(sink, "whole", "new\n", FILE_NEW);
	assert_int_equal(filesink_begin(sink, "half", &err), 0);
	assert_int_equal(filesink_write(sink, "h", 1, &err), 0);
	assert_int_equal(filesink_publish(sink, &err), D1_ERROR);
	filesink_close(sink);
	sink = open_sink("a", false);
	err_clear(&err);
	assert_int_equal(filesink_begin(sink, "link", &err), D1_EREFUSED);
	put(sink, "whole", "new\n", FILE_NEW);
	err_clear(&err);
	assert_int_equal(filesink_publish(sink, &err), D1_ERROR);
	filesink_close(sink);
	assert_paths("./a\n./a/half\n./a/link\n");
	assert_file("a/half", "old\n", 4);
}

static void what_is_equal_is_not_touched(void **state)
{
	struct filesink *sink;
	struct stat before, after;

	(void)state;
	shell("mkdir a; echo same >a/same; : >a/empty; echo old >a/changed;"
	      "chmod 600 a/changed; touch -d 2001-02-03 a/same a/empty");
	assert_int_equal(stat(sandbox_path("a/same"), &before), 0);
	sink = open_sink("a", false);
	put(sink, "same", "same\n", FILE_SAME);
	put(sink, "empty", "", FILE_SAME);
	shell("test $(ls -A a | wc -l) = 3");
	put(sink, "changed", "new\n", FILE_CHANGED);
	publish(sink);
	assert_int_equal(stat(sandbox_path("a/same"), &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
	assert_int_equal(before.st_mtime, after.st_mtime);
	assert_int_equal(before.st_ctim.tv_nsec, after.st_ctim.tv_nsec);
	assert_file("a/changed", "new\n", 4);
	assert_int_equal(stat(sandbox_path("a/changed"), &after), 0);
	assert_int_equal(after.st_mode & 0777, 0600);
	assert_paths("./a\n./a/changed\n./a/empty\n./a/same\n");
}

static void every_difference_is_seen(void **state)
{
	static const size_t sizes[] = { 0,     1,      65535,  65536,
					65537, 131072, 200000, 200001 };
	static const size_t pieces[] = { 1, 1000, 65536, 1000000 };
	char *old = malloc(300000), *new = malloc(300000);

	(void)state;
	for (size_t i = 0; i < 300000; i++)
		old[i] = (char)(i * 7 + i / 1000);
	for (size_t i = 0; i < ARRAY_SIZE(sizes) * ARRAY_SIZE(sizes); i++) {
		size_t was = sizes[i / ARRAY_SIZE(sizes)];
		size_t is = sizes[i % ARRAY_SIZE(sizes)];
		size_t piece = pieces[i % ARRAY_SIZE(pieces)];
		struct filesink *sink = open_sink("a", false);

		put_bytes(sink, "x", old, was, 65536,
			  i ? FILE_CHANGED : FILE_NEW);
		publish(sink);
		sink = open_sink("a", false);
		put_bytes(sink, "x", old, is, piece,
			  was == is ? FILE_SAME : FILE_CHANGED);
		publish(sink);
		assert_file("a/x", old, is);
		memcpy(new, old, 300000);
		if (is)
			new[is - 1 - is / 3] ^= 1;
		sink = open_sink("a", false);
		put_bytes(sink, "x", new, is, piece,
			  is ? FILE_CHANGED : FILE_SAME);
		publish(sink);
		assert_file("a/x", new, is);
		sink = open_sink("a", false);
		put_bytes(sink, "x", "another", 7, 7, FILE_CHANGED);
		publish(sink);
	}
	free(old);
	free(new);
}

static void removed_files_are_gone_afterwards(void **state)
{
	struct filesink *sink;
	struct err err = ERR_INIT;

	(void)state;
	shell("mkdir -p a/data; echo 1 >a/data/t; echo 2 >a/keep; ln -s t a/l");
	sink = open_sink("a", false);
	assert_int_equal(filesink_remove(sink, "data/t", &err), 0);
	assert_int_equal(filesink_remove(sink, "absent", &err), 0);
	assert_int_equal(filesink_remove(sink, "absent/too", &err), 0);
	assert_int_equal(filesink_remove(sink, "l", &err), D1_EREFUSED);
	err_clear(&err);
	assert_int_equal(filesink_remove(sink, "data", &err), D1_ERROR);
	err_clear(&err);
	assert_int_equal(filesink_remove(sink, "../a/keep", &err), D1_EREFUSED);
	assert_file("a/data/t", "1\n", 2);
	publish(sink);
	assert_paths("./a\n./a/data\n./a/keep\n./a/l\n");
}

static void a_dry_run_tells_and_writes_nothing(void **state)
{
	struct filesink *sink;
	struct err err = ERR_INIT;

	(void)state;
	shell("mkdir a; echo same >a/same; echo old >a/old; chmod 500 a");
	sink = open_sink("a", true);
	put(sink, "same", "same\n", FILE_SAME);
	put(sink, "old", "new\n", FILE_CHANGED);
	put(sink, "new/x", "new\n", FILE_NEW);
	assert_int_equal(filesink_remove(sink, "same", &err), 0);
	shell("test $(find a | wc -l) = 3");
	publish(sink);
	sink = open_sink("b", true);
	put(sink, "x", "new\n", FILE_NEW);
	publish(sink);
	shell("chmod 700 a");
	assert_paths("./a\n./a/old\n./a/same\n");
	assert_file("a/old", "old\n", 4);
}

static void links_are_not_written_through(void **state)
{
	struct filesink *sink;
	struct err err = ERR_INIT;

	(void)state;
	shell("mkdir -p a real; echo 1 >real/x; ln -s ../real a/folder;"
	      "ln -s ../real/x a/file; mkfifo a/fifo; ln -s a top;"
	      "mkdir a/sub; echo file >a/plain");
	sink = open_sink("a", false);
#define REFUSED(path, expected) \
	err_clear(&err); \
	assert_int_equal(filesink_begin(sink, path, &err), expected)
	REFUSED("file", D1_EREFUSED);
	REFUSED("folder/x", D1_EREFUSED);
	REFUSED("folder/new", D1_EREFUSED);
	REFUSED("../real/x", D1_EREFUSED);
	REFUSED("sub//x", D1_EREFUSED);
	REFUSED("fifo", D1_ERROR);
	REFUSED("sub", D1_ERROR);
	REFUSED("plain/x", D1_ENOTFOUND);
	filesink_close(sink);
	err_clear(&err);
	assert_int_equal(directory_sink_open(&sink, sandbox_path("top/"), false,
					     &err),
			 D1_EREFUSED);

	/* a link that comes between writing and publishing */
	sink = open_sink("a", false);
	put(sink, "sub/x", "new\n", FILE_NEW);
	put(sink, "y", "new\n", FILE_NEW);
	shell("ln -s ../real/x a/y");
	err_clear(&err);
	assert_int_equal(filesink_publish(sink, &err), D1_EREFUSED);
	filesink_close(sink);
	assert_paths("./a\n./a/fifo\n./a/file\n./a/folder\n./a/plain\n"
		     "./a/sub\n./a/y\n./real\n./real/x\n./top\n");
	assert_file("real/x", "1\n", 2);
}

static void a_full_disk_is_an_error(void **state)
{
	const struct rlimit small = { .rlim_cur = 100000,
				      .rlim_max = RLIM_INFINITY };
	const struct rlimit none = { .rlim_cur = RLIM_INFINITY,
				     .rlim_max = RLIM_INFINITY };
	static char data[200000];
	enum file_news news;
	struct filesink *sink;
	struct err err = ERR_INIT;

	(void)state;
	sink = open_sink("a", false);
	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &small);
	assert_int_equal(filesink_begin(sink, "x", &err), 0);
	if (!filesink_write(sink, data, sizeof(data), &err))
		(void)!filesink_end(sink, &news, &err);
	setrlimit(RLIMIT_FSIZE, &none);
	assert_int_equal(err.code, D1_ERROR);
	assert_non_null(strstr(err.message, "/a/x': File too large"));
	filesink_close(sink);
	assert_paths("");
}

/* Dies in the middle of writing, with a lock on the folder. */
static void write_and_die(void)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		put(open_sink("a", false), "data/x", "new\n", FILE_NEW);
		kill(getpid(), SIGKILL);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
}

static void what_a_killed_run_left_is_removed(void **state)
{
	struct filesink *busy, *later;

	(void)state;
	/* what only looks like a temporary file is not touched */
	shell("mkdir -p a/data a/.git a/data/deep; cd a;"
	      "for file in .git-d1-0123456789abcdef data/.git-d1-12"
	      " data/git-d1-0123456789abcdef data/.git-d1-0123456789ABCDEF"
	      " data/deep/.git-d1-0123456789abcdef"
	      " .git/.git-d1-0123456789abcdef; do : >$file; done;"
	      "ln -s data .git-d1-fedcba9876543210");
	write_and_die();
	shell("ls -A a/data | grep -c '^\\.git-d1-................$' >count");
	assert_file("count", "2\n", 2);

	/* a dry run writes nothing, not this either */
	filesink_close(open_sink("a", true));
	shell("ls -A a/data | grep -c '^\\.git-d1-................$' >count");
	assert_file("count", "2\n", 2);

	filesink_close(open_sink("a", false));
	shell("rm count");
	assert_paths("./a\n./a/.git\n./a/.git-d1-fedcba9876543210\n"
		     "./a/.git/.git-d1-0123456789abcdef\n./a/data\n"
		     "./a/data/.git-d1-0123456789ABCDEF\n"
		     "./a/data/.git-d1-12\n./a/data/deep\n"
		     "./a/data/deep/.git-d1-0123456789abcdef\n"
		     "./a/data/git-d1-0123456789abcdef\n");

	/* another run at work keeps its own, however many come and go */
	shell("rm -r a; mkdir a");
	busy = open_sink("a", false);
	put(busy, "data/x", "busy\n", FILE_NEW);
	later = open_sink("a", false);
	filesink_close(open_sink("a", false));
	put(later, "y", "later\n", FILE_NEW);
	publish(busy);
	filesink_close(open_sink("a", false));
	publish(later);
	assert_file("a/data/x", "busy\n", 5);
	assert_file("a/y", "later\n", 6);
	assert_paths("./a\n./a/data\n./a/data/x\n./a/y\n");
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
		TEST(what_is_new_appears_when_it_is_published),
		TEST(what_is_not_published_leaves_nothing_behind),
		TEST(an_unfinished_file_is_not_published),
		TEST(what_is_equal_is_not_touched),
		TEST(every_difference_is_seen),
		TEST(removed_files_are_gone_afterwards),
		TEST(a_dry_run_tells_and_writes_nothing),
		TEST(links_are_not_written_through),
		TEST(what_a_killed_run_left_is_removed),
		TEST(a_full_disk_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
