#include "config.h"

#include "cmd/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/commits.h"
#include "cmd/report.h"
#include "cmd/snapshots.h"
#include "format/datafile.h"
#include "git/repository.h"
#include "util/lines.h"
#include "util/pager.h"
#include "util/quote.h"
#include "util/utf8.h"

struct blame_options {
	bool no_pager;
	struct workspace_options workspace;
};

static const struct blame_options blame_defaults = { .no_pager = false };

static const struct option_spec blame_specs[] = {
	OPTION_FLAG(0, "no-pager", struct blame_options, no_pager,
		    "do not start a pager"),
	WORKSPACE_OPTIONS(struct blame_options, workspace.), OPTION_END
};

static const char *const blame_usage[] = {
	"git d1 blame [<options>] [<revision>] <table>", NULL
};

enum {
	SHORT_ID = 10,	   /* digits of an id that is shown */
	AUTHOR_WIDTH = 15, /* columns */
	HEADER_LINES = 3,  /* of a data file */
};

/* What `git blame --line-porcelain` says of a line before the line itself. */
struct blamed_line {
	char id[SHORT_ID + 1];
	unsigned long long number;
	struct buf author;
	long long time;
	int offset; /* minutes */
};

/* "+0130" in minutes */
static int read_offset(const char *text)
{
	int digits = (int)strtol(text, NULL, 10);

	return digits / 100 * 60 + digits % 100;
}

static bool is_field(const char *text, size_t size, const char *name,
		     const char **value)
{
	size_t length = strlen(name);

	*value = text + length;
	return size > length && memcmp(text, name, length) == 0;
}

/* Takes what a line says, if it begins one or says of author and time. */
static void take_field(struct blamed_line *line, const char *text, size_t size)
{
	char number[32] = "";
	const char *value;

	if (is_field(text, size, "author ", &value)) {
		buf_clear(&line->author);
		quote_add_escaped(&line->author, value,
				  (size_t)(text + size - value));
		return;
	}
	if (is_field(text, size, "author-time ", &value) ||
	    is_field(text, size, "author-tz ", &value)) {
		snprintf(number, sizeof(number), "%.*s",
			 (int)(text + size - value), value);
		if (text[strlen("author-t")] == 'i')
			line->time = strtoll(number, NULL, 10);
		else
			line->offset = read_offset(number);
		return;
	}
	/* 40 digits, the line's number before and that now */
	if (size > 40 && text[40] == ' ' &&
	    strspn(text, "0123456789abcdef") == 40) {
		const char *space = memchr(text + 41, ' ', size - 41);

		snprintf(line->id, sizeof(line->id), "%s", text);
		snprintf(number, sizeof(number), "%.*s",
			 space ? (int)(text + size - space) : 0,
			 space ? space : "");
		line->number = strtoull(number, NULL, 10);
	}
}

/* The values of a row, without what all rows of the file begin with. */
static void add_values(struct buf *out, const char *text, size_t size)
{
	static const char values[] = " VALUES(";
	const char *start = memmem(text, size, values, strlen(values));

	if (start && strncmp(text, "INSERT INTO \"", 13) == 0) {
		size -= (size_t)(start + 7 - text);
		text = start + 7;
		if (size > 0 && text[size - 1] == ';')
			size--;
	}
	if (utf8_is_plain(text, size))
		buf_add(out, text, size);
	else
		quote_add_escaped(out, text, size);
}

static int show_line(const struct blamed_line *line, struct buf *out,
		     const char *text, size_t size, struct err *err)
{
	const char *author = line->author.data ? line->author.data : "";
	size_t width = utf8_width(author, strlen(author));

	if (line->number <= HEADER_LINES)
		return 0;
	buf_clear(out);
	buf_add_format(out, "%s (%s%*s ", line->id, author,
		       width < AUTHOR_WIDTH ? (int)(AUTHOR_WIDTH - width) : 0,
		       "");
	commits_add_day(out, line->time, line->offset);
	buf_add_string(out, ") ");
	add_values(out, text, size);
	buf_add_char(out, '\n');
	if (buf_check(out, "a line", err) < 0)
		return err->code;
	fwrite(out->data, 1, out->len, stdout);
	return 0;
}

static int show_lines(struct stream *stream, struct err *err)
{
	struct blamed_line line = { .number = 0 };
	struct lines lines;
	struct buf out;
	const char *text;
	size_t size;

	lines_init(&lines, stream, (size_t)DATAFILE_MAX_LINE + 1);
	buf_init(&out, (size_t)4 * DATAFILE_MAX_LINE);
	buf_init(&line.author, 1 << 16);
	while (lines_next(&lines, &text, &size, err) == 0 && text) {
		if (size > 0 && text[0] == '\t') {
			if (show_line(&line, &out, text + 1, size - 1, err) < 0)
				break;
		} else {
			take_field(&line, text, size);
		}
	}
	buf_release(&line.author);
	buf_release(&out);
	lines_release(&lines);
	return err->code;
}

static int blame(const struct blame_options *options,
		 struct workspace *workspace, const char *revision,
		 const struct tracked_table *table, struct err *err)
{
	struct repository repository = REPOSITORY_INIT;
	const char *argv[] = { "git",	 "blame", "--line-porcelain",
			       revision, "--",	  table->path,
			       NULL };
	const char *worktree_argv[] = { "git", "blame",	    "--line-porcelain",
					"--",  table->path, NULL };
	struct child child = { .argv = revision ? argv : worktree_argv };
	struct stream *stream;

	if (repository_open(&repository, workspace->dir, err) < 0)
		return err->code;
	repository_prepare(&repository, &child);
	child.dir = repository.worktree;
	if (!options->no_pager && isatty(STDOUT_FILENO) &&
	    workspace_git(workspace, err) == 0)
		(void)!pager_begin(git_config_get(&workspace->git,
						  "core.pager"),
				   err);
	if (!err->code && stream_open_child(&stream, &child, err) == 0)
		(void)!show_lines(stream, err);
	repository_close(&repository);
	return err->code;
}

static int blame_run(const struct invocation *call, struct err *err)
{
	const struct blame_options *options = call->options;
	struct option_words words = call->arguments;
	const char *revision = NULL;
	const char *name = NULL;
	struct workspace workspace;
	struct tracked_table table = { .path = NULL };

	if (words.count + call->after.count > 2 || call->after.count > 1)
		return err_set(err, D1_EUSAGE,
			       "blame takes a revision and one table");
	if (call->after.count == 1)
		name = call->after.words[0];
	else if (words.count > 0)
		name = words.words[--words.count];
	if (!name)
		return err_set(err, D1_EUSAGE, "name the table to blame");
	if (words.count > 0)
		revision = words.words[0];
	if (revision && revision[0] == '-')
		return err_set(err, D1_EUSAGE, "'%s' is no revision", revision);
	workspace_init(&workspace, &options->workspace);
	if (snapshots_find_table(&table, &workspace, name, err) == 0)
		(void)!blame(options, &workspace, revision, &table, err);
	tracked_table_release(&table);
	workspace_release(&workspace);
	return err->code ? err->code : EXIT_FINE;
}

const struct command command_blame = {
	.name = "blame",
	.summary = "show which commit last changed each row of a table",
	.usage = blame_usage,
	.specs = blame_specs,
	.defaults = &blame_defaults,
	.options_size = sizeof(blame_defaults),
	.run = blame_run,
};
