/*
 * The rows of a patch while they are found: their text, the diffstat, and what
 * the header of the mail says of each table.
 */
#ifndef CMD_PATCHROWS_H
#define CMD_PATCHROWS_H

#include <stdio.h>

#include "render/render.h"
#include "util/buf.h"

struct patch_rows {
	FILE *text;	   /* what the review renderer writes */
	FILE *stat;	   /* the diffstat */
	struct buf fields; /* D1-Table: one a line */
	struct buf names;  /* of changed tables, with commas between them */
	size_t tables;	   /* that changed */
	uint64_t rows;
};

/* Opens both files. The caller releases it, after an error too. */
int patch_rows_init(struct patch_rows *rows, struct err *err) MUST_CHECK;
int patch_rows_release(struct patch_rows *rows, struct err *err) MUST_CHECK;

/*
 * A renderer that fills `context`, a struct patch_rows, as struct comparing
 * wants it.
 */
int patch_rows_open(struct renderer **renderer,
		    const struct render_options *options, void *context,
		    struct err *err) MUST_CHECK;

#endif
