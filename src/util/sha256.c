#include "config.h"

#include "util/sha256.h"

#include <openssl/evp.h>

#include "util/hex.h"

static int fail(struct err *err)
{
	return err_set(err, D1_ERROR, "cannot compute a SHA-256");
}

static void write_hex(char hex[SHA256_HEX_SIZE], const unsigned char *digest)
{
	hex_encode(hex, digest, SHA256_SIZE);
	hex[SHA256_HEX_SIZE - 1] = '\0';
}

int sha256_hex(char hex[SHA256_HEX_SIZE], const void *data, size_t size,
	       struct err *err)
{
	unsigned char digest[SHA256_SIZE];

	if (EVP_Digest(data, size, digest, NULL, EVP_sha256(), NULL) != 1)
		return fail(err);
	write_hex(hex, digest);
	return 0;
}

int sha256_base64(char base64[SHA256_BASE64_SIZE], const void *data,
		  size_t size, struct err *err)
{
	unsigned char digest[SHA256_SIZE];

	if (EVP_Digest(data, size, digest, NULL, EVP_sha256(), NULL) != 1)
		return fail(err);
	EVP_EncodeBlock((unsigned char *)base64, digest, SHA256_SIZE);
	return 0;
}

int sha256_begin(struct sha256 *sha256, struct err *err)
{
	sha256->context = EVP_MD_CTX_new();
	if (!sha256->context)
		return err_set_nomem(err);
	if (EVP_DigestInit_ex(sha256->context, EVP_sha256(), NULL) != 1)
		return fail(err);
	return 0;
}

int sha256_add(struct sha256 *sha256, const void *data, size_t size,
	       struct err *err)
{
	if (EVP_DigestUpdate(sha256->context, data, size) != 1)
		return fail(err);
	return 0;
}

int sha256_end(struct sha256 *sha256, char hex[SHA256_HEX_SIZE],
	       struct err *err)
{
	unsigned char digest[SHA256_SIZE];

	if (EVP_DigestFinal_ex(sha256->context, digest, NULL) != 1)
		return fail(err);
	write_hex(hex, digest);
	return 0;
}

void sha256_release(struct sha256 *sha256)
{
	EVP_MD_CTX_free(sha256->context);
	sha256->context = NULL;
}
