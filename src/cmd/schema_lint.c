#include "config.h"

#include "cmd/schema.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "config/tablesettings.h"
#include "util/jsonstring.h"
#include "util/quote.h"
#include "workspace/report.h"
#include "workspace/tables.h"
#include "workspace/typefindings.h"
#include "workspace/workspace.h"

enum { MAX_OUTPUT = 1 << 28 };

struct lint_options {
	bool redact, json, exit_code;
	struct workspace_options workspace;
};

static const struct lint_options lint_defaults;

static const struct option_spec lint_specs[] = {
	OPTION_FLAG(0, "redact", struct lint_options, redact, "show no values"),
	OPTION_FLAG(0, "exit-code", struct lint_options, exit_code,
		    "exit with 1 if something was found"),
	OPTION_FLAG(0, "json", struct lint_options, json,
		    "print what was found as JSON"),
	WORKSPACE_OPTIONS(struct lint_options, workspace.), OPTION_END
};

static const char *const lint_usage[] = {
	"git d1 schema lint [<options>] [<endpoint>] [-- <table>...]", NULL
};

/* ---- looking ---- */

/* Nobody may see an example of what is to be masked. */
static int look_at_table(struct typelint *lint, struct source *source,
			 const struct table *table,
			 const struct table_choice *choice, struct err *err)
{
	const char *database = choice->database ? choice->database : "";
	struct arena arena = ARENA_INIT;
	struct table_settings settings;

	if (d1config_table(&settings, choice->config, database, table->name,
			   &arena, err) == 0)
		(void)!typelint_table(lint, source, table,
				      &settings.mask_columns, err);
	arena_release(&arena);
	return err->code;
}

static int look(struct typelint *lint, struct source *source,
		struct table_choice *choice, struct err *err)
{
	for (size_t i = 0; i < source->schema->ntables && !err->code; i++) {
		const struct table *table = &source->schema->tables[i];

		if (table_choice_wants(choice, table->name))
			(void)!look_at_table(lint, source, table, choice, err);
	}
	return err->code;
}

static int look_at(struct typelint *lint, struct workspace *workspace,
		   struct side *side, const struct option_words *named,
		   struct err *err)
{
	struct table_choice choice = { .named = named };
	struct source *source = NULL;

	if (side_refuse_patch(side, err) == 0 &&
	    workspace_open(workspace, side, &source, err) == 0 &&
	    workspace_settings(workspace, &choice.config, err) == 0) {
		const struct schema *schemas[2] = { source->schema,
						    source->schema };
		const char *labels[2] = { side->label, side->label };

		choice.database = side->name;
		if (table_choice_check(&choice, schemas, labels, err) == 0)
			(void)!look(lint, source, &choice, err);
	}
	table_choice_release(&choice);
	source_close(source);
	return err->code;
}

/* ---- showing ---- */

static void add_text(struct buf *out, const struct typelint *lint, bool redact)
{
	struct buf part;

	buf_init(&part, MAX_OUTPUT);
	for (size_t i = 0; i < lint->count; i++) {
		buf_clear(&part);
		typefindings_add_message(&part, &lint->findings[i]);
		quote_add_escaped(out, part.data, part.len);
		buf_add_char(out, '\n');
		if (redact)
			continue;
		/* literals hold nothing that a terminal would act on */
		buf_add_string(out, "  ");
		typefindings_add_values(out, &lint->findings[i]);
	}
	buf_release(&part);
}

static void add_json(struct buf *out, const struct typelint *lint, bool redact)
{
	buf_add_char(out, '[');
	for (size_t i = 0; i < lint->count; i++) {
		const struct typelint_finding *found = &lint->findings[i];

		buf_add_format(out, "%s\n{\"count\":%" PRIu64, i > 0 ? "," : "",
			       found->count);
		jsonstring_add_member(out, "table", found->table);
		jsonstring_add_member(out, "column", found->column);
		jsonstring_add_member(out, "type", found->declared);
		jsonstring_add_member(out, "class",
				      typelint_class(found->found));
		buf_add_string(out, redact ? ",\"redacted\":true"
					   : ",\"examples\":[");
		for (size_t at = 0; at < found->nshown && !redact; at++) {
			buf_add_string(out, at > 0 ? "," : "");
			jsonstring_add_bytes(out, found->shown[at],
					     strlen(found->shown[at]));
		}
		buf_add_string(out, redact ? "}" : "]}");
	}
	buf_add_string(out, "]\n");
}

static int print(const struct typelint *lint,
		 const struct lint_options *options, struct err *err)
{
	struct buf out;

	buf_init(&out, MAX_OUTPUT);
	if (options->json)
		add_json(&out, lint, options->redact);
	else
		add_text(&out, lint, options->redact);
	if (buf_check(&out, "what was found", err) == 0 && out.len > 0)
		fwrite(out.data, 1, out.len, stdout);
	buf_release(&out);
	return err->code;
}

static int lint_run(const struct invocation *call, struct err *err)
{
	const struct lint_options *options = call->options;
	const struct option_words *words = &call->arguments;
	struct workspace workspace;
	struct typelint lint;
	struct side side = { .name = NULL };
	int result = EXIT_FINE;

	if (words->count > 1)
		return err_set(err, D1_EUSAGE,
			       "schema lint takes one endpoint; tables stand "
			       "after --");
	workspace_init(&workspace, &options->workspace);
	typelint_init(&lint);
	if (workspace_resolve(&workspace, &side,
			      words->count ? words->words[0] : "local",
			      err) == 0 &&
	    look_at(&lint, &workspace, &side, &call->after, err) == 0 &&
	    print(&lint, options, err) == 0 && options->exit_code &&
	    lint.count > 0)
		result = EXIT_DIFFERENT;
	typelint_release(&lint);
	side_release(&side);
	workspace_release(&workspace);
	return err->code ? err->code : result;
}

const struct command command_schema_lint = {
	.name = "lint",
	.summary = "find values that the types of their columns do not suggest",
	.usage = lint_usage,
	.specs = lint_specs,
	.defaults = &lint_defaults,
	.options_size = sizeof(lint_defaults),
	.run = lint_run,
};
