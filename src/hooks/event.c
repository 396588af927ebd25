#include "config.h"

#include "hooks/event.h"

#include <string.h>

static const char *const names[HOOK_EVENTS] = {
	[HOOK_PRE_COMMIT] = "pre-commit",
	[HOOK_PRE_PUSH] = "pre-push",
	[HOOK_POST_MERGE] = "post-merge",
	[HOOK_POST_CHECKOUT] = "post-checkout",
	[HOOK_POST_REWRITE] = "post-rewrite",
};

const char *hook_event_name(enum hook_event event)
{
	return names[event];
}

bool hook_event_find(enum hook_event *event, const char *name)
{
	for (int i = 0; i < HOOK_EVENTS; i++) {
		if (strcmp(names[i], name) != 0)
			continue;
		*event = (enum hook_event)i;
		return true;
	}
	return false;
}

bool hook_event_blocks(enum hook_event event)
{
	return event == HOOK_PRE_COMMIT || event == HOOK_PRE_PUSH;
}
