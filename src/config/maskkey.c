#include "config.h"

#include "config/maskkey.h"

#include <stdlib.h>

const char *maskkey_find(const char **origin, const struct git_config *git)
{
	const char *secret = getenv("GIT_D1_MASK_KEY");

	*origin = "environment variable GIT_D1_MASK_KEY";
	/* a secret that a CI job lacks is an empty variable there */
	if (secret && *secret)
		return secret;
	*origin = "d1.maskKey in git's configuration";
	secret = git_config_get(git, "d1.maskKey");
	return secret && *secret ? secret : NULL;
}
