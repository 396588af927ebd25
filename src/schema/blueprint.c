#include "config.h"

#include "schema/blueprint.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "config/tablesettings.h"
#include "schema/scratchname.h"

static const char select_all[] =
	"SELECT type, name, tbl_name, sql FROM sqlite_schema"
	" WHERE sql IS NOT NULL ORDER BY rowid";

void blueprint_init(struct blueprint *blueprint, const char *label)
{
	*blueprint = (struct blueprint){ .label = label };
}

void blueprint_release(struct blueprint *blueprint)
{
	for (size_t i = 0; i < blueprint->count; i++)
		if (blueprint->items[i].def)
			tabledef_release(blueprint->items[i].def);
	namemap_release(&blueprint->names);
	namemap_release(&blueprint->triggers);
	free(blueprint->items);
	arena_release(&blueprint->arena);
	*blueprint = (struct blueprint){ .count = 0 };
}

int blueprint_place_error(const struct blueprint *blueprint,
			  const struct blueprint_object *object,
			  struct err *err)
{
	if (object->line)
		return err_context(err, "%s:%" PRIu64, blueprint->label,
				   object->line);
	return err_context(err, "%s: '%s'", blueprint->label, object->name);
}

/* ---- the head of a statement ---- */

static bool skip_if_not_exists(const struct words *words, size_t *at)
{
	if (!words_is(words, *at, "IF") || !words_is(words, *at + 1, "NOT") ||
	    !words_is(words, *at + 2, "EXISTS"))
		return false;
	*at += 3;
	return true;
}

/* The kind, behind CREATE; false: none that a schema has. */
static bool read_kind(struct blueprint_object *object, size_t *at)
{
	static const struct {
		const char *word;
		enum object_kind kind;
	} kinds[] = {
		{ "TABLE", OBJECT_TABLE },
		{ "INDEX", OBJECT_INDEX },
		{ "VIEW", OBJECT_VIEW },
		{ "TRIGGER", OBJECT_TRIGGER },
	};
	bool is_virtual;

	object->is_unique = words_is(&object->words, *at, "UNIQUE");
	*at += object->is_unique;
	is_virtual = words_is(&object->words, *at, "VIRTUAL");
	*at += is_virtual;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (!words_is(&object->words, *at, kinds[i].word))
			continue;
		object->kind =
			is_virtual ? OBJECT_VIRTUAL_TABLE : kinds[i].kind;
		(*at)++;
		(void)skip_if_not_exists(&object->words, at);
		return true;
	}
	return false;
}

/* The table behind ON, of an index or a trigger. */
static int read_table(struct blueprint *blueprint,
		      struct blueprint_object *object, size_t at,
		      struct err *err)
{
	const struct words *words = &object->words;

	object->table = object->name;
	if (object->kind != OBJECT_INDEX && object->kind != OBJECT_TRIGGER)
		return 0;
	while (at < words->count && !words_is(words, at, "ON") &&
	       !words_is(words, at, "BEGIN"))
		at++;
	if (!words_is(words, at, "ON") || !words_is_name(words, at + 1))
		return err_set(err, D1_EREFUSED, "'%s' belongs to no table",
			       object->name);
	object->table = words_name(words, at + 1, &blueprint->arena);
	return object->table ? 0 : err_set_nomem(err);
}

static int read_name(struct blueprint *blueprint,
		     struct blueprint_object *object, size_t at,
		     struct err *err)
{
	const struct words *words = &object->words;

	if (words_is(words, at + 1, ".")) {
		if (!words_is(words, at, "main"))
			return err_set(err, D1_EREFUSED,
				       "it is made in another database, '%.*s'",
				       (int)words->items[at].size,
				       words->items[at].text);
		at += 2;
	}
	if (!words_is_name(words, at))
		return err_set(err, D1_EREFUSED, "what is made has no name");
	object->name = words_name(words, at, &blueprint->arena);
	if (!object->name)
		return err_set_nomem(err);
	object->head = at + 1;
	if (object->kind == OBJECT_TABLE && words_is(words, at + 1, "AS"))
		return err_set(err, D1_EREFUSED,
			       "CREATE TABLE ... AS makes rows too: list the "
			       "columns of '%s'",
			       object->name);
	return read_table(blueprint, object, at + 1, err);
}

static int read_head(struct blueprint *blueprint,
		     struct blueprint_object *object, struct err *err)
{
	const struct words *words = &object->words;
	size_t at = 1;

	if (!words_is(words, 0, "CREATE")) {
		err_set(err, D1_EREFUSED,
			"'%.*s' is no definition: a schema has only CREATE "
			"statements",
			words->count == 0 || words->items[0].size > 40
				? 0
				: (int)words->items[0].size,
			words->count == 0 ? "" : words->items[0].text);
		return err_hint(err, "remove the statement; rows come from a "
				     "snapshot or a migration");
	}
	if (words_is(words, 1, "TEMP") || words_is(words, 1, "TEMPORARY"))
		return err_set(err, D1_EREFUSED,
			       "a temporary object is no part of a schema");
	if (!read_kind(object, &at))
		return err_set(err, D1_EREFUSED,
			       "'CREATE %.*s' is no definition",
			       words->count < 2 || words->items[1].size > 40
				       ? 0
				       : (int)words->items[1].size,
			       words->count < 2 ? "" : words->items[1].text);
	return read_name(blueprint, object, at, err);
}

/* ---- what is ours ---- */

/* True for the tables that the engine keeps for a virtual table. */
static bool is_shadow(const struct blueprint *blueprint, const char *name)
{
	static const char *const suffixes[] = {
		"_data",     "_idx",	"_content", "_docsize",
		"_config",   "_node",	"_parent",  "_rowid",
		"_segments", "_segdir", "_stat",
	};
	const char *end = strrchr(name, '_');
	char owner[512];
	size_t place;

	if (!end || (size_t)(end - name) >= sizeof(owner))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
		if (strcasecmp(end, suffixes[i]) != 0)
			continue;
		memcpy(owner, name, (size_t)(end - name));
		owner[end - name] = '\0';
		return namemap_find(&blueprint->names, owner, &place) &&
		       blueprint->items[place].kind == OBJECT_VIRTUAL_TABLE;
	}
	return false;
}

static bool is_of_engine(const char *name)
{
	return strncasecmp(name, "sqlite_", 7) == 0 ||
	       strncasecmp(name, "_cf_", 4) == 0;
}

static bool is_ours(const struct blueprint *blueprint,
		    const struct blueprint_object *object)
{
	return !is_of_engine(object->name) && !is_of_engine(object->table) &&
	       !d1config_is_ledger(object->table) &&
	       !is_shadow(blueprint, object->table) &&
	       (blueprint->scratch == BLUEPRINT_WITH_SCRATCH ||
		(blueprint->scratch == BLUEPRINT_SCRATCH_ONLY) ==
			scratchname_is(object->table));
}

static int note_name(struct blueprint *blueprint, size_t place, struct err *err)
{
	const struct blueprint_object *object = &blueprint->items[place];
	struct namemap *map = object->kind == OBJECT_TRIGGER
				      ? &blueprint->triggers
				      : &blueprint->names;

	return namemap_add(map, object->name, place, err);
}

int blueprint_finish(struct blueprint *blueprint, struct err *err)
{
	size_t kept = 0;

	for (size_t i = 0; i < blueprint->count; i++)
		if (!is_ours(blueprint, &blueprint->items[i]))
			blueprint->items[i].size = 0;
	for (size_t i = 0; i < blueprint->count; i++)
		if (blueprint->items[i].size)
			blueprint->items[kept++] = blueprint->items[i];
	blueprint->count = kept;
	namemap_release(&blueprint->names);
	namemap_release(&blueprint->triggers);
	for (size_t i = 0; i < kept; i++)
		if (note_name(blueprint, i, err) < 0)
			return err->code;
	return 0;
}

/* ---- adding ---- */

static int make_room(struct blueprint *blueprint, struct err *err)
{
	size_t cap = blueprint->cap ? blueprint->cap * 2 : 64;
	struct blueprint_object *items;

	if (blueprint->count < blueprint->cap)
		return 0;
	items = reallocarray(blueprint->items, cap, sizeof(*items));
	if (!items)
		return err_set_nomem(err);
	blueprint->items = items;
	blueprint->cap = cap;
	return 0;
}

int blueprint_add(struct blueprint *blueprint, const char *sql, size_t size,
		  uint64_t line, struct err *err)
{
	struct blueprint_object object = { .size = size, .line = line };

	object.sql = arena_copy(&blueprint->arena, sql, size);
	if (!object.sql)
		return err_set_nomem(err);
	if (words_read(&object.words, &blueprint->arena, object.sql, size,
		       err) < 0)
		return err->code;
	object.name = "";
	if (read_head(blueprint, &object, err) < 0)
		return line ? blueprint_place_error(blueprint, &object, err)
			    : err->code;
	if (line && is_of_engine(object.name)) {
		err_set(err, D1_EREFUSED,
			"'%s' cannot be made: names that begin with sqlite_ "
			"and _cf_ belong to the engine",
			object.name);
		return blueprint_place_error(blueprint, &object, err);
	}
	if (blueprint_find(blueprint, object.name,
			   object.kind == OBJECT_TRIGGER)) {
		err_set(err, D1_EREFUSED, "'%s' is defined twice", object.name);
		return blueprint_place_error(blueprint, &object, err);
	}
	if (make_room(blueprint, err) < 0)
		return err->code;
	blueprint->items[blueprint->count++] = object;
	return note_name(blueprint, blueprint->count - 1, err);
}

/* ---- reading ---- */

static int add_row(void *context, const struct row *row, struct err *err)
{
	struct blueprint *blueprint = context;
	const struct value *sql = &row->cells[3];

	if (row->ncells != 4)
		return err_set(err, D1_ERROR,
			       "the definitions came with %zu columns instead "
			       "of 4",
			       row->ncells);
	if (sql->type != VALUE_TEXT)
		return 0;
	return blueprint_add(blueprint, sql->data, sql->size, 0, err);
}

int blueprint_add_source(struct blueprint *blueprint, struct source *source,
			 struct err *err)
{
	blueprint->scratch = BLUEPRINT_WITHOUT_SCRATCH;
	if (source_select(source, select_all, add_row, blueprint, err) < 0)
		return err_context(err, "cannot read the definitions");
	return 0;
}

static int add_script(struct blueprint *blueprint, struct script *script,
		      struct err *err)
{
	struct script_statement statement;

	for (;;) {
		if (script_next(script, &statement, err) < 0)
			return err->code;
		if (!statement.text)
			return 0;
		if (statement.size > 0 &&
		    blueprint_add(blueprint, statement.text, statement.size,
				  statement.line, err) < 0)
			return err->code;
	}
}

/* What an index or trigger belongs to must be there. */
static int check_owners(const struct blueprint *blueprint, size_t first,
			struct err *err)
{
	for (size_t i = first; i < blueprint->count; i++) {
		const struct blueprint_object *object = &blueprint->items[i];

		if (blueprint_find(blueprint, object->table, false))
			continue;
		if (is_of_engine(object->table))
			continue;
		err_set(err, D1_EREFUSED, "no such table: '%s'", object->table);
		return blueprint_place_error(blueprint, object, err);
	}
	return 0;
}

int blueprint_add_text(struct blueprint *blueprint, const char *text,
		       size_t size, const char *name, struct err *err)
{
	const char *label = blueprint->label;
	size_t first = blueprint->count;
	struct script *script;
	struct stream *stream;

	if (stream_open_bytes(&stream, text, size, err) < 0 ||
	    script_open(&script, stream, name, err) < 0)
		return err->code;
	blueprint->label = name;
	if (add_script(blueprint, script, err) == 0)
		(void)!check_owners(blueprint, first, err);
	blueprint->label = label;
	script_close(script);
	return err->code;
}

/* ---- looking up ---- */

struct blueprint_object *blueprint_find(const struct blueprint *blueprint,
					const char *name, bool trigger)
{
	const struct namemap *map =
		trigger ? &blueprint->triggers : &blueprint->names;
	size_t place;

	return namemap_find(map, name, &place) ? &blueprint->items[place]
					       : NULL;
}

struct blueprint_object *blueprint_table(const struct blueprint *blueprint,
					 const char *name)
{
	struct blueprint_object *object =
		blueprint_find(blueprint, name, false);

	return object && object->kind == OBJECT_TABLE ? object : NULL;
}

int blueprint_def(struct blueprint *blueprint, struct blueprint_object *table,
		  const struct tabledef **def, struct err *err)
{
	if (!table->def) {
		struct tabledef *read =
			arena_alloc(&blueprint->arena, sizeof(*read));

		if (!read)
			return err_set_nomem(err);
		table->def = read;
		if (tabledef_read(read, &blueprint->arena, &table->words, err) <
		    0) {
			tabledef_release(read);
			table->def = NULL;
			return blueprint_place_error(blueprint, table, err);
		}
	}
	*def = table->def;
	return 0;
}
