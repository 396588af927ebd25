/*
 * A SQL dump as a source: what `wrangler d1 export`, `.dump` of sqlite3 and
 * git-d1 itself write. Definitions are run with the rights of definitions
 * (source/execute.h), rows are read as data and bound; any other statement is
 * refused with file and line. The rows are loaded into a private database
 * outside memory.
 */
#ifndef SOURCE_DUMP_H
#define SOURCE_DUMP_H

#include "source/source.h"

int dump_open(struct source **source, const char *path,
	      struct err *err) MUST_CHECK;

#endif
