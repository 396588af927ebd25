/*
 * Carrying a plan to D1: as one call if it fits, else as one import if that can
 * be, else in parts if that is allowed.
 */
#ifndef APPLY_DELIVERY_H
#define APPLY_DELIVERY_H

#include <stdbool.h>
#include <stdint.h>

#include "apply/plan.h"
#include "cf/d1.h"
#include "util/buf.h"

/*
 * Told before each part is sent, and after the last, how many were carried
 * out, and how many there are. An error keeps the next one from being sent.
 */
typedef int delivery_part_fn(void *context, uint64_t parts, uint64_t all_parts,
			     struct err *err);

struct delivery_options {
	struct d1_client *client;
	const char *database_id;
	const char *bookmark; /* of the state before; NULL: not known */
	size_t max_body;      /* bytes of a call; 0: D1_MAX_BODY */
	bool can_import;
	bool in_parts;		/* several calls, each all or nothing */
	delivery_part_fn *part; /* or NULL */
	void *context;
};

enum delivery_way {
	DELIVERED_AS_CALL,
	DELIVERED_AS_IMPORT,
	DELIVERED_IN_PARTS,
};

/* Also filled if it failed. */
struct delivery {
	enum delivery_way way;
	enum d1_fate fate;
	uint64_t parts; /* carried out so far, if in parts */
	uint64_t all_parts;
	struct buf sql_error; /* the engine's message; empty if there is none */
	int64_t changes;      /* rows, by the engine; -1: not told */
};

/* The caller releases the delivery in any case. */
int delivery_send(struct delivery *delivery, struct plan *plan,
		  const struct delivery_options *options,
		  struct err *err) MUST_CHECK;
void delivery_release(struct delivery *delivery);

/*
 * How many requests it would take, and how many bytes their bodies would have:
 * nothing is sent. D1_EREFUSED for what could not be carried.
 */
int delivery_measure(uint64_t *requests, uint64_t *bytes, struct plan *plan,
		     const struct delivery_options *options,
		     struct err *err) MUST_CHECK;

#endif
