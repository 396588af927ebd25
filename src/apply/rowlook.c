#include "config.h"

#include "apply/rowlook.h"

#include <stdlib.h>
#include <string.h>

#include "apply/packer.h"
#include "apply/rowdigest.h"
#include "apply/rowfound.h"
#include "apply/rowshape.h"
#include "apply/survey.h"

enum {
	CHUNK = 1500000,
	/* a parameter of D1 may have 2,000,000 bytes */
	MOST = 1900000,
	MAX_SQL = 1 << 20,
	MANY_UNKEYED = 2000,
};

/* Rows of an entry on their way into questions. */
struct question {
	struct step_sink sink;
	struct rowlook *look;
	const struct plan_entry *entry;
	enum change_op op;
	bool grouped; /* only updates of this group */
	size_t group;
	bool keyed;
	bool explains;	/* only the findings are asked for */
	bool continued; /* their other cells were asked for */
	/* rows that it takes, or if they are `rest` those that it does not */
	struct row_digest *digest;
	bool rest;
	uint64_t left; /* how many are the rest */
	bool doubtful; /* some row is not as the digest has it */
	uint64_t n;
	struct packer packer;
	uint64_t *rows; /* the numbers of those in the statement */
	size_t nrows;
	size_t cap;
};

/* ---- answers ---- */

static void mark_there(struct question *question, uint64_t n)
{
	struct rowlook *look = question->look;

	for (size_t i = 0; i < look->nfindings; i++) {
		struct rowlook_finding *it = &look->findings[i];

		if (it->entry == question->entry && it->op == question->op &&
		    it->n == n)
			it->there = true;
	}
}

static bool is_finding(const struct question *question, uint64_t n)
{
	const struct rowlook *look = question->look;

	for (size_t i = 0; i < look->nfindings; i++)
		if (look->findings[i].entry == question->entry &&
		    look->findings[i].op == question->op &&
		    look->findings[i].n == n)
			return true;
	return false;
}

static void add_finding(struct question *question, uint64_t n)
{
	struct rowlook *look = question->look;

	if (is_finding(question, n))
		return;
	look->different++;
	if (look->nfindings == ROWLOOK_FINDINGS)
		return;
	look->findings[look->nfindings++] = (struct rowlook_finding){
		.entry = question->entry,
		.op = question->op,
		.n = n,
		.keyed = question->keyed,
		.there = question->packer.statement->kind == ROWS_PRESENT,
	};
}

/* Whether all are there as the digest has them. */
static int take_verdict(struct question *question, const struct d1_reply *reply,
			struct err *err)
{
	const struct d1_result *result = &reply->results[0];
	const struct d1_cell *cell;

	if (result->nrows != 1 || result->ncolumns != 1)
		return err_set(err, D1_EUNREACHABLE,
			       "the server does not answer whether rows are as "
			       "they should be");
	cell = d1_result_row(result, 0);
	if (cell->type != D1_CELL_NUMBER || cell->number != 1)
		question->doubtful = true;
	return 0;
}

static int take_answer(struct question *question, const struct d1_reply *reply,
		       struct err *err)
{
	const struct d1_result *result = &reply->results[0];

	for (size_t i = 0; i < result->nrows; i++) {
		const struct d1_cell *cell = d1_result_row(result, i);

		if (result->ncolumns != 1 || cell->type != D1_CELL_NUMBER ||
		    cell->number < 0 || cell->number >= (double)question->nrows)
			return err_set(err, D1_EUNREACHABLE,
				       "the server does not answer with the "
				       "places of rows");
		if (question->explains)
			mark_there(question,
				   question->rows[(size_t)cell->number]);
		else
			add_finding(question,
				    question->rows[(size_t)cell->number]);
	}
	return 0;
}

static int ask(struct step_sink *sink, const struct step *step, struct err *err)
{
	struct question *question = (struct question *)sink;
	struct rowlook *look = question->look;
	const struct d1_param param = { .data = step->json,
					.size = step->size };
	struct d1_statement statement = { .params = &param, .nparams = 1 };
	struct d1_reply reply;
	struct buf sql;

	d1_reply_init(&reply);
	buf_init(&sql, MAX_SQL);
	buf_add_format(&sql, "%s?1%s", step->before, step->after);
	if (buf_check(&sql, "a statement", err) < 0)
		goto out;
	statement.sql = sql.data;
	statement.sql_size = sql.len;
	if (d1_raw(&reply, look->client, look->database_id, &statement, 1,
		   D1_READ, err) == 0)
		(void)!(question->packer.statement->kind == ROWS_SAME
				? take_verdict(question, &reply, err)
				: take_answer(question, &reply, err));
	if (!question->explains && !question->continued)
		look->asked += question->nrows;
	question->nrows = 0;
out:
	d1_reply_release(&reply);
	buf_release(&sql);
	return err->code;
}

/* ---- questions ---- */

/* An upper limit of the bytes of the row's JSON. */
static bool is_too_long(const struct question *question,
			const struct row_change *change)
{
	const struct rowstatement *statement = question->packer.statement;
	size_t size = 0;

	for (size_t i = 0; i < statement->ncells; i++) {
		const struct rowcell *cell = &statement->cells[i];
		const struct row *row =
			cell->side == OLD ? change->old : change->new;
		const struct value *value = &row->cells[cell->cell];

		if (value->type >= VALUE_TEXT)
			size += value->size;
	}
	/* hexadecimal takes two; escapes may take six, and are rare */
	return size > MOST / 6 && size * 2 > MOST - MOST / 10;
}

static int keep_number(struct question *question, uint64_t n, struct err *err)
{
	if (question->nrows == question->cap) {
		size_t cap = question->cap ? question->cap * 2 : 1024;
		uint64_t *rows =
			reallocarray(question->rows, cap, sizeof(*rows));

		if (!rows)
			return err_set_nomem(err);
		question->rows = rows;
		question->cap = cap;
	}
	question->rows[question->nrows++] = n;
	return 0;
}

static int take_row(void *context, const struct row_change *change,
		    struct err *err)
{
	struct question *question = context;
	uint64_t n = question->n++;

	if (change->keyed != question->keyed)
		return 0;
	if (question->explains
		    ? !is_finding(question, n)
		    : question->grouped &&
			      !survey_is_of_group(question->entry,
						  question->group, change))
		return 0;
	if (question->digest &&
	    row_digest_takes(question->digest, change) == question->rest) {
		question->left++;
		return 0;
	}
	if (is_too_long(question, change)) {
		question->look->unasked++;
		return 0;
	}
	if (packer_add(&question->packer, change, err) < 0)
		return err->code;
	return keep_number(question, n, err);
}

static int send_question(struct question *question,
			 const struct rowstatement *statement, struct err *err)
{
	const struct plan_entry *entry = question->entry;
	struct stage stage = { .made = false };

	question->sink = (struct step_sink){ .take = ask,
					     .chunk = CHUNK,
					     .most = SIZE_MAX / 2 };
	question->n = question->left = 0;
	if (packer_init(&question->packer, &question->sink, &stage, statement,
			NULL, err) == 0 &&
	    changes_each(entry->changes, entry->place, question->op, take_row,
			 question, err) == 0)
		(void)!packer_end(&question->packer, err);
	packer_release(&question->packer);
	free(question->rows);
	question->rows = NULL;
	question->nrows = question->cap = 0;
	return err->code;
}

/*
 * Asks with a digest of the cells; *all is false if some row was not asked
 * about, or may be another one.
 */
static int ask_for_digest(struct question *question,
			  const struct cell_set *cells, int side, bool *all,
			  struct err *err)
{
	uint64_t asked = question->look->asked;
	struct rowstatement statement;

	*all = false;
	if (rowshape_digest(&question->digest, question->entry, cells, side,
			    err) < 0 ||
	    !question->digest)
		return err->code;
	rowshape_same(&statement, question->entry, question->digest, side,
		      NULL);
	if (send_question(question, &statement, err) == 0 &&
	    !question->doubtful) {
		question->rest = true;
		*all = question->left == 0;
		return 0;
	}
	question->look->asked = asked;
	row_digest_close(question->digest);
	question->digest = NULL;
	return err->code;
}

/* Asks whether the rows are there with these cells. */
static int ask_for_all_cells(struct question *question,
			     const struct cell_set *cells, int side,
			     struct err *err)
{
	struct cell_set rest = *cells;
	struct cell_set part;

	while (rowshape_split(&part, &rest, question->entry, false)) {
		struct rowstatement statement;

		rowshape_missing(&statement, question->entry, &part, side,
				 NULL);
		if (send_question(question, &statement, err) < 0)
			return err->code;
		question->continued = true;
	}
	return 0;
}

/* The same, about all of them at once where that takes less. */
static int ask_for_cells(struct question *question,
			 const struct plan_load *load,
			 const struct cell_set *cells, int side,
			 struct err *err)
{
	bool all = false;

	if (plan_wants_digest(question->look->plan, load, side) &&
	    !rowshape_is_wide(question->entry))
		(void)!ask_for_digest(question, cells, side, &all, err);
	if (!all && !err->code)
		(void)!ask_for_all_cells(question, cells, side, err);
	row_digest_close(question->digest);
	question->digest = NULL;
	return err->code;
}

static int look_for_updates(struct rowlook *look,
			    const struct plan_entry *entry, int side,
			    struct err *err)
{
	for (size_t i = 0; i < entry->ngroups; i++) {
		struct question question = { .look = look,
					     .entry = entry,
					     .op = CHANGE_UPDATE,
					     .keyed = true,
					     .grouped = true,
					     .group = i };

		if (ask_for_cells(&question, &entry->group_loads[i],
				  &entry->groups[i], side, err) < 0)
			return err->code;
	}
	return 0;
}

/* Rows without a key can only be counted, each by a pass over the table. */
static int look_for_unkeyed(struct rowlook *look,
			    const struct plan_entry *entry, enum change_op op,
			    int side, struct err *err)
{
	struct question question = { .look = look, .entry = entry, .op = op };
	struct rowstatement statement;

	if ((op == CHANGE_DELETE) != (side == OLD) ||
	    entry->table->ncolumns > ROWSHAPE_COLUMNS ||
	    changes_count(entry->changes, entry->place, op) > MANY_UNKEYED) {
		look->unasked++;
		return 0;
	}
	rowshape_fewer(&statement, entry, side);
	return send_question(&question, &statement, err);
}

static int look_for(struct rowlook *look, const struct plan_entry *entry,
		    enum change_op op, int side, struct err *err)
{
	struct question question = {
		.look = look, .entry = entry, .op = op, .keyed = true
	};
	struct rowstatement statement;

	if (changes_count(entry->changes, entry->place, op) == 0)
		return 0;
	if (op == CHANGE_UPDATE)
		return look_for_updates(look, entry, side, err);
	if (entry->unkeyed && look_for_unkeyed(look, entry, op, side, err) < 0)
		return err->code;
	if (entry->table->nkey == 0)
		return 0;
	if ((op == CHANGE_INSERT) == (side == NEW))
		return ask_for_cells(&question, &entry->row_load,
				     &entry->written, side, err);
	rowshape_present(&statement, entry, op == CHANGE_INSERT ? NEW : OLD,
			 NULL);
	return send_question(&question, &statement, err);
}

void rowlook_init(struct rowlook *look, struct plan *plan,
		  struct d1_client *client, const char *database_id)
{
	*look = (struct rowlook){ .plan = plan,
				  .client = client,
				  .database_id = database_id };
}

int rowlook_all(struct rowlook *look, int side, struct err *err)
{
	const struct plan *plan = look->plan;

	for (size_t i = 0; i < plan->nentries; i++)
		for (int op = CHANGE_INSERT; op <= CHANGE_UPDATE; op++)
			if (look_for(look, plan->entries[i], op, side, err) < 0)
				return err->code;
	look->fitting = look->asked - look->different;
	return 0;
}

int rowlook_explain(struct rowlook *look, struct err *err)
{
	for (size_t i = 0; i < look->plan->nentries; i++) {
		const struct plan_entry *entry = look->plan->entries[i];

		for (int op = CHANGE_DELETE; op <= CHANGE_UPDATE; op++) {
			struct question question = { .look = look,
						     .entry = entry,
						     .op = op,
						     .keyed = true,
						     .explains = true };
			struct rowstatement statement;

			if (entry->table->nkey == 0)
				continue;
			rowshape_present(&statement, entry, OLD, NULL);
			if (send_question(&question, &statement, err) < 0)
				return err->code;
		}
	}
	return 0;
}

/* ---- names ---- */

struct naming {
	struct buf *text;
	const struct rowlook_finding *finding;
	struct source *source; /* of rows that are read for it; or NULL */
	uint64_t n;
};

static int name_row(void *context, const struct row_change *change,
		    struct err *err)
{
	struct naming *naming = context;

	if (naming->n++ == naming->finding->n)
		survey_add_row(naming->text, naming->finding->entry,
			       change->old ? change->old : change->new);
	return err->code;
}

int rowlook_add_name(struct buf *text, const struct rowlook_finding *finding,
		     struct err *err)
{
	struct naming naming = { .text = text, .finding = finding };

	return changes_each(finding->entry->changes, finding->entry->place,
			    finding->op, name_row, &naming, err);
}

static int add_found(void *context, const struct row_change *change,
		     struct err *err)
{
	struct naming *naming = context;

	if (naming->n++ != naming->finding->n)
		return 0;
	return row_found_add(naming->text, naming->source,
			     naming->finding->entry->table, change, err);
}

int rowlook_add_found(struct buf *text, const struct rowlook *look,
		      const struct rowlook_finding *finding, struct err *err)
{
	struct naming naming = { .text = text,
				 .finding = finding,
				 .source = look->plan->target->source };

	return changes_each(finding->entry->changes, finding->entry->place,
			    finding->op, add_found, &naming, err);
}
