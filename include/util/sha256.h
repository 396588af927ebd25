/* SHA-256 (FIPS 180-4), through libcrypto. */
#ifndef UTIL_SHA256_H
#define UTIL_SHA256_H

#include <stddef.h>

#include "util/err.h"

enum { SHA256_SIZE = 32, SHA256_HEX_SIZE = 65, SHA256_BASE64_SIZE = 45 };

struct evp_md_ctx_st;

/* A digest of bytes that come piece by piece. */
struct sha256 {
	struct evp_md_ctx_st *context; /* NULL: none was begun */
};

/* Writes the digest of the bytes as 64 hexadecimal digits and a NUL. */
int sha256_hex(char hex[SHA256_HEX_SIZE], const void *data, size_t size,
	       struct err *err) MUST_CHECK;

/* The same in base64, as a Content-Security-Policy wants it. */
int sha256_base64(char base64[SHA256_BASE64_SIZE], const void *data,
		  size_t size, struct err *err) MUST_CHECK;

/* The caller releases it, after an error too. */
int sha256_begin(struct sha256 *sha256, struct err *err) MUST_CHECK;
int sha256_add(struct sha256 *sha256, const void *data, size_t size,
	       struct err *err) MUST_CHECK;

/* Writes the digest as sha256_hex() does. Nothing can be added after that. */
int sha256_end(struct sha256 *sha256, char hex[SHA256_HEX_SIZE],
	       struct err *err) MUST_CHECK;
void sha256_release(struct sha256 *sha256);

#endif
