#include "config.h"

#include "schema/stage.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <sqlite3.h>

#include "model/sql.h"
#include "schema/keptrows.h"
#include "schema/madeup.h"
#include "schema/outcome.h"
#include "schema/parked.h"
#include "schema/stagerows.h"
#include "source/statement.h"

enum {
	MAX_SQL = 64 << 20,
	SEQUENCE = 50,
};

static sqlite3 *handle(const struct stage *self)
{
	return scratch_handle(self->scratch);
}

static int run(struct stage *self, const char *sql, struct err *err)
{
	sqlite3 *db = handle(self);
	int rc = sqlite3_exec(db, sql, NULL, NULL, NULL);

	return rc == SQLITE_OK ? 0
			       : statement_error(db, rc, "the rehearsal", err);
}

/*
 * Steps to the next row; false at the end. What a function says that is lacking
 * here is no error of the rehearsal.
 */
static bool next_row(sqlite3_stmt *statement, struct err *err)
{
	int rc = sqlite3_step(statement);

	if (rc != SQLITE_ROW && rc != SQLITE_DONE &&
	    (rc & 0xff) != SQLITE_ERROR)
		statement_error(sqlite3_db_handle(statement), rc,
				"the rehearsal", err);
	return rc == SQLITE_ROW && !err->code;
}

/* ---- objects ---- */

static int define(struct stage *self, const char *sql, size_t size,
		  const char *name, struct err *err)
{
	const struct script_statement statement = { .text = sql,
						    .size = size,
						    .line = 1 };

	return scratch_define(self->scratch, &statement, name, err);
}

/* A database may have a newer SQLite, which reads what ours does not. */
static int hint_engine(const struct stage *self, struct err *err)
{
	if (!self->planner->options->live ||
	    (!strstr(err->message, "syntax error") &&
	     !strstr(err->message, "unrecognized token")))
		return err->code;
	err->code = D1_EREFUSED;
	return err_hint(err,
			"this is rehearsed in memory by SQLite %s, which is "
			"too old for it if the database takes it: with "
			"--scratch=prefix the database itself rehearses it",
			sqlite3_libversion());
}

static int define_parked(struct stage *self, size_t place, struct err *err)
{
	struct buf sql;

	buf_init(&sql, MAX_SQL);
	if (parked_add_definition(&sql, self->planner, self->stays, place,
				  &self->arena, err) == 0)
		(void)!define(self, sql.data, sql.len,
			      self->planner->from->items[place].name, err);
	buf_release(&sql);
	return err->code;
}

static int define_object(struct stage *self, size_t place, struct err *err)
{
	const struct blueprint *from = self->planner->from;
	const struct blueprint_object *object = &from->items[place];

	if (self->begins_parked)
		(void)!define_parked(self, place, err);
	else
		(void)!define(self, object->sql, object->size, object->name,
			      err);
	if (!err->code)
		return 0;
	err_context(err, "%s", from->label);
	return hint_engine(self, err);
}

static int spare_indexes(struct stage *self, struct err *err)
{
	size_t count = self->planner->from->count;

	self->spared =
		arena_array(&self->arena, count + 1, sizeof(*self->spared));
	if (!self->spared)
		return err_set_nomem(err);
	for (size_t i = 0; i < count && self->begins_parked; i++)
		if (self->inside[i] &&
		    parked_spares_index(&self->spared[i], self->planner, i,
					err) < 0)
			return err->code;
	return 0;
}

static int define_all(struct stage *self, struct err *err)
{
	static const enum object_kind kinds[] = { OBJECT_TABLE,
						  OBJECT_VIRTUAL_TABLE,
						  OBJECT_VIEW, OBJECT_INDEX,
						  OBJECT_TRIGGER };
	const struct blueprint *from = self->planner->from;

	for (size_t k = 0; k < ARRAY_SIZE(kinds); k++)
		for (size_t i = 0; i < from->count; i++)
			if (self->inside[i] && !self->spared[i] &&
			    from->items[i].kind == kinds[k] &&
			    define_object(self, i, err) < 0)
				return err->code;
	return 0;
}

/* What a table is called before the first step. */
static const char *name_before(const struct stage *self, size_t place)
{
	const struct planner *planner = self->planner;
	const char *parked = planner_parked_name(&planner->old[place]);

	return self->begins_parked && !self->stays[place] && parked
		       ? parked
		       : planner->from->items[place].name;
}

/* ---- rows ---- */

static int prepare_insert(struct stage *self, sqlite3_stmt **statement,
			  const char *table, const struct tabledef *def,
			  struct err *err)
{
	struct buf sql;
	size_t count = 0;

	buf_init(&sql, MAX_SQL);
	/* ON CONFLICT ROLLBACK would end the transaction */
	buf_add_string(&sql, "INSERT OR ABORT INTO ");
	sql_add_name(&sql, table);
	for (size_t i = 0; i < def->ncolumns; i++) {
		if (def->columns[i].generated)
			continue;
		buf_add_char(&sql, count++ ? ',' : '(');
		sql_add_name(&sql, def->columns[i].name);
	}
	for (size_t i = 0; i < count; i++)
		buf_add_string(&sql, i ? ",?" : ") VALUES(?");
	buf_add_char(&sql, ')');
	/* a table that no row can be put into has none */
	if (buf_check(&sql, "a statement", err) == 0 &&
	    sqlite3_prepare_v2(handle(self), sql.data, -1, statement, NULL) !=
		    SQLITE_OK)
		*statement = NULL;
	buf_release(&sql);
	return err->code;
}

static void insert_row(sqlite3_stmt *statement, const struct tabledef *def,
		       int row, int first)
{
	struct madeup madeup;

	madeup_init(&madeup, row);
	for (int variant = first; variant < MADEUP_VARIANTS; variant++) {
		int at = 0, rc;

		for (size_t i = 0; i < def->ncolumns; i++) {
			struct value value;

			if (def->columns[i].generated)
				continue;
			value = madeup_value(&madeup, def, &def->columns[i],
					     row, variant);
			(void)!statement_bind(statement, ++at, &value);
		}
		rc = sqlite3_step(statement);
		(void)sqlite3_reset(statement);
		if (rc == SQLITE_DONE)
			return;
	}
}

static int fill(struct stage *self, size_t place, int first, struct err *err)
{
	struct blueprint *from = self->planner->from;
	const struct tabledef *def;
	sqlite3_stmt *statement = NULL;

	if (blueprint_def(from, &from->items[place], &def, err) < 0 ||
	    prepare_insert(self, &statement, name_before(self, place), def,
			   err) < 0)
		return err->code;
	for (int row = 1; statement && row <= MADEUP_ROWS; row++)
		insert_row(statement, def, row, first);
	sqlite3_finalize(statement);
	return 0;
}

/* Deletes the rows of all tables with a row that refers to nothing. */
static int drop_some_orphans(struct stage *self, bool *found, struct err *err)
{
	sqlite3_stmt *statement;
	struct buf sql, last;

	*found = false;
	if (statement_prepare(&statement, handle(self),
			      "PRAGMA foreign_key_check", "the rehearsal",
			      err) < 0) {
		err_clear(err); /* a key that fits no parent */
		return 0;
	}
	buf_init(&sql, MAX_SQL);
	buf_init(&last, MAX_SQL);
	while (next_row(statement, err)) {
		const char *name =
			(const char *)sqlite3_column_text(statement, 0);

		if (!name || (last.data && strcmp(last.data, name) == 0))
			continue;
		buf_clear(&last);
		buf_add_string(&last, name);
		buf_add_string(&sql, "DELETE FROM ");
		sql_add_name(&sql, name);
		buf_add_char(&sql, ';');
		*found = true;
	}
	sqlite3_finalize(statement);
	if (!err->code && *found && buf_check(&sql, "a statement", err) == 0)
		(void)!run(self, sql.data, err);
	buf_release(&sql);
	buf_release(&last);
	return err->code;
}

/* Rows that refer to nothing would not be there on D1. */
static int drop_orphans(struct stage *self, struct err *err)
{
	bool found = true;

	/* each round leaves others behind that referred to what is gone */
	while (found)
		if (drop_some_orphans(self, &found, err) < 0)
			return err->code;
	return 0;
}

/* ---- what rows there are ---- */

/* True if SET NULL or SET DEFAULT might change rows though the table stays. */
static bool may_change(const struct planner *planner,
		       const struct tabledef *def)
{
	for (size_t i = 0; i < def->nconstraints; i++) {
		const struct tabledef_constraint *key = &def->constraints[i];
		size_t parent;

		if (key->kind == CONSTRAINT_FOREIGN_KEY &&
		    strncmp(key->on_delete, "set ", 4) == 0 &&
		    namemap_find(&planner->from->names, key->parent, &parent) &&
		    planner->old[parent].is_set_aside)
			return true;
	}
	return false;
}

/* `name` is what the table is called by now. */
static int read_rows(struct stage *self, struct stagerows *rows, size_t place,
		     const char *name, struct err *err)
{
	struct planner *planner = self->planner;
	const struct tabledef *a, *b;
	struct buf sql;

	if (planner_defs(planner, place, &a, &b, err) < 0)
		return err->code;
	buf_init(&sql, MAX_SQL);
	if (planner_is_remade(&planner->old[place]) || may_change(planner, a)) {
		keptrows_add_select(&sql, KEPTROWS_VALUES, name, a, b);
	} else {
		buf_add_string(&sql, "SELECT count(*) FROM ");
		sql_add_name(&sql, name);
	}
	if (buf_check(&sql, "a statement", err) == 0)
		(void)!stagerows_read(rows, handle(self), sql.data,
				      &self->arena, err);
	buf_release(&sql);
	return err->code;
}

static bool is_watched(const struct stage *self, size_t place)
{
	return self->inside[place] &&
	       self->planner->from->items[place].kind == OBJECT_TABLE &&
	       self->planner->old[place].match != SIZE_MAX;
}

static int fill_all(struct stage *self, enum stage_rows rows, struct err *err)
{
	struct blueprint *from = self->planner->from;

	for (size_t i = 0; i < from->count && rows != STAGE_EMPTY; i++)
		if (self->inside[i] && from->items[i].kind == OBJECT_TABLE &&
		    fill(self, i,
			 rows == STAGE_NUMBERS ? MADEUP_NUMBERS
					       : MADEUP_BY_TYPE,
			 err) < 0)
			return err->code;
	if (rows != STAGE_EMPTY && drop_orphans(self, err) < 0)
		return err->code;
	(void)sqlite3_exec(handle(self), "UPDATE sqlite_sequence SET seq = 50",
			   NULL, NULL, NULL);
	self->before = arena_array(&self->arena, from->count + 1,
				   sizeof(*self->before));
	if (!self->before)
		return err_set_nomem(err);
	for (size_t i = 0; i < from->count; i++)
		if (is_watched(self, i) &&
		    read_rows(self, &self->before[i], i, name_before(self, i),
			      err) < 0)
			return err->code;
	return 0;
}

/* ---- opening ---- */

int stage_open(struct stage *self, struct planner *planner, const bool *inside,
	       const bool *stays, bool begins_parked, enum stage_rows rows,
	       struct err *err)
{
	sqlite3 *db;

	*self = (struct stage){ .planner = planner,
				.inside = inside,
				.stays = stays,
				.begins_parked = begins_parked };
	if (scratch_open_enforced(&self->scratch, err) < 0)
		return err->code;
	db = handle(self);
	(void)sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
	if (run(self, "BEGIN", err) < 0 || spare_indexes(self, err) < 0 ||
	    define_all(self, err) < 0 || fill_all(self, rows, err) < 0 ||
	    run(self, "COMMIT", err) < 0)
		return err->code;
	(void)sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 1, NULL);
	(void)sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_FKEY, 1, NULL);
	return run(self, "BEGIN", err);
}

void stage_close(struct stage *self)
{
	scratch_close(self->scratch);
	arena_release(&self->arena);
	*self = (struct stage){ .scratch = NULL };
}

/* ---- running ---- */

/*
 * What SQLite says of a definition, with the place it has in its file: the
 * message begins with the name that define() was given, and a line.
 */
static int refuse_definition(const struct stage *self,
			     const struct schemaplan_step *step,
			     const char *message, struct err *err)
{
	const struct blueprint *to = self->planner->to;
	const struct blueprint_object *object =
		blueprint_find(to, step->object, false);
	size_t name = strlen(step->object);

	if (strncmp(message, step->object, name) == 0 && message[name] == ':') {
		message += name + 1;
		message += strspn(message, "0123456789");
		message += strspn(message, ": ");
	}
	err_set(err, D1_EREFUSED, "%s", message);
	(void)!hint_engine(self, err);
	if (!object)
		object = blueprint_find(to, step->object, true);
	return object ? blueprint_place_error(to, object, err) : err->code;
}

/* True for a step that the stage has begun without, or can do without. */
static bool is_done(const struct stage *self,
		    const struct schemaplan_step *step)
{
	return (self->begins_parked &&
		(step->effect == STEP_PARKS || step->effect == STEP_FINDS)) ||
	       (step->effect == STEP_DROPS_INDEX &&
		self->spared[step->subject]);
}

int stage_run(struct stage *self, const struct schemaplan_step *step,
	      bool *broken, struct err *err)
{
	sqlite3 *db = handle(self);
	int rc;

	*broken = false;
	if (is_done(self, step))
		return 0;
	if (strncmp(step->sql, "CREATE ", 7) == 0 &&
	    step->effect == STEP_CHANGES) {
		struct err own = ERR_INIT;

		if (define(self, step->sql, strlen(step->sql), step->object,
			   &own) == 0)
			return 0;
		*broken = sqlite3_errcode(db) == SQLITE_CONSTRAINT;
		return refuse_definition(self, step, own.message, err);
	}
	rc = sqlite3_exec(db, step->sql, NULL, NULL, NULL);
	if (rc == SQLITE_OK)
		return 0;
	*broken = rc == SQLITE_CONSTRAINT || rc == SQLITE_MISMATCH;
	err_set(err, D1_EREFUSED, "%s: %s", step->note, sqlite3_errmsg(db));
	if (strstr(err->message, "error in "))
		err_hint(err, "mend or drop what is broken first: SQLite "
			      "alters no table as long as it is there");
	return err->code;
}

int stage_commit(struct stage *self, bool *broken, struct err *err)
{
	int rc = sqlite3_exec(handle(self), "COMMIT", NULL, NULL, NULL);

	*broken = rc == SQLITE_CONSTRAINT;
	if (rc == SQLITE_OK)
		return 0;
	return err_set(err, D1_EREFUSED, "at the end: %s",
		       sqlite3_errmsg(handle(self)));
}

/* ---- checking ---- */

static int check_rows(struct stage *self, struct err *err)
{
	for (size_t i = 0; i < self->planner->from->count; i++) {
		const char *name = self->planner->from->items[i].name;
		struct stagerows after;

		if (!is_watched(self, i) || !self->before[i].data)
			continue;
		if (read_rows(self, &after, i, name, err) < 0)
			return err->code;
		if (!stagerows_are_same(&self->before[i], &after))
			return err_set(err, D1_ERROR,
				       "the plan would change rows of '%s'",
				       name);
	}
	return 0;
}

/*
 * True for what SQLite says of a value that breaks a rule of its column. It
 * reads the wrong column of a table WITHOUT ROWID (before 3.41), and no row
 * gets past these rules anyway.
 */
static bool is_about_value(const char *text)
{
	return strstr(text, " value in ") != NULL;
}

/* A question whose answer must be no row, or 'ok'. */
static int check_pragma(struct stage *self, const char *sql, struct err *err)
{
	sqlite3_stmt *statement;

	if (statement_prepare(&statement, handle(self), sql, "the rehearsal",
			      err) < 0) {
		/* a foreign key that fits no parent was there before */
		err_clear(err);
		return 0;
	}
	while (!err->code && next_row(statement, err)) {
		const char *text =
			(const char *)sqlite3_column_text(statement, 0);

		if (!text || (strcmp(text, "ok") != 0 && !is_about_value(text)))
			err_set(err, D1_EREFUSED,
				"the plan would leave a broken database: %s",
				text ? text : "");
	}
	sqlite3_finalize(statement);
	return err->code;
}

static int read_catalogue(struct stage *self, struct blueprint *found,
			  struct err *err)
{
	sqlite3_stmt *statement;

	if (statement_prepare(&statement, handle(self),
			      "SELECT sql FROM sqlite_schema"
			      " WHERE sql IS NOT NULL ORDER BY rowid",
			      "the rehearsal", err) < 0)
		return err->code;
	while (!err->code && next_row(statement, err)) {
		const char *sql =
			(const char *)sqlite3_column_text(statement, 0);

		if (!sql)
			err_set_nomem(err);
		else
			(void)!blueprint_add(
				found, sql,
				(size_t)sqlite3_column_bytes(statement, 0), 0,
				err);
	}
	sqlite3_finalize(statement);
	return err->code ? err->code : blueprint_finish(found, err);
}

int stage_check(struct stage *self, const bool *wanted, struct err *err)
{
	const struct outcome outcome = {
		.from = self->planner->from,
		.to = self->planner->to,
		.stays = self->stays,
		.wanted = wanted,
	};
	struct blueprint found;

	blueprint_init(&found, "the rehearsal");
	if (read_catalogue(self, &found, err) == 0)
		(void)!outcome_check(&outcome, &found, err);
	blueprint_release(&found);
	if (err->code || check_rows(self, err) < 0)
		return err->code;
	if (check_pragma(self, "PRAGMA quick_check", err) < 0)
		return err->code;
	return check_pragma(self, "PRAGMA foreign_key_check", err);
}
