#include "config.h"

#include "cmd/problems.h"

#include <inttypes.h>
#include <stdio.h>

#include "util/buf.h"
#include "util/quote.h"

enum { MAX_LINE = 1 << 16 };

/* Nothing out of a file drives the terminal. */
static void print_line(const struct buf *line)
{
	struct buf shown;

	buf_init(&shown, (size_t)4 * MAX_LINE);
	if (line->data)
		quote_add_escaped(&shown, line->data, line->len);
	puts(shown.data ? shown.data : "");
	buf_release(&shown);
}

void problems_print(const char *place, const struct problem *problem)
{
	struct buf line;

	buf_init(&line, MAX_LINE);
	buf_add_string(&line, place);
	buf_add_string(&line, problem->path);
	if (problem->line > 0)
		buf_add_format(&line, ":%" PRIu64, problem->line);
	buf_add_format(&line, ": %s", problem->message);
	if (problem->remedy)
		buf_add_format(&line, ": %s", problem->remedy);
	print_line(&line);
	buf_release(&line);
}

void problems_sum_up(const char *shown, uint64_t count)
{
	struct buf line;

	buf_init(&line, MAX_LINE);
	buf_add_format(&line, "%s: %" PRIu64 " problem%s", shown, count,
		       count == 1 ? "" : "s");
	print_line(&line);
	buf_release(&line);
}
