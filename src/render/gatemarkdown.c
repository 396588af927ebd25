#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "render/gate.h"
#include "render/markdowncode.h"

enum {
	MAX_PIECE = 1 << 30,
	CLOSING = 200, /* bytes kept free for what was left out */
};

/* What is written, and how much more may be. */
struct writer {
	struct buf text;
	size_t room;
	uint64_t checks;   /* that were left out */
	uint64_t findings; /* likewise */
};

/* Moves `piece` to the text, as a whole or not at all. */
static bool put(struct writer *writer, struct buf *piece)
{
	bool fits = !piece->failed && piece->len <= writer->room;

	if (fits) {
		buf_add(&writer->text, piece->data, piece->len);
		writer->room -= piece->len;
	}
	buf_clear(piece);
	return fits;
}

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
	(void)put(writer, &piece);
	for (const struct gate_check *check = report->checks; check;
	     check = check->next) {
		buf_add_string(&piece, "| ");
		add_name(&piece, check);
		buf_add_format(&piece, " | %s | ",
			       gate_check_verdict(report, check));
		if (check->reason)
			markdown_add_text(&piece, check->reason);
		buf_add_string(&piece, " |\n");
		writer->checks += !put(writer, &piece);
	}
	buf_release(&piece);
}

/* Each finding as a whole, or not at all. */
static void put_findings(struct writer *writer,
			 const struct gate_report *report,
			 const struct gate_check *check)
{
	static const struct gate_colors none = { "", "", "", "" };
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
		if (put(writer, &piece))
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
	buf_add_format(&writer->text,
		       "\n**Left out** to stay within %zu bytes: %" PRIu64
		       " check%s and %" PRIu64 " finding%s.\n",
		       max, writer->checks, writer->checks == 1 ? "" : "s",
		       writer->findings, writer->findings == 1 ? "" : "s");
}

int gate_write_markdown(FILE *out, const struct gate_report *report, size_t max,
			struct err *err)
{
	struct writer writer = { .room = max - CLOSING };

	buf_init(&writer.text, MAX_PIECE);
	put_checks(&writer, report);
	for (const struct gate_check *check = report->checks; check;
	     check = check->next)
		put_findings(&writer, report, check);
	add_closing(&writer, max);
	if (buf_check(&writer.text, "the report", err) == 0)
		fwrite(writer.text.data, 1, writer.text.len, out);
	buf_release(&writer.text);
	return err->code;
}
