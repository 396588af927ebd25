#include "config.h"

#include "cmd/applying.h"

#include <stdio.h>

#include "cmd/spool.h"
#include "model/name.h"
#include "render/name.h"

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

static int print_result(const struct application *application, struct err *err)
{
	const struct changes *changes = application->changes;
	struct buf out;

	buf_init(&out, MAX_OUTPUT);
	add_tables(&out, changes, "");
	add_tables(&out, application->effects, " by foreign keys");
	if (application->manner.fire_triggers && *application->id)
		add_fired(&out, application);
	if (changes_are_empty(changes) && application->counts.failed == 0) {
		buf_add_string(&out, "already applied: ");
		name_add_text(&out, application->side->label);
		buf_add_string(&out, " is as ");
		name_add_text(&out, application->patch_name);
		buf_add_string(&out, application->reverse ? " found it\n"
							  : " leaves it\n");
	}
	if (buf_check(&out, "the output", err) == 0 && out.len > 0)
		fwrite(out.data, 1, out.len, stdout);
	buf_release(&out);
	return err->code;
}

/* ---- the run ---- */

/* What will happen besides, or is in the way, is seen before anything is. */
static int match(struct application *application, struct stream *patch,
		 struct err *err)
{
	struct err shown = ERR_INIT;
	int code = application_match(application, patch, err);

	if (code == 0 || code == D1_ECONFLICT)
		(void)!spool_show(application->listing, stderr,
				  code ? &shown : err);
	return err->code;
}

int applying_run(struct application *application, struct stream *patch,
		 struct err *err)
{
	if (application_begin(application, err) < 0) {
		stream_close(patch);
		return err->code;
	}
	if (match(application, patch, err) < 0)
		return err->code;
	if (!application->check && !application_is_empty(application) &&
	    application_write(application, err) < 0)
		return err->code;
	return print_result(application, err);
}
