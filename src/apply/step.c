#include "config.h"

#include "apply/step.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

int step_take(struct step_sink *sink, const char *sql, struct err *err)
{
	const struct step step = { .before = sql };

	return sink->take(sink, &step, err);
}

int step_format(struct step_sink *sink, struct err *err, const char *format,
		...)
{
	va_list arguments;
	char *sql;
	int size;

	va_start(arguments, format);
	size = vasprintf(&sql, format, arguments);
	va_end(arguments);
	if (size < 0)
		return err_set_nomem(err);
	(void)!step_take(sink, sql, err);
	free(sql);
	return err->code;
}
