#include "config.h"

#include "format/patch.h"

#include <inttypes.h>
#include <string.h>

#include "format/patchline.h"

static const char signs[2] = { [PATCH_OLD] = '-', [PATCH_NEW] = '+' };

static bool is_of(const struct patch_text_line *line, int side)
{
	return line->sign == '|' || line->sign == signs[side];
}

static bool has_more(const struct patch_text_hunk *hunk)
{
	return hunk->count[PATCH_OLD] > 0 || hunk->count[PATCH_NEW] > 0;
}

/* ---- checking what stands in the patch ---- */

/* How far the hunks of a text reach. */
struct reach {
	size_t lines[2];
	bool ended[2]; /* by a line without a line break */
};

static int check_line(struct patch_lines *lines, struct reach *reach,
		      struct patch_text_hunk *hunk, struct buf *content,
		      struct err *err)
{
	struct patch_text_line line;

	if (patch_read_text_line(lines, &line, err) < 0)
		return err->code;
	for (int side = PATCH_OLD; side <= PATCH_NEW; side++) {
		if (!is_of(&line, side))
			continue;
		if (hunk->count[side] == 0)
			return patch_refuse(lines->name, line.line, err,
					    "more lines than the line above "
					    "with '@@' counts");
		if (reach->ended[side])
			return patch_refuse(lines->name, line.line, err,
					    "a line after the last one of the "
					    "text, which has no newline");
		hunk->count[side]--;
		reach->lines[side]++;
		reach->ended[side] = !line.newline;
	}
	buf_clear(content);
	return patch_add_content(content, lines, &line, err);
}

static int check_hunk(struct patch_lines *lines, struct reach *reach,
		      struct buf *content, struct err *err)
{
	const uint64_t number = lines->line;
	struct patch_text_hunk hunk;

	if (patch_read_text_hunk(lines, &hunk, err) < 0)
		return err->code;
	if (!has_more(&hunk))
		return patch_refuse(lines->name, number, err,
				    "no lines that change");
	if (hunk.before[PATCH_OLD] < reach->lines[PATCH_OLD] ||
	    hunk.before[PATCH_NEW] < reach->lines[PATCH_NEW] ||
	    hunk.before[PATCH_OLD] - reach->lines[PATCH_OLD] !=
		    hunk.before[PATCH_NEW] - reach->lines[PATCH_NEW])
		return patch_refuse(lines->name, number, err,
				    "these lines do not follow those before: "
				    "expected -%zu,... +%zu,... or later ones, "
				    "as far down on both sides",
				    reach->lines[PATCH_OLD] + 1,
				    reach->lines[PATCH_NEW] + 1);
	memcpy(reach->lines, hunk.before, sizeof(reach->lines));
	while (has_more(&hunk))
		if (check_line(lines, reach, &hunk, content, err) < 0)
			return err->code;
	return 0;
}

int patch_text_check(const struct patch_text *text, const char *name,
		     struct err *err)
{
	struct patch_lines lines = { .at = text->lines,
				     .end = text->lines + text->size,
				     .line = text->line,
				     .name = name };
	struct reach reach = { .lines = { 0, 0 } };
	struct buf content;

	buf_init(&content, PATCH_MAX_LINE);
	do {
		if (check_hunk(&lines, &reach, &content, err) < 0)
			break;
	} while (lines.at < lines.end);
	buf_release(&content);
	return err->code;
}

/* ---- applying ---- */

/* A text that is read line by line, and the one that is made of it. */
struct change {
	const struct patch_text *patch;
	int from;
	const char *at;
	const char *end;
	size_t lines; /* that were read */
	struct buf *out;
	struct buf content; /* of a line of the patch */
};

/* Takes the next line with its line break; false at the end. */
static bool take_line(struct change *change, const char **text, size_t *size)
{
	const char *newline;

	if (change->at == change->end)
		return false;
	newline = memchr(change->at, '\n', (size_t)(change->end - change->at));
	*text = change->at;
	change->at = newline ? newline + 1 : change->end;
	*size = (size_t)(change->at - *text);
	change->lines++;
	return true;
}

/* Copies lines until `count` were read; false if there are not as many. */
static bool copy_lines(struct change *change, size_t count)
{
	const char *text;
	size_t size;

	while (change->lines < count) {
		if (!take_line(change, &text, &size))
			return false;
		buf_add(change->out, text, size);
	}
	return true;
}

/* Appends a line's bytes and its line break to `out`. */
static int add_line(struct buf *out, struct change *change,
		    const struct patch_lines *lines,
		    const struct patch_text_line *line, struct err *err)
{
	if (patch_add_content(out, lines, line, err) < 0)
		return err->code;
	if (line->newline)
		buf_add_string(out, change->patch->crlf ? "\r\n" : "\n");
	return buf_check(out, "a text", err);
}

static int apply_line(struct change *change, struct patch_lines *lines,
		      struct patch_text_hunk *hunk, struct err *err)
{
	struct patch_text_line line;
	const char *text;
	size_t size;

	if (patch_read_text_line(lines, &line, err) < 0)
		return err->code;
	for (int side = PATCH_OLD; side <= PATCH_NEW; side++)
		hunk->count[side] -= is_of(&line, side);
	if (is_of(&line, change->from)) {
		buf_clear(&change->content);
		if (add_line(&change->content, change, lines, &line, err) < 0)
			return err->code;
		if (!take_line(change, &text, &size) ||
		    size != change->content.len ||
		    memcmp(text, change->content.data, size) != 0)
			return err_set(err, D1_ERROR,
				       "line %" PRIu64 " of the patch is not "
				       "in the text, though the text has the "
				       "hash that the patch tells",
				       line.line);
	}
	if (is_of(&line, !change->from))
		return add_line(change->out, change, lines, &line, err);
	return 0;
}

static int apply_hunk(struct change *change, struct patch_lines *lines,
		      struct err *err)
{
	const uint64_t number = lines->line;
	struct patch_text_hunk hunk;

	if (patch_read_text_hunk(lines, &hunk, err) < 0)
		return err->code;
	if (!copy_lines(change, hunk.before[change->from]))
		return err_set(err, D1_ERROR,
			       "the text has fewer lines than line %" PRIu64
			       " of the patch tells",
			       number);
	while (has_more(&hunk))
		if (apply_line(change, lines, &hunk, err) < 0)
			return err->code;
	return 0;
}

static int check_hash(const struct patch_text *text, int side,
		      const char *bytes, size_t size, bool *same,
		      struct err *err)
{
	char hex[SHA256_HEX_SIZE];

	if (sha256_hex(hex, bytes, size, err) < 0)
		return err->code;
	*same = strcmp(hex, text->sha256[side]) == 0;
	return 0;
}

int patch_text_apply(struct buf *out, const struct patch_text *text, int from,
		     const char *bytes, size_t size, struct err *err)
{
	struct patch_lines lines = { .at = text->lines,
				     .end = text->lines + text->size,
				     .line = text->line,
				     .name = "patch" };
	struct change change = { .patch = text,
				 .from = from,
				 .at = bytes,
				 .end = bytes + size,
				 .out = out };
	size_t start = out->len;
	bool same = false;

	if (check_hash(text, from, bytes, size, &same, err) < 0)
		return err->code;
	if (!same)
		return err_set(
			err, D1_ECONFLICT,
			"the text is not the one that the patch changes");
	buf_init(&change.content, 2 * (size_t)PATCH_MAX_LINE);
	while (lines.at < lines.end)
		if (apply_hunk(&change, &lines, err) < 0)
			goto out;
	buf_add(out, change.at, (size_t)(change.end - change.at));
	if (buf_check(out, "a text", err) < 0 ||
	    check_hash(text, !from, out->len ? out->data + start : "",
		       out->len - start, &same, err) < 0)
		goto out;
	if (!same)
		err_set(err, D1_ERROR,
			"the lines from line %" PRIu64 " of the patch on do "
			"not make the text whose hash it tells",
			text->line);
out:
	buf_release(&change.content);
	return err->code;
}
