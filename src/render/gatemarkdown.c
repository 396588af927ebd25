#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "render/gate.h"
#include "render/markdowncode.h"

enum {
	MAX_PIECE = 1 << 30,
	CLOSING = 200, /* bytes kept free for what was left out */
};

/* What is written, and what was left out. */
struct writer {
	struct markdown_page page;
	uint64_t checks;   /* that were left out */
	uint64_t findings; /* likewise */
};

static void add_name(struct buf *out, const struct gate_check *check)
{
	if (check->database) {
		markdown_add_name(out, check->database);
		buf_add_char(out, ' ');
	}
	buf_add_string(out, check->name);
}

static void add_verdict(struct buf *out, const struct gate_report *report)
{
	struct buf verdict;

	buf_init(&verdict, MAX_PIECE);
	gate_add_verdict(&verdict, report);
	buf_add_string(&verdict, "\n");
	buf_add_string(out, "### git d1 check\n\n");
	out->failed = out->failed || verdict.failed;
	if (!verdict.failed)
		markdown_add_fenced(out, "text", verdict.data, verdict.len);
	buf_release(&verdict);
}

static void put_checks(struct writer *writer, const struct gate_report *report)
{
	struct buf piece;

	buf_init(&piece, MAX_PIECE);
	add_verdict(&piece, report);
	buf_add_string(&piece, "\n| check | verdict | |\n|:--|:--|:--|\n");
	(void)markdown_put(&writer->page, &piece);
	for (const struct gate_check *check = report->checks; check;
	     check = check->next) {
		buf_add_string(&piece, "| ");
		add_name(&piece, check);
		buf_add_format(&piece, " | %s | ",
			       gate_check_verdict(report, check));
		if (check->reason)
			markdown_add_text(&piece, check->reason);
		buf_add_string(&piece, " |\n");
		writer->checks += !markdown_put(&writer->page, &piece);
	}
	buf_release(&piece);
}

/* Each finding as a whole, or not at all. */
static void put_findings(struct writer *writer,
			 const struct gate_report *report,
			 const struct gate_check *check)
{
	static const struct gate_colors none = { "", "", "" };
	bool named = false;
	struct buf lines, piece;

	buf_init(&lines, MAX_PIECE);
	buf_init(&piece, MAX_PIECE);
	for (const struct gate_finding *finding = check->findings; finding;
	     finding = finding->next) {
		buf_clear(&lines);
		gate_add_lines(&lines, report, finding, &none);
		if (!named) {
			buf_add_char(&piece, '\n');
			add_name(&piece, check);
			buf_add_string(&piece, ":\n\n");
		}
		if (lines.failed)
			piece.failed = true;
		else
			markdown_add_fenced(&piece, "text", lines.data,
					    lines.len);
		if (markdown_put(&writer->page, &piece))
			named = true;
		else
			writer->findings++;
	}
	buf_release(&lines);
	buf_release(&piece);
}

static void add_closing(struct writer *writer, size_t max)
{
	if (writer->checks + writer->findings == 0)
		return;
	buf_add_format(&writer->page.text,
		       "\n**Left out** to stay within %zu bytes: %" PRIu64
		       " check%s and %" PRIu64 " finding%s.\n",
		       max, writer->checks, writer->checks == 1 ? "" : "s",
		       writer->findings, writer->findings == 1 ? "" : "s");
}

int gate_write_markdown(FILE *out, const struct gate_report *report, size_t max,
			struct err *err)
{
	struct writer writer = { .page.room = max - CLOSING };

	buf_init(&writer.page.text, MAX_PIECE);
	put_checks(&writer, report);
	for (const struct gate_check *check = report->checks; check;
	     check = check->next)
		put_findings(&writer, report, check);
	add_closing(&writer, max);
	if (buf_check(&writer.page.text, "the report", err) == 0)
		fwrite(writer.page.text.data, 1, writer.page.text.len, out);
	buf_release(&writer.page.text);
	return err->code;
}
