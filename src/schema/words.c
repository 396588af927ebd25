#include "config.h"

#include "schema/words.h"

#include <string.h>
#include <strings.h>

enum {
	MOST = 256, /* words that few statements have more of */
	MAX_NAME = 1 << 20,
};

/* ---- reading ---- */

/* Doubles the room of the list, which stays where it was as well. */
static int grow(struct sqltoken **items, size_t *cap, size_t count,
		struct arena *arena, struct err *err)
{
	struct sqltoken *more = arena_array(arena, *cap * 2, sizeof(**items));

	if (!more)
		return err_set_nomem(err);
	memcpy(more, *items, count * sizeof(**items));
	*items = more;
	*cap *= 2;
	return 0;
}

int words_read(struct words *words, struct arena *arena, const char *sql,
	       size_t size, struct err *err)
{
	struct sqltokens tokens = { sql, size };
	struct sqltoken few[MOST]; /* a schema is hundreds of short lists */
	struct sqltoken *items = few;
	size_t cap = ARRAY_SIZE(few), count = 0;
	struct sqltoken token;

	*words = (struct words){ .whole = true };
	while (sqltoken_next(&token, &tokens)) {
		if (count == cap && grow(&items, &cap, count, arena, err) < 0)
			return err->code;
		if (token.kind == SQLTOKEN_OPEN ||
		    token.kind == SQLTOKEN_ILLEGAL)
			words->whole = false;
		items[count++] = token;
	}
	if (items == few) {
		items = arena_array(arena, count, sizeof(*items));
		if (!items)
			return err_set_nomem(err);
		memcpy(items, few, count * sizeof(*items));
	}
	words->items = items;
	words->count = count;
	return 0;
}

bool words_is(const struct words *words, size_t at, const char *word)
{
	return at < words->count && sqltoken_is(&words->items[at], word);
}

size_t words_close(const struct words *words, size_t at)
{
	size_t depth = 0;

	for (; at < words->count; at++) {
		depth += words_is(words, at, "(");
		depth -= words_is(words, at, ")");
		if (depth == 0)
			return at + 1;
	}
	return at;
}

void words_strip(const struct words *words, size_t *from, size_t *to)
{
	size_t first = *from, end = *to, depth, least;

	while (first < end && words_is(words, first, "("))
		first++;
	while (end > first && words_is(words, end - 1, ")"))
		end--;
	/* so many are closed at the end, and not before */
	depth = least = first - *from;
	for (size_t at = first; at < end; at++) {
		depth += words_is(words, at, "(");
		if (words_is(words, at, ")") && depth > 0 && --depth < least)
			least = depth;
	}
	if (depth != *to - end)
		least = 0;
	else if (first == end && least > 0)
		least--; /* () is not nothing */
	*from += least;
	*to -= least;
}

bool words_is_name(const struct words *words, size_t at)
{
	return at < words->count && (words->items[at].kind == SQLTOKEN_WORD ||
				     words->items[at].kind == SQLTOKEN_NAME ||
				     words->items[at].kind == SQLTOKEN_STRING);
}

char *words_name(const struct words *words, size_t at, struct arena *arena)
{
	const struct sqltoken *token = &words->items[at];
	struct buf name;
	char *copy = NULL;

	if (token->kind == SQLTOKEN_WORD)
		return arena_copy(arena, token->text, token->size);
	buf_init(&name, MAX_NAME);
	sqltoken_add_name(&name, token);
	if (!name.failed)
		copy = arena_copy(arena, name.data ? name.data : "", name.len);
	buf_release(&name);
	return copy;
}

/* ---- one spelling ---- */

/* Words that, without quotes, SQLite never takes for a name, or for others. */
static bool is_reserved(const char *word, size_t size)
{
	static const char *const reserved[] = {
		"add",		"all",		"alter",
		"and",		"as",		"autoincrement",
		"between",	"case",		"cast",
		"check",	"collate",	"commit",
		"constraint",	"create",	"cross",
		"current_date", "current_time", "current_timestamp",
		"default",	"deferrable",	"delete",
		"distinct",	"drop",		"else",
		"escape",	"except",	"exists",
		"false",	"foreign",	"from",
		"full",		"group",	"having",
		"in",		"index",	"indexed",
		"inner",	"insert",	"intersect",
		"into",		"is",		"isnull",
		"join",		"left",		"limit",
		"natural",	"not",		"nothing",
		"notnull",	"null",		"on",
		"or",		"order",	"outer",
		"primary",	"raise",	"references",
		"returning",	"right",	"select",
		"set",		"table",	"then",
		"to",		"transaction",	"true",
		"union",	"unique",	"update",
		"using",	"values",	"when",
		"where",
	};

	for (size_t i = 0; i < ARRAY_SIZE(reserved); i++)
		if (strlen(reserved[i]) == size &&
		    strncasecmp(reserved[i], word, size) == 0)
			return true;
	return false;
}

/* True if the name means the same without quotes. */
static bool needs_no_quotes(const char *name, size_t size)
{
	enum sqltoken_kind kind;

	return size > 0 && sqltoken_read(&kind, name, size) == size &&
	       kind == SQLTOKEN_WORD && !is_reserved(name, size);
}

static void add_lower(struct buf *out, const char *text, size_t size)
{
	char *at = buf_extend(out, size);

	for (size_t i = 0; at && i < size; i++)
		at[i] = text[i] >= 'A' && text[i] <= 'Z'
				? (char)(text[i] + ('a' - 'A'))
				: text[i];
}

static bool is_known(const struct words_names *names, const char *name)
{
	return names->all ||
	       (names->map && namemap_find(names->map, name, NULL));
}

/* SQLite takes "a" for a text where there is no such name. */
static void add_text(struct buf *out, const char *text, size_t size)
{
	buf_add_char(out, '\'');
	for (size_t i = 0; i < size; i++) {
		if (text[i] == '\'')
			buf_add_char(out, '\'');
		buf_add_char(out, text[i]);
	}
	buf_add_char(out, '\'');
}

static void add_name(struct buf *out, const struct sqltoken *token,
		     const struct words_names *names)
{
	struct buf name;

	buf_init(&name, MAX_NAME);
	sqltoken_add_name(&name, token);
	if (name.failed || !name.data ||
	    (token->text[0] == '"' && !names->all && !names->map)) {
		buf_add(out, token->text, token->size);
	} else if (token->text[0] == '"' && !is_known(names, name.data)) {
		add_text(out, name.data, name.len);
	} else if (needs_no_quotes(name.data, name.len)) {
		add_lower(out, name.data, name.len);
	} else {
		buf_add_char(out, '`');
		add_lower(out, name.data, name.len);
		buf_add_char(out, '`');
	}
	buf_release(&name);
}

void words_add(struct buf *out, const struct words *words, size_t from,
	       size_t to, const struct words_names *names)
{
	for (size_t i = from; i < to && i < words->count; i++) {
		const struct sqltoken *token = &words->items[i];

		if (i > from)
			buf_add_char(out, ' ');
		if (token->kind == SQLTOKEN_WORD ||
		    token->kind == SQLTOKEN_NUMBER ||
		    token->kind == SQLTOKEN_BLOB)
			add_lower(out, token->text, token->size);
		else if (token->kind == SQLTOKEN_NAME)
			add_name(out, token, names);
		else
			buf_add(out, token->text, token->size);
	}
}

void words_add_table(struct buf *out, const struct words *words, size_t from,
		     size_t to, const struct words_names *names)
{
	size_t start = from;

	to = to < words->count ? to : words->count;
	for (size_t i = from + 1; i < to; i++) {
		if ((words->items[i].kind != SQLTOKEN_WORD &&
		     words->items[i].kind != SQLTOKEN_NAME) ||
		    !words_is(words, i - 1, "DEFAULT"))
			continue;
		words_add(out, words, start, i, names);
		buf_add_char(out, ' ');
		buf_add(out, words->items[i].text, words->items[i].size);
		if (i + 1 < to)
			buf_add_char(out, ' ');
		start = i + 1;
	}
	words_add(out, words, start, to, names);
}

bool words_mention(const struct words *words, const struct namemap *names)
{
	struct buf name;
	bool found = false;

	buf_init(&name, MAX_NAME);
	for (size_t i = 0; i < words->count && !found; i++) {
		if (!words_is_name(words, i))
			continue;
		buf_clear(&name);
		sqltoken_add_name(&name, &words->items[i]);
		found = name.data && namemap_find(names, name.data, NULL);
	}
	buf_release(&name);
	return found;
}
