#include "config.h"

#include "cmd/schema.h"

#include <stdio.h>
#include <string.h>

#include "model/name.h"
#include "schema/difference.h"
#include "util/jsonstring.h"
#include "util/quote.h"
#include "workspace/report.h"
#include "workspace/schemaside.h"
#include "workspace/workspace.h"

enum { MAX_OUTPUT = 1 << 28 };

struct schema_diff_options {
	bool exit_code, quiet, json;
	struct workspace_options workspace;
};

static const struct schema_diff_options schema_diff_defaults;

static const struct option_spec schema_diff_specs[] = {
	OPTION_FLAG(0, "exit-code", struct schema_diff_options, exit_code,
		    "exit with 1 if the schemas differ"),
	OPTION_FLAG('q', "quiet", struct schema_diff_options, quiet,
		    "print nothing, and exit with 1 if they differ"),
	OPTION_FLAG(0, "json", struct schema_diff_options, json,
		    "print the differences as JSON"),
	WORKSPACE_OPTIONS(struct schema_diff_options, workspace.), OPTION_END
};

static const char *const schema_diff_usage[] = {
	"git d1 schema diff [<options>] [<a> [<b>]]", NULL
};

static const char *const kinds[] = {
	[DIFFERENCE_REMOVED] = "removed",
	[DIFFERENCE_ADDED] = "added",
	[DIFFERENCE_CHANGED] = "changed",
	[DIFFERENCE_NAMED] = "renamed constraints of",
};

static const char *name_of(const struct difference *difference)
{
	return difference->a ? difference->a->name : difference->b->name;
}

static void add_text(struct buf *out, const struct differences *differences)
{
	for (size_t i = 0; i < differences->count; i++) {
		const struct difference *difference = &differences->items[i];

		buf_add_format(out, "%s %s ", kinds[difference->kind],
			       difference_object(difference));
		name_add(out, name_of(difference));
		buf_add_char(out, '\n');
		if (difference->nlines == 0)
			buf_add_string(out, "  in another order\n");
		for (size_t at = 0; at < difference->nlines; at++) {
			const char *line = difference->lines[at];

			buf_add_format(out, "  %c", *line);
			quote_add_escaped(out, line + 1, strlen(line + 1));
			buf_add_char(out, '\n');
		}
	}
}

static void add_json(struct buf *out, const struct differences *differences)
{
	buf_add_char(out, '[');
	for (size_t i = 0; i < differences->count; i++) {
		const struct difference *difference = &differences->items[i];
		const char *name = name_of(difference);

		buf_add_format(out,
			       "%s\n{\"change\":\"%s\",\"kind\":\"%s\","
			       "\"name\":",
			       i > 0 ? "," : "",
			       difference->kind == DIFFERENCE_NAMED
				       ? "constraint names"
				       : kinds[difference->kind],
			       difference_object(difference));
		jsonstring_add_bytes(out, name, strlen(name));
		buf_add_string(out, ",\"lines\":[");
		for (size_t at = 0; at < difference->nlines; at++) {
			const char *line = difference->lines[at];

			buf_add_string(out, at > 0 ? "," : "");
			jsonstring_add_bytes(out, line, strlen(line));
		}
		buf_add_string(out, "]}");
	}
	buf_add_string(out, "]\n");
}

static int print(const struct differences *differences, bool json,
		 struct err *err)
{
	struct buf out;

	buf_init(&out, MAX_OUTPUT);
	if (json)
		add_json(&out, differences);
	else
		add_text(&out, differences);
	if (buf_check(&out, "the differences", err) == 0 && out.len > 0)
		fwrite(out.data, 1, out.len, stdout);
	buf_release(&out);
	return err->code;
}

static int run(struct workspace *workspace,
	       const struct schema_diff_options *options,
	       const char *const texts[2], struct err *err)
{
	struct differences differences = { .count = 0 };
	struct schemaside sides[2] = { 0 };
	bool differ = false;

	if (schemaside_open_both(workspace, sides, texts, NULL, err) == 0 &&
	    differences_find(&differences, &sides[0].blueprint,
			     &sides[1].blueprint, err) == 0) {
		differ = differences.count > differences.named;
		if (!options->quiet)
			(void)!print(&differences, options->json, err);
	}
	differences_release(&differences);
	for (int i = 0; i < 2; i++)
		schemaside_close(&sides[i]);
	if (err->code)
		return err->code;
	return differ && (options->exit_code || options->quiet) ? EXIT_DIFFERENT
								: EXIT_FINE;
}

static int schema_diff_run(const struct invocation *call, struct err *err)
{
	const struct schema_diff_options *options = call->options;
	const struct option_words *words = &call->arguments;
	const char *texts[2] = { "remote", "local" };
	struct workspace workspace;
	int result;

	if (words->count > 2 || call->separated)
		return err_set(err, D1_EUSAGE,
			       "schema diff takes up to two schemas");
	for (size_t i = 0; i < words->count; i++)
		texts[i] = words->words[i];
	workspace_init(&workspace, &options->workspace);
	result = run(&workspace, options, texts, err);
	workspace_release(&workspace);
	return result;
}

const struct command command_schema_diff = {
	.name = "diff",
	.summary = "show in what two schemas differ",
	.usage = schema_diff_usage,
	.specs = schema_diff_specs,
	.defaults = &schema_diff_defaults,
	.options_size = sizeof(schema_diff_defaults),
	.run = schema_diff_run,
};
