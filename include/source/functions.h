/*
 * SQL functions that D1's engine has and an older linked SQLite lacks, so that
 * generated columns that use them can be read: concat, concat_ws,
 * octet_length, unhex (https://www.sqlite.org/lang_corefunc.html), as
 * deterministic equivalents. What cannot be had (jsonb and its kind) makes the
 * column unreadable, not the table.
 */
#ifndef SOURCE_FUNCTIONS_H
#define SOURCE_FUNCTIONS_H

#include "util/compiler.h"

struct sqlite3;

/* Registers those that `db` lacks. Returns a SQLite result code. */
int functions_register(struct sqlite3 *db) MUST_CHECK;

#endif
