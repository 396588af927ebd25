#include "config.h"

#include "cmd/table.h"

#include <stdio.h>
#include <string.h>

#include "cmd/patchmail.h"
#include "cmd/patchrows.h"
#include "format/patch.h"
#include "util/filesink.h"
#include "workspace/actions.h"
#include "workspace/comparing.h"
#include "workspace/report.h"
#include "workspace/spool.h"

enum { MAX_HEADER = 32 << 20, MAX_NAMED = 3 /* tables in a subject */ };

struct formatpatch_options {
	struct view_options view;
	const char *directory;
	const char *message;
	bool to_stdout;
	struct workspace_options workspace;
};

static const struct formatpatch_options formatpatch_defaults = {
	.view = VIEW_DEFAULTS,
};

static const struct option_spec formatpatch_specs[] = {
	OPTION_STRING('o', "output-directory", struct formatpatch_options,
		      directory, "directory", "write the file there"),
	OPTION_STRING('m', "message", struct formatpatch_options, message,
		      "message", "say what the patch does, and why"),
	OPTION_FLAG(0, "stdout", struct formatpatch_options, to_stdout,
		    "write to standard output, not to a file"),
	OPTION_NUMBER('U', "unified", struct formatpatch_options, view.context,
		      "n", 0, INT_MAX,
		      "put <n> lines around a change in a text"),
	WORKSPACE_OPTIONS(struct formatpatch_options, workspace.),
	OPTION_END
};

static const char *const formatpatch_usage[] = {
	"git d1 format-patch [<options>] [<endpoint> [<endpoint>]] [-- "
	"<table>...]",
	NULL
};

/* A call of the command while it runs. */
struct formatpatch {
	const struct formatpatch_options *options;
	struct workspace workspace;
	struct side sides[2];
	struct view view;
	struct comparing comparing;
	struct patch_rows rows;
	struct author author;
	struct buf text; /* of the message */
	struct patch_message message;
	char base[OBJECT_ID_SIZE]; /* commit of the old side, or "" */
};

/* ---- the rows ---- */

static int compare(struct formatpatch *self, struct err *err)
{
	bool same = false;

	for (int attempt = 0; attempt < 2 && !same; attempt++) {
		if (patch_rows_release(&self->rows, err) < 0 ||
		    patch_rows_init(&self->rows, err) < 0 ||
		    comparing_run(&self->comparing, self->rows.text, &same,
				  err) < 0)
			return err->code;
	}
	if (!same)
		report_warning("the database changed while it was read, twice: "
			       "the rows in the patch may be of different "
			       "moments");
	return 0;
}

/* A patch that lacks a table would look as if the table did not differ. */
static int check_complete(const struct formatpatch *self, struct err *err)
{
	const struct comparison_result *result = &self->comparing.result;

	if (result->not_compared == 0)
		return 0;
	err_set(err, D1_ERROR,
		"%llu table%s could not be compared, and no patch was written",
		(unsigned long long)result->not_compared,
		result->not_compared == 1 ? "" : "s");
	if (result->remedy[0])
		err_hint(err, "%s", result->remedy);
	return err_hint(err, "name the tables that belong into the patch after "
			     "--");
}

/* ---- the mail ---- */

/* Finds the commit whose rows the old side has. */
static int find_base(struct formatpatch *self, struct err *err)
{
	const struct side *side = &self->sides[OLD];
	const struct repository *repository;

	if (side->endpoint.kind == ENDPOINT_REVISION)
		memcpy(self->base, side->id, sizeof(self->base));
	if (side->endpoint.kind != ENDPOINT_SNAPSHOT &&
	    side->endpoint.kind != ENDPOINT_INDEX)
		return 0;
	if ((workspace_repository(&self->workspace, &repository, err) < 0 ||
	     repository_commit(repository, self->base, "HEAD", err) < 0) &&
	    err->code == D1_ENOTFOUND) {
		self->base[0] = '\0';
		err_clear(err);
	}
	return err->code;
}

/* The message that was given, or one that says which tables change. */
static int make_message(struct formatpatch *self, struct err *err)
{
	const char *name = self->sides[NEW].name ? self->sides[NEW].name
						 : self->sides[OLD].name;
	struct buf *text = &self->text;

	if (self->options->message) {
		buf_add_string(text, self->options->message);
	} else {
		buf_add_string(text, "Change ");
		if (self->rows.tables > 0 && self->rows.tables <= MAX_NAMED)
			buf_add(text, self->rows.names.data,
				self->rows.names.len);
		else if (self->rows.tables > 0)
			buf_add_format(text, "%zu tables", self->rows.tables);
		else
			buf_add_string(text, "the schema");
		if (name)
			buf_add_format(text, " in %s", name);
	}
	return patchmail_split(&self->message, text, err);
}

static void add_header(struct buf *out, const struct formatpatch *self)
{
	const char *name = self->sides[NEW].name ? self->sides[NEW].name
						 : self->sides[OLD].name;

	buf_add_string(out, "From 0000000000000000000000000000000000000000 "
			    "Mon Sep 17 00:00:00 2001\n");
	patchmail_add_fields(out, &self->author, self->message.subject);
	if (name) {
		buf_add_string(out, "D1-Database: ");
		patchmail_add_name(out, name);
		buf_add_char(out, '\n');
	}
	if (self->base[0])
		buf_add_format(out, "D1-Base: %s\n", self->base);
	buf_add(out, self->rows.fields.data, self->rows.fields.len);
	buf_add_format(out,
		       "MIME-Version: 1.0\n"
		       "Content-Type: text/plain; charset=UTF-8\n"
		       "Content-Transfer-Encoding: 8bit\n"
		       "\n%s---\n",
		       self->message.body);
}

/* Puts all parts of the mail together in `out`. */
static int write_mail(struct formatpatch *self, FILE *out, struct err *err)
{
	struct buf header;

	buf_init(&header, MAX_HEADER);
	if (make_message(self, err) < 0 || find_base(self, err) < 0 ||
	    author_find(&self->author, self->workspace.dir, err) < 0)
		goto out;
	add_header(&header, self);
	if (buf_check(&header, "the header of the mail", err) < 0)
		goto out;
	fwrite(header.data, 1, header.len, out);
	if (spool_copy(self->rows.stat, out, err) < 0)
		goto out;
	fputc('\n', out);
	if (spool_copy(self->rows.text, out, err) < 0)
		goto out;
	fprintf(out, "-- \n%s\n\n", PACKAGE_VERSION);
out:
	buf_release(&header);
	return err->code;
}

/*
 * Reads the mail as whoever gets it will. What is longer than a patch can be
 * is found here, and not when it is needed.
 */
static int check_mail(FILE *mail, struct err *err)
{
	enum patch_event event = PATCH_MAIL;
	struct patch *patch = NULL;
	struct stream *stream;

	if (spool_read(&stream, mail, "the patch", err) < 0 ||
	    patch_open(&patch, stream, "the patch", 0, err) < 0)
		return err->code;
	while (event != PATCH_END && patch_next(patch, &event, err) == 0)
		;
	patch_close(patch);
	return err_context(err, "no patch was written, since it cannot be "
				"read");
}

/* ---- where it goes ---- */

static int copy_to_sink(FILE *mail, struct filesink *sink, struct err *err)
{
	char block[65536];
	size_t size;

	if (fflush(mail) == EOF || ferror(mail) ||
	    fseeko(mail, 0, SEEK_SET) < 0)
		return err_set_errno(err, "cannot write a temporary file");
	while ((size = fread(block, 1, sizeof(block), mail)) > 0)
		if (filesink_write(sink, block, size, err) < 0)
			return err->code;
	if (ferror(mail))
		return err_set_errno(err, "cannot read a temporary file");
	return 0;
}

static int write_file(const struct formatpatch *self, FILE *mail,
		      struct err *err)
{
	const char *directory = self->options->directory;
	struct filesink *sink = NULL;
	enum file_news news;
	struct buf name;

	buf_init(&name, 4096);
	patchmail_add_file(&name, self->message.subject);
	if (buf_check(&name, "the name of the file", err) == 0 &&
	    directory_sink_open(&sink, directory ? directory : ".", false,
				err) == 0 &&
	    filesink_begin(sink, name.data, err) == 0 &&
	    copy_to_sink(mail, sink, err) == 0 &&
	    filesink_end(sink, &news, err) == 0 &&
	    filesink_publish(sink, err) == 0)
		printf("%s%s%s\n", directory ? directory : "",
		       directory && directory[strlen(directory) - 1] != '/'
			       ? "/"
			       : "",
		       name.data);
	filesink_close(sink);
	buf_release(&name);
	return err->code;
}

static int write_stdout(FILE *mail, struct err *err)
{
	struct actions_guard guard = { "" };

	if (actions_guard_begin(&guard, stdout, err) < 0)
		return err->code;
	(void)!spool_copy(mail, stdout, err);
	actions_guard_end(&guard, stdout);
	return err->code;
}

static int write_patch(struct formatpatch *self, struct err *err)
{
	FILE *mail = NULL;

	if (spool_open(&mail, err) == 0 && write_mail(self, mail, err) == 0 &&
	    check_mail(mail, err) == 0)
		(void)!(self->options->to_stdout ? write_stdout(mail, err)
						 : write_file(self, mail, err));
	return spool_close(mail, err);
}

/* ---- the command ---- */

static int check_options(const struct formatpatch_options *options,
			 const struct option_words *words, struct err *err)
{
	if (options->to_stdout && options->directory)
		return err_set(err, D1_EUSAGE,
			       "--stdout and --output-directory exclude each "
			       "other");
	if (options->directory && !*options->directory)
		return err_set(err, D1_EUSAGE,
			       "--output-directory needs a directory");
	if (words->count > 2)
		return err_set(err, D1_EUSAGE,
			       "at most two endpoints can be compared; tables "
			       "stand after --");
	return 0;
}

static int prepare(struct formatpatch *self, const struct invocation *call,
		   struct err *err)
{
	const char *texts[2] = { "remote", "local" };

	if (check_options(self->options, &call->arguments, err) < 0)
		return err->code;
	for (size_t i = 0; i < call->arguments.count; i++)
		texts[i] = call->arguments.words[i];
	if (workspace_resolve_both(&self->workspace, self->sides, texts, err) <
	    0)
		return err->code;
	self->view.options = &self->options->view;
	self->comparing = (struct comparing){
		.workspace = &self->workspace,
		.sides = self->sides,
		.view = &self->view,
		.tables = &call->after,
		.open = patch_rows_open,
		.context = &self->rows,
	};
	return 0;
}

static void say_nothing(const struct formatpatch *self)
{
	char line[512];

	snprintf(line, sizeof(line),
		 "nothing to write: %s and %s do not differ",
		 self->sides[OLD].label, self->sides[NEW].label);
	report_line(line);
}

static int formatpatch_run(const struct invocation *call, struct err *err)
{
	const struct formatpatch_options *options = call->options;
	struct formatpatch self = { .options = options };
	const struct comparison_result *result = &self.comparing.result;

	workspace_init(&self.workspace, &options->workspace);
	buf_init(&self.text, MAX_HEADER);
	if (prepare(&self, call, err) < 0 || compare(&self, err) < 0 ||
	    check_complete(&self, err) < 0)
		goto out;
	if (result->differences == 0 && result->schema_differences == 0)
		say_nothing(&self);
	else
		(void)!write_patch(&self, err);
out:
	(void)!patch_rows_release(&self.rows, err);
	author_release(&self.author);
	buf_release(&self.text);
	side_release(&self.sides[OLD]);
	side_release(&self.sides[NEW]);
	workspace_release(&self.workspace);
	return err->code;
}

const struct command command_format_patch = {
	.name = "format-patch",
	.summary = "write the rows that differ as a patch to be mailed",
	.usage = formatpatch_usage,
	.specs = formatpatch_specs,
	.defaults = &formatpatch_defaults,
	.options_size = sizeof(formatpatch_defaults),
	.run = formatpatch_run,
};
