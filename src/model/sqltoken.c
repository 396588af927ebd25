#include "config.h"

#include "model/sqltoken.h"

#include <string.h>
#include <strings.h>

static const char byte_order_mark[] = "\xef\xbb\xbf";

/* Locale must not matter, and bytes from 0x80 on are letters to SQLite. */
enum { DIGIT = 1, LETTER = 2, IN_WORD = 4 };

static const unsigned char classes[256] = {
	['0' ... '9'] = DIGIT | IN_WORD,    ['a' ... 'z'] = LETTER | IN_WORD,
	['A' ... 'Z'] = LETTER | IN_WORD,   ['_'] = LETTER | IN_WORD,
	[0x80 ... 0xff] = LETTER | IN_WORD, ['$'] = IN_WORD,
};

static bool is_digit(char c)
{
	return classes[(unsigned char)c] & DIGIT;
}

static bool is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_letter(char c)
{
	return classes[(unsigned char)c] & LETTER;
}

static bool is_in_word(char c)
{
	return classes[(unsigned char)c] & IN_WORD;
}

/* A vertical tab is a blank after another blank only. */
static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* The byte at a position, NUL from the end on. */
static char at(const char *sql, size_t size, size_t place)
{
	return place < size ? sql[place] : '\0';
}

static size_t skip_word(const char *sql, size_t size, size_t place)
{
	while (place < size && is_in_word(sql[place]))
		place++;
	return place;
}

static size_t skip_digits(const char *sql, size_t size, size_t place)
{
	while (place < size && is_digit(sql[place]))
		place++;
	return place;
}

static size_t read_space(const char *sql, size_t size)
{
	size_t end = 1;

	while (end < size && is_blank(sql[end]))
		end++;
	return end;
}

static size_t read_line_comment(const char *sql, size_t size)
{
	const char *end = memchr(sql, '\n', size);

	return end ? (size_t)(end - sql) : size;
}

static size_t read_comment(const char *sql, size_t size)
{
	for (size_t end = 3; end < size; end++)
		if (sql[end] == '/' && sql[end - 1] == '*')
			return end + 1;
	return size;
}

static size_t read_quoted(enum sqltoken_kind *kind, const char *sql,
			  size_t size)
{
	char quote = sql[0] == '[' ? ']' : sql[0];
	size_t end = 1;

	*kind = quote == '\'' ? SQLTOKEN_STRING : SQLTOKEN_NAME;
	for (;;) {
		const char *found = memchr(sql + end, quote, size - end);

		if (!found)
			break;
		end = (size_t)(found - sql) + 1;
		if (quote == ']' || at(sql, size, end) != quote)
			return end;
		end++;
	}
	*kind = SQLTOKEN_OPEN;
	return size;
}

static size_t read_blob(enum sqltoken_kind *kind, const char *sql, size_t size)
{
	const char *close;
	size_t end = 2;

	while (end < size && is_hex(sql[end]))
		end++;
	if (at(sql, size, end) == '\'' && end % 2 == 0) {
		*kind = SQLTOKEN_BLOB;
		return end + 1;
	}
	close = memchr(sql + end, '\'', size - end);
	*kind = close ? SQLTOKEN_ILLEGAL : SQLTOKEN_OPEN;
	return close ? (size_t)(close - sql) + 1 : size;
}

static size_t read_number(const char *sql, size_t size)
{
	size_t end = skip_digits(sql, size, 0);

	if (at(sql, size, end) == '.')
		end = skip_digits(sql, size, end + 1);
	if (at(sql, size, end) == 'e' || at(sql, size, end) == 'E') {
		char sign = at(sql, size, end + 1);
		size_t digit = end + (sign == '+' || sign == '-' ? 2 : 1);

		if (is_digit(at(sql, size, digit)))
			end = digit;
	}
	return skip_word(sql, size, end);
}

/* Also Tcl's $a::b(c), which SQLite takes. */
static size_t read_parameter(enum sqltoken_kind *kind, const char *sql,
			     size_t size)
{
	size_t end = 1;

	*kind = SQLTOKEN_PARAMETER;
	if (sql[0] == '?')
		return skip_digits(sql, size, 1);
	for (;;) {
		end = skip_word(sql, size, end);
		if (at(sql, size, end) != ':' || at(sql, size, end + 1) != ':')
			break;
		end += 2;
	}
	if (end == 1)
		*kind = SQLTOKEN_ILLEGAL;
	if (end == 1 || at(sql, size, end) != '(')
		return end;
	for (end++; end < size && !is_blank(sql[end]); end++)
		if (sql[end] == ')')
			return end + 1;
	*kind = SQLTOKEN_ILLEGAL;
	return end;
}

static size_t read_symbol(enum sqltoken_kind *kind, const char *sql,
			  size_t size)
{
	static const char *const symbols[] = {
		"->>", "->", "==", "<=", "<>", "<<", ">=", ">>", "!=", "||",
	};

	char second = at(sql, size, 1);

	/* all that are longer than one byte have one of these there */
	for (size_t i = 0;
	     second && strchr("=<>|", second) && i < ARRAY_SIZE(symbols); i++) {
		size_t length = strlen(symbols[i]);

		if (size >= length && memcmp(sql, symbols[i], length) == 0)
			return length;
	}
	if (sql[0] == '\0' || !strchr("(),;.+-*/%=<>|&~", sql[0]))
		*kind = SQLTOKEN_ILLEGAL;
	return 1;
}

size_t sqltoken_read(enum sqltoken_kind *kind, const char *sql, size_t size)
{
	const size_t mark = sizeof(byte_order_mark) - 1;
	char first = at(sql, size, 0);
	char second = at(sql, size, 1);

	*kind = SQLTOKEN_WORD;
	/* most words; not x'00', and no byte order mark */
	if (is_letter(first) && second != '\'' && (unsigned char)first < 0x80)
		return skip_word(sql, size, 1);
	*kind = SQLTOKEN_SPACE;
	if (size == 0)
		return 0;
	if (first != '\v' && is_blank(first))
		return read_space(sql, size);
	if (size >= mark && memcmp(sql, byte_order_mark, mark) == 0)
		return mark;
	*kind = SQLTOKEN_COMMENT;
	if (first == '-' && second == '-')
		return read_line_comment(sql, size);
	if (first == '/' && second == '*' && size > 2)
		return read_comment(sql, size);
	if (first == '\'' || first == '"' || first == '`' || first == '[')
		return read_quoted(kind, sql, size);
	if ((first == 'x' || first == 'X') && second == '\'')
		return read_blob(kind, sql, size);
	*kind = SQLTOKEN_WORD;
	if (is_letter(first))
		return skip_word(sql, size, 1);
	*kind = SQLTOKEN_NUMBER;
	if (is_digit(first) || (first == '.' && is_digit(second)))
		return read_number(sql, size);
	if (first && strchr("?$@#:", first))
		return read_parameter(kind, sql, size);
	*kind = SQLTOKEN_SYMBOL;
	return read_symbol(kind, sql, size);
}

bool sqltoken_next(struct sqltoken *token, struct sqltokens *tokens)
{
	while (tokens->left > 0) {
		token->text = tokens->at;
		token->size =
			sqltoken_read(&token->kind, tokens->at, tokens->left);
		tokens->at += token->size;
		tokens->left -= token->size;
		if (token->kind != SQLTOKEN_SPACE &&
		    token->kind != SQLTOKEN_COMMENT)
			return true;
	}
	*token = (struct sqltoken){ .kind = SQLTOKEN_SPACE, .text = "" };
	return false;
}

bool sqltoken_is_whole(const struct sqltoken *token, const char *word)
{
	return (token->kind == SQLTOKEN_WORD ||
		token->kind == SQLTOKEN_SYMBOL) &&
	       token->size == strlen(word) &&
	       strncasecmp(token->text, word, token->size) == 0;
}

bool sqltoken_ends_in_comment(const char *sql, size_t size)
{
	enum sqltoken_kind kind = SQLTOKEN_SPACE;

	if (!memmem(sql, size, "--", 2))
		return false;
	while (size > 0) {
		size_t word = sqltoken_read(&kind, sql, size);

		if (word == size)
			return kind == SQLTOKEN_COMMENT && sql[0] == '-';
		sql += word;
		size -= word;
	}
	return false;
}

void sqltoken_add_name(struct buf *out, const struct sqltoken *token)
{
	const char *text = token->text;
	size_t end = token->size - 1;

	if (token->kind != SQLTOKEN_NAME && token->kind != SQLTOKEN_STRING) {
		buf_add(out, text, token->size);
		return;
	}
	for (size_t i = 1; i < end; i++) {
		buf_add_char(out, text[i]);
		if (text[0] != '[' && text[i] == text[0])
			i++;
	}
	if (end == 1)
		buf_add(out, "", 0);
}
