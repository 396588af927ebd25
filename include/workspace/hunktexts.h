/*
 * Changes as the texts of their hunks, one by one, each as the review text has
 * it: for people who decide about them.
 *
 * The texts are kept in a file; memory grows by a few bytes with each hunk.
 */
#ifndef WORKSPACE_HUNKTEXTS_H
#define WORKSPACE_HUNKTEXTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

#include "apply/changes.h"
#include "diff/change.h"
#include "render/render.h"
#include "util/buf.h"

/* The hunks of a table, which stand one after the other. */
struct hunk_group {
	size_t first;
	size_t count;
};

struct hunk_texts {
	struct hunk_group *groups;
	size_t ngroups;
	bool *wanted; /* of each hunk: false at first, the caller's afterwards
		       */
	size_t count;

	/* of the maker */
	struct change_sink sink;
	struct renderer *review;
	FILE *file;
	off_t *starts;
	size_t cap;
};

/*
 * Makes the texts. render->out is not used. The caller releases them, after an
 * error too.
 */
int hunk_texts_make(struct hunk_texts *self, struct changes *changes,
		    const struct render_options *render,
		    struct err *err) MUST_CHECK;
void hunk_texts_release(struct hunk_texts *self);

/*
 * Appends the lines before the first hunk of a group, "diff --d1 ..." and so
 * on, or those of a hunk.
 */
int hunk_texts_add_head(struct buf *out, const struct hunk_texts *self,
			const struct hunk_group *group,
			struct err *err) MUST_CHECK;
int hunk_texts_add(struct buf *out, const struct hunk_texts *self, size_t hunk,
		   struct err *err) MUST_CHECK;

/* Adds those of the changes that are wanted to `chosen`. */
int hunk_texts_pick(const struct hunk_texts *texts, struct changes *changes,
		    struct changes *chosen, struct err *err) MUST_CHECK;

/* Takes the colours out of a text in place: the rest of it has no ESC. */
void hunk_texts_strip(struct buf *text);

#endif
