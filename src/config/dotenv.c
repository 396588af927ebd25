#include "config.h"

#include "config/dotenv.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/buf.h"
#include "util/compiler.h"
#include "util/file.h"
#include "util/path.h"

enum {
	MAX_FILE = 1024 * 1024,
	MAX_VALUE = 1024 * 1024,
	MAX_REPLACEMENTS = 100,
};

static void wipe(char *text)
{
	if (text)
		explicit_bzero(text, strlen(text));
	free(text);
}

void dotenv_release(struct dotenv *dotenv)
{
	for (size_t i = 0; i < dotenv->count; i++) {
		free(dotenv->entries[i].name);
		wipe(dotenv->entries[i].value);
	}
	free(dotenv->entries);
	for (size_t i = 0; i < ARRAY_SIZE(dotenv->files); i++)
		free(dotenv->files[i]);
	*dotenv = (struct dotenv)DOTENV_INIT;
}

const struct dotenv_entry *dotenv_get(const struct dotenv *dotenv,
				      const char *name)
{
	for (size_t i = 0; i < dotenv->count; i++) {
		if (!strcmp(dotenv->entries[i].name, name))
			return &dotenv->entries[i];
	}
	return NULL;
}

/* Sets a variable. Takes `name` and `value`, also if it fails. */
static int set_variable(struct dotenv *dotenv, char *name, char *value,
			const char *file, struct err *err)
{
	struct dotenv_entry *entry = NULL;

	if (!name || !value)
		goto nomem;
	for (size_t i = 0; i < dotenv->count && !entry; i++) {
		if (!strcmp(dotenv->entries[i].name, name))
			entry = &dotenv->entries[i];
	}
	if (!entry) {
		entry = reallocarray(dotenv->entries, dotenv->count + 1,
				     sizeof(*entry));
		if (!entry)
			goto nomem;
		dotenv->entries = entry;
		entry += dotenv->count++;
		*entry = (struct dotenv_entry){ .name = NULL };
	}
	free(entry->name);
	wipe(entry->value);
	*entry = (struct dotenv_entry){ name, value, file };
	return 0;
nomem:
	free(name);
	wipe(value);
	return err_set_nomem(err);
}

/* A stretch of the text. */
struct span {
	const char *start;
	const char *end;
};

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
}

static const char *skip_space(const char *at, const char *end)
{
	while (at < end && is_space(*at))
		at++;
	return at;
}

static const char *line_end(const char *at, const char *end)
{
	const char *newline = memchr(at, '\n', (size_t)(end - at));

	return newline ? newline : end;
}

/* True if nothing but blanks and a comment stand before the line ends. */
static bool is_line_done(const char *at, const char *end)
{
	while (at < end && *at != '\n' && is_space(*at))
		at++;
	return at == end || *at == '\n' || *at == '#';
}

/*
 * Finds the end of the quoted value at `at`, past its last quote: the first
 * quote without a backslash, if the line ends there, else the last of those
 * with one where it does. NULL if the text is not a quoted value after all.
 */
static const char *quoted_end(const char *at, const char *end)
{
	const char *found = NULL;
	char quote = *at;

	for (at++; at < end; at++) {
		bool escaped = at[-1] == '\\';

		if (*at != quote)
			continue;
		if (is_line_done(at + 1, end))
			found = at + 1;
		if (!escaped)
			break;
	}
	return found;
}

/* Reads what follows "=" and returns where it ends. */
static const char *read_value(struct span *value, const char *at,
			      const char *end)
{
	const char *start = skip_space(at, end);
	const char *stop = NULL;

	if (start < end && strchr("'\"`", *start))
		stop = quoted_end(start, end);
	if (!stop) {
		const char *hash;

		start = at;
		stop = line_end(at, end);
		hash = memchr(start, '#', (size_t)(stop - start));
		if (hash)
			stop = hash;
	}
	*value = (struct span){ start, stop };
	return stop;
}

/* Reads "NAME=" or "NAME: " and returns where the value starts, or NULL. */
static const char *read_name(struct span *name, const char *at, const char *end)
{
	name->start = at;
	while (at < end && is_name(*at))
		at++;
	name->end = at;
	if (name->end == name->start)
		return NULL;
	if (at + 1 < end && *at == ':' && is_space(at[1]))
		return at + 2;
	at = skip_space(at, end);
	return at < end && *at == '=' ? at + 1 : NULL;
}

/* The same after an optional "export". */
static const char *read_assignment(struct span *name, const char *at,
				   const char *end)
{
	const char *value = NULL;

	if (end - at > 6 && !memcmp(at, "export", 6) && is_space(at[6]))
		value = read_name(name, skip_space(at + 6, end), end);
	return value ? value : read_name(name, at, end);
}

/* Appends the text with \n and \r as what they stand for. */
static void add_unescaped(struct buf *out, const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (text[i] == '\\' && i + 1 < size &&
		    (text[i + 1] == 'n' || text[i + 1] == 'r'))
			buf_add_char(out, text[++i] == 'n' ? '\n' : '\r');
		else
			buf_add_char(out, text[i]);
	}
}

/* The value without quotes, freed by the caller; NULL if out of memory. */
static char *unquote(struct span value)
{
	bool is_double;
	struct buf out;
	size_t size;

	while (value.start < value.end && is_space(*value.start))
		value.start++;
	while (value.start < value.end && is_space(value.end[-1]))
		value.end--;
	size = (size_t)(value.end - value.start);
	is_double = size && *value.start == '"';
	if (size >= 2 && strchr("'\"`", *value.start) &&
	    value.end[-1] == *value.start) {
		value.start++;
		size -= 2;
	}
	if (!is_double)
		return strndup(value.start, size);
	buf_init(&out, MAX_VALUE);
	/* One piece, so that no outgrown copy is left behind. */
	if (buf_extend(&out, size))
		buf_truncate(&out, 0);
	add_unescaped(&out, value.start, size);
	return buf_take(&out);
}

/* Turns CRLF and CR into LF, in place; returns the new size. */
static size_t normalize_lines(char *text, size_t size)
{
	size_t used = 0;

	for (size_t i = 0; i < size; i++) {
		if (text[i] == '\r' && i + 1 < size && text[i + 1] == '\n')
			continue;
		if (text[i] == '\r')
			text[i] = '\n';
		text[used++] = text[i];
	}
	return used;
}

int dotenv_parse(struct dotenv *dotenv, const char *text, size_t size,
		 const char *file, struct err *err)
{
	char *copy = malloc(size + 1);
	const char *at, *end;
	int result = 0;

	if (!copy)
		return err_set_nomem(err);
	memcpy(copy, text, size);
	end = copy + normalize_lines(copy, size);
	at = copy;
	if (end - at >= 3 && !memcmp(at, "\xef\xbb\xbf", 3))
		at += 3;
	while (!result && at < end) {
		struct span name, value;
		const char *next;

		at = skip_space(at, end);
		next = read_assignment(&name, at, end);
		if (next) {
			at = read_value(&value, next, end);
			result = set_variable(dotenv,
					      strndup(name.start,
						      (size_t)(name.end -
							       name.start)),
					      unquote(value), file, err);
		}
		at = line_end(at, end);
	}
	explicit_bzero(copy, size);
	free(copy);
	return result;
}

/* A reference in a value: $NAME, ${NAME}, ${NAME:-default} and the like. */
struct reference {
	size_t start;
	size_t size;
	char *name;
	char *rest;	  /* the default or alternative; never NULL */
	bool alternative; /* :+ and +: `rest` if the variable is set */
};

static void reference_release(struct reference *reference)
{
	free(reference->name);
	wipe(reference->rest);
}

/* Splits what stands between the braces. */
static int split_expression(struct reference *reference, const char *text,
			    size_t size, struct err *err)
{
	size_t name = 0, skip = 0;

	while (name < size && text[name] != '-' && text[name] != '+' &&
	       !(text[name] == ':' && name + 1 < size &&
		 (text[name + 1] == '-' || text[name + 1] == '+')))
		name++;
	if (name < size) {
		skip = text[name] == ':' ? 2 : 1;
		reference->alternative = text[name + skip - 1] == '+';
	}
	reference->name = strndup(text, name);
	reference->rest = strndup(text + name + skip, size - name - skip);
	if (!reference->name || !reference->rest)
		return err_set_nomem(err);
	return 0;
}

/* Finds the first reference. *found is false if there is none. */
static int find_reference(struct reference *reference, bool *found,
			  const char *value, struct err *err)
{
	*found = false;
	*reference = (struct reference){ .name = NULL };
	for (const char *at = value; (at = strchr(at, '$')); at++) {
		const char *start = at + 1;
		size_t size;

		if (at > value && at[-1] == '\\')
			continue;
		if (*start == '{') {
			start++;
			size = strcspn(start, "{}");
			if (!size || start[size] != '}')
				continue;
			reference->size = size + 3;
		} else {
			size = strspn(start, "abcdefghijklmnopqrstuvwxyz"
					     "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
					     "0123456789_");
			if (!size || (*start >= '0' && *start <= '9'))
				continue;
			reference->size = size + 1;
		}
		reference->start = (size_t)(at - value);
		*found = true;
		return split_expression(reference, start, size, err);
	}
	return 0;
}

/* The value of one of the first `known` variables, or NULL. */
static const char *known_value(const struct dotenv *dotenv, size_t known,
			       const char *name)
{
	for (size_t i = 0; i < known; i++) {
		if (!strcmp(dotenv->entries[i].name, name))
			return dotenv->entries[i].value;
	}
	return NULL;
}

/* What the reference stands for. Only the first `known` variables count. */
static const char *resolve(const struct reference *reference,
			   const struct dotenv *dotenv, size_t known)
{
	const char *value = getenv(reference->name);

	if (!value)
		value = known_value(dotenv, known, reference->name);
	if (reference->alternative)
		return value && *value ? reference->rest : "";
	return value && *value ? value : reference->rest;
}

/* Replaces one reference in *value. *more says whether to look for others. */
static int replace_reference(char **value, bool *more,
			     const struct dotenv *dotenv, size_t known,
			     struct err *err)
{
	struct reference reference;
	const char *old;
	struct buf out;
	int result = find_reference(&reference, more, *value, err);

	if (result || !*more)
		goto out;
	buf_init(&out, MAX_VALUE);
	buf_add(&out, *value, reference.start);
	buf_add_string(&out, resolve(&reference, dotenv, known));
	buf_add_string(&out, *value + reference.start + reference.size);
	result = buf_check(&out, "a value in a .env file", err);
	if (!result) {
		/* A value that is done is not looked through again. */
		old = known_value(dotenv, known, reference.name);
		*more = !old || strcmp(out.data, old) != 0;
		wipe(*value);
		*value = buf_take(&out);
	}
	buf_release(&out);
out:
	reference_release(&reference);
	return result;
}

/* Takes the backslash away from "\$". */
static void unescape_dollars(char *value)
{
	char *to = value;

	for (const char *from = value; *from; from++) {
		if (from[0] != '\\' || from[1] != '$')
			*to++ = *from;
	}
	*to = '\0';
}

int dotenv_expand(struct dotenv *dotenv, struct err *err)
{
	for (size_t i = 0; i < dotenv->count; i++) {
		char **value = &dotenv->entries[i].value;
		bool more = true;

		for (int n = 0; more && n < MAX_REPLACEMENTS; n++) {
			int result =
				replace_reference(value, &more, dotenv, i, err);

			if (result)
				return result;
		}
		unescape_dollars(*value);
	}
	return 0;
}

/* Reads one of the files, if it is there and can be read. */
static int load_file(struct dotenv *dotenv, const char *dir, const char *file,
		     struct err *err)
{
	char *path = path_resolve(dir, file);
	struct err unread = ERR_INIT;
	struct buf text;
	int result;

	if (!path)
		return err_set_nomem(err);
	buf_init(&text, MAX_FILE);
	result = file_read(&text, path, 0, &unread);
	if (!result)
		result = dotenv_parse(dotenv, text.data ? text.data : "",
				      text.len, file, err);
	else
		result = result == D1_ENOMEM ? err_set_nomem(err) : 0;
	if (text.data)
		explicit_bzero(text.data, text.cap);
	buf_release(&text);
	free(path);
	return result;
}

int dotenv_load(struct dotenv *dotenv, const char *dir, const char *environment,
		struct err *err)
{
	int result = 0;

	dotenv_release(dotenv);
	/* An environment with a slash would name a file somewhere else. */
	if (environment && strchr(environment, '/'))
		environment = NULL;
	for (size_t i = 0; i < ARRAY_SIZE(dotenv->files); i++) {
		const char *dot = i < 2 ? "" : ".";
		const char *name = i < 2 ? "" : environment;
		const char *suffix = i % 2 ? ".local" : "";
		char **file = &dotenv->files[i];

		if (!name)
			break;
		if (asprintf(file, ".env%s%s%s", dot, name, suffix) < 0) {
			*file = NULL;
			return err_set_nomem(err);
		}
		result = load_file(dotenv, dir, *file, err);
		if (result)
			return result;
	}
	return dotenv_expand(dotenv, err);
}
