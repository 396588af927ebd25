/* What a page begins and ends with, whatever it shows. */
#ifndef RENDER_HTMLFRAME_H
#define RENDER_HTMLFRAME_H

#include <stdio.h>

#include "util/err.h"

/*
 * Writes the page up to the start of its body. `title` is HTML; NULL: nothing
 * was compared.
 */
int htmlframe_write_begin(FILE *out, const char *title,
			  struct err *err) MUST_CHECK;

/* Writes the help and the script, from the end of <main> to that of the page.
 */
void htmlframe_write_end(FILE *out);

#endif
