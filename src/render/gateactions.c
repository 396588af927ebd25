#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "render/gate.h"
#include "util/quote.h"

/* So many of each kind GitHub shows of a step. */
enum { MAX_SHOWN = 10, MAX_TEXT = 1 << 30 };

/*
 * As the runner reads it back: `%`, CR and LF in data, and `:` and `,` too in
 * a property. What is unsafe besides is written as git quotes it.
 */
static void add_escaped(struct buf *out, const char *text, size_t size,
			const char *special)
{
	struct buf safe;

	buf_init(&safe, MAX_TEXT);
	quote_add_escaped(&safe, text, size);
	for (size_t i = 0; i < safe.len; i++) {
		if (strchr(special, safe.data[i]))
			buf_add_format(out, "%%%02X",
				       (unsigned char)safe.data[i]);
		else
			buf_add_char(out, safe.data[i]);
	}
	out->failed = out->failed || safe.failed;
	buf_release(&safe);
}

static void add_data(struct buf *out, const char *text)
{
	for (;;) {
		size_t size = strcspn(text, "\n");

		add_escaped(out, text, size, "%");
		if (!text[size])
			return;
		buf_add_string(out, "%0A");
		text += size + 1;
	}
}

static void add_property(struct buf *out, const char *name, const char *text)
{
	buf_add_format(out, "%s=", name);
	add_escaped(out, text, strlen(text), "%:,");
}

static void add_title(struct buf *out, const struct gate_check *check)
{
	buf_add_char(out, ' ');
	add_property(out, "title", "git d1 check");
	if (check->database) {
		buf_add_char(out, ' ');
		add_escaped(out, check->database, strlen(check->database),
			    "%:,");
	}
	buf_add_format(out, " %s", check->name);
}

static void add_finding(struct buf *out, const struct gate_check *check,
			const struct gate_finding *finding)
{
	add_title(out, check);
	if (finding->path) {
		buf_add_char(out, ',');
		add_property(out, "file", finding->path);
	}
	if (finding->path && finding->line > 0)
		buf_add_format(out, ",line=%" PRIu64, finding->line);
	buf_add_format(out, "::%s: ", gate_kind_name(finding->kind));
	add_data(out, finding->message);
	if (finding->details) {
		buf_add_string(out, "%0A");
		add_data(out, finding->details);
	}
	if (finding->remedy) {
		buf_add_string(out, "%0A-> ");
		add_data(out, finding->remedy);
	}
}

/* The commands of one kind, the last of which may stand for many. */
struct commands {
	const char *name;
	uint64_t all;
	uint64_t written;
};

static bool begin(struct buf *out, struct commands *commands)
{
	if (commands->written == MAX_SHOWN)
		return false;
	buf_add_format(out, "::%s", commands->name);
	if (++commands->written < MAX_SHOWN || commands->all == MAX_SHOWN)
		return true;
	buf_add_format(out, "::git d1 check: %" PRIu64 " more\n",
		       commands->all - MAX_SHOWN + 1);
	return false;
}

static void add_check(struct buf *out, const struct gate_report *report,
		      const struct gate_check *check, struct commands *commands,
		      bool blocking)
{
	if (check->state == GATE_FAILED && blocking && begin(out, commands)) {
		add_title(out, check);
		buf_add_string(out, "::");
		add_data(out, check->reason);
		buf_add_char(out, '\n');
	}
	for (const struct gate_finding *finding = check->findings; finding;
	     finding = finding->next) {
		if (gate_kind_blocks(report, finding->kind) != blocking ||
		    !begin(out, commands))
			continue;
		add_finding(out, check, finding);
		buf_add_char(out, '\n');
	}
}

static uint64_t count(const struct gate_report *report, bool blocking)
{
	uint64_t number = 0;

	for (const struct gate_check *check = report->checks; check;
	     check = check->next) {
		number += check->state == GATE_FAILED && blocking;
		for (const struct gate_finding *finding = check->findings;
		     finding; finding = finding->next)
			number += gate_kind_blocks(report, finding->kind) ==
				  blocking;
	}
	return number;
}

int gate_write_annotations(FILE *out, const struct gate_report *report,
			   struct err *err)
{
	struct buf text;

	buf_init(&text, MAX_TEXT);
	for (int blocking = 1; blocking >= 0; blocking--) {
		struct commands commands = { .name = blocking ? "error"
							      : "warning",
					     .all = count(report, blocking) };

		for (const struct gate_check *check = report->checks; check;
		     check = check->next)
			add_check(&text, report, check, &commands, blocking);
	}
	if (buf_check(&text, "the report", err) == 0 && text.len > 0)
		fwrite(text.data, 1, text.len, out);
	buf_release(&text);
	return err->code;
}
