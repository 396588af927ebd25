#include "config.h"

#include <inttypes.h>

#include "render/gate.h"
#include "util/jsonstring.h"

enum { MAX_TEXT = 1 << 30 };

static void add_finding(struct buf *out, const struct gate_report *report,
			const struct gate_finding *finding)
{
	buf_add_format(out, "{\"kind\":\"%s\",\"blocks\":%s",
		       gate_kind_name(finding->kind),
		       gate_kind_blocks(report, finding->kind) ? "true"
							       : "false");
	jsonstring_add_member(out, "message", finding->message);
	jsonstring_add_member(out, "remedy", finding->remedy);
	jsonstring_add_member(out, "file", finding->path);
	if (finding->line > 0)
		buf_add_format(out, ",\"line\":%" PRIu64, finding->line);
	else
		buf_add_string(out, ",\"line\":null");
	jsonstring_add_member(out, "details", finding->details);
	buf_add_char(out, '}');
}

static void add_check(struct buf *out, const struct gate_report *report,
		      const struct gate_check *check)
{
	buf_add_format(out, "{\"verdict\":\"%s\"",
		       gate_check_verdict(report, check));
	jsonstring_add_member(out, "database", check->database);
	jsonstring_add_member(out, "name", check->name);
	jsonstring_add_member(out, "reason", check->reason);
	jsonstring_add_member(out, "hint", check->hint);
	buf_add_string(out, ",\"findings\":[");
	for (const struct gate_finding *finding = check->findings; finding;
	     finding = finding->next) {
		buf_add_string(out, finding == check->findings ? "\n" : ",\n");
		add_finding(out, report, finding);
	}
	buf_add_string(out, "]}");
}

int gate_write_json(FILE *out, const struct gate_report *report,
		    struct err *err)
{
	struct buf text;

	buf_init(&text, MAX_TEXT);
	buf_add_format(&text, "{\"version\":1,\"verdict\":\"%s\",\"checks\":[",
		       gate_is_closed(report) ? "blocked" : "fine");
	for (const struct gate_check *check = report->checks; check;
	     check = check->next) {
		buf_add_string(&text, check == report->checks ? "\n" : ",\n");
		add_check(&text, report, check);
	}
	buf_add_string(&text, "]}\n");
	if (buf_check(&text, "the report", err) == 0)
		fwrite(text.data, 1, text.len, out);
	buf_release(&text);
	return err->code;
}
