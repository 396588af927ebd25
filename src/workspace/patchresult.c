#include "config.h"

#include "workspace/patchresult.h"

#include "apply/hunks.h"
#include "apply/replay.h"
#include "workspace/hunklist.h"
#include "workspace/spool.h"
#include "workspace/tables.h"

/* A patch, and the database that it is compared with. */
struct patchresult {
	struct comparing *comparing;
	const char *path;  /* of the patch */
	struct side *side; /* the database */
	bool is_old;	   /* the patch is the OLD side */
	struct source *source;
	struct table_choice choice;
	struct changes *changes; /* what the patch would write */
	struct hunk_counts counts;
	FILE *listing; /* hunks that do not apply, as text */
};

static int check_comparing(const struct comparing *comparing, struct err *err)
{
	const struct side *sides = comparing->sides;

	if (side_is_patch(&sides[OLD]) && side_is_patch(&sides[NEW])) {
		err_set(err, D1_EUSAGE,
			"'%s' and '%s' are both patches: they have no rows in "
			"common that could be compared",
			sides[OLD].label, sides[NEW].label);
		return err_hint(err, "compare each with a database; git diff "
				     "--no-index compares their texts");
	}
	if (comparing->where || comparing->key)
		return err_set(err, D1_EUSAGE,
			       "--where and --key cannot be used with a patch: "
			       "the rows that it names are compared");
	return 0;
}

/* ---- what the patch would write ---- */

static bool is_not_named(void *context, const char *table)
{
	const struct table_choice *choice = context;

	return choice->named->count > 0 && !table_choice_wants(context, table);
}

static int list_failure(void *context, const struct hunk_failure *failure,
			struct err *err)
{
	struct patchresult *self = context;

	return hunklist_explain(self->listing, failure, err);
}

static int refuse_failures(const struct patchresult *self, struct err *err)
{
	unsigned long long failed = self->counts.failed;

	if (failed == 0)
		return 0;
	err_set(err, D1_ECONFLICT, "%s: %llu of %llu hunk%s %s not apply to %s",
		self->path, failed, (unsigned long long)self->counts.hunks,
		self->counts.hunks == 1 ? "" : "s", failed == 1 ? "does" : "do",
		self->side->label);
	return err_hint(err, "the rows were changed since: there is no result "
			     "of the patch to compare with");
}

static int match(struct patchresult *self, struct err *err)
{
	const struct hunks hunks = {
		.name = self->path,
		.source = self->source,
		.label = self->side->label,
		/* who names the database means it */
		.database =
			self->side->endpoint.database ? NULL : self->side->name,
		.changes = self->changes,
		.wanted = table_choice_wants,
		.skipped = is_not_named,
		.rules = table_choice_rules,
		.context = &self->choice,
		.failed = list_failure,
		.failed_context = self,
	};
	struct err shown = ERR_INIT;
	struct patch *patch = NULL;
	struct stream *stream;

	if (stream_open_file(&stream, self->path, 0, err) == 0 &&
	    patch_open(&patch, stream, self->path, 0, err) == 0 &&
	    hunks_match(&hunks, patch, &self->counts, err) == 0 &&
	    refuse_failures(self, err) < 0)
		(void)!spool_show(self->listing, stderr, &shown);
	patch_close(patch);
	return err->code;
}

/* ---- the comparison ---- */

static int choose_tables(struct patchresult *self, struct err *err)
{
	const struct schema *const schemas[2] = { self->source->schema,
						  self->source->schema };
	const char *const labels[2] = { self->side->label, self->side->label };

	self->choice.database = comparing_database(self->comparing);
	self->choice.named = self->comparing->tables;
	if (workspace_settings(self->comparing->workspace, &self->choice.config,
			       err) < 0)
		return err->code;
	return table_choice_check(&self->choice, schemas, labels, err);
}

static void note_result(struct comparison_result *result,
			const struct patchresult *self)
{
	const struct changes *changes = self->changes;

	*result = (struct comparison_result){
		.unchanged = self->counts.applied,
	};
	for (size_t i = 0; i < changes_tables(changes); i++) {
		result->compared++;
		for (int op = CHANGE_INSERT; op <= CHANGE_UPDATE; op++)
			result->differences +=
				changes_count(changes, i, (enum change_op)op);
	}
}

static int replay(struct comparing *comparing, void *context,
		  struct change_sink *sink, struct err *err)
{
	struct patchresult *self = context;

	note_result(&comparing->result, self);
	return changes_replay(&self->changes, 1,
			      REPLAY_WRITTEN |
				      (self->is_old ? REPLAY_INVERSE : 0),
			      sink, err);
}

int patchresult_compare(struct comparing *comparing, FILE *out, bool *same,
			struct err *err)
{
	struct side *sides = comparing->sides;
	bool is_old = side_is_patch(&sides[OLD]);
	struct patchresult self = {
		.comparing = comparing,
		.path = sides[is_old ? OLD : NEW].label,
		.side = &sides[is_old ? NEW : OLD],
		.is_old = is_old,
	};
	struct err ignored = ERR_INIT;

	if (check_comparing(comparing, err) == 0 &&
	    spool_open(&self.listing, err) == 0 &&
	    changes_open(&self.changes, err) == 0 &&
	    workspace_open(comparing->workspace, self.side, &self.source,
			   err) == 0 &&
	    choose_tables(&self, err) == 0 && match(&self, err) == 0 &&
	    source_verify(self.source, same, err) == 0)
		(void)!comparing_show(comparing, out, replay, &self, err);
	source_close(self.source);
	table_choice_release(&self.choice);
	changes_close(self.changes);
	(void)!spool_close(self.listing, &ignored);
	return err->code;
}
