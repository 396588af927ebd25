#include "config.h"

#include "util/progress.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "util/process.h"

enum {
	DELAY = 1000,	/* milliseconds without a line */
	INTERVAL = 100, /* between two of them */
	BAR = 20,
	MAX_LINE = 250,
};

const char *const progress_words[] = { "auto", "always", "never", NULL };

struct progress_counts progress_counts;

static enum progress_when wanted = PROGRESS_AUTO;
static int64_t work_began = -1;

/* The outermost stage. */
static struct {
	int depth; /* of stages; 0: none is open */
	bool is_shown;
	const char *title;
	const char *things;
	uint64_t done, total;
	int64_t looked; /* when it was drawn last, or began */
} stage;

/* Columns that hold the line now; a signal handler reads it. */
static volatile size_t drawn;

void progress_start(enum progress_when when)
{
	wanted = when;
	work_began = process_clock();
}

void progress_quiet(void)
{
	if (wanted == PROGRESS_AUTO)
		wanted = PROGRESS_NEVER;
}

/* ---- whether ---- */

static bool is_wanted(void)
{
	const char *term = getenv("TERM");

	if (wanted != PROGRESS_AUTO)
		return wanted == PROGRESS_ALWAYS;
	return isatty(STDERR_FILENO) == 1 && term && strcmp(term, "dumb") != 0;
}

/* A job in the background writes nothing over what the user types. */
static bool is_in_background(void)
{
	pid_t foreground = tcgetpgrp(STDERR_FILENO);

	return foreground >= 0 && foreground != getpgrp();
}

/* ---- the line ---- */

struct line {
	char text[MAX_LINE];
	size_t len;
};

static void add(struct line *line, const char *text)
{
	size_t size = strlen(text);

	if (size > sizeof(line->text) - line->len)
		size = sizeof(line->text) - line->len;
	memcpy(line->text + line->len, text, size);
	line->len += size;
}

/* "120000 rows" after a comma, or after the title. */
static void add_count(struct line *line, bool *any, uint64_t count,
		      const char *unit)
{
	char text[64];

	if (count == 0)
		return;
	snprintf(text, sizeof(text), "%s%" PRIu64 " %s%s", *any ? ", " : " ",
		 count, unit, count == 1 ? "" : "s");
	add(line, text);
	*any = true;
}

static void add_bytes(struct line *line, bool *any, uint64_t bytes)
{
	static const char *const units[] = { "KiB", "MiB", "GiB", "TiB" };
	double size = (double)bytes / 1024;
	size_t unit = 0;
	char text[64];

	if (bytes == 0)
		return;
	for (; size >= 1024 && unit < 3; unit++)
		size /= 1024;
	snprintf(text, sizeof(text), "%s%.1f %s", *any ? ", " : " ", size,
		 units[unit]);
	add(line, text);
	*any = true;
}

static void add_bar(struct line *line)
{
	char bar[BAR + 1];
	uint64_t done = stage.done < stage.total ? stage.done : stage.total;
	size_t filled = (size_t)((double)done / (double)stage.total * BAR);

	memset(bar, '.', BAR);
	memset(bar, '#', filled < BAR ? filled : BAR);
	bar[BAR] = '\0';
	add(line, " [");
	add(line, bar);
	add(line, "]");
}

static void make_line(struct line *line, bool with_bar)
{
	char text[64];
	bool any = false;

	line->len = 0;
	add(line, stage.title);
	if (stage.total > 0) {
		if (with_bar)
			add_bar(line);
		snprintf(text, sizeof(text), " %" PRIu64 "/%" PRIu64 " ",
			 stage.done, stage.total);
		add(line, text);
		add(line, stage.things);
		any = true;
	}
	add_count(line, &any, progress_counts.rows, "row");
	add_bytes(line, &any, progress_counts.bytes);
	add_count(line, &any, progress_counts.requests, "request");
}

/* Of the terminal that the line is on, which is not that of the output. */
static size_t find_width(void)
{
	const char *columns = getenv("COLUMNS");
	long width = columns ? strtol(columns, NULL, 10) : 0;
	struct winsize size;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		return size.ws_col;
	return width > 1 ? (size_t)width : 80;
}

/* Writes the line over what stands there; only calls write(). */
static void put(const char *text, size_t size)
{
	char out[3 * MAX_LINE];
	size_t rest = drawn > size ? drawn - size : 0;
	size_t at = 0;

	out[at++] = '\r';
	memcpy(out + at, text, size);
	at += size;
	memset(out + at, ' ', rest);
	at += rest;
	/* the cursor goes back: what is printed next begins at the left */
	out[at++] = '\r';
	if (write(STDERR_FILENO, out, at) >= 0)
		drawn = size;
}

static void draw(void)
{
	/* in the last column a terminal may begin a new line */
	size_t room = find_width() - 1;
	struct line line;

	make_line(&line, true);
	if (line.len > room)
		make_line(&line, false);
	put(line.text, line.len < room ? line.len : room);
}

/* ---- stages ---- */

void progress_begin(const char *title, const char *things, uint64_t total)
{
	if (stage.depth++ > 0)
		return;
	stage.is_shown = is_wanted();
	stage.title = title;
	stage.things = things;
	stage.total = total;
	stage.done = 0;
	if (!stage.is_shown)
		return;
	stage.looked = process_clock();
	if (work_began < 0)
		work_began = stage.looked;
}

void progress_step(void)
{
	if (stage.depth != 1)
		return;
	stage.done++;
	progress_poll();
}

void progress_end(void)
{
	if (--stage.depth == 0)
		progress_clear();
}

void progress_poll(void)
{
	int64_t now;

	if (stage.depth == 0 || !stage.is_shown)
		return;
	now = process_clock();
	if (now - stage.looked < INTERVAL || now - work_began < DELAY)
		return;
	stage.looked = now;
	if (!is_in_background())
		draw();
}

void progress_clear(void)
{
	if (drawn > 0)
		put("", 0);
}
