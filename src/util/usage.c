#include "config.h"

#include "util/usage.h"

/* The column where the help of an option starts, as in git's usage texts. */
#define HELP_COLUMN 26

/* Appends one option as `-U, --unified <n>` and returns its width. */
static size_t add_option(struct buf *out, const struct option_spec *spec)
{
	size_t start = out->len;

	buf_add_string(out, "    ");
	if (spec->letter)
		buf_add_format(out, "-%c%s", spec->letter,
			       spec->name ? ", " : "");
	if (spec->name)
		buf_add_format(out, "--%s%s", spec->negatable ? "[no-]" : "",
			       spec->name);
	if (spec->argument && !spec->optional)
		buf_add_format(out, " <%s>", spec->argument);
	else if (spec->argument)
		buf_add_format(out, spec->name ? "[=<%s>]" : "[<%s>]",
			       spec->argument);
	return out->len - start;
}

void usage_add(struct buf *out, const char *const *usage,
	       const struct option_spec *specs)
{
	const char *prefix = "usage: ";
	size_t width;

	for (; *usage; usage++) {
		buf_add_format(out, "%s%s\n", prefix, *usage);
		prefix = "   or: ";
	}
	if (specs->kind != OPTION_KIND_END)
		buf_add_char(out, '\n');
	for (; specs->kind != OPTION_KIND_END; specs++) {
		width = add_option(out, specs);
		if (width >= HELP_COLUMN) {
			buf_add_char(out, '\n');
			width = 0;
		}
		buf_add_format(out, "%*s%s\n", (int)(HELP_COLUMN - width), "",
			       specs->help);
	}
}

void usage_add_completion(struct buf *out, const struct option_spec *specs)
{
	for (; specs->kind != OPTION_KIND_END; specs++) {
		if (!specs->name)
			continue;
		if (!specs->argument || specs->optional)
			buf_add_format(out, " --%s", specs->name);
		if (specs->argument)
			buf_add_format(out, " --%s=", specs->name);
		if (specs->negatable)
			buf_add_format(out, " --no-%s", specs->name);
	}
}
