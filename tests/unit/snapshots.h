/*
 * Snapshots with one table t for tests, in folders and in the commits of r.
 * Needs sandbox.h and fixture.h.
 */
#ifndef SNAPSHOTS_H
#define SNAPSHOTS_H

#include "diff/compare.h"
#include "source/snapshot.h"

/* Writes a data file; `rows` are lists of literals with LF between them. */
static inline void write_data(const char *path, const char *header,
			      const char *rows)
{
	struct buf text;

	buf_init(&text, 1 << 24);
	buf_add_format(&text,
		       "-- git-d1 snapshot 1\n-- table \"t\"%s\n"
		       "PRAGMA defer_foreign_keys=on;\n",
		       header + 1);
	while (*rows) {
		size_t size = strcspn(rows, "\n");

		buf_add_format(&text, "INSERT INTO \"t\" VALUES(%.*s);\n",
			       (int)size, rows);
		rows += size;
		rows += *rows == '\n';
	}
	sandbox_write(path, text.data);
	buf_release(&text);
}

/* Commits these rows on the branch that is checked out. */
static inline void commit_as(const char *header, const char *rows)
{
	write_data("r/d1/shop/data/t.sql", header, rows);
	sandbox_write("r/d1/shop/schema.sql",
		      "CREATE TABLE \"t\"(id INTEGER PRIMARY KEY, a, b);");
	shell("cd r; git add .; git commit -q --allow-empty -m rows");
}

/* Opens the snapshot in that folder. */
static inline struct source *open_folder(const char *folder)
{
	struct filetree *tree = NULL;
	struct source *source = NULL;
	struct err err = ERR_INIT;

	if (directory_open(&tree, sandbox_path(folder), &err) < 0 ||
	    snapshot_open(&source, tree, folder, &err) < 0)
		fail_msg("%s", err.message);
	return source;
}

/* For struct comparison; `context` is the struct pair_rules of all tables. */
static inline int find_rules(void *context, const char *table,
			     const struct pair_rules **rules, struct err *err)
{
	(void)table;
	(void)err;
	*rules = context;
	return 0;
}

static inline bool want_all(void *context, const char *table)
{
	(void)context;
	(void)table;
	return true;
}

#endif
