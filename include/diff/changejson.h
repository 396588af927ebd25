/*
 * The text of a change as JSON (RFC 8259), one place for all who show it or
 * take a hash of it:
 *
 *	{"table":"lines","op":"update","key":{"id":"1"},"old":{"n":"2"},
 *	 "new":{"n":"3"},"bucket":"content_differs"}
 *
 * Values are strings that hold literals (model/literal.h). A row without a key
 * has "count" and "before"; one with a table and hidden values "redacted".
 */
#ifndef DIFF_CHANGEJSON_H
#define DIFF_CHANGEJSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "diff/change.h"
#include "util/buf.h"
#include "util/err.h"
#include "util/sha256.h"

struct change_cell {
	const char *name;
	const struct value *value;
};

/* What is told of a change. All of it is borrowed. */
struct change_text {
	const char *database; /* NULL: left out, as always in a hash */
	const char *table;    /* NULL: left out */
	enum change_op op;
	bool keyed; /* else count and before hold */
	const struct change_cell *key;
	size_t nkey;
	/* by OLD and NEW: changed cells of an update, the whole row else */
	const struct change_cell *cells[2];
	size_t ncells[2];
	const char *bucket; /* NULL: left out */
	/* stands in the place of values but those of the key; NULL: nothing */
	const char *hidden;
	uint64_t count;
	uint64_t before;
};

/* What is needed meanwhile. */
struct changejson {
	struct buf literal;
	struct change_cell *cells;
	size_t cap;
};

void changejson_init(struct changejson *json);
void changejson_release(struct changejson *json);

/*
 * Describes a change that a comparison found. With `stored` it is what a patch
 * holds of it: no generated column of an inserted or deleted row, and one name
 * for each column, that of the old side of an update. `text` is valid until the
 * next call; neither database, table nor bucket is set.
 */
int changejson_describe(struct changejson *json, struct change_text *text,
			const struct table_pair *pair,
			const struct change *change, bool stored,
			struct err *err) MUST_CHECK;

/* Appends an object of the cells. */
void changejson_add_cells(struct changejson *json, struct buf *out,
			  const struct change_cell *cells, size_t count);

/* Appends the JSON object. */
void changejson_add(struct changejson *json, struct buf *out,
		    const struct change_text *text);

/*
 * The hash of a row: SHA-256 of the object of its cells, as changejson_add()
 * writes "new" of an insertion, but in the order of their names' bytes, into
 * which `cells` is brought. `jq -cjS` makes the same text.
 */
int changejson_hash_row(struct changejson *json, char hex[SHA256_HEX_SIZE],
			struct change_cell *cells, size_t count,
			struct err *err) MUST_CHECK;

/*
 * The hash of a table's changes: SHA-256 of one line each, as changejson_add()
 * writes it, but without bucket and with the members of each object in the
 * order of their names' bytes. So it depends neither on the order of columns
 * nor on which of them are the key, and `jq -cS 'del(.bucket)'` makes the same
 * of the output of --json=lines.
 */
struct change_digest {
	struct sha256 sha256;
	struct changejson json;
	struct buf line;
	struct change_cell *sorted;
	size_t cap;
};

/* The caller releases it, after an error too. */
int change_digest_begin(struct change_digest *digest,
			struct err *err) MUST_CHECK;

/* Adds a change as changejson_describe() has it with `stored`, and a table. */
int change_digest_add(struct change_digest *digest,
		      const struct change_text *text,
		      struct err *err) MUST_CHECK;

/* Writes the hash of what was added; nothing can be added after that. */
int change_digest_end(struct change_digest *digest, char hex[SHA256_HEX_SIZE],
		      struct err *err) MUST_CHECK;
void change_digest_release(struct change_digest *digest);

#endif
