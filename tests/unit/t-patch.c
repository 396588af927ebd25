/* Reading patches: what they hold, and what is refused, with its line. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "format/patch.h"
#include "util/compiler.h"

static const char head[] = "diff --d1 shop/t\n"
			   "key id\n"
			   "--- old\n"
			   "+++ new\n";

static const char plain_head[] = "diff --d1 t\n"
				 "--- old\n"
				 "+++ new\n";

/* Reads all of it; returns how many hunks there were, or the error's code. */
static int read_all(const char *text, size_t size, unsigned flags,
		    struct err *err)
{
	enum patch_event event;
	struct stream *stream;
	struct patch *patch;
	int hunks = 0;

	err_clear(err);
	assert_int_equal(stream_open_bytes(&stream, text, size, err), 0);
	assert_int_equal(patch_open(&patch, stream, "x", flags, err), 0);
	do {
		if (patch_next(patch, &event, err) < 0)
			break;
		hunks += event == PATCH_HUNK;
	} while (event != PATCH_END);
	patch_close(patch);
	return err->code ? err->code : hunks;
}

/* Appends what the format stands for, with hashes of texts. */
static void add_hash(struct buf *out, const char *text)
{
	char hex[SHA256_HEX_SIZE];
	struct err err = ERR_INIT;

	assert_int_equal(sha256_hex(hex, text, strlen(text), &err), 0);
	buf_add_string(out, hex);
}

/* Replaces each {text} by the hash of that text, in which ; is a LF. */
static void expand(struct buf *out, const char *template)
{
	char text[256];

	for (const char *at = template; *at; at++) {
		size_t size = 0;

		if (*at != '{') {
			buf_add_char(out, *at);
			continue;
		}
		while (*++at != '}')
			text[size++] = (char)(*at == ';' ? '\n' : *at);
		text[size] = '\0';
		add_hash(out, text);
	}
}

/* ---- what is read ---- */

static const char sample[] =
	"From 0 Mon Sep 17 00:00:00 2001\n"
	"From: A <a@example.com>\n"
	"Subject: [D1 PATCH] Change\n"
	" things\n"
	"D1-Database: shop\n"
	"D1-Base: 1234\n"
	"D1-Table: lines +1 ~1 -0\n"
	" sha256:"
	"0123456789012345678901234567890123456789012345678901234567890123\n"
	"D1-Table: log +2 ~0 -0 sha256:"
	"0123456789012345678901234567890123456789012345678901234567890123\n"
	"\n"
	"Some words.\n"
	">From the start, 10:10:10 2001\n"
	"---\n"
	" lines | 2 +~\n"
	"\n"
	"# CREATE TABLE x(a);\n"
	"diff --git a/x b/x\n"
	"--- a/x\n"
	"+++ b/x\n"
	"@@ -1 +1 @@\n"
	"-diff\n"
	"+From here\n"
	"diff --d1 shop/lines\n"
	"columns - \"x y\"\n"
	"columns + z, \"a, b\"\n"
	"not compared: column q: a \\\\ and \\n\n"
	"key city, ref\n"
	"--- shop/remote\n"
	"+++ shop/local\n"
	"@@ ~ city='a @@' ref=1  name='M  n=2' @@\n"
	"-color: '#b5'\n"
	"+color: x'00ff'\n"
	" kept: 1.0\n"
	" body: text sha256 {one;two;}..{one;2}\n"
	" @@ -1,2 +1,2 @@\n"
	" |one\n"
	" -two\n"
	" +2\n"
	" \\ no newline at end of text\n"
	"@@ + city='b' ref=2 @@\n"
	"+body: text 2 sha256 {\\x ;two}\n"
	" +\\\"\\\\x \"\n"
	" +two\n"
	" \\ no newline at end of text\n"
	"diff --d1 shop/log\n"
	"new table\n"
	"--- a\n"
	"+++ b\n"
	"@@ + 2 rows, 1 before @@\n"
	"+\"x: y\": NULL\n"
	"-- \n"
	"0.1.0\n"
	"\n";

static const char *make_sample(size_t *size)
{
	static struct buf text;

	if (!text.data) {
		buf_init(&text, 1 << 20);
		expand(&text, sample);
	}
	*size = text.len;
	return text.data;
}

static struct patch *open_bytes(const char *text, size_t size)
{
	struct err err = ERR_INIT;
	struct stream *stream;
	struct patch *patch;

	assert_int_equal(stream_open_bytes(&stream, text, size, &err), 0);
	assert_int_equal(patch_open(&patch, stream, "x", 0, &err), 0);
	return patch;
}

static void expect_event(struct patch *patch, enum patch_event expected)
{
	struct err err = ERR_INIT;
	enum patch_event event;

	if (patch_next(patch, &event, &err) < 0)
		fail_msg("%s", err.message);
	assert_int_equal(event, expected);
}

static void check_update(const struct patch_hunk *hunk)
{
	static const char old_text[] = "one\ntwo\n";
	static const char new_text[] = "one\n2";
	const struct patch_cell *cells = hunk->cells;
	struct err err = ERR_INIT;
	struct buf out;

	assert_int_equal(hunk->op, PATCH_UPDATE);
	assert_int_equal(hunk->line, 30);
	assert_string_equal(hunk->key[0].name, "city");
	assert_int_equal(hunk->key[0].value.size, 4);
	assert_int_equal(hunk->key[1].value.integer, 1);
	assert_string_equal(hunk->label->name, "name");
	assert_int_equal(hunk->label->value.size, 6);
	assert_int_equal(hunk->ncells, 3);
	assert_string_equal(cells[0].name, "color");
	assert_int_equal(cells[0].values[PATCH_OLD]->type, VALUE_TEXT);
	assert_int_equal(cells[0].values[PATCH_NEW]->type, VALUE_BLOB);
	assert_true(cells[1].is_context);
	assert_null(cells[2].values[PATCH_OLD]);
	assert_int_equal(cells[2].line, 34);
	buf_init(&out, 1000);
	assert_int_equal(patch_text_apply(&out, cells[2].text, PATCH_OLD,
					  old_text, strlen(old_text), &err),
			 0);
	assert_string_equal(out.data, new_text);
	buf_clear(&out);
	assert_int_equal(patch_text_apply(&out, cells[2].text, PATCH_NEW,
					  new_text, strlen(new_text), &err),
			 0);
	assert_string_equal(out.data, old_text);
	buf_clear(&out);
	assert_int_equal(patch_text_apply(&out, cells[2].text, PATCH_NEW,
					  old_text, strlen(old_text), &err),
			 D1_ECONFLICT);
	buf_release(&out);
}

static void check_tables(struct patch *patch)
{
	const struct patch_table *table = patch_table(patch);
	const struct patch_hunk *hunk = patch_hunk(patch);

	expect_event(patch, PATCH_TABLE);
	assert_string_equal(table->database, "shop");
	assert_string_equal(table->name, "lines");
	assert_int_equal(table->line, 23);
	assert_int_equal(table->nonly[PATCH_OLD], 1);
	assert_string_equal(table->only[PATCH_OLD][0], "x y");
	assert_int_equal(table->nonly[PATCH_NEW], 2);
	assert_string_equal(table->only[PATCH_NEW][1], "a, b");
	assert_string_equal(table->not_compared, "column q: a \\ and \n");
	assert_int_equal(table->nkey, 2);
	assert_string_equal(table->key[1], "ref");
	assert_string_equal(table->labels[PATCH_OLD], "shop/remote");
	assert_string_equal(table->labels[PATCH_NEW], "shop/local");
	assert_int_equal(table->summary->inserted, 1);
	expect_event(patch, PATCH_HUNK);
	check_update(hunk);
	expect_event(patch, PATCH_HUNK);
	assert_int_equal(hunk->op, PATCH_INSERT);
	assert_int_equal(hunk->cells[0].values[PATCH_NEW]->size, 7);
	assert_memory_equal(hunk->cells[0].values[PATCH_NEW]->data, "\\x \ntwo",
			    7);
	expect_event(patch, PATCH_TABLE);
	assert_true(table->is_new);
	assert_int_equal(table->nkey, 0);
	expect_event(patch, PATCH_HUNK);
	assert_null(hunk->key);
	assert_int_equal(hunk->count, 2);
	assert_int_equal(hunk->before, 1);
	assert_string_equal(hunk->cells[0].name, "x: y");
	assert_int_equal(hunk->cells[0].values[PATCH_NEW]->type, VALUE_NULL);
}

static void a_patch_is_read(void **state)
{
	size_t size;
	const char *text = make_sample(&size);
	struct patch *patch = open_bytes(text, size);
	const struct patch_mail *mail = patch_mail(patch);

	(void)state;
	expect_event(patch, PATCH_MAIL);
	assert_string_equal(mail->from, "A <a@example.com>");
	assert_string_equal(mail->subject, "[D1 PATCH] Change things");
	assert_string_equal(mail->database, "shop");
	assert_string_equal(mail->base, "1234");
	assert_int_equal(mail->ntables, 2);
	check_tables(patch);
	expect_event(patch, PATCH_END);
	expect_event(patch, PATCH_END);
	patch_close(patch);
}

static void mails_are_read_one_after_another(void **state)
{
	size_t size;
	const char *text = make_sample(&size);
	struct err err = ERR_INIT;
	struct buf both;

	(void)state;
	buf_init(&both, 1 << 20);
	buf_add(&both, text, size);
	buf_add(&both, text, size);
	assert_int_equal(read_all(both.data, both.len, 0, &err), 6);
	buf_release(&both);
}

static void line_ends_may_change(void **state)
{
	size_t size;
	const char *text = make_sample(&size);
	struct err err = ERR_INIT;
	struct buf crlf;

	(void)state;
	buf_init(&crlf, 1 << 20);
	for (size_t i = 0; i < size; i++) {
		if (text[i] == '\n')
			buf_add_char(&crlf, '\r');
		buf_add_char(&crlf, text[i]);
	}
	assert_int_equal(read_all(crlf.data, crlf.len, 0, &err), 3);
	buf_release(&crlf);
}

/* ---- what is cut off ---- */

static void nothing_cut_off_passes(void **state)
{
	size_t size;
	const char *text = make_sample(&size);
	const char *tables = strstr(text, "diff --d1");
	size_t whole = (size_t)(strstr(text, "\n-- ") + 3 - text);
	size_t before = (size_t)(tables - text);
	struct err err = ERR_INIT;

	(void)state;
	for (size_t cut = 0; cut < size; cut++) {
		if ((read_all(text, cut, 0, &err) >= 0) != (cut >= whole))
			fail_msg("cut at %zu of %zu: %s", cut, size,
				 err.message);
	}
	/* without a mail nothing tells of lines that are missing as a whole */
	for (size_t cut = 0; before + cut < whole; cut++)
		if (read_all(tables, cut, 0, &err) >= 0 &&
		    tables[cut - 1] != '\n' && tables[cut] != '\n' &&
		    tables[cut - 1] != '-')
			fail_msg("cut at %zu", cut);
}

/* ---- what is refused ---- */

struct refusal {
	const char *head;
	const char *text;
	const char *message;
};

static const struct refusal refusals[] = {
	{ "", "", "x: not a patch of rows: no line begins with 'diff --d1 '" },
	{ "", "diff --d1 \n",
	  "x:1: expected the name of a table, as in 'diff --d1 shop/lines'" },
	{ "", "diff --d1 a b\n",
	  "x:1: expected the name of a table, as in 'diff --d1 shop/lines'" },
	{ "", "diff --d1 t\n+++ new\n",
	  "x:2: expected a note, 'key ' and columns, or '--- ' and what the "
	  "old side is called" },
	{ "", "diff --d1 t\n--- old\n@@\n",
	  "x:3: expected '+++ ' and what the new side is called" },
	{ "", "diff --d1 t\nkey a, A\n", "x:2: column 'A' stands there twice" },
	{ "", "diff --d1 t\nkey a,b\n",
	  "x:2: expected names of columns, with a comma and a blank between "
	  "them" },
	{ "", "diff --d1 t\nnew table\ndeleted table\n",
	  "x:3: this line stands there for the second time" },
	{ "", "diff --d1 t\nkey a\nnew table\n",
	  "x:3: a note stands before 'key' and '---'" },
	{ "", "diff --d1 t\n--- old\n",
	  "x:2: the patch is cut off in the head of a table" },
	{ head, "diff --d1 shop/t\n--- o\n+++ n\n",
	  "x:5: table 't' comes for the second time" },
	{ head, "diff --d1 shop/s\n--- o\n+++ n\n",
	  "x:5: table 's' comes after 't': tables stand in the order of their "
	  "names, each once" },
	{ head, "hello\n",
	  "x:5: expected '@@ ', 'diff --d1 ' or the end of the patch" },
	{ head, "\nhello\n",
	  "x:6: expected 'diff --d1', '-- ' or the end after an empty line" },
	{ head, "@@ * id=1 @@\n", "x:5: expected '@@ + ', '@@ - ' or '@@ ~ '" },
	{ head, "@@ + x=1 @@\n", "x:5: expected the key: id=VALUE" },
	{ head, "@@ + id=1 2 @@\n",
	  "x:5: expected ' @@' at the end of the "
	  "line" },
	{ head, "@@ + id=1\n", "x:5: expected ' @@' at the end of the line" },
	{ head, "@@ + id=NULL @@\n",
	  "x:5: NULL in the key: such a row is told apart by all of its "
	  "values" },
	{ head, "@@ ~ 1 row, 1 before @@\n",
	  "x:5: an update without a key: a row that no key tells apart is "
	  "deleted and inserted" },
	{ head, "@@ - 2 rows, 1 before @@\n",
	  "x:5: 2 rows cannot be deleted of 1" },
	{ head, "@@ + 9223372036854775807 rows, 1 before @@\n",
	  "x:5: more rows than a table can have" },
	{ head, "@@ + 99999999999999999999 rows, 1 before @@\n",
	  "x:5: expected the key: id=VALUE" },
	{ plain_head, "@@ + 01 rows, 1 before @@\n",
	  "x:4: expected numbers, as in '2 rows, 1 before': the table has no "
	  "key" },
	{ plain_head, "@@ + 0 rows, 1 before @@\n",
	  "x:4: expected one row at least" },
	{ head, "@@ ~ id=1  label @@\n",
	  "x:5: expected NAME=VALUE after two blanks" },
	{ head, "@@ ~ id=1 @@\n", "x:5: an update that changes no column" },
	{ head, "@@ ~ id=1 @@\n a: 1\n",
	  "x:5: an update that changes no column" },
	{ head, "@@ ~ id=1 @@\n-a: 1\n",
	  "x:7: expected the new value of column 'a', with '+'" },
	{ head, "@@ ~ id=1 @@\n-a: 1\n+b: 2\n",
	  "x:7: expected the new value of column 'a', with '+'" },
	{ head, "@@ ~ id=1 @@\n+a: 1\n",
	  "x:6: a new value follows its old one" },
	{ head, "@@ + id=1 @@\n-a: 1\n",
	  "x:6: a column of an inserted row begins with '+'" },
	{ head, "@@ - id=1 @@\n+a: 1\n",
	  "x:6: a column of a deleted row begins with '-'" },
	{ head, "@@ + id=1 @@\n+a: 1\n+A: 2\n",
	  "x:5: column 'A' stands there twice" },
	{ head, "@@ + id=1 @@\n+id: 1\n",
	  "x:6: column 'id' is part of the key and stands in the line with "
	  "'@@' already" },
	{ head, "@@ ~ id=1 @@\n-id: 1.0\n+id: 2\n",
	  "x:6: the old value of 'id' is not the one in the line with '@@'" },
	{ head, "@@ + id=1 @@\n+a: \n",
	  "x:6: expected a value: NULL, 42, 1.0, 'text' or x'00ff', and "
	  "nothing after it" },
	{ head, "@@ + id=1 @@\n+a: 1 \n",
	  "x:6: expected a value: NULL, 42, 1.0, 'text' or x'00ff', and "
	  "nothing after it" },
	{ head, "@@ + id=1 @@\n+a: 'a\rb'\n",
	  "x:6: a control character, or bytes that are not UTF-8: what is no "
	  "plain text is escaped in a patch" },
	{ head, "@@ + id=1 @@\n+a: 'a\xe2\x80\xae'\n",
	  "x:6: a control character, or bytes that are not UTF-8: what is no "
	  "plain text is escaped in a patch" },
	{ head, "@@ + id=1 @@\n+a: 'a\xff'\n",
	  "x:6: a control character, or bytes that are not UTF-8: what is no "
	  "plain text is escaped in a patch" },
	{ head, "@@ + id=1 @@\n+a: 'a'\r\n",
	  "x:6: a CR at the end of the line, and none at the ends of those "
	  "before" },
	{ head, "@@ + id=1 @@\n+a: 'a'",
	  "x:6: the line has no end: the patch is cut off" },
	{ head, "@@ + id=1 @@\na: 1\n",
	  "x:6: expected '@@ ', 'diff --d1 ' or the end of the patch" },
	{ head, "@@ + id=1 @@\n +stray\n",
	  "x:6: expected a column and its value: ' NAME: VALUE'" },
	{ head, "@@ + id=1 @@\n+a: text 1\n +x\n",
	  "x:6: expected a number of lines and a hash: 'text 2 sha256 <64 "
	  "digits>'" },
	{ head, "@@ + id=1 @@\n+a: text 1 sha256 \n +x\n",
	  "x:6: expected a number of lines and a hash: 'text 2 sha256 <64 "
	  "digits>'" },
	{ head, "@@ + id=1 @@\n+a: text 2 sha256 {x;}\n +x\n",
	  "x:8: expected a line of the text: ' |', ' -' or ' +' and what "
	  "stands in it" },
	{ head, "@@ + id=1 @@\n+a: text 1 sha256 {x;}\n +x\n +y\n",
	  "x:8: more lines than the 1 of the text" },
	{ head, "@@ + id=1 @@\n+a: text 1 sha256 {x;}\n -x\n",
	  "x:7: expected ' +': all lines of this text have that sign" },
	{ head,
	  "@@ + id=1 @@\n+a: text 2 sha256 {x;}\n +x\n"
	  " \\ no newline at end of text\n +y\n",
	  "x:7: only the last line can have no newline" },
	{ head, "@@ + id=1 @@\n+a: text 1 sha256 {x;}\n +x \n",
	  "x:7: a blank at the end of a line: a line of a text that ends in "
	  "one is written \\\"...\"" },
	{ head, "@@ + id=1 @@\n+a: text 1 sha256 {x;}\n +\\x\n",
	  "x:7: expected \\\"...\" after the sign: a line that begins with a "
	  "backslash is quoted" },
	{ head, "@@ + id=1 @@\n+a: text 1 sha256 {y}\n +y\n",
	  "x:6: these lines do not make the text whose hash stands there: "
	  "theirs is 3bb2abb69ebb27fbfe63c7639624c6ec5e331b841a5bc8c3ebc10b928"
	  "5e90877" },
	{ head, "@@ ~ id=1 @@\n a: text sha256 {x}..y\n",
	  "x:6: expected the hashes of the old and the new text: 'text sha256 "
	  "<64 digits>..<64 digits>'" },
	{ head, "@@ ~ id=1 @@\n a: text sha256 {x}..{y}\n",
	  "x:7: expected where lines of the text change: ' @@ -1,3 +1,4 "
	  "@@'" },
	{ head,
	  "@@ ~ id=1 @@\n a: text sha256 {x}..{y}\n @@ -1,1 +1,1 @@\n -x\n",
	  "x:9: expected a line of the text: ' |', ' -' or ' +' and what "
	  "stands in it" },
	{ head,
	  "@@ ~ id=1 @@\n a: text sha256 {x}..{y}\n @@ -1,1 +1,1 @@\n -x\n"
	  " -y\n",
	  "x:9: more lines than the line above with '@@' counts" },
	{ head,
	  "@@ ~ id=1 @@\n a: text sha256 {x}..{y}\n @@ -0,1 +1,1 @@\n -x\n",
	  "x:7: expected where lines of the text change: ' @@ -1,3 +1,4 "
	  "@@'" },
	{ head, "@@ ~ id=1 @@\n a: text sha256 {x}..{y}\n @@ -1,0 +1,0 @@\n",
	  "x:7: no lines that change" },
	{ head,
	  "@@ ~ id=1 @@\n a: text sha256 {x}..{y}\n @@ -1,1 +1,1 @@\n -x\n"
	  " +y\n @@ -1,1 +1,1 @@\n -x\n +y\n",
	  "x:10: these lines do not follow those before: expected -2,... "
	  "+2,... or later ones, as far down on both sides" },
	{ head,
	  "@@ ~ id=1 @@\n a: text sha256 {x}..{y}\n @@ -1,1 +5,1 @@\n -x\n"
	  " +y\n @@ -9,1 +1,1 @@\n -x\n +y\n",
	  "x:7: these lines do not follow those before: expected -1,... "
	  "+1,... or later ones, as far down on both sides" },
	{ head,
	  "@@ ~ id=1 @@\n a: text sha256 {x}..{y}\n"
	  " @@ -1,99999999999999999999 +1,1 @@\n -x\n +y\n",
	  "x:7: expected where lines of the text change: ' @@ -1,3 +1,4 "
	  "@@'" },
	{ head,
	  "@@ ~ id=1 @@\n a: text sha256 {x}..{y}\n @@ -1,2 +1,1 @@\n -x\n"
	  " \\ no newline at end of text\n -y\n +y\n",
	  "x:10: a line after the last one of the text, which has no "
	  "newline" },
	{ "", "diff --d1 t\nnew table\n--- o\n+++ n\n@@ - 1 row, 1 before @@\n",
	  "x:5: a new table has inserted rows only" },
	{ "Content-Transfer-Encoding: quoted-printable\n\n", "",
	  "x:1: the mail's Content-Transfer-Encoding is 'quoted-printable': "
	  "its lines are not those of the patch" },
	{ "Subject: x\nContent-Type: multipart/mixed;\n boundary=x\n\n", "",
	  "x:2: the mail's Content-Type is 'multipart/mixed; boundary=x': its "
	  "lines are not those of the patch" },
	{ "D1-Table: t +1\n\n", "",
	  "x:1: expected a table, its numbers and its hash: 'D1-Table: lines "
	  "+1 ~0 -2 sha256:<64 digits>'" },
	{ "D1-Table: t +1 ~0 -0 sha256:{}\n\n",
	  "diff --d1 t\nkey a\n--- o\n"
	  "+++ n\n@@ + a=1 @@\n@@ + a=2 @@\n-- \n",
	  "x:3: table 't' has 2 rows that are inserted, and the header of the "
	  "mail tells of 1" },
	{ "D1-Table: u +1 ~0 -0 sha256:{}\n\n",
	  "diff --d1 t\nkey a\n--- o\n"
	  "+++ n\n@@ + a=1 @@\n-- \n",
	  "x:3: the header of the mail does not tell of table 't'" },
	{ "D1-Table: u +1 ~0 -0 sha256:{}\n\n",
	  "diff --d1 t\nkey a\n--- o\n"
	  "+++ n\n-- \n",
	  "x:1: the header of the mail tells of table 'u', and the patch does "
	  "not have it" },
	{ "D1-Table: t +1 ~0 -0 sha256:{}\n\n",
	  "diff --d1 t\nkey a\n--- o\n"
	  "+++ n\n@@ + a=1 @@\n",
	  "x:7: expected '-- ' at the end of the mail" },
};

static void what_is_wrong_is_refused(void **state)
{
	struct err err = ERR_INIT;
	struct buf text;

	(void)state;
	buf_init(&text, 1 << 20);
	for (size_t i = 0; i < ARRAY_SIZE(refusals); i++) {
		buf_clear(&text);
		expand(&text, refusals[i].head);
		expand(&text, refusals[i].text);
		(void)read_all(text.data ? text.data : "", text.len, 0, &err);
		assert_string_equal(err.message, refusals[i].message);
		assert_int_equal(err.code, D1_ERROR);
	}
	buf_release(&text);
}

static void an_edited_patch_can_be_recounted(void **state)
{
	struct err err = ERR_INIT;
	struct buf text;

	(void)state;
	buf_init(&text, 1 << 20);
	expand(&text, "D1-Table: t +9 ~0 -0 sha256:{}\n"
		      "D1-Table: u +9 ~0 -0 sha256:{}\n\n");
	buf_add_string(&text, head);
	buf_add_string(&text, "@@ + id=1 @@\n");
	assert_true(read_all(text.data, text.len, 0, &err) < 0);
	assert_int_equal(read_all(text.data, text.len, PATCH_RECOUNT, &err), 1);
	buf_release(&text);
}

static void a_redacted_patch_is_told(void **state)
{
	static const char text[] = "diff --d1 t\nredacted\nkey a\n--- o\n"
				   "+++ n\n@@ ~ a=1 @@\n-b: redacted\n"
				   "+b: redacted\n";
	struct patch *patch = open_bytes(text, sizeof(text) - 1);

	(void)state;
	expect_event(patch, PATCH_TABLE);
	assert_true(patch_table(patch)->is_redacted);
	expect_event(patch, PATCH_HUNK);
	assert_true(patch_hunk(patch)->cells[0].is_redacted);
	assert_null(patch_hunk(patch)->cells[0].values[PATCH_OLD]);
	expect_event(patch, PATCH_END);
	patch_close(patch);
}

/* A stream that never ends a line. */
static int endless_read(struct stream *stream, void *data, size_t size,
			size_t *got, struct err *err)
{
	(void)stream;
	(void)err;
	memset(data, ' ', size);
	*got = size;
	return 0;
}

static void endless_close(struct stream *stream)
{
	free(stream);
}

static void a_line_without_end_is_refused(void **state)
{
	struct stream *stream = calloc(1, sizeof(*stream));
	struct err err = ERR_INIT;
	enum patch_event event;
	struct patch *patch;

	(void)state;
	assert_non_null(stream);
	*stream = (struct stream){ endless_read, endless_close };
	assert_int_equal(patch_open(&patch, stream, "x", 0, &err), 0);
	assert_int_equal(patch_next(patch, &event, &err), D1_ERROR);
	assert_string_equal(err.message,
			    "x:1: a line of more than 67108864 bytes");
	patch_close(patch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_patch_is_read),
		cmocka_unit_test(mails_are_read_one_after_another),
		cmocka_unit_test(line_ends_may_change),
		cmocka_unit_test(nothing_cut_off_passes),
		cmocka_unit_test(what_is_wrong_is_refused),
		cmocka_unit_test(an_edited_patch_can_be_recounted),
		cmocka_unit_test(a_redacted_patch_is_told),
		cmocka_unit_test(a_line_without_end_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
