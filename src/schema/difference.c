#include "config.h"

#include "schema/difference.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "schema/normalise.h"
#include "schema/sameness.h"

enum { MAX_SQL = 64 << 20 };

void differences_release(struct differences *differences)
{
	free(differences->items);
	arena_release(&differences->arena);
	*differences = (struct differences){ .count = 0 };
}

const char *difference_object(const struct difference *difference)
{
	static const char virtual_table[] = "virtual table";
	static const char *const names[] = {
		[OBJECT_TABLE] = "table",
		[OBJECT_VIRTUAL_TABLE] = virtual_table,
		[OBJECT_INDEX] = "index",
		[OBJECT_VIEW] = "view",
		[OBJECT_TRIGGER] = "trigger",
	};

	return names[(difference->a ? difference->a : difference->b)->kind];
}

/* ---- lines ---- */

/* The lines of a normal form, and each in one spelling. */
struct text {
	const char **lines;
	const char **spellings;
	size_t count;
};

static const char *spell(struct differences *self, const char *line,
			 struct err *err)
{
	static const struct words_names all = { .all = true };
	const char *copy = line;
	struct words words;
	struct buf out;
	size_t size;

	if (words_read(&words, &self->arena, line, strlen(line), err) < 0)
		return NULL;
	size = words.count;
	/* the comma behind the last column is no change of it */
	if (size > 0 && words_is(&words, size - 1, ","))
		size--;
	buf_init(&out, MAX_SQL);
	words_add_table(&out, &words, 0, size, &all);
	if (words.whole && out.data)
		copy = arena_copy(&self->arena, out.data, out.len);
	if (buf_check(&out, "a line", err) < 0 || !copy)
		err_set_nomem(err);
	buf_release(&out);
	return copy;
}

static int split(struct differences *self, struct text *text, const char *sql,
		 struct err *err)
{
	size_t room = 1;

	for (const char *at = sql; *at; at++)
		room += *at == '\n';
	text->lines = arena_array(&self->arena, room, sizeof(*text->lines));
	text->spellings =
		arena_array(&self->arena, room, sizeof(*text->spellings));
	if (!text->lines || !text->spellings)
		return err_set_nomem(err);
	for (const char *at = sql;; at++) {
		size_t size = strcspn(at, "\n");
		const char *line = arena_copy(&self->arena, at, size);

		if (!line)
			return err_set_nomem(err);
		text->lines[text->count] = line;
		text->spellings[text->count++] = spell(self, line, err);
		if (err->code)
			return err->code;
		at += size;
		if (!*at)
			return 0;
	}
}

static int read_text(struct differences *self, struct text *text,
		     const struct blueprint_object *object, struct err *err)
{
	struct buf sql;

	*text = (struct text){ .count = 0 };
	if (!object)
		return 0;
	buf_init(&sql, MAX_SQL);
	normalise_add(&sql, object->sql, object->size);
	if (buf_check(&sql, "a definition", err) == 0)
		(void)!split(self, text, sql.data, err);
	buf_release(&sql);
	return err->code;
}

static bool has(const struct text *text, const char *spelling)
{
	for (size_t i = 0; i < text->count; i++)
		if (strcmp(text->spellings[i], spelling) == 0)
			return true;
	return false;
}

static int add_lines(struct differences *self, struct difference *difference,
		     const struct text *text, const struct text *other,
		     char sign, struct err *err)
{
	for (size_t i = 0; i < text->count; i++) {
		const char *line = text->lines[i];

		if (has(other, text->spellings[i]))
			continue;
		line += *line == '\t';
		difference->lines[difference->nlines] =
			arena_format(&self->arena, "%c%s", sign, line);
		if (!difference->lines[difference->nlines++])
			return err_set_nomem(err);
	}
	return 0;
}

static int find_lines(struct differences *self, struct difference *difference,
		      struct err *err)
{
	struct text a, b;

	if (read_text(self, &a, difference->a, err) < 0 ||
	    read_text(self, &b, difference->b, err) < 0)
		return err->code;
	difference->lines = arena_array(&self->arena, a.count + b.count + 1,
					sizeof(*difference->lines));
	if (!difference->lines)
		return err_set_nomem(err);
	if (add_lines(self, difference, &a, &b, '-', err) < 0)
		return err->code;
	return add_lines(self, difference, &b, &a, '+', err);
}

/* ---- objects ---- */

static int add(struct differences *self, enum difference_kind kind,
	       const struct blueprint_object *a,
	       const struct blueprint_object *b, struct err *err)
{
	if (self->count == self->cap) {
		size_t cap = self->cap ? self->cap * 2 : 32;
		struct difference *items =
			reallocarray(self->items, cap, sizeof(*items));

		if (!items)
			return err_set_nomem(err);
		self->items = items;
		self->cap = cap;
	}
	self->items[self->count] =
		(struct difference){ .kind = kind, .a = a, .b = b };
	return find_lines(self, &self->items[self->count++], err);
}

/* Notes a table whose constraints are the same, but are called otherwise. */
static int compare_names(struct differences *self, struct blueprint *a,
			 struct blueprint_object *old, struct blueprint *b,
			 struct blueprint_object *new, struct err *err)
{
	const struct tabledef *left, *right;
	bool same = true;

	if (old->kind != OBJECT_TABLE ||
	    (old->size == new->size &&memcmp(old->sql, new->sql, old->size) ==
	     0))
		return 0;
	if (blueprint_def(a, old, &left, err) < 0 ||
	    blueprint_def(b, new, &right, err) < 0)
		return err->code;
	for (size_t i = 0; i < left->nconstraints; i++) {
		const char *one = left->constraints[i].name;
		const char *other = right->constraints[i].name;

		same &= strcasecmp(one ? one : "", other ? other : "") == 0;
	}
	if (same)
		return 0;
	self->named++;
	return add(self, DIFFERENCE_NAMED, old, new, err);
}

int differences_find(struct differences *self, struct blueprint *a,
		     struct blueprint *b, struct err *err)
{
	*self = (struct differences){ .count = 0 };
	for (size_t i = 0; i < a->count; i++) {
		struct blueprint_object *old = &a->items[i];
		struct blueprint_object *new =
			blueprint_find(b, old->name,
				       old->kind == OBJECT_TRIGGER);
		bool same = false;

		if (!new || new->kind != old->kind) {
			if (add(self, DIFFERENCE_REMOVED, old, NULL, err) < 0)
				return err->code;
			continue;
		}
		if (sameness_compare(&same, a, old, b, new, err) < 0)
			return err->code;
		if ((same ? compare_names(self, a, old, b, new, err)
			  : add(self, DIFFERENCE_CHANGED, old, new, err)) < 0)
			return err->code;
	}
	for (size_t i = 0; i < b->count; i++) {
		const struct blueprint_object *new = &b->items[i];
		const struct blueprint_object *old =
			blueprint_find(a, new->name,
				       new->kind == OBJECT_TRIGGER);

		if ((!old || old->kind != new->kind) &&
		    add(self, DIFFERENCE_ADDED, NULL, new, err) < 0)
			return err->code;
	}
	return 0;
}
