#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/hookmove.h"
#include "cmd/restoration.h"
#include "workspace/recordhistory.h"
#include "workspace/report.h"

enum {
	MAX_LINE = 1 << 16,
	SHOWN = 20, /* lines of rows in conflict */
};

/* What is carried into one database. */
struct carrying {
	struct hook_move *move;
	struct side side;
	struct backup backup;
	struct revision now, before;
	struct restoration restoration;
};

/* ---- what is said ---- */

static void show_listing(FILE *listing, const char *command)
{
	unsigned long long lines = 0;
	char *line = NULL;
	size_t size = 0;
	ssize_t length;

	rewind(listing);
	while ((length = getline(&line, &size, listing)) > 0) {
		line[length - 1] = '\0';
		if (lines++ < SHOWN)
			report_line(line);
	}
	free(line);
	if (lines > SHOWN)
		report_hint("%llu more: %s --dry-run", lines - SHOWN, command);
}

static void add_count(struct buf *line, uint64_t count, const char *one,
		      const char *more)
{
	bool first = line->len > 0 && line->data[line->len - 1] == ':';

	if (count > 0)
		buf_add_format(line, "%s%" PRIu64 " %s", first ? " " : ", ",
			       count, count == 1 ? one : more);
}

/* One line a database. */
static void tell(const struct restoration *restoration)
{
	const struct changes *changes = restoration->changes;
	uint64_t counts[3] = { 0 }, kept = 0;
	struct buf line;

	for (size_t i = 0; i < restoration->nrestored; i++) {
		const struct restored_table *table = &restoration->restored[i];

		counts[CHANGE_INSERT] += table->rows;
		kept += table->kept;
		for (int op = 0; table->compared && op < 3; op++)
			counts[op] += changes_count(changes, table->changes,
						    (enum change_op)op);
	}
	if (restoration_is_empty(restoration))
		return;
	buf_init(&line, MAX_LINE);
	buf_add_format(&line, "%s:", restoration->label);
	add_count(&line, restoration->applied, "migration applied",
		  "migrations applied");
	add_count(&line, counts[CHANGE_INSERT], "inserted", "inserted");
	add_count(&line, counts[CHANGE_UPDATE], "updated", "updated");
	add_count(&line, counts[CHANGE_DELETE], "deleted", "deleted");
	add_count(&line, kept, "local change kept", "local changes kept");
	if (line.data)
		report_line(line.data);
	buf_release(&line);
}

static int carry_out(struct restoration *restoration, struct err *err)
{
	if (restoration_begin(restoration, err) < 0 ||
	    restoration_define(restoration, err) < 0 ||
	    restoration_plan(restoration, err) < 0 ||
	    restoration_write(restoration, err) < 0)
		return err->code;
	return restoration_keep(restoration, err);
}

/* The next try has the same base, so nothing is forgotten until then. */
static void hint_at_next(struct err *err, const char *command)
{
	size_t used = strlen(err->hint);

	if (err->code == D1_ECONFLICT) {
		*err->hint = '\0';
		err_hint(err,
			 "when these rows are settled there: %s\n"
			 "to take all rows of HEAD: %s --force",
			 command, command);
	} else {
		snprintf(err->hint + used, sizeof(err->hint) - used,
			 "%stry again with: %s", used > 0 ? "\n" : "", command);
	}
}

/* Rows in conflict, and what else is in the way, leave the database alone. */
static int report_trouble(struct carrying *self, struct err *err)
{
	struct hook_run *run = self->move->run;
	FILE *listing = self->restoration.listing;
	const char *command;

	if (err->code == D1_ENOMEM)
		return err->code;
	command = hook_run_restore(run, self->restoration.database);
	if (!command)
		return err_set_nomem(err);
	if (listing && (err->code == D1_ECONFLICT || err->code == D1_EREFUSED))
		show_listing(listing, command);
	if (err->code != D1_EUNPLANNED) {
		err_context(err, "%s stays as it is", self->side.label);
		hint_at_next(err, command);
	}
	report_warning_err(err);
	err_clear(err);
	return 0;
}

/* ---- the base ---- */

/*
 * What is carried is what changed between two commits. The record is the base
 * of that, unless it is a snapshot that nobody has committed: its rows, which
 * are in the database, would look as if the commit had taken them back.
 */
static int choose_base(struct carrying *self, struct err *err)
{
	struct restoration *restoration = &self->restoration;
	char ref[RECORD_REF_SIZE];
	bool is_committed;

	if (!*self->before.id)
		return 0;
	restoration->before = &self->before;
	if (record_ref(ref, restoration->path, err) == 0 &&
	    record_is_committed(&is_committed, ref, &self->before, err) == 0)
		restoration->before_counts = !is_committed;
	return err->code;
}

/* ---- carrying ---- */

/* A commit without a snapshot of this database brings it nothing. */
static int has_snapshot(const struct revision *revision, bool *any,
			struct err *err)
{
	struct filetree *tree;

	*any = false;
	if (revision_open_snapshot(&tree, revision, err) == 0) {
		filetree_close(tree);
		*any = true;
	} else if (err->code == D1_ENOTFOUND) {
		err_clear(err);
	}
	return err->code;
}

static int find_revisions(struct carrying *self,
			  const struct database *database, struct err *err)
{
	const struct hook_move *move = self->move;
	const struct hook_run *run = move->run;
	const struct project *project = &run->workspace.project;

	if (revision_find(&self->now, "HEAD", run->repository, project,
			  database, err) == 0 &&
	    *move->before)
		(void)!revision_find(&self->before, move->before,
				     run->repository, project, database, err);
	return err->code;
}

static int name_side(struct carrying *self, const struct database *database,
		     struct err *err)
{
	struct side *side = &self->side;

	side->database = database;
	side->name = strdup(database->name);
	if (!side->name || asprintf(&side->label, "%s/local", side->name) < 0) {
		side->label = NULL;
		return err_set_nomem(err);
	}
	return 0;
}

static const char *command_name(enum hook_event event)
{
	switch (event) {
	case HOOK_POST_CHECKOUT:
		return "git d1 hook post-checkout";
	case HOOK_POST_REWRITE:
		return "git d1 hook post-rewrite";
	default:
		return "git d1 hook post-merge";
	}
}

static int carry(struct carrying *self, struct err *err)
{
	static const struct option_words all = { NULL, 0 };
	const struct hook_run *run = self->move->run;

	self->backup = (struct backup){
		.workspace = &self->move->run->workspace,
		.side = &self->side,
		.command = command_name(self->move->event),
	};
	self->restoration = (struct restoration){
		.path = self->side.database->local_path,
		.label = self->side.label,
		.project = &run->workspace.project,
		.database = self->side.database,
		.revision = &self->now,
		.repository = run->repository,
		.tables = &all,
		.backup = &self->backup,
	};
	if (choose_base(self, err) == 0 &&
	    carry_out(&self->restoration, err) == 0)
		tell(&self->restoration);
	else
		(void)!report_trouble(self, err);
	restoration_end(&self->restoration);
	return err->code;
}

/* A database that is not there is made by people, who then know of it. */
static int carry_into(struct hook_run *run, const struct database *database,
		      void *context, struct err *err)
{
	struct carrying self = { .move = context,
				 .side = { .endpoint = {
						   .kind = ENDPOINT_LOCAL } } };
	bool any;

	if (side_check_local(&run->workspace, database, err) == 0 &&
	    name_side(&self, database, err) == 0 &&
	    find_revisions(&self, database, err) == 0 &&
	    has_snapshot(&self.now, &any, err) == 0 && any)
		(void)!carry(&self, err);
	revision_release(&self.now);
	revision_release(&self.before);
	side_release(&self.side);
	return err->code;
}

int hook_carry(struct hook_move *move, struct err *err)
{
	size_t there;

	if (hook_run_lock(move->run, err) < 0 ||
	    hook_run_each_local(move->run, carry_into, move, &there, err) < 0)
		return err->code;
	return there > 0 ? 0 : hook_hint(move, err);
}
