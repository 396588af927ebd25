#include "config.h"

#include "cf/header.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "cf/curl.h"

/* Seconds that are no delay any more, but a moment since 1970. */
enum { LATER_THAN_ANY_DELAY = 1000000000 };

void header_text(CURL *easy, const char *name, char *value, size_t size)
{
	struct curl_header *header;

	value[0] = '\0';
	if (libcurl.easy_header(easy, name, 0, CURLH_HEADER, -1, &header) ==
	    CURLHE_OK)
		snprintf(value, size, "%s", header->value);
}

int64_t header_moment(CURL *easy, const char *name)
{
	char value[64], *end;
	long long seconds;

	header_text(easy, name, value, sizeof(value));
	if (!*value)
		return -1;
	seconds = strtoll(value, &end, 10);
	if (end == value || (*end && *end != '.')) {
		seconds = libcurl.getdate(value, NULL);
		if (seconds < 0)
			return -1;
	}
	if (seconds >= LATER_THAN_ANY_DELAY)
		seconds -= time(NULL);
	if (seconds < 0)
		return 0;
	return seconds < INT32_MAX ? (int64_t)seconds * 1000
				   : (int64_t)INT32_MAX * 1000;
}
