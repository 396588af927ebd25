#include "config.h"

#include "source/condition.h"

#include <string.h>

#include <sqlite3.h>

#include "source/select.h"
#include "source/statement.h"

enum { MAX_SQL = 1 << 20 };

struct check {
	condition_read_fn *use;
	void *context;
	struct err *err;
};

static int authorize(void *context, int action, const char *table,
		     const char *column, const char *database,
		     const char *trigger)
{
	struct check *check = context;

	(void)database;
	(void)trigger;
	if (action != SQLITE_READ)
		return SQLITE_OK;
	return check->use(check->context, table, column ? column : "",
			  check->err) < 0
		       ? SQLITE_DENY
		       : SQLITE_OK;
}

int condition_check(struct sqlite3 *db, const struct table *table,
		    const char *where, condition_read_fn *use, void *context,
		    struct err *err)
{
	struct check check = { use, context, err };
	struct err refused = ERR_INIT;
	sqlite3_stmt *statement = NULL;
	struct buf sql;

	buf_init(&sql, MAX_SQL);
	buf_add_string(&sql, "SELECT 1 FROM main.");
	select_add_table(&sql, table);
	buf_add_format(&sql, " WHERE (%s)", where);
	if (buf_check(&sql, "a statement", err) == 0) {
		sqlite3_set_authorizer(db, authorize, &check);
		/* what the authorizer says of it comes first */
		if (statement_prepare(&statement, db, sql.data, "snapshot",
				      &refused) < 0 &&
		    !err->code)
			*err = refused;
		sqlite3_set_authorizer(db, NULL, NULL);
		sqlite3_finalize(statement);
	}
	buf_release(&sql);
	return err->code;
}
