#include "config.h"

#include "schema/outcome.h"

#include "schema/sameness.h"

static struct blueprint_object *
find_match(const struct blueprint_object *object, struct blueprint *other)
{
	return blueprint_find(other, object->name,
			      object->kind == OBJECT_TRIGGER);
}

static int check_found(struct blueprint *found, const struct outcome *outcome,
		       struct err *err)
{
	for (size_t i = 0; i < found->count; i++) {
		struct blueprint_object *object = &found->items[i];
		struct blueprint *other = outcome->to;
		struct blueprint_object *match;
		bool same = false;

		if (outcome->stays) {
			match = find_match(object, outcome->from);
			if (match &&
			    outcome->stays[match - outcome->from->items])
				other = outcome->from;
		}
		match = find_match(object, other);
		if (match && sameness_compare(&same, found, object, other,
					      match, err) < 0)
			return err->code;
		if (!same)
			return err_set(err, D1_ERROR,
				       "the plan would leave '%s' as it must "
				       "not be",
				       object->name);
	}
	return 0;
}

int outcome_check(const struct outcome *outcome, struct blueprint *found,
		  struct err *err)
{
	const struct blueprint *to = outcome->to;

	if (check_found(found, outcome, err) < 0)
		return err->code;
	for (size_t i = 0; i < to->count; i++)
		if ((!outcome->wanted || outcome->wanted[i]) &&
		    !find_match(&to->items[i], found))
			return err_set(err, D1_ERROR,
				       "the plan would not make '%s'",
				       to->items[i].name);
	return 0;
}
