#include "config.h"

#include "format/patchline.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "util/quote.h"
#include "util/text.h"

static const char no_newline[] = " \\ no newline at end of text";

int patch_refuse(const char *name, uint64_t line, struct err *err,
		 const char *format, ...)
{
	char message[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	return err_set(err, D1_ERROR, "%s:%" PRIu64 ": %s", name, line,
		       message);
}

/* ---- words ---- */

size_t patch_read_number(uint64_t *number, const char *text, size_t size)
{
	size_t at = 0;

	*number = 0;
	while (at < size && text[at] >= '0' && text[at] <= '9') {
		if (__builtin_mul_overflow(*number, 10, number) ||
		    __builtin_add_overflow(*number, (uint64_t)(text[at] - '0'),
					   number))
			return 0;
		at++;
	}
	return at > 1 && text[0] == '0' ? 0 : at;
}

size_t patch_read_sha256(char hex[SHA256_HEX_SIZE], const char *text,
			 size_t size)
{
	const size_t digits = SHA256_HEX_SIZE - 1;

	if (size < digits)
		return 0;
	memcpy(hex, text, digits);
	hex[digits] = '\0';
	return strspn(hex, "0123456789abcdef") == digits ? digits : 0;
}

/* ---- lines ---- */

bool patch_take_line(struct patch_lines *lines, const char **text, size_t *size)
{
	const char *end;

	if (lines->at == lines->end)
		return false;
	end = memchr(lines->at, '\n', (size_t)(lines->end - lines->at));
	*text = lines->at;
	*size = (size_t)(end - lines->at);
	lines->at = end + 1;
	lines->line++;
	return true;
}

size_t patch_text_size(const struct patch_lines *lines)
{
	const char *at = lines->at;

	while (lines->end - at > 2 && at[0] == ' ' && at[1] &&
	       strchr("|-+@\\", at[1]))
		at = (const char *)memchr(at, '\n', (size_t)(lines->end - at)) +
		     1;
	return (size_t)(at - lines->at);
}

static bool take_no_newline(struct patch_lines *lines)
{
	struct patch_lines ahead = *lines;
	const char *text;
	size_t size;

	if (!patch_take_line(&ahead, &text, &size) ||
	    size != sizeof(no_newline) - 1 ||
	    memcmp(text, no_newline, size) != 0)
		return false;
	*lines = ahead;
	return true;
}

int patch_read_text_line(struct patch_lines *lines,
			 struct patch_text_line *line, struct err *err)
{
	const char *text;
	size_t size;

	line->line = lines->line;
	if (!patch_take_line(lines, &text, &size) || size < 2 ||
	    text[0] != ' ' || !strchr("|-+", text[1]))
		return patch_refuse(lines->name, line->line, err,
				    "expected a line of the text: ' |', ' -' "
				    "or ' +' and what stands in it");
	line->sign = text[1];
	line->content = text + 2;
	line->size = size - 2;
	line->newline = !take_no_newline(lines);
	return 0;
}

int patch_add_content(struct buf *out, const struct patch_lines *lines,
		      const struct patch_text_line *line, struct err *err)
{
	const char *text = line->content;
	size_t size = line->size;

	if (size == 0)
		return 0;
	if (text[0] == '\\') {
		if (quote_read(out, text + 1, size - 1) == size - 1)
			return buf_check(out, "a text", err);
		return patch_refuse(lines->name, line->line, err,
				    "expected \\\"...\" after the sign: a line "
				    "that begins with a backslash is quoted");
	}
	if (text[size - 1] == ' ' || text[size - 1] == '\t')
		return patch_refuse(lines->name, line->line, err,
				    "a blank at the end of a line: a line of a "
				    "text that ends in one is written "
				    "\\\"...\"");
	buf_add(out, text, size);
	return buf_check(out, "a text", err);
}

/* Reads `3,4` into lines before and their number. */
static bool read_span(const char **text, size_t *size, size_t *before,
		      size_t *count)
{
	uint64_t numbers[2];

	for (int i = 0; i < 2; i++) {
		size_t taken;

		if (i == 1 && !text_take(text, size, ","))
			return false;
		taken = patch_read_number(&numbers[i], *text, *size);
		if (taken == 0 || numbers[i] > SIZE_MAX / 4)
			return false;
		*text += taken;
		*size -= taken;
	}
	/* where no line stands, the line before is named */
	if (numbers[1] > 0 && numbers[0] == 0)
		return false;
	*before = (size_t)(numbers[0] - (numbers[1] > 0));
	*count = (size_t)numbers[1];
	return true;
}

int patch_read_text_hunk(struct patch_lines *lines,
			 struct patch_text_hunk *hunk, struct err *err)
{
	const uint64_t number = lines->line;
	const char *text;
	size_t size;

	if (!patch_take_line(lines, &text, &size) ||
	    !text_take(&text, &size, " @@ -") ||
	    !read_span(&text, &size, &hunk->before[PATCH_OLD],
		       &hunk->count[PATCH_OLD]) ||
	    !text_take(&text, &size, " +") ||
	    !read_span(&text, &size, &hunk->before[PATCH_NEW],
		       &hunk->count[PATCH_NEW]) ||
	    !text_take(&text, &size, " @@") || size > 0)
		return patch_refuse(lines->name, number, err,
				    "expected where lines of the text change: "
				    "' @@ -1,3 +1,4 @@'");
	return 0;
}
