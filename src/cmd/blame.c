#include "config.h"

#include "cmd/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format/dataline.h"
#include "git/history.h"
#include "util/hex.h"
#include "util/lines.h"
#include "util/quote.h"
#include "util/text.h"
#include "util/utf8.h"
#include "workspace/actions.h"
#include "workspace/commits.h"
#include "workspace/committed.h"
#include "workspace/report.h"

struct blame_options {
	bool no_pager;
};

static const struct blame_options blame_defaults = { .no_pager = false };

static const struct option_spec blame_specs[] = {
	OPTION_FLAG(0, "no-pager", struct blame_options, no_pager,
		    "do not start a pager"),
	OPTION_END
};

static const char *const blame_usage[] = {
	"git d1 blame [<options>] [<revision>] <table>", NULL
};

enum {
	SHORT_ID = 10,	   /* digits of an id that is shown */
	AUTHOR_WIDTH = 15, /* columns */
	HEADER_LINES = 3,  /* of a data file; the second names the columns */
	ID_LENGTH = OBJECT_ID_SIZE - 1,
};

/* What `git blame --line-porcelain` says of a line before the line itself. */
struct blamed_line {
	char id[OBJECT_ID_SIZE];
	unsigned long long number;
	bool boundary; /* nothing is known of what was before that commit */
	struct buf author;
	long long time;
	int offset; /* minutes */
};

/* The lines while they are shown. */
struct blaming {
	struct blamed_line line;
	struct buf out; /* what is shown of a line */
	/* what rows begin with, once the header was read */
	struct dataline_prefix prefix;
	bool has_prefix;
	bool any_boundary;
};

/* ---- reading ---- */

static bool is_field(const char *text, size_t size, const char *name,
		     const char **value)
{
	*value = text;
	return text_take(value, &size, name);
}

/* The number at the start of the `size` bytes at `text`. */
static long long read_number(const char *text, size_t size)
{
	char digits[32];

	snprintf(digits, sizeof(digits), "%.*s", (int)size, text);
	return strtoll(digits, NULL, 10);
}

/* "<id> <number of the line before> <number of the line>": a new line. */
static bool take_id(struct blamed_line *line, const char *text, size_t size)
{
	unsigned char bytes[ID_LENGTH / 2];
	const char *space;

	if (size <= ID_LENGTH || text[ID_LENGTH] != ' ' ||
	    !hex_decode(bytes, text, ID_LENGTH))
		return false;
	memcpy(line->id, text, ID_LENGTH);
	line->id[ID_LENGTH] = '\0';
	line->boundary = false;
	size -= ID_LENGTH + 1;
	text += ID_LENGTH + 1;
	space = memchr(text, ' ', size);
	line->number = 0;
	if (space)
		line->number = (unsigned long long)read_number(
			space + 1, (size_t)(text + size - space - 1));
	return true;
}

/* Takes what is said of the line, as far as it is shown. */
static void take_field(struct blamed_line *line, const char *text, size_t size)
{
	const char *end = text + size;
	const char *value;

	if (take_id(line, text, size))
		return;
	if (is_field(text, size, "author ", &value)) {
		buf_clear(&line->author);
		commits_add_safe(&line->author, value, (size_t)(end - value));
	} else if (is_field(text, size, "author-time ", &value)) {
		line->time = read_number(value, (size_t)(end - value));
	} else if (is_field(text, size, "author-tz ", &value)) {
		line->offset =
			history_read_offset(value, (size_t)(end - value));
	} else if (is_field(text, size, "boundary", &value)) {
		line->boundary = true;
	}
}

/* Reads the line of the file that names the columns. */
static int take_header(struct blaming *blaming, const char *text, size_t size,
		       struct err *err)
{
	struct datafile_header header;
	struct arena arena = ARENA_INIT;
	struct err broken = ERR_INIT;

	/* rows under a header that is none are shown as they stand */
	if (dataline_read_header(&header, text, size, &arena, &broken) == 0)
		blaming->has_prefix = dataline_prefix_init(&blaming->prefix,
							   &header, err) == 0;
	arena_release(&arena);
	return err->code;
}

/* ---- showing ---- */

/* The values of a row, without what all rows of the file begin with. */
static void add_values(struct blaming *blaming, const char *text, size_t size)
{
	const struct buf *prefix = NULL;

	if (blaming->has_prefix)
		prefix = dataline_find_prefix(&blaming->prefix, text, size);
	if (prefix && size > prefix->len && text[size - 1] == ';') {
		/* the bracket before the first value is shown */
		text += prefix->len - 1;
		size -= prefix->len;
	}
	commits_add_safe(&blaming->out, text, size);
}

static int show_line(struct blaming *blaming, const char *text, size_t size,
		     struct err *err)
{
	const struct blamed_line *line = &blaming->line;
	const char *author = line->author.data ? line->author.data : "";
	size_t width = utf8_width(author, strlen(author));
	struct buf *out = &blaming->out;

	if (line->number == HEADER_LINES - 1)
		return take_header(blaming, text, size, err);
	if (line->number <= HEADER_LINES)
		return 0;
	buf_clear(out);
	buf_add_format(out, "%s%.*s (%s%*s ", line->boundary ? "^" : "",
		       SHORT_ID - line->boundary, line->id, author,
		       width < AUTHOR_WIDTH ? (int)(AUTHOR_WIDTH - width) : 0,
		       "");
	commits_add_day(out, line->time, line->offset);
	buf_add_string(out, ") ");
	add_values(blaming, text, size);
	buf_add_char(out, '\n');
	if (buf_check(out, "a line", err) < 0)
		return err->code;
	fwrite(out->data, 1, out->len, stdout);
	blaming->any_boundary = blaming->any_boundary || line->boundary;
	return 0;
}

static int show_lines(struct blaming *blaming, struct stream *stream,
		      struct err *err)
{
	struct lines lines;
	const char *text;
	size_t size;

	lines_init(&lines, stream, (size_t)DATAFILE_MAX_LINE + 1);
	buf_init(&blaming->out, (size_t)4 * DATAFILE_MAX_LINE);
	buf_init(&blaming->line.author, 1 << 16);
	while (lines_next(&lines, &text, &size, err) == 0 && text) {
		if (size == 0 || text[0] != '\t')
			take_field(&blaming->line, text, size);
		else if (show_line(blaming, text + 1, size - 1, err) < 0)
			break;
	}
	if (blaming->has_prefix)
		dataline_prefix_release(&blaming->prefix);
	buf_release(&blaming->line.author);
	buf_release(&blaming->out);
	lines_release(&lines);
	return err->code;
}

/* Has git blame the file: as it is in the worktree, if `id` is NULL. */
static int blame(const struct repository *repository, const char *id,
		 const char *path, struct err *err)
{
	const char *argv[] = { "git",
			       "blame",
			       "--line-porcelain",
			       "--encoding=UTF-8",
			       id ? id : "--",
			       id ? "--" : path,
			       id ? path : NULL,
			       NULL };
	struct child child = { .argv = argv };
	struct blaming blaming = { .has_prefix = false };
	struct actions_guard guard = { "" };
	struct stream *stream;

	repository_prepare(repository, &child);
	if (repository->worktree)
		child.dir = repository->worktree;
	if (stream_open_child(&stream, &child, err) < 0)
		return err->code;
	if (actions_guard_begin(&guard, stdout, err) < 0)
		stream_close(stream);
	else
		(void)!show_lines(&blaming, stream, err);
	actions_guard_end(&guard, stdout);
	if (err->code)
		return err->code;
	fflush(stdout);
	if (blaming.any_boundary && repository_is_shallow(repository))
		report_warning("the history of this clone is cut off at the "
			       "commits marked ^: to see more: git fetch "
			       "--unshallow");
	return 0;
}

/* ---- what is asked for ---- */

static int blame_table(struct workspace *workspace,
		       const struct blame_options *options,
		       const char *revision, const char *name, struct err *err)
{
	const char *shown = revision ? revision : "HEAD";
	const struct repository *repository;
	struct committed_table table = { .path = NULL };
	char id[OBJECT_ID_SIZE];

	if (workspace_repository(workspace, &repository, err) < 0 ||
	    repository_commit(repository, id, shown, err) < 0 ||
	    committed_table_find(&table, workspace, id, shown, name, err) < 0)
		goto out;
	if (!table.is_there) {
		committed_table_refuse(&table, workspace, id, shown, err);
		goto out;
	}
	if (!options->no_pager)
		view_start_pager(workspace);
	(void)!blame(repository, revision || !repository->worktree ? id : NULL,
		     table.path, err);
out:
	committed_table_release(&table);
	return err->code;
}

static int blame_run(const struct invocation *call, struct err *err)
{
	static const struct workspace_options none = { .config = NULL };
	struct option_words words = call->arguments;
	const char *name = NULL;
	struct workspace workspace;

	if (words.count + call->after.count > 2 || call->after.count > 1)
		return err_set(err, D1_EUSAGE,
			       "blame takes a revision and one table");
	if (call->after.count == 1)
		name = call->after.words[0];
	else if (words.count > 0)
		name = words.words[--words.count];
	if (!name)
		return err_set(err, D1_EUSAGE, "name the table to blame");
	workspace_init(&workspace, &none);
	(void)!blame_table(&workspace, call->options,
			   words.count > 0 ? words.words[0] : NULL, name, err);
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
