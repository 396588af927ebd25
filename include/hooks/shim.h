/*
 * What is written where git looks for hooks: a few lines of POSIX shell that
 * run `git-d1 hook EVENT`. All else is in the program, so that an update of it
 * needs no new hooks.
 *
 * Without git-d1 in PATH, as in a container or a program with a short PATH,
 * the hook says so and lets git go on; with `require` it stops git.
 */
#ifndef HOOKS_SHIM_H
#define HOOKS_SHIM_H

#include <stdbool.h>
#include <stddef.h>

#include "hooks/event.h"
#include "util/buf.h"

/* Appends the file hooks/shim. It is the same for each event. */
void shim_add(struct buf *out, bool require);

/*
 * The same as a command of git's configuration, to which git appends the
 * arguments.
 */
void shim_add_command(struct buf *out, enum hook_event event, bool require);

/*
 * True for the text of a hook that git-d1 of this or any older version wrote,
 * blanks at its ends aside; and for an empty one.
 */
bool shim_is_ours(const char *text, size_t size);

/*
 * True if the text, somebody else's, runs `git d1 hook EVENT`: a line that is a
 * comment, as in a shell or YAML, does not.
 */
bool shim_is_called(const char *text, size_t size, enum hook_event event);

#endif
