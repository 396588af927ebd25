#include "config.h"

#include "schema/rehearsal.h"

#include <stdint.h>
#include <string.h>

#include "schema/groups.h"
#include "schema/stage.h"

/* Schemas of so many objects are rehearsed as a whole. */
enum { SMALL = 60, MAX_NAME = 1 << 20 };

/*
 * What hangs together is rehearsed together, and apart from all else: SQLite
 * looks at all there is whenever it alters something.
 */
struct rehearsal {
	struct planner *planner;
	struct arena arena;
	size_t *group; /* by subject (schema/groups.h) */
	size_t count;  /* of subjects */
	bool *touched; /* by subject: a step is about it */
	bool *inside;  /* by place in `from`, of one stage */
	bool *stays;   /* the same: it is another stage's to change */
	bool *wanted;  /* by place in `to`, of one stage */
};

static size_t find_group(const struct rehearsal *self, size_t subject)
{
	return groups_find(self->group, subject);
}

static void join(struct rehearsal *self, size_t a, size_t b)
{
	if (self->touched[a] && self->touched[b])
		groups_join(self->group, a, b);
}

static bool is_small(const struct rehearsal *self)
{
	return self->planner->from->count + self->planner->to->count <= SMALL;
}

/* ---- groups ---- */

/* The subject of that name in one of the blueprints; SIZE_MAX: none. */
static size_t find_subject(const struct rehearsal *self, bool after,
			   const char *name)
{
	const struct planner *planner = self->planner;
	size_t place;

	if (!namemap_find(after ? &planner->to->names : &planner->from->names,
			  name, &place))
		return SIZE_MAX;
	return after ? planner_subject(planner, place) : place;
}

static bool is_altered(const struct rehearsal *self, size_t subject)
{
	return subject < self->planner->from->count &&
	       self->planner->old[subject].action == TABLE_ALTER;
}

static bool is_table(const struct rehearsal *self, size_t subject)
{
	const struct planner *planner = self->planner;
	size_t count = planner->from->count;

	return (subject < count ? planner->from->items[subject].kind
				: planner->to->items[subject - count].kind) ==
	       OBJECT_TABLE;
}

/*
 * True for tables that only references join, of which ALTER TABLE changes one:
 * its columns, which it could not if a reference needed them.
 */
static bool is_loose(const struct rehearsal *self, size_t a, size_t b)
{
	return is_table(self, a) && is_table(self, b) &&
	       (is_altered(self, a) || is_altered(self, b));
}

/* Joins the object with all touched things that its text mentions. */
static int join_mentioned(struct rehearsal *self, bool after,
			  const struct blueprint_object *object, size_t subject,
			  struct err *err)
{
	const struct words *words = &object->words;
	struct buf name;

	buf_init(&name, MAX_NAME);
	for (size_t at = 0; at < words->count && !name.failed; at++) {
		size_t other;

		if (!words_is_name(words, at))
			continue;
		buf_clear(&name);
		sqltoken_add_name(&name, &words->items[at]);
		other = name.data ? find_subject(self, after, name.data)
				  : SIZE_MAX;
		if (other != SIZE_MAX && !is_loose(self, subject, other))
			join(self, subject, other);
	}
	(void)!buf_check(&name, "a name", err);
	buf_release(&name);
	return err->code;
}

/* Joins what is new with the thing of another kind whose name it takes. */
static void join_namesake(struct rehearsal *self,
			  const struct blueprint_object *object, size_t subject)
{
	size_t place;

	if (object->kind != OBJECT_TRIGGER &&
	    namemap_find(&self->planner->from->names, object->name, &place))
		join(self, subject, place);
}

/* The views that such a one mentions stay too. */
static int touch_views(struct rehearsal *self, size_t place, struct err *err)
{
	const struct blueprint *from = self->planner->from;
	const struct words *words = &from->items[place].words;

	self->touched[place] = true;
	for (size_t at = from->items[place].head; at < words->count; at++) {
		const char *name;
		size_t other;

		if (!words_is_name(words, at))
			continue;
		name = words_name(words, at, &self->arena);
		if (!name)
			return err_set_nomem(err);
		if (namemap_find(&from->names, name, &other) &&
		    from->items[other].kind == OBJECT_VIEW &&
		    !self->touched[other] && touch_views(self, other, err) < 0)
			return err->code;
	}
	return 0;
}

/* A trigger that changes needs its view, which no step may be about. */
static int touch_owners(struct rehearsal *self, struct err *err)
{
	const struct blueprint *from = self->planner->from;

	for (size_t i = 0; i < from->count; i++) {
		size_t owner;

		if (from->items[i].kind == OBJECT_TRIGGER && self->touched[i] &&
		    namemap_find(&from->names, from->items[i].table, &owner) &&
		    from->items[owner].kind == OBJECT_VIEW &&
		    !self->touched[owner] && touch_views(self, owner, err) < 0)
			return err->code;
	}
	return 0;
}

static int find_groups(struct rehearsal *self, struct err *err)
{
	const struct planner *planner = self->planner;
	const struct schemaplan *plan = planner->plan;

	groups_init(self->group, self->count);
	for (size_t i = planner->first_step; i < plan->count; i++)
		if (plan->steps[i].subject != SUBJECT_ALL)
			self->touched[plan->steps[i].subject] = true;
	if (touch_owners(self, err) < 0)
		return err->code;
	for (size_t i = 0; i < planner->from->count; i++)
		if (self->touched[i] &&
		    join_mentioned(self, false, &planner->from->items[i], i,
				   err) < 0)
			return err->code;
	for (size_t i = 0; i < planner->to->count; i++) {
		size_t subject = planner_subject(planner, i);

		if (!self->touched[subject])
			continue;
		join_namesake(self, &planner->to->items[i], subject);
		if (join_mentioned(self, true, &planner->to->items[i], subject,
				   err) < 0)
			return err->code;
	}
	return 0;
}

/* ---- what is on a stage ---- */

static void take(struct rehearsal *self, const char *name)
{
	size_t place;

	if (namemap_find(&self->planner->from->names, name, &place))
		self->inside[place] = true;
}

/* True for a view that stays while one of its triggers changes. */
static bool is_kept_view(const struct rehearsal *self, size_t place)
{
	return self->planner->from->items[place].kind == OBJECT_VIEW &&
	       !self->planner->old[place].drop;
}

/* The tables that a definition needs beside it, to be made or filled. */
static int take_neighbours(struct rehearsal *self,
			   const struct blueprint_object *object, bool all,
			   struct err *err)
{
	const struct words *words = &object->words;

	take(self, object->table);
	for (size_t at = object->head; at < words->count; at++) {
		const char *name;

		if (object->kind == OBJECT_TABLE &&
		    !words_is(words, at - 1, "REFERENCES"))
			continue;
		if ((object->kind != OBJECT_TABLE &&
		     object->kind != OBJECT_VIRTUAL_TABLE && !all) ||
		    !words_is_name(words, at))
			continue;
		name = words_name(words, at, &self->arena);
		if (!name)
			return err_set_nomem(err);
		take(self, name);
	}
	return 0;
}

/* What a table that is set aside does to its children shows in their rows. */
static int take_children(struct rehearsal *self, size_t place, struct err *err)
{
	const struct planner *planner = self->planner;
	size_t count;
	const size_t *children;

	if (!planner->old[place].is_set_aside)
		return 0;
	children = family_children(&planner->family, place, &count);
	for (size_t i = 0; i < count; i++) {
		self->inside[children[i]] = true;
		if (take_neighbours(self, &planner->from->items[children[i]],
				    false, err) < 0)
			return err->code;
	}
	return 0;
}

/*
 * True for an index of a table that is inside, unless it is another stage's to
 * change; one that no step is about may be the key of a parent.
 */
static bool needs_index(struct rehearsal *self, size_t group, size_t place)
{
	const struct blueprint *from = self->planner->from;
	size_t owner;

	if (self->touched[place])
		return find_group(self, place) == group;
	return namemap_find(&from->names, from->items[place].table, &owner) &&
	       self->inside[owner] &&
	       (self->touched[owner] || from->items[place].is_unique);
}

static int choose(struct rehearsal *self, size_t group, struct err *err)
{
	const struct planner *planner = self->planner;
	const struct blueprint *from = planner->from;
	bool all = is_small(self);

	memset(self->inside, 0, from->count * sizeof(bool));
	memset(self->wanted, 0, planner->to->count * sizeof(bool));
	for (size_t i = 0; i < from->count; i++) {
		bool own = find_group(self, i) == group;

		self->stays[i] = !all && self->touched[i] && !own;
		if (!all && (!self->touched[i] || !own))
			continue;
		self->inside[i] = true;
		if (take_neighbours(self, &from->items[i],
				    is_kept_view(self, i), err) < 0 ||
		    take_children(self, i, err) < 0)
			return err->code;
	}
	for (size_t i = 0; i < planner->to->count; i++) {
		size_t subject = planner_subject(planner, i);

		if (!all && (!self->touched[subject] ||
			     find_group(self, subject) != group))
			continue;
		self->wanted[i] = true;
		if (take_neighbours(self, &planner->to->items[i], false, err) <
		    0)
			return err->code;
	}
	for (size_t i = 0; i < from->count; i++)
		if (from->items[i].kind == OBJECT_INDEX && !all)
			self->inside[i] = needs_index(self, group, i);
	return 0;
}

/* True if there are no more than tables and indexes. */
static bool is_plain(const struct rehearsal *self)
{
	const struct blueprint *from = self->planner->from;

	for (size_t i = 0; i < from->count; i++)
		if (self->inside[i] && from->items[i].kind != OBJECT_TABLE &&
		    from->items[i].kind != OBJECT_INDEX)
			return false;
	return true;
}

/* ---- playing ---- */

static int play(struct rehearsal *self, size_t group, enum stage_rows rows,
		bool *broken, struct err *err)
{
	const struct schemaplan *plan = self->planner->plan;
	struct stage stage;

	*broken = false;
	if (stage_open(&stage, self->planner, self->inside, self->stays,
		       !is_small(self) && is_plain(self), rows, err) == 0) {
		for (size_t i = self->planner->first_step;
		     i < plan->count && !err->code; i++) {
			const struct schemaplan_step *step = &plan->steps[i];

			if (step->subject == SUBJECT_ALL || is_small(self) ||
			    find_group(self, step->subject) == group)
				(void)!stage_run(&stage, step, broken, err);
		}
		if (!err->code && stage_commit(&stage, broken, err) == 0)
			(void)!stage_check(&stage, self->wanted, err);
	}
	stage_close(&stage);
	return err->code;
}

/* Rows that are made up may break a rule that is new: then others are tried. */
static int play_group(struct rehearsal *self, size_t group, struct err *err)
{
	if (choose(self, group, err) < 0)
		return err->code;
	for (int rows = STAGE_BY_TYPE;; rows++) {
		bool broken;

		if (play(self, group, (enum stage_rows)rows, &broken, err) ==
			    0 ||
		    !broken || rows == STAGE_EMPTY)
			return err->code;
		err_clear(err);
	}
}

static int play_all(struct rehearsal *self, struct err *err)
{
	if (is_small(self))
		return play_group(self, 0, err);
	for (size_t i = 0; i < self->count; i++)
		if (self->touched[i] && find_group(self, i) == i &&
		    play_group(self, i, err) < 0)
			return err->code;
	return 0;
}

int rehearsal_run(struct planner *planner, struct err *err)
{
	struct rehearsal self = {
		.planner = planner,
		.count = planner->from->count + planner->to->count,
	};
	size_t room = self.count + 1;

	self.group = arena_array(&self.arena, room, sizeof(*self.group));
	self.touched = arena_array(&self.arena, room, sizeof(bool));
	self.inside = arena_array(&self.arena, room, sizeof(bool));
	self.stays = arena_array(&self.arena, room, sizeof(bool));
	self.wanted = arena_array(&self.arena, room, sizeof(bool));
	if (!self.group || !self.touched || !self.inside || !self.stays ||
	    !self.wanted)
		err_set_nomem(err);
	else if (find_groups(&self, err) == 0)
		(void)!play_all(&self, err);
	arena_release(&self.arena);
	return err->code;
}
