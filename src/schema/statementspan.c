#include "config.h"

#include "schema/statementspan.h"

#include <stddef.h>
#include <string.h>

#include "schema/normaltext.h"

/* Between two words there are blanks and comments only. */
static bool has_comment(const struct sqltoken *last,
			const struct sqltoken *next)
{
	const char *gap = last->text + last->size;
	size_t size = (size_t)(next->text - gap);

	return memchr(gap, '-', size) || memchr(gap, '/', size);
}

/* Of one column, after its name. */
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
		if (depth == 0 &&
		    (!normaltext_is_name(&token) ||
		     normaltext_is_any(&token, ends)) &&
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

bool statementspan_keeps_type(struct sqltokens tokens)
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

		if (starts && !normaltext_is_any(&token, constraints) &&
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

bool statementspan_trim(struct sqltokens *tokens, const char **end)
{
	struct sqltokens all = *tokens;
	struct sqltokens rest = { all.at, 0 };
	struct sqltoken token;
	bool good = true;
	size_t depth = 0;

	tokens->left = 0;
	while (sqltoken_next(&token, &all)) {
		good &= token.kind != SQLTOKEN_OPEN &&
			token.kind != SQLTOKEN_ILLEGAL;
		depth += sqltoken_is(&token, "(");
		depth -= depth > 0 && sqltoken_is(&token, ")");
		good &= depth <= NORMALTEXT_DEPTH;
		if (sqltoken_is(&token, ";"))
			continue;
		if (tokens->left == 0)
			tokens->at = token.text;
		tokens->left = (size_t)(all.at - tokens->at);
		rest = all;
	}
	*end = skip_comments(rest.at, rest.left);
	return good;
}
