/* The second words of `git d1 schema`. */
#ifndef CMD_SCHEMA_H
#define CMD_SCHEMA_H

#include "cmd/command.h"

extern const struct command command_schema_diff;
extern const struct command command_schema_lint;
extern const struct command command_schema_plan;
extern const struct command command_schema_sync;

#endif
