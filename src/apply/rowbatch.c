#include "config.h"

#include "apply/rowbatch.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_TEXT = 1 << 30 }; /* bytes of a row */

void row_batch_init(struct row_batch *batch,
		    const struct row_identity *identity)
{
	*batch = (struct row_batch){ .identity = identity };
	buf_init(&batch->text, MAX_TEXT);
	buf_init(&batch->line, MAX_TEXT);
}

static void drop_index(struct row_batch *batch)
{
	free(batch->index);
	free(batch->open);
	batch->index = NULL;
	batch->open = NULL;
	batch->nopen = 0;
}

void row_batch_clear(struct row_batch *batch)
{
	drop_index(batch);
	arena_clear(&batch->arena);
	batch->count = 0;
	batch->bytes = 0;
}

void row_batch_release(struct row_batch *batch)
{
	drop_index(batch);
	arena_release(&batch->arena);
	free(batch->questions);
	buf_release(&batch->text);
	buf_release(&batch->line);
}

/* ---- questions ---- */

bool row_batch_is_full(const struct row_batch *batch)
{
	return batch->count >= ROW_BATCH_MAX_ROWS ||
	       batch->bytes >= ROW_BATCH_MAX_BYTES;
}

static int grow(struct row_batch *batch, struct err *err)
{
	size_t cap = batch->cap ? batch->cap * 2 : 64;
	struct row_question *grown =
		reallocarray(batch->questions, cap, sizeof(*grown));

	if (!grown)
		return err_set_nomem(err);
	batch->questions = grown;
	batch->cap = cap;
	return 0;
}

int row_batch_add(struct row_batch *batch, const struct row_question *question,
		  struct err *err)
{
	struct row_question *added;

	if (batch->count == batch->cap && grow(batch, err) < 0)
		return err->code;
	added = &batch->questions[batch->count];
	*added = *question;
	added->bytes =
		arena_copy(&batch->arena, question->bytes, question->size);
	if (!added->bytes)
		return err_set_nomem(err);
	for (int side = OLD; side <= NEW; side++) {
		if (!question->digests[side])
			continue;
		added->digests[side] =
			arena_string(&batch->arena, question->digests[side]);
		if (!added->digests[side])
			return err_set_nomem(err);
	}
	added->seen_in = ROW_BATCH_NONE;
	batch->bytes +=
		sizeof(*added) + question->size + (size_t)2 * SHA256_HEX_SIZE;
	batch->count++;
	return 0;
}

/* ---- finding them ---- */

/* FNV-1a, and its bits mixed once more: keys are often numbers in a row. */
static size_t *find_place(const struct row_batch *batch, const char *bytes,
			  size_t size)
{
	uint64_t hash = 0xcbf29ce484222325;

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ (unsigned char)bytes[i]) * 0x100000001b3;
	hash = (hash ^ hash >> 32) * 0xff51afd7ed558ccd;
	return &batch->index[(hash ^ hash >> 32) & batch->mask];
}

static bool is_open(const struct row_question *question)
{
	return question->open[OLD] || question->open[NEW];
}

int row_batch_index(struct row_batch *batch, struct err *err)
{
	size_t size = 64;

	while (size < 2 * batch->count)
		size *= 2;
	drop_index(batch);
	batch->index = calloc(size, sizeof(*batch->index));
	batch->open = calloc(batch->count + 1, sizeof(*batch->open));
	if (!batch->index || !batch->open)
		return err_set_nomem(err);
	batch->mask = size - 1;
	for (size_t i = 0; i < batch->count; i++) {
		struct row_question *question = &batch->questions[i];
		size_t *place =
			find_place(batch, question->bytes, question->size);

		if (!is_open(question))
			continue;
		question->next = *place;
		*place = i + 1;
		batch->open[batch->nopen++] = i;
	}
	return 0;
}

/* ---- versions ---- */

static void find(struct row_question *question, int side, size_t version)
{
	question->open[side] = false;
	question->versions[side] = version;
}

/* Compares the sides with the row, whose digest is made once. */
static int compare(struct row_batch *batch, struct row_question *question,
		   size_t version, const struct row *row, struct err *err)
{
	char digest[SHA256_HEX_SIZE] = "";

	for (int side = OLD; side <= NEW; side++) {
		if (!question->open[side] || !question->digests[side])
			continue;
		if (!*digest &&
		    row_identity_digest(batch->identity, digest, row->cells,
					&batch->line, err) < 0)
			return err->code;
		if (strcmp(digest, question->digests[side]) == 0)
			find(question, side, version);
	}
	return 0;
}

static bool is_about(const struct row_question *question,
		     const struct buf *bytes)
{
	return question->size == bytes->len &&
	       memcmp(question->bytes, bytes->data, bytes->len) == 0;
}

int row_batch_see(struct row_batch *batch, size_t version,
		  const struct row *row, bool whole, struct err *err)
{
	struct buf *bytes = &batch->text;
	size_t *link;

	if (!whole && !row_identity_has_key(batch->identity, row->cells))
		return 0;
	buf_clear(bytes);
	row_identity_add(batch->identity, bytes, row->cells);
	if (buf_check(bytes, "a row", err) < 0)
		return err->code;
	link = find_place(batch, bytes->data, bytes->len);
	while (*link > 0) {
		struct row_question *question = &batch->questions[*link - 1];

		/* those that are answered leave the index */
		if (!is_open(question)) {
			*link = question->next;
			continue;
		}
		link = &question->next;
		if (!is_about(question, bytes))
			continue;
		if (question->seen_in != version)
			question->seen = 0;
		question->seen_in = version;
		question->seen++;
		question->held = true;
		if (question->keyed && whole &&
		    compare(batch, question, version, row, err) < 0)
			return err->code;
	}
	return 0;
}

/* A row that a key tells apart is only missed here, equal rows are counted. */
static void end_question(struct row_question *question, size_t version,
			 bool whole)
{
	uint64_t seen = question->seen_in == version ? question->seen : 0;

	for (int side = OLD; side <= NEW; side++) {
		bool is_known =
			question->keyed ? question->counts[side] == 0 : whole;

		if (question->open[side] && is_known &&
		    question->counts[side] == seen)
			find(question, side, version);
	}
}

void row_batch_end(struct row_batch *batch, size_t version, bool whole)
{
	size_t left = 0;

	for (size_t i = 0; i < batch->nopen; i++) {
		struct row_question *question =
			&batch->questions[batch->open[i]];

		end_question(question, version, whole);
		if (is_open(question))
			batch->open[left++] = batch->open[i];
	}
	batch->nopen = left;
}
