#include "config.h"

#include "git/textdiff.h"

#include <git2.h>

#include "git/library.h"

static int take_hunk(const git_diff_delta *delta, const git_diff_hunk *hunk,
		     void *payload)
{
	const struct textdiff_sink *sink = payload;
	const struct textdiff_hunk result = {
		.old_start = (size_t)hunk->old_start,
		.old_count = (size_t)hunk->old_lines,
		.new_start = (size_t)hunk->new_start,
		.new_count = (size_t)hunk->new_lines,
	};

	(void)delta;
	sink->hunk(sink->context, &result);
	return 0;
}

static int take_line(const git_diff_delta *delta, const git_diff_hunk *hunk,
		     const git_diff_line *line, void *payload)
{
	const struct textdiff_sink *sink = payload;
	struct textdiff_line result = { .text = line->content,
					.size = line->content_len };

	(void)delta;
	(void)hunk;
	switch (line->origin) {
	case GIT_DIFF_LINE_CONTEXT:
		result.origin = TEXTDIFF_CONTEXT;
		break;
	case GIT_DIFF_LINE_DELETION:
		result.origin = TEXTDIFF_OLD;
		break;
	case GIT_DIFF_LINE_ADDITION:
		result.origin = TEXTDIFF_NEW;
		break;
	default:
		return 0; /* "no newline" marks: the line itself tells */
	}
	if (result.size > 0 && result.text[result.size - 1] == '\n') {
		result.size--;
		result.newline = true;
	}
	sink->line(sink->context, &result);
	return 0;
}

int textdiff(const char *old_text, size_t old_size, const char *new_text,
	     size_t new_size, unsigned context,
	     const struct textdiff_sink *sink, struct err *err)
{
	git_diff_options options;

	if (library_start(err) < 0)
		return err->code;
	git_diff_options_init(&options, GIT_DIFF_OPTIONS_VERSION);
	options.flags = GIT_DIFF_FORCE_TEXT;
	options.context_lines = context;
	if (git_diff_buffers(old_text, old_size, NULL, new_text, new_size, NULL,
			     &options, NULL, NULL, take_hunk, take_line,
			     (void *)sink) < 0)
		library_error(err, "cannot compare two texts");
	return err->code;
}
