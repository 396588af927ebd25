/*
 * For tests of trees of files: real git through the shell, and texts that show
 * what a tree holds. Needs sandbox.h.
 */
#ifndef FIXTURE_H
#define FIXTURE_H

#include <sys/resource.h>

#include "util/child.h"
#include "util/filetree.h"
#include "util/stream.h"

/* Runs a shell script, which must succeed. */
static inline void shell(const char *script)
{
	const char *const argv[] = { "sh", "-e", "-c", script, NULL };
	struct child_result result = { .status = -1 };
	struct err err = ERR_INIT;
	struct buf errors, output;
	struct child child = { .argv = argv,
			       .output = &output,
			       .errors = &errors };

	buf_init(&output, 1 << 20);
	buf_init(&errors, 1 << 20);
	if (child_run(&child, &result, &err) || result.status)
		fail_msg("%s\n%s\n%s", script, err.message,
			 errors.len ? errors.data : "");
	buf_release(&output);
	buf_release(&errors);
}

/* Who commits, and what a new branch is called. */
static inline void fixture_identity(void)
{
	sandbox_write(".gitconfig", "[user]\n\tname = A U Thor\n"
				    "\temail = author@example.com\n"
				    "[init]\n\tdefaultBranch = main\n"
				    "[protocol \"file\"]\n\tallow = always\n"
				    "[uploadpack]\n\tallowFilter = true\n"
				    "\tallowAnySHA1InWant = true\n"
				    "[advice]\n\tdetachedHead = false\n");
}

/* Appends all that the stream gives, and closes it. */
static inline int read_stream(struct buf *out, struct stream *stream,
			      struct err *err)
{
	char piece[5000];
	size_t got;

	do {
		if (stream_read(stream, piece, sizeof(piece), &got, err) < 0)
			break;
		buf_add(out, piece, got);
	} while (got);
	stream_close(stream);
	return err->code;
}

/* The contents of a file, or the message of the error; freed by the caller. */
static inline char *contents(struct filetree *tree, const char *path)
{
	struct stream *stream = NULL;
	struct err err = ERR_INIT;
	struct buf text;
	char *result;

	buf_init(&text, 1 << 20);
	buf_add_string(&text, "");
	if (!filetree_open(tree, path, &stream, &err))
		(void)!read_stream(&text, stream, &err);
	if (err.code) {
		buf_clear(&text);
		buf_add_format(&text, "%d: %s", err.code, err.message);
	}
	result = buf_take(&text);
	buf_release(&text);
	return result;
}

#define assert_contents(tree, path, expected) \
	do { \
		char *actual_ = contents(tree, path); \
		assert_string_equal(actual_, expected); \
		free(actual_); \
	} while (0)

static inline int show_entry(void *context, const struct filetree_entry *entry,
			     struct err *err)
{
	static const char *const marks[] = { "", "/", "@" };

	(void)err;
	buf_add_format(context, "%s%s%s ", entry->name, marks[entry->kind],
		       entry->id ? "" : "?");
	return 0;
}

/* "name " a file, "name/ " a folder, "name@ " another; "?" without an id. */
static inline char *listing(struct filetree *tree, const char *folder)
{
	struct err err = ERR_INIT;
	struct buf text;
	char *result;

	buf_init(&text, 1 << 20);
	buf_add_string(&text, "");
	if (filetree_list(tree, folder, show_entry, &text, &err) < 0) {
		buf_clear(&text);
		buf_add_format(&text, "%d: %s", err.code, err.message);
	}
	result = buf_take(&text);
	buf_release(&text);
	return result;
}

#define assert_listing(tree, folder, expected) \
	do { \
		char *actual_ = listing(tree, folder); \
		assert_string_equal(actual_, expected); \
		free(actual_); \
	} while (0)

/* The most memory that this process has had, in KiB. */
static inline long peak_memory(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_maxrss;
}

#endif
