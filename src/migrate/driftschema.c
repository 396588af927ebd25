#include "config.h"

#include "migrate/driftseeker.h"

enum { MAX_REPLAYS = 200 /* when an older content is looked for */ };

/* ---- edited after it was applied ---- */

/* A content with which a later one fails explains nothing. */
static int try_replay(struct driftseeker *self, bool *found, struct err *err)
{
	struct err own = ERR_INIT;

	if (driftreplay_applied(&self->replay, found, &own) < 0 &&
	    own.code == D1_ENOMEM)
		*err = own;
	return err->code;
}

static int add_edited(struct driftseeker *self, const char *name,
		      const struct pastversion *version, struct err *err)
{
	char *detail = arena_format(&self->drift->arena,
				    "was edited after it was applied: the "
				    "schema is that of commit %.10s",
				    version->commit);
	struct buf remedy;

	if (!detail)
		return err_set_nomem(err);
	driftseeker_begin(&remedy, "git checkout");
	driftseeker_add_word(&remedy, version->commit);
	buf_add_string(&remedy, " --");
	if (driftseeker_add_path(self, &remedy, name, err) < 0) {
		buf_release(&remedy);
		return err->code;
	}
	return driftseeker_add(self, DRIFT_EDITED, name, detail, &remedy, err);
}

/*
 * Looks for one file that, with a content it had, explains the live schema.
 * *found tells whether there is one.
 */
static int find_one_edited(struct driftseeker *self, size_t *left, bool *found,
			   struct err *err)
{
	const struct ledger *ledger = self->question->ledger;

	for (size_t i = ledger->count; i > 0; i--) {
		const char *name = ledger->names[i - 1];
		const struct pastversion *version =
			pastfiles_find(&self->versions, name);

		if (!migrations_have(self->question->migrations, name))
			continue;
		for (; version && *left > 0; version = version->older) {
			bool same;

			if (driftreplay_is_version(&self->replay, &same, name,
						   version, err) < 0)
				return err->code;
			if (same)
				continue;
			(*left)--;
			driftreplay_replace(&self->replay, i - 1, version);
			if (try_replay(self, found, err) < 0)
				return err->code;
			driftreplay_replace(&self->replay, i - 1, NULL);
			if (*found)
				return add_edited(self, name, version, err);
		}
	}
	return 0;
}

static const struct pastversion *oldest(const struct pastversion *version)
{
	while (version && version->older)
		version = version->older;
	return version;
}

/* Several were edited: all of them as they were committed first. */
static int find_all_edited(struct driftseeker *self, bool *found,
			   struct err *err)
{
	const struct ledger *ledger = self->question->ledger;
	bool any = false;

	for (size_t i = 0; i < ledger->count; i++) {
		const struct pastversion *first = oldest(
			pastfiles_find(&self->versions, ledger->names[i]));

		driftreplay_replace(&self->replay, i, first);
		any = any || first;
	}
	if (any && try_replay(self, found, err) < 0)
		return err->code;
	for (size_t i = 0; i < ledger->count && *found; i++) {
		const char *name = ledger->names[i];
		const struct pastversion *first =
			oldest(pastfiles_find(&self->versions, name));
		bool same = true;

		if (first &&
		    migrations_have(self->question->migrations, name) &&
		    driftreplay_is_version(&self->replay, &same, name, first,
					   err) < 0)
			return err->code;
		if (!same && add_edited(self, name, first, err) < 0)
			return err->code;
	}
	for (size_t i = 0; i < ledger->count; i++)
		driftreplay_replace(&self->replay, i, NULL);
	return 0;
}

static int find_edited(struct driftseeker *self, bool *found, struct err *err)
{
	size_t left = MAX_REPLAYS;

	*found = false;
	if (driftseeker_read_history(self, err) < 0 ||
	    find_one_edited(self, &left, found, err) < 0 || *found)
		return err->code;
	return find_all_edited(self, found, err);
}

/* ---- the schema ---- */

static const char *kind_name(enum object_kind kind)
{
	switch (kind) {
	case OBJECT_TABLE:
	case OBJECT_VIRTUAL_TABLE:
		return "table";
	case OBJECT_INDEX:
		return "index";
	case OBJECT_VIEW:
		return "view";
	case OBJECT_TRIGGER:
		break;
	}
	return "trigger";
}

static int add_difference(void *context, const struct object *live,
			  const struct object *replayed, struct err *err)
{
	struct driftseeker *self = context;
	const struct object *any = live ? live : replayed;
	const char *kind = kind_name(any->kind);
	const char *detail =
		!live ? "is missing in the database, and the migrations make "
			"this"
		: !replayed ? "is in the database, and no migration makes this"
			    : "is not as the migrations make this";
	char *text = arena_format(&self->drift->arena, "%s %s", detail, kind);
	struct buf remedy;

	if (!text)
		return err_set_nomem(err);
	driftseeker_begin(&remedy, "git d1 migrations draft --from");
	driftseeker_add_word(&remedy, self->question->label);
	buf_add_string(&remedy, " <name>");
	return driftseeker_add(self, DRIFT_SCHEMA, any->name, text, &remedy,
			       err);
}

/* The schema is that after other migrations than the ledger has. */
static int add_place(struct driftseeker *self, struct err *err)
{
	const struct drift_question *question = self->question;
	const struct migrations *migrations = question->migrations;
	const struct drift_place *place = &self->drift->place;
	const char *last = migrations->names[place->last - 1];
	char *detail = arena_format(&self->drift->arena,
				    "is that after %s, though the ledger notes "
				    "%zu migration%s",
				    last, question->ledger->count,
				    question->ledger->count == 1 ? "" : "s");
	struct buf remedy;

	if (!detail)
		return err_set_nomem(err);
	driftseeker_begin(&remedy, "git d1 migrations baseline");
	if (place->first == place->last) {
		buf_add_string(&remedy, " --to");
		driftseeker_add_word(&remedy, last);
	}
	driftseeker_add_word(&remedy, question->label);
	return driftseeker_add(self, DRIFT_SCHEMA, NULL, detail, &remedy, err);
}

/* True if the ledger would have to be another at that place. */
static bool is_noted_otherwise(const struct driftseeker *self)
{
	const struct drift_question *question = self->question;
	const struct migrations *migrations = question->migrations;
	long long last = self->drift->place.last;

	for (size_t i = 0; i < migrations->count; i++)
		if (ledger_has(question->ledger, migrations->names[i]) !=
		    ((long long)i < last))
			return true;
	return false;
}

/*
 * One finding for each object that is otherwise, unless the schema is that of
 * another place. What `failed` holds is why the applied ones cannot be
 * replayed, if they cannot.
 */
int driftseeker_find_schema(struct driftseeker *self, struct err *failed)
{
	struct drift *drift = self->drift;
	struct err own = ERR_INIT;
	bool explained, found = false;

	if (driftreplay_applied(&self->replay, &found, failed) == 0 && found)
		return 0;
	if (failed->code == D1_ENOMEM || find_edited(self, &found, &own) < 0)
		goto out;
	if (!found &&
	    driftreplay_match(&self->replay, &drift->place,
			      self->question->migrations->count, &own) < 0 &&
	    own.code != D1_ENOMEM)
		err_clear(&own);
	if (own.code)
		goto out;
	explained = found;
	if (!found && drift->place.last > 0 && is_noted_otherwise(self)) {
		explained = true;
		(void)!add_place(self, &own);
	}
	if (explained)
		err_clear(failed);
	else if (!failed->code && drift->place.last <= 0)
		(void)!driftreplay_differences(&self->replay, add_difference,
					       self, &own);
out:
	if (own.code)
		*failed = own;
	return failed->code;
}

/* The local database has it first, and then its snapshot. */
static void add_snapshot_remedy(const struct driftseeker *self,
				struct buf *remedy)
{
	const char *database = self->question->database;

	driftseeker_begin(remedy, "git d1 migrations apply");
	driftseeker_add_word(remedy, database);
	buf_add_string(remedy, " && git d1 snapshot");
	driftseeker_add_word(remedy, database);
	buf_add_string(remedy, "/local");
}

/* A snapshot is behind, or is no state of the migrations. */
int driftseeker_find_snapshot(struct driftseeker *self, struct err *err)
{
	const struct migrations *migrations = self->question->migrations;
	struct drift *drift = self->drift;

	if (driftreplay_match(&self->replay, &drift->place, migrations->count,
			      err) < 0)
		return err->code;
	if (drift->place.last < 0)
		return driftreplay_differences(&self->replay, add_difference,
					       self, err);
	for (size_t i = (size_t)drift->place.last; i < migrations->count; i++) {
		struct buf remedy;

		add_snapshot_remedy(self, &remedy);
		if (driftseeker_add(self, DRIFT_PENDING, migrations->names[i],
				    "is not in the snapshot's schema", &remedy,
				    err) < 0)
			return err->code;
	}
	return 0;
}
