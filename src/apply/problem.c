#include "config.h"

#include "apply/problem.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void problems_begin(struct problems *problems, const char *path)
{
	problems->path = path;
	problems->of_file = 0;
}

static void tell(struct problems *problems, uint64_t line, const char *message,
		 const char *remedy)
{
	problems->count++;
	if (problems->of_file++ >= PROBLEMS_TOLD)
		return;
	problems->tell(problems->context, &(struct problem){
						  .path = problems->path,
						  .line = line,
						  .message = message,
						  .remedy = remedy,
					  });
}

void problems_end(struct problems *problems)
{
	char message[64];
	uint64_t untold;

	if (problems->of_file <= PROBLEMS_TOLD)
		return;
	untold = problems->of_file - PROBLEMS_TOLD;
	snprintf(message, sizeof(message), "%" PRIu64 " more problem%s", untold,
		 untold == 1 ? "" : "s");
	problems->tell(problems->context,
		       &(struct problem){ .path = problems->path,
					  .message = message });
}

void problems_add(struct problems *problems, uint64_t line, const char *remedy,
		  const char *format, ...)
{
	char message[sizeof(((struct err *)NULL)->message)];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	tell(problems, line, message, remedy);
}

/* Passes over "data/lines.sql:17: ", and reads the line. */
static const char *pass_place(const char *message, const char *path,
			      uint64_t *line)
{
	size_t size = strlen(path);
	uint64_t number;
	char *end;

	*line = 0;
	if (strncmp(message, path, size) != 0 || message[size] != ':')
		return message;
	message += size + 1;
	if (*message >= '0' && *message <= '9') {
		number = strtoull(message, &end, 10);
		if (*end == ':') {
			*line = number;
			message = end + 1;
		}
	}
	return *message == ' ' ? message + 1 : message;
}

int problems_take(struct problems *problems, struct err *err)
{
	const char *message;
	uint64_t line;

	if (err->code == D1_ENOMEM || !err->code)
		return err->code;
	message = pass_place(err->message, problems->path, &line);
	/* a problem is one line */
	for (char *c = err->hint; *c; c++)
		if (*c == '\n')
			*c = ' ';
	tell(problems, line, message,
	     *err->hint ? err->hint
			: "edit the file, or write the snapshot anew: "
			  "git d1 snapshot");
	err_clear(err);
	return 0;
}

bool problems_add_kind(struct problems *problems, enum filetree_kind kind)
{
	if (kind == FILETREE_FILE)
		return false;
	problems_add(problems, 0,
		     "remove it, and write the snapshot anew: git d1 snapshot",
		     "%s, not a file",
		     kind == FILETREE_FOLDER ? "a folder"
					     : "a symbolic link or a device");
	return true;
}
