#include "config.h"

#include "format/wranglercut.h"

#include <string.h>
#include <strings.h>

#include "model/sqltoken.h"
#include "util/buf.h"

/* A text on its way through wrangler. */
struct cutter {
	const char *at;
	const char *end;
	struct buf text; /* that it makes of the statement */
	size_t blocks;	 /* that it takes for open */
	bool any_case;	 /* of END */
};

/* What JavaScript takes for a blank, of ASCII. */
static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* True if the text ends in the word with a blank before it. */
static bool ends_in_word(const char *text, size_t size, const char *word,
			 bool any_case)
{
	size_t length = strlen(word);
	const char *found = text + size - length;

	return size > length && is_blank(found[-1]) &&
	       (any_case ? strncasecmp(found, word, length)
			 : memcmp(found, word, length)) == 0;
}

static bool is_block_begun(const struct buf *text)
{
	size_t size = text->len;

	if (size == 0 || !is_blank(text->data[size - 1]))
		return false;
	return ends_in_word(text->data, size - 1, "BEGIN", true) ||
	       ends_in_word(text->data, size - 1, "CASE", true);
}

/* True if END is all there before that character. */
static bool is_block_ended(const struct cutter *self, char next)
{
	return self->text.len > 0 && (next == ';' || is_blank(next)) &&
	       ends_in_word(self->text.data, self->text.len, "END",
			    self->any_case);
}

/* ---- what it skips ---- */

/* The place behind the mark, or the end. */
static const char *find_behind(const struct cutter *self, const char *from,
			       const char *mark, size_t size)
{
	const char *found =
		memmem(from, (size_t)(self->end - from), mark, size);

	return found ? found + size : self->end;
}

static void take_up_to(struct cutter *self, const char *end)
{
	buf_add(&self->text, self->at, (size_t)(end - self->at));
	self->at = end;
}

static void take_quoted(struct cutter *self)
{
	take_up_to(self, find_behind(self, self->at + 1, self->at, 1));
}

static bool is_in_mark(char c)
{
	return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	       (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80;
}

/* $mark$ any text $mark$, or $mark and the character behind it */
static void take_dollar(struct cutter *self)
{
	const char *mark = self->at;
	const char *end = mark + 1;

	while (end < self->end && is_in_mark(*end))
		end++;
	if (end < self->end)
		end++;
	if (end[-1] == '$' && end - mark > 1)
		end = find_behind(self, end, mark, (size_t)(end - mark));
	take_up_to(self, end);
}

/* Takes a comment, of which no more than a line break is left. */
static bool take_comment(struct cutter *self)
{
	if (self->end - self->at < 2)
		return false;
	if (memcmp(self->at, "--", 2) == 0) {
		self->at = find_behind(self, self->at + 2, "\n", 1);
		buf_add_char(&self->text, '\n');
		return true;
	}
	if (memcmp(self->at, "/*", 2) != 0)
		return false;
	self->at = find_behind(self, self->at + 2, "*/", 2);
	return true;
}

/* ---- cutting ---- */

/* Goes on to behind the next `;` at which it cuts; false: there is none. */
static bool cut(struct cutter *self)
{
	while (self->at < self->end) {
		char c = *self->at;

		if (self->blocks > 0 && is_block_ended(self, c))
			self->blocks--;
		if (c == ';' && self->blocks == 0) {
			self->at++;
			return true;
		}
		if (c == '\'' || c == '"' || c == '`')
			take_quoted(self);
		else if (c == '$')
			take_dollar(self);
		else if (!take_comment(self))
			take_up_to(self, self->at + 1);
		if (is_block_begun(&self->text))
			self->blocks++;
	}
	return false;
}

static bool has_same_words(const struct buf *text, const char *sql, size_t size)
{
	struct sqltokens ones = { text->len ? text->data : "", text->len };
	struct sqltokens others = { sql, size };
	struct sqltoken one, other;

	do {
		sqltoken_next(&one, &ones);
		sqltoken_next(&other, &others);
		if (one.kind != other.kind || one.size != other.size ||
		    memcmp(one.text, other.text, one.size) != 0)
			return false;
	} while (one.size > 0);
	return true;
}

/* Looks at the statement in `file`, of which that many bytes are its own. */
static int check(enum wranglercut *worst, const struct buf *file, size_t size,
		 bool any_case, struct err *err)
{
	struct cutter cutter = { .at = file->data,
				 .end = file->data + file->len,
				 .any_case = any_case };
	struct buf *text = &cutter.text;
	bool joined;

	buf_init(text, file->len + 1);
	joined = !cut(&cutter);
	if (buf_check(text, "a statement", err) < 0)
		goto out;
	/* what it goes on with has the semicolon */
	if (joined && text->len > 0)
		buf_truncate(text, text->len - 1);
	if (cutter.at < cutter.end || !has_same_words(text, file->data, size))
		*worst = WRANGLERCUT_WRONG;
	else if (joined && *worst == WRANGLERCUT_RIGHT)
		*worst = WRANGLERCUT_JOINED;
out:
	buf_release(text);
	return err->code;
}

int wranglercut_check(enum wranglercut *cut, const char *sql, size_t size,
		      struct err *err)
{
	struct buf file;

	*cut = WRANGLERCUT_RIGHT;
	buf_init(&file, size + 2);
	buf_add(&file, sql, size);
	buf_add_string(&file,
		       sqltoken_ends_in_comment(sql, size) ? "\n;" : ";");
	if (buf_check(&file, "a statement", err) == 0 &&
	    check(cut, &file, size, false, err) == 0)
		(void)!check(cut, &file, size, true, err);
	buf_release(&file);
	return err->code;
}

static bool begins_with(const char *at, const char *end, const char *word)
{
	size_t size = strlen(word);

	return (size_t)(end - at) >= size && strncasecmp(at, word, size) == 0;
}

bool wranglercut_is_plain(const char *sql, size_t size)
{
	const char *end = sql + size;

	for (const char *at = sql; at < end; at++) {
		switch (*at) {
		case '\'':
		case '"':
		case '`':
			at = memchr(at + 1, *at, (size_t)(end - at - 1));
			if (!at)
				return false;
			break;
		case ';':
		case '$':
			return false;
		case '-':
		case '/':
			if (begins_with(at, end, "--") ||
			    begins_with(at, end, "/*"))
				return false;
			break;
		case 'B':
		case 'b':
		case 'C':
		case 'c':
			if (begins_with(at, end, "BEGIN") ||
			    begins_with(at, end, "CASE"))
				return false;
			break;
		default:
			break;
		}
	}
	return true;
}

const char *wranglercut_find_transaction(const char *sql, size_t size)
{
	static const char words[] = "BEGIN TRANSACTION";

	return memmem(sql, size, words, sizeof(words) - 1);
}
