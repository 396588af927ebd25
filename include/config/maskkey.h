/*
 * Where the secret key of masks (diff/mask.h) comes from: GIT_D1_MASK_KEY, else
 * d1.maskKey in the user's git configuration. Never from a file that git
 * tracks: there it would be no secret.
 */
#ifndef CONFIG_MASKKEY_H
#define CONFIG_MASKKEY_H

#include "git/config.h"

/*
 * The secret, borrowed from the environment or from `git`; NULL if there is
 * none. *origin is what messages call the place it is from.
 */
const char *maskkey_find(const char **origin, const struct git_config *git);

#endif
