#include "config.h"

#include "apply/delivery.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apply/knownrows.h"
#include "apply/rowshape.h"
#include "cf/import.h"
#include "util/jsonstring.h"

enum {
	/* A parameter at this size is at full speed. */
	CALL_CHUNK = 500000,
	CALL_ROW = 1000000,
	IMPORT_CHUNK = 80000,
	IMPORT_STATEMENT = 99000,
	/* of the JSON around a statement in a call */
	AROUND = 64,
	MAX_ERROR = 1 << 16,
	MAX_MEMORY = 1 << 28,
};

static const char first_step[] = "PRAGMA defer_foreign_keys=on";

/* ---- a call ---- */

struct call_step {
	size_t sql_size;
	size_t json_size;
	bool has_json;
};

struct call_sink {
	struct step_sink sink;
	const struct delivery_options *options;
	struct delivery *delivery;
	size_t most; /* bytes of a body */
	bool parts;
	bool counting; /* the parts, without sending them */
	bool full;     /* it does not fit */
	struct buf data;
	struct call_step *steps;
	size_t nsteps;
	size_t cap;
	size_t body; /* its size so far */
};

static void clear_call(struct call_sink *self)
{
	buf_clear(&self->data);
	self->nsteps = 0;
	self->body = AROUND;
}

static void note_error(struct delivery *delivery, const char *text)
{
	buf_clear(&delivery->sql_error);
	if (text)
		buf_add_string(&delivery->sql_error, text);
}

static void count_changes(struct delivery *delivery,
			  const struct d1_reply *reply)
{
	for (size_t i = 0; i < reply->nresults; i++)
		if (reply->results[i].meta.changes > 0)
			delivery->changes += reply->results[i].meta.changes;
}

static int send_call(struct call_sink *self, struct err *err)
{
	const struct delivery_options *options = self->options;
	struct d1_statement *statements =
		calloc(self->nsteps + 1, sizeof(*statements));
	struct d1_param *params = calloc(self->nsteps + 1, sizeof(*params));
	const char *at = self->data.data;
	struct d1_reply reply;

	d1_reply_init(&reply);
	if (!statements || !params) {
		err_set_nomem(err);
		goto out;
	}
	for (size_t i = 0; i < self->nsteps; i++) {
		const struct call_step *step = &self->steps[i];

		statements[i].sql = at;
		statements[i].sql_size = step->sql_size;
		at += step->sql_size;
		if (step->has_json) {
			params[i].data = at;
			params[i].size = step->json_size;
			statements[i].params = &params[i];
			statements[i].nparams = 1;
			at += step->json_size;
		}
	}
	if (d1_raw(&reply, options->client, options->database_id, statements,
		   self->nsteps, D1_WRITE, err) == 0)
		count_changes(self->delivery, &reply);
	self->delivery->fate = reply.fate;
	note_error(self->delivery, reply.sql_error);
out:
	d1_reply_release(&reply);
	free(statements);
	free(params);
	return err->code;
}

static int add_step(struct call_sink *self, const struct step *step,
		    struct err *err)
{
	struct call_step *added;
	size_t before = self->data.len;

	if (self->nsteps == self->cap) {
		size_t cap = self->cap ? self->cap * 2 : 64;
		struct call_step *steps =
			reallocarray(self->steps, cap, sizeof(*steps));

		if (!steps)
			return err_set_nomem(err);
		self->steps = steps;
		self->cap = cap;
	}
	added = &self->steps[self->nsteps++];
	*added = (struct call_step){ .has_json = step->json != NULL };
	buf_add_string(&self->data, step->before);
	if (step->json)
		buf_add_format(&self->data, "?1%s", step->after);
	added->sql_size = self->data.len - before;
	if (step->json) {
		buf_add(&self->data, step->json, step->size);
		added->json_size = step->size;
	}
	return buf_check(&self->data, "a call", err);
}

static size_t size_of(const struct step *step)
{
	size_t size =
		AROUND + jsonstring_size(step->before, strlen(step->before));

	if (step->json)
		size += jsonstring_size(step->after, strlen(step->after)) +
			jsonstring_size(step->json, step->size);
	return size;
}

static int tell_part(const struct call_sink *self, struct err *err)
{
	const struct delivery_options *options = self->options;

	return options->part
		       ? options->part(options->context, self->delivery->parts,
				       self->delivery->all_parts, err)
		       : 0;
}

static int send_part(struct call_sink *self, struct err *err)
{
	struct delivery *delivery = self->delivery;

	if (self->counting) {
		delivery->all_parts++;
		return 0;
	}
	delivery->fate = D1_NOT_DONE;
	if (tell_part(self, err) < 0 || send_call(self, err) < 0)
		return err->code;
	delivery->parts++;
	return 0;
}

/* Ends a part; what follows begins another one. */
static int end_part(struct call_sink *self, struct err *err)
{
	const struct step first = { .before = first_step };

	if (send_part(self, err) < 0)
		return err->code;
	clear_call(self);
	self->body += size_of(&first);
	return add_step(self, &first, err);
}

/* A guard of changes() belongs to the statement before it. */
static bool follows(const struct step *step)
{
	return !step->json && strncmp(step->before, "SELECT CASE", 11) == 0;
}

static int take_for_call(struct step_sink *sink, const struct step *step,
			 struct err *err)
{
	struct call_sink *self = (struct call_sink *)sink;
	size_t size = size_of(step);

	if (self->full)
		return 0;
	if (self->body + size > self->most && !(self->parts && follows(step))) {
		if (!self->parts) {
			/* the rest only would cost time */
			self->full = true;
			return err_set(err, D1_EREFUSED, "it does not fit");
		}
		if (end_part(self, err) < 0)
			return err->code;
	}
	self->body += size;
	return add_step(self, step, err);
}

static int call_sink_init(struct call_sink *self,
			  const struct delivery_options *options,
			  struct delivery *delivery, bool parts)
{
	size_t most = options->max_body ? options->max_body : D1_MAX_BODY;

	*self = (struct call_sink){
		.sink = { .take = take_for_call,
			  .chunk = CALL_CHUNK,
			  .most = CALL_ROW },
		.options = options,
		.delivery = delivery,
		.most = most,
		.parts = parts,
	};
	/* a part has room for a statement and its guard besides the first */
	if (self->sink.chunk > most / 4)
		self->sink.chunk = most / 4;
	if (self->sink.most > most / 3)
		self->sink.most = most / 3;
	buf_init(&self->data, MAX_MEMORY);
	clear_call(self);
	return 0;
}

static void call_sink_release(struct call_sink *self)
{
	buf_release(&self->data);
	free(self->steps);
}

/* *sent is false if the plan does not fit into a call. */
static int try_call(struct delivery *delivery, struct plan *plan,
		    const struct delivery_options *options, bool *sent,
		    struct err *err)
{
	struct call_sink sink;
	struct err own = ERR_INIT;

	*sent = false;
	(void)!call_sink_init(&sink, options, delivery, false);
	if (plan_write(plan, &sink.sink, &own) < 0) {
		if (!sink.full)
			*err = own;
	} else {
		*sent = true;
		delivery->way = DELIVERED_AS_CALL;
		(void)!send_call(&sink, err);
	}
	call_sink_release(&sink);
	return err->code;
}

/* ---- parts ---- */

/* Why its changes cannot be in several calls; NULL: they can. */
static const char *reason_for_one_call(const struct plan *plan,
				       const struct plan_table *table)
{
	if (table->parked + table->displaced > 0 || table->stays)
		return "rows exchange unique or referenced values";
	if (table->held)
		return "it has triggers that must be held";
	if (table->loose_deletes)
		return "one deletion may cause another";
	if (known_rows_are_needed(plan, table))
		return "rows that others may refer to have no key";
	/* what is looked at in one call must not be written in another */
	for (const struct plan_entry *it = table->entries; it; it = it->next) {
		if (it->unenforced &&
		    changes_count(it->changes, it->place, CHANGE_INSERT) > 0)
			return "no index keeps its key unique";
		if (rowshape_is_wide(it) &&
		    changes_count(it->changes, it->place, CHANGE_DELETE) > 0)
			return "rows of so many columns are deleted";
	}
	return NULL;
}

static int refuse_parts(const struct plan *plan, struct err *err)
{
	const struct plan_table *table;

	if (plan->options.fire_triggers)
		return err_set(err, D1_EREFUSED,
			       "what triggers do is not written in parts");
	for (table = plan->first; table; table = table->next) {
		const char *reason = reason_for_one_call(plan, table);

		if (reason)
			return err_set(err, D1_EREFUSED,
				       "the changes of table '%s' cannot be "
				       "written in parts: %s",
				       table->target->table->name, reason);
	}
	return 0;
}

/* Sends the parts, or counts them. */
static int write_parts(struct delivery *delivery, struct plan *plan,
		       const struct delivery_options *options, bool counting,
		       struct err *err)
{
	struct call_sink sink;

	(void)!call_sink_init(&sink, options, delivery, true);
	sink.sink.whole_rows = true;
	sink.counting = counting;
	if (plan_write(plan, &sink.sink, err) == 0 &&
	    send_part(&sink, err) == 0 && !counting)
		(void)!tell_part(&sink, err);
	call_sink_release(&sink);
	return err->code;
}

static int send_parts(struct delivery *delivery, struct plan *plan,
		      const struct delivery_options *options, struct err *err)
{
	if (refuse_parts(plan, err) < 0)
		return err->code;
	delivery->way = DELIVERED_IN_PARTS;
	delivery->fate = D1_NOT_DONE;
	delivery->changes = 0;
	if (write_parts(delivery, plan, options, true, err) < 0)
		return err->code;
	return write_parts(delivery, plan, options, false, err);
}

/* ---- an import ---- */

struct import_sink {
	struct step_sink sink;
	FILE *file;
};

static int take_for_import(struct step_sink *sink, const struct step *step,
			   struct err *err)
{
	FILE *file = ((struct import_sink *)sink)->file;

	fputs(step->before, file);
	if (step->json) {
		/* its own quotes are doubled */
		putc('\'', file);
		fwrite(step->json, 1, step->size, file);
		putc('\'', file);
		fputs(step->after, file);
	}
	fputs(";\n", file);
	return ferror(file) ? err_set_errno(err, "the import file cannot be "
						 "written")
			    : 0;
}

/* *fits is false if a statement does not; nothing is sent then. */
static int send_import(struct delivery *delivery, struct plan *plan,
		       const struct delivery_options *options, bool *fits,
		       struct err *err)
{
	struct import_sink sink = { .sink = { .take = take_for_import,
					      .literal = true,
					      .chunk = IMPORT_CHUNK,
					      .most = IMPORT_CHUNK,
					      .most_all = IMPORT_STATEMENT } };
	struct d1_import_reply reply = { .fate = D1_NOT_DONE };
	long size;

	delivery->way = DELIVERED_AS_IMPORT;
	delivery->fate = D1_NOT_DONE;
	sink.file = tmpfile();
	if (!sink.file)
		return err_set_errno(err, "no temporary file can be made");
	/* D1 takes an import that it knows for a repetition */
	fprintf(sink.file, "-- %s\n", plan->nonce);
	if (plan_write(plan, &sink.sink, err) < 0) {
		*fits = err->code != D1_EREFUSED;
		goto out;
	}
	size = ftell(sink.file);
	if (size < 0 || fflush(sink.file) != 0) {
		err_set_errno(err, "the import file cannot be written");
		goto out;
	}
	(void)!d1_import(&reply, options->client, options->database_id,
			 options->bookmark, fileno(sink.file), (uint64_t)size,
			 err);
	delivery->fate = reply.fate;
	delivery->changes = reply.meta.changes;
	note_error(delivery, reply.sql_error);
	d1_import_reply_release(&reply);
out:
	fclose(sink.file);
	return err->code;
}

/* ---- the way ---- */

static void delivery_begin(struct delivery *delivery)
{
	*delivery = (struct delivery){ .fate = D1_NOT_DONE };
	buf_init(&delivery->sql_error, MAX_ERROR);
}

/* What the server's way of cutting statements apart makes of a trigger. */
static bool is_cut_trigger(const struct plan *plan,
			   const struct delivery *delivery)
{
	if (delivery->fate != D1_NOT_DONE || !delivery->sql_error.data ||
	    !strstr(delivery->sql_error.data, "incomplete input"))
		return false;
	for (const struct plan_table *table = plan->first; table;
	     table = table->next)
		if (table->held)
			return true;
	return false;
}

static int refuse(const struct plan *plan,
		  const struct delivery_options *options, struct err *err)
{
	bool fires = plan->options.fire_triggers;

	if (!err->code)
		err_set(err, D1_EREFUSED,
			"the changes do not fit into one call of %zu bytes, "
			"and this server has no import",
			options->max_body ? options->max_body
					  : (size_t)D1_MAX_BODY);
	return err_hint(err, "write fewer changes at once%s",
			fires ? ""
			      : ", or allow several calls with --in-parts");
}

int delivery_send(struct delivery *delivery, struct plan *plan,
		  const struct delivery_options *options, struct err *err)
{
	bool sent = false;
	bool fits = options->can_import;

	delivery_begin(delivery);
	if (!plan->odd_trigger || !options->can_import) {
		if (try_call(delivery, plan, options, &sent, err) < 0 &&
		    !(options->can_import && is_cut_trigger(plan, delivery)))
			return err->code;
		if (sent && !err->code)
			return 0;
		err_clear(err);
	}
	if (options->can_import &&
	    (send_import(delivery, plan, options, &fits, err) == 0 || fits))
		return err->code;
	if (!options->in_parts)
		return refuse(plan, options, err);
	err_clear(err);
	return send_parts(delivery, plan, options, err);
}

/* ---- measuring ---- */

/* How the import's own requests begin and end: init, ingest, poll. */
enum { IMPORT_REQUESTS = 4 };

struct measure_sink {
	struct step_sink sink;
	uint64_t bytes;
};

static int take_for_measure(struct step_sink *sink, const struct step *step,
			    struct err *err)
{
	(void)err;
	((struct measure_sink *)sink)->bytes += size_of(step);
	return 0;
}

static int measure_call(uint64_t *bytes, struct plan *plan,
			const struct delivery_options *options, struct err *err)
{
	struct measure_sink sink = { .bytes = AROUND };
	struct call_sink limits;

	(void)!call_sink_init(&limits, options, NULL, false);
	sink.sink = limits.sink;
	sink.sink.take = take_for_measure;
	call_sink_release(&limits);
	(void)!plan_write(plan, &sink.sink, err);
	*bytes = sink.bytes;
	return err->code;
}

int delivery_measure(uint64_t *requests, uint64_t *bytes, struct plan *plan,
		     const struct delivery_options *options, struct err *err)
{
	size_t most = options->max_body ? options->max_body : D1_MAX_BODY;

	*requests = 1;
	if (measure_call(bytes, plan, options, err) < 0)
		return err->code;
	if (*bytes <= most && (!plan->odd_trigger || !options->can_import))
		return 0;
	if (options->can_import) {
		*requests = IMPORT_REQUESTS;
		return 0;
	}
	if (!options->in_parts)
		return refuse(plan, options, err);
	*requests = *bytes / most + 1;
	return refuse_parts(plan, err);
}

void delivery_release(struct delivery *delivery)
{
	buf_release(&delivery->sql_error);
}
