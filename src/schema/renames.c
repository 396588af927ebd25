#include "config.h"

#include "schema/renames.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "model/sql.h"
#include "model/sqltoken.h"

enum { MAX_NAME = 1 << 16 };

void renames_release(struct renames *renames)
{
	free(renames->items);
	arena_release(&renames->arena);
	*renames = (struct renames){ .count = 0 };
}

static int add(struct renames *renames, const char *table, const char *from,
	       const char *to, struct err *err)
{
	if (renames->count == renames->cap) {
		size_t cap = renames->cap ? renames->cap * 2 : 16;
		struct rename *items =
			reallocarray(renames->items, cap, sizeof(*items));

		if (!items)
			return err_set_nomem(err);
		renames->items = items;
		renames->cap = cap;
	}
	renames->items[renames->count++] = (struct rename){ table, from, to };
	return 0;
}

/* ---- comments ---- */

/* Where in a text one is. */
struct reader {
	struct renames *renames;
	size_t place; /* of the next word in its statement */
	bool is_table, has_name;
	size_t depth;
	bool begins_part;    /* a column or a constraint comes */
	bool follows_code;   /* there is a word before it on its line */
	bool opened;	     /* the last word opened the columns */
	const char *table;   /* that is made, or NULL */
	const char *column;  /* that was begun last, or NULL */
	const char *ended;   /* the table that was made on this line, or NULL */
	const char *pending; /* the old name of what comes next, or NULL */
};

static char *copy_name(struct reader *self, const char *text, size_t size)
{
	enum sqltoken_kind kind;
	struct sqltoken token = { .text = text };
	struct buf name;
	char *copy = NULL;

	token.size = sqltoken_read(&kind, text, size);
	token.kind = kind;
	buf_init(&name, MAX_NAME);
	sqltoken_add_name(&name, &token);
	if (name.data && !name.failed)
		copy = arena_copy(&self->renames->arena, name.data, name.len);
	buf_release(&name);
	return copy;
}

/* The old name that a comment gives, NULL if it gives none. */
static const char *find_hint(struct reader *self, const char *text, size_t size)
{
	static const char mark[] = "@renamed", from[] = "from=";
	const char *end = text + size;
	const char *at = memmem(text, size, mark, sizeof(mark) - 1);

	if (!at)
		return NULL;
	at += sizeof(mark) - 1;
	if (at == end || (*at != ' ' && *at != '\t'))
		return NULL;
	while (at < end && (*at == ' ' || *at == '\t'))
		at++;
	if ((size_t)(end - at) < sizeof(from) ||
	    memcmp(at, from, sizeof(from) - 1) != 0)
		return NULL;
	at += sizeof(from) - 1;
	return copy_name(self, at, (size_t)(end - at));
}

static int take_comment(struct reader *self, const char *text, size_t size,
			struct err *err)
{
	const char *old = find_hint(self, text, size);

	if (!old)
		return 0;
	if (self->depth == 1 && self->column && self->follows_code &&
	    !self->opened)
		return add(self->renames, self->table, old, self->column, err);
	if (self->table && (self->depth == 0 || self->opened) &&
	    self->follows_code)
		return add(self->renames, NULL, old, self->table, err);
	if (self->ended)
		return add(self->renames, NULL, old, self->ended, err);
	self->pending = old;
	return 0;
}

/* The name of the table, or of a column: what was said before is about it. */
static int take_name(struct reader *self, const char **name,
		     const struct sqltoken *token, struct err *err)
{
	const char *pending = self->pending;

	*name = copy_name(self, token->text, token->size);
	self->pending = NULL;
	if (!*name)
		return err_set_nomem(err);
	if (!pending)
		return 0;
	return add(self->renames, name == &self->table ? NULL : self->table,
		   pending, *name, err);
}

/* CREATE TABLE IF NOT EXISTS name: words up to the name. */
static int take_head(struct reader *self, const struct sqltoken *token,
		     struct err *err)
{
	static const char *const words[] = { "IF", "NOT", "EXISTS" };

	if (self->place == 0)
		self->is_table = sqltoken_is(token, "CREATE");
	else if (self->place == 1)
		self->is_table &= sqltoken_is(token, "TABLE");
	else if (self->is_table && !self->has_name) {
		for (size_t i = 0; i < ARRAY_SIZE(words); i++)
			if (sqltoken_is(token, words[i]))
				return 0;
		self->has_name = true;
		return take_name(self, &self->table, token, err);
	}
	return 0;
}

static int take_word(struct reader *self, const struct sqltoken *token,
		     struct err *err)
{
	self->opened = false;
	self->ended = NULL;
	if (sqltoken_is(token, ";")) {
		*self = (struct reader){ .renames = self->renames,
					 .ended = self->table };
		return 0;
	}
	if (sqltoken_is(token, "(")) {
		self->depth++;
		self->opened = self->depth == 1 && self->table;
		self->begins_part = self->opened;
		return 0;
	}
	if (sqltoken_is(token, ")")) {
		self->depth -= self->depth > 0;
		return 0;
	}
	if (sqltoken_is(token, ",") && self->depth == 1) {
		self->begins_part = true;
		return 0;
	}
	if (self->begins_part && self->depth == 1) {
		self->begins_part = false;
		return take_name(self, &self->column, token, err);
	}
	return self->depth == 0 ? take_head(self, token, err) : 0;
}

int renames_add_text(struct renames *renames, const char *text, size_t size,
		     struct err *err)
{
	struct reader reader = { .renames = renames };
	size_t at = 0;

	if (!memmem(text, size, "@renamed", 8))
		return 0;
	while (at < size && !err->code) {
		struct sqltoken token = { .text = text + at };

		token.size = sqltoken_read(&token.kind, text + at, size - at);
		at += token.size;
		if (token.kind == SQLTOKEN_SPACE) {
			if (memchr(token.text, '\n', token.size)) {
				reader.follows_code = false;
				reader.ended = NULL;
			}
		} else if (token.kind == SQLTOKEN_COMMENT) {
			(void)!take_comment(&reader, token.text, token.size,
					    err);
		} else {
			(void)!take_word(&reader, &token, err);
			reader.place++;
			if (sqltoken_is(&token, ";"))
				reader.place = 0;
			reader.follows_code = true;
		}
	}
	return err->code;
}

/* ---- options ---- */

/* Reads a name up to the byte `stop`; NULL: there is none. */
static const char *read_name(struct renames *renames, const char **at,
			     const char *stop)
{
	struct buf name;
	const char *copy = NULL;
	size_t size;

	buf_init(&name, MAX_NAME);
	size = sql_read_name(&name, *at, strlen(*at));
	if (size == 0) {
		size = strcspn(*at, stop);
		buf_add(&name, *at, size);
	}
	*at += size;
	if (name.len > 0 && !name.failed)
		copy = arena_copy(&renames->arena, name.data, name.len);
	buf_release(&name);
	return copy;
}

int renames_add_option(struct renames *renames, const char *option,
		       struct err *err)
{
	const char *at = option;
	const char *table = NULL;
	const char *from = read_name(renames, &at, ".=");
	const char *to;

	if (from && *at == '.') {
		at++;
		table = from;
		from = read_name(renames, &at, "=");
	}
	if (from && *at == '=') {
		at++;
		to = read_name(renames, &at, "");
		if (to && *at == '\0')
			return add(renames, table, from, to, err);
	}
	err_set(err, D1_EUSAGE, "'%s' is no renaming", option);
	return err_hint(err, "write --rename old=new for a table, and "
			     "--rename table.old=new for a column");
}
