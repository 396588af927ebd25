/*
 * What becomes of a row that two databases hold differently, where nothing
 * tells what they had in common: by its bucket, and by what the user wants.
 * One side is the source here, and the other one the target, which is written.
 *
 *                   abort        source-wins  target-wins  newer-wins
 *   source only     written      written      written      written
 *   target only     left         left         left         left
 *     deletes       written      written      left         left
 *   source newer    written      written      left         written
 *   target newer    conflict     written      left         left
 *   content differs conflict     written      left         conflict
 */
#ifndef DIFF_POLICY_H
#define DIFF_POLICY_H

#include <stdbool.h>

#include "diff/change.h"

enum policy {
	POLICY_ABORT,
	POLICY_SOURCE_WINS,
	POLICY_TARGET_WINS,
	POLICY_NEWER_WINS,
};

enum policy_answer {
	POLICY_WRITE, /* the target is to hold what the source holds */
	POLICY_LEAVE,
	POLICY_CONFLICT,
};

/*
 * The answer for a row of that bucket. `source` is the side of the bucket, OLD
 * or NEW, that is the source; `deletes` is whether rows that the target alone
 * has may be deleted.
 */
enum policy_answer policy_decide(enum policy policy, enum bucket bucket,
				 int source, bool deletes);

/*
 * Which side a conflict is decided for, OLD or NEW; -1: it stays one. A bucket
 * that does not tell times, as that of a row which one side alone has, leaves
 * it a conflict under POLICY_NEWER_WINS.
 */
int policy_winner(enum policy policy, enum bucket bucket, int source);

#endif
