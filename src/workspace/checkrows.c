#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "model/literal.h"
#include "model/name.h"
#include "model/schema.h"
#include "util/quote.h"
#include "workspace/checkparts.h"
#include "workspace/commitrows.h"

enum { SHOWN_ROWS = 20, MAX_VALUE = 200, MAX_DETAILS = 1 << 20 };

enum { STATES = BEHIND_OWN + 1 };

/* The rows of one table, by what they are. */
struct row_findings {
	struct checking *checking;
	struct gate_check *check;
	char *table; /* NULL: none yet */
	uint64_t rows[STATES];
	struct buf details[STATES];
};

/* ---- what is shown of a row ---- */

static void add_value(struct buf *out, const struct value *value)
{
	struct buf literal;

	buf_init(&literal, MAX_DETAILS);
	literal_add(&literal, value);
	if (literal.failed || literal.len > MAX_VALUE)
		buf_add_string(out, "...");
	else
		buf_add(out, literal.data, literal.len);
	buf_release(&literal);
}

static void add_key(struct buf *out, const struct behind_row *row)
{
	const struct changed_table *table = row->table;
	const struct row *cells =
		row->change->old ? row->change->old : row->change->new;

	for (size_t i = 0; i < table->nkey; i++) {
		buf_add_char(out, ' ');
		name_add(out, table->columns[table->key[i]]);
		buf_add_char(out, '=');
		add_value(out, &cells->cells[table->key[i]]);
	}
}

/* The columns that differ, with both values if these may be seen. */
static void add_columns(struct buf *out, const struct behind_row *row,
			bool show_values)
{
	const struct row_change *change = row->change;
	const char *before = ": ";

	for (size_t i = 0; i < row->table->ncolumns; i++) {
		const struct value *old = &change->old->cells[i];
		const struct value *new = &change->new->cells[i];

		if (value_equal(old, new))
			continue;
		buf_add_string(out, before);
		before = ", ";
		name_add(out, row->table->columns[i]);
		if (!show_values)
			continue;
		buf_add_string(out, " is ");
		add_value(out, old);
		buf_add_string(out, ", in the commit ");
		add_value(out, new);
	}
}

/* "~ id=2: price", "- 2 rows". */
static void add_row(struct buf *out, const struct behind_row *row,
		    bool show_values)
{
	static const char marks[] = { [CHANGE_INSERT] = '+',
				      [CHANGE_DELETE] = '-',
				      [CHANGE_UPDATE] = '~' };
	const struct row_change *change = row->change;

	buf_add_char(out, marks[change->op]);
	if (!change->keyed)
		buf_add_format(out, " %" PRIu64 " row%s", change->count,
			       change->count == 1 ? "" : "s");
	else
		add_key(out, row);
	if (change->op == CHANGE_UPDATE)
		add_columns(out, row, show_values);
	buf_add_char(out, '\n');
}

/* ---- findings ---- */

static void add_message(struct buf *out, const struct row_findings *self,
			enum behind_state state)
{
	static const char too_short[] =
		"of which this clone has too little history";
	static const char *const texts[STATES] = {
		[BEHIND_PENDING] = "to be written",
		[BEHIND_DRIFT] = "changed in production",
		[BEHIND_TOO_SHORT] = too_short,
	};
	uint64_t rows = self->rows[state];

	name_add(out, self->table);
	buf_add_format(out, ": %" PRIu64 " row%s %s", rows,
		       rows == 1 ? "" : "s", texts[state]);
}

/* What a deploy calls the database: its name alone is of the top level. */
static const char *deploy_name(const struct checking *checking)
{
	return checking->database->environment ? checking->view.side.label
					       : checking->database->name;
}

static void add_remedy(struct buf *out, const struct row_findings *self,
		       enum behind_state state)
{
	const struct checking *checking = self->checking;

	if (state == BEHIND_PENDING)
		buf_add_format(out, "git d1 deploy %s", deploy_name(checking));
	else if (state == BEHIND_TOO_SHORT)
		buf_add_string(out, "git fetch --unshallow");
}

static int add_finding(struct row_findings *self, enum behind_state state,
		       struct err *err)
{
	static const enum gate_kind kinds[STATES] = {
		[BEHIND_PENDING] = GATE_PENDING,
		[BEHIND_DRIFT] = GATE_DRIFT,
		[BEHIND_TOO_SHORT] = GATE_FAULT,
	};
	struct buf *details = &self->details[state];
	struct buf message, remedy;

	buf_init(&message, MAX_DETAILS);
	buf_init(&remedy, MAX_DETAILS);
	add_message(&message, self, state);
	add_remedy(&remedy, self, state);
	if (self->rows[state] > SHOWN_ROWS)
		buf_add_format(details, "and %" PRIu64 " more\n",
			       self->rows[state] - SHOWN_ROWS);
	if (buf_check(&message, "a finding", err) == 0 &&
	    buf_check(&remedy, "a finding", err) == 0 &&
	    buf_check(details, "a finding", err) == 0)
		(void)!gate_add_finding(self->checking->report, self->check,
					&(struct gate_finding){
						.kind = kinds[state],
						.message = message.data,
						.remedy = remedy.data,
						.details = details->data },
					err);
	buf_release(&message);
	buf_release(&remedy);
	return err->code;
}

/* Ends the table. */
static int end_table(struct row_findings *self, struct err *err)
{
	for (int state = 0; state < BEHIND_OWN; state++) {
		if (self->rows[state] > 0 &&
		    add_finding(self, (enum behind_state)state, err) < 0)
			break;
		self->rows[state] = 0;
		buf_clear(&self->details[state]);
	}
	free(self->table);
	self->table = NULL;
	return err->code;
}

static int take_row(void *context, const struct behind_row *row,
		    struct err *err)
{
	struct row_findings *self = context;

	if (self->table && strcmp(self->table, row->table->name) != 0 &&
	    end_table(self, err) < 0)
		return err->code;
	if (!self->table) {
		self->table = strdup(row->table->name);
		if (!self->table)
			return err_set_nomem(err);
	}
	if (self->rows[row->state]++ < SHOWN_ROWS)
		add_row(&self->details[row->state], row,
			self->checking->show_values);
	return 0;
}

/*
 * A snapshot of production takes what was changed there. It takes back what the
 * commit brings, too: where there is some, the local database brings together
 * both.
 */
static int add_drift_remedies(struct row_findings *self, struct err *err)
{
	const struct checking *checking = self->checking;
	const char *name = checking->database->name;
	struct gate_report *report = checking->report;
	struct buf text;

	buf_init(&text, MAX_DETAILS);
	if (checking->counts.rows[BEHIND_PENDING] > 0)
		buf_add_format(&text,
			       "git d1 pull %s && git d1 snapshot %s/local",
			       deploy_name(checking), name);
	else
		buf_add_format(&text, "git d1 snapshot %s",
			       checking->view.side.label);
	buf_add_string(&text, " && git add ");
	quote_add_shell(&text, checking->view.revision.snapshot);
	buf_add_string(&text, " && git commit");
	if (buf_check(&text, "a command", err) == 0)
		(void)!gate_set_remedies(report, self->check, GATE_DRIFT,
					 text.data, err);
	buf_release(&text);
	return err->code;
}

/* ---- the check ---- */

/* Tables of the commit that are not there. */
static int add_lacking(struct row_findings *self, struct err *err)
{
	unsigned long long lacking = self->checking->counts.lacking;
	const char *name = deploy_name(self->checking);
	struct gate_finding finding = { .kind = GATE_PENDING };
	char *message = NULL, *remedy = NULL;

	if (lacking == 0)
		return 0;
	if (asprintf(&message, "%llu table%s of the snapshot %s not there yet",
		     lacking, lacking == 1 ? "" : "s",
		     lacking == 1 ? "is" : "are") < 0 ||
	    asprintf(&remedy, "git d1 deploy %s", name) < 0)
		err_set_nomem(err);
	finding.message = message;
	finding.remedy = remedy;
	if (!err->code)
		(void)!gate_add_finding(self->checking->report, self->check,
					&finding, err);
	free(message);
	free(remedy);
	return err->code;
}

static int compare(struct row_findings *self, struct side *side,
		   struct err *err)
{
	struct checking *checking = self->checking;
	const struct migration_view *view = &checking->view;
	struct changes *own = NULL;
	struct commit_rows rows = { .workspace = checking->workspace,
				    .side = side,
				    .target = view->source,
				    .label = view->side.label,
				    .base = checking->base,
				    .changes = checking->changes,
				    .tell = take_row,
				    .context = self,
				    .explains = checking->explains,
				    .explains_context =
					    checking->explains_context };

	if (!rows.changes && changes_open(&own, err) == 0)
		rows.changes = own;
	if (!err->code && commit_rows_compare(&rows, err) == 0)
		(void)!end_table(self, err);
	checking->counts = rows.counts;
	if (!err->code && add_lacking(self, err) == 0)
		(void)!add_drift_remedies(self, err);
	changes_close(own);
	return err->code;
}

static int compare_with_commit(struct row_findings *self, struct err *err)
{
	const struct checking *checking = self->checking;
	struct side side = { .name = NULL };

	if (workspace_resolve(checking->workspace, &side, checking->snapshot,
			      err) == 0)
		(void)!compare(self, &side, err);
	side_release(&side);
	return err->code;
}

int check_rows(struct checking *checking, struct gate_check *check,
	       struct err *err)
{
	struct row_findings findings = { .checking = checking, .check = check };
	struct err failure = ERR_INIT;
	bool go_on;

	if (checking->offline)
		return gate_set_state(checking->report, check, GATE_SKIPPED,
				      "production is not asked, because of "
				      "--offline",
				      NULL, err);
	if (check_begin(checking, check, &go_on, err) < 0 || !go_on)
		return err->code;
	for (int state = 0; state < STATES; state++)
		buf_init(&findings.details[state], MAX_DETAILS);
	(void)!compare_with_commit(&findings, &failure);
	for (int state = 0; state < STATES; state++)
		buf_release(&findings.details[state]);
	free(findings.table);
	if (failure.code == D1_ENOTFOUND)
		return gate_set_state(checking->report, check, GATE_SKIPPED,
				      failure.message, failure.hint, err);
	return failure.code ? check_fail(checking, check, &failure, err) : 0;
}
