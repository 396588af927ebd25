#include "config.h"

#include "util/trace.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "util/buf.h"
#include "util/progress.h"
#include "util/utf8.h"

enum {
	MAX_SECRETS = 8,
	MAX_LINE = 16 << 20,
};

static struct {
	bool ready;
	bool redact_cookies;
	int fd[TRACE_CURL_DATA + 1]; /* -1: not wanted */
	const char *secrets[MAX_SECRETS];
} trace;

static const char redacted[] = "<redacted>";

/* Headers whose value is never shown, and those where the user decides. */
static const char *const secret_headers[] = {
	"authorization:",
	"proxy-authorization:",
	"x-auth-key:",
};
static const char *const cookie_headers[] = { "cookie:", "set-cookie:" };

/* What follows these, wherever they stand, lets its reader in. */
static const char *const secret_marks[] = {
	"Bearer ",
	"Signature=",
	"X-Amz-Credential=",
	"X-Amz-Security-Token=",
};

static bool is_false(const char *value)
{
	return strcmp(value, "") == 0 || strcmp(value, "0") == 0 ||
	       strcasecmp(value, "false") == 0 ||
	       strcasecmp(value, "no") == 0 || strcasecmp(value, "off") == 0;
}

static bool env_bool(const char *name, bool otherwise)
{
	const char *value = getenv(name);

	return value ? !is_false(value) : otherwise;
}

static int open_trace(const char *name, const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	if (fd < 0)
		fprintf(stderr, "warning: could not open '%s' for %s: %s\n",
			path, name, strerror(errno));
	return fd;
}

/* The descriptor that the variable asks for, -1 for none. */
static int wanted_fd(const char *name)
{
	const char *value = getenv(name);

	if (!value || is_false(value))
		return -1;
	if (strcmp(value, "1") == 0 || strcasecmp(value, "true") == 0)
		return STDERR_FILENO;
	if (isdigit((unsigned char)value[0]) && value[1] == '\0')
		return value[0] - '0';
	if (value[0] == '/')
		return open_trace(name, value);
	fprintf(stderr,
		"warning: unknown trace value for '%s': %s\n"
		"         to trace into a file, set %s to an absolute path\n",
		name, value, name);
	return -1;
}

static void start(void)
{
	int *fd = trace.fd;

	trace.ready = true;
	trace.redact_cookies = env_bool("GIT_TRACE_REDACT", true);
	fd[TRACE_GENERAL] = wanted_fd("GIT_TRACE");
	fd[TRACE_CURL] = wanted_fd("GIT_TRACE_CURL");
	fd[TRACE_CURL_DATA] = fd[TRACE_CURL];
	if (env_bool("GIT_TRACE_CURL_NO_DATA", false))
		fd[TRACE_CURL_DATA] = -1;
	if (fd[TRACE_CURL] < 0 && getenv("GIT_CURL_VERBOSE"))
		fd[TRACE_CURL] = STDERR_FILENO;
}

bool trace_wanted(enum trace_key key)
{
	if (!trace.ready)
		start();
	return trace.fd[key] >= 0;
}

static bool starts_with(const char *text, size_t size, const char *prefix,
			bool any_case)
{
	size_t length = strlen(prefix);

	if (size < length)
		return false;
	return (any_case ? strncasecmp(text, prefix, length)
			 : strncmp(text, prefix, length)) == 0;
}

/* Bytes that a header line's name takes if its value is to be hidden, or 0. */
static size_t secret_header(const char *line, size_t size)
{
	for (size_t i = 0; i < ARRAY_SIZE(secret_headers); i++)
		if (starts_with(line, size, secret_headers[i], true))
			return strlen(secret_headers[i]);
	for (size_t i = 0; i < ARRAY_SIZE(cookie_headers); i++)
		if (trace.redact_cookies &&
		    starts_with(line, size, cookie_headers[i], true))
			return strlen(cookie_headers[i]);
	return 0;
}

/* Bytes of the secret that starts at `text`, or 0. */
static size_t secret_at(const char *text, size_t size)
{
	for (size_t i = 0; i < MAX_SECRETS; i++)
		if (trace.secrets[i] &&
		    starts_with(text, size, trace.secrets[i], false))
			return strlen(trace.secrets[i]);
	return 0;
}

/* Bytes of the mark that starts at `text` and announces a secret, or 0. */
static size_t mark_at(const char *text, size_t size)
{
	for (size_t i = 0; i < ARRAY_SIZE(secret_marks); i++)
		if (starts_with(text, size, secret_marks[i], true))
			return strlen(secret_marks[i]);
	return 0;
}

static size_t token_size(const char *text, size_t size)
{
	size_t length = 0;

	while (length < size && text[length] != '\0' &&
	       (isalnum((unsigned char)text[length]) ||
		strchr("-._~+/=%", text[length])))
		length++;
	return length;
}

/* Appends the line with what must not be seen replaced. */
static void add_redacted(struct buf *out, const char *line, size_t size)
{
	size_t at = secret_header(line, size);

	if (at > 0) {
		buf_add(out, line, at);
		buf_add_format(out, " %s", redacted);
		return;
	}
	while (at < size) {
		size_t mark = mark_at(line + at, size - at);
		size_t secret = secret_at(line + at, size - at);

		if (mark > 0 && secret == 0) {
			buf_add(out, line + at, mark);
			at += mark;
			secret = token_size(line + at, size - at);
		}
		if (secret > 0) {
			buf_add_string(out, redacted);
			at += secret;
		} else if (mark == 0) {
			buf_add_char(out, line[at++]);
		}
	}
}

static void write_all(int fd, const char *data, size_t size)
{
	progress_clear();
	while (size > 0) {
		ssize_t written = write(fd, data, size);

		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return;
		data += written;
		size -= (size_t)written;
	}
}

/* Replaces by dots what would drive a terminal. */
static void make_plain(char *text, size_t size)
{
	while (size > 0) {
		uint32_t codepoint = 0;
		size_t length = utf8_decode(text, size, &codepoint);
		bool plain = length > 0 && !utf8_is_unsafe(codepoint);

		length = length ? length : 1;
		if (!plain)
			memset(text, '.', length);
		text += length;
		size -= length;
	}
}

/* Writes one line; `mark` is NULL or stands before the text with a colon. */
static void write_line(enum trace_key key, const char *mark, const char *line,
		       size_t size)
{
	struct timespec now;
	struct tm tm = { 0 };
	struct buf out;
	char clock[16];
	size_t start_of_text;

	buf_init(&out, MAX_LINE);
	clock_gettime(CLOCK_REALTIME, &now);
	localtime_r(&now.tv_sec, &tm);
	strftime(clock, sizeof(clock), "%H:%M:%S", &tm);
	buf_add_format(&out, "%s.%06ld trace git-d1: ", clock,
		       now.tv_nsec / 1000);
	if (mark)
		buf_add_format(&out, "%s: ", mark);
	start_of_text = out.len;
	add_redacted(&out, line, size);
	/* a line that was too long is left out: half of it is of no use */
	if (!out.failed) {
		make_plain(out.data + start_of_text, out.len - start_of_text);
		buf_add_char(&out, '\n');
		write_all(trace.fd[key], out.data, out.len);
	}
	buf_release(&out);
}

void trace_printf(enum trace_key key, const char *format, ...)
{
	char line[1024];
	va_list args;
	int size;

	if (!trace_wanted(key))
		return;
	va_start(args, format);
	size = vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	if (size >= 0)
		write_line(key, NULL, line, strlen(line));
}

void trace_lines(enum trace_key key, const char *mark, const char *data,
		 size_t size)
{
	if (!trace_wanted(key))
		return;
	while (size > 0) {
		const char *end = memchr(data, '\n', size);
		size_t length = end ? (size_t)(end - data) : size;
		size_t shown = length;

		if (shown > 0 && data[shown - 1] == '\r')
			shown--;
		write_line(key, mark, data, shown);
		length += end != NULL;
		data += length;
		size -= length;
	}
}

void trace_hide(const char *secret)
{
	(void)trace_wanted(TRACE_GENERAL);
	for (size_t i = 0; i < MAX_SECRETS; i++)
		if (!trace.secrets[i]) {
			trace.secrets[i] = secret;
			return;
		}
	for (size_t i = 0; i < ARRAY_SIZE(trace.fd); i++)
		trace.fd[i] = -1;
}

void trace_unhide(const char *secret)
{
	for (size_t i = 0; i < MAX_SECRETS; i++)
		if (trace.secrets[i] == secret) {
			trace.secrets[i] = NULL;
			return;
		}
}
