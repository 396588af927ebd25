#include "config.h"

#include "source/insertion.h"

#include <stdlib.h>
#include <string.h>

#include "source/dumpvalue.h"
#include "util/buf.h"

enum { MAX_NAME = 1 << 20 };

void insertion_init(struct insertion *insertion)
{
	memset(insertion, 0, sizeof(*insertion));
}

void insertion_release(struct insertion *insertion)
{
	arena_release(&insertion->names);
	arena_release(&insertion->values);
	free(insertion->cells);
	insertion_init(insertion);
}

static int refuse(const struct sqltoken *token, struct err *err)
{
	if (token->size == 0)
		err_set(err, D1_ERROR, "an INSERT that ends in the middle");
	else
		err_set(err, D1_ERROR,
			"an INSERT is no list of values at '%.*s'",
			token->size > 40 ? 40 : (int)token->size, token->text);
	return err_hint(err, "of a dump, INSERT INTO <table> VALUES(...) is "
			     "read, with literals as `sqlite3 .dump` and "
			     "`wrangler d1 export` write them");
}

static int expect(struct insertion *self, const char *word, struct err *err)
{
	struct sqltoken token;

	sqltoken_next(&token, &self->tokens);
	return sqltoken_is(&token, word) ? 0 : refuse(&token, err);
}

/* Reads a name in any quotes. */
static int read_name(struct insertion *self, const char **name, struct err *err)
{
	struct sqltoken token;
	struct buf text;

	sqltoken_next(&token, &self->tokens);
	if (token.kind != SQLTOKEN_WORD && token.kind != SQLTOKEN_NAME &&
	    token.kind != SQLTOKEN_STRING)
		return refuse(&token, err);
	buf_init(&text, MAX_NAME);
	sqltoken_add_name(&text, &token);
	if (buf_check(&text, "a name", err) == 0) {
		*name = arena_copy(&self->names, text.data, text.len);
		if (!*name)
			err_set_nomem(err);
	}
	buf_release(&text);
	return err->code;
}

/* The columns up to the closing parenthesis. */
static int read_columns(struct insertion *self, struct err *err)
{
	const char **columns = NULL;
	struct sqltoken token;
	size_t cap = 0;

	do {
		if (self->ncolumns == cap) {
			const char **more;

			cap = cap ? cap * 2 : 16;
			more = arena_array(&self->names, cap, sizeof(*more));
			if (!more)
				return err_set_nomem(err);
			if (columns)
				memcpy(more, columns,
				       self->ncolumns * sizeof(*more));
			columns = more;
			self->columns = columns;
		}
		if (read_name(self, &columns[self->ncolumns++], err) < 0)
			return err->code;
		sqltoken_next(&token, &self->tokens);
	} while (sqltoken_is(&token, ","));
	return sqltoken_is(&token, ")") ? 0 : refuse(&token, err);
}

int insertion_begin(struct insertion *insertion, const char *sql, size_t size,
		    struct err *err)
{
	struct sqltoken token;

	arena_clear(&insertion->names);
	insertion->tokens = (struct sqltokens){ sql, size };
	insertion->table = NULL;
	insertion->columns = NULL;
	insertion->ncolumns = 0;
	insertion->ended = false;
	if (expect(insertion, "INSERT", err) < 0 ||
	    expect(insertion, "INTO", err) < 0 ||
	    read_name(insertion, &insertion->table, err) < 0)
		return err->code;
	sqltoken_next(&token, &insertion->tokens);
	if (sqltoken_is(&token, "(")) {
		if (read_columns(insertion, err) < 0)
			return err->code;
		sqltoken_next(&token, &insertion->tokens);
	}
	if (!sqltoken_is(&token, "VALUES"))
		return refuse(&token, err);
	return expect(insertion, "(", err);
}

static struct value *add_cell(struct insertion *self, struct err *err)
{
	if (self->row.ncells == self->cap) {
		size_t cap = self->cap ? self->cap * 2 : 16;
		struct value *cells =
			reallocarray(self->cells, cap, sizeof(*cells));

		if (!cells) {
			err_set_nomem(err);
			return NULL;
		}
		self->cells = cells;
		self->cap = cap;
	}
	return &self->cells[self->row.ncells++];
}

/* What follows a row: another one, or the end. */
static int read_end(struct insertion *self, struct err *err)
{
	struct sqltoken token;

	if (!sqltoken_next(&token, &self->tokens)) {
		self->ended = true;
		return 0;
	}
	return sqltoken_is(&token, ",") ? expect(self, "(", err)
					: refuse(&token, err);
}

int insertion_next(struct insertion *insertion, const struct row **row,
		   struct err *err)
{
	struct sqltoken token;

	*row = NULL;
	if (insertion->ended)
		return 0;
	arena_clear(&insertion->values);
	insertion->row.ncells = 0;
	do {
		struct value *cell = add_cell(insertion, err);

		if (!cell || dumpvalue_read(cell, &insertion->tokens,
					    &insertion->values, err) < 0)
			return err->code;
		sqltoken_next(&token, &insertion->tokens);
	} while (sqltoken_is(&token, ","));
	if (!sqltoken_is(&token, ")"))
		return refuse(&token, err);
	if (read_end(insertion, err) < 0)
		return err->code;
	insertion->row.cells = insertion->cells;
	*row = &insertion->row;
	return 0;
}
