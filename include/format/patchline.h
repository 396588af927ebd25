/*
 * The lines of a text in a patch (format/patch.h):
 *
 *	 @@ -3,3 +3,3 @@
 *	 |unchanged
 *	 -old
 *	 +\"new  "
 *	 \ no newline at end of text
 */
#ifndef FORMAT_PATCHLINE_H
#define FORMAT_PATCHLINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "format/patch.h"

/* What is left to read of lines that each end in LF. */
struct patch_lines {
	const char *at;
	const char *end;
	uint64_t line;	  /* the number of the next one */
	const char *name; /* of the patch; NULL: it is known to be well */
};

/* Takes the next line, without its LF; false at the end. */
bool patch_take_line(struct patch_lines *lines, const char **text,
		     size_t *size);

/*
 * Sets the error with file and line: "x.patch:3: expected ...". Returns its
 * code.
 */
int patch_refuse(const char *name, uint64_t line, struct err *err,
		 const char *format, ...) PRINTF_LIKE(4, 5);

/* How many bytes the lines at the start take that are of a text. */
size_t patch_text_size(const struct patch_lines *lines);

/* A line of a text, as it stands in the patch. */
struct patch_text_line {
	char sign; /* `|`, `-` or `+` */
	const char *content;
	size_t size;
	bool newline; /* the text has a line break there */
	uint64_t line;
};

/* Reads a line of a text, and the note after it that it is the last. */
int patch_read_text_line(struct patch_lines *lines,
			 struct patch_text_line *line,
			 struct err *err) MUST_CHECK;

/* Appends the bytes that the line stands for, without a line break. */
int patch_add_content(struct buf *out, const struct patch_lines *lines,
		      const struct patch_text_line *line,
		      struct err *err) MUST_CHECK;

/* Where lines of a text change; by PATCH_OLD and PATCH_NEW. */
struct patch_text_hunk {
	size_t before[2]; /* lines that stand before it */
	size_t count[2];
};

/* Reads ` @@ -3,3 +3,3 @@`. */
int patch_read_text_hunk(struct patch_lines *lines,
			 struct patch_text_hunk *hunk,
			 struct err *err) MUST_CHECK;

/* Checks that the lines of a changed text are well-formed. */
int patch_text_check(const struct patch_text *text, const char *name,
		     struct err *err) MUST_CHECK;

/*
 * Reads a decimal number without leading zeros at the start of the `size` bytes
 * at `text`. Returns how many bytes it took, 0 if there is none or it does not
 * fit.
 */
size_t patch_read_number(uint64_t *number, const char *text,
			 size_t size) MUST_CHECK;

/* Likewise 64 lower case hexadecimal digits. */
size_t patch_read_sha256(char hex[SHA256_HEX_SIZE], const char *text,
			 size_t size) MUST_CHECK;

#endif
