/* Commits: making those of git-d1's own refs, and walking a history. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "sandbox.h"

#include "fixture.h"
#include "git/commit.h"
#include "git/history.h"

static struct repository repository;

static int enter(void **state)
{
	if (sandbox_enter(state))
		return -1;
	fixture_identity();
	return 0;
}

static void open_at(const char *path)
{
	struct err err = ERR_INIT;

	if (repository_open(&repository, sandbox_path(path), &err) < 0)
		fail_msg("%s", err.message);
}

static int leave(void **state)
{
	repository_close(&repository);
	return sandbox_leave(state);
}

/* ---- git gc at the same time ---- */

/* How often `git gc` removes the folder that an object is to get into. */
static int prunes_per_object;
static int pruned; /* in all */

/* Objects with the same ids each time: each is alone in its folder. */
static void prune(int per_object)
{
	prunes_per_object = per_object;
	if (per_object)
		setenv("GIT_COMMITTER_DATE", "@1700000000 +0000", 1);
	else
		unsetenv("GIT_COMMITTER_DATE");
}

/* In place of the system's, also for libgit2, which moves objects by it. */
int link(const char *from, const char *to)
{
	static char last[4096];
	static int prunes;
	const char *name = strrchr(to, '/');
	char folder[4096];

	if (strcmp(last, to) != 0)
		prunes = 0;
	snprintf(last, sizeof(last), "%s", to);
	if (name && strstr(to, "/objects/") && prunes < prunes_per_object) {
		snprintf(folder, sizeof(folder), "%.*s", (int)(name - to), to);
		assert_int_equal(rmdir(folder), 0);
		prunes++;
		pruned++;
	}
	return linkat(AT_FDCWD, from, AT_FDCWD, to, 0);
}

/* ---- trees and refs ---- */

static void put(struct filesink *sink, const char *path, const char *text)
{
	enum file_news news = FILE_GONE;
	struct err err = ERR_INIT;

	if (filesink_begin(sink, path, &err) ||
	    filesink_write(sink, text, strlen(text), &err) ||
	    filesink_end(sink, &news, &err))
		fail_msg("%s", err.message);
	assert_int_equal(news, FILE_NEW);
}

/* Writes a tree with one table, and returns its id. */
static void make_tree(char id[OBJECT_ID_SIZE], const char *rows)
{
	struct filesink *sink;
	struct err err = ERR_INIT;

	assert_int_equal(tree_sink_open(&sink, &repository, &err), 0);
	put(sink, "schema.sql", "schema\n");
	put(sink, "data/t.sql", rows);
	put(sink, "data-2", "x");
	assert_string_equal(tree_sink_id(sink), "");
	assert_int_equal(filesink_publish(sink, &err), 0);
	strcpy(id, tree_sink_id(sink));
	filesink_close(sink);
}

static bool update(const char *tree, const char *message)
{
	const struct ref_update update = { .ref = "refs/d1/shop/remote",
					   .tree = tree,
					   .message = message,
					   .reason = "fetch: 1 table" };
	struct err err = ERR_INIT;
	bool moved = false;

	if (repository_update_ref(&repository, &update, &moved, &err) < 0)
		fail_msg("%s", err.message);
	return moved;
}

static void a_tree_holds_what_was_written(void **state)
{
	char id[OBJECT_ID_SIZE], script[200];
	struct filesink *sink;
	struct err err = ERR_INIT;

	(void)state;
	shell("git init -q --bare r");
	open_at("r");
	make_tree(id, "rows\n");
	snprintf(script, sizeof(script),
		 "cd r; git ls-tree -r %s >../list; git fsck --strict", id);
	shell(script);
	shell("cut -f2 list >names; printf 'data-2\\ndata/t.sql\\n"
	      "schema.sql\\n' | cmp - names; cd r;"
	      "test $(git cat-file blob $(sed -n 's/.* \\(.*\\)\tdata.t.sql/"
	      "\\1/p' ../list)) = rows; ! git cat-file -e HEAD 2>/dev/null");

	assert_int_equal(tree_sink_open(&sink, &repository, &err), 0);
	put(sink, "whole", "text");
	assert_int_equal(filesink_begin(sink, "half", &err), 0);
	assert_int_equal(filesink_write(sink, "h", 1, &err), 0);
	assert_int_equal(filesink_publish(sink, &err), D1_ERROR);
	assert_string_equal(tree_sink_id(sink), "");
	filesink_close(sink);
	assert_int_equal(tree_sink_open(&sink, &repository, &err), 0);
	err_clear(&err);
	assert_int_equal(filesink_begin(sink, "../x", &err), D1_EREFUSED);
	filesink_close(sink);
}

static void the_same_rows_make_the_same_tree(void **state)
{
	char first[OBJECT_ID_SIZE], second[OBJECT_ID_SIZE];

	(void)state;
	shell("git init -q r");
	open_at("r");
	make_tree(first, "rows\n");
	make_tree(second, "rows\n");
	assert_string_equal(first, second);
	make_tree(second, "others\n");
	assert_string_not_equal(first, second);
}

static void a_large_file_needs_no_memory(void **state)
{
	static char piece[65536];
	enum file_news news;
	struct filesink *sink;
	struct err err = ERR_INIT;
	long before;

	(void)state;
	shell("git init -q r");
	open_at("r");
	assert_int_equal(tree_sink_open(&sink, &repository, &err), 0);
	before = peak_memory();
	assert_int_equal(filesink_begin(sink, "large", &err), 0);
	for (size_t i = 0; i < 1600; i++) {
		memset(piece, (int)i, sizeof(piece));
		assert_int_equal(filesink_write(sink, piece, sizeof(piece),
						&err),
				 0);
	}
	assert_int_equal(filesink_end(sink, &news, &err), 0);
	assert_int_equal(filesink_publish(sink, &err), 0);
	assert_in_range(peak_memory() - before, 0, 32 * 1024);
	filesink_close(sink);
}

static void a_folder_that_gc_removes_is_made_again(void **state)
{
	char tree[OBJECT_ID_SIZE];
	struct filesink *sink;
	enum file_news news;
	struct err err = ERR_INIT;

	(void)state;
	shell("git init -q r");
	open_at("r");
	prune(2);
	make_tree(tree, "rows\n");
	assert_true(update(tree, "first\n"));
	assert_int_equal(pruned, 2 * 6); /* 3 blobs, 2 trees, a commit */
	shell("cd r; git fsck --strict; test -z \"$(find . -name 'tmp_*')\";"
	      "test \"$(git show refs/d1/shop/remote:data/t.sql)\" = rows");

	prune(1000);
	assert_int_equal(tree_sink_open(&sink, &repository, &err), 0);
	assert_int_equal(filesink_begin(sink, "new", &err), 0);
	assert_int_equal(filesink_write(sink, "new", 3, &err), 0);
	assert_int_equal(filesink_end(sink, &news, &err), D1_ERROR);
	assert_non_null(strstr(err.message, strerror(ENOENT)));
	filesink_close(sink);
	prune(0);
}

static void what_cannot_be_written_is_not_taken_for_written(void **state)
{
	struct ref_update update = { .ref = "refs/d1/shop/remote",
				     .message = "first\n",
				     .reason = "fetch" };
	char tree[OBJECT_ID_SIZE];
	struct filesink *sink;
	struct err err = ERR_INIT;
	bool moved = true;

	(void)state;
	shell("git init -q r");
	open_at("r");
	make_tree(tree, "rows\n");
	assert_int_equal(tree_sink_open(&sink, &repository, &err), 0);
	put(sink, "data/t.sql", "others\n");
	prune(1000);
	assert_int_equal(filesink_publish(sink, &err), D1_ERROR);
	assert_string_equal(tree_sink_id(sink), "");
	filesink_close(sink);
	err_clear(&err);
	update.tree = tree;
	assert_int_equal(repository_update_ref(&repository, &update, &moved,
					       &err),
			 D1_ERROR);
	assert_false(moved);
	assert_non_null(strstr(err.message, "cannot make a commit for "
					    "'refs/d1/shop/remote': "));
	prune(0);
}

static void a_ref_moves_when_there_is_news(void **state)
{
	char tree[OBJECT_ID_SIZE], other[OBJECT_ID_SIZE];

	(void)state;
	shell("git init -q r; git -C r commit -q --allow-empty -m x;"
	      "git -C r worktree add -q ../w");
	open_at("w");
	make_tree(tree, "rows\n");
	assert_true(update(tree, "first\n\nD1-Id: 1\n"));
	assert_false(update(tree, "first\n\nD1-Id: 1\n"));
	assert_true(update(tree, "second\n\nD1-Id: 2\n"));
	make_tree(other, "others\n");
	assert_true(update(other, "second\n\nD1-Id: 2\n"));
	assert_false(update(other, "second\n\nD1-Id: 2\n"));
	shell("cd r; git pack-refs --all");
	assert_false(update(other, "second\n\nD1-Id: 2\n"));
	assert_true(update(tree, "first\n\nD1-Id: 1\n"));
	shell("cd r; git log --format='%s %an <%ae> %cn' refs/d1/shop/remote "
	      ">../log; git reflog --format=%gs refs/d1/shop/remote "
	      ">>../log; git show refs/d1/shop/remote:data/t.sql >>../log");
	shell("cat >expected <<-\\E\n"
	      "first A U Thor <author@example.com> A U Thor\n"
	      "second A U Thor <author@example.com> A U Thor\n"
	      "second A U Thor <author@example.com> A U Thor\n"
	      "first A U Thor <author@example.com> A U Thor\n"
	      "fetch: 1 table\nfetch: 1 table\nfetch: 1 table\n"
	      "fetch: 1 table\nrows\nE\ncmp log expected");
}

static void who_has_no_name_commits_as_git_d1(void **state)
{
	char tree[OBJECT_ID_SIZE];

	(void)state;
	shell("git config --global --remove-section user;"
	      "git config --global user.useConfigOnly true; git init -q r");
	open_at("r");
	make_tree(tree, "rows\n");
	assert_true(update(tree, "first\n"));
	shell("cd r; test \"$(git log --format='%an <%ae>' "
	      "refs/d1/shop/remote)\" = 'git-d1 <git-d1@localhost>'");
	shell("cd r; test \"$(git log -1 --format=%B refs/d1/shop/remote)\" = "
	      "first");
}

static void a_ref_that_moved_meanwhile_is_a_conflict(void **state)
{
	char tree[OBJECT_ID_SIZE];
	struct ref_update change = { .ref = "refs/d1/shop/remote",
				     .tree = tree,
				     .message = "mine",
				     .reason = "fetch" };
	struct err err = ERR_INIT;
	bool moved;

	(void)state;
	/* git itself moves it while it is asked who commits */
	shell("git init -q r; git -C r commit -q --allow-empty -m x;"
	      "mkdir bin; cat >bin/git <<-'E'\n"
	      "#!/bin/sh\n"
	      "PATH=${PATH#*:}\n"
	      "test $1 != update-ref || git update-ref refs/d1/shop/remote "
	      "HEAD\n"
	      "exec git \"$@\"\n"
	      "E\nchmod +x bin/git");
	open_at("r");
	make_tree(tree, "rows\n");
	char *path = strdup(getenv("PATH")), changed[9000];
	snprintf(changed, sizeof(changed), "%s:%s", sandbox_path("bin"), path);
	setenv("PATH", changed, 1);
	assert_int_equal(repository_update_ref(&repository, &change, &moved,
					       &err),
			 D1_ECONFLICT);
	setenv("PATH", path, 1);
	free(path);
	assert_false(moved);
	assert_string_equal(err.message, "'refs/d1/shop/remote' was moved by "
					 "somebody else");
	shell("cd r; test $(git rev-parse HEAD) = "
	      "$(git rev-parse refs/d1/shop/remote)");
}

static void other_refs_are_left_alone(void **state)
{
	static const char *const refs[] = {
		"refs/heads/main",	 "HEAD",	"refs/d1",
		"refs/d1/../heads/main", "refs/d1/a b", "refs/d1/"
	};
	char tree[OBJECT_ID_SIZE];
	struct ref_update change = { .tree = tree,
				     .message = "mine",
				     .reason = "fetch" };
	struct err err = ERR_INIT;
	bool moved;

	(void)state;
	shell("git init -q r; git -C r commit -q --allow-empty -m x");
	open_at("r");
	make_tree(tree, "rows\n");
	for (size_t i = 0; i < ARRAY_SIZE(refs); i++) {
		change.ref = refs[i];
		err_clear(&err);
		assert_true(repository_update_ref(&repository, &change, &moved,
						  &err) < 0);
		assert_false(moved);
	}
	shell("cd r; test $(git for-each-ref | wc -l) = 1");
	change.ref = "refs/d1/x";
	change.tree = "1234567890123456789012345678901234567890";
	err_clear(&err);
	assert_int_equal(repository_update_ref(&repository, &change, &moved,
					       &err),
			 D1_ERROR);
	/* a lock that somebody left there is no conflict */
	change.tree = tree;
	shell("mkdir -p r/.git/refs/d1; : >r/.git/refs/d1/x.lock");
	err_clear(&err);
	assert_int_equal(repository_update_ref(&repository, &change, &moved,
					       &err),
			 D1_ERROR);
	assert_non_null(strstr(err.message, "git update-ref: fatal: "));
	assert_non_null(strstr(err.message, "x.lock"));
}

static void trailers_are_found(void **state)
{
	char tree[OBJECT_ID_SIZE], id[OBJECT_ID_SIZE];
	struct err err = ERR_INIT;
	char *value;

	(void)state;
	shell("git init -q r");
	open_at("r");
	make_tree(tree, "rows\n");
	update(tree, "subject\n\nD1-Other: text\n\nin the body\n\n"
		     "D1-Database: one\nD1-Bookmark: 00-11: x\n"
		     "D1-Database: two\n");
	assert_int_equal(repository_commit(&repository, id,
					   "refs/d1/shop/remote", &err),
			 0);
#define TRAILER(name) \
	assert_int_equal(commit_trailer(&value, &repository, id, name, &err), 0)
	TRAILER("d1-database");
	assert_string_equal(value, "two");
	free(value);
	TRAILER("D1-Bookmark");
	assert_string_equal(value, "00-11: x");
	free(value);
	TRAILER("D1-Other");
	assert_null(value);
	TRAILER("D1");
	assert_null(value);
	assert_int_equal(commit_trailer(&value, &repository, "1234", "x", &err),
			 D1_ERROR);
}

/* ---- history ---- */

struct story {
	struct buf text;
	size_t most; /* commits to be told of */
	int result;  /* of the last one */
};

static int tell(void *context, const struct history_commit *commit, bool *stop,
		struct err *err)
{
	struct story *story = context;
	struct buf *out = &story->text;

	buf_add_format(out, "%.*s %zu %s <%s> %lld%+d %lld%s",
		       (int)strcspn(commit->message, "\n"), commit->message,
		       commit->nparents, commit->author, commit->email,
		       (long long)commit->author_time, commit->author_offset,
		       (long long)commit->commit_time,
		       commit->cut_off ? " cut off" : "");
	for (size_t i = 0; i < commit->nparents; i++)
		buf_add_format(out, " %.4s", commit->parents[i]);
	buf_add_char(out, '\n');
	*stop = --story->most == 0;
	if (*stop && story->result)
		return err_set(err, story->result, "enough");
	return 0;
}

/* The commits that lead to a revision; NULL with an error. */
static char *walk(const char *revision, const char *path, size_t most,
		  int result, struct err *err)
{
	struct story story = { .most = most, .result = result };
	char id[OBJECT_ID_SIZE];
	char *text;

	buf_init(&story.text, 1 << 20);
	buf_add_string(&story.text, "");
	if (!repository_commit(&repository, id, revision, err))
		(void)!history_walk(&repository, id, path, tell, &story, err);
	text = buf_take(&story.text);
	buf_release(&story.text);
	return text;
}

#define assert_history(revision, path, most, expected) \
	do { \
		struct err err_ = ERR_INIT; \
		char *actual_ = walk(revision, path, most, 0, &err_); \
		if (err_.code) \
			fail_msg("%s", err_.message); \
		assert_string_equal(actual_, expected); \
		free(actual_); \
	} while (0)

/* Two lines of history that each change something, and a merge. */
static void make_history(void)
{
	shell("git init -q r; cd r; n=1000;"
	      "c () { n=$((n + 60)); GIT_AUTHOR_DATE=\"@$n +0130\" "
	      "GIT_COMMITTER_DATE=\"@$((n + 1)) -0200\" git \"$@\"; };"
	      "mkdir -p d1/shop; echo 1 >d1/shop/a; echo 1 >x;"
	      "git add .; c commit -qm one;"
	      "echo 2 >x; c commit -qam two;"
	      "git checkout -q -b side HEAD^; echo 3 >d1/shop/b; git add .;"
	      "c commit -qm side; git checkout -q main;"
	      "echo 4 >d1/shop/a; c commit -qam four;"
	      "c merge -q -m merge side;"
	      "echo 5 >y; git add .; c commit -qm 'last\n\nbody\n\nT: v'");
}

static void history_is_told_newest_first(void **state)
{
	(void)state;
	make_history();
	open_at("r");
	assert_history(
		"HEAD", NULL, 0,
		"last 1 A U Thor <author@example.com> 1360+90 1361 f730\n"
		"merge 2 A U Thor <author@example.com> 1300+90 1301 5efb 3f40\n"
		"four 1 A U Thor <author@example.com> 1240+90 1241 ab32\n"
		"side 1 A U Thor <author@example.com> 1180+90 1181 8603\n"
		"two 1 A U Thor <author@example.com> 1120+90 1121 8603\n"
		"one 0 A U Thor <author@example.com> 1060+90 1061\n");
	assert_history("HEAD~1^2", NULL, 0,
		       "side 1 A U Thor <author@example.com> 1180+90 1181 "
		       "8603\n"
		       "one 0 A U Thor <author@example.com> 1060+90 1061\n");
}

#define BY " A U Thor <author@example.com> "

static void a_path_tells_who_changed_it(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	make_history();
	open_at("r/d1");
	/* the merge differs from each of its parents in the folder */
	assert_history("HEAD", "d1/shop", 0,
		       "merge 2" BY "1300+90 1301 5efb 3f40\n"
		       "four 1" BY "1240+90 1241 ab32\n"
		       "side 1" BY "1180+90 1181 8603\n"
		       "one 0" BY "1060+90 1061\n");
	assert_history("HEAD", "y", 0, "last 1" BY "1360+90 1361 f730\n");
	assert_history("HEAD", "x*", 0, "");
	assert_history("HEAD", "none/at/all", 0, "");
	free(walk("HEAD", "../x", 0, 0, &err));
	assert_int_equal(err.code, D1_EREFUSED);
}

static void a_walk_can_be_stopped(void **state)
{
	struct err err = ERR_INIT;
	char *text;

	(void)state;
	make_history();
	open_at("r");
	assert_history("HEAD", NULL, 1, "last 1" BY "1360+90 1361 f730\n");
	text = walk("HEAD", NULL, 1, D1_ECONFLICT, &err);
	assert_string_equal(text, "last 1" BY "1360+90 1361 f730\n");
	free(text);
	assert_int_equal(err.code, D1_ECONFLICT);
	assert_string_equal(err.message, "enough");
	err_clear(&err);
	assert_int_equal(history_walk(&repository, "--all", NULL, tell, NULL,
				      &err),
			 D1_ERROR);
	err_clear(&err);
	assert_int_equal(
		history_walk(&repository,
			     "1234567890123456789012345678901234567890", NULL,
			     tell, NULL, &err),
		D1_ERROR);
	assert_non_null(strstr(err.message, "cannot read the history of "
					    "'1234567890"));
}

static void a_shallow_clone_is_cut_off(void **state)
{
	(void)state;
	make_history();
	shell("git clone -q --depth 3 file://$PWD/r s;"
	      "git -C s worktree add -q ../w");
	open_at("w");
	assert_history("HEAD", NULL, 0,
		       "last 1" BY "1360+90 1361 f730\n"
		       "merge 2" BY "1300+90 1301 5efb 3f40\n"
		       "four 0" BY "1240+90 1241 cut off\n"
		       "side 0" BY "1180+90 1181 cut off\n");
	assert_history("HEAD", "d1/shop/b", 0,
		       "merge 2" BY "1300+90 1301 5efb 3f40\n"
		       "side 0" BY "1180+90 1181 cut off\n");
}

static int keep_message(void *context, const struct history_commit *commit,
			bool *stop, struct err *err)
{
	(void)stop;
	(void)err;
	buf_add_format(context, "%s|%s", commit->author, commit->message);
	return 0;
}

static void texts_are_whole_and_utf8(void **state)
{
	struct err err = ERR_INIT;
	char id[OBJECT_ID_SIZE];
	struct buf text;

	(void)state;
	shell("git init -q r; cd r;"
	      "printf 'caf\\351\\n\\nbody\\ncommit 123\\n\\nT: v\\n' >m;"
	      "git -c i18n.commitEncoding=ISO-8859-1 commit -q --allow-empty "
	      "-F m --author \"$(printf 'J\\374rg <j@example.com>')\";"
	      "head -c 100000 /dev/zero | tr '\\0' x >m;"
	      "git commit -q --allow-empty -F m;"
	      "git config log.showSignature true; git config log.date iso;"
	      "git config i18n.logOutputEncoding ISO-8859-1;"
	      "echo 'Mapped <mapped@example.com> <author@example.com>' "
	      ">.mailmap");
	open_at("r");
	assert_int_equal(repository_commit(&repository, id, "HEAD~1", &err), 0);
	buf_init(&text, 1 << 20);
	assert_int_equal(history_walk(&repository, id, NULL, keep_message,
				      &text, &err),
			 0);
	assert_string_equal(text.data,
			    "J\303\274rg|caf\303\251\n\nbody\ncommit 123\n\n"
			    "T: v\n");
	buf_clear(&text);
	assert_int_equal(repository_commit(&repository, id, "HEAD", &err), 0);
	assert_int_equal(history_walk(&repository, id, NULL, keep_message,
				      &text, &err),
			 0);
	assert_memory_equal(text.data, "Mapped|xxxx", 11);
	assert_memory_equal(text.data + 7 + 99996, "xxxx\nJ\303\274rg|", 11);
	buf_release(&text);
}

static void a_long_history_is_told_to_its_end(void **state)
{
	struct story story = { .most = 0 };
	struct err err = ERR_INIT;
	char id[OBJECT_ID_SIZE];
	size_t lines = 0;

	(void)state;
	shell("git init -q r; cd r; for i in $(seq 1 3000); do printf "
	      "'commit refs/heads/main\\ncommitter A <a@b> %d +0000\\n"
	      "data 4\\nm%03d\\n' $((1000000000 + i)) $((i % 1000)); done | "
	      "git fast-import --quiet");
	open_at("r");
	buf_init(&story.text, 1 << 20);
	assert_int_equal(repository_commit(&repository, id, "main", &err), 0);
	assert_int_equal(history_walk(&repository, id, NULL, tell, &story,
				      &err),
			 0);
	for (size_t i = 0; i < story.text.len; i++)
		lines += story.text.data[i] == '\n';
	assert_int_equal(lines, 3000);
	buf_release(&story.text);
}

static bool leads(const char *older, const char *newer)
{
	char ids[2][OBJECT_ID_SIZE];
	struct err err = ERR_INIT;
	bool is = false;

	if (repository_commit(&repository, ids[0], older, &err) < 0 ||
	    repository_commit(&repository, ids[1], newer, &err) < 0 ||
	    history_is_ancestor(&repository, ids[0], ids[1], &is, &err) < 0)
		fail_msg("%s", err.message);
	return is;
}

static void ancestors_are_known(void **state)
{
	struct err err = ERR_INIT;
	bool is = true;

	(void)state;
	make_history();
	open_at("r");
	assert_true(leads("HEAD~2", "HEAD"));
	assert_true(leads("HEAD^^2", "HEAD"));
	assert_true(leads("HEAD", "HEAD"));
	assert_false(leads("HEAD", "HEAD~2"));
	assert_false(leads("HEAD^^1", "HEAD^^2"));
	assert_int_equal(history_is_ancestor(&repository,
					     "0123456789012345678901234567890"
					     "123456789",
					     "HEAD", &is, &err),
			 D1_ERROR);
	assert_false(is);
	assert_non_null(strstr(err.message, "git merge-base: fatal: "));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, enter, leave)
	const struct CMUnitTest tests[] = {
		TEST(a_tree_holds_what_was_written),
		TEST(the_same_rows_make_the_same_tree),
		TEST(a_large_file_needs_no_memory),
		TEST(a_folder_that_gc_removes_is_made_again),
		TEST(what_cannot_be_written_is_not_taken_for_written),
		TEST(a_ref_moves_when_there_is_news),
		TEST(who_has_no_name_commits_as_git_d1),
		TEST(a_ref_that_moved_meanwhile_is_a_conflict),
		TEST(other_refs_are_left_alone),
		TEST(trailers_are_found),
		TEST(history_is_told_newest_first),
		TEST(a_path_tells_who_changed_it),
		TEST(a_walk_can_be_stopped),
		TEST(a_shallow_clone_is_cut_off),
		TEST(texts_are_whole_and_utf8),
		TEST(ancestors_are_known),
		TEST(a_long_history_is_told_to_its_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
