#include "config.h"

#include "config/document.h"

#include <stdbool.h>
#include <string.h>

#include "config/jsonc.h"
#include "util/buf.h"
#include "util/file.h"
#ifdef WITH_TOML
#include "config/toml.h"
#endif

enum { MAX_FILE = 4 * 1024 * 1024, MAX_JSON = 4 * MAX_FILE };

static bool is_toml(const char *path)
{
	size_t length = strlen(path);

	return length >= 5 && !strcmp(path + length - 5, ".toml");
}

static void wipe(struct buf *buf)
{
	if (buf->data)
		explicit_bzero(buf->data, buf->cap);
	buf_release(buf);
}

#ifdef WITH_TOML
static int parse_toml(cJSON **root, const struct buf *text, const char *path,
		      bool is_secret, struct err *err)
{
	struct buf json;
	int result;

	buf_init(&json, MAX_JSON);
	result = toml_to_json(&json, text->data ? text->data : "", text->len,
			      path, is_secret, err);
	if (!result)
		result = jsonc_parse(root, json.data, json.len, path, err);
	wipe(&json);
	return result;
}
#else
static int parse_toml(cJSON **root, const struct buf *text, const char *path,
		      bool is_secret, struct err *err)
{
	(void)root;
	(void)text;
	(void)is_secret;
	err_set(err, D1_ERROR,
		"cannot read '%s': this git-d1 was built without TOML support",
		path);
	return err_hint(err, "%sbuild git-d1 with toml++ installed",
			is_secret ? "" : "use a wrangler.jsonc, or ");
}
#endif

enum format { BY_NAME, SECRET_TOML };

static int load(cJSON **root, const char *path, enum format format,
		struct err *err)
{
	struct buf text;
	int result;

	*root = NULL;
	buf_init(&text, MAX_FILE);
	result = file_read(&text, path, 0, err);
	if (!result && (format == SECRET_TOML || is_toml(path)))
		result = parse_toml(root, &text, path, format == SECRET_TOML,
				    err);
	else if (!result)
		result = jsonc_parse(root, text.data ? text.data : "", text.len,
				     path, err);
	wipe(&text);
	if (!result && !cJSON_IsObject(*root)) {
		document_free(*root);
		*root = NULL;
		result = err_set(err, D1_ERROR, "'%s' does not hold an object",
				 path);
	}
	return result;
}

int document_load(cJSON **root, const char *path, struct err *err)
{
	return load(root, path, BY_NAME, err);
}

int document_load_secret_toml(cJSON **root, const char *path, struct err *err)
{
	return load(root, path, SECRET_TOML, err);
}

/* Recursion is bounded by the depth that the parser takes. */
static void wipe_strings(cJSON *node)
{
	for (; node; node = node->next) {
		if (cJSON_IsString(node))
			explicit_bzero(node->valuestring,
				       strlen(node->valuestring));
		wipe_strings(node->child);
	}
}

void document_free(cJSON *root)
{
	wipe_strings(root);
	cJSON_Delete(root);
}
