#include "config.h"

#include "util/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void err_clear(struct err *err)
{
	err->code = D1_OK;
	err->message[0] = '\0';
	err->hint[0] = '\0';
}

int err_set(struct err *err, enum d1_error code, const char *format, ...)
{
	va_list args;

	if (err->code != D1_OK)
		return err->code;
	err->code = code;
	err->hint[0] = '\0';
	va_start(args, format);
	vsnprintf(err->message, sizeof(err->message), format, args);
	va_end(args);
	return code;
}

int err_set_errno(struct err *err, const char *format, ...)
{
	int number = errno;
	va_list args;
	size_t used;

	if (err->code != D1_OK)
		return err->code;
	err->code = D1_ERROR;
	err->hint[0] = '\0';
	va_start(args, format);
	vsnprintf(err->message, sizeof(err->message), format, args);
	va_end(args);
	used = strlen(err->message);
	snprintf(err->message + used, sizeof(err->message) - used, ": %s",
		 strerror(number));
	return D1_ERROR;
}

int err_set_nomem(struct err *err)
{
	return err_set(err, D1_ENOMEM, "out of memory");
}

int err_context(struct err *err, const char *format, ...)
{
	char old[sizeof(err->message)];
	va_list args;
	size_t used;

	if (err->code == D1_OK)
		return D1_OK;
	memcpy(old, err->message, sizeof(old));
	va_start(args, format);
	vsnprintf(err->message, sizeof(err->message), format, args);
	va_end(args);
	used = strlen(err->message);
	snprintf(err->message + used, sizeof(err->message) - used, ": %s", old);
	return err->code;
}

int err_hint(struct err *err, const char *format, ...)
{
	va_list args;

	if (err->code == D1_OK || err->hint[0] != '\0')
		return err->code;
	va_start(args, format);
	vsnprintf(err->hint, sizeof(err->hint), format, args);
	va_end(args);
	return err->code;
}
