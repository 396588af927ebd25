#include "config.h"

#include "source/definition.h"

#include <sqlite3.h>

#include "source/execute.h"
#include "source/guard.h"
#include "source/sqlite.h"

/* A merge waits for it: no statement of a schema takes that long. */
enum { MILLISECONDS = 2000 };

/*
 * The place of the column in the key, or key->count.
 */
static size_t place_in_key(const struct key *key, size_t column)
{
	size_t at = 0;

	while (at < key->count && key->columns[at] != column)
		at++;
	return at;
}

/* The collation that the index of a column alone has, else BINARY. */
static enum collation own_collation(const struct table *table, size_t column)
{
	for (size_t i = 0; i < table->nkeys; i++)
		if (table->keys[i].count == 1 &&
		    table->keys[i].columns[0] == column)
			return table->keys[i].collations[0];
	return COLLATION_BINARY;
}

/* The key of the table with these columns, in any order; NULL if none is. */
static const struct key *find_key(const struct table *table,
				  const char *const *names, size_t count)
{
	for (size_t i = 0; i < table->nkeys; i++) {
		const struct key *key = &table->keys[i];
		size_t at = 0;

		while (at < count &&
		       place_in_key(key, table_column(table, names[at])) <
			       key->count)
			at++;
		if (at == count && key->count == count)
			return key;
	}
	return NULL;
}

static bool collate(enum collation *collations, const struct table *table,
		    const char *const *names, size_t count)
{
	const struct key *key = find_key(table, names, count);

	for (size_t i = 0; i < count; i++)
		if (table_column(table, names[i]) == table->ncolumns)
			return false;
	for (size_t i = 0; i < count; i++) {
		size_t column = table_column(table, names[i]);

		collations[i] = key ? key->collations[place_in_key(key, column)]
				    : own_collation(table, column);
	}
	return true;
}

/* Runs as much of the script as can be run: the table may be in that. */
static int define(sqlite3 *db, struct stream *schema, const char *name,
		  struct err *err)
{
	struct err refused = ERR_INIT;
	struct script *script;

	if (script_open(&script, schema, name, err) < 0)
		return err->code;
	(void)!execute_script_within(db, script, EXECUTE_DEFINITIONS,
				     MILLISECONDS, &refused);
	script_close(script);
	return refused.code == D1_ENOMEM ? err_set_nomem(err) : 0;
}

int definition_collate(enum collation *collations, bool *found,
		       struct stream *schema, const char *name,
		       const char *table, const char *const *key, size_t nkey,
		       struct err *err)
{
	const struct table *defined;
	struct source *source;
	sqlite3 *db = NULL;

	*found = false;
	if (sqlite3_open_v2(":memory:", &db,
			    SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
			    NULL) != SQLITE_OK ||
	    guard_database(db) != SQLITE_OK) {
		sqlite3_close(db);
		stream_close(schema);
		return err_set_nomem(err);
	}
	if (define(db, schema, name, err) < 0) {
		sqlite3_close(db);
		return err->code;
	}
	if (sqlite_wrap(&source, db, SQLITE_HANDLE_TAKEN, name, err) < 0)
		return err->code;
	defined = schema_table(source->schema, table);
	*found = defined && collate(collations, defined, key, nkey);
	source_close(source);
	return err->code;
}
