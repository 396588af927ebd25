/*
 * Fuzz target for patches (format/patch.h).
 *
 * Any bytes: what is read without an error are tables and hunks whose text,
 * read again without what stood around them, says the same; the lines of a
 * changed text can be applied to any other without harm; an error tells file
 * and line.
 *
 * Seeds are in tests/fuzz/corpus/patch.
 */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "format/patch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool truth)
{
	if (!truth)
		abort();
}

static void apply(const struct patch_text *text, const char *data, size_t size)
{
	for (int from = PATCH_OLD; from <= PATCH_NEW; from++) {
		struct patch_text any = *text;
		struct err err = ERR_INIT;
		struct buf out;

		buf_init(&out, SIZE_MAX / 4);
		/* let the text pass for the one that is changed */
		expect(sha256_hex(any.sha256[from], data, size, &err) == 0);
		if (patch_text_apply(&out, &any, from, data, size, &err) == 0)
			expect(out.len > 0 || size > 0);
		else
			expect(*err.message);
		buf_release(&out);
	}
}

static void check_hunk(const struct patch_table *table,
		       const struct patch_hunk *hunk, const char *data,
		       size_t size)
{
	expect(hunk->size > 0 && hunk->text[hunk->size - 1] == '\n');
	expect(!hunk->key || table->nkey > 0);
	for (size_t i = 0; i < hunk->ncells; i++) {
		const struct patch_cell *cell = &hunk->cells[i];

		expect(cell->name);
		if (cell->text)
			apply(cell->text, data, size);
		else
			expect(cell->is_redacted || cell->values[PATCH_OLD] ||
			       cell->values[PATCH_NEW]);
	}
}

/* Reads the bytes, and keeps the text of tables and hunks. */
static void read_patch(struct buf *out, const char *data, size_t size,
		       unsigned flags, struct err *err)
{
	enum patch_event event;
	struct stream *stream;
	struct patch *patch;

	expect(stream_open_bytes(&stream, data, size, err) == 0);
	expect(patch_open(&patch, stream, "fuzz", flags, err) == 0);
	while (patch_next(patch, &event, err) == 0 && event != PATCH_END) {
		const struct patch_table *table = patch_table(patch);
		const struct patch_hunk *hunk = patch_hunk(patch);

		if (event == PATCH_TABLE)
			buf_add(out, table->text, table->size);
		if (event != PATCH_HUNK)
			continue;
		buf_add(out, hunk->text, hunk->size);
		check_hunk(table, hunk, data, size);
	}
	if (err->code)
		expect(strncmp(err->message, "fuzz:", 5) == 0);
	patch_close(patch);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err err = ERR_INIT, same_err = ERR_INIT;
	struct buf text, same;

	buf_init(&text, SIZE_MAX / 4);
	buf_init(&same, SIZE_MAX / 4);
	read_patch(&text, (const char *)data, size, 0, &err);
	if (!err.code) {
		read_patch(&same, text.data, text.len, PATCH_RECOUNT,
			   &same_err);
		/* tables of two mails need not be in order */
		expect(same_err.code ||
		       (same.len == text.len &&
			memcmp(same.data, text.data, same.len) == 0));
	}
	buf_release(&text);
	buf_release(&same);
	return 0;
}
