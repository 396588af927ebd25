#include "config.h"

#include "workspace/actions.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "util/hex.h"

static bool is_watched(FILE *out)
{
	const char *actions = getenv("GITHUB_ACTIONS");
	struct stat info;

	if (!actions || strcmp(actions, "true") != 0)
		return false;
	return fstat(fileno(out), &info) < 0 || !S_ISREG(info.st_mode);
}

int actions_guard_begin(struct actions_guard *guard, FILE *out, struct err *err)
{
	unsigned char random[sizeof(guard->token) / 2];

	guard->token[0] = '\0';
	if (!is_watched(out))
		return 0;
	if (getrandom(random, sizeof(random), 0) != sizeof(random))
		return err_set_errno(err, "cannot get random bytes");
	hex_encode(guard->token, random, sizeof(random));
	guard->token[2 * sizeof(random)] = '\0';
	fprintf(out, "::stop-commands::%s\n", guard->token);
	return 0;
}

void actions_guard_end(struct actions_guard *guard, FILE *out)
{
	if (guard->token[0])
		fprintf(out, "::%s::\n", guard->token);
	guard->token[0] = '\0';
}
