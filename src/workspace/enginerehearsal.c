#include "config.h"

#include "workspace/enginerehearsal.h"

#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "apply/d1migration.h"
#include "apply/sqlite.h"
#include "model/sql.h"
#include "schema/enginescript.h"
#include "schema/family.h"
#include "schema/scratchname.h"
#include "source/statement.h"
#include "util/trace.h"
#include "workspace/consent.h"
#include "workspace/report.h"

enum { MAX_TEXT = 1 << 28 };

static const char rehearsal_name[] = "the rehearsal";

int enginerehearsal_check(const struct enginerehearsal *self, struct err *err)
{
	const struct side *side = &self->target->side;

	if (!self->target->source) {
		err_set(err, D1_EREFUSED,
			"'%s' is no database on which a plan could be "
			"rehearsed",
			side->label);
		return err_hint(err, "--scratch=memory needs none");
	}
	if (!side->client)
		return 0;
	return consent_target(self->workspace, side, NULL, err);
}

/* ---- running ---- */

/* What is run, on a file or on D1, and what it answers. */
struct run {
	const struct buf *text;
	const char *question; /* NULL: what was run stays */
	struct buf *answer;
};

static int open_script(struct script **script, const struct buf *text,
		       struct err *err)
{
	struct stream *stream;

	if (stream_open_bytes(&stream, text->data, text->len, err) < 0)
		return err->code;
	return script_open(script, stream, rehearsal_name, err);
}

static int ask(sqlite3 *db, const struct run *run, struct err *err)
{
	sqlite3_stmt *statement;
	int rc;

	if (statement_prepare(&statement, db, run->question, rehearsal_name,
			      err) < 0)
		return err->code;
	if (sqlite3_step(statement) == SQLITE_ROW)
		buf_add_string(run->answer,
			       (const char *)sqlite3_column_text(statement, 0));
	rc = sqlite3_finalize(statement);
	return rc == SQLITE_OK ? buf_check(run->answer, "the answer", err)
			       : statement_error(db, rc, rehearsal_name, err);
}

static int run_file(const char *path, const struct run *run, struct err *err)
{
	struct sqlite_target *target;
	struct script *script = NULL;

	if (sqlite_target_begin(&target, path, false, err) < 0)
		return err->code;
	if (open_script(&script, run->text, err) == 0 &&
	    sqlite_target_run(target, script, EXECUTE_MIGRATION, err) == 0)
		(void)!(run->question
				? ask(sqlite_target_database(target), run, err)
				: sqlite_target_commit(target, err));
	script_close(script);
	sqlite_target_close(target);
	return err->code;
}

static int run_remote(const struct enginerehearsal *self, const struct run *run,
		      struct err *err)
{
	const struct side *side = &self->target->side;
	struct d1_migration migration = {
		.client = side->client,
		.database_id = side->remote_id,
		.can_import = workspace_account(self->workspace, side->client),
		.name = rehearsal_name,
		.question = run->question,
		.answer = run->answer,
	};
	enum d1_fate fate;

	if (open_script(&migration.script, run->text, err) < 0)
		return err->code;
	(void)!d1_migrate(&fate, &migration, err);
	script_close(migration.script);
	return err->code;
}

static int run_on_target(const struct enginerehearsal *self,
			 const struct run *run, struct err *err)
{
	char *path;

	if (side_file_path(&path, self->workspace, &self->target->side, err) <
	    0)
		return err->code;
	(void)!(path ? run_file(path, run, err) : run_remote(self, run, err));
	free(path);
	return err->code;
}

/* ---- what is left of an earlier one ---- */

static void add_drop(struct buf *sql, const struct blueprint_object *object)
{
	buf_add_string(sql, object->kind == OBJECT_VIEW	     ? "DROP VIEW "
			    : object->kind == OBJECT_TRIGGER ? "DROP TRIGGER "
							     : "DROP TABLE ");
	sql_add_name(sql, object->name);
	buf_add_string(sql, ";\n");
}

/* Triggers, views and virtual tables; tables after those that refer to them. */
static int add_drops(struct buf *sql, const struct blueprint *all,
		     struct err *err)
{
	static const enum object_kind kinds[] = { OBJECT_TRIGGER, OBJECT_VIEW,
						  OBJECT_VIRTUAL_TABLE };
	bool *wanted = calloc(all->count + 1, sizeof(*wanted));
	size_t *order = calloc(all->count + 1, sizeof(*order));
	struct family family = { .blueprint = NULL };

	if (!wanted || !order) {
		err_set_nomem(err);
		goto out;
	}
	for (size_t k = 0; k < ARRAY_SIZE(kinds); k++)
		for (size_t i = 0; i < all->count; i++)
			if (all->items[i].kind == kinds[k])
				add_drop(sql, &all->items[i]);
	for (size_t i = 0; i < all->count; i++)
		wanted[i] = all->items[i].kind == OBJECT_TABLE;
	if (family_read(&family, all, err) == 0)
		for (size_t i = family_order(&family, wanted, order); i > 0;
		     i--)
			add_drop(sql, &all->items[order[i - 1]]);
	family_release(&family);
out:
	free(wanted);
	free(order);
	return err->code ? err->code : buf_check(sql, "a statement", err);
}

static int find_leftovers(struct buf *sql, struct source *source,
			  struct err *err)
{
	struct blueprint all;

	blueprint_init(&all, rehearsal_name);
	if (blueprint_add_source(&all, source, err) == 0) {
		all.scratch = BLUEPRINT_SCRATCH_ONLY;
		if (blueprint_finish(&all, err) == 0)
			(void)!add_drops(sql, &all, err);
	}
	blueprint_release(&all);
	return err->code;
}

/* Opens the target anew: its reader would be in the way of a writer. */
static int drop_leftovers(struct enginerehearsal *self, const struct buf *drops,
			  struct err *err)
{
	static const char first[] = "PRAGMA defer_foreign_keys=on;\n";
	struct schemaside *target = self->target;
	struct run run = { .question = NULL };
	struct buf sql;

	source_close(target->source);
	target->source = NULL;
	buf_init(&sql, MAX_TEXT);
	buf_add_string(&sql, first);
	buf_add(&sql, drops->data, drops->len);
	run.text = &sql;
	if (buf_check(&sql, "a statement", err) == 0 &&
	    run_on_target(self, &run, err) == 0) {
		report_warning("%s: dropped what an earlier rehearsal left "
			       "there",
			       target->side.label);
		(void)!workspace_open(self->workspace, &target->side,
				      &target->source, err);
	}
	buf_release(&sql);
	return err->code;
}

static int clean(struct enginerehearsal *self, struct err *err)
{
	struct buf drops;

	buf_init(&drops, MAX_TEXT);
	if (find_leftovers(&drops, self->target->source, err) == 0 &&
	    drops.len > 0)
		(void)!drop_leftovers(self, &drops, err);
	buf_release(&drops);
	return err->code;
}

/* ---- rehearsing ---- */

/* Messages have the names that a person knows. */
static void make_plain(char *text, size_t room)
{
	struct buf plain;
	char *cut;

	buf_init(&plain, 1 << 20);
	scratchname_add_plain(&plain, text);
	if (plain.data && !plain.failed && plain.len < room)
		memcpy(text, plain.data, plain.len + 1);
	buf_release(&plain);
	/* a name that was cut short */
	cut = strstr(text, "git_d1_s");
	if (cut && strcspn(cut, "\" ") + strlen(" ...") == strlen(cut))
		memcpy(cut, "...", sizeof("..."));
}

/* The line in a script that nobody has seen tells nothing. */
static void forget_line(struct err *err)
{
	size_t name = sizeof(rehearsal_name) - 1;
	const char *at = err->message + name + 1;

	if (strncmp(err->message, rehearsal_name, name) != 0 ||
	    err->message[name] != ':')
		return;
	at += strspn(at, "0123456789");
	at += strspn(at, ": ");
	memmove(err->message, at, strlen(at) + 1);
}

/* *ran tells whether all of it did, before anything was judged. */
static int play(const struct enginerehearsal *self, struct prefixed *schemas,
		bool rows, bool *ran, struct err *err)
{
	struct enginescript script;
	struct buf answer;
	struct run run = { .text = &script.text, .answer = &answer };

	*ran = false;
	buf_init(&answer, MAX_TEXT);
	if (enginescript_write(&script, schemas, rows, err) == 0) {
		const char *text;

		run.question = script.question.data;
		*ran = run_on_target(self, &run, err) == 0;
		text = answer.data ? answer.data : "";
		if (*ran)
			(void)!enginescript_check(&script, text, err);
	}
	enginescript_release(&script);
	buf_release(&answer);
	forget_line(err);
	make_plain(err->message, sizeof(err->message));
	make_plain(err->hint, sizeof(err->hint));
	return err->code;
}

/* Rows that are made up may break a rule that is new: then without them. */
static int play_both(const struct enginerehearsal *self,
		     struct prefixed *schemas, struct err *err)
{
	struct err with_rows = ERR_INIT;
	bool ran;

	if (play(self, schemas, true, &ran, &with_rows) == 0)
		return 0;
	if (ran || with_rows.code != D1_ERROR) {
		*err = with_rows;
		return err->code;
	}
	trace_printf(TRACE_GENERAL, "rehearsal with rows: %s",
		     with_rows.message);
	if (play(self, schemas, false, &ran, err) != D1_ERROR || ran)
		return err->code;
	err->code = D1_EREFUSED;
	if (strstr(err->message, "error in view") ||
	    strstr(err->message, "error in trigger")) {
		err->hint[0] = '\0';
		err_hint(err, "SQLite alters no table as long as that is "
			      "there, not even one of a rehearsal: mend or "
			      "drop it first, or use --scratch=memory");
	}
	return err->code;
}

int enginerehearsal_run(void *context, struct planner *planner, struct err *err)
{
	struct enginerehearsal *self = context;
	struct prefixed schemas;

	if (clean(self, err) < 0)
		return err->code;
	if (prefixed_make(&schemas, &self->target->blueprint,
			  &self->to->blueprint, self->renames, err) == 0 &&
	    prefixed_set_aside(&schemas, planner, err) == 0)
		(void)!play_both(self, &schemas, err);
	prefixed_release(&schemas);
	return err->code ? err_context(err, "rehearsed on %s",
				       self->target->side.label)
			 : 0;
}
