#include "config.h"

#include "workspace/schemachange.h"

#include <string.h>

#include "model/sqltoken.h"
#include "util/jsonstring.h"
#include "util/quote.h"
#include "workspace/report.h"

int schemachange_add_renames(struct renames *renames,
			     const struct schemachange_options *options,
			     struct err *err)
{
	for (size_t i = 0; i < options->renames.count; i++)
		if (renames_add_option(renames, options->renames.items[i],
				       err) < 0)
			return err->code;
	return 0;
}

const char *const schemachange_scratch_words[] = { "memory", "prefix", NULL };

int schemachange_plan(struct schemaplan *plan, struct schemaside *from,
		      struct schemaside *to, const struct renames *renames,
		      const struct schemachange_options *options,
		      struct enginerehearsal *engine, struct err *err)
{
	const struct schemaplan_options plan_options = {
		.renames = renames,
		.drops = options->destructive.items,
		.ndrops = options->destructive.count,
		.live = from->source,
		.for_wrangler = options->for_wrangler,
		.rehearse = engine ? enginerehearsal_run : NULL,
		.rehearse_context = engine,
	};

	if (engine && enginerehearsal_check(engine, err) < 0)
		return err->code;
	return schemaplan_make(plan, &from->blueprint, &to->blueprint,
			       &plan_options, err);
}

/* ---- as SQL ---- */

/* A name in it may hold a line break, which would end the comment. */
static void add_comment(struct buf *out, const char *before, const char *text)
{
	buf_add_format(out, "-- %s", before);
	quote_add_escaped(out, text, strlen(text));
	buf_add_char(out, '\n');
}

void schemachange_add_sql(struct buf *out, const struct schemaplan *plan)
{
	const char *last = "";

	if (plan->count == 0)
		return;
	buf_add_string(out, "-- All of it is one transaction.\n");
	for (size_t i = 0; i < plan->nremarks; i++)
		add_comment(out, "note: ", plan->remarks[i]);
	for (size_t i = 0; i < plan->count; i++) {
		const struct schemaplan_step *step = &plan->steps[i];

		if (strcmp(step->note, last) != 0)
			add_comment(out, "", step->note);
		last = step->note;
		if (step->lost)
			add_comment(out, "destructive: lost are ", step->lost);
		if (step->trouble) {
			add_comment(out, "note: ", step->trouble);
			add_comment(out, "note: ", step->way_out);
		}
		buf_add_string(out, step->sql);
		/* a comment would take the `;` along */
		if (sqltoken_ends_in_comment(step->sql, strlen(step->sql)))
			buf_add_char(out, '\n');
		buf_add_string(out, ";\n");
	}
}

void schemachange_warn(const struct schemaplan *plan)
{
	for (size_t i = 0; i < plan->count; i++) {
		const struct schemaplan_step *step = &plan->steps[i];

		if (!step->trouble)
			continue;
		report_warning("%s: %s", step->note, step->trouble);
		report_hint("%s", step->way_out);
	}
}

/* ---- as JSON ---- */

void schemachange_add_json(struct buf *out, const struct schemaplan *plan)
{
	buf_add_string(out, "{\"remarks\":[");
	for (size_t i = 0; i < plan->nremarks; i++) {
		buf_add_string(out, i > 0 ? "," : "");
		jsonstring_add_bytes(out, plan->remarks[i],
				     strlen(plan->remarks[i]));
	}
	buf_add_string(out, "],\"steps\":[");
	for (size_t i = 0; i < plan->count; i++) {
		const struct schemaplan_step *step = &plan->steps[i];

		buf_add_format(out, "%s\n{\"kind\":\"%s\"", i > 0 ? "," : "",
			       step->lost ? "destructive" : "additive");
		jsonstring_add_member(out, "object", step->object);
		jsonstring_add_member(out, "note", step->note);
		jsonstring_add_member(out, "lost", step->lost);
		jsonstring_add_member(out, "trouble", step->trouble);
		jsonstring_add_member(out, "sql", step->sql);
		buf_add_char(out, '}');
	}
	buf_add_string(out, "]}\n");
}
