/*
 * Fuzz target for the words of SQL (model/sqltoken.h) and for scripts
 * (format/script.h).
 *
 * Any bytes: the words follow each other up to the end. Each statement of a
 * script is one to SQLite too, with a semicolon; or there is an error.
 *
 * Seeds are in tests/fuzz/corpus/script.
 */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "format/script.h"
#include "model/sqltoken.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_words(const char *sql, size_t size)
{
	while (size > 0) {
		enum sqltoken_kind kind;
		size_t taken = sqltoken_read(&kind, sql, size);

		if (taken == 0 || taken > size)
			abort();
		sql += taken;
		size -= taken;
	}
}

/* sqlite3_complete() has a simpler idea of parameters and of odd blanks. */
static int is_comparable(const struct script_statement *statement)
{
	for (size_t i = 0; i < statement->size; i++)
		if (strchr("$@#:\v", statement->text[i]) ||
		    (unsigned char)statement->text[i] >= 0x80)
			return 0;
	/* at the end of all SQL no comment begins, but before a semicolon */
	return statement->size < 2 ||
	       memcmp(statement->text + statement->size - 2, "/*", 2) != 0;
}

static void check_statement(const struct script_statement *statement)
{
	struct buf text;

	if (statement->size == 0 || strlen(statement->text) != statement->size)
		abort();
	buf_init(&text, statement->size + 2);
	buf_add(&text, statement->text, statement->size);
	buf_add_string(&text, "\n;");
	if (text.failed ||
	    (is_comparable(statement) && !sqlite3_complete(text.data)))
		abort();
	buf_release(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct script_statement statement;
	struct err err = ERR_INIT;
	struct stream *stream;
	struct script *script;

	check_words((const char *)data, size);
	if (stream_open_bytes(&stream, data, size, &err) < 0 ||
	    script_open(&script, stream, "fuzzed", &err) < 0)
		abort();
	while (script_next(script, &statement, &err) == 0 && statement.text)
		check_statement(&statement);
	if (err.code && !err.message[0])
		abort();
	script_close(script);
	return 0;
}
