#include "config.h"

#include "diff/mask.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include "model/literal.h"
#include "util/hex.h"
#include "util/sha256.h"

enum { MIN_KEY = 16, DRAWN_KEY = 32 };

/* ---- HMAC ---- */

static int fail_hmac(struct err *err)
{
	return err_set(err, D1_ERROR, "cannot compute an HMAC-SHA256");
}

/* Makes what computes HMACs under the key, one after another. */
static int open_hmac(EVP_MAC_CTX **context, const struct mask_key *key,
		     struct err *err)
{
	char digest[] = "SHA256";
	const OSSL_PARAM parameters[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest,
						 0),
		OSSL_PARAM_construct_end(),
	};
	EVP_MAC *mac;

	*context = NULL;
	if (key->size == 0)
		return err_set(err, D1_EREFUSED, "there is no mask key");
	mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	*context = mac ? EVP_MAC_CTX_new(mac) : NULL;
	EVP_MAC_free(mac); /* the context holds on to it */
	if (*context &&
	    EVP_MAC_init(*context, key->bytes, key->size, parameters) == 1)
		return 0;
	EVP_MAC_CTX_free(*context);
	*context = NULL;
	return fail_hmac(err);
}

static int compute_hmac(unsigned char digest[SHA256_SIZE], EVP_MAC_CTX *context,
			const void *data, size_t size, struct err *err)
{
	size_t got = 0;

	/* without a key it begins anew under the one it has */
	if (EVP_MAC_init(context, NULL, 0, NULL) != 1 ||
	    EVP_MAC_update(context, data, size) != 1 ||
	    EVP_MAC_final(context, digest, &got, SHA256_SIZE) != 1 ||
	    got != SHA256_SIZE)
		return fail_hmac(err);
	return 0;
}

/* ---- the key ---- */

static int set_id(struct mask_key *key, struct err *err)
{
	static const char message[] = "git-d1 mask key";
	unsigned char digest[SHA256_SIZE];
	EVP_MAC_CTX *context;

	if (open_hmac(&context, key, err) < 0)
		return err->code;
	if (compute_hmac(digest, context, message, sizeof(message) - 1, err) ==
	    0) {
		hex_encode(key->id, digest, (sizeof(key->id) - 1) / 2);
		key->id[sizeof(key->id) - 1] = '\0';
	}
	EVP_MAC_CTX_free(context);
	return err->code;
}

int mask_key_set(struct mask_key *key, const char *text, struct err *err)
{
	size_t size = strlen(text);

	*key = (struct mask_key){ .bytes = NULL };
	if (size < MIN_KEY) {
		err_set(err, D1_EUSAGE, "a mask key has at least %d bytes",
			MIN_KEY);
		return err_hint(err, "make one that nobody can guess, such as "
				     "by `openssl rand -hex 32`");
	}
	key->bytes = malloc(size);
	if (!key->bytes)
		return err_set_nomem(err);
	memcpy(key->bytes, text, size);
	key->size = size;
	if (set_id(key, err) < 0)
		mask_key_release(key);
	return err->code;
}

int mask_key_draw(struct mask_key *key, struct err *err)
{
	*key = (struct mask_key){ .bytes = malloc(DRAWN_KEY) };
	if (!key->bytes)
		return err_set_nomem(err);
	key->size = DRAWN_KEY;
	if (RAND_bytes(key->bytes, DRAWN_KEY) == 1)
		return 0;
	mask_key_release(key);
	return err_set(err, D1_ERROR, "cannot get random bytes");
}

void mask_key_release(struct mask_key *key)
{
	if (key->bytes)
		OPENSSL_cleanse(key->bytes, key->size);
	free(key->bytes);
	*key = (struct mask_key){ .bytes = NULL };
}

bool mask_matches(const struct value *a, const struct value *b)
{
	if (!(mask_is_mask(a) && mask_is_placeholder(b)) &&
	    !(mask_is_placeholder(a) && mask_is_mask(b)))
		return false;
	return memcmp(a->data, b->data, MASK_PLACEHOLDER_SIZE) == 0;
}

/* ---- rows with other cells ---- */

/* Cells that a cursor hands out in place of those it has read. */
struct cells {
	struct value *items;
	size_t cap;
	struct row row;
};

/* Copies the row, with room for `more` cells behind its own. */
static int copy_cells(struct cells *cells, const struct row *row, size_t more,
		      struct err *err)
{
	size_t count = row->ncells + more;

	if (count > cells->cap) {
		struct value *items =
			reallocarray(cells->items, count, sizeof(*items));

		if (!items)
			return err_set_nomem(err);
		cells->items = items;
		cells->cap = count;
	}
	if (row->ncells > 0)
		memcpy(cells->items, row->cells,
		       row->ncells * sizeof(*cells->items));
	cells->row = (struct row){ .cells = cells->items, .ncells = count };
	return 0;
}

/* ---- masks ---- */

struct masking {
	struct cursor cursor;
	struct cursor *rows;
	const char *table;
	const char *const *columns;
	const size_t *masked;
	size_t nmasked;
	EVP_MAC_CTX *hmac;
	struct buf message;
	char *texts; /* a mask for each masked cell */
	struct cells cells;
};

/* Appends the name and a NUL. */
static void add_name(struct buf *message, const char *name)
{
	for (const char *c = name; *c; c++)
		buf_add_char(message, *c >= 'A' && *c <= 'Z'
					      ? (char)(*c - 'A' + 'a')
					      : *c);
	buf_add_char(message, '\0');
}

/* Puts the mask of a cell in its place. */
static int mask_cell(struct masking *self, size_t i, struct err *err)
{
	struct value *cell = &self->cells.items[self->masked[i]];
	char *text = self->texts + i * MASK_TEXT_SIZE;
	unsigned char digest[SHA256_SIZE];

	if (cell->type == VALUE_NULL || mask_is_mask(cell) ||
	    mask_is_placeholder(cell))
		return 0;
	buf_clear(&self->message);
	add_name(&self->message, self->table);
	add_name(&self->message, self->columns[i]);
	literal_add(&self->message, cell);
	if (buf_check(&self->message, "a value", err) < 0 ||
	    compute_hmac(digest, self->hmac, self->message.data,
			 self->message.len, err) < 0)
		return err->code;
	memcpy(text, MASK_PREFIX, MASK_PREFIX_SIZE);
	hex_encode(text + MASK_PREFIX_SIZE, digest, SHA256_SIZE);
	*cell = (struct value){ .type = VALUE_TEXT,
				.data = text,
				.size = MASK_TEXT_SIZE };
	return 0;
}

static int masking_next(struct cursor *cursor, const struct row **row,
			struct err *err)
{
	struct masking *self = (struct masking *)cursor;
	const struct row *plain;

	*row = NULL;
	if (cursor_next(self->rows, &plain, err) < 0 || !plain)
		return err->code;
	if (copy_cells(&self->cells, plain, 0, err) < 0)
		return err->code;
	for (size_t i = 0; i < self->nmasked; i++)
		if (mask_cell(self, i, err) < 0)
			return err->code;
	*row = &self->cells.row;
	return 0;
}

static void masking_close(struct cursor *cursor)
{
	struct masking *self = (struct masking *)cursor;

	cursor_close(self->rows);
	EVP_MAC_CTX_free(self->hmac);
	buf_release(&self->message);
	free(self->texts);
	free(self->cells.items);
	free(self);
}

int mask_cursor(struct cursor **cursor, struct cursor *rows,
		const struct mask_key *key, const char *table,
		const char *const *columns, const size_t *masked,
		size_t nmasked, struct err *err)
{
	struct masking *self = calloc(1, sizeof(*self));

	if (!self) {
		cursor_close(rows);
		return err_set_nomem(err);
	}
	*self = (struct masking){
		.cursor = { .next = masking_next, .close = masking_close },
		.rows = rows,
		.table = table,
		.columns = columns,
		.masked = masked,
		.nmasked = nmasked,
		.texts = calloc(nmasked + 1, MASK_TEXT_SIZE),
	};
	buf_init(&self->message, SIZE_MAX / 4);
	if (!self->texts)
		err_set_nomem(err);
	else
		(void)!open_hmac(&self->hmac, key, err);
	if (err->code) {
		masking_close(&self->cursor);
		return err->code;
	}
	*cursor = &self->cursor;
	return 0;
}

/* ---- placeholders ---- */

struct shortening {
	struct cursor cursor;
	struct cursor *rows;
	const size_t *positions;
	size_t count;
	struct cells cells;
};

static int shortening_next(struct cursor *cursor, const struct row **row,
			   struct err *err)
{
	struct shortening *self = (struct shortening *)cursor;
	const struct row *whole;

	*row = NULL;
	if (cursor_next(self->rows, &whole, err) < 0 || !whole)
		return err->code;
	if (copy_cells(&self->cells, whole, self->count, err) < 0)
		return err->code;
	for (size_t i = 0; i < self->count; i++) {
		struct value *added = &self->cells.items[whole->ncells + i];

		*added = self->cells.items[self->positions[i]];
		if (mask_is_mask(added))
			added->size = MASK_PLACEHOLDER_SIZE;
	}
	*row = &self->cells.row;
	return 0;
}

static void shortening_close(struct cursor *cursor)
{
	struct shortening *self = (struct shortening *)cursor;

	cursor_close(self->rows);
	free(self->cells.items);
	free(self);
}

int mask_placeholders(struct cursor **cursor, struct cursor *rows,
		      const size_t *cells, size_t ncells, struct err *err)
{
	struct shortening *self = calloc(1, sizeof(*self));

	if (!self) {
		cursor_close(rows);
		return err_set_nomem(err);
	}
	*self = (struct shortening){
		.cursor = { .next = shortening_next,
			    .close = shortening_close },
		.rows = rows,
		.positions = cells,
		.count = ncells,
	};
	*cursor = &self->cursor;
	return 0;
}
