/*
 * Time stamps: which of two rows is newer, whatever form its writer chose.
 *
 *   integer     a count since 1970, its unit told by its magnitude: below 1e11
 *               seconds, below 1e14 milliseconds, below 1e17 microseconds,
 *               from there on nanoseconds
 *   real        from 0 to below 5373484.5 a Julian day number, as SQLite's
 *               'auto' modifier has it; else as an integer
 *   text        a decimal number: with a point or an exponent as a real, else
 *               as an integer;
 *               2024-02-29, 2024-02-29T12:30:00.5Z, 2024-02-29 12:30+01:00,
 *               2024-02-29 12:30:00 UTC: ISO 8601 as SQLite, JavaScript (years
 *               of six digits and a sign) and others write it;
 *               Thu, 29 Feb 2024 12:30:00 GMT: RFC 2822
 *
 * Without a zone it is UTC. 24:00 is the end of a day; there are no leap
 * seconds. All dates are Gregorian, also those before 1582. Blanks around a
 * text do not matter.
 */
#ifndef MODEL_TIMESTAMP_H
#define MODEL_TIMESTAMP_H

#include <stdbool.h>
#include <stdint.h>

#include "model/value.h"

/*
 * Reads the value as a moment, in microseconds since 1970-01-01 00:00 UTC;
 * what is finer is cut off, a Julian day is rounded to the millisecond that
 * SQLite means by it. False, and *microseconds is left alone, if the value is
 * no time stamp: NULL, a blob, another text, a date that does not exist, or a
 * moment that does not fit.
 */
bool timestamp_read(const struct value *value, int64_t *microseconds);

#endif
