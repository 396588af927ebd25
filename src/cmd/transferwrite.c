#include "config.h"

#include "cmd/transfer.h"

#include <stdio.h>
#include <string.h>

#include "util/interrupt.h"
#include "util/progress.h"
#include "util/text.h"
#include "workspace/applying.h"
#include "workspace/spool.h"

enum { MAX_NOTE = 400 };

void transfer_announce(const struct transfer *self, int side,
		       bool other_written)
{
	bool is_remote = side == OLD;
	char note[MAX_NOTE];

	interrupt_begin(is_remote ? INTERRUPT_SERVER : INTERRUPT_FILE,
			self->sides[side].label, self->applications[side].id);
	if (!self->writes[!side])
		return;
	snprintf(note, sizeof(note),
		 other_written ? "%s is written" : "nothing was written to %s",
		 self->sides[!side].label);
	interrupt_note(note);
}

/* What is written to that side; it is locked from here on if it is a file. */
static int begin_write(struct transfer *self, int side, struct err *err)
{
	struct application *application = &self->applications[side];

	if (side == NEW) {
		/* a reader would keep the file from being written */
		if (self->renumber)
			self->schema = source_take_schema(self->sources[NEW]);
		source_close(self->sources[NEW]);
		self->sources[NEW] = NULL;
		application->changes = self->lists[NEW];
		self->lists[NEW] = NULL;
		if (application_begin(application, err) < 0 ||
		    (self->renumber &&
		     renumber_check(self->renumber, application->source, err) <
			     0))
			return err->code;
	} else {
		changes_close(application->changes);
		application->changes = self->lists[OLD];
		self->lists[OLD] = NULL;
	}
	if (application_foresee(application, err) == 0)
		(void)!spool_show(application->listing, stderr, err);
	return err->code;
}

static int write_rows(struct transfer *self, int side, struct err *err)
{
	progress_begin("writing", NULL, 0);
	(void)!application_write(&self->applications[side], err);
	progress_end();
	return err->code;
}

/* Writes what is begun, and says what came of it. */
static int end_write(struct transfer *self, int side, struct err *err)
{
	const struct d1_written *remote = &self->applications[OLD].written;

	(void)!write_rows(self, side, err);
	self->written[side] = !err->code || err->code == D1_EUNPLANNED ||
			      (side == OLD && remote->fate == D1_DONE);
	if (err->code || self->options->json)
		return err->code;
	return applying_print_rows(&self->applications[side], err);
}

static int write_side(struct transfer *self, int side, bool any,
		      struct err *err)
{
	transfer_announce(self, side, any);
	return begin_write(self, side, err) < 0 ? err->code
						: end_write(self, side, err);
}

/* What is said of one side is not true of both. */
static void drop_claim(char *text)
{
	static const char first[] = "nothing was written: ";
	static const char last[] = "; nothing was written";
	const char *rest = text;
	size_t size = strlen(text);

	if (size >= strlen(last) &&
	    strcmp(text + size - strlen(last), last) == 0)
		size -= strlen(last);
	(void)!text_take(&rest, &size, first);
	memmove(text, rest, size);
	text[size] = '\0';
}

/* One side was written, and the other was not. */
static int explain_half(const struct transfer *self, int written,
			struct err *err)
{
	char why[sizeof(err->hint)] = "";

	/* of a conflict the hint would be another command */
	if (err->code == D1_ERROR)
		memcpy(why, err->hint, sizeof(why));
	drop_claim(err->message);
	err_context(err, "%s is written, but %s is not",
		    self->sides[written].label, self->sides[!written].label);
	err->hint[0] = '\0';
	err->code = D1_EUNPLANNED;
	return err_hint(err,
			"%s%srun the same command again to write the rest\n"
			"or take back what is written: git d1 undo %s %s",
			why, *why ? "\n" : "", self->sides[written].label,
			self->applications[written].id);
}

/* Of the remote one nobody knows, or it cannot be read back. */
static int explain_rest(const struct transfer *self, struct err *err)
{
	if (err->code == D1_EUNPLANNED)
		return err->code;
	err_context(err, "%s is written; %s", self->sides[NEW].label,
		    self->sides[OLD].label);
	err->code = D1_EUNPLANNED;
	return err->code;
}

static bool has_rows(const struct transfer *self, int side)
{
	return self->writes[side] && !changes_are_empty(self->lists[side]);
}

/* The remote database first: what it refuses is written nowhere. */
static int write_sides(struct transfer *self, bool *any, struct err *err)
{
	for (int side = OLD; side <= NEW; side++) {
		if (!has_rows(self, side))
			continue;
		if (write_side(self, side, *any, err) < 0)
			return side == NEW && *any
				       ? explain_half(self, OLD, err)
				       : err->code;
		*any = true;
	}
	return 0;
}

/*
 * With new numbers the local database first: it means what it meant before, and
 * what is left then is written by the next run. If the remote one held rows
 * under new numbers and the local one not, that run would give out more.
 */
static int write_renumbered(struct transfer *self, bool *any, struct err *err)
{
	struct application *remote = &self->applications[OLD];
	bool to_remote = has_rows(self, OLD);

	transfer_announce(self, OLD, false);
	if (to_remote && (begin_write(self, OLD, err) < 0 ||
			  application_rehearse(remote, err) < 0))
		return err->code;
	if (write_side(self, NEW, false, err) < 0)
		return err->code;
	*any = true;
	if (!to_remote)
		return 0;
	transfer_announce(self, OLD, true);
	if (end_write(self, OLD, err) < 0)
		return remote->written.fate == D1_NOT_DONE &&
				       remote->written.parts == 0
			       ? explain_half(self, NEW, err)
			       : explain_rest(self, err);
	return 0;
}

int transfer_write(struct transfer *self, bool *any, struct err *err)
{
	return self->renumber ? write_renumbered(self, any, err)
			      : write_sides(self, any, err);
}
