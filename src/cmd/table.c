#include "config.h"

#include "cmd/table.h"

#include <string.h>

#include "util/similar.h"

/* Sorted by name, as they are listed; one a line. */
/* clang-format off */
const struct command *const command_table[] = {
	&command_apply,
	&command_blame,
	&command_diff,
	&command_env,
	&command_fetch,
	&command_format_patch,
	&command_fsck,
	&command_help,
	&command_init,
	&command_log,
	&command_merge_driver,
	&command_resolve,
	&command_restore,
	&command_revert,
	&command_rewind,
	&command_show,
	&command_snapshot,
	&command_status,
	&command_textconv,
	&command_track,
	&command_undo,
	&command_untrack,
	&command_version,
	NULL,
};
/* clang-format on */

const struct command *command_find(const char *name)
{
	for (int i = 0; command_table[i]; i++)
		if (strcmp(command_table[i]->name, name) == 0)
			return command_table[i];
	return NULL;
}

bool command_is_listed(const struct command *command)
{
	return !(command->flags & COMMAND_RUN_BY_GIT);
}

int command_require(const struct command **command, const char *name,
		    struct err *err)
{
	struct similar similar;

	*command = command_find(name);
	if (*command)
		return 0;
	similar_init(&similar, name);
	for (int i = 0; command_table[i]; i++)
		if (command_is_listed(command_table[i]))
			similar_offer(&similar, command_table[i]->name);
	err_set(err, D1_EUSAGE, "'%s' is not a git d1 command", name);
	if (similar.best)
		err_hint(err, "the closest command is '%s'", similar.best);
	return err->code;
}

void command_list(struct buf *out)
{
	size_t width = 0;

	for (int i = 0; command_table[i]; i++)
		if (command_is_listed(command_table[i]) &&
		    strlen(command_table[i]->name) > width)
			width = strlen(command_table[i]->name);
	for (int i = 0; command_table[i]; i++)
		if (command_is_listed(command_table[i]))
			buf_add_format(out, "   %-*s%s\n", (int)width + 2,
				       command_table[i]->name,
				       command_table[i]->summary);
}
