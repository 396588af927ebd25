#include "config.h"

#include "cmd/transfer.h"

#include <stdio.h>

#include "model/name.h"
#include "util/buf.h"
#include "workspace/effectlist.h"
#include "workspace/report.h"
#include "workspace/spool.h"

enum { MAX_LINE = 1 << 24, MAX_LISTED = 20 };

int transfer_check_renumber(const struct transfer *self, struct err *err)
{
	if (!self->options->renumber || self->base)
		return 0;
	err_set(err, D1_EREFUSED,
		"--renumber needs to know what %s and %s had in common: "
		"without that, rows under one key may be one row that was "
		"changed",
		self->sides[NEW].label, self->sides[OLD].label);
	return err_hint(err, "--base=<revision> names a snapshot; for tracked "
			     "tables every push, pull and sync leaves one");
}

/* ---- what is said ---- */

/* The rows that have another key, of the table at hand. */
struct moved_list {
	FILE *out;
	const struct changed_table *table;
	uint64_t told;
};

static int write_line(struct moved_list *list, struct buf *line,
		      struct err *err)
{
	buf_add_char(line, '\n');
	if (buf_check(line, "a line", err) == 0)
		fwrite(line->data, 1, line->len, list->out);
	buf_release(line);
	return err->code;
}

static int end_table(struct moved_list *list, struct err *err)
{
	struct buf line;

	if (list->told <= MAX_LISTED)
		return 0;
	buf_init(&line, MAX_LINE);
	buf_add_string(&line, "renumbered: ");
	name_add(&line, list->table->name);
	buf_add_format(&line, ": %llu more rows",
		       (unsigned long long)(list->told - MAX_LISTED));
	return write_line(list, &line, err);
}

static int tell_row(void *context, const struct changed_table *table,
		    const struct row *held, const struct row *wanted,
		    struct err *err)
{
	struct moved_list *list = context;
	struct buf line;

	if (table != list->table) {
		if (end_table(list, err) < 0)
			return err->code;
		list->table = table;
		list->told = 0;
	}
	if (list->told++ >= MAX_LISTED)
		return 0;
	buf_init(&line, MAX_LINE);
	buf_add_string(&line, "renumbered: ");
	name_add(&line, table->name);
	effectlist_add_key(&line, table, held);
	buf_add_string(&line, " ->");
	effectlist_add_key(&line, table, wanted);
	return write_line(list, &line, err);
}

/* What people read is on standard error; the rows themselves come later. */
static int tell_rows(struct transfer *self, struct err *err)
{
	struct moved_list list = { .told = 0 };

	if (spool_open(&list.out, err) == 0 &&
	    renumber_each(self->renumber, tell_row, &list, err) == 0 &&
	    end_table(&list, err) == 0)
		(void)!spool_show(list.out, stderr, err);
	(void)!spool_close(list.out, err);
	return err->code;
}

static void tell_keeps(void *context, const char *table, const char *reason)
{
	(void)context;
	report_warning("rows of table '%s' keep their numbers: %s", table,
		       reason);
}

/* ---- numbers ---- */

int transfer_renumber(struct transfer *self, struct err *err)
{
	const struct renumbering asked = {
		.sources = { self->sources[OLD], self->sources[NEW] },
		.labels = { self->sides[OLD].label, self->sides[NEW].label },
		.base = self->base,
		.based = transfer_is_based,
		.keeps = tell_keeps,
		.context = self,
	};

	if (!self->options->renumber ||
	    renumber_find(&self->renumber, &asked, &self->differences, err) <
		    0 ||
	    !self->renumber)
		return err->code;
	return tell_rows(self, err);
}

int transfer_compose(struct transfer *self, struct err *err)
{
	if (!self->renumber)
		return 0;
	if (renumber_compose(self->renumber, &self->lists[NEW], true, err) <
		    0 ||
	    (self->common &&
	     renumber_compose(self->renumber, &self->common, false, err) < 0) ||
	    (self->remote_after &&
	     renumber_compose(self->renumber, &self->remote_after, false, err) <
		     0))
		return err->code;
	self->writes[NEW] = true;
	return 0;
}
