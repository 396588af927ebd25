/*
 * The head of an entry of the journal (apply/journal.h): what is noted of a
 * write, a line each, up to an empty one.
 */
#ifndef APPLY_JOURNALHEAD_H
#define APPLY_JOURNALHEAD_H

#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include "apply/journal.h"
#include "util/arena.h"
#include "util/err.h"
#include "util/lines.h"

/* A line about parts, and a NUL. */
enum { JOURNAL_HEAD_PARTS_SIZE = 64 };

/*
 * Writes it; what the file does not take shows in its error flag. D1_EREFUSED
 * for a text with a line break, which would end its line. *parts_at is where in
 * the file parts are noted; 0: they are not.
 */
int journal_head_write(FILE *file, long *parts_at,
		       const struct journal_note *note, time_t now,
		       struct err *err) MUST_CHECK;

/*
 * The line about parts, which is as long for all numbers: it is written over.
 * Returns its length.
 */
int journal_head_parts(char line[JOURNAL_HEAD_PARTS_SIZE], uint64_t parts,
		       uint64_t all_parts);

/* Reads it; strings go to the arena. What it does not say is left alone. */
int journal_head_read(struct journal_note *note, struct lines *lines,
		      struct arena *arena, struct err *err) MUST_CHECK;

#endif
