#include "config.h"

#include "workspace/applying.h"

#include <stdio.h>

#include "model/name.h"
#include "render/name.h"
#include "util/interrupt.h"
#include "util/progress.h"
#include "workspace/choosing.h"
#include "workspace/spool.h"

enum { MAX_OUTPUT = 1 << 24 };

/* ---- what is said ---- */

static void add_table(struct buf *out, const struct changes *changes,
		      size_t table, const char *by)
{
	name_add(out, changes_table(changes, table)->name);
	buf_add_format(out, ": %llu inserted, %llu updated, %llu deleted%s\n",
		       (unsigned long long)changes_count(changes, table,
							 CHANGE_INSERT),
		       (unsigned long long)changes_count(changes, table,
							 CHANGE_UPDATE),
		       (unsigned long long)changes_count(changes, table,
							 CHANGE_DELETE),
		       by);
}

static void add_tables(struct buf *out, const struct changes *changes,
		       const char *by)
{
	for (size_t i = 0; i < changes_tables(changes); i++)
		if (!changes_table_is_empty(changes, i))
			add_table(out, changes, i, by);
}

static void add_fired(struct buf *out, const struct application *application)
{
	int64_t fired = application->fired;

	if (fired < 0)
		buf_add_string(out,
			       "triggers fired; how many rows they changed "
			       "is not known\n");
	else if (fired == 0)
		buf_add_string(out, "triggers changed no other row\n");
	else
		buf_add_format(out, "triggers changed %s%lld more row%s\n",
			       application->fired_exact ? "" : "up to ",
			       (long long)fired, fired == 1 ? "" : "s");
	if (application->written.different > 0)
		buf_add_format(out, "not as the patch has them: %llu row%s\n",
			       (unsigned long long)
				       application->written.different,
			       application->written.different == 1 ? "" : "s");
	if (application->written.differences.data)
		buf_add_string(out, application->written.differences.data);
}

static void add_result(struct buf *out, const struct application *application)
{
	add_tables(out, application->changes, "");
	if (application->effects)
		add_tables(out, application->effects, " by foreign keys");
	if (application->manner.fire_triggers && *application->id)
		add_fired(out, application);
}

static void add_nothing(struct buf *out, const struct application *application)
{
	buf_add_string(out, "already applied: ");
	name_add_text(out, application->side->label);
	buf_add_string(out, " is as ");
	name_add_text(out, application->patch_name);
	buf_add_string(out,
		       application->reverse ? " found it\n" : " leaves it\n");
}

static int print_buf(struct buf *out, struct err *err)
{
	if (buf_check(out, "the output", err) == 0 && out->len > 0)
		fwrite(out->data, 1, out->len, stdout);
	buf_release(out);
	return err->code;
}

static int print_result(const struct application *application, struct err *err)
{
	struct buf out;

	buf_init(&out, MAX_OUTPUT);
	add_result(&out, application);
	if (changes_are_empty(application->changes) &&
	    application->counts.failed == 0)
		add_nothing(&out, application);
	return print_buf(&out, err);
}

int applying_print_rows(const struct application *application, struct err *err)
{
	struct buf out;

	buf_init(&out, MAX_OUTPUT);
	add_result(&out, application);
	return print_buf(&out, err);
}

/* ---- the run ---- */

/* What will happen besides, or is in the way, is seen before anything is. */
static int match(struct application *application, struct stream *patch,
		 struct err *err)
{
	struct err shown = ERR_INIT;
	int code;

	progress_begin("matching", NULL, 0);
	code = application_match(application, patch, err);
	progress_end();
	if (code == D1_ECONFLICT || (code == 0 && !application->look))
		(void)!spool_show(application->listing, stderr,
				  code ? &shown : err);
	return err->code;
}

/* Opens the database, and finds out what is to be done. */
static int prepare(struct application *application, struct stream *patch,
		   struct err *err)
{
	if (application_begin(application, err) == 0)
		return match(application, patch, err);
	stream_close(patch);
	return err->code;
}

static int write_rows(struct application *application, struct err *err)
{
	progress_begin("writing", NULL, 0);
	(void)!application_write(application, err);
	progress_end();
	return err->code;
}

static int run(struct application *application, struct stream *patch,
	       struct err *err)
{
	if (prepare(application, patch, err) < 0)
		return err->code;
	if (!application->check && !application_is_empty(application) &&
	    write_rows(application, err) < 0)
		return err->code;
	return print_result(application, err);
}

int applying_run(struct application *application, struct stream *patch,
		 struct err *err)
{
	const struct side *side = application->side;
	bool is_remote = side->endpoint.kind == ENDPOINT_REMOTE ||
			 side->endpoint.kind == ENDPOINT_PREVIEW;

	if (!application->check)
		interrupt_begin(is_remote ? INTERRUPT_SERVER : INTERRUPT_FILE,
				side->label, application->id);
	(void)!run(application, patch, err);
	interrupt_end();
	return err->code;
}

/* ---- with a choice ---- */

static int choose(struct choosing *choosing, struct application *look,
		  struct err *err)
{
	const struct render_options render = {
		.database = look->side->name,
		.labels = { look->side->label, look->patch_name },
		.context = 3,
	};
	struct diff_colors colors;

	if (workspace_git(look->workspace, err) < 0 ||
	    colors_load(&colors, COLOR_UNSET, &look->workspace->git, err) < 0)
		return err->code;
	choosing->changes = look->changes;
	choosing->verb = look->reverse ? "revert" : "apply";
	choosing->render = &render;
	choosing->colors = &colors;
	choosing->in = stdin;
	choosing->out = stdout;
	return choosing_run(choosing, err);
}

/*
 * The hunks that are chosen, as a patch of this database; *chosen is NULL if
 * there are none, and that is said.
 */
static int read_choice(struct application *look, struct stream **chosen,
		       bool *quit, struct err *err)
{
	struct choosing choosing = { .chosen = NULL };
	FILE *spool = NULL;

	if (application_is_empty(look))
		return print_result(look, err);
	if (changes_open(&choosing.chosen, err) < 0 ||
	    spool_open(&spool, err) < 0 || choose(&choosing, look, err) < 0)
		goto out;
	*quit = choosing.quit;
	if (changes_are_empty(choosing.chosen))
		puts("no hunk was chosen; nothing was written");
	else if (application_write_patch(look, &choosing.chosen, 1, 0, spool,
					 err) == 0)
		(void)!spool_read(chosen, spool, look->patch_name, err);
out:
	(void)!spool_close(spool, err);
	changes_close(choosing.chosen);
	return err->code;
}

int applying_choose(struct application *application, struct stream *patch,
		    bool *quit, struct err *err)
{
	struct application look = *application;
	struct stream *chosen = NULL;

	*quit = false;
	look.look = true;
	if (prepare(&look, patch, err) == 0) {
		/* who reads a file may hinder others from writing to it */
		source_close(look.source);
		look.source = NULL;
		(void)!read_choice(&look, &chosen, quit, err);
	}
	application_end(&look);
	if (err->code || !chosen) {
		stream_close(chosen);
		return err->code;
	}
	/* all that was asked for is in the patch that was made */
	application->consented = true;
	application->is_own = true;
	application->reverse = false;
	application->merge = false;
	application->whole = true;
	application->patch_flags = 0;
	return applying_run(application, chosen, err);
}
