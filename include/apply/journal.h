/*
 * The journal: of every write to a database, the patch that takes it back.
 *
 * An entry is a file of its own, on disk before anything is sent to the target
 * and pending until it is known what became of the write. It holds values of
 * the database: only its owner may read it.
 *
 *	20261121T093005Z-8f3a61c2.pending	(UTC, microseconds, chance)
 *
 *	D1-Journal: 1
 *	Date: 2026-11-21T09:30:05Z
 *	Command: git d1 apply fix.patch
 *	Target: remote 11111111-2222-4333-8444-555555555555
 *	Name: shop/remote
 *	Plan: sha256:<64 digits>
 *	Bookmark: 00000085-00000004-00004f1c-...
 *	Undoes: 20261121T092911Z-30d4070e
 *	Parts: 0000000002 of 0000000005
 *
 *	diff --d1 shop/lines
 *	...
 *
 * What triggers did is in no patch, nor what Time Travel did. The entry of such
 * a write has none, and its head says what there is instead: "Way-Back:
 * bookmark" of a remote database, or "Way-Back: copy" of a file, which is
 * beside the entry, in <id>.copy, as private as the entry, and goes when the
 * entry goes.
 */
#ifndef APPLY_JOURNAL_H
#define APPLY_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "util/arena.h"
#include "util/err.h"
#include "util/sha256.h"
#include "util/stream.h"

/* "20261121T093005Z-8f3a61c2" and a NUL. */
enum { JOURNAL_ID_SIZE = 26 };

enum journal_state {
	JOURNAL_PENDING, /* nobody has seen yet what became of the write */
	JOURNAL_DONE,
	JOURNAL_UNDONE, /* it was done, and taken back */
};

/* What takes the write back. */
enum journal_way_back {
	JOURNAL_PATCH,	  /* that of the entry */
	JOURNAL_BOOKMARK, /* only that: the patch is empty */
	JOURNAL_COPY,	  /* of the file before the write: the patch is empty */
};

/* What is said of a write; NULL: nothing. */
struct journal_note {
	const char *command;
	/* "remote <database id>", or "file <absolute path>" */
	const char *target;
	const char *name; /* "shop/remote" */
	char plan[SHA256_HEX_SIZE];
	const char *bookmark; /* Time Travel, before the write */
	const char *undoes;   /* the entry that the write takes back */
	enum journal_way_back way_back;
	/* it may be carried out in parts: so many were, of so many (0: not
	 * known, or it was no matter of parts) */
	bool in_parts;
	uint64_t parts, all_parts;
};

struct journal;

/*
 * Opens the journal in the folder `dir`, which is made when the first entry
 * is.
 */
int journal_open(struct journal **journal, const char *dir,
		 struct err *err) MUST_CHECK;
void journal_close(struct journal *journal);

/* ---- a write ---- */

/*
 * Begins an entry. The inverse patch is then written to *patch. D1_EREFUSED if
 * a text has a line break, as the path of a file may have.
 */
int journal_begin(struct journal *journal, const struct journal_note *note,
		  FILE **patch, struct err *err) MUST_CHECK;

/*
 * Where the copy of the entry is or is to be; `id` is NULL for the one that was
 * begun. Freed by the caller.
 */
int journal_copy_path(const struct journal *journal, const char *id,
		      char **path, struct err *err) MUST_CHECK;

/* Makes the file of the copy, empty, for the entry that was begun. */
int journal_begin_copy(struct journal *journal, char **path,
		       struct err *err) MUST_CHECK;

/*
 * Ends the patch: when this returns 0 the entry is on disk, and pending. `id`
 * is what it is called.
 */
int journal_keep(struct journal *journal, char id[JOURNAL_ID_SIZE],
		 struct err *err) MUST_CHECK;

/*
 * Takes on a pending entry, to look what became of its write. False if that is
 * not to be looked at: the write is under way, as the program that keeps the
 * entry is running, this one or another, and has neither begun the next one nor
 * closed its journal; or somebody else looks, or has said by now what became of
 * it. One entry at a time; until journal_leave() or journal_close() nobody else
 * takes it on.
 */
bool journal_take_on(struct journal *journal, const char *id);
void journal_leave(struct journal *journal);

/*
 * Notes in the entry that was kept last, and is pending, how many parts of the
 * write were carried out, of how many. It lasts when this returns 0.
 */
int journal_note_parts(struct journal *journal, uint64_t parts,
		       uint64_t all_parts, struct err *err) MUST_CHECK;

/*
 * Says what became of the write. What is undone by an entry that is done is
 * undone, and done again if that entry is undone itself, and so on; it is put
 * down first, so that it holds also if the entry stays pending. An entry of
 * which only some parts were carried out undoes nothing in this sense.
 */
int journal_resolve(struct journal *journal, const char *id,
		    enum journal_state state, struct err *err) MUST_CHECK;

/* Forgets an entry and its copy: nothing was written, or it is too old to be
 * taken back. */
int journal_forget(struct journal *journal, const char *id,
		   struct err *err) MUST_CHECK;

/*
 * Forgets all entries and their copies from before that time, in seconds since
 * 1970, except pending ones and the one that was begun last, and what is left
 * of entries that were never kept.
 */
int journal_prune(struct journal *journal, int64_t before,
		  struct err *err) MUST_CHECK;

/* ---- reading it ---- */

struct journal_entry {
	char id[JOURNAL_ID_SIZE];
	enum journal_state state;
	int64_t time; /* seconds since 1970 */
	struct journal_note note;
};

/* Oldest first. All strings are in the arena. */
struct journal_entries {
	struct arena arena;
	struct journal_entry *items;
	size_t count;
};

/*
 * Lists the entries of that target, or all if it is NULL. A file that is not
 * called as an entry is passed over. Other programs may say meanwhile what
 * became of their writes. The caller releases the list, after an error too.
 */
int journal_list(struct journal *journal, const char *target,
		 struct journal_entries *entries, struct err *err) MUST_CHECK;
void journal_entries_release(struct journal_entries *entries);

/*
 * Opens the entry, also if its state is another one by now: its head is text
 * before the inverse patch.
 */
int journal_read(struct journal *journal, const struct journal_entry *entry,
		 struct stream **patch, struct err *err) MUST_CHECK;

#endif
