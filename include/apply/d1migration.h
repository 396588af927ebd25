/*
 * Carrying a migration out on D1: its statements and its row in the ledger, all
 * or nothing.
 *
 * That is one call. One with a trigger is an import, since D1 cuts the text of
 * a call into statements by itself and may cut a trigger apart; so is one that
 * is too large for a call.
 */
#ifndef APPLY_D1MIGRATION_H
#define APPLY_D1MIGRATION_H

#include <stdbool.h>

#include "cf/d1.h"
#include "format/script.h"
#include "util/buf.h"
#include "util/err.h"

/* All is borrowed. */
struct d1_migration {
	struct d1_client *client;
	const char *database_id;
	const char *bookmark; /* of the state before; NULL: not known */
	bool can_import;      /* the server has /import */
	/* the table; made if it is not there; NULL: nothing is noted */
	const char *ledger;
	const char *name; /* what it notes */
	struct script *script;
	/*
	 * An SQL expression; NULL: none. Its value, a text, is asked for in the
	 * end by a statement that fails, so that nothing is written, and put
	 * into `answer`. No ledger then.
	 */
	const char *question;
	struct buf *answer;
};

/*
 * Runs it once. *fate says what became of it, after an error too. An error of a
 * statement names file and line, with the statement as a hint: which one it is
 * is found by running the first of them again, followed by one that fails, so
 * that nothing is written. D1_EREFUSED for what D1 would not take, before
 * anything is sent.
 */
int d1_migrate(enum d1_fate *fate, const struct d1_migration *migration,
	       struct err *err) MUST_CHECK;

#endif
