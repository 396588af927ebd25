#include "config.h"

#include "schema/schemaplan.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cf/statement.h"
#include "schema/planner.h"
#include "schema/rehearsal.h"
#include "schema/renaming.h"
#include "schema/wranglertext.h"
#include "util/buf.h"

enum { MAX_STATEMENT = 1 << 24 };

/* ---- the list ---- */

void schemaplan_release(struct schemaplan *plan)
{
	free(plan->steps);
	free(plan->remarks);
	arena_release(&plan->arena);
	*plan = (struct schemaplan){ .count = 0 };
}

int schemaplan_add(struct schemaplan *plan, const struct schemaplan_step *step,
		   struct err *err)
{
	if (plan->count == plan->cap) {
		size_t cap = plan->cap ? plan->cap * 2 : 32;
		struct schemaplan_step *steps =
			reallocarray(plan->steps, cap, sizeof(*steps));

		if (!steps)
			return err_set_nomem(err);
		plan->steps = steps;
		plan->cap = cap;
	}
	plan->steps[plan->count++] = *step;
	return 0;
}

int schemaplan_remark(struct schemaplan *plan, const char *remark,
		      struct err *err)
{
	if (!remark)
		return err_set_nomem(err);
	if (plan->nremarks == plan->remarks_cap) {
		size_t cap = plan->remarks_cap ? plan->remarks_cap * 2 : 8;
		const char **remarks =
			reallocarray(plan->remarks, cap, sizeof(*remarks));

		if (!remarks)
			return err_set_nomem(err);
		plan->remarks = remarks;
		plan->remarks_cap = cap;
	}
	plan->remarks[plan->nremarks++] = remark;
	return 0;
}

const char *schemaplan_old_name(const struct schemaplan *plan,
				const char *table, const char *name)
{
	for (size_t i = 0; i < plan->nrenamed; i++) {
		const struct schemaplan_renamed *renamed = &plan->renamed[i];

		if (strcasecmp(renamed->to, name) == 0 &&
		    (renamed->table == NULL) == (table == NULL) &&
		    (!table || strcasecmp(renamed->table, table) == 0))
			return renamed->from;
	}
	return name;
}

bool schemaplan_is_named(const char *const *names, size_t count,
			 const char *table, const char *column)
{
	size_t size = strlen(table);

	for (size_t i = 0; i < count; i++) {
		const char *name = names[i];

		if (!column && strcasecmp(name, table) == 0)
			return true;
		if (column && strncasecmp(name, table, size) == 0 &&
		    name[size] == '.' &&
		    strcasecmp(name + size + 1, column) == 0)
			return true;
	}
	return false;
}

/* ---- making it ---- */

static int prepare(struct planner *self, struct err *err)
{
	self->old = arena_array(self->arena, self->from->count + 1,
				sizeof(*self->old));
	self->origin = arena_array(self->arena, self->to->count + 1,
				   sizeof(*self->origin));
	self->create = arena_array(self->arena, self->to->count + 1,
				   sizeof(*self->create));
	if (!self->old || !self->origin || !self->create)
		return err_set_nomem(err);
	return 0;
}

static int plan_between(struct planner *self, struct err *err)
{
	if (prepare(self, err) == 0 &&
	    family_read(&self->family, self->from, err) == 0 &&
	    planner_match(self, err) == 0 &&
	    planner_choose_tables(self, err) == 0 &&
	    planner_choose_others(self, err) == 0 &&
	    (self->options->is_repeated || planner_refuse(self, err) == 0))
		(void)!planner_write(self, err);
	return err->code;
}

static int suit_step(struct schemaplan *plan, struct schemaplan_step *step,
		     bool *is_joined, struct err *err)
{
	struct wranglertext left;
	struct buf sql;

	*is_joined = false;
	buf_init(&sql, MAX_STATEMENT);
	if (wranglertext_add(&sql, &left, step->sql, strlen(step->sql), err) <
		    0 ||
	    buf_check(&sql, "a statement", err) < 0)
		goto out;
	*is_joined = left.is_joined;
	step->trouble = left.trouble;
	step->way_out = left.way_out;
	if (strcmp(sql.data, step->sql) == 0)
		goto out;
	step->sql = arena_copy(&plan->arena, sql.data, sql.len);
	if (!step->sql)
		err_set_nomem(err);
out:
	buf_release(&sql);
	return err->code;
}

/* Before the plan is tried out, so that it is tried out as it is then. */
static int suit_wrangler(struct schemaplan *plan, struct err *err)
{
	size_t size = 0;

	/* from the end, to know how long what follows is */
	for (size_t i = plan->count; i-- > 0;) {
		struct schemaplan_step *step = &plan->steps[i];
		bool is_joined;

		if (suit_step(plan, step, &is_joined, err) < 0)
			return err->code;
		size += strlen(step->sql) + 2;
		if (is_joined && !step->trouble && size > D1_MAX_SQL) {
			step->trouble = "wrangler before 4.137 takes this and "
					"what follows for one statement, which "
					"is too long";
			step->way_out = "apply it with git d1 migrations apply";
		}
	}
	return 0;
}

/* https://developers.cloudflare.com/d1/platform/limits/ */
static int check_sizes(const struct schemaplan *plan, struct err *err)
{
	for (size_t i = 0; i < plan->count; i++) {
		const struct schemaplan_step *step = &plan->steps[i];
		size_t size = strlen(step->sql);

		if (size <= D1_MAX_SQL)
			continue;
		err_set(err, D1_EREFUSED,
			"%s: the statement has %zu bytes, and D1 takes %d",
			step->note, size, D1_MAX_SQL);
		return err_hint(err, "make the definition shorter");
	}
	return 0;
}

static int rehearse(struct planner *planner, struct err *err)
{
	const struct schemaplan_options *options = planner->options;

	return options->rehearse ? options->rehearse(options->rehearse_context,
						     planner, err)
				 : rehearsal_run(planner, err);
}

static int write_plan(struct planner *self, struct err *err)
{
	if (plan_between(self, err) == 0 &&
	    (!self->options->for_wrangler ||
	     suit_wrangler(self->plan, err) == 0))
		(void)!check_sizes(self->plan, err);
	return err->code;
}

static bool sets_aside(const struct planner *planner)
{
	for (size_t i = 0; i < planner->from->count; i++)
		if (planner->old[i].is_set_aside)
			return true;
	return false;
}

/* What cannot be set aside after all, as the rehearsal shows, is renamed. */
static int make_plan(struct planner *self, struct err *err)
{
	struct schemaplan *plan = self->plan;
	size_t count = plan->count, nremarks = plan->nremarks;

	if (write_plan(self, err) < 0 || plan->count == 0 ||
	    rehearse(self, err) == 0 || self->options->set_aside ||
	    !sets_aside(self) ||
	    (err->code != D1_EREFUSED && err->code != D1_ERROR))
		return err->code;
	err_clear(err);
	family_release(&self->family);
	plan->count = count;
	plan->nremarks = nremarks;
	self->renames_away = true;
	if (write_plan(self, err) == 0)
		(void)!rehearse(self, err);
	return err->code;
}

int schemaplan_make(struct schemaplan *plan, struct blueprint *from,
		    struct blueprint *to,
		    const struct schemaplan_options *options, struct err *err)
{
	struct planner planner = { .from = from,
				   .to = to,
				   .options = options,
				   .plan = plan,
				   .arena = &plan->arena };
	struct blueprint after;
	bool renamed;

	*plan = (struct schemaplan){ .count = 0 };
	if (renaming_apply(&after, &renamed, plan, from, to, options, err) ==
	    0) {
		if (renamed)
			planner.from = &after;
		(void)!make_plan(&planner, err);
		family_release(&planner.family);
	}
	blueprint_release(&after);
	return err->code;
}
