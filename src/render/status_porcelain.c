#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "model/name.h"
#include "render/name.h"
#include "render/status.h"

/*
 * One "<word> TAB <value>..." a line. What may hold any byte stands last, so
 * that -z needs no quotes.
 */
struct porcelain {
	struct buf text;
	bool nul;
};

static void end_line(struct porcelain *self)
{
	buf_add_char(&self->text, self->nul ? '\0' : '\n');
}

/* A line with a path, a message or what stands in the configuration. */
static void add_line(struct porcelain *self, const char *word,
		     const char *value)
{
	if (!value)
		return;
	buf_add_format(&self->text, "%s\t", word);
	if (self->nul)
		buf_add_string(&self->text, value);
	else
		name_add_text(&self->text, value);
	end_line(self);
}

static void add_side(struct porcelain *self, const char *word,
		     const struct status_side *side)
{
	buf_add_format(&self->text, "%s\t%s", word,
		       side_state_name(side->state));
	end_line(self);
	add_line(self, "message", side->message);
}

static void add_count(struct porcelain *self, bool known, uint64_t count)
{
	if (known)
		buf_add_format(&self->text, "\t%" PRIu64, count);
	else
		buf_add_string(&self->text, "\t-");
}

static void add_table(struct porcelain *self, const struct status_table *table)
{
	bool compared = table->state == TABLE_COMPARED;

	buf_add_format(&self->text, "table\t%s",
		       table_state_name(table->state));
	add_count(self, table->counted[STATUS_LOCAL],
		  table->rows[STATUS_LOCAL]);
	add_count(self, table->counted[STATUS_REMOTE],
		  table->rows[STATUS_REMOTE]);
	for (size_t i = 0; i < DRIFT_COUNT; i++)
		add_count(self, compared, table->buckets[drift_buckets[i]]);
	buf_add_format(&self->text, "\t%s\t",
		       !compared	       ? "-"
		       : table->columns_differ ? "differ"
					       : "same");
	if (self->nul)
		buf_add_string(&self->text, table->name);
	else
		name_add(&self->text, table->name);
	end_line(self);
}

/* As add_line(), after values that stand in front of it. */
static void end_with(struct porcelain *self, const char *value)
{
	buf_add_char(&self->text, '\t');
	if (self->nul)
		buf_add_string(&self->text, value);
	else
		name_add_text(&self->text, value);
	end_line(self);
}

static void add_migrations(struct porcelain *self,
			   const struct status_migrations *migrations)
{
	for (size_t i = 0; i < migrations->count; i++) {
		const struct status_migration *migration =
			&migrations->items[i];
		const char *local = migration_state_name(migrations, migration,
							 STATUS_LOCAL);
		const char *remote = migration_state_name(migrations, migration,
							  STATUS_REMOTE);

		buf_add_format(&self->text, "migration\t%s\t%s\t%s",
			       migration->has_file ? "file" : "lost",
			       local ? local : "-", remote ? remote : "-");
		end_with(self, migration->name);
	}
	add_line(self, "migrations-unknown", migrations->message);
}

static void add_snapshot(struct porcelain *self,
			 const struct status_snapshot *snapshot)
{
	bool counted = snapshot->state == SNAPSHOT_CLEAN ||
		       snapshot->state == SNAPSHOT_STALE;

	if (snapshot->state == SNAPSHOT_NONE)
		return;
	buf_add_format(&self->text, "snapshot\t%s",
		       snapshot_state_name(snapshot->state));
	add_count(self, counted, snapshot->files);
	add_count(self, counted, snapshot->rows);
	end_with(self, snapshot->path);
	add_line(self, "message", snapshot->message);
}

static void add_pending(struct porcelain *self,
			const struct status_pending *pending)
{
	buf_add_format(&self->text, "pending\t%s\t%s",
		       pending->side == STATUS_LOCAL ? "local" : "remote",
		       pending->id);
	end_with(self, pending->command ? pending->command : "-");
}

static void add_deploy(struct porcelain *self,
		       const struct status_deploy *deploy)
{
	if (!deploy->step)
		return;
	buf_add_format(&self->text, "deploy\t%s\t%s\t%s",
		       deploy->commit ? deploy->commit : "-",
		       deploy->began ? deploy->began : "-", deploy->step);
	end_with(self, deploy->bookmark ? deploy->bookmark : "-");
}

static void add_database(struct porcelain *self,
			 const struct status_database *entry)
{
	const struct database *database = entry->database;

	add_line(self, "database", database->name);
	add_line(self, "binding", database->binding);
	add_line(self, "database-name", database->database_name);
	add_line(self, "database-id", database->id);
	add_line(self, "preview-database-id", database->preview_id);
	if (entry->is_protected) {
		buf_add_string(&self->text, "protected");
		end_line(self);
	}
	add_side(self, "local", &entry->sides[STATUS_LOCAL]);
	add_line(self, "path", database->local_path);
	add_side(self, "remote", &entry->sides[STATUS_REMOTE]);
	add_line(self, "credentials", entry->credentials);
	add_line(self, "permission", entry->permission);
	add_line(self, "not-compared", entry->message);
	if (entry->moved) {
		buf_add_string(&self->text, "moved");
		end_line(self);
	}
	add_migrations(self, &entry->migrations);
	add_snapshot(self, &entry->snapshot);
	for (size_t i = 0; i < entry->npending; i++)
		add_pending(self, &entry->pending[i]);
	add_deploy(self, &entry->deploy);
	for (size_t i = 0; i < entry->ntables; i++)
		add_table(self, &entry->tables[i]);
}

static void add_hooks(struct porcelain *self,
		      const struct status_report *report)
{
	for (size_t i = 0; i < report->nhooks; i++) {
		buf_add_format(&self->text, "hook\t%s\t%s",
			       report->hooks[i].event, report->hooks[i].state);
		end_line(self);
	}
}

int status_write_porcelain(FILE *out, const struct status_report *report,
			   bool nul, struct err *err)
{
	struct porcelain self = { .nul = nul };

	buf_init(&self.text, 1 << 30);
	buf_add_string(&self.text, "# git-d1 status v1");
	end_line(&self);
	add_line(&self, "config", report->config);
	add_line(&self, "environment", report->environment);
	add_line(&self, "environment-origin", report->environment_origin);
	if (report->has_drivers) {
		const struct drivers *drivers = &report->drivers;

		add_line(&self, "merge-driver",
			 driver_state_name(drivers->merge));
		add_line(&self, "textconv",
			 driver_state_name(drivers->textconv));
		add_line(&self, "attributes",
			 driver_state_name(drivers->attributes));
	}
	add_hooks(&self, report);
	for (size_t i = 0; i < report->count; i++)
		add_database(&self, &report->databases[i]);
	if (buf_check(&self.text, "the status", err) == 0)
		fwrite(self.text.data, 1, self.text.len, out);
	buf_release(&self.text);
	return err->code;
}
