#include "config.h"

#include "format/patchmail.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "format/patchhead.h"
#include "format/patchline.h"
#include "util/compiler.h"
#include "util/text.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* As git tells a mail from a line that begins with "From ": by its date. */
bool patch_is_mbox_line(const char *text, size_t size)
{
	static const char date[] = "00:00:00 0000";
	const size_t length = sizeof(date) - 1;
	const char *tail = text + size - length;

	if (size < 5 + length || memcmp(text, "From ", 5) != 0)
		return false;
	for (size_t i = 0; i < length; i++)
		if (date[i] == '0' ? !is_digit(tail[i]) : tail[i] != date[i])
			return false;
	return true;
}

bool patch_is_field(const char *text, size_t size, bool after_field)
{
	size_t at = 0;

	if (size > 0 && (text[0] == ' ' || text[0] == '\t'))
		return after_field;
	while (at < size && text[at] > ' ' && text[at] < 0x7f &&
	       text[at] != ':')
		at++;
	return at > 0 && at < size && text[at] == ':';
}

void patch_mail_init(struct patch_mail_reader *reader, struct patch_mail *mail,
		     struct arena *arena, const char *name)
{
	*reader = (struct patch_mail_reader){ .name = name,
					      .mail = mail,
					      .arena = arena };
	buf_init(&reader->field, PATCH_MAX_MAIL);
	memset(mail, 0, sizeof(*mail));
}

void patch_mail_release(struct patch_mail_reader *reader)
{
	buf_release(&reader->field);
}

/* ---- fields ---- */

/* Reads ` +12` and such. */
static bool take_count(uint64_t *count, const char *word, const char **text,
		       size_t *size)
{
	size_t taken;

	if (!text_take(text, size, word))
		return false;
	taken = patch_read_number(count, *text, *size);
	*text += taken;
	*size -= taken;
	return taken > 0 && *count <= INT64_MAX;
}

static struct patch_summary *new_summary(struct patch_mail_reader *reader,
					 struct err *err)
{
	struct patch_mail *mail = reader->mail;

	if (mail->ntables == reader->cap) {
		size_t cap = reader->cap ? reader->cap * 2 : 8;
		struct patch_summary *tables =
			arena_array(reader->arena, cap, sizeof(*tables));

		if (!tables) {
			err_set_nomem(err);
			return NULL;
		}
		if (mail->ntables > 0)
			memcpy(tables, mail->tables,
			       mail->ntables * sizeof(*tables));
		mail->tables = tables;
		reader->cap = cap;
	}
	return (struct patch_summary *)&mail->tables[mail->ntables++];
}

/* Reads `lines +1 ~0 -2 sha256:<64 hex>`. */
static int read_summary(struct patch_mail_reader *reader, const char *text,
			size_t size, struct err *err)
{
	struct patch_summary *summary = new_summary(reader, err);
	struct buf scratch;

	if (!summary)
		return err->code;
	buf_init(&scratch, PATCH_MAX_MAIL);
	if (!patch_read_name(&summary->table, &text, &size, &scratch,
			     reader->arena, err) ||
	    !take_count(&summary->inserted, " +", &text, &size) ||
	    !take_count(&summary->updated, " ~", &text, &size) ||
	    !take_count(&summary->deleted, " -", &text, &size) ||
	    !text_take(&text, &size, " sha256:") || size == 0 ||
	    patch_read_sha256(summary->sha256, text, size) != size) {
		if (!err->code)
			patch_refuse(reader->name, reader->line, err,
				     "expected a table, its numbers and its "
				     "hash: 'D1-Table: lines +1 ~0 -2 "
				     "sha256:<64 digits>'");
	}
	buf_release(&scratch);
	return err->code;
}

static int read_database(struct patch_mail_reader *reader, const char *text,
			 size_t size, struct err *err)
{
	struct buf scratch;

	reader->is_mail = true;
	buf_init(&scratch, PATCH_MAX_MAIL);
	if ((!patch_read_name(&reader->mail->database, &text, &size, &scratch,
			      reader->arena, err) ||
	     size > 0) &&
	    !err->code)
		patch_refuse(reader->name, reader->line, err,
			     "expected the name of a database: 'D1-Database: "
			     "shop'");
	buf_release(&scratch);
	return err->code;
}

static bool begins_with(const char *text, const char *word)
{
	return strncasecmp(text, word, strlen(word)) == 0;
}

/* True for a body in which lines stand as they are. */
static bool is_plain_encoding(const char *text)
{
	static const char *const plain[] = { "7bit", "8bit", "binary" };

	for (size_t i = 0; i < ARRAY_SIZE(plain); i++)
		if (begins_with(text, plain[i]))
			return true;
	return false;
}

static int refuse_body(const struct patch_mail_reader *reader, const char *what,
		       const char *text, struct err *err)
{
	patch_refuse(reader->name, reader->line, err,
		     "the mail's %s is '%.60s': its lines are not those of the "
		     "patch",
		     what, text);
	return err_hint(err,
			"save the patch itself, as it was attached or sent; or "
			"let git decode the mail: git mailinfo message.txt "
			"rows.patch <MAIL");
}

static int check_type(const struct patch_mail_reader *reader, const char *text,
		      struct err *err)
{
	if (begins_with(text, "multipart/") ||
	    strcasestr(text, "format=flowed"))
		return refuse_body(reader, "Content-Type", text, err);
	return 0;
}

/* Keeps the text for a field, if it is the first of its name. */
static int keep(struct patch_mail_reader *reader, const char **field,
		const char *text, struct err *err)
{
	reader->is_mail = true;
	if (*field)
		return 0;
	*field = arena_string(reader->arena, text);
	return *field ? 0 : err_set_nomem(err);
}

static int end_field(struct patch_mail_reader *reader, struct err *err)
{
	struct patch_mail *mail = reader->mail;
	const struct {
		const char *name;
		const char **field;
	} fields[] = {
		{ "From", &mail->from },
		{ "Date", &mail->date },
		{ "Subject", &mail->subject },
		{ "D1-Base", &mail->base },
	};
	char *name = reader->field.data;
	char *text;

	if (reader->field.len == 0)
		return 0;
	text = memchr(name, ':', reader->field.len);
	*text++ = '\0';
	text += strspn(text, " \t");
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		if (strcasecmp(name, fields[i].name) == 0)
			return keep(reader, fields[i].field, text, err);
	if (strcasecmp(name, "D1-Database") == 0)
		return read_database(reader, text, strlen(text), err);
	if (strcasecmp(name, "D1-Table") == 0) {
		reader->is_mail = true;
		return read_summary(reader, text, strlen(text), err);
	}
	if (strcasecmp(name, "Content-Transfer-Encoding") == 0 &&
	    !is_plain_encoding(text))
		return refuse_body(reader, "Content-Transfer-Encoding", text,
				   err);
	if (strcasecmp(name, "Content-Type") == 0)
		return check_type(reader, text, err);
	return 0;
}

int patch_mail_read(struct patch_mail_reader *reader, const char *text,
		    size_t size, uint64_t line, struct err *err)
{
	bool goes_on = text[0] == ' ' || text[0] == '\t';

	reader->size += size;
	if (reader->size > PATCH_MAX_MAIL)
		return patch_refuse(reader->name, line, err,
				    "the header of the mail is longer than "
				    "%d bytes",
				    PATCH_MAX_MAIL);
	if (!goes_on) {
		if (end_field(reader, err) < 0)
			return err->code;
		buf_clear(&reader->field);
		reader->line = line;
	}
	buf_add(&reader->field, text, size);
	return buf_check(&reader->field, "a field of the mail", err);
}

int patch_mail_end(struct patch_mail_reader *reader, struct err *err)
{
	return end_field(reader, err);
}
