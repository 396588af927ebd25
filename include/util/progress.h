/*
 * How far long work is: one line on standard error, drawn over and over.
 *
 *	comparing [#####.....] 3/6 tables, 120000 rows, 3.4 MiB, 42 requests
 *
 * Work that may take long is a stage. Where stages lie within one another, the
 * outermost one is shown. Nothing is shown during the first second of the
 * program's work, nor more often than ten times a second, nor if standard error
 * is no terminal (or one in whose background we are), unless that is asked for.
 * When the stage ends, the line is taken away again.
 *
 * Rows, bytes and requests are counted where they come along, stage or not:
 * once for a row or a block, never for a cell.
 */
#ifndef UTIL_PROGRESS_H
#define UTIL_PROGRESS_H

#include <stddef.h>
#include <stdint.h>

/* In the order of progress_words. */
enum progress_when {
	PROGRESS_AUTO,
	PROGRESS_ALWAYS,
	PROGRESS_NEVER,
};

/* "auto", "always", "never", NULL. */
extern const char *const progress_words[];

/* Says whether it is to be shown, and starts the first second. */
void progress_start(enum progress_when when);

/* As --quiet wants it: nothing is shown that was not asked for. */
void progress_quiet(void);

/*
 * Begins a stage. `title` is a literal, "comparing". `total` is how many of
 * `things` (a literal, "tables") there are, for the bar; 0 is not known.
 */
void progress_begin(const char *title, const char *things, uint64_t total);

/* One more thing of the outermost stage is done. */
void progress_step(void);

/* Ends the stage; the line goes with the outermost one. */
void progress_end(void);

/* Draws the line, if it is time to. */
void progress_poll(void);

/*
 * Takes the line away, as something else is to be printed; that should end
 * with the end of a line, since the next draw begins at the left. A signal
 * handler may call it.
 */
void progress_clear(void);

/* What was counted since the program started. */
struct progress_counts {
	uint64_t rows;
	uint64_t bytes;
	uint64_t requests;
};
extern struct progress_counts progress_counts;

/* Inline, since each row that is read comes by. */
static inline void progress_row(void)
{
	enum { ROWS_PER_LOOK = 1024 };

	if (++progress_counts.rows % ROWS_PER_LOOK == 0)
		progress_poll();
}

static inline void progress_bytes(uint64_t bytes)
{
	progress_counts.bytes += bytes;
}

static inline void progress_request(void)
{
	progress_counts.requests++;
}

#endif
