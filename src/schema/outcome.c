#include "config.h"

#include "schema/outcome.h"

#include "schema/sameness.h"

static int check_found(struct blueprint *found, struct blueprint *to,
		       struct err *err)
{
	for (size_t i = 0; i < found->count; i++) {
		struct blueprint_object *object = &found->items[i];
		struct blueprint_object *wanted =
			blueprint_find(to, object->name,
				       object->kind == OBJECT_TRIGGER);
		bool same = false;

		if (wanted &&
		    sameness_compare(&same, found, object, to, wanted, err) < 0)
			return err->code;
		if (!same)
			return err_set(err, D1_ERROR,
				       "the plan would leave '%s' as it must "
				       "not be",
				       object->name);
	}
	return 0;
}

int outcome_check(struct blueprint *found, struct blueprint *to,
		  const bool *wanted, struct err *err)
{
	if (check_found(found, to, err) < 0)
		return err->code;
	for (size_t i = 0; i < to->count; i++)
		if ((!wanted || wanted[i]) &&
		    !blueprint_find(found, to->items[i].name,
				    to->items[i].kind == OBJECT_TRIGGER))
			return err_set(err, D1_ERROR,
				       "the plan would not make '%s'",
				       to->items[i].name);
	return 0;
}
