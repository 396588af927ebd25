#include "config.h"

#include "schema/nextrows.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#include <sqlite3.h>

#include "model/affinity.h"
#include "model/sql.h"
#include "schema/sameness.h"
#include "source/scratch.h"

enum { MAX_SQL = 1 << 26 };

/* ---- defaults ---- */

/* Stores the default in a column like it, and reads it again. */
static int store_default(struct nextrows *self, size_t at,
			 struct scratch *scratch, struct err *err)
{
	sqlite3 *db = scratch_handle(scratch);
	struct nextrows_default *value = &self->defaults[at];
	sqlite3_stmt *statement = NULL;
	int rc = sqlite3_exec(db, "INSERT INTO t DEFAULT VALUES", NULL, NULL,
			      NULL);

	value->is_refused = rc == SQLITE_CONSTRAINT;
	if (rc != SQLITE_OK ||
	    self->b->columns[at].default_kind == DEFAULT_EXPRESSION)
		return 0;
	if (sqlite3_prepare_v2(db, "SELECT quote(c) FROM t", -1, &statement,
			       NULL) == SQLITE_OK &&
	    sqlite3_step(statement) == SQLITE_ROW) {
		value->literal = arena_string(
			self->planner->arena,
			(const char *)sqlite3_column_text(statement, 0));
		if (!value->literal)
			err_set_nomem(err);
	}
	sqlite3_finalize(statement);
	return err->code;
}

static int find_default(struct nextrows *self, size_t at, struct err *err)
{
	const struct tabledef_column *column = &self->b->columns[at];
	struct script_statement statement = { .line = 1 };
	struct scratch *scratch = NULL;
	struct buf sql;

	buf_init(&sql, MAX_SQL);
	buf_add_format(&sql, "CREATE TABLE t(c %s DEFAULT %s)%s", column->type,
		       column->default_text, self->b->strict ? " STRICT" : "");
	if (buf_check(&sql, "a definition", err) == 0 &&
	    scratch_open_enforced(&scratch, err) == 0) {
		struct err own = ERR_INIT;

		statement.text = sql.data;
		statement.size = sql.len;
		/* the rehearsal says what is wrong with it */
		if (scratch_define(scratch, &statement, column->name, &own) ==
		    0)
			(void)!store_default(self, at, scratch, err);
	}
	scratch_close(scratch);
	buf_release(&sql);
	return err->code;
}

/* True for a column that was there and is filled with its default now. */
static bool is_filled(const struct tabledef_column *a,
		      const struct tabledef_column *b)
{
	return b->not_null && !a->not_null && b->default_text &&
	       b->default_kind != DEFAULT_NULL;
}

int nextrows_init(struct nextrows *self, struct planner *planner,
		  const char *table, const struct tabledef *a,
		  const struct tabledef *b, struct err *err)
{
	*self = (struct nextrows){ .planner = planner,
				   .table = table,
				   .a = a,
				   .b = b,
				   .as_given = SIZE_MAX,
				   .as_value = SIZE_MAX };
	self->defaults = arena_array(planner->arena, b->ncolumns + 1,
				     sizeof(*self->defaults));
	self->used = arena_array(planner->arena, b->ncolumns + 1, sizeof(bool));
	if (!self->defaults || !self->used)
		return err_set_nomem(err);
	for (size_t i = 0; i < b->ncolumns; i++) {
		const struct tabledef_column *column = &b->columns[i];
		size_t place = tabledef_column(a, column->name);

		if (column->generated ||
		    (place < a->ncolumns &&
		     !is_filled(&a->columns[place], column)))
			continue;
		if (column->default_kind == DEFAULT_NONE ||
		    column->default_kind == DEFAULT_NULL)
			self->defaults[i].literal = "NULL";
		else if (find_default(self, i, err) < 0)
			return err->code;
	}
	return 0;
}

/* ---- what is asked for ---- */

static bool same_type(const struct nextrows *self, size_t old, size_t new)
{
	const struct tabledef_column *a = &self->a->columns[old];
	const struct tabledef_column *b = &self->b->columns[new];

	return strcmp(a->type, b->type) == 0 &&
	       self->a->strict == self->b->strict &&
	       (self->b->alias == new) == (self->a->alias == old);
}

/* True if the values that are there are read by its name, as they are. */
static bool is_kept(const struct nextrows *self, size_t column)
{
	size_t place = tabledef_column(self->a, self->b->columns[column].name);
	const struct tabledef_column *a, *b = &self->b->columns[column];

	if (place == self->a->ncolumns)
		return false;
	a = &self->a->columns[place];
	if (b->generated &&
	    (!a->generated || strcmp(a->generated, b->generated) != 0))
		return false;
	return same_type(self, place, column) && !is_filled(a, b);
}

/* True if the column is new, or may hold other values than before. */
static bool is_changed(const struct nextrows *self, size_t column)
{
	const struct tabledef_column *b = &self->b->columns[column];
	size_t place = tabledef_column(self->a, b->name);

	return !is_kept(self, column) ||
	       strcmp(self->a->columns[place].collate, b->collate) != 0;
}

/* A rowid that is shown by a column from now on. */
static bool shows_rowid(const struct nextrows *self, size_t column)
{
	return self->b->alias == column && !self->a->without_rowid &&
	       tabledef_column(self->a, "rowid") == self->a->ncolumns &&
	       tabledef_column(self->a, self->b->columns[column].name) ==
		       self->a->ncolumns;
}

static bool is_known(const struct nextrows *self, size_t column)
{
	const struct tabledef_column *b = &self->b->columns[column];

	if (b->generated || is_kept(self, column) || shows_rowid(self, column))
		return true;
	if (self->b->alias == column)
		return false;
	if (tabledef_column(self->a, b->name) < self->a->ncolumns &&
	    !is_filled(&self->a->columns[tabledef_column(self->a, b->name)], b))
		return true;
	return self->defaults[column].literal != NULL;
}

static bool has_select(const struct words *words)
{
	for (size_t at = 0; at < words->count; at++)
		if (words_is(words, at, "SELECT") ||
		    words_is(words, at, "VALUES"))
			return true;
	return false;
}

static int use_words(struct nextrows *self, const struct words *words,
		     bool *known, bool *changes, struct err *err)
{
	*known &= !has_select(words);
	for (size_t at = 0; at < words->count && *known; at++) {
		const char *name;
		size_t place;

		if (!words_is_name(words, at))
			continue;
		name = words_name(words, at, self->planner->arena);
		if (!name)
			return err_set_nomem(err);
		place = tabledef_column(self->b, name);
		if (place == self->b->ncolumns || self->used[place])
			continue;
		self->used[place] = true;
		*known &= is_known(self, place);
		*changes |= is_changed(self, place);
		if (self->b->columns[place].generated &&
		    nextrows_use(self, self->b->columns[place].generated_text,
				 strlen(self->b->columns[place].generated_text),
				 known, changes, err) < 0)
			return err->code;
	}
	return 0;
}

int nextrows_use(struct nextrows *self, const char *text, size_t size,
		 bool *known, bool *changes, struct err *err)
{
	struct words words;

	if (words_read(&words, self->planner->arena, text, size, err) < 0)
		return err->code;
	return use_words(self, &words, known, changes, err);
}

void nextrows_clear(struct nextrows *self)
{
	memset(self->used, 0, self->b->ncolumns * sizeof(bool));
	self->as_given = SIZE_MAX;
	self->as_value = SIZE_MAX;
}

/* ---- the rows ---- */

static enum affinity affinity_of(const struct nextrows *self, size_t column)
{
	return tabledef_affinity(self->b, &self->b->columns[column]);
}

/* Appends the text with the name of the column for each %. */
static void add_named(struct buf *sql, const char *text, const char *name)
{
	for (; *text; text++)
		if (*text == '%')
			sql_add_name(sql, name);
		else
			buf_add_char(sql, *text);
}

/* A cast does what storing does with the values that the filter leaves. */
static void add_stored(struct buf *sql, enum affinity affinity,
		       const char *name)
{
	add_named(sql,
		  affinity == AFFINITY_BLOB   ? "+%"
		  : affinity == AFFINITY_TEXT ? "CAST(% AS TEXT)"
		  : affinity == AFFINITY_REAL ? "CAST(% AS REAL)"
					      : "CAST(% AS NUMERIC)",
		  name);
}

/* What storing makes of any value, but without the type in comparisons. */
static void add_value(struct buf *sql, enum affinity affinity, const char *name)
{
	add_named(sql,
		  affinity == AFFINITY_BLOB ? "+%"
		  : affinity == AFFINITY_TEXT
			  ? "CASE WHEN typeof(%) IN ('integer', 'real') "
			    "THEN CAST(% AS TEXT) ELSE +% END"
			  : "CASE WHEN typeof(%) = 'text' AND "
			    "CAST(% AS NUMERIC) = % "
			    "THEN CAST(% AS NUMERIC) ELSE +% END",
		  name);
}

static void add_filter(struct buf *sql, enum affinity affinity,
		       const char *name)
{
	if (affinity == AFFINITY_TEXT)
		add_named(sql, " AND typeof(%) <> 'blob'", name);
	else if (affinity != AFFINITY_BLOB)
		add_named(sql,
			  " AND (typeof(%) IN ('integer', 'real', 'null') OR "
			  "(typeof(%) = 'text' AND CAST(% AS NUMERIC) = %))",
			  name);
}

/* Values as they are before the type of the column is applied. */
static void add_given(struct buf *sql, const struct nextrows *self,
		      size_t column)
{
	const struct schemaplan *plan = self->planner->plan;
	const struct tabledef_column *b = &self->b->columns[column];
	size_t place = tabledef_column(self->a, b->name);
	bool fill;

	if (shows_rowid(self, column)) {
		buf_add_string(sql, "rowid");
		return;
	}
	if (place == self->a->ncolumns) {
		buf_add_string(sql, self->defaults[column].literal);
		return;
	}
	fill = is_filled(&self->a->columns[place], b);
	buf_add_string(sql, fill ? "coalesce(" : "");
	sql_add_name(sql, schemaplan_old_name(plan, self->table, b->name));
	if (fill)
		buf_add_format(sql, ", %s)", self->defaults[column].literal);
}

/* True if it is read from the database, or is a new one that holds nothing. */
static bool is_given(const struct nextrows *self, size_t column)
{
	return self->used[column] &&
	       (!self->b->columns[column].generated || is_kept(self, column));
}

static void add_collation(struct buf *sql, const struct nextrows *self,
			  size_t column)
{
	const char *collate = self->b->columns[column].collate;

	buf_add_format(sql, " %s AS ", *collate ? collate : "COLLATE BINARY");
	sql_add_name(sql, self->b->columns[column].name);
}

/* One column with what its type makes of it, under its name. */
static void add_column(struct buf *sql, const struct nextrows *self,
		       size_t column)
{
	const char *name = self->b->columns[column].name;

	buf_add_string(sql, ", ");
	if (is_kept(self, column) || self->as_given == column ||
	    shows_rowid(self, column))
		sql_add_name(sql, name);
	else if (self->as_value == column)
		add_value(sql, affinity_of(self, column), name);
	else
		add_stored(sql, affinity_of(self, column), name);
	add_collation(sql, self, column);
}

static bool is_filtered(const struct nextrows *self, size_t column)
{
	return !is_kept(self, column) && self->as_given != column &&
	       self->as_value != column && !shows_rowid(self, column);
}

/* What is in the database, with literals for what is new. */
static void add_given_columns(struct buf *sql, const struct nextrows *self)
{
	buf_add_string(sql, "(SELECT git_d1_row");
	for (size_t i = 0; i < self->b->ncolumns; i++)
		if (is_given(self, i))
			add_column(sql, self, i);
	buf_add_string(sql, " FROM (SELECT ");
	liverows_add_identity(sql, self->planner, self->table, self->a);
	buf_add_string(sql, " AS git_d1_row");
	for (size_t i = 0; i < self->b->ncolumns; i++) {
		if (!is_given(self, i))
			continue;
		buf_add_string(sql, ", ");
		add_given(sql, self, i);
		buf_add_string(sql, " AS ");
		sql_add_name(sql, self->b->columns[i].name);
	}
	buf_add_string(sql, " FROM ");
	sql_add_name(sql, schemaplan_old_name(self->planner->plan, NULL,
					      self->table));
	buf_add_string(sql, ") WHERE 1");
	for (size_t i = 0; i < self->b->ncolumns; i++)
		if (is_given(self, i) && is_filtered(self, i))
			add_filter(sql, affinity_of(self, i),
				   self->b->columns[i].name);
	buf_add_char(sql, ')');
}

/* Puts a column that is generated around the rows that are in `sql`. */
static void wrap(struct buf *sql, const struct nextrows *self, const bool *done,
		 size_t column)
{
	const struct tabledef_column *b = &self->b->columns[column];
	struct buf inner = *sql;

	buf_init(sql, MAX_SQL);
	buf_add_string(sql, "(SELECT git_d1_row");
	for (size_t i = 0; i < self->b->ncolumns; i++) {
		if (!done[i])
			continue;
		buf_add_string(sql, ", ");
		sql_add_name(sql, self->b->columns[i].name);
	}
	add_column(sql, self, column);
	buf_add_format(sql, " FROM (SELECT *, %s AS ", b->generated_text);
	sql_add_name(sql, b->name);
	buf_add_string(sql, " FROM ");
	buf_add(sql, inner.data, inner.len);
	buf_add_string(sql, ") WHERE 1");
	if (is_filtered(self, column))
		add_filter(sql, affinity_of(self, column), b->name);
	buf_add_char(sql, ')');
	buf_release(&inner);
}

/* True if all columns that its expression mentions are there. */
static int is_ready(bool *ready, const struct nextrows *self, const bool *done,
		    size_t column, struct err *err)
{
	const char *text = self->b->columns[column].generated_text;
	struct words words;

	*ready = true;
	if (words_read(&words, self->planner->arena, text, strlen(text), err) <
	    0)
		return err->code;
	for (size_t at = 0; at < words.count; at++) {
		const char *name;
		size_t place;

		if (!words_is_name(&words, at))
			continue;
		name = words_name(&words, at, self->planner->arena);
		if (!name)
			return err_set_nomem(err);
		place = tabledef_column(self->b, name);
		if (place < self->b->ncolumns && !done[place])
			*ready = false;
	}
	return 0;
}

int nextrows_add_from(struct buf *sql, const struct nextrows *self,
		      struct err *err)
{
	size_t count = self->b->ncolumns;
	bool *done = arena_array(self->planner->arena, count + 1, sizeof(bool));
	bool moved = true;
	struct buf from;

	if (!done)
		return err_set_nomem(err);
	buf_init(&from, MAX_SQL);
	add_given_columns(&from, self);
	for (size_t i = 0; i < count; i++)
		done[i] = is_given(self, i);
	/* each needs those that it is made of; SQLite allows no circle */
	while (moved && !err->code) {
		moved = false;
		for (size_t i = 0; i < count && !err->code; i++) {
			bool ready;

			if (!self->used[i] || done[i] ||
			    is_ready(&ready, self, done, i, err) < 0 || !ready)
				continue;
			wrap(&from, self, done, i);
			done[i] = moved = true;
		}
	}
	if (!err->code && buf_check(&from, "a question", err) == 0) {
		buf_add(sql, from.data, from.len);
		buf_add_string(sql, " AS ");
		sql_add_name(sql, self->table);
	}
	buf_release(&from);
	return err->code;
}

int nextrows_find(struct liverows *rows, const struct nextrows *self,
		  const char *where, struct err *err)
{
	struct buf from;

	buf_init(&from, MAX_SQL);
	if (nextrows_add_from(&from, self, err) == 0 &&
	    buf_check(&from, "a question", err) == 0)
		(void)!liverows_find_in(rows, self->planner, from.data,
					"git_d1_row", where, err);
	buf_release(&from);
	return err->code;
}
