#include "config.h"

#include "schema/prefixed.h"

#include <string.h>
#include <strings.h>

#include <sqlite3.h>

#include "model/sql.h"
#include "schema/scratchname.h"

enum { MAX_SQL = 64 << 20, MAX_NAME = 1 << 20 };

/* ---- names ---- */

/* Also one that is not there: a plan may make it for a while. */
static int note_parents(struct prefixed *self,
			const struct blueprint_object *table, struct err *err)
{
	const struct words *words = &table->words;

	for (size_t at = table->head; at + 1 < words->count; at++) {
		const char *name;

		if (!words_is(words, at, "REFERENCES") ||
		    !words_is_name(words, at + 1))
			continue;
		name = words_name(words, at + 1, &self->arena);
		if (!name)
			return err_set_nomem(err);
		if (namemap_add(&self->names, name, false, err) < 0)
			return err->code;
	}
	return 0;
}

static int note_names(struct prefixed *self, const struct blueprint *blueprint,
		      struct err *err)
{
	for (size_t i = 0; i < blueprint->count; i++) {
		const struct blueprint_object *object = &blueprint->items[i];
		const char *name = arena_string(&self->arena, object->name);

		if (!name)
			return err_set_nomem(err);
		if (namemap_add(&self->names, name,
				object->kind == OBJECT_VIRTUAL_TABLE, err) < 0)
			return err->code;
		if (object->kind == OBJECT_TABLE &&
		    note_parents(self, object, err) < 0)
			return err->code;
	}
	return 0;
}

/* The name of the word; NULL if it is none of an object. */
static const char *find_name(const struct prefixed *self,
			     const struct words *words, size_t at,
			     struct buf *name)
{
	buf_clear(name);
	sqltoken_add_name(name, &words->items[at]);
	return name->data && !name->failed &&
			       namemap_find(&self->names, name->data, NULL)
		       ? name->data
		       : NULL;
}

const char *prefixed_own_name(struct prefixed *self, const char *name)
{
	const char *free_name = name;

	while (free_name && namemap_find(&self->names, free_name, NULL))
		free_name = arena_format(&self->arena, "%s+", free_name);
	return free_name ? scratchname_make(&self->arena, free_name) : NULL;
}

/* ---- definitions ---- */

/* True if nothing but the name of a table can stand there. */
static bool is_name_place(const struct words *words, size_t at)
{
	static const char *const before[] = { "FROM",  "INTO",	     "JOIN",
					      "TABLE", "REFERENCES", NULL };

	for (size_t i = 0; at > 0 && before[i]; i++)
		if (words_is(words, at - 1, before[i]))
			return true;
	if (at > 1 && words_is(words, at - 1, "UPDATE") &&
	    !words_is(words, at - 2, "ON"))
		return true;
	return words_is(words, at + 1, ".");
}

/* The place of the table that an index or trigger is on; 0: none is. */
static size_t find_owner(const struct blueprint_object *object)
{
	if (object->kind != OBJECT_INDEX && object->kind != OBJECT_TRIGGER)
		return 0;
	for (size_t at = object->head; at < object->words.count; at++)
		if (words_is(&object->words, at, "ON"))
			return at + 1;
	return 0;
}

/* True for what stands in SQL for something else than a name, too. */
static bool is_common(const struct sqltoken *word)
{
	static const char *const types[] = { "int",  "integer", "real",
					     "text", "blob",	"any" };

	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (sqltoken_is(word, types[i]))
			return true;
	return sqlite3_keyword_check(word->text, (int)word->size) != 0;
}

/* A bare word before a parenthesis is a function, but for these. */
static bool is_call(const struct words *words, size_t at)
{
	return words_is(words, at + 1, "(") && !is_name_place(words, at);
}

/*
 * True if the word can be the name of an object where it stands. One that SQL
 * has too is one only where it can be nothing else, in quotes as well: a column
 * must not be called otherwise in one place only.
 */
static bool may_be_object(const struct blueprint_object *object, size_t owner,
			  size_t at)
{
	const struct words *words = &object->words;
	const struct sqltoken *word = &words->items[at];
	struct sqltoken bare = *word;

	if (at + 1 == object->head || (owner && at == owner))
		return true;
	switch (word->kind) {
	case SQLTOKEN_NAME:
		bare.kind = SQLTOKEN_WORD;
		bare.text++;
		bare.size -= 2;
		return !is_common(&bare) || is_name_place(words, at);
	case SQLTOKEN_STRING:
		/* content='t' */
		return object->kind == OBJECT_VIRTUAL_TABLE ||
		       is_name_place(words, at);
	case SQLTOKEN_WORD:
		return is_common(word) ? is_name_place(words, at)
				       : !is_call(words, at);
	default:
		return false;
	}
}

static int rename_object(struct prefixed *self, struct buf *out,
			 const struct blueprint_object *object, struct err *err)
{
	const char *copied = object->sql;
	size_t owner = find_owner(object);
	struct buf name;

	buf_init(&name, MAX_NAME);
	for (size_t at = 0; at < object->words.count; at++) {
		const struct sqltoken *word = &object->words.items[at];
		const char *scratch;

		if (!may_be_object(object, owner, at) ||
		    !find_name(self, &object->words, at, &name))
			continue;
		scratch = scratchname_make(&self->arena, name.data);
		if (!scratch) {
			err_set_nomem(err);
			break;
		}
		buf_add(out, copied, (size_t)(word->text - copied));
		sql_add_name(out, scratch);
		copied = word->text + word->size;
	}
	buf_add(out, copied, object->size - (size_t)(copied - object->sql));
	buf_release(&name);
	return err->code ? err->code : buf_check(out, "a definition", err);
}

static int rename_all(struct prefixed *self, struct blueprint *out,
		      const struct blueprint *blueprint, struct err *err)
{
	struct buf sql;

	buf_init(&sql, MAX_SQL);
	for (size_t i = 0; i < blueprint->count && !err->code; i++) {
		buf_clear(&sql);
		if (rename_object(self, &sql, &blueprint->items[i], err) == 0 &&
		    blueprint_add(out, sql.data, sql.len, 0, err) == 0 &&
		    !scratchname_is(out->items[out->count - 1].table))
			err_set(err, D1_EREFUSED,
				"'%s' cannot be made with another name",
				blueprint->items[i].name);
	}
	buf_release(&sql);
	return err->code ? err->code : blueprint_finish(out, err);
}

/* ---- what is renamed ---- */

/* The name as the definitions have it by now. */
static const char *renamed(struct prefixed *self, const char *name)
{
	if (!name || !namemap_find(&self->names, name, NULL))
		return name;
	return scratchname_make(&self->arena, name);
}

static int add_renames(struct prefixed *self, const struct renames *renames,
		       struct err *err)
{
	size_t count = renames ? renames->count : 0;

	self->renames.items = arena_array(&self->arena, count + 1,
					  sizeof(*self->renames.items));
	if (!self->renames.items)
		return err_set_nomem(err);
	for (size_t i = 0; i < count; i++) {
		const struct rename *item = &renames->items[i];
		struct rename *own = &self->renames.items[i];

		own->table = renamed(self, item->table);
		own->from = renamed(self, item->from);
		own->to = renamed(self, item->to);
		if ((item->table && !own->table) || !own->from || !own->to)
			return err_set_nomem(err);
	}
	self->renames.count = count;
	return 0;
}

int prefixed_make(struct prefixed *self, const struct blueprint *from,
		  const struct blueprint *to, const struct renames *renames,
		  struct err *err)
{
	*self = (struct prefixed){ .arena = ARENA_INIT };
	blueprint_init(&self->from, from->label);
	blueprint_init(&self->to, to->label);
	if (note_names(self, from, err) < 0 || note_names(self, to, err) < 0 ||
	    rename_all(self, &self->from, from, err) < 0 ||
	    rename_all(self, &self->to, to, err) < 0)
		return err->code;
	return add_renames(self, renames, err);
}

int prefixed_set_aside(struct prefixed *self, const struct planner *planner,
		       struct err *err)
{
	for (size_t i = 0; i < planner->from->count; i++) {
		const char *name;

		if (!planner->old[i].is_set_aside)
			continue;
		name = scratchname_make(&self->arena,
					planner->from->items[i].name);
		if (!name)
			return err_set_nomem(err);
		if (namemap_add(&self->set_aside, name, i, err) < 0)
			return err->code;
	}
	return 0;
}

void prefixed_release(struct prefixed *self)
{
	namemap_release(&self->set_aside);
	blueprint_release(&self->from);
	blueprint_release(&self->to);
	namemap_release(&self->names);
	arena_release(&self->arena);
}
