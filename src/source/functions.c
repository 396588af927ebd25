#include "config.h"

#include "source/functions.h"

#include <string.h>

#include <sqlite3.h>

#include "util/hex.h"

static void octet_length(sqlite3_context *context, int count,
			 sqlite3_value **values)
{
	(void)count;
	switch (sqlite3_value_type(values[0])) {
	case SQLITE_NULL:
		return;
	case SQLITE_BLOB:
		break;
	default:
		if (!sqlite3_value_text(values[0])) {
			sqlite3_result_error_nomem(context);
			return;
		}
	}
	sqlite3_result_int(context, sqlite3_value_bytes(values[0]));
}

/* Joins values from `first` on with the separator between those not NULL. */
static void join(sqlite3_context *context, int first, int count,
		 sqlite3_value **values, const void *separator, int size)
{
	sqlite3_str *text = sqlite3_str_new(sqlite3_context_db_handle(context));
	int joined = 0;
	int length;

	for (int i = first; i < count; i++) {
		const char *piece = (const char *)sqlite3_value_text(values[i]);

		if (sqlite3_value_type(values[i]) == SQLITE_NULL)
			continue;
		if (joined++)
			sqlite3_str_append(text, separator, size);
		sqlite3_str_append(text, piece ? piece : "",
				   sqlite3_value_bytes(values[i]));
	}
	length = sqlite3_str_length(text);
	if (sqlite3_str_errcode(text) != SQLITE_OK) {
		sqlite3_result_error_code(context, sqlite3_str_errcode(text));
		sqlite3_free(sqlite3_str_finish(text));
	} else if (length == 0) {
		sqlite3_free(sqlite3_str_finish(text));
		sqlite3_result_text(context, "", 0, SQLITE_STATIC);
	} else {
		sqlite3_result_text(context, sqlite3_str_finish(text), length,
				    sqlite3_free);
	}
}

static void concat(sqlite3_context *context, int count, sqlite3_value **values)
{
	join(context, 0, count, values, "", 0);
}

static void concat_ws(sqlite3_context *context, int count,
		      sqlite3_value **values)
{
	const unsigned char *separator = sqlite3_value_text(values[0]);

	if (separator)
		join(context, 1, count, values, separator,
		     sqlite3_value_bytes(values[0]));
}

/* Length of the ignored character at the start, 0 if there is none. */
static size_t ignored_length(const unsigned char *hex, const char *ignored)
{
	while (*ignored) {
		size_t length = 1;

		while ((ignored[length] & 0xc0) == 0x80)
			length++;
		if (strncmp((const char *)hex, ignored, length) == 0)
			return length;
		ignored += length;
	}
	return 0;
}

static void unhex(sqlite3_context *context, int count, sqlite3_value **values)
{
	const unsigned char *hex = sqlite3_value_text(values[0]);
	const char *ignored =
		count > 1 ? (const char *)sqlite3_value_text(values[1]) : "";
	unsigned char *bytes;
	int size = 0;

	if (!hex || !ignored)
		return;
	bytes = sqlite3_malloc(sqlite3_value_bytes(values[0]) / 2 + 1);
	if (!bytes) {
		sqlite3_result_error_nomem(context);
		return;
	}
	while (*hex) {
		int high = hex_digit((char)hex[0]);
		int low = high < 0 ? -1 : hex_digit((char)hex[1]);

		if (low >= 0) {
			bytes[size++] = (unsigned char)(high << 4 | low);
			hex += 2;
		} else if (high < 0 && ignored_length(hex, ignored) > 0) {
			hex += ignored_length(hex, ignored);
		} else {
			sqlite3_free(bytes);
			return;
		}
	}
	sqlite3_result_blob(context, bytes, size, sqlite3_free);
}

int functions_register(struct sqlite3 *db)
{
	static const struct {
		const char *name;
		int arguments;
		int since; /* version that has it built in */
		void (*function)(sqlite3_context *, int, sqlite3_value **);
	} functions[] = {
		{ "octet_length", 1, 3043000, octet_length },
		{ "concat", -1, 3044000, concat },
		{ "concat_ws", -1, 3044000, concat_ws },
		{ "unhex", 1, 3041000, unhex },
		{ "unhex", 2, 3041000, unhex },
	};
	const int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS;

	for (size_t i = 0; i < ARRAY_SIZE(functions); i++) {
		int rc;

		if (sqlite3_libversion_number() >= functions[i].since)
			continue;
		rc = sqlite3_create_function_v2(db, functions[i].name,
						functions[i].arguments, flags,
						NULL, functions[i].function,
						NULL, NULL, NULL);
		if (rc != SQLITE_OK)
			return rc;
	}
	return SQLITE_OK;
}
