#include "config.h"

#include "workspace/typefindings.h"

#include <inttypes.h>

#include "model/name.h"

void typefindings_add_message(struct buf *out,
			      const struct typelint_finding *found)
{
	name_add(out, found->table);
	buf_add_char(out, '.');
	name_add(out, found->column);
	buf_add_format(out,
		       ": %" PRIu64 " value%s of class %s in a column of type "
		       "%s",
		       found->count, found->count == 1 ? "" : "s",
		       typelint_class(found->found), found->declared);
}

void typefindings_add_values(struct buf *out,
			     const struct typelint_finding *found)
{
	for (size_t i = 0; i < found->nshown; i++)
		buf_add_format(out, "%s%s", i > 0 ? ", " : "", found->shown[i]);
	buf_add_string(out, found->count > found->nshown ? ", ...\n" : "\n");
}
