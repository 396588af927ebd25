/*
 * Which tables snapshots keep, as .d1config says it: what `git d1 track` and
 * `git d1 untrack` have in common.
 */
#ifndef WORKSPACE_TRACKING_H
#define WORKSPACE_TRACKING_H

#include <stdbool.h>
#include <stddef.h>

#include "config/tablesettings.h"
#include "workspace/workspace.h"

/* A database of the active environment. */
struct tracking_database {
	const struct database *database;
	struct source *local; /* NULL: there is no local file */
};

struct tracking {
	struct workspace workspace;
	struct arena arena;
	char *path;		/* of .d1config, there or not */
	char *shown_path;	/* the same, seen from the current directory */
	struct d1config config; /* as it is now */
	struct tracking_database *databases;
	size_t count;
};

/* Loads the project and opens the local files that are there. */
int tracking_open(struct tracking *tracking,
		  const struct workspace_options *options,
		  struct err *err) MUST_CHECK;
void tracking_close(struct tracking *tracking);

/*
 * The database called `name` (a logical name, a database_name or a binding),
 * in *found.
 */
int tracking_find_database(struct tracking *tracking,
			   struct tracking_database **found, const char *name,
			   struct err *err) MUST_CHECK;

/*
 * Takes "[<database>/]<table>" apart. *found is NULL if the text names no
 * database; then all of the text is the name of a table. A table may have a
 * slash in its name.
 */
int tracking_split(struct tracking *tracking, struct tracking_database **found,
		   const char **table, const char *text,
		   struct err *err) MUST_CHECK;

/* The table of that name, in any letter case; NULL if there is none. */
const struct table *tracking_table(const struct tracking_database *database,
				   const char *name);

/* What holds for the table now. Lists are valid until the tracking is closed */
int tracking_settings(struct tracking *tracking,
		      struct table_settings *settings,
		      const struct tracking_database *database,
		      const char *table, struct err *err) MUST_CHECK;

/*
 * The section [table "..."] of the table: <database>/<table> if `qualified`,
 * written as a section that is there already, if there is one; in *section.
 */
int tracking_section(struct tracking *tracking, const char **section,
		     const struct tracking_database *database,
		     const char *table, bool qualified,
		     struct err *err) MUST_CHECK;

/*
 * Sets table.<section>.track in the file, or takes it out if `value` is NULL;
 * then reads the file again. Comments stay.
 */
int tracking_set(struct tracking *tracking, const char *section,
		 const char *value, struct err *err) MUST_CHECK;

/*
 * Sets table.<section>.track to true for all of these. Sections that the file
 * does not have are written to its end at once, the others one by one; then
 * the file is read again.
 */
int tracking_set_all(struct tracking *tracking, const char *const *sections,
		     size_t count, struct err *err) MUST_CHECK;

/* What the table is called in output, "shop/users" if there is a choice. */
void tracking_add_name(struct buf *out, const struct tracking *tracking,
		       const struct tracking_database *database,
		       const char *table);

#endif
