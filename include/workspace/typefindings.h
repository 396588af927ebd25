/* What the type lint found (diff/typelint.h), for people. */
#ifndef WORKSPACE_TYPEFINDINGS_H
#define WORKSPACE_TYPEFINDINGS_H

#include "diff/typelint.h"
#include "util/buf.h"

/* Appends "product.price: 3 values of class text in a column of type REAL". */
void typefindings_add_message(struct buf *out,
			      const struct typelint_finding *found);

/* Appends "'1', '2', ..." and a line break. */
void typefindings_add_values(struct buf *out,
			     const struct typelint_finding *found);

#endif
