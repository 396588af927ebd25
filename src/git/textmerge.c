#include "config.h"

#include "git/textmerge.h"

#include <git2.h>

#include "git/library.h"

static git_merge_file_input input_of(const struct textmerge *merge, int side)
{
	git_merge_file_input input = {
		.version = GIT_MERGE_FILE_INPUT_VERSION,
	};

	input.ptr = merge->texts[side].data;
	input.size = merge->texts[side].size;
	return input;
}

int textmerge(struct buf *out, bool *clean, const struct textmerge *merge,
	      struct err *err)
{
	git_merge_file_options options = {
		.version = GIT_MERGE_FILE_OPTIONS_VERSION,
	};
	git_merge_file_result result = { .ptr = NULL };
	const git_merge_file_input inputs[TEXTMERGE_SIDES] = {
		input_of(merge, TEXTMERGE_BASE),
		input_of(merge, TEXTMERGE_OURS),
		input_of(merge, TEXTMERGE_THEIRS),
	};

	options.ancestor_label = merge->labels[TEXTMERGE_BASE];
	options.our_label = merge->labels[TEXTMERGE_OURS];
	options.their_label = merge->labels[TEXTMERGE_THEIRS];
	options.marker_size = merge->marker_size;
	if (merge->show_base)
		options.flags |= GIT_MERGE_FILE_STYLE_DIFF3;
	if (library_start(err) < 0)
		return err->code;
	if (git_merge_file(&result, &inputs[TEXTMERGE_BASE],
			   &inputs[TEXTMERGE_OURS], &inputs[TEXTMERGE_THEIRS],
			   &options) < 0) {
		library_error(err, "the texts cannot be merged");
		goto out;
	}
	*clean = result.automergeable;
	buf_add(out, result.ptr, result.len);
	(void)!buf_check(out, "a merged text", err);
out:
	git_merge_file_result_free(&result);
	return err->code;
}
