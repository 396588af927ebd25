#include "config.h"

#include "schema/constraintdef.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

enum { MAX_SPELLING = 1 << 20 };

bool reader_is(const struct defreader *self, const char *word)
{
	return self->at < self->end &&
	       words_is(&self->def->words, self->at, word);
}

bool reader_take(struct defreader *self, const char *word)
{
	bool found = reader_is(self, word);

	self->at += found;
	return found;
}

bool reader_take_two(struct defreader *self, const char *first,
		     const char *second)
{
	bool found = reader_is(self, first) && self->at + 1 < self->end &&
		     words_is(&self->def->words, self->at + 1, second);

	self->at += found ? 2 : 0;
	return found;
}

int reader_refuse(const struct defreader *self, struct err *err)
{
	const struct words *words = &self->def->words;

	if (self->at >= words->count)
		return err_set(err, D1_ERROR, "the definition ends too early");
	return err_set(err, D1_ERROR, "'%.*s' cannot be understood here",
		       words->items[self->at].size > 40
			       ? 40
			       : (int)words->items[self->at].size,
		       words->items[self->at].text);
}

size_t reader_span(const struct words *words, size_t from, size_t to,
		   const char **text)
{
	const struct sqltoken *last = &words->items[to - 1];

	*text = words->items[from].text;
	return (size_t)(last->text + last->size - *text);
}

const char *reader_spell(struct defreader *self, const struct buf *text,
			 struct err *err)
{
	const char *copy = NULL;

	if (buf_check(text, "a definition", err) < 0)
		return NULL;
	copy = arena_copy(self->arena, text->data ? text->data : "", text->len);
	if (!copy)
		err_set_nomem(err);
	return copy;
}

void reader_add_expression(struct defreader *self, struct buf *out, size_t from,
			   size_t to)
{
	static const struct {
		const char *word, *same;
	} others[] = {
		{ "==", "=" },
		{ "!=", "<>" },
		{ "ISNULL", "is null" },
		{ "NOTNULL", "is not null" },
	};
	const struct words_names names = { .map = &self->def->names };
	const struct words *words = &self->def->words;

	words_strip(words, &from, &to);
	for (size_t at = from; at < to; at++) {
		const char *same = NULL;

		for (size_t i = 0; i < ARRAY_SIZE(others); i++)
			if (words_is(words, at, others[i].word))
				same = others[i].same;
		buf_add_string(out, at > from ? " " : "");
		if (same)
			buf_add_string(out, same);
		else
			words_add(out, words, at, at + 1, &names);
	}
}

/* ---- parts ---- */

bool reader_add_conflict(struct defreader *self, struct buf *out)
{
	static const struct words_names all = { .all = true };

	if (!reader_is(self, "ON") ||
	    !words_is(&self->def->words, self->at + 1, "CONFLICT"))
		return false;
	self->at += 3;
	/* what SQLite does without a word */
	if (words_is(&self->def->words, self->at - 1, "ABORT"))
		return false;
	buf_add_char(out, ' ');
	words_add(out, &self->def->words, self->at - 3, self->at, &all);
	self->def->has_conflict = true;
	return true;
}

/* The names in parentheses, with what stands behind each appended to `out`. */
static int read_names(struct defreader *self, const char *const **names,
		      size_t *count, struct buf *out, struct err *err)
{
	static const struct words_names all = { .all = true };
	const struct words *words = &self->def->words;
	size_t close = words_close(words, self->at) - 1;
	const char **list;

	if (!reader_is(self, "(") || close >= self->end)
		return reader_refuse(self, err);
	list = arena_array(self->arena, close - self->at + 1, sizeof(*list));
	if (!list)
		return err_set_nomem(err);
	buf_add_char(out, '(');
	for (self->at++; self->at < close; self->at++) {
		if (words_is(words, self->at, ",")) {
			buf_add_char(out, ',');
			continue;
		}
		if (self->at > 0 && (words_is(words, self->at - 1, "(") ||
				     words_is(words, self->at - 1, ","))) {
			if (!words_is_name(words, self->at))
				return reader_refuse(self, err);
			list[*count] = words_name(words, self->at, self->arena);
			if (!list[(*count)++])
				return err_set_nomem(err);
		} else if (words_is(words, self->at, "ASC")) {
			continue;
		}
		buf_add_char(out, ' ');
		words_add(out, words, self->at, self->at + 1, &all);
	}
	buf_add_char(out, ')');
	self->at = close + 1;
	*names = list;
	return 0;
}

static struct tabledef_constraint *add_constraint(struct defreader *self,
						  enum tabledef_kind kind)
{
	struct tabledef_constraint *constraint =
		&self->constraints[self->count++];

	constraint->kind = kind;
	constraint->column = self->column ? self->place : SIZE_MAX;
	constraint->name = self->name;
	constraint->on_delete = "";
	constraint->on_update = "";
	self->name = NULL;
	return constraint;
}

/* The column that a constraint stands with is the only one it is about. */
static int use_column(struct defreader *self,
		      struct tabledef_constraint *constraint, struct buf *out,
		      struct err *err)
{
	static const struct words_names all = { .all = true };
	const char **list = arena_array(self->arena, 1, sizeof(*list));

	if (!list)
		return err_set_nomem(err);
	list[0] = self->column;
	constraint->columns = list;
	constraint->ncolumns = 1;
	buf_add_string(out, "( ");
	words_add(out, &self->def->words, self->column_at, self->column_at + 1,
		  &all);
	buf_add_char(out, ')');
	return 0;
}

/* ---- constraints ---- */

int constraintdef_read_key(struct defreader *self, enum tabledef_kind kind,
			   struct err *err)
{
	struct tabledef_constraint *key = add_constraint(self, kind);
	struct buf out;

	buf_init(&out, MAX_SPELLING);
	if (self->column)
		(void)!use_column(self, key, &out, err);
	else
		(void)!read_names(self, &key->columns, &key->ncolumns, &out,
				  err);
	if (!err->code && self->column && kind == CONSTRAINT_PRIMARY_KEY &&
	    !reader_take(self, "ASC") && reader_take(self, "DESC")) {
		key->descending = true;
		buf_add_string(&out, " desc");
	}
	if (!err->code)
		(void)reader_add_conflict(self, &out);
	if (!err->code && kind == CONSTRAINT_PRIMARY_KEY &&
	    reader_take(self, "AUTOINCREMENT")) {
		self->def->autoincrement = true;
		buf_add_string(&out, " autoincrement");
	}
	if (!err->code)
		key->spelling = reader_spell(self, &out, err);
	buf_release(&out);
	return err->code;
}

int constraintdef_read_check(struct defreader *self, struct err *err)
{
	struct tabledef_constraint *check =
		add_constraint(self, CONSTRAINT_CHECK);
	size_t close = words_close(&self->def->words, self->at);
	struct buf out;

	if (!reader_is(self, "(") || close > self->end || close < self->at + 3)
		return reader_refuse(self, err);
	check->size = reader_span(&self->def->words, self->at + 1, close - 1,
				  &check->text);
	buf_init(&out, MAX_SPELLING);
	reader_add_expression(self, &out, self->at, close);
	self->at = close;
	(void)reader_add_conflict(self, &out);
	check->spelling = reader_spell(self, &out, err);
	buf_release(&out);
	return err->code;
}

/* What follows ON DELETE or ON UPDATE, as one spelling; NO ACTION is "". */
static const char *read_action(struct defreader *self, struct err *err)
{
	static const struct {
		const char *words[2];
		const char *spelling;
	} actions[] = {
		{ { "CASCADE", NULL }, "cascade" },
		{ { "RESTRICT", NULL }, "restrict" },
		{ { "SET", "NULL" }, "set null" },
		{ { "SET", "DEFAULT" }, "set default" },
		{ { "NO", "ACTION" }, "" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(actions); i++)
		if (actions[i].words[1]
			    ? reader_take_two(self, actions[i].words[0],
					      actions[i].words[1])
			    : reader_take(self, actions[i].words[0]))
			return actions[i].spelling;
	reader_refuse(self, err);
	return "";
}

/* INITIALLY DEFERRED; INITIALLY IMMEDIATE says what is so without it. */
static bool read_initially_deferred(struct defreader *self)
{
	if (!reader_take(self, "INITIALLY"))
		return false;
	self->at++;
	return words_is(&self->def->words, self->at - 1, "DEFERRED");
}

/* The clauses behind REFERENCES t(a), in whatever order. */
static int read_clauses(struct defreader *self, struct tabledef_constraint *key,
			struct buf *out, struct err *err)
{
	const char *deferred = "";

	while (!err->code) {
		if (reader_take_two(self, "ON", "DELETE")) {
			key->on_delete = read_action(self, err);
			continue;
		}
		if (reader_take_two(self, "ON", "UPDATE")) {
			key->on_update = read_action(self, err);
			continue;
		}
		/* SQLite looks at no MATCH: each is SIMPLE */
		if (reader_take(self, "MATCH"))
			self->at++;
		else if (reader_take_two(self, "NOT", "DEFERRABLE"))
			(void)read_initially_deferred(self);
		else if (reader_take(self, "DEFERRABLE"))
			deferred =
				read_initially_deferred(self) ? "deferred" : "";
		else
			break;
		if (self->at > self->end)
			return reader_refuse(self, err);
	}
	if (!err->code)
		buf_add_format(out, "|%s|%s|%s", key->on_delete, key->on_update,
			       deferred);
	return err->code;
}

static int read_references(struct defreader *self,
			   struct tabledef_constraint *key, struct buf *out,
			   struct err *err)
{
	static const struct words_names all = { .all = true };

	if (!reader_take(self, "REFERENCES") || self->at >= self->end ||
	    !words_is_name(&self->def->words, self->at))
		return reader_refuse(self, err);
	key->parent = words_name(&self->def->words, self->at, self->arena);
	if (!key->parent)
		return err_set_nomem(err);
	buf_add_string(out, " references ");
	words_add(out, &self->def->words, self->at, self->at + 1, &all);
	self->at++;
	if (reader_is(self, "(") &&
	    read_names(self, &key->parent_columns, &key->nparent_columns, out,
		       err) < 0)
		return err->code;
	return read_clauses(self, key, out, err);
}

int constraintdef_read_foreign_key(struct defreader *self, struct err *err)
{
	struct tabledef_constraint *key =
		add_constraint(self, CONSTRAINT_FOREIGN_KEY);
	struct buf out;

	buf_init(&out, MAX_SPELLING);
	if (self->column)
		(void)!use_column(self, key, &out, err);
	else
		(void)!read_names(self, &key->columns, &key->ncolumns, &out,
				  err);
	if (!err->code && read_references(self, key, &out, err) == 0)
		key->spelling = reader_spell(self, &out, err);
	buf_release(&out);
	return err->code;
}

int constraintdef_read_name(struct defreader *self, struct err *err)
{
	if (self->at >= self->end ||
	    !words_is_name(&self->def->words, self->at))
		return reader_refuse(self, err);
	self->name = words_name(&self->def->words, self->at, self->arena);
	self->at++;
	return self->name ? 0 : err_set_nomem(err);
}

int constraintdef_read_all(struct defreader *self, struct err *err)
{
	self->name = NULL;
	self->column = NULL;
	while (self->at < self->end && !err->code) {
		if (reader_take(self, "CONSTRAINT"))
			(void)!constraintdef_read_name(self, err);
		else if (reader_take_two(self, "PRIMARY", "KEY"))
			(void)!constraintdef_read_key(self,
						      CONSTRAINT_PRIMARY_KEY,
						      err);
		else if (reader_take(self, "UNIQUE"))
			(void)!constraintdef_read_key(self, CONSTRAINT_UNIQUE,
						      err);
		else if (reader_take(self, "CHECK"))
			(void)!constraintdef_read_check(self, err);
		else if (reader_take_two(self, "FOREIGN", "KEY"))
			(void)!constraintdef_read_foreign_key(self, err);
		else
			reader_refuse(self, err);
	}
	return err->code;
}
