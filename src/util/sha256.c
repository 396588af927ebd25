#include "config.h"

#include "util/sha256.h"

#include <openssl/evp.h>

#include "util/hex.h"

static int digest_of(unsigned char digest[SHA256_SIZE], const void *data,
		     size_t size, struct err *err)
{
	if (EVP_Digest(data, size, digest, NULL, EVP_sha256(), NULL) != 1)
		return err_set(err, D1_ERROR, "cannot compute a SHA-256");
	return 0;
}

int sha256_hex(char hex[SHA256_HEX_SIZE], const void *data, size_t size,
	       struct err *err)
{
	unsigned char digest[SHA256_SIZE];

	if (digest_of(digest, data, size, err) < 0)
		return err->code;
	hex_encode(hex, digest, SHA256_SIZE);
	hex[SHA256_HEX_SIZE - 1] = '\0';
	return 0;
}

int sha256_base64(char base64[SHA256_BASE64_SIZE], const void *data,
		  size_t size, struct err *err)
{
	unsigned char digest[SHA256_SIZE];

	if (digest_of(digest, data, size, err) < 0)
		return err->code;
	EVP_EncodeBlock((unsigned char *)base64, digest, SHA256_SIZE);
	return 0;
}
