#include "config.h"

#include "apply/checkedschema.h"

#include <string.h>

#include "format/dataline.h"
#include "format/script.h"
#include "schema/objects.h"
#include "source/sqlite.h"
#include "util/buf.h"
#include "util/stream.h"

enum { MAX_TEXT = 1 << 30 }; /* of all definitions */

static const char write_anew[] = "write the snapshot anew: git d1 snapshot";

static int read_file(struct definition_file *file, struct filetree *tree,
		     struct problems *problems, struct err *err)
{
	struct stream *stream;

	if (filetree_open(tree, file->path, &stream, err) < 0)
		return err->code == D1_ECONFLICT ? problems_take(problems, err)
						 : err->code;
	(void)!stream_read_all(stream, &file->text, file->path, err);
	stream_close(stream);
	return err->code;
}

/* ---- what it defines ---- */

/* True if the text holds conflict markers, which are told. */
static bool has_conflicts(const struct definition_file *file,
			  struct problems *problems)
{
	const char *at = file->text.data;
	const char *end = at + file->text.len;
	bool found = false;

	for (uint64_t line = 1; at < end; line++) {
		const char *stop = memchr(at, '\n', (size_t)(end - at));
		size_t size = (size_t)((stop ? stop : end) - at);
		struct err conflict = ERR_INIT;

		if (*at == '<' &&
		    dataline_refuse_any(at, size, &conflict) == D1_ECONFLICT) {
			problems_add(problems, line,
				     "edit the file, or write the snapshot "
				     "anew: git d1 snapshot",
				     "%s", conflict.message);
			found = true;
		}
		at += size + 1;
	}
	return found;
}

static int define_all(struct checkedschema *definitions, struct script *script,
		      struct problems *problems, struct err *err)
{
	struct script_statement statement;

	for (;;) {
		if (script_next(script, &statement, err) < 0)
			return problems_take(problems, err);
		if (!statement.text)
			return 0;
		if (scratch_define(definitions->scratch, &statement,
				   script_name(script), err) < 0 &&
		    problems_take(problems, err) < 0)
			return err->code;
	}
}

static int define_file(struct checkedschema *definitions,
		       const struct definition_file *file,
		       struct problems *problems, struct err *err)
{
	struct stream *stream;
	struct script *script;

	/* triggers on a table that is missing are no problem of their own */
	if (has_conflicts(file, problems) || !definitions->complete)
		return 0;
	if (stream_open_bytes(&stream, file->text.data, file->text.len, err) <
		    0 ||
	    script_open(&script, stream, file->path, err) < 0)
		return err->code;
	(void)!define_all(definitions, script, problems, err);
	script_close(script);
	return err->code;
}

static int load_file(struct checkedschema *definitions,
		     struct definition_file *file, struct filetree *tree,
		     struct problems *problems, struct err *err)
{
	uint64_t before = problems->count;

	problems_begin(problems, file->path);
	if (file->found && !problems_add_kind(problems, file->kind) &&
	    read_file(file, tree, problems, err) == 0 && file->text.len > 0)
		(void)!define_file(definitions, file, problems, err);
	problems_end(problems);
	if (problems->count > before)
		definitions->complete = false;
	return err->code;
}

/* ---- its form ---- */

/* The line in which the texts differ first. */
static uint64_t first_difference(const struct buf *a, const struct buf *b)
{
	uint64_t line = 1;

	for (size_t i = 0; i < a->len && i < b->len && a->data[i] == b->data[i];
	     i++)
		line += a->data[i] == '\n';
	return line;
}

static int check_text(const struct definition_file *file,
		      const struct buf *expected, struct problems *problems,
		      struct err *err)
{
	const struct buf *text = &file->text;

	if (buf_check(expected, "the schema", err) < 0)
		return err->code;
	if (text->len == expected->len &&
	    (text->len == 0 ||
	     memcmp(text->data, expected->data, text->len) == 0))
		return 0;
	problems_begin(problems, file->path);
	problems_add(problems,
		     file->found ? first_difference(text, expected) : 0,
		     write_anew, "not in the form in which git-d1 writes it");
	problems_end(problems);
	return 0;
}

int checkedschema_check(const struct checkedschema *definitions,
			struct problems *problems, struct err *err)
{
	struct objects objects = { .count = 0 };
	struct buf expected;

	if (!definitions->complete)
		return 0;
	buf_init(&expected, MAX_TEXT);
	if (objects_read(&objects, definitions->database, err) < 0)
		goto out;
	objects_add_schema(&expected, &objects);
	if (check_text(&definitions->schema, &expected, problems, err) < 0)
		goto out;
	buf_clear(&expected);
	objects_add_triggers(&expected, &objects);
	(void)!check_text(&definitions->triggers, &expected, problems, err);
out:
	objects_release(&objects);
	buf_release(&expected);
	return err->code;
}

/* ---- loading ---- */

/* What stands at the top of the snapshot. */
struct top {
	struct checkedschema *definitions;
	bool has_data;
};

static void note_file(struct definition_file *file,
		      const struct filetree_entry *entry)
{
	if (strcmp(entry->name, file->path) != 0)
		return;
	file->found = true;
	file->kind = entry->kind;
}

static int note_entry(void *context, const struct filetree_entry *entry,
		      struct err *err)
{
	struct top *top = context;

	(void)err;
	note_file(&top->definitions->schema, entry);
	note_file(&top->definitions->triggers, entry);
	if (strcmp(entry->name, "data") == 0)
		top->has_data = true;
	return 0;
}

static int find_files(struct checkedschema *definitions, struct filetree *tree,
		      struct problems *problems, struct err *err)
{
	struct top top = { .definitions = definitions };

	if (filetree_list(tree, "", note_entry, &top, err) < 0)
		return err->code;
	if (definitions->schema.found)
		return 0;
	if (!definitions->triggers.found && !top.has_data)
		return err_set(err, D1_ENOTFOUND, "there is no snapshot");
	definitions->complete = false;
	problems_begin(problems, definitions->schema.path);
	problems_add(problems, 0, write_anew, "the file is missing");
	problems_end(problems);
	return 0;
}

int checkedschema_load(struct checkedschema *definitions, struct filetree *tree,
		       struct problems *problems, struct err *err)
{
	*definitions = (struct checkedschema){ .complete = true };
	definitions->schema.path = "schema.sql";
	definitions->triggers.path = "triggers.sql";
	buf_init(&definitions->schema.text, MAX_TEXT);
	buf_init(&definitions->triggers.text, MAX_TEXT);
	if (find_files(definitions, tree, problems, err) < 0 ||
	    scratch_open(&definitions->scratch, err) < 0 ||
	    load_file(definitions, &definitions->schema, tree, problems, err) <
		    0 ||
	    load_file(definitions, &definitions->triggers, tree, problems,
		      err) < 0 ||
	    sqlite_wrap(&definitions->database,
			scratch_handle(definitions->scratch),
			SQLITE_HANDLE_BORROWED, "the snapshot", err) < 0)
		checkedschema_release(definitions);
	return err->code;
}

void checkedschema_release(struct checkedschema *definitions)
{
	buf_release(&definitions->schema.text);
	buf_release(&definitions->triggers.text);
	source_close(definitions->database);
	scratch_close(definitions->scratch);
	*definitions = (struct checkedschema){ .complete = false };
}

const struct table *checkedschema_table(const struct checkedschema *definitions,
					const char *name)
{
	return schema_table(definitions->database->schema, name);
}
