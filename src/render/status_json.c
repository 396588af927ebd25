#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "render/name.h"
#include "render/status.h"
#include "util/jsonstring.h"

static void add_bool(struct buf *out, const char *name, bool value)
{
	buf_add_format(out, ",\"%s\":%s", name, value ? "true" : "false");
}

static void add_side(struct buf *out, const struct status_side *side)
{
	buf_add_format(out, "{\"state\":\"%s\"", side_state_name(side->state));
	jsonstring_add_member(out, "message", side->message);
	jsonstring_add_member(out, "hint", side->hint);
}

static void add_rows(struct buf *out, const char *name,
		     const struct status_table *table, int side)
{
	buf_add_format(out, "\"%s\":", name);
	if (table->counted[side])
		buf_add_format(out, "%" PRIu64, table->rows[side]);
	else
		buf_add_string(out, "null");
}

static void add_table(struct buf *out, const struct status_table *table)
{
	buf_add_format(out, "{\"state\":\"%s\"",
		       table_state_name(table->state));
	jsonstring_add_member(out, "name", table->name);
	buf_add_string(out, ",\"rows\":{");
	add_rows(out, "local", table, STATUS_LOCAL);
	buf_add_char(out, ',');
	add_rows(out, "remote", table, STATUS_REMOTE);
	buf_add_char(out, '}');
	jsonstring_add_member(out, "reason", table->reason);
	jsonstring_add_member(out, "hint", table->hint);
	if (table->state == TABLE_COMPARED) {
		add_bool(out, "columns_differ", table->columns_differ);
		buf_add_string(out, ",\"buckets\":{");
		for (int bucket = 0; bucket < BUCKET_COUNT; bucket++)
			buf_add_format(out, "%s\"%s\":%" PRIu64,
				       bucket > 0 ? "," : "",
				       bucket_name((enum bucket)bucket,
						   STATUS_LOCAL),
				       table->buckets[bucket]);
		buf_add_char(out, '}');
	}
	buf_add_char(out, '}');
}

static void add_migrations(struct buf *out,
			   const struct status_migrations *migrations)
{
	buf_add_string(out, ",\n\"migrations\":[");
	for (size_t i = 0; i < migrations->count; i++) {
		const struct status_migration *migration =
			&migrations->items[i];

		buf_add_string(out, i > 0 ? ",\n{\"name\":" : "{\"name\":");
		jsonstring_add_bytes(out, migration->name,
				     strlen(migration->name));
		add_bool(out, "file", migration->has_file);
		jsonstring_add_member(out, "local",
				      migration_state_name(migrations,
							   migration,
							   STATUS_LOCAL));
		jsonstring_add_member(out, "remote",
				      migration_state_name(migrations,
							   migration,
							   STATUS_REMOTE));
		buf_add_char(out, '}');
	}
	buf_add_char(out, ']');
	jsonstring_add_member(out, "migrations_unknown", migrations->message);
}

static void add_snapshot(struct buf *out,
			 const struct status_snapshot *snapshot)
{
	bool counted = snapshot->state == SNAPSHOT_CLEAN ||
		       snapshot->state == SNAPSHOT_STALE;

	buf_add_string(out, ",\n\"snapshot\":");
	if (snapshot->state == SNAPSHOT_NONE) {
		buf_add_string(out, "null");
		return;
	}
	buf_add_format(out, "{\"state\":\"%s\"",
		       snapshot_state_name(snapshot->state));
	jsonstring_add_member(out, "path", snapshot->path);
	if (counted)
		buf_add_format(out, ",\"files\":%" PRIu64 ",\"rows\":%" PRIu64,
			       snapshot->files, snapshot->rows);
	else
		buf_add_string(out, ",\"files\":null,\"rows\":null");
	jsonstring_add_member(out, "message", snapshot->message);
	jsonstring_add_member(out, "hint", snapshot->hint);
	buf_add_char(out, '}');
}

static void add_pending(struct buf *out, const struct status_database *entry)
{
	buf_add_string(out, ",\n\"pending\":[");
	for (size_t i = 0; i < entry->npending; i++) {
		const struct status_pending *pending = &entry->pending[i];

		buf_add_format(out, "%s{\"side\":\"%s\"", i > 0 ? "," : "",
			       pending->side == STATUS_LOCAL ? "local"
							     : "remote");
		jsonstring_add_member(out, "id", pending->id);
		jsonstring_add_member(out, "command", pending->command);
		buf_add_char(out, '}');
	}
	buf_add_char(out, ']');
}

static void add_deploy(struct buf *out, const struct status_deploy *deploy)
{
	buf_add_string(out, ",\n\"deploy\":");
	if (!deploy->step) {
		buf_add_string(out, "null");
		return;
	}
	buf_add_string(out, "{\"side\":\"remote\"");
	jsonstring_add_member(out, "commit", deploy->commit);
	jsonstring_add_member(out, "began", deploy->began);
	jsonstring_add_member(out, "step", deploy->step);
	jsonstring_add_member(out, "bookmark", deploy->bookmark);
	buf_add_char(out, '}');
}

static void add_database(struct buf *out, const struct status_database *entry)
{
	const struct database *database = entry->database;

	buf_add_string(out, "{\"name\":");
	jsonstring_add_bytes(out, database->name, strlen(database->name));
	jsonstring_add_member(out, "binding", database->binding);
	jsonstring_add_member(out, "database_name", database->database_name);
	jsonstring_add_member(out, "database_id", database->id);
	jsonstring_add_member(out, "preview_database_id", database->preview_id);
	add_bool(out, "protected", entry->is_protected);
	buf_add_string(out, ",\n\"local\":");
	add_side(out, &entry->sides[STATUS_LOCAL]);
	jsonstring_add_member(out, "path", database->local_path);
	buf_add_string(out, "},\n\"remote\":");
	add_side(out, &entry->sides[STATUS_REMOTE]);
	jsonstring_add_member(out, "credentials", entry->credentials);
	jsonstring_add_member(out, "permission", entry->permission);
	buf_add_string(out, "},\n\"not_compared\":");
	if (entry->message) {
		buf_add_string(out, "{\"message\":");
		jsonstring_add_bytes(out, entry->message,
				     strlen(entry->message));
		jsonstring_add_member(out, "hint", entry->hint);
		buf_add_char(out, '}');
	} else {
		buf_add_string(out, "null");
	}
	add_bool(out, "moved", entry->moved);
	add_migrations(out, &entry->migrations);
	add_snapshot(out, &entry->snapshot);
	add_pending(out, entry);
	add_deploy(out, &entry->deploy);
	buf_add_string(out, ",\n\"tables\":[");
	for (size_t i = 0; i < entry->ntables; i++) {
		buf_add_string(out, i > 0 ? ",\n" : "\n");
		add_table(out, &entry->tables[i]);
	}
	buf_add_string(out, "]}");
}

static void add_drivers(struct buf *out, const struct status_report *report)
{
	const struct drivers *drivers = &report->drivers;

	if (!report->has_drivers) {
		jsonstring_add_member(out, "drivers", NULL);
		return;
	}
	buf_add_format(out, ",\"drivers\":{\"merge\":\"%s\"",
		       driver_state_name(drivers->merge));
	jsonstring_add_member(out, "textconv",
			      driver_state_name(drivers->textconv));
	jsonstring_add_member(out, "attributes",
			      driver_state_name(drivers->attributes));
	buf_add_char(out, '}');
}

static void add_hooks(struct buf *out, const struct status_report *report)
{
	buf_add_string(out, ",\"hooks\":");
	for (size_t i = 0; i < report->nhooks; i++)
		buf_add_format(out, "%s\"%s\":\"%s\"", i > 0 ? "," : "{",
			       report->hooks[i].event, report->hooks[i].state);
	buf_add_string(out, report->nhooks > 0 ? "}" : "null");
}

int status_write_json(FILE *out, const struct status_report *report,
		      struct err *err)
{
	struct buf text;

	buf_init(&text, 1 << 30);
	buf_add_string(&text, "{\"version\":1");
	jsonstring_add_member(&text, "config", report->config);
	jsonstring_add_member(&text, "environment", report->environment);
	jsonstring_add_member(&text, "environment_origin",
			      report->environment_origin);
	add_drivers(&text, report);
	add_hooks(&text, report);
	buf_add_string(&text, ",\"databases\":[");
	for (size_t i = 0; i < report->count; i++) {
		buf_add_string(&text, i > 0 ? ",\n" : "\n");
		add_database(&text, &report->databases[i]);
	}
	buf_add_string(&text, "]}\n");
	if (buf_check(&text, "the status", err) == 0)
		fwrite(text.data, 1, text.len, out);
	buf_release(&text);
	return err->code;
}
