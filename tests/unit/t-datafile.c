/* Data files of snapshots: what goes in comes out, and nothing else gets in. */
#include "config.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "format/datafile.h"

#define MAGIC "-- git-d1 snapshot 1\n"
#define LINES "-- table \"lines\" (city, ref, n) key city, ref\n"
#define PRAGMA "PRAGMA defer_foreign_keys=on;\n"
#define HEAD MAGIC LINES PRAGMA
#define ROW "INSERT INTO \"lines\" VALUES('berlin','M44',1);\n"
#define LISTED \
	"INSERT INTO \"lines\"(\"city\",\"ref\",\"n\") VALUES('a','b',2);\n"
#define USERS \
	MAGIC "-- table \"users\" (id, email) key id " \
	      "[masked email key 1f2e3d4c]\n" PRAGMA
#define DIGITS12 "0123456789ab"
#define DIGITS64 \
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* ---- streams ---- */

/* Gives `chunk` bytes at a time; beyond `size` the byte 'x', up to `total`. */
struct test_stream {
	struct stream stream;
	const char *data;
	size_t size;
	size_t total;
	size_t chunk;
	size_t *given; /* bytes so far, or NULL */
	size_t at;
};

static int test_read(struct stream *stream, void *data, size_t size,
		     size_t *got, struct err *err)
{
	struct test_stream *self = (struct test_stream *)stream;
	size_t rest = self->total - self->at;
	size_t count = size < self->chunk ? size : self->chunk;

	(void)err;
	*got = count < rest ? count : rest;
	if (self->at<self->size && * got> self->size - self->at)
		*got = self->size - self->at;
	if (self->at < self->size)
		memcpy(data, self->data + self->at, *got);
	else
		memset(data, 'x', *got);
	self->at += *got;
	if (self->given)
		*self->given = self->at;
	return 0;
}

static void test_close(struct stream *stream)
{
	free(stream);
}

static struct stream *open_stream(const char *data, size_t size, size_t total,
				  size_t chunk, size_t *given)
{
	struct test_stream *stream = calloc(1, sizeof(*stream));

	assert_non_null(stream);
	stream->stream.read = test_read;
	stream->stream.close = test_close;
	stream->data = data;
	stream->size = size;
	stream->total = total;
	stream->chunk = chunk;
	stream->given = given;
	return &stream->stream;
}

/* ---- values ---- */

static struct value bytes_of(enum value_type type, const char *data,
			     size_t size)
{
	struct value value = { .type = type };

	value.data = data;
	value.size = size;
	return value;
}

#define TEXT(string) bytes_of(VALUE_TEXT, string, sizeof(string) - 1)
#define BLOB(string) bytes_of(VALUE_BLOB, string, sizeof(string) - 1)
#define INTEGER(number) ((struct value){ VALUE_INTEGER, { .integer = number } })
#define REAL(number) ((struct value){ VALUE_REAL, { .real = number } })
#define NOTHING ((struct value){ .type = VALUE_NULL })

static const char *const two_columns[] = { "a", "b" };

static const struct datafile_header two = {
	.table = "t",
	.columns = two_columns,
	.ncolumns = 2,
};

/* Writes the values, two a row, reads them in chunks, expects the same. */
static void check_values(const struct value *values, size_t count, size_t chunk)
{
	struct err err = ERR_INIT;
	struct datafile *file;
	const struct row *row;
	struct buf out, prefix;

	buf_init(&out, 1 << 26);
	buf_init(&prefix, 1 << 10);
	datafile_add_header(&out, &two);
	datafile_add_prefix(&prefix, &two);
	for (size_t i = 0; i < count; i += 2) {
		struct row cells = { values + i, 2 };

		datafile_add_row(&out, &prefix, &cells);
	}
	assert_false(out.failed);
	assert_int_equal(datafile_open(&file,
				       open_stream(out.data, out.len, out.len,
						   chunk, NULL),
				       "t.sql", &err),
			 0);
	for (size_t i = 0; i < count; i += 2) {
		assert_int_equal(datafile_next(file, &row, &err), 0);
		assert_non_null(row);
		assert_int_equal(row->ncells, 2);
		assert_true(value_equal(&row->cells[0], &values[i]));
		assert_true(value_equal(&row->cells[1], &values[i + 1]));
		assert_int_equal(datafile_line(file), 4 + i / 2);
		assert_true(datafile_is_canonical(file));
	}
	assert_int_equal(datafile_next(file, &row, &err), 0);
	assert_null(row);
	assert_int_equal(datafile_next(file, &row, &err), 0);
	assert_null(row);
	datafile_close(file);
	buf_release(&out);
	buf_release(&prefix);
}

static void every_value_comes_back(void **state)
{
	const struct value values[] = {
		NOTHING,
		TEXT(""),
		TEXT("0"),
		INTEGER(0),
		REAL(0.0),
		REAL(-0.0),
		INTEGER(INT64_MAX),
		INTEGER(INT64_MIN),
		INTEGER(9007199254740993),
		REAL(9007199254740992.0),
		REAL((double)INFINITY),
		REAL(-(double)INFINITY),
		REAL(5e-324),
		REAL(-2.2250738585072009e-308),
		REAL(1.7976931348623157e308),
		REAL(0.1 + 0.2),
		REAL(1e22),
		REAL(1e-7),
		TEXT("a\0b"),
		TEXT("\0"),
		TEXT("\xff\xfe"),
		TEXT("\xed\xa0\x80"),
		TEXT("\xc0\x80"),
		TEXT("evil \xe2\x80\xae txt"),
		TEXT("\xe2\x81\xa6x\xe2\x81\xa9"),
		TEXT("one\ntwo\r\nthree\r"),
		TEXT("\n"),
		TEXT("\xe2\x80\xa8\xe2\x80\xa9"),
		TEXT("\xef\xbb\xbf"
		     "bom"),
		TEXT("tab\tkept"),
		TEXT("back\\slash \\n"),
		TEXT("marker \\n and\n"),
		TEXT("'"),
		TEXT("''"),
		TEXT("it's 'quoted'"),
		TEXT("');DROP TABLE t;--"),
		TEXT("<<<<<<< HEAD"),
		TEXT("\nINSERT INTO \"t\" VALUES(1,2);\n"),
		TEXT("\1\2\3\4\5\6\7\x8\xb\xc"),
		TEXT("\x7f\x1b[31m"),
		TEXT("\xf0\x9f\x98\x80 stra\xc3\x9f"
		     "e"),
		TEXT("e\xcc\x81 \xc3\xa9"),
		TEXT("NULL"),
		TEXT("x'00'"),
		BLOB(""),
		BLOB("\0\xff"),
		BLOB("'text'"),
		BLOB("\n"),
	};
	static const size_t chunks[] = { 1, 2, 7, 64, 1 << 20 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(chunks); i++)
		check_values(values, ARRAY_SIZE(values), chunks[i]);
}

static void large_values_come_back(void **state)
{
	const size_t size = 5000000;
	char *data = malloc(size);
	struct value values[6];

	(void)state;
	assert_non_null(data);
	for (size_t i = 0; i < size; i++)
		data[i] = (char)(i * 2654435761U >> 13);
	values[0] = bytes_of(VALUE_BLOB, data, size);
	values[1] = INTEGER(1);
	values[2] = bytes_of(VALUE_TEXT, data, size);
	values[3] = INTEGER(2);
	values[4] = bytes_of(VALUE_BLOB, data, 300000);
	values[5] = INTEGER(3);
	check_values(values, 6, 65536);
	memset(data, '\'', size);
	values[2] = bytes_of(VALUE_TEXT, data, size);
	check_values(values, 6, 1 << 20);
	free(data);
}

/* ---- writing ---- */

static void the_file_is_written_as_designed(void **state)
{
	static const char *const columns[] = { "city", "ref", "na me", "email",
					       "key" };
	static const size_t key[] = { 1, 0 };
	static const size_t masked[] = { 3, 4 };
	struct datafile_header header = {
		.table = "li\"nes",
		.columns = columns,
		.ncolumns = 5,
		.key = key,
		.nkey = 2,
		.masked = masked,
		.nmasked = 2,
		.key_id = "1f2e3d4c",
	};
	const struct value cells[] = { TEXT("it's"), INTEGER(-7), REAL(1e15),
				       NOTHING, BLOB("\0\xff") };
	struct row row = { cells, 5 };
	struct buf out, prefix;

	(void)state;
	buf_init(&out, 1 << 20);
	buf_init(&prefix, 1 << 20);
	datafile_add_header(&out, &header);
	datafile_add_prefix(&prefix, &header);
	datafile_add_row(&out, &prefix, &row);
	header.explicit_columns = true;
	buf_clear(&prefix);
	datafile_add_prefix(&prefix, &header);
	datafile_add_row(&out, &prefix, &row);
	assert_string_equal(
		out.data,
		"-- git-d1 snapshot 1\n"
		"-- table \"li\"\"nes\" (city, ref, \"na me\", email, key)"
		" key ref, city [masked email, key key 1f2e3d4c]\n"
		"PRAGMA defer_foreign_keys=on;\n"
		"INSERT INTO \"li\"\"nes\" VALUES('it''s',-7,"
		"1000000000000000.0,NULL,x'00ff');\n"
		"INSERT INTO \"li\"\"nes\"(\"city\",\"ref\",\"na me\","
		"\"email\",\"key\") VALUES('it''s',-7,"
		"1000000000000000.0,NULL,x'00ff');\n");
	buf_release(&out);
	buf_release(&prefix);
}

/* ---- the header ---- */

static struct datafile *open_text(const char *text)
{
	struct err err = ERR_INIT;
	struct datafile *file;
	size_t size = strlen(text);

	if (datafile_open(&file, open_stream(text, size, size, 3, NULL),
			  "x.sql", &err) < 0)
		fail_msg("%s", err.message);
	return file;
}

static void the_header_is_read(void **state)
{
	struct datafile *file = open_text(
		MAGIC "-- table \"li\"\"nes\" (city, \"na me\", email, key)"
		      " key key, city [masked email key 1f2e3d4c]\n" PRAGMA);
	const struct datafile_header *header = datafile_header(file);

	(void)state;
	assert_string_equal(header->table, "li\"nes");
	assert_int_equal(header->ncolumns, 4);
	assert_string_equal(header->columns[0], "city");
	assert_string_equal(header->columns[1], "na me");
	assert_string_equal(header->columns[2], "email");
	assert_string_equal(header->columns[3], "key");
	assert_int_equal(header->nkey, 2);
	assert_int_equal(header->key[0], 3);
	assert_int_equal(header->key[1], 0);
	assert_int_equal(header->nmasked, 1);
	assert_int_equal(header->masked[0], 2);
	assert_string_equal(header->key_id, "1f2e3d4c");
	assert_true(datafile_is_canonical(file));
	datafile_close(file);

	file = open_text(MAGIC "-- table \"\" (\"\")\n" PRAGMA);
	header = datafile_header(file);
	assert_string_equal(header->table, "");
	assert_int_equal(header->ncolumns, 1);
	assert_string_equal(header->columns[0], "");
	assert_int_equal(header->nkey, 0);
	assert_int_equal(header->nmasked, 0);
	assert_string_equal(header->key_id, "");
	datafile_close(file);
}

static void an_empty_table_has_no_rows(void **state)
{
	struct err err = ERR_INIT;
	struct datafile *file = open_text(HEAD);
	const struct row *row;
	bool more;

	(void)state;
	assert_int_equal(datafile_next(file, &row, &err), 0);
	assert_null(row);
	datafile_close(file);
	file = open_text(HEAD);
	assert_int_equal(datafile_skip(file, &more, &err), 0);
	assert_false(more);
	datafile_close(file);
}

/* ---- what is refused ---- */

/* Reads or passes over all rows. */
static void read_all(const char *text, size_t size, bool skip, struct err *err)
{
	struct datafile *file;
	const struct row *row;
	bool more;

	if (datafile_open(&file, open_stream(text, size, size, 5, NULL),
			  "d1/x.sql", err) < 0)
		return;
	do {
		if (skip)
			(void)!datafile_skip(file, &more, err);
		else
			(void)!datafile_next(file, &row, err);
	} while (!err->code && (skip ? more : row != NULL));
	datafile_close(file);
}

static void check_bytes_refused(const char *text, size_t size,
				const char *message)
{
	struct err err = ERR_INIT;

	read_all(text, size, false, &err);
	assert_string_equal(err.message, message);
	assert_int_equal(err.code, D1_ERROR);
}

static void check_refused(const char *text, const char *message)
{
	check_bytes_refused(text, strlen(text), message);
}

static void check_hint(const char *text, const char *hint)
{
	struct err err = ERR_INIT;

	read_all(text, strlen(text), false, &err);
	assert_string_equal(err.hint, hint);
}

static void first_lines_are_refused(void **state)
{
	(void)state;
	check_refused("", "d1/x.sql:1: the file is empty");
	check_refused("\n", "d1/x.sql:1: no data file of a snapshot: its first "
			    "line is not '-- git-d1 snapshot 1'");
	check_refused("PRAGMA foreign_keys=OFF;\n",
		      "d1/x.sql:1: no data file of a snapshot: its first line "
		      "is not '-- git-d1 snapshot 1'");
	check_refused("-- git-d1 snapshot 2\n" LINES PRAGMA,
		      "d1/x.sql:1: a snapshot of version '2': this version of "
		      "git-d1 knows version 1 only");
	check_hint("-- git-d1 snapshot 2\n",
		   "a newer git-d1 has written it: update git-d1");
	check_refused("-- git-d1 snapshot 1 \n",
		      "d1/x.sql:1: a snapshot of version '1\\040': this "
		      "version of git-d1 knows version 1 only");
	check_refused("\xef\xbb\xbf" HEAD,
		      "d1/x.sql:1: the file begins with a byte order mark");
	check_hint("\xef\xbb\xbf" HEAD,
		   "an editor has added it: save the file as UTF-8 without "
		   "one");
	check_refused("version https://git-lfs.github.com/spec/v1\n"
		      "oid sha256:0\nsize 1\n",
		      "d1/x.sql:1: a Git LFS pointer stands in place of the "
		      "rows");
	check_hint("version https://git-lfs.github.com/spec/v1\n",
		   "'git lfs pull' gets them; a snapshot is better kept in git "
		   "itself");
	check_refused("-- git-d1 snapshot 1\r\n",
		      "d1/x.sql:1: the line ends in CR LF: line endings were "
		      "converted");
	check_bytes_refused("SQLite format 3\0\n", 17,
			    "d1/x.sql:1: the line holds a NUL byte");
	check_refused(MAGIC, "d1/x.sql:1: the file ends in its header");
	check_refused(MAGIC LINES, "d1/x.sql:2: the file ends in its header");
	check_refused("-- git-d1 snapshot 1",
		      "d1/x.sql:1: the last line does not end in LF: the file "
		      "was cut off or edited");
	check_refused(MAGIC LINES "PRAGMA defer_foreign_keys=on\n",
		      "d1/x.sql:3: the line is not 'PRAGMA "
		      "defer_foreign_keys=on;'");
	check_refused(MAGIC LINES "PRAGMA defer_foreign_keys=on; \n",
		      "d1/x.sql:3: the line is not 'PRAGMA "
		      "defer_foreign_keys=on;'");
	check_refused(MAGIC LINES ROW, "d1/x.sql:3: the line is not 'PRAGMA "
				       "defer_foreign_keys=on;'");
	check_refused(MAGIC LINES "PRAGMA defer_foreign_keys=on;\r\n",
		      "d1/x.sql:3: the line ends in CR LF: line endings were "
		      "converted");
}

/* `line` stands for the one that names the table. */
static void check_table_refused(const char *line, const char *message)
{
	struct err err = ERR_INIT;
	struct buf text;

	buf_init(&text, 1 << 22);
	buf_add_string(&text, MAGIC);
	buf_add_string(&text, line);
	buf_add_string(&text, "\n" PRAGMA);
	read_all(text.data, text.len, false, &err);
	assert_string_equal(err.message, message);
	assert_int_equal(err.code, D1_ERROR);
	buf_release(&text);
}

#define MALFORMED "d1/x.sql:2: the line of the table is malformed: no "

static void malformed_tables_are_refused(void **state)
{
	(void)state;
	check_table_refused("", MALFORMED "'-- table ' at byte 1");
	check_table_refused("-- table lines (a)", MALFORMED "name at byte 10");
	check_table_refused("-- table \"t (a)", MALFORMED "name at byte 10");
	check_table_refused("-- table \"t\"(a)", MALFORMED "' (' at byte 13");
	check_table_refused("-- table \"t\" ()", MALFORMED "name at byte 15");
	check_table_refused("-- table \"t\" (a",
			    MALFORMED "', ' or ')' at byte 16");
	check_table_refused("-- table \"t\" (a,b)",
			    MALFORMED "', ' or ')' at byte 16");
	check_table_refused("-- table \"t\" (a, )",
			    MALFORMED "name at byte 18");
	check_table_refused("-- table \"t\" (a) ", MALFORMED "end at byte 17");
	check_table_refused("-- table \"t\" (a) key ",
			    MALFORMED "name at byte 22");
	check_table_refused("-- table \"t\" (a); DROP TABLE t;",
			    MALFORMED "end at byte 17");
	check_table_refused("-- table \"t\" (a) [masked a]",
			    MALFORMED "' key ' at byte 27");
	check_table_refused("-- table \"t\" (a) [masked a key 1f2e3d4]",
			    MALFORMED "id of a mask key at byte 32");
	check_table_refused("-- table \"t\" (a) [masked a key 1F2E3D4C]",
			    MALFORMED "id of a mask key at byte 32");
	check_table_refused("-- table \"t\" (a) [masked a key 1f2e3d4c5]",
			    MALFORMED "']' at byte 40");
	check_table_refused("-- table \"t\" (a) [masked a key 1f2e3d4c] key a",
			    MALFORMED "end at byte 41");
	check_table_refused("-- table \"t\" (\"a\\000\")",
			    MALFORMED "name at byte 15");
	check_table_refused(
		"-- table \"t\xff\" (a)",
		"d1/x.sql:2: a name with control characters or not in UTF-8, at "
		"byte 10");
	check_table_refused(
		"-- table \"t\" (a, \"b\\n\")",
		"d1/x.sql:2: a name with control characters or not in UTF-8, at "
		"byte 18");
}

static void impossible_columns_are_refused(void **state)
{
	(void)state;
	check_table_refused("-- table \"t\" (a, b, a)",
			    "d1/x.sql:2: column 'a' stands twice");
	check_table_refused("-- table \"t\" (id, Ab, aB)",
			    "d1/x.sql:2: column 'aB' stands twice");
	check_table_refused("-- table \"t\" (a) key b",
			    "d1/x.sql:2: key column 'b' is not among the "
			    "columns");
	check_table_refused("-- table \"t\" (a) key A",
			    "d1/x.sql:2: key column 'A' is not among the "
			    "columns");
	check_table_refused("-- table \"t\" (a, b) key a, b, a",
			    "d1/x.sql:2: key column 'a' stands twice");
	check_table_refused("-- table \"t\" (a) [masked b key 1f2e3d4c]",
			    "d1/x.sql:2: masked column 'b' is not among the "
			    "columns");
	check_table_refused("-- table \"t\" (a) [masked a, a key 1f2e3d4c]",
			    "d1/x.sql:2: masked column 'a' stands twice");
	check_table_refused("-- table \"t\" (a, b) key b "
			    "[masked a, b key 1f2e3d4c]",
			    "d1/x.sql:2: key column 'b' is masked");
}

static void too_many_columns_are_refused(void **state)
{
	struct buf line;

	(void)state;
	buf_init(&line, 1 << 20);
	buf_add_string(&line, "-- table \"t\" (c0");
	for (int i = 1; i <= DATAFILE_MAX_COLUMNS; i++)
		buf_add_format(&line, ", c%d", i);
	buf_add_string(&line, ")");
	check_table_refused(line.data, "d1/x.sql:2: more than 32767 columns");
	buf_release(&line);
}

static void other_lines_are_refused(void **state)
{
	(void)state;
	check_refused(HEAD ROW "\n" ROW, "d1/x.sql:5: a blank line");
	check_refused(HEAD "-- a comment\n",
		      "d1/x.sql:4: a comment among the rows");
	check_refused(HEAD "/* a comment */\n",
		      "d1/x.sql:4: a comment among the rows");
	check_refused(HEAD ROW "ATTACH 'x.db' AS x;\n",
		      "d1/x.sql:5: not a row of table 'lines': "
		      "ATTACH 'x.db' AS x;");
	check_refused(HEAD "PRAGMA writable_schema=on;\n",
		      "d1/x.sql:4: not a row of table 'lines': "
		      "PRAGMA writable_schema=on;");
	check_refused(HEAD " " ROW,
		      "d1/x.sql:4: not a row of table 'lines':  INSERT INTO "
		      "\"lines\" VALUES('berlin','M4...");
	check_refused(HEAD "insert into \"lines\" VALUES('a','b',1);\n",
		      "d1/x.sql:4: not a row of table 'lines': insert into "
		      "\"lines\" VALUES('a','b',1);");
	check_refused(HEAD "\x1b[31m \xe2\x80\xae\n",
		      "d1/x.sql:4: not a row of table 'lines': "
		      "\\033[31m \\342\\200\\256");
	check_refused(HEAD "INSERT INTO \"other\" VALUES('a','b',1);\n",
		      "d1/x.sql:4: not a row of table 'lines'");
	check_refused(HEAD "INSERT INTO lines VALUES('a','b',1);\n",
		      "d1/x.sql:4: not a row of table 'lines'");
	check_refused(HEAD "INSERT INTO \"lines\"\"\" VALUES('a','b',1);\n",
		      "d1/x.sql:4: not a row of table 'lines'");
	check_refused(HEAD "INSERT INTO \"lines\" SELECT * FROM \"lines\";\n",
		      "d1/x.sql:4: ' VALUES(' does not follow the table's "
		      "name");
	check_refused(HEAD "INSERT INTO \"lines\"(\"city\",\"ref\") "
			   "VALUES('a','b');\n",
		      "d1/x.sql:4: the row's list of columns is not that of "
		      "the header");
	check_refused(HEAD ROW LISTED,
		      "d1/x.sql:5: the row has a list of columns, the rows "
		      "before it have none");
	check_refused(HEAD LISTED ROW,
		      "d1/x.sql:5: the row has no list of columns, the rows "
		      "before it have one");
	check_bytes_refused(HEAD "\0\n", sizeof(HEAD) + 1,
			    "d1/x.sql:4: the line holds a NUL byte");
}

/* `values` stands between the parentheses, and the rest of the line. */
static void check_values_refused(const char *values, const char *message)
{
	struct err err = ERR_INIT;
	struct buf text, expected;

	buf_init(&text, 1 << 20);
	buf_init(&expected, 1 << 20);
	buf_add_format(&text, HEAD ROW "INSERT INTO \"lines\" VALUES(%s\n",
		       values);
	buf_add_format(&expected, "d1/x.sql:5: %s", message);
	read_all(text.data, text.len, false, &err);
	assert_string_equal(err.message, expected.data);
	assert_int_equal(err.code, D1_ERROR);
	buf_release(&text);
	buf_release(&expected);
}

static void other_values_are_refused(void **state)
{
	(void)state;
	check_values_refused("'a','b');", "2 values for 3 columns");
	check_values_refused("'a');", "1 value for 3 columns");
	check_values_refused(");", "0 values for 3 columns");
	check_values_refused("'a','b',1,NULL);", "4 values for 3 columns");
	check_values_refused("'a','b',1,NULL,x'00','',7);",
			     "7 values for 3 columns");
	check_values_refused("'a','b',1)", "the row does not end in ');'");
	check_values_refused("'a','b',1", "the row does not end in ');'");
	check_values_refused("'a','b'", "the row does not end in ');'");
	check_values_refused("'a','b',", "the row does not end in ');'");
	check_values_refused("", "the row does not end in ');'");
	check_values_refused("'a','b',1);DROP TABLE x;",
			     "the row does not end in ');' but goes on: "
			     ");DROP TABLE x;");
	check_values_refused("'a','b',1),('c','d',2);",
			     "the row does not end in ');' but goes on: "
			     "),('c','d',2);");
	check_values_refused("'a','b',1); ",
			     "the row does not end in ');' but goes on: "
			     ");\\040");
	check_values_refused("'a','b',1); -- x",
			     "the row does not end in ');' but goes on: "
			     "); -- x");
	check_values_refused("'a', 'b',1);",
			     "column 'ref' has no value that can be read: "
			     " 'b',1);");
	check_values_refused("'a','b',1+1);",
			     "column 'n' has no value that can be read: "
			     "1+1);");
	check_values_refused("'a','b'||'c',1);",
			     "column 'ref' has no value that can be read: "
			     "'b'||'c',1);");
	check_values_refused("'a',load_extension('x'),1);",
			     "column 'ref' has no value that can be read: "
			     "load_extension('x'),1);");
	check_values_refused("(SELECT 1),'b',1);",
			     "column 'city' has no value that can be read: "
			     "(SELECT 1),'b',1);");
	check_values_refused("'a','b',9223372036854775808);",
			     "column 'n' has no value that can be read: "
			     "9223372036854775808);");
	check_values_refused("'a','b',007);",
			     "column 'n' has no value that can be read: "
			     "007);");
	check_values_refused("'a','b',null);",
			     "column 'n' has no value that can be read: "
			     "null);");
	check_values_refused("'a','b',x'0');",
			     "column 'n' has no value that can be read: "
			     "x'0');");
	check_values_refused("'a\r','b',1);",
			     "column 'city' has no value that can be read: "
			     "'a\\r','b',1);");
	check_values_refused("'a\xff','b',1);",
			     "column 'city' has no value that can be read: "
			     "'a\\377','b',1);");
	check_values_refused("'open,1,2);",
			     "column 'city' has no value that can be read: "
			     "'open,1,2);");
	check_values_refused("'0123456789012345678901234567890123456\xc3\xa4"
			     "\xc3\xa4 ,",
			     "column 'city' has no value that can be read: "
			     "'0123456789012345678901234567890123456\xc3\xa4"
			     "...");
	check_values_refused("'a','b',1);\r",
			     "the line ends in CR LF: line endings were "
			     "converted");
}

static void cut_files_are_refused(void **state)
{
	const char text[] = HEAD ROW ROW;

	(void)state;
	/* wherever it is cut, but at the end of a row */
	for (size_t size = 1; size < sizeof(text) - 1; size++) {
		struct err err = ERR_INIT;

		read_all(text, size, false, &err);
		if (size == strlen(HEAD) || size == strlen(HEAD ROW))
			assert_int_equal(err.code, 0);
		else
			assert_int_equal(err.code, D1_ERROR);
	}
	check_bytes_refused(text, sizeof(text) - 2,
			    "d1/x.sql:5: the last line does not end in LF: the "
			    "file was cut off or edited");
	check_hint(HEAD "\r\n",
		   "let .gitattributes have '-text' for snapshots, as 'git d1 "
		   "init' writes it, and check the file out again");
}

static void check_conflict(const char *text, const char *message)
{
	struct err err = ERR_INIT;
	struct err skip_err = ERR_INIT;

	read_all(text, strlen(text), false, &err);
	assert_int_equal(err.code, D1_ECONFLICT);
	assert_string_equal(err.message, message);
	assert_string_equal(err.hint, "'git d1 resolve' settles it; or edit "
				      "the file: keep one row, and no marker");
	read_all(text, strlen(text), true, &skip_err);
	assert_int_equal(skip_err.code, D1_ECONFLICT);
	assert_string_equal(skip_err.message, message);
}

static void conflict_markers_are_conflicts(void **state)
{
	(void)state;
	check_conflict(HEAD "<<<<<<< HEAD\n" ROW "=======\n>>>>>>> other\n",
		       "d1/x.sql:4: a conflict of a merge stands here");
	check_conflict(HEAD ROW "||||||| base\n",
		       "d1/x.sql:5: a conflict of a merge stands here");
	check_conflict(HEAD ROW "=======\n",
		       "d1/x.sql:5: a conflict of a merge stands here");
	check_conflict(HEAD ROW ">>>>>>> 1234567 (message)\n",
		       "d1/x.sql:5: a conflict of a merge stands here");
	check_conflict(HEAD "<<<<<<<<<<<<<<< ours\n",
		       "d1/x.sql:4: a conflict of a merge stands here");
	check_conflict(HEAD "=======\r\n",
		       "d1/x.sql:4: a conflict of a merge stands here");
	check_conflict(HEAD "=======",
		       "d1/x.sql:4: a conflict of a merge stands here");
	check_conflict(MAGIC "<<<<<<< HEAD\n" LINES,
		       "d1/x.sql:2: a conflict of a merge stands here");
	check_conflict("<<<<<<< HEAD\n" HEAD,
		       "d1/x.sql:1: a conflict of a merge stands here");
	check_refused(HEAD "<<<<<< HEAD\n",
		      "d1/x.sql:4: not a row of table 'lines': <<<<<< HEAD");
	check_refused(HEAD "=======x\n",
		      "d1/x.sql:4: not a row of table 'lines': =======x");
}

static void masked_columns_hold_masks(void **state)
{
	static const char *const good[] = {
		"NULL",
		"'masked-" DIGITS12 "'",
		"'masked-" DIGITS64 "'",
	};
	static const char *const bad[] = {
		"'a@example.com'",
		"''",
		"1",
		"x'6d61736b65642d303132333435363738396162'",
		"'masked-'",
		"'masked-0123456789aB'",
		"'masked-0123456789a'",
		"'Masked-" DIGITS12 "'",
		"'masked-" DIGITS64 "0'",
	};
	struct buf text;

	(void)state;
	buf_init(&text, 1 << 20);
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		struct err err = ERR_INIT;

		buf_clear(&text);
		buf_add_format(&text,
			       USERS "INSERT INTO \"users\" VALUES(1,%s);\n",
			       good[i]);
		read_all(text.data, text.len, false, &err);
		assert_int_equal(err.code, 0);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		buf_clear(&text);
		buf_add_format(&text,
			       USERS "INSERT INTO \"users\" VALUES(1,%s);\n",
			       bad[i]);
		check_refused(text.data,
			      "d1/x.sql:4: column 'email' is not masked");
	}
	buf_release(&text);
}

/* ---- long lines ---- */

static void a_line_has_a_limit(void **state)
{
	struct err err = ERR_INIT;
	struct datafile *file;
	const struct row *row;
	size_t given = 0;

	(void)state;
	/* 1 GB without LF; the stream is not read much further than the limit
	 */
	assert_int_equal(datafile_open(&file,
				       open_stream(HEAD, strlen(HEAD),
						   1000000000, 1 << 20, &given),
				       "x.sql", &err),
			 0);
	assert_int_equal(datafile_next(file, &row, &err), D1_ERROR);
	assert_string_equal(err.message,
			    "x.sql:4: a line of more than 33554432 bytes");
	assert_true(given <= strlen(HEAD) + DATAFILE_MAX_LINE + 1);
	datafile_close(file);
	err_clear(&err);
	assert_int_equal(datafile_open(&file,
				       open_stream("", 0, 1000000000, 1 << 20,
						   NULL),
				       "x.sql", &err),
			 D1_ERROR);
	assert_string_equal(err.message,
			    "x.sql:1: a line of more than 33554432 bytes");
}

static void a_line_may_be_as_long_as_the_limit(void **state)
{
	static const char start[] = "INSERT INTO \"lines\" VALUES('";
	static const char end[] = "','b',1);\n" ROW;
	struct err err = ERR_INIT;
	struct datafile *file;
	const struct row *row;
	struct buf text;
	size_t size = DATAFILE_MAX_LINE - (sizeof(start) - 1) -
		      (sizeof("','b',1);") - 1);
	char *letters;

	(void)state;
	buf_init(&text, SIZE_MAX);
	buf_add_string(&text, HEAD);
	buf_add_string(&text, start);
	letters = buf_extend(&text, size);
	assert_non_null(letters);
	memset(letters, 'x', size);
	buf_add_string(&text, end);
	assert_int_equal(datafile_open(&file,
				       open_stream(text.data, text.len,
						   text.len, 1 << 20, NULL),
				       "x.sql", &err),
			 0);
	assert_int_equal(datafile_next(file, &row, &err), 0);
	assert_int_equal(row->cells[0].size, size);
	assert_int_equal(datafile_next(file, &row, &err), 0);
	assert_int_equal(row->cells[0].size, 6);
	assert_int_equal(datafile_next(file, &row, &err), 0);
	assert_null(row);
	datafile_close(file);
	buf_release(&text);
}

/* ---- passing over, texts, canonical lines ---- */

static void rows_are_passed_over(void **state)
{
	struct err err = ERR_INIT;
	struct datafile *file = open_text(HEAD LISTED LISTED LISTED);
	const struct row *row;
	size_t size;
	bool more;

	(void)state;
	assert_false(datafile_header(file)->explicit_columns);
	assert_int_equal(datafile_skip(file, &more, &err), 0);
	assert_true(more);
	assert_true(datafile_header(file)->explicit_columns);
	assert_int_equal(datafile_line(file), 4);
	assert_int_equal(datafile_next(file, &row, &err), 0);
	assert_int_equal(row->cells[2].integer, 2);
	assert_int_equal(datafile_line(file), 5);
	assert_memory_equal(datafile_text(file, &size), LISTED,
			    strlen(LISTED) - 1);
	assert_int_equal(size, strlen(LISTED) - 1);
	assert_int_equal(datafile_skip(file, &more, &err), 0);
	assert_true(more);
	assert_int_equal(datafile_skip(file, &more, &err), 0);
	assert_false(more);
	datafile_close(file);
}

static void skipping_refuses_what_is_no_row(void **state)
{
	static const struct {
		const char *text;
		const char *message;
	} cases[] = {
		{ HEAD ROW "\n", "d1/x.sql:5: a blank line" },
		{ HEAD "INSERT INTO \"lines\" VALUES(1,2\n",
		  "d1/x.sql:4: the row does not end in ');'" },
		{ HEAD "INSERT INTO \"lines\" VALUES();",
		  "d1/x.sql:4: the last line does not end in LF: the file was "
		  "cut off or edited" },
		{ HEAD "INSERT INTO \"lines\" VALUES(1,2,3);\r\n",
		  "d1/x.sql:4: the line ends in CR LF: line endings were "
		  "converted" },
		{ HEAD "DELETE FROM \"lines\";\n",
		  "d1/x.sql:4: not a row of table 'lines': "
		  "DELETE FROM \"lines\";" },
		{ HEAD ROW LISTED,
		  "d1/x.sql:5: the row has a list of columns, the rows before "
		  "it have none" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct err err = ERR_INIT;

		read_all(cases[i].text, strlen(cases[i].text), true, &err);
		assert_int_equal(err.code, D1_ERROR);
		assert_string_equal(err.message, cases[i].message);
	}
}

static void reading_goes_on_after_a_bad_line(void **state)
{
	struct err err = ERR_INIT;
	struct datafile *file = open_text(HEAD "junk\n" ROW "\n" ROW);
	const struct row *row;

	(void)state;
	assert_int_equal(datafile_next(file, &row, &err), D1_ERROR);
	assert_null(row);
	err_clear(&err);
	assert_int_equal(datafile_next(file, &row, &err), 0);
	assert_int_equal(datafile_line(file), 5);
	assert_int_equal(datafile_next(file, &row, &err), D1_ERROR);
	err_clear(&err);
	assert_int_equal(datafile_next(file, &row, &err), 0);
	assert_non_null(row);
	assert_int_equal(datafile_line(file), 7);
	datafile_close(file);
}

static void other_spellings_are_not_canonical(void **state)
{
	static const char *const rows[] = {
		"x'0A'",
		"CAST(x'61' AS TEXT)",
		"replace('a','\\n',char(10))",
		"replace(replace('\\r\\n','\\r',char(13)),'\\n',char(10))",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct err err = ERR_INIT;
		struct datafile *file;
		const struct row *row;
		struct buf text;

		buf_init(&text, 1 << 10);
		buf_add_format(&text,
			       MAGIC "-- table \"t\" (\"a\")\n" PRAGMA
				     "INSERT INTO \"t\" VALUES(%s);\n"
				     "INSERT INTO \"t\" VALUES(1);\n",
			       rows[i]);
		file = open_text(text.data);
		/* "a" needs no quotes */
		assert_false(datafile_is_canonical(file));
		assert_int_equal(datafile_next(file, &row, &err), 0);
		assert_non_null(row);
		assert_false(datafile_is_canonical(file));
		assert_int_equal(datafile_next(file, &row, &err), 0);
		assert_non_null(row);
		assert_true(datafile_is_canonical(file));
		datafile_close(file);
		buf_release(&text);
	}
}

/* ---- one line ---- */

static void check_line(const char *text, const char *message)
{
	static const char *const columns[] = { "a", "b" };
	static const size_t masked[] = { 1 };
	const struct datafile_header header = {
		.table = "t",
		.columns = columns,
		.ncolumns = 2,
		.masked = masked,
		.nmasked = 1,
	};
	struct arena arena = ARENA_INIT;
	struct err err = ERR_INIT;
	struct row row;

	(void)!datafile_read_line(&header, text, strlen(text), &row, &arena,
				  &err);
	assert_string_equal(err.message, message);
	if (!*message) {
		assert_int_equal(row.ncells, 2);
		assert_int_equal(row.cells[0].integer, 7);
		assert_int_equal(row.cells[1].type, VALUE_NULL);
	}
	arena_release(&arena);
}

static void one_line_can_be_read_alone(void **state)
{
	(void)state;
	check_line("INSERT INTO \"t\" VALUES(7,NULL);", "");
	check_line("INSERT INTO \"t\"(\"a\",\"b\") VALUES(7,NULL);", "");
	check_line("INSERT INTO \"t\" VALUES(7,'x');",
		   "column 'b' is not masked");
	check_line("INSERT INTO \"t\" VALUES(7);", "1 value for 2 columns");
	check_line("INSERT INTO \"t\" VALUES(7,NULL);\n",
		   "the row does not end in ');' but goes on: );\\n");
	check_line("INSERT INTO \"u\" VALUES(7,NULL);",
		   "not a row of table 't'");
	check_line("", "a blank line");
	check_line("=======", "a conflict of a merge stands here");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_value_comes_back),
		cmocka_unit_test(large_values_come_back),
		cmocka_unit_test(the_file_is_written_as_designed),
		cmocka_unit_test(the_header_is_read),
		cmocka_unit_test(an_empty_table_has_no_rows),
		cmocka_unit_test(first_lines_are_refused),
		cmocka_unit_test(malformed_tables_are_refused),
		cmocka_unit_test(impossible_columns_are_refused),
		cmocka_unit_test(too_many_columns_are_refused),
		cmocka_unit_test(other_lines_are_refused),
		cmocka_unit_test(other_values_are_refused),
		cmocka_unit_test(cut_files_are_refused),
		cmocka_unit_test(conflict_markers_are_conflicts),
		cmocka_unit_test(masked_columns_hold_masks),
		cmocka_unit_test(a_line_has_a_limit),
		cmocka_unit_test(a_line_may_be_as_long_as_the_limit),
		cmocka_unit_test(rows_are_passed_over),
		cmocka_unit_test(skipping_refuses_what_is_no_row),
		cmocka_unit_test(reading_goes_on_after_a_bad_line),
		cmocka_unit_test(other_spellings_are_not_canonical),
		cmocka_unit_test(one_line_can_be_read_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
