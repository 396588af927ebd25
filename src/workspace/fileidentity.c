#include "config.h"

#include "workspace/fileidentity.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "util/buf.h"
#include "util/sha256.h"

static int add_identity(struct buf *text, const char *path)
{
	struct statx info;

	if (statx(AT_FDCWD, path, 0, STATX_INO | STATX_BTIME, &info) < 0)
		return -1;
	buf_add_format(text, "%u:%u", info.stx_dev_major, info.stx_dev_minor);
	buf_add_char(text, '\0');
	buf_add_format(text, "%llu", (unsigned long long)info.stx_ino);
	buf_add_char(text, '\0');
	if (info.stx_mask & STATX_BTIME)
		buf_add_format(text, "%lld.%u",
			       (long long)info.stx_btime.tv_sec,
			       info.stx_btime.tv_nsec);
	return 0;
}

int file_identity(char digits[FILE_IDENTITY_SIZE], const char *owner,
		  const char *path, struct err *err)
{
	char *real = realpath(path, NULL);
	char digest[SHA256_HEX_SIZE];
	struct buf text;

	buf_init(&text, PATH_MAX + 4096);
	if (owner)
		buf_add(&text, owner, strlen(owner) + 1);
	if (real)
		buf_add(&text, real, strlen(real) + 1);
	if (!real || add_identity(&text, real) < 0) {
		err_set_errno(err, "cannot look at '%s'", path);
		goto out;
	}
	if (buf_check(&text, "a path", err) == 0 &&
	    sha256_hex(digest, text.data, text.len, err) == 0)
		snprintf(digits, FILE_IDENTITY_SIZE, "%.*s",
			 FILE_IDENTITY_SIZE - 1, digest);
out:
	buf_release(&text);
	free(real);
	return err->code;
}
