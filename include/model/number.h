/*
 * The text of numbers in literals (model/literal.h): one exact form for each
 * integer and each real, fast both ways and independent of the locale.
 */
#ifndef MODEL_NUMBER_H
#define MODEL_NUMBER_H

#include <stddef.h>
#include <stdint.h>

#include "model/value.h"
#include "util/compiler.h"

enum { NUMBER_MAX_SIZE = 40 }; /* bytes of any number's text, and a NUL */

/*
 * Writes the text of an integer or a real, with a NUL after it, and returns
 * its length. A real that is no number at all counts as 0.0; SQLite has none.
 */
size_t number_write(char text[NUMBER_MAX_SIZE], const struct value *value);

/*
 * Reads a number at the start of the `size` bytes at `text`. Returns how many
 * bytes it took, or 0 if there is none that number_write() would write: 007,
 * 1.50 and 9223372036854775808 are none.
 */
size_t number_read(struct value *value, const char *text,
		   size_t size) MUST_CHECK;

/*
 * A real as *mantissa * 2^*exponent, exactly: for engines that do not read
 * decimal text to the last bit. |*mantissa| < 2^53 and *exponent >= -1074. The
 * real is finite.
 */
void number_split(double real, int64_t *mantissa, int *exponent);

#endif
