#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "render/gate.h"
#include "util/quote.h"

enum { MAX_TEXT = 1 << 30 };

/*
 * XML has no place for most control characters, not even escaped; so what is
 * unsafe is written as git quotes it.
 */
static void add_line(struct buf *out, const char *text, size_t size)
{
	struct buf safe;

	buf_init(&safe, MAX_TEXT);
	quote_add_escaped(&safe, text, size);
	for (size_t i = 0; i < safe.len; i++) {
		char c = safe.data[i];

		if (strchr("&<>\"'\t", c))
			buf_add_format(out, "&#%d;", c);
		else
			buf_add_char(out, c);
	}
	out->failed = out->failed || safe.failed;
	buf_release(&safe);
}

static void add_lines(struct buf *out, const char *text)
{
	for (;;) {
		size_t size = strcspn(text, "\n");

		add_line(out, text, size);
		if (!text[size])
			return;
		buf_add_string(out, "&#10;");
		text += size + 1;
	}
}

/* ` name="text"` */
static void add_attribute(struct buf *out, const char *name, const char *text)
{
	buf_add_format(out, " %s=\"", name);
	add_lines(out, text);
	buf_add_char(out, '"');
}

/* All that is said of the findings that block, or of those that do not. */
static void add_findings(struct buf *out, const struct gate_report *report,
			 const struct gate_check *check, bool blocking)
{
	for (const struct gate_finding *finding = check->findings; finding;
	     finding = finding->next) {
		if (gate_kind_blocks(report, finding->kind) != blocking)
			continue;
		buf_add_format(out, "%s: ", gate_kind_name(finding->kind));
		if (finding->path) {
			add_lines(out, finding->path);
			if (finding->line > 0)
				buf_add_format(out, ":%" PRIu64, finding->line);
			buf_add_string(out, ": ");
		}
		add_lines(out, finding->message);
		buf_add_char(out, '\n');
		if (finding->details)
			add_lines(out, finding->details);
		if (finding->remedy) {
			buf_add_string(out, "-&#62; ");
			add_lines(out, finding->remedy);
			buf_add_char(out, '\n');
		}
	}
}

static const struct gate_finding *
first_blocking(const struct gate_report *report, const struct gate_check *check)
{
	const struct gate_finding *finding = check->findings;

	while (finding && !gate_kind_blocks(report, finding->kind))
		finding = finding->next;
	return finding;
}

static void add_case(struct buf *out, const struct gate_report *report,
		     const struct gate_check *check)
{
	const struct gate_finding *first = first_blocking(report, check);

	buf_add_string(out, "<testcase");
	add_attribute(out, "classname",
		      check->database ? check->database : "repository");
	add_attribute(out, "name", check->name);
	buf_add_string(out, ">\n");
	if (check->state == GATE_FAILED) {
		buf_add_string(out, "<error");
		add_attribute(out, "message", check->reason);
		buf_add_char(out, '>');
		add_lines(out, check->hint ? check->hint : "");
		buf_add_string(out, "</error>\n");
	} else if (first) {
		buf_add_string(out, "<failure");
		add_attribute(out, "message", first->message);
		buf_add_char(out, '>');
		add_findings(out, report, check, true);
		buf_add_string(out, "</failure>\n");
	} else if (check->state == GATE_SKIPPED) {
		buf_add_string(out, "<skipped");
		add_attribute(out, "message", check->reason);
		buf_add_string(out, "/>\n");
	}
	buf_add_string(out, "<system-out>");
	add_findings(out, report, check, false);
	buf_add_string(out, "</system-out>\n</testcase>\n");
}

/* The numbers of cases, and of those with that verdict. */
static uint64_t count(const struct gate_report *report, const char *verdict)
{
	uint64_t number = 0;

	for (const struct gate_check *check = report->checks; check;
	     check = check->next)
		number += !verdict ||
			  !strcmp(gate_check_verdict(report, check), verdict);
	return number;
}

int gate_write_junit(FILE *out, const struct gate_report *report,
		     struct err *err)
{
	struct buf text;

	buf_init(&text, MAX_TEXT);
	buf_add_format(&text,
		       "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		       "<testsuites>\n"
		       "<testsuite name=\"git d1 check\" tests=\"%" PRIu64
		       "\" failures=\"%" PRIu64 "\" errors=\"%" PRIu64
		       "\" skipped=\"%" PRIu64 "\">\n",
		       count(report, NULL), count(report, "blocked"),
		       count(report, "failed"), count(report, "skipped"));
	for (const struct gate_check *check = report->checks; check;
	     check = check->next)
		add_case(&text, report, check);
	buf_add_string(&text, "</testsuite>\n</testsuites>\n");
	if (buf_check(&text, "the report", err) == 0)
		fwrite(text.data, 1, text.len, out);
	buf_release(&text);
	return err->code;
}
