/*
 * A source without any table: what a snapshot is before its first commit.
 */
#ifndef SOURCE_EMPTY_H
#define SOURCE_EMPTY_H

#include "source/source.h"

/* Its schema is partial, as that of a snapshot. */
int empty_open(struct source **source, struct err *err) MUST_CHECK;

#endif
