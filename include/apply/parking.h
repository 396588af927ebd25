/*
 * Which rows must be out of the way while others are written: kept outside
 * memory, as the changes are.
 */
#ifndef APPLY_PARKING_H
#define APPLY_PARKING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "apply/changes.h"
#include "apply/target.h"
#include "util/err.h"

struct plan_table;
struct parking;

int parking_open(struct parking **parking, struct err *err) MUST_CHECK;
void parking_close(struct parking *parking);

/* Begins with a table; its unique indexes are looked at. */
int parking_begin(struct parking *parking, const struct plan_table *table,
		  struct err *err) MUST_CHECK;

/* Number `n` of the changes of this kind in the entry. */
int parking_add(struct parking *parking, size_t entry,
		const struct changed_table *table,
		const struct row_change *change, uint64_t n, bool deletes_last,
		struct err *err) MUST_CHECK;

/* Parks a row whatever its unique values are. */
int parking_park(struct parking *parking, size_t entry, enum change_op op,
		 uint64_t n, struct err *err) MUST_CHECK;

/* Ends the table: *parked is how many of its rows are. */
int parking_end(struct parking *parking, uint64_t *parked,
		struct err *err) MUST_CHECK;

/* *parked tells whether this change is of a parked row. */
int parking_has(struct parking *parking, bool *parked, size_t entry,
		enum change_op op, uint64_t n, struct err *err) MUST_CHECK;

#endif
