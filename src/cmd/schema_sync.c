#include "config.h"

#include "cmd/schema.h"

#include <stdio.h>
#include <string.h>

#include "cmd/schemawrite.h"
#include "workspace/report.h"
#include "workspace/schemachange.h"
#include "workspace/workspace.h"

enum { MAX_OUTPUT = 1 << 28 };

struct schema_sync_options {
	const char *to;
	int scratch;
	bool dry_run;
	struct schemachange_options change;
	struct workspace_options workspace;
};

static const struct schema_sync_options schema_sync_defaults = {
	.to = "local",
};

static const struct option_spec schema_sync_specs[] = {
	OPTION_STRING(0, "to", struct schema_sync_options, to, "endpoint",
		      "change this database, not local"),
	OPTION_FLAG('n', "dry-run", struct schema_sync_options, dry_run,
		    "only print the plan"),
	SCHEMACHANGE_OPTIONS(struct schema_sync_options, change.),
	SCHEMACHANGE_SCRATCH_OPTION(struct schema_sync_options, scratch),
	WORKSPACE_OPTIONS(struct schema_sync_options, workspace.),
	OPTION_END
};

static const char *const schema_sync_usage[] = {
	"git d1 schema sync [<options>] [<definitions>]", NULL
};

static bool is_allowed(const struct option_list *allowed, const char *name,
		       size_t size)
{
	for (size_t i = 0; i < allowed->count; i++)
		if (strlen(allowed->items[i]) == size &&
		    strncasecmp(allowed->items[i], name, size) == 0)
			return true;
	return false;
}

/* Appends options for what a step loses and nobody has named. */
static void add_missing(struct buf *out, const struct schemaplan_step *step,
			const struct option_list *allowed)
{
	const char *name = step->object;

	while (step->lost && !is_allowed(allowed, name, strlen(name))) {
		size_t size = strcspn(name, ",");

		if (!is_allowed(allowed, name, size)) {
			buf_add_string(out, " --allow-destructive=");
			buf_add(out, name, size);
		}
		name += size;
		if (*name++ == '\0')
			return;
	}
}

/* What is lost must have been named, each thing by itself. */
static int check_consent(const struct schemaplan *plan,
			 const struct option_list *allowed, struct err *err)
{
	struct buf lost, names;

	buf_init(&lost, sizeof(err->message) / 2);
	buf_init(&names, sizeof(err->hint) / 2);
	for (size_t i = 0; i < plan->count; i++) {
		const struct schemaplan_step *step = &plan->steps[i];
		size_t before = names.len;

		add_missing(&names, step, allowed);
		if (names.len > before || (names.failed && step->lost))
			buf_add_format(&lost, "%s%s", lost.len ? "; " : "",
				       step->lost);
	}
	if (lost.len > 0) {
		err_set(err, D1_EREFUSED, "this would lose %s%s", lost.data,
			lost.failed ? " ..." : "");
		err_hint(err, "if that is meant:%s%s",
			 names.data ? names.data : "",
			 names.failed ? " ..." : "");
	}
	buf_release(&lost);
	buf_release(&names);
	return err->code;
}

static int print_plan(const struct schemaplan *plan, struct err *err)
{
	struct buf out;

	buf_init(&out, MAX_OUTPUT);
	schemachange_add_sql(&out, plan);
	if (buf_check(&out, "the plan", err) == 0 && out.len > 0)
		fwrite(out.data, 1, out.len, stdout);
	buf_release(&out);
	return err->code;
}

static void report_done(const struct schemaplan *plan, const char *label)
{
	for (size_t i = 0; i < plan->nremarks; i++)
		report_hint("%s", plan->remarks[i]);
	printf("%s: %zu statement%s\n", label, plan->count,
	       plan->count == 1 ? "" : "s");
}

static int carry_out(struct workspace *workspace,
		     const struct schema_sync_options *options,
		     struct schemaside sides[2], const struct schemaplan *plan,
		     struct err *err)
{
	const struct schemawrite write = {
		.workspace = workspace,
		.target = &sides[0],
		.wanted = &sides[1].blueprint,
		.plan = plan,
		.command = "git d1 schema sync",
		.is_consented = options->scratch == SCHEMACHANGE_PREFIX,
	};

	if (plan->count == 0) {
		report_output("already as it is to be");
		return 0;
	}
	if (options->dry_run) {
		if (print_plan(plan, err) == 0)
			report_hint("nothing was written, because of "
				    "--dry-run");
		return err->code;
	}
	if (check_consent(plan, &options->change.destructive, err) < 0 ||
	    schemawrite_run(&write, err) < 0)
		return err->code;
	report_done(plan, sides[0].side.label);
	return 0;
}

static int run(struct workspace *workspace,
	       const struct schema_sync_options *options,
	       const char *const texts[2], struct err *err)
{
	struct renames renames = { .count = 0 };
	struct schemaplan plan = { .count = 0 };
	struct schemaside sides[2] = { { .may_be_absent = true } };
	struct enginerehearsal engine = { workspace, &sides[0], &sides[1],
					  &renames };
	bool prefix = options->scratch == SCHEMACHANGE_PREFIX;

	if (schemaside_open_both(workspace, sides, texts, &renames, err) == 0) {
		if (!sides[0].source && !sides[0].is_absent)
			err_set(err, D1_EREFUSED,
				"'%s' is no database that can be changed",
				sides[0].side.label);
		else if (schemachange_add_renames(&renames, &options->change,
						  err) == 0 &&
			 schemachange_plan(&plan, &sides[0], &sides[1],
					   &renames, &options->change,
					   prefix ? &engine : NULL, err) == 0)
			(void)!carry_out(workspace, options, sides, &plan, err);
	}
	schemaplan_release(&plan);
	renames_release(&renames);
	for (int i = 0; i < 2; i++)
		schemaside_close(&sides[i]);
	return err->code;
}

static int schema_sync_run(const struct invocation *call, struct err *err)
{
	const struct schema_sync_options *options = call->options;
	const char *texts[2] = { options->to, "snapshot" };
	struct workspace workspace;

	if (call->arguments.count > 1 || call->separated)
		return err_set(err, D1_EUSAGE,
			       "schema sync takes one set of definitions");
	if (call->arguments.count == 1)
		texts[1] = call->arguments.words[0];
	workspace_init(&workspace, &options->workspace);
	(void)!run(&workspace, options, texts, err);
	workspace_release(&workspace);
	return err->code;
}

const struct command command_schema_sync = {
	.name = "sync",
	.summary = "make a database's schema what definitions say",
	.usage = schema_sync_usage,
	.specs = schema_sync_specs,
	.defaults = &schema_sync_defaults,
	.options_size = sizeof(schema_sync_defaults),
	.run = schema_sync_run,
};
