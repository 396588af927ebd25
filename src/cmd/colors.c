#include "config.h"

#include "cmd/colors.h"

#include <stddef.h>

int colors_load(struct diff_colors *colors, enum color_when when,
		const struct git_config *git, struct err *err)
{
	static const struct {
		const char *key;
		const char *fallback;
		size_t offset;
	} slots[] = {
		{ "color.diff.commit", "yellow",
		  offsetof(struct diff_colors, commit) },
		{ "color.diff.meta", "bold",
		  offsetof(struct diff_colors, meta) },
		{ "color.diff.frag", "cyan",
		  offsetof(struct diff_colors, frag) },
		{ "color.diff.func", "normal",
		  offsetof(struct diff_colors, func) },
		{ "color.diff.context", "normal",
		  offsetof(struct diff_colors, context) },
		{ "color.diff.old", "red",
		  offsetof(struct diff_colors, old_text) },
		{ "color.diff.new", "green",
		  offsetof(struct diff_colors, new_text) },
	};
	const struct color_config config = {
		.command = git_config_get(git, "color.d1"),
		.ui = git_config_get(git, "color.ui"),
		.pager = git_config_get(git, "color.pager"),
	};

	*colors = (struct diff_colors){ .wanted = false };
	if (terminal_color_wanted(&colors->wanted, when, &config, err) < 0 ||
	    !colors->wanted)
		return err->code;
	for (size_t i = 0; i < ARRAY_SIZE(slots); i++) {
		const char *value = git_config_get(git, slots[i].key);

		if (color_parse((char *)colors + slots[i].offset,
				value ? value : slots[i].fallback, err) < 0)
			return err_context(err, "%s", slots[i].key);
	}
	return 0;
}

struct render_colors colors_for_render(const struct diff_colors *colors)
{
	return (struct render_colors){
		.commit = colors->commit,
		.meta = colors->meta,
		.frag = colors->frag,
		.func = colors->func,
		.context = colors->context,
		.old_text = colors->old_text,
		.new_text = colors->new_text,
		.reset = colors->wanted ? COLOR_RESET : "",
	};
}
