#include "config.h"

#include "config/namelist.h"

#include <string.h>

#include "util/glob.h"

bool name_list_match(const struct name_list *list, const char *name)
{
	for (size_t i = 0; i < list->count; i++) {
		if (glob_match(list->names[i], name))
			return true;
	}
	return false;
}

int name_list_add(struct name_list *list, const char *name, struct arena *arena,
		  struct err *err)
{
	/* Full at 0, 4, 8, 16, ...: then it moves to twice the room. */
	size_t count = list->count;
	bool is_full = !count || (count >= 4 && !(count & (count - 1)));

	if (!name)
		return err_set_nomem(err);
	if (is_full) {
		size_t room = count ? count * 2 : 4;
		const char **names = arena_array(arena, room, sizeof(*names));

		if (!names)
			return err_set_nomem(err);
		if (count)
			memcpy(names, list->names, count * sizeof(*names));
		list->names = names;
	}
	list->names[list->count++] = name;
	return 0;
}
