#include "config.h"

#include "diff/multiset.h"

#include <stdlib.h>
#include <string.h>

#include "util/arena.h"

/* Rows that are alike in every cell, in a group of equal ones. */
struct alike {
	struct row row;
	uint64_t count;
};

/*
 * The group of equal rows that a side has reached. Memory grows with the
 * number of rows in one group that differ in cells of one side alone, which
 * only schemas that differ can have.
 */
struct group {
	struct multiset_side side;
	size_t nidentity;
	const struct row *ahead; /* the row after the group, or NULL */
	struct buf ahead_line;
	struct buf line; /* identity of the group */
	uint64_t count;	 /* rows in the group, 0 at the end */
	struct alike *alikes;
	size_t nalikes;
	size_t cap;
	struct arena arena;
};

static int read_ahead(struct group *group, struct err *err)
{
	if (cursor_next(group->side.cursor, &group->ahead, err) < 0) {
		group->ahead = NULL;
		return err_context(err, "%s", group->side.label);
	}
	buf_clear(&group->ahead_line);
	if (group->ahead)
		row_add_line(&group->ahead_line, group->ahead,
			     group->side.identity, group->nidentity);
	return buf_check(&group->ahead_line, "a row", err);
}

static int compare_lines(const struct buf *a, const struct buf *b)
{
	size_t common = a->len < b->len ? a->len : b->len;
	int order = memcmp(a->data, b->data, common);

	return order ? order : (a->len > b->len) - (a->len < b->len);
}

/* Counts the row ahead into the group. */
static int take_row(struct group *group, struct err *err)
{
	struct alike *last =
		group->nalikes ? &group->alikes[group->nalikes - 1] : NULL;

	group->count++;
	if (last && row_equal(&last->row, group->ahead)) {
		last->count++;
		return 0;
	}
	if (group->nalikes == group->cap) {
		size_t cap = group->cap ? group->cap * 2 : 4;
		struct alike *alikes =
			reallocarray(group->alikes, cap, sizeof(*alikes));

		if (!alikes)
			return err_set_nomem(err);
		group->alikes = alikes;
		group->cap = cap;
	}
	last = &group->alikes[group->nalikes++];
	last->count = 1;
	return row_copy(&last->row, group->ahead, &group->arena, err);
}

/* Reads the next group of equal rows; it is empty after the last one. */
static int next_group(struct group *group, struct err *err)
{
	struct buf swap = group->line;

	group->count = 0;
	group->nalikes = 0;
	arena_clear(&group->arena);
	if (!group->ahead)
		return 0;
	group->line = group->ahead_line;
	group->ahead_line = swap;
	do {
		if (take_row(group, err) < 0 || read_ahead(group, err) < 0)
			return err->code;
	} while (group->ahead &&
		 compare_lines(&group->ahead_line, &group->line) == 0);
	if (group->ahead && compare_lines(&group->ahead_line, &group->line) < 0)
		return err_set(err, D1_ERROR,
			       "rows without a key are not in "
			       "the order of their text");
	return 0;
}

/*
 * Tells what one side has more of: the rows of its group after the first
 * `other`, which are as many as the other side has.
 */
static int tell_surplus(struct group *group, int side, uint64_t other,
			multiset_tell_fn *tell, void *context, struct err *err)
{
	uint64_t before = side == NEW ? other : group->count;
	uint64_t skip = other;

	for (size_t i = 0; i < group->nalikes; i++) {
		struct alike *alike = &group->alikes[i];
		uint64_t kept = skip < alike->count ? skip : alike->count;
		struct change change = {
			.op = side == NEW ? CHANGE_INSERT : CHANGE_DELETE,
			.count = alike->count - kept,
			.before = before,
		};
		int answer;

		skip -= kept;
		if (change.count == 0)
			continue;
		change.rows[side] = &alike->row;
		answer = tell(context, &change, err);
		if (answer != SINK_MORE)
			return answer;
		before += side == NEW ? change.count : -change.count;
	}
	return SINK_MORE;
}

static int compare_groups(struct group groups[2], multiset_tell_fn *tell,
			  void *context, uint64_t *unchanged, struct err *err)
{
	struct group *old_group = &groups[OLD];
	struct group *new_group = &groups[NEW];

	while (old_group->count || new_group->count) {
		int order = !old_group->count ? 1
			    : !new_group->count
				    ? -1
				    : compare_lines(&old_group->line,
						    &new_group->line);
		uint64_t old_count = order <= 0 ? old_group->count : 0;
		uint64_t new_count = order >= 0 ? new_group->count : 0;
		int answer = SINK_MORE;

		*unchanged += old_count < new_count ? old_count : new_count;
		if (new_count > old_count)
			answer = tell_surplus(new_group, NEW, old_count, tell,
					      context, err);
		else if (old_count > new_count)
			answer = tell_surplus(old_group, OLD, new_count, tell,
					      context, err);
		if (answer != SINK_MORE)
			return answer;
		if ((order <= 0 && next_group(old_group, err) < 0) ||
		    (order >= 0 && next_group(new_group, err) < 0))
			return err->code;
	}
	return SINK_MORE;
}

int multiset_compare(const struct multiset_side sides[2], size_t nidentity,
		     multiset_tell_fn *tell, void *context, uint64_t *unchanged,
		     struct err *err)
{
	struct group groups[2];
	int answer = SINK_MORE;

	*unchanged = 0;
	memset(groups, 0, sizeof(groups));
	for (int side = OLD; side <= NEW; side++) {
		groups[side].side = sides[side];
		groups[side].nidentity = nidentity;
		buf_init(&groups[side].line, SIZE_MAX / 4);
		buf_init(&groups[side].ahead_line, SIZE_MAX / 4);
	}
	for (int side = OLD; side <= NEW && answer == 0; side++) {
		answer = read_ahead(&groups[side], err);
		if (answer == 0)
			answer = next_group(&groups[side], err);
	}
	if (answer == 0)
		answer = compare_groups(groups, tell, context, unchanged, err);
	for (int side = OLD; side <= NEW; side++) {
		buf_release(&groups[side].line);
		buf_release(&groups[side].ahead_line);
		arena_release(&groups[side].arena);
		free(groups[side].alikes);
	}
	return answer;
}
