#include "config.h"

#include "hooks/push.h"

#include <stdbool.h>
#include <string.h>

enum { FIELDS = 4 };

/* Takes a line apart in place: four fields with a space between them. */
static int split(char *fields[FIELDS], char *line, struct err *err)
{
	for (int i = 0; i < FIELDS; i++) {
		char *space = strchr(line, ' ');

		fields[i] = line;
		if (!*line || *line == ' ' || (i < FIELDS - 1) != !!space)
			return err_set(err, D1_ERROR,
				       "a line of a push is not understood: "
				       "it has not four words");
		if (space) {
			*space = '\0';
			line = space + 1;
		}
	}
	return 0;
}

static int check_id(const char *id, struct err *err)
{
	if (*id && id[strspn(id, "0123456789abcdef")] == '\0')
		return 0;
	return err_set(err, D1_ERROR,
		       "a line of a push is not understood: '%.70s' is no id",
		       id);
}

static bool is_zero(const char *id)
{
	return id[strspn(id, "0")] == '\0';
}

static int add_line(struct push *push, char *line, struct err *err)
{
	char *fields[FIELDS];

	if (split(fields, line, err) < 0 || check_id(fields[1], err) < 0 ||
	    check_id(fields[3], err) < 0 || is_zero(fields[1]))
		return err->code;
	push->refs[push->count++] = (struct push_ref){
		.local_ref = fields[0],
		.local_id = fields[1],
		.remote_ref = fields[2],
		.remote_id = is_zero(fields[3]) ? NULL : fields[3],
	};
	return 0;
}

int push_read(struct push *push, const char *text, size_t size, struct err *err)
{
	size_t lines = 1;
	char *copy, *next;

	memset(push, 0, sizeof(*push));
	if (size == 0)
		return 0;
	if (memchr(text, '\0', size))
		return err_set(err, D1_ERROR,
			       "a line of a push is not understood: it holds a "
			       "NUL");
	for (size_t i = 0; i < size; i++)
		lines += text[i] == '\n';
	copy = arena_copy(&push->arena, text, size);
	push->refs = arena_array(&push->arena, lines, sizeof(*push->refs));
	if (!copy || !push->refs)
		return err_set_nomem(err);
	for (char *line = copy; *line && !err->code; line = next) {
		next = line + strcspn(line, "\n");
		if (*next)
			*next++ = '\0';
		(void)!add_line(push, line, err);
	}
	return err->code;
}

void push_release(struct push *push)
{
	arena_release(&push->arena);
	memset(push, 0, sizeof(*push));
}
