#include "config.h"

#include "apply/parking.h"

#include <stdio.h>
#include <stdlib.h>

#include <sqlite3.h>

#include "apply/plan.h"
#include "source/privatedb.h"
#include "source/statement.h"
#include "util/buf.h"

enum { MAX_SQL = 1 << 20, MAX_UNIQUES = 64 };

/* A unique index that is watched: who has a value, and who is to get it. */
struct watched {
	const struct target_unique *unique;
	sqlite3_stmt *held;
	sqlite3_stmt *wanted;
};

struct parking {
	sqlite3 *db;
	sqlite3_stmt *park;
	sqlite3_stmt *ask;
	const struct plan_table *table;
	struct watched watched[MAX_UNIQUES];
	size_t nwatched;
};

static int run(struct parking *parking, const char *sql, struct err *err)
{
	int rc = sqlite3_exec(parking->db, sql, NULL, NULL, NULL);

	return rc == SQLITE_OK ? 0
			       : statement_error(parking->db, rc,
						 private_database_name, err);
}

static int prepare(struct parking *parking, sqlite3_stmt **statement,
		   const char *sql, struct err *err)
{
	int rc = sqlite3_prepare_v2(parking->db, sql, -1, statement, NULL);

	return rc == SQLITE_OK ? 0
			       : statement_error(parking->db, rc,
						 private_database_name, err);
}

int parking_open(struct parking **parking, struct err *err)
{
	struct parking *self = calloc(1, sizeof(*self));

	*parking = NULL;
	if (!self)
		return err_set_nomem(err);
	if (private_database_open(&self->db,
				  "CREATE TABLE parked(entry, op, n,"
				  " PRIMARY KEY(entry, op, n)) WITHOUT ROWID",
				  err) == 0 &&
	    prepare(self, &self->park,
		    "INSERT OR IGNORE INTO parked VALUES(?,?,?)", err) == 0)
		(void)!prepare(self, &self->ask,
			       "SELECT 1 FROM parked WHERE entry=? AND op=?"
			       " AND n=?",
			       err);
	if (err->code) {
		parking_close(self);
		return err->code;
	}
	*parking = self;
	return 0;
}

static void forget_watched(struct parking *parking)
{
	for (size_t i = 0; i < parking->nwatched; i++) {
		sqlite3_finalize(parking->watched[i].held);
		sqlite3_finalize(parking->watched[i].wanted);
	}
	parking->nwatched = 0;
}

void parking_close(struct parking *parking)
{
	if (!parking)
		return;
	forget_watched(parking);
	sqlite3_finalize(parking->park);
	sqlite3_finalize(parking->ask);
	sqlite3_close(parking->db);
	free(parking);
}

/* ---- tables of values ---- */

static const char *affinity_name(enum affinity affinity)
{
	static const char *const names[] = {
		[AFFINITY_BLOB] = "BLOB",	[AFFINITY_TEXT] = "TEXT",
		[AFFINITY_NUMERIC] = "NUMERIC", [AFFINITY_INTEGER] = "INTEGER",
		[AFFINITY_REAL] = "REAL",
	};

	return names[affinity];
}

/* Columns compare as those of the index do. */
static void add_table(struct buf *sql, const char *name, size_t number,
		      const struct table *table,
		      const struct target_unique *unique)
{
	buf_add_format(sql, "CREATE TABLE %s%zu(entry,op,n", name, number);
	for (size_t i = 0; i < unique->ncolumns; i++) {
		size_t column =
			unique->columns[i]
				? table_column(table, unique->columns[i])
				: table->ncolumns;
		enum collation collation = COLLATION_BINARY;

		if (column == table->ncolumns) {
			buf_add_format(sql, ",c%zu", i);
			continue;
		}
		(void)!collation_from_name(unique->collations[i], &collation);
		buf_add_format(sql, ",c%zu %s COLLATE %s", i,
			       affinity_name(table->columns[column].affinity),
			       collation_name(collation));
	}
	buf_add_string(sql, ");");
}

static void add_insert(struct buf *sql, const char *name, size_t number,
		       size_t ncolumns)
{
	buf_add_format(sql, "INSERT INTO %s%zu VALUES(?,?,?", name, number);
	for (size_t i = 0; i < ncolumns; i++)
		buf_add_string(sql, ",?");
	buf_add_char(sql, ')');
}

static int watch(struct parking *parking, const struct target_unique *unique,
		 struct err *err)
{
	size_t number = parking->nwatched;
	struct watched *watched = &parking->watched[number];
	const struct table *table = parking->table->target->table;
	struct buf sql;

	*watched = (struct watched){ .unique = unique };
	parking->nwatched++;
	buf_init(&sql, MAX_SQL);
	add_table(&sql, "held", number, table, unique);
	add_table(&sql, "wanted", number, table, unique);
	buf_add_format(&sql, "CREATE INDEX values%zu ON wanted%zu(c0", number,
		       number);
	for (size_t i = 1; i < unique->ncolumns; i++)
		buf_add_format(&sql, ",c%zu", i);
	buf_add_char(&sql, ')');
	if (buf_check(&sql, "a statement", err) < 0 ||
	    run(parking, sql.data, err) < 0)
		goto out;
	buf_clear(&sql);
	add_insert(&sql, "held", number, unique->ncolumns);
	if (buf_check(&sql, "a statement", err) < 0 ||
	    prepare(parking, &watched->held, sql.data, err) < 0)
		goto out;
	buf_clear(&sql);
	add_insert(&sql, "wanted", number, unique->ncolumns);
	if (buf_check(&sql, "a statement", err) == 0)
		(void)!prepare(parking, &watched->wanted, sql.data, err);
out:
	buf_release(&sql);
	return err->code;
}

/* A row keeps what finds it: no other row can want that. */
static bool is_key(const struct plan_table *table,
		   const struct target_unique *unique)
{
	for (const struct plan_entry *entry = table->entries; entry;
	     entry = entry->next) {
		const struct changed_table *changed = entry->table;

		if (changed->nkey != unique->ncolumns || entry->unkeyed)
			return false;
		for (size_t i = 0; i < changed->nkey; i++)
			if (!target_names(unique->columns, unique->ncolumns,
					  changed->columns[changed->key[i]]))
				return false;
	}
	return true;
}

int parking_begin(struct parking *parking, const struct plan_table *table,
		  struct err *err)
{
	parking->table = table;
	for (const struct target_unique *unique = table->target->uniques;
	     unique; unique = unique->next) {
		if (is_key(table, unique))
			continue;
		if (parking->nwatched == MAX_UNIQUES)
			return err_set(err, D1_EREFUSED,
				       "table '%s' has more than %d unique "
				       "indexes",
				       table->target->table->name, MAX_UNIQUES);
		if (watch(parking, unique, err) < 0)
			return err->code;
	}
	return 0;
}

/* ---- rows ---- */

static bool is_generated(const struct parking *parking, const char *name)
{
	const struct table *table = parking->table->target->table;
	size_t column = name ? table_column(table, name) : table->ncolumns;

	return column < table->ncolumns && table->columns[column].generated;
}

/*
 * The cell of that column, or NULL if the changes do not tell it: they leave
 * columns out, and what they hold of a generated one is not what is written.
 */
static const struct value *find_cell(const struct parking *parking,
				     const struct changed_table *table,
				     const struct row *row, const char *column)
{
	size_t cell;

	if (!column || is_generated(parking, column))
		return NULL;
	cell = changed_table_cell(table, column);
	return cell < table->ncolumns ? &row->cells[cell] : NULL;
}

/*
 * What the changes do not tell of an index counts as equal in all rows: rather
 * one row too many is parked than one too few.
 */
static int note(struct parking *parking, sqlite3_stmt *insert,
		const struct target_unique *unique, size_t entry,
		const struct changed_table *table,
		const struct row_change *change, const struct row *row,
		uint64_t n, struct err *err)
{
	int rc;

	sqlite3_bind_int64(insert, 1, (sqlite3_int64)entry);
	sqlite3_bind_int(insert, 2, change->op);
	sqlite3_bind_int64(insert, 3, (sqlite3_int64)n);
	for (size_t i = 0; i < unique->ncolumns; i++) {
		const struct value *cell =
			find_cell(parking, table, row, unique->columns[i]);

		if (cell)
			rc = statement_bind(insert, (int)(4 + i), cell);
		else
			rc = sqlite3_bind_int(insert, (int)(4 + i), 1);
		if (rc != SQLITE_OK)
			return statement_error(parking->db, rc,
					       private_database_name, err);
	}
	rc = sqlite3_step(insert);
	sqlite3_reset(insert);
	return rc == SQLITE_DONE ? 0
				 : statement_error(parking->db, rc,
						   private_database_name, err);
}

/* A generated column may change with any other. */
static bool keeps_value(const struct parking *parking,
			const struct changed_table *table,
			const struct target_unique *unique,
			const struct row_change *change)
{
	if (change->op != CHANGE_UPDATE || unique->opaque)
		return false;
	for (size_t i = 0; i < unique->ncolumns; i++) {
		const char *column = unique->columns[i];
		const struct value *old =
			find_cell(parking, table, change->old, column);

		if (is_generated(parking, column))
			return false;
		if (old && !value_equal(old, find_cell(parking, table,
						       change->new, column)))
			return false;
	}
	return true;
}

int parking_add(struct parking *parking, size_t entry,
		const struct changed_table *table,
		const struct row_change *change, uint64_t n, bool deletes_last,
		struct err *err)
{
	for (size_t i = 0; i < parking->nwatched; i++) {
		const struct watched *watched = &parking->watched[i];
		const struct target_unique *unique = watched->unique;

		if (keeps_value(parking, table, unique, change))
			continue;
		if (change->keyed && change->old &&
		    (change->op == CHANGE_UPDATE || deletes_last) &&
		    note(parking, watched->held, unique, entry, table, change,
			 change->old, n, err) < 0)
			return err->code;
		if (change->new &&note(parking, watched->wanted, unique, entry,
				       table, change, change->new, n, err) < 0)
			return err->code;
	}
	return 0;
}

int parking_park(struct parking *parking, size_t entry, enum change_op op,
		 uint64_t n, struct err *err)
{
	int rc;

	sqlite3_bind_int64(parking->park, 1, (sqlite3_int64)entry);
	sqlite3_bind_int(parking->park, 2, op);
	sqlite3_bind_int64(parking->park, 3, (sqlite3_int64)n);
	rc = sqlite3_step(parking->park);
	sqlite3_reset(parking->park);
	return rc == SQLITE_DONE ? 0
				 : statement_error(parking->db, rc,
						   private_database_name, err);
}

/* ---- asking ---- */

static int park_held(struct parking *parking, size_t number, struct err *err)
{
	const struct target_unique *unique = parking->watched[number].unique;
	struct buf sql;

	buf_init(&sql, MAX_SQL);
	buf_add_format(&sql,
		       "INSERT OR IGNORE INTO parked SELECT entry,op,n FROM"
		       " held%zu h WHERE EXISTS(SELECT 1 FROM wanted%zu w"
		       " WHERE ",
		       number, number);
	for (size_t i = 0; i < unique->ncolumns; i++)
		buf_add_format(&sql, "w.c%zu=h.c%zu AND ", i, i);
	buf_add_string(&sql, "(w.entry<>h.entry OR w.op<>h.op OR w.n<>h.n))");
	if (buf_check(&sql, "a statement", err) == 0)
		(void)!run(parking, sql.data, err);
	buf_release(&sql);
	return err->code;
}

static int count_parked(struct parking *parking, uint64_t *parked,
			struct err *err)
{
	sqlite3_stmt *statement = NULL;

	*parked = 0;
	for (const struct plan_entry *entry = parking->table->entries; entry;
	     entry = entry->next) {
		if (prepare(parking, &statement,
			    "SELECT count(*) FROM parked WHERE entry=?",
			    err) < 0)
			return err->code;
		sqlite3_bind_int64(statement, 1, (sqlite3_int64)entry->number);
		if (sqlite3_step(statement) == SQLITE_ROW)
			*parked += (uint64_t)sqlite3_column_int64(statement, 0);
		sqlite3_finalize(statement);
	}
	return 0;
}

int parking_end(struct parking *parking, uint64_t *parked, struct err *err)
{
	size_t count = parking->nwatched;

	for (size_t i = 0; i < count; i++)
		if (park_held(parking, i, err) < 0)
			return err->code;
	forget_watched(parking);
	for (size_t i = 0; i < count; i++) {
		char sql[96];

		snprintf(sql, sizeof(sql),
			 "DROP TABLE held%zu;DROP TABLE wanted%zu", i, i);
		if (run(parking, sql, err) < 0)
			return err->code;
	}
	return count_parked(parking, parked, err);
}

int parking_has(struct parking *parking, bool *parked, size_t entry,
		enum change_op op, uint64_t n, struct err *err)
{
	int rc;

	sqlite3_bind_int64(parking->ask, 1, (sqlite3_int64)entry);
	sqlite3_bind_int(parking->ask, 2, op);
	sqlite3_bind_int64(parking->ask, 3, (sqlite3_int64)n);
	rc = sqlite3_step(parking->ask);
	*parked = rc == SQLITE_ROW;
	sqlite3_reset(parking->ask);
	if (rc == SQLITE_ROW || rc == SQLITE_DONE)
		return 0;
	return statement_error(parking->db, rc, private_database_name, err);
}
