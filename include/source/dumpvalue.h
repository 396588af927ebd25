/* The values in the rows of a dump; see source/insertion.h for their forms. */
#ifndef SOURCE_DUMPVALUE_H
#define SOURCE_DUMPVALUE_H

#include "model/sqltoken.h"
#include "model/value.h"
#include "util/arena.h"
#include "util/err.h"

enum { DUMPVALUE_MAX_SIZE = 64 << 20 }; /* bytes of a value */

/*
 * Reads the value at the start of the tokens, and passes over it. It is in the
 * arena, or is a part of the tokens' text.
 */
int dumpvalue_read(struct value *value, struct sqltokens *tokens,
		   struct arena *arena, struct err *err) MUST_CHECK;

#endif
