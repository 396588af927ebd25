#include "config.h"

#include "apply/d1migration.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "cf/import.h"
#include "migrate/ledger.h"
#include "model/literal.h"
#include "model/sqltoken.h"
#include "util/trace.h"

enum {
	MAX_TEXT = 1 << 28, /* of a migration, bytes */
	MAX_SQL = 1 << 16,
	MAX_ERROR = 1 << 26, /* an answer is in it */
};

/* A statement that fails, and says by what it fails that it was reached. */
static const char probe_sql[] =
	"SELECT json_extract('{}', 'git-d1 reached the end')";
/* In the place of the ledger's statements, if nothing is noted there. */
static const char nothing_sql[] = "SELECT 1";
static const char probe_mark[] = "git-d1 reached the end";
/* What is before the answer to a question in the message of its error. */
static const char answer_mark[] = "git-d1 answers ";

/* A statement of the file, where it is in the text. */
struct piece {
	size_t at;
	size_t size;
	uint64_t line;
};

struct sending {
	const struct d1_migration *migration;
	struct buf text; /* the statements, one after another */
	struct piece *pieces;
	size_t count;
	size_t cap;
	struct buf creation; /* of the ledger */
	struct buf record;
	bool has_trigger;
	bool as_import;
	enum d1_fate fate;
	struct buf sql_error; /* of the last run; empty: there was none */
};

/* ---- the file ---- */

/* CREATE [TEMP] TRIGGER */
static bool is_trigger(const struct script_statement *statement)
{
	struct sqltokens tokens = { statement->text, statement->size };
	struct sqltoken token;

	if (!sqltoken_next(&token, &tokens) || !sqltoken_is(&token, "CREATE"))
		return false;
	while (sqltoken_next(&token, &tokens) &&
	       (sqltoken_is(&token, "TEMP") ||
		sqltoken_is(&token, "TEMPORARY")))
		;
	return sqltoken_is(&token, "TRIGGER");
}

static int add_piece(struct sending *self,
		     const struct script_statement *statement, struct err *err)
{
	if (statement->size > D1_MAX_SQL)
		return err_set(err, D1_EREFUSED,
			       "%s:%" PRIu64 ": the statement has %zu bytes, "
			       "and D1 takes %d at most",
			       script_name(self->migration->script),
			       statement->line, statement->size, D1_MAX_SQL);
	if (self->count == self->cap) {
		size_t cap = self->cap ? self->cap * 2 : 64;
		struct piece *pieces =
			reallocarray(self->pieces, cap, sizeof(*pieces));

		if (!pieces)
			return err_set_nomem(err);
		self->pieces = pieces;
		self->cap = cap;
	}
	self->pieces[self->count++] = (struct piece){ .at = self->text.len,
						      .size = statement->size,
						      .line = statement->line };
	buf_add(&self->text, statement->text, statement->size);
	self->has_trigger = self->has_trigger || is_trigger(statement);
	return buf_check(&self->text, "a migration", err);
}

/* A path that were NULL would not fail, and all would be written. */
static void add_question(struct sending *self)
{
	const char *question = self->migration->question;

	if (question)
		buf_add_format(&self->record,
			       "SELECT json_extract('{}', '%s' || "
			       "ifnull((%s), ''))",
			       answer_mark, question);
	else
		buf_add_string(&self->record, nothing_sql);
}

static int read_file(struct sending *self, struct err *err)
{
	struct script_statement statement;

	do {
		if (script_next(self->migration->script, &statement, err) < 0)
			return err->code;
		if (statement.text && add_piece(self, &statement, err) < 0)
			return err->code;
	} while (statement.text);
	if (self->migration->ledger) {
		ledger_add_creation(&self->creation, self->migration->ledger);
		ledger_add_record(&self->record, self->migration->ledger);
	} else {
		buf_add_string(&self->creation, nothing_sql);
		add_question(self);
	}
	if (buf_check(&self->creation, "a statement", err) < 0)
		return err->code;
	return buf_check(&self->record, "a statement", err);
}

/* ---- sending ---- */

static void note_error(struct sending *self, const char *text)
{
	buf_clear(&self->sql_error);
	if (!text)
		return;
	buf_add_string(&self->sql_error, text);
	trace_printf(TRACE_GENERAL, "d1: %s", text);
}

/*
 * The first `count` statements of the file, and the ledger's row if these are
 * all, else the probe. The caller frees them.
 */
static struct d1_statement *make_statements(const struct sending *self,
					    size_t count, bool probe,
					    const struct d1_param *name)
{
	struct d1_statement *statements =
		calloc(count + 2, sizeof(*statements));

	if (!statements)
		return NULL;
	statements[0].sql = self->creation.data;
	statements[0].sql_size = self->creation.len;
	for (size_t i = 0; i < count; i++) {
		statements[i + 1].sql = self->text.data + self->pieces[i].at;
		statements[i + 1].sql_size = self->pieces[i].size;
	}
	statements[count + 1].sql = probe ? probe_sql : self->record.data;
	statements[count + 1].sql_size =
		probe ? sizeof(probe_sql) - 1 : self->record.len;
	if (!probe && self->migration->ledger) {
		statements[count + 1].params = name;
		statements[count + 1].nparams = 1;
	}
	return statements;
}

static int send_call(struct sending *self, size_t count, bool probe,
		     struct err *err)
{
	const struct d1_migration *migration = self->migration;
	const struct d1_param name = { migration->name,
				       strlen(migration->name) };
	struct d1_statement *statements =
		make_statements(self, count, probe, &name);
	struct d1_reply reply;

	d1_reply_init(&reply);
	self->fate = D1_NOT_DONE;
	if (!statements) {
		err_set_nomem(err);
		goto out;
	}
	(void)!d1_raw(&reply, migration->client, migration->database_id,
		      statements, count + 2, D1_WRITE, err);
	self->fate = reply.fate;
	note_error(self, reply.sql_error);
out:
	d1_reply_release(&reply);
	free(statements);
	return err->code;
}

static bool fits_call(const struct sending *self)
{
	const struct d1_migration *migration = self->migration;
	const struct d1_param name = { migration->name,
				       strlen(migration->name) };
	struct d1_statement *statements =
		make_statements(self, self->count, false, &name);
	bool fits = statements &&
		    statements_size(statements, self->count + 2) <= D1_MAX_BODY;

	free(statements);
	return fits;
}

/* An import has no parameters: the name is a literal in it. */
static int write_import(const struct sending *self, FILE *file, size_t count,
			bool probe, struct err *err)
{
	const struct value name = { .type = VALUE_TEXT,
				    .data = self->migration->name,
				    .size = strlen(self->migration->name) };
	struct buf text;
	uint64_t random;

	/* D1 takes an import that it knows for a repetition */
	if (getrandom(&random, sizeof(random), 0) != sizeof(random))
		return err_set_errno(err, "no random number can be had");
	fprintf(file, "-- %016" PRIx64 "\n%s;\n", random, self->creation.data);
	for (size_t i = 0; i < count; i++) {
		fwrite(self->text.data + self->pieces[i].at, 1,
		       self->pieces[i].size, file);
		/* a comment may be the end of the statement */
		fputs("\n;\n", file);
	}
	buf_init(&text, MAX_SQL);
	if (probe) {
		buf_add_string(&text, probe_sql);
	} else if (!self->migration->ledger) {
		buf_add(&text, self->record.data, self->record.len);
	} else {
		buf_add(&text, self->record.data,
			self->record.len - strlen("?1)"));
		literal_add(&text, &name);
		buf_add_char(&text, ')');
	}
	if (buf_check(&text, "a statement", err) == 0)
		fprintf(file, "%s;\n", text.data);
	buf_release(&text);
	if (!err->code && (fflush(file) == EOF || ferror(file)))
		err_set_errno(err, "the import file cannot be written");
	return err->code;
}

static int send_import(struct sending *self, size_t count, bool probe,
		       struct err *err)
{
	const struct d1_migration *migration = self->migration;
	struct d1_import_reply reply = { .fate = D1_NOT_DONE };
	FILE *file = tmpfile();
	off_t size;

	self->fate = D1_NOT_DONE;
	if (!file)
		return err_set_errno(err, "no temporary file can be made");
	if (write_import(self, file, count, probe, err) < 0)
		goto out;
	size = ftello(file);
	(void)!d1_import(&reply, migration->client, migration->database_id,
			 migration->bookmark, fileno(file), (uint64_t)size,
			 err);
	self->fate = reply.fate;
	note_error(self, reply.sql_error);
	d1_import_reply_release(&reply);
out:
	fclose(file);
	return err->code;
}

static int send(struct sending *self, size_t count, bool probe, struct err *err)
{
	return self->as_import ? send_import(self, count, probe, err)
			       : send_call(self, count, probe, err);
}

/* ---- which statement it was ---- */

static bool has(const struct sending *self, const char *text)
{
	return self->sql_error.data && strstr(self->sql_error.data, text);
}

/* *fine tells whether the first `count` statements pass. */
static bool try_first(struct sending *self, size_t count, bool *fine)
{
	struct err failed = ERR_INIT;

	if (send(self, count, true, &failed) == 0 || self->sql_error.len == 0)
		return false;
	*fine = has(self, probe_mark);
	return true;
}

/*
 * The statement that fails, or count if none does by itself: the end does,
 * where deferred foreign keys are looked at. False if nobody can say.
 */
static bool find_failing(struct sending *self, size_t *failing)
{
	size_t fine = 0;
	size_t bad = self->count + 1; /* the first so many do not pass */

	while (bad - fine > 1) {
		size_t middle = fine + (bad - fine) / 2;
		bool passes;

		if (middle > self->count)
			middle = self->count;
		if (!try_first(self, middle, &passes))
			return false;
		if (passes && middle == self->count) {
			*failing = self->count;
			return true;
		}
		if (passes)
			fine = middle;
		else
			bad = middle;
	}
	*failing = bad - 1;
	return true;
}

/* The line of the byte that D1 names in "... at offset 12: SQLITE_ERROR". */
static uint64_t line_of(const struct sending *self, const struct piece *piece,
			const char *message)
{
	static const char mark[] = " at offset ";
	const char *text = self->text.data + piece->at;
	const char *found = strstr(message, mark);
	uint64_t line = piece->line;
	size_t offset = found ? strtoul(found + strlen(mark), NULL, 10) : 0;

	for (size_t i = 0; i < offset && i < piece->size; i++)
		line += text[i] == '\n';
	return line;
}

/* Makes `err` the message that says where it failed, and how. */
static int place_error(struct sending *self, const char *message,
		       struct err *err)
{
	const char *name = script_name(self->migration->script);
	const struct piece *piece;
	size_t failing;

	err_clear(err);
	if (!find_failing(self, &failing))
		return err_set(err, D1_ERROR, "%s: %s", name, message);
	if (failing == self->count && !self->migration->ledger)
		return err_set(err, D1_ERROR, "%s: at its end: %s", name,
			       message);
	if (failing == self->count)
		return err_set(err, D1_ERROR,
			       "%s: at its end, where it is noted in '%s': %s",
			       name, self->migration->ledger, message);
	piece = &self->pieces[failing];
	err_set(err, D1_ERROR, "%s:%" PRIu64 ": %s", name,
		line_of(self, piece, message), message);
	return script_hint(self->text.data + piece->at, piece->size, err);
}

/* ---- all of it ---- */

/* The error by which the question answers is none. */
static int take_answer(struct sending *self, struct err *err)
{
	const char *found = self->sql_error.data && self->migration->question
				    ? strstr(self->sql_error.data, answer_mark)
				    : NULL;

	if (!found)
		return err->code;
	buf_add_string(self->migration->answer, found + strlen(answer_mark));
	buf_clear(&self->sql_error);
	err_clear(err);
	return buf_check(self->migration->answer, "the answer", err);
}

static int run(struct sending *self, struct err *err)
{
	bool can_import = self->migration->can_import;

	self->as_import = can_import && (self->has_trigger || !fits_call(self));
	if (send(self, self->count, false, err) == 0)
		return 0;
	/* what D1 makes of statements that it cuts apart by itself */
	if (self->as_import || !can_import || self->fate != D1_NOT_DONE ||
	    !has(self, "incomplete input"))
		return err->code;
	self->as_import = true;
	err_clear(err);
	return send(self, self->count, false, err);
}

int d1_migrate(enum d1_fate *fate, const struct d1_migration *migration,
	       struct err *err)
{
	struct sending self = { .migration = migration, .fate = D1_NOT_DONE };
	char *message;

	buf_init(&self.text, MAX_TEXT);
	buf_init(&self.creation, MAX_SQL);
	buf_init(&self.record, MAX_SQL);
	buf_init(&self.sql_error, MAX_ERROR);
	if (read_file(&self, err) == 0 && run(&self, err) < 0)
		(void)!take_answer(&self, err);
	*fate = self.fate;
	if (err->code && self.fate == D1_NOT_DONE && self.sql_error.len > 0) {
		message = buf_take(&self.sql_error);
		if (message)
			(void)!place_error(&self, message, err);
		free(message);
	}
	buf_release(&self.text);
	buf_release(&self.creation);
	buf_release(&self.record);
	buf_release(&self.sql_error);
	free(self.pieces);
	return err->code;
}
