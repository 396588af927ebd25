#include "config.h"

#include "cmd/table.h"

#include <stdio.h>
#include <string.h>

#include "util/similar.h"
#include "util/usage.h"

/* Sorted by name, as they are listed; one a line. */
/* clang-format off */
const struct command *const command_table[] = {
	&command_apply,
	&command_blame,
	&command_check,
	&command_deploy,
	&command_diff,
	&command_env,
	&command_fetch,
	&command_format_patch,
	&command_fsck,
	&command_help,
	&command_hook,
	&command_hooks,
	&command_init,
	&command_log,
	&command_merge_driver,
	&command_migrations,
	&command_pull,
	&command_push,
	&command_resolve,
	&command_restore,
	&command_revert,
	&command_rewind,
	&command_schema,
	&command_show,
	&command_snapshot,
	&command_status,
	&command_sync,
	&command_textconv,
	&command_track,
	&command_undo,
	&command_untrack,
	&command_verify,
	&command_version,
	NULL,
};
/* clang-format on */

static const struct command *find(const struct command *const *table,
				  const char *name)
{
	for (; *table; table++)
		if (strcmp((*table)->name, name) == 0)
			return *table;
	return NULL;
}

bool command_is_listed(const struct command *command)
{
	return !(command->flags & COMMAND_RUN_BY_GIT);
}

/* The listed name of the table that is most like this one, or NULL. */
static const char *find_similar(const struct command *const *table,
				const char *name)
{
	struct similar similar;

	similar_init(&similar, name);
	for (; *table; table++)
		if (command_is_listed(*table))
			similar_offer(&similar, (*table)->name);
	return similar.best;
}

int command_require(const struct command **command, const char *name,
		    struct err *err)
{
	const char *similar;

	*command = find(command_table, name);
	if (*command)
		return 0;
	similar = find_similar(command_table, name);
	err_set(err, D1_EUSAGE, "'%s' is not a git d1 command", name);
	if (similar)
		err_hint(err, "the closest command is '%s'", similar);
	return err->code;
}

int command_require_second(const struct command **second,
			   const struct command *command, const char *name,
			   struct err *err)
{
	const struct command *const *table = command->subcommands;
	const char *similar = NULL;
	size_t used = 0;

	*second = name ? find(table, name) : NULL;
	if (*second)
		return 0;
	if (name) {
		similar = find_similar(table, name);
		err_set(err, D1_EUSAGE, "'%s' is not a git d1 %s command", name,
			command->name);
	} else {
		err_set(err, D1_EUSAGE, "no git d1 %s command given",
			command->name);
	}
	if (similar)
		return err_hint(err, "the closest command is '%s'", similar);
	err_hint(err, "there is: ");
	for (; *table; table++) {
		used = strlen(err->hint);
		snprintf(err->hint + used, sizeof(err->hint) - used, "%s%s",
			 (*table)->name, table[1] ? ", " : "");
	}
	return err->code;
}

/* The forms of the second words, one after another. */
static void add_forms(struct buf *out, const struct command *command)
{
	static const struct option_spec none[] = { OPTION_END };
	const struct command *const *table = command->subcommands;
	const char *forms[64];
	size_t count = 0;

	for (; *table; table++)
		for (const char *const *form = (*table)->usage; *form; form++)
			if (count < ARRAY_SIZE(forms) - 1)
				forms[count++] = *form;
	forms[count] = NULL;
	usage_add(out, forms, none);
}

void command_add_usage(struct buf *out, const struct command *command)
{
	if (command->subcommands)
		add_forms(out, command);
	else
		usage_add(out, command->usage, command->specs);
}

void command_add_completion(struct buf *out, const struct command *command)
{
	const struct command *const *table = command->subcommands;

	if (!table) {
		usage_add_completion(out, command->specs);
		return;
	}
	for (; *table; table++)
		if (command_is_listed(*table))
			buf_add_format(out, " %s", (*table)->name);
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
