#include "config.h"

#include "schema/wranglertext.h"

#include <stdbool.h>
#include <string.h>

#include "format/wranglercut.h"
#include "model/sql.h"
#include "model/sqltoken.h"
#include "schema/selectlist.h"
#include "util/arena.h"

enum role {
	PLAIN,
	OPENS,	/* CASE, or the BEGIN of a trigger's body */
	CLOSES, /* END */
	NAMES,	/* something, as wrangler does not expect it */
};

struct word {
	struct sqltoken token; /* also what is between words */
	enum role role;
	bool spelled_out; /* in capitals, with blanks around it */
	bool kept;	  /* as it is, whatever it is */
};

/* A CASE without its END, and in how many parentheses it is. */
struct opening {
	struct word *word;
	size_t depth;
};

struct statement {
	struct arena arena;
	struct word *words; /* an empty one comes last */
	size_t count;
	bool is_trigger;
	bool is_table; /* or changes one */
	bool is_view;
	/* while it is read */
	const struct word *last; /* that says something; NULL: none yet */
	size_t depth;
	struct opening *open; /* the innermost last */
	size_t nopen;
	struct word *body; /* of a trigger: BEGIN */
	bool is_body_closed;
	bool has_bare_case; /* in the body, and in no parentheses */
};

/* ---- reading ---- */

static bool is_nothing(const struct sqltoken *token)
{
	return token->kind == SQLTOKEN_SPACE || token->kind == SQLTOKEN_COMMENT;
}

static bool is_block_comment(const struct sqltoken *token)
{
	return token->kind == SQLTOKEN_COMMENT && token->text[0] == '/';
}

static bool is_any(const struct sqltoken *token, const char *const *words)
{
	for (; *words; words++)
		if (sqltoken_is(token, *words))
			return true;
	return false;
}

static int read_words(struct statement *self, const char *sql, size_t size,
		      struct err *err)
{
	enum sqltoken_kind kind;
	size_t count = 0;

	for (size_t at = 0; at < size; count++)
		at += sqltoken_read(&kind, sql + at, size - at);
	self->words = arena_array(&self->arena, count + 1, sizeof(struct word));
	self->open = arena_array(&self->arena, count + 1, sizeof(*self->open));
	if (!self->words || !self->open)
		return err_set_nomem(err);
	self->words[count].token.text = sql + size;
	for (; self->count < count; self->count++) {
		struct sqltoken *token = &self->words[self->count].token;

		token->text = sql;
		token->size = sqltoken_read(&token->kind, sql, size);
		sql += token->size;
		size -= token->size;
	}
	return 0;
}

static void find_kind(struct statement *self, const char *sql, size_t size)
{
	static const char *const temporary[] = { "TEMP", "TEMPORARY", NULL };
	struct sqltokens tokens = { sql, size };
	struct sqltoken token;

	sqltoken_next(&token, &tokens);
	self->is_table = sqltoken_is(&token, "ALTER");
	if (!sqltoken_is(&token, "CREATE"))
		return;
	sqltoken_next(&token, &tokens);
	if (is_any(&token, temporary))
		sqltoken_next(&token, &tokens);
	self->is_table = sqltoken_is(&token, "TABLE");
	self->is_view = sqltoken_is(&token, "VIEW");
	self->is_trigger = sqltoken_is(&token, "TRIGGER");
}

/* The next word that says something, or the empty one. */
static const struct sqltoken *find_next(const struct statement *self,
					const struct word *word)
{
	do
		word++;
	while (word < self->words + self->count && is_nothing(&word->token));
	return &word->token;
}

/* ---- what wrangler sees of a word ---- */

enum sight { UNSEEN, SEEN, UNSURE };

/* Whether wrangler takes that word for the beginning of a block. */
static enum sight look_at_opening(const struct statement *self,
				  const struct word *word)
{
	const struct sqltoken *before = &word[-1].token;
	const struct sqltoken *after = &word[1].token;

	if (word == self->words || !is_nothing(before) || !is_nothing(after) ||
	    after->size == 0)
		return UNSEEN;
	if (before->kind != SQLTOKEN_SPACE || after->kind != SQLTOKEN_SPACE)
		return UNSURE;
	/* where a comment is left out it looks once more */
	return after->size == 1 && word + 1 < self->words + self->count &&
			       is_block_comment(&word[2].token)
		       ? UNSURE
		       : SEEN;
}

/* Whether it takes it for the end of one, in any version. */
static enum sight look_at_end(const struct statement *self,
			      const struct word *word)
{
	const struct sqltoken *before = &word[-1].token;
	const struct sqltoken *after = &word[1].token;

	if (word == self->words || !is_nothing(before) ||
	    (!is_nothing(after) && !sqltoken_is(after, ";")))
		return UNSEEN;
	return before->kind == SQLTOKEN_SPACE &&
			       after->kind != SQLTOKEN_COMMENT &&
			       memcmp(word->token.text, "END", 3) == 0
		       ? SEEN
		       : UNSURE;
}

/* As D1 itself wants it, too. */
static bool is_plain_begin(const struct word *word)
{
	const struct sqltoken *after = &word[1].token;

	return memcmp(word->token.text, "BEGIN", 5) == 0 &&
	       (after->text[0] == ' ' || after->text[0] == '\n');
}

/* It must see both of them, or none. */
static void match(const struct statement *self, struct word *opens,
		  struct word *closes)
{
	enum sight first = look_at_opening(self, opens);
	bool is_body = opens == self->body;

	opens->role = OPENS;
	closes->role = CLOSES;
	if (first == UNSURE || first != look_at_end(self, closes) ||
	    (is_body && (first != SEEN || !is_plain_begin(opens))))
		opens->spelled_out = closes->spelled_out = true;
}

/* ---- what a word is ---- */

/* True if a value ends there, so that END is no name. */
static bool ends_value(const struct sqltoken *token)
{
	static const char *const expecting[] = {
		"THEN",	  "ELSE",    "WHEN",	 "CASE",    "AND",
		"OR",	  "NOT",     "IS",	 "LIKE",    "GLOB",
		"REGEXP", "IN",	     "MATCH",	 "BETWEEN", "ESCAPE",
		"FROM",	  "COLLATE", "DISTINCT", "EXISTS",  NULL
	};

	if (token->kind == SQLTOKEN_SYMBOL)
		return token->text[0] == ')';
	return !is_any(token, expecting);
}

/* A bare END where no value has ended is a name to SQLite. */
static void see_end(struct statement *self, struct word *word)
{
	const struct opening *inner =
		self->nopen > 0 ? &self->open[self->nopen - 1] : NULL;

	if (inner && inner->depth == self->depth &&
	    ends_value(&self->last->token)) {
		match(self, inner->word, word);
		self->nopen--;
	} else if (!inner && self->depth == 0 && self->body &&
		   sqltoken_is(&self->last->token, ";")) {
		match(self, self->body, word);
		self->is_body_closed = true;
	} else if (look_at_end(self, word) != UNSEEN) {
		word->role = NAMES;
	}
}

/* So is BEGIN where the body of a trigger does not begin. */
static void see_begin(struct statement *self, struct word *word)
{
	static const char *const statements[] = { "INSERT", "UPDATE",  "DELETE",
						  "SELECT", "REPLACE", "WITH",
						  NULL };
	static const char *const naming[] = { "TRIGGER", "EXISTS", "OF", "ON",
					      ".",	 ",",	   NULL };

	if (self->is_trigger && !self->body && self->depth == 0 && self->last &&
	    !is_any(&self->last->token, naming) &&
	    is_any(find_next(self, word), statements))
		self->body = word;
	else if (look_at_opening(self, word) != UNSEEN)
		word->role = NAMES;
}

static void see_word(struct statement *self, struct word *word)
{
	const struct sqltoken *token = &word->token;

	self->depth += sqltoken_is(token, "(");
	if (self->depth > 0)
		self->depth -= sqltoken_is(token, ")");
	if (sqltoken_is(token, "CASE")) {
		self->open[self->nopen++] =
			(struct opening){ word, self->depth };
		if (self->body && self->depth == 0)
			self->has_bare_case = true;
	} else if (sqltoken_is(token, "END")) {
		see_end(self, word);
	} else if (sqltoken_is(token, "BEGIN")) {
		see_begin(self, word);
	} else if ((token->kind == SQLTOKEN_NAME && token->text[0] == '[') ||
		   (token->kind == SQLTOKEN_WORD &&
		    memchr(token->text, '$', token->size))) {
		word->role = NAMES;
	}
}

/*
 * The type of a column is kept by SQLite as it is written. Only the words here
 * come before a name, and not before a type.
 */
static bool may_be_type(const struct statement *self, const struct word *word)
{
	static const char *const naming[] = { "TABLE",	    "EXISTS", "ADD",
					      "COLUMN",	    "RENAME", "TO",
					      "REFERENCES", "DROP",   NULL };
	const struct sqltoken *last;

	if (!self->is_table || word->role != NAMES || !self->last ||
	    self->depth > 1)
		return false;
	last = &self->last->token;
	return (last->kind == SQLTOKEN_WORD || last->kind == SQLTOKEN_NAME) &&
	       !is_any(last, naming);
}

/* Leaves what words from..to are as it is. */
static void keep(struct statement *self, const char *from, const char *to)
{
	for (size_t i = 0; i < self->count; i++) {
		struct word *word = &self->words[i];

		if (word->token.text >= from && word->token.text < to)
			word->kept = true;
	}
}

/* What a view computes without a name is called as its text is. */
static void keep_names(struct statement *self, const struct word *select)
{
	static const char *const modes[] = { "DISTINCT", "ALL", NULL };
	struct sqltokens tokens = { select[1].token.text, 0 };
	struct sqltokens after;
	struct sqltoken next;
	const char *from, *to;

	tokens.left = (size_t)(self->words[self->count].token.text - tokens.at);
	after = tokens;
	if (sqltoken_next(&next, &after) && is_any(&next, modes))
		tokens = after;
	do {
		if (selectlist_read_item(&tokens, &from, &to))
			keep(self, from, to);
	} while (sqltoken_next(&next, &tokens) && sqltoken_is(&next, ","));
}

/* Finds out what the words are; false if that makes no sense. */
static bool understand(struct statement *self)
{
	for (size_t i = 0; i < self->count; i++) {
		struct word *word = &self->words[i];

		if (is_nothing(&word->token))
			continue;
		if (word->token.kind == SQLTOKEN_OPEN ||
		    word->token.kind == SQLTOKEN_ILLEGAL ||
		    memchr(word->token.text, '\0', word->token.size))
			return false;
		see_word(self, word);
		if (may_be_type(self, word))
			word->role = PLAIN;
		if (self->is_view && sqltoken_is(&word->token, "SELECT"))
			keep_names(self, word);
		self->last = word;
	}
	return self->nopen == 0 && self->depth == 0 &&
	       self->is_trigger == self->is_body_closed;
}

/* ---- writing ---- */

static void add_spelled_out(struct buf *out, const struct statement *self,
			    const struct word *word)
{
	const struct sqltoken *after = &word[1].token;
	bool opens = word->role == OPENS;
	bool has_blank = after->kind == SQLTOKEN_SPACE && after->size > 0;

	if (word > self->words && word[-1].token.kind != SQLTOKEN_SPACE)
		buf_add_char(out, ' ');
	for (size_t i = 0; i < word->token.size; i++)
		buf_add_char(out, (char)(word->token.text[i] & ~0x20));
	if (after->size > 0 && !sqltoken_is(after, ";") &&
	    (!has_blank ||
	     (word == self->body && !strchr(" \n", *after->text))))
		buf_add_char(out, ' ');
	/* two of them, if a comment comes */
	if (opens &&
	    (is_block_comment(after) || (has_blank && after->size == 1 &&
					 is_block_comment(&word[2].token))))
		buf_add_char(out, ' ');
}

static void add_comment(struct buf *out, const struct statement *self,
			const struct word *word)
{
	const struct sqltoken *before = &word[-1].token;
	const struct sqltoken *after = &word[1].token;

	buf_add(out, word->token.text, word->token.size);
	if (is_block_comment(&word->token) && word > self->words &&
	    before->kind != SQLTOKEN_SPACE && after->kind != SQLTOKEN_SPACE)
		buf_add_char(out, ' ');
}

static int add_name(struct buf *out, const struct word *word, struct err *err)
{
	struct buf name;

	buf_init(&name, word->token.size + 1);
	sqltoken_add_name(&name, &word->token);
	if (buf_check(&name, "a name", err) == 0)
		sql_add_name(out, name.len ? name.data : "");
	buf_release(&name);
	return err->code;
}

/* Names that only their quotes kept apart would become one. */
static void keep_apart(struct buf *out, size_t start, const struct word *word)
{
	bool is_quoted = (word->role == NAMES && !word->kept) ||
			 (word->token.size > 0 && word->token.text[0] == '"');

	if (is_quoted && out->len > start && out->data[out->len - 1] == '"')
		buf_add_char(out, ' ');
}

static int add_words(struct buf *out, const struct statement *self,
		     struct err *err)
{
	size_t start = out->len;

	for (size_t i = 0; i < self->count; i++) {
		const struct word *word = &self->words[i];

		keep_apart(out, start, word);
		if (word->spelled_out && !word->kept)
			add_spelled_out(out, self, word);
		else if (word->role == NAMES && !word->kept)
			(void)!add_name(out, word, err);
		else if (word->token.kind == SQLTOKEN_COMMENT && !word->kept)
			add_comment(out, self, word);
		else
			buf_add(out, word->token.text, word->token.size);
	}
	return err->code ? err->code : buf_check(out, "a statement", err);
}

/* ---- all of it ---- */

/* Writes it anew if that helps; else `out` is as it was. */
static int add_rewritten(struct buf *out, enum wranglercut *cut,
			 const struct statement *self, struct err *err)
{
	enum wranglercut after;
	size_t start = out->len;

	if (add_words(out, self, err) < 0 ||
	    wranglercut_check(&after, out->data + start, out->len - start,
			      err) < 0)
		return err->code;
	if (after == WRANGLERCUT_RIGHT)
		*cut = after;
	else
		buf_truncate(out, start);
	return 0;
}

static void find_trouble(struct wranglertext *left, enum wranglercut cut,
			 const struct statement *self, const char *sql,
			 size_t size)
{
	*left = (struct wranglertext){ .is_joined = cut == WRANGLERCUT_JOINED };
	if (cut == WRANGLERCUT_WRONG) {
		left->trouble = "wrangler before 4.137 cuts this in the wrong "
				"place";
		left->way_out = self->is_view
					? "give what it computes a name with "
					  "AS, or apply it with git d1 "
					  "migrations apply"
					: "apply it with git d1 migrations "
					  "apply";
	} else if (wranglercut_find_transaction(sql, size)) {
		left->trouble = "wrangler takes BEGIN TRANSACTION in it for a "
				"statement";
		left->way_out = "write these words in another way, or apply it "
				"with git d1 migrations apply";
	} else if (self->has_bare_case) {
		left->trouble = "if wrangler applies this to a remote "
				"database, D1 takes the END of the CASE for "
				"that of the trigger";
		left->way_out = "put the CASE in parentheses, or apply it with "
				"git d1 migrations apply";
	}
}

int wranglertext_add(struct buf *out, struct wranglertext *left,
		     const char *sql, size_t size, struct err *err)
{
	struct statement self = { .words = NULL };
	size_t start = out->len;
	enum wranglercut cut;
	bool understood;

	*left = (struct wranglertext){ .is_joined = false };
	if (wranglercut_is_plain(sql, size) &&
	    !wranglercut_find_transaction(sql, size)) {
		buf_add(out, sql, size);
		return 0;
	}
	if (wranglercut_check(&cut, sql, size, err) < 0 ||
	    read_words(&self, sql, size, err) < 0)
		goto out;
	find_kind(&self, sql, size);
	understood = understand(&self);
	if (understood &&
	    (cut != WRANGLERCUT_RIGHT || (self.body && self.body->spelled_out)))
		(void)!add_rewritten(out, &cut, &self, err);
	if (out->len == start)
		buf_add(out, sql, size);
	find_trouble(left, cut, &self, sql, size);
out:
	arena_release(&self.arena);
	return err->code;
}
