/* What `git d1 init --from-smuggler` takes over from another tool. */
#ifndef CMD_SETUPSMUGGLER_H
#define CMD_SETUPSMUGGLER_H

#include "cmd/setup.h"
#include "config/smuggler.h"

/*
 * Settings go into .d1config, the account into the repository's configuration,
 * the token to git's credential helpers and nowhere else. What is set already
 * stays, unless it is to be overwritten; what has no place here is named. The
 * repository's configuration is loaded, and .d1config written.
 */
int setup_take_over(struct setup *setup, const struct smuggler_config *smuggler,
		    struct err *err) MUST_CHECK;

#endif
