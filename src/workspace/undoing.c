#include "config.h"

#include "workspace/undoing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cf/timetravel.h"
#include "render/name.h"
#include "workspace/applying.h"
#include "workspace/deploys.h"
#include "workspace/report.h"
#include "workspace/rewinding.h"
#include "workspace/undolist.h"

enum {
	MAX_TEXT = 1 << 16,
	LEAST_ID = 9, /* characters of an id: the day, and "T" */
};

/* ---- the command line ---- */

/* True for "20261121T..." */
static bool is_id(const char *word)
{
	return strlen(word) >= LEAST_ID &&
	       strspn(word, "0123456789") == LEAST_ID - 1 &&
	       word[LEAST_ID - 1] == 'T';
}

static int read_arguments(struct undoing *undo,
			  const struct option_words *words, struct err *err)
{
	for (size_t i = 0; i < words->count; i++) {
		if (!undo->id && is_id(words->words[i]))
			undo->id = words->words[i];
		else if (undo->deploys && !undo->bookmark &&
			 timetravel_is_bookmark(words->words[i]))
			undo->bookmark = words->words[i];
		else if (i == 0)
			undo->database = words->words[i];
		else
			return err_set(err, D1_EUSAGE,
				       "'%s' is no id of the journal",
				       words->words[i]);
	}
	if (undo->id && undo->bookmark)
		return err_set(err, D1_EUSAGE,
			       "an id and a bookmark exclude each other");
	if (undo->database && undo->to)
		return err_set(err, D1_EUSAGE,
			       "--to names the database already");
	if (undo->id && undo->list)
		return err_set(err, D1_EUSAGE, "--list takes no id");
	return 0;
}

/* ---- whose writes ---- */

static int add_target(struct undoing *undo, const char *endpoint,
		      struct err *err)
{
	char **target = &undo->targets[undo->ntargets];
	struct side side;

	if (workspace_resolve(undo->workspace, &side, endpoint, err) == 0 &&
	    side_target(target, &side, err) == 0) {
		undo->ntargets++;
		if (side.endpoint.database)
			undo->is_named = true;
	}
	side_release(&side);
	return err->code;
}

/* The local file of a database, and what it is at Cloudflare, if it is. */
static int add_sides(struct undoing *undo, struct err *err)
{
	static const char *const sides[UNDOING_TARGETS] = { "local", "remote",
							    "preview" };
	const char *name = undo->database;

	for (size_t i = 0; i < UNDOING_TARGETS; i++) {
		struct err missing = ERR_INIT;
		struct buf text;

		buf_init(&text, MAX_TEXT);
		buf_add_format(&text, "%s%s%s", name ? name : "",
			       name ? "/" : "", sides[i]);
		if (buf_check(&text, "a database's name", err) == 0)
			(void)!add_target(undo, text.data,
					  i == 0 ? err : &missing);
		buf_release(&text);
		if (err->code)
			return err->code;
	}
	return 0;
}

/* A deploy writes the remote database alone. */
static int add_deployed(struct undoing *undo, struct err *err)
{
	char *endpoint;

	if (side_remote_endpoint(&endpoint, undo->database, err) < 0)
		return err->code;
	(void)!add_target(undo, endpoint, err);
	free(endpoint);
	return err->code;
}

static int find_targets(struct undoing *undo, struct err *err)
{
	if (undo->deploys)
		return undo->database || !undo->id ? add_deployed(undo, err)
						   : 0;
	if (undo->to)
		return add_target(undo, undo->to, err);
	if (undo->database)
		return side_is_endpoint(undo->database)
			       ? add_target(undo, undo->database, err)
			       : add_sides(undo, err);
	/* an id says itself of which database it is */
	return undo->id || undo->list ? 0 : add_sides(undo, err);
}

static bool is_wanted(const struct undoing *undo,
		      const struct journal_entry *entry)
{
	const char *target = entry->note.target;

	for (size_t i = 0; i < undo->ntargets; i++)
		if (target && strcmp(target, undo->targets[i]) == 0)
			return true;
	return undo->ntargets == 0;
}

/* ---- listing ---- */

static int list(struct undoing *undo, struct err *err)
{
	for (size_t i = undo->entries.count; i > 0; i--) {
		const struct journal_entry *entry = &undo->entries.items[i - 1];

		if (is_wanted(undo, entry) &&
		    undolist_write(stdout, undo->journal, entry, err) < 0)
			return err->code;
	}
	return 0;
}

/* ---- choosing ---- */

static int refuse_state(const struct journal_entry *entry, struct err *err)
{
	if (entry->state != JOURNAL_UNDONE)
		return 0;
	err_set(err, D1_ERROR, "%s was undone already", entry->id);
	return err_hint(err, "git d1 undo --list shows by what");
}

static int find_id(struct undoing *undo, struct err *err)
{
	for (size_t i = 0; i < undo->entries.count; i++) {
		const struct journal_entry *entry = &undo->entries.items[i];

		if (!is_wanted(undo, entry) ||
		    strncmp(entry->id, undo->id, strlen(undo->id)) != 0)
			continue;
		if (undo->entry)
			return err_set(err, D1_EUSAGE,
				       "'%s' is the beginning of several ids",
				       undo->id);
		undo->entry = entry;
	}
	if (undo->entry)
		return refuse_state(undo->entry, err);
	err_set(err, D1_ENOTFOUND, "the journal has no entry '%s'%s", undo->id,
		undo->ntargets > 0 ? " of that database" : "");
	return err_hint(err, "git d1 undo --list shows which it has");
}

/* One that is pending is looked at before it is taken back. */
static int find_newest(struct undoing *undo, struct err *err)
{
	for (size_t i = undo->entries.count; i > 0; i--) {
		undo->entry = &undo->entries.items[i - 1];
		if (is_wanted(undo, undo->entry) &&
		    undo->entry->state != JOURNAL_UNDONE)
			return 0;
	}
	return err_set(err, D1_ENOTFOUND,
		       "the journal has no write that can be undone");
}

static int hint_at_copy(const struct undoing *undo, struct err *err)
{
	struct err gone = ERR_INIT;
	char *path;

	if (journal_copy_path(undo->journal, undo->entry->id, &path, &gone) ==
	    0)
		err_hint(err, "the file from before it is there as a copy: %s",
			 path);
	free(path);
	return err->code;
}

/*
 * Rows do not tell what Time Travel or triggers did. A copy is not put back
 * here, since nobody knows what was written to the file afterwards.
 */
static int check_way_back(const struct undoing *undo, struct err *err)
{
	const struct journal_entry *entry = undo->entry;
	const struct journal_note *note = &entry->note;

	if (note->way_back == JOURNAL_PATCH ||
	    (undo->deploys && note->way_back == JOURNAL_BOOKMARK &&
	     note->bookmark))
		return 0;
	err_set(err, D1_EREFUSED, "%s (%s) has no rows that could be put back",
		entry->id, note->command ? note->command : "a write");
	if (note->way_back == JOURNAL_COPY)
		return hint_at_copy(undo, err);
	return note->bookmark && note->name
		       ? err_hint(err,
				  "Time Travel goes back to before it: git d1 "
				  "rewind %s %s",
				  note->name, note->bookmark)
		       : err->code;
}

/* ---- its database ---- */

static bool is_target(const struct undoing *undo)
{
	struct err err = ERR_INIT;
	const char *wanted = undo->entry->note.target;
	char *target = NULL;
	bool same = wanted && side_target(&target, &undo->side, &err) == 0 &&
		    strcmp(target, wanted) == 0;

	free(target);
	return same;
}

/*
 * Resolves the name that the entry has for its database, and makes sure that
 * this still is the one that was written.
 */
static int find_side(struct undoing *undo, struct err *err)
{
	static const char file[] = "file ";
	const struct journal_note *note = &undo->entry->note;
	struct err missing = ERR_INIT;

	if (note->name &&
	    workspace_resolve(undo->workspace, &undo->side, note->name,
			      &missing) == 0 &&
	    is_target(undo))
		return 0;
	side_release(&undo->side);
	if (note->target && strncmp(note->target, file, strlen(file)) == 0)
		return workspace_resolve(undo->workspace, &undo->side,
					 note->target + strlen(file), err);
	if (missing.code) {
		*err = missing;
		return err_context(err, "%s", undo->entry->id);
	}
	return err_set(err, D1_EREFUSED,
		       "%s is of the database '%s', and '%s' is another now",
		       undo->entry->id, note->target ? note->target : "",
		       note->name ? note->name : "");
}

/* The name is the journal's word: only the user's own is consent. */
static void forget_name(struct undoing *undo)
{
	if (undo->is_named)
		return;
	free(undo->side.endpoint.database);
	undo->side.endpoint.database = NULL;
}

/* ---- the run ---- */

static void say_entry(const struct undoing *undo)
{
	const struct journal_note *note = &undo->entry->note;
	struct buf line;

	buf_init(&line, MAX_TEXT);
	buf_add_format(&line, "undoing %s: ", undo->entry->id);
	name_add_text(&line, note->command ? note->command : "a write");
	buf_add_string(&line, " to ");
	name_add_text(&line, undo->side.label);
	if (!line.failed)
		report_line(line.data);
	buf_release(&line);
}

/*
 * Rows that are as before the write already were put back by somebody: the
 * entry is undone. One that turned out never to be written is gone.
 */
static int settle(const struct undoing *undo,
		  const struct application *application, struct err *err)
{
	if (undo->check || !application_is_empty(application))
		return 0;
	if (journal_resolve(undo->journal, undo->entry->id, JOURNAL_UNDONE,
			    err) == D1_ENOTFOUND)
		err_clear(err);
	return err->code;
}

static int take_back(struct undoing *undo, const char *command,
		     const char *patch_name, struct err *err)
{
	struct application application = {
		.workspace = undo->workspace,
		.side = &undo->side,
		.command = command,
		.named = "git d1 undo",
		.undoes = undo->entry->id,
		.patch_name = patch_name,
		.is_own = true,
		.whole = true,
		.merge = undo->merge,
		.check = undo->check,
		.deploys = undo->deploys,
		.consent = undo->consent,
		.manner = undo->manner,
	};
	struct stream *patch;

	if (journal_read(undo->journal, undo->entry, &patch, err) < 0)
		return err->code;
	if (applying_run(&application, patch, err) == 0 &&
	    settle(undo, &application, err) == 0 && undo->deploys &&
	    !undo->check)
		deploys_forget(undo->workspace, undo->entry->note.target);
	application_end(&application);
	return err->code;
}

/* To the bookmark, which loses what others wrote since, too. */
static int go_back(struct undoing *undo, const char *database,
		   const char *bookmark, struct err *err)
{
	struct rewinding rewinding = { .workspace = undo->workspace,
				       .command = "git d1 deploy --undo",
				       .database = database,
				       .point = bookmark,
				       .dry_run = undo->check,
				       .deploys = true,
				       .out = stdout };

	return rewinding_run(&rewinding, err);
}

static int rewind_entry(struct undoing *undo, struct err *err)
{
	const char *bookmark = undo->entry->note.bookmark;

	if (undo->is_named)
		return go_back(undo, undo->side.label, bookmark, err);
	err_set(err, D1_EREFUSED,
		"%s is taken back by Time Travel, and the database was not "
		"named",
		undo->entry->id);
	return err_hint(err, "git d1 deploy --undo %s %s", undo->side.label,
			undo->entry->id);
}

static int undo_entry(struct undoing *undo, struct err *err)
{
	char command[sizeof("git d1 deploy --undo ") + JOURNAL_ID_SIZE];
	char name[sizeof("the undo of ") + JOURNAL_ID_SIZE];

	if ((undo->id ? find_id(undo, err) : find_newest(undo, err)) < 0 ||
	    check_way_back(undo, err) < 0 || find_side(undo, err) < 0)
		return err->code;
	forget_name(undo);
	say_entry(undo);
	if (undo->entry->note.way_back == JOURNAL_BOOKMARK)
		return rewind_entry(undo, err);
	snprintf(command, sizeof(command), "git d1 %s %s",
		 undo->deploys ? "deploy --undo" : "undo", undo->entry->id);
	snprintf(name, sizeof(name), "the undo of %s", undo->entry->id);
	return take_back(undo, command, name, err);
}

static int run(struct undoing *undo, struct err *err)
{
	if (undo->bookmark)
		return go_back(undo, undo->database, undo->bookmark, err);
	if (find_targets(undo, err) == 0 &&
	    workspace_journal(undo->workspace, &undo->journal, err) == 0 &&
	    journal_list(undo->journal, NULL, &undo->entries, err) == 0)
		(void)!(undo->list ? list(undo, err) : undo_entry(undo, err));
	return err->code;
}

int undoing_run(struct undoing *undo, const struct option_words *words,
		struct err *err)
{
	if (read_arguments(undo, words, err) == 0)
		(void)!run(undo, err);
	side_release(&undo->side);
	for (size_t i = 0; i < undo->ntargets; i++)
		free(undo->targets[i]);
	journal_entries_release(&undo->entries);
	journal_close(undo->journal);
	return err->code;
}
