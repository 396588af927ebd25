/* Repositories, and the files of commits and of the index. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sandbox.h"

#include "fixture.h"
#include "git/tree.h"

enum { MEGABYTE = 1024 * 1024, MAX_GROWTH = 32 * 1024 /* KiB */ };

static int enter(void **state)
{
	if (sandbox_enter(state))
		return -1;
	fixture_identity();
	return 0;
}

/* Opens the repository around a directory of the sandbox. */
static void open_at(struct repository *repository, const char *path)
{
	struct err err = ERR_INIT;

	if (repository_open(repository, sandbox_path(path), &err) < 0)
		fail_msg("%s", err.message);
}

/* The files below the folder in the commit that the revision names. */
static struct filetree *open_commit(const struct repository *repository,
				    const char *revision, const char *folder)
{
	char id[OBJECT_ID_SIZE];
	struct filetree *tree = NULL;
	struct err err = ERR_INIT;

	if (repository_commit(repository, id, revision, &err) < 0 ||
	    commit_tree_open(&tree, repository, id, folder, &err) < 0)
		fail_msg("%s", err.message);
	return tree;
}

static struct filetree *open_index(const struct repository *repository,
				   const char *folder)
{
	struct filetree *tree = NULL;
	struct err err = ERR_INIT;

	if (index_tree_open(&tree, repository, folder, &err) < 0)
		fail_msg("%s", err.message);
	return tree;
}

/* A repository with two commits, and one more file that is only staged. */
static void make_shop(void)
{
	shell("git init -q r; cd r; mkdir -p d1/shop/data;"
	      "echo schema >d1/shop/schema.sql;"
	      "echo one >d1/shop/data/a.sql; echo one >d1/shop/data/b.sql;"
	      "echo x >d1/shop/data-2; chmod +x d1/shop/data-2;"
	      "ln -s schema.sql d1/shop/link; ln -s data d1/shop/folder;"
	      "ln -s d1 top; echo file >README;"
	      "mkdir d1/shop/sub; git add .; git update-index --add --cacheinfo "
	      "160000,1234567890123456789012345678901234567890,d1/shop/sub;"
	      "git commit -qm first; git tag -m t v1;"
	      "echo two >d1/shop/data/a.sql; git add d1; git commit -qm second;"
	      "echo new >d1/shop/data/new.sql; git add d1;"
	      "echo dirty >d1/shop/data/b.sql; echo >d1/shop/data/untracked");
}

/* What is to be seen in each copy of make_shop()'s repository. */
static void check_shop(const struct repository *repository)
{
	struct filetree *tree = open_commit(repository, "HEAD", "d1/shop");

	assert_listing(tree, "",
		       "data/ data-2 folder@? link@? schema.sql sub@? ");
	assert_listing(tree, "data", "a.sql b.sql ");
	assert_listing(tree, "nothing", "");
	assert_listing(tree, "data/a.sql", "");
	assert_contents(tree, "data/a.sql", "two\n");
	assert_contents(tree, "data/b.sql", "one\n");
	assert_contents(tree, "data-2", "x\n");
	filetree_close(tree);
	tree = open_commit(repository, "v1", "d1/shop");
	assert_contents(tree, "data/a.sql", "one\n");
	filetree_close(tree);
	tree = open_commit(repository, "HEAD", "");
	assert_listing(tree, "", "README d1/ top@? ");
	assert_contents(tree, "d1/shop/data/a.sql", "two\n");
	filetree_close(tree);
	tree = open_commit(repository, "HEAD", "d1/absent");
	assert_listing(tree, "", "");
	filetree_close(tree);
}

static void a_commit_shows_its_files(void **state)
{
	struct repository repository;

	(void)state;
	make_shop();
	open_at(&repository, "r/d1");
	assert_string_equal(repository.worktree, sandbox_path("r"));
	assert_string_equal(repository.git_dir, sandbox_path("r/.git"));
	assert_string_equal(repository.common_dir, sandbox_path("r/.git"));
	check_shop(&repository);
	shell("cd r; git gc -q");
	check_shop(&repository);
	repository_close(&repository);
	open_at(&repository, "r");
	check_shop(&repository);
	repository_close(&repository);
}

static void what_is_no_file_is_refused(void **state)
{
	char id[OBJECT_ID_SIZE], expected[200];
	struct repository repository;
	struct filetree *tree;
	struct err err = ERR_INIT;

	(void)state;
	make_shop();
	open_at(&repository, "r");
	assert_int_equal(repository_commit(&repository, id, "HEAD", &err), 0);
	tree = open_commit(&repository, "HEAD", "d1/shop");
	snprintf(expected, sizeof(expected),
		 "-4: '%.10s:d1/shop/link' is a symbolic link", id);
	assert_contents(tree, "link", expected);
	snprintf(expected, sizeof(expected),
		 "-4: '%.10s:d1/shop/folder' is a symbolic link", id);
	assert_contents(tree, "folder/a.sql", expected);
	assert_listing(tree, "folder", expected);
	snprintf(expected, sizeof(expected),
		 "-1: '%.10s:d1/shop/data' is not a regular file", id);
	assert_contents(tree, "data", expected);
	snprintf(expected, sizeof(expected),
		 "-1: '%.10s:d1/shop/sub' is not a regular file", id);
	assert_contents(tree, "sub", expected);
	snprintf(expected, sizeof(expected),
		 "-8: '%.10s:d1/shop/data/c.sql' does not exist", id);
	assert_contents(tree, "data/c.sql", expected);
	assert_contents(tree, "../shop/schema.sql",
			"-4: '../shop/schema.sql' is not a path inside a "
			"snapshot");
	filetree_close(tree);
	assert_int_equal(commit_tree_open(&tree, &repository, id, "top", &err),
			 D1_EREFUSED);
	err_clear(&err);
	assert_int_equal(commit_tree_open(&tree, &repository, id, "../r", &err),
			 D1_EREFUSED);
	err_clear(&err);
	assert_int_equal(commit_tree_open(&tree, &repository, "123", "", &err),
			 D1_ERROR);
	repository_close(&repository);
}

static int take_id(void *context, const struct filetree_entry *entry,
		   struct err *err)
{
	char *ids = context;

	(void)err;
	strcat(ids, entry->id);
	strcat(ids, "\n");
	return 0;
}

static void ids_tell_what_is_equal(void **state)
{
	char ids[200] = "", id[OBJECT_ID_SIZE], other[OBJECT_ID_SIZE],
	     head[OBJECT_ID_SIZE], first[OBJECT_ID_SIZE];
	struct repository repository;
	struct filetree *tree;
	struct err err = ERR_INIT;

	(void)state;
	make_shop();
	open_at(&repository, "r");
	tree = open_commit(&repository, "v1", "d1/shop/data");
	assert_int_equal(filetree_list(tree, "", take_id, ids, &err), 0);
	assert_string_equal(ids, "5626abf0f72e58d7a153368ba57db4c673c0e171\n"
				 "5626abf0f72e58d7a153368ba57db4c673c0e171\n");
	filetree_close(tree);

	assert_int_equal(repository_commit(&repository, head, "@", &err), 0);
	assert_int_equal(repository_commit(&repository, first, "v1", &err), 0);
#define ID_OF(id, commit, path) \
	assert_int_equal(commit_path_id(&repository, id, commit, path, &err), 0)
	ID_OF(id, head, "d1/shop/data/b.sql");
	assert_string_equal(id, "5626abf0f72e58d7a153368ba57db4c673c0e171");
	ID_OF(id, head, "d1/shop/data/a.sql");
	assert_string_equal(id, "f719efd430d52bcfc8566a43b2eb655688d38871");
	ID_OF(id, head, "README");
	ID_OF(other, first, "README");
	assert_string_equal(id, other);
	ID_OF(id, head, "d1/shop");
	ID_OF(other, first, "d1/shop");
	assert_string_not_equal(id, other);
	ID_OF(id, head, "");
	ID_OF(other, first, "");
	assert_string_not_equal(id, other);
	ID_OF(id, head, "d1/none/at/all");
	assert_string_equal(id, "");
	ID_OF(id, head, "top/shop");
	assert_string_equal(id, "");
	ID_OF(id, head, "top");
	assert_string_equal(id, "");
	assert_int_equal(commit_path_id(&repository, id, head, "../x", &err),
			 D1_EREFUSED);
	repository_close(&repository);
}

static void revisions_are_read_as_git_does(void **state)
{
	static const char *const revisions[] = {
		"HEAD",		"@",	   "main",	    "refs/heads/main",
		"v1^{}",	"HEAD~1",  "HEAD^",	    "v1",
		"refs/tags/v1", ":/first", "HEAD^{/first}", "main@{0}",
		"main@{1}",	"v1^0",	   "v1^{commit}",   "HEAD@{now}"
	};
	static const char *const absent[] = {
		"nothing",
		"HEAD~7",
		"HEAD:README",
		"./README",
		"README",
		"-x",
		"main..v1",
		"",
		"HEAD^9",
		"@{99}x",
		"1234567890123456789012345678901234567890",
	};
	struct repository repository;
	struct err err = ERR_INIT;

	(void)state;
	make_shop();
	open_at(&repository, "r");
	for (size_t i = 0; i < ARRAY_SIZE(revisions); i++) {
		char id[OBJECT_ID_SIZE], script[400];

		if (repository_commit(&repository, id, revisions[i], &err) < 0)
			fail_msg("%s", err.message);
		snprintf(script, sizeof(script),
			 "cd r; test %s = $(git rev-list -1 '%s')", id,
			 revisions[i]);
		shell(script);
	}
	for (size_t i = 0; i < ARRAY_SIZE(absent); i++) {
		char id[OBJECT_ID_SIZE], expected[200];

		err_clear(&err);
		if (repository_commit(&repository, id, absent[i], &err) !=
		    D1_ENOTFOUND)
			fail_msg("'%s' is '%s' %s", absent[i], id, err.message);
		snprintf(expected, sizeof(expected), "'%s' names no commit",
			 absent[i]);
		assert_string_equal(err.message, expected);
	}
	/* blobs whose ids begin alike */
	shell("cd r; mkdir n; for i in $(seq 1 2000); do echo $i >n/$i; done;"
	      "git hash-object -w n/* >ids; cut -c1-4 ids | sort | uniq -d | "
	      "head -1 >twice; test -s twice");
	FILE *file = fopen(sandbox_path("r/twice"), "r");
	char twice[5] = "", expected[100], id[OBJECT_ID_SIZE];
	assert_int_equal(fscanf(file, "%4s", twice), 1);
	fclose(file);
	err_clear(&err);
	assert_int_equal(repository_commit(&repository, id, twice, &err),
			 D1_ERROR);
	snprintf(expected, sizeof(expected),
		 "'%s' names no commit: short object ID %s is ambiguous", twice,
		 twice);
	assert_string_equal(err.message, expected);
	repository_close(&repository);

	shell("git init -q unborn");
	open_at(&repository, "unborn");
	err_clear(&err);
	assert_int_equal(repository_commit(&repository, id, "HEAD", &err),
			 D1_ENOTFOUND);
	assert_string_equal(err.message, "'HEAD' names no commit: this branch "
					 "has none yet");
	repository_close(&repository);
}

/* ---- large files ---- */

/* The byte at a place; files of different sizes have nothing in common. */
static unsigned char pattern(size_t place, size_t size)
{
	return (unsigned char)(place + place / 256 * (size % 251));
}

/* Reads `path`, which must hold `size` bytes of the pattern. */
static void check_pattern(struct filetree *tree, const char *path, size_t size)
{
	static unsigned char piece[65536];
	struct stream *stream = NULL;
	struct err err = ERR_INIT;
	size_t got, place = 0;

	if (filetree_open(tree, path, &stream, &err) < 0)
		fail_msg("%s", err.message);
	do {
		if (stream_read(stream, piece, sizeof(piece), &got, &err) < 0)
			fail_msg("%s", err.message);
		for (size_t i = 0; i < got; i++, place++) {
			if (piece[i] != pattern(place, size))
				fail_msg("byte %zu differs", place);
		}
	} while (got);
	assert_int_equal(place, size);
	stream_close(stream);
}

static void write_pattern(const char *path, size_t size)
{
	FILE *file = fopen(sandbox_path(path), "w");

	assert_non_null(file);
	for (size_t place = 0; place < size; place++)
		putc(pattern(place, size), file);
	assert_int_equal(fclose(file), 0);
}

static void a_large_file_needs_no_memory(void **state)
{
	struct repository repository;
	struct filetree *tree;
	long before;

	(void)state;
	shell("git init -q r");
	write_pattern("r/large", 100 * MEGABYTE);
	write_pattern("r/edge", 8 * MEGABYTE);
	write_pattern("r/over", 8 * MEGABYTE + 1);
	shell("cd r; git add .; git commit -qm large; rm large edge over");
	open_at(&repository, "r");
	tree = open_commit(&repository, "HEAD", "");
	check_pattern(tree, "edge", 8 * MEGABYTE);
	check_pattern(tree, "over", 8 * MEGABYTE + 1);
	before = peak_memory();
	check_pattern(tree, "large", 100 * MEGABYTE);
	assert_in_range(peak_memory() - before, 0, MAX_GROWTH);
	shell("cd r; git gc -q");
	check_pattern(tree, "large", 100 * MEGABYTE);
	check_pattern(tree, "over", 8 * MEGABYTE + 1);
	check_pattern(tree, "edge", 8 * MEGABYTE);
	filetree_close(tree);
	tree = open_index(&repository, "");
	check_pattern(tree, "large", 100 * MEGABYTE);
	filetree_close(tree);
	repository_close(&repository);
	assert_in_range(peak_memory() - before, 0, MAX_GROWTH);
}

static void a_large_file_need_not_be_read_to_its_end(void **state)
{
	struct repository repository;
	struct filetree *tree;
	struct stream *stream = NULL;
	struct err err = ERR_INIT;
	char piece[10];
	size_t got;

	(void)state;
	shell("git init -q r");
	write_pattern("r/large", 20 * MEGABYTE);
	shell("cd r; git add .; git commit -qm large");
	open_at(&repository, "r");
	tree = open_commit(&repository, "HEAD", "");
	assert_int_equal(filetree_open(tree, "large", &stream, &err), 0);
	assert_int_equal(stream_read(stream, piece, sizeof(piece), &got, &err),
			 0);
	assert_int_equal(got, sizeof(piece));
	stream_close(stream);
	filetree_close(tree);
	repository_close(&repository);
}

/* ---- the index ---- */

static void the_index_shows_what_is_staged(void **state)
{
	struct repository repository;
	struct filetree *tree;
	struct err err = ERR_INIT;

	(void)state;
	make_shop();
	open_at(&repository, "r/d1/shop");
	tree = open_index(&repository, "d1/shop");
	assert_listing(tree, "",
		       "data/? data-2 folder@? link@? schema.sql sub@? ");
	assert_listing(tree, "data", "a.sql b.sql new.sql ");
	assert_listing(tree, "dat", "");
	assert_contents(tree, "data/a.sql", "two\n");
	assert_contents(tree, "data/b.sql", "one\n");
	assert_contents(tree, "data/new.sql", "new\n");
	assert_contents(tree, "data/untracked",
			"-8: ':d1/shop/data/untracked' does not exist");
	assert_contents(tree, "data",
			"-1: ':d1/shop/data' is not a regular file");
	assert_contents(tree, "sub",
			"-1: ':d1/shop/sub' is not a regular file");
	assert_contents(tree, "link", "-4: ':d1/shop/link' is a symbolic link");
	assert_contents(tree, "folder/a.sql",
			"-4: ':d1/shop/folder' is a symbolic link");
	assert_listing(tree, "folder",
		       "-4: ':d1/shop/folder' is a symbolic link");
	filetree_close(tree);
	assert_int_equal(index_tree_open(&tree, &repository, "top", &err),
			 D1_EREFUSED);
	tree = open_index(&repository, "README");
	assert_listing(tree, "", "");
	filetree_close(tree);
	tree = open_index(&repository, "");
	assert_listing(tree, "", "README d1/? top@? ");
	filetree_close(tree);
	repository_close(&repository);
}

static void the_index_is_the_one_that_git_uses(void **state)
{
	struct repository repository;
	struct filetree *tree;

	(void)state;
	make_shop();
	shell("cd r; cp .git/index .git/other;"
	      "GIT_INDEX_FILE=.git/other git rm -q --cached -r d1/shop/data;"
	      "git update-index --split-index");
	open_at(&repository, "r");
	tree = open_index(&repository, "d1/shop");
	assert_listing(tree, "data", "a.sql b.sql new.sql ");
	filetree_close(tree);
	setenv("GIT_INDEX_FILE", sandbox_path("r/.git/other"), 1);
	tree = open_index(&repository, "d1/shop");
	unsetenv("GIT_INDEX_FILE");
	assert_listing(tree, "data", "");
	assert_listing(tree, "", "data-2 folder@? link@? schema.sql sub@? ");
	filetree_close(tree);
	repository_close(&repository);
}

static void a_conflict_in_the_index_is_said(void **state)
{
	struct repository repository;
	struct filetree *tree;
	struct stream *stream = NULL;
	struct err err = ERR_INIT;

	(void)state;
	make_shop();
	shell("cd r; git reset -q --hard; git checkout -q -b other v1;"
	      "echo three >d1/shop/data/a.sql; git commit -qam third;"
	      "git merge main || :");
	open_at(&repository, "r");
	tree = open_index(&repository, "d1/shop");
	assert_listing(tree, "data", "a.sql? b.sql ");
	assert_contents(tree, "data/b.sql", "one\n");
	assert_int_equal(filetree_open(tree, "data/a.sql", &stream, &err),
			 D1_ECONFLICT);
	assert_string_equal(err.message,
			    "':d1/shop/data/a.sql' is in conflict");
	assert_string_equal(err.hint,
			    "resolve it, then: git add -- d1/shop/data/a.sql");
	filetree_close(tree);
	repository_close(&repository);
}

/* ---- kinds of repositories ---- */

static void linked_worktrees_have_their_own_head(void **state)
{
	struct repository repository;
	struct filetree *tree;

	(void)state;
	make_shop();
	shell("cd r; git config extensions.worktreeConfig true;"
	      "git config core.repositoryFormatVersion 1;"
	      "git worktree add -q ../w v1; cd ../w; echo w >d1/shop/w.sql;"
	      "git config --worktree d1.x y; git add .");
	open_at(&repository, "w/d1");
	assert_string_equal(repository.worktree, sandbox_path("w"));
	assert_string_equal(repository.git_dir,
			    sandbox_path("r/.git/worktrees/w"));
	assert_string_equal(repository.common_dir, sandbox_path("r/.git"));
	tree = open_commit(&repository, "HEAD", "d1/shop");
	assert_contents(tree, "data/a.sql", "one\n");
	filetree_close(tree);
	tree = open_index(&repository, "d1/shop");
	assert_contents(tree, "w.sql", "w\n");
	assert_contents(tree, "data/a.sql", "one\n");
	filetree_close(tree);
	repository_close(&repository);
	open_at(&repository, "r");
	check_shop(&repository);
	repository_close(&repository);
}

static void a_hook_in_a_linked_worktree_reads_its_own(void **state)
{
	struct repository repository;
	struct filetree *tree;

	(void)state;
	make_shop();
	shell("git -C r worktree add -q ../w v1; cd w; echo w >d1/shop/w.sql;"
	      "git add .; cp ../r/.git/worktrees/w/index next");
	/* as `git commit FILE` has it */
	setenv("GIT_DIR", sandbox_path("r/.git/worktrees/w"), 1);
	setenv("GIT_INDEX_FILE", sandbox_path("w/next"), 1);
	assert_int_equal(chdir("w"), 0);
	open_at(&repository, "w");
	assert_string_equal(repository.worktree, sandbox_path("w"));
	assert_string_equal(repository.common_dir, sandbox_path("r/.git"));
	tree = open_commit(&repository, "HEAD", "d1/shop");
	assert_contents(tree, "data/a.sql", "one\n");
	filetree_close(tree);
	tree = open_index(&repository, "d1/shop");
	assert_contents(tree, "w.sql", "w\n");
	filetree_close(tree);
	repository_close(&repository);
	unsetenv("GIT_DIR");
	unsetenv("GIT_INDEX_FILE");
}

static void a_bare_repository_has_commits_only(void **state)
{
	struct repository repository;
	struct filetree *tree;

	(void)state;
	make_shop();
	shell("git clone -q --bare r bare.git");
	open_at(&repository, "bare.git");
	assert_null(repository.worktree);
	assert_string_equal(repository.git_dir, sandbox_path("bare.git"));
	check_shop(&repository);
	tree = open_index(&repository, "");
	assert_listing(tree, "", "");
	filetree_close(tree);
	repository_close(&repository);
}

static void objects_may_lie_elsewhere(void **state)
{
	struct repository repository;
	struct filetree *tree;

	(void)state;
	make_shop();
	shell("git clone -q --shared r shared; git -C shared fetch -q --tags");
	open_at(&repository, "shared");
	check_shop(&repository);
	repository_close(&repository);

	/* as in a hook that receives a push */
	write_pattern("r/large", 9 * MEGABYTE);
	shell("mkdir quarantine; cd r; echo late >late; git add -N late large;"
	      "export GIT_OBJECT_DIRECTORY=$PWD/../quarantine;"
	      "export GIT_ALTERNATE_OBJECT_DIRECTORIES=$PWD/.git/objects;"
	      "git commit -qm late late large");
	setenv("GIT_OBJECT_DIRECTORY", sandbox_path("quarantine"), 1);
	setenv("GIT_ALTERNATE_OBJECT_DIRECTORIES",
	       sandbox_path("r/.git/objects"), 1);
	open_at(&repository, "r");
	tree = open_commit(&repository, "HEAD", "");
	assert_contents(tree, "late", "late\n");
	assert_contents(tree, "d1/shop/data/a.sql", "two\n");
	check_pattern(tree, "large", 9 * MEGABYTE);
	filetree_close(tree);
	repository_close(&repository);
	unsetenv("GIT_OBJECT_DIRECTORY");
	unsetenv("GIT_ALTERNATE_OBJECT_DIRECTORIES");
}

static void the_environment_says_where_it_is(void **state)
{
	struct repository repository;
	struct filetree *tree;
	struct err err = ERR_INIT;
	char *top = NULL;

	(void)state;
	make_shop();
	shell("mkdir elsewhere; mv r/.git hidden");
	setenv("GIT_DIR", "hidden", 1);
	setenv("GIT_WORK_TREE", "r", 1);
	open_at(&repository, "elsewhere");
	assert_string_equal(repository.worktree, sandbox_path("r"));
	assert_string_equal(repository.git_dir, sandbox_path("hidden"));
	check_shop(&repository);
	tree = open_index(&repository, "d1/shop");
	assert_contents(tree, "data/new.sql", "new\n");
	filetree_close(tree);
	repository_close(&repository);
	unsetenv("GIT_WORK_TREE");
	setenv("GIT_DIR", sandbox_path("gone"), 1);
	assert_int_equal(repository_open(&repository, sandbox_path("r"), &err),
			 D1_ENOTFOUND);
	unsetenv("GIT_DIR");
	err_clear(&err);
	assert_int_equal(repository_open(&repository, sandbox_path("r"), &err),
			 D1_ENOTFOUND);
	err_clear(&err);
	assert_int_equal(repository_worktree(&top, sandbox_path("r"), &err), 0);
	assert_null(top);
}

static void a_shallow_clone_says_that_it_ends(void **state)
{
	char id[OBJECT_ID_SIZE];
	struct repository repository;
	struct filetree *tree;
	struct err err = ERR_INIT;

	(void)state;
	make_shop();
	shell("git clone -q --depth 1 file://$PWD/r s;"
	      "git -C s worktree add -q ../w");
	open_at(&repository, "w");
	assert_true(repository_is_shallow(&repository));
	tree = open_commit(&repository, "HEAD", "d1/shop");
	assert_contents(tree, "data/a.sql", "two\n");
	filetree_close(tree);
	assert_int_equal(repository_commit(&repository, id, "HEAD~1", &err),
			 D1_ENOTFOUND);
	assert_string_equal(err.message,
			    "'HEAD~1' names no commit: the history of this "
			    "shallow clone is cut off");
	assert_string_equal(err.hint,
			    "get the rest with: git fetch --unshallow");
	repository_close(&repository);
	open_at(&repository, "r");
	assert_false(repository_is_shallow(&repository));
	repository_close(&repository);
}

static void a_partial_clone_fetches_what_is_asked_for(void **state)
{
	static const char *const filters[] = { "blob:none", "tree:0" };
	struct repository repository;
	struct filetree *tree;
	struct stream *stream = NULL;
	struct err err = ERR_INIT;
	struct buf text;
	char script[400];

	(void)state;
	make_shop();
	for (size_t i = 0; i < ARRAY_SIZE(filters); i++) {
		snprintf(script, sizeof(script),
			 "rm -rf p; git clone -q --no-checkout --filter=%s "
			 "file://$PWD/r p",
			 filters[i]);
		shell(script);
		open_at(&repository, "p");
		tree = open_commit(&repository, "HEAD", "d1/shop");
		assert_contents(tree, "data/a.sql", "two\n");
		shell("mv r gone");
		assert_contents(tree, "data/a.sql", "two\n");
		if (!filetree_open(tree, "schema.sql", &stream, &err)) {
			buf_init(&text, 100);
			(void)!read_stream(&text, stream, &err);
			buf_release(&text);
		}
		assert_int_equal(err.code, D1_ERROR);
		assert_non_null(strstr(err.message, "schema.sql'"));
		assert_non_null(strstr(err.message, "git: fatal: "));
		assert_non_null(strstr(err.hint, "a partial clone needs"));
		err_clear(&err);
		shell("mv gone r");
		check_shop(&repository);
		filetree_close(tree);
		repository_close(&repository);
	}
}

static void sha256_is_refused_by_name(void **state)
{
	struct repository repository;
	struct err err = ERR_INIT;
	char expected[5000];
	char *top = NULL;

	(void)state;
	shell("git init -q --object-format=sha256 r");
	assert_int_equal(repository_open(&repository, sandbox_path("r"), &err),
			 D1_ERROR);
	snprintf(expected, sizeof(expected),
		 "'%s' is a SHA-256 repository, which libgit2 cannot read",
		 sandbox_path("r/.git"));
	assert_string_equal(err.message, expected);
	err_clear(&err);
	assert_int_equal(repository_worktree(&top, sandbox_path("r"), &err), 0);
	assert_string_equal(top, sandbox_path("r"));
	free(top);
}

static void git_decides_whom_to_trust(void **state)
{
	struct repository repository;
	struct err err = ERR_INIT;
	char *top = NULL;

	(void)state;
	make_shop();
	if (getuid() != 0)
		skip();
	shell("chown -R 12345 r");
	assert_int_equal(repository_open(&repository, sandbox_path("r"), &err),
			 D1_ERROR);
	assert_non_null(strstr(err.message, "dubious ownership"));
	assert_non_null(strstr(err.message, "safe.directory"));
	err_clear(&err);
	assert_int_equal(repository_worktree(&top, sandbox_path("r"), &err),
			 D1_ERROR);
	shell("git config --global safe.directory /elsewhere");
	err_clear(&err);
	assert_int_equal(repository_open(&repository, sandbox_path("r"), &err),
			 D1_ERROR);
	assert_non_null(strstr(err.message, "dubious ownership"));
	shell("git config --global safe.directory '*'");
	open_at(&repository, "r");
	assert_string_equal(repository.worktree, sandbox_path("r"));
	check_shop(&repository);
	repository_close(&repository);
}

static void no_repository_is_not_found(void **state)
{
	struct repository repository;
	struct err err = ERR_INIT;
	char expected[5000];

	(void)state;
	assert_int_equal(repository_open(&repository, sandbox_path("."), &err),
			 D1_ENOTFOUND);
	snprintf(expected, sizeof(expected),
		 "there is no git repository around '%s'", sandbox_path("."));
	assert_string_equal(err.message, expected);
	repository_close(&repository);
	shell("mkdir r; echo 'gitdir: nowhere' >r/.git");
	err_clear(&err);
	assert_true(repository_open(&repository, sandbox_path("r"), &err) < 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, enter, sandbox_leave)
	const struct CMUnitTest tests[] = {
		TEST(a_commit_shows_its_files),
		TEST(what_is_no_file_is_refused),
		TEST(ids_tell_what_is_equal),
		TEST(revisions_are_read_as_git_does),
		TEST(a_large_file_needs_no_memory),
		TEST(a_large_file_need_not_be_read_to_its_end),
		TEST(the_index_shows_what_is_staged),
		TEST(the_index_is_the_one_that_git_uses),
		TEST(a_conflict_in_the_index_is_said),
		TEST(linked_worktrees_have_their_own_head),
		TEST(a_hook_in_a_linked_worktree_reads_its_own),
		TEST(a_bare_repository_has_commits_only),
		TEST(objects_may_lie_elsewhere),
		TEST(the_environment_says_where_it_is),
		TEST(a_shallow_clone_says_that_it_ends),
		TEST(a_partial_clone_fetches_what_is_asked_for),
		TEST(sha256_is_refused_by_name),
		TEST(git_decides_whom_to_trust),
		TEST(no_repository_is_not_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
