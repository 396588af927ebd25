#include "config.h"

#include "workspace/commits.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "git/tree.h"
#include "source/empty.h"
#include "source/snapshot.h"
#include "util/quote.h"
#include "util/utf8.h"

enum { SHORT_ID = 7 }; /* digits of an id that is shown */

/* ---- a commit ---- */

void commits_add_safe(struct buf *out, const char *text, size_t size)
{
	if (utf8_is_plain(text, size))
		buf_add(out, text, size);
	else
		quote_add_escaped(out, text, size);
}

/* The clock of whoever was `offset` minutes east at that time. */
static struct tm clock_at(int64_t time, int offset)
{
	time_t shifted = (time_t)(time + (int64_t)offset * 60);
	struct tm parts = { .tm_mday = 1 };

	(void)gmtime_r(&shifted, &parts);
	return parts;
}

void commits_add_day(struct buf *out, int64_t time, int offset)
{
	struct tm parts = clock_at(time, offset);

	buf_add_format(out, "%04d-%02d-%02d", parts.tm_year + 1900,
		       parts.tm_mon + 1, parts.tm_mday);
}

static const char days[] = "SunMonTueWedThuFriSat";
static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

void commits_add_mail_date(struct buf *out, int64_t time, int offset)
{
	struct tm parts = clock_at(time, offset);
	int minutes = abs(offset);

	buf_add_format(out, "%.3s, %d %.3s %d %02d:%02d:%02d %c%02d%02d",
		       days + (size_t)parts.tm_wday * 3, parts.tm_mday,
		       months + (size_t)parts.tm_mon * 3, parts.tm_year + 1900,
		       parts.tm_hour, parts.tm_min, parts.tm_sec,
		       offset < 0 ? '-' : '+', minutes / 60, minutes % 60);
}

/* "Sat Nov 21 15:00:00 2026 +0000", as git writes it by default. */
static void add_date(struct buf *out, int64_t time, int offset)
{
	struct tm parts = clock_at(time, offset);
	int minutes = abs(offset);

	buf_add(out, days + (size_t)parts.tm_wday * 3, 3);
	buf_add_char(out, ' ');
	buf_add(out, months + (size_t)parts.tm_mon * 3, 3);
	buf_add_format(out, " %d %02d:%02d:%02d %d %c%02d%02d", parts.tm_mday,
		       parts.tm_hour, parts.tm_min, parts.tm_sec,
		       parts.tm_year + 1900, offset < 0 ? '-' : '+',
		       minutes / 60, minutes % 60);
}

/*
 * The next line of the message, without blanks at its end, as git shows it;
 * NULL after the last one.
 */
static const char *next_line(const char **message, size_t *size)
{
	const char *line = *message;

	if (!*line)
		return NULL;
	*size = strcspn(line, "\n");
	*message += *size + (line[*size] == '\n');
	while (*size > 0 && isspace((unsigned char)line[*size - 1]))
		--*size;
	return line;
}

/* The first paragraph, as one line. */
static void add_title(struct buf *out, const char *message)
{
	const char *line;
	size_t size;
	bool any = false;

	while ((line = next_line(&message, &size)) && (size > 0 || !any)) {
		if (any)
			buf_add_char(out, ' ');
		any = any || size > 0;
		commits_add_safe(out, line, size);
	}
	buf_add_char(out, '\n');
}

/* All lines, indented; empty ones around them are left out. */
static void add_message(struct buf *out, const char *message)
{
	const char *line;
	size_t size, empty = 0;
	bool any = false;

	while ((line = next_line(&message, &size))) {
		if (size == 0) {
			empty++;
			continue;
		}
		for (; any && empty > 0; empty--)
			buf_add_char(out, '\n');
		empty = 0;
		any = true;
		buf_add_string(out, "    ");
		commits_add_safe(out, line, size);
		buf_add_char(out, '\n');
	}
}

static void add_long(struct buf *out, const struct history_commit *commit,
		     const struct render_colors *colors)
{
	buf_add_format(out, "%scommit %s%s\n", colors->commit, commit->id,
		       colors->reset);
	if (commit->nparents > 1) {
		buf_add_string(out, "Merge:");
		for (size_t i = 0; i < commit->nparents; i++)
			buf_add_format(out, " %.*s", SHORT_ID,
				       commit->parents[i]);
		buf_add_char(out, '\n');
	}
	buf_add_string(out, "Author: ");
	commits_add_safe(out, commit->author, strlen(commit->author));
	buf_add_string(out, " <");
	commits_add_safe(out, commit->email, strlen(commit->email));
	buf_add_string(out, ">\nDate:   ");
	add_date(out, commit->author_time, commit->author_offset);
	buf_add_string(out, "\n\n");
	add_message(out, commit->message);
}

int commits_show(const struct history_commit *commit, const struct view *view,
		 bool oneline, FILE *out, struct err *err)
{
	struct render_options render;
	struct buf text;

	view_fill(view, &render);
	buf_init(&text, 1 << 24);
	if (oneline) {
		buf_add_format(&text, "%s%.*s%s ", render.colors.commit,
			       SHORT_ID, commit->id, render.colors.reset);
		add_title(&text, commit->message);
	} else {
		add_long(&text, commit, &render.colors);
	}
	if (buf_check(&text, "a commit's message", err) == 0)
		fwrite(text.data, 1, text.len, out);
	buf_release(&text);
	return err->code;
}

/* ---- two commits ---- */

int commits_open(const struct commit_comparison *comparison,
		 struct source **source, const char *id, const char *label,
		 struct err *err)
{
	struct filetree *tree;

	if (!id)
		return empty_open(source, err);
	if (commit_tree_open(&tree, comparison->repository, id,
			     comparison->folder, err) < 0)
		return err->code;
	if (snapshot_open(source, tree, label, err) == 0 ||
	    err->code != D1_ENOTFOUND)
		return err->code;
	err_clear(err);
	return empty_open(source, err);
}

/* Calls the side what a person knows it by: "shop/1a2b3c4". */
static int label_commit(struct side *side,
			const struct commit_comparison *comparison,
			const char *id, struct err *err)
{
	const char *database = comparison->database;
	struct buf label;

	*side = (struct side){ .endpoint = { .kind = ENDPOINT_REVISION } };
	buf_init(&label, 1 << 16);
	if (!id)
		buf_add_string(&label, "/dev/null");
	else
		buf_add_format(&label, "%s%s%.*s", database ? database : "",
			       database ? "/" : "", SHORT_ID, id);
	if (buf_check(&label, "a label", err) == 0) {
		side->label = buf_take(&label);
		if (database)
			side->name = strdup(database);
		if (!side->label || (database && !side->name))
			err_set_nomem(err);
	}
	buf_release(&label);
	return err->code;
}

int commits_compare(const struct commit_comparison *comparison,
		    const char *from, const char *to, FILE *out,
		    struct comparison_result *result, struct err *err)
{
	const char *const ids[2] = { from, to };
	struct source *sources[2] = { NULL, NULL };
	struct side sides[2] = { { .label = NULL }, { .label = NULL } };
	struct comparing comparing = {
		.workspace = comparison->workspace,
		.sides = sides,
		.view = comparison->view,
		.tables = comparison->tables,
		.key = comparison->key,
	};

	for (int i = OLD; i <= NEW; i++)
		if (label_commit(&sides[i], comparison, ids[i], err) < 0 ||
		    commits_open(comparison, &sources[i], ids[i],
				 sides[i].label, err) < 0)
			goto out;
	if (comparing_sources(&comparing, sources, out, err) == 0)
		*result = comparing.result;
out:
	for (int i = OLD; i <= NEW; i++) {
		source_close(sources[i]);
		side_release(&sides[i]);
	}
	return err->code;
}
