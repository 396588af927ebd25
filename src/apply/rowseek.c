#include "config.h"

#include "apply/rowseek.h"

#include "model/sql.h"
#include "source/statement.h"

/* Rows to go through until it pays to note where each is. */
enum { MANY_PASSED = 1000000 };

void row_seek_init(struct row_seek *seek, struct written_table *written)
{
	*seek = (struct row_seek){ .written = written };
}

void row_seek_release(struct row_seek *seek)
{
	/* it is gone if what was written was taken back */
	if (seek->has_places)
		sqlite3_exec(seek->written->db,
			     "DROP TABLE IF EXISTS temp.git_d1_places", NULL,
			     NULL, NULL);
}

void row_seek_add_where(struct buf *sql, const struct row_seek *seek,
			size_t first)
{
	const struct changed_table *table = seek->written->table;

	if (seek->has_places)
		buf_add_format(sql,
			       " WHERE %s IN (SELECT r FROM temp.git_d1_places",
			       seek->written->rowid);
	for (size_t i = 0; i < table->nkey; i++) {
		buf_add_string(sql, i > 0 ? " AND " : " WHERE ");
		if (seek->has_places)
			buf_add_format(sql, "c%zu", i);
		else
			sql_add_name(sql, table->columns[table->key[i]]);
		/* a collation on the left would hide the index */
		buf_add_format(sql, " = ?%zu COLLATE %s", first + i,
			       collation_name(table->collations[i]));
	}
	if (seek->has_places)
		buf_add_char(sql, ')');
}

int row_seek_bind(sqlite3_stmt *statement, const struct row_seek *seek,
		  size_t first, const struct row *row)
{
	const struct changed_table *table = seek->written->table;
	int rc = SQLITE_OK;

	for (size_t i = 0; i < table->nkey && rc == SQLITE_OK; i++)
		rc = statement_bind(statement, (int)(first + i),
				    &row->cells[table->key[i]]);
	return rc;
}

bool row_seek_is_slow(const struct row_seek *seek)
{
	return seek->passed >= MANY_PASSED && !seek->has_places &&
	       seek->written->rowid;
}

int row_seek_note_places(struct row_seek *seek, struct err *err)
{
	const struct changed_table *table = seek->written->table;
	struct buf sql;

	buf_init(&sql, WRITTEN_SQL);
	buf_add_string(&sql, "CREATE TEMP TABLE git_d1_places(r");
	for (size_t i = 0; i < table->nkey; i++)
		buf_add_format(&sql, ", c%zu COLLATE %s", i,
			       collation_name(table->collations[i]));
	buf_add_format(&sql, "); INSERT INTO temp.git_d1_places SELECT %s",
		       seek->written->rowid);
	for (size_t i = 0; i < table->nkey; i++) {
		buf_add_string(&sql, ", ");
		sql_add_name(&sql, table->columns[table->key[i]]);
	}
	buf_add_string(&sql, " FROM ");
	written_table_add_name(&sql, seek->written);
	buf_add_string(&sql, "; CREATE INDEX temp.git_d1_places_by_key ON "
			     "git_d1_places(");
	for (size_t i = 0; i < table->nkey; i++)
		buf_add_format(&sql, "%sc%zu", i > 0 ? ", " : "", i);
	buf_add_string(&sql, ", r)");
	seek->has_places = true;
	return written_table_run(seek->written, &sql, err);
}

int row_seek_step(struct row_seek *seek, sqlite3_stmt *statement, int *count)
{
	int rc = written_table_step(seek->written, statement, count);

	seek->passed +=
		(uint64_t)sqlite3_stmt_status(statement,
					      SQLITE_STMTSTATUS_FULLSCAN_STEP,
					      1);
	return rc;
}
