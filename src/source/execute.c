#include "config.h"

#include "source/execute.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include <sqlite3.h>

#include "model/sqltoken.h"
#include "source/functions.h"
#include "source/statement.h"

enum {
	PROGRESS_STEPS = 1000, /* of SQLite's machine, between two looks */
	MAX_LENGTH = 64 << 20, /* bytes of a value or a statement */
	MAX_DEPTH = 100,       /* of an expression, as on D1 */
};

struct execution {
	sqlite3 *db;
	struct script *script; /* NULL: `statement` alone */
	const char *name;      /* of the file */
	enum execute_rights rights;
	unsigned int milliseconds; /* for one statement */
	struct timespec end;	   /* of the time for this one */
	bool late;
	bool is_virtual;   /* the statement makes a virtual table */
	char refused[200]; /* what the authorizer refused first, or "" */
	struct script_statement statement;
};

/* ---- what may be done ---- */

/* A pragma, and whether it may be given a value. */
struct pragma {
	const char *name;
	bool settable;
};

/* The first three are for all scripts: virtual tables use two of them. */
enum { DEFINITION_PRAGMAS = 3 };
static const struct pragma pragmas[] = {
	{ "defer_foreign_keys", true }, { "data_version", false },
	{ "page_size", false },		{ "case_sensitive_like", true },
	{ "foreign_key_check", true },	{ "foreign_key_list", true },
	{ "foreign_keys", true },	{ "ignore_check_constraints", true },
	{ "index_info", true },		{ "index_list", true },
	{ "index_xinfo", true },	{ "legacy_alter_table", true },
	{ "optimize", true },		{ "quick_check", true },
	{ "recursive_triggers", true }, { "reverse_unordered_selects", true },
	{ "table_info", true },		{ "table_list", true },
	{ "table_xinfo", true },
};

static int refuse(struct execution *self, const char *what, const char *name)
{
	if (!self->refused[0])
		snprintf(self->refused, sizeof(self->refused), "%s%s%s", what,
			 name ? " " : "", name ? name : "");
	return SQLITE_DENY;
}

static int authorize_pragma(struct execution *self, const char *name,
			    const char *value)
{
	size_t count = self->rights == EXECUTE_MIGRATION ? ARRAY_SIZE(pragmas)
							 : DEFINITION_PRAGMAS;

	for (size_t i = 0; i < count; i++) {
		if (strcasecmp(pragmas[i].name, name) != 0)
			continue;
		if (value && !pragmas[i].settable)
			break;
		/* D1 enforces foreign keys, whatever a migration asks for */
		if (value && strcasecmp(name, "foreign_keys") == 0)
			return SQLITE_IGNORE;
		return SQLITE_OK;
	}
	return refuse(self, "PRAGMA", name);
}

static int authorize_function(struct execution *self, const char *name)
{
	/* most are not built in; a program may have added them */
	static const char *const reaching[] = { "edit",	     "fts3_tokenizer",
						"fsdir",     "load_extension",
						"lsdir",     "readfile",
						"writefile", "zipfile" };

	for (size_t i = 0; i < ARRAY_SIZE(reaching); i++)
		if (strcasecmp(reaching[i], name) == 0)
			return refuse(self, "the function", name);
	return SQLITE_OK;
}

static int authorize_module(struct execution *self, const char *name)
{
	static const char *const modules[] = { "fts3",	 "fts4",
					       "fts5",	 "fts5vocab",
					       "rtree",	 "rtree_i32",
					       "geopoly" };

	for (size_t i = 0; i < ARRAY_SIZE(modules); i++)
		if (strcasecmp(modules[i], name) == 0)
			return SQLITE_OK;
	return refuse(self, "the module", name);
}

/* ALTER TABLE looks into the catalogue of temporary objects, empty here. */
static bool is_outside(const char *database, const char *table)
{
	return database && strcmp(database, "main") != 0 &&
	       !(table && strncmp(table, "sqlite_", 7) == 0);
}

static int authorize_table(struct execution *self, const char *table,
			   const char *database)
{
	if (is_outside(database, table))
		return refuse(self, "the database", database);
	if (table && strncasecmp(table, "_cf_", 4) == 0)
		return refuse(self, "the table", table);
	return SQLITE_OK;
}

static int authorize(void *context, int action, const char *first,
		     const char *second, const char *database,
		     const char *trigger)
{
	struct execution *self = context;
	bool migration = self->rights == EXECUTE_MIGRATION;

	(void)trigger;
	switch (action) {
	case SQLITE_SELECT:
		/* the code of a virtual table reads tables of its own */
		return migration || self->is_virtual
			       ? SQLITE_OK
			       : refuse(self, "CREATE TABLE ... AS", NULL);
	case SQLITE_RECURSIVE:
		return SQLITE_OK;
	case SQLITE_FUNCTION:
		return authorize_function(self, second);
	case SQLITE_PRAGMA:
		return authorize_pragma(self, first, second);
	case SQLITE_CREATE_VTABLE:
		self->is_virtual = true;
		if (authorize_module(self, second) != SQLITE_OK)
			return SQLITE_DENY;
		return authorize_table(self, first, database);
	case SQLITE_CREATE_INDEX:
	case SQLITE_CREATE_TABLE:
	case SQLITE_CREATE_TRIGGER:
	case SQLITE_CREATE_VIEW:
	case SQLITE_DELETE:
	case SQLITE_INSERT:
	case SQLITE_READ:
	case SQLITE_REINDEX:
	case SQLITE_UPDATE:
		return authorize_table(self, first, database);
	case SQLITE_ALTER_TABLE: /* the database comes first */
		return migration ? authorize_table(self, second, first)
				 : refuse(self, "ALTER TABLE", NULL);
	case SQLITE_ANALYZE:
	case SQLITE_DROP_INDEX:
	case SQLITE_DROP_TABLE:
	case SQLITE_DROP_TRIGGER:
	case SQLITE_DROP_VIEW:
	case SQLITE_DROP_VTABLE:
		return migration ? authorize_table(self, first, database)
				 : refuse(self, "DROP", NULL);
	case SQLITE_CREATE_TEMP_INDEX:
	case SQLITE_CREATE_TEMP_TABLE:
	case SQLITE_CREATE_TEMP_TRIGGER:
	case SQLITE_CREATE_TEMP_VIEW:
		return refuse(self, "the temporary object", first);
	default: /* also what a later SQLite may have */
		return refuse(self, "this statement", NULL);
	}
}

/*
 * The kinds of statements there are. The authorizer sees what a statement
 * does, also what the engine does for it (rows of sqlite_schema); this sees
 * what it was meant to do.
 */
static bool is_permitted(const struct execution *self,
			 const struct sqltoken *first)
{
	static const char *const all[] = { "CREATE", "PRAGMA" };
	static const char *const migration[] = {
		"ALTER",   "ANALYZE", "DELETE", "DROP",	  "EXPLAIN", "INSERT",
		"REINDEX", "REPLACE", "SELECT", "UPDATE", "VALUES",  "WITH",
	};

	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		if (sqltoken_is(first, all[i]))
			return true;
	for (size_t i = 0; i < ARRAY_SIZE(migration); i++)
		if (sqltoken_is(first, migration[i]))
			return self->rights == EXECUTE_MIGRATION;
	return false;
}

/* ---- errors ---- */

/* Puts file and line before the message; the line is that of the `offset`. */
static int place_error(const struct execution *self, int offset,
		       struct err *err)
{
	uint64_t line = self->statement.line;

	for (int i = 0; i < offset && (size_t)i < self->statement.size; i++)
		line += self->statement.text[i] == '\n';
	return err_context(err, "%s:%" PRIu64, self->name, line);
}

static int refuse_statement(const struct execution *self, const char *what,
			    struct err *err)
{
	err_set(err, D1_EREFUSED, "%s is not allowed in this file", what);
	return place_error(self, 0, err);
}

static bool is_transaction(const struct sqltoken *first)
{
	static const char *const words[] = {
		"BEGIN", "COMMIT", "END", "ROLLBACK", "SAVEPOINT", "RELEASE"
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (sqltoken_is(first, words[i]))
			return true;
	return false;
}

static int check_kind(const struct execution *self, struct err *err)
{
	struct sqltokens tokens = { self->statement.text,
				    self->statement.size };
	struct sqltoken first;
	char what[32];

	if (!sqltoken_next(&first, &tokens) || is_permitted(self, &first))
		return 0;
	/* what is no word at all is SQLite's to refuse, as a syntax error */
	if (first.kind != SQLTOKEN_WORD || first.size >= sizeof(what))
		return 0;
	snprintf(what, sizeof(what), "%.*s", (int)first.size, first.text);
	refuse_statement(self, what, err);
	if (is_transaction(&first))
		err_hint(err,
			 "D1 refuses BEGIN, COMMIT and SAVEPOINT too: remove "
			 "them, all of the file is one transaction anyway");
	return err->code;
}

/* Which statement of a migration it was, and what may be the reason. */
static void hint_statement(const struct execution *self, const char *message,
			   struct err *err)
{
	static const char no_function[] = "no such function: ";
	size_t used;

	if (self->rights == EXECUTE_MIGRATION)
		(void)!script_hint(self->statement.text, self->statement.size,
				   err);
	if (strncmp(message, no_function, sizeof(no_function) - 1) != 0)
		return;
	used = strlen(err->hint);
	snprintf(err->hint + used, sizeof(err->hint) - used,
		 "%sgit-d1 runs this with SQLite %s, which lacks the "
		 "function '%s'; D1 may have it",
		 used > 0 ? "\n" : "", sqlite3_libversion(),
		 message + sizeof(no_function) - 1);
}

/* Records SQLite's error, or what stands behind it. */
static int fail(const struct execution *self, int rc, struct err *err)
{
	const char *message = sqlite3_errmsg(self->db);
	const char *file = sqlite3_db_filename(self->db, "main");
	int offset = sqlite3_error_offset(self->db);

	if (self->refused[0])
		return refuse_statement(self, self->refused, err);
	if (self->late) {
		err_set(err, D1_ERROR,
			"stopped: not done after %u.%03u seconds",
			self->milliseconds / 1000, self->milliseconds % 1000);
		return place_error(self, 0, err);
	}
	statement_error(self->db, rc, file && *file ? file : "in memory", err);
	hint_statement(self, message, err);
	return place_error(self, offset, err);
}

/* ---- running ---- */

static void start_clock(struct execution *self)
{
	clock_gettime(CLOCK_MONOTONIC, &self->end);
	self->end.tv_sec += self->milliseconds / 1000;
	self->end.tv_nsec += (long)(self->milliseconds % 1000) * 1000000;
	if (self->end.tv_nsec >= 1000000000) {
		self->end.tv_nsec -= 1000000000;
		self->end.tv_sec++;
	}
}

/* Not 0 ends the statement. */
static int is_late(void *context)
{
	struct execution *self = context;
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	self->late = now.tv_sec > self->end.tv_sec ||
		     (now.tv_sec == self->end.tv_sec &&
		      now.tv_nsec > self->end.tv_nsec);
	return self->late;
}

static int run_statement(struct execution *self, struct err *err)
{
	const struct script_statement *statement = &self->statement;
	sqlite3_stmt *prepared = NULL;
	const char *tail = NULL;
	int rc;

	if (check_kind(self, err) < 0)
		return err->code;
	self->refused[0] = '\0';
	self->is_virtual = false;
	start_clock(self);
	/* with the NUL, which spares SQLite a copy */
	rc = sqlite3_prepare_v2(self->db, statement->text,
				(int)statement->size + 1, &prepared, &tail);
	if (rc != SQLITE_OK)
		return fail(self, rc, err);
	if (tail < statement->text + statement->size) {
		err_set(err, D1_ERROR, "more than one statement");
		place_error(self, (int)(tail - statement->text), err);
		goto out;
	}
	do
		rc = prepared ? sqlite3_step(prepared) : SQLITE_DONE;
	while (rc == SQLITE_ROW);
	if (rc != SQLITE_DONE)
		fail(self, rc, err);
out:
	sqlite3_finalize(prepared);
	return err->code;
}

static int run_all(struct execution *self, struct err *err)
{
	if (!self->script)
		return run_statement(self, err);
	for (size_t count = 0; !err->code; count++) {
		if (script_next(self->script, &self->statement, err) < 0 ||
		    !self->statement.text)
			return err->code;
		if (self->rights == EXECUTE_DEFINITIONS &&
		    count == EXECUTE_MAX_DEFINITIONS)
			return err_set(err, D1_EREFUSED,
				       "%s: more than %d definitions",
				       self->name, EXECUTE_MAX_DEFINITIONS);
		(void)!run_statement(self, err);
	}
	return err->code;
}

/* ---- the connection ---- */

static const struct {
	int limit;
	int value;
} limits[] = {
	{ SQLITE_LIMIT_ATTACHED, 0 },
	{ SQLITE_LIMIT_LENGTH, MAX_LENGTH },
	{ SQLITE_LIMIT_SQL_LENGTH, MAX_LENGTH },
	{ SQLITE_LIMIT_EXPR_DEPTH, MAX_DEPTH },
};

/* That a schema is trusted: see source/guard.h. */
static const struct {
	int option;
	int value;
} options[] = {
	{ SQLITE_DBCONFIG_DEFENSIVE, 1 },
	{ SQLITE_DBCONFIG_TRUSTED_SCHEMA, 1 },
};

/* What a migration can set and what outlives its transaction. */
static const char *const kept_pragmas[] = {
	"ignore_check_constraints",
	"legacy_alter_table",
	"recursive_triggers",
	"reverse_unordered_selects",
};

/* How the connection was before. */
struct settings {
	int limits[ARRAY_SIZE(limits)];
	int options[ARRAY_SIZE(options)];
	int pragmas[ARRAY_SIZE(kept_pragmas)];
};

static int run_pragma(sqlite3 *db, const char *name, const char *value,
		      int *result)
{
	sqlite3_stmt *statement = NULL;
	char sql[80];
	int rc;

	snprintf(sql, sizeof(sql), "PRAGMA %s%s", name, value);
	rc = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(statement);
	if (rc == SQLITE_ROW)
		*result = sqlite3_column_int(statement, 0);
	sqlite3_finalize(statement);
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? SQLITE_OK : rc;
}

/* Notes all before anything is changed, so that an error changes nothing. */
static int read_settings(sqlite3 *db, enum execute_rights rights,
			 struct settings *before)
{
	size_t count =
		rights == EXECUTE_MIGRATION ? ARRAY_SIZE(kept_pragmas) : 0;
	int rc = SQLITE_OK;

	for (size_t i = 0; i < count && !rc; i++)
		rc = run_pragma(db, kept_pragmas[i], "", &before->pragmas[i]);
	for (size_t i = 0; i < ARRAY_SIZE(options) && !rc; i++)
		rc = sqlite3_db_config(db, options[i].option, -1,
				       &before->options[i]);
	for (size_t i = 0; i < ARRAY_SIZE(limits); i++)
		before->limits[i] = sqlite3_limit(db, limits[i].limit, -1);
	return rc;
}

static int secure(sqlite3 *db, enum execute_rights rights,
		  struct settings *before)
{
	int rc = functions_register(db);

	if (rc == SQLITE_OK)
		rc = read_settings(db, rights, before);
	if (rc != SQLITE_OK)
		return rc;
	for (size_t i = 0; i < ARRAY_SIZE(options) && !rc; i++)
		rc = sqlite3_db_config(db, options[i].option, options[i].value,
				       NULL);
	for (size_t i = 0; i < ARRAY_SIZE(limits); i++)
		if (before->limits[i] > limits[i].value)
			sqlite3_limit(db, limits[i].limit, limits[i].value);
	return rc;
}

/* Goes on whatever happens: setting back cannot fail but for lack of memory. */
static int set_back(sqlite3 *db, const struct settings *before,
		    enum execute_rights rights)
{
	int rc = SQLITE_OK;
	int ignored;

	for (size_t i = 0; i < ARRAY_SIZE(limits); i++)
		sqlite3_limit(db, limits[i].limit, before->limits[i]);
	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		sqlite3_db_config(db, options[i].option, before->options[i],
				  NULL);
	if (rights != EXECUTE_MIGRATION)
		return rc;
	for (size_t i = 0; i < ARRAY_SIZE(kept_pragmas) && !rc; i++)
		rc = run_pragma(db, kept_pragmas[i],
				before->pragmas[i] ? "=1" : "=0", &ignored);
	/* there is no asking for this one */
	if (rc == SQLITE_OK)
		rc = run_pragma(db, "case_sensitive_like", "=0", &ignored);
	return rc;
}

static int execute(struct execution *self, struct err *err)
{
	sqlite3 *db = self->db;
	struct settings before;
	int rc = secure(db, self->rights, &before);

	if (rc != SQLITE_OK)
		return statement_error(db, rc, self->name, err);
	sqlite3_set_authorizer(db, authorize, self);
	sqlite3_progress_handler(db, PROGRESS_STEPS, is_late, self);
	(void)!run_all(self, err);
	sqlite3_progress_handler(db, 0, NULL, NULL);
	sqlite3_set_authorizer(db, NULL, NULL);
	rc = set_back(db, &before, self->rights);
	if (rc != SQLITE_OK)
		statement_error(db, rc, self->name, err);
	return err->code;
}

int execute_script_within(struct sqlite3 *db, struct script *script,
			  enum execute_rights rights, unsigned int milliseconds,
			  struct err *err)
{
	struct execution self = {
		.db = db,
		.script = script,
		.name = script_name(script),
		.rights = rights,
		.milliseconds = milliseconds,
	};

	return execute(&self, err);
}

int execute_script(struct sqlite3 *db, struct script *script,
		   enum execute_rights rights, struct err *err)
{
	return execute_script_within(db, script, rights, EXECUTE_SECONDS * 1000,
				     err);
}

int execute_statement(struct sqlite3 *db,
		      const struct script_statement *statement,
		      const char *name, enum execute_rights rights,
		      struct err *err)
{
	struct execution self = {
		.db = db,
		.name = name,
		.rights = rights,
		.milliseconds = EXECUTE_SECONDS * 1000,
		.statement = *statement,
	};

	return execute(&self, err);
}
