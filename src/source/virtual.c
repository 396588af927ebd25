#include "config.h"

#include "source/virtual.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "util/compiler.h"

/* A piece of the statement. */
struct slice {
	const char *start;
	size_t size;
};

static const char *skip_blanks(const char *sql)
{
	for (;;) {
		const char *end;

		while (isspace((unsigned char)*sql))
			sql++;
		if (strncmp(sql, "--", 2) == 0)
			end = strchr(sql, '\n');
		else if (strncmp(sql, "/*", 2) == 0)
			end = strstr(sql + 2, "*/");
		else
			return sql;
		if (!end)
			return sql + strlen(sql);
		sql = end + (*end == '*' ? 2 : 1);
	}
}

/* The end of a quoted text that starts here, or of a bare word or sign. */
static const char *skip_token(const char *sql)
{
	char quote = *sql == '[' ? ']' : *sql;

	if (*sql == '\0')
		return sql;
	if (strchr("'\"`[", *sql)) {
		for (sql++; *sql; sql++) {
			if (*sql != quote)
				continue;
			if (sql[1] != quote || quote == ']')
				return sql + 1;
			sql++;
		}
		return sql;
	}
	if (!isalnum((unsigned char)*sql) && *sql != '_' &&
	    (unsigned char)*sql < 0x80)
		return sql + 1;
	while (isalnum((unsigned char)*sql) || *sql == '_' ||
	       (unsigned char)*sql >= 0x80)
		sql++;
	return sql;
}

static struct slice next_token(const char **sql)
{
	struct slice token = { .start = skip_blanks(*sql) };

	*sql = skip_token(token.start);
	token.size = (size_t)(*sql - token.start);
	return token;
}

static bool token_is(struct slice token, const char *word)
{
	return token.size == strlen(word) &&
	       strncasecmp(token.start, word, token.size) == 0;
}

static bool is_empty_quote(struct slice token)
{
	return token.size == 2 && strchr("'\"`[", token.start[0]);
}

/* Finds the value of the option `content` among the module's arguments. */
static bool find_content(const char *arguments, struct slice *value)
{
	bool first = true;

	for (struct slice token = next_token(&arguments); token.size > 0;
	     token = next_token(&arguments)) {
		if (first && token_is(token, "content")) {
			const char *after = arguments;

			if (token_is(next_token(&after), "=")) {
				*value = next_token(&after);
				return true;
			}
		}
		first = token_is(token, ",");
	}
	return false;
}

void virtual_classify(struct table *table)
{
	static const char *const owners[] = { "rtree", "rtree_i32", "geopoly" };
	const char *sql = table->sql ? table->sql : "";
	struct slice token;
	struct slice content;

	do
		token = next_token(&sql);
	while (token.size > 0 && !token_is(token, "using"));
	token = next_token(&sql);

	table->kind = TABLE_VIRTUAL;
	for (size_t i = 0; i < ARRAY_SIZE(owners); i++)
		if (token_is(token, owners[i]))
			return;
	if (token_is(token, "fts5vocab")) {
		table->kind = TABLE_DERIVED;
		table->reason = "the vocabulary of a full-text index";
	} else if (!token_is(token, "fts5") && !token_is(token, "fts4") &&
		   !token_is(token, "fts3")) {
		table->kind = TABLE_UNKNOWN;
		table->reason = "a virtual table of an unknown module";
	} else {
		next_token(&sql); /* the opening parenthesis */
		if (!find_content(sql, &content))
			return;
		table->kind = TABLE_DERIVED;
		table->reason =
			is_empty_quote(content)
				? "a full-text index without content"
				: "a full-text index of another table's content";
	}
}
