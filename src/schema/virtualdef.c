#include "config.h"

#include "schema/virtualdef.h"

#include <strings.h>

/* The end of the argument that begins at `at`. */
static size_t find_end(const struct words *words, size_t at)
{
	while (at < words->count && !words_is(words, at, ",") &&
	       !words_is(words, at, ")"))
		at = words_is(words, at, "(") ? words_close(words, at) : at + 1;
	return at;
}

static int read_argument(struct virtualdef *def, const char **columns,
			 const struct words *words, size_t at, size_t end,
			 struct arena *arena, struct err *err)
{
	const char *text;

	if (words_is(words, at + 1, "=")) {
		bool rowid = words_is(words, at, "content_rowid");

		if ((!rowid && !words_is(words, at, "content")) ||
		    at + 2 >= end)
			return 0;
		text = words_name(words, at + 2, arena);
		*(rowid ? &def->content_rowid : &def->content) = text;
	} else {
		if (!words_is_name(words, at))
			return 0;
		text = words_name(words, at, arena);
		columns[def->ncolumns++] = text;
	}
	return text ? 0 : err_set_nomem(err);
}

int virtualdef_read(struct virtualdef *def, struct arena *arena,
		    const struct blueprint_object *table, struct err *err)
{
	const struct words *words = &table->words;
	size_t at = table->head;
	const char **columns;

	*def = (struct virtualdef){ .module = "" };
	columns = arena_array(arena, words->count + 1, sizeof(*columns));
	if (!columns)
		return err_set_nomem(err);
	def->columns = columns;
	if (words_is(words, at, "USING") && words_is_name(words, at + 1)) {
		def->module = words_name(words, at + 1, arena);
		if (!def->module)
			return err_set_nomem(err);
		at += 2;
	}
	def->is_fts5 = strcasecmp(def->module, "fts5") == 0;
	def->is_rtree = strcasecmp(def->module, "rtree") == 0 ||
			strcasecmp(def->module, "rtree_i32") == 0;
	if (!words_is(words, at, "("))
		return 0;
	for (at++; at < words->count && !words_is(words, at, ")");) {
		size_t end = find_end(words, at);

		if (end > at &&
		    read_argument(def, columns, words, at, end, arena, err) < 0)
			return err->code;
		at = end + words_is(words, end, ",");
	}
	return 0;
}
