#include "config.h"

#include "schema/normalise.h"

#include <stdbool.h>

#include "schema/normaltext.h"
#include "schema/selectlist.h"
#include "schema/statementspan.h"

/* The arguments of a virtual table's module, after the parenthesis. */
static void add_arguments(struct normaltext *self)
{
	struct sqltoken first = { .size = 0 };
	struct sqltoken last = first;
	struct sqltoken token;
	size_t depth = 0;

	while (sqltoken_next(&token, &self->tokens)) {
		bool ends = depth == 0 && (sqltoken_is(&token, ",") ||
					   sqltoken_is(&token, ")"));

		if (ends) {
			if (first.size > 0)
				normaltext_add_raw(self, &first, &last);
			normaltext_add_word(self, &token);
			first.size = 0;
			if (sqltoken_is(&token, ")"))
				return;
			continue;
		}
		depth += sqltoken_is(&token, "(");
		depth -= sqltoken_is(&token, ")");
		first = first.size > 0 ? first : token;
		last = token;
	}
	if (first.size > 0)
		normaltext_add_raw(self, &first, &last);
}

static void add_opening(struct normaltext *self, const struct sqltoken *token)
{
	bool outer = self->depth == 0;

	normaltext_add_word(self, token);
	if (outer && self->layout == LAYOUT_VIRTUAL) {
		add_arguments(self);
		return;
	}
	if (outer && self->layout == LAYOUT_TABLE) {
		self->in_block = true;
		self->line = "\n\t";
	}
	self->in_list[++self->depth] = false;
}

static void add_closing(struct normaltext *self, const struct sqltoken *token)
{
	if (self->depth == 1 && self->layout == LAYOUT_TABLE &&
	    self->in_block) {
		self->in_block = false;
		self->layout = LAYOUT_LINE;
		self->line = "\n";
	}
	normaltext_add_word(self, token);
	if (self->depth > 0)
		self->depth--;
}

static void add_comma(struct normaltext *self, const struct sqltoken *token)
{
	normaltext_add_word(self, token);
	if (self->depth == 1 && self->layout == LAYOUT_TABLE && self->in_block)
		self->line = "\n\t";
	if (self->in_list[self->depth])
		selectlist_add_item(self);
}

/* BEGIN, `;` and END of a trigger's body. */
static void add_of_body(struct normaltext *self, const struct sqltoken *token)
{
	if (self->in_block && sqltoken_is(token, "END") &&
	    self->tokens.left == 0 && sqltoken_is(&self->last, ";"))
		self->line = "\n";
	normaltext_add_word(self, token);
	if (sqltoken_is(token, "BEGIN"))
		self->in_block = true;
	if (self->in_block && !sqltoken_is(token, "END"))
		self->line = "\n\t";
}

static void add_next(struct normaltext *self, const struct sqltoken *token)
{
	static const char *const body[] = { "BEGIN", ";", "END", NULL };

	if (self->in_list[self->depth] &&
	    selectlist_ends(token, &self->last, self->tokens))
		self->in_list[self->depth] = false;
	if (sqltoken_is(token, "("))
		add_opening(self, token);
	else if (sqltoken_is(token, ")"))
		add_closing(self, token);
	else if (sqltoken_is(token, ","))
		add_comma(self, token);
	else if (sqltoken_is(token, "SELECT"))
		selectlist_add_select(self, token);
	else if (self->layout == LAYOUT_TRIGGER && self->depth == 0 &&
		 normaltext_is_any(token, body))
		add_of_body(self, token);
	else
		normaltext_add_word(self, token);
	/* CREATE TABLE ... AS has no columns to show */
	if (self->layout == LAYOUT_TABLE && self->depth == 0 &&
	    sqltoken_is(token, "AS"))
		self->layout = LAYOUT_LINE;
}

/* Takes the word if it is that one, and writes it in upper case. */
static bool take_word(struct normaltext *self, const char *word)
{
	struct sqltokens after = self->tokens;
	struct sqltoken token;

	if (!sqltoken_next(&token, &after) || !sqltoken_is(&token, word))
		return false;
	token.text = word;
	normaltext_add_word(self, &token);
	self->tokens = after;
	return true;
}

static bool skip_if_not_exists(struct normaltext *self)
{
	static const char *const words[] = { "IF", "NOT", "EXISTS" };
	struct sqltokens after = self->tokens;
	struct sqltoken token;

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (!sqltoken_next(&token, &after) ||
		    !sqltoken_is(&token, words[i]))
			return false;
	self->tokens = after;
	return true;
}

/* CREATE and what follows up to the name, as SQLite itself spells it. */
static void add_beginning(struct normaltext *self)
{
	static const struct {
		const char *word;
		enum normaltext_layout layout;
		bool is_resolved;
	} kinds[] = {
		{ "TABLE", LAYOUT_TABLE, true },
		{ "TRIGGER", LAYOUT_TRIGGER, false },
		{ "INDEX", LAYOUT_LINE, true },
		{ "VIEW", LAYOUT_LINE, false },
	};
	struct sqltoken name;
	bool is_virtual;

	if (!take_word(self, "CREATE"))
		return;
	if (!take_word(self, "TEMP") && !take_word(self, "TEMPORARY"))
		(void)take_word(self, "UNIQUE");
	is_virtual = take_word(self, "VIRTUAL");
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (!take_word(self, kinds[i].word))
			continue;
		self->layout = is_virtual ? LAYOUT_VIRTUAL : kinds[i].layout;
		while (skip_if_not_exists(self))
			;
		/* whatever the name is, it is no keyword */
		self->is_resolved = true;
		if (sqltoken_next(&name, &self->tokens))
			normaltext_add_word(self, &name);
		self->is_resolved = kinds[i].is_resolved;
		return;
	}
}

void normalise_add(struct buf *out, const char *sql, size_t size)
{
	struct normaltext writer = { .out = out, .tokens = { sql, size } };
	bool good = statementspan_trim(&writer.tokens, &writer.end);
	const struct sqltokens all = writer.tokens;
	const size_t start = out->len;
	struct sqltoken token;

	if (good)
		add_beginning(&writer);
	if (!good || (writer.layout == LAYOUT_TABLE &&
		      statementspan_keeps_type(writer.tokens))) {
		buf_truncate(out, start);
		buf_add(out, all.left ? all.at : "", all.left);
		return;
	}
	while (sqltoken_next(&token, &writer.tokens))
		add_next(&writer, &token);
	if (writer.in_comment)
		buf_add_char(out, '\n');
}
