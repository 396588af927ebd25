/*
 * Writing changes of rows to a D1 database, all or nothing and guarded: if a
 * row is not as the changes say it was, nothing is written at all.
 *
 * Rows end as they are given. Foreign keys act on no row but those that the
 * changes name (apply/effects.h finds what they would do besides), triggers do
 * not fire but for those that only keep the index of a virtual table, hidden
 * rowids and columns that are not among the changes stay. Memory does not grow
 * with the number of rows.
 */
#ifndef APPLY_D1_H
#define APPLY_D1_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "apply/changes.h"
#include "apply/delivery.h"
#include "cf/d1.h"
#include "source/source.h"
#include "util/buf.h"

/* What is to be written. All is borrowed. */
struct d1_write {
	struct source *source; /* the database, open for reading */
	struct d1_client *client;
	const char *database_id;
	struct changes *const *lists; /* no row is in two of them */
	size_t nlists;
	bool fire_triggers;  /* all triggers fire; rows may end otherwise */
	bool always_digests; /* see struct plan_options */
	size_t max_body;     /* bytes of a call; 0: D1_MAX_BODY */
	bool can_import;     /* the server has /import */
	/*
	 * Several calls, if it fits neither into one nor into an import: each
	 * is all or nothing, and `part` (or NULL) is told before each.
	 */
	bool in_parts;
	delivery_part_fn *part;
	void *context;
};

/*
 * What it came to; also filled if it failed: the fate is that of the last part
 * that was sent, and those before it were carried out.
 */
struct d1_written {
	enum d1_fate fate;
	enum delivery_way way;
	uint64_t parts; /* carried out */
	uint64_t all_parts;
	int64_t changes; /* rows, by the engine, which counts parked ones too */
	/*
	 * With fire_triggers, rows that triggers changed besides; it may be
	 * fewer if the number is not exact, as it is by the engine's count.
	 * -1: not told.
	 */
	int64_t fired;
	bool fired_exact;
	uint64_t requests;
	char *bookmark_before; /* NULL: there is no Time Travel */
	char *bookmark_after;
	/* rows that were read back, and those not as they were written */
	uint64_t read_back;
	uint64_t unread; /* without a key, or too long */
	uint64_t different;
	struct buf differences; /* the first of them, a line each */
};

/*
 * Errors: D1_EREFUSED for what D1 would not take, before anything is sent;
 * D1_ECONFLICT, which names rows and reasons, if the database is not as the
 * changes say or they contradict a constraint; D1_EUNREACHABLE with the fate
 * D1_UNKNOWN if nobody can say what was done. A lost reply is answered by
 * looking, never by sending again. That rows differ afterwards is no error.
 *
 * With fire_triggers rows cannot exchange unique or referenced values, since
 * triggers would see rows deleted and inserted that were updated. That is
 * D1_EREFUSED.
 *
 * The caller releases `written` in any case.
 */
int d1_write(struct d1_written *written, const struct d1_write *write,
	     struct err *err) MUST_CHECK;
void d1_written_release(struct d1_written *written);

/* What sending it takes, but for looking at rows before and after. */
struct d1_cost {
	uint64_t requests;
	uint64_t bytes; /* of bodies */
};

/*
 * Finds out what the write would send, and sends nothing. D1_EREFUSED for what
 * D1 would not take, as of d1_write().
 */
int d1_estimate(struct d1_cost *cost, const struct d1_write *write,
		struct err *err) MUST_CHECK;

#endif
