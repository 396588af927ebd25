#include "config.h"

#include "format/script.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "model/sqltoken.h"
#include "util/buf.h"

enum {
	FIRST_READ = 64 << 10,
	SHOWN = 100, /* bytes of a statement in a hint */
};

struct script {
	struct stream *stream;
	const char *name;
	struct buf text; /* what was read and is still needed */
	size_t start;	 /* in it: where the statement begins */
	size_t next;	 /* in it: what was not looked at yet */
	uint64_t line;	 /* at `next` */
	bool ended;	 /* the stream */
};

/* What sqlite3_complete() remembers between two words. */
enum place {
	AT_START,
	IN_STATEMENT,
	AFTER_EXPLAIN,
	AFTER_CREATE, /* perhaps with TEMP */
	IN_TRIGGER,
	AFTER_SEMICOLON, /* in a trigger */
	AFTER_END,	 /* in a trigger, after a semicolon */
	COMPLETE,
};

int script_open(struct script **script, struct stream *stream, const char *name,
		struct err *err)
{
	struct script *self = calloc(1, sizeof(*self));

	if (!self) {
		stream_close(stream);
		return err_set_nomem(err);
	}
	self->stream = stream;
	self->name = name;
	self->line = 1;
	/* room to see that a statement of the full size ends there */
	buf_init(&self->text, SCRIPT_MAX_STATEMENT + 2 * SQLTOKEN_AHEAD);
	*script = self;
	return 0;
}

void script_close(struct script *script)
{
	if (!script)
		return;
	stream_close(script->stream);
	buf_release(&script->text);
	free(script);
}

const char *script_name(const struct script *script)
{
	return script->name;
}

static int fail(const struct script *self, uint64_t line, const char *what,
		struct err *err)
{
	return err_set(err, D1_ERROR, "%s:%" PRIu64 ": %s", self->name, line,
		       what);
}

/* Drops what lies before the statement. */
static void forget(struct script *self)
{
	struct buf *text = &self->text;

	if (self->start == 0)
		return;
	memmove(text->data, text->data + self->start, text->len - self->start);
	buf_truncate(text, text->len - self->start);
	self->next -= self->start;
	self->start = 0;
}

/*
 * Reads on. As much again as is held, so that a long word, which is looked at
 * from its beginning after each read, costs no more than twice its length.
 */
static int fill(struct script *self, uint64_t line, struct err *err)
{
	size_t wanted, kept;
	size_t got = 0;
	char *room;

	forget(self);
	kept = self->text.len;
	wanted = kept > FIRST_READ ? kept : FIRST_READ;
	if (wanted > self->text.max - kept)
		wanted = self->text.max - kept;
	if (wanted == 0)
		return fail(self, line, "the statement is too long", err);
	room = buf_extend(&self->text, wanted);
	if (!room)
		return buf_check(&self->text, "a statement", err);
	(void)!stream_read(self->stream, room, wanted, &got, err);
	buf_truncate(&self->text, kept + got);
	self->ended = got == 0;
	return err->code;
}

/* Looks at the next word; its size is 0 at the end. */
static int peek(struct script *self, struct sqltoken *token, uint64_t line,
		struct err *err)
{
	for (;;) {
		size_t left = self->text.len - self->next;

		token->text = left ? self->text.data + self->next : "";
		token->size = sqltoken_read(&token->kind, token->text, left);
		if (self->ended || token->size + SQLTOKEN_AHEAD <= left)
			return 0;
		if (fill(self, line, err) < 0)
			return err->code;
	}
}

static bool is_open_comment(const struct sqltoken *token)
{
	return token->kind == SQLTOKEN_COMMENT && token->text[0] == '/' &&
	       (token->size < 4 ||
		memcmp(token->text + token->size - 2, "*/", 2) != 0);
}

/* Takes the word that peek() showed. */
static int take(struct script *self, const struct sqltoken *token,
		struct err *err)
{
	const char *end = token->text + token->size;

	self->next += token->size;
	/* these have neither line breaks nor other bytes to look for */
	if (token->kind == SQLTOKEN_WORD || token->kind == SQLTOKEN_NUMBER ||
	    token->kind == SQLTOKEN_SYMBOL)
		return 0;
	if (memchr(token->text, '\0', token->size))
		return fail(self, self->line, "a NUL byte", err);
	if (token->kind == SQLTOKEN_OPEN)
		return fail(self, self->line, "a quote that is not closed",
			    err);
	if (is_open_comment(token))
		return fail(self, self->line, "a comment that is not closed",
			    err);
	for (const char *at = token->text; at < end; at++)
		self->line += *at == '\n';
	return 0;
}

/* A semicolon, END and another semicolon end a trigger, and nothing else. */
static enum place place_in_trigger(enum place place,
				   const struct sqltoken *token)
{
	if (sqltoken_is(token, ";"))
		return place == AFTER_END ? COMPLETE : AFTER_SEMICOLON;
	if (place == AFTER_SEMICOLON && sqltoken_is(token, "END"))
		return AFTER_END;
	return IN_TRIGGER;
}

static bool is_any(const struct sqltoken *token, const char *const *words)
{
	for (; *words; words++)
		if (sqltoken_is(token, *words))
			return true;
	return false;
}

static enum place place_after(enum place place, const struct sqltoken *token)
{
	static const char *const special[] = { "EXPLAIN", "TEMP", "TEMPORARY",
					       "TRIGGER", "END",  NULL };
	static const char *const temporary[] = { "TEMP", "TEMPORARY", NULL };

	if (place >= IN_TRIGGER)
		return place_in_trigger(place, token);
	if (sqltoken_is(token, ";"))
		return COMPLETE;
	if (place == IN_STATEMENT)
		return place;
	if (place == AT_START && sqltoken_is(token, "EXPLAIN"))
		return AFTER_EXPLAIN;
	if ((place == AT_START || place == AFTER_EXPLAIN) &&
	    sqltoken_is(token, "CREATE"))
		return AFTER_CREATE;
	/* EXPLAIN QUERY PLAN */
	if (place == AFTER_EXPLAIN && !is_any(token, special))
		return AFTER_EXPLAIN;
	if (place == AFTER_CREATE && is_any(token, temporary))
		return AFTER_CREATE;
	if (place == AFTER_CREATE && sqltoken_is(token, "TRIGGER"))
		return IN_TRIGGER;
	return IN_STATEMENT;
}

static bool is_nothing(const struct sqltoken *token)
{
	return token->kind == SQLTOKEN_SPACE || token->kind == SQLTOKEN_COMMENT;
}

/* Goes to where the next statement begins, if there is one. */
static int skip_nothing(struct script *self, struct sqltoken *token,
			struct err *err)
{
	do {
		self->start = self->next;
		if (peek(self, token, self->line, err) < 0)
			return err->code;
		if (!is_nothing(token) && !sqltoken_is(token, ";"))
			return 0;
	} while (take(self, token, err) == 0 && token->size > 0);
	return err->code;
}

/* Reads the words of one statement, which is without blanks at the end. */
static int read_statement(struct script *self,
			  struct script_statement *statement, struct err *err)
{
	const uint64_t line = self->line;
	size_t *size = &statement->size;
	enum place place = AT_START;
	struct sqltoken token;

	*size = 0;
	while (place != COMPLETE) {
		if (peek(self, &token, line, err) < 0)
			return err->code;
		if (token.size == 0)
			break;
		if (!is_nothing(&token))
			place = place_after(place, &token);
		if (take(self, &token, err) < 0)
			return err->code;
		/* a comment may belong to the name of a view's last column */
		if (place != COMPLETE && token.kind != SQLTOKEN_SPACE)
			*size = self->next - self->start;
	}
	if (place == IN_TRIGGER || place == AFTER_SEMICOLON)
		return fail(self, line, "a trigger without END", err);
	statement->line = line;
	statement->is_ended = place == COMPLETE;
	if (*size > SCRIPT_MAX_STATEMENT)
		return fail(self, line, "the statement is too long", err);
	return 0;
}

int script_next(struct script *script, struct script_statement *statement,
		struct err *err)
{
	struct script_statement read;
	struct sqltoken token;

	*statement = (struct script_statement){ .text = NULL };
	if (skip_nothing(script, &token, err) < 0)
		return err->code;
	if (token.size == 0)
		return 0;
	if (read_statement(script, &read, err) < 0)
		return err->code;
	script->text.data[script->start + read.size] = '\0';
	read.text = script->text.data + script->start;
	*statement = read;
	return 0;
}

int script_hint(const char *statement, size_t size, struct err *err)
{
	char shown[SHOWN + sizeof(" ...")];
	size_t length = 0;
	size_t i;

	for (i = 0; i < size && length < SHOWN; i++) {
		bool blank = strchr(" \t\r\n", statement[i]) != NULL;

		if (!blank)
			shown[length++] = statement[i];
		else if (length > 0 && shown[length - 1] != ' ')
			shown[length++] = ' ';
	}
	/* not within a character */
	while (i < size && length > 0 && i > 0 &&
	       ((unsigned char)statement[i] & 0xc0) == 0x80) {
		length--;
		i--;
	}
	memcpy(shown + length, i < size ? " ..." : "",
	       i < size ? sizeof(" ...") : 1);
	return err_hint(err, "the statement is: %s", shown);
}
