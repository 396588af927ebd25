#include "config.h"

#include "apply/d1.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "apply/knownrows.h"
#include "apply/newchildren.h"
#include "apply/rowlook.h"
#include "apply/rowshape.h"
#include "model/literal.h"
#include "util/interrupt.h"
#include "util/jsonstring.h"
#include "util/trace.h"

enum {
	MAX_TEXT = 1 << 16,
	MAX_DANGLING = 1000000,
	SHOWN = 5, /* rows in a message */
};

struct writer {
	const struct d1_write *write;
	struct d1_written *written;
	struct target target;
	struct buf dangling; /* see struct plan_options */
};

/* ---- bookmarks ---- */

static int read_bookmark(char **bookmark, const struct d1_write *write,
			 struct err *err)
{
	struct err own = ERR_INIT;

	*bookmark = NULL;
	if (d1_bookmark(bookmark, write->client, write->database_id, &own) <
		    0 &&
	    own.code != D1_ENOTFOUND)
		*err = own;
	return err->code;
}

/* What is written stays written if nobody says what the bookmark is now. */
static void read_bookmark_after(struct d1_written *written,
				const struct d1_write *write)
{
	struct err unread = ERR_INIT;

	if (read_bookmark(&written->bookmark_after, write, &unread) < 0)
		trace_printf(TRACE_GENERAL, "no bookmark after the write: %s",
			     unread.message);
}

/* ---- what stands in the way ---- */

static const char *reason_of(const struct rowlook_finding *finding)
{
	if (finding->op == CHANGE_INSERT)
		return "row exists";
	if (!finding->keyed)
		return "not so many of it as there were";
	return finding->there ? "value differs" : "row missing";
}

static int add_findings(struct buf *text, const struct rowlook *look,
			size_t most, const char *between, struct err *err)
{
	for (size_t i = 0; i < look->nfindings && i < most; i++) {
		const struct rowlook_finding *finding = &look->findings[i];

		buf_add_string(text, i > 0 ? between : "");
		if (rowlook_add_name(text, finding, err) < 0)
			return err->code;
		buf_add_format(text, ": %s", reason_of(finding));
		if (finding->keyed && finding->there &&
		    rowlook_add_found(text, look, finding, err) < 0)
			return err->code;
	}
	return 0;
}

/* Names the rows that are not as they were, if there are any. */
static int name_conflicts(struct writer *writer, struct plan *plan, bool *any,
			  struct err *err)
{
	struct rowlook look;
	struct buf text;

	*any = false;
	rowlook_init(&look, plan, writer->write->client,
		     writer->write->database_id);
	buf_init(&text, MAX_TEXT);
	if (rowlook_all(&look, OLD, err) < 0 || look.different == 0 ||
	    rowlook_explain(&look, err) < 0 ||
	    add_findings(&text, &look, SHOWN, "; ", err) < 0)
		goto out;
	*any = true;
	err_set(err, D1_ECONFLICT,
		"%s%" PRIu64 " row%s changed meanwhile: %s%s",
		look.different >= ROWLOOK_FINDINGS ? "at least " : "",
		look.different, look.different == 1 ? "" : "s",
		text.data ? text.data : "",
		look.different > SHOWN ? "; ..." : "");
	err_hint(err, "nothing was written; compare again");
out:
	buf_release(&text);
	return err->code;
}

/* ---- foreign keys that point nowhere already ---- */

static int take_dangling(void *context, const struct row *row, struct err *err)
{
	struct buf *dangling = context;
	const struct value *cell = &row->cells[0];

	if (row->ncells != 1 || cell->type != VALUE_TEXT || cell->size <= 2)
		return 0;
	buf_add_char(dangling, dangling->len > 0 ? ',' : '[');
	/* without the brackets around all of them */
	jsonstring_add_document_ascii(dangling, cell->data + 1, cell->size - 2);
	return buf_check(dangling, "the list of foreign keys to no row", err);
}

/* The SELECT for those of a table, in the arena; NULL after an error. */
static const char *dangling_sql(const struct table *child, struct arena *arena,
				struct err *err)
{
	const struct value name = { .type = VALUE_TEXT,
				    .data = child->name,
				    .size = strlen(child->name) };
	struct value text;
	struct buf sql;

	buf_init(&sql, MAX_TEXT);
	buf_add_string(&sql, "SELECT json_group_array(json_array("
			     "f.\"table\",f.rowid,f.parent,f.fkid)) AS "
			     "text FROM pragma_foreign_key_check(");
	literal_add(&sql, &name);
	buf_add_string(&sql, ") f");
	(void)!value_copy_text(&text, &sql, arena, err);
	buf_release(&sql);
	return err->code ? NULL : text.data;
}

static int read_dangling(struct writer *writer, struct err *err)
{
	struct source_query queries[SOURCE_MAX_QUERIES];
	struct arena arena = ARENA_INIT;
	size_t count = 0;

	buf_clear(&writer->dangling);
	for (const struct target_reference *it = writer->target.references;
	     it && !err->code; it = it->next) {
		if (!it->next || it->next->child != it->child)
			queries[count++] = (struct source_query){
				.sql = dangling_sql(it->child->table, &arena,
						    err),
				.row = take_dangling,
				.context = &writer->dangling,
			};
		if (count == SOURCE_MAX_QUERIES || (count > 0 && !it->next)) {
			if (!err->code)
				(void)!source_select_all(writer->write->source,
							 queries, count, err);
			count = 0;
		}
	}
	if (writer->dangling.len > 0)
		buf_add_char(&writer->dangling, ']');
	arena_release(&arena);
	return err->code;
}

/* ---- errors ---- */

static bool has(const struct delivery *delivery, const char *text)
{
	return delivery->sql_error.data &&
	       strstr(delivery->sql_error.data, text);
}

static const char dangling_mark[] = "git-d1 foreign key: ";

/* The guard's own text stands between quotes in the engine's message. */
static int explain_dangling(const struct delivery *delivery, struct err *err)
{
	const char *text = strstr(delivery->sql_error.data, dangling_mark) +
			   strlen(dangling_mark);

	err_set(err, D1_ECONFLICT, "foreign keys would refer to no row: %.*s",
		(int)strcspn(text, "'"), text);
	return err_hint(err, "nothing was written");
}

static int explain_constraint(const struct delivery *delivery, struct err *err)
{
	static const char tail[] = ": SQLITE_";
	const char *text = delivery->sql_error.data;
	const char *end = strstr(text, tail);
	size_t size = end ? (size_t)(end - text) : strlen(text);

	err_set(err, D1_ECONFLICT, "the rows contradict a constraint: %.*s",
		(int)size, text);
	return err_hint(err, "nothing was written");
}

/* That they cannot be read is no matter: the write was refused. */
static int explain_children(struct writer *writer, struct err *err)
{
	const struct d1_write *write = writer->write;
	struct err ignored = ERR_INIT;
	uint64_t count = 0;
	struct buf names;

	buf_init(&names, MAX_TEXT);
	(void)!new_children_add(&names, &count, write->lists, write->nlists,
				write->source, SHOWN, &ignored);
	err_set(err, D1_ECONFLICT,
		"rows that refer to deleted ones were written meanwhile%s%s%s",
		names.len > 0 ? ": " : "", names.len > 0 ? names.data : "",
		count > SHOWN ? "; ..." : "");
	buf_release(&names);
	return err_hint(err, "nothing was written; compare again");
}

/* The call failed as a whole: `own` becomes the error that says why. */
static int explain(struct writer *writer, struct plan *plan,
		   const struct delivery *delivery, const struct err *own,
		   struct err *err)
{
	bool any = false;

	if (has(delivery, "git-d1 guard schema")) {
		err_set(err, D1_ECONFLICT,
			"the definition of a table changed meanwhile");
		return err_hint(err, "nothing was written; compare again");
	}
	if (has(delivery, dangling_mark))
		return explain_dangling(delivery, err);
	if (delivery->sql_error.len > 0 &&
	    (has(delivery, "git-d1 guard") || has(delivery, "constraint") ||
	     has(delivery, ": SQLITE_CONSTRAINT") ||
	     has(delivery, "datatype mismatch") || has(delivery, "no such"))) {
		/* those of the parts before are not as they were */
		if (delivery->parts == 0 &&
		    (name_conflicts(writer, plan, &any, err) < 0 || any))
			return err->code;
		if (has(delivery, KNOWN_ROWS_GUARD))
			return explain_children(writer, err);
		if (has(delivery, "git-d1 guard")) {
			err_set(err, D1_ECONFLICT,
				"rows are not there as they were read");
			return err_hint(err,
					"nothing was written; compare again");
		}
		return explain_constraint(delivery, err);
	}
	*err = *own;
	return err->code;
}

/* ---- lost replies ---- */

/*
 * Nobody said whether it was done: the rows tell. *done and *undone are both
 * false if they tell neither.
 */
static int find_fate(struct writer *writer, struct plan *plan, bool *done,
		     bool *undone, struct err *err)
{
	char *bookmark;
	struct rowlook look;
	bool moved;

	*done = *undone = false;
	if (read_bookmark(&bookmark, writer->write, err) < 0)
		return err->code;
	moved = !bookmark || !writer->written->bookmark_before ||
		strcmp(bookmark, writer->written->bookmark_before) != 0;
	free(bookmark);
	if (!moved) {
		*undone = true;
		return 0;
	}
	rowlook_init(&look, plan, writer->write->client,
		     writer->write->database_id);
	if (rowlook_all(&look, NEW, err) < 0)
		return err->code;
	*done = look.asked > 0 && look.different == 0;
	if (*done || look.asked == 0)
		return 0;
	rowlook_init(&look, plan, writer->write->client,
		     writer->write->database_id);
	if (rowlook_all(&look, OLD, err) < 0)
		return err->code;
	*undone = look.different == 0;
	return 0;
}

static int settle(struct writer *writer, struct plan *plan,
		  const struct err *own, struct err *err)
{
	struct d1_written *written = writer->written;
	struct err looking = ERR_INIT;
	bool done = false, undone = false;

	*err = *own;
	if (written->way == DELIVERED_IN_PARTS)
		return err->code;
	(void)!find_fate(writer, plan, &done, &undone, &looking);
	if (done) {
		written->fate = D1_DONE;
		err_clear(err);
		return 0;
	}
	if (undone) {
		written->fate = D1_NOT_DONE;
		return err_hint(err, "nothing was written");
	}
	return err_context(err, looking.code ? "the changes may be written or "
					       "not, and cannot be looked at"
					     : "the changes may be written or "
					       "not");
}

/* What an error says of one call is true of a part only. */
static int explain_part(const struct delivery *delivery, struct err *err)
{
	if (delivery->way != DELIVERED_IN_PARTS ||
	    (delivery->parts == 0 && delivery->fate == D1_NOT_DONE))
		return err->code;
	err->hint[0] = '\0';
	return err_context(err,
			   "%" PRIu64 " of %" PRIu64 " parts were written%s",
			   delivery->parts, delivery->all_parts,
			   delivery->fate == D1_UNKNOWN
				   ? ", the next one may be, too"
				   : "");
}

/* ---- triggers that fire ---- */

/* True if the engine counts each row once, and no other but by triggers. */
static bool is_counted_exactly(const struct writer *writer,
			       const struct plan *plan)
{
	const struct schema *schema = writer->write->source->schema;

	for (size_t i = 1; i < writer->write->nlists; i++)
		if (!changes_are_empty(writer->write->lists[i]))
			return false;
	for (size_t i = 0; i < schema->ntables; i++)
		if (schema->tables[i].sql &&
		    strncmp(schema->tables[i].sql, "CREATE VIRTUAL", 14) == 0)
			return false;
	for (const struct plan_table *table = plan->first; table;
	     table = table->next)
		if (table->parked + table->displaced > 0 || table->stays ||
		    table->loose_deletes)
			return false;
	for (size_t i = 0; i < plan->nentries; i++)
		if (rowshape_is_wide(plan->entries[i]))
			return false;
	return !plan->staged && writer->written->way == DELIVERED_AS_CALL;
}

static void count_fired(struct writer *writer, const struct plan *plan)
{
	struct d1_written *written = writer->written;
	uint64_t own = 0;

	written->fired = -1;
	if (!plan->options.fire_triggers || written->changes < 0)
		return;
	for (size_t i = 0; i < plan->nentries; i++)
		for (int op = CHANGE_INSERT; op <= CHANGE_UPDATE; op++)
			own += changes_count(plan->entries[i]->changes,
					     plan->entries[i]->place, op);
	own += plan->known;
	written->fired = written->changes > (int64_t)own
				 ? written->changes - (int64_t)own
				 : 0;
	written->fired_exact =
		written->fired == 0 || is_counted_exactly(writer, plan);
}

/* ---- afterwards ---- */

static int read_back(struct writer *writer, struct plan *plan, struct err *err)
{
	struct d1_written *written = writer->written;
	struct rowlook look;

	rowlook_init(&look, plan, writer->write->client,
		     writer->write->database_id);
	if (rowlook_all(&look, NEW, err) < 0)
		return err->code;
	written->read_back = look.asked;
	written->unread = look.unasked;
	written->different = look.different;
	for (size_t i = 0; i < look.nfindings; i++) {
		if (rowlook_add_name(&written->differences, &look.findings[i],
				     err) < 0)
			return err->code;
		buf_add_char(&written->differences, '\n');
	}
	return 0;
}

static int deliver(struct writer *writer, struct plan *plan, bool *again,
		   struct err *err)
{
	const struct d1_write *write = writer->write;
	const struct delivery_options options = {
		.client = write->client,
		.database_id = write->database_id,
		.bookmark = writer->written->bookmark_before,
		.max_body = write->max_body,
		.can_import = write->can_import,
		.in_parts = write->in_parts,
		.part = write->part,
		.context = write->context,
	};
	struct d1_written *written = writer->written;
	struct err own = ERR_INIT;
	struct delivery delivery;

	(void)!delivery_send(&delivery, plan, &options, &own);
	written->fate = delivery.fate;
	written->way = delivery.way;
	written->parts = delivery.parts;
	written->all_parts = delivery.all_parts;
	written->changes = delivery.changes;
	if (delivery.sql_error.len > 0)
		trace_printf(TRACE_GENERAL, "d1: %s", delivery.sql_error.data);
	if (!own.code) {
		count_fired(writer, plan);
		goto out;
	}
	if (delivery.fate == D1_UNKNOWN) {
		(void)!settle(writer, plan, &own, err);
		goto out;
	}
	if (has(&delivery, dangling_mark) && writer->dangling.len == 0 &&
	    delivery.parts == 0) {
		/* they may have been there before, and are no matter then */
		if (read_dangling(writer, err) < 0)
			goto out;
		*again = writer->dangling.len > 0;
		if (*again)
			goto out;
	}
	(void)!explain(writer, plan, &delivery, &own, err);
out:
	if (err->code)
		(void)!explain_part(&delivery, err);
	delivery_release(&delivery);
	return err->code;
}

static int carry_out(struct writer *writer, bool *again, struct err *err)
{
	const struct d1_write *write = writer->write;
	const struct plan_options options = {
		.fire_triggers = write->fire_triggers,
		.always_digests = write->always_digests,
		.dangling =
			writer->dangling.len > 0 ? writer->dangling.data : NULL,
	};
	struct plan plan;

	if (plan_make(&plan, &writer->target, write->lists, write->nlists,
		      &options, err) == 0 &&
	    plan.nentries > 0 && deliver(writer, &plan, again, err) == 0 &&
	    !*again && writer->written->fate == D1_DONE) {
		interrupt_written();
		if (read_back(writer, &plan, err) < 0)
			err_context(err, "the changes are written, but cannot "
					 "be read back");
	}
	plan_release(&plan);
	return err->code;
}

/* The hint of such an error is about the connection. */
static void say_not_written(const struct d1_written *written, struct err *err)
{
	if (written->fate == D1_NOT_DONE && written->parts == 0 &&
	    (err->code == D1_EUNREACHABLE || err->code == D1_EAUTH))
		err_context(err, "nothing was written");
}

int d1_write(struct d1_written *written, const struct d1_write *write,
	     struct err *err)
{
	uint64_t before = d1_client_stats(write->client)->requests;
	struct writer writer = { .write = write, .written = written };
	bool again = false;

	*written = (struct d1_written){ .fate = D1_NOT_DONE, .changes = 0 };
	buf_init(&written->differences, MAX_TEXT);
	buf_init(&writer.dangling, MAX_DANGLING);
	if (target_read(&writer.target, write->source, err) < 0 ||
	    read_bookmark(&written->bookmark_before, write, err) < 0 ||
	    carry_out(&writer, &again, err) < 0)
		goto out;
	if (again) {
		again = false;
		if (carry_out(&writer, &again, err) < 0)
			goto out;
	}
	read_bookmark_after(written, write);
out:
	say_not_written(written, err);
	written->requests = d1_client_stats(write->client)->requests - before;
	buf_release(&writer.dangling);
	target_release(&writer.target);
	return err->code;
}

void d1_written_release(struct d1_written *written)
{
	free(written->bookmark_before);
	free(written->bookmark_after);
	buf_release(&written->differences);
}

int d1_estimate(struct d1_cost *cost, const struct d1_write *write,
		struct err *err)
{
	const struct plan_options plan_options = {
		.fire_triggers = write->fire_triggers,
		.always_digests = write->always_digests,
	};
	const struct delivery_options options = {
		.max_body = write->max_body,
		.can_import = write->can_import,
		.in_parts = write->in_parts,
	};
	struct target target;
	struct plan plan;

	*cost = (struct d1_cost){ .requests = 0 };
	if (target_read(&target, write->source, err) == 0) {
		if (plan_make(&plan, &target, write->lists, write->nlists,
			      &plan_options, err) == 0 &&
		    plan.nentries > 0)
			(void)!delivery_measure(&cost->requests, &cost->bytes,
						&plan, &options, err);
		plan_release(&plan);
	}
	target_release(&target);
	return err->code;
}
