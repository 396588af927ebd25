#include "config.h"

#include "migrate/drift.h"

#include <stdlib.h>
#include <string.h>

#include "migrate/driftseeker.h"
#include "migrate/nextname.h"
#include "util/quote.h"

enum { MAX_COMMAND = 1 << 16 };

/* ---- findings ---- */

/* `remedy` is released. */
int driftseeker_add(struct driftseeker *self, enum drift_kind kind,
		    const char *name, const char *detail, struct buf *remedy,
		    struct err *err)
{
	struct drift *drift = self->drift;
	struct drift_finding *finding;

	if (buf_check(remedy, "a command", err) < 0)
		goto out;
	if (drift->count == self->cap) {
		size_t cap = self->cap ? self->cap * 2 : 16;

		finding = reallocarray(drift->findings, cap, sizeof(*finding));
		if (!finding) {
			err_set_nomem(err);
			goto out;
		}
		drift->findings = finding;
		self->cap = cap;
	}
	finding = &drift->findings[drift->count];
	*finding = (struct drift_finding){
		.kind = kind,
		.name = name ? arena_string(&drift->arena, name) : NULL,
		.detail = arena_string(&drift->arena, detail),
		.remedy = arena_copy(&drift->arena, remedy->data, remedy->len),
	};
	if ((name && !finding->name) || !finding->detail || !finding->remedy)
		err_set_nomem(err);
	else
		drift->count++;
out:
	buf_release(remedy);
	return err->code;
}

void driftseeker_begin(struct buf *command, const char *words)
{
	buf_init(command, MAX_COMMAND);
	buf_add_string(command, words);
}

void driftseeker_add_word(struct buf *command, const char *word)
{
	buf_add_char(command, ' ');
	quote_add_shell(command, word);
}

/* The path of a migration as git takes it. */
int driftseeker_add_path(struct driftseeker *self, struct buf *command,
			 const char *name, struct err *err)
{
	const char *folder = self->question->path ? self->question->path
						  : self->question->folder;
	char *path = arena_format(&self->drift->arena, "%s%s%s", folder,
				  *folder ? "/" : "", name);

	if (!path)
		return err_set_nomem(err);
	driftseeker_add_word(command, path);
	return 0;
}

/* ---- files that were renamed ---- */

int driftseeker_read_history(struct driftseeker *self, struct err *err)
{
	const struct drift_question *question = self->question;

	if (self->has_versions || !question->repository)
		return 0;
	self->has_versions = true;
	self->replay.versions = &self->versions;
	return pastfiles_read(&self->versions, question->repository,
			      question->commit, question->path, err);
}

static bool is_pending(const struct driftseeker *self, size_t i)
{
	return !ledger_has(self->question->ledger,
			   self->question->migrations->names[i]);
}

/* Looks for a pending migration with the text of the one that is gone. */
static int find_original(struct driftseeker *self, const char *gone,
			 struct err *err)
{
	const struct migrations *migrations = self->question->migrations;
	const struct pastversion *version =
		pastfiles_find(&self->versions, gone);

	for (size_t i = 0; version && i < migrations->count; i++) {
		bool same;

		if (!is_pending(self, i) || self->originals[i])
			continue;
		if (driftreplay_is_version(&self->replay, &same,
					   migrations->names[i], version,
					   err) < 0)
			return err->code;
		if (same) {
			self->originals[i] =
				arena_string(&self->drift->arena, gone);
			return self->originals[i] ? 0 : err_set_nomem(err);
		}
	}
	return 0;
}

static bool is_missing(const struct driftseeker *self, size_t i)
{
	return !migrations_have(self->question->migrations,
				self->question->ledger->names[i]);
}

static int find_originals(struct driftseeker *self, struct err *err)
{
	const struct ledger *ledger = self->question->ledger;

	self->originals = arena_array(&self->drift->arena,
				      self->question->migrations->count + 1,
				      sizeof(*self->originals));
	if (!self->originals)
		return err_set_nomem(err);
	for (size_t i = 0; i < ledger->count; i++)
		if (is_missing(self, i) &&
		    (driftseeker_read_history(self, err) < 0 ||
		     find_original(self, ledger->names[i], err) < 0))
			return err->code;
	return 0;
}

/* ---- the ledger against the files ---- */

/* The last of the applied ones, as migrations run; NULL: none is. */
static const char *last_applied(const struct driftseeker *self)
{
	const struct ledger *ledger = self->question->ledger;
	const char *last = NULL;

	for (size_t i = 0; i < ledger->count; i++)
		if (!last || migrations_compare(ledger->names[i], last) > 0)
			last = ledger->names[i];
	return last;
}

static int add_one_pending(struct driftseeker *self, size_t i, struct err *err)
{
	const char *name = self->question->migrations->names[i];
	const char *original = self->originals[i];
	const char *detail = "is not applied";
	struct buf remedy;

	if (!original) {
		driftseeker_begin(&remedy, "git d1 migrations apply");
		driftseeker_add_word(&remedy, self->question->label);
		return driftseeker_add(self, DRIFT_PENDING, name, detail,
				       &remedy, err);
	}
	detail = arena_format(&self->drift->arena,
			      "is not applied, but the same text is, as %s",
			      original);
	driftseeker_begin(&remedy, "git mv");
	if (!detail)
		err_set_nomem(err);
	if (driftseeker_add_path(self, &remedy, name, err) < 0 ||
	    driftseeker_add_path(self, &remedy, original, err) < 0) {
		buf_release(&remedy);
		return err->code;
	}
	if (driftseeker_add(self, DRIFT_PENDING, name, detail, &remedy, err) <
	    0)
		return err->code;
	self->drift->findings[self->drift->count - 1].original = original;
	return 0;
}

static int add_pending(struct driftseeker *self, struct err *err)
{
	for (size_t i = 0; i < self->question->migrations->count; i++)
		if (is_pending(self, i) && add_one_pending(self, i, err) < 0)
			return err->code;
	return 0;
}

/*
 * The number that the next migration gets, in the first part of a name, as
 * wrangler counts: four digits, or as many as it takes.
 */
static int add_next_name(struct buf *command, struct driftseeker *self,
			 const char *name, struct err *err)
{
	const struct migrations *migrations = self->question->migrations;
	const struct ledger *ledger = self->question->ledger;
	unsigned long long highest = 0;
	size_t digits = strspn(name, "0123456789");
	char *next;

	for (size_t i = 0; i < migrations->count; i++)
		migrations_raise(&highest, migrations->names[i]);
	for (size_t i = 0; i < ledger->count; i++)
		migrations_raise(&highest, ledger->names[i]);
	next = arena_format(&self->drift->arena, "%04llu%s", highest + 1,
			    name + digits);
	if (!next)
		return err_set_nomem(err);
	return driftseeker_add_path(self, command, next, err);
}

static int add_out_of_order(struct driftseeker *self, struct err *err)
{
	const struct migrations *migrations = self->question->migrations;
	const char *last = last_applied(self);

	for (size_t i = 0; last && i < migrations->count; i++) {
		const char *name = migrations->names[i];
		struct buf remedy;
		char *detail;

		if (migrations_compare(name, last) > 0)
			break;
		/* one that was renamed gets its name back, and is applied */
		if (!is_pending(self, i) || self->originals[i])
			continue;
		detail =
			arena_format(&self->drift->arena,
				     "comes before %s, which is applied", last);
		if (!detail)
			return err_set_nomem(err);
		driftseeker_begin(&remedy, "git mv");
		if (driftseeker_add_path(self, &remedy, name, err) < 0 ||
		    add_next_name(&remedy, self, name, err) < 0 ||
		    driftseeker_add(self, DRIFT_OUT_OF_ORDER, name, detail,
				    &remedy, err) < 0)
			return err->code;
	}
	return 0;
}

/* ---- applied, and gone ---- */

/* The migration that has the text of the one that is gone, or NULL. */
static const char *find_renamed(const struct driftseeker *self,
				const char *gone)
{
	for (size_t i = 0; i < self->question->migrations->count; i++)
		if (self->originals[i] && strcmp(self->originals[i], gone) == 0)
			return self->question->migrations->names[i];
	return NULL;
}

static int add_one_missing(struct driftseeker *self, const char *name,
			   struct err *err)
{
	const struct pastversion *version =
		pastfiles_find(&self->versions, name);
	const char *renamed = find_renamed(self, name);
	const char *detail = "is applied, and in no commit";
	struct buf remedy;

	if (renamed) {
		detail = arena_format(&self->drift->arena,
				      "is applied, and its file is %s now",
				      renamed);
		driftseeker_begin(&remedy, "git mv");
		(void)!driftseeker_add_path(self, &remedy, renamed, err);
	} else if (version) {
		detail = "is applied, and its file was deleted";
		driftseeker_begin(&remedy, "git checkout");
		driftseeker_add_word(&remedy, version->commit);
		buf_add_string(&remedy, " --");
	} else {
		driftseeker_begin(&remedy, "git log --all --oneline --");
	}
	if (!detail)
		err_set_nomem(err);
	if (driftseeker_add_path(self, &remedy, name, err) < 0) {
		buf_release(&remedy);
		return err->code;
	}
	return driftseeker_add(self, DRIFT_MISSING, name, detail, &remedy, err);
}

static int add_missing(struct driftseeker *self, struct err *err)
{
	const struct ledger *ledger = self->question->ledger;

	for (size_t i = 0; i < ledger->count; i++)
		if (is_missing(self, i) &&
		    add_one_missing(self, ledger->names[i], err) < 0)
			return err->code;
	return 0;
}

/* ---- all of it ---- */

/* What cannot be replayed cannot be compared: that is an answer, too. */
static int keep_reason(struct drift *drift, struct err *found, struct err *err)
{
	if (found->code == D1_ENOMEM) {
		*err = *found;
		return err->code;
	}
	drift->uncompared = arena_string(&drift->arena, found->message);
	return drift->uncompared ? 0 : err_set_nomem(err);
}

int drift_find(struct drift *drift, const struct drift_question *question,
	       struct err *err)
{
	struct driftseeker seeker = { .drift = drift, .question = question };
	struct err found = ERR_INIT;

	memset(drift, 0, sizeof(*drift));
	drift->place = (struct drift_place){ .first = -1, .last = -1 };
	if (driftreplay_init(&seeker.replay, question, err) < 0)
		goto out;
	if (question->ledger && (find_originals(&seeker, err) < 0 ||
				 add_pending(&seeker, err) < 0 ||
				 add_out_of_order(&seeker, err) < 0 ||
				 add_missing(&seeker, err) < 0))
		goto out;
	if ((question->ledger ? driftseeker_find_schema(&seeker, &found)
			      : driftseeker_find_snapshot(&seeker, &found)) < 0)
		(void)!keep_reason(drift, &found, err);
out:
	driftreplay_release(&seeker.replay);
	pastfiles_release(&seeker.versions);
	return err->code;
}

void drift_release(struct drift *drift)
{
	free(drift->findings);
	arena_release(&drift->arena);
	memset(drift, 0, sizeof(*drift));
}

int drift_match(struct drift_place *place,
		const struct drift_question *question, size_t most,
		struct err *err)
{
	struct driftreplay replay;

	if (driftreplay_init(&replay, question, err) == 0)
		(void)!driftreplay_match(&replay, place, most, err);
	driftreplay_release(&replay);
	return err->code;
}

const char *drift_kind_name(enum drift_kind kind)
{
	static const char *const names[] = {
		[DRIFT_PENDING] = "pending",
		[DRIFT_OUT_OF_ORDER] = "out-of-order",
		[DRIFT_MISSING] = "missing",
		[DRIFT_EDITED] = "edited",
		[DRIFT_SCHEMA] = "schema",
	};

	return names[kind];
}

bool drift_collides(const struct migrations *migrations, size_t i)
{
	const char *name = migrations->names[i];

	for (size_t j = 0; j < migrations->count; j++)
		if (j != i &&
		    migrations_same_number(name, migrations->names[j]))
			return true;
	return false;
}
