#include "config.h"

#include "workspace/rehearsing.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/name.h"
#include "workspace/actions.h"
#include "workspace/report.h"

enum { MAX_TEXT = 1 << 24 };

/* ---- whose rows ---- */

/* Where the rows come from, "" if there are none. */
struct rows {
	struct side side;
	bool is_own; /* of the database itself: all is as it is */
	bool any;
};

static bool is_remote(const struct side *side)
{
	return side->endpoint.kind == ENDPOINT_REMOTE ||
	       side->endpoint.kind == ENDPOINT_PREVIEW;
}

/* The endpoint as text, if there is a snapshot. */
static bool take_snapshot(struct rows *rows, const struct migration_view *view,
			  const char *text)
{
	struct err none = ERR_INIT;

	if (workspace_resolve(view->workspace, &rows->side, text, &none) == 0 &&
	    side_has_snapshot(view->workspace, &rows->side))
		rows->any = true;
	else
		side_release(&rows->side);
	return rows->any;
}

/* What is known here of a remote database's rows. */
static int find_known(struct rows *rows, const struct migration_view *view,
		      struct err *err)
{
	char *ref = NULL;
	char *snapshot = NULL;

	if (asprintf(&ref, "refs/d1/%s/remote", view->database->name) < 0)
		ref = NULL;
	if (asprintf(&snapshot, "%s/snapshot", view->database->name) < 0)
		snapshot = NULL;
	if (!ref || !snapshot)
		err_set_nomem(err);
	else if (!take_snapshot(rows, view, ref))
		(void)take_snapshot(rows, view, snapshot);
	free(ref);
	free(snapshot);
	return err->code;
}

static int find_rows(struct rows *rows, const struct migration_view *view,
		     const char *text, struct err *err)
{
	*rows = (struct rows){ .any = false };
	if (text) {
		rows->any = true;
		return workspace_resolve(view->workspace, &rows->side, text,
					 err);
	}
	if (is_remote(&view->side))
		return find_known(rows, view, err);
	rows->any = rows->is_own = !view->is_absent;
	return 0;
}

static const char *name_rows(const struct rows *rows,
			     const struct migration_view *view)
{
	if (!rows->any)
		return "no rows";
	return rows->is_own ? view->side.label : rows->side.label;
}

/* ---- the stage ---- */

/* The tables as the ledger has them, with rows from elsewhere. */
static int make_tables(struct replay *replay, struct rows *rows,
		       const struct migration_view *view, struct err *err)
{
	struct source *source = NULL;

	for (size_t i = 0; i < view->ledger.count; i++)
		if (replay_file(replay, view->files,
				view->revision.migrations_label,
				view->ledger.names[i], err) < 0)
			return err->code;
	if (rows->any &&
	    workspace_open(view->workspace, &rows->side, &source, err) == 0)
		(void)!replay_load(replay, source, err);
	source_close(source);
	return err->code;
}

/* Those of a snapshot, which has no ledger. */
static int make_snapshot_tables(struct replay *replay, struct rows *rows,
				const struct migration_view *view,
				struct err *err)
{
	struct filetree *tree = NULL;
	struct source *source = NULL;

	if (workspace_open_files(view->workspace, &rows->side, &tree, err) ==
		    0 &&
	    replay_snapshot(replay, tree, rows->side.label, err) == 0 &&
	    workspace_open(view->workspace, &rows->side, &source, err) == 0)
		(void)!replay_load(replay, source, err);
	source_close(source);
	filetree_close(tree);
	return err->code;
}

static const char *path_of(const struct side *side)
{
	return side->endpoint.kind == ENDPOINT_LOCAL
		       ? side->database->local_path
		       : side->endpoint.path;
}

static int set_stage(struct replay *replay, struct rows *rows,
		     const struct migration_view *view, struct err *err)
{
	if (rows->is_own)
		return replay_copy_file(replay, path_of(&view->side), err);
	if (view->is_snapshot && rows->any)
		return make_snapshot_tables(replay, rows, view, err);
	return make_tables(replay, rows, view, err);
}

/* ---- what would happen ---- */

static void add_rows(struct buf *out, const struct rehearsed_table *table,
		     uint64_t count, const char *verb)
{
	name_add(out, table->name);
	buf_add_format(out, ": %" PRIu64 " of %" PRIu64 " rows would %s", count,
		       table->rows, verb);
}

static void add_shown(struct buf *out, const struct rehearsed_table *table)
{
	uint64_t all = table->vanished + table->changed;

	for (size_t i = 0; i < table->nshown; i++)
		buf_add_format(out, "%s%s", i > 0 ? ", " : ": ",
			       table->shown[i]);
	buf_add_string(out, all > table->nshown ? ", ...\n" : "\n");
}

void rehearsing_add_table(struct buf *out, const struct rehearsed_table *table)
{
	if (table->is_gone) {
		name_add(out, table->name);
		buf_add_format(out,
			       ": the table would be gone, with %" PRIu64
			       " row%s\n",
			       table->rows, table->rows == 1 ? "" : "s");
		return;
	}
	if (table->uncompared) {
		name_add(out, table->name);
		buf_add_format(out, ": cannot be compared: %s\n",
			       table->uncompared);
	}
	if (table->lost) {
		name_add(out, table->name);
		buf_add_format(out, ": values would be gone: %s\n",
			       table->lost);
	}
	if (table->vanished > 0)
		add_rows(out, table, table->vanished, "vanish");
	if (table->vanished > 0 && table->changed > 0)
		buf_add_format(out, ", %" PRIu64 " would change",
			       table->changed);
	else if (table->changed > 0)
		add_rows(out, table, table->changed, "change");
	if (table->vanished + table->changed > 0)
		add_shown(out, table);
	if (table->added > 0) {
		name_add(out, table->name);
		buf_add_format(out, ": %" PRIu64 " row%s would be new\n",
			       table->added, table->added == 1 ? "" : "s");
	}
}

static int print(const struct rehearsal *rehearsal, const char *whose,
		 struct err *err)
{
	struct actions_guard guard;
	bool suffers = false;
	struct buf text;

	buf_init(&text, MAX_TEXT);
	for (size_t i = 0; i < rehearsal->count; i++) {
		rehearsing_add_table(&text, &rehearsal->tables[i]);
		suffers = suffers ||
			  rehearsed_table_suffers(&rehearsal->tables[i]);
	}
	if (!suffers)
		buf_add_string(&text, "no row would vanish or change\n");
	if (buf_check(&text, "the output", err) == 0 &&
	    actions_guard_begin(&guard, stdout, err) == 0) {
		fputs(text.data, stdout);
		actions_guard_end(&guard, stdout);
		fflush(stdout);
		report_hint("nothing was written: this was tried in a private "
			    "database, with %s%s",
			    strcmp(whose, "no rows") == 0 ? "" : "the rows of ",
			    whose);
	}
	buf_release(&text);
	return err->code;
}

int rehearsing_find(struct rehearsal *rehearsal, struct buf *whose,
		    struct migration_view *view, const char *rows_text,
		    const char *const *names, size_t count, struct err *err)
{
	struct rehearsal_question question = {
		.files = view->files,
		.folder = view->revision.migrations_label,
		.names = names,
		.count = count,
		.ledger = view->database->migrations_table,
	};
	struct replay *before = NULL;
	struct rows rows;

	memset(rehearsal, 0, sizeof(*rehearsal));
	if (find_rows(&rows, view, rows_text, err) == 0 &&
	    replay_open(&before, question.ledger, err) == 0) {
		buf_add_string(whose, name_rows(&rows, view));
		question.before = before;
		if (set_stage(before, &rows, view, err) < 0)
			err_context(err, "the rehearsal cannot begin");
		else if (rehearse(rehearsal, &question, err) < 0)
			err_context(err, "with %s", name_rows(&rows, view));
	}
	replay_close(before);
	side_release(&rows.side);
	return err->code;
}

int rehearsing_run(struct migration_view *view, const char *rows,
		   const char *const *names, size_t count, struct err *err)
{
	struct rehearsal rehearsal;
	struct buf whose;

	buf_init(&whose, MAX_TEXT);
	if (rehearsing_find(&rehearsal, &whose, view, rows, names, count,
			    err) == 0 &&
	    buf_check(&whose, "a name", err) == 0)
		(void)!print(&rehearsal, whose.data, err);
	rehearsal_release(&rehearsal);
	buf_release(&whose);
	return err->code;
}
