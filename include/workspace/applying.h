/* Applying a patch, and saying what comes of it. */
#ifndef WORKSPACE_APPLYING_H
#define WORKSPACE_APPLYING_H

#include "util/err.h"
#include "util/stream.h"
#include "workspace/application.h"

/*
 * Applies the patch, whose stream is taken, and prints how many rows of which
 * tables changed; on standard error what is in the way, and what foreign keys
 * change besides. With application->check nothing is written. The caller calls
 * application_end(), after an error too.
 */
int applying_run(struct application *application, struct stream *patch,
		 struct err *err) MUST_CHECK;

/*
 * The same with those hunks alone that a person chooses (workspace/choosing.h),
 * who is asked on standard output and answers on standard input. No database is
 * locked meanwhile: what was chosen is applied as a patch of its own
 * afterwards, as it was shown, or not at all. *quit tells that no more is to
 * be asked.
 */
int applying_choose(struct application *application, struct stream *patch,
		    bool *quit, struct err *err) MUST_CHECK;

/*
 * What applying_run() prints, for others that write rows: how many of which
 * tables were changed, and why others were; on standard output.
 */
int applying_print_rows(const struct application *application,
			struct err *err) MUST_CHECK;

#endif
