/* Scripts: where statements begin and end, whatever the stream gives. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "format/script.h"

/* Gives a few bytes at a time. */
struct slow_stream {
	struct stream stream;
	const char *data;
	size_t left;
	size_t step;
};

static int slow_read(struct stream *stream, void *data, size_t size,
		     size_t *got, struct err *err)
{
	struct slow_stream *self = (struct slow_stream *)stream;

	(void)err;
	*got = self->step < size ? self->step : size;
	if (*got > self->left)
		*got = self->left;
	memcpy(data, self->data, *got);
	self->data += *got;
	self->left -= *got;
	return 0;
}

static void slow_close(struct stream *stream)
{
	free(stream);
}

static struct stream *slow_open(const char *data, size_t size, size_t step)
{
	struct slow_stream *self = calloc(1, sizeof(*self));

	assert_non_null(self);
	self->stream.read = slow_read;
	self->stream.close = slow_close;
	self->data = data;
	self->left = size;
	self->step = step;
	return &self->stream;
}

/* Appends "line:text" and "|" for each statement, then the error. */
static void show(struct buf *out, struct stream *stream)
{
	struct script_statement statement;
	struct err err = ERR_INIT;
	struct script *script;

	buf_clear(out);
	buf_add(out, "", 0);
	assert_int_equal(script_open(&script, stream, "s.sql", &err), 0);
	assert_string_equal(script_name(script), "s.sql");
	while (script_next(script, &statement, &err) == 0 && statement.text) {
		assert_int_equal(statement.text[statement.size], '\0');
		buf_add_format(out, "%d:", (int)statement.line);
		buf_add(out, statement.text, statement.size);
		buf_add_char(out, '|');
	}
	if (err.code)
		buf_add_string(out, err.message);
	script_close(script);
}

static void check(const char *sql, size_t size, const char *expected)
{
	struct buf out;

	buf_init(&out, 1 << 20);
	for (size_t step = 1; step < 9; step++) {
		show(&out, slow_open(sql, size, step));
		assert_string_equal(out.data, expected);
	}
	show(&out, slow_open(sql, size, size + 1));
	assert_string_equal(out.data, expected);
	buf_release(&out);
}

#define CHECK(sql, expected) check(sql, sizeof(sql) - 1, expected)

static void check_ended(const char *sql, bool ended)
{
	struct script_statement statement;
	struct err err = ERR_INIT;
	struct script *script;

	assert_int_equal(script_open(&script, slow_open(sql, strlen(sql), 3),
				     "s.sql", &err),
			 0);
	assert_int_equal(script_next(script, &statement, &err), 0);
	assert_int_equal(statement.is_ended, ended);
	script_close(script);
}

static void the_last_semicolon_may_be_missing(void **state)
{
	(void)state;
	check_ended("SELECT 1;", true);
	check_ended("SELECT 1 -- one\n;SELECT 2", true);
	check_ended("SELECT 1", false);
	check_ended("SELECT 1 -- one;\n", false);
	check_ended("CREATE TRIGGER a BEGIN SELECT 1; END;", true);
	check_ended("CREATE TRIGGER a BEGIN SELECT 1; END", false);
}

static void statements_end_at_semicolons(void **state)
{
	(void)state;
	CHECK("", "");
	CHECK(" \n-- nothing; at all\n/* ; */ ;;\n;", "");
	CHECK("SELECT 1;SELECT 2", "1:SELECT 1|1:SELECT 2|");
	CHECK("\xef\xbb\xbf-- a\r\n\r\nSELECT\r\n1 ;\r\n  SELECT 2\r\n",
	      "3:SELECT\r\n1|5:SELECT 2|");
	CHECK("SELECT 1 -- one;\n + 1 /* ; */ ; -- two\n;SELECT 3 -- end",
	      "1:SELECT 1 -- one;\n + 1 /* ; */|3:SELECT 3 -- end|");
	CHECK("SELECT ';', \";\", [;], `;`, ''';', \"\"\";\"\n;SELECT 2;",
	      "1:SELECT ';', \";\", [;], `;`, ''';', \"\"\";\"|2:SELECT 2|");
	CHECK("SELECT 1e+5;\nSELECT 'a\n\nb';SELECT 4",
	      "1:SELECT 1e+5|2:SELECT 'a\n\nb'|4:SELECT 4|");
}

static void triggers_are_whole(void **state)
{
	(void)state;
	CHECK("create trigger a after insert on t begin\r\n"
	      "  select case when 1 then 2 end;\r\n"
	      "  -- ; end;\r\n"
	      "  update t set a = '; end;';\r\n"
	      "end;\r\nselect 1;",
	      "1:create trigger a after insert on t begin\r\n"
	      "  select case when 1 then 2 end;\r\n"
	      "  -- ; end;\r\n"
	      "  update t set a = '; end;';\r\n"
	      "end|6:select 1|");
	CHECK("CREATE /* a */ TEMP TRIGGER a BEGIN SELECT 1; END;SELECT 2",
	      "1:CREATE /* a */ TEMP TRIGGER a BEGIN SELECT 1; END|"
	      "1:SELECT 2|");
	CHECK("CREATE TEMPORARY TRIGGER a BEGIN SELECT 1;;END ; SELECT 2",
	      "1:CREATE TEMPORARY TRIGGER a BEGIN SELECT 1;;END|1:SELECT 2|");
	CHECK("EXPLAIN CREATE TRIGGER a BEGIN SELECT 1; END;SELECT 2",
	      "1:EXPLAIN CREATE TRIGGER a BEGIN SELECT 1; END|1:SELECT 2|");
	CHECK("EXPLAIN QUERY PLAN CREATE TRIGGER a BEGIN SELECT 1; END;2",
	      "1:EXPLAIN QUERY PLAN CREATE TRIGGER a BEGIN SELECT 1; END|1:2|");
	CHECK("CREATE TRIGGER a BEGIN SELECT CASE 1 WHEN 1 THEN CASE 2 WHEN 2 "
	      "THEN 3 END END; END",
	      "1:CREATE TRIGGER a BEGIN SELECT CASE 1 WHEN 1 THEN CASE 2 WHEN "
	      "2 THEN 3 END END; END|");
	CHECK("CREATE TRIGGER a BEGIN SELECT 1; END end; END;2",
	      "1:CREATE TRIGGER a BEGIN SELECT 1; END end; END|1:2|");
	CHECK("CREATE TABLE trigger(a);SELECT 1;",
	      "1:CREATE TABLE trigger(a)|1:SELECT 1|");
	CHECK("CREATE \"TRIGGER\" a; b", "1:CREATE \"TRIGGER\" a|1:b|");
}

static void errors_have_lines(void **state)
{
	(void)state;
	CHECK("SELECT 1;\nSELECT\n 'a;\n",
	      "1:SELECT 1|s.sql:3: a quote that is not closed");
	CHECK("\n\nSELECT [a", "s.sql:3: a quote that is not closed");
	CHECK("SELECT 1;\n/* a\n", "1:SELECT 1|s.sql:2: a comment that is not "
				   "closed");
	CHECK("/*/", "s.sql:1: a comment that is not closed");
	CHECK("SELECT 1;\n\nCREATE TRIGGER a BEGIN\nSELECT 1;\nSELECT 2;\n",
	      "1:SELECT 1|s.sql:3: a trigger without END");
	CHECK("CREATE TRIGGER a", "s.sql:1: a trigger without END");
	CHECK("SELECT 1;\nSELECT '\0';SELECT 2",
	      "1:SELECT 1|s.sql:2: a NUL byte");
	CHECK("SELECT 1;\n\0", "1:SELECT 1|s.sql:2: a NUL byte");
}

/* Repeats a text without end, between a beginning and an end. */
struct long_stream {
	struct stream stream;
	const char *start, *middle, *end;
	uint64_t left; /* of the middle, in bytes */
	size_t place;
};

static int long_read(struct stream *stream, void *data, size_t size,
		     size_t *got, struct err *err)
{
	struct long_stream *self = (struct long_stream *)stream;
	const char **edge = *self->start ? &self->start : &self->end;
	size_t length = strlen(self->middle);

	(void)err;
	*got = 0;
	if (edge == &self->end && self->left > 0) {
		for (; *got < size && self->left > 0; self->left--) {
			((char *)data)[(*got)++] = self->middle[self->place];
			self->place = (self->place + 1) % length;
		}
		return 0;
	}
	while (*got < size && **edge)
		((char *)data)[(*got)++] = *(*edge)++;
	return 0;
}

static struct stream *long_open(const char *start, const char *middle,
				uint64_t count, const char *end)
{
	struct long_stream *self = calloc(1, sizeof(*self));

	assert_non_null(self);
	self->stream.read = long_read;
	self->stream.close = slow_close;
	self->start = start;
	self->middle = middle;
	self->left = count;
	self->end = end;
	return &self->stream;
}

static void check_size(uint64_t count, const char *end, size_t size,
		       const char *message)
{
	struct script_statement statement;
	struct err err = ERR_INIT;
	struct script *script;

	assert_int_equal(script_open(&script, long_open("\n'", "a", count, end),
				     "s.sql", &err),
			 0);
	(void)!script_next(script, &statement, &err);
	assert_string_equal(err.message, message);
	assert_int_equal(statement.size, message[0] ? 0 : size);
	script_close(script);
}

static void statements_have_a_maximum(void **state)
{
	const uint64_t fits = SCRIPT_MAX_STATEMENT - 2;

	(void)state;
	check_size(fits, "'", SCRIPT_MAX_STATEMENT, "");
	check_size(fits, "';", SCRIPT_MAX_STATEMENT, "");
	check_size(fits, "' ; SELECT 2", SCRIPT_MAX_STATEMENT, "");
	check_size(fits + 1, "';", 0, "s.sql:2: the statement is too long");
	check_size(fits * 2, "';", 0, "s.sql:2: the statement is too long");
}

static void a_long_script_is_read_in_pieces(void **state)
{
	static const char insert[] = "INSERT INTO t VALUES(1,'a;b');\n";
	const size_t length = sizeof(insert) - 1;
	const uint64_t count = 300000;
	struct script_statement statement;
	struct err err = ERR_INIT;
	struct script *script;
	uint64_t seen = 0;

	(void)state;
	assert_int_equal(script_open(&script,
				     long_open("-- dump\n", insert,
					       count * length, "COMMIT;"),
				     "s.sql", &err),
			 0);
	while (script_next(script, &statement, &err) == 0 && statement.text) {
		if (seen++ == count)
			break;
		assert_int_equal(statement.size, length - 2);
		assert_memory_equal(statement.text, insert, length - 2);
		assert_int_equal(statement.line, seen + 1);
	}
	assert_int_equal(err.code, 0);
	assert_int_equal(seen, count + 1);
	assert_string_equal(statement.text, "COMMIT");
	script_close(script);
}

static int broken_read(struct stream *stream, void *data, size_t size,
		       size_t *got, struct err *err)
{
	(void)stream;
	(void)data;
	(void)size;
	(void)got;
	return err_set(err, D1_ERROR, "the pipe broke");
}

static void a_broken_stream_is_an_error(void **state)
{
	struct stream *stream = slow_open("", 0, 1);
	struct script_statement statement;
	struct err err = ERR_INIT;
	struct script *script;

	(void)state;
	stream->read = broken_read;
	assert_int_equal(script_open(&script, stream, "s.sql", &err), 0);
	assert_int_equal(script_next(script, &statement, &err), D1_ERROR);
	assert_null(statement.text);
	assert_string_equal(err.message, "the pipe broke");
	script_close(script);
	script_close(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(statements_end_at_semicolons),
		cmocka_unit_test(the_last_semicolon_may_be_missing),
		cmocka_unit_test(triggers_are_whole),
		cmocka_unit_test(errors_have_lines),
		cmocka_unit_test(statements_have_a_maximum),
		cmocka_unit_test(a_long_script_is_read_in_pieces),
		cmocka_unit_test(a_broken_stream_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
