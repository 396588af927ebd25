/* The commands: one line here and one in src/cmd/table.c adds one. */
#ifndef CMD_TABLE_H
#define CMD_TABLE_H

#include <stdbool.h>

#include "cmd/command.h"
#include "util/buf.h"
#include "util/compiler.h"
#include "util/err.h"

extern const struct command command_apply;
extern const struct command command_blame;
extern const struct command command_check;
extern const struct command command_deploy;
extern const struct command command_diff;
extern const struct command command_env;
extern const struct command command_fetch;
extern const struct command command_format_patch;
extern const struct command command_fsck;
extern const struct command command_help;
extern const struct command command_hook;
extern const struct command command_hooks;
extern const struct command command_init;
extern const struct command command_log;
extern const struct command command_merge_driver;
extern const struct command command_migrations;
extern const struct command command_migrations_apply;
extern const struct command command_migrations_baseline;
extern const struct command command_migrations_draft;
extern const struct command command_migrations_status;
extern const struct command command_pull;
extern const struct command command_push;
extern const struct command command_resolve;
extern const struct command command_restore;
extern const struct command command_revert;
extern const struct command command_rewind;
extern const struct command command_schema;
extern const struct command command_show;
extern const struct command command_snapshot;
extern const struct command command_status;
extern const struct command command_sync;
extern const struct command command_textconv;
extern const struct command command_track;
extern const struct command command_undo;
extern const struct command command_untrack;
extern const struct command command_verify;
extern const struct command command_version;

/* All commands, in the order of their names; NULL ends the list. */
extern const struct command *const command_table[];

/* The command of that name; D1_EUSAGE with the closest one if there is none. */
int command_require(const struct command **command, const char *name,
		    struct err *err) MUST_CHECK;

/*
 * The second word of a command that has subcommands: D1_EUSAGE, with the
 * closest name or all of them, if `name` is none of them, or NULL.
 */
int command_require_second(const struct command **second,
			   const struct command *command, const char *name,
			   struct err *err) MUST_CHECK;

/* Appends what -h shows: the forms of the command, and its options. */
void command_add_usage(struct buf *out, const struct command *command);

/* Appends the long options of the command, or its second words. */
void command_add_completion(struct buf *out, const struct command *command);

/* True if people run it, so that it is listed and suggested. */
bool command_is_listed(const struct command *command);

/* Appends the names and summaries of the listed commands. */
void command_list(struct buf *out);

#endif
