#include "config.h"

#include "cmd/versions.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include <cjson/cJSON.h>
#include <git2.h>
#include <openssl/crypto.h>
#include <sqlite3.h>

#include "cf/curl.h"
#include "util/buf.h"
#include "util/child.h"

static void set(struct version *version, const char *name, const char *format,
		...) PRINTF_LIKE(3, 4);

static void set(struct version *version, const char *name, const char *format,
		...)
{
	va_list args;

	version->name = name;
	va_start(args, format);
	vsnprintf(version->text, sizeof(version->text), format, args);
	va_end(args);
}

static void find_libgit2(struct version *version)
{
	int major = 0, minor = 0, revision = 0;

	git_libgit2_version(&major, &minor, &revision);
	set(version, "libgit2", "%d.%d.%d", major, minor, revision);
}

static void find_curl(struct version *version)
{
	const curl_version_info_data *curl;
	struct err missing = ERR_INIT;

	if (libcurl_load(&missing)) {
		set(version, "libcurl", "not found");
		return;
	}
	curl = libcurl.version_info(CURLVERSION_NOW);
	set(version, "libcurl", "%s (%s)", curl->version,
	    curl->ssl_version ? curl->ssl_version : "without TLS");
}

static void find_system(struct version *version)
{
	struct utsname system;

	if (uname(&system) < 0)
		set(version, "system", "unknown");
	else
		set(version, "system", "%s %s %s", system.sysname,
		    system.release, system.machine);
}

/* What `git version` prints, without its first two words. */
static int find_git(struct version *version, struct err *err)
{
	const char *const argv[] = { "git", "version", NULL };
	static const char prefix[] = "git version ";
	struct child_result ended;
	struct buf output;
	struct child child = { .argv = argv, .output = &output };
	const char *text;

	buf_init(&output, 4096);
	if (child_run(&child, &ended, err) < 0) {
		set(version, "git", "not found");
		if (err->code == D1_ENOTFOUND)
			err_clear(err);
		goto out;
	}
	text = output.data ? output.data : "";
	if (strncmp(text, prefix, strlen(prefix)) == 0)
		text += strlen(prefix);
	set(version, "git", "%.*s", (int)strcspn(text, "\n"), text);
out:
	buf_release(&output);
	return err->code;
}

int versions_find(struct version versions[VERSION_COUNT], struct err *err)
{
	struct version *next = versions;

	set(next++, "git-d1", "%s", PACKAGE_VERSION);
	if (find_git(next++, err) < 0)
		return err->code;
	find_libgit2(next++);
	set(next++, "SQLite", "%s", sqlite3_libversion());
	find_curl(next++);
	set(next++, "OpenSSL", "%s", OpenSSL_version(OPENSSL_VERSION_STRING));
	set(next++, "cJSON", "%s", cJSON_Version());
#ifdef WITH_TOML
	set(next++, "wrangler.toml", "can be read");
#else
	set(next++, "wrangler.toml", "cannot be read by this build");
#endif
	find_system(next++);
	return 0;
}
