/*
 * D1's /import: SQL as a file, carried out as one transaction, for what is too
 * large for a call. The database takes no other call meanwhile.
 */
#ifndef CF_IMPORT_H
#define CF_IMPORT_H

#include <stdint.h>

#include "cf/d1.h"
#include "util/arena.h"
#include "util/err.h"

/*
 * Also filled if the import failed: `fate` tells whether the statements were
 * carried out, `sql_error` is the engine's message if one failed, else NULL.
 */
struct d1_import_reply {
	enum d1_fate fate;
	const char *sql_error;
	const char *bookmark; /* after it; NULL: not told */
	int64_t queries;      /* how many statements; -1: not told */
	struct d1_meta meta;
	struct arena arena;
};

/*
 * Imports `size` bytes of the open file, from its start; memory does not grow
 * with it. No two imports may have the same bytes: D1 takes one that it knows
 * for a repetition and starts it at once. `bookmark` is the state of the
 * database before, or NULL: with it an import is found again whose beginning
 * was not confirmed. If the fate is D1_UNKNOWN the import is over, as far as
 * the server can be asked: the rows tell what became of it. The Local Explorer
 * has no import: D1_EREFUSED. The reply is released by the caller in any case.
 */
int d1_import(struct d1_import_reply *reply, struct d1_client *client,
	      const char *database_id, const char *bookmark, int fd,
	      uint64_t size, struct err *err) MUST_CHECK;

void d1_import_reply_release(struct d1_import_reply *reply);

#endif
