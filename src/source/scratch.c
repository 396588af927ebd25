#include "config.h"

#include "source/scratch.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "model/sql.h"
#include "source/execute.h"
#include "source/guard.h"
#include "source/statement.h"
#include "util/arena.h"
#include "util/buf.h"

enum {
	MAX_SQL = 1 << 20,
	/* functions that one statement may lack */
	MAX_TRIES = 32,
	/* bytes of what a check or a column computes: twice a line */
	MAX_LENGTH = 64 << 20,
};

/* What messages call it. */
static const char scratch_name[] = "temporary database";

struct stub {
	const char *name;
	struct scratch *scratch;
	struct stub *next;
};

struct scratch {
	sqlite3 *db;
	struct arena arena;
	struct stub *stubs;
	bool loading;
	bool filling;  /* with numbers */
	int64_t calls; /* of stubs, while filling */
	size_t ndefinitions;
};

static int check(struct scratch *scratch, int rc, struct err *err)
{
	return rc == SQLITE_OK
		       ? 0
		       : statement_error(scratch->db, rc, scratch_name, err);
}

static int run(struct scratch *scratch, const char *sql, struct err *err)
{
	return check(scratch, sqlite3_exec(scratch->db, sql, NULL, NULL, NULL),
		     err);
}

/* ---- opening ---- */

/* For rows that are only kept; a defensive database keeps its journal. */
static const char kept[] =
	"PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;"
	"PRAGMA cache_size=-4096; PRAGMA ignore_check_constraints=ON; BEGIN";

/*
 * Nothing is ever rolled back: a statement that fails is the last one, or it
 * fails before it writes its only row.
 */
static const char enforced[] = "PRAGMA journal_mode=OFF";

static int configure(struct scratch *scratch, const char *sql, bool triggers,
		     struct err *err)
{
	const struct {
		int option;
		int value;
	} options[] = {
		{ SQLITE_DBCONFIG_ENABLE_TRIGGER, triggers },
		{ SQLITE_DBCONFIG_ENABLE_FKEY, 0 },
	};
	sqlite3 *db = scratch->db;
	int rc = sqlite3_exec(db, sql, NULL, NULL, NULL);

	if (rc == SQLITE_OK)
		rc = guard_database(db);
	for (size_t i = 0; i < ARRAY_SIZE(options) && rc == SQLITE_OK; i++)
		rc = sqlite3_db_config(db, options[i].option, options[i].value,
				       NULL);
	sqlite3_limit(db, SQLITE_LIMIT_LENGTH, MAX_LENGTH);
	return check(scratch, rc, err);
}

static int open_named(struct scratch **scratch, const char *name,
		      const char *sql, bool triggers, struct err *err)
{
	struct scratch *self = calloc(1, sizeof(*self));

	if (!self)
		return err_set_nomem(err);
	if (check(self,
		  sqlite3_open_v2(name, &self->db,
				  SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
					  SQLITE_OPEN_NOMUTEX,
				  NULL),
		  err) == 0)
		(void)!configure(self, sql, triggers, err);
	if (err->code)
		scratch_close(self);
	else
		*scratch = self;
	return err->code;
}

int scratch_open(struct scratch **scratch, struct err *err)
{
	/* the empty name is a private file that SQLite deletes */
	return open_named(scratch, "", kept, false, err);
}

int scratch_open_enforced(struct scratch **scratch, struct err *err)
{
	return open_named(scratch, ":memory:", enforced, true, err);
}

void scratch_close(struct scratch *scratch)
{
	if (!scratch)
		return;
	sqlite3_close(scratch->db);
	arena_release(&scratch->arena);
	free(scratch);
}

struct sqlite3 *scratch_handle(const struct scratch *scratch)
{
	return scratch->db;
}

/* ---- functions that are lacking ---- */

static void fail_or_fill(sqlite3_context *context, int count,
			 sqlite3_value **values)
{
	const struct stub *stub = sqlite3_user_data(context);
	struct scratch *scratch = stub->scratch;
	char *message;

	(void)count;
	(void)values;
	if (scratch->filling)
		sqlite3_result_int64(context, ++scratch->calls);
	if (scratch->loading)
		return;
	message = sqlite3_mprintf("no such function: %s", stub->name);
	sqlite3_result_error(context, message ? message : "no such function",
			     -1);
	sqlite3_free(message);
}

static int add_stub(struct scratch *scratch, const char *name, size_t size,
		    struct err *err)
{
	struct stub *stub = arena_alloc(&scratch->arena, sizeof(*stub));

	if (!stub)
		return err_set_nomem(err);
	stub->name = arena_copy(&scratch->arena, name, size);
	if (!stub->name)
		return err_set_nomem(err);
	stub->scratch = scratch;
	stub->next = scratch->stubs;
	scratch->stubs = stub;
	return check(scratch,
		     sqlite3_create_function_v2(scratch->db, stub->name, -1,
						SQLITE_UTF8 |
							SQLITE_DETERMINISTIC |
							SQLITE_INNOCUOUS,
						stub, fail_or_fill, NULL, NULL,
						NULL),
		     err);
}

/*
 * The function that the message says is lacking, or is there with other
 * arguments; NULL if it says something else.
 */
static const char *find_function(const char *message, size_t *size)
{
	static const char *const texts[] = {
		"no such function: ",
		"wrong number of arguments to function ",
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		const char *at = strstr(message, texts[i]);

		if (!at)
			continue;
		at += strlen(texts[i]);
		*size = strlen(at);
		if (i > 0 && *size > 2) /* without its () */
			*size -= 2;
		return at;
	}
	return NULL;
}

/* ---- definitions ---- */

int scratch_define(struct scratch *scratch,
		   const struct script_statement *statement, const char *name,
		   struct err *err)
{
	if (scratch->ndefinitions++ >= EXECUTE_MAX_DEFINITIONS)
		return err_set(err, D1_EREFUSED, "%s: more than %d definitions",
			       name, EXECUTE_MAX_DEFINITIONS);
	for (int tries = 0;; tries++) {
		struct err own = ERR_INIT;
		const char *function;
		size_t size;
		int code;

		scratch->loading = true; /* an index is filled at once */
		code = execute_statement(scratch->db, statement, name,
					 EXECUTE_DEFINITIONS, &own);
		scratch->loading = false;
		if (code == 0)
			return 0;
		function = find_function(own.message, &size);
		if (!function || tries == MAX_TRIES) {
			*err = own;
			return err->code;
		}
		if (add_stub(scratch, function, size, err) < 0)
			return err->code;
	}
}

static int write_catalogue(struct scratch *scratch, sqlite3_stmt **statement,
			   struct err *err)
{
	int off = sqlite3_db_config(scratch->db, SQLITE_DBCONFIG_DEFENSIVE, 0,
				    NULL);

	if (check(scratch, off, err) < 0 ||
	    run(scratch, "PRAGMA writable_schema=ON", err) < 0)
		return err->code;
	return check(scratch,
		     sqlite3_prepare_v2(scratch->db,
					"INSERT INTO sqlite_schema(type, name,"
					" tbl_name, rootpage, sql)"
					" VALUES('table', ?1, ?1, 0, ?2)",
					-1, statement, NULL),
		     err);
}

int scratch_add_virtual(struct scratch *scratch, const char *table,
			const char *sql, struct err *err)
{
	sqlite3_stmt *statement = NULL;
	int rc;

	if (write_catalogue(scratch, &statement, err) == 0) {
		sqlite3_bind_text(statement, 1, table, -1, SQLITE_STATIC);
		sqlite3_bind_text(statement, 2, sql, -1, SQLITE_STATIC);
		rc = sqlite3_step(statement);
		check(scratch, rc == SQLITE_DONE ? SQLITE_OK : rc, err);
	}
	sqlite3_finalize(statement);
	sqlite3_exec(scratch->db, "PRAGMA writable_schema=OFF", NULL, NULL,
		     NULL);
	sqlite3_db_config(scratch->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	return err->code;
}

static int forget_stubs(struct scratch *scratch, struct err *err)
{
	for (; scratch->stubs; scratch->stubs = scratch->stubs->next)
		if (check(scratch,
			  sqlite3_create_function_v2(scratch->db,
						     scratch->stubs->name, -1,
						     SQLITE_UTF8, NULL, NULL,
						     NULL, NULL, NULL),
			  err) < 0)
			return err->code;
	return run(scratch, "PRAGMA writable_schema=RESET", err);
}

int scratch_finish(struct scratch *scratch, struct sqlite3 **db,
		   struct err *err)
{
	*db = NULL;
	if (forget_stubs(scratch, err) == 0) {
		*db = scratch->db;
		scratch->db = NULL;
	}
	scratch_close(scratch);
	return err->code;
}

/* ---- rows ---- */

struct scratch_insert {
	struct scratch *scratch;
	struct buf prefix;
	sqlite3_stmt *statement;
	size_t ncells; /* that it was prepared for */
};

static int prepare_insert(struct scratch_insert *self, size_t ncells,
			  struct err *err)
{
	size_t prefix = self->prefix.len;

	sqlite3_finalize(self->statement);
	self->statement = NULL;
	self->ncells = ncells;
	for (size_t i = 0; i < ncells; i++)
		buf_add_string(&self->prefix, i > 0 ? ",?" : " VALUES(?");
	buf_add_char(&self->prefix, ')');
	if (buf_check(&self->prefix, "a statement", err) == 0)
		check(self->scratch,
		      sqlite3_prepare_v2(self->scratch->db, self->prefix.data,
					 -1, &self->statement, NULL),
		      err);
	buf_truncate(&self->prefix, prefix);
	return err->code;
}

int scratch_insert_open(struct scratch_insert **insert, struct scratch *scratch,
			const char *table, const char *const *columns,
			size_t ncolumns, struct err *err)
{
	struct scratch_insert *self = calloc(1, sizeof(*self));

	if (!self)
		return err_set_nomem(err);
	self->scratch = scratch;
	buf_init(&self->prefix, MAX_SQL);
	buf_add_string(&self->prefix, "INSERT INTO ");
	sql_add_name(&self->prefix, table);
	for (size_t i = 0; i < ncolumns; i++) {
		buf_add_char(&self->prefix, i > 0 ? ',' : '(');
		sql_add_name(&self->prefix, columns[i]);
	}
	if (ncolumns > 0)
		buf_add_char(&self->prefix, ')');
	*insert = self;
	return 0;
}

static int run_insert(struct scratch_insert *insert)
{
	struct scratch *scratch = insert->scratch;
	int rc;

	scratch->loading = true;
	rc = sqlite3_step(insert->statement);
	if (rc == SQLITE_CONSTRAINT && scratch->stubs &&
	    sqlite3_extended_errcode(scratch->db) ==
		    SQLITE_CONSTRAINT_NOTNULL) {
		(void)sqlite3_reset(insert->statement);
		scratch->filling = true;
		rc = sqlite3_step(insert->statement);
		scratch->filling = false;
	}
	scratch->loading = false;
	return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

int scratch_insert_row(struct scratch_insert *insert, const struct row *row,
		       struct err *err)
{
	sqlite3_stmt *statement;
	int rc = SQLITE_OK;

	if ((!insert->statement || insert->ncells != row->ncells) &&
	    prepare_insert(insert, row->ncells, err) < 0)
		return err->code;
	statement = insert->statement;
	for (size_t i = 0; i < row->ncells && rc == SQLITE_OK; i++)
		rc = statement_bind(statement, (int)i + 1, &row->cells[i]);
	if (rc == SQLITE_OK)
		rc = run_insert(insert);
	check(insert->scratch, rc, err);
	(void)sqlite3_reset(statement);
	return err->code;
}

void scratch_insert_close(struct scratch_insert *insert)
{
	if (!insert)
		return;
	sqlite3_finalize(insert->statement);
	buf_release(&insert->prefix);
	free(insert);
}
