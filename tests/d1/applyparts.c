/*
 * applyparts [--in-parts] ENDPOINT PATCH [ENTRY]: git d1 apply --no-limit, to a
 * server that has no import and takes no more than 8,000 bytes in a call. The
 * patch undoes that entry of the journal.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "workspace/applying.h"
#include "workspace/report.h"

enum { MAX_BODY = 8000 };

/* `words`: the endpoint, the patch, and the entry or NULL. */
static int run(struct workspace *workspace, struct side *side, bool in_parts,
	       char *const *words, struct err *err)
{
	struct application application = {
		.workspace = workspace,
		.side = side,
		.command = "test",
		.undoes = words[2],
		.patch_name = words[1],
		.consent = { .no_limit = true },
		.manner = { .in_parts = in_parts,
			    .no_import = true,
			    .max_body = MAX_BODY },
	};
	struct stream *patch;

	if (workspace_resolve(workspace, side, words[0], err) < 0 ||
	    stream_open_file(&patch, words[1], 0, err) < 0)
		return err->code;
	(void)!applying_run(&application, patch, err);
	application_end(&application);
	return err->code;
}

int main(int argc, char **argv)
{
	bool in_parts = argc > 1 && strcmp(argv[1], "--in-parts") == 0;
	const struct workspace_options options = { .config = NULL };
	struct workspace workspace;
	struct side side = { .name = NULL };
	struct err err = ERR_INIT;

	if (argc != 3 + in_parts && argc != 4 + in_parts) {
		fprintf(stderr, "usage: applyparts [--in-parts] ENDPOINT "
				"PATCH [ENTRY]\n");
		return 129;
	}
	workspace_init(&workspace, &options);
	(void)!run(&workspace, &side, in_parts, argv + 1 + in_parts, &err);
	side_release(&side);
	workspace_release(&workspace);
	report_error(&err);
	return report_exit_code(err.code);
}
