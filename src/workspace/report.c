#include "config.h"

#include "workspace/report.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/progress.h"
#include "util/utf8.h"

/*
 * One message as it is printed, in one write, so that messages of several
 * processes do not mix. Needs no memory, because that may be what ran out;
 * what does not fit is cut off.
 */
struct printed {
	char text[4 * 2048];
	size_t len;
};

static void add(struct printed *printed, const char *text, size_t size)
{
	/* One byte is left for the final newline. */
	if (size < sizeof(printed->text) - printed->len) {
		memcpy(printed->text + printed->len, text, size);
		printed->len += size;
	}
}

static void add_octal(struct printed *printed, const char *bytes, size_t size)
{
	char octal[5];

	for (size_t i = 0; i < size; i++) {
		snprintf(octal, sizeof(octal), "\\%03o",
			 (unsigned char)bytes[i]);
		add(printed, octal, 4);
	}
}

/*
 * How many bytes here would be a command of a log that GitHub Actions reads:
 * `::` at the beginning of a line, `##[` anywhere.
 */
static size_t command_length(const char *text, size_t size, bool first)
{
	const char *actions = getenv("GITHUB_ACTIONS");

	if (!actions || strcmp(actions, "true") != 0)
		return 0;
	if (size >= 3 && memcmp(text, "##[", 3) == 0)
		return 3;
	return first && size >= 2 && memcmp(text, "::", 2) == 0 ? 2 : 0;
}

/* Adds one line of a message, with everything unsafe made visible. */
static void add_line(struct printed *printed, const char *text, size_t size)
{
	size_t command = command_length(text, size, true);

	add_octal(printed, text, command);
	text += command;
	size -= command;
	while (size > 0) {
		uint32_t codepoint = 0;
		size_t length = utf8_decode(text, size, &codepoint);

		command = *text == '#' ? command_length(text, size, false) : 0;
		if (command) {
			length = command;
			add_octal(printed, text, length);
		} else if (length && !utf8_is_unsafe(codepoint)) {
			add(printed, text, length);
		} else {
			length = length ? length : 1;
			add_octal(printed, text, length);
		}
		text += length;
		size -= length;
	}
}

/* Prints `first` before the first line of the text and `next` before others. */
static void print_to(FILE *out, const char *first, const char *next,
		     const char *text)
{
	struct printed printed = { .len = 0 };
	const char *prefix = first;

	for (;;) {
		size_t size = strcspn(text, "\n");

		add(&printed, prefix, strlen(prefix));
		add_line(&printed, text, size);
		if (!text[size] || !text[size + 1])
			break;
		add(&printed, "\n", 1);
		text += size + 1;
		prefix = next;
	}
	printed.text[printed.len++] = '\n';
	progress_clear();
	fwrite(printed.text, 1, printed.len, out);
}

static void print(const char *first, const char *next, const char *text)
{
	print_to(stderr, first, next, text);
}

static void print_hints(const char *hints)
{
	if (*hints)
		print("hint: ", "hint: ", hints);
}

int report_exit_code(int result)
{
	if (result >= 0)
		return result;
	switch ((enum d1_error)result) {
	case D1_OK:
	case D1_ERROR:
	case D1_ENOTFOUND:
	case D1_ENOMEM:
		break;
	case D1_EUSAGE:
		return EXIT_USAGE;
	case D1_ECONFLICT:
		return EXIT_CONFLICT;
	case D1_EREFUSED:
		return EXIT_REFUSED;
	case D1_EAUTH:
		return EXIT_AUTH;
	case D1_EUNREACHABLE:
		return EXIT_UNREACHABLE;
	case D1_EUNPLANNED:
		return EXIT_UNPLANNED;
	}
	return EXIT_FATAL;
}

void report_error(const struct err *err)
{
	if (err->code == D1_OK)
		return;
	if (report_exit_code(err->code) == EXIT_FATAL)
		print("fatal: ", "       ", err->message);
	else
		print("error: ", "       ", err->message);
	print_hints(err->hint);
}

void report_warning_err(const struct err *err)
{
	print("warning: ", "         ", err->message);
	print_hints(err->hint);
}

void report_warning(const char *format, ...)
{
	char message[2048];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	print("warning: ", "         ", message);
}

void report_line(const char *text)
{
	print("", "\t", text);
}

void report_hint(const char *format, ...)
{
	char message[2048];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	print_hints(message);
}

void report_output(const char *text)
{
	print_to(stdout, "", "       ", text);
}
