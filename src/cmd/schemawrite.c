#include "config.h"

#include "cmd/schemawrite.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <sqlite3.h>

#include "apply/d1migration.h"
#include "apply/sqlite.h"
#include "schema/difference.h"
#include "source/sqlite.h"
#include "workspace/backup.h"
#include "workspace/consent.h"
#include "workspace/schemachange.h"

enum { MAX_TEXT = 1 << 28 };

static const char plan_name[] = "the plan";

/* ---- looking ---- */

/* Reads the schema that is there now. */
static int read_now(struct blueprint *now, struct source *source,
		    const char *label, struct err *err)
{
	blueprint_init(now, label);
	if (blueprint_add_source(now, source, err) < 0)
		return err->code;
	return blueprint_finish(now, err);
}

/* The first thing in which two schemas differ, as text; "" if they are alike.
 */
static int find_difference(char text[512], struct blueprint *a,
			   struct blueprint *b, struct err *err)
{
	struct differences differences;

	text[0] = '\0';
	(void)!differences_find(&differences, a, b, err);
	for (size_t i = 0; i < differences.count && !err->code; i++) {
		const struct difference *found = &differences.items[i];

		if (found->kind == DIFFERENCE_NAMED || text[0] != '\0')
			continue;
		snprintf(text, 512, "%s '%s'", difference_object(found),
			 found->a ? found->a->name : found->b->name);
	}
	differences_release(&differences);
	return err->code;
}

/* The schema must still be the one that was planned with. */
static int check_base(const struct schemawrite *self, struct source *source,
		      struct err *err)
{
	struct blueprint now;
	char text[512];

	if (read_now(&now, source, self->target->side.label, err) == 0 &&
	    find_difference(text, &self->target->blueprint, &now, err) == 0 &&
	    text[0] != '\0') {
		err_set(err, D1_ECONFLICT,
			"%s has changed meanwhile; nothing was written", text);
		err_hint(err, "run the command again: it plans anew");
	}
	blueprint_release(&now);
	return err->code;
}

static int check_result(const struct schemawrite *self, struct source *source,
			enum d1_error code, struct err *err)
{
	struct blueprint now;
	char text[512];

	if (read_now(&now, source, self->target->side.label, err) == 0 &&
	    find_difference(text, &now, self->wanted, err) == 0 &&
	    text[0] != '\0')
		err_set(err, code, "%s is not as it was to be", text);
	blueprint_release(&now);
	return err->code;
}

/* ---- a file ---- */

/* How many rows each table has that stays, as one text. */
static int count_rows(const struct schemawrite *self, struct buf *out,
		      struct source *source, struct err *err)
{
	const struct blueprint *before = &self->target->blueprint;
	const struct table **tables =
		calloc(before->count + 1, sizeof(*tables));
	uint64_t *rows = calloc(before->count + 1, sizeof(*rows));
	size_t count = 0;

	if (!tables || !rows) {
		err_set_nomem(err);
		goto out;
	}
	for (size_t i = 0; i < before->count; i++) {
		const char *name = before->items[i].name;

		if (before->items[i].kind != OBJECT_TABLE ||
		    !blueprint_table(self->wanted, name))
			continue;
		tables[count] = schema_find_table(source->schema, name);
		count += tables[count] != NULL;
	}
	if (source_count(source, rows, tables, count, err) == 0)
		for (size_t i = 0; i < count; i++)
			buf_add_format(out, "%" PRIu64 "\n", rows[i]);
out:
	free(tables);
	free(rows);
	return err->code ? err->code : buf_check(out, "counts", err);
}

static int look(const struct schemawrite *self, sqlite3 *db, bool before,
		struct buf *counts, struct err *err)
{
	struct source *source;

	if (sqlite_wrap(&source, db, SQLITE_HANDLE_BORROWED,
			self->target->side.label, err) < 0)
		return err->code;
	if (before)
		(void)!check_base(self, source, err);
	else
		(void)!check_result(self, source, D1_ERROR, err);
	if (!err->code)
		(void)!count_rows(self, counts, source, err);
	source_close(source);
	return err->code;
}

static int run_script(struct sqlite_target *target, const struct buf *text,
		      struct err *err)
{
	struct script *script;
	struct stream *stream;

	if (stream_open_bytes(&stream, text->data, text->len, err) < 0 ||
	    script_open(&script, stream, plan_name, err) < 0)
		return err->code;
	(void)!sqlite_target_run(target, script, EXECUTE_MIGRATION, err);
	script_close(script);
	return err->code;
}

static int write_in(const struct schemawrite *self, struct backup *backup,
		    const char *path, struct sqlite_target *target,
		    const struct buf *text, struct err *err)
{
	sqlite3 *db = sqlite_target_database(target);
	struct buf before, after;

	buf_init(&before, MAX_TEXT);
	buf_init(&after, MAX_TEXT);
	if (look(self, db, true, &before, err) == 0 &&
	    backup_take(backup, path, err) == 0 &&
	    run_script(target, text, err) == 0 &&
	    look(self, db, false, &after, err) == 0) {
		if (before.len != after.len ||
		    (before.len &&
		     memcmp(before.data, after.data, before.len) != 0))
			err_set(err, D1_ERROR,
				"rows would be lost; nothing was written");
		else
			(void)!sqlite_target_commit(target, err);
	}
	buf_release(&before);
	buf_release(&after);
	return err->code;
}

static int write_file(const struct schemawrite *self, struct backup *backup,
		      const char *path, const struct buf *text, bool *written,
		      struct err *err)
{
	struct sqlite_target *target;

	/* its reader would be in the way of a file without a log */
	source_close(self->target->source);
	self->target->source = NULL;
	if (sqlite_target_begin(&target, path, self->target->is_absent, err) <
	    0)
		return err->code;
	*written = write_in(self, backup, path, target, text, err) == 0;
	sqlite_target_close(target);
	return err->code;
}

/* ---- a remote database ---- */

/*
 * A statement that fails if something was defined, dropped or changed since:
 * what is defined has another length then, but for rare cases.
 */
static const char state_of_schema[] =
	"(SELECT count(*) || ' ' || coalesce(total(length(sql)), 0)"
	" FROM sqlite_schema WHERE name NOT LIKE '\\_cf\\_%' ESCAPE '\\')";

static int take_text(void *context, const struct row *row, struct err *err)
{
	struct buf *text = context;

	(void)err;
	if (row->ncells == 1 && row->cells[0].type == VALUE_TEXT)
		buf_add(text, row->cells[0].data, row->cells[0].size);
	return 0;
}

/* Puts the guard before the plan. */
static int add_guard(const struct schemawrite *self, struct buf *text,
		     struct err *err)
{
	struct buf sql, state;

	buf_init(&sql, 4096);
	buf_init(&state, 4096);
	buf_add_format(&sql, "SELECT %s AS state", state_of_schema);
	if (buf_check(&sql, "a question", err) == 0 &&
	    source_select(self->target->source, sql.data, take_text, &state,
			  err) == 0)
		buf_add_format(text,
			       "SELECT CASE WHEN %s = '%s' THEN 1 ELSE "
			       "json_extract('{}', 'the schema has changed') "
			       "END;\n",
			       state_of_schema, state.data ? state.data : "");
	buf_release(&sql);
	buf_release(&state);
	return err->code;
}

static int send(const struct schemawrite *self, const char *bookmark,
		const struct buf *text, enum d1_fate *fate, struct err *err)
{
	const struct side *side = &self->target->side;
	struct d1_migration migration = {
		.client = side->client,
		.database_id = side->remote_id,
		.bookmark = bookmark,
		.can_import = workspace_account(self->workspace, side->client),
		.name = plan_name,
	};
	struct stream *stream;

	*fate = D1_NOT_DONE;
	if (stream_open_bytes(&stream, text->data, text->len, err) < 0 ||
	    script_open(&migration.script, stream, plan_name, err) < 0)
		return err->code;
	(void)!d1_migrate(fate, &migration, err);
	script_close(migration.script);
	if (err->code == D1_ERROR &&
	    strstr(err->message, "the schema has changed")) {
		err_clear(err);
		err_set(err, D1_ECONFLICT,
			"the schema has changed meanwhile; nothing was "
			"written");
		err_hint(err, "run the command again: it plans anew");
	}
	return err->code;
}

/* Opens the database anew, as what was read of it is old. */
static int look_again(const struct schemawrite *self, struct err *err)
{
	struct schemaside *target = self->target;

	source_close(target->source);
	target->source = NULL;
	if (workspace_open(self->workspace, &target->side, &target->source,
			   err) < 0)
		return err->code;
	return check_result(self, target->source, D1_EUNPLANNED, err);
}

static int write_remote(const struct schemawrite *self, struct backup *backup,
			const struct buf *plan, bool *written, struct err *err)
{
	struct err unseen = ERR_INIT;
	enum d1_fate fate;
	struct buf text;

	buf_init(&text, MAX_TEXT);
	if (add_guard(self, &text, err) == 0) {
		buf_add(&text, plan->data, plan->len);
		(void)!buf_check(&text, "the plan", err);
	}
	if (!err->code && check_base(self, self->target->source, err) == 0 &&
	    backup_take(backup, NULL, err) == 0) {
		(void)!send(self, backup->bookmark, &text, &fate, err);
		*written = fate != D1_NOT_DONE;
		/* a lost reply is answered by looking */
		if (*written && look_again(self, &unseen) == 0)
			err_clear(err);
		else if (*written && !err->code)
			*err = unseen;
	}
	buf_release(&text);
	return err->code;
}

/* ---- both ---- */

/* The file that is written, or NULL, and it may be. */
static int find_target(char **path, const struct schemawrite *self,
		       struct err *err)
{
	const struct side *side = &self->target->side;

	if (side_file_path(path, self->workspace, side, err) < 0 || *path ||
	    self->is_consented)
		return err->code;
	return consent_target(self->workspace, side, NULL, err);
}

int schemawrite_run(const struct schemawrite *self, struct err *err)
{
	struct backup backup = { .workspace = self->workspace,
				 .side = &self->target->side,
				 .command = self->command };
	struct err ending = ERR_INIT;
	bool written = false;
	char *path = NULL;
	struct buf text;

	buf_init(&text, MAX_TEXT);
	schemachange_add_sql(&text, self->plan);
	if (buf_check(&text, "the plan", err) == 0 &&
	    find_target(&path, self, err) == 0 &&
	    backup_open(&backup, self->target->source, err) == 0) {
		if (path)
			(void)!write_file(self, &backup, path, &text, &written,
					  err);
		else
			(void)!write_remote(self, &backup, &text, &written,
					    err);
		if (backup_settle(&backup, written, &ending) < 0 && !err->code)
			*err = ending;
	}
	backup_close(&backup);
	buf_release(&text);
	free(path);
	return err->code;
}
