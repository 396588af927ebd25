#include "config.h"

#include "cmd/transfer.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "diff/changejson.h"
#include "render/name.h"
#include "util/buf.h"
#include "util/jsonstring.h"
#include "workspace/conflictlist.h"
#include "workspace/spool.h"

enum { MAX_OUTPUT = 1 << 26 };

static const char *const side_names[2] = { "remote", "local" };

static void add_string(struct buf *out, const char *text)
{
	jsonstring_add_bytes(out, text, strlen(text));
}

static void add_number(struct buf *out, const char *name, uint64_t number)
{
	buf_add_format(out, ",\"%s\":%" PRIu64, name, number);
}

/* ---- conflicts ---- */

/* The cells of a row that are compared, or those of its key. */
static size_t take_cells(struct change_cell *cells,
			 const struct changed_table *table,
			 const struct row *row, bool key)
{
	size_t count = 0;

	for (size_t i = 0; i < table->ncolumns; i++) {
		bool is_key = false;

		for (size_t k = 0; k < table->nkey; k++)
			is_key = is_key || table->key[k] == i;
		if (!is_key &&
		    (key || (table->uses && table->uses[i] != COLUMN_WRITTEN)))
			continue;
		cells[count++] = (struct change_cell){ table->columns[i],
						       &row->cells[i] };
	}
	return count;
}

static void add_columns(struct buf *out, const struct row_conflict *conflict)
{
	const char *between = "";

	buf_add_string(out, ",\"columns\":[");
	for (size_t i = 0; i < conflict->table->ncolumns; i++) {
		if (!conflict->rows[OLD] || !conflict->rows[NEW] ||
		    !conflictlist_tells(conflict, i))
			continue;
		buf_add_string(out, between);
		between = ",";
		add_string(out, conflict->table->columns[i]);
	}
	buf_add_char(out, ']');
}

static int add_hash(struct buf *out, struct changejson *json,
		    struct change_cell *cells,
		    const struct row_conflict *conflict, int side,
		    struct err *err)
{
	const struct row *row = conflict->rows[side];
	char hex[SHA256_HEX_SIZE];
	size_t count;

	buf_add_format(out, ",\"%s\":", side_names[side]);
	if (!row) {
		buf_add_string(out, "null");
		return 0;
	}
	count = take_cells(cells, conflict->table, row, false);
	if (changejson_hash_row(json, hex, cells, count, err) == 0)
		buf_add_format(out, "{\"sha256\":\"%s\"}", hex);
	return err->code;
}

static int add_conflict(struct buf *out, struct changejson *json,
			struct change_cell *cells,
			const struct row_conflict *conflict, struct err *err)
{
	int named = conflict->rows[NEW] ? NEW : OLD;
	size_t nkey = conflict->keyed ? take_cells(cells, conflict->table,
						   conflict->rows[named], true)
				      : 0;

	buf_add_string(out, "\n{\"table\":");
	add_string(out, conflict->table->name);
	buf_add_string(out, ",\"key\":");
	changejson_add_cells(json, out, cells, nkey);
	add_columns(out, conflict);
	if (add_hash(out, json, cells, conflict, OLD, err) < 0 ||
	    add_hash(out, json, cells, conflict, NEW, err) < 0)
		return err->code;
	buf_add_char(out, '}');
	return buf_check(out, "a conflict", err);
}

int transfer_list_json(struct transfer *self,
		       const struct row_conflict *conflict, struct err *err)
{
	struct change_cell *cells =
		calloc(conflict->table->ncolumns + 1, sizeof(*cells));
	struct changejson json;
	struct buf out;

	if (!cells)
		return err_set_nomem(err);
	changejson_init(&json);
	buf_init(&out, MAX_OUTPUT);
	if (self->reconciliation.counts.conflicts > 1)
		buf_add_char(&out, ',');
	if (add_conflict(&out, &json, cells, conflict, err) == 0)
		fwrite(out.data, 1, out.len, self->listing);
	buf_release(&out);
	changejson_release(&json);
	free(cells);
	return err->code;
}

/* ---- what was compared ---- */

static const char *result_of(const struct transfer *self, int code)
{
	if (code)
		return code == D1_ECONFLICT ? "conflict" : "unplanned";
	if (!self->written[OLD] && !self->written[NEW])
		return "nothing";
	return self->options->dry_run ? "would-write" : "written";
}

static const char *base_of(const struct transfer *self)
{
	if (self->named_base && self->base == self->named_base)
		return "revision";
	if (self->base)
		return "pair";
	return self->head ? "history" : NULL;
}

static void add_head(struct buf *out, const struct transfer *self,
		     const struct err *ended)
{
	buf_add_string(out, "{\"version\":1,\"command\":");
	add_string(out, self->command + strlen("git d1 "));
	buf_add_format(out, ",\"result\":\"%s\"", result_of(self, ended->code));
	jsonstring_add_member(out, "message",
			      ended->code ? ended->message : NULL);
	for (int side = OLD; side <= NEW; side++) {
		buf_add_format(out, ",\"%s\":{\"endpoint\":", side_names[side]);
		add_string(out, self->sides[side].label);
		if (side == OLD)
			jsonstring_add_member(out, "id",
					      self->sides[OLD].remote_id);
		buf_add_char(out, '}');
	}
	jsonstring_add_member(out, "base", base_of(self));
}

static void add_tables(struct buf *out, const struct transfer *self)
{
	const char *between = "";

	buf_add_string(out, ",\n\"tables\":[");
	for (const struct transfer_buckets *table = self->buckets; table;
	     table = table->next) {
		buf_add_format(out, "%s\n{\"name\":", between);
		between = ",";
		add_string(out, table->table);
		buf_add_string(out, ",\"buckets\":{");
		for (int i = 0; i < BUCKET_COUNT; i++)
			buf_add_format(out, "%s\"%s\":%" PRIu64,
				       i > 0 ? "," : "",
				       bucket_name((enum bucket)i, NEW),
				       table->counts[i]);
		buf_add_string(out, "}}");
	}
	buf_add_char(out, ']');
}

static void add_left(struct buf *out, const struct transfer *self)
{
	const struct reconcile_counts *counts = &self->reconciliation.counts;

	buf_add_format(out, ",\n\"left\":{\"only_remote\":%" PRIu64,
		       counts->only[OLD]);
	add_number(out, "only_local", counts->only[NEW]);
	add_number(out, "newer_remote", counts->newer[OLD]);
	add_number(out, "newer_local", counts->newer[NEW]);
	add_number(out, "different", counts->different);
	buf_add_char(out, '}');
}

/* ---- what was written ---- */

static void add_rows(struct buf *out, const char *name,
		     const struct changes *changes)
{
	const char *between = "";

	buf_add_format(out, ",\"%s\":[", name);
	for (size_t i = 0; changes && i < changes_tables(changes); i++) {
		if (changes_table_is_empty(changes, i))
			continue;
		buf_add_format(out, "%s{\"name\":", between);
		between = ",";
		add_string(out, changes_table(changes, i)->name);
		add_number(out, "inserted",
			   changes_count(changes, i, CHANGE_INSERT));
		add_number(out, "updated",
			   changes_count(changes, i, CHANGE_UPDATE));
		add_number(out, "deleted",
			   changes_count(changes, i, CHANGE_DELETE));
		buf_add_char(out, '}');
	}
	buf_add_char(out, ']');
}

static void add_cost(struct buf *out, const struct transfer_cost *cost)
{
	buf_add_format(out, ",\"cost\":{\"rows_written\":%" PRIu64,
		       cost->rows_written);
	add_number(out, "rows_read", cost->rows_read);
	add_number(out, "requests", cost->sent.requests);
	add_number(out, "bytes", cost->sent.bytes);
	buf_add_char(out, '}');
}

static void add_fired(struct buf *out, const struct application *application)
{
	if (application->fired < 0)
		buf_add_string(out, ",\"fired\":null");
	else
		buf_add_format(out, ",\"fired\":%" PRId64, application->fired);
}

static void add_write(struct buf *out, const struct transfer *self, int side)
{
	const struct application *application = &self->applications[side];
	const struct d1_written *written = &application->written;
	bool dry_run = self->options->dry_run;

	buf_add_string(out, "\n{\"endpoint\":");
	add_string(out, self->sides[side].label);
	add_rows(out, "tables", application->changes);
	add_rows(out, "foreign_keys", application->effects);
	if (dry_run && side == OLD)
		add_cost(out, &self->cost);
	if (!dry_run)
		jsonstring_add_member(out, "journal", application->id);
	if (!dry_run && side == OLD) {
		jsonstring_add_member(out, "bookmark_before",
				      written->bookmark_before);
		jsonstring_add_member(out, "bookmark_after",
				      written->bookmark_after);
		add_number(out, "requests", written->requests);
	}
	if (!dry_run && self->options->manner.fire_triggers)
		add_fired(out, application);
	buf_add_char(out, '}');
}

static void add_writes(struct buf *out, const struct transfer *self)
{
	const char *between = "";

	buf_add_string(out, ",\n\"writes\":[");
	for (int side = OLD; side <= NEW; side++) {
		if (!self->written[side])
			continue;
		buf_add_string(out, between);
		between = ",";
		add_write(out, self, side);
	}
	buf_add_char(out, ']');
}

static void add_id(struct buf *out, const char *name, const char *id)
{
	jsonstring_add_member(out, name, *id ? id : NULL);
}

static void add_bool(struct buf *out, const char *name, bool value)
{
	buf_add_format(out, ",\"%s\":%s", name, value ? "true" : "false");
}

static void add_refs(struct buf *out, const struct transfer *self)
{
	const struct trackingref *tracking = &self->reported;

	buf_add_string(out, ",\n\"tracking_ref\":");
	if (tracking->ref) {
		buf_add_string(out, "{\"name\":");
		add_string(out, tracking->ref);
		add_bool(out, "moved", tracking->moved);
		add_id(out, "before", tracking->before);
		add_id(out, "after", tracking->after);
		buf_add_char(out, '}');
	} else {
		buf_add_string(out, "null");
	}
	buf_add_string(out, ",\n\"pair_base\":");
	if (self->has_pair) {
		buf_add_string(out, "{\"name\":");
		add_string(out, self->pair.ref);
		add_bool(out, "moved", self->pair.moved);
		buf_add_char(out, '}');
	} else {
		buf_add_string(out, "null");
	}
}

/* ---- the whole ---- */

static int print(struct buf *out, struct err *err)
{
	if (buf_check(out, "the output", err) == 0)
		fwrite(out->data, 1, out->len, stdout);
	buf_clear(out);
	return err->code;
}

/* Conflicts may be more than memory holds. */
int transfer_print_json(struct transfer *self, const struct err *ended,
			struct err *err)
{
	const struct d1_client *client = self->sides[OLD].client;
	struct buf out;

	buf_init(&out, MAX_OUTPUT);
	add_head(&out, self, ended);
	add_tables(&out, self);
	add_left(&out, self);
	buf_add_string(&out, ",\n\"conflicts\":[");
	if (print(&out, err) < 0 || spool_copy(self->listing, stdout, err) < 0)
		goto out;
	buf_add_char(&out, ']');
	add_writes(&out, self);
	add_refs(&out, self);
	buf_add_format(&out, ",\n\"requests\":%" PRIu64 "}\n",
		       client ? d1_client_stats(client)->requests : 0);
	(void)!print(&out, err);
out:
	buf_release(&out);
	return err->code;
}
