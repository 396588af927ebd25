#include "config.h"

#include <stdlib.h>

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
			    const char *const *names, size_t count,
			    struct err *err)
{
	struct err failure = ERR_INIT;
	struct rehearsal rehearsal;
	struct buf whose;

	buf_init(&whose, MAX_TEXT);
	if (rehearsing_find(&rehearsal, &whose, &checking->view,
			    find_rows(checking), names, count, &failure) < 0)
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

int check_rehearsal(struct checking *checking, struct gate_check *check,
		    struct err *err)
{
	const char **names;
	size_t count;
	bool go_on;

	if (checking->offline)
		return gate_set_state(checking->report, check, GATE_SKIPPED,
				      "what is pending is not known, because "
				      "of --offline",
				      NULL, err);
	if (check_begin(checking, check, &go_on, err) < 0 || !go_on)
		return err->code;
	names = find_pending(checking, &count);
	if (!names)
		err_set_nomem(err);
	else if (count == 0)
		(void)!gate_set_state(checking->report, check, GATE_SKIPPED,
				      "no migration is pending", NULL, err);
	else
		(void)!rehearse_pending(checking, check, names, count, err);
	free(names);
	return err->code;
}
