/* Attributes that gcc and clang share. */
#ifndef UTIL_COMPILER_H
#define UTIL_COMPILER_H

/* The caller must look at the result: it tells whether the call failed. */
#define MUST_CHECK __attribute__((warn_unused_result))

/* Argument `text` is a printf format, its values start at `first`. */
#define PRINTF_LIKE(text, first) __attribute__((format(printf, text, first)))

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

#endif
