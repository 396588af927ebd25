/* A JSON or TOML file as a tree. */
#ifndef CONFIG_DOCUMENT_H
#define CONFIG_DOCUMENT_H

#include <cjson/cJSON.h>

#include "util/err.h"

/*
 * Reads the file at `path` into *root, which the caller frees with
 * document_free(). A name that ends in .toml is TOML, all else JSON with
 * comments. The document must be an object. D1_ENOTFOUND if there is no file.
 */
int document_load(cJSON **root, const char *path, struct err *err) MUST_CHECK;

/*
 * Reads a file that may hold a token: TOML, whatever its name is, and nothing
 * of its text stands in a message.
 */
int document_load_secret_toml(cJSON **root, const char *path,
			      struct err *err) MUST_CHECK;

/* Frees the tree and overwrites its strings. NULL is fine. */
void document_free(cJSON *root);

#endif
