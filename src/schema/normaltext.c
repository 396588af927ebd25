#include "config.h"

#include "schema/normaltext.h"

bool normaltext_is_any(const struct sqltoken *token, const char *const *words)
{
	for (; *words; words++)
		if (sqltoken_is(token, *words))
			return true;
	return false;
}

bool normaltext_is_name(const struct sqltoken *token)
{
	return token->kind == SQLTOKEN_WORD || token->kind == SQLTOKEN_NAME ||
	       token->kind == SQLTOKEN_STRING;
}

/* ---- blanks ---- */

/*
 * Words after which an expression may begin: a sign that follows is not one
 * between two values, and a parenthesis is not that of a call. If one of them
 * is a name after all, only the blanks look odd.
 */
static bool wants_expression(const struct sqltoken *token)
{
	static const char *const words[] = {
		"ALL",	  "AND",     "AS",	 "BETWEEN",	 "BY",
		"CASE",	  "DEFAULT", "ELSE",	 "ESCAPE",	 "EXCEPT",
		"FROM",	  "HAVING",  "DISTINCT", "IN",		 "INTERSECT",
		"IS",	  "JOIN",    "LIMIT",	 "MATERIALIZED", "NOT",
		"OFFSET", "ON",	     "OR",	 "SELECT",	 "SET",
		"THEN",	  "UNION",   "USING",	 "WHEN",	 "WHERE",
		NULL,
	};

	return normaltext_is_any(token, words);
}

/* True for + - ~ that belong to what follows them. */
static bool is_sign(const struct sqltoken *last, const struct sqltoken *token)
{
	static const char *const signs[] = { "+", "-", "~", NULL };

	if (!normaltext_is_any(token, signs))
		return false;
	if (last->kind == SQLTOKEN_SYMBOL)
		return !sqltoken_is(last, ")");
	return last->size == 0 || wants_expression(last);
}

/* True if nothing stands between two words. It must never make them one. */
static bool is_tight(const struct normaltext *self, const struct sqltoken *next)
{
	static const char *const closing[] = { ")", ",", ";", NULL };
	const struct sqltoken *last = &self->last;

	if (last->size == 0 || sqltoken_is(last, "(") ||
	    normaltext_is_any(next, closing))
		return true;
	if (sqltoken_is(last, "."))
		return normaltext_is_name(next) || sqltoken_is(next, "*");
	if (sqltoken_is(next, "."))
		return normaltext_is_name(last);
	if (self->last_is_sign)
		return next->kind != SQLTOKEN_SYMBOL || sqltoken_is(next, "(");
	return sqltoken_is(next, "(") && normaltext_is_name(last) &&
	       !wants_expression(last);
}

/* ---- words ---- */

static void add_separator(struct normaltext *self, const struct sqltoken *next)
{
	if (self->line)
		buf_add_string(self->out, self->line);
	else if (self->in_comment)
		buf_add_char(self->out, '\n');
	else if (!is_tight(self, next))
		buf_add_char(self->out, ' ');
	self->line = NULL;
	self->in_comment = false;
}

/* [a] and `a` as "a". */
static void add_name(struct buf *out, const struct sqltoken *token)
{
	const char *text = token->text;

	buf_add_char(out, '"');
	for (size_t i = 1; i < token->size - 1; i++) {
		if (text[i] == '"')
			buf_add_char(out, '"');
		buf_add_char(out, text[i]);
		if (text[0] == '`' && text[i] == '`')
			i++;
	}
	buf_add_char(out, '"');
}

static void remember(struct normaltext *self, const struct sqltoken *token,
		     bool sign)
{
	self->last_is_sign = sign;
	self->before = self->last;
	self->last = *token;
}

/*
 * True if "a" means what [a] means. Where no column has that name, "a" is a
 * text, but [a] is an error, which a view or a trigger may hold: it must not
 * become one that works on the text.
 */
static bool is_surely_name(const struct normaltext *self)
{
	static const char *const places[] = { ".",    "AS",	"FROM", "INTO",
					      "JOIN", "UPDATE", NULL };
	struct sqltokens after = self->tokens;
	struct sqltoken next;

	if (self->is_resolved || normaltext_is_any(&self->last, places))
		return true;
	if (self->layout == LAYOUT_TRIGGER && !self->in_block &&
	    sqltoken_is(&self->last, "ON"))
		return true;
	return sqltoken_next(&next, &after) && sqltoken_is(&next, ".");
}

void normaltext_add_word(struct normaltext *self, const struct sqltoken *token)
{
	add_separator(self, token);
	if (token->kind == SQLTOKEN_NAME && token->text[0] != '"' &&
	    is_surely_name(self))
		add_name(self->out, token);
	else
		buf_add(self->out, token->text, token->size);
	remember(self, token, is_sign(&self->last, token));
}

void normaltext_add_raw(struct normaltext *self, const struct sqltoken *first,
			const struct sqltoken *last)
{
	add_separator(self, first);
	buf_add(self->out, first->text,
		(size_t)(last->text + last->size - first->text));
	remember(self, last, false);
	self->before.size = 0;
}

void normaltext_add_comments(struct normaltext *self, const char *at,
			     const char *end)
{
	const char *start = at;

	while (at < end) {
		enum sqltoken_kind kind;
		size_t size = sqltoken_read(&kind, at, (size_t)(end - at));

		if (kind != SQLTOKEN_SPACE) {
			buf_add(self->out, start, (size_t)(at + size - start));
			start = at + size;
			self->in_comment = *at == '-';
		}
		at += size;
	}
}
