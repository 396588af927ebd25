/*
 * Masked columns: in the place of a value stands
 *
 *	'masked-' and 64 hexadecimal digits of its HMAC-SHA256
 *
 * under a secret key, so that a change is visible and the content is not.
 * NULL stays NULL. The message is the table's name, a NUL, the column's name,
 * a NUL and the value's literal, so that equal values of two columns do not
 * look alike, nor 1 and '1'. Letters A to Z of names count as lower case, as
 * in SQL: a side that writes them in another case has the same masks.
 *
 * A local database made from a snapshot holds placeholders instead: 'masked-'
 * and the first 12 digits. They stay as they are, and count as equal to the
 * mask that begins like them. So does a mask in the place of a value, as in a
 * database that a data file was loaded into by other means.
 */
#ifndef DIFF_MASK_H
#define DIFF_MASK_H

#include <stdbool.h>
#include <stddef.h>

#include "format/datafile.h"
#include "model/masktext.h"
#include "model/value.h"
#include "source/source.h"
#include "util/err.h"

/* The key's secret bytes are cleared by mask_key_release(). */
struct mask_key {
	unsigned char *bytes;
	size_t size; /* 0: there is no key */
	/* "": drawn for one run, so that masks compare with no other's */
	char id[MASK_KEY_ID_SIZE];
};

/*
 * Takes the secret `text` as the key: at least 16 bytes, D1_EUSAGE else. The
 * id is the first 8 digits of HMAC-SHA256(key, "git-d1 mask key").
 */
int mask_key_set(struct mask_key *key, const char *text,
		 struct err *err) MUST_CHECK;

/* Draws a key from the system's random source, for one run. It has no id. */
int mask_key_draw(struct mask_key *key, struct err *err) MUST_CHECK;
void mask_key_release(struct mask_key *key);

/* True if one is a placeholder and the other a mask that begins like it. */
bool mask_matches(const struct value *a, const struct value *b);

/*
 * A cursor over `rows` (taken, also if this fails) in which the cells
 * `masked[0..nmasked-1]` are masks. `columns[i]` is the name of cell
 * masked[i]. All else is borrowed while it is open.
 */
int mask_cursor(struct cursor **cursor, struct cursor *rows,
		const struct mask_key *key, const char *table,
		const char *const *columns, const size_t *masked,
		size_t nmasked, struct err *err) MUST_CHECK;

/*
 * A cursor over `rows` (taken, also if this fails) whose rows have more cells
 * behind their own: for each of cells[0..ncells-1] the placeholder, if it is a
 * mask, else the same value. `cells` is borrowed while it is open.
 */
int mask_placeholders(struct cursor **cursor, struct cursor *rows,
		      const size_t *cells, size_t ncells,
		      struct err *err) MUST_CHECK;

#endif
