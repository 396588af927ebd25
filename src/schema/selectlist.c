#include "config.h"

#include "schema/selectlist.h"

#include <stddef.h>

/* One of the things between SELECT and FROM. */
struct item {
	struct sqltoken first, last;
	struct sqltoken before; /* the word before the last one */
	size_t count;		/* of words */
	bool is_column;		/* a, t.a, t.* or * */
	struct sqltokens rest;	/* what follows */
};

bool selectlist_ends(const struct sqltoken *token, const struct sqltoken *last,
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
	return normaltext_is_any(token, words);
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
		     selectlist_ends(&token, &item->last, tokens)))
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

	if (item->count < 3 || !normaltext_is_name(&item->last))
		return false;
	return sqltoken_is(&item->before, "AS") ||
	       (sqltoken_is(&item->before, ")") &&
		!normaltext_is_any(&item->last, ends));
}

static bool is_named_by_text(const struct item *item)
{
	return item->count > 0 && !item->is_column && !has_alias(item);
}

bool selectlist_read_item(struct sqltokens *tokens, const char **from,
			  const char **to)
{
	struct sqltokens rest;
	struct sqltoken next;
	struct item item;

	read_item(&item, *tokens);
	*tokens = rest = item.rest;
	*from = item.first.text;
	*to = sqltoken_next(&next, &rest) ? next.text : rest.at;
	return is_named_by_text(&item);
}

void selectlist_add_item(struct normaltext *self)
{
	struct sqltokens rest;
	struct sqltoken next;
	struct item item;

	read_item(&item, self->tokens);
	if (!is_named_by_text(&item))
		return;
	self->tokens = rest = item.rest;
	normaltext_add_raw(self, &item.first, &item.last);
	normaltext_add_comments(self, item.last.text + item.last.size,
				sqltoken_next(&next, &rest) ? next.text
							    : self->end);
}

/*
 * True if somebody can refer to what the SELECT gives by its name: not in the
 * statements of a trigger, the later parts of a UNION, EXISTS and IN.
 */
static bool has_readers(const struct normaltext *self)
{
	static const char *const joints[] = { "UNION", "ALL", "EXCEPT",
					      "INTERSECT", NULL };
	static const char *const tests[] = { "EXISTS", "IN", NULL };

	if (self->layout == LAYOUT_TRIGGER && self->depth == 0)
		return false;
	if (sqltoken_is(&self->last, "("))
		return !normaltext_is_any(&self->before, tests);
	return !normaltext_is_any(&self->last, joints);
}

void selectlist_add_select(struct normaltext *self,
			   const struct sqltoken *token)
{
	static const char *const modes[] = { "DISTINCT", "ALL", NULL };
	bool readers = has_readers(self);
	struct sqltokens after = self->tokens;
	struct sqltoken next;

	normaltext_add_word(self, token);
	if (sqltoken_next(&next, &after) && normaltext_is_any(&next, modes)) {
		normaltext_add_word(self, &next);
		self->tokens = after;
	}
	self->in_list[self->depth] = readers;
	if (readers)
		selectlist_add_item(self);
}
