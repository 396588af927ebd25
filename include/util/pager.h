/*
 * The pager, chosen and run as git does it.
 *
 * A program has one standard output and so at most one pager: its state lives
 * in this module.
 */
#ifndef UTIL_PAGER_H
#define UTIL_PAGER_H

#include <stdbool.h>

#include "util/compiler.h"
#include "util/err.h"

/*
 * True if standard output ends at a pager, ours or one that git started for
 * us (GIT_PAGER_IN_USE).
 */
bool pager_in_use(void);

/*
 * Sends standard output through the pager, and standard error too if that is a
 * terminal. Nothing happens if standard output is no terminal, a pager is
 * there already, or the pager is "cat" or "". `core_pager` is the value of
 * core.pager, NULL if not set. Nothing may have been written before.
 *
 * The pager: GIT_PAGER, core.pager, PAGER, else less, with LESS=FRX and LV=-c
 * unless these are set. A value that holds more than a plain word goes to the
 * shell: it is the user's own configuration.
 *
 * Errors: D1_ERROR if a configured pager cannot be run; standard output is
 * then as it was, and the caller may go on without. A missing less is no
 * error.
 */
int pager_begin(const char *core_pager, struct err *err) MUST_CHECK;

/*
 * Waits until the user leaves the pager; does nothing without one. Standard
 * output must be flushed before and not be used afterwards. A signal that
 * would end the program waits for the pager too, so that the shell does not
 * fight with it for the terminal.
 */
void pager_end(void);

#endif
