/* What `git d1 init` has to do with .gitattributes. */
#ifndef CMD_SETUPATTRIBUTES_H
#define CMD_SETUPATTRIBUTES_H

#include "cmd/setup.h"

/* Adds the lines that are missing, and tells of all. */
int setup_write_attributes(struct setup *setup, struct err *err) MUST_CHECK;

/* Warns if lines further down, or another file, say something else. */
int setup_check_attributes(const struct setup *setup,
			   struct err *err) MUST_CHECK;

#endif
