/*
 * What every connection is set to that evaluates a schema of unknown origin: of
 * a file, of a text out of a repository, of a server.
 *
 * Such a schema is trusted all the same, in SQLite's sense of the word: 3.40
 * takes json_extract() and all of its kind for unsafe in a generated column, a
 * CHECK or an index otherwise, and then no table of the file can be read; nor
 * lets it a trigger write a full-text index. What a schema can call then
 * reaches not beyond the database: functions that do are not part of the
 * library (writefile and its kind), or SQLite takes them from no schema ever
 * (load_extension, fts3_tokenizer), trusted or not; these two are off for SQL
 * that is given by itself as well. What a *file* of SQL may do is narrower
 * still (source/execute.h).
 */
#ifndef SOURCE_GUARD_H
#define SOURCE_GUARD_H

#include "util/compiler.h"

struct sqlite3;

/*
 * Sets it, forbids ATTACH, and registers the functions of source/functions.h.
 * Returns a SQLite result code.
 */
int guard_database(struct sqlite3 *db) MUST_CHECK;

#endif
