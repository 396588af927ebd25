#include "config.h"

#include "git/credential.h"

#include <stdlib.h>
#include <string.h>

#include "util/buf.h"
#include "util/child.h"
#include "util/compiler.h"

enum { MAX_ANSWER = 64 * 1024 };

static void wipe(char *secret)
{
	if (secret)
		explicit_bzero(secret, strlen(secret));
	free(secret);
}

/* Frees a buffer that may hold a password. */
static void wipe_buf(struct buf *buf)
{
	if (buf->data)
		explicit_bzero(buf->data, buf->cap);
	buf_release(buf);
}

void git_credential_release(struct git_credential *credential)
{
	free(credential->protocol);
	free(credential->host);
	free(credential->username);
	wipe(credential->password);
	*credential = (struct git_credential)GIT_CREDENTIAL_INIT;
}

/* Refuses what could end a line of the protocol early. */
static int check_field(const char *name, const char *value, struct err *err)
{
	if (!strpbrk(value, "\r\n"))
		return 0;
	return err_set(err, D1_EREFUSED,
		       "the %s of a credential holds a line break", name);
}

static int set_field(char **field, const char *name, const char *value,
		     struct err *err)
{
	int result;

	if (!value)
		return 0;
	result = check_field(name, value, err);
	if (result)
		return result;
	*field = strdup(value);
	return *field ? 0 : err_set_nomem(err);
}

int git_credential_describe(struct git_credential *credential,
			    const char *protocol, const char *host,
			    const char *username, struct err *err)
{
	int result;

	git_credential_release(credential);
	if (!*protocol || !*host)
		return err_set(err, D1_EREFUSED,
			       "a credential needs a protocol and a host");
	result = set_field(&credential->protocol, "protocol", protocol, err);
	if (!result)
		result = set_field(&credential->host, "host", host, err);
	if (!result)
		result = set_field(&credential->username, "username", username,
				   err);
	return result;
}

static void add_field(struct buf *out, const char *name, const char *value)
{
	if (value)
		buf_add_format(out, "%s=%s\n", name, value);
}

/* Runs `git credential <action>` on the credential; its answer in *answer. */
static int run(struct buf *answer, const struct git_credential *credential,
	       const char *action, bool may_prompt, int *status,
	       struct err *err)
{
	const char *const argv[] = { "git", "credential", action, NULL };
	/*
	 * `true` answers every question with nothing, so that git stays
	 * silent, where a forbidden prompt would make it print an error.
	 */
	static const char *const silent[] = {
		"GIT_TERMINAL_PROMPT=0",
		"GIT_ASKPASS=true",
		"GCM_INTERACTIVE=never",
		NULL,
	};
	struct child_result result;
	struct child child = {
		.argv = argv,
		.environment = may_prompt ? NULL : silent,
		.output = answer,
	};
	struct buf input;
	int code;

	buf_init(&input, MAX_ANSWER);
	add_field(&input, "protocol", credential->protocol);
	add_field(&input, "host", credential->host);
	add_field(&input, "username", credential->username);
	add_field(&input, "password", credential->password);
	buf_add_char(&input, '\n');
	code = buf_check(&input, "the credential", err);
	if (!code) {
		/* Standard error is ours: a cache daemon may keep it open. */
		child.input = input.data;
		child.input_size = input.len;
		code = child_run(&child, &result, err);
	}
	*status = code ? -1 : result.status;
	wipe_buf(&input);
	return code;
}

/* Takes username and password out of git's "name=value" lines. */
static int read_answer(struct git_credential *credential, struct buf *answer,
		       struct err *err)
{
	char *line = answer->data;

	while (line && *line) {
		char *end = line + strcspn(line, "\n");
		bool last = !*end;
		char **field = NULL;
		const char *value = strchr(line, '=');

		*end = '\0';
		if (!strncmp(line, "username=", 9))
			field = &credential->username;
		else if (!strncmp(line, "password=", 9))
			field = &credential->password;
		if (field && value && value[1]) {
			wipe(*field);
			*field = strdup(value + 1);
			if (!*field)
				return err_set_nomem(err);
		}
		line = last ? NULL : end + 1;
	}
	return 0;
}

int git_credential_fill(struct git_credential *credential, bool may_prompt,
			struct err *err)
{
	struct buf answer;
	int result, status;

	wipe(credential->password);
	credential->password = NULL;
	buf_init(&answer, MAX_ANSWER);
	result = run(&answer, credential, "fill", may_prompt, &status, err);
	if (result == D1_ENOTFOUND) {
		/* Without git there are no helpers. */
		err_clear(err);
		result = 0;
	} else if (!result && status == 0) {
		if (answer.data && strlen(answer.data) != answer.len)
			result = err_set(err, D1_EREFUSED,
					 "git credential answered with a NUL");
		else
			result = read_answer(credential, &answer, err);
	}
	wipe_buf(&answer);
	return result;
}

int git_credential_has_helper(bool *has,
			      const struct git_credential *credential,
			      struct err *err)
{
	const char *user = credential->username;
	const char *const argv[] = {
		"git", "config", "--get-urlmatch", "credential.helper",
		NULL,  NULL
	};
	const char *asked[ARRAY_SIZE(argv)];
	struct child_result result;
	struct buf url, answer;
	struct child child = { .argv = asked, .output = &answer };

	*has = false;
	buf_init(&url, MAX_ANSWER);
	buf_init(&answer, MAX_ANSWER);
	buf_add_format(&url, "%s://%s%s%s", credential->protocol,
		       user ? user : "", user ? "@" : "", credential->host);
	if (buf_check(&url, "the address", err) < 0)
		goto out;
	memcpy(asked, argv, sizeof(asked));
	asked[4] = url.data;
	if (child_run(&child, &result, err) == D1_ENOTFOUND)
		err_clear(err);
	else if (!err->code && result.status == 0)
		/* an empty one takes back those before it */
		*has = answer.len > 0 && answer.data[0] != '\n';
out:
	buf_release(&url);
	buf_release(&answer);
	return err->code;
}

/* approve and reject, which answer nothing. */
static int tell(const struct git_credential *credential, const char *action,
		struct err *err)
{
	struct buf answer;
	int result, status;

	buf_init(&answer, MAX_ANSWER);
	result = run(&answer, credential, action, false, &status, err);
	wipe_buf(&answer);
	if (!result && status)
		result = err_set(err, D1_ERROR, "'git credential %s' failed",
				 action);
	return result;
}

int git_credential_approve(const struct git_credential *credential,
			   struct err *err)
{
	return tell(credential, "approve", err);
}

int git_credential_reject(const struct git_credential *credential,
			  struct err *err)
{
	return tell(credential, "reject", err);
}
