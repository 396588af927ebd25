#include "config.h"

#include "cmd/deploying.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/jsonstring.h"
#include "util/stream.h"
#include "workspace/report.h"
#include "workspace/spool.h"

enum { MAX_DOCUMENT = 1 << 30 };

static const char *state_name(enum deploy_state state)
{
	static const char *const names[] = {
		[DEPLOY_WAITING] = "not begun",
		[DEPLOY_DONE] = "done",
		[DEPLOY_NOTHING] = "nothing to do",
		[DEPLOY_FAILED] = "failed",
	};

	return names[state];
}

/* ---- for people ---- */

static const char *failed_step(const struct deployment *self)
{
	for (int step = 0; step < DEPLOY_STEPS; step++)
		if (self->steps[step] == DEPLOY_FAILED)
			return deploying_step_name((enum deploy_step)step);
	return "the end";
}

static void report_text(const char *format, ...) PRINTF_LIKE(1, 2);

static void report_text(const char *format, ...)
{
	va_list arguments;
	char *line;
	int size;

	va_start(arguments, format);
	size = vasprintf(&line, format, arguments);
	va_end(arguments);
	if (size < 0)
		return;
	report_line(line);
	free(line);
}

static void report_steps(const struct deployment *self)
{
	for (int i = 0; i < DEPLOY_STEPS; i++) {
		enum deploy_step step = (enum deploy_step)i;
		const char *name = deploying_step_name(step);
		const char *state = state_name(self->steps[step]);

		if (step == DEPLOY_MIGRATIONS && self->npending > 0)
			report_text("  %s: %s, %zu of %zu applied", name, state,
				    self->applied, self->npending);
		else
			report_text("  %s: %s", name, state);
	}
}

static void report_ways(const struct deployment *self)
{
	const char *label = self->checking.view.side.label;
	bool migrated = self->migrating.written;

	report_text("to go on, run the same deploy again: what is done is not "
		    "done twice");
	if (self->wrote_rows)
		report_text("to go back%s: git d1 deploy --undo %s %s",
			    migrated ? ", the rows alone" : "", label,
			    self->application.id);
	if (self->bookmark)
		report_text("to go back with all that others wrote since: git "
			    "d1 deploy --undo %s %s",
			    label, self->bookmark);
}

void deploying_report(const struct deployment *self)
{
	const char *label = self->checking.view.side.label;

	report_text("the deploy to %s stopped at: %s", label,
		    failed_step(self));
	report_steps(self);
	if (self->is_unknown)
		report_text("it is not known whether the last write was done");
	if (self->taken_back)
		report_text("what was written is taken back: %s is as it was",
			    label);
	else if (deploying_has_written(self))
		report_ways(self);
	else
		report_text("nothing was written");
}

/* ---- for programs ---- */

static void add_strings(struct buf *out, const char *name,
			const char *const *strings, size_t count)
{
	buf_add_format(out, ",\"%s\":[", name);
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			buf_add_char(out, ',');
		jsonstring_add_bytes(out, strings[i], strlen(strings[i]));
	}
	buf_add_char(out, ']');
}

static void add_steps(struct buf *out, const struct deployment *self)
{
	static const char *const words[] = {
		[DEPLOY_WAITING] = "waiting",
		[DEPLOY_DONE] = "done",
		[DEPLOY_NOTHING] = "nothing",
		[DEPLOY_FAILED] = "failed",
	};

	buf_add_string(out, ",\"steps\":[");
	for (int i = 0; i < DEPLOY_STEPS; i++)
		buf_add_format(out, "%s{\"name\":\"%s\",\"state\":\"%s\"}",
			       i > 0 ? "," : "",
			       deploying_step_name((enum deploy_step)i),
			       words[self->steps[i]]);
	buf_add_char(out, ']');
}

static void add_rows(struct buf *out, const struct deployment *self)
{
	const uint64_t *rows = self->checking.counts.rows;

	buf_add_format(out,
		       ",\"rows\":{\"pending\":%" PRIu64 ",\"drift\":%" PRIu64
		       ",\"too_short\":%" PRIu64 ",\"own\":%" PRIu64 "}",
		       rows[BEHIND_PENDING], rows[BEHIND_DRIFT],
		       rows[BEHIND_TOO_SHORT], rows[BEHIND_OWN]);
}

static void add_journal(struct buf *out, const struct deployment *self)
{
	const char *migrations =
		self->migrating.written ? self->migrating.backup.id : NULL;
	const char *rows = self->wrote_rows ? self->application.id : NULL;

	jsonstring_add_member(out, "undo_migrations", migrations);
	jsonstring_add_member(out, "undo_rows", rows);
}

static void add_outcome(struct buf *out, const struct deployment *self,
			const struct err *failure)
{
	add_steps(out, self);
	jsonstring_add_member(out, "bookmark", self->bookmark);
	add_strings(out, "applied", self->pending, self->applied);
	add_journal(out, self);
	buf_add_format(out,
		       ",\"written\":%s,\"unknown\":%s,\"taken_back\":%s,"
		       "\"command_status\":",
		       self->migrating.written || self->wrote_rows ? "true"
								   : "false",
		       self->is_unknown ? "true" : "false",
		       self->taken_back ? "true" : "false");
	if (self->steps[DEPLOY_COMMAND] == DEPLOY_DONE ||
	    self->steps[DEPLOY_COMMAND] == DEPLOY_FAILED)
		buf_add_format(out, "%d", self->command_status);
	else
		buf_add_string(out, "null");
	jsonstring_add_member(out, "error", failure ? failure->message : NULL);
}

static int add_plan(struct buf *out, const struct deployment *self,
		    struct err *err)
{
	struct stream *stream;
	struct buf text;

	if (spool_read(&stream, self->plan, "the plan", err) < 0)
		return err->code;
	buf_init(&text, MAX_DOCUMENT);
	if (stream_read_all(stream, &text, "the plan", err) == 0) {
		buf_add_string(out, ",\"plan\":");
		jsonstring_add_bytes(out, text.data, text.len);
	}
	buf_release(&text);
	stream_close(stream);
	return err->code;
}

int deploying_write_json(struct deployment *self, const struct err *failure,
			 struct err *err)
{
	const struct side *side = &self->checking.view.side;
	struct buf out;

	buf_init(&out, MAX_DOCUMENT);
	buf_add_string(&out, "{\"version\":1");
	jsonstring_add_member(&out, "database", side->name);
	jsonstring_add_member(&out, "id", side->remote_id);
	jsonstring_add_member(&out, "commit",
			      *self->commit ? self->commit : NULL);
	add_strings(&out, "pending", self->pending, self->npending);
	add_rows(&out, self);
	if (*self->digest)
		buf_add_format(&out, ",\"digest\":\"sha256:%s\"", self->digest);
	if (!self->options->plan)
		add_outcome(&out, self, failure);
	else if (self->plan && !failure)
		(void)!add_plan(&out, self, err);
	buf_add_string(&out, "}\n");
	if (!err->code && buf_check(&out, "the document", err) == 0)
		fwrite(out.data, 1, out.len, stdout);
	buf_release(&out);
	return err->code;
}
