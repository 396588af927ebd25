#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "format/script.h"
#include "format/wranglercut.h"
#include "util/buf.h"
#include "workspace/checkparts.h"

/* A longer migration holds rows, and nobody wrote it by hand. */
enum { MAX_FILE = 8 << 20 };

/* A migration while it is looked through. */
struct reading {
	struct checking *checking;
	struct gate_check *check;
	const char *name;
	const char *path;
	struct buf text;
};

static int warn(const struct reading *self, uint64_t line, const char *message,
		const char *remedy, struct err *err)
{
	return gate_add_finding(self->checking->report, self->check,
				&(struct gate_finding){ .kind = GATE_WARNING,
							.message = message,
							.remedy = remedy,
							.path = self->path,
							.line = line },
				err);
}

static int check_statement(struct reading *self,
			   const struct script_statement *statement,
			   struct err *err)
{
	enum wranglercut cut;

	if (wranglercut_check(&cut, statement->text, statement->size, err) <
		    0 ||
	    cut != WRANGLERCUT_WRONG)
		return err->code;
	return warn(self, statement->line,
		    "wrangler before 4.137 cuts this statement in the wrong "
		    "place",
		    "write CASE, BEGIN and END in capitals with blanks around "
		    "them, and names like these in double quotes",
		    err);
}

/* What cannot be read is found by other checks. */
static int check_statements(struct reading *self, struct script *script,
			    struct err *err)
{
	struct script_statement statement, last = { .text = NULL };
	struct err unread = ERR_INIT;

	while (script_next(script, &statement, &unread) == 0 &&
	       statement.text) {
		last = statement;
		if (check_statement(self, &statement, err) < 0)
			return err->code;
	}
	if (unread.code || !last.size || last.is_ended)
		return 0;
	return warn(self, last.line,
		    "the last statement has no ';' behind it, and wrangler "
		    "puts one of its own there",
		    "end it with ';'", err);
}

static int check_transaction(struct reading *self, struct err *err)
{
	const char *text = self->text.data;
	const char *found = wranglercut_find_transaction(text, self->text.len);
	uint64_t line = 1;

	if (!found)
		return 0;
	for (; text < found; text++)
		line += *text == '\n';
	return warn(self, line,
		    "wrangler takes BEGIN TRANSACTION for a statement, also "
		    "in a comment or a text",
		    "write these words in another way", err);
}

static int check_text(struct reading *self, struct err *err)
{
	struct script *script = NULL;
	struct stream *stream;

	if (self->text.len == 0)
		return 0;
	if (stream_open_bytes(&stream, self->text.data, self->text.len, err) <
		    0 ||
	    script_open(&script, stream, self->name, err) < 0)
		return err->code;
	if (check_statements(self, script, err) == 0)
		(void)!check_transaction(self, err);
	script_close(script);
	return err->code;
}

static int check_file(struct checking *checking, struct gate_check *check,
		      const char *name, struct err *err)
{
	struct reading self = { .checking = checking,
				.check = check,
				.name = name };
	struct stream *stream = NULL;
	struct err unread = ERR_INIT;
	char *path;

	if (check_migration_path(&path, checking, name, err) < 0)
		return err->code;
	self.path = path;
	buf_init(&self.text, MAX_FILE);
	if (filetree_open(checking->view.files, name, &stream, &unread) == 0 &&
	    stream_read_all(stream, &self.text, name, &unread) == 0)
		(void)!check_text(&self, err);
	if (unread.code == D1_ENOMEM && !err->code)
		*err = unread;
	stream_close(stream);
	buf_release(&self.text);
	free(path);
	return err->code;
}

int check_for_wrangler(struct checking *checking, struct gate_check *check,
		       struct err *err)
{
	const struct drift *drift = &checking->drift;

	for (size_t i = 0; i < drift->count && !err->code; i++)
		if (drift->findings[i].kind == DRIFT_PENDING)
			(void)!check_file(checking, check,
					  drift->findings[i].name, err);
	return err->code;
}
