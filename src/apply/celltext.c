#include "config.h"

#include "apply/celltext.h"

#include <stdio.h>

#include "model/literal.h"
#include "model/name.h"

static const char cut[] = "...";

const char *celltext(struct celltext *out, const struct row *row,
		     const char *const *names, const size_t *cells,
		     size_t count)
{
	struct buf text;

	/* what does not fit any more is left out as a whole */
	buf_init(&text, sizeof(out->text) - sizeof(cut));
	for (size_t i = 0; i < count; i++) {
		buf_add_string(&text, i > 0 ? " " : "");
		name_add(&text, names[cells[i]]);
		buf_add_char(&text, '=');
		literal_add(&text, &row->cells[cells[i]]);
	}
	snprintf(out->text, sizeof(out->text), "%s%s",
		 text.data ? text.data : "", text.failed ? cut : "");
	buf_release(&text);
	return out->text;
}
