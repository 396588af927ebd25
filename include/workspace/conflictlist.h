/* Rows that stand in the way of a write, as text: one line each. */
#ifndef WORKSPACE_CONFLICTLIST_H
#define WORKSPACE_CONFLICTLIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "apply/rowconflict.h"
#include "util/err.h"

/*
 * True if a cell of a row that both sides have is one of those that differ and
 * that nobody can decide.
 */
bool conflictlist_tells(const struct row_conflict *conflict, size_t cell);

/*
 * Writes the row's key, or all its cells if it has none, and each column that
 * differs with the value that each side has:
 *
 *	conflict: lines city=1, ref='M3': color 'red' in shop/local, 'blue' in
 *	shop/remote
 *
 * `word` stands first; the labels name OLD and NEW. NEW is told first.
 */
int conflictlist_write(FILE *out, const char *word,
		       const struct row_conflict *conflict,
		       const char *const labels[2], struct err *err) MUST_CHECK;

#endif
