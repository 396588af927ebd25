/* Copying the files of a snapshot into one that is made. */
#ifndef WORKSPACE_TREECOPY_H
#define WORKSPACE_TREECOPY_H

#include <stdbool.h>

#include "util/err.h"
#include "util/filesink.h"
#include "util/filetree.h"

/* schema.sql, and triggers.sql if it is there. */
int treecopy_definitions(struct filesink *sink, struct filetree *from,
			 struct err *err) MUST_CHECK;

/* The data files of all tables. */
int treecopy_data(struct filesink *sink, struct filetree *from,
		  struct err *err) MUST_CHECK;

/*
 * Those of the tables (NULL-terminated), or of all others. Which others there
 * are is told by the files.
 */
int treecopy_tables(struct filesink *sink, struct filetree *from,
		    const char *const *tables, bool others,
		    struct err *err) MUST_CHECK;

#endif
