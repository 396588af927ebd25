/*
 * What a comparison finds, one row at a time, and who is told.
 */
#ifndef DIFF_CHANGE_H
#define DIFF_CHANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "diff/pair.h"
#include "model/row.h"
#include "util/err.h"

enum change_op {
	CHANGE_INSERT,
	CHANGE_DELETE,
	CHANGE_UPDATE,
};

/*
 * Which side a row is on, or which is newer by the table's time stamps. The
 * words "local" and "remote" are given to the sides where it is shown.
 */
enum bucket {
	BUCKET_OLD_ONLY,
	BUCKET_NEW_ONLY,
	BUCKET_OLD_NEWER,
	BUCKET_NEW_NEWER,
	BUCKET_CONTENT_DIFFERS,
	BUCKET_IDENTICAL,
	BUCKET_COUNT,
};

/* Which side has an older version of the row, where a history tells. */
enum row_order {
	ROW_ORDER_NONE, /* nothing tells, or neither is older */
	ROW_ORDER_ALIKE,
	ROW_ORDER_OLD_BEHIND,
	ROW_ORDER_NEW_BEHIND,
};

struct change {
	enum change_op op;
	enum bucket bucket;
	/* the row on each side, NULL where it is not; borrowed for the call */
	const struct row *rows[2];
	bool keyed;
	/* rows without a key: how many, and how many equal ones before */
	uint64_t count;
	uint64_t before;
};

struct table_counts {
	uint64_t inserted;
	uint64_t deleted;
	uint64_t updated;
	uint64_t unchanged;
	uint64_t buckets[BUCKET_COUNT];
};

/* What a sink wants next. */
enum sink_answer {
	SINK_MORE = 0,
	SINK_NEXT_TABLE = 1, /* no more changes of this table */
	SINK_DONE = 2,	     /* nothing more at all */
};

/*
 * Who is told. Each function returns an enum sink_answer, or a negative error,
 * which ends the comparison; NULL stands for one that only wants more.
 * `begin_table` comes for every pair, also for one that is not compared
 * (pair->reason); then no change follows.
 */
struct change_sink {
	int (*begin_table)(struct change_sink *sink,
			   const struct table_pair *pair, struct err *err);
	int (*change)(struct change_sink *sink, const struct table_pair *pair,
		      const struct change *change, struct err *err);
	int (*end_table)(struct change_sink *sink,
			 const struct table_pair *pair,
			 const struct table_counts *counts, struct err *err);
};

#endif
