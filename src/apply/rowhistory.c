#include "config.h"

#include "apply/rowhistory.h"

#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "apply/fileversions.h"
#include "apply/rowbatch.h"
#include "apply/rowversion.h"
#include "format/filename.h"
#include "git/batch.h"
#include "git/history.h"
#include "source/privatedb.h"
#include "source/statement.h"

enum {
	MAX_PATH = 1 << 16,
	MAX_BYTES = 1 << 30, /* of a row */
	SHORT_ID = 10,	     /* digits of a commit in a message */
	KEPT_ORDERS = 64,
};

/* The number of what was before all versions. */
#define BEFORE_ALL (SIZE_MAX - 1)

/* Two versions, and whether the older one leads to the newer one. */
struct kept_order {
	size_t newer, older;
	bool is_ancestor;
};

struct row_history {
	struct row_history_place place;
	bool shallow;	 /* older versions may be missing here */
	struct buf path; /* of the table's file */
	struct arena arena;
	struct row_identity identity;
	struct row_version_reader reader;
	struct file_versions versions;
	struct blob_batch *blobs; /* NULL: not needed so far */
	/* questions wait in a private database; the last one may grow */
	sqlite3 *db;
	sqlite3_stmt *insert;
	sqlite3_stmt *select; /* NULL: there may be more questions */
	struct row_question last;
	bool has_last;
	struct buf bytes[2]; /* of the last question, and of the next one */
	char digests[2][SHA256_HEX_SIZE];
	struct value *cells;
	struct buf line;
	/* those that are answered at once, and which one comes next */
	struct row_batch batch;
	size_t next;
	uint64_t answered; /* how often the next one was told already */
	struct kept_order orders[KEPT_ORDERS];
};

/* ---- opening ---- */

static int open_waiting(struct row_history *self, struct err *err)
{
	static const char create[] =
		"CREATE TABLE asked(keyed INTEGER, repeats INTEGER,"
		" bytes BLOB, old INTEGER, new INTEGER,"
		" old_digest TEXT, new_digest TEXT)";
	int rc;

	if (private_database_open(&self->db, create, err) < 0)
		return err->code;
	rc = sqlite3_prepare_v2(self->db,
				"INSERT INTO asked "
				"VALUES(?, ?, ?, ?, ?, ?, ?)",
				-1, &self->insert, NULL);
	return rc == SQLITE_OK ? 0
			       : statement_error(self->db, rc,
						 private_database_name, err);
}

static int open_versions(struct row_history *self, struct err *err)
{
	const struct row_history_place *place = &self->place;

	buf_add_format(&self->path, "%s%sdata/", place->folder,
		       *place->folder ? "/" : "");
	if (filename_add(&self->path, place->table, err) < 0 ||
	    buf_check(&self->path, "a path", err) < 0)
		return err->code;
	return file_versions_init(&self->versions, place->repository,
				  place->commit, self->path.data, place->alone,
				  err);
}

int row_history_open(struct row_history **history,
		     const struct row_history_place *place,
		     const struct table_pair *pair, struct err *err)
{
	struct row_history *self = calloc(1, sizeof(*self));

	if (!self)
		return err_set_nomem(err);
	self->place = *place;
	self->shallow =
		!place->alone && repository_is_shallow(place->repository);
	buf_init(&self->path, MAX_PATH);
	buf_init(&self->bytes[0], MAX_BYTES);
	buf_init(&self->bytes[1], MAX_BYTES);
	buf_init(&self->line, MAX_BYTES);
	row_batch_init(&self->batch, &self->identity);
	row_version_reader_init(&self->reader, &self->identity);
	if (row_identity_init(&self->identity, pair, &self->arena, err) < 0)
		goto fail;
	self->cells = arena_array(&self->arena, self->identity.ncells + 1,
				  sizeof(*self->cells));
	if (!self->cells) {
		err_set_nomem(err);
		goto fail;
	}
	if (open_waiting(self, err) < 0 || open_versions(self, err) < 0)
		goto fail;
	*history = self;
	return 0;
fail:
	row_history_close(self);
	return err->code;
}

void row_history_close(struct row_history *history)
{
	if (!history)
		return;
	sqlite3_finalize(history->insert);
	sqlite3_finalize(history->select);
	sqlite3_close(history->db);
	blob_batch_close(history->blobs);
	file_versions_release(&history->versions);
	row_version_reader_release(&history->reader);
	row_batch_release(&history->batch);
	arena_release(&history->arena);
	buf_release(&history->path);
	buf_release(&history->bytes[0]);
	buf_release(&history->bytes[1]);
	buf_release(&history->line);
	free(history);
}

/* ---- asking ---- */

/* Puts the last question among those that wait. */
static int put_last(struct row_history *self, struct err *err)
{
	const struct row_question *last = &self->last;
	sqlite3_stmt *insert = self->insert;
	int rc;

	if (!self->has_last)
		return 0;
	self->has_last = false;
	sqlite3_bind_int(insert, 1, last->keyed);
	sqlite3_bind_int64(insert, 2, (sqlite3_int64)last->repeats);
	rc = sqlite3_bind_blob64(insert, 3, last->bytes, last->size,
				 SQLITE_STATIC);
	for (int side = OLD; side <= NEW && rc == SQLITE_OK; side++) {
		sqlite3_bind_int64(insert, 4 + side,
				   (sqlite3_int64)last->counts[side]);
		rc = sqlite3_bind_text(insert, 6 + side, last->digests[side],
				       -1, SQLITE_STATIC);
	}
	if (rc == SQLITE_OK && sqlite3_step(insert) != SQLITE_DONE)
		rc = sqlite3_errcode(self->db);
	if (rc != SQLITE_OK)
		statement_error(self->db, rc, private_database_name, err);
	sqlite3_reset(insert);
	return err->code;
}

/* What the sides hold of a row that a key tells apart. */
static int hold_keyed(struct row_history *self, struct row_question *question,
		      const struct change *change, struct err *err)
{
	for (int side = OLD; side <= NEW; side++) {
		if (!change->rows[side])
			continue;
		question->counts[side] = 1;
		if (!self->place.asked[side])
			continue;
		row_identity_take(&self->identity, side, change->rows[side],
				  self->cells);
		if (row_identity_digest(&self->identity, self->digests[side],
					self->cells, &self->line, err) < 0)
			return err->code;
		question->digests[side] = self->digests[side];
	}
	return 0;
}

static uint64_t count_after(const struct change *change)
{
	return change->op == CHANGE_INSERT ? change->before + change->count
					   : change->before - change->count;
}

/* Equal rows may come as several changes: the last tells how many there are. */
static bool is_more_of_last(struct row_history *self, const struct buf *bytes,
			    const struct change *change)
{
	struct row_question *last = &self->last;

	if (!self->has_last || last->keyed || last->size != bytes->len ||
	    memcmp(last->bytes, bytes->data, bytes->len) != 0)
		return false;
	last->counts[NEW] = count_after(change);
	last->repeats++;
	return true;
}

int row_history_ask(struct row_history *history, const struct change *change,
		    struct err *err)
{
	struct buf *bytes = &history->bytes[1];
	struct row_question question = { .repeats = 1 };
	int side = change->rows[NEW] ? NEW : OLD;
	struct buf swap;

	buf_clear(bytes);
	row_identity_take(&history->identity, side, change->rows[side],
			  history->cells);
	row_identity_add(&history->identity, bytes, history->cells);
	question.keyed =
		row_identity_has_key(&history->identity, history->cells);
	if (buf_check(bytes, "a row", err) < 0)
		return err->code;
	if (!question.keyed && is_more_of_last(history, bytes, change))
		return 0;
	if (put_last(history, err) < 0)
		return err->code;
	if (question.keyed) {
		if (hold_keyed(history, &question, change, err) < 0)
			return err->code;
	} else {
		question.counts[OLD] = change->before;
		question.counts[NEW] = count_after(change);
	}
	swap = history->bytes[0];
	history->bytes[0] = *bytes;
	*bytes = swap;
	question.bytes = history->bytes[0].data;
	question.size = history->bytes[0].len;
	history->last = question;
	history->has_last = true;
	return 0;
}

/* ---- a version ---- */

static int read_rows(struct row_history *self, size_t number,
		     struct stream *stream, const char *name, struct err *err)
{
	struct cursor *rows;
	const struct row *row;
	enum row_version_use use;
	bool whole;

	if (row_version_open(&rows, &use, &self->reader, stream, name, err) <
		    0 ||
	    use == ROW_VERSION_NOTHING)
		return err->code;
	whole = use == ROW_VERSION_ROWS;
	while (cursor_next(rows, &row, err) == 0 && row)
		if (row_batch_see(&self->batch, number, row, whole, err) < 0)
			break;
	cursor_close(rows);
	if (!err->code)
		row_batch_end(&self->batch, number, whole);
	return err->code;
}

/*
 * Passes over a version that is no data file, such as one with the markers of a
 * merge. It must be the file's fault, not git's.
 */
static int pass_over(const struct row_history *self, const char *commit,
		     const struct err *reason, struct err *err)
{
	if (reason->code == D1_ENOMEM || !blob_batch_is_usable(self->blobs)) {
		*err = *reason;
		return err->code;
	}
	if (self->place.notice)
		self->place.notice(self->place.context, commit,
				   reason->message);
	return 0;
}

static int read_version(void *context, size_t number, bool *stop,
			struct err *err)
{
	struct row_history *self = context;
	const struct file_version *version = &self->versions.list[number];
	struct err reason = ERR_INIT;
	struct stream *stream;
	struct buf name;

	buf_init(&name, MAX_PATH);
	buf_add_format(&name, "%.*s:%s", SHORT_ID, version->commit,
		       self->versions.path);
	if (buf_check(&name, "a path", err) < 0)
		goto out;
	if (!*version->blob) {
		row_batch_end(&self->batch, number, true);
		goto out;
	}
	if (!self->blobs &&
	    blob_batch_open(&self->blobs, self->place.repository, err) < 0)
		goto out;
	if (blob_batch_read(&stream, self->blobs, version->blob, &reason) < 0)
		err_context(&reason, "%s", name.data);
	else
		(void)!read_rows(self, number, stream, name.data, &reason);
	if (reason.code)
		(void)!pass_over(self, version->commit, &reason, err);
out:
	*stop = self->batch.nopen == 0;
	buf_release(&name);
	return err->code;
}

/* ---- answering ---- */

/* Where a side's row was; a question about absence may need no look. */
static void open_side(const struct row_history *self,
		      struct row_question *question, int side)
{
	const struct row_history_place *place = &self->place;

	question->versions[side] = ROW_BATCH_NONE;
	question->open[side] = place->asked[side];
	if (place->asked[side] && !place->asked[!side] && !place->alone &&
	    question->counts[side] == 0) {
		question->open[side] = false;
		question->versions[side] = BEFORE_ALL;
	}
}

static int take_question(struct row_history *self, struct err *err)
{
	sqlite3_stmt *select = self->select;
	struct row_question question = {
		.keyed = sqlite3_column_int(select, 0) != 0,
		.repeats = (uint64_t)sqlite3_column_int64(select, 1),
		.bytes = sqlite3_column_blob(select, 2),
		.size = (size_t)sqlite3_column_bytes(select, 2),
	};

	for (int side = OLD; side <= NEW; side++) {
		question.counts[side] =
			(uint64_t)sqlite3_column_int64(select, 3 + side);
		question.digests[side] =
			(const char *)sqlite3_column_text(select, 5 + side);
		open_side(self, &question, side);
	}
	return row_batch_add(&self->batch, &question, err);
}

/* Takes questions that wait, as many as memory holds. */
static int take_questions(struct row_history *self, struct err *err)
{
	int rc = SQLITE_ROW;

	row_batch_clear(&self->batch);
	self->next = 0;
	if (!self->select &&
	    (put_last(self, err) < 0 ||
	     statement_prepare(&self->select, self->db,
			       "SELECT * FROM asked ORDER BY rowid",
			       private_database_name, err) < 0))
		return err->code;
	while (!row_batch_is_full(&self->batch) &&
	       (rc = sqlite3_step(self->select)) == SQLITE_ROW)
		if (take_question(self, err) < 0)
			return err->code;
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		return statement_error(self->db, rc, private_database_name,
				       err);
	if (self->batch.count == 0)
		return err_set(err, D1_ERROR,
			       "nothing more was asked about the history of "
			       "table '%s'",
			       self->place.table);
	return row_batch_index(&self->batch, err);
}

static int answer_batch(struct row_history *self, struct err *err)
{
	struct row_batch *batch = &self->batch;

	if (take_questions(self, err) < 0 || batch->nopen == 0)
		return err->code;
	if (file_versions_each(&self->versions, read_version, self, err) < 0)
		return err_context(err, "the history of table '%s'",
				   self->place.table);
	if (!self->place.alone)
		row_batch_end(batch, BEFORE_ALL, true);
	return 0;
}

static enum row_past judge(const struct row_history *self,
			   const struct row_question *question, int side)
{
	if (!self->place.asked[side])
		return ROW_NOT_ASKED;
	if (question->versions[side] != ROW_BATCH_NONE)
		return ROW_COMMITTED;
	if (self->shallow)
		return ROW_TOO_SHORT;
	return question->held || question->counts[side] == 0 ? ROW_CHANGED
							     : ROW_FOREIGN;
}

int row_history_answer(struct row_history *history, struct row_answer *answer,
		       struct err *err)
{
	const struct row_question *question;

	if (history->next == history->batch.count &&
	    answer_batch(history, err) < 0)
		return err->code;
	question = &history->batch.questions[history->next];
	for (int side = OLD; side <= NEW; side++) {
		answer->past[side] = judge(history, question, side);
		answer->versions[side] = question->versions[side];
	}
	if (++history->answered == question->repeats) {
		history->answered = 0;
		history->next++;
	}
	return 0;
}

int row_history_answer_kept(struct row_history *history,
			    struct row_answer *answer, struct err *err)
{
	if (history->answered > 0) {
		history->answered = 0;
		history->next++;
	}
	return row_history_answer(history, answer, err);
}

const char *row_history_commit(const struct row_history *history,
			       size_t version)
{
	return version < history->versions.count
		       ? history->versions.list[version].commit
		       : NULL;
}

/* ---- which side is behind ---- */

static int is_ancestor(struct row_history *self, size_t older, size_t newer,
		       bool *is, struct err *err)
{
	const struct file_version *list = self->versions.list;
	struct kept_order *kept =
		&self->orders[(older * 31 + newer) % KEPT_ORDERS];

	*is = older == BEFORE_ALL;
	if (*is)
		return 0;
	if (kept->older != older || kept->newer != newer) {
		if (history_is_ancestor(self->place.repository,
					list[older].commit, list[newer].commit,
					&kept->is_ancestor, err) < 0)
			return err->code;
		kept->older = older;
		kept->newer = newer;
	}
	*is = kept->is_ancestor;
	return 0;
}

/* Of two committed ones; a version with a larger number cannot be newer. */
static int order_versions(struct row_history *history, const size_t versions[2],
			  enum row_order *order, struct err *err)
{
	int older = versions[OLD] > versions[NEW] ? OLD : NEW;
	bool is;

	if (versions[OLD] == versions[NEW]) {
		*order = ROW_ORDER_ALIKE;
		return 0;
	}
	if (is_ancestor(history, versions[older], versions[!older], &is, err) <
	    0)
		return err->code;
	if (is)
		*order = older == OLD ? ROW_ORDER_OLD_BEHIND
				      : ROW_ORDER_NEW_BEHIND;
	return 0;
}

int row_history_order(struct row_history *history,
		      const struct row_answer *answer, enum row_order *order,
		      struct err *err)
{
	const enum row_past *past = answer->past;

	*order = ROW_ORDER_NONE;
	if (past[OLD] == ROW_COMMITTED && past[NEW] == ROW_COMMITTED)
		return order_versions(history, answer->versions, order, err);
	if (past[OLD] == ROW_TOO_SHORT || past[NEW] == ROW_TOO_SHORT)
		return 0;
	if (past[OLD] == ROW_COMMITTED)
		*order = ROW_ORDER_OLD_BEHIND;
	else if (past[NEW] == ROW_COMMITTED)
		*order = ROW_ORDER_NEW_BEHIND;
	return 0;
}
