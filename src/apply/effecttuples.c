#include "config.h"

#include "apply/effecttuples.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "model/literal.h"
#include "source/exactsql.h"
#include "source/privatedb.h"
#include "source/statement.h"

enum { MAX_TEXT = 1 << 26 };

enum { GONE, THERE, FIND, LIST, LISTED, KNOW, STATEMENTS };

static const char *const texts[STATEMENTS] = {
	[GONE] = "INSERT OR IGNORE INTO gone VALUES(?,?,?,?,0)",
	[THERE] = "INSERT OR IGNORE INTO there VALUES(?,?)",
	[FIND] = "SELECT now, count FROM (SELECT now, 1 AS count FROM gone g"
		 " WHERE ref=?1 AND tuple=?2 AND NOT EXISTS(SELECT 1 FROM"
		 " there t WHERE t.ref=g.ref AND t.tuple=g.tuple))",
	[LIST] = "SELECT tuple, sql FROM gone g WHERE ref=? AND NOT listed AND"
		 " NOT EXISTS(SELECT 1 FROM there t WHERE t.ref=g.ref AND"
		 " t.tuple=g.tuple) LIMIT 500",
	[LISTED] = "UPDATE gone SET listed=1 WHERE ref=? AND tuple=?",
	[KNOW] = "INSERT OR IGNORE INTO known VALUES(?,?)",
};

struct effect_tuples {
	sqlite3 *db;
	sqlite3_stmt *statements[STATEMENTS];
};

static int failed(struct effect_tuples *tuples, int rc, struct err *err)
{
	return statement_error(tuples->db, rc, private_database_name, err);
}

int effect_tuples_open(struct effect_tuples **tuples, struct err *err)
{
	static const char create[] =
		"CREATE TABLE gone(ref, tuple BLOB, sql TEXT, now TEXT, listed,"
		" PRIMARY KEY(ref, tuple)) WITHOUT ROWID;"
		"CREATE TABLE there(ref, tuple BLOB, PRIMARY KEY(ref, tuple))"
		" WITHOUT ROWID;"
		"CREATE TABLE known(name TEXT COLLATE NOCASE, tuple BLOB,"
		" PRIMARY KEY(name, tuple)) WITHOUT ROWID";
	struct effect_tuples *self = calloc(1, sizeof(*self));
	int rc = SQLITE_OK;

	*tuples = NULL;
	if (!self)
		return err_set_nomem(err);
	if (private_database_open(&self->db, create, err) < 0)
		goto out;
	for (size_t i = 0; i < STATEMENTS && rc == SQLITE_OK; i++)
		rc = sqlite3_prepare_v2(self->db, texts[i], -1,
					&self->statements[i], NULL);
	if (rc != SQLITE_OK)
		failed(self, rc, err);
out:
	if (err->code) {
		effect_tuples_close(self);
		return err->code;
	}
	*tuples = self;
	return 0;
}

void effect_tuples_close(struct effect_tuples *tuples)
{
	if (!tuples)
		return;
	for (size_t i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(tuples->statements[i]);
	sqlite3_close(tuples->db);
	free(tuples);
}

/* ---- texts of values ---- */

static void add_folded(struct buf *out, const struct value *value,
		       enum collation collation)
{
	size_t size = value->size;

	if (collation == COLLATION_RTRIM)
		while (size > 0 && value->data[size - 1] == ' ')
			size--;
	buf_add_format(out, "t%zu:", size);
	for (size_t i = 0; i < size; i++) {
		char c = value->data[i];

		if (collation == COLLATION_NOCASE && c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		buf_add_char(out, c);
	}
}

/* Values that are equal under their collation have the same text. */
static void add_tuple(struct buf *out, const struct tuple *tuple)
{
	for (size_t i = 0; i < tuple->count; i++) {
		const struct value *value = tuple->values[i];
		struct value integer = { .type = VALUE_INTEGER };

		if (value->type == VALUE_TEXT) {
			add_folded(out, value, tuple->collations[i]);
			continue;
		}
		if (value->type == VALUE_REAL && value->real >= -0x1p63 &&
		    value->real < 0x1p63 && value->real == trunc(value->real)) {
			integer.integer = (int64_t)value->real;
			value = &integer;
		}
		literal_add(out, value);
		buf_add_char(out, ',');
	}
}

static void add_sql_tuple(struct buf *sql, const struct tuple *tuple)
{
	if (tuple->count > 1)
		buf_add_char(sql, '(');
	for (size_t i = 0; i < tuple->count; i++) {
		buf_add_string(sql, i > 0 ? "," : "");
		exact_sql_add(sql, tuple->values[i]);
	}
	if (tuple->count > 1)
		buf_add_char(sql, ')');
}

/* ---- statements ---- */

static int bind_buf(sqlite3_stmt *statement, int parameter,
		    const struct buf *buf, bool text)
{
	const char *data = buf->data ? buf->data : "";

	return text ? sqlite3_bind_text64(statement, parameter, data, buf->len,
					  SQLITE_TRANSIENT, SQLITE_UTF8)
		    : sqlite3_bind_blob64(statement, parameter, data, buf->len,
					  SQLITE_TRANSIENT);
}

static int run(struct effect_tuples *tuples, int which, struct err *err)
{
	sqlite3_stmt *statement = tuples->statements[which];
	int rc = sqlite3_step(statement);

	sqlite3_reset(statement);
	return rc == SQLITE_DONE ? 0 : failed(tuples, rc, err);
}

/* Binds the reference and the tuple's text. */
static int bind_tuple(struct effect_tuples *tuples, int which, size_t reference,
		      const struct tuple *tuple, struct err *err)
{
	sqlite3_stmt *statement = tuples->statements[which];
	struct buf text;

	buf_init(&text, MAX_TEXT);
	add_tuple(&text, tuple);
	if (buf_check(&text, "a key", err) == 0 &&
	    (sqlite3_bind_int64(statement, 1, (sqlite3_int64)reference) !=
		     SQLITE_OK ||
	     bind_buf(statement, 2, &text, false) != SQLITE_OK))
		err_set_nomem(err);
	buf_release(&text);
	return err->code;
}

int effect_tuples_gone(struct effect_tuples *tuples, size_t reference,
		       const struct tuple *tuple, const struct tuple *now,
		       struct err *err)
{
	sqlite3_stmt *statement = tuples->statements[GONE];
	struct buf sql, literals;

	buf_init(&sql, MAX_TEXT);
	buf_init(&literals, MAX_TEXT);
	add_sql_tuple(&sql, tuple);
	for (size_t i = 0; now && i < now->count; i++) {
		literal_add(&literals, now->values[i]);
		buf_add_char(&literals, ',');
	}
	if (buf_check(&sql, "a key", err) < 0 ||
	    buf_check(&literals, "a key", err) < 0 ||
	    bind_tuple(tuples, GONE, reference, tuple, err) < 0)
		goto out;
	if (bind_buf(statement, 3, &sql, true) != SQLITE_OK ||
	    (now ? bind_buf(statement, 4, &literals, true)
		 : sqlite3_bind_null(statement, 4)) != SQLITE_OK)
		err_set_nomem(err);
	else
		(void)!run(tuples, GONE, err);
out:
	buf_release(&sql);
	buf_release(&literals);
	return err->code;
}

int effect_tuples_there(struct effect_tuples *tuples, size_t reference,
			const struct tuple *tuple, struct err *err)
{
	if (bind_tuple(tuples, THERE, reference, tuple, err) < 0)
		return err->code;
	return run(tuples, THERE, err);
}

/* Reads the values that effect_tuples_gone() wrote as literals. */
static int read_values(const struct value **values, const char *text,
		       size_t size, size_t count, struct arena *arena,
		       struct err *err)
{
	struct value *read = arena_array(arena, count, sizeof(*read));
	char *copy = arena_copy(arena, text, size);

	if (!read || !copy)
		return err_set_nomem(err);
	for (size_t i = 0; i < count; i++) {
		size_t taken = literal_read(&read[i], copy, size, arena);

		if (taken == 0 || taken == size)
			return err_set(err, D1_ERROR,
				       "a key cannot be read back");
		copy += taken + 1;
		size -= taken + 1;
	}
	*values = read;
	return 0;
}

int effect_tuples_find(struct effect_tuples *tuples, bool *found,
		       const struct value **now, size_t reference,
		       const struct tuple *tuple, struct arena *arena,
		       struct err *err)
{
	sqlite3_stmt *statement = tuples->statements[FIND];
	int rc;

	*found = false;
	*now = NULL;
	if (bind_tuple(tuples, FIND, reference, tuple, err) < 0)
		return err->code;
	rc = sqlite3_step(statement);
	if (rc == SQLITE_ROW) {
		*found = true;
		if (sqlite3_column_type(statement, 0) != SQLITE_NULL)
			(void)!read_values(
				now,
				(const char *)sqlite3_column_text(statement, 0),
				(size_t)sqlite3_column_bytes(statement, 0),
				tuple->count, arena, err);
	} else if (rc != SQLITE_DONE) {
		failed(tuples, rc, err);
	}
	sqlite3_reset(statement);
	return err->code;
}

int effect_tuples_list(struct effect_tuples *tuples, size_t reference,
		       size_t most, struct buf *sql, struct err *err)
{
	sqlite3_stmt *list = tuples->statements[LIST];
	sqlite3_stmt *listed = tuples->statements[LISTED];
	size_t first = sql->len;
	int rc;

	sqlite3_bind_int64(list, 1, (sqlite3_int64)reference);
	while ((rc = sqlite3_step(list)) == SQLITE_ROW) {
		const char *text = (const char *)sqlite3_column_text(list, 1);
		size_t size = (size_t)sqlite3_column_bytes(list, 1);

		if (sql->len > first && sql->len - first + size > most)
			break;
		buf_add_string(sql, sql->len > first ? "," : "");
		buf_add(sql, text, size);
		sqlite3_bind_int64(listed, 1, (sqlite3_int64)reference);
		sqlite3_bind_value(listed, 2, sqlite3_column_value(list, 0));
		if (run(tuples, LISTED, err) < 0)
			break;
	}
	sqlite3_reset(list);
	if (!err->code && rc != SQLITE_ROW && rc != SQLITE_DONE)
		failed(tuples, rc, err);
	return err->code ? err->code : buf_check(sql, "a condition", err);
}

int effect_tuples_know(struct effect_tuples *tuples, bool *known,
		       const char *table, const struct tuple *key,
		       struct err *err)
{
	sqlite3_stmt *statement = tuples->statements[KNOW];

	if (bind_tuple(tuples, KNOW, 0, key, err) < 0)
		return err->code;
	if (sqlite3_bind_text(statement, 1, table, -1, SQLITE_TRANSIENT) !=
	    SQLITE_OK)
		return err_set_nomem(err);
	if (run(tuples, KNOW, err) < 0)
		return err->code;
	*known = sqlite3_changes(tuples->db) == 0;
	return 0;
}
