#include "config.h"

#include "workspace/checks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "migrate/replay.h"
#include "schema/objectcompare.h"
#include "util/quote.h"
#include "workspace/checkparts.h"
#include "workspace/sidecheck.h"

enum { MAX_TEXT = 1 << 16 };

const char *const check_names[CHECKS + 1] = {
	[CHECK_SNAPSHOT] = "snapshot", [CHECK_MIGRATIONS] = "migrations",
	[CHECK_SCHEMA] = "schema",     [CHECK_REHEARSAL] = "rehearsal",
	[CHECK_DATA] = "data",	       [CHECK_TYPES] = "types",
};

/* ---- what is looked at ---- */

/* Production, as an endpoint, or what stands for it. */
static char *endpoint_of(const struct checking *checking)
{
	const struct database *database = checking->database;
	const char *environment = database->environment;
	char *text;

	if (checking->offline)
		return strdup(checking->snapshot);
	return asprintf(&text, "%s/remote%s%s", database->name,
			environment ? "@" : "",
			environment ? environment : "") < 0
		       ? NULL
		       : text;
}

static int look(struct checking *checking, struct err *err)
{
	struct migration_view *view = &checking->view;
	struct drift_question question;
	char *endpoint = endpoint_of(checking);

	if (!endpoint)
		return err_set_nomem(err);
	if (migration_view_find_at(view, checking->workspace, endpoint,
				   checking->revision, err) == 0 &&
	    migration_view_open(view, err) == 0) {
		migration_view_question(&question, view);
		(void)!drift_find(&checking->drift, &question, err);
	}
	free(endpoint);
	return err->code;
}

/* Opens the database, once for all checks. */
static int begin(struct checking *checking, struct err *err)
{
	if (!checking->begun)
		(void)!look(checking, &checking->failure);
	checking->begun = true;
	if (checking->failure.code == D1_ENOMEM)
		*err = checking->failure;
	return err->code;
}

int check_fail(struct checking *checking, struct gate_check *check,
	       const struct err *failure, struct err *err)
{
	if (!checking->code)
		checking->code = failure->code;
	return gate_set_state(checking->report, check, GATE_FAILED,
			      failure->message,
			      *failure->hint ? failure->hint : NULL, err);
}

int check_begin(struct checking *checking, struct gate_check *check,
		bool *go_on, struct err *err)
{
	const struct err *failure = &checking->failure;

	*go_on = false;
	if (begin(checking, err) < 0)
		return err->code;
	if (failure->code == D1_ENOTFOUND && checking->offline)
		return gate_set_state(checking->report, check, GATE_SKIPPED,
				      failure->message, failure->hint, err);
	if (failure->code)
		return check_fail(checking, check, failure, err);
	*go_on = true;
	return 0;
}

/* ---- the files ---- */

struct file_findings {
	struct checking *checking;
	struct gate_check *check;
	struct err *err;
};

static void add_problem(void *context, const struct side_check *side,
			const struct problem *problem)
{
	struct file_findings *findings = context;
	struct gate_finding finding = { .kind = GATE_FAULT,
					.message = problem->message,
					.remedy = problem->remedy,
					.line = problem->line };
	char *path = NULL;

	if (findings->err->code)
		return;
	if (asprintf(&path, "%s%s%s", side->side->folder,
		     *side->side->folder ? "/" : "", problem->path) < 0) {
		err_set_nomem(findings->err);
		return;
	}
	finding.path = path;
	(void)!gate_add_finding(findings->checking->report, findings->check,
				&finding, findings->err);
	free(path);
}

static int check_files(struct checking *checking, struct gate_check *check,
		       struct side *side, struct err *err)
{
	struct err failure = ERR_INIT;
	struct file_findings findings = { checking, check, err };
	struct side_check files = SIDE_CHECK_INIT(checking->workspace, side);
	struct snapshot_findings counts;

	files.tell = add_problem;
	files.context = &findings;
	(void)!side_check_run(&files, &counts, &failure);
	side_check_release(&files);
	if (failure.code == D1_ENOTFOUND)
		return gate_set_state(checking->report, check, GATE_SKIPPED,
				      failure.message, "git d1 track", err);
	return failure.code ? check_fail(checking, check, &failure, err)
			    : err->code;
}

static int check_snapshot(struct checking *checking, struct gate_check *check,
			  struct err *err)
{
	struct err failure = ERR_INIT;
	struct side side = { .name = NULL };

	if (workspace_resolve(checking->workspace, &side, checking->snapshot,
			      &failure) < 0)
		(void)!check_fail(checking, check, &failure, err);
	else
		(void)!check_files(checking, check, &side, err);
	side_release(&side);
	return err->code;
}

/* ---- migrations and schema ---- */

/* Production has what no commit has, or lacks what is not yet there. */
static enum gate_kind kind_of(const struct checking *checking,
			      const struct drift_finding *finding)
{
	switch (finding->kind) {
	case DRIFT_PENDING:
		return checking->offline ? GATE_FAULT : GATE_PENDING;
	case DRIFT_MISSING:
	case DRIFT_SCHEMA:
		return checking->offline ? GATE_FAULT : GATE_DRIFT;
	case DRIFT_OUT_OF_ORDER:
	case DRIFT_EDITED:
		break;
	}
	return GATE_FAULT;
}

int check_migration_path(char **path, const struct checking *checking,
			 const char *name, struct err *err)
{
	const struct migration_view *view = &checking->view;
	const char *folder = view->revision.migrations_path;

	*path = NULL;
	if (!folder || !migrations_have(&view->migrations, name))
		return 0;
	if (asprintf(path, "%s%s%s", folder, *folder ? "/" : "", name) < 0) {
		*path = NULL;
		return err_set_nomem(err);
	}
	return 0;
}

/* A snapshot that is written anew is to be in a commit, too. */
static int find_remedy(char **remedy, const struct checking *checking,
		       const struct drift_finding *found, struct err *err)
{
	const struct revision *revision = &checking->view.revision;
	bool commits = found->kind == DRIFT_PENDING && checking->offline;
	struct buf text;

	*remedy = NULL;
	buf_init(&text, MAX_TEXT);
	buf_add_string(&text, found->remedy);
	if (commits) {
		buf_add_string(&text, " && git add ");
		quote_add_shell(&text, revision->snapshot);
		buf_add_string(&text, " && git commit");
	}
	if (buf_check(&text, "a command", err) == 0) {
		*remedy = strdup(text.data);
		if (!*remedy)
			err_set_nomem(err);
	}
	buf_release(&text);
	return err->code;
}

static int add_drift(struct checking *checking, struct gate_check *check,
		     const struct drift_finding *found, struct err *err)
{
	struct gate_finding finding = { .kind = kind_of(checking, found) };
	char *message = NULL, *path = NULL, *remedy = NULL;

	if (find_remedy(&remedy, checking, found, err) < 0)
		return err->code;
	if (asprintf(&message, "%s %s",
		     found->name ? found->name : "the schema",
		     found->detail) < 0) {
		free(remedy);
		return err_set_nomem(err);
	}
	finding.remedy = remedy;
	finding.message = message;
	if (found->kind == DRIFT_SCHEMA ||
	    check_migration_path(&path, checking, found->name, err) == 0) {
		finding.path = path;
		(void)!gate_add_finding(checking->report, check, &finding, err);
	}
	free(path);
	free(remedy);
	free(message);
	return err->code;
}

static int add_drifts(struct checking *checking, struct gate_check *check,
		      bool schema, struct err *err)
{
	const struct drift *drift = &checking->drift;

	for (size_t i = 0; i < drift->count; i++)
		if ((drift->findings[i].kind == DRIFT_SCHEMA) == schema &&
		    add_drift(checking, check, &drift->findings[i], err) < 0)
			return err->code;
	return 0;
}

static int add_collisions(struct checking *checking, struct gate_check *check,
			  struct err *err)
{
	const struct migrations *migrations = &checking->view.migrations;

	for (size_t i = 0; i < migrations->count; i++) {
		struct drift_finding found = {
			.kind = DRIFT_OUT_OF_ORDER,
			.name = migrations->names[i],
			.detail = "has the number of another one",
			.remedy = "give it a number of its own, with git mv",
		};

		if (drift_collides(migrations, i) &&
		    add_drift(checking, check, &found, err) < 0)
			return err->code;
	}
	return 0;
}

/* A project may do without migrations. */
static bool has_migrations(const struct checking *checking)
{
	return checking->view.migrations.count > 0 ||
	       checking->view.ledger.count > 0;
}

static int check_migrations(struct checking *checking, struct gate_check *check,
			    struct err *err)
{
	bool go_on;

	if (check_begin(checking, check, &go_on, err) < 0 || !go_on)
		return err->code;
	if (!has_migrations(checking))
		return gate_set_state(checking->report, check, GATE_SKIPPED,
				      "there are no migrations", NULL, err);
	if (add_drifts(checking, check, false, err) < 0 ||
	    check_for_wrangler(checking, check, err) < 0)
		return err->code;
	return add_collisions(checking, check, err);
}

/* ---- a project without migrations ---- */

struct schema_findings {
	struct checking *checking;
	struct gate_check *check;
};

static int add_difference(void *context, const struct object *live,
			  const struct object *committed, struct err *err)
{
	struct schema_findings *findings = context;
	const struct checking *checking = findings->checking;
	struct drift_finding found = {
		.kind = DRIFT_SCHEMA,
		.name = live ? live->name : committed->name,
		.detail = !live	      ? "is in the commit's schema.sql alone"
			  : committed ? "is not as the commit's schema.sql "
					"has it"
				      : "is not in the commit's schema.sql",
	};
	struct buf remedy;

	buf_init(&remedy, MAX_TEXT);
	buf_add_format(&remedy, "git d1 schema diff %s %s",
		       checking->view.side.label, checking->snapshot);
	found.remedy = remedy.data;
	if (buf_check(&remedy, "a command", err) == 0)
		(void)!add_drift(findings->checking, findings->check, &found,
				 err);
	buf_release(&remedy);
	return err->code;
}

/* Runs the definitions of the commit's snapshot; *found if there is one. */
static int read_committed(const struct checking *checking,
			  struct objects *objects, bool *found, struct err *err)
{
	const struct migration_view *view = &checking->view;
	struct filetree *tree = NULL;
	struct replay *replay = NULL;

	*found = false;
	if (revision_open_snapshot(&tree, &view->revision, err) ==
	    D1_ENOTFOUND) {
		err_clear(err);
		return 0;
	}
	if (!err->code &&
	    replay_open(&replay, view->database->migrations_table, err) == 0 &&
	    replay_snapshot(replay, tree, view->revision.snapshot_label, err) ==
		    0 &&
	    replay_objects(replay, objects, err) == 0)
		*found = true;
	replay_close(replay);
	filetree_close(tree);
	return err->code;
}

static int compare_with_committed(struct checking *checking,
				  struct gate_check *check, struct err *err)
{
	struct schema_findings findings = { checking, check };
	struct objects objects = { .items = NULL };
	struct err failure = ERR_INIT;
	bool found;

	if (read_committed(checking, &objects, &found, &failure) < 0)
		(void)!check_fail(checking, check, &failure, err);
	else if (!found)
		(void)!gate_set_state(checking->report, check, GATE_SKIPPED,
				      "there are neither migrations nor a "
				      "snapshot",
				      NULL, err);
	else
		(void)!objects_compare(
			&checking->view.live, &objects,
			checking->view.database->migrations_table,
			add_difference, &findings, err);
	objects_release(&objects);
	return err->code;
}

static int check_schema(struct checking *checking, struct gate_check *check,
			struct err *err)
{
	bool go_on;

	if (check_begin(checking, check, &go_on, err) < 0 || !go_on)
		return err->code;
	if (!has_migrations(checking))
		return compare_with_committed(checking, check, err);
	if (checking->drift.uncompared)
		return gate_add_finding(
			checking->report, check,
			&(struct gate_finding){
				.kind = GATE_FAULT,
				.message = checking->drift.uncompared },
			err);
	return add_drifts(checking, check, true, err);
}

/* ---- all of them ---- */

int checks_make(struct checking *checking, enum check check, struct err *err)
{
	static int (*const makers[])(struct checking * checking,
				     struct gate_check * check,
				     struct err * err) = {
		[CHECK_SNAPSHOT] = check_snapshot,
		[CHECK_MIGRATIONS] = check_migrations,
		[CHECK_SCHEMA] = check_schema,
		[CHECK_REHEARSAL] = check_rehearsal,
		[CHECK_DATA] = check_rows,
		[CHECK_TYPES] = check_types,
	};
	struct gate_check *added;

	if (!checking->snapshot &&
	    asprintf(&checking->snapshot, "%s/%s", checking->database->name,
		     checking->revision) < 0) {
		checking->snapshot = NULL;
		return err_set_nomem(err);
	}
	added = gate_add_check(checking->report, checking->database->name,
			       check_names[check], err);
	return added ? makers[check](checking, added, err) : err->code;
}

void checks_release(struct checking *checking)
{
	drift_release(&checking->drift);
	migration_view_release(&checking->view);
	free(checking->snapshot);
}
