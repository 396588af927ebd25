#include "config.h"

#include "cf/curl.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <string.h>

#ifdef LIBCURL_SONAME

struct libcurl libcurl;

static const struct {
	const char *name;
	void *pointer; /* to a pointer to the function */
} functions[] = {
#define NAME_AND_POINTER(name) { "curl_" #name, &libcurl.name },
	LIBCURL_FUNCTIONS(NAME_AND_POINTER)
};

static int failed(struct err *err)
{
	err_set(err, D1_ERROR, "cannot load libcurl: %s", dlerror());
	return err_hint(err, "remote databases need libcurl 7.88 or later;"
			     " its package is called libcurl4 in Debian and"
			     " Ubuntu, libcurl elsewhere");
}

int libcurl_load(struct err *err)
{
	static bool loaded;
	void *library;

	if (loaded)
		return 0;
	library = dlopen(LIBCURL_SONAME, RTLD_NOW | RTLD_LOCAL);
	if (!library)
		return failed(err);
	for (size_t i = 0; i < ARRAY_SIZE(functions); i++) {
		void *function = dlsym(library, functions[i].name);

		if (!function)
			return failed(err);
		/* C knows no assignment from void * to these */
		memcpy(functions[i].pointer, &function, sizeof(function));
	}
	loaded = true;
	return 0;
}

#else /* there is only a static library, which is a part of the program */

#define ADDRESS(name) .name = curl_##name,
struct libcurl libcurl = { LIBCURL_FUNCTIONS(ADDRESS) };

int libcurl_load(struct err *err)
{
	(void)err;
	return 0;
}

#endif
