/* The values of a key, as they are given on the command line. */
#ifndef WORKSPACE_KEYVALUES_H
#define WORKSPACE_KEYVALUES_H

#include "model/value.h"
#include "util/arena.h"
#include "util/err.h"

enum { KEY_VALUES_MAX = 32 };

struct key_values {
	struct value values[KEY_VALUES_MAX];
	struct value texts[KEY_VALUES_MAX]; /* for columns of text */
	size_t count;
	struct arena arena;
};

/*
 * Reads values with commas between them. Each is a literal (model/literal.h),
 * or else the text that stands there: 42 is a number, '42' and M44 are texts.
 * In a column of text a number is the text it is written as: 007 stays 007.
 * `text` is borrowed. The caller releases `key`, after an error too.
 */
int key_values_read(struct key_values *key, const char *text,
		    struct err *err) MUST_CHECK;
void key_values_release(struct key_values *key);

#endif
