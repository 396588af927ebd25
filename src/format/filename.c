#include "config.h"

#include "format/filename.h"

#include <string.h>

#include "util/sha256.h"
#include "util/utf8.h"

enum { DIGEST_DIGITS = 8 };

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/*
 * True if Windows takes the name for a device, with or without an extension:
 * https://learn.microsoft.com/en-us/windows/win32/fileio/naming-a-file
 * Other spellings (CON, com\u00b9, conin$) hold a byte that is encoded anyway.
 */
static bool is_device(const char *name)
{
	static const char *const devices[] = { "aux", "con", "nul", "prn" };
	size_t size = strcspn(name, ".");

	if (size == 4 && is_digit(name[3]))
		return strncmp(name, "com", 3) == 0 ||
		       strncmp(name, "lpt", 3) == 0;
	for (size_t i = 0; size == 3 && i < ARRAY_SIZE(devices); i++)
		if (memcmp(name, devices[i], 3) == 0)
			return true;
	return false;
}

static bool is_plain(const char *name, size_t at)
{
	char c = name[at];

	if (c == '.')
		return at > 0 && name[at + 1] != '\0';
	return (c >= 'a' && c <= 'z') || is_digit(c) || c == '_' || c == '-';
}

static void add_encoded(struct buf *out, const char *name)
{
	bool device = is_device(name);

	if (*name == '\0')
		buf_add_char(out, '%');
	for (size_t at = 0; name[at]; at++) {
		if (is_plain(name, at) && !(device && at == 0))
			buf_add_char(out, name[at]);
		else
			buf_add_format(out, "%%%02X", (unsigned char)name[at]);
	}
}

/* Where to cut the text, so that no %XX is cut through. */
static size_t place_to_cut(const char *text)
{
	size_t place = FILENAME_MAX_SIZE - 1 - DIGEST_DIGITS;

	if (text[place - 1] == '%')
		return place - 1;
	if (text[place - 2] == '%')
		return place - 2;
	return place;
}

int filename_add(struct buf *out, const char *table, struct err *err)
{
	char digest[SHA256_HEX_SIZE];
	struct buf name;

	buf_init(&name, SIZE_MAX);
	add_encoded(&name, table);
	if (buf_check(&name, "the name of a file", err) < 0)
		goto out;
	if (name.len > FILENAME_MAX_SIZE) {
		if (sha256_hex(digest, table, strlen(table), err) < 0)
			goto out;
		buf_truncate(&name, place_to_cut(name.data));
		buf_add_char(&name, '~');
		buf_add(&name, digest, DIGEST_DIGITS);
	}
	buf_add(out, name.data, name.len);
	buf_add_string(out, ".sql");
	(void)!buf_check(out, "the name of a file", err);
out:
	buf_release(&name);
	return err->code;
}

bool filename_is_possible(const char *name)
{
	return utf8_is_plain(name, strlen(name)) && !strchr(name, '\t');
}

bool filename_is_data(const char *name)
{
	size_t size = strlen(name);

	return size > 4 && name[0] != '.' &&
	       strcmp(name + size - 4, ".sql") == 0;
}
