#include "config.h"

#include "hooks/settings.h"

#include <stdlib.h>
#include <strings.h>

#include "util/compiler.h"

enum {
	TIMEOUT = 5, /* seconds that a push waits for the network */
	MAX_TIMEOUT = 3600,
};

/* True, false, or what it is if the variable is no truth value. */
static bool read_variable(const char *name, bool otherwise)
{
	const char *value = getenv(name);
	bool result;

	if (!value || !*value || !git_config_read_bool(&result, value))
		return otherwise;
	return result;
}

bool hooks_wanted(void)
{
	bool in_ci = read_variable("CI", false);

	return read_variable("GIT_D1_HOOKS", !in_ci) &&
	       !read_variable("GIT_D1_SKIP_HOOKS", false);
}

static int read_policy(enum hook_policy *policy, const struct git_config *git,
		       struct err *err)
{
	static const char *const words[] = {
		[HOOK_POLICY_OFF] = "off",
		[HOOK_POLICY_WARN] = "warn",
		[HOOK_POLICY_BLOCK] = "block",
	};
	const char *value = git_config_get(git, "d1.prePush.remote");

	*policy = HOOK_POLICY_OFF;
	if (!value)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (strcasecmp(words[i], value) != 0)
			continue;
		*policy = (enum hook_policy)i;
		return 0;
	}
	err_set(err, D1_ERROR,
		"bad value '%s' of 'd1.prePush.remote' in git's configuration",
		value);
	return err_hint(err, "it is one of: off, warn, block");
}

int hook_settings_read(struct hook_settings *settings,
		       const struct git_config *git, struct err *err)
{
	int64_t seconds = TIMEOUT;

	*settings = (struct hook_settings){ .enabled = true };
	if (git_config_bool(git, "d1.hooks", &settings->enabled, err) < 0 ||
	    git_config_bool(git, "d1.autopull", &settings->auto_pull, err) <
		    0 ||
	    git_config_bool(git, "d1.autosnapshot", &settings->auto_snapshot,
			    err) < 0 ||
	    git_config_integer(git, "d1.prePush.timeout", &seconds, err) < 0 ||
	    read_policy(&settings->remote, git, err) < 0)
		return err->code;
	if (seconds < 1 || seconds > MAX_TIMEOUT)
		return err_set(err, D1_ERROR,
			       "'d1.prePush.timeout' is not a number of "
			       "seconds from 1 to %d",
			       MAX_TIMEOUT);
	settings->timeout = (int)seconds * 1000;
	settings->config = git_config_get(git, "d1.hooks.config");
	return 0;
}
