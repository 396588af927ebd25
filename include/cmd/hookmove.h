/*
 * What is done when HEAD has moved: the changes of the snapshot go into the
 * local databases, or a line says that there are some.
 */
#ifndef CMD_HOOKMOVE_H
#define CMD_HOOKMOVE_H

#include "cmd/hookrun.h"
#include "hooks/event.h"

struct hook_move {
	struct hook_run *run;
	enum hook_event event;
	char before[OBJECT_ID_SIZE]; /* "": there was none, or it is unknown */
	char now[OBJECT_ID_SIZE];
};

/*
 * Carries the changes into the local databases that are there, each in one
 * transaction, and says in a line what was done, or why nothing was. If there
 * are no databases it is hook_hint().
 */
int hook_carry(struct hook_move *move, struct err *err) MUST_CHECK;

/*
 * One line says what changed, and which command brings it into the databases;
 * none if these were made of the commit already.
 */
int hook_hint(const struct hook_move *move, struct err *err) MUST_CHECK;

#endif
