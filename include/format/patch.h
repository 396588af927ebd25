/*
 * A patch: the text of `git d1 diff` and `git d1 format-patch`, as
 * git-d1-patch(5) describes it.
 *
 *	diff --d1 shop/lines
 *	key city, ref
 *	--- shop/remote
 *	+++ shop/local
 *	@@ ~ city='berlin' ref='M44'  name='Metrotram' @@
 *	-color: '#b50b30'
 *	+color: '#a5027d'
 *
 * It is read hunk by hunk: memory is bounded by the largest one. What stands
 * around the tables is passed over: the text of a mail, what git makes of
 * files that go with it (`diff --git`), lines `# ` on a schema.
 *
 * An error begins with the patch's name and the number of the line, and says
 * what was expected. It is D1_ERROR, and ends the reading.
 */
#ifndef FORMAT_PATCH_H
#define FORMAT_PATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/value.h"
#include "util/buf.h"
#include "util/err.h"
#include "util/sha256.h"
#include "util/stream.h"

enum {
	/* Bytes of a line, LF not counted; D1's rows have 2 MB at most. */
	PATCH_MAX_LINE = 64 << 20,
	PATCH_MAX_HUNK = 256 << 20, /* bytes of a hunk's text */
	PATCH_MAX_CELLS = 32767,    /* what SQLite can be built for */
	PATCH_MAX_MAIL = 16 << 20,  /* bytes of a mail's header */
};

/* The sides, as in diff/pair.h. */
enum { PATCH_OLD, PATCH_NEW };

/* The note of a table whose values were left out. */
#define PATCH_REDACTED "redacted"

/* ---- the header of a mail ---- */

/* What a line `D1-Table:` says of a table. */
struct patch_summary {
	const char *table;
	uint64_t inserted;
	uint64_t updated;
	uint64_t deleted;
	char sha256[SHA256_HEX_SIZE]; /* see diff/changejson.h */
};

/* NULL: not there. The first three are as they stand there, in one line. */
struct patch_mail {
	const char *from;
	const char *date;
	const char *subject;
	const char *database; /* logical name */
	const char *base;     /* id of a commit */
	const struct patch_summary *tables;
	size_t ntables;
	uint64_t line; /* where it begins, from 1 on */
};

/* ---- a table ---- */

struct patch_table {
	const char *database; /* NULL: it is not said */
	const char *name;
	bool is_new;
	bool is_deleted;
	bool is_redacted;
	const char *not_compared; /* why, or NULL; also of single columns */
	/* columns that only one side has, by PATCH_OLD and PATCH_NEW */
	const char *const *only[2];
	size_t nonly[2];
	const char *const *key; /* columns; none if nkey is 0 */
	size_t nkey;
	const char *labels[2]; /* what the sides were called */
	/* what the mail says of it; NULL: nothing */
	const struct patch_summary *summary;
	uint64_t line;
	const char *text; /* its lines, each with LF */
	size_t size;
};

/* ---- a row ---- */

enum patch_op {
	PATCH_INSERT,
	PATCH_DELETE,
	PATCH_UPDATE,
};

/* A text of which the patch holds the lines that change. */
struct patch_text {
	/* every line break, old and new, is CR LF */
	bool crlf;
	char sha256[2][SHA256_HEX_SIZE]; /* of old and new text */
	const char *lines; /* as they stand in the patch; well-formed */
	size_t size;
	uint64_t line; /* of the first of them */
};

struct patch_cell {
	const char *name;
	/* by PATCH_OLD and PATCH_NEW; NULL: no such row, or `text` has it */
	const struct value *values[2];
	const struct patch_text *text; /* of an update; else NULL */
	bool is_context;	       /* unchanged: both values are one */
	bool is_redacted; /* there are values, and the patch lacks them */
	uint64_t line;
};

/* A column and its value in the head of a hunk. */
struct patch_named {
	const char *name;
	struct value value;
};

struct patch_hunk {
	enum patch_op op;
	/* the old row's key, in the order of the table's, of which each value
	 * is not NULL; NULL: a row without a key, and count and before hold */
	const struct patch_named *key;
	uint64_t count;			 /* rows, 1 if there is a key */
	uint64_t before;		 /* equal rows before the change */
	const struct patch_named *label; /* context, or NULL */
	/*
	 * Of an inserted or deleted row all stored cells but those of the key;
	 * else those that change, and context. No name comes twice.
	 */
	const struct patch_cell *cells;
	size_t ncells;
	uint64_t line;
	const char *text; /* its lines, each with LF */
	size_t size;
};

/* ---- reading ---- */

enum patch_flag {
	/* The numbers of D1-Table are not checked: the patch was edited. */
	PATCH_RECOUNT = 1 << 0,
};

enum patch_event {
	PATCH_END,
	PATCH_MAIL,  /* the header of a mail; tables may follow */
	PATCH_TABLE, /* hunks may follow */
	PATCH_HUNK,
};

struct patch;

/*
 * Takes the stream, also if this fails. `name` is borrowed, for messages.
 * `flags` is of enum patch_flag.
 */
int patch_open(struct patch **patch, struct stream *stream, const char *name,
	       unsigned flags, struct err *err) MUST_CHECK;

/* NULL is allowed. */
void patch_close(struct patch *patch);

/*
 * Reads on. A stream in which there is no table is an error. A patch is only
 * as it was written if this came to PATCH_END: a mail says how many rows of
 * which tables belong to it and ends in a line `-- `, and that is checked where
 * a table or a mail ends. The hash of a table's changes is not: a patch holds
 * parts of texts only. Without a mail nothing tells where a patch ends.
 */
int patch_next(struct patch *patch, enum patch_event *event,
	       struct err *err) MUST_CHECK;

/*
 * What was read last. A hunk is valid until the next call of patch_next(), a
 * table until the next table, a mail until the next mail.
 */
const struct patch_mail *patch_mail(const struct patch *patch);
const struct patch_table *patch_table(const struct patch *patch);
const struct patch_hunk *patch_hunk(const struct patch *patch);

/*
 * Appends what becomes of the text `bytes`, which is the one of side `from`: it
 * must have that side's hash (else D1_ECONFLICT), and what comes out has the
 * other's. `text` is of a hunk that is still valid.
 */
int patch_text_apply(struct buf *out, const struct patch_text *text, int from,
		     const char *bytes, size_t size,
		     struct err *err) MUST_CHECK;

#endif
