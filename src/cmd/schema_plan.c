#include "config.h"

#include "cmd/schema.h"

#include <stdio.h>

#include "workspace/report.h"
#include "workspace/schemachange.h"
#include "workspace/schemaside.h"
#include "workspace/workspace.h"

enum { MAX_OUTPUT = 1 << 28 };

struct plan_command_options {
	struct schemachange_options change;
	int scratch;
	bool json;
	struct workspace_options workspace;
};

static const struct plan_command_options schema_plan_defaults = {
	.change = { .for_wrangler = true },
};

static const struct option_spec schema_plan_specs[] = {
	SCHEMACHANGE_OPTIONS(struct plan_command_options, change.),
	SCHEMACHANGE_SCRATCH_OPTION(struct plan_command_options, scratch),
	OPTION_FLAG(0, "json", struct plan_command_options, json,
		    "print the plan as JSON"),
	WORKSPACE_OPTIONS(struct plan_command_options, workspace.), OPTION_END
};

static const char *const schema_plan_usage[] = {
	"git d1 schema plan [<options>] <from> <to>", NULL
};

static int print(const struct schemaplan *plan, bool json, struct err *err)
{
	struct buf out;

	buf_init(&out, MAX_OUTPUT);
	if (json)
		schemachange_add_json(&out, plan);
	else
		schemachange_add_sql(&out, plan);
	if (buf_check(&out, "the plan", err) == 0 && out.len > 0)
		fwrite(out.data, 1, out.len, stdout);
	buf_release(&out);
	return err->code;
}

static int run(struct workspace *workspace,
	       const struct plan_command_options *options,
	       const char *const texts[2], struct err *err)
{
	struct renames renames = { .count = 0 };
	struct schemaside sides[2] = { { .may_be_absent = true } };
	struct schemaplan plan = { .count = 0 };
	struct enginerehearsal engine = { workspace, &sides[0], &sides[1],
					  &renames };
	bool prefix = options->scratch == SCHEMACHANGE_PREFIX;

	if (schemaside_open_both(workspace, sides, texts, &renames, err) == 0 &&
	    schemachange_add_renames(&renames, &options->change, err) == 0 &&
	    schemachange_plan(&plan, &sides[0], &sides[1], &renames,
			      &options->change, prefix ? &engine : NULL,
			      err) == 0) {
		schemachange_warn(&plan);
		(void)!print(&plan, options->json, err);
	}
	schemaplan_release(&plan);
	renames_release(&renames);
	for (int i = 0; i < 2; i++)
		schemaside_close(&sides[i]);
	return err->code;
}

static int schema_plan_run(const struct invocation *call, struct err *err)
{
	const struct plan_command_options *options = call->options;
	struct workspace workspace;

	if (call->arguments.count != 2 || call->separated)
		return err_set(err, D1_EUSAGE,
			       "schema plan takes two schemas: what there is, "
			       "and what there is to be");
	workspace_init(&workspace, &options->workspace);
	(void)!run(&workspace, options,
		   (const char *const *)call->arguments.words, err);
	workspace_release(&workspace);
	return err->code;
}

const struct command command_schema_plan = {
	.name = "plan",
	.summary = "print the SQL that takes one schema to another",
	.usage = schema_plan_usage,
	.specs = schema_plan_specs,
	.defaults = &schema_plan_defaults,
	.options_size = sizeof(schema_plan_defaults),
	.run = schema_plan_run,
};
