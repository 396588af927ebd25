#include "config.h"

#include "workspace/rewinding.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cf/timetravel.h"
#include "git/commit.h"
#include "git/history.h"
#include "model/timestamp.h"
#include "render/name.h"
#include "util/interrupt.h"
#include "workspace/consent.h"
#include "workspace/deploys.h"
#include "workspace/report.h"
#include "workspace/undolist.h"
#include "workspace/workspace.h"

enum { SECOND = 1000000 };

/* ---- the database ---- */

static int refuse_local(const struct side *side, struct err *err)
{
	if (side->endpoint.kind == ENDPOINT_REMOTE ||
	    side->endpoint.kind == ENDPOINT_PREVIEW)
		return 0;
	err_set(err, D1_EREFUSED,
		"Time Travel is a service of Cloudflare, and '%s' is not there",
		side->label);
	return err_hint(err, "git d1 undo takes back what the journal has of "
			     "it, git d1 restore brings a commit back");
}

static int find_side(struct rewinding *rewind, struct err *err)
{
	char *endpoint;

	if (side_remote_endpoint(&endpoint, rewind->database, err) < 0)
		return err->code;
	if (workspace_resolve(rewind->workspace, &rewind->side, endpoint,
			      err) == 0 &&
	    refuse_local(&rewind->side, err) == 0 &&
	    side_target(&rewind->target, &rewind->side, err) == 0)
		(void)!workspace_client(rewind->workspace, &rewind->side.client,
					rewind->side.database, err);
	free(endpoint);
	return err->code;
}

/* ---- the point ---- */

static int read_time(struct rewinding *rewind, struct err *err)
{
	const char *point = rewind->point;
	const struct value value = { .type = VALUE_TEXT,
				     .data = point,
				     .size = strlen(point) };

	if (!timestamp_read(&value, &rewind->time)) {
		err_set(err, D1_EUSAGE, "'%s' is neither a bookmark nor a time",
			point);
		return err_hint(err, "times look like 2026-11-21T09:30:05Z");
	}
	if (rewind->time / SECOND > (int64_t)time(NULL))
		return err_set(err, D1_EUSAGE, "'%s' is in the future", point);
	rewind->has_time = true;
	return 0;
}

/* A bookmark that the journal has is from right before that write. */
static void date_bookmark(struct rewinding *rewind)
{
	for (size_t i = 0; i < rewind->entries.count; i++) {
		const struct journal_entry *entry = &rewind->entries.items[i];

		if (!entry->note.bookmark ||
		    strcmp(entry->note.bookmark, rewind->wanted) != 0)
			continue;
		rewind->has_time = true;
		rewind->time = entry->time * SECOND;
	}
}

static int find_points(struct rewinding *rewind, struct err *err)
{
	struct d1_client *client = rewind->side.client;
	const char *id = rewind->side.remote_id;

	if (!timetravel_is_bookmark(rewind->point)) {
		if (read_time(rewind, err) < 0 ||
		    d1_bookmark(&rewind->present, client, id, err) < 0)
			return err->code;
		return timetravel_bookmark(&rewind->wanted, client, id,
					   rewind->time, err);
	}
	rewind->wanted = strdup(rewind->point);
	if (!rewind->wanted)
		return err_set_nomem(err);
	date_bookmark(rewind);
	if (d1_bookmark(&rewind->present, client, id, err) < 0)
		return err->code;
	return strcmp(rewind->wanted, rewind->present) <= 0
		       ? 0
		       : err_set(err, D1_EUSAGE,
				 "that bookmark is later than the present of "
				 "%s, %s",
				 rewind->side.label, rewind->present);
}

/* ---- what would be lost ---- */

/* The newest snapshot that was fetched; if the point has a time, before it. */
struct fetched {
	const struct rewinding *rewind;
	const struct repository *repository;
	unsigned long long steps; /* back from the ref */
	bool found;
	int64_t time;
};

static int look_at_commit(void *context, const struct history_commit *commit,
			  bool *stop, struct err *err)
{
	struct fetched *fetched = context;
	const struct rewinding *rewind = fetched->rewind;
	char *id = NULL;

	if (!rewind->has_time || commit->commit_time < rewind->time / SECOND) {
		if (commit_trailer(&id, fetched->repository, commit->id,
				   TRAILER_DATABASE, err) < 0)
			return err->code;
		fetched->found = id && strcmp(id, rewind->side.remote_id) == 0;
		fetched->time = commit->commit_time;
		free(id);
	}
	*stop = fetched->found;
	if (!fetched->found)
		fetched->steps++;
	return 0;
}

/* No repository, or nothing fetched: then nothing is found. */
static void find_fetched(struct fetched *fetched,
			 const struct rewinding *rewind, const char *ref)
{
	struct err none = ERR_INIT;
	char id[OBJECT_ID_SIZE];

	*fetched = (struct fetched){ .rewind = rewind };
	if (workspace_repository(rewind->workspace, &fetched->repository,
				 &none) < 0 ||
	    repository_commit(fetched->repository, id, ref, &none) < 0 ||
	    history_walk(fetched->repository, id, NULL, look_at_commit, fetched,
			 &none) < 0)
		fetched->found = false;
}

static void print_time(FILE *out, int64_t seconds)
{
	time_t time = (time_t)seconds;
	char text[64];
	struct tm tm;

	if (gmtime_r(&time, &tm) &&
	    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm))
		fputs(text, out);
}

static int print_fetched(FILE *out, const struct rewinding *rewind,
			 struct err *err)
{
	struct fetched fetched;
	char *ref;

	if (asprintf(&ref, "refs/d1/%s/remote", rewind->side.name) < 0)
		return err_set_nomem(err);
	find_fetched(&fetched, rewind, ref);
	if (fetched.found) {
		fputs("A snapshot was fetched at ", out);
		print_time(out, fetched.time);
		fprintf(out,
			". How its tables differ from now:\n"
			"    git d1 diff %s ",
			rewind->side.label);
		fprintf(out, fetched.steps ? "%s~%llu\n" : "%s\n", ref,
			fetched.steps);
	}
	free(ref);
	return 0;
}

static bool is_lost(const struct rewinding *rewind,
		    const struct journal_entry *entry)
{
	return entry->note.bookmark &&
	       strcmp(entry->note.bookmark, rewind->wanted) >= 0;
}

/* D1 tells no rows of the past: what is known here is all there is. */
static int print_loss(FILE *out, struct rewinding *rewind, struct err *err)
{
	size_t lost = 0;

	fprintf(out, "%s\n    from %s, now\n    to   %s", rewind->side.label,
		rewind->present, rewind->wanted);
	if (rewind->has_time) {
		fputs(", ", out);
		print_time(out, rewind->time / SECOND);
	}
	for (size_t i = 0; i < rewind->entries.count; i++)
		lost += is_lost(rewind, &rewind->entries.items[i]);
	fprintf(out,
		"\nAll that was written since is lost, rows and schema, by "
		"whomever.\n"
		"The journal here has %zu write%s of that%s\n",
		lost, lost == 1 ? "" : "s", lost ? ":" : ".");
	for (size_t i = rewind->entries.count; i > 0; i--)
		if (is_lost(rewind, &rewind->entries.items[i - 1]) &&
		    undolist_write(out, rewind->journal,
				   &rewind->entries.items[i - 1], err) < 0)
			return err->code;
	fputs("D1 does not tell what others wrote.\n", out);
	return print_fetched(out, rewind, err);
}

/* ---- restoring ---- */

static int keep_entry(struct rewinding *rewind, struct err *err)
{
	const struct journal_note note = { .command = rewind->command,
					   .target = rewind->target,
					   .name = rewind->side.label,
					   .bookmark = rewind->present,
					   .way_back = JOURNAL_BOOKMARK };
	FILE *patch;

	if (journal_begin(rewind->journal, &note, &patch, err) < 0)
		return err->code;
	return journal_keep(rewind->journal, rewind->id, err);
}

/*
 * No usable reply came: the bookmark tells. `err` is what happened; it is
 * cleared if the database was restored.
 */
static int look(struct rewinding *rewind, struct err *err)
{
	struct err unseen = ERR_INIT;
	char *now = NULL;

	if (d1_bookmark(&now, rewind->side.client, rewind->side.remote_id,
			&unseen) < 0) {
		rewind->unknown = true;
		err_context(err, "it is not known whether %s was restored",
			    rewind->side.label);
		return err->code;
	}
	if (strcmp(now, rewind->present) == 0) {
		(void)!journal_forget(rewind->journal, rewind->id, &unseen);
		err_context(err, "%s is as it was: its bookmark is the same",
			    rewind->side.label);
	} else {
		report_warning_err(err);
		report_warning("the bookmark of %s moved: it was restored, "
			       "unless somebody else wrote just now",
			       rewind->side.label);
		err_clear(err);
	}
	free(now);
	return err->code;
}

static void print_way_back(const struct rewinding *rewind, const char *previous)
{
	fprintf(rewind->out, "%s is as it was at %s\n", rewind->side.label,
		rewind->wanted);
	if (previous && strcmp(previous, rewind->present) != 0)
		report_warning("%s was written meanwhile, which is lost, too",
			       rewind->side.label);
	fprintf(rewind->out, "The way back: git d1 %s %s %s\n",
		rewind->deploys ? "deploy --undo" : "rewind",
		rewind->side.label, previous ? previous : rewind->present);
}

static int restore(struct rewinding *rewind, struct err *err)
{
	struct err ignored = ERR_INIT;
	char *previous = NULL;
	enum d1_fate fate;

	if (keep_entry(rewind, err) < 0)
		return err->code;
	if (timetravel_restore(&fate, &previous, rewind->side.client,
			       rewind->side.remote_id, rewind->wanted,
			       err) < 0) {
		if (fate == D1_NOT_DONE) {
			(void)!journal_forget(rewind->journal, rewind->id,
					      &ignored);
			err_context(err, "%s was not restored",
				    rewind->side.label);
		} else if (fate == D1_DONE)
			err_clear(err); /* it said so, but not of what */
		else
			(void)!look(rewind, err);
	}
	if (!err->code && journal_resolve(rewind->journal, rewind->id,
					  JOURNAL_DONE, err) == 0) {
		print_way_back(rewind, previous);
		/* a deploy that goes back forgets its record itself */
		if (!rewind->expected)
			deploys_forget(rewind->workspace, rewind->target);
	}
	free(previous);
	return err->code;
}

/* ---- the run ---- */

/* Nobody but who asked has written since. */
static int check_present(const struct rewinding *rewind, struct err *err)
{
	if (!rewind->expected || strcmp(rewind->expected, rewind->present) == 0)
		return 0;
	return err_set(err, D1_ECONFLICT,
		       "%s was written by somebody else meanwhile, which Time "
		       "Travel would take back, too",
		       rewind->side.label);
}

static int check_consent(const struct rewinding *rewind, struct err *err)
{
	const struct side *side = &rewind->side;

	if (rewind->consented)
		return 0;
	return rewind->deploys ? consent_deploy(rewind->workspace, side,
						side->endpoint.database, err)
			       : consent_target(rewind->workspace, side,
						"git d1 rewind", err);
}

static int run(struct rewinding *rewind, struct err *err)
{
	if (workspace_journal(rewind->workspace, &rewind->journal, err) < 0 ||
	    journal_list(rewind->journal, rewind->target, &rewind->entries,
			 err) < 0 ||
	    find_points(rewind, err) < 0 || check_present(rewind, err) < 0)
		return err->code;
	if (strcmp(rewind->present, rewind->wanted) == 0) {
		fprintf(rewind->out, "%s is at %s already\n",
			rewind->side.label, rewind->present);
		return 0;
	}
	if (!rewind->expected &&
	    print_loss(rewind->dry_run ? rewind->out : stderr, rewind, err) < 0)
		return err->code;
	if (rewind->dry_run || check_consent(rewind, err) < 0)
		return err->code;
	interrupt_begin(INTERRUPT_SERVER, rewind->side.label, rewind->id);
	(void)!restore(rewind, err);
	interrupt_end();
	return err->code;
}

int rewinding_run(struct rewinding *rewind, struct err *err)
{
	if (find_side(rewind, err) == 0)
		(void)!run(rewind, err);
	side_release(&rewind->side);
	journal_entries_release(&rewind->entries);
	journal_close(rewind->journal);
	free(rewind->target);
	free(rewind->present);
	free(rewind->wanted);
	return err->code;
}
