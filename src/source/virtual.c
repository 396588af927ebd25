#include "config.h"

#include "source/virtual.h"

#include <string.h>

#include "model/sqltoken.h"
#include "util/compiler.h"

static bool is_empty_quote(const struct sqltoken *token)
{
	return token->size == 2 &&
	       (token->kind == SQLTOKEN_STRING || token->kind == SQLTOKEN_NAME);
}

/* Finds the value of the option `content` among the module's arguments. */
static bool find_content(struct sqltokens arguments, struct sqltoken *value)
{
	struct sqltoken token;
	bool first = true;

	while (sqltoken_next(&token, &arguments)) {
		if (first && sqltoken_is(&token, "content")) {
			struct sqltokens after = arguments;
			struct sqltoken equals;

			if (sqltoken_next(&equals, &after) &&
			    sqltoken_is(&equals, "="))
				return sqltoken_next(value, &after);
		}
		first = sqltoken_is(&token, ",");
	}
	return false;
}

void virtual_classify(struct table *table)
{
	static const char *const owners[] = { "rtree", "rtree_i32", "geopoly" };
	struct sqltokens sql = { table->sql,
				 table->sql ? strlen(table->sql) : 0 };
	struct sqltoken token;
	struct sqltoken content;

	while (sqltoken_next(&token, &sql) && !sqltoken_is(&token, "USING"))
		;
	sqltoken_next(&token, &sql); /* the module */

	table->kind = TABLE_VIRTUAL;
	for (size_t i = 0; i < ARRAY_SIZE(owners); i++)
		if (sqltoken_is(&token, owners[i]))
			return;
	if (sqltoken_is(&token, "fts5vocab")) {
		table->kind = TABLE_DERIVED;
		table->reason = "the vocabulary of a full-text index";
	} else if (!sqltoken_is(&token, "fts5") &&
		   !sqltoken_is(&token, "fts4") &&
		   !sqltoken_is(&token, "fts3")) {
		table->kind = TABLE_UNKNOWN;
		table->reason = "a virtual table of an unknown module";
	} else {
		sqltoken_next(&token, &sql); /* the opening parenthesis */
		if (!find_content(sql, &content))
			return;
		table->kind = TABLE_DERIVED;
		table->reason =
			is_empty_quote(&content)
				? "a full-text index without content"
				: "a full-text index of another table's content";
	}
}
