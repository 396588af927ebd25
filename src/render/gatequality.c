#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "render/gate.h"
#include "util/compiler.h"
#include "util/jsonstring.h"
#include "util/sha256.h"

enum { MAX_TEXT = 1 << 30 };

/* By which GitLab knows the finding again; of two alike it shows one. */
static int add_fingerprint(struct buf *out, const struct gate_check *check,
			   const struct gate_finding *finding, struct err *err)
{
	const char *const parts[] = { check->database, check->name,
				      finding->path, finding->message };
	char hex[SHA256_HEX_SIZE];
	struct buf text;

	buf_init(&text, MAX_TEXT);
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		buf_add_string(&text, parts[i] ? parts[i] : "");
		buf_add_char(&text, '\n');
	}
	buf_add_format(&text, "%" PRIu64, finding->line);
	if (buf_check(&text, "the report", err) == 0 &&
	    sha256_hex(hex, text.data, text.len, err) == 0)
		buf_add_format(out, ",\"fingerprint\":\"%s\"", hex);
	buf_release(&text);
	return err->code;
}

static void add_description(struct buf *out, const struct gate_finding *finding)
{
	struct buf text;

	buf_init(&text, MAX_TEXT);
	buf_add_string(&text, finding->message);
	if (finding->remedy)
		buf_add_format(&text, " (%s)", finding->remedy);
	if (text.failed)
		out->failed = true;
	else
		jsonstring_add_bytes(out, text.data, text.len);
	buf_release(&text);
}

/* A finding that is in no file is shown at the configuration. */
static int add_quality(struct buf *out, const struct gate_report *report,
		       const struct gate_check *check,
		       const struct gate_finding *finding, struct err *err)
{
	static const char *const severities[] = {
		[GATE_FAULT] = "critical",
		[GATE_DRIFT] = "major",
		[GATE_PENDING] = "minor",
		[GATE_WARNING] = "minor",
	};
	const char *path = finding->path ? finding->path : ".d1config";

	buf_add_string(out, "{\"description\":");
	add_description(out, finding);
	buf_add_format(out, ",\"check_name\":\"git-d1/%s\"", check->name);
	if (add_fingerprint(out, check, finding, err) < 0)
		return err->code;
	buf_add_format(out, ",\"severity\":\"%s\",\"location\":{\"path\":",
		       gate_kind_blocks(report, finding->kind)
			       ? severities[finding->kind]
			       : "info");
	jsonstring_add_bytes(out, path, strlen(path));
	buf_add_format(out, ",\"lines\":{\"begin\":%" PRIu64 "}}}",
		       finding->line > 0 ? finding->line : 1);
	return 0;
}

static int add_qualities(struct buf *out, const struct gate_report *report,
			 struct err *err)
{
	const char *before = "\n";

	for (const struct gate_check *check = report->checks; check;
	     check = check->next)
		for (const struct gate_finding *finding = check->findings;
		     finding; finding = finding->next) {
			buf_add_string(out, before);
			if (add_quality(out, report, check, finding, err) < 0)
				return err->code;
			before = ",\n";
		}
	return 0;
}

int gate_write_codequality(FILE *out, const struct gate_report *report,
			   struct err *err)
{
	struct buf text;

	buf_init(&text, MAX_TEXT);
	buf_add_char(&text, '[');
	if (add_qualities(&text, report, err) == 0) {
		buf_add_string(&text, "]\n");
		if (buf_check(&text, "the report", err) == 0)
			fwrite(text.data, 1, text.len, out);
	}
	buf_release(&text);
	return err->code;
}
