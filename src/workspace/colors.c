#include "config.h"

#include "workspace/colors.h"

#include <stddef.h>

#include "util/compiler.h"

/* A colour: where git's configuration has it, and where it goes. */
struct slot {
	const char *key;
	const char *fallback;
	size_t offset; /* of the sequence in the struct */
};

/* Fills the struct at `colors`, if colour is wanted. */
static int load(void *colors, const struct slot *slots, size_t count,
		bool *wanted, enum color_when when,
		const struct git_config *git, struct err *err)
{
	const struct color_config config = {
		.command = git_config_get(git, "color.d1"),
		.ui = git_config_get(git, "color.ui"),
		.pager = git_config_get(git, "color.pager"),
	};

	if (terminal_color_wanted(wanted, when, &config, err) < 0 || !*wanted)
		return err->code;
	for (size_t i = 0; i < count; i++) {
		const char *value = git_config_get(git, slots[i].key);

		if (color_parse((char *)colors + slots[i].offset,
				value ? value : slots[i].fallback, err) < 0)
			return err_context(err, "%s", slots[i].key);
	}
	return 0;
}

int colors_load(struct diff_colors *colors, enum color_when when,
		const struct git_config *git, struct err *err)
{
	static const struct slot slots[] = {
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
		{ "color.interactive.prompt", "bold blue",
		  offsetof(struct diff_colors, prompt) },
		{ "color.interactive.help", "bold red",
		  offsetof(struct diff_colors, prompt_help) },
		{ "color.interactive.error", "bold red",
		  offsetof(struct diff_colors, prompt_error) },
	};

	*colors = (struct diff_colors){ .wanted = false };
	return load(colors, slots, ARRAY_SIZE(slots), &colors->wanted, when,
		    git, err);
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

int colors_load_states(struct state_colors *colors, enum color_when when,
		       const struct git_config *git, struct err *err)
{
	static const struct slot slots[] = {
		{ "color.status.header", "bold",
		  offsetof(struct state_colors, header) },
		{ "color.status.added", "green",
		  offsetof(struct state_colors, good) },
		{ "color.status.changed", "red",
		  offsetof(struct state_colors, bad) },
	};
	bool wanted;

	*colors = (struct state_colors){ .reset = "" };
	if (load(colors, slots, ARRAY_SIZE(slots), &wanted, when, git, err) < 0)
		return err->code;
	if (wanted)
		colors->reset = COLOR_RESET;
	return 0;
}
