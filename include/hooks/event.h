/* The events of git that git-d1 has something to do at. */
#ifndef HOOKS_EVENT_H
#define HOOKS_EVENT_H

#include <stdbool.h>

#include "util/compiler.h"

enum hook_event {
	HOOK_PRE_COMMIT,
	HOOK_PRE_PUSH,
	HOOK_POST_MERGE,
	HOOK_POST_CHECKOUT,
	HOOK_POST_REWRITE,
	HOOK_EVENTS, /* how many there are */
};

/* "pre-commit", as git calls the file. */
const char *hook_event_name(enum hook_event event);

/* False if git-d1 does nothing at an event of that name. */
bool hook_event_find(enum hook_event *event, const char *name) MUST_CHECK;

/* True if git stops when the hook fails. */
bool hook_event_blocks(enum hook_event event);

#endif
