#include "config.h"

#include "git/config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "util/child.h"
#include "util/compiler.h"

/* No configuration is that large; a broken one must not fill the memory. */
enum { MAX_TEXT = 16 * 1024 * 1024, MAX_ERRORS = 64 * 1024 };

/* The keys that git_config_load() reads. */
static const char wanted[] =
	"^(d1\\.|color\\.|pager\\.|advice\\.d1|merge\\.d1(-base)?\\.|diff\\.d1"
	"|hook\\.git-d1|core\\.(hookspath|pager|quotepath|abbrev)$"
	"|merge\\.conflictstyle$)";

void git_config_init(struct git_config *config)
{
	*config = (struct git_config){ .entries = NULL };
	buf_init(&config->text, MAX_TEXT);
}

void git_config_release(struct git_config *config)
{
	free(config->entries);
	buf_release(&config->text);
	git_config_init(config);
}

/*
 * Compares a key as git writes it with one as a person writes it: the part in
 * front of the first dot and the part after the last in lower case.
 */
static int compare_key(const char *canonical, const char *key)
{
	const char *first = key + strcspn(key, ".");
	const char *last = strrchr(key, '.');

	for (;; canonical++, key++) {
		char c = *key;

		if ((key < first || (last && key > last)) && c >= 'A' &&
		    c <= 'Z')
			c = (char)(c - 'A' + 'a');
		if (*canonical != c)
			return (unsigned char)*canonical < (unsigned char)c ? -1
									    : 1;
		if (!c)
			return 0;
	}
}

static int compare_entries(const void *a, const void *b)
{
	const struct git_config_entry *left = a, *right = b;
	int order = strcmp(left->key, right->key);

	if (order)
		return order;
	return left->place < right->place ? -1 : 1;
}

/* Splits "key LF value NUL" or "key NUL", over and over, into entries. */
static int index_text(struct git_config *config, struct err *err)
{
	char *text = config->text.data;
	size_t size = config->text.len;
	size_t count = 0;

	for (size_t i = 0; i < size; i++)
		count += text[i] == '\0';
	if (!count)
		return 0;
	config->entries = calloc(count, sizeof(*config->entries));
	if (!config->entries)
		return err_set_nomem(err);
	for (size_t i = 0; i < count; i++) {
		struct git_config_entry *entry = &config->entries[i];
		size_t length = strlen(text);
		char *newline = strchr(text, '\n');

		entry->key = text;
		entry->place = i;
		if (newline) {
			*newline = '\0';
			entry->value = newline + 1;
		}
		text += length + 1;
	}
	config->count = count;
	qsort(config->entries, count, sizeof(*config->entries),
	      compare_entries);
	return 0;
}

/* The first line that git wrote to standard error, without its prefix. */
static const char *git_message(struct buf *errors)
{
	static const char *const prefixes[] = { "fatal: ", "error: " };

	if (!errors->data)
		return "git does not say why";
	errors->data[strcspn(errors->data, "\n")] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++) {
		if (!strncmp(errors->data, prefixes[i], strlen(prefixes[i])))
			return errors->data + strlen(prefixes[i]);
	}
	return errors->data;
}

/*
 * Runs git, which writes entries into the emptied `config` and messages into
 * `errors`, to be released by the caller.
 */
static int run_git(struct child *child, struct child_result *result,
		   struct git_config *config, struct buf *errors,
		   struct err *err)
{
	git_config_release(config);
	buf_init(errors, MAX_ERRORS);
	child->output = &config->text;
	child->errors = errors;
	return child_run(child, result, err);
}

int git_config_load(struct git_config *config, const char *dir, struct err *err)
{
	const char *const argv[] = { "git",	     "config", "--null",
				     "--get-regexp", wanted,   NULL };
	const char *const environment[] = { "LC_ALL=C", NULL };
	struct child_result result;
	struct child child = {
		.argv = argv,
		.dir = dir,
		.environment = environment,
	};
	struct buf errors;
	int code = run_git(&child, &result, config, &errors, err);

	if (code == D1_ENOTFOUND) {
		err_clear(err);
		code = 0;
	} else if (!code && result.status == 0) {
		code = index_text(config, err);
	} else if (!code && result.status != 1) {
		/* 1 says that no key matched. */
		code = err_set(err, D1_ERROR,
			       "cannot read git's configuration: %s",
			       git_message(&errors));
	}
	buf_release(&errors);
	return code;
}

/*
 * True if there are only comments and empty lines, as in a file that nobody
 * has changed yet: git need not be run to find that nothing is set.
 */
static bool is_without_settings(const char *text, size_t size)
{
	const char *end = text + size;

	while (text < end) {
		if (*text == '#' || *text == ';') {
			text = memchr(text, '\n', (size_t)(end - text));
			if (!text)
				return true;
		} else if (!memchr(" \t\r\n", *text, 4)) {
			return false;
		}
		text++;
	}
	return true;
}

int git_config_parse(struct git_config *config, const char *text, size_t size,
		     const char *name, struct err *err)
{
	const char *const argv[] = {
		"git",		 "config", "--file", "-",
		"--no-includes", "--null", "--list", NULL
	};
	const char *const environment[] = { "LC_ALL=C", NULL };
	struct child_result result;
	struct child child = {
		.argv = argv,
		.environment = environment,
		.outside_repository = true,
		.input = text,
		.input_size = size,
	};
	struct buf errors;
	int code;

	if (is_without_settings(text, size)) {
		git_config_release(config);
		return 0;
	}
	code = run_git(&child, &result, config, &errors, err);
	if (!code && result.status == 0) {
		code = index_text(config, err);
	} else if (!code) {
		const char *message = git_message(&errors);
		const char *line = strstr(message, "bad config line ");

		if (line)
			code = err_set(err, D1_ERROR,
				       "'%s' line %d is not in the syntax of "
				       "git config",
				       name, (int)strtol(line + 16, NULL, 10));
		else
			code = err_set(err, D1_ERROR, "cannot read '%s': %s",
				       name, message);
	}
	buf_release(&errors);
	return code;
}

size_t git_config_all(const struct git_config *config, const char *key,
		      const struct git_config_entry **first)
{
	size_t low = 0, high = config->count, end;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_key(config->entries[middle].key, key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (end = low; end < config->count; end++) {
		if (compare_key(config->entries[end].key, key))
			break;
	}
	*first = low < end ? &config->entries[low] : NULL;
	return end - low;
}

const char *git_config_get(const struct git_config *config, const char *key)
{
	const struct git_config_entry *first;
	size_t count = git_config_all(config, key, &first);

	return count ? first[count - 1].value : NULL;
}

/* Reads a whole number with git's suffixes. */
static bool read_integer(int64_t *result, const char *value)
{
	static const char units[] = "kmg";
	long long number, unit = 1;
	char *end;

	if (!*value)
		return false;
	errno = 0;
	number = strtoll(value, &end, 0);
	if (errno || end == value)
		return false;
	if (*end) {
		const char *suffix = strchr(units, *end | 0x20);

		if (!suffix || end[1])
			return false;
		unit = 1LL << (10 * (suffix - units + 1));
	}
	return !__builtin_mul_overflow(number, unit, result);
}

bool git_config_read_bool(bool *result, const char *value)
{
	static const char *const yes[] = { "true", "yes", "on" };
	static const char *const no[] = { "false", "no", "off", "" };
	int64_t number;

	if (!value) {
		*result = true;
		return true;
	}
	for (size_t i = 0; i < ARRAY_SIZE(yes); i++) {
		if (!strcasecmp(value, yes[i])) {
			*result = true;
			return true;
		}
	}
	for (size_t i = 0; i < ARRAY_SIZE(no); i++) {
		if (!strcasecmp(value, no[i])) {
			*result = false;
			return true;
		}
	}
	if (!read_integer(&number, value))
		return false;
	*result = number != 0;
	return true;
}

int git_config_bool(const struct git_config *config, const char *key,
		    bool *value, struct err *err)
{
	const struct git_config_entry *first;
	size_t count = git_config_all(config, key, &first);

	if (!count || git_config_read_bool(value, first[count - 1].value))
		return 0;
	return err_set(err, D1_ERROR,
		       "bad boolean value '%s' of '%s' in git's configuration",
		       first[count - 1].value, key);
}

int git_config_integer(const struct git_config *config, const char *key,
		       int64_t *value, struct err *err)
{
	const struct git_config_entry *first;
	size_t count = git_config_all(config, key, &first);
	const char *text;

	if (!first)
		return 0;
	text = first[count - 1].value;
	if (text && read_integer(value, text))
		return 0;
	return err_set(err, D1_ERROR,
		       "bad number '%s' of '%s' in git's configuration",
		       text ? text : "", key);
}

/* Runs `git config -f`; nothing there to be taken out may be no failure. */
static int change_file(const char *const *argv, bool may_lack, struct err *err)
{
	enum { NO_SUCH_KEY = 5 };
	static const char *const environment[] = { "LC_ALL=C", NULL };
	struct buf errors;
	struct child child = { .argv = argv,
			       .environment = environment,
			       .outside_repository = true,
			       .errors = &errors };
	struct child_result result;

	buf_init(&errors, MAX_ERRORS);
	if (child_run(&child, &result, err) == 0 && result.status != 0 &&
	    !(may_lack && result.status == NO_SUCH_KEY)) {
		while (errors.len && errors.data[errors.len - 1] == '\n')
			buf_truncate(&errors, errors.len - 1);
		err_set(err, D1_ERROR, "git config failed: %s",
			errors.len ? errors.data : "it does not say why");
	}
	buf_release(&errors);
	return err->code;
}

int git_config_file_set(const char *path, const char *key, const char *value,
			struct err *err)
{
	const char *const set[] = { "git",	     "config", "-f",  path,
				    "--replace-all", key,      value, NULL };
	const char *const unset[] = { "git",	     "config", "-f", path,
				      "--unset-all", key,      NULL };

	return change_file(value ? set : unset, !value, err);
}
