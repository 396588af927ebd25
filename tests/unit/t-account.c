/* Account id, base URL and token, each with where it came from. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "config/account.h"
#include "config/token.h"
#include "sandbox.h"
#include "util/child.h"

/* Resolves with no configuration but the environment. */
static int resolve_plain(struct account *account, struct err *err)
{
	const struct account_sources sources = { .dir = sandbox_dir };

	err_clear(err);
	return account_resolve(account, &sources, err);
}

static void check_url(const char *url, const char *base, const char *host)
{
	struct account account = ACCOUNT_INIT;
	struct err err = ERR_INIT;

	setenv("CLOUDFLARE_API_BASE_URL", url, 1);
	assert_int_equal(resolve_plain(&account, &err), 0);
	assert_string_equal(account.base_url, base);
	assert_string_equal(account.host, host);
	assert_string_equal(account.base_url_origin,
			    "environment variable CLOUDFLARE_API_BASE_URL");
	account_release(&account);
}

static void check_bad_url(const char *url, const char *wrong)
{
	struct account account = ACCOUNT_INIT;
	struct err err = ERR_INIT;

	setenv("CLOUDFLARE_API_BASE_URL", url, 1);
	assert_int_equal(resolve_plain(&account, &err), D1_EREFUSED);
	assert_non_null(strstr(err.message, wrong));
	account_release(&account);
}

static void base_urls_are_https_or_loopback(void **state)
{
	(void)state;
	check_url("https://api.example/v4/", "https://api.example/v4",
		  "api.example");
	check_url("http://127.0.0.1:8799/client/v4",
		  "http://127.0.0.1:8799/client/v4", "127.0.0.1:8799");
	check_url("http://127.1.2.3", "http://127.1.2.3", "127.1.2.3");
	check_url("http://localhost:1", "http://localhost:1", "localhost:1");
	check_url("http://[::1]:80/x", "http://[::1]:80/x", "[::1]:80");
	check_url("https://[2001:db8::1]", "https://[2001:db8::1]",
		  "[2001:db8::1]");
	check_bad_url("http://api.example", "must begin with https://");
	check_bad_url("http://localhost.evil.example", "must begin with");
	check_bad_url("http://127.0.0.1.evil.example", "must begin with");
	check_bad_url("http://128.0.0.1", "must begin with");
	check_bad_url("http://localhost@evil.example", "user name");
	check_bad_url("https://u:p@api.example", "user name");
	check_bad_url("ftp://api.example", "must begin with https://");
	check_bad_url("https://", "no valid host");
	check_bad_url("https:///x", "no valid host");
	check_bad_url("https://a b", "a character");
	check_bad_url("https://api.example/x?y", "a character");
	check_bad_url("https://api.example\\@evil.example", "a character");
	check_bad_url("https://api.example:80a", "port");
	check_bad_url("https://api.example:", "port");
}

static void base_urls_have_an_order(void **state)
{
	struct wrangler_environment environment = { .name = NULL };
	struct account account = ACCOUNT_INIT;
	struct git_config git;
	struct account_sources sources = {
		.dir = sandbox_dir,
		.config_path = "/p/wrangler.jsonc",
		.environment = &environment,
		.git = &git,
	};
	struct err err = ERR_INIT;

	(void)state;
	git_config_init(&git);
	assert_int_equal(account_resolve(&account, &sources, &err), 0);
	assert_string_equal(account.base_url,
			    "https://api.cloudflare.com/client/v4");
	assert_string_equal(account.protocol, "https");
	environment.compliance_region = "fedramp_high";
	assert_int_equal(account_resolve(&account, &sources, &err), 0);
	assert_string_equal(account.host, "api.fed.cloudflare.com");
	setenv("CLOUDFLARE_COMPLIANCE_REGION", "public", 1);
	assert_int_equal(account_resolve(&account, &sources, &err), D1_ERROR);
	assert_non_null(strstr(err.message, "compliance_region in "
					    "'/p/wrangler.jsonc' is"));
	err_clear(&err);
	sandbox_write(".gitconfig",
		      "[d1]\n\tapiBaseUrl = https://git.example\n");
	assert_int_equal(git_config_load(&git, NULL, &err), 0);
	assert_int_equal(account_resolve(&account, &sources, &err), 0);
	assert_string_equal(account.base_url, "https://git.example");
	assert_string_equal(account.base_url_origin,
			    "d1.apiBaseUrl in git's configuration");
	setenv("CF_API_BASE_URL", "https://env.example", 1);
	assert_int_equal(account_resolve(&account, &sources, &err), 0);
	assert_string_equal(account.base_url, "https://env.example");
	git_config_release(&git);
	account_release(&account);
}

static void a_dotenv_file_cannot_move_the_api(void **state)
{
	struct account account = ACCOUNT_INIT;
	struct dotenv dotenv = DOTENV_INIT;
	struct account_sources sources = {
		.dir = sandbox_dir,
		.dotenv = &dotenv,
	};
	struct err err = ERR_INIT;

	(void)state;
	sandbox_write(".env", "CLOUDFLARE_API_BASE_URL=https://evil.example\n"
			      "CLOUDFLARE_ACCOUNT_ID=acc123\n");
	assert_int_equal(dotenv_load(&dotenv, sandbox_dir, NULL, &err), 0);
	assert_int_equal(account_resolve(&account, &sources, &err), 0);
	assert_string_equal(account.host, "api.cloudflare.com");
	assert_string_equal(account.id, "acc123");
	assert_string_equal(account.id_origin, ".env");
	dotenv_release(&dotenv);
	account_release(&account);
}

static void account_ids_have_an_order(void **state)
{
	struct wrangler_environment environment = { .name = NULL };
	struct account account = ACCOUNT_INIT;
	struct account_sources sources = {
		.dir = sandbox_path("sub"),
		.config_path = "/p/wrangler.jsonc",
		.environment = &environment,
	};
	struct err err = ERR_INIT;
	struct git_config git;

	(void)state;
	mkdir("sub", 0777);
	assert_int_equal(account_resolve(&account, &sources, &err), 0);
	assert_null(account.id);
	sandbox_write("node_modules/.cache/wrangler/wrangler-account.json",
		      "{\"account\":{\"id\":\"cached\",\"name\":\"n\"}}");
	assert_int_equal(account_resolve(&account, &sources, &err), 0);
	assert_string_equal(account.id, "cached");
	assert_non_null(strstr(account.id_origin, "wrangler's cache"));
	git_config_init(&git);
	sandbox_write(".gitconfig", "[d1]\n\taccountId = taken\n");
	assert_int_equal(git_config_load(&git, NULL, &err), 0);
	sources.git = &git;
	assert_int_equal(account_resolve(&account, &sources, &err), 0);
	assert_string_equal(account.id, "taken");
	assert_string_equal(account.id_origin,
			    "d1.accountId in git's configuration");
	setenv("CF_ACCOUNT_ID", "old", 1);
	assert_int_equal(account_resolve(&account, &sources, &err), 0);
	assert_string_equal(account.id_origin,
			    "environment variable CF_ACCOUNT_ID");
	environment.account_id = "configured";
	assert_int_equal(account_resolve(&account, &sources, &err), 0);
	assert_string_equal(account.id, "configured");
	assert_string_equal(account.id_origin, "wrangler.jsonc");
	environment.account_id = "../zones";
	assert_int_equal(account_resolve(&account, &sources, &err), D1_ERROR);
	assert_string_equal(err.message, "'../zones' from wrangler.jsonc is no "
					 "account id");
	git_config_release(&git);
	account_release(&account);
}

/* Looks for a token without asking anyone. */
static int find(struct token *token, struct err *err)
{
	struct account account = ACCOUNT_INIT;
	struct dotenv dotenv = DOTENV_INIT;
	const struct token_options options = {
		.dir = sandbox_dir,
		.dotenv = &dotenv,
	};
	int result;

	err_clear(err);
	assert_int_equal(dotenv_load(&dotenv, sandbox_dir, NULL, err), 0);
	assert_int_equal(resolve_plain(&account, err), 0);
	result = token_find(token, &account, &options, err);
	account_release(&account);
	dotenv_release(&dotenv);
	return result;
}

static void tokens_come_from_the_environment(void **state)
{
	struct token token = TOKEN_INIT;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(find(&token, &err), D1_EAUTH);
	assert_string_equal(err.message, "no Cloudflare API token found");
	assert_non_null(strstr(err.hint, "CLOUDFLARE_API_TOKEN"));
	setenv("CF_API_TOKEN", "made-up-1\n", 1);
	assert_int_equal(find(&token, &err), 0);
	assert_string_equal(token.secret, "made-up-1");
	assert_null(token.email);
	assert_string_equal(token.origin, "environment variable CF_API_TOKEN");
	setenv("CLOUDFLARE_API_TOKEN", "made-up-2", 1);
	assert_int_equal(find(&token, &err), 0);
	assert_string_equal(token.secret, "made-up-2");
	setenv("CLOUDFLARE_API_KEY", "made-up-3", 1);
	assert_int_equal(find(&token, &err), 0);
	assert_string_equal(token.secret, "made-up-2");
	setenv("CLOUDFLARE_EMAIL", "dev@example.com", 1);
	assert_int_equal(find(&token, &err), 0);
	assert_string_equal(token.secret, "made-up-3");
	assert_string_equal(token.email, "dev@example.com");
	assert_int_equal(token_approve(&token, &err), 0);
	unsetenv("CLOUDFLARE_EMAIL");
	setenv("CLOUDFLARE_API_TOKEN", "a b", 1);
	assert_int_equal(find(&token, &err), D1_EAUTH);
	assert_null(strstr(err.message, "a b"));
	token_release(&token);
}

static void run_git(const char *verb, const char *argument)
{
	const char *const argv[] = { "git", verb, argument, NULL };
	const struct child child = { .argv = argv };
	struct child_result result;
	struct err err = ERR_INIT;

	assert_int_equal(child_run(&child, &result, &err), 0);
	assert_int_equal(result.status, 0);
}

static void a_tracked_file_gives_no_token(void **state)
{
	struct token token = TOKEN_INIT;
	struct err err = ERR_INIT;

	(void)state;
	sandbox_write(".env", "CLOUDFLARE_API_TOKEN=made-up\n");
	assert_int_equal(find(&token, &err), 0);
	assert_string_equal(token.origin, ".env");
	assert_null(token.warning);
	run_git("init", "-q");
	run_git("add", ".env");
	assert_int_equal(find(&token, &err), D1_EAUTH);
	assert_non_null(strstr(err.message, "git tracks that file"));
	assert_null(strstr(err.message, "made-up"));
	sandbox_write(".env.local", "CLOUDFLARE_API_TOKEN=made-up-2\n");
	assert_int_equal(find(&token, &err), 0);
	assert_string_equal(token.secret, "made-up-2");
	assert_string_equal(token.origin, ".env.local");
	setenv("CLOUDFLARE_API_TOKEN", "made-up-3", 1);
	assert_int_equal(find(&token, &err), 0);
	assert_string_equal(token.secret, "made-up-3");
	token_release(&token);
}

static void git_keeps_tokens(void **state)
{
	struct token token = TOKEN_INIT;
	struct err err = ERR_INIT;

	(void)state;
	sandbox_write(".gitconfig", "[credential]\n\thelper = store\n");
	sandbox_write(".git-credentials",
		      "https://acc123:made-up@api.cloudflare.com\n");
	setenv("CLOUDFLARE_ACCOUNT_ID", "acc123", 1);
	assert_int_equal(find(&token, &err), 0);
	assert_string_equal(token.secret, "made-up");
	assert_string_equal(token.origin, "git credential");
	assert_int_equal(token_approve(&token, &err), 0);
	assert_int_equal(token_reject(&token, &err), 0);
	assert_int_equal(find(&token, &err), D1_EAUTH);
	/* Asked for the host that is really meant, and for no other. */
	sandbox_write(".git-credentials",
		      "https://acc123:made-up@api.cloudflare.com\n");
	setenv("CLOUDFLARE_API_BASE_URL", "https://other.example/v4", 1);
	assert_int_equal(find(&token, &err), D1_EAUTH);
	token_release(&token);
}

#ifdef WITH_TOML
#define LOGIN ".config/.wrangler/config/default.toml"

static void a_login_is_used_until_it_expires(void **state)
{
	struct token token = TOKEN_INIT;
	struct err err = ERR_INIT;

	(void)state;
	sandbox_write(LOGIN, "oauth_token = \"made-up\"\n"
			     "expiration_time = \"2999-01-31T12:00:00.000Z\"\n"
			     "scopes = [ \"account:read\" ]\n");
	assert_int_equal(find(&token, &err), 0);
	assert_string_equal(token.secret, "made-up");
	assert_non_null(strstr(token.origin, "wrangler login ("));
	assert_non_null(strstr(token.origin, LOGIN));
	sandbox_write(LOGIN,
		      "oauth_token = \"made-up\"\n"
		      "expiration_time = \"2020-01-31T12:00:00.000Z\"\n");
	assert_int_equal(find(&token, &err), D1_EAUTH);
	assert_non_null(strstr(err.message, "has expired"));
	assert_non_null(strstr(err.hint, "wrangler login"));
	sandbox_write(LOGIN, "oauth_token = \"made-up\"\n");
	assert_int_equal(find(&token, &err), D1_EAUTH);
	unlink(LOGIN);
	sandbox_write(".config/.wrangler/config/default.enc", "{}");
	assert_int_equal(find(&token, &err), D1_EAUTH);
	assert_non_null(strstr(err.message, "is encrypted"));
	token_release(&token);
}

static void logins_lie_where_wrangler_puts_them(void **state)
{
	static const char login[] =
		"oauth_token = \"%s\"\n"
		"expiration_time = \"2999-01-31T12:00:00.000Z\"\n";
	struct token token = TOKEN_INIT;
	struct err err = ERR_INIT;
	char text[16384];

	(void)state;
	setenv("XDG_CONFIG_HOME", sandbox_path("xdg"), 1);
	snprintf(text, sizeof(text), login, "made-up-xdg");
	sandbox_write("xdg/.wrangler/config/default.toml", text);
	assert_int_equal(find(&token, &err), 0);
	assert_string_equal(token.secret, "made-up-xdg");
	snprintf(text, sizeof(text), login, "made-up-work");
	sandbox_write("xdg/.wrangler/config/work.toml", text);
	snprintf(text, sizeof(text), "{\"/\": \"../x\", \"%s\": \"work\"}",
		 sandbox_dir);
	sandbox_write("xdg/.wrangler/profiles/directory-bindings.json", text);
	assert_int_equal(find(&token, &err), 0);
	assert_string_equal(token.secret, "made-up-work");
	snprintf(text, sizeof(text), login, "made-up-legacy");
	sandbox_write(".wrangler/config/default.toml", text);
	assert_int_equal(find(&token, &err), 0);
	assert_string_equal(token.secret, "made-up-legacy");
	token_release(&token);
}
#endif

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, sandbox_enter, sandbox_leave)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(base_urls_are_https_or_loopback),
		TEST(base_urls_have_an_order),
		TEST(a_dotenv_file_cannot_move_the_api),
		TEST(account_ids_have_an_order),
		TEST(tokens_come_from_the_environment),
		TEST(a_tracked_file_gives_no_token),
		TEST(git_keeps_tokens),
#ifdef WITH_TOML
		TEST(a_login_is_used_until_it_expires),
		TEST(logins_lie_where_wrangler_puts_them),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
