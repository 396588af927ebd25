#include "config.h"

#include "config/localfile.h"

#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "util/buf.h"
#include "util/path.h"

/* The Durable Object class that holds the local databases. */
#define CLASS "miniflare-D1DatabaseObject"

enum { DIGEST = 32, HALF = 16 };

/*
 * workerd's id of a named object: the first half of a keyed hash of the name,
 * and the first half of a keyed hash of that.
 */
int localfile_id(char id[LOCALFILE_ID_SIZE], const char *name, struct err *err)
{
	unsigned char key[DIGEST], first[DIGEST], second[DIGEST];
	struct buf hex;
	int result;

	if (!EVP_Digest(CLASS, strlen(CLASS), key, NULL, EVP_sha256(), NULL) ||
	    !HMAC(EVP_sha256(), key, DIGEST, (const unsigned char *)name,
		  strlen(name), first, NULL) ||
	    !HMAC(EVP_sha256(), key, DIGEST, first, HALF, second, NULL))
		return err_set(err, D1_ERROR, "libcrypto cannot hash '%s'",
			       name);
	buf_init(&hex, LOCALFILE_ID_SIZE - 1);
	buf_add_hex(&hex, first, HALF);
	buf_add_hex(&hex, second, HALF);
	result = buf_check(&hex, "the id of a database", err);
	if (!result)
		memcpy(id, hex.data, LOCALFILE_ID_SIZE);
	buf_release(&hex);
	return result;
}

int localfile_path(char **path, const char *persist, const char *name,
		   struct err *err)
{
	char relative[sizeof("v3/d1/" CLASS "/.sqlite") + LOCALFILE_ID_SIZE];
	char id[LOCALFILE_ID_SIZE];
	int result = localfile_id(id, name, err);

	*path = NULL;
	if (result)
		return result;
	snprintf(relative, sizeof(relative), "v3/d1/" CLASS "/%s.sqlite", id);
	*path = path_resolve(persist, relative);
	return *path ? 0 : err_set_nomem(err);
}
