#include "config.h"

#include "schema/columndef.h"

#include <string.h>

#include "model/literal.h"
#include "util/compiler.h"

enum { MAX_SPELLING = 1 << 20 };

/* What a column says besides its constraints, as one spelling each. */
struct parts {
	const char *null, *value, *collate, *generated;
};

/* ---- the type ---- */

static bool ends_type(const struct defreader *self)
{
	static const char *const words[] = {
		"AS",	   "CHECK",	 "COLLATE", "CONSTRAINT",
		"DEFAULT", "GENERATED",	 "NOT",	    "NULL",
		"PRIMARY", "REFERENCES", "UNIQUE",  "DEFERRABLE",
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (!reader_is(self, words[i]))
			continue;
		/* GENERATED may be part of a type, and so SQLite has it */
		return strcmp(words[i], "GENERATED") != 0 ||
		       words_is(&self->def->words, self->at + 1, "ALWAYS");
	}
	return false;
}

static int read_type(struct defreader *self, struct tabledef_column *column,
		     struct err *err)
{
	static const struct words_names all = { .all = true };
	size_t start = self->at;
	struct buf out;

	while (self->at < self->end && !ends_type(self))
		self->at = reader_is(self, "(")
				   ? words_close(&self->def->words, self->at)
				   : self->at + 1;
	buf_init(&out, MAX_SPELLING);
	words_add(&out, &self->def->words, start, self->at, &all);
	column->type = reader_spell(self, &out, err);
	buf_release(&out);
	return err->code;
}

/* ---- the default ---- */

static bool is_null(const struct defreader *self, size_t at)
{
	return words_is(&self->def->words, at, "NULL");
}

static bool is_constant(const struct defreader *self, size_t at)
{
	const struct sqltoken *token = &self->def->words.items[at];

	return token->kind == SQLTOKEN_NUMBER ||
	       token->kind == SQLTOKEN_STRING || token->kind == SQLTOKEN_BLOB ||
	       words_is(&self->def->words, at, "TRUE") ||
	       words_is(&self->def->words, at, "FALSE") || is_null(self, at);
}

static bool is_sign(const struct defreader *self, size_t at)
{
	return words_is(&self->def->words, at, "-") ||
	       words_is(&self->def->words, at, "+");
}

/* What the words from `from` to `to` give, without looking at any row. */
static enum tabledef_default classify(const struct defreader *self, size_t from,
				      size_t to)
{
	words_strip(&self->def->words, &from, &to);
	if (to - from == 1 && is_null(self, from))
		return DEFAULT_NULL;
	if (to - from == 1 && is_constant(self, from))
		return DEFAULT_CONSTANT;
	if (to - from == 2 && is_sign(self, from) &&
	    self->def->words.items[from + 1].kind == SQLTOKEN_NUMBER)
		return DEFAULT_CONSTANT;
	return DEFAULT_EXPRESSION;
}

/*
 * True for a name behind DEFAULT, quoted or not, which is a text for SQLite;
 * bare TRUE and FALSE are numbers.
 */
static bool is_text(const struct defreader *self, size_t at)
{
	static const char *const words[] = {
		"NULL",		"TRUE",		"FALSE",
		"CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP"
	};
	const struct words *tokens = &self->def->words;

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (words_is(tokens, at, words[i]))
			return false;
	return tokens->items[at].kind == SQLTOKEN_WORD ||
	       tokens->items[at].kind == SQLTOKEN_NAME;
}

/* The name as the literal that it is. */
static int read_text(struct defreader *self, struct tabledef_column *column,
		     struct parts *parts, struct err *err)
{
	const char *name = words_name(&self->def->words, self->at, self->arena);
	struct value value = { .type = VALUE_TEXT, .data = name };
	struct buf out;

	if (!name)
		return err_set_nomem(err);
	value.size = strlen(name);
	buf_init(&out, MAX_SPELLING);
	literal_add(&out, &value);
	column->default_kind = DEFAULT_CONSTANT;
	column->default_text = parts->value = reader_spell(self, &out, err);
	self->at++;
	buf_release(&out);
	return err->code;
}

/* One spelling for all that give the same. */
static int spell_default(struct defreader *self, size_t from, size_t to,
			 const char **spelling, struct err *err)
{
	const struct words *words = &self->def->words;
	struct buf out;

	words_strip(words, &from, &to);
	/* a sign that changes nothing; +'5' is the text */
	if (to - from == 2 && words_is(words, from, "+") &&
	    words->items[from + 1].kind == SQLTOKEN_NUMBER)
		from++;
	buf_init(&out, MAX_SPELLING);
	if (to - from == 1 && words_is(words, from, "TRUE"))
		buf_add_char(&out, '1');
	else if (to - from == 1 && words_is(words, from, "FALSE"))
		buf_add_char(&out, '0');
	else if (to - from > 1 || !is_null(self, from))
		reader_add_expression(self, &out, from, to);
	*spelling = reader_spell(self, &out, err);
	buf_release(&out);
	return err->code;
}

/* DEFAULT was read. */
static int read_default(struct defreader *self, struct tabledef_column *column,
			struct parts *parts, struct err *err)
{
	const struct words *words = &self->def->words;
	size_t start = self->at;
	const char *text;
	size_t size;

	if (self->at >= self->end)
		return reader_refuse(self, err);
	if (is_text(self, start))
		return read_text(self, column, parts, err);
	if (reader_is(self, "("))
		self->at = words_close(words, self->at);
	else
		self->at += is_sign(self, self->at) ? 2 : 1;
	if (self->at > self->end)
		return reader_refuse(self, err);
	column->default_kind = classify(self, start, self->at);
	size = reader_span(words, start, self->at, &text);
	column->default_text = arena_copy(self->arena, text, size);
	if (!column->default_text)
		return err_set_nomem(err);
	return spell_default(self, start, self->at, &parts->value, err);
}

/* ---- the rest ---- */

/* AS was read. */
static int read_generated(struct defreader *self,
			  struct tabledef_column *column, struct parts *parts,
			  struct err *err)
{
	size_t close = words_close(&self->def->words, self->at);
	const char *text;
	size_t size;
	struct buf out;

	if (!reader_is(self, "(") || close > self->end)
		return reader_refuse(self, err);
	size = reader_span(&self->def->words, self->at, close, &text);
	column->generated_text = arena_copy(self->arena, text, size);
	if (!column->generated_text)
		return err_set_nomem(err);
	buf_init(&out, MAX_SPELLING);
	reader_add_expression(self, &out, self->at, close);
	self->at = close;
	column->generated = reader_spell(self, &out, err);
	if (reader_take(self, "STORED"))
		column->stored = true;
	else
		(void)reader_take(self, "VIRTUAL");
	buf_add_string(&out, column->stored ? " stored" : "");
	parts->generated = reader_spell(self, &out, err);
	buf_release(&out);
	return err->code;
}

/* NOT NULL or NULL was read, COLLATE comes: as text with what follows. */
static int read_words(struct defreader *self, size_t start, const char **part,
		      struct err *err)
{
	static const struct words_names all = { .all = true };
	struct buf out;

	if (self->at > self->end)
		return reader_refuse(self, err);
	buf_init(&out, MAX_SPELLING);
	words_add(&out, &self->def->words, start, self->at, &all);
	(void)reader_add_conflict(self, &out);
	*part = reader_spell(self, &out, err);
	buf_release(&out);
	return err->code;
}

/* One constraint, or one of the things that are called so. */
static int read_constraint(struct defreader *self,
			   struct tabledef_column *column, struct parts *parts,
			   struct err *err)
{
	size_t start = self->at;
	const char *ignored;

	if (reader_take(self, "CONSTRAINT"))
		return constraintdef_read_name(self, err);
	if (reader_take_two(self, "NOT", "NULL")) {
		column->not_null = true;
		return read_words(self, start, &parts->null, err);
	}
	if (reader_take(self, "NULL"))
		return read_words(self, start, &ignored, err);
	if (reader_take(self, "COLLATE")) {
		self->at++;
		(void)!read_words(self, start, &parts->collate, err);
		/* what a column has without a word */
		if (!err->code && strcmp(parts->collate, "collate binary") == 0)
			parts->collate = "";
		return err->code;
	}
	if (reader_take(self, "DEFAULT"))
		return read_default(self, column, parts, err);
	if (reader_take_two(self, "GENERATED", "ALWAYS") ||
	    reader_is(self, "AS"))
		return reader_take(self, "AS")
			       ? read_generated(self, column, parts, err)
			       : reader_refuse(self, err);
	if (reader_take_two(self, "PRIMARY", "KEY"))
		return constraintdef_read_key(self, CONSTRAINT_PRIMARY_KEY,
					      err);
	if (reader_take(self, "UNIQUE"))
		return constraintdef_read_key(self, CONSTRAINT_UNIQUE, err);
	if (reader_take(self, "CHECK"))
		return constraintdef_read_check(self, err);
	if (reader_is(self, "REFERENCES"))
		return constraintdef_read_foreign_key(self, err);
	return reader_refuse(self, err);
}

static int spell_column(struct defreader *self, struct tabledef_column *column,
			const struct parts *parts, struct err *err)
{
	const char *const all[] = { column->type, parts->null, parts->value,
				    parts->collate, parts->generated };
	struct buf out;

	buf_init(&out, MAX_SPELLING);
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		if (i > 0)
			buf_add_char(&out, '|');
		buf_add_string(&out, all[i]);
	}
	column->collate = parts->collate;
	column->spelling = reader_spell(self, &out, err);
	buf_release(&out);
	return err->code;
}

int columndef_read(struct defreader *self, struct tabledef_column *column,
		   size_t place, struct err *err)
{
	struct parts parts = { "", "", "", "" };

	self->name = NULL;
	self->column = column->name;
	self->column_at = self->at;
	self->place = place;
	column->size = reader_span(&self->def->words, self->at, self->end,
				   &column->text);
	self->at++;
	if (read_type(self, column, err) < 0)
		return err->code;
	while (self->at < self->end)
		if (read_constraint(self, column, &parts, err) < 0)
			return err->code;
	return spell_column(self, column, &parts, err);
}
