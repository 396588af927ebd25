#include "config.h"

#include "schema/sameness.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MAX_SQL = 64 << 20 };

/* ---- tables ---- */

bool sameness_of_columns(const struct tabledef_column *a,
			 const struct tabledef_column *b)
{
	return strcasecmp(a->name, b->name) == 0 &&
	       strcmp(a->spelling, b->spelling) == 0;
}

static bool same_tables(const struct tabledef *a, const struct tabledef *b)
{
	if (a->ncolumns != b->ncolumns || a->nconstraints != b->nconstraints ||
	    a->strict != b->strict || a->without_rowid != b->without_rowid)
		return false;
	for (size_t i = 0; i < a->ncolumns; i++)
		if (!sameness_of_columns(&a->columns[i], &b->columns[i]))
			return false;
	for (size_t i = 0; i < a->nconstraints; i++)
		if (a->constraints[i].kind != b->constraints[i].kind ||
		    strcmp(a->constraints[i].spelling,
			   b->constraints[i].spelling) != 0)
			return false;
	return true;
}

static int compare_tables(bool *same, struct blueprint *from,
			  struct blueprint_object *a, struct blueprint *to,
			  struct blueprint_object *b, struct err *err)
{
	const struct tabledef *left, *right;

	if (blueprint_def(from, a, &left, err) < 0 ||
	    blueprint_def(to, b, &right, err) < 0)
		return err->code;
	*same = same_tables(left, right);
	return 0;
}

/* ---- what a name may be ---- */

/* Notes the columns of a table, without taking it apart. */
static int note_columns(struct namemap *map, struct blueprint *blueprint,
			const struct blueprint_object *object, struct err *err)
{
	const struct words *words = &object->words;
	size_t depth = 0;

	for (size_t at = object->head; at < words->count; at++) {
		const char *name;

		if (words_is(words, at, ")"))
			depth -= depth > 0;
		if (!words_is(words, at, "(") && !words_is(words, at, ","))
			continue;
		depth += words_is(words, at, "(");
		if (depth != 1 || !words_is_name(words, at + 1))
			continue;
		name = words_name(words, at + 1, &blueprint->arena);
		if (!name)
			return err_set_nomem(err);
		if (namemap_add(map, name, 0, err) < 0)
			return err->code;
	}
	return 0;
}

/* What is a bare word in one spelling is a name in quotes in the other. */
static int note_words(struct namemap *map, struct blueprint *blueprint,
		      const struct blueprint_object *object, struct err *err)
{
	for (size_t at = 0; at < object->words.count; at++) {
		const char *name;

		if (object->words.items[at].kind != SQLTOKEN_WORD)
			continue;
		name = words_name(&object->words, at, &blueprint->arena);
		if (!name)
			return err_set_nomem(err);
		if (namemap_add(map, name, 0, err) < 0)
			return err->code;
	}
	return 0;
}

/* True if something in the statement is in double quotes. */
static bool has_quotes(const struct blueprint_object *object)
{
	for (size_t at = object->head; at < object->words.count; at++)
		if (object->words.items[at].text[0] == '"')
			return true;
	return false;
}

/*
 * Notes what a statement may mean by a name: columns of the tables that it
 * mentions, what the views that it mentions give, and these themselves.
 */
static int note_all(struct namemap *map, struct blueprint *blueprint,
		    const struct blueprint_object *object, bool *noted,
		    struct err *err)
{
	if (note_words(map, blueprint, object, err) < 0)
		return err->code;
	noted[object - blueprint->items] = true;
	for (size_t at = object->head; at < object->words.count; at++) {
		const struct blueprint_object *other;
		const char *name;

		if (!words_is_name(&object->words, at))
			continue;
		name = words_name(&object->words, at, &blueprint->arena);
		if (!name)
			return err_set_nomem(err);
		other = blueprint_find(blueprint, name, false);
		if (!other || noted[other - blueprint->items])
			continue;
		noted[other - blueprint->items] = true;
		if (namemap_add(map, other->name, 0, err) < 0)
			return err->code;
		if (other->kind == OBJECT_VIEW) {
			if (note_all(map, blueprint, other, noted, err) < 0)
				return err->code;
		} else if (note_columns(map, blueprint, other, err) < 0) {
			return err->code;
		}
	}
	return 0;
}

/* The same, with room for what it needs meanwhile. */
static int note_names(struct namemap *map, struct blueprint *blueprint,
		      const struct blueprint_object *object, struct err *err)
{
	bool *noted = calloc(blueprint->count + 1, sizeof(*noted));

	if (!noted)
		return err_set_nomem(err);
	(void)!note_all(map, blueprint, object, noted, err);
	free(noted);
	return err->code;
}

/* ---- indexes, views, triggers ---- */

/* Some words of a statement are left out. */
struct simplified {
	const struct blueprint_object *object;
	bool *gone; /* by word */
};

static bool is(const struct simplified *self, size_t at, const char *word)
{
	return words_is(&self->object->words, at, word);
}

static void drop_for_each_row(struct simplified *self)
{
	for (size_t at = self->object->head;
	     !is(self, at, "BEGIN") && at < self->object->words.count; at++)
		if (is(self, at, "FOR") && is(self, at + 1, "EACH") &&
		    is(self, at + 2, "ROW"))
			self->gone[at] = self->gone[at + 1] =
				self->gone[at + 2] = true;
}

static void drop_ascending(struct simplified *self)
{
	for (size_t at = self->object->head; at < self->object->words.count;
	     at++)
		self->gone[at] =
			is(self, at, "ASC") &&
			(is(self, at + 1, ",") || is(self, at + 1, ")"));
}

/* The end of a column, `a` or `t.a`, that begins at `at`; `at`: none does. */
static size_t column_end(const struct simplified *self, size_t at)
{
	const struct words *words = &self->object->words;
	size_t end = at;

	while (words_is_name(words, end) &&
	       words->items[end].kind != SQLTOKEN_STRING &&
	       words_is(words, end + 1, "."))
		end += 2;
	return words_is_name(words, end) &&
			       words->items[end].kind != SQLTOKEN_STRING
		       ? end + 1
		       : at;
}

/* True behind a word after which an expression begins. */
static bool begins_expression(const struct simplified *self, size_t at)
{
	static const char *const words[] = {
		"SELECT", "DISTINCT", "WHERE", "AND",  "OR",   "ON", "NOT",
		"BY",	  "HAVING",   "THEN",  "ELSE", "WHEN", ",",  "=",
		"<",	  ">",	      "<=",    ">=",   "<>",   "!=", "==",
		"+",	  "-",	      "*",     "/",    "||",
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (at > 0 && is(self, at - 1, words[i]))
			return true;
	return false;
}

/* True if all of a condition is in one pair of parentheses. */
static bool is_condition(const struct simplified *self, size_t at, size_t close)
{
	static const char *const before[] = { "WHERE", "ON", "HAVING" };
	static const char *const after[] = { "GROUP", "ORDER",	"LIMIT",
					     "UNION", "EXCEPT", "INTERSECT",
					     ")",     ";",	"WHERE" };
	bool begins = false;

	for (size_t i = 0; i < ARRAY_SIZE(before); i++)
		begins |= at > 0 && is(self, at - 1, before[i]);
	if (!begins || is(self, at + 1, "SELECT"))
		return false;
	if (close == self->object->words.count)
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(after); i++)
		if (is(self, close, after[i]))
			return true;
	return false;
}

static void drop_parentheses(struct simplified *self)
{
	const struct words *words = &self->object->words;

	for (size_t at = self->object->head; at < words->count; at++) {
		size_t close;

		if (!is(self, at, "("))
			continue;
		close = words_close(words, at);
		if ((begins_expression(self, at) &&
		     column_end(self, at + 1) == close - 1) ||
		    is_condition(self, at, close))
			self->gone[at] = self->gone[close - 1] = true;
	}
}

/* The one table that a view selects from, as a word; 0: there are more. */
static size_t find_only_table(const struct simplified *self)
{
	const struct words *words = &self->object->words;
	size_t selects = 0, table = 0;

	for (size_t at = self->object->head; at < words->count; at++) {
		selects += is(self, at, "SELECT");
		if (is(self, at, "JOIN") || selects > 1)
			return 0;
		if (!is(self, at, "FROM") || is(self, at - 1, "DISTINCT"))
			continue;
		if (table || !words_is_name(words, at + 1) ||
		    is(self, at + 2, ",") || is(self, at + 2, "."))
			return 0;
		table = at + 1;
	}
	return table;
}

static void drop_qualifiers(struct simplified *self)
{
	const struct words *words = &self->object->words;
	size_t table = find_only_table(self);
	size_t alias = table + 1;
	struct arena arena = ARENA_INIT;
	struct namemap names = { .cap = 0 };
	struct err ignored = ERR_INIT;
	const char *name = NULL;

	alias += is(self, alias, "AS");
	if (table && words_is_name(words, alias) && !is(self, alias, "WHERE") &&
	    !is(self, alias, "ORDER") && !is(self, alias, "GROUP") &&
	    !is(self, alias, "LIMIT"))
		table = alias;
	if (table)
		name = words_name(words, table, &arena);
	if (name && namemap_add(&names, name, 0, &ignored) == 0)
		for (size_t at = self->object->head; at + 2 < words->count;
		     at++) {
			const struct words word = { &words->items[at], 1,
						    true };

			if (is(self, at + 1, ".") && at != table &&
			    words_is_name(words, at + 2) &&
			    words_mention(&word, &names))
				self->gone[at] = self->gone[at + 1] = true;
		}
	namemap_release(&names);
	arena_release(&arena);
}

static void simplify(struct simplified *self)
{
	switch (self->object->kind) {
	case OBJECT_TRIGGER:
		drop_for_each_row(self);
		break;
	case OBJECT_VIEW:
		drop_parentheses(self);
		drop_qualifiers(self);
		break;
	case OBJECT_INDEX:
		drop_ascending(self);
		break;
	default:
		break;
	}
}

static int spell(struct buf *out, const struct blueprint_object *object,
		 struct arena *arena, const struct words_names *names,
		 struct err *err)
{
	struct simplified self = { .object = object };

	self.gone = arena_array(arena, object->words.count + 1, sizeof(bool));
	if (!self.gone)
		return err_set_nomem(err);
	simplify(&self);
	buf_add_string(out, object->is_unique ? "unique" : "");
	for (size_t at = object->head; at < object->words.count; at++) {
		if (self.gone[at])
			continue;
		buf_add_char(out, ' ');
		words_add(out, &object->words, at, at + 1, names);
	}
	return buf_check(out, "a definition", err);
}

static int compare_words(bool *same, struct blueprint *from,
			 struct blueprint_object *a, struct blueprint *to,
			 struct blueprint_object *b, struct err *err)
{
	struct namemap map = { .cap = 0 };
	const struct words_names names = { .map = &map };
	struct arena arena = ARENA_INIT;
	struct buf left, right;

	buf_init(&left, MAX_SQL);
	buf_init(&right, MAX_SQL);
	if (has_quotes(a) || has_quotes(b)) {
		if (note_names(&map, from, a, err) == 0)
			(void)!note_names(&map, to, b, err);
	}
	if (!err->code && spell(&left, a, &arena, &names, err) == 0 &&
	    spell(&right, b, &arena, &names, err) == 0)
		*same = left.len == right.len &&
			memcmp(left.data, right.data, left.len) == 0;
	namemap_release(&map);
	arena_release(&arena);
	buf_release(&left);
	buf_release(&right);
	return err->code;
}

/* The words behind the name; what cannot be read as it stands. */
static void add_rest(struct buf *out, const struct blueprint_object *object)
{
	static const struct words_names none = { .all = false };

	if (object->words.whole && object->kind == OBJECT_TABLE)
		words_add_table(out, &object->words, object->head,
				object->words.count, &none);
	else if (object->words.whole)
		words_add(out, &object->words, object->head,
			  object->words.count, &none);
	else
		buf_add(out, object->sql, object->size);
}

/* True if all behind the names is the same, but for blanks and letter case. */
static int compare_rest(bool *same, const struct blueprint_object *a,
			const struct blueprint_object *b, struct err *err)
{
	struct buf left, right;

	/* most that is compared was not touched at all */
	*same = a->size == b->size && memcmp(a->sql, b->sql, a->size) == 0;
	if (*same)
		return 0;
	buf_init(&left, MAX_SQL);
	buf_init(&right, MAX_SQL);
	add_rest(&left, a);
	add_rest(&right, b);
	if (buf_check(&left, "a definition", err) == 0 &&
	    buf_check(&right, "a definition", err) == 0)
		*same = left.len == right.len &&
			(left.len == 0 ||
			 memcmp(left.data, right.data, left.len) == 0);
	buf_release(&left);
	buf_release(&right);
	return err->code;
}

int sameness_compare(bool *same, struct blueprint *from,
		     struct blueprint_object *a, struct blueprint *to,
		     struct blueprint_object *b, struct err *err)
{
	*same = false;
	if (a->kind != b->kind)
		return 0;
	if (a->is_unique == b->is_unique && compare_rest(same, a, b, err) < 0)
		return err->code;
	if (*same)
		return 0;
	if (!a->words.whole || !b->words.whole ||
	    a->kind == OBJECT_VIRTUAL_TABLE)
		return 0;
	if (a->kind == OBJECT_TABLE)
		return compare_tables(same, from, a, to, b, err);
	return compare_words(same, from, a, to, b, err);
}
