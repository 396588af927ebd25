#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "model/name.h"
#include "render/name.h"
#include "render/status.h"
#include "util/utf8.h"

struct text {
	struct buf out;
	const struct status_colors *colors;
};

/* How wide the columns of a table of numbers are. */
struct widths {
	size_t name;
	size_t rows[2];
};

static const char *const side_words[2] = {
	[STATUS_REMOTE] = "remote", [STATUS_LOCAL] = "local"
};

/* The sides as people read them: what is at hand first. */
static const int side_order[2] = { STATUS_LOCAL, STATUS_REMOTE };

static void add_field(struct text *self, const char *name, const char *value)
{
	buf_add_format(&self->out, "  %-15s", name);
	if (value)
		name_add_text(&self->out, value);
	else
		buf_add_string(&self->out, "not set");
	buf_add_char(&self->out, '\n');
}

static void add_bad(struct text *self, const char *message)
{
	buf_add_string(&self->out, self->colors->bad);
	name_add_text(&self->out, message);
	buf_add_format(&self->out, "%s\n", self->colors->reset);
}

/* What to do, as git status says it: one line in parentheses for each. */
static void add_hint(struct text *self, const char *hint)
{
	while (hint && *hint) {
		size_t length = strcspn(hint, "\n");
		struct buf line;

		buf_init(&line, self->out.max);
		buf_add(&line, hint, length);
		buf_add_string(&self->out, "  (");
		if (line.data)
			name_add_text(&self->out, line.data);
		buf_add_string(&self->out, ")\n");
		buf_release(&line);
		hint += length + (hint[length] == '\n');
	}
}

static void add_local(struct text *self, const struct status_database *entry)
{
	const struct status_side *side = &entry->sides[STATUS_LOCAL];

	add_field(self, "local", entry->database->local_path);
	if (side->message) {
		buf_add_format(&self->out, "  %-15s", "");
		add_bad(self, side->message);
	}
	add_hint(self, side->hint);
}

static void add_remote(struct text *self, const struct status_database *entry)
{
	const struct status_side *side = &entry->sides[STATUS_REMOTE];

	buf_add_format(&self->out, "  %-15s", "remote");
	if (side->state == SIDE_REACHED)
		buf_add_format(&self->out, "%sreachable%s\n",
			       self->colors->good, self->colors->reset);
	else if (side->state != SIDE_OFFLINE)
		buf_add_string(&self->out, "not reached: ");
	if (side->message && side->state == SIDE_REACHED)
		buf_add_format(&self->out, "  %-15s", "");
	if (side->message)
		add_bad(self, side->message);
	if (entry->credentials)
		add_field(self, "credentials", entry->credentials);
	if (entry->permission)
		add_field(self, "permission", entry->permission);
	add_hint(self, side->hint);
}

/* ---- migrations, snapshot, journal ---- */

/* "2 pending on local: 0003_a.sql, 0004_b.sql", the first few of them. */
static void add_names(struct text *self,
		      const struct status_migrations *migrations, int side,
		      bool lost)
{
	enum { SHOWN = 3 };
	size_t count = 0;
	struct buf names;

	buf_init(&names, self->out.max);
	for (size_t i = 0; i < migrations->count; i++) {
		const struct status_migration *migration =
			&migrations->items[i];

		if (!migrations->ledger_known[side] ||
		    (lost ? migration->has_file || !migration->applied[side]
			  : !migration->has_file || migration->applied[side]) ||
		    count++ >= SHOWN)
			continue;
		buf_add_string(&names, count > 1 ? ", " : "");
		name_add_text(&names, migration->name);
	}
	if (count > 0) {
		buf_add_format(&self->out, "  %-15s%s%zu ", "",
			       self->colors->bad, count);
		if (lost)
			buf_add_format(&self->out,
				       "applied to %s, and missing here: ",
				       side_words[side]);
		else
			buf_add_format(&self->out,
				       "pending on %s: ", side_words[side]);
		buf_add_format(&self->out, "%s%s%s\n",
			       names.data ? names.data : "",
			       count > SHOWN ? ", ..." : "",
			       self->colors->reset);
	}
	buf_release(&names);
}

static void add_migrations(struct text *self,
			   const struct status_migrations *migrations)
{
	size_t files = 0;

	for (size_t i = 0; i < migrations->count; i++)
		files += migrations->items[i].has_file;
	if (migrations->count > 0)
		buf_add_format(&self->out, "  %-15s%zu\n", "migrations", files);
	for (size_t i = 0; i < ARRAY_SIZE(side_order); i++) {
		add_names(self, migrations, side_order[i], false);
		add_names(self, migrations, side_order[i], true);
	}
	if (migrations->message) {
		buf_add_format(&self->out, "  %-15s",
			       migrations->count > 0 ? "" : "migrations");
		add_bad(self, migrations->message);
		add_hint(self, migrations->hint);
	}
}

static void add_snapshot(struct text *self,
			 const struct status_snapshot *snapshot)
{
	if (snapshot->state == SNAPSHOT_NONE)
		return;
	buf_add_format(&self->out, "  %-15s", "snapshot");
	name_add_text(&self->out, snapshot->path);
	buf_add_string(&self->out, ": ");
	switch (snapshot->state) {
	case SNAPSHOT_CLEAN:
		buf_add_format(&self->out, "%sclean%s\n", self->colors->good,
			       self->colors->reset);
		break;
	case SNAPSHOT_MISSING:
		add_bad(self, "not taken yet");
		break;
	case SNAPSHOT_STALE:
		buf_add_format(&self->out,
			       "%sstale, %" PRIu64 " row%s and %" PRIu64
			       " file%s differ%s\n",
			       self->colors->bad, snapshot->rows,
			       snapshot->rows == 1 ? "" : "s", snapshot->files,
			       snapshot->files == 1 ? "" : "s",
			       self->colors->reset);
		break;
	default:
		add_bad(self, snapshot->message ? snapshot->message : "");
	}
	add_hint(self, snapshot->hint);
}

static void add_pending(struct text *self, const struct status_database *entry)
{
	for (size_t i = 0; i < entry->npending; i++) {
		const struct status_pending *pending = &entry->pending[i];

		buf_add_format(&self->out, "  %-15s%s", i > 0 ? "" : "pending",
			       self->colors->bad);
		name_add_text(&self->out,
			      pending->command ? pending->command : "a write");
		buf_add_format(&self->out,
			       " (%s) to %s was not seen to end%s\n",
			       pending->id, side_words[pending->side],
			       self->colors->reset);
	}
	if (entry->npending > 0)
		buf_add_string(&self->out, "  (the next write there finds out "
					   "what became of it)\n");
}

static void add_deploy(struct text *self, const struct status_database *entry)
{
	const struct status_deploy *deploy = &entry->deploy;
	const char *label = entry->labels[STATUS_REMOTE];

	if (!deploy->step)
		return;
	buf_add_format(&self->out,
		       "  %-15s%sof %.12s, begun at %s, was broken off at: "
		       "%s%s\n  (to go on: git d1 deploy %s",
		       "deploy", self->colors->bad,
		       deploy->commit ? deploy->commit : "?",
		       deploy->began ? deploy->began : "?", deploy->step,
		       self->colors->reset, label);
	if (deploy->bookmark)
		buf_add_format(&self->out,
			       "; to go back: git d1 deploy --undo %s %s",
			       label, deploy->bookmark);
	buf_add_string(&self->out, ")\n");
}

/* ---- tables ---- */

static size_t digits(uint64_t number)
{
	size_t count = 1;

	while (number >= 10) {
		number /= 10;
		count++;
	}
	return count;
}

static void add_padding(struct buf *out, size_t width, size_t used)
{
	buf_add_format(out, "%*s", width > used ? (int)(width - used) : 0, "");
}

/* How many columns the name takes as it is shown. */
static size_t name_width(const char *name)
{
	struct buf shown;
	size_t width = 0;

	buf_init(&shown, 1 << 20);
	name_add(&shown, name);
	if (!shown.failed)
		width = utf8_width(shown.data, shown.len);
	buf_release(&shown);
	return width;
}

static void find_widths(struct widths *widths,
			const struct status_database *entry)
{
	widths->name = strlen("table");
	for (int side = OLD; side <= NEW; side++)
		widths->rows[side] = strlen(side_words[side]);
	for (size_t i = 0; i < entry->ntables; i++) {
		const struct status_table *table = &entry->tables[i];
		size_t name = name_width(table->name);

		if (table->state == TABLE_EXCLUDED)
			continue;
		if (name > widths->name)
			widths->name = name;
		for (int side = OLD; side <= NEW; side++) {
			size_t rows = digits(table->rows[side]);

			if (rows > widths->rows[side])
				widths->rows[side] = rows;
		}
	}
}

static void add_item(struct buf *out, bool *any)
{
	buf_add_string(out, *any ? ", " : "");
	*any = true;
}

/* "2 local_only, 1 content_differs" */
static void add_differences(struct text *self, const struct status_table *table)
{
	bool any = false;

	buf_add_string(&self->out, self->colors->bad);
	for (int side = OLD; side <= NEW; side++) {
		if (table->there[side])
			continue;
		add_item(&self->out, &any);
		buf_add_format(&self->out, "no such %s table",
			       side_words[side]);
	}
	for (size_t i = 0; i < DRIFT_COUNT; i++) {
		enum bucket bucket = drift_buckets[i];

		if (table->buckets[bucket] == 0)
			continue;
		add_item(&self->out, &any);
		buf_add_format(&self->out, "%" PRIu64 " %s",
			       table->buckets[bucket],
			       bucket_name(bucket, STATUS_LOCAL));
	}
	if (table->columns_differ) {
		add_item(&self->out, &any);
		buf_add_string(&self->out, "columns differ");
	}
	buf_add_string(&self->out, self->colors->reset);
}

/* How far the sides differ, or why that is not known. */
static void add_drift(struct text *self, const struct status_table *table)
{
	if (table->state != TABLE_COMPARED)
		buf_add_string(&self->out, "not compared");
	else if (status_table_drifted(table))
		add_differences(self, table);
	else
		buf_add_format(&self->out, "%ssame%s", self->colors->good,
			       self->colors->reset);
	if (table->reason) {
		buf_add_string(&self->out, table->state == TABLE_COMPARED
						   ? "; not compared: "
						   : ": ");
		name_add_text(&self->out, table->reason);
	}
}

static void add_table(struct text *self, const struct status_database *entry,
		      const struct widths *widths,
		      const struct status_table *table)
{
	buf_add_string(&self->out, "  ");
	name_add(&self->out, table->name);
	add_padding(&self->out, widths->name, name_width(table->name));
	for (size_t i = 0; i < ARRAY_SIZE(side_order); i++) {
		int side = side_order[i];

		if (entry->sides[side].state != SIDE_REACHED)
			continue;
		if (table->counted[side])
			buf_add_format(&self->out, "  %*" PRIu64,
				       (int)widths->rows[side],
				       table->rows[side]);
		else
			buf_add_format(&self->out, "  %*s",
				       (int)widths->rows[side], "-");
	}
	if (entry->sides[STATUS_LOCAL].state == SIDE_REACHED &&
	    entry->sides[STATUS_REMOTE].state == SIDE_REACHED) {
		buf_add_string(&self->out, "  ");
		add_drift(self, table);
	}
	buf_add_char(&self->out, '\n');
	if (table->hint)
		add_hint(self, table->hint);
}

static void add_heading(struct text *self, const struct status_database *entry,
			const struct widths *widths)
{
	bool both = true;

	buf_add_format(&self->out, "\n  %-*s", (int)widths->name, "table");
	for (size_t i = 0; i < ARRAY_SIZE(side_order); i++) {
		int side = side_order[i];

		if (entry->sides[side].state == SIDE_REACHED)
			buf_add_format(&self->out, "  %*s",
				       (int)widths->rows[side],
				       side_words[side]);
		else
			both = false;
	}
	buf_add_string(&self->out, both ? "  drift\n" : "\n");
}

static void add_tables(struct text *self, const struct status_database *entry)
{
	struct widths widths;
	bool heading = false;

	find_widths(&widths, entry);
	for (size_t i = 0; i < entry->ntables; i++) {
		if (entry->tables[i].state == TABLE_EXCLUDED)
			continue;
		if (!heading)
			add_heading(self, entry, &widths);
		heading = true;
		add_table(self, entry, &widths, &entry->tables[i]);
	}
	if (!heading && (entry->sides[STATUS_LOCAL].state == SIDE_REACHED ||
			 entry->sides[STATUS_REMOTE].state == SIDE_REACHED))
		buf_add_string(&self->out, "\n  no tables to compare\n");
}

static void add_excluded(struct text *self, const struct status_database *entry)
{
	bool any = false;

	for (size_t i = 0; i < entry->ntables; i++) {
		if (entry->tables[i].state != TABLE_EXCLUDED)
			continue;
		buf_add_string(&self->out, any ? ", " : "\n  excluded: ");
		name_add(&self->out, entry->tables[i].name);
		any = true;
	}
	if (any)
		buf_add_char(&self->out, '\n');
}

/* ---- databases ---- */

/* What there is to say of both sides together. */
static void add_remarks(struct text *self, const struct status_database *entry)
{
	bool drifted = false;

	if (entry->message) {
		buf_add_string(&self->out, "\n  not compared: ");
		add_bad(self, entry->message);
		add_hint(self, entry->hint);
	}
	if (entry->moved)
		buf_add_string(&self->out,
			       "\n  The database changed while it "
			       "was read: these numbers may be of different "
			       "moments.\n");
	for (size_t i = 0; i < entry->ntables && !drifted; i++)
		drifted = status_table_drifted(&entry->tables[i]);
	if (drifted)
		buf_add_format(&self->out,
			       "\n  (use \"git d1 diff %s %s\" to "
			       "see the rows)\n",
			       entry->labels[STATUS_REMOTE],
			       entry->labels[STATUS_LOCAL]);
}

static void add_database(struct text *self, const struct status_database *entry)
{
	const struct database *database = entry->database;

	buf_add_format(&self->out, "\n%sDatabase %s%s\n", self->colors->header,
		       database->name, self->colors->reset);
	add_field(self, "binding", database->binding);
	add_field(self, "database_name", database->database_name);
	add_field(self, "database_id", database->id);
	if (database->preview_id)
		add_field(self, "preview id", database->preview_id);
	if (entry->is_protected)
		add_field(self, "protected", "yes");
	add_local(self, entry);
	add_remote(self, entry);
	add_migrations(self, &entry->migrations);
	add_snapshot(self, &entry->snapshot);
	add_pending(self, entry);
	add_deploy(self, entry);
	add_tables(self, entry);
	add_excluded(self, entry);
	add_remarks(self, entry);
}

/* ---- drivers ---- */

static const char *driver_word(enum driver_state state)
{
	return state == DRIVER_OTHER ? "set to something else"
				     : driver_state_name(state);
}

/* One line if all is well; git itself would never say that it is not. */
static void add_drivers(struct text *self, const struct drivers *drivers)
{
	const struct {
		const char *name;
		enum driver_state state;
	} parts[] = {
		{ "merge driver", drivers->merge },
		{ "textconv", drivers->textconv },
		{ "attributes", drivers->attributes },
	};
	bool any = false;

	buf_add_string(&self->out, "Git drivers ");
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		if (parts[i].state == DRIVER_READY)
			continue;
		if (!any)
			buf_add_string(&self->out, self->colors->bad);
		add_item(&self->out, &any);
		buf_add_format(&self->out, "%s %s", parts[i].name,
			       driver_word(parts[i].state));
	}
	if (any)
		buf_add_format(&self->out,
			       "%s\n  (use \"git d1 init\" to set them "
			       "up)\n",
			       self->colors->reset);
	else
		buf_add_format(&self->out, "%sregistered%s\n",
			       self->colors->good, self->colors->reset);
}

/* ---- hooks ---- */

/* Those that git runs, and others than ours that stand in their place. */
static void add_hooks(struct text *self, const struct status_report *report)
{
	bool any = false;

	buf_add_string(&self->out, "Git hooks ");
	for (size_t i = 0; i < report->nhooks; i++) {
		const struct status_hook *hook = &report->hooks[i];

		if (!hook->runs && strcmp(hook->state, "absent") == 0)
			continue;
		add_item(&self->out, &any);
		buf_add_string(&self->out, hook->event);
		if (!hook->runs)
			buf_add_format(&self->out, " %s%s%s", self->colors->bad,
				       hook->state, self->colors->reset);
	}
	buf_add_string(&self->out, any ? "\n" : "none\n");
}

int status_write_text(FILE *out, const struct status_report *report,
		      const struct status_colors *colors, struct err *err)
{
	struct text self = { .colors = colors };

	buf_init(&self.out, 1 << 30);
	buf_add_string(&self.out, "Configuration ");
	name_add_text(&self.out, report->config);
	buf_add_string(&self.out, "\nEnvironment ");
	name_add_text(&self.out, report->environment ? report->environment
						     : "(top level)");
	if (report->environment_origin) {
		buf_add_string(&self.out, ", from ");
		name_add_text(&self.out, report->environment_origin);
	}
	buf_add_char(&self.out, '\n');
	if (report->has_drivers)
		add_drivers(&self, &report->drivers);
	if (report->nhooks > 0)
		add_hooks(&self, report);
	for (size_t i = 0; i < report->count; i++)
		add_database(&self, &report->databases[i]);
	if (buf_check(&self.out, "the status", err) == 0)
		fwrite(self.out.data, 1, self.out.len, out);
	buf_release(&self.out);
	return err->code;
}
