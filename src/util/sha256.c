#include "config.h"

#include "util/sha256.h"

#include <openssl/evp.h>

#include "util/hex.h"

int sha256_hex(char hex[SHA256_HEX_SIZE], const void *data, size_t size,
	       struct err *err)
{
	unsigned char digest[SHA256_SIZE];

	if (EVP_Digest(data, size, digest, NULL, EVP_sha256(), NULL) != 1)
		return err_set(err, D1_ERROR, "cannot compute a SHA-256");
	hex_encode(hex, digest, SHA256_SIZE);
	hex[SHA256_HEX_SIZE - 1] = '\0';
	return 0;
}
