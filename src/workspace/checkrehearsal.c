#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "workspace/checkparts.h"
#include "workspace/rehearsing.h"

enum { MAX_TEXT = 1 << 24 };

/* An update is what a migration is for, but nothing is to go with it. */
static enum gate_kind kind_of(const struct checking *checking,
			      const struct rehearsed_table *table)
{
	bool goes = table->vanished > 0 || table->is_gone || table->lost ||
		    table->uncompared;

	return goes && !checking->losses_are_fine ? GATE_FAULT : GATE_WARNING;
}

/* What would become of the rows of one table. */
static int add_table(struct checking *checking, struct gate_check *check,
		     const struct rehearsed_table *table, struct err *err)
{
	enum gate_kind kind = kind_of(checking, table);
	struct buf text;

	if (!rehearsed_table_suffers(table))
		return 0;
	buf_init(&text, MAX_TEXT);
	rehearsing_add_table(&text, table);
	if (text.len > 0 && text.data[text.len - 1] == '\n')
		text.data[text.len - 1] = '\0';
	if (buf_check(&text, "a finding", err) == 0)
		(void)!gate_add_finding(
			checking->report, check,
			&(struct gate_finding){
				.kind = kind,
				.message = text.data,
				.remedy = kind == GATE_WARNING
						  ? NULL
						  : "keep these rows in the "
						    "migration; if they may "
						    "go: --losses=ok" },
			err);
	buf_release(&text);
	return err->code;
}

/* The migrations that production lacks, as they will run. */
static const char **find_pending(const struct checking *checking, size_t *count)
{
	const struct migration_view *view = &checking->view;
	const struct migrations *migrations = &view->migrations;
	const char **names =
		reallocarray(NULL, migrations->count + 1, sizeof(*names));

	*count = 0;
	for (size_t i = 0; names && i < migrations->count; i++)
		if (!ledger_has(&view->ledger, migrations->names[i]))
			names[(*count)++] = migrations->names[i];
	return names;
}

/* The commit's rows; NULL: it has none, and what else is known has to do. */
static const char *find_rows(const struct checking *checking)
{
	struct err none = ERR_INIT;
	struct side side;
	bool any = workspace_resolve(checking->workspace, &side,
				     checking->snapshot, &none) == 0 &&
		   side_has_snapshot(checking->workspace, &side);

	side_release(&side);
	return any ? checking->snapshot : NULL;
}

static int rehearse_pending(struct checking *checking, struct gate_check *check,
			    struct migration_view *view, const char *rows,
			    const char *const *names, size_t count,
			    struct err *err)
{
	struct err failure = ERR_INIT;
	struct rehearsal rehearsal;
	struct buf whose;

	buf_init(&whose, MAX_TEXT);
	if (rehearsing_find(&rehearsal, &whose, view, rows, names, count,
			    &failure) < 0)
		(void)!gate_add_finding(checking->report, check,
					&(struct gate_finding){
						.kind = GATE_FAULT,
						.message = failure.message,
						.remedy = *failure.hint
								  ? failure.hint
								  : NULL },
					err);
	for (size_t i = 0; i < rehearsal.count && !err->code; i++)
		(void)!add_table(checking, check, &rehearsal.tables[i], err);
	rehearsal_release(&rehearsal);
	buf_release(&whose);
	return err->code;
}

static int skip(struct checking *checking, struct gate_check *check,
		const char *reason, struct err *err)
{
	return gate_set_state(checking->report, check, GATE_SKIPPED, reason,
			      NULL, err);
}

/* ---- without production ---- */

/* The commit before, whose snapshot stands for production. */
struct before {
	char *endpoint;
	struct migration_view view;
	struct drift drift;
};

static int open_before(struct before *before, const struct checking *checking,
		       struct err *err)
{
	struct drift_question question;
	struct migration_view *view = &before->view;

	memset(before, 0, sizeof(*before));
	if (asprintf(&before->endpoint, "%s/%s", checking->database->name,
		     checking->base) < 0) {
		before->endpoint = NULL;
		return err_set_nomem(err);
	}
	if (migration_view_find_at(view, checking->workspace, before->endpoint,
				   checking->revision, err) == 0 &&
	    migration_view_open(view, err) == 0) {
		migration_view_question(&question, view);
		(void)!drift_find(&before->drift, &question, err);
	}
	return err->code;
}

static void close_before(struct before *before)
{
	drift_release(&before->drift);
	migration_view_release(&before->view);
	free(before->endpoint);
}

/* What a snapshot lacks comes after where its schema is. */
static int rehearse_behind(struct checking *checking, struct gate_check *check,
			   struct migration_view *view,
			   const struct drift *drift, const char *rows,
			   struct err *err)
{
	const struct migrations *migrations = &view->migrations;
	long long place = drift->place.last;

	if (migrations->count == 0)
		return skip(checking, check, "there are no migrations", err);
	if (place < 0)
		return skip(checking, check,
			    "the snapshot has a schema that the migrations do "
			    "not lead to",
			    err);
	if ((size_t)place == migrations->count)
		return skip(checking, check, "the snapshot lacks no migration",
			    err);
	return rehearse_pending(checking, check, view, rows,
				migrations->names + place,
				migrations->count - (size_t)place, err);
}

static int rehearse_after(struct checking *checking, struct gate_check *check,
			  struct err *err)
{
	struct err failure = ERR_INIT;
	struct before before;

	if (open_before(&before, checking, &failure) == 0)
		(void)!rehearse_behind(checking, check, &before.view,
				       &before.drift, before.endpoint, err);
	else if (failure.code == D1_ENOTFOUND)
		(void)!gate_set_state(checking->report, check, GATE_SKIPPED,
				      failure.message, failure.hint, err);
	else
		(void)!check_fail(checking, check, &failure, err);
	close_before(&before);
	return err->code;
}

static int rehearse_offline(struct checking *checking, struct gate_check *check,
			    struct err *err)
{
	bool go_on;

	if (checking->base)
		return rehearse_after(checking, check, err);
	if (check_begin(checking, check, &go_on, err) < 0 || !go_on)
		return err->code;
	return rehearse_behind(checking, check, &checking->view,
			       &checking->drift, checking->snapshot, err);
}

/* ---- the check ---- */

int check_rehearsal(struct checking *checking, struct gate_check *check,
		    struct err *err)
{
	const char **names;
	size_t count;
	bool go_on;

	if (checking->offline)
		return rehearse_offline(checking, check, err);
	if (check_begin(checking, check, &go_on, err) < 0 || !go_on)
		return err->code;
	names = find_pending(checking, &count);
	if (!names)
		err_set_nomem(err);
	else if (count == 0)
		(void)!skip(checking, check, "no migration is pending", err);
	else
		(void)!rehearse_pending(checking, check, &checking->view,
					find_rows(checking), names, count, err);
	free(names);
	return err->code;
}
