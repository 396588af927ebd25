#include "config.h"

#include "apply/rowidentity.h"

#include "model/literal.h"
#include "model/masktext.h"

/* ---- cells ---- */

const struct column *row_identity_column(const struct row_identity *identity,
					 size_t cell)
{
	const struct table_pair *pair = identity->pair;
	int side = pair_named_side(pair);

	return pair_column(pair, side,
			   pair->sides[side].common[identity->common[cell]]);
}

bool row_identity_is_masked(const struct row_identity *identity, size_t cell)
{
	const struct table_pair *pair = identity->pair;
	const struct pair_side *side = &pair->sides[pair_named_side(pair)];

	return side->masked[side->common[identity->common[cell]]];
}

/* The place of the key's column `i` among the pair's common cells. */
static size_t find_key(const struct table_pair *pair, size_t i)
{
	const struct pair_side *side = &pair->sides[pair_named_side(pair)];
	size_t place = 0;

	while (place < pair->ncommon && side->common[place] != side->key[i])
		place++;
	return place;
}

static bool is_key(const struct table_pair *pair, size_t place)
{
	for (size_t i = 0; i < pair->nkey; i++)
		if (find_key(pair, i) == place)
			return true;
	return false;
}

/* A column is generated if it is so on one side: nobody writes it there. */
static bool is_generated(const struct table_pair *pair, size_t place)
{
	for (int side = OLD; side <= NEW; side++) {
		const struct pair_side *self = &pair->sides[side];

		if (self->table &&
		    pair_column(pair, side, self->common[place])->generated)
			return true;
	}
	return false;
}

int row_identity_init(struct row_identity *identity,
		      const struct table_pair *pair, struct arena *arena,
		      struct err *err)
{
	size_t *common = arena_array(arena, pair->ncommon + 1, sizeof(*common));
	size_t *key = arena_array(arena, pair->nkey + 1, sizeof(*key));

	if (!common || !key)
		return err_set_nomem(err);
	*identity = (struct row_identity){ .pair = pair,
					   .common = common,
					   .key = key };
	for (size_t place = 0; place < pair->ncommon; place++) {
		if (!is_key(pair, place) && is_generated(pair, place))
			continue;
		for (size_t i = 0; i < pair->nkey; i++)
			if (find_key(pair, i) == place)
				key[i] = identity->ncells;
		common[identity->ncells++] = place;
	}
	return 0;
}

void row_identity_take(const struct row_identity *identity, int side,
		       const struct row *row, struct value *cells)
{
	const size_t *common = identity->pair->sides[side].common;

	for (size_t i = 0; i < identity->ncells; i++)
		cells[i] = row->cells[common[identity->common[i]]];
}

/* ---- bytes ---- */

static unsigned char fold(char c)
{
	return c >= 'A' && c <= 'Z' ? (unsigned char)(c - 'A' + 'a')
				    : (unsigned char)c;
}

static void add_size(struct buf *out, size_t size)
{
	buf_add(out, &size, sizeof(size));
}

/* As value_compare() has it: behind a NUL only the length counts. */
static void add_nocase(struct buf *out, const struct value *text)
{
	add_size(out, text->size);
	for (size_t i = 0; i < text->size && text->data[i]; i++)
		buf_add_char(out, (char)fold(text->data[i]));
	buf_add_char(out, '\0');
}

static void add_text(struct buf *out, const struct value *text,
		     enum collation collation)
{
	size_t size = text->size;

	if (collation == COLLATION_NOCASE) {
		add_nocase(out, text);
		return;
	}
	while (collation == COLLATION_RTRIM && size > 0 &&
	       text->data[size - 1] == ' ')
		size--;
	add_size(out, size);
	buf_add(out, text->data, size);
}

/* A real that is a whole number equals the integer. */
static void add_real(struct buf *out, double real)
{
	if (real >= -9223372036854775808.0 && real < 9223372036854775808.0 &&
	    (double)(int64_t)real == real) {
		int64_t whole = (int64_t)real;

		buf_add_char(out, (char)VALUE_INTEGER);
		buf_add(out, &whole, sizeof(whole));
		return;
	}
	buf_add_char(out, (char)VALUE_REAL);
	buf_add(out, &real, sizeof(real));
}

/* Values that are equal under the collation have equal bytes. */
static void add_key_value(struct buf *out, const struct value *value,
			  enum collation collation)
{
	if (value->type == VALUE_REAL) {
		add_real(out, value->real);
		return;
	}
	buf_add_char(out, (char)value->type);
	switch (value->type) {
	case VALUE_INTEGER:
		buf_add(out, &value->integer, sizeof(value->integer));
		break;
	case VALUE_TEXT:
		add_text(out, value, collation);
		break;
	case VALUE_BLOB:
		add_size(out, value->size);
		buf_add(out, value->data, value->size);
		break;
	case VALUE_NULL:
	case VALUE_REAL:
		break;
	}
}

static void add_line(const struct row_identity *identity, struct buf *out,
		     const struct value *cells)
{
	for (size_t i = 0; i < identity->ncells; i++) {
		struct value cell = cells[i];

		if (row_identity_is_masked(identity, i) && mask_is_mask(&cell))
			cell.size = MASK_PLACEHOLDER_SIZE;
		literal_add(out, &cell);
		buf_add_char(out, ',');
	}
}

bool row_identity_has_key(const struct row_identity *identity,
			  const struct value *cells)
{
	for (size_t i = 0; i < identity->pair->nkey; i++)
		if (cells[identity->key[i]].type == VALUE_NULL)
			return false;
	return identity->pair->nkey > 0;
}

void row_identity_add(const struct row_identity *identity, struct buf *out,
		      const struct value *cells)
{
	bool keyed = row_identity_has_key(identity, cells);

	/* so that no line looks like a key */
	buf_add_char(out, keyed ? 'k' : 'l');
	if (!keyed)
		add_line(identity, out, cells);
	for (size_t i = 0; keyed && i < identity->pair->nkey; i++)
		add_key_value(out, &cells[identity->key[i]],
			      identity->pair->collations[i]);
}

int row_identity_digest(const struct row_identity *identity,
			char hex[SHA256_HEX_SIZE], const struct value *cells,
			struct buf *text, struct err *err)
{
	buf_clear(text);
	add_line(identity, text, cells);
	if (buf_check(text, "a row", err) < 0)
		return err->code;
	return sha256_hex(hex, text->data ? text->data : "", text->len, err);
}
