#include "config.h"

#include "cmd/patchmail.h"

#include <string.h>

#include "model/name.h"
#include "util/compiler.h"
#include "util/quote.h"
#include "util/utf8.h"
#include "workspace/commits.h"

enum {
	MAX_LINE = 78,	  /* of a field, RFC 5322 section 2.1.1 */
	MAX_ENCODED = 75, /* of an encoded word, RFC 2047 section 2 */
	MAX_FILE = 64,	  /* git's format.filenameMaxLength */
};

static const char encoded_start[] = "=?UTF-8?q?";
static const char encoded_end[] = "?=";

/* ---- the message ---- */

/* True if whoever reads the mail would take the line for another thing. */
static bool is_mistaken(const char *line)
{
	static const char *const words[] = { "---",   "diff -", "Index: ",
					     "From ", "-- ",	"--\n" };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strncmp(line, words[i], strlen(words[i])) == 0)
			return true;
	return false;
}

static int check_body(const char *body, struct err *err)
{
	while (*body) {
		size_t length = strcspn(body, "\n");

		if (is_mistaken(body) || !utf8_is_plain(body, length))
			return err_set(err, D1_EUSAGE,
				       "the message has the line '%.*s', which "
				       "would be taken for the end of it, or "
				       "not be shown as it is",
				       (int)(length < 200 ? length : 200),
				       body);
		body += length + (body[length] == '\n');
	}
	return 0;
}

int patchmail_split(struct patch_message *message, struct buf *text,
		    struct err *err)
{
	char *subject, *body;

	while (text->len > 0 && strchr(" \t\r\n", text->data[text->len - 1]))
		buf_truncate(text, text->len - 1);
	buf_add_char(text, '\n');
	if (buf_check(text, "the message", err) < 0)
		return err->code;
	subject = text->data + strspn(text->data, " \t\r\n");
	body = strstr(subject, "\n\n");
	if (body) {
		*body = '\0';
		body += 2 + strspn(body + 2, "\n");
	} else {
		body = subject + strlen(subject);
	}
	for (char *at = subject; *at; at++)
		if (*at == '\n')
			*at = ' ';
	if (*subject && subject[strlen(subject) - 1] == ' ')
		subject[strlen(subject) - 1] = '\0';
	if (!*subject)
		return err_set(err, D1_EUSAGE, "the message is empty");
	if (!utf8_valid(subject, strlen(subject)))
		return err_set(err, D1_EUSAGE, "the message is not UTF-8");
	message->subject = subject;
	message->body = body;
	return check_body(body, err);
}

/* ---- fields ---- */

static bool is_ascii(const char *text)
{
	return utf8_printable(text, strlen(text)) == strlen(text);
}

static bool is_plain_in_word(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	       (c >= 'A' && c <= 'Z') || c == '-' || c == '/' || c == '!' ||
	       c == '*' || c == '+';
}

/* Appends text in encoded words; `column` is how long the line is already. */
static void add_encoded(struct buf *out, const char *text, size_t column)
{
	const size_t around = sizeof(encoded_start) + sizeof(encoded_end) - 2;
	size_t size = strlen(text);
	size_t used = column + around;

	buf_add_string(out, encoded_start);
	while (size > 0) {
		uint32_t codepoint;
		size_t length = utf8_decode(text, size, &codepoint);
		size_t width;

		length = length ? length : 1;
		width = is_plain_in_word(*text) ? 1 : 3 * length;
		if (used + width > MAX_ENCODED) {
			buf_add_format(out, "%s\n %s", encoded_end,
				       encoded_start);
			used = around + 1;
		}
		if (width == 1)
			buf_add_char(out, *text);
		else
			for (size_t i = 0; i < length; i++)
				buf_add_format(out, "=%02X",
					       (unsigned char)text[i]);
		used += width;
		text += length;
		size -= length;
	}
	buf_add_string(out, encoded_end);
}

/* Appends words, and goes on in a new line where one would be too long. */
static void add_folded(struct buf *out, const char *text, size_t column)
{
	while (*text) {
		size_t length = strspn(text, " ");

		length += strcspn(text + length, " ");
		if (column + length > MAX_LINE && text[0] == ' ' &&
		    text[1] != ' ' && text[1]) {
			buf_add_char(out, '\n');
			column = 0;
		}
		buf_add(out, text, length);
		column += length;
		text += length;
	}
}

static void add_subject(struct buf *out, const char *subject)
{
	static const char start[] = "Subject: " PATCHMAIL_PREFIX;

	buf_add_string(out, start);
	if (is_ascii(subject) && !strstr(subject, "=?"))
		add_folded(out, subject, sizeof(start) - 1);
	else
		add_encoded(out, subject, sizeof(start) - 1);
	buf_add_char(out, '\n');
}

static void add_from(struct buf *out, const struct author *author)
{
	static const char start[] = "From: ";
	const char *name = author->name;

	buf_add_string(out, start);
	if (!is_ascii(name) || strstr(name, "=?")) {
		add_encoded(out, name, sizeof(start) - 1);
	} else if (strpbrk(name, "()<>[]:;@\\,.\"")) {
		buf_add_char(out, '"');
		for (; *name; name++) {
			if (*name == '"' || *name == '\\')
				buf_add_char(out, '\\');
			buf_add_char(out, *name);
		}
		buf_add_char(out, '"');
	} else {
		buf_add_string(out, name);
	}
	buf_add_format(out, " <%s>\n", author->email);
}

void patchmail_add_fields(struct buf *out, const struct author *author,
			  const char *subject)
{
	add_from(out, author);
	buf_add_string(out, "Date: ");
	commits_add_mail_date(out, author->time, author->offset);
	buf_add_char(out, '\n');
	add_subject(out, subject);
}

void patchmail_add_name(struct buf *out, const char *name)
{
	struct buf quoted;

	if (is_ascii(name)) {
		name_add(out, name);
		return;
	}
	buf_init(&quoted, out->max);
	quote_add(&quoted, name, strlen(name));
	for (size_t i = 0; i < quoted.len; i++) {
		unsigned char byte = (unsigned char)quoted.data[i];

		if (byte < 0x80)
			buf_add_char(out, (char)byte);
		else
			buf_add_format(out, "\\%03o", byte);
	}
	out->failed = out->failed || quoted.failed;
	buf_release(&quoted);
}

/* ---- the file ---- */

static bool is_title_character(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	       (c >= 'A' && c <= 'Z') || c == '.' || c == '_';
}

/* As git's format_sanitized_subject() and fmt_output_subject() do it. */
void patchmail_add_file(struct buf *out, const char *subject)
{
	static const char suffix[] = ".patch";
	const size_t start = out->len;
	const size_t most = start + MAX_FILE - sizeof(suffix);
	bool gap = false;

	buf_add_string(out, "0001-");
	for (const char *at = subject; *at; at++) {
		if (!is_title_character(*at)) {
			gap = true;
			continue;
		}
		if (gap && out->len > start + 5)
			buf_add_char(out, '-');
		gap = false;
		buf_add_char(out, *at);
		while (*at == '.' && at[1] == '.')
			at++;
	}
	while (out->len > start + 5 && strchr("-.", out->data[out->len - 1]))
		buf_truncate(out, out->len - 1);
	if (out->len > most)
		buf_truncate(out, most);
	buf_add_string(out, suffix);
}
