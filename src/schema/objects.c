#include "config.h"

#include "schema/objects.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "config/d1config.h"
#include "config/tablesettings.h"
#include "model/sqltoken.h"
#include "schema/normalise.h"

enum { MAX_SQL = 64 << 20 };

/* The engine's own indexes have no text. */
static const char select_objects[] =
	"SELECT type, name, tbl_name, sql FROM sqlite_schema"
	" WHERE sql IS NOT NULL ORDER BY rowid";

/* An object while its place is looked for. */
struct entry {
	struct object object;
	size_t made;  /* how many were made before it */
	size_t place; /* of it, or of an index's table, in its group */
};

/* One of a group needs another one, which has to come first. */
struct need {
	size_t who;
	size_t what;
};

/* The tables, or the views, by name. */
struct group {
	struct entry **members;
	size_t count;
	struct need *needs;
	size_t nneeds;
	size_t cap;
};

struct reader {
	struct objects *objects;
	const struct schema *schema;
	struct entry *entries;
	size_t count;
	size_t cap;
	struct buf text; /* of one object, for a while */
	struct group tables;
	struct group views;
};

/* ---- reading ---- */

static const char *copy_cell(struct reader *self, const struct value *cell,
			     struct err *err)
{
	bool text = cell->type == VALUE_TEXT;
	const char *copy =
		arena_copy(&self->objects->arena, text ? cell->data : "",
			   text ? cell->size : 0);

	if (!copy)
		err_set_nomem(err);
	return copy;
}

/* The schema has no tables of the engine, and no shadow tables. */
static bool is_wanted(const struct reader *self, const char *table)
{
	return schema_table(self->schema, table) && !d1config_is_ledger(table);
}

static bool read_kind(enum object_kind *kind, const char *type, const char *sql)
{
	static const char virtual_table[] = "CREATE VIRTUAL ";
	static const struct {
		const char *type;
		enum object_kind kind;
	} kinds[] = {
		{ "table", OBJECT_TABLE },
		{ "index", OBJECT_INDEX },
		{ "view", OBJECT_VIEW },
		{ "trigger", OBJECT_TRIGGER },
	};

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (strcmp(kinds[i].type, type) != 0)
			continue;
		*kind = kinds[i].kind;
		if (*kind == OBJECT_TABLE &&
		    strncmp(sql, virtual_table, sizeof(virtual_table) - 1) == 0)
			*kind = OBJECT_VIRTUAL_TABLE;
		return true;
	}
	return false;
}

static int add_entry(struct reader *self, const struct object *object,
		     struct err *err)
{
	if (self->count == self->cap) {
		size_t cap = self->cap ? self->cap * 2 : 64;
		struct entry *entries =
			reallocarray(self->entries, cap, sizeof(*entries));

		if (!entries)
			return err_set_nomem(err);
		self->entries = entries;
		self->cap = cap;
	}
	self->entries[self->count] =
		(struct entry){ .object = *object, .made = self->count };
	self->count++;
	return 0;
}

static int add_row(void *context, const struct row *row, struct err *err)
{
	struct reader *self = context;
	struct object object = { .kind = OBJECT_TABLE };
	const char *type;

	if (row->ncells != 4)
		return err_set(err, D1_ERROR,
			       "the definitions came with %zu columns instead "
			       "of 4",
			       row->ncells);
	type = copy_cell(self, &row->cells[0], err);
	object.name = copy_cell(self, &row->cells[1], err);
	object.table = copy_cell(self, &row->cells[2], err);
	buf_clear(&self->text);
	if (row->cells[3].type == VALUE_TEXT)
		normalise_add(&self->text, row->cells[3].data,
			      row->cells[3].size);
	if (err->code || buf_check(&self->text, "a definition", err) < 0)
		return err->code;
	if (self->text.len == 0 || !is_wanted(self, object.table))
		return 0;
	object.sql = arena_copy(&self->objects->arena, self->text.data,
				self->text.len);
	if (!object.sql)
		return err_set_nomem(err);
	if (!read_kind(&object.kind, type, object.sql))
		return 0;
	return add_entry(self, &object, err);
}

/* ---- groups ---- */

static int compare_names(const char *a, const char *b)
{
	int order = strcasecmp(a, b);

	return order ? order : strcmp(a, b);
}

static int compare_members(const void *a, const void *b)
{
	const struct entry *const *left = a;
	const struct entry *const *right = b;

	return compare_names((*left)->object.name, (*right)->object.name);
}

static bool is_member(const struct entry *entry, bool view)
{
	return view ? entry->object.kind == OBJECT_VIEW
		    : entry->object.kind == OBJECT_TABLE ||
			       entry->object.kind == OBJECT_VIRTUAL_TABLE;
}

static int make_group(struct group *group, struct reader *self, bool view,
		      struct err *err)
{
	group->members = calloc(self->count + 1, sizeof(struct entry *));
	if (!group->members)
		return err_set_nomem(err);
	for (size_t i = 0; i < self->count; i++)
		if (is_member(&self->entries[i], view))
			group->members[group->count++] = &self->entries[i];
	qsort(group->members, group->count, sizeof(struct entry *),
	      compare_members);
	return 0;
}

/* The member of that name as SQL sees it, or group->count. */
static size_t find_member(const struct group *group, const char *name)
{
	size_t low = 0;
	size_t high = group->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order =
			strcasecmp(group->members[middle]->object.name, name);

		if (order == 0)
			return middle;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return group->count;
}

static int add_need(struct group *group, size_t who, size_t what,
		    struct err *err)
{
	if (who == group->count || what == group->count || who == what)
		return 0;
	if (group->nneeds == group->cap) {
		size_t cap = group->cap ? group->cap * 2 : 64;
		struct need *needs =
			reallocarray(group->needs, cap, sizeof(*needs));

		if (!needs)
			return err_set_nomem(err);
		group->needs = needs;
		group->cap = cap;
	}
	group->needs[group->nneeds++] = (struct need){ who, what };
	return 0;
}

static int need_parents(struct reader *self, struct err *err)
{
	const struct schema *schema = self->schema;
	struct group *tables = &self->tables;

	for (size_t i = 0; i < schema->nreferences; i++) {
		const struct reference *reference = &schema->references[i];

		if (add_need(tables, find_member(tables, reference->child),
			     find_member(tables, reference->parent), err) < 0)
			return err->code;
	}
	return 0;
}

/* A view needs each view whose name its text mentions, as whatever. */
static int need_views(struct reader *self, struct err *err)
{
	struct group *views = &self->views;

	for (size_t i = 0; i < views->count; i++) {
		const char *sql = views->members[i]->object.sql;
		struct sqltokens tokens = { sql, strlen(sql) };
		struct sqltoken token;

		while (sqltoken_next(&token, &tokens)) {
			if (token.kind != SQLTOKEN_WORD &&
			    token.kind != SQLTOKEN_NAME &&
			    token.kind != SQLTOKEN_STRING)
				continue;
			buf_clear(&self->text);
			sqltoken_add_name(&self->text, &token);
			if (buf_check(&self->text, "a name", err) < 0 ||
			    add_need(views, i,
				     find_member(views, self->text.data),
				     err) < 0)
				return err->code;
		}
	}
	return 0;
}

/* ---- order ---- */

/* What is left to be done of a group. */
struct work {
	const struct group *group;
	bool *done;
	size_t *missing; /* how many needs of a member are not done */
	size_t *starts;	 /* where the needs of a member begin */
	size_t *reached; /* members that one needs, directly or not */
	bool *seen;	 /* in `reached` */
};

static int compare_needs(const void *a, const void *b)
{
	const struct need *left = a;
	const struct need *right = b;

	if (left->who != right->who)
		return left->who < right->who ? -1 : 1;
	return left->what < right->what ? -1 : left->what > right->what;
}

/* How many members that are not done this one needs, itself included. */
static size_t count_reached(const struct work *work, size_t from)
{
	const struct group *group = work->group;
	size_t count = 1;

	memset(work->seen, 0, group->count * sizeof(*work->seen));
	work->seen[from] = true;
	work->reached[0] = from;
	for (size_t i = 0; i < count; i++) {
		size_t who = work->reached[i];

		for (size_t n = work->starts[who]; n < work->starts[who + 1];
		     n++) {
			size_t what = group->needs[n].what;

			if (work->done[what] || work->seen[what])
				continue;
			work->seen[what] = true;
			work->reached[count++] = what;
		}
	}
	return count;
}

/*
 * The first by name of a circle that needs nothing but itself: who needs the
 * fewest others is in one.
 */
static size_t choose_in_circle(const struct work *work)
{
	size_t least = SIZE_MAX;
	size_t chosen = 0;

	for (size_t i = 0; i < work->group->count; i++) {
		size_t count =
			work->done[i] ? SIZE_MAX : count_reached(work, i);

		if (count < least) {
			least = count;
			chosen = i;
		}
	}
	return chosen;
}

static size_t choose_next(const struct work *work)
{
	for (size_t i = 0; i < work->group->count; i++)
		if (!work->done[i] && work->missing[i] == 0)
			return i;
	return choose_in_circle(work);
}

static void place_members(const struct work *work)
{
	const struct group *group = work->group;

	for (size_t i = 0; i < group->nneeds; i++) {
		work->missing[group->needs[i].who]++;
		work->starts[group->needs[i].who + 1]++;
	}
	for (size_t i = 0; i < group->count; i++)
		work->starts[i + 1] += work->starts[i];
	for (size_t place = 0; place < group->count; place++) {
		size_t next = choose_next(work);

		work->done[next] = true;
		group->members[next]->place = place;
		for (size_t i = 0; i < group->nneeds; i++)
			if (group->needs[i].what == next)
				work->missing[group->needs[i].who]--;
	}
}

static int order_group(struct group *group, struct err *err)
{
	size_t room = group->count + 1;
	struct work work = {
		.group = group,
		.done = calloc(room, sizeof(bool)),
		.missing = calloc(room, sizeof(size_t)),
		.starts = calloc(room, sizeof(size_t)),
		.reached = calloc(room, sizeof(size_t)),
		.seen = calloc(room, sizeof(bool)),
	};

	if (group->nneeds)
		qsort(group->needs, group->nneeds, sizeof(*group->needs),
		      compare_needs);
	if (work.done && work.missing && work.starts && work.reached &&
	    work.seen)
		place_members(&work);
	else
		err_set_nomem(err);
	free(work.done);
	free(work.missing);
	free(work.starts);
	free(work.reached);
	free(work.seen);
	return err->code;
}

/* Tables and indexes, then views, then triggers. */
static int group_of(const struct object *object)
{
	switch (object->kind) {
	case OBJECT_VIEW:
		return 1;
	case OBJECT_TRIGGER:
		return 2;
	default:
		return 0;
	}
}

static int compare_entries(const void *a, const void *b)
{
	const struct entry *left = a;
	const struct entry *right = b;
	int group = group_of(&left->object);
	int order = group - group_of(&right->object);

	if (order)
		return order;
	if (group == 2) {
		order = compare_names(left->object.table, right->object.table);
		if (order == 0)
			order = left->made < right->made ? -1 : 1;
		return order;
	}
	if (left->place != right->place)
		return left->place < right->place ? -1 : 1;
	order = (left->object.kind == OBJECT_INDEX) -
		(right->object.kind == OBJECT_INDEX);
	return order ? order
		     : compare_names(left->object.name, right->object.name);
}

static void place_indexes(struct reader *self)
{
	for (size_t i = 0; i < self->count; i++) {
		struct entry *entry = &self->entries[i];
		size_t table;

		if (entry->object.kind != OBJECT_INDEX)
			continue;
		table = find_member(&self->tables, entry->object.table);
		if (table < self->tables.count)
			entry->place = self->tables.members[table]->place;
	}
}

static int order_all(struct reader *self, struct err *err)
{
	struct objects *objects = self->objects;

	if (make_group(&self->tables, self, false, err) < 0 ||
	    make_group(&self->views, self, true, err) < 0 ||
	    need_parents(self, err) < 0 || need_views(self, err) < 0 ||
	    order_group(&self->tables, err) < 0 ||
	    order_group(&self->views, err) < 0)
		return err->code;
	place_indexes(self);
	if (self->count)
		qsort(self->entries, self->count, sizeof(*self->entries),
		      compare_entries);
	objects->items = arena_array(&objects->arena, self->count + 1,
				     sizeof(*objects->items));
	if (!objects->items)
		return err_set_nomem(err);
	for (size_t i = 0; i < self->count; i++)
		objects->items[i] = self->entries[i].object;
	objects->count = self->count;
	return 0;
}

int objects_read(struct objects *objects, struct source *source,
		 struct err *err)
{
	struct reader reader = { .objects = objects, .schema = source->schema };

	*objects = (struct objects){ .count = 0 };
	buf_init(&reader.text, MAX_SQL);
	if (source_select(source, select_objects, add_row, &reader, err) == 0)
		(void)!order_all(&reader, err);
	err_context(err, "cannot read the definitions");
	buf_release(&reader.text);
	free(reader.tables.members);
	free(reader.tables.needs);
	free(reader.views.members);
	free(reader.views.needs);
	free(reader.entries);
	return err->code;
}

void objects_release(struct objects *objects)
{
	arena_release(&objects->arena);
	*objects = (struct objects){ .count = 0 };
}

static void add_texts(struct buf *out, const struct objects *objects,
		      bool triggers)
{
	for (size_t i = 0; i < objects->count; i++) {
		const struct object *object = &objects->items[i];

		if ((object->kind == OBJECT_TRIGGER) != triggers)
			continue;
		buf_add_string(out, object->sql);
		buf_add_string(out, ";\n");
	}
}

void objects_add_schema(struct buf *out, const struct objects *objects)
{
	add_texts(out, objects, false);
}

void objects_add_triggers(struct buf *out, const struct objects *objects)
{
	add_texts(out, objects, true);
}
