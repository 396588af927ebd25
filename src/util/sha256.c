#include "config.h"

#include "util/sha256.h"

#include <openssl/evp.h>

int sha256_hex(char hex[SHA256_HEX_SIZE], const void *data, size_t size,
	       struct err *err)
{
	static const char digits[] = "0123456789abcdef";
	unsigned char digest[SHA256_SIZE];

	if (EVP_Digest(data, size, digest, NULL, EVP_sha256(), NULL) != 1)
		return err_set(err, D1_ERROR, "cannot compute a SHA-256");
	for (size_t i = 0; i < SHA256_SIZE; i++) {
		hex[2 * i] = digits[digest[i] >> 4];
		hex[2 * i + 1] = digits[digest[i] & 15];
	}
	hex[SHA256_HEX_SIZE - 1] = '\0';
	return 0;
}
