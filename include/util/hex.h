/* Hexadecimal digits. */
#ifndef UTIL_HEX_H
#define UTIL_HEX_H

#include <stdbool.h>
#include <stddef.h>

#include "util/compiler.h"

/* The value of a digit in either letter case, -1 if it is none. */
int hex_digit(char c);

/* Writes two lower case digits for each byte, and no NUL. */
void hex_encode(char *hex, const void *bytes, size_t size);

/*
 * Reads `size` digits into size / 2 bytes. False if their number is odd or one
 * of them is none.
 */
bool hex_decode(void *bytes, const char *hex, size_t size) MUST_CHECK;

#endif
