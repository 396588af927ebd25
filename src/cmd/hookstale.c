#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apply/changes.h"
#include "apply/threeway.h"
#include "cmd/hookpush.h"
#include "config/tablesettings.h"
#include "model/name.h"
#include "source/snapshot.h"
#include "source/sqlite.h"
#include "util/file.h"
#include "workspace/record.h"
#include "workspace/report.h"
#include "workspace/sidefolder.h"
#include "workspace/tables.h"

enum { MAX_LINE = 1 << 12 };

/* The look at one database. */
struct look {
	struct hook_run *run;
	const struct database *database;
	struct table_choice choice;
	struct side side;      /* the commit's snapshot */
	struct source *ours;   /* the local file */
	struct source *theirs; /* the commit */
	struct source *base;   /* the record; NULL: there is none */
	uint64_t rows;	       /* that are missing */
	struct buf tables;     /* their tables */
};

static int open_snapshot_of(struct look *look, const char *id, struct err *err)
{
	struct workspace *workspace = &look->run->workspace;
	struct side *side = &look->side;

	side->endpoint.kind = ENDPOINT_REVISION;
	side->endpoint.revision = strdup("HEAD");
	side->name = strdup(look->database->name);
	snprintf(side->id, sizeof(side->id), "%s", id);
	if (!side->endpoint.revision || !side->name ||
	    asprintf(&side->label, "%s/HEAD", side->name) < 0)
		return err_set_nomem(err);
	if (side_set_folder(workspace, side, &workspace->project.d1config,
			    err) < 0)
		return err->code;
	return workspace_open(workspace, side, &look->theirs, err);
}

static int open_record(struct look *look, struct err *err)
{
	char ref[RECORD_REF_SIZE];
	struct filetree *tree;

	if (record_ref(ref, look->database->local_path, err) < 0 ||
	    record_look(&tree, look->run->repository, ref, err) < 0 || !tree)
		return err->code;
	return snapshot_open(&look->base, tree, ref, err);
}

/* Each row is in the way of nobody: it is only counted. */
static int ignore_row(void *context, const struct threeway_row *row,
		      struct err *err)
{
	(void)context;
	(void)row;
	(void)err;
	return 0;
}

static int look_at_table(struct look *look, const char *name, struct err *err)
{
	struct threeway threeway = {
		.ours = look->ours,
		.theirs = look->theirs,
		.base = look->base,
		.labels = { "local", "HEAD" },
		.trouble = ignore_row,
	};
	const struct pair_rules *rules;
	struct threeway_counts counts;

	if (changes_open(&threeway.changes, err) == 0 &&
	    table_choice_rules(&look->choice, name, &rules, err) == 0 &&
	    threeway_table(&threeway, name, rules, &counts, err) == 0 &&
	    counts.kept + counts.trouble > 0) {
		look->rows += counts.kept + counts.trouble;
		buf_add_string(&look->tables, look->tables.len ? ", " : "");
		name_add(&look->tables, name);
	}
	changes_close(threeway.changes);
	return err->code;
}

static int look_at_tables(struct look *look, struct err *err)
{
	const struct schema *schema = look->theirs->schema;
	struct workspace *workspace = &look->run->workspace;

	for (size_t i = 0; i < schema->ntables && !err->code; i++) {
		const struct table *table = &schema->tables[i];

		if (table->kind != TABLE_DERIVED &&
		    d1config_tracks_table(&workspace->project.d1config,
					  look->database->name, table->name) &&
		    schema_table(look->ours->schema, table->name))
			(void)!look_at_table(look, table->name, err);
	}
	return err->code;
}

static void report_stale(const struct look *look)
{
	const char *name = look->database->name;
	struct err problem = ERR_INIT;

	err_set(&problem, D1_ECONFLICT,
		"%s/local holds %llu row%s that HEAD does not (%s)", name,
		(unsigned long long)look->rows, look->rows == 1 ? "" : "s",
		look->tables.data ? look->tables.data : "");
	if (look->base) {
		err_hint(&problem,
			 "take them into a commit: git d1 snapshot && git add "
			 "-- '%s' && git commit",
			 look->side.folder);
		hook_run_block(look->run, &problem);
		return;
	}
	err_hint(&problem,
		 "or HEAD's are newer: that is not known, since no snapshot "
		 "was restored into it before, or taken from it\n"
		 "see them: git d1 diff %s/HEAD local",
		 name);
	report_warning_err(&problem);
}

static int look_at(struct hook_run *run, const struct database *database,
		   void *context, struct err *err)
{
	static const struct option_words all = { NULL, 0 };
	const char *const *id = context;
	struct look look = {
		.run = run,
		.database = database,
		.choice = { .config = &run->workspace.project.d1config,
			    .database = database->name,
			    .named = &all },
	};

	buf_init(&look.tables, MAX_LINE);
	if (workspace_mask_key(&run->workspace, &look.choice.mask_key, err) < 0)
		goto out;
	if (open_snapshot_of(&look, *id, err) < 0) {
		if (err->code == D1_ENOTFOUND)
			err_clear(err); /* this one is not kept in git */
		goto out;
	}
	if (sqlite_open(&look.ours, database->local_path, err) == 0 &&
	    open_record(&look, err) == 0 && look_at_tables(&look, err) == 0 &&
	    look.rows > 0)
		report_stale(&look);
out:
	source_close(look.base);
	source_close(look.theirs);
	source_close(look.ours);
	table_choice_release(&look.choice);
	side_release(&look.side);
	buf_release(&look.tables);
	return err_context(err, "%s/local", database->name);
}

int hook_push_check_local(struct hook_run *run, const char *id, struct err *err)
{
	size_t there;

	return hook_run_each_local(run, look_at, &id, &there, err);
}
