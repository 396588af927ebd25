/*
 * Where the files of a snapshot are written: a folder, or git's objects. All
 * of them are published at once, as far as the place allows, or none is.
 */
#ifndef UTIL_FILESINK_H
#define UTIL_FILESINK_H

#include <stdbool.h>
#include <stddef.h>

#include "util/err.h"

/* What writing a file did, or would do. */
enum file_news {
	FILE_SAME,
	FILE_CHANGED,
	FILE_NEW,
	FILE_GONE,
};

struct filesink;

struct filesink_ops {
	int (*begin)(struct filesink *sink, const char *path, struct err *err);
	int (*write)(struct filesink *sink, const void *data, size_t size,
		     struct err *err);
	int (*end)(struct filesink *sink, enum file_news *news,
		   struct err *err);
	int (*remove)(struct filesink *sink, const char *path, struct err *err);
	int (*publish)(struct filesink *sink, struct err *err);
	void (*close)(struct filesink *sink);
};

/* An implementation embeds this struct as its first member. */
struct filesink {
	const struct filesink_ops *ops;
};

/* Begins a file. Its relative path is as in util/filetree.h. */
int filesink_begin(struct filesink *sink, const char *path,
		   struct err *err) MUST_CHECK;
int filesink_write(struct filesink *sink, const void *data, size_t size,
		   struct err *err) MUST_CHECK;

/* Ends the file. *news tells how it differs from the one that was there. */
int filesink_end(struct filesink *sink, enum file_news *news,
		 struct err *err) MUST_CHECK;

/*
 * Asks for a file to be gone after publishing; it may not exist. A path is
 * either written or removed, and once.
 */
int filesink_remove(struct filesink *sink, const char *path,
		    struct err *err) MUST_CHECK;

/*
 * Puts all files in their place. Nothing is to be seen of them before. An error
 * if a file was begun and not ended.
 */
int filesink_publish(struct filesink *sink, struct err *err) MUST_CHECK;

/* Forgets what is not published, closes and frees; NULL is allowed. */
void filesink_close(struct filesink *sink);

/*
 * Files below the folder `path`, which is made when there is something to
 * publish. Only a file whose bytes change is touched, by renaming a complete
 * one over it, with the permissions of the old one. A symbolic link at the
 * place of a file or of a folder is refused. What a run that was killed left
 * there is removed (util/temporary.h). With `dry` nothing is written at
 * all, and publishing does nothing: for asking what would change.
 */
int directory_sink_open(struct filesink **sink, const char *path, bool dry,
			struct err *err) MUST_CHECK;

#endif
