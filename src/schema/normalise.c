#include "config.h"

#include "schema/normalise.h"

#include <stdbool.h>
#include <string.h>

#include "model/sqltoken.h"

/* Parentheses in each other; what is deeper is left as it is. */
enum { MAX_DEPTH = 200 };

enum layout {
	LAYOUT_LINE,
	LAYOUT_TABLE,
	LAYOUT_TRIGGER,
	LAYOUT_VIRTUAL, /* arguments of the module come */
};

struct writer {
	struct buf *out;
	struct sqltokens tokens; /* still to be written */
	struct sqltoken last;	 /* written; its size is 0 at the beginning */
	struct sqltoken before;	 /* the one before that */
	bool last_is_sign;	 /* which belongs to what follows */
	const char *line;	 /* break to come before the next word */
	bool in_comment;	 /* which ends with the line */
	const char *end;	 /* of the statement, comments included */
	enum layout layout;
	bool is_resolved; /* SQLite looks all names up when it is made */
	bool in_block;	  /* columns of a table, or body of a trigger */
	size_t depth;
	bool in_list[MAX_DEPTH + 1]; /* by depth: what a SELECT gives */
};

static bool is_any(const struct sqltoken *token, const char *const *words)
{
	for (; *words; words++)
		if (sqltoken_is(token, *words))
			return true;
	return false;
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

	return is_any(token, words);
}

static bool is_name(const struct sqltoken *token)
{
	return token->kind == SQLTOKEN_WORD || token->kind == SQLTOKEN_NAME ||
	       token->kind == SQLTOKEN_STRING;
}

/* True for + - ~ that belong to what follows them. */
static bool is_sign(const struct sqltoken *last, const struct sqltoken *token)
{
	static const char *const signs[] = { "+", "-", "~", NULL };

	if (!is_any(token, signs))
		return false;
	if (last->kind == SQLTOKEN_SYMBOL)
		return !sqltoken_is(last, ")");
	return last->size == 0 || wants_expression(last);
}

/* True if nothing stands between two words. It must never make them one. */
static bool is_tight(const struct writer *self, const struct sqltoken *next)
{
	static const char *const closing[] = { ")", ",", ";", NULL };
	const struct sqltoken *last = &self->last;

	if (last->size == 0 || sqltoken_is(last, "(") || is_any(next, closing))
		return true;
	if (sqltoken_is(last, "."))
		return is_name(next) || sqltoken_is(next, "*");
	if (sqltoken_is(next, "."))
		return is_name(last);
	if (self->last_is_sign)
		return next->kind != SQLTOKEN_SYMBOL || sqltoken_is(next, "(");
	return sqltoken_is(next, "(") && is_name(last) &&
	       !wants_expression(last);
}

/* ---- words ---- */

static void add_separator(struct writer *self, const struct sqltoken *next)
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

static void remember(struct writer *self, const struct sqltoken *token,
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
static bool is_surely_name(const struct writer *self)
{
	static const char *const places[] = { ".",    "AS",	"FROM", "INTO",
					      "JOIN", "UPDATE", NULL };
	struct sqltokens after = self->tokens;
	struct sqltoken next;

	if (self->is_resolved || is_any(&self->last, places))
		return true;
	if (self->layout == LAYOUT_TRIGGER && !self->in_block &&
	    sqltoken_is(&self->last, "ON"))
		return true;
	return sqltoken_next(&next, &after) && sqltoken_is(&next, ".");
}

static void add_word(struct writer *self, const struct sqltoken *token)
{
	add_separator(self, token);
	if (token->kind == SQLTOKEN_NAME && token->text[0] != '"' &&
	    is_surely_name(self))
		add_name(self->out, token);
	else
		buf_add(self->out, token->text, token->size);
	remember(self, token, is_sign(&self->last, token));
}

/* Words as they stand, from the first to the last. */
static void add_raw(struct writer *self, const struct sqltoken *first,
		    const struct sqltoken *last)
{
	add_separator(self, first);
	buf_add(self->out, first->text,
		(size_t)(last->text + last->size - first->text));
	remember(self, last, false);
	self->before.size = 0;
}

/* The comments from here on, without the blanks around them. */
static void add_comments(struct writer *self, const char *at, const char *end)
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

/* ---- what a SELECT gives ---- */

/* One of the things between SELECT and FROM. */
struct item {
	struct sqltoken first, last;
	struct sqltoken before; /* the word before the last one */
	size_t count;		/* of words */
	bool is_column;		/* a, t.a, t.* or * */
	struct sqltokens rest;	/* what follows */
};

/*
 * True if the word ends the list of what a SELECT gives; `last` is the word
 * before it, `rest` what follows. Not IS DISTINCT FROM, not WITHIN GROUP(.
 */
static bool ends_list(const struct sqltoken *token, const struct sqltoken *last,
		      struct sqltokens rest)
{
	static const char *const words[] = { ";",	  "WHERE",  "HAVING",
					     "ORDER",	  "LIMIT",  "UNION",
					     "INTERSECT", "EXCEPT", NULL };
	struct sqltoken next;

	if (sqltoken_is(token, "FROM"))
		return !sqltoken_is(last, "DISTINCT");
	if (sqltoken_is(token, "GROUP"))
		return sqltoken_next(&next, &rest) && sqltoken_is(&next, "BY");
	return is_any(token, words);
}

static void add_to_item(struct item *item, const struct sqltoken *token)
{
	if (item->count == 0) {
		item->first = *token;
		item->is_column = true;
	}
	if (item->count % 2 == 0)
		item->is_column &= token->kind == SQLTOKEN_WORD ||
				   token->kind == SQLTOKEN_NAME ||
				   sqltoken_is(token, "*");
	else
		item->is_column &= sqltoken_is(token, ".");
	item->before = item->last;
	item->last = *token;
	item->count++;
}

static void read_item(struct item *item, struct sqltokens tokens)
{
	struct sqltoken token;
	size_t depth = 0;

	*item = (struct item){ .rest = tokens };
	while (sqltoken_next(&token, &tokens)) {
		if (depth == 0 &&
		    (sqltoken_is(&token, ",") || sqltoken_is(&token, ")") ||
		     ends_list(&token, &item->last, tokens)))
			break;
		depth += sqltoken_is(&token, "(");
		depth -= sqltoken_is(&token, ")");
		add_to_item(item, &token);
		item->rest = tokens;
	}
}

/* True for `a AS b` and `f(a) b`; `a b` may be more than a name. */
static bool has_alias(const struct item *item)
{
	static const char *const ends[] = { "END", "ISNULL", "NOTNULL", NULL };

	if (item->count < 3 || !is_name(&item->last))
		return false;
	return sqltoken_is(&item->before, "AS") ||
	       (sqltoken_is(&item->before, ")") && !is_any(&item->last, ends));
}

/*
 * Writes an item whose text is its name, which ends where the next word begins;
 * any other is left to be written.
 */
static void add_unnamed_item(struct writer *self)
{
	struct sqltokens rest;
	struct sqltoken next;
	struct item item;

	read_item(&item, self->tokens);
	if (item.count == 0 || item.is_column || has_alias(&item))
		return;
	self->tokens = rest = item.rest;
	add_raw(self, &item.first, &item.last);
	add_comments(self, item.last.text + item.last.size,
		     sqltoken_next(&next, &rest) ? next.text : self->end);
}

/*
 * True if somebody can refer to what the SELECT gives by its name: not in the
 * statements of a trigger, the later parts of a UNION, EXISTS and IN.
 */
static bool has_readers(const struct writer *self)
{
	static const char *const joints[] = { "UNION", "ALL", "EXCEPT",
					      "INTERSECT", NULL };
	static const char *const tests[] = { "EXISTS", "IN", NULL };

	if (self->layout == LAYOUT_TRIGGER && self->depth == 0)
		return false;
	if (sqltoken_is(&self->last, "("))
		return !is_any(&self->before, tests);
	return !is_any(&self->last, joints);
}

static void add_select(struct writer *self, const struct sqltoken *token)
{
	static const char *const modes[] = { "DISTINCT", "ALL", NULL };
	bool readers = has_readers(self);
	struct sqltokens after = self->tokens;
	struct sqltoken next;

	add_word(self, token);
	if (sqltoken_next(&next, &after) && is_any(&next, modes)) {
		add_word(self, &next);
		self->tokens = after;
	}
	self->in_list[self->depth] = readers;
	if (readers)
		add_unnamed_item(self);
}

/* ---- statements ---- */

/* The arguments of a virtual table's module, after the parenthesis. */
static void add_arguments(struct writer *self)
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
				add_raw(self, &first, &last);
			add_word(self, &token);
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
		add_raw(self, &first, &last);
}

static void add_opening(struct writer *self, const struct sqltoken *token)
{
	bool outer = self->depth == 0;

	add_word(self, token);
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

static void add_closing(struct writer *self, const struct sqltoken *token)
{
	if (self->depth == 1 && self->layout == LAYOUT_TABLE &&
	    self->in_block) {
		self->in_block = false;
		self->layout = LAYOUT_LINE;
		self->line = "\n";
	}
	add_word(self, token);
	if (self->depth > 0)
		self->depth--;
}

static void add_comma(struct writer *self, const struct sqltoken *token)
{
	add_word(self, token);
	if (self->depth == 1 && self->layout == LAYOUT_TABLE && self->in_block)
		self->line = "\n\t";
	if (self->in_list[self->depth])
		add_unnamed_item(self);
}

/* BEGIN, `;` and END of a trigger's body. */
static void add_of_body(struct writer *self, const struct sqltoken *token)
{
	if (self->in_block && sqltoken_is(token, "END") &&
	    self->tokens.left == 0 && sqltoken_is(&self->last, ";"))
		self->line = "\n";
	add_word(self, token);
	if (sqltoken_is(token, "BEGIN"))
		self->in_block = true;
	if (self->in_block && !sqltoken_is(token, "END"))
		self->line = "\n\t";
}

static void add_next(struct writer *self, const struct sqltoken *token)
{
	static const char *const body[] = { "BEGIN", ";", "END", NULL };

	if (self->in_list[self->depth] &&
	    ends_list(token, &self->last, self->tokens))
		self->in_list[self->depth] = false;
	if (sqltoken_is(token, "("))
		add_opening(self, token);
	else if (sqltoken_is(token, ")"))
		add_closing(self, token);
	else if (sqltoken_is(token, ","))
		add_comma(self, token);
	else if (sqltoken_is(token, "SELECT"))
		add_select(self, token);
	else if (self->layout == LAYOUT_TRIGGER && self->depth == 0 &&
		 is_any(token, body))
		add_of_body(self, token);
	else
		add_word(self, token);
	/* CREATE TABLE ... AS has no columns to show */
	if (self->layout == LAYOUT_TABLE && self->depth == 0 &&
	    sqltoken_is(token, "AS"))
		self->layout = LAYOUT_LINE;
}

/* Takes the word if it is that one, and writes it in upper case. */
static bool take_word(struct writer *self, const char *word)
{
	struct sqltokens after = self->tokens;
	struct sqltoken token;

	if (!sqltoken_next(&token, &after) || !sqltoken_is(&token, word))
		return false;
	token.text = word;
	add_word(self, &token);
	self->tokens = after;
	return true;
}

static bool skip_if_not_exists(struct writer *self)
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
static void add_beginning(struct writer *self)
{
	static const struct {
		const char *word;
		enum layout layout;
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
			add_word(self, &name);
		self->is_resolved = kinds[i].is_resolved;
		return;
	}
}

/* ---- what is left as it is ---- */

/* Between two words there are blanks and comments only. */
static bool has_comment(const struct sqltoken *last,
			const struct sqltoken *next)
{
	const char *gap = last->text + last->size;
	size_t size = (size_t)(next->text - gap);

	return memchr(gap, '-', size) || memchr(gap, '/', size);
}

/*
 * Reads the type of a column, after its name: SQLite takes all between its
 * first word and its last one, quotes and all, and looks for INT and CHAR in
 * it. True if a comment or a name to be written otherwise is in there.
 */
static bool type_stays(struct sqltokens tokens)
{
	static const char *const ends[] = {
		"AS",	      "CHECK",	"COLLATE", "CONSTRAINT", "DEFAULT",
		"DEFERRABLE", "NOT",	"NULL",	   "ON",	 "PRIMARY",
		"REFERENCES", "UNIQUE", NULL,
	};
	struct sqltoken last = { .size = 0 };
	struct sqltoken token;
	size_t depth = 0;

	while (sqltoken_next(&token, &tokens)) {
		if (depth == 0 && (!is_name(&token) || is_any(&token, ends)) &&
		    (last.size == 0 || !sqltoken_is(&token, "(")))
			return false;
		if (last.size > 0 && has_comment(&last, &token))
			return true;
		if (token.kind == SQLTOKEN_NAME && token.text[0] != '"')
			return true;
		depth += sqltoken_is(&token, "(");
		if (sqltoken_is(&token, ")"))
			return false;
		last = token;
	}
	return false;
}

static bool has_type_that_stays(struct sqltokens tokens)
{
	static const char *const constraints[] = { "CHECK",   "CONSTRAINT",
						   "FOREIGN", "PRIMARY",
						   "UNIQUE",  NULL };
	struct sqltoken token;
	struct sqltoken last = { .size = 0 };
	size_t depth = 0;

	while (sqltoken_next(&token, &tokens)) {
		bool starts = depth == 1 && (sqltoken_is(&last, "(") ||
					     sqltoken_is(&last, ","));

		if (starts && !is_any(&token, constraints) &&
		    type_stays(tokens))
			return true;
		depth += sqltoken_is(&token, "(");
		depth -= depth > 0 && sqltoken_is(&token, ")");
		last = token;
	}
	return false;
}

static bool is_open_comment(const struct sqltoken *token)
{
	return token->text[0] == '/' &&
	       (token->size < 4 ||
		memcmp(token->text + token->size - 2, "*/", 2) != 0);
}

/* The end of the comments that follow a statement before its semicolon. */
static const char *skip_comments(const char *at, size_t size)
{
	struct sqltoken token;
	const char *end = at;

	for (; size > 0; at += token.size, size -= token.size) {
		token.text = at;
		token.size = sqltoken_read(&token.kind, at, size);
		if (token.kind == SQLTOKEN_SPACE)
			continue;
		if (token.kind != SQLTOKEN_COMMENT || is_open_comment(&token))
			break;
		end = at + token.size;
	}
	return end;
}

/*
 * Cuts off the semicolons, blanks and comments around a statement; *end is
 * behind its comments. False if it is none.
 */
static bool trim(struct sqltokens *tokens, const char **end)
{
	struct sqltokens all = *tokens;
	struct sqltoken token;
	bool good = true;
	size_t depth = 0;

	tokens->left = 0;
	*end = tokens->at;
	while (sqltoken_next(&token, &all)) {
		good &= token.kind != SQLTOKEN_OPEN &&
			token.kind != SQLTOKEN_ILLEGAL;
		depth += sqltoken_is(&token, "(");
		depth -= depth > 0 && sqltoken_is(&token, ")");
		good &= depth <= MAX_DEPTH;
		if (sqltoken_is(&token, ";"))
			continue;
		if (tokens->left == 0)
			tokens->at = token.text;
		tokens->left = (size_t)(all.at - tokens->at);
		*end = skip_comments(all.at, all.left);
	}
	return good;
}

void normalise_add(struct buf *out, const char *sql, size_t size)
{
	struct writer writer = { .out = out, .tokens = { sql, size } };
	bool good = trim(&writer.tokens, &writer.end);
	const struct sqltokens all = writer.tokens;
	const size_t start = out->len;
	struct sqltoken token;

	if (good)
		add_beginning(&writer);
	if (!good || (writer.layout == LAYOUT_TABLE &&
		      has_type_that_stays(writer.tokens))) {
		buf_truncate(out, start);
		buf_add(out, all.left ? all.at : "", all.left);
		return;
	}
	while (sqltoken_next(&token, &writer.tokens))
		add_next(&writer, &token);
	if (writer.in_comment)
		buf_add_char(out, '\n');
}
