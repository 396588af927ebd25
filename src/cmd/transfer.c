#include "config.h"

#include "cmd/transfer.h"

#include <stdlib.h>
#include <string.h>

#include "source/select.h"
#include "util/buf.h"
#include "util/compiler.h"
#include "util/interrupt.h"
#include "util/progress.h"
#include "workspace/comparing.h"
#include "workspace/conflictlist.h"
#include "workspace/report.h"
#include "workspace/spool.h"

enum { MAX_TEXT = 1 << 16 };

/* In the order of enum conflict_policy. */
const char *const transfer_conflict_words[] = { "abort", "local-wins",
						"remote-wins", "newer-wins",
						NULL };

/* ---- what is asked for ---- */

static int check_renumber_options(const struct transfer_options *options,
				  struct err *err)
{
	static const char follows[] = "all that refers to a row has to follow "
				      "it";
	const struct {
		bool given;
		const char *option;
		const char *reason;
	} others[] = {
		{ options->no_base, "--no-base",
		  "nothing would tell which rows came since" },
		{ options->from != NULL, "--from",
		  "a commit stays what it is" },
		{ options->where != NULL, "--where", follows },
		{ options->patch, "--patch", follows },
		{ options->manner.fire_triggers, "--fire-triggers",
		  "they would take a new number for a new row" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (others[i].given)
			return err_set(err, D1_EUSAGE,
				       "--renumber and %s exclude each other: "
				       "%s",
				       others[i].option, others[i].reason);
	return 0;
}

static int check_options(const struct transfer *self, struct err *err)
{
	const struct transfer_options *options = self->options;

	if (self->call->arguments.count > 1)
		return err_set(err, D1_EUSAGE,
			       "one database can be named; tables stand after "
			       "--");
	if (options->base && options->no_base)
		return err_set(err, D1_EUSAGE,
			       "--base and --no-base exclude each other");
	if (options->where && options->deletes)
		return err_set(err, D1_EUSAGE,
			       "--delete and --where exclude each other: rows "
			       "that are not looked at would seem to be gone");
	if (options->manner.in_parts && !self->writes[OLD])
		return err_set(err, D1_EUSAGE,
			       "--in-parts is for remote databases: a local "
			       "one is always written at once");
	if (options->renumber && check_renumber_options(options, err) < 0)
		return err->code;
	if (options->patch && (options->dry_run || options->json))
		return err_set(err, D1_EUSAGE,
			       "--patch and %s exclude each other",
			       options->json ? "--json" : "--dry-run");
	if (options->where)
		return select_check_expression(options->where, err);
	return 0;
}

/* "shop/remote" of "shop"; an endpoint stays what it is. */
static int remote_endpoint(struct buf *text, const struct option_words *words,
			   struct err *err)
{
	const char *name = words->count > 0 ? words->words[0] : NULL;

	if (name && side_is_endpoint(name))
		buf_add_string(text, name);
	else
		buf_add_format(text, "%s%sremote", name ? name : "",
			       name ? "/" : "");
	return buf_check(text, "a database's name", err);
}

static int check_remote(const struct transfer *self, struct err *err)
{
	const struct side *side = &self->sides[OLD];

	if (side->endpoint.kind == ENDPOINT_REMOTE ||
	    side->endpoint.kind == ENDPOINT_PREVIEW)
		return 0;
	err_set(err, D1_EUSAGE, "'%s' is no remote database", side->label);
	return err_hint(err, "rows of other sides are moved by `git d1 diff` "
			     "and `git d1 apply --to`");
}

static int resolve_sides(struct transfer *self, struct err *err)
{
	const char *local = self->options->from ? self->options->from : "local";
	struct buf remote;

	buf_init(&remote, MAX_TEXT);
	if (remote_endpoint(&remote, &self->call->arguments, err) == 0) {
		const char *const texts[2] = { remote.data, local };

		if (workspace_resolve_both(&self->workspace, self->sides, texts,
					   err) == 0)
			(void)!check_remote(self, err);
	}
	buf_release(&remote);
	return err->code;
}

/* ---- deciding ---- */

static enum policy policy_for(const struct transfer *self, int target)
{
	enum conflict_policy conflict =
		self->options->conflict >= 0
			? (enum conflict_policy)self->options->conflict
			: self->choice.config->conflict;
	bool local_is_source = target == OLD;

	switch (conflict) {
	case CONFLICT_ABORT:
		break;
	case CONFLICT_LOCAL_WINS:
		return local_is_source ? POLICY_SOURCE_WINS
				       : POLICY_TARGET_WINS;
	case CONFLICT_REMOTE_WINS:
		return local_is_source ? POLICY_TARGET_WINS
				       : POLICY_SOURCE_WINS;
	case CONFLICT_NEWER_WINS:
		return POLICY_NEWER_WINS;
	}
	return POLICY_ABORT;
}

static int list_conflict(void *context, const struct row_conflict *conflict,
			 struct err *err)
{
	struct transfer *self = context;
	const char *const labels[2] = { self->sides[OLD].label,
					self->sides[NEW].label };

	self->inserted = self->inserted || conflict->inserted;
	if (self->options->json)
		return transfer_list_json(self, conflict, err);
	return conflictlist_write(self->listing, "conflict", conflict, labels,
				  err);
}

static int refuse_conflicts(const struct transfer *self, struct err *err)
{
	unsigned long long rows = self->reconciliation.counts.conflicts;

	if (rows == 0)
		return 0;
	if (!self->options->json && spool_show(self->listing, stdout, err) < 0)
		return err->code;
	err_set(err, D1_ECONFLICT,
		self->base ? "%llu row%s changed both in %s and in %s, "
			     "differently; nothing was written"
			   : "%llu row%s in %s and %s, and it is not known "
			     "which is to stay; nothing was written",
		rows,
		self->base  ? rows == 1 ? "" : "s"
		: rows == 1 ? " differs"
			    : "s differ",
		self->sides[NEW].label, self->sides[OLD].label);
	return err_hint(err,
			"--conflict=local-wins, remote-wins or newer-wins "
			"decides%s",
			self->inserted && !self->options->renumber &&
					!self->options->from
				? "\n--renumber keeps both rows where each "
				  "side inserted one"
				: "");
}

static int decide(struct transfer *self, struct err *err)
{
	struct reconciliation *reconciliation = &self->reconciliation;
	int target = self->writes[OLD] ? OLD : NEW;

	if (self->has_pair && (changes_open(&self->common, err) < 0 ||
			       changes_open(&self->remote_after, err) < 0))
		return err->code;
	*reconciliation = (struct reconciliation){
		.differences = self->differences,
		.common = self->common,
		.old_after = self->remote_after,
		.based = transfer_is_based,
		.labels = { self->sides[OLD].label, self->sides[NEW].label },
		.definitions = self->sources[target],
		.base = self->base,
		.deletes = self->options->deletes,
		.slice = self->options->where != NULL,
		.conflict = list_conflict,
		.context = self,
	};
	for (int side = OLD; side <= NEW; side++) {
		reconciliation->policies[side] = policy_for(self, side);
		if (!self->writes[side])
			continue;
		if (changes_open(&self->lists[side], err) < 0)
			return err->code;
		reconciliation->writes[side] = self->lists[side];
	}
	progress_begin("deciding", NULL, 0);
	(void)!reconcile(reconciliation, err);
	progress_end();
	if (err->code)
		return err->code;
	self->decided = true;
	if (!self->again)
		transfer_tell_base(self);
	if (refuse_conflicts(self, err) < 0 || transfer_compose(self, err) < 0)
		return err->code;
	return transfer_check_columns(self, err);
}

/* ---- what is left ---- */

/* Tables are made by migrations, or as the other side defines them. */
static bool tell_lacking(const struct transfer *self)
{
	bool any = false;

	for (int side = OLD; side <= NEW; side++) {
		const char *label = self->sides[side].label;

		if (self->lacking[side] == 0)
			continue;
		any = true;
		report_hint("tables are made by `git d1 migrations apply %s` "
			    "or `git d1 schema sync --to %s %s`",
			    label, label, self->sides[!side].label);
	}
	return any;
}

static int write_all(struct transfer *self, struct err *err)
{
	bool any = false;

	transfer_prepare_refs(self);
	if (transfer_write(self, &any, err) < 0)
		return err->code;
	transfer_move_refs(self);
	if (!self->options->json && transfer_print_left(self, err) < 0)
		return err->code;
	if (tell_lacking(self) || self->options->json)
		return 0;
	if (!any && self->compared.differences == 0)
		puts("already up to date");
	return 0;
}

/*
 * What is left is told, and the refs are moved, by another look, if they are to
 * move: nobody waited for the answers.
 */
static int write_chosen(struct transfer *self, struct err *err)
{
	bool any = false;

	if (transfer_choose(self, err) < 0 ||
	    transfer_write(self, &any, err) < 0)
		return err->code;
	self->look_again = any && transfer_may_move_refs(self);
	if (!any)
		puts("no row was chosen; nothing was written");
	return self->look_again ? 0 : transfer_print_left(self, err);
}

/* ---- the run ---- */

static void describe_writes(struct transfer *self)
{
	for (int side = OLD; side <= NEW; side++)
		self->applications[side] = (struct application){
			.workspace = &self->workspace,
			.side = &self->sides[side],
			.command = self->command,
			.named = self->command,
			.compared = true,
			.check = self->options->dry_run,
			.consent = self->options->consent,
			.manner = self->options->manner,
		};
	self->applications[NEW].manner.in_parts = false;
}

/* Finds out what is to be written where. */
static int look(struct transfer *self, struct err *err)
{
	if (spool_open(&self->listing, err) < 0 || resolve_sides(self, err) < 0)
		return err->code;
	describe_writes(self);
	if (!self->again && !self->options->dry_run)
		transfer_announce(self, self->writes[OLD] ? OLD : NEW, false);
	if (transfer_open_base(self, err) < 0 ||
	    transfer_check_renumber(self, err) < 0 ||
	    transfer_open_history(self, err) < 0 ||
	    transfer_compare(self, err) < 0 || transfer_renumber(self, err) < 0)
		return err->code;
	return decide(self, err);
}

static bool has_nothing(const struct transfer *self)
{
	for (int side = OLD; side <= NEW; side++)
		if (self->lists[side] && !changes_are_empty(self->lists[side]))
			return false;
	return true;
}

static int run(struct transfer *self, struct err *err)
{
	if (check_options(self, err) < 0 || look(self, err) < 0)
		return err->code;
	if (self->options->dry_run)
		return transfer_show(self, err);
	return self->options->patch && !has_nothing(self)
		       ? write_chosen(self, err)
		       : write_all(self, err);
}

/* A remote database that is written was opened by its application. */
static void close_all(struct transfer *self)
{
	struct err ignored = ERR_INIT;

	if (self->sources[OLD] != self->applications[OLD].source)
		source_close(self->sources[OLD]);
	source_close(self->sources[NEW]);
	for (int side = OLD; side <= NEW; side++) {
		application_end(&self->applications[side]);
		changes_close(self->lists[side]);
	}
	renumber_close(self->renumber);
	schema_free(self->schema);
	changes_close(self->differences);
	changes_close(self->common);
	changes_close(self->remote_after);
	source_close(self->named_base);
	pairbase_release(&self->pair);
	filesink_close(self->tracking);
	free(self->reported.ref);
	transfer_reset_history(self);
	source_close(self->head);
	side_release(&self->head_side);
	(void)!spool_close(self->listing, &ignored);
	table_choice_release(&self->choice);
	arena_release(&self->arena);
	arena_release(&self->rules_arena);
	side_release(&self->base_side);
	side_release(&self->sides[OLD]);
	side_release(&self->sides[NEW]);
	workspace_release(&self->workspace);
}

/*
 * What was chosen is written: what is in common now is as if nothing more was
 * to be written.
 */
static int run_again(const struct transfer *before, struct err *err)
{
	struct transfer transfer = { .call = before->call,
				     .options = before->options,
				     .command = before->command,
				     .again = true };

	workspace_init(&transfer.workspace, &transfer.options->workspace);
	if (look(&transfer, err) < 0) {
		err_context(err, "what both sides have in common cannot be "
				 "noted");
		report_warning_err(err);
		err_clear(err);
	} else {
		transfer_prepare_refs(&transfer);
		transfer_move_refs(&transfer);
		(void)!transfer_print_left(&transfer, err);
	}
	close_all(&transfer);
	return err->code;
}

/* Of other failures there is nothing to be told but the message. */
static int print_json(struct transfer *self, struct err *err)
{
	struct err failed = ERR_INIT;

	if (err->code && err->code != D1_ECONFLICT &&
	    err->code != D1_EUNPLANNED)
		return err->code;
	if (transfer_print_json(self, err, &failed) < 0 && !err->code)
		*err = failed;
	return err->code;
}

int transfer_run(const struct invocation *call, bool writes_remote,
		 bool writes_local, struct err *err)
{
	struct transfer transfer = {
		.call = call,
		.options = call->options,
		.command = !writes_remote ? "git d1 pull"
			   : writes_local ? "git d1 sync"
					  : "git d1 push",
		.writes = { writes_remote, writes_local },
	};

	workspace_init(&transfer.workspace, &transfer.options->workspace);
	(void)!run(&transfer, err);
	if (transfer.options->json && transfer.decided)
		(void)!print_json(&transfer, err);
	close_all(&transfer);
	if (!err->code && transfer.look_again)
		(void)!run_again(&transfer, err);
	interrupt_end();
	return err->code;
}
