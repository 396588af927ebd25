#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "render/gate.h"
#include "render/name.h"
#include "util/quote.h"

enum { MAX_TEXT = 1 << 30 };

static const char *color_of(const struct gate_report *report,
			    const struct gate_colors *colors,
			    enum gate_kind kind)
{
	return gate_kind_blocks(report, kind) ? colors->bad : "";
}

/* The lines, each behind blanks, with what is unsafe in them escaped. */
static void add_lines(struct buf *out, const char *blanks, const char *text)
{
	while (*text) {
		size_t size = strcspn(text, "\n");

		buf_add_string(out, blanks);
		quote_add_escaped(out, text, size);
		buf_add_char(out, '\n');
		text += size + (text[size] == '\n');
	}
}

void gate_add_lines(struct buf *out, const struct gate_report *report,
		    const struct gate_finding *finding,
		    const struct gate_colors *colors)
{
	buf_add_format(out,
		       "  %s%s%s: ", color_of(report, colors, finding->kind),
		       gate_kind_name(finding->kind), colors->reset);
	if (finding->path) {
		name_add_text(out, finding->path);
		if (finding->line > 0)
			buf_add_format(out, ":%" PRIu64, finding->line);
		buf_add_string(out, ": ");
	}
	name_add_text(out, finding->message);
	buf_add_char(out, '\n');
	if (finding->details)
		add_lines(out, "    ", finding->details);
	if (finding->remedy)
		add_lines(out, "    -> ", finding->remedy);
}

static void add_check(struct buf *out, const struct gate_report *report,
		      const struct gate_check *check,
		      const struct gate_colors *colors)
{
	const char *verdict = gate_check_verdict(report, check);
	bool bad = !strcmp(verdict, "blocked") || !strcmp(verdict, "failed");

	if (check->database) {
		name_add_text(out, check->database);
		buf_add_char(out, ' ');
	}
	buf_add_format(out, "%s: %s%s%s", check->name,
		       bad ? colors->bad : colors->good, verdict,
		       colors->reset);
	if (check->reason) {
		buf_add_string(out, ": ");
		name_add_text(out, check->reason);
	}
	buf_add_char(out, '\n');
	if (check->hint)
		add_lines(out, "    -> ", check->hint);
	for (const struct gate_finding *finding = check->findings; finding;
	     finding = finding->next)
		gate_add_lines(out, report, finding, colors);
}

int gate_write_text(FILE *out, const struct gate_report *report,
		    const struct gate_colors *colors, struct err *err)
{
	struct buf text;

	buf_init(&text, MAX_TEXT);
	for (const struct gate_check *check = report->checks; check;
	     check = check->next)
		add_check(&text, report, check, colors);
	gate_add_verdict(&text, report);
	buf_add_char(&text, '\n');
	if (buf_check(&text, "the report", err) == 0)
		fwrite(text.data, 1, text.len, out);
	buf_release(&text);
	return err->code;
}
