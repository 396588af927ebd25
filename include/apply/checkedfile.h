/*
 * A data file of a snapshot that may hold anything: what is wrong in it is a
 * problem and told, and reading goes on behind it. An error is only what keeps
 * it from being read.
 */
#ifndef APPLY_CHECKEDFILE_H
#define APPLY_CHECKEDFILE_H

#include <stdbool.h>

#include "apply/checkedschema.h"
#include "apply/problem.h"
#include "format/datafile.h"
#include "source/snapshotfile.h"
#include "util/err.h"
#include "util/filetree.h"

struct checkedfile {
	struct datafile *rows; /* NULL: it is no data file */
	struct arena arena;
	/*
	 * The file and the table, if it fits its definition; else, and where
	 * nothing is defined, table.name is NULL.
	 */
	struct snapshotfile file;
	struct table table;
	const struct table *defined; /* the table in schema.sql */
	bool in_conflict; /* the last row stands between conflict markers */
	bool bad;	  /* some line was no row */

	/* of the reader */
	struct problems *problems;
	bool unreadable; /* the stream failed */
};

/*
 * Opens the file at `path` and fits it to its definition. Problems go to
 * `problems`, which was told of the file; NULL: to nobody. All of it is
 * borrowed while the file is open; the caller closes it, after an error too.
 */
int checkedfile_open(struct checkedfile *file, struct filetree *tree,
		     const char *path, const struct checkedschema *definitions,
		     struct problems *problems, struct err *err) MUST_CHECK;
void checkedfile_close(struct checkedfile *file);

/*
 * Reads the next row that is one, NULL after the last; valid until the next
 * call.
 */
int checkedfile_next(struct checkedfile *file, const struct row **row,
		     struct err *err) MUST_CHECK;

/* What has the name of a data file in a snapshot, in the order of the names. */
struct listedfile {
	const char *path;
	bool is_file;
};

struct checkedfiles {
	struct arena arena;
	struct listedfile *items;
	size_t count;
	size_t cap;
};

/* What is no file is a problem. */
int checkedfiles_list(struct checkedfiles *files, struct filetree *tree,
		      struct problems *problems, struct err *err) MUST_CHECK;
void checkedfiles_release(struct checkedfiles *files);

#endif
