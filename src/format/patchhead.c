#include "config.h"

#include "format/patchhead.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "format/patchline.h"
#include "model/name.h"
#include "util/compiler.h"
#include "util/quote.h"
#include "util/text.h"

/* Which lines there were. */
enum {
	SEEN_TABLE = 1 << 0,
	SEEN_NEW = 1 << 1,
	SEEN_ONLY_OLD = 1 << 2,
	SEEN_ONLY_NEW = 1 << 3,
	SEEN_REASON = 1 << 4,
	SEEN_REDACTED = 1 << 5,
	SEEN_KEY = 1 << 6,
	SEEN_OLD = 1 << 7,
	SEEN_NEW_LABEL = 1 << 8,
};

void patch_head_init(struct patch_head *head, struct patch_table *table,
		     struct arena *arena, const char *name)
{
	*head = (struct patch_head){ .name = name,
				     .arena = arena,
				     .table = table };
	buf_init(&head->scratch, PATCH_MAX_LINE);
	memset(table, 0, sizeof(*table));
}

void patch_head_release(struct patch_head *head)
{
	buf_release(&head->scratch);
}

/* ---- names ---- */

bool patch_read_name(const char **name, const char **text, size_t *size,
		     struct buf *scratch, struct arena *arena, struct err *err)
{
	size_t taken;

	buf_clear(scratch);
	taken = name_read(scratch, *text, *size);
	if (buf_check(scratch, "a name", err) < 0 || taken == 0)
		return false;
	*name = arena_copy(arena, scratch->len ? scratch->data : "",
			   scratch->len);
	if (!*name) {
		err_set_nomem(err);
		return false;
	}
	*text += taken;
	*size -= taken;
	return true;
}

static int compare_names(const void *a, const void *b)
{
	return strcasecmp(*(const char *const *)a, *(const char *const *)b);
}

int patch_find_twice(const char **twice, const char *const *names, size_t count,
		     struct err *err)
{
	const char **sorted;

	*twice = NULL;
	if (count < 2)
		return 0;
	sorted = calloc(count, sizeof(*sorted));
	if (!sorted)
		return err_set_nomem(err);
	memcpy(sorted, names, count * sizeof(*sorted));
	qsort(sorted, count, sizeof(*sorted), compare_names);
	for (size_t i = 1; i < count && !*twice; i++)
		if (compare_names(&sorted[i - 1], &sorted[i]) == 0)
			*twice = sorted[i];
	free(sorted);
	return 0;
}

/* How many names stand in a list, if it is one. */
static size_t count_names(const char *text, size_t size, struct buf *scratch)
{
	size_t count = 0;

	do {
		size_t taken;

		buf_clear(scratch);
		taken = name_read(scratch, text, size);
		if (taken == 0)
			return 0;
		text += taken;
		size -= taken;
		count++;
	} while (text_take(&text, &size, ", "));
	return size == 0 ? count : 0;
}

/* Reads `city, ref`. */
static int read_names(struct patch_head *head, const char *const **names,
		      size_t *count, const char *text, size_t size,
		      uint64_t line, struct err *err)
{
	const char **read;
	const char *twice;

	*count = count_names(text, size, &head->scratch);
	if (*count == 0)
		return patch_refuse(head->name, line, err,
				    "expected names of columns, with a comma "
				    "and a blank between them");
	if (*count > PATCH_MAX_CELLS)
		return patch_refuse(head->name, line, err,
				    "more columns than a table can have");
	read = arena_array(head->arena, *count, sizeof(*read));
	if (!read)
		return err_set_nomem(err);
	for (size_t i = 0; i < *count; i++) {
		if (!patch_read_name(&read[i], &text, &size, &head->scratch,
				     head->arena, err))
			return err->code;
		(void)!text_take(&text, &size, ", ");
	}
	*names = read;
	if (patch_find_twice(&twice, read, *count, err) < 0)
		return err->code;
	if (twice)
		return patch_refuse(head->name, line, err,
				    "column '%s' stands there twice", twice);
	return 0;
}

/* Reads words in which what is unsafe is escaped. */
static int read_words(struct patch_head *head, const char **words,
		      const char *text, size_t size, uint64_t line,
		      struct err *err)
{
	struct buf *scratch = &head->scratch;

	buf_clear(scratch);
	if (!quote_read_escaped(scratch, text, size) ||
	    (scratch->len && memchr(scratch->data, '\0', scratch->len)))
		return patch_refuse(
			head->name, line, err,
			"expected words in which a backslash is "
			"\\\\ and a control character \\n or \\033");
	if (buf_check(scratch, "a line", err) < 0)
		return err->code;
	*words = arena_copy(head->arena, scratch->len ? scratch->data : "",
			    scratch->len);
	return *words ? 0 : err_set_nomem(err);
}

/* ---- lines ---- */

/* Notes that the line was there; each comes once, in the order of `bit`. */
static int see(struct patch_head *head, unsigned bit, uint64_t line,
	       struct err *err)
{
	if (head->seen & bit)
		return patch_refuse(head->name, line, err,
				    "this line stands there for the second "
				    "time");
	if (bit >= SEEN_KEY && head->seen >= bit)
		return patch_refuse(head->name, line, err,
				    "a line in the wrong place: 'key' comes "
				    "before '---', and that before '+++'");
	if (bit < SEEN_KEY && head->seen >= SEEN_KEY)
		return patch_refuse(head->name, line, err,
				    "a note stands before 'key' and '---'");
	head->seen |= bit;
	return 0;
}

static int read_table(struct patch_head *head, const char *text, size_t size,
		      uint64_t line, struct err *err)
{
	struct patch_table *table = head->table;

	table->line = line;
	if (!patch_read_name(&table->name, &text, &size, &head->scratch,
			     head->arena, err))
		goto fail;
	if (text_take(&text, &size, "/")) {
		table->database = table->name;
		if (!patch_read_name(&table->name, &text, &size, &head->scratch,
				     head->arena, err))
			goto fail;
	}
	if (size == 0)
		return see(head, SEEN_TABLE, line, err);
fail:
	return err->code ? err->code
			 : patch_refuse(head->name, line, err,
					"expected the name of a table, as in "
					"'diff --d1 shop/lines'");
}

static int read_columns(struct patch_head *head, int side, const char *text,
			size_t size, uint64_t line, struct err *err)
{
	if (see(head, side == PATCH_OLD ? SEEN_ONLY_OLD : SEEN_ONLY_NEW, line,
		err) < 0)
		return err->code;
	return read_names(head, &head->table->only[side],
			  &head->table->nonly[side], text, size, line, err);
}

/* A note that is a line of its own; false if it is another. */
static bool read_word(struct patch_head *head, const char *text, size_t size,
		      uint64_t line, struct err *err)
{
	static const struct {
		const char *word;
		size_t offset;
		unsigned bit;
	} notes[] = {
		{ "new table", offsetof(struct patch_table, is_new), SEEN_NEW },
		{ "deleted table", offsetof(struct patch_table, is_deleted),
		  SEEN_NEW },
		{ PATCH_REDACTED, offsetof(struct patch_table, is_redacted),
		  SEEN_REDACTED },
	};

	for (size_t i = 0; i < ARRAY_SIZE(notes); i++) {
		if (size != strlen(notes[i].word) ||
		    memcmp(text, notes[i].word, size) != 0)
			continue;
		if (see(head, notes[i].bit, line, err) == 0)
			*(bool *)((char *)head->table + notes[i].offset) = true;
		return true;
	}
	return false;
}

int patch_head_read(struct patch_head *head, const char *text, size_t size,
		    uint64_t line, struct err *err)
{
	struct patch_table *table = head->table;

	if (!head->seen && text_take(&text, &size, PATCH_TABLE_WORD))
		return read_table(head, text, size, line, err);
	if (read_word(head, text, size, line, err))
		return err->code;
	if (text_take(&text, &size, "columns - "))
		return read_columns(head, PATCH_OLD, text, size, line, err);
	if (text_take(&text, &size, "columns + "))
		return read_columns(head, PATCH_NEW, text, size, line, err);
	if (text_take(&text, &size, "not compared: "))
		return see(head, SEEN_REASON, line, err) < 0
			       ? err->code
			       : read_words(head, &table->not_compared, text,
					    size, line, err);
	if (text_take(&text, &size, "key "))
		return see(head, SEEN_KEY, line, err) < 0
			       ? err->code
			       : read_names(head, &table->key, &table->nkey,
					    text, size, line, err);
	if (text_take(&text, &size, "--- "))
		return see(head, SEEN_OLD, line, err) < 0
			       ? err->code
			       : read_words(head, &table->labels[PATCH_OLD],
					    text, size, line, err);
	if ((head->seen & SEEN_OLD) && text_take(&text, &size, "+++ ")) {
		head->complete = true;
		return see(head, SEEN_NEW_LABEL, line, err) < 0
			       ? err->code
			       : read_words(head, &table->labels[PATCH_NEW],
					    text, size, line, err);
	}
	return patch_refuse(head->name, line, err,
			    head->seen & SEEN_OLD
				    ? "expected '+++ ' and what the new side "
				      "is called"
				    : "expected a note, 'key ' and columns, or "
				      "'--- ' and what the old side is called");
}
