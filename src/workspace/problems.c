#include "config.h"

#include "workspace/problems.h"

#include <inttypes.h>

#include "util/jsonstring.h"
#include "workspace/report.h"

enum { MAX_LINE = 1 << 17 };

/* What is too long for a line of a person's terminal is cut off. */
static void print(struct buf *line)
{
	if (line->data)
		report_output(line->data);
	buf_release(line);
}

void problems_add_line(struct buf *out, const char *place,
		       const struct problem *problem)
{
	buf_add_string(out, place);
	buf_add_string(out, problem->path);
	if (problem->line > 0)
		buf_add_format(out, ":%" PRIu64, problem->line);
	buf_add_format(out, ": %s", problem->message);
	if (problem->remedy)
		buf_add_format(out, ": %s", problem->remedy);
}

void problems_print(const char *place, const struct problem *problem)
{
	struct buf line;

	buf_init(&line, MAX_LINE);
	problems_add_line(&line, place, problem);
	print(&line);
}

void problems_sum_up(const char *shown, uint64_t count)
{
	struct buf line;

	buf_init(&line, MAX_LINE);
	buf_add_format(&line, "%s: %" PRIu64 " problem%s", shown, count,
		       count == 1 ? "" : "s");
	print(&line);
}

void problems_add_json(struct buf *out, const char *place,
		       const struct problem *problem)
{
	struct buf path;

	buf_init(&path, MAX_LINE);
	buf_add_format(&path, "%s%s", place, problem->path);
	buf_add_string(out, "{\"file\":");
	jsonstring_add_bytes(out, path.data ? path.data : "", path.len);
	buf_release(&path);
	if (problem->line > 0)
		buf_add_format(out, ",\"line\":%" PRIu64, problem->line);
	else
		buf_add_string(out, ",\"line\":null");
	jsonstring_add_member(out, "message", problem->message);
	jsonstring_add_member(out, "remedy", problem->remedy);
	buf_add_char(out, '}');
}
