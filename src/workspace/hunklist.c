#include "config.h"

#include "workspace/hunklist.h"

#include <inttypes.h>

#include "model/literal.h"
#include "model/name.h"
#include "render/abbrev.h"
#include "util/buf.h"

enum { MAX_LINE = 1 << 26 };

static const char *const words[] = {
	[HUNK_ROW_MISSING] = "row missing",
	[HUNK_ROW_EXISTS] = "row exists",
	[HUNK_DIFFERS] = "value differs",
};

static void add_value(struct buf *line, const struct value *value,
		      const struct value *other)
{
	size_t start = line->len;

	literal_add(line, value);
	abbrev_literal(line, start, value, other);
}

/* The key of the row, or how many rows there are and should be. */
static void add_row(struct buf *line, const struct hunk_failure *failure)
{
	const struct patch_hunk *hunk = failure->hunk;

	name_add(line, failure->table->name);
	for (size_t i = 0; hunk->key && i < failure->table->nkey; i++) {
		buf_add_char(line, ' ');
		name_add(line, hunk->key[i].name);
		buf_add_char(line, '=');
		add_value(line, &hunk->key[i].value, NULL);
	}
	if (!hunk->key)
		buf_add_format(line, ", line %" PRIu64 " of the patch",
			       hunk->line);
}

static void add_reason(struct buf *line, const struct hunk_failure *failure)
{
	const struct hunk_verdict *verdict = &failure->verdict;

	if (!failure->hunk->key) {
		buf_add_format(line, ": there are %" PRIu64 " such rows",
			       failure->found);
	} else if (verdict->column) {
		buf_add_string(line, ": ");
		name_add(line, verdict->column);
		buf_add_string(line, " is ");
		add_value(line, verdict->found, verdict->expected);
		buf_add_string(line, ", not ");
		if (verdict->expected)
			add_value(line, verdict->expected, verdict->found);
		else
			buf_add_format(line, "the text of sha256 %.12s",
				       verdict->sha256);
	}
}

int hunklist_explain(FILE *out, const struct hunk_failure *failure,
		     struct err *err)
{
	struct buf line;

	buf_init(&line, MAX_LINE);
	buf_add_format(&line, "%s: ",
		       failure->hunk->key ? words[failure->verdict.state]
					  : "count differs");
	add_row(&line, failure);
	add_reason(&line, failure);
	buf_add_char(&line, '\n');
	if (buf_check(&line, "a line", err) == 0)
		fwrite(line.data, 1, line.len, out);
	buf_release(&line);
	return err->code;
}

void hunklist_reject(FILE *out, uint64_t *line,
		     const struct hunk_failure *failure)
{
	if (*line != failure->table->line)
		fwrite(failure->table->text, 1, failure->table->size, out);
	*line = failure->table->line;
	fwrite(failure->hunk->text, 1, failure->hunk->size, out);
}
